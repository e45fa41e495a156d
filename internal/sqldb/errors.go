package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnavailable is wrapped by errors after which the same request may succeed
// later: a full disk, a database that is stopped or busy.
var ErrUnavailable = errors.New("the database cannot be used now")

// unavailable is an error in words that wraps ErrUnavailable.
type unavailable struct{ text string }

func (e unavailable) Error() string { return e.text }
func (e unavailable) Unwrap() error { return ErrUnavailable }

// Temporary tells those who know nothing of databases that it passes.
func (e unavailable) Temporary() bool { return true }

// explain says in words what a database says in codes.
func explain(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return errors.New("the file is no database, or is damaged or cut off; restore a copy, or choose another with --db")
		case sqlite3.SQLITE_FULL:
			return unavailable{"the disk is full; nothing was written"}
		case sqlite3.SQLITE_IOERR:
			return unavailable{"the disk does not answer as it should (" + lite.Error() + "); nothing was written"}
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return unavailable{"the database is busy; nothing was written"}
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return errors.New("the file cannot be written; choose another with --db")
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "53": // insufficient resources
			if pg.Code == "53100" {
				return unavailable{"the disk of the database is full; nothing was written"}
			}
			return unavailable{"the database has no room for another connection"}
		case "57", "08": // operator intervention, connection exceptions
			return unavailable{"the database is stopped or starts anew; nothing was written"}
		case "58":
			return unavailable{"the disk of the database does not answer as it should (" + pg.Message + ")"}
		case "28":
			return fmt.Errorf("the database refuses this user or password (%s)", pg.Message)
		case "3D":
			return fmt.Errorf("there is no such database (%s): make it with createdb", pg.Message)
		case "55":
			if pg.Code == "55P03" {
				return unavailable{"the database is busy; nothing was written"}
			}
		}
	}
	var connecting *pgconn.ConnectError
	var lost net.Error
	if errors.As(err, &connecting) || errors.As(err, &lost) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return unavailable{"the database does not answer"}
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// IsDuplicate reports whether an error says that a row breaks a unique index, by the
// name of the index or table.
func IsDuplicate(err error, index, columns string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" && (index == "" || pg.ConstraintName == index)
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT && strings.Contains(lite.Error(), columns)
}
