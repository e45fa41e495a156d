package exchange

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/karvan/karvan/register"
)

// A workbook has a sheet for each kind of record, and one for each list inside
// of it (projects.parties, meetings.remarks). Row 1 has headings in the
// reader's language; row 2, hidden, the paths by which the sheet is read again;
// the first two columns, hidden, the record's id and its revision, and after
// them stand the ids of elements. Texts, numbers, truth values and lists of
// plain texts stand in cells; whatever a cell cannot hold unchanged stands in
// the hidden sheet "other" as JSON.

// Labels gives the heading of a column of a kind.
type Labels func(kind register.Kind, path string) string

// MaxBookBytes bounds the size of a workbook that is read, and MaxUnpackedBytes
// what it may unpack to.
const (
	MaxBookBytes     = 32 << 20
	MaxUnpackedBytes = 512 << 20
)

const (
	firstRow   = 3 // of data
	otherSheet = "other"
	partSize   = 30000 // characters of a part of a value in the other sheet
	mostColumn = 1000
)

// sheet is one table of a workbook.
type sheet struct {
	name    string
	keys    int // columns of element ids
	columns []string
	index   map[string]int
	rows    map[string]int // by key
	order   [][]string     // keys of rows: record, element ids…
	cells   []map[int]any
	rev     []int64
}

func (s *sheet) row(keys []string, revision int64) int {
	k := strings.Join(keys, "\x00")
	if i, ok := s.rows[k]; ok {
		return i
	}
	s.rows[k] = len(s.order)
	s.order = append(s.order, append([]string(nil), keys...))
	s.cells = append(s.cells, map[int]any{})
	s.rev = append(s.rev, revision)
	return len(s.order) - 1
}

func (s *sheet) column(path string) (int, bool) {
	i, ok := s.index[path]
	if !ok {
		if len(s.columns) >= mostColumn {
			return 0, false
		}
		i = len(s.columns)
		s.index[path] = i
		s.columns = append(s.columns, path)
	}
	return i, true
}

// other is a value that no cell can hold.
type other struct{ id, path, value string }

type book struct {
	sheets map[string]*sheet
	names  []string
	others []other
}

func (b *book) sheet(name string, keys int) *sheet {
	s := b.sheets[name]
	if s == nil {
		s = &sheet{name: name, keys: keys, index: map[string]int{}, rows: map[string]int{}}
		b.sheets[name] = s
		b.names = append(b.names, name)
	}
	return s
}

// projectLists are the lists of a project that every workbook offers, with the
// columns that people fill in first.
var projectLists = []struct {
	name    string
	keys    int
	columns []string
}{
	{"parties", 1, []string{"name", "roles []"}},
	{"milestones", 1, []string{"title", "type", "dueDate", "dateMet", "status"}},
	{"metrics", 1, []string{"title"}},
	{"metrics.observations", 2, []string{"measure", "unit/name", "period/startDate", "period/endDate"}},
	{"documents", 1, []string{"title", "documentType", "datePublished", "url"}},
}

// offer makes the sheets and columns that people may fill in, whether the
// records have something for them or not.
func (b *book) offer(info *register.KindInfo) {
	root := b.sheet(info.Plural, 0)
	for _, path := range Columns(info.Kind) {
		if listColumn(info, path) {
			path += " []"
		}
		root.column(path)
	}
	if info.Kind == register.Project {
		for _, l := range projectLists {
			s := b.sheet(info.Plural+"."+l.name, l.keys)
			for _, c := range l.columns {
				s.column(c)
			}
		}
		return
	}
	for _, f := range info.Fields {
		if f.Type != register.ListType {
			continue
		}
		s := b.sheet(info.Plural+"."+f.Name, 1)
		for _, x := range f.Fields {
			s.column(x.Name)
		}
	}
}

// listColumn reports whether the cells of a column hold a list of texts.
func listColumn(info *register.KindInfo, path string) bool {
	if info.Kind == register.Project {
		return path == "sector" || path == "karvan/countries" || path == "karvan/otherNames"
	}
	fields := info.Fields
	var f register.Field
	for _, key := range strings.Split(path, "/") {
		f = fieldNamed(fields, key)
		fields = f.Fields
	}
	return f.Type == register.TextsType || f.Type == register.CodesType || f.Type == register.RefsType
}

