package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// submissionView is the page of a submission.
type submissionView struct {
	*moderation.Submission
	What, By, Href string // Href: of the record, where it is public
	Source         *register.Source
	Changes        []proposedRow
	More           int
	Trail          []trailRow
	Steps          []policy.Action
	Fault          string
	Conflict       []proposedRow
	Seen           int64   // the place of a conflict that whoever publishes may decide
	Alike          []offer // organisations with a name like that of the company
	Organisations  []offer
	Edit           string // leads to the form in which it is changed
	Counts         string
	Visible        string // for whom it is to be: an interest holds a contact, whoever may see it else
	Embargo        bool
}

// proposedRow is a value that is to change.
type proposedRow struct {
	Record, What, Before, After, Visibility, Path string
	Removed, Pinned                               bool
	Reason                                        string
}

type trailRow struct{ At, By, What, Reason string }

// mostRows bounds the changes that a page shows.
const mostRows = 300

func (s *Site) submission(p *page) error {
	who := s.who(p)
	sub, err := s.Work.Get(p.ctx, who, p.r.PathValue("id"))
	if err != nil {
		return err
	}
	v := &submissionView{}
	if p.r.Method == http.MethodPost {
		form, err := p.form()
		if err != nil {
			return err
		}
		var version int64
		fmt.Sscan(form.Get("version"), &version) // what is no number is an old version
		d := moderation.Decision{Reason: strings.TrimSpace(form.Get("reason")), VisibleFrom: form.Get("visibleFrom"), Organisation: form.Get("organisation")}
		fmt.Sscan(form.Get("seen"), &d.Seen) // what is no number has seen nothing
		var faults moderation.Faults
		var conflict *moderation.Conflict
		_, err = s.Work.Act(p.ctx, who, sub.ID, version, policy.Action(form.Get("do")), d, moderation.Once{})
		switch {
		case err == nil:
			return p.redirect("/work/submissions/" + sub.ID)
		case errors.As(err, &faults):
			p.Status, v.Fault = http.StatusUnprocessableEntity, strings.Join(faultTexts(p, faults), " ")
		case errors.Is(err, moderation.ErrVersion):
			p.Status, v.Fault = http.StatusPreconditionFailed, p.t("work.version")
		case errors.As(err, &conflict):
			p.Status, v.Fault = http.StatusPreconditionFailed, p.t("work.conflict")
			if conflict.Unseen {
				v.Fault, v.Seen = p.t("work.conflict.unseen"), conflict.Last
			}
			for _, st := range conflict.Theirs {
				v.Conflict = append(v.Conflict, proposedRow{What: s.pathText(p, st.Subject, st.Path), Path: st.Path, After: plain(st.Value)})
			}
		default:
			return err
		}
	}
	return s.showSubmission(p, v, sub)
}

func (s *Site) showSubmission(p *page, v *submissionView, sub *moderation.Submission) error {
	names := map[string]string{}
	v.Submission, v.Visible = sub, sub.Visibility
	v.What, v.By = p.t("object."+string(sub.Object)), s.accountName(p, names, sub.Author)
	p.Title = sub.Number + ": " + sub.Title
	if it, err := s.DB.Get(p.ctx, "", sub.Subject); err == nil {
		v.Href = p.href(it)
	}
	if v.Source = sub.Source; v.Source == nil && sub.Said.Source != "" {
		if src, err := s.DB.Source(p.ctx, sub.Said.Source); err == nil {
			v.Source = src
		} else {
			v.Source = &register.Source{ID: sub.Said.Source}
		}
	}
	v.Embargo = sub.State == "published" && sub.VisibleFrom > p.Today
	before, err := s.valuesBefore(p, sub)
	if err != nil {
		return err
	}
	several := false
	for _, c := range sub.Changes {
		several = several || c.Subject != sub.Subject
	}
	record := ""
	for i, c := range sub.Changes {
		if c.Subject == sub.Subject && c.Path == "visibility" && sub.Object == policy.Interest {
			v.Visible = plain(c.Value)
		}
		if i == mostRows {
			v.More = len(sub.Changes) - mostRows
			break
		}
		row := proposedRow{What: s.pathText(p, c.Subject, c.Path), Path: c.Path, Before: before[c.Subject][c.Path], Removed: c.Removed, Pinned: c.Pinned, Reason: c.Reason, After: s.shownAt(p, c.Path, c.Value)}
		if c.Reason == "import" {
			row.Reason = ""
		}
		if several {
			row.Record = labels.One(p.Language, register.KindOfID(c.Subject))
			if it, err := s.DB.Get(p.ctx, "", c.Subject); err == nil {
				row.Record += ": " + it.Name
			}
			if row.Record == record {
				row.Record = "" // said once for the rows that follow
			} else {
				record = row.Record
			}
		}
		v.Changes = append(v.Changes, row)
	}
	for _, step := range sub.Trail {
		v.Trail = append(v.Trail, trailRow{At: step.At, By: s.accountName(p, names, step.By), What: p.t("step." + string(step.Action)), Reason: step.Reason})
	}
	who := s.who(p)
	for _, a := range []policy.Action{policy.Submit, policy.Accept, policy.Publish, policy.Return, policy.Withdraw} {
		if s.Work.Policy.Allows(who, a, sub.Target()) == nil {
			v.Steps = append(v.Steps, a)
		}
	}
	if sub.Object == policy.Interest && sub.Author == who.Account && (sub.State == "draft" || sub.State == "returned" || sub.State == "published") {
		v.Edit = "/" + p.Language + "/work/interest?submission=" + sub.ID
	}
	if sub.Object == policy.Edit && sub.Author == who.Account && (sub.State == "draft" || sub.State == "returned") {
		v.Edit = "/" + p.Language + "/work/records/" + sub.Subject + "?submission=" + sub.ID
	}
	if sub.Object == policy.Interest && sub.State == "submitted" && who.Account != sub.Author {
		if err := s.offerOrganisations(p, v); err != nil {
			return err
		}
	}
	if sub.Object == policy.Import && sub.Text != "" {
		var n registerdb.Counts
		if json.Unmarshal([]byte(sub.Text), &n) == nil {
			v.Counts = p.t("import.counts", number(p.Language, n.New), number(p.Language, n.Changed), number(p.Language, n.Conflict), number(p.Language, n.Unchanged))
		}
	}
	return s.render(p, "submission", v)
}

