package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeline"
)

// far is a gas line whose stated capacity lies far above the computed one.
const far = "stated with 12 bcm/yr"

func assess(t testing.TB, l *pipeline.Line, step string, o pipeline.Options) *pipeline.Assessment {
	t.Helper()
	a, err := l.Assess(context.Background(), l.Step(step), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// numbers are all figures of an assessment, exact.
func numbers(a *pipeline.Assessment) string {
	out := fmt.Sprintf("%x %x %x %d\n", a.Base.KgPerS, a.Low, a.High, a.Failed)
	swing := func(s *pipeline.Swing) string {
		return fmt.Sprintf("%s %x %x %x %x\n", s.Assumption.Name(), s.AtLow, s.AtHigh, s.Share, s.Needed)
	}
	for i := range a.Swings {
		out += swing(&a.Swings[i])
	}
	for i := range a.Rows {
		r := &a.Rows[i]
		out += fmt.Sprintf("%x %x %x %v %q %x\n", r.Low, r.Computed, r.High, r.Within, r.Bottleneck, r.Reached)
		for k := range r.Others {
			out += swing(&r.Others[k])
		}
		for k := range r.Together {
			out += swing(&r.Together[k])
		}
	}
	return out
}

func TestAssessIsTheSameWithAnyWorkers(t *testing.T) {
	for _, tt := range []struct{ line, step, stated string }{{gasLine, "with", far}, {oilLine, "design", "stated design 900000 bbl/d"}} {
		l := drawn(t, tt.line, tt.stated)
		var all []string
		for _, workers := range []int{0, 1, 2, 7} {
			all = append(all, numbers(assess(t, l, tt.step, pipeline.Options{Draws: 24, Seed: 5, Workers: workers})))
		}
		for i := range all {
			if all[i] != all[0] {
				t.Errorf("%s: the numbers depend on workers:\n%s\n%s", l.Medium, all[0], all[i])
			}
		}
	}
}

func TestAssessDrawsBySeed(t *testing.T) {
	l := drawn(t, gasLine)
	o := pipeline.Options{Draws: 24, Seed: 5}
	a := assess(t, l, "with", o)
	o.Seed = 6
	b := assess(t, l, "with", o)
	if a.Base.KgPerS != b.Base.KgPerS || !reflect.DeepEqual(swings(a), swings(b)) {
		t.Error("another seed changes what is not drawn")
	}
	if a.Low == b.Low || a.High == b.High {
		t.Error("another seed draws the same")
	}
	// Both are draws of the same: their ranges are close to one another.
	check.Close(t, "low", b.Low, a.Low, 0, 0.03)
	check.Close(t, "high", b.High, a.High, 0, 0.03)
	if !(a.Low < a.Base.KgPerS && a.Base.KgPerS < a.High) {
		t.Errorf("%g, %g, %g", a.Low, a.Base.KgPerS, a.High)
	}
}

func swings(a *pipeline.Assessment) []string {
	var out []string
	for _, s := range a.Swings {
		out = append(out, fmt.Sprintf("%s %x %x %x", s.Assumption.Name(), s.AtLow, s.AtHigh, s.Share))
	}
	return out
}

// put gives the capacity of a step with some assumptions at other values.
func put(t testing.TB, l *pipeline.Line, step string, at map[string]float64) float64 {
	t.Helper()
	values := l.Base()
	left := len(at)
	for i := range l.Assumptions {
		if v, ok := at[l.Assumptions[i].Name()]; ok {
			values[i] = v
			left--
		}
	}
	if left != 0 {
		t.Fatalf("not all of %v are assumptions", at)
	}
	c, err := l.Capacity(context.Background(), l.Step(step), values, false)
	if err != nil {
		t.Fatalf("%v: %v", at, err)
	}
	return c.KgPerS
}

// A swing is the capacity with one assumption at each end; shares are of squares, and the
// largest comes first. What has no range, and what the step does not use, has no swing.
func TestSwings(t *testing.T) {
	for _, tt := range []struct{ line, step string }{{gasLine, "without"}, {gasLine, "with"}, {oilLine, "design"}} {
		l := drawn(t, tt.line)
		a := assess(t, l, tt.step, pipeline.Options{Draws: 10})
		sum, squares, last := 0.0, 0.0, math.Inf(1)
		seen := map[string]bool{}
		for _, s := range a.Swings {
			squares += math.Pow(s.AtHigh-s.AtLow, 2)
		}
		for _, s := range a.Swings {
			name := s.Assumption.Name()
			seen[name] = true
			check.Close(t, name+" at its low end", s.AtLow, put(t, l, tt.step, map[string]float64{name: s.Assumption.Low}), 0, 1e-4)
			check.Close(t, name+" at its high end", s.AtHigh, put(t, l, tt.step, map[string]float64{name: s.Assumption.High}), 0, 1e-4)
			check.Close(t, name+": share", s.Share, math.Pow(s.AtHigh-s.AtLow, 2)/squares, 1e-9, 0)
			if s.Share > last || s.Assumption.Certain() {
				t.Errorf("%s: share %g after %g, certain %v", name, s.Share, last, s.Assumption.Certain())
			}
			sum, last = sum+s.Share, s.Share
		}
		check.Close(t, "all shares", sum, 1, 1e-9, 0)
		if seen["discharge_bar"] != (tt.step != "without") || seen["design_bar"] || !seen["roughness_mm"] {
			t.Errorf("%s: swings of %v", tt.step, seen)
		}
	}
}

// What is told to be needed gives the stated capacity when it is put in, and so do those that
// together reach it.
func TestWhatWouldHaveToBeDifferent(t *testing.T) {
	for _, tt := range []struct{ name, line, step, stated string }{
		{"gas, more", gasLine, "with", "stated with 9.5 bcm/yr"},
		{"gas, far more", gasLine, "with", far},
		{"gas, less", gasLine, "with", "stated with 4 bcm/yr"},
		{"gas without a station, more", gasLine, "without", "stated without 6.5 bcm/yr"},
		{"oil, more", oilLine, "design", "stated design 480000 bbl/d"},
		{"oil, less", oilLine, "design", "stated design 200000 bbl/d"},
		{"oil by the tonne", oilLine, "design", "stated design 15 Mt/yr"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := drawn(t, tt.line, "without stated", tt.stated)
			a := assess(t, l, tt.step, pipeline.Options{Draws: 10})
			if len(a.Rows) != 1 {
				t.Fatalf("%d rows", len(a.Rows))
			}
			r := a.Rows[0]
			one, err := a.Base.Built.In(r.Stated.Unit, 1)
			if err != nil {
				t.Fatal(err)
			}
			check.Close(t, "computed", r.Computed, a.Base.KgPerS*one, 0, 1e-12)
			check.Close(t, "low", r.Low, a.Low*one, 0, 1e-12)
			if r.Within != (r.Low <= r.Stated.Value && r.Stated.Value <= r.High) || r.Within {
				t.Fatalf("%g in %g to %g: %v", r.Stated.Value, r.Low, r.High, r.Within)
			}
			if r.Main == nil || r.Main.Assumption != a.Swings[0].Assumption {
				t.Error("the main assumption is not the one with the largest swing")
			}
			if len(r.Others) == 0 && len(r.Together) == 0 && r.Reached == 0 {
				t.Error("nothing is said of what would have to be different")
			}
			for _, s := range r.Others {
				if s.Needed >= s.Assumption.Low && s.Needed <= s.Assumption.High && len(r.Others) == 1 {
					t.Logf("%s would do within its range", s.Assumption.Name())
				}
				if bad := outOfReach(s); bad != "" {
					t.Error(bad)
				}
				check.Close(t, "with "+s.Assumption.Name(), put(t, l, tt.step, map[string]float64{s.Assumption.Name(): s.Needed})*one, r.Stated.Value, 0, 3e-4)
			}
			more := r.Stated.Value > r.Computed
			at := map[string]float64{}
			for i, s := range r.Together {
				at[s.Assumption.Name()] = s.Assumption.Low
				if s.AtHigh > s.AtLow == more {
					at[s.Assumption.Name()] = s.Assumption.High
				}
				got := put(t, l, tt.step, at) * one
				if reached := got >= r.Stated.Value == more; reached != (i == len(r.Together)-1) {
					t.Errorf("with %v it is %g, stated are %g", at, got, r.Stated.Value)
				}
				if i == len(r.Together)-1 {
					check.Close(t, "together", got, r.Reached, 0, 1e-4)
				}
			}
			if len(r.Together) == 0 {
				for _, s := range a.Swings {
					at[s.Assumption.Name()] = s.Assumption.Low
					if s.AtHigh > s.AtLow == more {
						at[s.Assumption.Name()] = s.Assumption.High
					}
				}
				check.Close(t, "all together", put(t, l, tt.step, at)*one, r.Reached, 0, 1e-4)
				if r.Reached >= r.Stated.Value == more {
					t.Errorf("all together reach %g, stated are %g", r.Reached, r.Stated.Value)
				}
			}
		})
	}
}

// outOfReach says where a needed value lies beyond three times the range, or cannot be at all.
func outOfReach(s pipeline.Swing) string {
	x, of := s.Assumption, pipeline.Quantities[s.Assumption.Quantity]
	low, high := x.Value-3*(x.Value-x.Low), x.Value+3*(x.High-x.Value)
	if s.Needed < low-1e-9 || s.Needed > high+1e-9 {
		return fmt.Sprintf("%s would have to be %g, beyond three times its range (%g to %g)", x.Name(), s.Needed, low, high)
	}
	if s.Needed < of.Least || s.Needed > of.Most {
		return fmt.Sprintf("%s would have to be %g, which it cannot be (%g to %g)", x.Name(), s.Needed, of.Least, of.Most)
	}
	return ""
}

// A needed value is found also where three times the range goes beyond what can be: here an
// efficiency of more than one, and a wall thicker than its pipe.
func TestNeededBesideWhatCannotBe(t *testing.T) {
	l := drawn(t, gasLine, "- discharge_bar 79", "- design_bar 80", "- power_mw 4", "- efficiency 0.8 0.7 0.9", "- wall_mm 10", "- inlet_bar 70", "- delivery_bar 40", "- roughness_mm 0.02", "without stated")
	want := put(t, l, "with", map[string]float64{"efficiency": 0.97})
	if base := put(t, l, "with", nil); !(want > 1.002*base) {
		t.Fatalf("the efficiency does nothing: %g, %g", base, want)
	}
	b := capacity(t, l, "with").Built
	stated, err := b.In("bcm/yr", want)
	if err != nil {
		t.Fatal(err)
	}
	l.Step("with").Stated = []pipeline.Stated{{Value: stated, Unit: "bcm/yr"}}
	a := assess(t, l, "with", pipeline.Options{Draws: 10})
	r := a.Rows[0]
	if r.Within || len(r.Others) != 1 {
		t.Fatalf("within %v; %d assumptions would fit, and an efficiency of 0.97 would", r.Within, len(r.Others))
	}
	check.Close(t, "needed efficiency", r.Others[0].Needed, 0.97, 0, 1e-3)
}

// What is stated enters nothing that is computed.
func TestStatedIsNoInput(t *testing.T) {
	for _, tt := range []struct{ line, step, unit string }{{gasLine, "with", "bcm/yr"}, {oilLine, "design", "bbl/d"}} {
		var first string
		for _, v := range []float64{1e-9, 1, 8, 1e3, 1e12, math.Inf(1)} {
			l := drawn(t, tt.line)
			l.Step(tt.step).Stated = []pipeline.Stated{{Value: v, Unit: tt.unit}}
			a := assess(t, l, tt.step, pipeline.Options{Draws: 10, Seed: 3})
			r := a.Rows[0]
			now := fmt.Sprintf("%x %x %x %x %x %q\n%s\n%v", a.Base.KgPerS, a.Low, a.High, r.Low, r.Computed, r.Bottleneck, strings.Join(swings(a), "\n"), a.Base.Gains)
			if first == "" {
				first = now
			}
			if now != first {
				t.Errorf("with %g %s stated:\n%s\nbefore:\n%s", v, tt.unit, now, first)
			}
		}
	}
	// Nor do the other steps of the line.
	a := assess(t, drawn(t, gasLine), "without", pipeline.Options{Draws: 10})
	b := assess(t, drawn(t, gasLine, "stated without 99 bcm/yr", "stated with 1 bcm/yr"), "without", pipeline.Options{Draws: 10})
	if a.Base.KgPerS != b.Base.KgPerS || a.Low != b.Low || a.High != b.High {
		t.Error("what is stated of another step changes this one")
	}
	c := drawn(t, gasLine)
	c.Step("with").Stated[0].Unit = "bushels"
	if _, err := c.Assess(t.Context(), c.Step("with"), pipeline.Options{Draws: 10}); err == nil || !strings.Contains(err.Error(), "bushels") {
		t.Errorf("a unit that is none: %v", err)
	}
}

// A line with nothing that may be otherwise has no range, and no main assumption.
func TestWithoutARange(t *testing.T) {
	l := drawn(t, gasLine, "- wall_mm 10", "- roughness_mm 0.02", "- inlet_bar 70", "- delivery_bar 40", "- discharge_bar 70", far)
	a := assess(t, l, "with", pipeline.Options{Draws: 10})
	check.Close(t, "low", a.Low, a.Base.KgPerS, 0, 1e-4)
	check.Close(t, "high", a.High, a.Base.KgPerS, 0, 1e-4)
	if len(a.Swings) != 0 || a.Rows[0].Main != nil || a.Rows[0].Within || len(a.Rows[0].Others)+len(a.Rows[0].Together) != 0 {
		t.Errorf("%+v", a)
	}
}

// Where no range is asked for, there is none, and nothing is said to lie within it.
func TestAssessWithoutDraws(t *testing.T) {
	a := assess(t, drawn(t, gasLine, far), "with", pipeline.Options{Draws: -1})
	if a.Low != 0 || a.High != 0 || a.Failed != 0 || len(a.Swings) != 0 || len(a.Rows) != 2 || a.Rows[0].Within || a.Rows[0].Main != nil || !(a.Rows[0].Computed > 0) {
		t.Errorf("%+v", a)
	}
}

// The stated capacity is the computed one to the last digit: it lies within a range of no width.
func TestStatedAsComputed(t *testing.T) {
	l := drawn(t, gasLine, "- wall_mm 10", "- roughness_mm 0.02", "- inlet_bar 70", "- delivery_bar 40", "- discharge_bar 70", "without stated")
	c := capacity(t, l, "with")
	v, err := c.Built.In("bcm/yr", c.KgPerS)
	if err != nil {
		t.Fatal(err)
	}
	l.Step("with").Stated = []pipeline.Stated{{Value: v, Unit: "bcm/yr"}}
	r := assess(t, l, "with", pipeline.Options{Draws: 10}).Rows[0]
	if r.Low > r.Computed || r.Computed > r.High {
		t.Errorf("low %.12g, computed %.12g, high %.12g", r.Low, r.Computed, r.High)
	}
	if !r.Within {
		t.Errorf("computed and stated are %.12g, and not within %.12g to %.12g", v, r.Low, r.High)
	}
}

// A line whose values keep no bounds at all has a row that says so, and no number that is none.
func TestAssessLineThatCarriesNothing(t *testing.T) {
	l := drawn(t, oilLine, "pass elevation_m 1200 500 1300")
	a, err := l.Assess(t.Context(), l.Step("design"), pipeline.Options{Draws: 20})
	if err != nil {
		t.Fatal(err)
	}
	r := a.Rows[0]
	if a.Base.KgPerS != 0 || r.Computed != 0 || !strings.Contains(r.Bottleneck, "no flow keeps all bounds") || a.Failed == 0 {
		t.Errorf("%+v, %d failed", r, a.Failed)
	}
	for _, v := range []float64{r.Low, r.High, r.Reached, a.FuelUSDPerT(), a.Low, a.High} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%g in %+v", v, r)
		}
	}
	// Nothing to draw and nothing carried.
	l = drawn(t, oilLine, "pass elevation_m 1200", "- wall_mm 10", "- roughness_mm 0.045", "- discharge_bar 60")
	if a, err = l.Assess(t.Context(), l.Step("design"), pipeline.Options{Draws: 20}); err != nil || a.Failed != 20 || a.Low != 0 || a.High != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

