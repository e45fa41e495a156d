package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/store"
)

func exportCommand() *cobra.Command {
	var o store.ExportOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "export RESULT",
		Short: "Take tables out as CSV, GeoJSON, Parquet or Excel",
		Long: `Writes tables of a result to files. Without --table, csv and parquet write every table and geojson those with
geometry, one file each, into the folder --output; xlsx writes one workbook with a sheet for each table, one of units
and one of sources. Files get their names when they are complete.

Exit status: 0 done, 1 not done.`,
		Example: `  karvan export results.gpkg --format csv --table indicator -o tables
  karvan export results.gpkg --format xlsx -o results.xlsx --table indicator --table link_load
  karvan export results.gpkg --format geojson --table link`,
		Args: args(1, 1, "a result file"),
		RunE: func(c *cobra.Command, a []string) error {
			r, err := store.Open(a[0])
			if err != nil {
				return err
			}
			defer r.Close()
			files, err := store.Export(c.Context(), r, o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), files)
			}
			for _, f := range files {
				fmt.Fprintln(c.OutOrStdout(), f)
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.Format, "format", "csv", "csv, geojson, parquet or xlsx")
	c.Flags().StringSliceVar(&o.Tables, "table", nil, "table to export (repeat; none: all)")
	c.Flags().StringVarP(&o.Output, "output", "o", "export", "folder to write to (xlsx: the file)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the names of the files as JSON")
	return c
}
