package karvan

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
)

// Options steer a run.
type Options struct {
	Workers  int // inside the solver; 0: all cores
	Progress func(assignment.Iteration)
}

// Model is a study ready to be run. It keeps the routes of networks that it
// has met, and is safe for use by several goroutines.
type Model struct {
	in     *Inputs
	mu     sync.Mutex
	routes map[[32]byte]*routeEntry
	bases  map[int]*baseEntry // by year
	lines  lineCache
}

// routeEntry is the free-flow routes of one network, made once.
type routeEntry struct {
	once     sync.Once
	routes   *assignment.Routes
	unserved []int
}

// New makes a model of the inputs, which must not change afterwards.
func New(in *Inputs) (*Model, error) {
	if _, ok := in.ScenarioByKey("base"); !ok {
		return nil, errors.New("karvan: the study has no scenario with the id base")
	}
	return &Model{in: in, routes: map[[32]byte]*routeEntry{}, bases: map[int]*baseEntry{}}, nil
}

// Inputs gives what the model was made of.
func (m *Model) Inputs() *Inputs { return m.in }

// Run solves a scenario in a year. Cancelling ctx ends it with ctx's error. An
// equilibrium that did not converge is returned with Converged false and a
// note, not as an error. Cells that no path serves are in Unserved.
func (m *Model) Run(ctx context.Context, scenario string, year int, o Options) (*Outcome, error) {
	w, err := m.build(scenario, year)
	if err != nil {
		return nil, fmt.Errorf("scenario %s, %d: %w", scenario, year, err)
	}
	var entry *baseEntry
	if m.in.TradeModel.Sigma > 0 && scenario == "base" {
		// Others ask for the costs of the base: they wait until it is solved.
		b := m.baseEntry(year)
		b.mu.Lock()
		defer b.mu.Unlock()
		entry = b
	}
	res, err := m.solve(ctx, w, o)
	if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
		return nil, fmt.Errorf("scenario %s, %d: %w", scenario, year, err)
	}
	var traded *TradeOutcome
	switch {
	case m.in.TradeModel.Sigma <= 0:
	case scenario == "base":
		if entry.costs == nil {
			entry.costs = m.costsOf(w, res)
		}
	case m.isBase(scenario, year): // in this year it changes nothing
	default:
		var looped *assignment.Result
		if looped, traded, err = m.withTrade(ctx, w, res, err, scenario, year, o); looped == nil {
			return nil, fmt.Errorf("scenario %s, %d: trade: %w", scenario, year, err)
		}
		if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
			return nil, fmt.Errorf("scenario %s, %d: trade: %w", scenario, year, err)
		}
		res = looped
	}
	out := m.outcome(w, res, scenario, year)
	out.Trade = traded
	out.Converged = err == nil
	if err != nil {
		out.Note = err.Error()
	}
	return out, nil
}

// solve finds the equilibrium of a world.
func (m *Model) solve(ctx context.Context, w *world, o Options) (*assignment.Result, error) {
	options := m.solverOptions(ctx, o)
	if m.in.Solver.Behaviour == "deterministic" {
		// Cells without a path would stop the solver: they are set aside.
		_, unserved := assignment.Generate(w.problem, assignment.Generation{MaxRoutes: 1, MaxPerNest: 1, MaxRatio: 1, Workers: o.Workers}, nil, nil)
		for _, d := range unserved {
			w.problem.Demands[d].TPerYr = 0
		}
		return assignment.SolveDeterministic(w.problem, options)
	}
	routes, unserved := m.freeRoutes(w, o.Workers)
	for _, d := range unserved {
		w.problem.Demands[d].TPerYr = 0
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Delays make new routes worth taking: search again under them, with the
	// routes held so far kept, until few are found.
	again := m.in.Solver.Routes
	again.Variants, again.Rounds, again.Workers = nil, min(again.Rounds, 2), o.Workers
	again.MaxRoutes, again.MaxPerNest = 3, 2
	rough := options
	rough.Residual = math.Max(roughResidual, options.Residual)
	// Without the routes that are still to be found, a full network may have no
	// equilibrium that steps come near to: a few dozen show where it is full.
	rough.MaxIterations, rough.StepsOnly = min(roughIterations, options.MaxIterations), true
	for round := 0; round < maxRounds; round++ {
		res, err := assignment.SolveLogit(w.problem, routes, rough)
		if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
			return nil, err
		}
		rough.Start, options.Start = res.Volume, res.Volume
		more, _ := assignment.Generate(w.problem, again, res.DelayH, routes)
		added := more.Len() - routes.Len()
		routes = more
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if float64(added) < fewRoutes*float64(routes.Len()) {
			break
		}
	}
	return assignment.SolveLogit(w.problem, routes, options)
}

