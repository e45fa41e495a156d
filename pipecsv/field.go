package pipecsv

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// field is a column of a table of T, both ways.
type field[T any] struct {
	name string
	need bool
	raw  bool // spaces at the ends belong to the text
	get  func(*T) string
	// set reads a text that is not empty and gives what was expected, "" where that stands.
	set func(*T, string) (want string)
}

// format writes a number so that it reads as the same bits.
func format(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// formatOrNone leaves out a zero; negative zero is written, being other bits.
func formatOrNone(v float64) string {
	if math.Float64bits(v) == 0 {
		return ""
	}
	return format(v)
}

// parse reads a number of least or more.
func parse(text string, least float64) (v float64, want string) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < least {
		if least > math.Inf(-1) {
			return 0, "a number of " + format(least) + " or more was expected"
		}
		return 0, "a number was expected"
	}
	return v, ""
}

// unbounded is the least of numbers that have none, or whose bounds [pipeflow.Check] knows.
var unbounded = math.Inf(-1)

func number[T any](name string, least float64, at func(*T) *float64) field[T] {
	return field[T]{name: name,
		get: func(x *T) string { return formatOrNone(*at(x)) },
		set: func(x *T, text string) (want string) {
			*at(x), want = parse(text, least)
			return want
		}}
}

// needed is a number that must be there.
func needed[T any](name string, least float64, at func(*T) *float64) field[T] {
	f := number(name, least, at)
	f.need = true
	f.get = func(x *T) string { return format(*at(x)) }
	return f
}

// count is a whole number; 0 is left empty.
func count[T any](name string, at func(*T) *int) field[T] {
	return field[T]{name: name,
		get: func(x *T) string {
			if *at(x) == 0 {
				return ""
			}
			return strconv.Itoa(*at(x))
		},
		set: func(x *T, text string) string {
			v, err := strconv.Atoi(text)
			if err != nil || v < 0 {
				return "a whole number of 0 or more was expected"
			}
			*at(x) = v
			return ""
		}}
}

// parseBool reads true and false as programs and spreadsheets write them.
func parseBool(text string) (v bool, want string) {
	v, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		return false, "true or false was expected"
	}
	return v, ""
}

func flag[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name: name,
		get: func(x *T) string { return strconv.FormatBool(*at(x)) },
		set: func(x *T, text string) (want string) {
			*at(x), want = parseBool(text)
			return want
		}}
}

// key is an id, which must be there.
func key[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name: name, need: true,
		get: func(x *T) string { return *at(x) },
		set: func(x *T, text string) string {
			*at(x) = text
			return unclean(text, false)
		}}
}

// text is free text.
func text[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name: name, raw: true,
		get: func(x *T) string { return *at(x) },
		set: func(x *T, s string) string {
			*at(x) = s
			return unclean(s, true)
		}}
}

// word is one of some words, which [pipeflow.Check] knows.
func word[T any, W ~string](name string, at func(*T) *W) field[T] {
	return field[T]{name: name, need: true,
		get: func(x *T) string { return string(*at(x)) },
		set: func(x *T, s string) string {
			*at(x) = W(strings.ToLower(s))
			return ""
		}}
}

// nodeIndex finds nodes by their ids.
type nodeIndex struct {
	nodes  []pipeflow.Node
	at     map[string]int
	unsure bool // the table of nodes has not been read whole
}

// set finds the node of an id.
func (n *nodeIndex) set(into *int, id string) string {
	i, ok := n.at[id]
	if !ok {
		*into = -1
		if !n.unsure {
			return "a node_id of node.csv was expected"
		}
		return ""
	}
	*into = i
	return ""
}

// end is a node by its id.
func end[T any](name string, n *nodeIndex, at func(*T) *int) field[T] {
	return field[T]{name: name, need: true,
		get: func(x *T) string { return n.nodes[*at(x)].ID },
		set: func(x *T, id string) string { return n.set(at(x), id) }}
}

// readRows reads a sheet into a list. id gives what may stand only once, nil for none; a row
// whose id is missing or stands twice is left out, so that faults found later are not put to the
// wrong line. after looks at a row as a whole.
func readRows[T any](s *sheet, fields []field[T], id func(*T) string, after func(*T, *row)) []T {
	var known, need []string
	for _, f := range fields {
		known = append(known, f.name)
		if f.need {
			need = append(need, f.name)
		}
	}
	var out []T
	s.read(known, need, func(r *row) {
		var x T
		for i := range fields {
			f := &fields[i]
			text := r.cell(f.name)
			if !f.raw {
				text = strings.TrimSpace(text)
			}
			want := ""
			if text != "" {
				want = f.set(&x, text)
			} else if f.need {
				want = "a value is required"
			}
			if want != "" {
				r.want(f.name, "%s", want)
			}
		}
		if after != nil {
			after(&x, r)
		}
		if id != nil {
			key := id(&x)
			if key == "" {
				return
			}
			if before, twice := s.line[key]; twice {
				r.want(fields[0].name, "it stands on line %d already", before)
				return
			}
			s.line[key] = r.at
		}
		out = append(out, x)
	})
	return out
}

// table writes a list.
func table[T any](fields []field[T], rows []T) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	cells := make([]string, len(fields))
	for i := range fields {
		cells[i] = fields[i].name
	}
	_ = w.Write(cells) // a buffer takes all
	for k := range rows {
		for i := range fields {
			cells[i] = fields[i].get(&rows[k])
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}
