package routing

import (
	"math"

	"github.com/karvan/karvan/internal/ordering"
)

// Hierarchy is a customisable contraction hierarchy (Dibbelt, Strasser and Wagner 2016,
// doi:10.1145/2886843): the network is ordered once, by its shape alone; costs are renewed
// often, each time by one pass; then paths are found by going up and down the order.
//
// Nodes below FirstThrough, the centroids of many road networks, begin and end paths and
// never lie inside one. They stand outside of the order.
type Hierarchy struct {
	graph *Graph
	first int32

	rank   []int32 // node -> place in the order, -1: a node below first
	node   []int32 // place -> node
	start  []int32 // [places+1] into head: the arcs from a place to higher ones
	head   []int32 // in rising order
	tail   []int32 // the lower place of each arc
	parent []int32 // place -> the lowest place above it, -1: none

	// The links that an arc stands for: those that lead up and those that lead down.
	upStart, upLinks     []int32
	downStart, downLinks []int32
	in                   *Graph // backwards: the links into each node
}

// NewHierarchy orders a graph. O(fill) in time and memory: for networks as flat as roads
// a few arcs for each link.
func NewHierarchy(g *Graph, firstThrough int32) *Hierarchy {
	h := &Hierarchy{graph: g, first: firstThrough}
	n := g.NumNodes - int(firstThrough)
	if n < 0 {
		n = 0
	}
	var from, to []int32
	for a := range g.From {
		if g.From[a] >= firstThrough && g.To[a] >= firstThrough {
			from, to = append(from, g.From[a]-firstThrough), append(to, g.To[a]-firstThrough)
		}
	}
	order, above := ordering.MinimumDegree(ordering.Adjacency(n, from, to))
	h.rank, h.node = make([]int32, g.NumNodes), make([]int32, n)
	for i := range h.rank {
		h.rank[i] = -1
	}
	for p, v := range order {
		h.node[p] = v + firstThrough
		h.rank[v+firstThrough] = int32(p)
	}
	h.start, h.parent = make([]int32, n+1), make([]int32, n)
	for p, v := range order {
		list := above[v]
		h.parent[p] = -1
		first := len(h.head)
		for _, u := range list {
			h.head, h.tail = append(h.head, h.rank[u+firstThrough]), append(h.tail, int32(p))
		}
		sortPlaces(h.head[first:])
		if len(list) > 0 {
			h.parent[p] = h.head[first]
		}
		h.start[p+1] = int32(len(h.head))
	}
	h.attach()
	h.in = NewGraph(g.NumNodes, g.To, g.From)
	return h
}

// sortPlaces sorts a short list by insertion.
func sortPlaces(list []int32) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// attach lists the links of each arc.
func (h *Hierarchy) attach() {
	arcs := len(h.head)
	arc := make([]int32, len(h.graph.From))
	up, down := make([]int32, arcs+1), make([]int32, arcs+1)
	for a := range arc {
		arc[a] = -1
		x, y := h.rank[h.graph.From[a]], h.rank[h.graph.To[a]]
		if x < 0 || y < 0 || x == y {
			continue
		}
		e := h.find(min(x, y), max(x, y))
		arc[a] = e
		if x < y {
			up[e+1]++
		} else {
			down[e+1]++
		}
	}
	for e := range arcs {
		up[e+1] += up[e]
		down[e+1] += down[e]
	}
	h.upStart, h.downStart = up, down
	h.upLinks, h.downLinks = make([]int32, up[arcs]), make([]int32, down[arcs])
	nextUp, nextDown := append([]int32(nil), up[:arcs]...), append([]int32(nil), down[:arcs]...)
	for a, e := range arc {
		if e < 0 {
			continue
		}
		if h.rank[h.graph.From[a]] < h.rank[h.graph.To[a]] {
			h.upLinks[nextUp[e]] = int32(a)
			nextUp[e]++
		} else {
			h.downLinks[nextDown[e]] = int32(a)
			nextDown[e]++
		}
	}
}

// find gives the arc between two places.
func (h *Hierarchy) find(low, high int32) int32 {
	a, b := h.start[low], h.start[low+1]
	for a < b {
		m := (a + b) / 2
		if h.head[m] < high {
			a = m + 1
		} else {
			b = m
		}
	}
	return a
}

// Arcs is the number of arcs of the hierarchy, shortcuts included.
func (h *Hierarchy) Arcs() int { return len(h.head) }

// Metric is the costs of one time on a hierarchy. It is not changed by searches, which may
// run beside one another.
type Metric struct {
	h        *Hierarchy
	time     int       // how often it was customised
	cost     []float64 // by link, as given
	up, down []float64 // by arc
	// What an arc's cost is made of: -1-link, or the arc below that comes first; the other
	// one shares its lower place.
	upBy, downBy []int32
	upTo, downTo []int32 // the second arc
}

// Customise gives the metric of costs by link, which must be 0 or more; +Inf closes a link.
// An earlier metric of the same hierarchy is used again where it is given. O(triangles).
func (h *Hierarchy) Customise(cost []float64, m *Metric) *Metric {
	arcs := len(h.head)
	if m == nil || m.h != h {
		m = &Metric{h: h, up: make([]float64, arcs), down: make([]float64, arcs), upBy: make([]int32, arcs), downBy: make([]int32, arcs), upTo: make([]int32, arcs), downTo: make([]int32, arcs)}
	}
	m.time++
	m.cost = append(m.cost[:0], cost...)
	for e := range arcs {
		m.up[e], m.upBy[e] = cheapest(cost, h.upLinks[h.upStart[e]:h.upStart[e+1]])
		m.down[e], m.downBy[e] = cheapest(cost, h.downLinks[h.downStart[e]:h.downStart[e+1]])
	}
	// Every two arcs from a place v to x and y above it make a way between x and y.
	for v := range h.node {
		first, last := h.start[v], h.start[v+1]
		for i := first; i < last; i++ {
			x := h.head[i]
			inX, outX := m.up[i], m.down[i] // v to x, x to v
			k := h.start[x]
			for j := i + 1; j < last; j++ {
				y := h.head[j]
				for h.head[k] != y {
					k++
				}
				if c := outX + m.up[j]; c < m.up[k] {
					m.up[k], m.upBy[k], m.upTo[k] = c, i, j
				}
				if c := m.down[j] + inX; c < m.down[k] {
					m.down[k], m.downBy[k], m.downTo[k] = c, j, i
				}
				k++
			}
		}
	}
	return m
}

// Cost is that of a link.
func (m *Metric) Cost(link int32) float64 { return m.cost[link] }

// cheapest gives the least cost of links, and which has it as -1-link.
func cheapest(cost []float64, links []int32) (float64, int32) {
	best, by := math.Inf(1), int32(math.MinInt32)
	for _, a := range links {
		if cost[a] < best {
			best, by = cost[a], -1-a
		}
	}
	return best, by
}

// unpack appends the links of an arc, in order of travel.
func (m *Metric) unpack(e int32, up bool, buf []int32) []int32 {
	by, to := m.downBy[e], m.downTo[e]
	if up {
		by, to = m.upBy[e], m.upTo[e]
	}
	if by < 0 {
		return append(buf, -1-by)
	}
	// From the tail down to the place below, and up to the head.
	buf = m.unpack(by, false, buf)
	return m.unpack(to, true, buf)
}
