package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// twoRoads writes a network whose one pair has two roads, of 10(1+x) and 10(1+y/3), and a tail:
//
//	1 ==(two roads)==> 3 --> 2      4 trips from 1 to 2, 8 from 1 to 3
func twoRoads(t *testing.T) (net, trips string) {
	t.Helper()
	dir := t.TempDir()
	net, trips = filepath.Join(dir, "net.tntp"), filepath.Join(dir, "trips.tntp")
	for path, text := range map[string]string{
		net:   "<NUMBER OF ZONES> 3\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 4\n<END OF METADATA>\n1 3 1 7 10 1 1 0 0 1;\n1 4 1 2 0 0 1 0 5 1;\n4 3 3 2 10 1 1 0 0 1;\n3 2 1 1 1 0 1 0 0 1;\n",
		trips: "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 12\n<END OF METADATA>\nOrigin 1\n2 : 4; 3 : 8;\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return net, trips
}

// By hand: 3 trips go straight and 9 by node 4, at a cost of 40; each pair splits alike.
func TestSelectLink(t *testing.T) {
	net, trips := twoRoads(t)
	var out []selectedLink
	decode(t, mustRun(t, "select-link", "--net", net, "--trips", trips, "--link", "1-3", "--link", "3-2", "--json"), &out)
	if len(out) != 2 || math.Abs(out[0].Flow-3) > 1e-6 || len(out[0].Pairs) != 2 || math.Abs(out[0].Pairs[0].Flow-2) > 1e-6 || math.Abs(out[0].Pairs[1].Flow-1) > 1e-6 {
		t.Fatalf("%+v", out)
	}
	if tail := out[1]; math.Abs(tail.Flow-4) > 1e-6 || len(tail.Pairs[0].Routes) != 2 || math.Abs(tail.Pairs[0].Routes[0].Flow-3) > 1e-6 || len(tail.Pairs[0].Routes[0].Nodes) != 4 {
		t.Fatalf("%+v", tail)
	}
	text := mustRun(t, "select-link", "--net", net, "--trips", trips, "--link", "1-3")
	if !strings.Contains(text, "2 pairs") || !strings.Contains(text, "25 %") {
		t.Error(text)
	}
	for name, says := range map[string]string{"1": "11-15", "2-1": "no link from node 2"} {
		if _, errs, status := run(t, "select-link", "--net", net, "--trips", trips, "--link", name); status != 64 || !strings.Contains(errs, says) {
			t.Errorf("%s: status %d, %q", name, status, errs)
		}
	}
}

// By hand: without the straight road 12 trips pay 10(1+12/3) = 50 instead of 40; the tail is the
// only way to 2.
func TestCritical(t *testing.T) {
	net, trips := twoRoads(t)
	var out criticalLinks
	decode(t, mustRun(t, "critical", "--net", net, "--trips", trips, "--gap", "1e-10", "--json"), &out)
	found := map[string]criticalLink{}
	for _, l := range out.Links {
		found[l.Link] = l
	}
	if math.Abs(out.TSTT-484) > 1e-4 || math.Abs(found["1-3"].Loss-120) > 1e-4 || found["3-2"].CutOff != 4 || out.Links[0].Link == "1-3" || math.Abs(found["1-4"].Loss-12*90) > 1e-3 {
		t.Errorf("%+v", out)
	}
	// Without the tail 8 trips are left: 2 and 6, at 30.
	if math.Abs(found["3-2"].Loss-(240-320)) > 1e-3 {
		t.Errorf("%+v", found["3-2"])
	}
	if text := mustRun(t, "critical", "--net", net, "--trips", trips, "--link", "1-3,3-2"); !strings.Contains(text, "2 links closed") {
		t.Error(text)
	}
}

func TestSkim(t *testing.T) {
	net, trips := twoRoads(t)
	path := filepath.Join(t.TempDir(), "skim.csv")
	mustRun(t, "skim", "--net", net, "-o", path)
	text, err := os.ReadFile(path)
	want := "from_zone,to_zone,cost,time,distance,toll\n1,1,0,0,0,0\n1,2,11,11,8,0\n1,3,10,10,7,0\n2,1,,,,\n2,2,0,0,0,0\n2,3,,,,\n3,1,,,,\n3,2,1,1,1,0\n3,3,0,0,0,0\n"
	if err != nil || string(text) != want {
		t.Errorf("%s %v", text, err)
	}
	mustRun(t, "skim", "--net", net, "--trips", trips, "--gap", "1e-12", "--distance-weight", "0.5", "--workers", "1", "-o", path)
	if text, err = os.ReadFile(path); err != nil || !strings.Contains(string(text), "\n1,1,0,0,0,0\n") || strings.Contains(string(text), "\n1,3,10,") {
		t.Errorf("%s %v", text, err)
	}
	if _, errs, status := run(t, "skim", "--net", net, "-o", "skim.omx"); status != 64 || !strings.Contains(errs, ".parquet") {
		t.Errorf("status %d, %q", status, errs)
	}
}

// The same network as a GMNS folder: nodes have numbers of their own, a centroid is no way
// through, and flows are those of the two roads.
func TestAssignGMNS(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.csv": "long_length,speed\nkm,kph\n",
		"node.csv":   "node_id,x_coord,y_coord,node_type,zone_id\n30,0,0,,\n40,0,0,,\n100,0,0,centroid,1\n300,0,0,centroid,3\n",
		"link.csv": "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,vdf_alpha,vdf_beta\nin,100,30,1,0,60,1,1,0,1\nout,40,300,1,0,60,1,1,0,1\n" +
			"straight,30,40,1,10,60,1,1,1,1\nround,30,40,1,10,60,1,3,1,1\n",
		"demand.csv": "o_zone_id,d_zone_id,volume\n1,3,12\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flows := filepath.Join(dir, "flows.txt")
	var out assigned
	decode(t, mustRun(t, "assign", "--net", dir, "--trips", filepath.Join(dir, "demand.csv"), "--gap", "1e-12", "--flows", flows, "--json"), &out)
	if math.Abs(out.TSTT-12*40) > 1e-6 || out.Zones != 2 || out.Nodes != 4 {
		t.Errorf("%+v", out)
	}
	text, err := os.ReadFile(flows)
	if err != nil || !strings.Contains(string(text), "\n100\t30\t12\t0\n") {
		t.Errorf("%s %v", text, err)
	}
	skim := filepath.Join(dir, "skim.csv")
	mustRun(t, "skim", "--net", dir, "-o", skim)
	if text, err = os.ReadFile(skim); err != nil || !strings.Contains(string(text), "\n1,3,10,10,10,0\n") || !strings.Contains(string(text), "\n3,1,,,,\n") {
		t.Errorf("%s %v", text, err)
	}
	// Half of them are gone where the cost is twice that of the empty network.
	decode(t, mustRun(t, "assign", "--net", dir, "--trips", filepath.Join(dir, "demand.csv"), "--gap", "1e-10", "--demand", "linear", "--demand-slope", "0.5", "--json"), &out)
	// 10 (1 + x/4) with x = 12 (1 - 0.5 x/4): x = 4.8.
	if out.Trips == nil || math.Abs(*out.Trips-4.8) > 1e-4 {
		t.Errorf("%+v", out)
	}
	decode(t, mustRun(t, "assign", "--net", dir, "--trips", filepath.Join(dir, "demand.csv"), "--dispersion", "0.5", "--json"), &out)
	if out.Residual == nil || *out.Residual > 1e-6 || out.Objective != nil || out.TSTT <= 480 {
		t.Errorf("%+v", out)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--demand", "steep", "--demand-slope", "1"}, 64, "linear"},
		{[]string{"--demand", "linear"}, 64, "slope above 0"},
		{[]string{"--dispersion", "0"}, 64, "--dispersion"},
		{[]string{"--dispersion", "1", "--method", "bush"}, 64, "--method"},
		{[]string{"--trips", filepath.Join(dir, "link.csv")}, 2, "o_zone_id"},
	} {
		args := append([]string{"assign", "--net", dir, "--trips", filepath.Join(dir, "demand.csv")}, c.args...)
		if _, errs, status := run(t, args...); status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %q", c.args, status, errs)
		}
	}
}

