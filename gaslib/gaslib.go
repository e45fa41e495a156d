package gaslib

import (
	"fmt"
	"io"
	"math"

	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// Reference is a node whose pressure is given. It supplies, or takes, what balances the rest.
type Reference struct {
	NodeID      string
	PressureBar float64 // absolute
}

// Options steer reading.
type Options struct {
	// Scenario is the id of the scenario to take; "": the first of the file.
	Scenario string
	// References are nodes of given pressure. Where there are none and the scenario gives no
	// pressure either, the source with the greatest flow is taken, at the mean of its bounds.
	References []Reference
	// HeatExchange makes pipes exchange heat with the ground, by their heatTransferCoefficient
	// and the scenario's soilTemperature.
	HeatExchange bool
	// AmbientK is the temperature of the air that turbines draw, for the power of stations; 0:
	// 283.15.
	AmbientK float64
}

// Network is a network of GasLib that can be solved. Its law of friction is left for the caller.
type Network struct {
	*pipeflow.Network
	// Scenario is the id of the one taken, "" without one.
	Scenario string
	// NormDensityKgPerM3 is that of the mean gas, by which flows of sinks were converted.
	NormDensityKgPerM3 float64
	// HeatWPerM2K and SoilK [pipes] are kept beside the pipes, which exchange no heat unless
	// asked to; 0: not given.
	HeatWPerM2K, SoilK []float64
	Warnings           []string

	nodes map[string]int
}

// Node finds a node by its id; ok is false where there is none.
func (n *Network) Node(id string) (index int, ok bool) {
	index, ok = n.nodes[id]
	return index, ok
}

// end is what the topology tells of a node beside its place in the network.
type end struct {
	source, sink bool
	line         int
	quality      quality
	hasQuality   bool
}

// reader reads one network.
type reader struct {
	net, scenario, stations *file
	faults                  fault.Faults
	opt                     Options
	out                     *Network
	ends                    []end
	ids                     map[string]bool // of connections
	pipes                   map[string]int
	mean                    quality
	limits                  []flowLimit
	unitless                bool // heights without a unit were told of
}

// flowLimit is a bound of a station's flow, kept until the density of the gas is known.
type flowLimit struct {
	station int
	most    bool
	value   float64
	mass    bool
}

// Read reads a network from its topology and, where they are not nil, a scenario and the
// description of compressor stations. names are those of the three files, in that order, for
// messages. Without a scenario nothing flows in or out. All faults are told together.
func Read(net, scenario, stations io.Reader, opt Options, names ...string) (*Network, error) {
	for i := len(names); i < 3; i++ {
		names = append(names, [...]string{"network.net", "scenario.scn", "stations.cs"}[i])
	}
	if opt.AmbientK == 0 {
		opt.AmbientK = 283.15
	}
	r := &reader{opt: opt, ids: map[string]bool{}, pipes: map[string]int{},
		out: &Network{Network: &pipeflow.Network{Name: names[0]}, nodes: map[string]int{}}}
	r.net, r.scenario, r.stations = &file{names[0], &r.faults}, &file{names[1], &r.faults}, &file{names[2], &r.faults}
	top, err := r.net.parse(net, "network")
	if err != nil {
		return nil, err
	}
	var flows, machines *element
	if scenario != nil {
		if flows, err = r.scenario.parse(scenario, "boundaryValue"); err != nil {
			return nil, err
		}
	}
	if stations != nil {
		if machines, err = r.stations.parse(stations, "compressorStations"); err != nil {
			return nil, err
		}
	}
	if top != nil {
		r.topology(top)
		if flows != nil || scenario == nil {
			r.boundary(flows)
		}
		if machines != nil {
			r.machines(machines)
		}
	}
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	return r.out, nil
}

func (r *reader) warn(f *file, line int, format string, a ...any) {
	const most = 50
	if len(r.out.Warnings) < most {
		r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("%s:%d: %s", f.name, line, fmt.Sprintf(format, a...)))
	}
}

