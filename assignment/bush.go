package assignment

import (
	"context"
	"math"
	"slices"
)

// bushes finds Wardrop's user equilibrium of a road network by Algorithm B (Dial 2006,
// Transportation Research B 40(10), doi:10.1016/j.trb.2006.02.008): each origin has a
// bush, an acyclic part of the network that holds its flow, in which flow is moved from
// the dearest used to the cheapest way into each node, by Newton steps; bushes lose links
// without flow and gain such that shorten ways (Nie 2010, Transportation Research B
// 44(1)). It keeps its bushes, and goes on from them.
type bushes struct {
	loads
	road  *Road
	trees *treeGrower
	table []Trip

	origins []bush

	// Scratch of one bush at a time, by place in its order.
	place           []int32 // node -> place, -1: not reached
	low, high       []float64
	lowest, highest []int32
	dear, cheap     []int32
	added           []int32
	spare           grove
	sorted          []int32
	wanted          []bool    // by place: the node leads to a destination
	whole           []float64 // flow of the links of a whole bush
}

// bush is the acyclic network of an origin. Its core is what leads to destinations, and has
// all the flow; the whole reaches every node, so that new links are found.
type bush struct {
	origin int32
	dests  []Trip // those that a path leads to
	aside  []Trip // the others
	grown  bool
	whole  grove // without flow
	core   grove
	excess float64 // what flow on its dearest ways paid too much, when it was last moved
}

// grove is an acyclic network: nodes in topological order, and the links into each.
type grove struct {
	order []int32   // nodes
	start []int32   // [len(order)+1] into link
	link  []int32   // into each node of order
	flow  []float64 // of link
}

// newBushes makes a solver by bushes.
func newBushes(road *Road, trips []Trip) (*bushes, error) {
	if err := road.Check(); err != nil {
		return nil, err
	}
	table, err := tableOf(road, trips)
	if err != nil {
		return nil, err
	}
	s := &bushes{loads: newLoads(road.links()), road: road, trees: newTreeGrower(road), table: table}
	s.place = make([]int32, road.Nodes)
	for i := range s.place {
		s.place[i] = -1
	}
	s.low, s.high = make([]float64, road.Nodes), make([]float64, road.Nodes)
	s.lowest, s.highest = make([]int32, road.Nodes), make([]int32, road.Nodes)
	s.sow()
	return s, nil
}

// sow makes an ungrown bush for each origin of the table; those that stand with the same
// trips stay.
func (s *bushes) sow() {
	old := s.origins
	s.origins = nil
	for rest := s.table; len(rest) > 0; {
		origin, n := rest[0].Origin, 1
		for n < len(rest) && rest[n].Origin == origin {
			n++
		}
		dests := slices.DeleteFunc(slices.Clone(rest[:n]), func(t Trip) bool { return t.Volume == 0 })
		rest = rest[n:]
		for len(old) > 0 && old[0].origin < origin {
			old = old[1:]
		}
		switch {
		case len(dests) == 0:
		case len(old) > 0 && old[0].origin == origin && old[0].grown && slices.Equal(old[0].dests, dests):
			s.origins = append(s.origins, old[0])
		default:
			s.origins = append(s.origins, bush{origin: origin, dests: dests})
		}
	}
	s.refresh()
}

// plant grows each bush that is not grown, out of the tree of shortest paths, and loads it:
// the later ones meet what the earlier ones made of costs.
func (s *bushes) plant() {
	var tree growing
	for k := range s.origins {
		b := &s.origins[k]
		if b.grown {
			continue
		}
		s.trees.grow(&tree, b.origin, s.cost)
		b.dests, b.aside = nil, nil
		for _, t := range s.tripsOf(b.origin) {
			switch {
			case t.Volume == 0:
			case math.IsInf(tree.cost[t.Dest], 1):
				b.aside = append(b.aside, t)
			default:
				b.dests = append(b.dests, t)
			}
		}
		b.grown = true
		g := &b.whole
		g.order = append([]int32(nil), tree.order...)
		g.start = make([]int32, len(g.order)+1)
		g.link, g.flow = make([]int32, 0, len(g.order)), s.flows(len(g.order)-1)
		s.enter(g)
		for p, node := range g.order {
			if p > 0 {
				g.link = append(g.link, tree.by[node])
			}
			g.start[p+1] = int32(len(g.link))
		}
		load := s.low[:len(g.order)]
		clear(load)
		for _, t := range b.dests {
			load[s.place[t.Dest]] += t.Volume
		}
		for p := len(g.order) - 1; p > 0; p-- {
			if load[p] == 0 {
				continue
			}
			e := g.start[p]
			a := g.link[e]
			g.flow[e] = load[p]
			load[s.place[s.road.From[a]]] += load[p]
			s.put(a, load[p])
		}
		s.cut(b)
		s.leave(g)
	}
}

