package oc4ids

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The severities of findings: an error breaks the standard.
const (
	Error   = "error"
	Warning = "warning"
	Info    = "info"
)

// Finding is one thing that a check found.
type Finding struct {
	Kind     string `json:"kind"`    // as the official tool names it, where it does
	Pointer  string `json:"pointer"` // RFC 6901
	Message  string `json:"message"`
	Severity string `json:"severity"`
}

// MaxBytes is the largest package that is read, and MaxDepth its deepest
// nesting; the standard itself goes 12 deep.
const (
	MaxBytes = 64 << 20
	MaxDepth = 64
)

// Read reads a package as JSON, numbers as they are written. What is too
// large, too deep or no JSON is an error that says so.
func Read(r io.Reader) (any, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("the package is larger than %d MB: publish it in parts", MaxBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, errors.New("the file is not UTF-8")
	}
	depth := 0
	inText, escaped := false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case inText && c == '\\':
			escaped = true
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return nil, fmt.Errorf("the package is nested more than %d deep", MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
			return nil, fmt.Errorf("line %d is no JSON: %s", line, syntax)
		}
		return nil, fmt.Errorf("the file is no JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more after the package")
	}
	return v, nil
}

// Check reports all that is wrong with a package, or remarkable in it: what
// breaks the schema or a closed codelist and ids without a registered prefix
// (errors); blank values, values without a currency and references to no
// party, as the official tool has them, and what it does not look at:
// geometries, subsectors, ids given twice, dates and sums that disagree,
// progress that falls (warnings); codes outside open lists, fields that the
// standard does not know and how far its fields are covered (info).
//
// An error is returned only where reading fails.
func Check(r io.Reader) ([]Finding, error) {
	v, err := Read(r)
	if err != nil {
		return []Finding{{"invalid-json", "", err.Error(), Error}}, nil
	}
	return CheckValue(v), nil
}

// CheckValue is [Check] of a package that has been read with [Read].
func CheckValue(v any) []Finding {
	c := &checker{std: load()}
	root, ok := v.(map[string]any)
	if !ok {
		c.add("type", "", Error, "a package is an object, this is %s", nameOf(v))
		return c.found
	}
	c.object(c.std.objects["Package"], root, "")
	c.blanks(root, "")
	c.currencies(root, "")
	c.twice(root, "")
	c.packageChecks(root)
	sort.SliceStable(c.found, func(i, j int) bool { return severity(c.found[i]) < severity(c.found[j]) })
	return c.found
}

func severity(f Finding) int { return slices.Index([]string{Error, Warning, Info}, f.Severity) }

// HasErrors reports whether a finding breaks the standard.
func HasErrors(list []Finding) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == Error })
}

type checker struct {
	std     *standard
	found   []Finding
	covered int // projects whose coverage was looked at
}

func (c *checker) add(kind, pointer, severity, format string, args ...any) {
	c.found = append(c.found, Finding{kind, pointer, fmt.Sprintf(format, args...), severity})
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func under(pointer, key string) string { return pointer + "/" + pointerEscape.Replace(key) }
func at(pointer string, i int) string  { return pointer + "/" + strconv.Itoa(i) }

// keysOf gives the keys of an object in the order of their names, so that
// findings always come in the same order.
func keysOf(o map[string]any) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// object checks an object against the standard.
func (c *checker) object(def *Object, o map[string]any, pointer string) {
	if len(o) < def.Min {
		c.add("minProperties", pointer, Error, "an object of at least %d field was expected", def.Min)
	}
	for i := range def.Fields {
		f := &def.Fields[i]
		if _, given := o[f.Name]; f.Required && !given {
			c.add("required", pointer, Error, "the field %s is missing", f.Name)
		}
	}
	for _, k := range keysOf(o) {
		f := def.byName[k]
		if f == nil {
			if k != ours {
				c.add("additional_fields", under(pointer, k), Info, "%s is no field of the standard%s", k, nearest(k, def))
			} else if len(def.byName) > 0 {
				c.add("additional_fields", under(pointer, k), Info, "%s holds what the standard has no field for", k)
			}
			continue
		}
		c.value(f, o[k], under(pointer, k))
	}
}

// ours is the key under which karvan keeps what the standard lacks.
const ours = "karvan"

func nearest(name string, def *Object) string {
	for _, f := range def.Fields {
		if strings.EqualFold(f.Name, name) || strings.EqualFold(f.Name, name+"s") || strings.EqualFold(f.Name+"s", name) {
			return ": " + f.Name + " is"
		}
	}
	return ""
}

// nameOf names the type of a value for people.
func nameOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a truth value"
	case json.Number:
		return "the number " + v.String()
	case string:
		if len(v) > 40 {
			v = v[:40] + "…"
		}
		return strconv.Quote(v)
	case []any:
		return "a list"
	}
	return "an object"
}

