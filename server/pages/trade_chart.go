package pages

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// plot is a chart with time along and US dollars up, drawn as SVG by the server: it
// needs no script, prints, and follows the theme. Its figures are in the table
// below it.
type plot struct {
	p                   *page
	b                   strings.Builder
	first, last, top    float64
	w, h                float64
	left, bottom, above float64
	right               float64
}

func newPlot(p *page, label string, first, last, top float64) *plot {
	c := &plot{p: p, first: first, last: last, top: top * 1.05, w: 760, h: 300, left: 72, bottom: 30, above: 12, right: 24}
	fmt.Fprintf(&c.b, `<svg class="chart trade" viewBox="0 0 %g %g" role="group" aria-label="%s">`, c.w, c.h, template.HTMLEscapeString(label))
	for k := range 5 {
		v := c.top * float64(k) / 4 / 1.05
		fmt.Fprintf(&c.b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" class="end">%s</text>`, c.left, c.y(v), c.w-c.right, c.left-8, c.y(v)+4, template.HTMLEscapeString(large(p.Language, v)))
	}
	return c
}

func (c *plot) x(v float64) float64 {
	return c.left + 14 + (v-c.first)/(c.last-c.first)*(c.w-c.left-c.right-28)
}
func (c *plot) y(v float64) float64 { return c.above + (1-v/c.top)*(c.h-c.above-c.bottom) }

func (c *plot) tick(at float64, text string) {
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%g" class="mid">%s</text>`, c.x(at), c.h-8, template.HTMLEscapeString(text))
}

// point draws a figure that leads to its source.
func (c *plot) point(class string, at, value float64, title, href string) {
	shape := fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="4"><title>%s</title></circle>`, c.x(at), c.y(value), template.HTMLEscapeString(title))
	if strings.Contains(class, "other") {
		shape = fmt.Sprintf(`<rect x="%.1f" y="%.1f" width="8" height="8"><title>%s</title></rect>`, c.x(at)-4, c.y(value)-4, template.HTMLEscapeString(title))
	}
	if href == "" {
		fmt.Fprintf(&c.b, `<g class="%s">%s</g>`, class, shape)
		return
	}
	fmt.Fprintf(&c.b, `<a class="%s" href="%s" aria-label="%s">%s</a>`, class, template.HTMLEscapeString(href), template.HTMLEscapeString(title), shape)
}

// line joins points.
func (c *plot) line(class string, points [][2]float64) {
	if len(points) < 2 {
		return
	}
	fmt.Fprintf(&c.b, `<path class="%s" d="`, class)
	for i, pt := range points {
		mark := "L"
		if i == 0 {
			mark = "M"
		}
		fmt.Fprintf(&c.b, "%s%.1f %.1f", mark, c.x(pt[0]), c.y(pt[1]))
	}
	c.b.WriteString(`"/>`)
}

// band fills between two lines.
func (c *plot) band(class string, list []TradeBand, low, high func(*TradeBand) float64) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(&c.b, `<path class="%s" d="`, class)
	if len(list) == 1 {
		b := &list[0]
		x, y0, y1 := c.x(float64(b.Year)), c.y(math.Min(low(b), c.top)), c.y(math.Min(high(b), c.top))
		fmt.Fprintf(&c.b, `M%.1f %.1fH%.1fV%.1fH%.1fZ"/>`, x-9, y0, x+9, y1, x-9)
		return
	}
	for i := range list {
		mark := "L"
		if i == 0 {
			mark = "M"
		}
		fmt.Fprintf(&c.b, "%s%.1f %.1f", mark, c.x(float64(list[i].Year)), c.y(math.Min(high(&list[i]), c.top)))
	}
	for i := len(list) - 1; i >= 0; i-- {
		fmt.Fprintf(&c.b, "L%.1f %.1f", c.x(float64(list[i].Year)), c.y(math.Min(low(&list[i]), c.top)))
	}
	c.b.WriteString(`Z"/>`)
}

func (c *plot) done() template.HTML {
	c.b.WriteString(`</svg>`)
	return template.HTML(c.b.String())
}

