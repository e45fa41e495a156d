package pipeflow

import (
	"fmt"
	"math"
	"strings"
)

// Bounds of what a value can be, beyond which a unit was most likely mistaken.
const (
	leastDiameterMm    = 5
	greatestDiameterMm = 5000
	greatestLengthKm   = 10000
	greatestBar        = 1000
)

// Check tells every fault of a network that shows without solving it, as a [FaultsError]:
// values that cannot be, nodes that nothing ties to a given pressure, and rings of valves and
// stations that leave their flow undetermined.
func Check(net *Network) error {
	c := &checker{net: net}
	c.fluid()
	c.nodes()
	c.elements()
	if len(c.faults) == 0 {
		c.reach()
		c.rings()
	}
	if len(c.faults) > 0 {
		return c.faults
	}
	return nil
}

type checker struct {
	net    *Network
	faults FaultsError
}

func (c *checker) fault(element, field string, value any, want string, args ...any) {
	text := ""
	if value != nil {
		text = fmt.Sprint(value)
	}
	c.faults = append(c.faults, Fault{Element: element, Field: field, Value: text, Want: fmt.Sprintf(want, args...)})
}

// within tells a value outside of its bounds or not a number.
func (c *checker) within(element, field string, v, low, high float64, want string) bool {
	if v >= low && v <= high {
		return true
	}
	c.fault(element, field, v, "%s", want)
	return false
}

func (c *checker) fluid() {
	net := c.net
	if (net.Gas == nil) == (net.Liquid == nil) {
		c.fault("network", "fluid", nil, "a gas or a liquid was expected, not both and not none")
		return
	}
	if _, err := ParseFriction(string(net.Friction)); err != nil {
		c.fault("network", "friction", nil, "%v", err)
	}
	if net.Friction == "" {
		net.Friction = ColebrookWhite
	}
	if g := net.Gas; g != nil {
		c.within("gas", "gas_constant_j_per_kg_k", g.ConstantJPerKgK, 50, 5000, "between 50 and 5000 J/(kg K) (methane 518)")
		c.within("gas", "temperature_k", g.TemperatureK, 150, 500, "between 150 and 500 K")
		c.within("gas", "viscosity_pa_s", g.ViscosityPaS, 1e-6, 1e-3, "between 1e-6 and 1e-3 Pa s (natural gas 1.1e-5)")
		if g.Z == nil {
			c.fault("gas", "compressibility", nil, "an equation of state was expected")
		}
		return
	}
	l := net.Liquid
	c.within("liquid", "density_kg_per_m3", l.DensityKgPerM3, 300, 3000, "between 300 and 3000 kg/m³")
	c.within("liquid", "viscosity_pa_s", l.ViscosityPaS, 1e-5, 100, "between 1e-5 and 100 Pa s (water 0.001)")
	c.within("liquid", "vapour_bar", l.VapourBar, 0, 50, "between 0 and 50 bar")
	switch net.Friction {
	case AGA, Weymouth, PanhandleA, PanhandleB, Hofer:
		c.fault("network", "friction", net.Friction, "a law for liquids was expected; this one is of gas alone")
	}
}

