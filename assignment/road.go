package assignment

import (
	"fmt"
	"math"
)

// Road is a network whose links have a cost of their own flow alone,
//
//	c(x) = FreeFlow (1 + B (x/Capacity)^Power) + Fixed,
//
// (Bureau of Public Roads 1964), as the public benchmark networks have it. Link flows,
// capacities and trips are in one unit, costs in another.
type Road struct {
	Nodes        int
	FirstThrough int32 // nodes below it begin and end paths and are never inside one
	From, To     []int32
	FreeFlow     []float64
	B            []float64
	Capacity     []float64 // asked where B and FreeFlow are above 0
	Power        []float64
	Fixed        []float64 // tolls and distance, weighed; nil: none
}

// Trip is what goes from a node to a node.
type Trip struct {
	Origin, Dest int32
	Volume       float64
}

// Check says what is wrong with a road network.
func (r *Road) Check() error {
	n := len(r.From)
	for name, c := range map[string]int{"To": len(r.To), "FreeFlow": len(r.FreeFlow), "B": len(r.B), "Capacity": len(r.Capacity), "Power": len(r.Power)} {
		if c != n {
			return fmt.Errorf("assignment: %d links, but %d values of %s", n, c, name)
		}
	}
	if r.Fixed != nil && len(r.Fixed) != n {
		return fmt.Errorf("assignment: %d links, but %d values of Fixed", n, len(r.Fixed))
	}
	for a := range r.From {
		switch {
		case r.From[a] < 0 || int(r.From[a]) >= r.Nodes || r.To[a] < 0 || int(r.To[a]) >= r.Nodes:
			return fmt.Errorf("assignment: link %d: its nodes %d and %d are not among the %d", a, r.From[a], r.To[a], r.Nodes)
		case !(r.FreeFlow[a] >= 0) || !(r.B[a] >= 0) || math.IsInf(r.FreeFlow[a], 1) || math.IsInf(r.B[a], 1):
			return fmt.Errorf("assignment: link %d: free-flow time and B must be 0 or more (got %g, %g)", a, r.FreeFlow[a], r.B[a])
		case r.FreeFlow[a] > 0 && r.B[a] > 0 && !(r.Capacity[a] > 0 && r.Power[a] > 0):
			return fmt.Errorf("assignment: link %d: capacity and power must be above 0 (got %g, %g)", a, r.Capacity[a], r.Power[a])
		case r.Fixed != nil && !(r.Fixed[a] >= 0):
			return fmt.Errorf("assignment: link %d: the fixed cost must be 0 or more (got %g)", a, r.Fixed[a])
		}
	}
	return nil
}

// link is the cost function of a link, made ready.
type link struct {
	fixed float64 // at no flow
	slope float64 // FreeFlow·B/Capacity^Power
	power float64
	whole int // the power, where it is a whole number of at most 16; else 0
}

// links makes the cost functions ready.
func (r *Road) links() []link {
	out := make([]link, len(r.From))
	for a := range out {
		l := &out[a]
		l.fixed = r.FreeFlow[a]
		if r.Fixed != nil {
			l.fixed += r.Fixed[a]
		}
		if r.FreeFlow[a] > 0 && r.B[a] > 0 {
			l.power = r.Power[a]
			l.slope = r.FreeFlow[a] * r.B[a] * math.Pow(r.Capacity[a], -l.power)
			if w := math.Trunc(l.power); w == l.power && w >= 1 && w <= 16 {
				l.whole = int(w)
			}
		}
	}
	return out
}

// before gives slope · x^(power-1).
func (l *link) before(x float64) float64 {
	if l.whole == 4 {
		return l.slope * x * x * x
	}
	if l.whole == 0 {
		return l.slope * math.Exp((l.power-1)*math.Log(x))
	}
	v := l.slope
	for k := 1; k < l.whole; k++ {
		v *= x
	}
	return v
}

// at gives the cost of a flow and its derivative.
func (l *link) at(x float64) (cost, slope float64) {
	if l.slope == 0 {
		return l.fixed, 0
	}
	if x <= 0 {
		if l.power == 1 {
			return l.fixed, l.slope
		}
		return l.fixed, 0
	}
	v := l.before(x)
	return l.fixed + v*x, l.power * v
}

// integral is that of the cost from 0 to a flow.
func (l *link) integral(x float64) float64 {
	if l.slope == 0 || x <= 0 {
		return l.fixed * x
	}
	return l.fixed*x + l.before(x)*x*x/(l.power+1)
}
