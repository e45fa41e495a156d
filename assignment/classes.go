package assignment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/karvan/karvan/routing"
)

// RoadClass is a kind of traffic on a road network: cars, trucks. All classes share the time of
// links; money is time by each class's own value.
type RoadClass struct {
	Name  string
	Trips []Trip
	// PCE is how many cars one of the class counts for in the flow of links; 0: 1.
	PCE float64
	// TimeFactor is what a link's cost is times for the class: trucks are slower uphill. nil: 1.
	TimeFactor []float64
	// Fixed is what each link costs the class beside that, in the unit of time: tolls
	// over its value of time. +Inf forbids a link; nil: nothing.
	Fixed []float64
}

// Turn is what it costs to go from a link to another at the node between; +Inf bans it.
type Turn struct {
	From, To int // links
	Penalty  float64
}

// ClassResult is an equilibrium of classes. Flow is in cars, TSTT and SPTT in what each
// traveller pays.
type ClassResult struct {
	*RoadResult
	// HasObjective is whether the costs of all classes are the slopes of one function: they
	// are where time factors are in one proportion on all links that have delay. Else
	// Objective is 0, and only the gap tells how near it is; see [CompareStarts].
	HasObjective bool
	ClassFlow    [][]float64 // [classes][links], in vehicles
	ClassCost    []float64   // what each class pays in all
	Aside        [][]Trip    // by class: set aside for want of a path
}

// SolveClasses finds Wardrop's equilibrium of classes that share a road network, with turns that
// are banned or cost something. A cost of the form time of all + own fixed cost has an
// objective, Beckmann's of the time of links with each class's fixed costs times its PCE,
// whatever the PCEs (costs of a class may be scaled without a change of its choice). An error
// that wraps [ErrNotConverged] comes with a result.
func SolveClasses(ctx context.Context, road *Road, classes []RoadClass, turns []Turn, o RoadOptions) (*ClassResult, error) {
	return solveClasses(ctx, road, classes, turns, o, 0)
}

// CompareStarts solves for classes from so many starts, each but the first a loading at
// distorted costs, and gives the results and how far their link flows are apart: the greatest
// difference as a share of the largest flow. Where there is no objective equilibria may be
// several.
func CompareStarts(ctx context.Context, road *Road, classes []RoadClass, turns []Turn, o RoadOptions, starts int) ([]*ClassResult, float64, error) {
	var out []*ClassResult
	apart, most := 0.0, 0.0
	for seed := range starts {
		res, err := solveClasses(ctx, road, classes, turns, o, uint64(seed))
		if err != nil {
			return out, 0, err
		}
		for a, f := range res.Flow {
			most = math.Max(most, f)
			if len(out) > 0 {
				apart = math.Max(apart, math.Abs(f-out[0].Flow[a]))
			}
		}
		out = append(out, res)
	}
	if most > 0 {
		apart /= most
	}
	return out, apart, nil
}

