package study

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/register"
)

// said are the keys that tell who said what a record or an element of one of
// its lists holds. They are no fields of it.
var said = []string{"source_id", "locator", "as_of", "known_on", "confidence"}

// readRegister reads a file of register/: projects as an OC4IDS package, and
// records of every other kind under the plural of its name.
func (l *loader) readRegister(v *value, file string) {
	if v == nil {
		return
	}
	s := newSection(v, file, "", &l.f)
	defer s.done()
	for _, key := range []string{"uri", "publishedDate", "publisher", "license", "publicationPolicy", "version", "extensions", "links"} {
		s.get(key) // of an OC4IDS package
	}
	some := false
	for i := range register.Kinds {
		info := &register.Kinds[i]
		some = some || s.has(info.Plural)
		for _, r := range s.list(info.Plural) {
			if info.Kind == register.Project {
				l.project(r, file)
				continue
			}
			l.registerRecord(info, r, file)
		}
	}
	if !some && s.whole {
		s.fault("projects", nil, "a list of projects was expected, as in an OC4IDS package, or of another kind of the register")
	}
}

// project takes what the model needs of a project: its identity, and what
// stands under the key karvan.
func (l *loader) project(p *section, file string) {
	project := karvan.Project{Key: p.text("id", true), Title: p.text("title", true), Status: p.text("status", false)}
	ours := p.sub("karvan")
	project.Sector = ours.text("sector", false)
	project.Links = ours.texts("links")
	project.SourceID = ours.text("source_id", true)
	project.Confidence = ours.enum("confidence", "", "high", "medium", "low")
	project.Note = ours.text("note", false)
	for _, key := range []string{"slug", "otherNames", "countries", "lengthKm", "schedule", "typeStated", "locator", "as_of", "statements"} {
		ours.get(key) // of the register alone
	}
	l.whoSaid(ours, file)
	if v := ours.get("links"); v != nil {
		for _, k := range project.Links {
			l.refs = append(l.refs, reference{"link", file, v.line, ours.field("links"), k})
		}
	}
	project.Effects = l.effects(ours, "effects", "project "+project.Key)
	l.alsoSaid(ours, file)
	ours.done()
	if project.Key != "" && l.define("project", file, p.get("id").line, p.field("id"), project.Key) {
		l.in.Projects = append(l.in.Projects, project)
	}
}

// whoSaid checks the source and the days of a record, of an element or of a
// further statement.
func (l *loader) whoSaid(s *section, file string) {
	if v := s.get("source_id"); v != nil {
		l.refs = append(l.refs, reference{"source", file, v.line, s.field("source_id"), v.scalar})
	}
	for _, key := range []string{"known_on", "as_of"} {
		if v := s.get(key); v != nil && !isDate(v.scalar) {
			s.fault(key, v, "a day as yyyy-mm-dd was expected")
		}
	}
}

// alsoSaid checks the further statements about a record.
func (l *loader) alsoSaid(s *section, file string) {
	for _, a := range s.list("statements") {
		if p := a.text("path", true); p != "" && !register.ValidPath(p) {
			a.fault("path", a.get("path"), "a path as title@ru or karvan/lengthKm was expected")
		}
		if !a.has("value") {
			a.fault("value", nil, "a value was expected")
		}
		a.text("source_id", true)
		a.text("locator", false)
		a.text("confidence", false)
		l.whoSaid(a, file)
		a.done()
	}
}

// registerRecord notes a record of a kind other than a project; it is checked
// when all are read, since records name one another.
func (l *loader) registerRecord(info *register.KindInfo, r *section, file string) {
	key := r.text("id", true)
	r.text("source_id", true)
	l.whoSaid(r, file)
	l.alsoSaid(r, file)
	if key == "" || !l.define(inRegister(info.Kind), file, r.get("id").line, r.field("id"), key) {
		return
	}
	l.later = append(l.later, deferred{"register", func() {
		record, _ := plainJSON(r.v).(map[string]any)
		values, _ := separate(record)
		for _, p := range register.CheckRecord(info.Kind, values, nil) {
			l.f.errorf(file, lineOf(r.v, p.Path), r.path+"."+strings.ReplaceAll(p.Path, "/", "."), "", "%s", p.Message)
		}
		for _, ref := range register.KeysNamed(info.Kind, values) {
			if !l.exists(inRegister(ref.Of), ref.Key) {
				var known []string
				if set := l.known[inRegister(ref.Of)]; set != nil {
					known = set.list
				}
				l.f.errorf(file, lineOf(r.v, ref.Path), r.path+"."+strings.ReplaceAll(ref.Path, "/", "."), ref.Key, "there is no %s of this id in register/%s", ref.Of, nearest(ref.Key, known))
			}
		}
	}})
}

