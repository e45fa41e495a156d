package assignment

import "math"

// curve is the cost of what a flow uses, a link or a capacity that links share, made ready
// for computing often.
type curve struct {
	fixed  float64 // at no flow
	slope  float64 // of BPR: reference time times A over Capacity^Power
	power  float64
	whole  int      // the power, where it is a whole number of at most 16; else 0
	before float64  // flow that is there already
	vdf    *VDF     // where it is none of BPR
	demand *inverse // of the path of those who stay away
	limit  *limit   // where a capacity is kept
}

// rise makes a curve rise as BPR does.
func (c *curve) rise(height, capacity, power float64) {
	c.power = power
	c.slope = height * math.Pow(capacity, -power)
	if w := math.Trunc(power); w == power && w >= 1 && w <= 16 {
		c.whole = int(w)
	}
}

// curve makes a volume-delay function ready.
func (v *VDF) curve() curve {
	var c curve
	switch v.Kind {
	case NoDelay:
	case BPR:
		if v.RefTimeH > 0 && v.A > 0 {
			c.rise(v.RefTimeH*v.A, v.Capacity, v.B)
		}
	default:
		c.vdf = v
	}
	return c
}

// curves makes the delays of a problem ready.
func (p *Problem) curves() []curve {
	out := make([]curve, len(p.Delay))
	for r := range out {
		out[r] = p.Delay[r].curve()
	}
	return out
}

// ahead gives slope · x^(power-1).
func (c *curve) ahead(x float64) float64 {
	if c.whole == 4 {
		return c.slope * x * x * x
	}
	if c.whole == 0 {
		return c.slope * math.Exp((c.power-1)*math.Log(x))
	}
	v := c.slope
	for k := 1; k < c.whole; k++ {
		v *= x
	}
	return v
}

// limit is a capacity that is kept by a queue: its delay is found by the method of multipliers.
type limit struct{ capacity, queue, stiff float64 }

// at gives the cost of a flow and its derivative.
func (c *curve) at(x float64) (cost, slope float64) {
	cost, slope = c.running(x)
	if c.limit != nil {
		if q := c.limit.queue + c.limit.stiff*(x-c.limit.capacity); q > 0 {
			return cost + q, slope + c.limit.stiff
		}
	}
	return cost, slope
}

// running is at without a queue.
func (c *curve) running(x float64) (cost, slope float64) {
	x += c.before
	if c.demand != nil {
		return c.demand.at(x)
	}
	if c.vdf != nil {
		x = math.Max(0, x)
		return c.fixed + c.vdf.DelayH(x), c.vdf.Derivative(x)
	}
	if c.slope == 0 {
		return c.fixed, 0
	}
	if x <= 0 {
		if c.power == 1 {
			return c.fixed, c.slope
		}
		return c.fixed, 0
	}
	v := c.ahead(x)
	return c.fixed + v*x, c.power * v
}

// integral is that of the cost from 0 to a flow.
func (c *curve) integral(x float64) float64 {
	if c.before > 0 {
		return c.fixed*x + c.rising(c.before+x) - c.rising(c.before)
	}
	if x <= 0 {
		return 0
	}
	return c.fixed*x + c.rising(x)
}

// rising is the integral of what a flow adds.
func (c *curve) rising(x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case c.demand != nil:
		return c.demand.integral(x)
	case c.vdf != nil:
		return c.vdf.Integral(x)
	case c.slope == 0:
		return 0
	}
	return c.ahead(x) * x * x / (c.power + 1)
}