// mostAlike bounds how many names are told to be alike.
const mostAlike = 10

// offerOrganisations offers the organisations for which a company may be vouched, those
// with its name first: a long register has more than a form offers.
func (s *Site) offerOrganisations(p *page, v *submissionView) error {
	seen := map[string]bool{}
	if v.Profile != nil {
		// Its whole name, then its first word: legal forms are written in many ways.
		words := strings.Fields(v.Profile.Name)
		for _, text := range append([]string{v.Profile.Name}, words[:min(1, len(words))]...) {
			hits, err := s.DB.Search(p.ctx, text, register.Organisation, p.Language, mostAlike)
			if err != nil {
				return err
			}
			for _, h := range hits {
				if !seen[h.ID] && len(v.Alike) < mostAlike {
					seen[h.ID] = true
					v.Alike = append(v.Alike, offer{h.ID, h.Name, false})
				}
			}
		}
	}
	list, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Organisation, Language: p.Language, Limit: mostChoices})
	if err != nil {
		return err
	}
	for _, it := range list.Items {
		if !seen[it.ID] {
			v.Organisations = append(v.Organisations, offer{it.ID, it.Name, false})
		}
	}
	return nil
}

// valuesBefore gives the values that a reader of a submission may see of its records, by
// subject and path.
func (s *Site) valuesBefore(p *page, sub *moderation.Submission) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	for i, c := range sub.Changes {
		if i == mostRows {
			break
		}
		if out[c.Subject] != nil {
			continue
		}
		out[c.Subject] = map[string]string{}
		w, err := s.Work.Whole(p.ctx, s.who(p), c.Subject)
		if errors.Is(err, moderation.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for path, choice := range w.Choices {
			out[c.Subject][path] = s.shownAt(p, path, choice.Value)
		}
	}
	return out, nil
}

// pathText names a path of a record in words, with the element of a list that it is of:
// "Parties, Azerbaijan Railways CJSC: Roles".
func (s *Site) pathText(p *page, subject, path string) string {
	at, language, translated := strings.Cut(path, "@")
	kind := register.KindOfID(subject)
	label := labels.Field(p.Language, kind, at)
	if list, id, ok := register.Element(at); ok {
		label = fmt.Sprintf("%s, %s: %s", labels.Field(p.Language, kind, list), s.elementName(p, id), label)
	}
	if translated {
		label += " (" + language + ")"
	}
	return label
}

// elementName gives the name of the record that an element of a list stands for, or its id.
func (s *Site) elementName(p *page, id string) string {
	if register.KindOfID(id) == "" {
		return id
	}
	if _, asked := p.names[id]; !asked {
		if p.names == nil {
			p.names = map[string]string{}
		}
		p.names[id] = id
		if it, err := s.DB.Get(p.ctx, "", id); err == nil {
			p.names[id] = it.Name
		}
	}
	return p.names[id]
}

// plain gives a value as text: a text as it is, lists with semicolons, others as JSON.
func plain(raw json.RawMessage) string {
	v, err := register.Decode(raw)
	if err != nil {
		return ""
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var parts []string
		for _, e := range v {
			t, ok := e.(string)
			if !ok {
				return string(raw)
			}
			parts = append(parts, t)
		}
		return strings.Join(parts, "; ")
	}
	return string(raw)
}

// coded are lists of codes by the last key of a path.
var coded = map[string]string{"services": "services", "fields": "services", "status": "status", "sector": "sector", "kind": "kind", "theme": "theme", "confidence": "confidence"}

// shownAt gives a value as text, with words in the place of codes.
func (s *Site) shownAt(p *page, path string, raw json.RawMessage) string {
	path, _, _ = strings.Cut(path, "@")
	key := path[strings.LastIndexByte(path, '/')+1:]
	word := func(c string) string { return labels.Code(p.Language, coded[key], c) }
	switch {
	case countryFields[key]:
		word = func(c string) string { return labels.Country(p.Language, c) }
	case key == "roles":
		word = func(c string) string {
			if w := optionalWord(p.Language, "interest.role."+c); w != "" {
				return w
			}
			return labels.Code(p.Language, "roles", c)
		}
	case key == "visibility":
		word = func(c string) string {
			if w := optionalWord(p.Language, "visibility."+c); w != "" {
				return w
			}
			return c
		}
	case coded[key] == "":
		return s.shown(p, raw)
	}
	parts := strings.Split(plain(raw), "; ")
	for i, c := range parts {
		parts[i] = word(c)
	}
	return strings.Join(parts, "; ")
}

// shown gives a value as text, with names in the place of ids.
func (s *Site) shown(p *page, raw json.RawMessage) string {
	text := plain(raw)
	if !strings.Contains(text, "kv-") {
		return text
	}
	parts := strings.Split(text, "; ")
	for i, id := range parts {
		if register.KindOfID(id) == "" {
			continue
		}
		if it, err := s.DB.Get(p.ctx, "", id); err == nil {
			parts[i] = it.Name
		}
	}
	return strings.Join(parts, "; ")
}
