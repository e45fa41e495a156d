package moderation

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/audit"
)

// MaxFile bounds a file that is handed in, in bytes; mostUnpacked what is packed in it.
const (
	MaxFile      = 20 << 20
	mostUnpacked = 200 << 20
	mostPixels   = 20e6
)

// File is a file that was handed in, by the hash of its content.
type File struct {
	SHA256  string `json:"sha256"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Size    int64  `json:"size"`
	Address string `json:"address"`

	Content []byte `json:"-"`
}

// fileTypes are what is taken, by the ending of the name. Neither SVG nor HTML is:
// both may hold scripts.
var fileTypes = map[string]string{
	".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".csv": "text/csv; charset=utf-8", ".geojson": "application/geo+json",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// ErrType is wrapped by the error of a file that is not of a type that is taken.
var ErrType = errors.New("a file of type pdf, xlsx, csv, docx, png, jpg or geojson was expected")

// inspect looks whether a file is what its name says, and gives what is kept of it:
// images are drawn anew, so that nothing is hidden behind them.
func inspect(name string, data []byte) (kind string, kept []byte, err error) {
	ext := strings.ToLower(path.Ext(name))
	kind = fileTypes[ext]
	refuse := func(why string) (string, []byte, error) { return "", nil, fmt.Errorf("%w: %s", ErrType, why) }
	sniffed := http.DetectContentType(data)
	switch ext {
	case ".png", ".jpg", ".jpeg":
		c, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || format != map[string]string{".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}[ext] {
			return refuse("the content is no such picture")
		}
		if float64(c.Width)*float64(c.Height) > mostPixels {
			return refuse("the picture has more than 20 million points")
		}
		img, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return refuse("the picture is broken")
		}
		var b bytes.Buffer
		if format == "png" {
			err = png.Encode(&b, img)
		} else {
			err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 90})
		}
		return kind, b.Bytes(), err
	case ".pdf":
		if !bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF")) {
			return refuse("the content is no PDF")
		}
		// A document that is another kind of file too is refused.
		if _, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil || page(data) {
			return refuse("the content is more than a PDF")
		}
	case ".xlsx", ".docx":
		inside := map[string]string{".xlsx": "xl/workbook.xml", ".docx": "word/document.xml"}[ext]
		if err := office(data, inside); err != nil {
			return refuse(err.Error())
		}
	case ".csv":
		if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || strings.Contains(sniffed, "html") || strings.Contains(sniffed, "xml") || page(data) || bytes.Contains(data, []byte("<?xml")) || bytes.HasPrefix(data, []byte("#!")) || !strings.HasPrefix(sniffed, "text/plain") {
			return refuse("the content is no table of text in UTF-8")
		}
	case ".geojson":
		var v struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(data, &v) != nil || !geoTypes[v.Type] {
			return refuse("the content is no GeoJSON")
		}
	default:
		return refuse(fmt.Sprintf("not %.20q", ext))
	}
	return kind, data, nil
}

// geoTypes are the types of GeoJSON (RFC 7946, 1.4).
var geoTypes = map[string]bool{"Feature": true, "FeatureCollection": true, "Point": true, "MultiPoint": true, "LineString": true, "MultiLineString": true, "Polygon": true, "MultiPolygon": true, "GeometryCollection": true}

// page reports whether there is something in a file that a browser would run, if it took
// the file for a page.
func page(data []byte) bool {
	low := bytes.ToLower(data)
	for _, mark := range []string{"<html", "<script", "<!doctype", "<svg", "<iframe", "<object", "<embed", "javascript:"} {
		if bytes.Contains(low, []byte(mark)) {
			return true
		}
	}
	return false
}

// office looks whether a file is a document of its kind, without macros, and no bomb.
func office(data []byte, inside string) error {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return errors.New("the content is no such document")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errors.New("the content is no such document")
	}
	var unpacked uint64
	found := false
	for _, f := range z.File {
		unpacked += f.UncompressedSize64
		name := strings.ToLower(f.Name)
		if unpacked > mostUnpacked || len(z.File) > 10000 {
			return errors.New("it unpacks to more than 200 MB")
		}
		if strings.Contains(name, "vbaproject") || strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.Contains(name, "activex") {
			return errors.New("it holds macros, or names that lead elsewhere")
		}
		found = found || name == inside
		// Macros under another name are told by the list of contents.
		if name == "[content_types].xml" {
			r, err := f.Open()
			if err != nil {
				return errors.New("it cannot be unpacked")
			}
			list, err := io.ReadAll(io.LimitReader(r, 1<<20))
			r.Close()
			if err != nil || bytes.Contains(bytes.ToLower(list), []byte("macroenabled")) || bytes.Contains(bytes.ToLower(list), []byte("vbaproject")) {
				return errors.New("it holds macros")
			}
		}
	}
	if !found {
		return errors.New("the content is no such document")
	}
	return nil
}

// badName are letters that no name of a file needs.
var badName = regexp.MustCompile(`[^\p{L}\p{N}._ ()-]+`)

// Upload keeps a file of somebody who may propose something.
func (s *Service) Upload(ctx context.Context, who policy.Principal, name string, data []byte) (*File, error) {
	if err := s.mayPropose(who); err != nil {
		s.Refused(ctx, who, err, "file")
		return nil, err
	}
	if err := s.fileQuota(ctx, who); err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data) > MaxFile {
		return nil, fmt.Errorf("%w: it is empty, or larger than %d MB", ErrType, MaxFile>>20)
	}
	name = clip(strings.Trim(badName.ReplaceAllString(path.Base(strings.ReplaceAll(name, `\`, "/")), "_"), "._ "), 100)
	// Pictures take much room while they are drawn anew: one at a time.
	inspecting.Lock()
	kind, kept, err := inspect(name, data)
	inspecting.Unlock()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(kept)
	f := &File{SHA256: hex.EncodeToString(sum[:]), Name: name, Type: kind, Size: int64(len(kept))}
	f.Address = "/files/" + f.SHA256
	return f, s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(ctx, "INSERT INTO file (sha256, type, size, content) VALUES (?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING", f.SHA256, f.Type, f.Size, kept); err != nil {
			return err
		}
		if err := tx.Exec(ctx, "INSERT INTO upload (sha256, account_id, name, at) VALUES (?, ?, ?, ?) ON CONFLICT (sha256, account_id) DO UPDATE SET name = excluded.name", f.SHA256, who.Account, f.Name, stamp(s.now())); err != nil {
			return err
		}
		return audit.Append(ctx, tx, s.now(), who.Account, "file.upload", f.SHA256, map[string]any{"name": f.Name, "size": f.Size})
	})
}

var inspecting sync.Mutex

// mayPropose tells why somebody may hand nothing in, or nil.
func (s *Service) mayPropose(who policy.Principal) error {
	at := policy.Target{Object: policy.Interest, State: "draft", Visibility: "public", Author: who.Account, Countries: who.Countries()}
	err := s.Policy.Allows(who, policy.Create, at)
	if err != nil {
		at.Object = policy.Edit
		err = s.Policy.Allows(who, policy.Create, at)
	}
	return err
}

// fileQuota keeps an account from handing in files without end; each try counts.
func (s *Service) fileQuota(ctx context.Context, who policy.Principal) error {
	if s.Quota == 0 {
		return nil
	}
	var n int
	if err := s.sql().QueryRowContext(ctx, "SELECT count(*) FROM event WHERE at > ? AND actor = ? AND action = 'file.upload'", stamp(s.now().AddDate(0, 0, -1)), who.Account).Scan(&n); err != nil {
		return sqldb.Explain(err)
	}
	if n >= s.Quota {
		return ErrQuota
	}
	return nil
}

// File gives a file: to everybody where a published record names it, else to whoever
// handed it in and those who keep the register.
func (s *Service) File(ctx context.Context, who policy.Principal, sum string) (*File, error) {
	f := &File{SHA256: sum, Address: "/files/" + sum}
	var public bool
	var name sql.NullString
	err := s.sql().QueryRowContext(ctx, "SELECT f.type, f.size, f.public, f.content, u.name FROM file f LEFT JOIN upload u ON u.sha256 = f.sha256 AND u.account_id = ? WHERE f.sha256 = ?", who.Account, sum).Scan(&f.Type, &f.Size, &public, &f.Content, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	// Others do not read what somebody called it: that may say more, or mislead.
	if f.Name = name.String; f.Name == "" {
		f.Name = sum[:12] + extensionOf(f.Type)
	}
	keeps := who.Account != "" && (name.Valid || who.Has(policy.Editor) || who.Has(policy.Publisher) || who.Has(policy.Auditor))
	if !public && !keeps {
		return nil, ErrNotFound
	}
	return f, nil
}

// extensionOf gives the ending of a type that is taken.
func extensionOf(kind string) string {
	for _, ext := range []string{".pdf", ".png", ".jpg", ".csv", ".geojson", ".xlsx", ".docx"} {
		if fileTypes[ext] == kind {
			return ext
		}
	}
	return ""
}

var fileAddress = regexp.MustCompile(`/files/([0-9a-f]{64})\b`)

// markFiles makes the files of a submission public that a public record names, and takes
// back those that none does.
func markFiles(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	for _, c := range sub.Changes {
		for _, m := range fileAddress.FindAllStringSubmatch(string(c.Value), -1) {
			var n int
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM record WHERE instr(body, ?) > 0", m[0]).Scan(&n); err != nil {
				return err
			}
			if err := tx.Exec(ctx, "UPDATE file SET public = ? WHERE sha256 = ?", min(n, 1), m[1]); err != nil {
				return err
			}
		}
	}
	return nil
}
