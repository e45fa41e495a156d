package routing

import (
	"math"
	"slices"
)

// Selection is some destinations and what of a hierarchy lies above them, for the costs to
// them from many origins: one sweep over it in the order of its places finds those of a
// few origins at once (RPHAST: Delling, Goldberg and Werneck 2011,
// doi:10.4230/OASIcs.ATMOS.2011.52).
type Selection struct {
	h      *Hierarchy
	dest   []int32
	places []int32 // from the highest down
	local  []int32 // place -> index into places, -1: none
	start  []int32 // [places+1] into head and arc
	head   []int32 // indices into places
	arc    []int32
}

// Select makes the selection of destinations.
func (h *Hierarchy) Select(dest []int32) *Selection {
	s := &Selection{h: h, dest: dest, local: make([]int32, len(h.node))}
	for p := range s.local {
		s.local[p] = -1
	}
	mark := func(node int32) {
		for p := h.rank[node]; p >= 0 && s.local[p] < 0; p = h.parent[p] {
			s.local[p] = 0
			s.places = append(s.places, p)
		}
	}
	for _, d := range dest {
		if h.rank[d] >= 0 {
			mark(d)
			continue
		}
		for _, a := range h.in.Out(d) {
			mark(h.graph.From[a])
		}
	}
	slices.Sort(s.places)
	slices.Reverse(s.places)
	for i, p := range s.places {
		s.local[p] = int32(i)
	}
	s.start = make([]int32, len(s.places)+1)
	for i, p := range s.places {
		for e := h.start[p]; e < h.start[p+1]; e++ {
			s.head, s.arc = append(s.head, s.local[h.head[e]]), append(s.arc, e)
		}
		s.start[i+1] = int32(len(s.head))
	}
	return s
}

// Len is the number of destinations.
func (s *Selection) Len() int { return len(s.dest) }

// lanes is how many origins a sweep serves.
const lanes = 4

// Sweep finds costs from origins to the destinations of a selection. The zero value is ready;
// each goroutine has its own.
type Sweep struct {
	s      *Selection
	m      *Metric
	time   int       // of the metric, when down was taken
	down   []float64 // by arc of the selection
	dist   []float64 // [places × lanes]
	search [lanes]Search
}

// Table writes the costs from each origin to each destination, a row for each origin; +Inf
// where there is no path, 0 from a node to itself.
func (w *Sweep) Table(m *Metric, s *Selection, origins []int32, out []float64) {
	if w.s != s || w.m != m || w.time != m.time {
		w.s, w.m, w.time = s, m, m.time
		w.down = sizedFloats(w.down, len(s.arc))
		for i, e := range s.arc {
			w.down[i] = m.down[e]
		}
	}
	w.dist = sizedFloats(w.dist, lanes*len(s.places))
	for k := 0; k < len(origins); k += lanes {
		n := min(lanes, len(origins)-k)
		w.some(origins[k:k+n], out[k*len(s.dest):(k+n)*len(s.dest)])
	}
}

func sizedFloats(list []float64, n int) []float64 {
	if cap(list) < n {
		return make([]float64, n)
	}
	return list[:n]
}

// some serves up to as many origins as there are lanes.
func (w *Sweep) some(origins []int32, out []float64) {
	s, h, inf := w.s, w.s.h, math.Inf(1)
	for i := range w.dist {
		w.dist[i] = inf
	}
	for lane, o := range origins {
		search := &w.search[lane]
		search.From(w.m, o)
		for _, p := range search.rises {
			if i := s.local[p]; i >= 0 {
				w.dist[lanes*int(i)+lane] = search.rising[p]
			}
		}
	}
	for i := range s.places {
		first, last := s.start[i], s.start[i+1]
		down := w.down[first:last]
		own := w.dist[lanes*i : lanes*i+lanes : lanes*i+lanes]
		a, b, c, d := own[0], own[1], own[2], own[3]
		for k, j := range s.head[first:last] {
			v := down[k]
			from := w.dist[lanes*int(j) : lanes*int(j)+lanes : lanes*int(j)+lanes]
			if x := from[0] + v; x < a {
				a = x
			}
			if x := from[1] + v; x < b {
				b = x
			}
			if x := from[2] + v; x < c {
				c = x
			}
			if x := from[3] + v; x < d {
				d = x
			}
		}
		own[0], own[1], own[2], own[3] = a, b, c, d
	}
	n := len(s.dest)
	for k, dest := range s.dest {
		if p := h.rank[dest]; p >= 0 {
			for lane := range origins {
				out[lane*n+k] = w.dist[lanes*int(s.local[p])+lane]
			}
		} else {
			for lane := range origins {
				out[lane*n+k] = inf
			}
			for _, a := range h.in.Out(dest) {
				cost := w.m.cost[a]
				from := h.graph.From[a]
				if p := h.rank[from]; p >= 0 {
					for lane := range origins {
						out[lane*n+k] = math.Min(out[lane*n+k], w.dist[lanes*int(s.local[p])+lane]+cost)
					}
					continue
				}
				for lane, o := range origins {
					if o == from {
						out[lane*n+k] = math.Min(out[lane*n+k], cost)
					}
				}
			}
		}
		for lane, o := range origins {
			if o == dest {
				out[lane*n+k] = 0
			}
		}
	}
}

// Sum is values by link added up along the ways that a metric finds, by arc: of length, say,
// beside cost.
type Sum struct {
	value    []float64
	up, down []float64
}

// Sum adds values by link up along the arcs of a metric.
func (m *Metric) Sum(value []float64) *Sum {
	s := &Sum{value: value, up: make([]float64, len(m.up)), down: make([]float64, len(m.down))}
	of := func(by, to int32) float64 {
		switch {
		case by == begins: // no way
			return math.Inf(1)
		case by < 0:
			return value[-1-by]
		}
		return s.down[by] + s.up[to]
	}
	for e := range s.up {
		s.up[e], s.down[e] = of(m.upBy[e], m.upTo[e]), of(m.downBy[e], m.downTo[e])
	}
	return s
}

// Along gives a sum along the cheapest path to a node; +Inf where there is none.
func (s *Search) Along(sum *Sum, dest int32) float64 {
	h := s.m.h
	cost, link := s.last(dest)
	if math.IsInf(cost, 1) {
		return cost
	}
	total := 0.0
	node := dest
	if link >= 0 {
		total += sum.value[link]
		node = h.graph.From[link]
	}
	if node == s.origin {
		return total
	}
	p := h.rank[node]
	for ; s.down[p] >= 0; p = h.head[s.down[p]] {
		total += sum.down[s.down[p]]
	}
	for ; s.by[p] >= 0; p = h.tail[s.by[p]] {
		total += sum.up[s.by[p]]
	}
	if s.by[p] != begins {
		total += sum.value[-1-s.by[p]]
	}
	return total
}
