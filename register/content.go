package register

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Content is what a study brings along for a register: sources, and records
// that the study names by keys of its own.
type Content struct {
	Study   string
	Sources []Source
	Entries []Entry
}

// Entry is one record of a study. The values have one source for all, but for
// what Also says: translations, rival values, and values from elsewhere.
type Entry struct {
	Kind   Kind
	Key    string
	Values map[string]any
	Said
	Also []Also
	Skip map[string]bool // paths of Values that only Also speaks of
}

// Said is who said something, and when.
type Said struct {
	Source     string
	Locator    string
	AsOf       string
	KnownOn    string
	Confidence string
}

// Also is one more statement about an entry.
type Also struct {
	Path  string
	Value any
	Said
}

// Statements turns the content into statements with ids, in the order of the
// entries; keys of a study become ids wherever a field refers to a record. At
// is when they are recorded, By who records them.
func (c *Content) Statements(by string, at time.Time) ([]Statement, error) {
	ids := map[Kind]map[string]string{}
	for _, e := range c.Entries {
		if ids[e.Kind] == nil {
			ids[e.Kind] = map[string]string{}
		}
		if ids[e.Kind][e.Key] != "" {
			return nil, fmt.Errorf("register: there are two %s %q", Info(string(e.Kind)).Plural, e.Key)
		}
		ids[e.Kind][e.Key] = KeyedID(e.Kind, c.Study, e.Key, keyedDay(e.KnownOn))
	}
	slugs := map[Kind]map[string]bool{}
	stamp := at.UTC().Format(time.RFC3339)
	var out []Statement
	for _, e := range c.Entries {
		id := ids[e.Kind][e.Key]
		values := withIDs(e.Kind, e.Values, ids)
		addSlug(e.Kind, values, slugs)
		if e.Kind == Project {
			ours, _ := values["karvan"].(map[string]any)
			if ours == nil {
				ours = map[string]any{}
				values["karvan"] = ours
			}
			ours["key"] = e.Key
		}
		add := func(path string, value []byte, s Said) error {
			st := Statement{Subject: id, Path: path, Value: value, Source: s.Source, Locator: s.Locator, AsOf: s.AsOf, KnownOn: s.KnownOn,
				Confidence: s.Confidence, By: by, At: stamp, State: Published}
			out = append(out, st)
			return st.Check()
		}
		for _, l := range Flatten(values) {
			if e.Skip[l.Path] {
				continue
			}
			if err := add(l.Path, l.Value, e.Said); err != nil {
				return nil, fmt.Errorf("register: %s %s: %w", e.Kind, e.Key, err)
			}
		}
		for _, a := range e.Also {
			if err := add(a.Path, encode(a.Value), a.Said); err != nil {
				return nil, fmt.Errorf("register: %s %s: %w", e.Kind, e.Key, err)
			}
		}
	}
	return out, nil
}

// keyedDay is the time that stands in the id of an entry.
func keyedDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || t.Year() < 1970 {
		return time.Unix(0, 0)
	}
	return t
}

// withIDs copies values and puts ids in the place of keys.
func withIDs(kind Kind, values map[string]any, ids map[Kind]map[string]string) map[string]any {
	out := clone(values).(map[string]any)
	if kind == Project {
		organisations(out, ids[Organisation])
		return out
	}
	swapRefs(Info(string(kind)).Fields, out, ids)
	return out
}

func swapRefs(fields []Field, record map[string]any, ids map[Kind]map[string]string) {
	for _, f := range fields {
		switch v := record[f.Name].(type) {
		case string:
			if id := ids[f.Of][v]; f.Type == RefType && id != "" {
				record[f.Name] = id
			}
		case map[string]any:
			swapRefs(f.Fields, v, ids)
		case []any:
			for i, e := range v {
				if o, ok := e.(map[string]any); ok {
					swapRefs(f.Fields, o, ids)
				} else if key, ok := e.(string); ok && f.Type == RefsType && ids[f.Of][key] != "" {
					v[i] = ids[f.Of][key]
				}
			}
		}
	}
}

// organisations puts ids in the place of keys where OC4IDS refers to one.
func organisations(v any, ids map[string]string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			organisations(e, ids)
		}
	case map[string]any:
		for k, x := range v {
			switch k {
			case "parties":
				if list, ok := x.([]any); ok {
					for _, e := range list {
						swapID(e, ids)
					}
				}
			case "publicAuthority", "sourceParty", "financingParty", "payer", "payee", "procuringEntity", "administrativeEntity":
				swapID(x, ids)
			default:
				organisations(x, ids)
			}
		}
	}
}

func swapID(v any, ids map[string]string) {
	if o, ok := v.(map[string]any); ok {
		if key, ok := o["id"].(string); ok && ids[key] != "" {
			o["id"] = ids[key]
		}
	}
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := make(map[string]any, len(v))
		for k, x := range v {
			o[k] = clone(x)
		}
		return o
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = clone(x)
		}
		return l
	}
	return v
}

// addSlug gives a record a part of an address of its own, from its name.
func addSlug(kind Kind, values map[string]any, taken map[Kind]map[string]bool) {
	if taken[kind] == nil {
		taken[kind] = map[string]bool{}
	}
	at := values
	if kind == Project {
		ours, _ := values["karvan"].(map[string]any)
		if ours == nil {
			ours = map[string]any{}
			values["karvan"] = ours
		}
		at = ours
	}
	slug, _ := at["slug"].(string)
	if slug = Slug(slug); slug == "" {
		name, _ := values[Info(string(kind)).Name].(string)
		slug = Slug(shorten(name, 60))
	}
	if slug == "" {
		slug = string(kind)
	}
	free := slug
	for n := 2; taken[kind][free]; n++ {
		free = fmt.Sprintf("%s-%d", slug, n)
	}
	taken[kind][free] = true
	at["slug"] = free
}

// shorten cuts a text at a word's end.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := strings.LastIndexByte(s[:most+1], ' ')
	if cut <= 0 {
		cut = most
	}
	return s[:cut]
}

// SlugOf gives the slug of a record.
func SlugOf(kind Kind, values map[string]any) string {
	if kind == Project {
		return Text(values, "karvan/slug")
	}
	return Text(values, "slug")
}

// NameOf gives the name of a record, or its id's last part.
func NameOf(kind Kind, values map[string]any) string {
	if info := Info(string(kind)); info != nil {
		if s := Text(values, info.Name); s != "" {
			return s
		}
	}
	return Text(values, "id")
}

// Reference is a field of a record that names another.
type Reference struct{ Path, To string }

// References lists the records that a record names, in the order of the paths.
func References(values map[string]any) []Reference {
	var out []Reference
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case string:
			if KindOfID(v) != "" {
				out = append(out, Reference{at, v})
			}
		case []any:
			for _, e := range v {
				walk(at, e)
			}
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			for _, k := range keys {
				if at == "" && k == "id" {
					continue
				}
				next := k
				if at != "" {
					next = at + "/" + k
				}
				walk(next, v[k])
			}
		}
	}
	walk("", values)
	return out
}
