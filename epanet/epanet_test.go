package epanet

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// A source, a pump to each branch of valves, and a tank; words in any case, sections by their
// first letters.
const small = `[title]
Anything [at] all
[JUNC]
; id elevation demand pattern
 a  10  1      p1
 b  10  2
 c  20  ; none
 d  5   4
[RESERVOIRS]
 lake  20  heads
[TANKS]
 tank  30  5  1  10  12  0
[PIPES]
 p1  lake  a  1000  300  0.1  0.5  Open
 p2  b  tank  500  200  0.1  CV
 p3  c  d  500  200  0.1
 p4  a  tank  800  150  0.1  0  closed
[PUMPS]
 u1  a  b  HEAD h1 SPEED 1.2
 u2  b  c  POWER 10
[VALVES]
 v1  b  d  200  PRV  30  2
 v2  a  c  200  TCV  5
[PATT]
 heads  1.5  1
 p1  2  3
 1  0.5  0.25
[CURVES]
 h1  50  40
[DEMANDS]
 d  3  p1
 d  1
[CONTROLS]
 LINK p4 OPEN IF NODE tank ABOVE 4
 LINK u1 CLOSED AT TIME 5
 LINK v2 20 AT CLOCKTIME 12 AM
[RULES]
 RULE 1
[OPTIONS]
 Units  LPS
 Headloss  D-W
 Specific Gravity 0.9
 Viscosity 2
 Demand Multiplier 2
[TIMES]
 Pattern Start 1:30
[COORDINATES]
 a 1 2
[END]
what follows is not read
`

func TestSmall(t *testing.T) {
	n, err := Read(strings.NewReader(small), "s.inp")
	if err != nil {
		t.Fatal(err)
	}
	node := func(id string) *pipeflow.Node {
		i, ok := n.Node(id)
		if !ok {
			t.Fatalf("no node %s", id)
		}
		return &n.Nodes[i]
	}
	link := func(id string, kind LinkKind, element Element) int {
		i, ok := n.Link(id)
		if !ok || n.Links[i].Kind != kind || n.Links[i].Element != element {
			t.Fatalf("link %s: %+v", id, n.Links[i])
		}
		return n.Links[i].Index
	}
	check.Close(t, "density", n.Liquid.DensityKgPerM3, 900, 1e-9, 0)
	check.Close(t, "viscosity", n.Liquid.ViscosityPaS, 900*2*1.1e-5*0.3048*0.3048, 1e-15, 0)
	// Patterns stand at their second value: 3 of p1, 0.25 of the default.
	check.Close(t, "demand of a", node("a").SupplyKgPerS, -1*3*2*0.9, 1e-12, 0)
	check.Close(t, "demand of b", node("b").SupplyKgPerS, -2*0.25*2*0.9, 1e-12, 0)
	check.Close(t, "demand of d", node("d").SupplyKgPerS, -(3*3+1*0.25)*2*0.9, 1e-12, 0)
	check.Close(t, "lake", node("lake").HeightM, 20, 1e-12, 0)
	check.Close(t, "lake's pressure", node("lake").FixedBar, pipeflow.AtmosphereBar, 1e-12, 0)
	check.Close(t, "tank's pressure", node("tank").FixedBar, pipeflow.AtmosphereBar+5*900*32.2*0.3048/1e5, 1e-12, 0)
	check.Close(t, "x of a", node("a").X, 1, 0, 0)
	if p := n.Pipes[link("p1", PipeLink, Pipes)]; p.LengthKm != 1 || p.DiameterMm != 300 || p.RoughnessMm != 0.1 || p.LossCoefficient != 0.5 || p.Closed {
		t.Errorf("p1 %+v", p)
	}
	if p := n.Pipes[link("p2", PipeLink, Pipes)]; !p.CheckValve || p.LossCoefficient != 0 {
		t.Errorf("p2 %+v", p)
	}
	if n.Pipes[link("p4", PipeLink, Pipes)].Closed { // a control opens it
		t.Error("p4 is closed")
	}
	u1 := n.Stations[link("u1", PumpLink, Stations)]
	if u1.Control != pipeflow.OnCurve || u1.Curve.Speed != 1.2 {
		t.Errorf("u1 %+v", u1)
	}
	check.Close(t, "shut-off head", u1.Curve.ShutoffM, 1.33334*40, 1e-9, 0)
	check.Close(t, "head at the point", u1.Curve.ShutoffM-u1.Curve.Coefficient*math.Pow(0.05, u1.Curve.Exponent), 40, 1e-9, 0)
	u2 := n.Stations[link("u2", PumpLink, Stations)]
	if u2.Control != pipeflow.KeepPower || u2.Efficiency != 1 {
		t.Errorf("u2 %+v", u2)
	}
	// 10 kW give 8.814 ft x hp / (ft³/s).
	check.Close(t, "power", u2.Set, 8.814*0.3048*(10/0.7457)*0.3048*0.3048*0.3048*900*32.2*0.3048/1e6, 1e-12, 0)
	v1 := n.Regulators[link("v1", PRV, Regulators)]
	check.Close(t, "set pressure", v1.SetBar, pipeflow.AtmosphereBar+30/0.9*900*32.2*0.3048/1e5, 1e-9, 0)
	// Its loss stands before it, at the height of its first node.
	loss := n.Pipes[len(n.Pipes)-2]
	if n.Nodes[v1.From].ID != "v1 loss" || n.Nodes[v1.From].HeightM != n.Nodes[loss.From].HeightM || loss.ID != "v1 loss" || loss.LossCoefficient != 2 {
		t.Errorf("v1 %+v %+v", v1, loss)
	}
	if p := n.Pipes[link("v2", TCV, Pipes)]; p.LossCoefficient != 20 || p.DiameterMm != 200 {
		t.Errorf("v2 %+v", p)
	}
	if len(n.Warnings) != 1 || !strings.Contains(n.Warnings[0], "s.inp:38: [RULES] are left out") {
		t.Errorf("warnings %q", n.Warnings)
	}
	solver, err := pipeflow.NewSolver(n.Network)
	if err != nil {
		t.Fatal(err)
	}
	r, err := solver.Solve(context.Background(), pipeflow.Options{})
	var vacuum *pipeflow.InfeasibleError
	if err != nil && !errors.As(err, &vacuum) {
		t.Fatal(err)
	}
	if i, _ := n.Link("p2"); n.FlowM3PerS(r, i) < 0 {
		t.Error("flow back through a check valve")
	}
}

