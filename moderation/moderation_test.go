package moderation_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// house is a register with a road in AZ, a railway in TR, and people of every role.
type house struct {
	*moderation.Service
	t    *testing.T
	now  time.Time
	road string
	rail string
	meet string
	who  map[string]policy.Principal
}

func build(t *testing.T) *house {
	t.Helper()
	ctx := t.Context()
	db, err := registerdb.Open(ctx, pgtest.Database(t, filepath.Join(t.TempDir(), "r.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &house{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), who: map[string]policy.Principal{"public": {}}}
	said := register.Said{Source: "paper", KnownOn: "2021-12-26"}
	project := func(key, title, country string) register.Entry {
		return register.Entry{Kind: register.Project, Key: key, Said: said, Values: map[string]any{"title": title, "status": "preparation", "karvan": map[string]any{"countries": []any{country}}}}
	}
	if _, err := db.Seed(ctx, &register.Content{Study: "s", Sources: []register.Source{{ID: "paper", Class: "press", Title: map[string]string{"en": "Paper"}}},
		Entries: []register.Entry{project("road", "Road", "AZ"), project("rail", "Railway", "TR"),
			{Kind: register.Meeting, Key: "m", Said: said, Values: map[string]any{"title": "Talks", "date": "2026-02-01", "projects": []any{"road"}}}}}, "test", h.now); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		kind register.Kind
		to   *string
	}{{register.Project, &h.road}, {register.Meeting, &h.meet}} {
		p, err := db.List(ctx, registerdb.Query{Kind: k.kind, Sort: "name"})
		if err != nil {
			t.Fatal(err)
		}
		*k.to = p.Items[len(p.Items)-1].ID
		if k.kind == register.Project {
			h.rail = p.Items[0].ID
		}
	}
	clock := func() time.Time { return h.now }
	h.Service = &moderation.Service{Register: db, Accounts: accounts.New(db.SQL(), clock), Policy: policy.Policy{FourEyes: true}, Now: clock}
	for name, g := range map[string]policy.Grant{"company": {}, "rival": {}, "contributor": {Role: policy.Contributor}, "editor-az": {Role: policy.Editor, Country: "AZ"}, "editor-tr": {Role: policy.Editor, Country: "TR"},
		"publisher": {Role: policy.Publisher}, "other-publisher": {Role: policy.Publisher}, "auditor": {Role: policy.Auditor}, "administrator": {Role: policy.Administrator}} {
		a, err := h.Accounts.SignedIn(ctx, "https://issuer", name, name, name+"@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if g.Role != "" {
			if err := h.Accounts.Grant(ctx, "test", a.ID, g); err != nil {
				t.Fatal(err)
			}
		}
		if a, err = h.Accounts.Get(ctx, a.ID); err != nil {
			t.Fatal(err)
		}
		h.who[name] = a.Principal()
	}
	return h
}

func (h *house) edit(who string, subject string, changes ...moderation.Proposal) (*moderation.Submission, error) {
	for i := range changes {
		changes[i].Subject = subject
	}
	return h.Draft(h.t.Context(), h.who[who], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Changes: changes, Said: moderation.Said{Source: "paper", KnownOn: "2026-03-01"}}}, true, moderation.Once{})
}

func (h *house) act(who string, sub *moderation.Submission, action policy.Action, reason, from string) (*moderation.Submission, error) {
	return h.Act(h.t.Context(), h.who[who], sub.ID, sub.Version, action, moderation.Decision{Reason: reason, VisibleFrom: from}, moderation.Once{})
}

