package assignment

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/routing"
)

// SolveDeterministic finds Wardrop's user equilibrium by path-based gradient
// projection (Jayakrishnan, Tsai, Prashker and Rajadhyaksha 1994; Bertsekas
// 1976, doi:10.1109/TAC.1976.1101194): each demand moves flow from its dearer routes to its
// cheapest by a Newton step on the cost difference, demands in turn. New
// routes come from shortest paths under the costs of each round. It stops at
// the relative gap (TSTT - SPTT)/TSTT, whose SPTT is of paths computed afresh.
// An error that wraps [ErrNotConverged] comes with a result.
func SolveDeterministic(p *Problem, o Options) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := newProjection(p, o.Workers)
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 500)
	res := &Result{}
	// The first round has no flows yet: it loads the first paths.
	for it := 0; it <= limit; it++ {
		unserved := s.shortestPaths()
		if unserved >= 0 {
			d := p.Demands[unserved]
			return nil, fmt.Errorf("assignment: class %s: no path from node %d to node %d", p.Classes[d.Class].Name, d.Origin, d.Dest)
		}
		line := Iteration{Number: it, RelativeGap: s.gap(), Residual: math.NaN(), Objective: s.objective()}
		if it > 0 {
			res.Trace = append(res.Trace, line)
			if o.Progress != nil {
				if err := o.Progress(line); err != nil {
					return nil, err
				}
			}
			if line.RelativeGap <= target {
				res.Converged = true
				break
			}
		}
		if it == limit {
			break
		}
		s.addPaths()
		for inner := 0; inner < innerSweeps; inner++ {
			s.sweep()
		}
	}
	s.finish(res)
	if !res.Converged {
		return res, fmt.Errorf("assignment: relative gap %.2e after %d iterations, wanted %.0e: %w",
			res.Trace[len(res.Trace)-1].RelativeGap, limit, target, ErrNotConverged)
	}
	return res, nil
}

// innerSweeps is how often flow is moved between the routes held before the
// next search for new ones: moves are cheap, searches are not.
const innerSweeps = 8

type pathFlow struct {
	arcs   []int32
	res    []int32
	fixedH float64
	flow   float64
}

type projection struct {
	p       *Problem
	workers int
	paths   [][]pathFlow // by demand
	volume  []float64
	delay   []float64
	slope   []float64
	tasks   [][]int // demands by class and origin
	best    []pathFlow
	bestH   []float64
	used    []int32 // scratch: how often each resource is on the cheaper path
}

func newProjection(p *Problem, workers int) *projection {
	n := len(p.Delay)
	s := &projection{p: p, workers: workers, paths: make([][]pathFlow, len(p.Demands)), volume: make([]float64, n),
		delay: make([]float64, n), slope: make([]float64, n), best: make([]pathFlow, len(p.Demands)),
		bestH: make([]float64, len(p.Demands)), used: make([]int32, n)}
	index := map[[2]int32]int{}
	for i, d := range p.Demands {
		k := [2]int32{d.Class, d.Origin}
		t, ok := index[k]
		if !ok {
			t = len(s.tasks)
			index[k] = t
			s.tasks = append(s.tasks, nil)
		}
		s.tasks[t] = append(s.tasks[t], i)
	}
	s.renew()
	return s
}

// renew computes delays and slopes afresh from the volumes.
func (s *projection) renew() {
	for r, v := range s.volume {
		s.delay[r] = s.p.Delay[r].DelayH(math.Max(0, v))
		s.slope[r] = s.p.Delay[r].Derivative(math.Max(0, v))
	}
}

// shortestPaths finds each demand's cheapest path at the current delays, and
// gives a demand that has none, or -1.
func (s *projection) shortestPaths() int {
	bad := make([]int, numPieces)
	pieces(len(s.tasks), s.workers, func(piece, from, to int) {
		bad[piece] = -1
		var tree routing.Tree
		cost := make([]float64, len(s.p.Graph.From))
		for _, demands := range s.tasks[from:to] {
			d0 := s.p.Demands[demands[0]]
			fixed := s.p.Classes[d0.Class].FixedH
			for a := range cost {
				cost[a] = fixed[a]
				if r := s.p.Resource[a]; r >= 0 {
					cost[a] += s.delay[r]
				}
			}
			tree.Grow(s.p.Graph, d0.Origin, cost)
			for _, d := range demands {
				dest := s.p.Demands[d].Dest
				s.bestH[d] = tree.Cost[dest]
				if math.IsInf(tree.Cost[dest], 1) {
					if s.p.Demands[d].TPerYr > 0 && bad[piece] < 0 {
						bad[piece] = d
					}
					continue
				}
				arcs := tree.Path(s.p.Graph, dest, nil)
				path := pathFlow{arcs: arcs}
				for _, a := range arcs {
					path.fixedH += fixed[a]
					if r := s.p.Resource[a]; r >= 0 {
						path.res = append(path.res, r)
					}
				}
				s.best[d] = path
			}
		}
	})
	for piece := 0; piece < min(numPieces, len(s.tasks)); piece++ {
		if bad[piece] >= 0 {
			return bad[piece]
		}
	}
	return -1
}

func (s *projection) cost(path *pathFlow) float64 {
	c := path.fixedH
	for _, r := range path.res {
		c += s.delay[r]
	}
	return c
}

