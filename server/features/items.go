package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// itemsBody is a GeoJSON FeatureCollection with what the standard adds.
type itemsBody struct {
	Type           string        `json:"type"`
	Links          []link        `json:"links"`
	TimeStamp      string        `json:"timeStamp"`
	NumberMatched  int           `json:"numberMatched"`
	NumberReturned int           `json:"numberReturned"`
	Features       []featureBody `json:"features"`

	info   Info
	offset int
}

// featureBody is a GeoJSON Feature.
type featureBody struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties row             `json:"properties"`
	Links      []link          `json:"links"`
}

// row is the properties of a feature: all that the collection has, in its order.
type row struct {
	properties []Property
	values     map[string]any
}

// MarshalJSON writes what is missing as null, so that the first page tells a
// client every column.
func (r row) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range r.properties {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, p.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encode(&b, r.values[p.Name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func newFeature(i Info, f Feature, links []link) featureBody {
	return featureBody{Type: "Feature", ID: f.ID, Geometry: f.Geometry, Properties: row{i.Properties, f.Properties}, Links: links}
}

func itemPath(i Info, id string) string {
	return collectionPath(i.ID) + "/items/" + url.PathEscape(id)
}

// items is one page of a collection (/req/core/fc-response).
func items(q *request, c Collection, i Info, query Query) (*answer, error) {
	found, matched, err := c.Items(q.ctx, query)
	if err != nil {
		return nil, err
	}
	body := itemsBody{Type: "FeatureCollection", Links: q.selves(mediaGeoJSON, thisDocument), TimeStamp: time.Now().UTC().Format(time.RFC3339),
		NumberMatched: matched, NumberReturned: len(found), Features: []featureBody{}, info: i, offset: query.Offset}
	body.Links = append(body.Links, q.pages(query, len(found), matched)...)
	body.Links = append(body.Links, q.both("collection", collectionPath(i.ID), mediaJSON, i.label())...)
	for _, f := range found {
		// One link is enough here; the feature by itself has all of them.
		media, address := mediaGeoJSON, q.base+itemPath(i, f.ID)
		if q.format == asHTML {
			media, address = mediaHTML, address+"?f="+asHTML
		}
		body.Features = append(body.Features, newFeature(i, f, []link{{Href: address, Rel: "self", Type: media}}))
	}
	a := q.answer(mediaGeoJSON, "items", "Features of "+i.label())
	a.body, a.links = body, body.Links
	a.trail = q.above("Collections", "/collections", i.label(), collectionPath(i.ID))
	return a, nil
}

// item is one feature (/req/core/f-success).
func item(q *request, c Collection, i Info, id string) (*answer, error) {
	f, err := c.Item(q.ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && f == nil {
		return nil, newProblem(http.StatusNotFound, "There is no feature %q in the collection %q.", id, i.ID)
	}
	if err != nil {
		return nil, err
	}
	links := append(q.selves(mediaGeoJSON, thisDocument), q.both("collection", collectionPath(i.ID), mediaJSON, i.label())...)
	body := newFeature(i, *f, links)
	a := q.answer(mediaGeoJSON, "feature", "Feature "+f.ID)
	a.body, a.links = body, links
	path := collectionPath(i.ID)
	a.trail = q.above("Collections", "/collections", i.label(), path, "Features", path+"/items")
	return a, nil
}
