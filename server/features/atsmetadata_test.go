package features_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

func atsHTTP(t *testing.T, a ats) {
	for _, address := range []string{a.root, a.root + "/", a.root + "/conformance", a.root + "/api", a.root + "/collections"} {
		got := get(t, address)
		head := send(t, http.MethodHead, address)
		if head.status != http.StatusOK || head.media != got.media || len(head.body) > 0 {
			t.Errorf("HEAD %s: status %d, %s, %d bytes", address, head.status, head.media, len(head.body))
		}
		if got.header.Get("Access-Control-Allow-Origin") != "*" || !slices.Contains(got.header.Values("Vary"), "Accept") {
			t.Errorf("%s: header %v", address, got.header)
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			refused := send(t, method, address)
			refused.document(t, http.StatusMethodNotAllowed)
			if refused.header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: Allow %q", method, address, refused.header.Get("Allow"))
			}
		}
	}
}

func atsCRS84(t *testing.T, a ats) {
	for i := range a.collections {
		for _, f := range maps(a.items(t, i, "limit=1000")["features"]) {
			if f["crs"] != nil {
				t.Errorf("%v has a reference system of its own", f["id"])
			}
			each(at(f, "geometry", "coordinates"), func(lon, lat float64) {
				if lon < -180 || lon > 180 || lat < -90 || lat > 90 {
					t.Errorf("%v: %v, %v is out of range", f["id"], lon, lat)
				}
			})
		}
	}
}

// each calls f for each position of coordinates.
func each(coordinates any, f func(lon, lat float64)) {
	list, _ := coordinates.([]any)
	if len(list) > 1 {
		if lon, ok := list[0].(float64); ok {
			f(lon, list[1].(float64))
			return
		}
	}
	for _, c := range list {
		each(c, f)
	}
}

func atsRootOp(t *testing.T, a ats) {
	for _, address := range []string{a.root, a.root + "/"} {
		get(t, address).document(t, http.StatusOK)
	}
}

func atsRootSuccess(t *testing.T, a ats) {
	d := get(t, a.root).document(t, http.StatusOK)
	if d["title"] != "Corridor" || d["description"] != "Projects of the corridor." {
		t.Errorf("landing page %v", d)
	}
	for _, l := range [][2]string{
		{"self", "application/json"}, {"alternate", "text/html"}, {"service-desc", "application/vnd.oai.openapi+json;version=3.0"},
		{"service-doc", "text/html"}, {"conformance", "application/json"}, {"data", "application/json"}, {"data", "text/html"},
	} {
		if got := get(t, link(t, d, l[0], l[1]), l[1]); got.status != http.StatusOK || !strings.HasPrefix(got.media, l[1]) {
			t.Errorf("%v: status %d, %s", l, got.status, got.media)
		}
	}
}

func atsAPIOp(t *testing.T, a ats) {
	d := get(t, a.root).document(t, http.StatusOK)
	for _, rel := range []string{"service-desc", "service-doc"} {
		if got := get(t, link(t, d, rel, "")); got.status != http.StatusOK {
			t.Errorf("%s: status %d", rel, got.status)
		}
	}
}

func atsAPISuccess(t *testing.T, a ats) {
	for _, path := range []string{"/", "/conformance", "/api", "/collections",
		"/collections/projects", "/collections/projects/schema", "/collections/projects/items", "/collections/projects/items/{featureId}",
		"/collections/meetings%20of%202026%2F%C3%BC/items"} {
		if a.api.Paths.Value(path) == nil {
			t.Errorf("no path %s", path)
		}
	}
	if got := a.api.Servers[0].URL; got != a.root {
		t.Errorf("server %s", got)
	}
}

func atsConformanceOp(t *testing.T, a ats) {
	d := get(t, a.root).document(t, http.StatusOK)
	for _, address := range []string{link(t, d, "conformance", "application/json"), a.root + "/conformance"} {
		get(t, address).document(t, http.StatusOK)
	}
}

func atsConformanceSuccess(t *testing.T, a ats) {
	d := get(t, a.root+"/conformance").document(t, http.StatusOK)
	var want []any
	for _, class := range []string{"core", "geojson", "html", "oas30"} {
		want = append(want, "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"+class)
	}
	if !reflect.DeepEqual(d["conformsTo"], want) {
		t.Errorf("conforms to %v", d["conformsTo"])
	}
}

func atsCollectionsOp(t *testing.T, a ats) {
	get(t, a.root+"/collections").document(t, http.StatusOK)
}

