package karvan_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
)

// trading gives the starter study a table of trade: what its two countries sell
// one another, of which its goods are a part (all of what AA sells to BB), and a third
// country.
func trading(t *testing.T, response string) *karvan.Inputs {
	t.Helper()
	in := starter(t)
	in.TradeModel = karvan.TradeModel{Response: response, Sigma: 5, Tolerance: 1e-8, MaxIterations: 60, SourceID: "example",
		Regions: []karvan.TradeRegion{{Key: "A", Name: "A", Countries: []string{"AA"}}, {Key: "B", Name: "B", Countries: []string{"BB"}}, {Key: "C", Name: "C", Countries: []string{"CC"}}}}
	in.Solver.Residual = 1e-10
	for k, usd := range []float64{50e9, 2.775e9, 4e9, 5e9, 60e9, 3e9, 3e9, 4e9, 80e9} {
		in.TradeModel.Cells = append(in.TradeModel.Cells, karvan.TradeCell{Exporter: k / 3, Importer: k % 3, ValueUSD: usd})
	}
	return in
}

func pair(t *testing.T, o *karvan.Outcome, from, to string) karvan.TradePairResult {
	t.Helper()
	for _, p := range o.Trade.Pairs {
		if p.Exporter == from && p.Importer == to {
			return p
		}
	}
	t.Fatalf("no pair %s-%s", from, to)
	return karvan.TradePairResult{}
}

func tonnes(o *karvan.Outcome) []float64 {
	var out []float64
	for _, r := range o.OD {
		out = append(out, r.DemandTPerYr)
	}
	return out
}

// same adds a scenario that changes nothing, though it is not the base to the model.
func same(in *karvan.Inputs) {
	one := 1.0
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "same", Effects: []karvan.Effect{{Change: network.Change{Kind: "change_cost"},
		Cost: &karvan.CostChange{Parameter: "rate_usd_per_tkm", Multiply: &one}}}})
}

// No change of costs changes no trade, to 1e-10.
func TestTradeWithoutChange(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	same(in)
	m := model(t, in)
	base, out := run(t, m, "base", 2025), run(t, m, "same", 2025)
	if base.Trade != nil {
		t.Error("the base is told to change trade")
	}
	for _, p := range out.Trade.Pairs {
		if math.Abs(p.USD/p.BaseUSD-1) > 1e-10 {
			t.Errorf("%s to %s: %g", p.Exporter, p.Importer, p.USD/p.BaseUSD-1)
		}
	}
	for i, q := range tonnes(out) {
		if want := tonnes(base)[i]; math.Abs(q/want-1) > 1e-10 {
			t.Errorf("cell %d: %g t, %g in the base", i, q, want)
		}
	}
}

// A lower cost raises trade between those it serves, diverts from others, and
// keeps the world's nominal output; the fixed point is one: other tonnes would not
// be asked for.
func TestTradeRisesAndDiverts(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	m := model(t, in)
	base, out := run(t, m, "base", 2025), run(t, m, "second-track", 2025)
	if out.Trade.Method != karvan.GeneralEquilibrium || out.Trade.Iterations < 2 || out.Trade.Residual > 1e-8 {
		t.Errorf("%s after %d iterations, residual %g", out.Trade.Method, out.Trade.Iterations, out.Trade.Residual)
	}
	before, after := 0.0, 0.0
	for _, p := range out.Trade.Pairs {
		before += p.BaseUSD
		after += p.USD
	}
	near(t, "the world's output", after, before, 1e-10)
	for _, x := range [][2]string{{"A", "B"}, {"B", "A"}} {
		if p := pair(t, out, x[0], x[1]); !(p.USD > p.BaseUSD) || !(p.Transport < p.TransportBase) {
			t.Errorf("%v: %+v", x, p)
		}
	}
	for _, x := range [][2]string{{"C", "B"}, {"C", "A"}, {"A", "A"}} {
		if p := pair(t, out, x[0], x[1]); !(p.USD < p.BaseUSD) {
			t.Errorf("%v: %+v", x, p)
		}
	}
	if p := pair(t, out, "A", "C"); !math.IsNaN(p.Transport) || p.Coverage != 0 {
		t.Errorf("no goods of the network go there: %+v", p)
	}
	for i, q := range tonnes(out) {
		if !(q > tonnes(base)[i]) {
			t.Errorf("cell %d: %g t, %g in the base", i, q, tonnes(base)[i])
		}
	}
	// More tonnes fill the second track, so less is saved than at fixed tonnes.
	fixed := trading(t, karvan.FixedTrade)
	held := run(t, model(t, fixed), "second-track", 2025)
	for i, q := range tonnes(held) {
		near(t, fmt.Sprintf("tonnes of cell %d where they are fixed", i), q, tonnes(base)[i], 1e-14)
	}
	a, b := pair(t, held, "A", "B"), pair(t, out, "A", "B")
	if !(b.USD < a.USD) || !(b.USD > b.BaseUSD) {
		t.Errorf("A sells B %.6g at fixed tonnes, %.6g at the joint fixed point, %.6g in the base", a.USD, b.USD, b.BaseUSD)
	}
}

