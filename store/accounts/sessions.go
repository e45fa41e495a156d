package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/audit"
)

// How long sessions last: without a request, and at most.
const (
	IdleLimit     = 30 * time.Minute
	AbsoluteLimit = 12 * time.Hour
	// seenEvery is how often a session notes that it was used: a write for every page
	// would be too many.
	seenEvery = time.Minute
)

// Begin begins a session of an account and gives its secret. A session that was there
// before the sign-in, where one is named, ends.
func (db *DB) Begin(ctx context.Context, id, before string) (plain string, err error) {
	plain, hash := secret()
	now := db.now()
	err = db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if before != "" {
			if err := tx.Exec(ctx, "DELETE FROM session WHERE hash = ?", hashOf(before)); err != nil {
				return err
			}
		}
		if err := tx.Exec(ctx, "DELETE FROM session WHERE expires_at <= ? OR seen_at <= ?", stamp(now), stamp(now.Add(-IdleLimit))); err != nil {
			return err
		}
		if err := tx.Exec(ctx, "INSERT INTO session (hash, account_id, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?)", hash, id, stamp(now), stamp(now), stamp(now.Add(AbsoluteLimit))); err != nil {
			return err
		}
		return audit.Append(ctx, tx, now, id, "session.begin", id, nil)
	})
	return plain, err
}

// Session gives the account of a session's secret. It notes that the session is used.
func (db *DB) Session(ctx context.Context, plain string) (*Account, error) {
	var id, seen, created, expires string
	hash := hashOf(plain)
	err := db.sql.QueryRowContext(ctx, "SELECT account_id, seen_at, created_at, expires_at FROM session WHERE hash = ?", hash).Scan(&id, &seen, &created, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	now := db.now()
	// A clock that was set back must not make a session live longer.
	if expires <= stamp(now) || seen <= stamp(now.Add(-IdleLimit)) || created > stamp(now.Add(5*time.Minute)) {
		return nil, ErrExpired
	}
	a, err := db.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.Disabled {
		return nil, ErrDisabled
	}
	if seen <= stamp(now.Add(-seenEvery)) {
		// A session that cannot note its use now, since the disk is full, goes on.
		err := db.sql.Within(ctx, func(tx *sqldb.Tx) error {
			return tx.Exec(ctx, "UPDATE session SET seen_at = ? WHERE hash = ?", stamp(now), hash)
		})
		if err != nil && !errors.Is(err, sqldb.ErrUnavailable) {
			return nil, err
		}
	}
	return a, nil
}

// End ends a session.
func (db *DB) End(ctx context.Context, plain string) error {
	return db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, "SELECT account_id FROM session WHERE hash = ?", hashOf(plain)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, "DELETE FROM session WHERE hash = ?", hashOf(plain)); err != nil {
			return err
		}
		return audit.Append(ctx, tx, db.now(), id, "session.end", id, nil)
	})
}

// Login is a sign-in under way with an issuer.
type Login struct{ Nonce, Verifier, Next string }

// loginLimit is how long a sign-in may take.
const loginLimit = 10 * time.Minute

// BeginLogin keeps a sign-in until the issuer answers; the state stands for it.
func (db *DB) BeginLogin(ctx context.Context, l Login) (state string, err error) {
	state, hash := secret()
	now := db.now()
	return state, db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(ctx, "DELETE FROM login WHERE expires_at <= ?", stamp(now)); err != nil {
			return err
		}
		return tx.Exec(ctx, "INSERT INTO login (hash, kind, nonce, verifier, next, expires_at) VALUES (?, 'oidc', ?, ?, ?, ?)", hash, l.Nonce, l.Verifier, l.Next, stamp(now.Add(loginLimit)))
	})
}

// EndLogin gives the sign-in of a state, once.
func (db *DB) EndLogin(ctx context.Context, state string) (Login, error) {
	var l Login
	err := db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		var expires string
		err := tx.QueryRowContext(ctx, "SELECT nonce, verifier, next, expires_at FROM login WHERE hash = ? AND kind = 'oidc'", hashOf(state)).Scan(&l.Nonce, &l.Verifier, &l.Next, &expires)
		if errors.Is(err, sql.ErrNoRows) || err == nil && expires <= stamp(db.now()) {
			return ErrExpired
		}
		if err != nil {
			return err
		}
		return tx.Exec(ctx, "DELETE FROM login WHERE hash = ?", hashOf(state))
	})
	return l, err
}

// setupLimit is how long a code of the set-up holds.
const setupLimit = time.Hour

// SetupCode makes a code with which the administrator of the set-up signs in once. There
// is none once somebody else has the role.
func (db *DB) SetupCode(ctx context.Context) (string, error) {
	n, err := db.Administrators(ctx)
	if err != nil {
		return "", err
	}
	if n > 0 {
		return "", fmt.Errorf("the set-up is over: %d accounts are administrators, sign in as one of them", n)
	}
	code, hash := secret()
	now := db.now()
	return code, db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(ctx, "DELETE FROM login WHERE kind = 'setup'"); err != nil {
			return err
		}
		if err := tx.Exec(ctx, "INSERT INTO login (hash, kind, nonce, verifier, next, expires_at) VALUES (?, 'setup', '', '', '', ?)", hash, stamp(now.Add(setupLimit))); err != nil {
			return err
		}
		return audit.Append(ctx, tx, now, "command line", "setup.code", "local administrator", nil)
	})
}

// Setup gives the administrator of the set-up for a code, once.
func (db *DB) Setup(ctx context.Context, code string) (*Account, error) {
	n, err := db.Administrators(ctx)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, ErrExpired
	}
	var a *Account
	err = db.sql.Within(ctx, func(tx *sqldb.Tx) error {
		var expires string
		err := tx.QueryRowContext(ctx, "SELECT expires_at FROM login WHERE hash = ? AND kind = 'setup'", hashOf(code)).Scan(&expires)
		if errors.Is(err, sql.ErrNoRows) || err == nil && expires <= stamp(db.now()) {
			return ErrExpired
		}
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, "DELETE FROM login WHERE hash = ?", hashOf(code)); err != nil {
			return err
		}
		if a, err = db.signedIn(ctx, tx, LocalIssuer, "administrator", "Administrator of the set-up", ""); err != nil {
			return err
		}
		if err := GrantIn(ctx, tx, db.now(), LocalIssuer, a.ID, policy.Grant{Role: policy.Administrator}); err != nil {
			return err
		}
		a, err = get(ctx, tx, a.ID)
		return err
	})
	return a, err
}
