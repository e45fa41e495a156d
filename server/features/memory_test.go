package features_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/geojson"

	"github.com/karvan/karvan/server/features"
)

// memory is a collection in memory, and the plain reading of what a query means.
type memory struct {
	info   features.Info
	rows   []row
	err    error // of Items and Item
	asInfo error // of Info
}

// row is a feature with its time, days or "".
type row struct {
	id          string
	geometry    orb.Geometry
	from, until string
	properties  map[string]any
}

func (m *memory) Info(context.Context) (features.Info, error) { return m.info, m.asInfo }

func (m *memory) Items(_ context.Context, q features.Query) ([]features.Feature, int, error) {
	if m.err != nil {
		return nil, 0, m.err
	}
	var out []features.Feature
	matched := 0
	for _, r := range m.rows {
		if !r.meets(q) {
			continue
		}
		if matched++; matched > q.Offset && len(out) < q.Limit {
			out = append(out, r.feature())
		}
	}
	return out, matched, nil
}

func (m *memory) Item(_ context.Context, id string) (*features.Feature, error) {
	if m.err != nil {
		return nil, m.err
	}
	for _, r := range m.rows {
		if r.id == id {
			f := r.feature()
			return &f, nil
		}
	}
	return nil, fmt.Errorf("memory: %s: %w", id, features.ErrNotFound)
}

func (r row) feature() features.Feature {
	f := features.Feature{ID: r.id, Properties: r.properties}
	if r.geometry != nil {
		b, err := json.Marshal(geojson.NewGeometry(r.geometry))
		if err != nil {
			panic(err)
		}
		f.Geometry = b
	}
	return f
}

func (r row) meets(q features.Query) bool {
	if boxes := q.Boxes(); len(boxes) > 0 && r.geometry != nil {
		met := false
		for _, b := range boxes {
			bound := orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
			met = met || touches(bound, r.geometry)
		}
		if !met {
			return false
		}
	}
	if r.from != "" && (q.From != "" && r.until < q.From || q.Until != "" && r.from > q.Until) {
		return false
	}
	for name, value := range q.Equal {
		if v := r.properties[name]; v == nil || fmt.Sprint(v) != value {
			return false
		}
	}
	return true
}

// touches reports whether a geometry has a point in a box.
func touches(b orb.Bound, g orb.Geometry) bool {
	if p, ok := g.(orb.Point); ok {
		return b.Contains(p)
	}
	return clip.Geometry(b, orb.Clone(g)) != nil
}

// projects and places are what most tests ask for.
func projects() *memory {
	return &memory{
		info: features.Info{
			ID: "projects", Title: "Projects", Description: "Railways & ports <planned> or built.",
			BBox: &[4]float64{26, 36, 50, 42}, From: "2007-11-21", Until: "2030-12-31",
			Properties: []features.Property{
				{Name: "name", Type: "string", Title: "Name"},
				{Name: "length_km", Type: "number", Title: "Length in km"},
				{Name: "tracks", Type: "integer"},
				{Name: "electric", Type: "boolean"},
				{Name: "opened", Type: "string", Format: "date", Title: "Opened on"},
				{Name: "changed", Type: "string", Format: "date-time"},
				{Name: "page", Type: "string", Format: "uri"},
				{Name: "nothing", Type: "number"},
			},
			Filters: []string{"name", "tracks", "length_km", "electric", "opened", "changed", "limit"},
		},
		rows: []row{
			{"btk", orb.LineString{{43.8, 41.6}, {43.3, 40.6}, {44.8, 41.7}}, "2007-11-21", "2017-10-30", map[string]any{"name": "Baku–Tbilisi–Kars", "length_km": 846.0, "tracks": 1, "electric": false, "opened": "2017-10-30", "changed": "2026-01-02T03:04:05Z", "page": "https://example.org/btk?a=1&b=2", "hidden": "not in Info"}},
			{"nakhchivan", orb.LineString{{43.1, 40.6}, {44.8, 39.7}}, "2025-08-22", "2030-12-31", map[string]any{"name": "Kars–Nakhchivan", "length_km": 224.5, "tracks": 2, "electric": true, "page": "javascript:alert(1)"}},
			{"alat", orb.Point{49.41, 39.95}, "2010-11-03", "2018-05-14", map[string]any{"name": "Alat <port>", "opened": "2018-05-14", "changed": "2026-02-02T03:04:05+04:00"}},
			{"a/b ?ü&#%2F", orb.Polygon{{{28, 41}, {29, 41}, {29, 41.5}, {28, 41.5}, {28, 41}}}, "2012-01-01", "2012-12-31", map[string]any{"name": "İstanbul, area", "tracks": 3}},
			{"edge", orb.MultiPoint{{26, 36}, {50, 42}}, "", "", map[string]any{"name": "Corners", "tracks": 1}},
			{"plan", nil, "2026-03-01", "2026-03-31", map[string]any{"name": "A plan without a place"}},
			{"idea", nil, "", "", nil},
		},
	}
}

func places() *memory {
	m := &memory{info: features.Info{ID: "places", BBox: &[4]float64{-180, -90, 180, 90},
		Properties: []features.Property{{Name: "country", Type: "string"}, {Name: "rank", Type: "integer"}}, Filters: []string{"country"}}}
	for i := range 47 {
		m.rows = append(m.rows, row{id: fmt.Sprint(i), geometry: orb.Point{float64(i*37%361) - 180, float64(i*23%181) - 90},
			properties: map[string]any{"country": []string{"AZ", "TR", "GE"}[i%3], "rank": i}})
	}
	return m
}

// tables has neither geometry nor properties, and an id that needs escapes.
func tables() *memory {
	return &memory{info: features.Info{ID: "meetings of 2026/ü"}, rows: []row{{id: "1"}, {id: "2"}}}
}

// site serves collections as a program would.
func site(t testing.TB, collections ...features.Collection) *httptest.Server {
	h := features.New("Corridor", "Projects of the corridor.", "1.2.3", func() []features.Collection { return collections },
		features.WithErrors(func(r *http.Request, err error) { t.Logf("%s: %v", r.URL, err) }))
	mux := http.NewServeMux()
	mux.Handle("/ogc", h)
	mux.Handle("/ogc/", h)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}
