package features_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/karvan/karvan/server/features"
)

// ask sends a request straight to a handler.
func ask(h http.Handler, r *http.Request) reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Header().Get("Content-Type"), w.Body.Bytes()}
}

func TestContentNotYetThere(t *testing.T) {
	running := places()
	running.asInfo = fmt.Errorf("model: %w", features.ErrNotYet)
	busy := tables()
	busy.info.ID, busy.err = "busy", fmt.Errorf("model: %w", features.ErrNotYet)
	s := site(t, running, projects(), busy)
	for _, path := range []string{"/places", "/places/items", "/places/items/1", "/places/schema", "/busy/items", "/busy/items/1"} {
		answer := get(t, s.URL+"/ogc/collections"+path)
		d := answer.document(t, http.StatusServiceUnavailable)
		if answer.header.Get("Retry-After") != "30" || answer.media != "application/problem+json" || d["title"] != "Service Unavailable" {
			t.Errorf("%s: %v %v", path, answer.header, d)
		}
	}
	// What is there is served meanwhile.
	if got := maps(get(t, s.URL+"/ogc/collections").document(t, http.StatusOK)["collections"]); len(got) != 2 {
		t.Errorf("%d collections are listed", len(got))
	}
	get(t, s.URL+"/ogc/api").document(t, http.StatusOK)
	get(t, s.URL+"/ogc/collections/projects/items").document(t, http.StatusOK)
	get(t, s.URL+"/ogc/collections/none").document(t, http.StatusNotFound)

	running.info.ID = "" // it does not say which it is
	get(t, s.URL+"/ogc/collections/places").document(t, http.StatusServiceUnavailable)
	get(t, s.URL+"/ogc/collections/projects").document(t, http.StatusOK)
}

func TestFaultsInsideStayInside(t *testing.T) {
	broken := projects()
	broken.err = errors.New("disk /dev/sda1 is gone")
	unreadable := places()
	unreadable.rows[3].properties["rank"] = func() {}
	s := site(t, broken, unreadable)
	for _, path := range []string{"/projects/items", "/projects/items/btk", "/places/items", "/places/items?f=html", "/places/items/3"} {
		answer := get(t, s.URL+"/ogc/collections"+path)
		answer.document(t, http.StatusInternalServerError)
		if strings.Contains(string(answer.body), "sda1") || answer.media != "application/problem+json" {
			t.Errorf("%s: %s %s", path, answer.media, answer.body)
		}
	}
	broken.asInfo = errors.New("disk /dev/sda1 is gone")
	for _, path := range []string{"/collections", "/api"} {
		get(t, s.URL+"/ogc"+path).document(t, http.StatusInternalServerError)
	}
}

func TestAddressOfARequest(t *testing.T) {
	h := features.New("t", "", "1", func() []features.Collection { return nil })
	named := features.New("t", "", "1", func() []features.Collection { return nil },
		features.WithBase(func(r *http.Request) string {
			if r.Host == "inside" {
				return "https://data.example.org/corridor"
			}
			return ""
		}))
	for _, c := range []struct {
		handler http.Handler
		host    string
		tls     bool
		want    string
	}{
		{h, "a.example:8080", false, "http://a.example:8080/ogc"},
		{h, "a.example", true, "https://a.example/ogc"},
		{named, "inside", false, "https://data.example.org/corridor/ogc"},
		{named, "outside", false, "http://outside/ogc"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/ogc/conformance", nil)
		r.Host, r.TLS = c.host, nil
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("Forwarded", "host=evil.example;proto=https")
		if got := link(t, ask(c.handler, r).document(t, http.StatusOK), "self", "application/json"); got != c.want+"/conformance?f=json" {
			t.Errorf("%s: %s, wanted %s", c.host, got, c.want)
		}
	}
}

func TestNoCollections(t *testing.T) {
	s := site(t)
	if got := string(get(t, s.URL+"/ogc/collections").body); !strings.Contains(got, `"collections":[]`) {
		t.Errorf("collections %s", got)
	}
	if got := string(get(t, s.URL+"/ogc/collections?f=html").body); !strings.Contains(got, "There is no collection now.") {
		t.Errorf("page %s", got)
	}
}

func TestPropertiesKeepTheirOrder(t *testing.T) {
	s := site(t, projects())
	body := string(get(t, s.URL+"/ogc/collections/projects/items/alat").body)
	if !strings.Contains(string(get(t, s.URL+"/ogc/collections/projects/items/btk").body), `"page":"https://example.org/btk?a=1&b=2"`) {
		t.Error("an address is not legible")
	}
	at := -1
	for _, p := range projects().info.Properties {
		name, _ := json.Marshal(p.Name)
		i := strings.Index(body, string(name)+":")
		if i < at {
			t.Errorf("%s is out of order in %s", name, body)
		}
		at = i
	}
}
