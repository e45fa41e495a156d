package fluid

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Component is one of the 21 substances of GERG-2008, in the order of AGA Report 8.
type Component uint8

// The components.
const (
	Methane Component = iota
	Nitrogen
	CarbonDioxide
	Ethane
	Propane
	IsoButane
	NormalButane
	IsoPentane
	NormalPentane
	Hexane
	Heptane
	Octane
	Nonane
	Decane
	Hydrogen
	Oxygen
	CarbonMonoxide
	Water
	HydrogenSulphide
	Helium
	Argon

	// Components is how many there are.
	Components = 21
)

// componentNames holds the symbol, the name, and what else is understood in lower case.
var componentNames = [Components]struct {
	symbol, name string
	also         []string
}{
	{"CH4", "methane", []string{"c1"}},
	{"N2", "nitrogen", nil},
	{"CO2", "carbon dioxide", nil},
	{"C2", "ethane", []string{"c2h6"}},
	{"C3", "propane", []string{"c3h8"}},
	{"iC4", "isobutane", []string{"i-butane", "i-c4", "ic4h10"}},
	{"nC4", "n-butane", []string{"butane", "n-c4", "nc4h10"}},
	{"iC5", "isopentane", []string{"i-pentane", "i-c5", "ic5h12"}},
	{"nC5", "n-pentane", []string{"pentane", "n-c5", "nc5h12"}},
	{"C6", "n-hexane", []string{"hexane", "c6h14", "nc6"}},
	{"C7", "n-heptane", []string{"heptane", "c7h16", "nc7"}},
	{"C8", "n-octane", []string{"octane", "c8h18", "nc8"}},
	{"C9", "n-nonane", []string{"nonane", "c9h20", "nc9"}},
	{"C10", "n-decane", []string{"decane", "c10h22", "nc10"}},
	{"H2", "hydrogen", nil},
	{"O2", "oxygen", nil},
	{"CO", "carbon monoxide", nil},
	{"H2O", "water", nil},
	{"H2S", "hydrogen sulphide", []string{"hydrogen sulfide"}},
	{"He", "helium", nil},
	{"Ar", "argon", nil},
}

// String gives the symbol, such as CH4, C2, nC4.
func (c Component) String() string {
	if int(c) >= Components {
		return fmt.Sprintf("component %d", uint8(c))
	}
	return componentNames[c].symbol
}

// Name gives the name in lower case, such as methane, n-butane.
func (c Component) Name() string {
	if int(c) >= Components {
		return c.String()
	}
	return componentNames[c].name
}

// MolarMassKgPerKmol is the molar mass in kg/kmol (Kunz and Wagner 2012, table A5; the same as
// ISO 6976:2016). It is 0 for what is no component.
func (c Component) MolarMassKgPerKmol() float64 {
	if int(c) >= Components {
		return 0
	}
	return pures()[c].molarMass
}

// ComponentOf gives the component of a symbol, a formula or a name; case does not matter. C4H10
// and C5H12 alone are unknown, since they do not tell the isomer.
func ComponentOf(name string) (Component, error) {
	low := strings.ToLower(strings.TrimSpace(name))
	for c, n := range componentNames {
		if low == strings.ToLower(n.symbol) || low == n.name || slices.Contains(n.also, low) {
			return Component(c), nil
		}
	}
	return 0, fmt.Errorf("fluid: unknown component %q", name)
}

// Composition is a mixture as mole fractions by [Component]; they sum to one.
type Composition [Components]float64

// sumTolerance is how far fractions may sum from one: laboratories report four decimals.
const sumTolerance = 1e-4

// NewComposition reads mole fractions by symbol or name (see [ComponentOf]). A sum that differs
// from one by at most 1e-4 is normalised. The error joins all faults: unknown components,
// components given twice, fractions that are negative or not finite, and another sum.
func NewComposition(fractions map[string]float64) (Composition, error) {
	var (
		c      Composition
		given  [Components]bool
		faults []error
		names  = make([]string, 0, len(fractions))
	)
	for name := range fractions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i, err := ComponentOf(name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if given[i] {
			faults = append(faults, fmt.Errorf("fluid: composition: %s is given twice", i.Name()))
			continue
		}
		given[i] = true
		c[i] = fractions[name]
	}
	if err := c.Check(); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return Composition{}, errors.Join(faults...)
	}
	return c.normalised(), nil
}

