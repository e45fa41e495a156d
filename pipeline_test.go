package karvan_test

import (
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
)

// gasLine is a level line of 400 km along link key, with a station half way in its second step.
func gasLine(key string) pipeline.Line {
	certain := func(element string, q pipeline.Quantity, v float64) pipeline.Assumption {
		return pipeline.Assumption{Element: element, Quantity: q, Range: pipeline.Range{Value: v, Low: v, High: v}}
	}
	return pipeline.Line{ID: "L", Medium: pipeline.Gas, Friction: pipeflow.ColebrookWhite, Links: []string{key},
		Points:   []pipeline.Point{{ID: "a"}, {ID: "b", Km: 400}},
		Sections: []pipeline.Section{{ID: "s", ToKm: 400}},
		Stations: []pipeline.Station{{ID: "k", Kind: pipeline.Compressor, Km: 200}},
		Steps:    []pipeline.Step{{ID: "first", FromYear: 2000, Status: "in service"}, {ID: "second", Status: "agreed", Stations: []string{"k"}}},
		Assumptions: []pipeline.Assumption{certain("", pipeline.ElevationM, 0), certain("", pipeline.OutsideDiameterMm, 1020), certain("", pipeline.WallMm, 10),
			certain("", pipeline.RoughnessMm, 0.02), certain("", pipeline.DesignBar, 80), certain("", pipeline.InletBar, 75), certain("", pipeline.DeliveryBar, 50),
			certain("", pipeline.DischargeBar, 75), certain("", pipeline.Efficiency, 0.8), certain("", pipeline.GasTemperatureK, 288), certain("", pipeline.RelativeDensity, 0.6)}}
}

func TestPipelineCapacityIsComputed(t *testing.T) {
	in := loop(t)
	in.Pipelines = []pipeline.Line{gasLine("rail-east")}
	change := func(key string, c pipeline.Change, from int) {
		c.Line = "L"
		in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: key, Parent: "base", Effects: []karvan.Effect{{Change: network.Change{Kind: "change_pipeline", FromYear: from}, Pipeline: &c}}})
	}
	change("step", pipeline.Change{Step: "second"}, 2025)
	change("station", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "new", Km: 200}}}, 2025)
	change("looped", pipeline.Change{Loops: []pipeline.Loop{{ToKm: 200}}}, 2025)
	change("wider", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.OutsideDiameterMm, Value: 1220}}}, 2025)
	in.Scenarios = append(in.Scenarios, karvan.Scenario{Key: "by hand", Parent: "base", Effects: []karvan.Effect{changeLink("rail-east", "capacity_t_per_yr", 2)}})
	m := model(t, in)
	at := func(scenario string, year int) karvan.LinkCapacity {
		return capacityOf(t, run(t, m, scenario, year), "rail-east")
	}

	base := at("base", 2025)
	if base.Origin != "computed" || base.Line != "L" || base.Section != "first" || base.Rule == "" {
		t.Errorf("base: %+v", base)
	}
	c, err := in.Pipelines[0].Capacity(t.Context(), in.Pipelines[0].Step("first"), in.Pipelines[0].Base(), false)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "base", base.TPerYr, c.KgPerS*86400*365/1000, 1e-9)
	near(t, "before the change", at("step", 2024).TPerYr, base.TPerYr, 0)
	step, station := at("step", 2025).TPerYr, at("station", 2025).TPerYr
	near(t, "a station added is that of the step", station, step, 1e-6)
	if !(step > 1.2*base.TPerYr) {
		t.Errorf("a station half way: %g instead of %g t/yr", step, base.TPerYr)
	}
	// Half of the line doubled resists 1/4 + 1/2 = 5/8 of before, but for what friction gains
	// where flow halves.
	near(t, "half looped", at("looped", 2025).TPerYr/base.TPerYr, 1.265, 0.01)
	if w := at("wider", 2025).TPerYr; !(w > 1.5*base.TPerYr) {
		t.Errorf("a wider pipe: %g instead of %g t/yr", w, base.TPerYr)
	}
	if c := at("by hand", 2025); c.TPerYr != 6e6 || c.Origin != "stated" {
		t.Errorf("set by hand: %+v", c)
	}

	// A line whose only section is closed carries nothing: its link is closed.
	change("shut", pipeline.Change{CloseSections: []string{"s"}}, 2025)
	o := run(t, model(t, in), "shut", 2025)
	for _, l := range o.Net.Links {
		if l.Key == "rail-east" {
			t.Error("the link of a line that is shut is still there")
		}
	}
}
