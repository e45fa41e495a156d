package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
)

// criticalLinks is what critical prints.
type criticalLinks struct {
	TSTT      float64        `json:"tstt"`      // with every link open
	Converged bool           `json:"converged"` // with every link open
	Solves    int            `json:"solves"`
	SolveS    float64        `json:"solve_s"`
	Links     []criticalLink `json:"links"` // the most critical first
}

type criticalLink struct {
	Link      string  `json:"link"`
	Flow      float64 `json:"flow"`
	Loss      float64 `json:"loss"`
	LossShare float64 `json:"loss_share"` // of the total cost with every link open
	CutOff    float64 `json:"cut_off"`
	Converged bool    `json:"converged"`
}

func criticalCommand() *cobra.Command {
	var in roadInput
	var o assignment.RoadOptions
	var limit time.Duration
	var names []string
	var most int
	var connectors, asJSON bool
	c := &cobra.Command{
		Use:   "critical",
		Short: "Close each link in turn, and rank links by the loss that causes",
		Long: `Finds the user equilibrium, then closes each link alone and solves again from there. The loss is by how much the trips that still
have a path pay more in all than before; trips without a path are cut off, and counted apart: no cost is put on them. Links at
centroids (nodes below the first through node) are left out unless --connectors is given.

Exit status: 0 done, 1 it could not be done, 2 the files are faulty, 3 some equilibrium did not reach the gap within the limits
(it is marked).`,
		Example: "  karvan critical --net SiouxFalls_net.tntp --trips SiouxFalls_trips.tntp\n  karvan critical --net net.tntp --trips trips.tntp --link 10-16,16-10 --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkGap(o); err != nil {
				return err
			}
			if most < 0 {
				return exit{statusUsage, fmt.Errorf("--most is %d: 0 or more was expected", most)}
			}
			if err := in.read(); err != nil {
				return err
			}
			links, err := in.toClose(names, connectors)
			if err != nil {
				return err
			}
			ctx, cancel := withLimit(c.Context(), limit)
			defer cancel()
			started := time.Now()
			s, res, late := in.solve(c, ctx, o)
			if res == nil || late != nil && !errors.Is(late, assignment.ErrNotConverged) {
				return in.told(late)
			}
			list, err := assignment.Closures(ctx, s, links, o, closuresTold(c, len(links)))
			if err != nil {
				if errors.Is(err, context.DeadlineExceeded) {
					return exit{statusNotConverged, errors.New("the time limit came before every link was closed; nothing is printed")}
				}
				return in.told(err)
			}
			if late != nil {
				err = exit{statusNotConverged, fmt.Errorf("with every link open: %w", late)}
			}
			out := criticalLinks{TSTT: res.TSTT, Converged: res.Converged, Solves: len(list) + 1, SolveS: time.Since(started).Seconds(), Links: []criticalLink{}}
			for _, x := range list {
				if !x.Converged {
					err = exit{statusNotConverged, errors.New("some equilibria are not converged; they are marked")}
				}
				out.Links = append(out.Links, criticalLink{in.linkName(x.Link), x.Flow, x.Loss, x.Loss / res.TSTT, x.CutOff, x.Converged})
			}
			slices.SortStableFunc(out.Links, func(a, b criticalLink) int {
				return cmp.Or(cmp.Compare(b.Loss, a.Loss), cmp.Compare(b.CutOff, a.CutOff))
			})
			if asJSON {
				if e := printJSON(c.OutOrStdout(), out); e != nil {
					return e
				}
				return err
			}
			t := newTable(fmt.Sprintf("%s closed in turn, %s s", plural(len(list), "link"), digits(out.SolveS, 1)), "link", "flow", "loss", "of all cost", "cut off", "")
			for _, l := range out.Links[:min(most, len(out.Links))] {
				mark := ""
				if !l.Converged {
					mark = "not converged"
				}
				t.AppendRow(table.Row{l.Link, digits(l.Flow, 1), digits(l.Loss, 1), fmt.Sprintf("%.2f %%", 100*l.LossShare), digits(l.CutOff, 1), mark})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return err
		},
	}
	in.flags(c)
	c.MarkFlagRequired("trips")
	solverFlags(c, &o, &limit, 1e-6)
	c.Flags().StringSliceVar(&names, "link", nil, "links to close, by their nodes, as 10-16 (default: all)")
	c.Flags().BoolVar(&connectors, "connectors", false, "close links at centroids too")
	c.Flags().IntVar(&most, "most", 20, "links to show")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// toClose lists the links that are closed in turn.
func (r *roadInput) toClose(names []string, connectors bool) ([]int, error) {
	var out []int
	for _, n := range names {
		links, err := r.linksNamed(n)
		if err != nil {
			return nil, err
		}
		out = append(out, links...)
	}
	for a := range r.road.From {
		if len(names) == 0 && (connectors || r.road.From[a] >= r.road.FirstThrough && r.road.To[a] >= r.road.FirstThrough) {
			out = append(out, a)
		}
	}
	return out, nil
}

// closuresTold tells how many links are done, on a terminal.
func closuresTold(c *cobra.Command, of int) func(int) {
	if !isTerminal(c.ErrOrStderr()) {
		return nil
	}
	return func(done int) {
		fmt.Fprintf(c.ErrOrStderr(), "\r%d of %d links closed ", done, of)
		if done == of {
			fmt.Fprint(c.ErrOrStderr(), "\r\033[K")
		}
	}
}
