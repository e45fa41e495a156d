package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/server"
)

// form makes a form with one file in it.
func form(t *testing.T, field, name string, data []byte) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write(data)
	w.Close()
	return body, w.FormDataContentType()
}

// blanks is a file of one byte repeated, in no memory.
type blanks struct{ left int64 }

func (b *blanks) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), b.left)
	for i := range p[:n] {
		p[i] = ' '
	}
	b.left -= n
	return int(n), nil
}

// A package of 70 MB is refused, and the server goes on.
func TestRegisterUploadTooLarge(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	const size = 70 << 20
	alive := func() {
		t.Helper()
		if r := s.get("/api/v1/projects?limit=1"); r.status != 200 {
			t.Error(r)
		}
	}
	tests := []struct {
		name, path, contentType string
		body                    func() io.Reader
	}{
		{"validate", "/api/v1/validate", "application/json", func() io.Reader { return io.MultiReader(strings.NewReader("{"), &blanks{size}) }},
		{"check", "/en/check", "multipart/form-data; boundary=x", func() io.Reader {
			return io.MultiReader(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.json\"\r\n\r\n{"), &blanks{size}, strings.NewReader("\r\n--x--\r\n"))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := s.within(t)
			// With its length told, the client may be stopped before it has sent all.
			for _, told := range []bool{true, false} {
				req, err := http.NewRequest(http.MethodPost, s.URL+tt.path, tt.body())
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", tt.contentType)
				if told {
					if req.ContentLength, err = io.Copy(io.Discard, tt.body()); err != nil {
						t.Fatal(err)
					}
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Errorf("length told %v: the connection broke before the answer: %v", told, err)
					alive()
					continue
				}
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				r := reply{method: http.MethodPost, path: tt.path, status: resp.StatusCode, header: resp.Header, body: body}
				if r.status != http.StatusRequestEntityTooLarge {
					t.Errorf("length told %v: want 413: %v", told, r)
				}
				if !resp.Close {
					t.Errorf("length told %v: the rest of the body was not read, and the connection stays open: it would be taken for the next request", told)
				}
				if strings.HasPrefix(tt.path, "/api") {
					if err := s.doc.check(r); err != nil {
						t.Error(err)
					}
				} else if text := textOf(parse(t, string(body))); !strings.Contains(text, "64") {
					t.Errorf("the page does not say how large a package may be: %.300s", text)
				}
				alive()
			}
		})
	}
	// What only reads takes no large body.
	if r, err := s.send(http.MethodGet, "/api/v1/projects?limit=1", &blanks{1 << 20}); err == nil && r.status >= 500 {
		t.Error(r)
	}
	alive()
}

// The rest of a body that was refused is no request of its own (RFC 9112, 11.2:
// request smuggling).
func TestRegisterRefusedBodyIsNoRequest(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	const size = 66 << 20
	for _, path := range []string{"/api/v1/validate", "/en/check", "/api/v1/projects"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		answers := make(chan []byte)
		go func() {
			c.SetReadDeadline(time.Now().Add(20 * time.Second))
			data, _ := io.ReadAll(c)
			answers <- data
		}()
		line := bytes.Repeat([]byte("GET /api/v1/kinds HTTP/1.1\r\nHost: x\r\n\r\n"), 1000)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, size)
		for range size/len(line) + 1 {
			if _, err := c.Write(line); err != nil {
				break
			}
		}
		data := <-answers
		c.Close()
		if n := bytes.Count(data, []byte("HTTP/1.1 ")); n > 1 {
			t.Errorf("POST %s with %d bytes: %d answers on one connection", path, size, n)
		}
	}
}

