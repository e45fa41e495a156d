package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/programme"
	"github.com/karvan/karvan/tntp"
)

// designed is what design prints.
type designed struct {
	Selected   []string `json:"selected"` // from-to, in the order of the file
	TSTT       float64  `json:"tstt"`
	LowerBound *float64 `json:"lower_bound"` // null: there is none yet
	Proved     bool     `json:"proved"`
	Solves     int      `json:"solves"`
	SolveS     float64  `json:"solve_s"`
	Cost       float64  `json:"cost"`
	Budget     float64  `json:"budget"`
	TSTTBase   float64  `json:"tstt_base"` // without any candidate
}

// designEvaluators is how many sets are looked at beside one another: fixed, so that the
// search does not depend on the machine.
const designEvaluators = 4

func designCommand() *cobra.Command {
	var in roadInput
	var candidates, method string
	var share float64
	var workers int
	var limit time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "design",
		Short: "Choose the links to build for a budget",
		Long: `Chooses, among links that may be built, the set within the budget that makes the total cost at user equilibrium (TSTT) least:
the discrete network design problem. The file of candidates is a network file with <NUMBER OF NEW LINKS> and a last column
"Cost"; it may be the network file itself, whose first <NUMBER OF LINKS> rows are there already. Each row is one decision.

The search is a branch and bound whose bound is the least total cost of all flows with every link built that is still open to
choice; --method enumerate solves every set instead. Equilibria are found to a relative gap of 1e-9 where sets come near to
the best, and the total printed is that of the chosen set to 1e-12.

Exit status: 0 done, 1 it could not be done, 2 the files are faulty, 3 the time limit came before the proof: the best set so
far is printed, with the bound.`,
		Example: "  karvan design --net SF_DNDP_10_1.txt --trips SiouxFalls_trips.txt --candidates SF_DNDP_10_1.txt --budget-share 0.25",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if !(share >= 0 && share <= 1) {
				return exit{statusUsage, fmt.Errorf("--budget-share is %g: 0 to 1 was expected", share)}
			}
			if !slices.Contains([]string{"branch", "enumerate"}, method) {
				return exit{statusUsage, fmt.Errorf("--method %q is not one of branch, enumerate", method)}
			}
			if err := in.read(); err != nil {
				return err
			}
			list, err := in.candidates(candidates)
			if err != nil {
				return err
			}
			ctx, cancel := withLimit(c.Context(), limit)
			defer cancel()
			started := time.Now()
			out, err := choose(ctx, &in, list, share, method, programme.Options{Workers: workers, Progress: designProgress(c)})
			if out == nil || errors.Is(err, context.Canceled) {
				return in.told(err)
			}
			out.SolveS = time.Since(started).Seconds()
			if asJSON {
				if e := printJSON(c.OutOrStdout(), out); e != nil {
					return e
				}
				return in.told(err)
			}
			title := fmt.Sprintf("%d of %d candidates for %g of %g", len(out.Selected), len(list), out.Cost, out.Budget)
			if !out.Proved {
				title += ": not proved"
			}
			t := newTable(title, "links built", "total cost", "lower bound", "without any", "solves", "solve s")
			t.AppendRow(table.Row{strings.Join(out.Selected, " "), fmt.Sprintf("%.10g", out.TSTT), boundText(out.LowerBound), fmt.Sprintf("%.10g", out.TSTTBase), out.Solves, digits(out.SolveS, 2)})
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return in.told(err)
		},
	}
	in.flags(c)
	c.MarkFlagRequired("trips")
	c.Flags().StringVar(&candidates, "candidates", "", "file of the links that may be built, with what each costs")
	c.MarkFlagRequired("candidates")
	c.Flags().Float64Var(&share, "budget-share", 0.5, "budget as a share of the cost of all candidates")
	c.Flags().StringVar(&method, "method", "branch", "branch (and bound) or enumerate")
	c.Flags().IntVar(&workers, "workers", 0, "workers (0: one a core)")
	c.Flags().DurationVar(&limit, "time-limit", 0, "time after which the best so far is printed, as 30s (0: none)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func boundText(bound *float64) string {
	if bound == nil {
		return "none yet"
	}
	return fmt.Sprintf("%.10g", *bound)
}

