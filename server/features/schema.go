package features

// schemaBody is the JSON Schema of a feature, its order kept for people.
type schemaBody struct {
	Dialect     string         `json:"$schema"`
	ID          string         `json:"$id"`
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	Type        string         `json:"type"`
	Required    []string       `json:"required"`
	Properties  featureSchema  `json:"properties"`
	Definitions map[string]any `json:"$defs"`

	info  Info
	links []link
}

type featureSchema struct {
	Type       any       `json:"type"`
	ID         any       `json:"id"`
	Geometry   any       `json:"geometry"`
	Properties rowSchema `json:"properties"`
}

type rowSchema struct {
	Type       string   `json:"type"`
	Required   []string `json:"required"`
	Properties row      `json:"properties"`
}

// schema is the JSON Schema of the features of a collection, which the relation
// describedby leads to.
//
// Every property may be null, which a plain type excludes; but GDAL reads a
// property's type only where it is one word. So each type is a reference: by
// the rules of JSON pointers it leads to the type or null, and GDAL, which does
// not undo the ~1 of a pointer, is led to the plain type.
func schema(q *request, i Info) *answer {
	names := []string{}
	values := map[string]any{}
	definitions := map[string]any{}
	for _, p := range i.Properties {
		names = append(names, p.Name)
		name := p.Type
		plain, orNull := object{"type": p.Type}, object{"type": []string{p.Type, "null"}}
		if p.Format != "" {
			name = p.Format
			plain["format"], orNull["format"] = p.Format, p.Format
		}
		definitions[name+"~1null"], definitions[name+"/null"] = plain, orNull
		value := object{"$ref": "#/$defs/" + name + "~1null"}
		if p.Title != "" {
			value["title"] = p.Title
		}
		values[p.Name] = value
	}
	geometry := object{"title": "GeoJSON geometry, WGS 84 longitude and latitude", "type": []string{"object", "null"}}
	if i.BBox == nil {
		geometry = object{"type": "null"}
	}
	body := schemaBody{
		Dialect: "https://json-schema.org/draft/2020-12/schema", ID: q.base + collectionPath(i.ID) + "/schema",
		Title: i.label(), Description: i.Description, Type: "object", Required: []string{"type", "id", "geometry", "properties"},
		Properties: featureSchema{
			Type:       object{"const": "Feature"},
			ID:         object{"type": "string"},
			Geometry:   geometry,
			Properties: rowSchema{"object", names, row{i.Properties, values}},
		},
		Definitions: definitions,
		info:        i,
		links:       append(q.selves(mediaSchema, thisDocument), q.both("collection", collectionPath(i.ID), mediaJSON, i.label())...),
	}
	a := q.answer(q.accept.media(mediaSchema), "schema", "Schema of "+i.label())
	a.body, a.links = body, body.links
	a.trail = q.above("Collections", "/collections", i.label(), collectionPath(i.ID))
	return a
}
