package trade

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Panel names the two sides and the period of each row of a three-way model, whose
// fixed effects are exporter-period, importer-period and pair.
type Panel struct {
	Exporter, Importer, Period []int32 // [n] from 0
}

// correctBias fills Corrected of a fit of a three-way model: estimates and standard
// errors freed of their bias of order 1/N, N the number of countries (Weidner and
// Zylkin 2021, Journal of International Economics 132, doi:10.1016/j.jinteco.2021.103513).
//
// With the pair effects concentrated out, the likelihood of a pair is multinomial over
// its periods. With S the score, H minus the Hessian and G the third derivative of it
// in the linear predictor, and x̃ what the effects leave of a regressor, the score of
// coefficient k has at the estimated effects the expectation
//
//	b_k = Σ_i { ½ Σ_j G_ij[x̃_k] : V_i  -  Σ_j x̃_k' H_ij A_i S_ij } + the same by importer,
//	A_i = (Σ_j H_ij)⁺,   V_i = A_i (Σ_j S_ij S_ij') A_i,
//
// and the estimate is off by (Σ x̃' H x̃)⁻¹ b. The clustered variance is too small since
// fitted residuals are: to the leading order those of a pair have the variance
// (I - H_ij M_ij) H_ij where the true ones have H_ij, with M_ij = x̃ (Σ x̃' H x̃)⁻¹ x̃' + A_i +
// A_j what the parameters take of them, and are freed of it, see [freed]. Errors are
// clustered by pair, with the small-sample factor of pairs alone, G/(G-1).
//
// The expansion is in the share of a pair in the trade of its sides: own sales, which
// are most of it, are better left out.
func (s *irls) correctBias(m *Model, fit *Fit) error {
	if m.Panel == nil {
		return errors.New("trade: the bias correction is that of three-way models: effects exporter^year + importer^year + exporter^importer were expected")
	}
	k := len(s.names)
	if k == 0 {
		return nil
	}
	b := newBias(s, m.Panel)
	for k := range b.pairs {
		rows := b.pairs[k].rows
		for x := 1; x < len(rows); x++ {
			if b.period[rows[x]] == b.period[rows[x-1]] {
				return fmt.Errorf("trade: the bias correction needs each pair once a period: rows %d and %d are of one", s.rows[rows[x-1]]+1, s.rows[rows[x]]+1)
			}
		}
	}
	v := s.leftAtFit(k)
	bread, err := s.breadOf(v, k)
	if err != nil {
		return err
	}
	score := mat.NewVecDense(k, nil)
	for _, side := range []*biasSide{&b.exporters, &b.importers} {
		b.sums(side)
		b.scoreBias(side, v, k, score)
	}
	var shift mat.VecDense
	shift.MulVec(bread, score)
	meat := b.meat(v, k, bread)
	g := float64(len(b.pairs))
	if g < 2 {
		return errors.New("trade: the bias correction needs two pairs or more")
	}
	covariance := scaled(sandwich(bread, meat), g/(g-1))
	fit.Corrected = nil
	for j, c := range fit.Coefficients {
		fit.Corrected = append(fit.Corrected, Coefficient{Name: c.Name, Estimate: c.Estimate - shift.AtVec(j), StdError: math.Sqrt(covariance.At(j, j))})
	}
	return nil
}

// biasPair is the rows of a pair of countries, by period.
type biasPair struct {
	exporter, importer int32
	rows               []int
}

// biasSide is the sums over the pairs of each exporter, or importer.
type biasSide struct {
	of      func(*biasPair) int32
	count   int
	inverse []*mat.SymDense // A, [T×T]
	spread  []*mat.SymDense // V, [T×T]
}

type bias struct {
	s                    *irls
	period               []int32 // of each row kept
	periods              int
	pairs                []biasPair
	exporters, importers biasSide
}

