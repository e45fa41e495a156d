package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/registerdb"
)

// reads are addresses of the API that are read without a model.
func (s *registerSite) reads() []string {
	s.t.Helper()
	p := s.all("projects", "")[0]
	return []string{
		"/api/v1/projects", "/api/v1/projects.json", "/api/v1/projects.csv", "/api/v1/projects.geojson", "/api/v1/projects.atom", "/api/v1/projects.ics",
		"/api/v1/projects.xlsx?limit=1", "/api/v1/projects/" + p.ID, "/api/v1/projects/" + p.Slug, "/api/v1/projects/" + p.ID + "?format=geojson", "/api/v1/projects/" + p.ID + "/statements",
		"/api/v1/meetings?lang=ru", "/api/v1/search?q=Shusha", "/api/v1/changes", "/api/v1/kinds", "/api/v1/sources", "/api/v1/sources/" + article,
		"/api/v1/export/en/projects.json", "/api/v1/export/statements.ndjson",
	}
}

func TestRegisterUnknownParameterIsRefused(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	paths := []string{"/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/projects", "/ogc/collections/projects/items", "/ogc/collections/organisations/items"}
	for _, p := range s.doc.operations("get") {
		if !strings.HasPrefix(p, "/api/v1/") {
			continue
		}
		in, query := map[string]string{}, url.Values{}
		known := s.knownValues(p)
		for _, q := range s.doc.parameters(p, "get") {
			if q.in == "path" {
				in[q.name] = known[q.name][0]
			} else if q.required {
				query.Set(q.name, known[q.name][0])
			}
		}
		paths = append(paths, address(p, in, query))
	}
	for _, p := range paths {
		mark := "?"
		if strings.Contains(p, "?") {
			mark = "&"
		}
		for _, name := range []string{"nosuch", "Limit", "statuss"} {
			r := s.get(p + mark + name + "=1")
			problem, err := problemOf(r)
			if err != nil || r.status != http.StatusBadRequest {
				t.Errorf("want 400: %v %v", r, err)
				continue
			}
			named := strings.Contains(problem.Detail, name)
			for _, e := range problem.Errors {
				named = named || e.Parameter == name
			}
			if !named {
				t.Errorf("the problem does not name %s: %v", name, r)
			}
		}
	}
}

func TestRegisterBadValuesAreNamed(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	for name, values := range map[string][]string{
		"limit": {"0", "-1", "1001", "x", "1.5"}, "sort": {"size", "Name", "-name "}, "lang": {"de", "EN", "en-GB"}, "format": {"pdf", "JSON"}, "separator": {";", "tab"},
		"bbox": {"1,2,3", "a,b,c,d", "10,0,-10,5", "0,91,1,92", "NaN,0,1,1", "0,0,1e999,1"}, "asOf": {"yesterday", "2021-13", "2021-02-30", "20211226"},
		"from": {"2021-13-01", "x"}, "until": {"31.12.2021", "2021-00"}, "updatedSince": {"yesterday", "2021-02-30"}, "cursor": {"x", "bm90IGEgY3Vyc29y"}, "country": {"AZE"},
	} {
		for _, v := range values {
			r := s.get("/api/v1/projects?" + url.Values{name: {v}}.Encode())
			problem, err := problemOf(r)
			if err != nil || r.status != http.StatusBadRequest {
				t.Errorf("%s=%q: want 400: %v %v", name, v, r, err)
				continue
			}
			if text := string(r.body); !strings.Contains(text, `"parameter":"`+name) && !strings.Contains(problem.Detail, name) {
				t.Errorf("%s=%q: the problem does not name the parameter: %v", name, v, r)
			}
		}
	}
}

func TestRegisterETags(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	tags := map[string]string{}
	for _, p := range s.reads() {
		r := s.get(p)
		tag := r.header.Get("ETag")
		if r.status != 200 || tag == "" {
			t.Errorf("want 200 with an ETag: %v", r)
			continue
		}
		if _, err := http.ParseTime(r.header.Get("Last-Modified")); err != nil {
			t.Errorf("%s: Last-Modified %q", p, r.header.Get("Last-Modified"))
		}
		if tags[tag] != "" {
			t.Errorf("%s and %s have one ETag", p, tags[tag])
		}
		tags[tag] = p
		for _, match := range []string{tag, `"x", ` + tag, "*"} {
			n := s.get(p, "If-None-Match", match)
			if n.status != http.StatusNotModified || len(n.body) > 0 || n.header.Get("ETag") != tag {
				t.Errorf("If-None-Match %s: want 304 without a body and with the ETag: %v", match, n)
			}
		}
		if n := s.get(p, "If-None-Match", `"x"`); n.status != 200 {
			t.Errorf("If-None-Match of another: %v", n)
		}
		if h := s.plain(http.MethodHead, p, nil); h.status != 200 || len(h.body) > 0 || h.header.Get("ETag") != tag || h.media() != r.media() {
			t.Errorf("HEAD: %v, ETag %s, want %s", h, h.header.Get("ETag"), tag)
		}
	}
	// Another form of the same address is another representation.
	if a, b := s.get("/api/v1/projects", "Accept", "text/csv"), s.get("/api/v1/projects"); a.header.Get("ETag") == b.header.Get("ETag") {
		t.Error("CSV and JSON have one ETag")
	} else if !strings.Contains(strings.Join(b.header.Values("Vary"), ","), "Accept") {
		t.Error("Vary does not name Accept")
	}
}

