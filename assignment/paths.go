package assignment

import (
	"context"
	"math"
	"slices"
	"sync"

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
	only     []int32   // resources of the dearer path alone, then of the cheapest alone
	parts    []float64 // scratch
}

// engineClass is a kind of flow.
type engineClass struct {
	weight float64   // of one of it in the flow of a resource; 0: 1
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

// pathList is paths and what they carry.
type pathList struct {
	ways  []way   // and one more, for where the last one ends
	links []int32 // by way
	res   []int32 // by way: resources of the links; where each link has its own, the same list
}

// way is a path and what goes over it.
type way struct {
	links, res int32   // where they begin
	fixed      float64 // what the path costs beside its resources
	flow       float64
}

func (l *pathList) linksOf(k int32) []int32 { return l.links[l.ways[k].links:l.ways[k+1].links] }
func (l *pathList) resOf(k int32) []int32   { return l.res[l.ways[k].res:l.ways[k+1].res] }

// finds are new paths of some pairs.
type finds struct {
	start []int32 // [finds+1]
	flow  []float64
	links []int32
}

// ref is where the new path of a pair is; at -1: there is none.
type ref struct{ piece, at int32 }

func (f *finds) clear() {
	f.start, f.flow, f.links = append(f.start[:0], 0), f.flow[:0], f.links[:0]
}

func (f *finds) add(flow float64) int32 {
	f.start, f.flow = append(f.start, int32(len(f.links))), append(f.flow, flow)
	return int32(len(f.flow) - 1)
}

func (f *finds) get(at int32) ([]int32, float64) {
	return f.links[f.start[at]:f.start[at+1]], f.flow[at]
}

// begin makes ready for finds.
func (s *engine) begin() {
	for k := range s.found {
		s.found[k].clear()
	}
	if len(s.fresh) != len(s.pairs) {
		s.fresh = make([]ref, len(s.pairs))
	}
	for i := range s.fresh {
		s.fresh[i].at = -1
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

// workspaces are searches to be used again; clones of an engine share them.
type workspaces struct {
	mu   sync.Mutex
	idle []*workspace
}

// workspace is what a search needs: one of both, as the engine has an order or not.
type workspace struct {
	search routing.Search
	tree   routing.Tree
}

func (w *workspaces) get() *workspace {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.idle) - 1
	if last < 0 {
		return new(workspace)
	}
	s := w.idle[last]
	w.idle = w.idle[:last]
	return s
}

func (w *workspaces) put(s *workspace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, s)
}

// fewTasks is the number of nodes for each origin and class above which a tree for each costs
// less than to order the network: bands of many layers, as corridors are, are dear to order.
// Tests set it.
var fewTasks = 50

// newOrder orders a network, if that is worth it for so many origins and classes; else nil.
// Networks with nodes that are no through nodes always have an order.
func newOrder(g *routing.Graph, firstThrough int32, tasks int) *routing.Hierarchy {
	if firstThrough == 0 && tasks*fewTasks < g.NumNodes {
		return nil
	}
	return routing.NewHierarchy(g, firstThrough)
}

// from begins to look for the paths of a task.
func (s *engine) from(w *workspace, t *task) {
	class := &s.classes[t.class]
	if s.order == nil {
		w.tree.Grow(s.graph, t.origin, class.cost)
		return
	}
	w.search.From(class.metric, t.origin)
}

// to gives the least cost to a node.
func (s *engine) to(w *workspace, dest int32) float64 {
	if s.order == nil {
		return w.tree.Cost[dest]
	}
	return w.search.To(dest)
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

// settlePieces is in how many parts the list of paths is made anew.
const settlePieces = 8

// settle makes the list of paths anew: those that carry flow, and those that were found. It
// adds flows up from them, so that rounding never builds up.
func (s *engine) settle(workers int) {
	old, out := &s.held, &s.spare
	var ways, links, res [settlePieces + 1]int
	bound := func(piece int) int { return piece * len(s.pairs) / settlePieces }
	each := func(do func(piece int)) {
		pieces(settlePieces, workers, func(piece, _, _ int) { do(piece) })
	}
	each(func(piece int) { // how much room each part needs
		for i := bound(piece); i < bound(piece+1); i++ {
			s.kept(i, func(path []int32, _, _ float64) {
				ways[piece+1]++
				links[piece+1] += len(path)
				if s.resource != nil {
					res[piece+1] += s.shared(path)
				}
			})
		}
	})
	for piece := range settlePieces {
		ways[piece+1] += ways[piece]
		links[piece+1] += links[piece]
		res[piece+1] += res[piece]
	}
	out.ways, out.links = sized(out.ways, ways[settlePieces]+1), sized(out.links, links[settlePieces])
	if s.resource == nil {
		out.res = out.links
	} else {
		out.res = sized(out.res, res[settlePieces])
	}
	s.parts = sized(s.parts, settlePieces*len(s.flow))
	clear(s.parts)
	each(func(piece int) {
		w, l, r := ways[piece], links[piece], res[piece]
		flows := s.parts[piece*len(s.flow) : (piece+1)*len(s.flow)]
		for i := bound(piece); i < bound(piece+1); i++ {
			first := int32(w)
			weight := s.weightOf(int32(s.pairs[i].class))
			s.kept(i, func(path []int32, fixed, flow float64) {
				out.ways[w] = way{links: int32(l), res: int32(r), fixed: fixed, flow: flow}
				copy(out.links[l:], path)
				from := l
				l += len(path)
				used := out.links[from:l]
				if s.resource == nil {
					out.ways[w].res = int32(from)
				} else {
					from = r
					for _, a := range path {
						if x := s.resource[a]; x >= 0 {
							out.res[r] = x
							r++
						}
					}
					used = out.res[from:r]
				}
				flow *= weight
				for _, x := range used {
					flows[x] += flow
				}
				w++
			})
			s.pairs[i].first, s.pairs[i].last = first, int32(w)
		}
	})
	out.ways[ways[settlePieces]] = way{links: int32(len(out.links)), res: int32(len(out.res))}
	clear(s.flow)
	for piece := range settlePieces {
		for r, v := range s.parts[piece*len(s.flow) : (piece+1)*len(s.flow)] {
			s.flow[r] += v
		}
	}
	s.held, s.spare = *out, *old
	s.renew()
}

// kept gives the ways of a pair that stay, with what they carry: the one that was found for
// it is the last, unless it was held.
func (s *engine) kept(i int, do func(path []int32, fixed, flow float64)) {
	p := &s.pairs[i]
	var found []int32
	flow := 0.0
	if len(s.fresh) > 0 && s.fresh[i].at >= 0 {
		found, flow = s.found[s.fresh[i].piece].get(s.fresh[i].at)
	}
	for k := p.first; k < p.last; k++ {
		w := s.held.ways[k]
		path := s.held.linksOf(k)
		if found != nil && slices.Equal(path, found) {
			w.flow += flow
			found = nil
		} else if w.flow == 0 {
			continue
		}
		do(path, w.fixed, w.flow)
	}
	if found != nil {
		fixed := 0.0
		if f := s.classes[p.class].fixed; f != nil {
			for _, a := range found {
				fixed += f[a]
			}
		}
		do(found, fixed, flow)
	}
}

// shared counts the links of a path that share something.
func (s *engine) shared(path []int32) int {
	n := 0
	for _, a := range path {
		if s.resource[a] >= 0 {
			n++
		}
	}
	return n
}

// sized gives a list of n entries, the room of the one given where that is enough.
func sized[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/16)
	}
	return list[:n]
}

