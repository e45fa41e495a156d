package routing

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// drawn makes a graph of a few nodes with parallel links, loops, links without a cost and
// closed ones.
func drawn(t *rapid.T) (*Graph, int32, []float64, *rand.Rand) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
	n := rapid.IntRange(1, 30).Draw(t, "nodes")
	links := rapid.IntRange(0, 4*n).Draw(t, "links")
	from, to, cost := make([]int32, links), make([]int32, links), make([]float64, links)
	for a := range from {
		from[a], to[a] = int32(r.IntN(n)), int32(r.IntN(n))
	}
	drawCosts(r, cost)
	return NewGraph(n, from, to), int32(rapid.IntRange(0, n).Draw(t, "first through")), cost, r
}

func drawCosts(r *rand.Rand, cost []float64) {
	for a := range cost {
		switch r.IntN(8) {
		case 0:
			cost[a] = 0
		case 1:
			cost[a] = math.Inf(1)
		default:
			cost[a] = 10 * r.Float64()
		}
	}
}

// The hierarchy gives the costs of Dijkstra's method, and paths that have them and keep out
// of the nodes below the first through node; renewed costs too.
func TestHierarchyAgainstTrees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, first, cost, r := drawn(rt)
		h := NewHierarchy(g, first)
		length := make([]float64, len(cost))
		for a := range length {
			length[a] = r.Float64()
		}
		var m *Metric
		var s Search
		for range 3 {
			m = h.Customise(cost, m)
			var some, origins []int32
			for node := range int32(g.NumNodes) {
				origins = append(origins, node)
				if r.IntN(2) == 0 {
					some = append(some, node)
				}
			}
			table := make([]float64, len(origins)*len(some))
			var sweep Sweep
			sweep.Table(m, h.Select(some), origins, table)
			load, loaded := h.NewLoading(), make([]float64, len(cost))
			for origin := range int32(g.NumNodes) {
				// Links out of other nodes below the first are closed for this origin.
				own := append([]float64(nil), cost...)
				for a, f := range g.From {
					if f < first && f != origin {
						own[a] = math.Inf(1)
					}
				}
				var tree Tree
				tree.Grow(g, origin, own)
				s.From(m, origin)
				var dests []int32
				var volumes []float64
				lengths := m.Sum(length)
				for dest := range int32(g.NumNodes) {
					want := tree.Cost[dest]
					if got := s.To(dest); math.Abs(got-want) > 1e-12*(1+want) || math.IsInf(got, 1) != math.IsInf(want, 1) {
						t.Fatalf("%d to %d: %g, %g by Dijkstra", origin, dest, got, want)
					}
					path := s.Path(dest, nil)
					at, sum := origin, 0.0
					for i, a := range path {
						if g.From[a] != at || i > 0 && at < first {
							t.Fatalf("%d to %d: the path %v is none", origin, dest, path)
						}
						at = g.To[a]
						sum += cost[a]
					}
					if !math.IsInf(want, 1) {
						v := 1 + r.Float64()
						dests, volumes = append(dests, dest), append(volumes, v)
						long := 0.0
						for _, a := range path {
							loaded[a] += v
							long += length[a]
						}
						if got := s.Along(lengths, dest); math.Abs(got-long) > 1e-9 {
							t.Fatalf("%d to %d: length %g, %g along the path", origin, dest, got, long)
						}
					}
					if !math.IsInf(want, 1) && (at != dest || math.Abs(sum-want) > 1e-12*(1+want)) {
						t.Fatalf("%d to %d: the path %v ends at %d and costs %g, expected %g", origin, dest, path, at, sum, want)
					}
				}
				s.Load(load, dests, volumes)
				for k, dest := range some {
					if got, want := table[int(origin)*len(some)+k], tree.Cost[dest]; math.Abs(got-want) > 1e-12*(1+want) || math.IsInf(got, 1) != math.IsInf(want, 1) {
						t.Fatalf("%d to %d: %g in the table, %g by Dijkstra", origin, dest, got, want)
					}
				}
			}
			byLink := make([]float64, len(cost))
			m.Links(load, byLink)
			for a, v := range byLink {
				if math.Abs(v-loaded[a]) > 1e-9 {
					t.Fatalf("link %d is loaded with %g, its paths with %g", a, v, loaded[a])
				}
			}
			drawCosts(r, cost)
		}
	})
}
