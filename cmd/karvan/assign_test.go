package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAssign(t *testing.T) {
	dir := t.TempDir()
	net, trips, away := filepath.Join(dir, "net.tntp"), filepath.Join(dir, "trips.tntp"), filepath.Join(dir, "away.tntp")
	for path, text := range map[string]string{
		net:   "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 5\n<END OF METADATA>\n1 3 1 0 1e-8 1e9 1 0 0 1 ;\n1 4 1 0 50 0.02 1 0 0 1 ;\n3 4 1 0 10 0.1 1 0 0 1 ;\n3 2 1 0 50 0.02 1 0 0 1 ;\n4 2 1 0 1e-8 1e9 1 0 0 1 ;\n",
		trips: "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 6\n<END OF METADATA>\nOrigin 1\n1 : 0; 2 : 6;\n",
		away:  "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 9\n<END OF METADATA>\nOrigin 1\n2 : 6;\nOrigin 2\n1 : 3;\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out map[string]any
	decode(t, mustRun(t, "assign", "--net", net, "--trips", trips, "--gap", "1e-12", "--json"), &out)
	has(t, "assign", out, "relative_gap", "objective", "tstt", "sptt", "iterations", "solve_s", "read_s", "nodes", "links", "zones", "workers")
	if z := out["objective"].(float64); z < 385.9999 || z > 386.0001 {
		t.Errorf("objective %v, by hand 386", z)
	}
	for _, method := range []string{"path", "bush", "bfw", "msa"} {
		flows := filepath.Join(dir, method)
		mustRun(t, "assign", "--net", net, "--trips", trips, "--gap", "1e-3", "--method", method, "--flows", flows, "--max-iterations", "5000")
		text, err := os.ReadFile(flows)
		if err != nil || len(strings.Split(strings.TrimSpace(string(text)), "\n")) != 6 {
			t.Errorf("%s: %v %s", method, err, text)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--net", net, "--trips", filepath.Join(dir, "none")}, 1, "none"},
		{[]string{"--net", trips, "--trips", net}, 2, "NUMBER OF NODES"},
		{[]string{"--net", trips, "--trips", net}, 2, net},
		{[]string{"--net", net, "--trips", away}, 1, "2 to 1: 3"},
		{[]string{"--net", net, "--trips", trips, "--gap", "0"}, 64, "--gap"},
		{[]string{"--net", net, "--trips", trips, "--toll-weight", "-1"}, 64, "--toll-weight"},
		{[]string{"--net", net, "--trips", trips, "--method", "magic"}, 64, "bfw"},
	} {
		_, errs, status := run(t, append([]string{"assign"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %q", c.args, status, errs)
		}
	}
	if text, errs, status := run(t, "assign", "--net", net, "--trips", trips, "--gap", "1e-13", "--max-iterations", "1"); status != 3 || !strings.Contains(errs, "not converged") || !strings.Contains(text, "relative gap") {
		t.Errorf("status %d, %q %q", status, text, errs)
	} // A pair without a path is left out when that is said, and named.
	decode(t, mustRun(t, "assign", "--net", net, "--trips", away, "--set-aside-unreachable", "--json"), &out)
	if list := out["set_aside"].([]any); len(list) != 1 || list[0].(map[string]any)["volume"].(float64) != 3 {
		t.Errorf("set aside: %v", list)
	}
	if text, errs, status := run(t, "assign", "--net", net, "--trips", trips, "--gap", "1e-300", "--max-iterations", "1000000", "--method", "msa", "--time-limit", "50ms"); status != 3 || !strings.Contains(errs, "time limit") || !strings.Contains(text, "not converged") {
		t.Errorf("status %d, %q %q", status, text, errs)
	}
}
