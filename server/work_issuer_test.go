package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/server/access"
)

// siteBase is where the site says it is: on this machine, so that people may sign in.
const siteBase = "http://127.0.0.1:8080"

// issuerKeys are the keys of an issuer, and of somebody who would like to be it. They are
// made once: each takes a while.
var issuerKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var out [2]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

// person is whom an issuer vouches for.
type person struct {
	subject, name, mail string
	verified            bool
}

// issuer is a small OpenID Connect provider that can be made to lie.
type issuer struct {
	*httptest.Server
	id, secret string // of the client

	mu     sync.Mutex
	codes  map[string]url.Values // what each code was asked with; each is taken once
	person person
	// What is forged; nil and "" are honest.
	claims   func(map[string]any)
	sign     func(claims []byte) string
	iss      string         // that the answer names
	noToken  bool           // the answer of the token endpoint has no ID token
	anyCode  bool           // codes are taken again, and without a verifier
	userInfo map[string]any // what the endpoint of that name says; nil: there is none
	refused  []string       // why the token endpoint took something not
}

// newIssuer starts an issuer. One with a userinfo endpoint names it when it is discovered.
func newIssuer(t *testing.T, withUserInfo bool) *issuer {
	t.Helper()
	i := &issuer{id: "karvan", secret: "the secret of the client", codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		d := map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}}
		if withUserInfo {
			d["userinfo_endpoint"] = i.URL + "/userinfo"
		}
		tellJSON(w, http.StatusOK, d)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		tellJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &issuerKeys()[0].PublicKey, KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer access" {
			tellJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
			return
		}
		tellJSON(w, http.StatusOK, i.userInfo)
	})
	return i
}

func tellJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(mustMarshal(v))
}

// authorize lets everybody in, and sends the browser back with a code.
func (i *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	q := r.URL.Query()
	if q.Get("client_id") != i.id || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") || q.Get("redirect_uri") != siteBase+"/auth/callback" {
		http.Error(w, "the request is not as it has to be: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.codes[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	if i.iss != "" {
		back.Set("iss", i.iss)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token gives an ID token for a code, to the client that asked and proves it (RFC 7636).
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	refuse := func(why string) {
		i.refused = append(i.refused, why)
		tellJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": why})
	}
	id, secret, basic := r.BasicAuth()
	if basic {
		// They are escaped as in a form (RFC 6749, 2.3.1).
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	asked, known := i.codes[r.PostFormValue("code")]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case id != i.id || secret != i.secret:
		refuse("another client")
		return
	case !known:
		refuse("no such code")
		return
	case !i.anyCode && base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge"):
		refuse("another verifier")
		return
	case r.PostFormValue("redirect_uri") != asked.Get("redirect_uri"):
		refuse("another address")
		return
	}
	if !i.anyCode {
		delete(i.codes, r.PostFormValue("code"))
	}
	now := time.Now()
	claims := map[string]any{"iss": i.URL, "sub": i.person.subject, "aud": i.id, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": asked.Get("nonce"),
		"name": i.person.name, "email": i.person.mail, "email_verified": i.person.verified}
	if i.claims != nil {
		i.claims(claims)
	}
	sign := i.sign
	if sign == nil {
		sign = signer(jose.RS256, issuerKeys()[0], "one", nil)
	}
	answer := map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300}
	if !i.noToken {
		answer["id_token"] = sign(mustMarshal(claims))
	}
	tellJSON(w, http.StatusOK, answer)
}

// signer signs claims with a key, and may put more into the header.
func signer(algorithm jose.SignatureAlgorithm, key any, kid string, header map[string]any) func([]byte) string {
	return func(claims []byte) string {
		o := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", kid)
		for k, v := range header {
			o = o.WithHeader(jose.HeaderKey(k), v)
		}
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, o)
		if err != nil {
			panic(err)
		}
		signed, err := s.Sign(claims)
		if err != nil {
			panic(err)
		}
		out, err := signed.CompactSerialize()
		if err != nil {
			panic(err)
		}
		return out
	}
}

// unsigned makes a token without a signature.
func unsigned(algorithm string) func([]byte) string {
	return func(claims []byte) string {
		header, _ := json.Marshal(map[string]string{"alg": algorithm, "typ": "JWT", "kid": "one"})
		return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims) + "."
	}
}

// publicPEM is the public key of an issuer as everybody can read it.
func publicPEM(k *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// openWithIssuer is an office in which people sign in with an issuer.
func openWithIssuer(t *testing.T, change ...func(*server.Options)) (*office, *issuer) {
	t.Helper()
	return openWithIssuerOf(t, newIssuer(t, false), change...)
}

func openWithIssuerOf(t *testing.T, i *issuer, change ...func(*server.Options)) (*office, *issuer) {
	t.Helper()
	i.person = person{"subject-1", "Person One", "one@example.org", true}
	set := func(o *server.Options) {
		o.Base = siteBase
		o.Work.Issuer = access.Issuer{URL: i.URL, ClientID: i.id, ClientSecret: i.secret, Private: true}
	}
	return openOffice(t, append([]func(*server.Options){set}, change...)...), i
}

// browser keeps cookies as a browser on https would: by name, for one site.
type browser struct {
	*office
	cookies map[string]string
}

func (o *office) browser() *browser { return &browser{o, map[string]string{}} }

// signedIn is a browser in which somebody of the office has a session.
func (o *office) signedIn(who string) *browser {
	o.t.Helper()
	b := o.browser()
	key, err := o.accounts.Begin(o.t.Context(), o.ids[who], "")
	if err != nil {
		o.t.Fatal(err)
	}
	b.cookies[sessionName] = key
	return b
}

const (
	sessionName = "__Host-karvan"
	loginName   = "__Host-karvan-login"
)

// do makes a request with the cookies, and keeps those of the answer.
func (b *browser) do(method, path, body string, headers ...string) reply {
	b.t.Helper()
	var all []string
	for name, value := range b.cookies {
		all = append(all, name+"="+value)
	}
	if len(all) > 0 {
		headers = append(headers, "Cookie", strings.Join(all, "; "))
	}
	r := b.plain(method, path, strings.NewReader(body), headers...)
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return r
}

// post sends a form.
func (b *browser) post(path string, form url.Values, headers ...string) reply {
	b.t.Helper()
	return b.do(http.MethodPost, path, form.Encode(), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

// callback goes to the issuer and comes back with its answer, without giving it to the site.
func (b *browser) callback(next string) string {
	b.t.Helper()
	r := b.do(http.MethodGet, "/auth/login?next="+url.QueryEscape(next), "")
	if r.status != http.StatusFound {
		b.t.Fatalf("the sign-in does not begin: %v", r)
	}
	resp, err := client.Get(r.header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	back := resp.Header.Get("Location")
	if !strings.HasPrefix(back, siteBase+"/auth/callback?") {
		b.t.Fatalf("the issuer sends nobody back: %d %q", resp.StatusCode, back)
	}
	return strings.TrimPrefix(back, siteBase)
}

// signIn goes the whole way.
func (b *browser) signIn(next string) reply {
	b.t.Helper()
	return b.do(http.MethodGet, b.callback(next), "")
}

// me is the account that the browser is signed in with, "" where it is not.
func (b *browser) me() string {
	b.t.Helper()
	r := b.do(http.MethodGet, "/api/v1/me", "")
	if r.status == http.StatusUnauthorized {
		return ""
	}
	var a struct {
		ID string `json:"id"`
	}
	if r.status != http.StatusOK || json.Unmarshal(r.body, &a) != nil || a.ID == "" {
		b.t.Fatalf("%v", r)
	}
	return a.ID
}
