package pipecsv

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/pipeflow"
)

// How the compressibility of a gas is made a table.
const (
	samples     = 241  // at even distances; more where the curve turns sharply
	leastRange  = 120  // bar
	rangeFactor = 1.5  // of the table over the greatest pressure known
	sampleError = 1e-9 // of Z, between the points
	mostSamples = 20000
	mostHalved  = 20 // times that a distance is halved, so that a jump of Z comes to an end
	greatestZ   = 10

	greatestTableBar = 100000
)

// zPoint is a row of compressibility.csv.
type zPoint struct{ bar, z float64 }

func zFields() []field[zPoint] {
	return []field[zPoint]{
		needed("pressure_bar", 0, func(p *zPoint) *float64 { return &p.bar }),
		needed("z", unbounded, func(p *zPoint) *float64 { return &p.z }),
	}
}

// greatestBar is the greatest pressure that a network names, raised by the ratio of its
// stations, which may come on top of it.
func greatestBar(net *pipeflow.Network) float64 {
	p, ratio := 0.0, 1.0
	for i := range net.Nodes {
		n := &net.Nodes[i]
		if n.Fixed() {
			p = math.Max(p, n.FixedBar)
		}
		p = math.Max(p, math.Max(n.MinBar, n.MaxBar))
	}
	for i := range net.Regulators {
		p = math.Max(p, net.Regulators[i].SetBar)
	}
	for i := range net.Stations {
		t := &net.Stations[i]
		p = math.Max(p, math.Max(t.MinInletBar, t.MaxOutletBar))
		switch t.Control {
		case pipeflow.KeepOutlet:
			p = math.Max(p, t.Set)
		case pipeflow.KeepRatio:
			ratio = math.Max(ratio, t.Set)
		}
	}
	return p * ratio
}

// sampled makes the compressibility of a network's gas a table; nil for an ideal gas. A table
// that was read is given as it was, so that it does not change with each writing.
func sampled(net *pipeflow.Network) ([]zPoint, error) {
	gas := net.Gas.Z
	if s, ok := gas.(*spline); ok {
		return zPoints(s), nil
	}
	known := greatestBar(net)
	most := math.Max(leastRange, rangeFactor*known)
	var x, y []float64
	ideal := true
	for i := range samples {
		p := most * float64(i) / (samples - 1)
		z, perBar := gas.At(p)
		if !(z > 0 && z <= greatestZ) {
			if p > known && i > 1 {
				// An equation of state beyond the pressures it is for.
				if z, _ := gas.At(known); known > x[i-1] && z > 0 && z <= greatestZ {
					x, y = append(x, known), append(y, z)
				}
				break
			}
			return nil, fmt.Errorf("compressibility at %.4g bar: above 0 and at most %d was expected (got %g)", p, greatestZ, z)
		}
		ideal = ideal && z == 1 && perBar == 0
		x, y = append(x, p), append(y, z)
	}
	if ideal {
		return nil, nil
	}
	s := newSpline(x, y)
	for range mostHalved {
		x, y = refined(gas, s)
		if len(x) == len(s.x) || len(x) > mostSamples {
			break
		}
		s = newSpline(x, y)
	}
	return zPoints(s), nil
}

// refined adds points where the spline is too far from the gas.
func refined(gas pipeflow.RealGas, s *spline) (x, y []float64) {
	for i := range s.d {
		x, y = append(x, s.x[i]), append(y, s.y[i])
		h := s.x[i+1] - s.x[i]
		for _, share := range [3]float64{0.25, 0.5, 0.75} {
			p := s.x[i] + share*h
			want, _ := gas.At(p)
			got, _ := s.At(p)
			if math.Abs(got-want) > sampleError && want > 0 && want <= greatestZ {
				p = s.x[i] + 0.5*h
				z, _ := gas.At(p)
				if z > 0 && z <= greatestZ {
					x, y = append(x, p), append(y, z)
				}
				break
			}
		}
	}
	last := len(s.x) - 1
	return append(x, s.x[last]), append(y, s.y[last])
}

func zPoints(s *spline) []zPoint {
	out := make([]zPoint, len(s.x))
	for i := range out {
		out[i] = zPoint{s.x[i], s.y[i]}
	}
	return out
}

// readCompressibility reads the table as a curve, nil where it has faults.
func readCompressibility(s *sheet) pipeflow.RealGas {
	var x, y []float64
	var lines []int
	readRows(s, zFields(), nil, func(p *zPoint, r *row) {
		if n := len(x); n > 0 && !(p.bar > x[n-1]) && !s.told[place{r.at, "pressure_bar"}] {
			r.want("pressure_bar", "more than on the line before, %s, was expected: pressures rise", format(x[n-1]))
		}
		if p.bar > greatestTableBar && !s.told[place{r.at, "pressure_bar"}] {
			r.want("pressure_bar", "at most %d bar was expected", greatestTableBar)
		}
		if !(p.z > 0 && p.z <= greatestZ) && !s.told[place{r.at, "z"}] {
			r.want("z", "above 0 and at most %d was expected", greatestZ)
		}
		x, y, lines = append(x, p.bar), append(y, p.z), append(lines, r.at)
	})
	if len(s.faults) > 0 {
		return nil
	}
	if len(x) < 2 {
		s.fault(0, "", "", "two points or more were expected")
		return nil
	}
	curve := newSpline(x, y)
	if i := curve.notAbove(0); i >= 0 {
		s.fault(lines[i], "z", format(y[i]), "points were expected that a smooth curve joins without falling to 0 before the next")
		return nil
	}
	return curve
}
