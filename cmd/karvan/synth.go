package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// Proportions of a made-up corridor.
const (
	bandLength   = 12   // columns per row of the band
	zonesWanted  = 40   // places where goods start and end
	pairsPerZone = 12   // destinations of each
	spacingKm    = 20.0 // between neighbours
	bordersAcre  = 3    // borders across the band
)

// synth makes a corridor of about n nodes: a band of road, a railway along
// every fourth row, terminals where they meet, borders across, and demand
// along it that fills the railway in places. The same seed gives the same one.
func synth(n int, seed uint64) *karvan.Inputs {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	rows := max(4, int(math.Sqrt(float64(n)/bandLength)))
	columns := max(5, n/rows)
	net := &network.Network{Modes: append([]network.Mode(nil), network.StandardModes...)}
	at := func(r, c int) network.NodeID { return network.NodeID(r*columns + c) }
	country := func(c int) int { return c * (bordersAcre + 1) / columns }
	for r := 0; r < rows; r++ {
		for c := 0; c < columns; c++ {
			net.Nodes = append(net.Nodes, network.Node{Key: fmt.Sprintf("n%d-%d", r, c), Country: string(rune('A'+country(c))) + "A",
				Lon: float64(c) * 170 / float64(columns), Lat: 30 + float64(r)*20/float64(rows)})
		}
	}
	nan := math.NaN()
	link := func(a, b network.NodeID, mode string, capacity float64) {
		net.Links = append(net.Links, network.Link{Key: fmt.Sprintf("%s-%d-%d", mode, a, b), From: a, To: b, Mode: mode, LengthKm: spacingKm * (0.8 + 0.4*rng.Float64()),
			Tracks: 1, SpeedKmPerH: nan, FreeTimeH: nan, CapacityTPerYr: capacity, CapacityScope: network.BothDirections, Forms: network.AllForms, RateFactor: 1, OpenShare: 1, Status: "open"})
	}
	border := func(node network.NodeID, mode string, capacity float64) {
		net.Terminals = append(net.Terminals, network.Terminal{Node: node, Kind: network.Border, FromMode: mode, ToMode: mode, Forms: network.AllForms, DwellH: 6, DwellSDH: 3,
			CostUSDPerT: 1, CapacityTPerYr: capacity, OpenShare: 1, QuotaInTPerYr: nan, QuotaOutTPerYr: nan})
	}
	for r := 0; r < rows; r++ {
		for c := 0; c < columns; c++ {
			if c+1 < columns {
				link(at(r, c), at(r, c+1), "road", 6e6)
				if r%4 == 0 {
					link(at(r, c), at(r, c+1), "rail1520", 4e6)
				}
				if country(c) != country(c+1) {
					border(at(r, c), "road", 3e6)
					if r%4 == 0 {
						border(at(r, c), "rail1520", nan)
					}
				}
			}
			if r+1 < rows {
				link(at(r, c), at(r+1, c), "road", 6e6)
			}
			if r%4 == 0 && c%5 == 0 {
				net.Terminals = append(net.Terminals, network.Terminal{Node: at(r, c), Kind: network.Transfer, FromMode: "rail1520", ToMode: "road", Forms: network.AllForms,
					DwellH: 12, DwellSDH: 6, CostUSDPerT: 3, CapacityTPerYr: 3e6, OpenShare: 1, QuotaInTPerYr: nan, QuotaOutTPerYr: nan})
			}
		}
	}
	if err := net.Index(); err != nil {
		panic(err) // the generator's own keys repeat
	}
	in := &karvan.Inputs{Name: "synth", Title: map[string]string{"en": "A made-up corridor"}, BaseYear: 2020, PriceYear: 2020, BaseDate: "2020-12-31", Years: []int{2020}, Network: net,
		Scenarios: []karvan.Scenario{{Key: "base"}}, Costs: synthCosts(),
		Solver: karvan.Solver{Behaviour: "deterministic", RelativeGap: 1e-4, MaxIterations: 500, NestRatio: 1, Routes: assignment.DefaultGeneration},
		Delays: []karvan.DelayRule{
			{AppliesTo: "link", Family: "rail", Kind: assignment.Conical, A: 4},
			{AppliesTo: "link", Family: "road", Kind: assignment.BPR, A: 0.15, B: 4},
			{AppliesTo: "terminal", Kind: assignment.Davidson, A: 0.1, B: 0.95},
			{AppliesTo: "border", Kind: assignment.Davidson, A: 0.1, B: 0.95},
		},
		Commodities: []karvan.Commodity{
			{Key: "containers", Own: network.Container, Forms: network.FormSet(0).With(network.Container), Modes: []string{"rail", "road"}, ValueOfTimeUSDPerTH: 0.36, ValueOfReliabilityUSDTH: 0.3, DispersionTPerUSD: 0.03},
			{Key: "general", Own: network.General, Forms: network.FormSet(0).With(network.General), Modes: []string{"rail", "road"}, ValueOfTimeUSDPerTH: 0.24, ValueOfReliabilityUSDTH: 0.2, DispersionTPerUSD: 0.04},
			{Key: "bulk", Own: network.DryBulk, Forms: network.FormSet(0).With(network.DryBulk), Modes: []string{"rail", "road"}, ValueOfTimeUSDPerTH: 0.1, ValueOfReliabilityUSDTH: 0.08, DispersionTPerUSD: 0.07},
		},
	}
	synthDemand(in, rng, rows, columns)
	return in
}

