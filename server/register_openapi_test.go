package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
)

// runs says that a result will come.
func runs(o *server.Options) { o.Runs = true }

func TestRegisterDocumentsAreSound(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for path, version := range map[string]string{"/openapi.json": "3.1.", "/openapi-3.0.json": "3.0."} {
		t.Run(path, func(t *testing.T) {
			r := s.within(t).plain(http.MethodGet, path, nil)
			if r.status != 200 || !strings.Contains(r.header.Get("Content-Type"), "json") {
				t.Fatal(r)
			}
			doc, err := openapi3.NewLoader().LoadFromData(r.body)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(doc.OpenAPI, version) {
				t.Errorf("openapi %q, want %s…", doc.OpenAPI, version)
			}
			if err := doc.Validate(context.Background()); err != nil {
				t.Error(err)
			}
			if strings.HasPrefix(version, "3.0") {
				for _, word := range []string{`"examples":[`, `"const":`, `"$defs"`, `"null"`, `"type":[`} {
					if bytes.Contains(r.body, []byte(word)) {
						t.Errorf("the document of 3.0 has %s, which is of 3.1", word)
					}
				}
			}
			f := faults{T: t}
			defer f.tell()
			seen := map[string]string{}
			for path, item := range doc.Paths.Map() {
				for method, o := range item.Operations() {
					at := method + " " + path
					if o.OperationID == "" || o.Summary == "" {
						t.Errorf("%s has no operationId or no summary", at)
					}
					if other := seen[o.OperationID]; other != "" {
						t.Errorf("%s and %s have one operationId", at, other)
					}
					seen[o.OperationID] = at
					for _, p := range o.Parameters {
						if p.Value.In == "path" && !strings.Contains(path, "{"+p.Value.Name+"}") {
							t.Errorf("%s: the path has no {%s}", at, p.Value.Name)
						}
						if name := strings.ToLower(p.Value.Name); p.Value.In == "header" && (name == "accept" || name == "content-type" || name == "authorization") {
							f.add("%s: a header parameter %s is ignored by OpenAPI: media types stand in content", at, p.Value.Name)
						}
					}
					if strings.HasPrefix(path, "/api/v1/") && o.Responses.Status(400) == nil {
						f.add("%s does not say that it answers 400", at)
					}
				}
			}
		})
	}
}

// The schemas of both documents compile, every one, and both have the same
// operations.
func TestRegisterDocumentsAgree(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	of := func(path string) map[string]bool {
		doc, err := openapi3.NewLoader().LoadFromData(s.plain(http.MethodGet, path, nil).body)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for path, item := range doc.Paths.Map() {
			for method, o := range item.Operations() {
				for _, p := range o.Parameters {
					out[fmt.Sprintf("%s %s %s %s required %v", method, path, p.Value.In, p.Value.Name, p.Value.Required)] = true
				}
				for status, r := range o.Responses.Map() {
					for media := range r.Value.Content {
						out[fmt.Sprintf("%s %s %s %s", method, path, status, media)] = true
					}
				}
			}
		}
		return out
	}
	a, b := of("/openapi.json"), of("/openapi-3.0.json")
	for k := range a {
		if !b[k] {
			t.Errorf("only in 3.1: %s", k)
		}
	}
	for k := range b {
		if !a[k] {
			t.Errorf("only in 3.0: %s", k)
		}
	}
	n := 0
	var walk func(v any, at string)
	walk = func(v any, at string) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				if k == "schema" || strings.HasSuffix(at, "/components/schemas") {
					if _, err := s.doc.schema(at + "/" + escapePointer(k)); err != nil {
						t.Errorf("%s/%s: %v", at, k, err)
					}
					n++
				}
				walk(e, at+"/"+escapePointer(k))
			}
		case []any:
			for i, e := range v {
				walk(e, fmt.Sprintf("%s/%d", at, i))
			}
		}
	}
	walk(s.doc.raw, "")
	if n < 100 {
		t.Errorf("only %d schemas", n)
	}
}

