package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	Objective   *float64      `json:"objective"` // Beckmann's; null where there is none
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
	MemoryMB    float64       `json:"memory_mb"`          // resident at most
	Residual    *float64      `json:"residual,omitempty"` // with --dispersion: how far flows are from choice, a share
	Trips       *float64      `json:"trips,omitempty"`    // that go, with --demand
	SetAside    []setAsideRow `json:"set_aside,omitempty"`
}

// setAsideRow is a pair that no path serves.
type setAsideRow struct {
	FromNode int     `json:"from_node"`
	ToNode   int     `json:"to_node"`
	Volume   float64 `json:"volume"`
}

func assignCommand() *cobra.Command {
	var in roadInput
	var method, flows string
	var dispersion float64
	var nearer bool
	var demand assignment.DemandFunction
	var o assignment.RoadOptions
	var limit time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "assign",
		Short: "Find the user equilibrium of a road network",
		Long: `Reads a network and a trip table as the Transportation Networks for Research give them (_net and _trips files, gzipped or
not), or a GMNS folder and a CSV of trips (times are minutes then), finds Wardrop's user equilibrium, and prints its relative
gap, (TSTT - SPTT)/TSTT of shortest paths computed afresh, and Beckmann's objective. Trips inside a zone are read and not
assigned. The result does not depend on --workers.

With --dispersion choice is not all or nothing: at each node travellers take the next link by a logit of the cost that is
expected beyond it (the recursive logit; Markovian traffic equilibrium). --gap then is the share of flow that would choose
otherwise, objective is null, and the relative gap printed is that of the deterministic equilibrium, for comparison.

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
			if c.Flags().Changed("dispersion") && (!(dispersion > 0) || method != "auto") {
				return exit{statusUsage, fmt.Errorf("--dispersion is %g: more than 0 was expected, and no --method", dispersion)}
			}
			if nearer && dispersion == 0 {
				return exit{statusUsage, errors.New("--nearer-only says how --dispersion works, which is not given")}
			}
			if other := c.Flags().Changed("demand-other"); other != (demand.Kind == assignment.LogitDemand) || demand.Kind == "" && c.Flags().Changed("demand-slope") {
				return exit{statusUsage, errors.New("--demand-slope wants --demand, and --demand-other goes with --demand logit, which wants it")}
			}
			if c.Flags().Changed("demand") {
				if !slices.Contains(assignment.DemandKinds, demand.Kind) || !(demand.Slope > 0) || dispersion > 0 || method != "auto" && method != "path" {
					return exit{statusUsage, fmt.Errorf("--demand %q with --demand-slope %g: one of %v and a slope above 0 were expected, without --dispersion, by the method path", demand.Kind, demand.Slope, assignment.DemandKinds)}
				}
			}
			if err := in.read(); err != nil {
				return err
			}
			out := assigned{Nodes: in.road.Nodes, Links: len(in.road.From), Zones: len(in.zones), Workers: workersOf(o.Workers), ReadS: in.readS}
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
			var res *assignment.RoadResult
			var err error
			if dispersion > 0 {
				res, out.Residual, err = in.markov(ctx, dispersion, nearer, o)
			} else if demand.Kind != "" {
				solver, e := assignment.NewElasticSolver(in.road, in.list, demand)
				if e != nil {
					return e
				}
				res, err = solver.Solve(ctx, o)
			} else if solver, e := assignment.NewSolver(in.road, in.list, assignment.Method(method)); e != nil {
				return e
			} else {
				res, err = solver.Solve(ctx, o)
			}
			if res == nil || errors.Is(err, context.Canceled) {
				return in.told(err)
			}
			out.SolveS = time.Since(started).Seconds()
			out.RelativeGap, out.TSTT, out.SPTT, out.Iterations, out.Converged = res.RelativeGap, res.TSTT, res.SPTT, res.Iterations, res.Converged
			if dispersion == 0 {
				out.Objective = &res.Objective
			}
			if res.Trips != nil {
				out.Trips = new(float64)
				for _, t := range res.Trips {
					*out.Trips += t.Volume
				}
			}
			for _, t := range res.Aside {
				out.SetAside = append(out.SetAside, setAsideRow{in.number(t.Origin), in.number(t.Dest), t.Volume})
			}
			if flows != "" {
				if e := writeFlows(flows, c.OutOrStdout(), &in, res); e != nil {
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
				fmt.Fprintf(c.ErrOrStderr(), "%s set aside for want of a path:\n%s\n", plural(len(res.Aside), "pair"), in.pairLines(res.Aside))
			}
			title := fmt.Sprintf("%d nodes, %d links, %d zones", out.Nodes, out.Links, out.Zones)
			if !out.Converged {
				title += ": not converged"
			}
			gap, last, value := "relative gap", fmt.Sprintf("%.2e", out.RelativeGap), fmt.Sprintf("%.12g", res.Objective)
			if out.Residual != nil {
				gap, last, value = "residual", fmt.Sprintf("%.2e", *out.Residual), ""
			}
			if out.Trips != nil {
				title += fmt.Sprintf(": %s trips go", digits(*out.Trips, 1))
			}
			tab := newTable(title, gap, "objective", "total cost", "iterations", "solve s", "read s", "memory MB")
			tab.AppendRow(table.Row{last, value, fmt.Sprintf("%.12g", out.TSTT), out.Iterations, fmt.Sprintf("%.3f", out.SolveS), fmt.Sprintf("%.3f", out.ReadS), digits(out.MemoryMB, 0)})
			fmt.Fprintln(c.OutOrStdout(), tab.Render())
			return in.told(err)
		},
	}
	in.flags(c)
	c.MarkFlagRequired("trips")
	solverFlags(c, &o, &limit, 1e-6)
	c.Flags().StringVar(&method, "method", "auto", "auto (path), path (gradient projection), bush (Algorithm B), bfw (biconjugate Frank-Wolfe) or msa (successive averages)")
	c.Flags().Float64Var(&dispersion, "dispersion", 0, "of choice, in 1 over the unit of cost: the larger, the more surely the cheapest is taken")
	c.Flags().StringVar((*string)(&demand.Kind), "demand", "", "let trips answer cost: linear, exponential, constant (elasticity), or logit (another way to go of the cost --demand-other)")
	c.Flags().Float64Var(&demand.Slope, "demand-slope", 0, "of --demand: an elasticity, or 1 over the unit of cost (exponential, logit); the trips given are those at the cost of the empty network, with logit those of both ways together")
	c.Flags().Float64Var(&demand.Other, "demand-other", 0, "of --demand logit: what the other way costs")
	c.Flags().BoolVar(&nearer, "nearer-only", false, "with --dispersion: take only links that lead nearer in the empty network, so that nobody goes round (Dial)")
	c.Flags().StringVar(&flows, "flows", "", "file to write link flows and costs to (from, to, volume, cost; tabs)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// markov solves with choice that is not all or nothing, and gives the residual.
func (r *roadInput) markov(ctx context.Context, dispersion float64, nearer bool, o assignment.RoadOptions) (*assignment.RoadResult, *float64, error) {
	list := r.list
	var aside []assignment.Trip
	for {
		found, err := assignment.SolveMarkov(ctx, r.road, list, assignment.StochasticOptions{Dispersion: dispersion, NearerOnly: nearer, Residual: o.RelativeGap, MaxIterations: o.MaxIterations, Workers: o.Workers, Progress: o.Progress})
		var cut *assignment.Unreachable
		if errors.As(err, &cut) && o.SetAside && len(aside) == 0 {
			if aside, err = assignment.NoPath(r.road, list); err != nil {
				return nil, nil, err
			}
			list = slices.DeleteFunc(slices.Clone(list), func(t assignment.Trip) bool {
				return slices.ContainsFunc(aside, func(u assignment.Trip) bool { return u.Origin == t.Origin && u.Dest == t.Dest })
			})
			continue
		}
		if found == nil {
			return nil, nil, err
		}
		res := &assignment.RoadResult{Flow: found.Flow, Cost: found.Cost, TSTT: found.TSTT, Iterations: found.Iterations, Converged: found.Converged, Aside: aside}
		loader, e := assignment.NewLoader(r.road, list)
		if e != nil {
			return nil, nil, e
		}
		shortest := make([]float64, len(found.Cost))
		loader.Load(found.Cost, shortest, o.Workers)
		for a, v := range shortest {
			if v > 0 {
				res.SPTT += v * found.Cost[a]
			}
		}
		if res.TSTT > 0 {
			res.RelativeGap = (res.TSTT - res.SPTT) / res.TSTT
		}
		return res, &found.Residual, err
	}
}

// writeFlows writes what each link carries and costs, as the public flow files have it.
func writeFlows(path string, stdout io.Writer, in *roadInput, res *assignment.RoadResult) error {
	var b bytes.Buffer
	b.WriteString("From\tTo\tVolume\tCost\n")
	for a := range res.Flow {
		fmt.Fprintf(&b, "%d\t%d\t%s\t%s\n", in.number(in.road.From[a]), in.number(in.road.To[a]), strconv.FormatFloat(res.Flow[a], 'g', -1, 64), strconv.FormatFloat(res.Cost[a], 'g', -1, 64))
	}
	return writeFile(path, stdout, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
}
