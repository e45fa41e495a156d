package pipeline

import (
	"fmt"
	"strings"
)

// Change is what a scenario does to a line.
type Change struct {
	Line string
	// Step takes the line to another step; "" keeps the one that is in service.
	Step string
	// AddStations are stations more, working within the limits that hold for the line.
	AddStations []AddedStation
	// Loops lay one line more beside the one that is there.
	Loops []Loop
	// CloseSections and CloseStations take out of service.
	CloseSections []string
	CloseStations []string
	// Set gives assumptions another value, without a range.
	Set []Setting
}

// AddedStation is a new station. Limits that are 0 are those of the line.
type AddedStation struct {
	ID           string
	Km           float64
	PowerMW      float64
	DischargeBar float64
	SuctionBar   float64
}

// Loop is a line beside another. Numbers that are 0 are those of the section that it runs along.
type Loop struct {
	FromKm, ToKm      float64
	OutsideDiameterMm float64
	WallMm            float64
}

// Setting is a new value of an assumption.
type Setting struct {
	Element  string
	Quantity Quantity
	Value    float64
}

// String says what is changed.
func (c Change) String() string {
	parts := []string{"change_pipeline " + c.Line}
	if c.Step != "" {
		parts = append(parts, "to step "+c.Step)
	}
	for _, s := range c.AddStations {
		parts = append(parts, fmt.Sprintf("station %s at km %g", s.ID, s.Km))
	}
	for _, l := range c.Loops {
		parts = append(parts, fmt.Sprintf("loop km %g to %g", l.FromKm, l.ToKm))
	}
	for _, s := range c.CloseSections {
		parts = append(parts, "without section "+s)
	}
	for _, s := range c.CloseStations {
		parts = append(parts, "without station "+s)
	}
	for _, s := range c.Set {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s to %g", s.Element, s.Quantity, s.Value)))
	}
	return strings.Join(parts, ", ")
}

// With gives the line with a change made, and the step that it is then at. step is the one
// before; it may be nil where the change names one. What the change names and the line does not
// have is an error.
func (l *Line) With(step *Step, c Change) (*Line, *Step, error) {
	out := *l
	out.Sections = append([]Section(nil), l.Sections...)
	out.Stations = append([]Station(nil), l.Stations...)
	out.Assumptions = append([]Assumption(nil), l.Assumptions...)
	fail := func(format string, args ...any) (*Line, *Step, error) {
		return nil, nil, fmt.Errorf("pipeline %s: "+format, append([]any{l.ID}, args...)...)
	}
	if c.Step != "" {
		if step = l.Step(c.Step); step == nil {
			return fail("there is no step %q", c.Step)
		}
	}
	if step == nil {
		return fail("no step is in service, and the change names none")
	}
	now := *step
	now.Sections, now.Stations = append([]string{}, step.Sections...), append([]string(nil), step.Stations...)
	if step.Sections == nil {
		for _, s := range l.Sections {
			now.Sections = append(now.Sections, s.ID)
		}
	}
	add := func(element string, q Quantity, v float64) {
		if v != 0 {
			out.Assumptions = append(out.Assumptions, fixed(element, q, v))
		}
	}
	remove := func(list []string, id string) ([]string, bool) {
		for i, s := range list {
			if s == id {
				return append(list[:i:i], list[i+1:]...), true // not nil, even where it is empty
			}
		}
		return list, false
	}
	for _, id := range c.CloseSections {
		var ok bool
		if now.Sections, ok = remove(now.Sections, id); !ok {
			return fail("step %s has no section %q to close", now.ID, id)
		}
	}
	now.Without = append([]string(nil), step.Without...)
	for _, id := range c.CloseStations {
		var ok bool
		if t := l.Station(id); t != nil && t.Kind == Reduction {
			now.Without = append(now.Without, id)
			continue
		}
		if now.Stations, ok = remove(now.Stations, id); !ok {
			return fail("step %s has no station %q to close", now.ID, id)
		}
	}
	kind := Compressor
	if l.Medium == Oil {
		kind = Pump
	}
	first, last := l.Ends()
	for _, s := range c.AddStations {
		if s.ID == "" {
			return fail("a station to add has no id")
		}
		if out.PartOf(s.ID) != 0 {
			return fail("station %q exists already", s.ID)
		}
		if !(s.Km >= first && s.Km <= last) {
			return fail("station %q at km %g lies beyond the line (km %g to %g)", s.ID, s.Km, first, last)
		}
		out.Stations = append(out.Stations, Station{ID: s.ID, Kind: kind, Km: s.Km})
		now.Stations = append(now.Stations, s.ID)
		add(s.ID, PowerMW, s.PowerMW)
		add(s.ID, DischargeBar, s.DischargeBar)
		add(s.ID, SuctionBar, s.SuctionBar)
	}
	for _, p := range c.Loops {
		beside := -1
		for k := range l.Sections {
			if s := &l.Sections[k]; contains(now.Sections, s.ID) && s.FromKm <= p.FromKm && p.ToKm <= s.ToKm {
				beside = k
				break
			}
		}
		if beside < 0 || p.ToKm <= p.FromKm {
			return fail("a loop from km %g to %g does not lie along one section", p.FromKm, p.ToKm)
		}
		id := ""
		for n := 1; id == "" || contains(out.Parts(), id); n++ { // earlier changes may have laid some
			id = fmt.Sprintf("%s loop %d", l.Sections[beside].ID, n)
		}
		out.Sections = append(out.Sections, Section{ID: id, Name: "loop", FromKm: p.FromKm, ToKm: p.ToKm})
		now.Sections = append(now.Sections, id)
		for _, q := range []struct {
			quantity Quantity
			value    float64
		}{{OutsideDiameterMm, p.OutsideDiameterMm}, {WallMm, p.WallMm}, {RoughnessMm, 0}, {DesignBar, 0}} {
			if q.value == 0 {
				if k := l.find(l.Sections[beside].ID, q.quantity); k >= 0 {
					copied := l.Assumptions[k]
					copied.Element = id
					out.Assumptions = append(out.Assumptions, copied)
				}
				continue
			}
			add(id, q.quantity, q.value)
		}
	}
	for _, s := range c.Set {
		if _, ok := Quantities[s.Quantity]; !ok {
			return fail("there is no quantity %q to set", s.Quantity)
		}
		found := false
		for i := range out.Assumptions {
			if a := &out.Assumptions[i]; a.Element == s.Element && a.Quantity == s.Quantity {
				a.Range, a.Note, found = Range{s.Value, s.Value, s.Value}, "set by a scenario", true
			}
		}
		if !found {
			if out.PartOf(s.Element) == 0 {
				return fail("there is no %q to set %s of", s.Element, s.Quantity)
			}
			out.Assumptions = append(out.Assumptions, fixed(s.Element, s.Quantity, s.Value))
		}
	}
	return &out, &now, nil
}

// fixed is an assumption that a scenario sets.
func fixed(element string, q Quantity, v float64) Assumption {
	return Assumption{Element: element, Quantity: q, Range: Range{v, v, v}, Unit: Quantities[q].Unit, Note: "set by a scenario"}
}

// StretchTPerYr is what passes a km at capacity, in tonnes a year: less behind points where some
// is taken out.
func (c *Capacity) StretchTPerYr(km float64) float64 {
	sum := 0.0
	net := c.Network
	if net == nil {
		return 0
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		if c.Built.Km[p.From] <= km && km < c.Built.Km[p.To] {
			sum += c.State.Pipes[i].KgPerS
		}
	}
	return sum * 86400 * daysPerYear / 1000
}
