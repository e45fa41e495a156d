package trade

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// The families of models. All but OLS have E[y] = exp(linear predictor).
const (
	PPML   = "ppml"   // Poisson: variance in proportion to the mean
	Gamma  = "gamma"  // variance in proportion to the mean squared
	NegBin = "negbin" // mean + α mean², α by maximum likelihood
	OLS    = "ols"    // the outcome itself is linear; take log(trade) for a gravity model
)

// family is what a model's likelihood makes of a mean.
type family struct {
	name  string
	kind  familyKind
	alpha float64 // of negbin
}

// familyKind is a family as a number, which rows ask for many times.
type familyKind uint8

const (
	poissonKind familyKind = iota
	gammaKind
	negBinKind
	olsKind
)

func familyOf(name string) (family, error) {
	switch name {
	case "", PPML:
		return family{name: PPML}, nil
	case Gamma:
		return family{name: Gamma, kind: gammaKind}, nil
	case NegBin:
		return family{name: NegBin, kind: negBinKind}, nil
	case OLS:
		return family{name: OLS, kind: olsKind}, nil
	default:
		return family{}, fmt.Errorf("trade: the family %q is not one of %s, %s, %s, %s", name, PPML, Gamma, NegBin, OLS)
	}
}

// weight is that of a row in least squares: (dμ/dη)² / variance.
func (f *family) weight(mu float64) float64 {
	switch f.kind {
	case gammaKind, olsKind:
		return 1
	case negBinKind:
		return mu / (1 + f.alpha*mu)
	}
	return mu
}

// score is what y - μ is multiplied by: (dμ/dη) / variance.
func (f *family) score(mu float64) float64 {
	switch f.kind {
	case gammaKind:
		return 1 / mu
	case negBinKind:
		return 1 / (1 + f.alpha*mu)
	}
	return 1
}

// deviance of a row. That of gamma leaves out what depends on the outcome alone, which
// is without bound at zero.
func (f *family) deviance(y, mu float64) float64 {
	switch f.kind {
	case gammaKind:
		return 2 * (math.Log(mu) + y/mu)
	case negBinKind:
		a := f.alpha
		if a < 1e-10 {
			break
		}
		d := 2 / a * math.Log1p(a*mu)
		if y > 0 {
			d = 2 * (y*math.Log(y/mu) - (y+1/a)*math.Log((1+a*y)/(1+a*mu)))
		}
		return d
	}
	return poissonDeviance(y, mu)
}

// dispersion estimates α of negbin by maximum likelihood at the fitted means: the root of
// the score in the logarithm of 1/α, by regula falsi with halved ends (Illinois). 0 where
// there is no overdispersion.
func dispersion(y, mu, weights []float64) float64 {
	score := func(logR float64) float64 {
		r := math.Exp(logR)
		at := mathext.Digamma(r)
		sum := 0.0
		for i := range y {
			sum += weights[i] * (mathext.Digamma(y[i]+r) - at + math.Log(r/(r+mu[i])) + 1 - (y[i]+r)/(r+mu[i]))
		}
		return sum * r
	}
	low, high := math.Log(1e-6), math.Log(1e6)
	a, b := score(low), score(high)
	if b >= 0 {
		return 0
	}
	for side := 0; high-low > 1e-12*math.Abs(low+high); {
		mid := (a*high - b*low) / (a - b)
		if !(mid > low && mid < high) {
			mid = (low + high) / 2
		}
		m := score(mid)
		switch {
		case m == 0:
			return math.Exp(-mid)
		case m > 0:
			if math.Abs(mid-low) < 1e-13*math.Abs(mid) {
				return math.Exp(-mid)
			}
			low, a = mid, m
			if side == 1 {
				b /= 2
			}
			side = 1
		default:
			if math.Abs(high-mid) < 1e-13*math.Abs(mid) {
				return math.Exp(-mid)
			}
			high, b = mid, m
			if side == -1 {
				a /= 2
			}
			side = -1
		}
	}
	return math.Exp(-(low + high) / 2)
}
