package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/trade"
)

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
