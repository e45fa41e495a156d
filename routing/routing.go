// Package routing finds shortest paths and skims in a directed graph.
//
// A [Graph] is the forward star of a list of arcs; costs are given apart, one
// for each arc, so that one graph serves every class and iteration. Costs must
// not be negative; +Inf closes an arc. References: Dijkstra (1959),
// doi:10.1007/BF01386390; Ahuja, Magnanti and Orlin (1993), Network Flows, §4.
package routing

import "math"

// Graph is a directed graph of nodes 0..NumNodes-1.
type Graph struct {
	NumNodes int
	From, To []int32 // [nArcs]
	start    []int32 // [NumNodes+1]
	out      []int32 // [nArcs], arcs by tail, in order of index
}

// NewGraph makes the graph with these arcs. from and to have one entry per
// arc, and are kept.
func NewGraph(numNodes int, from, to []int32) *Graph {
	g := &Graph{NumNodes: numNodes, From: from, To: to,
		start: make([]int32, numNodes+1), out: make([]int32, len(from))}
	for _, f := range from {
		g.start[f+1]++
	}
	for i := 0; i < numNodes; i++ {
		g.start[i+1] += g.start[i]
	}
	next := append([]int32(nil), g.start[:numNodes]...)
	for a, f := range from {
		g.out[next[f]] = int32(a)
		next[f]++
	}
	return g
}

// Out gives the arcs that leave a node, in order of index.
func (g *Graph) Out(node int32) []int32 { return g.out[g.start[node]:g.start[node+1]] }

// Tree is a shortest path tree from one origin. It is a workspace too: the
// next call of [Tree.Grow] reuses it.
type Tree struct {
	Cost []float64 // [nNodes], +Inf where unreachable
	Pred []int32   // [nNodes], arc that leads there, -1 at the origin and where unreachable
	heap []entry
}

type entry struct {
	cost float64
	node int32
}

// Grow finds the shortest paths from the origin under the costs [nArcs].
// Of equal costs the first found stays, and the queue breaks ties by node, so
// the tree depends on nothing but its inputs. O(nArcs log nNodes).
func (t *Tree) Grow(g *Graph, origin int32, cost []float64) {
	if len(t.Cost) != g.NumNodes {
		t.Cost, t.Pred = make([]float64, g.NumNodes), make([]int32, g.NumNodes)
	}
	for i := range t.Cost {
		t.Cost[i] = math.Inf(1)
		t.Pred[i] = -1
	}
	t.Cost[origin] = 0
	t.heap = append(t.heap[:0], entry{0, origin})
	for len(t.heap) > 0 {
		top := t.pop()
		if top.cost > t.Cost[top.node] {
			continue
		}
		for _, a := range g.Out(top.node) {
			c := top.cost + cost[a]
			to := g.To[a]
			if c < t.Cost[to] {
				t.Cost[to], t.Pred[to] = c, a
				t.push(entry{c, to})
			}
		}
	}
}

func less(a, b entry) bool { return a.cost < b.cost || a.cost == b.cost && a.node < b.node }

func (t *Tree) push(e entry) {
	h := append(t.heap, e)
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 4
		if !less(h[i], h[p]) {
			break
		}
		h[i], h[p] = h[p], h[i]
		i = p
	}
	t.heap = h
}

func (t *Tree) pop() entry {
	h := t.heap
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		first := 4*i + 1
		if first >= last {
			break
		}
		best := first
		for c := first + 1; c < first+4 && c < last; c++ {
			if less(h[c], h[best]) {
				best = c
			}
		}
		if !less(h[best], h[i]) {
			break
		}
		h[i], h[best] = h[best], h[i]
		i = best
	}
	t.heap = h
	return top
}

// Path gives the arcs of the tree from its origin to the node, in order of
// travel, appended to buf; nil where the node cannot be reached.
func (t *Tree) Path(g *Graph, node int32, buf []int32) []int32 {
	if math.IsInf(t.Cost[node], 1) {
		return nil
	}
	n := len(buf)
	for t.Pred[node] >= 0 {
		buf = append(buf, t.Pred[node])
		node = g.From[t.Pred[node]]
	}
	for i, j := n, len(buf)-1; i < j; i, j = i+1, j-1 {
		buf[i], buf[j] = buf[j], buf[i]
	}
	return buf
}
