package features

import (
	"net/http"
	"slices"
	"strconv"
)

// object is a part of a JSON document that is written by hand.
type object = map[string]any

// operation is one path of the API, from which both its descriptions come.
type operation struct {
	Path, ID, Summary string
	Parameters        []parameter
	Media             []string // of the JSON
	Schema            object
	Errors            []int
}

// parameter is described to machines by its schema, to people by the text.
type parameter struct {
	Name, In, Text string
	Schema         object
}

// operations lists every path. Collections are listed each by itself, since
// their parameters and properties differ.
func operations(infos []Info) []operation {
	f := parameter{"f", "query", "The encoding: json or html. Without it the Accept header decides.", object{"type": "string", "enum": []string{asJSON, asHTML}}}
	everywhere := []int{http.StatusBadRequest, http.StatusNotAcceptable, http.StatusInternalServerError}
	ofCollection := append(slices.Clone(everywhere), http.StatusNotFound, http.StatusServiceUnavailable)
	out := []operation{
		{"/", "landing", "Landing page", []parameter{f}, []string{mediaJSON}, reference("landingPage"), everywhere},
		{"/conformance", "conformance", "Conformance classes", []parameter{f}, []string{mediaJSON}, reference("confClasses"), everywhere},
		{"/api", "api", "This description", []parameter{f}, []string{mediaOpenAPI, mediaJSON}, object{"type": "object"}, everywhere},
		{"/collections", "collections", "Collections", []parameter{f}, []string{mediaJSON}, reference("collections"), everywhere},
	}
	for _, i := range infos {
		path, label := collectionPath(i.ID), i.label()
		id := parameter{"featureId", "path", "Id of the feature.", object{"type": "string"}}
		out = append(out,
			operation{path, "collection." + i.ID, label, []parameter{f}, []string{mediaJSON}, reference("collection"), ofCollection},
			operation{path + "/schema", "schema." + i.ID, "Schema of " + label, []parameter{f}, []string{mediaSchema, mediaJSON}, object{"type": "object"}, ofCollection},
			operation{path + "/items", "items." + i.ID, "Features of " + label, append(itemsParameters(i), f), []string{mediaGeoJSON}, itemsSchema(i), ofCollection},
			operation{path + "/items/{featureId}", "item." + i.ID, "One feature of " + label, []parameter{id, f}, []string{mediaGeoJSON}, itemSchema(i), ofCollection},
		)
	}
	return out
}

func itemsParameters(i Info) []parameter {
	number := object{"type": "number"}
	sizes := []object{{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}}
	out := []parameter{
		{"bbox", "query", "Features with a point in this box, and those without geometry: west,south,east,north in degrees, or six numbers with the least height third and the greatest last. West may be greater than east: the box then crosses the antimeridian.",
			// The official test suite reads the bounds of the array itself.
			object{"type": "array", "items": number, "minItems": 4, "maxItems": 6, "oneOf": sizes}},
		{"bbox-crs", "query", "The reference system of bbox.", object{"type": "string", "format": "uri", "enum": []string{crs84}, "default": crs84}},
		{"datetime", "query", "Features of this time, and those without time: a date or date-time of RFC 3339, or two of them joined by /, of which one may be .. or empty. Time is kept by the day.", object{"type": "string"}},
		{"limit", "query", "How many features to return. More than the maximum is taken as the maximum.",
			object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}},
		{"offset", "query", "How many features to pass over before the first. Follow the links next and prev rather than set it.",
			object{"type": "integer", "minimum": 0, "maximum": maxOffset, "default": 0}},
	}
	for _, p := range i.filters() {
		out = append(out, parameter{p.Name, "query", "Features whose " + p.label() + " is this.", p.schema()})
	}
	return out
}

// label is the title of a property for people.
func (p Property) label() string {
	if p.Title == "" {
		return p.Name
	}
	return p.Title
}

func (p Property) schema() object {
	s := object{"type": p.Type}
	if p.Format != "" {
		s["format"] = p.Format
	}
	return s
}

func itemSchema(i Info) object {
	names := []string{}
	values := object{}
	for _, p := range i.Properties {
		s := p.schema()
		s["nullable"] = true
		if p.Title != "" {
			s["title"] = p.Title
		}
		names, values[p.Name] = append(names, p.Name), s
	}
	row := object{"type": "object", "properties": values}
	if len(names) > 0 { // an empty list is not allowed
		row["required"] = names
	}
	return object{"allOf": []object{reference("feature"), {"type": "object", "properties": object{"properties": row}}}}
}

func itemsSchema(i Info) object {
	features := object{"type": "array", "items": itemSchema(i)}
	return object{"allOf": []object{reference("featureCollection"), {"type": "object", "properties": object{"features": features}}}}
}

func reference(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }

// describe writes the operation for the OpenAPI document.
func (o operation) describe() object {
	list := []object{}
	for _, p := range o.Parameters {
		d := object{"name": p.Name, "in": p.In, "required": p.In == "path", "description": p.Text, "schema": p.Schema}
		if p.In == "query" {
			d["style"], d["explode"] = "form", false
		}
		list = append(list, d)
	}
	content := object{mediaHTML: object{"schema": object{"type": "string"}}}
	for _, media := range o.Media {
		content[media] = object{"schema": o.Schema}
	}
	responses := object{"200": object{"description": o.Summary, "content": content}}
	for _, status := range o.Errors {
		responses[strconv.Itoa(status)] = object{"$ref": "#/components/responses/" + strconv.Itoa(status)}
	}
	return object{"get": object{"operationId": o.ID, "summary": o.Summary, "parameters": list, "responses": responses}}
}

// failures are the errors that an operation may answer with, and why.
var failures = map[int]string{
	http.StatusBadRequest:          "A query parameter is unknown or its value cannot be used.",
	http.StatusNotFound:            "There is no such collection or feature.",
	http.StatusNotAcceptable:       "The Accept header allows neither JSON nor HTML.",
	http.StatusInternalServerError: "The server could not answer.",
	http.StatusServiceUnavailable:  "The content is still being made; Retry-After says when to ask again.",
}

// apiBody is what the page of the API shows.
type apiBody struct {
	Base  string
	Paths []operation
}

// api describes the API, by OpenAPI 3.0 (/req/oas30) or by a page.
func (h *handler) api(q *request) (*answer, error) {
	infos, err := h.present(q.ctx)
	if err != nil {
		return nil, err
	}
	list := operations(infos)
	paths, responses := object{}, object{}
	for _, o := range list {
		paths[o.Path] = o.describe()
	}
	for status, text := range failures {
		d := object{"description": text, "content": object{"application/problem+json": object{"schema": reference("problem")}}}
		if status == http.StatusServiceUnavailable {
			d["headers"] = object{"Retry-After": object{"description": "Seconds to wait.", "schema": object{"type": "integer"}}}
		}
		responses[strconv.Itoa(status)] = d
	}
	info := object{"title": h.title, "version": h.version}
	if h.description != "" {
		info["description"] = h.description
	}
	a := q.answer(q.accept.media(mediaOpenAPI), "api", "The API")
	a.links, a.trail = q.selves(mediaOpenAPI, thisDocument), q.above()
	a.body = object{
		"openapi":    "3.0.3",
		"info":       info,
		"servers":    []object{{"url": q.base}},
		"paths":      paths,
		"components": object{"schemas": schemas(), "responses": responses},
	}
	if a.html {
		a.body = apiBody{q.base, list}
	}
	return a, nil
}
