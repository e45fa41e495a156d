package trade_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/trade"
)

// symmetric is a world of n like countries with trade costs t between them.
func symmetric(n int, sigma, t float64) *trade.World {
	w := &trade.World{}
	for i := range n {
		w.Countries = append(w.Countries, fmt.Sprint(i))
		for j := range n {
			share := math.Pow(t, 1-sigma)
			if i == j {
				share = 1
			}
			w.Trade = append(w.Trade, share/(1+float64(n-1)*math.Pow(t, 1-sigma)))
		}
	}
	return w
}

// abroad is a change of all trade between n countries, own sales left out.
func abroad(n int, change float64) []float64 {
	out := make([]float64, n*n)
	for k := range out {
		out[k] = change
		if k%(n+1) == 0 {
			out[k] = 1
		}
	}
	return out
}

// All like countries whose costs fall alike have a closed form: the cost of
// living is the CES index over the own and the others' goods.
func TestSymmetricCountries(t *testing.T) {
	for _, c := range []struct {
		n             int
		sigma, t0, t1 float64
	}{{2, 5, 1.5, 1.2}, {5, 4, 2, 1.6}, {3, 7, 1.3, 1}} {
		got, err := trade.Counterfactual(symmetric(c.n, c.sigma, c.t0), c.sigma, abroad(c.n, math.Pow(c.t1/c.t0, 1-c.sigma)))
		if err != nil {
			t.Fatal(err)
		}
		index := func(t float64) float64 { return math.Pow(1+float64(c.n-1)*math.Pow(t, 1-c.sigma), 1/(1-c.sigma)) }
		want := index(c.t1) / index(c.t0)
		for i := range c.n {
			if math.Abs(got.Cost[i]/want-1) > 1e-13 || math.Abs(got.Price[i]-1) > 1e-13 {
				t.Errorf("%+v: cost %.15g, expected %.15g, price %.15g", c, got.Cost[i], want, got.Price[i])
			}
		}
	}
}

// world draws trade with every flow above zero: balanced, or with deficits.
func world(t *rapid.T) (w *trade.World, sigma float64, change []float64, balanced bool) {
	n := rapid.IntRange(2, 8).Draw(t, "countries")
	balanced = rapid.Bool().Draw(t, "balanced")
	w = &trade.World{}
	for i := range n {
		w.Countries = append(w.Countries, fmt.Sprint(i))
		for j := range n {
			x := rapid.Float64Range(0.01, 10).Draw(t, "trade")
			if i == j {
				x *= 20
			}
			if balanced && j < i {
				x = w.Trade[j*n+i]
			}
			w.Trade = append(w.Trade, x)
			change = append(change, rapid.Float64Range(0.5, 2).Draw(t, "change"))
		}
	}
	return w, rapid.Float64Range(1.5, 12).Draw(t, "sigma"), change, balanced
}