// knownValues are sensible values of the parameters of an operation: of a
// result of the starter study and of the built-in register.
func (s *registerSite) knownValues(path string) map[string][]string {
	of := map[string][]string{
		"scenario": {"base", "second-track"}, "year": {"2020", "2025"}, "commodity": {"grain"}, "a": {"base"}, "b": {"second-track"},
		"from": {"east"}, "to": {"west"}, "ids": {"tonnes"}, "q": {"Şuşa"}, "lang": {"en", "az", "tr", "ru"},
	}
	switch {
	case strings.HasPrefix(path, "/api/v1/"):
		of["from"], of["until"], of["updatedSince"], of["since"] = []string{"2021", "2021-06", "2021-06-15"}, []string{"2022", "2022-12-31"}, []string{"2020-01-01", "2020-01-01T00:00:00Z"}, []string{"2020-01-01"}
		of["status"], of["country"], of["sector"] = []string{"implementation", "scheduled"}, []string{"AZ", "TR"}, []string{"transport", "transport.rail"}
		of["bbox"], of["sort"], of["asOf"] = []string{"44,38,51,42", "-180,-90,180,90"}, []string{"name", "date", "-date", "-updated"}, []string{"2021-12-26", "2021-12", "2021"}
		of["host"] = []string{"AZ"}
		of["limit"], of["fields"], of["separator"], of["kind"] = []string{"1", "3", "100"}, []string{"title,name", "budget/amount"}, []string{"comma", "semicolon"}, []string{"project", "meeting"}
		of["format"] = []string{"json", "geojson", "csv", "xlsx", "atom", "ics"}
		if strings.Contains(path, "{id}") {
			of["format"] = []string{"json", "geojson", "ics"}
			parts := strings.Split(path, "/")
			if info := register.Info(parts[3]); info != nil {
				for _, r := range s.all(info.Plural, "")[:4] {
					of["id"] = append(of["id"], r.ID, r.Slug)
				}
			} else {
				of["id"] = []string{article, "shusha-text"}
			}
		}
	case path == "/api/trade":
		of["reporter"], of["partner"], of["flow"], of["asOf"] = []string{"AZ", "TR"}, []string{"TR", "WORLD"}, []string{"turnover", "export"}, []string{"2021-12-26", "2021-12", "2023"}
	case path == "/api/pipelines/{id}":
		of["id"], of["step"], of["throughput"] = []string{"BTC"}, []string{"design"}, []string{"0", "100000", "1e5"}
	case path == "/api/link":
		of["id"] = []string{"rail-east"}
	case path == "/api/node":
		of["id"] = []string{"border"}
	case path == "/api/source":
		of["id"] = []string{"example"}
	}
	return of
}

// apiParameter is a parameter as the document declares it.
type apiParameter struct {
	name, in string
	required bool
	schema   map[string]any
}

