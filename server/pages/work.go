package pages

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/audit"
)

// Gate tells who asks, and lets people in.
type Gate interface {
	Of(ctx context.Context) policy.Principal
	Account(ctx context.Context) *accounts.Account
	ByToken(ctx context.Context) bool
	Begin(w http.ResponseWriter, r *http.Request, a *accounts.Account) error
	Safe(r *http.Request) bool
	HasIssuer() bool
}

// Work is what the pages of those who work in the register need.
type Work struct {
	*moderation.Service
	Gate Gate
	Mail bool // mail is sent
}

// workRoutes registers the pages of the work in a language.
func (s *Site) workRoutes(mux *http.ServeMux, language string) {
	at := "/" + language + "/work"
	route := func(method, path string, allowed []string, h func(*page) error) {
		mux.Handle(method+" "+at+path, s.handler(language, allowed, func(p *page) error { return s.worked(p, h) }))
	}
	open := func(path string, allowed []string, h func(*page) error) {
		route(http.MethodGet, path, allowed, h)
		route(http.MethodPost, path, allowed, h)
	}
	// in asks for a sign-in first.
	in := func(h func(*page) error) func(*page) error {
		return func(p *page) error {
			if s.Work.Gate.Of(p.ctx).Account == "" {
				return s.signIn(p)
			}
			if s.Work.Gate.ByToken(p.ctx) {
				// A token has its scopes at the API; the pages are for people.
				return &policy.Refusal{Who: s.Work.Gate.Of(p.ctx), Action: policy.Read, Target: policy.Target{Object: policy.Accounts}, Why: "a token is for the API"}
			}
			return h(p)
		}
	}
	route(http.MethodGet, "", nil, in(s.workHome))
	open("/setup", nil, s.setup)
	open("/confirm", []string{"code"}, s.confirm)
	open("/report", []string{"record"}, s.report)
	open("/interest", []string{"project", "programme", "submission"}, in(s.interest))
	open("/submissions/{id}", nil, in(s.submission))
	open("/records/{id}", []string{"submission"}, in(s.edit))
	open("/import", nil, in(s.imported))
	open("/tokens", nil, in(s.tokens))
	open("/alerts", nil, in(s.alerts))
	open("/accounts", nil, in(s.accountsPage))
	route(http.MethodGet, "/audit", []string{"before"}, in(s.auditPage))
}

// worked renders what went wrong with work as a page.
func (s *Site) worked(p *page, h func(*page) error) error {
	p.Section = "work"
	p.w.Header().Set("Cache-Control", "no-store")
	err := h(p)
	var refusal *policy.Refusal
	switch {
	case errors.As(err, &refusal):
		s.message(p, http.StatusForbidden, "work.refused", "work.refused.text")
		return nil
	case errors.Is(err, moderation.ErrNotFound), errors.Is(err, accounts.ErrNotFound):
		return errMissing
	case errors.Is(err, errBadForm):
		s.message(p, http.StatusBadRequest, "bad.title", "bad.text")
		return nil
	case errors.Is(err, moderation.ErrQuota):
		p.w.Header().Set("Retry-After", "86400")
		s.message(p, http.StatusTooManyRequests, "work.quota", "work.quota.text")
		return nil
	case errors.Is(err, sqldb.ErrUnavailable):
		s.message(p, http.StatusServiceUnavailable, "work.unavailable", "work.unavailable.text")
		return nil
	}
	return err
}

// who gives who asks.
func (s *Site) who(p *page) policy.Principal { return s.Work.Gate.Of(p.ctx) }

// mostForm bounds the fields of a form.
const mostForm = 5000

// form reads the fields of a form that was sent.
func (p *page) form() (url.Values, error) {
	if err := p.r.ParseForm(); err != nil || len(p.r.PostForm) > mostForm {
		return nil, errBadForm
	}
	return p.r.PostForm, nil
}

// once names a form by its content, so that one that is sent twice, as by two clicks, is
// taken once. Each form that is opened is another by its field of that name.
func once(form url.Values) moderation.Once {
	if form.Get("once") == "" {
		return moderation.Once{}
	}
	sum := sha256.Sum256([]byte(form.Encode()))
	digest := hex.EncodeToString(sum[:])
	return moderation.Once{Key: "form " + digest, Digest: digest}
}

// onceOf keeps the field of a form that is shown again.
func onceOf(form url.Values) string {
	if v := form.Get("once"); v != "" {
		return v
	}
	return rand.Text()
}

var errBadForm = errors.New("the form cannot be read")

// redirect leads on after a form was taken.
func (p *page) redirect(to string) error {
	http.Redirect(p.w, p.r, "/"+p.Language+to, http.StatusSeeOther)
	return nil
}

