package od

import (
	"math"
	"testing"
)

var zones = []Zone{{Key: "a", Country: "AA"}, {Key: "b", Country: "BB"}, {Key: "c", Country: "CC"}}

func TestSumAddsRepeats(t *testing.T) {
	m := Sum([]Cell{
		{From: 1, To: 0, Year: 2020, TPerYr: 5, Anchor: "sourced", Confidence: "high"},
		{From: 0, To: 1, Year: 2020, TPerYr: 2, Anchor: "scaled", Confidence: "medium"},
		{From: 1, To: 0, Year: 2020, TPerYr: 3, Anchor: "assumed", Confidence: "low"},
		{From: 1, To: 0, Year: 2021, TPerYr: 100},
	}, 2020)
	if len(m) != 2 || m[0].TPerYr != 2 || m[1].TPerYr != 8 {
		t.Fatalf("got %+v", m)
	}
	if m[1].Anchor != "assumed" || m[1].Confidence != "low" {
		t.Errorf("the weakest part does not mark the whole: %+v", m[1])
	}
}

var one = []float64{1}

func TestCarry(t *testing.T) {
	cells := []Cell{
		{From: 0, To: 1, Year: 2020, TPerYr: 100},
		{From: 0, To: 2, Year: 2020, TPerYr: 50},
		{From: 0, To: 2, Year: 2022, TPerYr: 80},
	}
	growth := []Growth{{"AA", 2021, 2030, 0.21}, {"*", 2021, 2030, 0}}
	later, err := Carry(cells, zones, growth, one, 2020, 2023)
	if err != nil {
		t.Fatal(err)
	}
	// Growth goes on from the latest year given: 80 x sqrt(1.21).
	if math.Abs(later[1].TPerYr-88) > 1e-9 {
		t.Errorf("a to c in 2023: got %g, want 88", later[1].TPerYr)
	}
	m, err := Carry(cells, zones, growth, one, 2020, 2022)
	if err != nil {
		t.Fatal(err)
	}
	// sqrt(1.21^2 x 1) = 1.21
	if math.Abs(m[0].TPerYr-121) > 1e-9 {
		t.Errorf("a to b: got %g, want 121", m[0].TPerYr)
	}
	if m[1].TPerYr != 80 {
		t.Errorf("a to c: got %g, want the year's own 80", m[1].TPerYr)
	}
	if _, err := Carry(cells, zones, nil, one, 2020, 2021); err == nil {
		t.Error("no rate of growth: no error")
	}
	if _, err := Carry(cells, zones, growth, one, 2020, 2019); err == nil {
		t.Error("year before the base: no error")
	}
}
