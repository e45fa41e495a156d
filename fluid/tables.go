package fluid

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// The coefficients of the standards lie as text, so that a table can be held against the print.
// Each is read once, when an equation first needs it.
//
//go:embed tables/*.csv
var tableFiles embed.FS

// rows gives the rows of a table, without comments. A table is part of the program, so one that
// cannot be read is a programmer's error.
func rows(name string) [][]string {
	text, err := tableFiles.ReadFile("tables/" + name)
	if err != nil {
		panic(err)
	}
	var out [][]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			out = append(out, strings.Split(line, ","))
		}
	}
	return out
}

// numbers reads fields of a table.
func numbers(name string, fields []string) []float64 {
	out := make([]float64, len(fields))
	for i, s := range fields {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(fmt.Sprintf("fluid: %s: %v", name, err))
		}
		out[i] = v
	}
	return out
}

// symbol gives the component of a symbol in a table.
func symbol(name, s string) Component {
	for c, n := range componentNames {
		if n.symbol == s {
			return Component(c)
		}
	}
	panic(fmt.Sprintf("fluid: %s: no component %q", name, s))
}

// pure is what the tables say of one component.
type pure struct {
	molarMass                         float64 // kg/kmol
	criticalTemperature               float64 // K, of GERG-2008
	criticalDensity                   float64 // kmol/m3, of GERG-2008
	heat                              idealHeat
	cubicTemperature, cubicPressure   float64 // K and bar, of the Peng-Robinson equation
	acentric                          float64
	superior                          [5]float64 // kJ/mol at combustionTemperatures
	hydrogens                         float64    // atoms of hydrogen in a molecule
	molarMassDetail, energy, size     float64    // kg/kmol; E in K; K in (m3/kmol)^(1/3)
	orientation, quadrupole, highTemp float64    // G, Q, F
	dipole, association               float64    // S, W
}

// pures reads the tables of components.
var pures = sync.OnceValue(func() *[Components]pure {
	out := new([Components]pure)
	const gerg, cubic, heating, detail = "gerg_components.csv", "cubic_components.csv", "iso6976.csv", "detail_components.csv"
	for _, row := range rows(gerg) {
		p, v := &out[symbol(gerg, row[0])], numbers(gerg, row[1:])
		p.molarMass, p.criticalTemperature, p.criticalDensity = v[0], v[1], v[2]
		p.heat = idealHeat{constant: v[3], sinh: [2]einstein{{v[4], v[5]}, {v[8], v[9]}}, cosh: [2]einstein{{v[6], v[7]}, {v[10], v[11]}}}
	}
	for _, row := range rows(cubic) {
		p, v := &out[symbol(cubic, row[0])], numbers(cubic, row[1:])
		p.cubicTemperature, p.cubicPressure, p.acentric = v[0], v[1], v[2]
	}
	for _, row := range rows(heating) {
		p, v := &out[symbol(heating, row[0])], numbers(heating, row[1:])
		p.hydrogens = v[0]
		copy(p.superior[:], v[1:])
	}
	for _, row := range rows(detail) {
		p, v := &out[symbol(detail, row[0])], numbers(detail, row[1:])
		p.molarMassDetail, p.energy, p.size, p.orientation = v[0], v[1], v[2], v[3]
		p.quadrupole, p.highTemp, p.dipole, p.association = v[4], v[5], v[6], v[7]
	}
	return out
})
