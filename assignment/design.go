package assignment

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Design says what sets of links come to when they are built: the total cost at user
// equilibrium (TSTT), as in the discrete network design problem (Farahani, Miandoabchi,
// Szeto and Rashidi 2013, doi:10.1016/j.ejor.2013.01.001). Sets are bits, by candidate.
// It goes on from one set to the next.
type Design struct {
	candidates []int
	fixed      []float64 // of candidates, when they are open
	user       *PathSolver
	system     *PathSolver // with marginal costs: its equilibrium has the least total cost
	userHas    uint64
	systemHas  uint64
}

// Gaps that values are found to: the second where they matter.
const (
	roughGap  = 1e-5
	fineGap   = 1e-9
	roughness = 0.01 // by how much a value found to the rough gap may be off
	boundGap  = 1e-4
)

// NewDesign takes a network with all candidates among its links. Every trip must have a path
// without them.
func NewDesign(road *Road, candidates []int, trips []Trip) (*Design, error) {
	if len(candidates) > 64 {
		return nil, fmt.Errorf("assignment: %d candidates: 64 at most were expected", len(candidates))
	}
	if road.Preload != nil {
		return nil, errors.New("assignment: a network with flow that is there already has no bound of total cost here")
	}
	d := &Design{candidates: candidates}
	marginal := *road
	marginal.B = make([]float64, len(road.B))
	for a, b := range road.B {
		// x c(x) has the slope c(x) + x c'(x): BPR with B (Power+1).
		marginal.B[a] = b * (road.Power[a] + 1)
	}
	var shut []LinkChange
	for _, a := range candidates {
		fixed := 0.0
		if road.Fixed != nil {
			fixed = road.Fixed[a]
		}
		d.fixed = append(d.fixed, fixed)
		c := SameLink(a)
		c.Fixed = math.Inf(1)
		shut = append(shut, c)
	}
	for _, x := range []struct {
		into **PathSolver
		road *Road
	}{{&d.user, road}, {&d.system, &marginal}} {
		s, err := NewPathSolver(x.road, trips)
		if err != nil {
			return nil, err
		}
		if err := s.Update(shut, nil); err != nil {
			return nil, err
		}
		*x.into = s
	}
	return d, nil
}

// build opens and closes links until a solver has a set.
func (d *Design) build(s *PathSolver, has *uint64, set uint64) error {
	var changes []LinkChange
	for k, a := range d.candidates {
		if (set^*has)>>k&1 == 0 {
			continue
		}
		c := SameLink(a)
		if c.Fixed = d.fixed[k]; set>>k&1 == 0 {
			c.Fixed = math.Inf(1)
		}
		changes = append(changes, c)
	}
	*has = set
	return s.Update(changes, nil)
}

// Value is the total cost at user equilibrium with a set built; where it is well above over
// it is found roughly.
func (d *Design) Value(ctx context.Context, set uint64, over float64) (float64, error) {
	if err := d.build(d.user, &d.userHas, set); err != nil {
		return 0, err
	}
	res, err := d.user.Solve(ctx, RoadOptions{RelativeGap: roughGap, Workers: 1})
	if err != nil {
		return 0, err
	}
	if res.TSTT > over*(1+roughness) {
		return res.TSTT, nil
	}
	if res, err = d.user.Solve(ctx, RoadOptions{RelativeGap: fineGap, Workers: 1}); err != nil {
		return 0, err
	}
	return res.TSTT, nil
}

// Bound is a total cost that no set with all of in and none of out is below: the least of
// all flows, whoever gains or loses, with all built that is not out. Use is the cost of what
// flows on each candidate.
func (d *Design) Bound(ctx context.Context, in, out uint64, over float64, use []float64) (float64, error) {
	all := uint64(1)<<len(d.candidates) - 1
	if err := d.build(d.system, &d.systemHas, all&^out); err != nil {
		return 0, err
	}
	bound := math.Inf(-1)
	res, err := d.system.Solve(ctx, RoadOptions{RelativeGap: boundGap, Workers: 1, Until: func(objective, lowerBound float64) bool {
		bound = math.Max(bound, lowerBound)
		return bound > over
	}})
	if err != nil {
		return 0, err
	}
	for k, a := range d.candidates {
		if (in|out)>>k&1 == 0 {
			use[k] = res.Flow[a] * res.Cost[a]
		}
	}
	return bound, nil
}
