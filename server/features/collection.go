package features

import (
	"context"
	"encoding/json"
	"errors"
)

// ErrNotFound is what [Collection.Item] returns for an id that it does not hold.
var ErrNotFound = errors.New("features: not found")

// ErrNotYet is what a collection wraps while its content is still being made,
// by a model that runs, say. The client is told to come back (503, Retry-After).
var ErrNotYet = errors.New("features: not yet available")

// Property is one column of a collection.
type Property struct {
	Name   string
	Type   string // string, number, integer or boolean
	Format string // of a string: "", date, date-time or uri
	Title  string // for people; "" where the name says enough
}

// Info describes a collection.
type Info struct {
	ID, Title, Description string

	// BBox is west, south, east, north in degrees and holds every geometry;
	// west > east where it crosses the antimeridian. Nil: there is no geometry.
	BBox *[4]float64

	// From and Until are days (2006-01-02) that hold the times of every feature.
	// "" is an open end; both "": there is no time.
	From, Until string

	// Properties in the order they are shown in. Every feature has all of them.
	Properties []Property

	// Filters names the properties that may be query parameters. A name that a
	// parameter of the standard bears (bbox, limit …) cannot be one.
	Filters []string
}

// property finds a property by name. A filter without property is free text.
func (i Info) property(name string) Property {
	for _, p := range i.Properties {
		if p.Name == name {
			return p
		}
	}
	return Property{Name: name, Type: "string"}
}

// Query selects features. A feature must meet all of it.
type Query struct {
	// BBox is west, south, east, north in degrees, the edges part of it. West may
	// be greater than east: the box then crosses the antimeridian ([Query.Boxes]
	// splits it). A feature without geometry meets every box
	// (/req/core/fc-bbox-response, C).
	BBox *[4]float64

	// From and Until are days (2006-01-02), both part of the interval; "" is an
	// open end. A feature meets them if its time has a day in common with the
	// interval, or if it has no time (/req/core/fc-time-response, C).
	From, Until string

	// Limit (1 to 1000) and Offset (0 or more) choose the page. The order of the
	// features must be the same at each request, or pages overlap.
	Limit, Offset int

	// Equal holds the values that properties must have, by name. They are
	// checked against the type and written in one way: 7 and never +7 or 07, the
	// shortest decimal for a number, true or false.
	Equal map[string]string
}

// Boxes gives the parts of the box, none of which crosses the antimeridian: one,
// or two where west > east, or none if there is no box.
func (q Query) Boxes() [][4]float64 {
	if q.BBox == nil {
		return nil
	}
	b := *q.BBox
	if b[0] <= b[2] {
		return [][4]float64{b}
	}
	return [][4]float64{{b[0], b[1], 180, b[3]}, {-180, b[1], b[2], b[3]}}
}

// Feature is one row of a collection.
type Feature struct {
	// ID is unique in the collection and lasts: links are made of it.
	ID string
	// Geometry is a GeoJSON geometry, WGS 84 longitude and latitude, or nil.
	Geometry json.RawMessage
	// Properties by name. What Info does not list is left out, what is missing
	// is null.
	Properties map[string]any
}

// Collection is a set of features of one kind. Its methods are called from many
// goroutines at once.
type Collection interface {
	// Info describes the collection. With an error that wraps ErrNotYet the ID
	// is given all the same, so that a request for it gets that answer; lists
	// leave the collection out meanwhile.
	Info(ctx context.Context) (Info, error)

	// Items gives one page of the features that meet the query, and how many
	// meet it on all pages.
	Items(ctx context.Context, q Query) (items []Feature, matched int, err error)

	// Item gives one feature, or an error that wraps ErrNotFound.
	Item(ctx context.Context, id string) (*Feature, error)
}
