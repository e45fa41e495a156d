package fluid

import (
	"fmt"
	"math"
	"sync"
)

const (
	detailName        = "aga8-detail"
	detailGasConstant = 8.31451 // J/(mol K)
	// The widest range that AGA Report 8 gives: -130 to 400 degC, up to 280 MPa.
	detailLowK, detailHighK = 143.15, 673.15
	detailMaxBar            = 2800
)

// Detail is the DETAIL characterisation method of AGA Report 8 Part 1 (2017; Starling and Savidge
// 1992), which is ISO 20765-1:2005, for one mixture. It is meant for pipeline gas at 263 to 350 K
// and up to 300 bar, within 0.1 %, and taken here to the whole range of the report, 143.15 to
// 673.15 K and 0 to 2800 bar. It may be used by several goroutines. Of several densities at one
// pressure it takes that of the gas, as [GERG2008].
type Detail struct {
	residual helmholtz
}

// detailTerm is a row of the table of terms.
type detailTerm struct {
	a, u          float64
	b, k          uint8
	g, q, f, s, w bool
}

// detailPair holds E*, U, K and G*.
type detailPair struct{ energy, conformal, size, orientation float64 }

type detailTables struct {
	terms []detailTerm
	pair  [Components][Components]detailPair
}

var detailTable = sync.OnceValue(func() *detailTables {
	d := new(detailTables)
	const termFile, pairFile = "detail_terms.csv", "detail_pairs.csv"
	for _, row := range rows(termFile) {
		v := numbers(termFile, row)
		d.terms = append(d.terms, detailTerm{a: v[1], b: uint8(v[2]), k: uint8(v[3]), u: v[4],
			g: v[5] == 1, q: v[6] == 1, f: v[7] == 1, s: v[8] == 1, w: v[9] == 1})
	}
	for i := range Components {
		for j := range Components {
			d.pair[i][j] = detailPair{1, 1, 1, 1}
		}
	}
	for _, row := range rows(pairFile) {
		i, j, v := symbol(pairFile, row[0]), symbol(pairFile, row[1]), numbers(pairFile, row[2:])
		d.pair[i][j] = detailPair{v[0], v[1], v[2], v[3]}
		d.pair[j][i] = d.pair[i][j]
	}
	return d
})

// detailVirial is how many of the terms make the second virial coefficient; detailHigher is the
// first of those of higher order. They overlap.
const detailVirial, detailHigher = 18, 12

// NewDetail sets the equation up for a mixture. The error is that of [Composition.Check].
func NewDetail(c Composition) (*Detail, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("fluid: %s: %w", detailName, err)
	}
	x := c.normalised()
	p, table := pures(), detailTable()

	// Mixture parameters: size K^5 and energy U^5 with their pair corrections, orientation G,
	// quadrupole Q, high temperature F.
	var size, energy, sizePairs, energyPairs, orientation, quadrupole, highTemp float64
	for i := range Components {
		size += x[i] * math.Pow(p[i].size, 2.5)
		energy += x[i] * math.Pow(p[i].energy, 2.5)
		orientation += x[i] * p[i].orientation
		quadrupole += x[i] * p[i].quadrupole
		highTemp += x[i] * x[i] * p[i].highTemp
		for j := i + 1; j < Components; j++ {
			if x[i] == 0 || x[j] == 0 {
				continue
			}
			b, xx := table.pair[i][j], 2*x[i]*x[j]
			sizePairs += xx * (math.Pow(b.size, 5) - 1) * math.Pow(p[i].size*p[j].size, 2.5)
			energyPairs += xx * (math.Pow(b.conformal, 5) - 1) * math.Pow(p[i].energy*p[j].energy, 2.5)
			orientation += xx * (b.orientation - 1) * (p[i].orientation + p[j].orientation) / 2
		}
	}
	cube := math.Pow(size*size+sizePairs, 0.6) // K^3, the volume that reduces density
	energy = math.Pow(energy*energy+energyPairs, 0.2)

	d := new(Detail)
	h := &d.residual
	// A reducing temperature of 1 K leaves powers of 1/T as they stand in the report.
	h.gasConstant, h.reducingDensity, h.reducingTemperature = detailGasConstant, 1/cube, 1
	_, critical := x.PseudoCritical()
	h.loopsBelow = loopMargin * critical
	for n, o := range table.terms {
		if n < detailVirial {
			virial := 0.0
			for i := range Components {
				for j := range Components {
					if x[i] > 0 && x[j] > 0 {
						virial += x[i] * x[j] * o.pairVirial(&p[i], &p[j], table.pair[i][j])
					}
				}
			}
			h.add(virial/cube, o.u, 1, 0)
		}
		if n >= detailHigher {
			higher := o.a * math.Pow(energy, o.u)
			if o.g {
				higher *= orientation
			}
			if o.q {
				higher *= quadrupole * quadrupole
			}
			if o.f {
				higher *= highTemp
			}
			if n < detailVirial {
				h.add(-higher, o.u, 1, 0)
			}
			h.add(higher, o.u, o.b, o.k)
		}
	}
	return d, nil
}

// pairVirial is the part of a pair in the second virial coefficient, without its power of
// temperature.
func (o detailTerm) pairVirial(i, j *pure, b detailPair) float64 {
	v := o.a * math.Pow(b.energy*math.Sqrt(i.energy*j.energy), o.u) * math.Pow(i.size*j.size, 1.5)
	if o.g {
		v *= b.orientation * (i.orientation + j.orientation) / 2
	}
	if o.q {
		v *= i.quadrupole * j.quadrupole
	}
	if o.f {
		v *= math.Sqrt(i.highTemp * j.highTemp)
	}
	if o.s {
		v *= i.dipole * j.dipole
	}
	if o.w {
		v *= i.association * j.association
	}
	return v
}

// Name is "aga8-detail".
func (d *Detail) Name() string { return detailName }

// Compressibility is Z. See [EquationOfState].
func (d *Detail) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	rho, err := d.Density(pressureBar, temperatureK)
	if err != nil {
		return 0, err
	}
	return d.residual.z(rho, pressureBar, temperatureK), nil
}

// Density is the molar density in kmol/m3 at an absolute pressure in bar and a temperature in K.
// The error is a [RangeError] or [ErrNotConverged].
func (d *Detail) Density(pressureBar, temperatureK float64) (kmolPerM3 float64, err error) {
	if err := state(detailName, pressureBar, detailMaxBar, temperatureK, detailLowK, detailHighK); err != nil {
		return 0, err
	}
	return d.residual.solve(detailName, pressureBar, temperatureK)
}