// yearsChart draws the totals of years as both sides tell them, the fan of the outlook,
// and each target with the path to it; "" where there is nothing to draw.
func yearsChart(p *page, d *TradeData, own, other string, sources func(string) piece) template.HTML {
	first, last, top := math.Inf(1), math.Inf(-1), 0.0
	see := func(year int, v float64) {
		first, last, top = math.Min(first, float64(year)), math.Max(last, float64(year)), math.Max(top, v)
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.First != 1 || r.Last != 12 {
			continue
		}
		for _, f := range []*ToldFigure{r.Own, r.Other} {
			if f != nil {
				see(r.Year, f.ValueUSD)
			}
		}
	}
	var path []TradeBand // the longest
	for i := range d.Targets {
		t := &d.Targets[i]
		if !t.Modelled {
			continue
		}
		see(t.FromYear+len(t.Path)-1, t.Value)
		if len(t.Path) > len(path) {
			path = t.Path
		}
	}
	if n := d.Nowcast; n != nil {
		see(n.Year, n.I95[1])
		if len(path) == 0 {
			path = []TradeBand{{n.Year, n.Median, n.I50[0], n.I50[1], n.I80[0], n.I80[1], n.I95[0], n.I95[1]}}
		}
	}
	for i := range path {
		see(path[i].Year, path[i].High80)
	}
	if !(top > 0) || first >= last {
		return ""
	}
	c := newPlot(p, p.t("trade.chart.years", own, other), first, last, top)
	step := math.Max(1, math.Ceil((last-first)/12))
	for year := first; year <= last; year += step {
		c.tick(year, fmt.Sprint(year))
	}
	c.band("fan b95", path, func(b *TradeBand) float64 { return b.L95 }, func(b *TradeBand) float64 { return b.H95 })
	c.band("fan b80", path, func(b *TradeBand) float64 { return b.Low80 }, func(b *TradeBand) float64 { return b.High80 })
	c.band("fan b50", path, func(b *TradeBand) float64 { return b.Low50 }, func(b *TradeBand) float64 { return b.High50 })
	var median, mine, theirs [][2]float64
	for i := range path {
		median = append(median, [2]float64{float64(path[i].Year), path[i].Median})
	}
	c.line("median", median)
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.First != 1 || r.Last != 12 || r.Later {
			continue
		}
		if r.Own != nil {
			mine = append(mine, [2]float64{float64(r.Year), r.Own.ValueUSD})
		}
		if r.Other != nil {
			theirs = append(theirs, [2]float64{float64(r.Year), r.Other.ValueUSD})
		}
	}
	c.line("line", mine)
	c.line("line other", theirs)
	for i := range d.Targets {
		t := &d.Targets[i]
		if !t.Modelled || len(t.Path) < 2 {
			continue
		}
		var way [][2]float64
		for k := range t.Path {
			way = append(way, [2]float64{float64(t.FromYear + k), t.From * math.Pow(1+t.Required, float64(k))})
		}
		c.line("goal", way)
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.First != 1 || r.Last != 12 {
			continue
		}
		class := "told"
		if r.Later {
			class = "told later"
		}
		if r.Own != nil {
			c.point(class, float64(r.Year), r.Own.ValueUSD, p.t("trade.point", own, fmt.Sprint(r.Year), large(p.Language, r.Own.ValueUSD)+" USD"), sources(r.Own.SourceID).Href)
		}
		if r.Other != nil {
			c.point(class+" other", float64(r.Year), r.Other.ValueUSD, p.t("trade.point", other, fmt.Sprint(r.Year), large(p.Language, r.Other.ValueUSD)+" USD"), sources(r.Other.SourceID).Href)
		}
	}
	for i := range d.Targets {
		t := &d.Targets[i]
		if !t.Modelled {
			continue
		}
		x, y := c.x(float64(t.FromYear+len(t.Path)-1)), c.y(t.Value)
		title := template.HTMLEscapeString(p.t("trade.target.point", large(p.Language, t.Value)+" USD", day(p.Language, t.ByDate)))
		shape := fmt.Sprintf(`<path d="M%.1f %.1fl6 6l-6 6l-6 -6Z"><title>%s</title></path>`, x, y-6, title)
		if t.Href == "" {
			fmt.Fprintf(&c.b, `<g class="aim">%s</g>`, shape)
			continue
		}
		fmt.Fprintf(&c.b, `<a class="aim" href="%s" aria-label="%s">%s</a>`, template.HTMLEscapeString(t.Href), title, shape)
	}
	return c.done()
}

// monthsChart draws the sums from January of each year, by the month they reach, the
// whole year among them; "" where no part of a year was told.
func monthsChart(p *page, d *TradeData, own string, sources func(string) piece) template.HTML {
	type year struct {
		year   int
		points [][2]float64
		rows   []*TradeFigure
	}
	var list []*year
	by := map[int]*year{}
	top, parts := 0.0, 0
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Own == nil || r.First != 1 || r.Later {
			continue
		}
		y := by[r.Year]
		if y == nil {
			y = &year{year: r.Year}
			by[r.Year] = y
			list = append(list, y)
		}
		y.points = append(y.points, [2]float64{float64(r.Last), r.Own.ValueUSD})
		y.rows = append(y.rows, r)
		top = math.Max(top, r.Own.ValueUSD)
		if r.Last < 12 {
			parts++
		}
	}
	if parts == 0 {
		return ""
	}
	c := newPlot(p, p.t("trade.chart.months", own), 0, 12, top)
	for m := 1; m <= 12; m++ {
		c.tick(float64(m), shortMonth(p.Language, m))
	}
	shown := 0
	for i := len(list) - 1; i >= 0 && shown < 6; i-- {
		y := list[i]
		if len(y.points) == 1 && y.points[0][0] == 12 {
			continue // a whole year alone tells nothing of its months
		}
		class := fmt.Sprintf("year y%d", shown)
		shown++
		c.line(class, append([][2]float64{{0, 0}}, y.points...))
		for k, pt := range y.points {
			r := y.rows[k]
			c.point("told "+class, pt[0], pt[1], p.t("trade.point", own, periodText(p, r), large(p.Language, pt[1])+" USD"), sources(r.Own.SourceID).Href)
		}
		end := y.points[len(y.points)-1]
		fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" class="%s">%d</text>`, math.Min(c.x(end[0])+8, c.w-28), c.y(end[1])-6, class, y.year)
	}
	return c.done()
}

func shortMonth(lang string, m int) string {
	r := []rune(monthAlone(lang, m))
	return string(r[:min(3, len(r))])
}
