package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/karvan/karvan/register"
)

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
