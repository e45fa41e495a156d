package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
)

// editView is the form in which a record is changed.
type editView struct {
	ID, Name, Href string
	Kind           register.Kind
	Base           int64
	Rows           []editRow
	Fields         []offer // that the record does not have yet
	Add            [][2]string
	Outcome        bool // a meeting: an outcome can be added
	Outcomes       []offer
	Form           url.Values
	Classes        []offer
	Faults         []string
	Merge          bool
	Editable       bool
	Remark         bool // an internal remark can be added
	Once           string
	Again          bool   // it goes on with an edit that was made before
	Version        int64  // of that edit
	Returned       string // why it was returned

	proposed map[string]moderation.Proposal // by path
}

// Has gives what was filled into a field.
func (v *editView) Has(key string) string { return v.Form.Get(key) }

// editRow is a value of the record.
type editRow struct {
	N                        int
	Path, What, Was, Now     string
	Visibility, Source, Told string
	Rivals                   []rivalValue
	Theirs                   string // in a merge: what somebody else said meanwhile
	Long                     bool
}

type rivalValue struct {
	Seq           int64
	Value, Source string
	Told          string
	Chosen        bool
}

func (s *Site) edit(p *page) error {
	who := s.who(p)
	w, err := s.Work.Whole(p.ctx, who, p.r.PathValue("id"))
	if err != nil {
		return err
	}
	id := p.r.PathValue("id")
	v := &editView{ID: id, Kind: register.KindOfID(id), Base: w.Last, Editable: w.Editable, Form: url.Values{}, Once: onceOf(nil)}
	v.Name = register.NameOf(v.Kind, w.Values)
	v.Remark = who.Has(policy.Editor) || who.Has(policy.Publisher)
	if it, err := s.DB.Get(p.ctx, "", id); err == nil {
		v.Href = p.href(it)
	}
	p.Title = p.t("edit.of", v.Name)
	var sent url.Values
	if p.r.Method == http.MethodPost {
		if sent, err = p.form(); err != nil {
			return err
		}
		if done, err := s.Work.Answered(p.ctx, who, once(sent)); err != nil {
			return err
		} else if done != nil {
			return p.redirect("/work/submissions/" + done.ID) // the form was sent twice
		}
	}
	old, err := s.again(p, who, id)
	if err != nil {
		return err
	}
	s.editRows(p, v, w)
	if old != nil {
		s.fillProposed(p, v, w, old)
	}
	if p.r.Method != http.MethodPost {
		return s.render(p, "edit", v)
	}
	v.Form = sent
	v.Once, v.Merge = onceOf(v.Form), false
	// A form that is shown again keeps the version that it was made from: what another
	// changed meanwhile is not overwritten by sending it twice.
	v.Version = 0
	fmt.Sscan(v.Form.Get("version"), &v.Version) // what is no number is an old version
	for i := range v.Rows {
		v.Rows[i].Now, v.Rows[i].Theirs = v.Rows[i].Was, "" // what was sent is filled in below
	}
	changes, base, err := s.editFields(v, w)
	if err == nil && len(changes) == 0 {
		err = moderation.Faults{{Message: p.t("edit.nothing")}}
	}
	var sub *moderation.Submission
	if err == nil {
		body := moderation.Body{Changes: changes, Base: map[string]int64{id: base}, Language: p.Language, Said: moderation.Said{Source: v.Form.Get("source"), Locator: v.Form.Get("locator"), AsOf: v.Form.Get("asOf"), KnownOn: v.Form.Get("knownOn")}}
		if title := strings.TrimSpace(v.Form.Get("sourceTitle")); title != "" {
			body.Source = &register.Source{ID: body.Said.Source, Class: v.Form.Get("sourceClass"), Title: map[string]string{"en": title}, Publisher: v.Form.Get("publisher"), Date: v.Form.Get("sourceDate"), URL: v.Form.Get("sourceUrl")}
			if body.Source.ID == "" {
				body.Source.ID = register.Slug(title)
			}
		}
		sub, err = s.handIn(p, who, v, old, body)
	}
	var faults moderation.Faults
	var conflict *moderation.Conflict
	switch {
	case err == nil:
		return p.redirect("/work/submissions/" + sub.ID)
	case errors.As(err, &faults):
		p.Status, v.Faults = http.StatusUnprocessableEntity, faultTexts(p, faults)
	case errors.Is(err, moderation.ErrVersion):
		p.Status, v.Faults = http.StatusPreconditionFailed, []string{p.t("work.version")}
	case errors.As(err, &conflict):
		// What was filled in stays, beside what somebody else has said; sent again, it is
		// meant to follow on that.
		p.Status, v.Merge = http.StatusPreconditionFailed, true
		theirs := map[string]string{}
		for _, st := range conflict.Theirs {
			theirs[st.Path] = s.shown(p, st.Value)
			if st.Removed {
				theirs[st.Path] = p.t("edit.removed")
			}
		}
		for i := range v.Rows {
			v.Rows[i].Theirs = theirs[v.Rows[i].Path]
		}
	default:
		return err
	}
	s.keepFilled(v, base)
	return s.render(p, "edit", v)
}

