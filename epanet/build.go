package epanet

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/pipeflow"
)

// build makes elements of the links, as statuses and controls have left them.
func (c *reader) build() {
	net := c.out.Network
	for i := range c.drafts {
		d := &c.drafts[i]
		l := &c.out.Links[d.link]
		switch l.Kind {
		case PipeLink:
			p := d.pipe
			p.ID, p.From, p.To, p.Closed = l.ID, d.from, d.to, d.position == closed
			l.Element, l.Index = Pipes, len(net.Pipes)
			net.Pipes = append(net.Pipes, p)
		case PumpLink:
			c.station(d, l)
		default:
			c.valve(d, l)
		}
	}
}

// Of the pipes that stand for what a valve or pump has beside its own work: a loss so small that
// it does not show, yet large enough that the flow is determined, and no length to speak of.
const (
	leastLoss     = 1e-4 // of the velocity head: 5 micrometres of water at 1 m/s
	stubKm        = 1e-6
	stubFriction  = 1e-9
	leastStubMm   = 5
	largestStubMm = 5000
)

// stub is a pipe without length, with a loss of its own. Only pipes know of heights, so where
// the ends of a valve or pump stand at different ones, a stub takes up the rise between.
func (c *reader) stub(id string, from, to int, loss, diameterMm float64) pipeflow.Pipe {
	return pipeflow.Pipe{ID: id, From: from, To: to, LengthKm: stubKm, FrictionFactor: stubFriction,
		LossCoefficient: math.Max(loss, leastLoss), DiameterMm: math.Min(math.Max(diameterMm, leastStubMm), largestStubMm)}
}

// between adds a node beside one end of a link, at the height of the other, and a stub between
// the node and that end. before says which: the first end or the second.
func (c *reader) between(d *draft, l *Link, before bool, loss, diameterMm float64) int {
	net := c.out.Network
	near, far := d.from, d.to
	if !before {
		near, far = d.to, d.from
	}
	id := l.ID + " stub"
	for taken := true; taken; {
		_, node := c.out.nodes[id]
		_, link := c.out.links[id]
		if taken = node || link; taken {
			id += "'"
		}
	}
	i := len(net.Nodes)
	c.out.nodes[id] = i
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: id, HeightM: net.Nodes[far].HeightM, X: net.Nodes[near].X, Y: net.Nodes[near].Y})
	if before {
		net.Pipes = append(net.Pipes, c.stub(id, near, i, loss, diameterMm))
	} else {
		net.Pipes = append(net.Pipes, c.stub(id, i, near, loss, diameterMm))
	}
	return i
}

// level reports whether both ends of a link stand at one height.
func (c *reader) level(d *draft) bool {
	return c.out.Nodes[d.from].HeightM == c.out.Nodes[d.to].HeightM
}

func (c *reader) station(d *draft, l *Link) {
	net := c.out.Network
	t := pipeflow.Station{ID: l.ID, From: d.from, To: d.to, Efficiency: 1}
	flow := 0.0 // about the most, m³/s
	switch {
	case d.position == closed || d.setting == 0:
		t.Control = pipeflow.Shut
	case d.pump != nil:
		curve := *d.pump
		curve.Speed = d.setting
		t.Control, t.Curve = pipeflow.OnCurve, &curve
		if n := len(curve.FlowM3PerS); n > 0 {
			flow = curve.FlowM3PerS[n-1] * d.setting
		} else {
			flow = math.Pow(curve.ShutoffM/curve.Coefficient, 1/curve.Exponent) * d.setting
		}
	default:
		// EPANET gives 8.814 ft of head to 1 hp at 1 ft³/s, of whatever liquid, and none to the
		// speed of the pump. A station gives power / volume flow as pressure: this is the power
		// that does the same.
		t.Control = pipeflow.KeepPower
		t.Set = d.powerHp * powerFeet * footM * cubicFootM3 * c.opt.densityKgPerM3 * gravityMPerS2 / 1e6
		flow = d.powerHp * powerFeet * footM * cubicFootM3 / 30 // at 30 m of head
	}
	if t.Control != pipeflow.Shut && !c.level(d) {
		// Wide enough for 1 m/s.
		t.From = c.between(d, l, true, 0, 1000*math.Sqrt(flow/(math.Pi/4)))
	}
	l.Element, l.Index = Stations, len(net.Stations)
	net.Stations = append(net.Stations, t)
}

func (c *reader) valve(d *draft, l *Link) {
	net, u := c.out.Network, c.opt.units
	density := c.opt.densityKgPerM3
	if d.position == working && d.setting < 0 && l.Kind != PRV && l.Kind != PSV {
		c.fault(d.line, "setting", fmt.Sprint(d.setting), "at least 0 was expected")
		return
	}
	// An open valve, or one that throttles, is a loss or nothing.
	loss := func(k float64) {
		if k > 0 || !c.level(d) {
			l.Element, l.Index = Pipes, len(net.Pipes)
			net.Pipes = append(net.Pipes, c.stub(l.ID, d.from, d.to, k, d.pipe.DiameterMm))
			return
		}
		l.Element, l.Index = Valves, len(net.Valves)
		net.Valves = append(net.Valves, pipeflow.Valve{ID: l.ID, From: d.from, To: d.to})
	}
	drop := d.setting * u.headM * density * gravityMPerS2 / 1e5
	r := pipeflow.Regulator{ID: l.ID, From: d.from, To: d.to}
	switch {
	case d.position == closed:
		l.Element, l.Index = Valves, len(net.Valves)
		net.Valves = append(net.Valves, pipeflow.Valve{ID: l.ID, From: d.from, To: d.to, Closed: true})
		return
	case d.position == opened, l.Kind == PBV && d.setting == 0:
		loss(d.pipe.LossCoefficient)
		return
	case l.Kind == TCV:
		loss(d.setting)
		return
	case l.Kind == PBV:
		// EPANET has the drop from first node to second even of flow that turns back; here it is
		// in the direction of flow. The valve's own loss is part of the drop.
		t := pipeflow.Resistor{ID: l.ID, From: d.from, To: d.to, DropBar: drop}
		if !c.level(d) {
			t.From = c.between(d, l, true, 0, d.pipe.DiameterMm)
		}
		l.Element, l.Index = Resistors, len(net.Resistors)
		net.Resistors = append(net.Resistors, t)
		return
	case l.Kind == PRV:
		r.Kind, r.SetBar = pipeflow.Reducing, pipeflow.AtmosphereBar+drop
	case l.Kind == PSV:
		r.Kind, r.SetBar = pipeflow.Sustaining, pipeflow.AtmosphereBar+drop
	case l.Kind == FCV:
		r.Kind, r.SetKgPerS = pipeflow.FlowLimit, d.setting*u.flow*density
	}
	if r.Kind != pipeflow.FlowLimit && !(r.SetBar > 0) {
		c.fault(d.line, "setting", fmt.Sprint(d.setting), "a pressure above vacuum was expected")
		return
	}
	if k := d.pipe.LossCoefficient; k > 0 || !c.level(d) {
		// The loss of the open valve stands on the side that is not kept, where it only adds to
		// what the valve takes off when it works.
		i := c.between(d, l, r.Kind != pipeflow.Sustaining, k, d.pipe.DiameterMm)
		if r.Kind == pipeflow.Sustaining {
			r.To = i
		} else {
			r.From = i
		}
	}
	l.Element, l.Index = Regulators, len(net.Regulators)
	net.Regulators = append(net.Regulators, r)
}
