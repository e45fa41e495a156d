package moderation_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

func (h *house) publish(t *testing.T, sub *moderation.Submission) *moderation.Submission {
	t.Helper()
	sub = must2(t)(h.act("publisher", sub, policy.Accept, "", ""))
	return must2(t)(h.act("other-publisher", sub, policy.Publish, "", ""))
}

// Who may change nothing is told of a refusal, never of what others have said of hidden
// values; who may is told as far as they may read.
func TestConflictsTellNoSecrets(t *testing.T) {
	h := build(t)
	sub, err := h.edit("editor-az", h.road, value("karvan/internalRemarks[1]/text", "doubtful"))
	h.publish(t, must(t, sub, err))
	for _, who := range []string{"company", "contributor", "administrator"} {
		for _, path := range []string{"karvan/internalRemarks[1]/text", "karvan/contact/email", "title"} {
			_, err := h.Draft(t.Context(), h.who[who], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Base: map[string]int64{h.road: 1}, Said: moderation.Said{Source: "paper"},
				Changes: []moderation.Proposal{{Subject: h.road, Path: path, Value: json.RawMessage(`"x"`)}}}}, true, moderation.Once{})
			var conflict *moderation.Conflict
			if errors.As(err, &conflict) && len(conflict.Theirs) > 0 && path != "title" {
				t.Errorf("%s is told of %s: %+v", who, path, conflict.Theirs)
			}
			if err != nil && strings.Contains(err.Error(), "doubtful") {
				t.Errorf("%s: %v", who, err)
			}
		}
	}
}

// Whoever may not see a value is not told by a conflict that it is there; whoever
// publishes what they propose is.
func TestConflictOnHiddenWaits(t *testing.T) {
	h := build(t)
	sub, err := h.edit("editor-az", h.road, value("karvan/contact/email", "keeper@example.org"))
	h.publish(t, must(t, sub, err))
	sub, err = h.Draft(t.Context(), h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Base: map[string]int64{h.road: 1}, Said: moderation.Said{Source: "paper"},
		Changes: []moderation.Proposal{{Subject: h.road, Path: "karvan/contact/email", Value: json.RawMessage(`"other@example.org"`)}}}}, true, moderation.Once{})
	must(t, sub, err)
	sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
	var conflict *moderation.Conflict
	if _, err := h.act("publisher", sub, policy.Publish, "", ""); !errors.As(err, &conflict) || len(conflict.Theirs) != 1 || conflict.Theirs[0].Path != "karvan/contact/email" {
		t.Fatalf("the publisher is told of no conflict: %v", err)
	}
	// Whoever publishes has read it, and decides; what came in since is a conflict again.
	if !conflict.Unseen || len(conflict.Theirs) != 1 {
		t.Errorf("%+v", conflict)
	}
	newer, err := h.edit("editor-az", h.road, value("karvan/contact/email", "third@example.org"))
	h.publish(t, must(t, newer, err))
	publish := func(seen int64) (*moderation.Submission, error) {
		return h.Act(t.Context(), h.who["publisher"], sub.ID, sub.Version, policy.Publish, moderation.Decision{Seen: seen}, moderation.Once{})
	}
	if _, err := publish(conflict.Last); !errors.As(err, &conflict) {
		t.Fatalf("what came in since is published over: %v", err)
	}
	must2(t)(publish(conflict.Last))
	w, err := h.Whole(t.Context(), h.who["publisher"], h.road)
	if err != nil || register.Text(w.Values, "karvan/contact/email") != "other@example.org" {
		t.Errorf("%v %v", w.Values["karvan"], err)
	}
}

