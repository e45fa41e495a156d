package moderation

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
)

// Importer is a feed that comes in again and again, and how it does. One that has been
// silent for longer than its period is what people have to know first: a feed that
// stopped looks like one in which nothing happens.
type Importer struct {
	Name        string  `json:"name"`
	EveryH      float64 `json:"every_h" doc:"Its period in hours"`
	LastTry     string  `json:"last_try"`
	LastSuccess string  `json:"last_success"`
	LastCount   int64   `json:"last_count" doc:"Records of the last success"`
	LastDelta   int64   `json:"last_delta" doc:"Records more or fewer than the time before"`
	Error       string  `json:"error,omitempty"`
	Silent      bool    `json:"silent"`
}

// Importers lists the importers, the silent ones first.
func (s *Service) Importers(ctx context.Context) ([]Importer, error) {
	rows, err := s.sql().QueryContext(ctx, "SELECT name, every_h, last_try, last_success, last_count, last_delta, error FROM importer ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var silent, others []Importer
	for rows.Next() {
		var i Importer
		if err := rows.Scan(&i.Name, &i.EveryH, &i.LastTry, &i.LastSuccess, &i.LastCount, &i.LastDelta, &i.Error); err != nil {
			return nil, err
		}
		i.Silent = i.LastSuccess < stamp(s.now().Add(-time.Duration(i.EveryH*float64(time.Hour))))
		if i.Silent {
			silent = append(silent, i)
		} else {
			others = append(others, i)
		}
	}
	return append(append([]Importer{}, silent...), others...), rows.Err()
}

// Heard notes that an importer has brought records, or why it did not.
func (s *Service) Heard(ctx context.Context, name string, every time.Duration, count int, failure error) error {
	return s.sql().Within(ctx, func(tx *sqldb.Tx) error { return HeardIn(ctx, tx, s.now(), name, every, count, failure) })
}

// HeardIn notes how an importer did, within a transaction of the caller's.
func HeardIn(ctx context.Context, tx *sqldb.Tx, at time.Time, name string, every time.Duration, count int, failure error) error {
	var before int64
	err := tx.QueryRowContext(ctx, "SELECT last_count FROM importer WHERE name = ?", name).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if failure != nil {
		return tx.Exec(ctx, "INSERT INTO importer (name, every_h, last_try, error) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET every_h = excluded.every_h, last_try = excluded.last_try, error = excluded.error",
			name, every.Hours(), stamp(at), clip(failure.Error(), 500))
	}
	return tx.Exec(ctx, "INSERT INTO importer (name, every_h, last_try, last_success, last_count, last_delta, error) VALUES (?, ?, ?, ?, ?, ?, '') ON CONFLICT (name) DO UPDATE SET every_h = excluded.every_h, last_try = excluded.last_try, last_success = excluded.last_success, last_count = excluded.last_count, last_delta = excluded.last_delta, error = ''",
		name, every.Hours(), stamp(at), stamp(at), count, int64(count)-before)
}
