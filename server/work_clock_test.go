package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/store/registerdb"
)

// A clock that jumps, forwards and back, loses nothing: what is recorded stays, an embargo
// that has ended does not begin again, sessions and tokens live no longer than they may,
// and the log holds.
func TestWorkClockJumps(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project()
	publish := func(words, from string) submitted {
		s := o.propose("contributor", p.ID, map[string]any{"path": "karvan/notes[" + words + "]/text", "value": words})
		o.step("editor", &s, "accept", nil)
		o.step("publisher", &s, "publish", map[string]any{"visible_from": from})
		return s
	}
	said := func(words string) bool {
		return strings.Contains(string(o.get("/api/v1/projects/"+p.ID).body), `"text":"`+words+`"`)
	}
	start := *o.clock
	publish("first", "")
	publish("later", start.AddDate(0, 2, 0).Format(time.DateOnly))
	*o.clock = start.AddDate(0, -6, 0) // back by half a year
	o.h.RunJobs(t.Context())
	publish("back", "")
	if !said("first") || !said("back") || said("later") {
		t.Error("a clock that was set back changes what is published")
	}
	*o.clock = start.AddDate(0, 3, 0) // forwards, past the end of the embargo
	o.h.RunJobs(t.Context())
	if !said("later") {
		t.Error("the embargo has not ended")
	}
	*o.clock = start
	o.h.RunJobs(t.Context())
	if !said("later") {
		t.Error("an embargo that has ended begins again")
	}
	publish("again", "")
	// Changes are listed in the order of publication, whatever the clock said.
	var list struct {
		Items []statementBody `json:"items"`
	}
	o.into("/api/v1/changes?limit=4", &list)
	var order []string
	for _, s := range list.Items {
		order = append(order, strings.Trim(string(s.Value), `"`))
	}
	if got := strings.Join(order, " "); got != "again later back first" {
		t.Errorf("changes: %s", got)
	}
	*o.clock = start.AddDate(2, 0, 0)
	o.want(o.as("editor", http.MethodGet, "/api/v1/me", nil), 401, nil)
	if v, err := registerdb.Verify(t.Context(), o.db.SQL(), ""); err != nil || v.Events == 0 {
		t.Errorf("%+v %v", v, err)
	}
}
