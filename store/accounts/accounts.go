// Package accounts keeps who may work in a register: accounts and their roles,
// sessions, tokens of programs, and codes for the first sign-in. Secrets are kept as
// hashes; each is told once.
//
// An account is known by the issuer and the subject of its sign-in, never by a mail
// address.
package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/audit"
)

// Errors of what is asked with a secret, or of somebody who is not there.
var (
	ErrNotFound = errors.New("not found")
	ErrExpired  = errors.New("it has expired, or was used or ended")
	ErrDisabled = errors.New("the account is disabled")
	// ErrBad is wrapped by errors of what is asked for.
	ErrBad = errors.New("this cannot be")
)

// Account is somebody who has signed in.
type Account struct {
	ID       string         `json:"id"`
	Issuer   string         `json:"issuer"`
	Subject  string         `json:"subject"`
	Name     string         `json:"name"`
	Mail     string         `json:"mail"` // as the issuer tells it; it proves nothing
	Disabled bool           `json:"disabled"`
	Created  string         `json:"created_at"`
	Seen     string         `json:"seen_at"`
	Profile  Profile        `json:"profile"`
	Grants   []policy.Grant `json:"roles"`
}

// Profile is what a company tells of itself once, for every interest.
type Profile struct {
	Organisation string   `json:"organisation,omitempty"` // id of a record, where the register has it
	Name         string   `json:"name,omitempty"`
	LegalID      string   `json:"legal_id,omitempty"`
	Country      string   `json:"country,omitempty"`
	URL          string   `json:"url,omitempty"`
	Services     []string `json:"services,omitempty"`
	Contact      Contact  `json:"contact"`
}

// Contact is whom to write to; it is never public.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Principal is the account as the policy sees it.
func (a *Account) Principal() policy.Principal {
	return policy.Principal{Account: a.ID, Name: a.Name, Grants: a.Grants}
}

// DB keeps accounts.
type DB struct {
	sql *sqldb.DB
	now func() time.Time
}

// New keeps accounts in a database. The clock may be nil.
func New(db *sqldb.DB, now func() time.Time) *DB {
	if now == nil {
		now = time.Now
	}
	return &DB{db, now}
}

// stamp writes a time as it is kept; they compare as texts.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// secret makes a text of 256 random bits, and its hash.
func secret() (plain, hash string) {
	var b [32]byte
	rand.Read(b[:])
	plain = base64.RawURLEncoding.EncodeToString(b[:])
	return plain, hashOf(plain)
}

// hashOf gives the hash under which a secret is kept. Secrets are random and long, so
// one round of SHA-256 is enough: there is nothing to guess.
func hashOf(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// identity makes an id of 80 random bits.
func identity(prefix string) string {
	var b [10]byte
	rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

// SyncPolicy writes the rules of the policy into the table policy, for those who look.
func SyncPolicy(ctx context.Context, db *sqldb.DB) error {
	var have int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM policy").Scan(&have); err != nil {
		return sqldb.Explain(err)
	}
	rules := slices.Clone(policy.Rules)
	if have == len(rules) {
		same := true
		rows, err := db.QueryContext(ctx, "SELECT role, action, object, state, visibility, scope FROM policy")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r policy.Rule
			if err := rows.Scan(&r.Role, &r.Action, &r.Object, &r.State, &r.Visibility, &r.Scope); err != nil {
				return err
			}
			same = same && slices.Contains(rules, r)
		}
		if err := rows.Err(); err != nil || same {
			return err
		}
		rows.Close()
	}
	return db.Within(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(ctx, "DELETE FROM policy"); err != nil {
			return err
		}
		for _, r := range rules {
			if err := tx.Exec(ctx, "INSERT INTO policy (role, action, object, state, visibility, scope) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				string(r.Role), string(r.Action), string(r.Object), r.State, r.Visibility, string(r.Scope)); err != nil {
				return err
			}
		}
		return nil
	})
}

