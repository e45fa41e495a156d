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

// Of the pipes that stand for the loss of a valve: no length to speak of.
const (
	lossKm        = 1e-6
	lossFriction  = 1e-9
	leastLossMm   = 5
	largestLossMm = 5000
)

// lossOf is a pipe without length that loses so many velocity heads, as an open valve does.
func lossOf(id string, from, to int, k, diameterMm float64) pipeflow.Pipe {
	return pipeflow.Pipe{ID: id, From: from, To: to, LengthKm: lossKm, FrictionFactor: lossFriction,
		LossCoefficient: k, DiameterMm: math.Min(math.Max(diameterMm, leastLossMm), largestLossMm)}
}

// beside adds a node at one end of a valve and the valve's loss between the two. before says
// which end: the first or the second.
func (c *reader) beside(d *draft, l *Link, before bool) int {
	net := c.out.Network
	near := d.from
	if !before {
		near = d.to
	}
	id := l.ID + " loss"
	for taken := true; taken; {
		_, node := c.out.nodes[id]
		_, link := c.out.links[id]
		if taken = node || link; taken {
			id += "'"
		}
	}
	i := len(net.Nodes)
	c.out.nodes[id] = i
	net.Nodes = append(net.Nodes, pipeflow.Node{ID: id, HeightM: net.Nodes[near].HeightM, X: net.Nodes[near].X, Y: net.Nodes[near].Y})
	if before {
		net.Pipes = append(net.Pipes, lossOf(id, near, i, d.pipe.LossCoefficient, d.pipe.DiameterMm))
	} else {
		net.Pipes = append(net.Pipes, lossOf(id, i, near, d.pipe.LossCoefficient, d.pipe.DiameterMm))
	}
	return i
}

func (c *reader) station(d *draft, l *Link) {
	net := c.out.Network
	t := pipeflow.Station{ID: l.ID, From: d.from, To: d.to, Efficiency: 1}
	switch {
	case d.position == closed || d.setting == 0:
		t.Control = pipeflow.Shut
	case d.pump != nil:
		curve := *d.pump
		curve.Speed = d.setting
		t.Control, t.Curve = pipeflow.OnCurve, &curve
	default:
		// EPANET gives 8.814 ft of head to 1 hp at 1 ft³/s, of whatever liquid, and none to the
		// speed of the pump. A station gives power / volume flow as pressure: this is the power
		// that does the same.
		t.Control = pipeflow.KeepPower
		t.Set = d.powerHp * powerFeet * footM * cubicFootM3 * c.opt.densityKgPerM3 * gravityMPerS2 / 1e6
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
		if k > 0 {
			l.Element, l.Index = Pipes, len(net.Pipes)
			net.Pipes = append(net.Pipes, lossOf(l.ID, d.from, d.to, k, d.pipe.DiameterMm))
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
	if d.pipe.LossCoefficient > 0 {
		// The loss of the open valve stands on the side that is not kept, where it only adds to
		// what the valve takes off when it works.
		i := c.beside(d, l, r.Kind != pipeflow.Sustaining)
		if r.Kind == pipeflow.Sustaining {
			r.To = i
		} else {
			r.From = i
		}
	}
	l.Element, l.Index = Regulators, len(net.Regulators)
	net.Regulators = append(net.Regulators, r)
}
