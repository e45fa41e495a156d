package railcapacity

import (
	"math"
	"testing"
)

// The worked examples of the textbooks, by hand.
func TestWorkedExamples(t *testing.T) {
	period := SinglePeriodMin(24, 25, 2, 1)
	if period != 55 {
		t.Errorf("period of 24 + 25 min, start 2, crossing 1 each: got %g, want 55", period)
	}
	if got := Pairs(period, 0, 1); math.Abs(got-26.1818) > 1e-4 || Whole(got) != 26 {
		t.Errorf("single track: got %g pairs, want 26.18, whole 26", got)
	}
	if got := Pairs(16+4, 120, 0.95); math.Abs(got-62.7) > 1e-9 || Whole(got) != 62 {
		t.Errorf("double track: got %g pairs, want 62.7, whole 62", got)
	}
	if got := Pairs(9, 0, 1); got != 160 {
		t.Errorf("automatic block of 9 min: got %g, want 160", got)
	}
	if got := Occupancy(4500, 900, 7200); got != 0.75 {
		t.Errorf("UIC 406 occupancy: got %g, want 0.75", got)
	}
}

func TestOf(t *testing.T) {
	tests := []struct {
		name    string
		line    Line
		pairs   int
		freight int
	}{
		{"single 1520", Line{Gauge: 1520, Tracks: 1, RunForwardMin: 24, RunBackMin: 25}, 26, 2 * 22}, // 26 x 0.85 = 22.1
		{"with 4 passenger and 2 local trains", Line{Gauge: 1520, Tracks: 1, RunForwardMin: 24, RunBackMin: 25, PassengerTrains: 4, LocalTrains: 2}, 26, 2 * 17},
		{"double 1520", Line{Gauge: 1520, Tracks: 2, RunForwardMin: 16, RunBackMin: 16, WindowMin: 120, Reliability: 0.95}, 62, 2 * 56},
		{"double 1520, automatic block", Line{Gauge: 1520, Tracks: 2, RunForwardMin: 16, RunBackMin: 16, AutomaticBlock: true, HeadwayMin: 9}, 160, 2 * 145},
		{"single 1435", Line{Gauge: 1435, Tracks: 1, RunForwardMin: 39, RunBackMin: 39}, 17, 2 * 10}, // 17 x 0.60 = 10.2
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Of(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if got.Pairs != tt.pairs || got.FreightTrains != tt.freight {
				t.Errorf("got %d pairs and %d freight trains, want %d and %d (%s)", got.Pairs, got.FreightTrains, tt.pairs, tt.freight, got.Rule)
			}
		})
	}
}

// What an upgrade adds: a loop shortens the hardest part, a second track and
// automatic block take the crossings away; none makes it worse.
func TestUpgradesAdd(t *testing.T) {
	steps := []Line{
		{Gauge: 1520, Tracks: 1, RunForwardMin: 50, RunBackMin: 36},
		{Gauge: 1520, Tracks: 1, RunForwardMin: 25, RunBackMin: 18},
		{Gauge: 1520, Tracks: 2, RunForwardMin: 25, RunBackMin: 18},
		{Gauge: 1520, Tracks: 2, RunForwardMin: 25, RunBackMin: 18, AutomaticBlock: true, HeadwayMin: 10},
	}
	last := 0
	for i, s := range steps {
		c, err := Of(s)
		if err != nil {
			t.Fatal(err)
		}
		if c.FreightTrains <= last {
			t.Errorf("step %d: %d trains, not more than %d", i, c.FreightTrains, last)
		}
		last = c.FreightTrains
	}
}

func TestOfRejects(t *testing.T) {
	for _, l := range []Line{{}, {Tracks: 1, RunForwardMin: 1, RunBackMin: -1}, {Tracks: 1, RunForwardMin: 1, RunBackMin: 1, WindowMin: 1440}} {
		if _, err := Of(l); err == nil {
			t.Errorf("%+v: no error", l)
		}
	}
}
