// Package fault is what is wrong with an input file, for the readers of network files.
package fault

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a file.
type Fault struct {
	File    string
	Line    int // 0: of the file as a whole
	Field   string
	Value   string
	Message string
}

// Error gives file:line: field: message (got "value").
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Message)
	if f.Value != "" {
		fmt.Fprintf(&b, " (got %q)", f.Value)
	}
	return b.String()
}

// most is how many are kept.
const most = 50

// Faults are all that was found, at most 50.
type Faults []Fault

// Add notes one more.
func (f *Faults) Add(file string, line int, field, value, format string, a ...any) {
	if len(*f) < most {
		*f = append(*f, Fault{file, line, field, value, fmt.Sprintf(format, a...)})
	}
}

// Err gives the faults as an error, nil where there is none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Error lists them, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}
