package registerapi

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// SearchHits is what a search found, the best first.
type SearchHits struct {
	Items []SearchHit `json:"items"`
}

// SearchHit is a record that a search found.
type SearchHit struct {
	RecordHead
	Rough bool `json:"rough" doc:"Found only by its consonants: names that sound alike"`
}

// Changes is a part of what was recorded, newest first.
type Changes struct {
	Items []register.Statement `json:"items"`
	Next  string               `json:"next,omitempty" doc:"The cursor of the next part; absent at the end"`
}

// Kinds tells what records there are and what fields they have.
type Kinds struct {
	Items []KindBody `json:"items"`
}

// KindBody describes a kind of record.
type KindBody struct {
	Kind    string      `json:"kind"`
	Plural  string      `json:"plural" doc:"As it stands in addresses"`
	Name    string      `json:"name_field" doc:"The field that names a record"`
	Records int         `json:"records"`
	Fields  []FieldBody `json:"fields" doc:"Of a project: see OC4IDS 0.9.5"`
}

// FieldBody describes a field.
type FieldBody struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Of       string   `json:"of,omitempty" doc:"The kind that a reference leads to"`
	Codes    []string `json:"codes,omitempty"`
	// The fields of elements are flat, with the path in front: OpenAPI would
	// else have to describe a type that holds itself.
	Path string `json:"path"`
}

// Sources lists what statements rest on.
type Sources struct {
	Items []registerdb.SourceUse `json:"items"`
}

// RegisterSource is a source and the records that rest on it.
type RegisterSource struct {
	register.Source
	Records []RecordHead `json:"records" doc:"At most 500"`
}

func (a *API) registerRoutes(api huma.API) {
	o := operation("search", "/api/v1/search", "Find records of every kind")
	answers(api, &o, reflect.TypeFor[SearchHits]())
	huma.Register(api, o, func(ctx context.Context, in *struct {
		Q     string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Words that must be found, in any spelling of the four languages"`
		Kind  string `query:"kind" maxLength:"40" doc:"Only this kind, as project"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
		Lang  string `query:"lang" enum:"en,az,tr,ru" doc:"Names in this language where there are any"`
	}) (*huma.StreamResponse, error) {
		var kind register.Kind
		if in.Kind != "" {
			info := register.Info(in.Kind)
			if info == nil {
				return nil, huma.NewError(http.StatusBadRequest, "", &huma.ErrorDetail{Location: "query.kind", Value: in.Kind, Message: "a kind was expected, as /api/v1/kinds lists them"})
			}
			kind = info.Kind
		}
		hits, err := a.DB.Search(ctx, in.Q, kind, in.Lang, in.Limit)
		if err != nil {
			return nil, failed(err)
		}
		out := SearchHits{Items: []SearchHit{}}
		for _, h := range hits {
			out.Items = append(out.Items, SearchHit{a.meta(ctx, in.Lang, h.Item), h.Rough})
		}
		return a.versioned(ctx, out)
	})

	o = operation("changes", "/api/v1/changes", "What was recorded, newest first")
	answers(api, &o, reflect.TypeFor[Changes]())
	huma.Register(api, o, func(ctx context.Context, in *struct {
		Since  string `query:"since" maxLength:"30" doc:"A day or a time (RFC 3339)"`
		Cursor string `query:"cursor" maxLength:"30" doc:"Where to go on: next of the part before"`
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}) (*huma.StreamResponse, error) {
		since := ""
		if in.Since != "" {
			var err error
			if since, err = moment(in.Since); err != nil {
				return nil, huma.NewError(http.StatusBadRequest, "", &huma.ErrorDetail{Location: "query.since", Value: in.Since, Message: "a day (YYYY-MM-DD) or a time (RFC 3339) was expected"})
			}
		}
		var before int64
		if in.Cursor != "" {
			var err error
			if before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || before < 1 {
				return nil, huma.NewError(http.StatusBadRequest, "", &huma.ErrorDetail{Location: "query.cursor", Value: in.Cursor, Message: "next of the part before was expected"})
			}
		}
		list, err := a.DB.Changes(ctx, since, before, in.Limit)
		if err != nil {
			return nil, failed(err)
		}
		out := Changes{Items: list}
		if list == nil {
			out.Items = []register.Statement{}
		}
		if len(list) == in.Limit {
			out.Next = strconv.FormatInt(list[len(list)-1].Seq, 10)
		}
		return a.versioned(ctx, out)
	})

	o = operation("kinds", "/api/v1/kinds", "What kinds of records there are, and their fields")
	answers(api, &o, reflect.TypeFor[Kinds]())
	huma.Register(api, o, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		counts, err := a.DB.Counts(ctx)
		if err != nil {
			return nil, failed(err)
		}
		out := Kinds{Items: []KindBody{}}
		for _, k := range register.Kinds {
			b := KindBody{Kind: string(k.Kind), Plural: k.Plural, Name: k.Name, Records: counts[k.Kind], Fields: []FieldBody{}}
			flatFields("", k.Fields, &b.Fields)
			out.Items = append(out.Items, b)
		}
		return a.versioned(ctx, out)
	})

	o = operation("sources", "/api/v1/sources", "What statements rest on")
	answers(api, &o, reflect.TypeFor[Sources]())
	huma.Register(api, o, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		list, err := a.DB.Sources(ctx)
		if err != nil {
			return nil, failed(err)
		}
		return a.versioned(ctx, Sources{list})
	})

	o = operation("source", "/api/v1/sources/{id}", "One source, and the records that rest on it")
	answers(api, &o, reflect.TypeFor[RegisterSource]())
	huma.Register(api, o, func(ctx context.Context, in *struct {
		ID   string `path:"id" maxLength:"200"`
		Lang string `query:"lang" enum:"en,az,tr,ru"`
	}) (*huma.StreamResponse, error) {
		s, err := a.DB.Source(ctx, in.ID)
		if err != nil {
			return nil, failed(err)
		}
		items, err := a.DB.RestingOn(ctx, in.ID, 500)
		if err != nil {
			return nil, failed(err)
		}
		out := RegisterSource{Source: *s, Records: []RecordHead{}}
		for _, it := range items {
			out.Records = append(out.Records, a.meta(ctx, in.Lang, it))
		}
		return a.versioned(ctx, out)
	})
}

// versioned answers with a value that changes only with the register.
func (a *API) versioned(ctx context.Context, v any) (*huma.StreamResponse, error) {
	version, updated, err := a.version(ctx)
	if err != nil {
		return nil, failed(err)
	}
	return stream(func(hctx huma.Context) {
		if !unchanged(hctx, version, updated) {
			writeJSON(hctx, v)
		}
	}), nil
}

func flatFields(at string, fields []register.Field, out *[]FieldBody) {
	for _, f := range fields {
		*out = append(*out, FieldBody{f.Name, string(f.Type), f.Required, string(f.Of), f.Codes, at + f.Name})
		flatFields(at+f.Name+"/", f.Fields, out)
	}
}
