package gaslib

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// unit turns a value into the unit of its quantity: value x scale + offset.
type unit struct{ scale, offset float64 }

// quantity is a kind of value with the units that it may be given in.
type quantity struct {
	units  map[string]unit
	unitOf string // what it becomes
}

const psiBar = 0.06894757293168361

var (
	noQuantity = quantity{units: map[string]unit{"": {1, 0}}}
	pressure   = quantity{unitOf: "bar, absolute", units: map[string]unit{"bar": {1, 0}, "barg": {1, pipeflow.AtmosphereBar},
		"mbar": {1e-3, 0}, "Pa": {1e-5, 0}, "kPa": {1e-2, 0}, "MPa": {10, 0}, "psi": {psiBar, 0}, "psig": {psiBar, pipeflow.AtmosphereBar}}}
	// A difference of pressures has no atmosphere to add.
	pressureDrop = quantity{unitOf: "bar", units: map[string]unit{"bar": {1, 0}, "barg": {1, 0}, "mbar": {1e-3, 0}, "Pa": {1e-5, 0},
		"kPa": {1e-2, 0}, "MPa": {10, 0}, "psi": {psiBar, 0}}}
	length      = quantity{unitOf: "m", units: map[string]unit{"m": {1, 0}, "meter": {1, 0}, "km": {1000, 0}, "cm": {0.01, 0}, "mm": {0.001, 0}, "ft": {0.3048, 0}, "inch": {0.0254, 0}}}
	temperature = quantity{unitOf: "K", units: map[string]unit{"K": {1, 0}, "Kelvin": {1, 0}, "C": {1, 273.15}, "Celsius": {1, 273.15},
		"F": {1 / 1.8, 459.67 / 1.8}, "Fahrenheit": {1 / 1.8, 459.67 / 1.8}}}
	// GasLib-24 has heights without a unit, of metres.
	height    = quantity{unitOf: "m", units: map[string]unit{"": {1, 0}, "m": {1, 0}, "meter": {1, 0}, "km": {1000, 0}, "ft": {0.3048, 0}}}
	density   = quantity{unitOf: "kg/m³", units: map[string]unit{"kg_per_m_cube": {1, 0}}}
	molarMass = quantity{unitOf: "kg/kmol", units: map[string]unit{"kg_per_kmol": {1, 0}, "g_per_mol": {1, 0}, "kg_per_mol": {1000, 0}}}
	exchange  = quantity{unitOf: "W/(m² K)", units: map[string]unit{"W_per_m_square_per_K": {1, 0}, "kW_per_m_square_per_K": {1000, 0}}}
	speed     = quantity{unitOf: "1/min", units: map[string]unit{"per_min": {1, 0}, "per_s": {60, 0}}}
	// Flow by volume is in m³/s of the norm state, flow by mass in kg/s; massFlow says which.
	flow = quantity{unitOf: "m³/s or kg/s", units: map[string]unit{"1000m_cube_per_hour": {1000.0 / 3600, 0}, "m_cube_per_hour": {1.0 / 3600, 0},
		"m_cube_per_s": {1, 0}, "1000m_cube_per_day": {1000.0 / 86400, 0}, "kg_per_s": {1, 0}, "kg_per_hour": {1.0 / 3600, 0}, "kg_per_h": {1.0 / 3600, 0}}}
)

// massFlow reports whether a unit of flow is by mass.
func massFlow(unit string) bool { return strings.HasPrefix(unit, "kg_") }

// convert reads value and unit of an element. ok is false after a fault.
func (f *file) convert(e *element, q quantity) (v float64, ok bool) {
	text := e.attr("value")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(v) <= greatest) {
		f.fault(e.line, e.name, text, "a finite number was expected as value, of at most %g", float64(greatest))
		return 0, false
	}
	name := e.attr("unit")
	u, known := q.units[name]
	if !known {
		names := make([]string, 0, len(q.units))
		for n := range q.units {
			names = append(names, n)
		}
		slices.Sort(names)
		if len(names) == 1 {
			f.fault(e.line, e.name+" unit", name, "no unit was expected")
		} else {
			f.fault(e.line, e.name+" unit", name, "one of %s was expected", strings.TrimPrefix(strings.Join(names, ", "), ", "))
		}
		return 0, false
	}
	return v*u.scale + u.offset, true
}

// optional reads a part of an element; found is false where there is none, or after a fault.
func (f *file) optional(e *element, name string, q quantity) (v float64, found bool) {
	p := e.first(name)
	if p == nil {
		return 0, false
	}
	return f.convert(p, q)
}

// above reads a part that must be there, of more than a bound, or of at least it where equal.
func (f *file) above(e *element, name string, q quantity, bound float64, equal bool) float64 {
	p := e.first(name)
	if p == nil {
		f.fault(e.line, name, "", "the element is required in %s %s", e.name, e.attr("id"))
		return 0
	}
	v, ok := f.convert(p, q)
	word := "more than"
	if equal {
		word = "at least"
	}
	if ok && !(v > bound || equal && v == bound) {
		f.fault(p.line, name, p.attr("value"), "%s", fmt.Sprintf("%s %g %s was expected", word, bound, q.unitOf))
	}
	return v
}
