package trade

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// leftAtFit gives what the effects leave of the k regressors at the fitted weights,
// row by row, and sets those weights.
func (s *irls) leftAtFit(k int) []float64 {
	v := make([]float64, s.n*k)
	c := k + 1
	for i := range s.n {
		copy(v[i*k:i*k+k], s.left[i*c+1:i*c+c])
	}
	for i := range s.w {
		s.w[i] = s.weights[i] * s.family.weight(s.mu[i])
	}
	p := newProjection(s.n, k, s.effects, s.options.Workers)
	p.reweigh(s.w)
	p.residual(v, s.innerFloor())
	return v
}

// breadOf gives the inverse of the weighted cross products of what [irls.leftAtFit] gave.
func (s *irls) breadOf(v []float64, k int) (*mat.SymDense, error) {
	gram := mat.NewSymDense(k, nil)
	for i := range s.n {
		row := v[i*k : i*k+k]
		for a := range row {
			wa := s.w[i] * row[a]
			for b := a; b < k; b++ {
				gram.SetSym(a, b, gram.At(a, b)+wa*row[b])
			}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil, errors.New("trade: the regressors are collinear at the fitted values")
	}
	bread := mat.NewSymDense(k, nil)
	if err := chol.InverseTo(bread); err != nil {
		return nil, fmt.Errorf("trade: the regressors are nearly collinear at the fitted values: %w", err)
	}
	return bread, nil
}

// standardErrors fills in the standard errors of a fit, see [FitPPML].
func (s *irls) standardErrors(m *Model, fit *Fit, kind string) error {
	k := len(s.names)
	if k == 0 {
		return nil
	}
	if kind == "" {
		kind = HC1
	}
	fit.SE = kind
	v := s.leftAtFit(k)
	bread, err := s.breadOf(v, k)
	if err != nil {
		return err
	}
	score := func(i int, out []float64) {
		e := s.weights[i] * (s.y[i] - s.mu[i]) * s.family.score(s.mu[i])
		for j := range out {
			out[j] = e * v[i*k+j]
		}
	}
	n := float64(s.n)
	all := float64(k)
	for q, e := range s.effects {
		all += float64(e.count)
		if q > 0 {
			all--
		}
	}
	if n <= all {
		return fmt.Errorf("trade: %d rows for %d parameters: standard errors need more rows", s.n, int(all))
	}
	meat := mat.NewSymDense(k, nil)
	row := make([]float64, k)
	switch kind {
	case IID:
		// Poisson: the dispersion is one, as pyfixest has it for fepois; of the others it is
		// estimated from the residuals.
		factor := (n - 1) / (n - all)
		if s.family.name == Gamma || s.family.name == OLS {
			factor = 0
			for i, y := range s.y {
				e := y - s.mu[i]
				factor += s.weights[i] * e * e * s.family.score(s.mu[i]) * s.family.score(s.mu[i]) / (n - all)
			}
		}
		fit.Covariance = scaled(bread, factor)
		return s.fillErrors(fit)
	case HC1:
		for i := range s.n {
			score(i, row)
			meat.SymRankOne(meat, 1, mat.NewVecDense(k, row))
		}
		fit.Covariance = scaled(sandwich(bread, meat), n/(n-all))
		return s.fillErrors(fit)
	case Cluster:
	default:
		return fmt.Errorf("trade: standard errors %q are not one of %s, %s, %s", kind, IID, HC1, Cluster)
	}
	if len(m.Clusters) == 0 || len(m.Clusters) > 2 {
		return errors.New("trade: clustered standard errors need one or two clusters")
	}
	var ways [][]int32
	for _, groups := range m.Clusters {
		own := make([]int32, s.n)
		for i, r := range s.rows {
			own[i] = groups[r]
		}
		ways = append(ways, own)
	}
	signs := []float64{1}
	if len(ways) == 2 {
		both := make([]int32, s.n)
		index := map[[2]int32]int32{}
		for i := range both {
			key := [2]int32{ways[0][i], ways[1][i]}
			g, ok := index[key]
			if !ok {
				g = int32(len(index))
				index[key] = g
			}
			both[i] = g
		}
		ways = append(ways, both)
		signs = []float64{1, 1, -1}
	}
	smallest := math.Inf(1)
	var parts []*mat.SymDense
	for _, groups := range ways {
		part, count := clusterMeat(groups, s.n, k, score)
		if count < 2 {
			return errors.New("trade: clustered standard errors need two clusters or more")
		}
		parts = append(parts, part)
		smallest = math.Min(smallest, float64(count))
		if len(fit.Clusters) < len(m.Clusters) {
			fit.Clusters = append(fit.Clusters, count)
		}
	}
	// Effects whose groups lie within clusters count one.
	nested := 0.0
	kept := all
	for _, e := range s.effects {
		within := false
		for _, groups := range ways[:len(m.Clusters)] {
			within = within || isNested(e, groups)
		}
		if within {
			kept -= float64(e.count)
			nested++
		}
	}
	kept += nested
	if int(nested) == len(s.effects) {
		kept = float64(k) + 1
	}
	for w, part := range parts {
		for a := range k {
			for b := a; b < k; b++ {
				meat.SetSym(a, b, meat.At(a, b)+signs[w]*part.At(a, b))
			}
		}
	}
	fit.Covariance = scaled(sandwich(bread, meat), (n-1)/(n-kept)*smallest/(smallest-1))
	return s.fillErrors(fit)
}

func (s *irls) fillErrors(fit *Fit) error {
	for j := range fit.Coefficients {
		v := fit.Covariance.At(j, j)
		if v < 0 {
			return fmt.Errorf("trade: the two-way clustered variance of %s is negative: use one cluster", s.names[j])
		}
		fit.Coefficients[j].StdError = math.Sqrt(v)
	}
	return nil
}

// clusterMeat sums the products of the clusters' scores.
func clusterMeat(groups []int32, n, k int, score func(int, []float64)) (*mat.SymDense, int) {
	top := int32(0)
	for _, g := range groups {
		top = max(top, g)
	}
	sums := make([]float64, (int(top)+1)*k)
	has := make([]bool, top+1)
	row := make([]float64, k)
	for i := range n {
		score(i, row)
		at := sums[int(groups[i])*k:]
		for j, x := range row {
			at[j] += x
		}
		has[groups[i]] = true
	}
	meat := mat.NewSymDense(k, nil)
	count := 0
	for g, there := range has {
		if there {
			count++
			meat.SymRankOne(meat, 1, mat.NewVecDense(k, sums[g*k:g*k+k]))
		}
	}
	return meat, count
}

// isNested reports whether every group of an effect lies within one cluster.
func isNested(e effect, clusters []int32) bool {
	of := make([]int32, e.count)
	for g := range of {
		of[g] = -1
	}
	for i, g := range e.groups {
		if of[g] == -1 {
			of[g] = clusters[i]
		} else if of[g] != clusters[i] {
			return false
		}
	}
	return true
}

func sandwich(bread, meat *mat.SymDense) *mat.SymDense {
	var half, whole mat.Dense
	half.Mul(bread, meat)
	whole.Mul(&half, bread)
	k := bread.SymmetricDim()
	out := mat.NewSymDense(k, nil)
	for a := range k {
		for b := a; b < k; b++ {
			out.SetSym(a, b, (whole.At(a, b)+whole.At(b, a))/2)
		}
	}
	return out
}

func scaled(m *mat.SymDense, f float64) *mat.SymDense {
	var out mat.SymDense
	out.ScaleSym(f, m)
	return &out
}
