package pipeflow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

// methane is an ideal gas with methane's constant, near 1.1e-5 Pa s.
func methane() *pipeflow.Gas {
	return &pipeflow.Gas{ConstantJPerKgK: 518.28, TemperatureK: 288.15, ViscosityPaS: 1.08e-5, Z: pipeflow.Ideal}
}

func water() *pipeflow.Liquid {
	return &pipeflow.Liquid{DensityKgPerM3: 998, ViscosityPaS: 1e-3, VapourBar: 0.023}
}

func solve(t testing.TB, net *pipeflow.Network) *pipeflow.Result {
	t.Helper()
	s, err := pipeflow.NewSolver(net)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Solve(context.Background(), pipeflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// onePipe takes 100 kg/s through 100 km of 900 mm from 70 bar.
func onePipe(f pipeflow.Friction) *pipeflow.Network {
	return &pipeflow.Network{Gas: methane(), Friction: f,
		Nodes: []pipeflow.Node{{ID: "a", FixedBar: 70}, {ID: "b", SupplyKgPerS: -100}},
		Pipes: []pipeflow.Pipe{{ID: "p", From: 0, To: 1, LengthKm: 100, DiameterMm: 900, RoughnessMm: 0.02}}}
}

// Each law's factor is written out once more here, at the Reynolds number of the case.
func TestSinglePipeOfEachLaw(t *testing.T) {
	const d, k, m, length = 0.9, 0.02e-3, 100.0, 100e3
	re := 4 * m / (math.Pi * d * 1.08e-5)
	mm := d * 1000
	g := 287.076 / 518.28
	perDay := 518.28 * 519.67 / 1.8 / (14.7 * 6894.757293168361) * 86400 * m
	base := 519.67 / 1.8 / (14.7 * 6.894757293168361)
	// 77.54 in US units: cubic feet a day, psi, °R, miles, inches.
	const us = 77.54 * 0.028316846592 * 1.8 * 6.894757293168361 / 6.894757293168361
	bisect := func(f func(x float64) float64) float64 {
		lo, hi := 1e-4, 1.0
		for range 200 {
			if mid := (lo + hi) / 2; f(mid) > 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		return lo
	}
	smooth := bisect(func(f float64) float64 { return 1/math.Sqrt(f) - 2*math.Log10(re*math.Sqrt(f)/2.51) })
	// The factor that the general flow equation needs for the drop of a formula.
	general := func(drop float64) float64 {
		return math.Pow(us*math.Sqrt(1.609344/1.8)/math.Pow(25.4, 2.5)*base, 2) * math.Pow(mm, 5) * drop / (g * perDay * perDay)
	}
	want := map[pipeflow.Friction]float64{
		pipeflow.ColebrookWhite: bisect(func(f float64) float64 {
			return 1/math.Sqrt(f) + 2*math.Log10(2.51/(re*math.Sqrt(f))+k/(3.71*d))
		}),
		pipeflow.Colebrook1939: bisect(func(f float64) float64 {
			return 1/math.Sqrt(f) + 2*math.Log10(2.51/(re*math.Sqrt(f))+k/(3.7*d))
		}),
		pipeflow.SwameeJain:      0.25 / math.Pow(math.Log10(k/(3.7*d)+5.74/math.Pow(re, 0.9)), 2),
		pipeflow.Haaland:         math.Pow(-1.8*math.Log10(math.Pow(k/(3.7*d), 1.11)+6.9/re), -2),
		pipeflow.Nikuradse:       64/re + math.Pow(2*math.Log10(d/k)+1.14, -2),
		pipeflow.RoughTurbulent:  math.Pow(2*math.Log10(3.71*d/k), -2),
		pipeflow.SmoothTurbulent: smooth,
		pipeflow.Hofer:           math.Pow(-2*math.Log10(4.518/re*math.Log10(re/7)+k/(3.71*d)), -2),
		pipeflow.AGA:             math.Max(math.Pow(2*math.Log10(3.7*d/k), -2), 4/math.Pow(4*0.96*math.Log10(re/(1.4126*2/math.Sqrt(smooth))), 2)),
		pipeflow.Weymouth:        general(g * math.Pow(perDay/(3.7435e-3*base*math.Pow(mm, 2.667)), 2)),
		pipeflow.PanhandleA:      general(math.Pow(g, 0.8539) * math.Pow(perDay/(4.5965e-3*math.Pow(base, 1.0788)*math.Pow(mm, 2.6182)), 1/0.5394)),
		pipeflow.PanhandleB:      general(math.Pow(g, 0.961) * math.Pow(perDay/(1.002e-2*math.Pow(base, 1.02)*math.Pow(mm, 2.53)), 1/0.51)),
	}
	if len(want) != len(pipeflow.Frictions) {
		t.Fatalf("%d laws have a case, of %d", len(want), len(pipeflow.Frictions))
	}
	for law, f := range want {
		t.Run(string(law), func(t *testing.T) {
			r := solve(t, onePipe(law))
			area := math.Pi / 4 * d * d
			drop := f * length / d * 518.28 * 288.15 * math.Pow(m/area, 2) / 1e10
			const tolerance = 1e-12
			check.Close(t, "friction factor", r.Pipes[0].FrictionFactor, f, 0, tolerance)
			check.Close(t, "pressure", r.PressureBar[1], math.Sqrt(70*70-drop), 0, tolerance)
			check.Close(t, "velocity", r.Pipes[0].OutletMPerS, m/area*518.28*288.15/(r.PressureBar[1]*1e5), 0, 1e-12)
		})
	}
}

func TestTwoInSeriesAreOneOfTheirLengths(t *testing.T) {
	one := solve(t, onePipe(pipeflow.ColebrookWhite))
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "c", SupplyKgPerS: -100})
	net.Nodes[1].SupplyKgPerS = 0
	net.Pipes[0].LengthKm = 40
	net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: "q", From: 1, To: 2, LengthKm: 60, DiameterMm: 900, RoughnessMm: 0.02})
	two := solve(t, net)
	check.Close(t, "pressure", two.PressureBar[2], one.PressureBar[1], 0, 1e-12)
}

