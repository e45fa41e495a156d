package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

func registerExportCommand() *cobra.Command {
	var o registerOptions
	var format, kind, language, output, base string
	c := &cobra.Command{
		Use:   "export",
		Short: "Take the register away: OC4IDS, Excel, CSV, GeoJSON, feeds, statements",
		Long: `Writes the register to a file, which gets its name when it is complete ("-": standard output).

  oc4ids   all projects as a package of the standard, in one language
  xlsx     everything as a workbook, headings in one language; import reads it again
  csv, geojson, atom, ics   records of one kind (--kind)
  ndjson   every statement with its source and history

Exit status: 0 done, 1 not done, 64 the form or kind is not known.`,
		Example: `  karvan register export --format oc4ids --lang tr -o projects-tr.json --oc4ids-prefix oc4ids-abc123
  karvan register export --format xlsx -o register.xlsx
  karvan register export --format csv --kind commitments -o commitments.csv`,
		Args: args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.publisher.Check(); err != nil {
				return exit{statusUsage, err}
			}
			info, err := kindOf(kind)
			if err != nil {
				return err
			}
			if !slices.Contains(register.Languages, language) {
				return exit{statusUsage, fmt.Errorf("--lang %q is not one of %s", language, strings.Join(register.Languages, ", "))}
			}
			if !slices.Contains(registerapi.ExportFormats, format) {
				return exit{statusUsage, fmt.Errorf("--format %q is not one of %s", format, strings.Join(registerapi.ExportFormats, ", "))}
			}
			db, title, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			o.publisher.Base = base
			a := &registerapi.API{DB: db, Publisher: o.publisher, Version: version, Title: func(l string) string {
				if title[l] != "" {
					return title[l]
				}
				return "karvan"
			}}
			ctx := registerapi.WithBase(c.Context(), base)
			return writeFile(output, c.OutOrStdout(), func(w io.Writer) error { return a.Export(ctx, w, info, format, language) })
		},
	}
	o.flags(c)
	o.publisherFlags(c)
	c.Flags().StringVar(&format, "format", "oc4ids", strings.Join(registerapi.ExportFormats, ", "))
	c.Flags().StringVar(&kind, "kind", "projects", "kind of records, for csv, geojson, atom and ics")
	c.Flags().StringVar(&language, "lang", "en", "language of texts and headings: en, az, tr, ru")
	c.Flags().StringVarP(&output, "output", "o", "-", "file to write")
	c.Flags().StringVar(&base, "base-url", "", "address under which the site is published, for addresses in the file")
	return c
}

