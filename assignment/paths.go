package assignment

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/karvan/karvan/routing"
)

// engine finds Wardrop's user equilibrium by the paths of each pair: flow moves from the
// dearer paths that a pair uses to its cheapest by Newton steps, pair after pair
// (Jayakrishnan, Tsai, Prashker and Rajadhyaksha 1994; Xie, Nie and Liu 2018,
// doi:10.1287/trsc.2017.0781, who move where most is paid too much). New paths come from a
// customisable hierarchy, all at the costs of one time. It keeps its paths, and goes on
// from them.
type engine struct {
	loads // of resources
	graph *routing.Graph
	order *routing.Hierarchy // nil: paths come from trees, see newOrder
	// resource says what a link shares with others, -1: nothing; nil: each link has its own.
	resource []int32
	classes  []engineClass
	tasks    []task
	pairs    []pair

	// Pairs, ways and links lie in one order, for passes over all of them wait on memory.
	held, spare pathList

	found    [numPieces]finds
	fresh    []ref // by pair: the path found in this turn
	searches *workspaces
	mark     []int32 // by resource: of the cheapest path
	round    int32
	seed     uint64    // of a start at distorted costs; 0: none
	only     []int32   // resources of the dearer path alone, then of the cheapest alone
	parts    []float64 // scratch
}

// engineClass is a kind of flow.
type engineClass struct {
	weight float64   // of one of it in the flow of a resource; 0: 1
	factor []float64 // by resource, on what that costs the class; nil: 1
	fixed  []float64 // by link, beside what its resource costs; +Inf: closed; nil: nothing
	metric *routing.Metric
	cost   []float64 // by link; scratch
}

// task is the pairs of a class and an origin.
type task struct {
	class, origin int32
	first, last   int // pairs
}

// pair is a pair of nodes, what goes between them, and the paths it uses.
type pair struct {
	dest        int32
	first, last int32 // ways
	stay        int32 // resource of those who stay away; 0: demand is fixed
	class       int16
	aside       bool // no path leads there
	volume      float64
	excess      float64 // what its flow paid too much when it was last moved
}

// distort puts costs out of proportion, for a start from somewhere else.
func (s *engine) distort() {
	r := rand.New(rand.NewPCG(s.seed, 1))
	for a := range s.cost {
		s.cost[a] *= math.Exp(2 * r.NormFloat64())
	}
}

// startBatches is in how many parts a first loading is done, each at the costs that the ones
// before it made.
const startBatches = 16

