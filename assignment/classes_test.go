package assignment

import (
	"context"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Cars and trucks on a fast road with a toll and a slow one: trucks, for whom time is dear, pay;
// a truck counts for two cars.
//
//	fast: 10 (1 + 0.1 x), toll; slow: 30
func TestTwoClasses(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0, 0}, To: []int32{1, 1}, FreeFlow: []float64{10, 30}, B: []float64{0.1, 0}, Capacity: []float64{1, 1}, Power: []float64{1, 1}}
	cars := RoadClass{Name: "cars", Trips: []Trip{{0, 1, 20}}, Fixed: []float64{6, 0}}
	trucks := RoadClass{Name: "trucks", Trips: []Trip{{0, 1, 3}}, PCE: 2, Fixed: []float64{1, 0}}
	res, err := SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{RelativeGap: 1e-12})
	if err != nil {
		t.Fatal(err)
	}
	// Cars: 10 + x + 6 = 30, so x = 14 of which the three trucks are 6. Trucks pay 25 < 30.
	if math.Abs(res.Flow[0]-14) > 1e-6 || math.Abs(res.ClassFlow[0][0]-8) > 1e-6 || res.ClassFlow[1][0] != 3 || math.Abs(res.ClassCost[1]-3*25) > 1e-5 || math.Abs(res.ClassCost[0]-20*30) > 1e-5 || math.Abs(res.TSTT-675) > 1e-5 {
		t.Errorf("%+v %+v", res, res.RoadResult)
	}
	// Trucks are forbidden on the fast road.
	trucks.Fixed = []float64{math.Inf(1), 0}
	if res, err = SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{RelativeGap: 1e-12}); err != nil || math.Abs(res.ClassFlow[0][0]-14) > 1e-6 || res.ClassFlow[1][1] != 3 {
		t.Errorf("%+v %v", res, err)
	}
	trucks.Fixed = []float64{math.Inf(1), math.Inf(1)}
	var cut *Unreachable
	if _, err = SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{}); !errors.As(err, &cut) || cut.Trips[0].Volume != 3 {
		t.Error(err)
	}
	if res, err = SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{SetAside: true}); err != nil || len(res.Aside[1]) != 1 {
		t.Errorf("%+v %v", res, err)
	}
}

// Trucks are twice as slow on the first of two roads: no objective, and still an equilibrium in
// which nobody pays more than need be; other starts come to flows nearby or are told apart.
func TestAsymmetricClasses(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0, 0}, To: []int32{1, 1}, FreeFlow: []float64{10, 12}, B: []float64{0.1, 0.1}, Capacity: []float64{1, 1}, Power: []float64{1, 1}}
	cars := RoadClass{Name: "cars", Trips: []Trip{{0, 1, 14}}}
	trucks := RoadClass{Name: "trucks", Trips: []Trip{{0, 1, 4}}, PCE: 2, TimeFactor: []float64{2, 1}}
	list, apart, err := CompareStarts(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{RelativeGap: 1e-10}, 4)
	if err != nil || len(list) != 4 || apart > 1e-5 {
		t.Fatal(len(list), apart, err)
	}
	// Trucks all take the second road (8 cars' worth); cars: 10 + x = 12 + 1.2 (8 + 14 - x).
	want := (2 + 1.2*22) / 2.2
	if res := list[0]; res.HasObjective || res.Objective != 0 || math.Abs(res.ClassFlow[0][0]-want) > 1e-6 || res.ClassFlow[1][0] != 0 {
		t.Errorf("%+v %+v, %g cars were expected", res, res.RoadResult, want)
	}
	// In one proportion everywhere there is one.
	trucks.TimeFactor = []float64{2, 2}
	if res, err := SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{RelativeGap: 1e-10}); err != nil || !res.HasObjective {
		t.Errorf("%+v %v", res, err)
	}
	trucks.TimeFactor = []float64{2, 0}
	if _, err := SolveClasses(context.Background(), road, []RoadClass{cars, trucks}, nil, RoadOptions{}); err == nil {
		t.Error("a time factor of 0 was taken")
	}
}

