package assignment

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/karvan/karvan/routing"
)

// Class is a kind of goods, as the solver sees it.
type Class struct {
	Name string
	// FixedH is the generalised time of each arc without delay [nArcs], in h;
	// +Inf where the class may not go.
	FixedH []float64
	// DispersionPerH is the scale of the logit over nests, in 1/h: the larger,
	// the more surely the cheapest is chosen.
	DispersionPerH float64
	// NestRatio is lambda in (0, 1]: the logit inside a nest has the scale
	// DispersionPerH / NestRatio. 1 makes it one multinomial logit.
	NestRatio float64
}

// Demand is a flow from a node to a node.
type Demand struct {
	Class        int32
	Origin, Dest int32
	TPerYr       float64
}

// Problem is what is to be solved. Arcs are those of the graph.
type Problem struct {
	Graph    *routing.Graph
	Resource []int32 // [nArcs], -1 where nothing is shared
	Delay    []VDF   // [nResources]
	Classes  []Class
	Demands  []Demand
	// Label names the mode that an arc is ridden by, -1 for none [nArcs]: the
	// sequence of labels along a route, repeats removed, is its mode chain,
	// which is its nest.
	Label []int16
	// LengthKm is the length of each arc [nArcs], by which the path-size term
	// measures overlap.
	LengthKm []float64
}

// Options steer a solver. The zero value means the defaults given.
type Options struct {
	Workers       int       // 0: all cores
	MaxIterations int       // 0: 500
	Residual      float64   // SolveLogit: stop at this fixed-point residual; 0: 1e-6
	RelativeGap   float64   // SolveDeterministic: stop at this gap; 0: 1e-6
	Start         []float64 // SolveLogit: volumes [nResources] to start from; nil: those of free flow
	// StepsOnly gives up on steep problems instead of finishing them at length:
	// for a rough answer.
	StepsOnly bool
	// Progress, if set, is told each iteration; a returned error stops the
	// solver with that error.
	Progress func(Iteration) error
}

// Iteration is one line of the trace of a solver.
type Iteration struct {
	Number      int
	RelativeGap float64 // (TSTT - SPTT)/TSTT over the routes held, signed
	Residual    float64 // sum |h - q P| / sum q; NaN for the deterministic
	Objective   float64 // h t/yr
}

// ErrNotConverged is wrapped in the error of a solver that reached its limit
// of iterations. The result is returned too, and marked.
var ErrNotConverged = errors.New("not converged")

// Result is an equilibrium, or as near to one as the solver came.
type Result struct {
	Routes    *Routes
	RouteFlow []float64 // [nRoutes], t/yr
	RouteH    []float64 // [nRoutes], generalised h with delay
	ArcFlow   [][]float64
	Volume    []float64 // [nResources], t/yr
	DelayH    []float64 // [nResources]
	Trace     []Iteration
	Converged bool
}

// Check reports what is wrong with the problem's shapes and values.
func (p *Problem) Check() error {
	arcs := len(p.Graph.From)
	if len(p.Resource) != arcs || len(p.Label) != arcs || len(p.LengthKm) != arcs {
		return fmt.Errorf("assignment: %d arcs, but %d resources, %d labels, %d lengths", arcs, len(p.Resource), len(p.Label), len(p.LengthKm))
	}
	for r, v := range p.Delay {
		if err := v.Check(); err != nil {
			return fmt.Errorf("assignment: resource %d: %w", r, err)
		}
	}
	for _, c := range p.Classes {
		if len(c.FixedH) != arcs {
			return fmt.Errorf("assignment: class %s: %d fixed times for %d arcs", c.Name, len(c.FixedH), arcs)
		}
		for a, h := range c.FixedH {
			if math.IsNaN(h) || h < 0 {
				return fmt.Errorf("assignment: class %s: arc %d: fixed time must be >= 0 (got %g)", c.Name, a, h)
			}
		}
		if !(c.DispersionPerH > 0) || !(c.NestRatio > 0 && c.NestRatio <= 1) {
			return fmt.Errorf("assignment: class %s: dispersion must be > 0 and the nest ratio in (0, 1] (got %g, %g)", c.Name, c.DispersionPerH, c.NestRatio)
		}
	}
	for i, d := range p.Demands {
		if !(d.TPerYr >= 0) || math.IsInf(d.TPerYr, 1) {
			return fmt.Errorf("assignment: demand %d: tonnes must be finite and >= 0 (got %g)", i, d.TPerYr)
		}
	}
	return nil
}

// pieces cuts n items into the same pieces whatever the number of workers,
// runs do on each, and waits. do must only write what belongs to its piece.
func pieces(n, workers int, do func(piece, from, to int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	count := min(numPieces, n)
	if workers == 1 || count <= 1 {
		for k := 0; k < count; k++ {
			do(k, k*n/count, (k+1)*n/count)
		}
		return
	}
	next := make(chan int, count)
	for k := 0; k < count; k++ {
		next <- k
	}
	close(next)
	var wg sync.WaitGroup
	for range min(workers, count) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := range next {
				do(k, k*n/count, (k+1)*n/count)
			}
		}()
	}
	wg.Wait()
}

// numPieces is fixed, so that sums over pieces never depend on the machine.
const numPieces = 64
