package pipeflow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

func capacity(t testing.TB, net *pipeflow.Network, node int, gains bool) *pipeflow.Throughput {
	t.Helper()
	c, err := pipeflow.Capacity(context.Background(), net, []pipeflow.Take{{Node: node, Share: 1}}, pipeflow.CapacityOptions{Gains: gains, Tolerance: 1e-10})
	if err != nil {
		t.Fatal(err)
	}
	if broken := pipeflow.Shortfalls(c.Network, c.State); len(broken) > 0 {
		t.Fatalf("the answer breaks %v", broken)
	}
	return c
}

func TestCapacityOfOnePipe(t *testing.T) {
	net := onePipe(pipeflow.RoughTurbulent)
	net.Nodes[1].SupplyKgPerS, net.Nodes[1].MinBar = 0, 50
	c := capacity(t, net, 1, true)
	f := math.Pow(2*math.Log10(3.71*900/0.02), -2)
	area := math.Pi / 4 * 0.9 * 0.9
	drop := (70*70 - 50*50) * 1e10
	want := area * math.Sqrt(drop*0.9/(f*100e3*518.28*288.15))
	check.Close(t, "kg/s", c.KgPerS, want, 0, 1e-8)
	if c.Bottleneck != "pressure of node b (at least 50 bar)" {
		t.Errorf("bottleneck %q", c.Bottleneck)
	}
	gain := map[string]pipeflow.Gain{}
	for _, g := range c.Gains {
		gain[g.Limit] = g
	}
	// q ~ sqrt(p1² - p2²): of one bar at each end, by finite differences of a percent.
	check.Close(t, "gain at the inlet", gain["node a: given pressure"].KgPerS, want*(math.Sqrt((70.7*70.7-2500)/(4900.0-2500))-1)/0.7, 0, 1e-5)
	check.Close(t, "gain at the outlet", gain["node b: least pressure"].KgPerS, want*(math.Sqrt((4900-49.5*49.5)/(4900.0-2500))-1)/0.5, 0, 1e-5)
	// A km looped resists a quarter: 99.25 instead of 100 km.
	check.Close(t, "gain of a loop", gain["pipe p: loop"].KgPerS, want*(math.Sqrt(100/99.25)-1), 0, 1e-4)
}

// line is a line of sections with a station before each, but the first.
func line(sections int, power, outlet, delivery float64) *pipeflow.Network {
	net := &pipeflow.Network{Gas: methane(), Friction: pipeflow.RoughTurbulent}
	net.Gas.Z = pipeflow.ZFunc(func(p float64) (float64, float64) { return 1 - 0.0018*p, -0.0018 })
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "s", FixedBar: 60})
	at := 0
	for i := range sections {
		if i > 0 {
			net.Nodes = append(net.Nodes, pipeflow.Node{ID: fmt.Sprint("out", i)})
			net.Stations = append(net.Stations, pipeflow.Station{ID: fmt.Sprint("k", i), From: at, To: len(net.Nodes) - 1, Control: pipeflow.AtLimit, MaxPowerMW: power, MaxOutletBar: outlet, Efficiency: 0.8})
			at = len(net.Nodes) - 1
		}
		net.Nodes = append(net.Nodes, pipeflow.Node{ID: fmt.Sprint("in", i)})
		net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: fmt.Sprint("p", i), From: at, To: len(net.Nodes) - 1, LengthKm: 80 + 20*float64(i), DiameterMm: 900, RoughnessMm: 0.02})
		at = len(net.Nodes) - 1
	}
	net.Nodes[at].MinBar = delivery
	return net
}

// The same by trying all set-points on a grid, each section worked out by hand.
func TestCapacityAgainstEnumeration(t *testing.T) {
	for _, c := range []struct{ power, outlet, delivery float64 }{{8, 70, 45}, {3, 70, 45}, {30, 62, 50}, {1, 90, 30}} {
		net := line(3, c.power, c.outlet, c.delivery)
		got := capacity(t, net, len(net.Nodes)-1, false)
		if len(got.Network.Nodes) != len(net.Nodes) {
			t.Fatal("the network was changed")
		}
		// Forward through the line: pressure at the end for a flow and two set-points, -1
		// where power does not suffice. A station set below its inlet passes it on.
		forward := func(q, set1, set2 float64) float64 {
			p := 60.0
			for i, set := range []float64{0, set1, set2} {
				if i > 0 && set > p {
					if net.Gas.CompressionPowerMW(q, p, set, 0.8) > c.power {
						return -1
					}
					p = set
				}
				if p = outlet(net, &net.Pipes[i], q, p); p <= 0 {
					return -1
				}
			}
			return p
		}
		// The largest flow of each pair of set-points by halving, on a grid.
		best := 0.0
		const steps = 60
		for i := range steps + 1 {
			for j := range steps + 1 {
				set1, set2 := c.outlet*(0.4+0.6*float64(i)/steps), c.outlet*(0.4+0.6*float64(j)/steps)
				if forward(best*1.0001, set1, set2) < c.delivery {
					continue
				}
				low, high := best, 2000.0
				for range 40 {
					if mid := (low + high) / 2; forward(mid, set1, set2) >= c.delivery {
						low = mid
					} else {
						high = mid
					}
				}
				best = low
			}
		}
		t.Logf("power %g outlet %g delivery %g: %.4f kg/s, on a grid %.4f (%s; %d solutions)", c.power, c.outlet, c.delivery, got.KgPerS, best, got.Bottleneck, got.Solves)
		if got.KgPerS < best*(1-1e-6) {
			t.Errorf("a grid carries more: %g, found %g", best, got.KgPerS)
		}
		if got.KgPerS > best*1.03 {
			t.Errorf("found %g, far above all of the grid, %g", got.KgPerS, best)
		}
	}
}