// tripsOf gives the trips from an origin.
func (s *bushes) tripsOf(origin int32) []Trip {
	first, _ := slices.BinarySearchFunc(s.table, origin, func(t Trip, o int32) int { return int(t.Origin - o) })
	last, _ := slices.BinarySearchFunc(s.table, origin+1, func(t Trip, o int32) int { return int(t.Origin - o) })
	return s.table[first:last]
}

// flows gives room for the flow of the links of a whole bush, without any.
func (s *bushes) flows(n int) []float64 {
	if cap(s.whole) < n {
		s.whole = make([]float64, n, n+n/4)
	}
	s.whole = s.whole[:n]
	clear(s.whole)
	return s.whole
}

// cut makes the core of a bush out of the whole, whose flow it takes over.
func (s *bushes) cut(b *bush) {
	g := &b.whole
	n := len(g.order)
	if cap(s.wanted) < n {
		s.wanted = make([]bool, n)
	}
	wanted := s.wanted[:n]
	clear(wanted)
	wanted[0] = true
	for _, t := range b.dests {
		wanted[s.place[t.Dest]] = true
	}
	nodes, links := 1, 0
	for p := n - 1; p > 0; p-- {
		if !wanted[p] {
			continue
		}
		nodes++
		links += int(g.start[p+1] - g.start[p])
		for e := g.start[p]; e < g.start[p+1]; e++ {
			wanted[s.place[s.road.From[g.link[e]]]] = true
		}
	}
	c := &b.core
	c.order, c.start = resized(c.order, nodes), resized(c.start, nodes+1)
	c.link = resized(c.link, links)
	if cap(c.flow) < links {
		c.flow = make([]float64, links)
	}
	c.flow = c.flow[:links]
	k, at := 0, int32(0)
	for p := range n {
		if !wanted[p] {
			continue
		}
		c.order[k], c.start[k] = g.order[p], at
		if p > 0 {
			at += int32(copy(c.link[at:], g.link[g.start[p]:g.start[p+1]]))
			copy(c.flow[c.start[k]:], g.flow[g.start[p]:g.start[p+1]])
		}
		k++
	}
	c.start[nodes] = at
	g.flow = nil
}

// resized gives room for n numbers, that of list where it has it and little more.
func resized(list []int32, n int) []int32 {
	if cap(list) < n || cap(list) > 2*n+64 {
		return make([]int32, n)
	}
	return list[:n]
}

// spread gives the whole of a bush the flow that its core has. Both have the same links
// into the nodes of the core, in the same order.
func (s *bushes) spread(b *bush) {
	g, c := &b.whole, &b.core
	g.flow = s.flows(len(g.link))
	k := 0
	for p, node := range g.order {
		if k < len(c.order) && c.order[k] == node {
			copy(g.flow[g.start[p]:g.start[p+1]], c.flow[c.start[k]:c.start[k+1]])
			k++
		}
	}
}

// enter makes a grove the one that scratch is of.
func (s *bushes) enter(b *grove) {
	for p, node := range b.order {
		s.place[node] = int32(p)
	}
}

