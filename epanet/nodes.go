package epanet

import (
	"github.com/karvan/karvan/pipeflow"
)

// node adds a node and gives its index, -1 where the id is taken.
func (c *reader) node(r row, kind nodeKind, elevationM float64) int {
	id := r.words[0]
	if _, twice := c.out.nodes[id]; twice {
		c.fault(r.line, "id", id, "each node was expected once, whether junction, reservoir or tank")
		return -1
	}
	i := len(c.out.Nodes)
	c.out.nodes[id], c.kindOf[id] = i, kind
	c.out.Nodes = append(c.out.Nodes, pipeflow.Node{ID: id, HeightM: elevationM})
	return i
}

// fix gives a node the pressure that its head stands for.
func (c *reader) fix(r row, i int, headM float64, field string) {
	if i < 0 {
		return
	}
	n := &c.out.Nodes[i]
	n.FixedBar = bar(headM-n.HeightM, c.opt.densityKgPerM3)
	if !(n.FixedBar > 0) {
		c.fault(r.line, field, "", "a pressure above vacuum was expected, not %.4g bar absolute", n.FixedBar)
	}
}

func (c *reader) readNodes() {
	u := c.opt.units
	for _, r := range c.sections["JUNC"] {
		if !c.fields(r, 2, "a junction's id and elevation") {
			continue
		}
		elevation, _ := c.number(r, 1, "elevation")
		i := c.node(r, junction, elevation*u.length)
		demand := 0.0
		if len(r.words) > 2 {
			demand, _ = c.number(r, 2, "demand")
		}
		if i >= 0 {
			c.out.Nodes[i].SupplyKgPerS = c.demand(r.line, demand, r.word(3))
		}
	}
	for _, r := range c.sections["RESE"] {
		if !c.fields(r, 2, "a reservoir's id and head") {
			continue
		}
		head, _ := c.number(r, 1, "head")
		head *= u.length * c.factor(r.line, r.word(2))
		// Its surface: the pressure there is that of the air.
		c.fix(r, c.node(r, reservoir, head), head, "head")
	}
	for _, r := range c.sections["TANK"] {
		if !c.fields(r, 6, "a tank's id, elevation, initial, least and greatest level and diameter") {
			continue
		}
		elevation, _ := c.number(r, 1, "elevation")
		level, ok := c.number(r, 2, "initial level")
		least, okLeast := c.number(r, 3, "minimum level")
		most, okMost := c.number(r, 4, "maximum level")
		c.atLeast(r, 5, "diameter", 0, false)
		if ok && okLeast && okMost && (level < least || level > most) {
			c.fault(r.line, "initial level", r.word(2), "a level between the least, %s, and the greatest, %s, was expected", r.word(3), r.word(4))
		}
		c.fix(r, c.node(r, tank, elevation*u.length), (elevation+level)*u.length, "initial level")
		c.levelM[r.words[0]] = level * u.length
	}
	for _, r := range c.sections["COOR"] {
		if !c.fields(r, 3, "a node's id and its two coordinates") {
			continue
		}
		x, _ := c.number(r, 1, "x")
		y, _ := c.number(r, 2, "y")
		if i, ok := c.findNode(r, 0, "node"); ok {
			c.out.Nodes[i].X, c.out.Nodes[i].Y = x, y
		}
	}
}

// findNode finds a node that a row names.
func (c *reader) findNode(r row, word int, field string) (int, bool) {
	i, ok := c.out.nodes[r.word(word)]
	if !ok {
		c.fault(r.line, field, r.word(word), "the id of a node was expected")
	}
	return i, ok
}

// demand is the supply of a demand: what is taken out is negative.
func (c *reader) demand(line int, base float64, pattern string) float64 {
	if base == 0 {
		c.factor(line, pattern) // the pattern must still be there
		return 0
	}
	return -base * c.factor(line, c.demandPattern(pattern)) * c.opt.demandMultiplier * c.opt.units.flow * c.opt.densityKgPerM3
}

// readDemands replaces the demands of junctions that have lines of their own in [DEMANDS], and
// sees that emitters let nothing out.
func (c *reader) readDemands() {
	replaced := map[int]bool{}
	for _, r := range c.sections["DEMA"] {
		if !c.fields(r, 2, "a junction's id and its demand") {
			continue
		}
		base, _ := c.number(r, 1, "demand")
		i, ok := c.findNode(r, 0, "junction")
		if !ok || c.kindOf[r.words[0]] != junction {
			continue // of tanks and reservoirs EPANET takes no notice
		}
		if !replaced[i] {
			replaced[i] = true
			c.out.Nodes[i].SupplyKgPerS = 0
		}
		c.out.Nodes[i].SupplyKgPerS += c.demand(r.line, base, r.word(2))
	}
	for _, r := range c.sections["EMIT"] {
		if !c.fields(r, 2, "a junction's id and its flow coefficient") {
			continue
		}
		c.findNode(r, 0, "junction")
		if v, ok := c.number(r, 1, "flow coefficient"); ok && v != 0 {
			c.fault(r.line, "flow coefficient", r.word(1), "0 was expected: emitters are not solved here")
		}
	}
}
