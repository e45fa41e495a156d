package features_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// ats is what a test of the abstract test suite looks at: a site, its
// collections as its owner knows them, and its OpenAPI document.
type ats struct {
	root        string
	collections []*memory
	api         *openapi3.T
}

// abstractTests are those of OGC 17-069r4, annex A, for the classes that the site
// claims, by their ids.
var abstractTests = []struct {
	id   string
	test func(*testing.T, ats)
}{
	{"core/http", atsHTTP},
	{"core/crs84", atsCRS84},
	{"core/root-op", atsRootOp},
	{"core/root-success", atsRootSuccess},
	{"core/api-definition-op", atsAPIOp},
	{"core/api-definition-success", atsAPISuccess},
	{"core/conformance-op", atsConformanceOp},
	{"core/conformance-success", atsConformanceSuccess},
	{"core/fc-md-op", atsCollectionsOp},
	{"core/fc-md-success", atsCollectionsSuccess},
	{"core/fc-md-links", atsCollectionsLinks},
	{"core/fc-md-items", atsCollectionsItems},
	{"core/fc-md-items-links", atsCollectionsItemsLinks},
	{"core/fc-md-extent", atsExtent},
	{"core/sfc-md-op", atsCollectionOp},
	{"core/sfc-md-success", atsCollectionSuccess},
	{"core/fc-op", atsItemsOp},
	{"core/fc-bbox-definition", atsBBoxDefinition},
	{"core/fc-bbox-response", atsBBoxResponse},
	{"core/fc-limit-definition", atsLimitDefinition},
	{"core/fc-limit-response", atsLimitResponse},
	{"core/fc-time-definition", atsTimeDefinition},
	{"core/fc-time-response", atsTimeResponse},
	{"core/query-param-invalid", atsInvalid},
	{"core/query-param-unknown", atsUnknown},
	{"core/fc-response", atsItemsResponse},
	{"core/fc-links", atsItemsLinks},
	{"core/fc-rel-type", atsRelType}, // a requirement that fc-links tests
	{"core/fc-timeStamp", atsTimeStamp},
	{"core/fc-numberMatched", atsNumberMatched},
	{"core/fc-numberReturned", atsNumberReturned},
	{"core/f-op", atsItemOp},
	{"core/f-success", atsItemSuccess},
	{"core/f-links", atsItemLinks},
	{"geojson/definition", atsGeoJSONDefinition},
	{"geojson/content", atsGeoJSONContent},
	{"html/definition", atsHTMLDefinition},
	{"html/content", atsHTMLContent},
	{"oas30/completeness", atsCompleteness},
	{"oas30/exceptions-codes", atsExceptions},
	{"oas30/oas-definition-1", atsOpenAPILinks},
	{"oas30/oas-definition-2", atsOpenAPIValid},
	{"oas30/oas-impl", atsImplemented},
	{"oas30/security", atsSecurity},
}

func TestAbstractTestSuite(t *testing.T) {
	s, a := conformant(t)
	defer s.Close()
	for _, c := range abstractTests {
		t.Run(c.id, func(t *testing.T) { c.test(t, a) })
	}
}

// conformant is a site with every kind of collection.
func conformant(t *testing.T) (*httptest.Server, ats) {
	a := ats{collections: []*memory{projects(), places(), tables()}}
	s := site(t, a.collections[0], a.collections[1], a.collections[2])
	a.root = s.URL + "/ogc"
	var err error
	if a.api, err = openapi3.NewLoader().LoadFromData(get(t, a.root+"/api").body); err != nil {
		t.Fatal(err)
	}
	return s, a
}

// list gives the collections as the site lists them.
func (a ats) list(t *testing.T) []map[string]any {
	t.Helper()
	return maps(get(t, a.root+"/collections").document(t, http.StatusOK)["collections"])
}

// items asks for features of the collection with number i.
func (a ats) items(t *testing.T, i int, query string) map[string]any {
	t.Helper()
	collection := get(t, link(t, a.list(t)[i], "self", "application/json")).document(t, http.StatusOK)
	address := link(t, collection, "items", "application/geo+json")
	return get(t, address+"?"+query).document(t, http.StatusOK)
}

func ids(document map[string]any) string {
	var out []string
	for _, f := range maps(document["features"]) {
		out = append(out, f["id"].(string))
	}
	return strings.Join(out, " ")
}

// everything gives the address of every resource, by following each link in JSON
// from the landing page.
func (a ats) everything(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	queue := []string{a.root}
	var out []string
	for len(queue) > 0 {
		address := queue[0]
		queue = queue[1:]
		if seen[address] || !strings.HasPrefix(address, a.root) {
			continue
		}
		seen[address] = true
		out = append(out, address)
		answer := get(t, address)
		if answer.status != http.StatusOK {
			t.Errorf("%s: status %d", address, answer.status)
			continue
		}
		if strings.HasPrefix(answer.media, "text/html") {
			continue
		}
		document := answer.document(t, http.StatusOK)
		lists := []map[string]any{document}
		lists = append(lists, maps(document["collections"])...)
		lists = append(lists, maps(document["features"])...)
		for _, holder := range lists {
			for _, l := range maps(holder["links"]) {
				queue = append(queue, l["href"].(string))
			}
		}
	}
	return out
}
