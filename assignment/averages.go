package assignment

import (
	"context"
	"math"
	"slices"
)

// The link-based methods, for comparison with bushes: they keep flows by link alone, and
// come near slowly.
const (
	// MSA takes the mean of all loadings so far.
	MSA = "msa"
	// BFW is the biconjugate Frank-Wolfe method (Mitradjieva and Lindberg 2013,
	// Transportation Science 47(2), doi:10.1287/trsc.1120.0409), with an exact line search.
	BFW = "bfw"
)

// SolveByLinks finds a user equilibrium by MSA or BFW. An error that wraps
// [ErrNotConverged] comes with a result.
func SolveByLinks(ctx context.Context, road *Road, trips []Trip, method string, o RoadOptions) (*RoadResult, error) {
	s, err := NewSolver(road, trips) // its trees, and the check of what is given
	if err != nil {
		return nil, err
	}
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	n := len(s.cost)
	clear(s.flow)
	s.renew()
	load := make([]float64, n)
	parts := make([][]float64, numPieces)
	s.load(load, parts, o.Workers)
	copy(s.flow, load)
	res := &RoadResult{}
	search := conjugates{s: s, before: make([]float64, n), earlier: make([]float64, n)}
	for res.Iterations = 0; ; res.Iterations++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.renew()
		s.load(load, parts, o.Workers)
		res.TSTT, res.SPTT = s.total(), 0
		for a, y := range load {
			res.SPTT += y * s.cost[a]
		}
		res.setGap()
		if o.Progress != nil {
			o.Progress(res.Iterations, res.RelativeGap)
		}
		if res.RelativeGap <= target {
			res.Converged = true
			break
		}
		if res.Iterations == limit {
			break
		}
		if method == MSA {
			for a := range s.flow {
				s.flow[a] += (load[a] - s.flow[a]) / float64(res.Iterations+2)
			}
			continue
		}
		search.step(load)
	}
	return res, s.report(res, target)
}

// load puts all trips on shortest paths at the current costs.
func (s *Solver) load(load []float64, parts [][]float64, workers int) {
	for k := range parts {
		parts[k] = nil
	}
	pieces(len(s.origins), workers, func(piece, from, to int) {
		part := make([]float64, len(load))
		volume := make([]float64, s.road.Nodes)
		var tree growing
		for k := from; k < to; k++ {
			b := &s.origins[k]
			s.trees.grow(&tree, b.origin, s.cost)
			for _, t := range b.dests {
				volume[t.Dest] += t.Volume
			}
			for i := len(tree.order) - 1; i > 0; i-- {
				node := tree.order[i]
				if v := volume[node]; v > 0 {
					a := tree.by[node]
					part[a] += v
					volume[s.road.From[a]] += v
					volume[node] = 0
				}
			}
			volume[b.origin] = 0
		}
		parts[piece] = part
	})
	clear(load)
	for _, part := range parts {
		for a, v := range part {
			load[a] += v
		}
	}
}

// conjugates keeps the last two points that flow was moved towards, and the last step.
type conjugates struct {
	s               *Solver
	before, earlier []float64
	known           int // how many of them there are
	last            float64
}

// step moves flows towards a mean of the loading and of the last two points, so chosen
// that the direction is conjugate to the last two in the Hessian.
func (c *conjugates) step(load []float64) {
	s := c.s
	n := len(load)
	point := slices.Clone(load)
	if c.known > 0 && c.last < 0.999999 {
		t := c.last
		var bf, bb, ef, ed float64
		for a := range n {
			h, x := s.slope[a], s.flow[a]
			fw, b := load[a]-x, c.before[a]-x
			bf += b * h * fw
			bb += b * h * b
			if c.known > 1 {
				e := t*c.before[a] - x + (1-t)*c.earlier[a]
				ef += e * h * fw
				ed += e * h * (c.earlier[a] - c.before[a])
			}
		}
		mu, nu := 0.0, 0.0
		if c.known > 1 && ed != 0 {
			mu = math.Max(0, -ef/ed)
		}
		if bb != 0 {
			nu = math.Max(0, -bf/bb+mu*t/(1-t))
		}
		if !math.IsInf(mu+nu, 0) && !math.IsNaN(mu+nu) {
			first := 1 / (1 + mu + nu)
			for a := range n {
				point[a] = first * (load[a] + nu*c.before[a] + mu*c.earlier[a])
			}
		}
	}
	descent := 0.0
	for a := range n {
		descent += s.cost[a] * (point[a] - s.flow[a])
	}
	if descent >= 0 { // conjugate, and leading up: the loading alone leads down
		copy(point, load)
		c.known = 0
	}
	// The step at which the way there costs no more and no less: bisection of a slope that
	// rises.
	low, high := 0.0, 1.0
	for range 50 {
		mid := (low + high) / 2
		slope := 0.0
		for a := range n {
			d := point[a] - s.flow[a]
			if d != 0 {
				cost, _ := s.links[a].at(s.flow[a] + mid*d)
				slope += cost * d
			}
		}
		if slope < 0 {
			low = mid
		} else {
			high = mid
		}
		if high-low < 1e-12 {
			break
		}
	}
	c.last = (low + high) / 2
	for a := range n {
		s.flow[a] += c.last * (point[a] - s.flow[a])
	}
	c.earlier, c.before = c.before, point
	c.known = min(2, c.known+1)
}
