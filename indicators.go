package karvan

import (
	"math"
	"math/bits"
	"slices"
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

// counters are the measures made ready for one network. What a route meets on its
// way is gathered as bits, one for each measure, so that a route is walked once
// for all of them.
type counters struct {
	m          *Model
	conversion []*Conversion // by measure
	// By arc and block of 64 measures: the bit of a measure is set where the
	// arc is one of its links (in its direction and form), its also_links, its
	// not_links, or a ride of its family in its country.
	links, also, not, family [][]uint64
	needs                    [3][]uint64 // measures that want links, also_links, a family
}

// count gives every measure's value over the routes of a solution: each route
// counts once, however many of the named links it uses.
func (m *Model) count(w *world, res *assignment.Result) []float64 {
	out := make([]float64, len(m.in.Measures))
	m.eachCount(w, res, func(measure, _ int, v float64) { out[measure] += v })
	return out
}

// eachCount gives what each route of each cell of demand adds to each measure.
func (m *Model) eachCount(w *world, res *assignment.Result, add func(measure, cell int, v float64)) {
	if len(m.in.Measures) == 0 {
		return
	}
	c := m.counters(w)
	r := res.Routes
	blocks := (len(m.in.Measures) + 63) / 64
	for d, cell := range w.matrix {
		from, to := m.in.Zones[cell.From].Country, m.in.Zones[cell.To].Country
		commodity := &m.in.Commodities[cell.Commodity]
		for b := 0; b < blocks; b++ {
			may := c.may(b, from, to, commodity.Key)
			if may == 0 {
				continue
			}
			for k := r.First[d]; k < r.First[d+1]; k++ {
				if res.RouteFlow[k] <= 0 {
					continue
				}
				arcs := r.ArcsOf(k)
				var links, also, not, family uint64
				for _, a := range arcs {
					links |= c.links[b][a]
					also |= c.also[b][a]
					not |= c.not[b][a]
					family |= c.family[b][a]
				}
				hit := may &^ not & (links | ^c.needs[0][b]) & (also | ^c.needs[1][b]) & (family | ^c.needs[2][b])
				for hit != 0 {
					i := b*64 + bits.TrailingZeros64(hit)
					hit &= hit - 1
					add(i, d, res.RouteFlow[k]*c.perT(w, i, arcs, commodity.Own))
				}
			}
		}
	}
}

func (m *Model) counters(w *world) *counters {
	measures := m.in.Measures
	blocks := (len(measures) + 63) / 64
	c := &counters{m: m, conversion: make([]*Conversion, len(measures))}
	for _, set := range []*[][]uint64{&c.links, &c.also, &c.not, &c.family} {
		*set = make([][]uint64, blocks)
		for b := range *set {
			(*set)[b] = make([]uint64, len(w.super.Arcs))
		}
	}
	for k := range c.needs {
		c.needs[k] = make([]uint64, blocks)
	}
	for i := range measures {
		x := &measures[i]
		b, bit := i/64, uint64(1)<<(i%64)
		for k, wanted := range []bool{len(x.Links) > 0, len(x.AlsoLinks) > 0, x.Family != ""} {
			if wanted {
				c.needs[k][b] |= bit
			}
		}
		for k := range m.in.Conversions {
			if m.in.Conversions[k].Key == x.Conversion {
				c.conversion[i] = &m.in.Conversions[k]
			}
		}
		links, also, not := linkSet(w.net, x.Links), linkSet(w.net, x.AlsoLinks), linkSet(w.net, x.NotLinks)
		for a := range w.super.Arcs {
			arc := &w.super.Arcs[a]
			if arc.Kind != network.Ride {
				continue
			}
			if links[arc.Link] && x.countsOn(arc) {
				c.links[b][a] |= bit
			}
			if also[arc.Link] {
				c.also[b][a] |= bit
			}
			if not[arc.Link] {
				c.not[b][a] |= bit
			}
			l := &w.net.Links[arc.Link]
			mode := w.net.Modes[arc.Mode]
			if (string(mode.Family) == x.Family || mode.Key == x.Family) && w.net.Nodes[l.From].Country == x.Country && w.net.Nodes[l.To].Country == x.Country {
				c.family[b][a] |= bit
			}
		}
	}
	return c
}

// countsOn reports whether a ride over one of the measure's links counts: in
// its direction, and in its layer where the link has layers.
func (x *Measure) countsOn(a *network.Arc) bool {
	if x.Direction != 0 && (x.Direction > 0) != a.Forward {
		return false
	}
	return x.Forms == 0 || a.Form == network.NoForm || x.Forms.Has(a.Form)
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

// may gives the measures of a block that count goods between two countries.
func (c *counters) may(block int, from, to, commodity string) uint64 {
	var out uint64
	for i := block * 64; i < min(len(c.m.in.Measures), block*64+64); i++ {
		x := &c.m.in.Measures[i]
		if x.trafficMatches(from, to) && (len(x.Commodities) == 0 || slices.Contains(x.Commodities, commodity)) {
			out |= 1 << (i % 64)
		}
	}
	return out
}

func (x *Measure) trafficMatches(from, to string) bool {
	at := x.Country
	switch x.Traffic {
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

// perT is the factor from net tonnes to the unit of measure i, for the form
// that the goods have on the first of its links.
func (c *counters) perT(w *world, i int, arcs []int32, own network.Form) float64 {
	conv := c.conversion[i]
	if conv == nil {
		return 1
	}
	form := own
	for _, a := range arcs {
		if c.links[i/64][a]&(1<<(i%64)) != 0 {
			if f := w.super.Arcs[a].Form; f != network.NoForm {
				form = f
			}
			break
		}
	}
	if v, ok := conv.PerT[form]; ok {
		return v
	}
	return conv.Other
}
