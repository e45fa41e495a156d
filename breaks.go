package karvan

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/routing"
)

// Break is a cell of demand that no path serves, and the nearest gap: from the
// last place reached to the first from which the destination can be reached.
type Break struct {
	From, To     od.ZoneID
	Commodity    od.CommodityID
	LastNode     string
	LastMode     string
	NextNode     string
	NextMode     string
	GapKm        float64
	NothingLeft  bool // the origin itself joins no mode that the goods may use
	NothingThere bool // the destination does not
}

// String says where the path breaks.
func (b Break) String() string {
	switch {
	case b.NothingLeft:
		return "the origin joins no mode that the commodity may use"
	case b.NothingThere:
		return "the destination joins no mode that the commodity may use"
	case b.LastNode == b.NextNode:
		return fmt.Sprintf("it reaches %s by %s, but no terminal row there takes its cargo form on to %s", b.LastNode, b.LastMode, b.NextMode)
	}
	return fmt.Sprintf("the nearest break lies between %s (%s) and %s (%s), %.0f km apart", b.LastNode, b.LastMode, b.NextNode, b.NextMode, b.GapKm)
}

// Breaks lists the cells of demand that no path serves in a scenario and year.
func (m *Model) Breaks(scenario string, year int) ([]Break, error) {
	w, err := m.build(scenario, year)
	if err != nil {
		return nil, err
	}
	p := w.problem
	type origin struct{ class, node int32 }
	trees := map[origin]*routing.Tree{}
	back := routing.NewGraph(p.Graph.NumNodes, p.Graph.To, p.Graph.From)
	var out []Break
	for d, cell := range w.matrix {
		q := p.Demands[d]
		if q.TPerYr <= 0 {
			continue
		}
		k := origin{q.Class, q.Origin}
		tree, ok := trees[k]
		if !ok {
			tree = &routing.Tree{}
			tree.Grow(p.Graph, q.Origin, p.Classes[q.Class].FixedH)
			trees[k] = tree
		}
		if !math.IsInf(tree.Cost[q.Dest], 1) {
			continue
		}
		b := Break{From: cell.From, To: cell.To, Commodity: cell.Commodity}
		var rest routing.Tree
		rest.Grow(back, q.Dest, p.Classes[q.Class].FixedH)
		b.find(w, tree, &rest)
		out = append(out, b)
	}
	return out, nil
}

// find looks for the closest pair of a state reached and a state from which
// the destination can be reached.
func (b *Break) find(w *world, reached, rest *routing.Tree) {
	var from, to []int32
	for s, st := range w.super.States {
		if st.Node < 0 {
			continue
		}
		if !math.IsInf(reached.Cost[s], 1) {
			from = append(from, int32(s))
		}
		if !math.IsInf(rest.Cost[s], 1) {
			to = append(to, int32(s))
		}
	}
	b.NothingLeft, b.NothingThere = len(from) == 0, len(to) == 0
	best := math.Inf(1)
	name := func(s int32) (string, string) {
		st := w.super.States[s]
		mode := w.net.Modes[st.Mode].Key
		if st.Form != network.NoForm {
			mode += " " + st.Form.String()
		}
		return w.net.Nodes[st.Node].Key, mode
	}
	for _, s := range from {
		a := w.net.Nodes[w.super.States[s].Node]
		for _, t := range to {
			z := w.net.Nodes[w.super.States[t].Node]
			if d := network.GreatCircleKm(a.Lon, a.Lat, z.Lon, z.Lat); d < best {
				best = d
				b.LastNode, b.LastMode = name(s)
				b.NextNode, b.NextMode = name(t)
				b.GapKm = d
			}
		}
	}
}
