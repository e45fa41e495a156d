package assignment

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/karvan/karvan/routing"
)

// PathSolver is the [Solver] by paths ([Path]), which knows more than flows: which paths each
// pair uses.
type PathSolver struct {
	engine
	road    *Road
	table   []Trip // as the pairs are
	elastic bool   // trips answer cost
}

// NewPathSolver makes one. Trips inside a node are left out; repeats add up.
func NewPathSolver(road *Road, trips []Trip) (*PathSolver, error) {
	if err := road.Check(); err != nil {
		return nil, err
	}
	table, err := tableOf(road, trips)
	if err != nil {
		return nil, err
	}
	s := &PathSolver{road: road, engine: engine{loads: newLoads(road.links()), mark: make([]int32, len(road.From)), classes: make([]engineClass, 1), searches: &workspaces{}}}
	s.graph = routing.NewGraph(road.Nodes, road.From, road.To)
	s.set(table)
	s.order = newOrder(s.graph, road.FirstThrough, len(s.tasks))
	return s, nil
}

// set makes the pairs those of a table, and keeps the paths of pairs that were there.
func (s *PathSolver) set(table []Trip) {
	old, held := s.table, s.pairs
	s.table, s.tasks, s.pairs = table, nil, make([]pair, 0, len(table))
	for _, t := range table {
		if k := len(s.tasks) - 1; k < 0 || s.tasks[k].origin != t.Origin {
			s.tasks = append(s.tasks, task{origin: t.Origin, first: len(s.pairs)})
		}
		s.tasks[len(s.tasks)-1].last = len(s.pairs) + 1
		p := pair{dest: t.Dest, volume: t.Volume}
		for len(old) > 0 && (old[0].Origin < t.Origin || old[0].Origin == t.Origin && old[0].Dest <= t.Dest) {
			if old[0].Origin == t.Origin && old[0].Dest == t.Dest {
				p.first, p.last = held[0].first, held[0].last
				s.scale(p)
			}
			old, held = old[1:], held[1:]
		}
		s.pairs = append(s.pairs, p)
	}
}

// scale makes the flow of a pair what its volume is.
func (s *PathSolver) scale(p pair) {
	carried := 0.0
	ways := s.held.ways[p.first:p.last]
	for k := range ways {
		carried += ways[k].flow
	}
	if carried > 0 && carried != p.volume {
		for k := range ways {
			ways[k].flow *= p.volume / carried
		}
	}
}

// Solve is that of [Solver].
func (s *PathSolver) Solve(ctx context.Context, o RoadOptions) (*RoadResult, error) {
	target, limit := orDefault(o.RelativeGap, 1e-6), orDefaultInt(o.MaxIterations, 1000)
	res := &RoadResult{}
	for _, i := range s.fill(o.Workers) {
		res.Aside = append(res.Aside, s.table[i])
	}
	if len(res.Aside) > 0 && !o.SetAside {
		return nil, &Unreachable{res.Aside}
	}
	at, err := s.run(ctx, target, limit, o.Workers, func(at step) error {
		if o.Progress != nil {
			o.Progress(at.iterations, at.gap)
		}
		if o.Until != nil {
			if z := s.objective(); o.Until(z, z-at.tstt+at.sptt) {
				return errEnough
			}
		}
		return nil
	})
	if errors.Is(err, errOverflow) {
		return nil, err
	}
	if enough := errors.Is(err, errEnough); enough {
		s.summarise(res, at, target)
		return res, nil
	}
	if e := s.summarise(res, at, target); err == nil {
		err = e
	}
	return res, err
}

// summarise fills in what an equilibrium comes to: of links alone, those who stay away apart.
func (s *PathSolver) summarise(res *RoadResult, at step, target float64) error {
	away := s.paidAway()
	res.Iterations, res.TSTT, res.SPTT, res.Converged = at.iterations, at.tstt-away, at.sptt-away, at.converged
	res.setGap()
	err := s.report(res, target)
	n := len(s.road.From)
	res.Flow, res.Cost = res.Flow[:n], res.Cost[:n]
	if s.elastic {
		res.Trips = slices.Clone(s.table)
		for i := range res.Trips {
			if p := &s.pairs[i]; p.aside {
				res.Trips[i].Volume = 0
			} else if p.stay > 0 {
				res.Trips[i].Volume = math.Max(0, res.Trips[i].Volume-s.flow[p.stay])
			}
		}
	}
	return err
}

// errEnough ends an iteration that [RoadOptions.Until] wants no more of.
var errEnough = errors.New("enough")

// Update is that of [Solver].
func (s *PathSolver) Update(links []LinkChange, trips []Trip) error {
	if s.elastic && len(trips) > 0 {
		return errElastic
	}
	road, table, shut, err := s.change(s.road, s.table, links, trips)
	if err != nil {
		return err
	}
	if len(trips) > 0 {
		s.set(table)
	}
	s.road = road
	for i := range s.pairs {
		p := &s.pairs[i]
		p.aside = false
		for k := p.first; len(shut) > 0 && k < p.last; k++ {
			if slices.ContainsFunc(s.held.linksOf(k), func(a int32) bool { return shut[a] }) {
				s.held.ways[k].flow = 0
			}
		}
	}
	s.renew()
	if len(s.held.ways) > 0 {
		s.begin()
		s.settle(1)
	}
	return nil
}

// Clone gives a solver that goes on by itself from where this one stands.
func (s *PathSolver) Clone() *PathSolver {
	c := &PathSolver{road: s.road, table: s.table, elastic: s.elastic}
	c.loads = loads{slices.Clone(s.curves), slices.Clone(s.flow), slices.Clone(s.cost), slices.Clone(s.slope)}
	c.graph, c.order, c.tasks, c.searches, c.mark = s.graph, s.order, s.tasks, s.searches, make([]int32, len(s.mark))
	c.classes = make([]engineClass, len(s.classes))
	c.pairs = slices.Clone(s.pairs)
	c.held.ways, c.held.links = slices.Clone(s.held.ways), slices.Clone(s.held.links)
	c.held.res = c.held.links
	return c
}

// PathFlow is a path of a pair and what goes over it.
type PathFlow struct {
	Origin, Dest int32
	Volume       float64 // of the pair
	Links        []int32 // in order of travel; not to be changed
	Flow         float64
}

// Paths gives each path that carries flow, by origin, then destination. Link flows are unique,
// path flows are not, unless [PathSolver.Proportion] made them so.
func (s *PathSolver) Paths(visit func(PathFlow)) {
	for i, t := range s.table {
		for k := s.pairs[i].first; k < s.pairs[i].last; k++ {
			if f := s.held.ways[k].flow; f > 0 && int(s.held.linksOf(k)[0]) < len(s.road.From) {
				visit(PathFlow{t.Origin, t.Dest, t.Volume, s.held.linksOf(k), f})
			}
		}
	}
}

// LeastCosts gives what the cheapest path of each pair costs at the flows held, for the pairs
// that a path serves, by origin, then destination.
func (s *PathSolver) LeastCosts(visit func(t Trip, cost float64)) {
	s.customise()
	w := s.searches.get()
	defer s.searches.put(w)
	for k := range s.tasks {
		t := &s.tasks[k]
		s.from(w, t)
		for i := t.first; i < t.last; i++ {
			if !s.pairs[i].aside && s.table[i].Volume > 0 {
				visit(s.table[i], s.to(w, s.pairs[i].dest))
			}
		}
	}
}
