package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/gmns"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/tntp"
)

// statusNotConverged is that of a result that is written and marked, and not as near to the
// equilibrium as was asked for.
const statusNotConverged = 3

// roadInput is the flags that say what road network is solved, and what is read by them.
type roadInput struct {
	net, trips     string
	toll, distance float64
	aside          bool
	alpha, beta    float64 // of GMNS links without their own

	road   *assignment.Road
	list   []assignment.Trip
	zones  []int32   // nodes
	zoneID []int     // numbers of the zones
	nodeID []int     // numbers of the nodes; nil: one more than here
	length []float64 // by link
	tolls  []float64
	readS  float64
}

func (r *roadInput) flags(c *cobra.Command) {
	c.Flags().StringVar(&r.net, "net", "", "network: a TNTP _net file, or a GMNS folder")
	c.Flags().StringVar(&r.trips, "trips", "", "trips: a TNTP _trips file, or with GMNS a CSV of o_zone_id, d_zone_id, volume")
	c.MarkFlagRequired("net")
	c.Flags().Float64Var(&r.toll, "toll-weight", 0, "cost of a unit of toll")
	c.Flags().Float64Var(&r.distance, "distance-weight", 0, "cost of a unit of length")
	c.Flags().Float64Var(&r.alpha, "vdf-alpha", -1, "alpha of BPR for GMNS links without vdf_alpha, as 0.15")
	c.Flags().Lookup("vdf-alpha").DefValue = "0" // not told: without it such links are faults
	c.Flags().Float64Var(&r.beta, "vdf-beta", 4, "beta of BPR for those links")
	c.Flags().BoolVar(&r.aside, "set-aside-unreachable", false, "solve without the pairs that no path serves, and list them")
}

// read reads both files.
func (r *roadInput) read() error {
	for _, f := range []struct {
		name string
		v    float64
	}{{"--toll-weight", r.toll}, {"--distance-weight", r.distance}} {
		if !(f.v >= 0) || math.IsInf(f.v, 0) {
			return exit{statusUsage, fmt.Errorf("%s is %g: 0 or more was expected", f.name, f.v)}
		}
	}
	started := time.Now()
	defer func() { r.readS = time.Since(started).Seconds() }()
	if info, err := os.Stat(r.net); err == nil && info.IsDir() {
		return r.readGMNS()
	}
	// Both at once: the faults of both are told.
	type table struct {
		t   *tntp.Trips
		err error
	}
	read := make(chan table, 1)
	go func() {
		if r.trips == "" {
			read <- table{}
			return
		}
		t, err := tntp.ReadTrips(r.trips)
		read <- table{t, err}
	}()
	n, err := tntp.ReadNetwork(r.net)
	t := <-read
	if err := errors.Join(err, t.err); err != nil {
		var faults fault.Faults
		if errors.As(err, &faults) {
			return exit{statusFaulty, err}
		}
		return err
	}
	if t.t == nil {
		t.t = &tntp.Trips{Zones: n.Zones}
	}
	if t.t.Zones != n.Zones {
		return exit{statusFaulty, fmt.Errorf("%s has %d zones, %s has %d", r.trips, t.t.Zones, r.net, n.Zones)}
	}
	r.road, r.list = roadOf(n, t.t, r.toll, r.distance)
	r.length, r.tolls = n.Length, n.Toll
	for z := range n.Zones {
		r.zones, r.zoneID = append(r.zones, int32(z)), append(r.zoneID, z+1)
	}
	return nil
}

// readGMNS reads a network that is a folder.
func (r *roadInput) readGMNS() error {
	n, err := gmns.ReadNetwork(r.net, gmns.Options{Alpha: r.alpha, Beta: r.beta})
	t := &gmns.Trips{}
	if err == nil && r.trips != "" {
		t, err = gmns.ReadTrips(r.trips, n)
	}
	if err != nil {
		var faults fault.Faults
		if errors.As(err, &faults) {
			return exit{statusFaulty, err}
		}
		return err
	}
	r.road = &assignment.Road{Nodes: n.Nodes, FirstThrough: int32(n.FirstThrough), From: n.From, To: n.To, FreeFlow: n.FreeFlowMin, B: n.Alpha, Capacity: n.Capacity, Power: n.Beta}
	weigh(r.road, n.Toll, n.LengthKm, r.toll, r.distance)
	for i := range t.Volume {
		r.list = append(r.list, assignment.Trip{Origin: t.Origin[i], Dest: t.Dest[i], Volume: t.Volume[i]})
	}
	r.length, r.tolls, r.nodeID = n.LengthKm, n.Toll, n.NodeID
	for zone := range n.ZoneNode {
		r.zoneID = append(r.zoneID, zone)
	}
	slices.Sort(r.zoneID)
	for _, zone := range r.zoneID {
		r.zones = append(r.zones, n.ZoneNode[zone])
	}
	return nil
}

// number is that of a node in the files.
func (r *roadInput) number(node int32) int {
	if r.nodeID == nil {
		return int(node) + 1
	}
	return r.nodeID[node]
}

