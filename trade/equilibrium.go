package trade

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// World is the trade of a year between n countries: Trade[i*n+j] is what j
// buys of i in value, own sales included. Output and expenditure are its sums
// by row and by column.
type World struct {
	Countries []string
	Trade     []float64 // [n×n], row = seller
}

// Equilibrium is what a change of trade costs does, in exact hat algebra: every
// figure is a ratio to the baseline, world nominal output held.
type Equilibrium struct {
	Price      []float64 // [n] of what a country makes (factory gate)
	Cost       []float64 // [n] of what it buys (inward multilateral resistance)
	Outward    []float64 // [n] outward multilateral resistance; nil of several sectors
	RealOutput []float64 // [n] Price / Cost
	Welfare    []float64 // [n] real expenditure
	Exports    []float64 // [n] in value, own sales left out
	Imports    []float64 // [n]
	Trade      []float64 // [n×n] counterfactual values
	Residual   float64   // largest gap between output and sales, as a share of output
	Iterations int
}

// ErrNoEquilibrium is wrapped where the search does not converge.
var ErrNoEquilibrium = errors.New("no equilibrium was found")

// mostNewton bounds the steps of a search.
const mostNewton = 200

// Counterfactual finds the full-endowment general equilibrium of one-sector
// structural gravity after a change of trade costs (Anderson and van Wincoop
// 2003; exact hat algebra: Dekle, Eaton and Kortum 2008, IMF Staff Papers 55(3)).
// Change[i*n+j] is the ratio of t^(1-sigma), 1 where nothing changes. Trade
// deficits stay what they are as a share of world output.
//
// It solves p_i Y_i = sum_j share'_ij E'_j for the price changes p by Newton's
// method with step control, with no scale to choose; O(n^3) a step. sigma <= 1 is
// an error, as is a country that neither sells nor buys.
func Counterfactual(w *World, sigma float64, change []float64) (*Equilibrium, error) {
	out, err := CounterfactualSectors(w.Countries, []Sector{{Name: "all", Sigma: sigma, Trade: w.Trade, Change: change}})
	if err != nil {
		return nil, err
	}
	return out.Equilibrium, nil
}

// check says what is wrong with a world and a change.
func (w *World) check(sigma float64, change []float64) error {
	n := len(w.Countries)
	if n < 2 {
		return fmt.Errorf("trade: %d countries: two or more were expected", n)
	}
	if !(sigma > 1) || math.IsInf(sigma, 0) {
		return fmt.Errorf("trade: sigma is %g: more than 1 was expected, else dearer goods would gain shares", sigma)
	}
	if len(w.Trade) != n*n || len(change) != n*n {
		panic("trade: the matrices are not square")
	}
	for k, x := range w.Trade {
		from, to, c := w.Countries[k/n], w.Countries[k%n], change[k]
		if !(x >= 0) || math.IsInf(x, 0) {
			return fmt.Errorf("trade: %s to %s: trade is %g: 0 or more was expected", from, to, x)
		}
		if !(c >= 0) || math.IsInf(c, 0) {
			return fmt.Errorf("trade: %s to %s: the change of t^(1-sigma) is %g: 0 (no trade any more) or more was expected", from, to, c)
		}
	}
	return nil
}

// margins checks a world and a change, and gives output and expenditure.
func (w *World) margins(sigma float64, change []float64) (y, e []float64, err error) {
	if err := w.check(sigma, change); err != nil {
		return nil, nil, err
	}
	n := len(w.Countries)
	y, e = make([]float64, n), make([]float64, n)
	for k, x := range w.Trade {
		y[k/n] += x
		e[k%n] += x
	}
	for i := range n {
		if y[i] == 0 || e[i] == 0 {
			return nil, nil, fmt.Errorf("trade: %s sells or buys nothing: leave it out, or add what it trades with itself", w.Countries[i])
		}
	}
	return y, e, nil
}

// hat holds the search for prices.
type hat struct {
	n       int
	y       []float64
	sectors []hatSector
	deficit []float64
	total   float64

	p, cost, e []float64
	excess     []float64
	gaps       float64
}

// hatSector is the trade of a sector during the search.
type hatSector struct {
	sigma  float64
	share  []float64 // [n×n] baseline shares times the change
	spends []float64 // [n] share of the sector in what a country spends
	now    []float64 // [n×n] shares at the prices
	cost   []float64 // [n]
}

