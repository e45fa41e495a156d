package registerdb

import (
	"context"
	"strings"

	"github.com/karvan/karvan/register"
)

// translate puts the texts of a language in the place of the record's own.
func (it *Item) translate(texts []register.Statement, view register.View) {
	if len(texts) > 0 {
		it.Translated = register.Translate(it.Values, texts, view)
		it.Name = register.NameOf(it.Kind, it.Values)
	}
}

// texts gives the statements in a language by subject; nil ids: of all.
func (db *DB) texts(ctx context.Context, language string, ids []string) (map[string][]register.Statement, error) {
	if language == "" || ids != nil && len(ids) == 0 {
		return nil, nil
	}
	where := "AND instr(path, '@') > 0 AND path LIKE ?"
	args := []any{"%@" + language}
	if ids != nil {
		where += " AND subject IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"
		for _, id := range ids {
			args = append(args, id)
		}
	}
	list, err := readStatements(ctx, db.sql, where+" ORDER BY public_seq", args...)
	if err != nil {
		return nil, err
	}
	out := map[string][]register.Statement{}
	for _, s := range list {
		out[s.Subject] = append(out[s.Subject], s)
	}
	return out, nil
}

// As turns a record into what it is as a view asks: known by a day, in a
// language. It reports false where nothing was known.
func (db *DB) As(ctx context.Context, it *Item, view register.View) (known bool, err error) {
	sources, err := db.sourceFacts(ctx)
	if err != nil {
		return false, err
	}
	view.Sources = sources.of
	return db.fold(ctx, it, view)
}

// fold gives a record as a view asks; known is false where nothing was.
func (db *DB) fold(ctx context.Context, it *Item, view register.View) (known bool, err error) {
	list, err := db.Statements(ctx, it.ID)
	if err != nil {
		return false, err
	}
	r := register.Fold(it.ID, list, view)
	if len(r.Values) == 0 {
		return false, nil
	}
	r.Values["id"] = it.ID
	it.Values, it.Translated, it.Known = r.Values, r.Translated, r.Known
	it.Name = register.NameOf(it.Kind, r.Values)
	return true, nil
}

// InLanguage gives the texts of records in a language where they have any.
func (db *DB) InLanguage(ctx context.Context, items []*Item, language string) error {
	if language == "" || len(items) == 0 {
		return nil
	}
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	texts, err := db.texts(ctx, language, ids)
	if err != nil {
		return err
	}
	view := register.View{Language: language, Sources: known.of}
	for _, it := range items {
		it.translate(texts[it.ID], view)
	}
	return nil
}
