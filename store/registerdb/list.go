package registerdb

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// Query chooses records. Empty fields choose nothing out.
type Query struct {
	Kind         register.Kind
	Text         string // as by Search, every word must be found
	Status       string
	Country      string // ISO 3166-1 alpha-2
	Host         string // of investments, the country invested in
	Sector       string // this one or one below it: transport finds transport.rail
	UpdatedSince string // RFC 3339 or a day
	From, Until  string // of the record's own date
	Box          *[4]float64
	Sort         string // name, date, -date, -updated
	Cursor       string
	Limit        int
	KnownBy      string // what was known by this day
	Language     string
}

// Page is a part of a list.
type Page struct {
	Items []*Item
	Next  string // the cursor of the next part, or ""
	Total int
}

// order gives the columns by which a list is sorted; n makes it certain.
var order = map[string][2]string{"": {"sort_name", ""}, "name": {"sort_name", ""}, "date": {"date", ""}, "-date": {"date", "DESC"}, "-updated": {"updated", "DESC"}}

// ErrBad is wrapped by errors of a question that cannot be answered, such as
// an unknown way to sort.
var ErrBad = errors.New("bad question")

// where gives the condition of a query. What is found by words is looked up record by
// record, or, where that is many, met while the list is read in its order.
func (q *Query) where(d sqldb.Dialect, many bool) (string, []any, error) {
	var terms []string
	var args []any
	add := func(term string, a ...any) {
		terms = append(terms, term)
		args = append(args, a...)
	}
	if q.Kind != "" {
		add("kind = ?", string(q.Kind))
	}
	if q.Status != "" {
		add("status = ?", q.Status)
	}
	if q.Country != "" {
		add("instr(country, ?) > 0", ";"+strings.ToUpper(q.Country)+";")
	}
	if q.Host != "" {
		add("json_extract(body, '$.host') = ?", strings.ToUpper(q.Host))
	}
	if q.Sector != "" {
		add("(instr(sector, ?) > 0 OR instr(sector, ?) > 0)", ";"+q.Sector+";", ";"+q.Sector+".")
	}
	if q.UpdatedSince != "" {
		add("updated >= ?", q.UpdatedSince)
	}
	if q.From != "" {
		add("date >= ?", q.From)
	}
	if q.Until != "" {
		add("date <> '' AND date <= ?", q.Until+"~")
	}
	if b := q.Box; b != nil {
		add("west <= ? AND east >= ? AND south <= ? AND north >= ?", b[2], b[0], b[3], b[1])
	}
	if q.Text != "" {
		match := matchAll(d, register.SearchFold(q.Text))
		if match == "" {
			add("1 = 0")
		} else {
			add(found(d, many), ofTexts(d, match))
		}
	}
	if len(terms) == 0 {
		return "1 = 1", args, nil
	}
	return strings.Join(terms, " AND "), args, nil
}

