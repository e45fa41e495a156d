package karvan_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/od"
)

// A study whose demand is known, spoilt, finds its way back to what was counted: the rail tonnes
// that the true demand makes. Rows kept apart change nothing.
func TestCalibrateFindsKnownDemand(t *testing.T) {
	in := starter(t)
	truth := run(t, model(t, in), "base", 2020)
	counted := value(t, truth, "rail_at_border")
	in.Observations = []karvan.Observation{
		{Key: "rail", Indicator: "rail_at_border", Period: "2020", Year: 2020, Value: counted, Unit: "t", Role: "fit", Confidence: "high"},
		{Key: "apart", Indicator: "rail_at_border", Period: "2020", Year: 2020, Value: 7 * counted, Unit: "t", Role: "kept_apart", Confidence: "high"},
		{Key: "early", Indicator: "rail_at_border", Period: "2010", Year: 2010, Value: 1, Unit: "t", Role: "fit", Confidence: "high"},
	}
	for i := range in.Demand {
		c := &in.Demand[i]
		c.TPerYr *= 0.8
		c.Low, c.High = 0.2*c.TPerYr, 5*c.TPerYr
	}
	m := model(t, in)
	cal, err := m.Calibrate(context.Background(), karvan.CalibrateOptions{Weight: 1e-4, Workers: 1, Rounds: 20})
	if err != nil || !cal.Settled || !cal.Converged {
		t.Fatalf("%+v %v", cal, err)
	}
	if len(cal.Counts) != 1 || len(cal.LeftOut) != 2 || cal.LeftOut[0].Reason != "kept apart" {
		t.Fatalf("%+v %+v", cal.Counts, cal.LeftOut)
	}
	c := cal.Counts[0]
	near(t, "rail after", c.After, counted, 1e-3)
	if c.Before > 0.95*counted {
		t.Errorf("before: %g of %g", c.Before, counted)
	}
	// The adjusted demand, run as a study of its own, makes what was promised.
	for i := range in.Demand {
		for _, x := range cal.Cells {
			d := &in.Demand[i]
			if d.From == x.From && d.To == x.To && d.Commodity == x.Commodity {
				d.TPerYr *= x.Factor
				if x.Factor < 1 || x.Factor > 5 || !x.Seen {
					t.Errorf("%+v", x)
				}
			}
		}
	}
	near(t, "rail run again", value(t, run(t, model(t, in), "base", 2020), "rail_at_border"), c.After, 1e-3)
}

// Cells hold to their ranges; without any they change by the bound at most. The same bits come
// out again.
func TestCalibrateKeepsToRanges(t *testing.T) {
	in := starter(t)
	in.Observations = []karvan.Observation{{Key: "rail", Indicator: "rail_at_border", Period: "2020", Year: 2020, Value: 1e8, Unit: "t", Role: "fit", Confidence: "high"}}
	in.Demand[0].Low, in.Demand[0].High = 0, 0
	m := model(t, in)
	cal, err := m.Calibrate(context.Background(), karvan.CalibrateOptions{Weight: 1e-3, Bound: 2, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range cal.Cells {
		i := slices.IndexFunc(in.Demand, func(d od.Cell) bool { return d.From == x.From && d.To == x.To && d.Commodity == x.Commodity })
		d := in.Demand[i]
		if most := 2.0; i > 0 {
			most = d.High / d.TPerYr
			near(t, "factor", x.Factor, most, 1e-12)
		} else {
			near(t, "factor", x.Factor, most, 1e-12)
		}
		if !x.AtBound {
			t.Errorf("%+v", x)
		}
	}
	again, err := m.Calibrate(context.Background(), karvan.CalibrateOptions{Weight: 1e-3, Bound: 2, Workers: 3})
	if err != nil || again.Counts[0] != cal.Counts[0] || !slices.Equal(again.Cells, cal.Cells) {
		t.Errorf("%+v, again %+v (%v)", cal.Counts, again.Counts, err)
	}
	in.Observations = nil
	if _, err := model(t, in).Calibrate(context.Background(), karvan.CalibrateOptions{}); err == nil {
		t.Error("nothing was observed, and it calibrated")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Calibrate(ctx, karvan.CalibrateOptions{}); err == nil {
		t.Error("an ended context was not heard")
	}
	if math.IsNaN(cal.Weight) {
		t.Error(cal.Weight)
	}
}
