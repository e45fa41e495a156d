package workapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/server/access"
)

type alertList struct {
	Items []moderation.Alert `json:"items"`
}

func (a *API) alertRoutes(api huma.API) {
	o := operation(http.MethodGet, "list-alerts", "/api/v1/me/alerts", "What the account is told by mail")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, _ *struct{}) (*answerOf[alertList], error) {
		list, err := a.Alerts(ctx, who.Account)
		return forOne(alertList{list}), err
	})
	o = operation(http.MethodPost, "create-alert", "/api/v1/me/alerts", "Be told by mail of what is new in a field of work or a country", 422)
	o.DefaultStatus = http.StatusCreated
	forSignedIn(api, o, func(ctx context.Context, _ policy.Principal, in *struct {
		Body struct {
			Kind     string `json:"kind,omitempty" maxLength:"40"`
			Service  string `json:"service,omitempty" maxLength:"60"`
			Country  string `json:"country,omitempty" maxLength:"2"`
			Language string `json:"language,omitempty" enum:"en,az,tr,ru"`
		}
	}) (*answerOf[moderation.Alert], error) {
		if err := bySession(ctx); err != nil {
			return nil, err
		}
		al, err := a.AddAlert(ctx, access.Account(ctx), moderation.Alert{Kind: in.Body.Kind, Service: in.Body.Service, Country: in.Body.Country, Language: in.Body.Language})
		if err != nil {
			return nil, err
		}
		return forOne(al), nil
	})
	o = operation(http.MethodDelete, "drop-alert", "/api/v1/me/alerts/{id}", "End an alert")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID string `path:"id" maxLength:"40"`
	}) (*struct{}, error) {
		if err := bySession(ctx); err != nil {
			return nil, err
		}
		return nil, a.DropAlert(ctx, who.Account, in.ID)
	})
}
