package pipeflow

import "math"

// Result is a steady state.
type Result struct {
	// PressureBar [nodes] is absolute. SupplyKgPerS [nodes] is what enters at each node.
	PressureBar  []float64
	SupplyKgPerS []float64
	// NodeK [nodes] are temperatures, where heat is exchanged with the ground; else nil.
	NodeK []float64

	Pipes      []PipeFlow
	Valves     []float64 // kg/s
	Resistors  []float64 // kg/s
	Regulators []RegulatorFlow
	Stations   []StationFlow

	Iterations    int     // of Newton's method, over all rounds
	Rounds        int     // of the standing of valves and stations
	Residual      float64 // largest remainder of an equation, as a share of its pressures
	BalanceKgPerS float64 // largest imbalance of a node
}

// PipeFlow is the flow in a pipe, of all lines side by side.
type PipeFlow struct {
	KgPerS         float64
	InletMPerS     float64 // velocity at From; of a gas, 0 where its pressure is below zero
	OutletMPerS    float64 // velocity at To
	Reynolds       float64
	FrictionFactor float64 // Darcy; 0 where nothing flows
	TemperatureK   float64 // mean, where heat is exchanged with the ground
}

// RegulatorFlow is the flow through a regulator and how it stands: open, active or shut.
type RegulatorFlow struct {
	KgPerS float64
	State  string
}

// StationFlow is the flow through a station, its pressures and power.
type StationFlow struct {
	KgPerS    float64
	InletBar  float64
	OutletBar float64
	PowerMW   float64 // at the shaft
	FuelMW    float64 // heat of the fuel that the drives burn
	State     string
}

// result reads the state of the solver.
func (s *Solver) result(iterations, rounds int) *Result {
	net := s.net
	r := &Result{PressureBar: make([]float64, len(net.Nodes)), SupplyKgPerS: make([]float64, len(net.Nodes)),
		Pipes: make([]PipeFlow, len(net.Pipes)), Valves: make([]float64, len(net.Valves)), Resistors: make([]float64, len(net.Resistors)),
		Regulators: make([]RegulatorFlow, len(net.Regulators)), Stations: make([]StationFlow, len(net.Stations)),
		Iterations: iterations, Rounds: rounds, Residual: s.residual}
	for i := range net.Nodes {
		r.PressureBar[i] = s.pressure(s.x[i])
		if net.Nodes[i].Fixed() {
			r.PressureBar[i] = net.Nodes[i].FixedBar // not the root of its square
		}
	}
	density := func(bar float64) float64 {
		if s.liquid {
			return net.Liquid.DensityKgPerM3
		}
		return net.Gas.DensityKgPerM3(bar)
	}
	for i := range s.elements {
		e := &s.elements[i]
		m := s.m[i]
		r.SupplyKgPerS[e.from] += m
		r.SupplyKgPerS[e.to] -= m
		pi, pj := r.PressureBar[e.from], r.PressureBar[e.to]
		switch e.kind {
		case pipeKind:
			p := &net.Pipes[e.index]
			each := m / e.lines
			f := PipeFlow{KgPerS: m, Reynolds: e.reynolds * math.Abs(each)}
			if pi > 0 || s.liquid {
				f.InletMPerS = each / density(pi) / p.areaM2()
			}
			if pj > 0 || s.liquid {
				f.OutletMPerS = each / density(pj) / p.areaM2()
			}
			if f.Reynolds > 1e-6 { // below, squares of flow come to nothing
				head, _ := s.friction(e, each)
				f.FrictionFactor = head / (each * math.Abs(each))
			}
			r.Pipes[e.index] = f
		case valveKind:
			r.Valves[e.index] = m
		case resistorKind:
			r.Resistors[e.index] = m
		case regulatorKind:
			r.Regulators[e.index] = RegulatorFlow{KgPerS: m, State: stateNames[e.state]}
		case stationKind:
			t := &net.Stations[e.index]
			f := StationFlow{KgPerS: m, InletBar: pi, OutletBar: pj, State: stateNames[e.state]}
			if e.state == active {
				f.State = string(t.Control)
			}
			if e.state != shut && e.state != open {
				f.PowerMW = s.power(e, m, pi, pj)
				f.FuelMW = f.PowerMW / t.driveEfficiency()
			}
			r.Stations[e.index] = f
		}
	}
	for i := range net.Nodes {
		if !net.Nodes[i].Fixed() {
			r.BalanceKgPerS = math.Max(r.BalanceKgPerS, math.Abs(r.SupplyKgPerS[i]-net.Nodes[i].SupplyKgPerS))
			r.SupplyKgPerS[i] = net.Nodes[i].SupplyKgPerS
		}
	}
	return r
}

