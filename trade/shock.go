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
