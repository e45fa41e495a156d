package trade

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// smoother is exponential smoothing of logarithms with additive errors: a level,
// with or without a damped trend, with or without twelve seasons (Hyndman,
// Koehler, Ord and Snyder 2008, Forecasting with Exponential Smoothing, chapter
// 3). On logarithms seasons and trends are shares of the level.
type smoother struct {
	trend, seasonal bool
	alpha, beta     float64 // of the level and the trend
	gamma, phi      float64 // of the seasons; damping
	sigma2          float64 // of one step
	aicc            float64
}

// period is the number of months of a year.
const period = 12

// state is where a smoother stands.
type state struct {
	level, trend float64
	season       [period]float64
	month        int // of the next value
}

// step takes a value in and gives the error of its forecast.
func (s *smoother) step(st *state, y float64) float64 {
	slope := 0.0
	if s.trend {
		slope = s.phi * st.trend
	}
	k := st.month % period
	e := y - (st.level + slope + st.season[k])
	st.level += slope + s.alpha*e
	if s.trend {
		st.trend = slope + s.alpha*s.beta*e
	}
	if s.seasonal {
		st.season[k] += s.gamma * (1 - s.alpha) * e
	}
	st.month++
	return e
}

// ahead gives the forecast h months on, h from 1.
func (s *smoother) ahead(st *state, h int) float64 {
	v := st.level + st.season[(st.month+h-1)%period]
	if s.trend {
		damp, sum := 1.0, 0.0
		for range h {
			damp *= s.phi
			sum += damp
		}
		v += sum * st.trend
	}
	return v
}

// start guesses the state before the first value from the first years.
func (s *smoother) start(y []float64) state {
	var st state
	if s.seasonal {
		st.season = seasons(y[:min(len(y), 4*period)])
	}
	n := min(len(y), 2*period)
	half := n / 2
	a, b := 0.0, 0.0
	for i := range n {
		v := y[i] - st.season[i%period]
		if i < half {
			a += v / float64(half)
		} else {
			b += v / float64(n-half)
		}
	}
	slope := 0.0
	if half > 0 {
		slope = (b - a) / (float64(n) / 2)
	}
	st.level = a - slope*float64(half+1)/2
	if s.trend {
		st.trend = slope
	} else {
		st.level = a
	}
	return st
}

// seasons gives the mean of each month less that of all, after a moving year is
// taken out.
func seasons(y []float64) [period]float64 {
	var out [period]float64
	var count [period]float64
	half := period / 2
	for i := half; i+half < len(y); i++ {
		m := 0.5*y[i-half] + 0.5*y[i+half]
		for k := i - half + 1; k < i+half; k++ {
			m += y[k]
		}
		out[i%period] += y[i] - m/period
		count[i%period]++
	}
	mean := 0.0
	for k := range out {
		if count[k] > 0 {
			out[k] /= count[k]
		}
		mean += out[k] / period
	}
	for k := range out {
		out[k] -= mean
	}
	return out
}

// run goes through values and gives the sum of squared errors and the state.
func (s *smoother) run(y []float64, from state) (float64, state) {
	ss := 0.0
	for _, v := range y {
		e := s.step(&from, v)
		ss += e * e
	}
	return ss, from
}

// fit chooses the weights that make one-step errors least.
func (s *smoother) fit(y []float64) {
	begin := s.start(y)
	set := func(x []float64) {
		i := 0
		next := func() float64 {
			v := 1 / (1 + math.Exp(-x[i]))
			i++
			return v
		}
		s.alpha = 0.001 + 0.998*next()
		if s.trend {
			s.beta = 0.001 + 0.5*next()
			s.phi = 0.8 + 0.18*next()
		}
		if s.seasonal {
			s.gamma = 0.001 + 0.6*next()
		}
	}
	x := []float64{-0.5}
	if s.trend {
		x = append(x, -1.5, 1)
	}
	if s.seasonal {
		x = append(x, -1.5)
	}
	n := float64(len(y))
	problem := optimize.Problem{Func: func(x []float64) float64 {
		set(x)
		ss, _ := s.run(y, begin)
		penalty := 0.0
		for _, v := range x { // keeps the search where the weights differ
			penalty += 1e-5 * v * v
		}
		return math.Log(ss/n+1e-12) + penalty
	}}
	settings := &optimize.Settings{FuncEvaluations: 60 * len(x), Converger: &optimize.FunctionConverge{Absolute: 1e-5, Iterations: 15}}
	if result, err := optimize.Minimize(problem, x, settings, &optimize.NelderMead{}); result != nil && (err == nil || result.X != nil) {
		x = result.X
	}
	set(x)
	ss, _ := s.run(y, begin)
	k := float64(len(x) + 1)
	if s.trend {
		k++
	}
	if s.seasonal {
		k += period - 1
	}
	s.sigma2 = ss / math.Max(1, n-k)
	s.aicc = n*math.Log(ss/n+1e-12) + 2*k
	if n-k > 2 {
		s.aicc += 2 * k * (k + 1) / (n - k - 1)
	}
}

// variance gives the variance of the logarithm of a sum of months, of which the
// months 0 … skip-1 are left out; shares are those of the months in the sum.
func (s *smoother) variance(shares []float64, skip int) float64 {
	h := len(shares) + skip
	// What an error does j months on.
	c := make([]float64, h)
	damp, d := 0.0, s.phi
	for j := range c {
		if j == 0 {
			c[j] = 1
			continue
		}
		damp += d
		d *= s.phi
		c[j] = s.alpha
		if s.trend {
			c[j] += s.alpha * s.beta * damp
		}
		if s.seasonal && j%period == 0 {
			c[j] += s.gamma * (1 - s.alpha)
		}
	}
	v := 0.0
	for t := range h {
		w := 0.0
		for i, share := range shares {
			if at := i + skip; at >= t {
				w += share * c[at-t]
			}
		}
		v += w * w
	}
	return v * s.sigma2
}
