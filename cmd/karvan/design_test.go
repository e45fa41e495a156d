package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
)

// The network of Braess: the bridge 3 to 4 is worse than nothing, 1 to 2 is worth its cost.
//
//	      10x  +---> 3 ---+ 50+x
//	1 ---------|     |    |--------> 2     six trips; 1 to 2 direct: 60
//	      50+x +---> 4 ---+ 10x
func TestDesignOfBraess(t *testing.T) {
	dir := t.TempDir()
	net, trips := filepath.Join(dir, "net.txt"), filepath.Join(dir, "trips.txt")
	for path, text := range map[string]string{
		net: "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 4\n<NUMBER OF NEW LINKS> 2\n<END OF METADATA>\n" +
			"1 3 1 0 1e-8 1e9 1 0 0 1 0;\n1 4 1 0 50 0.02 1 0 0 1 0;\n3 2 1 0 50 0.02 1 0 0 1 0;\n4 2 1 0 1e-8 1e9 1 0 0 1 0;\n3 4 1 0 10 0.1 1 0 0 1 1;\n1 2 1 0 60 0 1 0 0 1 1;\n",
		trips: "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 6\n<END OF METADATA>\nOrigin 1\n2 : 6;\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		share, tstt float64
		selected    []string
	}{
		{0, 498, []string{}},                // 3 trips a side, 83 each
		{0.5, 360, []string{"1-2"}},         // all cost 60
		{1, 360, []string{"1-2", "bridge"}}, // the bridge may stand unused, and need not be built
	} {
		for _, method := range []string{"branch", "enumerate"} {
			var out designed
			decode(t, mustRun(t, "design", "--net", net, "--trips", trips, "--candidates", net, "--budget-share", strconv.FormatFloat(c.share, 'g', -1, 64), "--method", method, "--json"), &out)
			if math.Abs(out.TSTT-c.tstt) > 1e-4 || !out.Proved || out.LowerBound == nil || *out.LowerBound != out.TSTT || c.share < 1 && !slices.Equal(out.Selected, c.selected) || math.Abs(out.TSTTBase-498) > 1e-4 {
				t.Errorf("%g, %s: %+v", c.share, method, out)
			}
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--candidates", trips}, 2, "NUMBER OF NODES"},
		{[]string{"--candidates", net, "--budget-share", "2"}, 64, "--budget-share"},
		{[]string{"--candidates", net, "--method", "guess"}, 64, "enumerate"},
	} {
		if _, errs, status := run(t, append([]string{"design", "--net", net, "--trips", trips}, c.args...)...); status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %q", c.args, status, errs)
		}
	}
}

// The certified optima of the Sioux Falls instances with ten candidates.
func TestDesignOfSiouxFalls(t *testing.T) {
	root := check.Shared(t, "networks", "dndp")
	f, err := os.Open(filepath.Join(root, "exact_optima_10.csv"))
	if err != nil {
		check.Skip(t, "no instances at %s", root)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 31 {
		t.Fatal(len(rows), err)
	}
	for k, row := range rows[1:] {
		share, _ := strconv.ParseFloat(row[1], 64)
		want, _ := strconv.ParseFloat(row[5], 64)
		built := strings.Fields(row[4])
		slices.Sort(built)
		methods := []string{"branch", "enumerate"}
		if k%3 != 0 { // sets of the least budget are few: the others are enumerated now and then
			methods = methods[:1+k%2*(k/15)]
		}
		for _, method := range methods {
			var out designed
			net := filepath.Join(root, row[0]+".txt")
			decode(t, mustRun(t, "design", "--net", net, "--trips", filepath.Join(root, "SiouxFalls_trips.txt"), "--candidates", net, "--budget-share", strconv.FormatFloat(share/100, 'g', -1, 64), "--method", method, "--json"), &out)
			slices.Sort(out.Selected)
			if !slices.Equal(out.Selected, built) || math.Abs(out.TSTT/want-1) > 1e-8 || !out.Proved {
				t.Errorf("%s at %s %% by %s: %+v, expected %v of %g", row[0], row[1], method, out, built, want)
			}
		}
	}
}
