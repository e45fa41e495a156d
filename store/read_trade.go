package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/karvan/karvan"
)

// Trade reads what a scenario does to trade in a year; nil where the file tells
// nothing of it (the base, and studies without a model of trade).
func (r *Result) Trade(scenario string, year int) (*karvan.TradeOutcome, error) {
	if ok, err := r.HasTable("trade_loop"); !ok || err != nil {
		return nil, err
	}
	t := &karvan.TradeOutcome{}
	err := r.DB.QueryRow("SELECT response, method, iterations, residual FROM trade_loop WHERE scenario_id = ? AND year = ?", scenario, year).Scan(&t.Response, &t.Method, &t.Iterations, &t.Residual)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	rows, err := r.DB.Query("SELECT exporter, importer, base_usd, value_usd, energy_usd, transport_share_base, transport_share, coverage FROM trade_result WHERE scenario_id = ? AND year = ? ORDER BY fid", scenario, year)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var p karvan.TradePairResult
		var before, after sql.NullFloat64
		if err := rows.Scan(&p.Exporter, &p.Importer, &p.BaseUSD, &p.USD, &p.EnergyUSD, &before, &after, &p.Coverage); err != nil {
			return nil, err
		}
		p.TransportBase, p.Transport = orNaN(before), orNaN(after)
		t.Pairs = append(t.Pairs, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	regions, err := r.DB.Query("SELECT region_id, exports_base_usd, exports_usd, imports_base_usd, imports_usd, real_output_percent, welfare_percent, price_percent, cost_of_living_percent FROM trade_region WHERE scenario_id = ? AND year = ? ORDER BY fid", scenario, year)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer regions.Close()
	for regions.Next() {
		var x karvan.TradeRegionResult
		var output, welfare sql.NullFloat64
		if err := regions.Scan(&x.Region, &x.ExportsBaseUSD, &x.ExportsUSD, &x.ImportsBaseUSD, &x.ImportsUSD, &output, &welfare, &x.Price, &x.CostOfLiving); err != nil {
			return nil, err
		}
		x.RealOutput, x.Welfare = orNaN(output), orNaN(welfare)
		for _, v := range []*float64{&x.RealOutput, &x.Welfare, &x.Price, &x.CostOfLiving} {
			*v = 1 + *v/100
		}
		t.Regions = append(t.Regions, x)
	}
	return t, regions.Err()
}

func (r *Result) HasTable(name string) (bool, error) {
	var n int
	err := r.DB.QueryRow("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?", name).Scan(&n)
	return n > 0, err
}

func orNaN(v sql.NullFloat64) float64 {
	if v.Valid {
		return v.Float64
	}
	return math.NaN()
}
