package trade_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/karvan/karvan/trade"
)

// Least squares with effects is least squares on dummies.
func TestLeastSquaresOnDummies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 60
	m := &trade.Model{Names: []string{"a", "b"}, X: make([][]float64, 2), Effects: make([][]int32, 2), EffectName: []string{"i", "j"}}
	x, y := mat.NewDense(n, 2+6+4, nil), mat.NewVecDense(n, nil)
	for i := range n {
		a, b, g, h := r.NormFloat64(), r.Float64(), int32(r.IntN(6)), int32(r.IntN(5))
		v := 2*a - b + float64(g) - 0.5*float64(h) + r.NormFloat64() - 3 // negative outcomes are fine
		m.Y, m.X[0], m.X[1] = append(m.Y, v), append(m.X[0], a), append(m.X[1], b)
		m.Effects[0], m.Effects[1] = append(m.Effects[0], g), append(m.Effects[1], h)
		x.Set(i, 0, a)
		x.Set(i, 1, b)
		x.Set(i, 2+int(g), 1)
		if h > 0 {
			x.Set(i, 7+int(h), 1)
		}
		y.SetVec(i, v)
	}
	var want mat.VecDense
	if err := want.SolveVec(x, y); err != nil {
		t.Fatal(err)
	}
	fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{Family: trade.OLS, SE: trade.IID})
	if err != nil {
		t.Fatal(err)
	}
	for j, c := range fit.Coefficients {
		if math.Abs(c.Estimate-want.AtVec(j)) > 1e-9 {
			t.Errorf("%s: %.12g, expected %.12g", c.Name, c.Estimate, want.AtVec(j))
		}
	}
	// The textbook variance: σ² (X'X)⁻¹.
	var fitted, rest mat.VecDense
	fitted.MulVec(x, &want)
	rest.SubVec(y, &fitted)
	sigma2 := mat.Dot(&rest, &rest) / (n - 12)
	var gram, inverse mat.Dense
	gram.Mul(x.T(), x)
	if err := inverse.Inverse(&gram); err != nil {
		t.Fatal(err)
	}
	for j, c := range fit.Coefficients {
		if se := math.Sqrt(sigma2 * inverse.At(j, j)); math.Abs(c.StdError/se-1) > 1e-8 {
			t.Errorf("%s: standard error %.10g, expected %.10g", c.Name, c.StdError, se)
		}
	}
}

// At the fit the score of a family is zero: (y - μ) times its weight is orthogonal to
// the regressors and to every group.
func TestScoresOfFamilies(t *testing.T) {
	for _, family := range []string{trade.PPML, trade.Gamma, trade.NegBin} {
		zeros := 0.1
		if family == trade.Gamma { // a model of outcomes above zero
			zeros = 0
		}
		m := panel(rand.New(rand.NewPCG(8, 9)), 8, 4, zeros)
		fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{Family: family})
		if err != nil {
			t.Fatal(family, err)
		}
		if fit.Family != family || (fit.Alpha != nil) != (family == trade.NegBin) {
			t.Errorf("%s: %+v", family, fit)
		}
		alpha := 0.0
		if fit.Alpha != nil {
			alpha = *fit.Alpha
		}
		at := 0
		score, size := make([]float64, 2), make([]float64, 2)
		groups := map[[2]int32]float64{}
		for i, keep := range fit.Keep {
			if !keep {
				continue
			}
			mu := fit.Fitted[at]
			at++
			e := m.Y[i] - mu
			switch family {
			case trade.Gamma:
				e /= mu
			case trade.NegBin:
				e /= 1 + alpha*mu
			}
			for k := range score {
				score[k] += e * m.X[k][i]
				size[k] += math.Abs(e * m.X[k][i])
			}
			for q := range m.Effects {
				groups[[2]int32{int32(q), m.Effects[q][i]}] += e
			}
		}
		for k := range score {
			if math.Abs(score[k]) > 1e-6*size[k] {
				t.Errorf("%s: score %d is %g of %g", family, k, score[k], size[k])
			}
		}
		for g, s := range groups {
			if math.Abs(s) > 1e-5*size[0] {
				t.Errorf("%s: group %v: %g", family, g, s)
			}
		}
	}
}

// The dispersion of a negative binomial is found again.
func TestDispersionIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const alpha = 0.7
	m := &trade.Model{Names: []string{"x"}, X: [][]float64{nil}}
	for range 20000 {
		x := r.NormFloat64()
		// A Poisson draw whose mean is the mean times a gamma variable of variance alpha.
		mean := math.Exp(1+0.5*x) * gammaDraw(r, 1/alpha) * alpha
		k, p, limit := 0, 1.0, math.Exp(-mean)
		for p *= r.Float64(); p > limit; p *= r.Float64() {
			k++
		}
		m.Y, m.X[0] = append(m.Y, float64(k)), append(m.X[0], x)
	}
	fit, err := trade.FitPPML(context.Background(), m, trade.FitOptions{Family: trade.NegBin})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(*fit.Alpha-alpha) > 0.04 || math.Abs(fit.Coefficients[0].Estimate-0.5) > 0.03 {
		t.Errorf("alpha %g, coefficient %g", *fit.Alpha, fit.Coefficients[0].Estimate)
	}
}

// gammaDraw draws by Marsaglia and Tsang (2000), for a shape of 1 or more.
func gammaDraw(r *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestFamiliesRefuse(t *testing.T) {
	m := &trade.Model{Y: []float64{1, -2, 3}}
	for family, wrong := range map[string]bool{trade.PPML: true, trade.Gamma: true, trade.NegBin: true, trade.OLS: false, "probit": true} {
		if _, err := trade.FitPPML(context.Background(), m, trade.FitOptions{Family: family}); (err != nil) != wrong {
			t.Errorf("%s: %v", family, err)
		}
	}
}
