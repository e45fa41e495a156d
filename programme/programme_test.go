package programme

import (
	"context"
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// table values every set at will; its bound is the true least value of the sets between two,
// less a little: as good as none, or as good as can be.
type table struct {
	value []float64
	slack float64
	fail  error
}

func (t *table) Value(_ context.Context, set uint64, _ float64) (float64, error) {
	return t.value[set], t.fail
}

func (t *table) Bound(_ context.Context, in, out uint64, _ float64, use []float64) (float64, error) {
	least := math.Inf(1)
	for set, v := range t.value {
		if uint64(set)&in == in && uint64(set)&out == 0 {
			least = math.Min(least, v)
		}
	}
	for k := range use {
		use[k] = float64(bits.TrailingZeros64(uint64(k + 1)))
	}
	return least - t.slack, nil
}

// Values that follow no order at all: both ways find the best set that fits, with any number
// of workers, however weak the bound.
func TestBothFindTheBest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		n := rapid.IntRange(0, 7).Draw(rt, "projects")
		p := &Problem{Cost: make([]float64, n)}
		total := 0.0
		for k := range p.Cost {
			p.Cost[k] = 1 + math.Round(9*r.Float64())
			total += p.Cost[k]
		}
		p.Budget = total * rapid.Float64Range(0, 1).Draw(rt, "share")
		e := &table{value: make([]float64, 1<<n), slack: rapid.SampledFrom([]float64{0, 10, 1e6}).Draw(rt, "slack")}
		best, at := math.Inf(1), uint64(0)
		for set := range e.value {
			e.value[set] = 100 * r.Float64()
			if p.fits(uint64(set)) && e.value[set] < best {
				best, at = e.value[set], uint64(set)
			}
		}
		for name, way := range map[string]func(context.Context, *Problem, []Evaluator, Options) (Result, error){"enumerate": Enumerate, "branch": Branch} {
			var first Result
			for workers := range 3 {
				res, err := way(context.Background(), p, []Evaluator{e, e, e}, Options{Workers: workers + 1})
				if err != nil || res.Value != best || res.Set != at || !res.Proved || res.LowerBound != best {
					t.Fatalf("%s: %+v %v, expected set %b of %g", name, res, err, at, best)
				}
				if workers > 0 && res != first {
					t.Fatalf("%s: %+v with one worker, %+v with %d", name, first, res, workers+1)
				}
				first = res
			}
		}
	})
}

func TestSearchEndsWell(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := &Problem{Cost: []float64{1, 1}, Budget: 1}
	e := &table{value: []float64{4, 3, 2, 1}}
	res, err := Branch(ctx, p, []Evaluator{e}, Options{})
	if !errors.Is(err, context.Canceled) || res.Proved || res.LowerBound > 2 {
		t.Errorf("%+v %v", res, err)
	}
	e.fail = errors.New("full")
	if _, err := Enumerate(context.Background(), p, []Evaluator{e}, Options{}); !errors.Is(err, e.fail) {
		t.Error(err)
	}
	for _, bad := range []*Problem{{Cost: []float64{0}, Budget: 1}, {Cost: []float64{math.NaN()}, Budget: 1}, {Cost: []float64{1}, Budget: -1}, {Cost: make([]float64, 65)}} {
		if _, err := Branch(context.Background(), bad, []Evaluator{e}, Options{}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if _, err := Branch(context.Background(), p, nil, Options{}); err == nil {
		t.Error("no evaluator was taken")
	}
}
