package studies_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The indicators and loads of the starter study, to nine digits. A change of
// this file is a change of results: read the difference, and say so in the
// change log.
func TestGolden(t *testing.T) {
	sub, err := fs.Sub(studies.Files, "starter")
	if err != nil {
		t.Fatal(err)
	}
	in, list, err := study.LoadFS(sub)
	if err != nil || in == nil {
		t.Fatal(err, list)
	}
	m := model(t, in)
	tasks, err := m.Tasks(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = m.RunAll(context.Background(), tasks, 1, nil, func(task karvan.Task, o *karvan.Outcome) error {
		for _, i := range o.Indicator {
			fmt.Fprintf(&b, "%s %d %s %.9g %s\n", task.Scenario, task.Year, i.ID, i.Value, i.Unit)
		}
		for _, l := range o.Loads {
			fmt.Fprintf(&b, "%s %d %s %+d %.9g of %.9g\n", task.Scenario, task.Year, o.Net.Links[l.Link].Key, l.Direction, l.FlowTPerYr, l.CapacityTPerYr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/starter.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, kept := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(kept)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(kept) {
			w = kept[i]
		}
		if g != w {
			t.Fatalf("line %d: got %q, want %q (go test ./studies -update writes the file anew)", i+1, g, w)
		}
	}
}
