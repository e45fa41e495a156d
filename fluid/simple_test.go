package fluid

import (
	"errors"
	"math"
	"testing"

	"github.com/karvan/karvan/internal/check"
)

// Two gases that AGA Report 8 and GERG use as examples.
var (
	gulfCoast = Composition{0.965222, 0.002595, 0.005956, 0.018186, 0.004596, 0.000977, 0.001007, 0.000473, 0.000324, 0.000664}
	ekofisk   = Composition{0.859063, 0.010068, 0.014954, 0.084919, 0.023015, 0.003486, 0.003506, 0.000509, 0.00048}
)

// Each short formula by hand, at pr = 1 and Tr = 1.5 where it has them.
func TestShortFormulasByHand(t *testing.T) {
	for _, c := range []struct {
		name                  string
		eos                   EquationOfState
		pressure, temperature float64
		want, tolerance       float64
	}{
		// 1 - 3.52 e^-3.39 + 0.274 e^-2.817
		{"papay", Papay{40, 200}, 40, 300, 0.897727, 1e-6},
		// 1 + 0.257 - 0.533/1.5
		{"aga", AGAFormula{40, 200}, 40, 300, 0.901667, 1e-6},
		// By bisection elsewhere; the chart of Standing and Katz has 0.78 and 0.68.
		{"hall-yarborough", HallYarborough{40, 200}, 120, 300, 0.774828273, 1e-8},
		{"hall-yarborough, cool", HallYarborough{40, 200}, 80, 260, 0.684920547, 1e-8},
		// 1000 psi above the atmosphere, 80 degF, G = 0.6
		{"cnga", CNGA{0.6}, 1.01325 + 1000*barPerPsi, 300, 0.874557, 1e-6},
		{"linear", LinearPressure{-0.0022}, 50, 280, 0.89, 1e-12},
		{"ideal", Ideal{}, 50, 280, 1, 0},
	} {
		z, err := c.eos.Compressibility(c.pressure, c.temperature)
		if err != nil {
			t.Error(c.name, err)
		}
		check.Close(t, c.name, z, c.want, c.tolerance, 0)
	}
}

// How far the short formulas are from GERG-2008 up to 80 bar, at 263 to 323 K: what a user of
// them should know. The limits are what is reached, rounded up.
func TestShortFormulasAgainstGERG(t *testing.T) {
	for _, gas := range []struct {
		name string
		Composition
		limits map[string]float64
	}{
		{"gulf coast", gulfCoast, map[string]float64{"papay": 0.013, "aga": 0.025, "hall-yarborough": 0.0132, "cnga": 0.042, "linear": 0.092, "peng-robinson": 0.032, "aga8-detail": 0.0005}},
		{"ekofisk", ekofisk, map[string]float64{"papay": 0.05, "aga": 0.033, "hall-yarborough": 0.0115, "cnga": 0.081, "linear": 0.18, "peng-robinson": 0.034, "aga8-detail": 0.0005}},
	} {
		exact, err := NewGERG2008(gas.Composition)
		if err != nil {
			t.Fatal(err)
		}
		detail, err := NewDetail(gas.Composition)
		if err != nil {
			t.Fatal(err)
		}
		cubic, err := NewPengRobinson(gas.Composition)
		if err != nil {
			t.Fatal(err)
		}
		pc, tc := gas.PseudoCritical()
		for _, eos := range []EquationOfState{Papay{pc, tc}, AGAFormula{pc, tc}, HallYarborough{pc, tc}, CNGA{gas.RelativeDensity()}, LinearPressure{-0.00225}, cubic, detail} {
			worst, at := 0.0, [2]float64{}
			var byTemperature []float64
			for _, temperature := range []float64{263.15, 273.15, 283.15, 288.15, 300, 323.15} {
				local := 0.0
				for pressure := 0.5; pressure <= 80; pressure += 0.5 {
					want, err := exact.Compressibility(pressure, temperature)
					if err != nil {
						t.Fatal(err)
					}
					z, err := eos.Compressibility(pressure, temperature)
					if err != nil {
						t.Fatal(eos.Name(), err)
					}
					e := math.Abs(z/want - 1)
					local = max(local, e)
					if e > worst {
						worst, at = e, [2]float64{pressure, temperature}
					}
				}
				byTemperature = append(byTemperature, math.Round(local*1e5)/1e3)
			}
			t.Logf("%-11s %-16s largest error %6.3f %% at %g bar and %g K; by temperature %v %%", gas.name, eos.Name(), worst*100, at[0], at[1], byTemperature)
			if limit := gas.limits[eos.Name()]; worst > limit {
				t.Errorf("%s of %s: %.5f, above %g", eos.Name(), gas.name, worst, limit)
			}
		}
	}
}

// What is out of range is told with what was allowed.
func TestRangeErrors(t *testing.T) {
	gerg, err := NewGERG2008(ekofisk)
	if err != nil {
		t.Fatal(err)
	}
	detail, err := NewDetail(ekofisk)
	if err != nil {
		t.Fatal(err)
	}
	cubic, err := NewPengRobinson(ekofisk)
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, eos := range []EquationOfState{Ideal{}, Papay{45, 200}, AGAFormula{45, 200}, HallYarborough{45, 200}, CNGA{0.6}, LinearPressure{-0.002}, gerg, detail, cubic} {
		for _, s := range [][2]float64{{nan, 300}, {50, nan}, {-1, 300}, {50, -3}, {50, 0}, {inf, 300}, {50, inf}, {-inf, 300}} {
			z, err := eos.Compressibility(s[0], s[1])
			var r RangeError
			if !errors.As(err, &r) {
				t.Errorf("%s at %v: %v, want a RangeError", eos.Name(), s, err)
			}
			if z != 0 {
				t.Errorf("%s at %v: Z = %g with an error", eos.Name(), s, z)
			}
		}
		if z, err := eos.Compressibility(0, 300); err != nil || (z != 1 && eos.Name() != "cnga") {
			t.Errorf("%s at no pressure: %g, %v", eos.Name(), z, err)
		}
	}
	for _, eos := range []EquationOfState{Papay{nan, 200}, Papay{45, 0}, HallYarborough{}, HallYarborough{nan, nan}, AGAFormula{-1, 200}, CNGA{nan}, CNGA{}, LinearPressure{nan}, LinearPressure{-0.5}, Papay{45, 290}} {
		var r RangeError
		if z, err := eos.Compressibility(50, 300); !errors.As(err, &r) || z != 0 {
			t.Errorf("%#v: %g, %v, want a RangeError", eos, z, err)
		}
	}
	_, err = gerg.Compressibility(701, 300)
	if want := "fluid: gerg-2008: pressure must lie in 0 to 700 bar (got 701)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
