package features

// classes are the conformance classes that this package meets.
var classes = []string{
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
}

type landingBody struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Links       []link `json:"links"`
}

// landing is the page that a client starts from (/req/core/root-success).
func (h *handler) landing(q *request) *answer {
	body := landingBody{Title: h.title, Description: h.description, Links: q.selves(mediaJSON, thisDocument)}
	body.Links = append(body.Links,
		link{q.base + "/api", "service-desc", mediaOpenAPI, "The API in OpenAPI 3.0"},
		link{q.base + "/api?f=html", "service-doc", mediaHTML, "The API for people"})
	body.Links = append(body.Links, q.both("conformance", "/conformance", mediaJSON, "Conformance classes")...)
	body.Links = append(body.Links, q.both("data", "/collections", mediaJSON, "Collections")...)
	a := q.answer(mediaJSON, "landing", h.title)
	a.body, a.links = body, body.Links
	return a
}

type conformanceBody struct {
	ConformsTo []string `json:"conformsTo"`
	Links      []link   `json:"links"`
}

func conformance(q *request) *answer {
	body := conformanceBody{ConformsTo: classes, Links: q.selves(mediaJSON, thisDocument)}
	a := q.answer(mediaJSON, "conformance", "Conformance classes")
	a.body, a.links, a.trail = body, body.Links, q.above()
	return a
}

type collectionsBody struct {
	Links       []link           `json:"links"`
	Collections []collectionBody `json:"collections"`
}

type collectionBody struct {
	ID          string  `json:"id"`
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Extent      *extent `json:"extent,omitempty"`
	ItemType    string  `json:"itemType"`
	Links       []link  `json:"links"`
}

// extent is where and when the features of a collection are.
type extent struct {
	Spatial  *spatial  `json:"spatial,omitempty"`
	Temporal *temporal `json:"temporal,omitempty"`
}

type spatial struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

type temporal struct {
	Interval [][2]*string `json:"interval"` // nil is an open end
	TRS      string       `json:"trs"`
}

func newExtent(i Info) *extent {
	var e extent
	if i.BBox != nil {
		e.Spatial = &spatial{[][4]float64{*i.BBox}, crs84}
	}
	if i.From != "" || i.Until != "" {
		var ends [2]*string
		if i.From != "" {
			s := i.From + "T00:00:00Z"
			ends[0] = &s
		}
		if i.Until != "" {
			s := i.Until + "T23:59:59Z"
			ends[1] = &s
		}
		e.Temporal = &temporal{[][2]*string{ends}, "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
	}
	if e == (extent{}) {
		return nil
	}
	return &e
}

// label is the title of a collection for people.
func (i Info) label() string {
	if i.Title == "" {
		return i.ID
	}
	return i.Title
}

// describe gives the same for a collection in the list and alone
// (/req/core/sfc-md-success).
func (q *request) describe(i Info) collectionBody {
	path := collectionPath(i.ID)
	at := *q
	at.path, at.values = path, nil
	body := collectionBody{ID: i.ID, Title: i.Title, Description: i.Description, Extent: newExtent(i), ItemType: "feature"}
	body.Links = at.selves(mediaJSON, i.label())
	body.Links = append(body.Links, q.both("items", path+"/items", mediaGeoJSON, "Features of "+i.label())...)
	body.Links = append(body.Links, q.both("describedby", path+"/schema", mediaSchema, "Schema of "+i.label())...)
	if q.format == asHTML {
		return body
	}
	// GDAL 3.6 knows the relation only as version 1.0.0 of the standard
	// wrote it, and without the schema takes a column empty at first for text.
	body.Links = append(body.Links, link{q.base + path + "/schema", "describedBy", mediaSchema, "Schema of " + i.label()})
	return body
}

func (h *handler) list(q *request) (*answer, error) {
	infos, err := h.present(q.ctx)
	if err != nil {
		return nil, err
	}
	body := collectionsBody{Links: q.selves(mediaJSON, thisDocument), Collections: []collectionBody{}}
	for _, i := range infos {
		body.Collections = append(body.Collections, q.describe(i))
	}
	a := q.answer(mediaJSON, "collections", "Collections")
	a.body, a.links, a.trail = body, body.Links, q.above()
	return a, nil
}

func one(q *request, i Info) *answer {
	body := q.describe(i)
	a := q.answer(mediaJSON, "collection", i.label())
	a.body, a.links, a.trail = body, body.Links, q.above("Collections", "/collections")
	return a
}
