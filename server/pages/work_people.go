package pages

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

type tokensView struct {
	Tokens []accounts.Token
	Scopes []offer
	Secret string
	Faults []string
}

// tokens lists, makes and ends the tokens of an account.
func (s *Site) tokens(p *page) error {
	p.Title = p.t("tokens")
	who := s.who(p)
	v := tokensView{}
	for _, scope := range []string{"read", "propose", "review", "publish", "admin"} {
		v.Scopes = append(v.Scopes, offer{Value: scope, Text: p.t("scope." + scope), Chosen: scope == "read"})
	}
	if p.r.Method == http.MethodPost {
		form, err := p.form()
		if err != nil {
			return err
		}
		if id := form.Get("revoke"); id != "" {
			if err := s.Work.Accounts.RevokeToken(p.ctx, who.Account, who.Account, id); err != nil {
				return err
			}
			return p.redirect("/work/tokens")
		}
		days := map[string]int{"30": 30, "90": 90, "365": 365}[form.Get("days")]
		_, secret, err := s.Work.Accounts.CreateToken(p.ctx, who.Account, who.Account, form.Get("name"), form["scopes"], time.Duration(days)*24*time.Hour)
		switch {
		case errors.Is(err, accounts.ErrBad):
			p.Status, v.Faults = http.StatusUnprocessableEntity, []string{err.Error()}
		case err != nil:
			return err
		default:
			v.Secret = secret
		}
	}
	var err error
	if v.Tokens, err = s.Work.Accounts.Tokens(p.ctx, who.Account); err != nil {
		return err
	}
	return s.render(p, "tokens", v)
}

type alertsView struct {
	Alerts                      []alertRow
	Kinds, Services, Countries  []offer
	Mail                        bool
	Faults                      []string
	Atom, Calendar              string
	Kind, Service, Country, Own string
}

type alertRow struct{ ID, Text, Mail string }

// alerts lists what an account is told of, and gives the feeds for everybody.
func (s *Site) alerts(p *page) error {
	p.Title = p.t("alerts")
	a := s.Work.Gate.Account(p.ctx)
	v := alertsView{Mail: s.Work.Mail, Own: a.Mail}
	if p.r.Method == http.MethodPost {
		form, err := p.form()
		if err != nil {
			return err
		}
		if id := form.Get("drop"); id != "" {
			if err := s.Work.DropAlert(p.ctx, a.ID, id); err != nil {
				return err
			}
			return p.redirect("/work/alerts")
		}
		v.Kind, v.Service, v.Country = form.Get("kind"), form.Get("service"), form.Get("country")
		plural := "projects"
		if info := register.Info(v.Kind); info != nil {
			plural = info.Plural
		}
		q := url.Values{"lang": {p.Language}}
		if v.Service != "" {
			q.Set("sector", v.Service)
		}
		if v.Country != "" {
			q.Set("country", v.Country)
		}
		v.Atom, v.Calendar = "/api/v1/"+plural+".atom?"+q.Encode(), "/api/v1/"+plural+".ics?"+q.Encode()
		if form.Get("do") == "mail" {
			var faults moderation.Faults
			_, err := s.Work.AddAlert(p.ctx, a, moderation.Alert{Kind: v.Kind, Service: v.Service, Country: v.Country, Language: p.Language})
			if errors.As(err, &faults) {
				p.Status, v.Faults = http.StatusUnprocessableEntity, faultTexts(p, faults)
			} else if err != nil {
				return err
			}
		}
	}
	list, err := s.Work.Alerts(p.ctx, a.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		var parts []string
		if x.Kind != "" {
			parts = append(parts, labels.Many(p.Language, register.Kind(x.Kind)))
		}
		if x.Service != "" {
			parts = append(parts, labels.Code(p.Language, "services", x.Service))
		}
		if x.Country != "" {
			parts = append(parts, labels.Country(p.Language, x.Country))
		}
		if len(parts) == 0 {
			parts = []string{p.t("alerts.all")}
		}
		v.Alerts = append(v.Alerts, alertRow{x.ID, strings.Join(parts, ", "), x.Mail})
	}
	for _, k := range register.Kinds {
		v.Kinds = append(v.Kinds, offer{string(k.Kind), labels.Many(p.Language, k.Kind), v.Kind == string(k.Kind)})
	}
	facets, err := s.DB.Facets(p.ctx, register.Project)
	if err != nil {
		return err
	}
	var countries, sectors []string
	for _, f := range facets.Country {
		countries = append(countries, f.Value)
	}
	for _, f := range facets.Sector {
		sectors = append(sectors, f.Value)
	}
	sectors = append(sectors, register.Services...)
	v.Services = options(p, unique(sectors), func(c string) string { return labels.Code(p.Language, "services", c) }, v.Service)
	v.Countries = options(p, countries, func(c string) string { return labels.Country(p.Language, c) }, v.Country)
	return s.render(p, "alerts", v)
}

