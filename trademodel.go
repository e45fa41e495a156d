package karvan

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/trade"
)

// The ways in which goods may answer the cost of transport.
const (
	FixedTrade      = "fixed"      // tonnes are those of the study; what trade would do is told beside them
	EndogenousTrade = "endogenous" // tonnes are those of the joint fixed point of transport and trade
)

// The equilibria that trade is found in.
const (
	GeneralEquilibrium = "general equilibrium"
	PartialEquilibrium = "partial equilibrium" // output, expenditure and the prices of others held
)

// TradeModel says how trade answers the cost of transport. Without a Sigma the
// study has none.
type TradeModel struct {
	Response      string
	Sigma         float64 // elasticity of substitution between origins, more than 1
	Tolerance     float64 // of the joint fixed point, see [TradeOutcome]
	MaxIterations int
	SourceID      string
	Regions       []TradeRegion
	Cells         []TradeCell // the square table; empty: partial equilibrium
}

// TradeRegion is a country, or several, of the table of trade.
type TradeRegion struct {
	Key, Name string
	Countries []string // ISO 3166-1 alpha-2 of the zones that are part of it; the first one's growth is its own
	Groups    []string // zone groups that are part of it, before Countries
}

// TradeCell is what one region sells to another in a year, own sales included.
type TradeCell struct {
	Exporter, Importer   int     // into Regions
	ValueUSD             float64 // all goods
	EnergyUSD            float64 // the part that is energy, outside the reach of transport
	TariffShare          float64 // ad valorem, on the value with its transport
	SourceID, Confidence string
}

// TradeCostChange changes trade costs other than transport, on what the
// exporters sell to the importers; an empty list means all.
type TradeCostChange struct {
	Exporters, Importers []string
	TariffShare          *float64 // the new tariff
	Residual             *float64 // factor on all the rest: paper work, language, risk
}

func (c *TradeCostChange) has(list []string, key string) bool {
	for _, k := range list {
		if k == key {
			return true
		}
	}
	return len(list) == 0
}

// TradeOutcome is what the changed costs of a scenario do to trade, against the
// base in the same year.
type TradeOutcome struct {
	Method   string // general or partial equilibrium
	Response string
	// Iterations of the joint fixed point, and what was left: the tonnes by which
	// what trade asks for and what moved differ, over all tonnes. Both 0 where
	// tonnes are fixed.
	Iterations int
	Residual   float64
	Pairs      []TradePairResult
	Regions    []TradeRegionResult // none in partial equilibrium
}

// TradePairResult is what one region sells to another, USD a year. In general equilibrium
// values are at the new prices, world output held; in partial equilibrium they are what
// buyers pay.
type TradePairResult struct {
	Exporter, Importer string
	BaseUSD, USD       float64 // energy left out
	EnergyUSD          float64 // held
	TransportBase      float64 // transport cost as a share of the value, NaN where no goods of the network tell it
	Transport          float64
	Coverage           float64 // share of BaseUSD that the network's goods account for
}

// TradeRegionResult is what a scenario does for a region. RealOutput and Welfare are NaN
// where tariffs change: what they brought in is no part of the equilibrium, and a gain
// without that loss would be none.
type TradeRegionResult struct {
	Region                                   string
	ExportsBaseUSD, ExportsUSD               float64 // abroad, energy left out
	ImportsBaseUSD, ImportsUSD               float64
	RealOutput, Welfare, Price, CostOfLiving float64 // ratios to the base
}

// baseEntry is the base of a year: solved by the first who asks, while others wait.
// What it holds does not change any more.
type baseEntry struct {
	mu    sync.Mutex
	costs *baseCosts
}

// baseCosts is the cost of each cell of demand in the base of a year.
type baseCosts struct {
	cost      []float64 // USD/t by cell of the matrix, NaN where none is served
	perceived []float64
	tonnes    []float64
}

// RegionOf gives the region of each zone, -1 where it has none.
func (t *TradeModel) RegionOf(zones []od.Zone) []int {
	byGroup, byCountry := map[string]int{}, map[string]int{}
	for i, r := range t.Regions {
		for _, g := range r.Groups {
			byGroup[g] = i
		}
		for _, c := range r.Countries {
			byCountry[c] = i
		}
	}
	out := make([]int, len(zones))
	for z := range zones {
		out[z] = -1
		if i, ok := byGroup[zones[z].Group]; ok && zones[z].Group != "" {
			out[z] = i
		} else if i, ok := byCountry[zones[z].Country]; ok {
			out[z] = i
		}
	}
	return out
}

