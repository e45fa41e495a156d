package main

import (
	"fmt"
	"io"
	"math"
	"sort"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/store"
)

// tradeShowing is what a scenario does to trade, for show and compare.
type tradeShowing struct {
	Scenario   string           `json:"scenario_id"`
	Year       int              `json:"year"`
	Method     string           `json:"method"`
	Response   string           `json:"response"`
	Iterations int              `json:"iterations"`
	Residual   float64          `json:"residual"`
	Binding    string           `json:"binding"`
	Regions    []tradeRegionRow `json:"regions"` // empty in partial equilibrium
	Pairs      []tradePairRow   `json:"pairs"`
}

type tradeRegionRow struct {
	Region     string   `json:"region_id"`
	Exports    *float64 `json:"exports_percent"`
	Imports    *float64 `json:"imports_percent"`
	RealOutput *float64 `json:"real_output_percent"`
	Welfare    *float64 `json:"welfare_percent"`
}

type tradePairRow struct {
	Exporter  string   `json:"exporter"`
	Importer  string   `json:"importer"`
	BaseUSD   float64  `json:"base_usd"`
	USD       float64  `json:"value_usd"`
	Before    *float64 `json:"transport_share_base"`
	Transport *float64 `json:"transport_share"`
	Coverage  float64  `json:"coverage"`
}

// change is by how much the trade of a pair differs from the base, USD.
func (p *tradePairRow) change() float64 { return p.USD - p.BaseUSD }

// showTrade turns an outcome of trade into what is shown; nil where there is none.
func showTrade(o *karvan.TradeOutcome, scenario string, year int, binding string) *tradeShowing {
	if o == nil {
		return nil
	}
	s := &tradeShowing{Scenario: scenario, Year: year, Method: o.Method, Response: o.Response, Iterations: o.Iterations, Residual: o.Residual, Binding: binding, Regions: []tradeRegionRow{}, Pairs: []tradePairRow{}}
	for _, r := range o.Regions {
		s.Regions = append(s.Regions, tradeRegionRow{r.Region, orNull(100 * (r.ExportsUSD/r.ExportsBaseUSD - 1)), orNull(100 * (r.ImportsUSD/r.ImportsBaseUSD - 1)), orNull(100 * (r.RealOutput - 1)), orNull(100 * (r.Welfare - 1))})
	}
	for _, p := range o.Pairs {
		s.Pairs = append(s.Pairs, tradePairRow{p.Exporter, p.Importer, p.BaseUSD, p.USD, orNull(p.TransportBase), orNull(p.Transport), p.Coverage})
	}
	return s
}

// most gives up to n elements, the largest by size first.
func most[T any](list []T, n int, size func(*T) float64) []T {
	out := append([]T(nil), list...)
	sort.SliceStable(out, func(i, j int) bool { return math.Abs(size(&out[i])) > math.Abs(size(&out[j])) })
	return out[:min(n, len(out))]
}

// mostRegions and mostPairs bound what is printed of a scenario.
const (
	mostRegions = 4
	mostPairs   = 8
)

// printTrade prints what scenarios do to trade, those whose constraint binds.
func printTrade(out io.Writer, list []*tradeShowing) {
	if len(list) == 0 {
		return
	}
	t := newTable("\nTrade against the base, in percent, energy left out ("+list[0].Method+", tonnes "+list[0].Response+")", "scenario", "year", "region", "exports", "imports", "real output", "welfare")
	for _, s := range list {
		if s.Binding == notBinding {
			t.AppendRow(table.Row{s.Scenario, s.Year, notBinding})
			continue
		}
		for _, r := range most(s.Regions, mostRegions, func(r *tradeRegionRow) float64 {
			for _, v := range []*float64{r.Welfare, r.Exports} {
				if v != nil {
					return *v
				}
			}
			return 0
		}) {
			t.AppendRow(table.Row{s.Scenario, s.Year, r.Region, maybePercent(r.Exports), maybePercent(r.Imports), maybePercent(r.RealOutput), maybePercent(r.Welfare)})
		}
	}
	fmt.Fprintln(out, t.Render())
}

// maybePercent writes a change, "" where there is none.
func maybePercent(v *float64) string {
	if v == nil {
		return ""
	}
	return inPercent(*v)
}

