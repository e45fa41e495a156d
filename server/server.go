// Package server serves a result over HTTP: the page, an API whose OpenAPI
// document is generated from its handlers (/openapi.json), and vector tiles.
//
// It reads one result file and writes nothing. It serves nothing but what is
// in that file and in the program.
package server

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/store"
	"github.com/karvan/karvan/web"
)

// maxBody bounds what a request may send, in bytes. Nothing here needs more.
const maxBody = 1 << 16

// languages are those of the page, the first where a reader asks for none.
var languages = []string{"en", "az", "tr"}

// Server holds what the handlers need.
type Server struct {
	result *store.Result
	model  *karvan.Model
	net    *network
	years  []store.ScenarioYear
}

// New makes the handler for a result and the model of the study it carries.
func New(r *store.Result, m *karvan.Model, version string) (http.Handler, error) {
	s := &Server{result: r, model: m}
	var err error
	if s.years, err = r.ScenarioYears(); err != nil {
		return nil, err
	}
	if s.net, err = readNetwork(r); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("karvan", version)
	config.Info.Description = "A result of karvan: network, flows, loads, costs, indicators and sources. Units stand in the names of fields."
	config.DocsPath = "" // its page loads from outside
	config.CreateHooks = nil
	api := humago.New(mux, config)
	s.routes(api)
	mux.HandleFunc("GET /api/tiles/{z}/{x}/{y}", s.tile)
	pages, err := web.Pages()
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /", page(pages))
	return secure(compressed(mux)), nil
}

// page serves the embedded application: assets by their names, the desk for
// every language, and a redirect from / to the reader's.
func page(files fs.FS) http.Handler {
	assets := newAssets(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
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

func isDesk(path string) bool {
	for _, l := range languages {
		if path == "/"+l || path == "/"+l+"/" || path == "/"+l+"/map" {
			return true
		}
	}
	return false
}

// language picks the reader's: the one chosen before, which the page keeps in a
// cookie, else by Accept-Language.
func language(r *http.Request) string {
	if c, err := r.Cookie("karvan-language"); err == nil && slices.Contains(languages, c.Value) {
		return c.Value
	}
	best, weight := languages[0], 0.0
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, q, weighed := strings.Cut(strings.TrimSpace(part), ";q=")
		v := 1.0
		if weighed {
			v, _ = strconv.ParseFloat(strings.TrimSpace(q), 64)
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if v > weight && slices.Contains(languages, primary) {
			best, weight = primary, v
		}
	}
	return best
}

// secure sets the headers that keep a page to itself, and bounds requests.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// Serve serves until the context ends, then lets requests finish for a moment.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
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
