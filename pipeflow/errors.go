package pipeflow

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with a network.
type Fault struct {
	Element string // such as "pipe p1"
	Field   string // by the name of the unit-bearing field
	Value   string
	Want    string // what was expected
}

func (f Fault) Error() string {
	out := f.Element
	if f.Field != "" {
		out += ": " + f.Field
	}
	if f.Value != "" {
		out += " = " + f.Value
	}
	return out + ": " + f.Want
}

// FaultsError holds every fault of a network.
type FaultsError []Fault

func (e FaultsError) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return "pipeflow: " + strings.Join(lines, "\npipeflow: ")
}

// NotConvergedError says that no state was found that keeps all equations.
type NotConvergedError struct {
	Iterations int
	Residual   float64
	Moving     []string // valves and stations that kept moving
}

func (e *NotConvergedError) Error() string {
	if len(e.Moving) > 0 {
		return fmt.Sprintf("pipeflow: no standing of valves and stations was found that holds: %s keep moving, after %d iterations", some(e.Moving), e.Iterations)
	}
	return fmt.Sprintf("pipeflow: not converged after %d iterations: an equation is left with %.3g of the pressures in it", e.Iterations, e.Residual)
}

// UndeterminedError says that pressures or flows are not determined as valves and stations
// stand.
type UndeterminedError struct{ Text string }

func (e *UndeterminedError) Error() string { return "pipeflow: " + e.Text }

// Shortfall is a bound that does not hold.
type Shortfall struct {
	Element  string  `json:"element"`
	Quantity string  `json:"quantity"` // pressure, power, velocity, flow, ratio
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"`
	Bound    float64 `json:"bound"`
	Above    bool    `json:"above"` // the bound is a greatest value
}

func (b Shortfall) String() string {
	word := "least"
	if b.Above {
		word = "greatest"
	}
	by := b.Value - b.Bound
	if by < 0 {
		by = -by
	}
	return fmt.Sprintf("%s: %s %.4g %s, %s allowed %.4g %s (by %.3g)", b.Element, b.Quantity, b.Value, b.Unit, word, b.Bound, b.Unit, by)
}

// InfeasibleError says that the flows asked for cannot be carried: pressures would have to
// fall below zero.
type InfeasibleError struct{ Shortfalls []Shortfall }

func (e *InfeasibleError) Error() string {
	lines := make([]string, len(e.Shortfalls))
	for i, b := range e.Shortfalls {
		lines[i] = b.String()
	}
	return "pipeflow: the flows asked for cannot be carried: " + some(lines)
}