// candidates reads the file of candidates, and adds them to the network.
func (r *roadInput) candidates(path string) ([]tntp.Candidate, error) {
	n, err := tntp.ReadNetwork(path)
	if err != nil {
		var faults fault.Faults
		if errors.As(err, &faults) {
			return nil, exit{statusFaulty, err}
		}
		return nil, err
	}
	switch {
	case len(n.Candidates) == 0:
		return nil, exit{statusFaulty, fmt.Errorf("%s has no links that may be built: <NUMBER OF NEW LINKS> and rows with a cost above 0 were expected", path)}
	case len(n.Candidates) > programme.Most:
		return nil, exit{statusFaulty, fmt.Errorf("%s has %d links that may be built: %d at most were expected", path, len(n.Candidates), programme.Most)}
	case n.Nodes != r.road.Nodes:
		return nil, exit{statusFaulty, fmt.Errorf("%s has %d nodes, %s has %d", path, n.Nodes, r.net, r.road.Nodes)}
	}
	for _, x := range n.Candidates {
		r.road.From, r.road.To = append(r.road.From, x.From), append(r.road.To, x.To)
		r.road.FreeFlow, r.road.B = append(r.road.FreeFlow, x.FreeFlow), append(r.road.B, x.B)
		r.road.Capacity, r.road.Power = append(r.road.Capacity, x.Capacity), append(r.road.Power, x.Power)
		if r.road.Fixed != nil {
			r.road.Fixed = append(r.road.Fixed, r.toll*x.Toll+r.distance*x.Length)
		}
	}
	return n.Candidates, nil
}

// choose searches, and solves the set found to the last digits. What is known when time is up
// comes with the error.
func choose(ctx context.Context, in *roadInput, list []tntp.Candidate, share float64, method string, o programme.Options) (*designed, error) {
	p := &programme.Problem{}
	total := 0.0
	first := len(in.road.From) - len(list)
	links := make([]int, len(list))
	for k, x := range list {
		p.Cost = append(p.Cost, x.Cost)
		total += x.Cost
		links[k] = first + k
	}
	p.Budget = share * total
	evaluators := make([]programme.Evaluator, designEvaluators)
	for k := range evaluators {
		d, err := assignment.NewDesign(in.road, links, in.list)
		if err != nil {
			return nil, err
		}
		evaluators[k] = d
	}
	search := programme.Branch
	if method == "enumerate" {
		search = programme.Enumerate
	}
	res, err := search(ctx, p, evaluators, o)
	if err != nil && (ctx.Err() == nil || math.IsInf(res.Value, 1)) {
		return nil, err
	}
	out := &designed{Selected: []string{}, Proved: res.Proved, Solves: res.Solves, Budget: p.Budget}
	for k, x := range list {
		if res.Set>>k&1 == 1 {
			out.Selected = append(out.Selected, fmt.Sprintf("%d-%d", x.From+1, x.To+1))
			out.Cost += x.Cost
		}
	}
	for _, x := range []struct {
		set  uint64
		into *float64
	}{{0, &out.TSTTBase}, {res.Set, &out.TSTT}} {
		v, e := solvedWith(in, links, x.set)
		if e != nil {
			return nil, e
		}
		*x.into = v
	}
	switch {
	case out.Proved:
		out.LowerBound = &out.TSTT
	case !math.IsInf(res.LowerBound, 0):
		out.LowerBound = &res.LowerBound
	}
	return out, err
}

// solvedWith is the total cost with a set of the candidates, from a start of its own.
func solvedWith(in *roadInput, links []int, set uint64) (float64, error) {
	s, err := assignment.NewSolver(in.road, in.list, assignment.Auto)
	if err != nil {
		return 0, err
	}
	var shut []assignment.LinkChange
	for k, a := range links {
		if set>>k&1 == 0 {
			c := assignment.SameLink(a)
			c.Fixed = math.Inf(1)
			shut = append(shut, c)
		}
	}
	if err := s.Update(shut, nil); err != nil {
		return 0, err
	}
	res, err := s.Solve(context.Background(), assignment.RoadOptions{RelativeGap: 1e-12})
	if err != nil && !errors.Is(err, assignment.ErrNotConverged) {
		return 0, err
	}
	return res.TSTT, nil
}

// designProgress tells how far a search is, on a terminal.
func designProgress(c *cobra.Command) func(programme.Result) {
	if !isTerminal(c.ErrOrStderr()) {
		return nil
	}
	last := time.Now()
	return func(at programme.Result) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(c.ErrOrStderr(), "\r%d solves, best %.8g, bound %.8g ", at.Solves, at.Value, at.LowerBound)
		}
	}
}
