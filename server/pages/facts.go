package pages

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// piece is a part of a value as it is shown.
type piece struct {
	Text  string
	Lang  string // where it is not the page's
	Href  string
	Light string // of a status: good, going, late, open
}

// cell is a value in a table, with the mark of its source where it has one.
type cell struct {
	Pieces  []piece
	Mark    *mark
	Numeric bool
}

// fact is a value with its heading.
type fact struct {
	Label string
	cell
}

// section is a table under a heading.
type section struct {
	ID, Title, Note string
	Head            []string
	Rows            [][]cell
	All             string // leads to the whole list, or ""
}

// Numeric reports whether a column holds numbers, so that its heading stands
// over them.
func (sec *section) Numeric(column int) bool {
	for _, row := range sec.Rows {
		if column < len(row) && row[column].Numeric {
			return true
		}
	}
	return false
}

// mark leads from a value to where it comes from.
type mark struct {
	N          int // the number of the source on the page
	What       string
	Source     *register.Source
	Statement  register.Statement
	Rivals     []rival
	Language   string
	Translated bool
}

// Estimate reports whether a value is to be read with care.
func (m *mark) Estimate() bool {
	return m.Statement.Confidence == "low" || m.Source.ID == "recalled" || m.Source.ID == "derived"
}

// rival is what another source says.
type rival struct {
	Text      string
	Source    *register.Source
	Statement register.Statement
}

// gatherer makes the values of one record.
type gatherer struct {
	s       *Site
	p       *page
	it      *registerdb.Item
	r       *register.Record
	names   map[string]*registerdb.Item
	sources map[string]*register.Source
	numbers map[string]int
	order   []*register.Source
	own     string // the language of the record's texts
}

// countryFields hold codes of countries.
var countryFields = map[string]bool{"country": true, "countries": true, "investor": true, "host": true, "nationalities": true}

// gather begins with a record: it reads the names of the records that it names.
func (s *Site) gather(p *page, it *registerdb.Item, r *register.Record) (*gatherer, error) {
	g := &gatherer{s: s, p: p, it: it, r: r, sources: map[string]*register.Source{}, numbers: map[string]int{}, own: "en"}
	if l := register.Text(r.Values, "language"); it.Kind == register.Project && l != "" {
		g.own = l
	}
	var ids []string
	for _, ref := range register.References(r.Values) {
		ids = append(ids, ref.To)
	}
	var err error
	g.names, err = s.DB.Names(p.ctx, ids, p.Language)
	return g, err
}

// source reads a source once.
func (g *gatherer) source(id string) *register.Source {
	if g.sources[id] == nil {
		s, err := g.s.DB.Source(g.p.ctx, id)
		if err != nil {
			s = &register.Source{ID: id}
		}
		g.sources[id] = s
	}
	return g.sources[id]
}

// mark gives the mark of the value at a path, or nil where nobody stated it by
// itself.
func (g *gatherer) mark(path, label string) *mark {
	translated := g.r.Translated[path]
	at := path
	if translated {
		at += "@" + g.p.Language
	}
	c, ok := g.r.Choices[at]
	if !ok {
		return nil
	}
	m := &mark{What: label, Source: g.source(c.Source), Statement: c.Statement, Language: g.p.Language, Translated: translated}
	if g.numbers[c.Source] == 0 {
		g.order = append(g.order, m.Source)
		g.numbers[c.Source] = len(g.order)
	}
	m.N = g.numbers[c.Source]
	for _, s := range c.Rivals {
		m.Rivals = append(m.Rivals, rival{g.plain(s.Value), g.source(s.Source), s})
	}
	return m
}

// plain writes any value on one line.
func (g *gatherer) plain(raw json.RawMessage) string {
	v, err := register.Decode(raw)
	if err != nil {
		return string(raw)
	}
	switch v := v.(type) {
	case string:
		return day(g.p.Language, v)
	case json.Number:
		return number(g.p.Language, v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = g.plain(register.Encode(e))
		}
		return strings.Join(parts, ", ")
	case bool:
		return fmt.Sprint(v)
	}
	return string(raw)
}

// text is a text of the record, marked with its language where that is not the
// page's.
func (g *gatherer) text(path string, v any) piece {
	s, _ := v.(string)
	p := piece{Text: s}
	if g.own != g.p.Language && !g.r.Translated[path] {
		p.Lang = g.own
	}
	return p
}

// link leads to a record that this one names.
func (g *gatherer) link(id string) piece {
	if it := g.names[id]; it != nil {
		return piece{Text: it.Name, Href: g.p.href(it), Lang: nameLanguage(g.p, it)}
	}
	return piece{Text: id}
}

