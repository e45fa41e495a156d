package oc4ids

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"sync"
)

// Version is the version of the standard that is known here, and
// PackageVersion what a package of it says: its field takes major and minor.
const (
	Version        = "0.9.5"
	PackageVersion = "0.9"
)

var (
	//go:embed fields.csv
	fieldsCSV string
	//go:embed codes.csv
	codesCSV string
	//go:embed countries.csv
	countriesCSV string
)

// Field is one field of an object of the standard.
type Field struct {
	Name     string
	Types    []string // of JSON
	Of       string   // the object it holds or that its elements are; of plain elements their types
	Format   string   // uri or date-time
	Codelist string
	Closed   bool
	Required bool
	Version  bool // a version number
	Unique   bool
	Min      int  // least number of characters or elements
	ItemMin  int  // least number of characters of an element
	AtLeast0 bool // a number that may not be negative
}

// Object is an object of the standard; Package and Project are the roots.
type Object struct {
	Name   string
	Min    int // least number of fields
	Fields []Field
	byName map[string]*Field
}

type standard struct {
	objects   map[string]*Object
	codes     map[string]map[string]bool
	lists     map[string][]string
	countries map[string][4]float64
}

func rows(text string) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	list, err := r.ReadAll()
	if err != nil {
		panic(err) // embedded, and read by every test
	}
	return list[1:]
}

// load reads the embedded tables, once and only when they are asked for.
var load = sync.OnceValue(func() *standard {
	s := &standard{objects: map[string]*Object{}, codes: map[string]map[string]bool{}, lists: map[string][]string{}, countries: map[string][4]float64{}}
	for _, r := range rows(fieldsCSV) {
		f := Field{Name: r[1], Types: strings.Split(r[2], "|"), Of: r[3], Format: r[4], Codelist: r[5]}
		least := 0
		for _, flag := range strings.Fields(r[6]) {
			switch {
			case flag == "required":
				f.Required = true
			case flag == "unique":
				f.Unique = true
			case flag == "closed":
				f.Closed = true
			case flag == "version":
				f.Version = true
			case flag == "atleast0":
				f.AtLeast0 = true
			case strings.HasPrefix(flag, "items"):
				f.ItemMin, _ = strconv.Atoi(flag[len("items"):])
			case strings.HasPrefix(flag, "min"):
				least, _ = strconv.Atoi(flag[len("min"):])
			}
		}
		if f.Name == "" {
			s.objects[r[0]] = &Object{Name: r[0], Min: least}
			continue
		}
		f.Min = least
		o := s.objects[r[0]]
		o.Fields = append(o.Fields, f)
	}
	for _, o := range s.objects {
		o.byName = map[string]*Field{}
		for i := range o.Fields {
			o.byName[o.Fields[i].Name] = &o.Fields[i]
		}
	}
	for _, r := range rows(codesCSV) {
		s.lists[r[0]] = strings.Fields(r[1])
		s.codes[r[0]] = map[string]bool{}
		for _, c := range s.lists[r[0]] {
			s.codes[r[0]][c] = true
		}
	}
	for _, r := range rows(countriesCSV) {
		var box [4]float64
		for i := range box {
			box[i], _ = strconv.ParseFloat(r[1+i], 64)
		}
		s.countries[r[0]] = box
	}
	return s
})

// Codes gives the codes of a list of the standard, as projectStatus.
func Codes(list string) []string { return load().lists[list] }

// ObjectOf gives an object of the standard by its name, as Project; nil where
// there is none.
func ObjectOf(name string) *Object { return load().objects[name] }
