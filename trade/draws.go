package trade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Range is where the middle 80 and 95 per cent of draws lie.
type Range struct{ Low95, Low80, High80, High95 float64 }

// Spread is how far a counterfactual is uncertain because its coefficients were
// estimated: ranges of ratios by country.
type Spread struct {
	Draws, Failed                                int // failed: no equilibrium was found
	RealOutput, Welfare, Price, Exports, Imports []Range
}

// DrawCounterfactuals works the full equilibrium out for coefficients drawn from the
// normal distribution of an estimate with mean estimate[k] and covariance [k×k]
// (Krinsky and Robb 1986, Review of Economics and Statistics 68(4)):
// t^(1-σ) changes by exp(Σ_k coefficient_k · difference_k), each difference [n×n]. Draw
// number i depends on the seed and i alone, so the result does not depend on workers
// (0: one a core). A draw without an equilibrium is counted, and left out; where half
// of them have none, that is an error.
func DrawCounterfactuals(ctx context.Context, w *World, sigma float64, difference [][]float64, estimate []float64, covariance *mat.SymDense, draws int, seed uint64, workers int) (*Spread, error) {
	k, n := len(estimate), len(w.Countries)
	if draws < 2 {
		return nil, fmt.Errorf("trade: %d draws: two or more were expected", draws)
	}
	if len(difference) != k || covariance.SymmetricDim() != k {
		panic("trade: coefficients, differences and covariance do not match")
	}
	root, err := rootOf(covariance)
	if err != nil {
		return nil, err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	found := make([]*Equilibrium, draws)
	errs := make([]error, draws)
	next := make(chan int, draws)
	for i := range draws {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			change := make([]float64, n*n)
			for i := range next {
				if ctx.Err() != nil {
					return
				}
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				z := make([]float64, k)
				for j := range z {
					z[j] = distuv.UnitNormal.Quantile(rng.Float64())
				}
				clear(change)
				for a := range k {
					b := estimate[a]
					for j := range k {
						b += root.At(a, j) * z[j]
					}
					for p, d := range difference[a] {
						change[p] += b * d
					}
				}
				for p, v := range change {
					change[p] = math.Exp(v)
				}
				found[i], errs[i] = Counterfactual(w, sigma, change)
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &Spread{Draws: draws}
	var kept []*Equilibrium
	for i, e := range found {
		switch {
		case errs[i] == nil:
			kept = append(kept, e)
		case errors.Is(errs[i], ErrNoEquilibrium):
			out.Failed++
		default:
			return nil, errs[i]
		}
	}
	if 2*out.Failed > draws {
		return nil, fmt.Errorf("trade: %w in %d of %d draws", ErrNoEquilibrium, out.Failed, draws)
	}
	for _, x := range []struct {
		into *[]Range
		of   func(*Equilibrium) []float64
	}{{&out.RealOutput, func(e *Equilibrium) []float64 { return e.RealOutput }}, {&out.Welfare, func(e *Equilibrium) []float64 { return e.Welfare }},
		{&out.Price, func(e *Equilibrium) []float64 { return e.Price }}, {&out.Exports, func(e *Equilibrium) []float64 { return e.Exports }},
		{&out.Imports, func(e *Equilibrium) []float64 { return e.Imports }}} {
		values := make([]float64, len(kept))
		for c := range n {
			for i, e := range kept {
				values[i] = x.of(e)[c]
			}
			sort.Float64s(values)
			*x.into = append(*x.into, Range{Quantile(values, 0.025), Quantile(values, 0.1), Quantile(values, 0.9), Quantile(values, 0.975)})
		}
	}
	return out, nil
}

// rootOf gives a matrix whose product with its transpose is the covariance, which may
// be of less than full rank.
func rootOf(covariance *mat.SymDense) (*mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, errors.New("trade: the covariance of the coefficients has no decomposition")
	}
	values := eigen.Values(nil)
	largest := values[len(values)-1]
	var root mat.Dense
	eigen.VectorsTo(&root)
	for j, v := range values {
		if v < -1e-9*math.Max(largest, 1e-300) || math.IsNaN(v) {
			return nil, fmt.Errorf("trade: the covariance of the coefficients is none: it has the eigenvalue %g", v)
		}
		for i := range values {
			root.Set(i, j, root.At(i, j)*math.Sqrt(math.Max(0, v)))
		}
	}
	return &root, nil
}

// Quantile interpolates the quantile q in a sorted list.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
