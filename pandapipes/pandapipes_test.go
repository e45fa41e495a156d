package pandapipes

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

const smallFluids = `{
 "gas": {"density_at_273.15K_normal_kg_m3": 0.8, "viscosity_280_Pa_s": 1e-5, "viscosity_290_Pa_s": 1.2e-5,
  "compressibility_K_of_p_abs_bar": {"0": 1, "10": 0.98, "50": 0.9}},
 "bent": {"density_at_273.15K_normal_kg_m3": 0.8, "viscosity_285_Pa_s": 1e-5,
  "compressibility_K_of_p_abs_bar": {"0": 1, "10": 0.9, "50": 0.8}},
 "water": {"density_at_280": 1000, "density_at_290": 998, "viscosity_285_Pa_s": 1e-3}
}`

// One of everything:
//
//	a --p-- b --k-- c --r-- d
const small = `{"expected": {"anything": [1, null]}, "spec": {
 "fluid": "gas", "T": 285, "pn": 16,
 "junctions": [{"id": "a", "height_m": 100}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
 "pipes": [{"id": "p", "from": "a", "to": "b", "length_km": 2, "diameter_m": 0.5, "roughness_mm": 0.1, "sections": 3}],
 "compressors": [{"id": "k", "from": "b", "to": "c", "ratio": 1.5}],
 "pressure_controls": [{"id": "r", "from": "c", "to": "d", "controlled": "d", "p_bar_gauge": 4}],
 "ext_grids": [{"node": "a", "p_bar_gauge": 10}],
 "sinks": [{"node": "d", "mdot": 2}],
 "sources": [{"node": "d", "mdot": 0.5}]}}`

func read(spec string) (*pipeflow.Network, error) {
	return Read(strings.NewReader(spec), strings.NewReader(smallFluids), "c.json")
}

