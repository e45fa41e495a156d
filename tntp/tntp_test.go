package tntp

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.tntp")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const head = "<NUMBER OF ZONES> 2\t\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 2\n<END OF METADATA>\n\n~ \tinit node\n"

func TestReadNetwork(t *testing.T) {
	n, err := ReadNetwork(write(t, head+"\t1\t3\t25900.20064\t6\t6\t0.15\t4\t0\t1.5\t1\t;\r\n 3 2 1 0 0 1e-18 16.5 0 0 1; ~ a comment\n"))
	if err != nil {
		t.Fatal(err)
	}
	if n.Zones != 2 || n.Nodes != 3 || n.FirstThrough != 2 || len(n.From) != 2 || n.From[1] != 2 || n.To[1] != 1 || n.Capacity[0] != 25900.20064 || n.Toll[0] != 1.5 || n.B[1] != 1e-18 || n.Power[1] != 16.5 {
		t.Errorf("%+v", n)
	}
}

func TestNetworkFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"all of them":     {head + "1 9 5 1 1 0.15 4 0 0 1 ;\nx 2 5 1 -1 0.15 4 0 0 1 ;\n", []string{":8: term_node: a node from 1 to 3", ":9: init_node: a number"}},
		"a field short":   {head + "1 3 5 1 1 0.15 4 0 0 ;\n", []string{":8: 10 fields were expected", "not 9"}},
		"no capacity":     {head + "1 3 0 1 1 0.15 4 0 0 1 ;\n", []string{"capacity: more than 0"}},
		"no power":        {head + "1 3 5 1 1 0.15 0 0 0 1 ;\n", []string{"power: more than 0"}},
		"negative":        {head + "1 3 5 1 -1 0 0 0 0 1 ;\n", []string{"free_flow_time: 0 or more"}},
		"links missing":   {head + "1 3 5 1 1 0 0 0 0 1 ;\n", []string{"NUMBER OF LINKS: the file has 1 links"}},
		"no metadata":     {"1 3 5 1 1 0 0 0 0 1 ;\n", []string{"NUMBER OF ZONES: the metadata has no such line"}},
		"a bad number":    {strings.Replace(head, "ZONES> 2", "ZONES> two", 1), []string{"NUMBER OF ZONES", `"two"`}},
		"an open bracket": {"<NUMBER OF ZONES 2\n", []string{"angle brackets"}},
	} {
		_, err := ReadNetwork(write(t, c.text))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not in %v", name, w, err)
			}
		}
	}
}

// A file of a design problem has the links that are there, then those that may be built.
func TestReadCandidates(t *testing.T) {
	meta := "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<NUMBER OF LINKS> 2\n<NUMBER OF NEW LINKS> 1\n<END OF METADATA>\n"
	n, err := ReadNetwork(write(t, meta+"1 3 5 1 1 0.15 4 0 0 1 0 ;\n3 2 5 1 1 0.15 4 0 0 1 0;\n\n\t1 2 8 1 2 0.15 4 0 0 1 750 ;\n"))
	if err != nil || len(n.From) != 2 || len(n.Candidates) != 1 || n.Candidates[0].Cost != 750 || n.Candidates[0].Capacity != 8 || n.Candidates[0].To != 1 {
		t.Fatalf("%+v %v", n, err)
	}
	for text, want := range map[string]string{
		"1 3 5 1 1 0.15 4 0 0 1 9 ;\n": ":6: cost: 0 was expected",
		"1 3 5 1 1 0.15 4 0 0 1 0 ;\n3 2 5 1 1 0.15 4 0 0 1 0 ;\n1 2 8 1 2 0.15 4 0 0 1 0 ;\n": ":8: cost: more than 0",
		"1 3 5 1 1 0.15 4 0 0 1 0 ;\n3 2 5 1 1 0.15 4 0 0 1 0 ;\n":                             "the file has 0 new links",
		"1 3 5 1 1 0.15 4 0 0 1 ;\n": "11 fields",
	} {
		if _, err := ReadNetwork(write(t, meta+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestReadTrips(t *testing.T) {
	trips, err := ReadTrips(write(t, "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 10.5\n<END OF METADATA>\n\nOrigin \t1 \n    1 :      0.0;     2 :    1.5; 3:9\norigin 3\n2 : 0.25;\n"))
	if err != nil {
		t.Fatal(err)
	}
	if trips.Zones != 3 || trips.Total != 10.5 || len(trips.Origin) != 3 || trips.Origin[2] != 2 || trips.Dest[1] != 2 || trips.Volume[0] != 1.5 {
		t.Errorf("%+v", trips)
	}
	_, err = ReadTrips(write(t, "<NUMBER OF ZONES> 3\n<END OF METADATA>\n2 : 1;\nOrigin 9\n1 : 1;\nOrigin 1\n2 = 5;\n4 : 1; 2 : -1; 3 : x;\n"))
	for _, want := range []string{":3: a line", ":4: origin", ":7: destination : volume", ":8: destination", ":8: volume: a number of 0 or more was expected (got \"-1\")", `"x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// Numbers read the short way are those read the long way.
func TestNumber(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "25900.20064": 25900.20064, "-1.5": -1.5, "+3": 3, ".5": 0.5, "5.": 5, "0.1": 0.1, "123456789012345": 123456789012345, "1234567890.123456789": 1234567890.123456789, "1e-18": 1e-18, "2E3": 2000} {
		if v, ok := number([]byte(text)); !ok || v != want {
			t.Errorf("%s: %v %v", text, v, ok)
		}
	}
	for _, text := range []string{"", "x", "1x", ".", "-", "1e", "NaN", "Inf", "1,5"} {
		if v, ok := number([]byte(text)); ok {
			t.Errorf("%q was read as %g", text, v)
		}
	}
}

func FuzzNetwork(f *testing.F) {
	f.Add(head + "1 3 5 1 1 0.15 4 0 0 1 ;\n")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ReadNetwork(write(t, text))
		if err == nil {
			for a := range n.From {
				if n.From[a] < 0 || int(n.From[a]) >= n.Nodes || math.IsNaN(n.FreeFlow[a]) {
					t.Errorf("link %d: %+v", a, n)
				}
			}
		}
		ReadTrips(write(t, text))
	})
}
