package server

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// gzipped reports whether a client takes gzip.
func gzipped(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, weighed := strings.Cut(strings.ReplaceAll(strings.ToLower(part), " ", ""), ";q=")
		if name != "gzip" && name != "*" {
			continue
		}
		q, err := strconv.ParseFloat(weight, 64)
		return !weighed || err == nil && q > 0
	}
	return false
}

// compressed compresses answers of text. What has an encoding already (tiles,
// assets) and what is packed (workbooks) passes as it is.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !gzipped(r) || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipWriter{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

// zipWriter decides when the header is written, by the type of the content.
type zipWriter struct {
	http.ResponseWriter
	z       *gzip.Writer
	decided bool
}

// Unwrap lets http.ResponseController reach the connection.
func (w *zipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *zipWriter) WriteHeader(status int) {
	if !w.decided {
		w.decided = true
		h := w.Header()
		body := status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
		if body && h.Get("Content-Encoding") == "" && h.Get("Content-Range") == "" && isText(h.Get("Content-Type")) {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			w.z, _ = gzip.NewWriterLevel(w.ResponseWriter, gzip.BestSpeed)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func isText(contentType string) bool {
	for _, part := range []string{"text/", "json", "xml", "javascript", "svg"} {
		if strings.Contains(contentType, part) && !strings.Contains(contentType, "openxml") {
			return true
		}
	}
	return false
}

func (w *zipWriter) Write(p []byte) (int, error) {
	if !w.decided {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	if w.z != nil {
		return w.z.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what there is, for answers that grow.
func (w *zipWriter) Flush() {
	if w.z != nil {
		w.z.Flush()
	}
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (w *zipWriter) close() {
	if w.z != nil {
		w.z.Close()
	}
}

// assets serves the files of the page, each compressed once.
type assets struct {
	files fs.FS
	plain http.Handler
	mu    sync.Mutex
	small map[string][]byte
}

func newAssets(files fs.FS) *assets {
	return &assets{files: files, plain: http.FileServerFS(files), small: map[string][]byte{}}
}

// contentTypes are those of the files that are worth compressing.
var contentTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml; charset=utf-8"}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if info, err := fs.Stat(a.files, name); err != nil || info.IsDir() {
		http.NotFound(w, r) // a folder is not listed
		return
	}
	kind := contentTypes[path.Ext(name)]
	if kind == "" || !gzipped(r) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		a.plain.ServeHTTP(w, r)
		return
	}
	body, err := a.zip(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(body)
}

func (a *assets) zip(name string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if body, ok := a.small[name]; ok {
		return body, nil
	}
	content, err := fs.ReadFile(a.files, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(content)
	z.Close()
	a.small[name] = b.Bytes()
	return b.Bytes(), nil
}
