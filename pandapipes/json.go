package pandapipes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/fault"
)

// Bounds on what is read, so that no file takes the machine down.
const (
	mostBytes = 256 << 20
	mostDepth = 64
	greatest  = 1e15 // number: sums and products of such stay finite
)

// value is a JSON value with the line that it begins in, so that faults can name it.
type value struct {
	line  int
	kind  kind
	text  string // of strings, numbers and truth values as written
	keys  []string
	parts []*value // of objects beside keys, and of lists
}

type kind string

const (
	object  kind = "an object"
	list    kind = "a list"
	text    kind = "a text"
	number  kind = "a number"
	literal kind = "true, false or null"
)

// get finds a key of an object, nil where there is none.
func (v *value) get(key string) *value {
	if i := slices.Index(v.keys, key); i >= 0 {
		return v.parts[i]
	}
	return nil
}

// file is a JSON file under reading, with the faults found in it.
type file struct {
	name   string
	faults *fault.Faults
	dec    *json.Decoder
	breaks []int // offsets of line feeds
}

func (f *file) fault(line int, field, value, format string, a ...any) {
	f.faults.Add(f.name, line, field, value, format, a...)
}

// line is that of what was read last.
func (f *file) line() int {
	return sort.SearchInts(f.breaks, int(f.dec.InputOffset())) + 1
}

// errStop ends reading after a fault that leaves nothing to go on with.
var errStop = errors.New("stop")

// parse reads a whole file as one object and keeps those of its keys that are wanted; wanted
// nil keeps all.
func (f *file) parse(r io.Reader, wanted []string) (*value, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	if len(data) > mostBytes {
		f.fault(0, "", "", "a file of at most %d MB was expected", mostBytes>>20)
		return nil, errStop
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for i, b := range data {
		if b == '\n' {
			f.breaks = append(f.breaks, i)
		}
	}
	f.dec = json.NewDecoder(bytes.NewReader(data))
	f.dec.UseNumber()
	top, err := f.top(wanted)
	if err == nil {
		if _, more := f.dec.Token(); !errors.Is(more, io.EOF) {
			f.fault(f.line(), "", "", "the file was expected to end after its object")
			return nil, errStop
		}
		return top, nil
	}
	if errors.Is(err, errStop) {
		return nil, errStop
	}
	line := f.line()
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.fault(len(f.breaks)+1, "", "", "the file ends before its object is closed")
		return nil, errStop
	case errors.As(err, &syntax):
		line = sort.SearchInts(f.breaks, int(syntax.Offset)) + 1
	}
	f.fault(line, "", "", "JSON was expected: %v", err)
	return nil, errStop
}

func (f *file) top(wanted []string) (*value, error) {
	t, err := f.dec.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		f.fault(f.line(), "", fmt.Sprint(t), "an object was expected")
		return nil, errStop
	}
	v := &value{line: f.line(), kind: object}
	for f.dec.More() {
		key, line, err := f.key(v)
		if err != nil {
			return nil, err
		}
		if wanted != nil && !slices.Contains(wanted, key) {
			var skipped json.RawMessage
			if err := f.dec.Decode(&skipped); err != nil {
				return nil, err
			}
			continue
		}
		part, err := f.value(1)
		if err != nil {
			return nil, err
		}
		f.put(v, key, line, part)
	}
	_, err = f.dec.Token()
	return v, err
}

func (f *file) key(v *value) (key string, line int, err error) {
	t, err := f.dec.Token()
	if err != nil {
		return "", 0, err
	}
	key, _ = t.(string) // the decoder lets nothing else be a key
	return key, f.line(), nil
}

func (f *file) put(v *value, key string, line int, part *value) {
	if v.get(key) != nil {
		f.fault(line, key, "", "the key stands twice in one object")
		return
	}
	v.keys, v.parts = append(v.keys, key), append(v.parts, part)
}

func (f *file) value(depth int) (*value, error) {
	t, err := f.dec.Token()
	if err != nil {
		return nil, err
	}
	v := &value{line: f.line()}
	switch t := t.(type) {
	case string:
		v.kind, v.text = text, t
	case json.Number:
		v.kind, v.text = number, t.String()
	case bool:
		v.kind, v.text = literal, strconv.FormatBool(t)
	case nil:
		v.kind, v.text = literal, "null"
	case json.Delim:
		if depth > mostDepth {
			f.fault(v.line, "", "", "at most %d objects and lists inside one another were expected", mostDepth)
			return nil, errStop
		}
		v.kind = list
		if t == '{' {
			v.kind = object
		}
		for f.dec.More() {
			key, line := "", 0
			if v.kind == object {
				if key, line, err = f.key(v); err != nil {
					return nil, err
				}
			}
			part, err := f.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if v.kind == object {
				f.put(v, key, line, part)
			} else {
				v.parts = append(v.parts, part)
			}
		}
		if _, err := f.dec.Token(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// known faults every key of an object that is not in a list.
func (f *file) known(v *value, where string, keys ...string) {
	for i, key := range v.keys {
		if !slices.Contains(keys, key) {
			f.fault(v.parts[i].line, where+key, "", "the key is not known; known are %s", strings.Join(keys, ", "))
		}
	}
}

// text reads a text that must be there.
func (f *file) text(v *value, where, key string) string {
	part := v.get(key)
	switch {
	case part == nil:
		f.fault(v.line, where+key, "", "the key is required")
		return ""
	case part.kind != text || part.text == "":
		f.fault(part.line, where+key, part.text, "a text was expected")
		return ""
	}
	return part.text
}

// number reads a finite number that must be there; ok is false after a fault.
func (f *file) number(v *value, where, key string) (x float64, ok bool) {
	part := v.get(key)
	if part == nil {
		f.fault(v.line, where+key, "", "the key is required")
		return 0, false
	}
	return f.float(part, where+key)
}

// float reads a finite number.
func (f *file) float(part *value, field string) (x float64, ok bool) {
	if part.kind != number {
		f.fault(part.line, field, part.text, "a number was expected, not %s", part.kind)
		return 0, false
	}
	x, err := strconv.ParseFloat(part.text, 64)
	if err != nil || !(math.Abs(x) <= greatest) {
		f.fault(part.line, field, part.text, "a finite number was expected, of at most %g", float64(greatest))
		return 0, false
	}
	return x, true
}