// must fails the test where a step was refused.
func must(t *testing.T, sub *moderation.Submission, err error) *moderation.Submission {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func (h *house) status(id string) string {
	h.t.Helper()
	it, err := h.Register.Get(context.Background(), "", id)
	if err != nil {
		h.t.Fatal(err)
	}
	return register.Text(it.Values, "status")
}

func value(path, v string) moderation.Proposal {
	return moderation.Proposal{Path: path, Value: json.RawMessage(`"` + v + `"`)}
}

func TestEditGoesItsWay(t *testing.T) {
	h := build(t)
	sub, err := h.edit("contributor", h.road, value("status", "implementation"))
	must(t, sub, err)
	if sub.State != "submitted" || sub.Number != "K-2026-00001" || strings.Join(sub.Countries, "") != "AZ" || sub.Visibility != "public" {
		t.Errorf("%+v", sub)
	}
	if h.status(h.road) != "preparation" {
		t.Error("it was recorded before it was published")
	}
	// Who keeps another country, a company, somebody who is not signed in: it is not there.
	for _, who := range []string{"editor-tr", "company", "public", "administrator"} {
		if _, err := h.Get(t.Context(), h.who[who], sub.ID); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("%s read it: %v", who, err)
		}
		if _, err := h.act(who, sub, policy.Accept, "", ""); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("%s accepted it: %v", who, err)
		}
	}
	var refusal *policy.Refusal
	for _, c := range []struct {
		who    string
		action policy.Action
	}{{"contributor", policy.Accept}, {"editor-az", policy.Publish}, {"publisher", policy.Publish}, {"auditor", policy.Accept}} {
		if _, err := h.act(c.who, sub, c.action, "", ""); !errors.As(err, &refusal) {
			t.Errorf("%s %s: %v", c.who, c.action, err)
		}
	}
	if _, err := h.act("editor-az", sub, policy.Return, "", ""); !errors.As(err, new(moderation.Faults)) {
		t.Errorf("returned without a reason: %v", err)
	}
	accepted, err := h.act("editor-az", sub, policy.Accept, "", "")
	must(t, accepted, err)
	if _, err := h.act("publisher", sub, policy.Publish, "", ""); !errors.Is(err, moderation.ErrVersion) {
		t.Errorf("an old version was taken: %v", err)
	}
	published, err := h.act("publisher", accepted, policy.Publish, "", "")
	must(t, published, err)
	if h.status(h.road) != "implementation" || published.State != "published" || len(published.Trail) != 4 {
		t.Errorf("%s %+v", h.status(h.road), published)
	}
	withdrawn, err := h.act("publisher", published, policy.Withdraw, "wrong", "")
	must(t, withdrawn, err)
	if h.status(h.road) != "preparation" {
		t.Error("what was withdrawn stands")
	}
	v, err := registerdb.Verify(t.Context(), h.Register.SQL(), "")
	if err != nil || v.Events < 10 {
		t.Errorf("%+v %v", v, err)
	}
	refused := 0
	for _, e := range h.events(t) {
		if e == "refused" {
			refused++
		}
	}
	if refused != 11-1 { // somebody who is not signed in has no account to note: 2 of 12
		t.Errorf("%d refusals are in the log", refused)
	}
}

func (h *house) events(t *testing.T) []string {
	rows, err := h.Register.SQL().QueryContext(t.Context(), "SELECT action FROM event ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		rows.Scan(&s)
		out = append(out, s)
	}
	return out
}

func TestFourEyes(t *testing.T) {
	h := build(t)
	sub, err := h.edit("publisher", h.road, value("status", "implementation"))
	must(t, sub, err)
	var refusal *policy.Refusal
	if _, err := h.act("publisher", sub, policy.Accept, "", ""); !errors.As(err, &refusal) {
		t.Errorf("an author accepted its own: %v", err)
	}
	sub, err = h.act("editor-az", sub, policy.Accept, "", "")
	must(t, sub, err)
	if _, err := h.act("publisher", sub, policy.Publish, "", ""); !errors.As(err, &refusal) {
		t.Errorf("an author published its own: %v", err)
	}
	sub, err = h.act("other-publisher", sub, policy.Publish, "", "")
	must(t, sub, err)
}

