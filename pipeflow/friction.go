package pipeflow

import (
	"fmt"
	"math"
	"strings"
)

// Friction is a law for the Darcy friction factor.
type Friction string

// The laws of friction, with D the inner diameter, k the roughness and Re the Reynolds
// number. Below Re 2000 flow is laminar, 64/Re, and to 4000 a cubic joins both, with their
// slopes; the laws whose factor does not depend on flow take the larger of both.
const (
	// ColebrookWhite: 1/sqrt(f) = -2 log10(2.51/(Re sqrt(f)) + k/(3.71 D)), to convergence, and
	// Colebrook1939 with 3.7 as first printed (Colebrook 1939, doi:10.1680/ijoti.1939.13150).
	ColebrookWhite Friction = "colebrook"
	Colebrook1939  Friction = "colebrook-1939"
	// SwameeJain: f = 0.25 / log10(k/(3.7 D) + 5.74/Re^0.9)² (Swamee and Jain 1976).
	SwameeJain Friction = "swamee-jain"
	// Haaland: 1/sqrt(f) = -1.8 log10((k/(3.7 D))^1.11 + 6.9/Re) (Haaland 1983).
	Haaland Friction = "haaland"
	// Nikuradse: f = 64/Re + rough factor, for all Re; rough factor
	// (2 log10(D/k) + 1.14)^-2 of gases and (2 log10(3.71 D/k))^-2 of liquids.
	Nikuradse Friction = "nikuradse"
	// RoughTurbulent: 1/sqrt(f) = 2 log10(3.71 D/k) (Prandtl, von Kármán and Nikuradse).
	RoughTurbulent Friction = "rough"
	// SmoothTurbulent: 1/sqrt(f) = 2 log10(Re sqrt(f)/2.51) (Prandtl and von Kármán).
	SmoothTurbulent Friction = "prandtl-karman"
	// Hofer: f = (-2 log10(4.518/Re log10(Re/7) + k/(3.71 D)))^-2 (Hofer 1973).
	Hofer Friction = "hofer"
	// AGA: the larger of the factors of partly turbulent flow, with the drag factor 0.96,
	// and of rough turbulent flow (American Gas Association 1965; Menon 2005, sec. 2.11).
	AGA Friction = "aga"
	// Weymouth: the factor that makes the general flow equation give the flow of Weymouth's,
	// about 0.032 D^(-1/3) with D in inches (Menon 2005, eq. 2.51).
	Weymouth Friction = "weymouth"
	// PanhandleA and PanhandleB: the factor that makes the general flow equation give the
	// flow of the Panhandle equations (Menon 2005, eq. 2.56 and 2.60).
	PanhandleA Friction = "panhandle-a"
	PanhandleB Friction = "panhandle-b"
)

// Frictions lists the laws.
var Frictions = []Friction{ColebrookWhite, Colebrook1939, SwameeJain, Haaland, Nikuradse, RoughTurbulent, SmoothTurbulent, Hofer, AGA, Weymouth, PanhandleA, PanhandleB}

// ParseFriction finds a law by its name; none is Colebrook's and White's.
func ParseFriction(name string) (Friction, error) {
	if name == "" {
		return ColebrookWhite, nil
	}
	names := make([]string, len(Frictions))
	for i, f := range Frictions {
		if string(f) == name {
			return f, nil
		}
		names[i] = string(f)
	}
	return "", fmt.Errorf("friction %q is not known: one of %s was expected", name, strings.Join(names, ", "))
}

// Reynolds numbers between which flow turns from laminar to turbulent.
const (
	laminarEnd     = 2000
	turbulentStart = 4000
	// leastAlone is down to where laws alone are used: formulas that stand for Colebrook's and
	// White's break down at less.
	leastAlone = 20
)

// bore is what a law of friction needs to know of a pipe.
type bore struct {
	diameterM   float64
	roughnessM  float64
	rough       float64 // factor that does not depend on flow, where the law has one
	liquid      bool
	alone       bool    // without laminar flow
	panhandle   float64 // f = panhandle x |m|^power
	power       float64
	atTurbulent [2]float64 // factor and slope at turbulentStart, where a cubic needs them
}

// newBore prepares the law for a pipe. standardM3PerKg is the volume of the gas at 60 °F and
// 14.7 psi, which the Panhandle equations are stated in.
func newBore(f Friction, diameterM, roughnessM float64, liquid, alone bool, relativeDensity, standardM3PerKg float64) bore {
	b := bore{diameterM: diameterM, roughnessM: roughnessM, liquid: liquid, alone: alone}
	relative := roughnessM / diameterM
	square := func(x float64) float64 { return 1 / (x * x) }
	mm := diameterM * 1000
	switch f {
	case Nikuradse:
		if liquid {
			b.rough = square(2 * math.Log10(3.71/relative))
		} else {
			b.rough = square(2*math.Log10(1/relative) + 1.14)
		}
	case RoughTurbulent:
		b.rough = square(2 * math.Log10(3.71/relative))
	case AGA:
		b.rough = square(2 * math.Log10(3.7/relative))
	case Weymouth:
		b.rough = math.Pow(generalFlow/weymouth.constant, 2) * math.Pow(mm, 5-2*weymouth.diameter)
	case PanhandleA:
		b.panhandle, b.power = panhandleFactor(panhandleA, mm, relativeDensity, standardM3PerKg)
	case PanhandleB:
		b.panhandle, b.power = panhandleFactor(panhandleB, mm, relativeDensity, standardM3PerKg)
	}
	if f != Nikuradse && b.panhandle == 0 {
		v, s := b.turbulent(f, turbulentStart)
		b.atTurbulent = [2]float64{v, s}
	}
	return b
}

