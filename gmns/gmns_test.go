package gmns

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	config = "dataset_name,short_length,long_length,speed\nexample,m,mi,mph\n"
	nodes  = "\ufeffnode_id,x_coord,y_coord,node_type,zone_id\n7,0,0,,\n10,0,0,centroid,1\n20,0,0,centroid,2\n"
	links  = "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,vdf_alpha,vdf_beta,toll\na,10,7,1,2,30,1000,2,0.15,4,\nb,7,20,false,1,60,900,1,,,3\nshut,7,20,1,1,60,900,0,,,\n"
	trips  = "o_zone_id,d_zone_id,volume\n1,2,500\n2,1,0\n"
)

func TestRead(t *testing.T) {
	dir := folder(t, map[string]string{"config.csv": config, "node.csv": nodes, "link.csv": links, "demand.csv": trips})
	n, err := ReadNetwork(dir, Options{Alpha: 0.2, Beta: 5})
	if err != nil {
		t.Fatal(err)
	}
	// Centroids come first; b goes both ways; the closed link is left out.
	if n.Nodes != 3 || n.FirstThrough != 2 || n.NodeID[0] != 10 || n.NodeID[2] != 7 || len(n.From) != 3 || n.From[0] != 0 || n.To[0] != 2 || n.From[2] != 1 || n.LinkID[2] != "b" {
		t.Fatalf("%+v", n)
	}
	if math.Abs(n.FreeFlowMin[0]-4) > 1e-12 || math.Abs(n.LengthKm[0]-3.218688) > 1e-12 || n.Capacity[0] != 2000 || n.Alpha[0] != 0.15 || n.Beta[1] != 5 || n.Toll[1] != 3 {
		t.Errorf("%+v", n)
	}
	list, err := ReadTrips(filepath.Join(dir, "demand.csv"), n)
	if err != nil || len(list.Volume) != 1 || list.Origin[0] != 0 || list.Dest[0] != 1 || list.Volume[0] != 500 {
		t.Errorf("%+v %v", list, err)
	}
}

// Every fault is named, with file, line, field and value.
func TestFaults(t *testing.T) {
	dir := folder(t, map[string]string{
		"config.csv": "long_length,speed\nrods,mph\n",
		"node.csv":   "node_id,zone_id\n1,5\n1,\n2,5\nx,\n3\n",
		"link.csv":   "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes\na,1,9,1,1,50,100,1\nb,1,2,maybe,-1,0,,1\n",
	})
	_, err := ReadNetwork(dir, Options{Alpha: -1})
	for _, want := range []string{"config.csv:2: long_length", `"rods"`, "node.csv:3: node_id: the node stands on line 2", "node.csv:4: zone_id", `:5: node_id: a whole number was expected (got "x")`, ":6: 2 fields",
		"link.csv:2: to_node_id: node.csv has no such node", "link.csv:2: vdf_alpha", ":3: directed", ":3: length", ":3: free_speed", ":3: capacity: a value is required"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if _, err := ReadNetwork(folder(t, map[string]string{"node.csv": nodes, "link.csv": "link_id\n"}), Options{}); err == nil || !strings.Contains(err.Error(), "config.csv: the file is required") || !strings.Contains(err.Error(), "free_speed: the column is required") {
		t.Error(err)
	}
	for text, want := range map[string]string{"long_length,speed\n": "config.csv: one row", "long_length,speed\nkm,kph\nmi,mph\n": "config.csv:3: one row", "long_length,speed\n\"km,kph\n": "config.csv:2:"} {
		if _, err := ReadNetwork(folder(t, map[string]string{"config.csv": text, "node.csv": nodes, "link.csv": links}), Options{Alpha: 0.15, Beta: 4}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	n, err := ReadNetwork(folder(t, map[string]string{"config.csv": config, "node.csv": nodes, "link.csv": links}), Options{Alpha: 0.15, Beta: 4})
	if err != nil {
		t.Fatal(err)
	}
	bad := folder(t, map[string]string{"d.csv": "o_zone_id,d_zone_id,volume\n1,9,5\n1,2,\n1,2,-3\n"})
	_, err = ReadTrips(filepath.Join(bad, "d.csv"), n)
	for _, want := range []string{":2: d_zone_id", ":3: volume: a value is required", `:4: volume: a number of 0 or more was expected (got "-3")`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(config, nodes, links, trips)
	f.Fuzz(func(t *testing.T, config, nodes, links, trips string) {
		dir := folder(t, map[string]string{"config.csv": config, "node.csv": nodes, "link.csv": links, "demand.csv": trips})
		n, err := ReadNetwork(dir, Options{Alpha: 0.15, Beta: 4})
		if err != nil {
			return
		}
		for a := range n.From {
			if n.From[a] < 0 || int(n.From[a]) >= n.Nodes || math.IsNaN(n.FreeFlowMin[a]) {
				t.Errorf("link %d of %+v", a, n)
			}
		}
		ReadTrips(filepath.Join(dir, "demand.csv"), n)
	})
}
