package exchange

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/karvan/karvan/register"
)

// projectColumns are the values of a project that fit in one row; the lists of
// a project are in the workbook and in the JSON.
var projectColumns = []string{
	"title", "status", "type", "sector", "description", "purpose", "publicAuthority/name", "publicAuthority/id",
	"identificationPeriod/startDate", "preparationPeriod/startDate", "implementationPeriod/startDate", "implementationPeriod/endDate",
	"completionPeriod/endDate", "budget/amount/amount", "budget/amount/currency", "budget/approvalDate",
	"karvan/countries", "karvan/otherNames", "karvan/lengthKm", "karvan/key",
}

// Columns gives the paths of the values of a kind that fit in one row: all but
// its lists of objects.
func Columns(kind register.Kind) []string {
	if kind == register.Project {
		return projectColumns
	}
	var out []string
	var walk func(at string, fields []register.Field)
	walk = func(at string, fields []register.Field) {
		for _, f := range fields {
			switch f.Type {
			case register.ObjectType:
				walk(at+f.Name+"/", f.Fields)
			case register.ListType, register.AnyType:
			default:
				if at+f.Name != "slug" {
					out = append(out, at+f.Name)
				}
			}
		}
	}
	walk("", register.Info(string(kind)).Fields)
	return out
}

// Table writes records of one kind as CSV, row by row. Headings are the paths,
// the same in every language, so that a program reads every copy alike.
type Table struct {
	w       *csv.Writer
	columns []string
}

// NewTable begins a table: a byte order mark, so that Excel reads it as UTF-8,
// and the headings. Columns are paths, as [Columns] gives them; the separator is a
// comma or a semicolon.
func NewTable(w io.Writer, columns []string, separator rune) (*Table, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	t := &Table{w: csv.NewWriter(w), columns: columns}
	t.w.Comma = separator
	t.w.UseCRLF = true
	head := append([]string{"id", "slug", "address", "revision", "updated", "known_on", "longitude", "latitude"}, t.columns...)
	return t, t.w.Write(head)
}

// Add writes a record.
func (t *Table) Add(r Record) error {
	row := []string{r.ID, r.Slug, r.Address, fmt.Sprint(r.Revision), r.Updated, r.Known}
	lon, lat := firstPoint(r.Values)
	row = append(row, lon, lat)
	for _, c := range t.columns {
		row = append(row, cellText(register.At(r.Values, c)))
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return t.w.Write(row)
}

// Flush writes what is held back.
func (t *Table) Flush() error {
	t.w.Flush()
	return t.w.Error()
}

func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = cellText(e)
		}
		return strings.Join(parts, "; ")
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return string(register.Encode(v))
}

// harmless keeps a spreadsheet from taking a text for a formula: what starts
// like one gets a single quote in front. Numbers are left as they are.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\x00", rune(s[0])) || isNumber(s) {
		return s
	}
	return "'" + s
}

func isNumber(s string) bool {
	return json.Valid([]byte(s)) && !strings.ContainsAny(s, `"[{`)
}

// firstPoint gives the first position of a record's geometries as text.
func firstPoint(values map[string]any) (lon, lat string) {
	var find func(v any) bool
	find = func(v any) bool {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return false
		}
		if x, ok := list[0].(json.Number); ok && len(list) >= 2 {
			if y, ok := list[1].(json.Number); ok {
				lon, lat = x.String(), y.String()
				return true
			}
		}
		for _, e := range list {
			if find(e) {
				return true
			}
		}
		return false
	}
	for _, g := range register.Geometries(values) {
		if find(g["coordinates"]) {
			break
		}
	}
	return lon, lat
}
