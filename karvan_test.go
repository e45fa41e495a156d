package karvan_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// starter loads the study that `karvan new` gives:
//
//	east (AA) ==rail 230 km== border (AA) | ==rail 230 km== west (BB)
//	east      --road 240 km-- border      | --road 240 km-- west
func starter(t *testing.T) *karvan.Inputs {
	t.Helper()
	files, err := fs.Sub(studies.Files, "starter")
	if err != nil {
		t.Fatal(err)
	}
	in, faults, err := study.LoadFS(files)
	if err != nil || in == nil {
		t.Fatalf("starter: %v %v", err, faults)
	}
	return in
}

func model(t *testing.T, in *karvan.Inputs) *karvan.Model {
	t.Helper()
	if err := in.Network.Index(); err != nil {
		t.Fatal(err)
	}
	m, err := karvan.New(in)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t *testing.T, m *karvan.Model, scenario string, year int) *karvan.Outcome {
	t.Helper()
	out, err := m.Run(context.Background(), scenario, year, karvan.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Converged {
		t.Fatalf("%s, %d: %s", scenario, year, out.Note)
	}
	return out
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Max(math.Abs(want), 1e-9)) {
		t.Errorf("%s: got %.12g, want %.12g (relative tolerance %g)", what, got, want, relative)
	}
}

func value(t *testing.T, o *karvan.Outcome, id string) float64 {
	t.Helper()
	for _, i := range o.Indicator {
		if i.ID == id {
			return i.Value
		}
	}
	t.Fatalf("%s, %d: no indicator %s", o.Scenario, o.Year, id)
	return 0
}

// sum adds the indicators whose id begins so.
func sum(o *karvan.Outcome, prefix string) float64 {
	s := 0.0
	for _, i := range o.Indicator {
		if strings.HasPrefix(i.ID, prefix) {
			s += i.Value
		}
	}
	return s
}

// words writes an outcome down to the last digit; NaN is equal to itself there.
func words(o *karvan.Outcome) string {
	return fmt.Sprintf("%s %d %v %q\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v", o.Scenario, o.Year, o.Converged, o.Note,
		o.Links, o.Loads, o.Terminals, o.Capacity, o.OD, o.Routes, o.Unserved, o.Indicator, o.Trace, o.Volume)
}

func capacityOf(t *testing.T, o *karvan.Outcome, link string) karvan.LinkCapacity {
	t.Helper()
	id, ok := o.Net.LinkByKey(link)
	if !ok {
		t.Fatalf("no link %s", link)
	}
	return o.Capacity[id]
}

func effect(c network.Change) karvan.Effect { return karvan.Effect{Change: c} }

func changeLink(link, field string, factor float64) karvan.Effect {
	return effect(network.Change{Kind: network.ChangeLink, Links: []string{link}, Multiply: map[string]float64{field: factor}})
}

func TestUnchangedScenarioGivesZero(t *testing.T) {
	for _, behaviour := range []string{"logit", "deterministic"} {
		t.Run(behaviour, func(t *testing.T) {
			in := starter(t)
			in.Solver.Behaviour = behaviour
			in.Scenarios = append(in.Scenarios,
				karvan.Scenario{Key: "nothing", Parent: "base"},
				// Effects that change nothing are another network on paper only.
				karvan.Scenario{Key: "times-one", Parent: "base", Effects: []karvan.Effect{changeLink("rail-east", "length_km", 1)}},
				karvan.Scenario{Key: "later", Parent: "base", Effects: []karvan.Effect{effect(network.Change{Kind: network.CloseLink, Links: []string{"rail-east"}, FromYear: 2029})}},
			)
			m := model(t, in)
			for _, year := range []int{2020, 2025} {
				base := run(t, m, "base", year)
				for _, key := range []string{"base", "nothing", "times-one", "later"} {
					c, err := m.Compare(base, run(t, m, key, year), base)
					if err != nil {
						t.Fatal(err)
					}
					if c.ExistingUSDPerYr != 0 || c.GainedUSDPerYr != 0 || len(c.FeesUSDPerYr) != 0 {
						t.Errorf("%s, %d: %g and %g USD/yr, fees %v", key, year, c.ExistingUSDPerYr, c.GainedUSDPerYr, c.FeesUSDPerYr)
					}
					for _, i := range c.Indicators {
						if i.A != i.B {
							t.Errorf("%s, %d: %s differs by %g", key, year, i.ID, i.B-i.A)
						}
					}
					for _, l := range c.Links {
						if l.A != l.B {
							t.Errorf("%s, %d: link %s differs by %g", key, year, l.Key, l.B-l.A)
						}
					}
					for _, x := range c.Cells {
						if x.CostA != x.CostB || x.PerceivedA != x.PerceivedB || x.TonnesA != x.TonnesB || x.HoursA != x.HoursB {
							t.Errorf("%s, %d: cell %+v differs", key, year, x)
						}
					}
					if len(c.Cells) != len(base.OD) {
						t.Errorf("%s, %d: %d cells of %d", key, year, len(c.Cells), len(base.OD))
					}
				}
			}
		})
	}
}

