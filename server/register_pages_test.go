package server_test

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/karvan/karvan/register"
)

// mostPages bounds a crawl, in pages of one language.
const mostPages = 200

// voidElements have no end tag.
var voidElements = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}

// badText finds what a template leaves behind when something goes wrong.
func badText(s string) string {
	for _, bad := range []string{"%!", "ZgotmplZ", "<nil>", "{{", "}}", "map[", "[object", "undefined", "NaN", "+Inf"} {
		if strings.Contains(s, bad) {
			return bad
		}
	}
	return ""
}

// messageKeys are the keys of the words of pages.
var messageKeys = func() map[string]bool {
	out := map[string]bool{}
	data, _ := os.ReadFile("pages/messages.go")
	for _, m := range regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)+)":`).FindAllStringSubmatch(string(data), -1) {
		out[m[1]] = true
	}
	return out
}()

// scriptAddress is an address that a browser runs.
var scriptAddress = regexp.MustCompile(`(?i)^[\s\x00-\x1f]*(javascript|data|vbscript):`)

var keyLike = regexp.MustCompile(`[a-z]+(?:\.[a-z]+)+`)

// pageFaults says what is wrong with a page of the register.
func pageFaults(body, language string) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }

	// Each element ends where it should.
	z, open := html.NewTokenizer(strings.NewReader(body)), []string{}
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		name, _ := z.TagName()
		switch tag := string(name); {
		case kind == html.StartTagToken && !voidElements[tag]:
			open = append(open, tag)
		case kind == html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tag {
				fault("</%s> ends %v", tag, open[max(0, len(open)-3):])
			}
			if i := slices.Index(open, tag); i >= 0 {
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) > 0 {
		fault("not ended: %v", open)
	}

	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return append(out, err.Error())
	}
	root := find(doc, "html")
	if attr(root, "lang") != language {
		fault("lang is %q", attr(root, "lang"))
	}
	if title := textOf(find(doc, "title")); title == "" {
		fault("no title")
	}
	if n := len(elements(doc, "main")); n != 1 {
		fault("%d main elements", n)
	}
	ids, labels := map[string]int{}, map[string]bool{}
	level, h1 := 0, 0
	for _, n := range elements(doc, "") {
		if id, ok := attribute(n, "id"); ok {
			ids[id]++
			if id == "" {
				fault("<%s> has an empty id", n.Data)
			}
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			at := int(n.Data[1] - '0')
			if at > level+1 {
				fault("<%s> %q after a heading of level %d", n.Data, textOf(n), level)
			}
			if textOf(n) == "" {
				fault("<%s> is empty", n.Data)
			}
			if level = at; at == 1 {
				h1++
			}
		}
	}
	if h1 != 1 {
		fault("%d h1", h1)
	}
	for id, n := range ids {
		if n > 1 {
			fault("%d elements with the id %q", n, id)
		}
	}
	for _, n := range elements(doc, "") {
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"):
				fault("<%s %s>", n.Data, a.Key)
			case a.Key == "style":
				fault("<%s style=%q>: the policy of the site keeps it from working", n.Data, a.Val)
			case a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "aria-controls":
				for _, id := range strings.Fields(a.Val) {
					if ids[id] == 0 {
						fault("<%s %s=%q> leads nowhere", n.Data, a.Key, id)
					}
				}
			case a.Key == "tabindex" && a.Val > "0":
				fault("<%s tabindex=%q>", n.Data, a.Val)
			case a.Key == "href" && strings.HasPrefix(a.Val, "#") && ids[a.Val[1:]] == 0:
				fault("href=%q leads nowhere", a.Val)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "xlink:href") && scriptAddress.MatchString(a.Val):
				fault("<%s %s=%q>", n.Data, a.Key, a.Val)
			case a.Key == "lang" && !slices.Contains(register.Languages, a.Val) && len(a.Val) != 2:
				fault("lang=%q", a.Val)
			}
			if badText(a.Val) != "" {
				fault("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		labelled := attr(n, "aria-label") != "" || attr(n, "aria-labelledby") != "" || attr(n, "aria-hidden") == "true"
		switch n.Data {
		case "script":
			// One of our own, that the page of a pipeline can do without.
			if attr(n, "src") != "/assets/pipeline.js" || n.FirstChild != nil {
				fault("<%s>", n.Data)
			}
		case "style", "iframe", "object", "embed", "base":
			fault("<%s>", n.Data)
		case "link":
			rel := attr(n, "rel")
			if outside(attr(n, "href")) && rel != "alternate" && rel != "canonical" {
				fault("<link rel=%q href=%q> loads from outside", rel, attr(n, "href"))
			}
		case "img", "image", "use", "source", "video", "audio":
			if outside(attr(n, "src")) || outside(attr(n, "href")) {
				fault("<%s> loads from outside", n.Data)
			}
			if _, ok := attribute(n, "alt"); n.Data == "img" && !ok {
				fault("<img> without alt")
			}
		case "svg":
			if !labelled && find(n, "title") == nil {
				fault("<svg> without a label")
			}
			if role := attr(n, "role"); attr(n, "aria-hidden") != "true" && role == "" {
				fault("<svg> without a role")
			}
		case "input", "select", "textarea":
			if kind := attr(n, "type"); kind == "hidden" || kind == "submit" {
				break
			}
			wrapped := false
			for p := n.Parent; p != nil; p = p.Parent {
				wrapped = wrapped || p.Data == "label"
			}
			if !labelled && !wrapped && (attr(n, "id") == "" || !labels[attr(n, "id")]) {
				fault("<%s name=%q> without a label", n.Data, attr(n, "name"))
			}
		case "a", "button", "summary":
			if textOf(n) == "" && !labelled && attr(n, "title") == "" {
				fault("<%s href=%q> without a name", n.Data, attr(n, "href"))
			}
		case "table":
			heads := elements(n, "th")
			if len(heads) == 0 {
				fault("a table without th")
			}
			for _, h := range heads {
				if scope := attr(h, "scope"); scope != "col" && scope != "row" {
					fault("<th> %q without scope", textOf(h))
				}
			}
			columns := 0
			for _, row := range elements(n, "tr") {
				have := 0
				for cell := range row.ChildNodes() {
					if cell.Data == "th" || cell.Data == "td" {
						have++
					}
				}
				if columns == 0 {
					columns = have
				}
				if have != columns {
					fault("a row of %d cells in a table of %d columns", have, columns)
				}
			}
		}
	}
	text := textOf(doc)
	if bad := badText(text); bad != "" {
		fault("the text has %q", bad)
	}
	for _, key := range keyLike.FindAllString(text, -1) {
		if messageKeys[key] {
			fault("the text has the key %q", key)
		}
	}
	// A name that is not in the language of the page is marked so wherever it stands.
	marks := map[string]string{}
	for _, n := range slices.Concat(elements(doc, "h1"), elements(doc, "q")) {
		name := textOf(n)
		if have, ok := marks[name]; ok && have != langOf(n) {
			fault("%q is marked as %s in <h1> and as %s in <%s>", name, have, langOf(n), n.Data)
		}
		marks[name] = langOf(n)
	}
	return out
}