// roadOf turns files into what the solvers take.
func roadOf(n *tntp.Network, t *tntp.Trips, toll, distance float64) (*assignment.Road, []assignment.Trip) {
	r := &assignment.Road{Nodes: n.Nodes, FirstThrough: int32(n.FirstThrough), From: n.From, To: n.To, FreeFlow: n.FreeFlow, B: n.B, Capacity: n.Capacity, Power: n.Power}
	weigh(r, n.Toll, n.Length, toll, distance)
	list := make([]assignment.Trip, len(t.Origin))
	for i := range list {
		list[i] = assignment.Trip{Origin: t.Origin[i], Dest: t.Dest[i], Volume: t.Volume[i]}
	}
	return r, list
}

// weigh adds tolls and distance to the cost of links.
func weigh(r *assignment.Road, tolls, lengths []float64, toll, distance float64) {
	if toll == 0 && distance == 0 {
		return
	}
	r.Fixed = make([]float64, len(r.From))
	for a := range r.Fixed {
		r.Fixed[a] = toll*tolls[a] + distance*lengths[a]
	}
}

// solve finds an equilibrium by paths, and tells how far it is on a terminal.
func (r *roadInput) solve(c *cobra.Command, ctx context.Context, o assignment.RoadOptions) (*assignment.PathSolver, *assignment.RoadResult, error) {
	s, err := assignment.NewPathSolver(r.road, r.list)
	if err != nil {
		return nil, nil, err
	}
	o.SetAside = r.aside
	if isTerminal(c.ErrOrStderr()) {
		o.Progress = func(iteration int, gap float64) {
			fmt.Fprintf(c.ErrOrStderr(), "\riteration %d, relative gap %.1e ", iteration, gap)
		}
		defer fmt.Fprint(c.ErrOrStderr(), "\r\033[K")
	}
	res, err := s.Solve(ctx, o)
	if res != nil && len(res.Aside) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s set aside for want of a path:\n%s\n", plural(len(res.Aside), "pair"), r.pairLines(res.Aside))
	}
	return s, res, err
}

// linksNamed finds links by their nodes, as 11-15, in the numbers of the file.
func (r *roadInput) linksNamed(name string) ([]int, error) {
	from, to, ok := strings.Cut(name, "-")
	a, errA := strconv.Atoi(from)
	b, errB := strconv.Atoi(to)
	if !ok || errA != nil || errB != nil {
		return nil, exit{statusUsage, fmt.Errorf("link %q: two nodes were expected, as 11-15", name)}
	}
	var out []int
	for k := range r.road.From {
		if r.number(r.road.From[k]) == a && r.number(r.road.To[k]) == b {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return nil, exit{statusUsage, fmt.Errorf("%s has no link from node %d to node %d", r.net, a, b)}
	}
	return out, nil
}

// linkName names a link by its nodes.
func (r *roadInput) linkName(a int) string {
	return fmt.Sprintf("%d-%d", r.number(r.road.From[a]), r.number(r.road.To[a]))
}

// told words an error of a solver in the numbers of the files.
func (r *roadInput) told(err error) error {
	var cut *assignment.Unreachable
	if errors.As(err, &cut) {
		return exit{statusFailed, fmt.Errorf("%s have no path in %s; with --set-aside-unreachable they are left out:\n%s", plural(len(cut.Trips), "pair"), r.net, r.pairLines(cut.Trips))}
	}
	var loops *assignment.Endless
	if errors.As(err, &loops) {
		return fmt.Errorf("with a dispersion of %g loops on the way to node %d add up without end: give a larger one, or --nearer-only", loops.Dispersion, r.number(loops.Dest))
	}
	if errors.Is(err, assignment.ErrNotConverged) {
		return exit{statusNotConverged, err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return exit{statusNotConverged, errors.New("the time limit came before the gap was reached: not converged")}
	}
	return err
}

// mostPairsTold bounds the pairs that a message names.
const mostPairsTold = 50

// pairLines lists pairs of nodes by their numbers in files.
func (r *roadInput) pairLines(trips []assignment.Trip) string {
	var b strings.Builder
	for i, t := range trips {
		if i == mostPairsTold {
			fmt.Fprintf(&b, "  and %d more\n", len(trips)-i)
			break
		}
		fmt.Fprintf(&b, "  %d to %d: %g\n", r.number(t.Origin), r.number(t.Dest), t.Volume)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// solverFlags are those of every command that solves.
func solverFlags(c *cobra.Command, o *assignment.RoadOptions, limit *time.Duration, gap float64) {
	c.Flags().Float64Var(&o.RelativeGap, "gap", gap, "relative gap to stop at")
	c.Flags().IntVar(&o.MaxIterations, "max-iterations", 1000, "iterations after which it is given up")
	c.Flags().IntVar(&o.Workers, "workers", 0, "workers (0: one a core)")
	c.Flags().DurationVar(limit, "time-limit", 0, "time after which it is given up, as 30s (0: none)")
}

// checkGap says what is wrong with --gap and --max-iterations.
func checkGap(o assignment.RoadOptions) error {
	if !(o.RelativeGap > 0) || math.IsInf(o.RelativeGap, 1) {
		return exit{statusUsage, fmt.Errorf("--gap is %g: more than 0 was expected", o.RelativeGap)}
	}
	if o.Workers < 0 {
		return exit{statusUsage, fmt.Errorf("--workers is %d: 0 or more was expected", o.Workers)}
	}
	if o.MaxIterations < 1 {
		return exit{statusUsage, fmt.Errorf("--max-iterations is %d: 1 or more was expected", o.MaxIterations)}
	}
	return nil
}

func workersOf(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// withLimit gives a context that ends after a time; 0: never.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}
