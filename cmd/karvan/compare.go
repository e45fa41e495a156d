package main

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
)

const notBinding = karvan.NotBinding

// comparison is what compare prints, as JSON.
type comparison struct {
	A       string           `json:"a"`
	B       string           `json:"b"`
	Year    int              `json:"year"`
	Binding karvan.Binding   `json:"binding"`
	Benefit *benefit         `json:"benefit"` // null where nothing binds in the base
	Changes []indicatorDelta `json:"indicators"`
	Links   []linkDelta      `json:"links"`
	Trade   *tradeShowing    `json:"trade"` // b against the base; null where b is the base, or nothing binds there
}

type benefit struct {
	ExistingUSDPerYr float64            `json:"existing_usd_per_yr"`
	GainedUSDPerYr   float64            `json:"gained_usd_per_yr"`
	FeesUSDPerYr     map[string]float64 `json:"fees_usd_per_yr"`
}

type indicatorDelta struct {
	ID         string  `json:"indicator_id"`
	Unit       string  `json:"unit"`
	A          float64 `json:"a"`
	B          float64 `json:"b"`
	Difference float64 `json:"difference"`
}

type linkDelta struct {
	Link       string  `json:"link_id"`
	Direction  int     `json:"direction"`
	A          float64 `json:"a_t_per_yr"`
	B          float64 `json:"b_t_per_yr"`
	Difference float64 `json:"difference_t_per_yr"`
}

func compareCommand() *cobra.Command {
	var a, b string
	var year, top int
	var asJSON bool
	c := &cobra.Command{
		Use:   "compare RESULT",
		Short: "Set one scenario against another",
		Long: `Prints what changes from scenario a to scenario b: cost to shippers (on traffic that stays, and by the rule of half
on traffic that is gained), transfers by country, indicators, the links that gain and lose most, and trade of b
against the base. Where the
constraint that b relaxes does not bind in the base, that is said and no benefit is shown.

Exit status: 0 done, 1 the result cannot be read or does not hold them.`,
		Example: "  karvan compare results.gpkg --a base --b btk-5mt\n  karvan compare results.gpkg --a base --b north-closed --year 2022 --json",
		Args:    args(1, 1, "a result file"),
		RunE: func(c *cobra.Command, args []string) error {
			r, m, err := openResult(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			if year == 0 {
				all, err := r.ScenarioYears()
				if err != nil {
					return err
				}
				for _, s := range all {
					if s.Scenario == b {
						year = max(year, s.Year)
					}
				}
			}
			oa, err := r.Outcome(m, a, year)
			if err != nil {
				return err
			}
			ob, err := r.Outcome(m, b, year)
			if err != nil {
				return err
			}
			base := oa
			if b == "base" {
				base = ob
			} else if a != "base" {
				base, _ = r.Outcome(m, "base", year)
			}
			cmp, err := m.Compare(oa, ob, base)
			if err != nil {
				return err
			}
			out := fromComparison(cmp)
			if cmp.Binding.Status != notBinding {
				out.Trade = showTrade(ob.Trade, b, year, cmp.Binding.Status)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), out)
			}
			out.print(c.OutOrStdout(), top)
			return nil
		},
	}
	c.Flags().StringVar(&a, "a", "base", "scenario to compare with")
	c.Flags().StringVar(&b, "b", "", "scenario to look at")
	c.Flags().IntVar(&year, "year", 0, "year (default: the last one run)")
	c.Flags().IntVar(&top, "top", 12, "links to list")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.MarkFlagRequired("b")
	return c
}

func fromComparison(c *karvan.Comparison) *comparison {
	out := &comparison{A: c.A, B: c.B, Year: c.Year, Binding: c.Binding, Changes: []indicatorDelta{}, Links: []linkDelta{}}
	if c.Binding.Status != notBinding {
		out.Benefit = &benefit{0 - c.ExistingUSDPerYr, 0 - c.GainedUSDPerYr, c.FeesUSDPerYr}
	}
	costs := map[string]bool{"mean_cost": true, "mean_money": true, "mean_time": true}
	for _, i := range c.Indicators {
		// Where nothing binds, a saving would be an artefact of the delay
		// functions: it is not shown as one.
		if i.A != i.B && (out.Benefit != nil || !costs[i.ID]) {
			out.Changes = append(out.Changes, indicatorDelta{i.ID, i.Unit, i.A, i.B, i.B - i.A})
		}
	}
	for _, l := range c.Links {
		if l.A != l.B {
			out.Links = append(out.Links, linkDelta{l.Key, l.Direction, l.A, l.B, l.B - l.A})
		}
	}
	return out
}

func (c *comparison) print(out io.Writer, top int) {
	fmt.Fprintf(out, "%s against %s, %d\n", c.B, c.A, c.Year)
	if c.Binding.Status != "" {
		fmt.Fprintf(out, "What it relaxes: %s", c.Binding.Status)
		if c.Binding.What != "" {
			fmt.Fprintf(out, " (%s, %.0f %% full in the base)", c.Binding.What, 100*c.Binding.Ratio)
		}
		fmt.Fprintln(out)
	}
	if c.Benefit != nil {
		fmt.Fprintf(out, "Saved by shippers: %.2f M USD/yr on traffic that stays, %.2f M USD/yr on traffic gained or lost (rule of half)\n",
			c.Benefit.ExistingUSDPerYr/1e6, c.Benefit.GainedUSDPerYr/1e6)
		countries := make([]string, 0, len(c.Benefit.FeesUSDPerYr))
		for k := range c.Benefit.FeesUSDPerYr {
			countries = append(countries, k)
		}
		sort.Strings(countries)
		for _, k := range countries {
			fmt.Fprintf(out, "Transfer: fees taken by %s change by %+.2f M USD/yr\n", k, c.Benefit.FeesUSDPerYr[k]/1e6)
		}
	} else {
		fmt.Fprintln(out, "No benefit is shown: what is relaxed leaves room in the base.")
	}
	t := newTable("\nIndicators", "indicator", c.A, c.B, "difference", "unit")
	for _, i := range c.Changes {
		// A change in the last digits of a sum is noise of the solver.
		if math.Abs(i.Difference) < 1e-5*math.Max(math.Abs(i.A), math.Abs(i.B)) || strings.HasPrefix(i.ID, "tkm.") {
			continue
		}
		t.AppendRow(table.Row{i.ID, grouped(i.A), grouped(i.B), signed(i.Difference), i.Unit})
	}
	fmt.Fprintln(out, t.Render())
	t = newTable("\nLinks that change most", "link", "direction", c.A, c.B, "difference t/yr")
	for i, l := range c.Links {
		if i == top {
			break
		}
		t.AppendRow(table.Row{l.Link, l.Direction, grouped(l.A), grouped(l.B), signed(l.Difference)})
	}
	fmt.Fprintln(out, t.Render())
	if c.Trade != nil {
		printTrade(out, []*tradeShowing{c.Trade})
		c.Trade.printPairs(out)
	}
}

// grouped writes a number with thin groups of three, and few decimals.
func grouped(v float64) string {
	if math.Abs(v) < 1000 {
		return fmt.Sprintf("%.4g", v)
	}
	s := fmt.Sprintf("%.0f", math.Abs(v))
	var b strings.Builder
	if v < 0 {
		b.WriteByte('-')
	}
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteRune('\u2009')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func signed(v float64) string {
	if v > 0 {
		return "+" + grouped(v)
	}
	return grouped(v)
}
