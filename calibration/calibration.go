// Package calibration adjusts an OD matrix to counts and totals: as little as it can for what
// the counts say, within bounds.
//
// Each cell has a factor f on what it was, known beforehand to a standard deviation s of its
// logarithm; each count v has a standard deviation sigma of its own, and is a sum over cells.
// Factors minimise
//
//	weight · sum over cells of (f ln f - f + 1)/s²  +  sum over counts of (v - m(f))²/(2 sigma²),
//
// the entropy of Van Zuylen and Willumsen (1980, doi:10.1016/0191-2615(80)90008-9), each cell
// by how well it was known, with counts that may err (Brenninger-Göthe, Jörnsten and Lundgren
// 1989, doi:10.1016/0191-2615(89)90005-4); near 1 the entropy is (f-1)²/2, generalised least
// squares (Cascetta 1984, doi:10.1016/0191-2615(84)90012-2). At the minimum
//
//	f = exp(s²/weight · sum over counts of b lambda), held to its bounds,   lambda = (v - m)/sigma²,
//
// so there are as many unknowns as counts, found by Newton's method on the concave dual.
package calibration

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Problem is what is known of cells and counts.
type Problem struct {
	SD        []float64 // by cell: of ln f, > 0
	Low, High []float64 // by cell: bounds of f, Low <= 1 <= High
	Counts    []Count
}

// Count is something that was counted: a sum over cells.
type Count struct {
	Cells []int32
	Per   []float64 // what each cell adds at f = 1, >= 0
	Value float64
	SD    float64 // > 0
}

// Result is the factors, and what they make of the counts.
type Result struct {
	Factor  []float64 // by cell
	Fitted  []float64 // by count
	AtBound int       // cells held to a bound
	Steps   int
}

// Check says what is wrong with a problem.
func (p *Problem) Check() error {
	n := len(p.SD)
	if len(p.Low) != n || len(p.High) != n {
		return fmt.Errorf("calibration: %d cells, but %d lower and %d upper bounds", n, len(p.Low), len(p.High))
	}
	for i := range p.SD {
		if !(p.SD[i] > 0) || math.IsInf(p.SD[i], 1) || !(p.Low[i] >= 0 && p.Low[i] <= 1) || !(p.High[i] >= 1) {
			return fmt.Errorf("calibration: cell %d: a standard deviation above 0 and bounds around 1 were expected (got %g, %g, %g)", i, p.SD[i], p.Low[i], p.High[i])
		}
	}
	for k, c := range p.Counts {
		if len(c.Cells) != len(c.Per) || !(c.SD > 0) || math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
			return fmt.Errorf("calibration: count %d: a value with a standard deviation above 0 was expected (got %g, %g)", k, c.Value, c.SD)
		}
		for j, i := range c.Cells {
			if i < 0 || int(i) >= n || !(c.Per[j] >= 0) || math.IsInf(c.Per[j], 1) {
				return fmt.Errorf("calibration: count %d: cell %d adds %g: a cell of the %d and 0 or more were expected", k, i, c.Per[j], n)
			}
		}
	}
	return nil
}

// Solve finds the factors. O(counts² · cells) a step.
func Solve(p *Problem, weight float64) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if !(weight > 0) {
		return nil, fmt.Errorf("calibration: a weight above 0 was expected (got %g)", weight)
	}
	return newDual(p, weight, nil).solve()
}

// LeaveOut gives what each count would be predicted to be, had the counts of its group not been
// there: groups are numbers, one for each count. With as many groups as counts each is left
// out alone.
func LeaveOut(p *Problem, weight float64, group []int) ([]float64, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	out := make([]float64, len(p.Counts))
	known := map[int]*Result{}
	for k, g := range group {
		if known[g] == nil {
			left := make([]bool, len(p.Counts))
			for j := range group {
				left[j] = group[j] == g
			}
			res, err := newDual(p, weight, left).solve()
			if err != nil {
				return nil, err
			}
			known[g] = res
		}
		out[k] = known[g].Fitted[k]
	}
	return out, nil
}

// dual is the problem in the multipliers of counts, each times its standard deviation.
type dual struct {
	p      *Problem
	weight float64
	used   []int // counts that take part
	eta    []float64
	result *Result
}

