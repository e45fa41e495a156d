package features_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestFeaturesMeetTheirSchema(t *testing.T) {
	s := site(t, projects(), places(), tables())
	for _, c := range maps(get(t, s.URL+"/ogc/collections").document(t, http.StatusOK)["collections"]) {
		address := link(t, c, "describedby", "application/schema+json")
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(get(t, address).body))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		if err := compiler.AddResource(address, document); err != nil {
			t.Fatal(err)
		}
		schema, err := compiler.Compile(address)
		if err != nil {
			t.Fatal(err)
		}
		features := maps(get(t, link(t, c, "items", "application/geo+json")+"?limit=1000").document(t, http.StatusOK)["features"])
		for _, f := range features {
			if err := schema.Validate(any(f)); err != nil {
				t.Errorf("%v", err)
			}
		}
		if c["id"] != "projects" {
			continue
		}
		properties := features[0]["properties"].(map[string]any)
		for name, wrong := range map[string]any{"tracks": 1.5, "name": 3.0, "electric": "yes", "opened": "soon", "changed": "2017-10-30", "page": "no uri"} {
			right := properties[name]
			properties[name] = wrong
			if schema.Validate(any(features[0])) == nil {
				t.Errorf("%s may be %v", name, wrong)
			}
			properties[name] = right
		}
		delete(properties, "nothing")
		if schema.Validate(any(features[0])) == nil {
			t.Error("a property may be missing")
		}
	}
}
