package routing

import (
	"math"
	"runtime"
	"sync"
)

// parallel runs do over pieces of n items by some workers (0: all cores).
func parallel(n, size, workers int, begin func() func(from, to int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	next := make(chan int, n/size+1)
	for from := 0; from < n; from += size {
		next <- from
	}
	close(next)
	var wg sync.WaitGroup
	for range min(workers, len(next)) {
		wg.Go(func() {
			do := begin()
			for from := range next {
				do(from, min(from+size, n))
			}
		})
	}
	wg.Wait()
}

// skimPiece is how many origins are served at a time.
const skimPiece = 16

// Skim writes the costs from each origin to each destination of a selection, a row for each
// origin: a skim matrix.
func Skim(m *Metric, s *Selection, origins []int32, out []float64, workers int) {
	n := len(s.dest)
	parallel(len(origins), skimPiece, workers, func() func(from, to int) {
		var w Sweep
		return func(from, to int) { w.Table(m, s, origins[from:to], out[from*n:to*n]) }
	})
}

// SkimSums writes sums along the cheapest paths among some nodes, a matrix for each, a row for
// each origin; +Inf where there is no path.
func SkimSums(m *Metric, sums []*Sum, nodes []int32, out [][]float64, workers int) {
	n := len(nodes)
	parallel(n, skimPiece, workers, func() func(from, to int) {
		var s Search
		return func(from, to int) {
			for k := from; k < to; k++ {
				s.From(m, nodes[k])
				for i, d := range nodes {
					for j, sum := range sums {
						out[j][k*n+i] = s.Along(sum, d)
					}
				}
			}
		}
	})
}

// SkimByTrees is the table of [Skim] among some nodes, by Dijkstra's method: to compare with.
// Nodes below the first through node must be among the origins to be reached from.
func SkimByTrees(h *Hierarchy, cost []float64, nodes []int32, out []float64, workers int) {
	g := h.graph
	n := len(nodes)
	// Out of a node below the first through node nothing leads, but for the origin.
	through := make([]float64, len(cost))
	for a, c := range cost {
		if through[a] = c; g.From[a] < h.first {
			through[a] = math.Inf(1)
		}
	}
	parallel(n, skimPiece, workers, func() func(from, to int) {
		var t Tree
		own := append([]float64(nil), through...)
		return func(from, to int) {
			for k := from; k < to; k++ {
				for _, a := range g.Out(nodes[k]) {
					own[a] = cost[a]
				}
				t.Grow(g, nodes[k], own)
				for _, a := range g.Out(nodes[k]) {
					own[a] = through[a]
				}
				for i, d := range nodes {
					out[k*n+i] = t.Cost[d]
				}
			}
		}
	})
}
