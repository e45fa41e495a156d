package gaslib

import (
	"archive/zip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// One source, one of everything, two sinks:
//
//	a --pipe-- b --short-- c --resistor-- d --control valve-- e --station-- f
const smallNet = `<?xml version="1.0" encoding="UTF-8"?>
<network xmlns="http://gaslib.zib.de/Gas" xmlns:framework="http://gaslib.zib.de/Framework">
 <framework:nodes>
  <source id="a" x="1" y="2"><height value="10" unit="m"/><pressureMin value="20" unit="barg"/><pressureMax value="6" unit="MPa"/>
   <gasTemperature value="10" unit="Celsius"/><normDensity value="0.8" unit="kg_per_m_cube"/><molarMass value="18" unit="kg_per_kmol"/>
   <pseudocriticalPressure value="45" unit="bar"/><pseudocriticalTemperature value="190" unit="K"/></source>
  <innode id="b"/><innode id="c"/><innode id="d"/>
  <sink id="e"/><sink id="f"><pressureMin value="5e5" unit="Pa"/></sink>
 </framework:nodes>
 <framework:connections>
  <pipe id="p" from="a" to="b"><length value="2000" unit="m"/><diameter value="0.5" unit="m"/><roughness value="0.05" unit="mm"/>
   <heatTransferCoefficient value="2" unit="W_per_m_square_per_K"/></pipe>
  <shortPipe id="s" from="b" to="c"/>
  <resistor id="r" from="c" to="d"><pressureLoss value="0.5" unit="bar"/></resistor>
  <controlValve id="v" from="d" to="e"><pressureOutMax value="30" unit="bar"/></controlValve>
  <compressorStation id="k" from="e" to="f"><flowMin value="-10" unit="1000m_cube_per_hour"/><flowMax value="36" unit="1000m_cube_per_hour"/>
   <pressureInMin value="10" unit="bar"/><pressureOutMax value="70" unit="bar"/></compressorStation>
 </framework:connections>
</network>`

const smallScenario = `<boundaryValue xmlns="http://gaslib.zib.de/Gas"><scenario id="one">
 <node type="entry" id="a"><flow bound="both" value="9" unit="1000m_cube_per_hour"/></node>
 <node type="exit" id="e"><flow bound="lower" value="1" unit="m_cube_per_s"/><flow bound="upper" value="1" unit="m_cube_per_s"/></node>
 <node type="exit" id="f"><pressure bound="lower" value="6" unit="bar"/><flow bound="both" value="2" unit="kg_per_s"/></node>
 <pipe id="p"><soilTemperature value="8" unit="Celsius"/></pipe>
</scenario></boundaryValue>`

const smallStations = `<compressorStations><compressorStation id="k">
 <compressors><turboCompressor id="t1" drive="d"><speedMax value="100" unit="per_s"/></turboCompressor></compressors>
 <drives><electricMotor id="d"><power_fun_coeff_1 value="1000"/><power_fun_coeff_2 value="1"/><power_fun_coeff_3 value="0"/></electricMotor></drives>
 <configurations><configuration confId="1"><stage stageNr="1"><compressor id="t1"/></stage></configuration></configurations>
</compressorStation></compressorStations>`

func TestSmall(t *testing.T) {
	n, err := Read(strings.NewReader(smallNet), strings.NewReader(smallScenario), strings.NewReader(smallStations), Options{HeatExchange: true})
	if err != nil {
		t.Fatal(err)
	}
	node := func(id string) pipeflow.Node {
		i, ok := n.Node(id)
		if !ok {
			t.Fatalf("no node %s", id)
		}
		return n.Nodes[i]
	}
	check.Close(t, "least pressure of a", node("a").MinBar, 21.01325, 1e-12, 0)
	check.Close(t, "greatest pressure of a", node("a").MaxBar, 60, 1e-12, 0)
	check.Close(t, "pressure of a", node("a").FixedBar, (21.01325+60)/2, 1e-12, 0)
	check.Close(t, "supply of a", node("a").SupplyKgPerS, 2.5*0.8, 1e-12, 0)
	check.Close(t, "supply of e", node("e").SupplyKgPerS, -0.8, 1e-12, 0)
	check.Close(t, "supply of f", node("f").SupplyKgPerS, -2, 1e-12, 0)
	check.Close(t, "least pressure of f", node("f").MinBar, 6, 1e-12, 0)
	p := n.Pipes[0]
	check.Close(t, "length", p.LengthKm, 2, 1e-12, 0)
	check.Close(t, "diameter", p.DiameterMm, 500, 1e-9, 0)
	check.Close(t, "roughness", p.RoughnessMm, 0.05, 1e-12, 0)
	check.Close(t, "ground", p.GroundK, 281.15, 1e-9, 0)
	check.Close(t, "exchange", p.HeatWPerM2K, 2, 0, 0)
	check.Close(t, "resistor", n.Resistors[0].DropBar, 0.5, 0, 0)
	check.Close(t, "control valve", n.Regulators[0].SetBar, 30, 0, 0)
	k := n.Stations[0]
	if k.Control != pipeflow.Bypass || k.Units != 1 || k.MinKgPerS != 0 || k.MinInletBar != 10 || k.MaxOutletBar != 70 {
		t.Errorf("station %+v", k)
	}
	check.Close(t, "power", k.MaxPowerMW, 7, 1e-12, 0)
	check.Close(t, "greatest flow", k.MaxKgPerS, 8, 1e-12, 0)
	check.Close(t, "gas constant", n.Gas.ConstantJPerKgK, 8314.462618/18, 1e-9, 0)
	if len(n.Warnings) != 2 { // the reference, and 2 kg/s against 2.8
		t.Errorf("warnings %q", n.Warnings)
	}
	// Without heat exchange, with a pressure given by the caller, without a scenario.
	n, err = Read(strings.NewReader(smallNet), nil, nil, Options{References: []Reference{{"f", 25}}})
	if err != nil {
		t.Fatal(err)
	}
	if node("a").FixedBar != 0 || node("f").FixedBar != 25 || n.Pipes[0].HeatWPerM2K != 0 || n.HeatWPerM2K[0] != 2 || len(n.Warnings) != 0 {
		t.Errorf("%+v %+v %v", n.Nodes, n.Pipes[0], n.Warnings)
	}
}

// Papay's derivative is that of its value, and Z at no pressure is 1.
func TestPapay(t *testing.T) {
	z := Papay(45, 190, 283.15)
	one, _ := z.At(0)
	check.Close(t, "Z(0)", one, 1, 0, 0)
	tr := 283.15 / 190
	at60, slope := z.At(60)
	check.Close(t, "Z(60 bar)", at60, 1-3.52*60/45*math.Exp(-2.26*tr)+0.274*(60.0/45)*(60.0/45)*math.Exp(-1.878*tr), 1e-14, 0)
	up, _ := z.At(60.001)
	down, _ := z.At(59.999)
	check.Close(t, "dZ/dp", slope, (up-down)/0.002, 1e-9, 0)
}

func TestFaults(t *testing.T) {
	change := func(old, with string) string {
		if !strings.Contains(smallNet, old) {
			t.Fatalf("%q is not in the network", old)
		}
		return strings.Replace(smallNet, old, with, 1)
	}
	for _, c := range []struct{ name, net, scenario, want string }{
		{"unit", change(`value="2000" unit="m"`, `value="2000" unit="furlong"`), smallScenario, `n.net:11: length unit: one of cm, ft, inch, km, m, meter, mm was expected (got "furlong")`},
		{"number", change(`value="2000"`, `value="NaN"`), smallScenario, `n.net:11: length: a finite number was expected as value, of at most 1e+15 (got "NaN")`},
		{"length", change(`value="2000"`, `value="-1"`), smallScenario, `n.net:11: length: more than 0 m was expected (got "-1")`},
		{"node", change(`to="c"`, `to="x"`), smallScenario, `n.net:13: shortPipe s: to: the id of a node was expected (got "x")`},
		{"twice", change(`<innode id="c"/>`, `<innode id="c"/><innode id="c"/>`), smallScenario, `n.net:7: id: each node was expected once (got "c")`},
		{"element", change(`<shortPipe id="s"`, `<tunnel id="s"`), smallScenario, `n.net:13: tunnel: pipe, shortPipe, valve, resistor, controlValve or compressorStation was expected (got "s")`},
		{"tags", change(`<shortPipe id="s" from="b" to="c"/>`, `<shortPipe id="s" from="b" to="c">`), smallScenario, `XML was expected`},
		{"doctype", "<!DOCTYPE x [<!ENTITY a \"b\">]>\n" + smallNet, smallScenario, `n.net:1: no document type declaration was expected`},
		{"entity", change(`id="b"`, `id="&bomb;"`), smallScenario, `n.net:7: XML was expected`},
		{"truncated", smallNet[:900], smallScenario, `the file ends before its elements are closed`},
		{"empty", "", smallScenario, `n.net: the file is empty`},
		{"root", "<html></html>", smallScenario, `n.net:1: html: network was expected as outermost element`},
		{"deep", smallNet[:strings.Index(smallNet, "<framework:nodes>")] + strings.Repeat("<a>", 100), smallScenario, `32 inside one another, were expected`},
		{"scenario node", smallNet, strings.Replace(smallScenario, `id="e"`, `id="z"`, 1), `s.scn:3: node: the id of a node of the network was expected (got "z")`},
		{"range", smallNet, strings.Replace(smallScenario, `bound="upper" value="1"`, `bound="upper" value="2"`, 1), `s.scn:3: flow: one flow (lower bound = upper bound) was expected of node e`},
		{"flow unit", smallNet, strings.Replace(smallScenario, `unit="kg_per_s"`, `unit="barrels"`, 1), `s.scn:4: flow unit: one of`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.net), strings.NewReader(c.scenario), nil, Options{}, "n.net", "s.scn")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, expected %s", err, c.want)
			}
		})
	}
	// All at once.
	_, err := Read(strings.NewReader(change(`to="c"`, `to="x"`)), strings.NewReader(strings.Replace(smallScenario, `id="e"`, `id="z"`, 1)), strings.NewReader(strings.Replace(smallStations, `drive="d"`, `drive="e"`, 1)), Options{})
	var faults fault.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("three faults were expected: %v", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "one file ending in .net") {
		t.Errorf("an empty folder: %v", err)
	}
	write("x.net", smallNet)
	write("b.scn", smallScenario)
	write("a.scn", smallScenario)
	for _, path := range []string{dir, filepath.Join(dir, "x.net")} {
		n, err := Open(path, Options{})
		if err != nil || n.Scenario != "one" || !strings.Contains(fmt.Sprint(n.Warnings), "a.scn is taken") {
			t.Errorf("%s: %v %v", path, n, err)
		}
	}
	packed := filepath.Join(t.TempDir(), "x.zip")
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range map[string]string{"x/x.net": smallNet, "x/x.cs": smallStations, "x/x.svg": "?"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	n, err := Open(packed, Options{})
	if err != nil || n.Stations[0].Units != 1 || !strings.Contains(fmt.Sprint(n.Warnings), "no scenario") {
		t.Errorf("zip: %v %v", n, err)
	}
	write("x.zip", "no archive")
	if _, err := Open(filepath.Join(dir, "x.zip"), Options{}); err == nil {
		t.Error("what is no archive was opened")
	}
}

