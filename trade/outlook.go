package trade

import (
	"math"
	"sort"
)

// Outlook is the view on a sum of months to come: its median and how the
// logarithm of what comes differs from that of the median, as a Student
// distribution.
type Outlook struct {
	Median float64
	Known  float64 // part of the sum that is known already
	Floor  float64 // what the sum is not below: the part of it that was told
	Scale  float64 // of the logarithm of the part to come
	Free   float64 // degrees of freedom
	Method string
	Years  int // earlier years on which the method was tried
}

// member is one way to forecast: it gives the months after the first n.
type member struct {
	name string
	// variance of the logarithm of a sum by the model itself; nil where it has none.
	variance func(shares []float64, skip int) float64
	// ahead forecasts h months after the first n values, from those alone.
	ahead func(n, h int) []float64
}

// members are the ways that are combined. Those that carry last year's months on
// are for the rest of a year; over whole years they are little better than no
// change, and the drift of the totals takes their place.
func members(x []float64, wholeYears bool) []member {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log(v)
	}
	ways := []member{smoothingMember(y), thetaMember(y, false), thetaMember(y, true)}
	if wholeYears {
		return append(ways, driftMember(x))
	}
	return append(ways, growthMember(y), shareMember(x))
}

// smoothingMember averages smoothing models by the weight that their
// information criterion gives them. Weights are fitted once, on all values that
// are known; the states of earlier years come from earlier values only.
func smoothingMember(y []float64) member {
	var models []*smoother
	best := math.Inf(1)
	for _, trend := range []bool{false, true} {
		for _, seasonal := range []bool{true, false} {
			if seasonal && len(y) < 3*period {
				continue
			}
			s := &smoother{trend: trend, seasonal: seasonal}
			s.fit(y)
			models = append(models, s)
			best = math.Min(best, s.aicc)
		}
	}
	states := make([][]state, len(models))
	for k, s := range models {
		st := s.start(y)
		states[k] = append(states[k], st)
		for _, v := range y {
			s.step(&st, v)
			states[k] = append(states[k], st)
		}
	}
	variance := func(shares []float64, skip int) float64 {
		v, total := 0.0, 0.0
		for _, s := range models {
			w := math.Exp(-0.5 * (s.aicc - best))
			v += w * s.variance(shares, skip)
			total += w
		}
		return v / total
	}
	return member{"smoothing", variance, func(n, h int) []float64 {
		out := make([]float64, h)
		total := 0.0
		for k, s := range models {
			w := math.Exp(-0.5 * (s.aicc - best))
			if w < 1e-3 {
				continue
			}
			total += w
			for i := range out {
				out[i] += w * s.ahead(&states[k][n], i+1)
			}
		}
		for i := range out {
			out[i] = math.Exp(out[i] / total)
		}
		return out
	}}
}

// thetaMember is the standard Theta method (Assimakopoulos and Nikolopoulos
// 2000, International Journal of Forecasting 16(4)) of the values without their
// seasons, or of their logarithms: smoothing of the level, with half of the slope
// of the whole.
func thetaMember(y []float64, logs bool) member {
	name := "theta"
	if logs {
		name = "theta of logarithms"
	}
	return member{name, nil, func(n, h int) []float64 {
		var s [period]float64
		if n >= 3*period && (logs || isSeasonal(y[:n])) {
			s = seasons(y[:n])
		}
		adjusted := make([]float64, n)
		for i := range adjusted {
			adjusted[i] = y[i] - s[i%period]
			if !logs {
				adjusted[i] = math.Exp(adjusted[i])
			}
		}
		level, alpha := smoothLevel(adjusted)
		slope := slopeOf(adjusted) / 2
		out := make([]float64, h)
		for i := range out {
			v := level + slope*(float64(i)+(1-math.Pow(1-alpha, float64(n)))/alpha)
			if logs {
				v = math.Exp(v)
			} else {
				v = math.Max(v, level/10) // a falling line does not go below nothing
			}
			out[i] = v * math.Exp(s[(n+i)%period])
		}
		return out
	}}
}