func TestTwoInParallelShareByDiameter(t *testing.T) {
	net := onePipe(pipeflow.RoughTurbulent)
	net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: "q", From: 0, To: 1, LengthKm: 100, DiameterMm: 600, RoughnessMm: 0.02})
	r := solve(t, net)
	factor := func(d float64) float64 { return math.Pow(2*math.Log10(3.71*d/0.02), -2) }
	// f m²/D^5 is the same in both.
	share := math.Sqrt(factor(600)/factor(900)) * math.Pow(900.0/600, 2.5)
	check.Close(t, "large", r.Pipes[0].KgPerS, 100*share/(1+share), 0, 1e-11)
	check.Close(t, "both", r.Pipes[0].KgPerS+r.Pipes[1].KgPerS, 100, 0, 1e-12)

	// Two alike, side by side, are one pipe with Parallel 2.
	net.Pipes[1].DiameterMm = 900
	twice := solve(t, net)
	net.Pipes = net.Pipes[:1]
	net.Pipes[0].Parallel = 2
	check.Close(t, "parallel", solve(t, net).PressureBar[1], twice.PressureBar[1], 0, 1e-12)
}

//	 b
//	/ \
//
// a   d    a gives, d takes: both ways alike, nothing over the middle
//
//	\ /
//	 c
func TestSymmetricLoop(t *testing.T) {
	for _, liquid := range []bool{false, true} {
		net := &pipeflow.Network{Friction: pipeflow.ColebrookWhite,
			Nodes: []pipeflow.Node{{ID: "a", FixedBar: 40}, {ID: "b"}, {ID: "c"}, {ID: "d", SupplyKgPerS: -60}}}
		if liquid {
			net.Liquid = water()
		} else {
			net.Gas = methane()
		}
		for _, e := range [][2]int{{0, 1}, {2, 0}, {1, 3}, {2, 3}, {1, 2}} {
			net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: fmt.Sprint(e), From: e[0], To: e[1], LengthKm: 20, DiameterMm: 400, RoughnessMm: 0.05})
		}
		r := solve(t, net)
		for i, want := range []float64{30, -30, 30, 30, 0} {
			check.Close(t, net.Pipes[i].ID, r.Pipes[i].KgPerS, want, 1e-4, 1e-9)
		}
		check.Close(t, "pressures", r.PressureBar[1], r.PressureBar[2], 0, 1e-12)
	}
}