func newBias(s *irls, p *Panel) *bias {
	b := &bias{s: s, period: make([]int32, s.n)}
	index := map[[2]int32]int{}
	for i, r := range s.rows {
		b.period[i] = p.Period[r]
		b.periods = max(b.periods, int(p.Period[r])+1)
		b.exporters.count = max(b.exporters.count, int(p.Exporter[r])+1)
		b.importers.count = max(b.importers.count, int(p.Importer[r])+1)
		key := [2]int32{p.Exporter[r], p.Importer[r]}
		at, ok := index[key]
		if !ok {
			at = len(b.pairs)
			index[key] = at
			b.pairs = append(b.pairs, biasPair{exporter: key[0], importer: key[1]})
		}
		b.pairs[at].rows = append(b.pairs[at].rows, i)
	}
	for k := range b.pairs {
		rows := b.pairs[k].rows
		sort.Slice(rows, func(i, j int) bool { return b.period[rows[i]] < b.period[rows[j]] })
	}
	b.exporters.of = func(p *biasPair) int32 { return p.exporter }
	b.importers.of = func(p *biasPair) int32 { return p.importer }
	return b
}

// residual is the score of a row in its linear predictor.
func (b *bias) residual(i int) float64 { return b.s.weights[i] * (b.s.y[i] - b.s.mu[i]) }

// hessian gives H of two rows of a pair whose fitted values add up to total.
func (b *bias) hessian(i, j int, total float64) float64 {
	h := -b.s.w[i] * b.s.w[j] / total
	if i == j {
		h += b.s.w[i]
	}
	return h
}

func (b *bias) total(p *biasPair) float64 {
	t := 0.0
	for _, i := range p.rows {
		t += b.s.w[i]
	}
	return t
}

// sums fills the generalised inverses and spreads of a side.
func (b *bias) sums(side *biasSide) {
	t := b.periods
	hessian, outer := make([]*mat.SymDense, side.count), make([]*mat.SymDense, side.count)
	for k := range b.pairs {
		p := &b.pairs[k]
		g := side.of(p)
		if hessian[g] == nil {
			hessian[g], outer[g] = mat.NewSymDense(t, nil), mat.NewSymDense(t, nil)
		}
		total := b.total(p)
		for x, i := range p.rows {
			for _, j := range p.rows[x:] {
				a, c := int(b.period[i]), int(b.period[j])
				hessian[g].SetSym(a, c, hessian[g].At(a, c)+b.hessian(i, j, total))
				outer[g].SetSym(a, c, outer[g].At(a, c)+b.residual(i)*b.residual(j))
			}
		}
	}
	side.inverse, side.spread = make([]*mat.SymDense, side.count), make([]*mat.SymDense, side.count)
	for g := range side.count {
		if hessian[g] == nil {
			continue
		}
		side.inverse[g] = pseudoInverse(hessian[g])
		side.spread[g] = sandwich(side.inverse[g], outer[g])
	}
}

