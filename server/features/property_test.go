package features_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/karvan/karvan/server/features"
)

// scattered draws a collection of points, some features without a place. Whole
// degrees make points on edges and on the antimeridian common.
func scattered(t *rapid.T) *memory {
	m := &memory{info: features.Info{ID: "points", BBox: &[4]float64{-180, -90, 180, 90},
		Properties: []features.Property{{Name: "colour", Type: "string"}}, Filters: []string{"colour"}}}
	for i := range rapid.IntRange(0, 60).Draw(t, "features") {
		r := row{id: fmt.Sprint("f", i), properties: map[string]any{"colour": rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "colour")}}
		if rapid.IntRange(0, 9).Draw(t, "place") > 0 {
			r.geometry = orb.Point{float64(rapid.IntRange(-180, 180).Draw(t, "lon")), float64(rapid.IntRange(-90, 90).Draw(t, "lat"))}
		}
		m.rows = append(m.rows, r)
	}
	return m
}

func handlerOf(m ...features.Collection) http.Handler {
	return features.New("t", "d", "1", func() []features.Collection { return m })
}

// walk follows the links of one relation and gives the ids of every page.
func walk(t *rapid.T, h http.Handler, address, rel string) (all []string, last map[string]any) {
	for address != "" {
		answer := ask(h, httptest.NewRequest(http.MethodGet, address, nil))
		if answer.status != http.StatusOK {
			t.Fatalf("%s: status %d: %s", address, answer.status, answer.body)
		}
		last = answer.document(t, http.StatusOK)
		all = append(all, strings.Fields(ids(last))...)
		address = ""
		for _, l := range maps(last["links"]) {
			if l["rel"] == rel {
				address = l["href"].(string)
			}
		}
	}
	return all, last
}

func TestWalkingGivesEveryFeatureOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := scattered(t)
		h := handlerOf(m)
		w, e := float64(rapid.IntRange(-180, 180).Draw(t, "west")), float64(rapid.IntRange(-180, 180).Draw(t, "east"))
		s := float64(rapid.IntRange(-90, 90).Draw(t, "south"))
		n := float64(rapid.IntRange(int(s), 90).Draw(t, "north"))
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		colour := rapid.SampledFrom([]string{"", "red", "blue"}).Draw(t, "filter")
		query := fmt.Sprintf("limit=%d&bbox=%g,%g,%g,%g", limit, w, s, e, n)
		if colour != "" {
			query += "&colour=" + colour
		}
		var want []string
		for _, r := range m.rows {
			p, placed := r.geometry.(orb.Point)
			inside := p[0] >= w && p[0] <= e
			if w > e { // all but what lies between the edges
				inside = !(p[0] > e && p[0] < w)
			}
			if (!placed || p[1] >= s && p[1] <= n && inside) && (colour == "" || r.properties["colour"] == colour) {
				want = append(want, r.id)
			}
		}
		got, last := walk(t, h, "/ogc/collections/points/items?"+query, "next")
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %v, wanted %v", query, got, want)
		}
		if last["numberMatched"] != float64(len(want)) {
			t.Fatalf("%s: %v matched, wanted %d", query, last["numberMatched"], len(want))
		}
		// And back from the last page: every feature again.
		if len(want) > 0 {
			back, _ := walk(t, h, link(t, last, "self", "application/geo+json"), "prev")
			slices.Sort(back)
			slices.Sort(want)
			if got := slices.Compact(back); !slices.Equal(got, want) {
				t.Fatalf("%s: back %v, wanted %v", query, got, want)
			}
		}
	})
}

func TestAnyQueryIsAnswered(t *testing.T) {
	h := handlerOf(projects(), places(), tables())
	names := []string{"bbox", "bbox-crs", "datetime", "limit", "offset", "f", "name", "tracks", "length_km", "electric", "opened", "changed", "country", "foo", ""}
	values := []string{"", "1", "0", "-1", "1e3", "10,20,30,40", "170,-90,-170,90", "0,0,0,1,1,1", "2020-01-01", "2020-01-01T00:00:00Z/..", "../..", "/", "json", "html", "true", "NaN", "\x00", "%", ";", "&", "ü", "999999999999999999999", crs84}
	paths := []string{"", "/", "/conformance", "/api", "/collections", "/collections/projects", "/collections/projects/items", "/collections/places/items", "/collections/projects/schema",
		"/collections/projects/items/btk", "/collections/meetings%20of%202026%2F%C3%BC/items", "/collections/none/items"}
	rapid.Check(t, func(t *rapid.T) {
		var query []string
		for range rapid.IntRange(0, 4).Draw(t, "parameters") {
			value := rapid.OneOf(rapid.SampledFrom(values), rapid.String()).Draw(t, "value")
			if rapid.Bool().Draw(t, "escaped") {
				value = url.QueryEscape(value)
			}
			query = append(query, rapid.SampledFrom(names).Draw(t, "name")+"="+value)
		}
		path := rapid.OneOf(rapid.SampledFrom(paths), rapid.StringMatching(`/collections/[a-z%/.]{0,12}`)).Draw(t, "path")
		r := httptest.NewRequest(http.MethodGet, "/ogc", nil)
		if u, err := url.ParseRequestURI("/ogc" + path); err == nil {
			r.URL = u
		}
		r.URL.RawQuery = strings.Join(query, "&")
		r.Header.Set("Accept", rapid.OneOf(rapid.SampledFrom([]string{"", "text/html", "*/*", "application/json;q=x", "image/png"}), rapid.String()).Draw(t, "accept"))
		answer := ask(h, r)
		switch answer.status {
		case http.StatusOK:
			if !strings.HasPrefix(answer.media, "text/html") {
				answer.document(t, http.StatusOK)
			}
		case http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable:
			d := answer.document(t, answer.status)
			if answer.media != "application/problem+json" || d["detail"] == "" || d["status"] != float64(answer.status) {
				t.Fatalf("%s: %s %v", r.URL, answer.media, d)
			}
		default:
			t.Fatalf("%s: status %d: %s", r.URL, answer.status, answer.body)
		}
	})
}