// writeFile writes a file that gets its name when it is complete.
func writeFile(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		return write(stdout)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func registerImportCommand() *cobra.Command {
	var o registerOptions
	var said register.Said
	var title, class, by, language, ofKind string
	var dry, asJSON bool
	var importer string
	var every time.Duration
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring an OC4IDS package, a workbook or a table into the register",
		Long: `Compares a package (.json), a workbook (.xlsx) or a table (.csv) with the register, and records what differs, each change with the one
source that is named. All of it is recorded, or nothing. A record that changed in the register after the workbook was
taken out is a conflict, and nothing is overwritten. --dry-run only tells what would change.

Exit status: 0 done, 1 not done, 2 the file has faults, 3 conflicts.`,
		Example: `  karvan register import register.xlsx --source ministry-2026 --source-title "Master list of the Ministry" --dry-run
  karvan register import projects-tr.json --lang tr --source oc4ids-feed`,
		Args: args(1, 1, "a file"),
		RunE: func(c *cobra.Command, a []string) error {
			if said.Source == "" {
				return exit{statusUsage, errors.New("--source is missing: no value is kept without a source")}
			}
			if said.KnownOn == "" {
				said.KnownOn = time.Now().UTC().Format(time.DateOnly)
			}
			if !register.IsDay(said.KnownOn) {
				return exit{statusUsage, fmt.Errorf("--known-on %q is no day (YYYY-MM-DD)", said.KnownOn)}
			}
			db, _, err := o.named(c)
			if err != nil {
				return err
			}
			defer db.Close()
			var kind register.Kind
			if ofKind != "" {
				info, err := kindOf(ofKind)
				if err != nil {
					return err
				}
				kind = info.Kind
			}
			heard := func(count int, err error) error {
				if importer == "" || dry {
					return err
				}
				s := moderation.Service{Register: db}
				return errors.Join(err, s.Heard(c.Context(), importer, every, count, err))
			}
			in, err := readImport(c.Context(), db, a[0], kind, c.ErrOrStderr())
			if err != nil {
				return heard(0, err)
			}
			source, err := sourceOf(c.Context(), db, said.Source, title, class, said.KnownOn)
			if err != nil {
				return err
			}
			var list []registerdb.Difference
			if dry {
				list, err = db.Compare(c.Context(), in, language)
			} else {
				list, err = db.Import(c.Context(), in, language, source, said, by, time.Now())
			}
			if err != nil && !errors.Is(err, registerdb.ErrConflict) {
				return heard(0, err)
			}
			if noted := heard(len(in), err); err == nil && noted != nil {
				return noted
			}
			if asJSON {
				if err := printJSON(c.OutOrStdout(), list); err != nil {
					return err
				}
			} else {
				printDifferences(c.OutOrStdout(), list, dry, err != nil)
			}
			if err != nil {
				return exit{statusConflict, err}
			}
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVar(&said.Source, "source", "", "id of the source of the whole batch (needed)")
	c.Flags().StringVar(&title, "source-title", "", "title of the source, where the register does not have it yet")
	c.Flags().StringVar(&class, "source-class", "report", "class of a new source: "+strings.Join(register.Classes, ", "))
	c.Flags().StringVar(&said.KnownOn, "known-on", "", "day on which the source told it (none: today)")
	c.Flags().StringVar(&said.AsOf, "as-of", "", "day for which the values hold")
	c.Flags().StringVar(&by, "by", "command line", "who records it")
	c.Flags().StringVar(&language, "lang", "", "language of the texts of the file: en, az, tr, ru (none: each record's own)")
	c.Flags().StringVar(&ofKind, "kind", "", "kind of the rows of a table (none: its name tells, as projects.csv)")
	c.Flags().StringVar(&importer, "importer", "", "name of the feed that this is part of: its success or failure is noted")
	c.Flags().DurationVar(&every, "every", 24*time.Hour, "how often the feed comes: one that is silent for longer is red")
	c.Flags().BoolVar(&dry, "dry-run", false, "tell what would change, and record nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print what changes as JSON")
	return c
}

// statusConflict is the status of an import that would overwrite changes.
const statusConflict = 3

// sourceOf gives the source of a batch: nil where the register has it, else new.
func sourceOf(ctx context.Context, db *registerdb.DB, id, title, class, day string) (*register.Source, error) {
	_, err := db.Source(ctx, id)
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, registerdb.ErrNotFound) {
		return nil, err
	}
	if register.ClassWeight(class) == 0 {
		return nil, exit{statusUsage, fmt.Errorf("--source-class %q is not one of %s", class, strings.Join(register.Classes, ", "))}
	}
	if title == "" {
		return nil, exit{statusUsage, fmt.Errorf("the register has no source %q: name it with --source-title", id)}
	}
	return &register.Source{ID: id, Class: class, Title: map[string]string{"en": title}, Date: day}, nil
}

// readImport reads a file and tells all its faults; with any, nothing is taken.
func readImport(ctx context.Context, db *registerdb.DB, path string, kind register.Kind, stderr io.Writer) ([]registerdb.Incoming, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := moderation.ReadFile(ctx, db, path, kind, data, time.Now())
	var faults moderation.FileFaults
	if errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Fprintf(stderr, "%s: %s %s: %s\n", path, f.Sheet, f.Cell, f.Message)
		}
		return nil, exit{statusFaulty, fmt.Errorf("%s: %s; nothing was recorded", path, plural(len(faults), "fault"))}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

func printDifferences(out io.Writer, list []registerdb.Difference, dry, refused bool) {
	counts := map[string]int{}
	for _, d := range list {
		counts[d.State]++
		if d.State == registerdb.Unchanged {
			continue
		}
		fmt.Fprintf(out, "%-9s %s %s\n", d.State, d.Kind, d.Name)
		if d.State == registerdb.New {
			continue
		}
		for _, c := range d.Changes {
			before, after := "(nothing)", "(taken out)"
			if c.Before != nil {
				before = short(compact(c.Before), 60)
			}
			if !c.Removed {
				after = short(compact(c.After), 60)
			}
			fmt.Fprintf(out, "          %s: %s -> %s\n", c.Path, before, after)
		}
	}
	what := "recorded"
	switch {
	case dry:
		what = "would be recorded"
	case refused:
		what = "nothing was recorded"
	}
	fmt.Fprintf(out, "%d new, %d changed, %d in conflict, %d unchanged: %s\n", counts[registerdb.New], counts[registerdb.Changed], counts[registerdb.Conflict], counts[registerdb.Unchanged], what)
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