// at works shares, expenditure and excess demand out at log prices, and gives
// the largest gap of a market as a share of its output. The sum of all gaps, by
// which steps are judged, is kept: as prices fall, shares of output may grow
// though the gaps close.
func (s *hat) at(x []float64) float64 {
	n := s.n
	world := 0.0
	for i, v := range x {
		s.p[i] = math.Exp(v)
		world += s.p[i] * s.y[i]
	}
	for j := range n {
		s.e[j] = s.p[j]*s.y[j] + s.deficit[j]*world/s.total
		s.cost[j] = 1
	}
	power := make([]float64, n)
	for q := range s.sectors {
		k := &s.sectors[q]
		for i, v := range x {
			power[i] = math.Exp((1 - k.sigma) * v)
		}
		for j := range n {
			if k.spends[j] == 0 {
				k.cost[j] = 1
				continue
			}
			sum := 0.0
			for i := range n {
				v := k.share[i*n+j] * power[i]
				k.now[i*n+j] = v
				sum += v
			}
			k.cost[j] = math.Pow(sum, 1/(1-k.sigma))
			if len(s.sectors) == 1 {
				s.cost[j] = k.cost[j]
			} else {
				s.cost[j] *= math.Pow(k.cost[j], k.spends[j])
			}
			for i := range n {
				k.now[i*n+j] /= sum
			}
		}
	}
	worst := 0.0
	s.gaps = 0
	for i := range n {
		sales := 0.0
		for q := range s.sectors {
			k := &s.sectors[q]
			for j := range n {
				sales += k.now[i*n+j] * k.spends[j] * s.e[j]
			}
		}
		s.excess[i] = sales - s.p[i]*s.y[i]
		s.gaps += math.Abs(s.excess[i])
		worst = math.Max(worst, math.Abs(s.excess[i])/(s.p[i]*s.y[i]))
	}
	return worst
}

func (s *hat) solve(out *Equilibrium) error {
	n := s.n
	s.p, s.cost, s.e, s.excess = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	x, next := make([]float64, n), make([]float64, n)
	worst := s.at(x)
	jacobian, product, right := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	bought := make([]float64, n*n)
	var lu mat.LU
	for out.Iterations = 0; out.Iterations < mostNewton; out.Iterations++ {
		if worst <= 4e-16*float64(n) || out.Iterations > 0 && worst < 1e-14 {
			break
		}
		// Σ_s (σ_s-1) Σ_j now_ij now_kj α_j e_j, as a product of matrices by sector.
		jacobian.Zero()
		for q := range s.sectors {
			k := &s.sectors[q]
			for i := range n {
				for j := range n {
					bought[i*n+j] = (k.sigma - 1) * k.now[i*n+j] * k.spends[j] * s.e[j]
				}
			}
			product.Mul(mat.NewDense(n, n, bought), mat.NewDense(n, n, k.now).T())
			jacobian.Add(jacobian, product)
			for i := range n {
				sales, lent := 0.0, 0.0
				for j := range n {
					part := k.now[i*n+j] * k.spends[j]
					jacobian.Set(i, j, jacobian.At(i, j)+part*s.p[j]*s.y[j])
					sales += part * s.e[j]
					lent += part * s.deficit[j] / s.total
				}
				for j := range n {
					jacobian.Set(i, j, jacobian.At(i, j)+lent*s.p[j]*s.y[j])
				}
				jacobian.Set(i, i, jacobian.At(i, i)-(k.sigma-1)*sales)
			}
		}
		for i := range n {
			jacobian.Set(i, i, jacobian.At(i, i)-s.p[i]*s.y[i])
			right.SetVec(i, -s.excess[i])
		}
		// Prices are known but for their level: world output takes the place of one
		// market, which the others clear.
		world := 0.0
		for k := range n {
			jacobian.Set(n-1, k, s.p[k]*s.y[k])
			world += s.p[k] * s.y[k]
		}
		right.SetVec(n-1, s.total-world)
		lu.Factorize(jacobian)
		var step mat.VecDense
		if err := lu.SolveVecTo(&step, false, right); err != nil {
			var condition mat.Condition
			if !errors.As(err, &condition) || math.IsInf(float64(condition), 0) {
				return fmt.Errorf("trade: %w: the markets hang together too weakly (%v)", ErrNoEquilibrium, err)
			}
		}
		length := 1.0
		for k := range n {
			length = math.Min(length, 1/math.Max(1, math.Abs(step.AtVec(k)))) // no price by more than e at once
		}
		better, gaps := false, s.gaps
		for range 40 {
			for k := range n {
				next[k] = x[k] + length*step.AtVec(k)
			}
			if w := s.at(next); s.gaps < gaps || w < 1e-13 {
				worst, better = w, true
				break
			}
			length /= 2
		}
		if !better {
			break
		}
		copy(x, next)
	}
	s.at(x)
	// World nominal output is the numeraire.
	world := 0.0
	for k := range n {
		world += s.p[k] * s.y[k]
	}
	for k := range x {
		x[k] -= math.Log(world / s.total)
	}
	out.Residual = s.at(x)
	if out.Residual > 1e-10 {
		return fmt.Errorf("trade: %w: after %d steps output and sales still differ by %.1e", ErrNoEquilibrium, out.Iterations, out.Residual)
	}
	return nil
}

