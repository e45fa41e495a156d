package pipeflow

import "math"

// state is how an element with moving parts stands.
type state uint8

const (
	open state = iota
	shut
	active  // keeps its set value
	atRatio // a station at one of its limits
	atOutlet
	atPower
)

var stateNames = map[state]string{open: "open", shut: "shut", active: "active", atRatio: "at its greatest ratio", atOutlet: "at its greatest outlet pressure", atPower: "at its greatest power"}

// kind is which list of the network an element is from.
type kind uint8

const (
	pipeKind kind = iota
	valveKind
	resistorKind
	regulatorKind
	stationKind
)

// element is one equation between the potentials of two nodes and the flow between them. The
// potential is the pressure of a liquid, and the pressure times its own size of a gas (bar²),
// in which the equations of pipes are nearly straight.
type element struct {
	kind     kind
	index    int // in its list
	from, to int32
	state    state
	own      bool // its flow is an unknown of its own, as its slope with flow may be zero

	// Of pipes, for one of the lines side by side.
	bore     bore
	lines    float64
	loss     float64 // potential lost per factor and kg²/s²
	local    float64 // the same for local losses, times the loss coefficient
	reynolds float64 // per kg/s
	least    float64 // kg/s below which the slope is kept up
	lift     float64 // pipes of gas: exponent s times Z; any element of a liquid: pressure of the rise, bar
	given    float64 // factor where it is given
	start    float64 // kg/s
	meanK    float64 // temperature of a pipe, where heat is exchanged; 0: the network's
	z        RealGas // of a pipe of gas
}

// rise is the pressure that a liquid loses by height over an element without resistance; heights
// within stations and valves of gas do not count.
func (e *element) rise(s *Solver) float64 {
	if s.liquid {
		return e.lift
	}
	return 0
}

// slack is the potential that a valve takes off per kg/s: so little that it does not show,
// but enough that flows round a ring of valves are determined.
const slack = 1e-9

// potential is the unknown that stands for a pressure.
func (s *Solver) potential(bar float64) float64 {
	if s.liquid {
		return bar
	}
	return bar * math.Abs(bar)
}

// pressure is the pressure of a potential.
func (s *Solver) pressure(x float64) float64 {
	if s.liquid {
		return x
	}
	if x < 0 {
		return -math.Sqrt(-x)
	}
	return math.Sqrt(x)
}

// equation gives what is left of the element's equation and its derivatives with the
// potentials of both nodes and with flow.
func (s *Solver) equation(e *element) (f, fi, fj, fm float64) {
	xi, xj, m := s.x[e.from], s.x[e.to], s.m[s.indexOf(e)]
	if e.state == shut {
		return m, 0, 0, 1
	}
	switch e.kind {
	case pipeKind:
		if s.liquid {
			return s.liquidPipe(e, xi, xj, m)
		}
		return s.gasPipe(e, xi, xj, m)
	case valveKind:
		return xi - xj - e.rise(s) - slack*m, 1, -1, -slack
	case resistorKind:
		return s.resistor(e, xi, xj, m)
	case regulatorKind:
		r := &s.net.Regulators[e.index]
		switch {
		case e.state == open:
			return xi - xj - e.rise(s) - slack*m, 1, -1, -slack
		case r.Kind == Sustaining:
			return xi - s.potential(r.SetBar), 1, 0, 0
		case r.Kind == FlowLimit:
			return m - r.SetKgPerS, 0, 0, 1
		}
		return xj - s.potential(r.SetBar), 0, 1, 0
	}
	return s.station(e, xi, xj, m)
}

