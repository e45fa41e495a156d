package pipeflow

import (
	"context"
	"math"
)

// Temperatures settle when none moves by more than settledK from one solution to the next.
const (
	settledK     = 1e-4
	mostHeatings = 60
)

// SolveWithHeat is Solve with fluid that exchanges heat with the ground on its way, for pipes
// that have a HeatWPerM2K: what enters has the network's temperature, flows mix at nodes by their
// heat, along a pipe the temperature nears that of the ground, T = Tg + (T1 - Tg) exp(-a) with a =
// U pi D L/(m cp), and a gas cools by JouleThomsonKPerBar with its pressure (Shukhov's formula;
// Menon 2005, sec. 8.4). Stations cool what they compress back to its inlet temperature. Flow and
// temperature are solved in turn until both stay.
//
// Friction and density of each pipe are those of its mean temperature; compressibility too where
// the gas has a ZAtK. NodeK of the result has the temperatures of nodes.
func (s *Solver) SolveWithHeat(ctx context.Context, opt Options) (*Result, error) {
	for i := range s.elements {
		s.elements[i].meanK = 0
	}
	r, err := s.Solve(ctx, opt)
	iterations := r.Iterations
	for n := 0; err == nil; n++ {
		node, moved := s.temperatures(r)
		if moved <= settledK {
			r.NodeK, r.Iterations = node, iterations
			for i := range r.Pipes {
				r.Pipes[i].TemperatureK = s.elements[i].meanK
			}
			return r, nil
		}
		if n == mostHeatings {
			return r, &NotConvergedError{Iterations: iterations, Residual: moved}
		}
		r, err = s.Solve(ctx, opt)
		if r != nil {
			iterations += r.Iterations
		}
	}
	return r, err
}

// temperatures works out those of nodes and pipes for the flows of a state, and how far the
// farthest pipe has moved.
func (s *Solver) temperatures(r *Result) (node []float64, moved float64) {
	net := s.net
	given, capacity, throttling := 0.0, 0.0, 0.0
	if s.liquid {
		given, capacity = net.Liquid.TemperatureK, net.Liquid.HeatCapacityJPerKgK
	} else {
		given, capacity, throttling = net.Gas.TemperatureK, net.Gas.HeatCapacityJPerKgK, net.Gas.JouleThomsonKPerBar
	}
	if capacity <= 0 {
		capacity = 2200
		if s.liquid {
			capacity = 2000
		}
	}
	node = make([]float64, len(net.Nodes))
	for i := range node {
		node[i] = given
	}
	mean := make([]float64, len(net.Pipes))
	// Flow goes from higher to lower pressure, but through stations: sweeps in the order of
	// elements pass the temperatures on, as many as the longest chain against that order.
	for sweep := 0; sweep <= len(net.Nodes); sweep++ {
		heat, mass := make([]float64, len(node)), make([]float64, len(node))
		for i := range net.Nodes {
			if in := r.SupplyKgPerS[i]; in > 0 {
				heat[i], mass[i] = in*given, in
			}
		}
		for i := range s.elements {
			e := &s.elements[i]
			m, from, to := s.m[i], e.from, e.to
			if m < 0 {
				m, from, to = -m, e.to, e.from
			}
			if m == 0 {
				continue
			}
			out := node[from]
			if e.kind == pipeKind {
				p := &net.Pipes[e.index]
				out, mean[e.index] = p.along(node[from], m, capacity, throttling*(r.PressureBar[from]-r.PressureBar[to]))
			}
			heat[to] += m * out
			mass[to] += m
		}
		change := 0.0
		for i := range node {
			if mass[i] > 0 {
				t := heat[i] / mass[i]
				change = math.Max(change, math.Abs(t-node[i]))
				node[i] = t
			}
		}
		if change < settledK/100 {
			break
		}
	}
	for i := range net.Pipes {
		e := &s.elements[i]
		if mean[i] == 0 {
			mean[i] = given
		}
		was := e.meanK
		if was == 0 {
			was = given
		}
		moved = math.Max(moved, math.Abs(mean[i]-was))
		e.meanK = mean[i]
	}
	return node, moved
}

// along is the temperature at the end of a pipe and its mean, for a flow of all lines and the
// cooling by its drop of pressure.
func (p *Pipe) along(inK, kgPerS, capacity, drop float64) (outK, meanK float64) {
	if p.HeatWPerM2K <= 0 {
		return inK - drop, inK - drop/2
	}
	a := p.HeatWPerM2K * math.Pi * p.DiameterMm / 1000 * p.LengthKm * 1000 * p.lines() / (kgPerS * capacity)
	share := -math.Expm1(-a) / a // mean of exp(-a x) over the pipe
	// The drop is spread along the pipe and fades as the rest does.
	outK = p.GroundK + (inK-p.GroundK)*math.Exp(-a) - drop*share
	meanK = p.GroundK + (inK-p.GroundK)*share - drop*(1-share)/a
	return outK, meanK
}
