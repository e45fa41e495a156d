package assignment

import (
	"fmt"
	"math"
)

// Road is a network whose links have a cost of their own flow alone,
//
//	c(x) = FreeFlow (1 + B ((x+Preload)/Capacity)^Power) + Fixed,
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
	Fixed        []float64 // tolls and distance, weighed; nil: none. +Inf closes a link
	Preload      []float64 // flow that is there whatever the trips do; nil: none
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
	if r.Preload != nil && len(r.Preload) != n {
		return fmt.Errorf("assignment: %d links, but %d values of Preload", n, len(r.Preload))
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
		case r.Preload != nil && !(r.Preload[a] >= 0 && !math.IsInf(r.Preload[a], 1)):
			return fmt.Errorf("assignment: link %d: the flow that is there already must be finite and 0 or more (got %g)", a, r.Preload[a])
		}
	}
	return nil
}

// FreeCosts gives the cost of each link of an empty network.
func (r *Road) FreeCosts() []float64 {
	cost := make([]float64, len(r.From))
	for a := range cost {
		c := r.link(a)
		cost[a], _ = c.at(0)
	}
	return cost
}

// links makes the cost functions ready.
func (r *Road) links() []curve {
	out := make([]curve, len(r.From))
	for a := range out {
		out[a] = r.link(a)
	}
	return out
}

// link makes the cost function of a link ready.
func (r *Road) link(a int) curve {
	c := curve{fixed: r.FreeFlow[a]}
	if r.Fixed != nil {
		c.fixed += r.Fixed[a]
	}
	if r.FreeFlow[a] > 0 && r.B[a] > 0 {
		c.rise(r.FreeFlow[a]*r.B[a], r.Capacity[a], r.Power[a])
	}
	if r.Preload != nil {
		c.before = r.Preload[a]
	}
	return c
}
