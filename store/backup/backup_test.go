package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/backup"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/store/schema"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fresh gives the name of a database of a kind that holds nothing.
func fresh(t *testing.T, kind string) string {
	if kind == "PostgreSQL" {
		return pgtest.Address(t)
	}
	return filepath.Join(t.TempDir(), "x.db")
}

func filled(t *testing.T, name string) *registerdb.DB {
	t.Helper()
	ctx := t.Context()
	db, err := registerdb.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	said := register.Said{Source: "paper", KnownOn: "2021-12-26"}
	if _, err := db.Seed(ctx, &register.Content{Study: "s", Sources: []register.Source{{ID: "paper", Class: "press", Title: map[string]string{"en": "Paper"}}}, Entries: []register.Entry{
		{Kind: register.Organisation, Key: "a", Said: said, Values: map[string]any{"name": "Şuşa <&> \u2028 works", "country": "AZ", "contact": map[string]any{"email": "x@example.org"}}},
		{Kind: register.Project, Key: "p", Said: said, Values: map[string]any{"title": "Road", "status": "implementation", "locations": []any{map[string]any{"id": "1", "geometry": map[string]any{"type": "Point", "coordinates": []any{json.Number("46.75"), json.Number("39.8")}}}}}},
	}}, "test", now); err != nil {
		t.Fatal(err)
	}
	acc := accounts.New(db.SQL(), nil)
	a, err := acc.SignedIn(ctx, "https://issuer", "s", "Leyla", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := acc.CreateToken(ctx, a.ID, a.ID, "t", []string{"read"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := db.SQL().Within(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(ctx, "INSERT INTO file (sha256, type, size, content) VALUES ('ab', 'application/pdf', 4, ?)", []byte{0, 1, 2, 255})
	}); err != nil {
		t.Fatal(err)
	}
	return db
}

func export(t *testing.T, db *registerdb.DB) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := db.EachStatement(t.Context(), func(s *register.Statement) error { return e.Encode(s) }); err != nil {
		t.Fatal(err)
	}
	for _, k := range register.Kinds {
		if err := db.EachBody(t.Context(), k.Kind, "", func(id string, body json.RawMessage) error { b.WriteString(id); b.Write(body); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// A backup of either database restores into either, byte for byte, and is found by the
// same words.
func TestRestoreIsTheSame(t *testing.T) {
	for _, from := range []string{"SQLite", "PostgreSQL"} {
		for _, to := range []string{"SQLite", "PostgreSQL"} {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx := t.Context()
				db := filled(t, fresh(t, from))
				var b bytes.Buffer
				m, err := backup.Write(ctx, db.SQL(), &b, now, nil)
				if err != nil {
					t.Fatal(err)
				}
				if m.Tables["statement"].Rows < 5 || m.Tables["event"].Rows < 3 || m.Tables["file"].Rows != 1 {
					t.Errorf("%+v", m.Tables)
				}
				name := fresh(t, to)
				if _, err := backup.Restore(ctx, name, bytes.NewReader(b.Bytes()), int64(b.Len()), nil); err != nil {
					t.Fatal(err)
				}
				restored, err := registerdb.Open(ctx, name)
				if err != nil {
					t.Fatal(err)
				}
				defer restored.Close()
				if err := backup.Verify(ctx, restored.SQL(), m); err != nil {
					t.Error(err)
				}
				if a, b := export(t, db), export(t, restored); a != b {
					t.Errorf("exports differ:\n%s\n%s", a, b)
				}
				if hits, err := restored.Search(ctx, "shusha works", "", "", 5); err != nil || len(hits) != 1 {
					t.Error(hits, err)
				}
				var again bytes.Buffer
				if m2, err := backup.Write(ctx, restored.SQL(), &again, now, nil); err != nil || m2.Tables["record"] != m.Tables["record"] || m2.Tables["event"] != m.Tables["event"] {
					t.Error(m2, err)
				}
				// Never over something.
				if _, err := backup.Restore(ctx, name, bytes.NewReader(b.Bytes()), int64(b.Len()), nil); err == nil {
					t.Error("it was restored over a register")
				}
			})
		}
	}
}

func TestDamagedBackupLeavesNothing(t *testing.T) {
	ctx := context.Background()
	db := filled(t, fresh(t, "SQLite"))
	var b bytes.Buffer
	if _, err := backup.Write(ctx, db.SQL(), &b, now, nil); err != nil {
		t.Fatal(err)
	}
	for at := 40; at < b.Len(); at += b.Len() / 23 {
		broken := bytes.Clone(b.Bytes())
		broken[at] ^= 0x55
		name := fresh(t, "SQLite")
		if _, err := backup.Restore(ctx, name, bytes.NewReader(broken), int64(len(broken)), nil); err == nil {
			// A byte of the zip that carries nothing may change.
			got, err := registerdb.Open(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			if export(t, got) != export(t, db) {
				t.Errorf("byte %d: a damaged backup was restored", at)
			}
			got.Close()
		} else if got, err := sqldb.OpenAs(ctx, name, schema.Options()); err == nil {
			var n int
			if err := got.QueryRowContext(ctx, "SELECT count(*) FROM statement").Scan(&n); err == nil && n > 0 {
				t.Errorf("byte %d: %d statements were left behind", at, n)
			}
			got.Close()
		}
	}
	if _, err := backup.Restore(ctx, fresh(t, "SQLite"), bytes.NewReader(b.Bytes()[:b.Len()/2]), int64(b.Len()/2), nil); !errors.Is(err, backup.ErrDamaged) {
		t.Error(err)
	}
}

func TestRehearsal(t *testing.T) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			name := fresh(t, kind)
			db := filled(t, name)
			before := export(t, db)
			for _, version := range []int64{5, 3, 1} {
				if err := backup.Rehearse(ctx, name, version); err != nil {
					t.Error(version, err)
				}
			}
			if export(t, db) != before {
				t.Error("a rehearsal changed the register")
			}
			db.Close()
			// For real, down and up again: what people did is lost below version 5, the register is not.
			for _, version := range []int64{3, 5} {
				if err := sqldb.Migrate(ctx, name, schema.Options(), version); err != nil {
					t.Fatal(err)
				}
			}
			again, err := registerdb.Open(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			p, err := again.List(ctx, registerdb.Query{Kind: register.Project})
			if err != nil || p.Total != 1 || export(t, again) != before {
				t.Error(p, err)
			}
			if v, err := registerdb.Verify(ctx, again.SQL(), ""); err != nil || v.Statements == 0 {
				t.Error(v, err)
			}
		})
	}
}
