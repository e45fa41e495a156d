// Package ordering finds the order in which to take out the nodes of a graph one by one so
// that few links are added: the step that contraction hierarchies and sparse factorisations
// share.
package ordering

import "slices"

// MinimumDegree orders the nodes of an undirected graph, given by the neighbours of each, so
// that few links are added when nodes are taken out one by one and the neighbours of each
// are joined: always the node with the fewest neighbours left (Tinney and Walker 1967,
// doi:10.1109/PROC.1967.6011), of those the one that the fewest were taken out below. It
// gives the nodes in order and, for each, the neighbours that were left when it was taken
// out, as nodes in rising index. neighbours is used up.
func MinimumDegree(neighbours [][]int32) (order []int32, above [][]int32) {
	n := len(neighbours)
	above = make([][]int32, n)
	level := make([]int32, n) // the longest chain of nodes taken out below
	queue := buckets{}
	for v := range n {
		queue.push(int32(v), len(neighbours[v]), level[v])
	}
	var merged []int32
	for len(order) < n {
		v, degree, lev := queue.pop()
		if above[v] != nil || degree != len(neighbours[v]) || lev != level[v] {
			continue // taken out, or entered again with another key
		}
		list := neighbours[v]
		if list == nil {
			list = []int32{}
		}
		order = append(order, v)
		above[v] = list
		for _, u := range list {
			merged = merged[:0]
			a, b := neighbours[u], list
			for len(a) > 0 || len(b) > 0 {
				var next int32
				switch {
				case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
					next, a = a[0], a[1:]
				case len(a) == 0 || b[0] < a[0]:
					next, b = b[0], b[1:]
				default:
					next, a, b = a[0], a[1:], b[1:]
				}
				if next != u && next != v {
					merged = append(merged, next)
				}
			}
			neighbours[u] = append(neighbours[u][:0:cap(neighbours[u])], merged...)
			level[u] = max(level[u], level[v]+1)
			queue.push(u, len(neighbours[u]), level[u])
		}
		neighbours[v] = nil
	}
	return order, above
}

// buckets is a queue of nodes by degree, then level, then index.
type buckets struct {
	heaps [][]ranked // by degree
	least int
}

type ranked struct{ level, node int32 }

func (r ranked) before(o ranked) bool {
	return r.level < o.level || r.level == o.level && r.node < o.node
}

func (b *buckets) push(node int32, degree int, level int32) {
	for len(b.heaps) <= degree {
		b.heaps = append(b.heaps, nil)
	}
	b.least = min(b.least, degree)
	h := append(b.heaps[degree], ranked{level, node})
	for i := len(h) - 1; i > 0; {
		p := (i - 1) / 2
		if !h[i].before(h[p]) {
			break
		}
		h[i], h[p] = h[p], h[i]
		i = p
	}
	b.heaps[degree] = h
}

func (b *buckets) pop() (node int32, degree int, level int32) {
	for len(b.heaps[b.least]) == 0 {
		b.least++
	}
	h := b.heaps[b.least]
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && h[c+1].before(h[c]) {
			c++
		}
		if !h[c].before(h[i]) {
			break
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
	b.heaps[b.least] = h
	return top.node, b.least, top.level
}

// Adjacency lists the neighbours of each of n nodes, in rising index, each once, from pairs
// of nodes in either direction.
func Adjacency(n int, from, to []int32) [][]int32 {
	out := make([][]int32, n)
	for a, f := range from {
		if t := to[a]; t != f {
			out[f], out[t] = append(out[f], t), append(out[t], f)
		}
	}
	for v := range out {
		slices.Sort(out[v])
		out[v] = slices.Compact(out[v])
	}
	return out
}
