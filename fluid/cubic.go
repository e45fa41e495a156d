package fluid

import (
	"fmt"
	"math"
	"sync"
)

const (
	cubicName             = "peng-robinson"
	cubicLowK, cubicHighK = 60, 1000
	cubicMaxBar           = 1000
)

// cubicPairs reads the binary interaction parameters.
var cubicPairs = sync.OnceValue(func() *[Components][Components]float64 {
	out := new([Components][Components]float64)
	const name = "cubic_pairs.csv"
	for _, row := range rows(name) {
		i, j, k := symbol(name, row[0]), symbol(name, row[1]), numbers(name, row[2:])[0]
		out[i][j], out[j][i] = k, k
	}
	return out
})

// PengRobinson is the equation of Peng and Robinson (1976, Ind. Eng. Chem. Fundam. 15, 59; with
// the slope of 1978, GPA Research Report 28) for one mixture,
//
//	p = R T/(V - b) - a(T)/(V (V + b) + b (V - b)),
//
// with the mixing rules of van der Waals. Its densities are off by some per cent, but it tells well
// whether a mixture splits into gas and liquid, which is what it is for here; see
// [PengRobinson.TwoPhase]. Range: 60 to 1000 K, 0 to 1000 bar. It may be used by several
// goroutines.
type PengRobinson struct {
	present  []Component
	x        []float64
	tc, pc   []float64 // K, bar
	kappa    []float64
	repel    []float64 // b p/(R T) per p/T: 0.0778 Tc/pc, K/bar
	interact [][]float64
}

// NewPengRobinson sets the equation up for a mixture. The error is that of [Composition.Check].
func NewPengRobinson(c Composition) (*PengRobinson, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("fluid: %s: %w", cubicName, err)
	}
	c = c.normalised()
	e := new(PengRobinson)
	for i, x := range c {
		if x == 0 {
			continue
		}
		p := pures()[i]
		w := p.acentric
		kappa := 0.37464 + w*(1.54226-w*0.26992)
		if w > 0.491 {
			kappa = 0.379642 + w*(1.48503+w*(-0.164423+w*0.016666))
		}
		e.present = append(e.present, Component(i))
		e.x = append(e.x, x)
		e.tc = append(e.tc, p.cubicTemperature)
		e.pc = append(e.pc, p.cubicPressure)
		e.kappa = append(e.kappa, kappa)
		e.repel = append(e.repel, 0.0777960739*p.cubicTemperature/p.cubicPressure)
	}
	for _, i := range e.present {
		var row []float64
		for _, j := range e.present {
			row = append(row, cubicPairs()[i][j])
		}
		e.interact = append(e.interact, row)
	}
	return e, nil
}

// Name is "peng-robinson".
func (e *PengRobinson) Name() string { return cubicName }

// cubicState holds the equation at one pressure and temperature, and room for its work.
type cubicState struct {
	a      [][]float64 // A_ij = a_ij p/(R T)^2
	b      []float64   // B_i = b_i p/(R T)
	sum    []float64   // sum over j of x_j A_ij
	logPhi []float64
}

func (e *PengRobinson) at(pressureBar, temperatureK float64) *cubicState {
	n := len(e.x)
	s := &cubicState{b: make([]float64, n), sum: make([]float64, n), logPhi: make([]float64, n)}
	root := make([]float64, n)
	for i := range n {
		tr := temperatureK / e.tc[i]
		alpha := 1 + e.kappa[i]*(1-math.Sqrt(tr))
		root[i] = math.Abs(alpha) * math.Sqrt(0.457235529*pressureBar/e.pc[i]) / tr
		s.b[i] = e.repel[i] * pressureBar / temperatureK
	}
	for i := range n {
		row := make([]float64, n)
		for j := range n {
			row[j] = root[i] * root[j] * (1 - e.interact[i][j])
		}
		s.a = append(s.a, row)
	}
	return s
}

// mix gives A and B of a mixture, and leaves the sums over pairs.
func (s *cubicState) mix(x []float64) (a, b float64) {
	for i := range x {
		s.sum[i] = 0
		for j, xj := range x {
			s.sum[i] += xj * s.a[i][j]
		}
		a += x[i] * s.sum[i]
		b += x[i] * s.b[i]
	}
	return a, b
}

// roots gives the smallest and the largest root above B of the cubic in Z,
// Z^3 - (1-B) Z^2 + (A - 3B^2 - 2B) Z - (AB - B^2 - B^3) = 0. They are the same if there is one.
func roots(a, b float64) (liquid, gas float64) {
	c2, c1, c0 := b-1, a-b*(2+3*b), b*(b*(1+b)-a)
	q := (c2*c2 - 3*c1) / 9
	r := (c2*(2*c2*c2-9*c1) + 27*c0) / 54
	// Newton takes the last digits, but runs away from a double root, as there is at no pressure.
	polish := func(z float64) float64 {
		f := ((z+c2)*z+c1)*z + c0
		for range 3 {
			next := z - f/((3*z+2*c2)*z+c1)
			g := ((next+c2)*next+c1)*next + c0
			if !(math.Abs(g) < math.Abs(f)) {
				break
			}
			z, f = next, g
		}
		return z
	}
	if r*r < q*q*q {
		angle, size := math.Acos(max(-1, min(1, r/(q*math.Sqrt(q)))))/3, -2*math.Sqrt(q)
		gas = math.Inf(-1)
		liquid = math.Inf(1)
		for k := range 3 {
			z := polish(size*math.Cos(angle+2*math.Pi/3*float64(k)) - c2/3)
			if z > b {
				gas, liquid = max(gas, z), min(liquid, z)
			}
		}
		if gas > b {
			return liquid, gas
		}
	}
	u := -math.Copysign(math.Cbrt(math.Abs(r)+math.Sqrt(max(0, r*r-q*q*q))), r)
	v := 0.0
	if u != 0 {
		v = q / u
	}
	z := polish(u + v - c2/3)
	return z, z
}

