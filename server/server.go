// Package server serves karvan over HTTP: the map, the reading pages, an API
// whose OpenAPI document is generated from its handlers (/openapi.json), OGC
// API Features under /ogc, and vector tiles.
//
// A server has a register, a result, or both. The result may come later: until
// then the register is read, and what needs the result says how far it is.
package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/server/access"
	"github.com/karvan/karvan/server/features"
	"github.com/karvan/karvan/server/pages"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/server/workapi"
	"github.com/karvan/karvan/store"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/web"
)

// maxBody bounds what a request may send, in bytes, where nothing is uploaded; what is
// proposed may be longer.
const (
	maxBody     = 1 << 16
	maxProposal = 2 << 20
)

func most(r *http.Request) int64 {
	if strings.HasPrefix(r.URL.Path, "/api/v1/submissions") || strings.HasPrefix(r.URL.Path, "/api/v1/work/") || strings.Contains(r.URL.Path, "/work/") {
		return maxProposal
	}
	return maxBody
}

// Options say what a server serves.
type Options struct {
	Title     map[string]string // of the study, by language
	Version   string
	Study     *karvan.Inputs // nil: that of the result, once it is there
	Register  *registerdb.DB // nil: none
	Publisher oc4ids.Publisher
	// Base is the address under which the site is published, as
	// https://example.org; "" takes that of each request.
	Base string
	// Runs tells that a result will come, see Solved.
	Runs bool
	Now  func() time.Time // nil: the clock
	Work Work
}

// Work says how people work in the register that a server has.
type Work struct {
	Issuer access.Issuer // who vouches for people
	Limits access.Limits
	// FourEyes keeps authors from accepting or publishing what is theirs.
	FourEyes bool
	Quota    int    // of submissions of an account a day; 0: none
	Mail     Mailer // nil: no mail is sent
}

// Server answers requests. Its methods may be called at the same time.
type Server struct {
	options Options
	handler http.Handler

	// The result is set once, before ready is.
	ready  atomic.Bool
	result *store.Result
	model  *karvan.Model
	net    *network
	years  []store.ScenarioYear

	mu    sync.Mutex
	state pages.ModelState

	lines lineCapacities

	work *moderation.Service // nil without a register
	gate *access.Gate
	ops  *ops

	collectionsOnce   sync.Once
	recordCollections []features.Collection
}

// New makes a server.
func New(o Options) (*Server, error) {
	useProblems()
	s := &Server{options: o}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("karvan", o.Version)
	config.Info.Description = "Results of karvan (network, flows, loads, costs, indicators) under /api, and the register (projects, organisations, agreements, commitments and their sources) under /api/v1. Units stand in the names of fields. Errors are problem+json (RFC 9457)."
	config.DocsPath = "" // its page loads from outside
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A token of the account, as kvt_…"},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-karvan", Description: "A sign-in by the browser"},
	}
	api := humago.New(mux, config)
	results := huma.NewGroup(api)
	results.UseMiddleware(s.needsResult)
	s.routes(results)
	s.tradeRoutes(api, mux)
	s.pipelineRoutes(api)
	mux.HandleFunc("GET /api/tiles/{z}/{x}/{y}", s.tile)
	files, err := web.Pages()
	if err != nil {
		return nil, err
	}
	if o.Register != nil {
		a := &registerapi.API{DB: o.Register, Publisher: o.Publisher, Version: o.Version, Title: s.title}
		a.Routes(api)
		s.work = &moderation.Service{Register: o.Register, Accounts: accounts.New(o.Register.SQL(), o.Now), Policy: policy.Policy{FourEyes: o.Work.FourEyes}, Quota: o.Work.Quota,
			ConfirmMail: o.Work.Mail != nil, Base: o.Base, Now: o.Now}
		s.gate = access.New(access.Options{Accounts: s.work.Accounts, Base: o.Base, Issuer: o.Work.Issuer, Limits: o.Work.Limits, Problem: writeProblem})
		s.gate.Routes(mux)
		work := &workapi.API{Service: s.work, Now: o.Now}
		work.Routes(api)
		mux.HandleFunc("GET /files/{sha256}", func(w http.ResponseWriter, r *http.Request) { work.ServeFile(w, r, writeProblem) })
		var model pages.Model
		if o.Runs {
			model = s
		}
		site, err := pages.New(pages.Options{DB: o.Register, Title: s.title, Model: model, Trade: s, Pipelines: s, World: files, Now: o.Now, Work: &pages.Work{Service: s.work, Gate: door{s.gate}, Mail: o.Work.Mail != nil}})
		if err != nil {
			return nil, err
		}
		site.Routes(mux)
	}
	ogc := features.New(s.title("en"), "Projects, corridors and organisations of the register; links of the network and their flows.", o.Version, s.collections,
		features.WithBase(func(r *http.Request) string { return registerapi.Base(r.Context()) }),
		features.WithErrors(func(r *http.Request, err error) { slog.Error("a request failed", "path", r.URL.Path, "error", err) }))
	mux.Handle("/ogc", ogc)
	mux.Handle("/ogc/", ogc)
	mux.Handle("/", s.page(files))
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "The request comes from a page of another site: send it from this one, or from a program.")
	}))
	var inner http.Handler = csrf.Handler(uploaded(mux))
	if s.gate != nil {
		inner = s.gate.Handler(inner)
	}
	s.ops = newOps(s)
	s.ops.routes(mux)
	s.handler = s.ops.watch(s.outer(compressed(inner)))
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// title gives the title of the study in a language.
func (s *Server) title(language string) string {
	for _, l := range []string{language, "en"} {
		if t := s.options.Title[l]; t != "" {
			return t
		}
	}
	return "karvan"
}

