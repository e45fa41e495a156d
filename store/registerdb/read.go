package registerdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

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

type queryer interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

const statementColumns = "seq, subject, path, value, removed, source_id, locator, as_of, known_on, confidence, recorded_by, recorded_at, state, pinned, reason"

func statementsOf(ctx context.Context, q queryer, subject string) ([]register.Statement, error) {
	return readStatements(ctx, q, "WHERE subject = ? ORDER BY seq", subject)
}

func readStatements(ctx context.Context, q queryer, where string, args ...any) ([]register.Statement, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+statementColumns+" FROM statement "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []register.Statement
	for rows.Next() {
		s, err := scanStatement(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *s)
	}
	return out, rows.Err()
}

// Statements lists what was said about a subject for everybody to read, in the
// order of recording.
func (db *DB) Statements(ctx context.Context, subject string) ([]register.Statement, error) {
	return readStatements(ctx, db.read, "WHERE subject = ? AND "+published+" ORDER BY seq", subject)
}

// Changes lists accepted statements recorded since a time (RFC 3339), newest first,
// from a place in the order of recording downwards; before 0 starts at the end.
func (db *DB) Changes(ctx context.Context, since string, before int64, limit int) ([]register.Statement, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return readStatements(ctx, db.read, "WHERE seq < ? AND recorded_at >= ? AND "+published+" ORDER BY seq DESC LIMIT ?", before, since, limit)
}

