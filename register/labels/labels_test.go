package labels

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
)

// ours are the languages of the tables, in their order.
var ours = []string{"en", "az", "tr", "ru"}

func TestLanguages(t *testing.T) {
	if !slices.Equal(register.Languages, ours) {
		t.Errorf("the register is read in %v, the tables have %v", register.Languages, ours)
	}
}

// every calls f with each line of the tables.
func every(f func(table string, w words)) {
	for _, w := range fields {
		f("fields", w)
	}
	for list, of := range codes {
		for _, w := range of {
			f("codes of "+list, w)
		}
	}
	for _, k := range kinds {
		f("one", k.one)
		f("many", k.many)
	}
	for _, w := range countries {
		f("countries", w)
	}
}

func TestTables(t *testing.T) {
	met := map[string]bool{}
	every(func(table string, w words) {
		if met[table+w.key] {
			t.Errorf("%s: %s stands twice", table, w.key)
		}
		met[table+w.key] = true
		for i, s := range []string{w.en, w.az, w.tr, w.ru} {
			if strings.TrimSpace(s) == "" || strings.TrimSpace(s) != s {
				t.Errorf("%s: %s is blank or has blanks around it in %s", table, w.key, ours[i])
			}
			if w.in(ours[i]) != s {
				t.Errorf("%s: %s in %s is %q", table, w.key, ours[i], w.in(ours[i]))
			}
		}
	})
	for name, lists := range listsOf {
		for _, l := range lists {
			if codes[l] == nil {
				t.Errorf("%s: there is no list %s", name, l)
			}
		}
	}
}

// Letters of another alphabet slip in unseen: Cyrillic о in a Latin word.
func TestAlphabets(t *testing.T) {
	cyrillic := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x400 && r < 0x530 })
	}
	every(func(table string, w words) {
		if cyrillic(w.en + w.az + w.tr) {
			t.Errorf("%s: %s has Cyrillic letters in a Latin text", table, w.key)
		}
		if strings.ContainsAny(w.tr, "əƏ") {
			t.Errorf("%s: %s: %q is not Turkish", table, w.key, w.tr)
		}
		for _, word := range strings.FieldsFunc(w.ru, func(r rune) bool { return strings.ContainsRune(" -/(),.0123456789", r) }) {
			latin := strings.ContainsFunc(word, func(r rune) bool { return r < 0x80 && r >= 'A' })
			if latin && cyrillic(word) {
				t.Errorf("%s: %s: %q mixes alphabets", table, w.key, word)
			}
		}
	})
}

// labelled reports a path that has no heading.
func labelled(t *testing.T, kind register.Kind, path string) {
	t.Helper()
	keys := strings.Split(path, "/")
	for i := range keys {
		if _, ok := field(kind, strings.Join(keys[i:], "/")); ok {
			return
		}
	}
	t.Errorf("the field %s of a %s has no heading", path, kind)
}

// coded reports a code that has no words.
func coded(t *testing.T, list, code string) {
	t.Helper()
	if _, ok := lookUp(list, code); !ok {
		t.Errorf("the code %q of %s has no words", code, list)
	}
}

func TestKinds(t *testing.T) {
	for _, info := range register.Kinds {
		for _, l := range ours {
			for _, s := range []string{One(l, info.Kind), Many(l, info.Kind)} {
				if s == string(info.Kind) {
					t.Errorf("%s has no name in %s", info.Kind, l)
				}
			}
		}
		var walk func(at string, fields []register.Field)
		walk = func(at string, fields []register.Field) {
			for _, f := range fields {
				labelled(t, info.Kind, at+f.Name)
				for _, c := range f.Codes {
					coded(t, f.Name, c)
				}
				walk(at+f.Name+"/", f.Fields)
			}
		}
		walk("", info.Fields)
		labelled(t, info.Kind, "id")
	}
	for _, s := range register.Services {
		coded(t, "services", s)
		coded(t, "fields", s) // of a meeting
	}
	for _, c := range register.Classes {
		coded(t, "class", c)
	}
	for _, s := range []register.State{register.Draft, register.Submitted, register.Returned, register.Accepted, register.Published, register.Superseded, register.Withdrawn} {
		coded(t, "state", string(s))
	}
}

// Not words: currencies and languages have codes that people read, countries
// have names of their own, and schemes are names.
var wordless = []string{"currency", "country", "classificationScheme", "unitClassificationScheme"}

func TestOC4IDS(t *testing.T) {
	lists := map[string]bool{}
	inside := map[string]bool{}
	var walk func(at, object string)
	walk = func(at, object string) {
		if inside[object] {
			return
		}
		inside[object] = true
		defer delete(inside, object)
		for _, f := range oc4ids.ObjectOf(object).Fields {
			labelled(t, register.Project, at+f.Name)
			if f.Codelist != "" && !slices.Contains(wordless, f.Codelist) {
				lists[f.Codelist] = true
				for _, c := range oc4ids.Codes(f.Codelist) {
					coded(t, f.Codelist, c)
					coded(t, f.Name, c)
				}
			}
			if oc4ids.ObjectOf(f.Of) != nil {
				walk(at+f.Name+"/", f.Of)
			}
		}
	}
	walk("", "Project")
	if len(lists) < 30 {
		t.Errorf("only %d lists were met", len(lists))
	}
	for _, c := range oc4ids.Codes("country") {
		for _, l := range ours {
			if s := Country(l, c); s == c || strings.TrimSpace(s) == "" {
				t.Errorf("the country %s has no name in %s", c, l)
			}
		}
	}
}