// weightOf is what one of a class adds to the flow of a resource.
func (s *engine) weightOf(class int32) float64 {
	if w := s.classes[class].weight; w > 0 {
		return w
	}
	return 1
}

// customise renews the costs of paths in the network.
func (s *engine) customise() {
	for c := range s.classes {
		class := &s.classes[c]
		cost := s.cost
		if s.resource != nil || class.fixed != nil || s.order == nil {
			class.cost = resize(class.cost, len(s.graph.From))
			cost = class.cost
			for a := range cost {
				if class.fixed != nil {
					cost[a] = class.fixed[a]
				}
				if r := s.resourceOf(int32(a)); r >= 0 {
					cost[a] += s.cost[r]
				}
			}
		}
		if s.order != nil {
			class.metric = s.order.Customise(cost, class.metric)
		}
	}
}

func (s *engine) resourceOf(a int32) int32 {
	if s.resource == nil {
		return a
	}
	return s.resource[a]
}

// path appends the links of a cheapest path without a node twice; nil: there is none.
func (s *engine) path(w *workspace, class, dest int32, buf []int32) []int32 {
	if s.order == nil {
		return w.tree.Path(s.graph, dest, buf)
	}
	n := len(buf)
	links := w.search.Path(dest, buf)
	// Only links without a cost lead round, and then a node comes back within the path: the
	// paths are short, and few of them have such links.
	metric := s.classes[class].metric
	for i := n; i < len(links); i++ {
		if metric.Cost(links[i]) > 0 {
			continue
		}
		node := s.graph.From[links[i]]
		for j := len(links) - 1; j >= i; j-- {
			if s.graph.To[links[j]] == node {
				links = append(links[:i], links[j+1:]...)
				i--
				break
			}
		}
	}
	return links
}