// langOf is the language of an element.
func langOf(n *html.Node) string {
	for ; n != nil; n = n.Parent {
		if v := attr(n, "lang"); v != "" {
			return v
		}
	}
	return ""
}

func outside(address string) bool {
	return strings.HasPrefix(address, "http:") || strings.HasPrefix(address, "https:") || strings.HasPrefix(address, "//")
}

// isPage reports whether an address is a page of a language, not the map.
func isPage(path, language string) bool {
	plain, _, _ := strings.Cut(path, "?")
	return (plain == "/"+language || strings.HasPrefix(plain, "/"+language+"/")) && plain != "/"+language+"/map"
}

// crawl visits every page of a language that links lead to, from its front
// page, and every other address they lead to: at most so many of what one
// handler answers, and at most mostPages of pages.
func (s *registerSite) crawl(f *faults, language string, most int, look func(path, body string)) int {
	queue, seen, pages := []string{"/" + language}, map[string]bool{"/" + language: true}, 0
	told := map[string]int{}
	fault := func(path, text string) {
		// One fault of a template stands on many pages.
		key := nameOrNumber.ReplaceAllString(text, "…")
		if told[key]++; told[key] <= 2 {
			f.add("%s: %s", path, text)
		}
	}
	ofKind := map[string]int{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if !isPage(path, language) {
			if strings.HasPrefix(path, "/api/") && strings.Contains(path, ".xlsx") {
				continue // made in the tests of forms
			}
			r := s.plain(http.MethodGet, path, nil)
			if r.status != http.StatusOK {
				fault(path, fmt.Sprintf("a link leads to status %d", r.status))
			} else if strings.HasPrefix(path, "/api/") {
				if err := s.doc.check(r); err != nil {
					fault(path, err.Error())
				}
			}
			continue
		}
		if pages >= mostPages {
			continue
		}
		pages++
		r := s.plain(http.MethodGet, path, nil)
		media, parameters, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
		if r.status != http.StatusOK || media != "text/html" || !strings.EqualFold(parameters["charset"], "utf-8") {
			fault(path, fmt.Sprintf("status %d, %s", r.status, r.header.Get("Content-Type")))
			continue
		}
		for _, text := range pageFaults(string(r.body), language) {
			fault(path, text)
		}
		if look != nil {
			look(path, string(r.body))
		}
		doc, err := html.Parse(strings.NewReader(string(r.body)))
		if err != nil {
			continue
		}
		for _, n := range elements(doc, "") {
			for _, key := range []string{"href", "src", "action"} {
				to := attr(n, key)
				if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
					continue
				}
				to, _, _ = strings.Cut(to, "#")
				if seen[to] {
					continue
				}
				seen[to] = true
				// Records of one kind are alike: some of each, and their files.
				kind := kindOfAddress(to, language)
				if ofKind[kind]++; ofKind[kind] <= most {
					queue = append(queue, to)
				}
			}
		}
	}
	return pages
}

