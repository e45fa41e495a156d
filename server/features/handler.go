package features

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// root is the path of the landing page.
const root = "/ogc"

type handler struct {
	title, description, version string

	collections func() []Collection
	base        func(*http.Request) string
	failed      func(*http.Request, error)
}

// Option changes what New makes.
type Option func(*handler)

// WithBase gives the public address of a request, scheme and host without a
// final slash, for a server behind a proxy: https://data.example.org. Where it
// gives "", and without this option, the address is that which the request was
// sent to. Forwarding headers are never read: whoever knows the proxy may trust
// them here.
func WithBase(base func(*http.Request) string) Option {
	return func(h *handler) { h.base = base }
}

// WithErrors is told of every error that a client sees only as status 500.
func WithErrors(failed func(*http.Request, error)) Option {
	return func(h *handler) { h.failed = failed }
}

// New makes the handler of everything under /ogc. The title, description and
// version are those of the API. The function collections is called at each
// request, from many goroutines at once.
func New(title, description, version string, collections func() []Collection, options ...Option) http.Handler {
	h := &handler{title: title, description: description, version: version, collections: collections,
		base:   func(*http.Request) string { return "" },
		failed: func(*http.Request, error) {},
	}
	for _, o := range options {
		o(h)
	}
	return h
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "Link, Retry-After")
	w.Header().Add("Vary", "Accept")
	a, err := h.answer(r)
	if err == nil {
		err = a.write(w)
	}
	if err == nil {
		return
	}
	p := asProblem(err)
	// A client that went away is no fault of the server.
	if p.Status == http.StatusInternalServerError && r.Context().Err() == nil {
		h.failed(r, err)
	}
	p.write(w)
}

// request is what the making of an answer needs to know.
type request struct {
	ctx    context.Context
	base   string // public address of the landing page, no final slash
	path   string // below base, escaped
	values url.Values
	format string
	accept accepted
}

// answer finds the resource of a request, checks the parameters and makes the
// answer.
func (h *handler) answer(r *http.Request) (*answer, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, newProblem(http.StatusMethodNotAllowed, "Only GET and HEAD are answered here.")
	}
	at, err := h.find(r)
	if err != nil {
		return nil, err
	}
	known := []string{"f"}
	if at.kind == itemsPlace {
		known = append(known[:0], ofItems...)
		for _, p := range at.info.filters() {
			known = append(known, p.Name)
		}
	}
	p := readParameters(r.URL.RawQuery, known)
	q := &request{ctx: r.Context(), base: h.address(r), path: at.path, values: p.values, accept: readAccept(r.Header.Values("Accept"))}
	var query Query
	if at.kind == itemsPlace {
		query = p.query(at.info)
	}
	if q.format = p.format(); q.format == neither {
		q.format = q.accept.format()
	}
	if len(p.faults) > 0 {
		return nil, invalid(p.faults)
	}
	if q.format == neither {
		return nil, newProblem(http.StatusNotAcceptable, "The Accept header allows neither JSON nor HTML; this resource has both.")
	}
	switch at.kind {
	case landingPlace:
		return h.landing(q), nil
	case conformancePlace:
		return conformance(q), nil
	case apiPlace:
		return h.api(q)
	case collectionsPlace:
		return h.list(q)
	case collectionPlace:
		return one(q, at.info), nil
	case schemaPlace:
		return schema(q, at.info), nil
	case itemsPlace:
		return items(q, at.collection, at.info, query)
	}
	return item(q, at.collection, at.info, at.feature)
}

func (h *handler) address(r *http.Request) string {
	base := h.base(r)
	if base == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + r.Host
	}
	return base + root
}

// kind is which resource a path is of.
type kind int

const (
	landingPlace kind = iota
	conformancePlace
	apiPlace
	collectionsPlace
	collectionPlace
	schemaPlace
	itemsPlace
	itemPlace
)

// place is where a path leads.
type place struct {
	kind       kind
	path       string // below the landing page, escaped
	collection Collection
	info       Info
	feature    string
}

// find reads the path. Ids may hold any character, a slash too, so the path is
// cut before its escapes are undone.
func (h *handler) find(r *http.Request) (*place, error) {
	unknown := newProblem(http.StatusNotFound, "There is nothing at this path.")
	path, under := strings.CutPrefix(r.URL.EscapedPath(), root)
	if !under {
		return nil, unknown
	}
	at := &place{path: path}
	switch path {
	case "", "/":
		return at, nil
	case "/conformance":
		at.kind = conformancePlace
		return at, nil
	case "/api":
		at.kind = apiPlace
		return at, nil
	case "/collections":
		at.kind = collectionsPlace
		return at, nil
	}
	below, under := strings.CutPrefix(path, "/collections/")
	parts := strings.Split(below, "/")
	for i := range parts {
		var err error
		if parts[i], err = url.PathUnescape(parts[i]); err != nil || parts[i] == "" {
			return nil, unknown
		}
	}
	switch {
	case !under:
		return nil, unknown
	case len(parts) == 1:
		at.kind = collectionPlace
	case len(parts) == 2 && parts[1] == "schema":
		at.kind = schemaPlace
	case len(parts) == 2 && parts[1] == "items":
		at.kind = itemsPlace
	case len(parts) == 3 && parts[1] == "items":
		at.kind, at.feature = itemPlace, parts[2]
	default:
		return nil, unknown
	}
	var err error
	at.collection, at.info, err = h.lookUp(r.Context(), parts[0])
	return at, err
}

// lookUp finds a collection by its id.
func (h *handler) lookUp(ctx context.Context, id string) (Collection, Info, error) {
	var unsure error
	for _, c := range h.collections() {
		info, err := c.Info(ctx)
		if err == nil && info.ID == id {
			return c, info, nil
		}
		// One that cannot say its id may be the one asked for.
		if err != nil && (info.ID == id || info.ID == "" && unsure == nil) {
			unsure = err
		}
	}
	if unsure == nil {
		unsure = newProblem(http.StatusNotFound, "There is no collection %q.", id)
	}
	return nil, Info{}, unsure
}

// present describes the collections that are there now.
func (h *handler) present(ctx context.Context) ([]Info, error) {
	var out []Info
	for _, c := range h.collections() {
		info, err := c.Info(ctx)
		if errors.Is(err, ErrNotYet) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}
