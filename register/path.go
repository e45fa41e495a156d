package register

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// A path leads to a value inside a record: keys joined by "/", and elements of
// a list by their id in brackets, so that it stays true when a list is
// reordered:
//
//	budget/amount/amount
//	parties[kv-organisation-…]/roles
//	metrics[physicalProgress]/observations[2021-06]/measure
//
// A text in another language than the record's own is the path with the
// language after it: title@ru. The characters ~ / [ ] @ inside a key or an id
// are written ~0 ~1 ~2 ~3 ~4.
//
// Lists whose elements do not all have an id of their own (a text, unique in
// the list), and empty lists and objects, are values as they stand.

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1", "[", "~2", "]", "~3", "@", "~4")
	unescape = strings.NewReplacer("~4", "@", "~3", "]", "~2", "[", "~1", "/", "~0", "~")
)

// step is one part of a path: a key, and the id of an element where the key
// holds a list.
type step struct {
	key     string
	id      string
	element bool
}

// Leaf is one value of a record and the path to it.
type Leaf struct {
	Path  string
	Value json.RawMessage
}

// splitPath takes a path apart; ok is false where it is none.
func splitPath(path string) (steps []step, language string, ok bool) {
	path, language, translated := strings.Cut(path, "@")
	if path == "" || translated && language == "" {
		return nil, "", false
	}
	for _, part := range strings.Split(path, "/") {
		var s step
		key, rest, element := strings.Cut(part, "[")
		s.key = unescape.Replace(key)
		if element {
			id, after, closed := strings.Cut(rest, "]")
			if !closed || after != "" {
				return nil, "", false
			}
			s.id, s.element = unescape.Replace(id), true
		}
		if key == "" || s.element && s.id == "" || strings.ContainsAny(key, "]") {
			return nil, "", false
		}
		steps = append(steps, s)
	}
	return steps, language, true
}

// Element gives the last element of a list that a path goes through: the path of the list,
// without ids, and the element's id; ok is false where it goes through none.
func Element(path string) (list, id string, ok bool) {
	steps, _, _ := splitPath(path)
	var keys []string
	for _, s := range steps {
		keys = append(keys, s.key)
		if s.element {
			list, id, ok = strings.Join(keys, "/"), s.id, true
		}
	}
	return list, id, ok
}

// Bounds of what is recorded: a record has to be read again, and readers of JSON bound
// how deep it may be.
const (
	mostSteps = 24
	mostDepth = 48
)

// ValidPath reports whether a text is a path, no deeper than records are.
func ValidPath(path string) bool {
	steps, _, ok := splitPath(path)
	return ok && len(steps) <= mostSteps
}

// ValidValue reports whether a text is a value that is recorded: JSON, no deeper than
// records are.
func ValidValue(raw json.RawMessage) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > mostDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return json.Valid(raw)
}

// Decode reads JSON with numbers kept as they are written.
func Decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("there is more after the value")
	}
	return v, nil
}

// encode writes JSON without changing < > & for HTML.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only values that came from JSON
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Encode writes a value as JSON, as [Decode] reads it.
func Encode(v any) json.RawMessage { return encode(v) }

// EscapeKey writes a key or an id as it stands in a path.
func EscapeKey(s string) string { return escape.Replace(s) }

// ElementIDs gives the ids of a list whose elements all have one of their own.
func ElementIDs(list []any) ([]string, bool) { return elementIDs(list) }

// FlattenAt takes the value apart that stands at a path of a record.
func FlattenAt(path string, v any) []Leaf {
	var out []Leaf
	flatten(path, v, &out)
	return out
}

// Flatten takes a record apart into leaves, in the order of its lists and, in
// objects, of the keys' names. The texts of other languages are leaves with
// their language (see [Translated]).
func Flatten(record map[string]any) []Leaf {
	var out []Leaf
	flatten("", record, &out)
	return out
}