// Whoever has changed what a colleague wrote does not sign it off either.
func TestFourEyesOfAColleague(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	first := h.express("company", "public")
	first, err := h.Act(ctx, h.who["editor-az"], first.ID, first.Version, policy.Accept, moderation.Decision{Organisation: moderation.NewOrganisation}, moderation.Once{})
	must(t, first, err)
	must2(t)(h.act("publisher", first, policy.Publish, "", ""))
	of := func(who string) []string {
		a, err := h.Accounts.Get(ctx, h.who[who].Account)
		if err != nil {
			t.Fatal(err)
		}
		h.who[who] = a.Principal()
		return h.who[who].Organisations()
	}
	for _, o := range of("company") {
		if err := h.Accounts.Grant(ctx, "test", h.who["publisher"].Account, policy.Grant{Role: policy.Company, Organisation: o}); err != nil {
			t.Fatal(err)
		}
	}
	if len(of("publisher")) != 1 {
		t.Fatal("the publisher is no colleague")
	}
	written := func(who string) *moderation.Submission {
		sub, err := h.Interest(ctx, h.who[who], interest(h, "public"))
		return must(t, sub, err)
	}
	sub := must2(t)(h.Draft(ctx, h.who["company"], written("company"), false, moderation.Once{}))
	sub = must2(t)(h.Change(ctx, h.who["publisher"], sub.ID, sub.Version, *written("publisher"), false, moderation.Once{}))
	sub = must2(t)(h.act("company", sub, policy.Submit, "", ""))
	var refusal *policy.Refusal
	if _, err := h.act("publisher", sub, policy.Accept, "", ""); !errors.As(err, &refusal) {
		t.Errorf("whoever wrote it accepted it: %v", err)
	}
	sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
	if _, err := h.act("publisher", sub, policy.Publish, "", ""); !errors.As(err, &refusal) {
		t.Errorf("whoever wrote it published it: %v", err)
	}
	must2(t)(h.act("other-publisher", sub, policy.Publish, "", ""))
}

// Two edits of one value: the second is a conflict and overwrites nothing; two of
// different values are none.
func TestConflict(t *testing.T) {
	h := build(t)
	publish := func(sub *moderation.Submission) error {
		sub, err := h.act("editor-az", sub, policy.Accept, "", "")
		must(t, sub, err)
		_, err = h.act("publisher", sub, policy.Publish, "", "")
		return err
	}
	first, err := h.edit("contributor", h.road, value("status", "implementation"))
	must(t, first, err)
	second, err := h.edit("editor-az", h.road, value("status", "completion"), value("description", "x"))
	must(t, second, err)
	third, err := h.edit("contributor", h.road, value("purpose", "y"))
	must(t, third, err)
	if err := publish(first); err != nil {
		t.Fatal(err)
	}
	second, err = h.act("publisher", second, policy.Accept, "", "")
	must(t, second, err)
	var c *moderation.Conflict
	if _, err := h.act("publisher", second, policy.Publish, "", ""); !errors.As(err, &c) || len(c.Theirs) != 1 || c.Theirs[0].Path != "status" {
		t.Fatalf("%v", err)
	}
	if _, err := h.Act(t.Context(), h.who["publisher"], second.ID, second.Version, policy.Publish, moderation.Decision{Seen: c.Last}, moderation.Once{}); !errors.As(err, &c) || c.Unseen {
		t.Errorf("what its author could read was published over: %v", err)
	}
	if h.status(h.road) != "implementation" {
		t.Error("a conflict was overwritten")
	}
	if err := publish(third); err != nil {
		t.Error(err)
	}
	// Made from what was read before, it is refused at once.
	old := &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Base: map[string]int64{h.road: 1}, Changes: []moderation.Proposal{{Subject: h.road, Path: "status", Value: json.RawMessage(`"cancelled"`)}}, Said: moderation.Said{Source: "paper"}}}
	if _, err := h.Draft(t.Context(), h.who["contributor"], old, true, moderation.Once{}); !errors.As(err, &c) {
		t.Errorf("%v", err)
	}
}

