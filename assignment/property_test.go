package assignment_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/routing"
	"pgregory.net/rapid"
)

// delayKind says what delays a drawn network has.
type delayKind int

const (
	noDelays delayKind = iota
	someDelays
	allDelays // on every arc, strictly increasing, and rarely past capacity
)

// drawNetwork draws a small network in which every node reaches every other:
// a ring, and chords.
//
//	0 -> 1 -> 2 -> … -> n-1 -> 0, and up to 2n arcs more
func drawNetwork(t *rapid.T, delays delayKind) (int, []arc, []assignment.Class, []assignment.Demand) {
	nodes := rapid.IntRange(3, 6).Draw(t, "nodes")
	classes := make([]assignment.Class, rapid.IntRange(1, 3).Draw(t, "classes"))
	for c := range classes {
		classes[c] = assignment.Class{Name: fmt.Sprint("class ", c),
			DispersionPerH: rapid.Float64Range(0.05, 2).Draw(t, "dispersion"), NestRatio: rapid.Float64Range(0.2, 1).Draw(t, "nest ratio")}
	}
	var arcs []arc
	one := func(from, to int) {
		a := arc{from: int32(from), to: int32(to), label: int16(rapid.IntRange(-1, 2).Draw(t, "label")), km: rapid.Float64Range(0, 500).Draw(t, "km")}
		for range classes {
			a.fixedH = append(a.fixedH, rapid.Float64Range(0.5, 40).Draw(t, "fixed h"))
		}
		kinds := []assignment.VDFKind{assignment.BPR, assignment.Conical, assignment.Davidson}
		if delays == someDelays {
			kinds = append(kinds, assignment.NoDelay)
		}
		if delays != noDelays {
			v := assignment.VDF{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
				Capacity: rapid.Float64Range(100, 3000).Draw(t, "capacity"), RefTimeH: rapid.Float64Range(0.5, 20).Draw(t, "time")}
			switch v.Kind {
			case assignment.BPR:
				v.A, v.B = rapid.Float64Range(0.1, 1).Draw(t, "alpha"), rapid.SampledFrom([]float64{1, 2, 4}).Draw(t, "beta")
			case assignment.Conical:
				v.A = rapid.Float64Range(1.5, 6).Draw(t, "alpha")
			case assignment.Davidson:
				v.A, v.B = rapid.Float64Range(0.05, 0.5).Draw(t, "J"), 0.95
			}
			a.delay = v
			// Now and then two arcs share one capacity, as a single track does.
			if delays == allDelays {
				v.Capacity *= 10
			}
			if delays == someDelays && len(arcs) > 0 && rapid.IntRange(0, 4).Draw(t, "share") == 0 {
				a.shared = 1 + rapid.IntRange(0, len(arcs)-1).Draw(t, "with")
			}
		}
		arcs = append(arcs, a)
	}
	for i := 0; i < nodes; i++ {
		one(i, (i+1)%nodes)
	}
	for range rapid.IntRange(0, 2*nodes).Draw(t, "chords") {
		from := rapid.IntRange(0, nodes-1).Draw(t, "from")
		to := rapid.IntRange(0, nodes-2).Draw(t, "to")
		if to >= from {
			to++
		}
		one(from, to)
	}
	var demands []assignment.Demand
	for range rapid.IntRange(1, 5).Draw(t, "demands") {
		o := rapid.IntRange(0, nodes-1).Draw(t, "origin")
		d := rapid.IntRange(0, nodes-2).Draw(t, "destination")
		if d >= o {
			d++
		}
		demands = append(demands, assignment.Demand{Class: int32(rapid.IntRange(0, len(classes)-1).Draw(t, "class")),
			Origin: int32(o), Dest: int32(d), TPerYr: rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1, 1500)).Draw(t, "t/yr")})
	}
	return nodes, arcs, classes, demands
}

func drawProblem(t *rapid.T, delays delayKind) *assignment.Problem {
	nodes, arcs, classes, demands := drawNetwork(t, delays)
	return problemOf(nodes, arcs, classes, demands)
}

func deterministic(t *rapid.T, p *assignment.Problem, gap float64) *assignment.Result {
	r, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: gap, MaxIterations: 2000})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bothSolvers runs each behaviour with some workers.
