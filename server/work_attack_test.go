package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Whoever the issuer honestly vouches for comes in: what is refused below is refused for
// what was forged.
func TestAttackHonestSignIn(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	for name, iss := range map[string]string{"without iss": "", "with iss": i.URL} {
		i.iss = iss
		b := o.browser()
		if r := b.signIn("/en/work?x=1"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/en/work?x=1" || b.me() == "" {
			t.Errorf("%s: %v", name, r)
		}
		if _, has := b.cookies[loginName]; has {
			t.Errorf("%s: the cookie of the sign-in stays", name)
		}
	}
	if len(i.refused) > 0 {
		t.Error(i.refused)
	}
}

// No forged token begins a session.
func TestAttackForgedIDTokens(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	keys := issuerKeys()
	set := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	unset := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	now := time.Now()
	for name, forge := range map[string]func(){
		"wrong nonce":               func() { i.claims = set("nonce", "another") },
		"no nonce":                  func() { i.claims = unset("nonce") },
		"empty nonce":               func() { i.claims = set("nonce", "") },
		"wrong audience":            func() { i.claims = set("aud", "another") },
		"no audience":               func() { i.claims = unset("aud") },
		"audiences of others":       func() { i.claims = set("aud", []string{"a", "b"}) },
		"wrong issuer":              func() { i.claims = set("iss", "https://issuer.example") },
		"issuer with a slash":       func() { i.claims = set("iss", i.URL+"/") },
		"no issuer":                 func() { i.claims = unset("iss") },
		"expired":                   func() { i.claims = set("exp", now.Add(-time.Minute).Unix()) },
		"no expiry":                 func() { i.claims = unset("exp") },
		"not yet":                   func() { i.claims = set("nbf", now.Add(time.Hour).Unix()) },
		"missing subject":           func() { i.claims = unset("sub") },
		"empty subject":             func() { i.claims = set("sub", "") },
		"subject is a number":       func() { i.claims = set("sub", 1) },
		"long subject":              func() { i.claims = set("sub", strings.Repeat("x", 300)) },
		"alg none":                  func() { i.sign = unsigned("none") },
		"alg None":                  func() { i.sign = unsigned("None") },
		"alg RS256 unsigned":        func() { i.sign = unsigned("RS256") },
		"HS256 with the public key": func() { i.sign = signer(jose.HS256, publicPEM(keys[0]), "one", nil) },
		"HS256 with the secret":     func() { i.sign = signer(jose.HS256, []byte(i.secret+i.secret), "one", nil) },
		"another key":               func() { i.sign = signer(jose.RS256, keys[1], "one", nil) },
		"another key of another id": func() { i.sign = signer(jose.RS256, keys[1], "two", nil) },
		"another key in the header": func() {
			i.sign = signer(jose.RS256, keys[1], "one", map[string]any{"jwk": jose.JSONWebKey{Key: &keys[1].PublicKey}})
		},
		"another key by an address": func() { i.sign = signer(jose.RS256, keys[1], "one", map[string]any{"jku": i.URL + "/other"}) },
		"another algorithm":         func() { i.sign = signer(jose.RS512, keys[0], "one", nil) },
		"changed after it was signed": func() {
			i.sign = func(c []byte) string {
				honest := strings.Split(signer(jose.RS256, keys[0], "one", nil)(c), ".")
				other := strings.Split(unsigned("RS256")([]byte(strings.Replace(string(c), "subject-1", "subject-2", 1))), ".")
				return honest[0] + "." + other[1] + "." + honest[2]
			}
		},
		"no ID token":                     func() { i.noToken = true },
		"no JWT":                          func() { i.sign = func([]byte) string { return "x.y" } },
		"another issuer answers":          func() { i.iss = "https://evil.example" },
		"the issuer with a slash answers": func() { i.iss = i.URL + "/" },
	} {
		i.claims, i.sign, i.iss, i.noToken = nil, nil, "", false
		forge()
		b := o.browser()
		r := b.signIn("/en/work")
		if r.status != http.StatusForbidden || b.cookies[sessionName] != "" || b.me() != "" {
			t.Errorf("%s: want 403 and no session: %v", name, r)
		}
		if strings.Contains(string(r.body), i.secret) || strings.Contains(r.header.Get("Location"), "code=") {
			t.Errorf("%s: the answer tells a secret: %v", name, r)
		}
	}
	i.claims, i.sign, i.iss, i.noToken = nil, nil, "", false
	if b := o.browser(); b.signIn("/").status != http.StatusSeeOther || b.me() == "" {
		t.Error("after the attacks nobody comes in")
	}
}

