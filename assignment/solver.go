package assignment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Solver finds Wardrop's user equilibrium of a road network, and goes on from it after
// changes. It is for one goroutine; the result does not depend on the number of workers.
type Solver interface {
	// Solve goes on to the relative gap that is asked for. The end of ctx ends it with its
	// error, and with the result so far, marked as not converged; so does a limit, with an
	// error that wraps [ErrNotConverged]. Pairs without a path are an error of the type
	// [*Unreachable], unless they are to be set aside.
	Solve(ctx context.Context, o RoadOptions) (*RoadResult, error)
	// Update changes links, and the volumes of pairs: those of trips given replace what went
	// between their nodes. The next Solve goes on from what is held.
	Update(links []LinkChange, trips []Trip) error
}

// Method names a way to solve.
type Method string

const (
	// Auto is Path.
	Auto Method = "auto"
	// Path moves flow between the paths of each pair (gradient projection).
	Path Method = "path"
	// Bush is Algorithm B: it moves flow in an acyclic network for each origin.
	Bush Method = "bush"
	// BFW is the biconjugate Frank-Wolfe method, on link flows alone.
	BFW Method = "bfw"
	// MSA is the method of successive averages, on link flows alone.
	MSA Method = "msa"
)

// Methods lists them.
var Methods = []Method{Auto, Path, Bush, BFW, MSA}

// NewSolver makes a solver. Trips inside a node are left out; repeats add up.
func NewSolver(road *Road, trips []Trip, method Method) (Solver, error) {
	switch method {
	case Auto, Path, "":
		return NewPathSolver(road, trips)
	case Bush:
		return newBushes(road, trips)
	case BFW, MSA:
		return newAverages(road, trips, method)
	}
	return nil, fmt.Errorf("assignment: no method %q (one of %v)", method, Methods)
}

// RoadOptions steer [Solver.Solve]. The zero value means the defaults given.
type RoadOptions struct {
	RelativeGap   float64 // stop at (TSTT - SPTT)/TSTT; 0: 1e-6
	MaxIterations int     // 0: 1000
	Workers       int     // 0: all cores. The result does not depend on it
	SetAside      bool    // leave out pairs without a path
	Progress      func(iteration int, relativeGap float64)
	// Until, if set, ends a solver early, with the result so far and no error: before each
	// iteration it is told Beckmann's objective and a value that the least objective is not
	// below, which follows from its convexity; -Inf where that was not measured.
	Until func(objective, lowerBound float64) bool
}

// RoadResult is a user equilibrium, or as near to one as the solver came.
type RoadResult struct {
	Flow        []float64 // by link
	Cost        []float64 // by link, at those flows
	RelativeGap float64   // (TSTT - SPTT)/TSTT, signed, of shortest paths computed afresh
	Objective   float64   // Beckmann's
	TSTT, SPTT  float64
	Iterations  int
	Converged   bool
	Aside       []Trip // set aside for want of a path
	Trips       []Trip // those that go, where trips answer cost; else nil
}

// setGap sets the relative gap from both totals.
func (res *RoadResult) setGap() {
	res.RelativeGap = 0
	if res.TSTT > 0 {
		res.RelativeGap = (res.TSTT - res.SPTT) / res.TSTT
	}
}

// Unreachable is the error of trips that no path serves.
type Unreachable struct{ Trips []Trip }

// mostListed bounds the pairs that an error names.
const mostListed = 20

func (u *Unreachable) Error() string {
	var b strings.Builder
	total := 0.0
	for _, t := range u.Trips {
		total += t.Volume
	}
	fmt.Fprintf(&b, "assignment: %d pairs have no path, with a volume of %g:", len(u.Trips), total)
	for i, t := range u.Trips {
		if i == mostListed {
			fmt.Fprintf(&b, "\n  and %d more", len(u.Trips)-i)
			break
		}
		fmt.Fprintf(&b, "\n  node %d to node %d: %g", t.Origin, t.Dest, t.Volume)
	}
	return b.String()
}

// errNoLink is told of changes of links that are not there.
var errNoLink = errors.New("assignment: no such link")

// LinkChange gives a link another cost function; NaN leaves a value as it is. A fixed cost
// of +Inf closes the link.
type LinkChange struct {
	Link                                int
	FreeFlow, B, Capacity, Power, Fixed float64
}

// SameLink changes nothing of a link: a start for changes.
func SameLink(link int) LinkChange {
	nan := math.NaN()
	return LinkChange{link, nan, nan, nan, nan, nan}
}

// changed gives the network with changes; the old one stays as it is.
func (r *Road) changed(changes []LinkChange) (*Road, error) {
	if len(changes) == 0 {
		return r, nil
	}
	out := *r
	out.FreeFlow, out.B, out.Capacity, out.Power = slices.Clone(r.FreeFlow), slices.Clone(r.B), slices.Clone(r.Capacity), slices.Clone(r.Power)
	if out.Fixed = slices.Clone(r.Fixed); out.Fixed == nil {
		out.Fixed = make([]float64, len(r.From))
	}
	for _, c := range changes {
		if c.Link < 0 || c.Link >= len(r.From) {
			return nil, fmt.Errorf("%w: %d of %d", errNoLink, c.Link, len(r.From))
		}
		for _, x := range []struct {
			v    float64
			into []float64
		}{{c.FreeFlow, out.FreeFlow}, {c.B, out.B}, {c.Capacity, out.Capacity}, {c.Power, out.Power}, {c.Fixed, out.Fixed}} {
			if !math.IsNaN(x.v) {
				x.into[c.Link] = x.v
			}
		}
	}
	return &out, out.Check()
}
