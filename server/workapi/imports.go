package workapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/store/registerdb"
)

// Imported tells what an import does, or would do.
type Imported struct {
	registerdb.Counts
	Items      []registerdb.Difference `json:"items" doc:"Of records that are new, changed or in conflict; at most 2000"`
	Submission *moderation.Submission  `json:"submission,omitempty" doc:"Without its changes; absent with dry_run"`
}

// mostItems bounds the differences that an answer lists.
const mostItems = 2000

func imported(list []registerdb.Difference) Imported {
	out := Imported{Counts: registerdb.Count(list), Items: []registerdb.Difference{}}
	for _, d := range list {
		if d.State != registerdb.Unchanged && len(out.Items) < mostItems {
			out.Items = append(out.Items, d)
		}
	}
	return out
}

type importInput struct {
	Name        string `query:"name" required:"true" maxLength:"200" doc:"Of the file: its ending tells what it is, .xlsx, .json or .csv"`
	Kind        string `query:"kind" maxLength:"40" doc:"Of the rows of a table, where its name does not tell"`
	DryRun      bool   `query:"dry_run" doc:"Tell what would change, and keep nothing"`
	SourceID    string `query:"source" required:"true" maxLength:"100" doc:"Of the whole batch"`
	SourceTitle string `query:"source_title" maxLength:"500" doc:"Of a source that the register does not have yet"`
	SourceClass string `query:"source_class" maxLength:"40" default:"report"`
	KnownOn     string `query:"known_on" maxLength:"10" doc:"Day on which the source told it; none: today"`
	AsOf        string `query:"as_of" maxLength:"10"`
	Lang        string `query:"lang" enum:"en,az,tr,ru" doc:"Of the texts; none: each record's own"`
	Key         string `header:"Idempotency-Key" maxLength:"200"`
	RawBody     []byte `contentType:"application/octet-stream"`
}

func (a *API) importRoutes(api huma.API) {
	o := operation(http.MethodPost, "import", "/api/v1/import", "Bring a workbook, an OC4IDS package or a table back in", 409, 412, 413, 422)
	o.MaxBodyBytes, o.BodyReadTimeout, o.SkipValidateBody = exchange.MaxBookBytes, 2*time.Minute, true
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *importInput) (*answerOf[Imported], error) {
		// Who may import nothing is not told what a file would do.
		if err := a.Policy.Allows(who, policy.Create, policy.Target{Object: policy.Import, State: "draft", Visibility: "public", Author: who.Account, Countries: who.Countries(), Programmes: who.Programmes()}); err != nil {
			a.Refused(ctx, who, err, "import")
			return nil, err
		}
		var kind register.Kind
		if in.Kind != "" {
			info := register.Info(in.Kind)
			if info == nil {
				return nil, huma.NewError(http.StatusBadRequest, "", &huma.ErrorDetail{Location: "query.kind", Value: in.Kind, Message: "a kind was expected, as /api/v1/kinds lists them"})
			}
			kind = info.Kind
		}
		records, err := moderation.ReadFile(ctx, a.Register, in.Name, kind, in.RawBody, a.now())
		if err != nil {
			return nil, err
		}
		var source *register.Source
		if in.SourceTitle != "" {
			source = &register.Source{ID: in.SourceID, Class: in.SourceClass, Title: map[string]string{"en": in.SourceTitle}, Date: in.KnownOn}
		}
		said := moderation.Said{Source: in.SourceID, KnownOn: in.KnownOn, AsOf: in.AsOf}
		sub, list, err := a.Import(ctx, records, in.Lang, source, said, in.Name)
		if err != nil {
			return nil, err
		}
		out := imported(list)
		if sub != nil && !in.DryRun {
			key, err := once(in.Key, "import", in.Name, in.SourceID, in.KnownOn, in.AsOf, in.Lang, in.RawBody)
			if err != nil {
				return nil, err
			}
			if sub, err = a.Draft(ctx, who, sub, true, key); err != nil {
				return nil, err
			}
			short := *sub
			short.Changes, short.Base = nil, nil
			out.Submission = &short
		}
		return forOne(out), nil
	})
	api.OpenAPI().Paths[o.Path].Post.RequestBody.Content["application/octet-stream"].Schema = &huma.Schema{Description: "The file as it is"}
}

func (a *API) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}
