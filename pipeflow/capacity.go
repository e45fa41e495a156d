package pipeflow

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Take is a node that a share of the throughput is taken out at. Shares may sum to less than
// one, where other demand takes the rest on the way; what enters is found by the solver, at
// the nodes of given pressure.
type Take struct {
	Node  int
	Share float64
}

// CapacityOptions says how a capacity is looked for.
type CapacityOptions struct {
	Solve Options
	// Tolerance is the share of the throughput that is left open; 0: 1e-7.
	Tolerance float64
	// StartKgPerS is a first guess; 0: none is needed.
	StartKgPerS float64
	// Gains also finds by how much each limit that binds holds the throughput down.
	Gains bool
	// Settled says that the set-points of stations and regulators are given and are not
	// looked for.
	Settled bool
}

// Throughput is the largest flow that keeps all bounds.
type Throughput struct {
	KgPerS float64
	State  *Result
	// Network is the network as it was run, with the set-points that were found.
	Network *Network
	// Broken are the bounds that a little more flow breaks; Bottleneck says them and the
	// stations that work at a limit.
	Broken     []Shortfall
	Bottleneck string
	Gains      []Gain // the largest first
	Solves     int
	FuelMW     float64 // heat of the fuel of all stations
}

// NoThroughputError says that not even a small flow keeps all bounds.
type NoThroughputError struct{ Shortfalls []Shortfall }

func (e *NoThroughputError) Error() string {
	lines := make([]string, len(e.Shortfalls))
	for i, b := range e.Shortfalls {
		lines[i] = b.String()
	}
	return "pipeflow: no flow keeps all bounds: " + some(lines)
}

// Capacity finds the largest throughput with every bound kept: pressures of nodes, velocities
// of pipes, power, ratio, inlet and outlet pressure of stations.
//
// Stations under AtLimit raise the pressure as far as their limits let them: whatever is
// passed on is passed on at the highest pressure that upstream allows, so in a network in
// which flows keep their direction no other set-points carry more. Where that breaks the
// greatest pressure of a node downstream, the set-point of the station or source above is
// lowered until it holds. A station whose inlet would fall below its least pressure is also
// tried without work. What is returned was checked bound by bound on the solved state.
//
// Cost: some ten solutions of the network, and ten more for each gain.
func Capacity(ctx context.Context, net *Network, takes []Take, opt CapacityOptions) (*Throughput, error) {
	if opt.Tolerance == 0 {
		opt.Tolerance = 1e-7
	}
	if len(takes) == 0 {
		return nil, errors.New("pipeflow: a capacity needs a node that the throughput is taken out at")
	}
	for _, t := range takes {
		if t.Node < 0 || t.Node >= len(net.Nodes) || !(t.Share > 0) {
			return nil, fmt.Errorf("pipeflow: take at node number %d with share %g: a node of the network and a share above 0 were expected", t.Node, t.Share)
		}
		if net.Nodes[t.Node].Fixed() {
			return nil, fmt.Errorf("pipeflow: node %s: what is taken out cannot be set where the pressure is given", net.Nodes[t.Node].ID)
		}
	}
	best, err := largest(ctx, net, takes, opt)
	if err != nil {
		var none *NoThroughputError
		if !errors.As(err, &none) {
			return nil, err
		}
	}
	// Stations whose inlet is too low may be better off without work.
	for i := range net.Stations {
		if net.Stations[i].Control != AtLimit || !brokenAt(best, err, "station "+net.Stations[i].ID, "inlet pressure") {
			continue
		}
		without := net.clone()
		without.Stations[i].Control = Bypass
		other, e := largest(ctx, without, takes, opt)
		if e == nil && (err != nil || other.KgPerS > best.KgPerS) {
			best, err, net = other, nil, without
		}
	}
	if err != nil {
		return nil, err
	}
	best.Bottleneck = bottleneck(best)
	if opt.Gains {
		if err := best.gains(ctx, net, takes, opt); err != nil {
			return nil, err
		}
	}
	return best, nil
}

