package features_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

func atsItemsOp(t *testing.T, a ats) {
	for i, m := range a.collections {
		if d := a.items(t, i, ""); d["type"] != "FeatureCollection" {
			t.Errorf("%s: %v", m.info.ID, d["type"])
		}
	}
}

// parameter finds a parameter of each collection's items, and checks what all
// have in common.
func (a ats) parameter(t *testing.T, name string) []*openapi3.Parameter {
	t.Helper()
	var out []*openapi3.Parameter
	for _, m := range a.collections {
		p := a.api.Paths.Value("/collections/"+url.PathEscape(m.info.ID)+"/items").Get.Parameters.GetByInAndName("query", name)
		if p == nil {
			t.Fatalf("%s has no parameter %s", m.info.ID, name)
		}
		if p.Required || p.Style != "form" || p.Explode == nil || *p.Explode {
			t.Errorf("%s of %s: %+v", name, m.info.ID, p)
		}
		out = append(out, p)
	}
	return out
}

func atsBBoxDefinition(t *testing.T, a ats) {
	for _, p := range a.parameter(t, "bbox") {
		s := p.Schema.Value
		if !s.Type.Is("array") || !s.Items.Value.Type.Is("number") || len(s.OneOf) != 2 || s.MinItems != 4 || *s.MaxItems != 6 {
			t.Errorf("schema %+v", s)
		}
		for i, n := range []uint64{4, 6} {
			if one := s.OneOf[i].Value; one.MinItems != n || *one.MaxItems != n {
				t.Errorf("schema %d: %+v", i, one)
			}
		}
	}
}

func atsBBoxResponse(t *testing.T, a ats) {
	// What has no geometry (plan, idea) is in every answer.
	for query, want := range map[string]string{
		"bbox=44,39,45,42":                   "btk nakhchivan plan idea",
		"bbox=44,39,-100,45,42,8000":         "btk nakhchivan plan idea",
		"bbox=49.41,39.95,49.41,39.95":       "alat plan idea",
		"bbox=28.2,41.1,28.3,41.2":           "a/b ?ü&#%2F plan idea",
		"bbox=50,42,51,43":                   "edge plan idea",
		"bbox=-10,-10,10,10":                 "plan idea",
		"bbox=49,-90,27,90":                  "alat edge plan idea",
		"bbox=-180,-90,180,90":               "btk nakhchivan alat a/b ?ü&#%2F edge plan idea",
		"bbox=4.4e1,39,+4.5E%2B1,42.":        "",
		"bbox=4.4e1,39,%2B4.5E%2B1,42.":      "btk nakhchivan plan idea",
		"bbox=44,39,45,42&bbox-crs=" + crs84: "btk nakhchivan plan idea",
	} {
		address := a.root + "/collections/projects/items?" + query
		if want == "" {
			get(t, address).document(t, http.StatusBadRequest) // + is a space
			continue
		}
		if got := ids(get(t, address).document(t, http.StatusOK)); got != want {
			t.Errorf("%s: %s, wanted %s", query, got, want)
		}
	}
	for _, bad := range []string{"", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "1,2,3,", "1, 2, 3, 4", "NaN,0,1,1", "0,0,Inf,1", "0x1,0,2,2",
		"-181,0,1,1", "0,0,180.5,1", "0,-91,1,1", "0,0,1,91", "0,2,1,1", "0,0,9,1,1,8", "1e400,0,1,1", "1;2;3;4"} {
		refused(t, a.root+"/collections/projects/items?bbox="+url.QueryEscape(bad), "bbox")
	}
	refused(t, a.root+"/collections/projects/items?bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", "bbox-crs")
}

const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// refused checks that a request fails for one parameter, with a whole problem.
func refused(t *testing.T, address, parameter string) {
	t.Helper()
	answer := get(t, address)
	d := answer.document(t, http.StatusBadRequest)
	if answer.media != "application/problem+json" || d["type"] != "about:blank" || d["title"] != "Bad Request" || d["status"] != 400.0 {
		t.Errorf("%s: %s %v", address, answer.media, d)
	}
	faults := maps(d["errors"])
	if len(faults) != 1 || faults[0]["parameter"] != parameter || !strings.Contains(faults[0]["detail"].(string), "xpected") ||
		!strings.Contains(d["detail"].(string), faults[0]["detail"].(string)) {
		t.Errorf("%s: %v", address, d)
	}
}