// One draw whose numbers contradict one another does not end the others.
func TestDrawsThatContradict(t *testing.T) {
	for _, more := range [][]string{
		{"- design_bar 80 45 90", "- delivery_bar 40 30 60"},                    // a delivery above the design pressure
		{"- outside_diameter_mm 820 50 900", "- wall_mm 10 5 30"},               // walls that meet
		{"- temperature_k 288 230 300", "- relative_density 0.6 0.55 1.2"},      // gas that is partly liquid
		{"k km 150 100 200", "point c 150", "- roughness_mm 0.02 0.01 0.04"},    // a station on either side of a point
		{"point c 100", "c offtake_share 0.5 0 1"},                              // all taken out on the way
		{"k km 290 270 310", "- roughness_mm 0.02"},                             // a station beyond the end
		{"- suction_bar 20 5 90", "- discharge_bar 70 60 80"},                   // an inlet above the outlet
		{"- inlet_bar 70 30 85", "- design_bar 80 75 85"},                       // an inlet above the design pressure
		{"a elevation_m 0 -100 3000", "b elevation_m 0 -100 3000"},              // up or down a mountain
		{"- relative_density 0.6 0.55 0.7", "- temperature_k 288 280 300"},      // nothing wrong with it
		{"- power_mw 30 0.01 60", "- efficiency 0.8 0.1 1", "- suction_bar 40"}, // a station that hardly works
	} {
		t.Run(strings.Join(more, ", "), func(t *testing.T) {
			l := drawn(t, gasLine, more...)
			a, err := l.Assess(t.Context(), l.Step("with"), pipeline.Options{Draws: 40, Seed: 2})
			if err != nil {
				t.Fatal(err)
			}
			if a.Failed > 30 || !(a.Low > 0 && a.Low <= a.High) {
				t.Errorf("%d of 40 draws failed: %g to %g", a.Failed, a.Low, a.High)
			}
			if bad := numbers(a); strings.Contains(strings.ReplaceAll(bad, " NaN\n", "\n"), "NaN") { // Needed alone may be none
				t.Error(bad)
			}
		})
	}
}

