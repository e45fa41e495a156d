package pages

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/karvan/karvan/register"
)

// targetChart draws what was observed in whole years against a target's value,
// as SVG; "" where there are fewer than two. The table of observations has the
// same figures and the others.
func targetChart(p *page, values map[string]any) template.HTML {
	type point struct{ year, value float64 }
	byYear := map[int]float64{}
	list, _ := values["observations"].([]any)
	for _, e := range list {
		o, _ := e.(map[string]any)
		year, err := strconv.Atoi(register.Text(o, "period"))
		n, ok := o["value"].(json.Number)
		if err != nil || !ok {
			continue
		}
		// Of several figures for a year the last stated stands.
		byYear[year], _ = n.Float64()
	}
	n, _ := values["value"].(json.Number)
	goal, _ := n.Float64()
	if len(byYear) < 2 || goal <= 0 {
		return ""
	}
	var points []point
	top := goal
	for y, v := range byYear {
		points = append(points, point{float64(y), v})
		top = math.Max(top, v)
	}
	sort.Slice(points, func(i, j int) bool { return points[i].year < points[j].year })
	first, last := points[0].year, points[len(points)-1].year
	due := register.LastDay(register.Text(values, "dueDate"))
	dueYear := last
	if due != "" {
		dueYear, _ = strconv.ParseFloat(due[:4], 64)
		last = math.Max(last, dueYear)
	}
	if last == first {
		return ""
	}
	const w, h, left, bottom, above = 640.0, 240.0, 64.0, 28.0, 18.0
	x := func(year float64) float64 { return left + (year-first)/(last-first)*(w-left-24) }
	y := func(v float64) float64 { return above + (1-v/top)*(h-above-bottom) }
	unit := register.Text(values, "unit")
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, w, h, template.HTMLEscapeString(p.t("chart.label")))
	for _, share := range []float64{0, 0.5, 1} {
		fmt.Fprintf(&b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" class="end">%s</text>`, left, y(top*share), w-24, left-6, y(top*share)+4, template.HTMLEscapeString(large(p.Language, top*share)))
	}
	step := math.Max(1, math.Ceil((last-first)/9))
	for year := first; year <= last; year += step {
		fmt.Fprintf(&b, `<text x="%.1f" y="%g" class="mid">%g</text>`, x(year), h-8, year)
	}
	fmt.Fprintf(&b, `<path class="goal" d="M%g %.1fH%.1f"/>`, left, y(goal), x(last))
	b.WriteString(`<path class="line" d="`)
	for i, pt := range points {
		mark := "L"
		if i == 0 {
			mark = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", mark, x(pt.year), y(pt.value))
	}
	b.WriteString(`"/>`)
	for _, pt := range points {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5"><title>%g: %s %s</title></circle>`, x(pt.year), y(pt.value), pt.year, template.HTMLEscapeString(large(p.Language, pt.value)), template.HTMLEscapeString(unit))
	}
	fmt.Fprintf(&b, `<rect class="target" x="%.1f" y="%.1f" width="9" height="9"><title>%s</title></rect>`, x(dueYear)-4.5, y(goal)-4.5, template.HTMLEscapeString(large(p.Language, goal)+" "+unit))
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}