// nameLanguage is the language of a record's name where it is not the page's.
// Names of people and organisations are of no language.
func nameLanguage(p *page, it *registerdb.Item) string {
	info := register.Info(string(it.Kind))
	if p.Language == "en" || it.Translated[info.Name] || it.Kind == register.Person || it.Kind == register.Organisation {
		return ""
	}
	return "en"
}

// value shows the value of a field.
func (g *gatherer) value(path string, f register.Field, v any) []piece {
	one := func(p piece) []piece { return []piece{p} }
	switch x := v.(type) {
	case nil:
		return nil
	case json.Number:
		return one(piece{Text: number(g.p.Language, x)})
	case bool:
		if x {
			return one(piece{Text: g.p.t("yes")})
		}
		return one(piece{Text: g.p.t("no")})
	case string:
		switch {
		case register.KindOfID(x) != "":
			return one(g.link(x))
		case countryFields[f.Name]:
			return one(piece{Text: labels.Country(g.p.Language, x)})
		case f.Type == register.DayType || register.LastDay(strings.SplitN(x, "T", 2)[0]) != "" && f.Type != register.TextType:
			return one(piece{Text: day(g.p.Language, x)})
		case f.Type == register.CodeType:
			if g.it.Kind == register.Commitment && path == "status" {
				return one(statusPiece(g.p, g.r.Values, x))
			}
			return one(piece{Text: labels.Code(g.p.Language, f.Name, x)})
		case f.Name == "url" && (strings.HasPrefix(x, "https://") || strings.HasPrefix(x, "http://")):
			return one(piece{Text: x, Href: x})
		}
		return one(g.text(path, x))
	case []any:
		var out []piece
		for _, e := range x {
			inner := f
			switch f.Type {
			case register.CodesType:
				inner.Type = register.CodeType
			case register.TextsType:
				inner.Type = register.TextType
			}
			out = append(out, g.value(path, inner, e)...)
		}
		return out
	case map[string]any:
		return one(piece{Text: string(register.Encode(x))})
	}
	return nil
}

// light is the traffic light of a commitment: good (kept), late (not kept, or
// past its day), going (under way), open (to come).
func light(values map[string]any, today string) string {
	due := register.LastDay(register.Text(values, "dueDate"))
	switch status := register.Text(values, "status"); {
	case status == "met" || status == "inForce":
		return "good"
	case status == "notMet" || due != "" && due < today:
		return "late"
	case status == "partiallyMet" || status == "inProgress" || status == "disputed":
		return "going"
	}
	return "open"
}

// fact shows a field of the record, or reports false where it has none.
func (g *gatherer) fact(path string, f register.Field) (fact, bool) {
	v := register.At(g.r.Values, path)
	pieces := g.value(path, f, v)
	if len(pieces) == 0 {
		return fact{}, false
	}
	label := labels.Field(g.p.Language, g.it.Kind, path)
	return fact{label, cell{Pieces: pieces, Mark: g.mark(path, label)}}, true
}

// table shows a list of objects of the record, a row for each element. Columns
// that no element has are left out.
func (g *gatherer) table(path string, fields []register.Field) *section {
	list, _ := register.At(g.r.Values, path).([]any)
	if len(list) == 0 {
		return nil
	}
	sec := &section{ID: path, Title: labels.Field(g.p.Language, g.it.Kind, path)}
	var used []register.Field
	for _, f := range fields {
		for _, e := range list {
			if o, ok := e.(map[string]any); ok && o[f.Name] != nil {
				used = append(used, f)
				sec.Head = append(sec.Head, labels.Field(g.p.Language, g.it.Kind, path+"/"+f.Name))
				break
			}
		}
	}
	for _, e := range list {
		o, ok := e.(map[string]any)
		if !ok {
			continue
		}
		id := register.Text(o, "id")
		var row []cell
		var last *mark
		for _, f := range used {
			at := path + "[" + register.EscapeKey(id) + "]/" + f.Name
			c := cell{Pieces: g.value(at, f, o[f.Name]), Numeric: f.Type == register.NumberType}
			// One mark a row is enough where all of it is from one source.
			if m := g.mark(at, sec.Title+": "+labels.Field(g.p.Language, g.it.Kind, path+"/"+f.Name)); m != nil && (last == nil || m.N != last.N || len(m.Rivals) > 0) {
				c.Mark, last = m, m
			}
			row = append(row, c)
		}
		sec.Rows = append(sec.Rows, row)
	}
	return sec
}