// feasible checks that no pressure is below zero.
func (s *Solver) feasible(r *Result) error {
	var out []Shortfall
	for i, p := range r.PressureBar {
		if p < 0 {
			out = append(out, Shortfall{Element: "node " + s.net.Nodes[i].ID, Quantity: "pressure", Unit: "bar", Value: p, Bound: 0})
		}
	}
	if len(out) > 0 {
		return &InfeasibleError{Shortfalls: out}
	}
	return nil
}

// HeadM is the head of a node of a liquid network above the level that heights are from: gauge
// pressure over weight, and height.
func (n *Network) HeadM(r *Result, node int) float64 {
	return (r.PressureBar[node]-AtmosphereBar)*1e5/(n.Liquid.DensityKgPerM3*n.gravity()) + n.Nodes[node].HeightM
}

// Shortfalls lists every bound of the network that a state breaks by more than a share of
// 1e-6.
func Shortfalls(net *Network, r *Result) []Shortfall {
	var out []Shortfall
	const touch = 1e-6
	below := func(element, quantity, unit string, value, bound float64) {
		if bound > 0 && value < bound*(1-touch) {
			out = append(out, Shortfall{Element: element, Quantity: quantity, Unit: unit, Value: value, Bound: bound})
		}
	}
	above := func(element, quantity, unit string, value, bound float64) {
		if bound > 0 && value > bound*(1+touch) {
			out = append(out, Shortfall{Element: element, Quantity: quantity, Unit: unit, Value: value, Bound: bound, Above: true})
		}
	}
	for i := range net.Nodes {
		n := &net.Nodes[i]
		below("node "+n.ID, "pressure", "bar", r.PressureBar[i], n.MinBar)
		above("node "+n.ID, "pressure", "bar", r.PressureBar[i], n.MaxBar)
		if net.Liquid != nil && n.MinBar < net.Liquid.VapourBar {
			below("node "+n.ID, "pressure (the liquid boils, the line runs slack)", "bar", r.PressureBar[i], net.Liquid.VapourBar)
		}
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		f := &r.Pipes[i]
		above("pipe "+p.ID, "velocity", "m/s", math.Max(math.Abs(f.InletMPerS), math.Abs(f.OutletMPerS)), p.MaxVelocityMPerS)
	}
	for i := range net.Stations {
		t, f := &net.Stations[i], &r.Stations[i]
		name := "station " + t.ID
		if t.Control != Shut && f.State != stateNames[open] && f.State != stateNames[shut] {
			below(name, "inlet pressure", "bar", f.InletBar, t.MinInletBar)
			above(name, "outlet pressure", "bar", f.OutletBar, t.MaxOutletBar)
			above(name, "ratio", "", f.OutletBar/f.InletBar, t.MaxRatio)
			above(name, "power", "MW", f.PowerMW, t.MaxPowerMW)
			below(name, "flow", "kg/s", f.KgPerS, t.MinKgPerS)
		}
		above(name, "flow", "kg/s", f.KgPerS, t.MaxKgPerS)
	}
	return out
}
