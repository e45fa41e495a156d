package fluid

import "math"

// ViscosityPaS is the dynamic viscosity of natural gas in Pa s by Lee, Gonzalez and Eakin (1966,
// J. Pet. Technol. 18, 997, doi 10.2118/1340-PA, eqs 1 to 4), from the density in kg/m3, the molar
// mass in kg/kmol and the temperature in K. With rho in g/cm3 and T in degR,
//
//	mu = 1e-4 K exp(X rho^Y) mPa s,  K = (9.4 + 0.02 M) T^1.5/(209 + 19 M + T),
//	X = 3.5 + 986/T + 0.01 M,        Y = 2.4 - 0.2 X.
//
// It was fitted at 311 to 444 K and up to 550 bar, within some 3 %; pipelines are colder, so 230
// to 450 K, a molar mass of 10 to 60 and a density of 0 to 500 are taken. Outside it is a
// [RangeError].
func ViscosityPaS(densityKgPerM3, molarMassKgPerKmol, temperatureK float64) (float64, error) {
	const name = "lee-gonzalez-eakin"
	if err := within(name, "density", densityKgPerM3, 0, 500, "kg/m3"); err != nil {
		return 0, err
	}
	if err := within(name, "molar mass", molarMassKgPerKmol, 10, 60, "kg/kmol"); err != nil {
		return 0, err
	}
	if err := within(name, "temperature", temperatureK, 230, 450, "K"); err != nil {
		return 0, err
	}
	m, t := molarMassKgPerKmol, temperatureK/kelvinPerRank
	k := (9.4 + 0.02*m) * math.Pow(t, 1.5) / (209 + 19*m + t)
	x := 3.5 + 986/t + 0.01*m
	y := 2.4 - 0.2*x
	return 1e-7 * k * math.Exp(x*math.Pow(densityKgPerM3/1000, y)), nil
}
