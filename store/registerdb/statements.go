package registerdb

import (
	"context"
	"encoding/json"

	"github.com/karvan/karvan/register"
)

const statementColumns = "seq, subject, path, value, removed, source_id, locator, as_of, known_on, confidence, recorded_by, recorded_at, state, pinned, reason"

func statementsOf(ctx context.Context, q queryer, subject string) ([]register.Statement, error) {
	return readStatements(ctx, q, "WHERE subject = ? ORDER BY seq", subject)
}

func readStatements(ctx context.Context, q queryer, where string, args ...any) ([]register.Statement, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+statementColumns+" FROM statement "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []register.Statement
	for rows.Next() {
		s, err := scanStatement(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *s)
	}
	return out, rows.Err()
}

// Statements lists what was said about a subject for everybody to read, in the
// order of recording.
func (db *DB) Statements(ctx context.Context, subject string) ([]register.Statement, error) {
	return readStatements(ctx, db.read, "WHERE subject = ? AND "+published+" ORDER BY seq", subject)
}

// Changes lists accepted statements recorded since a time (RFC 3339), newest first,
// from a place in the order of recording downwards; before 0 starts at the end.
func (db *DB) Changes(ctx context.Context, since string, before int64, limit int) ([]register.Statement, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return readStatements(ctx, db.read, "WHERE seq < ? AND recorded_at >= ? AND "+published+" ORDER BY seq DESC LIMIT ?", before, since, limit)
}

// EachStatement walks through the published statements in the order of recording.
func (db *DB) EachStatement(ctx context.Context, do func(*register.Statement) error) error {
	rows, err := db.read.QueryContext(ctx, "SELECT "+statementColumns+" FROM statement WHERE "+published+" ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanStatement(rows)
		if err != nil {
			return err
		}
		if err := do(s); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanStatement(row scanner) (*register.Statement, error) {
	var s register.Statement
	var value string
	err := row.Scan(&s.Seq, &s.Subject, &s.Path, &value, &s.Removed, &s.Source, &s.Locator, &s.AsOf, &s.KnownOn, &s.Confidence, &s.By, &s.At, &s.State, &s.Pinned, &s.Reason)
	s.Value = json.RawMessage(value)
	return &s, err
}
