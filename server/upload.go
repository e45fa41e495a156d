package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/server/access"
)

// uploads reports whether a request may send a whole package.
func uploads(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/api/v1/validate" || strings.HasSuffix(r.URL.Path, "/check") || forWork(r))
}

// forWork reports whether a request uploads what only somebody who is signed in may.
func forWork(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/api/v1/import" || r.URL.Path == "/api/v1/files" || strings.HasSuffix(r.URL.Path, "/work/import"))
}

// mostDiscarded is how much of a request that is too large is read further, so that its
// sender comes to the answer.
const mostDiscarded = 8 << 20

// mostUploads is how many packages are held in memory at once.
const mostUploads = 4

// uploaded reads what is uploaded before it is looked at, so that a request that is
// too large is read to its end, as far as that is sensible, and told so: a connection
// that is cut in the midst tells the sender nothing.
func uploaded(next http.Handler) http.Handler {
	// Those who are not signed in have places of their own, so that they cannot hold up
	// those who work.
	ofWork, ofAll := make(chan struct{}, mostUploads), make(chan struct{}, mostUploads)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !uploads(r) {
			if r.Body != nil && r.Body != http.NoBody {
				limit := most(r)
				data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
				if err != nil {
					writeProblem(w, http.StatusBadRequest, "The request broke off before its end.")
					return
				}
				if int64(len(data)) > limit {
					io.CopyN(io.Discard, r.Body, mostDiscarded)
					w.Header().Set("Connection", "close")
					writeProblem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The request is larger than %d kB.", limit>>10))
					return
				}
				r.Body = io.NopCloser(bytes.NewReader(data))
			}
			next.ServeHTTP(arrived(w), r)
			return
		}
		if forWork(r) && access.Of(r.Context()).Account == "" {
			// What nobody may do is not read first.
			w.Header().Set("Connection", "close")
			writeProblem(w, http.StatusUnauthorized, "Sign in, or send a token: Authorization: Bearer kvt_…")
			return
		}
		places := ofAll
		if access.Of(r.Context()).Account != "" {
			places = ofWork
		} else {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(30 * time.Second)) // not every connection can
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-r.Context().Done():
			return
		}
		const limit = oc4ids.MaxBytes + maxBody
		body := r.Body
		data, err := io.ReadAll(io.LimitReader(body, limit+1))
		if err != nil {
			writeProblem(w, http.StatusBadRequest, "The request broke off before its end.")
			return
		}
		if len(data) > limit {
			io.CopyN(io.Discard, body, limit)
			w.Header().Set("Connection", "close")
			if strings.HasPrefix(r.URL.Path, "/api/") {
				writeProblem(w, http.StatusRequestEntityTooLarge, "The file is larger than 64 MB: send it in parts.")
				return
			}
			r.Body = io.NopCloser(tooLarge{})
			next.ServeHTTP(w, r) // what is left of it has its deadline still
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
		next.ServeHTTP(arrived(w), r)
	})
}

// arrived is the writer of a request that was read to its end. There is nothing more to
// wait for: a deadline for reading would only pass while the answer is made, and net/http
// then ends the context of this request, and of all that follow on the connection.
func arrived(w http.ResponseWriter) http.ResponseWriter {
	http.NewResponseController(w).SetReadDeadline(time.Time{}) // not every connection can
	return undated{w}
}

// undated takes no deadline for reading.
type undated struct{ http.ResponseWriter }

func (undated) SetReadDeadline(time.Time) error { return nil }

// Unwrap lets http.ResponseController reach the connection.
func (w undated) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// tooLarge is the body of a request that was too large.
type tooLarge struct{}

func (tooLarge) Read([]byte) (int, error) {
	return 0, errors.Join(errors.New("too large"), &http.MaxBytesError{Limit: oc4ids.MaxBytes})
}
