package workapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/server/access"
	"github.com/karvan/karvan/store/accounts"
)

type tokenBody struct {
	Name    string   `json:"name" minLength:"1" maxLength:"100"`
	Scopes  []string `json:"scopes" minItems:"1" doc:"read, propose, review, publish, admin"`
	Expires int      `json:"expires_in_days" minimum:"1" maximum:"366"`
}

// NewToken is a token with its secret, which is told once.
type NewToken struct {
	accounts.Token
	Secret string `json:"token" doc:"Keep it: it is not told again"`
}

type accountList struct {
	Items []accounts.Account `json:"items"`
}

type tokenList struct {
	Items []accounts.Token `json:"items"`
}

// answerOf is an answer for one person.
type answerOf[T any] struct {
	Cache string `header:"Cache-Control"`
	Body  T
}

func forOne[T any](v T) *answerOf[T] { return &answerOf[T]{"no-store", v} }

// allow asks the policy whether somebody may do something with accounts or the audit log.
func (a *API) allow(ctx context.Context, who policy.Principal, action policy.Action, object policy.Object, what string) error {
	err := a.Policy.Allows(who, action, policy.Target{Object: object})
	if err != nil {
		a.Refused(ctx, who, err, what)
	}
	return err
}

// bySession keeps tokens from making tokens.
func bySession(ctx context.Context) error {
	if access.ByToken(ctx) {
		return huma.Error403Forbidden("A token cannot do this: sign in.")
	}
	return nil
}

func (a *API) accountRoutes(api huma.API) {
	o := operation(http.MethodGet, "get-me", "/api/v1/me", "Who asks")
	forSignedIn(api, o, func(ctx context.Context, _ policy.Principal, _ *struct{}) (*answerOf[accounts.Account], error) {
		return forOne(*access.Account(ctx)), nil
	})

	o = operation(http.MethodGet, "list-tokens", "/api/v1/me/tokens", "Tokens of the account")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, _ *struct{}) (*answerOf[tokenList], error) {
		list, err := a.Accounts.Tokens(ctx, who.Account)
		return forOne(tokenList{list}), err
	})

	o = operation(http.MethodPost, "create-token", "/api/v1/me/tokens", "Make a token for a program", 422)
	o.DefaultStatus = http.StatusCreated
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct{ Body tokenBody }) (*answerOf[NewToken], error) {
		if err := bySession(ctx); err != nil {
			return nil, err
		}
		for _, s := range in.Body.Scopes {
			if accounts.Scopes[s] == nil {
				return nil, huma.Error422UnprocessableEntity("validation failed", &huma.ErrorDetail{Location: "body.scopes", Value: s, Message: "read, propose, review, publish or admin was expected"})
			}
		}
		t, secret, err := a.Accounts.CreateToken(ctx, who.Account, who.Account, in.Body.Name, in.Body.Scopes, time.Duration(in.Body.Expires)*24*time.Hour)
		if err != nil {
			return nil, err
		}
		return forOne(NewToken{t, secret}), nil
	})

	o = operation(http.MethodDelete, "revoke-token", "/api/v1/me/tokens/{id}", "End a token")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID string `path:"id" maxLength:"40"`
	}) (*struct{}, error) {
		if err := bySession(ctx); err != nil {
			return nil, err
		}
		return nil, a.Accounts.RevokeToken(ctx, who.Account, who.Account, in.ID)
	})

	o = operation(http.MethodGet, "list-accounts", "/api/v1/accounts", "All accounts and their roles")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, _ *struct{}) (*answerOf[accountList], error) {
		if err := a.allow(ctx, who, policy.Read, policy.Accounts, "accounts"); err != nil {
			return nil, err
		}
		list, err := a.Accounts.List(ctx)
		return forOne(accountList{list}), err
	})

	type grantInput struct {
		ID   string `path:"id" maxLength:"40"`
		Body policy.Grant
	}
	change := func(ctx context.Context, who policy.Principal, in *grantInput, do func(context.Context, string, string, policy.Grant) error) (*answerOf[accounts.Account], error) {
		if err := a.allow(ctx, who, policy.Manage, policy.Accounts, in.ID); err != nil {
			return nil, err
		}
		if err := accounts.CheckGrant(in.Body); err != nil {
			return nil, huma.Error422UnprocessableEntity("validation failed", &huma.ErrorDetail{Location: "body.role", Value: in.Body.Role, Message: err.Error()})
		}
		if in.ID == who.Account {
			return nil, huma.Error422UnprocessableEntity("Nobody changes their own roles: another administrator has to.")
		}
		if err := do(ctx, who.Account, in.ID, in.Body); err != nil {
			return nil, err
		}
		acc, err := a.Accounts.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return forOne(*acc), nil
	}
	o = operation(http.MethodPost, "grant-role", "/api/v1/accounts/{id}/roles", "Give an account a role", 422)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *grantInput) (*answerOf[accounts.Account], error) {
		return change(ctx, who, in, a.Accounts.Grant)
	})
	o = operation(http.MethodPost, "revoke-role", "/api/v1/accounts/{id}/roles/revoke", "Take a role from an account", 422)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *grantInput) (*answerOf[accounts.Account], error) {
		return change(ctx, who, in, a.Accounts.Revoke)
	})

	o = operation(http.MethodPut, "disable-account", "/api/v1/accounts/{id}/disabled", "End an account with its sessions and tokens, or let it in again", 422)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Disabled bool `json:"disabled"`
		}
	}) (*struct{}, error) {
		if err := a.allow(ctx, who, policy.Manage, policy.Accounts, in.ID); err != nil {
			return nil, err
		}
		if in.ID == who.Account {
			return nil, huma.Error422UnprocessableEntity("Nobody ends their own account: another administrator has to.")
		}
		return nil, a.Accounts.Disable(ctx, who.Account, in.ID, in.Body.Disabled)
	})
}