// fill puts what pairs lack, all of it at first, on their cheapest paths, a part of the
// origins after the other. It gives the pairs without a path, which are set aside.
func (s *engine) fill(workers int) []int {
	if len(s.held.ways) == 0 {
		s.held.ways = make([]way, 1)
	}
	var lacking []int // tasks
	for k, t := range s.tasks {
		for i := t.first; i < t.last; i++ {
			if s.lacks(i) > 0 {
				lacking = append(lacking, k)
				break
			}
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	batches := 1
	if 2*len(lacking) > len(s.tasks) {
		batches = startBatches
	}
	if s.seed != 0 {
		batches = 1
		s.distort()
	}
	s.begin()
	missing := make([][]int, numPieces)
	for batch := range batches {
		var turn []int
		for k := batch; k < len(lacking); k += batches {
			turn = append(turn, lacking[k])
		}
		s.customise()
		pieces(len(turn), workers, func(piece, from, to int) {
			w := s.searches.get()
			defer s.searches.put(w)
			f := &s.found[piece]
			for _, k := range turn[from:to] {
				t := &s.tasks[k]
				s.from(w, t)
				for i := t.first; i < t.last; i++ {
					lacks := s.lacks(i)
					if lacks == 0 {
						continue
					}
					links := s.path(w, t.class, s.pairs[i].dest, f.links)
					if s.pairs[i].aside = links == nil; links == nil {
						missing[piece] = append(missing[piece], i)
						continue
					}
					f.links = links
					s.fresh[i] = ref{int32(piece), f.add(lacks)}
				}
			}
		})
		for _, k := range turn {
			for i := s.tasks[k].first; i < s.tasks[k].last; i++ {
				if r := s.fresh[i]; r.at >= 0 {
					links, flow := s.found[r.piece].get(r.at)
					flow *= s.weightOf(int32(s.pairs[i].class))
					for _, a := range links {
						if res := s.resourceOf(a); res >= 0 {
							s.flow[res] += flow
						}
					}
				}
			}
		}
		s.renew()
	}
	s.settle(workers)
	for k := range s.found { // the room of all first paths is not needed again
		s.found[k] = finds{}
	}
	return slices.Concat(missing...)
}

// lacks is what a pair does not carry of its volume.
func (s *engine) lacks(i int) float64 {
	p := &s.pairs[i]
	rest := p.volume
	for k := p.first; k < p.last; k++ {
		rest -= s.held.ways[k].flow
	}
	if rest <= 1e-12*p.volume {
		return 0
	}
	return rest
}

// weightOf is what one of a class adds to the flow of a resource.
func (s *engine) weightOf(class int32) float64 {
	if w := s.classes[class].weight; w > 0 {
		return w
	}
	return 1
}

func (s *engine) resourceOf(a int32) int32 {
	if s.resource == nil {
		return a
	}
	return s.resource[a]
}

// costOf is what a path costs.
func (s *engine) costOf(k int32, factor []float64) float64 {
	// Two sums, so that one need not wait for the other.
	sum, other := s.held.ways[k].fixed, 0.0
	res := s.held.resOf(k)
	if factor != nil {
		for _, r := range res {
			sum += s.cost[r] * factor[r]
		}
		return sum
	}
	for len(res) >= 2 {
		sum += s.cost[res[0]]
		other += s.cost[res[1]]
		res = res[2:]
	}
	if len(res) > 0 {
		sum += s.cost[res[0]]
	}
	return sum + other
}

// look finds the cheapest path of each pair, holds those that are new, and gives what all
// flow pays and what it would pay on the cheapest paths.
func (s *engine) look(workers int) (tstt, sptt float64) {
	s.customise()
	s.begin()
	least, extra, paid := make([]float64, numPieces), make([]float64, numPieces), make([]float64, numPieces)
	pieces(len(s.tasks), workers, func(piece, from, to int) {
		space := s.searches.get()
		defer s.searches.put(space)
		f := &s.found[piece]
		var sptt, ownExtra, ownPaid float64 // not in the lists: workers would wait for each other's cache lines
		for k := from; k < to; k++ {
			t := &s.tasks[k]
			factor := s.classes[t.class].factor
			s.from(space, t)
			for i := t.first; i < t.last; i++ {
				p := &s.pairs[i]
				if p.aside || p.volume == 0 {
					continue
				}
				c := s.to(space, p.dest)
				if p.stay > 0 {
					c = math.Min(c, s.cost[p.stay])
				}
				sptt += c * p.volume
				best, excess := math.Inf(1), 0.0
				for k := p.first; k < p.last; k++ {
					w := &s.held.ways[k]
					cost := s.costOf(k, factor)
					best = math.Min(best, cost)
					excess += w.flow * (cost - c)
					ownExtra += w.flow * w.fixed
					ownPaid += w.flow * cost
				}
				p.excess = excess
				if c < best*(1-1e-14) {
					if p.stay > 0 && c == s.cost[p.stay] {
						f.links = append(f.links, p.stay)
					} else {
						f.links = s.path(space, t.class, p.dest, f.links)
					}
					s.fresh[i] = ref{int32(piece), f.add(0)}
				}
			}
		}
		least[piece], extra[piece], paid[piece] = sptt, ownExtra, ownPaid
	})
	weighted := slices.ContainsFunc(s.classes, func(c engineClass) bool { return c.weight > 0 || c.factor != nil })
	if !weighted { // by resource, which rounds less than by path
		tstt = s.total()
	}
	for k := range least {
		sptt += least[k]
		if weighted {
			tstt += paid[k]
		} else {
			tstt += extra[k]
		}
	}
	s.settle(workers)
	return tstt, sptt
}

// balance moves flow of a pair from each of its dearer paths to its cheapest, and gives what
// was paid too much.
func (s *engine) balance(p *pair) float64 {
	best, least := int32(-1), math.Inf(1)
	factor := s.classes[p.class].factor
	for k := p.first; k < p.last; k++ {
		if c := s.costOf(k, factor); c < least {
			best, least = k, c
		}
	}
	if best < 0 {
		return 0 // costs overflow: told when they are looked at next
	}
	s.round++
	for _, r := range s.held.resOf(best) {
		s.mark[r] = s.round
	}
	p.excess = 0
	for k := p.first; k < p.last; k++ {
		if k != best && s.held.ways[k].flow > 0 {
			p.excess += s.even(k, best, s.weightOf(int32(p.class)), factor)
		}
	}
	return p.excess
}

// even moves flow from a dear way to a cheap one, whose resources are marked, until both cost
// the same or nothing is left, and gives what the flow paid too much.
func (s *engine) even(from, to int32, weight float64, factor []float64) float64 {
	dear, cheap := &s.held.ways[from], &s.held.ways[to]
	only := s.only[:0]
	fixed := dear.fixed - cheap.fixed
	difference, slope := fixed, 0.0
	for _, r := range s.held.resOf(from) {
		if s.mark[r] == s.round {
			s.mark[r] = -s.round // of both
			continue
		}
		only = append(only, r)
		f := factorOf(factor, r)
		difference += s.cost[r] * f
		slope += s.slope[r] * f
	}
	split := len(only)
	for _, r := range s.held.resOf(to) {
		if s.mark[r] == -s.round {
			s.mark[r] = s.round
			continue
		}
		only = append(only, r)
		f := factorOf(factor, r)
		difference -= s.cost[r] * f
		slope += s.slope[r] * f
	}
	s.only = only
	if difference <= 0 {
		return 0
	}
	flow := dear.flow
	move := flow
	if slope > 0 {
		move = math.Min(flow, difference/(slope*weight))
	}
	left := fixed + s.move(only, split, move*weight, factor)
	// Where the dearer way is flat before it is steep, Newton's step goes too far: back, until
	// little is left of the difference.
	if left < -overshot*difference {
		back := bracket{high: move, atLow: difference, atHigh: left}
		for range mostSecants {
			to := back.next()
			left = fixed + s.move(only, split, (to-move)*weight, factor)
			if move = to; math.Abs(left) <= overshot*difference {
				break
			}
			back.tell(to, left)
		}
	}
	dear.flow -= move
	cheap.flow += move
	if dear.flow <= 1e-15*flow {
		cheap.flow += dear.flow
		dear.flow = 0
	}
	return flow * difference
}

func factorOf(factor []float64, r int32) float64 {
	if factor == nil {
		return 1
	}
	return factor[r]
}

// move takes flow from the resources before split and puts it on those behind, and gives by
// how much the first cost more than the second afterwards.
func (s *engine) move(res []int32, split int, flow float64, factor []float64) float64 {
	difference := 0.0
	for _, r := range res[:split] {
		s.put(r, -flow)
		difference += s.cost[r] * factorOf(factor, r)
	}
	for _, r := range res[split:] {
		s.put(r, flow)
		difference -= s.cost[r] * factorOf(factor, r)
	}
	return difference
}

// step is where the engine stands after an iteration.
type step struct {
	iterations int
	tstt, sptt float64
	gap        float64
	converged  bool
}

// errOverflow is told of trips and capacities that together cost more than numbers can hold.
var errOverflow = errors.New("assignment: costs overflow: trips are too many for the capacities and powers of the links")

// run goes on until the gap is reached, the iterations are used up, ctx ends or told gives
// an error, which it gives back. What stands then is measured in any case.
func (s *engine) run(ctx context.Context, target float64, limit, workers int, told func(step) error) (step, error) {
	var at step
	for ; ; at.iterations++ {
		at.tstt, at.sptt = s.look(workers)
		if math.IsNaN(at.tstt) || math.IsInf(at.tstt, 0) {
			return at, errOverflow
		}
		if paid := at.tstt - s.paidAway(); paid > 0 {
			at.gap = (at.tstt - at.sptt) / paid
		} else {
			at.gap = 0
		}
		at.converged = at.gap <= target
		if err := told(at); err != nil {
			return at, err
		}
		if at.converged || at.iterations == limit {
			return at, nil
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
		s.sweep(ctx, 0.1*target*at.tstt)
	}
}

// paidAway is what those who stay away pay on their paths, which is not to be counted.
func (s *engine) paidAway() float64 {
	sum := 0.0
	for a := len(s.graph.From); s.resource == nil && a < len(s.flow); a++ {
		sum += s.flow[a] * s.cost[a]
	}
	return sum
}

// sweepRounds bounds how often flow is moved before new paths are looked for; sweepShare is
// the share of what was paid too much at which that ends.
const (
	sweepRounds = 60
	sweepShare  = 0.03
)

// sweep moves flow until little is paid too much on the paths held against what it was, or
// in all.
func (s *engine) sweep(ctx context.Context, enough float64) {
	first := 0.0
	for round := range sweepRounds {
		excess, small := 0.0, idleShare*first/float64(len(s.pairs))
		for i := range s.pairs {
			p := &s.pairs[i]
			if p.last-p.first < 2 {
				continue
			}
			if round > 0 && p.excess < small {
				excess += p.excess
				continue // others have more to move
			}
			excess += s.balance(p)
		}
		if round == 0 {
			first = excess
		}
		if excess <= sweepShare*first || excess <= enough || ctx.Err() != nil {
			return
		}
	}
}