func TestCompareNeedsOneYear(t *testing.T) {
	m := model(t, starter(t))
	if _, err := m.Compare(run(t, m, "base", 2020), run(t, m, "base", 2025), nil); err == nil {
		t.Error("years differ: no error")
	}
}

func TestAnyNumberOfWorkers(t *testing.T) {
	var want []string
	for _, workers := range []int{1, 2, 4} {
		m := model(t, starter(t))
		tasks, err := m.Tasks(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range tasks {
			tasks[i].Draws = 4
		}
		var got []string
		var order []karvan.Task
		err = m.RunAll(context.Background(), tasks, workers, nil, func(task karvan.Task, o *karvan.Outcome) error {
			if o.Scenario != task.Scenario || o.Year != task.Year {
				t.Errorf("task %s %d brings the outcome of %s %d", task.Scenario, task.Year, o.Scenario, o.Year)
			}
			got, order = append(got, words(o)), append(order, task)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(tasks) || len(got) == 0 {
			t.Fatalf("%d workers: %d outcomes of %d", workers, len(got), len(tasks))
		}
		for i := range tasks {
			if order[i] != tasks[i] {
				t.Errorf("%d workers: outcome %d is of %+v, want %+v", workers, i, order[i], tasks[i])
			}
			if workers > 1 && got[i] != want[i] {
				t.Errorf("%d workers: %s %d differs from one worker", workers, tasks[i].Scenario, tasks[i].Year)
			}
		}
		if workers == 1 {
			want = got
		}
	}
}

// What a model ran before leaves no trace in what it runs next.
func TestOrderOfRunsDoesNotMatter(t *testing.T) {
	t.Run("scenarios and years", func(t *testing.T) {
		fresh := words(run(t, model(t, starter(t)), "second-track", 2025))
		m := model(t, starter(t))
		run(t, m, "base", 2020)
		run(t, m, "faster-border", 2025)
		if words(run(t, m, "second-track", 2025)) != fresh {
			t.Error("the outcome depends on what was run before")
		}
	})
	// A cell that is empty in 2020 and has no path in 2025: island is joined to nothing.
	t.Run("a cell without path that was empty before", func(t *testing.T) {
		for _, behaviour := range []string{"logit", "deterministic"} {
			inputs := func() *karvan.Inputs {
				in := starter(t)
				in.Solver.Behaviour = behaviour
				in.Network.Nodes = append(in.Network.Nodes, network.Node{Key: "island", Country: "AA", Lon: 51, Lat: 41})
				in.Zones = append(in.Zones, od.Zone{Key: "island", Country: "AA", Node: "island"})
				to := od.ZoneID(len(in.Zones) - 1)
				in.Demand = append(in.Demand, od.Cell{From: 0, To: to, Year: 2020}, od.Cell{From: 0, To: to, Year: 2025, TPerYr: 1000})
				return in
			}
			fresh := run(t, model(t, inputs()), "base", 2025)
			if len(fresh.Unserved) != 1 || fresh.Unserved[0].DemandTPerYr != 1000 {
				t.Errorf("%s: unserved: %+v", behaviour, fresh.Unserved)
			}
			m := model(t, inputs())
			run(t, m, "base", 2020)
			after, err := m.Run(context.Background(), "base", 2025, karvan.Options{Workers: 1})
			if err != nil {
				t.Errorf("%s: after 2020 was run: %v", behaviour, err)
				continue
			}
			if words(after) != words(fresh) {
				t.Errorf("%s: 2025 after 2020 differs from 2025 alone", behaviour)
			}
		}
	})
}

// rail-east has the section of the issue: 24 + 25 min over 20 km, period 55 min,
// 26 pairs, 0.85 of it 22 pairs, 44 trains a day. With a passing loop in the
// middle of its longest block: 12 + 12.5 + 6 = 30.5 min, 47 pairs, 39 usable,
// 78 trains. rail-east states 3 Mt/yr, so the loop makes it 3 x 78/44.
func loop(t *testing.T) *karvan.Inputs {
	in := starter(t)
	id, ok := in.Network.LinkByKey("rail-east")
	if !ok {
		t.Fatal("no rail-east")
	}
	in.Network.Sections = append(in.Network.Sections, network.Section{Key: "hard", Links: []network.LinkID{id}, LengthKm: 230, Gauge: 1520, Tracks: 1,
		RunForwardMin: 24, RunBackMin: 25, LongestBlockKm: 20, LongestBlockLowKm: 18, LongestBlockHighKm: 22, Signalling: "semi_automatic_block", TrainNetLoadT: 1500})
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "loop", Parent: "base", Effects: []karvan.Effect{effect(network.Change{
		Kind: network.ChangeRailSection, Sections: []string{"hard"}, Set: map[string]float64{"longest_block_km": 10}, FromYear: 2021})}})
	return in
}

func TestPassingLoopScalesStatedCapacity(t *testing.T) {
	in := loop(t)
	m := model(t, in)
	base, after, early := run(t, m, "base", 2025), run(t, m, "loop", 2025), run(t, m, "loop", 2020)
	b, a := capacityOf(t, base, "rail-east"), capacityOf(t, after, "rail-east")
	if b.Trains != 44 || a.Trains != 78 {
		t.Errorf("trains a day: %d and %d, want 44 and 78", b.Trains, a.Trains)
	}
	near(t, "stated", b.TPerYr, 3e6, 0)
	near(t, "stated and scaled", a.TPerYr, 3e6*78/44, 1e-12)
	near(t, "before the loop opens", capacityOf(t, early, "rail-east").TPerYr, 3e6, 0)
	near(t, "the other link", capacityOf(t, after, "rail-west").TPerYr, 3e6, 0)
	if a.Origin != "stated and scaled" || b.Origin != "stated" || a.Section != "hard" {
		t.Errorf("origin %q and %q, section %q", b.Origin, a.Origin, a.Section)
	}
	for name, c := range map[string]karvan.LinkCapacity{"base": b, "loop": a} {
		if c.TrainsLow > c.Trains || c.Trains > c.TrainsHigh {
			t.Errorf("%s: %d trains lie outside their range %d to %d", name, c.Trains, c.TrainsLow, c.TrainsHigh)
		}
	}
	for _, l := range after.Loads {
		if after.Net.Links[l.Link].Key == "rail-east" {
			near(t, "capacity in the loads", l.CapacityTPerYr, 3e6*78/44, 1e-12)
		}
	}
}

// Without a stated capacity it is computed: 44 trains of 1500 t, 365 days,
// less 0.6 of empties and the peak factor 1.25.
func TestComputedCapacity(t *testing.T) {
	in := loop(t)
	id, _ := in.Network.LinkByKey("rail-east")
	in.Network.Links[id].CapacityTPerYr = math.NaN()
	c := capacityOf(t, run(t, model(t, in), "base", 2020), "rail-east")
	near(t, "computed", c.TPerYr, 44*1500*365/(1.6*1.25), 1e-12)
	if c.Origin != "computed" || c.Scope != network.BothDirections {
		t.Errorf("origin %q, scope %s", c.Origin, c.Scope)
	}
}

func TestBinding(t *testing.T) {
	in := starter(t)
	m := model(t, in)
	base := run(t, m, "base", 2020)
	ratio := map[string]float64{}
	for _, l := range base.Loads {
		key := base.Net.Links[l.Link].Key
		ratio[key] = math.Max(ratio[key], l.LoadRatio)
	}
	for _, c := range []struct {
		name string
		set  func(in *karvan.Inputs) // makes the base
		what karvan.Constraint
		want string
	}{
		{"an empty railway", func(in *karvan.Inputs) { in.Demand = nil },
			karvan.Constraint{Links: []string{"rail-east", "rail-west"}}, karvan.NotBinding},
		{"a railway half full", func(in *karvan.Inputs) { stateRail(in, 6e6) },
			karvan.Constraint{Links: []string{"rail-east"}}, karvan.NotBinding},
		{"a full railway", func(in *karvan.Inputs) { stateRail(in, 1e6) },
			karvan.Constraint{Links: []string{"rail-east"}}, karvan.IsBinding},
		{"one of two full", func(in *karvan.Inputs) { stateRail(in, 1e6); in.Network.Links[0].CapacityTPerYr = 1e8 },
			karvan.Constraint{Links: []string{"rail-east", "rail-west"}}, karvan.IsBinding},
		{"a crossing far from full", func(in *karvan.Inputs) { in.Network.Terminals[1].CapacityTPerYr = 1e9 },
			karvan.Constraint{Groups: []string{"border border road"}}, karvan.NotBinding},
		{"new links", func(*karvan.Inputs) {}, karvan.Constraint{Missing: true}, karvan.NewCapacity},
		{"links that are not there", func(*karvan.Inputs) {}, karvan.Constraint{Links: []string{"bridge"}}, karvan.NewCapacity},
		{"nothing said", func(*karvan.Inputs) {}, karvan.Constraint{}, karvan.NewCapacity},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := starter(t)
			c.set(in)
			in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "relaxed", Parent: "base", Relaxes: c.what})
			m := model(t, in)
			base := run(t, m, "base", 2020)
			out, err := m.Compare(base, run(t, m, "relaxed", 2020), base)
			if err != nil {
				t.Fatal(err)
			}
			if out.Binding.Status != c.want {
				t.Errorf("got %+v, want %q", out.Binding, c.want)
			}
		})
	}
	if got := karvan.BindingIn(nil, karvan.Constraint{Links: []string{"rail-east"}}).Status; got != karvan.NotKnown {
		t.Errorf("base not run: got %q", got)
	}
	if b := karvan.BindingIn(base, karvan.Constraint{Links: []string{"rail-east", "rail-west"}}); b.Ratio != math.Max(ratio["rail-east"], ratio["rail-west"]) {
		t.Errorf("ratio %g of %s, want the larger of %v", b.Ratio, b.What, ratio)
	}
}