// friction gives the head lost by friction as factor x m|m| and its derivative, m of one line.
func (s *Solver) friction(e *element, m float64) (value, slope float64) {
	size := math.Abs(m)
	switch {
	case e.given > 0:
		return e.given * m * size, 2 * e.given * math.Max(size, e.least)
	case e.bore.panhandle > 0:
		p := math.Pow(math.Max(size, e.least), e.bore.power)
		return e.bore.panhandle * p * m * size, (2 + e.bore.power) * e.bore.panhandle * p * math.Max(size, e.least)
	}
	re := e.reynolds * size
	if re < 1 { // laminar for every law: factor x m² = 64 m / (Re/m)
		re = 1
		v, _ := e.bore.factor(s.net.Friction, re)
		per := v * re / e.reynolds
		return per * m, per
	}
	v, perRe := e.bore.factor(s.net.Friction, re)
	slope = 2*v*size + perRe*e.reynolds*size*size
	return v * m * size, math.Max(slope, 2*v*e.least)
}

// gasPipe is p1² - e^s p2² = f L/D Z R T (m/A)² (e^s - 1)/s, with s = 2 g dh/(Z R T) and Z at
// the mean pressure 2/3 (p1³ - p2³)/(p1² - p2²) (Menon 2005, sec. 2.4 to 2.6; Koch et al. 2015,
// sec. 2.3). The change of kinetic energy is left out.
func (s *Solver) gasPipe(e *element, xi, xj, m float64) (f, fi, fj, fm float64) {
	pi, pj := math.Sqrt(math.Max(xi, 0)), math.Sqrt(math.Max(xj, 0))
	var mean, meanI, meanJ float64
	if sum := pi + pj; sum > 0 {
		mean = 2.0 / 3 * (sum - pi*pj/sum)
		meanI, meanJ = 2.0/3*(1-pj*pj/(sum*sum)), 2.0/3*(1-pi*pi/(sum*sum))
	}
	z, perBar := e.z.At(mean)
	exp, phi, slopePhi := 1.0, 1.0, 0.5
	lift := 0.0
	if e.lift != 0 {
		lift = e.lift / z
		exp = math.Exp(lift)
		phi = math.Expm1(lift) / lift
		slopePhi = (exp - phi) / lift
	}
	each := m / e.lines
	head, slope := s.friction(e, each)
	local := e.local * each * math.Abs(each)
	head, slope = e.loss*head+local, e.loss*slope+2*e.local*math.Max(math.Abs(each), e.least)
	f = xi - exp*xj - z*phi*head
	perZ := exp*xj*lift/z - head*(phi-lift*slopePhi)
	fi, fj = 1, -exp
	if pi > 0 {
		fi += perZ * perBar * meanI / (2 * pi)
	}
	if pj > 0 {
		fj += perZ * perBar * meanJ / (2 * pj)
	}
	return f, fi, fj, -z * phi * slope / e.lines
}

// liquidPipe is p1 - p2 = f L/D rho v²/2 + rho g dh.
func (s *Solver) liquidPipe(e *element, xi, xj, m float64) (f, fi, fj, fm float64) {
	each := m / e.lines
	head, slope := s.friction(e, each)
	local := e.local * each * math.Abs(each)
	return xi - xj - e.lift - e.loss*head - local, 1, -1, -(e.loss*slope + 2*e.local*math.Max(math.Abs(each), e.least)) / e.lines
}

func (s *Solver) resistor(e *element, xi, xj, m float64) (f, fi, fj, fm float64) {
	r := &s.net.Resistors[e.index]
	if r.LossCoefficient > 0 {
		// The drop is a multiple of the velocity head at the density of inlet: of a gas,
		// p1 (p1 - p2) = loss, so p1² - p2² = 2 loss - (loss/p1)².
		size := math.Abs(m)
		if s.liquid {
			return xi - xj - e.lift - e.local*m*size, 1, -1, -2 * e.local * math.Max(size, e.least)
		}
		in := xi
		if m < 0 {
			in = xj
		}
		z, _ := s.net.Gas.Z.At(s.pressure(in))
		loss := z * e.local * m * size
		second := 0.0
		if in > 0 {
			second = math.Min(loss*loss/in, math.Abs(loss))
		}
		return xi - xj - 2*loss + math.Copysign(second, m), 1, -1, -4 * z * e.local * math.Max(size, e.least) * 0.75
	}
	// A fixed drop in the direction of flow, smoothed through zero.
	width := e.least
	share := m / math.Sqrt(m*m+width*width)
	drop := r.DropBar * share
	slope := r.DropBar * width * width / math.Pow(m*m+width*width, 1.5)
	if s.liquid {
		return xi - xj - e.lift - drop - slack*m, 1, -1, -slope - slack
	}
	pi, pj := s.pressure(xi), s.pressure(xj)
	return pi - pj - drop - slack*m, 1 / (2 * math.Max(math.Abs(pi), 0.01)), -1 / (2 * math.Max(math.Abs(pj), 0.01)), -slope - slack
}

