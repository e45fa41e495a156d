package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/karvan/karvan/store/accounts"
)

// Routes registers where the browser goes to sign in and out.
func (g *Gate) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /auth/login", g.login)
	mux.HandleFunc("GET /auth/callback", g.callback)
	mux.HandleFunc("POST /auth/sign-out", g.signOut)
}

// discover asks the issuer where its parts are, once it answers.
func (g *Gate) discover(ctx context.Context) (*oidc.Provider, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.provider == nil {
		// The provider keeps the context for later requests of keys.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), g.client), g.Issuer.URL)
		if err != nil {
			return nil, err
		}
		g.provider = p
	}
	return g.provider, nil
}

func (g *Gate) config(r *http.Request, p *oidc.Provider) *oauth2.Config {
	base := g.Base
	if base == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + r.Host
	}
	return &oauth2.Config{ClientID: g.Issuer.ClientID, ClientSecret: g.Issuer.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: strings.TrimSuffix(base, "/") + "/auth/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// login sends the browser to the issuer (OpenID Connect Core 1.0, 3.1; PKCE, RFC 7636).
func (g *Gate) login(w http.ResponseWriter, r *http.Request) {
	if !g.HasIssuer() {
		g.Problem(w, http.StatusNotFound, "Nobody can sign in here: no issuer is configured.")
		return
	}
	if !g.Safe(r) {
		g.Problem(w, http.StatusForbidden, "Sign in over https: secrets are not sent over an open connection.")
		return
	}
	p, err := g.discover(r.Context())
	if err != nil {
		slog.ErrorContext(r.Context(), "the issuer does not answer", "issuer", g.Issuer.URL, "error", err)
		g.Problem(w, http.StatusServiceUnavailable, "The service that signs people in does not answer; try again in a moment.")
		return
	}
	l := accounts.Login{Nonce: random(), Verifier: oauth2.GenerateVerifier(), Next: local(r.URL.Query().Get("next"))}
	state, err := g.Accounts.BeginLogin(r.Context(), l)
	if err != nil {
		g.failed(w, r, err)
		return
	}
	g.set(w, loginCookie, state, 600)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, g.config(r, p).AuthCodeURL(state, oidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier)), http.StatusFound)
}

func random() string {
	var b [24]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// local keeps an address to this site.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || len(next) > 500 {
		return "/"
	}
	return next
}

var errRefused = errors.New("the sign-in was refused")

// callback takes the issuer's answer.
func (g *Gate) callback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	g.drop(w, loginCookie)
	a, next, err := g.finish(r)
	if err == nil {
		err = g.Begin(w, r, a)
	}
	switch {
	case errors.Is(err, accounts.ErrDisabled):
		slog.WarnContext(r.Context(), "a disabled account signed in", "address", g.limits.address(r))
		g.Problem(w, http.StatusForbidden, "This account is disabled; ask those who run the site.")
	case errors.Is(err, errRefused), errors.Is(err, accounts.ErrExpired):
		slog.WarnContext(r.Context(), "a sign-in was refused", "address", g.limits.address(r), "why", err)
		g.Problem(w, http.StatusForbidden, "The sign-in was refused or took too long; begin anew.")
	case err != nil:
		g.failed(w, r, err)
	default:
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

func (g *Gate) finish(r *http.Request) (*accounts.Account, string, error) {
	q := r.URL.Query()
	refuse := func(format string, args ...any) (*accounts.Account, string, error) {
		return nil, "", fmt.Errorf("%w: %s", errRefused, fmt.Sprintf(format, args...))
	}
	cookie, err := r.Cookie(loginCookie)
	state := q.Get("state")
	if err != nil || state == "" || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(state)) != 1 {
		return refuse("the state is not that of this browser")
	}
	l, err := g.Accounts.EndLogin(r.Context(), state)
	if err != nil {
		return nil, "", err
	}
	if e := q.Get("error"); e != "" {
		return refuse("the issuer says %.60q", e)
	}
	// Where the issuer names itself it has to be the one that was asked (RFC 9207).
	if iss := q.Get("iss"); iss != "" && iss != g.Issuer.URL {
		return refuse("another issuer answers")
	}
	p, err := g.discover(r.Context())
	if err != nil {
		return refuse("the issuer does not answer: %v", err)
	}
	ctx := oidc.ClientContext(r.Context(), g.client)
	token, err := g.config(r, p).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return refuse("the code was not taken: %v", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: g.Issuer.ClientID}).Verify(ctx, raw)
	if err != nil {
		return refuse("the ID token does not hold: %v", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(l.Nonce)) != 1 {
		return refuse("the nonce is another")
	}
	if id.Subject == "" || len(id.Subject) > 255 {
		return refuse("the ID token has no subject")
	}
	var claims struct {
		Name     string `json:"name"`
		Username string `json:"preferred_username"`
		Mail     string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return refuse("the claims cannot be read: %v", err)
	}
	if claims.Name == "" && p.UserInfoEndpoint() != "" {
		// Many issuers tell names and mail only there (Core 1.0, 5.3); it has to be of the
		// same subject.
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != id.Subject {
			return refuse("what the issuer tells of the person is of somebody else: %v", err)
		}
		// A mail address is verified by who tells it, not by what was told of another.
		claims.Mail, claims.Verified = "", false
		if err := info.Claims(&claims); err != nil {
			return refuse("the claims cannot be read: %v", err)
		}
	}
	name := claims.Name
	if name == "" {
		name = claims.Username
	}
	if name == "" {
		name = "…" + id.Subject[max(0, len(id.Subject)-8):]
	}
	if !claims.Verified {
		claims.Mail = ""
	}
	a, err := g.Accounts.SignedIn(r.Context(), id.Issuer, id.Subject, clip(name), clip(claims.Mail))
	return a, l.Next, err
}

func clip(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}

// signOut ends the session.
func (g *Gate) signOut(w http.ResponseWriter, r *http.Request) {
	if c, ok := r.Context().Value(callerKey{}).(*caller); ok && c.session != "" {
		if err := g.Accounts.End(r.Context(), c.session); err != nil {
			g.failed(w, r, err)
			return
		}
	}
	g.drop(w, sessionCookie)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
