package karvan

import (
	"math"
	"sort"
	"strings"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// outcome turns a solution into results.
func (m *Model) outcome(w *world, res *assignment.Result, scenario string, year int) *Outcome {
	out := m.outcomeOf(w, res, scenario, year)
	m.fillLoads(w, res, out)
	m.listRoutes(w, res, out)
	out.routes = res.Routes
	return out
}

// outcomeOf computes what indicators need: flows by link, means by cell.
func (m *Model) outcomeOf(w *world, res *assignment.Result, scenario string, year int) *Outcome {
	out := &Outcome{Scenario: scenario, Year: year, Net: w.net, Capacity: w.capacities, Trace: res.Trace, Volume: res.Volume}
	m.fillLinks(w, res, out)
	m.fillOD(w, res, out)
	m.fillIndicators(w, res, out)
	return out
}

// fillLinks sums class flows of rides by link and direction.
func (m *Model) fillLinks(w *world, res *assignment.Result, out *Outcome) {
	type key struct {
		link network.LinkID
		back bool
	}
	for c := range m.in.Commodities {
		commodity := &m.in.Commodities[c]
		index := map[key]int{}
		first := len(out.Links)
		for i := range w.super.Arcs {
			a := &w.super.Arcs[i]
			flow := res.ArcFlow[c][i]
			if a.Kind != network.Ride || flow <= 0 {
				continue
			}
			delay := 0.0
			if a.Resource >= 0 {
				delay = res.DelayH[a.Resource]
			}
			timeH := w.costs[c].timeH[i] + delay
			cost := w.costs[c].moneyUSD[i] + commodity.ValueOfTimeUSDPerTH*timeH
			k := key{a.Link, !a.Forward}
			at, ok := index[k]
			if !ok {
				at = len(out.Links)
				index[k] = at
				r := LinkResult{Link: a.Link, Direction: 1, Commodity: od.CommodityID(c)}
				if !a.Forward {
					r.Direction = -1
				}
				out.Links = append(out.Links, r)
			}
			// Several layers of a link: means weighted by flow.
			r := &out.Links[at]
			r.TimeH = (r.TimeH*r.FlowTPerYr + timeH*flow) / (r.FlowTPerYr + flow)
			r.CostUSDPerT = (r.CostUSDPerT*r.FlowTPerYr + cost*flow) / (r.FlowTPerYr + flow)
			r.FlowTPerYr += flow
		}
		part := out.Links[first:]
		sort.Slice(part, func(i, j int) bool {
			if part[i].Link != part[j].Link {
				return part[i].Link < part[j].Link
			}
			return part[i].Direction > part[j].Direction
		})
	}
}

// fillLoads compares flows with capacities: of links, and of terminals,
// borders, groups and services.
func (m *Model) fillLoads(w *world, res *assignment.Result, out *Outcome) {
	n := len(w.net.Links)
	flow := make([][2]float64, n)
	for _, r := range out.Links {
		if r.Direction > 0 {
			flow[r.Link][0] += r.FlowTPerYr
		} else {
			flow[r.Link][1] += r.FlowTPerYr
		}
	}
	delay := make([][2]float64, n)
	byService := make([]float64, n) // capacity of scheduled services, each direction
	for i := range w.super.Resources {
		r := &w.super.Resources[i]
		switch r.Kind {
		case network.ServiceResource:
			if r.Direction > 0 {
				byService[r.Link] += r.CapacityTPerYr
			}
			out.Terminals = append(out.Terminals, m.terminalLoad(w, res, i, ""))
		case network.LinkResource:
			if r.Link < 0 {
				out.Terminals = append(out.Terminals, m.terminalLoad(w, res, i, ""))
				continue
			}
			if r.Direction >= 0 {
				delay[r.Link][0] = res.DelayH[i]
			}
			if r.Direction <= 0 {
				delay[r.Link][1] = res.DelayH[i]
			}
		default:
			out.Terminals = append(out.Terminals, m.terminalLoad(w, res, i, w.net.Nodes[r.Node].Key))
		}
	}
	for i := range w.net.Links {
		l := &w.net.Links[i]
		c := &w.capacities[i]
		capacity, scope := c.TPerYr*l.OpenShare, c.Scope
		if byService[i] > 0 {
			capacity, scope = byService[i], network.PerDirection
		}
		for dir := 0; dir < 2; dir++ {
			if dir == 1 && l.Directed {
				break
			}
			used := flow[i][dir]
			if scope == network.BothDirections {
				used = flow[i][0] + flow[i][1]
			}
			load := LinkLoad{Link: network.LinkID(i), Direction: 1 - 2*dir, FlowTPerYr: flow[i][dir], CapacityTPerYr: capacity, Scope: scope, DelayH: delay[i][dir]}
			if capacity > 0 && !math.IsInf(capacity, 1) {
				load.LoadRatio = used / capacity
			}
			out.Loads = append(out.Loads, load)
		}
	}
}

func (m *Model) terminalLoad(w *world, res *assignment.Result, i int, node string) TerminalLoad {
	r := &w.super.Resources[i]
	return TerminalLoad{Key: r.Key, Kind: r.Kind.String(), Node: node, Direction: r.Direction, FlowTPerYr: res.Volume[i],
		CapacityTPerYr: r.CapacityTPerYr, LoadRatio: res.Volume[i] / r.CapacityTPerYr, DelayH: res.DelayH[i]}
}

// mainShare is the least share of a cell's tonnes for a route to be listed.
const mainShare = 0.01

// fillOD computes the mean over each cell's routes.
func (m *Model) fillOD(w *world, res *assignment.Result, out *Outcome) {
	r := res.Routes
	for d, cell := range w.matrix {
		o := ODResult{From: cell.From, To: cell.To, Commodity: cell.Commodity, DemandTPerYr: cell.TPerYr, Anchor: cell.Anchor, Confidence: cell.Confidence, demand: int32(d)}
		first, last := r.First[d], r.First[d+1]
		q := w.problem.Demands[d].TPerYr
		if first == last || q == 0 {
			if cell.TPerYr > 0 {
				out.Unserved = append(out.Unserved, o)
			}
			continue
		}
		c := &m.in.Commodities[cell.Commodity]
		least := math.Inf(1)
		for k := first; k < last; k++ {
			route := m.route(w, res, int(cell.Commodity), k)
			share := res.RouteFlow[k] / q
			o.CostUSDPerT += share * route.CostUSDPerT
			o.MoneyUSDPerT += share * route.MoneyUSDPerT
			o.FeeUSDPerT += share * route.FeeUSDPerT
			o.TimeH += share * route.TimeH
			o.BorderH += share * route.BorderH
			o.DistanceKm += share * route.DistanceKm
			least = math.Min(least, route.CostUSDPerT)
		}
		o.PerceivedUSDPerT = least
		if m.in.Solver.Behaviour != "deterministic" {
			o.PerceivedUSDPerT = assignment.LogsumH(w.problem, r, d, res.DelayH) * c.ValueOfTimeUSDPerTH
		}
		out.OD = append(out.OD, o)
	}
}

// listRoutes lists the main routes of each cell, the most used first.
func (m *Model) listRoutes(w *world, res *assignment.Result, out *Outcome) {
	r := res.Routes
	for id := range out.OD {
		o := &out.OD[id]
		d := o.demand
		q := w.problem.Demands[d].TPerYr
		firstRoute := len(out.Routes)
		for k := r.First[d]; k < r.First[d+1]; k++ {
			share := res.RouteFlow[k] / q
			if share < mainShare {
				continue
			}
			route := m.route(w, res, int(o.Commodity), k)
			route.OD, route.Share, route.FlowTPerYr = int32(id), share, res.RouteFlow[k]
			route.Chain, route.Path = m.describe(w, r.ArcsOf(k))
			out.Routes = append(out.Routes, route)
		}
		mine := out.Routes[firstRoute:]
		sort.SliceStable(mine, func(i, j int) bool { return mine[i].Share > mine[j].Share })
		for i := range mine {
			mine[i].Rank = i + 1
		}
	}
}

// route sums the costs along route k for commodity c.
func (m *Model) route(w *world, res *assignment.Result, c int, k int32) RouteResult {
	var out RouteResult
	sd := 0.0
	costs := &w.costs[c]
	for _, i := range res.Routes.ArcsOf(k) {
		a := &w.super.Arcs[i]
		timeH := costs.timeH[i]
		if a.Resource >= 0 {
			timeH += res.DelayH[a.Resource]
		}
		out.MoneyUSDPerT += costs.moneyUSD[i]
		out.FeeUSDPerT += costs.feeUSD[i]
		out.TimeH += timeH
		sd += costs.sdH[i]
		switch a.Kind {
		case network.Cross:
			out.BorderH += timeH
		case network.Ride:
			out.DistanceKm += w.net.Links[a.Link].LengthKm
		}
	}
	commodity := &m.in.Commodities[c]
	out.CostUSDPerT = out.MoneyUSDPerT + commodity.ValueOfTimeUSDPerTH*out.TimeH + commodity.ValueOfReliabilityUSDTH*sd
	return out
}

// describe names the chain of modes of a route and the things along it.
func (m *Model) describe(w *world, arcs []int32) (chain, path string) {
	var c, p strings.Builder
	last := int16(-1)
	for _, i := range arcs {
		a := &w.super.Arcs[i]
		switch a.Kind {
		case network.Ride:
			if l := label(a); l != last {
				if last >= 0 {
					c.WriteString(" > ")
				}
				c.WriteString(w.net.Modes[a.Mode].Key)
				if a.Form != network.NoForm {
					c.WriteString(" " + a.Form.String())
				}
				last = l
			}
			sign := "+"
			if !a.Forward {
				sign = "-"
			}
			separate(&p)
			p.WriteString(sign + w.net.Links[a.Link].Key)
		case network.AtTerminal, network.Cross:
			separate(&p)
			t := &w.net.Terminals[a.Terminal]
			p.WriteString("@" + w.net.Nodes[t.Node].Key + " " + string(t.Kind))
		}
	}
	return c.String(), p.String()
}

func separate(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteByte(';')
	}
}
