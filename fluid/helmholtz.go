package fluid

import (
	"math"
	"slices"
)

// DETAIL and GERG-2008 are both a residual Helmholtz energy, alpha = a/(R T), that is a sum of
//
//	n delta^d tau^t exp(-delta^c)                                       (c = 0: no exponential)
//	n delta^d tau^t exp(-eta (delta - epsilon)^2 - beta (delta - gamma))
//
// with delta = density / reducing density and tau = reducing temperature / temperature. The
// coefficients n of a given mixture are known beforehand, and at a given temperature all terms of
// the same d and c become one number. So a search for density costs few multiplications a step.
type helmholtz struct {
	gasConstant         float64 // J/(mol K)
	reducingDensity     float64 // kmol/m3
	reducingTemperature float64 // K
	loopsBelow          float64 // K; the pressure may fall with density below
	terms               []term
	bells               []bell
	bellTerms           []bellTerm
	decays              [maxDecay + 1]bool // which exponents c occur
}

// The largest powers of density, and the most bells, in the two equations.
const (
	maxPower = 9
	maxDecay = 6
	maxBells = 32
)

// term is n delta^d tau^t exp(-delta^c).
type term struct {
	n, t float64
	d, c uint8
}

// bell is the part of a term of the second kind that depends on density only.
type bell struct {
	d                         uint8
	eta, epsilon, beta, gamma float64
}

// bellTerm is n tau^t times a bell.
type bellTerm struct {
	n, t float64
	bell uint8
}

// add adds n delta^d tau^t exp(-delta^c), to a term of the same exponents if there is one.
func (h *helmholtz) add(n, t float64, d, c uint8) {
	if n == 0 {
		return
	}
	h.decays[c] = true
	for i, o := range h.terms {
		if o.t == t && o.d == d && o.c == c {
			h.terms[i].n += n
			return
		}
	}
	h.terms = append(h.terms, term{n, t, d, c})
}

// addBell adds n tau^t times a bell.
func (h *helmholtz) addBell(n, t float64, b bell) {
	k := slices.Index(h.bells, b)
	if k < 0 {
		k = len(h.bells)
		h.bells = append(h.bells, b)
	}
	h.bellTerms = append(h.bellTerms, bellTerm{n, t, uint8(k)})
}

// coefficients are those of the powers and bells of density at one temperature.
type coefficients struct {
	power [maxDecay + 1][maxPower + 1]float64
	bell  [maxBells]float64
}

// at fills the coefficients at a temperature for tau^moment d^moment/dtau^moment of the energy.
func (h *helmholtz) at(temperatureK float64, moment int, out *coefficients) {
	*out = coefficients{}
	logTau := math.Log(h.reducingTemperature / temperatureK)
	weight := func(n, t float64) float64 {
		w := n * math.Exp(t*logTau)
		switch moment {
		case 1:
			return w * t
		case 2:
			return w * t * (t - 1)
		}
		return w
	}
	for _, o := range h.terms {
		out.power[o.c][o.d] += weight(o.n, o.t)
	}
	for _, o := range h.bellTerms {
		out.bell[o.bell] += weight(o.n, o.t)
	}
}

