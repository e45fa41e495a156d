package pipeflow

import "math"

// Units of the classical formulas, exact by definition.
const (
	inchM      = 0.0254
	mileM      = 1609.344
	psiPa      = 6894.757293168361
	footM      = 0.3048
	scfM3      = footM * footM * footM
	secondsDay = 86400
	rankineK   = 1 / 1.8
)

// Constants of the formulas in US units (flow in standard cubic feet a day, pressures in psi,
// temperatures in °R, length in miles, diameter in inches): Menon (2005), eq. 2.4, 2.50,
// 2.55, 2.59.
const (
	generalFlow      = 77.54
	weymouthFlow     = 433.5
	weymouthDiameter = 8.0 / 3
)

// panhandle holds the constants of one Panhandle equation: flow = constant E (Tb/Pb)^base
// ((P1² - P2²)/(G^gravity T L Z))^exponent D^diameter.
type panhandle struct{ constant, base, gravity, exponent, diameter float64 }

var (
	panhandleA = panhandle{435.87, 1.0788, 0.8539, 0.5394, 2.6182}
	panhandleB = panhandle{737, 1.02, 0.961, 0.51, 2.53}
)

// Line is a single line for the classical formulas of capacity.
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

// us gives the line in US units: the drop (P1²-P2²)/(T L Z) without the gravity, diameter in
// inches, base over pressure in °R/psi and efficiency.
func (l Line) us() (drop, inches, base, efficiency float64) {
	or := func(v, otherwise float64) float64 {
		if v == 0 {
			return otherwise
		}
		return v
	}
	p1, p2 := l.InletPa/psiPa, l.OutletPa/psiPa
	drop = (p1*p1 - p2*p2) / (l.TemperatureK / rankineK * (l.LengthM / mileM) * or(l.Compressibility, 1))
	return drop, l.DiameterM / inchM, or(l.BaseK, 288.7) / rankineK / (or(l.BasePa, 101325) / psiPa), or(l.Efficiency, 1)
}

// m3PerS converts from standard cubic feet a day.
func m3PerS(scfd float64) float64 { return scfd * scfM3 / secondsDay }

// GeneralFlowM3PerS is the flow of a level line at the base state by the general flow
// equation with a given Darcy factor (Menon 2005, eq. 2.4).
func GeneralFlowM3PerS(l Line, darcy float64) float64 {
	drop, d, base, e := l.us()
	return m3PerS(generalFlow * e * base * math.Sqrt(drop/(l.RelativeDensity*darcy)) * math.Pow(d, 2.5))
}

// WeymouthM3PerS is the flow by Weymouth's equation (Menon 2005, eq. 2.50).
func WeymouthM3PerS(l Line) float64 {
	drop, d, base, e := l.us()
	return m3PerS(weymouthFlow * e * base * math.Sqrt(drop/l.RelativeDensity) * math.Pow(d, weymouthDiameter))
}

// PanhandleAM3PerS is the flow by the Panhandle A equation (Menon 2005, eq. 2.55).
func PanhandleAM3PerS(l Line) float64 { return l.panhandle(panhandleA) }

// PanhandleBM3PerS is the flow by the Panhandle B equation (Menon 2005, eq. 2.59).
func PanhandleBM3PerS(l Line) float64 { return l.panhandle(panhandleB) }

func (l Line) panhandle(c panhandle) float64 {
	drop, d, base, e := l.us()
	return m3PerS(c.constant * e * math.Pow(base, c.base) * math.Pow(drop/math.Pow(l.RelativeDensity, c.gravity), c.exponent) * math.Pow(d, c.diameter))
}

// panhandleFactor gives factor and power of f = factor x |m|^power, m in kg/s: the Darcy
// factor with which the general flow equation gives the flow of a Panhandle equation, both
// at 60 °F and 14.7 psi.
func panhandleFactor(c panhandle, inches, relativeDensity, standardM3PerKg float64) (factor, power float64) {
	const base = 519.67 / 14.7
	// Q = A drop^n and f = (g base)² D^5 drop/(G Q²) give f = (g base)² D^5/G A^(-1/n) Q^(1/n-2).
	a := c.constant * math.Pow(base, c.base) * math.Pow(relativeDensity, -c.gravity*c.exponent) * math.Pow(inches, c.diameter)
	power = 1/c.exponent - 2
	scfd := standardM3PerKg / scfM3 * secondsDay // of 1 kg/s
	g := generalFlow * base
	return g * g * math.Pow(inches, 5) / relativeDensity * math.Pow(a, -1/c.exponent) * math.Pow(scfd, power), power
}