// keepFilled puts what was filled in back into the form. Values that were left alone are as
// they are now; without a conflict the form goes on from what it was made from.
func (s *Site) keepFilled(v *editView, base int64) {
	number := map[string]string{} // of a path, in the form that was sent
	for key := range v.Form {
		if strings.HasPrefix(key, "p") && strings.Trim(key[1:], "0123456789") == "" {
			number[v.Form.Get(key)] = key[1:]
		}
	}
	if !v.Merge && base > 0 {
		v.Base = base
	}
	for i := range v.Rows {
		r := &v.Rows[i]
		n, sent := number[r.Path]
		if !sent {
			continue
		}
		if was, now := v.Form.Get("o"+n), v.Form.Get("v"+n); normal(was) != normal(now) {
			r.Now = now
			if !v.Merge {
				r.Was = was
			}
		}
		if chosen := v.Form.Get("r" + n); chosen != "" {
			for j := range r.Rivals {
				r.Rivals[j].Chosen = fmt.Sprint(r.Rivals[j].Seq) == chosen
			}
		}
	}
	for i := range v.Classes {
		v.Classes[i].Chosen = v.Classes[i].Value == v.Form.Get("sourceClass")
	}
}

// editRows lists the values of a record, and the fields that it lacks.
func (s *Site) editRows(p *page, v *editView, w *moderation.Whole) {
	has := map[string]bool{}
	for i, leaf := range register.Flatten(w.Values) {
		has[leaf.Path] = true
		if leaf.Path == "id" || leaf.Path == "slug" || leaf.Path == "karvan/slug" || leaf.Path == "karvan/key" {
			continue
		}
		c := w.Choices[leaf.Path]
		text := plain(leaf.Value)
		row := editRow{N: i, Path: leaf.Path, What: s.pathText(p, v.ID, leaf.Path), Was: text, Now: text, Visibility: w.Hidden[leaf.Path], Source: c.Source, Told: c.KnownOn, Long: len(text) > 60 || strings.Contains(text, "\n")}
		if len(c.Rivals) > 0 {
			row.Rivals = append(row.Rivals, rivalValue{c.Seq, s.shown(p, c.Value), c.Source, c.KnownOn, true})
			for _, r := range c.Rivals {
				row.Rivals = append(row.Rivals, rivalValue{r.Seq, s.shown(p, r.Value), r.Source, r.KnownOn, false})
			}
		}
		v.Rows = append(v.Rows, row)
	}
	var paths []string
	if v.Kind == register.Project {
		paths = append(paths, []string{"title", "description", "purpose", "status", "sector", "budget/amount/amount", "budget/amount/currency", "identificationPeriod/startDate", "preparationPeriod/startDate", "implementationPeriod/startDate", "implementationPeriod/endDate", "completionPeriod/endDate", "karvan/lengthKm", "karvan/countries"}...)
	} else {
		var walk func(at string, fields []register.Field)
		walk = func(at string, fields []register.Field) {
			for _, f := range fields {
				switch f.Type {
				case register.ObjectType:
					walk(at+f.Name+"/", f.Fields)
				case register.ListType, register.AnyType:
				default:
					paths = append(paths, at+f.Name)
				}
			}
		}
		walk("", register.Info(string(v.Kind)).Fields)
	}
	for _, path := range paths {
		if !has[path] && path != "slug" {
			v.Fields = append(v.Fields, offer{Value: path, Text: s.pathText(p, v.ID, path)})
		}
	}
	sortOptions(p.Language, v.Fields)
	v.Outcome = v.Kind == register.Meeting
	for _, k := range []string{"decision", "action", "commitment", "information"} {
		v.Outcomes = append(v.Outcomes, offer{Value: k, Text: labels.Code(p.Language, "kind", k)})
	}
	for _, c := range register.Classes {
		v.Classes = append(v.Classes, offer{Value: c, Text: labels.Code(p.Language, "class", c), Chosen: c == "report"})
	}
	v.Add = [][2]string{{"a0", "w0"}, {"a1", "w1"}, {"a2", "w2"}}
}

