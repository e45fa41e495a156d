package registerapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/registerdb"
)

// Findings is what a check of a package found, errors first.
type Findings struct {
	Errors   int              `json:"errors"`
	Warnings int              `json:"warnings"`
	Notes    int              `json:"notes"`
	Items    []oc4ids.Finding `json:"items" doc:"At most 5000, errors first; the command karvan register check tells all"`
}

// Package stands for an OC4IDS package in the OpenAPI document.
type Package struct {
	URI           string           `json:"uri"`
	PublishedDate string           `json:"publishedDate" format:"date-time"`
	Version       string           `json:"version"`
	Publisher     map[string]any   `json:"publisher"`
	Projects      []map[string]any `json:"projects"`
}

type languageInput struct {
	Lang string `path:"lang" enum:"en,az,tr,ru"`
}

func (a *API) bulkRoutes(api huma.API) {
	o := operation("export-projects", "/api/v1/export/{lang}/projects.json", "All projects as an OC4IDS 0.9 package; the address stays")
	answers(api, &o, reflect.TypeFor[Package]())
	huma.Register(api, o, func(ctx context.Context, in *languageInput) (*huma.StreamResponse, error) {
		version, updated, err := a.version(ctx)
		if err != nil {
			return nil, failed(err)
		}
		return stream(func(hctx huma.Context) {
			if unchanged(hctx, version, updated) {
				return
			}
			hctx.SetHeader("Content-Type", "application/json")
			if err := a.WritePackage(ctx, hctx.BodyWriter(), in.Lang); err != nil {
				panic(http.ErrAbortHandler) // a part must not pass for the whole
			}
		}), nil
	})

	o = operation("export-workbook", "/api/v1/export/{lang}/register.xlsx", "The whole register as a workbook")
	answers(api, &o, nil, mediaTypes["xlsx"])
	huma.Register(api, o, func(ctx context.Context, in *languageInput) (*huma.StreamResponse, error) {
		version, updated, err := a.version(ctx)
		if err != nil {
			return nil, failed(err)
		}
		counts, err := a.DB.Counts(ctx)
		if err != nil {
			return nil, failed(err)
		}
		total := 0
		for _, n := range counts {
			total += n
		}
		if total > mostBook {
			return nil, huma.Error400BadRequest("The register is too large for one workbook: take it kind by kind, or statements.ndjson.")
		}
		return stream(func(hctx huma.Context) {
			if unchanged(hctx, version, updated) {
				return
			}
			var b bytes.Buffer
			if err := a.WriteBook(ctx, &b, in.Lang); err != nil {
				panic(http.ErrAbortHandler)
			}
			hctx.SetHeader("Content-Type", mediaTypes["xlsx"])
			hctx.SetHeader("Content-Disposition", `attachment; filename="register.xlsx"`)
			b.WriteTo(hctx.BodyWriter())
		}), nil
	})

	o = operation("export-statements", "/api/v1/export/statements.ndjson", "Every statement, one a line: the register with its history")
	answers(api, &o, nil, "application/x-ndjson")
	huma.Register(api, o, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		version, updated, err := a.version(ctx)
		if err != nil {
			return nil, failed(err)
		}
		return stream(func(hctx huma.Context) {
			if unchanged(hctx, version, updated) {
				return
			}
			hctx.SetHeader("Content-Type", "application/x-ndjson")
			if err := a.writeStatements(ctx, hctx.BodyWriter()); err != nil {
				panic(http.ErrAbortHandler)
			}
		}), nil
	})

	o = huma.Operation{Method: http.MethodPost, Path: "/api/v1/validate", OperationID: "validate", Summary: "Check an OC4IDS package", Tags: []string{"register"},
		MaxBodyBytes: oc4ids.MaxBytes, BodyReadTimeout: 2 * time.Minute, SkipValidateBody: true, Errors: []int{400, 413}}
	huma.Register(api, o, func(ctx context.Context, in *struct {
		RawBody []byte `contentType:"application/json"`
	}) (*struct{ Body Findings }, error) {
		list, err := oc4ids.Check(bytes.NewReader(in.RawBody))
		if err != nil {
			return nil, huma.Error400BadRequest(err.Error())
		}
		return &struct{ Body Findings }{findings(list)}, nil
	})
	// The library takes a raw body for a binary one; this is JSON of any shape.
	api.OpenAPI().Paths[o.Path].Post.RequestBody.Content["application/json"].Schema = &huma.Schema{Description: "An OC4IDS package, or what is taken for one"}
}

