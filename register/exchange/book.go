package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

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

var excelEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// cellSafe reports whether a text comes back from a cell as it went in.
func cellSafe(s string) bool {
	if s == "" || len(s) > 8000 || !utf8.ValidString(s) || excelEscape.MatchString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError || r == 0x7f {
			return false
		}
	}
	return true
}

func allSafe(list []string) bool {
	for _, s := range list {
		if !cellSafe(s) {
			return false
		}
	}
	return true
}

// toCell turns a value into what a cell holds; the suffix marks columns of
// lists.
func toCell(v any) (cell any, suffix string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, "", cellSafe(v)
	case bool:
		return v, "", true
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), 64)
		// A workbook keeps fifteen digits of a number.
		kept, err2 := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
		if err != nil || err2 != nil || kept != f || strconv.FormatFloat(f, 'f', -1, 64) != v.String() || f >= 1e15 || f <= -1e15 {
			return nil, "", false
		}
		return f, "", true
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok || !cellSafe(s) || strings.ContainsAny(s, ";\n") || strings.TrimSpace(s) != s {
				return nil, "", false
			}
			list[i] = s
		}
		text := strings.Join(list, "; ")
		return text, " []", len(list) > 0 && cellSafe(text)
	}
	return nil, "", false
}

// ascii writes JSON with nothing in it that a workbook would change.
func ascii(raw json.RawMessage) string {
	var b strings.Builder
	for _, r := range string(raw) {
		switch {
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		case r > 0x7e || r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '_':
			b.WriteString(`\u005f`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
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

// ErrBook is wrapped by errors of a file that is no workbook of ours.
var ErrBook = errors.New("not a workbook of karvan")

// ReadBook reads records out of a workbook that [WriteBook] wrote and people
// may have changed. New rows may leave the id blank. All faults are told, with
// sheet and cell; then nothing is to be taken over.
func ReadBook(r io.Reader) ([]Record, []Fault, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBookBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > MaxBookBytes {
		return nil, nil, fmt.Errorf("%w: it is larger than %d MB", ErrBook, MaxBookBytes>>20)
	}
	if err := checkZip(data); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrBook, err)
	}
	f, err := excelize.OpenReader(strings.NewReader(string(data)), excelize.Options{RawCellValue: true, UnzipSizeLimit: MaxUnpackedBytes, UnzipXMLSizeLimit: MaxUnpackedBytes})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrBook, err)
	}
	defer f.Close()
	in := &reader{f: f, leaves: map[string][]register.Leaf{}, kinds: map[string]register.Kind{}, revision: map[string]int64{}}
	found := false
	names := f.GetSheetList()
	sort.SliceStable(names, func(i, j int) bool { return sheetRank(names[i]) < sheetRank(names[j]) })
	for _, name := range names {
		plural, list, _ := strings.Cut(name, ".")
		info := register.Info(plural)
		if info == nil || info.Plural != plural {
			continue
		}
		found = true
		if err := in.sheet(info, name, list); err != nil {
			return nil, nil, err
		}
	}
	if !found {
		return nil, nil, fmt.Errorf("%w: no sheet is named projects, organisations, …", ErrBook)
	}
	if err := in.others(); err != nil {
		return nil, nil, err
	}
	var out []Record
	for _, id := range in.order {
		values, err := register.Unflatten(in.leaves[id])
		if err != nil {
			in.fault(string(in.kinds[id]), "", "%s: %v", id, err)
			continue
		}
		out = append(out, Record{ID: id, Kind: in.kinds[id], Revision: in.revision[id], Values: values})
	}
	return out, in.faults, nil
}

// Fault is a fault of a workbook: where, and what was expected.
type Fault struct {
	Sheet   string `json:"sheet"`
	Cell    string `json:"cell"`
	Message string `json:"message"`
}

type reader struct {
	f        *excelize.File
	leaves   map[string][]register.Leaf
	kinds    map[string]register.Kind
	revision map[string]int64
	order    []string
	faults   []Fault
}

func (in *reader) fault(sheet, cell, format string, args ...any) {
	in.faults = append(in.faults, Fault{sheet, cell, fmt.Sprintf(format, args...)})
}

