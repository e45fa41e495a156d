package sqldb

import (
	"context"
	"database/sql"
)

// Tx is a transaction that writes.
type Tx struct {
	tx       *sql.Tx
	Dialect  Dialect
	prepared map[string]*sql.Stmt
}

// writerLock is the lock that writers of a PostgreSQL database take one after
// another ("karvan" in letters of a number).
const writerLock = 0x6b617276616e

// Within runs a change in one transaction: all of it happens, or nothing. Changes
// follow one another. The error is in words, see [Explain].
func (db *DB) Within(ctx context.Context, change func(*Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback() // nothing after a commit
	if db.Dialect == PostgreSQL {
		// The lock belongs to the schema, so that two registers in one database do
		// not wait for one another.
		// Writers wait for a long import, as those of a file do.
		if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '90s'"); err != nil {
			return explain(err)
		}
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1::bigint # hashtext(current_schema())::bigint)", int64(writerLock)); err != nil {
			return explain(err)
		}
	}
	t := &Tx{tx: tx, Dialect: db.Dialect, prepared: map[string]*sql.Stmt{}}
	if err := change(t); err != nil {
		return explain(err)
	}
	return explain(tx.Commit())
}

// Snapshot runs questions that all see the database as it is at the first one.
func (db *DB) Snapshot(ctx context.Context, ask func(Queryer) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if db.Dialect == PostgreSQL {
		o.Isolation = sql.LevelRepeatableRead
	}
	tx, err := db.read.BeginTx(ctx, o)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback()
	if db.Dialect == PostgreSQL {
		// A backup of a large database rests between its rows, and takes its time.
		if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return explain(err)
		}
	}
	return explain(ask(&Tx{tx: tx, Dialect: db.Dialect}))
}

// ExecContext changes rows.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.tx.ExecContext(ctx, t.Dialect.rebind(query), sound(args)...)
}

// Exec changes rows by a statement that is prepared once in the transaction.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) error {
	s := t.prepared[query]
	if s == nil {
		var err error
		if s, err = t.tx.PrepareContext(ctx, t.Dialect.rebind(query)); err != nil {
			return err
		}
		t.prepared[query] = s
	}
	_, err := s.ExecContext(ctx, sound(args)...)
	return err
}

// QueryContext asks for rows.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(ctx, t.Dialect.rebind(query), sound(args)...)
}

// QueryRowContext asks for one row.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(ctx, t.Dialect.rebind(query), sound(args)...)
}