func TestCompressorOfKnownPower(t *testing.T) {
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "c", SupplyKgPerS: -100})
	net.Nodes[1].SupplyKgPerS = 0
	net.Stations = []pipeflow.Station{{ID: "k", From: 1, To: 2, Control: pipeflow.KeepPower, Set: 12, Efficiency: 0.84}}
	r := solve(t, net)
	// P = m R T k/(k-1) (r^((k-1)/k) - 1)/efficiency with k = 1.3.
	x := 0.3 / 1.3
	ratio := math.Pow(1+12e6*0.84*x/(100*518.28*288.15), 1/x)
	check.Close(t, "ratio", r.PressureBar[2]/r.PressureBar[1], ratio, 0, 1e-11)
	check.Close(t, "power", r.Stations[0].PowerMW, 12, 0, 1e-10)

	// The same line with the ratio given needs that power.
	net.Stations[0].Control, net.Stations[0].Set = pipeflow.KeepRatio, ratio
	check.Close(t, "power of the ratio", solve(t, net).Stations[0].PowerMW, 12, 0, 1e-10)

	// At its limits the station keeps the one that binds.
	for _, c := range []struct {
		limit pipeflow.Station
		state string
		p     float64
	}{
		{pipeflow.Station{MaxPowerMW: 12, MaxOutletBar: 200, MaxRatio: 9}, "at its greatest power", r.PressureBar[2]},
		{pipeflow.Station{MaxPowerMW: 120, MaxOutletBar: 75, MaxRatio: 9}, "at its greatest outlet pressure", 75},
		{pipeflow.Station{MaxPowerMW: 120, MaxOutletBar: 200, MaxRatio: 1.2}, "at its greatest ratio", 1.2 * r.PressureBar[1]},
	} {
		c.limit.ID, c.limit.From, c.limit.To, c.limit.Control, c.limit.Efficiency = "k", 1, 2, pipeflow.AtLimit, 0.84
		net.Stations[0] = c.limit
		got := solve(t, net)
		check.Close(t, c.state, got.PressureBar[2], c.p, 0, 1e-10)
		if got.Stations[0].State != c.state {
			t.Errorf("state %q, want %q", got.Stations[0].State, c.state)
		}
	}
}

func TestHeightOfGasAndLiquid(t *testing.T) {
	// Without flow a column of gas keeps p exp(-g dh/(R T)), a liquid rho g dh.
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes[1].SupplyKgPerS, net.Nodes[1].HeightM = 0, 2000
	r := solve(t, net)
	check.Close(t, "gas", r.PressureBar[1], 70*math.Exp(-9.80665*2000/(518.28*288.15)), 0, 1e-9)
	net.Gas, net.Liquid = nil, water()
	net.Nodes[1].HeightM = 200
	r = solve(t, net)
	check.Close(t, "liquid", r.PressureBar[1], 70-998*9.80665*200/1e5, 0, 1e-9)
}

func TestRegulators(t *testing.T) {
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "c", SupplyKgPerS: -100})
	net.Nodes[1].SupplyKgPerS = 0
	at := func(r pipeflow.Regulator) *pipeflow.Result {
		r.ID, r.From, r.To = "r", 1, 2
		net.Regulators = []pipeflow.Regulator{r}
		return solve(t, net)
	}
	before := solve(t, onePipe(pipeflow.ColebrookWhite)).PressureBar[1]
	r := at(pipeflow.Regulator{Kind: pipeflow.Reducing, SetBar: 40})
	check.Close(t, "reduced", r.PressureBar[2], 40, 0, 1e-12)
	r = at(pipeflow.Regulator{Kind: pipeflow.Reducing, SetBar: 69})
	check.Close(t, "open", r.PressureBar[2], before, 1e-7, 0)
	if r.Regulators[0].State != "open" {
		t.Errorf("state %q, want open", r.Regulators[0].State)
	}
	// One that would have to pass flow back shuts.
	net.Nodes[2] = pipeflow.Node{ID: "c", FixedBar: 75}
	net.Nodes[1].SupplyKgPerS = -100
	r = at(pipeflow.Regulator{Kind: pipeflow.Reducing, SetBar: 80})
	if r.Regulators[0].State != "shut" || r.Regulators[0].KgPerS != 0 {
		t.Errorf("%+v, want shut", r.Regulators[0])
	}
}