// factor gives the Darcy factor at a Reynolds number and its derivative with it.
func (b *bore) factor(f Friction, re float64) (value, perRe float64) {
	if f == Nikuradse {
		return 64/re + b.rough, -64 / (re * re)
	}
	if f == RoughTurbulent || f == Weymouth {
		// Their factor does not know of flow: a cubic down to it could make less flow lose more.
		if laminar := 64 / re; laminar > b.rough && !b.alone {
			return laminar, -laminar / re
		}
		return b.rough, 0
	}
	if re >= turbulentStart || b.alone && re >= leastAlone {
		return b.turbulent(f, re)
	}
	if re <= laminarEnd {
		return 64 / re, -64 / (re * re)
	}
	// Hermite's cubic through values and slopes at both ends, as Dunlop (1991) has it.
	const span = turbulentStart - laminarEnd
	t := (re - laminarEnd) / span
	v0, s0 := 64.0/laminarEnd, -64.0/(laminarEnd*laminarEnd)*span
	v1, s1 := b.atTurbulent[0], b.atTurbulent[1]*span
	a, c := 2*v0+s0-2*v1+s1, -3*v0-2*s0+3*v1-s1
	return ((a*t+c)*t+s0)*t + v0, ((3*a*t+2*c)*t + s0) / span
}

// turbulent is the factor of the law alone.
func (b *bore) turbulent(f Friction, re float64) (value, perRe float64) {
	relative := b.roughnessM / b.diameterM
	const ln10 = math.Ln10
	switch f {
	case ColebrookWhite, Colebrook1939:
		smoothed := relative / 3.71
		if f == Colebrook1939 {
			smoothed = relative / 3.7
		}
		// Newton on x = 1/sqrt(f), from Haaland's; it is concave and converges in three.
		x := -1.8 * math.Log10(math.Pow(relative/3.7, 1.11)+6.9/re)
		for range 20 {
			arg := 2.51*x/re + smoothed
			g := x + 2*math.Log10(arg)
			step := g / (1 + 2/ln10*2.51/re/arg)
			x -= step
			if math.Abs(step) < 1e-15*x {
				break
			}
		}
		arg := 2.51*x/re + smoothed
		// dx/dRe from the equation itself.
		dx := (2 / ln10 * 2.51 * x / (re * re) / arg) / (1 + 2/ln10*2.51/re/arg)
		return 1 / (x * x), -2 * dx / (x * x * x)
	case SmoothTurbulent:
		x := 1.8 * math.Log10(re/6.9)
		for range 20 {
			g := x - 2*math.Log10(re/(2.51*x))
			step := g / (1 + 2/ln10/x)
			x -= step
			if math.Abs(step) < 1e-15*x {
				break
			}
		}
		dx := 2 / ln10 / re / (1 + 2/ln10/x)
		return 1 / (x * x), -2 * dx / (x * x * x)
	case SwameeJain:
		smooth := 5.74 * math.Pow(re, -0.9)
		arg := relative/3.7 + smooth
		l := math.Log10(arg)
		return 0.25 / (l * l), -0.5 / (l * l * l) / ln10 / arg * (-0.9 * smooth / re)
	case Haaland:
		arg := math.Pow(relative/3.7, 1.11) + 6.9/re
		x := -1.8 * math.Log10(arg)
		dx := 1.8 / ln10 / arg * 6.9 / (re * re)
		return 1 / (x * x), -2 * dx / (x * x * x)
	case Hofer:
		l := math.Log10(re / 7)
		arg := 4.518/re*l + relative/3.71
		x := -2 * math.Log10(arg)
		dx := -2 / ln10 / arg * (4.518 / (re * re)) * (1/ln10 - l)
		return 1 / (x * x), -2 * dx / (x * x * x)
	case AGA:
		// Partly turbulent: transmission factor 4 Df log10(Re/(1.4126 Ft)), Ft that of a
		// smooth pipe, F = 2/sqrt(f).
		smooth := bore{diameterM: b.diameterM}
		v, s := smooth.turbulent(SmoothTurbulent, re)
		ft := 2 / math.Sqrt(v)
		dft := -s / math.Pow(v, 1.5)
		F := 4 * agaDragFactor * math.Log10(re/(1.4126*ft))
		if f := 4 / (F * F); f > b.rough {
			dF := 4 * agaDragFactor / ln10 * (1/re - dft/ft)
			return f, -8 / (F * F * F) * dF
		}
		return b.rough, 0
	}
	return b.rough, 0
}

// agaDragFactor is the usual one of pipes with few bends (Menon 2005, table 2.2).
const agaDragFactor = 0.96

// FrictionFactor is the Darcy factor by a law at a Reynolds number and relative roughness
// k/D. The laws of Weymouth and Panhandle depend on more than these: NaN.
func FrictionFactor(f Friction, reynolds, relativeRoughness float64) float64 {
	switch f {
	case Weymouth, PanhandleA, PanhandleB:
		return math.NaN()
	}
	b := newBore(f, 1, relativeRoughness, false, false, 0, 0)
	v, _ := b.factor(f, reynolds)
	return v
}
