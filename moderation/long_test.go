package moderation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

// Long values are taken or refused with a reason, on either database: what is looked up by
// an index is bounded there.
func TestLongValues(t *testing.T) {
	h := build(t)
	r := rand.New(rand.NewPCG(1, 2))
	words := func(n int) string { // that no compression makes short
		b := make([]byte, n)
		for i := range b {
			if b[i] = byte('a' + r.IntN(26)); i%9 == 8 {
				b[i] = ' '
			}
		}
		return string(b)
	}
	var sectors, countries []string
	for range 400 {
		sectors = append(sectors, "other."+words(30))
		countries = append(countries, string([]byte{byte('A' + r.IntN(26)), byte('A' + r.IntN(26))}))
	}
	fresh := func(kind register.Kind) string { return register.NewID(kind, time.Now()) }
	project, meeting := fresh(register.Project), fresh(register.Meeting)
	target := fresh(register.Target)
	for i, c := range []struct {
		refused bool // codes and days are short, and a slug is
		changes []moderation.Proposal
	}{
		{false, []moderation.Proposal{{Subject: h.road, Path: "title", Value: register.Encode(words(9000))}}},
		{false, []moderation.Proposal{{Subject: h.road, Path: "title@ru", Value: register.Encode(words(9000))}}},
		{false, []moderation.Proposal{{Subject: h.road, Path: "description", Value: register.Encode(words(15000))}}},
		{false, []moderation.Proposal{{Subject: h.road, Path: "sector", Value: register.Encode(sectors)}}},
		{false, []moderation.Proposal{{Subject: h.road, Path: "karvan/countries", Value: register.Encode(append(countries, "AZ"))}}},
		{true, []moderation.Proposal{{Subject: h.road, Path: "implementationPeriod/startDate", Value: register.Encode(words(9000))}}},
		{true, []moderation.Proposal{{Subject: h.road, Path: "implementationPeriod/endDate", Value: register.Encode(words(9000))}}},
		{true, []moderation.Proposal{{Subject: target, Path: "measure", Value: register.Encode(words(9000))}, {Subject: target, Path: "projects", Value: register.Encode([]string{h.road})}}},
		{false, []moderation.Proposal{{Subject: project, Path: "title", Value: json.RawMessage(`"New"`)}, {Subject: project, Path: "karvan/slug", Value: register.Encode("s" + fmt.Sprint(register.Slug(words(9000))))}, {Subject: project, Path: "karvan/countries", Value: json.RawMessage(`["AZ"]`)}}},
		{true, []moderation.Proposal{{Subject: meeting, Path: "title", Value: json.RawMessage(`"New"`)}, {Subject: meeting, Path: "date", Value: register.Encode(words(9000))}, {Subject: meeting, Path: "projects", Value: register.Encode([]string{h.road})}}},
	} {
		changes := c.changes
		sub, err := h.Draft(t.Context(), h.who["contributor"], &moderation.Submission{Object: policy.Edit, Body: moderation.Body{Changes: changes, Said: moderation.Said{Source: "paper", KnownOn: "2026-03-01"}}}, true, moderation.Once{})
		if refused := errors.As(err, new(moderation.Faults)); refused != c.refused || err != nil && !refused {
			t.Errorf("%d, %s: %.200v", i, changes[len(changes)-1].Path, err)
		}
		if err != nil {
			continue
		}
		sub = must2(t)(h.act("publisher", sub, policy.Accept, "", ""))
		if _, err := h.act("other-publisher", sub, policy.Publish, "", ""); err != nil {
			t.Errorf("%d, %s: %.200v", i, changes[len(changes)-1].Path, err)
		}
	}
}
