package registerapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/registerdb"
)

// API answers for one register.
type API struct {
	DB        *registerdb.DB
	Publisher oc4ids.Publisher
	Version   string
	Title     func(language string) string // of the register, for feeds
}

type baseKey struct{}

// WithBase keeps the address under which a request reached the site, as
// https://example.org, for the addresses in its answer.
func WithBase(ctx context.Context, base string) context.Context {
	return context.WithValue(ctx, baseKey{}, base)
}

// Base gives what [WithBase] kept, or "".
func Base(ctx context.Context) string {
	s, _ := ctx.Value(baseKey{}).(string)
	return s
}

// Address gives the address of a record's page.
func Address(ctx context.Context, language string, it *registerdb.Item) string {
	return Base(ctx) + Path(language, it.Kind, it.Slug)
}

// Path gives the path of a record's page on its site.
func Path(language string, kind register.Kind, slug string) string {
	return "/" + language + "/" + register.Info(string(kind)).Plural + "/" + slug
}

// Routes registers the handlers.
func (a *API) Routes(api huma.API) {
	for i := range register.Kinds {
		info := &register.Kinds[i]
		a.listRoute(api, info)
		a.recordRoutes(api, info)
	}
	a.registerRoutes(api)
	a.bulkRoutes(api)
}

// RecordHead is what every record says of itself.
type RecordHead struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind"`
	Slug     string      `json:"slug"`
	Name     string      `json:"name"`
	Revision int64       `json:"revision" doc:"Grows with every change of the record"`
	Updated  string      `json:"updated" format:"date-time" doc:"When its last statement was recorded"`
	KnownOn  string      `json:"known_on" doc:"The last day on which a source told something"`
	Sources  int         `json:"sources" doc:"How many sources its values rest on"`
	BBox     *[4]float64 `json:"bbox" doc:"west, south, east, north in degrees; null without a place"`
	Address  string      `json:"address" doc:"Of its page"`
}

// Record is a record: a project as in OC4IDS 0.9.5, other kinds as /api/v1/kinds
// tells.
type Record struct {
	RecordHead
	Record map[string]any `json:"record"`
}

func (a *API) record(ctx context.Context, language string, it *registerdb.Item) Record {
	return Record{a.meta(ctx, language, it), it.Values}
}

func (a *API) meta(ctx context.Context, language string, it *registerdb.Item) RecordHead {
	return RecordHead{it.ID, string(it.Kind), it.Slug, it.Name, it.Revision, it.Updated, it.Known, it.Sources, it.Box, Address(ctx, pageLanguage(language), it)}
}

// pageLanguage is the language of pages that addresses lead to.
func pageLanguage(language string) string {
	if language == "" {
		return register.Languages[0]
	}
	return language
}

// operation describes a GET of the register.
func operation(id, path, summary string) huma.Operation {
	return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Tags: []string{"register"}, Errors: []int{400, 404}}
}

// answers declares what a handler that writes its own body answers with: JSON
// of a type (nil: none), and other media types.
func answers(api huma.API, o *huma.Operation, of reflect.Type, others ...string) {
	content := map[string]*huma.MediaType{}
	if of != nil {
		content["application/json"] = &huma.MediaType{Schema: api.OpenAPI().Components.Schemas.Schema(of, true, o.OperationID)}
	}
	for _, t := range others {
		s := &huma.Schema{Type: "string"}
		if strings.Contains(t, "geo+json") {
			s = &huma.Schema{Type: "object", Required: []string{"type", "features"}, Properties: map[string]*huma.Schema{
				"type": {Type: "string", Enum: []any{"FeatureCollection"}}, "features": {Type: "array", Items: &huma.Schema{Type: "object"}}}}
		}
		content[t] = &huma.MediaType{Schema: s}
	}
	o.Responses = map[string]*huma.Response{
		"200": {Description: "As asked", Content: content},
		"304": {Description: "Not changed since the ETag that was sent"},
	}
}

// stream makes an answer that the handler writes itself.
func stream(write func(ctx huma.Context)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: write}
}

// writeJSON writes a value as JSON.
func writeJSON(ctx huma.Context, v any) {
	ctx.SetHeader("Content-Type", "application/json")
	e := json.NewEncoder(ctx.BodyWriter())
	e.SetEscapeHTML(false)
	e.Encode(v)
}

// failed turns an error of the register into one of the API.
func failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, registerdb.ErrNotFound):
		return huma.Error404NotFound("There is no such record.")
	case errors.Is(err, registerdb.ErrBad):
		_, text, _ := strings.Cut(err.Error(), ": ")
		return huma.Error400BadRequest(text)
	case errors.Is(sqldb.Explain(err), sqldb.ErrUnavailable):
		return huma.Error503ServiceUnavailable("The database cannot be used now; try again in a moment.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return huma.Error503ServiceUnavailable("The answer took too long.")
	}
	return huma.Error500InternalServerError("", err)
}

// unchanged sets the headers of a part of the register that has a version, and
// reports whether the client has it already. The answer depends on nothing
// but the version and the request.
func unchanged(ctx huma.Context, version, updated string) bool {
	h := fnv.New64a()
	fmt.Fprint(h, version, "\x00", ctx.Header("Accept"), "\x00", requestURI(ctx))
	tag := fmt.Sprintf(`W/"%s-%x"`, version, h.Sum64())
	ctx.SetHeader("ETag", tag)
	ctx.SetHeader("Cache-Control", "no-cache")
	ctx.AppendHeader("Vary", "Accept")
	if t := httpTime(updated); t != "" {
		ctx.SetHeader("Last-Modified", t)
	}
	for _, have := range strings.Split(ctx.Header("If-None-Match"), ",") {
		if have = strings.TrimSpace(have); have == tag || have == "*" || "W/"+have == tag {
			ctx.SetStatus(http.StatusNotModified)
			return true
		}
	}
	return false
}

func requestURI(ctx huma.Context) string {
	u := ctx.URL()
	return u.RequestURI()
}
