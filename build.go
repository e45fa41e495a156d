package karvan

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/routing"
)

// arcCosts are what a tonne of one commodity meets on each arc, without delay.
type arcCosts struct {
	moneyUSD []float64 // price paid, fees included
	feeUSD   []float64 // the part that is a transfer: tariffs, tolls, border fees
	timeH    []float64
	sdH      []float64
}

// world is a scenario's network in one year, ready to be solved.
type world struct {
	net        *network.Network
	capacities []LinkCapacity
	super      *network.Supernetwork
	costs      []arcCosts // by commodity
	problem    *assignment.Problem
	matrix     od.Matrix
	table      CostTable
	tariff     map[network.LinkID]float64 // USD/t of pipelines that have one, in the place of rates
}

// build makes the world of a scenario in a year.
func (m *Model) build(scenario string, year int) (*world, error) {
	effects, err := m.in.Effects(scenario)
	if err != nil {
		return nil, err
	}
	changes := make([]network.Change, 0, len(effects))
	table := m.in.Costs
	for _, e := range effects {
		if e.Trade != nil {
			continue // not a matter of the network
		}
		if e.Pipeline != nil {
			continue // worked out below, as its hydraulics ask for the whole line
		}
		if e.Cost == nil {
			changes = append(changes, e.Change)
		} else if e.InForce(year) {
			if table, err = table.change(e.Cost); err != nil {
				return nil, err
			}
		}
	}
	lines, err := m.pipelines(effects, year)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if len(l.dead) > 0 {
			changes = append(changes, network.Change{Kind: network.CloseLink, Links: l.dead})
		}
	}
	changed, err := m.in.Network.Apply(changes, year)
	if err != nil {
		return nil, err
	}
	w := &world{net: changed.At(year), table: table}
	if w.capacities, err = Capacities(w.net, m.in.Network.At(year), table); err != nil {
		return nil, err
	}
	w.carry(lines, m)
	w.super, err = network.Build(w.net, len(m.in.Zones), m.in.Connectors, func(id network.LinkID) (float64, network.Scope, float64) {
		c := &w.capacities[id]
		return c.TPerYr, c.Scope, c.FreeTimeH
	})
	if err != nil {
		return nil, err
	}
	w.matrix, err = od.Carry(m.in.Demand, m.in.Zones, m.in.Growth, m.in.elasticities(), m.in.BaseYear, year)
	if err != nil {
		return nil, err
	}
	if err := m.problem(w); err != nil {
		return nil, err
	}
	return w, nil
}

// change gives a copy of the table with one change made.
func (c CostTable) change(e *CostChange) (CostTable, error) {
	out := append(CostTable(nil), c...)
	found := false
	for i := range out {
		r := &out[i]
		if r.Parameter != e.Parameter || e.Mode != "" && r.Mode != e.Mode || e.Form != "" && r.Form != e.Form || e.Group != "" && r.Group != e.Group {
			continue
		}
		found = true
		if e.Set != nil {
			r.Value = *e.Set
		}
		if e.Multiply != nil {
			r.Value *= *e.Multiply
		}
	}
	if !found {
		return nil, fmt.Errorf("karvan: change_cost: cost.csv has no row %s %s %s %s", e.Parameter, e.Mode, e.Form, e.Group)
	}
	return out, nil
}