func newDual(p *Problem, weight float64, left []bool) *dual {
	d := &dual{p: p, weight: weight, eta: make([]float64, len(p.SD)), result: &Result{Factor: make([]float64, len(p.SD)), Fitted: make([]float64, len(p.Counts))}}
	for k := range p.Counts {
		if left == nil || !left[k] {
			d.used = append(d.used, k)
		}
	}
	return d
}

// at sets factors and fitted counts from multipliers, and gives minus the dual's value.
func (d *dual) at(multiplier []float64) float64 {
	p := d.p
	clear(d.eta)
	value := 0.0
	for j, k := range d.used {
		c := &p.Counts[k]
		lambda := multiplier[j] / c.SD
		value += multiplier[j]*multiplier[j]/2 - lambda*c.Value
		for x, i := range c.Cells {
			d.eta[i] += c.Per[x] * lambda
		}
	}
	for i, eta := range d.eta {
		scale := p.SD[i] * p.SD[i] / d.weight
		t := eta * scale
		f := math.Min(math.Max(math.Exp(t), p.Low[i]), p.High[i])
		d.result.Factor[i] = f
		// The greatest of t f - (f ln f - f + 1) over the f allowed.
		logF := 0.0
		if f > 0 {
			logF = f * math.Log(f)
		}
		value += (t*f - logF + f - 1) / scale
	}
	for k := range p.Counts {
		c := &p.Counts[k]
		sum := 0.0
		for x, i := range c.Cells {
			sum += c.Per[x] * d.result.Factor[i]
		}
		d.result.Fitted[k] = sum
	}
	return value
}

// most and enough end the search.
const (
	most   = 200
	enough = 1e-10
)

func (d *dual) solve() (*Result, error) {
	n := len(d.used)
	multiplier, gradient := make([]float64, n), make([]float64, n)
	value := d.at(multiplier)
	tried := make([]float64, n)
	for ; n > 0 && d.result.Steps < most; d.result.Steps++ {
		worst := 0.0
		for j, k := range d.used {
			c := &d.p.Counts[k]
			gradient[j] = multiplier[j] - (c.Value-d.result.Fitted[k])/c.SD
			worst = math.Max(worst, math.Abs(gradient[j]))
		}
		if worst <= enough {
			break
		}
		step, err := d.newton(gradient)
		if err != nil {
			return nil, err
		}
		slope := 0.0
		for j := range step {
			slope += gradient[j] * step[j]
		}
		moved := false
		for size := 1.0; size > 1e-12; size /= 2 {
			for j := range tried {
				tried[j] = multiplier[j] + size*step[j]
			}
			if v := d.at(tried); v <= value+1e-4*size*slope {
				copy(multiplier, tried)
				value, moved = v, true
				break
			}
		}
		if !moved {
			d.at(multiplier) // as near as rounding lets it come
			break
		}
	}
	for i, f := range d.result.Factor {
		if f != 1 && (f == d.p.Low[i] || f == d.p.High[i]) {
			d.result.AtBound++
		}
	}
	return d.result, nil
}

// newton solves (I + B S B') step = -gradient, B the shares of cells in counts over their
// standard deviations, S what factors answer: s² f/weight inside the bounds.
func (d *dual) newton(gradient []float64) ([]float64, error) {
	p := d.p
	n := len(d.used)
	h := mat.NewSymDense(n, nil)
	row := make([]float64, len(p.SD))
	for j, k := range d.used {
		c := &p.Counts[k]
		for x, i := range c.Cells {
			if f := d.result.Factor[i]; f > p.Low[i] && f < p.High[i] {
				row[i] += c.Per[x] / c.SD * p.SD[i] * p.SD[i] * f / d.weight
			}
		}
		for j2 := range j + 1 {
			o := &p.Counts[d.used[j2]]
			sum := 0.0
			for x, i := range o.Cells {
				sum += row[i] * o.Per[x] / o.SD
			}
			if j2 == j {
				sum++
			}
			h.SetSym(j, j2, sum)
		}
		for _, i := range c.Cells {
			row[i] = 0
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(h) {
		return nil, fmt.Errorf("calibration: counts cannot be told apart")
	}
	step := mat.NewVecDense(n, nil)
	if err := chol.SolveVecTo(step, mat.NewVecDense(n, gradient)); err != nil && step.AtVec(0) != step.AtVec(0) {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	step.ScaleVec(-1, step)
	return step.RawVector().Data, nil
}
