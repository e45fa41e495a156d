package features

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"strings"
)

//go:embed pages.gohtml
var pagesText string

// pages shows each resource in HTML: all that its JSON holds, and every link
// (/req/html/content). They need no script, and no style but the site's.
var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"text":  valueText,
	"isURL": isURL,
	"kind":  geometryKind,
	"add":   func(a, b int) int { return a + b },
	"label": Property.label,
}).Parse(pagesText))

// shownPage is what a template gets.
type shownPage struct {
	Title string
	Trail []link
	Links []link
	Body  any
}

func (a *answer) shown() shownPage { return shownPage{a.title, a.trail, a.links, a.body} }

// valueText writes a property for people: "" where nothing is known.
func valueText(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var s string
	switch {
	case string(b) == "null":
		return "", nil
	case json.Unmarshal(b, &s) == nil:
		return s, nil
	}
	return string(b), nil
}

func isURL(p Property, text string) bool {
	return p.Format == "uri" && (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"))
}

func geometryKind(g json.RawMessage) string {
	var k struct{ Type string }
	// A geometry that cannot be read shows as it is.
	_ = json.Unmarshal(g, &k)
	return k.Type
}

// cell is one value of a feature and its property.
type cell struct {
	Property Property
	Value    any
}

// Cells gives the properties in order.
func (r row) Cells() []cell {
	cells := make([]cell, len(r.properties))
	for i, p := range r.properties {
		cells[i] = cell{p, r.values[p.Name]}
	}
	return cells
}

// Columns gives the properties of the collection that a page is of.
func (b itemsBody) Columns() []Property { return b.info.Properties }

// First and Last count the features of the page from 1.
func (b itemsBody) First() int { return b.offset + 1 }

// Last is less than First where the page is empty.
func (b itemsBody) Last() int { return b.offset + b.NumberReturned }

// Previous and Next give the links to the pages around this one, or none.
func (b itemsBody) Previous() *link { return find(b.Links, "prev") }

// Next is described at Previous.
func (b itemsBody) Next() *link { return find(b.Links, "next") }

func find(links []link, rel string) *link {
	for i := range links {
		if links[i].Rel == rel {
			return &links[i]
		}
	}
	return nil
}

// Address is where a list links a feature to.
func (f featureBody) Address() string {
	if l := find(f.Links, "self"); l != nil {
		return l.Href
	}
	return ""
}

// Columns gives the properties that the schema is of.
func (b schemaBody) Columns() []Property { return b.info.Properties }
