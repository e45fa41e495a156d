// Package registerdb keeps a register in a database: the statements, and what is
// made from them so that it can be read fast (records, references between them,
// and a search index).
//
// What it gives to read is what everybody may read. What is withheld is read
// through [DB.Whole] only.
package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/schema"
)

// DB is an open register. Its methods may be called at the same time; writes
// follow one another.
type DB struct {
	Path string // for people: the file, or the address without its password
	sql  *sqldb.DB
	memo memo
	past past
}

// DefaultPath is where the register of a study stands unless told otherwise:
// karvan/<study>.db in the folder that XDG_DATA_HOME names.
func DefaultPath(study string) (string, error) {
	home := os.Getenv("XDG_DATA_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("registerdb: where is the register to stand? Set XDG_DATA_HOME, or use --db: %w", err)
		}
		home = filepath.Join(user, ".local", "share")
	}
	return filepath.Join(home, "karvan", study+".db"), nil
}

// Open opens a register, in a file or at an address of PostgreSQL, and makes an
// empty one where there is none. One that is no register, that is damaged, or that
// a newer program made, is refused and left as it is.
func Open(ctx context.Context, name string) (*DB, error) {
	d, err := schema.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	db := &DB{Path: d.Name, sql: d}
	if err := db.renew(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("register %s: %w", d.Name, err)
	}
	return db, nil
}

// SQL gives the database in which the register stands, for what is kept beside it.
func (db *DB) SQL() *sqldb.DB { return db.sql }

// derivedVersion is the version of what is made from the statements. It grows
// when the folding, the summary or the index changes.
const derivedVersion = "8"

// renew makes records, references and the index anew where an earlier program
// made them in another way.
func (db *DB) renew(ctx context.Context) error {
	if have, err := meta(ctx, db.sql, "derived"); err != nil || have == derivedVersion {
		return err
	}
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error { return Renew(ctx, tx) })
}

// Renew makes all that is made from the statements anew.
func Renew(ctx context.Context, tx *sqldb.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT subject FROM statement ORDER BY subject")
	if err != nil {
		return err
	}
	var subjects []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		subjects = append(subjects, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	known, err := readSources(ctx, tx)
	if err != nil {
		return err
	}
	if err := refreshAs(ctx, tx, subjects, known, true); err != nil {
		return err
	}
	if err := ledge(ctx, tx, time.Now(), "karvan", actionAdopt, "register"); err != nil {
		return err
	}
	return setMeta(ctx, tx, "derived", derivedVersion)
}

// Close closes the register.
func (db *DB) Close() error { return db.sql.Close() }

// meta reads a value of the register's own, or "".
func meta(ctx context.Context, q sqldb.Queryer, key string) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func setMeta(ctx context.Context, tx *sqldb.Tx, key, value string) error {
	return tx.Exec(ctx, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
}