func (c *checker) nodes() {
	seen := map[string]bool{}
	for i := range c.net.Nodes {
		n := &c.net.Nodes[i]
		name := "node " + n.ID
		if n.ID == "" {
			c.fault(fmt.Sprintf("node number %d", i+1), "id", nil, "an id was expected")
		} else if seen[n.ID] {
			c.fault(name, "id", nil, "this id stands twice")
		}
		seen[n.ID] = true
		c.within(name, "height_m", n.HeightM, -12000, 9000, "between -12000 and 9000 m")
		if n.FixedBar != 0 && !math.IsNaN(n.FixedBar) {
			c.within(name, "pressure_bar", n.FixedBar, 1e-6, greatestBar, "an absolute pressure above 0 and of at most 1000 bar")
		} else if math.IsNaN(n.FixedBar) {
			n.FixedBar = 0
		}
		if math.IsNaN(n.SupplyKgPerS) || math.IsInf(n.SupplyKgPerS, 0) {
			c.fault(name, "supply_kg_per_s", n.SupplyKgPerS, "a number was expected")
		}
		if n.MinBar > 0 && n.MaxBar > 0 && n.MinBar > n.MaxBar {
			c.fault(name, "min_pressure_bar", n.MinBar, "at most max_pressure_bar = %g was expected: the bounds contradict one another by %.3g bar", n.MaxBar, n.MinBar-n.MaxBar)
		}
		if n.Fixed() {
			if n.MaxBar > 0 && n.FixedBar > n.MaxBar*(1+1e-9) {
				c.fault(name, "pressure_bar", n.FixedBar, "at most its max_pressure_bar = %g was expected", n.MaxBar)
			}
			if n.FixedBar < n.MinBar*(1-1e-9) {
				c.fault(name, "pressure_bar", n.FixedBar, "at least its min_pressure_bar = %g was expected", n.MinBar)
			}
		}
	}
}

func (c *checker) ends(name string, from, to int) {
	n := len(c.net.Nodes)
	if from < 0 || from >= n || to < 0 || to >= n {
		c.fault(name, "nodes", nil, "two nodes of the network were expected")
	} else if from == to {
		c.fault(name, "nodes", c.net.Nodes[from].ID, "two different nodes were expected")
	}
}

func (c *checker) elements() {
	net := c.net
	seen := map[string]bool{}
	id := func(kind, id string, number int) string {
		name := kind + " " + id
		if id == "" {
			name = fmt.Sprintf("%s number %d", kind, number+1)
			c.fault(name, "id", nil, "an id was expected")
		} else if seen[name] {
			c.fault(name, "id", nil, "this id stands twice")
		}
		seen[name] = true
		return name
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		name := id("pipe", p.ID, i)
		c.ends(name, p.From, p.To)
		c.within(name, "length_km", p.LengthKm, 1e-9, greatestLengthKm, "above 0 and at most 10000 km")
		if !(p.DiameterMm >= leastDiameterMm && p.DiameterMm <= greatestDiameterMm) {
			hint := ""
			if p.DiameterMm > 0 && p.DiameterMm < leastDiameterMm {
				hint = fmt.Sprintf(" (as metres it would be %g mm)", p.DiameterMm*1000)
			}
			c.fault(name, "diameter_mm", p.DiameterMm, "between %d and %d mm%s", leastDiameterMm, greatestDiameterMm, hint)
		} else if p.FrictionFactor == 0 {
			c.within(name, "roughness_mm", p.RoughnessMm, 0, p.DiameterMm/10, "at least 0 and at most a tenth of the diameter")
			if p.RoughnessMm == 0 {
				switch net.Friction {
				case RoughTurbulent, Nikuradse, AGA:
					c.fault(name, "roughness_mm", 0, "above 0: the law %s is of rough pipes", net.Friction)
				}
			}
		}
		c.within(name, "loss_coefficient", p.LossCoefficient, 0, 1e6, "at least 0")
		c.within(name, "friction_factor", p.FrictionFactor, 0, 10, "at least 0 and at most 10")
		c.within(name, "efficiency", p.Efficiency, 0, 2, "above 0 and at most 2, or 0 for none")
		c.within(name, "drag_reduction", p.DragReduction, 0, 0.95, "a share between 0 and 0.95")
	}
	for i := range net.Valves {
		v := &net.Valves[i]
		c.ends(id("valve", v.ID, i), v.From, v.To)
	}
	for i := range net.Resistors {
		r := &net.Resistors[i]
		name := id("resistor", r.ID, i)
		c.ends(name, r.From, r.To)
		c.within(name, "loss_coefficient", r.LossCoefficient, 0, 1e9, "at least 0")
		c.within(name, "drop_bar", r.DropBar, 0, greatestBar, "at least 0")
		if r.LossCoefficient > 0 {
			c.within(name, "diameter_mm", r.DiameterMm, leastDiameterMm, greatestDiameterMm, "between 5 and 5000 mm")
		}
	}
	for i := range net.Regulators {
		r := &net.Regulators[i]
		name := id("regulator", r.ID, i)
		c.ends(name, r.From, r.To)
		switch r.Kind {
		case Reducing, Sustaining:
			c.within(name, "set_bar", r.SetBar, 1e-6, greatestBar, "an absolute pressure above 0 and of at most 1000 bar")
		case FlowLimit:
			c.within(name, "set_kg_per_s", r.SetKgPerS, 0, 1e6, "at least 0")
		default:
			c.fault(name, "kind", r.Kind, "reducing, sustaining or flow_limit was expected")
		}
	}
	for i := range net.Stations {
		c.station(&net.Stations[i], id("station", net.Stations[i].ID, i))
	}
}

