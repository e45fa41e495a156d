package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAssign(t *testing.T) {
	dir := t.TempDir()
	net, trips := filepath.Join(dir, "net.tntp"), filepath.Join(dir, "trips.tntp")
	for path, text := range map[string]string{
		net:   "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 5\n<END OF METADATA>\n1 3 1 0 1e-8 1e9 1 0 0 1 ;\n1 4 1 0 50 0.02 1 0 0 1 ;\n3 4 1 0 10 0.1 1 0 0 1 ;\n3 2 1 0 50 0.02 1 0 0 1 ;\n4 2 1 0 1e-8 1e9 1 0 0 1 ;\n",
		trips: "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 6\n<END OF METADATA>\nOrigin 1\n1 : 0; 2 : 6;\n",
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
	for _, method := range []string{"bfw", "msa"} {
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
		{[]string{"--net", trips, "--trips", trips}, 1, "NUMBER OF NODES"},
		{[]string{"--net", net, "--trips", trips, "--gap", "0"}, 64, "--gap"},
		{[]string{"--net", net, "--trips", trips, "--toll-weight", "-1"}, 64, "--toll-weight"},
		{[]string{"--net", net, "--trips", trips, "--method", "magic"}, 64, "bfw"},
	} {
		_, errs, status := run(t, append([]string{"assign"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %q", c.args, status, errs)
		}
	}
	if text, errs, status := run(t, "assign", "--net", net, "--trips", trips, "--gap", "1e-13", "--max-iterations", "1"); status != 1 || !strings.Contains(errs, "not converged") || !strings.Contains(text, "relative gap") {
		t.Errorf("status %d, %q %q", status, text, errs)
	}
}
