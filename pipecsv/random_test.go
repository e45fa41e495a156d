package pipecsv

import (
	"math"
	"strconv"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/pipeflow"
)

// bent is a gas whose compressibility curves, after Papay, of methane at 288 K.
func bent(bar float64) (z, perBar float64) {
	linear, square := 3.52*math.Exp(-2.26*1.51)/46, 0.274*math.Exp(-1.878*1.51)/(46*46)
	return 1 - linear*bar + square*bar*bar, 2*square*bar - linear
}

func between(t *rapid.T, what string, low, high float64) float64 {
	return rapid.Float64Range(low, high).Draw(t, what)
}

// some is 0 half of the time.
func some(t *rapid.T, what string, low, high float64) float64 {
	if rapid.Bool().Draw(t, what+" is 0") {
		return 0
	}
	return between(t, what, low, high)
}

// odd texts that have to live through the tables.
var oddText = rapid.OneOf(
	rapid.SampledFrom([]string{"", " ", "a,b", `"quoted"`, "two\nlines", "\ttab ", "Bakı, Səngəçal", "=1+1", "#", `\.`, "'", "\ufeff", "nan"}),
	rapid.StringMatching(`[ -~]{0,12}`))

func anyID(prefix string, i int, t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "x,", `"`, "ə ", "="}).Draw(t, "prefix") + prefix + strconv.Itoa(i)
}