// label finds the cheapest way to each node of a grove, and the dearest used one.
func (s *bushes) label(b *grove) {
	from := s.road.From
	s.low[0], s.high[0], s.lowest[0], s.highest[0] = 0, 0, -1, -1
	for p := 1; p < len(b.order); p++ {
		low, high := math.Inf(1), math.Inf(-1)
		lowest, highest := int32(-1), int32(-1)
		for e := b.start[p]; e < b.start[p+1]; e++ {
			a := b.link[e]
			q := s.place[from[a]]
			c := s.cost[a]
			if v := s.low[q] + c; v < low {
				low, lowest = v, e
			}
			if b.flow[e] > 0 {
				if v := s.high[q] + c; v > high {
					high, highest = v, e
				}
			}
		}
		if highest < 0 {
			high = low
		}
		s.low[p], s.high[p], s.lowest[p], s.highest[p] = low, high, lowest, highest
	}
}

// shift moves flow in a grove from the dearest used to the cheapest way into each node, from
// the last node to the first, and gives what the flow on the dearest ways paid too much.
func (s *bushes) shift(b *grove) float64 {
	s.label(b)
	from := s.road.From
	excess := 0.0
	for p := len(b.order) - 1; p > 0; p-- {
		if b.start[p+1]-b.start[p] < 2 || s.highest[p] < 0 || s.highest[p] == s.lowest[p] {
			continue
		}
		// Back to where both ways part, the one that is further on first.
		s.dear, s.cheap = append(s.dear[:0], s.highest[p]), append(s.cheap[:0], s.lowest[p])
		x, y := s.place[from[b.link[s.highest[p]]]], s.place[from[b.link[s.lowest[p]]]]
		most := b.flow[s.highest[p]]
		for x != y {
			if x > y {
				e := s.highest[x]
				if e < 0 {
					// Of rounding: what flows out of the node flows in by nothing. It goes.
					last := s.dear[len(s.dear)-1]
					a := b.link[last]
					s.put(a, -b.flow[last])
					b.flow[last] = 0
					break
				}
				s.dear = append(s.dear, e)
				most = math.Min(most, b.flow[e])
				x = s.place[from[b.link[e]]]
			} else {
				e := s.lowest[y]
				s.cheap = append(s.cheap, e)
				y = s.place[from[b.link[e]]]
			}
		}
		if x != y {
			continue
		}
		difference, slope := 0.0, 0.0
		for _, e := range s.dear {
			difference += s.cost[b.link[e]]
			slope += s.slope[b.link[e]]
		}
		for _, e := range s.cheap {
			difference -= s.cost[b.link[e]]
			slope += s.slope[b.link[e]]
		}
		if difference <= 0 {
			continue
		}
		move := most
		if slope > 0 {
			move = math.Min(most, difference/slope)
		}
		excess += most * difference
		s.move(b, move)
		// Where the dearer way is flat before it is steep, Newton's step goes too far: back,
		// until little is left of the difference.
		if left := s.difference(b); left < -overshot*difference {
			back := bracket{high: move, atLow: difference, atHigh: left}
			at := move
			for range mostSecants {
				to := back.next()
				s.move(b, to-at)
				at, left = to, s.difference(b)
				if math.Abs(left) <= overshot*difference {
					break
				}
				back.tell(to, left)
			}
		}
	}
	return excess
}

// mostSecants and overshot bound how a step that went too far is taken back: as long as the
// difference is more than a share of what it was.
const (
	mostSecants = 40
	overshot    = 0.1
)

// bracket holds a step between one too small and one too large, and what both leave of a
// difference.
type bracket struct{ low, high, atLow, atHigh float64 }

// next gives a step by the secant, kept from the ends: where the difference rises without
// bound the secant alone would hardly leave the lower one.
func (b *bracket) next() float64 {
	width := b.high - b.low
	t := b.low + width*b.atLow/(b.atLow-b.atHigh)
	if !(t >= b.low+0.1*width) { // of no number too
		return b.low + 0.1*width
	}
	return math.Min(t, b.high-0.1*width)
}

// tell notes what a step leaves.
func (b *bracket) tell(step, left float64) {
	if left > 0 {
		b.low, b.atLow = step, left
	} else {
		b.high, b.atHigh = step, left
	}
}

// difference is by how much the dear way costs more than the cheap one.
func (s *bushes) difference(b *grove) float64 {
	d := 0.0
	for _, e := range s.dear {
		d += s.cost[b.link[e]]
	}
	for _, e := range s.cheap {
		d -= s.cost[b.link[e]]
	}
	return d
}

