package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// A migration is a file NNNNN_name.sql with a part up and a part down. The SQL is
// that of SQLite; lines between "-- +sqlite" or "-- +postgres" and "-- +end" are for
// one database only. For PostgreSQL texts compare by their bytes, as in SQLite.

var textColumn = regexp.MustCompile(`\bTEXT\b`)

// parts takes a migration apart for a dialect.
func (d Dialect) parts(file string) (up, down string, err error) {
	var parts [2]strings.Builder
	at, only := -1, Dialect(-1)
	for _, line := range strings.Split(file, "\n") {
		switch mark := strings.TrimSpace(line); mark {
		case "-- +goose Up":
			at = 0
			continue
		case "-- +goose Down":
			at = 1
			continue
		case "-- +sqlite":
			only = SQLite
			continue
		case "-- +postgres":
			only = PostgreSQL
			continue
		case "-- +end":
			only = -1
			continue
		}
		if at < 0 || only >= 0 && only != d {
			continue
		}
		if d == PostgreSQL && only < 0 {
			line = textColumn.ReplaceAllString(line, `TEXT COLLATE "C"`)
		}
		parts[at].WriteString(line + "\n")
	}
	if at != 1 {
		return "", "", fmt.Errorf("a migration has no part up or no part down")
	}
	return parts[0].String(), parts[1].String(), nil
}

func (db *DB) provider(o Options) (*goose.Provider, error) {
	names, err := fs.Glob(o.Migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	var list []*goose.Migration
	for _, name := range names {
		text, err := fs.ReadFile(o.Migrations, name)
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: a number was expected in front", name)
		}
		up, down, err := db.Dialect.parts(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		run := func(script string) *goose.GoFunc {
			return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, script)
				return err
			}}
		}
		list = append(list, goose.NewGoMigration(version, run(up), run(down)))
	}
	dialect := goose.DialectSQLite3
	if db.Dialect == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, db.write, nil, goose.WithGoMigrations(list...), goose.WithDisableGlobalRegistry(true))
}

// Versions tells which version the tables of a database have, and the newest that
// this program knows. Nothing is changed.
func Versions(ctx context.Context, name string, o Options) (have, newest int64, err error) {
	db, err := open(ctx, name, o, func(ctx context.Context, db *DB, fresh bool) error {
		if err := db.check(ctx, o, fresh); err != nil {
			return err
		}
		p, err := db.provider(o)
		if err != nil {
			return err
		}
		have, newest, err = p.GetVersions(ctx)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return have, newest, db.Close()
}

// Migrate brings the tables of a database to a version, up or down.
func Migrate(ctx context.Context, name string, o Options, version int64) error {
	db, err := open(ctx, name, o, func(ctx context.Context, db *DB, fresh bool) error {
		if err := db.check(ctx, o, fresh); err != nil {
			return err
		}
		p, err := db.provider(o)
		if err != nil {
			return err
		}
		have, newest, err := p.GetVersions(ctx)
		switch {
		case err != nil:
			return err
		case version < 1 || version > newest:
			return fmt.Errorf("there is no version %d of the tables: 1 to %d was expected", version, newest)
		case version >= have:
			_, err = p.UpTo(ctx, version)
		default:
			_, err = p.DownTo(ctx, version)
		}
		if err == nil && fresh && db.Dialect == SQLite {
			_, err = db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", o.ApplicationID))
		}
		return err
	})
	if err != nil {
		return err
	}
	return db.Close()
}

// Version tells which version the tables of an open database have.
func (db *DB) Version(ctx context.Context) (int64, error) {
	var version int64
	// Goose notes a step down by taking its row away.
	err := db.read.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&version)
	return version, explain(err)
}

// OpenAs opens a database with its tables as they are.
func OpenAs(ctx context.Context, name string, o Options) (*DB, error) {
	return open(ctx, name, o, func(ctx context.Context, db *DB, fresh bool) error { return db.check(ctx, o, fresh) })
}

// Copy makes a copy of a database in which something can be tried: of a file beside it,
// of a schema of PostgreSQL in another one. It gives the name of the copy, which holds
// nothing yet in PostgreSQL, and how to remove it.
func Copy(ctx context.Context, name string, o Options) (string, func() error, error) {
	db, err := OpenAs(ctx, name, o)
	if err != nil {
		return "", nil, err
	}
	defer db.Close()
	if db.Dialect == SQLite {
		file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".rehearsal-*")
		if err != nil {
			return "", nil, err
		}
		to := file.Name()
		remove := func() error {
			return errors.Join(os.Remove(to), ignoreMissing(os.Remove(to+"-wal")), ignoreMissing(os.Remove(to+"-shm")))
		}
		if err := errors.Join(file.Close(), os.Remove(to)); err != nil {
			return "", nil, err
		}
		if _, err := db.write.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
			return "", nil, explain(err)
		}
		return to, remove, nil
	}
	u, err := url.Parse(name)
	if err != nil {
		return "", nil, err
	}
	scratch := fmt.Sprintf("karvan_rehearsal_%d", os.Getpid())
	if _, err := db.write.ExecContext(ctx, "CREATE SCHEMA "+scratch); err != nil {
		return "", nil, explain(err)
	}
	q := u.Query()
	q.Set("search_path", scratch)
	u.RawQuery = q.Encode()
	remove := func() error {
		db, err := OpenAs(context.WithoutCancel(ctx), name, o)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.write.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+scratch+" CASCADE")
		return explain(err)
	}
	return u.String(), remove, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
