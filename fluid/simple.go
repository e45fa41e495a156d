package fluid

import (
	"fmt"
	"math"
)

// shortMaxBar is where the short formulas end here: none was fitted beyond, though their authors
// draw the line sooner.
const shortMaxBar = 150

// pseudocritical checks a pseudocritical point and a state, and gives the reduced ones.
func pseudocritical(name string, criticalBar, criticalK, pressureBar, maxBar, temperatureK, lowTr, highTr float64) (pr, tr float64, err error) {
	if err = within(name, "pseudocritical pressure", criticalBar, 1, 300, "bar"); err != nil {
		return 0, 0, err
	}
	if err = within(name, "pseudocritical temperature", criticalK, 3, 800, "K"); err != nil {
		return 0, 0, err
	}
	if err = state(name, pressureBar, maxBar, temperatureK, lowTr*criticalK, highTr*criticalK); err != nil {
		return 0, 0, err
	}
	return pressureBar / criticalBar, temperatureK / criticalK, nil
}

// positive refuses a formula that has left what a compressibility factor can be.
func positive(name string, z, pressureBar, temperatureK float64) (float64, error) {
	if !(z > 0) || math.IsInf(z, 1) {
		return 0, RangeError{name, fmt.Sprintf("compressibility factor at %g bar and %g K", pressureBar, temperatureK), z, least, math.MaxFloat64, ""}
	}
	return z, nil
}

// Papay is Z = 1 - 3.52 pr exp(-2.260 Tr) + 0.274 pr^2 exp(-1.878 Tr), with pressure and
// temperature over the pseudocritical ones (Papay 1968, OGIL Musz. Tud. Kozl., Budapest). It is
// used for 0 to 150 bar and reduced temperatures of 1.1 to 3.
type Papay struct {
	PseudocriticalPressureBar  float64 // absolute
	PseudocriticalTemperatureK float64
}

// Name is "papay".
func (Papay) Name() string { return "papay" }

// Compressibility is Z. See [EquationOfState].
func (e Papay) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	pr, tr, err := pseudocritical(e.Name(), e.PseudocriticalPressureBar, e.PseudocriticalTemperatureK, pressureBar, shortMaxBar, temperatureK, 1.1, 3)
	if err != nil {
		return 0, err
	}
	return positive(e.Name(), 1-3.52*pr*math.Exp(-2.260*tr)+0.274*pr*pr*math.Exp(-1.878*tr), pressureBar, temperatureK)
}

// AGAFormula is the short formula of the American Gas Association, Z = 1 + 0.257 pr - 0.533 pr/Tr,
// with pressure and temperature over the pseudocritical ones (Kralik, Stiegler, Vostry and Zavorka
// 1988, Dynamic Modeling of Large-Scale Networks with Application to Gas Distribution, Elsevier). Its authors keep it to 70 bar; as
// networks of the literature go on to 150 bar, so does it here, at reduced temperatures of 1.1
// to 3.
type AGAFormula struct {
	PseudocriticalPressureBar  float64 // absolute
	PseudocriticalTemperatureK float64
}

// Name is "aga".
func (AGAFormula) Name() string { return "aga" }

// Compressibility is Z. See [EquationOfState].
func (e AGAFormula) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	pr, tr, err := pseudocritical(e.Name(), e.PseudocriticalPressureBar, e.PseudocriticalTemperatureK, pressureBar, shortMaxBar, temperatureK, 1.1, 3)
	if err != nil {
		return 0, err
	}
	return positive(e.Name(), 1+0.257*pr-0.533*pr/tr, pressureBar, temperatureK)
}

// HallYarborough is the equation of Hall and Yarborough (1973, Oil and Gas Journal 71(25), 82), a
// hard-sphere fit of the chart of Standing and Katz. With t = 1/Tr, a = 0.06125 t exp(-1.2 (1-t)^2)
// and y the reduced density, it solves
//
//	(y + y^2 + y^3 - y^4)/(1-y)^3 - (14.76 t - 9.76 t^2 + 4.58 t^3) y^2
//	  + (90.7 t - 242.2 t^2 + 42.4 t^3) y^(2.18 + 2.82 t) = a pr,    Z = a pr / y
//
// by Newton's method inside a bracket. Range: pr of 0 to 24, Tr of 1.01 to 3.
type HallYarborough struct {
	PseudocriticalPressureBar  float64 // absolute
	PseudocriticalTemperatureK float64
}