// What is recorded is seen at once: by ETags, lists, search, changes, pages.
func TestRegisterShowsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	p := s.named("projects", "Baku-Tbilisi-Kars railway")
	before := map[string]string{}
	for _, path := range s.reads() {
		before[path] = s.get(path).header.Get("ETag")
	}
	one := s.get("/api/v1/projects/" + p.ID).header.Get("ETag")
	at := seedDay.Add(48 * time.Hour).Format(time.RFC3339)
	statement := func(path, value string, state register.State) register.Statement {
		return register.Statement{Subject: p.ID, Path: path, Value: register.Encode(value), Source: article, KnownOn: "2026-11-27", By: "test", At: at, State: state}
	}
	if err := s.db.Record(t.Context(), registerdb.Batch{Statements: []register.Statement{statement("description", "Zurbagan viaduct opened", register.Published)}}); err != nil {
		t.Fatal(err)
	}
	for path, tag := range before {
		if strings.Contains(path, "/projects/") && !strings.Contains(path, p.ID) && !strings.Contains(path, p.Slug) {
			continue
		}
		if s.get(path, "If-None-Match", tag).status != 200 {
			t.Errorf("%s has the ETag of before", path)
		}
	}
	if s.get("/api/v1/projects/"+p.ID, "If-None-Match", one).status != 200 {
		t.Error("the record has the ETag of before")
	}
	var got recordBody
	s.into("/api/v1/projects/"+p.ID, &got)
	if got.Record["description"] != "Zurbagan viaduct opened" || got.Revision <= p.Revision || got.KnownOn != "2026-11-27" || got.Updated != at {
		t.Errorf("the record after: %+v, before: %+v", got, p)
	}
	if hits := s.search("zurbagan"); len(hits) != 1 || hits[0].ID != p.ID {
		t.Errorf("search finds %d", len(hits))
	}
	var changes struct{ Items []statementBody }
	s.into("/api/v1/changes?since=2026-11-27", &changes)
	if len(changes.Items) != 1 || changes.Items[0].Path != "description" {
		t.Errorf("changes since: %+v", changes)
	}
	var l listBody
	s.into("/api/v1/projects?updatedSince=2026-11-27", &l)
	if l.Total != 1 || l.Items[0].ID != p.ID {
		t.Errorf("updated since: %d", l.Total)
	}
	if !strings.Contains(s.page("/en/projects/"+p.Slug), "Zurbagan") {
		t.Error("the page does not show it")
	}

	// What is not published yet is nowhere.
	var hidden []register.Statement
	for i, state := range []register.State{register.Draft, register.Submitted, register.Returned} {
		hidden = append(hidden, statement("purpose", fmt.Sprintf("Morgiana%d secret", i), state))
	}
	if err := s.db.Record(t.Context(), registerdb.Batch{Statements: hidden}); err != nil {
		t.Fatal(err)
	}
	for _, path := range append(s.reads(), "/api/v1/projects/"+p.ID, "/api/v1/projects/"+p.ID+"/statements", "/api/v1/projects/"+p.ID+"?asOf=2026-12-01", "/api/v1/changes?limit=1000", "/api/v1/changes?since=2026-11-27", "/api/v1/search?q=Morgiana0", "/api/v1/projects?q=secret", "/api/v1/projects?q=Morgiana1") {
		r := s.get(path)
		if strings.Contains(path, "Morgiana") || strings.Contains(path, "q=secret") {
			var l listBody
			if json.Unmarshal(r.body, &l) == nil && len(l.Items) > 0 {
				t.Errorf("%s finds a record by what is not published", path)
			}
			continue
		}
		if bytes.Contains(r.body, []byte("Morgiana")) {
			t.Errorf("%s has what is not published", path)
		}
	}
	for _, path := range []string{"/en/projects/" + p.Slug, "/en/changes", "/en/projects/" + p.Slug + "/brief"} {
		if strings.Contains(s.page(path), "Morgiana") {
			t.Errorf("%s shows what is not published", path)
		}
	}
}

