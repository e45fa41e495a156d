package features

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is one resource, ready to be written in the encoding asked for.
type answer struct {
	media string // of the JSON
	html  bool
	page  string // name of the template that shows the body
	title string // of the page
	trail []link // the pages above it, the landing page first
	links []link // for the header
	body  any
}

// write writes the answer, or returns an error and has written nothing.
func (a *answer) write(w http.ResponseWriter) error {
	var b bytes.Buffer
	media := a.media
	if a.html {
		media = mediaHTML + "; charset=utf-8"
		if err := pages.ExecuteTemplate(&b, a.page, a.shown()); err != nil {
			return err
		}
	} else {
		if err := encode(&b, a.body); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", media)
	writeLinks(w.Header(), a.links)
	// A client that is gone needs no answer.
	_, _ = b.WriteTo(w)
	return nil
}

// encode writes JSON in which addresses stay legible: & and not \u0026.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// answer begins an answer whose JSON has the media type given.
func (q *request) answer(media, page, title string) *answer {
	return &answer{media: media, html: q.format == asHTML, page: page, title: title}
}

// above gives the pages over a resource: the landing page, then those of the
// titles and paths given in turn.
func (q *request) above(titlesAndPaths ...string) []link {
	trail := []link{{Href: q.base + "?f=html", Title: "OGC API"}}
	for i := 0; i+1 < len(titlesAndPaths); i += 2 {
		trail = append(trail, link{Href: q.base + titlesAndPaths[i+1] + "?f=html", Title: titlesAndPaths[i]})
	}
	return trail
}
