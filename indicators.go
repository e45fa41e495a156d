package karvan

import (
	"math"
	"sort"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
)

// tally adds values by name; names keep the order of their first use, so that
// sums and output never depend on a map.
type tally struct {
	index map[string]int
	names []string
	value []float64
}

func newTally() *tally { return &tally{index: map[string]int{}} }

func (t *tally) add(name string, v float64) {
	i, ok := t.index[name]
	if !ok {
		i = len(t.names)
		t.index[name] = i
		t.names = append(t.names, name)
		t.value = append(t.value, 0)
	}
	t.value[i] += v
}

// sorted gives the names in order.
func (t *tally) sorted() []string {
	out := append([]string(nil), t.names...)
	sort.Strings(out)
	return out
}

func (t *tally) get(name string) float64 { return t.value[t.index[name]] }

// fillIndicators computes the indicators of an outcome.
func (m *Model) fillIndicators(w *world, res *assignment.Result, out *Outcome) {
	add := func(id string, v float64, unit string) {
		out.Indicator = append(out.Indicator, Indicator{ID: id, Value: v, Unit: unit, Low: math.NaN(), High: math.NaN()})
	}
	var tonnes, cost, money, hours, border, km, loop float64
	for i := range out.OD {
		o := &out.OD[i]
		if m.in.Commodities[o.Commodity].Energy {
			continue
		}
		loop += o.DemandTPerYr
		cost += o.DemandTPerYr * o.CostUSDPerT
		money += o.DemandTPerYr * o.MoneyUSDPerT
		hours += o.DemandTPerYr * o.TimeH
		border += o.DemandTPerYr * o.BorderH
		km += o.DemandTPerYr * o.DistanceKm
	}
	for i := range out.OD {
		tonnes += out.OD[i].DemandTPerYr
	}
	unserved := 0.0
	for _, o := range out.Unserved {
		unserved += o.DemandTPerYr
	}
	add("tonnes", tonnes, "t/yr")
	add("unserved", unserved, "t/yr")
	if loop > 0 {
		add("mean_cost", cost/loop, "USD/t")
		add("mean_money", money/loop, "USD/t")
		add("mean_time", hours/loop, "h")
		add("mean_distance", km/loop, "km")
		add("mean_border_time", border/loop, "h")
	}
	add("border_hours", border, "t h/yr")
	m.tallyLinks(w, res, out, add)
	m.tallyFees(w, res, out, add)
	counts := m.count(w, res)
	for i := range m.in.Measures {
		add(m.in.Measures[i].Indicator, counts[i], m.in.Measures[i].Unit)
	}
}

// tallyLinks sums tonne-kilometres, tonnes and carbon by mode, commodity and
// country. An international link counts half to each of its countries.
func (m *Model) tallyLinks(w *world, res *assignment.Result, out *Outcome, add func(string, float64, string)) {
	tkm, co2 := newTally(), newTally()
	pr := pricer{w: w, memo: map[priceKey]float64{}}
	for _, r := range out.Links {
		l := &w.net.Links[r.Link]
		mode := -1
		for i := range w.net.Modes {
			if w.net.Modes[i].Key == l.Mode {
				mode = i
			}
		}
		c := &m.in.Commodities[r.Commodity]
		v := r.FlowTPerYr * l.LengthKm
		tkm.add("tkm", v)
		tkm.add("tkm.mode."+l.Mode, v)
		tkm.add("tkm.commodity."+c.Key, v)
		tkm.add("tkm.country."+w.net.Nodes[l.From].Country, v/2)
		tkm.add("tkm.country."+w.net.Nodes[l.To].Country, v/2)
		factor, _ := pr.get("co2e_g_per_tkm", int16(mode), c.Own, l.RateGroup, false)
		empties, _ := pr.get("empties_ratio", int16(mode), c.Own, "", false)
		emptyCO2, _ := pr.get("empty_return_co2_ratio", int16(mode), c.Own, "", false)
		grams := v * factor * (1 + empties*emptyCO2)
		co2.add("co2", grams/1e6)
		co2.add("co2.mode."+l.Mode, grams/1e6)
	}
	for _, name := range tkm.sorted() {
		add(name, tkm.get(name), "tkm/yr")
	}
	for _, name := range co2.sorted() {
		add(name, co2.get(name), "t CO2e/yr")
	}
	mode, country, commodity := newTally(), newTally(), newTally()
	for _, o := range out.OD {
		commodity.add("tonnes.commodity."+m.in.Commodities[o.Commodity].Key, o.DemandTPerYr)
		from, to := m.in.Zones[o.From].Country, m.in.Zones[o.To].Country
		country.add("tonnes.country."+from, o.DemandTPerYr)
		if to != from {
			country.add("tonnes.country."+to, o.DemandTPerYr)
		}
	}
	// Tonnes lifted by mode: what enters it, at a zone or a terminal, counts once a leg.
	for i := range w.super.Arcs {
		a := &w.super.Arcs[i]
		if a.Kind != network.Access && (a.Kind != network.AtTerminal || a.Before == a.Mode) {
			continue
		}
		for c := range m.in.Commodities {
			if flow := res.ArcFlow[c][i]; flow > 0 {
				mode.add("tonnes.mode."+w.net.Modes[a.Mode].Key, flow)
			}
		}
	}
	for _, t := range []*tally{mode, country, commodity} {
		for _, name := range t.sorted() {
			add(name, t.get(name), "t/yr")
		}
	}
}

