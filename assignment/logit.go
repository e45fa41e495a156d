package assignment

import (
	"fmt"
	"math"
)

// SolveLogit finds the stochastic user equilibrium over the routes: flows h
// with h = q P(c(h)), where P is a nested logit over mode chains with a
// path-size term inside each (Ben-Akiva and Lerman 1985, §10; Fisk 1980,
// doi:10.1016/0191-2615(80)90004-1 for the equivalent programme).
//
// The fixed point is sought in the volumes of the resources: a step towards the
// choice at their delays, cut for each resource by an estimate of how strongly
// choice answers its delay, and Anderson acceleration of those steps (Walker
// and Ni 2011, doi:10.1137/10078356X, §2), damped when it fails to come nearer.
// Problems too steep for that are finished by moving flow between pairs of
// routes, which always comes nearer, and Newton's method from there. The residual is sum |h - q P(c(h))| / sum q.
// An error that wraps [ErrNotConverged] comes with a result.
func SolveLogit(p *Problem, routes *Routes, o Options) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := newLogitState(p, routes, o)
	target, limit := orDefault(o.Residual, 1e-6), orDefaultInt(o.MaxIterations, 500)
	res := &Result{Routes: routes}
	n := len(p.Delay)
	x := make([]float64, n) // volumes that the costs are taken at
	g := make([]float64, n) // volumes of the choice at those costs
	if len(o.Start) == n {
		copy(x, o.Start)
	} else {
		s.respond(g, x)
	}
	mixer := newAnderson(8)
	guard := safeguard{damping: 1}
	var sweeps *swaps
	for it := 1; it <= limit; it++ {
		switch {
		case sweeps != nil:
			sweeps.sweep(g)
		default:
			s.respond(x, g)
		}
		// The residual belongs to the flows found: their own costs, and the
		// choice that those bring.
		residual := s.residual(g)
		line := Iteration{Number: it, Residual: residual, RelativeGap: math.NaN(), Objective: math.NaN()}
		res.Trace = append(res.Trace, line)
		if o.Progress != nil {
			if err := o.Progress(line); err != nil {
				return nil, err
			}
		}
		if residual <= target {
			res.Converged = true
			break
		}
		if sweeps != nil {
			// Newton's method finishes what sweeps have brought near.
			copy(x, g)
			if r, done := s.newton(x, g, target); done {
				res.Trace = append(res.Trace, Iteration{Number: it + 1, Residual: r, RelativeGap: math.NaN(), Objective: math.NaN()})
				res.Converged = true
				break
			}
			continue
		}
		if !o.StepsOnly && (guard.stuck(residual, x) || it == limit/2) {
			s.respond(guard.x, g)
			sweeps = newSwaps(s)
			continue
		}
		s.advance(x, g, residual, mixer, &guard)
	}
	s.finish(res)
	if !res.Converged {
		return res, fmt.Errorf("assignment: residual %.2e after %d iterations, wanted %.0e: %w",
			res.Trace[len(res.Trace)-1].Residual, limit, target, ErrNotConverged)
	}
	return res, nil
}

// safeguard keeps the best point of the iteration, for the sweeps to start
// from where steps do not come nearer.
type safeguard struct {
	damping  float64
	recent   float64 // the least residual since the steps were last cut
	best     float64 // the least of all
	x        []float64
	mark     float64 // best when this stretch began
	patience int     // steps left in it
}

// A stretch of so many steps must bring the best residual down by a fifth, or
// the steps are given up for sweeps, each of which costs as much as a hundred;
// so are they when half of all iterations have not been enough.
const patience = 100

// stuck notes a residual at x, and reports whether a stretch has ended without
// progress.
func (g *safeguard) stuck(residual float64, x []float64) bool {
	if g.x == nil || residual < g.best {
		g.best, g.x = residual, append(g.x[:0], x...)
	}
	if g.mark == 0 {
		g.mark, g.patience = residual, patience
	}
	if g.patience--; g.patience > 0 {
		return false
	}
	slow := g.best > 0.8*g.mark
	g.mark, g.patience = g.best, patience
	return slow
}

// advance moves x on. A resource whose delay is steep answers a change of
// volume with a larger one the other way, so its step is cut by the size of the
// answer. When the residual grows, what was learnt is forgotten and steps are
// cut further.
func (s *logitState) advance(x, g []float64, residual float64, mixer *anderson, guard *safeguard) {
	step := make([]float64, len(x))
	for r := range x {
		step[r] = guard.damping * (g[r] - x[r]) / (1 + s.response[r]*s.slopeAt(r, x[r]))
	}
	if guard.recent > 0 && residual > 4*guard.recent {
		mixer.reset()
		guard.damping = math.Max(guard.damping/2, 1.0/64)
		guard.recent = residual
	} else {
		if guard.recent == 0 || residual < guard.recent {
			guard.recent = residual
		}
		guard.damping = math.Min(1, guard.damping*1.1)
	}
	mixer.next(x, step)
}

