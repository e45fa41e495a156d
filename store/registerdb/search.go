package registerdb

import (
	"context"
	"strings"

	"github.com/karvan/karvan/register"
)

// Hit is a record that a search found.
type Hit struct {
	*Item
	Rough bool // found only by its consonants
}

// Search finds records of every kind by words of their texts, in any spelling
// that [register.SearchFold] brings together, the best first. Where nothing is
// found, names that sound alike are.
//
// Kind, where it is not "", keeps to one kind of record; language gives names
// and texts in it.
func (db *DB) Search(ctx context.Context, text string, kind register.Kind, language string, limit int) ([]Hit, error) {
	out, err := db.search(ctx, text, kind, limit)
	if err != nil {
		return nil, err
	}
	items := make([]*Item, len(out))
	for i, h := range out {
		items[i] = h.Item
	}
	return out, db.InLanguage(ctx, items, language)
}

func (db *DB) search(ctx context.Context, text string, kind register.Kind, limit int) ([]Hit, error) {
	d := db.sql.Dialect
	find := func(match string, rough bool) ([]Hit, error) {
		args := []any{match, limit}
		if kind != "" {
			args = append(args, string(kind))
		}
		rows, err := db.sql.QueryContext(ctx, ranked(d, rough, kind), args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []Hit
		for rows.Next() {
			it, err := scanItem(rows)
			if err != nil {
				return nil, err
			}
			out = append(out, Hit{it, rough})
		}
		return out, rows.Err()
	}
	match := matchAll(d, register.SearchFold(text))
	if match == "" {
		return nil, nil
	}
	out, err := find(ofTexts(d, match), false)
	if err != nil || len(out) > 0 {
		return out, err
	}
	var words []string
	for _, w := range strings.Fields(register.Skeleton(text)) {
		if len(w) < 2 {
			return nil, nil
		}
		words = append(words, w)
	}
	return find(ofSkeletons(d, matchExactly(d, words)), true)
}

func prefixed(with, columns string) string {
	return with + strings.ReplaceAll(columns, ", ", ", "+with)
}
