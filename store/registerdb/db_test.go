package registerdb_test

import (
	"github.com/karvan/karvan/internal/pgtest"

	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t *testing.T, path string) *registerdb.DB {
	t.Helper()
	db, err := registerdb.Open(context.Background(), pgtest.Database(t, path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func content() *register.Content {
	said := register.Said{Source: "paper", KnownOn: "2021-12-26"}
	project := func(key, title, country string, x, y string) register.Entry {
		return register.Entry{Kind: register.Project, Key: key, Said: said, Values: map[string]any{
			"title": title, "status": "implementation", "sector": []any{"transport", "transport.rail"},
			"parties":   []any{map[string]any{"id": "ady", "name": "ADY", "roles": []any{"publicAuthority"}}},
			"locations": []any{map[string]any{"id": "a", "geometry": map[string]any{"type": "Point", "coordinates": []any{json.Number(x), json.Number(y)}}}},
			"karvan":    map[string]any{"countries": []any{country}},
		}}
	}
	shusha := project("p1", "Shusha road", "AZ", "46.7", "39.8")
	shusha.Also = []register.Also{
		{Path: "title@az", Value: "Şuşa yolu", Said: said},
		{Path: "karvan/lengthKm", Value: json.Number("101"), Said: said},
		{Path: "karvan/lengthKm", Value: json.Number("105"), Said: register.Said{Source: "act", KnownOn: "2021-12-26"}},
		{Path: "karvan/lengthKm", Value: json.Number("81"), Said: register.Said{Source: "paper", KnownOn: "2022-06-01"}},
	}
	return &register.Content{Study: "s", Sources: []register.Source{{ID: "paper", Class: "press", Title: map[string]string{"en": "Paper"}, Date: "2021-12-26"}, {ID: "act", Class: "law"}},
		Entries: []register.Entry{
			{Kind: register.Organisation, Key: "ady", Said: said, Values: map[string]any{"name": "Azerbaijan Railways", "country": "AZ", "otherNames": []any{"Azərbaycan Dəmir Yolları"}}},
			shusha, project("p2", "Kars railway", "TR", "43.1", "40.6"), project("p3", "Baku port", "AZ", "49.4", "39.9"),
			{Kind: register.Agreement, Key: "a", Said: said, Values: map[string]any{"title": "Declaration", "dateSigned": "2021-06-15", "provisions": []any{map[string]any{"id": "1", "text": "Open routes"}}}},
			{Kind: register.Commitment, Key: "c", Said: said, Values: map[string]any{"text": "Build it", "agreement": "a", "projects": []any{"p2"}, "status": "scheduled", "dueDate": "2023"}},
		}}
}

func seeded(t *testing.T) *registerdb.DB {
	t.Helper()
	db := open(t, filepath.Join(t.TempDir(), "r.db"))
	if did, err := db.Seed(context.Background(), content(), "test", now); err != nil || !did {
		t.Fatal(did, err)
	}
	return db
}

func names(items []*registerdb.Item) string {
	var out []string
	for _, it := range items {
		out = append(out, it.Name)
	}
	return strings.Join(out, ", ")
}

func TestListsFiltersAndPages(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	for name, c := range map[string]struct {
		q    registerdb.Query
		want string
	}{
		"by name":     {registerdb.Query{Kind: register.Project}, "Baku port, Kars railway, Shusha road"},
		"country":     {registerdb.Query{Kind: register.Project, Country: "az"}, "Baku port, Shusha road"},
		"sector":      {registerdb.Query{Kind: register.Project, Sector: "transport"}, "Baku port, Kars railway, Shusha road"},
		"box":         {registerdb.Query{Kind: register.Project, Box: &[4]float64{42, 40, 44, 41}}, "Kars railway"},
		"text":        {registerdb.Query{Kind: register.Project, Text: "şuşa"}, "Shusha road"},
		"day":         {registerdb.Query{Kind: register.Agreement, From: "2021-06-15", Until: "2021-06"}, "Declaration"},
		"month":       {registerdb.Query{Kind: register.Commitment, Until: "2022-12-31"}, ""},
		"known early": {registerdb.Query{Kind: register.Project, KnownBy: "2021-12-25"}, ""},
		"language":    {registerdb.Query{Kind: register.Project, Language: "az"}, "Baku port, Kars railway, Şuşa yolu"},
		"like signs":  {registerdb.Query{Kind: register.Project, Country: "%"}, ""},
	} {
		p, err := db.List(ctx, c.q)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := names(p.Items); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	var walked []*registerdb.Item
	for _, sort := range []string{"name", "-updated", "-date"} {
		walked = nil
		q := registerdb.Query{Kind: register.Project, Limit: 1, Sort: sort}
		for {
			p, err := db.List(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			walked = append(walked, p.Items...)
			if p.Total != 3 {
				t.Errorf("total %d", p.Total)
			}
			if q.Cursor = p.Next; q.Cursor == "" {
				break
			}
		}
		if len(walked) != 3 {
			t.Errorf("%s: walked through %q", sort, names(walked))
		}
	}
	for _, q := range []registerdb.Query{{Sort: "odd"}, {Cursor: "!"}, {Cursor: "eA"}} {
		if _, err := db.List(ctx, q); !errors.Is(err, registerdb.ErrBad) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestSearchInFourSpellings(t *testing.T) {
	db := seeded(t)
	for _, q := range []string{"Şuşa", "Susa", "Shusha", "Шуша", "shush"} {
		hits, err := db.Search(context.Background(), q, "", "", 10)
		if err != nil || len(hits) != 1 || hits[0].Name != "Shusha road" {
			t.Errorf("%s: %v %v", q, hits, err)
		}
	}
	if hits, _ := db.Search(context.Background(), "Bakı limanı Baki", "", "", 10); len(hits) != 0 {
		t.Errorf("found %v", hits)
	}
	if hits, _ := db.Search(context.Background(), "Баку", "", "", 10); len(hits) != 1 || hits[0].Name != "Baku port" {
		t.Errorf("Баку found %v", hits)
	}
	for _, q := range []string{"", "!!", `"`, "a OR b", "NEAR(", "*", "-"} {
		if _, err := db.Search(context.Background(), q, "", "", 10); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	}
}

func TestProvenanceAndReferences(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	it, err := db.Get(ctx, register.Project, "shusha-road")
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.View(ctx, it.ID, register.View{})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Choices["karvan/lengthKm"]
	if string(c.Value) != "81" || len(c.Rivals) != 2 || c.Source != "paper" {
		t.Errorf("%s from %s, %d rivals", c.Value, c.Source, len(c.Rivals))
	}
	r, err = db.View(ctx, it.ID, register.View{KnownBy: "2021-12-31"})
	if err != nil || string(r.Choices["karvan/lengthKm"].Value) != "105" {
		t.Errorf("at the end of 2021: %s %v", r.Choices["karvan/lengthKm"].Value, err)
	}
	kars, _ := db.Get(ctx, register.Project, "kars-railway")
	links, err := db.Referring(ctx, kars.ID)
	if err != nil || len(links) != 1 || links[0].Kind != register.Commitment || links[0].Path != "projects" {
		t.Errorf("%v %v", links, err)
	}
	railways, _ := db.Get(ctx, register.Organisation, "azerbaijan-railways")
	if links, _ := db.Referring(ctx, railways.ID); len(links) != 3 {
		t.Errorf("%d projects name the railways", len(links))
	}
}

func TestNothingWithoutItsSource(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	before, _, _ := db.State(ctx)
	it, _ := db.Get(ctx, register.Project, "baku-port")
	good := register.Statement{Subject: it.ID, Path: "title", Value: json.RawMessage(`"Port of Baku"`), Source: "paper", KnownOn: "2022-01-01", By: "t", At: now.Format(time.RFC3339), State: register.Accepted}
	for _, spoil := range []func(*register.Statement){
		func(s *register.Statement) { s.Source = "" }, func(s *register.Statement) { s.Source = "unknown" }, func(s *register.Statement) { s.Path = "[" },
	} {
		bad := good
		spoil(&bad)
		if err := db.Record(ctx, registerdb.Batch{Statements: []register.Statement{good, bad}}); err == nil {
			t.Errorf("%+v was recorded", bad)
		}
	}
	after, _, _ := db.State(ctx)
	if now, _ := db.Get(ctx, register.Project, "baku-port"); before != after || now.Name != "Baku port" {
		t.Errorf("a part of a refused batch was kept: %d, %d, %s", before, after, now.Name)
	}
	if err := db.Record(ctx, registerdb.Batch{Statements: []register.Statement{good}}); err != nil {
		t.Fatal(err)
	}
	if now, _ := db.Get(ctx, register.Project, "baku-port"); now.Name != "Port of Baku" || now.Revision != it.Revision+1 {
		t.Errorf("%s, revision %d", now.Name, now.Revision)
	}
}

func TestSeedsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "r.db")
	db := open(t, path)
	ctx := context.Background()
	if did, err := db.Seed(ctx, content(), "test", now); err != nil || !did {
		t.Fatal(did, err)
	}
	first, _, _ := db.State(ctx)
	if did, err := db.Seed(ctx, content(), "test", now); err != nil || did {
		t.Fatal(did, err)
	}
	if again, _, _ := db.State(ctx); again != first {
		t.Error("seeded twice")
	}
	other := content()
	other.Study = "other"
	if _, err := db.Seed(ctx, other, "test", now); err == nil || !strings.Contains(err.Error(), "--db") {
		t.Errorf("another study's content: %v", err)
	}
}

func TestRefusesWhatIsNoRegister(t *testing.T) {
	folder := t.TempDir()
	ctx := context.Background()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := write("text.db", strings.Repeat("no database ", 100))
	if _, err := registerdb.Open(ctx, text); err == nil || strings.Contains(err.Error(), "(26)") {
		t.Errorf("a text: %v", err)
	}
	good := filepath.Join(folder, "good.db")
	db, err := registerdb.Open(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Seed(ctx, content(), "test", now); err != nil {
		t.Fatal(err)
	}
	db.Close()
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	cut := write("cut.db", string(whole[:len(whole)/3]))
	if _, err := registerdb.Open(ctx, cut); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a cut file: %v", err)
	}
	if now, _ := os.ReadFile(cut); string(now) != string(whole[:len(whole)/3]) {
		t.Error("the cut file was changed")
	}
	if _, err := registerdb.Open(ctx, folder); err == nil {
		t.Error("a folder was opened")
	}
}
