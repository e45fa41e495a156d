package trade

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// MonthlySeries is a series of positive months from a January on.
type MonthlySeries struct {
	Name   string
	Values []float64
}

// SeriesOf reads monthly series out of a table: series, year, month, value.
func SeriesOf(f *Frame) ([]MonthlySeries, error) {
	var columns [4]*Column
	for i, name := range []string{"series", "year", "month", "value"} {
		var err error
		if columns[i], err = f.Column(name); err != nil {
			return nil, fmt.Errorf("trade: %w", err)
		}
		if i > 0 && !columns[i].IsNumber() {
			return nil, fmt.Errorf("trade: %s: numbers were expected", name)
		}
	}
	type at struct{ index, row int }
	byName := map[string][]at{}
	var order []string
	for i := range f.Rows {
		name := columns[0].text(i)
		year, month := columns[1].Numbers[i], columns[2].Numbers[i]
		if !(month >= 1 && month <= 12) || math.IsNaN(year) {
			return nil, fmt.Errorf("trade: row %d: a year and a month from 1 to 12 were expected", i+1)
		}
		if byName[name] == nil {
			order = append(order, name)
		}
		byName[name] = append(byName[name], at{int(year)*period + int(month) - 1, i})
	}
	var out []MonthlySeries
	for _, name := range order {
		list := byName[name]
		sort.SliceStable(list, func(a, b int) bool { return list[a].index < list[b].index })
		s := MonthlySeries{Name: name}
		for k, a := range list {
			v := columns[3].Numbers[a.row]
			switch {
			case !(v > 0) || math.IsInf(v, 0):
				return nil, fmt.Errorf("trade: row %d: %s: the value is %g: more than 0 was expected", a.row+1, name, v)
			case k == 0 && a.index%period != 0:
				return nil, fmt.Errorf("trade: %s does not begin with a month 1", name)
			case k > 0 && a.index != list[k-1].index+1:
				return nil, fmt.Errorf("trade: row %d: %s: a month is missing, or stands twice, before it", a.row+1, name)
			}
			s.Values = append(s.Values, v)
		}
		if len(s.Values)%period != 0 {
			return nil, fmt.Errorf("trade: %s does not end with a month 12", name)
		}
		out = append(out, s)
	}
	return out, nil
}

// Backtest is how well the method did on many series.
type Backtest struct {
	Series  int `json:"n_series"`
	Nowcast struct {
		MAPE       float64 `json:"mape"`
		MASE       float64 `json:"mase"`
		Coverage80 float64 `json:"coverage_80"`
		Coverage95 float64 `json:"coverage_95"`
		Brier      float64 `json:"brier"`
		BrierHard  float64 `json:"brier_hard"`
	} `json:"nowcast"`
	Annual struct {
		Y1 AnnualScore `json:"y1"`
		Y2 AnnualScore `json:"y2"`
	} `json:"annual"`
	SecondsPerSeries float64 `json:"seconds_per_series"`

	// Errors by series, for paired comparisons: of the nowcast as a share, and of
	// the totals of both years in scales of the series.
	NowcastErrors, Y1Errors, Y2Errors []float64 `json:"-"`
}

// AnnualScore is how well totals of a year were forecast.
type AnnualScore struct {
	MAPE       float64 `json:"mape"`
	MASE       float64 `json:"mase"`
	Coverage80 float64 `json:"coverage_80"`
	Coverage95 float64 `json:"coverage_95"`
}

// RunBacktest forecasts, for each series, the last year's total from its first
// ten months, and the totals of the last two years from the years before. MAPE and
// coverage are in percent. MASE: errors in scales of the series, which are the mean
// absolute change of the annual totals before (annual) and twice that of the
// months over a year (nowcast).
func RunBacktest(list []MonthlySeries, progress func(done int)) (*Backtest, error) {
	b := &Backtest{Series: len(list)}
	if len(list) == 0 {
		return nil, fmt.Errorf("trade: there is no series")
	}
	began := time.Now()
	n := float64(len(list))
	for i, s := range list {
		if len(s.Values) < 6*period {
			return nil, fmt.Errorf("trade: %s has %d months: six years or more were expected", s.Name, len(s.Values))
		}
		b.nowcast(s.Values, n)
		b.annual(s.Values, n)
		if progress != nil {
			progress(i + 1)
		}
	}
	b.SecondsPerSeries = time.Since(began).Seconds() / n
	return b, nil
}

func total(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

func (b *Backtest) nowcast(x []float64, n float64) {
	last := len(x) - period
	actual := total(x[last:])
	known := x[:last+10]
	o := NowcastMonths(known)
	scale := 0.0
	for i := period; i < len(known); i++ {
		scale += math.Abs(known[i]-known[i-period]) / float64(len(known)-period)
	}
	e := math.Abs(o.Median - actual)
	b.NowcastErrors = append(b.NowcastErrors, e/actual)
	b.Nowcast.MAPE += 100 * e / actual / n
	if scale > 0 {
		b.Nowcast.MASE += e / (2 * scale) / n
	}
	within := func(p float64) float64 {
		v := o.Interval(p)
		if actual >= v[0] && actual <= v[1] {
			return 100 / n
		}
		return 0
	}
	b.Nowcast.Coverage80 += within(0.8)
	b.Nowcast.Coverage95 += within(0.95)
	brier := func(targets []float64) float64 {
		s := 0.0
		for _, t := range targets {
			hit := 0.0
			if actual >= t {
				hit = 1
			}
			d := o.Chance(t) - hit
			s += d * d / float64(len(targets))
		}
		return s / n
	}
	lastYear := total(x[last-period : last])
	var easy, hard []float64
	for _, f := range []float64{0.90, 0.95, 1.00, 1.05, 1.10, 1.20} {
		easy = append(easy, lastYear*f)
	}
	ratio := total(x[last:last+10]) * lastYear / total(x[last-period:last-period+10])
	for _, f := range []float64{0.98, 0.99, 1.00, 1.01, 1.02} {
		hard = append(hard, ratio*f)
	}
	b.Nowcast.Brier += brier(easy)
	b.Nowcast.BrierHard += brier(hard)
}

func (b *Backtest) annual(x []float64, n float64) {
	cut := len(x) - 2*period
	known := x[:cut]
	scale, count := 0.0, 0.0
	for i := 2 * period; i <= cut; i += period {
		scale += math.Abs(total(x[i-period:i]) - total(x[i-2*period:i-period]))
		count++
	}
	scale /= count
	for year, score := range []*AnnualScore{&b.Annual.Y1, &b.Annual.Y2} {
		o := YearsAhead(known, year+1)
		actual := total(x[cut+year*period : cut+(year+1)*period])
		e := math.Abs(o.Median - actual)
		score.MAPE += 100 * e / actual / n
		if scale > 0 {
			score.MASE += e / scale / n
		}
		if year == 0 {
			b.Y1Errors = append(b.Y1Errors, e/scale)
		} else {
			b.Y2Errors = append(b.Y2Errors, e/scale)
		}
		for p, into := range map[float64]*float64{0.8: &score.Coverage80, 0.95: &score.Coverage95} {
			if v := o.Interval(p); actual >= v[0] && actual <= v[1] {
				*into += 100 / n
			}
		}
	}
}