func (c *checker) station(t *Station, name string) {
	c.ends(name, t.From, t.To)
	switch t.Control {
	case KeepRatio:
		c.within(name, "ratio", t.Set, 1, 20, "between 1 and 20, outlet over inlet pressure")
		if t.MaxRatio > 0 && t.Set > t.MaxRatio {
			c.fault(name, "ratio", t.Set, "at most max_ratio = %g was expected", t.MaxRatio)
		}
	case KeepOutlet:
		c.within(name, "outlet_bar", t.Set, 1e-6, greatestBar, "an absolute pressure above 0 and of at most 1000 bar")
		if t.MaxOutletBar > 0 && t.Set > t.MaxOutletBar {
			c.fault(name, "outlet_bar", t.Set, "at most max_outlet_bar = %g was expected", t.MaxOutletBar)
		}
	case KeepPower:
		c.within(name, "power_mw", t.Set, 1e-9, 10000, "above 0 and at most 10000 MW")
	case KeepFlow:
		c.within(name, "flow_kg_per_s", t.Set, 0, 1e6, "at least 0")
	case AtLimit:
		if !(t.MaxOutletBar > 0 || t.MaxRatio > 0 || t.MaxPowerMW > 0) {
			c.fault(name, "limits", nil, "one of max_outlet_bar, max_ratio and max_power_mw was expected")
		}
	case OnCurve:
		if t.Curve == nil || c.net.Liquid == nil {
			c.fault(name, "curve", nil, "a pump curve, in a network of a liquid, was expected")
		} else if k := t.Curve; len(k.FlowM3PerS) < 2 && !(k.ShutoffM > 0 && k.Coefficient > 0 && k.Exponent > 0) {
			c.fault(name, "curve", nil, "a head without flow, a coefficient and an exponent above 0, or two points, were expected")
		}
	case Bypass, Shut:
	default:
		c.fault(name, "control", t.Control, "one of ratio, outlet, power, flow, limit, curve, bypass, shut was expected")
	}
	if t.MinInletBar > 0 && t.MaxOutletBar > 0 && t.MinInletBar > t.MaxOutletBar {
		c.fault(name, "min_inlet_bar", t.MinInletBar, "at most max_outlet_bar = %g was expected: the bounds contradict one another by %.3g bar", t.MaxOutletBar, t.MinInletBar-t.MaxOutletBar)
	}
	if t.MinKgPerS > 0 && t.MaxKgPerS > 0 && t.MinKgPerS > t.MaxKgPerS {
		c.fault(name, "min_flow_kg_per_s", t.MinKgPerS, "at most max_flow_kg_per_s = %g was expected", t.MaxKgPerS)
	}
	c.within(name, "efficiency", t.Efficiency, 0, 1, "above 0 and at most 1, or 0 for 0.8")
}

