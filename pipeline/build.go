package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"

	"github.com/karvan/karvan/fluid"
	"github.com/karvan/karvan/pipeflow"
)

// longestKm is how long a pipe of the network may be: in longer ones the mean
// compressibility of a gas would stand for pressures too far apart.
const longestKm = 40

// greatestBar is up to where compressibility is tabulated.
const greatestBar = 250

// Built is a step of a line as a network.
type Built struct {
	Network *pipeflow.Network
	Takes   []pipeflow.Take
	// Km and PointNames are of the nodes; nodes before and behind a station share a km.
	Km         []float64
	PointNames []string
	// End is the node of the last take.
	End int
	// M3PerKg is the volume of the fluid at 15 °C and 1.01325 bar.
	M3PerKg float64
	// HeatingValueMJPerM3 is the gross one of a gas at that state; 0: none was given.
	HeatingValueMJPerM3 float64
	FuelUSDPerMWh       float64
	TariffUSDPerT       float64
	used                []bool // assumptions that the network was made of
}

// Build makes the network of a step from a number for each assumption. An assumption that is
// needed and missing, or a value that cannot be, is an error that names it.
func (l *Line) Build(step *Step, values Values) (*Built, error) {
	r := &reading{line: l, values: values, used: make([]bool, len(l.Assumptions))}
	b := &Built{used: r.used}
	b.FuelUSDPerMWh = r.or("", FuelUSDPerMWh, 0)
	b.TariffUSDPerT = r.or("", TariffUSDPerT, 0)
	net := &pipeflow.Network{Name: l.ID + " " + step.ID, Friction: l.Friction}
	b.Network = net
	points := append([]Point(nil), l.Points...)
	sort.SliceStable(points, func(i, j int) bool { return points[i].Km < points[j].Km })
	if err := l.sound(points, values); err != nil {
		return nil, err
	}
	if err := l.fluidOf(r, b); err != nil {
		return nil, err
	}
	stations := l.standing(r, step)
	first, last := points[0].Km, points[len(points)-1].Km
	for _, t := range stations {
		if !(t.Km >= first && t.Km <= last) {
			return nil, fmt.Errorf("pipeline %s: station %s stands at km %g, beyond the line (km %g to %g)", l.ID, t.ID, t.Km, first, last)
		}
	}
	kms := l.breaks(step, points, stations)
	if err := l.chain(r, b, step, points, stations, kms); err != nil {
		return nil, err
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return b, nil
}

// samePlaceKm is how near two places count as one.
const samePlaceKm = 1e-3

// sound tells what cannot be of the points and numbers of a line.
func (l *Line) sound(points []Point, values Values) error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("pipeline %s: "+format, append([]any{l.ID}, args...)...))
	}
	if len(l.Points) < 2 || len(l.Sections) == 0 {
		fault("two points of the profile and a section were expected")
	}
	for i := range points {
		if math.IsNaN(points[i].Km) || math.IsInf(points[i].Km, 0) {
			fault("point %s: km is %g", points[i].ID, points[i].Km)
		} else if i > 0 && points[i].Km-points[i-1].Km < samePlaceKm {
			fault("points %s and %s stand at the same km, %g", points[i-1].ID, points[i].ID, points[i].Km)
		}
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			fault("%s is %g: a number was expected", l.Assumptions[i].Name(), v)
		}
	}
	return errors.Join(faults...)
}

// contains reports whether a list has an id; nil has them all.
func contains(list []string, id string) bool {
	for _, s := range list {
		if s == id {
			return true
		}
	}
	return list == nil
}

// standing lists the stations of a step by km.
func (l *Line) standing(r *reading, step *Step) []Station {
	var out []Station
	for _, s := range l.Stations {
		named := len(step.Stations) > 0 && contains(step.Stations, s.ID)
		if len(step.Without) > 0 && contains(step.Without, s.ID) || !named && s.Kind != Reduction {
			continue
		}
		s.Km = r.or(s.ID, StationKm, s.Km)
		out = append(out, s)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Km < out[j].Km })
	return out
}

// breaks are the places where the chain has nodes.
func (l *Line) breaks(step *Step, points []Point, stations []Station) []float64 {
	var all []float64
	for _, p := range points {
		all = append(all, p.Km)
	}
	first, last := all[0], all[len(all)-1]
	add := func(km float64) {
		if km > first && km < last {
			all = append(all, km)
		}
	}
	for _, s := range l.Sections {
		if contains(step.Sections, s.ID) {
			add(s.FromKm)
			add(s.ToKm)
		}
	}
	for _, s := range stations {
		add(s.Km)
	}
	sort.Float64s(all)
	out := []float64{first}
	for _, km := range all[1:] {
		if km-out[len(out)-1] < samePlaceKm {
			continue
		}
		from := out[len(out)-1]
		pieces := math.Ceil((km - from) / longestKm)
		for i := 1.0; i < pieces; i++ {
			out = append(out, from+(km-from)*i/pieces)
		}
		out = append(out, km)
	}
	return out
}

