package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/assignment"
)

// selectedLink is who uses a link.
type selectedLink struct {
	Link      string         `json:"link"`
	Flow      float64        `json:"flow"`
	Converged bool           `json:"converged"` // and route flows unique
	Pairs     []selectedPair `json:"pairs"`     // the one that uses it most first
}

type selectedPair struct {
	FromNode int             `json:"from_node"`
	ToNode   int             `json:"to_node"`
	Volume   float64         `json:"volume"` // of the pair
	Flow     float64         `json:"flow"`   // of it, over the link
	Routes   []selectedRoute `json:"routes"`
}

type selectedRoute struct {
	Nodes []int   `json:"nodes"`
	Flow  float64 `json:"flow"`
}

// Path flows are made unique to this share of flows; paths count as equally dear within so
// many gaps.
const (
	spreadTolerance = 1e-10
	spreadGaps      = 100
)

func selectLinkCommand() *cobra.Command {
	var in roadInput
	var o assignment.RoadOptions
	var limit time.Duration
	var names []string
	var most int
	var asJSON bool
	c := &cobra.Command{
		Use:   "select-link",
		Short: "Show who uses a link: which pairs, on which routes",
		Long: `Finds the user equilibrium, makes route flows unique (those of greatest entropy among all that give the same link flows; without
that they depend on how the solver went), and shows for each link named which pairs of nodes use it, how much of their volume,
and on which routes.

Exit status: 0 done, 1 it could not be done, 2 the files are faulty, 3 the gap was not reached within the limits (what stood then
is printed, without unique route flows).`,
		Example: "  karvan select-link --net SiouxFalls_net.tntp --trips SiouxFalls_trips.tntp --link 10-16 --link 16-10",
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
			if len(names) == 0 {
				return exit{statusUsage, errors.New("--link names no link: two nodes were expected, as 10-16")}
			}
			var wanted [][]int
			for _, n := range names {
				links, err := in.linksNamed(n)
				if err != nil {
					return err
				}
				wanted = append(wanted, links)
			}
			ctx, cancel := withLimit(c.Context(), limit)
			defer cancel()
			s, res, err := in.solve(c, ctx, o)
			if res == nil || errors.Is(err, context.Canceled) {
				return in.told(err)
			}
			if err == nil {
				if _, err = s.Proportion(ctx, spreadGaps*o.RelativeGap, spreadTolerance); err != nil {
					return in.told(fmt.Errorf("route flows could not be made unique: %w", err))
				}
			}
			out := make([]selectedLink, len(names))
			for k, links := range wanted {
				out[k] = in.using(s, names[k], links)
				out[k].Converged = err == nil
			}
			if asJSON {
				if e := printJSON(c.OutOrStdout(), out); e != nil {
					return e
				}
				return in.told(err)
			}
			for _, l := range out {
				title := fmt.Sprintf("Link %s: flow %s, %s", l.Link, digits(l.Flow, 1), plural(len(l.Pairs), "pair"))
				if !l.Converged {
					title += ": not converged"
				}
				t := newTable(title, "from", "to", "volume", "over the link", "share", "routes")
				for _, p := range l.Pairs[:min(most, len(l.Pairs))] {
					t.AppendRow(table.Row{p.FromNode, p.ToNode, digits(p.Volume, 1), digits(p.Flow, 1), fmt.Sprintf("%.0f %%", 100*p.Flow/p.Volume), routesText(p.Routes)})
				}
				fmt.Fprintln(c.OutOrStdout(), t.Render())
				if more := len(l.Pairs) - most; more > 0 {
					fmt.Fprintf(c.OutOrStdout(), "and %s more; --most shows them, --json all\n", plural(more, "pair"))
				}
			}
			return in.told(err)
		},
	}
	in.flags(c)
	c.MarkFlagRequired("trips")
	solverFlags(c, &o, &limit, 1e-10)
	c.Flags().StringSliceVar(&names, "link", nil, "link by its nodes, as 10-16; several may be given")
	c.MarkFlagRequired("link")
	c.Flags().IntVar(&most, "most", 20, "pairs to show of each link")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// using gathers who uses one of some links, each flow once.
func (r *roadInput) using(s *assignment.PathSolver, name string, links []int) selectedLink {
	out := selectedLink{Link: name, Pairs: []selectedPair{}}
	s.Paths(func(p assignment.PathFlow) {
		if !slices.ContainsFunc(links, func(a int) bool { return slices.Contains(p.Links, int32(a)) }) {
			return
		}
		out.Flow += p.Flow
		k := len(out.Pairs) - 1
		from, to := r.number(p.Origin), r.number(p.Dest)
		if k < 0 || out.Pairs[k].FromNode != from || out.Pairs[k].ToNode != to {
			out.Pairs = append(out.Pairs, selectedPair{FromNode: from, ToNode: to, Volume: p.Volume})
			k++
		}
		pair := &out.Pairs[k]
		pair.Flow += p.Flow
		route := selectedRoute{Nodes: []int{from}, Flow: p.Flow}
		for _, a := range p.Links {
			route.Nodes = append(route.Nodes, r.number(r.road.To[a]))
		}
		pair.Routes = append(pair.Routes, route)
	})
	for _, p := range out.Pairs {
		slices.SortStableFunc(p.Routes, func(a, b selectedRoute) int { return cmp.Compare(b.Flow, a.Flow) })
	}
	slices.SortStableFunc(out.Pairs, func(a, b selectedPair) int { return cmp.Compare(b.Flow, a.Flow) })
	return out
}

// routesText names the most used route, and how many others there are.
func routesText(routes []selectedRoute) string {
	var b strings.Builder
	nodes := routes[0].Nodes
	for i, n := range nodes {
		if len(nodes) > 12 && i == 6 {
			fmt.Fprintf(&b, "… %d … ", len(nodes)-10)
		}
		if len(nodes) <= 12 || i < 6 || i >= len(nodes)-4 {
			fmt.Fprintf(&b, "%d ", n)
		}
	}
	if len(routes) > 1 {
		fmt.Fprintf(&b, "and %d more", len(routes)-1)
	}
	return strings.TrimSpace(b.String())
}