// joined calls f for every element that flow can pass, as it was given, with whether it takes
// off pressure for its flow.
func (c *checker) joined(f func(name string, from, to int, resists bool)) {
	net := c.net
	for i := range net.Pipes {
		if p := &net.Pipes[i]; !p.Closed {
			f("pipe "+p.ID, p.From, p.To, true)
		}
	}
	for i := range net.Valves {
		if v := &net.Valves[i]; !v.Closed {
			f("valve "+v.ID, v.From, v.To, false)
		}
	}
	for i := range net.Resistors {
		r := &net.Resistors[i]
		f("resistor "+r.ID, r.From, r.To, true)
	}
	for i := range net.Regulators {
		r := &net.Regulators[i]
		f("regulator "+r.ID, r.From, r.To, r.Kind == FlowLimit)
	}
	for i := range net.Stations {
		if t := &net.Stations[i]; t.Control != Shut {
			f("station "+t.ID, t.From, t.To, t.Control == OnCurve || t.Control == KeepFlow || t.Control == KeepPower)
		}
	}
}

// groups joins nodes that stand together.
type groups []int32

func newGroups(n int) groups {
	g := make(groups, n)
	for i := range g {
		g[i] = int32(i)
	}
	return g
}

func (g groups) of(i int) int32 {
	for int32(i) != g[i] {
		g[i] = g[g[i]]
		i = int(g[i])
	}
	return int32(i)
}

func (g groups) join(a, b int) bool {
	ra, rb := g.of(a), g.of(b)
	if ra == rb {
		return false
	}
	g[max(ra, rb)] = min(ra, rb)
	return true
}

// reach tells the nodes that no open element ties to a given pressure.
func (c *checker) reach() {
	net := c.net
	g := newGroups(len(net.Nodes))
	c.joined(func(_ string, from, to int, _ bool) { g.join(from, to) })
	tied := map[int32]bool{}
	for i := range net.Nodes {
		if net.Nodes[i].Fixed() {
			tied[g.of(i)] = true
		}
	}
	loose := map[int32][]string{}
	var order []int32
	for i := range net.Nodes {
		if r := g.of(i); !tied[r] {
			if loose[r] == nil {
				order = append(order, r)
			}
			loose[r] = append(loose[r], net.Nodes[i].ID)
		}
	}
	for _, r := range order {
		list := loose[r]
		what := "node " + list[0]
		if len(list) > 1 {
			what = "nodes " + some(list)
		}
		c.fault(what, "", nil, "a path of open elements to a node of given pressure was expected, and there is none")
	}
}

// rings tells rings of elements that set pressures without resisting flow: no equation would
// say how much goes round, and set pressures may contradict one another. Valves and bypassed
// stations may form rings: they are given a resistance too small to show.
func (c *checker) rings() {
	n := len(c.net.Nodes)
	free := newGroups(n)
	ties := make([][]tie, n)
	bypassed := map[string]bool{}
	for i := range c.net.Stations {
		bypassed["station "+c.net.Stations[i].ID] = c.net.Stations[i].Control == Bypass
	}
	c.joined(func(name string, from, to int, resists bool) {
		if resists {
			return
		}
		if free.join(from, to) {
			ties[from], ties[to] = append(ties[from], tie{to, name}), append(ties[to], tie{from, name})
			return
		}
		// The way back from to to from, through the ties that join them.
		ring := append(path(ties, to, from), name)
		for _, r := range ring {
			if !strings.HasPrefix(r, "valve ") && !bypassed[r] {
				c.fault("ring of "+some(ring), "", nil, "at least one pipe in each ring was expected: nothing in it says how much flows round it")
				return
			}
		}
	})
}

// tie joins a node to another without resistance.
type tie struct {
	to   int
	name string
}

// path names the ties between two nodes of a forest.
func path(ties [][]tie, from, to int) []string {
	came := map[int]tie{from: {to: -1}} // node -> the node before it, and what joins them
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, t := range ties[at] {
			if _, seen := came[t.to]; !seen {
				came[t.to] = tie{at, t.name}
				queue = append(queue, t.to)
			}
		}
	}
	var names []string
	for at := to; came[at].to >= 0; at = came[at].to {
		names = append(names, came[at].name)
	}
	return names
}
