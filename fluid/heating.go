package fluid

import (
	"fmt"
	"math"
)

// isoGasConstant is R in J/(mol K) of ISO 6976:2016.
const isoGasConstant = 8.3144621

// combustionTemperatures are those of ISO 6976:2016, table 3, in K.
var combustionTemperatures = [5]float64{273.15, 288.15, 288.70556, 293.15, 298.15}

// HeatingBasis is the temperature of combustion and the state at which the gas is metered.
type HeatingBasis struct {
	CombustionTemperatureK float64
	Metering               ReferenceState
}

// The usual bases of heating values: combustion/metering in degC, at 1.01325 bar.
var (
	// Heating15At15 is 15/15, of most of the gas trade.
	Heating15At15 = HeatingBasis{288.15, Standard15}
	// Heating0At0 is 0/0.
	Heating0At0 = HeatingBasis{273.15, Normal}
	// Heating25At0 is 25/0, of Germany and the European network codes.
	Heating25At0 = HeatingBasis{298.15, Normal}
	// Heating25At20 is 25/20, of Russia and Kazakhstan.
	Heating25At20 = HeatingBasis{298.15, Standard20}
)

// HeatingValues are the heats of combustion of a gas: superior with the water condensed, inferior
// with the water as vapour.
type HeatingValues struct {
	SuperiorMJPerKmol, InferiorMJPerKmol       float64
	SuperiorMJPerKg, InferiorMJPerKg           float64
	SuperiorMJPerM3, InferiorMJPerM3           float64
	RelativeDensity                            float64 // to dry air
	WobbeSuperiorMJPerM3, WobbeInferiorMJPerM3 float64 // volume basis over the root of relative density
	MolarVolumeM3PerKmol, Compressibility      float64 // at metering
}

// HeatingValues are heating values and Wobbe index by ISO 6976:2016: molar values are the sum of
// x_i H_i (inferior: less half of the hydrogen atoms times the heat of vaporisation of water),
// over the molar mass per kg and over the molar volume Z R T/p per m3; the Wobbe index is that
// over the root of relative density. With a nil equation
// they are those of the ideal gas; otherwise Z is that of the equation at metering (the standard
// has summation factors, which differ from GERG-2008 by about 1e-5), and relative density is
// multiplied by Z of air over Z. Errors: a [RangeError] for a combustion temperature that is not
// 0, 15, 15.55, 20 or 25 degC within 0.01 K, for the real gas at a metering temperature outside of
// 0 to 20 degC, and those of [Composition.Check] and of the equation.
func (c Composition) HeatingValues(basis HeatingBasis, eos EquationOfState) (HeatingValues, error) {
	if err := c.Check(); err != nil {
		return HeatingValues{}, err
	}
	column := -1
	for i, t := range combustionTemperatures {
		if math.Abs(t-basis.CombustionTemperatureK) <= 0.01 {
			column = i
		}
	}
	const name = "iso 6976"
	if column < 0 {
		last := len(combustionTemperatures) - 1
		return HeatingValues{}, fmt.Errorf("fluid: %s: table 3 has combustion temperatures of 0, 15, 15.55, 20 and 25 degC: %w", name,
			RangeError{name, "combustion temperature", basis.CombustionTemperatureK, combustionTemperatures[0], combustionTemperatures[last], "K"})
	}
	c = c.normalised()
	var v HeatingValues
	vaporisation := pures()[Water].superior[column]
	for i, x := range c {
		p := &pures()[i]
		v.SuperiorMJPerKmol += x * p.superior[column]
		v.InferiorMJPerKmol += x * (p.superior[column] - p.hydrogens/2*vaporisation)
	}
	m := c.MolarMassKgPerKmol()
	v.SuperiorMJPerKg, v.InferiorMJPerKg = v.SuperiorMJPerKmol/m, v.InferiorMJPerKmol/m

	volume, err := molarVolume(eos, basis.Metering, isoGasConstant)
	if err != nil {
		return HeatingValues{}, err
	}
	ideal, err := molarVolume(nil, basis.Metering, isoGasConstant)
	if err != nil {
		return HeatingValues{}, err
	}
	z := volume / ideal
	v.MolarVolumeM3PerKmol, v.Compressibility = volume, z
	v.SuperiorMJPerM3, v.InferiorMJPerM3 = v.SuperiorMJPerKmol/volume, v.InferiorMJPerKmol/volume
	v.RelativeDensity = m / airMolarMass
	if eos != nil && eos != EquationOfState(Ideal{}) {
		air, err := airCompressibility(basis.Metering)
		if err != nil {
			return HeatingValues{}, err
		}
		v.RelativeDensity *= air / z
	}
	root := math.Sqrt(v.RelativeDensity)
	v.WobbeSuperiorMJPerM3, v.WobbeInferiorMJPerM3 = v.SuperiorMJPerM3/root, v.InferiorMJPerM3/root
	return v, nil
}

// airCompressibility is Z of dry air: 0.999419, 0.999595 and 0.999645 at 0, 15 and 20 degC and
// 1.01325 bar (ISO 6976:2016), with lines between; 1 - Z is proportional to pressure.
func airCompressibility(ref ReferenceState) (float64, error) {
	const name = "iso 6976"
	if err := within(name, "metering temperature", ref.TemperatureK, 273.15, 293.15, "K"); err != nil {
		return 0, err
	}
	if err := within(name, "metering pressure", ref.PressureBar, 0.9, 1.1, "bar"); err != nil {
		return 0, err
	}
	z := 0.999419 + (0.999595-0.999419)*(ref.TemperatureK-273.15)/15
	if ref.TemperatureK > 288.15 {
		z = 0.999595 + (0.999645-0.999595)*(ref.TemperatureK-288.15)/5
	}
	return 1 - (1-z)*ref.PressureBar/1.01325, nil
}