func TestLawsOfTheEquilibrium(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, sigma, change, balanced := world(t)
		n := len(w.Countries)
		got, err := trade.Counterfactual(w, sigma, change)
		if errors.Is(err, trade.ErrNoEquilibrium) && !balanced {
			// A surplus that is held may come to be more than what a country makes.
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got.Residual > 1e-12 {
			t.Fatalf("markets clear to %g", got.Residual)
		}
		worldBefore, worldAfter := 0.0, 0.0
		for i := range n {
			before, after, spent, spentAfter := 0.0, 0.0, 0.0, 0.0
			for j := range n {
				before += w.Trade[i*n+j]
				after += got.Trade[i*n+j]
				spent += w.Trade[j*n+i]
				spentAfter += got.Trade[j*n+i]
			}
			worldBefore += before
			worldAfter += after
			if math.Abs(after/(before*got.Price[i])-1) > 1e-12 {
				t.Fatalf("output of %d", i)
			}
			// Arkolakis, Costinot and Rodríguez-Clare 2012: real output moves as the
			// domestic share to the power 1/(1-sigma), own costs unchanged.
			share := got.Trade[i*n+i] / spentAfter / (w.Trade[i*n+i] / spent) / change[i*n+i]
			if acr := math.Pow(share, 1/(1-sigma)); math.Abs(acr/got.RealOutput[i]-1) > 1e-11 {
				t.Fatalf("ACR %g, real output %g", acr, got.RealOutput[i])
			}
		}
		if math.Abs(worldAfter/worldBefore-1) > 1e-12 {
			t.Fatalf("world output moved by %g", worldAfter/worldBefore-1)
		}
		// Nothing changed: nothing changes.
		still := make([]float64, n*n)
		for i := range still {
			still[i] = 1
		}
		none, err := trade.Counterfactual(w, sigma, still)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if math.Abs(none.Price[i]-1) > 1e-12 || math.Abs(none.RealOutput[i]-1) > 1e-12 {
				t.Fatal("no change changes something")
			}
		}
		// Homogeneity: trade in another currency gives the same ratios.
		scaled := &trade.World{Countries: w.Countries}
		for _, x := range w.Trade {
			scaled.Trade = append(scaled.Trade, 1000*x)
		}
		other, err := trade.Counterfactual(scaled, sigma, change)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if math.Abs(other.RealOutput[i]/got.RealOutput[i]-1) > 1e-11 {
				t.Fatal("the currency matters")
			}
		}
		held, err := trade.Conditional(w, sigma, change)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			a, b := 0.0, 0.0
			for j := range n {
				a += w.Trade[i*n+j]
				b += held.Trade[i*n+j]
			}
			if math.Abs(b/a-1) > 1e-11 {
				t.Fatal("output moved though it is held")
			}
		}
	})
}

func TestEquilibriumRefuses(t *testing.T) {
	w := symmetric(2, 5, 1.5)
	one := []float64{1, 1, 1, 1}
	for name, f := range map[string]func() error{
		"sigma":  func() error { _, err := trade.Counterfactual(w, 1, one); return err },
		"change": func() error { _, err := trade.Counterfactual(w, 5, []float64{1, -1, 1, 1}); return err },
		"trade": func() error {
			_, err := trade.Counterfactual(&trade.World{Countries: w.Countries, Trade: []float64{1, -1, 1, 1}}, 5, one)
			return err
		},
		"nothing": func() error {
			_, err := trade.Counterfactual(&trade.World{Countries: w.Countries, Trade: []float64{0, 0, 1, 1}}, 5, one)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReferenceEquilibrium(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(shared(t, "reference", "trade", "ge"), "own_*"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no cases", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Sigma        float64
				Coefficients map[string]float64
				Conditional  map[string][]float64
				Full         map[string]any
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			data := frame(t, filepath.Join(dir, "data.csv"))
			w, difference, err := trade.WorldOf(data, trade.Shock{Baseline: "rta", Counterfactual: "rta_cfl"})
			if err != nil {
				t.Fatal(err)
			}
			change := trade.Change(difference, want.Coefficients["rta"])
			full, err := trade.Counterfactual(w, want.Sigma, change)
			if err != nil {
				t.Fatal(err)
			}
			held, err := trade.Conditional(w, want.Sigma, change)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d steps, residual %.1e", full.Iterations, full.Residual)
			compare := func(what string, got []float64, want any, percent bool) {
				list, ok := want.([]any)
				if !ok {
					return
				}
				for i, x := range list {
					g, e := got[i], x.(float64)
					if percent {
						e = 1 + e/100
					}
					if math.Abs(g/e-1) > 1e-9 {
						t.Errorf("%s of %s: %.12g, expected %.12g", what, w.Countries[i], g, e)
						return
					}
				}
			}
			compare("price", full.Price, want.Full["p_hat"], false)
			compare("cost", full.Cost, want.Full["P_hat"], false)
			compare("real output", full.RealOutput, want.Full["real_output_pct"], true)
			compare("exports", full.Exports, want.Full["exports_pct"], true)
			compare("imports", full.Imports, want.Full["imports_pct"], true)
			for key, got := range map[string][]float64{"exports_pct": held.Exports, "imports_pct": held.Imports} {
				for i, x := range want.Conditional[key] {
					if math.Abs(got[i]/(1+x/100)-1) > 1e-9 {
						t.Errorf("conditional %s of %s: %.12g, expected %.12g", key, w.Countries[i], got[i], 1+x/100)
						break
					}
				}
			}
		})
	}
}
