package trade_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/karvan/karvan/trade"
)

// threeWay draws a panel like those of Weidner and Zylkin (2021, section 4): effects of
// both sides by year and of pairs, a regressor that goes with all of them, and an
// outcome whose variance is its mean, errors of a pair autocorrelated; the true
// coefficient is 1.
func threeWay(r *rand.Rand, n, years int) *trade.Model {
	m := &trade.Model{Names: []string{"x"}, X: [][]float64{nil}, Effects: make([][]int32, 3), EffectName: []string{"it", "jt", "ij"}, Panel: &trade.Panel{}}
	alpha, gamma := make([]float64, n*years), make([]float64, n*years)
	for i := range alpha {
		alpha[i], gamma[i] = r.NormFloat64()/4, r.NormFloat64()/4
	}
	for i := range n {
		for j := range n {
			if i == j {
				continue
			}
			eta := r.NormFloat64() / 4
			x, z := eta, r.NormFloat64()
			for t := range years {
				x = x/2 + alpha[i*years+t] + gamma[j*years+t] + r.NormFloat64()/2
				z = 0.3*z + math.Sqrt(1-0.09)*r.NormFloat64()
				mean := math.Exp(x + alpha[i*years+t] + gamma[j*years+t] + eta)
				variance := math.Log(1 + 1/mean) // of the logarithm: that of y is its mean
				m.Y = append(m.Y, mean*math.Exp(math.Sqrt(variance)*z-variance/2))
				m.X[0] = append(m.X[0], x)
				m.Effects[0] = append(m.Effects[0], int32(i*years+t))
				m.Effects[1] = append(m.Effects[1], int32(j*years+t))
				m.Effects[2] = append(m.Effects[2], int32(i*n+j))
				m.Panel.Exporter = append(m.Panel.Exporter, int32(i))
				m.Panel.Importer = append(m.Panel.Importer, int32(j))
				m.Panel.Period = append(m.Panel.Period, int32(t))
			}
		}
	}
	m.Clusters = [][]int32{m.Effects[2]}
	return m
}

// In small panels the correction takes most of the bias away, and its standard errors
// are nearer to the spread of the estimates, so that intervals cover what they say.
func TestBiasCorrection(t *testing.T) {
	draws := 400
	if testing.Short() || raceDetector {
		draws = 60
	}
	const n, years = 20, 5
	var plain, corrected, error1, error2 []float64
	cover1, cover2 := 0, 0
	for d := range draws {
		fit, err := trade.FitPPML(context.Background(), threeWay(rand.New(rand.NewPCG(uint64(d), 9)), n, years), trade.FitOptions{SE: trade.Cluster, CorrectBias: true})
		if err != nil {
			t.Fatal(err)
		}
		a, b := fit.Coefficients[0], fit.Corrected[0]
		plain, corrected = append(plain, a.Estimate-1), append(corrected, b.Estimate-1)
		error1, error2 = append(error1, a.StdError), append(error2, b.StdError)
		if math.Abs(a.Estimate-1) < 1.96*a.StdError {
			cover1++
		}
		if math.Abs(b.Estimate-1) < 1.96*b.StdError {
			cover2++
		}
	}
	mean := func(x []float64) float64 {
		s := 0.0
		for _, v := range x {
			s += v
		}
		return s / float64(len(x))
	}
	spread := func(x []float64) float64 {
		s, m := 0.0, mean(x)
		for _, v := range x {
			s += (v - m) * (v - m)
		}
		return math.Sqrt(s / float64(len(x)-1))
	}
	t.Logf("bias %.4f, corrected %.4f, of a spread of %.4f (noise of the mean %.4f); standard errors %.4f and %.4f; 95 %% cover %.1f and %.1f %%", mean(plain), mean(corrected), spread(plain), spread(plain)/math.Sqrt(float64(draws)),
		mean(error1), mean(error2), 100*float64(cover1)/float64(draws), 100*float64(cover2)/float64(draws))
	if draws < 400 {
		return
	}
	if noise := spread(plain) / math.Sqrt(float64(draws)); math.Abs(mean(plain)) < 5*noise || math.Abs(mean(corrected)) > math.Abs(mean(plain))/2+noise {
		t.Errorf("the mean is off by %.4f, %.4f uncorrected", mean(corrected), mean(plain))
	}
	if cover2 <= cover1 || mean(error2) <= mean(error1) {
		t.Errorf("%d intervals cover, %d uncorrected", cover2, cover1)
	}
}

// A pair that stands twice in a period is refused by its rows.
func TestBiasCorrectionNeedsPairsOnce(t *testing.T) {
	m := threeWay(rand.New(rand.NewPCG(1, 9)), 6, 3)
	m.Panel.Period[1] = m.Panel.Period[0]
	if _, err := trade.FitPPML(context.Background(), m, trade.FitOptions{CorrectBias: true}); err == nil || !strings.Contains(err.Error(), "rows 1 and 2") {
		t.Error(err)
	}
}

// A formula of three ways tells the sides and the period, in any order of its parts.
func TestPanelOfAFormula(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("i,j,y,v,x\n")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 5 {
		for j := range 5 {
			for y := range 3 {
				fmt.Fprintf(&csv, "a%d,b%d,%d,%g,%g\n", i, j, 2000+y, r.ExpFloat64(), r.NormFloat64())
			}
		}
	}
	f, err := trade.ReadFrame(strings.NewReader(csv.String()))
	if err != nil {
		t.Fatal(err)
	}
	for text, three := range map[string]bool{"v ~ x | i^y + j^y + i^j": true, "v ~ x | y^j + y^i + j^i": true, "v ~ x | i^y + j^y": false, "v ~ x | i + j + y": false, "v ~ x | i^y + j^y + i": false, "v ~ x | i^y + i^y + i^j": false} {
		formula, err := trade.ParseFormula(text)
		if err != nil {
			continue // an effect that stands twice
		}
		m, _, err := trade.BuildModel(f, formula, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{CorrectBias: true})
		if three != (err == nil) {
			t.Errorf("%s: %v", text, err)
		}
		if three && (len(fit.Corrected) != 1 || fit.Corrected[0].Estimate == fit.Coefficients[0].Estimate) {
			t.Errorf("%s: %+v", text, fit.Corrected)
		}
	}
}
