package main

import (
	"fmt"
	"math"
	"regexp"
	"strings"
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
		Long:  `Nowcasts of yearly totals from part-year figures, the chance of targets, and a backtest of the method for monthly series.`,
		Example: `  karvan trade nowcast azerbaijan-turkiye --reporter AZ --partner TR --flow turnover --year 2021 --as-of 2021-12-26
  karvan trade target azerbaijan-turkiye --as-of 2021-12-26
  karvan trade backtest monthly.csv.gz`,
		Args: args(0, 0, "a sub-command: nowcast, target or backtest"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(tradeNowcastCommand(), tradeTargetCommand(), tradeBacktestCommand())
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

// readingsOf gives the figures of one bilateral series of a study.
func readingsOf(in *karvan.Inputs, reporter, partner, flow string) ([]trade.Reading, error) {
	var out []trade.Reading
	have := map[string]bool{}
	var order []string
	for _, r := range in.Trade {
		name := r.Reporter + "-" + r.Partner + " " + r.Flow
		if !have[name] {
			have[name] = true
			order = append(order, name)
		}
		if r.Reporter != reporter || r.Partner != partner || r.Flow != flow {
			continue
		}
		year, first, last, err := trade.ReadPeriod(r.Period, strings.Contains(r.Note, "cumulative"))
		if err != nil {
			continue // quarters, spans of years and plans are no part of the series
		}
		out = append(out, trade.Reading{Year: year, First: first, Last: last, Value: r.ValueUSD, KnownOn: r.KnownOn, Source: r.SourceID, Confidence: r.Confidence})
	}
	if len(out) == 0 {
		return nil, exit{statusUsage, fmt.Errorf("the study has no series %s-%s %s; it has %s", reporter, partner, flow, strings.Join(order, ", "))}
	}
	return out, nil
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
	Used       []usedRow  `json:"used"`
	LeftOut    []usedRow  `json:"left_out"`
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
		p := fmt.Sprint(r.Year)
		switch {
		case r.First == r.Last:
			p = fmt.Sprintf("%d-%02d", r.Year, r.Last)
		case r.First != 1 || r.Last != 12:
			p = fmt.Sprintf("%d-%02d..%02d", r.Year, r.First, r.Last)
		}
		out = append(out, usedRow{p, r.Value, r.KnownOn, r.Source})
	}
	return out
}

func tradeNowcastCommand() *cobra.Command {
	var reporter, partner, flow, asOf string
	var year int
	var asJSON bool
	c := &cobra.Command{
		Use:   "nowcast STUDY",
		Short: "What a year will close at, from what was known by a day",
		Long: `Carries the figures of a part of a year to the whole, by the share that the same months had in earlier years. Only what
was known by --as-of is used; figures without a date are left out and listed. With few figures the interval is wide.

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
			list, err := readingsOf(m.Inputs(), reporter, partner, flow)
			if err != nil {
				return err
			}
			known, undated := trade.KnownBy(list, day)
			n, err := trade.NowcastYear(known, year)
			if err != nil {
				return fmt.Errorf("%s-%s %s by %s: %w", reporter, partner, flow, day, err)
			}
			out := nowcastOut{reporter, partner, flow, year, day, "USD", n.Median, n.Interval(0.5), n.Interval(0.8), n.Interval(0.95), n.Method, n.ObservedTo, rowsOf(n.Readings), rowsOf(undated)}
			if asJSON {
				return printJSON(c.OutOrStdout(), out)
			}
			bn := func(v float64) string { return fmt.Sprintf("%.2f bn", v/1e9) }
			fmt.Fprintf(c.OutOrStdout(), "%s-%s %s in %d, as known on %s, observed to %s: %s USD\n", reporter, partner, flow, year, day, out.ObservedTo, bn(out.Median))
			for _, i := range []struct {
				p string
				v [2]float64
			}{{"50 %", out.Interval50}, {"80 %", out.Interval80}, {"95 %", out.Interval95}} {
				fmt.Fprintf(c.OutOrStdout(), "  %s: %s to %s\n", i.p, bn(i.v[0]), bn(i.v[1]))
			}
			fmt.Fprintf(c.OutOrStdout(), "method: %s\n", out.Method)
			t := newTable("Figures used", "period", "value", "known on", "source")
			for _, r := range out.Used {
				t.AppendRow(table.Row{r.Period, bn(r.Value), r.KnownOn, r.Source})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			for _, r := range out.LeftOut {
				fmt.Fprintf(c.OutOrStdout(), "left out, since it is not dated: %s %s (%s)\n", r.Period, bn(r.Value), r.Source)
			}
			return nil
		},
	}
	c.Flags().StringVar(&reporter, "reporter", "", "country that reports, ISO 3166-1 alpha-2")
	c.Flags().StringVar(&partner, "partner", "", "country that it trades with")
	c.Flags().StringVar(&flow, "flow", "turnover", "export, import or turnover")
	c.Flags().IntVar(&year, "year", 0, "year that is meant")
	c.Flags().StringVar(&asOf, "as-of", "", "only what was known by this day (none: today)")
	for _, name := range []string{"reporter", "partner", "year"} {
		c.MarkFlagRequired(name)
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// targetOut is one target as target prints it.
type targetOut struct {
	ID             string   `json:"target_id"`
	Indicator      string   `json:"indicator"`
	Value          float64  `json:"value"`
	Unit           string   `json:"unit"`
	ByDate         string   `json:"by_date"`
	SetOn          string   `json:"set_on"`
	Probability    *float64 `json:"probability"`
	RequiredGrowth *float64 `json:"required_growth"`
	BestGrowthSeen *float64 `json:"best_growth_seen"`
	Reached        *bool    `json:"reached"`
	Reason         string   `json:"reason"`
}

// tradeIndicator is how a target names a bilateral series.
var tradeIndicator = regexp.MustCompile(`^([A-Z]{2})-([A-Z]{2}) trade (turnover|export|import)$`)

func tradeTargetCommand() *cobra.Command {
	var asOf string
	var asJSON bool
	c := &cobra.Command{
		Use:   "target STUDY",
		Short: "The chance of each target, and what it would take",
		Long: `For each target of the study that was set by --as-of: the chance to reach it by its date, the growth a year that it needs,
the best growth ever seen over as many years, and, where its date is past, whether it was reached. Targets without a date, or
of what is no series of trade, have no chance and a reason.

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
			for _, t := range m.Inputs().Targets {
				set := t.SetOn
				if set == "" {
					set = t.KnownOn
				}
				if set == "" || set > day {
					continue
				}
				list = append(list, targetOf(m.Inputs(), t, day))
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), list)
			}
			t := newTable("Targets as known on "+day, "target", "value", "by", "chance", "growth a year needed", "best seen", "reading")
			for _, x := range list {
				share := func(p *float64) string {
					if p == nil {
						return ""
					}
					return fmt.Sprintf("%.1f %%", 100**p)
				}
				t.AppendRow(table.Row{x.Indicator, fmt.Sprintf("%.4g %s", x.Value, x.Unit), x.ByDate, share(x.Probability), share(x.RequiredGrowth), share(x.BestGrowthSeen), x.Reason})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return nil
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "only what was known by this day (none: today)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func targetOf(in *karvan.Inputs, t karvan.Target, day string) targetOut {
	out := targetOut{ID: t.Key, Indicator: t.Indicator, Value: t.Value, Unit: t.Unit, ByDate: t.ByDate, SetOn: t.SetOn}
	match := tradeIndicator.FindStringSubmatch(t.Indicator)
	switch {
	case match == nil:
		out.Reason = "it is no series of trade: nothing models it"
		return out
	case t.ByDate == "":
		out.Reason = "it has no date"
		return out
	}
	all, err := readingsOf(in, match[1], match[2], match[3])
	if err != nil {
		out.Reason = "the study has no such series"
		return out
	}
	known, _ := trade.KnownBy(all, day)
	var year, current int
	fmt.Sscan(t.ByDate[:4], &year)
	fmt.Sscan(day[:4], &current)
	v, err := trade.Reach(known, year, t.Value, min(current, year))
	if err != nil {
		out.Reason = strings.TrimPrefix(err.Error(), "trade: ")
		return out
	}
	finite := func(x float64) *float64 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		return &x
	}
	out.Probability, out.RequiredGrowth, out.BestGrowthSeen, out.Reason = finite(v.Probability), finite(v.RequiredGrowth), finite(v.BestGrowthSeen), v.Reason
	if t.ByDate <= day {
		for _, r := range trade.YearTotals(known) {
			if r.Year == year {
				reached := r.Value >= t.Value
				out.Reached = &reached
				if reached {
					out.Reason += "; it was reached"
				} else {
					out.Reason += "; it was not reached"
				}
			}
		}
	}
	return out
}

func tradeBacktestCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "backtest MONTHLY",
		Short: "Score the method on many monthly series",
		Long: `For each series of a table (series, year, month, value; .csv or .csv.gz): the last year's total from its first ten
months, and the totals of the last two years from the years before, each with intervals; prints errors, coverage (percent)
and Brier scores, means over the series.

Exit status: 0 done, 1 the table cannot be used.`,
		Example: "  karvan trade backtest monthly.csv.gz --json",
		Args:    args(1, 1, "a table"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := readFrame(a[0])
			if err != nil {
				return err
			}
			list, err := trade.SeriesOf(f)
			if err != nil {
				return fmt.Errorf("%s: %w", a[0], err)
			}
			tell := newCounter(c.ErrOrStderr(), len(list), "series")
			b, err := trade.RunBacktest(list, tell)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), b)
			}
			t := newTable(fmt.Sprintf("%d series", b.Series), "task", "MAPE %", "MASE", "covered by 80 %", "covered by 95 %")
			row := func(name string, mape, mase, c80, c95 float64) {
				t.AppendRow(table.Row{name, digits(mape, 3), digits(mase, 3), digits(c80, 1), digits(c95, 1)})
			}
			row("year from ten months", b.Nowcast.MAPE, b.Nowcast.MASE, b.Nowcast.Coverage80, b.Nowcast.Coverage95)
			row("one year ahead", b.Annual.Y1.MAPE, b.Annual.Y1.MASE, b.Annual.Y1.Coverage80, b.Annual.Y1.Coverage95)
			row("two years ahead", b.Annual.Y2.MAPE, b.Annual.Y2.MASE, b.Annual.Y2.Coverage80, b.Annual.Y2.Coverage95)
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			fmt.Fprintf(c.OutOrStdout(), "Brier score of reaching targets: %.4f, of hard ones %.4f; %.1f ms a series\n", b.Nowcast.Brier, b.Nowcast.BrierHard, 1000*b.SecondsPerSeries)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
