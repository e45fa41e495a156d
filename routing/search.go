package routing

import (
	"math"
	"math/bits"
	"slices"
)

// Search finds costs and paths from one origin at a time. The zero value is ready. It is a
// workspace: each goroutine has its own.
type Search struct {
	m      *Metric
	origin int32
	round  int32

	above  []uint64  // a bit for each place above the origin
	rising []float64 // by place: the least cost by going up alone
	upAt   []int32   // by place: the round that rising is of
	by     []int32   // by place: the arc that leads up to it, or -1-link where it begins
	dist   []float64 // by place: the least cost
	downAt []int32   // by place: the round that dist is of
	down   []int32   // by place: the arc that leads down to it, -1: going up is best
	walk   []int32

	rises, falls []int32   // places in the order in which they were reached
	volume       []float64 // by place: what is to go there, see [Search.Load]
}

// begins marks the place of the origin itself.
const begins = math.MinInt32

// From begins at an origin: O(arcs above it).
func (s *Search) From(m *Metric, origin int32) {
	h := m.h
	n := len(h.node)
	if len(s.rising) != n {
		*s = Search{above: make([]uint64, n/64+1), rising: make([]float64, n), upAt: make([]int32, n), by: make([]int32, n),
			dist: make([]float64, n), downAt: make([]int32, n), down: make([]int32, n), volume: make([]float64, n)}
	}
	s.m, s.origin = m, origin
	s.round++
	s.rises, s.falls = s.rises[:0], s.falls[:0]
	if origin >= h.first {
		s.reach(h.rank[origin], 0, begins)
	} else {
		for _, a := range h.graph.Out(origin) {
			if p := h.rank[h.graph.To[a]]; p >= 0 {
				s.reach(p, m.cost[a], -1-a)
			}
		}
	}
	for w, word := range s.above {
		s.above[w] = 0
		for ; word != 0; word &= word - 1 {
			p := w*64 + bits.TrailingZeros64(word)
			s.rises = append(s.rises, int32(p))
			c := s.rising[p]
			first, last := h.start[p], h.start[p+1]
			up := m.up[first:last]
			for k, u := range h.head[first:last] {
				if v := c + up[k]; v < s.rising[u] {
					s.rising[u], s.by[u] = v, first+int32(k)
				}
			}
		}
	}
}

// reach begins at a place, and marks what lies above it.
func (s *Search) reach(p int32, cost float64, by int32) {
	for u := p; u >= 0 && s.upAt[u] != s.round; u = s.m.h.parent[u] {
		s.upAt[u] = s.round
		s.rising[u] = math.Inf(1)
		s.above[u/64] |= 1 << (u % 64)
	}
	if cost < s.rising[p] {
		s.rising[p], s.by[p] = cost, by
	}
}

// settle finds the least cost of a place, and of all that lie above it.
func (s *Search) settle(p int32) float64 {
	h, m := s.m.h, s.m
	if s.downAt[p] == s.round {
		return s.dist[p]
	}
	s.walk = s.walk[:0]
	for u := p; u >= 0 && s.downAt[u] != s.round; u = h.parent[u] {
		s.walk = append(s.walk, u)
	}
	for i := len(s.walk) - 1; i >= 0; i-- {
		u := s.walk[i]
		best, by := math.Inf(1), int32(-1)
		if s.upAt[u] == s.round {
			best = s.rising[u]
		}
		first, last := h.start[u], h.start[u+1]
		down := m.down[first:last]
		for k, v := range h.head[first:last] {
			if c := s.dist[v] + down[k]; c < best {
				best, by = c, first+int32(k)
			}
		}
		s.dist[u], s.down[u], s.downAt[u] = best, by, s.round
		s.falls = append(s.falls, u)
	}
	return s.dist[p]
}

// To gives the least cost to a node, +Inf where it cannot be reached. What it finds on its
// way stays known for the next: O(arcs above the node) at most.
func (s *Search) To(dest int32) float64 {
	if p := s.m.h.rank[dest]; p >= 0 && s.downAt[p] == s.round {
		return s.dist[p]
	}
	cost, _ := s.last(dest)
	return cost
}

// last gives the least cost to a node and, for a node below the first through node, the
// link that leads there; else -1.
func (s *Search) last(dest int32) (float64, int32) {
	h := s.m.h
	if dest == s.origin {
		return 0, -1
	}
	if p := h.rank[dest]; p >= 0 {
		return s.settle(p), -1
	}
	best, by := math.Inf(1), int32(-1)
	for _, a := range h.in.Out(dest) {
		c := s.m.cost[a]
		switch f := h.graph.From[a]; {
		case f == s.origin:
		case h.rank[f] >= 0:
			c += s.settle(h.rank[f])
		default:
			continue
		}
		if c < best {
			best, by = c, a
		}
	}
	return best, by
}