// signIn is shown to somebody who has to sign in first.
func (s *Site) signIn(p *page) error {
	p.Title = p.t("work.signin")
	if p.r.Method != http.MethodGet {
		p.Status = http.StatusUnauthorized
	}
	next := "/" + p.Language + p.Path
	if q := p.r.URL.RawQuery; q != "" {
		next += "?" + q
	}
	return s.render(p, "signin", struct {
		Issuer, Safe bool
		Href         string
	}{s.Work.Gate.HasIssuer(), s.Work.Gate.Safe(p.r), "/auth/login?" + url.Values{"next": {next}}.Encode()})
}

// setup takes the code of the command line.
func (s *Site) setup(p *page) error {
	p.Title = p.t("work.setup")
	view := struct {
		Fault string
		Safe  bool
	}{"", s.Work.Gate.Safe(p.r)}
	if p.r.Method == http.MethodPost && view.Safe {
		form, err := p.form()
		if err != nil {
			return err
		}
		a, err := s.Work.Accounts.Setup(p.ctx, strings.TrimSpace(form.Get("code")))
		switch {
		case errors.Is(err, accounts.ErrExpired), errors.Is(err, accounts.ErrNotFound):
			p.Status, view.Fault = http.StatusForbidden, p.t("work.setup.wrong")
		case err != nil:
			return err
		default:
			if err := s.Work.Gate.Begin(p.w, p.r, a); err != nil {
				return err
			}
			return p.redirect("/work/accounts")
		}
	}
	return s.render(p, "setup", view)
}

// confirm takes the link of a mail. It asks before it does anything: programs that look
// through mail open links.
func (s *Site) confirm(p *page) error {
	p.Title = p.t("work.confirm")
	if p.r.Method == http.MethodGet {
		return s.render(p, "confirm", p.r.URL.Query().Get("code"))
	}
	form, err := p.form()
	if err != nil {
		return err
	}
	sub, err := s.Work.Confirm(p.ctx, form.Get("code"))
	if err != nil {
		return err
	}
	p.Title = p.t("work.confirmed", sub.Number)
	return s.render(p, "message", p.t("work.confirmed.text"))
}

// workRow is a submission in a list.
type workRow struct {
	*moderation.Submission
	What, By string
}

type workHome struct {
	Account                                        *accounts.Account
	Roles                                          []string
	Mine, Waiting                                  []workRow
	Reviews, Imports, Accounts, Audit, Mail, Local bool
	Importers                                      []importerRow
}

type importerRow struct {
	Name, Success, Error string
	Count                int64
	Silent               bool
}

func (s *Site) workHome(p *page) error {
	p.Title = p.t("work")
	who := s.who(p)
	v := workHome{Account: s.Work.Gate.Account(p.ctx), Mail: s.Work.Mail}
	v.Local = v.Account.Issuer == accounts.LocalIssuer
	for _, g := range who.Grants {
		v.Roles = append(v.Roles, s.grantText(p, g))
	}
	mine, err := s.Work.List(p.ctx, who, moderation.Filter{Mine: true})
	if err != nil {
		return err
	}
	v.Mine = s.workRows(p, mine)
	v.Reviews = who.Has(policy.Editor) || who.Has(policy.Publisher) || who.Has(policy.Auditor)
	v.Imports = who.Has(policy.Editor) || who.Has(policy.Publisher) || who.Has(policy.Contributor)
	if v.Reviews {
		list, err := s.Work.List(p.ctx, who, moderation.Filter{States: []string{"submitted", "accepted"}})
		if err != nil {
			return err
		}
		v.Waiting = s.workRows(p, list)
	}
	v.Accounts = s.Work.Policy.Allows(who, policy.Read, policy.Target{Object: policy.Accounts}) == nil
	v.Audit = s.Work.Policy.Allows(who, policy.Read, policy.Target{Object: policy.Audit}) == nil
	if v.Audit || who.Has(policy.Publisher) {
		health, err := s.Work.Importers(p.ctx)
		if err != nil {
			return err
		}
		for _, i := range health {
			v.Importers = append(v.Importers, importerRow{i.Name, i.LastSuccess, i.Error, i.LastCount, i.Silent})
		}
	}
	return s.render(p, "workhome", v)
}

func (s *Site) workRows(p *page, list []*moderation.Submission) []workRow {
	names := map[string]string{}
	out := make([]workRow, len(list))
	for i, sub := range list {
		out[i] = workRow{Submission: sub, What: p.t("object." + string(sub.Object)), By: s.accountName(p, names, sub.Author)}
	}
	return out
}

