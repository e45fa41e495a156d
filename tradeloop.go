package karvan

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/trade"
)

// withTrade finds what the costs of a solution do to trade, and, where trade is
// endogenous, goes on to the joint fixed point: tonnes bring costs, costs bring
// trade, trade brings tonnes (Evans 1976, Transportation Research 10(1), for the
// problem). The tonnes that trade asks for are taken whole; where that does not
// come nearer, half of the way.
//
// It gives the solution at the tonnes that were last moved. An error that wraps
// [assignment.ErrNotConverged] comes with it where that solution (first: the one given)
// or the loop did not come near enough.
func (m *Model) withTrade(ctx context.Context, w *world, res *assignment.Result, first error, scenario string, year int, o Options) (*assignment.Result, *TradeOutcome, error) {
	t := &m.in.TradeModel
	effects, err := m.in.Effects(scenario)
	if err != nil {
		return nil, nil, err
	}
	base, err := m.baseOf(ctx, year, o)
	if err != nil {
		return nil, nil, err
	}
	if len(base.tonnes) != len(w.matrix) {
		return nil, nil, errors.New("karvan: the demand of the scenario is not that of the base")
	}
	tw, err := m.tradeOf(w, base, effects, year)
	if err != nil {
		return nil, nil, err
	}
	out := &TradeOutcome{Method: tw.method, Response: t.Response}
	options := m.solverOptions(ctx, o)
	step, last := 1.0, math.Inf(1)
	searched := false
	unsolved := first // what was wrong with the last solution
	for {
		_, perceived := m.perceived(w, res)
		if err := tw.price(m, w, base, perceived); err != nil {
			return nil, nil, err
		}
		quantity, response, err := tw.respond(t.Sigma)
		if err != nil {
			return nil, nil, err
		}
		if t.Response != EndogenousTrade {
			m.fillTrade(out, w, tw, base, quantity, response)
			return res, out, unsolved
		}
		moved, off := 0.0, 0.0
		for f, d := range tw.cells {
			now := w.problem.Demands[d].TPerYr
			if math.IsInf(tw.flows[f].Cost, 1) {
				continue // no way: the tonnes are told as unserved
			}
			off += math.Abs(base.tonnes[d]*quantity[f] - now)
			moved += now
		}
		out.Residual = 0
		if moved > 0 {
			out.Residual = off / moved
		}
		done := out.Residual <= t.Tolerance
		if done && !searched && out.Iterations > 0 && m.in.Solver.Behaviour != "deterministic" {
			// Other tonnes may have made other routes worth taking.
			searched = true
			again := m.in.Solver.Routes
			again.Variants, again.Rounds, again.Workers = nil, min(again.Rounds, 2), o.Workers
			again.MaxRoutes, again.MaxPerNest = 3, 2
			more, _ := assignment.Generate(w.problem, again, res.DelayH, res.Routes)
			if float64(more.Len()-res.Routes.Len()) >= fewRoutes*float64(res.Routes.Len()) {
				options.Start = res.Volume
				if res, err = assignment.SolveLogit(w.problem, more, options); res == nil {
					return nil, nil, err
				}
				unsolved = err
				continue
			}
		}
		if done || out.Iterations >= t.MaxIterations {
			m.fillTrade(out, w, tw, base, quantity, response)
			if !done {
				return res, out, errors.Join(unsolved, fmt.Errorf("after %d iterations trade and transport still differ by %.1e of the tonnes: %w", out.Iterations, out.Residual, assignment.ErrNotConverged))
			}
			return res, out, unsolved
		}
		if out.Residual > 0.5*last {
			step = math.Max(step/2, 0.25)
		}
		last = out.Residual
		for f, d := range tw.cells {
			if math.IsInf(tw.flows[f].Cost, 1) {
				continue
			}
			now := &w.problem.Demands[d].TPerYr
			*now += step * (base.tonnes[d]*quantity[f] - *now)
			w.matrix[d].TPerYr = *now
		}
		out.Iterations++
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		options.Start = res.Volume
		var next *assignment.Result
		if m.in.Solver.Behaviour == "deterministic" {
			next, err = assignment.SolveDeterministic(w.problem, options)
		} else {
			next, err = assignment.SolveLogit(w.problem, res.Routes, options)
		}
		if next == nil {
			return nil, nil, err
		}
		if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
			return nil, nil, err
		}
		res, unsolved = next, err
	}
}

// fillTrade writes down what was found.
func (m *Model) fillTrade(out *TradeOutcome, w *world, tw *tradeWorld, base *baseCosts, quantity []float64, r *trade.Response) {
	n := len(tw.keys)
	value, before, after, usd := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for f, d := range tw.cells {
		x := &tw.flows[f]
		k := x.Exporter*n + x.Importer
		c := &m.in.Commodities[w.matrix[d].Commodity]
		value[k] += x.ValueUSD
		before[k] += x.ValueUSD * base.cost[d] / c.ValueUSDPerT
		if !math.IsInf(x.Cost, 1) {
			after[k] += x.ValueUSD * (base.cost[d] + (x.Cost-1)*(c.ValueUSDPerT+base.cost[d])) / c.ValueUSDPerT
			usd[k] += x.ValueUSD * quantity[f] * x.Cost // partial: what buyers pay, transport included
		} else {
			after[k] = math.NaN()
		}
	}
	for k := range value {
		p := TradePairResult{Exporter: tw.keys[k/n], Importer: tw.keys[k%n], BaseUSD: tw.w.Trade[k], EnergyUSD: tw.energy[k], TransportBase: math.NaN(), Transport: math.NaN()}
		if value[k] > 0 {
			p.TransportBase, p.Transport = before[k]/value[k], after[k]/value[k]
		}
		if r != nil {
			p.USD, p.Coverage = r.Trade[k], r.Coverage[k]
		} else {
			p.USD = usd[k]
			if p.BaseUSD > 0 {
				p.Coverage = 1
			}
		}
		if p.BaseUSD > 0 || p.EnergyUSD > 0 {
			out.Pairs = append(out.Pairs, p)
		}
	}
	if r == nil {
		return
	}
	for i, key := range tw.keys {
		x := TradeRegionResult{Region: key, RealOutput: r.RealOutput[i], Welfare: r.Welfare[i], Price: r.Price[i], CostOfLiving: r.Equilibrium.Cost[i]}
		if tw.tariffs {
			x.RealOutput, x.Welfare = math.NaN(), math.NaN()
		}
		for j := range n {
			if i == j {
				continue
			}
			x.ExportsBaseUSD += tw.w.Trade[i*n+j]
			x.ExportsUSD += r.Trade[i*n+j]
			x.ImportsBaseUSD += tw.w.Trade[j*n+i]
			x.ImportsUSD += r.Trade[j*n+i]
		}
		out.Regions = append(out.Regions, x)
	}
}