// driftMember lets the last twelve months grow by half of the mean growth of the
// years, spread as the months of the last year are.
func driftMember(x []float64) member {
	return member{"half drift", nil, func(n, h int) []float64 {
		years := n / period
		first, last := total(x[n-years*period:n-(years-1)*period]), total(x[n-period:n])
		g := 0.0
		if years > 1 {
			g = math.Log(last/first) / float64(years-1) / 2
		}
		out := make([]float64, h)
		for i := range out {
			out[i] = x[n-period+i%period] * math.Exp(g*float64(i/period+1))
		}
		return out
	}}
}

// isSeasonal tests the correlation with the year before (90 %), as the
// competitions did.
func isSeasonal(y []float64) bool {
	n := len(y)
	mean := 0.0
	for _, v := range y {
		mean += v / float64(n)
	}
	c := make([]float64, period+1)
	for lag := range c {
		for i := lag; i < n; i++ {
			c[lag] += (y[i] - mean) * (y[i-lag] - mean)
		}
	}
	if c[0] <= 0 {
		return false
	}
	sum := 1.0
	for lag := 1; lag < period; lag++ {
		sum += 2 * (c[lag] / c[0]) * (c[lag] / c[0])
	}
	return math.Abs(c[period]/c[0]) > 1.645*math.Sqrt(sum/float64(n))
}

// smoothLevel smooths with the weight that makes one-step errors least.
func smoothLevel(x []float64) (level, alpha float64) {
	sse := func(a float64) (float64, float64) {
		l, ss := x[0], 0.0
		for _, v := range x[1:] {
			e := v - l
			ss += e * e
			l += a * e
		}
		return ss, l
	}
	// Golden section on [0.05, 1].
	const ratio = 0.6180339887498949
	lo, hi := 0.05, 1.0
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, _ := sse(a)
	fb, _ := sse(b)
	for range 24 {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa, _ = sse(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb, _ = sse(b)
		}
	}
	alpha = (lo + hi) / 2
	_, level = sse(alpha)
	return level, alpha
}

// slopeOf is the least-squares slope of values against time.
func slopeOf(x []float64) float64 {
	n := float64(len(x))
	tm, xm := (n-1)/2, 0.0
	for _, v := range x {
		xm += v / n
	}
	num, den := 0.0, 0.0
	for i, v := range x {
		num += (float64(i) - tm) * (v - xm)
		den += (float64(i) - tm) * (float64(i) - tm)
	}
	if den == 0 {
		return 0
	}
	return num / den
}

// growthMember carries last year's months on by the growth of the last months
// over the same a year before, which fades by half in a year.
func growthMember(y []float64) member {
	return member{"growth", nil, func(n, h int) []float64 {
		g := 0.0
		const window = 6
		if n >= period+window {
			for i := n - window; i < n; i++ {
				g += (y[i] - y[i-period]) / window
			}
		}
		out := make([]float64, h)
		for i := range out {
			last := n + i
			years := 0
			for last >= n {
				last -= period
				years++
			}
			if last < 0 {
				out[i] = math.Exp(y[n-1])
				continue
			}
			grown := 0.0
			for k := range years {
				grown += g * math.Pow(0.5, float64(k))
			}
			out[i] = math.Exp(y[last] + grown)
		}
		return out
	}}
}

// shareMember gives each month the share that it had, in the last five years, of
// the twelve months up to now, at the level of these.
func shareMember(x []float64) member {
	return member{"shares", nil, func(n, h int) []float64 {
		out := make([]float64, h)
		if n < 2*period {
			for i := range out {
				out[i] = x[n-1]
			}
			return out
		}
		year := 0.0
		for _, v := range x[n-period : n] {
			year += v
		}
		for i := range out {
			sum, count := 0.0, 0.0
			for back := 1; back <= 5; back++ {
				at := n + i - back*period*((i/period)+1)
				from := n - back*period*((i/period)+1)
				if at < 0 || from-period < 0 || at >= n {
					break
				}
				base := 0.0
				for _, v := range x[from-period : from] {
					base += v
				}
				if base > 0 {
					sum += math.Log(x[at] / base)
					count++
				}
			}
			if count == 0 {
				out[i] = year / period
				continue
			}
			out[i] = year * math.Exp(sum/count)
		}
		return out
	}}
}

