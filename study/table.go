package study

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// column is a column of a table. One that is required must be there and hold
// a value in every row.
type column struct {
	name     string
	required bool
}

// cols makes a list of columns from names; a trailing * marks the required.
func cols(names ...string) []column {
	out := make([]column, len(names))
	for i, n := range names {
		out[i] = column{strings.TrimSuffix(n, "*"), strings.HasSuffix(n, "*")}
	}
	return out
}

// provenanceColumns end most tables.
var provenanceColumns = cols("source_id*", "confidence", "known_on", "note")

// row is one line of a table. Its methods read a cell, record a fault where it
// does not hold what they want, and give a harmless value then.
type row struct {
	file    string
	line    int
	cells   map[string]string
	comma   bool // decimal commas are read
	f       *faults
	columns map[string]bool
}

// maxLine bounds a line, or a row whose quote is not closed, so that a file
// without line ends, such as a sparse one, is refused before it fills the
// memory.
const maxLine = 1 << 20

var (
	errNUL  = errors.New("holds a NUL byte: this is not a text file")
	errLong = errors.New("has a line or an open quote of more than 1 MB: this is not a table")
	errUTF8 = errors.New("is not UTF-8 text; save it as UTF-8 (in Excel: CSV UTF-8)")
	errCR   = errors.New("has line ends of a lone carriage return; save it with line feeds")
)

// guard passes a file on while it looks like text.
type guard struct {
	r      *bufio.Reader
	line   int  // of the byte that was read last
	start  int  // line where the row began whose quote is open
	run    int  // bytes since the row began
	quoted bool // inside a quote
	bad    error
	tail   []byte // an unfinished character at the end of the last block
}

func (g *guard) Read(p []byte) (int, error) {
	if g.bad != nil {
		return 0, g.bad
	}
	n, err := g.r.Read(p)
	carried := len(g.tail)
	text := append(g.tail, p[:n]...)
	g.tail = nil
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			if !utf8.FullRune(text[at:]) && err == nil {
				g.tail = append([]byte(nil), text[at:]...)
				return n, nil
			}
			g.bad = errUTF8
			return max(0, at-carried), g.bad
		}
		g.see(r, size)
		if g.bad != nil {
			return max(0, at-carried), g.bad
		}
		at += size
	}
	return n, err
}

// see follows lines and quotes.
func (g *guard) see(r rune, size int) {
	g.run += size
	switch {
	case r == 0:
		g.bad = errNUL
	case r == '"':
		g.quoted = !g.quoted
	case r == '\n':
		g.line++
		if !g.quoted {
			g.run, g.start = 0, g.line
		}
	}
	if g.run > maxLine {
		g.bad = errLong
		g.line = max(g.start, 1)
	}
}

// readTable reads a CSV file and calls use for each row. Separators may be
// commas or, as spreadsheets of some languages write them, semicolons, which
// then go with decimal commas.
// It reports whether the header was as it must be.
func readTable(in io.Reader, file string, columns []column, f *faults, use func(*row)) bool {
	g := &guard{r: bufio.NewReaderSize(in, 1<<16), line: 1}
	buffered := bufio.NewReaderSize(g, 1<<16)
	if head, _ := buffered.Peek(3); bytes.Equal(head, []byte{0xEF, 0xBB, 0xBF}) {
		buffered.Discard(3) // a byte order mark, as Excel writes it
	}
	head, err := buffered.Peek(1 << 12)
	if bytes.ContainsRune(head, '\r') && !bytes.ContainsRune(head, '\n') {
		f.errorf(file, 1, "", "", "the file %v", errCR)
		return false
	}
	if len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			f.errorf(file, g.line, "", "", "the file %v", err)
			return false
		}
		f.errorf(file, 0, "", "", "the file is empty: a header row with the columns %s was expected", names(columns))
		return false
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	r := csv.NewReader(buffered)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	comma := false
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma, comma = ';', true
		f.warnf(file, 1, "", "", "columns are separated by semicolons; they are read with decimal commas, but commas and decimal points are the format")
	}
	header, err := r.Read()
	if err != nil {
		tableError(f, file, g, r, err)
		return false
	}
	at, ok := readHeader(header, file, columns, f)
	if !ok {
		return false
	}
	line := &row{file: file, f: f, comma: comma, columns: map[string]bool{}}
	for name := range at {
		line.columns[name] = true
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			if !tableError(f, file, g, r, err) {
				return true
			}
			continue
		}
		line.line, _ = r.FieldPos(0)
		if len(record) != len(header) {
			if blank(record) {
				continue
			}
			f.errorf(file, line.line, "", strings.Join(record, string(r.Comma)), "the row has %d cells, the header %d", len(record), len(header))
			continue
		}
		if blank(record) {
			continue
		}
		line.cells = make(map[string]string, len(at))
		for name, i := range at {
			line.cells[name] = strings.TrimSpace(record[i])
		}
		for _, c := range columns {
			if c.required && line.columns[c.name] && line.cells[c.name] == "" {
				f.errorf(file, line.line, c.name, "", "a value is required")
			}
		}
		use(line)
	}
}

