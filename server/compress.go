package server

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// gzipped reports whether a client takes gzip.
func gzipped(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") }

// compressed compresses the answers of an API. Tiles are compressed already.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !gzipped(r) || strings.HasPrefix(r.URL.Path, "/api/tiles/") || !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		defer z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Vary", "Accept-Encoding")
		next.ServeHTTP(&zipWriter{ResponseWriter: w, z: z}, r)
	})
}

type zipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w *zipWriter) Write(p []byte) (int, error) { return w.z.Write(p) }

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
var contentTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml"}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if info, err := fs.Stat(a.files, name); err != nil || info.IsDir() {
		http.NotFound(w, r) // a folder is not listed
		return
	}
	kind := contentTypes[path.Ext(name)]
	if kind == "" || !gzipped(r) {
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
	w.Header().Set("Vary", "Accept-Encoding")
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
