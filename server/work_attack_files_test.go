package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// fileBody is a file as the API gives it.
type fileBody struct {
	SHA256  string `json:"sha256"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

func (o *office) upload(who, name string, data []byte) reply {
	o.t.Helper()
	r := o.plain(http.MethodPost, "/api/v1/files?name="+url.QueryEscape(name), bytes.NewReader(data), "Content-Type", "application/octet-stream", "Authorization", "Bearer "+o.tokens[who])
	if err := o.doc.check(r); err != nil {
		o.t.Error(err)
	}
	return r
}

// zipped makes an archive of names and contents.
func zipped(parts ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		f, err := w.Create(parts[i])
		if err != nil {
			panic(err)
		}
		io.WriteString(f, parts[i+1])
	}
	w.Close()
	return b.Bytes()
}

func picture(encode func(io.Writer, image.Image) error) []byte {
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func pngPicture() []byte { return picture(png.Encode) }

func jpegPicture() []byte {
	return picture(func(w io.Writer, i image.Image) error { return jpeg.Encode(w, i, nil) })
}

func gifPicture() []byte {
	return picture(func(w io.Writer, i image.Image) error { return gif.Encode(w, i, nil) })
}

// pngChunk puts a chunk behind the header of a picture.
func pngChunk(data []byte, kind, content string) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	c = append(c, kind+content...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE([]byte(kind+content)))
	return bytes.Join([][]byte{data[:33], c, data[33:]}, nil)
}

// pngOfSize says that a picture has another size than it has.
func pngOfSize(data []byte, width, height uint32) []byte {
	out := bytes.Clone(data)
	binary.BigEndian.PutUint32(out[16:], width)
	binary.BigEndian.PutUint32(out[20:], height)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

const (
	soundPDF  = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
	evilHTML  = "<!DOCTYPE html><html><body><script>alert('x-evil')</script></body></html>"
	evilSVG   = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert('x-evil')"/>`
	types     = "[Content_Types].xml"
	wordTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
)

