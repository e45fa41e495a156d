package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

const statementColumns = "subject, path, value, removed, source_id, locator, as_of, known_on, confidence, recorded_by, recorded_at, state, pinned, reason"

// published is the condition of statements that everybody may read.
const published = "public_seq IS NOT NULL"

// whole is a statement with its place in the order of publication; 0: it is not public.
type whole struct {
	register.Statement
	place int64
}

// readWhole reads statements, public or not, with their places in the order of
// recording.
func readWhole(ctx context.Context, q sqldb.Queryer, where string, args ...any) ([]whole, error) {
	rows, err := q.QueryContext(ctx, "SELECT seq, "+statementColumns+", public_seq FROM statement "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []whole
	for rows.Next() {
		var place sql.NullInt64
		s, err := scanStatement(rows, &place)
		if err != nil {
			return nil, err
		}
		out = append(out, whole{*s, place.Int64})
	}
	return out, rows.Err()
}

// readStatements reads public statements; their places are those in the order of
// publication.
func readStatements(ctx context.Context, q sqldb.Queryer, where string, args ...any) ([]register.Statement, error) {
	var out []register.Statement
	err := eachStatement(ctx, q, where, args, func(s *register.Statement) error {
		out = append(out, *s)
		return nil
	})
	return out, err
}

func eachStatement(ctx context.Context, q sqldb.Queryer, where string, args []any, do func(*register.Statement) error) error {
	rows, err := q.QueryContext(ctx, "SELECT public_seq, "+statementColumns+" FROM statement WHERE "+published+" "+where, args...)
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

func statementsOf(ctx context.Context, q sqldb.Queryer, subject string) ([]register.Statement, error) {
	return readStatements(ctx, q, "AND subject = ? ORDER BY public_seq", subject)
}

// Statements lists what was said about a subject for everybody to read, in the
// order of publication.
func (db *DB) Statements(ctx context.Context, subject string) ([]register.Statement, error) {
	return statementsOf(ctx, db.sql, subject)
}

// Changes lists statements recorded since a time (RFC 3339), newest first, from a
// place in the order of publication downwards; before 0 starts at the end.
func (db *DB) Changes(ctx context.Context, since string, before int64, limit int) ([]register.Statement, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return readStatements(ctx, db.sql, "AND public_seq < ? AND recorded_at >= ? ORDER BY public_seq DESC LIMIT ?", before, since, limit)
}

// EachStatement walks through the published statements in the order of publication.
func (db *DB) EachStatement(ctx context.Context, do func(*register.Statement) error) error {
	return eachStatement(ctx, db.sql, "ORDER BY public_seq", nil, do)
}

func scanStatement(row scanner, extra ...any) (*register.Statement, error) {
	var s register.Statement
	var value string
	err := row.Scan(append([]any{&s.Seq, &s.Subject, &s.Path, &value, &s.Removed, &s.Source, &s.Locator, &s.AsOf, &s.KnownOn, &s.Confidence, &s.By, &s.At, &s.State, &s.Pinned, &s.Reason}, extra...)...)
	s.Value = json.RawMessage(value)
	return &s, err
}