// pseudoInverse is the Moore-Penrose inverse of a symmetric matrix.
func pseudoInverse(a *mat.SymDense) *mat.SymDense {
	n := a.SymmetricDim()
	var eigen mat.EigenSym
	out := mat.NewSymDense(n, nil)
	if !eigen.Factorize(a, true) {
		return out
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	largest := 0.0
	for _, v := range values {
		largest = math.Max(largest, math.Abs(v))
	}
	for j, v := range values {
		if math.Abs(v) > 1e-10*largest {
			out.SymRankOne(out, 1/v, vectors.ColView(j))
		}
	}
	return out
}

// scoreBias adds what a side puts into the expectation of the score.
func (b *bias) scoreBias(side *biasSide, v []float64, k int, score *mat.VecDense) {
	for q := range b.pairs {
		p := &b.pairs[q]
		g := side.of(p)
		a, spread := side.inverse[g], side.spread[g]
		total := b.total(p)
		observed := 0.0 // Σ_t y: the pair effect makes it the sum of the fitted values too
		for _, i := range p.rows {
			observed += b.s.weights[i] * b.s.y[i]
		}
		for j := range k {
			mean := 0.0 // ϑ·x̃
			for _, i := range p.rows {
				mean += b.s.w[i] / total * v[i*k+j]
			}
			sum := 0.0
			for _, i := range p.rows {
				ti, xi := b.s.w[i]/total, v[i*k+j]
				// (H x̃)_i = w_i (x̃_i - ϑ·x̃).
				hx := b.s.w[i] * (xi - mean)
				for _, l := range p.rows {
					tl, xl := b.s.w[l]/total, v[l*k+j]
					sum -= hx * a.At(int(b.period[i]), int(b.period[l])) * b.residual(l)
					third := ti * tl * (2*mean - xi - xl)
					if i == l {
						third += ti * (xi - mean)
					}
					sum -= 0.5 * observed * third * spread.At(int(b.period[i]), int(b.period[l]))
				}
			}
			score.SetVec(j, score.AtVec(j)+sum)
		}
	}
}

// meat sums the outer products of the scores of pairs, their residuals freed of what
// the parameters take.
func (b *bias) meat(v []float64, k int, bread *mat.SymDense) *mat.SymDense {
	meat := mat.NewSymDense(k, nil)
	for q := range b.pairs {
		p := &b.pairs[q]
		n := len(p.rows)
		total := b.total(p)
		x := mat.NewDense(n, k, nil)
		h, taken := mat.NewSymDense(n, nil), mat.NewDense(n, n, nil)
		e := mat.NewVecDense(n, nil)
		for r, i := range p.rows {
			e.SetVec(r, b.residual(i))
			for j := range k {
				x.Set(r, j, v[i*k+j])
			}
			for c, l := range p.rows {
				h.SetSym(r, c, b.hessian(i, l, total))
				ti, tl := int(b.period[i]), int(b.period[l])
				taken.Set(r, c, b.exporters.inverse[p.exporter].At(ti, tl)+b.importers.inverse[p.importer].At(ti, tl))
			}
		}
		var own, projected mat.Dense
		own.Mul(x, bread)
		projected.Mul(&own, x.T())
		taken.Add(taken, &projected)
		var score mat.VecDense
		score.MulVec(x.T(), freed(h, taken, e))
		meat.SymRankOne(meat, 1, &score)
	}
	return meat
}

// mostTaken bounds the share of a residual that the parameters are held to take: the sum
// of both sides' shares counts what they have in common twice.
const mostTaken = 0.9

// freed gives H^½ (I - H^½ M H^½)^-½ H^-½ e: residuals with the variance H where those
// of a fit have (I - H M) H (Bell and McCaffrey 2002, Survey Methodology 28(2)).
func freed(h *mat.SymDense, taken *mat.Dense, e *mat.VecDense) *mat.VecDense {
	root, inverse := roots(h)
	var half, both mat.Dense
	half.Mul(root, taken)
	both.Mul(&half, root)
	n := h.SymmetricDim()
	share := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			share.SetSym(i, j, (both.At(i, j)+both.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(share, true) {
		return e
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var bare, turned, out mat.VecDense
	bare.MulVec(inverse, e)
	turned.MulVec(vectors.T(), &bare)
	for i, v := range eigen.Values(nil) {
		turned.SetVec(i, turned.AtVec(i)/math.Sqrt(1-math.Max(0, math.Min(mostTaken, v))))
	}
	bare.MulVec(&vectors, &turned)
	out.MulVec(root, &bare)
	return &out
}

// roots gives the square root of a matrix without negative eigenvalues and the
// generalised inverse of that root.
func roots(h *mat.SymDense) (root, inverse *mat.SymDense) {
	n := h.SymmetricDim()
	root, inverse = mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	var eigen mat.EigenSym
	if !eigen.Factorize(h, true) {
		return root, inverse
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for j, v := range values {
		if v > 1e-12*values[n-1] {
			root.SymRankOne(root, math.Sqrt(v), vectors.ColView(j))
			inverse.SymRankOne(inverse, 1/math.Sqrt(v), vectors.ColView(j))
		}
	}
	return root, inverse
}