// Solved hands over a result and the model of the study it carries.
func (s *Server) Solved(r *store.Result, m *karvan.Model) error {
	years, err := r.ScenarioYears()
	if err != nil {
		return err
	}
	n, err := readNetwork(r)
	if err != nil {
		return err
	}
	s.result, s.model, s.net, s.years = r, m, n, years
	s.ready.Store(true)
	return nil
}

// Progress tells how far the model is, while it runs.
func (s *Server) Progress(solved, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Solved, s.state.Total = solved, total
}

// Failed tells that there will be no result, and why.
func (s *Server) Failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Failed = err.Error()
}

// State tells how far the model is.
func (s *Server) State() pages.ModelState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	state.Ready = s.ready.Load()
	return state
}

// notYet is the problem of a request that needs the result before it is there.
func (s *Server) notYet() Problem {
	state := s.State()
	p := Problem{Type: "about:blank", Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable,
		Detail: "The model still runs; ask again in a moment.", Solved: &state.Solved, Total: &state.Total}
	if state.Failed != "" {
		p.Detail, p.Failed = "The model could not be solved: "+state.Failed, true
	} else if !s.options.Runs {
		p.Detail, p.Failed = "This server has a register and no result of a model.", true
	}
	return p
}

// needsResult keeps what needs the result back until it is there.
func (s *Server) needsResult(ctx huma.Context, next func(huma.Context)) {
	if s.ready.Load() {
		next(ctx)
		return
	}
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetHeader("Retry-After", "2")
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetStatus(http.StatusServiceUnavailable)
	ctx.BodyWriter().Write(mustJSON(s.notYet()))
}

// page serves the embedded application: assets by their names, the desk for
// every language, and a redirect from / to the reader's language.
func (s *Server) page(files fs.FS) http.Handler {
	assets := newAssets(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			writeProblem(w, http.StatusNotFound, "There is nothing at this address; /openapi.json lists what there is.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, http.StatusMethodNotAllowed, "This address is only read: GET or HEAD was expected.")
		case r.URL.Path == "/" && s.options.Register != nil:
			http.Redirect(w, r, "/"+language(r), http.StatusFound)
		case r.URL.Path == "/":
			http.Redirect(w, r, "/"+language(r)+"/map", http.StatusFound)
		case isDesk(r.URL.Path):
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, files, "index.html")
		default:
			if strings.HasPrefix(r.URL.Path, "/assets/") {
				// Names of assets hold a hash of their content.
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			assets.ServeHTTP(w, r)
		}
	})
}

// isDesk reports whether a path is one of the map; without a register its
// front pages are too.
func isDesk(path string) bool {
	for _, l := range register.Languages {
		if path == "/"+l || path == "/"+l+"/" || path == "/"+l+"/map" {
			return true
		}
	}
	return false
}

// outer sets the headers that keep a page to itself, and keeps
// the address under which the site was reached.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		if strings.HasPrefix(s.options.Base, "https://") {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
		if !uploads(r) {
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
		}
		// What everybody may read is read from anywhere; what is for one person is not.
		for _, prefix := range []string{"/api/", "/openapi", "/ogc", "/schemas/"} {
			if strings.HasPrefix(r.URL.Path, prefix) && !personal(r) {
				h.Set("Access-Control-Allow-Origin", "*")
				h.Set("Access-Control-Expose-Headers", "ETag, Last-Modified, Link")
				h.Set("Cross-Origin-Resource-Policy", "cross-origin")
			}
		}
		base := s.options.Base
		if base == "" {
			scheme := "http"
			if r.TLS != nil {
				scheme = "https"
			}
			base = fmt.Sprintf("%s://%s", scheme, r.Host)
		}
		next.ServeHTTP(w, r.WithContext(registerapi.WithBase(r.Context(), strings.TrimSuffix(base, "/"))))
	})
}

// personal reports whether an answer is for who asks only.
func personal(r *http.Request) bool {
	for _, prefix := range []string{"/api/v1/me/", "/api/v1/accounts", "/api/v1/audit/events", "/api/v1/submissions", "/api/v1/work/", "/api/v1/import", "/api/v1/files"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return true
		}
	}
	return r.URL.Path == "/api/v1/me"
}

// A connection is closed where an answer is not sent within writeLimit of its request; who
// asked is told a moment before.
const (
	writeLimit  = 2 * time.Minute
	answerLimit = writeLimit - 10*time.Second
)

// Serve serves until the context ends, then lets requests finish for a moment.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: writeLimit,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		quit, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if err := srv.Shutdown(quit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return nil
	}
}

// door is the gate as the pages see it.
type door struct{ *access.Gate }

func (door) Of(ctx context.Context) policy.Principal       { return access.Of(ctx) }
func (door) ByToken(ctx context.Context) bool              { return access.ByToken(ctx) }
func (door) Account(ctx context.Context) *accounts.Account { return access.Account(ctx) }
