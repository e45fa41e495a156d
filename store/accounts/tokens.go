package accounts

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/audit"
)

// Scopes are what a token may be for; what its account may not do it may not either.
var Scopes = map[string][]policy.Action{
	"read":    {policy.Read},
	"propose": {policy.Read, policy.Create, policy.Change, policy.Submit, policy.Withdraw},
	"review":  {policy.Read, policy.Accept, policy.Return},
	"publish": {policy.Read, policy.Accept, policy.Return, policy.Publish, policy.Withdraw},
	"admin":   {policy.Read, policy.Manage},
}

// LongestToken is the longest time for which a token is given.
const LongestToken = 366 * 24 * time.Hour

// Token lets a program act for an account.
type Token struct {
	ID      string   `json:"id"`
	Account string   `json:"account"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Created string   `json:"created_at"`
	Expires string   `json:"expires_at"`
	Used    string   `json:"used_at,omitempty"`
	Revoked string   `json:"revoked_at,omitempty"`
}

// CreateToken gives an account a token: its secret is told here and never again.
func (db *DB) CreateToken(ctx context.Context, by, account, name string, scopes []string, last time.Duration) (Token, string, error) {
	t := Token{ID: identity(""), Account: account, Name: name, Scopes: scopes, Created: stamp(db.now()), Expires: stamp(db.now().Add(last))}
	if strings.TrimSpace(name) == "" || len(name) > 100 {
		return t, "", fmt.Errorf("%w: name: a text of at most 100 letters was expected", ErrBad)
	}
	if last <= 0 || last > LongestToken {
		return t, "", fmt.Errorf("%w: expires: a time within %d days was expected", ErrBad, int(LongestToken.Hours()/24))
	}
	if len(scopes) == 0 || len(scopes) > len(Scopes) {
		return t, "", fmt.Errorf("%w: scopes: at least one of %v was expected", ErrBad, scopeNames())
	}
	for _, s := range scopes {
		if Scopes[s] == nil {
			return t, "", fmt.Errorf("%w: scopes: %q is not one of %v", ErrBad, s, scopeNames())
		}
	}
	plain, hash := secret()
	err := db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if _, err := get(ctx, tx, account); err != nil {
			return err
		}
		if err := tx.Exec(ctx, "INSERT INTO token (id, hash, account_id, name, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)", t.ID, hash, account, name, strings.Join(scopes, " "), t.Created, t.Expires); err != nil {
			return err
		}
		return audit.Append(ctx, tx, db.now(), by, "token.create", t.ID, map[string]any{"account": account, "scopes": scopes, "expires_at": t.Expires})
	})
	return t, "kvt_" + t.ID + "_" + plain, err
}

func scopeNames() []string {
	var out []string
	for s := range Scopes {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// ByToken gives who acts with a token's secret.
func (db *DB) ByToken(ctx context.Context, plain string) (*Account, policy.Principal, error) {
	rest, ours := strings.CutPrefix(plain, "kvt_")
	id, key, ok := strings.Cut(rest, "_")
	if !ours || !ok {
		return nil, policy.Principal{}, ErrNotFound
	}
	var hash, account, scopes, expires, used, revoked string
	err := db.sql.QueryRowContext(ctx, "SELECT hash, account_id, scopes, expires_at, used_at, revoked_at FROM token WHERE id = ?", id).Scan(&hash, &account, &scopes, &expires, &used, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, policy.Principal{}, ErrNotFound
	}
	if err != nil {
		return nil, policy.Principal{}, sqldb.Explain(err)
	}
	now := db.now()
	switch {
	case subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(key))) != 1:
		return nil, policy.Principal{}, ErrNotFound
	case revoked != "" || expires <= stamp(now):
		return nil, policy.Principal{}, ErrExpired
	}
	a, err := db.Get(ctx, account)
	if err != nil {
		return nil, policy.Principal{}, err
	}
	if a.Disabled {
		return nil, policy.Principal{}, ErrDisabled
	}
	if used <= stamp(now.Add(-time.Hour)) {
		err := db.sql.Within(ctx, func(tx *sqldb.Tx) error {
			return tx.Exec(ctx, "UPDATE token SET used_at = ? WHERE id = ?", stamp(now), id)
		})
		if err != nil && !errors.Is(err, sqldb.ErrUnavailable) {
			return nil, policy.Principal{}, err
		}
	}
	p := a.Principal()
	p.Actions = []policy.Action{}
	for _, s := range strings.Fields(scopes) {
		p.Actions = append(p.Actions, Scopes[s]...)
	}
	return a, p, nil
}

// Tokens lists the tokens of an account, newest first, without their secrets.
func (db *DB) Tokens(ctx context.Context, account string) ([]Token, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT id, account_id, name, scopes, created_at, expires_at, used_at, revoked_at FROM token WHERE account_id = ? ORDER BY created_at DESC, id", account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Token{}
	for rows.Next() {
		var t Token
		var scopes string
		if err := rows.Scan(&t.ID, &t.Account, &t.Name, &scopes, &t.Created, &t.Expires, &t.Used, &t.Revoked); err != nil {
			return nil, err
		}
		t.Scopes = strings.Fields(scopes)
		out = append(out, t)
	}
	return out, rows.Err()
}

// RevokeToken ends a token of an account.
func (db *DB) RevokeToken(ctx context.Context, by, account, id string) error {
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM token WHERE id = ? AND account_id = ?", id, account).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		if err := tx.Exec(ctx, "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at = ''", stamp(db.now()), id); err != nil {
			return err
		}
		return audit.Append(ctx, tx, db.now(), by, "token.revoke", id, nil)
	})
}
