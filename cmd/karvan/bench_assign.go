package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/routing"
	"github.com/karvan/karvan/tntp"
)

// assignBench is what bench assign prints.
type assignBench struct {
	Assign []assignBenchRow  `json:"assign"`
	Warm   []warmBenchRow    `json:"warm"`
	Routes []routingBenchRow `json:"routing"`
}

// assignBenchRow is a network solved to a gap by a process of its own, start and reading
// included. Times are the least of the runs.
type assignBenchRow struct {
	Network    string   `json:"network"`
	Gap        float64  `json:"gap"`
	Workers    int      `json:"workers"`
	Iterations int      `json:"iterations"`
	Reached    float64  `json:"relative_gap"`
	Objective  float64  `json:"objective"`
	TSTT       float64  `json:"tstt"`
	WallS      float64  `json:"wall_s"`
	SolveS     float64  `json:"solve_s"`
	MemoryMB   float64  `json:"memory_mb"` // resident at most
	KernelS    float64  `json:"kernel_s"`  // a fixed piece of work, measured beside it
	PeerS      *float64 `json:"peer_wall_s"`
}

// warmBenchRow is a network solved again after changes of capacity, against afresh.
type warmBenchRow struct {
	Network        string  `json:"network"`
	Changed        int     `json:"changed_links"`
	WarmS          float64 `json:"warm_s"`
	WarmIterations int     `json:"warm_iterations"`
	ColdS          float64 `json:"cold_s"`
	ColdIterations int     `json:"cold_iterations"`
}

// routingBenchRow is a network without delays.
type routingBenchRow struct {
	Network   string   `json:"network"`
	Nodes     int      `json:"nodes"`
	Links     int      `json:"links"`
	Zones     int      `json:"zones"`
	Arcs      int      `json:"hierarchy_arcs"`
	OrderS    float64  `json:"order_s"`
	CustomS   float64  `json:"customise_s"`
	AllS      *float64 `json:"all_or_nothing_s"` // customising included; null: no trips
	SkimS     float64  `json:"skim_s"`           // customising included
	DijkstraS float64  `json:"skim_dijkstra_s"`  // the same by Dijkstra's method
}

// knownWeights are the weights of toll and distance under which the best objectives of
// public networks are published.
var knownWeights = map[string][2]float64{"ChicagoSketch": {0.02, 0.04}, "ChicagoRegional": {0.1, 0.25}}

