package registerdb_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

func incoming(t *testing.T, db *registerdb.DB, slug, language string) registerdb.Incoming {
	t.Helper()
	it, err := db.Get(context.Background(), register.Project, slug)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.InLanguage(context.Background(), []*registerdb.Item{it}, language); err != nil {
		t.Fatal(err)
	}
	return registerdb.Incoming{ID: it.ID, Kind: it.Kind, Revision: it.Revision, Values: it.Values}
}

func TestImport(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	said := register.Said{Source: "list-2026", KnownOn: "2026-01-01"}
	source := &register.Source{ID: "list-2026", Class: "owner"}

	same := incoming(t, db, "baku-port", "")
	changed := incoming(t, db, "kars-railway", "")
	changed.Values["status"] = "completion"
	delete(changed.Values, "parties")
	fresh := registerdb.Incoming{ID: register.NewID(register.Project, now), Kind: register.Project, Values: map[string]any{"title": "Baku port", "status": "preparation"}}
	list, err := db.Import(ctx, []registerdb.Incoming{same, changed, fresh}, "", source, said, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{registerdb.Unchanged, registerdb.Changed, registerdb.New} {
		if list[i].State != want {
			t.Errorf("record %d is %s, expected %s: %v", i, list[i].State, want, list[i].Changes)
		}
	}
	now, _ := db.Get(ctx, register.Project, "kars-railway")
	if now.Values["status"] != "completion" || now.Values["parties"] != nil || now.Revision != changed.Revision+1 {
		t.Errorf("%v, revision %d", now.Values, now.Revision)
	}
	if it, err := db.Get(ctx, register.Project, "baku-port-2"); err != nil || it.ID != fresh.ID {
		t.Errorf("the new one has no address of its own: %v", err)
	}
	// What was there stays in the history, with its own source.
	r, _ := db.View(ctx, now.ID, register.View{KnownBy: "2021-12-31"})
	if r.Values["status"] != "implementation" || r.Values["parties"] == nil {
		t.Errorf("at the end of 2021: %v", r.Values)
	}
}

func TestImportNeverOverwritesSilently(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	said := register.Said{Source: "paper", KnownOn: "2026-01-01"}
	mine, other := incoming(t, db, "kars-railway", ""), incoming(t, db, "baku-port", "")
	theirs := incoming(t, db, "kars-railway", "")
	theirs.Values["status"] = "completion"
	if _, err := db.Import(ctx, []registerdb.Incoming{theirs}, "", nil, said, "they", now); err != nil {
		t.Fatal(err)
	}
	mine.Values["status"], other.Values["status"] = "preparation", "preparation"
	list, err := db.Import(ctx, []registerdb.Incoming{other, mine}, "", nil, said, "me", now)
	if !errors.Is(err, registerdb.ErrConflict) || list[1].State != registerdb.Conflict {
		t.Fatalf("%v %v", err, list)
	}
	if it, _ := db.Get(ctx, register.Project, "baku-port"); it.Values["status"] != "implementation" {
		t.Error("a part of a refused import was recorded")
	}
}

func TestImportInALanguage(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	it := incoming(t, db, "shusha-road", "az")
	if it.Values["title"] != "Şuşa yolu" {
		t.Fatal(it.Values["title"])
	}
	if list, _ := db.Compare(ctx, []registerdb.Incoming{it}, "az"); list[0].State != registerdb.Unchanged {
		t.Errorf("what was taken out in a language comes back as %v", list[0].Changes)
	}
	it.Values["title"], it.Values["status"] = "Şuşaya yol", "completion"
	other := incoming(t, db, "baku-port", "az")
	other.Values["title"] = "Bakı limanı"
	if _, err := db.Import(ctx, []registerdb.Incoming{it, other}, "az", nil, register.Said{Source: "paper", KnownOn: "2026-01-01"}, "t", now); err != nil {
		t.Fatal(err)
	}
	for slug, want := range map[string][2]string{"shusha-road": {"Shusha road", "Şuşaya yol"}, "baku-port": {"Baku port", "Bakı limanı"}} {
		own, az := incoming(t, db, slug, ""), incoming(t, db, slug, "az")
		if own.Values["title"] != want[0] || az.Values["title"] != want[1] {
			t.Errorf("%s: %v, %v", slug, own.Values["title"], az.Values["title"])
		}
	}
	if own := incoming(t, db, "shusha-road", ""); own.Values["status"] != "completion" {
		t.Error("what is of no language was kept in one")
	}
}

func TestImportRefusesAWholeBatch(t *testing.T) {
	db := seeded(t)
	ctx := context.Background()
	a, b := incoming(t, db, "kars-railway", ""), incoming(t, db, "baku-port", "")
	a.Values["status"], b.Values["budget"] = "completion", map[string]any{"amount": map[string]any{"amount": json.Number("1")}}
	if _, err := db.Import(ctx, []registerdb.Incoming{a, b}, "", nil, register.Said{Source: "unknown", KnownOn: "2026-01-01"}, "t", now); err == nil {
		t.Fatal("a source that is not there was taken")
	}
	if it := incoming(t, db, "kars-railway", ""); it.Values["status"] != "implementation" {
		t.Error("a part was recorded")
	}
}
