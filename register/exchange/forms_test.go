package exchange_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/oc4ids"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func project() exchange.Record {
	return exchange.Record{ID: "kv-project-1", Kind: register.Project, Revision: 3, Updated: "2026-01-02T03:04:05Z", Known: "2021-12-26", Slug: "line", Name: `Line "A" <b>`, Address: "https://example.org/en/projects/line", Values: map[string]any{
		"title": `Line "A" <b>`, "status": "implementation", "sector": []any{"transport", "transport.rail"}, "description": "=1+1",
		"budget":     map[string]any{"amount": map[string]any{"amount": json.Number("-5"), "currency": "USD"}},
		"locations":  []any{map[string]any{"id": "a", "geometry": map[string]any{"type": "LineString", "coordinates": []any{[]any{json.Number("43.1"), json.Number("40.6")}, []any{json.Number("44"), json.Number("41")}}}}},
		"milestones": []any{map[string]any{"id": "m1", "title": "Open; and, \"done\"", "dueDate": "2023-12-31T00:00:00Z", "status": "scheduled"}, map[string]any{"id": "m2", "title": "No day"}},
	}}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	table, err := exchange.NewTable(&b, exchange.Columns(register.Project), ';')
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Add(project()); err != nil {
		t.Fatal(err)
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.HasPrefix(text, "\ufeff") {
		t.Error("no byte order mark")
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	got := map[string]string{}
	for i, h := range rows[0] {
		got[h] = rows[1][i]
	}
	for column, want := range map[string]string{"description": "'=1+1", "budget/amount/amount": "-5", "sector": "transport; transport.rail", "longitude": "43.1", "latitude": "40.6", "title": `Line "A" <b>`} {
		if got[column] != want {
			t.Errorf("%s: %q, expected %q", column, got[column], want)
		}
	}
}

func TestFeatures(t *testing.T) {
	var b bytes.Buffer
	f, err := exchange.NewFeatures(&b, exchange.Columns(register.Project))
	if err != nil {
		t.Fatal(err)
	}
	empty := exchange.Record{ID: "kv-project-2", Kind: register.Project, Values: map[string]any{"title": "B"}}
	for _, r := range []exchange.Record{project(), empty} {
		if err := f.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Features []struct {
			Geometry   map[string]any
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Features) != 2 || got.Features[0].Geometry["type"] != "LineString" || got.Features[1].Geometry != nil {
		t.Fatalf("%s", b.String())
	}
	if len(got.Features[0].Properties) != len(got.Features[1].Properties) {
		t.Error("features have different properties")
	}
}

func TestFeeds(t *testing.T) {
	var b bytes.Buffer
	feed := exchange.Feed{ID: "https://example.org/api/v1/projects.atom", Title: "T & T", Language: "en", Updated: "2026-01-02T03:04:05Z", Author: "karvan"}
	if err := exchange.WriteAtom(&b, feed, []exchange.Record{project()}); err != nil {
		t.Fatal(err)
	}
	var atom struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Entry   []struct {
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(b.Bytes(), &atom); err != nil || len(atom.Entry) != 1 || atom.Entry[0].Title != project().Name {
		t.Errorf("%v %s", err, b.String())
	}
	b.Reset()
	if err := exchange.WriteCalendar(&b, feed, []exchange.Record{project()}, func(k string) string { return k }); err != nil {
		t.Fatal(err)
	}
	c, err := ics.ParseCalendar(&b)
	if err != nil {
		t.Fatal(err)
	}
	events := c.Events()
	if len(events) != 1 {
		t.Fatalf("%d events: only what has a day is one", len(events))
	}
	if day, err := events[0].GetAllDayStartAt(); err != nil || day.Format("2006-01-02") != "2023-12-31" {
		t.Errorf("%v %v", day, err)
	}
}

// TestPackageRoundTrip holds the law import(export(x)) = x for packages, with
// and without a prefix of the helpdesk.
func TestPackageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		publisher := oc4ids.Publisher{Prefix: rapid.SampledFrom([]string{"", "oc4ids-abc123"}).Draw(t, "prefix")}
		slugs := map[string]string{}
		var projects []map[string]any
		for i := range rapid.IntRange(1, 4).Draw(t, "projects") {
			id := register.KeyedID(register.Project, "s", string(rune('a'+i)), now)
			slugs[id] = "p-" + string(rune('a'+i))
			v := rapid.MapOfN(rapid.SampledFrom([]string{"title", "status", "parties", "karvan", "budget", "odd"}), value(2), 0, 4).Draw(t, "values")
			if _, ours := v["karvan"].(map[string]any); !ours {
				delete(v, "karvan")
			}
			if ours, ok := v["karvan"].(map[string]any); ok {
				delete(ours, "id") // the one name that publication takes
				if len(ours) == 0 {
					delete(v, "karvan")
				}
			}
			v["id"] = id
			projects = append(projects, v)
		}
		if len(projects) > 1 {
			projects[0]["relatedProjects"] = []any{map[string]any{"id": "1", "identifier": projects[1]["id"]}}
		}
		var b bytes.Buffer
		p, err := publisher.Begin(&b, "en", now, slugs)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range projects {
			if err := p.Add(v["id"].(string), register.Encode(v)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.End(); err != nil {
			t.Fatal(err)
		}
		v, err := oc4ids.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := oc4ids.Projects(v)
		if err != nil || len(back) != len(projects) {
			t.Fatal(err, len(back))
		}
		for i := range projects {
			want := projects[i]
			if a, b := string(register.Encode(want)), string(register.Encode(back[i])); a != b {
				t.Fatalf("wrote %s\nread  %s", a, b)
			}
		}
	})
}
