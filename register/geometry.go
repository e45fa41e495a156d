package register

// Geometries lists the GeoJSON geometries of a record: of its locations, and
// its own.
func Geometries(values map[string]any) []map[string]any {
	var out []map[string]any
	if g, ok := values["geometry"].(map[string]any); ok {
		out = append(out, g)
	}
	list, _ := values["locations"].([]any)
	for _, e := range list {
		if o, ok := e.(map[string]any); ok {
			if g, ok := o["geometry"].(map[string]any); ok {
				out = append(out, g)
			}
		}
	}
	return out
}

// Geometry gives the geometry of a record as one: the only one, a collection
// of several, or nil.
func Geometry(values map[string]any) map[string]any {
	list := Geometries(values)
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	parts := make([]any, len(list))
	for i, g := range list {
		parts[i] = g
	}
	return map[string]any{"type": "GeometryCollection", "geometries": parts}
}
