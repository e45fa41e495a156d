package store

import (
	"math"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/internal/gpkg"
)

// tradeTables are the tables of what scenarios do to trade.
func (w *Writer) tradeTables() []insertTable {
	return []insertTable{
		{&w.tradeResult, gpkg.Table{Name: "trade_result", Title: "What each scenario does to trade between regions, energy left out, against the base of the year", Columns: columns("scenario_id TEXT", "year INTEGER",
			"exporter TEXT", "importer TEXT", "base_usd REAL", "value_usd REAL", "change_percent REAL", "energy_usd REAL", "transport_share_base REAL", "transport_share REAL", "coverage REAL", "method TEXT"),
			Indexes: []string{"scenario_id, year"}}},
		{&w.tradeRegion, gpkg.Table{Name: "trade_region", Title: "What each scenario does for each region by way of trade", Columns: columns("scenario_id TEXT", "year INTEGER", "region_id TEXT",
			"exports_base_usd REAL", "exports_usd REAL", "imports_base_usd REAL", "imports_usd REAL", "real_output_percent REAL", "welfare_percent REAL", "price_percent REAL", "cost_of_living_percent REAL"),
			Indexes: []string{"scenario_id, year"}}},
		{&w.tradeLoop, gpkg.Table{Name: "trade_loop", Title: "How transport and trade came together", Columns: columns("scenario_id TEXT", "year INTEGER", "response TEXT", "method TEXT", "iterations INTEGER", "residual REAL")}},
	}
}

// trade writes what a scenario does to trade.
func (w *Writer) trade(scenario string, year int, t *karvan.TradeOutcome) error {
	if t == nil {
		return nil
	}
	for _, p := range t.Pairs {
		change := any(nil)
		if p.BaseUSD > 0 {
			change = 100 * (p.USD/p.BaseUSD - 1)
		}
		if err := w.tradeResult.Row(scenario, year, p.Exporter, p.Importer, p.BaseUSD, p.USD, change, p.EnergyUSD, known(p.TransportBase), known(p.Transport), p.Coverage, t.Method); err != nil {
			return err
		}
	}
	percent := func(ratio float64) float64 { return 100 * (ratio - 1) }
	for _, r := range t.Regions {
		if err := w.tradeRegion.Row(scenario, year, r.Region, r.ExportsBaseUSD, r.ExportsUSD, r.ImportsBaseUSD, r.ImportsUSD, known(percent(r.RealOutput)), known(percent(r.Welfare)), percent(r.Price), percent(r.CostOfLiving)); err != nil {
			return err
		}
	}
	return w.tradeLoop.Row(scenario, year, t.Response, t.Method, t.Iterations, t.Residual)
}

// known is a number, or NULL where there is none.
func known(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// writeSeries lists the bilateral series as they were told.
func (w *Writer) writeSeries() error {
	return w.fill(gpkg.Table{Name: "trade_series", Title: "Bilateral trade as it was told", Columns: columns("reporter TEXT", "partner TEXT", "flow TEXT", "product TEXT", "period TEXT", "cumulative BOOLEAN",
		"value_usd REAL", "source_id TEXT", "confidence TEXT", "known_on TEXT", "note TEXT"), Indexes: []string{"reporter, partner, flow"}}, func(i *gpkg.Insert) error {
		for _, r := range w.m.Inputs().Trade {
			if err := i.Row(r.Reporter, r.Partner, r.Flow, r.Product, r.Period, r.Cumulative, r.ValueUSD, r.SourceID, r.Confidence, r.KnownOn, r.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeNowcasts writes what the year of the base date will close at, for every
// series that a target names, from what was known on that day. A series of which
// nothing was known has no row.
func (w *Writer) writeNowcasts() error {
	in := w.m.Inputs()
	return w.fill(gpkg.Table{Name: "nowcast", Title: "What a year of trade will close at, as known on the base date", Columns: columns("reporter TEXT", "partner TEXT", "flow TEXT", "year INTEGER", "as_of TEXT",
		"median_usd REAL", "low_50_usd REAL", "high_50_usd REAL", "low_80_usd REAL", "high_80_usd REAL", "low_95_usd REAL", "high_95_usd REAL", "observed_to TEXT", "method TEXT")}, func(i *gpkg.Insert) error {
		for _, k := range in.TargetSeries() {
			n, err := in.NowcastOf(k, 0, in.BaseDate)
			if err != nil {
				continue
			}
			i50, i80, i95 := n.Interval(0.5), n.Interval(0.8), n.Interval(0.95)
			if err := i.Row(k.Reporter, k.Partner, k.Flow, n.Year, n.AsOf, n.Median, i50[0], i50[1], i80[0], i80[1], i95[0], i95[1], n.ObservedTo, n.Method); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeTargetResults writes every target as it was seen on the base date.
func (w *Writer) writeTargetResults() error {
	in := w.m.Inputs()
	return w.fill(gpkg.Table{Name: "target_result", Title: "Targets as seen on the base date", Columns: columns("target_id TEXT", "as_of TEXT", "probability REAL", "required_growth REAL", "best_growth_seen REAL",
		"from_year INTEGER", "from_value REAL", "reached BOOLEAN", "reason TEXT", "energy_usd REAL", "required_growth_without_energy REAL", "reason_without_energy TEXT")}, func(i *gpkg.Insert) error {
		for _, t := range in.ReadTargets(in.BaseDate) {
			reached, year := any(nil), any(nil)
			if t.Reached != nil {
				reached = *t.Reached
			}
			if t.FromYear > 0 {
				year = t.FromYear
			}
			energy, growth, reason := any(nil), any(nil), ""
			if e := t.WithoutEnergy; e != nil {
				energy, growth, reason = known(e.EnergyUSD), known(e.RequiredGrowth), e.Reason
			}
			if err := i.Row(t.Key, t.AsOf, known(t.Probability), known(t.RequiredGrowth), known(t.BestGrowthSeen), year, known(t.From), reached, t.Reason, energy, growth, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeRegions lists the regions of the table of trade.
func (w *Writer) writeRegions() error {
	return w.fill(gpkg.Table{Name: "trade_region_name", Title: "Regions of the table of trade", Columns: columns("region_id TEXT", "name TEXT", "countries TEXT")}, func(i *gpkg.Insert) error {
		for _, r := range w.m.Inputs().TradeModel.Regions {
			countries := ""
			for k, c := range r.Countries {
				if k > 0 {
					countries += ";"
				}
				countries += c
			}
			if err := i.Row(r.Key, r.Name, countries); err != nil {
				return err
			}
		}
		return nil
	})
}