// List gives a part of the records that a query chooses.
func (db *DB) List(ctx context.Context, q Query) (*Page, error) {
	by, known := order[q.Sort]
	if !known {
		return nil, fmt.Errorf("%w: sort %q is not one of name, date, -date, -updated", ErrBad, q.Sort)
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	if q.KnownBy != "" {
		return db.listAsOf(ctx, q)
	}
	many, err := db.findsMany(ctx, q.Text)
	if err != nil {
		return nil, err
	}
	where, args, err := q.where(db.sql.Dialect, many)
	if err != nil {
		return nil, err
	}
	p := &Page{Items: []*Item{}}
	total, err := db.memo.of(ctx, db, fmt.Sprint("count", where, args), func() (any, error) {
		var n int
		err := db.sql.QueryRowContext(ctx, "SELECT count(*) FROM record WHERE "+where, args...).Scan(&n)
		return n, err
	})
	if err != nil {
		return nil, err
	}
	p.Total = total.(int)
	if q.Cursor != "" {
		value, n, err := readCursor(q.Cursor)
		if err != nil {
			return nil, err
		}
		if by[1] == "" {
			where += fmt.Sprintf(" AND (%[1]s, n) > (?, ?)", by[0])
		} else {
			where += fmt.Sprintf(" AND (%[1]s, n) < (?, ?)", by[0])
		}
		args = append(args, value, n)
	}
	// Chosen first, and read after: the bodies of those that are not shown stay where they are.
	sorted := fmt.Sprintf("ORDER BY %s %s, n %s", by[0], by[1], by[1])
	rows, err := db.sql.QueryContext(ctx, fmt.Sprintf("SELECT %s, %s, n FROM record WHERE n IN (SELECT n FROM record WHERE %s %s LIMIT ?) %s", itemColumns, by[0], where, sorted, sorted), append(args, q.Limit+1)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var last string
	for rows.Next() {
		var value string
		var n int64
		it, err := scanItem(rows, &value, &n)
		if err != nil {
			return nil, err
		}
		if len(p.Items) == q.Limit {
			p.Next = last
			break
		}
		p.Items = append(p.Items, it)
		last = cursor(n, value)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	return p, db.InLanguage(ctx, p.Items, q.Language)
}

// manyFound is from how many records on a list is read in its order until a page is full of
// what was found, where SQLite would look each up.
const manyFound = 500

// findsMany reports whether words find so much that a list is better read in its order.
func (db *DB) findsMany(ctx context.Context, text string) (bool, error) {
	match := matchAll(db.sql.Dialect, register.SearchFold(text))
	if db.sql.Dialect != sqldb.SQLite || match == "" {
		return false, nil // PostgreSQL chooses by itself
	}
	n, err := db.memo.of(ctx, db, "found"+match, func() (any, error) {
		var n int
		err := db.sql.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)", ofTexts(db.sql.Dialect, match), manyFound).Scan(&n)
		return n, err
	})
	if err != nil {
		return false, err
	}
	return n.(int) >= manyFound, nil
}

func cursor(n int64, value string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("%d %s", n, value)))
}

func readCursor(c string) (string, int64, error) {
	raw, err := base64.RawURLEncoding.DecodeString(c)
	n, value, ok := strings.Cut(string(raw), " ")
	var at int64
	if _, err2 := fmt.Sscan(n, &at); err != nil || err2 != nil || !ok {
		return "", 0, fmt.Errorf("%w: the cursor is none of this list", ErrBad)
	}
	return value, at, nil
}

// Facet is a value by which a list can be filtered, and how many records have it.
type Facet struct {
	Value string
	Count int
}

// Facets are the values by which the records of a kind can be filtered, by name.
type Facets struct{ Status, Country, Sector []Facet }

// Facets lists the values of a kind's filters.
func (db *DB) Facets(ctx context.Context, kind register.Kind) (Facets, error) {
	f, err := db.memo.of(ctx, db, "facets"+string(kind), func() (any, error) { return db.facets(ctx, kind) })
	if err != nil {
		return Facets{}, err
	}
	return f.(Facets), nil
}

func (db *DB) facets(ctx context.Context, kind register.Kind) (Facets, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT status, country, sector, count(*) FROM record WHERE kind = ? GROUP BY 1, 2, 3", string(kind))
	if err != nil {
		return Facets{}, err
	}
	defer rows.Close()
	var counts [3]map[string]int
	for i := range counts {
		counts[i] = map[string]int{}
	}
	for rows.Next() {
		var values [3]string
		var n int
		if err := rows.Scan(&values[0], &values[1], &values[2], &n); err != nil {
			return Facets{}, err
		}
		for i, v := range values {
			for _, part := range strings.Split(v, ";") {
				if part != "" {
					counts[i][part] += n
				}
			}
		}
	}
	lists := [3][]Facet{}
	for i, c := range counts {
		for v, n := range c {
			lists[i] = append(lists[i], Facet{v, n})
		}
		sort.Slice(lists[i], func(a, b int) bool { return lists[i][a].Value < lists[i][b].Value })
	}
	return Facets{lists[0], lists[1], lists[2]}, rows.Err()
}
