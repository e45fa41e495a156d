package trade

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// Term is one part of a formula: the product of functions of columns, as
// log(dist) or rta:contig.
type Term struct {
	Text    string
	Factors []Factor
}

// Factor is a column, or a function of one: log, exp or sqrt.
type Factor struct{ Function, Column string }

// Formula is a model: what is explained, by what, and the fixed effects, each
// of one column or of several that vary together (exporter^year).
type Formula struct {
	Text       string
	Outcome    Term
	Regressors []Term
	Effects    [][]string
}

// ParseFormula reads a formula as fixest and pyfixest write them:
//
//	trade ~ rta + log(dist) + rta:contig | exporter^year + importer^year
//
// Its errors name the place.
func ParseFormula(text string) (*Formula, error) {
	f := &Formula{Text: strings.TrimSpace(text)}
	fail := func(format string, args ...any) (*Formula, error) {
		return nil, fmt.Errorf("trade: formula %q: "+format, append([]any{f.Text}, args...)...)
	}
	if len(text) > 10000 {
		return fail("it is longer than 10000 characters")
	}
	left, right, ok := strings.Cut(f.Text, "~")
	if !ok {
		return fail("a ~ between what is explained and what explains it was expected")
	}
	if strings.Contains(right, "~") {
		return fail("it has two ~")
	}
	var err error
	if f.Outcome, err = parseTerm(left); err != nil {
		return fail("before the ~: %v", err)
	}
	regressors, effects, hasEffects := strings.Cut(right, "|")
	if strings.Contains(effects, "|") {
		return fail("it has two |; instruments are not known here")
	}
	seen := map[string]bool{}
	for _, part := range strings.Split(regressors, "+") {
		if part = strings.TrimSpace(part); part == "1" || part == "" && strings.TrimSpace(regressors) == "" {
			continue // effects alone
		}
		t, err := parseTerm(part)
		if err != nil {
			return fail("%v", err)
		}
		if seen[t.Text] {
			return fail("%s stands twice", t.Text)
		}
		seen[t.Text] = true
		f.Regressors = append(f.Regressors, t)
	}
	if !hasEffects {
		return f, nil
	}
	for _, part := range strings.Split(effects, "+") {
		var names []string
		for _, name := range strings.Split(part, "^") {
			name = strings.TrimSpace(name)
			if !isName(name) {
				return fail("%q is no name of a column for a fixed effect", name)
			}
			names = append(names, name)
		}
		f.Effects = append(f.Effects, names)
	}
	return f, nil
}

func parseTerm(text string) (Term, error) {
	t := Term{}
	var words []string
	for _, part := range strings.Split(text, ":") {
		part = strings.TrimSpace(part)
		factor := Factor{Column: part}
		if name, rest, ok := strings.Cut(part, "("); ok {
			factor.Function = strings.TrimSpace(name)
			inner, after, closed := strings.Cut(rest, ")")
			if !closed || strings.TrimSpace(after) != "" {
				return t, fmt.Errorf("%q: a closing bracket was expected at its end", part)
			}
			factor.Column = strings.TrimSpace(inner)
			switch factor.Function {
			case "log", "exp", "sqrt":
			default:
				return t, fmt.Errorf("%q: the function is not one of log, exp, sqrt", part)
			}
		}
		if !isName(factor.Column) {
			return t, fmt.Errorf("%q is no name of a column", factor.Column)
		}
		t.Factors = append(t.Factors, factor)
		word := factor.Column
		if factor.Function != "" {
			word = factor.Function + "(" + factor.Column + ")"
		}
		words = append(words, word)
	}
	t.Text = strings.Join(words, ":")
	return t, nil
}

func isName(s string) bool {
	for i, r := range s {
		if !unicode.IsLetter(r) && r != '_' && r != '.' && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// values works a term out, row by row; what is missing is NaN. A value outside
// of a function's domain is an error that names the row.
func (t *Term) values(f *Frame) ([]float64, error) {
	out := make([]float64, f.Rows)
	for i := range out {
		out[i] = 1
	}
	for _, factor := range t.Factors {
		c, err := f.Column(factor.Column)
		if err != nil {
			return nil, err
		}
		if !c.IsNumber() {
			return nil, fmt.Errorf("%s: the column holds texts, as %q: numbers were expected", factor.Column, c.Levels[0])
		}
		for i, x := range c.Numbers {
			switch factor.Function {
			case "log":
				if x <= 0 {
					return nil, fmt.Errorf("log(%s): row %d: the value is %g: more than 0 was expected", factor.Column, i+1, x)
				}
				x = math.Log(x)
			case "sqrt":
				if x < 0 {
					return nil, fmt.Errorf("sqrt(%s): row %d: the value is %g: 0 or more was expected", factor.Column, i+1, x)
				}
				x = math.Sqrt(x)
			case "exp":
				if x = math.Exp(x); math.IsInf(x, 0) {
					return nil, fmt.Errorf("exp(%s): row %d: the value is too large", factor.Column, i+1)
				}
			}
			out[i] *= x
		}
	}
	return out, nil
}

// levels gives the group of each row by columns that vary together, numbered
// from 0 in the order in which they occur; -1 where one is missing.
func levels(f *Frame, names []string) ([]int32, int, error) {
	out := make([]int32, f.Rows)
	count := 1
	for k, name := range names {
		c, err := f.Column(name)
		if err != nil {
			return nil, 0, err
		}
		own := c.Codes
		if c.IsNumber() {
			own = make([]int32, f.Rows)
			index := map[float64]int32{}
			for i, x := range c.Numbers {
				if math.IsNaN(x) {
					own[i] = -1
					continue
				}
				code, ok := index[x]
				if !ok {
					code = int32(len(index))
					index[x] = code
				}
				own[i] = code
			}
		}
		if k == 0 {
			copy(out, own)
			continue
		}
		for i, code := range own {
			if out[i] >= 0 && code < 0 {
				out[i] = -1
			}
		}
		index := make(map[int64]int32, count)
		for i := range out {
			if out[i] < 0 {
				continue
			}
			key := int64(out[i])<<32 | int64(own[i])
			code, ok := index[key]
			if !ok {
				code = int32(len(index))
				index[key] = code
			}
			out[i] = code
		}
		count = len(index)
	}
	// Numbered anew, without gaps.
	index := make([]int32, 0, count)
	renumber := map[int32]int32{}
	for i, code := range out {
		if code < 0 {
			continue
		}
		n, ok := renumber[code]
		if !ok {
			n = int32(len(index))
			renumber[code] = n
			index = append(index, code)
		}
		out[i] = n
	}
	return out, len(index), nil
}