// solverOptions are those of the study, with the caller's workers and progress.
func (m *Model) solverOptions(ctx context.Context, o Options) assignment.Options {
	return assignment.Options{Workers: o.Workers, MaxIterations: m.in.Solver.MaxIterations,
		Residual: m.in.Solver.Residual, RelativeGap: m.in.Solver.RelativeGap,
		Progress: func(it assignment.Iteration) error {
			if o.Progress != nil {
				o.Progress(it)
			}
			return ctx.Err()
		}}
}

// The search for routes under delay ends when it finds fewer than this share of
// those held, or after so many rounds.
const (
	fewRoutes       = 0.01
	maxRounds       = 4
	roughIterations = 60
)

// roughResidual is where an equilibrium stops whose delays are only used to look
// for more routes.
const roughResidual = 1e-3

// freeRoutes gives the routes of a world without delay, from memory where the
// same network was met before.
func (m *Model) freeRoutes(w *world, workers int) (*assignment.Routes, []int) {
	key := fingerprint(w.problem)
	m.mu.Lock()
	e, ok := m.routes[key]
	if !ok {
		e = &routeEntry{}
		m.routes[key] = e
	}
	m.mu.Unlock()
	e.once.Do(func() {
		g := m.in.Solver.Routes
		g.Variants, g.Workers = variants(w.super), workers
		e.routes, e.unserved = assignment.Generate(w.problem, g, nil, nil)
	})
	return e.routes, e.unserved
}

// fingerprint identifies what free-flow routes depend on: arcs, fixed times,
// resources and the ends of demands, but not their size.
func fingerprint(p *assignment.Problem) [32]byte {
	h := sha256.New()
	var buf [8]byte
	put := func(v uint64) {
		binary.LittleEndian.PutUint64(buf[:], v)
		h.Write(buf[:])
	}
	for a := range p.Graph.From {
		put(uint64(p.Graph.From[a])<<32 | uint64(uint32(p.Graph.To[a])))
		put(uint64(uint32(p.Resource[a]))<<32 | uint64(uint16(p.Label[a])))
		put(math.Float64bits(p.LengthKm[a]))
	}
	for i := range p.Classes {
		put(math.Float64bits(p.Classes[i].DispersionPerH))
		for _, v := range p.Classes[i].FixedH {
			put(math.Float64bits(v))
		}
	}
	for _, d := range p.Demands {
		put(uint64(d.Class)<<32 | uint64(uint32(d.Origin)))
		put(uint64(d.Dest))
	}
	var sum [32]byte
	h.Sum(sum[:0])
	return sum
}

// variants gives the sets of rides that are left out in turn, so that the best
// route of each chain of modes is found: without each family, with one land
// family alone, and without each way of going to sea.
func variants(s *network.Supernetwork) [][]bool {
	family := func(f network.Family) func(*network.Arc) bool {
		return func(a *network.Arc) bool { return s.Net.Modes[a.Mode].Family == f }
	}
	form := func(f network.Form) func(*network.Arc) bool {
		return func(a *network.Arc) bool { return a.Form == f }
	}
	either := func(tests ...func(*network.Arc) bool) func(*network.Arc) bool {
		return func(a *network.Arc) bool {
			for _, t := range tests {
				if t(a) {
					return true
				}
			}
			return false
		}
	}
	tests := []func(*network.Arc) bool{
		family(network.Road), family(network.Rail), family(network.Sea),
		either(family(network.Road), family(network.Sea)), either(family(network.Rail), family(network.Sea)),
		form(network.RailWagon), form(network.RoRo), form(network.Container),
	}
	var out [][]bool
	for _, test := range tests {
		mask := make([]bool, len(s.Arcs))
		any := false
		for i := range s.Arcs {
			if s.Arcs[i].Kind == network.Ride && test(&s.Arcs[i]) {
				mask[i], any = true, true
			}
		}
		if any {
			out = append(out, mask)
		}
	}
	return out
}
