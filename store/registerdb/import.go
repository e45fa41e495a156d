package registerdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// Incoming is a record that is brought from outside, whole: a path that it does
// not have is taken out of the register's.
type Incoming struct {
	ID       string // of a record of the register; else it is new
	Kind     register.Kind
	Revision int64 // that it was made from; 0: not known
	Values   map[string]any
	// Only are the paths that it speaks of, as a table does; nil: it is whole.
	Only []string
}

// Over gives values with what a record says put over them.
func (in *Incoming) Over(values map[string]any) map[string]any {
	if in.Only == nil {
		return in.Values
	}
	out := register.Clone(values).(map[string]any)
	for _, path := range in.Only {
		if v := register.At(in.Values, path); v != nil {
			register.SetAt(out, path, v)
		} else {
			register.Remove(out, path)
		}
	}
	return out
}

// The states of what an import does to a record.
const (
	New       = "new"
	Changed   = "changed"
	Unchanged = "unchanged"
	Conflict  = "conflict" // the register changed since the revision that the record was made from
)

// Difference is what an import does, or would do, to a record.
type Difference struct {
	ID      string            `json:"id"`
	Kind    register.Kind     `json:"kind"`
	Name    string            `json:"name"`
	State   string            `json:"state"`
	Changes []register.Change `json:"changes,omitempty"`
	// Last is the last statement of the record that it was compared with.
	Last int64 `json:"-"`
}

// Counts are how many records an import brings, by what it does to them.
type Counts struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Conflict  int `json:"conflict" doc:"With any, nothing is taken"`
	Unchanged int `json:"unchanged"`
}

// Count sums differences up.
func Count(list []Difference) Counts {
	var c Counts
	for i := range list {
		switch list[i].State {
		case New:
			c.New++
		case Changed:
			c.Changed++
		case Conflict:
			c.Conflict++
		default:
			c.Unchanged++
		}
	}
	return c
}

// ErrConflict is wrapped by the error of an import that would overwrite what
// changed in the register meanwhile. Nothing is recorded then.
var ErrConflict = errors.New("the register has changed since")

// freeText are fields whose texts are in a language; others mean the same in
// every language.
var freeText = map[string]bool{"title": true, "description": true, "purpose": true, "text": true, "note": true, "rationale": true, "statusText": true}

// Compare tells what an import would do, and records nothing. Language is the
// one of the texts; "" is each record's own.
func (db *DB) Compare(ctx context.Context, in []Incoming, language string) ([]Difference, error) {
	var out []Difference
	err := db.sql.Snapshot(ctx, func(q sqldb.Queryer) error {
		var err error
		out, err = Differences(ctx, q, in, language)
		return err
	})
	return out, err
}

// Differences tells what an import would do, as [DB.Compare] does, in a transaction of
// the caller's. New records get parts of addresses that are free.
func Differences(ctx context.Context, q sqldb.Queryer, in []Incoming, language string) ([]Difference, error) {
	out := make([]Difference, len(in))
	known, err := readSources(ctx, q)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{} // slugs of the batch itself
	have, err := standing(ctx, q, in)
	if err != nil {
		return nil, err
	}
	for i := range in {
		at := have[in[i].ID]
		var d Difference
		if language == "" {
			d, err = compareStored(&in[i], at)
		} else {
			d, err = compare(ctx, q, &in[i], language, known)
		}
		if err != nil {
			return nil, err
		}
		d.Last = at.last
		switch {
		case d.State == Changed && in[i].Revision > 0:
			if at.revision != in[i].Revision {
				d.State = Conflict
			}
		case d.State == New && d.Last > 0:
			d.State = Conflict // something that is not public has this id
			d.Changes = nil
		case d.State == New:
			if err := freeSlug(ctx, q, &in[i], &d, taken); err != nil {
				return nil, err
			}
		}
		out[i] = d
	}
	return out, nil
}

// stored is how a record stands in the register.
type stored struct {
	body     string // "": it is not public
	revision int64
	last     int64 // its last statement, public or not
}

