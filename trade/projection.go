package trade

import (
	"math"
	"runtime"
	"sync"
)

// projection takes the fixed effects out of columns: it finds what is left of a
// column after its weighted projection on the dummies of all effects.
//
// One sweep takes the weighted group means of each effect out in turn, forth
// and back (symmetric Kaczmarz); conjugate gradients on that operator reach the
// joint projection in few sweeps where effects overlap much (Hernández-Ramos,
// Escalante and Raydan 2011, Numerical Functional Analysis and Optimization
// 32(10), doi:10.1080/01630563.2011.587073; Correia 2017, reghdfe).
//
// Columns lie beside one another in memory, row by row: a sweep reads the groups
// of a row once for all of them. Rows are cut into the same pieces whatever the
// number of workers, and sums run in the order of the pieces.
type projection struct {
	rows    int
	columns int
	effects []effect
	weights []float64
	workers int
	pieces  [][2]int
	// sums[piece] has room for the sums of the largest effect.
	sums [][]float64
	// Total weight of each group of each effect, inverted.
	inverse [][]float64
	// scratch is room for the vectors of [projection.residual].
	scratch [][]float64
}

// effect is a fixed effect: the group of each row.
type effect struct {
	name   string
	groups []int32
	count  int
}

// projectionPieces is the number of pieces of the rows; sums differ by it, so
// it does not depend on the machine.
const projectionPieces = 4

func newProjection(rows, columns int, effects []effect, workers int) *projection {
	p := &projection{rows: rows, columns: columns, effects: effects, workers: workers}
	if p.workers <= 0 {
		p.workers = runtime.GOMAXPROCS(0)
	}
	largest := 0
	for _, e := range effects {
		largest = max(largest, e.count)
		p.inverse = append(p.inverse, make([]float64, e.count))
	}
	for k := range projectionPieces {
		p.pieces = append(p.pieces, [2]int{rows * k / projectionPieces, rows * (k + 1) / projectionPieces})
		p.sums = append(p.sums, make([]float64, largest*columns))
	}
	return p
}

// each runs a piece of work for every piece of the rows.
func (p *projection) each(do func(piece, from, to int)) {
	if p.workers == 1 || p.rows < 20000 {
		for k, r := range p.pieces {
			do(k, r[0], r[1])
		}
		return
	}
	var wg sync.WaitGroup
	next := make(chan int, len(p.pieces))
	for k := range p.pieces {
		next <- k
	}
	close(next)
	for range min(p.workers, len(p.pieces)) {
		wg.Go(func() {
			for k := range next {
				do(k, p.pieces[k][0], p.pieces[k][1])
			}
		})
	}
	wg.Wait()
}

// reweigh sets the weights of the rows.
func (p *projection) reweigh(weights []float64) {
	p.weights = weights
	for q, e := range p.effects {
		p.each(func(piece, from, to int) {
			s := p.sums[piece][:e.count]
			clear(s)
			for i := from; i < to; i++ {
				s[e.groups[i]] += weights[i]
			}
		})
		for g := range e.count {
			total := 0.0
			for k := range p.pieces {
				total += p.sums[k][g]
			}
			p.inverse[q][g] = 0
			if total > 0 {
				p.inverse[q][g] = 1 / total
			}
		}
	}
}

// sweep takes the group means of the effects out of v, in the order given. The
// means of one effect are taken out in the same pass that sums the next.
func (p *projection) sweep(v []float64, order []int) {
	c := p.columns
	var means []float64 // of the effect before
	var before []int32
	for step := 0; step <= len(order); step++ {
		last := step == len(order)
		var groups []int32
		size := 0
		if !last {
			groups, size = p.effects[order[step]].groups, p.effects[order[step]].count*c
		}
		p.each(func(piece, from, to int) {
			s := p.sums[piece][:size]
			clear(s)
			p.pass(v, means, before, s, groups, from, to)
		})
		if last {
			return
		}
		means = p.meansOf(order[step], size)
		before = groups
	}
}

// pass takes means out of rows and adds up what is left, by group.
func (p *projection) pass(v, means []float64, before []int32, s []float64, groups []int32, from, to int) {
	c, w := p.columns, p.weights
	switch {
	case c == 1 && before != nil && groups != nil:
		for i := from; i < to; i++ {
			x := v[i] - means[before[i]]
			v[i] = x
			s[groups[i]] += w[i] * x
		}
	case before == nil:
		for i := from; i < to; i++ {
			row, at := v[i*c:i*c+c], s[int(groups[i])*c:]
			at = at[:len(row)]
			for k, x := range row {
				at[k] += w[i] * x
			}
		}
	case groups == nil:
		for i := from; i < to; i++ {
			row, m := v[i*c:i*c+c], means[int(before[i])*c:]
			m = m[:len(row)]
			for k := range row {
				row[k] -= m[k]
			}
		}
	default:
		for i := from; i < to; i++ {
			row, m, at := v[i*c:i*c+c], means[int(before[i])*c:], s[int(groups[i])*c:]
			m, at = m[:len(row)], at[:len(row)]
			wi := w[i]
			for k := range row {
				x := row[k] - m[k]
				row[k] = x
				at[k] += wi * x
			}
		}
	}
}