// chain lays nodes, pipes and stations from the start to the end.
func (l *Line) chain(r *reading, b *Built, step *Step, points []Point, stations []Station, kms []float64) error {
	net := b.Network
	height := profile(r, points)
	peak := r.or("", PeakBar, 0)
	node := func(id, name string, km float64) int {
		n := pipeflow.Node{ID: id, Name: name, HeightM: height(km)}
		if l.Medium == Oil {
			n.MinBar = peak
		}
		net.Nodes = append(net.Nodes, n)
		b.Km, b.PointNames = append(b.Km, km), append(b.PointNames, name)
		return len(net.Nodes) - 1
	}
	named := func(km float64) (id, name string) {
		for _, p := range points {
			if math.Abs(p.Km-km) < samePlaceKm {
				return p.ID, p.Name
			}
		}
		return "km " + place(km), ""
	}
	drag := r.or(step.ID, DragReduction, 0)
	remaining := 1.0
	at := -1
	for i, km := range kms {
		id, name := named(km)
		before := node(id, name, km)
		if at >= 0 {
			l.pipes(r, net, step, kms[i-1], km, at, before, drag)
		} else {
			net.Nodes[before].FixedBar = gauge(r.need("", InletBar))
			net.Nodes[before].MinBar = 0
		}
		if share, ok := r.look(id, OfftakeShare); ok && share > 0 {
			if i == 0 {
				return fmt.Errorf("pipeline %s: %s offtake_share: nothing can be taken out where the line begins", l.ID, id)
			}
			b.Takes = append(b.Takes, pipeflow.Take{Node: before, Share: share})
			remaining -= share
		}
		at = before
		for s := range stations {
			if math.Abs(stations[s].Km-km) < samePlaceKm {
				after := node(id+" behind "+stations[s].ID, name, km)
				l.station(r, net, &stations[s], at, after)
				at = after
			}
		}
	}
	end := &net.Nodes[at]
	end.MinBar = math.Max(end.MinBar, gauge(r.need("", DeliveryBar)))
	if !(remaining > 0) {
		return fmt.Errorf("pipeline %s: offtake_share: %.3g of what enters is taken out on the way, and nothing is left for the end", l.ID, 1-remaining)
	}
	b.Takes = append(b.Takes, pipeflow.Take{Node: at, Share: remaining})
	b.End = at
	return nil
}

// place writes a km to the metre.
func place(km float64) string { return strconv.FormatFloat(math.Round(km*1000)/1000, 'f', -1, 64) }

// gauge turns a gauge pressure into an absolute one.
func gauge(bar float64) float64 { return bar + pipeflow.AtmosphereBar }

// profile gives the height at a km, straight between points.
func profile(r *reading, points []Point) func(km float64) float64 {
	heights := make([]float64, len(points))
	for i, p := range points {
		heights[i] = r.need(p.ID, ElevationM)
	}
	return func(km float64) float64 {
		i := 1
		for i < len(points)-1 && km > points[i].Km {
			i++
		}
		share := (km - points[i-1].Km) / (points[i].Km - points[i-1].Km)
		return heights[i-1] + math.Min(math.Max(share, 0), 1)*(heights[i]-heights[i-1])
	}
}

// pipes lays one pipe for each section between two nodes.
func (l *Line) pipes(r *reading, net *pipeflow.Network, step *Step, fromKm, toKm float64, from, to int, drag float64) {
	for _, s := range l.Sections {
		if !contains(step.Sections, s.ID) || s.FromKm > fromKm+samePlaceKm || s.ToKm < toKm-samePlaceKm {
			continue
		}
		diameter := r.need(s.ID, OutsideDiameterMm) - 2*r.need(s.ID, WallMm)
		p := pipeflow.Pipe{ID: fmt.Sprintf("%s km %s-%s", s.ID, place(fromKm), place(toKm)), From: from, To: to, LengthKm: toKm - fromKm, DiameterMm: diameter,
			RoughnessMm: r.need(s.ID, RoughnessMm), Parallel: int(math.Round(r.or(s.ID, ParallelLines, 1)))}
		if l.Medium == Oil {
			p.DragReduction = drag
		}
		net.Pipes = append(net.Pipes, p)
		// No node may stand above what its pipes are made for.
		bar := gauge(r.need(s.ID, DesignBar))
		for _, n := range []*pipeflow.Node{&net.Nodes[from], &net.Nodes[to]} {
			if !n.Fixed() && (n.MaxBar == 0 || bar < n.MaxBar) {
				n.MaxBar = bar
			}
		}
	}
}

// station sets up one station, run as hard as its limits let it.
func (l *Line) station(r *reading, net *pipeflow.Network, s *Station, from, to int) {
	if s.Kind == Reduction {
		net.Regulators = append(net.Regulators, pipeflow.Regulator{ID: s.ID, From: from, To: to, Kind: pipeflow.Reducing, SetBar: gauge(r.need(s.ID, ReducedBar))})
		return
	}
	t := pipeflow.Station{ID: s.ID, From: from, To: to, Control: pipeflow.AtLimit, Efficiency: r.need(s.ID, Efficiency)}
	t.MaxOutletBar = gauge(r.need(s.ID, DischargeBar))
	if v, ok := r.look(s.ID, PowerMW); ok {
		t.MaxPowerMW = v
	}
	if v, ok := r.look(s.ID, SuctionBar); ok && !net.Nodes[from].Fixed() {
		t.MinInletBar = math.Min(gauge(v), t.MaxOutletBar)
	}
	net.Stations = append(net.Stations, t)
}

