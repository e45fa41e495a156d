package fluid

import (
	"fmt"
	"math"
)

// Isotherm is Z of pressure at one temperature as a polynomial, for solvers that ask millions of
// times: the Chebyshev interpolant of an equation of state on 0 to a largest pressure. It may be
// used by several goroutines.
type Isotherm struct {
	temperatureK, maxBar float64
	z, slope             []float64 // coefficients of Z and of dZ/dx, x on -1 to 1
	scale                float64   // dx/dp, per bar
	atZero, atMax        float64
	bound                float64
}

// InterpolationError says that an equation is not smooth enough to be interpolated.
type InterpolationError struct {
	Equation     string
	TemperatureK float64
	Degree       int
	Seen         float64 // the largest error of Z that was seen
}

// Error says the error that was reached and the one that was wanted.
func (e InterpolationError) Error() string {
	return fmt.Sprintf("fluid: isotherm of %s at %g K: error of Z is %.1e at degree %d, above %.0e", e.Equation, e.TemperatureK, e.Seen, e.Degree, isothermTolerance)
}

const (
	// isothermTolerance is the error of Z that is promised.
	isothermTolerance = 1e-9
	// isothermTail is what the last coefficients must fall below: noise of the equations is 1e-14.
	isothermTail      = 2e-12
	isothermMaxDegree = 256
)

// NewIsotherm interpolates Z on 0 to a largest absolute pressure in bar, at a temperature in K.
// The degree doubles from 8 until the last coefficients are below 2e-12, and is then cut to what
// is needed; the result is held against the equation between the nodes. If it is off by more than
// 1e-9 at degree 256, or the equation has a jump, the error is an [InterpolationError], and the
// isotherm of that degree is returned with it. Other errors are those of the equation, with no
// isotherm. Method: Trefethen 2013, Approximation Theory and Approximation Practice, chs 3 and 19.
func NewIsotherm(eos EquationOfState, temperatureK, maxPressureBar float64) (*Isotherm, error) {
	name := eos.Name()
	if err := within("isotherm of "+name, "largest pressure", maxPressureBar, 1e-6, math.MaxFloat64, "bar"); err != nil {
		return nil, err
	}
	at := func(x float64) (float64, error) { return eos.Compressibility((1+x)/2*maxPressureBar, temperatureK) }
	iso := &Isotherm{temperatureK: temperatureK, maxBar: maxPressureBar, scale: 2 / maxPressureBar}
	var values []float64 // at cos(pi k/n)
	degree := 8
	for ; ; degree *= 2 {
		old := values
		values = make([]float64, degree+1)
		for k := range values {
			if old != nil && k%2 == 0 {
				values[k] = old[k/2]
				continue
			}
			v, err := at(math.Cos(math.Pi * float64(k) / float64(degree)))
			if err != nil {
				return nil, fmt.Errorf("fluid: isotherm: %w", err)
			}
			values[k] = v
		}
		iso.z = chebyshev(values)
		if size(iso.z[degree-degree/4:]) < isothermTail || degree == isothermMaxDegree {
			break
		}
	}
	for len(iso.z) > 1 && math.Abs(iso.z[len(iso.z)-1]) < isothermTail/16 {
		iso.z = iso.z[:len(iso.z)-1]
	}
	iso.slope = derivative(iso.z, iso.scale)
	iso.atZero, iso.atMax = clenshaw(iso.z, -1), clenshaw(iso.z, 1)
	// Points at no regular distance from the nodes.
	const checks = 61
	for k := range checks {
		x := -math.Cos(math.Pi * (float64(k) + 0.37) / checks)
		v, err := at(x)
		if err != nil {
			return nil, fmt.Errorf("fluid: isotherm: %w", err)
		}
		iso.bound = max(iso.bound, math.Abs(clenshaw(iso.z, x)-v))
	}
	if !(iso.bound <= isothermTolerance) {
		return iso, InterpolationError{name, temperatureK, degree, iso.bound}
	}
	return iso, nil
}

// chebyshev turns values at cos(pi k/n), k = 0 to n, into coefficients of the interpolant.
func chebyshev(values []float64) []float64 {
	n := len(values) - 1
	out := make([]float64, n+1)
	for j := range out {
		sum := 0.0
		for k, v := range values {
			w := v * math.Cos(math.Pi*float64((j*k)%(2*n))/float64(n))
			if k == 0 || k == n {
				w /= 2
			}
			sum += w
		}
		out[j] = 2 * sum / float64(n)
	}
	out[0] /= 2
	out[n] /= 2
	return out
}

// derivative gives the coefficients of the derivative, times a scale, in as many numbers.
func derivative(c []float64, scale float64) []float64 {
	d := make([]float64, len(c)+2)
	for k := len(c) - 1; k > 0; k-- {
		d[k-1] = d[k+1] + 2*float64(k)*c[k]*scale
	}
	d[0] /= 2
	return d[:len(c)]
}

// size is the largest absolute value.
func size(c []float64) float64 {
	s := 0.0
	for _, v := range c {
		s = max(s, math.Abs(v))
	}
	return s
}

// clenshaw sums a Chebyshev series at x.
func clenshaw(c []float64, x float64) float64 {
	var b1, b2 float64
	for k := len(c) - 1; k > 0; k-- {
		b1, b2 = c[k]+2*x*b1-b2, b1
	}
	return c[0] + x*b1 - b2
}

// At is Z and its derivative by pressure, per bar, at an absolute pressure in bar. Beyond 0 and the
// largest pressure Z is that of the end and the derivative 0, so that a solver may overshoot; what
// is not a number counts as 0. It does not allocate; cost is O(degree).
func (iso *Isotherm) At(pressureBar float64) (z, dzdp float64) {
	if !(pressureBar >= 0) {
		return iso.atZero, 0
	}
	if pressureBar > iso.maxBar {
		return iso.atMax, 0
	}
	// Both series in one loop: neither waits for the other.
	x := pressureBar*iso.scale - 1
	c, d := iso.z, iso.slope[:len(iso.z)]
	twice := 2 * x
	var b1, b2, e1, e2 float64
	for k := len(c) - 1; k > 0; k-- {
		b1, b2 = (c[k]-b2)+twice*b1, b1
		e1, e2 = (d[k]-e2)+twice*e1, e1
	}
	return c[0] + x*b1 - b2, d[0] + x*e1 - e2
}

// TemperatureK is the temperature.
func (iso *Isotherm) TemperatureK() float64 { return iso.temperatureK }

// MaxPressureBar is the largest pressure, absolute.
func (iso *Isotherm) MaxPressureBar() float64 { return iso.maxBar }

// Degree is that of the polynomial.
func (iso *Isotherm) Degree() int { return len(iso.z) - 1 }

// ErrorSeen is the largest error of Z at the points where the isotherm was held against the
// equation.
func (iso *Isotherm) ErrorSeen() float64 { return iso.bound }
