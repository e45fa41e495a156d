package epanet

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

// examples gives the folder of EPANET's example networks.
func examples(t *testing.T) string {
	t.Helper()
	return check.Shared(t, "reference", "pipelines", "epanet")
}

// EPANET's example networks against EPANET 2.2: heads to 1 mm, flows to 1e-6 m³/s and a share
// of 1e-4. EPANET's results are of single precision.
func TestReferenceNetworks(t *testing.T) {
	root := examples(t)
	for _, name := range []string{"net1_dw", "net1_dw_crude", "net2_dw", "net3_dw", "net3_dw_visc20", "net6_dw"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join(root, name+".inp"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			net, err := Read(f, name+".inp")
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				HeadM    map[string]float64 `json:"head_m"`
				FlowM3PS map[string]float64 `json:"flow_m3s"`
			}
			data, err := os.ReadFile(filepath.Join(root, name+".expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			if len(want.FlowM3PS) != len(net.Links) {
				t.Fatalf("%d links, expected %d", len(net.Links), len(want.FlowM3PS))
			}
			solver, err := pipeflow.NewSolver(net.Network)
			if err != nil {
				t.Fatal(err)
			}
			r, err := solver.Solve(context.Background(), pipeflow.Options{})
			var vacuum *pipeflow.InfeasibleError
			if errors.As(err, &vacuum) {
				t.Logf("%d heads below vacuum, as in EPANET: %v", len(vacuum.Shortfalls), err)
			} else if err != nil {
				t.Fatal(err)
			}
			worstHead, atNode, worstFlow, atLink, share := 0.0, "", 0.0, "", 0.0
			for id, head := range want.HeadM {
				i, ok := net.Node(id)
				if !ok {
					t.Fatalf("no node %s", id)
				}
				if d := math.Abs(net.HeadM(r, i) - head); !(d <= worstHead) {
					worstHead, atNode = d, id
				}
			}
			for id, flow := range want.FlowM3PS {
				i, ok := net.Link(id)
				if !ok {
					t.Fatalf("no link %s", id)
				}
				d := math.Abs(net.FlowM3PerS(r, i) - flow)
				if !(d <= worstFlow) {
					worstFlow, atLink = d, id
				}
				share = math.Max(share, d/(1e-6+1e-4*math.Abs(flow)))
			}
			t.Logf("%d nodes: head %.1e m (%s), flow %.1e m³/s (%s), %.3f of its tolerance, %d iterations in %d rounds", len(want.HeadM), worstHead, atNode, worstFlow, atLink, share, r.Iterations, r.Rounds)
			if !(worstHead <= 1e-3) {
				t.Errorf("head of %s is off by %.2e m", atNode, worstHead)
			}
			if !(share <= 1) {
				t.Errorf("a flow is off by %.2f of its tolerance", share)
			}
		})
	}
}
