package gaslib

import (
	"encoding/xml"
	"fmt"
	"math"
)

// valueOf makes the attribute of a value, for one that stands in an attribute of its own.
func valueOf(text string) []xml.Attr {
	return []xml.Attr{{Name: xml.Name{Local: "value"}, Value: text}}
}

// bounds are the bounds of a quantity in a scenario.
type bounds struct {
	low, high       float64
	hasLow, hasHigh bool
	mass            bool // flows: by mass, not by volume
	line            int
}

func (b *bounds) one() bool { return b.hasLow && b.hasHigh && b.low == b.high }

// bound hears one statement of a bound.
func (b *bounds) bound(f *file, e *element, q quantity) {
	v, ok := f.convert(e, q)
	if !ok {
		return
	}
	if (b.hasLow || b.hasHigh) && b.mass != massFlow(e.attr("unit")) {
		f.fault(e.line, e.name+" unit", e.attr("unit"), "one kind of unit for all bounds of a flow was expected")
		return
	}
	b.mass, b.line = massFlow(e.attr("unit")), e.line
	switch kind := e.attr("bound"); kind {
	case "both", "":
		b.low, b.high, b.hasLow, b.hasHigh = v, v, true, true
	case "lower":
		b.low, b.hasLow = v, true
	case "upper":
		b.high, b.hasHigh = v, true
	default:
		f.fault(e.line, e.name+" bound", kind, "both, lower or upper was expected")
	}
}

// nomination is what a scenario says of one node.
type nomination struct {
	node           int
	sign           float64
	line           int
	flow, pressure bounds
}

// boundary takes flows and pressures from a scenario, nil where there is none, and makes the gas.
func (r *reader) boundary(top *element) {
	var list []nomination
	if top != nil {
		if chosen := r.choose(top); chosen != nil {
			list = r.nominations(chosen)
		}
	}
	fixed := r.pressures(list)
	fixed = r.references() || fixed
	reference := -1
	if !fixed {
		reference = r.reference(list)
	}
	r.flows(list, reference)
}

// choose finds the scenario to take.
func (r *reader) choose(top *element) *element {
	f := r.scenario
	var first *element
	count := 0
	for _, e := range top.parts {
		if e.name != "scenario" {
			f.fault(e.line, e.name, "", "scenario was expected")
			continue
		}
		if r.opt.Scenario != "" && e.attr("id") == r.opt.Scenario {
			r.out.Scenario = r.opt.Scenario
			return e
		}
		if first == nil {
			first = e
		}
		count++
	}
	switch {
	case r.opt.Scenario != "":
		f.fault(top.line, "scenario", r.opt.Scenario, "the id of a scenario of the file was expected")
		return nil
	case first == nil:
		f.fault(top.line, "scenario", "", "the element is required")
		return nil
	case count > 1:
		r.warn(f, first.line, "the first of %d scenarios is taken, %s", count, first.attr("id"))
	}
	r.out.Scenario = first.attr("id")
	return first
}

func (r *reader) nominations(scenario *element) []nomination {
	f := r.scenario
	var list []nomination
	seen := map[int]bool{}
	for _, e := range scenario.parts {
		id := e.attr("id")
		switch e.name {
		case "node":
			i, ok := r.out.nodes[id]
			if !ok {
				f.fault(e.line, "node", id, "the id of a node of the network was expected")
				continue
			}
			if seen[i] {
				f.fault(e.line, "node", id, "each node was expected once")
				continue
			}
			seen[i] = true
			n := nomination{node: i, line: e.line}
			switch kind := e.attr("type"); kind {
			case "entry":
				n.sign = 1
			case "exit":
				n.sign = -1
			default:
				f.fault(e.line, "type", kind, "entry or exit was expected of node %s", id)
			}
			for _, p := range e.parts {
				switch p.name {
				case "flow":
					n.flow.bound(f, p, flow)
				case "pressure":
					n.pressure.bound(f, p, pressure)
				}
			}
			list = append(list, n)
		case "pipe":
			i, ok := r.pipes[id]
			if !ok {
				f.fault(e.line, "pipe", id, "the id of a pipe of the network was expected")
				continue
			}
			if v, ok := f.optional(e, "soilTemperature", temperature); ok {
				if v <= 0 {
					f.fault(e.line, "soilTemperature", fmt.Sprint(v), "more than 0 K was expected of %s", id)
				}
				r.out.SoilK[i] = v
			}
		}
	}
	return list
}

// pressures tightens the bounds of nodes by those of the scenario, and reports whether it gives
// a pressure.
func (r *reader) pressures(list []nomination) bool {
	fixed := false
	for _, n := range list {
		node, b := &r.out.Nodes[n.node], &n.pressure
		if b.hasLow && b.hasHigh && b.low > b.high {
			r.scenario.fault(b.line, "pressure", fmt.Sprint(b.low), "a lower bound of at most the upper, %g bar, was expected of node %s", b.high, node.ID)
			continue
		}
		if b.one() {
			if b.low <= 0 {
				r.scenario.fault(b.line, "pressure", fmt.Sprint(b.low), "an absolute pressure above 0 was expected of node %s", node.ID)
				continue
			}
			node.FixedBar, fixed = b.low, true
			continue
		}
		low, high := node.MinBar, node.MaxBar
		if b.hasLow {
			low = math.Max(low, b.low)
		}
		if b.hasHigh && b.high > 0 && (high == 0 || b.high < high) {
			high = b.high
		}
		if high > 0 && low > high {
			r.scenario.fault(b.line, "pressure", "", "bounds that leave room between those of the network, %g to %g bar, were expected of node %s", node.MinBar, node.MaxBar, node.ID)
			continue
		}
		node.MinBar, node.MaxBar = low, high
	}
	return fixed
}

