package assignment_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/routing"
)

// arc is one arc of a network made in a test. Its delay is its own, unless
// shared names the arc (by index) whose resource it uses.
type arc struct {
	from, to int32
	fixedH   []float64 // by class
	delay    assignment.VDF
	shared   int // 1 + index of an earlier arc; 0: none
	label    int16
	km       float64
}

// problemOf joins arcs to a problem.
func problemOf(nodes int, arcs []arc, classes []assignment.Class, demands []assignment.Demand) *assignment.Problem {
	n := len(arcs)
	from, to := make([]int32, n), make([]int32, n)
	p := &assignment.Problem{Resource: make([]int32, n), Label: make([]int16, n), LengthKm: make([]float64, n), Demands: demands}
	for c := range classes {
		class := classes[c]
		class.FixedH = make([]float64, n)
		for a := range arcs {
			class.FixedH[a] = arcs[a].fixedH[c]
		}
		p.Classes = append(p.Classes, class)
	}
	for a := range arcs {
		from[a], to[a] = arcs[a].from, arcs[a].to
		p.Label[a], p.LengthKm[a] = arcs[a].label, arcs[a].km
		switch {
		case arcs[a].shared > 0:
			p.Resource[a] = p.Resource[arcs[a].shared-1]
		case arcs[a].delay.Kind == assignment.NoDelay:
			p.Resource[a] = -1
		default:
			p.Resource[a] = int32(len(p.Delay))
			p.Delay = append(p.Delay, arcs[a].delay)
		}
	}
	p.Graph = routing.NewGraph(nodes, from, to)
	return p
}

func oneClass(dispersion, nestRatio float64) []assignment.Class {
	return []assignment.Class{{Name: "goods", DispersionPerH: dispersion, NestRatio: nestRatio}}
}

// linear is a delay of slope h per t/yr.
func linear(slope float64) assignment.VDF {
	return assignment.VDF{Kind: assignment.BPR, Capacity: 1, RefTimeH: 1, A: slope, B: 1}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.12g, want %.12g (tolerance %g)", what, got, want, tolerance)
	}
}

// totalH is the sum over routes of flow times cost, in t h/yr.
func totalH(r *assignment.Result) float64 {
	sum := 0.0
	for k := range r.RouteFlow {
		sum += r.RouteFlow[k] * r.RouteH[k]
	}
	return sum
}

// handmade gives routes as lists of arcs by demand, without generating any.
func handmade(p *assignment.Problem, byDemand ...[][]int32) *assignment.Routes {
	r := &assignment.Routes{First: []int32{0}, ArcStart: []int32{0}}
	count := int32(0)
	for _, routes := range byDemand {
		for _, arcs := range routes {
			r.Arcs = append(r.Arcs, arcs...)
			r.ArcStart = append(r.ArcStart, int32(len(r.Arcs)))
			count++
		}
		r.First = append(r.First, count)
	}
	out, _ := assignment.Generate(p, assignment.Generation{Workers: 1, MaxRatio: 1}, nil, r)
	return out
}

