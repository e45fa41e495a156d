package assignment

import (
	"context"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Two roads of constant cost split by the logit; with delay, where choice and cost agree.
func TestMarkovOfTwoRoads(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0, 0}, To: []int32{1, 1}, FreeFlow: []float64{3, 4}, B: []float64{0, 0}, Capacity: []float64{1, 1}, Power: []float64{1, 1}}
	res, err := SolveMarkov(context.Background(), road, []Trip{{0, 1, 10}}, StochasticOptions{Dispersion: 0.7})
	if err != nil {
		t.Fatal(err)
	}
	share := 1 / (1 + math.Exp(-0.7))
	if math.Abs(res.Flow[0]-10*share) > 1e-12 || math.Abs(res.Perceived-10*(3-math.Log(1+math.Exp(-0.7))/0.7)) > 1e-9 {
		t.Errorf("%+v", res)
	}
	road.B = []float64{0.1, 0.05} // 3(1+x/10), 4(1+y/20)
	if res, err = SolveMarkov(context.Background(), road, []Trip{{0, 1, 10}}, StochasticOptions{Dispersion: 0.7, Residual: 1e-12}); err != nil {
		t.Fatal(err)
	}
	if want := 10 / (1 + math.Exp(-0.7*(res.Cost[1]-res.Cost[0]))); math.Abs(res.Flow[0]-want) > 1e-9 {
		t.Errorf("%g, the logit gives %g", res.Flow[0], want)
	}
}

// Two classes on two roads, each by its own logit of the costs that both make; one has a toll.
func TestMarkovClasses(t *testing.T) {
	road := &Road{Nodes: 2, From: []int32{0, 0}, To: []int32{1, 1}, FreeFlow: []float64{3, 4}, B: []float64{0.1, 0.05}, Capacity: []float64{1, 1}, Power: []float64{1, 1}}
	classes := []MarkovClass{{Trips: []Trip{{0, 1, 10}}, Dispersion: 0.7}, {Trips: []Trip{{0, 1, 6}}, Dispersion: 2, Fixed: []float64{1.5, 0}}}
	res, err := SolveMarkovClasses(context.Background(), road, classes, StochasticOptions{Residual: 1e-12})
	if err != nil {
		t.Fatal(err)
	}
	d := res.Cost[1] - res.Cost[0]
	if want := 10/(1+math.Exp(-0.7*d)) + 6/(1+math.Exp(-2*(d-1.5))); math.Abs(res.Flow[0]-want) > 1e-8 {
		t.Errorf("%g, the logits give %g", res.Flow[0], want)
	}
	// Forbidden to the second, it has the first alone.
	classes[1].Fixed[0] = math.Inf(1)
	if res, err = SolveMarkovClasses(context.Background(), road, classes, StochasticOptions{Residual: 1e-12}); err != nil || res.Flow[1] < 6 {
		t.Errorf("%+v %v", res, err)
	}
	classes[1].Fixed[0] = -1
	if _, err := SolveMarkovClasses(context.Background(), road, classes, StochasticOptions{}); err == nil {
		t.Error("a fixed cost below 0 was taken")
	}
}

// A loop by hand: from 0 to 2 straight, or by 1 and back. With e = exp(-theta) for each link,
// the ways are e (1 + e² + e⁴ + …) to 2 by way of any number of loops.
func TestMarkovOfALoop(t *testing.T) {
	road := &Road{Nodes: 3, From: []int32{0, 0, 1}, To: []int32{2, 1, 0}, FreeFlow: []float64{1, 1, 1}, B: []float64{0, 0, 0}, Capacity: []float64{1, 1, 1}, Power: []float64{1, 1, 1}}
	theta := 0.5
	res, err := SolveMarkov(context.Background(), road, []Trip{{0, 2, 1}}, StochasticOptions{Dispersion: theta})
	if err != nil {
		t.Fatal(err)
	}
	e := math.Exp(-theta)
	if loops := e * e / (1 - e*e); math.Abs(res.Flow[0]-1) > 1e-9 || math.Abs(res.Flow[1]-loops) > 1e-9 || math.Abs(res.Perceived+math.Log(e/(1-e*e))/theta) > 1e-9 {
		t.Errorf("%+v, %g loops were expected", res, loops)
	}
	// Two loops, that cost next to nothing: they never end.
	road.From, road.To = append(road.From, 0, 0), append(road.To, 1, 1)
	road.FreeFlow = []float64{1, 0.01, 0.01, 0.01, 0.01}
	road.B, road.Capacity, road.Power = make([]float64, 5), []float64{1, 1, 1, 1, 1}, []float64{1, 1, 1, 1, 1}
	if _, err := SolveMarkov(context.Background(), road, []Trip{{0, 2, 1}}, StochasticOptions{Dispersion: 0.5}); err == nil {
		t.Error("endless loops were loaded")
	}
	if _, err := SolveMarkov(context.Background(), road, []Trip{{0, 2, 1}}, StochasticOptions{}); err == nil {
		t.Error("no dispersion was taken")
	}
	var cut *Unreachable
	if _, err := SolveMarkov(context.Background(), road, []Trip{{2, 0, 1}}, StochasticOptions{Dispersion: 9}); !errors.As(err, &cut) {
		t.Errorf("no path: %v", err)
	}
}