// problem makes the assignment problem of a world.
func (m *Model) problem(w *world) error {
	s := w.super
	n := len(s.Arcs)
	from, to := make([]int32, n), make([]int32, n)
	p := &assignment.Problem{Resource: make([]int32, n), Label: make([]int16, n), LengthKm: make([]float64, n)}
	for i := range s.Arcs {
		a := &s.Arcs[i]
		from[i], to[i], p.Resource[i], p.Label[i] = a.From, a.To, a.Resource, -1
		if a.Kind == network.Ride {
			p.LengthKm[i] = w.net.Links[a.Link].LengthKm
			p.Label[i] = label(a)
		}
	}
	p.Graph = routing.NewGraph(len(s.States), from, to)
	p.Delay = make([]assignment.VDF, len(s.Resources))
	for i := range s.Resources {
		p.Delay[i] = m.delay(&s.Resources[i])
	}
	w.costs = make([]arcCosts, len(m.in.Commodities))
	for c := range m.in.Commodities {
		class, costs, err := m.class(w, &m.in.Commodities[c])
		if err != nil {
			return err
		}
		p.Classes = append(p.Classes, class)
		w.costs[c] = costs
	}
	for _, cell := range w.matrix {
		p.Demands = append(p.Demands, assignment.Demand{Class: int32(cell.Commodity), Origin: s.Origin[cell.From], Dest: s.Destination[cell.To], TPerYr: cell.TPerYr})
	}
	w.problem = p
	return nil
}

// label packs mode and layer of a ride into the mark by which mode chains are
// told apart.
func label(a *network.Arc) int16 { return a.Mode<<4 | int16(a.Form&15) }

// delay is the volume-delay function of a resource, by the study's rules.
func (m *Model) delay(r *network.Resource) assignment.VDF {
	for _, rule := range m.in.Delays {
		if rule.AppliesTo == r.Kind.String() && (rule.Family == "" || rule.Family == string(r.Family)) {
			return assignment.VDF{Kind: rule.Kind, Capacity: r.CapacityTPerYr, RefTimeH: r.RefTimeH, A: rule.A, B: rule.B}
		}
	}
	return assignment.VDF{Capacity: r.CapacityTPerYr, RefTimeH: r.RefTimeH}
}

