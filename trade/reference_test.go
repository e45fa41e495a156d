package trade_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/trade"
)

// shared gives the path of reference data beside the project.
func shared(t testing.TB, parts ...string) string { return check.Shared(t, parts...) }

func frame(t testing.TB, path string) *trade.Frame {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	frame, err := trade.ReadFrame(f)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// TestReferencePPML sets estimates against pyfixest 0.60.0 at its tightest
// tolerance: coefficients to 1e-8, standard errors to 1e-6 of themselves.
func TestReferencePPML(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(shared(t, "reference", "trade", "ppml"), "n*"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no cases", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Formula    string
				Cluster    string
				NUsed      int                `json:"n_used"`
				NSeparated int                `json:"n_separated"`
				Coef       map[string]float64 `json:"coef"`
				SECRV1     map[string]float64 `json:"se_crv1_default_ssc"`
				SEHC1      map[string]float64 `json:"se_hc1"`
				Deviance   float64
				Dropped    []string `json:"dropped_collinear"`
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if (testing.Short() || raceDetector) && want.NUsed > 100000 {
				t.Skip("large")
			}
			formula, err := trade.ParseFormula(want.Formula)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(want.Cluster, "none") {
				want.Cluster, want.SECRV1 = "", nil
			}
			data := frame(t, filepath.Join(dir, "data.csv.gz"))
			for se, errors := range map[string]map[string]float64{trade.Cluster: want.SECRV1, trade.HC1: want.SEHC1} {
				if se == trade.HC1 && want.NUsed > 300000 || errors == nil {
					continue
				}
				m, _, err := trade.BuildModel(data, formula, want.Cluster, "", "")
				if err != nil {
					t.Fatal(err)
				}
				fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{SE: se})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: %d iterations, %.3f s, dropped %v", se, fit.Iterations, fit.SolveS, fit.Dropped)
				if fit.Used != want.NUsed || fit.Separated != want.NSeparated {
					t.Errorf("%d used and %d separated, expected %d and %d (%d singletons)", fit.Used, fit.Separated, want.NUsed, want.NSeparated, fit.Singletons)
				}
				if rel := math.Abs(fit.Deviance/want.Deviance - 1); rel > 1e-9 {
					t.Errorf("deviance %.12g, expected %.12g", fit.Deviance, want.Deviance)
				}
				if len(fit.Coefficients) != len(want.Coef) {
					t.Errorf("%d coefficients, expected %d", len(fit.Coefficients), len(want.Coef))
				}
				for _, c := range fit.Coefficients {
					if d := math.Abs(c.Estimate - want.Coef[c.Name]); d > 1e-8 {
						t.Errorf("%s: %.12g, off by %.1e", c.Name, c.Estimate, d)
					}
					if rel := math.Abs(c.StdError/errors[c.Name] - 1); rel > 1e-6 {
						t.Errorf("%s %s: standard error %.9g, expected %.9g, off by %.1e", se, c.Name, c.StdError, errors[c.Name], rel)
					}
				}
			}
		})
	}
}