func (r *reader) topology(top *element) {
	f := r.net
	nodes, connections := top.first("nodes"), top.first("connections")
	if nodes == nil || connections == nil {
		f.fault(top.line, "network", "", "nodes and connections were expected")
		return
	}
	for _, e := range nodes.parts {
		r.node(e)
	}
	for _, e := range connections.parts {
		r.connection(e)
	}
}

func (r *reader) node(e *element) {
	f := r.net
	switch e.name {
	case "source", "sink", "innode":
	default:
		f.fault(e.line, e.name, "", "source, sink or innode was expected")
		return
	}
	id := e.attr("id")
	if id == "" {
		f.fault(e.line, e.name, "", "an id was expected")
		return
	}
	if _, twice := r.out.nodes[id]; twice {
		f.fault(e.line, "id", id, "each node was expected once")
		return
	}
	n := pipeflow.Node{ID: id, Name: e.attr("alias")}
	n.HeightM, _ = f.optional(e, "height", height)
	if h := e.first("height"); h != nil && h.attr("unit") == "" && n.HeightM != 0 && !r.unitless {
		r.unitless = true
		r.warn(f, h.line, "heights without a unit are taken for metres")
	}
	n.MinBar, _ = f.optional(e, "pressureMin", pressure)
	n.MaxBar, _ = f.optional(e, "pressureMax", pressure)
	n.X, n.Y = f.coordinate(e, "geoWGS84Long", "x"), f.coordinate(e, "geoWGS84Lat", "y")
	n.MinBar = math.Max(n.MinBar, 0)
	if n.MaxBar < n.MinBar && n.MaxBar != 0 {
		f.fault(e.line, "pressureMax", fmt.Sprint(n.MaxBar), "at least pressureMin, %g bar, was expected of %s", n.MinBar, id)
	}
	t := end{source: e.name == "source", sink: e.name == "sink", line: e.line}
	if t.source && e.first("molarMass") != nil {
		q := &t.quality
		// No gas is lighter, thinner or colder than these.
		q.molarMass = f.above(e, "molarMass", molarMass, 1, true)
		q.normDensity = f.above(e, "normDensity", density, 0.01, true)
		q.criticalBar = f.above(e, "pseudocriticalPressure", pressure, 1, true)
		q.criticalK = f.above(e, "pseudocriticalTemperature", temperature, 1, true)
		q.temperatureK = f.above(e, "gasTemperature", temperature, 1, true)
		if tr := q.temperatureK / q.criticalK; q.criticalK >= 1 && q.temperatureK > 150 && q.temperatureK < 500 && (tr < 1.05 || tr > 3) {
			// Papay's formula, which takes these, says nothing there.
			f.fault(e.first("pseudocriticalTemperature").line, "pseudocriticalTemperature", e.first("pseudocriticalTemperature").attr("value"), "between a third of gasTemperature and 0.95 of it was expected (%.0f to %.0f K)", q.temperatureK/3, q.temperatureK/1.05)
		}
		q.a, _ = f.optional(e, "coefficient-A-heatCapacity", noQuantity)
		q.b, _ = f.optional(e, "coefficient-B-heatCapacity", noQuantity)
		q.c, _ = f.optional(e, "coefficient-C-heatCapacity", noQuantity)
		t.hasQuality = true
	}
	r.out.nodes[id] = len(r.out.Nodes)
	r.out.Nodes = append(r.out.Nodes, n)
	r.ends = append(r.ends, t)
}

// coordinate reads the first of two attributes that is there.
func (f *file) coordinate(e *element, names ...string) float64 {
	for _, name := range names {
		text := e.attr(name)
		if text == "" {
			continue
		}
		v, ok := f.convert(&element{name: name, line: e.line, attrs: valueOf(text)}, noQuantity)
		if ok {
			return v
		}
		break
	}
	return 0
}

