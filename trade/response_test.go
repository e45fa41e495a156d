package trade_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/trade"
)

// table draws a table of trade with own sales.
func table(t *rapid.T) *trade.World {
	n := rapid.IntRange(2, 6).Draw(t, "countries")
	w := &trade.World{}
	for i := range n {
		w.Countries = append(w.Countries, string(rune('A'+i)))
		for j := range n {
			x := rapid.Float64Range(0.5, 5).Draw(t, "trade")
			if i == j {
				x *= 20
			}
			w.Trade = append(w.Trade, x)
		}
	}
	return w
}

func flows(t *rapid.T, w *trade.World, least, most float64) []trade.Flow {
	n := len(w.Countries)
	var out []trade.Flow
	for range rapid.IntRange(1, 12).Draw(t, "flows") {
		k := rapid.IntRange(0, n*n-1).Draw(t, "pair")
		out = append(out, trade.Flow{Exporter: k / n, Importer: k % n, ValueUSD: rapid.Float64Range(0, 0.5).Draw(t, "share") * w.Trade[k], Cost: rapid.Float64Range(least, most).Draw(t, "cost")})
	}
	return out
}

func respond(t testing.TB, w *trade.World, f []trade.Flow, policy []float64) *trade.Response {
	t.Helper()
	r, err := trade.Respond(w, 5, f, policy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// No change of costs changes nothing, to 1e-10.
func TestResponseToNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := table(rt)
		r := respond(t, w, flows(rt, w, 1, 1), nil)
		for k, x := range r.Trade {
			if math.Abs(x/w.Trade[k]-1) > 1e-12 {
				t.Fatalf("pair %d: %g", k, x/w.Trade[k]-1)
			}
		}
		for f, q := range r.Quantity {
			if math.Abs(q-1) > 1e-10 {
				t.Fatalf("flow %d: %g", f, q-1)
			}
		}
	})
}

// Trade goes from regions to flows without loss: the values of the flows and of
// what no flow accounts for add up to the trade of the pair. Nominal world output
// is held.
func TestResponseConservesTotals(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := table(rt)
		n := len(w.Countries)
		f := flows(rt, w, 0.8, 1.3)
		r := respond(t, w, f, nil)
		sum, covered := make([]float64, n*n), make([]float64, n*n)
		for _, x := range f {
			covered[x.Exporter*n+x.Importer] += x.ValueUSD
		}
		for i, x := range f {
			k := x.Exporter*n + x.Importer
			s := r.Coverage[k] * x.ValueUSD / covered[k]
			if covered[k] > 0 {
				sum[k] += s * w.Trade[k] * r.Quantity[i] * r.Price[x.Exporter] * x.Cost
			}
		}
		before, after := 0.0, 0.0
		for k := range sum {
			rest := (1 - r.Coverage[k]) * w.Trade[k] * (r.Trade[k] / w.Trade[k]) / math.Pow(r.Cost[k], -4)
			if math.Abs((sum[k]+rest)/r.Trade[k]-1) > 1e-9 {
				t.Fatalf("pair %d: flows add up to %g of %g", k, sum[k]+rest, r.Trade[k])
			}
			before += w.Trade[k]
			after += r.Trade[k]
		}
		if math.Abs(after/before-1) > 1e-10 {
			t.Fatalf("the world's output changes by %g", after/before-1)
		}
	})
}

// A lower cost between two countries raises what they trade, and less of it comes
// from others.
func TestResponseDiverts(t *testing.T) {
	w := &trade.World{Countries: []string{"A", "B", "C"}, Trade: []float64{100, 10, 10, 10, 100, 10, 10, 10, 100}}
	r := respond(t, w, []trade.Flow{{Exporter: 0, Importer: 1, ValueUSD: 5, Cost: 0.9}}, nil)
	if r.Quantity[0] <= 1 || r.Trade[1] <= 10 || r.Trade[2*3+1] >= 10 {
		t.Errorf("quantity %g, A to B %g, C to B %g", r.Quantity[0], r.Trade[1], r.Trade[7])
	}
	if r.Coverage[1] != 0.5 {
		t.Errorf("coverage %g", r.Coverage[1])
	}
	// Half of it at 0.9: the CES mean.
	if want := math.Pow(0.5+0.5*math.Pow(0.9, -4), -0.25); math.Abs(r.Cost[1]-want) > 1e-14 {
		t.Errorf("cost %g, expected %g", r.Cost[1], want)
	}
	// As a policy on the whole pair it is the plain counterfactual.
	policy := []float64{1, 0.9, 1, 1, 1, 1, 1, 1, 1}
	all := respond(t, w, nil, policy)
	change := []float64{1, math.Pow(0.9, -4), 1, 1, 1, 1, 1, 1, 1}
	plain, err := trade.Counterfactual(w, 5, change)
	if err != nil {
		t.Fatal(err)
	}
	for k := range plain.Trade {
		if math.Abs(plain.Trade[k]-all.Trade[k]) > 1e-12 {
			t.Errorf("pair %d: %g, expected %g", k, all.Trade[k], plain.Trade[k])
		}
	}
}

// Where every way is gone, so is the trade; the others go on.
func TestResponseToNoWay(t *testing.T) {
	w := &trade.World{Countries: []string{"A", "B"}, Trade: []float64{100, 10, 10, 100}}
	r := respond(t, w, []trade.Flow{{Exporter: 0, Importer: 1, ValueUSD: 12, Cost: math.Inf(1)}, {Exporter: 1, Importer: 0, ValueUSD: 5, Cost: 1}}, nil)
	if r.Trade[1] != 0 || r.Quantity[0] != 0 || r.Coverage[1] != 1 {
		t.Errorf("A to B: %g, quantity %g", r.Trade[1], r.Quantity[0])
	}
	if !(r.Trade[2] > 0) || math.IsNaN(r.Quantity[1]) {
		t.Errorf("B to A: %g, %g", r.Trade[2], r.Quantity[1])
	}
}

func TestPartialResponse(t *testing.T) {
	q, err := trade.RespondPartial(5, []trade.Flow{{Cost: 1}, {Cost: 0.9}, {Cost: math.Inf(1)}})
	if err != nil || q[0] != 1 || math.Abs(q[1]-math.Pow(0.9, -5)) > 1e-15 || q[2] != 0 {
		t.Errorf("%v %v", q, err)
	}
	for _, sigma := range []float64{1, 0, math.NaN(), math.Inf(1)} {
		if _, err := trade.RespondPartial(sigma, nil); err == nil {
			t.Errorf("sigma %g was taken", sigma)
		}
	}
}