// Name is "hall-yarborough".
func (HallYarborough) Name() string { return "hall-yarborough" }

// Compressibility is Z. See [EquationOfState].
func (e HallYarborough) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	pr, tr, err := pseudocritical(e.Name(), e.PseudocriticalPressureBar, e.PseudocriticalTemperatureK, pressureBar, 24*e.PseudocriticalPressureBar, temperatureK, 1.01, 3)
	if err != nil {
		return 0, err
	}
	t := 1 / tr
	ideal := 0.06125 * t * math.Exp(-1.2*(1-t)*(1-t)) * pr
	if ideal == 0 {
		return 1, nil
	}
	b := t * (14.76 + t*(-9.76+t*4.58))
	c := t * (90.7 + t*(-242.2+t*42.4))
	m := 2.18 + 2.82*t
	balance := func(y float64) (f, slope float64) {
		u := 1 - y
		power := c * math.Pow(y, m-1)
		f = y*(1+y*(1+y*(1-y)))/(u*u*u) - b*y*y + power*y - ideal
		slope = (1+y*(4+y*(4+y*(-4+y))))/(u*u*u*u) - 2*b*y + m*power
		return f, slope
	}
	// The left side is 0 at no density and has no bound as y nears 1.
	low, high := 0.0, 1.0
	y := math.Min(ideal, 0.5)
	for range 100 {
		f, slope := balance(y)
		if f < 0 {
			low = y
		} else {
			high = y
		}
		next := y - f/slope
		if !(next > low && next < high) {
			next = low + (high-low)/2
		}
		if math.Abs(next-y) <= 1e-14*next {
			return positive(e.Name(), ideal/next, pressureBar, temperatureK)
		}
		y = next
	}
	if high-low <= 1e-12*high {
		return positive(e.Name(), ideal/y, pressureBar, temperatureK)
	}
	return 0, fmt.Errorf("fluid: %s: at %g bar and %g K: %w", e.Name(), pressureBar, temperatureK, ErrNotConverged)
}

// CNGA is the formula of the California Natural Gas Association, Z = 1/(1 + 344400 p
// 10^(1.785 G) / T^3.825), with p in psi above the atmosphere, G the density relative to air, and
// T in degrees Rankine (Menon 2005, Gas Pipeline Hydraulics, CRC Press, chapter 1). Menon keeps it
// to means above 100 psi and takes 1 below. Here it stays smooth: 1 at the atmosphere and about
// 1.002 at no pressure, the one equation that does not tend to 1. Range: 0 to 150 bar absolute, 250 to 360 K, G of 0.5 to 1.
type CNGA struct {
	RelativeDensity float64 // to air
}

// Name is "cnga".
func (CNGA) Name() string { return "cnga" }

// Compressibility is Z. See [EquationOfState].
func (e CNGA) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	if err := within(e.Name(), "relative density", e.RelativeDensity, 0.5, 1, ""); err != nil {
		return 0, err
	}
	if err := state(e.Name(), pressureBar, shortMaxBar, temperatureK, 250, 360); err != nil {
		return 0, err
	}
	gauge := (pressureBar - 1.01325) / barPerPsi
	return 1 / (1 + 344400*gauge*math.Pow(10, 1.785*e.RelativeDensity)/math.Pow(temperatureK/kelvinPerRank, 3.825)), nil
}

// LinearPressure is Z = 1 + slope p, with the slope per bar (below 0 for natural gas) and p
// absolute: the rule of simple network programs, at any temperature. It ends where Z would reach
// 0.
type LinearPressure struct {
	SlopePerBar float64
}

// Name is "linear".
func (LinearPressure) Name() string { return "linear" }

// Compressibility is Z. See [EquationOfState].
func (e LinearPressure) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	if err := within(e.Name(), "slope", e.SlopePerBar, -1, 1, "per bar"); err != nil {
		return 0, err
	}
	if err := state(e.Name(), pressureBar, math.MaxFloat64, temperatureK, least, math.MaxFloat64); err != nil {
		return 0, err
	}
	return positive(e.Name(), 1+e.SlopePerBar*pressureBar, pressureBar, temperatureK)
}