// costOf is what a path costs.
func (s *engine) costOf(k int32) float64 {
	// Two sums, so that one need not wait for the other.
	sum, other := s.held.ways[k].fixed, 0.0
	res := s.held.resOf(k)
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
					cost := s.costOf(k)
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
	weighted := slices.ContainsFunc(s.classes, func(c engineClass) bool { return c.weight > 0 })
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
	for k := p.first; k < p.last; k++ {
		if c := s.costOf(k); c < least {
			best, least = k, c
		}
	}
	s.round++
	for _, r := range s.held.resOf(best) {
		s.mark[r] = s.round
	}
	p.excess = 0
	for k := p.first; k < p.last; k++ {
		if k != best && s.held.ways[k].flow > 0 {
			p.excess += s.even(k, best, s.weightOf(int32(p.class)))
		}
	}
	return p.excess
}

// even moves flow from a dear way to a cheap one, whose resources are marked, until both cost
// the same or nothing is left, and gives what the flow paid too much.
func (s *engine) even(from, to int32, weight float64) float64 {
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
		difference += s.cost[r]
		slope += s.slope[r]
	}
	split := len(only)
	for _, r := range s.held.resOf(to) {
		if s.mark[r] == -s.round {
			s.mark[r] = s.round
			continue
		}
		only = append(only, r)
		difference -= s.cost[r]
		slope += s.slope[r]
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
	left := fixed + s.move(only, split, move*weight)
	// Where the dearer way is flat before it is steep, Newton's step goes too far: back by
	// the secant until what is left is small.
	for range mostSecants {
		if left >= -overshot*difference {
			break
		}
		to := move * difference / (difference - left)
		left = fixed + s.move(only, split, (to-move)*weight)
		move = to
	}
	dear.flow -= move
	cheap.flow += move
	if dear.flow <= 1e-15*flow {
		cheap.flow += dear.flow
		dear.flow = 0
	}
	return flow * difference
}

// move takes flow from the resources before split and puts it on those behind, and gives by
// how much the first cost more than the second afterwards.
func (s *engine) move(res []int32, split int, flow float64) float64 {
	difference := 0.0
	for _, r := range res[:split] {
		s.put(r, -flow)
		difference += s.cost[r]
	}
	for _, r := range res[split:] {
		s.put(r, flow)
		difference -= s.cost[r]
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

// run goes on until the gap is reached, the iterations are used up, ctx ends or told gives
// an error, which it gives back. What stands then is measured in any case.
func (s *engine) run(ctx context.Context, target float64, limit, workers int, told func(step) error) (step, error) {
	var at step
	for ; ; at.iterations++ {
		at.tstt, at.sptt = s.look(workers)
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
