package assignment

import "math"

// newtonLimit is the number of resources up to which [logitState.newton] is
// tried: it solves a dense system of that size.
const newtonLimit = 2500

// newtonPatience is how many steps in a row may bring nothing.
const newtonPatience = 8

// newton tries to finish from the flows in s.flow: Newton's method on
// x - G(x) = 0, where G(x) are the volumes of the choice at the delays of
// volumes x, with the derivative of the nested logit written out. It converges
// fast where it converges; it stops when several steps in a row bring no better
// residual, and then leaves the flows as they were. It reports the residual
// that it reached, and whether that is the target.
func (s *logitState) newton(x, g []float64, target float64) (float64, bool) {
	n := len(x)
	if n > newtonLimit {
		return math.Inf(1), false
	}
	before := append([]float64(nil), s.flow...)
	best, fails := math.Inf(1), 0
	for fails < newtonPatience {
		s.respond(x, g)
		found := append([]float64(nil), s.flow...)
		residual := s.residual(g)
		if residual <= target {
			return residual, true
		}
		if fails++; residual < 0.9*best {
			best, fails = residual, 0
		}
		copy(s.flow, found)
		s.newtonStep(x, g)
	}
	copy(s.flow, before)
	return best, false
}

// newtonStep moves x by one step: (I + S D') dx = G(x) - x, where S is minus the
// derivative of volumes by delays, and D' that of delays by volumes.
func (s *logitState) newtonStep(x, g []float64) {
	n := len(x)
	m := make([][]float64, n)
	for r := range m {
		m[r] = make([]float64, n+1)
	}
	for d := range s.p.Demands {
		s.sensitivity(d, m)
	}
	for c := 0; c < n; c++ {
		slope := s.slopeAt(int(c), x[c])
		for r := 0; r < n; r++ {
			m[r][c] *= slope
		}
	}
	for r := 0; r < n; r++ {
		m[r][r]++
		m[r][n] = g[r] - x[r]
	}
	step := gauss(m)
	for r := range step {
		x[r] = math.Max(0, x[r]+step[r])
	}
}

// sensitivity adds demand d's part of S: with shares P of routes and P(k|m) of a
// route in its nest,
//
//	-dh_k/dC_l = q P_k ( theta/lambda (1[k=l] - 1[same nest] P(l|m)) + theta (1[same nest] P(l|m) - P_l) ).
func (s *logitState) sensitivity(d int, m [][]float64) {
	first, last := s.r.First[d], s.r.First[d+1]
	q := s.p.Demands[d].TPerYr
	if last-first < 2 || q == 0 {
		return
	}
	class := &s.p.Classes[s.p.Demands[d].Class]
	inner := class.DispersionPerH / class.NestRatio
	nest := map[int32]float64{}
	for k := first; k < last; k++ {
		nest[s.r.Nest[k]] += s.flow[k]
	}
	for k := first; k < last; k++ {
		if s.flow[k] == 0 {
			continue
		}
		for l := first; l < last; l++ {
			v := -class.DispersionPerH * s.flow[l] / q
			if s.r.Nest[k] == s.r.Nest[l] {
				v += (class.DispersionPerH - inner) * s.flow[l] / nest[s.r.Nest[l]]
			}
			if k == l {
				v += inner
			}
			v *= s.flow[k]
			for _, r := range s.r.Res[s.r.ResStart[k]:s.r.ResStart[k+1]] {
				for _, c := range s.r.Res[s.r.ResStart[l]:s.r.ResStart[l+1]] {
					m[r][c] += v
				}
			}
		}
	}
}