func TestRegisterCursors(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	walk := func(query string) (list []recordBody) {
		cursor := ""
		for range 500 {
			var l listBody
			path := query + "&limit=3"
			if cursor != "" {
				path += "&cursor=" + url.QueryEscape(cursor)
			}
			r := s.get(path)
			if r.status != 200 || json.Unmarshal(r.body, &l) != nil {
				t.Fatal(r)
			}
			list = append(list, l.Items...)
			if (l.Next != "") != strings.Contains(r.header.Get("Link"), `rel="next"`) {
				t.Errorf("%s: next %q, Link %q", path, l.Next, r.header.Get("Link"))
			}
			if l.Next == "" {
				if l.Total != len(list) {
					t.Errorf("%s: total %d, walked %d", query, l.Total, len(list))
				}
				return list
			}
			if len(l.Items) != 3 {
				t.Errorf("%s: a part of %d before the end", path, len(l.Items))
			}
			cursor = l.Next
		}
		t.Errorf("%s does not end", query)
		return nil
	}
	dateOf := map[string]string{"meetings": "date", "agreements": "dateSigned", "interests": "date"}
	for _, k := range register.Kinds {
		want := sorted(ids(s.all(k.Plural, "")))
		for _, sort := range []string{"", "name", "date", "-date", "-updated"} {
			list := walk("/api/v1/" + k.Plural + "?sort=" + sort)
			if sort == "" {
				list = walk("/api/v1/" + k.Plural + "?lang=az")
			}
			if have := sorted(ids(list)); !slices.Equal(have, want) {
				t.Errorf("%s sorted by %q: walked %d records, there are %d, of which %d the same", k.Plural, sort, len(have), len(want), common(have, want))
			}
			field := dateOf[k.Plural]
			if field == "" || !strings.HasSuffix(sort, "date") {
				continue
			}
			for i := 1; i < len(list); i++ {
				a, _ := list[i-1].Record[field].(string)
				b, _ := list[i].Record[field].(string)
				if sort == "date" && a > b && b != "" || sort == "-date" && a < b && a != "" {
					t.Errorf("%s by %s: %q before %q", k.Plural, sort, a, b)
				}
			}
		}
	}
	for _, query := range []string{"/api/v1/projects?status=implementation&sort=-date", "/api/v1/projects?asOf=2021-06-30&sort=name", "/api/v1/organisations?country=TR", "/api/v1/projects?bbox=46,38,48,41", "/api/v1/targets?q=Kars", "/api/v1/commitments?asOf=2021-12-26"} {
		list := walk(query)
		if have := slices.Compact(sorted(ids(list))); len(have) != len(list) || len(list) == 0 {
			t.Errorf("%s: %d records, %d different", query, len(list), len(have))
		}
	}
	// The history too is walked once.
	seen, cursor := map[string]bool{}, ""
	for {
		var l struct {
			Items []struct {
				Seq int64 `json:"seq"`
			} `json:"items"`
			Next string `json:"next"`
		}
		s.into("/api/v1/changes?limit=997&cursor="+cursor, &l)
		for _, i := range l.Items {
			if seen[fmt.Sprint(i.Seq)] {
				t.Fatalf("statement %d twice", i.Seq)
			}
			seen[fmt.Sprint(i.Seq)] = true
		}
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	if lines := bytes.Count(s.get("/api/v1/export/statements.ndjson").body, []byte("\n")); lines != len(seen) {
		t.Errorf("%d statements by changes, %d by export", len(seen), lines)
	}
}

// textsIn lists the texts of a value at any depth.
func textsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, textsIn(e)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, e := range v {
			out = append(out, textsIn(e)...)
		}
		return out
	}
	return nil
}

// valuesOf lists the texts of fields of a name at any depth.
func valuesOf(v any, names ...string) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, valuesOf(e, names...)...)
		}
	case map[string]any:
		for k, e := range v {
			if slices.Contains(names, k) {
				out = append(out, textsIn(e)...)
			} else {
				out = append(out, valuesOf(e, names...)...)
			}
		}
	}
	return out
}

// countriesOf is where a record is by its own fields.
func countriesOf(plural string, record map[string]any) []string {
	switch plural {
	case "projects":
		ours, _ := record["karvan"].(map[string]any)
		return textsIn(ours["countries"])
	case "agreements":
		return valuesOf(record["parties"], "country")
	case "investments":
		return append(textsIn(record["investor"]), textsIn(record["host"])...)
	case "programmes":
		return textsIn(record["countries"])
	}
	return textsIn(record["country"])
}

func sectorsOf(record map[string]any) []string {
	var out []string
	for _, f := range []string{"sector", "services", "fields", "theme"} {
		out = append(out, textsIn(record[f])...)
	}
	return out
}

