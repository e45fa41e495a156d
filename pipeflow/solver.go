package pipeflow

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/karvan/karvan/internal/sparse"
)

// Options says how far [Solver.Solve] goes.
type Options struct {
	// Residual is how much of each equation may be left, as a share of the pressures in it;
	// 0: 1e-12.
	Residual float64
	// MaxIterations is of Newton's method, for each standing of valves and stations; 0: 100.
	MaxIterations int
	// MaxRounds is how often valves and stations may change their standing; 0: 100.
	MaxRounds int
}

func (o Options) filled() Options {
	if o.Residual == 0 {
		o.Residual = 1e-12
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 100
	}
	if o.MaxRounds == 0 {
		o.MaxRounds = 100
	}
	return o
}

// straight is an equation made straight at a state: what is left of it and its derivatives
// with the potentials of both nodes and with flow.
type straight struct{ f, fi, fj, fm float64 }

// Solver solves one network again and again, each time from the answer of before. Numbers of
// the network may change between two calls of [Solver.Solve]; which nodes and elements there
// are, and which pressures are given, may not.
type Solver struct {
	net    *Network
	liquid bool

	elements []element
	first    [5]int // index of the first element of each kind
	x        []float64
	m        []float64
	total    float64 // kg/s taken out or put in

	unknown  []int32 // node -> unknown, -1: pressure given
	flowAt   []int32 // element -> unknown, -1: none of its own
	pattern  *sparse.Pattern
	slots    []int32 // of each entry that assemble writes, in its order
	values   []float64
	rhs      []float64
	lu       *sparse.LU
	started  bool
	step     []float64
	oldX     []float64
	oldM     []float64
	line     []straight // of each element, at the state
	oldLine  []straight // at the state before
	residual float64
}

func (s *Solver) indexOf(e *element) int { return s.first[e.kind] + e.index }

// NewSolver prepares a network. All faults of the network that do not need a solution are
// told together ([Check]).
func NewSolver(net *Network) (*Solver, error) {
	if err := Check(net); err != nil {
		return nil, err
	}
	s := &Solver{net: net, liquid: net.Liquid != nil}
	add := func(k kind, index, from, to int, own bool) {
		s.elements = append(s.elements, element{kind: k, index: index, from: int32(from), to: int32(to), own: own})
	}
	for i := range net.Pipes {
		add(pipeKind, i, net.Pipes[i].From, net.Pipes[i].To, false)
	}
	s.first[valveKind] = len(s.elements)
	for i := range net.Valves {
		add(valveKind, i, net.Valves[i].From, net.Valves[i].To, true)
	}
	s.first[resistorKind] = len(s.elements)
	for i := range net.Resistors {
		add(resistorKind, i, net.Resistors[i].From, net.Resistors[i].To, net.Resistors[i].LossCoefficient == 0)
	}
	s.first[regulatorKind] = len(s.elements)
	for i := range net.Regulators {
		add(regulatorKind, i, net.Regulators[i].From, net.Regulators[i].To, true)
	}
	s.first[stationKind] = len(s.elements)
	for i := range net.Stations {
		add(stationKind, i, net.Stations[i].From, net.Stations[i].To, net.Stations[i].Control != OnCurve)
	}
	s.lay()
	return s, nil
}

// lay gives unknowns their numbers and finds the pattern of the matrix.
func (s *Solver) lay() {
	nodes := len(s.net.Nodes)
	s.x, s.m = make([]float64, nodes), make([]float64, len(s.elements))
	s.oldX, s.oldM = make([]float64, nodes), make([]float64, len(s.elements))
	s.line, s.oldLine = make([]straight, len(s.elements)), make([]straight, len(s.elements))
	s.unknown, s.flowAt = make([]int32, nodes), make([]int32, len(s.elements))
	n := int32(0)
	for i := range s.net.Nodes {
		s.unknown[i] = -1
		if !s.net.Nodes[i].Fixed() {
			s.unknown[i] = n
			n++
		}
	}
	var row, col []int32
	entry := func(r, c int32) {
		if r >= 0 && c >= 0 {
			row, col = append(row, r), append(col, c)
		}
	}
	for i := range s.elements {
		e := &s.elements[i]
		ui, uj := s.unknown[e.from], s.unknown[e.to]
		s.flowAt[i] = -1
		if e.own {
			s.flowAt[i] = n
			n++
			u := s.flowAt[i]
			entry(ui, u)
			entry(uj, u)
			entry(u, ui)
			entry(u, uj)
			entry(u, u)
			continue
		}
		entry(ui, ui)
		entry(ui, uj)
		entry(uj, ui)
		entry(uj, uj)
	}
	s.pattern, s.slots = sparse.NewPattern(int(n), row, col)
	s.values, s.rhs, s.step = make([]float64, len(s.pattern.Row)), make([]float64, n), make([]float64, n)
}