// Get gives a record by its id, or by its kind and slug. Where kind is empty,
// key is an id.
func (db *DB) Get(ctx context.Context, kind register.Kind, key string) (*Item, error) {
	row := db.read.QueryRowContext(ctx, "SELECT "+itemColumns+" FROM record WHERE id = ?1 AND (?2 = '' OR kind = ?2) UNION ALL SELECT "+itemColumns+" FROM record WHERE kind = ?2 AND slug = ?1 LIMIT 1", key, string(kind))
	it, err := scanItem(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return it, err
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

func (db *DB) sourceFacts(ctx context.Context) (sources, error) {
	return readSources(ctx, db.read)
}

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

func (q *Query) where() (string, []any, error) {
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
		add("country LIKE ? ESCAPE '\\'", "%;"+escapeLike(strings.ToUpper(q.Country))+";%")
	}
	if q.Host != "" {
		add("json_extract(body, '$.host') = ?", strings.ToUpper(q.Host))
	}
	if q.Sector != "" {
		s := escapeLike(q.Sector)
		add("(sector LIKE ? ESCAPE '\\' OR sector LIKE ? ESCAPE '\\')", "%;"+s+";%", "%;"+s+".%")
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
		match := matchAll(register.SearchFold(q.Text))
		if match == "" {
			add("0")
		} else {
			add("n IN (SELECT rowid FROM search WHERE search MATCH ?)", "{name body} : ("+match+")")
		}
	}
	if len(terms) == 0 {
		return "1", args, nil
	}
	return strings.Join(terms, " AND "), args, nil
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}

// matchAll makes a question for FTS5: every word, as a prefix.
func matchAll(folded string) string {
	words := strings.Fields(folded)
	for i, w := range words {
		words[i] = `"` + w + `"*`
	}
	return strings.Join(words, " AND ")
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
	where, args, err := q.where()
	if err != nil {
		return nil, err
	}
	p := &Page{Items: []*Item{}}
	total, err := db.memo.of(ctx, db, fmt.Sprint("count", where, args), func() (any, error) {
		var n int
		err := db.read.QueryRowContext(ctx, "SELECT count(*) FROM record WHERE "+where, args...).Scan(&n)
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
	rows, err := db.read.QueryContext(ctx, fmt.Sprintf("SELECT %s, %s, n FROM record WHERE %s ORDER BY %s %s, n %s LIMIT ?", itemColumns, by[0], where, by[0], by[1], by[1]), append(args, q.Limit+1)...)
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
	where := "WHERE instr(path, '@') > 0 AND path LIKE ? AND " + published
	args := []any{"%@" + language}
	if ids != nil {
		where += " AND subject IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"
		for _, id := range ids {
			args = append(args, id)
		}
	}
	list, err := readStatements(ctx, db.read, where+" ORDER BY seq", args...)
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
	find := func(match string, rough bool) ([]Hit, error) {
		rows, err := db.read.QueryContext(ctx, "SELECT "+prefixed("r.", itemColumns)+" FROM search JOIN record r ON r.n = search.rowid WHERE search MATCH ?1 AND (?2 = '' OR r.kind = ?2) ORDER BY bm25(search, 10, 1, 5), r.n LIMIT ?3", match, string(kind), limit)
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
	match := matchAll(register.SearchFold(text))
	if match == "" {
		return nil, nil
	}
	out, err := find("{name body} : ("+match+")", false)
	if err != nil || len(out) > 0 {
		return out, err
	}
	var words []string
	for _, w := range strings.Fields(register.Skeleton(text)) {
		if len(w) < 2 {
			return nil, nil
		}
		words = append(words, `"`+w+`"`)
	}
	return find("skeleton : ("+strings.Join(words, " AND ")+")", true)
}

func prefixed(with, columns string) string {
	return with + strings.ReplaceAll(columns, ", ", ", "+with)
}

// Link is a record that names another, and by which field.
type Link struct {
	*Item
	Path string
}

// Referring lists the records that name one, by kind and date.
func (db *DB) Referring(ctx context.Context, id string) ([]Link, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT "+prefixed("r.", itemColumns)+", ref.path FROM reference ref JOIN record r ON r.id = ref.from_id WHERE ref.to_id = ? ORDER BY r.kind, r.date, r.n", id)
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

// Source gives a source by its id.
func (db *DB) Source(ctx context.Context, id string) (*register.Source, error) {
	var body string
	err := db.read.QueryRowContext(ctx, "SELECT body FROM source WHERE id = ?", id).Scan(&body)
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
	rows, err := db.read.QueryContext(ctx, "SELECT s.body, (SELECT count(*) FROM statement WHERE source_id = s.id AND "+published+") FROM source s ORDER BY s.date DESC, s.id")
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

// Counts tells how many records there are of each kind.
func (db *DB) Counts(ctx context.Context) (map[register.Kind]int, error) {
	counts := map[register.Kind]int{}
	rows, err := db.read.QueryContext(ctx, "SELECT kind, count(*) FROM record GROUP BY kind")
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
	rows, err := db.read.QueryContext(ctx, "SELECT "+itemColumns+" FROM record WHERE "+where, args...)
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
	rows, err := db.read.QueryContext(ctx, "SELECT "+itemColumns+" FROM record WHERE kind = ? ORDER BY id", string(kind))
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
	rows, err := db.read.QueryContext(ctx, "SELECT id, body FROM record WHERE kind = ? ORDER BY id", string(kind))
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

// Subject gives the record that a statement is about, as far as lists need it;
// nil where nothing of it is accepted.
func (db *DB) Subject(ctx context.Context, id string) (*Item, error) {
	it, err := db.Get(ctx, "", id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return it, err
}

// Seeded tells when the register was filled from its study, RFC 3339, or "".
func (db *DB) Seeded(ctx context.Context) (string, error) { return db.meta(ctx, db.read, "seeded_at") }

// Study tells of which study the register is, or "".
func (db *DB) Study(ctx context.Context) (string, error) { return db.meta(ctx, db.read, "study") }

// Newest lists the records of which sources told something last, newest first.
func (db *DB) Newest(ctx context.Context, limit int) ([]*Item, error) {
	return db.items(ctx, "kind NOT IN ('person', 'organisation') ORDER BY known DESC, n LIMIT ?", limit)
}

// State names the state of the register: the place of the last statement, and
// when it was recorded.
func (db *DB) State(ctx context.Context) (revision int64, updated string, err error) {
	err = db.read.QueryRowContext(ctx, "SELECT seq, recorded_at FROM statement ORDER BY seq DESC LIMIT 1").Scan(&revision, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return revision, updated, err
}

// Slugs gives the slugs of all records of a kind by their ids.
func (db *DB) Slugs(ctx context.Context, kind register.Kind) (map[string]string, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT id, slug FROM record WHERE kind = ?", string(kind))
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

// EachStatement walks through the published statements in the order of recording.
func (db *DB) EachStatement(ctx context.Context, do func(*register.Statement) error) error {
	rows, err := db.read.QueryContext(ctx, "SELECT "+statementColumns+" FROM statement WHERE "+published+" ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanStatement(rows)
		if err != nil {
			return err
		}
		if err := do(s); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanStatement(row scanner) (*register.Statement, error) {
	var s register.Statement
	var value string
	err := row.Scan(&s.Seq, &s.Subject, &s.Path, &value, &s.Removed, &s.Source, &s.Locator, &s.AsOf, &s.KnownOn, &s.Confidence, &s.By, &s.At, &s.State, &s.Pinned, &s.Reason)
	s.Value = json.RawMessage(value)
	return &s, err
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
	rows, err := db.read.QueryContext(ctx, "SELECT status, country, sector, count(*) FROM record WHERE kind = ? GROUP BY 1, 2, 3", string(kind))
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
