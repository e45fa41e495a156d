// Package backup writes all that a register's database holds into one file, while
// people work in it, and makes a database of such a file again: in SQLite or in
// PostgreSQL, whichever it came from.
//
// A backup is a zip: tables/NAME.ndjson has the rows of a table in the order of their
// keys, each a JSON list, the first line the names of the columns; manifest.json has
// the version of the tables and for each the number of rows and the SHA-256 of its
// file. It is of one moment. Sessions, sign-ins under way and the search index are
// left out: the former end with a restore, the latter is made again.
package backup

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/store/schema"
)

// tables are what is kept, in an order in which references are there before they are
// needed, and the keys that order their rows.
var tables = []struct{ name, order string }{
	{"meta", "key"}, {"source", "id"}, {"statement", "seq"}, {"record", "n"}, {"reference", "from_id, path, to_id"}, {"withheld", "subject, prefix"},
	{"event", "seq"}, {"policy", "role, action, object, state, visibility, scope"}, {"account", "id"}, {"role", "account_id, role, country, programme, organisation"},
	{"token", "id"}, {"idempotency", "account_id, key"}, {"submission", "id"}, {"subscription", "id"}, {"outbox", "id"}, {"importer", "name"}, {"file", "sha256"}, {"upload", "sha256, account_id"},
}

// Manifest tells what a backup holds.
type Manifest struct {
	Format  int              `json:"format"`
	Made    string           `json:"made_at"`
	Version int64            `json:"tables_version"`
	Tables  map[string]Table `json:"tables"`
}

// Table is one table of a backup.
type Table struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// format is the version of the form of a backup.
const format = 1

// ErrDamaged is wrapped by the error of a backup that is not what it was.
var ErrDamaged = errors.New("the backup is damaged")

// Write writes a backup of a database. It rests as long as it works, so that those who
// read and write meanwhile keep their pace. Progress, which may be nil, is told of every
// thousand rows and each table's end.
func Write(ctx context.Context, db *sqldb.DB, w io.Writer, at time.Time, progress func(table string, rows int64)) (*Manifest, error) {
	version, err := db.Version(ctx)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Format: format, Made: at.UTC().Format(time.RFC3339), Version: version, Tables: map[string]Table{}}
	z := zip.NewWriter(w)
	// Speed goes before size: it is made beside people's work.
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	err = db.Snapshot(ctx, func(q sqldb.Queryer) error {
		for _, t := range tables {
			f, err := z.CreateHeader(&zip.FileHeader{Name: "tables/" + t.name + ".ndjson", Method: zip.Deflate})
			if err != nil {
				return err
			}
			if m.Tables[t.name], err = dump(ctx, q, t.name, t.order, f, progress); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f, err := z.CreateHeader(&zip.FileHeader{Name: "manifest.json", Method: zip.Deflate})
	if err != nil {
		return nil, err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	return m, errors.Join(e.Encode(m), z.Close())
}

// dump writes the rows of a table.
func dump(ctx context.Context, q sqldb.Queryer, name, order string, w io.Writer, progress func(string, int64)) (Table, error) {
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+name+" ORDER BY "+order)
	if err != nil {
		return Table{}, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return Table{}, err
	}
	if err := line(out, columns); err != nil {
		return Table{}, err
	}
	values, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		at[i] = &values[i]
	}
	t := Table{}
	worked := time.Now()
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return t, err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				values[i] = map[string]string{"base64": base64.StdEncoding.EncodeToString(b)}
			}
		}
		if err := line(out, values); err != nil {
			return t, err
		}
		if t.Rows++; t.Rows%1000 == 0 && progress != nil {
			progress(name, t.Rows)
		}
		if t.Rows%200 == 0 {
			if err := rest(ctx, time.Since(worked)); err != nil {
				return t, err
			}
			worked = time.Now()
		}
	}
	if err := errors.Join(rows.Err(), out.Flush()); err != nil {
		return t, err
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if progress != nil {
		progress(name, t.Rows)
	}
	return t, nil
}

// rest waits for a while, or until the context ends.
func rest(ctx context.Context, while time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(while, 50*time.Millisecond)):
		return nil
	}
}

func line(w *bufio.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Read opens a backup and reads what it tells of itself.
func Read(r io.ReaderAt, size int64) (*zip.Reader, *Manifest, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: it is no zip, or was cut off", ErrDamaged)
	}
	f, err := z.Open("manifest.json")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: it has no manifest.json", ErrDamaged)
	}
	defer f.Close()
	var m Manifest
	if err := json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&m); err != nil {
		return nil, nil, fmt.Errorf("%w: its manifest cannot be read", ErrDamaged)
	}
	if m.Format != format {
		return nil, nil, fmt.Errorf("the backup has the form %d; this program knows %d", m.Format, format)
	}
	return z, &m, nil
}