func bothSolvers(t *rapid.T, p *assignment.Problem, workers int) map[string]*assignment.Result {
	o := assignment.Options{Workers: workers, MaxIterations: 2000}
	logit := func(routes *assignment.Routes) *assignment.Result {
		// Laws hold for what did not converge too, so a limit is no failure here.
		o.MaxIterations = 200
		r, err := assignment.SolveLogit(p, routes, o)
		if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
			t.Fatal("logit:", err)
		}
		return r
	}
	out := map[string]*assignment.Result{}
	r, err := assignment.SolveDeterministic(p, o)
	if err != nil {
		t.Fatal("deterministic:", err)
	}
	out["deterministic"] = r
	g := assignment.DefaultGeneration
	g.Workers = workers
	routes, unserved := assignment.Generate(p, g, nil, nil)
	if len(unserved) > 0 {
		t.Fatalf("demands %v have no route", unserved)
	}
	// As the model does: routes of free flow first, then those under delay.
	first := logit(routes)
	routes, _ = assignment.Generate(p, g, first.DelayH, routes)
	o.Start = first.Volume
	out["logit"] = logit(routes)
	return out
}

func TestFlowIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, someDelays)
		for name, r := range bothSolvers(t, p, 1) {
			for c := range p.Classes {
				balance, scale := make([]float64, p.Graph.NumNodes), 1.0
				for _, d := range p.Demands {
					if int(d.Class) == c {
						balance[d.Origin] += d.TPerYr
						balance[d.Dest] -= d.TPerYr
						scale += d.TPerYr
					}
				}
				for a, f := range r.ArcFlow[c] {
					if f < 0 {
						t.Errorf("%s: class %d, arc %d: flow %g", name, c, a, f)
					}
					balance[p.Graph.From[a]] -= f
					balance[p.Graph.To[a]] += f
				}
				for node, b := range balance {
					if math.Abs(b) > 1e-10*scale {
						t.Errorf("%s: class %d, node %d: %g t/yr appear from nowhere", name, c, node, -b)
					}
				}
			}
			// Routes carry the demand, and resources what their arcs do.
			for d := range p.Demands {
				sum := 0.0
				for k := r.Routes.First[d]; k < r.Routes.First[d+1]; k++ {
					sum += r.RouteFlow[k]
				}
				if q := p.Demands[d].TPerYr; math.Abs(sum-q) > 1e-10*(1+q) {
					t.Errorf("%s: demand %d: routes carry %g of %g", name, d, sum, q)
				}
			}
			volume := make([]float64, len(p.Delay))
			for c := range p.Classes {
				for a, f := range r.ArcFlow[c] {
					if p.Resource[a] >= 0 {
						volume[p.Resource[a]] += f
					}
				}
			}
			for i, v := range volume {
				if math.Abs(v-r.Volume[i]) > 1e-10*(1+v) {
					t.Errorf("%s: resource %d: volume %g, its arcs carry %g", name, i, r.Volume[i], v)
				}
			}
		}
	})
}

func TestGapIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, someDelays)
		r := deterministic(t, p, 1e-9)
		for _, line := range r.Trace {
			if !(line.RelativeGap >= -1e-13) {
				t.Errorf("iteration %d: gap %g", line.Number, line.RelativeGap)
			}
		}
		// The gap said is the gap of the flows given: SPTT by a plain algorithm.
		tstt, sptt := totalH(r), 0.0
		for _, d := range p.Demands {
			cost := make([]float64, len(p.Graph.From))
			for a := range cost {
				cost[a] = p.Classes[d.Class].FixedH[a]
				if p.Resource[a] >= 0 {
					cost[a] += r.DelayH[p.Resource[a]]
				}
			}
			if d.TPerYr > 0 {
				sptt += d.TPerYr * bellmanFord(p.Graph, d.Origin, cost)[d.Dest]
			}
		}
		if gap := (tstt - sptt) / math.Max(tstt, 1e-300); math.Abs(gap-r.Trace[len(r.Trace)-1].RelativeGap) > 1e-12 {
			t.Errorf("gap said %g, of the flows given %g", r.Trace[len(r.Trace)-1].RelativeGap, gap)
		}
	})
}

