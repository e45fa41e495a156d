package trade

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// rectify finds the rows that regressors and effects separate: those for which
// some combination of them is zero wherever the outcome is above zero, and above
// zero for them and for no row below it (Correia, Guimarães and Zylkin 2019,
// arXiv:1903.01633: the iterative rectifier).
//
// Suspect marks the rows looked at, which have no outcome, and is written over;
// every other row without an outcome is held at zero, as those with one are.
//
// The combination must be zero on the rows held, not nearly so: a fit that may
// put them off a little would take rows for separated that are merely small. A
// heavy weight alone leaves them off by its inverse, so what is left is added up
// as a multiplier of their constraint.
func (s *irls) rectify(suspect []bool) []int {
	if !slices.Contains(suspect, true) {
		return nil
	}
	const heavy, tolerance, steps = 1e6, 1e-5, 1000
	const exact = 1e-9 // of what the separated rows have
	k := len(s.names)
	c := k + 1
	w, u, fitted := make([]float64, s.n), make([]float64, s.n), make([]float64, s.n)
	left := make([]float64, s.n*c)
	for i := range w {
		w[i] = heavy
		if suspect[i] {
			w[i], u[i] = 1, 1
		}
		left[i*c] = u[i]
		copy(left[i*c+1:i*c+c], s.x[i*k:i*k+k])
	}
	p := newProjection(s.n, c, s.effects, s.options.Workers)
	p.reweigh(w)
	for range steps {
		p.residual(left, 1e-10)
		gamma := regress(left, w, c)
		negative := false
		held, most := 0.0, 0.0
		for i := range fitted {
			e := left[i*c]
			for j, g := range gamma {
				e -= g * left[i*c+1+j]
			}
			f := u[i] - e
			if suspect[i] {
				most = math.Max(most, f)
			} else {
				held = math.Max(held, math.Abs(f))
			}
			if suspect[i] && math.Abs(f) < tolerance {
				f = 0
			}
			fitted[i] = f
			negative = negative || suspect[i] && f < 0
		}
		if most < tolerance {
			return nil
		}
		if !negative && held <= exact*most {
			var out []int
			for i, f := range fitted {
				if suspect[i] && f > 0 {
					out = append(out, i)
				}
			}
			return out
		}
		for i, f := range fitted {
			next := math.Max(f, 0)
			if !suspect[i] { // a multiplier: what is off zero is asked for the other way
				next = u[i] - f
			}
			left[i*c] += next - u[i]
			u[i] = next
		}
	}
	return nil
}

// falling marks the rows without an outcome whose linear predictor still falls: that
// of a separated row does so by about one in each step of a fit that has else
// converged. Before has the linear predictor of the step before the last.
func (s *irls) falling(before []float64) []bool {
	const falls = 0.5
	out := make([]bool, s.n)
	for i, y := range s.y {
		out[i] = y == 0 && before[i]-s.eta[i] > falls
	}
	return out
}

// empty marks the rows without an outcome.
func (s *irls) empty() []bool {
	out := make([]bool, s.n)
	for i, y := range s.y {
		out[i] = y == 0
	}
	return out
}

// regress gives the weighted least-squares coefficients of column 0 of rows on
// the others; those of regressors that the others hold are zero.
func regress(rows, w []float64, c int) []float64 {
	k := c - 1
	if k == 0 {
		return nil
	}
	gram, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i := range w {
		row := rows[i*c : i*c+c]
		for a := range k {
			wa := w[i] * row[a+1]
			right.SetVec(a, right.AtVec(a)+wa*row[0])
			for b := a; b < k; b++ {
				gram.SetSym(a, b, gram.At(a, b)+wa*row[b+1])
			}
		}
	}
	var svd mat.SVD
	out := make([]float64, k)
	if !svd.Factorize(gram, mat.SVDThin) {
		return out
	}
	var x mat.Dense
	rank := 0
	values := svd.Values(nil)
	for _, v := range values {
		if v > 1e-12*values[0] {
			rank++
		}
	}
	if rank == 0 {
		return out
	}
	svd.SolveTo(&x, right, rank)
	for a := range k {
		out[a] = x.At(a, 0)
	}
	return out
}
