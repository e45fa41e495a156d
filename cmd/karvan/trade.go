package main

import (
	"fmt"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/trade"
)

func tradeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "trade",
		Short: "What a year of trade will close at, and whether targets are in reach",
		Long: `Nowcasts of yearly totals from part-year figures, the chance of targets, both sides' figures beside one another, what
statistics offices export brought into a study's form, and a backtest of the method for monthly series.`,
		Example: `  karvan trade nowcast azerbaijan-turkiye --reporter AZ --partner TR --flow turnover --year 2021 --as-of 2021-12-26
  karvan trade target azerbaijan-turkiye --as-of 2021-12-26
  karvan trade series azerbaijan-turkiye --reporter AZ --partner TR
  karvan trade backtest monthly.csv.gz`,
		Args: args(0, 0, "a sub-command: nowcast, target, series, import or backtest"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(tradeNowcastCommand(), tradeTargetCommand(), tradeSeriesCommand(), tradeImportCommand(), tradeBacktestCommand())
	return c
}

// asOfFlag checks a day given on the command line; none is today.
func asOfFlag(s string) (string, error) {
	if s == "" {
		return time.Now().UTC().Format(time.DateOnly), nil
	}
	if day := register.LastDay(s); day != "" {
		return day, nil
	}
	return "", exit{statusUsage, fmt.Errorf("--as-of %q is no day; expected: YYYY-MM-DD, YYYY-MM or YYYY", s)}
}

// seriesFlags picks a bilateral series.
type seriesFlags struct{ reporter, partner, flow string }

func (f *seriesFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.reporter, "reporter", "", "country that reports, ISO 3166-1 alpha-2")
	c.Flags().StringVar(&f.partner, "partner", "", "country that it trades with, or WORLD")
	c.Flags().StringVar(&f.flow, "flow", "turnover", "export, import or turnover")
}

// pick gives the series that is meant, or, where none is named, every one that a
// target names.
func (f *seriesFlags) pick(in *karvan.Inputs) (keys []karvan.SeriesKey, one bool, err error) {
	if f.flow != "export" && f.flow != "import" && f.flow != "turnover" {
		return nil, false, exit{statusUsage, fmt.Errorf("--flow %q is not one of export, import, turnover", f.flow)}
	}
	switch {
	case f.reporter != "" && f.partner != "":
		return []karvan.SeriesKey{{Reporter: f.reporter, Partner: f.partner, Flow: f.flow, Product: "all"}}, true, nil
	case f.reporter != "" || f.partner != "":
		return nil, false, exit{statusUsage, fmt.Errorf("--reporter and --partner go together")}
	}
	if keys = in.TargetSeries(); len(keys) == 0 {
		return nil, false, exit{statusUsage, fmt.Errorf("no target of the study names a series of trade: name one by --reporter and --partner")}
	}
	return keys, false, nil
}

// nowcastOut is what nowcast prints as JSON.
type nowcastOut struct {
	Reporter   string     `json:"reporter"`
	Partner    string     `json:"partner"`
	Flow       string     `json:"flow"`
	Year       int        `json:"year"`
	AsOf       string     `json:"as_of"`
	Unit       string     `json:"unit"`
	Median     float64    `json:"median"`
	Interval50 [2]float64 `json:"interval_50"`
	Interval80 [2]float64 `json:"interval_80"`
	Interval95 [2]float64 `json:"interval_95"`
	Method     string     `json:"method"`
	ObservedTo string     `json:"observed_to"`
	Tried      []triedRow `json:"tried"` // the method on earlier years
	Used       []usedRow  `json:"used"`
	LeftOut    []usedRow  `json:"left_out"`
}

// triedRow is an earlier year that the method was tried on.
type triedRow struct {
	Year       int        `json:"year"`
	ObservedTo string     `json:"observed_to"`
	Median     float64    `json:"median"`
	Interval80 [2]float64 `json:"interval_80"`
	Actual     float64    `json:"actual"`
	Error      float64    `json:"error_percent"`
}

func triedRows(list []trade.Trial) []triedRow {
	out := []triedRow{}
	for _, x := range list {
		out = append(out, triedRow{x.Year, x.ObservedTo, x.Forecast.Median, x.Forecast.Interval(0.8), x.Actual, 100 * (x.Forecast.Median/x.Actual - 1)})
	}
	return out
}

type usedRow struct {
	Period  string  `json:"period"`
	Value   float64 `json:"value"`
	KnownOn string  `json:"known_on"`
	Source  string  `json:"source_id"`
}

func rowsOf(list []trade.Reading) []usedRow {
	out := []usedRow{}
	for _, r := range list {
		out = append(out, usedRow{trade.PeriodText(r.Year, r.First, r.Last), r.Value, r.KnownOn, r.Source})
	}
	return out
}

