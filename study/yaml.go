package study

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// value is a piece of a YAML or JSON document, with its line.
type value struct {
	line   int
	kind   valueKind
	scalar string
	raw    any // the scalar as JSON has it: a text, a number or a truth value
	keys   []string
	fields map[string]*value
	items  []*value
}

type valueKind uint8

const (
	scalarValue valueKind = iota
	mapValue
	listValue
	nullValue
)

func isDate(s string) bool {
	_, err := time.Parse("2006-01-02", s)
	return err == nil
}

// Bounds of a YAML document: those of its parser, whose time and memory grow
// with the square of nesting and of keys, so that a hostile file cannot exhaust
// either. A scenario of a thousand effects keeps well within them.
const (
	maxDepth     = 64
	maxYAMLBytes = 256 << 10
	maxYAMLLines = 10000
	maxYAMLTags  = 100
	maxPerLine   = 200 // keys on one line
)

// parseYAML reads a YAML document.
func parseYAML(content []byte, file string, f *faults) *value {
	if line, what := hostile(content); what != "" {
		f.errorf(file, line, "", "", "the document %s", what)
		return nil
	}
	doc, err := safeParse(content)
	if err != nil {
		line, message := 0, err.Error()
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			message = syntax.Message
			if syntax.Token != nil && syntax.Token.Position != nil {
				line = syntax.Token.Position.Line
			}
		}
		field := ""
		if m := twiceDefined.FindStringSubmatch(message); m != nil {
			field = m[1]
		}
		f.errorf(file, line, field, "", "the document cannot be read: %s", firstLine(message))
		return nil
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		f.errorf(file, 0, "", "", "the document is empty")
		return nil
	}
	if len(doc.Docs) > 1 {
		line := 0
		if body := doc.Docs[1].Body; body != nil && body.GetToken() != nil {
			line = body.GetToken().Position.Line
		}
		f.errorf(file, line, "", "", "one document was expected, not several separated by ---")
	}
	return convert(doc.Docs[0].Body, file, f, 0)
}

// hostile says what is beyond the bounds of a document, and where.
func hostile(content []byte) (line int, what string) {
	if len(content) > maxYAMLBytes {
		return 0, fmt.Sprintf("is larger than %d kB", maxYAMLBytes>>10)
	}
	if bytes.Count(content, []byte("!!")) > maxYAMLTags {
		return 0, fmt.Sprintf("has more than %d tags", maxYAMLTags)
	}
	depth := 0
	lines := bytes.Split(content, []byte("\n"))
	if len(lines) > maxYAMLLines {
		return 0, fmt.Sprintf("has more than %d lines", maxYAMLLines)
	}
	for i, text := range lines {
		bare := bytes.TrimLeft(text, " ")
		dashes := 0
		for bytes.HasPrefix(bare, []byte("- ")) {
			bare = bytes.TrimLeft(bare[2:], " ")
			dashes++
		}
		quoted := false
		for _, b := range text {
			switch {
			case b == '"':
				quoted = !quoted
			case quoted:
			case b == '[' || b == '{':
				depth++
			case b == ']' || b == '}':
				depth = max(0, depth-1)
			}
			if depth > maxDepth {
				return i + 1, fmt.Sprintf("is nested more than %d deep", maxDepth)
			}
		}
		if dashes > maxDepth || len(text)-len(bytes.TrimLeft(text, " ")) > 20*maxDepth {
			return i + 1, fmt.Sprintf("is nested more than %d deep", maxDepth)
		}
		if bytes.Count(text, []byte(": ")) > maxPerLine || bytes.Count(text, []byte("? ")) > maxPerLine {
			return i + 1, fmt.Sprintf("has more than %d keys on one line", maxPerLine)
		}
	}
	return 0, ""
}

