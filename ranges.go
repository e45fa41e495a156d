package karvan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"sync"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/trade"
)

// drawResidual is the residual at which a draw is solved: ranges need far
// fewer digits than results do.
const drawResidual = 1e-4

// AddRanges fills Low and High of the outcome's indicators with the 80 % range
// (10th and 90th percentile) over draws of the uncertain inputs: prices and
// speeds between the low and high of cost.csv, and demand between the low and
// high of its cells, each with its value as the mean; the demand of one
// commodity between two countries moves together. Draws keep the outcome's
// routes and choose anew among them.
//
// It shows how the stated ranges of inputs carry through, and nothing else: an
// error of the model's form is not in it.
func (m *Model) AddRanges(ctx context.Context, o *Outcome, draws, workers int) error {
	if draws < 2 || m.in.Solver.Behaviour == "deterministic" {
		return nil
	}
	w, err := m.build(o.Scenario, o.Year)
	if err != nil {
		return err
	}
	routes := o.routes
	if routes == nil {
		return errors.New("karvan: ranges are for an outcome that was just run")
	}
	for d := range w.problem.Demands {
		if routes.First[d] == routes.First[d+1] {
			w.problem.Demands[d].TPerYr = 0
		}
	}
	values := make([][]Indicator, draws)
	errs := make([]error, draws)
	next := make(chan int, draws)
	for i := range draws {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if ctx.Err() != nil {
					return
				}
				values[i], errs[i] = m.draw(w, routes, o.Volume, o, i)
			}
		}()
	}
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return err
	}
	byID := map[string][]float64{}
	for _, list := range values {
		for _, v := range list {
			byID[v.ID] = append(byID[v.ID], v.Value)
		}
	}
	for i := range o.Indicator {
		all := byID[o.Indicator[i].ID]
		// A mode that no draw but some uses has no value in the others.
		for len(all) < draws {
			all = append(all, 0)
		}
		sort.Float64s(all)
		o.Indicator[i].Low, o.Indicator[i].High = trade.Quantile(all, 0.1), trade.Quantile(all, 0.9)
	}
	return nil
}

// draw solves one draw. The random numbers depend on the study's seed, the
// year and the number of the draw only.
func (m *Model) draw(w *world, routes *assignment.Routes, start []float64, o *Outcome, number int) ([]Indicator, error) {
	rng := rand.New(rand.NewPCG(m.in.Solver.Seed, uint64(o.Year)<<32|uint64(number)))
	d := &world{tariff: w.tariff, net: w.net, capacities: w.capacities, super: w.super, table: append(CostTable(nil), w.table...), matrix: append(od.Matrix(nil), w.matrix...)}
	for i := range d.table {
		r := &d.table[i]
		r.Value = between(rng.Float64(), r.Low, r.Value, r.High)
	}
	shared := map[string]float64{}
	for i := range d.matrix {
		c := &d.matrix[i]
		key := fmt.Sprint(c.Commodity, m.in.Zones[c.From].Country, m.in.Zones[c.To].Country)
		u, ok := shared[key]
		if !ok {
			u = rng.Float64()
			shared[key] = u
		}
		if c.High > 0 {
			c.TPerYr = between(u, c.Low, c.TPerYr, c.High)
		}
	}
	if err := m.problem(d); err != nil {
		return nil, err
	}
	for i := range d.problem.Demands {
		if routes.First[i] == routes.First[i+1] {
			d.problem.Demands[i].TPerYr = 0
		}
	}
	priced := routes.Repriced(d.problem)
	res, err := assignment.SolveLogit(d.problem, priced, assignment.Options{Workers: 1, Residual: drawResidual, StepsOnly: true, MaxIterations: min(roughIterations, m.in.Solver.MaxIterations), Start: start})
	if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
		return nil, err
	}
	return m.outcomeOf(d, res, o.Scenario, o.Year).Indicator, nil
}

// between draws from a distribution on [low, high] with the mean mid: half of
// the draws lie on a triangle below mid and half on one above, and all are
// scaled so that their mean is mid. Bounds that do not enclose mid are taken
// to be mid.
func between(u, low, mid, high float64) float64 {
	low, high = math.Min(low, mid), math.Max(high, mid)
	mean := mid*2/3 + (low+high)/6
	if high == low || mean == 0 {
		return mid
	}
	x := low + (mid-low)*math.Sqrt(2*u)
	if u > 0.5 {
		x = high - (high-mid)*math.Sqrt(2*(1-u))
	}
	return x * mid / mean
}
