package pipeflow_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/karvan/karvan/pipeflow"
)

// grown is a network of nodes joined to near ones that stood before, and of loops between
// near nodes, as networks of towns and regions are.
func grown(nodes, loops int) *pipeflow.Network {
	rng := rand.New(rand.NewPCG(1, 2))
	net := &pipeflow.Network{Gas: methane(), Friction: pipeflow.Nikuradse}
	net.Gas.Z = pipeflow.ZFunc(func(p float64) (float64, float64) { return 1 - 0.0022*p, -0.0022 })
	for i := range nodes {
		n := pipeflow.Node{ID: fmt.Sprint("n", i), SupplyKgPerS: -0.01 * rng.Float64()}
		net.Nodes = append(net.Nodes, n)
		if i == 0 {
			continue
		}
		to := max(0, i-1-int(rng.ExpFloat64()*math.Sqrt(float64(nodes))/2))
		net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: fmt.Sprint("p", i), From: to, To: i, LengthKm: 0.1 + rng.Float64(), DiameterMm: 800, RoughnessMm: 0.05})
	}
	net.Nodes[0].FixedBar = 60
	for l := range loops {
		a := rng.IntN(nodes - 60)
		net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: fmt.Sprint("l", l), From: a, To: a + 1 + rng.IntN(50), LengthKm: 0.5 + rng.Float64(), DiameterMm: 400, RoughnessMm: 0.05})
	}
	return net
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range [][2]int{{100, 15}, {1000, 150}, {10000, 1500}} {
		net := grown(size[0], size[1])
		b.Run(fmt.Sprintf("pipes=%d", len(net.Pipes)), func(b *testing.B) {
			b.ReportAllocs()
			iterations := 0
			for b.Loop() {
				s, err := pipeflow.NewSolver(net)
				if err != nil {
					b.Fatal(err)
				}
				r, err := s.Solve(context.Background(), pipeflow.Options{})
				if err != nil {
					b.Fatal(err)
				}
				iterations = r.Iterations
			}
			b.ReportMetric(float64(iterations), "iterations")
		})
	}
}