// With all demand grown by a factor s, the total cost of the equilibrium grows
// at least by s: of two solutions v and w of the variational inequality, w for
// s times the demand, c(v).(w/s - v) >= 0 and c(w).(s v - w) >= 0, which with
// (c(w) - c(v)).(w - v) >= 0 gives c(w).w >= s c(v).v. And Beckmann's least
// objective rises with every single demand, since its slope there is a cost.
func TestCostIsMonotoneInDemand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, someDelays)
		grow := rapid.Float64Range(1, 3).Draw(t, "growth")
		const gap = 1e-9
		before := deterministic(t, p, gap)
		more := *p
		more.Demands = slices.Clone(p.Demands)
		for d := range more.Demands {
			more.Demands[d].TPerYr *= grow
		}
		after := deterministic(t, &more, gap)
		if a, b := totalH(before), totalH(after); b < grow*a*(1-1e-6) {
			t.Errorf("demand times %g: total cost from %.12g to only %.12g t h/yr", grow, a, b)
		}
		more.Demands = slices.Clone(p.Demands)
		d := rapid.IntRange(0, len(p.Demands)-1).Draw(t, "demand that grows")
		more.Demands[d].TPerYr *= grow
		after = deterministic(t, &more, gap)
		a, b := before.Trace[len(before.Trace)-1].Objective, after.Trace[len(after.Trace)-1].Objective
		if b < a-1e-7*math.Abs(a) {
			t.Errorf("demand %d times %g: objective from %.12g down to %.12g", d, grow, a, b)
		}
	})
}

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, someDelays)
		one := bothSolvers(t, p, 1)
		for _, workers := range []int{2, 5} {
			for name, r := range bothSolvers(t, p, workers) {
				if got, want := bitsOf(r), bitsOf(one[name]); !slices.Equal(got, want) {
					t.Errorf("%s: %d workers give other bits than one", name, workers)
				}
			}
		}
	})
}

// bitsOf lists every number of a result.
func bitsOf(r *assignment.Result) []uint64 {
	var out []uint64
	lists := [][]float64{r.RouteFlow, r.RouteH, r.Volume, r.DelayH, r.Routes.PathSize, r.Routes.FixedH}
	for _, it := range r.Trace {
		lists = append(lists, []float64{float64(it.Number), it.RelativeGap, it.Residual, it.Objective})
	}
	for _, list := range append(lists, r.ArcFlow...) {
		for _, v := range list {
			out = append(out, math.Float64bits(v))
		}
		out = append(out, uint64(len(list)))
	}
	for _, list := range [][]int32{r.Routes.First, r.Routes.ArcStart, r.Routes.Arcs, r.Routes.Nest, r.Routes.Res} {
		for _, v := range list {
			out = append(out, uint64(v))
		}
	}
	return out
}

// Over all simple routes, with one nest and no overlap, the logit minimises
// Beckmann's objective Z plus entropy / theta (Fisk 1980). So Z of its flows
// falls towards the deterministic Z* as theta rises, within sum q ln(routes) /
// theta of it, and volumes that are unique tend to the deterministic ones.
func TestLogitTendsToDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs, classes, demands := drawNetwork(t, allDelays)
		for a := range arcs {
			arcs[a].km, arcs[a].label = 0, 0 // one nest, every path-size factor 1
		}
		for c := range classes {
			classes[c].NestRatio = 1
		}
		p := problemOf(nodes, arcs, classes, demands)
		limit := deterministic(t, p, 1e-10)
		best := limit.Trace[len(limit.Trace)-1].Objective
		var lists [][][]int32
		entropy, total := 0.0, 0.0 // sum of q ln(number of routes)
		for _, d := range p.Demands {
			list := simpleRoutes(p.Graph, d.Origin, d.Dest)
			lists = append(lists, list)
			entropy += d.TPerYr * math.Log(float64(len(list)))
			total += d.TPerYr
		}
		routes := handmade(p, lists...)
		last := math.Inf(1)
		for _, theta := range []float64{0.02, 0.1, 0.5} {
			for c := range p.Classes {
				p.Classes[c].DispersionPerH = theta
			}
			r, err := assignment.SolveLogit(p, routes, assignment.Options{Workers: 1, Residual: 1e-8})
			if err != nil {
				t.Fatalf("theta %g: %v", theta, err)
			}
			z := 0.0
			for i, v := range r.Volume {
				z += p.Delay[i].Integral(v)
			}
			for k := range r.RouteFlow {
				z += r.RouteFlow[k] * routes.FixedH[k]
			}
			slack := 1e-6 * best
			if z < best-slack {
				t.Errorf("theta %g: objective %.12g lies below the deterministic minimum %.12g", theta, z, best)
			}
			if z > last+slack {
				t.Errorf("theta %g: objective rose from %.12g to %.12g", theta, last, z)
			}
			if z-best > entropy/theta+slack {
				t.Errorf("theta %g: objective is %g above the minimum, at most %g was due", theta, z-best, entropy/theta)
			}
			last = z
		}
	})
}

