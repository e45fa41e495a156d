package trade_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/karvan/karvan/trade"
)

// agtpa is the panel of Yotov, Piermartini, Monteiro and Larch (2016), by columns.
type agtpa struct {
	f                            *trade.Frame
	exporter, importer           []string
	year, value                  []float64
	pair                         []int
	domestic                     []bool
	exporterYear, importerYear   []int32
	directed, undirected, origin []int32
}

func readAGTPA(t testing.TB) *agtpa {
	f := frame(t, shared(t, "reference", "trade", "ppml", "agtpa", "agtpa_applications.csv.gz"))
	a := &agtpa{f: f}
	text := func(name string) []string {
		c, err := f.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]string, f.Rows)
		for i, code := range c.Codes {
			out[i] = c.Levels[code]
		}
		return out
	}
	a.exporter, a.importer = text("exporter"), text("importer")
	a.year, a.value = a.numbers(t, "year"), a.numbers(t, "trade")
	for i, p := range a.numbers(t, "pair_id") {
		a.pair = append(a.pair, int(p))
		a.domestic = append(a.domestic, a.exporter[i] == a.importer[i])
	}
	codes := func(key func(i int) string) []int32 {
		index := map[string]int32{}
		out := make([]int32, f.Rows)
		for i := range out {
			k := key(i)
			c, ok := index[k]
			if !ok {
				c = int32(len(index))
				index[k] = c
			}
			out[i] = c
		}
		return out
	}
	a.exporterYear = codes(func(i int) string { return fmt.Sprint(a.exporter[i], a.year[i]) })
	a.importerYear = codes(func(i int) string { return fmt.Sprint(a.importer[i], a.year[i]) })
	a.directed = codes(func(i int) string { return a.exporter[i] + a.importer[i] })
	a.undirected = codes(func(i int) string {
		if a.domestic[i] {
			return "domestic"
		}
		return fmt.Sprint(a.pair[i])
	})
	a.origin = codes(func(i int) string {
		if a.domestic[i] {
			return a.exporter[i]
		}
		return "international"
	})
	return a
}

func (a *agtpa) numbers(t testing.TB, name string) []float64 {
	c, err := a.f.Column(name)
	if err != nil {
		t.Fatal(err)
	}
	return c.Numbers
}

// model takes the rows and columns of one of the expected models.
func (a *agtpa) model(t testing.TB, name, formula string) *trade.Model {
	left, right, _ := strings.Cut(formula, "|")
	_, regressors, _ := strings.Cut(left, "~")
	sum := map[int]float64{}
	four := func(i int) bool { return int(a.year[i]-1986)%4 == 0 }
	for i := range a.year {
		if four(i) {
			sum[a.pair[i]] += a.value[i]
		}
	}
	var rows []int
	for i := range a.year {
		keep := true
		switch {
		case name == "app1_ppml" || name == "app3_ppml_rta":
			keep = four(i) && !a.domestic[i]
		case name == "annual_gravity":
			keep = !a.domestic[i]
		case name == "app3_intra_rta":
			keep = four(i)
		case strings.HasPrefix(name, "app3"):
			keep = four(i) && sum[a.pair[i]] > 0
		}
		if keep {
			rows = append(rows, i)
		}
	}
	m := &trade.Model{Clusters: [][]int32{nil}}
	for _, r := range strings.Split(regressors, "+") {
		r = strings.TrimSpace(r)
		x := make([]float64, len(rows))
		var source []float64
		switch {
		case r == "ln_dist":
			source = a.numbers(t, "dist")
		case strings.HasPrefix(r, "intl_border_"):
		default:
			source = a.numbers(t, r)
		}
		for k, i := range rows {
			switch {
			case r == "ln_dist":
				x[k] = math.Log(source[i])
			case source == nil:
				if !a.domestic[i] && fmt.Sprint(a.year[i]) == strings.TrimPrefix(r, "intl_border_") {
					x[k] = 1
				}
			default:
				x[k] = source[i]
			}
		}
		m.X, m.Names = append(m.X, x), append(m.Names, r)
	}
	groups := map[string][]int32{"ex": a.exporterYear, "im": a.importerYear, "intl": a.origin, "pair_fe_domestic_pooled": a.undirected, "dirpair": a.directed}
	for _, e := range strings.Split(right, "+") {
		e = strings.TrimSpace(e)
		own := make([]int32, len(rows))
		for k, i := range rows {
			own[k] = groups[e][i]
		}
		m.Effects, m.EffectName = append(m.Effects, own), append(m.EffectName, e)
	}
	for _, i := range rows {
		m.Y = append(m.Y, a.value[i])
		m.Clusters[0] = append(m.Clusters[0], int32(a.pair[i]))
	}
	return m
}

type agtpaExpected struct {
	Formula   string
	NUsed     int `json:"n_used"`
	Coef      map[string]float64
	SE        map[string]float64 `json:"se_cluster_pair_id"`
	HC1       map[string]float64 `json:"se_hc1"`
	Deviance  float64
	Published struct {
		Coef, SE map[string]float64
	}
}

func readExpectedAGTPA(t testing.TB) map[string]agtpaExpected {
	raw, err := os.ReadFile(shared(t, "reference", "trade", "ppml", "agtpa", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]agtpaExpected{}
	for name, text := range all {
		var e agtpaExpected
		if !strings.HasPrefix(name, "_") && json.Unmarshal(text, &e) == nil {
			out[name] = e
		}
	}
	return out
}

// TestReferenceAGTPA sets the models of the Advanced Guide to Trade Policy Analysis
// against pyfixest 0.60.0, and against the published table where there is one.
func TestReferenceAGTPA(t *testing.T) {
	a := readAGTPA(t)
	for name, want := range readExpectedAGTPA(t) {
		t.Run(name, func(t *testing.T) {
			if raceDetector && want.NUsed > 90000 {
				t.Skip("large: run without the race detector")
			}
			m := a.model(t, name, want.Formula)
			fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{SE: trade.Cluster})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d iterations, %.3f s", fit.Iterations, fit.SolveS)
			if fit.Used != want.NUsed {
				t.Errorf("%d used, expected %d", fit.Used, want.NUsed)
			}
			if rel := math.Abs(fit.Deviance/want.Deviance - 1); rel > 1e-9 {
				t.Errorf("deviance %.12g, expected %.12g", fit.Deviance, want.Deviance)
			}
			for _, c := range fit.Coefficients {
				if d := math.Abs(c.Estimate - want.Coef[c.Name]); d > 1e-8 {
					t.Errorf("%s: %.12g, off by %.1e", c.Name, c.Estimate, d)
				}
				if p, ok := want.Published.Coef[c.Name]; ok && name != "app3_intra_rta" && math.Abs(c.Estimate-p) > 6e-5 {
					t.Errorf("%s: %.6f, published %.4f", c.Name, c.Estimate, p)
				}
				if rel := math.Abs(c.StdError/want.SE[c.Name] - 1); rel > 1e-6 {
					t.Errorf("%s: standard error %.9g, expected %.9g, off by %.1e", c.Name, c.StdError, want.SE[c.Name], rel)
				}
			}
		})
	}
}
