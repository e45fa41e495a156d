package trade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
)

// Model is what [FitPPML] estimates, as plain columns of n rows.
type Model struct {
	Y          []float64   // [n], 0 or more
	X          [][]float64 // [k][n]
	Names      []string    // [k] of X
	Effects    [][]int32   // [q][n] group of each row, from 0
	EffectName []string    // [q]
	Weights    []float64   // [n] or nil
	Offset     []float64   // [n] added to the linear predictor, or nil
	Clusters   [][]int32   // [1 or 2][n] for clustered standard errors, or nil
	Panel      *Panel      // sides and period of each row, for the bias correction; or nil
}

// The kinds of standard errors.
const (
	IID     = "iid"
	HC1     = "hc1"
	Cluster = "cluster"
)

// FitOptions control an estimation.
type FitOptions struct {
	Family        string  // ppml, gamma, negbin or ols; "": ppml
	SE            string  // iid, hc1 or cluster
	CorrectBias   bool    // of three-way models: fill Corrected
	Tolerance     float64 // on the relative change of the deviance; 0: 1e-12
	MaxIterations int     // 0: 200
	Workers       int     // 0: one a core; the result does not depend on it
	Progress      func(iteration int, deviance float64)
}

// Coefficient is an estimate with its standard error.
type Coefficient struct {
	Name     string  `json:"name"`
	Estimate float64 `json:"estimate"`
	StdError float64 `json:"std_error"`
}

// Dropped is a regressor that could not be estimated, and why.
type Dropped struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Fit is an estimated model.
type Fit struct {
	Coefficients []Coefficient `json:"coefficients"`
	Deviance     float64       `json:"deviance"`
	Used         int           `json:"n_used"`
	Separated    int           `json:"n_separated"`
	Singletons   int           `json:"n_singletons"`
	Dropped      []Dropped     `json:"dropped"`
	Iterations   int           `json:"iterations"`
	SolveS       float64       `json:"solve_s"`
	SE           string        `json:"se"`
	Family       string        `json:"family"`
	Alpha        *float64      `json:"alpha,omitempty"` // of negbin: variance = mean + alpha mean²
	Clusters     []int         `json:"n_clusters,omitempty"`
	// Corrected has estimates and standard errors freed of their bias of order 1/N.
	Corrected []Coefficient `json:"bias_corrected,omitempty"`

	// Covariance of the coefficients, [k×k]; Fitted and Keep by row: the fitted
	// values of the rows that were used, in their order, and which rows those are.
	Covariance *mat.SymDense `json:"-"`
	Fitted     []float64     `json:"-"`
	Keep       []bool        `json:"-"`
}

// ErrNothingLeft is wrapped by errors of models of which separation,
// singletons or collinearity leave nothing to estimate.
var ErrNothingLeft = errors.New("nothing is left to estimate")

