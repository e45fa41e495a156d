package study

import (
	"fmt"
	"sort"
	"strings"
)

// Severity says whether a fault stops a run.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Fault is one thing that is wrong in a study. Line is 1-based, 0 where the
// fault is of the whole file. Field is a column or key.
type Fault struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Field    string   `json:"field"`
	Value    string   `json:"value"`
	Message  string   `json:"message"`
	Severity Severity `json:"severity"`
}

// String gives the fault as one line for people.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Severity == Warning {
		b.WriteString("warning: ")
	}
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Message)
	if f.Value != "" {
		fmt.Fprintf(&b, " (got %q)", f.Value)
	}
	return b.String()
}

// maxPerFile bounds the faults kept of one file, so that a file that is wrong
// on each of a million lines does not fill the memory; the rest is counted.
const maxPerFile = 200

// faults gathers what is wrong.
type faults struct {
	list  []Fault
	count map[string]int
}

func (f *faults) add(fault Fault) {
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[fault.File]++
	if f.count[fault.File] > maxPerFile {
		return
	}
	const longest = 200
	if len(fault.Value) > longest {
		fault.Value = strings.ToValidUTF8(fault.Value[:longest], "") + "…"
	}
	fault.Value = strings.ToValidUTF8(fault.Value, "\uFFFD")
	f.list = append(f.list, fault)
}

// full reports whether a file has all the faults that are kept of it, and counts
// one more.
func (f *faults) full(file string) bool {
	if f.count[file] < maxPerFile {
		return false
	}
	f.count[file]++
	return true
}

func (f *faults) errorf(file string, line int, field, value, format string, args ...any) {
	if f.full(file) {
		return
	}
	f.add(Fault{file, line, field, value, fmt.Sprintf(format, args...), Error})
}

func (f *faults) warnf(file string, line int, field, value, format string, args ...any) {
	if f.full(file) {
		return
	}
	f.add(Fault{file, line, field, value, fmt.Sprintf(format, args...), Warning})
}

// sorted gives the faults in order of file and line, with a last one for each
// file that had more than are kept.
func (f *faults) sorted() []Fault {
	out := append([]Fault(nil), f.list...)
	files := make([]string, 0, len(f.count))
	for file := range f.count {
		files = append(files, file)
	}
	sort.Strings(files)
	for _, file := range files {
		if more := f.count[file] - maxPerFile; more > 0 {
			out = append(out, Fault{File: file, Line: 1 << 30, Message: fmt.Sprintf("and %d more faults in this file", more), Severity: Error})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].File != out[j].File {
			return out[i].File < out[j].File
		}
		return out[i].Line < out[j].Line
	})
	for i := range out {
		if out[i].Line == 1<<30 {
			out[i].Line = 0
		}
	}
	return out
}

// HasErrors reports whether one of the faults stops a run.
func HasErrors(list []Fault) bool {
	for _, f := range list {
		if f.Severity == Error {
			return true
		}
	}
	return false
}

// in reports whether a file whose name begins with one of the prefixes has an
// error.
func (f *faults) in(prefixes ...string) bool {
	for _, fault := range f.list {
		if fault.Severity != Error {
			continue
		}
		for _, p := range prefixes {
			if strings.HasPrefix(fault.File, p) {
				return true
			}
		}
	}
	return false
}

// nearest gives a hint with the known name that is most like the given one,
// or "" where none is near.
func nearest(name string, known []string) string {
	best, distance := "", len(name)/2+2
	low := strings.ToLower(name)
	for _, k := range known {
		if d := editDistance(low, strings.ToLower(k), distance); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is the number of letters to insert, delete, change or swap with
// their neighbour between two names, or limit if it is not less.
func editDistance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, now := rows[0], rows[1], rows[2]
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = last, now, before
	}
	return min(rows[1][len(b)], limit)
}
