package pages

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

// sortOptions puts choices in the order of a language.
func sortOptions(tag string, list []offer) {
	c := collate.New(language.Make(tag))
	sort.SliceStable(list, func(i, j int) bool { return c.CompareString(list[i].Text, list[j].Text) < 0 })
}

// mostChoices bounds the projects that a form offers.
const mostChoices = 400

// interestView is the form of an interest: what was filled in, and what may be chosen.
type interestView struct {
	moderation.Interest
	Projects, Programmes, Countries, Homes, Services, Roles []offer
	Chosen                                                  []offer // projects, in a preview
	Faults                                                  []string
	Preview                                                 bool
	Hidden                                                  []offer // the fields, in a preview
	Submission                                              string  // that is changed
	Version                                                 int64
	Organisation                                            string // for which the account speaks
	Partners                                                string
	Mail                                                    bool
	Today, Latest                                           string
	Once                                                    string
}

// References are the places for references in the form.
func (v *interestView) Places() []moderation.WorkDone {
	out := make([]moderation.WorkDone, 3)
	copy(out, v.Interest.References)
	return out
}

func (s *Site) interest(p *page) error {
	p.Title = p.t("interest.express")
	v := &interestView{Once: onceOf(nil), Mail: s.Work.Mail, Today: s.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02"), Latest: s.Now().UTC().AddDate(3, 0, 0).Format("2006-01-02")}
	a := s.Work.Gate.Account(p.ctx)
	if p.r.Method == http.MethodPost {
		return s.interestSent(p, v, a)
	}
	q := p.r.URL.Query()
	v.Interest = moderation.Interest{Profile: a.Profile, Visibility: "public", Language: p.Language, ValidUntil: s.Now().UTC().AddDate(1, 0, 0).Format("2006-01-02"), Programme: q.Get("programme"), Services: a.Profile.Services}
	if v.Profile.Contact.Email == "" {
		v.Profile.Contact.Email = a.Mail
	}
	if id := q.Get("project"); id != "" {
		v.Interest.Projects = []string{id}
	}
	if id := q.Get("submission"); id != "" {
		sub, err := s.Work.Get(p.ctx, s.who(p), id)
		if err != nil {
			return err
		}
		v.Interest = interestOf(sub)
		v.Submission, v.Version = sub.ID, sub.Version
		if sub.State == "published" {
			v.Submission, v.Interest.Replaces = "", sub.ID
		}
	}
	return s.interestForm(p, v)
}

// interestOf gives back what a company filled in.
func interestOf(sub *moderation.Submission) moderation.Interest {
	var leaves []register.Leaf
	for _, c := range sub.Changes {
		if c.Subject == sub.Subject && !c.Removed {
			leaves = append(leaves, register.Leaf{Path: c.Path, Value: c.Value})
		}
	}
	values, err := register.Unflatten(leaves)
	if err != nil {
		values = map[string]any{}
	}
	in := moderation.Interest{Programme: register.Text(values, "about/programme"), Text: register.Text(values, "text"), ValidUntil: register.Text(values, "validUntil"), Visibility: register.Text(values, "visibility"), Language: sub.Language, Replaces: sub.Replaces,
		Projects: textsAt(values, "about/projects"), Countries: textsAt(values, "about/countries"), Services: textsAt(values, "services"), Roles: textsAt(values, "roles"), Partners: textsAt(values, "partners")}
	if sub.Profile != nil {
		in.Profile = *sub.Profile
	}
	list, _ := values["references"].([]any)
	for _, e := range list {
		o, _ := e.(map[string]any)
		in.References = append(in.References, moderation.WorkDone{Text: register.Text(o, "text"), Year: register.Text(o, "year"), URL: register.Text(o, "url")})
	}
	return in
}

func textsAt(values map[string]any, path string) []string {
	list, _ := register.At(values, path).([]any)
	var out []string
	for _, e := range list {
		if t, ok := e.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

// interestFields reads the form.
func interestFields(form url.Values, language string) moderation.Interest {
	in := moderation.Interest{
		Profile: accounts.Profile{Name: form.Get("name"), LegalID: form.Get("legalId"), Country: form.Get("country"), URL: form.Get("url"), Services: form["services"],
			Contact: accounts.Contact{Name: form.Get("contactName"), Email: strings.TrimSpace(form.Get("email")), Phone: form.Get("phone")}},
		Projects: filled(form["project"]), Programme: form.Get("programme"), Countries: filled(form["countries"]), Services: form["services"], Roles: form["roles"], Text: strings.ReplaceAll(form.Get("text"), "\r\n", "\n"),
		ValidUntil: form.Get("validUntil"), Visibility: form.Get("visibility"), Language: language, Replaces: form.Get("replaces"), Partners: filled(strings.Split(strings.ReplaceAll(form.Get("partners"), "\r\n", "\n"), "\n")),
	}
	for i := range 3 {
		r := moderation.WorkDone{Text: form.Get(fmt.Sprintf("reference%d", i)), Year: form.Get(fmt.Sprintf("year%d", i)), URL: form.Get(fmt.Sprintf("link%d", i))}
		if r != (moderation.WorkDone{}) {
			in.References = append(in.References, r)
		}
	}
	return in
}

// filled leaves blank texts out.
func filled(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (s *Site) interestSent(p *page, v *interestView, a *accounts.Account) error {
	form, err := p.form()
	if err != nil {
		return err
	}
	v.Interest, v.Once = interestFields(form, p.Language), onceOf(form)
	v.Submission = form.Get("submission")
	fmt.Sscan(form.Get("version"), &v.Version) // what is no number is an old version
	if form.Get("do") == "change" {
		return s.interestForm(p, v)
	}
	if done, err := s.Work.Answered(p.ctx, s.who(p), once(form)); err != nil {
		return err
	} else if done != nil {
		return p.redirect("/work/submissions/" + done.ID) // the form was sent twice
	}
	sub, err := s.Work.Interest(p.ctx, s.who(p), v.Interest)
	var faults moderation.Faults
	if errors.As(err, &faults) {
		return s.interestFaulty(p, v, faults)
	}
	if err != nil {
		return err
	}
	if form.Get("do") == "preview" {
		v.Preview = true
		for _, key := range sortedKeys(form) {
			if key == "do" {
				continue
			}
			for _, value := range form[key] {
				v.Hidden = append(v.Hidden, offer{Value: value, Text: key})
			}
		}
		return s.interestForm(p, v)
	}
	profile := v.Profile
	profile.Organisation = a.Profile.Organisation
	if err := s.Work.Accounts.SetProfile(p.ctx, a.ID, profile); err != nil {
		return err
	}
	hand := form.Get("do") == "submit"
	if v.Submission == "" {
		sub, err = s.Work.Draft(p.ctx, s.who(p), sub, hand, once(form))
	} else {
		sub, err = s.Work.Change(p.ctx, s.who(p), v.Submission, v.Version, *sub, hand, once(form))
	}
	switch {
	case errors.As(err, &faults):
		return s.interestFaulty(p, v, faults)
	case errors.Is(err, moderation.ErrVersion):
		p.Status = http.StatusPreconditionFailed
		v.Faults = []string{p.t("work.version")}
		return s.interestForm(p, v)
	case err != nil:
		return err
	}
	return p.redirect("/work/submissions/" + sub.ID)
}

func (s *Site) interestFaulty(p *page, v *interestView, faults moderation.Faults) error {
	p.Status = http.StatusUnprocessableEntity
	v.Faults = faultTexts(p, faults)
	return s.interestForm(p, v)
}

func sortedKeys(form url.Values) []string {
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// interestForm renders the form, or the preview.
func (s *Site) interestForm(p *page, v *interestView) error {
	in := &v.Interest
	v.Partners = strings.Join(in.Partners, "\n")
	projects, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Project, Language: p.Language, Limit: mostChoices})
	if err != nil {
		return err
	}
	chosen := map[string]bool{}
	for _, id := range in.Projects {
		chosen[id] = true
	}
	for _, it := range projects.Items {
		v.Projects = append(v.Projects, offer{it.ID, it.Name, chosen[it.ID]})
	}
	names, err := s.DB.Names(p.ctx, in.Projects, p.Language)
	if err != nil {
		return err
	}
	for _, id := range in.Projects {
		if it := names[id]; it != nil {
			v.Chosen = append(v.Chosen, offer{Value: p.href(it), Text: it.Name})
			if projects.Total > mostChoices {
				v.Projects = append(v.Projects, offer{it.ID, it.Name, true})
			}
		}
	}
	programmes, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Programme, Language: p.Language, Limit: mostChoices})
	if err != nil {
		return err
	}
	for _, it := range programmes.Items {
		v.Programmes = append(v.Programmes, offer{it.ID, it.Name, it.ID == in.Programme})
	}
	facets, err := s.DB.Facets(p.ctx, register.Project)
	if err != nil {
		return err
	}
	var regions []string
	for _, f := range facets.Country {
		regions = append(regions, f.Value)
	}
	country := func(code string) string { return labels.Country(p.Language, code) }
	v.Countries = options(p, regions, country, in.Countries...)
	v.Homes = options(p, oc4ids.Codes("country"), country, in.Profile.Country)
	v.Services = options(p, register.Services, func(c string) string { return labels.Code(p.Language, "services", c) }, in.Services...)
	v.Roles = options(p, moderation.InterestRoles, func(c string) string { return p.t("interest.role." + c) }, in.Roles...)
	for _, id := range s.who(p).Organisations() {
		if it, err := s.DB.Get(p.ctx, register.Organisation, id); err == nil {
			v.Organisation = it.Name
		}
	}
	return s.render(p, "interest", v)
}
