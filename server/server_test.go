package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// start serves a result of the starter study.
func start(t *testing.T) *httptest.Server {
	t.Helper()
	files, err := fs.Sub(studies.Files, "starter")
	if err != nil {
		t.Fatal(err)
	}
	in, list, err := study.LoadFS(files)
	if err != nil || in == nil {
		t.Fatal(err, list)
	}
	m, err := karvan.New(in)
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := m.Tasks(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.gpkg")
	w, err := store.Create(path, m, "test", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(context.Background(), tasks, 1, nil, w.Outcome); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(0); err != nil {
		t.Fatal(err)
	}
	r, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := server.New(server.Options{Title: in.Title, Version: "test", Runs: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Solved(r, m); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		r.Close()
	})
	return s
}

// get fetches a path without following redirects or unpacking gzip.
func get(t *testing.T, s *httptest.Server, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestAPI(t *testing.T) {
	s := start(t)
	tests := []struct {
		path   string
		status int
		want   string // a part of the answer
	}{
		{"/api/meta", 200, `"study_id":"starter"`},
		{"/api/network", 200, `"rail-east"`},
		{"/api/flows?scenario=base&year=2020", 200, `"load_ratio"`},
		{"/api/flows?scenario=base&year=2020&commodity=grain", 200, `"rail-west"`},
		{"/api/flows?scenario=base&year=1999", 404, "was not run in 1999"},
		{"/api/flows?scenario=base", 400, "year"},
		{"/api/nodes?scenario=base&year=2020", 200, `"arrives_t_per_yr"`},
		{"/api/nodes?scenario=base&year=1999", 404, "was not run in 1999"},
		{"/api/pairs?scenario=base&year=2020&commodity=grain", 200, `"demand_t_per_yr"`},
		{"/api/terminals?scenario=base&year=2020", 200, "border border road"},
		{"/api/link?scenario=base&year=2020&id=rail-east", 200, `"rail_capacity"`},
		{"/api/link?scenario=base&year=2020&id=none", 404, "there is no link"},
		{"/api/node?scenario=base&year=2020&id=border", 200, `"dwell_h":6`},
		{"/api/zones", 200, `"west"`},
		{"/api/od?scenario=second-track&year=2020&from=east&to=west", 200, `"chain":"rail1520"`}, // the routes stand with the base
		{"/api/indicators?ids=tonnes", 200, `"meaning"`},
		{"/api/compare?a=base&b=second-track&year=2025", 200, `"existing_usd_per_yr":null`}, // leaves room in the base
		{"/api/compare?a=second-track&b=base&year=2025", 200, `"existing_usd_per_yr":null`},
		{"/api/compare?a=base&b=faster-border&year=2025", 200, `"existing_usd_per_yr":`},
		{"/api/observed", 200, `"obs-rail-2020"`},
		{"/api/source?id=example", 200, "no real place"},
		{"/api/search?q=WEST", 200, `"id":"west"`},
		{"/openapi.json", 200, `"openapi":"3.1.0"`},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			resp, body := get(t, s, tt.path)
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("status %d, want %d with %q: %.300s", resp.StatusCode, tt.status, tt.want, body)
			}
			if !json.Valid(body) {
				t.Error("not JSON")
			}
		})
	}
}

func TestSafety(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/en/map", "/api/meta", "/nothing"} {
		resp, _ := get(t, s, path)
		csp := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-inline") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", path)
		}
	}
	for _, path := range []string{"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/", "/assets/../../web.go", "/web.go"} {
		if resp, body := get(t, s, path); resp.StatusCode == http.StatusOK {
			t.Errorf("%s: %.100s", path, body)
		}
	}
	resp, err := http.Post(s.URL+"/api/meta", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode < 400 {
		t.Errorf("a POST is answered with %d", resp.StatusCode)
	}
}

func TestLanguage(t *testing.T) {
	s := start(t)
	for _, tt := range []struct{ header, cookie, want string }{
		{"", "", "/en/map"}, {"az", "", "/az/map"}, {"en;q=0.2, tr-TR;q=0.9", "", "/tr/map"}, {"fr", "", "/en/map"}, {"az", "karvan-language=tr", "/tr/map"}, {"az", "karvan-language=../x", "/az/map"},
	} {
		resp, _ := get(t, s, "/", "Accept-Language", tt.header, "Cookie", tt.cookie)
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || got != tt.want {
			t.Errorf("%q %q: %d %s, want %s", tt.header, tt.cookie, resp.StatusCode, got, tt.want)
		}
	}
}

func TestTilesAndGzip(t *testing.T) {
	s := start(t)
	_, body := get(t, s, "/api/tiles/0/0/0")
	layers, err := mvt.UnmarshalGzipped(body)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, l := range layers {
		count[l.Name] = len(l.Features)
	}
	if count["link"] == 0 || count["node"] == 0 {
		t.Errorf("the tile holds %v", count)
	}
	if resp, _ := get(t, s, "/api/tiles/1/9/9"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a tile outside the world: %d", resp.StatusCode)
	}
	_, plain := get(t, s, "/api/zones")
	resp, packed := get(t, s, "/api/zones", "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(plain, unpacked) {
		t.Errorf("compressed and plain differ: %v", err)
	}
}