// Two parallel routes:
//
//	   (1) T1, delay
//	A ===============> B
//	   (2) T2, delay
func TestTwoRoutesDeterministic(t *testing.T) {
	bpr := func(t0, capacity, b float64) assignment.VDF {
		return assignment.VDF{Kind: assignment.BPR, Capacity: capacity, RefTimeH: t0, A: 0.15, B: b}
	}
	for _, c := range []struct {
		name           string
		t1, t2, demand float64
		d1, d2         assignment.VDF
		flow1, costH   float64
	}{
		// 10 (1 + 0.15 (v/1000)^4) = 12, so v = 1000 (4/3)^(1/4).
		{"quartic against a free road", 10, 12, 2000, bpr(10, 1000, 4), assignment.VDF{},
			1000 * math.Pow(4.0/3, 0.25), 12},
		// Equal times without load: flows go as the capacities, 1 to 3.
		{"quartic, equal times", 10, 10, 6000, bpr(10, 1000, 4), bpr(10, 3000, 4),
			1500, 10 * (1 + 0.15*math.Pow(1.5, 4))},
		// 10 + v1/500 = 11 + v2/250 and v1 + v2 = 1500: 3 v1 = 3500.
		{"linear both", 10, 11, 1500, linear(1.0 / 500), linear(1.0 / 250),
			3500.0 / 3, 10 + 3500.0/1500},
		// 10 + v/500 at 400 is 10.8, below 11: the dear route stays empty.
		{"corner: one route used", 10, 11, 400, linear(1.0 / 500), linear(1.0 / 250),
			400, 10.8},
		{"corner: cost just equal", 10, 11, 500, linear(1.0 / 500), linear(1.0 / 250),
			500, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := problemOf(2, []arc{
				{from: 0, to: 1, fixedH: []float64{c.t1}, delay: c.d1},
				{from: 0, to: 1, fixedH: []float64{c.t2}, delay: c.d2},
			}, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: c.demand}})
			r, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			// A gap of 1e-10 leaves about 1e-8 of the flow.
			near(t, "flow of route 1", r.ArcFlow[0][0], c.flow1, 1e-7*c.demand)
			near(t, "flow of route 2", r.ArcFlow[0][1], c.demand-c.flow1, 1e-7*c.demand)
			near(t, "total cost", totalH(r), c.demand*c.costH, 1e-7*c.demand*c.costH)
			if last := r.Trace[len(r.Trace)-1]; !r.Converged || last.RelativeGap > 1e-10 || last.RelativeGap < -1e-13 {
				t.Errorf("gap %g, converged %v", last.RelativeGap, r.Converged)
			}
		})
	}
}

// The logit on the same two routes is one equation in the flow v of route 1,
// v = q / (1 + exp(theta (c1(v) - c2(q-v)))), whose right side falls in v.
func TestTwoRoutesLogit(t *testing.T) {
	for _, c := range []struct {
		name   string
		theta  float64
		d1, d2 assignment.VDF
	}{
		{"mild", 0.3, assignment.VDF{Kind: assignment.BPR, Capacity: 1000, RefTimeH: 10, A: 0.15, B: 4}, linear(1.0 / 800)},
		{"sharp", 5, assignment.VDF{Kind: assignment.BPR, Capacity: 1000, RefTimeH: 10, A: 0.15, B: 4}, linear(1.0 / 800)},
		{"conical", 1, assignment.VDF{Kind: assignment.Conical, Capacity: 900, RefTimeH: 8, A: 4}, linear(1.0 / 800)},
		{"past the capacity of a terminal", 1, assignment.VDF{Kind: assignment.Davidson, Capacity: 500, RefTimeH: 24, A: 0.1, B: 0.95}, linear(1.0 / 800)},
		{"no delay", 0.7, assignment.VDF{}, assignment.VDF{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const q, t1, t2 = 2000.0, 10.0, 11.0
			p := problemOf(2, []arc{
				{from: 0, to: 1, fixedH: []float64{t1}, delay: c.d1, label: 0, km: 100},
				{from: 0, to: 1, fixedH: []float64{t2}, delay: c.d2, label: 1, km: 120},
			}, oneClass(c.theta, 0.5), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: q}})
			low, high := 0.0, q
			for high-low > 1e-10*q {
				v := (low + high) / 2
				cost1, cost2 := t1+c.d1.DelayH(v), t2+c.d2.DelayH(q-v)
				if q/(1+math.Exp(c.theta*(cost1-cost2))) > v {
					low = v
				} else {
					high = v
				}
			}
			r, err := assignment.SolveLogit(p, handmade(p, [][]int32{{0}, {1}}), assignment.Options{Workers: 1, Residual: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "flow of route 1", r.ArcFlow[0][0], (low+high)/2, 1e-8*q)
			near(t, "sum of flows", r.ArcFlow[0][0]+r.ArcFlow[0][1], q, 1e-12*q)
		})
	}
}

