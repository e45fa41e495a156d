package assignment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/karvan/karvan/routing"
)

// StochasticResult is a stochastic user equilibrium, or as near to one as the solver came.
type StochasticResult struct {
	Flow, Cost []float64 // by link
	Residual   float64   // sum |y - x| / sum x: y is what travellers choose at the costs of x
	TSTT       float64
	Perceived  float64 // sum over trips of the expected least cost as travellers see it
	Iterations int
	Converged  bool
}

// StochasticOptions steer [SolveMarkov]. The zero value means the defaults given.
type StochasticOptions struct {
	Dispersion    float64 // 1/cost: the larger, the more surely the cheapest is taken
	NearerOnly    bool    // take only links that lead nearer in the empty network (Dial 1971)
	Residual      float64 // 0: 1e-6
	MaxIterations int     // 0: 1000
	Workers       int     // 0: all cores. The result does not depend on it
	Progress      func(iteration int, residual float64)
}

// SolveMarkov finds the Markovian traffic equilibrium (Baillon and Cominetti 2008,
// doi:10.1007/s10107-006-0076-2; Akamatsu 1996, doi:10.1016/0191-2615(96)00003-3, for the
// loading): at each node travellers choose the next link by a logit of its cost and the
// expected least cost from its end,
//
//	V_i = -1/theta ln sum over links a out of i of exp(-theta (c_a + V_j)),
//
// the recursive logit, over all paths, those with loops too. With costs that follow flows it
// is a fixed point and the least of a convex function of costs, sought by steps towards the
// choice that lead down, with Anderson acceleration (Walker and Ni 2011, doi:10.1137/10078356X). Where the dispersion is so
// small that loops add up without end there is no equilibrium, and that is the error. An
// error that wraps [ErrNotConverged] comes with a result.
func SolveMarkov(ctx context.Context, road *Road, trips []Trip, o StochasticOptions) (*StochasticResult, error) {
	return SolveMarkovClasses(ctx, road, []MarkovClass{{Trips: trips, Dispersion: o.Dispersion}}, o)
}

// MarkovClass is travellers or goods of one kind, with a dispersion of their own.
type MarkovClass struct {
	Trips      []Trip
	Dispersion float64   // 1/cost
	Fixed      []float64 // by link: what it costs the class beside its time; +Inf forbids it; nil: nothing
}

