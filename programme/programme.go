// Package programme chooses projects: the set that gives the least value within a budget,
// with a proof where one can be had. It is given what a set is worth, and a lower bound on
// what any set between two is worth; a value alone would prove nothing, for a project can
// make things worse (Braess 1968).
//
// [Enumerate] looks at every set that the budget allows, [Branch] at those that the bounds do
// not rule out (Land and Doig 1960, doi:10.2307/1910129). Both come to the same, and to the
// same bits with any number of workers.
package programme

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
)

// Most is how many projects a problem may have.
const Most = 64

// Evaluator says what sets of projects come to; sets are bits. It is used by one goroutine
// at a time. It is asked in an order that does not depend on the number of workers, so it
// may go on from what it did before.
type Evaluator interface {
	// Value is what a set comes to, the less the better. What it gives may be rough where
	// the true value is above over.
	Value(ctx context.Context, set uint64, over float64) (float64, error)
	// Bound is a value that no set with all of in and none of out is below. It may be lower
	// than what could be had where that is below over already, and it may end as soon as it
	// is above. Use says how much use each project was of, in any unit, at its solution.
	Bound(ctx context.Context, in, out uint64, over float64, use []float64) (float64, error)
}

// Problem is what is to be chosen from.
type Problem struct {
	Cost   []float64 // of each project, > 0
	Budget float64
}

// Check says what is wrong with a problem.
func (p *Problem) Check() error {
	if len(p.Cost) > Most {
		return fmt.Errorf("programme: %d projects: %d at most were expected", len(p.Cost), Most)
	}
	for k, c := range p.Cost {
		if !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("programme: project %d: a cost above 0 was expected (got %g)", k, c)
		}
	}
	if !(p.Budget >= 0) {
		return fmt.Errorf("programme: a budget of 0 or more was expected (got %g)", p.Budget)
	}
	return nil
}

// costOf is what a set costs.
func (p *Problem) costOf(set uint64) float64 {
	sum := 0.0
	for ; set != 0; set &= set - 1 {
		sum += p.Cost[bits.TrailingZeros64(set)]
	}
	return sum
}

// fits says whether a set is within the budget; sums of costs may be off by rounding.
func (p *Problem) fits(set uint64) bool {
	return p.costOf(set) <= p.Budget*(1+1e-12)
}

// Options steer a search.
type Options struct {
	Workers  int     // 0: all cores, and no more than evaluators
	Margin   float64 // sets whose bound is no further than this share below the best are left; 0: 1e-9
	Progress func(at Result)
}

// Result is the best set found.
type Result struct {
	Set        uint64
	Value      float64
	LowerBound float64 // no set that fits is below
	Proved     bool    // the bound is the value, but for the margin
	Solves     int     // values and bounds asked for
}

// search is what both ways share.
type search struct {
	p          *Problem
	evaluators []Evaluator
	workers    int
	margin     float64
	best       Result
	known      map[uint64]bool // sets whose value was asked for
}

func newSearch(p *Problem, evaluators []Evaluator, o Options) (*search, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if len(evaluators) == 0 {
		return nil, errors.New("programme: no evaluator")
	}
	s := &search{p: p, evaluators: evaluators, workers: o.Workers, margin: o.Margin, best: Result{Value: math.Inf(1), LowerBound: math.Inf(-1)}, known: map[uint64]bool{}}
	if s.workers <= 0 {
		s.workers = runtime.GOMAXPROCS(0)
	}
	if s.margin == 0 {
		s.margin = 1e-9
	}
	return s, nil
}

// line is the value above which nothing is of interest.
func (s *search) line() float64 { return s.best.Value * (1 - s.margin) }

// each runs do for each of n evaluators beside one another, and gives the first error in
// their order.
func (s *search) each(n int, do func(k int, e Evaluator) error) error {
	errs := make([]error, n)
	next := make(chan int, n)
	for k := range n {
		next <- k
	}
	close(next)
	var wg sync.WaitGroup
	for range min(s.workers, n) {
		wg.Go(func() {
			for k := range next {
				errs[k] = do(k, s.evaluators[k])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// take notes the value of a set; of equal ones the set that comes first stays.
func (s *search) take(set uint64, value float64) {
	if value < s.best.Value || value == s.best.Value && set < s.best.Set {
		s.best.Set, s.best.Value = set, value
	}
}

// Enumerate looks at every set that the budget allows.
func Enumerate(ctx context.Context, p *Problem, evaluators []Evaluator, o Options) (Result, error) {
	s, err := newSearch(p, evaluators, o)
	if err != nil {
		return Result{}, err
	}
	if len(p.Cost) > 30 {
		return Result{}, fmt.Errorf("programme: %d projects are too many to look at every set of", len(p.Cost))
	}
	// In the order of a Gray code, so that each set is near the one before.
	total := uint64(1) << len(p.Cost)
	values := make([]float64, len(evaluators))
	sets := make([]uint64, 0, len(evaluators))
	for n := uint64(0); n < total || len(sets) > 0; {
		for sets = sets[:0]; n < total && len(sets) < len(evaluators); n++ {
			if set := n ^ n>>1; p.fits(set) {
				sets = append(sets, set)
			}
		}
		if err := ctx.Err(); err != nil {
			return s.best, err
		}
		err := s.each(len(sets), func(k int, e Evaluator) (err error) {
			values[k], err = e.Value(ctx, sets[k], s.best.Value)
			return err
		})
		if err != nil {
			return s.best, err
		}
		for k, set := range sets {
			s.take(set, values[k])
		}
		s.best.Solves += len(sets)
		if o.Progress != nil {
			o.Progress(s.best)
		}
	}
	s.best.LowerBound, s.best.Proved = s.best.Value, true
	return s.best, nil
}
