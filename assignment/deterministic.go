package assignment

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// SolveDeterministic finds Wardrop's user equilibrium of classes of goods that share
// capacities, by the paths of each demand. It stops at the relative gap (TSTT - SPTT)/TSTT,
// whose SPTT is of paths computed afresh. An error that wraps [ErrNotConverged] comes with a
// result.
func SolveDeterministic(p *Problem, o Options) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	curves := p.curves()
	s := &engine{loads: newLoads(curves), graph: p.Graph, resource: p.Resource, mark: make([]int32, len(curves)), searches: &workspaces{}}
	for c := range p.Classes {
		s.classes = append(s.classes, engineClass{fixed: p.Classes[c].FixedH})
	}
	which := s.group(p.Demands)
	s.order = newOrder(p.Graph, 0, len(s.tasks))
	for _, i := range s.fill(o.Workers) {
		if d := p.Demands[which[i]]; d.TPerYr > 0 {
			return nil, fmt.Errorf("assignment: class %s: no path from node %d to node %d", p.Classes[d.Class].Name, d.Origin, d.Dest)
		}
	}
	target := orDefault(o.RelativeGap, 1e-6)
	res := &Result{}
	at, err := s.run(context.Background(), target, orDefaultInt(o.MaxIterations, 500), o.Workers, func(at step) error {
		line := Iteration{Number: at.iterations + 1, RelativeGap: at.gap, Residual: math.NaN(), Objective: s.objective() + s.fixed()}
		res.Trace = append(res.Trace, line)
		if o.Progress != nil {
			return o.Progress(line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	res.Converged = at.converged
	s.finish(p, which, res)
	if !res.Converged {
		return res, fmt.Errorf("assignment: relative gap %.2e after %d iterations, wanted %.0e: %w", at.gap, at.iterations, target, ErrNotConverged)
	}
	return res, nil
}

// group makes pairs of demands, by class and origin, and gives the demand of each.
func (s *engine) group(demands []Demand) []int {
	index := map[[2]int32]int{}
	var lists [][]int
	for i, d := range demands {
		k := [2]int32{d.Class, d.Origin}
		t, ok := index[k]
		if !ok {
			t = len(lists)
			index[k] = t
			lists = append(lists, nil)
			s.tasks = append(s.tasks, task{class: d.Class, origin: d.Origin})
		}
		lists[t] = append(lists[t], i)
	}
	var which []int
	for t, list := range lists {
		s.tasks[t].first = len(s.pairs)
		for _, i := range list {
			p := pair{dest: demands[i].Dest, class: int16(demands[i].Class), volume: demands[i].TPerYr}
			if demands[i].Origin == p.dest {
				p.volume = 0 // there is nowhere to go
			}
			s.pairs = append(s.pairs, p)
			which = append(which, i)
		}
		s.tasks[t].last = len(s.pairs)
	}
	return which
}

// fixed is what all flow pays beside what resources cost.
func (s *engine) fixed() float64 {
	sum := 0.0
	for i := range s.pairs {
		for _, w := range s.held.ways[s.pairs[i].first:s.pairs[i].last] {
			sum += w.flow * w.fixed
		}
	}
	return sum
}

// finish turns the paths held into the result's routes.
func (s *engine) finish(p *Problem, which []int, res *Result) {
	found := make([][]candidate, len(p.Demands))
	flows := make([][]float64, len(p.Demands))
	for i := range s.pairs {
		d := which[i]
		for k := s.pairs[i].first; k < s.pairs[i].last; k++ {
			c := candidate{arcs: slices.Clone(s.held.linksOf(k)), costH: s.costOf(k, nil)}
			c.key = string(chain(p.Label, c.arcs, nil))
			found[d] = append(found[d], c)
			flows[d] = append(flows[d], s.held.ways[k].flow)
		}
	}
	res.Routes, _ = flatten(p, found)
	for _, list := range flows {
		res.RouteFlow = append(res.RouteFlow, list...)
	}
	res.Volume = append([]float64(nil), s.flow...)
	res.DelayH = append([]float64(nil), s.cost...)
	fillRoutes(p, res)
}
