package features

import (
	"mime"
	"strconv"
	"strings"
)

// The encodings of every resource, as the parameter f names them. neither is
// what a client gets whose Accept header allows none.
const (
	asJSON  = "json"
	asHTML  = "html"
	neither = ""
)

const mediaHTML = "text/html"

// accepted is a client's Accept header, reduced to what the choice needs.
type accepted struct {
	json, html preference
	names      map[string]bool // media types that stand in it with q > 0
}

// preference is the weight of an encoding, by the most specific range that
// matches it (RFC 9110, 12.5.1).
type preference struct {
	weight      float64
	specificity int
}

func (p *preference) raise(weight float64, specificity int) {
	switch {
	case specificity > p.specificity:
		*p = preference{weight, specificity}
	case specificity == p.specificity && weight > p.weight:
		p.weight = weight
	}
}

// readAccept reads an Accept header. JSON is any of its family: clients ask for
// application/json where GeoJSON comes, and the reverse.
func readAccept(headers []string) accepted {
	a := accepted{names: map[string]bool{}}
	header := strings.Join(headers, ",")
	if strings.TrimSpace(header) == "" {
		header = "*/*"
	}
	for _, part := range strings.Split(header, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, given := parameters["q"]; given {
			if weight, err = strconv.ParseFloat(q, 64); err != nil || !(weight >= 0 && weight <= 1) {
				continue
			}
		}
		a.names[name] = weight > 0
		switch {
		case name == "*/*":
			a.json.raise(weight, 1)
			a.html.raise(weight, 1)
		case name == "application/*":
			a.json.raise(weight, 2)
		case name == "text/*":
			a.html.raise(weight, 2)
		case name == mediaHTML || name == "application/xhtml+xml":
			a.html.raise(weight, 3)
		case strings.HasSuffix(name, "/json") || strings.HasSuffix(name, "+json"):
			a.json.raise(weight, 3)
		}
	}
	return a
}

// format chooses the encoding, JSON where the client does not mind.
func (a accepted) format() string {
	switch {
	case a.json.weight == 0 && a.html.weight == 0:
		return neither
	case a.html.weight > a.json.weight:
		return asHTML
	}
	return asJSON
}

// media names the JSON that a client gets of a resource whose own type is given.
// Whoever names application/json and not that type gets it under that name
// (/req/geojson/definition), but feature content is GeoJSON to all.
func (a accepted) media(own string) string {
	name, _, _ := mime.ParseMediaType(own)
	if own != mediaGeoJSON && a.names[mediaJSON] && !a.names[name] {
		return mediaJSON
	}
	return own
}
