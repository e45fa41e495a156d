package pandapipes

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

// cases gives the folder of cases solved with pandapipes.
func cases(t *testing.T) string {
	t.Helper()
	return check.Shared(t, "reference", "pipelines", "pandapipes")
}

// expected is what pandapipes 0.16.0 gives under one law of friction.
type expected struct {
	Gauge map[string]float64 `json:"p_bar_gauge"`
	Pipes map[string]struct {
		KgPerS   float64 `json:"mdot_from_kg_per_s"`
		Reynolds float64 `json:"reynolds"`
		Lambda   float64 `json:"lambda"`
	} `json:"pipes"`
}

// Every case under every law of friction: pressures to 1e-6 of the absolute pressure, flows to
// 1e-6 of the largest.
func TestReferenceCases(t *testing.T) {
	root := cases(t)
	files, err := filepath.Glob(filepath.Join(root, "[gl][0-9]*.json"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d cases at %s, expected 12 (%v)", len(files), root, err)
	}
	solved := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Expected map[string]expected `json:"expected"`
		}
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		for _, law := range []pipeflow.Friction{pipeflow.Nikuradse, pipeflow.ColebrookWhite, pipeflow.SwameeJain} {
			want, ok := c.Expected[string(law)]
			if !ok { // of the largest case pandapipes was run with one law only
				continue
			}
			solved++
			t.Run(filepath.Base(path)+"/"+string(law), func(t *testing.T) { compare(t, path, law, want) })
		}
	}
	if solved != 34 {
		t.Errorf("%d solutions compared, expected 34", solved)
	}
}

func compare(t *testing.T, path string, law pipeflow.Friction, want expected) {
	open := func(path string) *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	net, err := Read(open(path), open(filepath.Join(filepath.Dir(path), "fluids.json")), path)
	if err != nil {
		t.Fatal(err)
	}
	net.Friction = law
	solver, err := pipeflow.NewSolver(net)
	if err != nil {
		t.Fatal(err)
	}
	r, err := solver.Solve(context.Background(), pipeflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Gauge) != len(net.Nodes) || len(want.Pipes) != len(net.Pipes) {
		t.Fatalf("%d nodes and %d pipes, expected %d and %d", len(net.Nodes), len(net.Pipes), len(want.Gauge), len(want.Pipes))
	}
	worstBar, atNode, worstFlow, atPipe, largest := 0.0, "", 0.0, "", 0.0
	for i, n := range net.Nodes {
		absolute := want.Gauge[n.ID] + AirBar(n.HeightM)
		if d := math.Abs(r.PressureBar[i]/absolute - 1); !(d <= worstBar) {
			worstBar, atNode = d, n.ID
		}
	}
	for _, p := range want.Pipes {
		largest = math.Max(largest, math.Abs(p.KgPerS))
	}
	for i, p := range net.Pipes {
		if d := math.Abs(r.Pipes[i].KgPerS-want.Pipes[p.ID].KgPerS) / largest; !(d <= worstFlow) {
			worstFlow, atPipe = d, p.ID
		}
	}
	t.Logf("pressure %.1e (%s), flow %.1e (%s), %d iterations", worstBar, atNode, worstFlow, atPipe, r.Iterations)
	if !(worstBar <= 1e-6) {
		t.Errorf("pressure of %s is off by a share of %.2e", atNode, worstBar)
	}
	if !(worstFlow <= 1e-6) {
		t.Errorf("flow of %s is off by a share of %.2e of the largest", atPipe, worstFlow)
	}
}
