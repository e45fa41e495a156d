package store

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Matrices are values between zones, several of one shape: skims, say. Infinite values mean
// that there is no path, and are written as nothing.
type Matrices struct {
	From, To []int       // numbers of zones, by row and by column
	Names    []string    // of the matrices
	Values   [][]float64 // [matrices][rows × columns]
}

// MatrixFormats are the ends of names of files that [WriteMatrices] writes.
var MatrixFormats = []string{".csv", ".parquet"}

// WriteMatrices writes matrices in long form, a row for each pair: from_zone, to_zone, and a
// column for each matrix. The format is that of the name's end. The file appears whole or not
// at all.
func WriteMatrices(path string, m *Matrices) error {
	var write func(io.Writer, *Matrices) error
	switch filepath.Ext(path) {
	case ".csv":
		write = matricesCSV
	case ".parquet":
		write = matricesParquet
	default:
		return fmt.Errorf("store: %s: a name that ends with one of %v was expected", path, MatrixFormats)
	}
	return whole(path, func(f *os.File) error {
		out := bufio.NewWriterSize(f, 1<<20)
		if err := write(out, m); err != nil {
			return err
		}
		return out.Flush()
	})
}

func matricesCSV(out io.Writer, m *Matrices) error {
	line := []byte("from_zone,to_zone")
	for _, n := range m.Names {
		line = append(append(line, ','), n...)
	}
	for i, from := range m.From {
		for j, to := range m.To {
			line = append(line, '\n')
			line = strconv.AppendInt(line, int64(from), 10)
			line = strconv.AppendInt(append(line, ','), int64(to), 10)
			for _, values := range m.Values {
				line = append(line, ',')
				if v := values[i*len(m.To)+j]; !math.IsInf(v, 0) {
					line = strconv.AppendFloat(line, v, 'g', -1, 64)
				}
			}
			if _, err := out.Write(line); err != nil {
				return err
			}
			line = line[:0]
		}
	}
	_, err := out.Write(append(line, '\n'))
	return err
}

// matricesParquet writes a row group for each so many rows of the matrices.
func matricesParquet(out io.Writer, m *Matrices) error {
	fields := []arrow.Field{{Name: "from_zone", Type: arrow.PrimitiveTypes.Int32}, {Name: "to_zone", Type: arrow.PrimitiveTypes.Int32}}
	for _, n := range m.Names {
		fields = append(fields, arrow.Field{Name: n, Type: arrow.PrimitiveTypes.Float64, Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	w, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{out}, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	flush := func() error {
		record := b.NewRecordBatch()
		defer record.Release()
		if record.NumRows() == 0 {
			return nil
		}
		return w.Write(record)
	}
	const groupRows = 1 << 18
	n := 0
	for i, from := range m.From {
		for j, to := range m.To {
			b.Field(0).(*array.Int32Builder).Append(int32(from))
			b.Field(1).(*array.Int32Builder).Append(int32(to))
			for k, values := range m.Values {
				column := b.Field(2 + k).(*array.Float64Builder)
				if v := values[i*len(m.To)+j]; math.IsInf(v, 0) {
					column.AppendNull()
				} else {
					column.Append(v)
				}
			}
			if n++; n%groupRows == 0 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return w.Close()
}
