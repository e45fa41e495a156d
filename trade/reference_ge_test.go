package trade_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/karvan/karvan/trade"
)

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(path, err)
	}
}

// Cases with a closed form: like countries, and a move to autarky.
func TestReferenceAnalytic(t *testing.T) {
	var cases []struct {
		Kind              string
		N                 int
		Sigma, T0, T1     float64
		PHat              float64 `json:"P_hat"`
		RealOutputPct     float64 `json:"real_output_pct"`
		ExportsPct        float64 `json:"exports_pct"`
		Domestic          float64 `json:"domestic_share"`
		DomesticShareNext float64 `json:"domestic_share1"`
	}
	readJSON(t, shared(t, "reference", "trade", "ge", "analytic", "expected.json"), &cases)
	seen := map[string]int{}
	for _, c := range cases {
		seen[c.Kind]++
		if c.Kind != "symmetric" {
			// Two like countries that stop trading: own share^(1/(σ-1)) is lost.
			w := &trade.World{Countries: []string{"0", "1"}, Trade: []float64{c.Domestic, 1 - c.Domestic, 1 - c.Domestic, c.Domestic}}
			got, err := trade.Counterfactual(w, c.Sigma, []float64{1, 0, 0, 1})
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + c.RealOutputPct/100; math.Abs(got.RealOutput[0]/want-1) > 1e-12 || got.Trade[1] != 0 {
				t.Errorf("%+v: real output %.15g, expected %.15g", c, got.RealOutput[0], want)
			}
			continue
		}
		got, err := trade.Counterfactual(symmetric(c.N, c.Sigma, c.T0), c.Sigma, abroad(c.N, math.Pow(c.T1/c.T0, 1-c.Sigma)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.N {
			for what, x := range map[string][2]float64{"P": {got.Cost[i], c.PHat}, "real output": {got.RealOutput[i], 1 + c.RealOutputPct/100},
				"exports": {got.Exports[i], 1 + c.ExportsPct/100}, "own share": {got.Trade[i*c.N+i], c.DomesticShareNext}} {
				if math.Abs(x[0]/x[1]-1) > 1e-12 {
					t.Errorf("%+v: %s is %.15g, expected %.15g", c, what, x[0], x[1])
				}
			}
		}
	}
	if seen["symmetric"] == 0 || len(seen) < 2 {
		t.Errorf("cases of %v", seen)
	}
}

// NAFTA taken back, on the published 69 countries of Yotov et al. (2016, chapter 2,
// application 2). The published table is where the authors' loop stops, at its third
// pass: it is no fixed point, and the exact one differs from it by up to 0.04
// points of real output and 0.93 of exports.
func TestReferenceNAFTA(t *testing.T) {
	type hat struct {
		Price      []float64 `json:"p_hat"`
		Cost       []float64 `json:"P_hat"`
		RealOutput []float64 `json:"real_output_hat"`
		Exports    []float64 `json:"exports_hat"`
	}
	var want struct {
		Sigma     float64
		Countries []string
		Exact     map[string]hat `json:"exact_hat"`
	}
	readJSON(t, shared(t, "reference", "trade", "ge", "agtpa_nafta", "expected.json"), &want)
	data := frame(t, shared(t, "reference", "trade", "ge", "agtpa_nafta", "bilateral.csv.gz"))
	index := map[string]int{}
	for i, c := range want.Countries {
		index[c] = i
	}
	n := len(want.Countries)
	w := &trade.World{Countries: want.Countries, Trade: make([]float64, n*n)}
	change := make([]float64, n*n)
	column := func(name string) *trade.Column {
		c, err := data.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	from, to, value, before, after := column("exporter"), column("importer"), column("trade_fitted_bln"), column("t_bln"), column("t_cfl")
	for r := range data.Rows {
		k := index[from.Levels[from.Codes[r]]]*n + index[to.Levels[to.Codes[r]]]
		w.Trade[k], change[k] = value.Numbers[r], after.Numbers[r]/before.Numbers[r]
	}
	full, err := trade.Counterfactual(w, want.Sigma, change)
	if err != nil {
		t.Fatal(err)
	}
	exact := want.Exact["add"] // deficits held as shares of the world's output, which is held
	for i, c := range want.Countries {
		for what, x := range map[string][2]float64{"price": {full.Price[i], exact.Price[i]}, "P": {full.Cost[i], exact.Cost[i]},
			"real output": {full.RealOutput[i], exact.RealOutput[i]}, "exports": {full.Exports[i], exact.Exports[i]}} {
			if math.Abs(x[0]/x[1]-1) > 1e-8 {
				t.Errorf("%s of %s: %.12g, expected %.12g", what, c, x[0], x[1])
			}
		}
	}
	// The published table: the effect of NAFTA, (baseline / counterfactual - 1) · 100.
	held, err := trade.Conditional(w, want.Sigma, change)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(shared(t, "reference", "trade", "ge", "agtpa_nafta", "published_full.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(raw), "\r", "")), "\n")
	worst := [3]float64{}
	for _, row := range rows[1:] {
		cells := strings.Split(row, ",")
		i := index[cells[0]]
		for k, x := range []struct {
			column int
			got    float64
		}{{1, held.Exports[i]}, {2, full.Exports[i]}, {5, full.RealOutput[i]}} {
			published, err := strconv.ParseFloat(cells[x.column], 64)
			if err != nil {
				t.Fatal(err)
			}
			worst[k] = math.Max(worst[k], math.Abs(100*(1/x.got-1)-published))
		}
	}
	t.Logf("off the published table by %.1e points of exports with output held, %.3f points of exports, %.3f of real output", worst[0], worst[1], worst[2])
	if worst[0] > 1e-5 || worst[1] > 1.0 || worst[2] > 0.05 {
		t.Errorf("off the published table by %v points", worst)
	}
}
