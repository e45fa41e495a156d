// Package workapi is the part of the API that changes the register: submissions and
// the steps that they go, interests of companies, reports of errors, imports, files,
// tokens, accounts and the audit log. Who may do what is asked of the package policy
// by the package moderation; this one reads requests and writes answers.
package workapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server/access"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

// API answers for one register.
type API struct {
	*moderation.Service
	Now func() time.Time
}

// Routes registers the handlers.
func (a *API) Routes(api huma.API) {
	a.submissionRoutes(api)
	a.recordRoutes(api)
	a.importRoutes(api)
	a.accountRoutes(api)
	a.auditRoutes(api)
	a.fileRoutes(api)
	a.alertRoutes(api)
}

// operation describes a part of the work. Answers are for one person.
func operation(method, id, path, summary string, errs ...int) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{"work"}, Errors: append([]int{400, 401, 403, 404, 429, 503}, errs...),
		Security: []map[string][]string{{"token": {}}, {"session": {}}}}
}

// signedIn refuses somebody who is not.
func signedIn(ctx context.Context) (policy.Principal, error) {
	who := access.Of(ctx)
	if who.Account == "" {
		return who, huma.Error401Unauthorized("Sign in, or send a token: Authorization: Bearer kvt_…")
	}
	return who, nil
}

// forSignedIn registers an operation of people who are signed in. Its errors are those
// of the work, or of the API as they stand.
func forSignedIn[I, O any](api huma.API, o huma.Operation, do func(ctx context.Context, who policy.Principal, in *I) (*O, error)) {
	huma.Register(api, o, func(ctx context.Context, in *I) (*O, error) {
		who, err := signedIn(ctx)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, who, in)
		if err != nil {
			return nil, failed(ctx, err)
		}
		return out, nil
	})
}

// conflictBody is the answer to a change of what somebody else changed meanwhile.
type conflictBody struct {
	Type    string               `json:"type"`
	Title   string               `json:"title"`
	Status  int                  `json:"status"`
	Detail  string               `json:"detail"`
	Subject string               `json:"subject" doc:"The record"`
	ETag    string               `json:"etag" doc:"To send as If-Match with changes that are made anew"`
	Theirs  []register.Statement `json:"theirs" doc:"What was recorded of the same paths since"`
	Unseen  bool                 `json:"unseen,omitempty" doc:"Its author may read none of theirs: whoever publishes decides, and sends the number of the ETag as seen"`
}

func (c *conflictBody) Error() string             { return c.Detail }
func (c *conflictBody) GetStatus() int            { return c.Status }
func (c *conflictBody) ContentType(string) string { return "application/problem+json" }

// failed turns an error of the work into one of the API.
func failed(ctx context.Context, err error) error {
	var refusal *policy.Refusal
	var faults moderation.Faults
	var files moderation.FileFaults
	var conflict *moderation.Conflict
	var status huma.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status):
		return err
	case errors.As(err, &refusal):
		if refusal.Who.Account == "" {
			return huma.Error401Unauthorized("Sign in, or send a token: Authorization: Bearer kvt_…")
		}
		return huma.Error403Forbidden("This is not yours to do: " + refusal.Why + ".")
	case errors.Is(err, moderation.ErrNotFound), errors.Is(err, registerdb.ErrNotFound), errors.Is(err, accounts.ErrNotFound):
		return huma.Error404NotFound("There is no such thing, or it is not yours to see.")
	case errors.As(err, &conflict):
		return &conflictBody{Type: "about:blank", Title: http.StatusText(http.StatusPreconditionFailed), Status: http.StatusPreconditionFailed, Subject: conflict.Subject,
			Detail: "Somebody else has changed the same values since you read them. Look at what they say, and send your changes again with the new ETag.", ETag: etag(conflict.Last), Theirs: conflict.Theirs, Unseen: conflict.Unseen}
	case errors.Is(err, moderation.ErrVersion):
		return huma.Error412PreconditionFailed("It has changed since you read it: read it again.")
	case errors.As(err, &faults):
		details := make([]error, len(faults))
		for i, f := range faults {
			details[i] = &huma.ErrorDetail{Location: "body." + strings.ReplaceAll(f.Path, "/", "."), Message: f.Message}
		}
		return huma.Error422UnprocessableEntity("validation failed", details...)
	case errors.As(err, &files):
		details := []error{}
		for _, f := range files[:min(len(files), 1000)] {
			details = append(details, fmt.Errorf("%s %s: %s", f.Sheet, f.Cell, f.Message))
		}
		return huma.Error422UnprocessableEntity(fmt.Sprintf("%d faults; nothing was recorded. The first: %s %s: %s", len(files), files[0].Sheet, files[0].Cell, files[0].Message), details...)
	case errors.Is(err, moderation.ErrFile):
		_, text, _ := strings.Cut(err.Error(), ": ")
		return huma.Error400BadRequest("The file cannot be read: " + text)
	case errors.Is(err, accounts.ErrBad):
		_, text, _ := strings.Cut(err.Error(), ": ")
		return huma.Error422UnprocessableEntity(text)
	case errors.Is(err, moderation.ErrKeyReused):
		return huma.Error409Conflict("This Idempotency-Key was used for another request.")
	case errors.Is(err, moderation.ErrQuota):
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests("You have handed in as much as one may in a day."), http.Header{"Retry-After": {"86400"}})
	case errors.Is(err, sqldb.ErrUnavailable):
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("The database cannot be used now; nothing was written. Try again in a moment."), http.Header{"Retry-After": {"5"}})
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return huma.Error503ServiceUnavailable("The answer took too long.")
	}
	return huma.Error500InternalServerError("", err)
}

// etag names the state of a record or a submission.
func etag(n int64) string { return `"` + strconv.FormatInt(n, 10) + `"` }

// ifMatch reads what a client has read: it is needed to change something.
func ifMatch(header string) (int64, error) {
	if header == "" {
		return 0, huma.NewError(http.StatusPreconditionRequired, "If-Match is missing: send the ETag of what you have read.")
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(strings.TrimSpace(header), "W/"), `"`), 10, 64)
	if err != nil {
		return 0, huma.NewError(http.StatusPreconditionFailed, "If-Match is none of this: send the ETag of what you have read.")
	}
	return n, nil
}

// once names a request by its key and content.
func once(key string, content ...any) (moderation.Once, error) {
	if key == "" {
		return moderation.Once{}, nil
	}
	if len(key) > 200 {
		return moderation.Once{}, huma.NewError(http.StatusBadRequest, "", &huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "at most 200 letters were expected"})
	}
	sum := sha256.Sum256(register.Encode(content))
	return moderation.Once{Key: key, Digest: hex.EncodeToString(sum[:])}, nil
}