var nameOrNumber = regexp.MustCompile(`"[^"]*"|[0-9]+`)

// kindOfAddress tells addresses apart that different handlers answer: of a
// record's page, its sheet, its forms, and pages in other languages.
func kindOfAddress(to, language string) string {
	path, query, _ := strings.Cut(to, "?")
	parts := strings.Split(path, "/")
	if slices.Contains(register.Languages, parts[1]) && parts[1] != language {
		return "another language"
	}
	if n := len(parts); n > 3 {
		at := 3
		if parts[1] == "api" {
			at = 4
		}
		if at < n {
			parts[at] = "x"
		}
	}
	values, _ := url.ParseQuery(query)
	for _, k := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, k)
		if k == "format" {
			parts = append(parts, values.Get(k))
		}
	}
	return strings.Join(parts, "/")
}

func TestRegisterPagesAreSound(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for _, language := range register.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			f := faults{T: t}
			most := 4
			if language == "en" {
				most = 8
			}
			n := s.within(t).crawl(&f, language, most, nil)
			f.tell()
			if n < 60 {
				t.Errorf("only %d pages", n)
			}
			t.Logf("%d pages", n)
		})
	}
}

// Pages that no link leads to, but a reader's question.
func TestRegisterPagesOfQuestions(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	f := faults{T: t}
	defer f.tell()
	p := s.named("projects", "Baku-Tbilisi-Kars railway")
	for _, language := range register.Languages {
		for path, status := range map[string]int{
			"?q=%C5%9Eu%C5%9Fa": 200, "?status=completion&country=TR": 200, "?q=zzzzzz": 200, "?bbox=46,38,48,41": 200, "?asOf=2021-12-26": 200, "/": 200,
			"/search": 200, "/search?q=": 200, "/search?q=%D0%A8%D1%83%D1%88%D0%B0&kind=project": 200, "/search?q=qwertyuiop": 200, "/search?q=" + strings.Repeat("x", 3000): 200, "/search?q=%22%28%2A": 200,
			"/projects?q=railway&status=&country=&sector=&sort=&asOf=": 200, "/projects?asOf=1990": 200, "/projects?sort=size": 400, "/projects?bbox=1": 400, "/projects?asOf=tomorrow": 400, "/projects?cursor=x": 400,
			"/projects/" + p.Slug + "?asOf=2021-12-26": 200, "/projects/" + p.Slug + "?asOf=1900": 404, "/projects/" + p.Slug + "/brief": 200, "/projects/nothing": 404, "/planets": 404, "/planets/x": 404, "/sources/nothing": 404,
			"/changes?since=2020-01-01": 200, "/changes?cursor=3": 200, "/changes?cursor=x": 200, "/changes?since=x": 200,
			"/pack": 200, "/pack?party=AZ&party=TR": 200, "/pack?party=XX": 200, "/investments?host=TR": 200, "/investments?host=XX": 200, "/check": 200, "/about": 200,
		} {
			r := s.plain(http.MethodGet, "/"+language+path, nil)
			if r.status != status && !(status == 200 && r.status == 400 && strings.Contains(path, "=x")) {
				f.add("want %d: %.200v", status, r)
				continue
			}
			if strings.HasPrefix(path, "/planets") {
				continue // of no page
			}
			if r.media() != "text/html" {
				f.add("want a page: %.200v", r)
				continue
			}
			for _, text := range pageFaults(string(r.body), language) {
				f.add("/%s%s: %s", language, path, text)
			}
		}
		// By the id, a record is found too.
		if r := s.plain(http.MethodGet, "/"+language+"/projects/"+p.ID, nil); r.status != 200 && r.status/100 != 3 {
			f.add("by its id: %.200v", r)
		}
		// The other languages of a page are the same page.
		page := parse(t, s.page("/"+language+"/projects/"+p.Slug+"?asOf=2021-12-26"))
		for _, l := range elements(page, "link") {
			if attr(l, "rel") != "alternate" || attr(l, "hreflang") == "" {
				continue
			}
			if u, err := url.Parse(attr(l, "href")); err != nil || u.RequestURI() != "/"+attr(l, "hreflang")+"/projects/"+p.Slug+"?asOf=2021-12-26" {
				f.add("hreflang=%s leads to %s", attr(l, "hreflang"), attr(l, "href"))
			}
		}
	}
}

