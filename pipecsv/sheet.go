package pipecsv

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/karvan/karvan/internal/fault"
)

// sheet is a file under reading, with what was found wrong with it.
type sheet struct {
	name   string // as faults name it
	data   []byte
	there  bool
	broken bool // not read to its end: rows may be missing
	faults fault.Faults
	told   map[place]bool
	line   map[string]int // of each id
}

// place is a cell of a sheet.
type place struct {
	line  int
	field string
}

// mostValue is how much of a value a fault repeats.
const mostValue = 80

func (s *sheet) fault(line int, field, value, format string, a ...any) {
	if len(value) > mostValue {
		value = strings.ToValidUTF8(value[:mostValue], "") + "..."
	}
	s.told[place{line, field}] = true
	s.faults.Add(s.name, line, field, value, format, a...)
}

// row is a line of a sheet.
type row struct {
	*sheet
	at     int
	column map[string]int
	cells  []string
}

// cell gives the text of a column, "" where there is no such column.
func (r *row) cell(name string) string {
	if i, ok := r.column[name]; ok {
		return r.cells[i]
	}
	return ""
}

// want tells what was expected of a cell.
func (r *row) want(name, format string, a ...any) {
	r.fault(r.at, name, strings.TrimSpace(r.cell(name)), format, a...)
}

// require tells that a cell is empty which may not be.
func (r *row) require(name, where string) {
	if strings.TrimSpace(r.cell(name)) == "" {
		r.want(name, "a value is required %s", where)
	}
}

// read walks the lines of the sheet. known are its columns, need those of them that must stand
// in its first line.
func (s *sheet) read(known, need []string, each func(*row)) {
	data := bytes.TrimPrefix(s.data, []byte("\ufeff"))
	if at := notUTF8(data); at > 0 {
		s.broken = true
		s.fault(at, "", "", "text in UTF-8 was expected (in a spreadsheet: save as CSV UTF-8)")
		return
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		s.broken = true
		s.fault(0, "", "", "the file is empty: a first line with the names of columns was expected")
		return
	} else if err != nil {
		s.stop(err)
		return
	}
	first, _ := r.FieldPos(0)
	column, ok := s.header(first, header, known, need)
	if !ok {
		s.broken = true
		return
	}
	width := len(header) // the record itself is used again
	named := make([]bool, width)
	for i, name := range header {
		named[i] = strings.TrimSpace(name) != ""
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			s.stop(err)
			return
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue // spreadsheets leave such lines
		}
		line, _ := r.FieldPos(0)
		if len(cells) != width {
			s.fault(line, "", "", "%d fields were expected, not %d", width, len(cells))
			// What the line holds is not known, so that what refers to it cannot be judged.
			s.broken = true
			continue
		}
		for i, c := range cells {
			if !named[i] && strings.TrimSpace(c) != "" {
				s.fault(line, "", c, "field %d stands in a column without a name: nothing was expected there", i+1)
				break
			}
		}
		each(&row{s, line, column, cells})
	}
}

// stop notes that the rest of the file cannot be read.
func (s *sheet) stop(err error) {
	s.broken = true
	line := 0
	var at *csv.ParseError
	if errors.As(err, &at) {
		line, err = at.StartLine, at.Err
	}
	s.fault(line, "", "", "%v; the rest of the file was not read", err)
}

// header finds the columns. ok is false where required ones are missing.
func (s *sheet) header(line int, header, known, need []string) (column map[string]int, ok bool) {
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		s.fault(line, "", header[0], "commas were expected between the columns, not semicolons or tabs")
		return nil, false
	}
	column = map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		if !slices.Contains(known, name) {
			s.fault(line, name, "", "the column is not known: the nearest known name is %q", nearest(name, known))
			column[name] = i // its cells need no second fault
			continue
		}
		if _, twice := column[name]; twice {
			s.fault(line, name, "", "the column stands twice")
		}
		column[name] = i
	}
	ok = true
	for _, name := range need {
		if _, there := column[name]; !there {
			s.fault(line, name, "", "the column is required")
			ok = false
		}
	}
	return column, ok
}

// notUTF8 gives the line of the first byte that is no UTF-8, 0 where there is none.
func notUTF8(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}

// unclean tells what is wrong with a text: control characters do not live through spreadsheets.
func unclean(text string, breaks bool) string {
	for _, r := range text {
		if unicode.IsControl(r) && !(breaks && (r == '\n' || r == '\t')) {
			return "a text without control characters was expected"
		}
	}
	return ""
}

// nearest gives the known name with the fewest letters to change.
func nearest(name string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		if d := distance(name, k); best == "" || d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to put in, take out or change (Levenshtein 1966).
func distance(a, b string) int {
	if len(a) > mostValue {
		a = a[:mostValue]
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
