package fluid

import (
	"fmt"
	"math"
	"sync"
)

// Limits of the extended range of GERG-2008 (Kunz and Wagner 2012, section 5).
const (
	gergLowK, gergHighK = 60, 700
	gergMaxBar          = 700
)

const (
	gergName = "gerg-2008"
	// gergGasConstant is R of the equation; idealGasConstant the older R of the heat capacities
	// (Kunz and Wagner 2012, eq. 12), both in J/(mol K).
	gergGasConstant  = 8.314472
	idealGasConstant = 8.31451
)

// loopMargin is how far above the mean critical temperature of a mixture its pressure may still
// fall with density; of mixtures of alike gases it does not at all.
const loopMargin = 1.1

// einstein is a term of the heat capacity of an ideal gas.
type einstein struct{ n, theta float64 }

// idealHeat is cp/R of an ideal gas by Jaeschke and Schley (1995).
type idealHeat struct {
	constant   float64
	sinh, cosh [2]einstein
}

// at is cp/R at a temperature in K.
func (h idealHeat) at(temperatureK float64) float64 {
	cp := h.constant
	for i := range h.sinh {
		if s := h.sinh[i]; s.theta > 0 {
			v := s.theta / temperatureK
			q := v / math.Sinh(v)
			cp += s.n * q * q
		}
		if s := h.cosh[i]; s.theta > 0 {
			v := s.theta / temperatureK
			q := v / math.Cosh(v)
			cp += s.n * q * q
		}
	}
	return cp
}

// GERG2008 is the equation of state of Kunz and Wagner (2012, J. Chem. Eng. Data 57, 3032, doi
// 10.1021/je300655b), which is ISO 20765-2 and AGA Report 8 Part 2, for one mixture. It is meant
// for 90 to 450 K and up to 350 bar, where density is within 0.1 % for natural gas, and taken here
// to its extended range, 60 to 700 K and 0 to 700 bar. It may be used by several goroutines.
//
// Where the equation has more than one density at a pressure, the gas is taken, and where it has a
// liquid alone, the liquid; [TwoPhase] tells whether the mixture would split.
type GERG2008 struct {
	residual  helmholtz
	fractions Composition
	molarMass float64
}

// gergTables are the tables beside those of the components.
type gergTables struct {
	pure     [Components][]term // n of the pure fluid
	reducing [Components][Components]reducing
	excess   map[string]departure
}

// reducing holds a pair's parameters, for i < j.
type reducing struct {
	betaV, gammaV, betaT, gammaT float64
	f                            float64
	function                     string // "": no departure
}

// departure is a departure function: powers, then bells.
type departure struct {
	powers []term
	bells  []struct {
		n, t float64
		bell
	}
}

var gergTable = sync.OnceValue(func() *gergTables {
	g := &gergTables{excess: map[string]departure{}}
	const pureFile, pairFile, excessFile = "gerg_pure.csv", "gerg_pairs.csv", "gerg_departure.csv"
	var family []Component
	for _, row := range rows(pureFile) {
		if row[0] == "family" {
			family = family[:0]
			for _, s := range row[1:] {
				family = append(family, symbol(pureFile, s))
			}
			continue
		}
		v := numbers(pureFile, row)
		for k, c := range family {
			g.pure[c] = append(g.pure[c], term{n: v[3+k], t: v[1], d: uint8(v[0]), c: uint8(v[2])})
		}
	}
	for i := range Components {
		for j := range Components {
			g.reducing[i][j] = reducing{betaV: 1, gammaV: 1, betaT: 1, gammaT: 1}
		}
	}
	for _, row := range rows(pairFile) {
		v := numbers(pairFile, row[2:6])
		r := reducing{betaV: v[0], gammaV: v[1], betaT: v[2], gammaT: v[3], function: row[7]}
		if r.function != "" {
			r.f = numbers(pairFile, row[6:7])[0]
		}
		g.reducing[symbol(pairFile, row[0])][symbol(pairFile, row[1])] = r
	}
	name := ""
	for _, row := range rows(excessFile) {
		if row[0] == "function" {
			name = row[1]
			continue
		}
		v := numbers(excessFile, row)
		d := g.excess[name]
		b := bell{d: uint8(v[0]), eta: v[2], epsilon: v[3], beta: v[4], gamma: v[5]}
		if b == (bell{d: b.d}) {
			d.powers = append(d.powers, term{n: v[6], t: v[1], d: b.d})
		} else {
			d.bells = append(d.bells, struct {
				n, t float64
				bell
			}{v[6], v[1], b})
		}
		g.excess[name] = d
	}
	return g
})

// NewGERG2008 sets the equation up for a mixture. The error is that of [Composition.Check].
func NewGERG2008(c Composition) (*GERG2008, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("fluid: %s: %w", gergName, err)
	}
	x := c.normalised()
	p, table := pures(), gergTable()
	g := &GERG2008{fractions: x, molarMass: x.MolarMassKgPerKmol()}
	h := &g.residual
	h.gasConstant = gergGasConstant
	// Reducing functions (eqs 16 and 17) and the sums of residual energies.
	volume := 0.0
	for i := range Components {
		if x[i] == 0 {
			continue
		}
		volume += x[i] * x[i] / p[i].criticalDensity
		h.reducingTemperature += x[i] * x[i] * p[i].criticalTemperature
		for _, o := range table.pure[i] {
			h.add(x[i]*o.n, o.t, o.d, o.c)
		}
		for j := i + 1; j < Components; j++ {
			if x[j] == 0 {
				continue
			}
			r := &table.reducing[i][j]
			share := 2 * x[i] * x[j] * (x[i] + x[j])
			root := math.Cbrt(1/p[i].criticalDensity) + math.Cbrt(1/p[j].criticalDensity)
			volume += share * r.betaV * r.gammaV / (r.betaV*r.betaV*x[i] + x[j]) * root * root * root / 8
			h.reducingTemperature += share * r.betaT * r.gammaT / (r.betaT*r.betaT*x[i] + x[j]) *
				math.Sqrt(p[i].criticalTemperature*p[j].criticalTemperature)
			if r.function == "" {
				continue
			}
			f, weight := table.excess[r.function], x[i]*x[j]*r.f
			for _, o := range f.powers {
				h.add(weight*o.n, o.t, o.d, 0)
			}
			for _, o := range f.bells {
				h.addBell(weight*o.n, o.t, o.bell)
			}
		}
	}
	h.reducingDensity = 1 / volume
	h.loopsBelow = loopMargin * h.reducingTemperature
	return g, nil
}