func unique(list []string) []string {
	met := map[string]bool{}
	out := list[:0]
	for _, x := range list {
		if !met[x] {
			met[x] = true
			out = append(out, x)
		}
	}
	return out
}

type accountsView struct {
	Rows       []accountRow
	Roles      []offer
	Countries  []offer
	Programmes []offer
	Manages    bool
	Fault      string
	Me         string
}

type accountRow struct {
	accounts.Account
	Grants []grantRow
}

type grantRow struct{ Text, Role, Country, Programme, Organisation string }

// accountsPage lists accounts and changes their roles.
func (s *Site) accountsPage(p *page) error {
	p.Title = p.t("accounts")
	who := s.who(p)
	at := policy.Target{Object: policy.Accounts}
	if err := s.Work.Policy.Allows(who, policy.Read, at); err != nil {
		s.Work.Refused(p.ctx, who, err, "accounts")
		return err
	}
	v := accountsView{Manages: s.Work.Policy.Allows(who, policy.Manage, at) == nil, Me: who.Account}
	if p.r.Method == http.MethodPost {
		if err := s.Work.Policy.Allows(who, policy.Manage, at); err != nil {
			s.Work.Refused(p.ctx, who, err, "accounts")
			return err
		}
		form, err := p.form()
		if err != nil {
			return err
		}
		g := policy.Grant{Role: policy.Role(form.Get("role")), Country: form.Get("country"), Programme: form.Get("programme"), Organisation: form.Get("organisation")}
		id := form.Get("account")
		own := id == who.Account
		switch form.Get("do") {
		case "grant":
			if own {
				err = errors.New(p.t("accounts.ownroles"))
			} else if err = accounts.CheckGrant(g); err == nil {
				err = s.Work.Accounts.Grant(p.ctx, who.Account, id, g)
			}
		case "revoke":
			if own {
				err = errors.New(p.t("accounts.ownroles"))
				break
			}
			err = s.Work.Accounts.Revoke(p.ctx, who.Account, id, g)
		case "disable", "enable":
			if own {
				err = errors.New(p.t("accounts.own"))
				break
			}
			err = s.Work.Accounts.Disable(p.ctx, who.Account, id, form.Get("do") == "disable")
		}
		if err == nil {
			return p.redirect("/work/accounts")
		}
		p.Status, v.Fault = http.StatusUnprocessableEntity, err.Error()
	}
	list, err := s.Work.Accounts.List(p.ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		row := accountRow{Account: a}
		for _, g := range a.Grants {
			row.Grants = append(row.Grants, grantRow{s.grantText(p, g), string(g.Role), g.Country, g.Programme, g.Organisation})
		}
		v.Rows = append(v.Rows, row)
	}
	for _, r := range policy.Roles[1:] {
		if r != policy.Company {
			v.Roles = append(v.Roles, offer{Value: string(r), Text: p.t("role." + string(r))})
		}
	}
	facets, err := s.DB.Facets(p.ctx, register.Project)
	if err != nil {
		return err
	}
	var countries []string
	for _, f := range facets.Country {
		countries = append(countries, f.Value)
	}
	v.Countries = options(p, countries, func(c string) string { return labels.Country(p.Language, c) })
	programmes, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Programme, Language: p.Language, Limit: mostChoices})
	if err != nil {
		return err
	}
	for _, it := range programmes.Items {
		v.Programmes = append(v.Programmes, offer{Value: it.ID, Text: it.Name})
	}
	return s.render(p, "accounts", v)
}