// Two tanks at different heights and what joins them, against the equations by hand.
func TestValvesByHand(t *testing.T) {
	const head = 10.0
	area := math.Pi / 4 * 0.2 * 0.2
	for _, c := range []struct {
		name, valve, status string
		flow                func(gravity float64) float64 // m³/s
	}{
		// v²/2g (k + f L/D) = head, with f = 0.02: the roughness is set below.
		{"throttle", "v a b 200 TCV 50", "", func(g float64) float64 { return area * math.Sqrt(2*g*head/(50+0.02*100/0.2)) }},
		{"fixed open", "v a b 200 TCV 50 3", "v Open", func(g float64) float64 { return area * math.Sqrt(2*g*head/(3+0.02*100/0.2)) }},
		{"flow", "v a b 200 FCV 25", "", func(float64) float64 { return 0.025 }},
		{"break", "v a b 200 PBV 4", "", func(g float64) float64 { return area * math.Sqrt(2*g*(head-4)/(0.02*100/0.2)) }},
		{"reduce", "v a b 200 PRV 8", "", func(g float64) float64 { return area * math.Sqrt(2*g*(5+8-10)/(0.02*50/0.2)) }},
		{"sustain", "v a b 200 PSV 17", "", func(g float64) float64 { return area * math.Sqrt(2*g*(20-0-17)/(0.02*50/0.2)) }},
		{"reduce, idle", "v a b 200 PRV 40 7", "", func(g float64) float64 { return area * math.Sqrt(2*g*head/(7+0.02*100/0.2)) }},
		{"sustain, idle", "v a b 200 PSV 1 7", "", func(g float64) float64 { return area * math.Sqrt(2*g*head/(7+0.02*100/0.2)) }},
		{"closed", "v a b 200 PRV 40", "v Closed", func(float64) float64 { return 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := Read(strings.NewReader("[JUNCTIONS]\na 0\nb 5\n[RESERVOIRS]\nhigh 20\nlow 10\n[PIPES]\np high a 50 200 0\nq b low 50 200 0\n[VALVES]\n"+c.valve+"\n[STATUS]\n"+c.status+"\n[OPTIONS]\nUNITS LPS\nHEADLOSS D-W\n"), "v.inp")
			if err != nil {
				t.Fatal(err)
			}
			n.Pipes[0].FrictionFactor, n.Pipes[1].FrictionFactor = 0.02, 0.02
			solver, err := pipeflow.NewSolver(n.Network)
			if err != nil {
				t.Fatal(err)
			}
			r, err := solver.Solve(context.Background(), pipeflow.Options{})
			var vacuum *pipeflow.InfeasibleError
			if err != nil && !errors.As(err, &vacuum) {
				t.Fatal(err)
			}
			i, _ := n.Link("v")
			check.Close(t, "flow", n.FlowM3PerS(r, i), c.flow(32.2*0.3048), 1e-9, 2e-5)
		})
	}
}

