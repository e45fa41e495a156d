package moderation

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
)

// Interest is what a company says when it wants a part.
type Interest struct {
	Profile    accounts.Profile `json:"profile"`
	Projects   []string         `json:"projects,omitempty" doc:"Ids; or a programme, or countries"`
	Programme  string           `json:"programme,omitempty"`
	Countries  []string         `json:"countries,omitempty" doc:"ISO 3166-1 alpha-2, where it is about a region"`
	Services   []string         `json:"services" doc:"Fields of work, as /api/v1/kinds lists them"`
	Roles      []string         `json:"roles"`
	Text       string           `json:"text" maxLength:"3000"`
	Partners   []string         `json:"partners,omitempty"`
	References []WorkDone       `json:"references,omitempty" maxItems:"3"`
	ValidUntil string           `json:"valid_until" doc:"A day within three years"`
	Visibility string           `json:"visibility" enum:"public,owner" doc:"owner: only those who keep the register see it"`
	Language   string           `json:"language" enum:"en,az,tr,ru"`
	Replaces   string           `json:"replaces,omitempty" doc:"The published submission that this one renews"`
}

// WorkDone is a reference of a company.
type WorkDone struct {
	Text string `json:"text" maxLength:"500"`
	Year string `json:"year,omitempty" maxLength:"4"`
	URL  string `json:"url,omitempty" maxLength:"300"`
}

// InterestRoles are what a company may want to be.
var InterestRoles = []string{"contractor", "designer", "consultant", "supplier", "operator", "investor", "lender"}

