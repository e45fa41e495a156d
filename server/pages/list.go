package pages

import (
	"html/template"
	"net/url"
	"slices"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

// pageSize is the number of rows of a list on a page.
const pageSize = 50

// listView is a filtered list.
type listView struct {
	Kind    string
	Plural  string
	Intro   string
	Filter  registerapi.Filter
	Choices []choice
	Table   *section
	Map     template.HTML
	Total   int
	Shown   int
	Next    string // the address of the next part, or ""
	First   string // the address of the first part, where this is none
	Forms   []form
	Fault   string
}

// choice is a filter with its values.
type choice struct {
	Name, Label, Value string
	Options            []option
}

type option struct{ Value, Text string }

// form is a way to take the list away.
type form struct{ Name, Href string }

func (s *Site) list(p *page, info *register.KindInfo) error {
	p.Section = string(info.Kind)
	p.Title = labels.Many(p.Language, info.Kind)
	v, err := s.listView(p, info)
	if err != nil {
		return err
	}
	return s.render(p, "list", v)
}

func (s *Site) listView(p *page, info *register.KindInfo) (*listView, error) {
	values := p.r.URL.Query()
	v := &listView{Kind: string(info.Kind), Plural: info.Plural, Filter: registerapi.FilterOf(values), Intro: optionalWord(p.Language, "intro."+string(info.Kind))}
	q, err := v.Filter.Query(info.Kind, p.Language)
	if err != nil {
		return nil, err
	}
	q.Limit, q.Cursor = pageSize, values.Get("cursor")
	if q.Sort == "" {
		q.Sort = map[register.Kind]string{register.Meeting: "-date", register.Agreement: "-date", register.Interest: "-date"}[info.Kind]
	}
	list, err := s.DB.List(p.ctx, q)
	if err != nil {
		return nil, err
	}
	if v.Table, err = s.tableOf(p, info.Kind, list.Items); err != nil {
		return nil, err
	}
	v.Table.Title = p.Title
	v.Total, v.Shown = list.Total, len(list.Items)
	if info.Kind == register.Project || info.Kind == register.Programme {
		v.Map = s.drawMap(p, list.Items, 960, 420)
	}
	at := "/" + p.Language + "/" + info.Plural
	own := v.Filter.Values()
	address := func(cursor string) string {
		w := url.Values{}
		for k, x := range own {
			w[k] = x
		}
		if cursor != "" {
			w.Set("cursor", cursor)
		}
		if len(w) == 0 {
			return at
		}
		return at + "?" + w.Encode()
	}
	if list.Next != "" {
		v.Next = address(list.Next)
	}
	if q.Cursor != "" {
		v.First = address("")
	}
	taken := v.Filter.Values()
	if q.Sort != "" {
		taken.Set("sort", q.Sort) // the usual order of the page is not that of the API
	}
	v.Forms = s.forms(p, info, taken)
	v.Choices, err = s.choices(p, info, v.Filter)
	return v, err
}

// forms are the addresses by which exactly this list is taken away.
func (s *Site) forms(p *page, info *register.KindInfo, filter url.Values) []form {
	var out []form
	for _, f := range registerapi.Formats {
		if f == "geojson" && info.Kind != register.Project && info.Kind != register.Programme {
			continue
		}
		if f == "ics" && !slices.Contains([]register.Kind{register.Project, register.Commitment, register.Target, register.Meeting, register.Interest}, info.Kind) {
			continue
		}
		w := url.Values{"lang": {p.Language}}
		for k, x := range filter {
			w[k] = x
		}
		if f == "csv" && (p.Language == "ru" || p.Language == "tr") {
			w.Set("separator", "semicolon") // what Excel expects there
		}
		out = append(out, form{f, "/api/v1/" + info.Plural + "." + f + "?" + w.Encode()})
	}
	if info.Kind == register.Project {
		out = append(out, form{"OC4IDS", "/api/v1/export/" + p.Language + "/projects.json"})
	}
	return out
}

// anyCode gives the words of a code that may be a sector, a service, a field of work
// or a theme.
func anyCode(language, code string) string {
	for _, list := range []string{"sector", "services", "theme", "investmentSector"} {
		if t := labels.Code(language, list, code); t != code {
			return t
		}
	}
	return code
}

// choices are the filters that make sense of a kind, with the values that occur.
func (s *Site) choices(p *page, info *register.KindInfo, f registerapi.Filter) ([]choice, error) {
	facets, err := s.DB.Facets(p.ctx, info.Kind)
	if err != nil {
		return nil, err
	}
	var out []choice
	add := func(name, label, value string, list []registerdb.Facet, text func(string) string) {
		if len(list) < 2 && value == "" {
			return
		}
		c := choice{Name: name, Label: label, Value: value, Options: []option{{"", p.t("filter.all")}}}
		met := value == ""
		for _, x := range list {
			met = met || x.Value == value
			c.Options = append(c.Options, option{x.Value, text(x.Value) + " (" + number(p.Language, x.Count) + ")"})
		}
		if !met {
			c.Options = append(c.Options, option{value, text(value)})
		}
		out = append(out, c)
	}
	add("status", p.t("filter.status"), f.Status, facets.Status, func(v string) string { return labels.Code(p.Language, "status", v) })
	add("country", p.t("filter.country"), f.Country, facets.Country, func(v string) string { return labels.Country(p.Language, v) })
	add("sector", p.t("filter.sector"), f.Sector, facets.Sector, func(v string) string { return anyCode(p.Language, v) })
	sorts := choice{Name: "sort", Label: p.t("filter.sort"), Value: f.Sort, Options: []option{{"", p.t("sort.usual")}, {"name", p.t("sort.name")}, {"date", p.t("sort.date")}, {"-date", p.t("sort.-date")}, {"-updated", p.t("sort.-updated")}}}
	return append(out, sorts), nil
}
