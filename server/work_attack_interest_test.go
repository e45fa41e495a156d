package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What a company said is not there for another one, in whatever state it is and by
// whatever way it is asked for.
func TestAttackAnotherCompany(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const word = "zyxsecret"
	var all []submitted
	draft := submitted{}
	o.want(o.as("company", http.MethodPost, "/api/v1/interests?draft=true", o.interest("public", word)), http.StatusCreated, &draft)
	all = append(all, draft)
	for _, state := range []string{"submitted", "returned", "accepted", "withdrawn", "published"} {
		s := o.express("company", "owner", word)
		switch state {
		case "returned":
			o.step("editor", &s, "return", map[string]any{"reason": word})
		case "withdrawn":
			o.step("company", &s, "withdraw", nil)
		case "accepted", "published":
			o.step("editor", &s, "accept", nil)
		}
		if state == "published" {
			o.step("publisher", &s, "publish", nil)
		}
		if s.State != state {
			t.Fatalf("%+v", s)
		}
		all = append(all, s)
	}
	browsers := map[string]*browser{"rival": o.signedIn("rival"), "editor-tr": o.signedIn("editor-tr"), "administrator": o.signedIn("administrator")}
	before := o.kept()
	form := interestForm(o, "rival")
	none := "s-00000000000000000000"
	// Who has nothing to do with it: a company, and who keeps something else.
	for who, b := range browsers {
		api := func(method, path string, body any, headers ...string) reply {
			sent := ""
			if body != nil {
				sent, headers = string(mustMarshal(body)), append(headers, "Content-Type", "application/json")
			}
			return b.do(method, path, sent, headers...)
		}
		for _, s := range all {
			at := "/api/v1/submissions/" + s.ID
			match := []string{"If-Match", quote(s.Version)}
			edit := map[string]any{"changes": []map[string]any{{"subject": s.Subject, "path": "text", "value": "x"}}, "said": map[string]any{"source_id": article}}
			asked := map[string]reply{
				"read": api(http.MethodGet, at, nil), "head": api(http.MethodHead, at, nil),
				"page": b.do(http.MethodGet, "/en/work/submissions/"+s.ID, ""), "form": b.do(http.MethodGet, "/en/work/interest?submission="+s.ID, ""),
				"change": api(http.MethodPut, at, edit, match...), "record": api(http.MethodGet, "/api/v1/work/records/"+s.Subject, nil), "record's page": b.do(http.MethodGet, "/ru/work/records/"+s.Subject, ""),
				"published": api(http.MethodGet, "/api/v1/interests/"+s.Subject, nil), "statements": api(http.MethodGet, "/api/v1/interests/"+s.Subject+"/statements", nil), "public page": b.do(http.MethodGet, "/en/interests/"+s.Subject, ""),
			}
			for _, step := range []string{"submit", "accept", "return", "publish", "withdraw"} {
				for _, version := range []string{quote(s.Version), `"1"`, `"0"`} {
					asked[step+version] = api(http.MethodPost, at+"/"+step, map[string]any{"reason": "x", "organisation": "new"}, "If-Match", version)
				}
				asked["page "+step] = b.post("/en/work/submissions/"+s.ID, url.Values{"do": {step}, "version": {fmt.Sprint(s.Version)}, "reason": {"x"}})
			}
			if who == "rival" {
				asked["change as interest"] = api(http.MethodPut, at+"/interest", o.interest("public", "rival"), match...)
				for _, do := range []string{"draft", "submit"} {
					f := url.Values{}
					for k, v := range form {
						f[k] = v
					}
					f.Set("submission", s.ID)
					f.Set("version", fmt.Sprint(s.Version))
					f.Set("do", do)
					asked["form "+do] = b.post("/en/work/interest", f)
				}
			}
			for name, r := range asked {
				if r.status != http.StatusNotFound {
					t.Errorf("%s: %s of what is %s: want 404: %v", who, name, s.State, r)
				}
				if strings.Contains(string(r.body), word) || strings.Contains(string(r.body), s.Number) {
					t.Errorf("%s: %s tells of what is %s: %v", who, name, s.State, r)
				}
			}
			// What is there answers as what is not.
			there, not := api(http.MethodPost, at+"/accept", map[string]any{}, match...), api(http.MethodPost, "/api/v1/submissions/"+none+"/accept", map[string]any{}, match...)
			if string(there.body) != string(not.body) {
				t.Errorf("%s: what is hidden answers as %s, what is not there as %s", who, there.body, not.body)
			}
		}
		for _, path := range []string{"/api/v1/submissions", "/api/v1/submissions?mine=true", "/api/v1/submissions?object=interest", "/api/v1/submissions?state=draft,submitted,returned,accepted,published,withdrawn,superseded", "/api/v1/submissions?subject=" + all[1].Subject,
			"/api/v1/submissions?state=submitted&object=interest&subject=" + all[1].Subject, "/en/work", "/az/work?mine=false", "/api/v1/me", "/en/work/alerts", "/en/work/tokens", "/api/v1/interests?limit=1000", "/en/interests", "/api/v1/search?q=" + word, "/api/v1/changes?limit=1000"} {
			r := b.do(http.MethodGet, path, "")
			body := strings.ReplaceAll(string(r.body), "q="+word, "")
			if r.status != http.StatusOK || strings.Contains(body, "Builders "+word) {
				t.Errorf("%s: %v", who, r)
			}
			for _, s := range all {
				if strings.Contains(body, s.ID) || strings.Contains(body, s.Number) {
					t.Errorf("%s: %s lists what is %s", who, path, s.State)
				}
			}
		}
	}
	if after := o.kept(); after != before {
		// A profile is kept before the form is refused; what counts is what is handed in.
		if strings.ReplaceAll(after, "account WHERE profile <> '{}': 1", "account WHERE profile <> '{}': 0") != before {
			t.Errorf("it wrote: %s", difference(before, after))
		}
	}
	// A renewal of somebody else's is none, and tells not whether it is there.
	renewal := o.interest("public", "rival")
	renewal["replaces"] = all[len(all)-1].ID
	r := o.want(o.as("rival", http.MethodPost, "/api/v1/interests", renewal), http.StatusUnprocessableEntity, nil)
	renewal["replaces"] = none
	if n := o.as("rival", http.MethodPost, "/api/v1/interests", renewal); string(n.body) != string(r.body) {
		t.Errorf("%s, and of what is not there %s", r.body, n.body)
	}
	// The key of somebody else's request gives not its answer.
	mine := o.interest("owner", word+"k")
	var first, second submitted
	o.want(o.as("company", http.MethodPost, "/api/v1/interests", mine, "Idempotency-Key", "k"), http.StatusCreated, &first)
	o.want(o.as("rival", http.MethodPost, "/api/v1/interests", mine, "Idempotency-Key", "k"), http.StatusCreated, &second)
	if first.ID == second.ID {
		t.Error("the key of somebody else gives what they handed in")
	}
	// Nor does one's own, for a step on somebody else's.
	o.want(o.as("rival", http.MethodPost, "/api/v1/submissions/"+first.ID+"/withdraw", map[string]any{}, "If-Match", quote(first.Version), "Idempotency-Key", "k"), http.StatusConflict, nil)
	for _, path := range []string{"/api/v1/submissions", "/api/v1/submissions/" + first.ID} {
		if r := o.plain(http.MethodGet, path, nil); r.status != http.StatusUnauthorized {
			t.Errorf("%v", r)
		}
	}
}

