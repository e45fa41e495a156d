package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/register.css
var stylesheet []byte

//go:embed static/pipeline.js
var pipelineScript []byte

// Options are what the pages need.
type Options struct {
	DB    *registerdb.DB
	Title func(language string) string // of the study
	Model Model
	Trade Trade // nil: no page of trade
	// Pipelines is nil where there are no pages of pipelines.
	Pipelines Pipelines
	Work      *Work // nil: nobody works here
	World     fs.FS // holds assets/countries-50m-….json of the built page; nil: maps have no land
	Now       func() time.Time
}

// Site renders the pages.
type Site struct {
	Options
	templates map[string]*template.Template // by language
	land      func() *land
	facts     cache
}

// New makes the pages, and fails where a template asks for a word that there
// is not.
func New(o Options) (*Site, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Site{Options: o, templates: map[string]*template.Template{}}
	s.land = sync.OnceValue(func() *land { return readLand(o.World) })
	for _, language := range register.Languages {
		t, err := template.New("").Funcs(functions(language)).ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		s.templates[language] = t
	}
	return s, missingWords(templateFiles)
}

// Routes registers the pages.
func (s *Site) Routes(mux *http.ServeMux) {
	asset := func(path, kind string, content []byte) {
		tag := fmt.Sprintf(`"%x"`, sha256.Sum256(content))
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("ETag", tag)
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		})
	}
	asset("/assets/register.css", "text/css; charset=utf-8", stylesheet)
	asset("/assets/pipeline.js", "text/javascript; charset=utf-8", pipelineScript)
	// The language is spelt out, so that /assets and /api are no languages.
	for _, language := range register.Languages {
		at := "/" + language
		route := func(pattern string, allowed []string, h func(*page) error) {
			mux.Handle(pattern, s.handler(language, allowed, h))
		}
		filters := []string{"q", "status", "country", "sector", "from", "until", "updatedSince", "bbox", "sort", "asOf", "cursor"}
		route("GET "+at, filters, s.front)
		route("GET "+at+"/{$}", filters, s.front)
		route("GET "+at+"/search", []string{"q", "kind"}, s.search)
		route("GET "+at+"/changes", []string{"since", "cursor"}, s.changes)
		route("GET "+at+"/sources", nil, s.sources)
		route("GET "+at+"/sources/{slug}", nil, s.source)
		route("GET "+at+"/pack", []string{"party"}, s.pack)
		if s.Trade != nil {
			route("GET "+at+"/trade", []string{"pair", "flow", "asOf"}, s.trade)
		}
		if s.Pipelines != nil {
			route("GET "+at+"/pipelines", nil, s.pipelines)
			route("GET "+at+"/pipelines/{id}", []string{"step", "throughput"}, s.pipeline)
		}
		route("GET "+at+"/check", nil, s.check)
		route("POST "+at+"/check", nil, s.check)
		route("GET "+at+"/about", nil, s.about)
		if s.Work != nil {
			s.workRoutes(mux, language)
		}
		for i := range register.Kinds {
			info := &register.Kinds[i]
			if info.Kind == register.Investment {
				route("GET "+at+"/investments", []string{"host"}, s.investments)
			} else {
				route("GET "+at+"/"+info.Plural, filters, func(p *page) error { return s.list(p, info) })
			}
			route("GET "+at+"/"+info.Plural+"/{slug}", []string{"asOf"}, func(p *page) error { return s.record(p, info) })
			route("GET "+at+"/"+info.Plural+"/{slug}/brief", []string{"asOf"}, func(p *page) error { return s.brief(p, info) })
		}
	}
}

// page is one request and what its template needs of every page.
type page struct {
	w        http.ResponseWriter
	r        *http.Request
	ctx      context.Context
	Language string
	Title    string
	Site     string // the study's title
	Base     string
	Path     string // without the language, for the switch of languages
	Query    template.URL
	Today    string
	Section  string // of the navigation
	Status   int
	Trade    bool // the study has series of trade
	Lines    bool // the study has pipelines
	// Plain leaves out the navigation: a sheet for print.
	Plain bool
	Works bool // people work here
	View  any
	names map[string]string // of records that were asked for
}

// errMissing is answered with a page that says that nothing is here.
var errMissing = errors.New("missing")

