package workapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/audit"
)

type eventList struct {
	Items []audit.Event `json:"items" doc:"Newest first"`
	Next  int64         `json:"next,omitempty" doc:"To send as before for the next part"`
}

// dayHead is the end of the log at the start of a day.
type dayHead struct {
	At   string `json:"at" doc:"When the event was"`
	Hash string `json:"hash" doc:"For karvan audit verify --head"`
}

func (a *API) auditRoutes(api huma.API) {
	o := operation(http.MethodGet, "list-events", "/api/v1/audit/events", "The audit log, newest first")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		Before int64 `query:"before" minimum:"0"`
		Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}) (*answerOf[eventList], error) {
		if err := a.allow(ctx, who, policy.Read, policy.Audit, "audit log"); err != nil {
			return nil, err
		}
		list, err := audit.Latest(ctx, a.Register.SQL(), in.Before, in.Limit)
		if err != nil {
			return nil, err
		}
		out := eventList{Items: list}
		if list == nil {
			out.Items = []audit.Event{}
		}
		if len(list) == in.Limit {
			out.Next = list[len(list)-1].Seq
		}
		return forOne(out), nil
	})

	o = operation(http.MethodGet, "audit-head", "/api/v1/audit/head", "The end of the audit log at the start of today: whoever keeps it can check later that nothing was changed")
	o.Security = nil
	huma.Register(api, o, func(ctx context.Context, _ *struct{}) (*answerOf[dayHead], error) {
		h, err := audit.HeadOf(ctx, a.Register.SQL(), a.now().UTC().Truncate(24*time.Hour))
		if err != nil {
			return nil, failed(ctx, err)
		}
		// Not its number: how much happens is nobody else's.
		return forOne(dayHead{h.At, h.Hash}), nil
	})
}
