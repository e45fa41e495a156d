package features_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/paulmach/orb/geojson"
)

// kindOf says which JSON an address is answered with.
func kindOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	path := u.EscapedPath()
	switch {
	case strings.Contains(path, "/items"):
		return "application/geo+json"
	case strings.HasSuffix(path, "/schema"):
		return "application/schema+json"
	case strings.HasSuffix(path, "/api"):
		return "application/vnd.oai.openapi+json;version=3.0"
	}
	return "application/json"
}

func withoutF(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Del("f")
	u.RawQuery = q.Encode()
	return u.String()
}

func atsGeoJSONDefinition(t *testing.T, a ats) {
	for _, address := range a.everything(t) {
		address = withoutF(address)
		own := kindOf(address)
		if got := get(t, address); got.media != own {
			t.Errorf("%s is %s, not %s", address, got.media, own)
		}
		if got := get(t, address, "application/geo+json"); got.media != own {
			t.Errorf("%s is %s, not %s", address, got.media, own)
		}
		want := "application/json"
		if own == "application/geo+json" {
			want = own
		}
		if got := get(t, address, "application/json"); got.media != want {
			t.Errorf("%s is %s, not %s", address, got.media, want)
		}
	}
}

func atsGeoJSONContent(t *testing.T, a ats) {
	for _, address := range a.everything(t) {
		answer := get(t, withoutF(address))
		if answer.media != "application/geo+json" {
			continue
		}
		if _, err := geojson.UnmarshalFeatureCollection(answer.body); err == nil {
			continue
		}
		f, err := geojson.UnmarshalFeature(answer.body)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		u, _ := url.Parse(address)
		if _, id, _ := strings.Cut(u.EscapedPath(), "/items/"); url.PathEscape(f.ID.(string)) != id {
			t.Errorf("%s has the id %v", address, f.ID)
		}
	}
}

// operation finds what the OpenAPI document says of an address.
func (a ats) operation(t *testing.T, address string) *openapi3.Operation {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(u.EscapedPath(), "/ogc")
	if path == "" {
		path = "/"
	}
	if before, id, found := strings.Cut(path, "/items/"); found && id != "" {
		path = before + "/items/{featureId}"
	}
	item := a.api.Paths.Value(path)
	if item == nil {
		t.Fatalf("%s: no path %s", address, path)
	}
	return item.Get
}

// conforms checks an answer against what the document says of it.
func (a ats) conforms(t *testing.T, address string, answer reply) {
	t.Helper()
	response := a.operation(t, address).Responses.Status(answer.status)
	if response == nil {
		t.Errorf("%s: status %d is not described", address, answer.status)
		return
	}
	media, _, _ := strings.Cut(answer.media, "; charset")
	content := response.Value.Content[media]
	if content == nil {
		t.Errorf("%s: %s is not described", address, media)
		return
	}
	var value any = string(answer.body)
	if strings.Contains(media, "json") {
		if err := json.Unmarshal(answer.body, &value); err != nil {
			t.Errorf("%s: %v", address, err)
			return
		}
	}
	if err := content.Schema.Value.VisitJSON(value, openapi3.EnableFormatValidation(), openapi3.MultiErrors()); err != nil {
		t.Errorf("%s: %v", address, err)
	}
}

func atsCompleteness(t *testing.T, a ats) {
	n := 0
	for _, address := range a.everything(t) {
		for _, f := range []string{"json", "html"} {
			u, _ := url.Parse(address)
			q := u.Query()
			q.Set("f", f)
			u.RawQuery = q.Encode()
			answer := get(t, u.String())
			if answer.status != http.StatusOK {
				t.Errorf("%s: status %d", u, answer.status)
			}
			a.conforms(t, u.String(), answer)
			n++
		}
	}
	if n < 100 {
		t.Errorf("only %d answers were seen", n)
	}
	// What is checked must be able to fail.
	wrong := get(t, a.root+"/collections/projects/items")
	wrong.body = []byte(strings.Replace(string(wrong.body), `"tracks":1`, `"tracks":"one"`, 1))
	var value any
	if err := json.Unmarshal(wrong.body, &value); err != nil {
		t.Fatal(err)
	}
	if err := a.api.Paths.Value("/collections/projects/items").Get.Responses.Status(200).Value.Content["application/geo+json"].Schema.Value.VisitJSON(value); err == nil {
		t.Error("a wrong type passes the schema")
	}
}

