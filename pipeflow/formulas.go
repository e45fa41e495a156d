package pipeflow

import "math"

// Units of the classical formulas, exact by definition.
const (
	inchM    = 0.0254
	mileM    = 1609.344
	psiPa    = 6894.757293168361
	footM    = 0.3048
	poundKg  = 0.45359237
	rankineK = 1 / 1.8
)

// The state that the Panhandle equations are turned into factors at: 60 °F and 14.7 psi.
const (
	baseK   = 519.67 * rankineK
	baseKPa = 14.7 * psiPa / 1000
)

// generalFlow is the constant of the general flow equation with Darcy's factor, flow in m³ a day,
// pressures in kPa, lengths in km, diameter in mm, temperatures in K: 77.54 of the form in US
// units (standard cubic feet a day, psi, miles, inches, °R; Menon 2005, eq. 2.4).
var generalFlow = 77.54 * footM * footM * footM * 1.8 * (psiPa / 1000) * math.Sqrt(mileM/1000/1.8) / (psiPa / 1000) / math.Pow(25.4, 2.5)

// power holds the constants of a formula of capacity: flow = constant E (Tb/Pb)^base ((P1² -
// P2²)/(G^gravity T L Z))^exponent D^diameter, in m³ a day, kPa, km, mm and K.
type power struct{ constant, base, gravity, exponent, diameter float64 }

// The formulas in SI units (Menon 2005, eq. 2.51, 2.56 and 2.60; GPSA Engineering Data Book).
var (
	weymouth   = power{3.7435e-3, 1, 1, 0.5, 2.667}
	panhandleA = power{4.5965e-3, 1.0788, 0.8539, 0.5394, 2.6182}
	panhandleB = power{1.002e-2, 1.02, 0.961, 0.51, 2.53}
)

// Line is a single level line for the classical formulas of capacity.
type Line struct {
	InletPa, OutletPa float64 // absolute
	LengthM           float64
	DiameterM         float64
	TemperatureK      float64
	RelativeDensity   float64
	Compressibility   float64 // 0: 1
	Efficiency        float64 // 0: 1
	ViscosityPaS      float64
	// BaseK and BasePa are the state that flow is stated at; 0: 288.7 K, 101,325 Pa.
	BaseK, BasePa float64
}

