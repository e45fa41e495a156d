package features

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a page, in features. A greater limit is taken as the greatest
// (/req/core/fc-limit-response, C).
const (
	defaultLimit = 10
	maxLimit     = 1000
	maxOffset    = math.MaxInt32
)

const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// ofItems are the parameters of every collection's items.
var ofItems = []string{"bbox", "bbox-crs", "datetime", "f", "limit", "offset"}

// filters gives the properties of a collection that are parameters.
func (i Info) filters() []Property {
	var out []Property
	for _, name := range i.Filters {
		if !slices.Contains(ofItems, name) {
			out = append(out, i.property(name))
		}
	}
	return out
}

// parameters reads the query of a request, and gathers every fault of it.
type parameters struct {
	values url.Values
	faults []fault
}

// readParameters reads a query that may hold the parameters known, each once.
func readParameters(query string, known []string) *parameters {
	p := &parameters{}
	var err error
	if p.values, err = url.ParseQuery(query); err != nil {
		p.fault("", "Expected name=value pairs joined by &, with % only before two hexadecimal digits.")
	}
	names := make([]string, 0, len(p.values))
	for name := range p.values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case !slices.Contains(known, name):
			p.fault(name, "This parameter is not known here; expected "+either(known)+".")
		case len(p.values[name]) > 1:
			p.fault(name, "Expected this parameter once.")
		}
	}
	return p
}

// either writes names as a choice.
func either(names []string) string {
	if len(names) == 1 {
		return "only " + names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

func (p *parameters) fault(name, detail string) {
	p.faults = append(p.faults, fault{name, detail})
}

func (p *parameters) one(name string) (value string, given bool) {
	values := p.values[name]
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// format gives the encoding that f asks for, or neither.
func (p *parameters) format() string {
	f, given := p.one("f")
	if given && f != asJSON && f != asHTML {
		p.fault("f", "Expected json or html.")
	}
	return f
}

// query reads the parameters of a collection's items.
func (p *parameters) query(info Info) Query {
	q := Query{BBox: p.bbox(), Limit: p.limit(), Offset: p.offset(), Equal: p.equal(info)}
	if crs, given := p.one("bbox-crs"); given && crs != crs84 {
		p.fault("bbox-crs", "Expected "+crs84+", the only reference system here.")
	}
	if s, given := p.one("datetime"); given {
		var ok bool
		if q.From, q.Until, ok = parseDatetime(s); !ok {
			p.fault("datetime", "Expected an RFC 3339 date or date-time, or two of them in order joined by /, one of which may be .. or empty.")
		}
	}
	return q
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func (p *parameters) limit() int {
	s, given := p.one("limit")
	if !given {
		return defaultLimit
	}
	if !digits.MatchString(s) || strings.Trim(s, "0") == "" {
		p.fault("limit", "Expected a whole number from 1 to "+strconv.Itoa(maxLimit)+"; more is taken as "+strconv.Itoa(maxLimit)+".")
		return defaultLimit
	}
	n, err := strconv.Atoi(s)
	if err != nil { // only too many digits are left
		return maxLimit
	}
	return min(n, maxLimit)
}

func (p *parameters) offset() int {
	s, given := p.one("offset")
	if !given {
		return 0
	}
	n, err := strconv.Atoi(s)
	if !digits.MatchString(s) || err != nil || n > maxOffset {
		p.fault("offset", "Expected a whole number from 0 to "+strconv.Itoa(maxOffset)+".")
		return 0
	}
	return n
}

// decimal leaves out what ParseFloat takes and a client never means: hexadecimal,
// infinity, NaN.
var decimal = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

func parseNumber(s string) (float64, bool) {
	if !decimal.MatchString(s) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func (p *parameters) bbox() *[4]float64 {
	s, given := p.one("bbox")
	if !given {
		return nil
	}
	var v []float64
	parts := strings.Split(s, ",")
	for _, part := range parts {
		if x, ok := parseNumber(part); ok {
			v = append(v, x)
		}
	}
	if len(v) != len(parts) || len(v) != 4 && len(v) != 6 {
		p.fault("bbox", "Expected four numbers: west,south,east,north in degrees; or six, with the least height after south and the greatest at the end.")
		return nil
	}
	box := [4]float64{v[0], v[1], v[2], v[3]}
	if len(v) == 6 {
		// Nothing here has a height, so a box of any height holds it.
		box = [4]float64{v[0], v[1], v[3], v[4]}
		if v[2] > v[5] {
			p.fault("bbox", "Expected the least height, the third number, to be no more than the greatest, the sixth.")
		}
	}
	if math.Abs(box[0]) > 180 || math.Abs(box[2]) > 180 || math.Abs(box[1]) > 90 || math.Abs(box[3]) > 90 {
		p.fault("bbox", "Expected longitudes from -180 to 180 and latitudes from -90 to 90.")
	} else if box[1] > box[3] {
		p.fault("bbox", "Expected the south edge to be no further north than the north edge.")
	}
	return &box
}

// equal reads the filters of a collection.
func (p *parameters) equal(info Info) map[string]string {
	equal := map[string]string{}
	for _, property := range info.filters() {
		s, given := p.one(property.Name)
		if !given {
			continue
		}
		value, expected := canonical(property, s)
		if expected != "" {
			p.fault(property.Name, "Expected "+expected+".")
		}
		equal[property.Name] = value
	}
	return equal
}

// canonical writes the value of a property in the one way that Query promises,
// or says what was expected.
func canonical(p Property, s string) (value, expected string) {
	switch p.Type {
	case "integer":
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return "", "a whole number"
		}
		return strconv.FormatInt(n, 10), ""
	case "number":
		v, ok := parseNumber(s)
		if !ok {
			return "", "a number"
		}
		if v == 0 { // of -0 too
			v = 0
		}
		return strconv.FormatFloat(v, 'f', -1, 64), ""
	case "boolean":
		if s != "true" && s != "false" {
			return "", "true or false"
		}
	default:
		if _, err := time.Parse(time.DateOnly, s); p.Format == "date" && err != nil {
			return "", "a date such as 2026-01-31"
		}
		if _, err := time.Parse(time.RFC3339, s); p.Format == "date-time" && err != nil {
			return "", "a date-time such as 2026-01-31T12:00:00Z"
		}
	}
	return s, ""
}
