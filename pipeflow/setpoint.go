package pipeflow

import "math"

// mostLowered is how often set-points are lowered for one throughput.
const mostLowered = 40

// holding is a set-point that was brought down for the greatest pressure of a node: the potential
// that it had and what the node then had, from which the next is taken as from a straight line.
type holding struct {
	station, fixed int // one of them, the other -1
	node           int
	set, at        float64
	raised         int
}

// mostRaised is how often a set-point that came out too low is brought up again.
const mostRaised = 6

// lower brings down the set-point above the node that most exceeds its greatest pressure, or
// brings one up again that was brought down too far, and reports whether it did.
func (s *search) lower(r *Result) bool {
	worst, by := -1, 1e-9
	for i := range s.net.Nodes {
		n := &s.net.Nodes[i]
		if n.MaxBar > 0 && r.PressureBar[i]/n.MaxBar-1 > by {
			worst, by = i, r.PressureBar[i]/n.MaxBar-1
		}
	}
	if worst < 0 {
		return s.raise(r)
	}
	station, fixed := s.above(r, worst)
	if station < 0 && fixed < 0 || station >= 0 && s.net.Stations[station].Control != AtLimit {
		return false
	}
	for i := range s.held {
		if h := &s.held[i]; h.station == station && h.fixed == fixed {
			if h.node != worst { // another node binds now: nothing is known of it
				h.node, h.at, h.set = worst, math.NaN(), math.NaN()
			}
			return s.reset(h, r)
		}
	}
	s.held = append(s.held, holding{station: station, fixed: fixed, node: worst, set: math.NaN(), at: math.NaN()})
	return s.reset(&s.held[len(s.held)-1], r)
}

// raise brings up the first set-point that leaves room below the pressure that it was brought
// down for.
func (s *search) raise(r *Result) bool {
	for i := range s.held {
		h := &s.held[i]
		room := 1 - r.PressureBar[h.node]/s.net.Nodes[h.node].MaxBar
		if room < 1e-8 || h.raised == mostRaised || h.station >= 0 && r.Stations[h.station].State != stateNames[atOutlet] {
			continue
		}
		h.raised++
		if s.reset(h, r) {
			return true
		}
	}
	return false
}

// reset moves a set-point to where its node stands at its greatest pressure, if the node follows
// it straight; potentials nearly do. It reports whether the set-point moved.
func (s *search) reset(h *holding, r *Result) bool {
	set := 0.0
	most := 0.0
	if h.station >= 0 {
		set, most = r.Stations[h.station].OutletBar, s.given.Stations[h.station].MaxOutletBar
	} else {
		set, most = s.net.Nodes[h.fixed].FixedBar, s.given.Nodes[h.fixed].FixedBar
	}
	x, at := s.solver.potential(set), s.solver.potential(r.PressureBar[h.node])
	slope := 1.0
	if g := (at - h.at) / (x - h.set); g > 0.05 && g < 20 {
		slope = g
	}
	h.set, h.at = x, at
	next := s.solver.pressure(x - (at-s.solver.potential(s.net.Nodes[h.node].MaxBar))/slope)
	if most > 0 {
		next = math.Min(next, most)
	}
	if !(next > 0) || math.Abs(next-set) < 1e-12*set {
		return false
	}
	if h.station >= 0 {
		s.net.Stations[h.station].MaxOutletBar = next
		return true
	}
	if next < s.net.Nodes[h.fixed].MinBar {
		return false
	}
	s.net.Nodes[h.fixed].FixedBar = next
	return true
}

// above walks against the flow from a node to the station at work, or the node of given
// pressure, that its pressure comes from; -1 where there is none.
func (s *search) above(r *Result, node int) (station, fixed int) {
	for range len(s.net.Nodes) {
		if s.net.Nodes[node].Fixed() {
			return -1, node
		}
		next := -1
		for i := range s.solver.elements {
			e := &s.solver.elements[i]
			m := s.solver.m[i]
			from, to := int(e.from), int(e.to)
			if m < 0 {
				from, to = to, from
			}
			if to != node || e.state == shut {
				continue
			}
			if e.kind == stationKind && e.state != open {
				return e.index, -1
			}
			if e.kind == regulatorKind && e.state == active {
				return -1, -1
			}
			next = from
		}
		if next < 0 {
			return -1, -1
		}
		node = next
	}
	return -1, -1
}