// add puts the leaves of a record in their places.
func (b *book) add(r Record) {
	info := register.Info(string(r.Kind))
	values := map[string]any{}
	for k, v := range r.Values {
		if k != "id" {
			values[k] = v
		}
	}
	root := b.sheet(info.Plural, 0)
	root.row([]string{r.ID}, r.Revision)
	var walk func(sheetName string, keys []string, at, full string, v any)
	elsewhere := func(full string, v any) {
		for _, l := range leaves(full, v) {
			b.others = append(b.others, other{r.ID, l.Path, ascii(l.Value)})
		}
	}
	walk = func(sheetName string, keys []string, at, full string, v any) {
		s := b.sheet(sheetName, len(keys)-1)
		switch v := v.(type) {
		case map[string]any:
			if at == "" || len(v) > 0 && plainKeys(v) {
				for _, k := range sortedKeys(v) {
					walk(sheetName, keys, join(at, register.EscapeKey(k)), join(full, register.EscapeKey(k)), v[k])
				}
				return
			}
		case []any:
			ids, ok := register.ElementIDs(v)
			name := sheetName + "." + at
			if ok && len(keys) < 4 && len(name) <= 31 && cellSafe(at) && !strings.ContainsAny(name, `:\/?*[]'`) && allSafe(ids) {
				for i, e := range v {
					element := map[string]any{}
					for k, x := range e.(map[string]any) {
						if k != "id" {
							element[k] = x
						}
					}
					inner := append(append([]string(nil), keys...), ids[i])
					b.sheet(name, len(inner)-1).row(inner, r.Revision)
					here := full + "[" + register.EscapeKey(ids[i]) + "]"
					if !plainKeys(element) {
						elsewhere(here, element)
						continue
					}
					walk(name, inner, "", here, element)
				}
				return
			}
		}
		if cell, suffix, ok := toCell(v); ok && cellSafe(at) {
			if c, ok := s.column(at + suffix); ok {
				s.cells[s.row(keys, r.Revision)][c] = cell
				return
			}
		}
		elsewhere(full, v)
	}
	if !plainKeys(values) {
		elsewhere("", values)
		return
	}
	walk(info.Plural, []string{r.ID}, "", "", values)
}