func solveClasses(ctx context.Context, road *Road, classes []RoadClass, turns []Turn, o RoadOptions, seed uint64) (*ClassResult, error) {
	if err := road.Check(); err != nil {
		return nil, err
	}
	x, err := unfold(road, turns)
	if err != nil {
		return nil, err
	}
	s := &engine{loads: newLoads(road.links()), graph: x.graph, resource: x.link, mark: make([]int32, len(road.From)), searches: &workspaces{}, seed: seed}
	out := &ClassResult{RoadResult: &RoadResult{}, Aside: make([][]Trip, len(classes))}
	for c, class := range classes {
		table, err := tableOf(road, class.Trips)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", class.Name, err)
		}
		if !(class.PCE >= 0) || math.IsInf(class.PCE, 1) {
			return nil, fmt.Errorf("assignment: class %s: a PCE above 0 was expected (got %g)", class.Name, class.PCE)
		}
		if class.Fixed != nil && len(class.Fixed) != len(road.From) {
			return nil, fmt.Errorf("assignment: class %s: %d fixed costs for %d links", class.Name, len(class.Fixed), len(road.From))
		}
		if class.TimeFactor != nil && len(class.TimeFactor) != len(road.From) {
			return nil, fmt.Errorf("assignment: class %s: %d time factors for %d links", class.Name, len(class.TimeFactor), len(road.From))
		}
		for l, f := range class.TimeFactor {
			if !(f > 0) || math.IsInf(f, 1) {
				return nil, fmt.Errorf("assignment: class %s: link %d: a time factor above 0 was expected (got %g)", class.Name, l, f)
			}
		}
		own := slices.Clone(x.penalty)
		for a, l := range x.link {
			if class.Fixed != nil && l >= 0 {
				own[a] += class.Fixed[l]
			}
			if !(own[a] >= 0) {
				return nil, fmt.Errorf("assignment: class %s: link %d: a fixed cost of 0 or more was expected (got %g)", class.Name, l, own[a])
			}
		}
		s.classes = append(s.classes, engineClass{weight: class.PCE, factor: class.TimeFactor, fixed: own})
		for _, t := range table {
			origin := x.start[t.Origin]
			if k := len(s.tasks) - 1; k < 0 || s.tasks[k].origin != origin || s.tasks[k].class != int32(c) {
				s.tasks = append(s.tasks, task{class: int32(c), origin: origin, first: len(s.pairs)})
			}
			s.tasks[len(s.tasks)-1].last = len(s.pairs) + 1
			s.pairs = append(s.pairs, pair{dest: t.Dest, class: int16(c), volume: t.Volume})
		}
	}
	s.order = newOrder(x.graph, x.first, len(s.tasks))
	for _, i := range s.fill(o.Workers) {
		p := &s.pairs[i]
		k, _ := slices.BinarySearchFunc(s.tasks, i, func(t task, i int) int {
			if t.last <= i {
				return -1
			}
			return 1
		})
		out.Aside[p.class] = append(out.Aside[p.class], Trip{x.node[s.tasks[k].origin], p.dest, p.volume})
	}
	if all := slices.Concat(out.Aside...); len(all) > 0 && !o.SetAside {
		return nil, &Unreachable{all}
	}
	target := orDefault(o.RelativeGap, 1e-6)
	at, err := s.run(ctx, target, orDefaultInt(o.MaxIterations, 1000), o.Workers, func(at step) error {
		if o.Progress != nil {
			o.Progress(at.iterations, at.gap)
		}
		return nil
	})
	if errors.Is(err, errOverflow) {
		return nil, err
	}
	out.Iterations, out.TSTT, out.SPTT, out.Converged = at.iterations, at.tstt, at.sptt, at.converged
	out.setGap()
	if e := s.report(out.RoadResult, target); err == nil {
		err = e
	}
	out.ClassCost = make([]float64, len(classes))
	for range classes {
		out.ClassFlow = append(out.ClassFlow, make([]float64, len(road.From)))
	}
	for i := range s.pairs {
		p := &s.pairs[i]
		for k := p.first; k < p.last; k++ {
			w := s.held.ways[k]
			out.ClassCost[p.class] += w.flow * s.costOf(k, classes[p.class].TimeFactor)
			for _, l := range s.held.resOf(k) {
				out.ClassFlow[p.class][l] += w.flow
			}
		}
	}
	out.Objective, out.HasObjective = s.classObjective()
	return out, err
}

