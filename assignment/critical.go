package assignment

import (
	"context"
	"errors"
	"math"
)

// Closure is what the closing of a link comes to.
type Closure struct {
	Link      int
	Flow      float64 // of the link, when it is open
	TSTT      float64 // of the trips that still have a path
	Loss      float64 // by how much they pay more than before
	CutOff    float64 // volume without a path
	Gap       float64
	Converged bool
}

// Closures closes each of some links alone, and solves again from the equilibrium that a
// solver stands at, which stays as it is: links whose closing costs most are the critical
// ones (Jenelius, Petersen and Mattsson 2006, doi:10.1016/j.tra.2005.11.003, whose measure of
// importance is this loss over the trips served). Told, where given, hears how many are done.
func Closures(ctx context.Context, s *PathSolver, links []int, o RoadOptions, told func(done int)) ([]Closure, error) {
	out := make([]Closure, len(links))
	errs := make([]error, numPieces)
	paid := map[[2]int32]float64{} // what each pair pays before
	total := 0.0
	s.LeastCosts(func(t Trip, cost float64) {
		paid[[2]int32{t.Origin, t.Dest}] = t.Volume * cost
		total += t.Volume * cost
	})
	done := make(chan int, len(links))
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		n := 0
		for range done {
			if n++; told != nil {
				told(n)
			}
		}
	}()
	pieces(len(links), o.Workers, func(piece, from, to int) {
		for k := from; k < to && errs[piece] == nil; k++ {
			if errs[piece] = ctx.Err(); errs[piece] == nil {
				errs[piece] = closeOne(ctx, s, links[k], o, paid, total, &out[k])
			}
			done <- k
		}
	})
	close(done)
	<-finished
	return out, errors.Join(errs...)
}

func closeOne(ctx context.Context, s *PathSolver, link int, o RoadOptions, paid map[[2]int32]float64, total float64, out *Closure) error {
	*out = Closure{Link: link, Flow: s.flow[link]}
	if out.Flow == 0 { // nobody is there to go another way
		out.TSTT, out.Converged = total, true
		return nil
	}
	c := s.Clone()
	change := SameLink(link)
	change.Fixed = math.Inf(1)
	if err := c.Update([]LinkChange{change}, nil); err != nil {
		return err
	}
	res, err := c.Solve(ctx, RoadOptions{RelativeGap: o.RelativeGap, MaxIterations: o.MaxIterations, Workers: 1, SetAside: true})
	if err != nil && !errors.Is(err, ErrNotConverged) {
		return err
	}
	before := total
	for _, t := range res.Aside {
		if p, served := paid[[2]int32{t.Origin, t.Dest}]; served { // others had no path before
			before -= p
			out.CutOff += t.Volume
		}
	}
	out.TSTT, out.Loss, out.Gap, out.Converged = res.TSTT, res.TSTT-before, res.RelativeGap, res.Converged
	return nil
}
