package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/karvan/karvan/register"
)

// MaxTableBytes bounds a table that is read.
const MaxTableBytes = 64 << 20

// columns of a table that say something about a record and are none of its values.
var otherColumns = map[string]bool{"id": true, "slug": true, "address": true, "revision": true, "updated": true, "known_on": true, "longitude": true, "latitude": true}

// ReadTable reads records of one kind from CSV as [Table] writes it: comma or
// semicolon, headings that are paths. Only the columns that are there count, so that
// a table without a column leaves its values alone; an empty cell takes a value out.
// A row without an id is new. Columns are the paths that were read. All faults are
// told; with any, no record counts.
func ReadTable(r io.Reader, kind register.Kind) (records []Record, columns []string, faults []Fault, err error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxTableBytes+1))
	if err != nil {
		return nil, nil, nil, err
	}
	if len(data) > MaxTableBytes {
		return nil, nil, nil, fmt.Errorf("the table is larger than %d MB", MaxTableBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord = -1
	if head, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		in.Comma = ';'
	}
	sheet := register.Info(string(kind)).Plural
	fault := func(row, column int, format string, args ...any) {
		faults = append(faults, Fault{sheet, fmt.Sprintf("row %d, column %d", row, column+1), fmt.Sprintf(format, args...)})
	}
	head, err := in.Read()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the table has no headings: %w", err)
	}
	id, revision := -1, -1
	types := make([]register.Type, len(head))
	for c, h := range head {
		h = strings.TrimSpace(h)
		head[c] = h
		switch {
		case h == "id":
			id = c
		case h == "revision":
			revision = c
		case otherColumns[h]:
		default:
			known := false
			if types[c], known = columnType(kind, h); !known {
				fault(1, c, "%q is no column of %s; expected are %s", h, sheet, strings.Join(Columns(kind), ", "))
				continue
			}
			columns = append(columns, h)
		}
	}
	if id < 0 {
		fault(1, 0, "there is no column id")
	}
	if len(faults) > 0 {
		return nil, nil, faults, nil
	}
	met := map[string]int{}
	for n := 2; ; n++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, nil, append(faults, Fault{sheet, fmt.Sprintf("line %d, letter %d", broken.Line, broken.Column), broken.Err.Error()}), nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if len(row) != len(head) {
			fault(n, len(row)-1, "the row has %d cells, the headings have %d", len(row), len(head))
			continue
		}
		rec := Record{ID: strings.TrimSpace(row[id]), Kind: kind, Values: map[string]any{}}
		if rec.ID == "" {
			rec.ID = fmt.Sprintf("new %s %d", kind, n)
		} else if register.KindOfID(rec.ID) != kind {
			fault(n, id, "%q is no id of a %s", rec.ID, kind)
		}
		if before := met[rec.ID]; before > 0 {
			fault(n, id, "the id stands in row %d too", before)
		}
		met[rec.ID] = n
		if revision >= 0 && row[revision] != "" {
			if rec.Revision, err = strconv.ParseInt(row[revision], 10, 64); err != nil {
				fault(n, revision, "%q is no revision", row[revision])
			}
		}
		for c, cell := range row {
			if types[c] == "" || cell == "" {
				continue
			}
			v, err := cellValue(types[c], cell)
			if err != nil {
				fault(n, c, "%s: %v", head[c], err)
				continue
			}
			register.SetAt(rec.Values, head[c], v)
		}
		records = append(records, rec)
	}
	return records, columns, faults, nil
}

// columnType gives the type of a column of a kind.
func columnType(kind register.Kind, path string) (register.Type, bool) {
	if kind == register.Project {
		for _, c := range projectColumns {
			if c == path {
				switch {
				case path == "sector" || path == "karvan/countries" || path == "karvan/otherNames":
					return register.TextsType, true
				case strings.HasSuffix(path, "/amount") || path == "karvan/lengthKm":
					return register.NumberType, true
				}
				return register.TextType, true
			}
		}
		return "", false
	}
	fields := register.Info(string(kind)).Fields
	keys := strings.Split(path, "/")
	for i, key := range keys {
		f := fieldNamed(fields, key)
		if f.Name == "" {
			return "", false
		}
		if i == len(keys)-1 {
			return f.Type, f.Type != register.ListType && f.Type != register.ObjectType && f.Type != register.AnyType
		}
		fields = f.Fields
	}
	return "", false
}

// cellValue reads a cell of a table; the quote that keeps a text from being a formula
// is taken off again.
func cellValue(t register.Type, cell string) (any, error) {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@\t\r\x00", rune(cell[1])) {
		cell = cell[1:]
	}
	switch t {
	case register.NumberType:
		if !isNumber(cell) {
			return nil, fmt.Errorf("%q is no number; digits with a point were expected", cell)
		}
		return json.Number(cell), nil
	case register.TextsType, register.CodesType, register.RefsType:
		out := []any{}
		for _, s := range strings.Split(cell, ";") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
		return out, nil
	}
	return cell, nil
}