// A case whose limit is known to the digit: link flows, not the objective.
//
//	A ==> B   10 + v/500 and 11 + v/250, 1500 t/yr: 1166.67 and 333.33
func TestLogitLimitOnTwoRoutes(t *testing.T) {
	distance := math.Inf(1)
	for _, theta := range []float64{0.1, 0.5, 2, 10, 50, 250, 1000} {
		p := problemOf(2, []arc{
			{from: 0, to: 1, fixedH: []float64{10}, delay: linear(1.0 / 500), label: 0, km: 1},
			{from: 0, to: 1, fixedH: []float64{11}, delay: linear(1.0 / 250), label: 1, km: 1},
		}, oneClass(theta, 0.5), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1500}})
		r, err := assignment.SolveLogit(p, handmade(p, [][]int32{{0}, {1}}), assignment.Options{Workers: 1})
		if err != nil {
			t.Fatalf("theta %g: %v", theta, err)
		}
		d := math.Abs(r.ArcFlow[0][0] - 3500.0/3)
		if d >= distance {
			t.Errorf("theta %g: %g t/yr from the limit, %g before", theta, d, distance)
		}
		// Near the limit the difference of costs is ln(3.5)/theta, and each t/yr is worth 0.006 h.
		if want := math.Log(3.5) / theta / 0.006; theta >= 50 && math.Abs(d-want) > 0.05*want {
			t.Errorf("theta %g: %g t/yr from the limit, want about %g", theta, d, want)
		}
		distance = d
	}
}

// simpleRoutes lists every route that passes no node twice.
func simpleRoutes(g *routing.Graph, from, to int32) [][]int32 {
	var out [][]int32
	seen := make([]bool, g.NumNodes)
	var path []int32
	var walk func(at int32)
	walk = func(at int32) {
		if at == to {
			out = append(out, slices.Clone(path))
			return
		}
		seen[at] = true
		for _, a := range g.Out(at) {
			if !seen[g.To[a]] {
				path = append(path, a)
				walk(g.To[a])
				path = path[:len(path)-1]
			}
		}
		seen[at] = false
	}
	walk(from)
	return out
}

func TestClosingAnArcNeverLowersCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, noDelays)
		before := totalH(deterministic(t, p, 1e-12))
		closed := *p
		closed.Classes = slices.Clone(p.Classes)
		a := rapid.IntRange(0, len(p.Graph.From)-1).Draw(t, "closed arc")
		for c := range closed.Classes {
			closed.Classes[c].FixedH = slices.Clone(p.Classes[c].FixedH)
			closed.Classes[c].FixedH[a] = math.Inf(1)
		}
		// What no path serves any more is set aside on both sides.
		open := *p
		open.Demands, closed.Demands = nil, nil
		for _, d := range p.Demands {
			if !math.IsInf(bellmanFord(p.Graph, d.Origin, closed.Classes[d.Class].FixedH)[d.Dest], 1) {
				open.Demands = append(open.Demands, d)
				closed.Demands = append(closed.Demands, d)
			}
		}
		if len(open.Demands) < len(p.Demands) {
			before = totalH(deterministic(t, &open, 1e-12))
		}
		r := deterministic(t, &closed, 1e-12)
		if after := totalH(r); after < before*(1-1e-13) {
			t.Errorf("closing arc %d lowers the total cost from %.15g to %.15g", a, before, after)
		}
		for c := range r.ArcFlow {
			if r.ArcFlow[c][a] != 0 {
				t.Errorf("class %d: %g t/yr on the closed arc %d", c, r.ArcFlow[c][a], a)
			}
		}
	})
}

// bellmanFord gives the least costs from a node, by relaxing every arc again
// and again.
func bellmanFord(g *routing.Graph, origin int32, cost []float64) []float64 {
	dist := make([]float64, g.NumNodes)
	for i := range dist {
		dist[i] = math.Inf(1)
	}
	dist[origin] = 0
	for range dist {
		for a := range g.From {
			if c := dist[g.From[a]] + cost[a]; c < dist[g.To[a]] {
				dist[g.To[a]] = c
			}
		}
	}
	return dist
}