// A file that is not what its name says, or more than that, is refused.
func TestAttackPolyglotFiles(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	docx := zipped(types, wordTypes, "word/document.xml", "<w/>")
	behind := func(head string) []byte { return []byte("%PDF-1.4\n" + head + "\n" + soundPDF[9:]) }
	for name, c := range map[string]struct {
		name string
		data []byte
	}{
		"html as pdf":                    {"a.pdf", []byte(evilHTML)},
		"html with the end of a pdf":     {"a.pdf", []byte(evilHTML + "%%EOF")},
		"pdf behind html":                {"a.pdf", []byte(evilHTML + soundPDF)},
		"pdf with a head of html":        {"a.pdf", behind(evilHTML)},
		"pdf with HTML in upper case":    {"a.pdf", behind("<HTML><BODY ONLOAD=alert(1)>")},
		"pdf with a Script":              {"a.pdf", behind("<ScRiPt>alert(1)</ScRiPt>")},
		"pdf with html further on":       {"a.pdf", behind(strings.Repeat(" ", 1100) + evilHTML)},
		"pdf that is an archive":         {"a.pdf", append([]byte(soundPDF), zipped("META-INF/MANIFEST.MF", "x", "A.class", "x", "%%EOF", "%%EOF")...)},
		"half a pdf":                     {"a.pdf", []byte("%PDF-1.4\n")},
		"svg as png":                     {"a.png", []byte(evilSVG)},
		"svg":                            {"a.svg", []byte(evilSVG)},
		"svg as csv":                     {"a.csv", []byte(evilSVG)},
		"zip as png":                     {"a.png", docx},
		"gif as png":                     {"a.png", gifPicture()},
		"gif":                            {"a.gif", gifPicture()},
		"png as jpg":                     {"a.jpg", pngPicture()},
		"jpg as png":                     {"a.png", jpegPicture()},
		"jpg of a few letters":           {"a.jpg", []byte("\xff\xd8\xff\xe0<script>")},
		"gif that is a script":           {"a.png", []byte("GIF89a/*" + evilHTML + "*/=1")},
		"half a picture":                 {"a.png", pngPicture()[:40]},
		"picture of a mile":              {"a.png", pngOfSize(pngPicture(), 50000, 50000)},
		"picture of no size":             {"a.png", pngOfSize(pngPicture(), 0, 0)},
		"picture of all sizes":           {"a.png", pngOfSize(pngPicture(), 1<<31-1, 1<<31-1)},
		"csv that is html":               {"a.csv", []byte(evilHTML)},
		"csv that is html after blanks":  {"a.csv", []byte("\n\n   " + evilHTML)},
		"csv that is html after a mark":  {"a.csv", []byte("\ufeff" + evilHTML)},
		"csv that is a comment of html":  {"a.csv", []byte("<!-- a,b -->" + evilHTML)},
		"csv that is xml":                {"a.csv", []byte("<?xml version=\"1.0\"?><x/>")},
		"csv with NUL":                   {"a.csv", []byte("a,b\n\x00,1\n")},
		"csv in UTF-16":                  {"a.csv", []byte("\xff\xfea\x00,\x00b\x00")},
		"csv that is a pdf":              {"a.csv", []byte(soundPDF)},
		"geojson that is html":           {"a.geojson", []byte(evilHTML)},
		"geojson of another type":        {"a.geojson", []byte(`{"type":"<html><script>alert(1)</script>"}`)},
		"geojson and more":               {"a.geojson", []byte(`{"type":"Point"}` + evilHTML)},
		"geojson, deep":                  {"a.geojson", []byte(`{"type":"Point","a":` + deep(100000) + `}`)},
		"docx with macros":               {"a.docx", zipped(types, wordTypes, "word/document.xml", "<w/>", "word/vbaProject.bin", "x")},
		"docx with macros, another case": {"a.docx", zipped(types, wordTypes, "word/document.xml", "<w/>", "word/VBAPROJECT.BIN", "x")},
		"docx with macros, another name": {"a.docx", zipped(types, `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>`, "word/document.xml", "<w/>", "word/x.bin", "x")},
		"docm":                           {"a.docm", zipped(types, wordTypes, "word/document.xml", "<w/>", "word/vbaProject.bin", "x")},
		"docx of a docm":                 {"a.docx", zipped(types, `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`, "word/document.xml", "<w/>")},
		"xlsx with macros":               {"a.xlsx", zipped(types, wordTypes, "xl/workbook.xml", "<w/>", "xl/vbaProject.bin", "x")},
		"xlsx with controls":             {"a.xlsx", zipped(types, wordTypes, "xl/workbook.xml", "<w/>", "xl/activeX/activeX1.xml", "x")},
		"xlsx that is a docx":            {"a.xlsx", docx},
		"xlsx of html":                   {"a.xlsx", []byte(evilHTML)},
		"xlsx behind html":               {"a.xlsx", append([]byte(evilHTML), zipped("xl/workbook.xml", "x")...)},
		"docx that leads elsewhere":      {"a.docx", zipped("word/document.xml", "x", "../../etc/passwd", "x")},
		"docx that leads to the root":    {"a.docx", zipped("word/document.xml", "x", "/etc/passwd", "x")},
		"docx that leads by backslashes": {"a.docx", zipped("word/document.xml", "x", `..\..\x`, "x")},
		"archive":                        {"a.zip", docx},
		"no ending":                      {"a", []byte(soundPDF)},
		"only an ending":                 {".pdf", []byte(soundPDF)},
		"html":                           {"a.html", []byte(evilHTML)},
		"two endings":                    {"a.pdf.html", []byte(soundPDF)},
		"two endings, a program":         {"a.pdf.exe", []byte(soundPDF)},
		"an ending behind NUL":           {"a.html\x00.exe", []byte(soundPDF)},
		"an ending behind a semicolon":   {"a.pdf;.html", []byte(soundPDF)},
		"a stream":                       {"a.exe::$DATA", []byte(soundPDF)},
		"nothing":                        {"a.pdf", nil},
	} {
		if r := o.upload("company", c.name, c.data); r.status != http.StatusUnsupportedMediaType && r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// What is hidden in a picture is not kept.
func TestAttackHiddenInPictures(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	jpg := jpegPicture()
	comment := append([]byte("\xff\xfe\x00"+string(rune(2+len(evilHTML)))), evilHTML...)
	for name, c := range map[string]struct {
		name string
		data []byte
	}{
		"png with html behind it":   {"a.png", append(pngPicture(), evilHTML...)},
		"png with an archive":       {"a.png", append(pngPicture(), zipped("x-evil", "x-evil")...)},
		"png with a text":           {"a.png", pngChunk(pngPicture(), "tEXt", "Comment\x00"+evilHTML)},
		"png with a chunk":          {"a.png", pngChunk(pngPicture(), "xEvl", evilHTML)},
		"png with where it was":     {"a.png", pngChunk(pngPicture(), "eXIf", "MM x-evil")},
		"jpg with html behind it":   {"a.jpg", append(bytes.Clone(jpg), evilHTML...)},
		"jpeg with a comment":       {"a.jpeg", bytes.Join([][]byte{jpg[:2], comment, jpg[2:]}, nil)},
		"png in upper case letters": {"A.PNG", append(pngPicture(), evilHTML...)},
	} {
		r := o.upload("company", c.name, c.data)
		if r.status != http.StatusCreated {
			if r.status != http.StatusUnsupportedMediaType {
				t.Errorf("%s: %v", name, r)
			}
			continue
		}
		var f fileBody
		o.want(r, http.StatusCreated, &f)
		got := o.as("company", http.MethodGet, f.Address, nil)
		if got.status != http.StatusOK || bytes.Contains(got.body, []byte("x-evil")) || bytes.Contains(got.body, []byte("<script")) {
			t.Errorf("%s is kept: %v", name, got)
		}
		if _, _, err := image.Decode(bytes.NewReader(got.body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is served is kept and never shown, under a name that leads nowhere.
func TestAttackServedFiles(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	sound := regexp.MustCompile(`^[^/\\\x00-\x1f"<>:|?*\x{202a}-\x{202e}\x{2066}-\x{2069}.~][^/\\\x00-\x1f"<>:|?*\x{202a}-\x{202e}\x{2066}-\x{2069}]*\.(pdf|PDF)$`)
	for i, name := range []string{"a.pdf", "../../../etc/passwd.pdf", `..\..\evil.pdf`, `C:\windows\evil.pdf`, "/etc/evil.pdf", "a\r\nX-Evil: b\r\n\r\n<script>.pdf", `a"; filename="evil.html.pdf`, "a\x00.pdf", "invoice\u202efdp.exe.pdf", "-rf.pdf", "~root.pdf", ".htaccess.pdf", "a.pdf ", "a.pdf.", "=cmd|x.pdf", "Məqalə №1 — İş.pdf", "<x-evil>.pdf", "a;b=c'*=UTF-8''x.pdf", "a.PDF", strings.Repeat("ə", 90) + ".pdf", "a\ufeff\u200b.pdf"} {
		// Each another file: what is kept already keeps its name.
		data := []byte(strings.Replace(soundPDF, "trailer", "% "+strings.Repeat("x", i)+"\ntrailer", 1))
		r := o.upload("company", name, data)
		if r.status == http.StatusUnsupportedMediaType || r.status == http.StatusUnprocessableEntity || r.status == http.StatusBadRequest {
			continue
		}
		var f fileBody
		o.want(r, http.StatusCreated, &f)
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			got := o.as("company", method, f.Address, nil)
			h := got.header
			disposition, parameters, err := mime.ParseMediaType(h.Get("Content-Disposition"))
			if got.status != 200 || err != nil || disposition != "attachment" || !sound.MatchString(parameters["filename"]) || len(parameters) != 1 {
				t.Errorf("%q: %d, Content-Disposition %q (%v)", name, got.status, h.Get("Content-Disposition"), err)
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || strings.Contains(h.Get("Content-Security-Policy"), "allow-") || h.Get("Content-Type") != "application/pdf" || h.Get("X-Evil") != "" || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%q: %v", name, h)
			}
			if cache := h.Get("Cache-Control"); !strings.Contains(cache, "private") && !strings.Contains(cache, "no-store") {
				t.Errorf("%q: kept by others: %v", name, cache)
			}
		}
		for _, who := range []string{"", "rival", "contributor", "administrator"} {
			if got := o.as(who, http.MethodGet, f.Address, nil); got.status != http.StatusNotFound || bytes.Contains(got.body, []byte("%PDF")) {
				t.Errorf("%q reads %q: %v", who, name, got)
			}
			if got := o.as(who, http.MethodGet, f.Address, nil, "If-None-Match", `"`+f.SHA256+`"`); got.status != http.StatusNotFound {
				t.Errorf("%q is told that %q is there: %v", who, name, got)
			}
		}
	}
	// By no other way either.
	for _, at := range []string{"/files/", "/files", "/files/%25", "/files/_", "/files/' OR '1'='1", "/files/" + strings.Repeat("0", 64), "/files/..%2f..%2fetc%2fpasswd", "/files/%2e%2e/%2e%2e/register.db", "/files/../api/v1/me", "/files/%00", "/api/v1/files", "/files/x/y"} {
		r := o.plain(http.MethodGet, strings.ReplaceAll(at, " ", "%20"), nil)
		if r.status == http.StatusOK || r.status >= 500 || bytes.Contains(r.body, []byte("SQLite")) {
			t.Errorf("%s: %v", at, r)
		}
	}
}

// A file is public while a published record names it, and where everybody reads it.
func TestAttackFilesOfRecords(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var f fileBody
	o.want(o.upload("company", "a.pdf", []byte(soundPDF)), http.StatusCreated, &f)
	public := func(name string, want bool) {
		t.Helper()
		if r := o.plain(http.MethodGet, f.Address, nil); (r.status == http.StatusOK) != want {
			t.Errorf("%s: %v", name, r)
		}
	}
	in := o.interest("owner", "word")
	in["text"] = "See " + siteBase + f.Address
	var hidden submitted
	o.want(o.as("company", http.MethodPost, "/api/v1/interests", in), http.StatusCreated, &hidden)
	public("handed in", false)
	o.step("editor", &hidden, "accept", nil)
	o.step("publisher", &hidden, "publish", nil)
	public("published to its owner", false)
	remark := o.propose("editor", o.project().ID, map[string]any{"path": "karvan/internalRemarks", "value": "See " + f.Address})
	o.step("publisher", &remark, "accept", nil)
	o.step("second", &remark, "publish", nil)
	public("in a remark", false)
	in["visibility"] = "public"
	var s submitted
	o.want(o.as("company", http.MethodPost, "/api/v1/interests", in), http.StatusCreated, &s)
	o.step("editor", &s, "accept", nil)
	public("accepted", false)
	o.step("publisher", &s, "publish", nil)
	public("published", true)
	o.step("publisher", &s, "withdraw", nil)
	public("withdrawn", false)
}

// Who hands in the file of somebody else first neither names it nor keeps it from them.
func TestAttackFileBeforehand(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var evil, own fileBody
	o.want(o.upload("rival", "evil.exe.pdf", []byte(soundPDF)), http.StatusCreated, &evil)
	o.want(o.upload("company", "report.pdf", []byte(soundPDF)), http.StatusCreated, &own)
	if own.Name != "report.pdf" {
		t.Errorf("%+v", own)
	}
	r := o.as("company", http.MethodGet, own.Address, nil)
	if r.status != http.StatusOK || !strings.Contains(r.header.Get("Content-Disposition"), "report.pdf") {
		t.Errorf("the company reads its own file: %v, %q", r, r.header.Get("Content-Disposition"))
	}
	in := o.interest("public", "word")
	in["text"] = "See " + own.Address
	var s submitted
	o.want(o.as("company", http.MethodPost, "/api/v1/interests", in), http.StatusCreated, &s)
	o.step("editor", &s, "accept", nil)
	o.step("publisher", &s, "publish", nil)
	if r := o.plain(http.MethodGet, own.Address, nil); strings.Contains(r.header.Get("Content-Disposition"), "evil") {
		t.Errorf("everybody reads it as %q", r.header.Get("Content-Disposition"))
	}
	// The answer to an upload does not tell whether somebody else has the file.
	again := o.upload("editor", "report.pdf", []byte(soundPDF))
	first := o.upload("editor", "report.pdf", []byte(soundPDF+"%%EOF\n"))
	var a, b map[string]any
	if json.Unmarshal(again.body, &a) != nil || json.Unmarshal(first.body, &b) != nil || again.status != first.status || len(a) != len(b) {
		t.Errorf("%v, and %v", again, first)
	}
}