func (s *Site) handler(language string, allowed []string, h func(*page) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &page{w: w, r: r, ctx: r.Context(), Language: language, Site: s.Options.Title(language), Base: registerapi.Base(r.Context()),
			Path: strings.TrimPrefix(r.URL.EscapedPath(), "/"+language), Today: s.Now().UTC().Format(time.DateOnly), Status: http.StatusOK, Trade: s.Trade != nil && s.Trade.HasTrade(), Lines: s.Pipelines != nil && s.Pipelines.HasPipelines(), Works: s.Work != nil}
		// What the address does not know stays out of links.
		query := url.Values{}
		for k, v := range r.URL.Query() {
			if !slices.Contains(allowed, k) {
				continue
			}
			for _, x := range v[:min(len(v), 8)] {
				query.Add(k, short(x))
			}
		}
		if len(query) > 0 {
			p.Query = template.URL("?" + query.Encode())
		}
		p.r.URL.RawQuery = query.Encode()
		// The language of the last page is that of the next visit.
		if c, err := r.Cookie("karvan-language"); err != nil || c.Value != language {
			http.SetCookie(w, &http.Cookie{Name: "karvan-language", Value: language, Path: "/", MaxAge: 31536000, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(p.Base, "https://")})
		}
		err := h(p)
		var status huma.StatusError
		switch {
		case err == nil:
		case errors.Is(err, errMissing), errors.Is(err, registerdb.ErrNotFound):
			s.message(p, http.StatusNotFound, "missing.title", "missing.text")
		case errors.Is(err, registerdb.ErrBad), errors.As(err, &status) && status.GetStatus() < 500:
			s.message(p, http.StatusBadRequest, "bad.title", "bad.text")
		case errors.Is(sqldb.Explain(err), sqldb.ErrUnavailable):
			s.message(p, http.StatusServiceUnavailable, "work.unavailable", "work.unavailable.text")
		case p.ctx.Err() != nil:
		default:
			slog.Error("a page failed", "path", r.URL.Path, "error", err)
			s.message(p, http.StatusInternalServerError, "failed.title", "failed.text")
		}
	})
}

// mostParameter is the longest text that a filter takes; more is cut off.
const mostParameter = 200

func short(s string) string {
	if r := []rune(s); len(r) > mostParameter {
		return string(r[:mostParameter])
	}
	return s
}

// render writes a page from a template, whole or not at all.
func (s *Site) render(p *page, name string, view any) error {
	p.View = view
	var b bytes.Buffer
	if err := s.templates[p.Language].ExecuteTemplate(&b, name, p); err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Language)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	p.w.WriteHeader(p.Status)
	if p.r.Method != http.MethodHead {
		p.w.Write(b.Bytes())
	}
	return nil
}

// message renders a page that says what went wrong and what to do.
func (s *Site) message(p *page, status int, title, text string) {
	p.Status = status
	p.Title = word(p.Language, title)
	if err := s.render(p, "message", word(p.Language, text)); err != nil {
		http.Error(p.w, p.Title, status)
	}
}

// t gives a word in the page's language.
func (p *page) t(key string, args ...any) string { return word(p.Language, key, args...) }

// Is reports whether the page is in a section, for the navigation.
func (p *page) Is(section string) bool { return p.Section == section }

// href leads to a record's page.
func (p *page) href(it *registerdb.Item) string {
	path := registerapi.Path(p.Language, it.Kind, it.Slug)
	if day := p.r.URL.Query().Get("asOf"); day != "" {
		path += "?" + url.Values{"asOf": {day}}.Encode() // what is opened from there is of that day too
	}
	return path
}

// functions are those that templates call.
func functions(language string) template.FuncMap {
	return template.FuncMap{
		"t":         func(key string, args ...any) string { return word(language, key, args...) },
		"languages": func() []string { return register.Languages },
		"endonym":   func(l string) string { return endonyms[l] },
		"many":      func(kind string) string { return labels.Many(language, register.Kind(kind)) },
		"one":       func(kind string) string { return labels.One(language, register.Kind(kind)) },
		"code":      func(list, code string) string { return labels.Code(language, list, code) },
		"country":   func(code string) string { return labels.Country(language, code) },
		"day":       func(s string) string { return day(language, s) },
		"number":    func(v any) string { return number(language, v) },
		"upper":     strings.ToUpper,
		"segment":   url.PathEscape,
		"add":       func(a, b int) int { return a + b },
		"kinds": func() []string {
			return []string{"project", "target", "organisation", "meeting", "agreement", "commitment", "interest", "investment", "programme", "person"}
		},
		"plural": func(kind string) string { return register.Info(kind).Plural },
	}
}

var endonyms = map[string]string{"en": "English", "az": "Azərbaycanca", "tr": "Türkçe", "ru": "Русский"}
