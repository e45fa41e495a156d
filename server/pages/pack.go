package pages

import (
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// mostPack bounds the records of each kind that a pack looks through.
const mostPack = 5000

// packView is what somebody reads before a meeting of countries.
type packView struct {
	Parties  []string // codes
	Options  []option
	Tables   []*section
	Nothing  bool
	Together string
}

// packAddress leads from a meeting or agreement to the pack of its countries.
func (s *Site) packAddress(g *gatherer) string {
	met := map[string]bool{}
	var list []string
	add := func(c string) {
		if c != "" && !met[c] {
			met[c] = true
			list = append(list, c)
		}
	}
	for _, name := range []string{"participants", "parties"} {
		elements, _ := g.r.Values[name].([]any)
		for _, e := range elements {
			o, _ := e.(map[string]any)
			add(register.Text(o, "country"))
			if org := g.names[register.Text(o, "organisation")]; org != nil {
				add(register.Text(org.Values, "country"))
			}
		}
	}
	if len(list) < 2 {
		return ""
	}
	return "/" + g.p.Language + "/pack?" + url.Values{"party": list}.Encode()
}

// pack gathers the open commitments of agreements between countries, what was
// said when they met last, and the projects between them.
func (s *Site) pack(p *page) error {
	p.Section = "meeting"
	p.Title = p.t("pack")
	v := &packView{}
	for _, c := range p.r.URL.Query()["party"] {
		if c = strings.ToUpper(c); len(c) == 2 && !slices.Contains(v.Parties, c) && len(v.Parties) < 6 {
			v.Parties = append(v.Parties, c)
		}
	}
	facets, err := s.DB.Facets(p.ctx, register.Agreement)
	if err != nil {
		return err
	}
	for _, f := range facets.Country {
		v.Options = append(v.Options, option{f.Value, labels.Country(p.Language, f.Value)})
	}
	sort.SliceStable(v.Options, func(i, j int) bool { return v.Options[i].Text < v.Options[j].Text })
	if len(v.Parties) < 2 {
		return s.render(p, "pack", v)
	}
	var words []string
	for _, c := range v.Parties {
		words = append(words, labels.Country(p.Language, c))
	}
	v.Together = strings.Join(words, " – ")
	p.Title = p.t("pack.of", v.Together)
	all := func(kind register.Kind, sort string) ([]*registerdb.Item, error) {
		list, err := s.DB.List(p.ctx, registerdb.Query{Kind: kind, Sort: sort, Limit: mostPack, Language: p.Language})
		if err != nil {
			return nil, err
		}
		return list.Items, nil
	}
	agreements, err := all(register.Agreement, "-date")
	if err != nil {
		return err
	}
	between := map[string]bool{}
	for _, a := range agreements {
		if hasAll(countriesOf(a), v.Parties) {
			between[a.ID] = true
		}
	}
	commitments, err := all(register.Commitment, "date")
	if err != nil {
		return err
	}
	var open []*registerdb.Item
	for _, c := range commitments {
		if between[register.Text(c.Values, "agreement")] && light(c.Values, p.Today) != "good" {
			open = append(open, c)
		}
	}
	// What is late stands first, then what is due soonest.
	sort.SliceStable(open, func(i, j int) bool {
		late := func(c *registerdb.Item) bool { return light(c.Values, p.Today) == "late" }
		return late(open[i]) && !late(open[j])
	})
	if err := v.add(s, p, register.Commitment, open, p.t("pack.commitments")); err != nil {
		return err
	}
	meetings, err := all(register.Meeting, "-date")
	if err != nil {
		return err
	}
	if err := s.remarks(p, v, meetings); err != nil {
		return err
	}
	projects, err := all(register.Project, "")
	if err != nil {
		return err
	}
	var shared []*registerdb.Item
	for _, it := range projects {
		if hasAll(countriesOf(it), v.Parties) && register.Text(it.Values, "status") != "cancelled" {
			shared = append(shared, it)
		}
	}
	if err := v.add(s, p, register.Project, shared, p.t("pack.projects")); err != nil {
		return err
	}
	v.Nothing = len(v.Tables) == 0
	return s.render(p, "pack", v)
}

func (v *packView) add(s *Site, p *page, kind register.Kind, items []*registerdb.Item, title string) error {
	if len(items) == 0 {
		return nil
	}
	sec, err := s.tableOf(p, kind, items)
	if err != nil {
		return err
	}
	sec.Title = title
	v.Tables = append(v.Tables, sec)
	return nil
}

// remarks lists what was said and decided in the last meetings of the parties.
func (s *Site) remarks(p *page, v *packView, meetings []*registerdb.Item) error {
	sec := &section{ID: "remarks", Title: p.t("pack.remarks"), Head: []string{p.t("pack.when"), p.t("pack.meeting"), p.t("pack.who"), p.t("pack.what")}}
	for _, m := range meetings {
		if len(sec.Rows) >= 20 {
			break
		}
		people, _ := m.Values["participants"].([]any)
		var ids []string
		for _, e := range people {
			o, _ := e.(map[string]any)
			ids = append(ids, register.Text(o, "organisation"))
		}
		orgs, err := s.DB.Names(p.ctx, ids, p.Language)
		if err != nil {
			return err
		}
		countries := map[string]bool{}
		names := map[string]string{}
		for _, e := range people {
			o, _ := e.(map[string]any)
			names[register.Text(o, "id")] = register.Text(o, "name")
			if org := orgs[register.Text(o, "organisation")]; org != nil {
				countries[register.Text(org.Values, "country")] = true
			}
		}
		if !hasAll(countries, v.Parties) {
			continue
		}
		when := plainCell(day(p.Language, register.Text(m.Values, "date")))
		title := cell{Pieces: []piece{{Text: m.Name, Href: p.href(m), Lang: nameLanguage(p, m)}}}
		for _, list := range []string{"remarks", "outcomes"} {
			elements, _ := m.Values[list].([]any)
			for _, e := range elements {
				o, _ := e.(map[string]any)
				if vis := register.Text(o, "visibility"); vis != "" && vis != "public" {
					continue
				}
				who := names[register.Text(o, "participant")]
				if list == "outcomes" {
					who = labels.Code(p.Language, "kind", register.Text(o, "kind"))
				}
				sec.Rows = append(sec.Rows, []cell{when, title, plainCell(who), {Pieces: []piece{{Text: register.Text(o, "text"), Lang: textLanguage(p, m, "")}}}})
			}
		}
	}
	if len(sec.Rows) > 0 {
		v.Tables = append(v.Tables, sec)
	}
	return nil
}

// countriesOf gives the countries that a record names.
func countriesOf(it *registerdb.Item) map[string]bool {
	out := map[string]bool{}
	if list, ok := register.At(it.Values, "karvan/countries").([]any); ok {
		for _, c := range list {
			if t, ok := c.(string); ok {
				out[t] = true
			}
		}
	}
	list, _ := it.Values["parties"].([]any)
	for _, e := range list {
		o, _ := e.(map[string]any)
		if c := register.Text(o, "country"); c != "" {
			out[c] = true
		}
	}
	return out
}

func hasAll(have map[string]bool, wanted []string) bool {
	for _, w := range wanted {
		if !have[w] {
			return false
		}
	}
	return true
}

// Fields are the places for parties in the form.
func (v *packView) Fields() []int { return []int{0, 1, 2} }

// Party gives the code chosen at a place, or "".
func (v *packView) Party(i int) string {
	if i < len(v.Parties) {
		return v.Parties[i]
	}
	return ""
}
