package assignment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// DemandKind names how trips between two nodes answer what they cost.
type DemandKind string

// The kinds, with q the trips given, u the least cost between the nodes, and u0 that in the
// empty network.
const (
	// LinearDemand is q (1 - Slope (u - u0)/u0), and 0 where that is below: Slope is the
	// elasticity at u0.
	LinearDemand DemandKind = "linear"
	// ExponentialDemand is q exp(-Slope (u - u0)), Slope in 1/cost.
	ExponentialDemand DemandKind = "exponential"
	// ConstantElasticity is q (u/u0)^-Slope.
	ConstantElasticity DemandKind = "constant"
	// LogitDemand is the choice of this network or another way to go of a constant cost, q of
	// both: q/(1 + exp(Slope (u - Other))), Slope in 1/cost (Oppenheim 1995, Urban Travel
	// Demand Modeling, §7).
	LogitDemand DemandKind = "logit"
)

// DemandKinds lists them.
var DemandKinds = []DemandKind{LinearDemand, ExponentialDemand, ConstantElasticity, LogitDemand}

// DemandFunction is how all pairs answer cost.
type DemandFunction struct {
	Kind  DemandKind
	Slope float64 // > 0
	Other float64 // LogitDemand: what the other way costs
}

// inverse is what the next trip that stays away would have paid at most, by how many stay away:
// the inverse of demand (Gartner 1980, doi:10.1287/trsc.14.2.192, the excess-demand form). A
// pair then has a path more, of that cost, for those who stay.
type inverse struct {
	DemandFunction
	q, u0 float64
}

// most keeps trips from all staying away where that would cost without end.
const mostAway = 1 - 1e-12

// at gives the cost of the path of those who stay, and its slope.
func (d *inverse) at(e float64) (cost, slope float64) {
	e = math.Min(math.Max(e, 0), mostAway*d.q)
	left := 1 - e/d.q
	switch d.Kind {
	case LinearDemand:
		return d.u0 * (1 + (1-left)/d.Slope), d.u0 / (d.q * d.Slope)
	case ExponentialDemand:
		return d.u0 - math.Log(left)/d.Slope, 1 / (d.Slope * d.q * left)
	case ConstantElasticity:
		cost = d.u0 * math.Pow(left, -1/d.Slope)
		return cost, cost / (d.Slope * d.q * left)
	}
	e = math.Max(e, (1-mostAway)*d.q)
	return d.Other + math.Log(e/(d.q-e))/d.Slope, (1/e + 1/(d.q-e)) / d.Slope
}

// integral is that of the cost from 0.
func (d *inverse) integral(e float64) float64 {
	e = math.Min(math.Max(e, 0), mostAway*d.q)
	left := 1 - e/d.q
	switch d.Kind {
	case LinearDemand:
		return d.u0*e + d.u0*e*e/(2*d.q*d.Slope)
	case ExponentialDemand:
		return d.u0*e + (d.q*left*math.Log(left)+e)/d.Slope
	case ConstantElasticity:
		if d.Slope == 1 {
			return -d.u0 * d.q * math.Log(left)
		}
		return d.u0 * d.q * (1 - math.Pow(left, 1-1/d.Slope)) / (1 - 1/d.Slope)
	}
	xlogx := func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return x * math.Log(x)
	}
	return d.Other*e + (xlogx(e)+xlogx(d.q-e)-xlogx(d.q))/d.Slope
}

// NewElasticSolver makes a solver by paths whose trips answer what they cost. The objective of
// its results is Beckmann's with demand: the integral over trips that stay away is added.
// Update changes links, not trips.
func NewElasticSolver(road *Road, trips []Trip, d DemandFunction) (*PathSolver, error) {
	if !slices.Contains(DemandKinds, d.Kind) {
		return nil, fmt.Errorf("assignment: no demand of the kind %q (one of %v)", d.Kind, DemandKinds)
	}
	if !(d.Slope > 0) || math.IsInf(d.Slope, 1) || math.IsNaN(d.Other) || math.IsInf(d.Other, 0) {
		return nil, fmt.Errorf("assignment: demand: a slope above 0 and a finite other cost were expected (got %g, %g)", d.Slope, d.Other)
	}
	s, err := NewPathSolver(road, trips)
	if err != nil {
		return nil, err
	}
	s.elastic = true
	s.customise() // at the costs of the empty network
	w := s.searches.get()
	defer s.searches.put(w)
	for k := range s.tasks {
		t := &s.tasks[k]
		s.from(w, t)
		for i := t.first; i < t.last; i++ {
			u0 := s.to(w, s.pairs[i].dest)
			if math.IsInf(u0, 1) || s.pairs[i].volume == 0 {
				continue
			}
			if u0 == 0 && d.Kind != ExponentialDemand && d.Kind != LogitDemand {
				return nil, fmt.Errorf("assignment: demand: from node %d to node %d costs nothing in the empty network: %s demand has no meaning there", t.origin, s.pairs[i].dest, d.Kind)
			}
			s.pairs[i].stay = int32(len(s.curves))
			s.curves = append(s.curves, curve{demand: &inverse{d, s.pairs[i].volume, u0}})
		}
	}
	s.loads = newLoads(s.curves)
	s.mark = make([]int32, len(s.curves))
	return s, nil
}