// sums gives alpha, delta dalpha/ddelta and delta^2 d2alpha/ddelta2 at a density in kmol/m3. If f
// is a term and A = delta f'/f, the second is f A and the third f (A^2 - A + delta A').
func (h *helmholtz) sums(k *coefficients, density float64) (a0, a1, a2 float64) {
	delta := density / h.reducingDensity
	var powers [maxPower + 1]float64
	powers[0] = 1
	for i := 1; i <= maxPower; i++ {
		powers[i] = powers[i-1] * delta
	}
	for c := range h.decays {
		if !h.decays[c] {
			continue
		}
		decay, slope := 1.0, 0.0 // exp(-delta^c) and c delta^c
		if c > 0 {
			decay, slope = math.Exp(-powers[c]), float64(c)*powers[c]
		}
		for d := 1; d <= maxPower; d++ {
			f := k.power[c][d] * powers[d] * decay
			if f == 0 {
				continue
			}
			a := float64(d) - slope
			a0 += f
			a1 += f * a
			a2 += f * (a*a - a - float64(c)*slope)
		}
	}
	for i, b := range h.bells {
		x := delta - b.epsilon
		f := k.bell[i] * powers[b.d] * math.Exp(-b.eta*x*x-b.beta*(delta-b.gamma))
		a := float64(b.d) - delta*(2*b.eta*x+b.beta)
		a0 += f
		a1 += f * a
		a2 += f * (a*a - a - delta*(4*b.eta*delta-2*b.eta*b.epsilon+b.beta))
	}
	return a0, a1, a2
}

// density finds the density in kmol/m3 at an absolute pressure in bar: that of the gas, the one that
// can be reached from no density with pressure rising all the way. Where the pressure is too high
// for a gas it is that of the liquid. ok is false if there is neither.
func (h *helmholtz) density(k *coefficients, pressureBar, temperatureK float64) (kmolPerM3 float64, ok bool) {
	if pressureBar == 0 {
		return 0, true
	}
	ideal := 100 * pressureBar / (h.gasConstant * temperatureK)
	if temperatureK < h.loopsBelow {
		return h.scan(k, ideal, 100)
	}
	// Newton from the density of the ideal gas.
	rho := ideal
	for range 40 {
		_, a1, a2 := h.sums(k, rho)
		slope := 1 + 2*a1 + a2
		if !(slope > 0) {
			break
		}
		step := (rho*(1+a1) - ideal) / slope
		if math.Abs(step) <= 1e-9*rho {
			return rho - step, true
		}
		// A step by more than a factor of two is no correction.
		if !(math.Abs(step) < rho) {
			break
		}
		rho -= step
	}
	return h.scan(k, ideal, 100)
}

// scan is the slow and sure search, in steps of the reducing density / steps. It walks up from no
// density. While pressure rises all the way, the first crossing is the gas. Once pressure has
// fallen, no gas has such a pressure, and of the crossings that follow the one of lowest Gibbs
// energy is the liquid: inside the region of two phases the equations oscillate, and cross where
// there is nothing.
func (h *helmholtz) scan(k *coefficients, ideal float64, steps int) (kmolPerM3 float64, ok bool) {
	excess := func(rho float64) float64 {
		_, a1, _ := h.sums(k, rho)
		return rho*(1+a1) - ideal
	}
	// falls is above 0 where pressure falls with density.
	falls := func(rho float64) float64 {
		_, a1, a2 := h.sums(k, rho)
		return -(1 + 2*a1 + a2)
	}
	const densest = 5 // reducing densities; liquids near their triple point have 3 to 4
	gas, low := true, 0.0
	best := math.Inf(1)
	for i := 1; i <= densest*steps; i++ {
		high := h.reducingDensity * float64(i) / float64(steps)
		if gas && falls(high) > 0 {
			// The peak may reach the pressure though the step beyond it does not.
			gas = false
			if peak := bisect(falls, low, high); excess(peak) >= 0 {
				return bisect(excess, low, peak), true
			}
		}
		if before, here := excess(low), excess(high); before < 0 && here >= 0 {
			rho := bisect(excess, low, high)
			if gas {
				return rho, true
			}
			a0, a1, a2 := h.sums(k, rho)
			if gibbs := a0 + a1 + math.Log(rho); 1+2*a1+a2 > 0 && gibbs < best {
				best, kmolPerM3, ok = gibbs, rho, true
			}
		}
		low = high
	}
	return kmolPerM3, ok
}

// bisect gives the place between low and high where f is no longer below 0.
func bisect(f func(float64) float64, low, high float64) float64 {
	for range 100 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if f(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
