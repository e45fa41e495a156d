package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"

	"github.com/karvan/karvan/pipeflow"
)

// Capacity is what a step can carry with one number for each assumption.
type Capacity struct {
	*pipeflow.Throughput
	Built *Built
}

// Capacity works out what a step can carry. Gains asks also for what each limit more would add.
func (l *Line) Capacity(ctx context.Context, step *Step, values Values, gains bool) (*Capacity, error) {
	return l.near(ctx, step, values, pipeflow.CapacityOptions{Gains: gains, Tolerance: 1e-7, Solve: pipeflow.Options{Residual: 1e-10}})
}

// near is Capacity with options of its own, such as where to begin to look.
func (l *Line) near(ctx context.Context, step *Step, values Values, opt pipeflow.CapacityOptions) (*Capacity, error) {
	b, err := l.Build(step, values)
	if err != nil {
		return nil, err
	}
	t, err := pipeflow.Capacity(ctx, b.Network, b.Takes, opt)
	if err != nil {
		return nil, fmt.Errorf("pipeline %s, step %s: %w", l.ID, step.ID, err)
	}
	return &Capacity{t, b}, nil
}

// Options says how a step is assessed.
type Options struct {
	Draws   int // of all assumptions, for the range; 0: 200, less: no range and no swings
	Seed    uint64
	Workers int
	// Progress is called now and then with the share done of a step; an error ends the work.
	Progress func(done, total int) error
}

// Swing is what one assumption does to a capacity when it goes from low to high and the others
// stay.
type Swing struct {
	Assumption *Assumption
	AtLow      float64 // kg/s; 0 where nothing can be carried
	AtHigh     float64
	// Share is the part of the sum of squared swings that is this one's.
	Share float64
	// Needed is the value at which the computed capacity is the stated one, the others kept;
	// NaN: none within three times the range.
	Needed float64
}

// Row is a stated capacity beside the computed one, in the unit of the stated.
type Row struct {
	Step       *Step
	Stated     Stated
	Low        float64
	Computed   float64
	High       float64
	Within     bool
	Bottleneck string
	// Main is the assumption that carries most of the range.
	Main *Swing
	// Others are the assumptions, largest swing first, one of which alone would bring the
	// computed capacity to the stated one. Only where the stated lies outside the range.
	Others []Swing
	// Together are assumptions, largest swing first, that reach the stated capacity when all of
	// them lie at the end of their range that goes towards it, and none of which can be left
	// out; Reached is the capacity then. Where not even all reach it, Together is empty.
	Together []Swing
	Reached  float64
}

// Assessment is a step with its range and what it comes from.
type Assessment struct {
	Line *Line
	Step *Step
	Base *Capacity
	Low  float64 // kg/s, 10th percentile over draws
	High float64 // kg/s, 90th percentile
	// Failed counts draws in which no flow keeps all bounds, such as a pump that cannot lift the
	// oil at all. They contradict a line that runs, and are left out of the range.
	Failed int
	Swings []Swing // largest first
	Rows   []Row
}

// Assess works out a step: its capacity, the range over draws of all assumptions at once (Latin
// hypercube), and the swing of each alone. The same seed gives the same numbers with any number
// of workers.
func (l *Line) Assess(ctx context.Context, step *Step, opt Options) (*Assessment, error) {
	if opt.Draws == 0 {
		opt.Draws = 200
	}
	base, err := l.Capacity(ctx, step, l.Base(), true)
	var none *pipeflow.NoThroughputError
	if errors.As(err, &none) {
		b, e := l.Build(step, l.Base())
		if e != nil {
			return nil, e
		}
		base, err = &Capacity{&pipeflow.Throughput{Bottleneck: "no flow keeps all bounds: " + none.Shortfalls[0].String()}, b}, nil
	}
	if err != nil {
		return nil, err
	}
	a := &Assessment{Line: l, Step: step, Base: base}
	if opt.Draws < 0 {
		return a, a.compare(ctx)
	}
	loose := l.loose(base.Built)
	draws := l.hypercube(loose, opt.Draws, opt.Seed)
	jobs := draws
	for _, i := range loose { // and each alone at both ends
		for _, v := range []float64{l.Assumptions[i].Low, l.Assumptions[i].High} {
			alone := l.Base()
			alone[i] = v
			jobs = append(jobs, alone)
		}
	}
	flows := make([]float64, len(jobs))
	err = each(len(jobs), opt, func(j int) error {
		f, err := l.flow(ctx, step, jobs[j], base.KgPerS)
		flows[j] = f
		return err
	})
	if err != nil {
		return nil, err
	}
	drawn := append([]float64(nil), flows[:opt.Draws]...)
	sort.Float64s(drawn)
	for a.Failed < len(drawn) && drawn[a.Failed] == 0 {
		a.Failed++
	}
	if len(loose) == 0 {
		a.Low, a.High = base.KgPerS, base.KgPerS
	} else if drawn = drawn[a.Failed:]; len(drawn) > 0 {
		a.Low, a.High = quantile(drawn, 0.1), quantile(drawn, 0.9)
	}
	sum := 0.0
	for k, i := range loose {
		s := Swing{Assumption: &l.Assumptions[i], AtLow: flows[opt.Draws+2*k], AtHigh: flows[opt.Draws+2*k+1], Needed: math.NaN()}
		sum += (s.AtHigh - s.AtLow) * (s.AtHigh - s.AtLow)
		a.Swings = append(a.Swings, s)
	}
	for k := range a.Swings {
		if sum > 0 {
			a.Swings[k].Share = math.Pow(a.Swings[k].AtHigh-a.Swings[k].AtLow, 2) / sum
		}
	}
	sort.SliceStable(a.Swings, func(i, j int) bool { return a.Swings[i].Share > a.Swings[j].Share })
	return a, a.compare(ctx)
}

