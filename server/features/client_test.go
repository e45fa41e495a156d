package features_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// reply is an answer as a client has it.
type reply struct {
	status int
	header http.Header
	media  string
	body   []byte
}

// get asks for an address, with an Accept header where one is given.
func get(t testing.TB, address string, accept ...string) reply {
	t.Helper()
	return send(t, http.MethodGet, address, accept...)
}

func send(t testing.TB, method, address string, accept ...string) reply {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accept {
		r.Header.Add("Accept", a)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, answer.Header.Get("Content-Type"), b}
}

// checker is what a check needs of a test, rapid's too.
type checker interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// document reads a JSON answer of the status given.
func (r reply) document(t checker, status int) map[string]any {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, wanted %d: %s", r.status, status, r.body)
	}
	var out map[string]any
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return out
}

// link finds the first link of a relation and a media type that begins as given.
func link(t checker, document map[string]any, rel, media string) string {
	t.Helper()
	for _, l := range maps(document["links"]) {
		if l["rel"] == rel && strings.HasPrefix(l["type"].(string), media) {
			return l["href"].(string)
		}
	}
	t.Errorf("no link %s of type %s in %v", rel, media, document["links"])
	return ""
}

// maps reads a list of objects.
func maps(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, x := range list {
		out = append(out, x.(map[string]any))
	}
	return out
}

// at walks down a document.
func at(v any, path ...string) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}