// randomNetwork has some of everything, with values that pipeflow.Check allows.
func randomNetwork(t *rapid.T) *pipeflow.Network {
	net := &pipeflow.Network{Name: oddText.Draw(t, "network"), LawAlone: rapid.Bool().Draw(t, "alone"), GravityMPerS2: some(t, "gravity", 1, 20)}
	net.Friction = rapid.SampledFrom([]pipeflow.Friction{"", pipeflow.ColebrookWhite, pipeflow.Haaland, pipeflow.SwameeJain}).Draw(t, "friction")
	isGas := rapid.Bool().Draw(t, "gas")
	if isGas {
		net.Gas = &pipeflow.Gas{Name: oddText.Draw(t, "fluid"), ConstantJPerKgK: between(t, "constant", 50, 5000), TemperatureK: between(t, "K", 150, 500),
			ViscosityPaS: between(t, "viscosity", 1e-6, 1e-3), HeatCapacityRatio: some(t, "ratio", 1.01, 2), HeatCapacityJPerKgK: some(t, "cp", 500, 5000),
			JouleThomsonKPerBar: some(t, "jt", -1, 1), RelativeDensity: some(t, "rd", 0.05, 3), HeatingValueMJPerKg: some(t, "lhv", 1, 130), Z: pipeflow.Ideal}
		if rapid.Bool().Draw(t, "bent") {
			net.Gas.Z = pipeflow.ZFunc(bent)
		}
	} else {
		net.Liquid = &pipeflow.Liquid{Name: oddText.Draw(t, "fluid"), DensityKgPerM3: between(t, "density", 300, 3000), ViscosityPaS: between(t, "viscosity", 1e-5, 100),
			VapourBar: some(t, "vapour", 0, 50), TemperatureK: some(t, "K", 250, 400), HeatCapacityJPerKgK: some(t, "cp", 500, 5000)}
	}
	count := rapid.IntRange(2, 12).Draw(t, "nodes")
	for i := range count {
		n := pipeflow.Node{ID: anyID("n", i, t), Name: oddText.Draw(t, "name"), HeightM: between(t, "height", -1000, 5000), SupplyKgPerS: between(t, "supply", -500, 500),
			MinBar: some(t, "min", 1, 20), MaxBar: some(t, "max", 80, 200), X: between(t, "x", -180, 180), Y: math.Copysign(some(t, "y", -90, 90), -1)}
		n.FixedBar = some(t, "pressure", 25, 75)
		net.Nodes = append(net.Nodes, n)
	}
	ends := func() (int, int) {
		from := rapid.IntRange(0, count-1).Draw(t, "from")
		return from, (from + rapid.IntRange(1, count-1).Draw(t, "to")) % count
	}
	yes := rapid.Bool()
	for i := range rapid.IntRange(0, 8).Draw(t, "pipes") {
		p := pipeflow.Pipe{ID: anyID("p", i, t), LengthKm: between(t, "km", 1e-9, 1e4), DiameterMm: between(t, "mm", 5, 5000), RoughnessMm: some(t, "rough", 0, 0.5),
			LossCoefficient: some(t, "loss", 0, 100), FrictionFactor: some(t, "f", 1e-3, 0.1), Efficiency: some(t, "eff", 0.5, 1.1), DragReduction: some(t, "drag", 0, 0.9),
			Parallel: rapid.IntRange(0, 3).Draw(t, "lines"), Closed: yes.Draw(t, "closed"), CheckValve: yes.Draw(t, "check"), MaxVelocityMPerS: some(t, "v", 1, 30),
			GroundK: some(t, "ground", 250, 320), HeatWPerM2K: some(t, "heat", 0.1, 10)}
		p.From, p.To = ends()
		net.Pipes = append(net.Pipes, p)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "valves") {
		v := pipeflow.Valve{ID: anyID("v", i, t), Closed: yes.Draw(t, "closed"), CheckValve: yes.Draw(t, "check")}
		v.From, v.To = ends()
		net.Valves = append(net.Valves, v)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "resistors") {
		r := pipeflow.Resistor{ID: anyID("r", i, t), LossCoefficient: some(t, "loss", 0, 100), DiameterMm: between(t, "mm", 5, 5000), DropBar: some(t, "drop", 0, 10)}
		r.From, r.To = ends()
		net.Resistors = append(net.Resistors, r)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "regulators") {
		r := pipeflow.Regulator{ID: anyID("g", i, t), SetBar: between(t, "set", 1, 100), SetKgPerS: some(t, "flow", 1, 100), Always: yes.Draw(t, "always"),
			Kind: rapid.SampledFrom([]pipeflow.RegulatorKind{pipeflow.Reducing, pipeflow.Sustaining, pipeflow.FlowLimit}).Draw(t, "kind")}
		r.From, r.To = ends()
		net.Regulators = append(net.Regulators, r)
	}
	controls := []pipeflow.Control{pipeflow.KeepRatio, pipeflow.KeepOutlet, pipeflow.KeepPower, pipeflow.KeepFlow, pipeflow.AtLimit, pipeflow.Bypass, pipeflow.Shut}
	if !isGas {
		controls = append(controls, pipeflow.OnCurve)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "stations") {
		s := pipeflow.Station{ID: anyID("s", i, t), Control: rapid.SampledFrom(controls).Draw(t, "control"), Set: between(t, "set", 1, 2), MaxPowerMW: some(t, "mw", 1, 100),
			MaxRatio: some(t, "max ratio", 2, 3), MaxOutletBar: between(t, "out", 50, 100), MinInletBar: some(t, "in", 1, 40), MinKgPerS: some(t, "min", 1, 10), MaxKgPerS: some(t, "max", 20, 1000),
			Efficiency: some(t, "eff", 0.1, 1), Units: rapid.IntRange(0, 4).Draw(t, "units"), Always: yes.Draw(t, "always"), DriveEfficiency: some(t, "drive", 0.1, 1)}
		s.From, s.To = ends()
		if kind := rapid.SampledFrom([]string{"", "power", "points", "both", "zero"}).Draw(t, "curve"); s.Control == pipeflow.OnCurve || kind != "" {
			c := &pipeflow.PumpCurve{}
			if kind != "points" && kind != "zero" || s.Control == pipeflow.OnCurve {
				c.ShutoffM, c.Coefficient, c.Exponent, c.Speed = between(t, "h", 1, 1000), between(t, "a", 0.1, 100), between(t, "c", 1, 3), some(t, "speed", 0.5, 1.2)
			}
			for k := range map[string]int{"points": 3, "both": 2}[kind] {
				c.FlowM3PerS, c.HeadM = append(c.FlowM3PerS, float64(k)+between(t, "q", 0, 0.9)), append(c.HeadM, between(t, "head", 1, 1000))
			}
			s.Curve = c
		}
		net.Stations = append(net.Stations, s)
	}
	return net
}
