package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
)

// routeRow is a route as route prints it, as JSON.
type routeRow struct {
	Share   float64 `json:"share"`
	Cost    float64 `json:"cost_usd_per_t"`
	Money   float64 `json:"money_usd_per_t"`
	TimeH   float64 `json:"time_h"`
	BorderH float64 `json:"border_h"`
	Km      float64 `json:"distance_km"`
	Chain   string  `json:"chain"`
	Path    string  `json:"path"`
}

func routeCommand() *cobra.Command {
	var from, to, commodity, scenario string
	var year int
	var asJSON bool
	c := &cobra.Command{
		Use:   "route STUDY --from NODE --to NODE",
		Short: "Find the routes between two places",
		Long: `Prints the routes that a tonne of a commodity could take between any two nodes of a study, without the delays of
other traffic: cost, time, distance, modes, and how shippers would choose among them.

Exit status: 0 done, 1 there is no such place, commodity or path, 2 the study is faulty.`,
		Example: "  karvan route azerbaijan-turkiye --from kz-altynkol --to DEDUI --goods cont_manuf\n  karvan route my-study --from east --to west --goods grain --scenario second-track --year 2025 --json",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			if year == 0 {
				year = m.Inputs().BaseYear
			}
			if commodity == "" {
				commodity = m.Inputs().Commodities[0].Key
			}
			list, err := m.Between(c.Context(), scenario, year, commodity, from, to)
			if err != nil {
				return err
			}
			if asJSON {
				out := make([]routeRow, len(list))
				for i, r := range list {
					out[i] = routeRow{r.Share, r.CostUSDPerT, r.MoneyUSDPerT, r.TimeH, r.BorderH, r.DistanceKm, r.Chain, r.Path}
				}
				return printJSON(c.OutOrStdout(), out)
			}
			t := newTable(fmt.Sprintf("%s from %s to %s, %s %d", commodity, from, to, scenario, year), "share", "USD/t", "money", "h", "at borders", "km", "modes", "by")
			for _, r := range list {
				t.AppendRow(table.Row{fmt.Sprintf("%.1f %%", 100*r.Share), digits(r.CostUSDPerT, 1), digits(r.MoneyUSDPerT, 1), digits(r.TimeH, 0), digits(r.BorderH, 0), digits(r.DistanceKm, 0), r.Chain, places(r)})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return nil
		},
	}
	c.Flags().StringVar(&from, "from", "", "node where goods start")
	c.Flags().StringVar(&to, "to", "", "node where they go")
	c.Flags().StringVar(&commodity, "goods", "", "commodity (default: the first of the study)")
	c.Flags().StringVar(&scenario, "scenario", "base", "scenario")
	c.Flags().IntVar(&year, "year", 0, "year (default: the base year)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.MarkFlagRequired("from")
	c.MarkFlagRequired("to")
	return c
}

// places names the terminals and borders along a route, each once in a row.
func places(r karvan.RouteResult) string {
	var out []string
	for _, p := range strings.Split(r.Path, ";") {
		if !strings.HasPrefix(p, "@") {
			continue
		}
		name, _, _ := strings.Cut(p[1:], " ")
		if len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}