func TestFaultsAreAllTold(t *testing.T) {
	h := build(t)
	var faults moderation.Faults
	_, err := h.Draft(t.Context(), h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "nobody", KnownOn: "soon", AsOf: "x"},
		Changes: []moderation.Proposal{{Subject: h.road, Path: "a[", Value: json.RawMessage("1")}, {Subject: "x", Path: "a", Value: json.RawMessage("1")}, {Subject: h.road, Path: "b", Value: json.RawMessage("{")}, {Subject: h.road, Path: "c", Value: json.RawMessage("1"), Pinned: true}}}}, true, moderation.Once{})
	if !errors.As(err, &faults) || len(faults) != 7 {
		t.Errorf("%d: %v", len(faults), faults)
	}
	if _, err := h.edit("contributor", h.road, value("status", "odd")); !errors.As(err, &faults) {
		t.Errorf("a status that there is not: %v", err)
	}
	if _, err := h.edit("contributor", h.meet, value("colour", "red")); !errors.As(err, &faults) {
		t.Errorf("a field that there is not: %v", err)
	}
	if list, _ := h.List(t.Context(), h.who["contributor"], moderation.Filter{Mine: true}); len(list) != 0 {
		t.Error("something faulty was kept")
	}
}

func TestEmbargo(t *testing.T) {
	h := build(t)
	version, _, _ := h.Register.State(t.Context())
	sub, err := h.edit("contributor", h.road, value("status", "cancelled"))
	must(t, sub, err)
	sub, err = h.act("editor-az", sub, policy.Accept, "", "")
	must(t, sub, err)
	sub, err = h.act("publisher", sub, policy.Publish, "", "2026-04-01")
	must(t, sub, err)
	lift := func(want int) {
		t.Helper()
		if n, err := h.Lift(t.Context()); err != nil || n != want {
			t.Errorf("%d lifted, %v", n, err)
		}
	}
	lift(0)
	h.now = h.now.AddDate(0, 0, 30) // the last day before
	lift(0)
	if after, _, _ := h.Register.State(t.Context()); h.status(h.road) != "preparation" || after != version {
		t.Error("an embargo leaks")
	}
	h.now = h.now.AddDate(0, 0, 1)
	lift(1)
	lift(0)
	if h.status(h.road) != "cancelled" {
		t.Error("an embargo does not end")
	}
}

func interest(h *house, visibility string) moderation.Interest {
	return moderation.Interest{Profile: accounts.Profile{Name: "Bridge Works", Country: "TR", Contact: accounts.Contact{Name: "Ayla", Email: "ayla@example.org"}}, Projects: []string{h.road}, Services: []string{"construction.road"}, Roles: []string{"contractor"},
		Text: "We build bridges.", References: []moderation.WorkDone{{Text: "A bridge", Year: "2019"}}, ValidUntil: "2027-03-01", Visibility: visibility, Language: "en"}
}

func (h *house) express(who, visibility string) *moderation.Submission {
	h.t.Helper()
	sub, err := h.Interest(h.t.Context(), h.who[who], interest(h, visibility))
	must(h.t, sub, err)
	sub, err = h.Draft(h.t.Context(), h.who[who], sub, true, moderation.Once{})
	return must(h.t, sub, err)
}

func TestInterest(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	for _, visibility := range []string{"public", "owner"} {
		sub := h.express("company", visibility)
		if strings.Join(sub.Countries, "") != "AZ" {
			t.Errorf("it belongs to %v, not to where the project is", sub.Countries)
		}
		// Another company sees nothing of it, whatever its state.
		hidden := func() {
			t.Helper()
			if _, err := h.Get(ctx, h.who["rival"], sub.ID); !errors.Is(err, moderation.ErrNotFound) {
				t.Error(err)
			}
			if list, _ := h.List(ctx, h.who["rival"], moderation.Filter{}); len(list) != 0 {
				t.Error("a rival lists it")
			}
		}
		hidden()
		sub = must2(t)(h.act("editor-az", sub, policy.Return, "say more", ""))
		if sub.Reason() != "say more" {
			t.Error(sub.Trail)
		}
		hidden()
		in := interest(h, visibility)
		in.Text = "We build long bridges."
		to := must2(t)(h.Interest(ctx, h.who["company"], in))
		sub = must2(t)(h.Change(ctx, h.who["company"], sub.ID, sub.Version, *to, false, moderation.Once{}))
		sub = must2(t)(h.act("company", sub, policy.Submit, "", ""))
		sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
		sub = must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
		hidden()
		it, err := h.Register.Get(ctx, register.Interest, sub.Subject)
		if (err == nil) != (visibility == "public") {
			t.Fatalf("%s: %v", visibility, err)
		}
		if err == nil && (it.Values["contact"] != nil || register.Text(it.Values, "text") != in.Text) {
			t.Errorf("%v", it.Values)
		}
		for _, words := range []string{"ayla", "example.org"} {
			if hits, _ := h.Register.Search(ctx, words, "", "", 10); len(hits) > 0 {
				t.Errorf("%q is found", words)
			}
		}
		w, err := h.Register.Whole(ctx, sub.Subject)
		if err != nil || register.Text(w.Values, "contact/email") != "ayla@example.org" {
			t.Error(w, err)
		}
		sub = must2(t)(h.act("company", sub, policy.Withdraw, "", ""))
		if _, err := h.Register.Get(ctx, register.Interest, sub.Subject); !errors.Is(err, registerdb.ErrNotFound) {
			t.Error("what was withdrawn is there")
		}
	}
	var faults moderation.Faults
	if _, err := h.Interest(ctx, h.who["company"], moderation.Interest{Profile: accounts.Profile{URL: "javascript:alert(1)"}, References: make([]moderation.WorkDone, 4)}); !errors.As(err, &faults) || len(faults) < 10 {
		t.Errorf("%d: %v", len(faults), err)
	}
}