// Heights count in every element of a liquid: a pump that lifts to its outlet works for it, and
// regulators compare pressures at one height.
func TestHeightsOfPumpsAndRegulators(t *testing.T) {
	l := water()
	up := l.DensityKgPerM3 * 9.80665 * 50 / 1e5 // bar
	net := &pipeflow.Network{Liquid: l, Friction: pipeflow.ColebrookWhite,
		Nodes:    []pipeflow.Node{{ID: "a", FixedBar: 5}, {ID: "b", HeightM: 50, SupplyKgPerS: -100}},
		Stations: []pipeflow.Station{{ID: "k", From: 0, To: 1, Control: pipeflow.KeepPower, Set: 0.1, Efficiency: 0.8}}}
	r := solve(t, net)
	check.Close(t, "outlet", r.PressureBar[1], 5-up+0.1e6*0.8*l.DensityKgPerM3/100/1e5, 0, 1e-10)
	check.Close(t, "power", r.Stations[0].PowerMW, 0.1, 0, 1e-10)

	// 50 m down a pressure of 5 bar becomes 9.9: kept at 8, open for 12.
	net.Stations, net.Nodes[1].HeightM = nil, -50
	for set, want := range map[float64]float64{8: 8, 12: 5 + up} {
		net.Regulators = []pipeflow.Regulator{{ID: "r", From: 0, To: 1, Kind: pipeflow.Reducing, SetBar: set}}
		check.Close(t, "reduced", solve(t, net).PressureBar[1], want, 1e-6, 0)
	}
}

func TestPumpOnItsCurve(t *testing.T) {
	curve, err := pipeflow.PowerCurve(100, 0.1, 90, 0.2, 60)
	if err != nil {
		t.Fatal(err)
	}
	net := &pipeflow.Network{Liquid: water(), Friction: pipeflow.ColebrookWhite,
		Nodes:    []pipeflow.Node{{ID: "a", FixedBar: 1.01325}, {ID: "b"}, {ID: "c", SupplyKgPerS: -0.1 * 998}},
		Pipes:    []pipeflow.Pipe{{ID: "p", From: 1, To: 2, LengthKm: 1, DiameterMm: 500, RoughnessMm: 0.1}},
		Stations: []pipeflow.Station{{ID: "k", From: 0, To: 1, Control: pipeflow.OnCurve, Curve: curve}}}
	r := solve(t, net)
	check.Close(t, "head", net.HeadM(r, 1)-net.HeadM(r, 0), 90, 0, 1e-10)
	// Two units of one station, or two pumps alike side by side, take half each.
	net.Stations[0].Units = 2
	check.Close(t, "two units", net.HeadM(solve(t, net), 1), 100-10*math.Pow(0.5, curve.Exponent), 0, 1e-9)
	net.Stations[0].Units = 0
	net.Stations = append(net.Stations, net.Stations[0])
	net.Stations[1].ID = "k2"
	r = solve(t, net)
	check.Close(t, "half", r.Stations[0].KgPerS, 0.05*998, 0, 1e-9)
}

func TestFaultsAreToldTogether(t *testing.T) {
	net := &pipeflow.Network{Gas: &pipeflow.Gas{ConstantJPerKgK: 518, TemperatureK: math.NaN(), ViscosityPaS: 1e-5, Z: pipeflow.Ideal},
		Nodes: []pipeflow.Node{{ID: "a", FixedBar: 70, MinBar: 60, MaxBar: 50}, {ID: "b"}, {ID: "b"}},
		Pipes: []pipeflow.Pipe{{ID: "p", From: 0, To: 1, LengthKm: 1, DiameterMm: 0.9}, {ID: "q", From: 1, To: 7, LengthKm: -1, DiameterMm: 900}}}
	_, err := pipeflow.NewSolver(net)
	for _, want := range []string{"temperature_k", "contradict one another by 10 bar", "stands twice", "as metres it would be 900 mm", "pipe q: nodes", "length_km = -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in: %v", want, err)
		}
	}
}

func TestLooseNodesAndRingsAreNamed(t *testing.T) {
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "lost", SupplyKgPerS: -1}, pipeflow.Node{ID: "far"})
	net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: "q", From: 2, To: 3, LengthKm: 1, DiameterMm: 100, RoughnessMm: 0.1})
	if _, err := pipeflow.NewSolver(net); err == nil || !strings.Contains(err.Error(), "nodes lost, far: a path of open elements") {
		t.Errorf("loose nodes: %v", err)
	}
	net = onePipe(pipeflow.ColebrookWhite)
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: "c"})
	net.Stations = []pipeflow.Station{{ID: "k1", From: 1, To: 2, Control: pipeflow.KeepRatio, Set: 1.2}, {ID: "k2", From: 2, To: 1, Control: pipeflow.KeepRatio, Set: 1.2}}
	if _, err := pipeflow.NewSolver(net); err == nil || !strings.Contains(err.Error(), "ring of station k1, station k2") {
		t.Errorf("ring: %v", err)
	}
}

