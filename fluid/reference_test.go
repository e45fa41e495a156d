package fluid

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/karvan/karvan/internal/check"
)

// reference gives the folder of the check values, which is no part of the repository: where it is
// absent the test is skipped, or fails in CI or if the folder was named.
func reference(t *testing.T) string {
	t.Helper()
	return check.Shared(t, "reference", "pipelines", "compressibility")
}

// table reads a file with a header into maps by column, leaving text as it is.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(path, err)
	}
	var out []map[string]string
	for _, row := range all[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[all[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// referenceCompositions reads the mixtures of the grid.
func referenceCompositions(t *testing.T, folder string) map[string]Composition {
	t.Helper()
	out := map[string]Composition{}
	for _, row := range table(t, filepath.Join(folder, "compositions.csv")) {
		given := map[string]float64{}
		for name, v := range row {
			if name != "composition" {
				given[name] = number(t, v)
			}
		}
		c, err := NewComposition(given)
		if err != nil {
			t.Fatal(row["composition"], err)
		}
		out[row["composition"]] = c
	}
	return out
}

// NIST's reference code on a grid of 8 mixtures, 5 temperatures and 7 pressures.
func TestGridOfNIST(t *testing.T) {
	folder := reference(t)
	mixtures := referenceCompositions(t, folder)
	var zd, rd, zg, rg, w, cp, jt float64
	worst := func(max *float64, got, want float64) { *max = math.Max(*max, math.Abs(got/want-1)) }
	grid := table(t, filepath.Join(folder, "aga8_gerg_grid.csv"))
	if len(grid) != 8*5*7 {
		t.Fatalf("%d rows", len(grid))
	}
	for _, row := range grid {
		at := func(column string) float64 { return number(t, row[column]) }
		c := mixtures[row["composition"]]
		pressure, temperature := at("P_kPa")/100, at("T_K")
		d, err := NewDetail(c)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewGERG2008(c)
		if err != nil {
			t.Fatal(err)
		}
		where := row["composition"] + " at " + row["T_K"] + " K and " + row["P_kPa"] + " kPa"
		z, err := d.Compressibility(pressure, temperature)
		if err != nil {
			t.Fatal(where, err)
		}
		rho, _ := d.Density(pressure, temperature)
		p, err := g.Properties(pressure, temperature)
		if err != nil {
			t.Fatal(where, err)
		}
		check.Close(t, where+": molar mass", c.MolarMassKgPerKmol(), at("molar_mass"), 0, 1e-9)
		check.Close(t, where+": Z of DETAIL", z, at("Z_detail"), 0, 1e-9)
		check.Close(t, where+": density of DETAIL", rho, at("rho_detail_mol_l"), 0, 1e-9)
		check.Close(t, where+": Z of GERG", p.Compressibility, at("Z_gerg2008"), 0, 1e-9)
		check.Close(t, where+": density of GERG", p.DensityKmolPerM3, at("rho_gerg2008_mol_l"), 0, 1e-9)
		check.Close(t, where+": speed of sound", p.SpeedOfSoundMPerS, at("w_gerg_m_s"), 0, 1e-6)
		check.Close(t, where+": cp", p.HeatCapacityCpJPerMolK, at("cp_gerg_J_molK"), 0, 1e-6)
		check.Close(t, where+": Joule-Thomson", p.JouleThomsonKPerKPa, at("jt_gerg_K_kPa"), 0, 1e-6)
		worst(&zd, z, at("Z_detail"))
		worst(&rd, rho, at("rho_detail_mol_l"))
		worst(&zg, p.Compressibility, at("Z_gerg2008"))
		worst(&rg, p.DensityKmolPerM3, at("rho_gerg2008_mol_l"))
		worst(&w, p.SpeedOfSoundMPerS, at("w_gerg_m_s"))
		worst(&cp, p.HeatCapacityCpJPerMolK, at("cp_gerg_J_molK"))
		worst(&jt, p.JouleThomsonKPerKPa, at("jt_gerg_K_kPa"))
	}
	t.Logf("largest relative differences: DETAIL Z %.1e, density %.1e; GERG Z %.1e, density %.1e, w %.1e, cp %.1e, jt %.1e", zd, rd, zg, rg, w, cp, jt)
}

// test21 is the mixture of 21 components with which NIST checks its code.
func test21(t testing.TB) Composition {
	t.Helper()
	c := Composition{0.77824, 0.02, 0.06, 0.08, 0.03, 0.0015, 0.003, 0.0005, 0.00165, 0.00215, 0.00088, 0.00024,
		0.00015, 0.00009, 0.004, 0.005, 0.002, 0.0001, 0.0025, 0.007, 0.001}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

// The check values that NIST prints in its code (usnistgov/AGA8): 400 K and 50 MPa.
func TestCheckValuesOfNIST(t *testing.T) {
	const pressure, temperature = 500, 400
	d, err := NewDetail(test21(t))
	if err != nil {
		t.Fatal(err)
	}
	z, err := d.Compressibility(pressure, temperature)
	if err != nil {
		t.Fatal(err)
	}
	rho, _ := d.Density(pressure, temperature)
	check.Close(t, "Z of DETAIL", z, 1.173801364147326, 0, 1e-12)
	check.Close(t, "density of DETAIL", rho, 12.80792403648801, 0, 1e-12)

	g, err := NewGERG2008(test21(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Properties(pressure, temperature)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"molar mass", test21(t).MolarMassKgPerKmol(), 20.5427445016},
		{"Z", p.Compressibility, 1.174690666383717},
		{"density", p.DensityKmolPerM3, 12.79828626082062},
		{"dp/drho", p.PressureSlopeBarPerKmol, 70.00694030193327},
		{"cv", p.HeatCapacityCvJPerMolK, 39.02948218156372},
		{"cp", p.HeatCapacityCpJPerMolK, 58.45522051000366},
		{"speed of sound", p.SpeedOfSoundMPerS, 714.4248840596024},
		{"Joule-Thomson", p.JouleThomsonKPerKPa, 7.155629581480913e-05},
		{"isentropic exponent", p.IsentropicExponent, 2.683820255058032},
	} {
		check.Close(t, c.what+" of GERG", c.got, c.want, 0, 1e-11)
	}
}
