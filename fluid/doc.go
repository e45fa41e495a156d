// Package fluid computes what the steady hydraulics of pipelines need of gas and oil: compressibility
// and density, sound, heat and phases of natural gas mixtures, heating values, viscosity.
//
// Pressures are absolute bar, temperatures K, densities kg/m3 or kmol/m3. A [Composition] of 21
// components gives the equations of state, from the exact to the short:
//
//   - [NewGERG2008]: GERG-2008, with sound and heat, and [NewDetail]: AGA8 DETAIL, both as NIST's
//     reference code to ten digits and more;
//   - [HallYarborough], [Papay], [AGAFormula] of pseudocritical pressure and temperature, [CNGA] of
//     relative density, [LinearPressure] and [Ideal], as network programs use;
//   - [PengRobinson], for [TwoPhase].
//
// Each is an [EquationOfState]. A solver that asks for Z at one temperature millions of times takes
// an [Isotherm] of it:
//
//	gas, err := fluid.NewComposition(map[string]float64{"methane": 0.95, "ethane": 0.03, "N2": 0.02})
//	eos, err := fluid.NewGERG2008(gas)
//	iso, err := fluid.NewIsotherm(eos, 283.15, 100)
//	z, dzdp := iso.At(62.5)
//
// [Composition.HeatingValues] follow ISO 6976, [ViscosityPaS] Lee, Gonzalez and Eakin. An oil is a
// [Liquid], with [WaltherViscosity] of temperature; [BlendViscosity] and [BlendDensity] mix oils.
//
// Equations keep to their range: outside, and for what is not a number, the error is a
// [RangeError]. No function gives NaN, and none panics on its arguments. Coefficients of the
// standards are in the folder tables, with the table of the source that each is from.
package fluid