// A filter chooses what going through all records by hand chooses.
func TestRegisterFiltersAgainstBruteForce(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	for _, k := range register.Kinds {
		all := s.all(k.Plural, "")
		check := func(query string, choose func(r recordBody) bool) {
			var want []string
			for _, r := range all {
				if choose(r) {
					want = append(want, r.ID)
				}
			}
			have := sorted(ids(s.all(k.Plural, query)))
			if want = sorted(want); !slices.Equal(have, want) {
				f.add("/api/v1/%s?%s gives %d records, by hand %d, the same %d; too many: %v; missing: %v", k.Plural, query, len(have), len(want), common(have, want), s.namesOf(all, have, want), s.namesOf(all, want, have))
			}
		}
		statuses, countries, sectors := map[string]bool{"none": true}, map[string]bool{"XX": true}, map[string]bool{"transport": true, "transp": true, "none": true}
		for _, r := range all {
			if v, ok := r.Record["status"].(string); ok {
				statuses[v] = true
			}
			for _, c := range countriesOf(k.Plural, r.Record) {
				countries[c] = true
			}
			for _, v := range sectorsOf(r.Record) {
				sectors[v] = true
			}
		}
		for v := range statuses {
			if len(v) <= 60 {
				check("&status="+url.QueryEscape(v), func(r recordBody) bool { return r.Record["status"] == v })
			}
		}
		for v := range countries {
			if len(v) == 2 {
				check("&country="+v, func(r recordBody) bool { return slices.Contains(countriesOf(k.Plural, r.Record), v) })
			}
		}
		for _, v := range []string{"AZ", "TR", "XX"} {
			check("&host="+v, func(r recordBody) bool { return r.Record["host"] == v })
		}
		for v := range sectors {
			check("&sector="+url.QueryEscape(v), func(r recordBody) bool {
				return slices.ContainsFunc(sectorsOf(r.Record), func(s string) bool { return s == v || strings.HasPrefix(s, v+".") })
			})
		}
		for _, box := range [][4]float64{{44, 38, 51, 42}, {46, 39, 47, 40}, {-180, -90, 180, 90}, {26, 36, 45, 42}, {0, 0, 1, 1}} {
			check(fmt.Sprintf("&bbox=%g,%g,%g,%g", box[0], box[1], box[2], box[3]), func(r recordBody) bool {
				return len(r.BBox) == 4 && r.BBox[0] <= box[2] && r.BBox[2] >= box[0] && r.BBox[1] <= box[3] && r.BBox[3] >= box[1]
			})
		}
		if field := map[string]string{"meetings": "date", "agreements": "dateSigned", "interests": "date", "targets": "dueDate", "commitments": "dueDate"}[k.Plural]; field != "" {
			day := func(r recordBody) string { v, _ := r.Record[field].(string); return v }
			check("&from=2021-06-15", func(r recordBody) bool { return register.LastDay(day(r)) >= "2021-06-15" })
			check("&until=2021-06-15", func(r recordBody) bool { d := day(r); return d != "" && d <= "2021-06-15" })
			check("&from=2021-06&until=2021-12", func(r recordBody) bool {
				return register.LastDay(day(r)) >= "2021-06" && day(r) != "" && day(r)[:min(7, len(day(r)))] <= "2021-12"
			})
		}
		if k.Kind == register.Investment {
			// A period may be a year, a month or two with dots between; one that is no time has no date.
			ends := func(r recordBody) string {
				period, _ := r.Record["period"].(string)
				_, after, two := strings.Cut(strings.TrimPrefix(period, "to "), "..")
				if !two {
					after = strings.TrimPrefix(period, "to ")
				}
				return register.LastDay(after)
			}
			for _, r := range s.all(k.Plural, "&from=2019") {
				if end := ends(r); end < "2019" {
					f.add("/api/v1/investments?from=2019 has %q, whose period is %v", r.Name, r.Record["period"])
				}
			}
		}
		for _, q := range []string{"Shusha", "Карс", "railway", "Baku", "Qars railway", "zzzz", "kap"} {
			words := strings.Fields(register.SearchFold(q))
			check("&q="+url.QueryEscape(q), func(r recordBody) bool {
				texts := textsOfStatements(s, k.Plural, r.ID)
				for _, w := range words {
					if !slices.ContainsFunc(texts, func(have string) bool { return strings.HasPrefix(have, w) }) {
						return false
					}
				}
				return true
			})
		}
	}
}

// textsOfStatements are the folded words of what is said of a record, in every
// language, without ids and slugs.
func textsOfStatements(s *registerSite, plural, id string) []string {
	key := plural + id
	if words, ok := s.words[key]; ok {
		return words
	}
	words := []string{}
	for _, st := range s.statements(plural, id) {
		var v any
		if strings.HasSuffix(st.Path, "slug") || json.Unmarshal(st.Value, &v) != nil {
			continue
		}
		for _, t := range textsIn(v) {
			if register.KindOfID(t) == "" {
				words = append(words, strings.Fields(register.SearchFold(t))...)
			}
		}
	}
	if s.words == nil {
		s.words = map[string][]string{}
	}
	s.words[key] = words
	return words
}

