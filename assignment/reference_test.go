package assignment

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/tntp"
)

// networks gives the folder of the public benchmark networks; where it is absent the test is
// skipped, or fails if that is not allowed.
func networks(t *testing.T) string {
	t.Helper()
	return check.Shared(t, "networks", "tntp")
}

// readRoad reads a network, with tolls and distance weighed.
func readRoad(t *testing.T, path string, toll, distance float64) *Road {
	t.Helper()
	n, err := tntp.ReadNetwork(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &Road{Nodes: n.Nodes, FirstThrough: int32(n.FirstThrough), From: n.From, To: n.To, FreeFlow: n.FreeFlow, B: n.B, Capacity: n.Capacity, Power: n.Power, Fixed: make([]float64, len(n.From))}
	for a := range r.Fixed {
		r.Fixed[a] = toll*n.Toll[a] + distance*n.Length[a]
	}
	return r
}

// publishedFlows reads the flows of a network in the order of its links; those of parallel
// links stand in their order.
func publishedFlows(t *testing.T, path string, r *Road) []float64 {
	t.Helper()
	f, err := tntp.ReadFlows(path, r.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.From) != len(r.From) {
		t.Fatalf("%s: flows of %d links, the network has %d", path, len(f.From), len(r.From))
	}
	at := map[[2]int32][]float64{}
	for k := range f.From {
		key := [2]int32{f.From[k], f.To[k]}
		at[key] = append(at[key], f.Volume[k])
	}
	out := make([]float64, len(r.From))
	for a := range out {
		key := [2]int32{r.From[a], r.To[a]}
		if len(at[key]) == 0 {
			t.Fatalf("%s: no flow of the link %d-%d", path, key[0]+1, key[1]+1)
		}
		out[a], at[key] = at[key][0], at[key][1:]
	}
	return out
}

// The public benchmark networks to twelve digits: objective, total cost, and flows of links
// whose cost rises with flow (others are not unique) against what is published.
func TestReferenceRoads(t *testing.T) {
	root := networks(t)
	for _, c := range []struct {
		folder, prefix string
		toll, distance float64
		objective      float64
		flows          bool // a file of them is there
		long           bool
	}{
		{"SiouxFalls", "SiouxFalls", 0, 0, 4231335.287107440, true, false},
		{"EasternMassachusetts", "EMA", 0, 0, 26160.3459229108, false, false},
		{"Anaheim", "Anaheim", 0, 0, 1286032.17109603, true, false},
		{"Barcelona", "Barcelona", 0, 0, 1265654.92203176, true, false},
		{"Winnipeg", "Winnipeg", 0, 0, 827911.494629963, true, false},
		{"ChicagoSketch", "ChicagoSketch", 0.02, 0.04, 17313018.7387477, true, true},
		{"Berlin-Friedrichshain", "friedrichshain-center", 0, 0, 618038.880728006, false, false},
		{"Berlin-Tiergarten", "berlin-tiergarten", 0, 0, 683234.569267269, false, false},
		{"Berlin-Mitte-Center", "berlin-mitte-center", 0, 0, 992954.699978024, false, false},
		{"Berlin-Prenzlauerberg-Center", "berlin-prenzlauerberg-center", 0, 0, 1276958.54368531, false, false},
		{"Berlin-Mitte-Prenzlauerberg-Friedrichshain-Center", "berlin-mitte-prenzlauerberg-friedrichshain-center", 0, 0, 2308257.18058457, false, false},
		{"Berlin-Center", "berlin-center", 0, 0, 20817213.1986105, false, true},
	} {
		if c.long && (testing.Short() || raceDetector) {
			continue
		}
		t.Run(c.folder, func(t *testing.T) {
			folder := filepath.Join(root, c.folder)
			r := readRoad(t, filepath.Join(folder, c.prefix+"_net.tntp"), c.toll, c.distance)
			table, err := tntp.ReadTrips(filepath.Join(folder, c.prefix+"_trips.tntp"))
			if err != nil {
				t.Fatal(err)
			}
			var trips []Trip
			for i := range table.Origin {
				trips = append(trips, Trip{table.Origin[i], table.Dest[i], table.Volume[i]})
			}
			methods := exact
			if c.folder == "Berlin-Center" {
				methods = []Method{Path} // bushes take half a minute
			}
			for _, method := range methods {
				res := solveRoad(t, method, r, trips, RoadOptions{RelativeGap: 1e-12})
				t.Logf("%s: %d iterations, gap %.1e, objective %.15g", method, res.Iterations, res.RelativeGap, res.Objective)
				if math.Abs(res.Objective/c.objective-1) > 1e-12 {
					t.Errorf("%s: objective %.15g, expected %.15g", method, res.Objective, c.objective)
				}
				if c.flows {
					compareFlows(t, method, r, res, publishedFlows(t, filepath.Join(folder, c.prefix+"_flow.tntp"), r))
				}
			}
		})
	}
}

// compareFlows sets flows of links whose cost rises, and the total cost, against others.
func compareFlows(t *testing.T, method Method, r *Road, res *RoadResult, flows []float64) {
	t.Helper()
	curves := r.links()
	total, worst := 0.0, 0.0
	at := -1
	for a, x := range flows {
		cost, _ := curves[a].at(x)
		total += x * cost
		if curves[a].slope == 0 {
			continue
		}
		if d := math.Abs(x-res.Flow[a]) / (1 + x); d > worst {
			worst, at = d, a
		}
	}
	t.Logf("%s: total cost %.15g, of the published flows %.15g; flows differ by %.1e at most", method, res.TSTT, total, worst)
	if worst > 1e-6 {
		t.Errorf("%s: link %d-%d carries %.10g, published %.10g", method, r.From[at]+1, r.To[at]+1, res.Flow[at], flows[at])
	}
	if math.Abs(res.TSTT/total-1) > 1e-10 {
		t.Errorf("%s: total cost %.15g, of the published flows %.15g", method, res.TSTT, total)
	}
}

// ChicagoRegional has no trips here: its published flows, read and priced, make the published
// objective.
func TestReferenceObjectiveOfFlows(t *testing.T) {
	folder := filepath.Join(networks(t), "ChicagoRegional")
	r := readRoad(t, filepath.Join(folder, "ChicagoRegional_net.tntp.gz"), 0.1, 0.25)
	l := newLoads(r.links())
	copy(l.flow, publishedFlows(t, filepath.Join(folder, "ChicagoRegional_flow.tntp.gz"), r))
	l.renew()
	const want = 30792611.3864393
	if z := l.objective(); math.Abs(z/want-1) > 1e-11 {
		t.Errorf("objective %.15g, expected %.15g", z, want)
	}
}

// The files of nodes are read whole.
func TestReferenceNodes(t *testing.T) {
	root := networks(t)
	list, err := filepath.Glob(filepath.Join(root, "*", "*_node.tntp"))
	if err != nil || len(list) < 5 {
		t.Fatal(len(list), err)
	}
	for _, path := range list {
		if p, err := tntp.ReadNodes(path, 1<<20); err != nil || len(p.Node) < 24 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