// deep nests lists.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// badPackages are files that are no sound package; each must give findings.
var badPackages = map[string][]byte{
	"empty object":        []byte(`{}`),
	"list":                []byte(`[]`),
	"text":                []byte(`"x"`),
	"null":                []byte(`null`),
	"blank":               []byte("  \n "),
	"truncated":           []byte(`{"uri":"https://example.org/p.json","projects":[{"id":"a"`),
	"not UTF-8":           []byte("{\"uri\":\"\xff\xfe\",\"projects\":[]}"),
	"UTF-16":              {0xff, 0xfe, '{', 0, '}', 0},
	"two documents":       []byte(`{}{}`),
	"NUL":                 []byte("{\"a\":\"\x00\"}"),
	"deep lists":          []byte(deep(10000)),
	"deeper lists":        []byte(deep(3_000_000)),
	"deep objects":        []byte(strings.Repeat(`{"projects":`, 20000) + "1" + strings.Repeat("}", 20000)),
	"deep and truncated":  []byte(strings.Repeat("[", 1_000_000)),
	"projects a number":   []byte(`{"projects":3}`),
	"projects numbers":    []byte(`{"projects":[1,"x",null,[],true]}`),
	"every type wrong":    []byte(`{"uri":1,"publishedDate":[],"version":{},"publisher":"x","projects":[{"id":{},"title":[],"sector":"x","locations":{"a":1},"period":3,"budget":[1],"parties":"x","documents":[1],"metrics":{"x":[]},"karvan":3}]}`),
	"geometry nonsense":   []byte(`{"projects":[{"id":"a","locations":[{"id":"l","geometry":{"type":"Polygon","coordinates":[[[1e400,2],["x"],[],[null]]]}}]}]}`),
	"huge numbers":        []byte(`{"projects":[{"id":"a","budget":{"amount":{"amount":1e99999,"currency":"USD"}}}]}`),
	"keys twice":          []byte(`{"projects":[],"projects":[{"id":"a"}]}`),
	"many projects":       []byte(`{"projects":[` + strings.TrimSuffix(strings.Repeat(`{"id":"a"},`, 3000), ",") + `]}`),
	"HTML":                []byte(`<html><script>alert(1)</script>`),
	"zip":                 []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"),
	"script in the texts": []byte(`{"projects":[{"id":"<script>alert(1)</script><x-evil>","title":"","<x-evil>":1}]}`),
	"surrogates":          []byte(`{"projects":[{"id":"\ud800","title":"\udc00\ud800"}]}`),
}

func TestRegisterUploadsOfBadPackages(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	for name, data := range badPackages {
		t.Run(name, func(t *testing.T) {
			s := s.within(t)
			r := s.plain(http.MethodPost, "/api/v1/validate", bytes.NewReader(data), "Content-Type", "application/json")
			if err := s.doc.check(r); err != nil {
				t.Error(err)
			}
			var out struct {
				Errors int              `json:"errors"`
				Items  []oc4ids.Finding `json:"items"`
			}
			if r.status != 200 || json.Unmarshal(r.body, &out) != nil || out.Errors == 0 || len(out.Items) == 0 {
				t.Errorf("want findings: %v", r)
			}
			for _, f := range out.Items {
				if f.Kind == "" || f.Message == "" || !slices.Contains([]string{oc4ids.Error, oc4ids.Warning, oc4ids.Info}, f.Severity) || f.Pointer != "" && !strings.HasPrefix(f.Pointer, "/") {
					t.Errorf("%+v", f)
					break
				}
			}
			body, contentType := form(t, "file", `../<x-evil>"`+name+".json", data)
			page := s.plain(http.MethodPost, "/az/check", body, "Content-Type", contentType)
			if page.status != 200 || page.media() != "text/html" {
				t.Errorf("want a page with findings: %.300v", page)
				return
			}
			for _, text := range pageFaults(string(page.body), "az") {
				t.Errorf("the page: %s", text)
			}
			doc := parse(t, string(page.body))
			if find(doc, "x-evil") != nil {
				t.Error("a text became an element")
			}
			if len(elements(doc, "tr")) < 2 {
				t.Error("the page shows no finding")
			}
		})
	}
}

// A small file with a great many faults gets an answer in proportion: else a
// package within the limit of size takes all memory.
func TestRegisterUploadOfManyFaults(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	const projects = 30000
	data := []byte(`{"projects":[` + strings.TrimSuffix(strings.Repeat(`{"id":"a"},`, projects), ",") + `]}`)
	r := s.plain(http.MethodPost, "/api/v1/validate", bytes.NewReader(data), "Content-Type", "application/json")
	var out struct {
		Errors int               `json:"errors"`
		Items  []json.RawMessage `json:"items"`
	}
	if r.status != 200 || json.Unmarshal(r.body, &out) != nil || out.Errors < projects {
		t.Errorf("want the number of all errors, at least %d: %d in %.200v", projects, out.Errors, r)
	}
	if len(r.body) > 20*len(data) {
		t.Errorf("a file of %d bytes gets an answer of %d", len(data), len(r.body))
	}
}

