package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/backup"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/store/schema"
	"github.com/karvan/karvan/studies"
)

// database are the flags of commands that look after a database.
type database struct{ db, study string }

func (o *database) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.study, "study", studies.Default, "study whose register is meant")
	c.Flags().StringVar(&o.db, "db", "", "database: a file, or postgres://… (none: karvan/<study>.db in XDG_DATA_HOME)")
}

// name gives the database that is meant; must says that it has to be there.
func (o *database) name(must bool) (string, error) {
	name := o.db
	if name == "" {
		var err error
		if name, err = registerdb.DefaultPath(o.study); err != nil {
			return "", err
		}
	}
	if must && !sqldb.IsAddress(name) {
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("there is no register at %s; name one with --db", name)
		}
	}
	return name, nil
}

// open opens the database that is meant, which has to be there, for a command.
func (o *database) open(c *cobra.Command, do func(*sqldb.DB) error) error {
	name, err := o.name(true)
	if err != nil {
		return err
	}
	db, err := schema.Open(c.Context(), name)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

// counter tells on a terminal how far the rows of a table are.
func counter(out io.Writer) func(table string, rows int64) {
	if !isTerminal(out) {
		return nil
	}
	var last time.Time
	return func(table string, rows int64) {
		if time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(out, "\r\033[K%s: %d rows", table, rows)
		}
	}
}

func backupCommand() *cobra.Command {
	var o database
	var output string
	var asJSON bool
	c := &cobra.Command{
		Use:   "backup",
		Short: "Copy all that a register's database holds into one file, while people work",
		Long: `Writes the register, accounts, submissions, files and the audit log to one file, as they are at one moment; the server goes
on meanwhile. The file gets its name when it is complete. Sessions are left out. Keep it where the database is not, and
try it with karvan restore --verify.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan backup --db register.db -o monday.zip\n  karvan backup --db postgres://karvan@127.0.0.1/karvan -o monday.zip",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			start := time.Now()
			if asJSON && output == "-" {
				return exit{statusUsage, errors.New("--json and -o - both write to the standard output: name a file")}
			}
			if output == "" {
				output = fmt.Sprintf("karvan-%s.zip", start.UTC().Format("2006-01-02"))
			}
			var m *backup.Manifest
			if err := o.open(c, func(db *sqldb.DB) error {
				return writeFile(output, c.OutOrStdout(), func(w io.Writer) (err error) {
					m, err = backup.Write(c.Context(), db, w, start, counter(c.ErrOrStderr()))
					return err
				})
			}); err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), m)
			}
			out := c.OutOrStdout()
			if output == "-" {
				out = c.ErrOrStderr()
			}
			fmt.Fprintf(out, "%s: %d statements, %d records, %d submissions, %d events, in %.1f s\n", output, m.Tables["statement"].Rows, m.Tables["record"].Rows, m.Tables["submission"].Rows, m.Tables["event"].Rows, time.Since(start).Seconds())
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write (none: karvan-<day>.zip)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the manifest as JSON")
	return c
}

func restoreCommand() *cobra.Command {
	var o database
	var verify bool
	c := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "Make a database of a backup",
		Long: `Reads a backup into a database that holds nothing yet, a new file or an empty schema of PostgreSQL, whichever the backup
came from. What is read is compared with the sums in the backup; with --verify what was restored is read again and
compared row by row, and the audit log is checked from its first event.

Exit status: 0 done, 1 not done, 2 the backup is damaged, or what was restored differs.`,
		Example: "  karvan restore monday.zip --db new.db --verify",
		Args:    args(1, 1, "a backup"),
		RunE: func(c *cobra.Command, a []string) error {
			if o.db == "" {
				return exit{statusUsage, errors.New("--db is missing: where is the register to stand?")}
			}
			f, err := os.Open(a[0])
			if err != nil {
				return err
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				return err
			}
			start := time.Now()
			m, err := backup.Restore(c.Context(), o.db, f, info.Size(), counter(c.ErrOrStderr()))
			if errors.Is(err, backup.ErrDamaged) {
				return exit{statusFaulty, fmt.Errorf("%s: %w", a[0], err)}
			}
			if err != nil {
				return err
			}
			said := "restored"
			if verify {
				if err := o.open(c, func(db *sqldb.DB) error {
					if err := backup.Verify(c.Context(), db, m); err != nil {
						return exit{statusFaulty, fmt.Errorf("what was restored differs: %w", err)}
					}
					return nil
				}); err != nil {
					return err
				}
				said = "restored and verified"
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d statements, %d records, %d submissions, %d events of %s, in %.1f s\n", said, m.Tables["statement"].Rows, m.Tables["record"].Rows, m.Tables["submission"].Rows, m.Tables["event"].Rows, m.Made, time.Since(start).Seconds())
			return nil
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&verify, "verify", false, "read what was restored again, and compare it with the backup")
	return c
}

func migrateCommand() *cobra.Command {
	var o database
	var to int64
	var rehearse bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables of a database to another version, or try it on a copy",
		Long: `Without flags it tells which version the tables have. --to goes up or down to a version; --rehearse only tries it, there and
back, on a copy, and compares the rows. A version below 5 has no accounts, submissions or audit log: going there loses
them, so make a backup first. Programs open a database at their own version by themselves.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan migrate --db register.db\n  karvan migrate --db register.db --to 3 --rehearse",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			name, err := o.name(true)
			if err != nil {
				return err
			}
			have, newest, err := sqldb.Versions(c.Context(), name, schema.Options())
			if err != nil {
				return err
			}
			if to == 0 && !rehearse {
				fmt.Fprintf(c.OutOrStdout(), "%s: version %d of %d\n", sqldb.Redacted(name), have, newest)
				return nil
			}
			if to == 0 {
				to = newest
			}
			if rehearse {
				if err := backup.Rehearse(c.Context(), name, to); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: from version %d to %d and back works on a copy; nothing was changed\n", sqldb.Redacted(name), have, to)
				return nil
			}
			if err := sqldb.Migrate(c.Context(), name, schema.Options(), to); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: version %d (it was %d)\n", sqldb.Redacted(name), to, have)
			return nil
		},
	}
	o.flags(c)
	c.Flags().Int64Var(&to, "to", 0, "version to go to (none: the newest)")
	c.Flags().BoolVar(&rehearse, "rehearse", false, "try it on a copy only")
	return c
}
