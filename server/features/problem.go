package features

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// retryAfter is what a client is told to wait for content not yet there, in
// seconds.
const retryAfter = 30

// fault is one parameter that cannot be used, and what was expected.
type fault struct {
	Parameter string `json:"parameter"`
	Detail    string `json:"detail"`
}

// problem is the body of every error (RFC 9457). The type is always
// about:blank, so the title is the phrase of the status.
type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Errors []fault `json:"errors,omitempty"`
}

func (p *problem) Error() string { return p.Detail }

func newProblem(status int, format string, args ...any) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

func invalid(faults []fault) *problem {
	p := newProblem(http.StatusBadRequest, "%d query parameters cannot be used: see errors.", len(faults))
	if len(faults) == 1 {
		p.Detail = fmt.Sprintf("The query parameter %q cannot be used. %s", faults[0].Parameter, faults[0].Detail)
	}
	p.Errors = faults
	return p
}

// asProblem tells a client what an error means. What went wrong inside stays
// inside.
func asProblem(err error) *problem {
	var p *problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, ErrNotYet):
		return newProblem(http.StatusServiceUnavailable, "This content is still being made: ask again in %d seconds.", retryAfter)
	case errors.Is(err, ErrNotFound):
		return newProblem(http.StatusNotFound, "There is no such feature.")
	}
	// What passes by itself says so, as errors of the network do.
	var passing interface{ Temporary() bool }
	if errors.As(err, &passing) && passing.Temporary() {
		return newProblem(http.StatusServiceUnavailable, "What is asked for cannot be read now; try again in a moment.")
	}
	return newProblem(http.StatusInternalServerError, "The server could not answer. Try again; if it goes on, tell those who run it.")
}

func (p *problem) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	w.WriteHeader(p.Status)
	// Strings and a number always encode; a client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(p)
}