// Who proposes a change of a record that is hidden learns nothing of it: not its name, not
// where it belongs, not whether it is there.
func TestAttackHiddenRecordByProposal(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const word = "zyxhidden"
	s := o.express("company", "owner", word)
	o.step("editor", &s, "accept", nil)
	o.step("publisher", &s, "publish", nil)
	none := s.Subject[:len(s.Subject)-6] + "000000"
	said := map[string]any{"source_id": article}
	bodies := map[string]func(id string) (method, path string, body any, headers []string){
		"draft": func(id string) (string, string, any, []string) {
			return http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": id, "path": "text", "value": "x"}}, "said": said}, nil
		},
		"handed in": func(id string) (string, string, any, []string) {
			return http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": id, "path": "text", "value": "x"}}, "said": said, "submit": true}, nil
		},
		"old base": func(id string) (string, string, any, []string) {
			return http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": id, "path": "text", "value": "x"}}, "said": said, "base": map[string]int{id: 1}}, nil
		},
		"faulty": func(id string) (string, string, any, []string) {
			return http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": id, "path": "validUntil", "value": 5}}, "said": said}, nil
		},
		"of one record": func(id string) (string, string, any, []string) {
			return http.MethodPatch, "/api/v1/work/records/" + id, map[string]any{"changes": []map[string]any{{"path": "text", "value": "x"}}, "said": said}, []string{"If-Match", `"1"`}
		},
		"of one record, late": func(id string) (string, string, any, []string) {
			return http.MethodPatch, "/api/v1/work/records/" + id, map[string]any{"changes": []map[string]any{{"path": "text", "value": "x"}}, "said": said}, []string{"If-Match", `"99999999"`}
		},
		"report": func(id string) (string, string, any, []string) {
			return http.MethodPost, "/api/v1/reports", map[string]any{"record": id, "text": "x"}, nil
		},
	}
	for name, make := range bodies {
		for _, who := range []string{"contributor", "rival", "editor-tr"} {
			method, path, body, headers := make(s.Subject)
			there := o.as(who, method, path, body, headers...)
			method, path, body, headers = make(none)
			not := o.as(who, method, path, body, headers...)
			if strings.Contains(string(there.body), word) || strings.Contains(string(there.body), `"AZ"`) {
				t.Errorf("%s as %s tells of what is hidden: %v", name, who, there)
			}
			if there.status != not.status {
				t.Errorf("%s as %s: what is hidden answers %d, what is not there %d", name, who, there.status, not.status)
			}
		}
	}
}

