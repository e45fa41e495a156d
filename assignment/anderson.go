package assignment

import "math"

// anderson accelerates a fixed-point iteration by least squares over the last
// few steps (Walker and Ni 2011, algorithm AA, with the normal equations and a
// small ridge, since the depth is at most a handful).
type anderson struct {
	depth  int
	dx, df [][]float64 // differences of x and of the step f
	lastX  []float64
	lastF  []float64
}

func newAnderson(depth int) *anderson { return &anderson{depth: depth} }

func (a *anderson) reset() { a.dx, a.df, a.lastX, a.lastF = nil, nil, nil, nil }

// next moves x to the accelerated point, given the step f that the plain
// iteration would take from x.
func (a *anderson) next(x, f []float64) {
	n := len(x)
	if a.lastX != nil {
		dx, df := make([]float64, n), make([]float64, n)
		for i := range dx {
			dx[i], df[i] = x[i]-a.lastX[i], f[i]-a.lastF[i]
		}
		a.dx, a.df = append(a.dx, dx), append(a.df, df)
		if len(a.dx) > a.depth {
			a.dx, a.df = a.dx[1:], a.df[1:]
		}
	}
	a.lastX, a.lastF = append([]float64(nil), x...), append([]float64(nil), f...)
	gamma := a.solve(f)
	for i := range x {
		v := x[i] + f[i]
		for k := range gamma {
			v -= gamma[k] * (a.dx[k][i] + a.df[k][i])
		}
		x[i] = math.Max(0, v) // a volume
	}
}

// solve gives gamma that minimises |f - DF gamma|.
func (a *anderson) solve(f []float64) []float64 {
	m := len(a.df)
	if m == 0 {
		return nil
	}
	normal := make([][]float64, m)
	for i := range normal {
		normal[i] = make([]float64, m+1)
		for j := range a.df {
			normal[i][j] = dot(a.df[i], a.df[j])
		}
		normal[i][m] = dot(a.df[i], f)
	}
	trace := 0.0
	for i := range normal {
		trace += normal[i][i]
	}
	for i := range normal {
		normal[i][i] += 1e-12 * trace
	}
	return gauss(normal)
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// gauss solves a small system given with its right side as last column, by
// elimination with partial pivoting; a singular system gives nil.
func gauss(m [][]float64) []float64 {
	n := len(m)
	for c := 0; c < n; c++ {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[p][c]) {
				p = r
			}
		}
		if m[p][c] == 0 {
			return nil
		}
		m[c], m[p] = m[p], m[c]
		for r := c + 1; r < n; r++ {
			f := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		x[r] = m[r][n]
		for k := r + 1; k < n; k++ {
			x[r] -= m[r][k] * x[k]
		}
		x[r] /= m[r][r]
	}
	return x
}