func must2(t *testing.T) func(*moderation.Submission, error) *moderation.Submission {
	return func(s *moderation.Submission, err error) *moderation.Submission {
		t.Helper()
		return must(t, s, err)
	}
}

// A claim to speak for an organisation that is there gives nothing.
func TestNobodySpeaksForAnotherByClaim(t *testing.T) {
	h := build(t)
	in := interest(h, "public")
	in.Profile.Organisation = "kv-organisation-01ARZ3NDEKTSV4RRFFQ69G5FAV"
	sub := must2(t)(h.Interest(t.Context(), h.who["rival"], in))
	if sub.Organisation != "" {
		t.Error(sub.Organisation)
	}
	for _, c := range sub.Changes {
		if c.Path == "organisation" {
			t.Errorf("%+v", c)
		}
	}
}

func TestOutcomesBecomeCommitments(t *testing.T) {
	h := build(t)
	sub, err := h.edit("contributor", h.meet, value("outcomes[1]/kind", "commitment"), value("outcomes[1]/text", "Open the road by May"), value("outcomes[1]/owner", "Ministry"), value("outcomes[1]/dueDate", "2026-05-01"), value("outcomes[2]/kind", "information"), value("outcomes[2]/text", "All is well"))
	must(t, sub, err)
	// Returned and handed in again as it was written, it makes its commitment once.
	if len(sub.Written()) != 6 || len(sub.Changes) < 10 {
		t.Errorf("%d of %d changes are as they were written, not 6", len(sub.Written()), len(sub.Changes))
	}
	sub = must2(t)(h.act("editor-az", sub, policy.Return, "more", ""))
	sub = must2(t)(h.Change(t.Context(), h.who["contributor"], sub.ID, sub.Version, moderation.Submission{Object: policy.Edit, Body: moderation.Body{Changes: sub.Written(), Said: sub.Said}}, true, moderation.Once{}))
	sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
	must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	p, err := h.Register.List(t.Context(), registerdb.Query{Kind: register.Commitment})
	if err != nil || p.Total != 1 {
		t.Fatal(p, err)
	}
	v := p.Items[0].Values
	if register.Text(v, "text") != "Open the road by May" || register.Text(v, "meeting") != h.meet || register.Text(v, "obligor") != "Ministry" || register.Text(v, "dueDate") != "2026-05-01" || register.Text(v, "status") != "scheduled" {
		t.Error(v)
	}
	m, _ := h.Register.Get(t.Context(), "", h.meet)
	if refs := register.References(m.Values); len(refs) < 2 {
		t.Error(refs)
	}
	// An outcome that its author links to a commitment that is there stays so linked.
	sub, err = h.edit("contributor", h.meet, value("outcomes[3]/kind", "commitment"), value("outcomes[3]/text", "As before"), value("outcomes[3]/commitment", p.Items[0].ID), moderation.Proposal{Path: "place", Value: json.RawMessage(`"Baku"`), Made: true})
	if must(t, sub, err); len(sub.Written()) != 4 {
		t.Errorf("%d of 4 changes are as they were written", len(sub.Written()))
	}
}

