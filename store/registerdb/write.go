package registerdb

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
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
	return db.within(ctx, func(tx *sqldb.Tx) error { return record(ctx, tx, b) })
}

// sourceForm is what an id of a source may be: it stands in addresses.
var sourceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// within runs a change in one transaction.
func (db *DB) within(ctx context.Context, change func(*sqldb.Tx) error) error {
	if err := db.sql.Within(ctx, change); err != nil {
		return fmt.Errorf("register %s: %w", db.Path, err)
	}
	return nil
}

// integer is a truth as both databases keep it.
func integer(b bool) int {
	if b {
		return 1
	}
	return 0
}

// atOnce is how many statements go into the database with one request: a server that is
// asked for each by itself takes most of its time for the way.
const atOnce = 50

// statementValues counts the values of a statement.
const statementValues = 15

// insertStatements writes the rows of statements, a whole number of them.
func insertStatements(ctx context.Context, tx *sqldb.Tx, rows []any) error {
	values := "(?" + strings.Repeat(", ?", statementValues-1) + ")"
	n := len(rows) / statementValues
	return tx.Exec(ctx, "INSERT INTO statement (seq, "+statementColumns+") VALUES "+values+strings.Repeat(", "+values, n-1), rows...)
}

// RecordIn adds sources and statements as [DB.Record] does, within a transaction of
// the caller's.
func RecordIn(ctx context.Context, tx *sqldb.Tx, b Batch) error { return record(ctx, tx, b) }

func record(ctx context.Context, tx *sqldb.Tx, b Batch) error {
	for _, s := range b.Sources {
		if !sourceForm.MatchString(s.ID) {
			return fmt.Errorf("the source id %q is none: Latin letters, digits, dots, hyphens and underscores were expected", s.ID)
		}
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, "INSERT INTO source (id, class, date, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET class = excluded.class, date = excluded.date, body = excluded.body",
			s.ID, s.Class, s.Date, string(body)); err != nil {
			return err
		}
	}
	known, err := readSources(ctx, tx)
	if err != nil {
		return err
	}
	var seq int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM statement").Scan(&seq); err != nil {
		return err
	}
	var subjects []string
	var rows []any // of statements that go in together
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
		seq++
		rows = append(rows, seq, s.Subject, s.Path, value, integer(s.Removed), s.Source, s.Locator, s.AsOf, s.KnownOn, s.Confidence, s.By, s.At, string(s.State), integer(s.Pinned), s.Reason)
		if len(rows) == atOnce*statementValues || i == len(b.Statements)-1 {
			if err := insertStatements(ctx, tx, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
		if !met[s.Subject] {
			met[s.Subject] = true
			subjects = append(subjects, s.Subject)
		}
	}
	if err := refresh(ctx, tx, subjects, known); err != nil {
		return err
	}
	if len(b.Statements) == 0 {
		return nil
	}
	first := &b.Statements[0]
	at, err := time.Parse(time.RFC3339, first.At)
	if err != nil {
		return fmt.Errorf("%s: at %q is no time (RFC 3339)", first.Subject, first.At)
	}
	object := first.Subject
	if len(subjects) > 1 {
		object = fmt.Sprintf("%d records", len(subjects))
	}
	return ledge(ctx, tx, at, first.By, actionRecord, object)
}

// sources are what the choice among statements depends on, by id.
type sources map[string]register.SourceFacts

func (s sources) of(id string) register.SourceFacts { return s[id] }

func readSources(ctx context.Context, q sqldb.Queryer) (sources, error) {
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

// Seed fills a register that has not been seeded from the study yet, and says
// whether it did. A register that holds another study is refused.
func (db *DB) Seed(ctx context.Context, c *register.Content, by string, at time.Time) (bool, error) {
	seeded := false
	err := db.within(ctx, func(tx *sqldb.Tx) error {
		had, err := meta(ctx, tx, "study")
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
