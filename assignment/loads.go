package assignment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// loads is what links carry and cost, or what capacities that links share do: the part that
// every solver has.
type loads struct {
	curves []curve
	flow   []float64
	cost   []float64
	slope  []float64
}

func newLoads(curves []curve) loads {
	n := len(curves)
	l := loads{curves: curves, flow: make([]float64, n), cost: make([]float64, n), slope: make([]float64, n)}
	l.renew()
	return l
}

// renew computes all costs from the flows.
func (l *loads) renew() {
	for a := range l.cost {
		l.cost[a], l.slope[a] = l.curves[a].at(l.flow[a])
	}
}

// put adds flow to a link, or takes some away.
func (l *loads) put(a int32, flow float64) {
	x := math.Max(0, l.flow[a]+flow)
	l.flow[a] = x
	l.cost[a], l.slope[a] = l.curves[a].at(x)
}

// total is what all flow pays.
func (l *loads) total() float64 {
	sum := 0.0
	for a, x := range l.flow {
		if x > 0 {
			sum += x * l.cost[a]
		}
	}
	return sum
}

// objective is Beckmann's: the sum of the integrals of costs over flows.
func (l *loads) objective() float64 {
	sum := 0.0
	for a, x := range l.flow {
		if x > 0 {
			sum += l.curves[a].integral(x)
		}
	}
	return sum
}

// report fills in what flows come to, and gives the error of a result that did not come near
// enough.
func (l *loads) report(res *RoadResult, target float64) error {
	res.Flow, res.Cost, res.Objective = slices.Clone(l.flow), slices.Clone(l.cost), l.objective()
	if !res.Converged {
		return fmt.Errorf("assignment: relative gap %.2e after %d iterations, wanted %.0e: %w", res.RelativeGap, res.Iterations, target, ErrNotConverged)
	}
	return nil
}

// tableOf gives trips by origin, then destination, those inside a node left out and repeats
// added up. Pairs without volume stay: a change may ask for that.
func tableOf(road *Road, trips []Trip) ([]Trip, error) {
	table := make([]Trip, 0, len(trips))
	for i, t := range trips {
		if t.Origin < 0 || int(t.Origin) >= road.Nodes || t.Dest < 0 || int(t.Dest) >= road.Nodes || !(t.Volume >= 0) || math.IsInf(t.Volume, 1) {
			return nil, fmt.Errorf("assignment: trip %d: nodes of the network and a volume of 0 or more were expected (got %d, %d, %g)", i, t.Origin, t.Dest, t.Volume)
		}
		if t.Origin != t.Dest {
			table = append(table, t)
		}
	}
	order := func(a, b Trip) int { return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Dest, b.Dest)) }
	if !slices.IsSortedFunc(table, order) {
		slices.SortStableFunc(table, order)
	}
	kept := table[:0]
	for _, t := range table {
		if k := len(kept) - 1; k >= 0 && order(kept[k], t) == 0 {
			kept[k].Volume += t.Volume
			continue
		}
		kept = append(kept, t)
	}
	return kept, nil
}

// change gives a network and its table of trips with changes, makes the curves of the links
// anew, and tells which links are closed by them.
func (l *loads) change(road *Road, table []Trip, links []LinkChange, trips []Trip) (*Road, []Trip, map[int32]bool, error) {
	to, err := road.changed(links)
	if err != nil {
		return nil, nil, nil, err
	}
	if table, err = merged(road, table, trips); err != nil {
		return nil, nil, nil, err
	}
	shut := map[int32]bool{}
	for _, c := range links {
		l.curves[c.Link] = to.link(c.Link)
		if math.IsInf(l.curves[c.Link].fixed, 1) {
			shut[int32(c.Link)] = true
		}
	}
	return to, table, shut, nil
}

// merged gives a table with the volumes of trips in place of those it has.
func merged(road *Road, table, trips []Trip) ([]Trip, error) {
	fresh, err := tableOf(road, trips)
	if err != nil || len(fresh) == 0 {
		return table, err
	}
	out := make([]Trip, 0, len(table)+len(fresh))
	for len(table) > 0 || len(fresh) > 0 {
		switch {
		case len(fresh) == 0:
			out, table = append(out, table[0]), table[1:]
			continue
		case len(table) == 0:
		default:
			a, b := table[0], fresh[0]
			c := cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Dest, b.Dest))
			if c < 0 {
				out, table = append(out, a), table[1:]
				continue
			}
			if c == 0 {
				table = table[1:]
			}
		}
		out, fresh = append(out, fresh[0]), fresh[1:]
	}
	return out, nil
}