// Name is "gerg-2008".
func (g *GERG2008) Name() string { return gergName }

// Compressibility is Z. See [EquationOfState]; a call takes a few microseconds.
func (g *GERG2008) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	rho, err := g.Density(pressureBar, temperatureK)
	if err != nil {
		return 0, err
	}
	return g.residual.z(rho, pressureBar, temperatureK), nil
}

// Density is the molar density in kmol/m3 at an absolute pressure in bar and a temperature in K.
// The error is a [RangeError] or [ErrNotConverged].
func (g *GERG2008) Density(pressureBar, temperatureK float64) (kmolPerM3 float64, err error) {
	if err := state(gergName, pressureBar, gergMaxBar, temperatureK, gergLowK, gergHighK); err != nil {
		return 0, err
	}
	return g.residual.solve(gergName, pressureBar, temperatureK)
}

// solve is the density, or ErrNotConverged with the state.
func (h *helmholtz) solve(name string, pressureBar, temperatureK float64) (float64, error) {
	var k coefficients
	h.at(temperatureK, 0, &k)
	rho, ok := h.density(&k, pressureBar, temperatureK)
	if !ok || math.IsNaN(rho) || math.IsInf(rho, 0) || rho < 0 {
		return 0, fmt.Errorf("fluid: %s: density at %g bar and %g K: %w", name, pressureBar, temperatureK, ErrNotConverged)
	}
	return rho, nil
}

// z is p/(rho R T), 1 at no pressure.
func (h *helmholtz) z(rho, pressureBar, temperatureK float64) float64 {
	if pressureBar == 0 {
		return 1
	}
	return 100 * pressureBar / (rho * h.gasConstant * temperatureK)
}

// GERGProperties are the properties of a state.
type GERGProperties struct {
	Compressibility         float64
	DensityKmolPerM3        float64
	DensityKgPerM3          float64
	SpeedOfSoundMPerS       float64
	HeatCapacityCpJPerMolK  float64
	HeatCapacityCvJPerMolK  float64
	JouleThomsonKPerKPa     float64
	IsentropicExponent      float64 // rho w^2 / p, of the real gas
	PressureSlopeBarPerKmol float64 // dp/drho at constant temperature, bar per kmol/m3
}

// Properties are the properties at an absolute pressure in bar and a temperature in K, from the
// derivatives of the Helmholtz energy (Kunz and Wagner 2012; ISO 20765-2:2015). The isentropic exponent is rho w^2 / p. At no pressure they are those of the limit. Errors
// are those of [GERG2008.Density], and [ErrNotConverged] where the state is not stable.
func (g *GERG2008) Properties(pressureBar, temperatureK float64) (GERGProperties, error) {
	rho, err := g.Density(pressureBar, temperatureK)
	if err != nil {
		return GERGProperties{}, err
	}
	h := &g.residual
	r := h.gasConstant
	// The Joule-Thomson coefficient at no pressure is a quotient of two zeros; a trace of gas
	// gives its limit to the last digits, since the sums have no term of order zero.
	trace := max(rho, 1e-9*h.reducingDensity)
	var k coefficients
	h.at(temperatureK, 0, &k)
	_, a01, a02 := h.sums(&k, trace)
	h.at(temperatureK, 1, &k)
	_, a11, _ := h.sums(&k, trace)
	h.at(temperatureK, 2, &k)
	a20, _, _ := h.sums(&k, trace)

	cp0 := 0.0
	for i, x := range g.fractions {
		if x > 0 {
			cp0 += x * pures()[i].heat.at(temperatureK)
		}
	}
	ideal := idealGasConstant / r * (cp0 - 1) // cv of the ideal gas over R
	cv := ideal - a20
	slope := 1 + 2*a01 + a02 // dp/drho over R T
	tension := 1 + a01 - a11 // dp/dT over rho R
	cp := cv + tension*tension/slope
	w2 := cp / cv * slope * r * temperatureK * 1000 / g.molarMass
	if !(slope > 0 && cv > 0 && cp > 0) || math.IsInf(w2, 1) {
		return GERGProperties{}, fmt.Errorf("fluid: %s: no stable state at %g bar and %g K: %w", gergName, pressureBar, temperatureK, ErrNotConverged)
	}
	z := h.z(rho, pressureBar, temperatureK)
	return GERGProperties{
		Compressibility:         z,
		DensityKmolPerM3:        rho,
		DensityKgPerM3:          rho * g.molarMass,
		SpeedOfSoundMPerS:       math.Sqrt(w2),
		HeatCapacityCpJPerMolK:  r * cp,
		HeatCapacityCvJPerMolK:  r * cv,
		JouleThomsonKPerKPa:     -(a01 + a02 + a11) / (slope * cp * r * trace),
		IsentropicExponent:      cp / cv * slope / z,
		PressureSlopeBarPerKmol: slope * r * temperatureK / 100,
	}, nil
}