func atsLimitDefinition(t *testing.T, a ats) {
	for _, p := range a.parameter(t, "limit") {
		if s := p.Schema.Value; !s.Type.Is("integer") || *s.Min != 1 || *s.Max != 1000 || s.Default != 10.0 {
			t.Errorf("schema %+v", s)
		}
	}
}

func atsLimitResponse(t *testing.T, a ats) {
	big := places()
	for i := range 1100 {
		big.rows = append(big.rows, row{id: fmt.Sprint("more", i)})
	}
	address := site(t, big).URL + "/ogc/collections/places/items"
	for query, want := range map[string]int{"": 10, "?limit=1": 1, "?limit=7": 7, "?limit=007": 7, "?limit=1000": 1000, "?limit=1001": 1000, "?limit=99999999999999999999999": 1000} {
		if got := len(maps(get(t, address+query).document(t, http.StatusOK)["features"])); got != want {
			t.Errorf("%s: %d features, wanted %d", query, got, want)
		}
	}
	for _, bad := range []string{"0", "000", "-1", "", "1.5", "ten", "1e2", "%2B1", "%201"} {
		refused(t, address+"?limit="+bad, "limit")
	}
	for _, bad := range []string{"-1", "", "1.5", "x", "99999999999", "99999999999999999999999"} {
		refused(t, address+"?offset="+bad, "offset")
	}
}

func atsTimeDefinition(t *testing.T, a ats) {
	for _, p := range a.parameter(t, "datetime") {
		if !p.Schema.Value.Type.Is("string") {
			t.Errorf("schema %+v", p.Schema.Value)
		}
	}
}

func atsTimeResponse(t *testing.T, a ats) {
	// What has no time (edge, idea) is in every answer.
	for _, c := range [][2]string{
		{"2017-10-30", "btk alat edge idea"},
		{"2017-10-30T23:20:50Z", "btk alat edge idea"},
		{"2017-10-30t23:59:60z", "btk alat edge idea"},
		{"2017-10-30T23:20:50-04:00", "alat edge idea"}, // the next day in UTC
		{"2017-10-31T01:00:00.25+04:00", "btk alat edge idea"},
		{"2018-05-14T00:00:00Z/2026-01-01T12:31:12Z", "nakhchivan alat edge idea"},
		{"2018-05-15/2026-01-01", "nakhchivan edge idea"},
		{"../2008-01-01", "btk edge idea"},
		{"/2008-01-01", "btk edge idea"},
		{"../2000-01-01T00:00:00Z", "edge idea"},
		{"2026-03-31T12:00:00Z/..", "nakhchivan plan edge idea"},
		{"2026-03-31/", "nakhchivan plan edge idea"},
		{"2012-12-31T23:00:00Z/2012-12-31", "btk alat a/b ?ü&#%2F edge idea"},
		{"2031-01-01T/..", "edge idea"}, // as GDAL 3.6 writes a day
	} {
		got := ids(get(t, a.root+"/collections/projects/items?datetime="+url.QueryEscape(c[0])).document(t, http.StatusOK))
		if !sameWords(got, c[1]) {
			t.Errorf("%s: %s, wanted %s", c[0], got, c[1])
		}
	}
	for _, bad := range []string{"", "/", "..", "../..", "/..", "2017", "2017-13-01", "2017-02-30", "2017-10-30T25:00:00Z", "2017-10-30T10:00:00", "20171030",
		"2018-01-01/2017-01-01", "2017-10-30T12:00:00Z/2017-10-30T10:00:00Z", "2017-01-01/2018-01-01/2019-01-01", "2017-01-01/P1D", "now", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"} {
		refused(t, a.root+"/collections/projects/items?datetime="+url.QueryEscape(bad), "datetime")
	}
}

