//go:build !linux

package pgtest

import (
	"testing"

	"github.com/karvan/karvan/internal/check"
)

// Main runs the tests of a package.
func Main(m *testing.M) int { return m.Run() }

// Address leaves the test out: a cluster of the tests' own is started on Linux only.
func Address(t testing.TB) string {
	t.Helper()
	check.Skip(t, "PostgreSQL is started for tests on Linux only")
	return ""
}