// tradeWorld is the table of trade of a year, energy left out.
type tradeWorld struct {
	method  string
	w       *trade.World
	keys    []string
	energy  []float64
	policy  []float64 // factor on trade cost by pair
	tariffs bool      // tariffs change, whose revenue the equilibrium does not have
	cells   []int     // flow -> cell
	flows   []trade.Flow
	regions []int
}

// tradeOf makes the table of trade of a world's year and the flows that its goods
// are.
func (m *Model) tradeOf(w *world, base *baseCosts, changes []Effect, year int) (*tradeWorld, error) {
	in := m.in
	t := &in.TradeModel
	out := &tradeWorld{method: GeneralEquilibrium, w: &trade.World{}}
	if len(t.Cells) == 0 {
		out.method = PartialEquilibrium
		index := map[string]int{}
		out.regions = make([]int, len(in.Zones))
		for z := range in.Zones {
			c := in.Zones[z].Country
			if _, ok := index[c]; !ok {
				index[c] = len(out.keys)
				out.keys = append(out.keys, c)
			}
			out.regions[z] = index[c]
		}
	} else {
		out.regions = t.RegionOf(in.Zones)
		for _, r := range t.Regions {
			out.keys = append(out.keys, r.Key)
		}
	}
	n := len(out.keys)
	out.w.Countries, out.w.Trade = out.keys, make([]float64, n*n)
	out.energy, out.policy = make([]float64, n*n), make([]float64, n*n)
	for k := range out.policy {
		out.policy[k] = 1
	}
	if len(t.Cells) > 0 {
		countries := make([]string, n)
		for i, r := range t.Regions {
			countries[i] = "*"
			if len(r.Countries) > 0 {
				countries[i] = r.Countries[0]
			}
		}
		level, err := od.Levels(in.Growth, countries, in.BaseYear, year)
		if err != nil {
			return nil, err
		}
		tariff := make([]float64, n*n)
		for _, c := range t.Cells {
			k := c.Exporter*n + c.Importer
			out.w.Trade[k] = (c.ValueUSD - c.EnergyUSD) * math.Pow(level[c.Exporter]*level[c.Importer], in.Elasticity/2)
			out.energy[k] = c.EnergyUSD
			tariff[k] = c.TariffShare
		}
		baseEffects, err := in.Effects("base")
		if err != nil {
			return nil, err
		}
		// The table is that of the base, whose own effects are in it.
		before := out.policyOf(baseEffects, tariff, year)
		out.policy = out.policyOf(changes, tariff, year)
		for k := range out.policy {
			out.policy[k] /= before[k]
		}
		out.tariffs = tariffsChange(changes, year) || tariffsChange(baseEffects, year)
	}
	for d := range w.matrix {
		cell := &w.matrix[d]
		c := &in.Commodities[cell.Commodity]
		from, to := out.regions[cell.From], out.regions[cell.To]
		if c.Energy || from < 0 || to < 0 || !(base.tonnes[d] > 0) || math.IsNaN(base.cost[d]) {
			continue
		}
		out.cells = append(out.cells, d)
		out.flows = append(out.flows, trade.Flow{Exporter: from, Importer: to, ValueUSD: base.tonnes[d] * c.ValueUSDPerT, Cost: 1})
		if len(t.Cells) == 0 {
			out.w.Trade[from*n+to] += base.tonnes[d] * c.ValueUSDPerT
		}
	}
	return out, nil
}

