package sparse_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/sparse"
)

// dense solves A x = b by elimination with full pivoting of rows.
func dense(a [][]float64, b []float64) ([]float64, bool) {
	n := len(b)
	m := make([][]float64, n)
	for i := range m {
		m[i] = append(append([]float64(nil), a[i]...), b[i])
	}
	for k := range n {
		best := k
		for i := k; i < n; i++ {
			if math.Abs(m[i][k]) > math.Abs(m[best][k]) {
				best = i
			}
		}
		m[k], m[best] = m[best], m[k]
		if math.Abs(m[k][k]) < 1e-9 {
			return nil, false
		}
		for i := k + 1; i < n; i++ {
			f := m[i][k] / m[k][k]
			for j := k; j <= n; j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	x := make([]float64, n)
	for k := n - 1; k >= 0; k-- {
		x[k] = m[k][n]
		for j := k + 1; j < n; j++ {
			x[k] -= m[k][j] * x[j]
		}
		x[k] /= m[k][k]
	}
	return x, true
}

// matrix draws a sparse matrix; diagonals may be zero, as in saddle points.
func matrix(t *rapid.T) (n int, row, col []int32, value []float64) {
	n = rapid.IntRange(1, 40).Draw(t, "n")
	entries := rapid.IntRange(0, 5*n).Draw(t, "entries")
	for range entries {
		row = append(row, int32(rapid.IntRange(0, n-1).Draw(t, "row")))
		col = append(col, int32(rapid.IntRange(0, n-1).Draw(t, "col")))
		value = append(value, float64(rapid.IntRange(-9, 9).Draw(t, "value")))
	}
	for i := range n { // a permutation, so that many of them have an inverse
		row, col, value = append(row, int32(i)), append(col, int32((i+1)%n)), append(value, rapid.Float64Range(1, 10).Draw(t, "cycle"))
	}
	return n, row, col, value
}

func TestSolveAgreesWithDenseElimination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, row, col, value := matrix(t)
		p, slot := sparse.NewPattern(n, row, col)
		a := make([][]float64, n)
		for i := range a {
			a[i] = make([]float64, n)
		}
		values := make([]float64, len(p.Row))
		for k, v := range value {
			values[slot[k]] += v
			a[row[k]][col[k]] += v
		}
		b := make([]float64, n)
		for i := range b {
			b[i] = float64(i%7) - 3
		}
		f, err := p.Factor(values)
		if want, ok := dense(a, b); !ok {
			return // near singular: either answer is right
		} else if err != nil {
			t.Fatalf("not singular, yet: %v", err)
		} else {
			same(t, f, b, want)
		}
		// Other values, of the same pattern.
		for k := range value {
			value[k] = value[k]*1.5 + 0.25
		}
		clear(values)
		for i := range a {
			clear(a[i])
		}
		for k, v := range value {
			values[slot[k]] += v
			a[row[k]][col[k]] += v
		}
		want, ok := dense(a, b)
		if err := f.Refactor(values); !ok {
			return
		} else if err != nil {
			t.Fatalf("refactored: not singular, yet: %v", err)
		}
		same(t, f, b, want)
	})
}

func same(t *rapid.T, f *sparse.LU, b, want []float64) {
	got := make([]float64, len(b))
	f.Solve(got, b)
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-6*scale) {
			t.Fatalf("x[%d] = %g, by dense elimination %g", i, got[i], want[i])
		}
	}
}

func TestSingularNamesTheUnknown(t *testing.T) {
	// The third unknown stands in no equation.
	p, slot := sparse.NewPattern(3, []int32{0, 1, 0, 1, 2}, []int32{0, 0, 1, 1, 0})
	values := make([]float64, len(p.Row))
	for k, v := range []float64{2, 1, 1, 3, 1} {
		values[slot[k]] += v
	}
	_, err := p.Factor(values)
	var singular *sparse.SingularError
	if !errors.As(err, &singular) || singular.Column != 2 {
		t.Fatalf("got %v, want a singular third column", err)
	}
}

// BenchmarkRefactor is a grid of 100 by 100, as hard as networks of pipes come.
func BenchmarkRefactor(b *testing.B) {
	const side = 100
	var row, col []int32
	var value []float64
	add := func(i, j int, v float64) {
		row, col, value = append(row, int32(i)), append(col, int32(j)), append(value, v)
	}
	for i := range side {
		for j := range side {
			at := i*side + j
			add(at, at, 4.01)
			for _, next := range [][2]int{{i + 1, j}, {i, j + 1}} {
				if next[0] < side && next[1] < side {
					to := next[0]*side + next[1]
					add(at, to, -1)
					add(to, at, -1)
				}
			}
		}
	}
	p, slot := sparse.NewPattern(side*side, row, col)
	values := make([]float64, len(p.Row))
	for k, v := range value {
		values[slot[k]] += v
	}
	f, err := p.Factor(values)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(f.Entries()), "entries")
	for b.Loop() {
		if err := f.Refactor(values); err != nil {
			b.Fatal(err)
		}
	}
}