// Braess (1968), with the figures of Sheffi (1985, ch. 4): six tonnes from O to D.
//
//	 10v  A  50+v
//	O     |10+v   D       the arc A-B is the one that is added
//	 50+v B  10v
func TestBraess(t *testing.T) {
	arcs := []arc{
		{from: 0, to: 1, fixedH: []float64{0}, delay: linear(10)},
		{from: 0, to: 2, fixedH: []float64{50}, delay: linear(1)},
		{from: 1, to: 3, fixedH: []float64{50}, delay: linear(1)},
		{from: 2, to: 3, fixedH: []float64{0}, delay: linear(10)},
		{from: 1, to: 2, fixedH: []float64{10}, delay: linear(1)},
	}
	for _, c := range []struct {
		name  string
		arcs  []arc
		flows []float64
		costH float64
	}{
		{"without the link", arcs[:4], []float64{3, 3, 3, 3}, 83},
		{"with the link", arcs, []float64{4, 2, 2, 4, 2}, 92},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := problemOf(4, c.arcs, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 3, TPerYr: 6}})
			r, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			for a, want := range c.flows {
				near(t, fmt.Sprintf("arc %d", a), r.ArcFlow[0][a], want, 1e-6)
			}
			near(t, "total cost", totalH(r), 6*c.costH, 1e-6)
		})
	}
}

// A terminal of 1000 t/yr on the only way:  A --[terminal]--> B
func TestTerminalSaturates(t *testing.T) {
	terminal := assignment.VDF{Kind: assignment.Davidson, Capacity: 1000, RefTimeH: 24, A: 0.1, B: 0.95}
	last := 0.0
	for _, c := range []struct {
		demand, delayH float64 // by hand: 2.4 x/(1-x); past 0.95, 2.4 (19 + 400 (x - 0.95))
	}{
		{500, 2.4}, {800, 9.6}, {950, 45.6}, {1000, 93.6}, {1500, 573.6}, {5000, 3933.6},
	} {
		t.Run(fmt.Sprintf("demand %g", c.demand), func(t *testing.T) {
			p := problemOf(2, []arc{{from: 0, to: 1, fixedH: []float64{5}, delay: terminal}}, oneClass(1, 1),
				[]assignment.Demand{{Origin: 0, Dest: 1, TPerYr: c.demand}})
			for name, solve := range solvers(1e-10, handmade(p, [][]int32{{0}})) {
				r, err := solve(p)
				if err != nil {
					t.Fatal(name, err)
				}
				near(t, name+": flow", r.Volume[0], c.demand, 1e-9*c.demand)
				near(t, name+": delay", r.DelayH[0], c.delayH, 1e-9*c.delayH)
				near(t, name+": cost", r.RouteH[0], 5+c.delayH, 1e-9*(5+c.delayH))
				if math.IsInf(r.DelayH[0], 0) || r.DelayH[0] <= last {
					t.Errorf("%s: the delay %g does not rise above %g", name, r.DelayH[0], last)
				}
			}
		})
		last = c.delayH
	}
}

// With a way round that costs 24 h more, what the terminal takes is where its
// delay is 24 h: 2.4 x/(1-x) = 24, x = 10/11.
//
//	A --[terminal]--> B
//	 \____ +24 h ____/
func TestTerminalWithAWayRound(t *testing.T) {
	p := problemOf(2, []arc{
		{from: 0, to: 1, fixedH: []float64{5}, delay: assignment.VDF{Kind: assignment.Davidson, Capacity: 1000, RefTimeH: 24, A: 0.1, B: 0.95}},
		{from: 0, to: 1, fixedH: []float64{29}},
	}, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 3000}})
	r, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: 1e-10})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "through the terminal", r.ArcFlow[0][0], 10000.0/11, 1e-4)
	near(t, "total cost", totalH(r), 3000*29, 1e-5)
}

