package sparse

import (
	"fmt"
	"math"
)

// pivotShare is how large the entry on the diagonal must be, beside the largest of its
// column, to be taken as the pivot: small, so that the order that keeps fill low is kept.
const pivotShare = 1e-3

// tinyPivot is the size, beside the largest entry of the column before elimination, below
// which what is left of a column is rounding and the matrix is singular.
const tinyPivot = 1e-14

// SingularError says that a matrix has no inverse.
type SingularError struct {
	Column int // the unknown that the others leave undetermined
}

func (e *SingularError) Error() string {
	return fmt.Sprintf("sparse: the matrix is singular at column %d", e.Column)
}

// LU is a factorisation: rows in the order of pivots and columns in the order of the
// pattern, the product of a lower triangle with unit diagonal and an upper triangle.
type LU struct {
	p        *Pattern
	rowOf    []int32 // [N] place of each row among the pivots
	lowStart []int32
	lowRow   []int32 // places
	low      []float64
	upStart  []int32
	upRow    []int32 // places, in an order in which a column can be solved
	up       []float64
	diagonal []float64
	work     []float64
}

// Factor factors the values [nonzeros] of a matrix with the pattern. It returns a
// [*SingularError] where no pivot is left. Cost O(operations on entries that are not zero).
func (p *Pattern) Factor(values []float64) (*LU, error) {
	f := &LU{p: p}
	return f, f.factor(values)
}

func (f *LU) factor(values []float64) error {
	p, n := f.p, f.p.N
	f.rowOf = make([]int32, n)
	for i := range f.rowOf {
		f.rowOf[i] = -1
	}
	f.lowStart, f.upStart = append(f.lowStart[:0], 0), append(f.upStart[:0], 0)
	f.lowRow, f.upRow, f.low, f.up = f.lowRow[:0], f.upRow[:0], f.low[:0], f.up[:0]
	f.diagonal = make([]float64, n)
	f.work = make([]float64, n)
	x := f.work
	var (
		mark  = make([]int32, n) // by row: the last column that reached it
		reach []int32            // rows that the column fills, a row after those that depend on it
		stack []int32
		at    []int32
	)
	for i := range mark {
		mark[i] = -1
	}
	for k, col := range p.order {
		// The rows that the column fills are those that can be reached in the lower
		// triangle from its own entries; depth first gives them in an order of dependence.
		reach = reach[:0]
		largest := 0.0
		for e := p.ColStart[col]; e < p.ColStart[col+1]; e++ {
			largest = max(largest, math.Abs(values[e]))
			if mark[p.Row[e]] == int32(k) {
				continue
			}
			mark[p.Row[e]] = int32(k)
			stack, at = append(stack[:0], p.Row[e]), append(at[:0], 0)
			for len(stack) > 0 {
				top := len(stack) - 1
				r := stack[top]
				place := f.rowOf[r]
				descended := false
				if place >= 0 {
					for at[top] < f.lowStart[place+1]-f.lowStart[place] {
						next := f.lowRow[f.lowStart[place]+at[top]]
						at[top]++
						if mark[next] != int32(k) {
							mark[next] = int32(k)
							stack, at = append(stack, next), append(at, 0)
							descended = true
							break
						}
					}
				}
				if !descended {
					reach = append(reach, r)
					stack, at = stack[:top], at[:top]
				}
			}
		}
		for _, r := range reach {
			x[r] = 0
		}
		for e := p.ColStart[col]; e < p.ColStart[col+1]; e++ {
			x[p.Row[e]] = values[e]
		}
		pivot, size := int32(-1), 0.0
		for i := len(reach) - 1; i >= 0; i-- {
			r := reach[i]
			place := f.rowOf[r]
			if place < 0 {
				if a := math.Abs(x[r]); a > size {
					pivot, size = r, a
				}
				continue
			}
			v := x[r]
			f.upRow, f.up = append(f.upRow, place), append(f.up, v)
			if v == 0 {
				continue
			}
			for e := f.lowStart[place]; e < f.lowStart[place+1]; e++ {
				x[f.lowRow[e]] -= f.low[e] * v
			}
		}
		if pivot < 0 || !(size > tinyPivot*largest) {
			return &SingularError{Column: int(col)}
		}
		if f.rowOf[col] < 0 && mark[col] == int32(k) && math.Abs(x[col]) >= pivotShare*size {
			pivot = col
		}
		f.diagonal[k] = x[pivot]
		f.rowOf[pivot] = int32(k)
		for i := len(reach) - 1; i >= 0; i-- {
			if r := reach[i]; f.rowOf[r] < 0 {
				f.lowRow, f.low = append(f.lowRow, r), append(f.low, x[r]/x[pivot])
			}
		}
		f.lowStart, f.upStart = append(f.lowStart, int32(len(f.lowRow))), append(f.upStart, int32(len(f.upRow)))
	}
	for i, r := range f.lowRow { // from rows to their places
		f.lowRow[i] = f.rowOf[r]
	}
	return nil
}

// Refactor factors other values of the same pattern with the pivots of before, and looks
// for pivots anew where one of them has become too small. It returns a [*SingularError] as
// [Pattern.Factor] does.
func (f *LU) Refactor(values []float64) error {
	p, x := f.p, f.work
	for k, col := range p.order {
		for e := f.upStart[k]; e < f.upStart[k+1]; e++ {
			x[f.upRow[e]] = 0
		}
		for e := f.lowStart[k]; e < f.lowStart[k+1]; e++ {
			x[f.lowRow[e]] = 0
		}
		x[k] = 0
		for e := p.ColStart[col]; e < p.ColStart[col+1]; e++ {
			x[f.rowOf[p.Row[e]]] = values[e]
		}
		for e := f.upStart[k]; e < f.upStart[k+1]; e++ {
			place := f.upRow[e]
			v := x[place]
			f.up[e] = v
			if v == 0 {
				continue
			}
			for l := f.lowStart[place]; l < f.lowStart[place+1]; l++ {
				x[f.lowRow[l]] -= f.low[l] * v
			}
		}
		pivot, size := x[k], math.Abs(x[k])
		for e := f.lowStart[k]; e < f.lowStart[k+1]; e++ {
			v := x[f.lowRow[e]]
			size = max(size, math.Abs(v))
			f.low[e] = v / pivot
		}
		if !(math.Abs(pivot) > pivotShare*pivotShare*size) || math.IsInf(size, 0) {
			return f.factor(values)
		}
		f.diagonal[k] = pivot
	}
	return nil
}

// Solve puts into x [N] the solution of A x = b [N]; x and b may be the same slice.
func (f *LU) Solve(x, b []float64) {
	n, w := f.p.N, f.work
	for i, place := range f.rowOf {
		w[place] = b[i]
	}
	for k := range n {
		if v := w[k]; v != 0 {
			for e := f.lowStart[k]; e < f.lowStart[k+1]; e++ {
				w[f.lowRow[e]] -= f.low[e] * v
			}
		}
	}
	for k := n - 1; k >= 0; k-- {
		w[k] /= f.diagonal[k]
		if v := w[k]; v != 0 {
			for e := f.upStart[k]; e < f.upStart[k+1]; e++ {
				w[f.upRow[e]] -= f.up[e] * v
			}
		}
	}
	for k, col := range f.p.order {
		x[col] = w[k]
	}
}

// Entries counts the entries of both triangles, the diagonal included.
func (f *LU) Entries() int { return len(f.low) + len(f.up) + f.p.N }
