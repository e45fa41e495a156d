package epanet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/fault"
)

// Bounds on what is read, so that no file takes the machine down.
const (
	mostBytes = 256 << 20
	mostLine  = 1 << 20
	greatest  = 1e15 // number: sums and products of such stay finite
)

// row is a line of a section, cut into its words.
type row struct {
	line  int
	words []string
}

// sections are the names that EPANET knows by their first four letters; true marks those whose
// lines are kept.
var sections = map[string]bool{
	"TITL": false, "JUNC": true, "RESE": true, "TANK": true, "PIPE": true, "PUMP": true, "VALV": true,
	"CONT": true, "RULE": true, "DEMA": true, "SOUR": false, "EMIT": true, "PATT": true, "CURV": true,
	"QUAL": false, "STAT": true, "ROUG": false, "ENER": false, "REAC": false, "MIXI": false,
	"REPO": false, "TIME": true, "OPTI": true, "COOR": true, "VERT": false, "LABE": false,
	"BACK": false, "TAGS": false, "END": false,
}

// scan cuts a file into sections. A section may stand more than once.
func scan(r io.Reader, name string, faults *fault.Faults) (map[string][]row, error) {
	out := map[string][]row{}
	limited := &io.LimitedReader{R: r, N: mostBytes + 1}
	s := bufio.NewScanner(limited)
	s.Buffer(nil, mostLine)
	section, known, line := "", false, 0
	for s.Scan() {
		line++
		text := strings.TrimPrefix(s.Text(), "\ufeff")
		if i := strings.IndexByte(text, ';'); i >= 0 {
			text = text[:i]
		}
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case text[0] == '[':
			section = strings.ToUpper(strings.TrimSuffix(text[1:], "]"))
			if section != "END" {
				section = section[:min(4, len(section))]
			}
			keep, ok := sections[section]
			if !ok {
				faults.Add(name, line, "", text, "a section of EPANET 2.2 was expected, such as [PIPES]")
			}
			known = keep
			if section == "END" {
				return out, nil
			}
		case section == "":
			faults.Add(name, line, "", text, "a section was expected first, such as [JUNCTIONS]")
			section = "?"
		case known:
			out[section] = append(out[section], row{line, strings.Fields(text)})
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		faults.Add(name, line+1, "", "", "a line of at most %d characters was expected", mostLine)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case limited.N == 0:
		faults.Add(name, 0, "", "", "a file of at most %d MB was expected", mostBytes>>20)
	}
	return out, nil
}

// parseNumber reads a number as it is written in such files.
func parseNumber(text string) (float64, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false // nor hexadecimal, nor NaN
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && math.Abs(v) <= greatest
}

// word gives a word of a row, "" beyond its end.
func (r row) word(i int) string {
	if i < len(r.words) {
		return r.words[i]
	}
	return ""
}
