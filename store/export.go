package store

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/paulmach/orb/geojson"
	"github.com/xuri/excelize/v2"

	"github.com/karvan/karvan/internal/gpkg"
)

// ExportOptions say what to take out of a result, and where to.
type ExportOptions struct {
	Format string   // csv, geojson, parquet or xlsx
	Tables []string // none: all that the format can hold
	Output string   // folder; for xlsx the file
}

// tableRows is a table being read: its columns without key and geometry.
type tableRows struct {
	name    string
	columns []string
	kinds   []string // INTEGER, REAL, TEXT or BOOLEAN
	hasGeom bool
	rows    *sql.Rows
	geom    []byte
	values  []any
}

// Export writes tables of a result to files and gives their names.
func Export(ctx context.Context, r *Result, o ExportOptions) ([]string, error) {
	known, err := r.Tables()
	if err != nil {
		return nil, err
	}
	for _, t := range o.Tables {
		if !slices.Contains(known, t) {
			return nil, fmt.Errorf("store: there is no table %q; there are %s", t, strings.Join(known, ", "))
		}
	}
	tables := o.Tables
	switch {
	case o.Format == "geojson" && len(tables) == 0:
		tables = []string{"link", "node"}
	case o.Format == "geojson":
		for _, t := range tables {
			if t != "link" && t != "node" {
				return nil, fmt.Errorf("store: table %s has no geometry; geojson takes link and node", t)
			}
		}
	case len(tables) == 0:
		tables = known
	}
	if o.Format == "xlsx" {
		path := o.Output
		if !strings.HasSuffix(path, ".xlsx") {
			path += ".xlsx"
		}
		return []string{path}, whole(path, func(f *os.File) error { return exportExcel(ctx, r, tables, f) })
	}
	write := map[string]func(context.Context, *Result, string, io.Writer) error{"csv": exportCSV, "geojson": exportGeoJSON, "parquet": exportParquet}[o.Format]
	if write == nil {
		return nil, fmt.Errorf("store: unknown format %q; there are csv, geojson, parquet and xlsx", o.Format)
	}
	if err := os.MkdirAll(o.Output, 0o755); err != nil {
		return nil, fmt.Errorf("store: cannot make %s: %w", o.Output, plainError(err))
	}
	var out []string
	for _, t := range tables {
		path := filepath.Join(o.Output, t+"."+o.Format)
		if err := whole(path, func(f *os.File) error { return write(ctx, r, t, f) }); err != nil {
			return out, err
		}
		out = append(out, path)
	}
	return out, nil
}

// whole writes a file beside its name and gives it the name when it is done.
func whole(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return fmt.Errorf("store: cannot write in %s: %w", filepath.Dir(path), plainError(err))
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	f.Close()
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("store: cannot write %s: %w", path, plainError(err))
	}
	return nil
}

