// Package registerdb keeps a register in one SQLite file: the statements, and
// what is made from them so that it can be read fast (records, references
// between them, and a search index).
package registerdb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named sqlite
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a register in the header of the database ("KVRG").
const applicationID = 0x4B565247

// DB is an open register. Its methods may be called at the same time; writes
// follow one another.
type DB struct {
	Path  string
	read  *sql.DB
	write *sql.DB
	memo  memo
	past  past
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

// Open opens a register, and makes an empty one where there is none. A file
// that is no register, that is damaged, or that a newer program made, is
// refused and left as it is.
func Open(ctx context.Context, path string) (*DB, error) {
	fail := func(err error) (*DB, error) { return nil, fmt.Errorf("register %s: %w", path, explain(err)) }
	info, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	switch {
	case err != nil && !fresh:
		return fail(err)
	case !fresh && !info.Mode().IsRegular():
		return fail(errors.New("a file was expected"))
	case fresh:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fail(err)
		}
	}
	open := func(pragmas ...string) (*sql.DB, error) {
		q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)"}, pragmas...), "_time_format": {"sqlite"}}
		return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	}
	db := &DB{Path: path}
	if db.write, err = open("journal_mode(WAL)", "synchronous(FULL)"); err != nil {
		return fail(err)
	}
	db.write.SetMaxOpenConns(1)
	if err := db.prepare(ctx, fresh); err != nil {
		db.write.Close()
		return fail(err)
	}
	if db.read, err = open("query_only(1)", "cache_size(-32768)", "mmap_size(268435456)"); err != nil {
		db.write.Close()
		return fail(err)
	}
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(8)
	return db, nil
}

// prepare checks the marks of a file, and brings its tables up to date.
func (db *DB) prepare(ctx context.Context, fresh bool) error {
	if !fresh {
		var mark int64
		if err := db.write.QueryRowContext(ctx, "PRAGMA application_id").Scan(&mark); err != nil {
			return err
		}
		if mark != applicationID {
			return errors.New("this is no register of karvan; choose another file with --db")
		}
		var state string
		if err := db.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&state); err != nil {
			return err
		}
		if state != "ok" {
			return fmt.Errorf("the file is damaged (%s); restore a copy", state)
		}
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, folder)
	if err != nil {
		return err
	}
	if !fresh {
		have, want, err := p.GetVersions(ctx)
		if err != nil {
			return err
		}
		if have > want {
			return fmt.Errorf("it was made by a newer karvan (tables of version %d; this program knows %d): use that one", have, want)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	if fresh {
		if _, err = db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return err
		}
	}
	return db.renew(ctx)
}

// derivedVersion is the version of what is made from the statements. It grows
// when the folding, the summary or the index changes.
const derivedVersion = "6"

// renew makes records, references and the index anew where an earlier program
// made them in another way.
func (db *DB) renew(ctx context.Context) error {
	have, err := db.meta(ctx, db.write, "derived")
	if err != nil || have == derivedVersion {
		return err
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
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
	if err := refresh(ctx, tx, subjects, known); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('derived', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", derivedVersion); err != nil {
		return err
	}
	return tx.Commit()
}

// Close closes the register.
func (db *DB) Close() error {
	return errors.Join(db.read.Close(), db.write.Close())
}

// explain says in words what SQLite says in codes.
func explain(err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "file is not a database"), strings.Contains(text, "malformed"), strings.Contains(text, "(11)"), strings.Contains(text, "(26)"):
		return errors.New("the file is no database, or is damaged or cut off; restore a copy, or choose another with --db")
	case strings.Contains(text, "database or disk is full"), strings.Contains(text, "(13)"):
		return errors.New("the disk is full; nothing was written")
	case strings.Contains(text, "readonly"), strings.Contains(text, "(8)"), strings.Contains(text, "(14)"):
		return errors.New("the file cannot be written; choose another with --db")
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// meta reads a value of the register's own, or "".
func (db *DB) meta(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, key string) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}
