package register

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// Problem is a fault of a record: where, and what was expected there.
type Problem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// dayForm is a day, month or year, as exact as the source is.
var dayForm = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)

// CheckRecord reports all faults of a record of a kind other than a project
// (see the package oc4ids): unknown fields, values of the wrong type, codes
// that are not in a closed list, and references that exists does not know; a
// nil exists leaves references alone.
func CheckRecord(kind Kind, record map[string]any, exists func(id string) bool) []Problem {
	info := Info(string(kind))
	if info == nil {
		return []Problem{{"", fmt.Sprintf("there is no kind %q", kind)}}
	}
	var out []Problem
	checkFields("", append(slices.Clone(info.Fields), privateFields...), record, exists, &out)
	if kind == Commitment && Text(record, "agreement") == "" && Text(record, "meeting") == "" {
		out = append(out, Problem{"agreement", "is missing, as is the meeting: a commitment was made in one of them"})
	}
	return out
}

func checkFields(at string, fields []Field, record map[string]any, exists func(string) bool, out *[]Problem) {
	fault := func(name, format string, args ...any) {
		*out = append(*out, Problem{at + name, fmt.Sprintf(format, args...)})
	}
	known := map[string]bool{"id": true}
	for _, f := range fields {
		known[f.Name] = true
		v, given := record[f.Name]
		if !given {
			if f.Required {
				fault(f.Name, "is missing")
			}
			continue
		}
		switch f.Type {
		case TextType, CodeType, RefType, DayType:
			s, ok := v.(string)
			switch {
			case !ok || s == "":
				fault(f.Name, "a text was expected")
			case f.Type == DayType && !validDay(s):
				fault(f.Name, "%q is no day; YYYY-MM-DD was expected, or YYYY-MM, or YYYY", s)
			case f.Type == CodeType && len(f.Codes) > 0 && !slices.Contains(f.Codes, s):
				fault(f.Name, "%q is not one of %v", s, f.Codes)
			case f.Type == RefType && exists != nil && !(KindOfID(s) == f.Of && exists(s)):
				fault(f.Name, "there is no %s %q", f.Of, s)
			}
		case NumberType:
			if _, ok := v.(json.Number); !ok {
				fault(f.Name, "a number was expected")
			}
		case TextsType, CodesType, RefsType:
			list, ok := v.([]any)
			if !ok {
				fault(f.Name, "a list of texts was expected")
				continue
			}
			for _, e := range list {
				if s, ok := e.(string); !ok {
					fault(f.Name, "a list of texts was expected")
				} else if f.Type == RefsType && exists != nil && !(KindOfID(s) == f.Of && exists(s)) {
					fault(f.Name, "there is no %s %q", f.Of, s)
				}
			}
		case ObjectType:
			if o, ok := v.(map[string]any); ok {
				checkFields(at+f.Name+"/", f.Fields, o, exists, out)
			} else {
				fault(f.Name, "an object was expected")
			}
		case ListType:
			list, ok := v.([]any)
			ids, own := elementIDs(list)
			if !ok || len(list) > 0 && !own {
				fault(f.Name, "a list of objects was expected, each with an id of its own")
				continue
			}
			for i, e := range list {
				checkFields(fmt.Sprintf("%s%s[%s]/", at, f.Name, ids[i]), f.Fields, e.(map[string]any), exists, out)
			}
		}
	}
	var odd []string
	for k := range record {
		if !known[k] {
			odd = append(odd, k)
		}
	}
	slices.Sort(odd)
	for _, k := range odd {
		fault(k, "is no field here")
	}
}

// IsDayOrPart reports whether a text is a day, a month or a year of the calendar.
func IsDayOrPart(s string) bool { return validDay(s) }

func validDay(s string) bool {
	if !dayForm.MatchString(s) {
		return false
	}
	return IsDay(s + "-01-01"[min(len(s)-4, 6):])
}

// KeyNamed is a record that another names by a key: where, its kind and key.
type KeyNamed struct {
	Path string
	Of   Kind
	Key  string
}

// KeysNamed lists what a record of a kind other than a project names, in the
// order of its fields.
func KeysNamed(kind Kind, record map[string]any) []KeyNamed {
	var out []KeyNamed
	var walk func(at string, fields []Field, record map[string]any)
	walk = func(at string, fields []Field, record map[string]any) {
		for _, f := range fields {
			switch v := record[f.Name].(type) {
			case string:
				if f.Type == RefType {
					out = append(out, KeyNamed{at + f.Name, f.Of, v})
				}
			case map[string]any:
				walk(at+f.Name+"/", f.Fields, v)
			case []any:
				for _, e := range v {
					if s, ok := e.(string); ok && f.Type == RefsType {
						out = append(out, KeyNamed{at + f.Name, f.Of, s})
					} else if o, ok := e.(map[string]any); ok {
						walk(fmt.Sprintf("%s%s[%s]/", at, f.Name, Text(o, "id")), f.Fields, o)
					}
				}
			}
		}
	}
	walk("", Info(string(kind)).Fields, record)
	return out
}

// FieldType gives the type of the field that a path leads to; a text where the kind does
// not have the field, as most of a project.
func FieldType(kind Kind, path string) Type {
	info := Info(string(kind))
	steps, _, ok := splitPath(path)
	if info == nil || !ok {
		return TextType
	}
	if kind == Project {
		switch {
		case path == "sector" || path == "additionalClassifications" || path == "karvan/countries" || path == "karvan/otherNames":
			return TextsType
		case steps[len(steps)-1].key == "amount" || path == "karvan/lengthKm":
			return NumberType
		}
		return TextType
	}
	fields := append(slices.Clone(info.Fields), privateFields...)
	t := TextType
	for _, s := range steps {
		t = TextType
		for _, f := range fields {
			if f.Name == s.key {
				t, fields = f.Type, f.Fields
				break
			}
		}
	}
	return t
}
