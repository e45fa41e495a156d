package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// has fails unless an object has the keys.
func has(t *testing.T, what string, o map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if _, ok := o[k]; !ok {
			t.Errorf("%s: no %s", what, k)
		}
	}
}

func TestTradeOutlook(t *testing.T) {
	var n map[string]any
	decode(t, mustRun(t, "trade", "nowcast", "azerbaijan-turkiye", "--reporter", "AZ", "--partner", "TR", "--flow", "turnover", "--year", "2021", "--as-of", "2021-12-26", "--json"), &n)
	has(t, "nowcast", n, "median", "interval_50", "interval_80", "interval_95", "method", "observed_to", "left_out")
	if n["observed_to"] != "2021-10" {
		t.Errorf("observed to %v", n["observed_to"])
	}
	var list []map[string]any
	decode(t, mustRun(t, "trade", "target", "azerbaijan-turkiye", "--as-of", "2021-12-26", "--json"), &list)
	for _, x := range list {
		has(t, "target", x, "target_id", "probability", "required_growth", "best_growth_seen", "reason")
		if x["target_id"] == "tgt-trade-15bn" && !(x["probability"].(float64) < 0.05) {
			t.Errorf("%v", x)
		}
	}
	if len(list) < 2 || list[0]["target_id"] == "" {
		t.Errorf("%v", list)
	}
	// Without flags, every series that a target names.
	var all []map[string]any
	decode(t, mustRun(t, "trade", "nowcast", "azerbaijan-turkiye", "--as-of", "2021-12-26", "--json"), &all)
	if len(all) != 1 || all[0]["median"] != n["median"] {
		t.Errorf("%v", all)
	}
	if out := mustRun(t, "trade", "series", "azerbaijan-turkiye", "--as-of", "2021-12-26"); !strings.Contains(out, "geometric mean of both") || !strings.Contains(out, "2.20") {
		t.Error(out)
	}
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"nowcast azerbaijan-turkiye --reporter AZ --partner ZZ --year 2021", 64, "no series AZ-ZZ turnover; it has"},
		{"nowcast azerbaijan-turkiye --reporter AZ", 64, "go together"},
		{"nowcast azerbaijan-turkiye --flow up", 64, "export, import, turnover"},
		{"nowcast azerbaijan-turkiye --as-of soon", 64, "YYYY-MM-DD"},
		{"nowcast azerbaijan-turkiye --as-of 2000-01-01", 1, "nothing was known"},
		{"nowcast starter", 64, "no target"},
		{"target no-such-study", 1, "no-such-study"},
		{"series azerbaijan-turkiye --reporter AZ --partner ZZ", 64, "no series"},
		{"backtest no-such-file.csv", 1, "no-such-file.csv"},
	} {
		out, errs, status := run(t, append([]string{"trade"}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%s: status %d, %q, printed %q", c.args, status, errs, out)
		}
	}
}

