package moderation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/register"
)

// Of rival values an editor chooses one, with a reason: it stands over a newer one.
func TestPinnedValueStands(t *testing.T) {
	h := build(t)
	sub, err := h.edit("contributor", h.road, moderation.Proposal{Path: "karvan/lengthKm", Value: json.RawMessage("101")})
	h.publish(t, must(t, sub, err))
	h.now = h.now.AddDate(0, 0, 1)
	sub, err = h.edit("contributor", h.road, moderation.Proposal{Path: "karvan/lengthKm", Value: json.RawMessage("81")})
	h.publish(t, must(t, sub, err))
	length := func() string {
		it, err := h.Register.Get(t.Context(), "", h.road)
		if err != nil {
			t.Fatal(err)
		}
		return string(register.Encode(register.At(it.Values, "karvan/lengthKm")))
	}
	if length() != "81" {
		t.Fatal(length())
	}
	sub, err = h.edit("editor-az", h.road, moderation.Proposal{Path: "karvan/lengthKm", Value: json.RawMessage("101"), Pinned: true, Reason: "the act says so"})
	h.publish(t, must(t, sub, err))
	h.now = h.now.AddDate(0, 1, 0)
	sub, err = h.edit("contributor", h.road, moderation.Proposal{Path: "karvan/lengthKm", Value: json.RawMessage("99")})
	h.publish(t, must(t, sub, err))
	if length() != "101" {
		t.Errorf("%s stands over the one that was chosen", length())
	}
	w, err := h.Register.Whole(t.Context(), h.road)
	if err != nil || w.Choices["karvan/lengthKm"].Reason != "the act says so" || len(w.Choices["karvan/lengthKm"].Rivals) < 2 {
		t.Errorf("%+v %v", w.Choices["karvan/lengthKm"], err)
	}
}

// Who follows a country is told by mail of what is new there, once, and of nothing else.
func TestAlerts(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	a, err := h.Accounts.Get(ctx, h.who["company"].Account)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []moderation.Alert{{Kind: "ship"}, {Country: "Azerbaijan"}} {
		if _, err := h.AddAlert(ctx, a, bad); !errors.As(err, new(moderation.Faults)) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := h.AddAlert(ctx, a, moderation.Alert{Kind: "project", Country: "az", Language: "tr"}); err != nil {
		t.Fatal(err)
	}
	tell := func(want int) {
		t.Helper()
		if n, err := h.TellAlerts(ctx); err != nil || n != want {
			t.Errorf("%d told, want %d, %v", n, want, err)
		}
	}
	tell(0)
	sub, err := h.edit("contributor", h.rail, value("purpose", "x"))
	h.publish(t, must(t, sub, err))
	tell(0) // of another country
	sub, err = h.edit("editor-az", h.road, value("karvan/internalRemarks[1]/text", "doubtful"))
	h.publish(t, must(t, sub, err))
	tell(0) // nothing that is public
	sub, err = h.edit("contributor", h.road, value("purpose", "x"))
	h.publish(t, must(t, sub, err))
	tell(1)
	tell(0)
	sent := ""
	if n, err := h.SendMail(ctx, sender(func(to, title, body string) { sent = to + "\n" + title + "\n" + body })); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if !strings.HasPrefix(sent, "company@example.org\n") || !strings.Contains(sent, "Road") || !strings.Contains(sent, "/tr/projects/") || strings.Contains(sent, "doubtful") {
		t.Error(sent)
	}
	list, err := h.Alerts(ctx, a.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := h.DropAlert(ctx, "somebody else", list[0].ID); err != nil {
		t.Error(err)
	}
	if list, _ := h.Alerts(ctx, a.ID); len(list) != 1 {
		t.Error("somebody else ended it")
	}
}

// A feed that is silent for longer than its period is told first, whatever it brought before.
func TestSilentImporters(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	heard := func(name string, every time.Duration, count int, failure error) {
		t.Helper()
		if err := h.Heard(ctx, name, every, count, failure); err != nil {
			t.Fatal(err)
		}
	}
	heard("daily", 24*time.Hour, 100, nil)
	heard("weekly", 7*24*time.Hour, 50, nil)
	heard("never", time.Hour, 0, errors.New("no answer"))
	h.now = h.now.Add(30 * time.Hour)
	heard("daily", 24*time.Hour, 0, errors.New("the feed is empty"))
	list, err := h.Importers(ctx)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	if !list[0].Silent || list[0].Name != "daily" || list[0].Error == "" || list[0].LastCount != 100 || !list[1].Silent || list[2].Silent || list[2].Name != "weekly" {
		t.Errorf("%+v", list)
	}
	heard("daily", 24*time.Hour, 90, nil)
	list, _ = h.Importers(ctx)
	for _, i := range list {
		if i.Name == "daily" && (i.Silent || i.LastDelta != -10 || i.Error != "") {
			t.Errorf("%+v", i)
		}
	}
}

// Several servers on one database send each mail once; one that failed is tried again
// later, and not for ever.
func TestMailIsSentOnce(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	if err := h.Register.SQL().Within(ctx, func(tx *sqldb.Tx) error {
		for i := range 20 {
			if err := moderation.Queue(ctx, tx, h.now.Format(time.RFC3339), fmt.Sprintf("p%d@example.org", i), "Title", "Body"); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := h.SendMail(ctx, func(_ context.Context, to, _, _ string) error {
				mu.Lock()
				defer mu.Unlock()
				if got[to]++; to == "p7@example.org" {
					return errors.New("the box is full")
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for to, n := range got {
		if n != 1 {
			t.Errorf("%s: sent %d times", to, n)
		}
	}
	if len(got) != 20 {
		t.Errorf("%d of 20 were sent", len(got))
	}
	tried := 0
	for range 40 {
		h.now = h.now.Add(time.Hour * 24)
		if _, err := h.SendMail(ctx, func(_ context.Context, to, _, _ string) error {
			if tried++; to != "p7@example.org" {
				t.Errorf("%s is sent again", to)
			}
			return errors.New("the box is full")
		}); err != nil {
			t.Fatal(err)
		}
	}
	if tried != 9 {
		t.Errorf("it was tried %d times again, not 9", tried)
	}
}
