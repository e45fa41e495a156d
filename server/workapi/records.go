package workapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

// WholeRecord is a record with what its reader may see of it beyond what is public.
type WholeRecord struct {
	ID         string               `json:"id"`
	Kind       string               `json:"kind"`
	Record     map[string]any       `json:"record"`
	Visibility map[string]string    `json:"visibility" doc:"Paths that are not public, and for whom they are"`
	Statements []register.Statement `json:"statements" doc:"What was said of it, rivals included, in the order of recording"`
}

func (a *API) recordRoutes(api huma.API) {
	o := operation(http.MethodGet, "get-whole-record", "/api/v1/work/records/{id}", "One record with what the reader may see beyond what is public")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID string `path:"id" maxLength:"60"`
	}) (*struct {
		ETag  string `header:"ETag"`
		Cache string `header:"Cache-Control"`
		Body  WholeRecord
	}, error) {
		w, err := a.Whole(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		return &struct {
			ETag  string `header:"ETag"`
			Cache string `header:"Cache-Control"`
			Body  WholeRecord
		}{etag(w.Last), "no-store", WholeRecord{ID: in.ID, Kind: string(register.KindOfID(in.ID)), Record: w.Values, Visibility: w.Hidden, Statements: w.Statements}}, nil
	})

	o = operation(http.MethodPatch, "change-record", "/api/v1/work/records/{id}", "Propose changes of one record", 409, 412, 422, 428)
	o.DefaultStatus = http.StatusCreated
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID    string `path:"id" maxLength:"60"`
		Match string `header:"If-Match" doc:"The ETag of the record as it was read"`
		Key   string `header:"Idempotency-Key" maxLength:"200"`
		Body  struct {
			Changes  []recordChange   `json:"changes" minItems:"1" maxItems:"500"`
			Source   *register.Source `json:"source,omitempty" doc:"A new source; or name one of the register in said"`
			Said     moderation.Said  `json:"said"`
			Language string           `json:"language,omitempty" enum:"en,az,tr,ru"`
		}
	}) (*submissionAnswer, error) {
		base, err := ifMatch(in.Match)
		if err != nil {
			return nil, err
		}
		body := submissionBody{Source: in.Body.Source, Said: in.Body.Said, Language: in.Body.Language, Base: map[string]int64{in.ID: base}}
		for _, c := range in.Body.Changes {
			body.Changes = append(body.Changes, moderation.Proposal{Subject: in.ID, Path: c.Path, Value: c.Value, Removed: c.Removed, Pinned: c.Pinned, Reason: c.Reason, Source: c.Source})
		}
		key, err := once(in.Key, "record", in.ID, in.Match, in.Body)
		if err != nil {
			return nil, err
		}
		sub := body.submission()
		s, err := a.Draft(ctx, who, &sub, true, key)
		if err != nil {
			return nil, err
		}
		return answer(s), nil
	})
}

// recordChange is a value of one record.
type recordChange struct {
	Path    string          `json:"path" maxLength:"1000"`
	Value   json.RawMessage `json:"value,omitempty" doc:"Any JSON"`
	Removed bool            `json:"removed,omitempty"`
	Pinned  bool            `json:"pinned,omitempty" doc:"Choose it among rivals; the reason is needed"`
	Reason  string          `json:"reason,omitempty" maxLength:"2000"`
	Source  string          `json:"source_id,omitempty" maxLength:"100"`
}
