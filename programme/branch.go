package programme

import (
	"container/heap"
	"context"
	"math"
	"math/bits"
)

// node is the sets with all of in and none of out.
type node struct {
	in, out uint64
	bound   float64
	number  int
}

// queue gives the node with the least bound, of equal ones the first made.
type queue []node

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].bound < q[j].bound || q[i].bound == q[j].bound && q[i].number < q[j].number
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(node)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	n := (*q)[last]
	*q = (*q)[:last]
	return n
}

// looked is what one evaluator finds of a node.
type looked struct {
	node   node
	split  int    // the project to branch on, -1: none is free
	tried  uint64 // a set of the node that fits
	value  float64
	solves int
}

// Branch finds the best set by branch and bound: the node with the least bound is split by
// the project that its bound makes most use of for its cost, and one set of it is tried.
// When ctx ends it gives what is known by then, with ctx's error.
func Branch(ctx context.Context, p *Problem, evaluators []Evaluator, o Options) (Result, error) {
	s, err := newSearch(p, evaluators, o)
	if err != nil {
		return Result{}, err
	}
	open := &queue{{bound: math.Inf(-1)}}
	made := 1
	rows := make([]looked, len(evaluators))
	uses := make([][]float64, len(evaluators))
	for k := range uses {
		uses[k] = make([]float64, len(p.Cost))
	}
	for open.Len() > 0 {
		n := 0
		for n < len(evaluators) && open.Len() > 0 {
			next := heap.Pop(open).(node)
			if next.bound >= s.line() {
				*open = (*open)[:0] // no other is better
				break
			}
			rows[n] = looked{node: next}
			n++
		}
		err := s.each(n, func(k int, e Evaluator) error { return s.look(ctx, e, &rows[k], uses[k]) })
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			for _, r := range rows[:n] {
				heap.Push(open, r.node)
			}
			s.best.LowerBound = math.Min((*open)[0].bound, s.best.Value)
			return s.best, err
		}
		for _, r := range rows[:n] {
			s.best.Solves += r.solves
			if !math.IsNaN(r.value) {
				s.known[r.tried] = true
				s.take(r.tried, r.value)
			}
		}
		for _, r := range rows[:n] {
			if r.split < 0 || r.node.bound >= s.line() {
				continue
			}
			bit := uint64(1) << r.split
			for _, child := range []node{{in: r.node.in | bit, out: r.node.out, bound: r.node.bound}, {in: r.node.in, out: r.node.out | bit, bound: r.node.bound}} {
				child.number = made
				made++
				heap.Push(open, child)
			}
		}
		if o.Progress != nil {
			s.best.LowerBound = s.best.Value
			if open.Len() > 0 {
				s.best.LowerBound = math.Min((*open)[0].bound, s.best.Value)
			}
			o.Progress(s.best)
		}
	}
	s.best.LowerBound, s.best.Proved = s.best.Value, true
	return s.best, nil
}

// look bounds a node, and tries one of its sets.
func (s *search) look(ctx context.Context, e Evaluator, r *looked, use []float64) error {
	n := &r.node
	r.split, r.value = -1, math.NaN()
	left := s.p.Budget*(1+1e-12) - s.p.costOf(n.in)
	free := (uint64(1)<<len(s.p.Cost) - 1) &^ (n.in | n.out)
	for rest := free; rest != 0; rest &= rest - 1 { // what no longer fits is out
		if k := bits.TrailingZeros64(rest); s.p.Cost[k] > left {
			free &^= 1 << k
			n.out |= 1 << k
		}
	}
	clear(use)
	r.solves++
	bound, err := e.Bound(ctx, n.in, n.out, s.line(), use)
	if err != nil {
		return err
	}
	n.bound = math.Max(n.bound, bound)
	if n.bound >= s.line() {
		return nil
	}
	// The set tried: what is in, and what is of most use for its cost while it fits.
	r.tried = n.in
	for rest := free; rest != 0; {
		best, most := -1, 0.0
		for f := rest; f != 0; f &= f - 1 {
			if k := bits.TrailingZeros64(f); s.p.Cost[k] <= left && (best < 0 || use[k]/s.p.Cost[k] > most) {
				best, most = k, use[k]/s.p.Cost[k]
			}
		}
		if best < 0 {
			break
		}
		if r.split < 0 {
			r.split = best
		}
		if most == 0 {
			break
		}
		r.tried |= 1 << best
		rest &^= 1 << best
		left -= s.p.Cost[best]
	}
	if s.known[r.tried] {
		return nil
	}
	r.solves++
	r.value, err = e.Value(ctx, r.tried, s.best.Value)
	return err
}
