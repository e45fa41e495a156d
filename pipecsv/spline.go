package pipecsv

import (
	"math"
	"sort"
)

// spline is the natural cubic spline through points, constant beyond both ends: between x[i]
// and x[i+1] it is y + b t + c t² + d t³ with t = x - x[i]
// (de Boor, A Practical Guide to Splines, 2001, ch. IV). It is a pipeflow.RealGas.
type spline struct{ x, y, b, c, d []float64 }

// newSpline takes two points or more, x rising. Cost O(n).
func newSpline(x, y []float64) *spline {
	n := len(x)
	s := &spline{x: x, y: y, b: make([]float64, n-1), c: make([]float64, n), d: make([]float64, n-1)}
	// Thomas's algorithm for c, which is 0 at both ends.
	upper := make([]float64, n)
	for i := 1; i < n-1; i++ {
		before, after := x[i]-x[i-1], x[i+1]-x[i]
		turn := (y[i+1]-y[i])/after - (y[i]-y[i-1])/before
		pivot := 2*(before+after) - before*upper[i-1]
		upper[i] = after / pivot
		s.c[i] = (3*turn - before*s.c[i-1]) / pivot
	}
	for i := n - 2; i >= 0; i-- {
		h := x[i+1] - x[i]
		s.c[i] -= upper[i] * s.c[i+1]
		s.d[i] = (s.c[i+1] - s.c[i]) / (3 * h)
		s.b[i] = (y[i+1]-y[i])/h - h*(2*s.c[i]+s.c[i+1])/3
	}
	return s
}

// At gives the value and its derivative. Cost O(log n).
func (s *spline) At(x float64) (y, slope float64) {
	last := len(s.x) - 1
	switch {
	case !(x > s.x[0]):
		return s.y[0], 0
	case x >= s.x[last]:
		return s.y[last], 0
	}
	i := sort.SearchFloat64s(s.x, x)
	if s.x[i] > x {
		i--
	}
	t := x - s.x[i]
	return s.y[i] + t*(s.b[i]+t*(s.c[i]+t*s.d[i])), s.b[i] + t*(2*s.c[i]+t*3*s.d[i])
}

// notAbove gives the first interval in which the spline falls to least or below, or is no
// number, -1 where there is none.
func (s *spline) notAbove(least float64) int {
	for i := range s.d {
		h := s.x[i+1] - s.x[i]
		low := math.Min(s.y[i], s.y[i+1])
		// The derivative b + 2 c t + 3 d t² is zero at the ends of low and high stretches, by
		// the form of the roots that keeps its digits where d is small.
		if root := s.c[i]*s.c[i] - 3*s.b[i]*s.d[i]; root >= 0 {
			q := -(s.c[i] + math.Copysign(math.Sqrt(root), s.c[i]))
			for _, t := range [2]float64{q / (3 * s.d[i]), s.b[i] / q} {
				if t > 0 && t < h {
					low = math.Min(low, s.y[i]+t*(s.b[i]+t*(s.c[i]+t*s.d[i])))
				}
			}
		}
		if sum := s.b[i] + s.c[i] + s.d[i] + low; !(low > least) || math.IsNaN(sum) || math.IsInf(sum, 0) {
			return i
		}
	}
	return -1
}