func TestReportsAndOnce(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	report := func(text string, once moderation.Once) (*moderation.Submission, error) {
		return h.Draft(ctx, policy.Principal{}, &moderation.Submission{Object: policy.Report, Subject: h.road, Body: moderation.Body{Text: text}}, true, once)
	}
	sub, err := report("The length is wrong.", moderation.Once{})
	must(t, sub, err)
	if _, err := report("", moderation.Once{}); !errors.As(err, new(moderation.Faults)) {
		t.Error(err)
	}
	if list, _ := h.List(ctx, h.who["editor-az"], moderation.Filter{Object: policy.Report}); len(list) != 1 {
		t.Error(list)
	}
	if list, _ := h.List(ctx, h.who["editor-tr"], moderation.Filter{Object: policy.Report}); len(list) != 0 {
		t.Error(list)
	}
	once := moderation.Once{Key: "k", Digest: "d"}
	first := must2(t)(h.Draft(ctx, h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper"}, Changes: []moderation.Proposal{{Subject: h.road, Path: "purpose", Value: json.RawMessage(`"x"`)}}}}, true, once))
	again := must2(t)(h.Draft(ctx, h.who["contributor"], &moderation.Submission{Object: policy.Edit}, true, once))
	if again.ID != first.ID {
		t.Error("a request that was sent again was done twice")
	}
	if _, err := h.Draft(ctx, h.who["contributor"], &moderation.Submission{Object: policy.Edit}, true, moderation.Once{Key: "k", Digest: "other"}); !errors.Is(err, moderation.ErrKeyReused) {
		t.Error(err)
	}
	h.Quota = 1
	if _, err := h.edit("contributor", h.road, value("purpose", "y")); !errors.Is(err, moderation.ErrQuota) {
		t.Error(err)
	}
}

// What is internal is proposed and read by those who keep the register only.
func TestInternalRemarks(t *testing.T) {
	h := build(t)
	var refusal *policy.Refusal
	if _, err := h.edit("contributor", h.road, value("karvan/internalRemarks", "doubtful")); !errors.As(err, &refusal) {
		t.Errorf("a contributor wrote an internal remark: %v", err)
	}
	sub, err := h.edit("editor-az", h.road, value("karvan/internalRemarks", "doubtful"))
	must(t, sub, err)
	if sub.Visibility != "internal" {
		t.Error(sub.Visibility)
	}
	version, _, _ := h.Register.State(t.Context())
	sub = must2(t)(h.act("publisher", sub, policy.Accept, "", ""))
	must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	if after, _, _ := h.Register.State(t.Context()); after != version {
		t.Error("an internal remark moves what is public")
	}
}

// Whoever accepts an interest may let its author speak for the organisation: its next one
// is linked, and what the company says of itself becomes a record once it is published.
func TestOrganisationIsVouchedFor(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	sub := h.express("company", "public")
	sub, err := h.Act(ctx, h.who["editor-az"], sub.ID, sub.Version, policy.Accept, moderation.Decision{Organisation: moderation.NewOrganisation}, moderation.Once{})
	must(t, sub, err)
	must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	a, err := h.Accounts.Get(ctx, h.who["company"].Account)
	if err != nil || len(a.Principal().Organisations()) != 1 {
		t.Fatal(a, err)
	}
	organisation := a.Principal().Organisations()[0]
	it, err := h.Register.Get(ctx, register.Organisation, organisation)
	if err != nil || it.Name != "Bridge Works" || it.Values["contact"] != nil {
		t.Error(it, err)
	}
	h.who["company"] = a.Principal()
	if next := h.express("company", "owner"); next.Organisation != organisation {
		t.Error(next.Organisation)
	}
	other := h.express("rival", "public")
	if _, err := h.Act(ctx, h.who["editor-az"], other.ID, other.Version, policy.Accept, moderation.Decision{Organisation: "kv-organisation-01ARZ3NDEKTSV4RRFFQ69G5FAV"}, moderation.Once{}); !errors.As(err, new(moderation.Faults)) {
		t.Error(err)
	}
}