// The result does not depend on the number of workers, nor on whether the base was
// run before.
func TestTradeIsDeterministic(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	want := ""
	for _, workers := range []int{1, 2, 3} {
		m := model(t, in)
		var got string
		tasks, err := m.Tasks([]string{"base", "faster-border", "second-track"}, []int{2025})
		if err != nil {
			t.Fatal(err)
		}
		if workers == 3 {
			tasks = tasks[1:]
		}
		err = m.RunAll(context.Background(), tasks, workers, nil, func(task karvan.Task, o *karvan.Outcome) error {
			if task.Scenario != "base" {
				got += words(o) + fmt.Sprintf("%+v", *o.Trade)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers give something else", workers)
		}
	}
}

// Without a table of trade the equilibrium is partial, and says so.
func TestTradeInPartialEquilibrium(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	in.TradeModel.Regions, in.TradeModel.Cells = nil, nil
	out := run(t, model(t, in), "second-track", 2025)
	if out.Trade.Method != karvan.PartialEquilibrium || len(out.Trade.Regions) != 0 {
		t.Errorf("%s, %d regions", out.Trade.Method, len(out.Trade.Regions))
	}
	if p := pair(t, out, "AA", "BB"); !(p.USD > p.BaseUSD) || p.Coverage != 1 {
		t.Errorf("%+v", p)
	}
}

// A tariff is a matter of trade alone: the network stays, trade answers.
func TestTradePolicy(t *testing.T) {
	in := trading(t, karvan.FixedTrade)
	none, half := 0.0, 0.5
	in.TradeModel.Cells[1].TariffShare = 0.1
	in.Scenarios = append(in.Scenarios,
		karvan.Scenario{Key: "free", Effects: []karvan.Effect{{Change: network.Change{Kind: "change_trade_cost", FromYear: 2024}, Trade: &karvan.TradeCostChange{Exporters: []string{"A"}, Importers: []string{"B"}, TariffShare: &none}}}},
		karvan.Scenario{Key: "paper", Effects: []karvan.Effect{{Change: network.Change{Kind: "change_trade_cost"}, Trade: &karvan.TradeCostChange{Residual: &half}}}})
	m := model(t, in)
	base, free := run(t, m, "base", 2025), run(t, m, "free", 2025)
	near(t, "tonnes", tonnes(free)[0], tonnes(base)[0], 1e-14)
	p, q := pair(t, free, "A", "B"), pair(t, free, "C", "B")
	if !(p.USD > p.BaseUSD*1.2) || !(q.USD < q.BaseUSD) || p.Transport != p.TransportBase {
		t.Errorf("%+v %+v", p, q)
	}
	if w := effectText(in, "free"); !strings.Contains(w, "change_trade_cost from A to B, tariff_share to 0, from 2024") {
		t.Error(w)
	}
	paper := run(t, m, "paper", 2025)
	if own := pair(t, paper, "A", "A"); !(own.USD < own.BaseUSD) {
		t.Errorf("own sales are no matter of the border: %+v", own)
	}
	before, err := m.Tasks([]string{"base", "free"}, []int{2023})
	if err != nil || before[1].SameAs != "base" {
		t.Errorf("before the tariff falls the scenario is the base: %+v %v", before, err)
	}
}

func effectText(in *karvan.Inputs, scenario string) string {
	list, _ := in.Effects(scenario)
	var out []string
	for i := range list {
		out = append(out, list[i].Describe())
	}
	return strings.Join(out, "; ")
}

// Where every way is closed, what the network's goods were of the trade is gone, and
// told as unserved.
func TestTradeWithoutWay(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "closed", Effects: []karvan.Effect{{Change: network.Change{Kind: network.CloseLink, Links: []string{"rail-east", "road-east"}}}}})
	out := run(t, model(t, in), "closed", 2025)
	if len(out.Unserved) != 3 {
		t.Errorf("%d cells unserved", len(out.Unserved))
	}
	if p := pair(t, out, "A", "B"); p.USD != 0 || p.BaseUSD == 0 {
		t.Errorf("%+v", p)
	}
	if p := pair(t, out, "B", "A"); !(p.USD > 0) || !(p.USD < p.BaseUSD) {
		t.Errorf("%+v", p)
	}
}