// solvers are both behaviours to the same precision.
func solvers(precision float64, routes *assignment.Routes) map[string]func(*assignment.Problem) (*assignment.Result, error) {
	return map[string]func(*assignment.Problem) (*assignment.Result, error){
		"deterministic": func(p *assignment.Problem) (*assignment.Result, error) {
			return assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: precision})
		},
		"logit": func(p *assignment.Problem) (*assignment.Result, error) {
			return assignment.SolveLogit(p, routes, assignment.Options{Workers: 1, Residual: precision})
		},
	}
}

// Two classes: electronics whose hour is worth 10 USD/t and grain whose hour is
// worth 0.5 USD/t. Costs are hours: time + money / value of time. Both come by
// one link S-A, then choose a fast road with a toll or a slow one without.
//
//	          fast 5 h + v/100, toll
//	S ---> A =======================> B
//	  3 h     slow 8 h
func TestTwoValuesOfTime(t *testing.T) {
	const dear, cheap = 10.0, 0.5 // USD per t and h
	for _, c := range []struct {
		name             string
		tollUSD          float64
		qDear, qCheap    float64
		dearFast         float64 // t/yr
		cheapFast        float64
		dearH, cheapCost float64 // generalised h from S to B at equilibrium
	}{
		// Grain pays 2/0.5 = 4 h for the toll: 9 h against 8. Electronics pay
		// 0.2 h, and 5.2 + 1 < 8.
		{"toll parts them", 2, 100, 500, 100, 0, 3 + 5.2 + 1, 3 + 8},
		// Electronics alone fill the fast road to 5.2 + v/100 = 8, v = 280.
		{"electronics split", 2, 400, 500, 280, 0, 3 + 8, 3 + 8},
		// Toll 0.5: 0.05 h and 1 h. Grain fills up to 6 + v/100 = 8, v = 200.
		{"grain splits", 0.5, 150, 100, 150, 50, 3 + 5.05 + 2, 3 + 8},
		// Electronics alone make it dearer than 8 for grain, and not yet for themselves.
		{"grain is driven off", 0.5, 250, 100, 250, 0, 3 + 5.05 + 2.5, 3 + 8},
		{"room for all", 0.5, 50, 100, 50, 100, 3 + 5.05 + 1.5, 3 + 6 + 1.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := problemOf(3, []arc{
				{from: 0, to: 1, fixedH: []float64{3, 3}},
				{from: 1, to: 2, fixedH: []float64{5 + c.tollUSD/dear, 5 + c.tollUSD/cheap}, delay: linear(0.01)},
				{from: 1, to: 2, fixedH: []float64{8, 8}},
			}, []assignment.Class{{Name: "electronics", DispersionPerH: 1, NestRatio: 1}, {Name: "grain", DispersionPerH: 1, NestRatio: 1}},
				[]assignment.Demand{{Class: 0, Origin: 0, Dest: 2, TPerYr: c.qDear}, {Class: 1, Origin: 0, Dest: 2, TPerYr: c.qCheap}})
			r, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1, RelativeGap: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "electronics by the fast road", r.ArcFlow[0][1], c.dearFast, 1e-4)
			near(t, "grain by the fast road", r.ArcFlow[1][1], c.cheapFast, 1e-4)
			near(t, "volume of both", r.Volume[0], c.dearFast+c.cheapFast, 1e-4)
			for d, want := range []float64{c.dearH, c.cheapCost} {
				for k := r.Routes.First[d]; k < r.Routes.First[d+1]; k++ {
					if r.RouteFlow[k] > 0 {
						near(t, fmt.Sprintf("cost of class %d", d), r.RouteH[k], want, 1e-5)
					}
				}
			}
		})
	}
}

