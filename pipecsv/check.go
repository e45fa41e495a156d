package pipecsv

import (
	"errors"
	"slices"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// valueFaults gives what [pipeflow.Check] finds wrong with the values of a network. What it
// finds wrong with the network as a whole, which names no field, is left to the solver: a
// network may be written and read before it is whole.
func valueFaults(net *pipeflow.Network) pipeflow.FaultsError {
	// Check puts in what was left out.
	filled := *net
	filled.Nodes = slices.Clone(net.Nodes)
	var all, out pipeflow.FaultsError
	if !errors.As(pipeflow.Check(&filled), &all) {
		return nil
	}
	for _, f := range all {
		if f.Field != "" {
			out = append(out, f)
		}
	}
	return out
}

// fileOf gives the table of each kind of element.
var fileOf = map[string]string{"node": nodeFile, "pipe": pipeFile, "valve": valveFile, "resistor": resistorFile, "regulator": regulatorFile, "station": stationFile}

// columnOf gives the column for a field of [pipeflow.Check] where it has another name.
func columnOf(kind, field string) string {
	switch {
	case field == "nodes":
		return "from_node_id"
	case kind == "station" && slices.Contains([]string{"ratio", "outlet_bar", "power_mw", "flow_kg_per_s"}, field):
		return "set"
	case field == "limits" || field == "curve":
		return "control"
	}
	return field
}

// check tells values that cannot be, at the lines where they stand.
func (c *reader) check(medium string) {
	net := *c.net
	if medium == "" {
		// A fluid in the place of the one that is not known, so that elements can be looked at.
		net.Liquid, net.Friction = &pipeflow.Liquid{}, ""
	}
	for _, f := range valueFaults(&net) {
		kind, id, element := strings.Cut(f.Element, " ")
		file := fileOf[kind]
		if !element {
			file = fluidFile
		}
		s := c.sheets[file]
		if s == nil || file == fluidFile && medium == "" || f.Field == "id" {
			continue // told already
		}
		column := columnOf(kind, f.Field)
		line := s.line[id]
		if !element {
			line = s.line[f.Field]
		}
		told := s.told[place{line, column}]
		switch f.Field {
		case "nodes":
			told = told || s.told[place{line, "to_node_id"}] || c.nodes.unsure
		case "curve":
			told = told || medium == "" || c.sheets[pumpCurveFile].broken || len(c.sheets[pumpCurveFile].faults) > 0
		}
		if told {
			continue
		}
		want := f.Want
		if !strings.Contains(want, "expected") {
			want = "expected " + want
		}
		s.fault(line, column, f.Value, "%s", want)
	}
}