// brokenAt reports whether a bound is among those that hold a throughput down.
func brokenAt(t *Throughput, err error, element, quantity string) bool {
	var list []Shortfall
	var none *NoThroughputError
	if errors.As(err, &none) {
		list = none.Shortfalls
	} else if t != nil {
		list = t.Broken
	}
	for _, b := range list {
		if b.Element == element && b.Quantity == quantity {
			return true
		}
	}
	return false
}

// clone copies a network, for changes of its own.
func (n *Network) clone() *Network {
	c := *n
	c.Nodes = append([]Node(nil), n.Nodes...)
	c.Pipes = append([]Pipe(nil), n.Pipes...)
	c.Valves = append([]Valve(nil), n.Valves...)
	c.Resistors = append([]Resistor(nil), n.Resistors...)
	c.Regulators = append([]Regulator(nil), n.Regulators...)
	c.Stations = append([]Station(nil), n.Stations...)
	return &c
}

// search is a network under trial.
type search struct {
	given  *Network // as it was given, for set-points
	net    *Network
	takes  []Take
	opt    CapacityOptions
	solver *Solver
	base   []float64 // supplies without the throughput
	held   []holding // set-points that were brought down for the present throughput
	solves int
}

// trial is the state at one throughput and how far its tightest bound is kept: a share of the
// bound, below zero where it is broken.
type trial struct {
	flow   float64
	margin float64
	state  *Result
	broken []Shortfall
	set    *Network
}

// largest finds the throughput at which the margin is gone.
func largest(ctx context.Context, net *Network, takes []Take, opt CapacityOptions) (*Throughput, error) {
	s := &search{given: net, net: net.clone(), takes: takes, opt: opt}
	var err error
	if s.solver, err = NewSolver(s.net); err != nil {
		return nil, err
	}
	for _, t := range takes {
		s.base = append(s.base, net.Nodes[t.Node].SupplyKgPerS)
	}
	low, high, err := s.bracket(ctx)
	if err != nil {
		return nil, err
	}
	// Regula falsi as Illinois has it, with a halving whenever it lags.
	fl, fh := low.margin, high.margin
	for side, n := 0, 0; high.flow-low.flow > opt.Tolerance*high.flow && n < 80; n++ {
		q := (low.flow*fh - high.flow*fl) / (fh - fl)
		if n%4 == 3 || !(q > low.flow && q < high.flow) {
			q = (low.flow + high.flow) / 2
		}
		t, err := s.at(ctx, q)
		if err != nil {
			return nil, err
		}
		if t.margin >= 0 {
			low, fl = t, t.margin
			if side == 1 {
				fh /= 2
			}
			side = 1
		} else {
			high, fh = t, t.margin
			if side == -1 {
				fl /= 2
			}
			side = -1
		}
	}
	// Beyond rounding a broken bound shows only a little further on.
	for _, share := range []float64{1e-5, 1e-4, 1e-3} {
		if len(high.broken) > 0 {
			break
		}
		if high, err = s.at(ctx, low.flow*(1+share)); err != nil {
			return nil, err
		}
	}
	out := &Throughput{KgPerS: low.flow, State: low.state, Network: low.set, Broken: high.broken, Solves: s.solves}
	for _, t := range low.state.Stations {
		out.FuelMW += t.FuelMW
	}
	return out, nil
}

// leastShare of a metre a second in the largest pipe is no throughput.
const leastShare = 1e-5