func benchAssignCommand() *cobra.Command {
	var b roadBench
	var gaps []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "assign DIR",
		Short: "Solve the road networks of a folder to growing precision",
		Long: `Solves each network of a folder (a folder each, with _net and _trips files) by processes of their own, start and reading
included, with one worker and with two; then again after changes of capacity, against afresh; then all-or-nothing and a full
skim without delays. Networks that cannot be read are named and left out. Weights of toll and distance are those that
best objectives are published for, where they are known (ChicagoSketch, ChicagoRegional), else 0.

Seconds mean little on another machine: beside each figure stands the time of a fixed piece of work, and with --peer a command
is run beside this one, in turns, in a folder of its own. {net}, {trips}, {gap}, {toll} and {distance} in it are replaced.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan bench assign networks\n  karvan bench assign networks --networks SiouxFalls,Winnipeg --peer 'tap.sh {net} {trips} {gap} {toll} {distance}'",
		Args:    args(1, 1, "a folder of networks"),
		RunE: func(c *cobra.Command, a []string) error {
			if b.runs < 1 {
				return exit{statusUsage, fmt.Errorf("--runs is %d: 1 or more was expected", b.runs)}
			}
			for _, g := range gaps {
				v, err := strconv.ParseFloat(g, 64)
				if err != nil || !(v > 0) {
					return exit{statusUsage, fmt.Errorf("--gaps: numbers above 0 were expected, not %q", g)}
				}
				b.gaps = append(b.gaps, v)
			}
			b.ctx, b.told = c.Context(), func(format string, a ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", a...) }
			var err error
			if b.scratch, err = os.MkdirTemp("", "karvan-bench-assign-"); err != nil {
				return err
			}
			defer os.RemoveAll(b.scratch)
			if err := b.folder(a[0]); err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), b.out)
			}
			fmt.Fprintln(c.OutOrStdout(), b.render())
			return nil
		},
	}
	c.Flags().StringSliceVar(&gaps, "gaps", []string{"1e-4", "1e-6", "1e-8", "1e-10", "1e-12"}, "relative gaps to stop at")
	c.Flags().StringSliceVar(&b.only, "networks", nil, "names of the networks to solve (default: all)")
	c.Flags().StringVar(&b.method, "method", "auto", "method of karvan assign")
	c.Flags().StringVar(&b.peer, "peer", "", "command of a peer, run beside each figure of one worker")
	c.Flags().IntVar(&b.runs, "runs", 3, "runs of each figure, of which the least is told")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

type roadBench struct {
	ctx          context.Context
	told         func(string, ...any)
	gaps         []float64
	only         []string
	method, peer string
	runs         int
	scratch      string // where the peer runs
	out          assignBench
}

// folder measures every network of a folder.
func (b *roadBench) folder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	found := false
	for _, e := range entries {
		if !e.IsDir() || len(b.only) > 0 && !slices.Contains(b.only, e.Name()) {
			continue
		}
		nets, _ := filepath.Glob(filepath.Join(dir, e.Name(), "*_net.tntp*"))
		if len(nets) == 0 {
			continue
		}
		found = true
		trips, _ := filepath.Glob(filepath.Join(dir, e.Name(), "*_trips.tntp*"))
		if err := b.network(e.Name(), nets[0], trips); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		b.told("%s done", e.Name())
	}
	if !found {
		return fmt.Errorf("%s: no folder with a _net.tntp file was found", dir)
	}
	return nil
}

func (b *roadBench) network(name, net string, trips []string) error {
	n, err := tntp.ReadNetwork(net)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		b.told("%s left out: %s", name, first)
		return nil
	}
	weights := knownWeights[name]
	t := &tntp.Trips{Zones: n.Zones}
	if len(trips) > 0 {
		if t, err = tntp.ReadTrips(trips[0]); err != nil {
			return err
		}
		for _, workers := range []int{1, 2} {
			for _, gap := range b.gaps {
				row, err := b.process(name, net, trips[0], gap, workers, weights)
				if err != nil {
					return err
				}
				b.out.Assign = append(b.out.Assign, row)
			}
		}
	} else {
		b.told("%s has no trips: routing alone", name)
	}
	road, list := roadOf(n, t, weights[0], weights[1])
	if len(trips) > 0 {
		if err := b.warm(name, road, list); err != nil {
			return err
		}
	}
	b.routing(name, road, list, n.Zones)
	return b.ctx.Err()
}

// process runs karvan assign, and the peer in turns with it.
func (b *roadBench) process(name, net, trips string, gap float64, workers int, weights [2]float64) (assignBenchRow, error) {
	row := assignBenchRow{Network: name, Gap: gap, Workers: workers, WallS: math.Inf(1)}
	self, err := os.Executable()
	if err != nil {
		return row, err
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	own := []string{self, "assign", "--net", net, "--trips", trips, "--gap", text(gap), "--method", b.method, "--workers", strconv.Itoa(workers), "--toll-weight", text(weights[0]), "--distance-weight", text(weights[1]), "--json"}
	var peer []string
	if b.peer != "" && workers == 1 {
		// In a folder of its own, for what it may leave behind; so paths are whole.
		fromRoot, err := filepath.Abs(net)
		if err != nil {
			return row, err
		}
		tripsFromRoot, err := filepath.Abs(trips)
		if err != nil {
			return row, err
		}
		put := strings.NewReplacer("{net}", fromRoot, "{trips}", tripsFromRoot, "{gap}", text(gap), "{toll}", text(weights[0]), "{distance}", text(weights[1]))
		for _, f := range strings.Fields(b.peer) {
			peer = append(peer, put.Replace(f))
		}
	}
	row.KernelS = kernel()
	for range b.runs {
		wall, out, err := b.timed(own, workers, "")
		var ended *exec.ExitError
		if err != nil && !(errors.As(err, &ended) && ended.ExitCode() == statusNotConverged) {
			return row, err
		}
		var res assigned
		if err := json.Unmarshal(out, &res); err != nil {
			return row, err
		}
		if wall < row.WallS {
			row.WallS, row.SolveS = wall, res.SolveS
		}
		row.MemoryMB = math.Max(row.MemoryMB, res.MemoryMB)
		row.Iterations, row.Reached, row.TSTT = res.Iterations, res.RelativeGap, res.TSTT
		if res.Objective != nil {
			row.Objective = *res.Objective
		}
		if len(peer) > 0 {
			wall, _, err := b.timed(peer, workers, b.scratch)
			if err != nil {
				return row, fmt.Errorf("the peer: %w", err)
			}
			if row.PeerS == nil || wall < *row.PeerS {
				row.PeerS = &wall
			}
		}
	}
	return row, nil
}

// timed runs a command in a folder, "" this one, and gives its wall seconds.
func (b *roadBench) timed(command []string, threads int, folder string) (wall float64, out []byte, err error) {
	c := exec.CommandContext(b.ctx, command[0], command[1:]...)
	c.Dir = folder
	c.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	started := time.Now()
	out, err = c.Output()
	return time.Since(started).Seconds(), out, err
}

// kernel is the time of a fixed piece of work like that of the solvers: sums over a list in
// an order that hardware cannot guess, then powers.
func kernel() float64 {
	const n, rounds = 1 << 15, 200
	next, value := make([]int32, n), make([]float64, n)
	at := uint32(1)
	for i := range next {
		at = at*1664525 + 1013904223
		next[i], value[i] = int32(at>>8)%n, 1+float64(i)/n
	}
	best := math.Inf(1)
	for range 3 {
		started := time.Now()
		sum := 0.0
		for range rounds {
			for i := range next {
				x := value[next[i]]
				sum += x * x * x * x
			}
		}
		if sum > 0 {
			best = math.Min(best, time.Since(started).Seconds())
		}
	}
	return best
}

// warm changes the capacity of links of an equilibrium, and solves again.
func (b *roadBench) warm(name string, road *assignment.Road, list []assignment.Trip) error {
	const gap = 1e-6
	solve := func(s assignment.Solver) (float64, int, error) {
		started := time.Now()
		res, err := s.Solve(b.ctx, assignment.RoadOptions{RelativeGap: gap})
		if err != nil {
			return 0, 0, err
		}
		return time.Since(started).Seconds(), res.Iterations, nil
	}
	// Links with delay, from all over the network.
	var delayed []int
	for a := range road.From {
		if road.B[a] > 0 && road.FreeFlow[a] > 0 {
			delayed = append(delayed, a)
		}
	}
	for _, count := range []int{1, 10, 100} {
		if count > len(delayed) {
			continue
		}
		row := warmBenchRow{Network: name, Changed: count, WarmS: math.Inf(1), ColdS: math.Inf(1)}
		changed := *road
		changed.Capacity = slices.Clone(road.Capacity)
		var changes []assignment.LinkChange
		for k := range count {
			a := delayed[(2*k+1)*len(delayed)/(2*count)]
			changed.Capacity[a] *= 0.8
			c := assignment.SameLink(a)
			c.Capacity = changed.Capacity[a]
			changes = append(changes, c)
		}
		for range b.runs {
			s, err := assignment.NewSolver(road, list, assignment.Method(b.method))
			if err != nil {
				return err
			}
			if _, _, err = solve(s); err != nil {
				return err
			}
			started := time.Now()
			if err = s.Update(changes, nil); err != nil {
				return err
			}
			_, iterations, err := solve(s)
			if err != nil {
				return err
			}
			row.WarmS, row.WarmIterations = math.Min(row.WarmS, time.Since(started).Seconds()), iterations
			started = time.Now()
			if s, err = assignment.NewSolver(&changed, list, assignment.Method(b.method)); err != nil {
				return err
			}
			if _, iterations, err = solve(s); err != nil {
				return err
			}
			row.ColdS, row.ColdIterations = math.Min(row.ColdS, time.Since(started).Seconds()), iterations
		}
		b.out.Warm = append(b.out.Warm, row)
	}
	return nil
}

// routing measures searches at the costs of an empty network.
func (b *roadBench) routing(name string, road *assignment.Road, list []assignment.Trip, zones int) {
	row := routingBenchRow{Network: name, Nodes: road.Nodes, Links: len(road.From), Zones: zones}
	least := func(into *float64, do func()) {
		*into = math.Inf(1)
		for range b.runs {
			started := time.Now()
			do()
			*into = math.Min(*into, time.Since(started).Seconds())
		}
	}
	costs := road.FreeCosts()
	var h *routing.Hierarchy
	least(&row.OrderS, func() {
		h = routing.NewHierarchy(routing.NewGraph(road.Nodes, road.From, road.To), road.FirstThrough)
	})
	row.Arcs = h.Arcs()
	var m *routing.Metric
	least(&row.CustomS, func() { m = h.Customise(costs, m) })
	if len(list) > 0 {
		loader, err := assignment.NewLoader(road, list)
		if err == nil {
			flow := make([]float64, len(costs))
			row.AllS = new(float64)
			least(row.AllS, func() { loader.Load(costs, flow, 0) })
		}
	}
	nodes := make([]int32, zones)
	for z := range nodes {
		nodes[z] = int32(z)
	}
	table := make([]float64, zones*zones)
	selection := h.Select(nodes)
	least(&row.SkimS, func() {
		m = h.Customise(costs, m)
		routing.Skim(m, selection, nodes, table, 0)
	})
	least(&row.DijkstraS, func() { routing.SkimByTrees(h, costs, nodes, table, 0) })
	b.out.Routes = append(b.out.Routes, row)
}

// render sets the tables.
func (b *roadBench) render() string {
	var out strings.Builder
	if len(b.out.Assign) > 0 {
		t := newTable("Equilibria, a process each", "network", "gap", "workers", "iterations", "reached", "wall s", "solve s", "memory MB", "kernel s", "peer s", "share of peer", "objective")
		for _, r := range b.out.Assign {
			peer, share := "", ""
			if r.PeerS != nil {
				peer, share = digits(*r.PeerS, 3), digits(r.WallS / *r.PeerS, 2)
			}
			t.AppendRow(table.Row{r.Network, fmt.Sprintf("%.0e", r.Gap), r.Workers, r.Iterations, fmt.Sprintf("%.1e", r.Reached), digits(r.WallS, 3), digits(r.SolveS, 3), digits(r.MemoryMB, 0), digits(r.KernelS, 4), peer, share, fmt.Sprintf("%.15g", r.Objective)})
		}
		out.WriteString(t.Render() + "\n\n")
	}
	if len(b.out.Warm) > 0 {
		t := newTable("Again after capacities fall by a fifth, to 1e-6", "network", "links changed", "again s", "iterations", "afresh s", "iterations", "share")
		for _, r := range b.out.Warm {
			t.AppendRow(table.Row{r.Network, r.Changed, digits(r.WarmS, 4), r.WarmIterations, digits(r.ColdS, 4), r.ColdIterations, digits(r.WarmS/r.ColdS, 3)})
		}
		out.WriteString(t.Render() + "\n\n")
	}
	t := newTable("Without delays", "network", "nodes", "links", "zones", "arcs", "order ms", "customise ms", "all-or-nothing ms", "skim ms", "by Dijkstra ms")
	ms := func(s float64) string { return digits(1000*s, 2) }
	for _, r := range b.out.Routes {
		all := ""
		if r.AllS != nil {
			all = ms(*r.AllS)
		}
		t.AppendRow(table.Row{r.Network, r.Nodes, r.Links, r.Zones, r.Arcs, ms(r.OrderS), ms(r.CustomS), all, ms(r.SkimS), ms(r.DijkstraS)})
	}
	return out.String() + t.Render()
}