func TestTradeBacktest(t *testing.T) {
	var b strings.Builder
	b.WriteString("series,year,month,value\n")
	for s := range 3 {
		for y := range 8 {
			for m := 1; m <= 12; m++ {
				fmt.Fprintf(&b, "s%d,%d,%d,%g\n", s, y+1, m, 100*math.Pow(1.03, float64(y))*(1+0.2*math.Sin(float64(m+s)))+math.Mod(float64(7*m*y), 5))
			}
		}
	}
	path := filepath.Join(t.TempDir(), "m.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	decode(t, mustRun(t, "trade", "backtest", path, "--json"), &out)
	has(t, "backtest", out, "nowcast", "annual", "seconds_per_series")
	has(t, "nowcast", out["nowcast"].(map[string]any), "mape", "mase", "coverage_80", "coverage_95", "brier", "brier_hard")
	has(t, "annual", out["annual"].(map[string]any), "y1", "y2")
}

// What an export becomes is a part of a study that check finds sound.
func TestTradeImport(t *testing.T) {
	dir := t.TempDir()
	export := filepath.Join(dir, "comtrade.csv")
	if err := os.WriteFile(export, []byte("reporterISO,partnerISO,flowCode,primaryValue,period,cmdCode\nAZE,TUR,X,5000000,202001,TOTAL\nAZE,TUR,M,7000000,202001,TOTAL\nAZE,TUR,X,1,202001,72\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := filepath.Join(dir, "study")
	mustRun(t, "new", s)
	target := filepath.Join(s, "trade", "comtrade.csv")
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	_, errs, status := run(t, "trade", "import", export, "--source-id", "example", "--known-on", "2021-02", "-o", target)
	if status != 0 || !strings.Contains(errs, "1 row left out, first on line 4") || !strings.Contains(errs, "2 figures") {
		t.Fatalf("status %d: %s", status, errs)
	}
	mustRun(t, "check", s)
	if out := mustRun(t, "trade", "series", s, "--reporter", "AZ", "--partner", "TR", "--flow", "export"); !strings.Contains(out, "2020-01") {
		t.Error(out)
	}
	if _, errs, status := run(t, "trade", "import", export, "--source-id", "example", "-o", target); status != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("an existing file was written: status %d, %s", status, errs)
	}
	if _, errs, status := run(t, "trade", "import", export, "--source-id", "example", "--known-on", "later"); status != 64 || !strings.Contains(errs, "known-on") {
		t.Errorf("status %d: %s", status, errs)
	}
}

func TestGravity(t *testing.T) {
	dir := t.TempDir()
	var panel, pairs strings.Builder
	panel.WriteString("exp,imp,year,trade,rta\n")
	pairs.WriteString("exporter,importer,trade,rta,rta_cfl\n")
	for i := range 6 {
		for j := range 6 {
			for y := range 4 {
				rta := 0
				if i != j && (i+j+y)%3 == 0 {
					rta = 1
				}
				fmt.Fprintf(&panel, "%d,%d,%d,%g,%d\n", i, j, 2000+y, math.Exp(0.5*float64(rta)+0.1*float64(i*y)-0.2*float64(j))*(1+math.Mod(float64(i*7+j*3+y*5), 4)), rta)
			}
			own := 1.0
			if i == j {
				own = 30
			}
			cfl := 0
			if i+j == 1 {
				cfl = 1
			}
			fmt.Fprintf(&pairs, "C%d,C%d,%g,0,%d\n", i, j, own*(1+float64(i+j)), cfl)
		}
	}
	data, world := filepath.Join(dir, "panel.csv"), filepath.Join(dir, "pairs.csv")
	for path, text := range map[string]string{data: panel.String(), world: pairs.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var fit map[string]any
	formula := "trade ~ rta | exp^year + imp^year + exp^imp"
	decode(t, mustRun(t, "gravity", "fit", data, "--formula", formula, "--cluster", "exp^imp", "--correct-bias", "--json"), &fit)
	has(t, "fit", fit, "coefficients", "deviance", "n_used", "n_separated", "n_singletons", "dropped", "iterations", "solve_s", "bias_corrected")
	for _, family := range []string{"gamma", "negbin", "ols"} {
		if out := mustRun(t, "gravity", "fit", data, "--formula", formula, "--family", family); !strings.Contains(out, "rta") {
			t.Error(out)
		}
	}
	var gone map[string]any
	decode(t, mustRun(t, "gravity", "counterfactual", "--data", world, "--sigma", "5", "--baseline", "rta", "--counterfactual", "rta_cfl", "--coefficient", "rta=0.5", "--std-error", "rta=0.1", "--draws", "50", "--json"), &gone)
	has(t, "counterfactual", gone, "real_output", "exports", "imports", "imr", "omr", "conditional", "residual", "draws")
	if r := gone["real_output"].(map[string]any); len(r) != 6 || !(r["C0"].(float64) > 0) {
		t.Errorf("%v", r)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"fit", data, "--formula", "trade"}, 64, "~"},
		{[]string{"fit", data, "--formula", "trade ~ dist"}, 1, "exp, imp, rta, trade, year"},
		{[]string{"fit", data, "--formula", formula, "--family", "probit"}, 64, "negbin"},
		{[]string{"fit", data, "--formula", formula, "--se", "cluster"}, 64, "--cluster"},
		{[]string{"fit", data, "--formula", "trade ~ rta | exp + imp", "--correct-bias"}, 1, "three-way"},
		{[]string{"counterfactual", "--data", world, "--sigma", "1", "--baseline", "rta", "--counterfactual", "rta_cfl", "--coefficient", "rta=0.5"}, 1, "more than 1"},
		{[]string{"counterfactual", "--data", world, "--baseline", "rta", "--counterfactual", "rta_cfl", "--coefficient", "rta"}, 64, "name=number"},
		{[]string{"counterfactual", "--data", world, "--baseline", "rta", "--counterfactual", "rta_cfl", "--coefficient", "rta=1", "--draws", "9"}, 64, "--std-error"},
	} {
		out, errs, status := run(t, append([]string{"gravity"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%v: status %d, %q, printed %q", c.args, status, errs, out)
		}
	}
}