// An answer of the issuer is good once, for the browser and the sign-in it belongs to.
func TestAttackReplayedAnswers(t *testing.T) {
	t.Parallel()
	o, i := openWithIssuer(t)
	refused := func(name string, b *browser, r reply) {
		t.Helper()
		if r.status != http.StatusForbidden || b.cookies[sessionName] != "" {
			t.Errorf("%s: want 403 and no session: %v", name, r)
		}
	}
	t.Run("state replayed", func(t *testing.T) {
		b := o.browser()
		at := b.callback("/")
		state := b.cookies[loginName]
		if r := b.do(http.MethodGet, at, ""); r.status != http.StatusSeeOther {
			t.Fatal(r)
		}
		again := o.browser()
		again.cookies[loginName] = state
		i.anyCode = true // even where the issuer takes a code again
		refused("again", again, again.do(http.MethodGet, at, ""))
		i.anyCode = false
	})
	t.Run("state of another browser", func(t *testing.T) {
		attacker, victim := o.browser(), o.browser()
		at := attacker.callback("/")
		refused("without a sign-in", victim, victim.do(http.MethodGet, at, ""))
		victim.callback("/")
		refused("with a sign-in of its own", victim, victim.do(http.MethodGet, at, ""))
	})
	t.Run("code of another sign-in", func(t *testing.T) {
		// The attacker's code in the victim's answer would sign the victim in as the attacker.
		for _, careless := range []bool{false, true} {
			i.anyCode = careless
			attacker, victim := o.browser(), o.browser()
			code := queryOf(t, attacker.callback("/")).Get("code")
			q := queryOf(t, victim.callback("/"))
			q.Set("code", code)
			refused("code", victim, victim.do(http.MethodGet, "/auth/callback?"+q.Encode(), ""))
		}
		i.anyCode = false
	})
	t.Run("code replayed", func(t *testing.T) {
		b := o.browser()
		first := queryOf(t, b.callback("/"))
		if r := b.do(http.MethodGet, "/auth/callback?"+first.Encode(), ""); r.status != http.StatusSeeOther {
			t.Fatal(r)
		}
		other := o.browser()
		q := queryOf(t, other.callback("/"))
		q.Set("code", first.Get("code"))
		refused("code", other, other.do(http.MethodGet, "/auth/callback?"+q.Encode(), ""))
	})
	for name, change := range map[string]func(url.Values){
		"no state": func(q url.Values) { q.Del("state") }, "empty state": func(q url.Values) { q.Set("state", "") }, "another state": func(q url.Values) { q.Set("state", q.Get("state")+"x") },
		"no code": func(q url.Values) { q.Del("code") }, "an error": func(q url.Values) { q.Set("error", "access_denied\r\nX: y") },
	} {
		b := o.browser()
		q := queryOf(t, b.callback("/"))
		change(q)
		refused(name, b, b.do(http.MethodGet, "/auth/callback?"+q.Encode(), ""))
	}
	t.Run("too late", func(t *testing.T) {
		b := o.browser()
		at := b.callback("/")
		*o.clock = o.clock.Add(11 * time.Minute)
		refused("late", b, b.do(http.MethodGet, at, ""))
	})
	t.Run("a code of the set-up is no state", func(t *testing.T) {
		// Codes of all kinds are kept in one place.
		if err := o.accounts.Disable(t.Context(), "test", o.ids["administrator"], true); err != nil {
			t.Fatal(err)
		}
		code, err := o.accounts.SetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b := o.browser()
		b.cookies[loginName] = code
		refused("set-up", b, b.do(http.MethodGet, "/auth/callback?state="+code+"&code=y", ""))
		at := b.callback("/")
		b.post("/en/work/setup", url.Values{"code": {queryOf(t, at).Get("state")}})
		if b.cookies[sessionName] != "" {
			t.Error("a state is taken for a code of the set-up")
		}
	})
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// The issuer sends people back to this site, whatever Host a request names, and the site
// sends them on to its own pages only.
func TestAttackRedirects(t *testing.T) {
	t.Parallel()
	o, _ := openWithIssuer(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, `\/evil.example`, "https://evil.example", "http:evil.example", "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", " //evil.example", "evil.example", "javascript:alert(1)", "///evil.example", "/%0d%0aX: y", "/..//evil.example", "/./\\evil.example", "/en/../../\x00//evil.example", "", "/" + strings.Repeat("a", 5000)} {
		b := o.browser()
		r := b.signIn(next)
		if r.status != http.StatusSeeOther {
			t.Errorf("%q: %v", next, r)
			continue
		}
		to := r.header.Get("Location")
		site, _ := url.Parse(siteBase + "/auth/callback")
		u, err := site.Parse(to)
		if err != nil || u.Host != site.Host || u.Scheme != "http" || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t\x00") || r.header.Get("X") != "" || len(r.header.Values("Set-Cookie")) != 2 {
			t.Errorf("%q leads to %q: %v", next, to, r.header)
		}
	}
	for _, header := range []string{"X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Url"} {
		r := o.plain(http.MethodGet, "/auth/login", nil, header, "evil.example")
		if strings.Contains(r.header.Get("Location"), "evil.example") {
			t.Errorf("%s: %v", header, r.header)
		}
	}
	req, err := http.NewRequest(http.MethodGet, o.URL+"/auth/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to := queryOf(t, resp.Header.Get("Location")).Get("redirect_uri"); to != siteBase+"/auth/callback" {
		t.Errorf("the issuer is to send people to %q", to)
	}
}
