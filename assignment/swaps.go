package assignment

import "math"

// The equilibrium minimises a strictly convex function of route flows: delays
// integrated over volumes, fixed times, and the entropy of the nested logit
// over its scale (Fisk 1980 for one scale; Zhou, Chen and Bekhor 2012,
// doi:10.1016/j.trb.2012.02.001, for nests). At its minimum the routes of a
// demand have equal marginal costs
//
//	c_k + lambda/theta ln(h_k / PS_k) + (1-lambda)/theta ln(H_m),
//
// with H_m the flow of the route's nest. A sweep lets each demand in turn move
// flow between its cheapest route and each other one to where the two are
// equal, by bisection on the true delays. Each move lowers the function, so
// sweeps converge however steep the delays are; they are the last resort of
// [SolveLogit], since they cost much more than a fixed-point step.

// swaps holds what the sweeps need beside the state.
type swaps struct {
	s      *logitState
	volume []float64
	used   []int32 // scratch: +1 on the route that gains, -1 on that which loses
	only   []int32 // resources that just one of the two uses
}

func newSwaps(s *logitState) *swaps {
	w := &swaps{s: s, volume: make([]float64, len(s.delay)), used: make([]int32, len(s.delay))}
	for k, f := range s.flow {
		for _, r := range s.r.Res[s.r.ResStart[k]:s.r.ResStart[k+1]] {
			w.volume[r] += f
		}
	}
	return w
}

// sweep moves the flows of every demand once, and gives the volumes afresh.
func (w *swaps) sweep(g []float64) {
	s := w.s
	s.setDelays(w.volume)
	for d := range s.p.Demands {
		first, last := s.r.First[d], s.r.First[d+1]
		if last-first < 2 || s.p.Demands[d].TPerYr == 0 {
			continue
		}
		w.demand(d, first, last)
	}
	// Recomputed, so that rounding does not build up.
	clear(w.volume)
	for k, f := range s.flow {
		for _, r := range s.r.Res[s.r.ResStart[k]:s.r.ResStart[k+1]] {
			w.volume[r] += f
		}
	}
	copy(g, w.volume)
}

// leastShare keeps every flow above zero, where entropy has no slope.
const leastShare = 1e-300

func (w *swaps) demand(d int, first, last int32) {
	s := w.s
	class := &s.p.Classes[s.p.Demands[d].Class]
	q := s.p.Demands[d].TPerYr
	nest := map[int32]float64{}
	for k := first; k < last; k++ {
		s.flow[k] = math.Max(s.flow[k], q*leastShare)
		nest[s.r.Nest[k]] += s.flow[k]
	}
	inner, outer := class.NestRatio/class.DispersionPerH, (1-class.NestRatio)/class.DispersionPerH
	marginal := func(k int32, costH, flow, nestFlow float64) float64 {
		return costH + inner*math.Log(flow/(q*s.r.PathSize[k])) + outer*math.Log(nestFlow/q)
	}
	at := func(k int32) float64 {
		return marginal(k, s.r.RouteCostH(k, s.delay), s.flow[k], nest[s.r.Nest[k]])
	}
	best := first
	for k := first + 1; k < last; k++ {
		if at(k) < at(best) {
			best = k
		}
	}
	for k := first; k < last; k++ {
		if k == best {
			continue
		}
		w.difference(k, best)
		costK, costB := s.r.FixedH[k], s.r.FixedH[best]
		nk, nb := nest[s.r.Nest[k]], nest[s.r.Nest[best]]
		same := s.r.Nest[k] == s.r.Nest[best]
		// excess is how much dearer k is than best once v has moved to best.
		excess := func(v float64) float64 {
			diff := costK - costB
			for _, r := range w.only {
				diff -= float64(w.used[r]) * s.delayAt(int(r), w.volume[r]+float64(w.used[r])*v)
			}
			diff += inner * (math.Log((s.flow[k]-v)/s.r.PathSize[k]) - math.Log((s.flow[best]+v)/s.r.PathSize[best]))
			if !same {
				diff += outer * (math.Log(nk-v) - math.Log(nb+v))
			}
			return diff
		}
		v := root(excess, -s.flow[best], s.flow[k])
		s.flow[k] = math.Max(s.flow[k]-v, q*leastShare)
		s.flow[best] = math.Max(s.flow[best]+v, q*leastShare)
		if !same {
			nest[s.r.Nest[k]] = math.Max(nk-v, q*leastShare)
			nest[s.r.Nest[best]] = math.Max(nb+v, q*leastShare)
		}
		for _, r := range w.only {
			w.volume[r] += float64(w.used[r]) * v
			s.delay[r] = s.delayAt(int(r), w.volume[r])
			w.used[r] = 0
		}
	}
}

// difference lists the resources that one of two routes uses more often than
// the other, with what a tonne that moves from loses to gains adds to them.
func (w *swaps) difference(loses, gains int32) {
	r := w.s.r
	touched := w.only[:0]
	for _, x := range r.Res[r.ResStart[gains]:r.ResStart[gains+1]] {
		w.used[x]++
		touched = append(touched, x)
	}
	for _, x := range r.Res[r.ResStart[loses]:r.ResStart[loses+1]] {
		w.used[x]--
		touched = append(touched, x)
	}
	kept := touched[:0]
	for _, x := range touched {
		if w.used[x] != 0 && !contains(kept, x) {
			kept = append(kept, x)
		}
	}
	w.only = kept
}

func contains(list []int32, x int32) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// root finds where a falling function is zero inside (low, high), by bisection
// to the last digit; the function may be infinite at the ends.
func root(f func(float64) float64, low, high float64) float64 {
	for i := 0; i < 200; i++ {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			break
		}
		if f(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2
}