// class prices every arc for a commodity.
func (m *Model) class(w *world, c *Commodity) (assignment.Class, arcCosts, error) {
	n := len(w.super.Arcs)
	costs := arcCosts{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	class := assignment.Class{Name: c.Key, FixedH: make([]float64, n),
		DispersionPerH: c.DispersionTPerUSD * c.ValueOfTimeUSDPerTH, NestRatio: m.in.Solver.NestRatio}
	allowed := make([]bool, len(w.net.Modes))
	for i, mode := range w.net.Modes {
		for _, key := range c.Modes {
			allowed[i] = allowed[i] || key == mode.Key || key == string(mode.Family)
		}
	}
	pr := pricer{w: w, c: c, memo: map[priceKey]float64{}}
	for i := range w.super.Arcs {
		a := &w.super.Arcs[i]
		if !allowed[a.Mode] || !allowed[a.Before] || !mayUse(c, a) {
			class.FixedH[i] = math.Inf(1)
			continue
		}
		if err := pr.price(a, &costs, i); err != nil {
			return class, costs, err
		}
		class.FixedH[i] = costs.timeH[i] + (costs.moneyUSD[i]+c.ValueOfReliabilityUSDTH*costs.sdH[i])/c.ValueOfTimeUSDPerTH
	}
	return class, costs, nil
}

// mayUse reports whether a commodity's cargo form may go along an arc.
func mayUse(c *Commodity, a *network.Arc) bool {
	if a.Form != network.NoForm {
		return c.Forms.Has(a.Form)
	}
	return a.Allowed.Has(c.Own)
}

type priceKey struct {
	parameter string
	mode      int16
	form      network.Form
	group     string
}

// pricer looks prices up for one commodity, each once.
type pricer struct {
	w    *world
	c    *Commodity
	memo map[priceKey]float64
}

func (p *pricer) get(parameter string, mode int16, form network.Form, group string, must bool) (float64, error) {
	k := priceKey{parameter, mode, form, group}
	if v, ok := p.memo[k]; ok {
		return v, nil
	}
	v, ok := p.w.table.Find(parameter, p.w.net.Modes[mode], form, group)
	if !ok && must {
		_, err := p.w.table.need(parameter, p.w.net.Modes[mode], form, group)
		return 0, err
	}
	p.memo[k] = v
	return v, nil
}

// price fills the costs of one arc.
func (p *pricer) price(a *network.Arc, out *arcCosts, i int) error {
	form := a.Form
	if form == network.NoForm {
		form = p.c.Own
	}
	net := p.w.net
	switch a.Kind {
	case network.Ride:
		l := &net.Links[a.Link]
		rate, err := p.get("rate_usd_per_tkm", a.Mode, form, l.RateGroup, true)
		if err != nil {
			return fmt.Errorf("link %s: %w", l.Key, err)
		}
		empties, err := p.get("empties_ratio", a.Mode, form, "", false)
		if err != nil {
			return err
		}
		emptyCost, err := p.get("empty_return_cost_ratio", a.Mode, form, "", false)
		if err != nil {
			return err
		}
		out.moneyUSD[i] = rate*l.RateFactor*l.LengthKm*(1+empties*emptyCost) + l.TariffUSDPerT
		if usd, ok := p.w.tariff[a.Link]; ok {
			out.moneyUSD[i] = usd + l.TariffUSDPerT
		}
		out.feeUSD[i] = l.TariffUSDPerT
		if !math.IsNaN(l.FreeTimeH) {
			out.timeH[i] = l.FreeTimeH
			return nil
		}
		speed := l.SpeedKmPerH
		if math.IsNaN(speed) {
			if speed, err = p.get("speed_km_per_h", a.Mode, form, "", true); err != nil {
				return fmt.Errorf("link %s: %w", l.Key, err)
			}
		}
		out.timeH[i] = l.LengthKm / speed
	case network.Cross, network.AtTerminal:
		t := &net.Terminals[a.Terminal]
		out.timeH[i], out.sdH[i] = t.DwellH, t.DwellSDH
		out.moneyUSD[i], out.feeUSD[i] = t.CostUSDPerT+t.FeeUSDPerT, t.FeeUSDPerT
		before, after := net.Modes[a.Before].Family, net.Modes[a.Mode].Family
		if a.Kind == network.AtTerminal && before != after {
			// A new leg begins. Goods that come ashore have waited in the
			// port's dwell; goods from another land mode wait for a departure.
			return p.start(a.Mode, form, out, i, before == network.Rail || before == network.Road)
		}
	case network.Access:
		c := &p.w.super.Connectors[a.Terminal]
		out.timeH[i], out.moneyUSD[i] = c.TimeH, c.CostUSDPerT
		if err := p.door(a.Mode, form, out, i); err != nil {
			return err
		}
		return p.start(a.Mode, form, out, i, true)
	case network.Egress:
		c := &p.w.super.Connectors[a.Terminal]
		out.timeH[i], out.moneyUSD[i] = c.TimeH, c.CostUSDPerT
		return p.door(a.Mode, form, out, i)
	case network.Board:
		// Half a headway: a week of 168 h has that many sailings.
		out.timeH[i] = 84 / net.Services[a.Service].SailingsPerWeek
	}
	return nil
}

// door adds what it takes to bring goods from their door to a mode, or back:
// a truck and a lift where there is no siding.
func (p *pricer) door(mode int16, form network.Form, out *arcCosts, i int) error {
	usd, err := p.get("access_usd_per_t", mode, form, "", false)
	if err != nil {
		return err
	}
	hours, err := p.get("access_h", mode, form, "", false)
	out.moneyUSD[i] += usd
	out.timeH[i] += hours
	return err
}

// start adds what a leg costs before it moves.
func (p *pricer) start(mode int16, form network.Form, out *arcCosts, i int, waits bool) error {
	fixed, err := p.get("fixed_usd_per_t", mode, form, "", false)
	if err != nil {
		return err
	}
	out.moneyUSD[i] += fixed
	if !waits {
		return nil
	}
	wait, err := p.get("wait_departure_h", mode, form, "", false)
	out.timeH[i] += wait
	return err
}
