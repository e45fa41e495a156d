package workapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server/access"
)

// submissionBody is what a client proposes.
type submissionBody struct {
	Changes  []moderation.Proposal `json:"changes" maxItems:"500"`
	Source   *register.Source      `json:"source,omitempty" doc:"A new source; or name one of the register in said"`
	Said     moderation.Said       `json:"said"`
	Base     map[string]int64      `json:"base,omitempty" doc:"The ETag of each record when it was read; else as it is now"`
	Language string                `json:"language,omitempty" enum:"en,az,tr,ru"`
	Submit   bool                  `json:"submit,omitempty" doc:"Hand it in at once"`
}

func (b *submissionBody) submission() moderation.Submission {
	return moderation.Submission{Object: policy.Edit, Body: moderation.Body{Changes: b.Changes, Source: b.Source, Said: b.Said, Base: b.Base, Language: b.Language}}
}

type submissionAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Cache    string `header:"Cache-Control"`
	Body     *moderation.Submission
}

func answer(s *moderation.Submission) *submissionAnswer {
	return &submissionAnswer{ETag: etag(s.Version), Location: "/api/v1/submissions/" + s.ID, Cache: "no-store", Body: s}
}

// Submissions is a list of what waits or was decided.
type Submissions struct {
	Items []*moderation.Submission `json:"items" doc:"At most 500, the last changed first"`
}

type stepInput struct {
	ID    string `path:"id" maxLength:"40"`
	Step  string `path:"step" enum:"submit,accept,return,publish,withdraw"`
	Match string `header:"If-Match"`
	Key   string `header:"Idempotency-Key" maxLength:"200"`
	Body  struct {
		Reason       string `json:"reason,omitempty" maxLength:"2000" doc:"Needed to return something"`
		VisibleFrom  string `json:"visible_from,omitempty" maxLength:"10" doc:"With publish: the day from which it is public"`
		Seen         int64  `json:"seen,omitempty" minimum:"0" doc:"With publish, after a conflict with what its author may not read (unseen): the number in its ETag, and it is published over that"`
		Organisation string `json:"organisation,omitempty" maxLength:"60" doc:"With accept, of an interest: the id of the organisation for which the account speaks from now on, or new"`
	} `required:"false"`
}