func tradeNowcastCommand() *cobra.Command {
	var f seriesFlags
	var asOf string
	var year int
	var asJSON bool
	c := &cobra.Command{
		Use:   "nowcast STUDY",
		Short: "What a year will close at, from what was known by a day",
		Long: `Carries the figures of a part of a year to the whole, by the share that the same months had in earlier years. Only what
was known by --as-of is used; figures without a date are left out and listed. With few figures the interval is wide.
Without --reporter and --partner every series that a target names is told, without --year its latest year.

Exit status: 0 done, 1 nothing to go by, 2 the study is faulty, 64 the study has no such series.`,
		Example: "  karvan trade nowcast azerbaijan-turkiye --reporter AZ --partner TR --flow turnover --year 2021 --as-of 2021-12-26",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			day, err := asOfFlag(asOf)
			if err != nil {
				return err
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			in := m.Inputs()
			keys, one, err := f.pick(in)
			if err != nil {
				return err
			}
			list := []nowcastOut{}
			for _, k := range keys {
				n, err := in.NowcastOf(k, year, day)
				if err != nil && len(in.Series(k)) == 0 {
					return exit{statusUsage, err}
				} else if err != nil {
					return err
				}
				list = append(list, nowcastOut{k.Reporter, k.Partner, k.Flow, n.Year, day, "USD", n.Median, n.Interval(0.5), n.Interval(0.8), n.Interval(0.95), n.Method, n.ObservedTo, triedRows(n.Tried), rowsOf(n.Readings), rowsOf(n.LeftOut)})
			}
			switch {
			case asJSON && one:
				return printJSON(c.OutOrStdout(), list[0])
			case asJSON:
				return printJSON(c.OutOrStdout(), list)
			}
			for _, out := range list {
				out.print(c)
			}
			return nil
		},
	}
	f.add(c)
	c.Flags().IntVar(&year, "year", 0, "year that is meant (none: the latest of which something was known)")
	c.Flags().StringVar(&asOf, "as-of", "", "only what was known by this day (none: today)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func bn(v float64) string { return fmt.Sprintf("%.3f bn USD", v/1e9) }

func (out *nowcastOut) print(c *cobra.Command) {
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%s-%s %s in %d, as known on %s\n\n", out.Reporter, out.Partner, out.Flow, out.Year, out.AsOf)
	fmt.Fprintf(w, "median %s; half of it lies in %s to %s, 80 %% in %s to %s, 95 %% in %s to %s\n", bn(out.Median), bn(out.Interval50[0]), bn(out.Interval50[1]),
		bn(out.Interval80[0]), bn(out.Interval80[1]), bn(out.Interval95[0]), bn(out.Interval95[1]))
	fmt.Fprintf(w, "observed to %s; %s\n", out.ObservedTo, out.Method)
	if len(out.Tried) > 0 {
		t := newTable("\nThe method on earlier years, from what came before", "year", "from months to", "median", "80 %", "became", "off by")
		for _, r := range out.Tried {
			t.AppendRow(table.Row{r.Year, r.ObservedTo, bn(r.Median), bn(r.Interval80[0]) + " to " + bn(r.Interval80[1]), bn(r.Actual), fmt.Sprintf("%+.1f %%", r.Error)})
		}
		fmt.Fprintln(w, t.Render())
	}
	t := newTable("\nWhat it rests on", "period", "value", "known on", "source")
	for _, r := range out.Used {
		t.AppendRow(table.Row{r.Period, bn(r.Value), r.KnownOn, r.Source})
	}
	fmt.Fprintln(w, t.Render())
	for _, r := range out.LeftOut {
		fmt.Fprintf(w, "left out, since it is not dated: %s %s (%s)\n", r.Period, bn(r.Value), r.Source)
	}
}

// targetOut is one target as target prints it.
type targetOut struct {
	ID             string            `json:"target_id"`
	Indicator      string            `json:"indicator"`
	Value          float64           `json:"value"`
	Unit           string            `json:"unit"`
	ByDate         string            `json:"by_date"`
	SetOn          string            `json:"set_on"`
	Probability    *float64          `json:"probability"`
	RequiredGrowth *float64          `json:"required_growth"`
	BestGrowthSeen *float64          `json:"best_growth_seen"`
	Reached        *bool             `json:"reached"`
	Reason         string            `json:"reason"`
	WithoutEnergy  *withoutEnergyOut `json:"without_energy"`
}

// withoutEnergyOut is the target seen without energy.
type withoutEnergyOut struct {
	Energy         *float64 `json:"energy"`
	RequiredGrowth *float64 `json:"required_growth"`
	Reason         string   `json:"reason"`
}

// orNull gives a number for JSON, null where there is none.
func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func tradeTargetCommand() *cobra.Command {
	var asOf string
	var asJSON bool
	c := &cobra.Command{
		Use:   "target STUDY",
		Short: "The chance of each target, and what it would take",
		Long: `For each target of the study that was set by --as-of: the chance to reach it by its date, the growth a year that it needs,
the best growth ever seen over as many years, and, where its date is past, whether it was reached. Targets without a date, or
of what is no series of trade, have no chance and a reason. The growth without energy is what all other goods would need,
were energy (price times volume, out of the reach of transport) to stay what it was when it was last told.

Exit status: 0 done, 2 the study is faulty.`,
		Example: "  karvan trade target azerbaijan-turkiye --as-of 2021-12-26",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			day, err := asOfFlag(asOf)
			if err != nil {
				return err
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			list := []targetOut{}
			for _, t := range m.Inputs().ReadTargets(day) {
				x := targetOut{t.Key, t.Indicator, t.Value, t.Unit, t.ByDate, t.SetOn, orNull(t.Probability), orNull(t.RequiredGrowth), orNull(t.BestGrowthSeen), t.Reached, t.Reason, nil}
				if e := t.WithoutEnergy; e != nil {
					x.WithoutEnergy = &withoutEnergyOut{orNull(e.EnergyUSD), orNull(e.RequiredGrowth), e.Reason}
				}
				list = append(list, x)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), list)
			}
			t := newTable("Targets as known on "+day, "target", "value", "by", "chance", "growth a year needed", "without energy", "best seen", "reading")
			for _, x := range list {
				share := func(p *float64) string {
					if p == nil {
						return ""
					}
					return fmt.Sprintf("%.1f %%", 100**p)
				}
				rest := ""
				if x.WithoutEnergy != nil {
					rest = share(x.WithoutEnergy.RequiredGrowth)
				}
				t.AppendRow(table.Row{x.Indicator, fmt.Sprintf("%.4g %s", x.Value, x.Unit), x.ByDate, share(x.Probability), share(x.RequiredGrowth), rest, share(x.BestGrowthSeen), x.Reason})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			for _, x := range list {
				if x.WithoutEnergy != nil && x.WithoutEnergy.Reason != "" {
					fmt.Fprintf(c.OutOrStdout(), "%s by %s, without energy: %s\n", x.Indicator, x.ByDate, x.WithoutEnergy.Reason)
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "only what was known by this day (none: today)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// seriesRow is one period as both sides tell it.
type seriesRow struct {
	Period     string   `json:"period"`
	Reporter   *usedRow `json:"reporter"`
	Partner    *usedRow `json:"partner"`
	Reconciled float64  `json:"reconciled"`
	Rule       string   `json:"rule"`
}

func tradeSeriesCommand() *cobra.Command {
	var f seriesFlags
	var asOf string
	var asJSON bool
	c := &cobra.Command{
		Use:   "series STUDY",
		Short: "A bilateral series as both countries tell it",
		Long: `Two agencies rarely agree: sets what the reporter tells beside what the partner does, period by period, and reconciles
them by a rule that is told: of a flow what the buyer tells, unless the other side is of better confidence; of turnover the
geometric mean. Without --reporter and --partner every series that a target names is told.

Exit status: 0 done, 2 the study is faulty, 64 the study has no such series.`,
		Example: "  karvan trade series azerbaijan-turkiye --reporter AZ --partner TR --as-of 2021-12-26",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			day, err := asOfFlag(asOf)
			if err != nil {
				return err
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			in := m.Inputs()
			keys, _, err := f.pick(in)
			if err != nil {
				return err
			}
			out := map[string][]seriesRow{}
			for _, k := range keys {
				list := in.MirrorOf(k, day)
				if len(list) == 0 {
					_, err := in.NowcastOf(k, 0, day)
					return exit{statusUsage, err}
				}
				t := newTable(fmt.Sprintf("%s, as known on %s", k, day), "period", k.Reporter+" tells", k.Partner+" tells", "ratio", "reconciled", "by")
				rows := []seriesRow{}
				for _, r := range list {
					x := seriesRow{Period: trade.PeriodText(r.Year, r.First, r.Last), Reconciled: r.Value, Rule: r.Rule.Code()}
					own, other, ratio := "", "", ""
					if r.Own != nil {
						x.Reporter, own = &rowsOf([]trade.Reading{*r.Own})[0], bn(r.Own.Value)
					}
					if r.Other != nil {
						x.Partner, other = &rowsOf([]trade.Reading{*r.Other})[0], bn(r.Other.Value)
					}
					if r.Own != nil && r.Other != nil {
						ratio = fmt.Sprintf("%.2f", r.Own.Value/r.Other.Value)
					}
					rows = append(rows, x)
					t.AppendRow(table.Row{x.Period, own, other, ratio, bn(r.Value), r.Rule.Text(k)})
				}
				out[k.String()] = rows
				if !asJSON {
					fmt.Fprintln(c.OutOrStdout(), t.Render())
				}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), out)
			}
			return nil
		},
	}
	f.add(c)
	c.Flags().StringVar(&asOf, "as-of", "", "only what was known by this day (none: today)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
