package trade_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/trade"
)

// Without effects and regressors the fit is the mean; with one dummy, the means of
// its groups: the coefficient is the logarithm of their ratio.
func TestTwoGroups(t *testing.T) {
	m := &trade.Model{Y: []float64{1, 3, 4, 12}, X: [][]float64{{0, 0, 1, 1}}, Names: []string{"d"}}
	fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fit.Coefficients[0].Estimate, math.Log(4); math.Abs(got-want) > 1e-12 {
		t.Errorf("%.15g, expected %.15g", got, want)
	}
	for i, want := range []float64{2, 2, 8, 8} {
		if math.Abs(fit.Fitted[i]-want) > 1e-11 {
			t.Errorf("row %d: %g", i, fit.Fitted[i])
		}
	}
}

// panel draws a gravity panel.
func panel(r *rand.Rand, countries, years int, zeros float64) *trade.Model {
	m := &trade.Model{Names: []string{"rta", "tariff"}, X: make([][]float64, 2), Effects: make([][]int32, 3), EffectName: []string{"ey", "iy", "pair"}}
	for e := range countries {
		for i := range countries {
			for y := range years {
				rta := float64(r.IntN(2))
				tariff := r.Float64()
				v := math.Exp(1+0.5*rta-tariff+0.3*float64(e)-0.2*float64(i)+0.1*float64(y)) * r.ExpFloat64()
				if r.Float64() < zeros {
					v = 0
				}
				m.Y = append(m.Y, v)
				m.X[0], m.X[1] = append(m.X[0], rta), append(m.X[1], tariff)
				m.Effects[0] = append(m.Effects[0], int32(e*years+y))
				m.Effects[1] = append(m.Effects[1], int32(i*years+y))
				m.Effects[2] = append(m.Effects[2], int32(e*countries+i))
			}
		}
	}
	return m
}

// At the maximum the fitted values of every group of an effect add up to the
// observed, and the residuals are orthogonal to the regressors. Where half of a small
// panel is zero many rows are separated, and have to be found for there to be one.
func TestMargins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m := panel(r, rapid.IntRange(4, 7).Draw(t, "countries"), rapid.IntRange(3, 6).Draw(t, "years"), rapid.Float64Range(0, 0.5).Draw(t, "zeros"))
		fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{})
		if errors.Is(err, trade.ErrNothingLeft) {
			return
		}
		if err != nil {
			if strings.Contains(err.Error(), "need more rows") {
				return
			}
			t.Fatal(err)
		}
		at := 0
		size := 0.0
		sums := make([]map[int32]float64, 3)
		for q := range sums {
			sums[q] = map[int32]float64{}
		}
		score := make([]float64, 2)
		for i, keep := range fit.Keep {
			if !keep {
				continue
			}
			d := m.Y[i] - fit.Fitted[at]
			at++
			size += m.Y[i]
			for q := range sums {
				sums[q][m.Effects[q][i]] += d
			}
			for k := range score {
				score[k] += d * m.X[k][i]
			}
		}
		if at != fit.Used || at != len(fit.Fitted) {
			t.Fatalf("%d rows, %d used", at, fit.Used)
		}
		for q := range sums {
			for g, d := range sums[q] {
				if math.Abs(d) > 1e-7*size {
					t.Fatalf("effect %d group %d: off by %g of %g", q, g, d, size)
				}
			}
		}
		for k, d := range score {
			if len(fit.Dropped) == 0 && math.Abs(d) > 1e-7*size {
				t.Fatalf("regressor %d: score %g of %g", k, d, size)
			}
		}
	})
}

