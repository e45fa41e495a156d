package main

import (
	"database/sql"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/store"
)

// showing is what show prints, as JSON.
type showing struct {
	Run         store.RunInfo        `json:"run"`
	Summary     []summaryRow         `json:"summary"`
	Anchors     []anchorRow          `json:"demand_anchors"`
	Bottlenecks []bottleneckRow      `json:"bottlenecks"`
	Differences []differenceRow      `json:"differences"`
	Trade       []*tradeShowing      `json:"trade"`
	Outlook     outlook              `json:"outlook"`
	Convergence []store.ScenarioYear `json:"convergence"`
}

type summaryRow struct {
	Scenario   string  `json:"scenario_id"`
	Year       int     `json:"year"`
	Mt         float64 `json:"tonnes_mt"`
	BillionTkm float64 `json:"tkm_bn"`
	CostUSD    float64 `json:"mean_cost_usd_per_t"`
	TimeH      float64 `json:"mean_time_h"`
	BorderH    float64 `json:"mean_border_time_h"`
	CO2Mt      float64 `json:"co2_mt"`
}

type anchorRow struct {
	Anchor string  `json:"anchor"`
	Mt     float64 `json:"tonnes_mt"`
	Share  float64 `json:"share"`
}

type bottleneckRow struct {
	Scenario string  `json:"scenario_id"`
	Year     int     `json:"year"`
	Kind     string  `json:"kind"`
	What     string  `json:"what"`
	FlowMt   float64 `json:"flow_mt"`
	Capacity float64 `json:"capacity_mt"`
	Ratio    float64 `json:"load_ratio"`
	DelayH   float64 `json:"delay_h"`
}

type differenceRow struct {
	Scenario string  `json:"scenario_id"`
	Year     int     `json:"year"`
	Binding  string  `json:"binding"`
	CostUSD  float64 `json:"mean_cost_change_usd_per_t"`
	TimeH    float64 `json:"mean_time_change_h"`
	CO2Kt    float64 `json:"co2_change_kt"`
}