// meansOf adds the sums of the pieces up, in order, and divides by the weights.
func (p *projection) meansOf(q, size int) []float64 {
	c := p.columns
	out := make([]float64, size)
	inverse := p.inverse[q]
	for k := range p.pieces {
		for i, x := range p.sums[k][:size] {
			out[i] += x
		}
	}
	for g := range inverse {
		for k := range c {
			out[g*c+k] *= inverse[g]
		}
	}
	return out
}

// dots gives the weighted products of the columns of a and b.
func (p *projection) dots(a, b []float64) []float64 {
	c := p.columns
	return p.totals(func(s []float64, from, to int) {
		for i := from; i < to; i++ {
			wi := p.weights[i]
			x, y := a[i*c:i*c+c], b[i*c:i*c+c]
			for k := range s {
				s[k] += wi * x[k] * y[k]
			}
		}
	})
}

// totals adds up what each piece of the rows puts into its sums by column.
func (p *projection) totals(add func(sums []float64, from, to int)) []float64 {
	parts := make([][]float64, len(p.pieces))
	p.each(func(piece, from, to int) {
		s := make([]float64, p.columns)
		add(s, from, to)
		parts[piece] = s
	})
	out := make([]float64, p.columns)
	for _, s := range parts {
		for k := range out {
			out[k] += s[k]
		}
	}
	return out
}

// mostSweeps bounds the conjugate gradient steps of one projection.
const mostSweeps = 10000

// residual turns v into what is left of it after the projection, each column to
// a tolerance relative to its own size, and gives the number of steps.
func (p *projection) residual(v []float64, tolerance float64) int {
	forth := make([]int, len(p.effects))
	for q := range forth {
		forth[q] = q
	}
	if len(p.effects) == 0 {
		return 0
	}
	// One sweep in any case; of one effect it is the projection itself.
	p.sweep(v, forth)
	if len(p.effects) == 1 {
		return 1
	}
	order := append([]int(nil), forth...)
	for q := len(p.effects) - 2; q >= 0; q-- {
		order = append(order, q)
	}
	c := p.columns
	for len(p.scratch) < 3 {
		p.scratch = append(p.scratch, make([]float64, len(v)))
	}
	r, u, t := p.scratch[0], p.scratch[1], p.scratch[2]
	// left turns t, a copy of x, into x - T x, the part that a symmetric sweep takes
	// out, and gives its products with x.
	left := func(x []float64) []float64 {
		p.sweep(t, order)
		return p.totals(func(s []float64, from, to int) {
			for i := from; i < to; i++ {
				wi := p.weights[i]
				xs, ts := x[i*c:i*c+c], t[i*c:i*c+c]
				for k := range s {
					d := xs[k] - ts[k]
					ts[k] = d
					s[k] += wi * xs[k] * d
				}
			}
		})
	}
	p.each(func(_, from, to int) { copy(t[from*c:to*c], v[from*c:to*c]) })
	left(v)
	ss := p.totals(func(s []float64, from, to int) {
		for i := from; i < to; i++ {
			for k := range s {
				j := i*c + k
				x := t[j]
				r[j], u[j] = x, x
				s[k] += p.weights[i] * x * x
			}
		}
	})
	size := p.dots(v, v)
	alpha, beta := make([]float64, c), make([]float64, c)
	for step := 1; ; step++ {
		unfinished := false
		for k := range c {
			if ss[k] > tolerance*tolerance*size[k] && ss[k] > 0 {
				unfinished = true
			}
		}
		if !unfinished || step > mostSweeps {
			return step
		}
		ut := left(u)
		for k := range c {
			alpha[k] = 0
			if ut[k] > 0 && ss[k] > 0 {
				alpha[k] = ss[k] / ut[k]
			}
		}
		next := p.totals(func(s []float64, from, to int) {
			for i := from; i < to; i++ {
				wi := p.weights[i]
				vs, rs, us, ts := v[i*c:i*c+c], r[i*c:i*c+c], u[i*c:i*c+c], t[i*c:i*c+c]
				for k := range s {
					vs[k] -= alpha[k] * us[k]
					d := rs[k] - alpha[k]*ts[k]
					rs[k] = d
					s[k] += wi * d * d
				}
			}
		})
		for k := range c {
			beta[k] = 0
			if ss[k] > 0 {
				beta[k] = next[k] / ss[k]
			}
			if math.IsNaN(next[k]) {
				return mostSweeps + 1
			}
		}
		ss = next
		p.each(func(_, from, to int) {
			for i := from; i < to; i++ {
				rs, us, ts := r[i*c:i*c+c], u[i*c:i*c+c], t[i*c:i*c+c]
				for k, b := range beta {
					d := rs[k] + b*us[k]
					us[k], ts[k] = d, d
				}
			}
		})
	}
}