func plainError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (r *Result) open(ctx context.Context, table string) (*tableRows, error) {
	t := &tableRows{name: table}
	info, err := r.DB.QueryContext(ctx, "SELECT name, type FROM pragma_table_info(?) ORDER BY cid", table)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	for info.Next() {
		var name, kind string
		if err := info.Scan(&name, &kind); err != nil {
			info.Close()
			return nil, err
		}
		switch {
		case name == "geom":
			t.hasGeom = true
		case name != "fid":
			t.columns, t.kinds = append(t.columns, name), append(t.kinds, kind)
		}
	}
	if err := info.Err(); err != nil {
		return nil, err
	}
	list := make([]string, len(t.columns))
	for i, c := range t.columns {
		list[i] = `"` + c + `"`
	}
	if t.hasGeom {
		list = append(list, "geom")
	}
	// The names are those of the catalogue, not a user's.
	t.rows, err = r.DB.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM "%s" ORDER BY rowid`, strings.Join(list, ", "), table))
	return t, err
}

// next reads a row into values, and the geometry into geom.
func (t *tableRows) next() (bool, error) {
	if !t.rows.Next() {
		return false, t.rows.Err()
	}
	t.values = make([]any, len(t.columns))
	into := make([]any, 0, len(t.columns)+1)
	for i := range t.values {
		into = append(into, &t.values[i])
	}
	if t.hasGeom {
		into = append(into, &t.geom)
	}
	return true, t.rows.Scan(into...)
}

// cell writes a value with full precision.
func cell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case []byte:
		return string(x)
	}
	return fmt.Sprint(v)
}

func exportCSV(ctx context.Context, r *Result, table string, out io.Writer) error {
	t, err := r.open(ctx, table)
	if err != nil {
		return err
	}
	defer t.rows.Close()
	w := csv.NewWriter(out)
	if err := w.Write(t.columns); err != nil {
		return err
	}
	line := make([]string, len(t.columns))
	for {
		more, err := t.next()
		if err != nil || !more {
			w.Flush()
			return errors.Join(err, w.Error())
		}
		for i, v := range t.values {
			line[i] = cell(v)
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
}

func exportGeoJSON(ctx context.Context, r *Result, table string, out io.Writer) error {
	t, err := r.open(ctx, table)
	if err != nil {
		return err
	}
	defer t.rows.Close()
	list := geojson.NewFeatureCollection()
	for {
		more, err := t.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		g, err := gpkg.Decode(t.geom)
		if err != nil {
			return err
		}
		f := geojson.NewFeature(g)
		for i, c := range t.columns {
			f.Properties[c] = t.values[i]
		}
		list.Append(f)
	}
	return json.NewEncoder(out).Encode(list)
}

func exportParquet(ctx context.Context, r *Result, table string, out io.Writer) error {
	t, err := r.open(ctx, table)
	if err != nil {
		return err
	}
	defer t.rows.Close()
	fields := make([]arrow.Field, len(t.columns))
	for i, c := range t.columns {
		var typ arrow.DataType = arrow.BinaryTypes.String
		switch {
		case strings.HasPrefix(t.kinds[i], "INTEGER"):
			typ = arrow.PrimitiveTypes.Int64
		case t.kinds[i] == "REAL":
			typ = arrow.PrimitiveTypes.Float64
		case t.kinds[i] == "BOOLEAN":
			typ = arrow.FixedWidthTypes.Boolean
		}
		fields[i] = arrow.Field{Name: c, Type: typ, Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	w, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{out}, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	const batch = 1 << 16
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	flush := func() error {
		rec := b.NewRecordBatch()
		defer rec.Release()
		return w.Write(rec)
	}
	for n := 0; ; n++ {
		more, err := t.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		for i, v := range t.values {
			if err := appendValue(b.Field(i), v); err != nil {
				return fmt.Errorf("column %s: %w", t.columns[i], err)
			}
		}
		if n%batch == batch-1 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return w.Close()
}

func appendValue(b array.Builder, v any) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		if x, ok := v.(int64); ok {
			b.Append(x)
			return nil
		}
	case *array.Float64Builder:
		switch x := v.(type) {
		case float64:
			b.Append(x)
			return nil
		case int64:
			b.Append(float64(x))
			return nil
		}
	case *array.BooleanBuilder:
		switch x := v.(type) {
		case bool:
			b.Append(x)
			return nil
		case int64:
			b.Append(x != 0)
			return nil
		}
	case *array.StringBuilder:
		b.Append(cell(v))
		return nil
	}
	return fmt.Errorf("unexpected value %v", v)
}

// maxExcelRows is what a sheet can hold, its header included.
const maxExcelRows = 1 << 20

// exportExcel writes a workbook: a sheet for each table, one of units, one of
// sources. A table with more rows than a sheet holds is refused.
func exportExcel(ctx context.Context, r *Result, tables []string, out io.Writer) error {
	x := excelize.NewFile()
	defer x.Close()
	units := [][]any{{"table", "column", "unit"}}
	for k, name := range tables {
		if name == "source" {
			continue
		}
		t, err := r.open(ctx, name)
		if err != nil {
			return err
		}
		for i, c := range t.columns {
			units = append(units, []any{name, c, UnitOf(c, t.kinds[i])})
		}
		if err := sheet(x, name, t, k == 0); err != nil {
			t.rows.Close()
			return err
		}
		t.rows.Close()
	}
	s, err := stream(x, "units", false)
	if err != nil {
		return err
	}
	for i, row := range units {
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	if err := s.Flush(); err != nil {
		return err
	}
	t, err := r.open(ctx, "source")
	if err != nil {
		return err
	}
	defer t.rows.Close()
	if err := sheet(x, "sources", t, false); err != nil {
		return err
	}
	return x.Write(out)
}

func stream(x *excelize.File, name string, first bool) (*excelize.StreamWriter, error) {
	if first {
		if err := x.SetSheetName("Sheet1", name); err != nil {
			return nil, err
		}
	} else if i, _ := x.GetSheetIndex(name); i < 0 {
		if _, err := x.NewSheet(name); err != nil {
			return nil, err
		}
	}
	return x.NewStreamWriter(name)
}

func sheet(x *excelize.File, name string, t *tableRows, first bool) error {
	s, err := stream(x, name, first)
	if err != nil {
		return err
	}
	header := make([]any, len(t.columns))
	for i, c := range t.columns {
		header[i] = c
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := s.SetRow("A1", header); err != nil {
		return err
	}
	for n := 2; ; n++ {
		more, err := t.next()
		if err != nil {
			return err
		}
		if !more {
			return s.Flush()
		}
		if n > maxExcelRows {
			return fmt.Errorf("table %s has more rows than a sheet of Excel holds (%d); export it as csv or parquet, or name smaller tables with --table", t.name, maxExcelRows)
		}
		row := make([]any, len(t.values))
		for i, v := range t.values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			if f, ok := v.(float64); ok && math.IsNaN(f) {
				v = nil
			}
			if text, ok := v.(string); ok && len(text) > excelize.TotalCellChars {
				v = text[:excelize.TotalCellChars]
			}
			row[i] = v
		}
		if err := s.SetRow(fmt.Sprintf("A%d", n), row); err != nil {
			return err
		}
	}
}

// UnitOf reads the unit of a column from its name, as the format has it.
func UnitOf(column, kind string) string {
	for _, u := range []struct{ suffix, unit string }{
		{"_usd_per_t_h", "USD per t and h"}, {"_usd_per_tkm", "USD/tkm"}, {"_usd_per_t", "USD/t"}, {"_t_per_yr", "t/yr"}, {"_t_per_usd", "t/USD"}, {"_km_per_h", "km/h"}, {"_usd", "USD"}, {"_km", "km"},
		{"_h", "h"}, {"_s", "s"}, {"_ratio", "share"}, {"share", "share"}, {"_per_day", "trains/day"}, {"_per_day_low", "trains/day"}, {"_per_day_high", "trains/day"}, {"year", "year"},
	} {
		if strings.HasSuffix(column, u.suffix) {
			return u.unit
		}
	}
	switch column {
	case "value", "low", "high", "observed", "modelled":
		return "as the column unit of the row says"
	case "residual", "relative_gap":
		return "share"
	case "objective":
		return "h t/yr"
	}
	if kind == "TEXT" {
		return "text"
	}
	return ""
}
