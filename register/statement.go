package register

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// State is how far a statement has come.
type State string

// The states of a statement. Only accepted and published ones make a record.
const (
	Draft      State = "draft"
	Submitted  State = "submitted"
	Returned   State = "returned"
	Accepted   State = "accepted"
	Published  State = "published"
	Superseded State = "superseded"
	Withdrawn  State = "withdrawn"
)

// Statement is one sourced claim: the value at a path of a subject's record.
type Statement struct {
	Seq        int64           `json:"seq"` // its place in the order of recording
	Subject    string          `json:"subject"`
	Path       string          `json:"path"`
	Value      json.RawMessage `json:"value"`
	Removed    bool            `json:"removed,omitempty"` // what stood there no longer holds
	Source     string          `json:"source_id"`
	Locator    string          `json:"locator,omitempty"` // page, paragraph or words of the source
	AsOf       string          `json:"as_of,omitempty"`   // the day that the value holds for
	KnownOn    string          `json:"known_on"`          // the day that the source told it
	Confidence string          `json:"confidence,omitempty"`
	By         string          `json:"by"` // who recorded it
	At         string          `json:"at"` // when, RFC 3339 in UTC
	State      State           `json:"state"`
	Pinned     bool            `json:"pinned,omitempty"` // an editor chose it among rivals
	Reason     string          `json:"reason,omitempty"`
}

// Check tells why a statement may not be recorded. A value without a source is
// refused here, whatever it is.
func (s *Statement) Check() error {
	switch {
	case s.Subject == "":
		return fmt.Errorf("a statement has no subject")
	case !ValidPath(s.Path):
		return fmt.Errorf("%s: %q is no path", s.Subject, s.Path)
	case s.Source == "":
		return fmt.Errorf("%s: %s has no source: no value is kept without one", s.Subject, s.Path)
	case !s.Removed && !ValidValue(s.Value):
		return fmt.Errorf("%s: the value of %s is no JSON, or is too deep", s.Subject, s.Path)
	case !IsDay(s.KnownOn):
		return fmt.Errorf("%s: %s: known_on %q is no day (YYYY-MM-DD)", s.Subject, s.Path, s.KnownOn)
	case (s.Path == "slug" || s.Path == "karvan/slug") && !s.Removed && !slugForm.Match(s.Value):
		return fmt.Errorf("%s: the slug %s is none: small Latin letters, digits and hyphens were expected", s.Subject, s.Value)
	case s.AsOf != "" && !IsDay(s.AsOf):
		return fmt.Errorf("%s: %s: as_of %q is no day (YYYY-MM-DD)", s.Subject, s.Path, s.AsOf)
	}
	return nil
}

// slugForm is what may stand in an address, as JSON.
var slugForm = regexp.MustCompile(`^"[a-z0-9][a-z0-9-]{0,99}"$`)

// Classes orders sources where they contradict one another, the weightiest first.
var Classes = []string{"law", "agreement", "statistics", "owner", "lender", "report", "minutes", "company", "press", "model", "person", "compiler"}

// ClassWeight gives the weight of a class of source; an unknown one weighs least.
func ClassWeight(class string) int {
	for i, c := range Classes {
		if c == class {
			return len(Classes) - i
		}
	}
	return 0
}

// Choice is the statement whose value stands in a record, and its rivals:
// accepted statements of the same path that say something else.
type Choice struct {
	Statement
	Rivals []Statement
}

// Record is what is known of a subject: its values, and for each the
// statement that it comes from.
type Record struct {
	Subject string
	Values  map[string]any
	Choices map[string]Choice // by path
	Updated string            // when the last statement was recorded
	Known   string            // the last evidence: when a source told something, or was published
	// Translated has the paths whose text stands in the language asked for,
	// because a statement gives it in that language.
	Translated map[string]bool
}

// better reports whether a is to be chosen over b: pinned, then newer, then by
// the weightier source, then recorded later.
func better(a, b *Statement, source func(id string) SourceFacts) bool {
	if a.Pinned != b.Pinned {
		return a.Pinned
	}
	if x, y := day(a), day(b); x != y {
		return x > y
	}
	if x, y := ClassWeight(source(a.Source).Class), ClassWeight(source(b.Source).Class); x != y {
		return x > y
	}
	return a.Seq > b.Seq
}

// day is the day for which a statement speaks.
func day(s *Statement) string {
	if s.AsOf != "" {
		return s.AsOf
	}
	return s.KnownOn
}

// View says how a record is to be folded.
type View struct {
	KnownBy  string                      // only what sources had told by this day; empty: all
	Language string                      // texts in this language where there are any; empty: the record's own
	Sources  func(id string) SourceFacts // what is to be known of a source; may be nil
}

// SourceFacts are what the choice among statements depends on.
type SourceFacts struct {
	Class     string
	Published string // the last day of its date, or ""
}

