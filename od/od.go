// Package od holds zones and OD matrices: tonnes a year from zone to zone, by
// commodity, and the rule by which a base year is carried to other years.
//
// It knows no network, so trade and appraisal can be tested with three zones
// on paper.
package od

import (
	"fmt"
	"math"
	"sort"
)

// ZoneID and CommodityID are dense indices starting at 0.
type (
	ZoneID      int32
	CommodityID int32
)

// Zone is where goods start and end. Node is the key of its centroid.
type Zone struct {
	Key        string
	Name       string
	Country    string // ISO 3166-1 alpha-2
	Group      string // a larger area that the zone is part of
	Node       string
	SourceID   string
	Confidence string
}

// Cell is one cell of an OD matrix. Low and High bound it where a source said
// so; both are 0 where nothing is known.
type Cell struct {
	From, To   ZoneID
	Commodity  CommodityID
	Year       int
	TPerYr     float64
	Low, High  float64
	SourceID   string
	Confidence string
	Anchor     string // sourced, scaled or assumed
}

// Matrix is the cells of one year, at most one for each from, to, commodity,
// in order of commodity, from, to.
type Matrix []Cell

// Growth is a country's rate of growth a year, in force for years from
// FromYear to UntilYear inclusive: the step from year-1 to year.
type Growth struct {
	Country             string // "*" for all that have no row of their own
	FromYear, UntilYear int
	RatePerYr           float64
}

// Carry gives the matrix of a year. For each from, to and commodity it takes
// the cells of the latest year given at or before it, repeats added up, and
// multiplies them by the growth of the two countries since,
//
//	t(y) = t(given) prod over s in (given, y] of sqrt((1+g_i(s)) (1+g_j(s)))^elasticity,
//
// the geometric mean of the growth of both ends, as in a gravity model with
// unit income elasticities (Anderson and van Wincoop 2003,
// doi:10.1257/000282803321455214) and no change of trade costs. Years before
// the base year are an error, as is a country without a rate.
//
// elasticity has one entry for each commodity; 0 holds its tonnes.
func Carry(cells []Cell, zones []Zone, growth []Growth, elasticity []float64, baseYear, year int) (Matrix, error) {
	if year < baseYear {
		return nil, fmt.Errorf("od: year %d lies before the base year %d", year, baseYear)
	}
	countries := make([]string, len(zones))
	for z := range zones {
		countries[z] = zones[z].Country
	}
	level, err := levels(growth, countries, baseYear, year) // by year since the base, by zone
	if err != nil {
		return nil, err
	}
	latest := map[[3]int32]int{}
	for _, c := range cells {
		if c.Year >= baseYear && c.Year <= year {
			latest[key(c)] = max(latest[key(c)], c.Year)
		}
	}
	var used []Cell
	last := level[year-baseYear]
	for _, c := range cells {
		if c.Year < baseYear || c.Year != latest[key(c)] {
			continue
		}
		since := level[c.Year-baseYear]
		f := math.Pow(last[c.From]*last[c.To]/(since[c.From]*since[c.To]), elasticity[c.Commodity]/2)
		c.TPerYr *= f
		c.Low *= f
		c.High *= f
		c.Year = year
		used = append(used, c)
	}
	return Sum(used, year), nil
}

// Levels gives how large each country's economy is in a year, relative to the base
// year, by the rates of growth. A country without a rate is an error.
func Levels(growth []Growth, countries []string, baseYear, year int) ([]float64, error) {
	if year < baseYear {
		return nil, fmt.Errorf("od: year %d lies before the base year %d", year, baseYear)
	}
	level, err := levels(growth, countries, baseYear, year)
	if err != nil {
		return nil, err
	}
	return level[year-baseYear], nil
}

// levels is Levels of every year from the base year on.
func levels(growth []Growth, countries []string, baseYear, year int) ([][]float64, error) {
	level := make([][]float64, year-baseYear+1)
	for y := range level {
		level[y] = make([]float64, len(countries))
		for z, c := range countries {
			if y == 0 {
				level[y][z] = 1
				continue
			}
			r, ok := rate(growth, c, baseYear+y)
			if !ok {
				return nil, fmt.Errorf("od: no rate of growth for %s in %d", c, baseYear+y)
			}
			level[y][z] = level[y-1][z] * (1 + r)
		}
	}
	return level, nil
}

func rate(growth []Growth, country string, year int) (float64, bool) {
	fallback, found := 0.0, false
	for _, g := range growth {
		if year < g.FromYear || year > g.UntilYear {
			continue
		}
		if g.Country == country {
			return g.RatePerYr, true
		}
		if g.Country == "*" {
			fallback, found = g.RatePerYr, true
		}
	}
	return fallback, found
}

func key(c Cell) [3]int32 { return [3]int32{int32(c.Commodity), int32(c.From), int32(c.To)} }

// Sum gives the matrix of the cells of one year, repeats added up. The
// weakest anchor and confidence of the parts is the whole's.
func Sum(cells []Cell, year int) Matrix {
	index := map[[3]int32]int{}
	var m Matrix
	for _, c := range cells {
		if c.Year != year {
			continue
		}
		i, ok := index[key(c)]
		if !ok {
			index[key(c)] = len(m)
			m = append(m, c)
			continue
		}
		m[i].TPerYr += c.TPerYr
		m[i].Low += c.Low
		m[i].High += c.High
		if weaker(c.Anchor, m[i].Anchor) {
			m[i].Anchor, m[i].SourceID = c.Anchor, c.SourceID
		}
		if c.Confidence == "low" || m[i].Confidence == "high" {
			m[i].Confidence = c.Confidence
		}
	}
	m.sort()
	return m
}

func weaker(a, b string) bool {
	order := map[string]int{"sourced": 0, "scaled": 1, "assumed": 2}
	return order[a] > order[b]
}

func (m Matrix) sort() {
	sort.SliceStable(m, func(i, j int) bool {
		a, b := key(m[i]), key(m[j])
		for k := range a {
			if a[k] != b[k] {
				return a[k] < b[k]
			}
		}
		return false
	})
}

// Total is the sum of all cells, t/yr.
func (m Matrix) Total() float64 {
	t := 0.0
	for _, c := range m {
		t += c.TPerYr
	}
	return t
}
