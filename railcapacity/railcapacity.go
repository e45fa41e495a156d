// Package railcapacity computes how many trains a line can carry a day.
//
// The formulas are those that planners of each gauge use:
//
//   - 1520 mm: the period of the timetable graph on the hardest section, as in
//     the instruction on the calculation of available capacity of railways
//     (Russian Railways, order 128r of 2010, §2) and the textbooks behind it;
//   - 1435 mm: compression of the timetable and a greatest occupancy, as in UIC
//     Code 406 (2nd edition 2013, §4; table of guiding values 1st edition 2004).
//
// Times are minutes, loads net tonnes, results trains a day. Trains are whole:
// a capacity of 26.18 pairs is 26.
package railcapacity

import (
	"fmt"
	"math"
)

// DayMin is the minutes of a day.
const DayMin = 1440

// Shares and coefficients of the 1520 mm practice.
const (
	UsableShareSingle    = 0.85 // share of the computed capacity to be planned with, single track
	UsableShareDouble    = 0.91 // the same, double track
	PassengerCoefficient = 1.4  // freight paths that a passenger train takes
	LocalCoefficient     = 2.2  // freight paths that a local freight train takes
	StartMin             = 2.0  // start and stop at the ends of a section
	CrossingMin          = 1.0  // interval of crossing at a station
	StationIntervalMin   = 4.0  // between trains of one direction without automatic block
)

// GuidingOccupancy is UIC 406's guiding value for a day of mixed traffic.
const GuidingOccupancy = 0.60

// Line is a section of railway as capacity sees it: its hardest part.
type Line struct {
	Gauge           int     // mm
	Tracks          int     // 1 or 2
	RunForwardMin   float64 // over the hardest part, one way
	RunBackMin      float64 // and back
	AutomaticBlock  bool
	HeadwayMin      float64 // automatic block: between trains of one direction
	WindowMin       float64 // maintenance window a day
	Reliability     float64 // 0 < r <= 1; 0: 1
	PassengerTrains float64 // a day, both directions together
	LocalTrains     float64 // a day, both directions together
}

// Capacity is what a line can carry.
type Capacity struct {
	PeriodMin     float64 // of a pair (single) or between trains (double)
	Pairs         int     // pairs of trains a day, whole, all kinds
	FreightTrains int     // a day, both directions together, after the usable share and other trains
	Rule          string  // which formula, with its figures
}

// SinglePeriodMin is the period of a pair of trains on a single track: running
// both ways, a start and a crossing for each.
func SinglePeriodMin(runForwardMin, runBackMin, startMin, crossingMin float64) float64 {
	return runForwardMin + runBackMin + 2*(startMin+crossingMin)
}

// Pairs is the number of trains (single track: pairs) that a period allows in
// what a maintenance window leaves of the day.
func Pairs(periodMin, windowMin, reliability float64) float64 {
	if reliability == 0 {
		reliability = 1
	}
	return (DayMin - windowMin) * reliability / periodMin
}

// Whole rounds a number of trains down to whole trains; what is a whole number
// but for rounding error stays.
func Whole(trains float64) int { return int(math.Floor(trains + 1e-9)) }

// Occupancy is UIC 406's infrastructure occupation: compressed occupation and
// additional times over the time window, all in the same unit.
func Occupancy(occupied, additional, window float64) float64 {
	return (occupied + additional) / window
}

// Of computes the capacity of a line.
func Of(l Line) (Capacity, error) {
	if l.Tracks < 1 || !(l.RunForwardMin > 0) || !(l.RunBackMin > 0) {
		return Capacity{}, fmt.Errorf("railcapacity: tracks and running times must be > 0 (got %d, %g, %g)", l.Tracks, l.RunForwardMin, l.RunBackMin)
	}
	if l.WindowMin < 0 || l.WindowMin >= DayMin {
		return Capacity{}, fmt.Errorf("railcapacity: the maintenance window must be in [0, %d) min (got %g)", DayMin, l.WindowMin)
	}
	c := Capacity{PeriodMin: l.period()}
	share := UsableShareSingle
	if l.Tracks > 1 {
		share = UsableShareDouble
	}
	window := l.WindowMin
	rule := "period of the timetable graph"
	if l.Gauge != 1520 {
		share = GuidingOccupancy
		rule = "UIC 406 occupancy"
	}
	pairs := Pairs(c.PeriodMin, window, l.Reliability)
	c.Pairs = Whole(pairs)
	// Other trains run in both directions, so a pair is two of them.
	freight := float64(c.Pairs)*share - PassengerCoefficient*l.PassengerTrains/2 - LocalCoefficient*l.LocalTrains/2
	c.FreightTrains = 2 * max(0, Whole(freight))
	c.Rule = fmt.Sprintf("%s: period %.1f min, %d pairs, usable share %.2f, %g passenger and %g local trains a day",
		rule, c.PeriodMin, c.Pairs, share, l.PassengerTrains, l.LocalTrains)
	return c, nil
}

// period is the time that a pair (single track) or a train of one direction
// (double track) takes.
func (l Line) period() float64 {
	switch {
	case l.Tracks == 1:
		return SinglePeriodMin(l.RunForwardMin, l.RunBackMin, StartMin, CrossingMin)
	case l.AutomaticBlock:
		return l.HeadwayMin
	default:
		return math.Max(l.RunForwardMin, l.RunBackMin) + StationIntervalMin
	}
}

// TonnesPerYear turns freight trains a day into net tonnes a year: both
// directions together, less what empty returns and the peak take.
// emptiesRatio is empty per loaded wagon-km, peakFactor peak over mean month.
func TonnesPerYear(trainsPerDay, netLoadT, emptiesRatio, peakFactor float64) float64 {
	return trainsPerDay * netLoadT * 365 / ((1 + emptiesRatio) * peakFactor)
}