// Interest makes a submission of what a company says. Faults of the form are told with
// the names of its fields.
func (s *Service) Interest(ctx context.Context, who policy.Principal, in Interest) (*Submission, error) {
	var faults Faults
	fault := func(path, format string, args ...any) {
		faults = append(faults, register.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	p := &in.Profile
	if strings.TrimSpace(p.Name) == "" || len(p.Name) > 200 {
		fault("profile/name", "the name of the organisation is missing, or is longer than 200 letters")
	}
	if len(p.Country) != 2 {
		fault("profile/country", "a country was expected")
	}
	if p.URL != "" && !webAddress(p.URL) {
		fault("profile/url", "an address with https:// or http:// was expected")
	}
	if !soundMail(p.Contact.Email) {
		fault("profile/contact/email", "a mail address was expected")
	}
	if len(p.Contact.Name) > 200 || len(p.Contact.Phone) > 50 || len(p.LegalID) > 100 {
		fault("profile/contact", "is too long")
	}
	if len(in.Projects) == 0 && in.Programme == "" && len(in.Countries) == 0 {
		fault("projects", "a project, a corridor or a region was expected")
	}
	if len(in.Projects) > 10 || len(in.Countries) > 20 {
		fault("projects", "at most 10 projects and 20 countries were expected")
	}
	if len(in.Services) == 0 {
		fault("services", "at least one field of work was expected")
	}
	for _, x := range in.Services {
		if !slices.Contains(register.Services, x) {
			fault("services", "%q is no field of work", clip(x, 100))
		}
	}
	if len(in.Roles) == 0 {
		fault("roles", "at least one role was expected")
	}
	for _, x := range in.Roles {
		if !slices.Contains(InterestRoles, x) {
			fault("roles", "%q is not one of %v", clip(x, 100), InterestRoles)
		}
	}
	if n := len([]rune(in.Text)); n < 1 || n > 3000 {
		fault("text", "a text of at most 3000 letters was expected")
	}
	if len(in.References) > mostReferences {
		fault("references", "at most %d were expected", mostReferences)
	}
	for i, r := range in.References[:min(len(in.References), mostReferences)] {
		if strings.TrimSpace(r.Text) == "" || len(r.Text) > 500 {
			fault(fmt.Sprintf("references/%d/text", i), "a text of at most 500 letters was expected")
		}
		if r.URL != "" && !webAddress(r.URL) {
			fault(fmt.Sprintf("references/%d/url", i), "an address with https:// or http:// was expected")
		}
	}
	if len(in.Partners) > 10 || len(strings.Join(in.Partners, "")) > 1000 {
		fault("partners", "at most 10 were expected")
	}
	if until, err := time.Parse(time.DateOnly, in.ValidUntil); err != nil || !until.After(s.now()) || until.After(s.now().AddDate(3, 0, 0)) {
		fault("valid_until", "a day (YYYY-MM-DD) within the next three years was expected")
	}
	if in.Visibility != "public" && in.Visibility != "owner" {
		fault("visibility", "public or owner was expected")
	}
	if in.Language != "" && !slices.Contains(register.Languages, in.Language) {
		fault("language", "one of %v was expected", register.Languages)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return s.interest(ctx, who, in)
}

func (s *Service) interest(ctx context.Context, who policy.Principal, in Interest) (*Submission, error) {
	p := in.Profile
	id := register.NewID(register.Interest, s.now())
	sub := &Submission{Object: policy.Interest, Visibility: in.Visibility}
	sub.Profile, sub.Language = &p, in.Language
	if in.Replaces != "" {
		old, err := s.Get(ctx, who, in.Replaces)
		if err != nil || old.Object != policy.Interest || old.State != "published" {
			return nil, Faults{{Path: "replaces", Message: "there is no published interest of that id"}}
		}
		sub.Replaces, id = old.ID, old.Subject
		for _, c := range old.Changes {
			if c.Subject == id && c.Path == "slug" {
				sub.Changes = append(sub.Changes, c) // its address stays
			}
		}
	}
	// An organisation that the account speaks for, else a new one: a claim to be another
	// gives nothing.
	organisation := ""
	for _, o := range who.Organisations() {
		if o == p.Organisation || p.Organisation == "" {
			organisation = o
		}
	}
	p.Organisation = organisation
	sub.Organisation = organisation
	sub.Subject = id
	add := func(subject, path string, v any) {
		switch x := v.(type) {
		case string:
			if strings.TrimSpace(x) == "" {
				return
			}
		case []string:
			if len(x) == 0 {
				return
			}
		}
		sub.Changes = append(sub.Changes, Proposal{Subject: subject, Path: path, Value: register.Encode(v)})
	}
	title := p.Name
	add(id, "title", title)
	add(id, "who", p.Name)
	add(id, "organisation", organisation)
	add(id, "country", strings.ToUpper(p.Country))
	add(id, "services", in.Services)
	add(id, "roles", in.Roles)
	add(id, "about/projects", in.Projects)
	add(id, "about/programme", in.Programme)
	add(id, "about/countries", in.Countries)
	add(id, "text", in.Text)
	add(id, "partners", in.Partners)
	for i, r := range in.References {
		at := fmt.Sprintf("references[%d]/", i+1)
		add(id, at+"text", r.Text)
		add(id, at+"year", r.Year)
		add(id, at+"url", r.URL)
	}
	add(id, "date", s.today())
	add(id, "validUntil", in.ValidUntil)
	add(id, "status", "expressed")
	add(id, "visibility", in.Visibility)
	add(id, "contact/name", p.Contact.Name)
	add(id, "contact/email", p.Contact.Email)
	add(id, "contact/phone", p.Contact.Phone)
	if sub.Replaces != "" {
		// A renewal says all anew; the slug and what stood there before stay in history.
		sub.Base = nil
	} else {
		slug := register.Slug(clip(p.Name, 50))
		if slug == "" {
			slug = "interest"
		}
		add(id, "slug", slug+"-"+strings.ToLower(id[len(id)-6:]))
	}
	sub.Source = &register.Source{ID: "interest-" + strings.ToLower(newID("")), Class: "company", Title: map[string]string{"en": "Expression of interest, " + p.Name}, Publisher: p.Name, Date: s.today(), Language: in.Language}
	sub.Said = Said{Source: sub.Source.ID, KnownOn: s.today()}
	return sub, nil
}

// soundMail reports whether a text may be a mail address, and nothing else.
func soundMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "\r\n<>\"")
}

// webAddress reports whether a text is an address that a browser may follow.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 300
}

