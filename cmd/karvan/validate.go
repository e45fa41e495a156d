package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/store"
)

func validateCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate RESULT",
		Short: "Set the result against what was observed",
		Long: `Compares the base with the counts and totals of observed/. Rows of the role fit were known when demand was set;
rows kept apart were not used. low and high are the 80 % range of the modelled value that follows from the ranges of
the inputs. Parts of a year are listed, not scored.

Exit status: 0 done, 1 the result cannot be read.`,
		Example: "  karvan validate results.gpkg\n  karvan validate results.gpkg --json",
		Args:    args(1, 1, "a result file"),
		RunE: func(c *cobra.Command, a []string) error {
			r, err := store.Open(a[0])
			if err != nil {
				return err
			}
			defer r.Close()
			list, err := r.Observations()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), list)
			}
			t := newTable("Observed and modelled", "observation", "period", "role", "observed", "modelled", "80 % range", "difference", "unit")
			scored, inside := map[string]int{}, map[string]int{}
			for _, o := range list {
				if o.Modelled == nil {
					t.AppendRow(table.Row{o.ID, o.Period, o.Role, grouped(o.Observed), "", o.Reason, "", o.Unit})
					continue
				}
				within := ""
				scored[o.Role]++
				if o.Low != nil && o.High != nil {
					within = grouped(*o.Low) + " – " + grouped(*o.High)
					if *o.Low <= o.Observed && o.Observed <= *o.High {
						inside[o.Role]++
					}
				}
				t.AppendRow(table.Row{o.ID, o.Period, o.Role, grouped(o.Observed), grouped(*o.Modelled), within, fmt.Sprintf("%+.0f %%", 100*(*o.Modelled/o.Observed-1)), o.Unit})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			for _, role := range []string{"fit", "kept_apart"} {
				fmt.Fprintf(c.OutOrStdout(), "%s: %d of %d observations lie in the 80 %% range of the model\n", role, inside[role], scored[role])
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
