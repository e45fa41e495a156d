package karvan

import (
	"context"
	"errors"
	"fmt"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// Between finds the routes of a commodity between any two nodes, zones or not,
// in a scenario and year, without the delays of other traffic, and how a
// shipper would choose among them. The first is the most used. A node or
// commodity that does not exist is an error, as is a pair that no path joins.
func (m *Model) Between(ctx context.Context, scenario string, year int, commodity, from, to string) ([]RouteResult, error) {
	in := *m.in
	c := -1
	for i := range in.Commodities {
		if in.Commodities[i].Key == commodity {
			c = i
		}
	}
	if c < 0 {
		return nil, fmt.Errorf("karvan: there is no commodity %q", commodity)
	}
	// Two zones more, at the nodes, and one tonne between them.
	in.Zones = append([]od.Zone(nil), in.Zones...)
	in.Connectors = append([]network.Connector(nil), in.Connectors...)
	for _, key := range []string{from, to} {
		node, ok := in.Network.NodeByKey(key)
		if !ok {
			return nil, fmt.Errorf("karvan: there is no node %q", key)
		}
		in.Connectors = append(in.Connectors, network.Connector{Zone: int32(len(in.Zones)), Node: node})
		in.Zones = append(in.Zones, od.Zone{Key: "at " + key, Name: key, Country: in.Network.Nodes[node].Country})
	}
	last := od.ZoneID(len(in.Zones) - 1)
	in.Demand = []od.Cell{{From: last - 1, To: last, Commodity: od.CommodityID(c), Year: in.BaseYear, TPerYr: 1}}
	in.Growth = []od.Growth{{Country: "*", FromYear: in.BaseYear, UntilYear: year}}
	one, err := New(&in)
	if err != nil {
		return nil, err
	}
	w, err := one.build(scenario, year)
	if err != nil {
		return nil, err
	}
	routes, unserved := one.freeRoutes(w, 1)
	if len(unserved) > 0 {
		return nil, fmt.Errorf("karvan: no path takes %s from %s to %s in %d", commodity, from, to, year)
	}
	res, err := assignment.SolveLogit(w.problem, routes, assignment.Options{Workers: 1, Progress: func(assignment.Iteration) error { return ctx.Err() }})
	if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
		return nil, err
	}
	return one.outcome(w, res, scenario, year).Routes, nil
}