// namesOf gives the names of what is in a and not in b, at most three.
func (s *registerSite) namesOf(all []recordBody, a, b []string) []string {
	var out []string
	for _, r := range all {
		if slices.Contains(a, r.ID) && !slices.Contains(b, r.ID) && len(out) < 3 {
			out = append(out, r.Name)
		}
	}
	return out
}

// As of a day, nothing is told that a source told later.
func TestRegisterAsOf(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	for _, day := range []string{"2021-06-30", "2021-12-26"} {
		for _, k := range register.Kinds {
			list := s.all(k.Plural, "&asOf="+day)
			for _, r := range list {
				if r.KnownOn > day {
					f.add("asOf=%s: %s is known on %s", day, r.Name, r.KnownOn)
				}
				said := map[string][]statementBody{}
				for _, st := range s.statements(k.Plural, r.ID) {
					if st.KnownOn <= day {
						said[st.Path] = append(said[st.Path], st)
					}
				}
				for _, l := range register.Flatten(decoded(t, r.Record)) {
					if l.Path == "id" {
						continue
					}
					if !slices.ContainsFunc(said[l.Path], func(st statementBody) bool { return sameJSON(st.Value, l.Value) }) {
						f.add("asOf=%s: %s has %s = %.60s, which no source had told", day, r.Name, l.Path, l.Value)
					}
				}
			}
			// The record alone, and its page, say the same; what was not known is not there.
			known := ids(list)
			for i, r := range s.all(k.Plural, "") {
				if i%7 != 0 {
					continue
				}
				one := s.get("/api/v1/" + k.Plural + "/" + r.ID + "?asOf=" + day)
				page := s.plain(http.MethodGet, "/en/"+k.Plural+"/"+r.Slug+"?asOf="+day, nil)
				want := 404
				if slices.Contains(known, r.ID) {
					want = 200
				}
				if one.status != want || page.status != want {
					f.add("asOf=%s: %s: want %d, the API has %d, the page %d", day, r.Name, want, one.status, page.status)
				}
			}
			// Filters look at the record of that day.
			for _, status := range []string{"implementation", "completion", "scheduled", "expressed"} {
				for _, r := range s.all(k.Plural, "&asOf="+day+"&status="+status) {
					if r.Record["status"] != status {
						f.add("asOf=%s&status=%s: %s has the status %v", day, status, r.Name, r.Record["status"])
					}
				}
			}
		}
	}
	// A word that a source brought later is not found before.
	p := s.named("projects", "Baku-Tbilisi-Kars railway")
	said := func(path string, value any, known string) register.Statement {
		return register.Statement{Subject: p.ID, Path: path, Value: register.Encode(value), Source: article, KnownOn: known, By: "test", At: seedDay.Format(time.RFC3339), State: register.Published}
	}
	if err := s.db.Record(t.Context(), registerdb.Batch{Statements: []register.Statement{
		said("description", "Zurbagan viaduct", "2030-01-01"), said("status", "decommissioned", "2030-01-01"), said("karvan/countries", []string{"AZ", "GE", "TR", "PL"}, "2030-01-01"), said("sector", []string{"transport", "transport.rail", "health"}, "2030-01-01"),
	}}); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"q=zurbagan", "status=decommissioned", "country=PL", "sector=health"} {
		var l listBody
		if s.into("/api/v1/projects?"+query, &l); l.Total != 1 {
			t.Errorf("%s finds %d", query, l.Total)
		}
		if s.into("/api/v1/projects?asOf=2022-01-01&"+query, &l); l.Total != 0 || len(l.Items) != 0 {
			t.Errorf("%s&asOf=2022-01-01 finds %d: it was told in 2030", query, l.Total)
		}
	}
	var l listBody
	if s.into("/api/v1/projects?asOf=2026-11-26&status=completion&limit=1000", &l); !slices.Contains(ids(l.Items), p.ID) {
		t.Error("asOf=2026-11-26&status=completion does not find BTK, which was completed then")
	}
}

