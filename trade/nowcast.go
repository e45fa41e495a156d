package trade

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

func percent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

// Quantile gives the value below which the sum stays with a probability.
func (o *Outlook) Quantile(p float64) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: o.Scale, Nu: o.Free}
	return math.Max(o.Floor, o.Known+(o.Median-o.Known)*math.Exp(t.Quantile(p)))
}

// Interval gives the middle interval that holds the sum with a probability.
func (o *Outlook) Interval(p float64) [2]float64 {
	return [2]float64{o.Quantile((1 - p) / 2), o.Quantile((1 + p) / 2)}
}

// Chance gives the probability that the sum reaches a value.
func (o *Outlook) Chance(value float64) float64 {
	if value <= math.Max(o.Known, o.Floor) {
		return 1
	}
	if o.Scale == 0 {
		if o.Median >= value {
			return 1
		}
		return 0
	}
	t := distuv.StudentsT{Mu: 0, Sigma: o.Scale, Nu: o.Free}
	return 1 - t.CDF(math.Log((value-o.Known)/(o.Median-o.Known)))
}

// NowcastMonths gives the outlook on the year of which the last months of x are the
// first: x are positive months, the first one January.
func NowcastMonths(x []float64) Outlook {
	done := len(x) % period
	known := 0.0
	for _, v := range x[len(x)-done:] {
		known += v
	}
	o := outlook(x, 0, period-done)
	o.Median += known
	o.Known = known
	return o
}

// YearsAhead gives the outlook on the year that is years after the last whole one
// of x, from whole years of months.
func YearsAhead(x []float64, years int) Outlook {
	return outlook(x, period*(years-1), period)
}
