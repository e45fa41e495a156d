package pipeflow

import "math"

// RealGas gives the compressibility factor Z of a gas at the network's temperature and its
// derivative with pressure (absolute, bar).
type RealGas interface {
	At(pressureBar float64) (z, perBar float64)
}

// ZFunc is a compressibility rule as a function.
type ZFunc func(pressureBar float64) (z, perBar float64)

// At calls the function.
func (f ZFunc) At(p float64) (float64, float64) { return f(p) }

// Ideal is the gas whose compressibility factor is one.
var Ideal RealGas = ZFunc(func(float64) (float64, float64) { return 1, 0 })

// Gas is the gas of a network: p = Z rho R T with R its own constant.
type Gas struct {
	Name string
	// ConstantJPerKgK is the universal gas constant over molar mass.
	ConstantJPerKgK float64
	TemperatureK    float64
	ViscosityPaS    float64
	// HeatCapacityRatio is cp/cv, for compression; 0: 1.3.
	HeatCapacityRatio   float64
	HeatCapacityJPerKgK float64 // cp, for heat exchange with the ground
	JouleThomsonKPerBar float64
	// RelativeDensity to air is used by Weymouth's and the Panhandle formulas; 0: from the
	// gas constant.
	RelativeDensity float64
	// HeatingValueMJPerKg is the lower one, for fuel.
	HeatingValueMJPerKg float64
	Z                   RealGas
	// ZAtK gives the compressibility at other temperatures, for heat exchange with the ground;
	// nil: it stays.
	ZAtK func(temperatureK float64) RealGas
}

func (g *Gas) heatCapacityRatio() float64 {
	if g.HeatCapacityRatio > 1 {
		return g.HeatCapacityRatio
	}
	return 1.3
}

// airConstant is the gas constant of dry air, J/(kg K): 8314.46 / 28.9625.
const airConstant = 287.076

func (g *Gas) relativeDensity() float64 {
	if g.RelativeDensity > 0 {
		return g.RelativeDensity
	}
	return airConstant / g.ConstantJPerKgK
}

// DensityKgPerM3 is the density at an absolute pressure in bar and the gas's temperature.
func (g *Gas) DensityKgPerM3(pressureBar float64) float64 {
	z, _ := g.Z.At(pressureBar)
	return pressureBar * 1e5 / (z * g.ConstantJPerKgK * g.TemperatureK)
}

// CompressionPowerMW is the shaft power that brings a mass flow from one pressure to
// another: isentropic work of a real gas with the mean compressibility of both ends, over
// efficiency (Menon 2005, eq. 4.15).
func (g *Gas) CompressionPowerMW(kgPerS, inletBar, outletBar, efficiency float64) float64 {
	if outletBar <= inletBar || kgPerS <= 0 || inletBar <= 0 {
		return 0
	}
	z1, _ := g.Z.At(inletBar)
	z2, _ := g.Z.At(outletBar)
	k := g.heatCapacityRatio()
	x := (k - 1) / k
	return kgPerS * g.ConstantJPerKgK * g.TemperatureK * (z1 + z2) / 2 / x * (math.Pow(outletBar/inletBar, x) - 1) / efficiency / 1e6
}

// Liquid is the liquid of a network, at its temperature.
type Liquid struct {
	Name           string
	DensityKgPerM3 float64
	ViscosityPaS   float64 // dynamic
	// VapourBar is the absolute pressure below which the liquid boils and a line runs slack.
	VapourBar           float64
	TemperatureK        float64
	HeatCapacityJPerKgK float64
	// ViscosityAtK gives the dynamic viscosity at other temperatures, for heat exchange
	// with the ground; nil: it stays.
	ViscosityAtK func(temperatureK float64) float64
}

// PumpPowerMW is the shaft power that raises the pressure of a mass flow: volume flow times
// rise over efficiency.
func (l *Liquid) PumpPowerMW(kgPerS, riseBar, efficiency float64) float64 {
	if riseBar <= 0 || kgPerS <= 0 {
		return 0
	}
	return kgPerS / l.DensityKgPerM3 * riseBar * 1e5 / efficiency / 1e6
}
