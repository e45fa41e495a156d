package oc4ids

import (
	"encoding/json"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// depths are how deep the positions of a geometry are nested (RFC 7946,
// section 3.1).
var depths = map[string]int{"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}

// geometry checks nesting, range, rings and the order of the two numbers.
func (c *checker) geometry(g, address map[string]any, pointer string) {
	kind := text(g, "type")
	depth, known := depths[kind]
	coordinates, given := g["coordinates"].([]any)
	if !known || !given || len(coordinates) == 0 {
		return // told by the schema
	}
	var places [][2]float64
	if !positions(coordinates, depth, &places) {
		c.add("geometry-nesting", pointer, Warning, "the coordinates are not nested as those of a %s", kind)
		return
	}
	if kind == "LineString" && len(places) < 2 {
		c.add("geometry-nesting", pointer, Warning, "a line has at least two positions")
	}
	for _, p := range places {
		if p[0] < -180 || p[0] > 180 || p[1] < -90 || p[1] > 90 {
			c.add("geometry-range", pointer, Warning, "[%g, %g] is no longitude and latitude in degrees", p[0], p[1])
			break
		}
	}
	if kind == "Polygon" || kind == "MultiPolygon" {
		for _, ring := range rings(coordinates, depth) {
			first, last := ring[0], ring[len(ring)-1]
			if len(ring) < 4 || first != last {
				c.add("geometry-ring", pointer, Warning, "a ring has at least four positions and ends where it starts")
				return
			}
		}
	}
	box, stated := c.countryBox(address)
	if !stated {
		return
	}
	for _, p := range places {
		if !near(box, p[0], p[1]) && near(box, p[1], p[0]) {
			c.add("geometry-latitude-first", pointer, Warning, "[%g, %g] lies in the stated country only with latitude and longitude the other way round", p[0], p[1])
			return
		}
	}
}

func near(box [4]float64, lon, lat float64) bool {
	const margin = 0.5
	return lon >= box[0]-margin && lon <= box[2]+margin && lat >= box[1]-margin && lat <= box[3]+margin
}

// positions gathers the positions of coordinates; false where they are nested
// otherwise.
func positions(list []any, depth int, out *[][2]float64) bool {
	if depth == 0 {
		var p [2]float64
		if len(list) < 2 || len(list) > 3 {
			return false
		}
		for i, e := range list {
			n, ok := e.(json.Number)
			if !ok {
				return false
			}
			v, err := n.Float64()
			if err != nil {
				return false
			}
			if i < 2 {
				p[i] = v
			}
		}
		*out = append(*out, p)
		return true
	}
	for _, e := range list {
		inner, ok := e.([]any)
		if !ok || len(inner) == 0 || !positions(inner, depth-1, out) {
			return false
		}
	}
	return true
}

// rings gives each ring of a polygon or of several.
func rings(list []any, depth int) [][][2]float64 {
	var out [][][2]float64
	for _, e := range list {
		inner := e.([]any)
		if depth > 2 {
			out = append(out, rings(inner, depth-1)...)
			continue
		}
		var ring [][2]float64
		positions(inner, 1, &ring)
		out = append(out, ring)
	}
	return out
}

// countryNames finds a country by its English name.
var countryNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{
		"uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "united states of america": "US",
		"turkey": "TR", "türkiye": "TR", "turkiye": "TR", "russian federation": "RU", "republic of korea": "KR", "czech republic": "CZ",
	}
	english := display.English.Regions()
	for code := range load().countries {
		names[strings.ToLower(english.Name(language.MustParseRegion(code)))] = code
	}
	return names
})

func (c *checker) countryBox(address map[string]any) ([4]float64, bool) {
	for _, key := range []string{"country", "countryName"} {
		s := strings.TrimSpace(text(address, key))
		code := strings.ToUpper(s)
		if _, known := c.std.countries[code]; !known {
			code = countryNames()[strings.ToLower(s)]
		}
		if box, known := c.std.countries[code]; known {
			return box, true
		}
	}
	return [4]float64{}, false
}
