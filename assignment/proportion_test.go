package assignment

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Two origins share two roads in the middle, of which each takes its part:
//
//	0 --> 2 ==(two roads)==> 3 --> 1        3 --> 5
//	4 --> 2
func TestProportionOfSharedRoads(t *testing.T) {
	road := &Road{Nodes: 6, From: []int32{0, 4, 2, 2, 3, 3}, To: []int32{2, 2, 3, 3, 1, 5}, FreeFlow: []float64{1, 1, 10, 10, 1, 1},
		B: []float64{0, 0, 0.1, 0.3, 0, 0}, Capacity: []float64{1, 1, 1, 1, 1, 1}, Power: []float64{1, 1, 1, 1, 1, 1}}
	s, err := NewPathSolver(road, []Trip{{0, 1, 4}, {4, 5, 8}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Solve(context.Background(), RoadOptions{RelativeGap: 1e-13}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Proportion(context.Background(), 1e-6, 1e-12); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	count := 0
	s.Paths(func(p PathFlow) {
		count++
		want := 0.75 // 10(1+0.1x) = 10(1+0.3y): three parts to one
		if p.Links[1] == 3 {
			want = 0.25
		}
		if math.Abs(p.Flow/p.Volume-want) > 1e-9 {
			t.Errorf("%+v: a share of %g was expected", p, want)
		}
	})
	if count != 4 {
		t.Errorf("%d paths", count)
	}
}

// Proportions leave link flows as they are, never lower the entropy, and are the same wherever
// they start: here after trips came in another order, one after the other.
func TestProportionOnRandomRoads(t *testing.T) {
	entropy := func(s *PathSolver) float64 {
		sum := 0.0
		s.Paths(func(p PathFlow) { sum -= p.Flow * math.Log(p.Flow/p.Volume) })
		return sum
	}
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		for a := range road.B { // unique link flows
			road.B[a], road.Power[a], road.FreeFlow[a] = math.Max(road.B[a], 0.15), math.Min(road.Power[a], 2), road.FreeFlow[a]+1
		}
		ctx := context.Background()
		o := RoadOptions{RelativeGap: 1e-12, MaxIterations: 3000}
		s, err := NewPathSolver(road, trips)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Solve(ctx, o)
		unlessSlow(t, rt, err)
		before := entropy(s)
		if _, err := s.Proportion(ctx, 1e-5, 1e-10); err != nil {
			t.Fatal(err)
		}
		for a, f := range s.flow {
			if math.Abs(f-res.Flow[a]) > 1e-8*(1+f) {
				t.Fatalf("link %d: %g, before %g", a, f, res.Flow[a])
			}
		}
		if after := entropy(s); after < before-1e-9*(1+math.Abs(before)) {
			t.Fatalf("entropy %g, before %g", after, before)
		}
		// Another way to the equilibrium: half of the trips first, in another order.
		var half, rest []Trip
		for i := len(s.table) - 1; i >= 0; i-- {
			if i%2 == 0 {
				half = append(half, s.table[i])
			} else {
				rest = append(rest, s.table[i])
			}
		}
		other, err := NewPathSolver(road, half)
		if err != nil {
			t.Fatal(err)
		}
		_, err = other.Solve(ctx, o)
		unlessSlow(t, rt, err)
		if err = other.Update(nil, rest); err != nil {
			t.Fatal(err)
		}
		_, err = other.Solve(ctx, o)
		unlessSlow(t, rt, err)
		if _, err = other.Proportion(ctx, 1e-5, 1e-10); err != nil {
			t.Fatal(err)
		}
		apart := 1e-6 // how well link flows are known
		for a := range s.flow {
			apart = math.Max(apart, math.Abs(s.flow[a]-other.flow[a]))
		}
		flows := map[string]float64{}
		s.Paths(func(p PathFlow) { flows[string(keyOf(nil, p.Links))] += p.Flow })
		other.Paths(func(p PathFlow) { flows[string(keyOf(nil, p.Links))] -= p.Flow })
		for key, f := range flows {
			if math.Abs(f) > 20*apart {
				t.Fatalf("path %x differs by %g, links by %g; entropies %.9g %.9g", key, f, apart, entropy(s), entropy(other))
			}
		}
		volume := map[[2]int32]float64{}
		s.Paths(func(p PathFlow) {
			volume[[2]int32{p.Origin, p.Dest}] += p.Flow
			at := p.Origin
			for _, a := range p.Links {
				if road.From[a] != at {
					t.Fatalf("%+v is no path", p)
				}
				at = road.To[a]
			}
			if at != p.Dest || p.Flow < 0 {
				t.Fatalf("%+v", p)
			}
		})
		for _, x := range s.table {
			if math.Abs(volume[[2]int32{x.Origin, x.Dest}]-x.Volume) > 1e-9*(1+x.Volume) {
				t.Fatalf("%+v has %g", x, volume[[2]int32{x.Origin, x.Dest}])
			}
		}
	})
}