func (a *API) submissionRoutes(api huma.API) {
	o := operation(http.MethodPost, "create-submission", "/api/v1/submissions", "Propose changes of the register", 409, 412, 422)
	o.DefaultStatus = http.StatusCreated
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		Key  string `header:"Idempotency-Key" maxLength:"200"`
		Body submissionBody
	}) (*submissionAnswer, error) {
		key, err := once(in.Key, "submission", in.Body)
		if err != nil {
			return nil, err
		}
		sub := in.Body.submission()
		s, err := a.Draft(ctx, who, &sub, in.Body.Submit, key)
		if err != nil {
			return nil, err
		}
		return answer(s), nil
	})

	o = operation(http.MethodGet, "list-submissions", "/api/v1/submissions", "List what waits for a decision or was decided")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		State   string `query:"state" maxLength:"100" doc:"One or several, with commas"`
		Object  string `query:"object" enum:"interest,edit,import,report"`
		Subject string `query:"subject" maxLength:"60"`
		Mine    bool   `query:"mine" doc:"Only those of the account and its organisations"`
	}) (*answerOf[Submissions], error) {
		f := moderation.Filter{Object: policy.Object(in.Object), Subject: in.Subject, Mine: in.Mine}
		if in.State != "" {
			f.States = strings.Split(in.State, ",")
		}
		list, err := a.List(ctx, who, f)
		if err != nil {
			return nil, err
		}
		return forOne(Submissions{list}), nil
	})

	o = operation(http.MethodGet, "get-submission", "/api/v1/submissions/{id}", "One submission")
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID string `path:"id" maxLength:"40"`
	}) (*submissionAnswer, error) {
		s, err := a.Get(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(s), nil
	})

	o = operation(http.MethodPut, "change-submission", "/api/v1/submissions/{id}", "Put another content into a draft, or into what was returned", 409, 412, 422, 428)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID    string `path:"id" maxLength:"40"`
		Match string `header:"If-Match"`
		Key   string `header:"Idempotency-Key" maxLength:"200"`
		Body  submissionBody
	}) (*submissionAnswer, error) {
		version, err := ifMatch(in.Match)
		if err != nil {
			return nil, err
		}
		key, err := once(in.Key, in.ID, "change", in.Body)
		if err != nil {
			return nil, err
		}
		s, err := a.Change(ctx, who, in.ID, version, in.Body.submission(), in.Body.Submit, key)
		if err != nil {
			return nil, err
		}
		return answer(s), nil
	})

	o = operation(http.MethodPost, "step-submission", "/api/v1/submissions/{id}/{step}", "Submit, accept, return, publish or withdraw", 409, 412, 422, 428)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *stepInput) (*submissionAnswer, error) {
		version, err := ifMatch(in.Match)
		if err != nil {
			return nil, err
		}
		key, err := once(in.Key, in.ID, in.Step, in.Body)
		if err != nil {
			return nil, err
		}
		s, err := a.Act(ctx, who, in.ID, version, policy.Action(in.Step), moderation.Decision{Reason: in.Body.Reason, VisibleFrom: in.Body.VisibleFrom, Seen: in.Body.Seen, Organisation: in.Body.Organisation}, key)
		if err != nil {
			return nil, err
		}
		return answer(s), nil
	})

	o = operation(http.MethodPost, "express-interest", "/api/v1/interests", "Express the interest of a company: no bid, and without any right or preference", 409, 422)
	o.DefaultStatus = http.StatusCreated
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		Key   string `header:"Idempotency-Key" maxLength:"200"`
		Draft bool   `query:"draft" doc:"Keep it as a draft, and do not hand it in"`
		Body  moderation.Interest
	}) (*submissionAnswer, error) {
		key, err := once(in.Key, "interest", in.Body)
		if err != nil {
			return nil, err
		}
		sub, err := a.Interest(ctx, who, in.Body)
		if err == nil {
			sub, err = a.Draft(ctx, who, sub, !in.Draft, key)
		}
		if err != nil {
			return nil, err
		}
		return answer(sub), nil
	})

	o = operation(http.MethodPut, "change-interest", "/api/v1/submissions/{id}/interest", "Put another content into an interest that is a draft or was returned", 409, 412, 422, 428)
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		ID    string `path:"id" maxLength:"40"`
		Match string `header:"If-Match"`
		Key   string `header:"Idempotency-Key" maxLength:"200"`
		Body  moderation.Interest
	}) (*submissionAnswer, error) {
		version, err := ifMatch(in.Match)
		if err != nil {
			return nil, err
		}
		key, err := once(in.Key, in.ID, "interest", in.Body)
		if err != nil {
			return nil, err
		}
		sub, err := a.Interest(ctx, who, in.Body)
		if err == nil {
			sub, err = a.Change(ctx, who, in.ID, version, *sub, false, key)
		}
		if err != nil {
			return nil, err
		}
		return answer(sub), nil
	})

	o = operation(http.MethodPost, "report-error", "/api/v1/reports", "Report an error in a record; nobody has to sign in for it", 422)
	o.DefaultStatus = http.StatusCreated
	o.Security = nil
	huma.Register(api, o, func(ctx context.Context, in *struct {
		Body struct {
			Record string `json:"record" maxLength:"60" doc:"Id of the record"`
			Text   string `json:"text" maxLength:"5000"`
			Mail   string `json:"mail,omitempty" maxLength:"254" doc:"For an answer; it is never public"`
		}
	}) (*struct {
		Body struct {
			Number string `json:"number"`
		}
	}, error) {
		who := access.Of(ctx)
		s, err := a.Draft(ctx, who, &moderation.Submission{Object: policy.Report, Subject: in.Body.Record, Body: moderation.Body{Text: in.Body.Text, Mail: in.Body.Mail}}, true, moderation.Once{})
		if err != nil {
			return nil, failed(ctx, err)
		}
		out := &struct {
			Body struct {
				Number string `json:"number"`
			}
		}{}
		out.Body.Number = s.Number
		return out, nil
	})
}
