package server_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// refusedSoon fails where a request is not refused, or takes long.
func refusedSoon(t *testing.T, name string, ask func() reply) {
	t.Helper()
	start := time.Now()
	r := ask()
	if r.status < 400 || r.status >= 500 {
		t.Errorf("%s: %v", name, r)
	}
	// Two cores and other tests beside it: a sound refusal takes some milliseconds.
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%s takes %v", name, took)
	}
}

// What is too large or too deep is refused before it costs anything.
func TestAttackSizes(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project().ID
	b := o.signedIn("editor")
	tag := o.as("editor", http.MethodGet, "/api/v1/work/records/"+p, nil).header.Get("ETag")
	long := strings.Repeat("x", 3<<20)
	before := o.kept()
	sent := func(method, path, body string, headers ...string) func() reply {
		return func() reply { return b.do(method, path, body, append(headers, "Content-Type", "application/json")...) }
	}
	change := func(value string) string {
		return `{"changes":[{"subject":"` + p + `","path":"title","value":` + value + `}],"said":{"source_id":"` + article + `"},"submit":true}`
	}
	for name, ask := range map[string]func() reply{
		"long value":             sent("POST", "/api/v1/submissions", change(`"`+long+`"`)),
		"long value of 30 kB":    sent("POST", "/api/v1/submissions", change(`"`+long[:30000]+`"`)),
		"long value of a record": sent("PATCH", "/api/v1/work/records/"+p, `{"changes":[{"path":"title","value":"`+long+`"}],"said":{"source_id":"`+article+`"}}`, "If-Match", tag),
		"long interest":          sent("POST", "/api/v1/interests", `{"text":"`+long+`"}`),
		"long report":            sent("POST", "/api/v1/reports", `{"record":"`+p+`","text":"`+long+`"}`),
		"report of 6 kB":         sent("POST", "/api/v1/reports", `{"record":"`+p+`","text":"`+long[:6000]+`"}`),
		"long token":             sent("POST", "/api/v1/me/tokens", `{"name":"`+long+`","scopes":["read"],"expires_in_days":1}`),
		"many scopes":            sent("POST", "/api/v1/me/tokens", `{"name":"x","scopes":["read"`+strings.Repeat(`,"read"`, 10000)+`],"expires_in_days":1}`),
		"long key":               sent("POST", "/api/v1/submissions", change(`"x"`), "Idempotency-Key", long[:5000]),
		"long path":              sent("GET", "/api/v1/submissions/"+long[:60000], ""),
		"blanks":                 sent("POST", "/api/v1/submissions", strings.Repeat(" ", 3<<20)+change(`"x"`)),
		"deep body":              sent("POST", "/api/v1/submissions", deep(100000)),
		"deep value":             sent("POST", "/api/v1/submissions", change(deep(100000))),
		"deep objects":           sent("POST", "/api/v1/submissions", change(strings.Repeat(`{"a":`, 100000)+"1"+strings.Repeat("}", 100000))),
		"deep value of 9 000":    sent("POST", "/api/v1/submissions", change(deep(9000))),
		"deep interest":          sent("POST", "/api/v1/interests", `{"profile":`+deep(30000)+`}`),
		"deep path":              sent("POST", "/api/v1/submissions", strings.Replace(change(`"x"`), `"title"`, `"`+strings.Repeat("a/", 20000)+`a"`, 1)),
		"path of many elements":  sent("POST", "/api/v1/submissions", strings.Replace(change(`"x"`), `"title"`, `"`+strings.Repeat("a[b]/", 20000)+`a"`, 1)),
		"path of many elements, without a role": func() reply {
			return o.as("rival", "POST", "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": p, "path": strings.Repeat("a[b]/", 20000) + "a", "value": "x"}}, "said": map[string]any{"source_id": article}})
		},
		"10 000 changes":          sent("POST", "/api/v1/submissions", `{"changes":[`+strings.TrimSuffix(strings.Repeat(`{"subject":"`+p+`","path":"title","value":"x"},`, 10000), ",")+`],"said":{"source_id":"`+article+`"}}`),
		"10 000 changes of one":   sent("PATCH", "/api/v1/work/records/"+p, `{"changes":[`+strings.TrimSuffix(strings.Repeat(`{"path":"title","value":"x"},`, 10000), ",")+`],"said":{"source_id":"`+article+`"}}`, "If-Match", tag),
		"a number without an end": sent("POST", "/api/v1/submissions", strings.Replace(change("1e"+strings.Repeat("9", 10000)), `"title"`, `"karvan/lengthKm"`, 1)),
		"source in many languages": func() reply {
			titles := map[string]string{}
			for n := range 20000 {
				titles[fmt.Sprint("l", n)] = "x"
			}
			return o.as("editor", "POST", "/api/v1/submissions", map[string]any{"changes": []map[string]any{{"subject": p, "path": "title", "value": "x"}}, "source": map[string]any{"id": "evil-source", "class": "press", "title": titles}, "said": map[string]any{}})
		},
		"long form": func() reply { return b.post("/en/work/interest", url.Values{"text": {long}}) },
		"form of many fields": func() reply {
			form := url.Values{}
			for n := range 6000 {
				form.Set(fmt.Sprint("p", n), "x")
			}
			return b.post("/en/work/records/"+p, form)
		},
		"form that is none": func() reply {
			return b.do("POST", "/en/work/interest", "text=%zz&do=submit", "Content-Type", "application/x-www-form-urlencoded")
		},
		"long report by the form": func() reply { return b.post("/en/work/report", url.Values{"record": {p}, "text": {long}}) },
		"import that is no form":  func() reply { return b.do("POST", "/en/work/import", "x", "Content-Type", "multipart/form-data") },
		"import of many parts": func() reply {
			body := strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ny\r\n", 100000) + "--x--\r\n"
			return b.do("POST", "/en/work/import", body, "Content-Type", "multipart/form-data; boundary=x")
		},
		"deep package": sent("POST", "/api/v1/import?name=a.json&source="+article, deep(1000000)),
		"long name":    sent("POST", "/api/v1/files?name="+long[:10000]+".pdf", soundPDF),
	} {
		refusedSoon(t, name, ask)
	}
	if after := o.kept(); after != before {
		t.Errorf("it wrote: %s", difference(before, after))
	}
}

