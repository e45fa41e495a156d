package registerdb_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/audit"
	"github.com/karvan/karvan/store/registerdb"
)

// A statement that is changed in the database shows, as does one that is added there.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	for name, change := range map[string]string{
		"changed": "UPDATE statement SET value = '\"999\"' WHERE seq = 3",
		"taken":   "DELETE FROM statement WHERE seq = (SELECT max(seq) FROM statement)",
		"added":   "INSERT INTO statement (seq, subject, path, value, source_id, known_on, recorded_by, recorded_at, state) SELECT 1 + max(seq), 'x', 'y', '1', 'paper', '2021-01-01', 'x', 'x', 'published' FROM statement",
		"nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			db := seeded(t)
			ctx := context.Background()
			if change != "" {
				if err := db.SQL().Within(ctx, func(tx *sqldb.Tx) error { return tx.Exec(ctx, change) }); err != nil {
					t.Fatal(err)
				}
			}
			v, err := registerdb.Verify(ctx, db.SQL(), "")
			var broken *audit.Broken
			if errors.As(err, &broken) == (name == "nothing") {
				t.Errorf("%+v, %v", v, err)
			}
			if name == "nothing" {
				if v.Statements < 20 || v.Events == 0 {
					t.Errorf("%+v", v)
				}
				if _, err := registerdb.Verify(ctx, db.SQL(), "0000"); !errors.As(err, &broken) {
					t.Error("a head of another log was taken")
				}
			}
		})
	}
}

// What is not public moves nothing that everybody sees: no number, no revision, no state.
func TestHiddenStatementsLeaveNoTrace(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	p, err := db.List(ctx, registerdb.Query{Kind: register.Organisation})
	if err != nil {
		t.Fatal(err)
	}
	it := p.Items[0]
	version, updated, _ := db.State(ctx)
	say := func(path, value string) {
		t.Helper()
		if err := db.Record(ctx, registerdb.Batch{Statements: []register.Statement{{Subject: it.ID, Path: path, Value: json.RawMessage(value), Source: "paper", KnownOn: "2024-01-01", By: "x", At: "2026-02-02T00:00:00Z", State: register.Published}}}); err != nil {
			t.Fatal(err)
		}
	}
	say("contact/email", `"someone@example.org"`)
	say("internalRemarks[1]/text", `"doubtful"`)
	after, updatedAfter, _ := db.State(ctx)
	if after != version || updatedAfter != updated {
		t.Errorf("the state went from %d %s to %d %s", version, updated, after, updatedAfter)
	}
	now, err := db.Get(ctx, register.Organisation, it.ID)
	if err != nil || now.Revision != it.Revision || now.Updated != it.Updated || now.Known != it.Known || now.Sources != it.Sources {
		t.Errorf("the record went from %+v to %+v, %v", it, now, err)
	}
	for _, words := range []string{"someone", "doubtful"} {
		if hits, err := db.Search(ctx, words, "", "", 10); err != nil || len(hits) > 0 {
			t.Errorf("%s was found: %v %v", words, hits, err)
		}
	}
	w, err := db.Whole(ctx, it.ID)
	if err != nil || register.Text(w.Values, "contact/email") == "" || w.Visibility("contact/email") != "owner" || w.Visibility("internalRemarks[1]/text") != "internal" || w.Visibility("name") != "public" {
		t.Errorf("%+v %v", w, err)
	}
	// What follows has the next public number: there is no gap where the hidden ones are.
	say("url", `"https://example.org"`)
	list, err := db.Statements(ctx, it.ID)
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	if err := db.EachStatement(ctx, func(s *register.Statement) error {
		all++
		if s.Seq != int64(all) {
			t.Errorf("statement %d has the number %d", all, s.Seq)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.Path != "url" || last.Seq != int64(all) {
		t.Errorf("%+v", last)
	}
}