// The order of rows and the number of workers do not matter; the second bit for bit.
func TestWorkersAndOrder(t *testing.T) {
	m := panel(rand.New(rand.NewPCG(5, 6)), 40, 20, 0.2)
	fit := func(m *trade.Model, workers int) *trade.Fit {
		f, err := trade.FitPPML(context.Background(), m, trade.FitOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one, two := fit(m, 1), fit(m, 2)
	for k := range one.Coefficients {
		if one.Coefficients[k] != two.Coefficients[k] {
			t.Errorf("%v with one worker, %v with two", one.Coefficients[k], two.Coefficients[k])
		}
	}
	n := len(m.Y)
	turned := &trade.Model{Names: m.Names, X: make([][]float64, 2), Effects: make([][]int32, 3), EffectName: m.EffectName}
	for i := n - 1; i >= 0; i-- {
		turned.Y = append(turned.Y, m.Y[i])
		for k := range m.X {
			turned.X[k] = append(turned.X[k], m.X[k][i])
		}
		for q := range m.Effects {
			turned.Effects[q] = append(turned.Effects[q], m.Effects[q][i])
		}
	}
	other := fit(turned, 2)
	for k := range one.Coefficients {
		if d := math.Abs(one.Coefficients[k].Estimate - other.Coefficients[k].Estimate); d > 1e-10 {
			t.Errorf("turned round, %s differs by %g", one.Coefficients[k].Name, d)
		}
	}
}

func TestModelsThatCannotBeEstimated(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		m    *trade.Model
		want string
	}{
		"negative": {&trade.Model{Y: []float64{1, -1}}, "row 2"},
		"zeros":    {&trade.Model{Y: []float64{0, 0}}, "every outcome is zero"},
		"empty":    {&trade.Model{}, "no rows"},
		"nan":      {&trade.Model{Y: []float64{1, 2}, X: [][]float64{{1, math.NaN()}}, Names: []string{"x"}}, "x is NaN"},
		"alone":    {&trade.Model{Y: []float64{1, 2}, Effects: [][]int32{{0, 1}}, EffectName: []string{"e"}}, "nothing is left"},
	} {
		_, err := trade.FitPPML(ctx, c.m, trade.FitOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A regressor that is constant within the effect is dropped by name.
	fit, err := trade.FitPPML(ctx, &trade.Model{Y: []float64{1, 2, 3, 5}, X: [][]float64{{1, 1, 2, 2}, {0, 1, 1, 3}}, Names: []string{"c", "x"}, Effects: [][]int32{{0, 0, 1, 1}}, EffectName: []string{"e"}}, trade.FitOptions{SE: trade.HC1})
	if err != nil || len(fit.Dropped) != 1 || fit.Dropped[0].Name != "c" {
		t.Errorf("%+v %v", fit, err)
	}
}

func TestFormula(t *testing.T) {
	f, err := trade.ParseFormula(" trade ~ rta + log(dist):contig | exporter^year + importer ")
	if err != nil || len(f.Regressors) != 2 || f.Regressors[1].Text != "log(dist):contig" || len(f.Effects) != 2 || len(f.Effects[0]) != 2 {
		t.Errorf("%+v %v", f, err)
	}
	for _, bad := range []string{"", "trade", "trade ~ a ~ b", "~ a", "t ~ tan(x)", "t ~ log(x", "t ~ a + a", "t ~ a | ", "t ~ a | b | c", "t ~ a++b", "t ~ 3x"} {
		if _, err := trade.ParseFormula(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := trade.ParseFormula("t ~ 1 | a"); err != nil {
		t.Error(err)
	}
}

func TestFrame(t *testing.T) {
	f, err := trade.ReadFrame(strings.NewReader("\ufeffa,b,c\n1,x,\n2,NA,3\n"))
	if err != nil || f.Rows != 2 {
		t.Fatal(f, err)
	}
	formula, _ := trade.ParseFormula("a ~ c | b")
	m, missing, err := trade.BuildModel(f, formula, "", "", "")
	if err != nil || missing != 2 || len(m.Y) != 0 {
		t.Errorf("%d missing, %v", missing, err)
	}
	for name, c := range map[string][2]string{
		"empty": {"", "header"}, "twice": {"a,a\n1,2\n", "name of its own"}, "ragged": {"a,b\n1\n", "line 2"},
	} {
		if _, err := trade.ReadFrame(strings.NewReader(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.Column("d"); err == nil || !strings.Contains(err.Error(), "a, b, c") {
		t.Error(err)
	}
}

func FuzzFormula(f *testing.F) {
	f.Add("trade ~ rta + log(dist) | exporter^year")
	f.Add("~|+^()")
	f.Fuzz(func(t *testing.T, s string) { trade.ParseFormula(s) })
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("a,b\n1,x\n"))
	f.Add([]byte{0x1f, 0x8b, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := trade.ReadFrame(strings.NewReader(string(data)))
		if err == nil && frame.Rows > 0 {
			for _, c := range frame.Columns {
				_ = fmt.Sprint(c.IsNumber())
			}
		}
	})
}