// Beyond these a given power is not believed: flow is too small for it to show.
const (
	greatestRiseBar = 2000
	greatestRatio   = 50
)

// station is the equation of a compressor or pump station in its present state.
func (s *Solver) station(e *element, xi, xj, m float64) (f, fi, fj, fm float64) {
	t := &s.net.Stations[e.index]
	control, set := t.Control, t.Set
	switch e.state {
	case open:
		return xi - xj - e.rise(s) - slack*m, 1, -1, -slack
	case atRatio:
		control, set = KeepRatio, t.MaxRatio
	case atOutlet:
		control, set = KeepOutlet, t.MaxOutletBar
	case atPower:
		control, set = KeepPower, t.MaxPowerMW
	}
	switch control {
	case KeepRatio:
		if !s.liquid {
			set *= set
		}
		return xj - set*xi, -set, 1, 0
	case KeepOutlet:
		return xj - s.potential(set), 0, 1, 0
	case KeepFlow:
		return m - set, 0, 0, 1
	case OnCurve:
		l := s.net.Liquid
		g := s.net.gravity()
		units := float64(max(1, t.Units))
		head, slope := t.Curve.at(m / l.DensityKgPerM3 / units)
		slope /= units
		return xi - xj - e.lift + l.DensityKgPerM3*g*head/1e5, 1, -1, math.Min(g*slope/1e5, -slack)
	}
	// A given power: the less flow, the more pressure. Flow is kept away from zero, where no
	// pressure would answer.
	if s.liquid {
		most := set * 1e6 * t.efficiency() * s.net.Liquid.DensityKgPerM3 / 1e5
		flow := math.Max(m, most/greatestRiseBar)
		rise := most / flow
		return xi - xj - e.lift + rise, 1, -1, -rise / flow
	}
	g := s.net.Gas
	k := g.heatCapacityRatio()
	x := (k - 1) / k
	flow := math.Max(m, set*1e6*t.efficiency()*x/(g.ConstantJPerKgK*g.TemperatureK*(math.Pow(greatestRatio, x)-1)))
	value := func(xi, xj, flow float64) float64 {
		pi, pj := math.Sqrt(math.Max(xi, 1e-6)), math.Sqrt(math.Max(xj, 1e-6))
		z1, _ := g.Z.At(pi)
		z2, _ := g.Z.At(pj)
		work := set * 1e6 * t.efficiency() * x / (flow * g.ConstantJPerKgK * g.TemperatureK * (z1 + z2) / 2)
		return xj - xi*math.Pow(1+work, 2/x)
	}
	const share = 1e-6
	f = value(xi, xj, flow)
	di, dj, dm := share*math.Max(math.Abs(xi), 1), share*math.Max(math.Abs(xj), 1), share*flow
	fi = (value(xi+di, xj, flow) - value(xi-di, xj, flow)) / (2 * di)
	fj = (value(xi, xj+dj, flow) - value(xi, xj-dj, flow)) / (2 * dj)
	fm = (value(xi, xj, flow+dm) - value(xi, xj, flow-dm)) / (2 * dm)
	return f, fi, fj, fm
}
