package server_test

import (
	"github.com/karvan/karvan/internal/pgtest"

	"flag"
	"os"
	"testing"
)

// The draws of the property tests are the same in every run, so that a failure
// is of the code and not of the day; -rapid.seed=N draws others.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.seed"); f != nil && f.Value.String() == f.DefValue {
		flag.Set("rapid.seed", "20211226")
	}
	os.Exit(pgtest.Main(m))
}