func flatten(prefix string, v any, out *[]Leaf) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 || prefix == "" {
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			plain := true
			for _, k := range keys {
				plain = plain && k != ""
			}
			if plain {
				for _, k := range keys {
					at := escape.Replace(k)
					if prefix != "" {
						at = prefix + "/" + at
					}
					flatten(at, v[k], out)
				}
				return
			}
		}
	case []any:
		if ids, ok := elementIDs(v); ok {
			for i, e := range v {
				part := map[string]any{}
				for k, x := range e.(map[string]any) {
					if k != "id" {
						part[k] = x
					}
				}
				at := prefix + "[" + escape.Replace(ids[i]) + "]"
				if len(part) == 0 || part[""] != nil {
					*out = append(*out, Leaf{at, encode(part)})
					continue
				}
				flatten(at, part, out)
			}
			return
		}
	}
	*out = append(*out, Leaf{prefix, encode(v)})
}

// elementIDs gives the ids of a list whose elements all have one of their own.
func elementIDs(list []any) ([]string, bool) {
	if len(list) == 0 {
		return nil, false
	}
	ids := make([]string, len(list))
	seen := map[string]bool{}
	for i, e := range list {
		o, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		id, ok := o["id"].(string)
		if _, odd := o[""]; !ok || odd || id == "" || seen[id] {
			return nil, false
		}
		ids[i], seen[id] = id, true
	}
	return ids, true
}

// place sets a value at a path of a record, making objects and elements on the
// way. It reports false where something else already stands there.
func place(record map[string]any, steps []step, value any) bool {
	at := record
	for i, s := range steps {
		last := i == len(steps)-1
		if !s.element {
			if last {
				if _, taken := at[s.key]; taken {
					return false
				}
				at[s.key] = value
				return true
			}
			next, taken := at[s.key]
			if !taken {
				made := map[string]any{}
				at[s.key] = made
				at = made
				continue
			}
			o, ok := next.(map[string]any)
			if !ok {
				return false
			}
			at = o
			continue
		}
		list, _ := at[s.key].([]any)
		if _, taken := at[s.key]; taken && list == nil {
			return false
		}
		var element map[string]any
		for _, e := range list {
			if o, ok := e.(map[string]any); ok && o["id"] == s.id {
				element = o
				break
			}
		}
		if element == nil {
			element = map[string]any{"id": s.id}
			at[s.key] = append(list, element)
		}
		if last {
			o, ok := value.(map[string]any)
			if !ok {
				return false
			}
			for k, v := range o {
				element[k] = v
			}
			return true
		}
		at = element
	}
	return true
}

// replace puts another value where one stands, and reports whether one did.
func replace(record map[string]any, steps []step, value any) bool {
	at := record
	for i, s := range steps {
		x, there := at[s.key]
		if !there {
			return false
		}
		if i == len(steps)-1 && !s.element {
			at[s.key] = value
			return true
		}
		if s.element {
			list, _ := x.([]any)
			x = nil
			for _, e := range list {
				if o, ok := e.(map[string]any); ok && o["id"] == s.id {
					x = o
				}
			}
		}
		o, ok := x.(map[string]any)
		if !ok || i == len(steps)-1 {
			return false
		}
		at = o
	}
	return false
}

// Unflatten makes the record that leaves describe; its inverse is [Flatten].
// Leaves that contradict an earlier one, or whose path is none, are refused.
func Unflatten(leaves []Leaf) (map[string]any, error) {
	record := map[string]any{}
	for _, l := range leaves {
		steps, _, ok := splitPath(l.Path)
		if !ok {
			return nil, fmt.Errorf("%q is no path", l.Path)
		}
		v, err := Decode(l.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Path, err)
		}
		if !place(record, steps, v) {
			return nil, fmt.Errorf("%s contradicts an earlier value", l.Path)
		}
	}
	return record, nil
}

// Remove takes the value at a path of plain keys out of a record, and reports
// whether there was one.
func Remove(record map[string]any, path string) bool {
	at := record
	keys := strings.Split(path, "/")
	for _, key := range keys[:len(keys)-1] {
		next, ok := at[key].(map[string]any)
		if !ok {
			return false
		}
		at = next
	}
	last := keys[len(keys)-1]
	_, had := at[last]
	delete(at, last)
	return had
}

// SetAt sets the value at a path of plain keys, making objects on the way. What is no
// object there gives way.
func SetAt(record map[string]any, path string, value any) {
	at := record
	keys := strings.Split(path, "/")
	for _, key := range keys[:len(keys)-1] {
		next, ok := at[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[key] = next
		}
		at = next
	}
	at[keys[len(keys)-1]] = value
}

// Clone copies a value of JSON whole.
func Clone(v any) any { return clone(v) }
