package server_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/karvan/karvan/policy"
)

// Every role opens the page of a submission in each state, and sends each step by its
// form; the page shows the steps that the policy allows, and refuses the others as the API
// does.
func TestWorkPolicyThroughThePages(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project()
	actions := []policy.Action{policy.Submit, policy.Accept, policy.Return, policy.Publish, policy.Withdraw}
	rules := policy.Policy{FourEyes: true}
	for _, way := range [][][2]string{nil, {{"editor", "return"}}, {{"editor", "accept"}}, {{"editor", "accept"}, {"second", "publish"}}, {{"editor", "accept"}, {"second", "publish"}, {"second", "withdraw"}}} {
		s := o.propose("contributor", p.ID, map[string]any{"path": "purpose", "value": strings.Repeat("x", len(way)+1)})
		for _, step := range way {
			o.step(step[0], &s, step[1], map[string]any{"reason": "more"})
		}
		at := policy.Target{Object: policy.Edit, State: s.State, Visibility: "public", Author: o.ids["contributor"], Countries: s.Countries}
		for who, grants := range people {
			person := policy.Principal{Account: o.ids[who], Grants: grants}
			may := func(a policy.Action) bool { return rules.Allows(person, a, at) == nil }
			b := o.signedIn(who)
			page := b.do(http.MethodGet, "/en/work/submissions/"+s.ID, "")
			if (page.status == 200) != may(policy.Read) || page.status != 200 && page.status != 404 {
				t.Errorf("%s opens an edit in state %s: %d", who, s.State, page.status)
			}
			home := b.do(http.MethodGet, "/en/work", "")
			if strings.Contains(string(home.body), s.ID) && !may(policy.Read) {
				t.Errorf("%s finds an edit in state %s on its page", who, s.State)
			}
			for _, a := range actions {
				button := strings.Contains(string(page.body), `value="`+string(a)+`"`)
				if button != (may(policy.Read) && may(a)) {
					t.Errorf("%s in state %s: a button to %s: %v", who, s.State, a, button)
				}
				if may(policy.Read) && may(a) {
					continue
				}
				want := http.StatusForbidden
				if !may(policy.Read) {
					want = http.StatusNotFound
				}
				if r := b.post("/en/work/submissions/"+s.ID, url.Values{"do": {string(a)}, "version": {strings.Trim(quote(s.Version), `"`)}, "reason": {"x"}}); r.status != want {
					t.Errorf("%s %ss an edit in state %s by the form: %d, want %d", who, a, s.State, r.status, want)
				}
			}
		}
	}
	// Pages of roles: who may not is refused, and told no more.
	for path, allowed := range map[string][]string{
		"/en/work/accounts": {"auditor", "administrator"}, "/en/work/audit": {"auditor", "administrator"},
		"/en/work/import": {"contributor", "editor", "editor-tr", "publisher", "second"}, "/en/work/tokens": nil, "/en/work/alerts": nil, "/en/work/interest": nil,
	} {
		for who := range people {
			want := allowed == nil
			for _, a := range allowed {
				want = want || a == who
			}
			if r := o.signedIn(who).do(http.MethodGet, path, ""); (r.status == 200) != want || r.status != 200 && r.status != 403 {
				t.Errorf("%s opens %s: %d", who, path, r.status)
			}
		}
		if r := o.plain(http.MethodGet, path, nil); r.status != 200 || !strings.Contains(string(r.body), "Sign in") {
			t.Errorf("somebody who is not signed in opens %s: %v", path, r)
		}
	}
}

// A form that is sent twice, as by two clicks on its button, is taken once; the same form
// opened anew is another.
func TestFormsSentTwiceAreTakenOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	field := regexp.MustCompile(`name="once" value="([^"]+)"`)
	project := o.project().ID
	edit := url.Values{"a0": {"purpose"}, "w0": {"To carry more"}, "source": {article}, "knownOn": {"2021-12-26"}}
	interest := interestForm(o, "twice")
	interest.Set("do", "submit")
	for _, f := range []struct {
		who, at string
		form    url.Values
	}{{"contributor", "/en/work/records/" + project, edit}, {"company", "/en/work/interest", interest}} {
		b := o.signedIn(f.who)
		send := func(key string) string {
			f.form.Set("once", key)
			r := b.post(f.at, f.form)
			if r.status != http.StatusSeeOther {
				t.Fatalf("%s: %v", f.at, r)
			}
			return r.header.Get("Location")
		}
		open := func() string {
			m := field.FindStringSubmatch(string(b.do(http.MethodGet, f.at, "").body))
			if m == nil {
				t.Fatalf("%s has no field that names the form", f.at)
			}
			return m[1]
		}
		first := open()
		at := send(first)
		if again := send(first); again != at {
			t.Errorf("%s: sent twice it is %s and %s", f.at, at, again)
		}
		if next := open(); next == first || send(next) == at {
			t.Errorf("%s: opened anew it is the same", f.at)
		}
	}
}
