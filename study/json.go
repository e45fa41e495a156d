package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
)

// parseJSON reads a JSON document, with the line of each value.
func parseJSON(content []byte, file string, f *faults) *value {
	p := &jsonReader{d: json.NewDecoder(bytes.NewReader(content)), file: file, f: f}
	p.d.UseNumber()
	for at, b := range content {
		if b == '\n' {
			p.ends = append(p.ends, int64(at))
		}
	}
	v, err := p.read(0)
	if err == nil {
		if _, more := p.d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the document")
		}
	}
	if err != nil {
		line := p.line()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = p.lineAt(syntax.Offset)
		}
		f.errorf(file, line, "", "", "the document cannot be read as JSON: %v", err)
		return nil
	}
	return v
}

type jsonReader struct {
	d    *json.Decoder
	ends []int64 // offsets of line ends
	file string
	f    *faults
}

func (p *jsonReader) line() int { return p.lineAt(p.d.InputOffset()) }

func (p *jsonReader) lineAt(offset int64) int {
	return 1 + sort.Search(len(p.ends), func(i int) bool { return p.ends[i] >= offset })
}

func (p *jsonReader) read(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	t, err := p.d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	v := &value{line: p.line()}
	switch x := t.(type) {
	case nil:
		v.kind = nullValue
	case bool:
		v.scalar, v.raw = fmt.Sprint(x), x
	case json.Number:
		v.scalar, v.raw = x.String(), x
	case string:
		v.scalar, v.raw = x, x
	case json.Delim:
		if x == '[' {
			v.kind = listValue
			for p.d.More() {
				item, err := p.read(depth + 1)
				if err != nil {
					return nil, err
				}
				v.items = append(v.items, item)
			}
		} else {
			v.kind, v.fields = mapValue, map[string]*value{}
			for p.d.More() {
				key, err := p.d.Token()
				if err != nil {
					return nil, err
				}
				name, line := fmt.Sprint(key), p.line()
				item, err := p.read(depth + 1)
				if err != nil {
					return nil, err
				}
				if _, twice := v.fields[name]; twice {
					p.f.errorf(p.file, line, name, "", "the key occurs twice")
					continue
				}
				item.line = line
				v.keys = append(v.keys, name)
				v.fields[name] = item
			}
		}
		if _, err := p.d.Token(); err != nil {
			return nil, err
		}
	}
	return v, nil
}