// What was found by using the commands in bad faith.
func TestRoadCommandsInBadFaith(t *testing.T) {
	net, trips := twoRoads(t)
	away := filepath.Join(filepath.Dir(trips), "away.tntp")
	if err := os.WriteFile(away, []byte("<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n2 : 4; 3 : 8;\nOrigin 3\n1 : 5;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A pair that never had a path is not cut off by a closing.
	var out criticalLinks
	decode(t, mustRun(t, "critical", "--net", net, "--trips", away, "--set-aside-unreachable", "--link", "3-2", "--json"), &out)
	if out.Links[0].CutOff != 4 || !out.Converged {
		t.Errorf("%+v", out)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"select-link", "--net", net, "--trips", trips, "--link", "1-3", "--most", "-1"}, 64, "--most"},
		{[]string{"critical", "--net", net, "--trips", trips, "--most", "-1"}, 64, "--most"},
		{[]string{"select-link", "--net", net, "--trips", trips, "--link", ""}, 64, "--link"},
		{[]string{"select-link", "--net", net, "--trips", trips}, 64, "link"},
		{[]string{"assign", "--net", net}, 64, "trips"},
		{[]string{"assigned"}, 64, "unknown command"},
		{[]string{"assign", "--net", net, "--trips", trips, "--workers", "-1"}, 64, "--workers"},
		{[]string{"assign", "--net", net, "--trips", trips, "--nearer-only"}, 64, "--dispersion"},
		{[]string{"assign", "--net", net, "--trips", trips, "--demand", "logit", "--demand-slope", "1"}, 64, "--demand-other"},
		{[]string{"critical", "--net", net, "--trips", trips, "--gap", "1e-300", "--max-iterations", "1"}, 3, "not converged"},
	} {
		if _, errs, status := run(t, c.args...); status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %q", c.args, status, errs)
		}
	}
	huge := filepath.Join(filepath.Dir(trips), "huge.tntp")
	if err := os.WriteFile(huge, []byte("<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n2 : 1e300; 3 : 1e300;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := run(t, "assign", "--net", net, "--trips", huge, "--json"); status != 1 || !strings.Contains(errs, "overflow") {
		t.Errorf("status %d, %q", status, errs)
	}
}