func orDefault(v, d float64) float64 {
	if v == 0 {
		return d
	}
	return v
}

func orDefaultInt(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}

// logitState is the routes with room for flows and costs.
type logitState struct {
	p        *Problem
	r        *Routes
	workers  int
	total    float64
	curves   []curve     // [nResources]
	delay    []float64   // [nResources]
	flow     []float64   // [nRoutes]
	response []float64   // [nResources], about how many t/yr leave it when its delay grows by an hour
	partial  [][]float64 // [numPieces][2 nResources]: volumes, responses
	sums     [numPieces]float64
}

func newLogitState(p *Problem, r *Routes, o Options) *logitState {
	s := &logitState{p: p, r: r, workers: o.Workers, curves: p.curves(), delay: make([]float64, len(p.Delay)),
		flow: make([]float64, r.Len()), response: make([]float64, len(p.Delay)), partial: make([][]float64, numPieces)}
	for k := range s.partial {
		s.partial[k] = make([]float64, 2*len(p.Delay))
	}
	for _, d := range p.Demands {
		s.total += d.TPerYr
	}
	return s
}

func (s *logitState) setDelays(x []float64) {
	for r := range s.delay {
		s.delay[r] = s.delayAt(r, x[r])
	}
}

// delayAt is the delay of a resource at a volume, slopeAt how steep it is there.
func (s *logitState) delayAt(r int, x float64) float64 {
	delay, _ := s.curves[r].at(math.Max(0, x))
	return delay
}

func (s *logitState) slopeAt(r int, x float64) float64 {
	_, slope := s.curves[r].at(math.Max(0, x))
	return slope
}

// respond puts into s.flow the choice at the delays of volumes x, into g the
// volumes that it makes, and renews s.response: of a logit with scale theta,
// the share P of a route falls by theta P (1-P) for each hour that it grows
// dearer.
func (s *logitState) respond(x, g []float64) {
	s.setDelays(x)
	n := len(s.delay)
	demands := len(s.p.Demands)
	pieces(demands, s.workers, func(piece, from, to int) {
		part := s.partial[piece]
		clear(part)
		volume, response := part[:n], part[n:]
		var c chooser
		for d := from; d < to; d++ {
			first, last := s.r.First[d], s.r.First[d+1]
			s.choose(d, &c, s.flow[first:last])
			q := s.p.Demands[d].TPerYr
			theta := s.p.Classes[s.p.Demands[d].Class].DispersionPerH
			for k := first; k < last; k++ {
				f := s.flow[k]
				if f == 0 {
					continue
				}
				slope := theta * f * (1 - f/q)
				for _, r := range s.r.Res[s.r.ResStart[k]:s.r.ResStart[k+1]] {
					volume[r] += f
					response[r] += slope
				}
			}
		}
	})
	clear(g)
	clear(s.response)
	for piece := 0; piece < min(numPieces, demands); piece++ {
		for r := 0; r < n; r++ {
			g[r] += s.partial[piece][r]
			s.response[r] += s.partial[piece][n+r]
		}
	}
}

// chooser is scratch room for one demand.
type chooser struct {
	cost, weight       []float64
	nestSum, nestShare []float64
}

// RouteCostH gives the generalised hours of route k at the delays.
func (r *Routes) RouteCostH(k int32, delayH []float64) float64 {
	c := r.FixedH[k]
	for _, res := range r.Res[r.ResStart[k]:r.ResStart[k+1]] {
		c += delayH[res]
	}
	return c
}