// sheet reads one table; list is the path of keys to the elements that its
// rows are of, joined by dots, or "" for the records themselves.
func (in *reader) sheet(info *register.KindInfo, name, list string) error {
	rows, err := in.f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return fmt.Errorf("%w: sheet %s: %v", ErrBook, name, err)
	}
	if len(rows) < 2 || len(rows[1]) < 2 || rows[1][0] != "id" {
		in.fault(name, "A2", "the hidden row 2 with the paths of the columns is missing")
		return nil
	}
	paths := rows[1]
	keys := 0
	if list != "" {
		keys = strings.Count(list, ".") + 1
	}
	parts := strings.Split(list, ".")
	for i, row := range rows[firstRow-1:] {
		n := i + firstRow
		blank := true
		for _, c := range row {
			blank = blank && c == ""
		}
		if blank {
			continue
		}
		cell := func(c int) string {
			at, _ := excelize.CoordinatesToCellName(c+1, n)
			return at
		}
		id := row[0]
		if list == "" {
			if id == "" {
				id = fmt.Sprintf("new %s %d", info.Kind, n)
			}
			if _, twice := in.kinds[id]; twice {
				in.fault(name, cell(0), "the id %s occurs twice", id)
				continue
			}
			in.kinds[id] = info.Kind
			in.order = append(in.order, id)
			if len(row) > 1 && row[1] != "" {
				v, err := strconv.ParseInt(row[1], 10, 64)
				if err != nil {
					in.fault(name, cell(1), "%q is no revision", row[1])
				}
				in.revision[id] = v
			}
		} else if _, known := in.kinds[id]; !known {
			in.fault(name, cell(0), "the row belongs to no record of the sheet %s", info.Plural)
			continue
		}
		at := ""
		for k := range keys {
			if len(row) <= 2+k || row[2+k] == "" {
				in.fault(name, cell(2+k), "an id was expected")
				at = ""
				break
			}
			at = join(at, parts[k]) + "[" + register.EscapeKey(row[2+k]) + "]"
		}
		if list != "" {
			if at == "" {
				continue
			}
			in.leaves[id] = append(in.leaves[id], register.Leaf{Path: at, Value: json.RawMessage("{}")})
		}
		for c := 2 + keys; c < len(row); c++ {
			if row[c] == "" {
				continue
			}
			if c >= len(paths) || paths[c] == "" {
				in.fault(name, cell(c), "the column has no path in the hidden row 2")
				continue
			}
			value, err := in.value(name, cell(c), row[c], strings.HasSuffix(paths[c], " []"))
			if err != nil {
				in.fault(name, cell(c), "%v", err)
				continue
			}
			path := join(at, strings.TrimSuffix(paths[c], " []"))
			if !register.ValidPath(path) {
				in.fault(name, cell(c), "%q is no path", path)
				continue
			}
			in.leaves[id] = append(in.leaves[id], register.Leaf{Path: path, Value: value})
		}
	}
	return nil
}

// value reads a cell as JSON.
func (in *reader) value(sheet, cell, raw string, list bool) (json.RawMessage, error) {
	if list {
		var out []string
		for _, s := range strings.Split(raw, ";") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
		return register.Encode(out), nil
	}
	kind, err := in.f.GetCellType(sheet, cell)
	if err != nil {
		return nil, err
	}
	switch kind {
	case excelize.CellTypeBool:
		return register.Encode(raw == "1" || strings.EqualFold(raw, "true")), nil
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
		f, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", raw)
		}
		return register.Encode(json.Number(strconv.FormatFloat(f, 'f', -1, 64))), nil
	case excelize.CellTypeError:
		return nil, fmt.Errorf("the cell holds the error %s", raw)
	case excelize.CellTypeFormula:
		return nil, errors.New("the cell holds a formula; a value was expected")
	}
	return register.Encode(raw), nil
}

// others reads what no cell could hold.
func (in *reader) others() error {
	rows, err := in.f.GetRows(otherSheet, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil // a workbook without the sheet has nothing of the kind
	}
	for i := 1; i < len(rows); {
		first, at := rows[i], i+1
		if len(first) < 3 {
			i++
			continue
		}
		var text strings.Builder
		for ; i < len(rows) && len(rows[i]) == 3 && rows[i][0] == first[0] && rows[i][1] == first[1]; i++ {
			text.WriteString(rows[i][2])
		}
		var pair [2]json.RawMessage
		var path string
		if json.Unmarshal([]byte(text.String()), &pair) != nil || json.Unmarshal(pair[0], &path) != nil || !register.ValidPath(path) {
			in.fault(otherSheet, fmt.Sprintf("C%d", at), "a path and its value as JSON were expected")
			continue
		}
		if _, known := in.kinds[first[0]]; !known {
			continue // its record was taken out
		}
		in.leaves[first[0]] = append(in.leaves[first[0]], register.Leaf{Path: path, Value: pair[1]})
	}
	return nil
}
