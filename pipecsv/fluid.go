package pipecsv

import (
	"slices"
	"strconv"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// The media of fluid.csv.
const (
	gas    = "gas"
	liquid = "liquid"
)

// fluidRow is a row of fluid.csv.
type fluidRow struct{ quantity, value, unit string }

func fluidFields() []field[fluidRow] {
	// Whether a quantity may be without a value is for the quantity to say.
	f := []field[fluidRow]{
		key("quantity", func(r *fluidRow) *string { return &r.quantity }),
		text("value", func(r *fluidRow) *string { return &r.value }),
		text("unit", func(r *fluidRow) *string { return &r.unit }),
	}
	f[2].raw = false
	return f
}

// quantity is a number of fluid.csv.
type quantity struct {
	name, unit string
	need       bool
	least      float64
	at         *float64
}

// quantities lists the numbers of a network and its fluid, in the order of the file.
func quantities(net *pipeflow.Network) []quantity {
	list := []quantity{{"gravity_m_per_s2", "m/s2", false, 0, &net.GravityMPerS2}}
	if g := net.Gas; g != nil {
		list = append(list,
			quantity{"gas_constant_j_per_kg_k", "J/(kg K)", true, unbounded, &g.ConstantJPerKgK},
			quantity{"temperature_k", "K", true, unbounded, &g.TemperatureK},
			quantity{"viscosity_pa_s", "Pa s", true, unbounded, &g.ViscosityPaS},
			quantity{"heat_capacity_ratio", "", false, 0, &g.HeatCapacityRatio},
			quantity{"heat_capacity_j_per_kg_k", "J/(kg K)", false, 0, &g.HeatCapacityJPerKgK},
			quantity{"joule_thomson_k_per_bar", "K/bar", false, unbounded, &g.JouleThomsonKPerBar},
			quantity{"relative_density", "", false, 0, &g.RelativeDensity},
			quantity{"heating_value_mj_per_kg", "MJ/kg", false, 0, &g.HeatingValueMJPerKg})
	}
	if l := net.Liquid; l != nil {
		list = append(list,
			quantity{"density_kg_per_m3", "kg/m3", true, unbounded, &l.DensityKgPerM3},
			quantity{"viscosity_pa_s", "Pa s", true, unbounded, &l.ViscosityPaS},
			quantity{"vapour_bar", "bar", false, unbounded, &l.VapourBar},
			quantity{"temperature_k", "K", false, 0, &l.TemperatureK},
			quantity{"heat_capacity_j_per_kg_k", "J/(kg K)", false, 0, &l.HeatCapacityJPerKgK})
	}
	return list
}

// words are the rows of fluid.csv that are no numbers.
var words = []string{"medium", "name", "network_name", "friction", "law_alone"}

// fluidTable writes fluid.csv.
func fluidTable(net *pipeflow.Network) []byte {
	medium, name := gas, ""
	if net.Gas != nil {
		name = net.Gas.Name
	} else {
		medium, name = liquid, net.Liquid.Name
	}
	rows := []fluidRow{{"medium", medium, ""}, {"name", name, ""}, {"network_name", net.Name, ""},
		{"friction", string(net.Friction), ""}, {"law_alone", strconv.FormatBool(net.LawAlone), ""}}
	for _, q := range quantities(net) {
		value := formatOrNone(*q.at)
		if q.need {
			value = format(*q.at)
		}
		rows = append(rows, fluidRow{q.name, value, q.unit})
	}
	return table(fluidFields(), rows)
}

// readFluid reads fluid.csv into the network and gives the medium, "" where it is not known.
func readFluid(s *sheet, net *pipeflow.Network) (medium string) {
	rows := readRows(s, fluidFields(), func(r *fluidRow) string { return strings.ToLower(r.quantity) }, nil)
	if s.broken && len(rows) == 0 {
		return ""
	}
	at := map[string]fluidRow{}
	for _, r := range rows {
		at[strings.ToLower(r.quantity)] = r
	}
	word := func(name string) string { return strings.TrimSpace(at[name].value) }
	medium = strings.ToLower(word("medium"))
	name := at["name"].value
	switch medium {
	case gas:
		net.Gas = &pipeflow.Gas{Name: name, Z: pipeflow.Ideal}
	case liquid:
		net.Liquid = &pipeflow.Liquid{Name: name}
	default:
		s.fault(s.line["medium"], "medium", medium, "gas or liquid was expected")
		medium = ""
	}
	if r, ok := at["network_name"]; ok {
		net.Name = r.value
	}
	net.Friction = pipeflow.Friction(strings.ToLower(word("friction")))
	if text := word("law_alone"); text != "" {
		var want string
		if net.LawAlone, want = parseBool(text); want != "" {
			s.fault(s.line["law_alone"], "law_alone", text, "%s", want)
		}
	}
	known := slices.Clone(words)
	for _, q := range quantities(net) {
		known = append(known, q.name)
		q.read(s, at[q.name])
	}
	s.strange(rows, known, medium)
	return medium
}

// read reads the number of a quantity from its row, which may be missing.
func (q *quantity) read(s *sheet, r fluidRow) {
	line, text := s.line[q.name], strings.TrimSpace(r.value)
	if text == "" {
		if q.need {
			s.fault(line, q.name, "", "a value in %s is required", q.unit)
		}
		return
	}
	var want string
	if *q.at, want = parse(text, q.least); want != "" {
		s.fault(line, q.name, text, "%s", want)
	}
	if plainUnit(r.unit) != plainUnit(q.unit) {
		unit := q.unit
		if unit == "" {
			unit = "none"
		}
		s.fault(line, "unit", r.unit, "the unit of %s was expected to be %s: nothing is converted", q.name, unit)
	}
}

// plainUnit makes one of the ways to write a unit. Case stays: mJ is no MJ.
func plainUnit(unit string) string {
	return strings.NewReplacer("²", "2", "³", "3", "·", "", "*", "", " ", "").Replace(unit)
}

// strange tells rows of quantities that the medium does not have.
func (s *sheet) strange(rows []fluidRow, known []string, medium string) {
	others := &pipeflow.Network{Gas: &pipeflow.Gas{}, Liquid: &pipeflow.Liquid{}}
	var all []string
	for _, q := range quantities(others) {
		all = append(all, q.name)
	}
	for _, r := range rows {
		name := strings.ToLower(r.quantity)
		switch {
		case slices.Contains(known, name):
		case slices.Contains(all, name):
			if medium != "" {
				s.fault(s.line[name], "quantity", name, "a quantity of a %s was expected", medium)
			}
		default:
			s.fault(s.line[name], "quantity", name, "the quantity is not known: the nearest known name is %q", nearest(name, append(all, words...)))
		}
	}
}
