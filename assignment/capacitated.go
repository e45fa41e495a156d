package assignment

import (
	"context"
	"fmt"
	"math"
)

// CapacitatedResult is an equilibrium whose flows keep to capacities.
type CapacitatedResult struct {
	*RoadResult
	// Queue is what those who use a link at its capacity wait, by link, in the unit of
	// cost: it is part of the cost. Elsewhere it is 0.
	Queue    []float64
	Excess   float64 // by what share the worst link is over its capacity
	Rounds   int
	Feasible bool
}

// Rounds of the method of multipliers.
const (
	mostRounds    = 60
	excessAllowed = 1e-6
)

// SolveCapacitated finds the equilibrium in which no link carries more than its capacity and
// queues make up for what cost alone would not do (Larsson and Patriksson 1995,
// doi:10.1016/0191-2615(95)00016-7): the delay of a queue is the multiplier of its capacity,
// found by the augmented Lagrangian. Capacity is by link, +Inf where none is kept. Where trips
// are more than capacities can take there is no such equilibrium: the error wraps
// [ErrNotConverged], and the result shows where flow is in excess.
func SolveCapacitated(ctx context.Context, road *Road, trips []Trip, capacity []float64, o RoadOptions) (*CapacitatedResult, error) {
	if len(capacity) != len(road.From) {
		return nil, fmt.Errorf("assignment: %d links, but %d capacities to keep", len(road.From), len(capacity))
	}
	s, err := NewPathSolver(road, trips)
	if err != nil {
		return nil, err
	}
	free := road.FreeCosts()
	for a, c := range capacity {
		if !(c > 0) {
			return nil, fmt.Errorf("assignment: link %d: a capacity above 0 was expected (got %g)", a, c)
		}
		if !math.IsInf(c, 1) {
			s.curves[a].limit = &limit{capacity: c, stiff: math.Max(free[a], 1) / c}
		}
	}
	out := &CapacitatedResult{Queue: make([]float64, len(capacity))}
	last := math.Inf(1)
	for out.Rounds = 1; ; out.Rounds++ {
		if out.RoadResult, err = s.Solve(ctx, o); out.RoadResult == nil || err != nil {
			return out, err
		}
		out.Excess = 0
		// Off is by how much flow is over a capacity, or under one that has a queue.
		off := 0.0
		for a, x := range out.Flow {
			l := s.curves[a].limit
			if l == nil {
				continue
			}
			out.Excess = math.Max(out.Excess, x/l.capacity-1)
			queue := math.Max(0, l.queue+l.stiff*(x-l.capacity))
			off = math.Max(off, math.Abs(queue-l.queue)/(l.stiff*l.capacity))
			l.queue = queue
			out.Queue[a] = queue
		}
		if out.Feasible = off <= excessAllowed; out.Feasible || out.Rounds == mostRounds {
			break
		}
		if off > last/4 {
			for a := range s.curves {
				if l := s.curves[a].limit; l != nil {
					l.stiff *= 2
				}
			}
		}
		last = off
		s.renew()
	}
	// Beckmann's objective is of the links, not of their queues; a queue is paid at its delay.
	out.Objective, out.TSTT = 0, 0
	for a, x := range out.Flow {
		running, _ := s.curves[a].running(x)
		out.Cost[a] = running + out.Queue[a]
		if x > 0 {
			out.Objective += s.curves[a].integral(x)
			out.TSTT += x * out.Cost[a]
		}
	}
	out.setGap()
	if !out.Feasible {
		return out, fmt.Errorf("assignment: after %d rounds a link is %.1e of its capacity over it: there may be more trips than capacities can take: %w", out.Rounds, out.Excess, ErrNotConverged)
	}
	return out, nil
}