// renew reads the numbers of the network.
func (s *Solver) renew() {
	net := s.net
	g := net.gravity()
	s.total = 0
	for i := range net.Nodes {
		n := &net.Nodes[i]
		if n.Fixed() {
			s.x[i] = s.potential(n.FixedBar)
		} else {
			s.total += math.Abs(n.SupplyKgPerS)
		}
	}
	// The volume of a kg at the state of the Panhandle equations, Z taken as one there.
	standard := 0.0
	if !s.liquid {
		standard = net.Gas.ConstantJPerKgK * baseK / (1000 * baseKPa)
	}
	for i := range s.elements {
		e := &s.elements[i]
		if s.liquid {
			e.lift = net.Liquid.DensityKgPerM3 * g * (net.Nodes[e.to].HeightM - net.Nodes[e.from].HeightM) / 1e5
		}
		switch e.kind {
		case pipeKind:
			s.renewPipe(e, &net.Pipes[e.index], g, standard)
		case resistorKind:
			r := &net.Resistors[e.index]
			area := math.Pi / 4 * r.DiameterMm * r.DiameterMm / 1e6
			e.least = 1e-3
			if r.LossCoefficient > 0 {
				if s.liquid {
					e.local = r.LossCoefficient / (2 * net.Liquid.DensityKgPerM3 * area * area) / 1e5
				} else {
					e.local = r.LossCoefficient / (2 * area * area) * net.Gas.ConstantJPerKgK * net.Gas.TemperatureK / 1e10
				}
			}
		case stationKind:
			e.least = 1e-3
			if t := &net.Stations[e.index]; t.Control == KeepPower {
				// A flow that the power would raise by a usual pressure.
				if s.liquid {
					e.start = t.Set * 1e6 * t.efficiency() * net.Liquid.DensityKgPerM3 / 3e5
				} else {
					e.start = t.Set * 1e6 * t.efficiency() / (0.3 * net.Gas.ConstantJPerKgK * net.Gas.TemperatureK)
				}
			}
		}
	}
}

func (s *Solver) renewPipe(e *element, p *Pipe, g, standardM3PerKg float64) {
	net := s.net
	d, area := p.DiameterMm/1000, p.areaM2()
	rise := net.Nodes[e.to].HeightM - net.Nodes[e.from].HeightM
	e.lines, e.given = p.lines(), p.FrictionFactor
	viscosity, density := 0.0, 0.0
	per := p.LengthKm * 1000 / d // of the factor
	if p.Efficiency > 0 {
		per /= p.Efficiency * p.Efficiency
	}
	if s.liquid {
		l := net.Liquid
		viscosity, density = l.ViscosityPaS, l.DensityKgPerM3
		if e.meanK > 0 && l.ViscosityAtK != nil {
			viscosity = l.ViscosityAtK(e.meanK)
		}
		unit := 1 / (2 * density * area * area) / 1e5
		e.loss, e.local = unit*per*(1-p.DragReduction), unit*p.LossCoefficient
		e.bore = newBore(net.Friction, d, p.RoughnessMm/1000, true, net.LawAlone, 0, 0)
	} else {
		gas := net.Gas
		viscosity = gas.ViscosityPaS
		density = 50
		kelvin := gas.TemperatureK
		e.z = gas.Z
		if e.meanK > 0 {
			kelvin = e.meanK
			if gas.ZAtK != nil {
				e.z = gas.ZAtK(kelvin)
			}
		}
		state := gas.ConstantJPerKgK * kelvin
		unit := state / (area * area) / 1e10
		e.loss, e.local = unit*per, unit*p.LossCoefficient
		e.lift = 2 * g * rise / state
		e.bore = newBore(net.Friction, d, p.RoughnessMm/1000, false, net.LawAlone, gas.relativeDensity(), standardM3PerKg)
	}
	e.reynolds = 4 / (math.Pi * d * viscosity)
	e.start = density * area // 1 m/s
	e.least = 1e-6 * e.start
}

// startAt sets pressures and flows that Newton's method begins with: all pressures alike and
// one metre a second in every pipe.
func (s *Solver) startAt() {
	mean, count := 0.0, 0
	for i := range s.net.Nodes {
		if s.net.Nodes[i].Fixed() {
			mean += s.x[i]
			count++
		}
	}
	if count > 0 {
		mean /= float64(count)
	} else {
		mean = s.potential(50)
	}
	for i := range s.net.Nodes {
		if !s.net.Nodes[i].Fixed() {
			s.x[i] = mean
		}
	}
	for i := range s.elements {
		e := &s.elements[i]
		s.m[i] = e.start
		if e.kind == stationKind && s.net.Stations[e.index].Control == OnCurve {
			s.m[i] = s.curveStart(s.net.Stations[e.index].Curve)
		}
		s.stand(e)
	}
	s.started = true
}