// printPairs prints the pairs whose trade changes most.
func (s *tradeShowing) printPairs(out io.Writer) {
	t := newTable(fmt.Sprintf("\nTrade that changes most (%s, tonnes %s, energy left out)", s.Method, s.Response), "from", "to", "base M USD", "change M USD", "change %", "transport, share of value")
	for _, p := range most(s.Pairs, mostPairs, (*tradePairRow).change) {
		transport := ""
		if p.Before != nil && p.Transport != nil {
			transport = fmt.Sprintf("%.4f to %.4f", *p.Before, *p.Transport)
		}
		t.AppendRow(table.Row{p.Exporter, p.Importer, grouped(p.BaseUSD / 1e6), signed(p.change() / 1e6), fmt.Sprintf("%+.3f", 100*(p.USD/p.BaseUSD-1)), transport})
	}
	fmt.Fprintln(out, t.Render())
	fmt.Fprintln(out, "What shippers save and what trade brings are two measures of one gain: they are never added.")
}

// readTrade reads what every scenario of a year does to trade.
func readTrade(r *store.Result, year int, all []store.ScenarioYear) ([]*tradeShowing, error) {
	out := []*tradeShowing{}
	for _, c := range all {
		if c.Year != year {
			continue
		}
		o, err := r.Trade(c.Scenario, c.Year)
		if err != nil {
			return nil, err
		}
		if s := showTrade(o, c.Scenario, c.Year, c.Binding); s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

// outlook is what a result says of the year's close and of targets, on the base date.
type outlook struct {
	Nowcasts []nowcastRow `json:"nowcasts"`
	Targets  []targetRow  `json:"targets"`
}

type nowcastRow struct {
	Reporter   string     `json:"reporter"`
	Partner    string     `json:"partner"`
	Flow       string     `json:"flow"`
	Year       int        `json:"year"`
	AsOf       string     `json:"as_of"`
	Median     float64    `json:"median"`
	Interval80 [2]float64 `json:"interval_80"`
	ObservedTo string     `json:"observed_to"`
}

type targetRow struct {
	ID             string   `json:"target_id"`
	Indicator      string   `json:"indicator"`
	Value          float64  `json:"value"`
	ByDate         string   `json:"by_date"`
	Probability    *float64 `json:"probability"`
	RequiredGrowth *float64 `json:"required_growth"`
	BestGrowthSeen *float64 `json:"best_growth_seen"`
	Reason         string   `json:"reason"`
}

// outlookOf reads the outlook out of the study that a result carries.
func outlookOf(in *karvan.Inputs) outlook {
	o := outlook{Nowcasts: []nowcastRow{}, Targets: []targetRow{}}
	for _, k := range in.TargetSeries() {
		if n, err := in.NowcastOf(k, 0, in.BaseDate); err == nil {
			o.Nowcasts = append(o.Nowcasts, nowcastRow{k.Reporter, k.Partner, k.Flow, n.Year, n.AsOf, n.Median, n.Interval(0.8), n.ObservedTo})
		}
	}
	for _, t := range in.ReadTargets(in.BaseDate) {
		if _, ok := t.Series(); ok {
			o.Targets = append(o.Targets, targetRow{t.Key, t.Indicator, t.Value, t.ByDate, orNull(t.Probability), orNull(t.RequiredGrowth), orNull(t.BestGrowthSeen), t.Reason})
		}
	}
	return o
}

func (o *outlook) print(out io.Writer) {
	for _, n := range o.Nowcasts {
		fmt.Fprintf(out, "\n%s-%s %s in %d, as known on %s (observed to %s): %s, 80 %% in %s to %s\n", n.Reporter, n.Partner, n.Flow, n.Year, n.AsOf, n.ObservedTo, bn(n.Median), bn(n.Interval80[0]), bn(n.Interval80[1]))
	}
	for _, t := range o.Targets {
		if t.Probability != nil {
			fmt.Fprintf(out, "target %s by %s: chance %.1f %%, needs %.1f %% a year", bn(t.Value), t.ByDate, 100**t.Probability, 100**t.RequiredGrowth)
			if t.BestGrowthSeen != nil {
				fmt.Fprintf(out, ", best seen %.1f %%", 100**t.BestGrowthSeen)
			}
			fmt.Fprintln(out)
		} else {
			fmt.Fprintf(out, "target %s: %s\n", bn(t.Value), t.Reason)
		}
	}
}
