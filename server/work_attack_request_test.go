package server_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/server"
)

// kept counts what is in the register, so that a test sees any write. Refusals that are
// noted in the log do not count, nor do sign-ins under way.
func (o *office) kept() string {
	o.t.Helper()
	var b strings.Builder
	for _, q := range []string{"submission", "statement", "source", "token", "role", "session", "account", "subscription", "file", "outbox", "idempotency", "event WHERE action <> 'refused'",
		"token WHERE revoked_at <> ''", "account WHERE disabled = 1", "account WHERE profile <> '{}'", "submission WHERE state = 'submitted'", "submission WHERE version > 2"} {
		var n int
		if err := o.db.SQL().QueryRowContext(o.t.Context(), "SELECT count(*) FROM "+q).Scan(&n); err != nil {
			o.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %d\n", q, n)
	}
	return b.String()
}

// postForms are the forms of the site, each with what would do something.
func (o *office) postForms(s submitted) map[string]url.Values {
	interest := interestForm(o, "csrf")
	interest.Set("do", "submit")
	return map[string]url.Values{
		"/en/work/tokens":                    {"name": {"x"}, "scopes": {"admin"}, "days": {"365"}},
		"/ru/work/tokens":                    {"revoke": {strings.Split(o.tokens["administrator"], "_")[1]}},
		"/en/work/accounts":                  {"do": {"grant"}, "account": {o.ids["rival"]}, "role": {"administrator"}},
		"/az/work/accounts":                  {"do": {"disable"}, "account": {o.ids["publisher"]}},
		"/en/work/interest":                  interest,
		"/en/work/submissions/" + s.ID:       {"do": {"withdraw"}, "version": {fmt.Sprint(s.Version)}},
		"/en/work/records/" + o.project().ID: {"a0": {"purpose"}, "w0": {"x"}, "source": {article}, "base": {"99999"}},
		"/en/work/alerts":                    {"do": {"mail"}},
		"/en/work/report":                    {"record": {o.project().ID}, "text": {"x"}},
		"/en/work/setup":                     {"code": {"x"}},
		"/en/work/confirm":                   {"code": {"x"}},
		"/en/work/import":                    {"source": {article}},
		"/auth/sign-out":                     {},
	}
}

// foreign are requests that a page of another site makes a browser send.
var foreign = map[string][]string{
	"cross-site":       {"Sec-Fetch-Site", "cross-site"},
	"same-site":        {"Sec-Fetch-Site", "same-site"},
	"an origin":        {"Origin", "https://evil.example"},
	"another scheme":   {"Origin", "gopher://evil.example"},
	"null":             {"Origin", "null"},
	"both":             {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	"with an override": {"Sec-Fetch-Site", "cross-site", "X-HTTP-Method-Override", "GET"},
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// Another site makes the browser of somebody who is signed in do nothing.
func TestAttackCrossSite(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	s := o.express("company", "public", "word")
	browsers := map[string]*browser{}
	for _, who := range []string{"administrator", "company", "publisher"} {
		browsers[who] = o.signedIn(who)
	}
	before := o.kept()
	n := 0
	for path, item := range o.doc.paths {
		at := strings.NewReplacer("{step}", "accept", "{id}", s.ID, "{scenario}", "x").Replace(path)
		at = pathParameter.ReplaceAllString(at, "x")
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			if item[strings.ToLower(method)] == nil {
				continue
			}
			n++
			for name, headers := range foreign {
				for who, b := range browsers {
					for _, media := range []string{"application/json", "text/plain"} {
						r := b.do(method, at, `{"record":"`+o.project().ID+`","text":"x"}`, append([]string{"Content-Type", media, "If-Match", quote(s.Version)}, headers...)...)
						if r.status != http.StatusForbidden || r.media() != "application/problem+json" {
							t.Errorf("%s, %s: %v", name, who, r)
						}
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("the document has only %d operations that write", n)
	}
	for path, form := range o.postForms(s) {
		for name, headers := range foreign {
			for who, b := range browsers {
				r := b.post(path, form, headers...)
				if r.status != http.StatusForbidden {
					t.Errorf("%s, %s: %v", name, who, r)
				}
				// A file is sent without a question before it too.
				body, media := multipartBody(t, "projects.csv", "id,title\n", map[string]string{"source": article})
				if r := b.do(http.MethodPost, path, body, append([]string{"Content-Type", media}, headers...)...); r.status != http.StatusForbidden {
					t.Errorf("%s, %s: %v", name, who, r)
				}
			}
		}
	}
	if after := o.kept(); after != before {
		t.Errorf("it wrote: %s", difference(before, after))
	}
	for who, b := range browsers {
		if b.me() != o.ids[who] {
			t.Errorf("%s is signed out", who)
		}
	}
	// The same from the site itself is taken.
	if r := browsers["company"].post("/en/work/tokens", url.Values{"name": {"x"}, "scopes": {"read"}, "days": {"30"}}, "Sec-Fetch-Site", "same-origin", "Origin", o.URL); r.status != http.StatusOK || !strings.Contains(string(r.body), "kvt_") {
		t.Errorf("%v", r)
	}
	// What is for one person is not read by the scripts of another site, nor shown in its frames.
	for _, at := range []string{"/api/v1/me", "/api/v1/me/tokens", "/api/v1/submissions", "/api/v1/submissions/" + s.ID, "/en/work", "/en/work/tokens"} {
		r := browsers["company"].do(http.MethodGet, at, "", "Origin", "https://evil.example")
		if r.header.Get("Access-Control-Allow-Origin") != "" || r.header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(r.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || !strings.Contains(r.header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %v", at, r.header)
		}
	}
}

func multipartBody(t *testing.T, name, content string, fields map[string]string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		w.WriteField(k, v)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	w.Close()
	return b.String(), w.FormDataContentType()
}

// What only looks changes nothing, whatever it is given.
func TestAttackGetWritesNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	s := o.express("company", "public", "word")
	browsers := []*browser{o.signedIn("administrator"), o.signedIn("company"), o.signedIn("publisher"), o.browser()}
	before := o.kept()
	for _, b := range browsers {
		for path, form := range o.postForms(s) {
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				b.do(method, path+"?"+form.Encode(), "")
				b.do(method, path+"?_method=POST&"+form.Encode(), form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "X-HTTP-Method-Override", "POST", "X-HTTP-Method", "POST")
			}
		}
		for path := range o.doc.paths {
			at := strings.NewReplacer("{step}", "withdraw", "{id}", s.ID).Replace(path)
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				if r := b.do(method, pathParameter.ReplaceAllString(at, "x"), "{}", "Content-Type", "application/json", "If-Match", quote(s.Version), "X-HTTP-Method-Override", "POST"); r.status >= 500 && r.status != http.StatusServiceUnavailable {
					t.Errorf("%v", r)
				}
			}
		}
	}
	if after := o.kept(); after != before {
		t.Errorf("it wrote: %s", difference(before, after))
	}
}

// tooOften asks until it is refused; it fails where it never is.
func tooOften(t *testing.T, name string, ask func(n int) reply) {
	t.Helper()
	for n := range 300 {
		r := ask(n)
		if r.status != http.StatusTooManyRequests {
			continue
		}
		if wait, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 || r.media() != "application/problem+json" {
			t.Errorf("%s: %v %v", name, r, r.header)
		}
		return
	}
	t.Errorf("%s: 300 are taken at once", name)
}

// Whoever asks too often waits, and then goes on.
func TestAttackRates(t *testing.T) {
	t.Parallel()
	limit := func(o *server.Options) {
		o.Work.Limits.Attempts, o.Work.Limits.Writes, o.Work.Limits.Anonymous = 1, 1, 1
	}
	o, _ := openWithIssuer(t, limit)
	p := o.project().ID
	get := func(path string, headers ...string) reply { return o.plain(http.MethodGet, path, nil, headers...) }
	report := func() reply {
		return o.plain(http.MethodPost, "/api/v1/reports", strings.NewReader(`{"record":"`+p+`","text":"x"}`), "Content-Type", "application/json")
	}
	write := func(who string) reply {
		return o.plain(http.MethodDelete, "/api/v1/me/alerts/x", nil, "Authorization", "Bearer "+o.tokens[who])
	}
	attempts := map[string]func(n int) reply{
		"made-up tokens":   func(n int) reply { return get("/api/v1/me", "Authorization", fmt.Sprint("Bearer kvt_", n, "_x")) },
		"made-up sessions": func(n int) reply { return get("/en", "Cookie", fmt.Sprint(sessionName, "=", n)) },
		"sign-ins":         func(int) reply { return get("/auth/login") },
		"answers":          func(n int) reply { return get(fmt.Sprint("/auth/callback?state=", n, "&code=x")) },
		"set-up codes":     func(n int) reply { return o.browser().post("/en/work/setup", url.Values{"code": {fmt.Sprint(n)}}) },
		"set-up codes, az": func(n int) reply { return o.browser().post("/az/work/setup", url.Values{"code": {fmt.Sprint(n)}}) },
		"confirmations":    func(n int) reply { return o.browser().post("/en/work/confirm", url.Values{"code": {fmt.Sprint(n)}}) },
		"confirmations, by somebody": func(n int) reply {
			return o.plain(http.MethodPost, "/en/work/confirm", strings.NewReader(fmt.Sprint("code=", n)), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+o.tokens["company"])
		},
	}
	for name, ask := range attempts {
		tooOften(t, name, ask)
	}
	// Somebody who is signed in, and what everybody reads, is not kept out by them.
	if r := get("/api/v1/me", "Authorization", "Bearer "+o.tokens["company"]); r.status != http.StatusOK {
		t.Errorf("%v", r)
	}
	if r := get("/en"); r.status != http.StatusOK {
		t.Errorf("%v", r)
	}
	tooOften(t, "anonymous reports", func(int) reply { return report() })
	tooOften(t, "anonymous reports by the form", func(int) reply {
		return o.browser().post("/en/work/report", url.Values{"record": {p}, "text": {"x"}})
	})
	tooOften(t, "writes", func(int) reply { return write("company") })
	if r := write("rival"); r.status == http.StatusTooManyRequests {
		t.Errorf("one account's writes count for another: %v", r)
	}
	b := o.signedIn("company")
	if r := b.post("/en/work/tokens", url.Values{"name": {"x"}, "scopes": {"read"}, "days": {"30"}}); r.status != http.StatusTooManyRequests {
		t.Errorf("the pages have places of their own: %v", r)
	}
	time.Sleep(2 * time.Second)
	if r := report(); r.status != http.StatusCreated {
		t.Errorf("it does not recover: %v", r)
	}
	if r := write("company"); r.status == http.StatusTooManyRequests {
		t.Errorf("it does not recover: %v", r)
	}
	if r := get("/auth/login"); r.status != http.StatusFound {
		t.Errorf("it does not recover: %v", r)
	}
}

// A request says where it comes from only through a proxy of the site's own.
func TestAttackForwardedFor(t *testing.T) {
	t.Parallel()
	ask := func(o *office, forwarded ...string) reply {
		req, err := http.NewRequest(http.MethodGet, o.URL+"/auth/callback?state=x", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["X-Forwarded-For"] = forwarded
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return reply{method: "GET", path: "/auth/callback", status: resp.StatusCode, header: resp.Header}
	}
	t.Run("no proxy", func(t *testing.T) {
		t.Parallel()
		o, _ := openWithIssuer(t, func(o *server.Options) { o.Work.Limits.Attempts = 0.1 })
		tooOften(t, "made-up addresses", func(n int) reply { return ask(o, fmt.Sprintf("203.0.113.%d", n%250)) })
		for _, header := range []string{"X-Real-Ip", "Forwarded", "True-Client-Ip", "X-Client-Ip", "Cf-Connecting-Ip"} {
			if r := o.plain(http.MethodGet, "/auth/callback?state=x", nil, header, "203.0.113.7"); r.status != http.StatusTooManyRequests {
				t.Errorf("%s is believed: %v", header, r)
			}
		}
	})
	t.Run("another proxy", func(t *testing.T) {
		t.Parallel()
		o, _ := openWithIssuer(t, func(o *server.Options) {
			o.Work.Limits.Attempts, o.Work.Limits.Proxies = 0.1, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		})
		tooOften(t, "made-up addresses", func(n int) reply { return ask(o, fmt.Sprintf("203.0.113.%d, 192.0.2.1", n%250)) })
	})
	t.Run("a proxy", func(t *testing.T) {
		t.Parallel()
		o, _ := openWithIssuer(t, func(o *server.Options) {
			o.Work.Limits.Attempts, o.Work.Limits.Proxies = 0.1, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.0.2.0/24")}
		})
		for name, forwarded := range map[string]func(n int) []string{
			"put before":        func(n int) []string { return []string{fmt.Sprintf("203.0.113.%d, 198.51.100.1", n%250)} },
			"in another header": func(n int) []string { return []string{fmt.Sprintf("203.0.113.%d", n%250), "198.51.100.2"} },
			"through two":       func(n int) []string { return []string{fmt.Sprintf("203.0.113.%d, 198.51.100.3, 192.0.2.9", n%250)} },
			"behind junk":       func(n int) []string { return []string{fmt.Sprintf("203.0.113.%d, junk, 198.51.100.4", n%250)} },
			"of one network":    func(n int) []string { return []string{fmt.Sprintf("2001:db8::%x", n+1)} },
			"mapped": func(n int) []string {
				return []string{[]string{"198.51.100.5", "::ffff:198.51.100.5"}[n%2]}
			},
		} {
			tooOften(t, name, func(n int) reply { return ask(o, forwarded(n)...) })
		}
		if r := ask(o, "198.51.100.77"); r.status == http.StatusTooManyRequests {
			t.Errorf("clients of a proxy count as one: %v", r)
		}
	})
}