// inRegister names the ids of a kind of record. Projects are those of the
// whole study; a target of target.csv may have a record of its own.
func inRegister(kind register.Kind) string {
	if kind == register.Project {
		return string(kind)
	}
	return "register " + string(kind)
}

// lineOf gives the line of the value at a path of a record, or of the deepest
// part of it that is there.
func lineOf(v *value, at string) int {
	line := v.line
	for _, part := range strings.Split(at, "/") {
		key, id, element := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		next := v.fields[key]
		if next == nil {
			return line
		}
		v, line = next, next.line
		if !element {
			continue
		}
		found := false
		for _, item := range v.items {
			if i := item.fields["id"]; i != nil && i.scalar == id {
				v, line, found = item, i.line, true
				break
			}
		}
		if !found {
			return line
		}
	}
	return line
}

// plainJSON turns a value of a document into what encoding/json would make of
// it, numbers as they are written.
func plainJSON(v *value) any {
	switch v.kind {
	case mapValue:
		o := map[string]any{}
		for _, k := range v.keys {
			o[k] = plainJSON(v.fields[k])
		}
		return o
	case listValue:
		l := make([]any, len(v.items))
		for i, item := range v.items {
			l[i] = plainJSON(item)
		}
		return l
	case nullValue:
		return nil
	}
	return v.raw
}

// separate parts a record from who said it, and the elements of its lists that
// somebody else said from both.
func separate(record map[string]any) (map[string]any, []register.Also) {
	values := map[string]any{}
	var also []register.Also
	for k, v := range record {
		list, ok := v.([]any)
		if !ok || k == "statements" {
			if k != "statements" {
				values[k] = v
			}
			continue
		}
		kept := make([]any, len(list))
		for i, e := range list {
			kept[i] = e
			o, ok := e.(map[string]any)
			if !ok || o["source_id"] == nil {
				continue
			}
			element := without(o, said...)
			kept[i] = element
			by := saidOf(o)
			for _, leaf := range register.Flatten(map[string]any{k: []any{element}}) {
				x, err := register.Decode(leaf.Value)
				if err == nil {
					also = append(also, register.Also{Path: leaf.Path, Value: x, Said: by})
				}
			}
		}
		values[k] = kept
	}
	return without(values, append([]string{"id"}, said...)...), also
}

func without(o map[string]any, keys ...string) map[string]any {
	out := map[string]any{}
	for k, v := range o {
		out[k] = v
	}
	for _, k := range keys {
		delete(out, k)
	}
	return out
}

func saidOf(o map[string]any) register.Said {
	text := func(key string) string {
		s, _ := o[key].(string)
		return s
	}
	return register.Said{Source: text("source_id"), Locator: text("locator"), AsOf: text("as_of"), KnownOn: text("known_on"), Confidence: text("confidence")}
}