func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, w := range strings.Fields(a) {
		count[w]++
	}
	for _, w := range strings.Fields(b) {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func atsInvalid(t *testing.T, a ats) {
	items := a.root + "/collections/projects/items?"
	for query, parameter := range map[string]string{
		"limit=ten": "limit", "f=xml": "f", "f=": "f", "limit=1&limit=2": "limit", "tracks=one": "tracks", "tracks=1.0": "tracks",
		"length_km=far": "length_km", "electric=yes": "electric", "opened=yesterday": "opened", "changed=2017-10-30": "changed", "name=%zz": "", "name=a;b": "",
	} {
		refused(t, items+query, parameter)
	}
	d := get(t, items+"limit=0&bbox=1&tracks=x&foo=1").document(t, http.StatusBadRequest)
	if len(maps(d["errors"])) != 4 {
		t.Errorf("not every fault is told: %v", d)
	}
}

func atsUnknown(t *testing.T, a ats) {
	for _, path := range []string{"", "/conformance", "/api", "/collections", "/collections/projects", "/collections/projects/schema", "/collections/projects/items", "/collections/projects/items/btk"} {
		refused(t, a.root+path+"?foo=1", "foo")
		if !strings.HasSuffix(path, "/items") {
			refused(t, a.root+path+"?limit=1", "limit")
		}
	}
	refused(t, a.root+"/collections/projects/items?page=x", "page") // a property that is no filter
	refused(t, a.root+"/collections/projects/items?Limit=1", "Limit")
}

func TestFilters(t *testing.T) {
	s := site(t, projects())
	for query, want := range map[string]string{
		"tracks=1": "btk edge", "tracks=02": "nakhchivan", "length_km=224.50": "nakhchivan", "length_km=8.46e2": "btk", "electric=true": "nakhchivan",
		"name=Corners": "edge", "name=%C4%B0stanbul,+area": "a/b ?ü&#%2F", "name=": "", "opened=2018-05-14": "alat",
		"tracks=1&bbox=43,40,45,42": "btk", "tracks=1&datetime=2031-01-01": "edge",
	} {
		if got := ids(get(t, s.URL+"/ogc/collections/projects/items?"+query).document(t, http.StatusOK)); got != want {
			t.Errorf("%s: %q, wanted %q", query, got, want)
		}
	}
}

func atsItemsResponse(t *testing.T, a ats) {
	answer := get(t, a.root+"/collections/projects/items?tracks=1")
	if answer.media != "application/geo+json" {
		t.Errorf("media type %s", answer.media)
	}
	for _, f := range maps(answer.document(t, http.StatusOK)["features"]) {
		if at(f, "properties", "tracks") != 1.0 {
			t.Errorf("not selected: %v", f)
		}
	}
}

func atsItemsLinks(t *testing.T, a ats) {
	hasSelves(t, a.items(t, 0, ""), "application/geo+json")
	address := a.root + "/collections/places/items?country=AZ&bbox=-180,-90,180,90&limit=3&datetime=2020-01-01"
	var pages []string
	for next := address; next != ""; {
		answer := get(t, next, "text/html, application/geo+json")
		d := answer.document(t, http.StatusOK)
		pages = append(pages, ids(d))
		next = ""
		for _, l := range maps(d["links"]) {
			u, err := url.Parse(l["href"].(string))
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			switch l["rel"] {
			case "next":
				next = u.String()
				fallthrough
			case "prev", "self", "alternate":
				if q.Get("country") != "AZ" || q.Get("bbox") != "-180,-90,180,90" || q.Get("limit") != "3" || q.Get("datetime") != "2020-01-01" {
					t.Errorf("%v drops a parameter", l)
				}
			}
			if header := fmt.Sprintf(`<%s>; rel="%s"; type="%s"`, l["href"], l["rel"], l["type"]); !strings.Contains(strings.Join(answer.header.Values("Link"), ", "), header) {
				t.Errorf("no header %s", header)
			}
		}
		if len(pages) == 2 {
			if back := ids(get(t, link(t, d, "prev", "application/geo+json")).document(t, http.StatusOK)); back != pages[0] {
				t.Errorf("back to %s, not %s", back, pages[0])
			}
		}
	}
	if got := strings.Join(pages, "|"); got != "0 3 6|9 12 15|18 21 24|27 30 33|36 39 42|45" {
		t.Errorf("pages %s", got)
	}
	beyond := a.items(t, 1, "offset=1000")
	if ids(beyond) != "" || ids(get(t, link(t, beyond, "prev", "")).document(t, http.StatusOK)) != "37 38 39 40 41 42 43 44 45 46" {
		t.Errorf("beyond the end: %v", beyond["links"])
	}
}

func atsRelType(t *testing.T, a ats) {
	for _, l := range maps(a.items(t, 1, "offset=10")["links"]) {
		if l["type"] == nil || l["type"] == "" {
			t.Errorf("link %v", l)
		}
	}
}

func atsTimeStamp(t *testing.T, a ats) {
	before := time.Now().Add(-time.Second)
	stamp, err := time.Parse(time.RFC3339, a.items(t, 0, "")["timeStamp"].(string))
	if err != nil || stamp.Before(before) || stamp.After(time.Now()) {
		t.Errorf("time stamp %v, %v", stamp, err)
	}
}

func atsNumberMatched(t *testing.T, a ats) {
	for query, want := range map[string]float64{"": 47, "limit=2": 47, "offset=40": 47, "offset=400": 47, "country=AZ": 16, "country=AZ&limit=1": 16, "country=XX": 0} {
		if got := a.items(t, 1, query)["numberMatched"]; got != want {
			t.Errorf("%s: %v, wanted %v", query, got, want)
		}
	}
}

func atsNumberReturned(t *testing.T, a ats) {
	for _, query := range []string{"", "limit=2", "offset=40", "offset=400", "country=AZ&limit=5"} {
		d := a.items(t, 1, query)
		if got := len(maps(d["features"])); d["numberReturned"] != float64(got) || d["features"] == nil {
			t.Errorf("%s: %v, but has %d", query, d["numberReturned"], got)
		}
	}
}

func atsItemOp(t *testing.T, a ats) {
	for i := range a.collections {
		for _, f := range maps(a.items(t, i, "limit=1000")["features"]) {
			alone := get(t, link(t, f, "self", "application/geo+json")).document(t, http.StatusOK)
			delete(f, "links")
			delete(alone, "links")
			if !reflect.DeepEqual(f, alone) {
				t.Errorf("listed as\n%v\nbut is\n%v", f, alone)
			}
		}
	}
	for _, path := range []string{"/collections/projects/items/none", "/collections/projects/items/a/b", "/collections/projects/items/", "/collections/projects/other", "/collections/", "/collections/projects/", "/none", "/none/x/items"} {
		if d := get(t, a.root+path).document(t, http.StatusNotFound); d["title"] != "Not Found" || d["detail"] == "" {
			t.Errorf("%s: %v", path, d)
		}
	}
}

func atsItemSuccess(t *testing.T, a ats) {
	answer := get(t, a.root+"/collections/projects/items/"+url.PathEscape("a/b ?ü&#%2F"))
	d := answer.document(t, http.StatusOK)
	if answer.media != "application/geo+json" || d["type"] != "Feature" || at(d, "geometry", "type") != "Polygon" {
		t.Errorf("%s %v", answer.media, d)
	}
	want := map[string]any{"name": "İstanbul, area", "length_km": nil, "tracks": 3.0, "electric": nil, "opened": nil, "changed": nil, "page": nil, "nothing": nil}
	if !reflect.DeepEqual(d["properties"], want) {
		t.Errorf("properties %v, wanted all of them and no other", d["properties"])
	}
}

func atsItemLinks(t *testing.T, a ats) {
	for _, id := range []string{"btk", url.PathEscape("a/b ?ü&#%2F")} {
		d := get(t, a.root+"/collections/projects/items/"+id).document(t, http.StatusOK)
		hasSelves(t, d, "application/geo+json")
		if got := get(t, link(t, d, "collection", "application/json")).document(t, http.StatusOK); got["id"] != "projects" {
			t.Errorf("collection %v", got["id"])
		}
	}
}