// isType reports whether a value is of a type of JSON Schema.
func isType(v any, kind string) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case json.Number:
		if kind == "integer" {
			f, err := v.Float64()
			return err == nil && f == float64(int64(f))
		}
		return kind == "number"
	case string:
		return kind == "string"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}

func isOneOf(v any, types []string) bool {
	return slices.ContainsFunc(types, func(t string) bool { return isType(v, t) })
}

var versionForm = regexp.MustCompile(`^(\d+\.)(\d+)$`)

func (c *checker) value(f *Field, v any, pointer string) {
	if !isOneOf(v, f.Types) {
		c.add("type", pointer, Error, "%s is %s; expected: %s", f.Name, nameOf(v), strings.Join(f.Types, " or "))
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if def := c.std.objects[f.Of]; def != nil {
			c.object(def, v, pointer)
		}
	case []any:
		if len(v) < f.Min {
			c.add("minItems", pointer, Error, "%s is empty; at least %d element was expected", f.Name, f.Min)
		}
		if f.Unique {
			c.unique(f, v, pointer)
		}
		for i, e := range v {
			c.element(f, e, at(pointer, i))
		}
	case string:
		c.text(f, v, f.Min, pointer)
	case json.Number:
		if n, err := v.Float64(); f.AtLeast0 && err == nil && n < 0 {
			c.add("minimum", pointer, Error, "%s is %s; it may not be negative", f.Name, v)
		}
	}
}

func (c *checker) element(f *Field, e any, pointer string) {
	if def := c.std.objects[f.Of]; def != nil {
		if o, ok := e.(map[string]any); ok {
			c.object(def, o, pointer)
		} else {
			c.add("type", pointer, Error, "an element of %s is %s; expected: object", f.Name, nameOf(e))
		}
		return
	}
	if types := strings.Split(f.Of, "|"); !isOneOf(e, types) {
		c.add("type", pointer, Error, "an element of %s is %s; expected: %s", f.Name, nameOf(e), strings.Join(types, " or "))
		return
	}
	switch e := e.(type) {
	case string:
		c.text(f, e, f.ItemMin, pointer)
	case []any:
		if len(e) == 0 {
			c.add("minItems", pointer, Error, "an element of %s is empty", f.Name)
		}
	}
}

func (c *checker) text(f *Field, s string, least int, pointer string) {
	if utf8.RuneCountInString(s) < least {
		c.add("minLength", pointer, Error, "%s is empty", f.Name)
	}
	switch {
	case f.Version && !versionForm.MatchString(s):
		c.add("pattern", pointer, Error, "%q is no version; expected: major.minor, as 0.9", s)
	case f.Version && s != PackageVersion:
		c.add("unknown-version", pointer, Warning, "version %s is not known here; checked as %s", s, Version)
	case f.Format == "date-time" && !isDateTime(s):
		c.add("format", pointer, Error, "%s is %q; expected: a time as 2021-12-26T00:00:00Z", f.Name, s)
	case f.Format == "uri" && !isURI(s):
		c.add("format", pointer, Error, "%s is %q; expected: an address as https://example.org/", f.Name, s)
	}
	if f.Codelist == "" || s == "" || c.std.codes[f.Codelist][s] {
		return
	}
	if f.Closed {
		c.add("additional_closed_codelist_values", pointer, Error, "%q is not in the closed list %s%s", s, f.Codelist, nearestCode(s, c.std.lists[f.Codelist]))
	} else {
		c.add("additional_open_codelist_values", pointer, Info, "%q is not in the open list %s%s", s, f.Codelist, nearestCode(s, c.std.lists[f.Codelist]))
	}
}

// nearestCode names a code that begins alike, or the whole of a short list.
func nearestCode(s string, list []string) string {
	if len(list) <= 12 {
		return ": " + strings.Join(list, ", ")
	}
	for n := len(s); n >= 4; n-- {
		for _, code := range list {
			if len(code) >= n && strings.EqualFold(code[:n], s[:n]) {
				return "; " + code + " is"
			}
		}
	}
	return ""
}

func isDateTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// isURI reports whether a text is an address of RFC 3986, which knows only
// ASCII.
func isURI(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "") && !strings.ContainsAny(s, " <>\"{}|\\^`")
}

func (c *checker) unique(f *Field, list []any, pointer string) {
	seen := map[string]int{}
	for i, e := range list {
		key, err := json.Marshal(e)
		if err != nil {
			continue
		}
		if first, met := seen[string(key)]; met {
			c.add("uniqueItems", pointer, Error, "elements %d and %d of %s are the same", first, i, f.Name)
			return
		}
		seen[string(key)] = i
	}
}
