package pipecsv

import (
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// station is a row of station.csv.
type station struct {
	pipeflow.Station
	unit string // of Set
}

// setUnits are the units of Station.Set by control; under other controls Set is not used.
var setUnits = map[pipeflow.Control]string{
	pipeflow.KeepRatio:  "",
	pipeflow.KeepOutlet: "bar",
	pipeflow.KeepPower:  "MW",
	pipeflow.KeepFlow:   "kg/s",
}

func stationFields(nodes *nodeIndex) []field[station] {
	type t = station
	set := number("set", unbounded, func(s *t) *float64 { return &s.Set })
	set.get = func(s *t) string {
		if _, used := setUnits[s.Control]; used {
			return format(s.Set) // no flow at all is a setting
		}
		return formatOrNone(s.Set)
	}
	return []field[t]{
		key("station_id", func(s *t) *string { return &s.ID }),
		end("from_node_id", nodes, func(s *t) *int { return &s.From }),
		end("to_node_id", nodes, func(s *t) *int { return &s.To }),
		word("control", func(s *t) *pipeflow.Control { return &s.Control }),
		set,
		{name: "set_unit",
			get: func(s *t) string { return setUnits[s.Control] },
			set: func(s *t, text string) string {
				s.unit = text
				return ""
			}},
		number("max_power_mw", 0, func(s *t) *float64 { return &s.MaxPowerMW }),
		number("max_ratio", 0, func(s *t) *float64 { return &s.MaxRatio }),
		number("max_outlet_bar", 0, func(s *t) *float64 { return &s.MaxOutletBar }),
		number("min_inlet_bar", 0, func(s *t) *float64 { return &s.MinInletBar }),
		number("min_flow_kg_per_s", 0, func(s *t) *float64 { return &s.MinKgPerS }),
		number("max_flow_kg_per_s", 0, func(s *t) *float64 { return &s.MaxKgPerS }),
		number("efficiency", unbounded, func(s *t) *float64 { return &s.Efficiency }),
		flag("always", func(s *t) *bool { return &s.Always }),
		count("units", func(s *t) *int { return &s.Units }),
		number("drive_efficiency", 0, func(s *t) *float64 { return &s.DriveEfficiency }),
		curveNumber("shutoff_m", unbounded, true, func(c *pipeflow.PumpCurve) *float64 { return &c.ShutoffM }),
		curveNumber("coefficient", unbounded, false, func(c *pipeflow.PumpCurve) *float64 { return &c.Coefficient }),
		curveNumber("exponent", unbounded, false, func(c *pipeflow.PumpCurve) *float64 { return &c.Exponent }),
		curveNumber("speed", 0, false, func(c *pipeflow.PumpCurve) *float64 { return &c.Speed }),
	}
}

// curveNumber is a number of the pump curve, which is there as soon as one of its numbers is.
// Where all of them are 0 and there are no points, first is written all the same.
func curveNumber(name string, least float64, first bool, at func(*pipeflow.PumpCurve) *float64) field[station] {
	return field[station]{name: name,
		get: func(s *station) string {
			c := s.Curve
			switch {
			case c == nil:
				return ""
			case first && len(c.FlowM3PerS) == 0 && c.Coefficient == 0 && c.Exponent == 0 && c.Speed == 0:
				return format(*at(c))
			}
			return formatOrNone(*at(c))
		},
		set: func(s *station, text string) (want string) {
			*at(s.curve()), want = parse(text, least)
			return want
		}}
}

// curve gives the pump curve, making one where there is none.
func (s *station) curve() *pipeflow.PumpCurve {
	if s.Curve == nil {
		s.Curve = &pipeflow.PumpCurve{}
	}
	return s.Curve
}

// check tells that the setting or its unit do not go with the control.
func (s *station) check(r *row) {
	unit, used := setUnits[s.Control]
	if !used {
		return
	}
	r.require("set", "where control is "+string(s.Control))
	if strings.TrimSpace(r.cell("set")) != "" && s.unit != unit {
		if unit == "" {
			r.want("set_unit", "no unit was expected where control is %s", s.Control)
		} else {
			r.want("set_unit", "%s was expected where control is %s", unit, s.Control)
		}
	}
}

// point is a row of pump_curve.csv.
type point struct {
	station      string
	flowM3, head float64
}

func pointFields() []field[point] {
	return []field[point]{
		key("station_id", func(p *point) *string { return &p.station }),
		needed("flow_m3_per_s", unbounded, func(p *point) *float64 { return &p.flowM3 }),
		needed("head_m", unbounded, func(p *point) *float64 { return &p.head }),
	}
}

// points lists the points of all pump curves.
func points(list []station) []point {
	var out []point
	for i := range list {
		if c := list[i].Curve; c != nil {
			for k := range c.FlowM3PerS {
				out = append(out, point{list[i].ID, c.FlowM3PerS[k], c.HeadM[k]})
			}
		}
	}
	return out
}

// readPoints puts the points of pump_curve.csv to their stations. unsure says that stations may
// be missing.
func readPoints(s *sheet, list []station, unsure bool) {
	at := make(map[string]*station, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	readRows(s, pointFields(), nil, func(p *point, r *row) {
		t := at[p.station]
		if t == nil {
			if p.station != "" && !unsure {
				r.want("station_id", "a station_id of station.csv was expected")
			}
			return
		}
		c := t.curve()
		if n := len(c.FlowM3PerS); n > 0 && !(p.flowM3 > c.FlowM3PerS[n-1]) && !s.told[place{r.at, "flow_m3_per_s"}] {
			r.want("flow_m3_per_s", "more than at the point before, %s, was expected: flows rise", format(c.FlowM3PerS[n-1]))
			return
		}
		c.FlowM3PerS, c.HeadM = append(c.FlowM3PerS, p.flowM3), append(c.HeadM, p.head)
	})
}