// classObjective is Beckmann's of classes, if there is one. With time factors k phi, k of the
// class and phi of the link, it is the integral of cost times phi, and what is fixed times
// PCE/k.
func (s *engine) classObjective() (float64, bool) {
	phi := s.classes[0].factor
	if slices.ContainsFunc(s.classes, func(c engineClass) bool { return c.factor == nil }) {
		phi = nil
	}
	ratio := make([]float64, len(s.classes))
	for c := range s.classes {
		for l := range s.curves {
			if s.curves[l].slope == 0 {
				continue
			}
			k := factorOf(s.classes[c].factor, int32(l)) / factorOf(phi, int32(l))
			if ratio[c] == 0 {
				ratio[c] = k
			}
			if math.Abs(k-ratio[c]) > 1e-12*ratio[c] {
				return 0, false
			}
		}
		if ratio[c] == 0 {
			ratio[c] = 1
		}
	}
	// A link without delay has a fixed cost, of each class by its own factor.
	sum := 0.0
	for l, x := range s.flow {
		if x > 0 && s.curves[l].slope != 0 {
			sum += factorOf(phi, int32(l)) * s.curves[l].integral(x)
		}
	}
	for i := range s.pairs {
		p := &s.pairs[i]
		scale := s.weightOf(int32(p.class)) / ratio[p.class]
		for k := p.first; k < p.last; k++ {
			w := s.held.ways[k]
			own := w.fixed
			for _, l := range s.held.resOf(k) {
				if s.curves[l].slope == 0 {
					own += s.cost[l] * factorOf(s.classes[p.class].factor, l)
				}
			}
			sum += scale * w.flow * own
		}
	}
	return sum, true
}

// unfolded is a network in which turns can be told apart: a node with turns of its own has a
// copy for each link into it.
type unfolded struct {
	graph   *routing.Graph
	first   int32     // through nodes
	link    []int32   // by arc: the link, -1: none, it only ends a trip
	penalty []float64 // by arc
	start   []int32   // by node: where its trips begin
	node    []int32   // by place: the node
}

func unfold(road *Road, turns []Turn) (*unfolded, error) {
	n := int32(road.Nodes)
	cost := map[[2]int32]float64{}
	split := map[int32]bool{}
	for i, t := range turns {
		if t.From < 0 || t.From >= len(road.From) || t.To < 0 || t.To >= len(road.From) || road.To[t.From] != road.From[t.To] {
			return nil, fmt.Errorf("assignment: turn %d: two links that meet were expected (got %d, %d)", i, t.From, t.To)
		}
		if !(t.Penalty >= 0) {
			return nil, fmt.Errorf("assignment: turn %d: a penalty of 0 or more was expected (got %g)", i, t.Penalty)
		}
		cost[[2]int32{int32(t.From), int32(t.To)}] += t.Penalty
		split[road.From[t.To]] = true
	}
	x := &unfolded{first: road.FirstThrough, start: make([]int32, n)}
	for v := range n {
		x.start[v] = v
		x.node = append(x.node, v)
	}
	// Copies: the node itself ends trips, one more begins them, and one for each link in.
	enter := make([]int32, len(road.From)) // by link: where it leads
	into := map[int32][]int32{}            // by node: the links into it
	for a, v := range road.To {
		if enter[a] = v; split[v] && v >= road.FirstThrough {
			enter[a] = int32(len(x.node))
			x.node = append(x.node, v)
			into[v] = append(into[v], int32(a))
		}
	}
	var from, to []int32
	arc := func(u, v, link int32, penalty float64) {
		from, to = append(from, u), append(to, v)
		x.link, x.penalty = append(x.link, link), append(x.penalty, penalty)
	}
	for v := range n { // in the order of nodes, not of the map
		if split[v] && v >= road.FirstThrough {
			x.start[v] = int32(len(x.node))
			x.node = append(x.node, v)
			for _, a := range into[v] {
				arc(enter[a], v, -1, 0)
			}
		}
	}
	for a, v := range road.From {
		if x.start[v] == v {
			arc(v, enter[a], int32(a), 0)
			continue
		}
		arc(x.start[v], enter[a], int32(a), 0)
		for _, b := range into[v] {
			if p := cost[[2]int32{b, int32(a)}]; !math.IsInf(p, 1) {
				arc(enter[b], enter[a], int32(a), p)
			}
		}
	}
	x.graph = routing.NewGraph(len(x.node), from, to)
	return x, nil
}