// isPartialDate reports whether a text is a year, a month or a day.
func isPartialDate(s string) bool {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// twiceDefined is what the parser says of a key that occurs twice.
var twiceDefined = regexp.MustCompile(`mapping key "([^"]+)" already defined`)

// safeParse turns a panic of the parser on hostile input into an error.
func safeParse(content []byte) (doc *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("malformed document: %v", r)
		}
	}()
	return parser.ParseBytes(content, 0)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func convert(n ast.Node, file string, f *faults, depth int) *value {
	if n == nil {
		return &value{kind: nullValue}
	}
	v := &value{kind: nullValue}
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.line = t.Position.Line
	}
	if depth > maxDepth {
		f.errorf(file, v.line, "", "", "the document is nested more than %d deep", maxDepth)
		return v
	}
	switch node := n.(type) {
	case *ast.MappingNode:
		v.kind, v.fields = mapValue, map[string]*value{}
		for _, pair := range node.Values {
			v.put(pair, file, f, depth)
		}
		if len(v.keys) > 0 {
			v.line = v.fields[v.keys[0]].line
		}
	case *ast.MappingValueNode:
		v.kind, v.fields = mapValue, map[string]*value{}
		v.put(node, file, f, depth)
	case *ast.SequenceNode:
		v.kind = listValue
		for _, item := range node.Values {
			v.items = append(v.items, convert(item, file, f, depth+1))
		}
	case *ast.NullNode:
	case *ast.TagNode:
		return convert(node.Value, file, f, depth+1)
	case *ast.AnchorNode:
		return convert(node.Value, file, f, depth+1)
	case *ast.AliasNode:
		f.errorf(file, v.line, "", "", "references (*name) are not part of the format")
	case *ast.StringNode:
		v.kind, v.scalar = scalarValue, node.Value
	case *ast.LiteralNode:
		v.kind, v.scalar = scalarValue, node.Value.Value
	default:
		v.kind = scalarValue
		if t := n.GetToken(); t != nil {
			v.scalar = t.Value
		}
	}
	return v
}

func (v *value) put(pair *ast.MappingValueNode, file string, f *faults, depth int) {
	key := ""
	line := v.line
	if t := pair.Key.GetToken(); t != nil {
		key = t.Value
		if t.Position != nil {
			line = t.Position.Line
		}
	}
	if _, twice := v.fields[key]; twice {
		f.errorf(file, line, key, "", "the key occurs twice")
		return
	}
	child := convert(pair.Value, file, f, depth+1)
	child.line = line
	v.keys = append(v.keys, key)
	v.fields[key] = child
}

// section reads one mapping of a document, and records what is wrong in it.
type section struct {
	v    *value
	file string
	path string
	f    *faults
	seen map[string]bool
	// whole is false where something else than a mapping stood there, which was
	// told: what it lacks need not be told too.
	whole bool
}

func newSection(v *value, file, path string, f *faults) *section {
	whole := v == nil || v.kind == mapValue || v.kind == nullValue
	if v == nil || v.kind != mapValue {
		if v != nil && v.kind != nullValue {
			f.errorf(file, v.line, path, v.scalar, "a mapping of keys to values was expected")
		}
		line := 0
		if v != nil {
			line = v.line
		}
		v = &value{kind: mapValue, line: line, fields: map[string]*value{}}
	}
	return &section{v: v, file: file, path: path, f: f, seen: map[string]bool{}, whole: whole}
}

func (s *section) field(key string) string {
	if s.path == "" {
		return key
	}
	return s.path + "." + key
}

func (s *section) get(key string) *value {
	s.seen[key] = true
	if v, ok := s.v.fields[key]; ok && v.kind != nullValue {
		return v
	}
	return nil
}

func (s *section) fault(key string, v *value, format string, args ...any) {
	line, got := s.v.line, ""
	if v != nil {
		line, got = v.line, v.scalar
	}
	s.f.errorf(s.file, line, s.field(key), got, format, args...)
}

// done names the keys that nothing asked for.
func (s *section) done() {
	known := make([]string, 0, len(s.seen))
	for k := range s.seen {
		known = append(known, k)
	}
	for _, k := range s.v.keys {
		if !s.seen[k] {
			s.f.errorf(s.file, s.v.fields[k].line, s.field(k), "", "unknown key%s", nearest(k, known))
		}
	}
}

