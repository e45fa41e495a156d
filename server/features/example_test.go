package features_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/karvan/karvan/server/features"
)

// ports is a collection of one feature.
type ports struct{}

func (ports) Info(context.Context) (features.Info, error) {
	return features.Info{ID: "ports", Title: "Ports", BBox: &[4]float64{49.41, 39.95, 49.41, 39.95},
		Properties: []features.Property{{Name: "name", Type: "string"}}}, nil
}

func (ports) Items(_ context.Context, q features.Query) ([]features.Feature, int, error) {
	for _, b := range q.Boxes() {
		if b[0] <= 49.41 && 49.41 <= b[2] && b[1] <= 39.95 && 39.95 <= b[3] && q.Offset == 0 {
			return []features.Feature{alat}, 1, nil
		}
	}
	return nil, 0, nil
}

func (ports) Item(_ context.Context, id string) (*features.Feature, error) {
	if id != alat.ID {
		return nil, features.ErrNotFound
	}
	return &alat, nil
}

var alat = features.Feature{ID: "alat", Geometry: json.RawMessage(`{"type":"Point","coordinates":[49.41,39.95]}`), Properties: map[string]any{"name": "Alat"}}

func ExampleNew() {
	h := features.New("Ports", "Ports of the Caspian.", "1", func() []features.Collection { return []features.Collection{ports{}} })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ogc/collections/ports/items?bbox=49,39,50,41", nil))
	var page struct {
		NumberMatched int
		Features      []struct {
			ID         string
			Properties map[string]any
		}
	}
	if err := json.NewDecoder(w.Body).Decode(&page); err != nil {
		fmt.Println(err)
	}
	fmt.Println(w.Header().Get("Content-Type"))
	fmt.Println(page.NumberMatched, page.Features)
	// Output:
	// application/geo+json
	// 1 [{alat map[name:Alat]}]
}