// Where a station may stand on either side of where another thing does, no draw fails for its name.
func TestDrawnPlaces(t *testing.T) {
	l := drawn(t, gasLine, "without section", "section s 0 150.4", "section r 150.4 300", "k km 151 149.5 151.5")
	a := assess(t, l, "with", pipeline.Options{Draws: 40, Seed: 2})
	if a.Failed > 0 {
		t.Errorf("%d of 40 draws failed, which differ by half a km in the place of a station", a.Failed)
	}
}

// Work that is called off ends with that, and not with a number.
func TestAssessStops(t *testing.T) {
	l := drawn(t, gasLine)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if a, err := l.Assess(ctx, l.Step("with"), pipeline.Options{Draws: 10}); !errors.Is(err, context.Canceled) || a != nil {
		t.Errorf("%v, %v", a, err)
	}
	enough := errors.New("enough")
	for _, workers := range []int{1, 2, 5} {
		calls, most := 0, 0
		_, err := l.Assess(t.Context(), l.Step("with"), pipeline.Options{Draws: 200, Workers: workers, Progress: func(done, total int) error {
			calls++
			most = total
			if done != calls || total < 200 {
				t.Errorf("%d of %d at call %d", done, total, calls)
			}
			if done >= 5 {
				return enough
			}
			return nil
		}})
		if !errors.Is(err, enough) || calls > 60 || most != 200+2*5 {
			t.Errorf("%d workers: %v after %d calls, of %d", workers, err, calls, most)
		}
	}
}