// tallyFees sums tariffs, tolls and border fees by the country that takes
// them: transfers, not benefits.
func (m *Model) tallyFees(w *world, res *assignment.Result, out *Outcome, add func(string, float64, string)) {
	fees := newTally()
	for i := range w.super.Arcs {
		a := &w.super.Arcs[i]
		country := ""
		switch a.Kind {
		case network.Ride:
			country = w.net.Nodes[w.net.Links[a.Link].From].Country
		case network.Cross, network.AtTerminal:
			country = w.net.Nodes[w.net.Terminals[a.Terminal].Node].Country
		default:
			continue
		}
		for c := range m.in.Commodities {
			if fee := w.costs[c].feeUSD[i]; fee > 0 && res.ArcFlow[c][i] > 0 {
				fees.add("fees.country."+country, fee*res.ArcFlow[c][i])
			}
		}
	}
	for _, name := range fees.sorted() {
		add(name, fees.get(name), "USD/yr")
	}
}

// counter is a measure made ready for one network.
type counter struct {
	m          *Measure
	links      []bool // by link
	also       []bool
	not        []bool
	family     []bool // by mode
	conversion *Conversion
}

// count gives every measure's value over the routes of a solution: each route
// counts once, however many of the named links it uses.
func (m *Model) count(w *world, res *assignment.Result) []float64 {
	out := make([]float64, len(m.in.Measures))
	counters := make([]counter, len(m.in.Measures))
	for i := range counters {
		counters[i] = m.counter(w, &m.in.Measures[i])
	}
	r := res.Routes
	for d, cell := range w.matrix {
		from, to := m.in.Zones[cell.From].Country, m.in.Zones[cell.To].Country
		for k := r.First[d]; k < r.First[d+1]; k++ {
			if res.RouteFlow[k] <= 0 {
				continue
			}
			arcs := r.ArcsOf(k)
			for i := range counters {
				if !counters[i].trafficMatches(from, to) || !counters[i].commodityMatches(m.in.Commodities[cell.Commodity].Key) {
					continue
				}
				if form, ok := counters[i].uses(w, arcs, m.in.Commodities[cell.Commodity].Own); ok {
					out[i] += res.RouteFlow[k] * counters[i].perT(form)
				}
			}
		}
	}
	return out
}

func (m *Model) counter(w *world, measure *Measure) counter {
	c := counter{m: measure, links: linkSet(w.net, measure.Links), also: linkSet(w.net, measure.AlsoLinks), not: linkSet(w.net, measure.NotLinks)}
	c.family = make([]bool, len(w.net.Modes))
	for i, mode := range w.net.Modes {
		c.family[i] = string(mode.Family) == measure.Family || mode.Key == measure.Family
	}
	for i := range m.in.Conversions {
		if m.in.Conversions[i].Key == measure.Conversion {
			c.conversion = &m.in.Conversions[i]
		}
	}
	return c
}

func linkSet(n *network.Network, keys []string) []bool {
	set := make([]bool, len(n.Links))
	for _, k := range keys {
		if id, ok := n.LinkByKey(k); ok {
			set[id] = true
		}
	}
	return set
}

func (c *counter) trafficMatches(from, to string) bool {
	at := c.m.Country
	switch c.m.Traffic {
	case "domestic":
		return from == at && to == at
	case "import":
		return from != at && to == at
	case "export":
		return from == at && to != at
	case "transit":
		return from != at && to != at
	case "international":
		return from != to && (from == at || to == at)
	}
	return true
}

func (c *counter) commodityMatches(key string) bool {
	if len(c.m.Commodities) == 0 {
		return true
	}
	for _, k := range c.m.Commodities {
		if k == key {
			return true
		}
	}
	return false
}

// uses reports whether a route meets the measure, and in which form the goods
// were at the first of the measure's links.
func (c *counter) uses(w *world, arcs []int32, own network.Form) (network.Form, bool) {
	form, hit := own, len(c.m.Links) == 0
	also, country := len(c.m.AlsoLinks) == 0, c.m.Family == ""
	for _, i := range arcs {
		a := &w.super.Arcs[i]
		if a.Kind != network.Ride {
			continue
		}
		if c.not[a.Link] {
			return form, false
		}
		if len(c.m.Links) > 0 && !hit && c.links[a.Link] && (c.m.Direction == 0 || (c.m.Direction > 0) == a.Forward) {
			f := a.Form
			if f == network.NoForm {
				f = own
			}
			if c.m.Forms == 0 || c.m.Forms.Has(f) {
				form, hit = f, true
			}
		}
		also = also || c.also[a.Link]
		if !country && c.family[a.Mode] {
			l := &w.net.Links[a.Link]
			country = w.net.Nodes[l.From].Country == c.m.Country && w.net.Nodes[l.To].Country == c.m.Country
		}
	}
	return form, hit && also && country
}

// perT is the factor from net tonnes to the measure's unit.
func (c *counter) perT(f network.Form) float64 {
	if c.conversion == nil {
		return 1
	}
	if v, ok := c.conversion.PerT[f]; ok {
		return v
	}
	return c.conversion.Other
}
