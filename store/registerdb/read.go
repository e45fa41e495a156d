package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// ErrNotFound is returned where there is no such record or source.
var ErrNotFound = errors.New("not found")

// Item is a record as lists and pages need it.
type Item struct {
	ID       string
	Kind     register.Kind
	Slug     string
	Name     string
	Revision int64
	Updated  string // when the last statement was recorded, RFC 3339
	Known    string // the last day on which a source told something
	Sources  int
	Box      *[4]float64 // west, south, east, north
	Values   map[string]any
	// Translated has the paths whose text is in the language asked for.
	Translated map[string]bool
}

type scanner interface{ Scan(...any) error }

const itemColumns = "id, kind, slug, name, revision, updated, known, sources, west, south, east, north, body"

func scanItem(row scanner, extra ...any) (*Item, error) {
	var it Item
	var box [4]*float64
	var body string
	if err := row.Scan(append([]any{&it.ID, &it.Kind, &it.Slug, &it.Name, &it.Revision, &it.Updated, &it.Known, &it.Sources, &box[0], &box[1], &box[2], &box[3], &body}, extra...)...); err != nil {
		return nil, err
	}
	if box[0] != nil {
		it.Box = &[4]float64{*box[0], *box[1], *box[2], *box[3]}
	}
	v, err := register.Decode([]byte(body))
	if err != nil {
		return nil, err
	}
	it.Values = v.(map[string]any)
	return &it, nil
}

// Get gives a record by its id, or by its kind and slug. Where kind is empty,
// key is an id.
func (db *DB) Get(ctx context.Context, kind register.Kind, key string) (*Item, error) {
	row := db.sql.QueryRowContext(ctx, "SELECT "+itemColumns+" FROM record WHERE id = ?1 AND (CAST(?2 AS text) = '' OR kind = ?2) UNION ALL SELECT "+itemColumns+" FROM record WHERE kind = ?2 AND slug = ?1 LIMIT 1", key, string(kind))
	it, err := scanItem(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return it, sqldb.Explain(err)
}

// View gives a record with where each value comes from, as a view asks.
func (db *DB) View(ctx context.Context, subject string, v register.View) (*register.Record, error) {
	list, err := db.Statements(ctx, subject)
	if err != nil {
		return nil, err
	}
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return nil, err
	}
	v.Sources = known.of
	r := register.Fold(subject, list, v)
	if len(r.Values) == 0 {
		return nil, ErrNotFound
	}
	r.Values["id"] = subject
	return r, nil
}

// Link is a record that names another, and by which field.
type Link struct {
	*Item
	Path string
}

// Referring lists the records that name one, by kind and date.
func (db *DB) Referring(ctx context.Context, id string) ([]Link, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT "+prefixed("r.", itemColumns)+", ref.path FROM reference ref JOIN record r ON r.id = ref.from_id WHERE ref.to_id = ? ORDER BY r.kind, r.date, r.n", id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Link
	for rows.Next() {
		var path string
		it, err := scanItem(rows, &path)
		if err != nil {
			return nil, err
		}
		out = append(out, Link{it, path})
	}
	return out, rows.Err()
}

// Counts tells how many records there are of each kind.
func (db *DB) Counts(ctx context.Context) (map[register.Kind]int, error) {
	counts := map[register.Kind]int{}
	rows, err := db.sql.QueryContext(ctx, "SELECT kind, count(*) FROM record GROUP BY kind")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind register.Kind
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, err
		}
		counts[kind] = n
	}
	return counts, rows.Err()
}

// Names gives records by their ids, in a language where it is not "".
func (db *DB) Names(ctx context.Context, ids []string, language string) (map[string]*Item, error) {
	out := map[string]*Item{}
	for len(ids) > 0 {
		part := ids[:min(len(ids), 500)]
		ids = ids[len(part):]
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		items, err := db.items(ctx, "id IN (?"+strings.Repeat(", ?", len(part)-1)+")", args...)
		if err != nil {
			return nil, err
		}
		if err := db.InLanguage(ctx, items, language); err != nil {
			return nil, err
		}
		for _, it := range items {
			out[it.ID] = it
		}
	}
	return out, nil
}

// items reads the records of a condition, which may end with an order.
func (db *DB) items(ctx context.Context, where string, args ...any) ([]*Item, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT "+itemColumns+" FROM record WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Item
	for rows.Next() {
		it, err := scanItem(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

// Seeded tells when the register was filled from its study, RFC 3339, or "".
func (db *DB) Seeded(ctx context.Context) (string, error) { return meta(ctx, db.sql, "seeded_at") }

// Newest lists the records of which sources told something last, newest first.
func (db *DB) Newest(ctx context.Context, limit int) ([]*Item, error) {
	return db.items(ctx, "n IN (SELECT n FROM record WHERE kind NOT IN ('person', 'organisation') ORDER BY known DESC, n LIMIT ?) ORDER BY known DESC, n", limit)
}

// State names the state of what is public: a number that grows when any of it
// changes, and when its last statement was recorded.
func (db *DB) State(ctx context.Context) (revision int64, updated string, err error) {
	var version, at sql.NullString
	err = db.sql.QueryRowContext(ctx, "SELECT (SELECT value FROM meta WHERE key = 'version'), (SELECT recorded_at FROM statement WHERE public_seq IS NOT NULL ORDER BY public_seq DESC LIMIT 1)").Scan(&version, &at)
	if err != nil || !version.Valid {
		return 0, at.String, sqldb.Explain(err)
	}
	revision, err = strconv.ParseInt(version.String, 10, 64)
	return revision, at.String, err
}