var vdfCases = []struct {
	name string
	vdf  assignment.VDF
}{
	{"BPR, usual", assignment.VDF{Kind: assignment.BPR, Capacity: 2e6, RefTimeH: 7, A: 0.15, B: 4}},
	{"BPR, linear", assignment.VDF{Kind: assignment.BPR, Capacity: 300, RefTimeH: 2, A: 0.5, B: 1}},
	{"BPR, power 1.5", assignment.VDF{Kind: assignment.BPR, Capacity: 300, RefTimeH: 2, A: 1, B: 1.5}},
	{"conical, 4", assignment.VDF{Kind: assignment.Conical, Capacity: 3e6, RefTimeH: 9, A: 4}},
	{"conical, 1.5", assignment.VDF{Kind: assignment.Conical, Capacity: 40, RefTimeH: 1, A: 1.5}},
	{"conical, 12", assignment.VDF{Kind: assignment.Conical, Capacity: 40, RefTimeH: 1, A: 12}},
	{"Davidson, 0.95", assignment.VDF{Kind: assignment.Davidson, Capacity: 5e5, RefTimeH: 24, A: 0.1, B: 0.95}},
	{"Davidson, 0.5", assignment.VDF{Kind: assignment.Davidson, Capacity: 80, RefTimeH: 6, A: 1, B: 0.5}},
}

var loads = []float64{0.01, 0.1, 0.3, 0.49, 0.51, 0.7, 0.9, 0.94, 0.96, 0.999, 1, 1.001, 1.3, 2, 5}

func TestVDFDerivative(t *testing.T) {
	for _, c := range vdfCases {
		t.Run(c.name, func(t *testing.T) {
			for _, x := range loads {
				v, h := x*c.vdf.Capacity, 1e-5*c.vdf.Capacity
				got := c.vdf.Derivative(v)
				want := (c.vdf.DelayH(v+h) - c.vdf.DelayH(v-h)) / (2 * h)
				near(t, fmt.Sprintf("at %g of capacity", x), got, want, 1e-5*want+1e-9*c.vdf.RefTimeH/c.vdf.Capacity)
				if !(got > 0) {
					t.Errorf("at %g of capacity: derivative %g is not positive", x, got)
				}
			}
		})
	}
}

// The quadrature is Simpson's rule on 2000 intervals on either side of the
// tangent point, where Davidson's slope is not smooth.
func TestVDFIntegral(t *testing.T) {
	simpson := func(f func(float64) float64, from, to float64) float64 {
		const n = 2000
		h, sum := (to-from)/n, f(from)+f(to)
		for i := 1; i < n; i++ {
			sum += f(from+float64(i)*h) * float64(2+2*(i%2))
		}
		return sum * h / 3
	}
	for _, c := range vdfCases {
		t.Run(c.name, func(t *testing.T) {
			if z := c.vdf.Integral(0); math.Abs(z) > 1e-12*c.vdf.Capacity*c.vdf.RefTimeH {
				t.Errorf("integral to 0 is %g", z)
			}
			for _, x := range loads {
				v, bend := x*c.vdf.Capacity, c.vdf.Capacity*2
				if c.vdf.Kind == assignment.Davidson {
					bend = c.vdf.B * c.vdf.Capacity
				}
				want := simpson(c.vdf.DelayH, 0, math.Min(v, bend))
				if v > bend {
					want += simpson(c.vdf.DelayH, bend, v)
				}
				near(t, fmt.Sprintf("to %g of capacity", x), c.vdf.Integral(v), want, 1e-6*want+1e-12*c.vdf.Capacity*c.vdf.RefTimeH)
			}
		})
	}
}