func (s *section) sub(key string) *section {
	return newSection(s.get(key), s.file, s.field(key), s.f)
}

func (s *section) has(key string) bool { return s.get(key) != nil }

// text reads a string; required ones must be there.
func (s *section) text(key string, required bool) string {
	v := s.get(key)
	if v == nil {
		if required {
			s.fault(key, nil, "the key is required")
		}
		return ""
	}
	if v.kind != scalarValue {
		s.fault(key, v, "a text was expected")
		return ""
	}
	return v.scalar
}

func (s *section) enum(key, empty string, allowed ...string) string {
	t := s.text(key, false)
	if t == "" {
		return empty
	}
	if !contains(allowed, t) {
		s.fault(key, s.get(key), "one of %s was expected%s", strings.Join(allowed, ", "), nearest(t, allowed))
		return empty
	}
	return t
}

func (s *section) number(key string, want rule, empty float64) float64 {
	v := s.get(key)
	if v == nil {
		return empty
	}
	n, err := parseNumber(v.scalar, false)
	if v.kind != scalarValue || err != nil {
		s.fault(key, v, "a number was expected")
		return empty
	}
	if msg := want.broken(n); msg != "" {
		s.fault(key, v, "%s", msg)
		return empty
	}
	return n
}

func (s *section) integer(key string, lowest, highest, empty int) int {
	v := s.get(key)
	if v == nil {
		return empty
	}
	n, err := parseNumber(v.scalar, false)
	if v.kind != scalarValue || err != nil || n != float64(int(n)) || int(n) < lowest || int(n) > highest {
		s.fault(key, v, "a whole number from %d to %d was expected", lowest, highest)
		return empty
	}
	return int(n)
}

func (s *section) year(key string) int { return s.integer(key, 1800, 2200, 0) }

// texts reads a list of strings; a single one stands for a list of one.
func (s *section) texts(key string) []string {
	v := s.get(key)
	if v == nil {
		return nil
	}
	if v.kind == scalarValue {
		return []string{v.scalar}
	}
	if v.kind != listValue {
		s.fault(key, v, "a list of texts was expected")
		return nil
	}
	var out []string
	for _, item := range v.items {
		if item.kind != scalarValue {
			s.f.errorf(s.file, item.line, s.field(key), "", "a text was expected")
			continue
		}
		out = append(out, item.scalar)
	}
	return out
}

// list gives the mappings of a list.
func (s *section) list(key string) []*section {
	v := s.get(key)
	if v == nil {
		return nil
	}
	if v.kind != listValue {
		s.fault(key, v, "a list was expected")
		return nil
	}
	out := make([]*section, len(v.items))
	for i, item := range v.items {
		out[i] = newSection(item, s.file, fmt.Sprintf("%s[%d]", s.field(key), i), s.f)
	}
	return out
}

// languages reads texts by language; a plain text is taken as English.
func (s *section) languages(key string, required bool) map[string]string {
	v := s.get(key)
	if v == nil {
		if required {
			s.fault(key, nil, "the key is required")
		}
		return nil
	}
	if v.kind == scalarValue {
		return map[string]string{"en": v.scalar}
	}
	sub := newSection(v, s.file, s.field(key), s.f)
	out := map[string]string{}
	for _, k := range sub.v.keys {
		if len(k) != 2 {
			sub.fault(k, sub.v.fields[k], "a language of two letters was expected as key")
			continue
		}
		out[k] = sub.text(k, false)
	}
	return out
}

// numbers reads a mapping of names to numbers.
func (s *section) numbers(key string) map[string]float64 {
	v := s.get(key)
	if v == nil {
		return nil
	}
	sub := newSection(v, s.file, s.field(key), s.f)
	out := map[string]float64{}
	for _, k := range sub.v.keys {
		f := sub.v.fields[k]
		switch f.scalar {
		case "true":
			sub.seen[k] = true
			out[k] = 1
		case "false":
			sub.seen[k] = true
			out[k] = 0
		default:
			out[k] = sub.number(k, anyNumber, 0)
		}
	}
	return out
}