// The place that a conflict tells, to send again with, is of what may be read: what is
// hidden is no less a conflict for whoever publishes.
func TestConflictCountsNothingHidden(t *testing.T) {
	h := build(t)
	before, err := h.Whole(t.Context(), h.who["contributor"], h.road)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []moderation.Proposal{value("title", "Another road"), value("karvan/contact/email", "keeper@example.org")} {
		sub, err := h.edit("editor-az", h.road, change)
		h.publish(t, must(t, sub, err))
	}
	w, err := h.Whole(t.Context(), h.who["contributor"], h.road)
	if err != nil {
		t.Fatal(err)
	}
	draft := func(base map[string]int64) (*moderation.Submission, error) {
		return h.Draft(t.Context(), h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Base: base, Said: moderation.Said{Source: "paper"},
			Changes: []moderation.Proposal{{Subject: h.road, Path: "title", Value: json.RawMessage(`"My road"`)}, {Subject: h.road, Path: "karvan/contact/email", Value: json.RawMessage(`"other@example.org"`)}}}}, true, moderation.Once{})
	}
	var conflict *moderation.Conflict
	if _, err := draft(map[string]int64{h.road: before.Last}); !errors.As(err, &conflict) || len(conflict.Theirs) != 1 || conflict.Last != w.Last {
		t.Fatalf("%v: the last that may be read is %d", err, w.Last)
	}
	for _, base := range []map[string]int64{{h.road: conflict.Last}, nil} {
		sub, err := draft(base)
		if must(t, sub, err); sub.Base[h.road] != w.Last {
			t.Errorf("its base is told as %d, the last that may be read is %d", sub.Base[h.road], w.Last)
		}
		sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
		if _, err := h.act("publisher", sub, policy.Publish, "", ""); !errors.As(err, &conflict) || len(conflict.Theirs) != 1 || conflict.Theirs[0].Path != "karvan/contact/email" {
			t.Errorf("a hidden value is overwritten unseen: %v", err)
		}
	}
}

// Taking the last hidden value away does not publish the ones before.
func TestRemovalPublishesNothing(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	version, _, _ := h.Register.State(ctx)
	sub, err := h.edit("editor-az", h.road, value("karvan/internalRemarks[1]/text", "doubtful"), value("karvan/contact/email", "x@example.org"), value("karvan/internalRemarks[1]/text@ru", "сомнительно"))
	h.publish(t, must(t, sub, err))
	sub, err = h.edit("editor-az", h.road, moderation.Proposal{Path: "karvan/internalRemarks[1]/text", Removed: true}, moderation.Proposal{Path: "karvan/contact/email", Removed: true})
	h.publish(t, must(t, sub, err))
	if after, _, _ := h.Register.State(ctx); after != version {
		t.Error("what is public has changed")
	}
	// A remark of a meeting that was for those who keep the register.
	sub, err = h.edit("editor-az", h.meet, value("remarks[1]/text", "secret words"), value("remarks[1]/visibility", "internal"))
	h.publish(t, must(t, sub, err))
	sub, err = h.edit("editor-az", h.meet, moderation.Proposal{Path: "remarks[1]/text", Removed: true}, moderation.Proposal{Path: "remarks[1]/visibility", Removed: true})
	h.publish(t, must(t, sub, err))
	for _, id := range []string{h.road, h.meet} {
		list, err := h.Register.Statements(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if strings.Contains(s.Path, "nternalRemarks") || strings.Contains(s.Path, "contact") || strings.Contains(s.Path, "remarks[1]") {
				t.Errorf("%s: %s is public: %s", id, s.Path, s.Value)
			}
		}
	}
}

