package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/karvan/karvan/register"
)

// Batch is what is recorded at once: all of it, or nothing.
type Batch struct {
	Sources    []register.Source
	Statements []register.Statement
}

// Record adds sources and statements, and makes the records of their subjects
// anew. A statement that [register.Statement.Check] refuses, or whose source
// is not known, keeps the whole batch out.
func (db *DB) Record(ctx context.Context, b Batch) error {
	return db.within(ctx, func(tx *sql.Tx) error { return record(ctx, tx, b) })
}

// sourceForm is what an id of a source may be: it stands in addresses.
var sourceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// within runs a change in one transaction.
func (db *DB) within(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("register %s: %w", db.Path, explain(err))
	}
	if err := change(tx); err != nil {
		tx.Rollback()
		return fmt.Errorf("register %s: %w", db.Path, explain(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("register %s: %w", db.Path, explain(err))
	}
	return nil
}

func record(ctx context.Context, tx *sql.Tx, b Batch) error {
	for _, s := range b.Sources {
		if !sourceForm.MatchString(s.ID) {
			return fmt.Errorf("the source id %q is none: Latin letters, digits, dots, hyphens and underscores were expected", s.ID)
		}
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO source (id, class, date, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET class = excluded.class, date = excluded.date, body = excluded.body",
			s.ID, s.Class, s.Date, string(body)); err != nil {
			return err
		}
	}
	known, err := readSources(ctx, tx)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO statement (subject, path, value, removed, source_id, locator, as_of, known_on, confidence, recorded_by, recorded_at, state, pinned, reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	var subjects []string
	met := map[string]bool{}
	for i := range b.Statements {
		s := &b.Statements[i]
		if err := s.Check(); err != nil {
			return err
		}
		if _, has := known[s.Source]; !has {
			return fmt.Errorf("%s: %s has the source %q, which is not in the register", s.Subject, s.Path, s.Source)
		}
		value := string(s.Value)
		if s.Removed {
			value = "null"
		}
		if _, err := insert.ExecContext(ctx, s.Subject, s.Path, value, s.Removed, s.Source, s.Locator, s.AsOf, s.KnownOn, s.Confidence, s.By, s.At, string(s.State), s.Pinned, s.Reason); err != nil {
			return err
		}
		if !met[s.Subject] {
			met[s.Subject] = true
			subjects = append(subjects, s.Subject)
		}
	}
	return refresh(ctx, tx, subjects, known)
}

// sources are what the choice among statements depends on, by id.
type sources map[string]register.SourceFacts

func (s sources) of(id string) register.SourceFacts { return s[id] }

func readSources(ctx context.Context, q queryer) (sources, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, class, date FROM source")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := sources{}
	for rows.Next() {
		var id, class, date string
		if err := rows.Scan(&id, &class, &date); err != nil {
			return nil, err
		}
		out[id] = register.SourceFacts{Class: class, Published: register.LastDay(date)}
	}
	return out, rows.Err()
}

// refresh makes the records of subjects anew from their statements.
func refresh(ctx context.Context, tx *sql.Tx, subjects []string, known sources) error {
	prepared := map[string]*sql.Stmt{}
	defer func() {
		for _, s := range prepared {
			s.Close()
		}
	}()
	exec := func(query string, args ...any) (sql.Result, error) {
		s := prepared[query]
		if s == nil {
			var err error
			if s, err = tx.PrepareContext(ctx, query); err != nil {
				return nil, err
			}
			prepared[query] = s
		}
		return s.ExecContext(ctx, args...)
	}
	for _, id := range subjects {
		list, err := statementsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		r := register.Fold(id, list, register.View{Sources: known.of})
		var n, revision int64
		err = tx.QueryRowContext(ctx, "SELECT n, revision FROM record WHERE id = ?", id).Scan(&n, &revision)
		if err != nil && err != sql.ErrNoRows {
			return err
		}
		if n != 0 {
			if _, err := exec("DELETE FROM reference WHERE from_id = ?", id); err != nil {
				return err
			}
			if _, err := exec("DELETE FROM search WHERE rowid = ?", n); err != nil {
				return err
			}
		}
		if _, err := exec("DELETE FROM withheld WHERE subject = ?", id); err != nil {
			return err
		}
		hidden := withhold(r)
		for _, prefix := range hidden {
			if _, err := exec("INSERT INTO withheld (subject, prefix) VALUES (?, ?)", id, prefix); err != nil {
				return err
			}
		}
		if len(r.Values) == 0 {
			if _, err := exec("DELETE FROM record WHERE id = ?", id); err != nil {
				return err
			}
			continue
		}
		row := summarise(r, without(list, hidden))
		res, err := exec(`INSERT INTO record (id, kind, slug, name, sort_name, revision, updated, known, status, country, sector, date, west, south, east, north, sources, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, sort_name = excluded.sort_name, revision = excluded.revision, updated = excluded.updated,
			known = excluded.known, status = excluded.status, country = excluded.country, sector = excluded.sector, date = excluded.date, west = excluded.west,
			south = excluded.south, east = excluded.east, north = excluded.north, sources = excluded.sources, body = excluded.body`,
			id, string(row.kind), row.slug, row.name, register.SortKey(row.name), revision+1, r.Updated, r.Known, row.status, row.country, row.sector, row.date,
			row.box[0], row.box[1], row.box[2], row.box[3], row.sources, string(row.body))
		if err != nil {
			if strings.Contains(err.Error(), "record.slug") {
				return fmt.Errorf("%s: the slug %q belongs to another %s", id, row.slug, row.kind)
			}
			return err
		}
		if n == 0 {
			if n, err = res.LastInsertId(); err != nil {
				return err
			}
		}
		for _, ref := range register.References(r.Values) {
			if _, err := exec("INSERT INTO reference (from_id, path, to_id) VALUES (?, ?, ?)", id, ref.Path, ref.To); err != nil {
				return err
			}
		}
		if _, err := exec("INSERT INTO search (rowid, name, body, skeleton) VALUES (?, ?, ?, ?)", n, row.names, row.text, row.skeleton); err != nil {
			return err
		}
	}
	return nil
}

// Seed fills a register that has not been seeded from the study yet, and says
// whether it did. A register that holds another study is refused.
func (db *DB) Seed(ctx context.Context, c *register.Content, by string, at time.Time) (bool, error) {
	seeded := false
	err := db.within(ctx, func(tx *sql.Tx) error {
		had, err := db.meta(ctx, tx, "study")
		if err != nil {
			return err
		}
		if had == c.Study {
			return nil
		}
		if had != "" {
			return fmt.Errorf("it is the register of the study %q, not of %q; choose another with --db", had, c.Study)
		}
		statements, err := c.Statements(by, at)
		if err != nil {
			return err
		}
		if err := record(ctx, tx, Batch{Sources: c.Sources, Statements: statements}); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('study', ?), ('seeded_at', ?)", c.Study, at.UTC().Format(time.RFC3339))
		seeded = err == nil
		return err
	})
	return seeded, err
}
