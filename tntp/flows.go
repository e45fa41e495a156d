package tntp

import (
	"bytes"
	"math"
	"strconv"

	"github.com/karvan/karvan/internal/fault"
)

// Flows are what links carry and cost, as a _flow file gives them, in its order.
type Flows struct {
	From, To []int32 // from 0
	Volume   []float64
	Cost     []float64
}

// Points are where nodes lie, as a _node file gives them. Units are the file's own.
type Points struct {
	Node []int32 // from 0
	X, Y []float64
}

// ReadFlows reads a _flow file, gzipped or not: a line of names, and then from, to, volume and
// cost of each link, with metadata before it or not. Nodes beyond the number of nodes given,
// and volumes or costs below 0, are faults.
func ReadFlows(path string, nodes int) (*Flows, error) {
	f := &Flows{}
	err := readColumns(path, []string{"from", "to", "volume", "cost"}, 2, nodes, 0, func(v []float64) {
		f.From, f.To = append(f.From, int32(v[0])-1), append(f.To, int32(v[1])-1)
		f.Volume, f.Cost = append(f.Volume, v[2]), append(f.Cost, v[3])
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadNodes reads a _node file, gzipped or not: a line of names, and then node, x and y. A node
// that stands twice is a fault.
func ReadNodes(path string, nodes int) (*Points, error) {
	p := &Points{}
	seen := map[int32]bool{}
	var twice fault.Faults
	err := readColumns(path, []string{"node", "x", "y"}, 1, nodes, math.Inf(-1), func(v []float64) {
		node := int32(v[0]) - 1
		if seen[node] {
			twice.Add(path, 0, "node", strconv.Itoa(int(node)+1), "the node stands twice")
			return
		}
		seen[node] = true
		p.Node, p.X, p.Y = append(p.Node, node), append(p.X, v[1]), append(p.Y, v[2])
	})
	if err != nil {
		return nil, err
	}
	if err := twice.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// readColumns reads lines of numbers, of which the first few are nodes and the others are of
// some size at least. The first line of data may be one of names.
func readColumns(path string, columns []string, ends, nodes int, least float64, take func(v []float64)) error {
	s, err := open(path)
	if err != nil {
		return err
	}
	s.metadata()
	var parts [][]byte
	v := make([]float64, len(columns))
	for first := true; ; first = false {
		text, ok := s.next()
		if !ok {
			break
		}
		parts = fields(text, parts)
		if first && len(parts) > 0 && bytes.ContainsAny(parts[0], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			continue // names
		}
		if len(parts) != len(columns) {
			s.fault(s.line, "", "", "%d fields were expected (%v), not %d", len(columns), columns, len(parts))
			continue
		}
		sound := true
		for k, p := range parts {
			x, isNumber := number(p)
			switch {
			case k < ends && (!isNumber || x != math.Trunc(x) || x < 1 || x > float64(nodes)):
				s.fault(s.line, columns[k], string(p), "a node from 1 to %d was expected", nodes)
				sound = false
			case !isNumber || x < least:
				s.fault(s.line, columns[k], string(p), "a number of %g or more was expected", least)
				sound = false
			}
			v[k] = x
		}
		if sound {
			take(v)
		}
	}
	return s.faults.Err()
}