// leaves flattens a value that stands at a path.
func leaves(at string, v any) []register.Leaf {
	return register.FlattenAt(at, v)
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "/" + key
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func plainKeys(m map[string]any) bool {
	_, odd := m[""]
	return !odd
}

// Extra is a sheet that is only written: sources, codes.
type Extra struct {
	Name string
	Head []string
	Rows [][]string
}

// WriteBook writes records as a workbook, with headings by labels (nil: the
// paths themselves), and the extra sheets after them. Closed codes are offered
// as drop-downs.
func WriteBook(w io.Writer, records []Record, labels Labels, extras []Extra) error {
	b := &book{sheets: map[string]*sheet{}}
	for i := range register.Kinds {
		some := false
		for _, r := range records {
			if r.Kind != register.Kinds[i].Kind {
				continue
			}
			if !some {
				some = true
				b.offer(&register.Kinds[i])
			}
			b.add(r)
		}
	}
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	sort.Slice(b.names, func(i, j int) bool { return sheetRank(b.names[i]) < sheetRank(b.names[j]) })
	for _, name := range b.names {
		if err := b.sheets[name].write(f, labels, bold); err != nil {
			return err
		}
	}
	for _, x := range extras {
		if err := writePlain(f, x, bold); err != nil {
			return err
		}
	}
	rows := [][]string{}
	for n, o := range b.others {
		// Ids inside a path may be longer than a cell: it is cut like the value.
		text := "[" + ascii(register.Encode(o.path)) + "," + o.value + "]"
		for text != "" {
			cut := min(len(text), partSize)
			rows = append(rows, []string{o.id, strconv.Itoa(n + 1), text[:cut]})
			text = text[cut:]
		}
	}
	if err := writePlain(f, Extra{otherSheet, []string{"id", "value", "path and value as JSON"}, rows}, bold); err != nil {
		return err
	}
	if err := f.SetSheetVisible(otherSheet, false); err != nil {
		return err
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	f.SetActiveSheet(0)
	return f.Write(w)
}

// sheetRank orders sheets as kinds are, each followed by its lists.
func sheetRank(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	for i := range register.Kinds {
		if register.Kinds[i].Plural == kind {
			return fmt.Sprintf("%02d %s", i, name)
		}
	}
	return name
}

func writePlain(f *excelize.File, x Extra, bold int) error {
	if _, err := f.NewSheet(x.Name); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(x.Name)
	if err != nil {
		return err
	}
	head := make([]any, len(x.Head))
	for i, h := range x.Head {
		head[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := sw.SetRow("A1", head); err != nil {
		return err
	}
	for i, row := range x.Rows {
		cells := make([]any, len(row))
		for k, c := range row {
			cells[k] = c
		}
		at, _ := excelize.CoordinatesToCellName(1, i+2)
		if err := sw.SetRow(at, cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

func (s *sheet) write(f *excelize.File, labels Labels, bold int) error {
	if _, err := f.NewSheet(s.name); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	// What people read first stands first.
	order := make([]int, len(s.columns))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return columnRank(s.columns[order[i]]) < columnRank(s.columns[order[j]]) })
	if err := sw.SetColWidth(1, 2, 1); err != nil {
		return err
	}
	if len(order)+s.keys > 0 {
		if err := sw.SetColWidth(3, 2+s.keys+len(order), 24); err != nil {
			return err
		}
	}
	head, paths := []any{"id", "revision"}, []any{"id", "revision"}
	for k := range s.keys {
		head, paths = append(head, excelize.Cell{StyleID: bold, Value: label(labels, s.name, "id")}), append(paths, fmt.Sprintf("id%d", k+1))
	}
	for _, c := range order {
		head = append(head, excelize.Cell{StyleID: bold, Value: label(labels, s.name, strings.TrimSuffix(s.columns[c], " []"))})
		paths = append(paths, s.columns[c])
	}
	if err := sw.SetRow("A1", head); err != nil {
		return err
	}
	if err := sw.SetRow("A2", paths, excelize.RowOpts{Hidden: true}); err != nil {
		return err
	}
	for i, keys := range s.order {
		cells := []any{keys[0], s.rev[i]}
		for _, k := range keys[1:] {
			cells = append(cells, k)
		}
		for _, c := range order {
			cells = append(cells, s.cells[i][c])
		}
		at, _ := excelize.CoordinatesToCellName(1, i+firstRow)
		if err := sw.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	if err := f.SetColVisible(s.name, "A:B", false); err != nil {
		return err
	}
	for i, c := range order {
		codes := codesOf(s.name, s.columns[c])
		if len(codes) == 0 || len(strings.Join(codes, ",")) > 250 {
			continue
		}
		column, _ := excelize.ColumnNumberToName(3 + s.keys + i)
		v := excelize.NewDataValidation(true)
		v.SetSqref(fmt.Sprintf("%s%d:%s%d", column, firstRow, column, max(firstRow, len(s.order)+firstRow+200)))
		if err := v.SetDropList(codes); err != nil {
			return err
		}
		if err := f.AddDataValidation(s.name, v); err != nil {
			return err
		}
	}
	return f.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"})
}

func label(labels Labels, sheet, path string) string {
	plural, list, _ := strings.Cut(sheet, ".")
	if labels == nil {
		return path
	}
	if list != "" {
		list = strings.ReplaceAll(list, ".", "/") + "/"
	}
	return labels(register.Info(plural).Kind, list+path)
}

// columnRank puts names first, then what is short, then the rest by path.
func columnRank(path string) string {
	for i, k := range []string{"title", "name", "text", "who", "status", "type", "kind", "date", "dateSigned", "dueDate", "value", "unit", "country"} {
		if path == k {
			return fmt.Sprintf("0%02d", i)
		}
	}
	if strings.HasPrefix(path, "karvan/") {
		return "2" + path
	}
	return "1" + path
}
