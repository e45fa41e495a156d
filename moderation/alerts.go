package moderation

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

// Alert tells an account by mail of what is new: of a kind, a field of work or sector,
// and a country; "" is all.
type Alert struct {
	ID       string `json:"id"`
	Kind     string `json:"kind,omitempty"`
	Service  string `json:"service,omitempty" doc:"A field of work, or a sector: transport finds transport.rail"`
	Country  string `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	Language string `json:"language" enum:"en,az,tr,ru"`
	Mail     string `json:"mail" doc:"The verified address of the account"`
}

// mostAlerts bounds the alerts of an account.
const mostAlerts = 20

// AddAlert keeps an alert of an account. It goes to the address that the issuer has
// verified, and to no other.
func (s *Service) AddAlert(ctx context.Context, a *accounts.Account, in Alert) (Alert, error) {
	var faults Faults
	if a.Mail == "" {
		faults = append(faults, register.Problem{Path: "mail", Message: "the account has no mail address that its issuer has verified"})
	}
	if in.Kind != "" && register.Info(in.Kind) == nil {
		faults = append(faults, register.Problem{Path: "kind", Message: "a kind of record was expected"})
	}
	if len(in.Service) > 60 || len(in.Country) != 0 && len(in.Country) != 2 {
		faults = append(faults, register.Problem{Path: "country", Message: "a country of two letters was expected, and a field of work"})
	}
	if len(faults) > 0 {
		return in, faults
	}
	in.ID, in.Mail, in.Country = newID("w-"), a.Mail, strings.ToUpper(in.Country)
	if in.Language == "" {
		in.Language = register.Languages[0]
	}
	return in, s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM subscription WHERE account_id = ?", a.ID).Scan(&n); err != nil {
			return err
		}
		if n >= mostAlerts {
			return ErrQuota
		}
		last, err := registerdb.LastPublic(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Exec(ctx, "INSERT INTO subscription (id, account_id, mail, confirmed, kind, service, country, language, last, created_at) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)", in.ID, a.ID, in.Mail, in.Kind, in.Service, in.Country, in.Language, last, stamp(s.now()))
	})
}

// Alerts lists the alerts of an account.
func (s *Service) Alerts(ctx context.Context, account string) ([]Alert, error) {
	list, _, err := s.alerts(ctx, "WHERE account_id = ?", account)
	return list, err
}

func (s *Service) alerts(ctx context.Context, where string, args ...any) ([]Alert, []int64, error) {
	rows, err := s.sql().QueryContext(ctx, "SELECT id, mail, kind, service, country, language, last FROM subscription "+where+" ORDER BY created_at, id", args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	out := []Alert{}
	var lasts []int64
	for rows.Next() {
		var a Alert
		var last int64
		if err := rows.Scan(&a.ID, &a.Mail, &a.Kind, &a.Service, &a.Country, &a.Language, &last); err != nil {
			return nil, nil, err
		}
		out, lasts = append(out, a), append(lasts, last)
	}
	return out, lasts, rows.Err()
}

// DropAlert ends an alert of an account.
func (s *Service) DropAlert(ctx context.Context, account, id string) error {
	return s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(ctx, "DELETE FROM subscription WHERE id = ? AND account_id = ?", id, account)
	})
}

// TellAlerts puts mails of what became public since the last time into the outbox, one
// for each alert, and reports how many.
func (s *Service) TellAlerts(ctx context.Context) (int, error) {
	list, lasts, err := s.alerts(ctx, "")
	if err != nil || len(list) == 0 {
		return 0, err
	}
	newest, err := registerdb.LastPublic(ctx, s.sql())
	if err != nil {
		return 0, err
	}
	sent := 0
	for i, a := range list {
		if lasts[i] >= newest {
			continue // nothing is new: no reason to hold writers up
		}
		err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT DISTINCT r.id, r.kind, r.slug, r.name, r.country, r.sector FROM statement s JOIN record r ON r.id = s.subject WHERE s.public_seq > ? ORDER BY r.name, r.id`, lasts[i])
			if err != nil {
				return err
			}
			defer rows.Close()
			var lines []string
			for rows.Next() {
				var id, kind, slug, name, country, sector string
				if err := rows.Scan(&id, &kind, &slug, &name, &country, &sector); err != nil {
					return err
				}
				if a.Kind != "" && register.Info(a.Kind).Kind != register.Kind(kind) || a.Country != "" && !strings.Contains(country, ";"+a.Country+";") ||
					a.Service != "" && !strings.Contains(sector, ";"+a.Service+";") && !strings.Contains(sector, ";"+a.Service+".") {
					continue
				}
				lines = append(lines, fmt.Sprintf("%s: %s\n%s/%s/%s/%s", labels.One(a.Language, register.Kind(kind)), name, strings.TrimSuffix(s.Base, "/"), a.Language, register.Info(kind).Plural, slug))
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
			last, err := registerdb.LastPublic(ctx, tx)
			if err != nil || last == lasts[i] {
				return err
			}
			// Another server may have told it meanwhile.
			r, err := tx.ExecContext(ctx, "UPDATE subscription SET last = ? WHERE id = ? AND last = ?", last, a.ID, lasts[i])
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n == 0 || len(lines) == 0 {
				return err
			}
			sort.Strings(lines)
			sent++
			return Queue(ctx, tx, stamp(s.now()), a.Mail, alertTitle[a.Language], strings.Join(lines[:min(len(lines), 100)], "\n\n"))
		})
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

var alertTitle = map[string]string{"en": "New in the register", "az": "Reyestrdə yenilik", "tr": "Sicilde yenilik", "ru": "Новое в реестре"}
