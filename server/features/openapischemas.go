package features

// schemas are those that collections share, after the ones of the standard
// (ogcapi-features-1.yaml, 1.0.1).
func schemas() object {
	text := object{"type": "string"}
	uri := object{"type": "string", "format": "uri"}
	links := list(reference("link"), 0)
	position := list(object{"type": "number"}, 2)
	line := list(position, 2)
	surface := list(list(position, 4), 0)
	geometry := func(kind string, coordinates object) object {
		return record(object{"type": word(kind), "coordinates": coordinates}, "type", "coordinates")
	}
	kinds := []string{"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
	var choice []object
	for _, kind := range kinds {
		choice = append(choice, reference("geometry"+kind))
	}
	return object{
		"link":        record(object{"href": text, "rel": text, "type": text, "title": text, "hreflang": text, "length": object{"type": "integer"}}, "href", "rel"),
		"landingPage": record(object{"title": text, "description": text, "links": links}, "links"),
		"confClasses": record(object{"conformsTo": list(text, 0), "links": links}, "conformsTo"),
		"collections": record(object{"links": links, "collections": list(reference("collection"), 0)}, "links", "collections"),
		"collection": record(object{"id": text, "title": text, "description": text, "links": links, "extent": reference("extent"),
			"itemType": object{"type": "string", "default": "feature"}, "crs": list(text, 0)}, "id", "links"),
		"extent": record(object{
			"spatial": record(object{
				"bbox": list(object{"type": "array", "items": object{"type": "number"}, "minItems": 4, "maxItems": 6}, 1),
				"crs":  word(crs84),
			}),
			"temporal": record(object{
				"interval": list(object{"type": "array", "items": object{"type": "string", "format": "date-time", "nullable": true}, "minItems": 2, "maxItems": 2}, 1),
				"trs":      word("http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"),
			}),
		}),
		"featureCollection": record(object{"type": word("FeatureCollection"), "features": list(reference("feature"), 0), "links": links,
			"timeStamp":      object{"type": "string", "format": "date-time"},
			"numberMatched":  object{"type": "integer", "minimum": 0},
			"numberReturned": object{"type": "integer", "minimum": 0},
		}, "type", "features", "links", "timeStamp", "numberMatched", "numberReturned"),
		"feature": record(object{"type": word("Feature"), "id": text, "geometry": reference("geometry"), "properties": object{"type": "object", "nullable": true}, "links": links},
			"type", "id", "geometry", "properties", "links"),
		"geometry":                   object{"oneOf": choice, "nullable": true},
		"geometryPoint":              geometry("Point", position),
		"geometryMultiPoint":         geometry("MultiPoint", list(position, 0)),
		"geometryLineString":         geometry("LineString", line),
		"geometryMultiLineString":    geometry("MultiLineString", list(line, 0)),
		"geometryPolygon":            geometry("Polygon", surface),
		"geometryMultiPolygon":       geometry("MultiPolygon", list(surface, 0)),
		"geometryGeometryCollection": record(object{"type": word("GeometryCollection"), "geometries": list(reference("geometry"), 0)}, "type", "geometries"),
		"problem": record(object{"type": uri, "title": text, "status": object{"type": "integer"}, "detail": text,
			"errors": list(record(object{"parameter": text, "detail": text}, "parameter", "detail"), 0)}, "type", "title", "status", "detail"),
	}
}

func word(value string) object { return object{"type": "string", "enum": []string{value}} }

func list(items object, least int) object {
	return object{"type": "array", "items": items, "minItems": least}
}

func record(properties object, required ...string) object {
	r := object{"type": "object", "properties": properties}
	if len(required) > 0 { // an empty list is not allowed
		r["required"] = required
	}
	return r
}
