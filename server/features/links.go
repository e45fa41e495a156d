package features

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// thisDocument is the title of a document's links to itself.
const thisDocument = "This document"

const (
	mediaJSON    = "application/json"
	mediaGeoJSON = "application/geo+json"
	mediaOpenAPI = "application/vnd.oai.openapi+json;version=3.0"
	mediaSchema  = "application/schema+json"
)

// link leads to another resource (RFC 8288).
type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
}

// collectionPath is that of a collection below the landing page.
func collectionPath(id string) string { return "/collections/" + url.PathEscape(id) }

// here is the address of this resource with its parameters, some of them set
// anew.
func (q *request) here(set map[string]string) string {
	values := url.Values{}
	maps.Copy(values, q.values)
	for name, value := range set {
		values.Set(name, value)
	}
	return q.base + q.path + "?" + values.Encode()
}

// both links a resource in JSON and in HTML by one relation. The address in
// JSON has no parameter, since GDAL makes others by adding to it.
func (q *request) both(rel, path, media, title string) []link {
	return []link{
		{q.base + path, rel, media, title},
		{q.base + path + "?f=" + asHTML, rel, mediaHTML, title + " as HTML"},
	}
}

// selves are the links of a document that is at this address, and of its other
// encoding.
func (q *request) selves(media, title string) []link {
	links := []link{
		{q.here(map[string]string{"f": asJSON}), "self", media, title},
		{q.here(map[string]string{"f": asHTML}), "alternate", mediaHTML, title + " as HTML"},
	}
	if q.format == asHTML {
		links[0].Rel, links[0].Title = "alternate", title+" as JSON"
		links[1].Rel, links[1].Title = "self", title
	}
	return links
}

// pages links the pages before and after this one. A page before the first that
// is full still starts with the first feature.
func (q *request) pages(query Query, returned, matched int) []link {
	media := mediaGeoJSON
	if q.format == asHTML {
		media = mediaHTML
	}
	to := func(offset int, rel, title string) link {
		return link{q.here(map[string]string{"f": q.format, "offset": strconv.Itoa(offset)}), rel, media, title}
	}
	var links []link
	if after := query.Offset + returned; returned > 0 && after < matched {
		links = append(links, to(after, "next", "Next page"))
	}
	if query.Offset > 0 && matched > 0 {
		links = append(links, to(max(0, min(query.Offset, matched)-query.Limit), "prev", "Previous page"))
	}
	return links
}

// writeLinks repeats links in the header, for clients that read no body. Titles
// stay out, since a header holds no more than ASCII.
func writeLinks(h http.Header, links []link) {
	for _, l := range links {
		h.Add("Link", "<"+l.Href+`>; rel="`+l.Rel+`"; type="`+l.Type+`"`)
	}
}
