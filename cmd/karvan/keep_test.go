package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/pgtest"
)

// A keeper's round: roles, the log, a backup that is restored into either database and
// exports the same bytes, and what is refused on the way.
func TestKeepingADatabase(t *testing.T) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			name, other := filepath.Join(dir, "r.db"), pgtest.Address(t)
			if kind == "PostgreSQL" {
				name, other = other, name
			}
			first := start(t, name)
			first.Process.Signal(os.Interrupt)
			first.Wait()
			record := oneProject(t, name)
			writersOf(t, name, 2)

			var people []struct {
				ID      string `json:"id"`
				Subject string `json:"subject"`
			}
			if err := json.Unmarshal([]byte(mustRun(t, "admin", "accounts", "--db", name, "--json")), &people); err != nil || len(people) != 2 {
				t.Fatalf("%v %v", people, err)
			}
			mustRun(t, "admin", "grant", people[0].ID, "editor", "--country", "AZ", "--db", name)
			refused := func(status int, says string, args ...string) {
				t.Helper()
				out, errs, got := run(t, args...)
				if got != status || !strings.Contains(errs, says) {
					t.Errorf("karvan %s: status %d, want %d, and %q: %s%s", strings.Join(args, " "), got, status, says, out, errs)
				}
			}
			refused(1, "no such account", "admin", "grant", "a-nobody", "editor", "--db", name)
			refused(1, "emperor", "admin", "grant", people[0].ID, "emperor", "--db", name)
			refused(1, "there is no register at", "audit", "verify", "--db", filepath.Join(dir, "none.db"))
			refused(statusUsage, "--limit", "audit", "show", "--db", name, "--limit", "0")

			var events []struct {
				Seq    int64  `json:"seq"`
				Action string `json:"action"`
			}
			if err := json.Unmarshal([]byte(mustRun(t, "audit", "show", "--db", name, "--json", "--limit", "1")), &events); err != nil || len(events) != 1 || !strings.Contains(events[0].Action, "grant") {
				t.Errorf("%v %v", events, err)
			}
			if out := mustRun(t, "audit", "verify", "--db", name); !strings.Contains(out, "are as they were recorded") {
				t.Error(out)
			}
			if out := mustRun(t, "migrate", "--db", name, "--to", "3", "--rehearse"); !strings.Contains(out, "nothing was changed") {
				t.Error(out)
			}

			zip := filepath.Join(dir, "b.zip")
			refused(statusUsage, "--json", "backup", "--db", name, "-o", "-", "--json")
			mustRun(t, "backup", "--db", name, "-o", zip)
			export := func(db string) []byte {
				at := filepath.Join(dir, "export.json")
				mustRun(t, "register", "export", "--db", db, "--format", "ndjson", "-o", at)
				data, err := os.ReadFile(at)
				if err != nil || !bytes.Contains(data, []byte(record)) {
					t.Fatalf("%v: the export lacks the project", err)
				}
				return data
			}
			for _, to := range []string{other, filepath.Join(dir, "again.db")} {
				if out := mustRun(t, "restore", zip, "--db", to, "--verify"); !strings.Contains(out, "restored and verified") {
					t.Error(out)
				}
				if !bytes.Equal(export(to), export(name)) {
					t.Error("what was restored exports other bytes")
				}
				refused(1, "", "restore", zip, "--db", to)
			}
			// The log of a database that is gone is not replayed into the one that is restored.
			stale := filepath.Join(dir, "stale.db")
			if err := os.WriteFile(stale+"-wal", []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(1, "move it away", "restore", zip, "--db", stale)
			refused(statusUsage, "--format", "register", "export", "--db", name, "--format", "statements", "-o", filepath.Join(dir, "export.json"))
			refused(statusUsage, "--db is missing", "restore", zip)

			// One byte that is another, in the middle of the statements.
			data, err := os.ReadFile(zip)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 0x40
			if err := os.WriteFile(zip, data, 0o600); err != nil {
				t.Fatal(err)
			}
			damaged := filepath.Join(dir, "damaged.db")
			refused(statusFaulty, "", "restore", zip, "--db", damaged)
			if list, _ := filepath.Glob(damaged + "*"); len(list) > 0 {
				t.Errorf("a damaged backup left %v", list)
			}
		})
	}
}