func or(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

// drop is (P1² - P2²)/(T L Z) in kPa²/(K km), base is Tb/Pb in K/kPa.
func (l Line) drop() (drop, base float64) {
	p1, p2 := l.InletPa/1000, l.OutletPa/1000
	return (p1*p1 - p2*p2) / (l.TemperatureK * l.LengthM / 1000 * or(l.Compressibility, 1)), or(l.BaseK, 288.7) / (or(l.BasePa, 101325) / 1000)
}

const secondsDay = 86400

func (l Line) flow(c power) float64 {
	drop, base := l.drop()
	return c.constant * or(l.Efficiency, 1) * math.Pow(base, c.base) * math.Pow(drop/math.Pow(l.RelativeDensity, c.gravity), c.exponent) * math.Pow(l.DiameterM*1000, c.diameter) / secondsDay
}

// GeneralFlowM3PerS is the flow at the base state by the general flow equation with a given Darcy
// factor (Menon 2005, eq. 2.4).
func GeneralFlowM3PerS(l Line, darcy float64) float64 {
	return l.flow(power{generalFlow / math.Sqrt(darcy), 1, 1, 0.5, 2.5})
}

// WeymouthM3PerS is the flow by Weymouth's equation (Menon 2005, eq. 2.51).
func WeymouthM3PerS(l Line) float64 { return l.flow(weymouth) }

// PanhandleAM3PerS is the flow by the Panhandle A equation (Menon 2005, eq. 2.56).
func PanhandleAM3PerS(l Line) float64 { return l.flow(panhandleA) }

// PanhandleBM3PerS is the flow by the Panhandle B equation (Menon 2005, eq. 2.60).
func PanhandleBM3PerS(l Line) float64 { return l.flow(panhandleB) }

// SpitzglassM3PerS is the flow by Spitzglass' equation for high pressure: 125.1060 (Ts/Ps) ((P1² -
// P2²)/(L G T Z (1 + 0.09144/D + 0.03 D/0.0254)))^0.5 D^2.5 in SI units (Coelho and Pinho 2007,
// doi:10.1590/S1678-58782007000300005; 3.6 and 0.03 with D in inches).
func SpitzglassM3PerS(l Line) float64 {
	shape := 1 + 3.6*inchM/l.DiameterM + 0.03*l.DiameterM/inchM
	return 125.1060 * l.per() * math.Sqrt(l.si()/(l.RelativeDensity*shape)) * math.Pow(l.DiameterM, 2.5)
}

// OliphantM3PerS is the flow by Oliphant's formula, 42 (D^2.5 + D³/30) ((P1² - P2²)/L)^0.5 cubic
// feet an hour in US units, for a gas of relative density 0.6 at 60 °F and 14.4 psi, turned to
// other gases and states (GPSA Engineering Data Book). Efficiency is not in it, nor Z.
func OliphantM3PerS(l Line) float64 {
	const hours = 24
	constant := 42 * hours * footM * footM * footM / secondsDay * math.Sqrt(mileM) * 14.4 * 1.8 / 520 * math.Sqrt(0.6*520*rankineK) / math.Pow(inchM, 2.5)
	p2 := l.InletPa*l.InletPa - l.OutletPa*l.OutletPa
	return constant * (math.Pow(l.DiameterM, 2.5) + math.Pow(l.DiameterM, 3)/(30*math.Sqrt(inchM))) * or(l.BaseK, 288.7) / or(l.BasePa, 101325) * math.Sqrt(p2/(l.LengthM*l.RelativeDensity*l.TemperatureK))
}

// MullerM3PerS is the flow by Muller's equation: 0.4937 (thousand cubic feet an hour, psi, feet,
// inches, °R, lb/(ft s); Mohitpour et al. 2003) of ((P1² - P2²)/(T L Z))^0.575 D^2.725 /
// (G^0.425 mu^0.15).
func MullerM3PerS(l Line) float64 {
	constant := 1000 * footM * footM * footM / 3600 * 0.4937 / math.Pow(inchM, 2.725) * math.Pow(footM*rankineK, 0.575) * 1.8 * math.Pow(poundKg/footM, 0.15) * psiPa * math.Pow(psiPa, -2*0.575)
	return constant * l.per() * math.Pow(l.si(), 0.575) * math.Pow(l.DiameterM, 2.725) / (math.Pow(l.RelativeDensity, 0.425) * math.Pow(l.ViscosityPaS, 0.15))
}

// IGTM3PerS is the flow by the equation of the Institute of Gas Technology: 0.6643 (units as of
// [MullerM3PerS]; Mohitpour et al. 2003) of ((P1² - P2²)/(T L Z))^(5/9) D^(8/3) / (G^(4/9)
// mu^(1/9)).
func IGTM3PerS(l Line) float64 {
	constant := 1000 * footM * footM * footM / 3600 * 0.6643 / math.Pow(inchM, 8.0/3) * math.Pow(footM*rankineK, 5.0/9) * 1.8 * math.Pow(poundKg/footM, 1.0/9) * psiPa * math.Pow(psiPa, -10.0/9)
	return constant * l.per() * math.Pow(l.si(), 5.0/9) * math.Pow(l.DiameterM, 8.0/3) / (math.Pow(l.RelativeDensity, 4.0/9) * math.Pow(l.ViscosityPaS, 1.0/9))
}

// per is E Tb/Pb in K/Pa; si the drop in Pa²/(K m).
func (l Line) per() float64 {
	return or(l.Efficiency, 1) * or(l.BaseK, 288.7) / or(l.BasePa, 101325)
}

func (l Line) si() float64 {
	return (l.InletPa*l.InletPa - l.OutletPa*l.OutletPa) / (l.TemperatureK * l.LengthM * or(l.Compressibility, 1))
}

// IsothermalKgPerS is the flow of a line by the whole isothermal equation, the gain of kinetic
// energy included: m² = (pi D²/4)² rho (P1² - P2²) / (P1 (f L/D + 2 ln(P1/P2))), with the density
// at the inlet in kg/m³. It is NaN where P2 is not below P1.
func IsothermalKgPerS(densityKgPerM3, darcy, inletPa, outletPa, lengthM, diameterM float64) float64 {
	if !(outletPa < inletPa && outletPa > 0) {
		return math.NaN()
	}
	area := math.Pi / 4 * diameterM * diameterM
	return area * math.Sqrt(densityKgPerM3*(inletPa*inletPa-outletPa*outletPa)/(inletPa*(darcy*lengthM/diameterM+2*math.Log(inletPa/outletPa))))
}

// IsothermalOutletPa is the outlet pressure that [IsothermalKgPerS] gives a flow at; NaN where the
// line chokes before it carries that much.
func IsothermalOutletPa(densityKgPerM3, darcy, inletPa, kgPerS, lengthM, diameterM float64) float64 {
	flow := func(p float64) float64 {
		return IsothermalKgPerS(densityKgPerM3, darcy, inletPa, p, lengthM, diameterM)
	}
	// Flow rises as the outlet falls, up to where the line chokes: found by the golden section.
	low, high := 1e-6*inletPa, inletPa*(1-1e-15)
	for range 200 {
		a, b := low+0.381966*(high-low), low+0.618034*(high-low)
		if flow(a) > flow(b) {
			high = b
		} else {
			low = a
		}
	}
	choked := (low + high) / 2
	if kgPerS > flow(choked) {
		return math.NaN()
	}
	low, high = choked, inletPa
	for range 200 {
		if mid := (low + high) / 2; mid < inletPa && flow(mid) > kgPerS {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// panhandleFactor gives factor and power of f = factor x |m|^power, m in kg/s: the Darcy factor
// with which the general flow equation gives the flow of a Panhandle equation, both at 60 °F and
// 14.7 psi.
func panhandleFactor(c power, diameterMm, relativeDensity, standardM3PerKg float64) (factor, exponent float64) {
	const base = baseK / baseKPa
	// Q = A drop^n and f = (g base)² D^5 drop/(G Q²) give f = (g base)² D^5/G A^(-1/n) Q^(1/n-2).
	a := c.constant * math.Pow(base, c.base) * math.Pow(relativeDensity, -c.gravity*c.exponent) * math.Pow(diameterMm, c.diameter)
	exponent = 1/c.exponent - 2
	perDay := standardM3PerKg * secondsDay // of 1 kg/s
	g := generalFlow * base
	return g * g * math.Pow(diameterMm, 5) / relativeDensity * math.Pow(a, -1/c.exponent) * math.Pow(perDay, exponent), exponent
}