// move puts flow from the dear way of a grove on the cheap one, or back.
func (s *bushes) move(b *grove, flow float64) {
	for _, e := range s.dear {
		a := b.link[e]
		if b.flow[e] -= flow; b.flow[e] < 0 || b.flow[e] < 1e-14*math.Abs(flow) {
			b.flow[e] = 0
		}
		s.put(a, -flow)
	}
	for _, e := range s.cheap {
		a := b.link[e]
		b.flow[e] += flow
		s.put(a, flow)
	}
}

// prune takes links without flow out of a bush, but for the cheapest way to each node, and
// adds those that shorten a way and lead on by the dearest way's order, so that the
// bush stays acyclic.
func (s *bushes) prune(b *grove) {
	s.label(b)
	from, to := s.road.From, s.road.To
	n := len(b.order)
	kept := int32(0)
	for p := 1; p < n; p++ {
		first := kept
		high := math.Inf(-1)
		for e := b.start[p]; e < b.start[p+1]; e++ {
			if b.flow[e] == 0 && e != s.lowest[p] {
				continue
			}
			b.link[kept], b.flow[kept] = b.link[e], b.flow[e]
			high = math.Max(high, s.high[s.place[from[b.link[e]]]]+s.cost[b.link[e]])
			kept++
		}
		s.high[p] = high // of all that is kept: a potential of the bush
		b.start[p] = first
	}
	b.start[n] = kept
	b.link, b.flow = b.link[:kept], b.flow[:kept]
	s.cheap = s.cheap[:0]
	for p := range n {
		node := b.order[p]
		if p > 0 && node < s.road.FirstThrough {
			continue
		}
		for _, a := range s.trees.out[node] {
			q := s.place[to[a]]
			if q <= 0 {
				continue
			}
			if s.low[p]+s.cost[a] < s.low[q]*(1-1e-15) && (s.high[p] < s.high[q] || s.high[p] == s.high[q] && p < int(q)) {
				s.cheap = append(s.cheap, a)
			}
		}
	}
	if len(s.cheap) > 0 {
		s.rebuild(b)
	}
}

// rebuild orders a grove by the dearest way to each node, with the links in s.cheap added.
func (s *bushes) rebuild(b *grove) {
	n := len(b.order)
	s.sorted = s.sorted[:0]
	for p := range n {
		s.sorted = append(s.sorted, int32(p))
	}
	slices.SortFunc(s.sorted, func(x, y int32) int {
		switch {
		case s.high[x] < s.high[y]:
			return -1
		case s.high[x] > s.high[y]:
			return 1
		}
		return int(x - y)
	})
	s.added = resized(s.added, n) // how many come into each place
	added := s.added
	clear(added)
	for _, a := range s.cheap {
		added[s.place[s.road.To[a]]]++
	}
	spare := &s.spare
	spare.order, spare.start = resized(spare.order, n), resized(spare.start, n+1)
	order, start, link, flow := spare.order, spare.start, spare.link[:0], spare.flow[:0]
	start[0] = 0
	for k, p := range s.sorted {
		order[k] = b.order[p]
		if p > 0 || k > 0 {
			link, flow = append(link, b.link[b.start[p]:b.start[p+1]]...), append(flow, b.flow[b.start[p]:b.start[p+1]]...)
		}
		first := int32(len(link))
		for range added[p] {
			link, flow = append(link, -1), append(flow, 0)
		}
		added[p] = first // from here on: where the links that are added to a place go
		start[k+1] = int32(len(link))
	}
	for _, a := range s.cheap {
		p := s.place[s.road.To[a]]
		link[added[p]] = a
		added[p]++
	}
	copy(b.order, order)
	copy(b.start, start)
	b.link = append(b.link[:0], link...)
	spare.link = link
	b.flow, spare.flow, s.whole = flow, s.whole, flow
	s.enter(b)
}

// innerRounds bounds how often flow is moved in all bushes before their links change.
const innerRounds = 20

// innerShare is the share of what was paid too much at which they end.
const innerShare = 0.1

// idleShare is the share of the mean under which a bush is passed over in a round.
const idleShare = 0.02

