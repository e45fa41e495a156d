package server_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
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
	if err := encode(&b, image.NewPaletted(image.Rect(0, 0, 4, 4), []color{{}, {1}})); err != nil {
		panic(err)
	}
	return b.Bytes()
}
