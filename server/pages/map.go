package pages

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/geojson"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// land is the outline of countries, from the world atlas that is part of the
// built page.
type land struct{ countries []orb.MultiPolygon }

// topology is what is read of TopoJSON: arcs of whole numbers, each position
// the step from the one before.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]float64
	Objects   struct {
		Countries struct {
			Geometries []struct {
				Type string
				Arcs json.RawMessage
			}
		}
	}
}

// readLand reads the outline; nil where there is none to be read.
func readLand(files fs.FS) *land {
	if files == nil {
		return nil
	}
	names, _ := fs.Glob(files, "assets/countries-50m-*.json")
	if len(names) == 0 {
		return nil
	}
	data, err := fs.ReadFile(files, names[0])
	if err != nil {
		return nil
	}
	var t topology
	if json.Unmarshal(data, &t) != nil {
		return nil
	}
	arcs := make([]orb.LineString, len(t.Arcs))
	for i, a := range t.Arcs {
		var x, y float64
		for _, d := range a {
			x, y = x+d[0], y+d[1]
			arcs[i] = append(arcs[i], orb.Point{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
	}
	ring := func(indexes []int) orb.Ring {
		var out orb.Ring
		for _, i := range indexes {
			back := i < 0
			if back {
				i = ^i
			}
			if i >= len(arcs) {
				return nil
			}
			a := arcs[i]
			for k := range a {
				p := a[k]
				if back {
					p = a[len(a)-1-k]
				}
				if k == 0 && len(out) > 0 {
					continue // where arcs join
				}
				out = append(out, p)
			}
		}
		return out
	}
	l := &land{}
	for _, g := range t.Objects.Countries.Geometries {
		var polygons [][][]int
		switch g.Type {
		case "Polygon":
			var p [][]int
			if json.Unmarshal(g.Arcs, &p) == nil {
				polygons = [][][]int{p}
			}
		case "MultiPolygon":
			json.Unmarshal(g.Arcs, &polygons)
		}
		var m orb.MultiPolygon
		for _, p := range polygons {
			var polygon orb.Polygon
			for _, r := range p {
				polygon = append(polygon, ring(r))
			}
			m = append(m, polygon)
		}
		l.countries = append(l.countries, m)
	}
	return l
}

// picture is a map of records: land, lines and points, each a link.
type picture struct {
	language      string
	width, height float64
	box           orb.Bound
	scaleX, scale float64
	b             strings.Builder
}

// drawMap draws records on a map of their extent, as SVG; "" where none has a
// place. It has a table beside it wherever it is shown.
func (s *Site) drawMap(p *page, items []*registerdb.Item, width, height float64) template.HTML {
	box := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	some := false
	for _, it := range items {
		if it.Box != nil {
			some = true
			box = box.Union(orb.Bound{Min: orb.Point{it.Box[0], it.Box[1]}, Max: orb.Point{it.Box[2], it.Box[3]}})
		}
	}
	if !some {
		return ""
	}
	m := &picture{language: p.Language, width: width, height: height}
	m.fit(box)
	fmt.Fprintf(&m.b, `<svg class="map" viewBox="0 0 %g %g" role="group" aria-label="%s">`, width, height, template.HTMLEscapeString(p.t("map.label")))
	fmt.Fprintf(&m.b, `<rect class="sea" width="%g" height="%g"/>`, width, height)
	if l := s.land(); l != nil {
		view := m.box.Pad(0.5)
		for _, c := range l.countries {
			if !c.Bound().Intersects(view) {
				continue
			}
			if g := clip.MultiPolygon(view, orb.Clone(c).(orb.MultiPolygon)); len(g) > 0 {
				m.b.WriteString(`<path class="land" d="`)
				for _, polygon := range g {
					for _, ring := range polygon {
						m.path(orb.LineString(ring))
						m.b.WriteByte('Z')
					}
				}
				m.b.WriteString(`"/>`)
			}
		}
	}
	// Lines lie under points.
	for _, points := range []bool{false, true} {
		for _, it := range items {
			m.draw(p, it, points)
		}
	}
	m.b.WriteString(`</svg>`)
	return template.HTML(m.b.String())
}

// fit puts a box in the middle of the picture with a margin, and no closer than
// a few kilometres.
func (m *picture) fit(box orb.Bound) {
	c := box.Center()
	squeeze := math.Cos(c[1] * math.Pi / 180)
	w := math.Max((box.Max[0]-box.Min[0])*squeeze, 0.6) * 1.25
	h := math.Max(box.Max[1]-box.Min[1], 0.6) * 1.25
	m.scale = math.Min(m.width/w, m.height/h) // pixels a degree of latitude
	m.scaleX = m.scale * squeeze
	dx, dy := m.width/m.scaleX/2, m.height/m.scale/2
	m.box = orb.Bound{Min: orb.Point{c[0] - dx, c[1] - dy}, Max: orb.Point{c[0] + dx, c[1] + dy}}
}

func (m *picture) at(p orb.Point) (x, y float64) {
	return (p[0] - m.box.Min[0]) * m.scaleX, (m.box.Max[1] - p[1]) * m.scale
}

func (m *picture) path(line orb.LineString) {
	var lastX, lastY float64
	for i, p := range line {
		x, y := m.at(p)
		if i > 0 && i < len(line)-1 && math.Hypot(x-lastX, y-lastY) < 0.7 {
			continue // closer than can be seen
		}
		mark := byte('L')
		if i == 0 {
			mark = 'M'
		}
		fmt.Fprintf(&m.b, "%c%.1f %.1f", mark, x, y)
		lastX, lastY = x, y
	}
}

func (m *picture) draw(p *page, it *registerdb.Item, points bool) {
	geometry := register.Geometry(it.Values)
	if geometry == nil {
		return
	}
	g, err := geojson.UnmarshalGeometry(register.Encode(geometry))
	if err != nil || g.Geometry() == nil {
		return
	}
	var lines []orb.LineString
	var dots []orb.Point
	var take func(orb.Geometry)
	take = func(g orb.Geometry) {
		switch g := g.(type) {
		case orb.Point:
			dots = append(dots, g)
		case orb.MultiPoint:
			dots = append(dots, g...)
		case orb.LineString:
			lines = append(lines, g)
		case orb.MultiLineString:
			lines = append(lines, g...)
		case orb.Polygon:
			for _, r := range g {
				lines = append(lines, orb.LineString(r))
			}
		case orb.MultiPolygon:
			for _, polygon := range g {
				take(polygon)
			}
		case orb.Collection:
			for _, x := range g {
				take(x)
			}
		}
	}
	take(g.Geometry())
	if points && len(dots) == 0 || !points && len(lines) == 0 {
		return
	}
	fmt.Fprintf(&m.b, `<a href="%s" class="%s"><title>%s</title>`, template.HTMLEscapeString(p.href(it)), stage(register.Text(it.Values, "status")), template.HTMLEscapeString(it.Name))
	if points {
		for _, d := range dots {
			x, y := m.at(d)
			fmt.Fprintf(&m.b, `<circle cx="%.1f" cy="%.1f" r="%g"/>`, x, y, dotSize(len(lines)))
		}
	} else {
		m.b.WriteString(`<path d="`)
		for _, l := range lines {
			m.path(l)
		}
		m.b.WriteString(`"/>`)
	}
	m.b.WriteString(`</a>`)
}

// dotSize makes the ends of a line smaller than a place of its own.
func dotSize(lines int) float64 {
	if lines > 0 {
		return 2.5
	}
	return 4.5
}

// stage is how a project's mark is drawn: hollow, half or full.
func stage(status string) string {
	switch status {
	case "identification", "preparation":
		return "planned"
	case "implementation":
		return "progress"
	}
	return "done"
}