// Path appends the links of a cheapest path to a node, in order of travel; nil where there
// is none. On links without a cost it may pass a node twice.
func (s *Search) Path(dest int32, buf []int32) []int32 {
	h := s.m.h
	cost, link := s.last(dest)
	if math.IsInf(cost, 1) {
		return nil
	}
	if dest == s.origin {
		return buf
	}
	node := dest
	if link >= 0 {
		if node = h.graph.From[link]; node == s.origin {
			return append(buf, link)
		}
	}
	// Back to the highest place of the path, then on to where it begins.
	p := h.rank[node]
	s.walk = s.walk[:0]
	for s.down[p] >= 0 {
		s.walk = append(s.walk, s.down[p])
		p = h.head[s.down[p]]
	}
	falls := len(s.walk)
	for s.by[p] >= 0 {
		s.walk = append(s.walk, s.by[p])
		p = h.tail[s.by[p]]
	}
	if s.by[p] != begins {
		buf = append(buf, -1-s.by[p])
	}
	for i := len(s.walk) - 1; i >= falls; i-- {
		buf = s.m.unpack(s.walk[i], true, buf)
	}
	slices.Reverse(s.walk[:falls])
	for _, e := range s.walk[:falls] {
		buf = s.m.unpack(e, false, buf)
	}
	if link >= 0 {
		buf = append(buf, link)
	}
	return buf
}

// Loading gathers volumes on cheapest paths by arc of a hierarchy, for any number of origins.
type Loading struct {
	up, down []float64 // by arc
	link     []float64 // by link: what does not go by arcs
}

// NewLoading gives an empty one.
func (h *Hierarchy) NewLoading() *Loading {
	return &Loading{up: make([]float64, len(h.head)), down: make([]float64, len(h.head)), link: make([]float64, len(h.graph.From))}
}

// Load puts volumes on the cheapest paths from the origin; destinations that cannot be
// reached must not be among them. It ends the use of the origin.
func (s *Search) Load(l *Loading, dest []int32, volume []float64) {
	h := s.m.h
	for i, d := range dest {
		_, link := s.last(d)
		if d == s.origin {
			continue
		}
		node := d
		if link >= 0 {
			l.link[link] += volume[i]
			if node = h.graph.From[link]; node == s.origin {
				continue
			}
		}
		s.volume[h.rank[node]] += volume[i]
	}
	for i := len(s.falls) - 1; i >= 0; i-- {
		p := s.falls[i]
		if e := s.down[p]; e >= 0 && s.volume[p] != 0 {
			l.down[e] += s.volume[p]
			s.volume[h.head[e]] += s.volume[p]
			s.volume[p] = 0
		}
	}
	for i := len(s.rises) - 1; i >= 0; i-- {
		p := s.rises[i]
		v := s.volume[p]
		if v == 0 {
			continue
		}
		s.volume[p] = 0
		switch e := s.by[p]; {
		case e >= 0:
			l.up[e] += v
			s.volume[h.tail[e]] += v
		case e != begins:
			l.link[-1-e] += v
		}
	}
}

// Add adds another loading of the same hierarchy, and empties that.
func (l *Loading) Add(o *Loading) {
	for e := range l.up {
		l.up[e] += o.up[e]
		l.down[e] += o.down[e]
	}
	for a := range l.link {
		l.link[a] += o.link[a]
	}
	clear(o.up)
	clear(o.down)
	clear(o.link)
}

// Links gives the volume of each link, by the costs that the loading was made with, and
// empties the loading.
func (m *Metric) Links(l *Loading, volume []float64) {
	copy(volume, l.link)
	clear(l.link)
	give := func(v float64, by, to int32) {
		if by < 0 {
			volume[-1-by] += v
			return
		}
		l.down[by] += v
		l.up[to] += v
	}
	for e := len(l.up) - 1; e >= 0; e-- { // the arcs that an arc is made of come before it
		if v := l.up[e]; v != 0 {
			give(v, m.upBy[e], m.upTo[e])
		}
		if v := l.down[e]; v != 0 {
			give(v, m.downBy[e], m.downTo[e])
		}
		l.up[e], l.down[e] = 0, 0
	}
}