// contactMail is the mail address of whoever hands an interest in.
func contactMail(sub *Submission) string {
	if sub.Profile == nil {
		return ""
	}
	return sub.Profile.Contact.Email
}

// vouch lets the author of an interest speak for an organisation, because whoever accepts
// it has looked: one of the register, or a new one of what the company says of itself.
func (s *Service) vouch(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission, organisation string) error {
	sub.unvouch()
	if organisation == "" {
		return nil
	}
	if sub.Object != policy.Interest || sub.Author == "" || sub.Profile == nil {
		return Faults{{Path: "organisation", Message: "only an interest is of an organisation"}}
	}
	if organisation == NewOrganisation {
		organisation = register.NewID(register.Organisation, s.now())
		p := sub.Profile
		// It has a source of its own: that of the interest may not be for everybody.
		source := register.Source{ID: "company-" + strings.ToLower(newID("")), Class: "company", Title: map[string]string{"en": "What the company says of itself: " + p.Name}, Publisher: p.Name, Date: s.today()}
		sub.Sources, sub.VouchedNew = append(sub.Sources, source), true
		add := func(path string, v any) {
			if text, ok := v.(string); ok && strings.TrimSpace(text) == "" {
				return
			}
			sub.Changes = append(sub.Changes, Proposal{Subject: organisation, Path: path, Value: register.Encode(v), Source: source.ID})
		}
		slug := register.Slug(clip(p.Name, 60))
		if slug == "" {
			slug = "organisation"
		}
		add("name", p.Name)
		add("slug", slug+"-"+strings.ToLower(organisation[len(organisation)-6:]))
		add("kind", "company")
		add("country", strings.ToUpper(p.Country))
		add("legalId", p.LegalID)
		add("url", p.URL)
		if len(p.Services) > 0 {
			add("services", p.Services)
		}
		add("contact/name", p.Contact.Name)
		add("contact/email", p.Contact.Email)
		add("contact/phone", p.Contact.Phone)
		sub.Base[organisation] = 0
	} else {
		// Whoever vouches for it has to be let to see what it keeps from others.
		sight, err := s.sightOf(ctx, tx, who, organisation)
		if err != nil {
			return err
		}
		if register.KindOfID(organisation) != register.Organisation || sight.whole == nil || !sight.allowed["owner"] {
			return Faults{{Path: "organisation", Message: fmt.Sprintf("there is no organisation %q for which you may decide", clip(organisation, 60))}}
		}
	}
	if sub.Organisation != organisation {
		sub.Organisation, sub.VouchedSet = organisation, true
		sub.Changes = append(sub.Changes, Proposal{Subject: sub.Subject, Path: "organisation", Value: register.Encode(organisation)})
	}
	sub.Vouched = organisation
	return nil
}

// unvouch takes back what was vouched for, and what came along with it.
func (s *Submission) unvouch() {
	if s.Vouched == "" {
		return
	}
	kept := s.Changes[:0]
	for _, c := range s.Changes {
		if s.VouchedNew && c.Subject == s.Vouched || s.VouchedSet && c.Subject == s.Subject && c.Path == "organisation" {
			continue
		}
		kept = append(kept, c)
	}
	s.Changes = kept
	if s.VouchedSet {
		s.Organisation = ""
	}
	s.Vouched, s.VouchedNew, s.VouchedSet, s.Sources = "", false, false, nil
}

// letSpeak gives the author of an interest the role of a company, when what was vouched
// for is signed off.
func (s *Service) letSpeak(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission) error {
	if sub.Vouched == "" {
		return nil
	}
	return accounts.GrantIn(ctx, tx, s.now(), who.Account, sub.Author, policy.Grant{Role: policy.Company, Organisation: sub.Vouched})
}
