package karvan

import (
	"fmt"
	"math"

	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/railcapacity"
)

// LinkCapacity is what a link can carry in a year and why. Trains are of rail
// links only, freight trains a day in both directions together.
type LinkCapacity struct {
	TPerYr     float64 // of the scope; +Inf where nothing limits it
	Scope      network.Scope
	FreeTimeH  float64
	Origin     string // stated, stated and scaled, computed, default, none
	Trains     int    // computed; 0: not a rail link
	TrainsLow  int
	TrainsHigh int
	Section    string // the binding section; of a pipeline, the step of its line
	Line       string // of a pipeline: the line that its capacity is computed from
	Rule       string
}

// Capacities answers for every link of a network. before is the network
// without the scenario's changes: a stated capacity is scaled by computed-after
// over computed-before, so that a passing loop changes it.
func Capacities(n, before *network.Network, costs CostTable) ([]LinkCapacity, error) {
	out := make([]LinkCapacity, len(n.Links))
	after, err := sectionTrains(n)
	if err != nil {
		return nil, err
	}
	earlier := after
	if before != nil && before != n {
		if earlier, err = sectionTrains(before); err != nil {
			return nil, err
		}
	}
	for i := range n.Links {
		l := &n.Links[i]
		mode, _ := n.ModeByKey(l.Mode)
		c := &out[i]
		if c.FreeTimeH, err = freeTimeH(l, mode, costs, network.NoForm); err != nil {
			return nil, fmt.Errorf("link %s: %w", l.Key, err)
		}
		c.TPerYr, c.Scope, c.Origin = math.Inf(1), l.CapacityScope, "none"
		switch mode.Family {
		case network.Rail:
			err = railLink(c, l, mode, costs, after[l.Key], earlier[l.Key])
		case network.Road:
			err = roadLink(c, l, mode, costs)
		default:
			if !math.IsNaN(l.CapacityTPerYr) {
				c.TPerYr, c.Origin = l.CapacityTPerYr, "stated"
			}
		}
		if err != nil {
			return nil, fmt.Errorf("link %s: %w", l.Key, err)
		}
	}
	return out, nil
}

// freeTimeH is the uncongested time over a link for a form.
func freeTimeH(l *network.Link, mode network.Mode, costs CostTable, form network.Form) (float64, error) {
	if !math.IsNaN(l.FreeTimeH) {
		return l.FreeTimeH, nil
	}
	speed := l.SpeedKmPerH
	if math.IsNaN(speed) {
		var err error
		if speed, err = costs.need("speed_km_per_h", mode, form, ""); err != nil {
			return 0, err
		}
	}
	return l.LengthKm / speed, nil
}

// sectionAnswer is the capacity of the hardest section that a link is part of.
type sectionAnswer struct {
	known     bool
	key, rule string
	trains    int
	low, high int
	netLoadT  float64
}

// sectionTrains computes every section and gives, by link, the binding one.
// The low and high answers take the range of the longest block.
func sectionTrains(n *network.Network) (map[string]sectionAnswer, error) {
	out := map[string]sectionAnswer{}
	for i := range n.Sections {
		s := &n.Sections[i]
		mid, err := railcapacity.Of(lineOf(s, s.LongestBlockKm))
		if err != nil {
			return nil, fmt.Errorf("karvan: section %s: %w", s.Key, err)
		}
		a := sectionAnswer{known: true, key: s.Key, rule: mid.Rule, trains: mid.FreightTrains, low: mid.FreightTrains, high: mid.FreightTrains, netLoadT: s.TrainNetLoadT}
		if s.LongestBlockHighKm > 0 {
			if c, err := railcapacity.Of(lineOf(s, s.LongestBlockHighKm)); err == nil {
				a.low = c.FreightTrains
			}
		}
		if s.LongestBlockLowKm > 0 {
			if c, err := railcapacity.Of(lineOf(s, s.LongestBlockLowKm)); err == nil {
				a.high = c.FreightTrains
			}
		}
		for _, id := range s.Links {
			key := n.Links[id].Key
			if old, ok := out[key]; !ok || float64(a.trains)*a.netLoadT < float64(old.trains)*old.netLoadT {
				out[key] = a
			}
		}
	}
	return out, nil
}

