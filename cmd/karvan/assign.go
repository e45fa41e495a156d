package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
)

// assigned is what assign prints.
type assigned struct {
	RelativeGap float64       `json:"relative_gap"`
	Objective   float64       `json:"objective"` // Beckmann's
	TSTT        float64       `json:"tstt"`
	SPTT        float64       `json:"sptt"`
	Iterations  int           `json:"iterations"`
	SolveS      float64       `json:"solve_s"`
	ReadS       float64       `json:"read_s"`
	Nodes       int           `json:"nodes"`
	Links       int           `json:"links"`
	Zones       int           `json:"zones"`
	Workers     int           `json:"workers"`
	Converged   bool          `json:"converged"`
	MemoryMB    float64       `json:"memory_mb"` // resident at most
	SetAside    []setAsideRow `json:"set_aside,omitempty"`
}

// setAsideRow is a pair that no path serves.
type setAsideRow struct {
	FromNode int32   `json:"from_node"`
	ToNode   int32   `json:"to_node"`
	Volume   float64 `json:"volume"`
}

func assignCommand() *cobra.Command {
	var in roadInput
	var method, flows string
	var o assignment.RoadOptions
	var limit time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "assign",
		Short: "Find the user equilibrium of a road network",
		Long: `Reads a network and a trip table as the Transportation Networks for Research give them (_net and _trips files, gzipped or
not), finds Wardrop's user equilibrium, and prints its relative gap, (TSTT - SPTT)/TSTT of shortest paths computed afresh, and
Beckmann's objective. Trips inside a zone are read and not assigned. The result does not depend on --workers.

Exit status: 0 done, 1 it could not be done, 2 the files are faulty, 3 the gap was not reached within the limits (the result is
written all the same, and marked).`,
		Example: "  karvan assign --net SiouxFalls_net.tntp --trips SiouxFalls_trips.tntp --gap 1e-12\n  karvan assign --net net.tntp --trips trips.tntp --flows flows.tntp --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(assignment.Methods, assignment.Method(method)) {
				return exit{statusUsage, fmt.Errorf("--method %q is not one of %v", method, assignment.Methods)}
			}
			if err := checkGap(o); err != nil {
				return err
			}
			if err := in.read(); err != nil {
				return err
			}
			out := assigned{Nodes: in.road.Nodes, Links: len(in.road.From), Zones: in.zones, Workers: workersOf(o.Workers), ReadS: in.readS}
			if isTerminal(c.ErrOrStderr()) {
				o.Progress = func(iteration int, gap float64) {
					fmt.Fprintf(c.ErrOrStderr(), "\riteration %d, relative gap %.1e ", iteration, gap)
				}
				defer fmt.Fprint(c.ErrOrStderr(), "\r\033[K")
			}
			ctx, cancel := withLimit(c.Context(), limit)
			defer cancel()
			started := time.Now()
			o.SetAside = in.aside
			solver, err := assignment.NewSolver(in.road, in.list, assignment.Method(method))
			if err != nil {
				return err
			}
			res, err := solver.Solve(ctx, o)
			if res == nil || errors.Is(err, context.Canceled) {
				return in.told(err)
			}
			out.SolveS = time.Since(started).Seconds()
			out.RelativeGap, out.Objective, out.TSTT, out.SPTT, out.Iterations, out.Converged = res.RelativeGap, res.Objective, res.TSTT, res.SPTT, res.Iterations, res.Converged
			for _, t := range res.Aside {
				out.SetAside = append(out.SetAside, setAsideRow{t.Origin + 1, t.Dest + 1, t.Volume})
			}
			if flows != "" {
				if e := writeFlows(flows, in.road, res); e != nil {
					return e
				}
			}
			out.MemoryMB = peakMemoryMB()
			if asJSON {
				if e := printJSON(c.OutOrStdout(), out); e != nil {
					return e
				}
				return in.told(err)
			}
			if len(res.Aside) > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "%s set aside for want of a path:\n%s\n", plural(len(res.Aside), "pair"), pairLines(res.Aside))
			}
			title := fmt.Sprintf("%d nodes, %d links, %d zones", out.Nodes, out.Links, out.Zones)
			if !out.Converged {
				title += ": not converged"
			}
			tab := newTable(title, "relative gap", "objective", "total cost", "iterations", "solve s", "read s", "memory MB")
			tab.AppendRow(table.Row{fmt.Sprintf("%.2e", out.RelativeGap), fmt.Sprintf("%.12g", out.Objective), fmt.Sprintf("%.12g", out.TSTT), out.Iterations, fmt.Sprintf("%.3f", out.SolveS), fmt.Sprintf("%.3f", out.ReadS), digits(out.MemoryMB, 0)})
			fmt.Fprintln(c.OutOrStdout(), tab.Render())
			return in.told(err)
		},
	}
	in.flags(c)
	c.MarkFlagRequired("trips")
	solverFlags(c, &o, &limit, 1e-6)
	c.Flags().StringVar(&method, "method", "auto", "auto (path), path (gradient projection), bush (Algorithm B), bfw (biconjugate Frank-Wolfe) or msa (successive averages)")
	c.Flags().StringVar(&flows, "flows", "", "file to write link flows and costs to (from, to, volume, cost; tabs)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
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