// FitPPML estimates E[y] = exp(x'b + effects + offset) by Poisson
// pseudo-maximum likelihood (Santos Silva and Tenreyro 2006, Review of Economics
// and Statistics 88(4)), by iteratively reweighted least squares with the fixed
// effects projected out (Correia, Guimarães and Zylkin 2020, Stata Journal
// 20(1), doi:10.1177/1536867X20909691).
//
// Singletons are dropped until none is left, and separated observations of
// every kind: groups without an outcome above zero, and rows that regressors
// separate (the iterative rectifier of Correia et al. 2019). Of a collinear set
// the regressors latest in the model are dropped. All is reported.
//
// FitOptions.Family takes another likelihood (gamma, negative binomial) or plain least
// squares of the outcome in its place.
//
// Standard errors have the small-sample factors of fixest and pyfixest: iid and
// HC1 times N/(N-K) (iid: (N-1)/(N-K)), where K counts regressors and the groups
// of all effects less one for each effect but the first; clustered by G clusters
// times (N-1)/(N-K) G/(G-1), where effects nested in a cluster count one; of two
// ways (Cameron, Gelbach and Miller 2011) with the smallest G.
//
// Time is about O(iterations · sweeps · n · (k+1) · q), memory O(n · (k+q)).
func FitPPML(ctx context.Context, m *Model, o FitOptions) (*Fit, error) {
	started := time.Now()
	family, err := familyOf(o.Family)
	if err != nil {
		return nil, err
	}
	if err := m.check(family.name != OLS); err != nil {
		return nil, err
	}
	if o.CorrectBias && family.name != PPML {
		return nil, fmt.Errorf("trade: the bias correction is that of %s", PPML)
	}
	n := len(m.Y)
	fit := &Fit{Keep: make([]bool, n), SE: o.SE, Family: family.name}
	for i := range fit.Keep {
		fit.Keep[i] = m.Weights == nil || m.Weights[i] > 0
	}
	var effects []effect
	for q, groups := range m.Effects {
		e := effect{name: m.EffectName[q], groups: groups}
		for _, g := range groups {
			e.count = max(e.count, int(g)+1)
		}
		effects = append(effects, e)
	}
	outcome := m.Y
	if family.name == OLS { // nothing is separated: zeros are numbers as any other
		outcome = make([]float64, n)
		for i := range outcome {
			outcome[i] = 1
		}
	}
	d := pruneEffects(outcome, effects, fit.Keep)
	fit.Separated, fit.Singletons = d.separated, d.singletons
	for {
		s, err := newIRLS(m, effects, fit.Keep, o)
		if err != nil {
			return nil, err
		}
		s.family = family
		again, err := s.run(ctx, fit)
		if err != nil {
			return nil, err
		}
		if !again && family.name == NegBin {
			if again, err = s.overdispersed(ctx, fit); err != nil {
				return nil, err
			}
		}
		if !again {
			if err := s.standardErrors(m, fit, o.SE); err != nil {
				return nil, err
			}
			if o.CorrectBias {
				if err := s.correctBias(m, fit); err != nil {
					return nil, err
				}
			}
			fit.Fitted = s.mu
			break
		}
		// Rows that regressors separate are gone; others may be alone now.
		d := pruneEffects(outcome, effects, fit.Keep)
		fit.Separated += d.separated
		fit.Singletons += d.singletons
	}
	fit.SolveS = time.Since(started).Seconds()
	return fit, nil
}

// check tells what is wrong with a model's values, the first row of each kind.
func (m *Model) check(multiplicative bool) error {
	n := len(m.Y)
	if n == 0 {
		return errors.New("trade: the table has no rows")
	}
	positive := false
	for i, y := range m.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("trade: row %d: the outcome is %g: a number was expected", i+1, y)
		}
		if multiplicative && y < 0 {
			return fmt.Errorf("trade: row %d: the outcome is %g: 0 or more was expected", i+1, y)
		}
		positive = positive || y > 0
	}
	if multiplicative && !positive {
		return fmt.Errorf("trade: every outcome is zero: %w", ErrNothingLeft)
	}
	for k, x := range m.X {
		if len(x) != n {
			panic("trade: columns differ in length")
		}
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("trade: row %d: %s is %g: a number was expected", i+1, m.Names[k], v)
			}
		}
	}
	for i, w := range m.Weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("trade: row %d: the weight is %g: 0 or more was expected", i+1, w)
		}
	}
	for i, v := range m.Offset {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("trade: row %d: the offset is %g: a number was expected", i+1, v)
		}
	}
	return nil
}

// irls is one run of iteratively reweighted least squares on the rows kept.
type irls struct {
	options FitOptions
	family  family
	n       int
	y, x    []float64 // x row by row, [n×k]
	weights []float64
	offset  []float64
	names   []string
	effects []effect
	eta, mu []float64
	rows    []int // of the model

	beta  []float64
	left  []float64 // [n×(1+k)] the working outcome and x, the effects taken out
	w     []float64
	proj  *projection
	bread *mat.SymDense // inverse of x'Wx
}