// A capacity never falls when a bound is given more room.
func TestCapacityNeverFallsWithMoreRoom(t *testing.T) {
	type relaxed struct {
		quantity pipeline.Quantity
		up       bool
	}
	all := []relaxed{{pipeline.DischargeBar, true}, {pipeline.PowerMW, true}, {pipeline.DesignBar, true}, {pipeline.DeliveryBar, false}, {pipeline.SuctionBar, false}, {pipeline.InletBar, true}, {pipeline.PeakBar, false}}
	for _, tt := range []struct {
		name, text, step string
		more             []string
		draw             func(t *rapid.T) map[pipeline.Quantity]float64
	}{
		{"gas", gasLine, "with", nil, func(t *rapid.T) map[pipeline.Quantity]float64 {
			return map[pipeline.Quantity]float64{
				pipeline.DesignBar: rapid.Float64Range(72, 100).Draw(t, "design"), pipeline.InletBar: rapid.Float64Range(45, 72).Draw(t, "inlet"),
				pipeline.DeliveryBar: rapid.Float64Range(10, 60).Draw(t, "delivery"), pipeline.DischargeBar: rapid.Float64Range(50, 100).Draw(t, "discharge"),
				pipeline.PowerMW: rapid.Float64Range(0.5, 40).Draw(t, "power"), pipeline.SuctionBar: rapid.Float64Range(5, 60).Draw(t, "suction"),
			}
		}},
		{"gas over hills", gasLine, "with", []string{"point m 150", "point n 170", "a elevation_m 1200", "m elevation_m 1500"}, func(t *rapid.T) map[pipeline.Quantity]float64 {
			return map[pipeline.Quantity]float64{
				pipeline.DesignBar: rapid.Float64Range(72, 100).Draw(t, "design"), pipeline.InletBar: rapid.Float64Range(45, 72).Draw(t, "inlet"),
				pipeline.DeliveryBar: rapid.Float64Range(10, 60).Draw(t, "delivery"), pipeline.DischargeBar: rapid.Float64Range(70, 110).Draw(t, "discharge"),
			}
		}},
		{"oil", oilLine, "design", nil, func(t *rapid.T) map[pipeline.Quantity]float64 {
			return map[pipeline.Quantity]float64{
				pipeline.DesignBar: rapid.Float64Range(55, 110).Draw(t, "design"), pipeline.DeliveryBar: rapid.Float64Range(1, 30).Draw(t, "delivery"),
				pipeline.DischargeBar: rapid.Float64Range(45, 110).Draw(t, "discharge"), pipeline.PowerMW: rapid.Float64Range(0.5, 15).Draw(t, "power"),
				pipeline.SuctionBar: rapid.Float64Range(1, 8).Draw(t, "suction"), pipeline.PeakBar: rapid.Float64Range(1, 5).Draw(t, "peak"),
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := drawn(t, tt.text, tt.more...)
			carried := 0
			rapid.Check(t, func(t *rapid.T) {
				values := l.Base()
				place := map[pipeline.Quantity]int{}
				for i := range l.Assumptions {
					place[l.Assumptions[i].Quantity] = i
				}
				for q, v := range tt.draw(t) {
					values[place[q]] = v
				}
				r := rapid.SampledFrom(all).Draw(t, "relaxed")
				i, ok := place[r.quantity]
				if !ok {
					return
				}
				step := l.Step(tt.step)
				before, err := l.Capacity(context.Background(), step, values, false)
				if err != nil {
					return
				}
				carried++
				old := values[i]
				by := rapid.Float64Range(0.001, 0.5).Draw(t, "by")
				values[i] *= 1 + by
				if !r.up {
					values[i] = old * (1 - by)
				}
				after, err := l.Capacity(context.Background(), step, values, false)
				if err != nil {
					t.Fatalf("%s from %g to %g: %g kg/s before, now %v", r.quantity, old, values[i], before.KgPerS, err)
				}
				if after.KgPerS < before.KgPerS*(1-1e-6) {
					t.Fatalf("%s from %g to %g: from %.6f to %.6f kg/s (%s; before %s)", r.quantity, old, values[i], before.KgPerS, after.KgPerS, after.Bottleneck, before.Bottleneck)
				}
			})
			if carried < 30 {
				t.Errorf("only %d lines carried anything", carried)
			}
		})
	}
}

// Behind a station on a hill the pressure is greatest in the valley. The station is turned down for
// it as far as that asks for, and no further, however much it could give.
func TestStationAboveAValley(t *testing.T) {
	for _, delivery := range []float64{10, 40, 60} {
		last := 0.0
		for _, bar := range []float64{65, 70, 71, 72, 75, 79, 85, 95, 110, 127, 150, 200} {
			l := drawn(t, gasLine, "point m 150", "point n 170", "a elevation_m 1200", "m elevation_m 1500", "- design_bar 72", "- inlet_bar 45", fmt.Sprintf("- delivery_bar %g", delivery), fmt.Sprintf("- discharge_bar %g", bar))
			c, err := capacityOf(t, l, l.Step("with"))
			if err != nil {
				t.Errorf("delivery at %g bar, discharge of up to %g: %.200v", delivery, bar, err)
				continue
			}
			if c.KgPerS < last*(1-1e-6) {
				t.Errorf("delivery at %g bar: with a discharge of up to %g bar it carries %g kg/s, with less %g", delivery, bar, c.KgPerS, last)
			}
			last = math.Max(last, c.KgPerS)
		}
	}
}

// A step with a station out of service carries no more than the step with it, and as much as the
// step that never had it.
func TestStepWithAStationClosed(t *testing.T) {
	l := drawn(t, gasLine)
	full, none := capacity(t, l, "with"), capacity(t, l, "without")
	out, now := with(t, l, "with", pipeline.Change{CloseStations: []string{"k"}})
	a, err := out.Assess(t.Context(), now, pipeline.Options{Draws: 20})
	if err != nil {
		t.Fatal(err)
	}
	check.Close(t, "closed", a.Base.KgPerS, none.KgPerS, 0, 1e-9)
	if !(a.Base.KgPerS < full.KgPerS && a.High < full.KgPerS*1.1) || strings.Contains(a.Base.Bottleneck, "station") {
		t.Errorf("%g kg/s closed, %g open; %s", a.Base.KgPerS, full.KgPerS, a.Base.Bottleneck)
	}
	for _, s := range a.Swings {
		if s.Assumption.Quantity == pipeline.DischargeBar {
			t.Error("the discharge of a station that is closed has a swing")
		}
	}
	oil := drawn(t, oilLine)
	both := capacity(t, oil, "design")
	out, now = with(t, oil, "design", pipeline.Change{CloseStations: []string{"two"}})
	one, err := capacityOf(t, out, now)
	if err != nil {
		t.Fatal(err)
	}
	if !(one.KgPerS < both.KgPerS) {
		t.Errorf("one pump carries %g kg/s, two %g", one.KgPerS, both.KgPerS)
	}
	// Without any pump, nothing gets over the pass.
	out, now = with(t, oil, "design", pipeline.Change{CloseStations: []string{"two", "one"}})
	if c, err := out.Capacity(t.Context(), now, out.Base(), false); err == nil {
		t.Errorf("without a pump %g kg/s go over a pass of 500 m", c.KgPerS)
	}
}

// The cost of fuel is that of the heat that stations burn.
func TestFuel(t *testing.T) {
	l := drawn(t, gasLine, "- fuel_usd_per_mwh 20")
	a := assess(t, l, "with", pipeline.Options{Draws: 10})
	power := a.Base.Profile().Stations[0].PowerMW
	check.Close(t, "fuel", a.Base.FuelMW, power/0.35, 0, 1e-9)
	check.Close(t, "cost", a.FuelUSDPerT(), a.Base.FuelMW*20/(a.Base.KgPerS*3.6), 0, 1e-12)
	if a := assess(t, l, "without", pipeline.Options{Draws: 10}); a.FuelUSDPerT() != 0 || a.Base.FuelMW != 0 {
		t.Errorf("without a station %g MW", a.Base.FuelMW)
	}
}

// The capacity is the largest of all throughputs that keep every bound, tried one by one.
func TestCapacityAgainstTrying(t *testing.T) {
	for _, tt := range []struct {
		name, text, step string
		more             []string
		free             map[string][2]float64 // assumptions that are drawn, and between what
	}{
		{"gas", gasLine, "with", []string{"point m 150", "a elevation_m 800", "m elevation_m 400"}, map[string][2]float64{"m elevation_m": {0, 1200}, "discharge_bar": {50, 75}, "design_bar": {70, 90}, "inlet_bar": {45, 69}, "delivery_bar": {10, 60}, "power_mw": {1, 30}}},
		{"oil with a brake", oilLine, "design", nil, map[string][2]float64{"pass elevation_m": {0, 600}, "discharge_bar": {40, 70}, "design_bar": {50, 90}, "delivery_bar": {1, 20}, "power_mw": {1, 12}}},
		{"oil that falls", oilLine, "design", []string{"without reduction"}, map[string][2]float64{"pass elevation_m": {200, 600}, "discharge_bar": {45, 70}, "design_bar": {38, 60}, "delivery_bar": {1, 20}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := drawn(t, tt.text, tt.more...)
			step := l.Step(tt.step)
			tried := 0
			rapid.Check(t, func(t *rapid.T) {
				values := l.Base()
				if tried++; tried%4 != 0 { // trying takes long
					return
				}
				for i := range l.Assumptions {
					if f, ok := tt.free[l.Assumptions[i].Name()]; ok {
						values[i] = rapid.Float64Range(f[0], f[1]).Draw(t, l.Assumptions[i].Name())
					}
				}
				b, err := l.Build(step, values)
				if err != nil {
					t.Fatal(err)
				}
				largest := 0.0
				for q := 1500.0; q > 20 && largest == 0; q *= 0.97 {
					if p, err := b.Profile(context.Background(), q); err == nil && len(p.Broken) == 0 {
						largest = q
					}
				}
				c, err := l.Capacity(context.Background(), step, values, false)
				switch {
				case err != nil && largest > 0:
					t.Fatalf("%g kg/s keep every bound, and: %v", largest, err)
				case err == nil && c.KgPerS < largest*(1-1e-6):
					t.Fatalf("%g kg/s keep every bound, and the capacity is said to be %g", largest, c.KgPerS)
				case err == nil && c.KgPerS > 22 && c.KgPerS > largest/0.96:
					t.Fatalf("the capacity is said to be %g kg/s; the largest that keeps every bound is %g", c.KgPerS, largest)
				}
			})
		})
	}
}

// A line that falls steeply carries neither little, which would burst its foot, nor much. However
// narrow what is left between is, it is found.
func TestCapacityBetweenTooLittleAndTooMuch(t *testing.T) {
	found, last := 0, 0.0
	for bar := 24.0; bar <= 30; bar += 0.1 {
		l := drawn(t, oilLine, "without reduction", "without section", "section s 0 200", "section down 200 300", fmt.Sprintf("down design_bar %g", bar))
		step := l.Step("design")
		b, err := l.Build(step, l.Base())
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Capacity(t.Context(), step, l.Base(), false)
		if err == nil {
			found++
			if c.KgPerS < last*(1-1e-6) {
				t.Errorf("with a design pressure of %.1f bar at its foot it carries %g kg/s, with less %g", bar, c.KgPerS, last)
			}
			last = c.KgPerS
			continue
		}
		for q := 300.0; q < 600; q *= 1.004 {
			if p, e := b.Profile(t.Context(), q); e == nil && len(p.Broken) == 0 {
				t.Errorf("with a design pressure of %.1f bar at its foot %.1f kg/s keep every bound, and: %v", bar, q, err)
				break
			}
		}
	}
	t.Logf("%d lines carry", found)
}