// Pages answer while the model runs, and say so where they need it.
func TestRegisterBeforeTheModel(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	s.h.Progress(3, 40)
	r := s.get("/api/meta")
	p, err := problemOf(r)
	if err != nil || r.status != http.StatusServiceUnavailable || p.Solved == nil || *p.Solved != 3 || p.Total == nil || *p.Total != 40 {
		t.Errorf("want 503 with solved 3 and total 40: %v %v", r, err)
	}
	if r.header.Get("Retry-After") == "" || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Retry-After %q, Cache-Control %q", r.header.Get("Retry-After"), r.header.Get("Cache-Control"))
	}
	waiting := map[string]string{"en": "model", "az": "model", "tr": "model", "ru": "модел"}
	project := s.named("projects", "Baku-Tbilisi-Kars railway")
	for _, language := range register.Languages {
		for _, path := range []string{"", "/projects", "/search?q=Kars", "/projects/" + project.Slug, "/map"} {
			s.page("/" + language + path)
		}
		text := strings.ToLower(textOf(find(parse(t, s.page("/"+language+"/projects/"+project.Slug)), "main")))
		if !strings.Contains(text, waiting[language]) || !strings.Contains(text, "3") || !strings.Contains(text, "40") {
			t.Errorf("/%s: the page of a project does not say how far the model is", language)
		}
	}
	for _, path := range []string{"/api/v1/projects", "/ogc/collections/projects/items", "/api/v1/search?q=Kars"} {
		if r := s.get(path); r.status != 200 {
			t.Error(r)
		}
	}
	s.solved()
	if r := s.get("/api/meta"); r.status != 200 {
		t.Error(r)
	}
	s.page("/en/projects/" + project.Slug)
}

// A model that fails says why, and reading goes on.
func TestRegisterAfterTheModelFailed(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	s.h.Failed(fmt.Errorf("zone <b>x</b> has no link"))
	r := s.get("/api/meta")
	if p, err := problemOf(r); err != nil || r.status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, "zone <b>x</b> has no link") {
		t.Errorf("%v %v", r, err)
	}
	page := s.page("/en/projects/" + s.named("projects", "Baku-Tbilisi-Kars railway").Slug)
	for _, text := range pageFaults(page, "en") {
		t.Error(text)
	}
	if strings.Contains(page, "<b>x</b>") {
		t.Error("the page does not escape the failure")
	}
	s.page("/en")
}
