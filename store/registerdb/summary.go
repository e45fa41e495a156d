package registerdb

import (
	"encoding/json"
	"math"
	"regexp"
	"sort"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
)

// summary is what stands in columns of a record, so that lists can be filtered
// and sorted without reading bodies.
type summary struct {
	kind                  register.Kind
	slug, name            string
	status, country       string // several, each between semicolons
	sector, date          string
	box                   [4]any // west, south, east, north, or nulls
	sources               int
	body                  []byte
	names, text, skeleton string
}

// ends finds the year or month with which a period ends: to 2018, 2015..2017-03.
var ends = regexp.MustCompile(`\d{4}(-\d{2})?$`)

func summarise(r *register.Record, statements []register.Statement) summary {
	kind := register.KindOfID(r.Subject)
	v := r.Values
	v["id"] = r.Subject
	s := summary{kind: kind, slug: register.SlugOf(kind, v), name: register.NameOf(kind, v)}
	if s.slug == "" {
		s.slug = strings.ToLower(r.Subject)
	}
	s.body = register.Encode(v)
	text := func(paths ...string) string {
		for _, p := range paths {
			if t := register.Text(v, p); t != "" {
				return t
			}
		}
		return ""
	}
	s.status = text("status", "measure")
	s.date = text("date", "dateSigned", "dueDate", "implementationPeriod/endDate")
	if s.date == "" {
		s.date = ends.FindString(text("period"))
	}
	s.country = semicolons(append(texts(v["countries"]), append(texts(register.At(v, "karvan/countries")), text("country"), text("investor"), text("host"))...))
	if parties, ok := v["parties"].([]any); ok && kind == register.Agreement {
		var list []string
		for _, p := range parties {
			if o, ok := p.(map[string]any); ok {
				list = append(list, register.Text(o, "country"))
			}
		}
		s.country = semicolons(list)
	}
	s.sector = semicolons(append(append(append(texts(v["sector"]), texts(v["services"])...), texts(v["fields"])...), text("theme"), text("sector")))
	s.box = box(v)
	used := map[string]bool{}
	for path, c := range r.Choices {
		if !strings.Contains(path, "@") {
			used[c.Source] = true
		}
	}
	s.sources = len(used)

	// Everything that people may look for: names in every language weigh most.
	names := []string{s.name}
	var rest []string
	for _, st := range statements {
		// What is not accepted yet is found by nobody.
		if st.Removed || st.State != register.Accepted && st.State != register.Published {
			continue
		}
		var value any
		if json.Unmarshal(st.Value, &value) != nil {
			continue
		}
		path, _, _ := strings.Cut(st.Path, "@")
		named := path == "title" || path == "name" || path == "otherNames" || path == "karvan/otherNames"
		for _, t := range allTexts(value) {
			switch {
			case named:
				names = append(names, t)
			case register.KindOfID(t) == "" && !strings.HasSuffix(path, "/slug"):
				rest = append(rest, t)
				rest = append(rest, words(path, t)...)
			}
		}
	}
	s.names = register.SearchFold(strings.Join(names, " "))
	s.text = register.SearchFold(strings.Join(rest, " "))
	s.skeleton = register.Skeleton(strings.Join(append(names, text("place"), text("who")), " "))
	return s
}

// coded are fields that hold codes, by their key; people look for their words.
var coded = map[string]string{"status": "status", "sector": "sector", "services": "services", "fields": "services", "kind": "kind", "theme": "theme", "measure": "measure", "roles": "roles", "type": "type"}

// words gives what a page shows of a code or a country, in every language.
func words(path, value string) []string {
	key := path[strings.LastIndexByte(path, '/')+1:]
	var out []string
	for _, language := range register.Languages {
		switch list := coded[key]; {
		case key == "country" || key == "countries" || key == "investor" || key == "host":
			out = append(out, labels.Country(language, value))
		case list != "":
			if t := labels.Code(language, list, value); t != value {
				out = append(out, t)
			}
		}
	}
	return out
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if t, ok := e.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

func allTexts(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			out = append(out, allTexts(e)...)
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			out = append(out, allTexts(v[k])...)
		}
	}
	return out
}

// semicolons joins what is not blank, once each: ;AZ;TR;.
func semicolons(list []string) string {
	var b strings.Builder
	met := map[string]bool{"": true}
	for _, s := range list {
		if !met[s] {
			met[s] = true
			b.WriteString(";" + s)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + ";"
}

// box is the extent of the geometries of a record.
func box(v map[string]any) [4]any {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	var walk func(v any)
	walk = func(v any) {
		list, ok := v.([]any)
		if !ok {
			return
		}
		if len(list) >= 2 {
			x, okX := list[0].(json.Number)
			y, okY := list[1].(json.Number)
			if okX && okY {
				lon, _ := x.Float64()
				lat, _ := y.Float64()
				west, east = min(west, lon), max(east, lon)
				south, north = min(south, lat), max(north, lat)
				return
			}
		}
		for _, e := range list {
			walk(e)
		}
	}
	for _, g := range register.Geometries(v) {
		walk(g["coordinates"])
	}
	if math.IsInf(west, 0) {
		return [4]any{}
	}
	return [4]any{west, south, east, north}
}
