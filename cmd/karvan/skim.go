package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/routing"
	"github.com/karvan/karvan/store"
)

func skimCommand() *cobra.Command {
	var in roadInput
	var o assignment.RoadOptions
	var limit time.Duration
	var output string
	c := &cobra.Command{
		Use:   "skim",
		Short: "Write the matrices of cost, time, distance and toll between zones",
		Long: `Finds the cheapest path between every two zones of a road network, and writes what it costs, and its time, distance and
toll in the units of the file, a row for each pair: a skim matrix. Pairs without a path have no values. With --trips costs are
those at user equilibrium, else those of the empty network. The name of the output says the format: .csv or .parquet.

Exit status: 0 done, 1 it could not be done, 2 the files are faulty, 3 the gap was not reached within the limits (the matrix is
written all the same).`,
		Example: "  karvan skim --net SiouxFalls_net.tntp -o free.csv\n  karvan skim --net SiouxFalls_net.tntp --trips SiouxFalls_trips.tntp --gap 1e-8 -o loaded.parquet",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(store.MatrixFormats, filepath.Ext(output)) {
				return exit{statusUsage, fmt.Errorf("-o %s: a name that ends with one of %v was expected", output, store.MatrixFormats)}
			}
			if err := checkGap(o); err != nil {
				return err
			}
			if err := in.read(); err != nil {
				return err
			}
			cost := in.road.FreeCosts()
			var late error
			if in.trips != "" {
				ctx, cancel := withLimit(c.Context(), limit)
				defer cancel()
				_, res, err := in.solve(c, ctx, o)
				if res == nil || errors.Is(err, context.Canceled) {
					return in.told(err)
				}
				cost, late = res.Cost, err
			}
			m := in.skim(cost, o.Workers)
			if err := store.WriteMatrices(output, m); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%d zones to %d zones: %s\n", len(m.From), len(m.To), output)
			return in.told(late)
		},
	}
	in.flags(c)
	solverFlags(c, &o, &limit, 1e-6)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write")
	c.MarkFlagRequired("output")
	return c
}

// skim makes the matrices of all zones at some costs.
func (r *roadInput) skim(cost []float64, workers int) *store.Matrices {
	n := len(r.zones)
	h := routing.NewHierarchy(routing.NewGraph(r.road.Nodes, r.road.From, r.road.To), r.road.FirstThrough)
	metric := h.Customise(cost, nil)
	m := &store.Matrices{Names: []string{"cost", "time", "distance", "toll"}}
	zones := r.zones
	m.From, m.To = r.zoneID, r.zoneID
	// Time is cost without what tolls and distance were weighed with.
	time := slices.Clone(cost)
	for a := range time {
		if r.road.Fixed != nil {
			time[a] -= r.road.Fixed[a]
		}
	}
	sums := []*routing.Sum{metric.Sum(time), metric.Sum(r.length), metric.Sum(r.tolls)}
	for range m.Names {
		m.Values = append(m.Values, make([]float64, n*n))
	}
	routing.Skim(metric, h.Select(zones), zones, m.Values[0], workers)
	routing.SkimSums(metric, sums, zones, m.Values[1:], workers)
	return m
}
