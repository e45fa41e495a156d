package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/tntp"
)

// assigned is what assign prints.
type assigned struct {
	RelativeGap float64 `json:"relative_gap"`
	Objective   float64 `json:"objective"` // Beckmann's
	TSTT        float64 `json:"tstt"`
	SPTT        float64 `json:"sptt"`
	Iterations  int     `json:"iterations"`
	SolveS      float64 `json:"solve_s"`
	ReadS       float64 `json:"read_s"`
	Nodes       int     `json:"nodes"`
	Links       int     `json:"links"`
	Zones       int     `json:"zones"`
	Workers     int     `json:"workers"`
	Converged   bool    `json:"converged"`
}

func assignCommand() *cobra.Command {
	var net, trips, method, flows string
	var o assignment.RoadOptions
	var toll, distance float64
	var limit time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "assign",
		Short: "Find the user equilibrium of a road network",
		Long: `Reads a network and a trip table as the Transportation Networks for Research give them (_net and _trips files, gzipped or
not), finds Wardrop's user equilibrium by Algorithm B, and prints its relative gap, (TSTT - SPTT)/TSTT of shortest paths computed
afresh, and Beckmann's objective. Trips inside a zone are read and not assigned. The result does not depend on --workers.

Exit status: 0 done, 1 the files cannot be used, or the gap was not reached within the limits.`,
		Example: "  karvan assign --net SiouxFalls_net.tntp --trips SiouxFalls_trips.tntp --gap 1e-12",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			for name, v := range map[string]float64{"--toll-weight": toll, "--distance-weight": distance} {
				if !(v >= 0) || math.IsInf(v, 0) {
					return exit{statusUsage, fmt.Errorf("%s is %g: 0 or more was expected", name, v)}
				}
			}
			switch method {
			case "auto", "bush", assignment.MSA, assignment.BFW:
			default:
				return exit{statusUsage, fmt.Errorf("--method %q is not one of auto, bush, bfw, msa", method)}
			}
			if !(o.RelativeGap > 0) {
				return exit{statusUsage, fmt.Errorf("--gap is %g: more than 0 was expected", o.RelativeGap)}
			}
			started := time.Now()
			n, err := tntp.ReadNetwork(net)
			if err != nil {
				return err
			}
			t, err := tntp.ReadTrips(trips)
			if err != nil {
				return err
			}
			if t.Zones != n.Zones {
				return fmt.Errorf("%s has %d zones, %s has %d", trips, t.Zones, net, n.Zones)
			}
			road, list := roadOf(n, t, toll, distance)
			out := assigned{Nodes: n.Nodes, Links: len(n.From), Zones: n.Zones, Workers: o.Workers, ReadS: time.Since(started).Seconds()}
			if out.Workers <= 0 {
				out.Workers = runtime.GOMAXPROCS(0)
			}
			if isTerminal(c.ErrOrStderr()) {
				o.Progress = func(iteration int, gap float64) {
					fmt.Fprintf(c.ErrOrStderr(), "\riteration %d, relative gap %.1e ", iteration, gap)
				}
				defer fmt.Fprint(c.ErrOrStderr(), "\r\033[K")
			}
			ctx, cancel := withLimit(c.Context(), limit)
			defer cancel()
			started = time.Now()
			var res *assignment.RoadResult
			if method == assignment.MSA || method == assignment.BFW {
				res, err = assignment.SolveByLinks(ctx, road, list, method, o)
			} else {
				solver, e := assignment.NewSolver(road, list)
				if e != nil {
					return e
				}
				res, err = solver.Solve(ctx, o)
			}
			if res == nil {
				return err
			}
			if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
				return err
			}
			out.SolveS = time.Since(started).Seconds()
			out.RelativeGap, out.Objective, out.TSTT, out.SPTT, out.Iterations, out.Converged = res.RelativeGap, res.Objective, res.TSTT, res.SPTT, res.Iterations, res.Converged
			if flows != "" {
				if e := writeFlows(flows, road, res); e != nil {
					return e
				}
			}
			if asJSON {
				if e := printJSON(c.OutOrStdout(), out); e != nil {
					return e
				}
				return err
			}
			tab := newTable(fmt.Sprintf("%d nodes, %d links, %d zones", out.Nodes, out.Links, out.Zones), "relative gap", "objective", "total cost", "iterations", "solve s", "read s")
			tab.AppendRow(table.Row{fmt.Sprintf("%.2e", out.RelativeGap), fmt.Sprintf("%.12g", out.Objective), fmt.Sprintf("%.12g", out.TSTT), out.Iterations, fmt.Sprintf("%.3f", out.SolveS), fmt.Sprintf("%.3f", out.ReadS)})
			fmt.Fprintln(c.OutOrStdout(), tab.Render())
			return err
		},
	}
	c.Flags().StringVar(&net, "net", "", "network file")
	c.Flags().StringVar(&trips, "trips", "", "trip table")
	c.MarkFlagRequired("net")
	c.MarkFlagRequired("trips")
	c.Flags().StringVar(&method, "method", "auto", "auto (bush), bush (Algorithm B), bfw (biconjugate Frank-Wolfe) or msa (successive averages)")
	c.Flags().StringVar(&flows, "flows", "", "file to write link flows and costs to (from, to, volume, cost; tabs)")
	c.Flags().Float64Var(&o.RelativeGap, "gap", 1e-6, "relative gap to stop at")
	c.Flags().IntVar(&o.MaxIterations, "max-iterations", 1000, "iterations after which it is given up")
	c.Flags().IntVar(&o.Workers, "workers", 0, "workers (0: one a core)")
	c.Flags().Float64Var(&toll, "toll-weight", 0, "cost of a unit of toll")
	c.Flags().Float64Var(&distance, "distance-weight", 0, "cost of a unit of length")
	c.Flags().DurationVar(&limit, "time-limit", 0, "time after which it is given up, as 30s (0: none)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// roadOf turns files into what the solver takes.
func roadOf(n *tntp.Network, t *tntp.Trips, toll, distance float64) (*assignment.Road, []assignment.Trip) {
	r := &assignment.Road{Nodes: n.Nodes, FirstThrough: int32(n.FirstThrough), From: n.From, To: n.To, FreeFlow: n.FreeFlow, B: n.B, Capacity: n.Capacity, Power: n.Power}
	if toll != 0 || distance != 0 {
		r.Fixed = make([]float64, len(n.From))
		for a := range r.Fixed {
			r.Fixed[a] = toll*n.Toll[a] + distance*n.Length[a]
		}
	}
	list := make([]assignment.Trip, len(t.Origin))
	for i := range list {
		list[i] = assignment.Trip{Origin: t.Origin[i], Dest: t.Dest[i], Volume: t.Volume[i]}
	}
	return r, list
}

// withLimit gives a context that ends after a time; 0: never.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// writeFlows writes what each link carries and costs, as the public flow files have it.
func writeFlows(path string, r *assignment.Road, res *assignment.RoadResult) error {
	var b bytes.Buffer
	b.WriteString("From\tTo\tVolume\tCost\n")
	for a := range res.Flow {
		fmt.Fprintf(&b, "%d\t%d\t%s\t%s\n", r.From[a]+1, r.To[a]+1, strconv.FormatFloat(res.Flow[a], 'g', -1, 64), strconv.FormatFloat(res.Cost[a], 'g', -1, 64))
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