// flow is the capacity in kg/s, looked for from a first guess; 0 where no flow keeps all bounds.
func (l *Line) flow(ctx context.Context, step *Step, values Values, guess float64) (float64, error) {
	c, err := l.near(ctx, step, values, pipeflow.CapacityOptions{Tolerance: 1e-5, Solve: pipeflow.Options{Residual: 1e-8}, StartKgPerS: guess})
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	// Numbers that were drawn apart may contradict one another, as a delivery above what the
	// pipe may bear, or leave what an equation is good for. The line at its values is sound: it
	// was worked out before any draw.
	if err != nil {
		return 0, nil
	}
	return c.KgPerS, nil
}

// loose lists the assumptions with a range that a network was made of.
func (l *Line) loose(b *Built) []int {
	var out []int
	for i := range l.Assumptions {
		if b.used[i] && !l.Assumptions[i].Certain() {
			out = append(out, i)
		}
	}
	return out
}

// hypercube draws values so that each assumption takes each of n equal shares of its range once.
func (l *Line) hypercube(loose []int, n int, seed uint64) []Values {
	out := make([]Values, n)
	for j := range out {
		out[j] = l.Base()
	}
	for k, i := range loose {
		rng := rand.New(rand.NewPCG(seed, uint64(k)))
		for j, place := range rng.Perm(n) {
			out[j][i] = l.Assumptions[i].At((float64(place) + rng.Float64()) / float64(n))
		}
	}
	return out
}

// quantile is the p-quantile of sorted values, straight between them.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// each calls f for 0 to n-1 by several workers; the first error by number is returned.
func each(n int, opt Options, f func(int) error) error {
	var (
		mutex sync.Mutex
		done  int
		group sync.WaitGroup
		errs  = make([]error, n)
		next  = make(chan int)
		ended = make(chan struct{})
		end   sync.Once
	)
	for range max(1, opt.Workers) {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range next {
				if errs[i] = f(i); errs[i] == nil && opt.Progress != nil {
					mutex.Lock()
					done++
					errs[i] = opt.Progress(done, n)
					mutex.Unlock()
				}
				if errs[i] != nil {
					end.Do(func() { close(ended) })
				}
			}
		}()
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ended:
			break feed
		}
	}
	close(next)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// mostOthers is how many assumptions are told that alone would explain a stated capacity.
const mostOthers = 5