// curveStart is a flow in the middle of a pump's curve.
func (s *Solver) curveStart(c *PumpCurve) float64 {
	flow := 0.0
	if n := len(c.FlowM3PerS); n > 1 {
		flow = (c.FlowM3PerS[0] + c.FlowM3PerS[n-1]) / 2
	} else {
		flow = math.Pow(c.ShutoffM/(2*c.Coefficient), 1/c.Exponent)
	}
	return flow * s.net.Liquid.DensityKgPerM3
}

// Solve finds the steady flow. It returns the state reached, with an error where that is no
// answer: [*NotConvergedError], [*InfeasibleError] (pressures below zero), or a fault of the
// network's form that only shows in solving. Cost: some ten factorisations of a sparse matrix
// of one unknown for each node.
func (s *Solver) Solve(ctx context.Context, opt Options) (*Result, error) {
	opt = opt.filled()
	s.renew()
	if !s.started {
		s.startAt()
	} else {
		for i := range s.elements {
			s.restand(&s.elements[i])
		}
	}
	iterations := 0
	movable := s.movable()
	for round := 1; ; round++ {
		// Whether something moves shows long before the last digits: only a standing that stays
		// is solved to the end.
		if movable && opt.Residual < roughResidual {
			rough := opt
			rough.Residual = roughResidual
			n, err := s.newton(ctx, rough)
			iterations += n
			if err == nil && round < opt.MaxRounds && len(s.restate(round > opt.MaxRounds/2)) > 0 {
				continue
			}
		}
		n, err := s.newton(ctx, opt)
		iterations += n
		if err != nil {
			var stuck *NotConvergedError
			if !errors.As(err, &stuck) || round == opt.MaxRounds {
				return s.result(iterations, round), err
			}
		}
		changed := s.restate(round > opt.MaxRounds/2)
		if len(changed) == 0 {
			r := s.result(iterations, round)
			if err != nil {
				return r, err
			}
			return r, s.feasible(r)
		}
		if round == opt.MaxRounds {
			return s.result(iterations, round), &NotConvergedError{Iterations: iterations, Residual: s.residual, Moving: changed}
		}
	}
}

// roughResidual is how far a standing is solved before valves and stations are looked at.
const roughResidual = 1e-5

// movable reports whether any element may change its standing.
func (s *Solver) movable() bool {
	for i := range s.elements {
		switch e := &s.elements[i]; e.kind {
		case regulatorKind, stationKind:
			return true
		case pipeKind:
			if s.net.Pipes[e.index].CheckValve {
				return true
			}
		case valveKind:
			if s.net.Valves[e.index].CheckValve {
				return true
			}
		}
	}
	return false
}

// newton solves the equations for one standing of valves and stations. A step is halved, five
// times at most, while it leaves more than there was before.
func (s *Solver) newton(ctx context.Context, opt Options) (iterations int, err error) {
	now := s.assemble()
	settled := func() bool { return now.balance <= 1e-12*math.Max(1, s.total) }
	for it := range opt.MaxIterations {
		s.residual = now.worst
		if now.worst <= opt.Residual && settled() {
			return it, nil
		}
		if err := ctx.Err(); err != nil {
			return it, err
		}
		if s.lu == nil {
			s.lu, err = s.pattern.Factor(s.values)
		} else {
			err = s.lu.Refactor(s.values)
		}
		if err != nil {
			s.lu = nil
			return it, s.explain(err)
		}
		s.lu.Solve(s.step, s.rhs)
		copy(s.oldX, s.x)
		copy(s.oldM, s.m)
		s.line, s.oldLine = s.oldLine, s.line
		before := now
		for share, try := 1.0, 0; ; share, try = share/2, try+1 {
			s.move(share)
			now = s.assemble()
			if now.sum < before.sum || try == 5 || it == 0 && !math.IsNaN(now.sum) {
				break
			}
		}
		if math.IsNaN(now.sum) || math.IsInf(now.sum, 0) {
			copy(s.x, s.oldX)
			copy(s.m, s.oldM)
			return it, &NotConvergedError{Iterations: it + 1, Residual: before.worst}
		}
		// At the floor of rounding no step makes the equations any better.
		if now.worst <= 1e-9 && now.sum >= before.sum && settled() {
			s.residual = now.worst
			return it + 1, nil
		}
	}
	return opt.MaxIterations, &NotConvergedError{Iterations: opt.MaxIterations, Residual: s.residual}
}