// A code may stand in several lists that one field's name leads to: its words
// must be the same, or the field would be read wrong.
func TestSameWords(t *testing.T) {
	for name, lists := range listsOf {
		met := map[string]words{}
		for _, l := range lists {
			for _, w := range codes[l] {
				if before, ok := met[w.key]; ok && before != w {
					t.Errorf("%s: %s reads %v and %v", name, w.key, before, w)
				}
				met[w.key] = w
			}
		}
	}
}

func TestStudy(t *testing.T) {
	files, err := filepath.Glob("../../studies/azerbaijan-turkiye/register/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("there is no register of the study: ", err)
	}
	seen := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(data, &document); err != nil {
			t.Fatal(file, err)
		}
		for _, info := range register.Kinds {
			list, _ := document[info.Plural].([]any)
			for _, e := range list {
				studyValue(t, info.Kind, "", e)
				seen++
			}
		}
	}
	if seen < 200 {
		t.Errorf("only %d records were met", seen)
	}
}

// studyValue checks the keys and codes of a value of a study's record.
func studyValue(t *testing.T, kind register.Kind, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			next := strings.TrimPrefix(at+"/"+k, "/")
			if k == "statements" {
				continue // their keys are of the file, not of a record
			}
			labelled(t, kind, next)
			studyValue(t, kind, next, v[k])
		}
	case []any:
		for _, e := range v {
			studyValue(t, kind, at, e)
		}
	case string:
		name := at[strings.LastIndexByte(at, '/')+1:]
		switch name {
		case "country", "countries", "investor", "host":
			for _, l := range ours {
				if Country(l, v) == v {
					t.Errorf("%s: the country %q has no name in %s", at, v, l)
				}
			}
		case "status", "kind", "theme", "measure", "sector", "confidence", "services", "roles", "fields", "visibility", "type", "code", "typeStated":
			coded(t, name, v)
		case "unit":
			if kind == register.Target {
				coded(t, name, v)
			}
		}
	}
}

func TestField(t *testing.T) {
	for _, c := range []struct {
		language string
		kind     register.Kind
		path     string
		want     string
	}{
		{"en", register.Project, "karvan/lengthKm", "Length, km"},
		{"ru", register.Project, "karvan/lengthKm", "Протяжённость, км"},
		{"az", register.Project, "title", "Başlıq"},
		{"tr", register.Project, "milestones", "Aşamalar"},
		{"en", register.Project, "budget/amount/amount", "Budget amount"},
		{"en", register.Project, "budget/budgetBreakdowns[b1]/budgetBreakdown[x]/amount/amount", "Amount"},
		{"en", register.Project, "implementationPeriod/endDate", "Implementation end"},
		{"en", register.Project, "contractingProcesses[oc~11]/summary/contractPeriod/endDate", "End date"},
		{"en", register.Project, "metrics[physicalProgress]/observations[2021-06]/measure", "Measured value"},
		{"en", register.Investment, "measure", "Measure"},
		{"en", register.Commitment, "text", "Commitment"},
		{"en", register.Meeting, "remarks[r1]/text", "Text"},
		{"en", register.Meeting, "title@ru", "Title (ru)"},
		{"xx", register.Meeting, "title", "Title"},
		{"ru", register.Meeting, "remarks[r1]/unheardOf", "unheardOf"},
		{"ru", register.Meeting, "", ""},
	} {
		if got := Field(c.language, c.kind, c.path); got != c.want {
			t.Errorf("Field(%s, %s, %s) = %q, want %q", c.language, c.kind, c.path, got, c.want)
		}
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct{ language, list, code, want string }{
		{"en", "status", "notMet", "Not met"},
		{"ru", "milestoneStatus", "met", "Выполнено"},
		{"az", "projectStatus", "implementation", "İcra"},
		{"tr", "sector", "transport.rail", "Demiryolu ulaşımı"},
		{"ru", "sector", "non-oil", "Ненефтяной сектор"},
		{"en", "deadline", "milestone", "Milestone"},
		{"en", "roles", "operator", "Operator"},
		{"en", "status", "unheardOf", "unheardOf"},
		{"en", "no list", "met", "met"},
		{"ru", "otherNames", "Zangezur corridor", "Zangezur corridor"},
	} {
		if got := Code(c.language, c.list, c.code); got != c.want {
			t.Errorf("Code(%s, %s, %s) = %q, want %q", c.language, c.list, c.code, got, c.want)
		}
	}
}

func TestCountry(t *testing.T) {
	for _, c := range []struct{ language, code, want string }{
		{"en", "TR", "Türkiye"}, {"az", "TR", "Türkiyə"}, {"tr", "TR", "Türkiye"}, {"ru", "TR", "Турция"},
		{"en", "AZ", "Azerbaijan"}, {"az", "AZ", "Azərbaycan"}, {"tr", "AZ", "Azerbaycan"}, {"ru", "AZ", "Азербайджан"},
		{"az", "EU", "Avropa İttifaqı"}, {"en", "WORLD", "World"}, {"xx", "GE", "Georgia"},
		{"en", "ZZ", "ZZ"}, {"en", "UK", "UK"}, {"en", "tr", "tr"}, {"en", "001", "001"}, {"en", "", ""}, {"en", "Georgia", "Georgia"},
	} {
		if got := Country(c.language, c.code); got != c.want {
			t.Errorf("Country(%s, %s) = %q, want %q", c.language, c.code, got, c.want)
		}
	}
}

func Example() {
	fmt.Println(Field("az", register.Commitment, "dueDate")+":", Code("az", "status", "notMet"))
	fmt.Println(Many("ru", register.Project)+",", Country("ru", "TR"))
	// Output:
	// Son tarix: Yerinə yetirilməyib
	// Проекты, Турция
}