// SolveMarkovClasses is [SolveMarkov] for classes that share the links. The Dispersion of the
// options is not looked at.
func SolveMarkovClasses(ctx context.Context, road *Road, classes []MarkovClass, o StochasticOptions) (*StochasticResult, error) {
	s, err := newMarkov(road, classes)
	if err != nil {
		return nil, err
	}
	if o.NearerOnly {
		s.free = road.FreeCosts()
	}
	target, limit := orDefault(o.Residual, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	res := &StochasticResult{}
	if _, err := s.choose(s.flow, make([]float64, len(s.flow)), o.Workers); err != nil {
		return nil, err
	}
	at := s.look(s.flow, o.Workers)
	mixer := newAnderson(6)
	for res.Iterations = 0; ; res.Iterations++ {
		if at.err != nil {
			return nil, at.err
		}
		res.Residual, res.Perceived = at.residual, at.perceived
		if o.Progress != nil {
			o.Progress(res.Iterations, res.Residual)
		}
		if res.Converged = res.Residual <= target; res.Converged || res.Iterations == limit {
			break
		}
		if err = ctx.Err(); err != nil {
			break
		}
		next, ok := s.advance(at, mixer, o.Workers)
		if !ok {
			err = fmt.Errorf("assignment: residual %.2e after %d iterations, and no step leads further: %w", res.Residual, res.Iterations, ErrNotConverged)
			break
		}
		at = next
	}
	copy(s.flow, at.flow)
	s.renew()
	res.Flow, res.Cost, res.TSTT = slices.Clone(s.flow), slices.Clone(s.cost), s.total()
	if err == nil && !res.Converged {
		err = fmt.Errorf("assignment: residual %.2e after %d iterations, wanted %.0e: %w", res.Residual, res.Iterations, target, ErrNotConverged)
	}
	return res, err
}

// markovPoint is flows, and what travellers choose at their costs.
type markovPoint struct {
	flow, choice []float64
	slope        []float64
	response     []float64 // about what a link loses for each unit that it grows dearer
	residual     float64
	perceived    float64
	// dual is the function of costs that the equilibrium makes least (Daganzo 1982,
	// doi:10.1287/trsc.16.3.332): the sum of the integrals of flow over cost, less what is
	// perceived. Its slope by the cost of a link is flow - choice.
	dual float64
	err  error
}

// look finds what travellers choose at the costs of flows.
func (s *markov) look(flow []float64, workers int) *markovPoint {
	p := &markovPoint{flow: slices.Clone(flow), choice: make([]float64, len(flow)), response: make([]float64, len(flow))}
	copy(s.flow, flow)
	s.renew()
	p.slope = slices.Clone(s.slope)
	p.perceived, p.err = s.choose(p.choice, p.response, workers)
	off, total := 0.0, 0.0
	for a, x := range flow {
		off += math.Abs(p.choice[a] - x)
		total += p.choice[a]
	}
	if total > 0 {
		p.residual = off / total
	}
	p.dual = s.total() - s.objective() - p.perceived
	return p
}

// leastLeft is the share of a link's flow that a step leaves: steep links may not be emptied at once.
const leastLeft = 0.05

// advance gives the next point: the one that Anderson's method leads to, where it lies lower,
// else a step towards the choice, as far as that leads down.
func (s *markov) advance(at *markovPoint, mixer *anderson, workers int) (*markovPoint, bool) {
	n := len(at.flow)
	step, tried := make([]float64, n), make([]float64, n)
	slope := 0.0
	for a, x := range at.flow {
		step[a] = (at.choice[a] - x) / (1 + at.response[a]*at.slope[a])
		slope -= at.slope[a] * (at.choice[a] - x) * step[a]
	}
	hold := func() {
		for a := range tried {
			tried[a] = math.Max(tried[a], leastLeft*at.flow[a])
		}
	}
	copy(tried, at.flow)
	mixer.next(tried, step)
	hold()
	rounding := 1e-13 * (math.Abs(at.dual) + math.Abs(at.perceived))
	if p := s.look(tried, workers); p.err == nil && (p.dual < at.dual || p.dual < at.dual+rounding && p.residual < at.residual) {
		return p, true
	}
	mixer.reset()
	for size := 1.0; size > 1e-9; size /= 2 {
		for a := range tried {
			tried[a] = at.flow[a] + size*step[a]
		}
		hold()
		if p := s.look(tried, workers); p.err == nil && (p.dual <= at.dual+1e-4*size*slope || p.dual < at.dual+rounding && p.residual < at.residual) {
			return p, true
		}
	}
	return nil, false
}

// markov is a network with the trips to each destination.
type markov struct {
	loads
	road     *Road
	out      *routing.Graph // links by where they begin
	back     *routing.Graph // links turned round
	free     []float64      // costs by which links lead nearer; nil: all links are taken
	loadings []markovLoading
	parts    [][]float64
}

// markovLoading is the trips of a class to a destination.
type markovLoading struct {
	theta float64
	fixed []float64
	trips []Trip
	near  []int32 // where only links that lead nearer are taken: nodes in order, once found
}

// markovPieces is in how many parts destinations are loaded.
const markovPieces = 8

func newMarkov(road *Road, classes []MarkovClass) (*markov, error) {
	if err := road.Check(); err != nil {
		return nil, err
	}
	s := &markov{loads: newLoads(road.links()), road: road, parts: make([][]float64, markovPieces)}
	for c, class := range classes {
		if !(class.Dispersion > 0) || math.IsInf(class.Dispersion, 1) {
			return nil, fmt.Errorf("assignment: class %d: a dispersion above 0 was expected (got %g)", c, class.Dispersion)
		}
		if class.Fixed != nil && len(class.Fixed) != len(road.From) {
			return nil, fmt.Errorf("assignment: class %d: %d fixed costs for %d links", c, len(class.Fixed), len(road.From))
		}
		for a, f := range class.Fixed {
			if !(f >= 0) {
				return nil, fmt.Errorf("assignment: class %d: link %d: a fixed cost of 0 or more was expected (got %g)", c, a, f)
			}
		}
		table, err := tableOf(road, class.Trips)
		if err != nil {
			return nil, err
		}
		table = slices.DeleteFunc(table, func(t Trip) bool { return t.Volume == 0 })
		slices.SortStableFunc(table, func(a, b Trip) int { return cmp.Compare(a.Dest, b.Dest) })
		for first := 0; first < len(table); {
			last := first
			for last < len(table) && table[last].Dest == table[first].Dest {
				last++
			}
			s.loadings = append(s.loadings, markovLoading{theta: class.Dispersion, fixed: class.Fixed, trips: table[first:last]})
			first = last
		}
	}
	s.out, s.back = routing.NewGraph(road.Nodes, road.From, road.To), routing.NewGraph(road.Nodes, road.To, road.From)
	for k := range s.parts {
		s.parts[k] = make([]float64, 2*len(s.cost)) // flows, then responses
	}
	return s, nil
}

// choose writes what travellers choose at the costs, and about how much less they do where a
// link grows dearer; it gives the sum of what they expect to pay.
func (s *markov) choose(flow, response []float64, workers int) (float64, error) {
	loadings, n := len(s.loadings), len(s.cost)
	errs, sums := make([]error, markovPieces), make([]float64, markovPieces)
	pieces(markovPieces, workers, func(_, piece, _ int) {
		w := &markovDest{s: s, flow: s.parts[piece][:n], response: s.parts[piece][n:]}
		clear(s.parts[piece])
		for k := piece * loadings / markovPieces; k < (piece+1)*loadings/markovPieces && errs[piece] == nil; k++ {
			var sum float64
			sum, errs[piece] = w.load(&s.loadings[k])
			sums[piece] += sum
		}
	})
	clear(flow)
	clear(response)
	total := 0.0
	for k, part := range s.parts {
		if errs[k] != nil {
			return 0, errs[k]
		}
		for a := range n {
			flow[a] += part[a]
			response[a] += part[n+a]
		}
		total += sums[k]
	}
	return total, nil
}

// markovDest loads the trips to one destination at a time.
type markovDest struct {
	s        *markov
	theta    float64
	flow     []float64
	tree     routing.Tree
	cost     []float64 // of links, those that are not taken closed
	response []float64
	order    []int32   // nodes from which the destination can be reached, the nearest first
	value    []float64 // by node: expected least cost, +Inf: none
	share    []float64 // by link: the part of travellers at its begin who take it
	mass     []float64 // by node: travellers
	place    []int32   // by node: in the order
}

// Sweeps over nodes end at this precision, or are given up as endless.
const (
	markovPrecision = 1e-13
	markovSweeps    = 1000
)

func (w *markovDest) load(l *markovLoading) (float64, error) {
	s := w.s
	trips := l.trips
	dest := trips[0].Dest
	w.theta = l.theta
	w.rank(dest, l)
	if err := w.values(dest); err != nil {
		return 0, err
	}
	perceived := 0.0
	var cut []Trip
	clear(w.mass)
	for _, t := range trips {
		if math.IsInf(w.value[t.Origin], 1) {
			cut = append(cut, t)
			continue
		}
		w.mass[t.Origin] += t.Volume
		perceived += t.Volume * w.value[t.Origin]
	}
	if len(cut) > 0 {
		return 0, &Unreachable{cut}
	}
	// Travellers walk on from the furthest node to the nearest, and round again while
	// loops bring some back.
	total := 0.0
	for _, t := range trips {
		total += t.Volume
	}
	for sweep := 0; ; sweep++ {
		left := 0.0
		for i := len(w.order) - 1; i > 0; i-- { // the first is the destination
			node := w.order[i]
			m := w.mass[node]
			if m == 0 {
				continue
			}
			w.mass[node] = 0
			for _, a := range s.out.Out(node) {
				if p := w.share[a]; p > 0 {
					w.flow[a] += m * p
					w.response[a] += w.theta * m * p * (1 - p)
					w.mass[s.road.To[a]] += m * p
				}
			}
		}
		for _, node := range w.order[1:] {
			left += w.mass[node]
		}
		if left <= markovPrecision*total {
			return perceived, nil
		}
		if sweep == markovSweeps {
			return 0, w.endless(dest)
		}
	}
}

func (w *markovDest) endless(dest int32) error { return &Endless{dest, w.theta} }

// Endless is the error of a dispersion with which loops on the way to a node add up without
// end.
type Endless struct {
	Dest       int32
	Dispersion float64
}

func (e *Endless) Error() string {
	return fmt.Sprintf("assignment: with a dispersion of %g loops on the way to node %d add up without end: a larger one was expected, or links that lead nearer only", e.Dispersion, e.Dest)
}

// rank orders the nodes by how far they are from the destination.
func (w *markovDest) rank(dest int32, l *markovLoading) {
	s := w.s
	n := s.road.Nodes
	if w.cost == nil {
		w.cost, w.share = make([]float64, len(s.cost)), make([]float64, len(s.cost))
		w.value, w.mass, w.place = make([]float64, n), make([]float64, n), make([]int32, n)
	}
	inf := math.Inf(1)
	close := func(cost []float64) { // what leads into other centroids
		for a, to := range s.road.To {
			if w.cost[a] = cost[a]; l.fixed != nil {
				w.cost[a] += l.fixed[a]
			}
			if to < s.road.FirstThrough && to != dest {
				w.cost[a] = inf
			}
		}
	}
	if s.free == nil {
		close(s.cost)
		w.order = w.sort(dest, w.order)
		return
	}
	if l.near == nil {
		close(s.free)
		l.near = w.sort(dest, nil)
	}
	w.order = l.near
	for i := range w.place {
		w.place[i] = int32(n) // cannot reach the destination
	}
	for i, node := range w.order {
		w.place[node] = int32(i)
	}
	for a := range w.cost {
		// Of nodes as near as one another the order is that of their numbers.
		if w.cost[a] = inf; w.place[s.road.To[a]] < w.place[s.road.From[a]] && (s.road.To[a] >= s.road.FirstThrough || s.road.To[a] == dest) {
			if w.cost[a] = s.cost[a]; l.fixed != nil {
				w.cost[a] += l.fixed[a]
			}
		}
	}
}

// sort lists the nodes that the destination can be reached from, the nearest first.
func (w *markovDest) sort(dest int32, order []int32) []int32 {
	w.tree.Grow(w.s.back, dest, w.cost)
	order = order[:0]
	for node, c := range w.tree.Cost {
		if !math.IsInf(c, 1) {
			order = append(order, int32(node))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(w.tree.Cost[a], w.tree.Cost[b]) })
	// The destination comes first, whatever costs nothing.
	i := slices.Index(order, dest)
	copy(order[1:i+1], order[:i])
	order[0] = dest
	return order
}

// values finds the expected least cost of each node, and the shares of links.
func (w *markovDest) values(dest int32) error {
	s := w.s
	for node := range w.value {
		w.value[node] = math.Inf(1)
	}
	w.value[dest] = 0
	lowest := 0.0
	if s.free == nil {
		for _, node := range w.order {
			w.value[node] = w.tree.Cost[node]
			lowest = math.Max(lowest, w.value[node])
		}
	}
	for sweep := 0; ; sweep++ {
		moved := 0.0
		for _, node := range w.order[1:] {
			v := w.logsum(node)
			if v != w.value[node] {
				moved = math.Max(moved, math.Abs(v-w.value[node]))
			}
			w.value[node] = v
			if v < -1000*(1+lowest)-1000/w.theta {
				return w.endless(dest)
			}
		}
		if moved <= markovPrecision*(1+lowest) || s.free != nil { // without loops once is enough
			break
		}
		if sweep == markovSweeps {
			return w.endless(dest)
		}
	}
	clear(w.share)
	for _, node := range w.order[1:] {
		total := 0.0
		for _, a := range s.out.Out(node) {
			if c := w.cost[a] + w.value[s.road.To[a]]; !math.IsInf(c, 1) {
				w.share[a] = math.Exp(-w.theta * (c - w.value[node]))
				total += w.share[a]
			}
		}
		for _, a := range s.out.Out(node) {
			w.share[a] /= total
		}
	}
	return nil
}

// logsum is the expected least cost of a node by those of its neighbours.
func (w *markovDest) logsum(node int32) float64 {
	s := w.s
	best := math.Inf(1)
	for _, a := range s.out.Out(node) {
		best = math.Min(best, w.cost[a]+w.value[s.road.To[a]])
	}
	if math.IsInf(best, 1) {
		return best
	}
	sum := 0.0
	for _, a := range s.out.Out(node) {
		sum += math.Exp(-w.theta * (w.cost[a] + w.value[s.road.To[a]] - best))
	}
	return best - math.Log(sum)/w.theta
}
