package assignment

import (
	"context"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A fast road of cost 10 that takes six of ten trips, and a slow one of 25 + y: the queue makes
// both cost 29.
func TestQueueOfTwoRoads(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0, 0}, To: []int32{1, 1}, FreeFlow: []float64{10, 25}, B: []float64{0, 0.04}, Capacity: []float64{1, 1}, Power: []float64{1, 1}}
	res, err := SolveCapacitated(context.Background(), road, []Trip{{0, 1, 10}}, []float64{6, math.Inf(1)}, RoadOptions{RelativeGap: 1e-10})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(res.Flow[0]-6) > 1e-4 || math.Abs(res.Queue[0]-19) > 1e-3 || res.Queue[1] != 0 || math.Abs(res.TSTT-290) > 1e-2 {
		t.Errorf("%+v %+v", res, res.RoadResult)
	}
	res, err = SolveCapacitated(context.Background(), road, []Trip{{0, 1, 10}}, []float64{6, 3}, RoadOptions{RelativeGap: 1e-8})
	if !errors.Is(err, ErrNotConverged) || res.Feasible || res.Excess < 0.05 {
		t.Errorf("%+v %v", res, err)
	}
	for _, bad := range [][]float64{{1}, {0, 1}, {math.NaN(), 1}} {
		if _, err := SolveCapacitated(context.Background(), road, nil, bad, RoadOptions{}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

// On random roads with room enough: flows keep to capacities, queues stand only where they are
// full, and nobody has a cheaper way, queues counted.
func TestCapacitiesAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		plain := solveRoad(t, Path, road, trips, RoadOptions{RelativeGap: 1e-4, MaxIterations: 3000})
		capacity := make([]float64, len(road.From))
		for a := range capacity {
			if capacity[a] = math.Inf(1); a >= road.Nodes && plain.Flow[a] > 0 { // the ring takes everyone
				capacity[a] = 0.7 * plain.Flow[a]
			}
		}
		res, err := SolveCapacitated(context.Background(), road, trips, capacity, RoadOptions{RelativeGap: 1e-7, MaxIterations: 60})
		unlessSlow(t, rt, err)
		for a, x := range res.Flow {
			if x > capacity[a]*(1+1e-5) || res.Queue[a] > 0 && x < capacity[a]*(1-1e-4) {
				t.Fatalf("link %d: %g of %g, a queue of %g", a, x, capacity[a], res.Queue[a])
			}
		}
		cheapest := 0.0
		own := *road
		own.Fixed = res.Cost
		own.FreeFlow, own.B = make([]float64, len(res.Cost)), make([]float64, len(res.Cost))
		l, err := NewLoader(&own, trips)
		if err != nil {
			t.Fatal(err)
		}
		load := make([]float64, len(res.Cost))
		l.Load(res.Cost, load, 1)
		for a, x := range load {
			cheapest += x * res.Cost[a]
		}
		if res.TSTT > cheapest*(1+1e-4)+1e-6 {
			t.Fatalf("%g is paid, the cheapest ways cost %g", res.TSTT, cheapest)
		}
	})
}