// On random roads: flow is conserved, any number of workers gives the same bits, a long method
// of successive averages comes to the same flows, and as dispersion grows the deterministic
// equilibrium is reached.
func TestMarkovOnRandomRoads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		road, trips := roads(rt)
		for a := range road.FreeFlow {
			road.FreeFlow[a] += 2 // no loops for next to nothing
		}
		ctx := context.Background()
		o := StochasticOptions{Dispersion: 6, Residual: 1e-7, Workers: 1, MaxIterations: 60}
		res, err := SolveMarkov(ctx, road, trips, o)
		if err != nil {
			var loops *Endless
			if errors.As(err, &loops) {
				rt.Skip(err) // there is no equilibrium
			}
			unlessSlow(t, rt, err)
		}
		o.Workers = 3
		again, err := SolveMarkov(ctx, road, trips, o)
		if err != nil {
			t.Fatal(err)
		}
		net := make([]float64, road.Nodes)
		for _, x := range trips {
			if x.Origin != x.Dest {
				net[x.Origin] += x.Volume
				net[x.Dest] -= x.Volume
			}
		}
		for a, f := range res.Flow {
			if f != again.Flow[a] {
				t.Fatalf("link %d: %v with one worker, %v with three", a, f, again.Flow[a])
			}
			net[road.From[a]] -= f
			net[road.To[a]] += f
		}
		total := 1.0
		for _, f := range res.Flow {
			total += f
		}
		for node, v := range net {
			if math.Abs(v) > 1e-7*total {
				t.Fatalf("node %d: %g is lost", node, v)
			}
		}
		s, err := newMarkov(road, []MarkovClass{{Trips: trips, Dispersion: o.Dispersion}})
		if err != nil {
			t.Fatal(err)
		}
		flow := make([]float64, len(res.Flow))
		for k := range 60 {
			p := s.look(flow, 1)
			if p.err != nil {
				var loops *Endless
				if !errors.As(p.err, &loops) {
					t.Fatal(p.err)
				}
				rt.Skip(p.err) // on the way of the averages
			}
			if k == 59 {
				if own := s.look(res.Flow, 1); own.dual > p.dual+1e-9*(1+math.Abs(p.dual)) {
					t.Fatalf("%.12g, by averages %.12g", own.dual, p.dual)
				}
				for a, f := range flow {
					if math.Abs(f-res.Flow[a]) > 20*(p.residual+res.Residual)*total {
						t.Fatalf("link %d: %g, by averages %g, residual %g", a, res.Flow[a], f, p.residual)
					}
				}
			}
			for a := range flow {
				flow[a] += (p.choice[a] - flow[a]) / float64(k+1)
			}
		}
	})
}

// Where only links that lead nearer are taken nobody goes round, however small the dispersion.
func TestMarkovNearerOnly(t *testing.T) {
	// 0 to 2 straight or by 1; 1 leads back too, nearly for nothing.
	road := &Road{Nodes: 3, From: []int32{0, 0, 1, 1}, To: []int32{2, 1, 0, 2}, FreeFlow: []float64{2, 0.01, 0.01, 1}, B: make([]float64, 4), Capacity: []float64{1, 1, 1, 1}, Power: []float64{1, 1, 1, 1}}
	o := StochasticOptions{Dispersion: 1e-3}
	if res, err := SolveMarkov(context.Background(), road, []Trip{{0, 2, 1}}, o); err == nil && res.Flow[2] < 0.5 {
		t.Errorf("%+v: many loops were expected", res)
	}
	o.NearerOnly = true
	res, err := SolveMarkov(context.Background(), road, []Trip{{0, 2, 1}}, o)
	if err != nil || res.Flow[2] != 0 || math.Abs(res.Flow[0]-1/(1+math.Exp(0.99e-3))) > 1e-9 {
		t.Errorf("%+v %v", res, err)
	}
}

// With growing dispersion the costs paid come to those of the deterministic equilibrium.
func TestMarkovComesToTheDeterministic(t *testing.T) {
	road, trips := braess()
	road.FreeFlow[3] += 2 // one side is dearer
	want := solveRoad(t, Path, road, trips, RoadOptions{RelativeGap: 1e-12})
	last := math.Inf(1)
	for _, theta := range []float64{0.1, 1, 10} {
		res, err := SolveMarkov(context.Background(), road, trips, StochasticOptions{Dispersion: theta, Residual: 1e-9, MaxIterations: 1000})
		if err != nil {
			t.Fatal(theta, err)
		}
		off := math.Abs(res.TSTT - want.TSTT)
		if off > last && off > 1e-4 {
			t.Errorf("dispersion %g: %g off, %g before", theta, off, last)
		}
		last = off
	}
	if last > 1 {
		t.Errorf("%g off at last", last)
	}
}