func showCommand() *cobra.Command {
	var asJSON bool
	var year int
	c := &cobra.Command{
		Use:   "show RESULT",
		Short: "Print what a result says: summary, bottlenecks, differences, trade, convergence",
		Long: `Prints the tables of a result that a planner asks for first. Bottlenecks, differences and
trade are of one year; the outlook on targets is that of the base date.

Exit status: 0 done, 1 the result cannot be read.`,
		Example: "  karvan show results.gpkg\n  karvan show results.gpkg --year 2030 --json",
		Args:    args(1, 1, "a result file"),
		RunE: func(c *cobra.Command, a []string) error {
			r, m, err := openResult(a[0])
			if err != nil {
				return err
			}
			defer r.Close()
			s, err := readShowing(r, year)
			if err != nil {
				return err
			}
			s.Outlook = outlookOf(m.Inputs())
			if asJSON {
				return printJSON(c.OutOrStdout(), s)
			}
			s.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().IntVar(&year, "year", 0, "year of bottlenecks and differences (default: the last one run)")
	return c
}

func readShowing(r *store.Result, year int) (*showing, error) {
	s := &showing{Run: r.Run}
	var err error
	if s.Convergence, err = r.ScenarioYears(); err != nil {
		return nil, err
	}
	if year == 0 {
		for _, c := range s.Convergence {
			year = max(year, c.Year)
		}
	}
	indicator := func(scenario string, year int, id string) float64 {
		var v sql.NullFloat64
		if r.DB.QueryRow("SELECT value FROM indicator WHERE scenario_id = ? AND year = ? AND indicator_id = ?", scenario, year, id).Scan(&v) != nil || !v.Valid {
			return math.NaN()
		}
		return v.Float64
	}
	for _, c := range s.Convergence {
		get := func(id string) float64 { return indicator(c.Scenario, c.Year, id) }
		s.Summary = append(s.Summary, summaryRow{c.Scenario, c.Year, get("tonnes") / 1e6, get("tkm") / 1e9, get("mean_cost"), get("mean_time"), get("mean_border_time"), get("co2") / 1e6})
		if c.Year == year && c.Scenario != "base" {
			base := func(id string) float64 { return indicator("base", c.Year, id) }
			d := differenceRow{Scenario: c.Scenario, Year: c.Year, Binding: c.Binding, CostUSD: get("mean_cost") - base("mean_cost"), TimeH: get("mean_time") - base("mean_time"), CO2Kt: (get("co2") - base("co2")) / 1e3}
			if !math.IsNaN(d.CostUSD) {
				s.Differences = append(s.Differences, d)
			}
		}
	}
	if s.Trade, err = readTrade(r, year, s.Convergence); err != nil {
		return nil, err
	}
	if s.Anchors, err = readAnchors(r); err != nil {
		return nil, err
	}
	s.Bottlenecks, err = readBottlenecks(r, year)
	return s, err
}

// readAnchors sums the base year's tonnes by how well a source anchors them.
func readAnchors(r *store.Result) ([]anchorRow, error) {
	rows, err := r.DB.Query(`SELECT anchor, sum(demand_t_per_yr) FROM od_result WHERE scenario_id = (SELECT scenario_id FROM scenario_year ORDER BY fid LIMIT 1)
		AND year = (SELECT year FROM scenario_year ORDER BY fid LIMIT 1) GROUP BY anchor ORDER BY anchor DESC`)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	var out []anchorRow
	total := 0.0
	for rows.Next() {
		var a anchorRow
		if err := rows.Scan(&a.Anchor, &a.Mt); err != nil {
			return nil, err
		}
		a.Mt /= 1e6
		total += a.Mt
		out = append(out, a)
	}
	for i := range out {
		out[i].Share = out[i].Mt / total
	}
	return out, rows.Err()
}

// readBottlenecks lists what is fullest in the base (or the first scenario).
func readBottlenecks(r *store.Result, year int) ([]bottleneckRow, error) {
	rows, err := r.DB.Query(`SELECT scenario_id, year, kind, what, flow, capacity, ratio, delay FROM (
		SELECT scenario_id, year, 'link' AS kind, link_id AS what, flow_t_per_yr AS flow, capacity_t_per_yr AS capacity, load_ratio AS ratio, delay_h AS delay FROM link_load WHERE direction = 1
		UNION ALL SELECT scenario_id, year, kind, resource_id, flow_t_per_yr, capacity_t_per_yr, load_ratio, delay_h FROM terminal_load)
		WHERE year = ? AND scenario_id = (SELECT scenario_id FROM scenario_year ORDER BY fid LIMIT 1) ORDER BY ratio DESC, what LIMIT 15`, year)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	var out []bottleneckRow
	for rows.Next() {
		var b bottleneckRow
		var capacity sql.NullFloat64
		if err := rows.Scan(&b.Scenario, &b.Year, &b.Kind, &b.What, &b.FlowMt, &capacity, &b.Ratio, &b.DelayH); err != nil {
			return nil, err
		}
		b.FlowMt, b.Capacity = b.FlowMt/1e6, capacity.Float64/1e6
		out = append(out, b)
	}
	return out, rows.Err()
}

// titled is a table with a line above it.
type titled struct {
	table.Writer
	title string
}

// Render gives the title and the table.
func (t titled) Render() string { return t.title + "\n" + t.Writer.Render() }

// newTable makes a table in the one style of the program.
func newTable(title string, header ...any) titled {
	t := titled{table.NewWriter(), title}
	t.AppendHeader(header)
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.DrawBorder = false
	style.Options.SeparateColumns = false
	t.SetStyle(style)
	return t
}

func digits(v float64, n int) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.*f", n, v)
}

func (s *showing) print(out io.Writer) {
	fmt.Fprintf(out, "%s, base year %d, prices of %d, karvan %s\n\n", s.Run.Title["en"], s.Run.BaseYear, s.Run.PriceYear, s.Run.Version)
	t := newTable("Summary", "scenario", "year", "Mt", "bn tkm", "USD/t", "h", "h at borders", "Mt CO2e")
	for _, r := range s.Summary {
		t.AppendRow(table.Row{r.Scenario, r.Year, digits(r.Mt, 1), digits(r.BillionTkm, 1), digits(r.CostUSD, 2), digits(r.TimeH, 1), digits(r.BorderH, 2), digits(r.CO2Mt, 3)})
	}
	fmt.Fprintln(out, t.Render())
	t = newTable("\nHow well sources anchor the demand", "anchor", "Mt", "share")
	for _, r := range s.Anchors {
		t.AppendRow(table.Row{r.Anchor, digits(r.Mt, 1), fmt.Sprintf("%.0f %%", 100*r.Share)})
	}
	fmt.Fprintln(out, t.Render())
	t = newTable("\nBottlenecks", "scenario", "year", "kind", "what", "Mt/yr", "capacity", "load", "delay h")
	for _, r := range s.Bottlenecks {
		t.AppendRow(table.Row{r.Scenario, r.Year, r.Kind, r.What, digits(r.FlowMt, 2), digits(r.Capacity, 2), fmt.Sprintf("%.0f %%", 100*r.Ratio), digits(r.DelayH, 1)})
	}
	fmt.Fprintln(out, t.Render())
	if len(s.Differences) > 0 {
		t = newTable("\nDifferences to the base", "scenario", "year", "USD/t", "h", "kt CO2e", "the constraint that it relaxes")
		for _, r := range s.Differences {
			if r.Binding == notBinding {
				t.AppendRow(table.Row{r.Scenario, r.Year, "", "", "", r.Binding})
				continue
			}
			t.AppendRow(table.Row{r.Scenario, r.Year, fmt.Sprintf("%+.3f", r.CostUSD), fmt.Sprintf("%+.3f", r.TimeH), fmt.Sprintf("%+.1f", r.CO2Kt), r.Binding})
		}
		fmt.Fprintln(out, t.Render())
	}
	printTrade(out, s.Trade)
	s.Outlook.print(out)
	t = newTable("\nConvergence", "scenario", "year", "converged", "same as", "unserved t/yr", "note")
	for _, r := range s.Convergence {
		t.AppendRow(table.Row{r.Scenario, r.Year, r.Converged, r.SameAs, digits(r.Unserved, 0), r.Note})
	}
	fmt.Fprintln(out, t.Render())
}
