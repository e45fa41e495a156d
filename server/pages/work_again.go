package pages

import (
	"slices"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

// again gives the edit that a form goes on with: one that was returned, or never handed
// in. It is nil where the form begins from the record.
func (s *Site) again(p *page, who policy.Principal, record string) (*moderation.Submission, error) {
	id := p.r.URL.Query().Get("submission")
	if id == "" {
		return nil, nil
	}
	sub, err := s.Work.Get(p.ctx, who, id)
	if err != nil {
		return nil, err
	}
	if sub.Object != policy.Edit || sub.Subject != record {
		return nil, moderation.ErrNotFound
	}
	if err := s.Work.Policy.Allows(who, policy.Change, sub.Target()); err != nil {
		s.Work.Refused(p.ctx, who, err, sub.ID)
		return nil, err
	}
	return sub, nil
}

// fillProposed puts what was proposed into the form. What somebody else has said of the
// same values since stands beside it.
func (s *Site) fillProposed(p *page, v *editView, w *moderation.Whole, sub *moderation.Submission) {
	v.Again, v.Version, v.Returned = true, sub.Version, sub.Reason()
	v.proposed = map[string]moderation.Proposal{}
	row := map[string]*editRow{}
	most := 0
	for i := range v.Rows {
		row[v.Rows[i].Path] = &v.Rows[i]
		most = max(most, v.Rows[i].N)
	}
	var more []editRow
	for _, c := range sub.Written() {
		if c.Subject != v.ID {
			continue
		}
		if c.Reason != "" {
			v.Form.Set("reason", c.Reason)
		}
		now := plain(c.Value)
		if c.Removed {
			now = ""
		}
		// What was said of it last, by whomever: translations, and what was taken out, have no
		// row in the form.
		var said register.Statement
		for _, st := range w.Statements {
			if st.Path == c.Path {
				said = st
			}
		}
		theirs := ""
		if said.Seq > sub.Base[v.ID] && (said.Removed != c.Removed || string(said.Value) != string(c.Value)) {
			v.Merge = true
			if theirs = s.shown(p, said.Value); said.Removed {
				theirs = p.t("edit.removed")
			}
		}
		r := row[c.Path]
		if r == nil {
			most++
			was := ""
			if said.Seq > 0 && !said.Removed {
				was = plain(said.Value)
			}
			more = append(more, editRow{N: most, Path: c.Path, What: s.pathText(p, v.ID, c.Path), Was: was, Now: now, Theirs: theirs, Long: len(now) > 60})
			v.proposed[c.Path] = c
			continue
		}
		r.Theirs = theirs
		v.proposed[c.Path] = c
		if !c.Pinned {
			r.Now = now
			continue
		}
		for j := range r.Rivals {
			rival := &r.Rivals[j]
			rival.Chosen = slices.ContainsFunc(w.Statements, func(st register.Statement) bool {
				return st.Seq == rival.Seq && st.Source == c.Source && string(st.Value) == string(c.Value)
			})
		}
	}
	v.Rows = append(v.Rows, more...)
	for key, value := range map[string]string{"source": sub.Said.Source, "locator": sub.Said.Locator, "asOf": sub.Said.AsOf, "knownOn": sub.Said.KnownOn} {
		v.Form.Set(key, value)
	}
	if sub.Source != nil {
		for key, value := range map[string]string{"sourceTitle": sub.Source.Title[register.Languages[0]], "publisher": sub.Source.Publisher, "sourceDate": sub.Source.Date, "sourceUrl": sub.Source.URL} {
			v.Form.Set(key, value)
		}
		for i := range v.Classes {
			v.Classes[i].Chosen = v.Classes[i].Value == sub.Source.Class
		}
	}
}

// handIn hands an edit in: as a new one, or as what follows on one that was returned.
func (s *Site) handIn(p *page, who policy.Principal, v *editView, old *moderation.Submission, body moderation.Body) (*moderation.Submission, error) {
	if old == nil {
		return s.Work.Draft(p.ctx, who, &moderation.Submission{Object: policy.Edit, Subject: v.ID, Body: body}, true, once(v.Form))
	}
	// What was left alone stays as it was proposed, with what the form does not show.
	for i, c := range body.Changes {
		if was, ok := v.proposed[c.Path]; ok && c.Removed == was.Removed && plain(c.Value) == plain(was.Value) && c.Pinned == was.Pinned {
			body.Changes[i] = was
		}
	}
	body.Said.Confidence = old.Said.Confidence
	if body.Source != nil && old.Source != nil && body.Source.ID == old.Source.ID {
		source := *old.Source
		titles := map[string]string{}
		for language, title := range old.Source.Title {
			titles[language] = title
		}
		titles[register.Languages[0]] = body.Source.Title[register.Languages[0]]
		source.Title, source.Class, source.Publisher, source.Date, source.URL = titles, body.Source.Class, body.Source.Publisher, body.Source.Date, body.Source.URL
		body.Source = &source
	}
	// What it says of other records has no place in the form, and stays.
	for _, c := range old.Written() {
		if c.Subject == v.ID {
			continue
		}
		body.Changes = append(body.Changes, c)
		body.Base[c.Subject] = old.Base[c.Subject]
	}
	return s.Work.Change(p.ctx, who, old.ID, v.Version, moderation.Submission{Object: policy.Edit, Subject: v.ID, Body: body}, true, once(v.Form))
}