// size is how far a state is from an answer.
type size struct {
	worst   float64 // of an equation, as a share of the potentials in it
	balance float64 // of a node, kg/s
	sum     float64 // of squares of both, each as a share
}

// scale is what an equation's remainder is a share of.
func (s *Solver) scale(e *element) float64 {
	if e.state == shut {
		return 1
	}
	switch e.kind {
	case stationKind:
		if e.state == active && s.net.Stations[e.index].Control == KeepFlow {
			return 1
		}
	case regulatorKind:
		if e.state == active && s.net.Regulators[e.index].Kind == FlowLimit {
			return 1
		}
	}
	return math.Max(1, math.Max(math.Abs(s.x[e.from]), math.Abs(s.x[e.to])))
}

// assemble fills the matrix and the right-hand side and measures the state.
func (s *Solver) assemble() size {
	clear(s.values)
	clear(s.rhs)
	var out size
	at := 0
	add := func(r, c int32, v float64) {
		if r >= 0 && c >= 0 {
			s.values[s.slots[at]] += v
			at++
		}
	}
	for i := range s.net.Nodes {
		if u := s.unknown[i]; u >= 0 {
			s.rhs[u] = -s.net.Nodes[i].SupplyKgPerS
		}
	}
	for i := range s.elements {
		e := &s.elements[i]
		if ui := s.unknown[e.from]; ui >= 0 {
			s.rhs[ui] += s.m[i]
		}
		if uj := s.unknown[e.to]; uj >= 0 {
			s.rhs[uj] -= s.m[i]
		}
	}
	for i := range s.net.Nodes {
		if u := s.unknown[i]; u >= 0 {
			out.balance = math.Max(out.balance, math.Abs(s.rhs[u]))
			share := s.rhs[u] / math.Max(1, s.total)
			out.sum += share * share
		}
	}
	for i := range s.elements {
		e := &s.elements[i]
		f, fi, fj, fm := s.equation(e)
		s.line[i] = straight{f, fi, fj, fm}
		share := f / s.scale(e)
		out.worst = math.Max(out.worst, math.Abs(share))
		out.sum += share * share
		ui, uj := s.unknown[e.from], s.unknown[e.to]
		if u := s.flowAt[i]; u >= 0 {
			add(ui, u, -1)
			add(uj, u, 1)
			add(u, ui, fi)
			add(u, uj, fj)
			add(u, u, fm)
			s.rhs[u] = -f
			continue
		}
		if e.state == shut {
			add(ui, ui, 0)
			add(ui, uj, 0)
			add(uj, ui, 0)
			add(uj, uj, 0)
			continue
		}
		gi, gj, r := fi/fm, fj/fm, f/fm
		add(ui, ui, gi)
		add(ui, uj, gj)
		add(uj, ui, -gi)
		add(uj, uj, -gj)
		if ui >= 0 {
			s.rhs[ui] -= r
		}
		if uj >= 0 {
			s.rhs[uj] += r
		}
	}
	return out
}

// move goes a share of the step, from the state before.
func (s *Solver) move(share float64) {
	for i, u := range s.unknown {
		if u >= 0 {
			s.x[i] = s.oldX[i] + share*s.step[u]
		}
	}
	change := func(node int32) float64 {
		if u := s.unknown[node]; u >= 0 {
			return s.step[u]
		}
		return 0
	}
	for i := range s.elements {
		e := &s.elements[i]
		if u := s.flowAt[i]; u >= 0 {
			s.m[i] = s.oldM[i] + share*s.step[u]
			continue
		}
		if e.state == shut {
			s.m[i] = 0
			continue
		}
		l := &s.oldLine[i]
		s.m[i] = s.oldM[i] - share*(l.f+l.fi*change(e.from)+l.fj*change(e.to))/l.fm
	}
}

// explain turns a singular matrix into words.
func (s *Solver) explain(err error) error {
	var singular *sparse.SingularError
	if !errors.As(err, &singular) {
		return err
	}
	for i, u := range s.unknown {
		if int(u) == singular.Column {
			return undetermined("the pressure of node %s is not determined: with valves and stations as they now stand (%s), nothing ties it to a given pressure", s.net.Nodes[i].ID, s.standing())
		}
	}
	for i, u := range s.flowAt {
		if int(u) == singular.Column {
			return undetermined("the flow through %s is not determined: what it is set to and what its neighbours are set to say the same, or contradict one another", s.elementName(i))
		}
	}
	return err
}

func undetermined(format string, args ...any) error {
	return &UndeterminedError{Text: fmt.Sprintf(format, args...)}
}