func newIRLS(m *Model, effects []effect, keep []bool, o FitOptions) (*irls, error) {
	rows := 0
	for _, k := range keep {
		if k {
			rows++
		}
	}
	if rows == 0 {
		return nil, fmt.Errorf("trade: separation and singletons take every row out: %w", ErrNothingLeft)
	}
	s := &irls{options: o, n: rows, names: m.Names, y: compactFloats(m.Y, keep, rows)}
	for i, k := range keep {
		if k {
			s.rows = append(s.rows, i)
		}
	}
	for i := range effects {
		s.effects = append(s.effects, effects[i].compact(keep, rows))
	}
	if len(effects) == 0 { // a constant
		s.effects = []effect{{name: "constant", groups: make([]int32, rows), count: 1}}
	}
	k := len(m.X)
	s.x = make([]float64, rows*k)
	for j, x := range m.X {
		for i, r := range s.rows {
			s.x[i*k+j] = x[r]
		}
	}
	s.weights = make([]float64, rows)
	for i, r := range s.rows {
		s.weights[i] = 1
		if m.Weights != nil {
			s.weights[i] = m.Weights[r]
		}
	}
	if m.Offset != nil {
		s.offset = compactFloats(m.Offset, keep, rows)
	}
	if s.options.Tolerance <= 0 {
		s.options.Tolerance = 1e-12
	}
	if s.options.MaxIterations <= 0 {
		s.options.MaxIterations = 200
	}
	return s, nil
}

// run iterates to convergence. It reports true where regressors separate rows:
// those are taken out of fit.Keep, and the run is to be made anew.
func (s *irls) run(ctx context.Context, fit *Fit) (bool, error) {
	if err := s.collinear(fit); err != nil {
		return false, err
	}
	if s.family.name == OLS {
		return false, s.leastSquares(fit)
	}
	n, k := s.n, len(s.names)
	c := k + 1
	fit.Coefficients = nil
	s.eta, s.mu, s.w, s.left = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n*c)
	mean, total := 0.0, 0.0
	for i, y := range s.y {
		mean += s.weights[i] * y
		total += s.weights[i]
	}
	mean /= total
	for i, y := range s.y {
		s.mu[i] = (y + mean) / 2
		s.eta[i] = math.Log(s.mu[i])
	}
	s.proj = newProjection(n, c, s.effects, s.options.Workers)
	z, before := make([]float64, n), make([]float64, n)
	deviance, inner := math.Inf(1), 1e-2
	change := math.Inf(1)
	for i := range s.y {
		copy(s.left[i*c+1:i*c+c], s.x[i*k:i*k+k])
	}
	small := 0
	for iteration := 1; ; iteration++ {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		s.proj.each(func(_, from, to int) {
			for i := from; i < to; i++ {
				s.w[i] = s.weights[i] * s.family.weight(s.mu[i])
				zi := s.eta[i] + (s.y[i]-s.mu[i])/s.mu[i]
				if s.offset != nil {
					zi -= s.offset[i]
				}
				// What was taken out of the last working outcome is in the span of the
				// effects: the projection goes on from there.
				if iteration == 1 {
					s.left[i*c] = zi
				} else {
					s.left[i*c] += zi - z[i]
				}
				z[i] = zi
			}
		})
		s.proj.reweigh(s.w)
		s.proj.residual(s.left, inner)
		if err := s.solve(); err != nil {
			return false, err
		}
		copy(before, s.eta)
		last, lastChange := deviance, change
		deviance = s.step(func(i int) float64 {
			e := s.left[i*c]
			for j, b := range s.beta {
				e -= b * s.left[i*c+1+j]
			}
			eta := z[i] - e
			if s.offset != nil {
				eta += s.offset[i]
			}
			return eta
		})
		// A step that makes the fit much worse goes too far: half of it, as glm does.
		for range mostHalvings {
			if iteration == 1 || deviance <= last+0.5*math.Abs(last)+1e-9 {
				break
			}
			deviance = s.step(func(i int) float64 { return (s.eta[i] + before[i]) / 2 })
		}
		if math.IsNaN(deviance) || math.IsInf(deviance, 0) {
			if gone := s.rectify(s.empty()); len(gone) > 0 {
				return s.separated(fit, gone), nil
			}
			return false, errors.New("trade: the deviance is no number any more: the outcome or a regressor is of an extreme size; give it in other units")
		}
		if s.options.Progress != nil {
			s.options.Progress(iteration, deviance)
		}
		fit.Iterations++
		change = math.Abs(last-deviance) / (0.1 + math.Abs(deviance))
		if change < s.options.Tolerance && inner <= s.innerFloor() {
			small++
		} else {
			small = 0
		}
		// Rows that regressors and effects separate fall for ever, and as their weights
		// vanish the projections lose hold: a fit that takes long looks at every row
		// without an outcome, one that converges at those that still fall.
		if iteration%20 == 0 {
			if gone := s.rectify(s.empty()); len(gone) > 0 {
				return s.separated(fit, gone), nil
			}
		}
		if small >= 1 {
			break
		}
		if iteration == s.options.MaxIterations {
			return false, fmt.Errorf("trade: no convergence in %d iterations: the deviance still changes by %.1e of itself", iteration, change)
		}
		// The projection need not be better than the step is.
		inner = math.Max(s.innerFloor(), math.Min(inner, math.Min(0.1*math.Sqrt(change), 1e-2)))
		switch {
		case change < 1e-6:
			inner = s.innerFloor()
		case change > 0.25*lastChange && iteration > 8:
			// Slower than Newton's method is: the projection may be why.
			inner = math.Max(s.innerFloor(), inner/10)
		}
	}
	fit.Deviance = deviance
	if gone := s.rectify(s.falling(before)); len(gone) > 0 {
		return s.separated(fit, gone), nil
	}
	fit.Used = n
	for j, name := range s.names {
		fit.Coefficients = append(fit.Coefficients, Coefficient{Name: name, Estimate: s.beta[j]})
	}
	return false, nil
}