func TestTooMuchFlowIsExplained(t *testing.T) {
	net := onePipe(pipeflow.ColebrookWhite)
	net.Nodes[1].SupplyKgPerS = -2000
	s, err := pipeflow.NewSolver(net)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Solve(context.Background(), pipeflow.Options{})
	var infeasible *pipeflow.InfeasibleError
	if !errors.As(err, &infeasible) || infeasible.Shortfalls[0].Element != "node b" || infeasible.Shortfalls[0].Value >= 0 {
		t.Fatalf("got %v", err)
	}
}

// drawNetwork draws a connected network with loops, of gas or of a liquid.
func drawNetwork(t *rapid.T) *pipeflow.Network {
	n := rapid.IntRange(2, 15).Draw(t, "nodes")
	net := &pipeflow.Network{Friction: rapid.SampledFrom(pipeflow.Frictions[:6]).Draw(t, "friction")}
	if rapid.Bool().Draw(t, "liquid") {
		net.Liquid = water()
	} else {
		net.Gas = methane()
		net.Gas.Z = pipeflow.ZFunc(func(p float64) (float64, float64) { return 1 - 0.002*math.Min(p, 200), -0.002 })
	}
	for i := range n {
		net.Nodes = append(net.Nodes, pipeflow.Node{ID: fmt.Sprint(i), HeightM: rapid.Float64Range(0, 100).Draw(t, "height"), SupplyKgPerS: -rapid.Float64Range(0, 5).Draw(t, "taken")})
	}
	net.Nodes[0].FixedBar = 80
	pipe := func(from, to int) {
		net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: fmt.Sprint(len(net.Pipes)), From: from, To: to, LengthKm: rapid.Float64Range(0.1, 30).Draw(t, "km"),
			DiameterMm: rapid.Float64Range(300, 1200).Draw(t, "mm"), RoughnessMm: rapid.Float64Range(0.01, 0.5).Draw(t, "roughness")})
	}
	for i := 1; i < n; i++ {
		pipe(rapid.IntRange(0, i-1).Draw(t, "to"), i)
	}
	for range rapid.IntRange(0, n).Draw(t, "loops") {
		if a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b"); a != b {
			pipe(a, b)
		}
	}
	return net
}

func TestLawsOfNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := drawNetwork(t)
		s, err := pipeflow.NewSolver(net)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Solve(context.Background(), pipeflow.Options{})
		var infeasible *pipeflow.InfeasibleError
		if errors.As(err, &infeasible) {
			t.Skip("more than can be carried")
		} else if err != nil {
			t.Fatal(err)
		}
		// Mass is kept at every node, the source included.
		balance := make([]float64, len(net.Nodes))
		copy(balance, r.SupplyKgPerS)
		sum := 0.0
		for i, p := range net.Pipes {
			balance[p.From] -= r.Pipes[i].KgPerS
			balance[p.To] += r.Pipes[i].KgPerS
		}
		for i, b := range balance {
			sum += r.SupplyKgPerS[i]
			if math.Abs(b) > 1e-9 {
				t.Fatalf("node %d is out of balance by %g kg/s", i, b)
			}
		}
		if math.Abs(sum) > 1e-9 {
			t.Fatalf("the network is out of balance by %g kg/s", sum)
		}
		// What each pipe takes off by its flow and factor is the difference of its ends, so round
		// any loop drops sum to nothing.
		for i := range net.Pipes {
			p, f := &net.Pipes[i], &r.Pipes[i]
			d := p.DiameterMm / 1000
			area := math.Pi / 4 * d * d
			pi, pj := r.PressureBar[p.From], r.PressureBar[p.To]
			rise := net.Nodes[p.To].HeightM - net.Nodes[p.From].HeightM
			lost := f.FrictionFactor * p.LengthKm * 1000 / d * f.KgPerS * math.Abs(f.KgPerS) / (area * area)
			left := 0.0
			if l := net.Liquid; l != nil {
				left = pi - pj - l.DensityKgPerM3*9.80665*rise/1e5 - lost/(2*l.DensityKgPerM3)/1e5
			} else {
				z, _ := net.Gas.Z.At(2.0 / 3 * (pi + pj - pi*pj/(pi+pj)))
				state := z * net.Gas.ConstantJPerKgK * net.Gas.TemperatureK
				exponent := 2 * 9.80665 * rise / state
				phi := 1.0
				if exponent != 0 {
					phi = math.Expm1(exponent) / exponent
				}
				left = (pi*pi - math.Exp(exponent)*pj*pj - lost*state*phi/1e10) / (pi + pj)
			}
			if math.Abs(left) > 1e-8 {
				t.Fatalf("pipe %d: %g bar are not accounted for; flow %g, residual %g, %d iterations", i, left, f.KgPerS, r.Residual, r.Iterations)
			}
		}
		// Turning a pipe round turns its flow round and changes nothing else.
		k := rapid.IntRange(0, len(net.Pipes)-1).Draw(t, "turned")
		turned := *net
		turned.Pipes = append([]pipeflow.Pipe(nil), net.Pipes...)
		turned.Pipes[k].From, turned.Pipes[k].To = turned.Pipes[k].To, turned.Pipes[k].From
		s2, err := pipeflow.NewSolver(&turned)
		if err != nil {
			t.Fatal(err)
		}
		r2, err := s2.Solve(context.Background(), pipeflow.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range net.Nodes {
			if math.Abs(r.PressureBar[i]-r2.PressureBar[i]) > 1e-7*r.PressureBar[i]+1e-7 {
				t.Fatalf("node %d: %g bar, with pipe %d turned %g", i, r.PressureBar[i], k, r2.PressureBar[i])
			}
		}
		// More taken out anywhere lowers no pressure's rival: none rises.
		at := rapid.IntRange(1, len(net.Nodes)-1).Draw(t, "more at")
		if net.Gas != nil {
			net.Nodes[at].SupplyKgPerS -= 1
			r3, err := s.Solve(context.Background(), pipeflow.Options{})
			if errors.As(err, &infeasible) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if r3.PressureBar[at] > r.PressureBar[at]+1e-7 {
				t.Fatalf("node %d: more taken out, and pressure rises from %g to %g", at, r.PressureBar[at], r3.PressureBar[at])
			}
		}
	})
}

func TestScalingOfRoughFlow(t *testing.T) {
	// With a factor that does not depend on flow, flows that double take four times the drop
	// of squared pressure.
	drop := func(m float64) float64 {
		net := onePipe(pipeflow.RoughTurbulent)
		net.Nodes[1].SupplyKgPerS = -m
		p := solve(t, net).PressureBar[1]
		return 70*70 - p*p
	}
	check.Close(t, "drop", drop(200), 4*drop(100), 0, 1e-11)
}

func TestHeatIsExchangedWithTheGround(t *testing.T) {
	net := onePipe(pipeflow.RoughTurbulent)
	net.Gas.HeatCapacityJPerKgK, net.Gas.TemperatureK = 2200, 313.15
	net.Pipes[0].GroundK, net.Pipes[0].HeatWPerM2K = 278.15, 2
	s, err := pipeflow.NewSolver(net)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.SolveWithHeat(t.Context(), pipeflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := 2 * math.Pi * 0.9 * 100e3 / (100 * 2200)
	mean := 278.15 + 35*(1-math.Exp(-a))/a
	check.Close(t, "outlet", r.NodeK[1], 278.15+35*math.Exp(-a), 1e-3, 0)
	check.Close(t, "mean", r.Pipes[0].TemperatureK, mean, 1e-3, 0)
	// The drop of squared pressure goes with the mean temperature.
	warm := solve(t, net)
	drop := func(p float64) float64 { return 4900 - p*p }
	check.Close(t, "drop", drop(r.PressureBar[1])/drop(warm.PressureBar[1]), mean/313.15, 0, 1e-6)

	// Without exchange a gas cools by its throttling alone.
	net.Pipes[0].HeatWPerM2K, net.Gas.JouleThomsonKPerBar = 0, 0.5
	if r, err = s.SolveWithHeat(t.Context(), pipeflow.Options{}); err != nil {
		t.Fatal(err)
	}
	check.Close(t, "throttled", r.NodeK[1], 313.15-0.5*(70-r.PressureBar[1]), 1e-3, 0)
}
