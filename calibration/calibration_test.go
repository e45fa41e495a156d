package calibration

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// One count of two equal cells that is to be met to the letter: both grow by the same factor.
// A third that is not counted stays; a bound holds.
func TestOneCount(t *testing.T) {
	p := &Problem{SD: []float64{0.5, 0.5, 0.5}, Low: []float64{0.2, 0.2, 0.2}, High: []float64{5, 5, 5},
		Counts: []Count{{Cells: []int32{0, 1}, Per: []float64{100, 100}, Value: 300, SD: 1e-6}}}
	res, err := Solve(p, 1)
	if err != nil || math.Abs(res.Factor[0]-1.5) > 1e-9 || math.Abs(res.Factor[1]-1.5) > 1e-9 || res.Factor[2] != 1 || math.Abs(res.Fitted[0]-300) > 1e-6 {
		t.Fatalf("%+v %v", res, err)
	}
	// A cell known four times as well moves far less: ln f is as s² times its part.
	p.SD[1] = 0.125
	if res, err = Solve(p, 1); err != nil || math.Abs(math.Log(res.Factor[0])/math.Log(res.Factor[1])-16) > 1e-6 || math.Abs(res.Fitted[0]-300) > 1e-6 {
		t.Fatalf("%+v %v", res, err)
	}
	p.High[0] = 1.2
	if res, err = Solve(p, 1); err != nil || res.Factor[0] != 1.2 || res.AtBound != 1 || math.Abs(res.Factor[1]-1.8) > 1e-6 {
		t.Fatalf("%+v %v", res, err)
	}
	// Counts that contradict each other: the mean by their precision.
	p = &Problem{SD: []float64{10}, Low: []float64{0}, High: []float64{10}, Counts: []Count{{[]int32{0}, []float64{1}, 1, 0.1}, {[]int32{0}, []float64{1}, 2, 0.2}}}
	if res, err = Solve(p, 1); err != nil || math.Abs(res.Factor[0]-1.2) > 1e-3 {
		t.Fatalf("%+v %v", res, err)
	}
	// Left out, each is predicted by the other; both at once, by nothing.
	if out, err := LeaveOut(p, 1, []int{0, 1}); err != nil || math.Abs(out[0]-2) > 1e-3 || math.Abs(out[1]-1) > 1e-3 {
		t.Fatal(out, err)
	}
	if out, err := LeaveOut(p, 1, []int{7, 7}); err != nil || out[0] != 1 || out[1] != 1 {
		t.Fatal(out, err)
	}
}

// drawn makes a small problem.
func drawn(t *rapid.T) *Problem {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
	n := rapid.IntRange(1, 8).Draw(t, "cells")
	p := &Problem{}
	for range n {
		p.SD, p.Low, p.High = append(p.SD, 0.1+r.Float64()), append(p.Low, 0.8*r.Float64()), append(p.High, 1+3*r.Float64())
	}
	for range rapid.IntRange(0, 5).Draw(t, "counts") {
		c := Count{SD: 0.5 + 2*r.Float64()}
		for i := range n {
			if r.IntN(2) == 0 {
				c.Cells, c.Per = append(c.Cells, int32(i)), append(c.Per, 5*r.Float64())
			}
		}
		c.Value = 20 * r.Float64()
		p.Counts = append(p.Counts, c)
	}
	return p
}

// loss is what factors minimise.
func loss(p *Problem, weight float64, f []float64) float64 {
	sum := 0.0
	for i, x := range f {
		sum += weight * (x*math.Log(x) - x + 1) / (p.SD[i] * p.SD[i])
	}
	for _, c := range p.Counts {
		m := 0.0
		for k, i := range c.Cells {
			m += c.Per[k] * f[i]
		}
		sum += (c.Value - m) * (c.Value - m) / (2 * c.SD * c.SD)
	}
	return sum
}

// No change of one factor, or of two at once, makes the loss less: it is convex, so that is
// the minimum wherever the slopes are smooth.
func TestNothingIsBetter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawn(rt)
		weight := rapid.SampledFrom([]float64{0.01, 1, 10}).Draw(rt, "weight")
		res, err := Solve(p, weight)
		if err != nil {
			t.Fatal(err)
		}
		at := loss(p, weight, res.Factor)
		inside := func(i int, v float64) float64 { return math.Min(math.Max(v, math.Max(p.Low[i], 1e-12)), p.High[i]) }
		for i := range p.SD {
			for j := range p.SD {
				for _, step := range []float64{-1e-3, -1e-5, 1e-5, 1e-3} {
					for _, other := range []float64{-1e-3, 0, 1e-3} {
						f := append([]float64(nil), res.Factor...)
						f[i] = inside(i, f[i]+step)
						if j != i {
							f[j] = inside(j, f[j]+other)
						}
						if l := loss(p, weight, f); l < at-1e-9*(1+at) {
							t.Fatalf("%g at %v, %g at %v", at, res.Factor, l, f)
						}
					}
				}
			}
		}
	})
}

func TestCheck(t *testing.T) {
	for name, p := range map[string]*Problem{
		"sd":     {SD: []float64{0}, Low: []float64{1}, High: []float64{1}},
		"bounds": {SD: []float64{1}, Low: []float64{1.5}, High: []float64{2}},
		"shape":  {SD: []float64{1}},
		"count":  {Counts: []Count{{Value: 1}}},
		"cell":   {Counts: []Count{{Cells: []int32{0}, Per: []float64{1}, Value: 1, SD: 1}}},
	} {
		if _, err := Solve(p, 1); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if _, err := Solve(&Problem{}, 0); err == nil {
		t.Error("a weight of 0 was taken")
	}
}
