package trade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
)

// Column is one column of a table: numbers where every value is one, else
// texts by code. Missing values are NaN, or the code -1.
type Column struct {
	Name    string
	Numbers []float64
	Codes   []int32
	Levels  []string // by code
}

// IsNumber reports whether the column holds numbers.
func (c *Column) IsNumber() bool { return c.Codes == nil }

// Frame is a table: columns of the same length.
type Frame struct {
	Rows    int
	Columns []*Column
	index   map[string]*Column
}

// NewFrame makes an empty table of so many rows.
func NewFrame(rows int) *Frame { return &Frame{Rows: rows, index: map[string]*Column{}} }

// Add adds a column; it panics where its length differs or the name is taken.
func (f *Frame) Add(c *Column) {
	n := len(c.Numbers)
	if !c.IsNumber() {
		n = len(c.Codes)
	}
	if n != f.Rows || f.index[c.Name] != nil {
		panic(fmt.Sprintf("trade: column %q: %d rows in a table of %d, or named twice", c.Name, n, f.Rows))
	}
	f.Columns = append(f.Columns, c)
	f.index[c.Name] = c
}

// Column gives a column by its name, or an error that names near ones.
func (f *Frame) Column(name string) (*Column, error) {
	if c := f.index[name]; c != nil {
		return c, nil
	}
	var names []string
	for _, c := range f.Columns {
		names = append(names, c.Name)
	}
	sort.Strings(names)
	return nil, fmt.Errorf("there is no column %q; the table has %s", name, strings.Join(names, ", "))
}

// MaxFrameBytes bounds what a table may unpack to.
const MaxFrameBytes = 8 << 30

// missing are the ways in which tables say that nothing is known.
var missing = map[string]bool{"": true, "NA": true, "NaN": true, "nan": true, ".": true, "null": true}

// ReadFrame reads a table in CSV with a header, gzipped or not. A column is of
// numbers where every value that is there is one. Its errors name the line.
func ReadFrame(r io.Reader) (*Frame, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("trade: the file is no gzip: %w", err)
		}
		b = bufio.NewReaderSize(io.LimitReader(z, MaxFrameBytes), 1<<20)
	}
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		b.Discard(3)
	}
	c := csv.NewReader(b)
	c.ReuseRecord = true
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("trade: the table is empty; a header was expected")
	} else if err != nil {
		return nil, fmt.Errorf("trade: %w", err)
	}
	builders := make([]*builder, len(head))
	seen := map[string]bool{}
	for i, name := range head {
		name = strings.TrimSpace(name)
		if name == "" || seen[name] {
			return nil, fmt.Errorf("trade: line 1: column %d is named %q: a name of its own was expected", i+1, name)
		}
		seen[name] = true
		builders[i] = &builder{name: name, number: true}
	}
	rows := 0
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("trade: %w", err)
		}
		for i, v := range row {
			builders[i].add(v)
		}
		rows++
	}
	f := NewFrame(rows)
	for _, b := range builders {
		f.Add(b.column())
	}
	return f, nil
}

// builder gathers a column: as numbers until a text comes.
type builder struct {
	name    string
	number  bool
	numbers []float64
	codes   []int32
	levels  []string
	index   map[string]int32
}

func (b *builder) add(v string) {
	if b.number {
		if missing[v] {
			b.numbers = append(b.numbers, math.NaN())
			return
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
			b.numbers = append(b.numbers, x)
			return
		}
		b.toTexts()
	}
	b.codes = append(b.codes, b.code(v))
}

// toTexts turns the numbers so far into texts.
func (b *builder) toTexts() {
	b.number = false
	b.index = map[string]int32{}
	b.codes = make([]int32, 0, len(b.numbers)+1)
	for _, x := range b.numbers {
		if math.IsNaN(x) {
			b.codes = append(b.codes, -1)
		} else {
			b.codes = append(b.codes, b.code(strconv.FormatFloat(x, 'g', -1, 64)))
		}
	}
	b.numbers = nil
}

func (b *builder) code(v string) int32 {
	if missing[v] {
		return -1
	}
	if c, ok := b.index[v]; ok {
		return c
	}
	c := int32(len(b.levels))
	v = strings.Clone(v)
	b.index[v] = c
	b.levels = append(b.levels, v)
	return c
}

func (b *builder) column() *Column {
	if b.number {
		if b.numbers == nil {
			b.numbers = []float64{}
		}
		return &Column{Name: b.name, Numbers: b.numbers}
	}
	return &Column{Name: b.name, Codes: b.codes, Levels: b.levels}
}