func TestTreeAgainstBellmanFord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree routing.Tree // grown twice: it is a workspace too
		for range 2 {
			nodes := rapid.IntRange(1, 12).Draw(t, "nodes")
			var from, to []int32
			var cost []float64
			for range rapid.IntRange(0, 40).Draw(t, "arcs") {
				from = append(from, int32(rapid.IntRange(0, nodes-1).Draw(t, "from")))
				to = append(to, int32(rapid.IntRange(0, nodes-1).Draw(t, "to")))
				// Ties, arcs without cost and closed arcs are what goes wrong.
				cost = append(cost, rapid.OneOf(rapid.Float64Range(0, 10), rapid.SampledFrom([]float64{0, 1, 2, math.Inf(1)})).Draw(t, "cost"))
			}
			g := routing.NewGraph(nodes, from, to)
			origin := int32(rapid.IntRange(0, nodes-1).Draw(t, "origin"))
			tree.Grow(g, origin, cost)
			want := bellmanFord(g, origin, cost)
			for node := int32(0); node < int32(nodes); node++ {
				got := tree.Cost[node]
				if math.IsInf(want[node], 1) {
					if !math.IsInf(got, 1) || tree.Path(g, node, nil) != nil {
						t.Errorf("node %d cannot be reached, but costs %g", node, got)
					}
					continue
				}
				if !(math.Abs(got-want[node]) <= 1e-12*(1+want[node])) {
					t.Errorf("node %d: cost %.15g, Bellman-Ford %.15g", node, got, want[node])
				}
				at, sum := origin, 0.0
				for _, a := range tree.Path(g, node, nil) {
					if from[a] != at {
						t.Fatalf("node %d: the path breaks at arc %d", node, a)
					}
					at, sum = to[a], sum+cost[a]
				}
				if at != node || sum != got {
					t.Errorf("node %d: the path ends at %d and costs %.15g, the tree says %.15g", node, at, sum, got)
				}
			}
		}
	})
}

// Generated routes are real ways from origin to destination, cheapest first,
// and hold the cheapest of all.
func TestGeneratedRoutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t, someDelays)
		routes, _ := assignment.Generate(p, assignment.DefaultGeneration, nil, nil)
		for d, q := range p.Demands {
			seen := map[string]bool{}
			for k := routes.First[d]; k < routes.First[d+1]; k++ {
				at := q.Origin
				for _, a := range routes.ArcsOf(k) {
					if p.Graph.From[a] != at {
						t.Fatalf("demand %d: route %v breaks", d, routes.ArcsOf(k))
					}
					at = p.Graph.To[a]
				}
				if at != q.Dest || seen[fmt.Sprint(routes.ArcsOf(k))] {
					t.Errorf("demand %d: route %v ends elsewhere or occurs twice", d, routes.ArcsOf(k))
				}
				seen[fmt.Sprint(routes.ArcsOf(k))] = true
				if k > routes.First[d] && routes.FixedH[k] < routes.FixedH[k-1]-1e-9 {
					t.Errorf("demand %d: routes are not in order of cost", d)
				}
				if s := routes.PathSize[k]; !(s > 0 && s <= 1+1e-12) {
					t.Errorf("demand %d: path size %g", d, s)
				}
			}
			best := bellmanFord(p.Graph, q.Origin, p.Classes[q.Class].FixedH)[q.Dest]
			if got := routes.FixedH[routes.First[d]]; math.Abs(got-best) > 1e-12*(1+best) {
				t.Errorf("demand %d: the first route costs %g, the cheapest %g", d, got, best)
			}
		}
	})
}

// The logsum never rises when a route is added to one nest or a new one, and
// never lies above the cheapest route while overlap plays no part.
func TestLogsumBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 6).Draw(t, "routes")
		var arcs []arc
		for range count {
			arcs = append(arcs, arc{from: 0, to: 1, fixedH: []float64{rapid.Float64Range(0, 100).Draw(t, "h")}, label: int16(rapid.IntRange(0, 2).Draw(t, "mode")), km: 1})
		}
		p := problemOf(2, arcs, oneClass(rapid.Float64Range(0.01, 5).Draw(t, "theta"), rapid.Float64Range(0.1, 1).Draw(t, "lambda")),
			[]assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1}})
		var list [][]int32
		least, last := math.Inf(1), math.Inf(1)
		for a := range arcs {
			list = append(list, []int32{int32(a)})
			least = math.Min(least, arcs[a].fixedH[0])
			got := assignment.LogsumH(p, handmade(p, list), 0, nil)
			if got > last+1e-9 || got > least+1e-9 || math.IsNaN(got) {
				t.Errorf("%d routes: logsum %g, one route less %g, cheapest %g", a+1, got, last, least)
			}
			last = got
		}
	})
}
