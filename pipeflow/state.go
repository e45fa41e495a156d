package pipeflow

import (
	"fmt"
	"math"
	"strings"
)

// stand puts an element into the state that it begins with.
func (s *Solver) stand(e *element) {
	e.state = open
	switch e.kind {
	case pipeKind:
		if s.net.Pipes[e.index].Closed {
			e.state = shut
		}
	case valveKind:
		if s.net.Valves[e.index].Closed {
			e.state = shut
		}
	case regulatorKind:
		e.state = active
		if s.kept(e) {
			e.state = open
		}
	case stationKind:
		e.state = active
		t := &s.net.Stations[e.index]
		switch t.Control {
		case Bypass, KeepPower: // what a power does shows only once there is a flow
			e.state = open
		case Shut:
			e.state = shut
		case AtLimit:
			switch {
			case t.MaxOutletBar > 0:
				e.state = atOutlet
			case t.MaxRatio > 0:
				e.state = atRatio
			default:
				e.state = open
			}
		}
	}
	if e.state == shut {
		s.m[s.indexOf(e)] = 0
	}
}

// restand takes over what was changed by hand since the last solution, and keeps the rest.
func (s *Solver) restand(e *element) {
	was := e.state
	s.stand(e)
	movable := e.kind == regulatorKind ||
		e.kind == pipeKind && s.net.Pipes[e.index].CheckValve && e.state == open ||
		e.kind == valveKind && s.net.Valves[e.index].CheckValve && e.state == open ||
		e.kind == stationKind && s.net.Stations[e.index].Control != Bypass && e.state != shut && (s.net.Stations[e.index].Control == AtLimit) == (was >= atRatio || was == open || was == shut)
	if movable && s.possible(e, was) {
		e.state = was
		if was == shut {
			s.m[s.indexOf(e)] = 0
		}
	} else if was == shut && e.state != shut {
		s.m[s.indexOf(e)] = e.start
	}
}

// possible says whether a station at its limit has the limit that a state is named for.
func (s *Solver) possible(e *element, st state) bool {
	if e.kind != stationKind {
		return true
	}
	t := &s.net.Stations[e.index]
	switch st {
	case atRatio:
		return t.MaxRatio > 0
	case atOutlet:
		return t.MaxOutletBar > 0
	case atPower:
		return t.MaxPowerMW > 0
	}
	return true
}

// Differences of pressure and flow that do not move valves.
const (
	pressureTouch = 1e-7 // bar
	flowTouch     = 1e-7 // kg/s
)

// restate moves valves, regulators and stations to where the solution asks them to be, and
// names those that moved. one moves the first only, which ends most cycles.
func (s *Solver) restate(one bool) []string {
	var moved []string
	for i := range s.elements {
		e := &s.elements[i]
		next := s.next(e)
		if next == e.state {
			continue
		}
		moved = append(moved, s.elementName(i))
		if e.state == shut {
			s.m[i] = math.Max(e.start, e.least) / 10
		}
		// A given power has an answer for flows forward only.
		if e.kind == stationKind && e.state == open && next == active && s.m[i] < e.start {
			s.m[i] = e.start
		}
		e.state = next
		if next == shut {
			s.m[i] = 0
		}
		if one {
			break
		}
	}
	return moved
}

// next is the state that an element should be in.
func (s *Solver) next(e *element) state {
	i := s.indexOf(e)
	pi, pj, m := s.pressure(s.x[e.from]), s.pressure(s.x[e.to]), s.m[i]
	checked := func() state {
		switch {
		case e.state == open && m < -flowTouch:
			return shut
		case e.state == shut && pi > pj+s.restBar(e)+pressureTouch:
			return open
		}
		return e.state
	}
	switch e.kind {
	case pipeKind:
		if p := &s.net.Pipes[e.index]; p.CheckValve && !p.Closed {
			return checked()
		}
	case valveKind:
		if v := &s.net.Valves[e.index]; v.CheckValve && !v.Closed {
			return checked()
		}
	case regulatorKind:
		return s.nextRegulator(e, pi-s.restBar(e), pj, m)
	case stationKind:
		return s.nextStation(e, pi, pj, m)
	}
	return e.state
}

// restBar is the difference of pressure over an element without flow.
func (s *Solver) restBar(e *element) float64 {
	if !s.liquid {
		return 0
	}
	return e.lift
}

// kept reports whether the pressure that a regulator would keep is a given one, so that it can
// only be open or shut.
func (s *Solver) kept(e *element) bool {
	r := &s.net.Regulators[e.index]
	return r.Kind == Reducing && s.net.Nodes[e.to].Fixed() || r.Kind == Sustaining && s.net.Nodes[e.from].Fixed()
}

