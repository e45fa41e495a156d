package pandapipes

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// gravityMPerS2 is that of pandapipes.
const gravityMPerS2 = 9.81

// Heights at which pressures of the air make sense, as pipeflow has them.
const (
	leastHeightM    = -12000
	greatestHeightM = 9000
)

// AirBar is the pressure of the air at a height in m, which gauge pressures of pandapipes are
// above: p = 1.01325 (1 - 0.0065 h/288.15)^5.255, the barometric formula of the international
// standard atmosphere. Add it to gauge pressures of pandapipes, take it from absolute ones.
func AirBar(heightM float64) float64 {
	return pipeflow.AtmosphereBar * math.Pow(1-0.0065*heightM/288.15, 5.255)
}

// reader reads one case.
type reader struct {
	file   *file
	fluids *file
	net    *pipeflow.Network
	nodes  map[string]int
}

// Read reads a case and the fluids beside it. name is that of the case's file, for messages;
// the fluids are taken to be fluids.json in its folder. Keys of `spec` that are not known are
// faults; what else the case holds, such as results, is not looked at.
//
// External grids become nodes of given pressure, compressors stations that keep the ratio of
// absolute pressures, and pressure controls regulators that keep the pressure after (or before)
// them whatever the pressure on the other side, as pandapipes has them. The friction of the
// network is left for the caller to set. All faults are told together.
func Read(r, fluids io.Reader, name string) (*pipeflow.Network, error) {
	var faults fault.Faults
	c := &reader{
		file:   &file{name: name, faults: &faults},
		fluids: &file{name: filepath.Join(filepath.Dir(name), "fluids.json"), faults: &faults},
		net:    &pipeflow.Network{Name: name, LawAlone: true},
		nodes:  map[string]int{},
	}
	top, err := c.file.parse(r, []string{"spec"})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	known, err := c.fluids.parse(fluids, nil)
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	if top != nil {
		c.spec(top, known)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return c.net, nil
}

func (c *reader) spec(top, fluids *value) {
	f := c.file
	spec := top.get("spec")
	switch {
	case spec == nil:
		f.fault(top.line, "spec", "", "the key is required")
		return
	case spec.kind != object:
		f.fault(spec.line, "spec", spec.text, "an object was expected, not %s", spec.kind)
		return
	}
	f.known(spec, "spec.", "fluid", "pn", "T", "junctions", "pipes", "ext_grids", "sinks", "sources", "compressors", "pressure_controls")
	name := f.text(spec, "spec.", "fluid")
	temperature, ok := f.number(spec, "spec.", "T")
	if ok && !(temperature > 0) {
		f.fault(spec.get("T").line, "spec.T", spec.get("T").text, "a temperature in K above 0 was expected")
		ok = false
	}
	if pn := spec.get("pn"); pn != nil { // nominal; no equation needs it
		f.float(pn, "spec.pn")
	}
	if ok && name != "" && fluids != nil {
		c.fluid(fluids, name, temperature, spec.get("fluid").line)
	}
	if c.net.Liquid != nil {
		c.net.GravityMPerS2 = gravityMPerS2
	}
	c.junctions(spec)
	c.pipes(spec)
	c.grids(spec)
	c.flows(spec, "sinks", -1)
	c.flows(spec, "sources", 1)
	c.compressors(spec)
	c.controls(spec)
}

// each calls a function for every object of a list under a key of spec.
func (c *reader) each(spec *value, key string, required bool, do func(v *value, where string)) {
	f := c.file
	all := spec.get(key)
	if all == nil {
		if required {
			f.fault(spec.line, "spec."+key, "", "the key is required")
		}
		return
	}
	if all.kind != list {
		f.fault(all.line, "spec."+key, all.text, "a list was expected, not %s", all.kind)
		return
	}
	for i, v := range all.parts {
		where := fmt.Sprintf("spec.%s[%d].", key, i)
		if v.kind != object {
			f.fault(v.line, fmt.Sprintf("spec.%s[%d]", key, i), v.text, "an object was expected, not %s", v.kind)
			continue
		}
		do(v, where)
	}
}

func (c *reader) junctions(spec *value) {
	f := c.file
	c.each(spec, "junctions", true, func(v *value, where string) {
		f.known(v, where, "id", "height_m")
		n := pipeflow.Node{ID: f.text(v, where, "id")}
		if v.get("height_m") != nil {
			height, _ := f.number(v, where, "height_m")
			if height < leastHeightM || height > greatestHeightM {
				f.fault(v.get("height_m").line, where+"height_m", v.get("height_m").text, "a height between %d and %d m was expected", leastHeightM, greatestHeightM)
			} else if c.net.Gas == nil {
				n.HeightM = height
			}
		}
		if n.ID == "" {
			return
		}
		if _, twice := c.nodes[n.ID]; twice {
			f.fault(v.line, where+"id", n.ID, "each junction was expected once")
			return
		}
		c.nodes[n.ID] = len(c.net.Nodes)
		c.net.Nodes = append(c.net.Nodes, n)
	})
}

// node finds a junction by a key that names it; -1 after a fault.
func (c *reader) node(v *value, where, key string) int {
	id := c.file.text(v, where, key)
	if id == "" {
		return -1
	}
	i, ok := c.nodes[id]
	if !ok {
		c.file.fault(v.get(key).line, where+key, id, "the id of a junction was expected")
		return -1
	}
	return i
}

// ends reads what every element has: id, from and to.
func (c *reader) ends(v *value, where string, seen map[string]bool) (id string, from, to int, ok bool) {
	f := c.file
	id = f.text(v, where, "id")
	from, to = c.node(v, where, "from"), c.node(v, where, "to")
	if id != "" && seen[id] {
		f.fault(v.line, where+"id", id, "each id was expected once in its list")
		return id, from, to, false
	}
	seen[id] = true
	if from >= 0 && from == to {
		f.fault(v.line, where+"to", c.net.Nodes[to].ID, "another junction than from was expected")
		return id, from, to, false
	}
	return id, from, to, id != "" && from >= 0 && to >= 0
}

// above reads a number that must be above a bound, or at it where equal says so.
func (c *reader) above(v *value, where, key string, bound float64, equal bool) float64 {
	x, ok := c.file.number(v, where, key)
	if !ok {
		return 0
	}
	if equal && x < bound {
		c.file.fault(v.get(key).line, where+key, v.get(key).text, "at least %g was expected", bound)
	} else if !equal && x <= bound {
		c.file.fault(v.get(key).line, where+key, v.get(key).text, "more than %g was expected", bound)
	}
	return x
}

func (c *reader) pipes(spec *value) {
	f := c.file
	seen := map[string]bool{}
	c.each(spec, "pipes", false, func(v *value, where string) {
		f.known(v, where, "id", "from", "to", "length_km", "diameter_m", "roughness_mm", "sections")
		id, from, to, ok := c.ends(v, where, seen)
		p := pipeflow.Pipe{ID: id, From: from, To: to,
			LengthKm:    c.above(v, where, "length_km", 0, false),
			DiameterMm:  c.above(v, where, "diameter_m", 0, false) * 1000,
			RoughnessMm: c.above(v, where, "roughness_mm", 0, true)}
		if v.get("sections") != nil {
			// pandapipes may cut a pipe to follow temperature; the flow is that of one piece.
			c.above(v, where, "sections", 1, true)
		}
		if ok {
			c.net.Pipes = append(c.net.Pipes, p)
		}
	})
}

// gauge reads a gauge pressure at a node as an absolute one.
func (c *reader) gauge(v *value, where, key string, node int) float64 {
	air := pipeflow.AtmosphereBar
	if node >= 0 {
		air = AirBar(c.net.Nodes[node].HeightM)
	}
	return c.above(v, where, key, -air, false) + air
}

func (c *reader) grids(spec *value) {
	f := c.file
	c.each(spec, "ext_grids", true, func(v *value, where string) {
		f.known(v, where, "node", "p_bar_gauge")
		i := c.node(v, where, "node")
		bar := c.gauge(v, where, "p_bar_gauge", i)
		if i < 0 {
			return
		}
		n := &c.net.Nodes[i]
		if n.Fixed() && n.FixedBar != bar {
			f.fault(v.line, where+"p_bar_gauge", "", "one pressure for each junction was expected; another is given already for %s", n.ID)
		}
		n.FixedBar = bar
	})
}

func (c *reader) flows(spec *value, key string, sign float64) {
	f := c.file
	c.each(spec, key, false, func(v *value, where string) {
		f.known(v, where, "node", "mdot")
		i := c.node(v, where, "node")
		if flow, ok := f.number(v, where, "mdot"); ok && i >= 0 {
			c.net.Nodes[i].SupplyKgPerS += sign * flow
		}
	})
}

func (c *reader) compressors(spec *value) {
	f := c.file
	seen := map[string]bool{}
	c.each(spec, "compressors", false, func(v *value, where string) {
		f.known(v, where, "id", "from", "to", "ratio")
		id, from, to, ok := c.ends(v, where, seen)
		ratio := c.above(v, where, "ratio", 1, true)
		if ok {
			c.net.Stations = append(c.net.Stations, pipeflow.Station{ID: id, From: from, To: to, Control: pipeflow.KeepRatio, Set: ratio})
		}
	})
}

func (c *reader) controls(spec *value) {
	f := c.file
	seen := map[string]bool{}
	c.each(spec, "pressure_controls", false, func(v *value, where string) {
		f.known(v, where, "id", "from", "to", "controlled", "p_bar_gauge")
		id, from, to, ok := c.ends(v, where, seen)
		r := pipeflow.Regulator{ID: id, From: from, To: to, Kind: pipeflow.Reducing, Always: true}
		at := to
		if v.get("controlled") != nil {
			at = c.node(v, where, "controlled")
		}
		r.SetBar = c.gauge(v, where, "p_bar_gauge", at)
		switch {
		case at < 0 || !ok:
			return
		case at == from:
			r.Kind = pipeflow.Sustaining
		case at != to:
			f.fault(v.get("controlled").line, where+"controlled", c.net.Nodes[at].ID, "one of the ends of the control was expected")
			return
		}
		c.net.Regulators = append(c.net.Regulators, r)
	})
}
