package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "bench", Short: "Measure how fast this program is on this machine",
		Example: "  karvan bench synth --nodes 1e3,1e4,1e5\n  karvan bench assign networks\n  karvan bench register\n  karvan bench trade",
		Args:    args(0, 0, "a sub-command: synth, assign, register or trade"),
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(benchSynthCommand(), benchAssignCommand(), benchRegisterCommand(), benchTradeCommand(), benchPipelineCommand())
	return c
}

// benchRow is one measured size.
type benchRow struct {
	Nodes      int     `json:"nodes"`
	Links      int     `json:"links"`
	Zones      int     `json:"zones"`
	Cells      int     `json:"cells"`
	Iterations int     `json:"iterations"`
	Gap        float64 `json:"relative_gap"`
	SolveS     float64 `json:"solve_s"`
	MemoryMB   float64 `json:"memory_mb"`
	Converged  bool    `json:"converged"`
}

func benchSynthCommand() *cobra.Command {
	var sizes []string
	var gap float64
	var workers int
	var seed uint64
	var asJSON bool
	var cpuProfile string
	c := &cobra.Command{
		Use:   "synth",
		Short: "Solve made-up corridors of growing size",
		Long: `Makes networks like a corridor (a long band of road with a single-track railway along it, borders across it, terminals,
zones and three commodities that fill it) and solves each to a deterministic equilibrium. Prints time and memory.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan bench synth --nodes 1e3,1e4,1e5\n  karvan bench synth --nodes 1e4 --gap 1e-6 --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if cpuProfile != "" {
				stop, err := profile(cpuProfile)
				if err != nil {
					return err
				}
				defer stop()
			}
			var rows []benchRow
			for _, s := range sizes {
				n, err := strconv.ParseFloat(s, 64)
				if err != nil || n < 20 || n > 1e7 {
					return exit{statusUsage, fmt.Errorf("--nodes: a number from 20 to 1e7 was expected, not %q", s)}
				}
				row, err := benchSynth(c.Context(), int(n), gap, workers, seed, c.ErrOrStderr())
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			t := newTable("Made-up corridors", "nodes", "links", "zones", "cells", "iterations", "relative gap", "solve s", "memory MB")
			for _, r := range rows {
				t.AppendRow(table.Row{r.Nodes, r.Links, r.Zones, r.Cells, r.Iterations, fmt.Sprintf("%.1e", r.Gap), digits(r.SolveS, 2), digits(r.MemoryMB, 0)})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return nil
		},
	}
	c.Flags().StringSliceVar(&sizes, "nodes", []string{"1e3", "1e4"}, "numbers of nodes")
	c.Flags().Float64Var(&gap, "gap", 1e-4, "relative gap to stop at")
	c.Flags().IntVar(&workers, "workers", 0, "workers (0: one a core)")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the made-up networks")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().StringVar(&cpuProfile, "cpuprofile", "", "write a CPU profile to this file")
	return c
}

func benchSynth(ctx context.Context, nodes int, gap float64, workers int, seed uint64, stderr io.Writer) (benchRow, error) {
	in := synth(nodes, seed)
	in.Solver.RelativeGap = gap
	row := benchRow{Nodes: len(in.Network.Nodes), Links: len(in.Network.Links), Zones: len(in.Zones), Cells: len(in.Demand)}
	m, err := karvan.New(in)
	if err != nil {
		return row, err
	}
	started := time.Now()
	out, err := m.Run(ctx, "base", in.BaseYear, karvan.Options{Workers: workers})
	if err != nil {
		return row, err
	}
	row.SolveS = time.Since(started).Seconds()
	row.Converged = out.Converged
	if n := len(out.Trace); n > 0 {
		row.Iterations, row.Gap = out.Trace[n-1].Number, out.Trace[n-1].RelativeGap
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	row.MemoryMB = float64(mem.Sys) / (1 << 20)
	fmt.Fprintf(stderr, "%s nodes: gap %.1e after %.2f s\n", strings.TrimSpace(grouped(float64(row.Nodes))), row.Gap, row.SolveS)
	return row, nil
}