func TestVDFShape(t *testing.T) {
	for _, c := range vdfCases {
		t.Run(c.name, func(t *testing.T) {
			near(t, "delay of no flow", c.vdf.DelayH(0), 0, 1e-12*c.vdf.RefTimeH)
			last := math.Inf(-1)
			for x := 0.0; x <= 10; x += 0.005 {
				h := c.vdf.DelayH(x * c.vdf.Capacity)
				if math.IsNaN(h) || math.IsInf(h, 0) || h <= last {
					t.Fatalf("at %g of capacity: %g h after %g h", x, h, last)
				}
				last = h
			}
			if err := c.vdf.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConicalDoublesAtCapacity(t *testing.T) {
	for _, alpha := range []float64{1.1, 2, 4, 8, 12} {
		v := assignment.VDF{Kind: assignment.Conical, Capacity: 750, RefTimeH: 6, A: alpha}
		near(t, fmt.Sprintf("alpha %g: added time at capacity", alpha), v.DelayH(750), 6, 1e-12*6)
	}
}

func TestDavidsonTangent(t *testing.T) {
	for _, at := range []float64{0.5, 0.9, 0.95, 0.99} {
		v := assignment.VDF{Kind: assignment.Davidson, Capacity: 1000, RefTimeH: 10, A: 0.2, B: at}
		const step = 1e-7
		below, above := at*1000*(1-step), at*1000*(1+step)
		slope := 10 * 0.2 / ((1 - at) * (1 - at)) / 1000
		near(t, fmt.Sprintf("tangent at %g: value", at), v.DelayH(above)-v.DelayH(below), slope*(above-below), 1e-4*slope*(above-below))
		near(t, fmt.Sprintf("tangent at %g: slope below", at), v.Derivative(below), slope, 1e-4*slope)
		near(t, fmt.Sprintf("tangent at %g: slope above", at), v.Derivative(above), slope, 1e-12*slope)
		near(t, fmt.Sprintf("tangent at %g: slope far above", at), v.Derivative(5000), slope, 1e-12*slope)
		near(t, fmt.Sprintf("tangent at %g: integral", at), v.Integral(above)-v.Integral(below), v.DelayH(at*1000)*(above-below), 1e-3*v.DelayH(at*1000)*(above-below))
	}
}

func TestVDFCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		vdf  assignment.VDF
	}{
		{"no capacity", assignment.VDF{Kind: assignment.BPR, RefTimeH: 1, A: 1, B: 1}},
		{"capacity NaN", assignment.VDF{Kind: assignment.BPR, Capacity: math.NaN(), RefTimeH: 1, A: 1, B: 1}},
		{"negative time", assignment.VDF{Kind: assignment.BPR, Capacity: 1, RefTimeH: -1, A: 1, B: 1}},
		{"BPR beta below 1", assignment.VDF{Kind: assignment.BPR, Capacity: 1, RefTimeH: 1, A: 1, B: 0.5}},
		{"conical alpha 1", assignment.VDF{Kind: assignment.Conical, Capacity: 1, RefTimeH: 1, A: 1}},
		{"Davidson tangent at 1", assignment.VDF{Kind: assignment.Davidson, Capacity: 1, RefTimeH: 1, A: 1, B: 1}},
		{"Davidson tangent at 0", assignment.VDF{Kind: assignment.Davidson, Capacity: 1, RefTimeH: 1, A: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.vdf.Check() == nil {
				t.Errorf("no error for %+v", c.vdf)
			}
		})
	}
}

// Two nests: rail with the routes r1 and r2, road with one. theta = 0.5,
// lambda = 0.25, so that inside a nest the scale is 2.
//
//	A ==r1 10 h== B      S_rail = e^(-2*10) + e^(-2*10.5)
//	A ==r2 10.5 h= B     S_road = e^(-2*11)
//	A ==road 11 h= B     P(nest) = S^0.25 / sum
func nested() (*assignment.Problem, *assignment.Routes) {
	p := problemOf(2, []arc{
		{from: 0, to: 1, fixedH: []float64{10}, label: 0, km: 100},
		{from: 0, to: 1, fixedH: []float64{10.5}, label: 0, km: 100},
		{from: 0, to: 1, fixedH: []float64{11}, label: 1, km: 100},
	}, oneClass(0.5, 0.25), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1000}})
	return p, handmade(p, [][]int32{{0}, {1}, {2}})
}

