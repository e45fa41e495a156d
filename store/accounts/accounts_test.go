package accounts_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/schema"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type clock struct{ now time.Time }

func open(t *testing.T) (*accounts.DB, *sqldb.DB, *clock) {
	t.Helper()
	d, err := schema.Open(context.Background(), pgtest.Database(t, filepath.Join(t.TempDir(), "x.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	return accounts.New(d, func() time.Time { return c.now }), d, c
}

func TestSessions(t *testing.T) {
	db, _, c := open(t)
	ctx := t.Context()
	a, err := db.SignedIn(ctx, "https://issuer", "s1", "Leyla", "leyla@example.org")
	if err != nil || len(a.Grants) != 0 {
		t.Fatal(a, err)
	}
	// The same mail address of another subject or issuer is another account.
	for _, who := range [][2]string{{"https://issuer", "s2"}, {"https://other", "s1"}} {
		if b, err := db.SignedIn(ctx, who[0], who[1], "Leyla", "leyla@example.org"); err != nil || b.ID == a.ID {
			t.Error(who, b, err)
		}
	}
	start := c.now
	key, err := db.Begin(ctx, a.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	works := func(want error, what string) {
		t.Helper()
		if _, err := db.Session(ctx, key); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	works(nil, "at once")
	for range 23 { // used all the time, until the absolute limit
		c.now = c.now.Add(29 * time.Minute)
		works(nil, "in use")
	}
	c.now = start.Add(accounts.AbsoluteLimit)
	works(accounts.ErrExpired, "after the absolute limit")
	c.now = start.Add(11*time.Hour + 31*time.Minute)
	works(nil, "before the limits")
	c.now = c.now.Add(accounts.IdleLimit)
	works(accounts.ErrExpired, "idle")
	c.now = start.Add(-time.Hour)
	works(accounts.ErrExpired, "before it began: the clock was set back")

	c.now = start
	next, err := db.Begin(ctx, a.ID, key)
	if err != nil || next == key {
		t.Fatal(err)
	}
	works(accounts.ErrNotFound, "after another sign-in")
	key = next
	works(nil, "the new one")
	if err := db.Disable(ctx, "admin", a.ID, true); err != nil {
		t.Fatal(err)
	}
	works(accounts.ErrNotFound, "disabled")
	if _, err := db.SignedIn(ctx, "https://issuer", "s1", "Leyla", ""); !errors.Is(err, accounts.ErrDisabled) {
		t.Error(err)
	}
}

func TestTokens(t *testing.T) {
	db, sql, c := open(t)
	ctx := t.Context()
	a, _ := db.SignedIn(ctx, "https://issuer", "s1", "Leyla", "")
	if err := db.Grant(ctx, "x", a.ID, policy.Grant{Role: policy.Editor, Country: "AZ"}); err != nil {
		t.Fatal(err)
	}
	tok, plain, err := db.CreateToken(ctx, a.ID, a.ID, "loader", []string{"read"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	who, p, err := db.ByToken(ctx, plain)
	if err != nil || who.ID != a.ID || len(p.Actions) != 1 || p.Grants[0].Country != "AZ" {
		t.Fatal(who, p, err)
	}
	// What is kept does not tell the secret.
	var kept string
	if err := sql.QueryRowContext(ctx, "SELECT hash FROM token WHERE id = ?", tok.ID).Scan(&kept); err != nil || strings.Contains(plain, kept) {
		t.Error(kept, err)
	}
	for _, forged := range []string{"", "kvt_", "kvt_" + tok.ID, "kvt_" + tok.ID + "_", "kvt_" + tok.ID + "_" + strings.Repeat("A", 43), plain + "x", strings.ToLower(plain), "kvt_" + tok.ID + "_" + kept} {
		if _, _, err := db.ByToken(ctx, forged); err == nil {
			t.Errorf("%q was taken", forged)
		}
	}
	c.now = c.now.Add(time.Hour)
	if _, _, err := db.ByToken(ctx, plain); !errors.Is(err, accounts.ErrExpired) {
		t.Error(err)
	}
	_, other, _ := db.CreateToken(ctx, a.ID, a.ID, "loader", []string{"propose", "admin"}, time.Hour)
	list, _ := db.Tokens(ctx, a.ID)
	if len(list) != 2 || list[0].Name != "loader" {
		t.Error(list)
	}
	if err := db.RevokeToken(ctx, a.ID, "somebody else", list[0].ID); !errors.Is(err, accounts.ErrNotFound) {
		t.Error(err)
	}
	if err := db.RevokeToken(ctx, a.ID, a.ID, list[0].ID); err != nil {
		t.Error(err)
	}
	if _, _, err := db.ByToken(ctx, other); !errors.Is(err, accounts.ErrExpired) {
		t.Error(err)
	}
	for _, bad := range []struct {
		name   string
		scopes []string
		last   time.Duration
	}{{"", []string{"read"}, time.Hour}, {"x", nil, time.Hour}, {"x", []string{"all"}, time.Hour}, {"x", []string{"read"}, 0}, {"x", []string{"read"}, 10000 * time.Hour}} {
		if _, _, err := db.CreateToken(ctx, a.ID, a.ID, bad.name, bad.scopes, bad.last); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestSetupEndsWithTheFirstAdministrator(t *testing.T) {
	db, _, c := open(t)
	ctx := t.Context()
	first, err := db.SetupCode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	code, err := db.SetupCode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", first} {
		if _, err := db.Setup(ctx, bad); !errors.Is(err, accounts.ErrExpired) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	local, err := db.Setup(ctx, code)
	if err != nil || !local.Principal().Has(policy.Administrator) {
		t.Fatal(local, err)
	}
	if _, err := db.Setup(ctx, code); !errors.Is(err, accounts.ErrExpired) {
		t.Error("a code was taken twice")
	}
	key, _ := db.Begin(ctx, local.ID, "")
	a, _ := db.SignedIn(ctx, "https://issuer", "s1", "Leyla", "")
	if err := db.Grant(ctx, local.ID, a.ID, policy.Grant{Role: policy.Administrator}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Session(ctx, key); err == nil {
		t.Error("the administrator of the set-up goes on beside another")
	}
	if _, err := db.SetupCode(ctx); err == nil {
		t.Error("a code was given after the set-up")
	}
	late, _, c2 := open(t)
	_ = c
	code, _ = late.SetupCode(ctx)
	c2.now = c2.now.Add(time.Hour)
	if _, err := late.Setup(ctx, code); !errors.Is(err, accounts.ErrExpired) {
		t.Error("a code was taken after an hour")
	}
}

func TestGrantsAreSound(t *testing.T) {
	db, sql, _ := open(t)
	ctx := t.Context()
	a, _ := db.SignedIn(ctx, "https://issuer", "s1", "Leyla", "")
	for _, g := range []policy.Grant{{Role: "king"}, {Role: policy.Public}, {Role: policy.Company}, {Role: policy.Editor, Organisation: "x"}, {Role: policy.Auditor, Country: "AZ"}} {
		if err := db.Grant(ctx, "x", a.ID, g); err == nil {
			t.Errorf("%+v was given", g)
		}
	}
	if err := db.Grant(ctx, "x", "a-nobody", policy.Grant{Role: policy.Auditor}); !errors.Is(err, accounts.ErrNotFound) {
		t.Error(err)
	}
	if err := accounts.SyncPolicy(ctx, sql); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := sql.QueryRowContext(ctx, "SELECT count(*) FROM policy").Scan(&n); err != nil || n < 100 {
		t.Error(n, err)
	}
}
