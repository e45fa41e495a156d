package oc4ids_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/register/oc4ids"
)

// The corpus in testdata was written from the standard, apart from the checker:
// each file of faults is a file of sound with one thing changed.

// place is what two checkers can agree on: wording is each one's own.
type place struct{ kind, pointer, severity string }

func (p place) String() string { return fmt.Sprintf("%s %s at %q", p.severity, p.kind, p.pointer) }

func findings(t *testing.T, file string) []oc4ids.Finding {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found, err := oc4ids.Check(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return found
}

// places gives the findings that keep picks as a set: how many findings share a
// place depends on how a checker groups its messages.
func places(found []oc4ids.Finding, keep func(oc4ids.Finding) bool) map[place]bool {
	set := map[place]bool{}
	for _, f := range found {
		if keep(f) {
			set[place{f.Kind, f.Pointer, f.Severity}] = true
		}
	}
	return set
}

func notInfo(f oc4ids.Finding) bool { return f.Severity != "info" }

func ofKind(kinds ...string) func(oc4ids.Finding) bool {
	return func(f oc4ids.Finding) bool { return slices.Contains(kinds, f.Kind) }
}

func same(t *testing.T, got, want map[place]bool) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for p := range want {
		if !got[p] {
			t.Errorf("missing: %v", p)
		}
	}
	for p := range got {
		if !want[p] {
			t.Errorf("unexpected: %v", p)
		}
	}
}

func TestFaults(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "faults.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if columns := []string{"file", "kind", "pointer", "severity"}; len(rows) == 0 || !slices.Equal(rows[0], columns) {
		t.Fatalf("faults.csv does not begin with the columns %q", columns)
	}
	want := map[string]map[place]bool{}
	for _, r := range rows[1:] {
		if want[r[0]] == nil {
			want[r[0]] = map[place]bool{}
		}
		want[r[0]][place{r[1], r[2], r[3]}] = true
	}
	// A corpus that shrank, or a file that no row speaks of, would pass unseen.
	if len(rows)-1 < 60 {
		t.Errorf("only %d rows", len(rows)-1)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "faults", "*"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		there[name] = true
		if want[name] == nil {
			t.Errorf("%s has no row", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			if !there[name] {
				t.Fatal("there is no such file")
			}
			found := findings(t, filepath.Join("testdata", "faults", name))
			grave := map[place]bool{}
			all := places(found, func(oc4ids.Finding) bool { return true })
			for p := range want[name] {
				if p.severity != "info" {
					grave[p] = true
				} else if !all[p] {
					t.Errorf("missing: %v", p)
				}
			}
			// Information is not part of the claim: the base may use a code
			// or a field of its own, which is no fault.
			same(t, places(found, notInfo), grave)
		})
	}
}

func TestSound(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "sound", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Errorf("only %d sound packages", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			same(t, places(findings(t, file), notInfo), nil)
		})
	}
}

// reference gives a file of the reference material, which is no part of the
// repository: the project must build and pass without it. So a bare clone skips
// even where KARVAN_REQUIRE is set, unless the folder was named.
func reference(t *testing.T, name string) string {
	t.Helper()
	named := os.Getenv("KARVAN_SHARED_DATA")
	folder := named
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	folder = filepath.Join(folder, "reference", "oc4ids")
	if _, err := os.Stat(folder); err != nil {
		if named != "" {
			check.Skip(t, "no OC4IDS reference material in %s, the folder of KARVAN_SHARED_DATA", named)
		}
		t.Skipf("no OC4IDS reference material in %s; KARVAN_SHARED_DATA can name another folder", folder)
	}
	return filepath.Join(folder, filepath.FromSlash(name))
}

// The official checker's own tests expect these findings of its fixtures.
func TestReferenceFixtures(t *testing.T) {
	additional := []string{"missing-currency", "missing-values", "missing-org-refs", "invalid-project-ids"}
	codes := []string{"additional_open_codelist_values", "additional_closed_codelist_values"}
	for _, c := range []struct {
		name  string
		kinds []string
		want  map[place]bool
	}{
		{"example-additional-checks", additional, map[place]bool{
			{"missing-currency", "/projects/0/budget/amount", "warning"}:                                 true,
			{"missing-values", "/projects/0/locations/1/gazetteer/identifiers", "warning"}:               true,
			{"missing-org-refs", "/projects/0/publicAuthority/id", "warning"}:                            true,
			{"missing-org-refs", "/projects/0/contractingProcesses/0/summary/suppliers/0/id", "warning"}: true,
			{"invalid-project-ids", "/projects/0/id", "error"}:                                           true,
		}},
		{"example-additional-checks-no-projects", additional, map[place]bool{
			{"missing-values", "/publicAuthority", "warning"}: true,
		}},
		{"example-additional-codes", codes, map[place]bool{
			{"additional_open_codelist_values", "/projects/0/sector/2", "info"}:                  true,
			{"additional_open_codelist_values", "/projects/0/parties/0/roles/4", "info"}:         true,
			{"additional_open_codelist_values", "/projects/0/documents/0/documentType", "info"}:  true,
			{"additional_closed_codelist_values", "/projects/0/budget/amount/currency", "error"}: true,
			// The official tests do not look at these three: a gazetteer "osm",
			// a misspelt document type, and the status "completed", which the
			// codelist of 0.9.5 does not have.
			{"additional_open_codelist_values", "/projects/0/locations/1/gazetteer/scheme", "info"}:                            true,
			{"additional_open_codelist_values", "/projects/0/contractingProcesses/2/summary/documents/1/documentType", "info"}: true,
			{"additional_closed_codelist_values", "/projects/0/status", "error"}:                                               true,
		}},
		{"invalid-json", []string{"invalid-json"}, map[place]bool{{"invalid-json", "", "error"}: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := findings(t, reference(t, "fixtures/"+c.name+".json"))
			same(t, places(found, ofKind(c.kinds...)), c.want)
		})
	}
	isError := func(f oc4ids.Finding) bool { return f.Severity == "error" }
	t.Run("example-data", func(t *testing.T) {
		same(t, places(findings(t, reference(t, "fixtures/example-data.json")), isError), nil)
	})
	// Five fields are missing of one object, so that only the messages differ.
	t.Run("rubbish", func(t *testing.T) {
		found := findings(t, reference(t, "fixtures/rubbish.json"))
		same(t, places(found, isError), map[place]bool{{"required", "", "error"}: true})
		messages := map[string]bool{}
		for _, f := range found {
			if isError(f) {
				messages[f.Message] = true
			}
		}
		if len(messages) != 5 {
			t.Errorf("%d errors, want 5: %q", len(messages), slices.Sorted(maps.Keys(messages)))
		}
		same(t, places(found, ofKind("additional_fields")), map[place]bool{
			{"additional_fields", "/hello", "info"}: true,
			{"additional_fields", "/dogs", "info"}:  true,
		})
	})
}

// The standard's worked example keeps its schema, and yet puts the latitude of
// both its junctions first.
func TestReferenceExample(t *testing.T) {
	found := findings(t, reference(t, "examples/example.json"))
	same(t, places(found, func(f oc4ids.Finding) bool { return f.Severity == "error" }), nil)
	same(t, places(found, ofKind("geometry-latitude-first")), map[place]bool{
		{"geometry-latitude-first", "/projects/0/locations/0/geometry/coordinates", "warning"}: true,
		{"geometry-latitude-first", "/projects/0/locations/1/geometry/coordinates", "warning"}: true,
	})
}