// errElastic is told where trips are given that answer cost already.
var errElastic = errors.New("assignment: trips that answer cost cannot be changed: make a solver anew")

// Attraction is how much a destination attracts.
type Attraction struct {
	Node   int32
	Weight float64 // > 0
}

// Distribution is trips spread over destinations at equilibrium.
type Distribution struct {
	*RoadResult
	Trips    []Trip
	Residual float64 // sum |q - choice at the costs of q| / sum q
	Rounds   int
	Agreed   bool
}

// SolveDestinations finds trips and flows that agree: those who start at each origin choose
// among destinations by a logit of cost, Weight exp(-slope u) over the sum, and all take
// cheapest paths (combined distribution and assignment: Evans 1976,
// doi:10.1016/0041-1647(76)90075-3, with one end given). Trips are moved towards the choice by
// averages that regulate themselves (Liu, He and He 2009, doi:10.1007/s11067-007-9023-x), and
// flows go on from where they were. An error that wraps [ErrNotConverged] comes with a result.
func SolveDestinations(ctx context.Context, road *Road, starts []Trip, to []Attraction, slope float64, o RoadOptions) (*Distribution, error) {
	if !(slope > 0) || math.IsInf(slope, 1) {
		return nil, fmt.Errorf("assignment: destinations: a slope above 0 was expected (got %g)", slope)
	}
	var trips []Trip
	for i, a := range to {
		if !(a.Weight > 0) || math.IsInf(a.Weight, 1) {
			return nil, fmt.Errorf("assignment: destination %d: a weight above 0 was expected (got %g)", i, a.Weight)
		}
	}
	for _, s := range starts {
		first := len(trips)
		for _, a := range to {
			if a.Node != s.Origin {
				trips = append(trips, Trip{s.Origin, a.Node, s.Volume})
			}
		}
		for i := range trips[first:] {
			trips[first+i].Volume /= float64(len(trips) - first)
		}
	}
	weight, volume := map[int32]float64{}, map[int32]float64{}
	for _, a := range to {
		weight[a.Node] += a.Weight
	}
	for _, s := range starts {
		volume[s.Origin] += s.Volume
	}
	solver, err := NewPathSolver(road, trips)
	if err != nil {
		return nil, err
	}
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	out := &Distribution{}
	divisor, last := 1.0, math.Inf(1)
	for out.Rounds = 0; ; out.Rounds++ {
		inner := o
		inner.Progress = nil
		inner.RelativeGap = math.Max(target/10, math.Min(1e-3, 0.01*out.Residual))
		if out.Rounds == 0 {
			inner.RelativeGap = 1e-3
		}
		if out.RoadResult, err = solver.Solve(ctx, inner); err != nil {
			return out, err
		}
		choice := chosenDestinations(solver, weight, volume, slope)
		off, total := 0.0, 0.0
		for i, t := range solver.table {
			off += math.Abs(choice[i] - t.Volume)
			total += t.Volume
		}
		if out.Residual = 0; total > 0 {
			out.Residual = off / total
		}
		if o.Progress != nil {
			o.Progress(out.Rounds, out.Residual)
		}
		out.Trips = slices.Clone(solver.table)
		if out.Agreed = out.Residual <= target && out.RelativeGap <= target; out.Agreed {
			return out, nil
		}
		if out.Rounds == limit {
			return out, fmt.Errorf("assignment: destinations: residual %.2e after %d rounds, wanted %.0e: %w", out.Residual, out.Rounds, target, ErrNotConverged)
		}
		if out.Residual > last {
			divisor += 1.5
		} else {
			divisor += 0.05
		}
		last = out.Residual
		next := slices.Clone(solver.table)
		for i := range next {
			next[i].Volume += (choice[i] - next[i].Volume) / divisor
		}
		if err := solver.Update(nil, next); err != nil {
			return nil, err
		}
	}
}

// chosenDestinations gives the trips that are chosen at the costs of a solver, by pair.
func chosenDestinations(s *PathSolver, weight, volume map[int32]float64, slope float64) []float64 {
	cost := make([]float64, len(s.table))
	i := 0
	s.customise()
	w := s.searches.get()
	defer s.searches.put(w)
	for k := range s.tasks {
		t := &s.tasks[k]
		s.from(w, t)
		least := math.Inf(1)
		for i := t.first; i < t.last; i++ {
			cost[i] = s.to(w, s.pairs[i].dest)
			least = math.Min(least, cost[i])
		}
		sum := 0.0
		for i := t.first; i < t.last; i++ {
			cost[i] = weight[s.pairs[i].dest] * math.Exp(-slope*(cost[i]-least))
			sum += cost[i]
		}
		for ; i < t.last; i++ {
			if cost[i] *= volume[t.origin] / sum; sum == 0 {
				cost[i] = 0
			}
		}
	}
	return cost
}
