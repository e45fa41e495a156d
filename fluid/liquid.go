package fluid

import (
	"errors"
	"fmt"
	"math"
)

// ViscosityPoint is a kinematic viscosity that was measured at a temperature.
type ViscosityPoint struct {
	TemperatureK float64
	ViscosityCst float64 // mm2/s
}

// waltherReachK is how far beyond its points a fit is used: the line of ASTM D341 is straight for
// crude oil until wax falls out, which no fit can know.
const waltherReachK = 40

// WaltherViscosity is the kinematic viscosity of a liquid over temperature by Walther's equation
// as in ASTM D341, log10 log10(nu + 0.7) = A - B log10 T, with nu in cSt and T in K. The standard
// has further terms below 2 cSt, which are left out: it reads for 0.5 cSt and up, and is best from
// 2. The zero value has no fit and gives errors.
type WaltherViscosity struct {
	A, B        float64
	LowK, HighK float64 // the temperatures of the points
	// MaxRelativeError is the largest error of the fit at its points, as a share of viscosity; 0
	// with two points.
	MaxRelativeError float64
}

// NewWaltherViscosity fits A and B to two or more points by least squares of log10 log10(nu + 0.7).
// The error joins all faults: fewer than two points, temperatures that are not in 200 to 700 K or
// all the same, viscosities that are not in 0.5 to 1e7 cSt, and viscosity that does not fall as
// temperature rises.
func NewWaltherViscosity(points []ViscosityPoint) (WaltherViscosity, error) {
	const name = "walther"
	var faults []error
	if len(points) < 2 {
		faults = append(faults, fmt.Errorf("fluid: %s: two points are needed (got %d)", name, len(points)))
	}
	for i, p := range points {
		for _, err := range []error{
			within(name, "temperature", p.TemperatureK, 200, 700, "K"),
			within(name, "viscosity", p.ViscosityCst, 0.5, 1e7, "cSt"),
		} {
			if err != nil {
				faults = append(faults, fmt.Errorf("fluid: %s: point %d: %w", name, i+1, err))
			}
		}
	}
	if len(faults) > 0 {
		return WaltherViscosity{}, errors.Join(faults...)
	}
	w := WaltherViscosity{LowK: math.Inf(1), HighK: math.Inf(-1)}
	ordinate := func(p ViscosityPoint) float64 { return math.Log10(math.Log10(p.ViscosityCst + 0.7)) }
	var mx, my float64
	for _, p := range points {
		mx += math.Log10(p.TemperatureK) / float64(len(points))
		my += ordinate(p) / float64(len(points))
		w.LowK, w.HighK = min(w.LowK, p.TemperatureK), max(w.HighK, p.TemperatureK)
	}
	if w.HighK-w.LowK < 1 {
		return WaltherViscosity{}, fmt.Errorf("fluid: %s: temperatures must differ by 1 K at least (got %g to %g K)", name, w.LowK, w.HighK)
	}
	var xx, xy float64
	for _, p := range points {
		dx := math.Log10(p.TemperatureK) - mx
		xx += dx * dx
		xy += dx * (ordinate(p) - my)
	}
	w.B = -xy / xx
	w.A = my + w.B*mx
	if !(w.B > 0) {
		return WaltherViscosity{}, fmt.Errorf("fluid: %s: viscosity must fall as temperature rises (got B = %g)", name, w.B)
	}
	for _, p := range points {
		w.MaxRelativeError = max(w.MaxRelativeError, math.Abs(w.line(p.TemperatureK)/p.ViscosityCst-1))
	}
	return w, nil
}

// line is the equation without a check.
func (w WaltherViscosity) line(temperatureK float64) float64 {
	return math.Pow(10, math.Pow(10, w.A-w.B*math.Log10(temperatureK))) - 0.7
}

// At is the kinematic viscosity in cSt at a temperature in K. It is a [RangeError] more than 40 K
// beyond the points of the fit, and where the line gives no viscosity.
func (w WaltherViscosity) At(temperatureK float64) (float64, error) {
	const name = "walther"
	if !(w.B > 0) {
		return 0, fmt.Errorf("fluid: %s: no fit (B must be > 0, got %g)", name, w.B)
	}
	if err := within(name, "temperature", temperatureK, w.LowK-waltherReachK, w.HighK+waltherReachK, "K"); err != nil {
		return 0, err
	}
	nu := w.line(temperatureK)
	if err := within(name, "viscosity", nu, 0.05, 1e12, "cSt"); err != nil {
		return 0, err
	}
	return nu, nil
}

// shares checks mass fractions and what goes with them.
func shares(name, quantity, unit string, massFractions, values []float64, low, high float64) error {
	if len(massFractions) != len(values) || len(values) == 0 {
		return fmt.Errorf("fluid: %s: as many mass fractions as values are needed, one at least (got %d and %d)", name, len(massFractions), len(values))
	}
	var faults []error
	sum := 0.0
	for i, w := range massFractions {
		if err := within(name, "mass fraction", w, 0, 1, ""); err != nil {
			faults = append(faults, fmt.Errorf("fluid: %s: part %d: %w", name, i+1, err))
		} else {
			sum += w
		}
		if err := within(name, quantity, values[i], low, high, unit); err != nil {
			faults = append(faults, fmt.Errorf("fluid: %s: part %d: %w", name, i+1, err))
		}
	}
	if !(math.Abs(sum-1) <= sumTolerance) {
		faults = append(faults, fmt.Errorf("fluid: %s: mass fractions must sum to 1 within %g (got %.9g)", name, sumTolerance, sum))
	}
	return errors.Join(faults...)
}

