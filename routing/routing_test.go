package routing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The example of Ahuja, Magnanti and Orlin (1993), drawn as
//
//	0 --6--> 1 --1--> 3
//	0 --4--> 2 --1--> 1,  2 --7--> 3,  3 --closed--> 4
func TestTree(t *testing.T) {
	g := NewGraph(5, []int32{0, 0, 2, 1, 2, 3}, []int32{1, 2, 1, 3, 3, 4})
	cost := []float64{6, 4, 1, 1, 7, math.Inf(1)}
	var tree Tree
	tree.Grow(g, 0, cost)
	if want := []float64{0, 5, 4, 6, math.Inf(1)}; !slices.Equal(tree.Cost, want) {
		t.Errorf("costs %v, want %v", tree.Cost, want)
	}
	if got := tree.Path(g, 3, nil); !slices.Equal(got, []int32{1, 2, 3}) {
		t.Errorf("path %v", got)
	}
	if tree.Path(g, 4, nil) != nil {
		t.Error("a path over a closed arc")
	}
}

func BenchmarkGrow(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, uint64(n)))
			from, to, cost := make([]int32, 3*n), make([]int32, 3*n), make([]float64, 3*n)
			for a := range from {
				// Mostly neighbours, as in a corridor.
				from[a] = int32(a % n)
				to[a] = int32(min(n-1, max(0, a%n+rng.IntN(41)-20)))
				cost[a] = 1 + rng.Float64()
			}
			g := NewGraph(n, from, to)
			var tree Tree
			b.ReportAllocs()
			for b.Loop() {
				tree.Grow(g, 0, cost)
			}
			b.ReportMetric(float64(3*n)*float64(b.N)/b.Elapsed().Seconds(), "arcs/s")
		})
	}
}