// Fold makes a record of the statements of one subject: of each path the
// accepted statement that is to be chosen (see [View]).
//
// The elements of lists stand in the order in which they were first stated.
func Fold(subject string, statements []Statement, v View) *Record {
	source := v.Sources
	if source == nil {
		source = func(string) SourceFacts { return SourceFacts{} }
	}
	r := &Record{Subject: subject, Values: map[string]any{}, Choices: map[string]Choice{}, Translated: map[string]bool{}}
	byPath := map[string][]*Statement{}
	first := map[string]int64{}
	var order []string
	stated := ""
	for i := range statements {
		s := &statements[i]
		if s.Subject != subject || s.State != Accepted && s.State != Published || v.KnownBy != "" && s.KnownOn > v.KnownBy {
			continue
		}
		if _, met := byPath[s.Path]; !met {
			order = append(order, s.Path)
			first[s.Path] = s.Seq
		}
		first[s.Path] = min(first[s.Path], s.Seq)
		byPath[s.Path] = append(byPath[s.Path], s)
		r.Updated = max(r.Updated, s.At)
		stated = max(stated, s.KnownOn)
		// A translation is no evidence of what it translates, nor what a compiler
		// recalled or worked out.
		if from := source(s.Source); !strings.Contains(s.Path, "@") && from.Class != "compiler" {
			r.Known = max(r.Known, s.KnownOn)
			if v.KnownBy == "" || from.Published <= v.KnownBy {
				r.Known = max(r.Known, from.Published)
			}
		}
	}
	if r.Known == "" {
		r.Known = stated
	}
	sort.SliceStable(order, func(i, j int) bool { return first[order[i]] < first[order[j]] })

	chosen := map[string]*Statement{}
	for _, path := range order {
		list := byPath[path]
		best := list[0]
		for _, s := range list[1:] {
			if better(s, best, source) {
				best = s
			}
		}
		if best.Removed {
			continue
		}
		c := Choice{Statement: *best}
		for _, s := range list {
			if !s.Removed && string(s.Value) != string(best.Value) {
				c.Rivals = append(c.Rivals, *s)
			}
		}
		chosen[path] = best
		r.Choices[path] = c
	}
	for _, path := range order {
		s := chosen[path]
		steps, language, ok := splitPath(path)
		if s == nil || !ok || language != "" {
			continue
		}
		value := s.Value
		if v.Language != "" {
			if t := chosen[path+"@"+v.Language]; t != nil {
				value = t.Value
				r.Translated[path] = true
			}
		}
		x, err := Decode(value)
		if err != nil {
			continue // refused by Check
		}
		// A later statement that contradicts the shape of an earlier one is left out.
		if !place(r.Values, steps, x) {
			delete(r.Choices, path)
		}
	}
	return r
}

// Translate puts texts of a language in the place of a record's own, as a fold
// in that language would: of each path the accepted statement that is to be
// chosen. It gives the paths that it changed.
func Translate(values map[string]any, statements []Statement, v View) map[string]bool {
	source := v.Sources
	if source == nil {
		source = func(string) SourceFacts { return SourceFacts{} }
	}
	best := map[string]*Statement{}
	for i := range statements {
		s := &statements[i]
		path, language, _ := strings.Cut(s.Path, "@")
		if language != v.Language || s.State != Accepted && s.State != Published || v.KnownBy != "" && s.KnownOn > v.KnownBy {
			continue
		}
		if b := best[path]; b == nil || better(s, b, source) {
			best[path] = s
		}
	}
	out := map[string]bool{}
	for path, s := range best {
		steps, _, ok := splitPath(path)
		if s.Removed || !ok {
			continue
		}
		if x, err := Decode(s.Value); err == nil && replace(values, steps, x) {
			out[path] = true
		}
	}
	return out
}

// Languages are those in which the register is read.
var Languages = []string{"en", "az", "tr", "ru"}

// At gives the value at a path of plain keys, or nil.
func (r *Record) At(path string) any { return At(r.Values, path) }

// At gives the value at a path of plain keys of a record, or nil.
func At(record map[string]any, path string) any {
	var v any = record
	for _, key := range strings.Split(path, "/") {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[key]
	}
	return v
}

// Text gives the text at a path of plain keys, or "".
func Text(record map[string]any, path string) string {
	s, _ := At(record, path).(string)
	return s
}

// Change is what an import would do to one path.
type Change struct {
	Path    string          `json:"path"`
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
	Removed bool            `json:"removed,omitempty"`
}

// Diff compares two records of one subject, path by path, in the order of the
// new one, then what only the old one has.
func Diff(before, after map[string]any) []Change {
	var out []Change
	old := map[string]json.RawMessage{}
	var paths []string
	for _, l := range Flatten(before) {
		old[l.Path] = l.Value
		paths = append(paths, l.Path)
	}
	for _, l := range Flatten(after) {
		b, had := old[l.Path]
		if !had || string(b) != string(l.Value) {
			out = append(out, Change{Path: l.Path, Before: b, After: l.Value})
		}
		delete(old, l.Path)
	}
	for _, p := range paths {
		if b, gone := old[p]; gone {
			out = append(out, Change{Path: p, Before: b, Removed: true})
		}
	}
	return out
}