func TestSmall(t *testing.T) {
	n, err := read(small)
	if err != nil {
		t.Fatal(err)
	}
	check.Close(t, "gas constant", n.Gas.ConstantJPerKgK, 101325/(0.8*273.15), 1e-9, 0)
	check.Close(t, "viscosity", n.Gas.ViscosityPaS, 1.1e-5, 1e-20, 0)
	z, slope := n.Gas.Z.At(30)
	check.Close(t, "Z", z, 0.94, 1e-12, 0)
	check.Close(t, "dZ/dp", slope, -0.002, 1e-12, 0)
	if z, slope := n.Gas.Z.At(600); z != leastZ || slope != 0 {
		t.Errorf("Z at 600 bar %g, %g", z, slope)
	}
	check.Close(t, "pressure of a", n.Nodes[0].FixedBar, 11.01325, 1e-12, 0)
	check.Close(t, "supply of d", n.Nodes[3].SupplyKgPerS, -1.5, 1e-12, 0)
	if n.Nodes[0].HeightM != 0 { // of gases heights are not taken over
		t.Errorf("height %g", n.Nodes[0].HeightM)
	}
	if p := n.Pipes[0]; p.LengthKm != 2 || p.DiameterMm != 500 || p.RoughnessMm != 0.1 {
		t.Errorf("pipe %+v", p)
	}
	if s := n.Stations[0]; s.Control != pipeflow.KeepRatio || s.Set != 1.5 {
		t.Errorf("station %+v", s)
	}
	r := n.Regulators[0]
	check.Close(t, "set pressure", r.SetBar, 5.01325, 1e-12, 0)
	if r.Kind != pipeflow.Reducing || !r.Always {
		t.Errorf("regulator %+v", r)
	}
	// A table that is no straight line.
	if n, err = read(strings.Replace(small, `"gas"`, `"bent"`, 1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ bar, z, slope float64 }{{5, 0.95, -0.01}, {30, 0.85, -0.0025}, {90, 0.7, -0.0025}} {
		z, slope := n.Gas.Z.At(c.bar)
		check.Close(t, "Z", z, c.z, 1e-12, 0)
		check.Close(t, "dZ/dp", slope, c.slope, 1e-12, 0)
	}
	// A liquid, with heights and the air above them.
	liquid := strings.Replace(strings.Replace(small, `"gas"`, `"water"`, 1), `"controlled": "d"`, `"controlled": "c"`, 1)
	if n, err = read(liquid); err != nil {
		t.Fatal(err)
	}
	check.Close(t, "density", n.Liquid.DensityKgPerM3, 999, 1e-9, 0)
	check.Close(t, "height of a", n.Nodes[0].HeightM, 100, 0, 0)
	check.Close(t, "air at a", AirBar(100), 1.01325*math.Pow(1-0.65/288.15, 5.255), 1e-15, 0)
	check.Close(t, "pressure of a", n.Nodes[0].FixedBar, 10+AirBar(100), 1e-12, 0)
	if n.Regulators[0].Kind != pipeflow.Sustaining {
		t.Errorf("regulator %+v", n.Regulators[0])
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"unknown key", `"sections": 3`, `"segments": 3`, `c.json:4: spec.pipes[0].segments: the key is not known`},
		{"unknown list", `"sources"`, `"wells"`, `c.json:9: spec.wells: the key is not known`},
		{"fluid", `"gas"`, `"beer"`, `c.json:2: spec.fluid: one of the fluids of fluids.json was expected: gas, bent, water (got "beer")`},
		{"temperature", `"T": 285`, `"T": 300`, `fluids.json:2: gas.viscosity_300_Pa_s: a value at the temperature of the case, 300 K`},
		{"length", `"length_km": 2`, `"length_km": 0`, `c.json:4: spec.pipes[0].length_km: more than 0 was expected (got "0")`},
		{"number", `"length_km": 2`, `"length_km": "2"`, `c.json:4: spec.pipes[0].length_km: a number was expected, not a text (got "2")`},
		{"huge", `"length_km": 2`, `"length_km": 1e999`, `a finite number was expected`},
		{"missing", `"length_km": 2, `, ``, `c.json:4: spec.pipes[0].length_km: the key is required`},
		{"node", `"to": "b", "length`, `"to": "z", "length`, `c.json:4: spec.pipes[0].to: the id of a junction was expected (got "z")`},
		{"loop", `"to": "b", "length`, `"to": "a", "length`, `another junction than from was expected`},
		{"twice", `{"id": "c"}`, `{"id": "b"}`, `spec.junctions[2].id: each junction was expected once (got "b")`},
		{"ratio", `"ratio": 1.5`, `"ratio": 0.5`, `spec.compressors[0].ratio: at least 1 was expected`},
		{"controlled", `"controlled": "d"`, `"controlled": "a"`, `one of the ends of the control was expected (got "a")`},
		{"vacuum", `"p_bar_gauge": 10`, `"p_bar_gauge": -2`, `spec.ext_grids[0].p_bar_gauge: more than -1.01325 was expected`},
		{"two pressures", `"ext_grids": [`, `"ext_grids": [{"node": "a", "p_bar_gauge": 9}, `, `one pressure for each junction was expected`},
		{"list", `"sinks": [{"node": "d", "mdot": 2}]`, `"sinks": 3`, `c.json:8: spec.sinks: a list was expected, not a number (got "3")`},
		{"syntax", `"T": 285`, `"T": 285 x`, `c.json:2: JSON was expected: invalid character 'x'`},
		{"no spec", `"spec"`, `"specs"`, `c.json:1: spec: the key is required`},
		{"same key", `"pn": 16`, `"T": 16`, `c.json:2: T: the key stands twice in one object`},
		{"truncated", `"sources": [{"node": "d", "mdot": 0.5}]}}`, `"sources": [`, `c.json:9: the file ends before its object is closed`},
		{"trailing", `0.5}]}}`, `0.5}]}} x`, `the file was expected to end after its object`},
		{"deep", `{"id": "c"}`, strings.Repeat("[", 100), `at most 64 objects and lists`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(small, c.old) {
				t.Fatalf("%q is not in the case", c.old)
			}
			_, err := read(strings.Replace(small, c.old, c.with, 1))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, expected %s", err, c.want)
			}
		})
	}
	for _, c := range []struct{ fluids, want string }{
		{`{"gas": {"density_at_273.15K_normal_kg_m3": 0, "viscosity_285_Pa_s": 1e-5, "compressibility_K_of_p_abs_bar": {"0": 1, "9": 1}}}`, `a number above 0 was expected`},
		{`{"gas": {"density_at_273.15K_normal_kg_m3": 1, "viscosity_285_Pa_s": 1e-5, "compressibility_K_of_p_abs_bar": {"0": 1}}}`, `at least two pressures were expected`},
		{`{"gas": {"density_at_280": 1, "viscosity_285_Pa_s": 1e-5, "compressibility_K_of_p_abs_bar": {"0": 1, "9": 1}}}`, `the density at 273.15 K is required of a gas`},
		{`{"gas": {"viscosity_x_Pa_s": 1e-5, "compressibility_K_of_p_abs_bar": 3}}`, `a temperature in K was expected in the key`},
		{`[]`, `an object was expected`},
		{``, `the file ends before its object is closed`},
	} {
		if _, err := Read(strings.NewReader(small), strings.NewReader(c.fluids), "c.json"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, expected %s", c.fluids, err, c.want)
		}
	}
	// All at once.
	bad := strings.NewReplacer(`"ratio": 1.5`, `"ratio": 0`, `"length_km": 2`, `"length_km": -2`, `"mdot": 2`, `"mdot": "2"`).Replace(small)
	var faults fault.Faults
	if _, err := read(bad); !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("three faults were expected: %v", err)
	}
}

// Whatever the files hold, reading ends without a panic, and no number that is none comes in.
func FuzzRead(f *testing.F) {
	f.Add(small, smallFluids)
	f.Add(strings.Replace(small, `"gas"`, `"water"`, 1), smallFluids)
	f.Add(strings.Replace(small, `"gas"`, `"bent"`, 1), smallFluids)
	f.Add(small[:200], smallFluids[:50])
	f.Add(`{"spec": {"ext_grids": [{"node": "a"}]}}`, `{}`)
	f.Fuzz(func(t *testing.T, spec, fluids string) {
		n, err := Read(strings.NewReader(spec), strings.NewReader(fluids), "fuzz.json")
		if err != nil {
			return
		}
		var values []float64
		switch {
		case n.Gas != nil:
			z, slope := n.Gas.Z.At(50)
			values = append(values, n.Gas.ConstantJPerKgK, n.Gas.TemperatureK, n.Gas.ViscosityPaS, z, slope)
		case n.Liquid != nil:
			values = append(values, n.Liquid.DensityKgPerM3, n.Liquid.ViscosityPaS)
		default:
			t.Fatal("no fluid")
		}
		for _, v := range n.Nodes {
			values = append(values, v.HeightM, v.FixedBar, v.SupplyKgPerS)
		}
		for _, v := range n.Pipes {
			values = append(values, v.LengthKm, v.DiameterMm, v.RoughnessMm)
		}
		for _, v := range n.Stations {
			values = append(values, v.Set)
		}
		for _, v := range n.Regulators {
			values = append(values, v.SetBar)
		}
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%g in the network", v)
			}
		}
		_ = pipeflow.Check(n)
	})
}