// policyOf gives the factor of effects on the trade cost of each pair, against the
// table's own tariffs.
func (t *tradeWorld) policyOf(effects []Effect, tariff []float64, year int) []float64 {
	n := len(t.keys)
	now := append([]float64(nil), tariff...)
	out := make([]float64, n*n)
	for k := range out {
		out[k] = 1
	}
	for _, e := range effects {
		if e.Trade == nil || !e.InForce(year) {
			continue
		}
		for k := range out {
			if k/n == k%n || !e.Trade.has(e.Trade.Exporters, t.keys[k/n]) || !e.Trade.has(e.Trade.Importers, t.keys[k%n]) {
				continue
			}
			if e.Trade.TariffShare != nil {
				out[k] *= (1 + *e.Trade.TariffShare) / (1 + now[k])
				now[k] = *e.Trade.TariffShare
			}
			if e.Trade.Residual != nil {
				out[k] *= *e.Trade.Residual
			}
		}
	}
	return out
}

func tariffsChange(effects []Effect, year int) bool {
	for _, e := range effects {
		if e.Trade != nil && e.Trade.TariffShare != nil && e.InForce(year) {
			return true
		}
	}
	return false
}

// price sets the cost of each flow from what its goods meet now: a buyer pays the
// value of a tonne and its transport, so that trade cost changes by
// (v + c₀ + Δ)/(v + c₀), where c₀ is the mean generalised cost in the base and Δ the
// change of the perceived cost (the logsum, by which users' gain is told too).
func (t *tradeWorld) price(m *Model, w *world, base *baseCosts, cost []float64) error {
	for f, d := range t.cells {
		c := &m.in.Commodities[w.matrix[d].Commodity]
		paid := c.ValueUSDPerT + base.cost[d]
		t.flows[f].Cost = 1 + (cost[d]-base.perceived[d])/paid
		if math.IsNaN(cost[d]) {
			t.flows[f].Cost = math.Inf(1) // no way any more
		}
		if !(t.flows[f].Cost > 0) {
			return fmt.Errorf("karvan: %s from %s to %s would cost less than nothing: the transport cost falls by %g USD/t, the goods and their transport cost %g", c.Name,
				m.in.Zones[w.matrix[d].From].Key, m.in.Zones[w.matrix[d].To].Key, base.perceived[d]-cost[d], paid)
		}
	}
	return nil
}

// respond gives what is carried of each flow over what was carried in the base, and
// the equilibrium that it belongs to (nil: partial).
func (t *tradeWorld) respond(sigma float64) ([]float64, *trade.Response, error) {
	if t.method == PartialEquilibrium {
		q, err := trade.RespondPartial(sigma, t.flows)
		return q, nil, err
	}
	r, err := trade.Respond(t.w, sigma, t.flows, t.policy)
	if err != nil {
		return nil, nil, err
	}
	return r.Quantity, r, nil
}

// perceived gives, by cell of demand, the mean and the perceived cost of a
// solution in USD/t; NaN where the cell has no route.
func (m *Model) perceived(w *world, res *assignment.Result) (cost, perceived []float64) {
	out := &Outcome{}
	cost, perceived = make([]float64, len(w.matrix)), make([]float64, len(w.matrix))
	for d := range cost {
		cost[d], perceived[d] = math.NaN(), math.NaN()
	}
	m.fillOD(w, res, out)
	for _, r := range out.OD {
		cost[r.demand], perceived[r.demand] = r.CostUSDPerT, r.PerceivedUSDPerT
	}
	return cost, perceived
}

// baseOf gives the costs of the base in a year, solved once.
func (m *Model) baseOf(ctx context.Context, year int, o Options) (*baseCosts, error) {
	b := m.baseEntry(year)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.costs != nil {
		return b.costs, nil
	}
	w, err := m.build("base", year)
	if err != nil {
		return nil, fmt.Errorf("scenario base, %d: %w", year, err)
	}
	res, err := m.solve(ctx, w, o)
	if res == nil {
		return nil, fmt.Errorf("scenario base, %d: %w", year, err)
	}
	b.costs = m.costsOf(w, res)
	return b.costs, nil
}

func (m *Model) baseEntry(year int) *baseEntry {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.bases[year]
	if !ok {
		b = &baseEntry{}
		m.bases[year] = b
	}
	return b
}

// costsOf keeps what others compare with of a solution of the base.
func (m *Model) costsOf(w *world, res *assignment.Result) *baseCosts {
	b := &baseCosts{tonnes: make([]float64, len(w.matrix))}
	b.cost, b.perceived = m.perceived(w, res)
	for d := range w.matrix {
		b.tonnes[d] = w.matrix[d].TPerYr
	}
	return b
}