func TestNestedLogitByHand(t *testing.T) {
	p, routes := nested()
	r, err := assignment.SolveLogit(p, routes, assignment.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	// Costs less 10 h: 0, 0.5, 1. S_rail = 1 + e^-1 = 1.36787944, S_road = e^-2.
	// S_rail^0.25 = 1.08146372, S_road^0.25 = e^-0.5 = 0.60653066.
	rail := 1.08146372 / (1.08146372 + 0.60653066)
	within := 1 / 1.36787944
	near(t, "r1", r.ArcFlow[0][0], 1000*rail*within, 1e-4)
	near(t, "r2", r.ArcFlow[0][1], 1000*rail*(1-within), 1e-4)
	near(t, "road", r.ArcFlow[0][2], 1000*(1-rail), 1e-4)
}

func TestLogsumByHand(t *testing.T) {
	p, routes := nested()
	// 10 - ln(1.08146372 + 0.60653066)/0.5
	near(t, "two nests", assignment.LogsumH(p, routes, 0, nil), 10-2*math.Log(1.68799438), 1e-7)
	one := handmade(p, [][]int32{{2}})
	near(t, "one route: its cost", assignment.LogsumH(p, one, 0, nil), 11, 1e-12)
	twins := problemOf(2, []arc{
		{from: 0, to: 1, fixedH: []float64{7}, label: 0, km: 1},
		{from: 0, to: 1, fixedH: []float64{7}, label: 1, km: 1},
	}, oneClass(0.5, 0.25), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1}})
	near(t, "two equal nests: ln 2 over theta less", assignment.LogsumH(twins, handmade(twins, [][]int32{{0}, {1}}), 0, nil), 7-math.Log(2)/0.5, 1e-12)
	// In one nest the gain of a twin is lambda ln 2 over theta.
	twins.Label[1] = 0
	near(t, "two equal routes of one nest", assignment.LogsumH(twins, handmade(twins, [][]int32{{0}, {1}}), 0, nil), 7-0.25*math.Log(2)/0.5, 1e-12)
}

// Two routes of one chain share a first link of 60 km of 100:
//
//	A ---60 km--- M ==40 km=== B   (two ways from M on)
//
// Each has the path-size factor 0.6/2 + 0.4/1 = 0.7, a third that shares
// nothing has 1.
func TestPathSize(t *testing.T) {
	p := problemOf(3, []arc{
		{from: 0, to: 1, fixedH: []float64{6}, km: 60},
		{from: 1, to: 2, fixedH: []float64{4}, km: 40},
		{from: 1, to: 2, fixedH: []float64{4}, km: 40},
		{from: 0, to: 2, fixedH: []float64{10}, km: 100},
	}, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 2, TPerYr: 240}})
	r := handmade(p, [][]int32{{0, 1}, {0, 2}, {3}})
	want := map[int32]float64{1: 0.7, 2: 0.7, 3: 1} // by last arc
	for k := int32(0); k < int32(r.Len()); k++ {
		arcs := r.ArcsOf(k)
		near(t, fmt.Sprint("path size of ", arcs), r.PathSize[k], want[arcs[len(arcs)-1]], 1e-12)
	}
	res, err := assignment.SolveLogit(p, r, assignment.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the route apart", res.ArcFlow[0][3], 100, 1e-9) // 240 / 2.4
	near(t, "the shared link", res.ArcFlow[0][0], 140, 1e-9)
}