// BlendViscosity is the kinematic viscosity in cSt of a blend, at the one temperature of the
// viscosities of its parts, by the Refutas equation: the blending number
// 14.534 ln ln(nu + 0.8) + 10.975 of the blend is the mean of those of the parts by mass (Maples
// 2000, Petroleum Refinery Process Economics, 2nd ed., PennWell). The error joins all faults:
// lengths that differ, mass fractions that are not in 0 to 1 or do not sum to 1 within 1e-4,
// viscosities that are not in 0.3 to 1e7 cSt.
func BlendViscosity(massFractions, viscositiesCst []float64) (float64, error) {
	if err := shares("refutas", "viscosity", "cSt", massFractions, viscositiesCst, 0.3, 1e7); err != nil {
		return 0, err
	}
	// The constants of the blending number cancel out, so the mean is of ln ln itself.
	mean, sum := 0.0, 0.0
	for i, w := range massFractions {
		mean += w * math.Log(math.Log(viscositiesCst[i]+0.8))
		sum += w
	}
	return math.Exp(math.Exp(mean/sum)) - 0.8, nil
}

// BlendDensity is the density in kg/m3 of a blend of parts whose volumes add:
// 1/rho = sum of w_i/rho_i by mass fractions. The error joins all faults, as of
// [BlendViscosity]; densities must lie in 300 to 1500 kg/m3.
func BlendDensity(massFractions, densitiesKgPerM3 []float64) (float64, error) {
	if err := shares("blend density", "density", "kg/m3", massFractions, densitiesKgPerM3, 300, 1500); err != nil {
		return 0, err
	}
	volume, sum := 0.0, 0.0
	for i, w := range massFractions {
		volume += w / densitiesKgPerM3[i]
		sum += w
	}
	return sum / volume, nil
}

// Liquid is an oil in a pipeline.
type Liquid struct {
	DensityKgPerM3        float64 // at the reference temperature
	ReferenceTemperatureK float64
	ThermalExpansionPerK  float64 // of volume, at the reference temperature; about 8e-4 for crude oil
	Viscosity             WaltherViscosity
	VapourPressureBar     float64 // absolute; below it the oil boils
}

// Check joins all faults: density not in 300 to 1500 kg/m3, reference temperature not in 200 to
// 700 K, expansion not in 0 to 0.01 per K, vapour pressure negative or above 100 bar, no fit of
// viscosity.
func (l Liquid) Check() error {
	const name = "liquid"
	faults := []error{
		within(name, "density", l.DensityKgPerM3, 300, 1500, "kg/m3"),
		within(name, "reference temperature", l.ReferenceTemperatureK, 200, 700, "K"),
		within(name, "thermal expansion", l.ThermalExpansionPerK, 0, 0.01, "per K"),
		within(name, "vapour pressure", l.VapourPressureBar, 0, 100, "bar"),
	}
	if !(l.Viscosity.B > 0) {
		faults = append(faults, fmt.Errorf("fluid: %s: viscosity has no fit", name))
	}
	return errors.Join(faults...)
}

// DensityAt is the density in kg/m3 at a temperature in K,
// rho exp(-a dT (1 + 0.8 a dT)) with a the thermal expansion and dT the distance from the reference
// temperature (API MPMS chapter 11.1, 1980 = ASTM D1250). It is a [RangeError] more than 150 K
// away, and for what [Liquid.Check] refuses of density, temperature and expansion.
func (l Liquid) DensityAt(temperatureK float64) (float64, error) {
	const name = "liquid"
	for _, err := range []error{
		within(name, "density", l.DensityKgPerM3, 300, 1500, "kg/m3"),
		within(name, "reference temperature", l.ReferenceTemperatureK, 200, 700, "K"),
		within(name, "thermal expansion", l.ThermalExpansionPerK, 0, 0.01, "per K"),
		within(name, "temperature", temperatureK, l.ReferenceTemperatureK-150, l.ReferenceTemperatureK+150, "K"),
	} {
		if err != nil {
			return 0, err
		}
	}
	x := l.ThermalExpansionPerK * (temperatureK - l.ReferenceTemperatureK)
	return l.DensityKgPerM3 * math.Exp(-x*(1+0.8*x)), nil
}

// DynamicViscosityPaSAt is the dynamic viscosity in Pa s at a temperature in K: kinematic viscosity
// times density there. Errors are those of [Liquid.DensityAt] and [WaltherViscosity.At].
func (l Liquid) DynamicViscosityPaSAt(temperatureK float64) (float64, error) {
	rho, err := l.DensityAt(temperatureK)
	if err != nil {
		return 0, err
	}
	nu, err := l.Viscosity.At(temperatureK)
	if err != nil {
		return 0, err
	}
	return nu * 1e-6 * rho, nil
}
