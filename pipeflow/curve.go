package pipeflow

import (
	"fmt"
	"math"
)

// PumpCurve is the head that a pump adds over the volume that passes it: head = ShutoffM -
// CoefficientM x flow^Exponent, flow in m³/s, or straight lines between points.
type PumpCurve struct {
	ShutoffM, Coefficient, Exponent float64
	// FlowM3PerS and HeadM are the points of straight lines, flow rising; used where there
	// are any.
	FlowM3PerS, HeadM []float64
	// Speed is the share of nominal speed; 0: 1. Heads go with its square, flows with it
	// (affinity laws).
	Speed float64
}

// PowerCurve is the curve through shut-off head and two points (flow in m³/s, head in m), as
// EPANET fits it: head = a - b q^c. It is an error where heads do not fall.
func PowerCurve(shutoffM, flow1, head1, flow2, head2 float64) (*PumpCurve, error) {
	fall1, fall2 := shutoffM-head1, shutoffM-head2
	if !(flow1 > 0 && flow2 > flow1 && fall1 > 0 && fall2 > fall1) {
		return nil, fmt.Errorf("a pump curve needs heads that fall as flows rise (shut-off %g m, %g m at %g m³/s, %g m at %g m³/s)", shutoffM, head1, flow1, head2, flow2)
	}
	c := math.Log(fall2/fall1) / math.Log(flow2/flow1)
	return &PumpCurve{ShutoffM: shutoffM, Coefficient: fall1 / math.Pow(flow1, c), Exponent: c}, nil
}

// at gives the head in m at a flow in m³/s and its derivative. Beyond the ends the curve
// goes on as a straight line, so that Newton's method can come back from there.
func (c *PumpCurve) at(flow float64) (headM, slope float64) {
	speed := c.Speed
	if speed == 0 {
		speed = 1
	}
	q := flow / speed
	switch {
	case len(c.FlowM3PerS) > 1:
		i := 1
		for i < len(c.FlowM3PerS)-1 && q > c.FlowM3PerS[i] {
			i++
		}
		slope = (c.HeadM[i] - c.HeadM[i-1]) / (c.FlowM3PerS[i] - c.FlowM3PerS[i-1])
		headM = c.HeadM[i-1] + slope*(q-c.FlowM3PerS[i-1])
	case q <= 0:
		// Just below no flow the head rises steeply, which keeps flow from turning back.
		slope = -1e4
		headM = c.ShutoffM + slope*q
	default:
		p := math.Pow(q, c.Exponent)
		headM = c.ShutoffM - c.Coefficient*p
		slope = -c.Coefficient * c.Exponent * p / q
	}
	return headM * speed * speed, slope * speed
}
