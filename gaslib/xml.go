package gaslib

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/karvan/karvan/internal/fault"
)

// Bounds on what is read, so that no file takes the machine down.
const (
	mostBytes    = 256 << 20
	mostDepth    = 32
	mostElements = 2_000_000
	greatest     = 1e15 // number: sums and products of such stay finite
)

// element is an XML element with the line that its tag ends in. Names are without namespace.
type element struct {
	name  string
	line  int
	attrs []xml.Attr
	parts []*element
}

// attr gives an attribute, "" where there is none.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// first finds the first part of a name, nil where there is none.
func (e *element) first(name string) *element {
	for _, p := range e.parts {
		if p.name == name {
			return p
		}
	}
	return nil
}

// file is an XML file under reading, with the faults found in it.
type file struct {
	name   string
	faults *fault.Faults
}

func (f *file) fault(line int, field, value, format string, a ...any) {
	f.faults.Add(f.name, line, field, value, format, a...)
}

// parse reads a whole file into a tree, nil after a fault that leaves none. Documents with a
// type declaration are refused, as entities could blow up what is small.
func (f *file) parse(r io.Reader, root string) (*element, error) {
	limited := &io.LimitedReader{R: r, N: mostBytes + 1}
	dec := xml.NewDecoder(limited)
	var top *element
	var open []*element
	count := 0
	for {
		token, err := dec.Token()
		line, _ := dec.InputPos()
		if err != nil {
			return f.ended(err, limited, top, open, line)
		}
		switch t := token.(type) {
		case xml.Directive:
			f.fault(line, "", "", "no document type declaration was expected (<!DOCTYPE or <!ENTITY)")
			return nil, nil
		case xml.StartElement:
			count++
			if count > mostElements || len(open) == mostDepth {
				f.fault(line, t.Name.Local, "", "at most %d elements, %d inside one another, were expected", mostElements, mostDepth)
				return nil, nil
			}
			e := &element{name: t.Name.Local, line: line, attrs: t.Attr}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.parts = append(parent.parts, e)
			} else if top != nil {
				f.fault(line, t.Name.Local, "", "one outermost element was expected")
				return nil, nil
			} else if e.name != root {
				f.fault(line, t.Name.Local, "", "%s was expected as outermost element", root)
				return nil, nil
			} else {
				top = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1] // the decoder sees that tags match
		}
	}
}

// ended says what an error of the decoder means.
func (f *file) ended(err error, limited *io.LimitedReader, top *element, open []*element, line int) (*element, error) {
	var syntax *xml.SyntaxError
	switch {
	case limited.N == 0:
		f.fault(0, "", "", "a file of at most %d MB was expected", mostBytes>>20)
	case errors.Is(err, io.EOF) && top == nil:
		f.fault(0, "", "", "the file is empty")
	case errors.Is(err, io.EOF):
		return top, nil
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		where := ""
		if len(open) > 0 {
			where = open[len(open)-1].name
		}
		f.fault(syntax.Line, where, "", "the file ends before its elements are closed")
	case errors.As(err, &syntax):
		f.fault(syntax.Line, "", "", "XML was expected: %s", syntax.Msg)
	case strings.HasPrefix(err.Error(), "xml: "):
		f.fault(line, "", "", "XML in UTF-8 was expected: %s", strings.TrimPrefix(err.Error(), "xml: "))
	default:
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return nil, nil
}