type importView struct {
	Faults    []exchange.Fault
	Fault     string
	More      int
	Conflicts []registerdb.Difference
	Nothing   bool
	Unchanged int
	Classes   []offer
	Source    string
}

// imported takes a workbook, a package or a table, and shows what it would change: the
// draft that it makes changes nothing.
func (s *Site) imported(p *page) error {
	p.Title = p.t("import")
	who := s.who(p)
	v := importView{}
	for _, c := range register.Classes {
		v.Classes = append(v.Classes, offer{Value: c, Text: labels.Code(p.Language, "class", c), Chosen: c == "report"})
	}
	if !who.Has(policy.Editor) && !who.Has(policy.Publisher) && !who.Has(policy.Contributor) {
		refusal := &policy.Refusal{Who: who, Action: policy.Create, Target: policy.Target{Object: policy.Import, State: "draft"}, Why: "no rule allows it"}
		s.Work.Refused(p.ctx, who, refusal, "import")
		return refusal
	}
	if p.r.Method != http.MethodPost {
		return s.render(p, "import", v)
	}
	file, fields, err := multipartForm(p.r)
	if err != nil || len(file.data) == 0 {
		p.Status, v.Fault = http.StatusBadRequest, p.t("check.nofile")
		return s.render(p, "import", v)
	}
	v.Source = fields.Get("source")
	faulty := func(text string) error {
		p.Status, v.Fault = http.StatusUnprocessableEntity, text
		return s.render(p, "import", v)
	}
	records, err := moderation.ReadFile(p.ctx, s.DB, file.name, "", file.data, s.Now())
	var files moderation.FileFaults
	switch {
	case errors.As(err, &files):
		p.Status = http.StatusUnprocessableEntity
		v.Faults = files[:min(len(files), mostRows)]
		v.More = len(files) - len(v.Faults)
		return s.render(p, "import", v)
	case errors.Is(err, moderation.ErrFile):
		return faulty(err.Error())
	case err != nil:
		return err
	}
	var source *register.Source
	if title := strings.TrimSpace(fields.Get("sourceTitle")); title != "" {
		source = &register.Source{ID: v.Source, Class: fields.Get("sourceClass"), Title: map[string]string{"en": title}, Date: fields.Get("knownOn")}
		if source.ID == "" {
			source.ID = register.Slug(title)
		}
	}
	sub, list, err := s.Work.Import(p.ctx, records, fields.Get("textLanguage"), source, moderation.Said{Source: v.Source, KnownOn: fields.Get("knownOn")}, file.name)
	if err != nil {
		return err
	}
	counts := registerdb.Count(list)
	for _, d := range list {
		if d.State == registerdb.Conflict {
			v.Conflicts = append(v.Conflicts, d)
		}
	}
	v.Unchanged = counts.Unchanged
	if sub == nil {
		v.Nothing = len(v.Conflicts) == 0
		if !v.Nothing {
			p.Status = http.StatusPreconditionFailed
		}
		v.Conflicts = v.Conflicts[:min(len(v.Conflicts), mostRows)]
		return s.render(p, "import", v)
	}
	text, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	sub.Text = string(text)
	sub, err = s.Work.Draft(p.ctx, who, sub, false, moderation.Once{})
	var faults moderation.Faults
	if errors.As(err, &faults) {
		return faulty(strings.Join(faultTexts(p, faults), " "))
	}
	if err != nil {
		return err
	}
	return p.redirect("/work/submissions/" + sub.ID)
}

type sentFile struct {
	name string
	data []byte
}

// multipartForm reads a form with one file and some short fields.
func multipartForm(r *http.Request) (sentFile, url.Values, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return sentFile{}, nil, err
	}
	var f sentFile
	fields := url.Values{}
	for n := 0; n < 20; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, fields, nil
		}
		if err != nil {
			return f, nil, err
		}
		if part.FormName() == "file" {
			f.name = part.FileName()
			if f.data, err = io.ReadAll(part); err != nil {
				return f, nil, err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, 2000))
		if err != nil {
			return f, nil, err
		}
		fields.Set(part.FormName(), string(text))
	}
	return f, fields, nil
}
