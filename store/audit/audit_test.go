package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/audit"
	"github.com/karvan/karvan/store/schema"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func verify(t *testing.T, db *sqldb.DB) (audit.Head, error) {
	t.Helper()
	var c audit.Chain
	err := audit.Each(t.Context(), db, c.Next)
	return c.Head(), err
}

func TestChain(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (string, string){
		"SQLite": func(t *testing.T) (string, string) {
			path := filepath.Join(t.TempDir(), "x.db")
			return path, "sqlite"
		},
		"PostgreSQL": func(t *testing.T) (string, string) { return pgtest.Address(t), "pgx" },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			address, driver := open(t)
			db, err := schema.Open(ctx, address)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for i, action := range []string{"create", "publish", "refuse"} {
				if err := db.Within(ctx, func(tx *sqldb.Tx) error {
					return audit.Append(ctx, tx, day.Add(time.Duration(i)*24*time.Hour), "a-1", action, "x", map[string]any{"i": i})
				}); err != nil {
					t.Fatal(err)
				}
			}
			head, err := verify(t, db)
			if err != nil || head.Seq != 3 {
				t.Fatal(head, err)
			}
			if yesterday, err := audit.HeadOf(ctx, db, day.Add(40*time.Hour)); err != nil || yesterday.Seq != 2 {
				t.Error(yesterday, err)
			}
			// The database itself refuses to change an event.
			raw, err := sql.Open(driver, address)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			for _, change := range []string{"UPDATE event SET actor = 'x'", "DELETE FROM event"} {
				if _, err := raw.Exec(change); err == nil || !strings.Contains(err.Error(), "only added") {
					t.Errorf("%s: %v", change, err)
				}
			}
			// Whoever takes the guard away is found out.
			drop := "DROP TRIGGER event_keeps"
			if driver == "pgx" {
				drop += " ON event"
			}
			if _, err := raw.Exec(drop); err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Exec("UPDATE event SET actor = 'somebody else' WHERE seq = 2"); err != nil {
				t.Fatal(err)
			}
			var broken *audit.Broken
			if _, err := verify(t, db); !errors.As(err, &broken) || broken.Seq != 2 {
				t.Errorf("a changed event: %v", err)
			}
		})
	}
}
