package pgtest

import (
	"os"
	"sync"
	"testing"
)

var (
	named   = map[string]string{}
	namedMu sync.Mutex
)

// On reports whether the tests are to use PostgreSQL where they can use either
// database: KARVAN_TEST_DATABASE is postgres then.
func On() bool { return os.Getenv("KARVAN_TEST_DATABASE") == "postgres" }

// Database gives what a test opens: the file, or where [On] says so a schema of
// PostgreSQL in its place, the same one whenever the same file is named.
func Database(t testing.TB, file string) string {
	t.Helper()
	if !On() {
		return file
	}
	namedMu.Lock()
	defer namedMu.Unlock()
	if named[file] == "" {
		named[file] = Address(t)
	}
	return named[file]
}
