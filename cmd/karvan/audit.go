package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/audit"
	"github.com/karvan/karvan/store/registerdb"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Prove who changed what",
		Long:  "The audit log has a row for everything that was done, each with the hash of the one before.",
		Example: `  karvan audit verify --db register.db
  karvan audit verify --db register.db --head 3f2a…`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(auditVerifyCommand(), auditShowCommand())
	return c
}

func auditVerifyCommand() *cobra.Command {
	var o database
	var head string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check the audit log from its first event, and every statement against it",
		Long: `Recomputes the hash of each event, and the digest of the statements that it covers. A row that was changed, added or taken
away behind karvan's back shows, with its place. An end that was cut off shows where --head names a hash that was noted
earlier: the site shows one each day, on its page "about" and at /api/v1/audit/head.

Exit status: 0 all is as it was recorded, 2 something was changed, 1 not done.`,
		Example: "  karvan audit verify --db register.db\n  karvan audit verify --db postgres://karvan@127.0.0.1/karvan --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return o.open(c, func(db *sqldb.DB) error {
				var v registerdb.Verified
				err := db.Snapshot(c.Context(), func(q sqldb.Queryer) (err error) {
					v, err = registerdb.Verify(c.Context(), q, head)
					return err
				})
				var broken *audit.Broken
				if errors.As(err, &broken) {
					return exit{statusFaulty, fmt.Errorf("%s: the log does not hold: %w", db.Name, broken)}
				}
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), v)
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: %d events and %d statements are as they were recorded\nhead %s, of %s\n", db.Name, v.Events, v.Statements, v.Hash, v.At)
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().StringVar(&head, "head", "", "hash that was noted earlier: it has to be in the log")
	c.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return c
}

func auditShowCommand() *cobra.Command {
	var o database
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:     "show",
		Short:   "List the last events",
		Long:    "Lists what was done, newest first.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan audit show --db register.db --limit 20",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return exit{statusUsage, fmt.Errorf("--limit is %d: 1 or more was expected", limit)}
			}
			return o.open(c, func(db *sqldb.DB) error {
				list, err := audit.Latest(c.Context(), db, 0, limit)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), list)
				}
				for _, e := range list {
					fmt.Fprintf(c.OutOrStdout(), "%6d %s %-24s %-20s %s %s\n", e.Seq, e.At, e.Actor, e.Action, e.Object, short(string(e.Detail), 100))
				}
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().IntVar(&limit, "limit", 50, "how many")
	c.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return c
}