// leastSquares fits the outcome itself, in one projection.
func (s *irls) leastSquares(fit *Fit) error {
	n, k := s.n, len(s.names)
	c := k + 1
	s.eta, s.mu, s.w, s.left = make([]float64, n), make([]float64, n), slices.Clone(s.weights), make([]float64, n*c)
	for i, y := range s.y {
		s.left[i*c] = y
		if s.offset != nil {
			s.left[i*c] -= s.offset[i]
		}
		copy(s.left[i*c+1:i*c+c], s.x[i*k:i*k+k])
	}
	s.proj = newProjection(n, c, s.effects, s.options.Workers)
	s.proj.reweigh(s.w)
	s.proj.residual(s.left, s.innerFloor())
	if err := s.solve(); err != nil {
		return err
	}
	fit.Deviance, fit.Iterations, fit.Used = 0, 1, n
	for i, y := range s.y {
		e := s.left[i*c]
		for j, b := range s.beta {
			e -= b * s.left[i*c+1+j]
		}
		s.mu[i] = y - e
		fit.Deviance += s.weights[i] * e * e
	}
	for j, name := range s.names {
		fit.Coefficients = append(fit.Coefficients, Coefficient{Name: name, Estimate: s.beta[j]})
	}
	return nil
}

// overdispersed estimates the dispersion of negbin and the means in turn, until both
// stay (Hilbe 2011, Negative Binomial Regression, §8.3).
func (s *irls) overdispersed(ctx context.Context, fit *Fit) (again bool, err error) {
	for range 100 {
		alpha := dispersion(s.y, s.mu, s.weights)
		done := math.Abs(alpha-s.family.alpha) <= 1e-8*alpha
		s.family.alpha = alpha
		fit.Alpha = &alpha
		if done {
			return false, nil
		}
		if again, err := s.run(ctx, fit); again || err != nil {
			return again, err
		}
	}
	return false, errors.New("trade: no convergence: the dispersion of the negative binomial still changes")
}

// step sets the linear predictor of each row, and gives the deviance.
func (s *irls) step(eta func(row int) float64) float64 {
	parts := make([]float64, len(s.proj.pieces))
	s.proj.each(func(piece, from, to int) {
		sum := 0.0
		for i := from; i < to; i++ {
			s.eta[i] = eta(i)
			s.mu[i] = math.Exp(s.eta[i])
			sum += s.weights[i] * s.family.deviance(s.y[i], s.mu[i])
		}
		parts[piece] = sum
	})
	deviance := 0.0
	for _, d := range parts {
		deviance += d
	}
	return deviance
}

// separated takes rows out of a fit, and gives true: it is to be made anew.
func (s *irls) separated(fit *Fit, rows []int) bool {
	for _, i := range rows {
		fit.Keep[s.rows[i]] = false
	}
	fit.Separated += len(rows)
	return true
}

// mostHalvings bounds how far a step is cut.
const mostHalvings = 30