// minHeadwayMin is the least time between trains of one direction under
// automatic block, whatever the length of the blocks (an assumption: three
// block sections of 2 to 2.5 km at freight speed).
const minHeadwayMin = 8

// lineOf turns a section into the line that capacity sees, with its longest
// block of the given length.
func lineOf(s *network.Section, blockKm float64) railcapacity.Line {
	share := 1.0
	if s.LongestBlockKm > 0 && blockKm > 0 {
		share = blockKm / s.LongestBlockKm
	}
	l := railcapacity.Line{Gauge: s.Gauge, Tracks: s.Tracks, RunForwardMin: s.RunForwardMin * share, RunBackMin: s.RunBackMin * share,
		AutomaticBlock: s.Signalling == "automatic_block", WindowMin: s.WindowMin,
		PassengerTrains: s.PassengerTrains, LocalTrains: s.LocalTrains}
	l.HeadwayMin = math.Max(minHeadwayMin, math.Max(l.RunForwardMin, l.RunBackMin))
	return l
}

// railLink fills the capacity of a rail link: stated, else computed from its
// binding section, else the rule of thumb for its tracks, as a range.
func railLink(c *LinkCapacity, l *network.Link, mode network.Mode, costs CostTable, after, before sectionAnswer) error {
	empties, err := costs.need("capacity_empties_ratio", mode, network.NoForm, "")
	if err != nil {
		return err
	}
	peak, err := costs.need("peak_factor", mode, network.NoForm, "")
	if err != nil {
		return err
	}
	netLoad := after.netLoadT
	if !(netLoad > 0) {
		if netLoad, err = costs.need("train_net_load_t", mode, network.NoForm, ""); err != nil {
			return err
		}
	}
	switch {
	case after.known:
		c.Trains, c.TrainsLow, c.TrainsHigh, c.Section, c.Rule, c.Origin = after.trains, after.low, after.high, after.key, after.rule, "computed"
	default:
		parameter := "default_trains_per_day_single"
		if l.Tracks > 1 {
			parameter = "default_trains_per_day_double"
		}
		row, ok := costs.row(parameter, mode)
		if !ok {
			return fmt.Errorf("karvan: cost.csv has no %s for %s", parameter, mode.Key)
		}
		c.Trains, c.TrainsLow, c.TrainsHigh = int(row.Value), int(row.Low), int(row.High)
		c.Rule, c.Origin = "no section known: rule of thumb for the number of tracks", "default"
	}
	c.TPerYr = railcapacity.TonnesPerYear(float64(c.Trains), netLoad, empties, peak)
	c.Scope = network.BothDirections
	if l.Tracks > 1 {
		c.Scope = network.PerDirection
		c.TPerYr /= 2
	}
	if math.IsNaN(l.CapacityTPerYr) {
		return nil
	}
	c.TPerYr, c.Scope, c.Origin = l.CapacityTPerYr, l.CapacityScope, "stated"
	if after.known && before.known {
		ratio := float64(after.trains) * after.netLoadT / (float64(before.trains) * before.netLoadT)
		if ratio != 1 && !math.IsNaN(ratio) && !math.IsInf(ratio, 0) {
			c.TPerYr *= ratio
			c.Origin = "stated and scaled"
		}
	}
	return nil
}

func (c CostTable) row(parameter string, mode network.Mode) (CostRow, bool) {
	for _, r := range c {
		if r.Parameter == parameter && (r.Mode == mode.Key || r.Mode == string(mode.Family) || r.Mode == "all") {
			return r, true
		}
	}
	return CostRow{}, false
}

// roadLink fills the capacity of a road link, each direction.
func roadLink(c *LinkCapacity, l *network.Link, mode network.Mode, costs CostTable) error {
	if !math.IsNaN(l.CapacityTPerYr) {
		c.TPerYr, c.Origin = l.CapacityTPerYr, "stated"
		return nil
	}
	var v [4]float64
	for i, p := range []string{"default_trucks_per_day", "payload_t", "peak_factor", "capacity_empties_ratio"} {
		var err error
		if v[i], err = costs.need(p, mode, network.NoForm, ""); err != nil {
			return err
		}
	}
	c.TPerYr = v[0] / 2 * v[1] * 365 / (v[2] * (1 + v[3]))
	c.Scope, c.Origin = network.PerDirection, "default"
	return nil
}