func atsCollectionsSuccess(t *testing.T, a ats) {
	for _, c := range a.list(t) {
		// The property is left out: CRS84 is the default.
		if c["crs"] != nil || c["itemType"] != "feature" {
			t.Errorf("%v: crs %v, items %v", c["id"], c["crs"], c["itemType"])
		}
	}
}

func atsCollectionsLinks(t *testing.T, a ats) {
	hasSelves(t, get(t, a.root+"/collections").document(t, http.StatusOK), "application/json")
}

// hasSelves checks the links of a document in JSON to itself and its HTML.
func hasSelves(t *testing.T, document map[string]any, media string) {
	t.Helper()
	if got := get(t, link(t, document, "self", media)); got.media != media {
		t.Errorf("self is %s", got.media)
	}
	if got := get(t, link(t, document, "alternate", "text/html")); got.media != "text/html; charset=utf-8" {
		t.Errorf("alternate is %s", got.media)
	}
	for _, l := range maps(document["links"]) {
		if l["rel"] == "" || l["type"] == "" || l["href"] == "" {
			t.Errorf("incomplete link %v", l)
		}
	}
}

func atsCollectionsItems(t *testing.T, a ats) {
	var got, want []any
	for _, c := range a.list(t) {
		got = append(got, c["id"])
	}
	for _, m := range a.collections {
		want = append(want, m.info.ID)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("listed %v, wanted %v", got, want)
	}
}

func atsCollectionsItemsLinks(t *testing.T, a ats) {
	for _, c := range a.list(t) {
		for _, media := range []string{"application/geo+json", "text/html"} {
			if got := get(t, link(t, c, "items", media)); !strings.HasPrefix(got.media, media) {
				t.Errorf("items of %v are %s, not %s", c["id"], got.media, media)
			}
		}
		if got := get(t, link(t, c, "describedby", "application/schema+json")); got.media != "application/schema+json" {
			t.Errorf("schema of %v is %s", c["id"], got.media)
		}
	}
}

func atsExtent(t *testing.T, a ats) {
	for i, c := range a.list(t) {
		m := a.collections[i]
		boxes, _ := at(c, "extent", "spatial", "bbox").([]any)
		if (m.info.BBox != nil) != (len(boxes) == 1) {
			t.Errorf("%s: boxes %v", m.info.ID, boxes)
			continue
		}
		for _, r := range m.rows {
			if r.geometry == nil {
				continue
			}
			b := boxes[0].([]any)
			bound := orb.Bound{Min: orb.Point{b[0].(float64), b[1].(float64)}, Max: orb.Point{b[2].(float64), b[3].(float64)}}
			if !bound.Union(r.geometry.Bound()).Equal(bound) {
				t.Errorf("%s is outside of %v", r.id, bound)
			}
		}
	}
	want := []any{"2007-11-21T00:00:00Z", "2030-12-31T23:59:59Z"}
	if got := at(a.list(t)[0], "extent", "temporal", "interval"); !reflect.DeepEqual(got, []any{want}) {
		t.Errorf("interval %v", got)
	}
	if got := a.list(t)[2]["extent"]; got != nil {
		t.Errorf("a table has the extent %v", got)
	}
}

func TestOpenEndsOfTime(t *testing.T) {
	for _, c := range []struct{ from, until, want string }{
		{"2020-01-01", "", `[["2020-01-01T00:00:00Z",null]]`},
		{"", "2020-01-01", `[[null,"2020-01-01T23:59:59Z"]]`},
	} {
		m := tables()
		m.info.ID, m.info.From, m.info.Until = "t", c.from, c.until
		d := get(t, site(t, m).URL+"/ogc/collections/t").document(t, http.StatusOK)
		if got, _ := json.Marshal(at(d, "extent", "temporal", "interval")); string(got) != c.want {
			t.Errorf("%q to %q is %s", c.from, c.until, got)
		}
	}
}

func atsCollectionOp(t *testing.T, a ats) {
	for _, c := range a.list(t) {
		get(t, link(t, c, "self", "application/json")).document(t, http.StatusOK)
	}
}

func atsCollectionSuccess(t *testing.T, a ats) {
	for _, c := range a.list(t) {
		if alone := get(t, link(t, c, "self", "application/json")).document(t, http.StatusOK); !reflect.DeepEqual(c, alone) {
			t.Errorf("listed as\n%v\nbut is\n%v", c, alone)
		}
	}
	get(t, a.root+"/collections/none").document(t, http.StatusNotFound)
}