// innerFloor is the tightest tolerance of the projections.
func (s *irls) innerFloor() float64 { return math.Max(1e-11, 0.1*s.options.Tolerance) }

func poissonDeviance(y, mu float64) float64 {
	if y == 0 {
		return 2 * mu
	}
	return 2 * (y*math.Log(y/mu) - y + mu)
}

// solve finds the coefficients of the projected least squares.
func (s *irls) solve() error {
	k := len(s.names)
	if k == 0 {
		s.beta = nil
		return nil
	}
	gram, right := s.gram()
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return fmt.Errorf("trade: the regressors %s are collinear to working precision", strings.Join(s.names, ", "))
	}
	var b mat.VecDense
	if err := chol.SolveVecTo(&b, right); err != nil {
		return fmt.Errorf("trade: the regressors %s are nearly collinear: %w", strings.Join(s.names, ", "), err)
	}
	s.beta = append(s.beta[:0], b.RawVector().Data...)
	s.bread = mat.NewSymDense(k, nil)
	return chol.InverseTo(s.bread)
}

// gram gives x'Wx and x'Wz of what is left of x and z.
func (s *irls) gram() (*mat.SymDense, *mat.VecDense) {
	k := len(s.names)
	c := k + 1
	parts := make([][]float64, len(s.proj.pieces))
	s.proj.each(func(piece, from, to int) {
		g := make([]float64, c*c)
		for i := from; i < to; i++ {
			row := s.left[i*c : i*c+c]
			for a := range row {
				wa := s.w[i] * row[a]
				for b := a; b < c; b++ {
					g[a*c+b] += wa * row[b]
				}
			}
		}
		parts[piece] = g
	})
	sum := make([]float64, c*c)
	for _, g := range parts {
		for i, v := range g {
			sum[i] += v
		}
	}
	gram, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for a := range k {
		right.SetVec(a, sum[a+1])
		for b := a; b < k; b++ {
			gram.SetSym(a, b, sum[(a+1)*c+b+1])
		}
	}
	return gram, right
}

// collinear drops the regressors that the effects hold already, and of a
// collinear set the latest: what is left of each after those before it is next
// to nothing of itself (weights: the outcome's first guess, so that what holds
// here holds in every iteration).
func (s *irls) collinear(fit *Fit) error {
	fit.Dropped = fit.Dropped[:0]
	k := len(s.names)
	if k == 0 {
		return nil
	}
	const negligible = 1e-9 // of a column's sum of squares
	w := make([]float64, s.n)
	for i := range w {
		w[i] = s.weights[i]
	}
	p := newProjection(s.n, k, s.effects, s.options.Workers)
	p.reweigh(w)
	v := slices.Clone(s.x)
	size := p.dots(v, v)
	p.residual(v, 1e-8)
	var kept []int
	var basis [][]float64
	for j := range k {
		col := make([]float64, s.n)
		for i := range col {
			col[i] = v[i*k+j]
		}
		own := weighted(w, col, col)
		if own <= negligible*size[j] {
			fit.Dropped = append(fit.Dropped, Dropped{s.names[j], "constant within the fixed effects"})
			continue
		}
		for range 2 { // twice, against rounding
			for _, b := range basis {
				d := weighted(w, col, b)
				for i := range col {
					col[i] -= d * b[i]
				}
			}
		}
		rest := weighted(w, col, col)
		if rest <= negligible*own {
			var before []string
			for _, b := range kept {
				before = append(before, s.names[b])
			}
			fit.Dropped = append(fit.Dropped, Dropped{s.names[j], "collinear with " + strings.Join(before, ", ")})
			continue
		}
		scale := 1 / math.Sqrt(rest)
		for i := range col {
			col[i] *= scale
		}
		kept, basis = append(kept, j), append(basis, col)
	}
	if len(kept) == k {
		return nil
	}
	x := make([]float64, s.n*len(kept))
	names := make([]string, len(kept))
	for a, j := range kept {
		names[a] = s.names[j]
		for i := range s.n {
			x[i*len(kept)+a] = s.x[i*k+j]
		}
	}
	s.x, s.names = x, names
	return nil
}

func weighted(w, a, b []float64) float64 {
	s := 0.0
	for i := range w {
		s += w[i] * a[i] * b[i]
	}
	return s
}
