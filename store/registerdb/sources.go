package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/karvan/karvan/register"
)

func (db *DB) sourceFacts(ctx context.Context) (sources, error) {
	return readSources(ctx, db.sql)
}

// openSource is the condition of sources that everybody may see: something public
// rests on it, or nothing does yet.
const openSource = "(EXISTS (SELECT 1 FROM statement WHERE source_id = s.id AND " + published + ") OR NOT EXISTS (SELECT 1 FROM statement WHERE source_id = s.id))"

// Source gives a source by its id.
func (db *DB) Source(ctx context.Context, id string) (*register.Source, error) {
	var body string
	err := db.sql.QueryRowContext(ctx, "SELECT body FROM source s WHERE id = ? AND "+openSource, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	var s register.Source
	return &s, json.Unmarshal([]byte(body), &s)
}

// SourceUse is a source and how many statements rest on it.
type SourceUse struct {
	register.Source
	Statements int `json:"statements"`
}

// Sources lists all sources, newest first.
func (db *DB) Sources(ctx context.Context) ([]SourceUse, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT s.body, (SELECT count(*) FROM statement WHERE source_id = s.id AND "+published+") FROM source s WHERE "+openSource+" ORDER BY s.date DESC, s.id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []SourceUse{}
	for rows.Next() {
		var s SourceUse
		var body string
		if err := rows.Scan(&body, &s.Statements); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &s.Source); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// RestingOn lists records that have a value from a source, at most limit.
func (db *DB) RestingOn(ctx context.Context, source string, limit int) ([]*Item, error) {
	return db.items(ctx, "id IN (SELECT subject FROM statement WHERE source_id = ? AND "+published+") ORDER BY kind, sort_name, n LIMIT ?", source, limit)
}