// What a tariff brought in is no part of the equilibrium: no welfare is told where one
// changes. Effects of the base are in its table.
func TestTradePolicyOfTheBase(t *testing.T) {
	none := 0.0
	cut := karvan.Effect{Change: network.Change{Kind: "change_trade_cost", FromYear: 2021}, Trade: &karvan.TradeCostChange{Exporters: []string{"A"}, Importers: []string{"B"}, TariffShare: &none}}
	in := trading(t, karvan.FixedTrade)
	in.TradeModel.Cells[1].TariffShare = 0.1
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "free", Effects: []karvan.Effect{cut}})
	for _, r := range run(t, model(t, in), "free", 2025).Trade.Regions {
		if !math.IsNaN(r.Welfare) || !math.IsNaN(r.RealOutput) || math.IsNaN(r.ExportsUSD) {
			t.Errorf("%+v", r)
		}
	}
	// In the base, and so in what comes of it: nothing changes but what the scenario does.
	with := trading(t, karvan.FixedTrade)
	with.TradeModel.Cells[1].TariffShare = 0.1
	for i := range with.Scenarios {
		if with.Scenarios[i].Key == "base" {
			with.Scenarios[i].Effects = []karvan.Effect{cut}
		}
	}
	plain := run(t, model(t, trading(t, karvan.FixedTrade)), "second-track", 2025)
	got := run(t, model(t, with), "second-track", 2025)
	a, b := pair(t, plain, "A", "B"), pair(t, got, "A", "B")
	near(t, "trade of A with B", b.USD, a.USD, 1e-12)
}

// A loop whose last assignment did not come near enough is not told to have converged.
func TestTradeTellsWhatDidNotConverge(t *testing.T) {
	in := trading(t, karvan.EndogenousTrade)
	in.TradeModel.Tolerance, in.Solver.MaxIterations = 1e-3, 1
	out, err := model(t, in).Run(context.Background(), "second-track", 2025, karvan.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	last := out.Trace[len(out.Trace)-1].Residual
	if out.Converged != (last <= in.Solver.Residual) || !out.Converged && !strings.Contains(out.Note, fmt.Sprintf("%.2e", last)) {
		t.Errorf("converged %v, residual %.3g: %s", out.Converged, last, out.Note)
	}
}

// A region that sells nothing abroad has no change of exports, and nothing is NaN.
func TestTradeOfARegionWithoutExports(t *testing.T) {
	in := trading(t, karvan.FixedTrade)
	in.TradeModel.Cells[6].ValueUSD, in.TradeModel.Cells[7].ValueUSD = 0, 0
	for _, r := range run(t, model(t, in), "second-track", 2025).Trade.Regions {
		if r.Region == "C" && (r.ExportsBaseUSD != 0 || r.ExportsUSD != 0 || math.IsNaN(r.Welfare)) {
			t.Errorf("%+v", r)
		}
	}
}
