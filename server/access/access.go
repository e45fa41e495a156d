// Package access tells who asks: by a session, which a sign-in with an OpenID Connect
// issuer begins, or by the token of a program. It bounds how often anybody asks.
//
// The session is kept by the server; its cookie is a random secret that scripts cannot
// read and that leaves the browser over HTTPS only (or to this machine).
package access

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/karvan/karvan/internal/outbound"
	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/accounts"
)

// The cookies. Their prefix makes browsers refuse them without Secure, from another
// host or for a part of the site.
const (
	sessionCookie = "__Host-karvan"
	loginCookie   = "__Host-karvan-login"
)

// Issuer is who vouches for people: an OpenID Connect provider.
type Issuer struct {
	URL          string
	ClientID     string
	ClientSecret string
	// Private lets the issuer stand at a private address.
	Private bool
}

// Options say how people come in.
type Options struct {
	Accounts *accounts.DB
	Base     string // of the site; "" takes that of each request
	Issuer   Issuer // without a URL nobody signs in but by the set-up
	Limits   Limits
	// Problem writes an error outside of the API.
	Problem func(w http.ResponseWriter, status int, detail string)
}

// Gate lets people in.
type Gate struct {
	Options
	limits *limiter

	mu       sync.Mutex
	provider *oidc.Provider
	client   *http.Client
}

// New makes a gate.
func New(o Options) *Gate {
	return &Gate{Options: o, limits: newLimiter(o.Limits), client: outbound.Client(o.Issuer.Private)}
}

// caller is who asks.
type caller struct {
	account   *accounts.Account
	principal policy.Principal
	session   string // the secret, of a session
}

type callerKey struct{}

// Of gives who asks; somebody who is not signed in is the zero value.
func Of(ctx context.Context) policy.Principal {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c.principal
	}
	return policy.Principal{}
}

// Account gives the account of who asks, or nil.
func Account(ctx context.Context) *accounts.Account {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c.account
	}
	return nil
}

type noteKey struct{}

// Noted is a context in which the gate notes who asks, for a log that is written outside
// of it.
func Noted(ctx context.Context) (context.Context, *string) {
	account := new(string)
	return context.WithValue(ctx, noteKey{}, account), account
}

// ByToken reports whether a program asks with a token.
func ByToken(ctx context.Context) bool {
	c, ok := ctx.Value(callerKey{}).(*caller)
	return ok && c.session == ""
}

// Handler finds out who asks, and bounds how often. A token that is none is refused; a
// session that has ended makes a visitor of its owner.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := g.caller(r)
		var unknown bool
		switch {
		case err == nil:
		case errors.Is(err, sqldb.ErrUnavailable):
			g.Problem(w, http.StatusServiceUnavailable, "The database cannot be used now; try again in a moment.")
			return
		case errors.Is(err, accounts.ErrNotFound), errors.Is(err, accounts.ErrExpired), errors.Is(err, accounts.ErrDisabled):
			unknown = true
		case r.Context().Err() != nil:
			return
		default:
			slog.ErrorContext(r.Context(), "who asks could not be found out", "error", err)
			g.Problem(w, http.StatusInternalServerError, "The server could not answer. Try again; if it goes on, tell those who run it.")
			return
		}
		key := ""
		if c != nil {
			key = c.principal.Account
		}
		if wait, ok := g.limits.allow(r, key, unknown); !ok {
			w.Header().Set("Retry-After", wait)
			g.Problem(w, http.StatusTooManyRequests, "Too many requests: wait "+wait+" s and try again.")
			return
		}
		if unknown {
			if bearer(r) != "" {
				slog.WarnContext(r.Context(), "a token was refused", "address", g.limits.address(r), "why", err)
				w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
				g.Problem(w, http.StatusUnauthorized, "The token is none, or has expired or was revoked.")
				return
			}
			g.drop(w, sessionCookie)
		}
		if c != nil {
			if note, ok := r.Context().Value(noteKey{}).(*string); ok {
				*note = c.principal.Account
			}
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
			// What is for one person is kept by nobody else.
			w.Header().Add("Vary", "Cookie")
		}
		next.ServeHTTP(w, r)
	})
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (g *Gate) caller(r *http.Request) (*caller, error) {
	if token := bearer(r); token != "" {
		a, p, err := g.Accounts.ByToken(r.Context(), token)
		if err != nil {
			return nil, err
		}
		return &caller{account: a, principal: p}, nil
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return nil, nil
	}
	a, err := g.Accounts.Session(r.Context(), cookie.Value)
	if err != nil {
		return nil, err
	}
	return &caller{account: a, principal: a.Principal(), session: cookie.Value}, nil
}

// Begin begins a session of an account in the browser that asks.
func (g *Gate) Begin(w http.ResponseWriter, r *http.Request, a *accounts.Account) error {
	before := ""
	if c, err := r.Cookie(sessionCookie); err == nil {
		before = c.Value // never taken over: a secret that somebody planted ends here
	}
	key, err := g.Accounts.Begin(r.Context(), a.ID, before)
	if err != nil {
		return err
	}
	g.set(w, sessionCookie, key, int(accounts.AbsoluteLimit.Seconds()))
	return nil
}

func (g *Gate) set(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (g *Gate) drop(w http.ResponseWriter, name string) { g.set(w, name, "", -1) }

// Safe reports whether a sign-in over this connection keeps its secrets: over HTTPS, or
// on this machine.
func (g *Gate) Safe(r *http.Request) bool {
	if strings.HasPrefix(g.Base, "https://") || r.TLS != nil {
		return true
	}
	host := r.Host
	if g.Base != "" {
		if u, err := url.Parse(g.Base); err == nil {
			host = u.Host
		}
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// HasIssuer reports whether people can sign in with an issuer.
func (g *Gate) HasIssuer() bool { return g.Issuer.URL != "" }
