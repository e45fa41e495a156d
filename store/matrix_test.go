package store

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func TestWriteMatrices(t *testing.T) {
	m := &Matrices{From: []int{1, 2}, To: []int{1, 3}, Names: []string{"cost", "distance"}, Values: [][]float64{{0, 1.5, math.Inf(1), 2}, {0, 7, math.Inf(1), 0.1}}}
	dir := t.TempDir()
	path := filepath.Join(dir, "skim.csv")
	if err := WriteMatrices(path, m); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := "from_zone,to_zone,cost,distance\n1,1,0,0\n1,3,1.5,7\n2,1,,\n2,3,2,0.1\n"; err != nil || string(text) != want {
		t.Errorf("%q %v", text, err)
	}
	path = filepath.Join(dir, "skim.parquet")
	if err := WriteMatrices(path, m); err != nil {
		t.Fatal(err)
	}
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	cost := table.Column(2).Data().Chunk(0).(*array.Float64)
	if table.NumRows() != 4 || !cost.IsNull(2) || cost.Value(1) != 1.5 || table.Column(3).Name() != "distance" {
		t.Errorf("%v", table)
	}
	if err := WriteMatrices(filepath.Join(dir, "skim.omx"), m); err == nil || !strings.Contains(err.Error(), ".parquet") {
		t.Error(err)
	}
	if err := WriteMatrices(filepath.Join(dir, "none", "skim.csv"), m); err == nil {
		t.Error("a folder that is not there was written to")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "skim.*.*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