// accountName gives the name of an account for those who work with it.
func (s *Site) accountName(p *page, known map[string]string, id string) string {
	switch id {
	case "":
		return p.t("work.public")
	case "server":
		return "karvan"
	}
	if name, has := known[id]; has {
		return name
	}
	known[id] = id
	if a, err := s.Work.Accounts.Get(p.ctx, id); err == nil {
		known[id] = a.Name
	}
	return known[id]
}

// grantText tells a role in words.
func (s *Site) grantText(p *page, g policy.Grant) string {
	out := p.t("role." + string(g.Role))
	var of []string
	if g.Country != "" {
		of = append(of, labels.Country(p.Language, g.Country))
	}
	for _, id := range []string{g.Programme, g.Organisation} {
		if id == "" {
			continue
		}
		name := id
		if it, err := s.DB.Get(p.ctx, "", id); err == nil {
			name = it.Name
		}
		of = append(of, name)
	}
	if len(of) > 0 {
		out += " (" + strings.Join(of, ", ") + ")"
	}
	return out
}

// report takes a report of an error from anybody.
func (s *Site) report(p *page) error {
	p.Title = p.t("about.error")
	view := struct {
		Record, Name, Href, Text, Mail string
		Faults                         []string
	}{Record: p.r.URL.Query().Get("record")}
	if p.r.Method == http.MethodPost {
		form, err := p.form()
		if err != nil {
			return err
		}
		view.Record, view.Text, view.Mail = form.Get("record"), form.Get("text"), form.Get("mail")
		// A field that people do not see is filled by programs only.
		if form.Get("website") != "" {
			return errMissing
		}
		sub, err := s.Work.Draft(p.ctx, s.who(p), &moderation.Submission{Object: policy.Report, Subject: view.Record, Body: moderation.Body{Text: view.Text, Mail: view.Mail, Language: p.Language}}, true, moderation.Once{})
		var faults moderation.Faults
		if err != nil && !errors.As(err, &faults) {
			return err
		}
		if err == nil {
			p.Title = p.t("report.thanks", sub.Number)
			return s.render(p, "message", p.t("report.thanks.text"))
		}
		p.Status = http.StatusUnprocessableEntity
		view.Faults = faultTexts(p, faults)
	}
	it, err := s.DB.Get(p.ctx, "", view.Record)
	if err != nil {
		return err
	}
	view.Name, view.Href = it.Name, p.href(it)
	return s.render(p, "report", view)
}

// faultTexts tells faults of a form, each with the name of its field.
func faultTexts(p *page, faults moderation.Faults) []string {
	var out []string
	for _, f := range faults {
		out = append(out, faultText(p, f))
	}
	return out
}

func faultText(p *page, f register.Problem) string {
	parts := strings.Split(f.Path, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if w := optionalWord(p.Language, "field."+parts[i]); w != "" {
			return w + ": " + f.Message
		}
	}
	return strings.TrimPrefix(f.Path+": "+f.Message, ": ")
}

type auditView struct {
	Rows []auditRow
	Next string
	Head audit.Head
}

type auditRow struct {
	audit.Event
	Who, Text string
}

func (s *Site) auditPage(p *page) error {
	p.Title = p.t("audit")
	who := s.who(p)
	if err := s.Work.Policy.Allows(who, policy.Read, policy.Target{Object: policy.Audit}); err != nil {
		s.Work.Refused(p.ctx, who, err, "audit log")
		return err
	}
	before, _ := strconv.ParseInt(p.r.URL.Query().Get("before"), 10, 64) // what is no number is the end
	list, err := audit.Latest(p.ctx, s.DB.SQL(), before, 100)
	if err != nil {
		return err
	}
	v := auditView{}
	names := map[string]string{"public": p.t("work.public")}
	for _, e := range list {
		row := auditRow{Event: e, Who: s.accountName(p, names, e.Actor), Text: short(string(e.Detail))}
		v.Rows = append(v.Rows, row)
	}
	if len(list) == 100 {
		v.Next = "/" + p.Language + "/work/audit?before=" + strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	if len(list) > 0 {
		v.Head = audit.Head{Seq: list[0].Seq, At: list[0].At, Hash: list[0].Hash}
	}
	return s.render(p, "audit", v)
}

// offer is what a form lets choose.
type offer struct {
	Value, Text string
	Chosen      bool
}

// options makes choices of codes in the order of their words.
func options(p *page, codes []string, word func(string) string, chosen ...string) []offer {
	out := make([]offer, len(codes))
	for i, c := range codes {
		out[i] = offer{c, word(c), slices.Contains(chosen, c)}
	}
	sortOptions(p.Language, out)
	return out
}
