package gaslib

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

// folder gives a folder of published pipelines.
func folder(t *testing.T, name string) string {
	t.Helper()
	return check.Shared(t, "reference", "pipelines", name)
}

// GasLib's networks as they are published, with the counts of their XML.
func TestReferenceGasLib(t *testing.T) {
	root := folder(t, "gaslib")
	for _, c := range []struct {
		name                                                         string
		nodes, pipes, valves, resistors, regulators, stations, power int
		carried                                                      *Reference // nil: with what is chosen by itself
	}{
		{"GasLib-11", 11, 8, 1, 0, 0, 2, 2, nil},
		{"GasLib-24", 24, 19, 1, 1, 1, 3, 3, nil},
		// With all stations in bypass the mean pressure of the bounds is too little for these.
		{"GasLib-40", 40, 39, 0, 0, 0, 6, 6, &Reference{"source_1", 81.01325}},
		{"GasLib-135", 135, 141, 0, 0, 0, 29, 29, &Reference{"source_1", 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := Open(filepath.Join(root, c.name+".zip"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			powered := 0
			for _, s := range n.Stations {
				if s.MaxPowerMW > 0 && s.Units > 0 {
					powered++
				}
			}
			got := []int{len(n.Nodes), len(n.Pipes), len(n.Valves), len(n.Resistors), len(n.Regulators), len(n.Stations), powered}
			want := []int{c.nodes, c.pipes, c.valves, c.resistors, c.regulators, c.stations, c.power}
			if !slices.Equal(got, want) {
				t.Errorf("nodes, pipes, valves, resistors, regulators, stations and those with power: %v, expected %v", got, want)
			}
			for _, w := range n.Warnings {
				t.Log(w)
			}
			t.Logf("norm density %.4g, R %.5g, T %.2f K, kappa %.3f, power of the first station %.3g MW", n.NormDensityKgPerM3, n.Gas.ConstantJPerKgK, n.Gas.TemperatureK, n.Gas.HeatCapacityRatio, n.Stations[0].MaxPowerMW)
			solve := func(n *Network) (*pipeflow.Result, error) {
				solver, err := pipeflow.NewSolver(n.Network)
				if err != nil {
					t.Fatal(err)
				}
				return solver.Solve(context.Background(), pipeflow.Options{})
			}
			r, err := solve(n)
			if c.carried != nil {
				var infeasible *pipeflow.InfeasibleError
				if !errors.As(err, &infeasible) {
					t.Errorf("pressures below zero were expected with what is chosen by itself: %v", err)
				}
				if n, err = Open(filepath.Join(root, c.name+".zip"), Options{References: []Reference{*c.carried}}); err != nil {
					t.Fatal(err)
				}
				r, err = solve(n)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d iterations, %d bounds broken, pressures %.4g to %.4g bar", r.Iterations, len(pipeflow.Shortfalls(n.Network, r)), slices.Min(r.PressureBar), slices.Max(r.PressureBar))
		})
	}
}

// record is an object of the published networks, of which keys differ from one to the next.
type record map[string]any

// number reads the first of several keys that is there.
func (r record) number(t *testing.T, keys ...string) float64 {
	t.Helper()
	for _, k := range keys {
		if v, ok := r[k].(float64); ok {
			return v
		}
	}
	t.Fatalf("none of %v in %v", keys, r)
	return 0
}

func (r record) id(t *testing.T, keys ...string) string { return fmt.Sprint(int(r.number(t, keys...))) }

func load(t *testing.T, into any, parts ...string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// published is a solution of GasSteadySim.jl (Srinivasan, Sundar, Gyrya and Zlotnik 2023,
// doi:10.1109/TCNS.2022.3232524), Pa and kg/s, by id.
type published struct {
	Pressure   map[string]float64 `json:"nodal_pressure"`
	Pipe       map[string]float64 `json:"pipe_flow"`
	Compressor map[string]float64 `json:"compressor_flow"`
}

// Constants of the published data: R in J/(mol K) over molar mass 0.02896 G, and of the rules of
// the California Natural Gas Association.
const (
	steadyR   = 8.314
	steadyAir = 0.02896
	psiPa     = 6894.75729
	airPa     = 101350.0
)

// secondLaw gives b1 and b2 (per Pa) of 1/Z = b1 + b2 p.
func secondLaw(law string, gravity, temperatureK float64) (b1, b2 float64) {
	switch law {
	case "simple_cnga":
		return 1.00300865, 2.96848838e-8
	case "full_cnga":
		a := 344400 * math.Pow(10, 1.785*gravity) / math.Pow(1.8*temperatureK, 3.825)
		return 1 + a*airPa/psiPa, a / psiPa
	}
	return 1, 0
}

// steady reads one of the published networks under a law of the gas. Its compressors keep their
// ratio whatever the direction of flow.
func steady(t *testing.T, root, law string) (net *pipeflow.Network, node map[string]int) {
	var parts map[string]map[string]record
	load(t, &parts, root, "network.json")
	var bc struct {
		Slack map[string]float64 `json:"boundary_pslack"`
		Flow  map[string]float64 `json:"boundary_nonslack_flow"`
		Ratio map[string]struct {
			Kind  int     `json:"control_type"`
			Value float64 `json:"value"`
		} `json:"boundary_compressor"`
	}
	load(t, &bc, root, "bc.json")
	var p struct {
		Params map[string]float64 `json:"params"`
	}
	load(t, &p, root, "params.json")
	temperature, gravity := p.Params["Temperature (K):"], p.Params["Gas specific gravity (G):"]
	b1, b2 := secondLaw(law, gravity, temperature)
	net = &pipeflow.Network{Name: root, Gas: &pipeflow.Gas{ConstantJPerKgK: steadyR / (steadyAir * gravity), TemperatureK: temperature, ViscosityPaS: 1.1e-5,
		Z: pipeflow.ZFunc(func(bar float64) (z, perBar float64) {
			z = 1 / (b1 + b2*1e5*bar)
			return z, -z * z * b2 * 1e5
		})}}
	node = map[string]int{}
	ids := func(list map[string]record) []string {
		var out []string
		for id := range list {
			out = append(out, id)
		}
		slices.Sort(out)
		return out
	}
	for _, id := range ids(parts["nodes"]) {
		node[id] = len(net.Nodes)
		net.Nodes = append(net.Nodes, pipeflow.Node{ID: id, FixedBar: bc.Slack[id] / 1e5, SupplyKgPerS: -bc.Flow[id]})
	}
	ends := func(r record) (int, int) {
		from, ok := node[r.id(t, "fr_node", "from_node")]
		to, good := node[r.id(t, "to_node")]
		if !ok || !good {
			t.Fatalf("ends of %v", r)
		}
		return from, to
	}
	for _, id := range ids(parts["pipes"]) {
		r := parts["pipes"][id]
		from, to := ends(r)
		net.Pipes = append(net.Pipes, pipeflow.Pipe{ID: id, From: from, To: to, LengthKm: r.number(t, "length") / 1000, DiameterMm: r.number(t, "diameter") * 1000, FrictionFactor: r.number(t, "friction_factor")})
	}
	for _, id := range ids(parts["compressors"]) {
		from, to := ends(parts["compressors"][id])
		c, ok := bc.Ratio[id]
		if !ok || c.Kind != 0 {
			t.Fatalf("compressor %s: a given ratio was expected", id)
		}
		net.Stations = append(net.Stations, pipeflow.Station{ID: id, From: from, To: to, Control: pipeflow.KeepRatio, Set: c.Value, Always: true})
	}
	for _, kind := range []string{"short_pipes", "valves", "resistors", "control_valves"} {
		for _, id := range ids(parts[kind]) {
			from, to := ends(parts[kind][id])
			net.Valves = append(net.Valves, pipeflow.Valve{ID: kind + id, From: from, To: to})
		}
	}
	if len(parts["loss_resistors"]) > 0 {
		t.Fatal("resistors of a fixed loss were not expected")
	}
	return net, node
}

// The published solutions: pressure to 1e-4, flow to 1e-4 of the largest.
func TestReferenceGasSteadySim(t *testing.T) {
	root := folder(t, "gassteadysim")
	solved := 0
	for _, name := range []string{"8-node", "GasLib-24", "GasLib-40-multiple-slacks", "GasLib-135"} {
		for _, law := range []string{"ideal", "simple_cnga", "full_cnga"} {
			path := filepath.Join(root, name, "exact_sol_"+law+".json")
			if _, err := os.Stat(path); err != nil {
				continue
			}
			solved++
			t.Run(name+"/"+law, func(t *testing.T) {
				var want published
				load(t, &want, path)
				net, node := steady(t, filepath.Join(root, name), law)
				solver, err := pipeflow.NewSolver(net)
				if err != nil {
					t.Fatal(err)
				}
				r, err := solver.Solve(context.Background(), pipeflow.Options{})
				if err != nil {
					t.Fatal(err)
				}
				bar, flow, largest := 0.0, 0.0, 0.0
				for id, pa := range want.Pressure {
					bar = math.Max(bar, math.Abs(r.PressureBar[node[id]]*1e5/pa-1))
				}
				for _, m := range want.Pipe {
					largest = math.Max(largest, math.Abs(m))
				}
				for i, p := range net.Pipes {
					flow = math.Max(flow, math.Abs(r.Pipes[i].KgPerS-want.Pipe[p.ID])/largest)
				}
				for i, s := range net.Stations {
					flow = math.Max(flow, math.Abs(r.Stations[i].KgPerS-want.Compressor[s.ID])/largest)
				}
				t.Logf("%d nodes: pressure %.1e, flow %.1e, %d iterations in %d rounds", len(net.Nodes), bar, flow, r.Iterations, r.Rounds)
				if !(bar <= 1e-4) || !(flow <= 1e-4) {
					t.Errorf("pressure is off by a share of %.2e, flow by %.2e of the largest", bar, flow)
				}
			})
		}
	}
	if solved != 12 {
		t.Errorf("%d solutions, expected 12", solved)
	}
}