// standing reads how the records of a batch stand, many at a time.
func standing(ctx context.Context, q sqldb.Queryer, in []Incoming) (map[string]stored, error) {
	out := map[string]stored{}
	for len(in) > 0 {
		part := in[:min(len(in), 500)]
		in = in[len(part):]
		args := make([]any, len(part))
		for i := range part {
			args[i] = part[i].ID
		}
		ids := "(?" + strings.Repeat(", ?", len(part)-1) + ")"
		rows, err := q.QueryContext(ctx, "SELECT s.subject, s.last, coalesce(r.revision, 0), coalesce(r.body, '') FROM (SELECT subject, max(seq) AS last FROM statement WHERE subject IN "+ids+" GROUP BY subject) s LEFT JOIN record r ON r.id = s.subject", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id string
			var s stored
			if err := rows.Scan(&id, &s.last, &s.revision, &s.body); err != nil {
				rows.Close()
				return nil, err
			}
			out[id] = s
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compareStored compares a record with the public one as it is stored, in its own
// language.
func compareStored(in *Incoming, at stored) (Difference, error) {
	d := Difference{ID: in.ID, Kind: in.Kind, Name: register.NameOf(in.Kind, in.Values), State: New}
	before := map[string]any{}
	if at.body != "" {
		v, err := register.Decode([]byte(at.body))
		if err != nil {
			return d, err
		}
		before, _ = v.(map[string]any)
		delete(before, "id")
		d.State = Unchanged
	}
	if in.Only == nil {
		delete(in.Values, "id")
		d.Changes = register.Diff(before, in.Values)
	} else {
		// A table speaks of few values: the others need not be looked at.
		for _, path := range in.Only {
			d.Changes = append(d.Changes, diffAt(path, register.At(before, path), register.At(in.Values, path))...)
		}
		if name := register.NameOf(in.Kind, in.Over(nameOnly(in.Kind, before))); name != "" {
			d.Name = name
		}
	}
	if d.State == Unchanged && len(d.Changes) > 0 {
		d.State = Changed
	}
	return d, nil
}

// diffAt compares what stands at a path of plain keys.
func diffAt(path string, before, after any) []register.Change {
	old := map[string]json.RawMessage{}
	if before != nil {
		for _, l := range register.FlattenAt(path, before) {
			old[l.Path] = l.Value
		}
	}
	var out []register.Change
	if after != nil {
		for _, l := range register.FlattenAt(path, after) {
			if b, had := old[l.Path]; !had || string(b) != string(l.Value) {
				out = append(out, register.Change{Path: l.Path, Before: b, After: l.Value})
			}
			delete(old, l.Path)
		}
	}
	var gone []string
	for p := range old {
		gone = append(gone, p)
	}
	sort.Strings(gone)
	for _, p := range gone {
		out = append(out, register.Change{Path: p, Before: old[p], Removed: true})
	}
	return out
}

// nameOnly leaves the name of a record.
func nameOnly(kind register.Kind, values map[string]any) map[string]any {
	key := register.Info(string(kind)).Name
	if v, has := values[key]; has {
		return map[string]any{key: v}
	}
	return map[string]any{}
}

func compare(ctx context.Context, q sqldb.Queryer, in *Incoming, language string, known sources) (Difference, error) {
	d := Difference{ID: in.ID, Kind: in.Kind, Name: register.NameOf(in.Kind, in.Values)}
	all, err := readWhole(ctx, q, "WHERE subject = ? ORDER BY seq", in.ID)
	if err != nil {
		return d, err
	}
	// What is withheld is not in the file, and stays as it is.
	var list []register.Statement
	for _, s := range all {
		d.Last = s.Seq
		if s.place > 0 {
			list = append(list, s.Statement)
		}
	}
	r := register.Fold(in.ID, list, register.View{Language: language, Sources: known.of})
	after := map[string]any{}
	for k, v := range in.Over(r.Values) {
		if k != "id" {
			after[k] = v
		}
	}
	if d.Name == "" || in.Only != nil {
		d.Name = register.NameOf(in.Kind, after)
	}
	d.Changes = register.Diff(r.Values, after)
	for i := range d.Changes {
		c := &d.Changes[i]
		key := c.Path[strings.LastIndexByte(c.Path, '/')+1:]
		if language != "" && (r.Translated[c.Path] || c.Before != nil && freeText[key] && language != ownLanguage(r.Values)) {
			c.Path += "@" + language
		}
	}
	switch {
	case len(r.Values) == 0:
		d.State = New
	case len(d.Changes) == 0:
		d.State = Unchanged
	default:
		d.State = Changed
	}
	return d, nil
}

// ownLanguage is the language of a record's texts.
func ownLanguage(values map[string]any) string {
	if l := register.Text(values, "language"); l != "" {
		return l
	}
	return "en"
}

// Import records what differs: each change a statement with one source for the
// whole batch. All of it is recorded, or nothing.
func (db *DB) Import(ctx context.Context, in []Incoming, language string, source *register.Source, said register.Said, by string, at time.Time) ([]Difference, error) {
	var out []Difference
	err := db.within(ctx, func(tx *sqldb.Tx) error {
		out = nil
		var err error
		b := Batch{}
		if source != nil {
			b.Sources = append(b.Sources, *source)
		}
		stamp := at.UTC().Format(time.RFC3339)
		conflicts := 0
		if out, err = Differences(ctx, tx, in, language); err != nil {
			return err
		}
		for _, d := range out {
			if d.State == Conflict {
				conflicts++
			}
			for _, c := range d.Changes {
				b.Statements = append(b.Statements, register.Statement{Subject: d.ID, Path: c.Path, Value: c.After, Removed: c.Removed, Source: said.Source, Locator: said.Locator,
					AsOf: said.AsOf, KnownOn: said.KnownOn, Confidence: said.Confidence, By: by, At: stamp, State: register.Published, Reason: "import"})
			}
		}
		if conflicts > 0 {
			return fmt.Errorf("%d of %d records: %w they were taken out; take them out again and bring your changes anew", conflicts, len(in), ErrConflict)
		}
		return record(ctx, tx, b)
	})
	return out, err
}

// freeSlug gives a new record a part of an address that no other has.
func freeSlug(ctx context.Context, tx sqldb.Queryer, in *Incoming, d *Difference, batch map[string]bool) error {
	path := "slug"
	if in.Kind == register.Project {
		path = "karvan/slug"
	}
	slug := register.Slug(register.SlugOf(in.Kind, in.Values))
	if slug == "" {
		slug = register.Slug(d.Name)
	}
	if slug == "" {
		slug = string(in.Kind)
	}
	free := slug
	for n := 2; ; n++ {
		var taken int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM record WHERE kind = ? AND slug = ?", string(in.Kind), free).Scan(&taken); err != nil {
			return err
		}
		if key := string(in.Kind) + "/" + free; taken == 0 && !batch[key] {
			batch[key] = true
			break
		}
		free = fmt.Sprintf("%s-%d", slug, n)
	}
	kept := d.Changes[:0]
	for _, c := range d.Changes {
		if c.Path != path {
			kept = append(kept, c)
		}
	}
	d.Changes = append(kept, register.Change{Path: path, After: register.Encode(free)})
	return nil
}
