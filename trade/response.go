package trade

import (
	"fmt"
	"math"
)

// Flow is one kind of goods from one place to another, a part of what one region
// sells to another: with many of them an account of trade costs that is finer than
// regions.
type Flow struct {
	Exporter, Importer int     // into World.Countries
	ValueUSD           float64 // a year, before the change
	Cost               float64 // trade cost after the change over that before: 1 where nothing changes, +Inf where there is no way any more
}

// Response is what changed trade costs do to trade: as an [Equilibrium] between
// regions, and by flow.
type Response struct {
	*Equilibrium
	Cost     []float64 // [n×n] trade cost between regions over that before, the CES mean of the flows
	Coverage []float64 // [n×n] share of the trade that flows account for, at most 1
	Quantity []float64 // by flow: what is carried over what was carried before
}

// Respond finds the full-endowment equilibrium after trade costs change by flow.
// Flows from i to j are varieties of what j buys of i, with the same elasticity of
// substitution sigma as between regions, so that costs aggregate exactly,
//
//	t̂_ij^(1-σ) = (1 - Σ_f s_f) + Σ_f s_f t̂_f^(1-σ),   s_f = value of f / X_ij,
//
// (the part without flows meets no change; flows that together exceed X_ij are
// taken as all of it), and so that trade between regions goes back to flows without
// loss: X'_f = X'_ij s_f t̂_f^(1-σ) / t̂_ij^(1-σ). What is carried is what arrives,
// X'_f / (p̂_i t̂_f): the cost of carriage melts on the way (Samuelson's iceberg).
//
// Policy[i*n+j] multiplies the cost of all trade from i to j, flows or not; nil is
// 1 everywhere. Errors are those of [Counterfactual].
func Respond(w *World, sigma float64, flows []Flow, policy []float64) (*Response, error) {
	n := len(w.Countries)
	if !(sigma > 1) || math.IsInf(sigma, 0) {
		return nil, fmt.Errorf("trade: sigma is %g: more than 1 was expected, else dearer goods would gain shares", sigma)
	}
	if len(w.Trade) != n*n || policy != nil && len(policy) != n*n {
		panic("trade: the matrices are not square")
	}
	r := &Response{Cost: make([]float64, n*n), Coverage: make([]float64, n*n), Quantity: make([]float64, len(flows))}
	covered := make([]float64, n*n) // value of the flows
	for f, x := range flows {
		if !(x.ValueUSD >= 0) || math.IsInf(x.ValueUSD, 0) || !(x.Cost > 0) {
			return nil, fmt.Errorf("trade: flow %d, %s to %s: a value of 0 or more and a cost above 0 were expected, not %g and %g", f+1, w.Countries[x.Exporter], w.Countries[x.Importer], x.ValueUSD, x.Cost)
		}
		covered[x.Exporter*n+x.Importer] += x.ValueUSD
	}
	change := make([]float64, n*n)
	for k := range change {
		change[k] = 1
		if w.Trade[k] > 0 {
			r.Coverage[k] = math.Min(1, covered[k]/w.Trade[k])
			if r.Coverage[k] > 1-rounding {
				r.Coverage[k] = 1
			}
		}
	}
	power := make([]float64, len(flows)) // t̂_f^(1-σ)
	for f, x := range flows {
		k := x.Exporter*n + x.Importer
		power[f] = math.Pow(x.Cost, 1-sigma)
		if covered[k] > 0 {
			change[k] += r.Coverage[k] * x.ValueUSD / covered[k] * (power[f] - 1)
		}
	}
	within := append([]float64(nil), change...) // of flows alone
	for k := range change {
		if change[k] < rounding { // every way is gone
			change[k] = 0
		}
		within[k] = change[k]
		if policy != nil {
			change[k] *= math.Pow(policy[k], 1-sigma)
		}
		r.Cost[k] = math.Pow(change[k], 1/(1-sigma))
	}
	var err error
	if r.Equilibrium, err = Counterfactual(w, sigma, change); err != nil {
		return nil, err
	}
	for f, x := range flows {
		k := x.Exporter*n + x.Importer
		if w.Trade[k] == 0 || within[k] == 0 {
			r.Quantity[f] = 0
			if w.Trade[k] == 0 {
				r.Quantity[f] = 1 // goods that the table of trade does not know stay what they are
			}
			continue
		}
		policed := 1.0
		if policy != nil {
			policed = policy[k]
		}
		value := r.Trade[k] / w.Trade[k] * power[f] / within[k]
		r.Quantity[f] = value / (r.Price[x.Exporter] * x.Cost * policed)
		if power[f] == 0 {
			r.Quantity[f] = 0
		}
	}
	return r, nil
}

// rounding is what sums of shares may be off by.
const rounding = 1e-12

// RespondPartial gives what is carried over what was, by flow, where output,
// expenditure and the prices of all others are held: t̂^(-σ). It is a partial
// equilibrium, for studies without a whole table of trade.
func RespondPartial(sigma float64, flows []Flow) ([]float64, error) {
	if !(sigma > 1) || math.IsInf(sigma, 0) {
		return nil, fmt.Errorf("trade: sigma is %g: more than 1 was expected, else dearer goods would gain shares", sigma)
	}
	out := make([]float64, len(flows))
	for f, x := range flows {
		if !(x.Cost > 0) {
			return nil, fmt.Errorf("trade: flow %d: the cost is %g: more than 0 was expected", f+1, x.Cost)
		}
		out[f] = math.Pow(x.Cost, -sigma)
	}
	return out, nil
}
