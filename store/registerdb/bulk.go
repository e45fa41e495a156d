package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/karvan/karvan/register"
)

// Each walks through the records of a kind in the order of their ids, without
// holding them all, in a language where it is not "".
func (db *DB) Each(ctx context.Context, kind register.Kind, language string, do func(*Item) error) error {
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return err
	}
	texts, err := db.texts(ctx, language, nil)
	if err != nil {
		return err
	}
	rows, err := db.sql.QueryContext(ctx, "SELECT "+itemColumns+" FROM record WHERE kind = ? ORDER BY id", string(kind))
	if err != nil {
		return err
	}
	defer rows.Close()
	view := register.View{Language: language, Sources: known.of}
	for rows.Next() {
		it, err := scanItem(rows)
		if err != nil {
			return err
		}
		it.translate(texts[it.ID], view)
		if err := do(it); err != nil {
			return err
		}
	}
	return rows.Err()
}

// EachBody walks through the records of a kind as [DB.Each] does, and gives
// each as JSON: as it is stored, where no text of it is in the language.
func (db *DB) EachBody(ctx context.Context, kind register.Kind, language string, do func(id string, body json.RawMessage) error) error {
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return err
	}
	texts, err := db.texts(ctx, language, nil)
	if err != nil {
		return err
	}
	rows, err := db.sql.QueryContext(ctx, "SELECT id, body FROM record WHERE kind = ? ORDER BY id", string(kind))
	if err != nil {
		return err
	}
	defer rows.Close()
	view := register.View{Language: language, Sources: known.of}
	for rows.Next() {
		var id string
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		if own := texts[id]; len(own) > 0 {
			v, err := register.Decode(body)
			if err != nil {
				return err
			}
			values, _ := v.(map[string]any)
			register.Translate(values, own, view)
			body = sql.RawBytes(register.Encode(values))
		}
		if err := do(id, json.RawMessage(body)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// IDs gives the ids of all records, public or not.
func (db *DB) IDs(ctx context.Context) (map[string]bool, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT DISTINCT subject FROM statement")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}

// Slugs gives the slugs of all records of a kind by their ids.
func (db *DB) Slugs(ctx context.Context, kind register.Kind) (map[string]string, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT id, slug FROM record WHERE kind = ?", string(kind))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, slug string
		if err := rows.Scan(&id, &slug); err != nil {
			return nil, err
		}
		out[id] = slug
	}
	return out, rows.Err()
}
