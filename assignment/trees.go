package assignment

import "math"

// treeGrower grows trees of shortest paths on a road network.
type treeGrower struct {
	out   [][]int32
	to    []int32
	nodes int
	first int32 // through nodes
}

func newTreeGrower(r *Road) *treeGrower {
	g := &treeGrower{out: make([][]int32, r.Nodes), to: r.To, nodes: r.Nodes, first: r.FirstThrough}
	count := make([]int32, r.Nodes)
	for _, f := range r.From {
		count[f]++
	}
	all := make([]int32, len(r.From))
	at := 0
	for node := range g.out {
		g.out[node] = all[at : at : at+int(count[node])]
		at += int(count[node])
	}
	for a, f := range r.From {
		g.out[f] = append(g.out[f], int32(a))
	}
	return g
}

// growing is the tree of one origin: cost and last link by node, and the nodes reached in
// order of their cost.
type growing struct {
	cost  []float64
	by    []int32
	order []int32
	heap  []int32 // nodes, four to a parent
	at    []int32 // place in the heap, -1: not in it
}

// grow finds shortest paths by Dijkstra's method; links out of nodes that are no through
// nodes are used from the origin alone. Equal costs settle in the order of the heap, which
// is the same each time.
func (g *treeGrower) grow(t *growing, origin int32, cost []float64) {
	if len(t.cost) != g.nodes {
		t.cost, t.by, t.at = make([]float64, g.nodes), make([]int32, g.nodes), make([]int32, g.nodes)
	}
	for i := range t.cost {
		t.cost[i], t.by[i], t.at[i] = math.Inf(1), -1, -1
	}
	t.order, t.heap = t.order[:0], t.heap[:0]
	t.cost[origin] = 0
	t.push(origin)
	for len(t.heap) > 0 {
		node := t.pop()
		t.order = append(t.order, node)
		if node < g.first && node != origin {
			continue
		}
		base := t.cost[node]
		for _, a := range g.out[node] {
			to := g.to[a]
			if c := base + cost[a]; c < t.cost[to] {
				fresh := t.at[to] < 0
				t.cost[to], t.by[to] = c, a
				if fresh {
					t.push(to)
				} else {
					t.up(t.at[to])
				}
			}
		}
	}
}

func (t *growing) push(node int32) {
	t.heap = append(t.heap, node)
	t.at[node] = int32(len(t.heap) - 1)
	t.up(t.at[node])
}

func (t *growing) up(i int32) {
	node := t.heap[i]
	c := t.cost[node]
	for i > 0 {
		parent := (i - 1) / 4
		other := t.heap[parent]
		if t.cost[other] <= c {
			break
		}
		t.heap[i], t.at[other] = other, i
		i = parent
	}
	t.heap[i], t.at[node] = node, i
}

func (t *growing) pop() int32 {
	top := t.heap[0]
	last := len(t.heap) - 1
	node := t.heap[last]
	t.heap = t.heap[:last]
	if last > 0 {
		c := t.cost[node]
		i := 0
		for {
			child := 4*i + 1
			if child >= last {
				break
			}
			least, cost := child, t.cost[t.heap[child]]
			for k := child + 1; k < min(child+4, last); k++ {
				if v := t.cost[t.heap[k]]; v < cost {
					least, cost = k, v
				}
			}
			if cost >= c {
				break
			}
			t.heap[i] = t.heap[least]
			t.at[t.heap[i]] = int32(i)
			i = least
		}
		t.heap[i] = node
		t.at[node] = int32(i)
	}
	// A settled node stays out: no cost is below its own.
	return top
}