// Whatever the files hold, reading ends without a panic, and no number that is none comes in.
func FuzzRead(f *testing.F) {
	f.Add(smallNet, smallScenario, smallStations)
	f.Add(smallNet, "", "")
	f.Add(smallNet[:700], smallScenario[:200], smallStations[:99])
	f.Add("<!DOCTYPE a>", "<boundaryValue/>", "<compressorStations/>")
	f.Fuzz(func(t *testing.T, net, scenario, stations string) {
		n, err := Read(strings.NewReader(net), strings.NewReader(scenario), strings.NewReader(stations), Options{HeatExchange: true})
		if err != nil {
			return
		}
		if n.Gas == nil || n.Gas.Z == nil {
			t.Fatal("no gas")
		}
		values := []float64{n.Gas.ConstantJPerKgK, n.Gas.TemperatureK, n.Gas.RelativeDensity, n.Gas.HeatCapacityRatio}
		for _, v := range n.Nodes {
			values = append(values, v.HeightM, v.FixedBar, v.SupplyKgPerS, v.MinBar, v.MaxBar, v.X, v.Y)
		}
		for _, v := range n.Pipes {
			values = append(values, v.LengthKm, v.DiameterMm, v.RoughnessMm, v.GroundK, v.HeatWPerM2K)
		}
		for _, v := range n.Resistors {
			values = append(values, v.DropBar, v.LossCoefficient, v.DiameterMm)
		}
		for _, v := range n.Regulators {
			values = append(values, v.SetBar)
		}
		for _, v := range n.Stations {
			values = append(values, v.MaxPowerMW, v.MaxOutletBar, v.MinInletBar, v.MinKgPerS, v.MaxKgPerS)
		}
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%g in the network", v)
			}
		}
		_ = pipeflow.Check(n.Network)
	})
}
