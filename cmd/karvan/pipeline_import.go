package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/pipecsv"
)

func pipelineImportCommand() *cobra.Command {
	var scenario, folder string
	var references []string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Turn a network of another program into tables",
		Long: `Reads an EPANET, GasLib or pandapipes network, or a pipeline of a study, as karvan pipeline solve does, and writes it as a folder
of tables (node.csv, pipe.csv, station.csv and others) that a spreadsheet can edit and karvan pipeline solve reads.

The folder must not exist, or be empty; it is written whole or not at all.

Exit status: 0 done, 1 it could not be done, 2 the file is faulty.`,
		Example: "  karvan pipeline import GasLib-40.zip -o gaslib-40\n  karvan pipeline solve gaslib-40",
		Args:    args(1, 1, "a file"),
		RunE: func(c *cobra.Command, a []string) error {
			if folder == "" {
				return exit{statusUsage, fmt.Errorf("-o: a folder to write was expected")}
			}
			net, err := openPipes(a[0], scenario, references, false, &lineFlags{}, c.ErrOrStderr())
			if err != nil {
				return err
			}
			for _, w := range net.warnings {
				fmt.Fprintln(c.ErrOrStderr(), "note:", w)
			}
			if err := pipecsv.Write(folder, net.Network); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %s, %s, %s\n", folder, plural(len(net.Nodes), "node"), plural(len(net.Pipes), "pipe"), plural(len(net.Network.Stations), "station"))
			return nil
		},
	}
	c.Flags().StringVarP(&folder, "output", "o", "", "folder to write")
	c.Flags().StringVar(&scenario, "scenario", "", "scenario of a GasLib file (default: its first)")
	c.Flags().StringSliceVar(&references, "pressure", nil, "node of given pressure of a GasLib network, NODE=BAR absolute (repeat)")
	return c
}
