package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The starter study calibrated, and its demand taken over: it passes the checks and has what
// was promised.
func TestCalibrate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "study")
	mustRun(t, "new", dir)
	moves := filepath.Join(t.TempDir(), "moves.csv")
	var out calibrated
	decode(t, mustRun(t, "calibrate", dir, "--weight", "0.01", "--rounds", "20", "-o", filepath.Join(dir, "demand", "base.csv"), "--moves", moves, "--json"), &out)
	if len(out.Counts) != 1 || !out.Settled || len(out.Cells) == 0 || out.TAfter == out.TBefore {
		t.Fatalf("%+v", out)
	}
	mustRun(t, "check", dir)
	var again calibrated
	decode(t, mustRun(t, "calibrate", dir, "--weight", "1e6", "--json"), &again)
	if d := again.Counts[0].Before/out.Counts[0].After - 1; d > 1e-3 || d < -1e-3 {
		t.Errorf("%g was promised, the adjusted demand makes %g", out.Counts[0].After, again.Counts[0].Before)
	}
	text, err := os.ReadFile(moves)
	if err != nil || !strings.HasPrefix(string(text), "from_zone,to_zone,commodity_id,") || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%s %v", text, err)
	}
	if text := mustRun(t, "calibrate", dir); !strings.Contains(text, "indicator left out") || !strings.Contains(text, "taken") {
		t.Error(text)
	}
	for says, args := range map[string][]string{"--bound": {"--bound", "1"}, "--weight": {"--weight", "-2"}, "--rounds": {"--rounds", "0"}} {
		if _, errs, status := run(t, append([]string{"calibrate", dir}, args...)...); status != 64 || !strings.Contains(errs, says) {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
	}
}
