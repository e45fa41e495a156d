package registerdb_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// Lists of many records hold what a walk through all of them finds, in its order, whatever
// way the database takes: by filters, by words that are rare, and by words that are in most.
func TestListsOfMany(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "r.db"))
	ctx := t.Context()
	r := rand.New(rand.NewPCG(5, 8))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	type project struct{ id, title, status, country, date string }
	var all []project
	batch := registerdb.Batch{Sources: []register.Source{{ID: "paper", Class: "report", Title: map[string]string{"en": "Paper"}, Date: "2026-01-01"}}}
	for i := range 1200 {
		p := project{register.KeyedID(register.Project, "many", fmt.Sprint(i), now), fmt.Sprintf("%s %s %04d", pick("Rail", "Road", "Port"), pick("Works", "Works", "Works", "Bridge"), r.IntN(10000)), pick("preparation", "implementation"), pick("AZ", "TR", "GE"), fmt.Sprintf("20%02d-0%d-01", 10+r.IntN(20), 1+r.IntN(9))}
		if i%100 == 0 {
			p.title += " Tunnel"
		}
		if i%300 == 7 { // as far as a list looks they have one name
			p.title = "Rail works " + strings.Repeat("and more ", 40) + fmt.Sprint(i)
		}
		all = append(all, p)
		for path, v := range map[string]any{"title": p.title, "status": p.status, "karvan/countries": []string{p.country}, "implementationPeriod/endDate": p.date + "T00:00:00Z"} {
			batch.Statements = append(batch.Statements, register.Statement{Subject: p.id, Path: path, Value: register.Encode(v), Source: "paper", KnownOn: "2026-01-01", By: "test", At: now.Format(time.RFC3339), State: register.Published})
		}
	}
	if err := db.Record(ctx, batch); err != nil {
		t.Fatal(err)
	}
	list := func(q registerdb.Query) (ids []string, total int) {
		q.Kind, q.Limit = register.Project, 37
		for {
			p, err := db.List(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range p.Items {
				ids = append(ids, it.ID)
			}
			if q.Cursor = p.Next; q.Cursor == "" {
				return ids, p.Total
			}
		}
	}
	whole := map[string][]string{}
	for _, sort := range []string{"", "name", "date", "-date", "-updated"} {
		whole[sort], _ = list(registerdb.Query{Sort: sort})
		if len(whole[sort]) != len(all) {
			t.Fatalf("%d of %d by %q", len(whole[sort]), len(all), sort)
		}
	}
	byID := map[string]project{}
	for _, p := range all {
		byID[p.id] = p
	}
	if !slices.IsSortedFunc(whole[""], func(a, b string) int {
		return strings.Compare(register.SortKey(byID[a].title)[:9], register.SortKey(byID[b].title)[:9])
	}) {
		t.Error("a list is not in the order of names")
	}
	for _, q := range []registerdb.Query{{Text: "works"}, {Text: "tunnel"}, {Text: "rail works"}, {Text: "nowhere"}, {Status: "preparation"}, {Country: "az"}, {Text: "works", Country: "TR", Status: "implementation"}, {Text: "tunnel", Country: "GE"}, {From: "2015", Until: "2020-05"}, {Text: "bridge", From: "2015"}} {
		for sort, order := range whole {
			q.Sort = sort
			var want []string
			for _, id := range order {
				p := byID[id]
				fits := (q.Status == "" || p.status == q.Status) && (q.Country == "" || p.country == strings.ToUpper(q.Country)) && (q.From == "" || p.date >= q.From) && (q.Until == "" || p.date <= q.Until+"~")
				for _, w := range strings.Fields(q.Text) {
					fits = fits && strings.Contains(strings.ToLower(p.title), w)
				}
				if fits {
					want = append(want, id)
				}
			}
			got, total := list(q)
			if !slices.Equal(got, want) || total != len(want) {
				t.Errorf("%+v: %d records, a total of %d, want %d", q, len(got), total, len(want))
			}
		}
	}
	for _, text := range []string{"tunnel", "works", "rail bridge"} {
		for _, kind := range []register.Kind{"", register.Project, register.Meeting} {
			want := 0
			for _, p := range all {
				fits := kind != register.Meeting
				for _, w := range strings.Fields(text) {
					fits = fits && strings.Contains(strings.ToLower(p.title), w)
				}
				if fits {
					want++
				}
			}
			hits, err := db.Search(ctx, text, kind, "", 100)
			if err != nil || len(hits) != min(want, 100) {
				t.Errorf("%q of %q: %d hits, want %d, %v", text, kind, len(hits), min(want, 100), err)
			}
			for _, h := range hits {
				for _, w := range strings.Fields(text) {
					if !strings.Contains(strings.ToLower(h.Name), w) {
						t.Errorf("%q finds %q", text, h.Name)
					}
				}
			}
		}
	}
}
