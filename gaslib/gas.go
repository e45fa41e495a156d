package gaslib

import (
	"math"

	"github.com/karvan/karvan/pipeflow"
)

// ViscosityPaS is taken for the dynamic viscosity of the gas, which GasLib does not give: that
// of natural gas at 283 K.
const ViscosityPaS = 1.1e-5

// The universal gas constant, J/(kmol K) (CODATA 2018), and the density of dry air at the norm
// state, kg/m³ (ISO 6976).
const (
	gasConstant = 8314.462618
	airDensity  = 1.292923
)

// leastZ keeps Papay's formula from zero, far from where it is used.
const leastZ = 0.05

// quality is what a source tells of its gas.
type quality struct {
	molarMass, normDensity, criticalBar, criticalK, temperatureK float64
	a, b, c                                                      float64 // of the molar heat capacity
}

func (q *quality) list() []*float64 {
	return []*float64{&q.molarMass, &q.normDensity, &q.criticalBar, &q.criticalK, &q.temperatureK, &q.a, &q.b, &q.c}
}

// mixed is the mean of qualities by weight, all alike where the weights are zero.
func mixed(all []quality, weights []float64) quality {
	var out quality
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for i := range all {
		share := 1 / float64(len(all))
		if total > 0 {
			share = weights[i] / total
		}
		from := all[i].list()
		for k, into := range out.list() {
			*into += share * *from[k]
		}
	}
	return out
}

// Papay is Z = 1 - 3.52 pr exp(-2.260 Tr) + 0.274 pr² exp(-1.878 Tr), with pr and Tr the
// pressure and temperature over the pseudocritical ones (Papay 1968), good to some 150 bar.
func Papay(criticalBar, criticalK, temperatureK float64) pipeflow.RealGas {
	tr := temperatureK / criticalK
	linear := 3.52 * math.Exp(-2.260*tr) / criticalBar
	square := 0.274 * math.Exp(-1.878*tr) / (criticalBar * criticalBar)
	return pipeflow.ZFunc(func(bar float64) (z, perBar float64) {
		z = 1 - linear*bar + square*bar*bar
		if !(z > leastZ) {
			return leastZ, 0
		}
		return z, 2*square*bar - linear
	})
}

// gas makes the gas of a network.
func (q *quality) gas(name string) *pipeflow.Gas {
	g := &pipeflow.Gas{Name: name, ConstantJPerKgK: gasConstant / q.molarMass, TemperatureK: q.temperatureK, ViscosityPaS: ViscosityPaS,
		RelativeDensity: q.normDensity / airDensity, Z: Papay(q.criticalBar, q.criticalK, q.temperatureK)}
	// Molar heat capacity in J/(mol K) by Kelvin; that at constant volume is less by R.
	cp := q.a + q.b*q.temperatureK + q.c*q.temperatureK*q.temperatureK
	if r := gasConstant / 1000; cp > 1.5*r && cp < 100*r {
		g.HeatCapacityRatio = cp / (cp - r)
		g.HeatCapacityJPerKgK = cp * 1000 / q.molarMass
	}
	return g
}
