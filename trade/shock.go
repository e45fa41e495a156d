package trade

import (
	"fmt"
	"math"
)

// Shock is a change of a variable of trade costs in a table of pairs.
type Shock struct {
	Baseline, Counterfactual  string // columns
	Exporter, Importer, Value string // columns; "": exporter, importer, trade
}

// Change gives the change of t^(1-sigma) for a coefficient of the variable:
// exp(coefficient · difference), where difference is counterfactual less baseline.
func Change(difference []float64, coefficient float64) []float64 {
	out := make([]float64, len(difference))
	for k, d := range difference {
		out[k] = math.Exp(coefficient * d)
	}
	return out
}

// WorldOf reads a world, and by how much the variable changes, [n×n], out of a table
// of pairs of countries, own sales included; countries are in the order of their
// first sales. A pair that is missing, or stands twice, is an error.
func WorldOf(f *Frame, s Shock) (w *World, difference []float64, err error) {
	name := func(given, usual string) string {
		if given != "" {
			return given
		}
		return usual
	}
	fail := func(format string, args ...any) (*World, []float64, error) {
		return nil, nil, fmt.Errorf("trade: "+format, args...)
	}
	exporter, err := f.Column(name(s.Exporter, "exporter"))
	if err != nil {
		return fail("%w", err)
	}
	importer, err := f.Column(name(s.Importer, "importer"))
	if err != nil {
		return fail("%w", err)
	}
	value, err := f.Column(name(s.Value, "trade"))
	if err != nil {
		return fail("%w", err)
	}
	before, err := f.Column(s.Baseline)
	if err != nil {
		return fail("%w", err)
	}
	after, err := f.Column(s.Counterfactual)
	if err != nil {
		return fail("%w", err)
	}
	for _, c := range []*Column{value, before, after} {
		if !c.IsNumber() {
			return fail("%s: numbers were expected", c.Name)
		}
	}
	index := map[string]int{}
	w = &World{}
	for i := range f.Rows {
		c := exporter.text(i)
		if _, ok := index[c]; !ok && c != "" {
			index[c] = len(w.Countries)
			w.Countries = append(w.Countries, c)
		}
	}
	n := len(w.Countries)
	w.Trade = make([]float64, n*n)
	difference = make([]float64, n*n)
	for i := range difference {
		w.Trade[i] = math.NaN()
	}
	for i := range f.Rows {
		a, okA := index[exporter.text(i)]
		b, okB := index[importer.text(i)]
		if !okA || !okB {
			return fail("row %d: %s buys and never sells, or a name is missing", i+1, importer.text(i))
		}
		if !math.IsNaN(w.Trade[a*n+b]) {
			return fail("row %d: %s to %s stands twice: one year of data was expected", i+1, exporter.text(i), importer.text(i))
		}
		x, d := value.Numbers[i], after.Numbers[i]-before.Numbers[i]
		if math.IsNaN(x) || math.IsNaN(d) {
			return fail("row %d: %s to %s: a value is missing", i+1, exporter.text(i), importer.text(i))
		}
		w.Trade[a*n+b], difference[a*n+b] = x, d
	}
	for i := range w.Trade {
		if math.IsNaN(w.Trade[i]) {
			return fail("%s to %s is missing: every pair was expected, own sales and zeros too", w.Countries[i/n], w.Countries[i%n])
		}
	}
	return w, difference, nil
}

// SectorsOf is [WorldOf] of a table with a column of sectors: each sector has every
// pair of the same countries. Sigma gives the elasticity of each sector.
func SectorsOf(f *Frame, s Shock, column string, coefficient float64, sigma func(sector string) (float64, error)) ([]string, []Sector, error) {
	c, err := f.Column(column)
	if err != nil {
		return nil, nil, fmt.Errorf("trade: %w", err)
	}
	var names []string
	rows := map[string][]int{}
	for i := range f.Rows {
		name := c.text(i)
		if rows[name] == nil {
			names = append(names, name)
		}
		rows[name] = append(rows[name], i)
	}
	var countries []string
	var out []Sector
	for _, name := range names {
		w, difference, err := WorldOf(f.take(rows[name]), s)
		if err != nil {
			return nil, nil, fmt.Errorf("%w (sector %s)", err, name)
		}
		if countries == nil {
			countries = w.Countries
		}
		at := map[string]int{}
		for i, k := range w.Countries {
			at[k] = i
		}
		n := len(countries)
		x := Sector{Name: name, Trade: make([]float64, n*n), Change: make([]float64, n*n)}
		if x.Sigma, err = sigma(name); err != nil {
			return nil, nil, err
		}
		change := Change(difference, coefficient)
		for i, a := range countries {
			for j, b := range countries {
				from, okA := at[a]
				to, okB := at[b]
				if !okA || !okB || len(w.Countries) != n {
					return nil, nil, fmt.Errorf("trade: sector %s has other countries than %s: the same were expected", name, names[0])
				}
				x.Trade[i*n+j], x.Change[i*n+j] = w.Trade[from*n+to], change[from*n+to]
			}
		}
		out = append(out, x)
	}
	return countries, out, nil
}

// take gives some rows of a table.
func (f *Frame) take(rows []int) *Frame {
	out := NewFrame(len(rows))
	for _, c := range f.Columns {
		x := &Column{Name: c.Name, Levels: c.Levels}
		if c.IsNumber() {
			x.Numbers = make([]float64, len(rows))
			for k, i := range rows {
				x.Numbers[k] = c.Numbers[i]
			}
		} else {
			x.Codes = make([]int32, len(rows))
			for k, i := range rows {
				x.Codes[k] = c.Codes[i]
			}
		}
		out.Add(x)
	}
	return out
}

// text gives a value as text, "" where it is missing.
func (c *Column) text(i int) string {
	if !c.IsNumber() {
		if c.Codes[i] < 0 {
			return ""
		}
		return c.Levels[c.Codes[i]]
	}
	if math.IsNaN(c.Numbers[i]) {
		return ""
	}
	return fmt.Sprint(c.Numbers[i])
}