// nextRegulator has the pressure before the regulator at the height of the node behind it.
func (s *Solver) nextRegulator(e *element, pi, pj, m float64) state {
	r := &s.net.Regulators[e.index]
	before := pi + s.restBar(e) // where it is
	if r.Always {
		return e.state
	}
	if r.Kind == FlowLimit {
		switch {
		case e.state == open && m > r.SetKgPerS+flowTouch:
			return active
		case e.state == active && pj > pi+pressureTouch: // it would have to push
			return open
		}
		return e.state
	}
	wanted := func() bool { // whether an open regulator would break what it keeps
		if r.Kind == Sustaining {
			return before < r.SetBar-pressureTouch
		}
		return pj > r.SetBar+pressureTouch
	}
	switch e.state {
	case active:
		switch {
		case m < -flowTouch:
			return shut
		case r.Kind == Reducing && pi < r.SetBar-pressureTouch, r.Kind == Sustaining && pj > r.SetBar-s.restBar(e)+pressureTouch:
			return open
		}
	case open:
		switch {
		case m < -flowTouch:
			return shut
		case wanted() && s.kept(e):
			return shut
		case wanted():
			return active
		}
	case shut:
		switch {
		case r.Kind == Reducing && pj < math.Min(r.SetBar, pi)-pressureTouch:
			if pi > r.SetBar && !s.kept(e) {
				return active
			}
			return open
		case r.Kind == Sustaining && before > r.SetBar+pressureTouch && pi > pj+pressureTouch:
			return active
		}
	}
	return e.state
}

func (s *Solver) nextStation(e *element, pi, pj, m float64) state {
	t := &s.net.Stations[e.index]
	switch t.Control {
	case Shut, Bypass, KeepFlow:
		return e.state
	case OnCurve:
		rise := 0.0
		head, _ := t.Curve.at(0)
		rise = s.net.Liquid.DensityKgPerM3 * s.net.gravity() * head / 1e5
		switch {
		case e.state == active && m < -flowTouch:
			return shut
		case e.state == shut && pj-pi+s.restBar(e) < rise-pressureTouch:
			return active
		}
		return e.state
	case AtLimit:
	default:
		if t.Control == KeepPower && e.state == open {
			return active
		}
		if e.state == active && m < -flowTouch && !t.Always {
			return shut
		}
		return e.state
	}
	if e.state == shut {
		if pi > pj+pressureTouch {
			return open
		}
		return shut
	}
	if m < -flowTouch {
		return shut
	}
	if pi <= 0 {
		return e.state // no flow can be carried that asks for this; nothing is to be read from it
	}
	ratio := pj / pi
	// The limit that is broken by most, as a share, is the one to keep.
	next, most := e.state, 1e-9
	over := func(st state, share float64) {
		// One that stands open does no work: no limit of its own is broken by it.
		if st != e.state && e.state != open && share > most {
			next, most = st, share
		}
	}
	if t.MaxOutletBar > 0 {
		over(atOutlet, pj/t.MaxOutletBar-1)
	}
	if t.MaxRatio > 0 {
		over(atRatio, ratio/t.MaxRatio-1)
	}
	if t.MaxPowerMW > 0 {
		over(atPower, s.power(e, m, pi, pj)/t.MaxPowerMW-1)
	}
	if next != e.state {
		return next
	}
	if t.MaxOutletBar > 0 {
		// Where the inlet is above what the outlet may be, the station throttles.
		if e.state != atOutlet && pi > t.MaxOutletBar {
			return atOutlet
		}
		if e.state == open {
			return atOutlet
		}
		return e.state
	}
	switch {
	case e.state != open && pj < pi-pressureTouch:
		return open // what it keeps asks for less than no work
	case e.state == open && t.MaxRatio > 1:
		return atRatio
	case e.state == open:
		return atPower
	}
	return e.state
}

// power is the shaft power of a station, MW. A pump also lifts to the height of its outlet.
func (s *Solver) power(e *element, m, pi, pj float64) float64 {
	t := &s.net.Stations[e.index]
	if s.liquid {
		return s.net.Liquid.PumpPowerMW(m, pj-pi+e.lift, t.efficiency())
	}
	return s.net.Gas.CompressionPowerMW(m, pi, pj, t.efficiency())
}

// elementName names an element in messages.
func (s *Solver) elementName(i int) string {
	e := &s.elements[i]
	switch e.kind {
	case pipeKind:
		return "pipe " + s.net.Pipes[e.index].ID
	case valveKind:
		return "valve " + s.net.Valves[e.index].ID
	case resistorKind:
		return "resistor " + s.net.Resistors[e.index].ID
	case regulatorKind:
		return "regulator " + s.net.Regulators[e.index].ID
	}
	return "station " + s.net.Stations[e.index].ID
}

// standing lists what is shut, for messages.
func (s *Solver) standing() string {
	var out []string
	for i := range s.elements {
		if s.elements[i].state == shut {
			out = append(out, s.elementName(i)+" shut")
		}
	}
	if len(out) == 0 {
		return "nothing shut"
	}
	return some(out)
}

// some joins the first few of a list and counts the rest.
func some(list []string) string {
	const most = 8
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
