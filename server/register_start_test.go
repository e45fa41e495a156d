package server_test

import (
	"github.com/karvan/karvan/internal/pgtest"

	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store"
	"github.com/karvan/karvan/store/registerdb"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// article is the source that the built-in register began with.
const article = "azernews-2021-12-26"

// seedDay is when the registers of these tests are filled, and what their
// pages take for today.
var seedDay = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// builtInStudy is the built-in study.
var builtInStudy = sync.OnceValues(func() (*karvan.Inputs, error) { return loadBuiltIn("azerbaijan-turkiye") })

func loadBuiltIn(name string) (*karvan.Inputs, error) {
	files, err := fs.Sub(studies.Files, name)
	if err != nil {
		return nil, err
	}
	in, list, err := study.LoadFS(files)
	if err != nil || in == nil {
		return nil, fmt.Errorf("the study %s: %w %v", name, err, list)
	}
	return in, nil
}

// builtIn is the content of the built-in study.
var builtIn = sync.OnceValues(func() (*register.Content, error) {
	in, err := builtInStudy()
	if err != nil {
		return nil, err
	}
	return study.Register(in)
})

// builtInFile is the file of a register seeded with the built-in study. It is
// made once; each test opens a copy.
var builtInFile = sync.OnceValues(func() ([]byte, error) {
	c, err := builtIn()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "karvan-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "register.db")
	db, err := registerdb.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if _, err := db.Seed(context.Background(), c, "test", seedDay); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// starterFile is a result of the starter study, solved once.
var starterFile = sync.OnceValues(func() ([]byte, error) {
	m, err := starterModel()
	if err != nil {
		return nil, err
	}
	tasks, err := m.Tasks(nil, nil)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "karvan-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "r.gpkg")
	w, err := store.Create(path, m, "test", time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(context.Background(), tasks, 1, nil, w.Outcome); err != nil {
		return nil, err
	}
	if err := w.Finish(0); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

var starterModel = sync.OnceValues(func() (*karvan.Model, error) {
	in, err := loadBuiltIn("starter")
	if err != nil {
		return nil, err
	}
	return karvan.New(in)
})

// registerSite is a server with a register, for one test.
type registerSite struct {
	*httptest.Server
	t   *testing.T
	h   *server.Server
	db  *registerdb.DB
	doc *apiDocument

	words map[string][]string // of records, see textsOfStatements
}

// openRegister serves a copy of the built-in register. The change, where there
// is one, is made to the server's options before it starts.
func openRegister(t *testing.T, change ...func(*server.Options)) *registerSite {
	t.Helper()
	if pgtest.On() {
		c, err := builtIn()
		if err != nil {
			t.Fatal(err)
		}
		return openContent(t, c, change...)
	}
	data, err := builtInFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "register.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := registerdb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return serveRegister(t, db, change...)
}

// openContent serves a register that is seeded with a content of the test's own.
func openContent(t *testing.T, c *register.Content, change ...func(*server.Options)) *registerSite {
	t.Helper()
	db, err := registerdb.Open(t.Context(), pgtest.Database(t, filepath.Join(t.TempDir(), "register.db")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Seed(t.Context(), c, "test", seedDay); err != nil {
		t.Fatal(err)
	}
	return serveRegister(t, db, change...)
}

func serveRegister(t *testing.T, db *registerdb.DB, change ...func(*server.Options)) *registerSite {
	t.Helper()
	in, err := builtInStudy()
	if err != nil {
		t.Fatal(err)
	}
	o := server.Options{
		Study: in, Title: map[string]string{"en": "Corridor", "az": "Dəhliz", "tr": "Koridor", "ru": "Коридор"},
		Version: "test", Register: db, Now: func() time.Time { return seedDay },
	}
	for _, c := range change {
		c(&o)
	}
	s := serve(t, o)
	s.db = db
	t.Cleanup(func() { db.Close() })
	return s
}

// serve starts a server.
func serve(t *testing.T, o server.Options) *registerSite {
	t.Helper()
	h, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &registerSite{Server: httptest.NewServer(h), t: t, h: h}
	t.Cleanup(s.Server.Close)
	s.doc = readDocument(t, s.plain(http.MethodGet, "/openapi.json", nil).body)
	return s
}

// solved hands the result of the starter study over.
func (s *registerSite) solved() {
	s.t.Helper()
	data, err := starterFile()
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := starterModel()
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.t.TempDir(), "r.gpkg")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	r, err := store.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { r.Close() })
	if err := s.h.Solved(r, m); err != nil {
		s.t.Fatal(err)
	}
}

// reply is an answer that was read to its end.
type reply struct {
	method, path string
	status       int
	header       http.Header
	body         []byte
}

// media is the media type of the answer, without parameters.
func (r reply) media() string {
	m, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	return m
}

func (r reply) String() string {
	return fmt.Sprintf("%s %s: status %d, %s: %.300s", r.method, r.path, r.status, r.header.Get("Content-Type"), r.body)
}

// client follows no redirects and unpacks nothing.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       time.Minute,
}

// send makes a request as it is. The error is one of the connection.
func (s *registerSite) send(method, path string, body io.Reader, headers ...string) (reply, error) {
	out := reply{method: method, path: path}
	req, err := http.NewRequest(method, s.URL+path, body)
	if err != nil {
		return out, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	out.status, out.header = resp.StatusCode, resp.Header
	out.body, err = io.ReadAll(resp.Body)
	return out, err
}

// plain makes a request and looks at nothing.
func (s *registerSite) plain(method, path string, body io.Reader, headers ...string) reply {
	s.t.Helper()
	r, err := s.send(method, path, body, headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// get fetches a path and holds the answer against the OpenAPI document.
func (s *registerSite) get(path string, headers ...string) reply {
	s.t.Helper()
	r := s.plain(http.MethodGet, path, nil, headers...)
	if err := s.doc.check(r); err != nil {
		s.t.Error(err)
	}
	return r
}

// page fetches a page that must be there.
func (s *registerSite) page(path string) string {
	s.t.Helper()
	r := s.plain(http.MethodGet, path, nil)
	if r.status != http.StatusOK || r.media() != "text/html" {
		s.t.Errorf("want a page: %v", r)
	}
	return string(r.body)
}

// into fetches a path that must be there and reads its JSON.
func (s *registerSite) into(path string, v any) {
	s.t.Helper()
	r := s.get(path)
	if r.status != http.StatusOK {
		s.t.Fatalf("want 200: %v", r)
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

// recordBody is a record as the API gives it.
type recordBody struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Slug     string         `json:"slug"`
	Name     string         `json:"name"`
	Revision int64          `json:"revision"`
	Updated  string         `json:"updated"`
	KnownOn  string         `json:"known_on"`
	Sources  int            `json:"sources"`
	BBox     []float64      `json:"bbox"`
	Address  string         `json:"address"`
	Record   map[string]any `json:"record"`
	Rough    bool           `json:"rough"`
}

type listBody struct {
	Items []recordBody `json:"items"`
	Total int          `json:"total"`
	Next  string       `json:"next"`
}

// statementBody is one sourced claim as the API gives it.
type statementBody struct {
	Subject string          `json:"subject"`
	Path    string          `json:"path"`
	Value   json.RawMessage `json:"value"`
	Source  string          `json:"source_id"`
	KnownOn string          `json:"known_on"`
	State   string          `json:"state"`
	Removed bool            `json:"removed"`
	Chosen  bool            `json:"chosen"`
}

// all lists every record of a kind.
func (s *registerSite) all(plural, query string) []recordBody {
	s.t.Helper()
	var l listBody
	s.into("/api/v1/"+plural+"?limit=1000"+query, &l)
	if l.Next != "" || len(l.Items) != l.Total {
		s.t.Fatalf("%s%s: %d of %d records in one part of 1000", plural, query, len(l.Items), l.Total)
	}
	return l.Items
}

func (s *registerSite) statements(plural, id string) []statementBody {
	s.t.Helper()
	var l struct {
		Items []statementBody `json:"items"`
	}
	s.into("/api/v1/"+plural+"/"+id+"/statements", &l)
	return l.Items
}

// search gives what a search of the API finds, at most 100.
func (s *registerSite) search(q string) []recordBody {
	s.t.Helper()
	var l listBody
	s.into("/api/v1/search?limit=100&q="+url.QueryEscape(q), &l)
	return l.Items
}

func ids(list []recordBody) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.ID
	}
	return out
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// faults gathers what a test finds, and tells the first of them and how many
// there are.
type faults struct {
	*testing.T
	list []string
}

func (f *faults) add(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

func (f *faults) tell() {
	f.Helper()
	const most = 12
	for _, line := range f.list[:min(most, len(f.list))] {
		f.Error(line)
	}
	if n := len(f.list) - most; n > 0 {
		f.Errorf("and %d more faults", n)
	}
}

// problemOf reads an error and says what is not as RFC 9457 and the issue have
// it.
func problemOf(r reply) (problem, error) {
	var p problem
	if r.media() != "application/problem+json" {
		return p, fmt.Errorf("an error must be application/problem+json: %v", r)
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		return p, fmt.Errorf("%v: %w", r, err)
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || p.Status != r.status {
		return p, fmt.Errorf("a problem has type, title, the status of the answer and detail: %v", r)
	}
	return p, nil
}

type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Solved *int   `json:"solved"`
	Total  *int   `json:"total"`
	Errors []struct {
		Detail    string `json:"detail"`
		Pointer   string `json:"pointer"`
		Parameter string `json:"parameter"`
	} `json:"errors"`
}

// apiDocument is the OpenAPI 3.1 document of a server, and the schemas of it
// that were used so far.
type apiDocument struct {
	raw      map[string]any
	paths    map[string]map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by pointer
}

var (
	documentsMu sync.Mutex
	documents   = map[[32]byte]*apiDocument{}
)

const documentURL = "https://example.org/openapi.json"

// readDocument reads an OpenAPI document, once where several servers have the same.
func readDocument(t *testing.T, data []byte) *apiDocument {
	t.Helper()
	documentsMu.Lock()
	defer documentsMu.Unlock()
	key := sha256.Sum256(data)
	if d := documents[key]; d != nil {
		return d
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("/openapi.json: %v", err)
	}
	d := &apiDocument{paths: map[string]map[string]any{}, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.raw, _ = v.(map[string]any)
	paths, _ := d.raw["paths"].(map[string]any)
	if len(paths) == 0 {
		t.Fatal("/openapi.json has no paths")
	}
	for p, item := range paths {
		d.paths[p], _ = item.(map[string]any)
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, v); err != nil {
		t.Fatal(err)
	}
	documents[key] = d
	return d
}

// template finds the path of the document that an address is of, "" where
// there is none. Plain segments go before parameters.
func (d *apiDocument) template(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if d.paths[path] != nil && !strings.Contains(path, "{") {
		return path
	}
	have := strings.Split(path, "/")
	best, least := "", 100
	for p := range d.paths {
		want := strings.Split(p, "/")
		if len(want) != len(have) {
			continue
		}
		open := 0
		for i, w := range want {
			if strings.HasPrefix(w, "{") {
				open++
			} else if w != have[i] {
				open = 100
				break
			}
		}
		if open < least {
			best, least = p, open
		}
	}
	return best
}

// schema compiles the schema at a pointer of the document.
func (d *apiDocument) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[pointer]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(documentURL + "#" + pointer)
	if err == nil {
		d.schemas[pointer] = s
	}
	return s, err
}

func escapePointer(s string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
}

// check holds an answer of the API against what the document says of its path,
// status and media type. Answers outside of the document must be problems.
func (d *apiDocument) check(r reply) error {
	if r.status >= 400 {
		if _, err := problemOf(r); err != nil {
			return err
		}
	}
	path := d.template(r.path)
	if path == "" {
		if strings.HasPrefix(r.path, "/api/v1/") && r.status < 400 {
			return fmt.Errorf("an answer of a path that the document does not have: %v", r)
		}
		return nil
	}
	method := strings.ToLower(r.method)
	if method == "head" {
		method = "get"
	}
	operation, _ := d.paths[path][method].(map[string]any)
	if operation == nil {
		if r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotFound {
			return nil
		}
		return fmt.Errorf("the document has no %s of %s: %v", method, path, r)
	}
	responses, _ := operation["responses"].(map[string]any)
	status := strconv.Itoa(r.status)
	response, _ := responses[status].(map[string]any)
	if response == nil {
		status = "default"
		if response, _ = responses[status].(map[string]any); response == nil {
			return fmt.Errorf("the document has no status %d of %s %s: %v", r.status, method, path, r)
		}
	}
	if len(r.body) == 0 {
		if r.method == http.MethodHead || r.status == http.StatusNotModified {
			return nil
		}
		return fmt.Errorf("an empty answer: %v", r)
	}
	content, _ := response["content"].(map[string]any)
	for declared := range content {
		m, _, err := mime.ParseMediaType(declared)
		if err != nil {
			return fmt.Errorf("%s %s: media type %q of the document: %w", method, path, declared, err)
		}
		if m != r.media() {
			continue
		}
		if m != "application/json" && !strings.HasSuffix(m, "+json") {
			return nil
		}
		pointer := "/paths/" + escapePointer(path) + "/" + method + "/responses/" + status + "/content/" + escapePointer(declared) + "/schema"
		s, err := d.schema(pointer)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
		if err != nil {
			return fmt.Errorf("%v: %w", r, err)
		}
		if err := s.Validate(v); err != nil {
			return fmt.Errorf("%v does not keep to the document: %w", r, err)
		}
		return nil
	}
	return fmt.Errorf("the document has no media type %q of %s %s, status %d: %v", r.media(), method, path, r.status, r)
}
