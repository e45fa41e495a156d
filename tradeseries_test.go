package karvan_test

import (
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

var turnover = karvan.SeriesKey{Reporter: "AZ", Partner: "TR", Flow: "turnover", Product: "all"}

func builtIn(t *testing.T) *karvan.Inputs {
	t.Helper()
	files, err := fs.Sub(studies.Files, "azerbaijan-turkiye")
	if err != nil {
		t.Fatal(err)
	}
	in, faults, err := study.LoadFS(files)
	if err != nil || in == nil {
		t.Fatal(err, faults)
	}
	return in
}

// On the day of the report ten months were known: the year that was to close at 4.6 bn lies in
// what was held for likely, and the goal of 15 bn in 2023 is out of reach.
func TestOutlookOnTheDayOfTheReport(t *testing.T) {
	in := builtIn(t)
	n, err := in.NowcastOf(turnover, 2021, "2021-12-26")
	if err != nil {
		t.Fatal(err)
	}
	if i := n.Interval(0.95); n.ObservedTo != "2021-10" || !(i[0] < 4.6e9 && 4.6e9 < i[1]) || n.Median < 3.8e9 || n.Median > 4.4e9 {
		t.Errorf("%+v, 95 %% in %v", n.Outlook, i)
	}
	for _, r := range n.Readings {
		if r.KnownOn > "2021-12-26" {
			t.Errorf("%+v was known later", r)
		}
	}
	// On earlier years the method is off by what its intervals say.
	if len(n.Tried) != 3 {
		t.Errorf("tried on %+v", n.Tried)
	}
	for _, x := range n.Tried {
		if i := x.Forecast.Interval(0.95); x.Year >= 2021 || !(i[0] < x.Actual && x.Actual < i[1]) {
			t.Errorf("%d: %v, became %g", x.Year, i, x.Actual)
		}
	}
	if len(n.LeftOut) != 2 {
		t.Errorf("without a date: %+v", n.LeftOut)
	}
	// A day before, neither the ten months nor the year 2020 were known.
	if before, err := in.NowcastOf(turnover, 2021, "2021-12-25"); err == nil {
		t.Errorf("from nothing: %+v", before.Outlook)
	}
	// Three days later eleven months are.
	later, err := in.NowcastOf(turnover, 2021, "2021-12-29")
	if err != nil || later.ObservedTo != "2021-11" {
		t.Errorf("%+v %v", later, err)
	}
	list := in.ReadTargets("2021-12-26")
	byID := map[string]karvan.TargetReading{}
	for _, x := range list {
		byID[x.Key] = x
	}
	goal, ok := byID["tgt-trade-15bn"]
	if !ok || !(goal.Probability < 0.05) || math.Abs(goal.RequiredGrowth-(math.Sqrt(15e9/goal.From)-1)) > 1e-12 || !(goal.BestGrowthSeen < 0.3) || len(goal.Path) != 3 {
		t.Errorf("%+v", goal)
	}
	if e := goal.WithoutEnergy; e == nil || !math.IsNaN(e.RequiredGrowth) || !strings.Contains(e.Reason, "without a day") {
		t.Errorf("energy of an unknown day was used: %+v", e)
	}
	if x := byID["tgt-trade-5bn"]; !math.IsNaN(x.Probability) || x.Reason != "it has no date" {
		t.Errorf("%+v", x)
	}
	for key, x := range byID {
		if x.SetOn > "2021-12-26" {
			t.Errorf("%s was set later", key)
		}
		if _, modelled := x.Series(); !modelled && (x.Reason == "" || !math.IsNaN(x.Probability)) {
			t.Errorf("%s: %+v", key, x)
		}
	}
	// By 2024 the year 2022 is known, and the goal's date is past; 2023 is not told.
	for _, x := range in.ReadTargets("2024-06-30") {
		if x.Key == "tgt-trade-15bn" && (!(x.Probability < 0.05) || x.FromYear != 2022) {
			t.Errorf("%+v", x)
		}
	}
}

// Energy that was told with a day is held, and the rest has to bring the rest.
func TestTargetWithoutEnergy(t *testing.T) {
	in := &karvan.Inputs{Targets: []karvan.Target{{Key: "t", Indicator: "AA-BB trade turnover", Unit: "USD/yr", ByDate: "2022-12-31", SetOn: "2020-01-01", Value: 200}}}
	add := func(flow, product, period string, v float64) {
		in.Trade = append(in.Trade, karvan.TradeRow{Reporter: "AA", Partner: "BB", Flow: flow, Product: product, Period: period, ValueUSD: v, KnownOn: "2021-01", Confidence: "high"})
	}
	add("turnover", "all", "2019", 90)
	add("turnover", "all", "2020", 100)
	add("export", "energy", "2020", 30)
	add("import", "energy", "2020", 10)
	add("export", "energy", "2018", 5)
	list := in.ReadTargets("2021-02-01")
	if len(list) != 1 {
		t.Fatal(list)
	}
	e := list[0].WithoutEnergy
	if e.EnergyUSD != 40 || e.EnergyYear != 2020 || math.Abs(e.RequiredGrowth-(math.Sqrt(160.0/60)-1)) > 1e-12 {
		t.Errorf("%+v", e)
	}
	if got := in.ReadTargets("2019-12-31"); len(got) != 0 {
		t.Errorf("a target before it was set: %+v", got)
	}
}

// Two agencies: what the buyer tells is taken of a flow, a surer figure before that, and
// of turnover the geometric mean.
func TestMirror(t *testing.T) {
	in := &karvan.Inputs{}
	add := func(reporter, partner, flow, period string, v float64, confidence string) {
		in.Trade = append(in.Trade, karvan.TradeRow{Reporter: reporter, Partner: partner, Flow: flow, Product: "all", Period: period, ValueUSD: v, KnownOn: "2021", Confidence: confidence})
	}
	add("AA", "BB", "export", "2019", 100, "high")
	add("BB", "AA", "import", "2019", 120, "high")
	add("AA", "BB", "export", "2020", 110, "high")
	add("BB", "AA", "import", "2020", 150, "low")
	add("BB", "AA", "import", "2021", 170, "low")
	add("AA", "BB", "turnover", "2020", 400, "medium")
	add("BB", "AA", "turnover", "2020", 100, "medium")
	rows := in.MirrorOf(karvan.SeriesKey{Reporter: "AA", Partner: "BB", Flow: "export", Product: "all"}, "2022-01-01")
	if len(rows) != 3 || rows[0].Value != 120 || rows[0].Rule != karvan.OtherBuys || rows[1].Value != 110 || rows[1].Rule != karvan.OwnConfident || rows[2].Value != 170 || rows[2].Rule != karvan.OtherAlone || rows[2].Own != nil {
		t.Errorf("%+v", rows)
	}
	both := in.MirrorOf(karvan.SeriesKey{Reporter: "BB", Partner: "AA", Flow: "turnover", Product: "all"}, "2022-01-01")
	if len(both) != 1 || math.Abs(both[0].Value-200) > 1e-9 || both[0].Rule != karvan.MeanOfBoth {
		t.Errorf("%+v", both)
	}
}

// Early in a year nothing of it is known: what was known of the year before counts on.
func TestTargetEarlyInAYear(t *testing.T) {
	in := builtIn(t)
	read := func(day string) karvan.TargetReading {
		for _, x := range in.ReadTargets(day) {
			if x.Key == "tgt-trade-15bn" {
				return x
			}
		}
		t.Fatal("no target")
		return karvan.TargetReading{}
	}
	if x := read("2022-01-10"); x.FromYear != 2021 {
		t.Errorf("counted from %d: %+v", x.FromYear, x)
	}
}

// A source that tells exports and imports tells turnover too, known when the later was; what
// it tells itself goes before, and a year cannot close below what was told of it.
func TestTurnoverOfFlows(t *testing.T) {
	in := &karvan.Inputs{}
	add := func(flow, period, source, known string, v float64) {
		in.Trade = append(in.Trade, karvan.TradeRow{Reporter: "AA", Partner: "BB", Flow: flow, Product: "all", Period: period, Cumulative: true, ValueUSD: v, KnownOn: known, Confidence: "high", SourceID: source})
	}
	add("export", "2019", "s", "2020-01", 60)
	add("import", "2019", "s", "2020-03", 40)
	add("export", "2020", "s", "2021-01", 70)
	add("import", "2020", "other", "2021-01", 50)
	add("export", "2018", "s", "2019-01", 50)
	add("import", "2018", "s", "2019-01", 30)
	add("turnover", "2018", "s", "2019-01", 81)
	k := karvan.SeriesKey{Reporter: "AA", Partner: "BB", Flow: "turnover", Product: "all"}
	list := in.Series(k)
	if len(list) != 2 || list[0].Value != 81 || list[1].Value != 100 || list[1].KnownOn != "2020-03" {
		t.Errorf("%+v", list)
	}
	add("turnover", "2021-11", "s", "2021-12", 150)
	n, err := in.NowcastOf(k, 2021, "2022-01-01")
	if err != nil || n.Interval(0.999)[0] < 150 || n.Chance(150) != 1 {
		t.Errorf("%+v %v %v", n, n.Interval(0.999), err)
	}
}

// Of energy one figure a year counts, however many sources tell it.
func TestEnergyCountsOnce(t *testing.T) {
	in := &karvan.Inputs{Targets: []karvan.Target{{Key: "t", Indicator: "AA-BB trade turnover", ByDate: "2022-12-31", SetOn: "2020-01-01", Value: 200}}}
	for i, x := range []struct {
		flow, product string
		v             float64
	}{{"turnover", "all", 100}, {"export", "energy", 30}, {"export", "energy", 31}, {"import", "energy", 5}, {"turnover", "energy", 36}} {
		in.Trade = append(in.Trade, karvan.TradeRow{Reporter: "AA", Partner: "BB", Flow: x.flow, Product: x.product, Period: "2020", ValueUSD: x.v, KnownOn: "2021-01", Confidence: "high", SourceID: string(rune('a' + i))})
	}
	if e := in.ReadTargets("2021-02-01")[0].WithoutEnergy; e.EnergyUSD != 36 {
		t.Errorf("%+v", e)
	}
	in.Trade = in.Trade[:4]
	if e := in.ReadTargets("2021-02-01")[0].WithoutEnergy; e.EnergyUSD != 36 {
		t.Errorf("exports and imports: %+v", e)
	}
}