// references gives nodes the pressures that the caller asks for.
func (r *reader) references() bool {
	for _, ref := range r.opt.References {
		i, ok := r.out.nodes[ref.NodeID]
		switch {
		case !ok:
			r.net.fault(0, "reference", ref.NodeID, "the id of a node was expected")
		case !(ref.PressureBar > 0) || math.IsInf(ref.PressureBar, 0):
			r.net.fault(0, "reference "+ref.NodeID, fmt.Sprint(ref.PressureBar), "an absolute pressure above 0 was expected")
		default:
			r.out.Nodes[i].FixedBar = ref.PressureBar
		}
	}
	return len(r.opt.References) > 0
}

// reference takes the source with the greatest flow as node of given pressure; -1 where there
// is none.
func (r *reader) reference(list []nomination) int {
	best, most := -1, math.Inf(-1)
	for _, n := range list {
		if n.sign > 0 && n.flow.hasHigh && n.flow.high > most {
			best, most = n.node, n.flow.high
		}
	}
	for i := 0; best < 0 && i < len(r.ends); i++ {
		if r.ends[i].source {
			best = i
		}
	}
	if best < 0 {
		r.net.fault(0, "reference", "", "a node of given pressure was expected: there is no source to take for it")
		return -1
	}
	n := &r.out.Nodes[best]
	if n.MaxBar <= 0 {
		r.net.fault(r.ends[best].line, "pressureMax", "", "a greatest pressure was expected of %s, which stands for the node of given pressure; or one given by the caller", n.ID)
		return -1
	}
	n.FixedBar = (n.MinBar + n.MaxBar) / 2
	r.warn(r.net, r.ends[best].line, "no pressure is given: source %s is kept at %.4g bar, the mean of its bounds", n.ID, n.FixedBar)
	return best
}

// flows makes the gas and gives nodes their supply.
func (r *reader) flows(list []nomination, reference int) {
	var all []quality
	var weights []float64
	weight := map[int]float64{}
	for _, n := range list {
		if n.sign > 0 && n.flow.one() {
			volume := n.flow.low
			if n.flow.mass && r.ends[n.node].quality.normDensity > 0 {
				volume /= r.ends[n.node].quality.normDensity
			}
			weight[n.node] = math.Max(volume, 0)
		}
	}
	for i := range r.ends {
		if r.ends[i].hasQuality {
			all, weights = append(all, r.ends[i].quality), append(weights, weight[i])
		}
	}
	if len(all) == 0 {
		r.net.fault(0, "molarMass", "", "at least one source with the properties of its gas was expected")
		return
	}
	r.mean = mixed(all, weights)
	in, out := 0.0, 0.0
	for _, n := range list {
		node, b := &r.out.Nodes[n.node], &n.flow
		if !b.one() {
			if !node.Fixed() {
				r.scenario.fault(n.line, "flow", "", "one flow (lower bound = upper bound) was expected of node %s, whose pressure is not given", node.ID)
			}
			continue
		}
		kgPerS := b.low
		if !b.mass {
			d := r.mean.normDensity
			if t := &r.ends[n.node]; t.hasQuality {
				d = t.quality.normDensity
			}
			kgPerS *= d
		}
		if math.IsInf(kgPerS, 0) || math.IsNaN(kgPerS) {
			r.scenario.fault(b.line, "flow", fmt.Sprint(kgPerS), "a finite flow was expected")
			continue
		}
		node.SupplyKgPerS += n.sign * kgPerS
		in += math.Max(n.sign*kgPerS, 0)
		out += math.Max(-n.sign*kgPerS, 0)
	}
	if math.Abs(in-out) > 1e-3*math.Max(in, out) {
		who := "nodes of given pressure make up"
		if reference >= 0 {
			who = r.out.Nodes[reference].ID + " makes up"
		}
		r.warn(r.scenario, 0, "%.4g kg/s come in and %.4g kg/s go out: %s the difference", in, out, who)
	}
	r.finish()
}

// finish sets what needs the mean gas.
func (r *reader) finish() {
	if len(r.faults) > 0 {
		return
	}
	net := r.out.Network
	net.Gas = r.mean.gas("mean of sources")
	r.out.NormDensityKgPerM3 = r.mean.normDensity
	for _, l := range r.limits {
		v := l.value
		if !l.mass {
			v *= r.mean.normDensity
		}
		t := &net.Stations[l.station]
		if l.most {
			t.MaxKgPerS = v
		} else {
			t.MinKgPerS = v
		}
	}
	if !r.opt.HeatExchange {
		return
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		p.HeatWPerM2K, p.GroundK = r.out.HeatWPerM2K[i], r.out.SoilK[i]
		if p.GroundK == 0 {
			p.GroundK = net.Gas.TemperatureK
		}
	}
}