func stateRail(in *karvan.Inputs, tPerYr float64) {
	for i := range in.Network.Links {
		if in.Network.Links[i].Mode == "rail1520" {
			in.Network.Links[i].CapacityTPerYr = tPerYr
		}
	}
}

// grandparent (x2) > parent (project x3) > own (x5); the road's capacity of
// the base is by rule of thumb, so rail-east's stated 3 Mt/yr is what grows.
func family(t *testing.T) *karvan.Inputs {
	in := starter(t)
	in.Projects = append(in.Projects,
		karvan.Project{Key: "three", Effects: []karvan.Effect{changeLink("rail-east", "capacity_t_per_yr", 3)}},
		karvan.Project{Key: "border", Effects: []karvan.Effect{effect(network.Change{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "border", FromMode: "road"}, Set: map[string]float64{"dwell_h": 1}})}})
	in.Scenarios = append(in.Scenarios,
		karvan.Scenario{Key: "two", Parent: "base", Effects: []karvan.Effect{changeLink("rail-east", "capacity_t_per_yr", 2)}},
		karvan.Scenario{Key: "six", Parent: "two", Projects: []string{"three"}},
		karvan.Scenario{Key: "thirty", Parent: "six", Projects: []string{"border"}, Effects: []karvan.Effect{changeLink("rail-east", "capacity_t_per_yr", 5)}},
		karvan.Scenario{Key: "again", Parent: "six", Projects: []string{"three"}},
		karvan.Scenario{Key: "fixed", Parent: "six", Effects: []karvan.Effect{effect(network.Change{Kind: network.ChangeLink, Links: []string{"rail-east"}, Set: map[string]float64{"capacity_t_per_yr": 4e6}})}},
	)
	return in
}

