package labels

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/karvan/karvan/register"
)

// words says a key in every language. Its literals have no names of fields, so
// that one that lacks a language does not compile.
type words struct{ key, en, az, tr, ru string }

// in gives the text in a language; in English where it is none of ours.
func (w words) in(language string) string {
	switch language {
	case "az":
		return w.az
	case "tr":
		return w.tr
	case "ru":
		return w.ru
	}
	return w.en
}

func byKey(list []words) map[string]words {
	m := make(map[string]words, len(list))
	for _, w := range list {
		m[w.key] = w
	}
	return m
}

var (
	fieldIndex = sync.OnceValue(func() map[string]words { return byKey(fields) })
	codeIndex  = sync.OnceValue(func() map[string]map[string]words {
		m := make(map[string]map[string]words, len(codes))
		for list, of := range codes {
			m[list] = byKey(of)
		}
		return m
	})
	countryIndex = sync.OnceValue(func() map[string]words { return byKey(countries) })
)

// Field gives the heading of a field of a kind, as implementationPeriod/endDate.
// A path is keys joined by "/"; ids of elements, which stand in brackets, say
// nothing of the field and are left out. It is looked up as a whole, then by
// ever shorter ends of it, the last key in the end: there is one heading for
// all fields called startDate, and others for those of some periods. A text in
// another language than the record's own (title@ru) says so: "Title (ru)". The
// last key of an unknown path comes back as it stands.
func Field(language string, kind register.Kind, path string) string {
	path, of, translated := strings.Cut(path, "@")
	keys := strings.Split(path, "/")
	for i, k := range keys {
		keys[i], _, _ = strings.Cut(k, "[")
	}
	heading := keys[len(keys)-1]
	for i := range keys {
		if w, ok := field(kind, strings.Join(keys[i:], "/")); ok {
			heading = w.in(language)
			break
		}
	}
	if translated && of != "" {
		heading += " (" + of + ")"
	}
	return heading
}

func field(kind register.Kind, path string) (words, bool) {
	index := fieldIndex()
	// The same name may mean another thing in one kind: the text of a
	// commitment is the commitment.
	if w, ok := index[string(kind)+":"+path]; ok {
		return w, true
	}
	w, ok := index[path]
	return w, ok
}

// Code gives the words for a code of a list. The list is named as the field
// that holds the code (status, sector, roles) or as the codelist (projectStatus,
// partyRole). An unknown code comes back as it stands.
func Code(language, list, code string) string {
	if w, ok := lookUp(list, code); ok {
		return w.in(language)
	}
	return code
}

func lookUp(list, code string) (words, bool) {
	index := codeIndex()
	if w, ok := index[list][code]; ok {
		return w, true
	}
	for _, l := range listsOf[list] {
		if w, ok := index[l][code]; ok {
			return w, true
		}
	}
	return words{}, false
}

// One gives the name of a kind: project. An unknown kind comes back as it
// stands.
func One(language string, kind register.Kind) string {
	for _, k := range kinds {
		if k.one.key == string(kind) {
			return k.one.in(language)
		}
	}
	return string(kind)
}

// Many gives the name of a kind in the plural: projects. An unknown kind comes
// back as it stands.
func Many(language string, kind register.Kind) string {
	for _, k := range kinds {
		if k.one.key == string(kind) {
			return k.many.in(language)
		}
	}
	return string(kind)
}

// regions has the names of the Unicode CLDR by our languages.
var regions = sync.OnceValue(func() map[string]display.Namer {
	m := map[string]display.Namer{}
	for _, l := range register.Languages {
		m[l] = display.Regions(language.MustParse(l))
	}
	return m
})

// Country gives the name of a country by its ISO 3166-1 alpha-2 code, by the
// Unicode CLDR but for the few of the table; EU and WORLD have names too. An
// unknown code comes back as it stands.
func Country(language, code string) string {
	if w, ok := countryIndex()[code]; ok {
		return w.in(language)
	}
	namer := regions()[language]
	if namer == nil {
		namer = regions()["en"]
	}
	if name := regionName(namer, code); name != "" {
		return name
	}
	return code
}

func regionName(namer display.Namer, code string) string {
	region, err := language.ParseRegion(code)
	// Continents have names too, and codes that are no longer in use those of
	// others.
	if err != nil || !region.IsCountry() || region.Canonicalize() != region || region.String() != code {
		return ""
	}
	return namer.Name(region)
}