func TestRegisterFields(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	p := s.named("projects", "Baku-Tbilisi-Ceyhan pipeline")
	tests := []struct {
		fields string
		want   map[string]any
	}{
		{"title", map[string]any{"title": p.Record["title"]}},
		{"title,status", map[string]any{"title": p.Record["title"], "status": p.Record["status"]}},
		{"budget/amount/amount", map[string]any{"budget": map[string]any{"amount": map[string]any{"amount": 3.7e9}}}},
		{"karvan/lengthKm, title", map[string]any{"karvan": map[string]any{"lengthKm": 1768.0}, "title": p.Record["title"]}},
		{"nosuch", map[string]any{}},
	}
	for _, tt := range tests {
		var one recordBody
		s.into("/api/v1/projects/"+p.ID+"?fields="+url.QueryEscape(tt.fields), &one)
		if !reflect.DeepEqual(one.Record, tt.want) {
			t.Errorf("fields=%s: %v, want %v", tt.fields, one.Record, tt.want)
		}
		for _, r := range s.all("projects", "&fields="+url.QueryEscape(tt.fields)) {
			if r.ID == p.ID && !reflect.DeepEqual(r.Record, tt.want) {
				t.Errorf("list, fields=%s: %v, want %v", tt.fields, r.Record, tt.want)
			}
		}
	}
	// The document offers fields for every form.
	head := strings.SplitN(strings.TrimPrefix(string(s.get("/api/v1/projects.csv?fields=title").body), "\ufeff"), "\r\n", 2)[0]
	if columns := strings.Split(head, ","); !slices.Contains(columns, "title") || slices.Contains(columns, "status") {
		t.Errorf("projects.csv?fields=title has the columns %s", head)
	}
}

func TestRegisterLanguages(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	translated := 0
	for _, plural := range []string{"projects", "agreements", "programmes"} {
		for _, language := range register.Languages {
			list := s.all(plural, "&lang="+language)
			for i, r := range list {
				if i%3 > 0 {
					continue
				}
				for _, st := range s.statements(plural, r.ID) {
					var want string
					if st.Path != "title@"+language || json.Unmarshal(st.Value, &want) != nil {
						continue
					}
					translated++
					var one recordBody
					s.into("/api/v1/"+plural+"/"+r.ID+"?lang="+language, &one)
					for name, have := range map[string]any{"list": r.Record["title"], "name in the list": r.Name, "record": one.Record["title"], "name of the record": one.Name} {
						if have != want {
							t.Errorf("%s of %s in %s: %v, want %s", name, r.ID, language, have, want)
						}
					}
					if !strings.HasPrefix(r.Address, s.URL+"/"+language+"/") {
						t.Errorf("lang=%s gives the address %s", language, r.Address)
					}
					if !strings.Contains(textOf(parse(t, s.page("/"+language+"/"+plural+"/"+r.Slug))), want) {
						t.Errorf("/%s/%s/%s does not show %q", language, plural, r.Slug, want)
					}
				}
			}
		}
	}
	if translated < 30 {
		t.Errorf("only %d translated titles", translated)
	}
}

// idsIn reads the ids out of a list in a form.
func idsIn(t *testing.T, plural, format string, body []byte) []string {
	t.Helper()
	var out []string
	switch format {
	case "json":
		var l listBody
		if err := json.Unmarshal(body, &l); err != nil {
			t.Fatal(err)
		}
		return ids(l.Items)
	case "geojson":
		var l struct {
			Type     string
			Features []struct {
				Type       string
				ID         string
				Geometry   any
				Properties map[string]any
			}
		}
		if err := json.Unmarshal(body, &l); err != nil || l.Type != "FeatureCollection" {
			t.Fatal(err, l.Type)
		}
		for _, f := range l.Features {
			if f.Type != "Feature" || f.Properties == nil {
				t.Errorf("no Feature: %v", f)
			}
			out = append(out, f.ID)
		}
	case "csv":
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(rows[0], "id")
		for _, row := range rows[1:] {
			out = append(out, row[at])
		}
	case "xlsx":
		b, err := excelize.OpenReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		rows, err := b.GetRows(plural)
		if err != nil {
			return nil // no record, no sheet
		}
		at := -1
		for _, row := range rows {
			if at < 0 {
				at = slices.Index(row, "id")
				continue
			}
			if at < len(row) && strings.HasPrefix(row[at], "kv-") {
				out = append(out, row[at])
			}
		}
	case "atom", "ics":
		t.Fatal("not a list of all records")
	}
	return out
}