// operations lists the paths that have a method, in order.
func (d *apiDocument) operations(method string) []string {
	var out []string
	for p, item := range d.paths {
		if item[method] != nil {
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}

func (d *apiDocument) parameters(path, method string) []apiParameter {
	operation, _ := d.paths[path][method].(map[string]any)
	list, _ := operation["parameters"].([]any)
	var out []apiParameter
	for _, v := range list {
		m, _ := v.(map[string]any)
		p := apiParameter{}
		p.name, _ = m["name"].(string)
		p.in, _ = m["in"].(string)
		p.required, _ = m["required"].(bool)
		p.schema, _ = m["schema"].(map[string]any)
		out = append(out, p)
	}
	return out
}

// address fills a path of the document.
func address(path string, in map[string]string, query url.Values) string {
	for name, v := range in {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(v))
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// Every GET of the document, with each of its parameters in turn, answers 200
// and as the document says.
func TestRegisterDocumentIsKept(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	s.solved()
	seen := 0
	for _, path := range s.doc.operations("get") {
		if forWork(path) {
			continue // TestWorkDocumentIsKept signs in
		}
		known := s.knownValues(path)
		must, query := map[string]string{}, url.Values{}
		var optional []apiParameter
		for _, p := range s.doc.parameters(path, "get") {
			switch {
			case p.in == "header":
			case p.in == "path" || p.required:
				if len(known[p.name]) == 0 {
					t.Fatalf("%s: no value of %s is known to this test", path, p.name)
				}
				if p.in == "path" {
					must[p.name] = known[p.name][0]
				} else {
					query.Set(p.name, known[p.name][0])
				}
			default:
				optional = append(optional, p)
			}
		}
		ask := func(at map[string]string, q url.Values) {
			seen++
			r := s.get(address(path, at, q))
			if unknown := r.status == 404 && q.Has("asOf") && at["id"] != ""; r.status != 200 && !unknown {
				t.Errorf("want 200: %v", r)
			}
		}
		ask(must, query)
		// All values of all forms for two kinds, the bare address for the others.
		whole := !strings.HasPrefix(path, "/api/v1/") || strings.Contains(path, "/projects") || strings.Contains(path, "/meetings")
		whole = whole && !strings.HasSuffix(path, ".xlsx") // a workbook takes long to make
		if form := path[strings.LastIndex(path, "/")+1:]; strings.Contains(form, ".") && !whole {
			continue
		}
		for name := range must {
			for _, v := range known[name][1:] {
				ask(map[string]string{name: v}, query)
			}
		}
		for _, p := range optional {
			if p.name == "cursor" {
				continue // see the walk of cursors
			}
			if len(known[p.name]) == 0 {
				t.Errorf("%s: no value of %s is known to this test", path, p.name)
			}
			values := known[p.name]
			if !whole && len(values) > 1 {
				values = values[:1]
			}
			for _, v := range values {
				// A kind may lack a filter's field; the answer is a list of none.
				q := url.Values{p.name: {v}}
				for k, v := range query {
					q[k] = v
				}
				ask(must, q)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d requests were made", seen)
	}
}

// Every record in every language keeps to the document.
func TestRegisterEveryRecordKeepsToTheDocument(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	for _, k := range register.Kinds {
		for _, language := range register.Languages {
			for i, r := range s.all(k.Plural, "&lang="+language) {
				if i%4 == slices.Index(register.Languages, language) {
					if got := s.get("/api/v1/" + k.Plural + "/" + r.ID + "?lang=" + language); got.status != 200 {
						t.Error(got)
					}
				}
			}
		}
	}
}

// fuzzTime bounds the fuzzer.
const fuzzTime = 8 * time.Second

var oddTexts = []string{
	"", " ", "0", "-1", "1e309", "99999999999999999999", "null", "true", "{}", "[]", "../../etc/passwd", "..%2f..", "%", "%00", "\x00", "\n", "a\r\nb: c",
	"'", `"`, "' OR 1=1 --", "\\", "*", "\"*\"", "NEAR(a b)", "a AND", "^", "(", ")", "-", "+", ":", "{id}", "<script>", "ə", "İ", "ﬁ", "🚂", "\u202e", "\ufeff", "\xff\xfe",
	"2021-02-30", "2021-13", "0000-00-00", "9999-12-31", "2021-12-26T25:00:00Z", "2021-12-26T00:00:00+99:99", "NaN,NaN,NaN,NaN", "Inf,0,0,0", "1,2,3", "1,2,3,4,5", "10,0,-10,5", "181,0,182,1", ",,,",
	"kv-project-00000000000000000000000000", "kv-nothing-1", "title", "/", "//", "karvan", "karvan/", "a/b/c/d/e/f/g", ",", "transport.", ".", "..", "AZ,TR", "az", "🇦🇿", "json", "xml",
}

// anyText draws a value: odd, random, or long.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(oddTexts),
		rapid.StringN(0, 30, 120),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(rapid.SampledFrom([]string{"a", "ş", "%", "1", ",", " ", "\"", "("}).Draw(t, "letter"), rapid.IntRange(1, 2000).Draw(t, "times"))
		}),
		rapid.Map(rapid.Int(), func(i int) string { return fmt.Sprint(i) }),
		rapid.Map(rapid.Float64(), func(f float64) string { return fmt.Sprint(f) }),
	)
}

// TestRegisterFuzz asks every operation of the document with random values:
// never an answer of 500 or more but 503 of what waits for the model, never one
// that the document does not have. A request stands for itself, so faults are
// gathered, the shortest of each path and status, and nothing is shrunk.
func TestRegisterFuzz(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	paths := s.doc.operations("get")
	known := map[string]map[string][]string{}
	for _, p := range paths {
		known[p] = s.knownValues(p)
	}
	solvedSite := openRegister(t, runs)
	solvedSite.solved()
	sites := []*registerSite{s, solvedSite}
	end := time.Now().Add(fuzzTime)
	asked := 0
	found := map[string]string{}
	note := func(r reply, err error) {
		asked++
		key := fmt.Sprint(r.method, " ", s.doc.template(r.path), " ", r.status)
		if err != nil && (found[key] == "" || len(err.Error()) < len(found[key])) {
			found[key] = err.Error()
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 30 {
			if time.Now().After(end) {
				return
			}
			site := rapid.SampledFrom(sites).Draw(t, "site")
			path := rapid.SampledFrom(paths).Draw(t, "path")
			in, query := map[string]string{}, url.Values{}
			for _, p := range s.doc.parameters(path, "get") {
				if p.in == "header" || p.in == "query" && !rapid.Bool().Draw(t, "with "+p.name) {
					continue
				}
				value := rapid.OneOf(anyText(), rapid.SampledFrom(append([]string{"x"}, known[path][p.name]...))).Draw(t, p.name)
				if p.in == "path" {
					in[p.name] = value
					continue
				}
				query.Add(p.name, value)
				if rapid.IntRange(0, 20).Draw(t, "twice") == 0 {
					query.Add(p.name, anyText().Draw(t, "again"))
				}
			}
			if rapid.IntRange(0, 15).Draw(t, "more") == 0 {
				query.Add(anyText().Draw(t, "name"), anyText().Draw(t, "value"))
			}
			r := direct(t, site.h, http.MethodGet, address(path, in, query), nil)
			// A path with an empty or dotted part is another path.
			if r.status == http.StatusMovedPermanently || r.status == http.StatusTemporaryRedirect || r.status == http.StatusPermanentRedirect {
				continue
			}
			note(r, sound(site.doc, r))
		}
		body := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 200), rapid.Map(anyJSON(3), func(v any) []byte {
			data, _ := json.Marshal(v)
			return data
		})).Draw(t, "body")
		r := direct(t, s.h, http.MethodPost, "/api/v1/validate", body, "Content-Type", rapid.SampledFrom([]string{"application/json", "", "text/plain", "application/json; charset=utf-8", "multipart/form-data", "x"}).Draw(t, "type"))
		note(r, sound(s.doc, r))
	})
	for _, text := range found {
		t.Error(text)
	}
	t.Logf("%d requests", asked)
}