// outlet is the pressure at the end of a pipe, by iterating on its mean compressibility.
func outlet(net *pipeflow.Network, p *pipeflow.Pipe, q, inlet float64) float64 {
	f := math.Pow(2*math.Log10(3.71*p.DiameterMm/p.RoughnessMm), -2)
	d := p.DiameterMm / 1000
	area := math.Pi / 4 * d * d
	out := inlet
	for range 60 {
		mean := 2.0 / 3 * (inlet + out - inlet*out/(inlet+out))
		z, _ := net.Gas.Z.At(mean)
		x := inlet*inlet - f*p.LengthKm*1000/d*z*518.28*288.15*math.Pow(q/area, 2)/1e10
		if x <= 0 {
			return -1
		}
		out = math.Sqrt(x)
	}
	return out
}

// Relaxing a bound never lowers a capacity.
func TestCapacityIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := line(rapid.IntRange(1, 4).Draw(t, "sections"), rapid.Float64Range(0.5, 20).Draw(t, "power"), rapid.Float64Range(55, 100).Draw(t, "outlet"), rapid.Float64Range(20, 50).Draw(t, "delivery"))
		for i := range net.Nodes {
			net.Nodes[i].HeightM = rapid.Float64Range(0, 1000).Draw(t, "height")
		}
		end := len(net.Nodes) - 1
		of := func() float64 {
			c, err := pipeflow.Capacity(context.Background(), net, []pipeflow.Take{{Node: end, Share: 1}}, pipeflow.CapacityOptions{})
			var none *pipeflow.NoThroughputError
			if errors.As(err, &none) {
				return 0
			}
			if err != nil {
				t.Fatal(err)
			}
			if broken := pipeflow.Shortfalls(c.Network, c.State); len(broken) > 0 {
				t.Fatalf("the answer breaks %v", broken)
			}
			return c.KgPerS
		}
		before := of()
		by := rapid.Float64Range(1.001, 1.3).Draw(t, "by")
		switch rapid.IntRange(0, 3).Draw(t, "which") {
		case 0:
			for i := range net.Stations {
				net.Stations[i].MaxPowerMW *= by
			}
		case 1:
			for i := range net.Stations {
				net.Stations[i].MaxOutletBar *= by
			}
		case 2:
			net.Nodes[end].MinBar /= by
		case 3:
			net.Pipes[0].DiameterMm *= by
		}
		if after := of(); after < before*(1-1e-6) {
			t.Fatalf("a bound was relaxed and the capacity fell from %g to %g", before, after)
		}
	})
}

// An oil line over a pass: the pump may not give what its power allows, as the valley behind
// the pass would bear too much.
func TestSetPointIsLoweredForAValley(t *testing.T) {
	oil := &pipeflow.Liquid{DensityKgPerM3: 850, ViscosityPaS: 0.01, VapourBar: 0.5}
	net := &pipeflow.Network{Liquid: oil, Friction: pipeflow.ColebrookWhite,
		Nodes: []pipeflow.Node{{ID: "tank", FixedBar: 5}, {ID: "out"}, {ID: "valley", HeightM: -300, MaxBar: 60}, {ID: "end", HeightM: 0, MinBar: 5}},
		Pipes: []pipeflow.Pipe{
			{ID: "p1", From: 1, To: 2, LengthKm: 5, DiameterMm: 500, RoughnessMm: 0.05},
			{ID: "p2", From: 2, To: 3, LengthKm: 50, DiameterMm: 500, RoughnessMm: 0.05}},
		Stations: []pipeflow.Station{{ID: "k", From: 0, To: 1, Control: pipeflow.AtLimit, MaxPowerMW: 10, MaxOutletBar: 100}}}
	c := capacity(t, net, 3, false)
	check.Close(t, "valley", c.State.PressureBar[2], 60, 0, 1e-6)
	if c.State.Stations[0].OutletBar > 45 {
		t.Errorf("outlet %g bar", c.State.Stations[0].OutletBar)
	}
	check.Close(t, "end", c.State.PressureBar[3], 5, 0, 1e-4)
}

func TestNoThroughputIsExplained(t *testing.T) {
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes[1].SupplyKgPerS, net.Nodes[1].MinBar = 0, 80
	_, err := pipeflow.Capacity(context.Background(), net, []pipeflow.Take{{Node: 1, Share: 1}}, pipeflow.CapacityOptions{})
	var none *pipeflow.NoThroughputError
	if !errors.As(err, &none) || none.Shortfalls[0].Element != "node b" {
		t.Fatalf("got %v", err)
	}
}