// fluidOf sets the fluid from its assumptions.
func (l *Line) fluidOf(r *reading, b *Built) error {
	fail := func(err error) error { return fmt.Errorf("pipeline %s: %w", l.ID, err) }
	t := r.need("", GasTemperatureK)
	if l.Medium == Oil {
		density15 := r.need("", DensityAt15CKgPerM3)
		var points []fluid.ViscosityPoint
		for _, v := range []struct {
			q Quantity
			k float64
		}{{Viscosity10C, 283.15}, {Viscosity20C, 293.15}, {Viscosity40C, 313.15}} {
			if cst, ok := r.look("", v.q); ok {
				points = append(points, fluid.ViscosityPoint{TemperatureK: v.k, ViscosityCst: cst})
			}
		}
		if err := r.err(); err != nil {
			return err
		}
		walther, err := fluid.NewWaltherViscosity(points)
		if err != nil {
			return fail(err)
		}
		cst, err := walther.At(t)
		if err != nil {
			return fail(err)
		}
		// Crude of 850 kg/m³ expands by 0.00083 a kelvin (ASTM D1250, tables 53/54 for crude oil).
		density := density15 * (1 - 0.00083*(t-288.15))
		b.Network.Liquid = &pipeflow.Liquid{Name: "crude oil", DensityKgPerM3: density, ViscosityPaS: cst * 1e-6 * density, TemperatureK: t}
		b.M3PerKg = 1 / density15
		return nil
	}
	g := r.need("", RelativeDensity)
	ratio := r.or("", HeatCapacityRatio, 0)
	b.HeatingValueMJPerM3 = r.or("", HeatingValueMJPerM3, 0)
	if err := r.err(); err != nil {
		return err
	}
	pc, tc, err := fluid.PseudoCriticalOfRelativeDensity(g)
	if err != nil {
		return fail(err)
	}
	eos := fluid.HallYarborough{PseudocriticalPressureBar: pc, PseudocriticalTemperatureK: tc}
	z, err := fluid.NewIsotherm(eos, t, greatestBar)
	if err != nil {
		return fail(err)
	}
	const air = 287.0558 // J/(kg K), 8314.4626/28.9647
	gas := &pipeflow.Gas{Name: "natural gas", ConstantJPerKgK: air / g, TemperatureK: t, HeatCapacityRatio: ratio, RelativeDensity: g, Z: z}
	gas.ViscosityPaS = 1.1e-5
	if gas.ViscosityPaS, err = fluid.ViscosityPaS(gas.DensityKgPerM3(75), 28.9647*g, t); err != nil {
		return fail(err)
	}
	b.Network.Gas = gas
	z15, err := eos.Compressibility(1.01325, 288.15)
	if err != nil {
		return fail(err)
	}
	b.M3PerKg = z15 * gas.ConstantJPerKgK * 288.15 / 101325
	return nil
}

// daysPerYear is what a year of throughput counts.
const daysPerYear = 365

// barrelM3 is an oil barrel of 42 US gallons.
const barrelM3 = 0.158987294928

// In gives a mass flow in a unit of capacity: bcm/yr (10⁹ m³ a year of 365 days at 15 °C and
// 1.01325 bar), bbl/d (at 15 °C), Mt/yr or kg/s. Another unit is an error.
func (b *Built) In(unit string, kgPerS float64) (float64, error) {
	switch unit {
	case "bcm/yr":
		return kgPerS * b.M3PerKg * 86400 * daysPerYear / 1e9, nil
	case "bbl/d":
		return kgPerS * b.M3PerKg * 86400 / barrelM3, nil
	case "Mt/yr":
		return kgPerS * 86400 * daysPerYear / 1e9, nil
	case "kg/s":
		return kgPerS, nil
	}
	return 0, fmt.Errorf("pipeline: the unit %q is not known: bcm/yr, bbl/d, Mt/yr or kg/s was expected", unit)
}

// Unit is the usual one of capacities of the line.
func (l *Line) Unit() string {
	if l.Medium == Oil {
		return "bbl/d"
	}
	return "bcm/yr"
}

// Run gives the network at a throughput, with set-points of stations and sources lowered where a
// greatest pressure asks for it; at 0, at its capacity. Bounds that are broken show in its
// solution ([pipeflow.Shortfalls]), as when more is asked for than can be carried.
func (b *Built) Run(kgPerS float64) (*pipeflow.Network, error) {
	if kgPerS == 0 {
		t, err := pipeflow.Capacity(context.Background(), b.Network, b.Takes, pipeflow.CapacityOptions{})
		if err != nil {
			return nil, err
		}
		return t.Network, nil
	}
	net, _, err := pipeflow.At(context.Background(), b.Network, b.Takes, kgPerS)
	return net, err
}