func blank(record []string) bool {
	for _, c := range record {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func names(columns []column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return strings.Join(out, ", ")
}

// tableError records what stopped a row, and reports whether reading can go on.
func tableError(f *faults, file string, g *guard, r *csv.Reader, err error) bool {
	var parse *csv.ParseError
	switch {
	case g.bad != nil:
		f.errorf(file, g.line, "", "", "the file %v", g.bad)
	case errors.As(err, &parse):
		f.errorf(file, parse.StartLine, "", "", "the row cannot be read as CSV: %v", parse.Err)
		return true
	case errors.Is(err, io.EOF):
		f.errorf(file, 0, "", "", "the file is empty: a header row was expected")
	default:
		f.errorf(file, 0, "", "", "the file cannot be read: %v", err)
	}
	return false
}

// readHeader finds the place of each column, and names those that are unknown,
// missing or twice there.
func readHeader(header []string, file string, columns []column, f *faults) (map[string]int, bool) {
	known := make([]string, len(columns))
	for i, c := range columns {
		known[i] = c.name
	}
	at := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			f.errorf(file, 1, "", "", "column %d has no name", i+1)
			continue
		}
		if _, twice := at[name]; twice {
			f.errorf(file, 1, name, "", "the column occurs twice")
			continue
		}
		if !contains(known, name) {
			f.errorf(file, 1, name, "", "unknown column%s", nearest(name, known))
			continue
		}
		at[name] = i
	}
	ok := true
	for _, c := range columns {
		if _, there := at[c.name]; c.required && !there {
			f.errorf(file, 1, c.name, "", "the column is missing")
			ok = false
		}
	}
	return at, ok
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// fault records a fault of the row.
func (r *row) fault(field, value, format string, args ...any) {
	r.f.errorf(r.file, r.line, field, value, format, args...)
}

func (r *row) warn(field, value, format string, args ...any) {
	r.f.warnf(r.file, r.line, field, value, format, args...)
}

func (r *row) text(name string) string { return r.cells[name] }

// rule bounds a number.
type rule uint8

const (
	anyNumber rule = iota
	positive
	notNegative
	share // 0 to 1
)

// number reads a number; an empty cell is NaN.
func (r *row) number(name string, want rule) float64 {
	s := r.cells[name]
	if s == "" {
		return math.NaN()
	}
	v, err := parseNumber(s, r.comma)
	if err != nil {
		r.fault(name, s, "%v", err)
		return math.NaN()
	}
	if msg := want.broken(v); msg != "" {
		r.fault(name, s, "%s", msg)
		return math.NaN()
	}
	return v
}

// numberOr is number with a documented value for an empty cell.
func (r *row) numberOr(name string, want rule, empty float64) float64 {
	if r.cells[name] == "" {
		return empty
	}
	v := r.number(name, want)
	if math.IsNaN(v) {
		return empty
	}
	return v
}

func (w rule) broken(v float64) string {
	switch {
	case w == positive && !(v > 0):
		return "must be greater than 0"
	case w == notNegative && !(v >= 0):
		return "must not be negative"
	case w == share && !(v >= 0 && v <= 1):
		return "must lie between 0 and 1"
	}
	return ""
}

// thousands are numbers whose points may well be of thousands.
var thousands = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{3})+$`)

// parseNumber reads a decimal number. A comma is refused with a hint unless
// decimal commas are the file's own.
func parseNumber(s string, comma bool) (float64, error) {
	if comma {
		if thousands.MatchString(s) {
			return 0, fmt.Errorf("a number with a decimal comma was expected; is the point one of thousands?")
		}
		s = strings.Replace(s, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(s, "xX_pP") {
		if strings.Count(s, ",") == 1 && !comma {
			if _, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64); err == nil {
				return 0, fmt.Errorf("a number with a decimal point was expected, not a decimal comma")
			}
		}
		return 0, fmt.Errorf("a number was expected")
	}
	return v, nil
}

func (r *row) integer(name string, lowest, highest, empty int) int {
	s := r.cells[name]
	if s == "" {
		return empty
	}
	v, err := strconv.Atoi(s)
	if err != nil {
		if f, ferr := parseNumber(s, r.comma); ferr == nil && f == math.Trunc(f) && math.Abs(f) < 1e9 {
			v, err = int(f), nil // a spreadsheet's 2020.0
		}
	}
	if err != nil || v < lowest || v > highest {
		r.fault(name, s, "a whole number from %d to %d was expected", lowest, highest)
		return empty
	}
	return v
}

func (r *row) year(name string) int { return r.integer(name, 1800, 2200, 0) }

// boolean reads true, false, 1, 0, yes, no.
func (r *row) boolean(name string, empty bool) bool {
	switch strings.ToLower(r.cells[name]) {
	case "":
		return empty
	case "true", "1", "yes":
		return true
	case "false", "0", "no":
		return false
	}
	r.fault(name, r.cells[name], "true or false was expected")
	return empty
}

// enum reads one of the allowed words.
func (r *row) enum(name, empty string, allowed ...string) string {
	s := r.cells[name]
	if s == "" {
		return empty
	}
	if !contains(allowed, s) {
		r.fault(name, s, "one of %s was expected%s", strings.Join(allowed, ", "), nearest(s, allowed))
		return empty
	}
	return s
}

// list reads a list separated by semicolons, or by bars in a file whose
// columns are.
func (r *row) list(name string) []string {
	s := r.cells[name]
	if s == "" {
		return nil
	}
	sep := ";"
	if r.comma {
		sep = "|"
	}
	var out []string
	for _, part := range strings.Split(s, sep) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// date reads yyyy-mm-dd.
func (r *row) date(name string) string {
	s := r.cells[name]
	if s != "" && !isDate(s) {
		r.fault(name, s, "a date as yyyy-mm-dd was expected")
		return ""
	}
	return s
}
