package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/trade"
)

func tradeImportCommand() *cobra.Command {
	var source, known, output, confidence string
	var rate float64
	c := &cobra.Command{
		Use:   "import EXPORT",
		Short: "Bring what a statistics office exports into a study's form",
		Long: `Reads a CSV (plain or gzipped) as UN Comtrade, Eurostat's Comext or the IMF give it, and writes rows for a file in trade/ of
a study. Totals and energy (chapter 27 of the Harmonised System, section 3 of the SITC) are taken; what is left out is counted
and told on standard error.

Exit status: 0 done, 1 the export cannot be read, 64 a flag cannot be used.`,
		Example: "  karvan trade import TradeData.csv --source-id comtrade-2022-03 --known-on 2022-03-15 -o my-study/trade/comtrade.csv",
		Args:    args(1, 1, "an export"),
		RunE: func(c *cobra.Command, a []string) error {
			if known != "" && register.LastDay(known) == "" {
				return exit{statusUsage, fmt.Errorf("--known-on %q is no day; expected: YYYY-MM-DD, YYYY-MM or YYYY", known)}
			}
			if confidence != "high" && confidence != "medium" && confidence != "low" {
				return exit{statusUsage, fmt.Errorf("--confidence %q is not one of high, medium, low", confidence)}
			}
			if rate < 0 {
				return exit{statusUsage, fmt.Errorf("--usd-per-eur is %g: more than 0 was expected", rate)}
			}
			f, err := readFrame(a[0])
			if err != nil {
				return err
			}
			list, skipped, err := trade.ReadExport(f, rate)
			if err != nil {
				return fmt.Errorf("%s: %w", a[0], err)
			}
			for _, s := range skipped {
				fmt.Fprintf(c.ErrOrStderr(), "%s left out, first on line %d: %s\n", plural(s.Rows, "row"), s.First, s.Reason)
			}
			if len(list) == 0 {
				return fmt.Errorf("%s: no figure is left", a[0])
			}
			note := ""
			if rate > 0 {
				note = fmt.Sprintf("euro at %g USD", rate)
			}
			write := func(w io.Writer) error {
				out := csv.NewWriter(w)
				out.Write([]string{"reporter", "partner", "flow", "product", "period", "cumulative", "value_usd", "source_id", "confidence", "known_on", "note"})
				for _, r := range list {
					out.Write([]string{r.Reporter, r.Partner, r.Flow, r.Product, r.Period, "false", strconv.FormatFloat(r.ValueUSD, 'f', -1, 64), source, confidence, known, note})
				}
				out.Flush()
				return out.Error()
			}
			if output == "" {
				return write(c.OutOrStdout())
			}
			file, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return err
			}
			if err := write(file); err != nil {
				file.Close()
				os.Remove(output)
				return err
			}
			if err := file.Close(); err != nil {
				os.Remove(output)
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", output, plural(len(list), "figure"))
			return nil
		},
	}
	c.Flags().StringVar(&source, "source-id", "", "id in source.csv that the rows are to name")
	c.MarkFlagRequired("source-id")
	c.Flags().StringVar(&known, "known-on", "", "day on which the figures were known")
	c.Flags().StringVar(&confidence, "confidence", "high", "high, medium or low")
	c.Flags().Float64Var(&rate, "usd-per-eur", 0, "dollars to a euro, for values in euro")
	c.Flags().StringVarP(&output, "output", "o", "", "file to write, which must not exist yet (none: standard output)")
	return c
}
