package studies_test

import (
	"context"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

func load(t *testing.T) *karvan.Inputs {
	t.Helper()
	sub, err := fs.Sub(studies.Files, studies.Default)
	if err != nil {
		t.Fatal(err)
	}
	in, list, err := study.LoadFS(sub)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		t.Fatalf("the built-in study has faults: %v", list)
	}
	return in
}

func model(t *testing.T, in *karvan.Inputs) *karvan.Model {
	t.Helper()
	m, err := karvan.New(in)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// perTEU turns a price per tonne into one per TEU of 14 t, from station to
// station: the price of the door at both ends, 6 USD/t each, is not in quotes.
func perTEU(usdPerT float64) float64 { return (usdPerT - 12) * 14 }

// via tells the places along a route that a test names.
func passes(r karvan.RouteResult, places ...string) bool {
	for _, p := range places {
		if !strings.Contains(r.Path, "@"+p+" ") {
			return false
		}
	}
	return true
}

// The routes of containers in 2021 that planners of the corridor ask for: which
// is cheapest in generalised cost, and why.
func TestRoutesThatCompete(t *testing.T) {
	m := model(t, load(t))
	tests := []struct {
		name, from, to string
		chain          string   // of the cheapest
		by             []string // places on it
		why            string
		others         []struct{ chain, place string } // routes that must be found beside it
	}{
		{"Khorgos to Duisburg", "kz-altynkol", "DEDUI", "rail1520 > rail1435", []string{"by-brest", "pl-malaszewicze"},
			"one railway all the way: neither the two sea crossings of the Caspian route nor the six weeks of the ocean", nil},
		{"Aktau to Istanbul", "KZAAU", "TRIST", "rail1520 > sea rail_wagon > rail1520 > rail1435", []string{"KZKUR", "az-alat-port", "ge-akhalkalaki"},
			"across the Caspian and by the BTK; round the north by rail is dearer, by Poti it is slower",
			[]struct{ chain, place string }{{"rail1520 > rail1435", "az-yalama"}, {"road > sea roro > road", "az-ge-red-bridge"}}},
		{"Baku to Mersin", "AZBAK", "tr-mersin-city", "rail1520 > rail1435", []string{"az-boyuk-kesik", "ge-akhalkalaki", "ge-tr-kartsakhi"},
			"the BTK, while it has room; trucks by Iran are faster and dearer",
			[]struct{ chain, place string }{{"road", "az-bilasuvar"}, {"road", "az-ge-red-bridge"}}},
		{"Baku to Nakhchivan", "AZBAK", "az-nakhchivan", "road", []string{"az-bilasuvar", "az-julfa"},
			"700 km through Iran; by Georgia and Türkiye it is nearly twice as far",
			[]struct{ chain, place string }{{"rail1520 > road", "ge-akhalkalaki"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := m.Between(context.Background(), "base", 2021, "cont_manuf", tt.from, tt.to)
			if err != nil {
				t.Fatal(err)
			}
			best := list[0]
			for _, r := range list {
				t.Logf("%5.1f %% %6.1f USD/t %4.0f h %5.0f km %s: %s", 100*r.Share, r.CostUSDPerT, r.TimeH, r.DistanceKm, r.Chain, r.Path)
				if r.CostUSDPerT < best.CostUSDPerT {
					best = r
				}
			}
			if best.Chain != tt.chain || !passes(best, tt.by...) {
				t.Errorf("the cheapest goes by %s: %s; expected %s by %v, since %s", best.Chain, best.Path, tt.chain, tt.by, tt.why)
			}
			for _, o := range tt.others {
				found := false
				for _, r := range list {
					found = found || r.Chain == o.chain && passes(r, o.place)
				}
				if !found {
					t.Errorf("no route %s by %s was found", o.chain, o.place)
				}
			}
		})
	}
}

// closed gives the inputs with links closed, so that a quoted way is the one
// that is left.
func closed(in *karvan.Inputs, links ...string) *karvan.Inputs {
	out := *in
	out.Scenarios = append([]karvan.Scenario(nil), in.Scenarios...)
	for i := range out.Scenarios {
		if out.Scenarios[i].Key == "base" {
			out.Scenarios[i].Effects = []karvan.Effect{{Change: network.Change{Kind: network.CloseLink, Links: links}}}
		}
	}
	return &out
}

// Quoted through rates of 2018 and 2020. The cost rates of the facts were set
// from these quotes, so this checks the reading of the facts, not the model.
func TestQuotedRates(t *testing.T) {
	in := load(t)
	iran := []string{"rai-tm-akyayla-ir-inche-borun", "rai-tm-tejen-ir-sarakhs", "roa-tm-tejen-ir-sarakhs"}
	russia := []string{"rai-kz-atyrau-ru-astrakhan", "rai-kz-shalkar-ru-orenburg", "rai-kz-petropavl-ru-yekaterinburg", "roa-kz-atyrau-ru-astrakhan", "roa-kz-shalkar-ru-orenburg"}
	tests := []struct {
		name, from, to string
		quotedUSD      float64
		source         string
		closed         []string
		by             []string
	}{
		{"Alat to Mersin by rail", "az-alat", "TRMER", 1350, "cbw-2018", nil, []string{"ge-akhalkalaki"}},
		{"Baku to Poti by rail", "AZBAK", "GEPTI", 800, "cbw-2018", nil, []string{"GEGAR"}},
		{"Tashkent to Derince by Turkmenbashi", "uz-tashkent", "TRDRC", 2305.42, "interrail-2020-04", append(append([]string(nil), iran...), russia...), []string{"TMKRW", "az-alat-port", "ge-akhalkalaki"}},
		{"Tashkent to Derince by Aktau", "uz-tashkent", "TRDRC", 2704.32, "interrail-2020-04",
			append(append([]string{"sea-az-alat-port-tmkrw", "rai-tm-turkmenabat-uz-bukhara", "rai-kz-bolashak-tm-bereket"}, iran...), russia...), []string{"az-alat-port", "ge-akhalkalaki"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := model(t, closed(in, tt.closed...)).Between(context.Background(), "base", 2020, "cont_manuf", tt.from, tt.to)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				if !strings.HasPrefix(r.Chain, "rail") || strings.Contains(r.Chain, "road") || !passes(r, tt.by...) {
					continue
				}
				got := perTEU(r.MoneyUSDPerT)
				t.Logf("%s: %.0f USD/TEU, quoted %.0f (%s), %+.0f %%", tt.name, got, tt.quotedUSD, tt.source, 100*(got/tt.quotedUSD-1))
				if math.Abs(got/tt.quotedUSD-1) > 0.25 {
					t.Errorf("%.0f USD/TEU is more than 25 %% off the quoted %.0f (%s)", got, tt.quotedUSD, tt.source)
				}
				return
			}
			t.Errorf("no route by rail over %v was found", tt.by)
		})
	}
}

// A container never crosses an oil berth: no terminal row lets it, and no route
// takes it there.
func TestNoContainerAtAnOilBerth(t *testing.T) {
	in := load(t)
	for _, row := range in.Network.Terminals {
		if node := in.Network.Nodes[row.Node].Key; node == "az-dubendi" && row.Forms != network.FormSet(0).With(network.Liquid) {
			t.Errorf("the oil terminal %s takes %v", node, row.Forms.Forms())
		}
	}
	m := model(t, in)
	out, err := m.Run(context.Background(), "base", 2020, karvan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Converged {
		t.Errorf("the base did not converge: %s", out.Note)
	}
	for _, r := range out.Routes {
		c := in.Commodities[out.OD[r.OD].Commodity]
		if !c.Forms.Has(network.Liquid) && strings.Contains(r.Path, "@az-dubendi transfer") {
			t.Fatalf("%s crosses Dubandi: %s", c.Key, r.Path)
		}
	}
	if len(out.Unserved) > 0 {
		t.Errorf("%d cells are not served in the base", len(out.Unserved))
	}
	if len(in.Commodities) < 8 {
		t.Errorf("only %d commodities", len(in.Commodities))
	}
}

// Rows that are kept apart were not used to set demand: every source of demand
// was known by the end of 2022 at the latest, and no observation of a later
// year is in the study.
func TestNothingLaterIsInTheStudy(t *testing.T) {
	in := load(t)
	for _, o := range in.Observations {
		if o.Year > 2022 {
			t.Errorf("%s is of %d", o.Key, o.Year)
		}
	}
	for _, c := range in.Demand {
		if c.Year > 2021 {
			t.Errorf("demand of %d is given, not projected", c.Year)
		}
	}
}