func TestRegisterUploadsThatAreNone(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	tests := []struct {
		name, path, contentType, body string
		status                        []int
	}{
		{"nothing to validate", "/api/v1/validate", "application/json", "", []int{200, 400}},
		{"no type", "/api/v1/validate", "", "{}", []int{200, 400, 415}},
		{"another type", "/api/v1/validate", "text/plain", "{}", []int{200, 400, 415}},
		{"unknown parameter", "/api/v1/validate?x=1", "application/json", "{}", []int{400}},
		{"no form", "/en/check", "application/json", "{}", []int{400, 415}},
		{"an empty form", "/en/check", "multipart/form-data; boundary=x", "--x--\r\n", []int{400}},
		{"no boundary", "/en/check", "multipart/form-data", "x", []int{400}},
		{"a form cut short", "/en/check", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"", []int{400}},
		{"a form without the file", "/en/check", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--x--\r\n", []int{400}},
		{"an empty file", "/en/check", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--x--\r\n", []int{200, 400}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := s.within(t)
			r := s.plain(http.MethodPost, tt.path, strings.NewReader(tt.body), "Content-Type", tt.contentType)
			if !slices.Contains(tt.status, r.status) {
				t.Errorf("want one of %v: %v", tt.status, r)
			}
			if strings.HasPrefix(tt.path, "/api") {
				if err := s.doc.check(r); err != nil {
					t.Error(err)
				}
			} else {
				for _, text := range pageFaults(string(r.body), "en") {
					t.Errorf("the page: %s", text)
				}
			}
		})
	}
}

// Another site cannot post in a reader's name.
func TestRegisterUploadsFromElsewhere(t *testing.T) {
	t.Parallel()
	s := openRegister(t)
	for _, path := range []string{"/en/check", "/api/v1/validate"} {
		send := func(headers ...string) reply {
			body, contentType := form(t, "file", "p.json", []byte("{}"))
			var b io.Reader = body
			if path != "/en/check" {
				b, contentType = strings.NewReader("{}"), "application/json"
			}
			return s.plain(http.MethodPost, path, b, append([]string{"Content-Type", contentType}, headers...)...)
		}
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			r := send(headers...)
			if r.status != http.StatusForbidden {
				t.Errorf("%s with %v: want 403: %.200v", path, headers, r)
			}
			if strings.HasPrefix(path, "/api") {
				if _, err := problemOf(r); err != nil {
					t.Errorf("%s with %v: %v", path, headers, err)
				}
			}
		}
		for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", s.URL}, nil} {
			if r := send(headers...); r.status != http.StatusOK {
				t.Errorf("%s with %v: want 200: %.200v", path, headers, r)
			}
		}
	}
}

// A package that is sound by the standard gives no error, whatever else.
func TestRegisterUploadOfASoundPackage(t *testing.T) {
	t.Parallel()
	s := openRegister(t, func(o *server.Options) { o.Publisher = oc4ids.Publisher{Prefix: "oc4ids-abc123"} })
	data := s.get("/api/v1/export/en/projects.json").body
	for _, language := range register.Languages {
		body, contentType := form(t, "file", "projects.json", data)
		r := s.plain(http.MethodPost, "/"+language+"/check", body, "Content-Type", contentType)
		if r.status != 200 {
			t.Errorf("%.200v", r)
		}
		for _, text := range pageFaults(string(r.body), language) {
			t.Error(text)
		}
		for _, row := range elements(parse(t, string(r.body)), "tr") {
			if cells := elements(row, "td"); len(cells) > 1 && strings.Contains(fmt.Sprint(textOf(cells[1])), "required") {
				t.Errorf("%s", textOf(row))
			}
		}
	}
}