// What is taken away is the list on the screen, in every form, however it is
// asked for.
func TestRegisterFormsHoldTheSame(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	accept := map[string]string{"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "atom": "application/atom+xml", "ics": "text/calendar"}
	for i, list := range []struct{ plural, query string }{
		{"projects", "status=implementation&sort=-date"}, {"projects", "q=%C5%9Eu%C5%9Fa"}, {"projects", "bbox=46,38,48,41&country=AZ"}, {"projects", "asOf=2021-06-30&lang=tr"},
		{"organisations", "country=TR&sort=name"}, {"commitments", "sector=transport&limit=1000"}, {"meetings", "from=2021&until=2021-12"}, {"targets", "status=none"},
	} {
		var want []string
		for _, r := range s.all(list.plural, "&"+strings.ReplaceAll(list.query, "&limit=1000", "")) {
			want = append(want, r.ID)
		}
		for format, media := range accept {
			suffix := s.get("/api/v1/" + list.plural + "." + format + "?" + list.query)
			if format == "xlsx" && i > 0 {
				// A workbook takes long to make: by its address alone.
				if a := idsIn(t, list.plural, format, suffix.body); !slices.Equal(a, want) {
					t.Errorf("xlsx of %s?%s has %d records, the list %d", list.plural, list.query, len(a), len(want))
				}
				continue
			}
			parameter := s.get("/api/v1/" + list.plural + "?format=" + format + "&" + list.query)
			header := s.get("/api/v1/"+list.plural+"?"+list.query, "Accept", media)
			for _, r := range []reply{suffix, parameter, header} {
				if r.status != 200 || r.media() != media {
					t.Errorf("want %s: %v", media, r)
				}
			}
			if format == "atom" || format == "ics" {
				continue
			}
			a, b, c := idsIn(t, list.plural, format, suffix.body), idsIn(t, list.plural, format, parameter.body), idsIn(t, list.plural, format, header.body)
			if !slices.Equal(a, b) || !slices.Equal(a, c) {
				t.Errorf("%s of %s?%s: by suffix %d, by parameter %d, by Accept %d", format, list.plural, list.query, len(a), len(b), len(c))
			}
			if format == "json" && len(want) > 50 && !strings.Contains(list.query, "limit") {
				continue // a part
			}
			if !slices.Equal(a, want) {
				t.Errorf("%s of %s?%s has %d records, the list %d, the same %d; in order: %v", format, list.plural, list.query, len(a), len(want), common(a, want), slices.Equal(sorted(a), sorted(want)))
			}
		}
	}
	// The parameter goes before the header; weights are looked at; what cannot be had is JSON.
	for accept, want := range map[string]string{
		"*/*": "application/json", "": "application/json", "text/html,*/*;q=0.8": "application/json", "image/png, */*": "application/json",
		"text/csv;q=0.1, application/json": "application/json", "application/json;q=0.2, text/csv;q=0.9": "text/csv", "text/csv;q=0, */*": "application/json", "TEXT/CSV": "text/csv",
	} {
		if r := s.get("/api/v1/meetings", "Accept", accept); r.media() != want {
			t.Errorf("Accept %q gives %s, want %s", accept, r.media(), want)
		}
	}
	if r := s.get("/api/v1/meetings?format=json", "Accept", "text/csv"); r.media() != "application/json" {
		t.Errorf("format=json with Accept text/csv: %v", r)
	}
}

// The whole register as a workbook and as lines has every record.
func TestRegisterBulk(t *testing.T) {
	t.Parallel()
	plain := openRegister(t)
	prefixed := openRegister(t, func(o *server.Options) { o.Publisher = oc4ids.Publisher{Prefix: "oc4ids-abc123"} })
	total := len(plain.all("projects", ""))
	for name, s := range map[string]*registerSite{"no prefix": plain, "prefix": prefixed} {
		var first []string
		for _, language := range register.Languages {
			r := s.get("/api/v1/export/" + language + "/projects.json")
			if r.status != 200 {
				t.Fatal(r)
			}
			list, err := oc4ids.Check(bytes.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range list {
				if finding.Severity == oc4ids.Error && (name == "prefix" || finding.Kind != "invalid-project-ids") {
					t.Errorf("%s, %s: %+v", name, language, finding)
				}
			}
			var p struct {
				URI           string           `json:"uri"`
				Version       string           `json:"version"`
				PublishedDate time.Time        `json:"publishedDate"`
				Publisher     map[string]any   `json:"publisher"`
				Projects      []map[string]any `json:"projects"`
			}
			if err := json.Unmarshal(r.body, &p); err != nil {
				t.Fatal(err)
			}
			if p.Version != "0.9" || p.Publisher["name"] == "" || len(p.Projects) != total || p.PublishedDate.IsZero() {
				t.Errorf("%s: version %q, publisher %v, %d of %d projects, published %v", language, p.Version, p.Publisher, len(p.Projects), total, p.PublishedDate)
			}
			if u, err := url.Parse(p.URI); err != nil || !u.IsAbs() {
				t.Errorf("%s: uri %q", language, p.URI)
			} else if again := s.plain(http.MethodGet, u.Path, nil); again.status != 200 || !bytes.Equal(again.body, r.body) {
				t.Errorf("the uri %s does not lead to the package", p.URI)
			}
			var own []string
			for _, project := range p.Projects {
				id, _ := project["id"].(string)
				own = append(own, id)
				if name == "prefix" && !strings.HasPrefix(id, "oc4ids-abc123") {
					t.Errorf("id %q", id)
				}
				if language != "en" && project["language"] != language {
					// A package is of one language; a project without texts in it says in which it is.
					if title, _ := project["title"].(string); title == "" {
						t.Errorf("%s has no title", id)
					}
				}
				for k := range project {
					if k == "karvan" || oc4idsFields[k] {
						continue
					}
					t.Errorf("%s has the field %q, which is neither of the standard nor karvan", id, k)
				}
			}
			if first == nil {
				first = own
			} else if !slices.Equal(first, own) {
				t.Errorf("%s: the ids or their order are not those of %s", language, register.Languages[0])
			}
			// The checker of the site says the same.
			check := s.plain(http.MethodPost, "/api/v1/validate", bytes.NewReader(r.body), "Content-Type", "application/json")
			if err := s.doc.check(check); err != nil {
				t.Error(err)
			}
			var findings struct {
				Errors int              `json:"errors"`
				Items  []oc4ids.Finding `json:"items"`
			}
			if json.Unmarshal(check.body, &findings) != nil || len(findings.Items) != len(list) || (findings.Errors > 0) != oc4ids.HasErrors(list) {
				t.Errorf("validate finds %d (%d errors), Check %d", len(findings.Items), findings.Errors, len(list))
			}
		}
	}
	book := plain.get("/api/v1/export/en/register.xlsx")
	for _, k := range register.Kinds {
		if have, want := sorted(idsIn(t, k.Plural, "xlsx", book.body)), sorted(ids(plain.all(k.Plural, ""))); !slices.Equal(have, want) {
			t.Errorf("the workbook has %d %s, the register %d", len(have), k.Plural, len(want))
		}
	}
}

// oc4idsFields are the fields of a project of the standard.
var oc4idsFields = func() map[string]bool {
	out := map[string]bool{}
	for _, f := range oc4ids.ObjectOf("Project").Fields {
		out[f.Name] = true
	}
	return out
}()

func TestRegisterCORSAndGzip(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	paths := append(s.reads(), "/openapi.json", "/ogc", "/ogc/collections/projects/items", "/api/v1/projects/nothing", "/api/v1/projects?limit=0")
	for _, p := range paths {
		plain := s.get(p, "Origin", "https://elsewhere.example")
		if plain.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s, status %d: no Access-Control-Allow-Origin", p, plain.status)
		}
		if plain.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is encoded without being asked", p)
		}
		if plain.status != 200 {
			continue
		}
		zipped := s.plain(http.MethodGet, p, nil, "Accept-Encoding", "gzip, deflate")
		if strings.Contains(plain.media(), "openxml") {
			continue
		}
		if zipped.header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(zipped.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: Content-Encoding %q, Vary %q", p, zipped.header.Get("Content-Encoding"), zipped.header.Values("Vary"))
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(zipped.body))
		if err != nil {
			t.Error(p, err)
			continue
		}
		body, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(stamped.ReplaceAll(body, nil), stamped.ReplaceAll(plain.body, nil)) {
			t.Errorf("%s: gzip holds %d bytes, %d were expected: %v", p, len(body), len(plain.body), err)
		}
		if len(plain.body) > 2000 && len(zipped.body) > len(plain.body)/2 {
			t.Errorf("%s: %d bytes became %d", p, len(plain.body), len(zipped.body))
		}
	}
	// RFC 9110, 12.5.3: a weight of 0 refuses a coding; 12.5.5: Vary stands on every form.
	if r := s.plain(http.MethodGet, "/api/v1/projects", nil, "Accept-Encoding", "gzip;q=0"); r.header.Get("Content-Encoding") != "" {
		t.Errorf("Accept-Encoding gzip;q=0 gives %s", r.header.Get("Content-Encoding"))
	}
	for _, p := range []string{"/api/v1/projects", "/en"} {
		if r := s.plain(http.MethodGet, p, nil); !strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s, not compressed: Vary %q does not name Accept-Encoding", p, r.header.Values("Vary"))
		}
	}
}

// The sources and the search tell how many, and keep to their limits.
func TestRegisterSearchLimits(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	for _, limit := range []int{1, 5, 100} {
		var l listBody
		s.into("/api/v1/search?q=railway&limit="+strconv.Itoa(limit), &l)
		if len(l.Items) > limit || limit < 10 && len(l.Items) != limit {
			t.Errorf("limit=%d: %d", limit, len(l.Items))
		}
	}
	var l listBody
	s.into("/api/v1/search?q=railway&kind=project&limit=100", &l)
	for _, r := range l.Items {
		if r.Kind != "project" {
			t.Errorf("kind=project finds a %s", r.Kind)
		}
	}
	for _, q := range []string{"", "%20"} {
		r := s.get("/api/v1/search?q=" + q)
		if q == "" && r.status != 400 || q != "" && r.status >= 500 {
			t.Error(r)
		}
	}
	if r := s.get("/api/v1/search?q=x&kind=planet"); r.status != 400 || !strings.Contains(string(r.body), "kind") {
		t.Error(r)
	}
}