// A cross of which one turn is banned: who wants to turn goes round the block.
//
//	0 -> 1 -> 2      links: 0:0-1 1:1-2 2:1-3 3:2-4 4:4-3
//	     |    |
//	     3 <- 4
func TestTurns(t *testing.T) {
	road := &Road{Nodes: 5, From: []int32{0, 1, 1, 2, 4}, To: []int32{1, 2, 3, 4, 3}, FreeFlow: []float64{1, 1, 1, 1, 1}, B: make([]float64, 5), Capacity: []float64{1, 1, 1, 1, 1}, Power: []float64{1, 1, 1, 1, 1}}
	classes := []RoadClass{{Name: "all", Trips: []Trip{{0, 3, 5}, {1, 3, 2}, {0, 1, 1}}}}
	for _, c := range []struct {
		penalty, total, right float64
	}{{0, 5*2 + 2*1 + 1, 7}, {1.5, 5*3.5 + 2 + 1, 7}, {4, 5*4 + 2 + 1, 2}, {math.Inf(1), 5*4 + 2 + 1, 2}} {
		res, err := SolveClasses(context.Background(), road, classes, []Turn{{0, 2, c.penalty}}, RoadOptions{RelativeGap: 1e-12})
		if err != nil || math.Abs(res.TSTT-c.total) > 1e-9 || math.Abs(res.Flow[2]-c.right) > 1e-9 {
			t.Errorf("penalty %g: %+v %v, a cost of %g and %g to the right were expected", c.penalty, res, err, c.total, c.right)
		}
	}
	for _, bad := range []Turn{{0, 3, 1}, {0, 9, 1}, {0, 2, -1}} {
		if _, err := SolveClasses(context.Background(), road, classes, []Turn{bad}, RoadOptions{}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// One class is the plain equilibrium; two halves of it too, and twice as many of half the PCE;
// turns that cost nothing change nothing.
func TestClassesAreOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		o := RoadOptions{RelativeGap: 1e-9, MaxIterations: 3000}
		s, err := NewPathSolver(road, trips)
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.Solve(context.Background(), o)
		unlessSlow(t, rt, err)
		half, double := make([]Trip, len(trips)), make([]Trip, len(trips))
		for i, x := range trips {
			half[i], double[i] = Trip{x.Origin, x.Dest, x.Volume / 2}, Trip{x.Origin, x.Dest, 2 * x.Volume}
		}
		twice := make([]float64, len(road.From))
		for a := range twice {
			twice[a] = 2
		}
		var turns []Turn
		for a := range road.From {
			for b := range road.From {
				if road.To[a] == road.From[b] && (a+b)%3 == 0 {
					turns = append(turns, Turn{a, b, 0})
				}
			}
		}
		for name, x := range map[string]struct {
			classes []RoadClass
			turns   []Turn
			share   float64 // of cost
		}{
			"one":    {[]RoadClass{{Name: "a", Trips: trips}}, nil, 1},
			"halves": {[]RoadClass{{Name: "a", Trips: half}, {Name: "b", Trips: half}}, nil, 1},
			"pce":    {[]RoadClass{{Name: "a", Trips: half}, {Name: "b", Trips: trips, PCE: 0.5}}, nil, 1.5},
			"double": {[]RoadClass{{Name: "a", Trips: double, PCE: 0.5}}, nil, 2},
			"slow":   {[]RoadClass{{Name: "a", Trips: half, TimeFactor: twice}, {Name: "b", Trips: half}}, nil, 1.5},
			"turns":  {[]RoadClass{{Name: "a", Trips: trips}}, turns, 1},
		} {
			res, err := SolveClasses(context.Background(), road, x.classes, x.turns, o)
			unlessSlow(t, rt, err)
			if math.Abs(res.Objective-want.Objective) > 1e-6*(1+want.TSTT) || math.Abs(res.TSTT-x.share*want.TSTT) > 1e-2*(1+want.TSTT) || res.RelativeGap < -1e-12 {
				t.Fatalf("%s: objective %.12g, total cost %.9g, gap %g; plain %.12g, %.9g", name, res.Objective, res.TSTT, res.RelativeGap, want.Objective, want.TSTT)
			}
		}
	})
}