// fugacity leaves the logarithms of the fugacity coefficients of a mixture, of the root of lower
// Gibbs energy.
func (s *cubicState) fugacity(x []float64) {
	a, b := s.mix(x)
	const root2 = math.Sqrt2
	residual := func(z float64) float64 { // Gibbs energy over R T, less that of the ideal gas
		return z - 1 - math.Log(z-b) - a/(2*root2*b)*math.Log((z+(1+root2)*b)/(z+(1-root2)*b))
	}
	z, gas := roots(a, b)
	if gas > z && residual(gas) < residual(z) {
		z = gas
	}
	log := math.Log((z + (1+root2)*b) / (z + (1-root2)*b))
	for i := range x {
		s.logPhi[i] = s.b[i]/b*(z-1) - math.Log(z-b) - a/(2*root2*b)*(2*s.sum[i]/a-s.b[i]/b)*log
	}
}

// Compressibility is Z of the gas-like root. See [EquationOfState].
func (e *PengRobinson) Compressibility(pressureBar, temperatureK float64) (float64, error) {
	if err := state(cubicName, pressureBar, cubicMaxBar, temperatureK, cubicLowK, cubicHighK); err != nil {
		return 0, err
	}
	if pressureBar == 0 {
		return 1, nil
	}
	s := e.at(pressureBar, temperatureK)
	_, z := roots(s.mix(e.x))
	return positive(cubicName, z, pressureBar, temperatureK)
}

// TwoPhase says whether a mixture splits into two phases at an absolute pressure in bar and a
// temperature in K, by the equation of Peng and Robinson. Errors are those of [NewPengRobinson] and
// [PengRobinson.TwoPhase].
func TwoPhase(c Composition, pressureBar, temperatureK float64) (bool, error) {
	e, err := NewPengRobinson(c)
	if err != nil {
		return false, err
	}
	return e.TwoPhase(pressureBar, temperatureK)
}

// TwoPhase says whether the mixture splits into two phases, gas and liquid or two liquids, at an
// absolute pressure in bar and a temperature in K. It is the stability test of Michelsen (1982,
// Fluid Phase Equilibria 9, 1, doi 10.1016/0378-3812(82)85001-2): the mixture splits
// if a trial phase W, from several starts, has 1 + sum of W_i (ln W_i + ln phi_i(W) - ln z_i -
// ln phi_i(z) - 1) < 0. A pure component never splits; solids and hydrates are not looked for. The
// error is a [RangeError]. A call takes tens of microseconds, and near a phase boundary, where
// substitution is slow, some milliseconds; there the answer is "one phase" when no trial is found
// in time.
func (e *PengRobinson) TwoPhase(pressureBar, temperatureK float64) (bool, error) {
	if err := state(cubicName, pressureBar, cubicMaxBar, temperatureK, cubicLowK, cubicHighK); err != nil {
		return false, err
	}
	n := len(e.x)
	if n < 2 || pressureBar == 0 {
		return false, nil
	}
	s := e.at(pressureBar, temperatureK)
	s.fugacity(e.x)
	feed := make([]float64, n) // ln z + ln phi(z)
	wilson := make([]float64, n)
	for i, x := range e.x {
		feed[i] = math.Log(x) + s.logPhi[i]
		// Wilson's guess of the logarithm of y/x, good enough to start from.
		w := pures()[e.present[i]].acentric
		wilson[i] = math.Log(e.pc[i]/pressureBar) + 5.373*(1+w)*(1-e.tc[i]/temperatureK)
	}
	trial := make([]float64, n)
	start := func(f func(i int) float64) bool {
		for i := range trial {
			trial[i] = max(-600, min(600, f(i)))
		}
		return s.splits(feed, trial, e.x)
	}
	if start(func(i int) float64 { return math.Log(e.x[i]) - wilson[i] }) || // a liquid
		start(func(i int) float64 { return math.Log(e.x[i]) + wilson[i] }) { // a gas
		return true, nil
	}
	// Nearly pure trials find water, carbon dioxide and heavy liquids that the others miss.
	for k := range n {
		if start(func(i int) float64 {
			if i == k {
				return math.Log(0.95)
			}
			return math.Log(0.05 / float64(n-1))
		}) {
			return true, nil
		}
	}
	return false, nil
}

// splits follows a trial phase by successive substitution from its logarithms, and says whether
// its tangent-plane distance falls below zero.
func (s *cubicState) splits(feed, logW, x []float64) bool {
	w := make([]float64, len(logW))
	for range 1000 {
		total := 0.0
		for i, l := range logW {
			w[i] = math.Exp(l)
			total += w[i]
		}
		for i := range w {
			w[i] /= total
		}
		s.fugacity(w)
		distance, change, trivial := 1.0, 0.0, 0.0
		for i := range w {
			distance += w[i] * total * (logW[i] + s.logPhi[i] - feed[i] - 1)
			next := feed[i] - s.logPhi[i]
			change = max(change, math.Abs(next-logW[i]))
			away := next - math.Log(x[i])
			trivial = max(trivial, math.Abs(away))
			logW[i] = next
		}
		switch {
		case math.IsNaN(distance):
			return false
		case distance < -1e-9:
			return true
		case trivial < 1e-5, change < 1e-10:
			return false
		}
	}
	return false
}
