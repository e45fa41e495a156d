package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/karvan/karvan/register"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type   string         `json:"type" doc:"about:blank: the status says what it is"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail" doc:"One sentence: what is wrong and what was expected"`
	Errors []ProblemPlace `json:"errors,omitempty"`

	// Of a 503 while the model runs.
	Solved *int `json:"solved,omitempty" doc:"Scenarios and years that are solved, while the model runs"`
	Total  *int `json:"total,omitempty" doc:"Scenarios and years in all"`
	Failed bool `json:"failed,omitempty" doc:"There will be no result"`

	// Of a 412 of changes that somebody else made too.
	Subject string               `json:"subject,omitempty" doc:"The record"`
	ETag    string               `json:"etag,omitempty" doc:"To send as If-Match with changes that are made anew"`
	Theirs  []register.Statement `json:"theirs,omitempty" doc:"What was recorded of the same paths since"`
}

// ProblemPlace is one fault of a request, and where it is.
type ProblemPlace struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body"`
	Parameter string `json:"parameter,omitempty"`
	Value     any    `json:"value,omitempty"`
}

// Error gives the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of errors.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// useProblems makes huma answer errors as Problems. Its hook is a variable of
// the library, so it is set once, before the first API is made.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := &Problem{Type: "about:blank", Status: status, Detail: message}
		ofRequest, ofBody := false, false
		for _, err := range errs {
			if err == nil {
				continue
			}
			var d *huma.ErrorDetail
			place := ProblemPlace{Detail: err.Error()}
			if errors.As(err, &d) {
				place.Detail, place.Value = d.Message, d.Value
				where, name, _ := strings.Cut(d.Location, ".")
				switch where {
				case "query", "path", "header":
					place.Parameter = name
					ofRequest = true
				case "body":
					place.Pointer = pointer(name)
					ofBody = true
				}
			}
			p.Errors = append(p.Errors, place)
		}
		// A parameter that cannot be used is a bad request; 422 is for bodies.
		if status == http.StatusUnprocessableEntity && ofRequest && !ofBody {
			p.Status = http.StatusBadRequest
		}
		if len(p.Errors) > 0 {
			first := p.Errors[0]
			if p.Detail == "validation failed" || p.Detail == "" {
				p.Detail = strings.TrimSpace(fmt.Sprintf("%s%s: %s", first.Parameter, first.Pointer, first.Detail))
			}
		}
		if p.Status >= 500 && p.Status != http.StatusServiceUnavailable {
			// What went wrong inside is for the log, not for the client.
			p.Detail, p.Errors = "The server could not answer. Try again; if it goes on, tell those who run it.", nil
		}
		p.Title = http.StatusText(p.Status)
		return p
	}
})

// pointer turns a.b[0].c into /a/b/0/c.
func pointer(path string) string {
	if path == "" {
		return ""
	}
	path = strings.NewReplacer("[", ".", "]", "").Replace(path)
	return "/" + strings.ReplaceAll(path, ".", "/")
}

// writeProblem answers outside of the API with an error of its form.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(mustJSON(Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}))
}
