package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/internal/sqldb"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var options = sqldb.Options{ApplicationID: 7, What: "register", Migrations: fstest.MapFS{
	"00001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);\n-- +goose Down\nDROP TABLE meta;\n")},
	"00002_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE more (\n-- +sqlite\nn INTEGER PRIMARY KEY,\n-- +end\n-- +postgres\nn BIGINT PRIMARY KEY,\n-- +end\nname TEXT);\n-- +goose Down\nDROP TABLE more;\n")},
}}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, name string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "x.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, pgtest.Address(t)) })
}

func TestMigratesBothWays(t *testing.T) {
	each(t, func(t *testing.T, name string) {
		ctx := context.Background()
		for _, version := range []int64{1, 2, 1, 2} {
			if err := sqldb.Migrate(ctx, name, options, version); err != nil {
				t.Fatal(version, err)
			}
			have, newest, err := sqldb.Versions(ctx, name, options)
			if err != nil || have != version || newest != 2 {
				t.Fatal(have, newest, err)
			}
		}
		if err := sqldb.Migrate(ctx, name, options, 3); err == nil {
			t.Error("went to a version that there is not")
		}
	})
}

// Texts compare by their bytes in both, a question mark in quotes is none, and places
// may be numbered.
func TestOneSQL(t *testing.T) {
	each(t, func(t *testing.T, name string) {
		ctx := context.Background()
		db, err := sqldb.Open(ctx, name, options)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Within(ctx, func(tx *sqldb.Tx) error {
			for i, s := range []string{"ä", "a", "B", "b\x00\xff", "?"} {
				if err := tx.Exec(ctx, "INSERT INTO more (n, name) VALUES (?, ?)", i, s); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		rows, err := db.QueryContext(ctx, "SELECT name FROM more WHERE name <> ?2 AND n >= ?1 AND name <> '?' ORDER BY name", 0, "B")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		got := ""
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			got += s + " "
		}
		if want := "a b\uFFFD\uFFFD ä "; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A change that fails leaves nothing, and changes follow one another.
func TestChangesAreWhole(t *testing.T) {
	each(t, func(t *testing.T, name string) {
		ctx := context.Background()
		db, err := sqldb.Open(ctx, name, options)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		broken := errors.New("broken")
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range 10 {
					err := db.Within(ctx, func(tx *sqldb.Tx) error {
						var n int
						if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) FROM more").Scan(&n); err != nil {
							return err
						}
						if err := tx.Exec(ctx, "INSERT INTO more (n, name) VALUES (?, ?)", n+1, fmt.Sprint(w, i)); err != nil {
							return err
						}
						if i%2 == 1 {
							return broken
						}
						return nil
					})
					if err != nil && !errors.Is(err, broken) {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		var n, last int
		if err := db.QueryRowContext(ctx, "SELECT count(*), max(n) FROM more").Scan(&n, &last); err != nil || n != 40 || last != 40 {
			t.Error(n, last, err)
		}
		if err := db.Snapshot(ctx, func(q sqldb.Queryer) error {
			_, err := q.QueryContext(ctx, "INSERT INTO more (n) VALUES (99)")
			if err == nil {
				t.Error("a snapshot was written")
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestRefusesWhatIsNotOurs(t *testing.T) {
	ctx := context.Background()
	each(t, func(t *testing.T, name string) {
		other := options
		other.ApplicationID = 8
		other.Migrations = fstest.MapFS{"00001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE other (n INTEGER);\n-- +goose Down\nDROP TABLE other;\n")}}
		db, err := sqldb.Open(ctx, name, other)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := sqldb.Open(ctx, name, options); err == nil {
			t.Error("opened what is not ours")
		}
	})
	_, err := sqldb.Open(ctx, "postgres://karvan:secret@127.0.0.1:1/x?connect_timeout=1", options)
	if !errors.Is(err, sqldb.ErrUnavailable) {
		t.Errorf("a database that does not answer: %v", err)
	}
	if got := sqldb.Redacted("postgres://karvan:secret@127.0.0.1/x?password=more"); got != "postgres://karvan:xxxxx@127.0.0.1/x?password=xxxxx" {
		t.Error(got)
	}
}