// place finds the node that an attribute names; -1 after a fault.
func (r *reader) place(e *element, attr string) int {
	id := e.attr(attr)
	i, ok := r.out.nodes[id]
	if !ok {
		r.net.fault(e.line, e.name+" "+e.attr("id")+": "+attr, id, "the id of a node was expected")
		return -1
	}
	return i
}

func (r *reader) connection(e *element) {
	f, net := r.net, r.out.Network
	id := e.attr("id")
	switch {
	case id == "":
		f.fault(e.line, e.name, "", "an id was expected")
		return
	case r.ids[id]:
		f.fault(e.line, "id", id, "each connection was expected once")
		return
	}
	r.ids[id] = true
	from, to := r.place(e, "from"), r.place(e, "to")
	if from < 0 || to < 0 {
		return
	}
	if from == to {
		f.fault(e.line, e.name+" "+id, e.attr("to"), "two different nodes were expected")
		return
	}
	switch e.name {
	case "pipe":
		p := pipeflow.Pipe{ID: id, From: from, To: to,
			LengthKm:    f.above(e, "length", length, 0, false) / 1000,
			DiameterMm:  f.above(e, "diameter", length, 0, false) * 1000,
			RoughnessMm: f.above(e, "roughness", length, 0, true) * 1000}
		heat, given := f.optional(e, "heatTransferCoefficient", exchange)
		if given && heat < 0 {
			f.fault(e.line, "heatTransferCoefficient", fmt.Sprint(heat), "at least 0 was expected of %s", id)
		}
		r.pipes[id] = len(net.Pipes)
		net.Pipes = append(net.Pipes, p)
		r.out.HeatWPerM2K, r.out.SoilK = append(r.out.HeatWPerM2K, heat), append(r.out.SoilK, 0)
	case "shortPipe", "valve":
		net.Valves = append(net.Valves, pipeflow.Valve{ID: id, From: from, To: to})
	case "resistor":
		t := pipeflow.Resistor{ID: id, From: from, To: to}
		if e.first("pressureLoss") != nil {
			t.DropBar = f.above(e, "pressureLoss", pressureDrop, 0, true)
		} else {
			t.LossCoefficient = f.above(e, "dragFactor", noQuantity, 0, true)
			t.DiameterMm = f.above(e, "diameter", length, 0, false) * 1000
		}
		if t.DropBar == 0 && t.LossCoefficient == 0 {
			net.Valves = append(net.Valves, pipeflow.Valve{ID: id, From: from, To: to})
			break
		}
		net.Resistors = append(net.Resistors, t)
	case "controlValve":
		net.Regulators = append(net.Regulators, pipeflow.Regulator{ID: id, From: from, To: to, Kind: pipeflow.Reducing, SetBar: f.above(e, "pressureOutMax", pressure, 0, false)})
	case "compressorStation":
		t := pipeflow.Station{ID: id, From: from, To: to, Control: pipeflow.Bypass}
		if v, ok := f.optional(e, "pressureInMin", pressure); ok {
			t.MinInletBar = math.Max(v, 0)
		}
		if v, ok := f.optional(e, "pressureOutMax", pressure); ok {
			t.MaxOutletBar = math.Max(v, 0)
		}
		if t.MaxOutletBar > 0 && t.MinInletBar > t.MaxOutletBar {
			f.fault(e.line, "pressureInMin", fmt.Sprint(t.MinInletBar), "at most pressureOutMax, %g bar, was expected of %s", t.MaxOutletBar, id)
		}
		for _, name := range []string{"flowMin", "flowMax"} {
			if v, ok := f.optional(e, name, flow); ok && v > 0 {
				r.limits = append(r.limits, flowLimit{len(net.Stations), name == "flowMax", v, massFlow(e.first(name).attr("unit"))})
			}
		}
		net.Stations = append(net.Stations, t)
	default:
		f.fault(e.line, e.name, id, "pipe, shortPipe, valve, resistor, controlValve or compressorStation was expected")
	}
}