// Restore makes a database of a backup. The database, a file or an address, must hold
// nothing. What is read is compared with the manifest; a backup that is damaged leaves
// nothing behind: a new file gets its name when it is complete, and in a database that was
// there, empty tables are all that is left.
func Restore(ctx context.Context, name string, r io.ReaderAt, size int64, progress func(table string, rows int64)) (m *Manifest, err error) {
	if sqldb.IsAddress(name) {
		return restore(ctx, name, r, size, progress)
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return restore(ctx, name, r, size, progress)
	}
	// SQLite would replay the log of a database that is gone into the one that is restored.
	for _, end := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(name + end); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s%s belongs to a database that is gone: move it away first", name, end)
		}
	}
	part := name + ".part"
	sweep := func() (failed error) {
		for _, end := range []string{"", "-wal", "-shm", "-journal"} {
			if err := os.Remove(part + end); !errors.Is(err, fs.ErrNotExist) {
				failed = errors.Join(failed, err)
			}
		}
		return failed
	}
	// One that was stopped may have left its part.
	if err := sweep(); err != nil {
		return nil, err
	}
	if m, err = restore(ctx, part, r, size, progress); err == nil {
		if _, there := os.Lstat(name); !errors.Is(there, fs.ErrNotExist) {
			err = fmt.Errorf("%s came up meanwhile: nothing was put in its place", name)
		} else {
			err = os.Rename(part, name)
		}
	}
	if err != nil {
		return nil, errors.Join(err, sweep())
	}
	return m, nil
}

func restore(ctx context.Context, name string, r io.ReaderAt, size int64, progress func(table string, rows int64)) (*Manifest, error) {
	z, m, err := Read(r, size)
	if err != nil {
		return nil, err
	}
	if err := sound(ctx, z, m); err != nil {
		return nil, err
	}
	if err := sqldb.Migrate(ctx, name, schema.Options(), m.Version); err != nil {
		return nil, err
	}
	db, err := sqldb.OpenAs(ctx, name, schema.Options())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	err = db.Within(ctx, func(tx *sqldb.Tx) error {
		for _, t := range []string{"statement", "account", "event"} {
			var n int
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+t+" LIMIT 1) AS t").Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("%s holds a register already: restore into a new one", db.Name)
			}
		}
		for _, t := range tables {
			f, err := z.Open("tables/" + t.name + ".ndjson")
			if err != nil {
				return err
			}
			n, err := load(ctx, tx, t.name, f, progress)
			f.Close()
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if n != m.Tables[t.name].Rows {
				return fmt.Errorf("%w: the table %s is not what the manifest says", ErrDamaged, t.name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	// Newer tables, where this program has them, and the search index.
	opened, err := registerdb.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return m, errors.Join(opened.SQL().Within(ctx, func(tx *sqldb.Tx) error { return registerdb.Renew(ctx, tx) }), opened.Close())
}

// sound compares the tables of a backup with its manifest, before any row is taken: what is
// damaged is told as such, not as what the rows that it makes do to a database.
func sound(ctx context.Context, z *zip.Reader, m *Manifest) error {
	for _, t := range tables {
		want, has := m.Tables[t.name]
		f, err := z.Open("tables/" + t.name + ".ndjson")
		if !has || err != nil {
			return fmt.Errorf("%w: it lacks the table %s", ErrDamaged, t.name)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		f.Close()
		if err != nil || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
			return fmt.Errorf("%w: the table %s is not what the manifest says", ErrDamaged, t.name)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// load reads the rows of a table.
func load(ctx context.Context, tx *sqldb.Tx, name string, r io.Reader, progress func(string, int64)) (int64, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	var columns []string
	if err := d.Decode(&columns); err != nil {
		return 0, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	for _, c := range columns {
		if strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
			return 0, fmt.Errorf("%w: %q is no column", ErrDamaged, c)
		}
	}
	if name == "meta" {
		// What an empty database has said of itself gives way.
		if err := tx.Exec(ctx, "DELETE FROM meta"); err != nil {
			return 0, err
		}
	}
	insert := "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	var n int64
	for {
		var row []any
		if err := d.Decode(&row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return n, fmt.Errorf("%w: row %d: %v", ErrDamaged, n+1, err)
		}
		if len(row) != len(columns) {
			return n, fmt.Errorf("%w: row %d has %d values", ErrDamaged, n+1, len(row))
		}
		for i, v := range row {
			switch v := v.(type) {
			case json.Number:
				if whole, err := v.Int64(); err == nil {
					row[i] = whole
				} else if row[i], err = v.Float64(); err != nil {
					return n, fmt.Errorf("%w: row %d: %v", ErrDamaged, n+1, err)
				}
			case map[string]any:
				text, _ := v["base64"].(string)
				content, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					return n, fmt.Errorf("%w: row %d: %v", ErrDamaged, n+1, err)
				}
				row[i] = content
			}
		}
		if err := tx.Exec(ctx, insert, row...); err != nil {
			return n, err
		}
		if n++; n%1000 == 0 && progress != nil {
			progress(name, n)
		}
	}
	if progress != nil {
		progress(name, n)
	}
	// The rest of the file belongs to its sum.
	_, err := io.Copy(io.Discard, r)
	return n, err
}

// Verify compares a database with the manifest of a backup, row by row, and checks its
// audit log.
func Verify(ctx context.Context, db *sqldb.DB, m *Manifest) error {
	return db.Snapshot(ctx, func(q sqldb.Queryer) error {
		for _, t := range tables {
			have, err := dump(ctx, q, t.name, t.order, io.Discard, nil)
			if err != nil {
				return err
			}
			if have != m.Tables[t.name] {
				return fmt.Errorf("the table %s has %d rows with the sum %.12s…, the backup %d with %.12s…", t.name, have.Rows, have.SHA256, m.Tables[t.name].Rows, m.Tables[t.name].SHA256)
			}
		}
		_, err := registerdb.Verify(ctx, q, "")
		return err
	})
}
