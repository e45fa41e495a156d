package moderation_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

func (h *house) accept(who string, sub *moderation.Submission, organisation string) (*moderation.Submission, error) {
	return h.Act(h.t.Context(), h.who[who], sub.ID, sub.Version, policy.Accept, moderation.Decision{Organisation: organisation}, moderation.Once{})
}

// A company that was vouched for stays when its interest is withdrawn or renewed, and the
// source of an interest for the owner only is seen nowhere.
func TestVouchedCompanyStays(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	sub := h.express("company", "owner")
	sub = must2(t)(h.accept("publisher", sub, moderation.NewOrganisation))
	sub = must2(t)(h.act("other-publisher", sub, policy.Publish, "", ""))
	p, err := h.Register.List(ctx, registerdb.Query{Kind: register.Organisation})
	if err != nil || p.Total != 1 {
		t.Fatal(p, err)
	}
	sources, err := h.Register.Sources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if strings.Contains(s.Title["en"], "interest") {
			t.Errorf("everybody sees the source %+v", s)
		}
	}
	must2(t)(h.act("company", sub, policy.Withdraw, "", ""))
	if p, err := h.Register.List(ctx, registerdb.Query{Kind: register.Organisation}); err != nil || p.Total != 1 {
		t.Errorf("the organisation went with the interest: %v %v", p, err)
	}
}

// What was vouched for is taken back with a return: the next decision begins anew.
func TestReturnTakesVouchingBack(t *testing.T) {
	h := build(t)
	sub := h.express("company", "public")
	n := len(sub.Changes)
	sub = must2(t)(h.accept("publisher", sub, moderation.NewOrganisation))
	sub = must2(t)(h.act("other-publisher", sub, policy.Return, "it is not that one", ""))
	if sub.Organisation != "" || len(sub.Changes) != n || sub.Vouched != "" {
		t.Errorf("%+v", sub)
	}
	sub = must2(t)(h.act("company", sub, policy.Submit, "", ""))
	sub = must2(t)(h.accept("editor-az", sub, ""))
	must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	if a, err := h.Accounts.Get(t.Context(), h.who["company"].Account); err != nil || len(a.Principal().Organisations()) != 0 {
		t.Error(a, err)
	}
}

// What editors recorded of an interest for the owner only stays hidden when it is
// withdrawn.
func TestWithdrawalPublishesNothing(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	sub := h.express("company", "owner")
	sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
	sub = must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	edit, err := h.edit("editor-az", sub.Subject, value("status", "negotiation"))
	h.publish(t, must(t, edit, err))
	version, _, _ := h.Register.State(ctx)
	must2(t)(h.act("company", sub, policy.Withdraw, "", ""))
	if list, err := h.Register.Statements(ctx, sub.Subject); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	if after, _, _ := h.Register.State(ctx); after != version {
		t.Error("what is public has changed")
	}
}

// Objects and lists are taken apart: nothing hidden comes in under the path of what holds
// it.
func TestObjectsAreTakenApart(t *testing.T) {
	h := build(t)
	var refusal *policy.Refusal
	for _, c := range []moderation.Proposal{
		{Path: "remarks", Value: json.RawMessage(`[{"id":"1","text":"secret words","visibility":"internal"}]`)},
		{Path: "remarks[1]", Value: json.RawMessage(`{"text":"secret words","visibility":"internal"}`)},
		{Path: "contact", Value: json.RawMessage(`{"email":"x@example.org"}`)},
	} {
		if sub, err := h.edit("contributor", h.meet, c); !errors.As(err, &refusal) && (err != nil || sub.Visibility == "public") {
			t.Errorf("%s: %+v %v", c.Path, sub, err)
		}
		sub, err := h.Draft(t.Context(), h.who["publisher"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper"}, Changes: []moderation.Proposal{{Subject: h.meet, Path: c.Path, Value: c.Value}}}}, true, moderation.Once{})
		must(t, sub, err)
		sub = must2(t)(h.act("other-publisher", sub, policy.Accept, "", ""))
		if _, err := h.act("other-publisher", sub, policy.Publish, "", ""); err != nil && !errors.As(err, new(*moderation.Conflict)) {
			t.Error(err)
		}
	}
	it, err := h.Register.Get(t.Context(), "", h.meet)
	if err != nil || strings.Contains(string(register.Encode(it.Values)), "secret") || strings.Contains(string(register.Encode(it.Values)), "x@example.org") {
		t.Errorf("%v %v", it.Values, err)
	}
}

// Of a visibility the last that was said counts, whatever day it speaks of.
func TestLaterVisibilityHides(t *testing.T) {
	h := build(t)
	sub, err := h.edit("editor-az", h.meet, value("remarks[1]/text", "open words"), value("remarks[1]/visibility", "public"))
	h.publish(t, must(t, sub, err))
	hide := &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper", KnownOn: "2020-01-01"}, Changes: []moderation.Proposal{{Subject: h.meet, Path: "remarks[1]/visibility", Value: json.RawMessage(`"internal"`)}}}}
	sub, err = h.Draft(t.Context(), h.who["editor-az"], hide, true, moderation.Once{})
	h.publish(t, must(t, sub, err))
	if it, err := h.Register.Get(t.Context(), "", h.meet); err != nil || strings.Contains(string(register.Encode(it.Values)), "open words") {
		t.Errorf("%v %v", it.Values, err)
	}
}

// A number that was given is not given again, so that who follows misses nothing.
func TestNumbersAreNotGivenTwice(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	last := func() int64 {
		list, err := h.Register.Changes(ctx, "", 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Seq
	}
	sub, err := h.edit("contributor", h.road, value("purpose", "x"))
	sub = h.publish(t, must(t, sub, err))
	first := last()
	must2(t)(h.act("publisher", sub, policy.Withdraw, "", ""))
	sub, err = h.edit("contributor", h.road, value("purpose", "y"))
	h.publish(t, must(t, sub, err))
	if last() <= first {
		t.Errorf("%d came after %d", last(), first)
	}
}

// A renewal keeps the address, and only one renewal of an interest is published.
func TestRenewals(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	publish := func(sub *moderation.Submission) (*moderation.Submission, error) {
		sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
		return h.act("publisher", sub, policy.Publish, "", "")
	}
	first := must2(t)(publish(h.express("company", "public")))
	slug := func() string {
		it, err := h.Register.Get(ctx, register.Interest, first.Subject)
		if err != nil {
			t.Fatal(err)
		}
		return it.Slug
	}
	address := slug()
	renew := func() *moderation.Submission {
		in := interest(h, "public")
		in.Replaces = first.ID
		return must2(t)(h.Draft(ctx, h.who["company"], must2(t)(h.Interest(ctx, h.who["company"], in)), true, moderation.Once{}))
	}
	one, other := renew(), renew()
	must2(t)(publish(one))
	if slug() != address {
		t.Errorf("the address went from %s to %s", address, slug())
	}
	if _, err := publish(other); !errors.As(err, new(moderation.Faults)) {
		t.Errorf("two renewals were published: %v", err)
	}
	// An address stays for edits too, base or no base.
	if _, err := h.edit("contributor", h.road, moderation.Proposal{Path: "karvan/slug", Value: json.RawMessage(`"other"`)}); !errors.As(err, new(moderation.Faults)) {
		t.Error(err)
	}
}
