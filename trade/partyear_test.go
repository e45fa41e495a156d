package trade_test

import (
	"math"
	"testing"

	"github.com/karvan/karvan/trade"
)

func TestReadPeriod(t *testing.T) {
	for _, c := range []struct {
		text              string
		cumulative        bool
		year, first, last int
	}{
		{"2020", false, 2020, 1, 12}, {"2021-10", true, 2021, 1, 10}, {"2020-01", false, 2020, 1, 1}, {"2021-03..05", false, 2021, 3, 5},
	} {
		y, f, l, err := trade.ReadPeriod(c.text, c.cumulative)
		if err != nil || y != c.year || f != c.first || l != c.last {
			t.Errorf("%s: %d %d %d %v", c.text, y, f, l, err)
		}
	}
	for _, bad := range []string{"", "20", "2020-13", "2020-Q1", "2020-05..03", "2020..2021", "x"} {
		if _, _, _, err := trade.ReadPeriod(bad, false); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// A trade that is even over the months, and was so in every earlier year, closes at
// its share; an uneven one leans as earlier years did.
func TestNowcastOfAPartOfAYear(t *testing.T) {
	even := func(lean float64) []trade.Reading {
		var out []trade.Reading
		for y := 2010; y < 2020; y++ {
			total := 100 * math.Pow(1.1, float64(y-2010))
			share := 10.0 / 12 * math.Exp(lean*2/12)
			out = append(out, trade.Reading{Year: y, First: 1, Last: 12, Value: total, KnownOn: "2020", Confidence: "high"},
				trade.Reading{Year: y, First: 1, Last: 10, Value: total * share, KnownOn: "2020", Confidence: "high"})
		}
		return append(out, trade.Reading{Year: 2020, First: 1, Last: 10, Value: 250, KnownOn: "2020-11-15", Confidence: "high"})
	}
	n, err := trade.NowcastYear(even(0), 2020)
	if err != nil || math.Abs(n.Median-300) > 1e-9 || n.ObservedTo != "2020-10" {
		t.Errorf("%+v %v", n, err)
	}
	late, err := trade.NowcastYear(even(-0.6), 2020)
	if err != nil || late.Median < 320 || late.Median > 335 {
		t.Errorf("a year that leans to its end closes at %g", late.Median)
	}
	few, err := trade.NowcastYear(even(0)[18:], 2020)
	if err != nil {
		t.Fatal(err)
	}
	if wide, narrow := few.Interval(0.8), n.Interval(0.8); wide[1]-wide[0] <= narrow[1]-narrow[0] {
		t.Errorf("fewer years give a narrower interval: %v, %v", wide, narrow)
	}
	if _, err := trade.NowcastYear(even(0), 2025); err == nil {
		t.Error("a year of which nothing is known has a nowcast")
	}
}

func TestOnlyWhatWasKnown(t *testing.T) {
	list := []trade.Reading{
		{Year: 2020, First: 1, Last: 12, Value: 1, KnownOn: "2020"}, // known on its last day
		{Year: 2020, First: 1, Last: 11, Value: 1, KnownOn: "2021-01"}, {Year: 2019, First: 1, Last: 12, Value: 1},
	}
	known, undated := trade.KnownBy(list, "2021-01-15")
	if len(known) != 1 || len(undated) != 1 || undated[0].Year != 2019 {
		t.Errorf("%v, %v", known, undated)
	}
	if known, _ := trade.KnownBy(list, "2021-01-31"); len(known) != 2 {
		t.Errorf("%v", known)
	}
}

func TestReach(t *testing.T) {
	var list []trade.Reading
	for y := 2010; y <= 2020; y++ {
		list = append(list, trade.Reading{Year: y, First: 1, Last: 12, Value: 100 * math.Pow(1.1, float64(y-2010)), KnownOn: "2021", Confidence: "high"})
	}
	base := 100 * math.Pow(1.1, 10)
	v, err := trade.Reach(list, 2022, base*1.21, 2021)
	if err != nil || math.Abs(v.RequiredGrowth-0.1) > 1e-12 || math.Abs(v.BestGrowthSeen-0.1) > 1e-12 || v.FromYear != 2020 {
		t.Errorf("%+v %v", v, err)
	}
	last := 1.0
	for _, factor := range []float64{0.8, 1, 1.2, 1.5, 3} {
		v, err := trade.Reach(list, 2022, base*factor, 2021)
		if err != nil || !(v.Probability < last) || v.Probability < 0 {
			t.Errorf("x%g: chance %g after %g", factor, v.Probability, last)
		}
		last = v.Probability
	}
}

// A monthly series is forecast as such; told as sums from January it is the same, and
// told month by month in the current year alone it still adds up.
func TestNowcastFromMonths(t *testing.T) {
	var single, sums []trade.Reading
	var x []float64
	for y := 2014; y <= 2020; y++ {
		sum := 0.0
		for m := 1; m <= 12 && (y < 2020 || m <= 9); m++ {
			v := 100 * math.Pow(1.05, float64(y-2014)) * (1 + 0.3*math.Sin(float64(m)))
			x = append(x, v)
			sum += v
			single = append(single, trade.Reading{Year: y, First: m, Last: m, Value: v, KnownOn: "2020-10", Confidence: "high"})
			sums = append(sums, trade.Reading{Year: y, First: 1, Last: m, Value: sum, KnownOn: "2020-10", Confidence: "high"})
		}
	}
	want := trade.NowcastMonths(x)
	for name, list := range map[string][]trade.Reading{"months": single, "sums": sums} {
		n, err := trade.NowcastYear(list, 2020)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(n.Median/want.Median-1) > 1e-9 || n.ObservedTo != "2020-09" || len(n.Years) != 6 {
			t.Errorf("%s: %.6f, expected %.6f; to %s, %v", name, n.Median, want.Median, n.ObservedTo, n.Years)
		}
	}
	// Of the current year the months alone.
	n, err := trade.NowcastYear(single[72:], 2020)
	if err != nil || n.ObservedTo != "2020-09" || len(n.Years) != 0 {
		t.Errorf("%+v %v", n, err)
	}
	// A gap ends the months that are used.
	gap := append(append([]trade.Reading(nil), single[72:75]...), single[76:]...)
	if n, err = trade.NowcastYear(gap, 2020); err != nil || n.ObservedTo != "2020-03" {
		t.Errorf("%+v %v", n, err)
	}
	// A revision that makes a sum smaller than the one before takes that month out alone.
	revised := append([]trade.Reading(nil), sums...)
	revised[74].Value = revised[73].Value * 0.9
	if n, err = trade.NowcastYear(revised, 2020); err != nil || n.ObservedTo != "2020-09" {
		t.Errorf("%+v %v", n, err)
	}
}
