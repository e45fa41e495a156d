package assignment

import (
	"context"
	"math"
	"slices"

	"github.com/karvan/karvan/routing"
)

// Loader puts trips on shortest paths, all on the shortest (all-or-nothing).
type Loader struct {
	order    *routing.Hierarchy
	metric   *routing.Metric
	table    []Trip
	loadings []*routing.Loading
}

// NewLoader takes a network and trips; trips inside a node are left out.
func NewLoader(road *Road, trips []Trip) (*Loader, error) {
	if err := road.Check(); err != nil {
		return nil, err
	}
	table, err := tableOf(road, trips)
	if err != nil {
		return nil, err
	}
	l := &Loader{order: routing.NewHierarchy(routing.NewGraph(road.Nodes, road.From, road.To), road.FirstThrough), table: table}
	for range loadingPieces {
		l.loadings = append(l.loadings, l.order.NewLoading())
	}
	return l, nil
}

// averages are the link-based methods, for comparison: they keep flows by link alone, and
// come near slowly. MSA takes the mean of all loadings so far; BFW is the biconjugate
// Frank-Wolfe method (Mitradjieva and Lindberg 2013, Transportation Science 47(2),
// doi:10.1287/trsc.1120.0409), with an exact line search.
type averages struct {
	loads
	*Loader
	road   *Road
	method Method
	begun  bool
}

func newAverages(road *Road, trips []Trip, method Method) (*averages, error) {
	l, err := NewLoader(road, trips)
	if err != nil {
		return nil, err
	}
	return &averages{loads: newLoads(road.links()), Loader: l, road: road, method: method}, nil
}

// loadingPieces is in how many parts trips are loaded, each in room of its own.
const loadingPieces = 8

// Solve is that of [Solver].
func (s *averages) Solve(ctx context.Context, o RoadOptions) (*RoadResult, error) {
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	n := len(s.cost)
	load := make([]float64, n)
	res := &RoadResult{}
	search := conjugates{s: s, before: make([]float64, n), earlier: make([]float64, n)}
	if !s.begun {
		s.renew()
		if res.Aside = s.Load(s.cost, load, o.Workers); len(res.Aside) > 0 && !o.SetAside {
			return nil, &Unreachable{res.Aside}
		}
		copy(s.flow, load)
		s.begun = true
	}
	var err error
	for res.Iterations = 0; ; res.Iterations++ {
		s.renew()
		res.Aside = s.Load(s.cost, load, o.Workers)
		res.TSTT, res.SPTT = s.total(), 0
		for a, y := range load {
			if y > 0 {
				res.SPTT += y * s.cost[a]
			}
		}
		res.setGap()
		if o.Progress != nil {
			o.Progress(res.Iterations, res.RelativeGap)
		}
		if res.RelativeGap <= target {
			res.Converged = true
			break
		}
		if o.Until != nil {
			if z := s.objective(); o.Until(z, z-res.TSTT+res.SPTT) {
				s.report(res, target)
				return res, nil
			}
		}
		if err = ctx.Err(); err != nil || res.Iterations == limit {
			break
		}
		if s.method == MSA {
			for a := range s.flow {
				s.flow[a] += (load[a] - s.flow[a]) / float64(res.Iterations+2)
			}
			continue
		}
		search.step(load)
	}
	if e := s.report(res, target); err == nil {
		err = e
	}
	return res, err
}

// NoPath gives the trips that no path serves.
func NoPath(road *Road, trips []Trip) ([]Trip, error) {
	l, err := NewLoader(road, trips)
	if err != nil {
		return nil, err
	}
	cost := road.FreeCosts()
	return l.Load(cost, make([]float64, len(cost)), 0), nil
}

// Load writes the flow of each link when all trips go by shortest paths at some costs, and
// gives the trips that have none.
func (s *Loader) Load(cost, load []float64, workers int) (aside []Trip) {
	s.metric = s.order.Customise(cost, s.metric)
	missing := make([][]Trip, loadingPieces)
	// By whole origins: a part begins with the first trip of one.
	var first []int
	for i, t := range s.table {
		if i == 0 || s.table[i-1].Origin != t.Origin {
			first = append(first, i)
		}
	}
	first = append(first, len(s.table))
	origins := len(first) - 1
	pieces(loadingPieces, workers, func(_, piece, _ int) {
		var search routing.Search
		var dest []int32
		var volume []float64
		for k := piece * origins / loadingPieces; k < (piece+1)*origins/loadingPieces; k++ {
			search.From(s.metric, s.table[first[k]].Origin)
			dest, volume = dest[:0], volume[:0]
			for _, t := range s.table[first[k]:first[k+1]] {
				if math.IsInf(search.To(t.Dest), 1) {
					if t.Volume > 0 {
						missing[piece] = append(missing[piece], t)
					}
					continue
				}
				dest, volume = append(dest, t.Dest), append(volume, t.Volume)
			}
			search.Load(s.loadings[piece], dest, volume)
		}
	})
	for k, l := range s.loadings {
		aside = append(aside, missing[k]...)
		if k > 0 {
			s.loadings[0].Add(l)
		}
	}
	s.metric.Links(s.loadings[0], load)
	return aside
}

// Update is that of [Solver]. Flows on links say nothing of pairs: changed trips and closed
// links begin afresh.
func (s *averages) Update(links []LinkChange, trips []Trip) error {
	road, table, shut, err := s.change(s.road, s.table, links, trips)
	if err != nil {
		return err
	}
	s.road, s.table = road, table
	if s.begun = s.begun && len(trips) == 0 && len(shut) == 0; !s.begun {
		clear(s.flow)
	}
	return nil
}

// conjugates keeps the last two points that flow was moved towards, and the last step.
type conjugates struct {
	s               *averages
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
		if d := point[a] - s.flow[a]; d != 0 {
			descent += s.cost[a] * d
		}
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
				cost, _ := s.curves[a].at(s.flow[a] + mid*d)
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
