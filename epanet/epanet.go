package epanet

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// LinkKind is what a link is in EPANET.
type LinkKind string

// The kinds of links. Valves are named by what they keep.
const (
	PipeLink LinkKind = "PIPE"
	PumpLink LinkKind = "PUMP"
	PRV      LinkKind = "PRV" // reduces pressure
	PSV      LinkKind = "PSV" // sustains pressure
	PBV      LinkKind = "PBV" // breaks pressure by a fixed drop
	FCV      LinkKind = "FCV" // controls flow
	TCV      LinkKind = "TCV" // throttles
)

// Element is the list of a pipeflow.Network that a link became a member of.
type Element string

// The lists of a network.
const (
	Pipes      Element = "pipes"
	Valves     Element = "valves"
	Resistors  Element = "resistors"
	Regulators Element = "regulators"
	Stations   Element = "stations"
)

// Link is a link of the file. All links share one namespace there.
type Link struct {
	ID   string
	Kind LinkKind
	// Element and Index say where in the network it is: a valve fixed open, for one, has
	// become one of Valves or, with a loss, of Pipes.
	Element Element
	Index   int
}

// Network is a file of EPANET as a network that can be solved.
type Network struct {
	*pipeflow.Network
	Links    []Link
	Warnings []string // what of the file was left out

	nodes, links map[string]int
}

// Node finds a node by its id; ok is false where there is none. The network has more nodes and
// pipes than the file: where a valve has a loss beside its setting, a node and a pipe without
// length stand beside it, under the id of the link followed by " loss".
func (n *Network) Node(id string) (index int, ok bool) {
	index, ok = n.nodes[id]
	return index, ok
}

// Link finds a link by its id, as an index of Links.
func (n *Network) Link(id string) (index int, ok bool) {
	index, ok = n.links[id]
	return index, ok
}

// FlowM3PerS is the volume flow of a link, positive from its first node to its second.
func (n *Network) FlowM3PerS(r *pipeflow.Result, link int) float64 {
	l := n.Links[link]
	m := 0.0
	switch l.Element {
	case Pipes:
		m = r.Pipes[l.Index].KgPerS
	case Valves:
		m = r.Valves[l.Index]
	case Resistors:
		m = r.Resistors[l.Index]
	case Regulators:
		m = r.Regulators[l.Index].KgPerS
	case Stations:
		m = r.Stations[l.Index].KgPerS
	}
	return m / n.Liquid.DensityKgPerM3
}

// reader reads one file.
type reader struct {
	name     string
	faults   fault.Faults
	sections map[string][]row
	opt      options
	patterns map[string][]float64
	curves   map[string]*curve
	out      *Network

	kindOf map[string]nodeKind // by node id
	levelM map[string]float64  // of tanks, above their elevation
	drafts []draft             // in the order of links
}

type nodeKind uint8

const (
	junction nodeKind = iota
	reservoir
	tank
)

type curve struct {
	line int
	x, y []float64
}

func (c *reader) fault(line int, field, value, format string, a ...any) {
	c.faults.Add(c.name, line, field, value, format, a...)
}

// Read reads a file. All its faults are told together, as a list of which each names its line.
// name is that of the file, for messages.
func Read(r io.Reader, name string) (*Network, error) {
	c := &reader{name: name, patterns: map[string][]float64{}, curves: map[string]*curve{},
		kindOf: map[string]nodeKind{}, levelM: map[string]float64{},
		out: &Network{Network: &pipeflow.Network{Name: name, Friction: pipeflow.SwameeJain, GravityMPerS2: gravityMPerS2}, nodes: map[string]int{}, links: map[string]int{}}}
	var err error
	if c.sections, err = scan(r, name, &c.faults); err != nil {
		return nil, err
	}
	c.options()
	c.out.Liquid = &pipeflow.Liquid{Name: "liquid", DensityKgPerM3: c.opt.densityKgPerM3, ViscosityPaS: c.opt.viscosityM2PerS * c.opt.densityKgPerM3}
	c.readPatterns()
	c.readCurves()
	c.readNodes()
	c.readDemands()
	c.readLinks()
	c.readStatus()
	c.readControls()
	if len(c.sections["RULE"]) > 0 {
		c.out.Warnings = append(c.out.Warnings, fmt.Sprintf("%s:%d: [RULES] are left out", name, c.sections["RULE"][0].line))
	}
	if len(c.faults) == 0 {
		c.build()
	}
	if err := c.faults.Err(); err != nil {
		return nil, err
	}
	return c.out, nil
}

// number reads a number of a row.
func (c *reader) number(r row, i int, field string) (float64, bool) {
	text := r.word(i)
	v, ok := parseNumber(text)
	if !ok {
		c.fault(r.line, field, text, "a number was expected")
	}
	return v, ok
}

// atLeast reads a number that must not be below a bound, and is above it where strict.
func (c *reader) atLeast(r row, i int, field string, bound float64, strict bool) float64 {
	v, ok := c.number(r, i, field)
	switch {
	case !ok:
	case strict && v <= bound:
		c.fault(r.line, field, r.word(i), "more than %g was expected", bound)
	case v < bound:
		c.fault(r.line, field, r.word(i), "at least %g was expected", bound)
	}
	return v
}

// fields faults a row that has fewer words than it needs.
func (c *reader) fields(r row, least int, what string) bool {
	if len(r.words) >= least {
		return true
	}
	c.fault(r.line, "", strings.Join(r.words, " "), "%s were expected", what)
	return false
}

func (c *reader) readPatterns() {
	for _, r := range c.sections["PATT"] {
		if !c.fields(r, 2, "a pattern's id and its multipliers") {
			continue
		}
		for i := 1; i < len(r.words); i++ {
			v, _ := c.number(r, i, "pattern "+r.words[0])
			c.patterns[r.words[0]] = append(c.patterns[r.words[0]], v)
		}
	}
}

func (c *reader) readCurves() {
	for _, r := range c.sections["CURV"] {
		if !c.fields(r, 3, "a curve's id and the two values of a point") {
			continue
		}
		id := r.words[0]
		if c.curves[id] == nil {
			c.curves[id] = &curve{line: r.line}
		}
		x, _ := c.number(r, 1, "curve "+id+": x")
		y, _ := c.number(r, 2, "curve "+id+": y")
		c.curves[id].x, c.curves[id].y = append(c.curves[id].x, x), append(c.curves[id].y, y)
	}
}

// factor is the value of a pattern at time 0; an empty id is 1.
func (c *reader) factor(line int, id string) float64 {
	if id == "" {
		return 1
	}
	p := c.patterns[id]
	if len(p) == 0 {
		c.fault(line, "pattern", id, "the id of a pattern was expected")
		return 1
	}
	steps := math.Floor(c.opt.patternStartS / c.opt.patternStepS)
	return p[int(math.Mod(steps, float64(len(p))))]
}

// demandPattern is the pattern of a demand: its own, or the default where there is one.
func (c *reader) demandPattern(own string) string {
	if own == "" && len(c.patterns[c.opt.pattern]) > 0 {
		return c.opt.pattern
	}
	return own
}
