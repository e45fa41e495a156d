package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// Queryer asks a database, or a transaction of one.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database. Its methods may be called at the same time; reading
// through it never writes.
type DB struct {
	Name    string // for people: the file, or the address without its password
	Dialect Dialect
	read    *sql.DB
	write   *sql.DB
}

// Options say what is opened.
type Options struct {
	ApplicationID int64  // marks a SQLite file as ours
	Migrations    fs.FS  // NNNNN_name.sql, see Migrate
	What          string // what the database holds, for messages, as "register"
}

// IsAddress reports whether a text is the address of a PostgreSQL database and
// not the name of a file.
func IsAddress(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// Redacted gives the name of a database without a password.
func Redacted(name string) string {
	if !IsAddress(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "postgres://…"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// Open opens a database, makes an empty one where there is none, and brings its
// tables up to date. One that is not ours, that is damaged, or that a newer
// program made, is refused and left as it is.
func Open(ctx context.Context, name string, o Options) (*DB, error) {
	return open(ctx, name, o, func(ctx context.Context, db *DB, fresh bool) error { return db.prepare(ctx, o, fresh) })
}

func open(ctx context.Context, name string, o Options, prepare func(context.Context, *DB, bool) error) (*DB, error) {
	db := &DB{Name: Redacted(name)}
	var fresh bool
	var err error
	if IsAddress(name) {
		db.Dialect = PostgreSQL
		fresh, err = db.openPostgreSQL(ctx, name)
	} else {
		fresh, err = db.openSQLite(name)
	}
	if err == nil {
		err = prepare(ctx, db, fresh)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("%s %s: %w", o.What, db.Name, explain(err))
	}
	return db, nil
}

func (db *DB) openSQLite(path string) (fresh bool, err error) {
	info, err := os.Stat(path)
	fresh = errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	switch {
	case err != nil && !fresh:
		return false, err
	case !fresh && !info.Mode().IsRegular():
		return false, errors.New("a file was expected")
	case fresh:
		// It holds contacts and hashes of secrets: nobody else's to read.
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return false, err
		}
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return false, err
		}
		if err := f.Close(); err != nil {
			return false, err
		}
	}
	open := func(lock string, pragmas ...string) (*sql.DB, error) {
		q := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...), "_time_format": {"sqlite"}, "_txlock": {lock}}
		return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	}
	if db.write, err = open("immediate", "foreign_keys(1)", "journal_mode(WAL)", "synchronous(FULL)"); err != nil {
		return false, err
	}
	db.write.SetMaxOpenConns(1)
	// A reader never takes the lock of a writer.
	if db.read, err = open("deferred", "query_only(1)", "cache_size(-32768)", "mmap_size(268435456)"); err != nil {
		return false, err
	}
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(8)
	return fresh, nil
}

// What one question, and one change of the tables, may take.
const (
	readTimeout  = 3 * time.Minute
	writeTimeout = 10 * time.Minute
)

func (db *DB) openPostgreSQL(ctx context.Context, address string) (fresh bool, err error) {
	open := func(readOnly string, limit time.Duration) (*sql.DB, error) {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			return nil, errors.New("the address is none: postgres://user@host:port/database was expected")
		}
		if config.ConnectTimeout == 0 {
			config.ConnectTimeout = 5 * time.Second
		}
		for key, value := range map[string]string{"application_name": "karvan", "default_transaction_read_only": readOnly, "timezone": "UTC",
			"idle_in_transaction_session_timeout": "300s", "lock_timeout": "10s", "statement_timeout": fmt.Sprint(limit.Milliseconds())} {
			if config.RuntimeParams[key] == "" {
				config.RuntimeParams[key] = value
			}
		}
		return stdlib.OpenDB(*config), nil
	}
	if db.write, err = open("off", writeTimeout); err != nil {
		return false, err
	}
	db.write.SetMaxOpenConns(4)
	if db.read, err = open("on", readTimeout); err != nil {
		return false, err
	}
	db.read.SetMaxOpenConns(16)
	db.read.SetMaxIdleConns(16)
	var tables int
	err = db.write.QueryRowContext(ctx, "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'").Scan(&tables)
	return tables == 0, err
}

// prepare checks the marks of a database, and brings its tables up to date.
func (db *DB) prepare(ctx context.Context, o Options, fresh bool) error {
	if err := db.check(ctx, o, fresh); err != nil {
		return err
	}
	p, err := db.provider(o)
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
	if fresh && db.Dialect == SQLite {
		_, err = db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", o.ApplicationID))
	}
	return err
}

func (db *DB) check(ctx context.Context, o Options, fresh bool) error {
	if fresh {
		return nil
	}
	ours := false
	if db.Dialect == SQLite {
		var mark int64
		if err := db.write.QueryRowContext(ctx, "PRAGMA application_id").Scan(&mark); err != nil {
			return err
		}
		ours = mark == o.ApplicationID
	} else if err := db.write.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL AND to_regclass('meta') IS NOT NULL").Scan(&ours); err != nil {
		return err
	}
	if !ours {
		return fmt.Errorf("this is no %s of karvan; choose another with --db", o.What)
	}
	if db.Dialect == SQLite {
		var state string
		if err := db.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&state); err != nil {
			return err
		}
		if state != "ok" {
			return fmt.Errorf("the file is damaged (%s); restore a copy", state)
		}
	}
	return nil
}

// Close closes the database.
func (db *DB) Close() error {
	var errs []error
	for _, d := range []*sql.DB{db.read, db.write} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// QueryContext asks for rows.
func (db *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := db.read.QueryContext(ctx, db.Dialect.rebind(query), sound(args)...)
	return rows, explain(err)
}

// QueryRowContext asks for one row.
func (db *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return db.read.QueryRowContext(ctx, db.Dialect.rebind(query), sound(args)...)
}

// Ping reports whether the database can be written now.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return explain(err)
	}
	return explain(db.write.PingContext(ctx))
}

// Stats tells of the connections that read.
func (db *DB) Stats() sql.DBStats { return db.read.Stats() }

// Explain says in words what went wrong with a database; it wraps
// [ErrUnavailable] where the same may succeed later.
func Explain(err error) error { return explain(err) }