// Nor does who imports it, or asks what an import would do.
func TestAttackHiddenRecordByImport(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const word = "zyximport"
	s := o.express("company", "owner", word)
	o.step("editor", &s, "accept", nil)
	o.step("publisher", &s, "publish", nil)
	p := o.project().ID
	for path, value := range map[string]any{"karvan/internalRemarks[1]/text": "remark " + word, "karvan/contact/email": word + "@example.org"} {
		remark := o.propose("editor", p, map[string]any{"path": path, "value": value})
		o.step("publisher", &remark, "accept", nil)
		o.step("second", &remark, "publish", nil)
	}
	ask := func(who, name, content, more string) reply {
		return o.plain(http.MethodPost, "/api/v1/import?source="+article+"&name="+name+more, strings.NewReader(content), "Content-Type", "application/octet-stream", "Authorization", "Bearer "+o.tokens[who])
	}
	interest := func(id string) string {
		// A revision that is yet to come is no conflict with what is there.
		return "id,revision,title,who,country,services,roles,about/countries,status,visibility\n" + id + ",99999999,A title,Somebody,TR,construction.road,contractor,AZ,expressed,owner\n"
	}
	project := `{"projects":[{"id":"` + p + `","title":"A road","karvan":{"internalRemarks":[{"id":"1","text":"x"}],"contact":{"email":"x@example.org"}}}]}`
	for _, who := range []string{"contributor", "editor-tr"} {
		for _, more := range []string{"&dry_run=true", ""} {
			for name, content := range map[string]string{"interests.csv": interest(s.Subject), "projects.json": project, "projects.csv": "id,title\n" + p + ",A road\n"} {
				// That the id is taken may be told; it is not guessed.
				if r := ask(who, name, content, more); r.status >= 500 || strings.Contains(string(r.body), word) {
					t.Errorf("%s%s, %s: %v", who, more, name, r)
				}
			}
		}
	}
}