// bracket finds a throughput that keeps all bounds and a larger one that does not.
func (s *search) bracket(ctx context.Context) (low, high *trial, err error) {
	q := s.opt.StartKgPerS
	if q <= 0 {
		for i := range s.net.Pipes {
			p := &s.net.Pipes[i]
			density := 50.0
			if s.solver.liquid {
				density = s.net.Liquid.DensityKgPerM3
			}
			q = math.Max(q, density*p.areaM2()*p.lines()) // a metre a second in the largest
		}
	}
	factor := 2.0
	if s.opt.StartKgPerS > 0 {
		factor = 1.05
	}
	t, err := s.at(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	high0 := 4 * q
	for start := q; q > leastShare*start && q < start/leastShare; {
		next := q * factor
		if t.margin < 0 {
			high = t
			next = q / factor
		} else {
			low = t
		}
		if low != nil && high != nil {
			return low, high, nil
		}
		q, factor = next, math.Min(factor*factor, 2)
		if t, err = s.at(ctx, q); err != nil {
			return nil, nil, err
		}
	}
	if low == nil {
		return s.between(ctx, high0)
	}
	return nil, nil, errors.New("pipeflow: nothing bounds the throughput: a least pressure where it is taken out, or a greatest velocity, was expected")
}

// between looks for a flow that is neither too small nor too large: lines that fall steeply carry
// no small flow within their greatest pressures, and the window may be narrow. The margin rises
// up to it and falls behind it, so it is looked for where the margin is largest.
func (s *search) between(ctx context.Context, most float64) (low, high *trial, err error) {
	const factor = 1.3
	var tried []*trial // flows falling
	best := 0
	for q := most; q > most/200; q /= factor {
		t, err := s.at(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		tried = append(tried, t)
		if t.margin >= 0 {
			break
		}
		if t.margin > tried[best].margin {
			best = len(tried) - 1
		}
	}
	if t := tried[len(tried)-1]; t.margin >= 0 {
		best = len(tried) - 1
	}
	if t := tried[best]; t.margin >= 0 {
		if best == 0 {
			return nil, nil, errors.New("pipeflow: the throughput was not found: there is more than was looked at")
		}
		return t, tried[best-1], nil
	}
	// The golden section between the neighbours of the best.
	from, to := tried[min(best+1, len(tried)-1)].flow, tried[max(best-1, 0)].flow
	above := tried[max(best-1, 0)]
	const golden = 0.6180339887498949
	at := func(q float64) (*trial, error) { return s.at(ctx, q) }
	a, err := at(to - golden*(to-from))
	if err != nil {
		return nil, nil, err
	}
	b, err := at(from + golden*(to-from))
	if err != nil {
		return nil, nil, err
	}
	for n := 0; n < 30 && to-from > 1e-5*to; n++ {
		// The larger one first, so that what is above it is known to be too much.
		if b.margin >= 0 {
			return b, above, nil
		}
		if a.margin >= 0 {
			return a, b, nil
		}
		if a.margin > b.margin {
			to, above, b = b.flow, b, a
			if a, err = at(to - golden*(to-from)); err != nil {
				return nil, nil, err
			}
		} else {
			from, a = a.flow, b
			if b, err = at(from + golden*(to-from)); err != nil {
				return nil, nil, err
			}
		}
	}
	return nil, nil, &NoThroughputError{Shortfalls: tried[best].broken}
}

// at solves for a throughput, with set-points lowered where a greatest pressure asks for it.
func (s *search) at(ctx context.Context, q float64) (*trial, error) {
	for i, t := range s.takes {
		s.net.Nodes[t.Node].SupplyKgPerS = s.base[i] - q*t.Share
	}
	copy(s.net.Stations, s.given.Stations)
	for i := range s.net.Stations {
		// What the pipe behind a station may not bear is never tried.
		t := &s.net.Stations[i]
		if most := s.net.Nodes[t.To].MaxBar; t.Control == AtLimit && most > 0 && !s.opt.Settled && (t.MaxOutletBar == 0 || t.MaxOutletBar > most) {
			t.MaxOutletBar = most
		}
	}
	s.held = s.held[:0]
	for i := range s.given.Nodes {
		s.net.Nodes[i].FixedBar = s.given.Nodes[i].FixedBar
	}
	for n := 0; ; n++ {
		s.solves++
		r, err := s.solver.Solve(ctx, s.opt.Solve)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		out := &trial{flow: q, margin: -1e3, state: r}
		var infeasible *InfeasibleError
		var stuck *NotConvergedError
		var loose *UndeterminedError
		switch {
		case errors.As(err, &infeasible):
		case errors.As(err, &stuck), errors.As(err, &loose):
			// From an odd state; once more from the beginning.
			if n == 0 {
				s.solver.started = false
				continue
			}
			out.broken = []Shortfall{{Element: "network", Quantity: "equations", Unit: err.Error()}}
			s.solver.started = false
			return out, nil
		case err != nil:
			return nil, err
		}
		if !s.opt.Settled && n < mostLowered && s.lower(r) {
			continue
		}
		out.broken = Shortfalls(s.net, r)
		if infeasible != nil && len(out.broken) == 0 {
			out.broken = infeasible.Shortfalls
		}
		out.margin = s.margin(r)
		if infeasible != nil {
			out.margin = math.Min(out.margin, -1e-3)
		}
		if out.margin >= 0 && len(out.broken) > 0 {
			out.margin = -1e-9 // a bound without a margin of its own
		}
		out.set = s.net.clone()
		return out, nil
	}
}

// margin is how far the tightest of the bounds that change smoothly is kept, as a share.
func (s *search) margin(r *Result) float64 {
	out := math.Inf(1)
	least := func(v, bound float64) {
		if bound > 0 {
			out = math.Min(out, v/bound-1)
		}
	}
	most := func(v, bound float64) {
		if bound > 0 {
			out = math.Min(out, 1-v/bound)
		}
	}
	for i := range s.net.Nodes {
		n := &s.net.Nodes[i]
		if n.Fixed() {
			continue
		}
		p := r.PressureBar[i]
		least(p, n.MinBar)
		out = math.Min(out, p)                     // above zero in any case
		if n.MaxBar > 0 && p > n.MaxBar*(1+1e-6) { // within it by its set-point, or not at all
			out = math.Min(out, 1-p/n.MaxBar)
		}
	}
	for i := range s.net.Pipes {
		f := &r.Pipes[i]
		most(math.Max(math.Abs(f.InletMPerS), math.Abs(f.OutletMPerS)), s.net.Pipes[i].MaxVelocityMPerS)
	}
	for i := range s.net.Stations {
		t, f := &s.net.Stations[i], &r.Stations[i]
		most(f.KgPerS, t.MaxKgPerS)
		if f.State == stateNames[open] || f.State == stateNames[shut] {
			continue
		}
		least(f.InletBar, t.MinInletBar)
		if t.Control != AtLimit {
			most(f.PowerMW, t.MaxPowerMW)
			most(f.OutletBar, t.MaxOutletBar)
			most(f.OutletBar/f.InletBar, t.MaxRatio)
		}
	}
	return out
}

// bottleneck says which bound a little more flow breaks, and which stations can give no more.
func bottleneck(t *Throughput) string {
	var parts []string
	for _, b := range t.Broken {
		word := "at least"
		if b.Above {
			word = "at most"
		}
		parts = append(parts, fmt.Sprintf("%s of %s (%s %.4g %s)", b.Quantity, b.Element, word, b.Bound, b.Unit))
		if len(parts) == 2 {
			break
		}
	}
	var busy []string
	for i := range t.State.Stations {
		switch f := &t.State.Stations[i]; f.State {
		case stateNames[atPower], stateNames[atOutlet], stateNames[atRatio]:
			busy = append(busy, fmt.Sprintf("%s %s", t.Network.Stations[i].ID, f.State))
		}
	}
	out := some(parts)
	if len(busy) > 0 {
		out += "; station " + some(busy)
	}
	return out
}

// At runs a network at a throughput as [Capacity] tries it: stations under AtLimit as hard as
// they may, their set-points and given pressures lowered where a greatest pressure downstream
// asks for it. It gives the network as it was run and its state, whose broken bounds
// [Shortfalls] lists. A state that could not be found is an error of [Solver.Solve].
func At(ctx context.Context, net *Network, takes []Take, kgPerS float64) (*Network, *Result, error) {
	s := &search{given: net, net: net.clone(), takes: takes}
	var err error
	if s.solver, err = NewSolver(s.net); err != nil {
		return nil, nil, err
	}
	for _, t := range takes {
		s.base = append(s.base, net.Nodes[t.Node].SupplyKgPerS)
	}
	t, err := s.at(ctx, kgPerS)
	if err != nil {
		return nil, nil, err
	}
	if t.set == nil {
		return nil, nil, &NotConvergedError{Iterations: t.state.Iterations, Residual: t.state.Residual}
	}
	return t.set, t.state, nil
}
