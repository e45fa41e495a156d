package assignment

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The value of a set is the total cost of its network solved alone; the bound between two sets
// is above the value of none between them.
func TestDesignOnRandomRoads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		var candidates []int
		for k := range 3 { // chords: the ring serves all trips
			candidates = append(candidates, road.Nodes+k)
		}
		d, err := NewDesign(road, candidates, trips)
		if err != nil {
			t.Fatal(err)
		}
		inf := math.Inf(1)
		ctx := context.Background()
		value := make([]float64, 8)
		for set := range uint64(8) {
			value[set], err = d.Value(ctx, set, inf)
			unlessSlow(t, rt, err)
			alone := *road
			alone.Fixed = append([]float64(nil), road.Fixed...)
			for k, a := range candidates {
				if set>>k&1 == 0 {
					alone.Fixed[a] = inf
				}
			}
			res := solveRoad(t, Path, &alone, trips, RoadOptions{RelativeGap: drawnGap, MaxIterations: 5000})
			if math.Abs(res.TSTT-value[set]) > 1e-2*(1+res.TSTT) {
				t.Fatalf("set %b: %g, alone %g", set, value[set], res.TSTT)
			}
		}
		for in := range uint64(8) {
			for out := range uint64(8) {
				if in&out != 0 {
					continue
				}
				use := make([]float64, 3)
				bound, err := d.Bound(ctx, in, out, inf, use)
				unlessSlow(t, rt, err)
				for set := range uint64(8) {
					if set&in == in && set&out == 0 && value[set] < bound*(1-1e-9)-1e-9 {
						t.Fatalf("set %b comes to %g, below the bound %g with %b and without %b", set, value[set], bound, in, out)
					}
				}
			}
		}
	})
}
