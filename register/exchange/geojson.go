package exchange

import (
	"io"

	"github.com/karvan/karvan/register"
)

// Features writes records of one kind as a GeoJSON feature collection (RFC
// 7946), feature by feature. Each has every property, null where nothing is
// known, so that the first feature tells a GIS all columns.
type Features struct {
	w       io.Writer
	columns []string
	some    bool
}

// NewFeatures begins a collection with the columns given, see [Columns].
func NewFeatures(w io.Writer, columns []string) (*Features, error) {
	_, err := io.WriteString(w, `{"type":"FeatureCollection","features":[`)
	return &Features{w: w, columns: columns}, err
}

// Properties gives the columns of a record as one level of properties: id,
// slug, address, updated, known_on, and the paths of [Columns].
func Properties(r Record) map[string]any { return properties(r, Columns(r.Kind)) }

func properties(r Record, columns []string) map[string]any {
	p := map[string]any{"id": r.ID, "slug": r.Slug, "address": r.Address, "updated": r.Updated, "known_on": r.Known}
	for _, c := range columns {
		v := register.At(r.Values, c)
		if list, ok := v.([]any); ok {
			v = cellText(list)
		}
		p[c] = v
	}
	return p
}

// Add writes a record.
func (f *Features) Add(r Record) error {
	if f.some {
		if _, err := io.WriteString(f.w, ",\n"); err != nil {
			return err
		}
	}
	f.some = true
	var geometry any
	if g := register.Geometry(r.Values); g != nil {
		geometry = g
	}
	_, err := f.w.Write(register.Encode(map[string]any{"type": "Feature", "id": r.ID, "geometry": geometry, "properties": properties(r, f.columns)}))
	return err
}

// Flush ends the collection.
func (f *Features) Flush() error {
	_, err := io.WriteString(f.w, "]}\n")
	return err
}
