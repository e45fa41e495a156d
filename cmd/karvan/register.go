package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// registerOptions say which register is meant, and how it is published.
type registerOptions struct {
	db, study string
	publisher oc4ids.Publisher
}

// databaseHelp explains --db.
const databaseHelp = "database of the register: a file, or postgres://… (none: karvan/<study>.db in XDG_DATA_HOME, filled from the study once)"

func (o *registerOptions) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.study, "study", studies.Default, "study whose register is meant")
	c.Flags().StringVar(&o.db, "db", "", databaseHelp)
}

func (o *registerOptions) publisherFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.publisher.Name, "publisher", "", "name of who publishes OC4IDS packages")
	c.Flags().StringVar(&o.publisher.URI, "publisher-uri", "", "address of the publisher")
	c.Flags().StringVar(&o.publisher.Prefix, "oc4ids-prefix", "", "registered prefix of project ids, as oc4ids-abc123 (none: ids of the register)")
}

// open opens the register of a study, and fills it where it is new. A study
// without records has none, unless a file is named.
func (o *registerOptions) open(ctx context.Context, in *karvan.Inputs) (*registerdb.DB, error) {
	content, err := study.Register(in)
	if err != nil {
		return nil, err
	}
	path := o.db
	if path == "" {
		if len(content.Entries) == 0 {
			return nil, nil
		}
		if path, err = registerdb.DefaultPath(in.Name); err != nil {
			return nil, err
		}
	}
	db, err := registerdb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if _, err := db.Seed(ctx, content, "study", time.Now()); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// named opens the register that the flags of a command name.
func (o *registerOptions) named(c *cobra.Command) (*registerdb.DB, map[string]string, error) {
	if o.db != "" && !c.Flags().Changed("study") {
		// The database says what it holds; the study is not needed.
		if _, err := os.Stat(o.db); err == nil || sqldb.IsAddress(o.db) {
			db, err := registerdb.Open(c.Context(), o.db)
			return db, nil, err
		}
	}
	m, err := loadStudy(o.study, c.ErrOrStderr())
	if err != nil {
		return nil, nil, err
	}
	db, err := o.open(c.Context(), m.Inputs())
	if err == nil && db == nil {
		err = fmt.Errorf("the study %s has no register; name a file with --db", o.study)
	}
	return db, m.Inputs().Title, err
}

func registerCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "register",
		Short: "Projects, organisations, meetings, agreements and commitments, each fact with its source",
		Long: `The register keeps what governments agreed, which projects follow, who builds them, which companies want a part, what was
said when they met, and how far each promise is. It stands in one SQLite file, or in PostgreSQL (--db postgres://…), filled from a study once.`,
		Example: `  karvan register check package.json        what is wrong with an OC4IDS package
  karvan register search Shusha             find records in any spelling
  karvan register list commitments          list records of a kind
  karvan register show btk                  one record with the source of each value
  karvan register investment                investors ranked by year
  karvan register export --format xlsx -o register.xlsx
  karvan register import register.xlsx --source ministry-2026 --dry-run`,
		Args: func(c *cobra.Command, a []string) error {
			if len(a) > 0 {
				return exit{statusUsage, fmt.Errorf("there is no command %q; see `karvan register --help`", strings.Join(a, " "))}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(registerCheckCommand(), registerListCommand(), registerShowCommand(), registerSearchCommand(), registerInvestmentCommand(), registerExportCommand(), registerImportCommand())
	return c
}

func registerCheckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE",
		Short: "Report all that is wrong with an OC4IDS package",
		Long: `Checks a package of the Open Contracting for Infrastructure Data Standard 0.9.5: all that the official Data Review
Tool reports (errors, where the standard is broken), and what it does not look at: places, sums, dates, references,
progress (warnings). With --json: [{"kind":…,"pointer":…,"message":…,"severity":"error|warning|info"}].

Exit status: 0 the standard is kept (warnings may be told), 2 it is broken, 1 the file cannot be read.`,
		Example: "  karvan register check package.json\n  karvan register check package.json --json | jq '.[] | select(.severity == \"error\")'",
		Args:    args(1, 1, "a file"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := os.Open(a[0])
			if err != nil {
				return err
			}
			defer f.Close()
			list, err := oc4ids.Check(f)
			if err != nil {
				return fmt.Errorf("%s: %w", a[0], err)
			}
			if list == nil {
				list = []oc4ids.Finding{}
			}
			broken := oc4ids.HasErrors(list)
			if asJSON {
				if err := printJSON(c.OutOrStdout(), list); err != nil {
					return err
				}
			} else {
				counts := map[string]int{}
				for _, f := range list {
					counts[f.Severity]++
					fmt.Fprintf(c.OutOrStdout(), "%-7s  %-26s  %s\n         %s\n", f.Severity, f.Kind, orRoot(f.Pointer), f.Message)
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: %s, %s, %s\n", a[0], plural(counts[oc4ids.Error], "error"), plural(counts[oc4ids.Warning], "warning"), plural(counts[oc4ids.Info], "note"))
			}
			if broken {
				return exit{statusFaulty, errTold}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return c
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "(the whole file)"
	}
	return pointer
}
