package epanet

import (
	"math"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// position is how a link stands.
type position uint8

const (
	working position = iota // pipes open, pumps at their speed, valves at their setting
	opened                  // valves fixed open
	closed
)

// draft is a link before statuses and controls have been heard.
type draft struct {
	line     int
	link     int
	from, to int
	pipe     pipeflow.Pipe // pipes: all; valves: diameter and loss
	position position
	setting  float64 // speed of pumps; of valves as written in the file
	pump     *pipeflow.PumpCurve
	powerHp  float64
}

// link adds a link of the file and gives its draft, nil after a fault.
func (c *reader) link(r row, kind LinkKind) *draft {
	from, ok := c.findNode(r, 1, "first node")
	to, good := c.findNode(r, 2, "second node")
	id := r.words[0]
	if _, twice := c.out.links[id]; twice {
		c.fault(r.line, "id", id, "each link was expected once, whether pipe, pump or valve")
		return nil
	}
	i := len(c.out.Links)
	c.out.links[id] = i
	c.out.Links = append(c.out.Links, Link{ID: id, Kind: kind})
	c.drafts = append(c.drafts, draft{line: r.line, link: i, from: from, to: to, setting: 1})
	if ok && good && from == to {
		c.fault(r.line, "second node", r.words[2], "another node than the first was expected")
	}
	return &c.drafts[i]
}

func (c *reader) readLinks() {
	u := c.opt.units
	for _, r := range c.sections["PIPE"] {
		if !c.fields(r, 6, "a pipe's id, two nodes, length, diameter and roughness") {
			continue
		}
		d := c.link(r, PipeLink)
		if d == nil {
			continue
		}
		d.pipe = pipeflow.Pipe{
			LengthKm:    c.atLeast(r, 3, "length", 0, true) * u.length / 1000,
			DiameterMm:  c.atLeast(r, 4, "diameter", 0, true) * u.diameterMm,
			RoughnessMm: c.atLeast(r, 5, "roughness", 0, false) * u.roughMm,
		}
		// The minor loss may be left out before the status.
		status := r.word(7)
		if text := r.word(6); text != "" {
			if _, ok := parseNumber(text); !ok && status == "" {
				status = text
			} else {
				d.pipe.LossCoefficient = c.atLeast(r, 6, "minor loss", 0, false)
			}
		}
		switch strings.ToUpper(status) {
		case "", "OPEN":
		case "CLOSED":
			d.position = closed
		case "CV":
			d.pipe.CheckValve = true
		default:
			c.fault(r.line, "status", status, "OPEN, CLOSED or CV was expected")
		}
	}
	for _, r := range c.sections["PUMP"] {
		if c.fields(r, 5, "a pump's id, two nodes and HEAD or POWER with its value") {
			if d := c.link(r, PumpLink); d != nil {
				c.pump(r, d)
			}
		}
	}
	for _, r := range c.sections["VALV"] {
		if !c.fields(r, 6, "a valve's id, two nodes, diameter, type and setting") {
			continue
		}
		kind := LinkKind(strings.ToUpper(r.words[4]))
		switch kind {
		case PRV, PSV, PBV, FCV, TCV:
		case "GPV", "PCV":
			c.fault(r.line, "type", r.words[4], "PRV, PSV, PBV, FCV or TCV was expected: valves with a curve of their own are not solved here")
		default:
			c.fault(r.line, "type", r.words[4], "PRV, PSV, PBV, FCV or TCV was expected")
		}
		d := c.link(r, kind)
		if d == nil {
			continue
		}
		d.pipe.DiameterMm = c.atLeast(r, 3, "diameter", 0, true) * u.diameterMm
		if kind != "GPV" {
			d.setting, _ = c.number(r, 5, "setting")
		}
		if len(r.words) > 6 {
			d.pipe.LossCoefficient = c.atLeast(r, 6, "minor loss", 0, false)
		}
	}
}

// pump reads the properties of a pump, pairs of a name and a value.
func (c *reader) pump(r row, d *draft) {
	if _, old := parseNumber(r.words[3]); old {
		c.fault(r.line, "", strings.Join(r.words[3:], " "), "HEAD or POWER with its value was expected: numbers alone are of EPANET 1, which is not read")
		return
	}
	pattern := ""
	for i := 3; i < len(r.words); i += 2 {
		name := strings.ToUpper(r.words[i])
		if i+1 == len(r.words) {
			c.fault(r.line, name, "", "a value was expected")
			break
		}
		switch {
		case strings.HasPrefix(name, "HEAD"):
			d.pump = c.pumpCurve(r.line, r.words[i+1])
		case strings.HasPrefix(name, "POWE"):
			d.powerHp = c.atLeast(r, i+1, "POWER", 0, true) * c.opt.units.powerHp
		case strings.HasPrefix(name, "SPEE"):
			d.setting = c.atLeast(r, i+1, "SPEED", 0, false)
		case strings.HasPrefix(name, "PATT"):
			pattern = r.words[i+1]
		default:
			c.fault(r.line, "", r.words[i], "HEAD, POWER, SPEED or PATTERN was expected")
		}
	}
	if pattern != "" {
		if d.setting = c.factor(r.line, pattern); d.setting < 0 {
			c.fault(r.line, "pattern", pattern, "a speed of at least 0 was expected at time 0, not %g", d.setting)
		}
	}
	if d.pump == nil && d.powerHp == 0 && len(c.faults) == 0 {
		c.fault(r.line, "", strings.Join(r.words, " "), "HEAD or POWER was expected")
	}
}

// pumpCurve makes the curve of a pump as EPANET does: of one point, or of three of which the
// first is at no flow, a power function; of others straight lines.
func (c *reader) pumpCurve(line int, id string) *pipeflow.PumpCurve {
	points := c.curves[id]
	if points == nil {
		c.fault(line, "HEAD", id, "the id of a curve was expected")
		return nil
	}
	u := c.opt.units
	q, h := make([]float64, len(points.x)), make([]float64, len(points.y))
	for i := range q {
		q[i], h[i] = points.x[i]*u.flow, points.y[i]*u.length
	}
	var p *pipeflow.PumpCurve
	var err error
	switch {
	case len(q) == 1:
		p, err = pipeflow.PowerCurve(shutoff*h[0], q[0], h[0], 2*q[0], 0)
	case len(q) == 3 && q[0] == 0:
		p, err = pipeflow.PowerCurve(h[0], q[1], h[1], q[2], h[2])
	default:
		for i := 1; i < len(q); i++ {
			if q[i] <= q[i-1] || h[i] >= h[i-1] {
				c.fault(points.line, "curve "+id, "", "flows that rise and heads that fall were expected, for a pump (point %d)", i+1)
				return nil
			}
		}
		return &pipeflow.PumpCurve{FlowM3PerS: q, HeadM: h}
	}
	if err != nil {
		c.fault(points.line, "curve "+id, "", "%v", err)
		return nil
	}
	if !(p.Exponent <= 20) || math.IsInf(p.Coefficient, 0) || !(p.Coefficient > 0) {
		c.fault(points.line, "curve "+id, "", "a curve that a power function of an exponent up to 20 fits was expected")
		return nil
	}
	return p
}