// Register gives what a study that passed the checks brings along for a
// register. A fact without known_on is known from the last day of its source's
// date; where that has none, from the day after the study's base date, so that
// it is not taken for known before.
func Register(in *karvan.Inputs) (*register.Content, error) {
	c := &register.Content{Study: in.Name}
	dated := map[string]string{}
	for _, s := range in.Sources {
		class := s.Class
		if class == "" {
			class = "report"
		}
		title := map[string]string{"en": s.Title}
		c.Sources = append(c.Sources, register.Source{ID: s.Key, Class: class, Title: title, Publisher: s.Publisher, Author: s.Author, Date: s.Date, URL: s.URL, Language: s.Language, Place: s.Place})
		dated[s.Key] = lastDay(s.Date)
	}
	undated := in.BaseDate
	if t, err := time.Parse(time.DateOnly, undated); err == nil {
		undated = t.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	known := func(s register.Said) register.Said {
		if s.KnownOn == "" {
			s.KnownOn = dated[s.Source]
		}
		if s.KnownOn == "" {
			s.KnownOn = undated
		}
		return s
	}
	for _, f := range in.Files {
		if path.Dir(f.Path) != "register" {
			continue
		}
		document, err := register.Decode([]byte(strings.TrimPrefix(string(f.Content), "\ufeff")))
		if err != nil {
			return nil, fmt.Errorf("study: %s: %w", f.Path, err)
		}
		o, _ := document.(map[string]any)
		for i := range register.Kinds {
			info := &register.Kinds[i]
			list, _ := o[info.Plural].([]any)
			for _, e := range list {
				record, _ := e.(map[string]any)
				c.Entries = append(c.Entries, registerEntry(info.Kind, record, known))
			}
		}
	}
	return c, nil
}

func registerEntry(kind register.Kind, record map[string]any, known func(register.Said) register.Said) register.Entry {
	e := register.Entry{Kind: kind}
	e.Key, _ = record["id"].(string)
	holder := record
	if kind == register.Project {
		holder, _ = record["karvan"].(map[string]any)
	}
	e.Said = known(saidOf(holder))
	further, _ := holder["statements"].([]any)
	if kind == register.Project {
		e.Values = without(record, "id")
		e.Values["karvan"] = without(holder, append([]string{"statements", "effects"}, said...)...)
	} else {
		e.Values, e.Also = separate(record)
	}
	e.Also = append(e.Also, happened(e)...)
	own := map[string]bool{}
	for i := range e.Also {
		e.Also[i].Said = known(e.Also[i].Said)
		own[e.Also[i].Path] = true
	}
	if len(own) > 0 {
		// What somebody else said is not also said by the record's own source.
		e.Skip = own
	}
	plain := map[string]string{}
	if len(further) > 0 {
		for _, l := range register.Flatten(e.Values) {
			plain[l.Path] = string(l.Value)
		}
	}
	for _, x := range further {
		o, _ := x.(map[string]any)
		p, _ := o["path"].(string)
		if leaf, there := plain[p]; there && leaf == string(register.Encode(o["value"])) {
			// The value's own source, where the record's does not have it.
			if e.Skip == nil {
				e.Skip = map[string]bool{}
			}
			e.Skip[p] = true
		}
		e.Also = append(e.Also, register.Also{Path: p, Value: o["value"], Said: known(saidOf(o))})
	}
	return e
}

// happened gives the statements of a record that cannot have been known when the
// rest of it was: that something was done, on a later day. They are known from that
// day on.
func happened(e register.Entry) []register.Also {
	day := func(path string) string {
		s, _, _ := strings.Cut(register.Text(e.Values, path), "T")
		return register.LastDay(s)
	}
	end := day("karvan/schedule/actualEnd")
	if e.Kind == register.Commitment {
		end = day("dateMet")
	}
	if end == "" || end <= e.KnownOn {
		return nil
	}
	var out []register.Also
	for _, l := range register.Flatten(e.Values) {
		key := l.Path[strings.LastIndexByte(l.Path, '/')+1:]
		text := strings.Trim(string(l.Value), `"`)
		switch {
		case key == "actualEnd", key == "dateMet", l.Path == "implementationPeriod/endDate", l.Path == "statusText",
			key == "status" && (text == "completion" || text == "met" || text == "partiallyMet"):
			v, err := register.Decode(l.Value)
			if err == nil {
				said := e.Said
				said.KnownOn = end
				out = append(out, register.Also{Path: l.Path, Value: v, Said: said})
			}
		}
	}
	return out
}

// lastDay is the last day of a day, month or year given as text, or "".
func lastDay(s string) string {
	switch len(s) {
	case 4:
		s += "-12-31"
	case 7:
		t, err := time.Parse("2006-01", s)
		if err != nil {
			return ""
		}
		s = t.AddDate(0, 1, -1).Format(time.DateOnly)
	}
	if !isDate(s) {
		return ""
	}
	return s
}