// choose spreads demand d over its routes by the nested logit; out has one
// entry for each of them.
func (s *logitState) choose(d int, c *chooser, out []float64) {
	first, last := s.r.First[d], s.r.First[d+1]
	if first == last {
		return
	}
	q := s.p.Demands[d].TPerYr
	if last-first == 1 {
		out[0] = q
		return
	}
	class := &s.p.Classes[s.p.Demands[d].Class]
	c.cost, c.weight = c.cost[:0], c.weight[:0]
	best := math.Inf(1)
	nests := int32(0)
	for k := first; k < last; k++ {
		cost := s.r.RouteCostH(k, s.delay)
		c.cost = append(c.cost, cost)
		best = math.Min(best, cost)
		nests = max(nests, s.r.Nest[k]+1)
	}
	inner := class.DispersionPerH / class.NestRatio
	c.nestSum, c.nestShare = resize(c.nestSum, int(nests)), resize(c.nestShare, int(nests))
	for i, cost := range c.cost {
		k := first + int32(i)
		w := s.r.PathSize[k] * math.Exp(-inner*(cost-best))
		c.weight = append(c.weight, w)
		c.nestSum[s.r.Nest[k]] += w
	}
	total := 0.0
	for m, sum := range c.nestSum {
		// exp(-theta logsum) = sum^lambda; an empty nest cannot occur.
		c.nestShare[m] = math.Pow(sum, class.NestRatio)
		total += c.nestShare[m]
	}
	for i, w := range c.weight {
		k := first + int32(i)
		m := s.r.Nest[k]
		if c.nestSum[m] == 0 {
			out[i] = 0
			continue
		}
		out[i] = q * c.nestShare[m] / total * w / c.nestSum[m]
	}
}

func resize(buf []float64, n int) []float64 {
	if cap(buf) < n {
		buf = make([]float64, n)
	}
	buf = buf[:n]
	clear(buf)
	return buf
}

// residual is sum |h - q P(c(h))| / sum q of the flows h in s.flow, whose
// volumes are g.
func (s *logitState) residual(g []float64) float64 {
	if s.total == 0 {
		return 0
	}
	s.setDelays(g)
	demands := len(s.p.Demands)
	pieces(demands, s.workers, func(piece, from, to int) {
		sum := 0.0
		var c chooser
		var answer []float64
		for d := from; d < to; d++ {
			first, last := s.r.First[d], s.r.First[d+1]
			if last-first < 2 {
				continue
			}
			answer = resize(answer, int(last-first))
			s.choose(d, &c, answer)
			for i, v := range answer {
				sum += math.Abs(v - s.flow[first+int32(i)])
			}
		}
		s.sums[piece] = sum
	})
	sum := 0.0
	for piece := 0; piece < min(numPieces, demands); piece++ {
		sum += s.sums[piece]
	}
	return sum / s.total
}

// finish fills the result from s.flow.
func (s *logitState) finish(res *Result) {
	res.RouteFlow = s.flow
	res.Volume = make([]float64, len(s.p.Delay))
	for k := range s.flow {
		for _, r := range s.r.Res[s.r.ResStart[k]:s.r.ResStart[k+1]] {
			res.Volume[r] += s.flow[k]
		}
	}
	res.DelayH = make([]float64, len(s.p.Delay))
	for r := range res.DelayH {
		res.DelayH[r] = s.delayAt(r, res.Volume[r])
	}
	fillRoutes(s.p, res)
}

// fillRoutes computes route costs and class flows on arcs, in a fixed order.
func fillRoutes(p *Problem, res *Result) {
	r := res.Routes
	res.RouteH = make([]float64, r.Len())
	res.ArcFlow = make([][]float64, len(p.Classes))
	for c := range res.ArcFlow {
		res.ArcFlow[c] = make([]float64, len(p.Graph.From))
	}
	for d := range p.Demands {
		flow := res.ArcFlow[p.Demands[d].Class]
		for k := r.First[d]; k < r.First[d+1]; k++ {
			res.RouteH[k] = r.RouteCostH(k, res.DelayH)
			for _, a := range r.ArcsOf(k) {
				flow[a] += res.RouteFlow[k]
			}
		}
	}
}

// LogsumH is the expected generalised hours that a shipper of demand d
// perceives over its routes at the delays: minus the logsum over nests, in h
// (Ben-Akiva and Lerman 1985, §10.5). It never exceeds the cheapest route's
// cost when every path-size factor is 1, and falls when a route is added.
func LogsumH(p *Problem, r *Routes, d int, delayH []float64) float64 {
	first, last := r.First[d], r.First[d+1]
	best := math.Inf(1)
	for k := first; k < last; k++ {
		best = math.Min(best, r.RouteCostH(k, delayH))
	}
	if math.IsInf(best, 1) {
		return best
	}
	class := &p.Classes[p.Demands[d].Class]
	inner := class.DispersionPerH / class.NestRatio
	var sums []float64
	for k := first; k < last; k++ {
		for int(r.Nest[k]) >= len(sums) {
			sums = append(sums, 0)
		}
		sums[r.Nest[k]] += r.PathSize[k] * math.Exp(-inner*(r.RouteCostH(k, delayH)-best))
	}
	total := 0.0
	for _, s := range sums {
		total += math.Pow(s, class.NestRatio)
	}
	return best - math.Log(total)/class.DispersionPerH
}