// Nobody reaches another country by the way: not by a second record, not by adding their
// own country first.
func TestAreasHold(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	var refusal *policy.Refusal
	try := func(name string, changes ...moderation.Proposal) {
		t.Helper()
		_, err := h.Draft(ctx, h.who["editor-az"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper"}, Changes: changes}}, true, moderation.Once{})
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mine := moderation.Proposal{Subject: h.road, Path: "purpose", Value: json.RawMessage(`"x"`)}
	try("a second record", mine, moderation.Proposal{Subject: h.rail, Path: "purpose", Value: json.RawMessage(`"x"`)})
	try("its country added", moderation.Proposal{Subject: h.rail, Path: "karvan/countries", Value: json.RawMessage(`["TR","AZ"]`)})
	// Of two countries one is enough; a contributor's edit of both belongs to neither.
	sub, err := h.Draft(ctx, h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper"}, Changes: []moderation.Proposal{mine, {Subject: h.rail, Path: "purpose", Value: json.RawMessage(`"x"`)}}}}, true, moderation.Once{})
	must(t, sub, err)
	if len(sub.Countries) != 0 {
		t.Error(sub.Countries)
	}
	if _, err := h.Act(ctx, h.who["editor-az"], sub.ID, sub.Version, policy.Accept, moderation.Decision{}, moderation.Once{}); !errors.Is(err, moderation.ErrNotFound) {
		t.Error(err)
	}
}

// An interest stays one: its author cannot put an edit of somebody's record into it.
func TestInterestIsNoEdit(t *testing.T) {
	h := build(t)
	sub := h.express("company", "public")
	sub = must2(t)(h.act("editor-az", sub, policy.Return, "more", ""))
	_, err := h.Change(t.Context(), h.who["company"], sub.ID, sub.Version, moderation.Submission{Object: policy.Edit, Body: moderation.Body{Said: moderation.Said{Source: "paper"}, Changes: []moderation.Proposal{{Subject: h.road, Path: "title", Value: json.RawMessage(`"Mine"`)}}}}, false, moderation.Once{})
	if !errors.As(err, new(moderation.Faults)) {
		t.Error(err)
	}
}

// A renewal says all anew: what the one before said is public no more, not even where it
// was for the owner only.
func TestRenewalSupersedes(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	first := h.express("company", "owner")
	first = must2(t)(h.act("editor-az", first, policy.Accept, "", ""))
	first = must2(t)(h.act("publisher", first, policy.Publish, "", ""))
	in := interest(h, "public")
	in.Replaces, in.Text = first.ID, "We build tunnels."
	sub := must2(t)(h.Interest(ctx, h.who["company"], in))
	sub = must2(t)(h.Draft(ctx, h.who["company"], sub, true, moderation.Once{}))
	sub = must2(t)(h.act("editor-az", sub, policy.Accept, "", ""))
	sub = must2(t)(h.act("publisher", sub, policy.Publish, "", ""))
	if sub.Subject != first.Subject {
		t.Error("a renewal is another record")
	}
	list, err := h.Register.Statements(ctx, sub.Subject)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	for _, s := range list {
		if strings.Contains(string(s.Value), "bridges.") {
			t.Errorf("what was for the owner is public: %s %s", s.Path, s.Value)
		}
	}
	old := must2(t)(h.Get(ctx, h.who["company"], first.ID))
	if old.State != "superseded" {
		t.Error(old.State)
	}
	if it, err := h.Register.Get(ctx, register.Interest, sub.Subject); err != nil || register.Text(it.Values, "text") != "We build tunnels." {
		t.Error(it, err)
	}
}

// One link an hour goes to a mail address, however often somebody hands in.
func TestConfirmation(t *testing.T) {
	h := build(t)
	h.ConfirmMail, h.Base = true, "https://example.org"
	ctx := t.Context()
	sub := h.express("company", "public")
	if sub.State != "draft" {
		t.Fatal(sub.State)
	}
	if _, err := h.act("company", sub, policy.Submit, "", ""); !errors.As(err, new(moderation.Faults)) {
		t.Errorf("a second link was sent: %v", err)
	}
	var mails []string
	keep := func(to, title, body string) { mails = append(mails, to+"\n"+title+"\n"+body) }
	if n, err := h.SendMail(ctx, sender(keep)); err != nil || n != 1 || !strings.HasPrefix(mails[0], "ayla@example.org\n") {
		t.Fatal(n, err, mails)
	}
	code := mails[0][strings.Index(mails[0], "code=")+5:]
	code, _, _ = strings.Cut(code, "\n")
	if _, err := h.Confirm(ctx, "x"+code); !errors.Is(err, moderation.ErrNotFound) {
		t.Error(err)
	}
	sub = must2(t)(h.Confirm(ctx, code))
	if sub.State != "submitted" {
		t.Error(sub.State)
	}
	if _, err := h.Confirm(ctx, code); !errors.Is(err, moderation.ErrNotFound) {
		t.Error("a link was taken twice")
	}
	must2(t)(h.act("editor-az", sub, policy.Return, "more\r\nBcc: evil@example.org", ""))
	if n, err := h.SendMail(ctx, sender(keep)); err != nil || n != 1 || strings.Contains(strings.Split(mails[1], "\n")[1], "Bcc") {
		t.Error(n, err, mails)
	}
	// What was sent is not kept.
	var kept int
	if err := h.Register.SQL().QueryRowContext(ctx, "SELECT count(*) FROM outbox WHERE body <> ''").Scan(&kept); err != nil || kept != 0 {
		t.Error(kept, err)
	}
	if !slices.Contains(h.events(t), "interest.return") {
		t.Error("no event")
	}
}

// sender makes a mailer of a function.
func sender(keep func(to, title, body string)) func(context.Context, string, string, string) error {
	return func(_ context.Context, to, title, body string) error {
		keep(to, title, body)
		return nil
	}
}