// compare lays each stated capacity beside the computed one.
func (a *Assessment) compare(ctx context.Context) error {
	b := a.Base.Built
	for _, s := range a.Step.Stated {
		one, err := b.In(s.Unit, 1)
		if err != nil {
			return err
		}
		r := Row{Step: a.Step, Stated: s, Low: a.Low * one, Computed: a.Base.KgPerS * one, High: a.High * one, Bottleneck: a.Base.Bottleneck}
		const touch = 1e-6 // digits beyond which capacities are not looked for
		r.Within = r.Low*(1-touch) <= s.Value && s.Value <= r.High*(1+touch)
		if a.High == 0 && len(a.Swings) == 0 { // no range was asked for
			a.Rows = append(a.Rows, r)
			continue
		}
		if len(a.Swings) > 0 {
			r.Main = &a.Swings[0]
		}
		if !r.Within {
			// Those with the largest swings first; few swings are large enough.
			for _, w := range a.Swings[:min(len(a.Swings), 3*mostOthers)] {
				if w.Needed, err = a.needed(ctx, w.Assumption, s.Value/one); err != nil {
					return err
				}
				if !math.IsNaN(w.Needed) && len(r.Others) < mostOthers {
					r.Others = append(r.Others, w)
				}
			}
			if err := a.together(ctx, &r, s.Value/one, one); err != nil {
				return err
			}
		}
		a.Rows = append(a.Rows, r)
	}
	return nil
}

// together moves assumptions one after another to the end that goes towards a stated capacity.
func (a *Assessment) together(ctx context.Context, r *Row, kgPerS, one float64) error {
	l := a.Line
	values := l.Base()
	more := kgPerS > a.Base.KgPerS
	for k := range a.Swings {
		w := &a.Swings[k]
		end := w.Assumption.High
		if (w.AtHigh > w.AtLow) != more {
			end = w.Assumption.Low
		}
		values[l.find(w.Assumption.Element, w.Assumption.Quantity)] = end
		f, err := l.flow(ctx, a.Step, values, a.Base.KgPerS)
		if err != nil {
			return err
		}
		r.Reached = f * one
		if (f >= kgPerS) == more {
			return a.prune(ctx, r, values, k, kgPerS, one)
		}
	}
	return nil
}

// prune puts back, smallest swing first, what is not needed to reach a stated capacity.
func (a *Assessment) prune(ctx context.Context, r *Row, values Values, last int, kgPerS, one float64) error {
	l := a.Line
	more := kgPerS > a.Base.KgPerS
	kept := make([]Swing, 0, last+1)
	for k := last; k >= 0; k-- {
		w := &a.Swings[k]
		i := l.find(w.Assumption.Element, w.Assumption.Quantity)
		moved := values[i]
		values[i] = w.Assumption.Value
		f, err := l.flow(ctx, a.Step, values, a.Base.KgPerS)
		if err != nil {
			return err
		}
		if (f >= kgPerS) == more {
			r.Reached = f * one
			continue
		}
		values[i] = moved
		kept = append(kept, *w)
	}
	slices.Reverse(kept)
	r.Together = kept
	return nil
}

// needed is the value of an assumption, the others kept, at which the capacity is the given one;
// NaN where there is none within three times the range on either side.
func (a *Assessment) needed(ctx context.Context, x *Assumption, kgPerS float64) (float64, error) {
	l := a.Line
	index := l.find(x.Element, x.Quantity)
	at := func(v float64) (float64, error) {
		values := l.Base()
		values[index] = v
		return l.flow(ctx, a.Step, values, a.Base.KgPerS)
	}
	bounds := Quantities[x.Quantity]
	for _, end := range []float64{x.Value + 3*(x.High-x.Value), x.Value + 3*(x.Low-x.Value)} {
		end = math.Max(bounds.Least, math.Min(bounds.Most, end))
		if bounds.Least == 0 && end == 0 {
			end = x.Low / 10
		}
		// Where nothing can be carried so far out, a nearer end is tried.
		far := 0.0
		for try := 0; try < 6 && far == 0; try++ {
			if try > 0 {
				end = (end + x.Value) / 2
			}
			var err error
			if far, err = at(end); err != nil {
				return 0, err
			}
		}
		near := a.Base.KgPerS
		if far == 0 || (near-kgPerS)*(far-kgPerS) > 0 {
			continue
		}
		low, high := x.Value, end
		for range 18 {
			mid := (low + high) / 2
			f, err := at(mid)
			if err != nil {
				return 0, err
			}
			if (f-kgPerS)*(near-kgPerS) > 0 {
				low = mid
			} else {
				high = mid
			}
		}
		return (low + high) / 2, nil
	}
	return math.NaN(), nil
}

// FuelUSDPerT is the cost of the fuel of all stations at capacity, per tonne that enters; 0
// where the line has no price of fuel.
func (a *Assessment) FuelUSDPerT() float64 {
	if a.Base.KgPerS == 0 {
		return 0
	}
	return a.Base.FuelMW * a.Base.Built.FuelUSDPerMWh / (a.Base.KgPerS * 3.6)
}