// outlook forecasts the sum of months n+skip … n+skip+count-1 of the values
// known, by the ways combined: each earlier year in which the same could have been
// asked tells how far each way was off, which gives it its weight and the outlook
// its spread.
func outlook(x []float64, skip, count int) Outlook {
	n := len(x)
	h := skip + count
	ways := members(x, count == period)
	sum := func(v []float64) float64 {
		s := 0.0
		for _, f := range v[skip:] {
			s += f
		}
		return s
	}
	now := make([]float64, len(ways))
	for k, w := range ways {
		now[k] = math.Log(sum(w.ahead(n, h)))
	}
	// Earlier origins, a year apart.
	var past [][]float64 // [origin][way] log error
	for origin := n - period*((h+period-1)/period); origin >= 3*period && len(past) < 8; origin -= period {
		actual := 0.0
		for _, v := range x[origin+skip : origin+h] {
			actual += v
		}
		errors := make([]float64, len(ways))
		for k, w := range ways {
			errors[k] = math.Log(actual) - math.Log(sum(w.ahead(origin, h)))
		}
		past = append(past, errors)
	}
	weights := combine(past, len(ways))
	o := Outlook{Years: len(past), Method: describe(ways, weights)}
	center := 0.0
	for k := range ways {
		center += weights[k] * now[k]
	}
	o.Median = math.Exp(center)
	months := ways[0].ahead(n, h)[skip:]
	shares := make([]float64, count)
	for i, v := range months {
		shares[i] = v / total(months)
	}
	o.Scale, o.Free = spreadOf(past, weights, now, ways[0].variance(shares, skip))
	return o
}

// combine weighs ways by their squared errors in earlier years, drawn half-way to
// equal weights: with few years the best so far is mostly luck (Claeskens et al.
// 2016, International Journal of Forecasting 32(3)).
func combine(past [][]float64, ways int) []float64 {
	w := make([]float64, ways)
	for k := range w {
		w[k] = 1 / float64(ways)
	}
	if len(past) < 2 {
		return w
	}
	inverse := make([]float64, ways)
	total, all := 0.0, 0.0
	for k := range inverse {
		s := 0.0
		for _, e := range past {
			s += e[k] * e[k]
		}
		inverse[k] = s / float64(len(past))
		all += inverse[k] / float64(ways)
	}
	for k := range inverse {
		inverse[k] = 1 / (inverse[k] + 0.1*all + 1e-12)
		total += inverse[k]
	}
	for k := range w {
		w[k] = 0.5*w[k] + 0.5*inverse[k]/total
	}
	return w
}

func describe(ways []member, weights []float64) string {
	order := make([]int, len(ways))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return weights[order[a]] > weights[order[b]] })
	text := "combination of "
	for i, k := range order {
		if i > 0 {
			text += ", "
		}
		text += ways[k].name + " " + percent(weights[k])
	}
	return text
}

// spreadOf is the scale of the error's logarithm: what the combination was off in
// earlier years, drawn to what the smoothing models expect of themselves and to
// what the ways disagree by, as if those told as much as a few years.
func spreadOf(past [][]float64, weights, now []float64, model float64) (scale, free float64) {
	center, disagree := 0.0, 0.0
	for k, w := range weights {
		center += w * now[k]
	}
	for k, w := range weights {
		disagree += w * (now[k] - center) * (now[k] - center)
	}
	own, m := 0.0, float64(len(past))
	for _, e := range past {
		c := 0.0
		for k, w := range weights {
			c += w * e[k]
		}
		own += c * c
	}
	const few = 3.0
	v := (own + few*(model+disagree)) / (m + few)
	// Errors have heavier tails than a normal's (series break): half of the degrees
	// of freedom, at the same variance.
	free = math.Max(3, (m+few)/2)
	return math.Sqrt(v * (free - 2) / free), free
}
