package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/study"
)

func checkCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check DIR",
		Short: "Name everything that is wrong in a study",
		Long: `Reads every file of a study and names all faults at once, each with file, line, column, value and what was
expected. With --json: [{"file":…,"line":…,"field":…,"value":…,"message":…,"severity":"error|warning"}].

Exit status: 0 clean (warnings may be told), 2 faulty, 1 the folder cannot be read.`,
		Example: "  karvan check my-study\n  karvan check my-study --json | jq '.[] | select(.severity == \"error\")'",
		Args:    args(1, 1, "the folder of a study"),
		RunE: func(c *cobra.Command, a []string) error {
			list, err := checkStudy(a[0])
			if err != nil {
				return err
			}
			if asJSON {
				if list == nil {
					list = []study.Fault{}
				}
				if err := printJSON(c.OutOrStdout(), list); err != nil {
					return err
				}
			} else {
				for _, f := range list {
					fmt.Fprintln(c.OutOrStdout(), f)
				}
			}
			if study.HasErrors(list) {
				if asJSON {
					return exit{statusFaulty, errTold}
				}
				return exit{statusFaulty, fmt.Errorf("%s: %s", a[0], tally(list))}
			}
			if !asJSON {
				fmt.Fprintf(c.OutOrStdout(), "%s: clean (%s)\n", a[0], plural(len(list), "warning"))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the faults as JSON")
	return c
}

func checkStudy(dir string) ([]study.Fault, error) {
	if _, err := os.Stat(dir); err != nil {
		if files, ok := builtIn(dir); ok {
			_, list, err := study.LoadFS(files)
			return list, err
		}
	}
	_, list, err := study.Load(dir)
	return list, err
}