// Check joins all faults of the fractions: negative, not finite, or a sum that differs from one
// by more than 1e-4.
func (c Composition) Check() error {
	var faults []error
	sum := 0.0
	for i, x := range c {
		if !(x >= 0) || math.IsInf(x, 1) {
			faults = append(faults, fmt.Errorf("fluid: composition: fraction of %s must be >= 0 and finite (got %g)", Component(i).Name(), x))
			continue
		}
		sum += x
	}
	if !(math.Abs(sum-1) <= sumTolerance) {
		faults = append(faults, fmt.Errorf("fluid: composition: fractions must sum to 1 within %g (got %.9g)", sumTolerance, sum))
	}
	return errors.Join(faults...)
}

// normalised divides by the sum.
func (c Composition) normalised() Composition {
	sum := 0.0
	for _, x := range c {
		sum += x
	}
	for i := range c {
		c[i] /= sum
	}
	return c
}

// MolarMassKgPerKmol is the molar mass of the mixture, sum of x_i M_i, in kg/kmol.
func (c Composition) MolarMassKgPerKmol() float64 {
	m := 0.0
	for i, x := range c {
		m += x * pures()[i].molarMass
	}
	return m
}

// airMolarMass is that of dry air in kg/kmol (ISO 6976:2016).
const airMolarMass = 28.96546

// RelativeDensity is the density relative to dry air, both as ideal gases: M / 28.96546
// (ISO 6976:2016). [Composition.HeatingValues] gives that of the real gas.
func (c Composition) RelativeDensity() float64 { return c.MolarMassKgPerKmol() / airMolarMass }

// PseudoCritical is the pseudocritical point of the mixture, absolute bar and K, by the rule of
// Kay (1936, Ind. Eng. Chem. 28, 1014): mole-fraction means of critical pressure and temperature.
func (c Composition) PseudoCritical() (pressureBar, temperatureK float64) {
	for i, x := range c {
		pressureBar += x * pures()[i].cubicPressure
		temperatureK += x * pures()[i].cubicTemperature
	}
	return pressureBar, temperatureK
}

const (
	barPerPsi     = 0.0689475729317831
	kelvinPerRank = 5.0 / 9.0
)

// PseudoCriticalOfRelativeDensity is the pseudocritical point, absolute bar and K, of a gas of
// which only the relative density g to air is known, by the correlation for dry natural gas of
// Standing (1977, Volumetric and Phase Behavior of Oil Field Hydrocarbon Systems, SPE):
// T = 168 + 325 g - 12.5 g^2 degR, p = 677 + 15 g - 37.5 g^2 psia. It holds for 0.55 <= g <= 0.9
// and little CO2, H2S and N2, best below 0.75; outside of the range it is a [RangeError].
func PseudoCriticalOfRelativeDensity(relativeDensity float64) (pressureBar, temperatureK float64, err error) {
	g := relativeDensity
	if err := within("standing 1977", "relative density", g, 0.55, 0.9, ""); err != nil {
		return 0, 0, err
	}
	return (677 + 15*g - 37.5*g*g) * barPerPsi, (168 + 325*g - 12.5*g*g) * kelvinPerRank, nil
}

// PseudoCriticalSutton is as [PseudoCriticalOfRelativeDensity], by Sutton (1985, SPE 14265), which
// reaches to heavy gases: T = 169.2 + 349.5 g - 74 g^2 degR, p = 756.8 - 131 g - 3.6 g^2 psia,
// for 0.55 <= g <= 1.68 (the fit begins at 0.57; pure methane is let in).
func PseudoCriticalSutton(relativeDensity float64) (pressureBar, temperatureK float64, err error) {
	g := relativeDensity
	if err := within("sutton 1985", "relative density", g, 0.55, 1.68, ""); err != nil {
		return 0, 0, err
	}
	return (756.8 - 131*g - 3.6*g*g) * barPerPsi, (169.2 + 349.5*g - 74*g*g) * kelvinPerRank, nil
}