// Solve is that of [Solver].
func (s *bushes) Solve(ctx context.Context, o RoadOptions) (*RoadResult, error) {
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	res := &RoadResult{}
	s.plant()
	for k := range s.origins {
		res.Aside = append(res.Aside, s.origins[k].aside...)
	}
	if len(res.Aside) > 0 && !o.SetAside {
		return nil, &Unreachable{res.Aside}
	}
	over := 0.0 // what is known to be paid too much: the gap is more than that
	for res.Iterations = 0; ; res.Iterations++ {
		if ended := ctx.Err() != nil; ended || res.Iterations == limit || over <= target*s.total() {
			s.measure(res, o.Workers)
			if o.Progress != nil {
				o.Progress(res.Iterations, res.RelativeGap)
			}
			if res.RelativeGap <= target {
				res.Converged = true
				break
			}
			if ended || res.Iterations == limit {
				break
			}
		} else if o.Progress != nil {
			o.Progress(res.Iterations, over/s.total())
		}
		if o.Until != nil && o.Until(s.objective(), math.Inf(-1)) {
			s.measure(res, o.Workers)
			s.report(res, target)
			return res, nil
		}
		for k := range s.origins {
			if ctx.Err() != nil {
				break
			}
			b := &s.origins[k]
			s.enter(&b.whole)
			s.spread(b)
			s.prune(&b.whole)
			s.cut(b)
			s.leave(&b.whole)
			s.enter(&b.core)
			s.shift(&b.core)
			s.shift(&b.core)
			s.leave(&b.core)
		}
		// Moves are cheap, new links are not: flow moves until little is paid too much in
		// the bushes against what it was.
		first, total := 0.0, s.total()
		for round := range innerRounds {
			excess, small := 0.0, idleShare*first/float64(len(s.origins))
			for k := range s.origins {
				b := &s.origins[k]
				if round > 0 && b.excess < small {
					excess += b.excess
					continue // others have more to move
				}
				s.enter(&b.core)
				b.excess = s.shift(&b.core)
				s.leave(&b.core)
				excess += b.excess
			}
			if round == 0 {
				first = excess
			}
			over = excess
			if excess <= innerShare*first || excess <= 0.1*target*total || ctx.Err() != nil {
				break
			}
		}
		s.refresh()
	}
	err := s.report(res, target)
	if e := ctx.Err(); e != nil && !res.Converged {
		err = e
	}
	return res, err
}

// leave makes scratch nobody's.
func (s *bushes) leave(b *grove) {
	for _, node := range b.order {
		s.place[node] = -1
	}
}

// refresh adds link flows up from the bushes, so that rounding never builds up.
func (s *bushes) refresh() {
	clear(s.flow)
	for k := range s.origins {
		c := &s.origins[k].core
		for e, a := range c.link {
			s.flow[a] += c.flow[e]
		}
	}
	s.renew()
}

// measure computes total cost and what shortest paths would cost.
func (s *bushes) measure(res *RoadResult, workers int) {
	res.TSTT = s.total()
	parts := make([]float64, numPieces)
	pieces(len(s.origins), workers, func(piece, from, to int) {
		var tree growing
		for k := from; k < to; k++ {
			b := &s.origins[k]
			s.trees.grow(&tree, b.origin, s.cost)
			for _, t := range b.dests {
				parts[piece] += t.Volume * tree.cost[t.Dest]
			}
		}
	})
	res.SPTT = 0
	for _, v := range parts {
		res.SPTT += v
	}
	res.setGap()
}

// Update is that of [Solver]. The bushes of origins whose trips change, or that have a link
// that is closed, are planted anew.
func (s *bushes) Update(links []LinkChange, trips []Trip) error {
	road, table, shut, err := s.change(s.road, s.table, links, trips)
	if err != nil {
		return err
	}
	s.road, s.table = road, table
	for k := range s.origins {
		b := &s.origins[k]
		if len(b.aside) > 0 || len(shut) > 0 && slices.ContainsFunc(b.whole.link, func(a int32) bool { return shut[a] }) {
			b.grown = false
		}
	}
	s.sow()
	return nil
}