// Flow units, by a demand and a curve of lines.
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		unit   string
		litres float64 // a second
		length float64 // m
	}{
		{"LPS", 1, 1}, {"LPM", 1.0 / 60, 1}, {"MLD", 1e6 / 86400, 1}, {"CMH", 1000.0 / 3600, 1}, {"CMD", 1000.0 / 86400, 1}, {"CMS", 1000, 1},
		{"CFS", 28.316846592, 0.3048}, {"GPM", 3.785411784 / 60, 0.3048}, {"MGD", 3785411.784 / 86400, 0.3048}, {"IMGD", 4546090.0 / 86400, 0.3048}, {"AFD", 1233481.83754752 / 86400, 0.3048},
	} {
		n, err := Read(strings.NewReader("[JUNCTIONS]\na 10 7\n[RESERVOIRS]\nr 50\n[PIPES]\np r a 100 12 1\n[OPTIONS]\nHEADLOSS D-W\nUNITS "+c.unit+"\n"), "u.inp")
		if err != nil {
			t.Fatal(err)
		}
		check.Close(t, c.unit, n.Nodes[0].SupplyKgPerS, -7*c.litres, 0, 1e-12)
		check.Close(t, c.unit+" elevation", n.Nodes[0].HeightM, 10*c.length, 0, 1e-12)
		check.Close(t, c.unit+" length", n.Pipes[0].LengthKm, 0.1*c.length, 0, 1e-12)
		diameter, rough := 12.0, 1.0
		if c.length != 1 {
			diameter, rough = 304.8, 0.3048
		}
		check.Close(t, c.unit+" diameter", n.Pipes[0].DiameterMm, diameter, 0, 1e-12)
		check.Close(t, c.unit+" roughness", n.Pipes[0].RoughnessMm, rough, 0, 1e-12)
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]float64{"1:30": 5400, "2": 7200, "0.5": 1800, "90 MIN": 5400, "30 sec": 30, "1 DAY": 86400, "12 AM": 0, "12:30 PM": 45000, "1:00 PM": 46800, "0:00:07": 7} {
		if got, ok := parseTime(strings.Fields(text)); !ok || got != want {
			t.Errorf("%s: %g, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "x", "1:2:3:4", "-1", "1 week", "1:30 MIN", "1 2 3"} {
		if got, ok := parseTime(strings.Fields(text)); ok {
			t.Errorf("%s: %g", text, got)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"section", "[DEMANDS]", "[DEMANDED]", ``},
		{"unknown section", "[DEMANDS]", "[LEAKAGE]", `s.inp:30: a section of EPANET 2.2 was expected, such as [PIPES] (got "[LEAKAGE]")`},
		{"no section", "[title]", "words", `s.inp:1: a section was expected first`},
		{"number", " b  10  2", " b  1O  2", `s.inp:6: elevation: a number was expected (got "1O")`},
		{"NaN", " b  10  2", " b  NaN  2", `s.inp:6: elevation: a number was expected (got "NaN")`},
		{"short", " p3  c  d  500  200  0.1", " p3  c  d  500", `s.inp:16: a pipe's id, two nodes, length, diameter and roughness were expected`},
		{"length", " p3  c  d  500", " p3  c  d  0", `s.inp:16: length: more than 0 was expected (got "0")`},
		{"node", " p3  c  d", " p3  c  z", `s.inp:16: second node: the id of a node was expected (got "z")`},
		{"loop", " p3  c  d", " p3  c  c", `s.inp:16: second node: another node than the first was expected (got "c")`},
		{"node twice", " c  20", " a  20", `s.inp:7: id: each node was expected once`},
		{"link twice", " u1  a  b", " p1  a  b", `s.inp:19: id: each link was expected once`},
		{"status", "0.5  Open", "0.5  Ajar", `s.inp:14: status: OPEN, CLOSED or CV was expected (got "Ajar")`},
		{"headloss", "D-W", "H-W", `s.inp:41: HEADLOSS: D-W was expected`},
		{"no headloss", " Headloss  D-W", "", `s.inp: HEADLOSS: D-W was expected`},
		{"units", "LPS", "FPS", `s.inp:40: UNITS: one of CFS, GPM, MGD, IMGD, AFD, LPS, LPM, MLD, CMH, CMD, CMS was expected (got "FPS")`},
		{"option", "Viscosity 2", "Stickiness 2", `s.inp:43: Stickiness: an option of EPANET 2.2 was expected`},
		{"viscosity", "Viscosity 2", "Viscosity 0", `s.inp:43: VISCOSITY: a number of at least 1e-09 was expected (got "0")`},
		{"pressure driven", "Demand Multiplier 2", "Demand Model PDA", `DDA was expected`},
		{"pattern", " a  10  1      p1", " a  10  1      p9", `s.inp:5: pattern: the id of a pattern was expected (got "p9")`},
		{"curve", "HEAD h1", "HEAD h2", `s.inp:19: HEAD: the id of a curve was expected (got "h2")`},
		{"rising curve", " h1  50  40", " h1  50  40\n h1  60  50", `s.inp:29: curve h1: flows that rise and heads that fall were expected`},
		{"old pump", "POWER 10", "10", `s.inp:20: a pump's id, two nodes and HEAD or POWER`},
		{"GPV", "PRV  30", "GPV  h1", `s.inp:22: type: PRV, PSV, PBV, FCV or TCV was expected: valves with a curve`},
		{"emitter", "[DEMANDS]", "[EMITTERS]\n a 0\n b 1\n[DEMANDS]", `s.inp:32: flow coefficient: 0 was expected: emitters are not solved here (got "1")`},
		{"tank", " tank  30  5", " tank  30  50", `s.inp:12: initial level: a level between the least, 1, and the greatest, 10, was expected (got "50")`},
		{"control", "LINK p4 OPEN IF", "LINK p4 OPEN WHEN", `s.inp:34: LINK id status IF NODE id`},
		{"control link", "LINK p4 OPEN", "LINK p9 OPEN", `s.inp:34: link: the id of a link was expected (got "p9")`},
		{"control level", "ABOVE 4", "AT 4", `s.inp:34: ABOVE or BELOW was expected (got "AT")`},
		{"control of a check valve", "LINK p4 OPEN", "LINK p2 OPEN", `s.inp:34: link: another link was expected`},
		{"time", "Pattern Start 1:30", "Pattern Start noon", `s.inp:46: Pattern Start: a time was expected`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(small, c.old) {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := Read(strings.NewReader(strings.Replace(small, c.old, c.with, 1)), "s.inp")
			if c.want == "" { // four letters are enough
				c.want = "<nil>"
			}
			if got := errorText(err); !strings.Contains(got, c.want) {
				t.Errorf("got %v, expected %s", got, c.want)
			}
		})
	}
	bad := strings.NewReplacer("LPS", "FPS", " p3  c  d", " p3  c  z", "0.5  Open", "0.5  Ajar").Replace(small)
	var faults fault.Faults
	if _, err := Read(strings.NewReader(bad), "s.inp"); !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("three faults were expected: %v", err)
	}
	if _, err := Read(strings.NewReader("[TITLE]\n"+strings.Repeat("x", mostLine+1)), "s.inp"); err == nil || !strings.Contains(err.Error(), "s.inp:2: a line of at most") {
		t.Errorf("a long line: %v", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}

// A control by the pressure of a junction is told of, not heard.
func TestWarnings(t *testing.T) {
	n, err := Read(strings.NewReader(strings.Replace(small, "NODE tank ABOVE 4", "NODE a ABOVE 4", 1)), "s.inp")
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Warnings) != 2 || !strings.Contains(n.Warnings[0], "s.inp:34: a control by the pressure of node a") {
		t.Errorf("warnings %q", n.Warnings)
	}
}

// Whatever the file holds, reading ends without a panic, and no number that is none comes in.
func FuzzRead(f *testing.F) {
	f.Add(small)
	f.Add(small[:300])
	f.Add("[JUNCTIONS]\na 0\nb 5\n[RESERVOIRS]\nhigh 20\n[PIPES]\np high a 50 200 0\n[VALVES]\nv a b 200 PBV 3\n[OPTIONS]\nUNITS GPM\nPRESSURE PSI\nHEADLOSS D-W\n")
	f.Add("[PUMPS]\nu a b HEAD c\n[CURVES]\nc 0 10\nc 1 5\nc 2 1\n[STATUS]\nu 0.5\n[CONTROLS]\nLINK u OPEN AT TIME 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Read(strings.NewReader(text), "fuzz.inp")
		if err != nil {
			return
		}
		values := []float64{n.Liquid.DensityKgPerM3, n.Liquid.ViscosityPaS}
		for _, v := range n.Nodes {
			values = append(values, v.HeightM, v.FixedBar, v.SupplyKgPerS, v.X, v.Y)
		}
		for _, v := range n.Pipes {
			values = append(values, v.LengthKm, v.DiameterMm, v.RoughnessMm, v.LossCoefficient)
		}
		for _, v := range n.Resistors {
			values = append(values, v.DropBar)
		}
		for _, v := range n.Regulators {
			values = append(values, v.SetBar, v.SetKgPerS)
		}
		for _, v := range n.Stations {
			values = append(values, v.Set)
			if c := v.Curve; c != nil {
				values = append(values, c.ShutoffM, c.Coefficient, c.Exponent, c.Speed)
				values = append(append(values, c.FlowM3PerS...), c.HeadM...)
			}
		}
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%g in the network", v)
			}
		}
		for i := range n.Links {
			if n.Links[i].Element == "" {
				t.Fatalf("link %s became nothing", n.Links[i].ID)
			}
		}
		_ = pipeflow.Check(n.Network)
	})
}
