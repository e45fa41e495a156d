package assignment

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Closing a link from the equilibrium comes to what a network without it does, with any number
// of workers, and the solver stands as it was.
func TestClosuresOnRandomRoads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		ctx := context.Background()
		o := RoadOptions{RelativeGap: drawnGap, MaxIterations: 3000, Workers: 1}
		s, err := NewPathSolver(road, trips)
		if err != nil {
			t.Fatal(err)
		}
		open, err := s.Solve(ctx, o)
		unlessSlow(t, rt, err)
		links := []int{0, road.Nodes, len(road.From) - 1}
		list, err := Closures(ctx, s, links, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Workers = 3
		again, err := Closures(ctx, s, links, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range list {
			if c != again[k] {
				t.Fatalf("%+v with one worker, %+v with three", c, again[k])
			}
			shut := *road
			shut.Fixed = append([]float64(nil), road.Fixed...)
			shut.Fixed[c.Link] = math.Inf(1)
			fresh, err := NewPathSolver(&shut, trips)
			if err != nil {
				t.Fatal(err)
			}
			res, err := fresh.Solve(ctx, RoadOptions{RelativeGap: drawnGap, MaxIterations: 3000, SetAside: true})
			unlessSlow(t, rt, err)
			if !c.Converged {
				continue
			}
			cut := 0.0
			for _, x := range res.Aside {
				cut += x.Volume
			}
			if math.Abs(c.TSTT-res.TSTT) > 1e-2*(1+res.TSTT) || math.Abs(c.CutOff-cut) > 1e-9 {
				t.Fatalf("%+v, afresh %g and %g cut off", c, res.TSTT, cut)
			}
			if cut == 0 && math.Abs(c.Loss-(c.TSTT-open.TSTT)) > 1e-5*(1+open.TSTT) {
				t.Fatalf("%+v: a loss of %g was expected", c, c.TSTT-open.TSTT)
			}
		}
	})
}
