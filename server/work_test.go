package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
)

// From a proposal to what everybody reads, with what is refused on the way.
func TestWorkGoesItsWay(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project()
	record := "/api/v1/work/records/" + p.ID
	changes := map[string]any{"changes": []map[string]any{{"path": "purpose", "value": "To open the road"}}, "said": map[string]any{"source_id": article}}
	o.want(o.as("", http.MethodPatch, record, changes, "If-Match", `"1"`), 401, nil)
	o.want(o.as("contributor", http.MethodPatch, record, changes), 428, nil)
	o.want(o.as("contributor", http.MethodPatch, record, changes, "If-Match", "x"), 412, nil)
	o.want(o.as("rival", http.MethodPatch, record, changes, "If-Match", `"99999999"`), 403, nil)
	before := o.get("/api/v1/projects/" + p.ID)
	s := o.propose("contributor", p.ID, map[string]any{"path": "purpose", "value": "To open the road"})
	if s.State != "submitted" || !strings.HasPrefix(s.Number, "K-") {
		t.Fatalf("%+v", s)
	}
	if after := o.get("/api/v1/projects/" + p.ID); string(after.body) != string(before.body) || after.header.Get("ETag") != before.header.Get("ETag") {
		t.Error("a proposal changes what everybody reads")
	}
	o.want(o.as("rival", http.MethodGet, "/api/v1/submissions/"+s.ID, nil), 404, nil)
	o.want(o.as("contributor", http.MethodPost, "/api/v1/submissions/"+s.ID+"/accept", map[string]any{}, "If-Match", quote(s.Version)), 403, nil)
	o.want(o.as("editor", http.MethodPost, "/api/v1/submissions/"+s.ID+"/accept", map[string]any{}, "If-Match", `"1"`), 412, nil)
	o.want(o.as("editor", http.MethodPost, "/api/v1/submissions/"+s.ID+"/return", map[string]any{}, "If-Match", quote(s.Version)), 422, nil)
	o.step("editor", &s, "accept", nil)
	o.step("publisher", &s, "publish", nil)
	after := o.get("/api/v1/projects/" + p.ID)
	if !strings.Contains(string(after.body), "To open the road") || after.header.Get("ETag") == before.header.Get("ETag") {
		t.Errorf("what was published is not there: %v", after)
	}
	// A change from what was read before is told with what others did.
	var conflict struct {
		Theirs []statementBody `json:"theirs"`
		ETag   string          `json:"etag"`
	}
	changes["changes"] = []map[string]any{{"path": "purpose", "value": "Another"}}
	o.want(o.as("contributor", http.MethodPatch, record, changes, "If-Match", `"1"`), 412, &conflict)
	if len(conflict.Theirs) == 0 || conflict.ETag == "" {
		t.Errorf("%+v", conflict)
	}
	o.want(o.as("contributor", http.MethodPatch, record, changes, "If-Match", conflict.ETag), 201, nil)
	// A request that is sent again is done once.
	var first, again submitted
	purpose := map[string]any{"changes": []map[string]any{{"path": "description", "value": "x"}}, "said": map[string]any{"source_id": article}}
	o.want(o.as("contributor", http.MethodPatch, record, purpose, "If-Match", conflict.ETag, "Idempotency-Key", "k1"), 201, &first)
	o.want(o.as("contributor", http.MethodPatch, record, purpose, "If-Match", conflict.ETag, "Idempotency-Key", "k1"), 201, &again)
	if first.ID != again.ID {
		t.Error("it was done twice")
	}
	o.want(o.as("contributor", http.MethodPatch, record, changes, "If-Match", conflict.ETag, "Idempotency-Key", "k1"), 409, nil)
	// All that is wrong is told, each with its place.
	r := o.as("contributor", http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": "x", "path": "a"}, {"subject": p.ID, "path": "[", "value": 1}}, "said": map[string]any{"source_id": "nobody", "known_on": "soon"}})
	o.want(r, 422, nil)
	for _, place := range []string{"/changes/0/subject", "/changes/1/path", "/said/known_on", "/source"} {
		if !strings.Contains(string(r.body), `"`+place+`"`) {
			t.Errorf("%s is not told: %v", place, r)
		}
	}
	if r := o.as("auditor", http.MethodGet, "/api/v1/audit/events?limit=1000", nil); r.status != 200 || !strings.Contains(string(r.body), "edit.publish") || !strings.Contains(string(r.body), `"refused"`) {
		t.Errorf("%v", r)
	}
}

// surfaces are all the addresses at which a record of a kind, a source or a word could
// be read by everybody.
func (o *office) surfaces(kind, id, source, word string) []string {
	out := []string{"/", "/en", "/ru", "/en/" + kind, "/az/" + kind + "?q=" + word, "/en/" + kind + "/" + id, "/en/" + kind + "/" + id + "/brief", "/en/search?q=" + word, "/en/changes", "/en/sources", "/en/sources/" + source, "/en/pack", "/en/about",
		"/api/v1/" + kind + "?limit=1000", "/api/v1/" + kind + "?q=" + word, "/api/v1/" + kind + "/" + id, "/api/v1/" + kind + "/" + id + "/statements", "/api/v1/" + kind + "/" + id + "?asOf=2030-01-01", "/api/v1/" + kind + "?asOf=2030-01-01&limit=1000",
		"/api/v1/search?q=" + word, "/api/v1/changes?limit=1000", "/api/v1/kinds", "/api/v1/sources", "/api/v1/sources/" + source, "/api/v1/export/en/projects.json", "/api/v1/export/tr/projects.json", "/api/v1/export/statements.ndjson",
		"/ogc/collections", "/ogc/collections/projects/items?limit=1000", "/ogc/collections/organisations/items?limit=1000", "/ogc/collections/projects/items/" + id}
	for _, f := range []string{"csv", "geojson", "atom", "ics"} {
		out = append(out, "/api/v1/"+kind+"."+f)
	}
	for _, sort := range []string{"name", "-updated", "date"} {
		out = append(out, "/api/v1/"+kind+"?limit=1000&sort="+sort)
	}
	return out
}

// Nothing of what is not public is read at any address, by any role: not its words,
// not that it is there. What everybody reads stays byte for byte the same, with the same
// ETags and counts, while drafts, hidden fields and embargoed facts come in.
func TestWorkLeaksNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project()
	roles := []string{"", "company", "contributor", "editor", "publisher", "auditor", "administrator"}
	const word = "zyxwvu"
	kinds := map[string]string{"projects": p.ID, "interests": "kv-interest-01ARZ3NDEKTSV4RRFFQ69G5FAV", "organisations": o.all("organisations", "")[0].ID}
	look := func() map[string]string {
		out := map[string]string{}
		for kind, id := range kinds {
			for _, at := range o.surfaces(kind, id, "source-"+word, word) {
				r := timeless(o.plain(http.MethodGet, at, nil))
				out[at] = fmt.Sprint(r.status, r.header.Get("ETag"), r.header.Get("Last-Modified"), "\n", string(r.body))
				if strings.Contains(strings.ReplaceAll(string(r.body), "q="+word, ""), "Builders "+word) {
					t.Errorf("%s says the word", at)
				}
			}
		}
		return out
	}
	before := look()
	// What comes in: an interest in each state and visibility, edits, hidden fields, a
	// report, an embargo. Each with the word in every field, and a source of its own.
	for _, visibility := range []string{"public", "owner"} {
		for _, state := range []string{"submitted", "returned", "accepted", "withdrawn"} {
			s := o.express("company", visibility, word)
			switch state {
			case "returned":
				o.step("editor", &s, "return", map[string]any{"reason": word})
			case "accepted":
				o.step("editor", &s, "accept", nil)
			case "withdrawn":
				o.step("company", &s, "withdraw", nil)
			}
		}
		s := o.express("company", visibility, word)
		o.step("editor", &s, "accept", nil)
		if visibility == "owner" {
			o.step("publisher", &s, "publish", nil)
		} else {
			o.step("publisher", &s, "publish", map[string]any{"visible_from": o.clock.AddDate(0, 1, 0).Format(time.DateOnly)})
		}
	}
	o.propose("contributor", p.ID, map[string]any{"path": "description", "value": word})
	source := map[string]any{"id": "source-" + word, "class": "press", "title": map[string]any{"en": word}}
	for _, c := range []map[string]any{{"path": "karvan/internalRemarks", "value": word}, {"path": "karvan/contact", "value": map[string]any{"email": word}}} {
		e := o.want(o.as("editor", http.MethodGet, "/api/v1/work/records/"+p.ID, nil), 200, nil).header.Get("ETag")
		var s submitted
		body := map[string]any{"changes": []map[string]any{c}, "source": source, "said": map[string]any{}}
		o.want(o.as("editor", http.MethodPatch, "/api/v1/work/records/"+p.ID, body, "If-Match", e), 201, &s)
		o.step("publisher", &s, "accept", nil)
		o.step("second", &s, "publish", nil)
	}
	o.want(o.as("", http.MethodPost, "/api/v1/reports", map[string]any{"record": p.ID, "text": word, "mail": word + "@example.org"}), 201, nil)
	for at, was := range before {
		r := timeless(o.plain(http.MethodGet, at, nil))
		now := fmt.Sprint(r.status, r.header.Get("ETag"), r.header.Get("Last-Modified"), "\n", string(r.body))
		if now != was {
			t.Errorf("%s changed: %s", at, difference(was, now))
		}
		// A role changes nothing of what everybody reads, but for who is signed in.
		for _, role := range roles[1:] {
			signed := timeless(o.as(role, http.MethodGet, at, nil))
			if signed.status != r.status || strings.HasPrefix(at, "/api/") && string(signed.body) != string(r.body) || signed.header.Get("ETag") != r.header.Get("ETag") {
				t.Errorf("%s reads something else at %s: %s", role, at, difference(string(r.body), string(signed.body)))
			}
		}
	}
	book := o.plain(http.MethodGet, "/api/v1/export/en/register.xlsx", nil)
	if strings.Contains(unzipped(t, book.body), word) {
		t.Error("the workbook says the word")
	}
	// Who may, sees it.
	if r := o.as("auditor", http.MethodGet, "/api/v1/work/records/"+p.ID, nil); strings.Count(string(r.body), word) < 2 {
		t.Errorf("the auditor does not see what is hidden: %v", r)
	}
	for _, who := range []string{"contributor", "administrator", "company", "editor-tr"} {
		if r := o.as(who, http.MethodGet, "/api/v1/work/records/"+p.ID, nil); strings.Contains(string(r.body), word) {
			t.Errorf("%s sees what is hidden: %v", who, r)
		}
	}
	// When its day comes, an embargo ends.
	*o.clock = o.clock.AddDate(0, 1, 1)
	o.h.RunJobs(t.Context())
	if r := o.get("/api/v1/interests?q=" + word); !strings.Contains(string(r.body), `"total":1`) || strings.Contains(string(r.body), word+"@example.org") || strings.Contains(string(r.body), "+90 "+word) {
		t.Errorf("after the embargo: %v", r)
	}
}

// stamped is when an answer of OGC API Features was made.
var stamped = regexp.MustCompile(`"timeStamp":"[^"]+"`)

func timeless(r reply) reply {
	r.body = stamped.ReplaceAll(r.body, nil)
	return r
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("…%.120q\nnow …%.120q", a[max(0, i-40):], b[max(0, i-40):])
}

// Every role tries every action on a submission of every object in every state, through
// the API; the answer is as the policy has it, and every refusal of somebody who is signed
// in is in the log.
func TestWorkPolicyThroughTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project()
	steps := map[string][][2]string{
		"submitted": nil, "returned": {{"editor", "return"}}, "accepted": {{"editor", "accept"}}, "published": {{"editor", "accept"}, {"second", "publish"}}, "withdrawn": {{"editor", "accept"}, {"second", "publish"}, {"second", "withdraw"}},
	}
	make := map[policy.Object]func(visibility string) submitted{
		policy.Interest: func(v string) submitted { return o.express("company", v, "word") },
		policy.Edit: func(v string) submitted {
			path := "description"
			if v == "internal" {
				path = "karvan/internalRemarks"
			}
			who := "contributor"
			if v != "public" {
				who = "publisher"
			}
			return o.propose(who, p.ID, map[string]any{"path": path, "value": fmt.Sprint("x", len(v))})
		},
	}
	// An interest holds a contact, whoever may see it else: its least public part is the owner's.
	authors := map[policy.Object]map[string]string{policy.Interest: {"owner": "company"}, policy.Edit: {"public": "contributor", "internal": "publisher"}}
	refusals := 0
	rules := policy.Policy{FourEyes: true}
	for object, visibilities := range authors {
		for visibility, author := range visibilities {
			for state, way := range steps {
				s := make[object](visibility)
				for _, step := range way {
					body := map[string]any{}
					if step[1] == "return" {
						body["reason"] = "more"
					}
					o.step(step[0], &s, step[1], body)
				}
				if s.State != state || s.Visibility != visibility {
					t.Fatalf("%s %s: %+v", object, state, s)
				}
				for who, grants := range people {
					person := policy.Principal{Account: o.ids[who], Grants: grants}
					at := policy.Target{Object: object, State: state, Visibility: visibility, Author: o.ids[author], Countries: s.Countries}
					may := func(a policy.Action) bool { return rules.Allows(person, a, at) == nil }
					r := o.as(who, http.MethodGet, "/api/v1/submissions/"+s.ID, nil)
					if (r.status == 200) != may(policy.Read) || r.status != 200 && r.status != 404 {
						t.Errorf("%s reads %s %s %s: %d", who, object, visibility, state, r.status)
					}
					if r.status == 404 {
						refusals++
					}
					list := o.as(who, http.MethodGet, "/api/v1/submissions?subject="+url.QueryEscape(s.Subject), nil)
					if strings.Contains(string(list.body), s.ID) != may(policy.Read) {
						t.Errorf("%s lists %s %s %s", who, object, visibility, state)
					}
					for _, a := range []policy.Action{policy.Submit, policy.Accept, policy.Return, policy.Publish, policy.Withdraw} {
						if may(policy.Read) && may(a) {
							continue // done on the way, or below
						}
						want := 403
						if !may(policy.Read) {
							want = 404
						}
						if r := o.as(who, http.MethodPost, "/api/v1/submissions/"+s.ID+"/"+string(a), map[string]any{"reason": "x"}, "If-Match", quote(s.Version)); r.status != want {
							t.Errorf("%s %ss %s %s %s: want %d, %v", who, a, object, visibility, state, want, r)
						}
						refusals++
					}
				}
			}
		}
	}
	logged := 0
	for _, at := range []string{"accounts", "audit/events"} {
		for who := range people {
			r := o.as(who, http.MethodGet, "/api/v1/"+at, nil)
			if (r.status == 200) != slices.Contains([]string{"auditor", "administrator"}, who) {
				t.Errorf("%s reads %s: %d", who, at, r.status)
			}
			if r.status == 403 {
				refusals++
			}
		}
	}
	rows, err := o.db.SQL().QueryContext(t.Context(), "SELECT count(*) FROM event WHERE action = 'refused'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&logged); err != nil {
			t.Fatal(err)
		}
	}
	if logged != refusals || refusals < 300 {
		t.Errorf("%d refusals, %d in the log", refusals, logged)
	}
}

// Every GET of the work is as the document says, for somebody who may.
func TestWorkDocumentIsKept(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	s := o.express("company", "public", "word")
	for _, at := range []string{"/api/v1/me", "/api/v1/me/tokens", "/api/v1/me/alerts", "/api/v1/submissions?mine=true", "/api/v1/submissions?state=draft,submitted&object=interest", "/api/v1/submissions/" + s.ID} {
		o.want(o.as("company", http.MethodGet, at, nil), 200, nil)
	}
	for _, at := range []string{"/api/v1/accounts", "/api/v1/audit/events", "/api/v1/audit/events?before=5&limit=2", "/api/v1/audit/head", "/api/v1/work/records/" + o.project().ID} {
		o.want(o.as("auditor", http.MethodGet, at, nil), 200, nil)
	}
	if kept := moderation.InterestRoles; len(kept) == 0 {
		t.Error("no roles")
	}
}
