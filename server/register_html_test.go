package server_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/karvan/karvan/register"
)

// parse reads a page.
func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func attr(n *html.Node, name string) string {
	v, _ := attribute(n, name)
	return v
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// elements lists the elements of a name below a node; "" lists all.
func elements(n *html.Node, name string) []*html.Node {
	if n == nil {
		return nil
	}
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (name == "" || d.Data == name) {
			out = append(out, d)
		}
	}
	return out
}

// find gives the first element of a name below a node, or nil.
func find(n *html.Node, name string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			return d
		}
	}
	return nil
}

// textOf gives the text below a node, blanks of every kind single.
func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && (d.Parent == nil || d.Parent.Data != "style" && d.Parent.Data != "script") {
			b.WriteString(d.Data)
		} else if d.Type == html.ElementNode {
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer(" ,", ",").Replace(strings.Join(strings.Fields(b.String()), " "))), " ")
}

// within is the site for a subtest: faults are told to it.
func (s *registerSite) within(t *testing.T) *registerSite {
	out := *s
	out.t = t
	return &out
}

// named gives the record of a name.
func (s *registerSite) named(plural, name string) recordBody {
	s.t.Helper()
	for _, r := range s.all(plural, "") {
		if r.Name == name {
			return r
		}
	}
	s.t.Fatalf("there is no record %q among %s", name, plural)
	return recordBody{}
}

// decoded reads values again with numbers as they are written.
func decoded(t *testing.T, v map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	again, err := register.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return again.(map[string]any)
}

func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