// gap is (TSTT - SPTT)/TSTT with the paths just found.
func (s *projection) gap() float64 {
	tstt, sptt := 0.0, 0.0
	for d := range s.paths {
		for k := range s.paths[d] {
			tstt += s.paths[d][k].flow * s.cost(&s.paths[d][k])
		}
		if q := s.p.Demands[d].TPerYr; q > 0 {
			sptt += q * s.bestH[d]
		}
	}
	if tstt == 0 {
		return 0
	}
	return (tstt - sptt) / tstt
}

// objective is Beckmann's, in h t/yr.
func (s *projection) objective() float64 {
	z := 0.0
	for r, v := range s.volume {
		z += s.p.Delay[r].Integral(math.Max(0, v))
	}
	for d := range s.paths {
		for k := range s.paths[d] {
			z += s.paths[d][k].flow * s.paths[d][k].fixedH
		}
	}
	return z
}

// addPaths gives each demand its new path; the first takes all its flow.
func (s *projection) addPaths() {
	for d := range s.paths {
		q := s.p.Demands[d].TPerYr
		if q == 0 || s.best[d].arcs == nil {
			continue
		}
		known := false
		for k := range s.paths[d] {
			if equalArcs(s.paths[d][k].arcs, s.best[d].arcs) {
				known = true
				break
			}
		}
		if known {
			continue
		}
		path := s.best[d]
		if len(s.paths[d]) == 0 {
			path.flow = q
			s.move(path.res, q)
		}
		s.paths[d] = append(s.paths[d], path)
	}
	s.renew()
}

func equalArcs(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// move adds flow to resources and renews what depends on them.
func (s *projection) move(res []int32, flow float64) {
	for _, r := range res {
		s.volume[r] += flow
	}
	for _, r := range res {
		v := math.Max(0, s.volume[r])
		s.delay[r] = s.p.Delay[r].DelayH(v)
		s.slope[r] = s.p.Delay[r].Derivative(v)
	}
}

// sweep lets every demand in turn move flow to its cheapest path, and drops
// paths that carry nothing.
func (s *projection) sweep() {
	for d := range s.paths {
		paths := s.paths[d]
		if len(paths) < 2 {
			continue
		}
		best := 0
		for k := 1; k < len(paths); k++ {
			if s.cost(&paths[k]) < s.cost(&paths[best]) {
				best = k
			}
		}
		for k := range paths {
			if k == best || paths[k].flow == 0 {
				continue
			}
			diff := s.cost(&paths[k]) - s.cost(&paths[best])
			if diff <= 0 {
				continue
			}
			slope := s.slopeOfDifference(paths[k].res, paths[best].res)
			shift := paths[k].flow
			if slope > 0 {
				shift = math.Min(shift, diff/slope)
			}
			s.shift(&paths[k], &paths[best], shift)
			if after := s.cost(&paths[k]) - s.cost(&paths[best]); after < -diff/2 {
				s.goBack(&paths[k], &paths[best], shift)
			}
		}
		kept := paths[:0]
		for k := range paths {
			if k == best || paths[k].flow > 0 {
				kept = append(kept, paths[k])
			}
		}
		s.paths[d] = kept
	}
	s.refresh()
}

// shift moves flow from one path to another.
func (s *projection) shift(from, to *pathFlow, flow float64) {
	from.flow -= flow
	to.flow += flow
	s.move(from.res, -flow)
	s.move(to.res, flow)
}

// goBack takes back part of a shift that went too far, as Newton's step does
// where a delay is flat before it is steep: by bisection, to where the two
// paths cost the same.
func (s *projection) goBack(from, to *pathFlow, shifted float64) {
	low, high, at := 0.0, shifted, shifted // of what stays shifted
	for range 60 {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return
		}
		s.shift(from, to, mid-at)
		at = mid
		if s.cost(from) > s.cost(to) {
			low = mid
		} else {
			high = mid
		}
	}
}

// slopeOfDifference is the derivative of the cost difference of two paths by
// the flow moved: the slopes of the resources that only one of them uses.
func (s *projection) slopeOfDifference(from, to []int32) float64 {
	for _, r := range from {
		s.used[r]++
	}
	for _, r := range to {
		s.used[r]--
	}
	sum := 0.0
	for _, list := range [2][]int32{from, to} {
		for _, r := range list {
			if u := float64(s.used[r]); u != 0 {
				sum += u * u * s.slope[r]
				s.used[r] = 0
			}
		}
	}
	for _, list := range [2][]int32{from, to} {
		for _, r := range list {
			s.used[r] = 0
		}
	}
	return sum
}

// refresh recomputes volumes from path flows, so that rounding never builds up.
func (s *projection) refresh() {
	clear(s.volume)
	for d := range s.paths {
		for k := range s.paths[d] {
			for _, r := range s.paths[d][k].res {
				s.volume[r] += s.paths[d][k].flow
			}
		}
	}
	s.renew()
}

// finish turns the paths held into the result's routes.
func (s *projection) finish(res *Result) {
	found := make([][]candidate, len(s.paths))
	var flows []float64
	for d := range s.paths {
		for k := range s.paths[d] {
			c := candidate{arcs: s.paths[d][k].arcs, costH: s.cost(&s.paths[d][k])}
			c.key = string(chain(s.p.Label, c.arcs, nil))
			found[d] = append(found[d], c)
			flows = append(flows, s.paths[d][k].flow)
		}
	}
	res.Routes, _ = flatten(s.p, found)
	res.RouteFlow = flows
	res.Volume = append([]float64(nil), s.volume...)
	res.DelayH = append([]float64(nil), s.delay...)
	fillRoutes(s.p, res)
}
