package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strconv"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// refresh makes the public records of subjects anew from their statements, and gives
// statements that are public now their places. Where nothing public changes, nothing
// that everybody sees does: no revision, no number.
func refresh(ctx context.Context, tx *sqldb.Tx, subjects []string, known sources) error {
	return refreshAs(ctx, tx, subjects, known, false)
}

// refreshAs refreshes; a renewal, which changes only how records are made, leaves the
// revision of what says the same.
func refreshAs(ctx context.Context, tx *sqldb.Tx, subjects []string, known sources, renewal bool) error {
	w := writer{tx: tx, known: known, renewal: renewal}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) FROM record").Scan(&w.n); err != nil {
		return err
	}
	for _, id := range subjects {
		if err := w.refresh(ctx, id); err != nil {
			return err
		}
	}
	if err := w.number(ctx); err != nil {
		return err
	}
	if !w.changed {
		return nil
	}
	have, err := meta(ctx, tx, "version")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(have, 10, 64) // "" is 0
	return setMeta(ctx, tx, "version", strconv.FormatInt(version+1, 10))
}

// ErrSlug is wrapped by the error of a record whose part of an address is another's.
var ErrSlug = errors.New("the slug is taken")

// writer makes records within one transaction.
type writer struct {
	tx      *sqldb.Tx
	known   sources
	n       int64   // the last place of a record
	fresh   []int64 // statements that become public
	changed bool
	renewal bool
}

// number gives the statements that become public the next places, in the order of
// recording.
func (w *writer) number(ctx context.Context) error {
	if len(w.fresh) == 0 {
		return nil
	}
	last, err := LastPublic(ctx, w.tx)
	if err != nil {
		return err
	}
	// A number that was given is not given again: who follows the changes by it would miss
	// what comes in the place of what was withdrawn.
	given, err := meta(ctx, w.tx, "numbered")
	if err != nil {
		return err
	}
	if n, _ := strconv.ParseInt(given, 10, 64); n > last { // "" is 0
		last = n
	}
	if err := setMeta(ctx, w.tx, "numbered", strconv.FormatInt(last+int64(len(w.fresh)), 10)); err != nil {
		return err
	}
	sort.Slice(w.fresh, func(i, j int) bool { return w.fresh[i] < w.fresh[j] })
	// Statements recorded together stand side by side: one change for each run.
	for i := 0; i < len(w.fresh); {
		end := i + 1
		for end < len(w.fresh) && w.fresh[end] == w.fresh[end-1]+1 {
			end++
		}
		if err := w.tx.Exec(ctx, "UPDATE statement SET public_seq = seq + ? WHERE seq BETWEEN ? AND ?", last+1+int64(i)-w.fresh[i], w.fresh[i], w.fresh[end-1]); err != nil {
			return err
		}
		i = end
	}
	w.changed = true
	return nil
}

func (w *writer) refresh(ctx context.Context, id string) error {
	list, err := readWhole(ctx, w.tx, "WHERE subject = ? ORDER BY seq", id)
	if err != nil {
		return err
	}
	statements := make([]register.Statement, len(list))
	for i := range list {
		statements[i] = list[i].Statement
	}
	hidden := hiddenOf(id, statements)
	if err := w.withhold(ctx, id, list, hidden); err != nil {
		return err
	}
	// What is public already goes before what becomes public, as its numbers will.
	var public []register.Statement
	var fresh []register.Statement
	touched := false
	for _, s := range list {
		open := isPublic(&s.Statement, hidden)
		switch {
		case open && s.place == 0:
			w.fresh = append(w.fresh, s.Seq)
			fresh = append(fresh, s.Statement)
			touched = true
		case open:
			s.Seq = s.place
			public = append(public, s.Statement)
		case s.place != 0:
			if err := w.tx.Exec(ctx, "UPDATE statement SET public_seq = NULL WHERE seq = ?", s.Seq); err != nil {
				return err
			}
			touched = true
		}
	}
	w.changed = w.changed || touched
	sort.Slice(public, func(i, j int) bool { return public[i].Seq < public[j].Seq })
	last := int64(0)
	if len(public) > 0 {
		last = public[len(public)-1].Seq
	}
	for i := range fresh {
		fresh[i].Seq = last + 1 + int64(i)
	}
	return w.record(ctx, id, append(public, fresh...), touched)
}

// withhold keeps what of a subject is not for the public.
func (w *writer) withhold(ctx context.Context, id string, list []whole, hidden []hiddenPart) error {
	if err := w.tx.Exec(ctx, "DELETE FROM withheld WHERE subject = ?", id); err != nil {
		return err
	}
	for _, h := range hidden {
		says := false
		for i := range list {
			says = says || below(h.prefix, list[i].Path)
		}
		if !says {
			continue
		}
		if err := w.tx.Exec(ctx, "INSERT INTO withheld (subject, prefix) VALUES (?, ?)", id, h.prefix); err != nil {
			return err
		}
	}
	return nil
}

// What lists sort and filter by is bounded, since PostgreSQL bounds what an index holds: a
// name is sorted by its first 200 letters. Codes and days are far shorter.
const (
	mostSorted = 200
	mostCode   = 100
)

func first(most int, text string) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

// record writes the public record of a subject, its references and its words.
func (w *writer) record(ctx context.Context, id string, public []register.Statement, touched bool) error {
	var n, revision int64
	var before string
	err := w.tx.QueryRowContext(ctx, "SELECT n, revision, body FROM record WHERE id = ?", id).Scan(&n, &revision, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	r := register.Fold(id, public, register.View{Sources: w.known.of})
	if n != 0 {
		if err := w.tx.Exec(ctx, "DELETE FROM reference WHERE from_id = ?", id); err != nil {
			return err
		}
		if err := w.unindex(ctx, n); err != nil {
			return err
		}
	}
	if len(r.Values) == 0 {
		w.changed = w.changed || n != 0
		return w.tx.Exec(ctx, "DELETE FROM record WHERE id = ?", id)
	}
	row := summarise(r, public)
	if n == 0 || touched && !w.renewal || string(row.body) != before {
		w.changed = true
		revision++
	}
	if n == 0 {
		w.n++
		n = w.n
	}
	err = w.tx.Exec(ctx, `INSERT INTO record (n, id, kind, slug, name, sort_name, revision, updated, known, status, country, sector, date, west, south, east, north, sources, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, sort_name = excluded.sort_name, revision = excluded.revision, updated = excluded.updated,
		known = excluded.known, status = excluded.status, country = excluded.country, sector = excluded.sector, date = excluded.date, west = excluded.west,
		south = excluded.south, east = excluded.east, north = excluded.north, sources = excluded.sources, body = excluded.body`,
		n, id, string(row.kind), row.slug, row.name, first(mostSorted, register.SortKey(row.name)), revision, r.Updated, r.Known, first(mostCode, row.status), row.country, row.sector, first(mostCode, row.date),
		row.box[0], row.box[1], row.box[2], row.box[3], row.sources, string(row.body))
	if sqldb.IsDuplicate(err, "record_slug", "record.slug") {
		return fmt.Errorf("%s: %w: %q belongs to another %s", id, ErrSlug, row.slug, row.kind)
	}
	if err != nil {
		return err
	}
	for _, ref := range register.References(r.Values) {
		if err := w.tx.Exec(ctx, "INSERT INTO reference (from_id, path, to_id) VALUES (?, ?, ?)", id, ref.Path, ref.To); err != nil {
			return err
		}
	}
	return w.index(ctx, n, row)
}