func atsExceptions(t *testing.T, a ats) {
	for _, c := range []struct {
		path   string
		accept string
		status int
	}{
		{"?foo=1", "", 400},
		{"/conformance", "image/png", 406},
		{"/api", "text/plain, text/html;q=0", 406},
		{"/collections/projects/items?limit=0&bbox=1", "", 400},
		{"/collections/projects/items/none", "", 404},
		{"/collections/projects/items/btk?f=x", "", 400},
		{"/collections/projects/schema", "image/*", 406},
	} {
		answer := get(t, a.root+c.path, c.accept)
		if answer.status != c.status || answer.media != "application/problem+json" {
			t.Errorf("%s: %d %s", c.path, answer.status, answer.media)
		}
		a.conforms(t, a.root+c.path, answer)
	}
}

func atsOpenAPILinks(t *testing.T, a ats) {
	d := get(t, a.root).document(t, http.StatusOK)
	for rel, media := range map[string]string{"service-desc": "application/vnd.oai.openapi+json;version=3.0", "service-doc": "text/html"} {
		if got := get(t, link(t, d, rel, media), media); !strings.HasPrefix(got.media, media) {
			t.Errorf("%s is %s", rel, got.media)
		}
	}
}

func atsOpenAPIValid(t *testing.T, a ats) {
	if a.api.OpenAPI != "3.0.3" {
		t.Errorf("version %s", a.api.OpenAPI)
	}
	if err := a.api.Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

// atsImplemented asks for each path with each parameter that it names.
func atsImplemented(t *testing.T, a ats) {
	values := map[string][]string{
		"bbox": {"26,36,50,42", "170,-10,-170,10", "0,0,0,1,1,1"}, "bbox-crs": {crs84}, "datetime": {"2020-01-01", "../2020-01-01T00:00:00Z"}, "limit": {"1", "1000"}, "offset": {"0", "3"}, "f": {"json", "html"},
		"name": {"x"}, "country": {"AZ"}, "tracks": {"1"}, "length_km": {"1.5"}, "electric": {"true"}, "opened": {"2017-10-30"}, "changed": {"2026-01-02T03:04:05Z"},
	}
	first := map[string]string{"projects": "btk", "places": "0"}
	for path, item := range a.api.Paths.Map() {
		id := "1"
		for collection, feature := range first {
			if strings.Contains(path, collection) {
				id = feature
			}
		}
		address := a.root + strings.Replace(path, "{featureId}", id, 1)
		for _, p := range item.Get.Parameters {
			if p.Value.In != "query" {
				continue
			}
			if len(values[p.Value.Name]) == 0 {
				t.Errorf("%s: parameter %s has no test", path, p.Value.Name)
			}
			for _, v := range values[p.Value.Name] {
				one := address + "?" + p.Value.Name + "=" + url.QueryEscape(v)
				answer := get(t, one)
				if answer.status != http.StatusOK {
					t.Errorf("%s: status %d", one, answer.status)
				}
				a.conforms(t, one, answer)
			}
		}
	}
}

func atsSecurity(t *testing.T, a ats) {
	// Nothing asks for credentials, so none is described.
	if len(a.api.Components.SecuritySchemes) > 0 || len(a.api.Security) > 0 {
		t.Errorf("security %v", a.api.Security)
	}
}

func TestAcceptChoosesTheEncoding(t *testing.T) {
	s := site(t, places())
	for accept, want := range map[string]string{
		"":    "application/geo+json",
		"*/*": "application/geo+json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8", // a browser
		"application/geo+json, application/json":                          "application/geo+json",     // GDAL
		"application/json;q=0.5, text/html":                               "text/html; charset=utf-8",
		"application/json, text/html":                                     "application/geo+json",
		"text/html;q=0.4, application/*":                                  "application/geo+json",
		"text/*":                                                          "text/html; charset=utf-8",
		"application/*, application/json;q=0, text/html;q=0.1":            "text/html; charset=utf-8",
		"text/html;q=0, */*;q=0.1":                                        "application/geo+json",
		"image/png":                                                       "application/problem+json",
		"text/html;q=2, ,;;, garbage":                                     "application/problem+json",
	} {
		if got := get(t, s.URL+"/ogc/collections/places/items", accept).media; got != want {
			t.Errorf("Accept %q: %s, wanted %s", accept, got, want)
		}
		if got := get(t, s.URL+"/ogc/collections/places/items?f=json", accept).media; got != "application/geo+json" {
			t.Errorf("f=json with Accept %q: %s", accept, got)
		}
	}
}