// fill writes prices, costs and what they mean for output and expenditure, e in the
// baseline.
func (s *hat) fill(out *Equilibrium, e []float64) {
	n := s.n
	out.Price, out.Cost = s.p, s.cost
	out.RealOutput, out.Welfare = make([]float64, n), make([]float64, n)
	for j := range n {
		out.RealOutput[j] = s.p[j] / s.cost[j]
		out.Welfare[j] = s.e[j] / e[j] / s.cost[j]
	}
}

// foreign gives the ratio of what each country sells and buys abroad.
func foreign(before, after []float64, n int) (exports, imports []float64) {
	exports, imports = make([]float64, n), make([]float64, n)
	for i := range n {
		var soldA, soldB, boughtA, boughtB float64
		for j := range n {
			if i == j {
				continue
			}
			soldA += before[i*n+j]
			soldB += after[i*n+j]
			boughtA += before[j*n+i]
			boughtB += after[j*n+i]
		}
		exports[i], imports[i] = 1, 1 // of nothing there is nothing more
		if soldA > 0 {
			exports[i] = soldB / soldA
		}
		if boughtA > 0 {
			imports[i] = boughtB / boughtA
		}
	}
	return exports, imports
}

// Conditional finds trade after a change of trade costs with output and
// expenditure held (conditional general equilibrium): only the multilateral
// resistances answer. Inward resistances are ratios with that of the last
// country held.
func Conditional(w *World, sigma float64, change []float64) (*Equilibrium, error) {
	n := len(w.Countries)
	y, e, err := w.margins(sigma, change)
	if err != nil {
		return nil, err
	}
	// x'_ij = x_ij change_ij r_i c_j with the sums held: matrix balancing, by
	// Newton's method on log c after r is put in.
	k := make([]float64, n*n)
	for i := range k {
		k[i] = w.Trade[i] * change[i]
	}
	r, c := make([]float64, n), make([]float64, n)
	for j := range c {
		c[j] = 1
	}
	out := &Equilibrium{}
	gap := func() float64 {
		for i := range n {
			sum := 0.0
			for j := range n {
				sum += k[i*n+j] * c[j]
			}
			r[i] = y[i] / sum
		}
		worst := 0.0
		for j := range n {
			sum := 0.0
			for i := range n {
				sum += k[i*n+j] * r[i]
			}
			worst = math.Max(worst, math.Abs(sum*c[j]/e[j]-1))
		}
		return worst
	}
	worst := gap()
	flow, part := make([]float64, n*n), make([]float64, n*n)
	jacobian, right := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	var lu mat.LU
	for out.Iterations = 0; worst > 2e-15*math.Sqrt(float64(n)) && out.Iterations < mostNewton; out.Iterations++ {
		for i := range n {
			for j := range n {
				flow[i*n+j] = k[i*n+j] * r[i] * c[j]
				part[i*n+j] = -flow[i*n+j] / y[i]
			}
		}
		jacobian.Mul(mat.NewDense(n, n, flow).T(), mat.NewDense(n, n, part))
		for j := range n {
			sum := 0.0
			for i := range n {
				sum += flow[i*n+j]
			}
			right.SetVec(j, e[j]-sum)
			jacobian.Set(j, j, jacobian.At(j, j)+sum)
		}
		// The scale between r and c is free: the last c is held.
		for l := range n {
			jacobian.Set(n-1, l, 0)
		}
		jacobian.Set(n-1, n-1, 1)
		right.SetVec(n-1, 0)
		lu.Factorize(jacobian)
		var step mat.VecDense
		if err := lu.SolveVecTo(&step, false, right); err != nil {
			var condition mat.Condition
			if !errors.As(err, &condition) || math.IsInf(float64(condition), 0) {
				return nil, fmt.Errorf("trade: %w: the markets hang together too weakly (%v)", ErrNoEquilibrium, err)
			}
		}
		before := append([]float64(nil), c...)
		length := 1.0
		better := false
		for range 40 {
			for j := range n {
				c[j] = before[j] * math.Exp(length*math.Max(-2, math.Min(2, step.AtVec(j))))
			}
			if g := gap(); g < worst {
				worst, better = g, true
				break
			}
			length /= 2
		}
		if !better {
			copy(c, before)
			worst = gap()
			break
		}
	}
	if worst > 1e-11 {
		return nil, fmt.Errorf("trade: %w: after %d steps the sums still differ by %.1e", ErrNoEquilibrium, out.Iterations, worst)
	}
	out.Residual = worst
	out.Trade, out.Cost, out.Outward = make([]float64, n*n), make([]float64, n), make([]float64, n)
	for i := range n {
		// x = Y E t^(1-s) / (Π P)^(1-s): r = Π^(s-1), c = P^(s-1) as ratios.
		out.Outward[i] = math.Pow(r[i]*c[n-1], 1/(sigma-1))
		out.Cost[i] = math.Pow(c[i]/c[n-1], 1/(sigma-1))
		for j := range n {
			out.Trade[i*n+j] = k[i*n+j] * r[i] * c[j]
		}
	}
	out.Exports, out.Imports = foreign(w.Trade, out.Trade, n)
	return out, nil
}
