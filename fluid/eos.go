package fluid

import (
	"errors"
	"fmt"
	"math"
)

// gasConstant is the molar gas constant in J/(mol K) (CODATA 2018). GERG-2008, DETAIL and
// ISO 6976 have values of their own, with which they were fitted.
const gasConstant = 8.314462618

// EquationOfState gives the compressibility factor of a gas.
type EquationOfState interface {
	// Compressibility is Z = p V / (R T), without unit, at an absolute pressure in bar and a
	// temperature in K. It tends to 1 as the pressure does to 0, but for [CNGA]. The error is a [RangeError] for
	// arguments that are not numbers or outside of the equation's range, and [ErrNotConverged]
	// where an iteration finds no density; Z is 0 then.
	Compressibility(pressureBar, temperatureK float64) (float64, error)
	// Name names the equation in reports.
	Name() string
}

// RangeError says that an argument is not a number, or outside of the range of an equation.
type RangeError struct {
	Equation, Quantity string
	Value              float64
	Low, High          float64 // what is allowed, both included; math.MaxFloat64 where nothing bounds it
	Unit               string
}

// Error says what was allowed and what was given.
func (e RangeError) Error() string {
	unit := ""
	if e.Unit != "" {
		unit = " " + e.Unit
	}
	if e.High == math.MaxFloat64 {
		return fmt.Sprintf("fluid: %s: %s must be finite and at least %g%s (got %g)", e.Equation, e.Quantity, e.Low, unit, e.Value)
	}
	return fmt.Sprintf("fluid: %s: %s must lie in %g to %g%s (got %g)", e.Equation, e.Quantity, e.Low, e.High, unit, e.Value)
}

// ErrNotConverged says that an iteration for density or phase did not converge.
var ErrNotConverged = errors.New("fluid: the iteration did not converge")

// least stands for what must be above 0.
const least = 1e-6

// within gives a RangeError unless low <= value <= high and value is finite.
func within(equation, quantity string, value, low, high float64, unit string) error {
	if value >= low && value <= high && !math.IsInf(value, 0) {
		return nil
	}
	return RangeError{equation, quantity, value, low, high, unit}
}

// state checks a pressure of 0 to maxBar and a temperature.
func state(equation string, pressureBar, maxBar, temperatureK, lowK, highK float64) error {
	if err := within(equation, "pressure", pressureBar, 0, maxBar, "bar"); err != nil {
		return err
	}
	return within(equation, "temperature", temperatureK, lowK, highK, "K")
}

// Ideal is the ideal gas: Z = 1 at every pressure >= 0 and temperature > 0.
type Ideal struct{}

// Compressibility is 1. See [EquationOfState].
func (Ideal) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	if err := state("ideal", pressureBar, math.MaxFloat64, temperatureK, least, math.MaxFloat64); err != nil {
		return 0, err
	}
	return 1, nil
}

// Name is "ideal".
func (Ideal) Name() string { return "ideal" }

// ReferenceState is a pressure and a temperature at which volumes of gas are told.
type ReferenceState struct {
	TemperatureK float64
	PressureBar  float64 // absolute
}

// The usual reference states. ISO 13443:1996 has 15 degC; the others are of law and custom.
var (
	// Normal is 0 degC and 1.01325 bar, that of the normal cubic metre.
	Normal = ReferenceState{273.15, 1.01325}
	// Standard15 is 15 degC and 1.01325 bar, that of the standard cubic metre.
	Standard15 = ReferenceState{288.15, 1.01325}
	// Standard20 is 20 degC and 1.01325 bar.
	Standard20 = ReferenceState{293.15, 1.01325}
	// Standard60F is 60 degF and 14.696 psi, that of the standard cubic foot.
	Standard60F = ReferenceState{288.70556, 1.01325}
)

// MolarVolumeM3PerKmol is the volume of a kmol at a reference state, Z R T / p in m3/kmol, with Z
// of the equation there (nil is the ideal gas) and R = 8.314462618 J/(mol K). Errors are those of
// the equation, and a [RangeError] for a state whose pressure or temperature is not above 0.
func MolarVolumeM3PerKmol(eos EquationOfState, ref ReferenceState) (float64, error) {
	return molarVolume(eos, ref, gasConstant)
}

func molarVolume(eos EquationOfState, ref ReferenceState, r float64) (float64, error) {
	if err := within("reference state", "pressure", ref.PressureBar, least, math.MaxFloat64, "bar"); err != nil {
		return 0, err
	}
	if err := within("reference state", "temperature", ref.TemperatureK, least, math.MaxFloat64, "K"); err != nil {
		return 0, err
	}
	z := 1.0
	if eos != nil {
		var err error
		if z, err = eos.Compressibility(ref.PressureBar, ref.TemperatureK); err != nil {
			return 0, err
		}
	}
	// R in kJ/(kmol K), pressure in kPa.
	return z * r * ref.TemperatureK / (100 * ref.PressureBar), nil
}