// editFields reads what was changed in the form. The base is what the form was made from:
// what stood there then is in the form too.
func (s *Site) editFields(v *editView, w *moderation.Whole) ([]moderation.Proposal, int64, error) {
	var out []moderation.Proposal
	var faults moderation.Faults
	var base int64
	fmt.Sscan(v.Form.Get("base"), &base) // what is no number is before everything
	add := func(path, text string, kind any) {
		value, err := typed(v.Kind, path, text, kind)
		if err != nil {
			faults = append(faults, register.Problem{Path: path, Message: err.Error()})
			return
		}
		out = append(out, moderation.Proposal{Subject: v.ID, Path: path, Value: value})
	}
	var rows []string
	for key := range v.Form {
		if strings.HasPrefix(key, "p") && strings.Trim(key[1:], "0123456789") == "" {
			rows = append(rows, key[1:])
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		return len(rows[i]) < len(rows[j]) || len(rows[i]) == len(rows[j]) && rows[i] < rows[j]
	})
	for _, n := range rows {
		path := v.Form.Get("p" + n)
		was, now := normal(v.Form.Get("o"+n)), normal(v.Form.Get("v"+n))
		if pin := v.Form.Get("r" + n); pin != "" && now == was {
			// Another of the rival values is to stand, for a reason.
			for _, st := range w.Statements {
				if fmt.Sprint(st.Seq) == pin && st.Path == path && w.Choices[path].Seq != st.Seq {
					out = append(out, moderation.Proposal{Subject: v.ID, Path: path, Value: st.Value, Pinned: true, Reason: v.Form.Get("reason"), Source: st.Source})
				}
			}
			continue
		}
		switch {
		case now == was:
		case strings.TrimSpace(now) == "":
			out = append(out, moderation.Proposal{Subject: v.ID, Path: path, Removed: true, Reason: v.Form.Get("reason")})
		default:
			var current any
			if c, ok := w.Choices[path]; ok {
				current, _ = register.Decode(c.Value)
			} else if c, ok := v.proposed[path]; ok {
				current, _ = register.Decode(c.Value)
			}
			add(path, now, current)
		}
	}
	for i := range v.Add {
		if path, text := v.Form.Get(v.Add[i][0]), strings.TrimSpace(v.Form.Get(v.Add[i][1])); path != "" && text != "" {
			add(path, text, nil)
		}
	}
	if text := strings.TrimSpace(v.Form.Get("outcomeText")); text != "" && v.Kind == register.Meeting {
		at := "outcomes[" + v.newElement(w.Values, "outcomes", "outcomes") + "]/"
		for field, value := range map[string]string{"kind": v.Form.Get("outcomeKind"), "text": text, "owner": v.Form.Get("outcomeOwner"), "dueDate": v.Form.Get("outcomeDue")} {
			if strings.TrimSpace(value) != "" {
				add(at+field, value, "")
			}
		}
		sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	}
	if text := strings.TrimSpace(v.Form.Get("remark")); text != "" {
		list, at := w.Values, "internalRemarks"
		if v.Kind == register.Project {
			ours, _ := w.Values["karvan"].(map[string]any)
			list, at = ours, "karvan/internalRemarks"
		}
		add(at+"["+v.newElement(list, "internalRemarks", at)+"]/text", text, "")
	}
	if len(faults) > 0 {
		return nil, base, faults
	}
	return out, base, nil
}

// normal gives a text as a browser had it: line ends differ.
func normal(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// newElement gives the id of a new element of a list that stands at a path: one that
// neither the record has nor what the form goes on with.
func (v *editView) newElement(values map[string]any, list, at string) string {
	have, _ := values[list].([]any)
	taken := map[string]bool{}
	for _, e := range have {
		o, _ := e.(map[string]any)
		taken[register.Text(o, "id")] = true
	}
	for path := range v.proposed {
		if rest, ok := strings.CutPrefix(path, at+"["); ok {
			id, _, _ := strings.Cut(rest, "]")
			taken[id] = true
		}
	}
	for n := len(have) + 1; ; n++ {
		if id := fmt.Sprint(n); !taken[id] {
			return id
		}
	}
}

// typed reads a text as a value of the type that stands there, or that the field has.
func typed(kind register.Kind, path, text string, current any) (json.RawMessage, error) {
	t := register.FieldType(kind, path)
	switch current.(type) {
	case json.Number:
		t = register.NumberType
	case []any:
		t = register.TextsType
	case map[string]any, bool:
		t = register.AnyType
	case string:
		t = register.TextType
	}
	switch t {
	case register.NumberType:
		n := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), " ", ""), " ", "")
		if !json.Valid([]byte(n)) || strings.ContainsAny(n, `"[{tfn`) {
			return nil, fmt.Errorf("%q is no number; digits with a point were expected", short(text))
		}
		return json.RawMessage(n), nil
	case register.TextsType, register.CodesType, register.RefsType:
		if strings.HasPrefix(strings.TrimSpace(text), "[") {
			if json.Valid([]byte(text)) {
				return json.RawMessage(text), nil
			}
			return nil, errors.New("a list as JSON was expected")
		}
		return register.Encode(filled(strings.Split(text, ";"))), nil
	case register.AnyType, register.ListType, register.ObjectType:
		if !json.Valid([]byte(text)) {
			return nil, errors.New("a value as JSON was expected")
		}
		return json.RawMessage(text), nil
	}
	return register.Encode(text), nil
}
