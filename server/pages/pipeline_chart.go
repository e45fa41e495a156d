package pages

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/karvan/karvan/pipeline"
)

// profileChart draws pressure, height and velocity along a line as three panels over one axis of
// km, as SVG made by the server. The tables below have its figures.
func profileChart(p *page, d *PipelineData) template.HTML {
	points := d.Profile.Points
	if len(points) < 2 {
		return ""
	}
	c := &profileDrawing{p: p, points: points, stations: d.Profile.Stations, first: points[0].Km, last: points[len(points)-1].Km}
	const w, h = 760, 490
	fmt.Fprintf(&c.b, `<svg class="chart profile" viewBox="0 0 %d %d" role="img" aria-label="%s">`, w, h, template.HTMLEscapeString(p.t("pipelines.chart", d.Line.Name, capacityText(p, d.Throughput), p.t("pipelines.unit."+d.Unit))))
	for _, s := range d.Profile.Stations {
		fmt.Fprintf(&c.b, `<text x="%.1f" y="16" class="mid">%s</text>`, c.x(s.Km), template.HTMLEscapeString(s.ID))
	}
	value := func(f func(*pipeline.ProfilePoint) float64) []float64 {
		out := make([]float64, len(points))
		for i := range points {
			out[i] = f(&points[i])
		}
		return out
	}
	pressure := value(func(x *pipeline.ProfilePoint) float64 { return math.Max(0, x.PressureBar) })
	most := value(func(x *pipeline.ProfilePoint) float64 { return x.MaxBar })
	least := value(func(x *pipeline.ProfilePoint) float64 { return x.MinBar })
	c.panel(50, 226, p.t("pipelines.pressure")+", "+p.t("pipelines.bar"), 0, top(pressure, most))
	c.bound("limit most", most)
	c.bound("limit least", least)
	c.curve("line", pressure)
	c.dots(points, pressure, p.t("pipelines.bar"))
	height := value(func(x *pipeline.ProfilePoint) float64 { return x.HeightM })
	low := 0.0
	for _, v := range height {
		low = math.Min(low, v)
	}
	c.panel(262, 342, p.t("pipelines.height")+", "+p.t("pipelines.m"), low, top(height))
	c.curve("ground", height)
	speed := value(func(x *pipeline.ProfilePoint) float64 { return x.VelocityMPerS })
	c.panel(378, h-28, p.t("pipelines.velocity")+", "+p.t("pipelines.mps"), 0, top(speed))
	c.curve("line speed", speed)
	step := niceStep(c.last-c.first, 8)
	for km := math.Ceil(c.first/step) * step; km <= c.last; km += step {
		fmt.Fprintf(&c.b, `<text x="%.1f" y="%d" class="mid">%s</text>`, c.x(km), h-8, template.HTMLEscapeString(number(p.Language, km)))
	}
	fmt.Fprintf(&c.b, `<text x="%d" y="%d" class="end">%s</text></svg>`, w-4, h-8, p.t("pipelines.km"))
	return template.HTML(c.b.String())
}

// profileDrawing is a chart being drawn; a panel sets what heights on paper mean.
type profileDrawing struct {
	p           *page
	b           strings.Builder
	first, last float64
	above, foot float64
	low, high   float64
	points      []pipeline.ProfilePoint
	stations    []pipeline.ProfileStation
}

const profileLeft, profileRight = 58.0, 722.0

func (c *profileDrawing) x(km float64) float64 {
	return profileLeft + (km-c.first)/(c.last-c.first)*(profileRight-profileLeft)
}
func (c *profileDrawing) y(v float64) float64 {
	return c.foot - (v-c.low)/(c.high-c.low)*(c.foot-c.above)
}

func top(lists ...[]float64) float64 {
	out := 1e-9
	for _, list := range lists {
		for _, v := range list {
			out = math.Max(out, v)
		}
	}
	return out * 1.05
}

// niceStep is a round step that divides a span into at most n parts.
func niceStep(span float64, n int) float64 {
	raw := span / float64(n)
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*base >= raw {
			return m * base
		}
	}
	return 10 * base
}

func (c *profileDrawing) panel(above, foot float64, title string, low, high float64) {
	c.above, c.foot, c.low, c.high = above, foot, low, high
	step := niceStep(high-low, 4)
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		fmt.Fprintf(&c.b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" class="end">%s</text>`, profileLeft, c.y(v), profileRight, profileLeft-6, c.y(v)+4, template.HTMLEscapeString(number(c.p.Language, v)))
	}
	fmt.Fprintf(&c.b, `<text x="4" y="%.1f" class="title">%s</text>`, above-8, template.HTMLEscapeString(title))
	for _, s := range c.stations {
		fmt.Fprintf(&c.b, `<path class="station" d="M%.1f %gV%g"/>`, c.x(s.Km), above, foot)
	}
}

// curve joins a value at every point.
func (c *profileDrawing) curve(class string, values []float64) {
	points := c.points
	var path strings.Builder
	for i, v := range values {
		mark := "L"
		if i == 0 {
			mark = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", mark, c.x(points[i].Km), c.y(v))
	}
	if class == "ground" {
		fmt.Fprintf(&path, "L%.1f %.1fL%.1f %.1fZ", c.x(c.last), c.foot, c.x(c.first), c.foot)
	}
	fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`, class, path.String())
}

// bound draws a bound as steps where there is one.
func (c *profileDrawing) bound(class string, values []float64) {
	var path strings.Builder
	drawn := false
	for i, v := range values {
		if v <= 0 {
			drawn = false
			continue
		}
		if !drawn {
			fmt.Fprintf(&path, "M%.1f %.1f", c.x(c.points[i].Km), c.y(v))
			drawn = true
			continue
		}
		fmt.Fprintf(&path, "H%.1fV%.1f", c.x(c.points[i].Km), c.y(v))
	}
	if path.Len() > 0 {
		fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`, class, path.String())
	}
	// A bound of one point only, such as the delivery.
	for i, v := range values {
		alone := v > 0 && (i == 0 || values[i-1] <= 0) && (i == len(values)-1 || values[i+1] <= 0)
		if alone {
			fmt.Fprintf(&c.b, `<path class="%s" d="M%.1f %.1fh-12"/>`, class, c.x(c.points[i].Km), c.y(v))
		}
	}
}

// dots are the named points, with their values for who points at them.
func (c *profileDrawing) dots(points []pipeline.ProfilePoint, values []float64, unit string) {
	for i := range points {
		if points[i].Name == "" {
			continue
		}
		fmt.Fprintf(&c.b, `<circle cx="%.1f" cy="%.1f" r="3"><title>%s, %s %s: %s %s</title></circle>`, c.x(points[i].Km), c.y(values[i]), template.HTMLEscapeString(points[i].Name), c.p.t("pipelines.km"),
			template.HTMLEscapeString(number(c.p.Language, round(points[i].Km, 0))), template.HTMLEscapeString(number(c.p.Language, round(values[i], 1))), unit)
	}
}
