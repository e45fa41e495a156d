package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/accounts"
)

// accountOf gives an account as the register keeps it.
func (o *office) accountOf(id string) *accounts.Account {
	o.t.Helper()
	a, err := o.accounts.Get(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

// The same mail address, name or subject makes nobody somebody else.
func TestAttackPreHijacking(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	// The victim's account is there first, or the attacker's is.
	i.person = person{"victim", "Victim", "victim@example.org", true}
	victim := o.browser()
	victim.signIn("/")
	id := victim.me()
	if err := o.accounts.Grant(t.Context(), "test", id, policy.Grant{Role: policy.Publisher}); err != nil {
		t.Fatal(err)
	}
	var s submitted
	r := victim.do(http.MethodPost, "/api/v1/interests", string(mustMarshal(o.interest("owner", "victimword"))), "Content-Type", "application/json")
	o.want(r, http.StatusCreated, &s)
	for name, other := range map[string]person{
		"same mail":                  {"attacker", "Attacker", "victim@example.org", true},
		"same mail, not verified":    {"attacker-2", "Victim", "victim@example.org", false},
		"same mail in other letters": {"attacker-3", "Victim", "Victim@Example.org", true},
		"subject in other letters":   {"Victim", "Victim", "victim@example.org", true},
		"subject with a blank":       {"victim ", "Victim", "victim@example.org", true},
		"subject with a zero":        {"victim\x00", "Victim", "victim@example.org", true},
		"wide subject":               {"ｖictim", "Victim", "victim@example.org", true},
	} {
		i.person = other
		b := o.browser()
		if r := b.signIn("/"); r.status == http.StatusForbidden {
			continue // refused whole
		}
		me := b.me()
		if me == id || me == "" {
			t.Errorf("%s: is the victim, or nobody: %q", name, me)
			continue
		}
		if a := o.accountOf(me); len(a.Grants) > 0 || a.Profile.Name != "" {
			t.Errorf("%s: has %+v", name, a)
		}
		if r := b.do(http.MethodGet, "/api/v1/submissions/"+s.ID, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: %v", name, r)
		}
		if r := b.do(http.MethodGet, "/api/v1/submissions?mine=true", ""); strings.Contains(string(r.body), s.ID) {
			t.Errorf("%s: %v", name, r)
		}
	}
	// The same subject of another issuer is somebody else too; the office's people are of one.
	i.person = person{"publisher", "publisher", "publisher@example.org", true}
	b := o.browser()
	b.signIn("/")
	if me := b.me(); me == o.ids["publisher"] || len(o.accountOf(me).Grants) > 0 {
		t.Errorf("the subject of another issuer is the publisher: %q", me)
	}
	// Nor is an issuer's subject the administrator of the set-up.
	i.person = person{"administrator", "Administrator of the set-up", "", true}
	i.claims = func(c map[string]any) { c["iss"] = accounts.LocalIssuer }
	b = o.browser()
	if r := b.signIn("/"); r.status != http.StatusForbidden || b.me() != "" {
		t.Errorf("%v", r)
	}
}

// Claims that an issuer passes on unasked give no role.
func TestAttackClaimsGiveNoRole(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	organisation := o.all("organisations", "")[0].ID
	i.claims = func(c map[string]any) {
		c["roles"], c["groups"], c["role"], c["organisation"], c["admin"] = []string{"administrator"}, []string{"publisher"}, "administrator", organisation, true
	}
	b := o.browser()
	b.signIn("/")
	if a := o.accountOf(b.me()); len(a.Grants) > 0 || a.Profile.Organisation != "" {
		t.Errorf("%+v", a)
	}
}

// A mail address that the issuer has not verified is not kept: alerts would go to it.
func TestAttackUnverifiedMail(t *testing.T) {
	t.Parallel()
	set := func(c map[string]any, kv ...any) {
		for n := 0; n < len(kv); n += 2 {
			c[kv[n].(string)] = kv[n+1]
		}
	}
	for name, c := range map[string]struct {
		claims func(map[string]any)
		info   map[string]any
	}{
		"false":          {claims: func(c map[string]any) { set(c, "email_verified", false) }},
		"missing":        {claims: func(c map[string]any) { delete(c, "email_verified") }},
		"null":           {claims: func(c map[string]any) { set(c, "email_verified", nil) }},
		"text false":     {claims: func(c map[string]any) { set(c, "email_verified", "false") }},
		"a number":       {claims: func(c map[string]any) { set(c, "email_verified", 1) }},
		"of userinfo":    {claims: func(c map[string]any) { delete(c, "name"); delete(c, "email"); delete(c, "email_verified") }, info: map[string]any{"sub": "subject-1", "email": "victim@example.org"}},
		"of userinfo no": {claims: func(c map[string]any) { delete(c, "name"); delete(c, "email") }, info: map[string]any{"sub": "subject-1", "email": "victim@example.org", "email_verified": false}},
		// What was verified is the address of the token, and another is told beside it.
		"another of userinfo": {claims: func(c map[string]any) { delete(c, "name"); set(c, "email", "mine@example.org") }, info: map[string]any{"sub": "subject-1", "name": "x", "email": "victim@example.org"}},
		"somebody else's":     {claims: func(c map[string]any) { delete(c, "name") }, info: map[string]any{"sub": "victim", "name": "Victim", "email": "victim@example.org", "email_verified": true}},
		"nobody's":            {claims: func(c map[string]any) { delete(c, "name") }, info: map[string]any{"name": "Victim", "email": "victim@example.org", "email_verified": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, i := openWithIssuerOf(t, newIssuer(t, c.info != nil))
			i.person.mail = "victim@example.org"
			i.claims, i.userInfo = c.claims, c.info
			b := o.browser()
			b.signIn("/")
			if me := b.me(); me != "" && o.accountOf(me).Mail == "victim@example.org" {
				t.Errorf("kept: %+v", o.accountOf(me))
			}
		})
	}
}

// Who says in a profile that it is an organisation is none of it.
func TestAttackClaimedOrganisation(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	organisation := o.all("organisations", "")[0].ID
	if err := o.accounts.Grant(t.Context(), "test", o.ids["company"], policy.Grant{Role: policy.Company, Organisation: organisation}); err != nil {
		t.Fatal(err)
	}
	theirs := o.express("company", "owner", "oursecret")
	in := o.interest("public", "word")
	in["profile"].(map[string]any)["organisation"] = organisation
	var s submitted
	r := o.want(o.as("rival", http.MethodPost, "/api/v1/interests", in), http.StatusCreated, &s)
	if strings.Contains(string(r.body), organisation) {
		t.Errorf("the claim is kept: %s", r.body)
	}
	o.step("editor", &s, "accept", nil)
	o.step("publisher", &s, "publish", nil)
	if a := o.accountOf(o.ids["rival"]); len(a.Grants) > 0 || a.Profile.Organisation != "" {
		t.Errorf("%+v", a)
	}
	if r := o.as("rival", http.MethodGet, "/api/v1/submissions/"+theirs.ID, nil); r.status != http.StatusNotFound {
		t.Errorf("%v", r)
	}
	// Nor by a form, nor by an edit of the interest's organisation.
	b := o.signedIn("rival")
	form := interestForm(o, "formword")
	form.Set("organisation", organisation)
	form.Set("profile.organisation", organisation)
	form.Set("do", "submit")
	if r := b.post("/en/work/interest", form); r.status != http.StatusSeeOther {
		t.Fatal(r)
	}
	if a := o.accountOf(o.ids["rival"]); len(a.Grants) > 0 || a.Profile.Organisation != "" {
		t.Errorf("%+v", a)
	}
	change := map[string]any{"changes": []map[string]any{{"subject": s.Subject, "path": "organisation", "value": organisation}}, "said": map[string]any{"source_id": article}, "submit": true}
	o.want(o.as("rival", http.MethodPost, "/api/v1/submissions", change), http.StatusForbidden, nil)
	// An author does not vouch for itself.
	mine := o.express("rival", "public", "mine")
	for _, at := range []string{"accept", "publish"} {
		o.want(o.as("rival", http.MethodPost, "/api/v1/submissions/"+mine.ID+"/"+at, map[string]any{"organisation": organisation}, "If-Match", quote(mine.Version)), http.StatusForbidden, nil)
	}
}

// interestForm is the form of an interest as a browser sends it.
func interestForm(o *office, word string) url.Values {
	return url.Values{"name": {"Builders " + word}, "country": {"TR"}, "legalId": {"L"}, "contactName": {"Person"}, "email": {"person@example.org"}, "phone": {"+90"}, "project": {o.project().ID}, "services": {"construction.road"}, "roles": {"contractor"},
		"text": {"We build " + word}, "partners": {"Partner"}, "validUntil": {o.clock.AddDate(1, 0, 0).Format(time.DateOnly)}, "visibility": {"public"}}
}

// A token is taken where it belongs, as it was made, as long as it holds.
func TestAttackTokens(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	good := o.tokens["auditor"]
	at := func(path string, headers ...string) int {
		t.Helper()
		r := o.plain(http.MethodGet, path, nil, headers...)
		if r.status == http.StatusUnauthorized && r.media() != "application/problem+json" {
			t.Errorf("%v", r)
		}
		return r.status
	}
	bearer := func(token string) int { return at("/api/v1/me", "Authorization", "Bearer "+token) }
	if bearer(good) != http.StatusOK {
		t.Fatal("the token of an auditor is not taken")
	}
	id := strings.Split(good, "_")[1]
	for name, token := range map[string]string{
		"made up": "kvt_0123456789abcdef0123_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "another secret": "kvt_" + id + "_" + strings.Repeat("A", 43), "no secret": "kvt_" + id + "_", "only the id": "kvt_" + id,
		"cut": good[:len(good)-1], "longer": good + "A", "of another's id": "kvt_" + strings.Split(o.tokens["administrator"], "_")[1] + "_" + strings.Split(good, "_")[2], "without the prefix": strings.TrimPrefix(good, "kvt_"),
		"SQL": "kvt_' OR '1'='1_x", "wildcard": "kvt_%_%", "upper case": strings.ToUpper(good), "a JWT": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "null": "null", "twice": good + " " + good, "long": "kvt_" + strings.Repeat("a", 30000) + "_b",
	} {
		if s := bearer(token); s != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, s)
		}
		// What everybody reads is not read with a token that is none either.
		if s := at("/en", "Authorization", "Bearer "+token); s != http.StatusUnauthorized {
			t.Errorf("%s, the front page: %d", name, s)
		}
	}
	for name, query := range map[string]string{"token": "token=", "access_token": "access_token=", "authorization": "Authorization=Bearer%20", "bearer": "bearer="} {
		if s := at("/api/v1/me?" + query + url.QueryEscape(good)); s == http.StatusOK {
			t.Errorf("%s in the query counts: %d", name, s)
		}
		if s := at("/en/work?" + query + url.QueryEscape(good)); s == http.StatusOK {
			if r := o.plain(http.MethodGet, "/en/work?"+query+url.QueryEscape(good), nil); strings.Contains(string(r.body), "auditor") {
				t.Errorf("%s in the query signs in: %v", name, r)
			}
		}
	}
	for name, header := range map[string][2]string{"a cookie": {"Cookie", sessionName + "=" + good}, "X-API-Key": {"X-API-Key", good}, "basic": {"Authorization", "Basic " + good}, "token scheme": {"Authorization", "Token " + good}} {
		if s := at("/api/v1/me", header[0], header[1]); s != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, s)
		}
	}
	r := o.plain(http.MethodPost, "/api/v1/reports", strings.NewReader("access_token="+url.QueryEscape(good)), "Content-Type", "application/x-www-form-urlencoded")
	if r.status < 400 {
		t.Errorf("a form is taken: %v", r)
	}
	t.Run("expired", func(t *testing.T) {
		_, short, err := o.accounts.CreateToken(t.Context(), "test", o.ids["auditor"], "short", []string{"read"}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		before := *o.clock
		defer func() { *o.clock = before }()
		*o.clock = o.clock.Add(time.Hour - time.Second)
		if s := bearer(short); s != http.StatusOK {
			t.Errorf("before its end: %d", s)
		}
		*o.clock = o.clock.Add(time.Second)
		if s := bearer(short); s != http.StatusUnauthorized {
			t.Errorf("at its end: %d", s)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		token, secret, err := o.accounts.CreateToken(t.Context(), "test", o.ids["auditor"], "gone", []string{"read"}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		bearer(secret)
		// Nobody else ends it.
		if r := o.signedIn("rival").do(http.MethodDelete, "/api/v1/me/tokens/"+token.ID, ""); r.status != http.StatusNotFound || bearer(secret) != http.StatusOK {
			t.Errorf("%v", r)
		}
		if r := o.signedIn("rival").post("/en/work/tokens", url.Values{"revoke": {token.ID}}); r.status != http.StatusNotFound || bearer(secret) != http.StatusOK {
			t.Errorf("%v", r)
		}
		if r := o.signedIn("auditor").do(http.MethodDelete, "/api/v1/me/tokens/"+token.ID, ""); r.status != http.StatusNoContent {
			t.Errorf("%v", r)
		}
		if s := bearer(secret); s != http.StatusUnauthorized {
			t.Errorf("%d", s)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if err := o.accounts.Disable(t.Context(), "test", o.ids["second"], true); err != nil {
			t.Fatal(err)
		}
		if s := bearer(o.tokens["second"]); s != http.StatusUnauthorized {
			t.Errorf("%d", s)
		}
		if err := o.accounts.Disable(t.Context(), "test", o.ids["second"], false); err != nil {
			t.Fatal(err)
		}
		if s := bearer(o.tokens["second"]); s != http.StatusUnauthorized {
			t.Errorf("it comes to life again: %d", s)
		}
	})
}

// A token does what its scope says and no more, and makes and ends no token.
func TestAttackTokenScopes(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	narrow := func(who string, scopes ...string) string {
		t.Helper()
		_, secret, err := o.accounts.CreateToken(t.Context(), "test", o.ids[who], "narrow", scopes, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		o.tokens[who+"-narrow"] = secret
		return who + "-narrow"
	}
	p := o.project()
	s := o.express("company", "public", "word")
	tag := o.as("contributor", http.MethodGet, "/api/v1/work/records/"+p.ID, nil).header.Get("ETag")
	change := map[string]any{"changes": []map[string]any{{"path": "purpose", "value": "x"}}, "said": map[string]any{"source_id": article}}
	step := func(step string) string { return "/api/v1/submissions/" + s.ID + "/" + step }
	match := []string{"If-Match", quote(s.Version)}
	for name, c := range map[string]struct {
		who          string
		scopes       []string
		method, path string
		body         any
		headers      []string
	}{
		"read proposes":          {"contributor", []string{"read"}, http.MethodPatch, "/api/v1/work/records/" + p.ID, change, []string{"If-Match", tag}},
		"read submits":           {"contributor", []string{"read"}, http.MethodPost, "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": p.ID, "path": "purpose", "value": "x"}}, "said": map[string]any{"source_id": article}}, nil},
		"read expresses":         {"company", []string{"read"}, http.MethodPost, "/api/v1/interests", o.interest("public", "x"), nil},
		"read accepts":           {"editor", []string{"read"}, http.MethodPost, step("accept"), map[string]any{}, match},
		"propose accepts":        {"publisher", []string{"propose"}, http.MethodPost, step("accept"), map[string]any{}, match},
		"propose returns":        {"publisher", []string{"propose"}, http.MethodPost, step("return"), map[string]any{"reason": "x"}, match},
		"review withdraws":       {"company", []string{"review"}, http.MethodPost, step("withdraw"), map[string]any{}, match},
		"read disables":          {"administrator", []string{"read"}, http.MethodPut, "/api/v1/accounts/" + o.ids["rival"] + "/disabled", map[string]any{"disabled": true}, nil},
		"all but admin grant":    {"administrator", []string{"read", "propose", "review", "publish"}, http.MethodPost, "/api/v1/accounts/" + o.ids["rival"] + "/roles", map[string]any{"role": "publisher"}, nil},
		"all but admin revoke":   {"administrator", []string{"read", "propose", "review", "publish"}, http.MethodPost, "/api/v1/accounts/" + o.ids["publisher"] + "/roles/revoke", map[string]any{"role": "publisher"}, nil},
		"admin of a contributor": {"contributor", []string{"admin"}, http.MethodGet, "/api/v1/accounts", nil, nil},
		"publish of a company":   {"rival", []string{"publish"}, http.MethodPost, "/api/v1/accounts/" + o.ids["rival"] + "/roles", map[string]any{"role": "publisher"}, nil},
		"read makes a token":     {"publisher", []string{"read"}, http.MethodPost, "/api/v1/me/tokens", map[string]any{"name": "x", "scopes": []string{"publish"}, "expires_in_days": 300}, nil},
		"all make a token":       {"administrator", everyScope, http.MethodPost, "/api/v1/me/tokens", map[string]any{"name": "x", "scopes": []string{"admin"}, "expires_in_days": 300}, nil},
		"all make an alert":      {"administrator", everyScope, http.MethodPost, "/api/v1/me/alerts", map[string]any{}, nil},
	} {
		if r := o.as(narrow(c.who, c.scopes...), c.method, c.path, c.body, c.headers...); r.status != http.StatusForbidden {
			t.Errorf("%s: %v", name, r)
		}
	}
	// A file is no proposal, but a step to one.
	who := narrow("contributor", "read")
	if r := o.plain(http.MethodPost, "/api/v1/files?name=a.csv", strings.NewReader("a,b\n1,2\n"), "Authorization", "Bearer "+o.tokens[who], "Content-Type", "application/octet-stream"); r.status != http.StatusForbidden {
		t.Errorf("read hands a file in: %v", r)
	}
	if r := o.plain(http.MethodPost, "/api/v1/import?name=projects.csv&source="+article, strings.NewReader("id,title\n"), "Authorization", "Bearer "+o.tokens[who], "Content-Type", "application/octet-stream"); r.status != http.StatusForbidden {
		t.Errorf("read imports: %v", r)
	}
	// Ending one, and both at the pages.
	for _, who := range []string{"company", "administrator"} {
		var l struct {
			Items []accounts.Token `json:"items"`
		}
		r := o.as(who, http.MethodGet, "/api/v1/me/tokens", nil)
		if err := json.Unmarshal(r.body, &l); err != nil || len(l.Items) == 0 {
			t.Fatal(r)
		}
		if strings.Contains(string(r.body), strings.SplitN(o.tokens[who], "_", 3)[2]) || strings.Contains(string(r.body), "hash") {
			t.Errorf("the list tells secrets: %s", r.body)
		}
		n := len(l.Items)
		if r := o.as(who, http.MethodDelete, "/api/v1/me/tokens/"+l.Items[0].ID, nil); r.status != http.StatusForbidden {
			t.Errorf("%v", r)
		}
		for name, form := range map[string]url.Values{"makes": {"name": {"x"}, "scopes": {"read"}, "days": {"30"}}, "ends": {"revoke": {l.Items[0].ID}}} {
			r := o.plain(http.MethodPost, "/en/work/tokens", strings.NewReader(form.Encode()), "Authorization", "Bearer "+o.tokens[who], "Content-Type", "application/x-www-form-urlencoded")
			if r.status != http.StatusForbidden || strings.Contains(string(r.body), "kvt_") {
				t.Errorf("a token %s one at the pages: %v", name, r)
			}
		}
		o.want(o.as(who, http.MethodGet, "/api/v1/me/tokens", nil), 200, &l)
		if len(l.Items) != n || l.Items[0].Revoked != "" {
			t.Errorf("%s: %d tokens, there were %d: %+v", who, len(l.Items), n, l.Items[0])
		}
	}
	// A session makes none that is more than its account, or for ever.
	b := o.signedIn("company")
	for name, body := range map[string]string{
		"unknown scope": `{"name":"x","scopes":["root"],"expires_in_days":1}`, "no scope": `{"name":"x","scopes":[],"expires_in_days":1}`, "two scopes in one": `{"name":"x","scopes":["read admin"],"expires_in_days":1}`,
		"no end": `{"name":"x","scopes":["read"]}`, "far": `{"name":"x","scopes":["read"],"expires_in_days":367}`, "overflow": `{"name":"x","scopes":["read"],"expires_in_days":9223372036854775807}`, "negative": `{"name":"x","scopes":["read"],"expires_in_days":-1}`,
		"for another": `{"name":"x","scopes":["read"],"expires_in_days":1,"account":"` + o.ids["publisher"] + `"}`, "without a name": `{"name":" ","scopes":["read"],"expires_in_days":1}`,
	} {
		if r := b.do(http.MethodPost, "/api/v1/me/tokens", body, "Content-Type", "application/json"); r.status != http.StatusUnprocessableEntity && r.status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// A session is the server's own and ends when it has to.
func TestAttackSessions(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	t.Run("planted", func(t *testing.T) {
		attacker := o.signedIn("rival")
		for name, planted := range map[string]string{"made up": "planted", "the attacker's own": attacker.cookies[sessionName]} {
			b := o.browser()
			b.cookies[sessionName] = planted
			b.signIn("/")
			now := b.cookies[sessionName]
			if now == planted || now == "" || len(now) < 43 {
				t.Errorf("%s: the session is %q", name, now)
			}
			thief := o.browser()
			thief.cookies[sessionName] = planted
			if me := thief.me(); me != "" {
				t.Errorf("%s: the planted cookie is of %s", name, me)
			}
		}
		b := o.browser()
		b.cookies[loginName] = "planted"
		if b.callback("/"); b.cookies[loginName] == "planted" {
			t.Error("the planted state is taken over")
		}
	})
	t.Run("cookies", func(t *testing.T) {
		b := o.browser()
		login := b.do(http.MethodGet, "/auth/login", "")
		session := b.signIn("/")
		for name, r := range map[string]reply{loginName: login, sessionName: session} {
			found := false
			for _, c := range (&http.Response{Header: r.header}).Cookies() {
				if c.Name != name || c.MaxAge < 0 {
					continue
				}
				found = true
				if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge > int(accounts.AbsoluteLimit.Seconds()) {
					t.Errorf("%+v", c)
				}
			}
			if !found || r.header.Get("Cache-Control") != "no-store" {
				t.Errorf("no cookie %s, or it is kept: %v", name, r.header)
			}
		}
		// The secret is told in no address and no page.
		for _, at := range []string{"/en", "/en/work", "/api/v1/me", "/en/work/tokens"} {
			if r := b.do(http.MethodGet, at, ""); strings.Contains(string(r.body), b.cookies[sessionName]) {
				t.Errorf("%s tells the session", at)
			}
		}
	})
	t.Run("sign-out", func(t *testing.T) {
		b, other := o.signedIn("company"), o.signedIn("company")
		kept := b.cookies[sessionName]
		if r := b.do(http.MethodPost, "/auth/sign-out", "", "Sec-Fetch-Site", "same-origin"); r.status != http.StatusSeeOther || b.cookies[sessionName] != "" {
			t.Errorf("%v", r)
		}
		b.cookies[sessionName] = kept
		if b.me() != "" || other.me() == "" {
			t.Error("the session lives on, or another one ended")
		}
		if r := other.do(http.MethodGet, "/auth/sign-out", ""); r.status < 400 && r.status >= 300 || other.me() == "" {
			t.Errorf("a GET signs out: %v", r)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		b := o.signedIn("editor")
		admin := o.signedIn("administrator")
		if r := admin.do(http.MethodPut, "/api/v1/accounts/"+o.ids["editor"]+"/disabled", `{"disabled":true}`, "Content-Type", "application/json"); r.status != http.StatusNoContent {
			t.Fatal(r)
		}
		kept := b.cookies[sessionName]
		if b.me() != "" {
			t.Error("the session lives on")
		}
		admin.do(http.MethodPut, "/api/v1/accounts/"+o.ids["editor"]+"/disabled", `{"disabled":false}`, "Content-Type", "application/json")
		if b.cookies[sessionName] = kept; b.me() != "" {
			t.Error("the session comes to life again")
		}
		// Somebody who is disabled does not come in by signing in anew.
		in := o.browser()
		in.signIn("/")
		if err := o.accounts.Disable(t.Context(), "test", in.me(), true); err != nil {
			t.Fatal(err)
		}
		again := o.browser()
		if r := again.signIn("/"); r.status != http.StatusForbidden || again.me() != "" {
			t.Errorf("%v", r)
		}
		i.person.subject = "subject-2"
	})
	t.Run("role taken", func(t *testing.T) {
		b := o.signedIn("auditor")
		if r := b.do(http.MethodGet, "/api/v1/accounts", ""); r.status != http.StatusOK {
			t.Fatal(r)
		}
		if err := o.accounts.Revoke(t.Context(), "test", o.ids["auditor"], policy.Grant{Role: policy.Auditor}); err != nil {
			t.Fatal(err)
		}
		if r := b.do(http.MethodGet, "/api/v1/accounts", ""); r.status != http.StatusForbidden {
			t.Errorf("%v", r)
		}
	})
	t.Run("idle", func(t *testing.T) {
		b := o.signedIn("company")
		kept := b.cookies[sessionName]
		*o.clock = o.clock.Add(29 * time.Minute)
		if b.me() == "" {
			t.Error("it ends too soon")
		}
		*o.clock = o.clock.Add(29 * time.Minute)
		if b.me() == "" {
			t.Error("its use does not count")
		}
		*o.clock = o.clock.Add(30 * time.Minute)
		if b.me() != "" {
			t.Error("it lives on after half an hour")
		}
		b.cookies[sessionName] = kept
		*o.clock = o.clock.Add(-5 * time.Minute)
		b.me() // a clock that is set back may let it go on, a moment after it must not
		*o.clock = o.clock.Add(40 * time.Minute)
		if b.cookies[sessionName] = kept; b.me() != "" {
			t.Error("it comes to life again")
		}
	})
	t.Run("absolute", func(t *testing.T) {
		b := o.signedIn("company")
		kept := b.cookies[sessionName]
		for range 12*3 - 1 {
			*o.clock = o.clock.Add(20 * time.Minute)
			if b.me() == "" {
				t.Fatal("it ends too soon")
			}
		}
		*o.clock = o.clock.Add(20 * time.Minute)
		if b.me() != "" {
			t.Error("it lives on after twelve hours")
		}
		if b.cookies[sessionName] = kept; b.post("/en/work/tokens", url.Values{"name": {"x"}, "scopes": {"read"}, "days": {"30"}}).status != http.StatusUnauthorized {
			t.Error("a form is taken after it")
		}
	})
}

// Secrets do not go over an open connection.
func TestAttackOpenConnection(t *testing.T) {
	t.Parallel()
	o, _ := openWithIssuerOf(t, newIssuer(t, false), func(o *server.Options) { o.Base = "http://register.example" })
	if r := o.plain(http.MethodGet, "/auth/login", nil); r.status != http.StatusForbidden || r.header.Get("Set-Cookie") != "" {
		t.Errorf("%v", r)
	}
	if err := o.accounts.Disable(t.Context(), "test", o.ids["administrator"], true); err != nil {
		t.Fatal(err)
	}
	code, err := o.accounts.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := o.browser()
	if r := b.post("/en/work/setup", url.Values{"code": {code}}); b.cookies[sessionName] != "" {
		t.Errorf("%v", r)
	}
}
