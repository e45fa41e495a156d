// Package check holds what tests of several packages share: tolerances, and
// the rule for tools that a machine may lack.
package check

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Close fails the test unless got lies within the tolerance of want: absolute,
// or relative to want, whichever is larger.
func Close(t testing.TB, what string, got, want, absolute, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= math.Max(absolute, relative*math.Abs(want))) {
		t.Errorf("%s: got %.12g, want %.12g within %.1e or a share of %.1e", what, got, want, absolute, relative)
	}
}

// Tool gives the path of a program, or skips the test with a message. Where
// KARVAN_REQUIRE is set, as in CI, a missing program fails the test.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	Skip(t, "%s is not installed", name)
	return ""
}

// Skip skips the test for want of something that the machine lacks; where
// KARVAN_REQUIRE is set, it fails it.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("KARVAN_REQUIRE") != "" {
		t.Fatalf(format+", and KARVAN_REQUIRE is set", args...)
	}
	t.Skipf(format, args...)
}

// Shared gives the path of reference data that lies beside the project: in the folder that
// KARVAN_SHARED names, else in ../shared/data of the module. Where it is absent the test is
// skipped, or fails, as [Skip] has it.
func Shared(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("KARVAN_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(filepath.Dir(dir), "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		Skip(t, "no reference data at %s; KARVAN_SHARED can name another folder", path)
	}
	return path
}