// direct asks a server without a connection.
func direct(t rapid.TB, h http.Handler, method, path string, body []byte, headers ...string) (out reply) {
	t.Helper()
	u, err := url.Parse("http://example.org" + path)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(method, "http://example.org/", bytes.NewReader(body))
	req.URL, req.RequestURI = u, u.RequestURI()
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	defer func() {
		if v := recover(); v != nil {
			out = reply{method: method, path: path, status: 599, header: http.Header{}, body: fmt.Append(nil, "panic: ", v)}
		}
	}()
	h.ServeHTTP(w, req)
	return reply{method: method, path: path, status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

// sound says what is wrong with an answer to a fuzzed request.
func sound(doc *apiDocument, r reply) error {
	if r.status >= 500 {
		ofModel := strings.HasPrefix(r.path, "/api/") && !strings.HasPrefix(r.path, "/api/v1/")
		if r.status != http.StatusServiceUnavailable || !ofModel || r.header.Get("Retry-After") == "" {
			return fmt.Errorf("a fault of the server: %v", r)
		}
		_, err := problemOf(r)
		return err // held against the document where the server is started
	}
	return doc.check(r)
}

// anyJSON draws JSON that is like a package now and then.
func anyJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(anyText(), func(s string) any { return s }),
		rapid.Map(rapid.Float64Range(-1e6, 1e6), func(f float64) any { return f }),
		rapid.Just(any(nil)), rapid.Just(any(true)),
	)
	if depth == 0 {
		return leaf
	}
	key := rapid.OneOf(rapid.SampledFrom([]string{"projects", "id", "title", "version", "publisher", "locations", "geometry", "coordinates", "type", "budget", "amount", "parties", "roles", "milestones", "karvan", "sector", "status", "documents", "forecasts", "relatedProjects"}), anyText())
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(anyJSON(depth-1), 0, 4), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(key, anyJSON(depth-1), 0, 5), func(m map[string]any) any { return m }),
	)
}

// forWork reports whether a path is only for those who are signed in.
func forWork(path string) bool {
	for _, p := range []string{"/api/v1/me/", "/api/v1/accounts", "/api/v1/audit", "/api/v1/submissions", "/api/v1/work/"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return path == "/api/v1/me"
}