// What is deeper than readers of JSON go is refused: else one who publishes it in good
// faith makes the record, or all of its kind, unreadable.
func TestAttackDeepValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"deep value":       {"karvan/note2", deep(4000)},
		"deep objects":     {"karvan/note2", strings.Repeat(`{"a":`, 3000) + "1" + strings.Repeat("}", 3000)},
		"deep path":        {"karvan/" + strings.Repeat("a/", 9996) + "a", `"x"`},
		"deeper path":      {"karvan/" + strings.Repeat("a/", 20000) + "a", `"x"`},
		"path of elements": {"karvan/" + strings.Repeat("a[b]/", 6000) + "a", `"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t)
			p := o.project()
			f := faults{T: t}
			defer f.tell()
			body := map[string]any{"changes": []map[string]any{{"subject": p.ID, "path": c[0], "value": json.RawMessage(c[1])}}, "said": map[string]any{"source_id": article}, "submit": true}
			r := o.as("editor", http.MethodPost, "/api/v1/submissions", body)
			if !taken(&f, name, r) {
				return
			}
			var s submitted
			o.want(r, http.StatusCreated, &s)
			o.publish(&f, name, s)
			for _, at := range []string{"/api/v1/projects/" + p.ID, "/api/v1/projects?limit=1000", "/api/v1/projects/" + p.ID + "/statements", "/api/v1/projects.csv", "/api/v1/projects.geojson", "/api/v1/export/en/projects.json", "/en/projects/" + p.Slug, "/en/projects", "/api/v1/changes"} {
				start := time.Now()
				r := o.plain(http.MethodGet, at, nil)
				if took := time.Since(start); took > 5*time.Second {
					f.add("%s takes %v", at, took)
				}
				if r.status != http.StatusOK || r.media() == "application/json" && !json.Valid(r.body) {
					f.add("%s is not read any more: %.200v", at, r)
				}
			}
			for _, at := range []string{"/api/v1/submissions/" + s.ID, "/api/v1/work/records/" + p.ID, "/en/work/submissions/" + s.ID, "/en/work/records/" + p.ID} {
				if r := o.signedIn("publisher").do(http.MethodGet, at, ""); r.status != http.StatusOK || r.media() == "application/json" && !json.Valid(r.body) {
					f.add("%s is not read any more: %.200v", at, r)
				}
			}
		})
	}
}

// An upload of more than one may send is refused, from nobody without being read.
func TestAttackLargeUploads(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	token := []string{"Authorization", "Bearer " + o.tokens["editor"], "Content-Type", "application/octet-stream"}
	for _, path := range []string{"/api/v1/import?name=a.xlsx&source=" + article, "/api/v1/files?name=a.pdf"} {
		refusedSoon(t, path, func() reply {
			r, err := o.send(http.MethodPost, path, &blanks{left: 70 << 20}, token...)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if r.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: want 413: %v", path, r)
			}
			return r
		})
		read := &blanks{left: 70 << 20}
		r, err := o.send(http.MethodPost, path, read, "Content-Type", "application/octet-stream")
		if err == nil && r.status != http.StatusUnauthorized || read.left < 40<<20 {
			t.Errorf("%s: of nobody %d MB are read: %v %v", path, 70-read.left>>20, r, err)
		}
	}
	refusedSoon(t, "a file of 21 MB", func() reply {
		r := o.plain(http.MethodPost, "/api/v1/files?name=a.pdf", strings.NewReader("%PDF-1.4\n"+strings.Repeat(" ", 21<<20)+"%%EOF"), token...)
		if r.status != http.StatusRequestEntityTooLarge && r.status != http.StatusUnsupportedMediaType {
			t.Errorf("%v", r)
		}
		return r
	})
	refusedSoon(t, "the page", func() reply {
		head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xlsx\"\r\n\r\n"
		r, err := o.send(http.MethodPost, "/en/work/import", io.MultiReader(strings.NewReader(head), &blanks{left: 70 << 20}), "Content-Type", "multipart/form-data; boundary=x", "Cookie", sessionName+"="+o.signedIn("editor").cookies[sessionName])
		if err != nil {
			t.Error(err)
		}
		return r
	})
}

// bomb is an archive of a document that unpacks to many MB; where it lies it says that it
// does not.
func bomb(t *testing.T, inside string, mb int, lies bool) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.NewIEEE()
	mega := bytes.Repeat([]byte(" "), 1<<20)
	for range mb {
		w.Write(mega)
		sum.Write(mega)
	}
	w.Close()
	size := uint64(mb) << 20
	if lies {
		size = 100
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{types, "_rels/.rels", inside, "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"} {
		f, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(packed.Bytes())
	}
	z.Close()
	return b.Bytes()
}

// A small archive that unpacks to a large one is refused, and many entries too.
func TestAttackZipBombs(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	many := []string{"xl/workbook.xml", "x", "word/document.xml", "x"}
	for n := range 20000 {
		many = append(many, fmt.Sprint("xl/", n, ".xml"), "")
	}
	files := map[string][]byte{"many": zipped(many...), "xlsx": bomb(t, "xl/workbook.xml", 100, false), "docx": bomb(t, "word/document.xml", 100, false),
		"xlsx that lies": bomb(t, "xl/workbook.xml", 100, true), "docx that lies": bomb(t, "word/document.xml", 100, true), "nested": zipped("xl/workbook.xml", string(bomb(t, "xl/workbook.xml", 50, false)))}
	for name, data := range files {
		if len(data) > 4<<20 {
			t.Fatalf("%s: %d MB", name, len(data)>>20)
		}
		for _, ext := range []string{".xlsx", ".docx"} {
			if name == "nested" || strings.HasPrefix(name, "docx") && ext == ".xlsx" {
				continue // what lies in a part of a document is not unpacked
			}
			refusedSoon(t, name+" as a file"+ext, func() reply { return o.upload("editor", "a"+ext, data) })
		}
		refusedSoon(t, name+" imported", func() reply {
			return o.plain(http.MethodPost, "/api/v1/import?name=a.xlsx&source="+article, bytes.NewReader(data), "Content-Type", "application/octet-stream", "Authorization", "Bearer "+o.tokens["editor"])
		})
		refusedSoon(t, name+" imported by the page", func() reply {
			body, media := multipartBody(t, "a.xlsx", string(data), map[string]string{"source": article})
			return o.signedIn("editor").do(http.MethodPost, "/en/work/import", body, "Content-Type", media)
		})
	}
}

// Ids and names of files lead nowhere but to what they name.
func TestAttackTraversal(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	s := o.express("company", "public", "word")
	browsers := []*browser{o.signedIn("company"), o.signedIn("auditor"), o.signedIn("editor")}
	before := o.kept()
	ids := []string{"..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fregister.db", `..\..\register.db`, "%00", s.ID + "%00", s.ID + "/", s.ID + "%20", strings.ToUpper(s.ID), "%25", "_", "*", "' OR '1'='1", s.ID + "' --", "{id}", "..;/" + s.ID, "./" + s.ID + "/../" + s.ID + "x", "%ff", "null", "0", "-1"}
	for _, b := range browsers {
		for _, id := range ids {
			id = strings.ReplaceAll(id, " ", "%20")
			for _, at := range []string{"/api/v1/submissions/", "/api/v1/work/records/", "/en/work/submissions/", "/en/work/records/", "/files/", "/api/v1/interests/", "/en/interests/", "/assets/", "/en/sources/"} {
				r := b.do(http.MethodGet, at+id, "")
				if r.status >= 500 || r.status == http.StatusOK && !strings.HasPrefix(r.path, at+"..") || bytes.Contains(r.body, []byte("root:")) || bytes.Contains(r.body, []byte("SQLite format")) || bytes.Contains(r.body, []byte("/work/main")) {
					t.Errorf("%v", r)
				}
				if to := r.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
					t.Errorf("%s leads to %q", r.path, to)
				}
			}
			for _, c := range [][2]string{{"DELETE", "/api/v1/me/tokens/"}, {"DELETE", "/api/v1/me/alerts/"}, {"PUT", "/api/v1/submissions/"}, {"PATCH", "/api/v1/work/records/"}} {
				if r := b.do(c[0], c[1]+id, "{}", "Content-Type", "application/json", "If-Match", `"1"`); r.status >= 500 {
					t.Errorf("%v", r)
				}
			}
		}
	}
	if after := o.kept(); after != before {
		t.Errorf("it wrote: %s", difference(before, after))
	}
	// The name of what is imported tells its kind and no place.
	for _, name := range []string{"../../etc/passwd", "/etc/passwd.csv", "../projects.csv", `..\projects.csv`, "projects.csv\x00.xlsx", "projects.csv/../x.json", "http://evil.example/projects.csv", "file:///etc/passwd.json"} {
		r := o.plain(http.MethodPost, "/api/v1/import?dry_run=true&name="+url.QueryEscape(name)+"&source="+article, strings.NewReader("id,title\n"), "Content-Type", "application/octet-stream", "Authorization", "Bearer "+o.tokens["editor"])
		if r.status >= 500 || bytes.Contains(r.body, []byte("root:")) {
			t.Errorf("%q: %v", name, r)
		}
	}
	// The form of a sign-in leads back to this site.
	for _, at := range []string{"/en/work//evil.example", "//evil.example/en/work", "/en/work?next=//evil.example", "/en/work/submissions/%2f%2fevil.example"} {
		r := o.plain(http.MethodGet, at, nil)
		if to := r.header.Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, "http") {
			t.Errorf("%s leads to %q", at, to)
		}
	}
}
