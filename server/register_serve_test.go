package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
)

// Without a register the server is the map, as it was before there was one.
func TestWithoutARegister(t *testing.T) {
	t.Parallel()
	s := serve(t, server.Options{Title: map[string]string{"en": "Study"}, Version: "test", Runs: true})
	s.solved()
	r := s.plain(http.MethodGet, "/", nil, "Accept-Language", "tr")
	if r.status != http.StatusFound || r.header.Get("Location") != "/tr/map" {
		t.Errorf("want a way to /tr/map: %v, Location %q", r, r.header.Get("Location"))
	}
	for _, path := range []string{"/en", "/en/map", "/ru/map"} {
		if page := s.plain(http.MethodGet, path, nil); page.status != 200 || page.media() != "text/html" || !strings.Contains(string(page.body), "<script") {
			t.Errorf("want the map: %.200v", page)
		}
	}
	for _, path := range []string{"/api/v1/projects", "/api/v1/search?q=x", "/en/projects", "/en/search?q=x"} {
		if r := s.plain(http.MethodGet, path, nil); r.status != http.StatusNotFound {
			t.Errorf("want 404: %.200v", r)
		}
	}
	for _, path := range s.doc.operations("get") {
		if strings.HasPrefix(path, "/api/v1") {
			t.Errorf("the document has %s", path)
		}
	}
	for _, path := range []string{"/api/meta", "/api/zones", "/ogc", "/ogc/collections/links/items"} {
		if r := s.get(path); r.status != 200 {
			t.Error(r)
		}
	}
}

// With a register the way in is its front page, in the reader's language.
func TestWithARegister(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for accept, language := range map[string]string{
		"": "en", "tr": "tr", "az-Latn-AZ": "az", "ru-RU,ru;q=0.9,en;q=0.8": "ru", "de, fr": "en", "de, az;q=0.5, ru;q=0.7": "ru", "*": "en", "xx;;;,,": "en",
	} {
		r := s.plain(http.MethodGet, "/", nil, "Accept-Language", accept)
		if r.status != http.StatusFound || r.header.Get("Location") != "/"+language {
			t.Errorf("Accept-Language %q: status %d, Location %q, want /%s", accept, r.status, r.header.Get("Location"), language)
		}
	}
	// The language of the last page is that of the next visit.
	if r := s.plain(http.MethodGet, "/", nil, "Accept-Language", "ru", "Cookie", "karvan-language=az"); r.header.Get("Location") != "/az" {
		t.Errorf("with a cookie of az: %q", r.header.Get("Location"))
	}
	if r := s.plain(http.MethodGet, "/", nil, "Cookie", "karvan-language=//evil.example"); r.header.Get("Location") != "/en" {
		t.Errorf("with a cookie of nonsense: %q", r.header.Get("Location"))
	}
	for _, language := range register.Languages {
		for _, path := range []string{"/" + language, "/" + language + "/", "/" + language + "/map"} {
			s.page(path)
		}
	}
}

// HEAD is GET without the body.
func TestRegisterHEAD(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	s.solved()
	p := s.all("projects", "")[0]
	paths := append(s.reads(), "/en", "/ru/projects", "/en/projects/"+p.Slug, "/en/projects/"+p.Slug+"/brief", "/en/search?q=Kars", "/en/about", "/en/map", "/assets/register.css", "/openapi.json", "/openapi-3.0.json",
		"/api/meta", "/ogc", "/ogc/collections/projects/items", "/en/projects/nothing", "/api/v1/projects/nothing", "/api/v1/projects?limit=0", "/nowhere")
	for _, path := range paths {
		get, head := s.plain(http.MethodGet, path, nil), s.plain(http.MethodHead, path, nil)
		if head.status != get.status || len(head.body) > 0 || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
			t.Errorf("%s: GET %d %s, HEAD %d %s with %d bytes", path, get.status, get.header.Get("Content-Type"), head.status, head.header.Get("Content-Type"), len(head.body))
		}
	}
}

// What is only read refuses everything else, in words that a program reads.
func TestRegisterUnsafeMethods(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	p := s.all("projects", "")[0]
	pages := []string{"/", "/en", "/en/projects", "/en/projects/" + p.Slug, "/en/search", "/en/map", "/assets/register.css", "/nowhere"}
	api := append(s.reads(), "/api/meta", "/api/v1/nothing", "/openapi.json", "/ogc", "/ogc/collections", "/ogc/collections/projects/items")
	before, _, err := s.db.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := faults{T: t}
	defer f.tell()
	for _, path := range slices.Concat(pages, api) {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND"} {
			r := s.plain(method, path, strings.NewReader("{}"), "Content-Type", "application/json")
			if r.status != http.StatusMethodNotAllowed && r.status != http.StatusNotFound {
				f.add("want 405 or 404: %.200v", r)
			}
			if r.status == http.StatusMethodNotAllowed && r.header.Get("Allow") == "" {
				f.add("405 without Allow: %.200v", r)
			}
			if slices.Contains(api, path) {
				if _, err := problemOf(r); err != nil {
					f.add("%v", err)
				}
			}
		}
	}
	if after, _, _ := s.db.State(t.Context()); after != before {
		t.Errorf("the register went from revision %d to %d", before, after)
	}
	// Preflight of another site's reader: a GET needs none, an answer must not be a fault.
	if r := s.plain(http.MethodOptions, "/api/v1/projects", nil, "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "GET"); r.status >= 500 {
		t.Error(r)
	}
}