// Three ways of one mode each, all past their capacity of 500 t/yr:
//
//	   10 h, Davidson of 24 h
//	A ==11 h, conical of 10 h==> B
//	   12 h, BPR of 10 h
//
// Its logit is three equations, P = exp(-theta c) / sum, which have exactly one
// solution since every delay rises; the test checks what comes back against
// them.
func TestLogitConvergesPastCapacity(t *testing.T) {
	delays := []assignment.VDF{
		{Kind: assignment.Davidson, Capacity: 500, RefTimeH: 24, A: 0.1, B: 0.95},
		{Kind: assignment.Conical, Capacity: 500, RefTimeH: 10, A: 4},
		{Kind: assignment.BPR, Capacity: 500, RefTimeH: 10, A: 0.15, B: 4},
	}
	for _, c := range []struct{ load, theta float64 }{{0.8, 3}, {1.5, 0.5}, {1.5, 3}, {3, 0.1}, {3, 0.5}, {3, 1}, {6, 0.5}} {
		t.Run(fmt.Sprintf("load %g, theta %g", c.load, c.theta), func(t *testing.T) {
			var arcs []arc
			var list [][]int32
			for k, d := range delays {
				arcs = append(arcs, arc{from: 0, to: 1, fixedH: []float64{10 + float64(k)}, delay: d, label: int16(k)})
				list = append(list, []int32{int32(k)})
			}
			q := 1500 * c.load
			p := problemOf(2, arcs, oneClass(c.theta, 1), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: q}})
			r, err := assignment.SolveLogit(p, handmade(p, list), assignment.Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			best, sum := math.Inf(1), 0.0
			cost := make([]float64, 3)
			for k := range cost {
				cost[k] = 10 + float64(k) + delays[k].DelayH(r.ArcFlow[0][k])
				best = math.Min(best, cost[k])
			}
			for k := range cost {
				sum += math.Exp(-c.theta * (cost[k] - best))
			}
			for k := range cost {
				near(t, fmt.Sprintf("route %d: share", k), r.ArcFlow[0][k]/q, math.Exp(-c.theta*(cost[k]-best))/sum, 1e-6)
			}
		})
	}
}

func TestLimitOfIterations(t *testing.T) {
	p := problemOf(2, []arc{
		{from: 0, to: 1, fixedH: []float64{10}, delay: linear(0.01)},
		{from: 0, to: 1, fixedH: []float64{10.5}, delay: linear(0.02)},
		{from: 0, to: 1, fixedH: []float64{11}, delay: linear(0.03)},
	}, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1000}})
	routes := handmade(p, [][]int32{{0}, {1}, {2}})
	for _, limit := range []int{1, 2} {
		o := assignment.Options{Workers: 1, MaxIterations: limit, RelativeGap: 1e-15, Residual: 1e-15}
		for name, solve := range map[string]func() (*assignment.Result, error){
			"deterministic": func() (*assignment.Result, error) { return assignment.SolveDeterministic(p, o) },
			"logit":         func() (*assignment.Result, error) { return assignment.SolveLogit(p, routes, o) },
		} {
			t.Run(fmt.Sprintf("%s, limit %d", name, limit), func(t *testing.T) {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("panic: %v", r)
					}
				}()
				r, err := solve()
				if !errors.Is(err, assignment.ErrNotConverged) || r == nil || r.Converged {
					t.Fatalf("want a result marked as not converged, got %v, %v", r != nil, err)
				}
				sum := 0.0
				for _, f := range r.RouteFlow {
					sum += f
				}
				near(t, "flow", sum, 1000, 1e-9)
			})
		}
	}
}

func TestSolversStopAndReport(t *testing.T) {
	stop := errors.New("stop")
	p := problemOf(3, []arc{
		{from: 0, to: 1, fixedH: []float64{10}, delay: linear(0.01)},
		{from: 0, to: 1, fixedH: []float64{10.5}, delay: linear(0.02)},
	}, oneClass(1, 1), []assignment.Demand{{Origin: 0, Dest: 1, TPerYr: 1000}})
	o := assignment.Options{Workers: 1, Progress: func(assignment.Iteration) error { return stop }}
	if _, err := assignment.SolveDeterministic(p, o); !errors.Is(err, stop) {
		t.Errorf("deterministic: got %v", err)
	}
	if _, err := assignment.SolveLogit(p, handmade(p, [][]int32{{0}, {1}}), o); !errors.Is(err, stop) {
		t.Errorf("logit: got %v", err)
	}
	p.Demands[0].Dest = 2
	if _, err := assignment.SolveDeterministic(p, assignment.Options{Workers: 1}); err == nil {
		t.Error("no path: no error")
	}
	if _, unserved := assignment.Generate(p, assignment.DefaultGeneration, nil, nil); len(unserved) != 1 || unserved[0] != 0 {
		t.Errorf("unserved: got %v", unserved)
	}
}