func TestEffectsAccumulate(t *testing.T) {
	m := model(t, family(t))
	for _, c := range []struct {
		scenario string
		factor   float64
	}{{"base", 1}, {"two", 2}, {"six", 6}, {"thirty", 30}, {"fixed", 4.0 / 3}} {
		t.Run(c.scenario, func(t *testing.T) {
			near(t, "capacity", capacityOf(t, run(t, m, c.scenario, 2020), "rail-east").TPerYr, 3e6*c.factor, 1e-12)
		})
	}
	t.Run("parents, then projects, then its own", func(t *testing.T) {
		list, err := m.Inputs().Effects("thirty")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			got = append(got, fmt.Sprint(e.Kind, e.Multiply["capacity_t_per_yr"]))
		}
		if want := "change_link2 change_link3 change_terminal0 change_link5"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
	t.Run("a project that the parent has too is built once", func(t *testing.T) {
		near(t, "capacity", capacityOf(t, run(t, m, "again", 2020), "rail-east").TPerYr, 3e6*6, 1e-12)
	})
	t.Run("the base stays as it is", func(t *testing.T) {
		near(t, "capacity", capacityOf(t, run(t, m, "base", 2020), "rail-east").TPerYr, 3e6, 0)
	})
}

func TestEffectsAreChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		add  []karvan.Scenario
	}{
		{"no such scenario", nil},
		{"no such parent", []karvan.Scenario{{Key: "x", Parent: "nobody"}}},
		{"a circle", []karvan.Scenario{{Key: "x", Parent: "y"}, {Key: "y", Parent: "x"}}},
		{"its own parent", []karvan.Scenario{{Key: "x", Parent: "x"}}},
		{"no such project", []karvan.Scenario{{Key: "x", Parent: "base", Projects: []string{"tunnel"}}}},
		{"no such link", []karvan.Scenario{{Key: "x", Parent: "base", Effects: []karvan.Effect{changeLink("tunnel", "length_km", 2)}}}},
		{"no such price", []karvan.Scenario{{Key: "x", Parent: "base", Effects: []karvan.Effect{{Cost: &karvan.CostChange{Parameter: "toll"}}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := starter(t)
			in.Scenarios = append(in.Scenarios, c.add...)
			if _, err := model(t, in).Run(context.Background(), "x", 2020, karvan.Options{Workers: 1}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestPricesOfAScenario(t *testing.T) {
	in := starter(t)
	half := 0.5
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "cheap-rail", Parent: "base", Effects: []karvan.Effect{
		{Cost: &karvan.CostChange{Parameter: "rate_usd_per_tkm", Mode: "rail", Multiply: &half}, Change: network.Change{FromYear: 2022}}}})
	m := model(t, in)
	base, cheap := run(t, m, "base", 2025), run(t, m, "cheap-rail", 2025)
	if a, b := value(t, base, "tkm.mode.rail1520"), value(t, cheap, "tkm.mode.rail1520"); b <= a {
		t.Errorf("rail at half the rate: %g tkm, before %g", b, a)
	}
	c, err := m.Compare(base, cheap, base)
	if err != nil {
		t.Fatal(err)
	}
	if c.ExistingUSDPerYr >= 0 {
		t.Errorf("a lower price is no gain: %g USD/yr", c.ExistingUSDPerYr)
	}
	if words(run(t, m, "cheap-rail", 2020)) == "" || value(t, run(t, m, "cheap-rail", 2020), "mean_money") != value(t, run(t, m, "base", 2020), "mean_money") {
		t.Error("the price changes before its year")
	}
}

// Two cells by hand: 100 t/yr that become 140 as the cost falls from 10 to
// 8 USD/t, and 60 that become 40 as it rises from 5 to 6.
//
//	existing  100 x (-2) + 40 x (+1) = -160
//	gained     40/2 x (-2) + 20/2 x (+1) = -30
func TestRuleOfHalf(t *testing.T) {
	in := starter(t)
	m := model(t, in)
	outcome := func(q1, c1, q2, c2 float64) *karvan.Outcome {
		return &karvan.Outcome{Scenario: "base", Year: 2020, Net: in.Network, OD: []karvan.ODResult{
			{From: 0, To: 1, DemandTPerYr: q1, PerceivedUSDPerT: c1, CostUSDPerT: c1 + 1},
			{From: 1, To: 0, DemandTPerYr: q2, PerceivedUSDPerT: c2, CostUSDPerT: c2 + 1}}}
	}
	a, b := outcome(100, 10, 60, 5), outcome(140, 8, 40, 6)
	c, err := m.Compare(a, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "existing", c.ExistingUSDPerYr, -160, 1e-12)
	near(t, "gained", c.GainedUSDPerYr, -30, 1e-12)
	if len(c.Cells) != 2 || c.Cells[0].TonnesA != 100 || c.Cells[0].TonnesB != 140 || c.Cells[0].CostA != 11 || c.Cells[0].PerceivedB != 8 {
		t.Errorf("cells %+v", c.Cells)
	}
	back, err := m.Compare(b, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "existing, the other way", back.ExistingUSDPerYr, 160, 1e-12)
	near(t, "gained, the other way", back.GainedUSDPerYr, 30, 1e-12)
	// Energy stays outside.
	in.Commodities[0].Energy = true
	if c, err = m.Compare(a, b, nil); err != nil || c.ExistingUSDPerYr != 0 || c.GainedUSDPerYr != 0 {
		t.Errorf("energy: %g and %g USD/yr, %v", c.ExistingUSDPerYr, c.GainedUSDPerYr, err)
	}
}

func TestMeasuresCountATonneOnce(t *testing.T) {
	in := starter(t)
	in.Measures = nil
	add := func(x karvan.Measure) { in.Measures = append(in.Measures, x) }
	add(karvan.Measure{Indicator: "both", Unit: "t", Links: []string{"rail-east", "rail-west"}})
	add(karvan.Measure{Indicator: "east", Unit: "t", Links: []string{"rail-east"}})
	add(karvan.Measure{Indicator: "all", Unit: "t", Links: []string{"rail-east", "rail-west", "road-east", "road-west"}})
	add(karvan.Measure{Indicator: "westward", Unit: "t", Links: []string{"rail-east", "road-east"}, Direction: 1})
	add(karvan.Measure{Indicator: "eastward", Unit: "t", Links: []string{"rail-east", "road-east"}, Direction: -1})
	add(karvan.Measure{Indicator: "road", Unit: "t", Links: []string{"rail-east", "road-east"}, NotLinks: []string{"rail-west"}})
	add(karvan.Measure{Indicator: "through", Unit: "t", Links: []string{"rail-east"}, AlsoLinks: []string{"rail-west"}})
	add(karvan.Measure{Indicator: "import", Unit: "t", Links: []string{"rail-east", "road-east"}, Country: "AA", Traffic: "import"})
	add(karvan.Measure{Indicator: "transit", Unit: "t", Links: []string{"rail-east", "road-east"}, Country: "CC", Traffic: "transit"})
	add(karvan.Measure{Indicator: "grain", Unit: "t", Links: []string{"rail-east", "road-east"}, Commodities: []string{"grain"}})
	add(karvan.Measure{Indicator: "AA rail", Unit: "t", Family: "rail", Country: "AA"})
	in.Conversions = append(in.Conversions, karvan.Conversion{Key: "boxes", Unit: "TEU", PerT: map[network.Form]float64{network.Container: 0.1}, Other: 0})
	add(karvan.Measure{Indicator: "boxes", Unit: "TEU", Links: []string{"rail-east", "road-east"}, Conversion: "boxes"})
	for i := len(in.Measures); i < 70; i++ { // more than a word of bits
		add(karvan.Measure{Indicator: fmt.Sprint("copy ", i), Unit: "t", Links: []string{"rail-east", "rail-west"}})
	}
	o := run(t, model(t, in), "base", 2020)
	flow := map[string]float64{}
	for _, l := range o.Links {
		flow[o.Net.Links[l.Link].Key] += l.FlowTPerYr
	}
	for id, want := range map[string]float64{
		"both": flow["rail-east"], "east": flow["rail-east"], "through": flow["rail-east"], "AA rail": flow["rail-east"], "road": flow["road-east"],
		"all": 3.5e6, "westward": 2.3e6, "eastward": 1.2e6, "import": 1.2e6, "transit": 3.5e6, "grain": 1.5e6, "boxes": 0.2e6,
		"copy 12": flow["rail-east"], "copy 63": flow["rail-east"], "copy 64": flow["rail-east"], "copy 69": flow["rail-east"],
	} {
		near(t, id, value(t, o, id), want, 1e-9)
	}
	if flow["rail-east"] <= 0 || flow["road-east"] <= 0 {
		t.Errorf("nothing to count: %v", flow)
	}
}

// Growth of 3 % a year at both ends: 3.5 Mt x 1.03^3.
func TestGrowthTo2023(t *testing.T) {
	in := starter(t)
	m := model(t, in)
	near(t, "2020", value(t, run(t, m, "base", 2020), "tonnes"), 3.5e6, 1e-12)
	near(t, "2023", value(t, run(t, m, "base", 2023), "tonnes"), 3.5e6*math.Pow(1.03, 3), 1e-12)
	near(t, "2023, grain", value(t, run(t, m, "base", 2023), "tonnes.commodity.grain"), 1.5e6*math.Pow(1.03, 3), 1e-12)
	if _, err := m.Run(context.Background(), "base", 2019, karvan.Options{Workers: 1}); err == nil {
		t.Error("before the base year: no error")
	}
	tasks, err := m.Tasks([]string{"base"}, []int{2023})
	if err != nil || len(tasks) != 1 || tasks[0].Year != 2023 {
		t.Errorf("a year that the study does not list: %+v, %v", tasks, err)
	}
	// AA grows by 21 % in 2023 and BB stands still: sqrt(1.21).
	in = starter(t)
	in.Growth = []od.Growth{{Country: "*", FromYear: 2021, UntilYear: 2030}, {Country: "AA", FromYear: 2023, UntilYear: 2023, RatePerYr: 0.21}}
	near(t, "one end grows", value(t, run(t, model(t, in), "base", 2023), "tonnes"), 3.5e6*1.1, 1e-12)
}

func TestCancelling(t *testing.T) {
	for _, behaviour := range []string{"logit", "deterministic"} {
		t.Run(behaviour, func(t *testing.T) {
			in := starter(t)
			in.Solver.Behaviour = behaviour
			m := model(t, in)
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := m.Run(ctx, "base", 2020, karvan.Options{Workers: 1}); !errors.Is(err, context.Canceled) {
				t.Errorf("before the start: got %v", err)
			}
			tasks, err := m.Tasks(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			none := func(karvan.Task, *karvan.Outcome) error { t.Error("an outcome of a cancelled run"); return nil }
			if err := m.RunAll(ctx, tasks, 2, nil, none); !errors.Is(err, context.Canceled) {
				t.Errorf("all, before the start: got %v", err)
			}
			ctx, cancel = context.WithCancel(context.Background())
			defer cancel()
			progress := func(karvan.Event) { cancel() }
			if err := m.RunAll(ctx, tasks, 2, progress, func(karvan.Task, *karvan.Outcome) error { return nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("while it runs: got %v", err)
			}
		})
	}
	t.Run("a writer that fails", func(t *testing.T) {
		m, full := model(t, starter(t)), errors.New("disk full")
		tasks, err := m.Tasks(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(context.Background(), tasks, 2, nil, func(karvan.Task, *karvan.Outcome) error { return full }); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a task that fails", func(t *testing.T) {
		m := model(t, starter(t))
		err := m.RunAll(context.Background(), []karvan.Task{{Scenario: "nobody", Year: 2020}}, 2, nil, func(karvan.Task, *karvan.Outcome) error { return nil })
		if err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the task's own error", err)
		}
	})
}

func TestIndicatorsAgree(t *testing.T) {
	const tolerance = 1e-9
	for _, behaviour := range []string{"logit", "deterministic"} {
		t.Run(behaviour, func(t *testing.T) {
			in := starter(t)
			in.Solver.Behaviour = behaviour
			m := model(t, in)
			o := run(t, m, "base", 2020)
			tkm := value(t, o, "tkm")
			near(t, "tkm by mode", sum(o, "tkm.mode."), tkm, tolerance)
			near(t, "tkm by commodity", sum(o, "tkm.commodity."), tkm, tolerance)
			near(t, "tkm by country", sum(o, "tkm.country."), tkm, tolerance)
			near(t, "co2 by mode", sum(o, "co2.mode."), value(t, o, "co2"), tolerance)
			near(t, "tonnes by commodity", sum(o, "tonnes.commodity."), value(t, o, "tonnes"), tolerance)
			near(t, "tonnes", value(t, o, "tonnes"), 3.5e6, tolerance)
			near(t, "tonnes by mode: one leg each", sum(o, "tonnes.mode."), 3.5e6, tolerance)
			near(t, "unserved", value(t, o, "unserved"), 0, 0)
			var odKm, fees, border, money, hours, cost float64
			for i, x := range o.OD {
				odKm += x.DemandTPerYr * x.DistanceKm
				fees += x.DemandTPerYr * x.FeeUSDPerT
				border += x.DemandTPerYr * x.BorderH
				money += x.DemandTPerYr * x.MoneyUSDPerT
				hours += x.DemandTPerYr * x.TimeH
				cost += x.DemandTPerYr * x.CostUSDPerT
				share := 0.0
				for _, r := range o.Routes {
					if int(r.OD) == i {
						share += r.Share
					}
				}
				// Routes below one per cent are not listed.
				if share > 1+tolerance || share < 0.9 {
					t.Errorf("cell %d: the routes listed carry %g of it", i, share)
				}
				if x.FeeUSDPerT > x.MoneyUSDPerT || x.BorderH > x.TimeH || x.PerceivedUSDPerT > x.CostUSDPerT+1e-9 && behaviour == "deterministic" {
					t.Errorf("cell %d: a part is more than the whole: %+v", i, x)
				}
			}
			near(t, "tkm of the cells", odKm, tkm, tolerance)
			near(t, "fees by country", sum(o, "fees.country."), fees, tolerance)
			near(t, "border hours", value(t, o, "border_hours"), border, tolerance)
			near(t, "mean border time", value(t, o, "mean_border_time"), border/3.5e6, tolerance)
			near(t, "mean price", value(t, o, "mean_money"), money/3.5e6, tolerance)
			near(t, "mean time", value(t, o, "mean_time"), hours/3.5e6, tolerance)
			near(t, "mean cost", value(t, o, "mean_cost"), cost/3.5e6, tolerance)
			near(t, "mean distance", value(t, o, "mean_distance"), tkm/3.5e6, tolerance)
			// CO2 by hand: 24 g/tkm by rail, 137 by road.
			near(t, "co2", value(t, o, "co2"), (24*value(t, o, "tkm.mode.rail1520")+137*value(t, o, "tkm.mode.road"))/1e6, tolerance)
			// Flow is conserved over the border: what leaves the east arrives in the west.
			flow := map[string]float64{}
			for _, l := range o.Links {
				flow[fmt.Sprint(o.Net.Links[l.Link].Key, l.Direction)] += l.FlowTPerYr
			}
			near(t, "westward", flow["rail-east1"]+flow["road-east1"], 2.3e6, tolerance)
			near(t, "rail over the border", flow["rail-west1"], flow["rail-east1"], tolerance)
			near(t, "road over the border, back", flow["road-east-1"], flow["road-west-1"], tolerance)
			// A single track is loaded by both directions.
			for _, l := range o.Loads {
				key := o.Net.Links[l.Link].Key
				used := flow[fmt.Sprint(key, l.Direction)]
				near(t, "flow of "+key, l.FlowTPerYr, used, tolerance)
				if l.Scope == network.BothDirections {
					used = flow[key+"1"] + flow[key+"-1"]
				}
				near(t, "load of "+key, l.LoadRatio, used/l.CapacityTPerYr, tolerance)
			}
			seen := map[string]bool{}
			for _, i := range o.Indicator {
				if seen[i.ID] || math.IsNaN(i.Value) || i.Unit == "" || m.Define(i.ID).Meaning == "" {
					t.Errorf("indicator %+v occurs twice, has no value, unit or meaning", i)
				}
				seen[i.ID] = true
			}
		})
	}
}

// The logit's perceived cost never lies above the cheapest route's when no two
// routes overlap, as here.
func TestPerceivedCost(t *testing.T) {
	o := run(t, model(t, starter(t)), "base", 2020)
	for i, x := range o.OD {
		best := math.Inf(1)
		for _, r := range o.Routes {
			if int(r.OD) == i {
				best = math.Min(best, r.CostUSDPerT)
			}
		}
		if x.PerceivedUSDPerT > best*(1+1e-9) {
			t.Errorf("cell %d: perceived %g, cheapest %g", i, x.PerceivedUSDPerT, best)
		}
	}
}
