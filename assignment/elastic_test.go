package assignment

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// One road of cost 10(1+x/10) = 10+x, ten trips at a cost of 10: demand and cost meet, by hand.
func TestElasticOnOneRoad(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0}, To: []int32{1}, FreeFlow: []float64{10}, B: []float64{0.1}, Capacity: []float64{1}, Power: []float64{1}}
	root := func(f func(x float64) float64) float64 { // of a falling function less x
		low, high := 0.0, 10.0
		for range 100 {
			if mid := (low + high) / 2; f(mid) > mid {
				low = mid
			} else {
				high = mid
			}
		}
		return low
	}
	for _, c := range []struct {
		d    DemandFunction
		want float64
	}{
		{DemandFunction{Kind: LinearDemand, Slope: 0.5}, 10.0 / 1.5}, // x = 10 (1 - 0.5 x/10)
		{DemandFunction{Kind: ExponentialDemand, Slope: 0.1}, root(func(x float64) float64 { return 10 * math.Exp(-0.1*x) })},
		{DemandFunction{Kind: ConstantElasticity, Slope: 1}, root(func(x float64) float64 { return 10 / (1 + x/10) })},
		{DemandFunction{Kind: ConstantElasticity, Slope: 0.4}, root(func(x float64) float64 { return 10 * math.Pow(1+x/10, -0.4) })},
		{DemandFunction{Kind: LogitDemand, Slope: 0.8, Other: 14}, root(func(x float64) float64 { return 10 / (1 + math.Exp(0.8*(x-4))) })},
	} {
		s, err := NewElasticSolver(road, []Trip{{0, 1, 10}}, c.d)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Solve(context.Background(), RoadOptions{RelativeGap: 1e-12})
		if err != nil || math.Abs(res.Trips[0].Volume-c.want) > 1e-6 || math.Abs(res.Flow[0]-c.want) > 1e-6 || len(res.Flow) != 1 || math.Abs(res.TSTT-c.want*(10+c.want)) > 1e-4 {
			t.Errorf("%+v: %+v %v, expected %g", c.d, res, err, c.want)
		}
	}
}

// On random roads each pair's trips are what demand gives at its least cost, and the objective is
// below that of any other trips, solved for as fixed ones.
func TestElasticOnRandomRoads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		for a := range road.FreeFlow {
			road.FreeFlow[a]++
		}
		d := DemandFunction{Kind: rapid.SampledFrom(DemandKinds).Draw(rt, "kind"), Slope: rapid.Float64Range(0.05, 1.5).Draw(rt, "slope"), Other: 15}
		s, err := NewElasticSolver(road, trips, d)
		if err != nil {
			t.Fatal(err)
		}
		o := RoadOptions{RelativeGap: 1e-9, MaxIterations: 3000}
		free := map[[2]int32]float64{}
		s.LeastCosts(func(x Trip, u float64) { free[[2]int32{x.Origin, x.Dest}] = u })
		res, err := s.Solve(context.Background(), o)
		unlessSlow(t, rt, err)
		if res.RelativeGap < -1e-13 {
			t.Fatalf("gap %g", res.RelativeGap)
		}
		i := 0
		s.LeastCosts(func(x Trip, u float64) {
			for res.Trips[i].Origin != x.Origin || res.Trips[i].Dest != x.Dest {
				i++
			}
			u0 := free[[2]int32{x.Origin, x.Dest}]
			want := 0.0
			switch d.Kind {
			case LinearDemand:
				want = x.Volume * math.Max(0, 1-d.Slope*(u-u0)/u0)
			case ExponentialDemand:
				want = x.Volume * math.Exp(-d.Slope*(u-u0))
			case ConstantElasticity:
				want = x.Volume * math.Pow(u/u0, -d.Slope)
			case LogitDemand:
				want = x.Volume / (1 + math.Exp(d.Slope*(u-d.Other)))
			}
			if math.Abs(res.Trips[i].Volume-want) > 1e-3*(1+x.Volume) {
				t.Fatalf("%+v at a cost of %g (%g empty): %g go, demand is %g", x, u, u0, res.Trips[i].Volume, want)
			}
		})
		fixed := solveRoad(t, Path, road, res.Trips, RoadOptions{RelativeGap: 1e-7, MaxIterations: 3000})
		if math.Abs(fixed.TSTT-res.TSTT) > 1e-3*(1+res.TSTT) {
			t.Fatalf("total cost %g, of the same trips fixed %g", res.TSTT, fixed.TSTT)
		}
	})
}

func TestElasticRefuses(t *testing.T) {
	road, trips := braess()
	for _, d := range []DemandFunction{{Kind: "none", Slope: 1}, {Kind: LinearDemand}, {Kind: LinearDemand, Slope: math.NaN()}, {Kind: LogitDemand, Slope: 1, Other: math.Inf(1)}} {
		if _, err := NewElasticSolver(road, trips, d); err == nil {
			t.Errorf("%+v was taken", d)
		}
	}
	s, err := NewElasticSolver(road, trips, DemandFunction{Kind: ExponentialDemand, Slope: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(nil, trips); err == nil {
		t.Error("trips were changed")
	}
}

// Who starts where is kept, and destinations are chosen as the costs at equilibrium say.
func TestDestinationsOnRandomRoads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, _ := roads(rt)
		starts := []Trip{{Origin: 0, Volume: 10}, {Origin: 1, Volume: 6}}
		to := []Attraction{{0, 1}, {1, 2}, {2, 3}}
		slope := rapid.Float64Range(0.01, 0.3).Draw(rt, "slope")
		d, err := SolveDestinations(context.Background(), road, starts, to, slope, RoadOptions{RelativeGap: 1e-6, MaxIterations: 300})
		unlessSlow(t, rt, err)
		s, err := NewPathSolver(road, d.Trips)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Solve(context.Background(), RoadOptions{RelativeGap: 1e-8, MaxIterations: 3000})
		unlessSlow(t, rt, err)
		sum, all := map[int32]float64{}, map[int32]float64{}
		share := map[[2]int32]float64{}
		s.LeastCosts(func(x Trip, u float64) {
			w := map[int32]float64{0: 1, 1: 2, 2: 3}[x.Dest] * math.Exp(-slope*u)
			share[[2]int32{x.Origin, x.Dest}] = w
			sum[x.Origin] += w
			all[x.Origin] += x.Volume
		})
		if math.Abs(all[0]-10) > 1e-9 || math.Abs(all[1]-6) > 1e-9 {
			t.Fatalf("%v start", all)
		}
		for _, x := range d.Trips {
			if want := all[x.Origin] * share[[2]int32{x.Origin, x.Dest}] / sum[x.Origin]; math.Abs(x.Volume-want) > 1e-3*all[x.Origin] {
				t.Fatalf("%+v, %g were chosen", x, want)
			}
		}
	})
}

// Where delays rise far above what trips would pay, a step of Newton's from no trips away goes
// far too far, and the secant alone would never come back from there.
func TestElasticWhereDelaysAreSteep(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0}, To: []int32{1}, FreeFlow: []float64{1}, B: []float64{1}, Capacity: []float64{10}, Power: []float64{10}}
	s, err := NewElasticSolver(road, []Trip{{0, 1, 100}}, DemandFunction{Kind: ConstantElasticity, Slope: 1})
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Solve(context.Background(), RoadOptions{RelativeGap: 1e-10, MaxIterations: 30})
	if err != nil {
		t.Fatal(err)
	}
	if x := res.Trips[0].Volume; math.Abs(x*(1+math.Pow(x/10, 10))-100) > 1e-4 {
		t.Errorf("%g trips", x)
	}
}
