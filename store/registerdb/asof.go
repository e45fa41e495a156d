package registerdb

import (
	"context"
	"sort"
	"strings"
	"sync"

	"github.com/karvan/karvan/register"
)

// dated is a record as it was known by a day, with what it is chosen by.
type dated struct {
	*Item
	summary
	n int64 // its place by id
}

// past keeps the last lists that were asked for as of a day: each takes a fold of
// every record.
type past struct {
	mu sync.Mutex
	// One list is made at a time: each takes every record, and who asks for ever new days
	// must not take the machine.
	making sync.Mutex
	lists  map[string][]dated
	order  []string
}

// mostPast bounds the lists that are kept.
const mostPast = 3

// asOf gives the records of a kind as they were known by a day, by id. An empty kind
// is all.
func (db *DB) asOf(ctx context.Context, kind register.Kind, knownBy, language string) ([]dated, error) {
	revision, _, err := db.State(ctx)
	if err != nil {
		return nil, err
	}
	key := strings.Join([]string{string(kind), knownBy, language, string(register.Encode(revision))}, " ")
	db.past.mu.Lock()
	list, has := db.past.lists[key]
	db.past.mu.Unlock()
	if has {
		return list, nil
	}
	db.past.making.Lock()
	defer db.past.making.Unlock()
	db.past.mu.Lock()
	list, has = db.past.lists[key]
	db.past.mu.Unlock()
	if has || ctx.Err() != nil {
		return list, ctx.Err()
	}
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return nil, err
	}
	view := register.View{KnownBy: knownBy, Language: language, Sources: known.of}
	where, args := "1 = 1", []any{}
	if kind != "" {
		where, args = "kind = ?", []any{string(kind)}
	}
	items, err := db.items(ctx, where+" ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		statements, err := db.Statements(ctx, it.ID)
		if err != nil {
			return nil, err
		}
		r := register.Fold(it.ID, statements, view)
		if len(r.Values) == 0 {
			continue
		}
		told := statements[:0]
		for _, s := range statements {
			if s.KnownOn <= knownBy {
				told = append(told, s)
			}
		}
		d := dated{Item: it, summary: summarise(r, told), n: int64(i)}
		it.Values, it.Translated, it.Known = r.Values, r.Translated, r.Known
		it.Name = register.NameOf(it.Kind, r.Values)
		it.Sources = d.sources
		it.Box = nil
		if d.box[0] != nil {
			it.Box = &[4]float64{d.box[0].(float64), d.box[1].(float64), d.box[2].(float64), d.box[3].(float64)}
		}
		list = append(list, d)
	}
	db.past.mu.Lock()
	defer db.past.mu.Unlock()
	if db.past.lists == nil {
		db.past.lists = map[string][]dated{}
	}
	if len(db.past.order) == mostPast {
		delete(db.past.lists, db.past.order[0])
		db.past.order = db.past.order[1:]
	}
	db.past.lists[key] = list
	db.past.order = append(db.past.order, key)
	return list, nil
}

// chosenBy reports whether a record meets a query, as [Query.where] asks the
// database.
func (d *dated) chosenBy(q *Query) bool {
	within := func(list, value string) bool { return strings.Contains(list, ";"+value+";") }
	switch {
	case q.Status != "" && d.status != q.Status,
		q.Country != "" && !within(d.country, strings.ToUpper(q.Country)),
		q.Sector != "" && !within(d.sector, q.Sector) && !strings.Contains(d.sector, ";"+q.Sector+"."),
		q.Host != "" && register.Text(d.Values, "host") != strings.ToUpper(q.Host),
		q.UpdatedSince != "" && d.Updated < q.UpdatedSince,
		q.From != "" && d.date < q.From,
		q.Until != "" && (d.date == "" || d.date > q.Until+"~"):
		return false
	}
	if b := q.Box; b != nil && (d.Box == nil || d.Box[0] > b[2] || d.Box[2] < b[0] || d.Box[1] > b[3] || d.Box[3] < b[1]) {
		return false
	}
	if q.Text != "" {
		wanted := strings.Fields(register.SearchFold(q.Text))
		if len(wanted) == 0 {
			return false
		}
		have := strings.Fields(d.names + " " + d.text)
		for _, w := range wanted {
			found := false
			for _, h := range have {
				found = found || strings.HasPrefix(h, w)
			}
			if !found {
				return false
			}
		}
	}
	return true
}

// listAsOf gives a part of the records that a query chooses, as they were known by a
// day.
func (db *DB) listAsOf(ctx context.Context, q Query) (*Page, error) {
	all, err := db.asOf(ctx, q.Kind, q.KnownBy, q.Language)
	if err != nil {
		return nil, err
	}
	key := func(d *dated) string {
		switch q.Sort {
		case "date", "-date":
			return d.date
		case "-updated":
			return d.Updated
		}
		return register.SortKey(d.name)
	}
	down := strings.HasPrefix(q.Sort, "-")
	var chosen []*dated
	for i := range all {
		if all[i].chosenBy(&q) {
			chosen = append(chosen, &all[i])
		}
	}
	before := func(aKey string, aN int64, bKey string, bN int64) bool {
		if aKey != bKey {
			return (aKey < bKey) != down
		}
		return aN != bN && (aN < bN) != down
	}
	sort.SliceStable(chosen, func(i, j int) bool { return before(key(chosen[i]), chosen[i].n, key(chosen[j]), chosen[j].n) })
	p := &Page{Items: []*Item{}, Total: len(chosen)}
	value, n := "", int64(-1)
	if q.Cursor != "" {
		if value, n, err = readCursor(q.Cursor); err != nil {
			return nil, err
		}
	}
	for _, d := range chosen {
		if n >= 0 && !before(value, n, key(d), d.n) {
			continue
		}
		if len(p.Items) == q.Limit {
			last := p.Items[len(p.Items)-1]
			for _, x := range chosen {
				if x.Item.ID == last.ID {
					p.Next = cursor(x.n, key(x))
				}
			}
			break
		}
		own := *d.Item
		p.Items = append(p.Items, &own)
	}
	return p, nil
}
