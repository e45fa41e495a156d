package assignment

import (
	"fmt"
	"math"
)

// VDF is a volume-delay function: the hours that a resource adds to its
// uncongested time at a flow in t/yr. It is 0 at no flow, increasing, and
// finite past capacity. The zero value adds nothing.
type VDF struct {
	Kind     VDFKind
	Capacity float64 // t/yr, > 0
	RefTimeH float64 // h, the uncongested time that delays are relative to
	A, B     float64 // parameters, see the kinds
}

// VDFKind names a family of volume-delay functions.
type VDFKind uint8

// The kinds, with x = flow / capacity and T = RefTimeH.
const (
	// NoDelay adds nothing.
	NoDelay VDFKind = iota
	// BPR is T A x^B (Bureau of Public Roads 1964, Traffic Assignment Manual).
	BPR
	// Conical is T (1 - A(1-x) - b + sqrt(A^2 (1-x)^2 + b^2)) with
	// b = (2A-1)/(2A-2), A > 1 (Spiess 1990, doi:10.1287/trsc.24.2.153, eq. 7,
	// less the 1 that is the uncongested time). It doubles T at capacity.
	Conical
	// Davidson is T A x/(1-x) up to x = B, and its tangent there beyond
	// (Davidson 1966; the tangent after Taylor 1984). B is below 1.
	Davidson
)

var vdfNames = []string{"none", "bpr", "conical", "davidson"}

// String gives the kind's name in files.
func (k VDFKind) String() string { return vdfNames[k] }

// VDFKindOf gives the kind with that name.
func VDFKindOf(name string) (VDFKind, error) {
	for i, n := range vdfNames {
		if n == name {
			return VDFKind(i), nil
		}
	}
	return NoDelay, fmt.Errorf("assignment: unknown volume-delay function %q (one of %v)", name, vdfNames)
}

// Check reports parameters outside the function's domain.
func (v VDF) Check() error {
	switch {
	case v.Kind == NoDelay:
		return nil
	case !(v.Capacity > 0) || math.IsInf(v.Capacity, 1):
		return fmt.Errorf("assignment: %s: capacity must be > 0 and finite (got %g)", v.Kind, v.Capacity)
	case !(v.RefTimeH >= 0):
		return fmt.Errorf("assignment: %s: reference time must be >= 0 (got %g)", v.Kind, v.RefTimeH)
	case v.Kind == BPR && !(v.A >= 0 && v.B >= 1):
		return fmt.Errorf("assignment: bpr: alpha must be >= 0 and beta >= 1 (got %g, %g)", v.A, v.B)
	case v.Kind == Conical && !(v.A > 1):
		return fmt.Errorf("assignment: conical: alpha must be > 1 (got %g)", v.A)
	case v.Kind == Davidson && !(v.A >= 0 && v.B > 0 && v.B < 1):
		return fmt.Errorf("assignment: davidson: J must be >= 0 and the tangent point in (0, 1) (got %g, %g)", v.A, v.B)
	}
	return nil
}

// DelayH is the added time in h at a flow in t/yr.
func (v VDF) DelayH(flow float64) float64 {
	x := flow / v.Capacity
	switch v.Kind {
	case BPR:
		return v.RefTimeH * v.A * math.Pow(x, v.B)
	case Conical:
		b := (2*v.A - 1) / (2*v.A - 2)
		return v.RefTimeH * (1 - v.A*(1-x) - b + math.Hypot(v.A*(1-x), b))
	case Davidson:
		if x <= v.B {
			return v.RefTimeH * v.A * x / (1 - x)
		}
		return v.RefTimeH * v.A * (v.B/(1-v.B) + (x-v.B)/((1-v.B)*(1-v.B)))
	}
	return 0
}

// Derivative is d DelayH / d flow, in h per t/yr.
func (v VDF) Derivative(flow float64) float64 {
	x := flow / v.Capacity
	switch v.Kind {
	case BPR:
		if v.B == 1 {
			return v.RefTimeH * v.A / v.Capacity
		}
		return v.RefTimeH * v.A * v.B * math.Pow(x, v.B-1) / v.Capacity
	case Conical:
		b := (2*v.A - 1) / (2*v.A - 2)
		return v.RefTimeH * (v.A - v.A*v.A*(1-x)/math.Hypot(v.A*(1-x), b)) / v.Capacity
	case Davidson:
		at := math.Min(x, v.B)
		return v.RefTimeH * v.A / ((1 - at) * (1 - at)) / v.Capacity
	}
	return 0
}

// Integral is the integral of DelayH from 0 to the flow, in h t/yr: the
// resource's part of Beckmann's objective.
func (v VDF) Integral(flow float64) float64 {
	x := flow / v.Capacity
	c := v.Capacity * v.RefTimeH
	switch v.Kind {
	case BPR:
		return c * v.A * math.Pow(x, v.B+1) / (v.B + 1)
	case Conical:
		b := (2*v.A - 1) / (2*v.A - 2)
		// With u = A(1-x): integral of sqrt(u^2 + b^2) over u, from A(1-x) to A.
		root := func(u float64) float64 { return (u*math.Hypot(u, b) + b*b*math.Asinh(u/b)) / 2 }
		return c * (x*(1-b) - v.A*(x-x*x/2) + (root(v.A)-root(v.A*(1-x)))/v.A)
	case Davidson:
		below := math.Min(x, v.B)
		sum := -below - math.Log1p(-below)
		if x > v.B {
			d := x - v.B
			sum += d*v.B/(1-v.B) + d*d/(2*(1-v.B)*(1-v.B))
		}
		return c * v.A * sum
	}
	return 0
}