// mostFindings bounds an answer: a small package can have very many faults.
const mostFindings = 5000

func findings(list []oc4ids.Finding) Findings {
	out := Findings{Items: list}
	if list == nil {
		out.Items = []oc4ids.Finding{}
	}
	for _, f := range list {
		switch f.Severity {
		case oc4ids.Error:
			out.Errors++
		case oc4ids.Warning:
			out.Warnings++
		default:
			out.Notes++
		}
	}
	out.Items = out.Items[:min(len(out.Items), mostFindings)]
	return out
}

// WritePackage writes all projects as an OC4IDS package in a language, project
// by project.
func (a *API) WritePackage(ctx context.Context, w io.Writer, language string) error {
	_, updated, err := a.version(ctx)
	if err != nil {
		return err
	}
	published, err := time.Parse(time.RFC3339, updated)
	if err != nil {
		published = time.Unix(0, 0)
	}
	slugs, err := a.DB.Slugs(ctx, register.Project)
	if err != nil {
		return err
	}
	publisher := a.Publisher
	if publisher.Base == "" {
		publisher.Base = Base(ctx)
	}
	p, err := publisher.Begin(w, language, published, slugs)
	if err != nil {
		return err
	}
	if err := a.DB.EachBody(ctx, register.Project, language, p.Add); err != nil {
		return err
	}
	return p.End()
}

// WriteBook writes the whole register as a workbook in a language.
func (a *API) WriteBook(ctx context.Context, w io.Writer, language string) error {
	var records []exchange.Record
	for _, k := range register.Kinds {
		if err := a.DB.Each(ctx, k.Kind, language, func(it *registerdb.Item) error {
			records = append(records, a.exchangeRecord(ctx, language, it))
			return nil
		}); err != nil {
			return err
		}
	}
	return a.Book(ctx, w, language, records)
}

// ExportFormats are the forms in which the register is taken away.
var ExportFormats = []string{"oc4ids", "xlsx", "csv", "geojson", "atom", "ics", "ndjson"}

// Export writes the register in one of [ExportFormats]: csv, geojson, atom and ics hold the
// records of one kind.
func (a *API) Export(ctx context.Context, w io.Writer, info *register.KindInfo, format, language string) error {
	_, updated, err := a.version(ctx)
	if err != nil {
		return err
	}
	switch format {
	case "oc4ids":
		return a.WritePackage(ctx, w, language)
	case "xlsx":
		return a.WriteBook(ctx, w, language)
	case "ndjson":
		return a.writeStatements(ctx, w)
	case "csv", "geojson", "atom", "ics":
		q := registerdb.Query{Kind: info.Kind, Language: language, Limit: 500}
		first, err := a.DB.List(ctx, q)
		if err != nil {
			return err
		}
		return a.write(w, info, format, language, ',', Base(ctx)+"/api/v1/"+info.Plural+"."+format, updated, exchange.Columns(info.Kind), func(do func(exchange.Record) error) error {
			return a.walk(ctx, q, first, true, func(it *registerdb.Item) error { return do(a.exchangeRecord(ctx, language, it)) })
		})
	}
	return fmt.Errorf("there is no form %q; expected one of %s", format, strings.Join(ExportFormats, ", "))
}

func (a *API) writeStatements(ctx context.Context, w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return a.DB.EachStatement(ctx, func(s *register.Statement) error {
		if s.State != register.Accepted && s.State != register.Published {
			return nil
		}
		return e.Encode(s)
	})
}