const accountColumns = "id, issuer, subject, name, mail, disabled, created_at, seen_at, profile"

func scanAccount(row interface{ Scan(...any) error }) (*Account, error) {
	var a Account
	var profile string
	err := row.Scan(&a.ID, &a.Issuer, &a.Subject, &a.Name, &a.Mail, &a.Disabled, &a.Created, &a.Seen, &profile)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	return &a, json.Unmarshal([]byte(profile), &a.Profile)
}

// Get gives an account with its roles.
func (db *DB) Get(ctx context.Context, id string) (*Account, error) { return get(ctx, db.sql, id) }

func get(ctx context.Context, q sqldb.Queryer, id string) (*Account, error) {
	a, err := scanAccount(q.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM account WHERE id = ?", id))
	if err != nil {
		return nil, err
	}
	a.Grants, err = grants(ctx, q, id)
	return a, err
}

func grants(ctx context.Context, q sqldb.Queryer, id string) ([]policy.Grant, error) {
	rows, err := q.QueryContext(ctx, "SELECT role, country, programme, organisation FROM role WHERE account_id = ? ORDER BY role, country, programme, organisation", id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []policy.Grant{}
	for rows.Next() {
		var g policy.Grant
		if err := rows.Scan(&g.Role, &g.Country, &g.Programme, &g.Organisation); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// List lists all accounts, the last seen first.
func (db *DB) List(ctx context.Context) ([]Account, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT "+accountColumns+" FROM account ORDER BY seen_at DESC, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Account{}
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	for i := range out {
		if out[i].Grants, err = grants(ctx, db.sql, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// LocalIssuer is the issuer of the administrator of the set-up, who signs in with
// codes from the command line.
const LocalIssuer = "local"

// SignedIn gives the account of somebody whom an issuer has vouched for, and makes one
// without any role where there is none.
func (db *DB) SignedIn(ctx context.Context, issuer, subject, name, mail string) (*Account, error) {
	var out *Account
	err := db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		var err error
		out, err = db.signedIn(ctx, tx, issuer, subject, name, mail)
		return err
	})
	return out, err
}

func (db *DB) signedIn(ctx context.Context, tx *sqldb.Tx, issuer, subject, name, mail string) (*Account, error) {
	now := stamp(db.now())
	a, err := scanAccount(tx.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM account WHERE issuer = ? AND subject = ?", issuer, subject))
	switch {
	case errors.Is(err, ErrNotFound):
		id := identity("a-")
		if err := tx.Exec(ctx, "INSERT INTO account (id, issuer, subject, name, mail, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)", id, issuer, subject, name, mail, now, now); err != nil {
			return nil, err
		}
		if err := audit.Append(ctx, tx, db.now(), id, "account.create", id, map[string]string{"issuer": issuer, "subject": subject}); err != nil {
			return nil, err
		}
		return get(ctx, tx, id)
	case err != nil:
		return nil, err
	case a.Disabled:
		return nil, ErrDisabled
	}
	if err := tx.Exec(ctx, "UPDATE account SET name = ?, mail = ?, seen_at = ? WHERE id = ?", name, mail, now, a.ID); err != nil {
		return nil, err
	}
	return get(ctx, tx, a.ID)
}

// SetProfile keeps what a company tells of itself.
func (db *DB) SetProfile(ctx context.Context, id string, p Profile) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(ctx, "UPDATE account SET profile = ? WHERE id = ?", string(body), id)
	})
}

// Grant gives an account a role. By is the account that does it.
func (db *DB) Grant(ctx context.Context, by, id string, g policy.Grant) error {
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error { return GrantIn(ctx, tx, db.now(), by, id, g) })
}

// GrantIn gives a role within a transaction of the caller's.
func GrantIn(ctx context.Context, tx *sqldb.Tx, at time.Time, by, id string, g policy.Grant) error {
	if err := CheckGrant(g); err != nil {
		return err
	}
	if a, err := get(ctx, tx, id); err != nil {
		return err
	} else if a.Disabled && g.Role == policy.Administrator {
		return fmt.Errorf("%w: the account is disabled", ErrBad)
	}
	if err := tx.Exec(ctx, "INSERT INTO role (account_id, role, country, programme, organisation, granted_by, granted_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		id, string(g.Role), g.Country, g.Programme, g.Organisation, by, stamp(at)); err != nil {
		return err
	}
	if g.Role == policy.Administrator && by != LocalIssuer {
		// The administrator of the set-up is not needed any more.
		if err := disableLocal(ctx, tx, at, by, id); err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, at, by, "role.grant", id, g)
}

// CheckGrant tells what is wrong with a role that is to be given.
func CheckGrant(g policy.Grant) error {
	switch {
	case g.Role == policy.Public || !slices.Contains(policy.Roles, g.Role):
		return fmt.Errorf("there is no role %q: one of %v was expected", g.Role, policy.Roles[1:])
	case g.Role == policy.Company && (g.Organisation == "" || g.Country != "" || g.Programme != ""):
		return errors.New("the role company is for an organisation, and for nothing else")
	case g.Role != policy.Company && g.Organisation != "":
		return fmt.Errorf("the role %s is not for an organisation", g.Role)
	case g.Role != policy.Editor && g.Role != policy.Publisher && (g.Country != "" || g.Programme != ""):
		return fmt.Errorf("the role %s is not for a country or a programme", g.Role)
	}
	return nil
}

// disableLocal ends the administrator of the set-up once another one, who signs in with
// an issuer, has the role.
func disableLocal(ctx context.Context, tx *sqldb.Tx, at time.Time, by, newcomer string) error {
	a, err := scanAccount(tx.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM account WHERE issuer = ? AND disabled = 0", LocalIssuer))
	if errors.Is(err, ErrNotFound) || err == nil && a.ID == newcomer {
		return nil
	}
	if err != nil {
		return err
	}
	return disable(ctx, tx, at, by, a.ID, true)
}

// Revoke takes a role from an account. Sessions go on with what is left.
func (db *DB) Revoke(ctx context.Context, by, id string, g policy.Grant) error {
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(ctx, "DELETE FROM role WHERE account_id = ? AND role = ? AND country = ? AND programme = ? AND organisation = ?", id, string(g.Role), g.Country, g.Programme, g.Organisation); err != nil {
			return err
		}
		return audit.Append(ctx, tx, db.now(), by, "role.revoke", id, g)
	})
}

// Disable ends an account with its sessions and tokens, or lets it sign in again.
func (db *DB) Disable(ctx context.Context, by, id string, disabled bool) error {
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if _, err := get(ctx, tx, id); err != nil {
			return err
		}
		return disable(ctx, tx, db.now(), by, id, disabled)
	})
}

func disable(ctx context.Context, tx *sqldb.Tx, at time.Time, by, id string, disabled bool) error {
	n, action := 0, "account.enable"
	if disabled {
		n, action = 1, "account.disable"
		if err := tx.Exec(ctx, "DELETE FROM session WHERE account_id = ?", id); err != nil {
			return err
		}
		if err := tx.Exec(ctx, "UPDATE token SET revoked_at = ? WHERE account_id = ? AND revoked_at = ''", stamp(at), id); err != nil {
			return err
		}
	}
	if err := tx.Exec(ctx, "UPDATE account SET disabled = ? WHERE id = ?", n, id); err != nil {
		return err
	}
	return audit.Append(ctx, tx, at, by, action, id, nil)
}

// Administrators counts the accounts that may keep accounts.
func (db *DB) Administrators(ctx context.Context) (int, error) {
	var n int
	err := db.sql.QueryRowContext(ctx, "SELECT count(DISTINCT a.id) FROM account a JOIN role r ON r.account_id = a.id WHERE r.role = 'administrator' AND a.disabled = 0 AND a.issuer <> ?", LocalIssuer).Scan(&n)
	return n, sqldb.Explain(err)
}