// synthDemand puts zones on the band and goods between them.
func synthDemand(in *karvan.Inputs, rng *rand.Rand, rows, columns int) {
	zones := min(zonesWanted, rows*columns/4)
	for z := 0; z < zones; z++ {
		node := network.NodeID(rng.IntN(rows)*columns + (z*columns+columns/2)/zones)
		key := in.Network.Nodes[node].Key
		in.Zones = append(in.Zones, od.Zone{Key: fmt.Sprintf("z%d", z), Country: in.Network.Nodes[node].Country, Node: key})
		in.Connectors = append(in.Connectors, network.Connector{Zone: int32(z), Node: node})
	}
	for z := 0; z < zones; z++ {
		for k := 0; k < pairsPerZone; k++ {
			to := rng.IntN(zones)
			if to == z {
				continue
			}
			for c := range in.Commodities {
				in.Demand = append(in.Demand, od.Cell{From: od.ZoneID(z), To: od.ZoneID(to), Commodity: od.CommodityID(c), Year: 2020, TPerYr: 2e4 * (0.5 + rng.Float64())})
			}
		}
	}
}

func synthCosts() karvan.CostTable {
	var out karvan.CostTable
	for _, r := range []struct {
		parameter, mode string
		value           float64
	}{
		{"rate_usd_per_tkm", "rail", 0.04}, {"rate_usd_per_tkm", "road", 0.075}, {"fixed_usd_per_t", "rail", 6}, {"fixed_usd_per_t", "road", 3},
		{"speed_km_per_h", "rail", 25}, {"speed_km_per_h", "road", 17.5}, {"wait_departure_h", "rail", 24}, {"wait_departure_h", "road", 6},
		{"peak_factor", "rail", 1.25}, {"peak_factor", "road", 1.4}, {"capacity_empties_ratio", "rail", 0.6}, {"capacity_empties_ratio", "road", 0.35},
		{"train_net_load_t", "rail", 1500}, {"default_trains_per_day_single", "rail", 24}, {"default_trains_per_day_double", "rail", 100},
		{"default_trucks_per_day", "road", 8000}, {"payload_t", "road", 20},
	} {
		out = append(out, karvan.CostRow{Parameter: r.parameter, Mode: r.mode, Form: "all", Value: r.value, Low: r.value, High: r.value})
	}
	return out
}
