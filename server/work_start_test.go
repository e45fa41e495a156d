package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/accounts"
)

// office is a register with people of every role, each with a token.
type office struct {
	*registerSite
	accounts *accounts.DB
	clock    *time.Time
	ids      map[string]string // accounts by name
	tokens   map[string]string
}

// people are those who work in an office. An editor keeps Azerbaijan.
var people = map[string][]policy.Grant{
	"company": nil, "rival": nil, "contributor": {{Role: policy.Contributor}}, "editor": {{Role: policy.Editor, Country: "AZ"}}, "editor-tr": {{Role: policy.Editor, Country: "TR"}},
	"publisher": {{Role: policy.Publisher}}, "second": {{Role: policy.Publisher}}, "auditor": {{Role: policy.Auditor}}, "administrator": {{Role: policy.Administrator}},
}

// everyScope is a token for whatever its account may do.
var everyScope = []string{"read", "propose", "review", "publish", "admin"}

func openOffice(t *testing.T, change ...func(*server.Options)) *office {
	t.Helper()
	if raceDetector && (strings.HasPrefix(t.Name(), "TestAttack") || strings.HasPrefix(t.Name(), "TestWorkLeaks") || strings.HasPrefix(t.Name(), "TestWorkPolicy")) {
		t.Skip("hundreds of requests each: run without the race detector, see the Makefile")
	}
	now := seedDay.Add(12 * time.Hour)
	clock := func() time.Time { return now }
	set := func(o *server.Options) {
		o.Now, o.Work.FourEyes = clock, true
		for _, c := range change {
			c(o)
		}
	}
	o := &office{registerSite: openRegister(t, set), clock: &now, ids: map[string]string{}, tokens: map[string]string{}}
	o.accounts = accounts.New(o.db.SQL(), clock)
	for name, grants := range people {
		a, err := o.accounts.SignedIn(t.Context(), "https://issuer.example", name, name, name+"@example.org")
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range grants {
			if err := o.accounts.Grant(t.Context(), "test", a.ID, g); err != nil {
				t.Fatal(err)
			}
		}
		o.ids[name] = a.ID
		if _, o.tokens[name], err = o.accounts.CreateToken(t.Context(), "test", a.ID, "test", everyScope, 300*24*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// as makes a request as somebody ("": nobody), with a body as JSON where there is one,
// and holds the answer against the OpenAPI document.
func (o *office) as(who, method, path string, body any, headers ...string) reply {
	o.t.Helper()
	if who != "" {
		headers = append(headers, "Authorization", "Bearer "+o.tokens[who])
	}
	var sent []byte
	if body != nil {
		headers = append(headers, "Content-Type", "application/json")
		var err error
		if sent, err = json.Marshal(body); err != nil {
			o.t.Fatal(err)
		}
	}
	r := o.plain(method, path, bytes.NewReader(sent), headers...)
	if strings.HasPrefix(path, "/api/") && r.status != http.StatusNoContent {
		if err := o.doc.check(r); err != nil {
			o.t.Error(err)
		}
	}
	return r
}

// want fails the test where an answer has another status, and reads its JSON.
func (o *office) want(r reply, status int, into any) reply {
	o.t.Helper()
	if r.status != status {
		o.t.Fatalf("want %d: %v", status, r)
	}
	if into != nil {
		if err := json.Unmarshal(r.body, into); err != nil {
			o.t.Fatalf("%v: %v", r, err)
		}
	}
	return r
}

// submitted is a submission as the API gives it.
type submitted struct {
	ID         string   `json:"id"`
	Number     string   `json:"number"`
	Subject    string   `json:"subject"`
	State      string   `json:"state"`
	Visibility string   `json:"visibility"`
	Version    int64    `json:"version"`
	Countries  []string `json:"countries"`
}

// step brings a submission on.
func (o *office) step(who string, s *submitted, step string, body map[string]any) {
	o.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	var now submitted
	o.want(o.as(who, http.MethodGet, "/api/v1/submissions/"+s.ID, nil), 200, &now)
	o.want(o.as(who, http.MethodPost, "/api/v1/submissions/"+s.ID+"/"+step, body, "If-Match", quote(now.Version)), 200, s)
}

func quote(n int64) string { return `"` + string(mustMarshal(n)) + `"` }

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// project gives a project of Azerbaijan.
func (o *office) project() recordBody {
	o.t.Helper()
	return o.all("projects", "&country=AZ")[0]
}

// propose changes a record as somebody.
func (o *office) propose(who, record string, changes ...map[string]any) submitted {
	o.t.Helper()
	r := o.as(who, http.MethodGet, "/api/v1/work/records/"+record, nil)
	if r.status != 200 {
		o.t.Fatal(r)
	}
	var s submitted
	o.want(o.as(who, http.MethodPatch, "/api/v1/work/records/"+record, map[string]any{"changes": changes, "said": map[string]any{"source_id": article, "known_on": "2022-01-10"}}, "If-Match", r.header.Get("ETag")), 201, &s)
	return s
}

// express hands an interest in.
func (o *office) express(who, visibility, words string) submitted {
	o.t.Helper()
	var s submitted
	o.want(o.as(who, http.MethodPost, "/api/v1/interests", o.interest(visibility, words)), 201, &s)
	return s
}

func (o *office) interest(visibility, words string) map[string]any {
	return map[string]any{"profile": map[string]any{"name": "Builders " + words, "country": "TR", "legal_id": "L" + words, "contact": map[string]any{"name": "Person " + words, "email": words + "@example.org", "phone": "+90 " + words}},
		"projects": []string{o.project().ID}, "services": []string{"construction.road"}, "roles": []string{"contractor"}, "text": "We build " + words, "partners": []string{"Partner " + words},
		"references": []map[string]any{{"text": "Work " + words, "year": "2019"}}, "valid_until": o.clock.AddDate(1, 0, 0).Format(time.DateOnly), "visibility": visibility, "language": "en"}
}

// unzipped gives all text in a workbook.
func unzipped(t *testing.T, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&b, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return b.String()
}
