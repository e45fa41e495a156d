package study

import (
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
)

// The tables of pipeline/: line.csv comes first, as the others say which line they are of.

var pipelineColumns = with(cols("pipeline_id*", "name*", "medium*", "friction", "link_ids"), provenanceColumns)

func (l *loader) readPipelines(in io.Reader, file string) {
	l.table(in, file, pipelineColumns, func(r *row) {
		key, ok := l.key(r, "pipeline", "pipeline_id")
		law, err := pipeflow.ParseFriction(r.text("friction"))
		if err != nil {
			r.fault("friction", r.text("friction"), "%v", err)
		}
		line := pipeline.Line{ID: key, Name: r.text("name"), Medium: pipeline.Medium(r.enum("medium", "", "gas", "oil")), Friction: law, Links: l.referList(r, "link", "link_ids")}
		l.provenance(r)
		for _, link := range line.Links {
			for i := range l.in.Pipelines {
				if slices.Contains(l.in.Pipelines[i].Links, link) {
					r.fault("link_ids", link, "a link of one line was expected: it is one of %s already", l.in.Pipelines[i].ID)
				}
			}
		}
		if ok {
			l.in.Pipelines = append(l.in.Pipelines, line)
		}
	})
}

// ofPipeline is the line that a row names, nil with a fault where there is none.
func (l *loader) ofPipeline(r *row) *pipeline.Line {
	l.refer(r, "pipeline", "pipeline_id")
	l.provenance(r)
	for i := range l.in.Pipelines {
		if l.in.Pipelines[i].ID == r.text("pipeline_id") {
			return &l.in.Pipelines[i]
		}
	}
	return nil
}

// part defines a point, section, station or step: their ids share one namespace within a line,
// as assumptions name them.
func (l *loader) part(r *row, field string, line *pipeline.Line) (string, bool) {
	k := r.text(field)
	if k == "" || line == nil {
		return "", false
	}
	if strings.ContainsAny(k, ";|@") || strings.TrimSpace(k) != k {
		r.fault(field, k, "an id may not hold ; | or @")
		return "", false
	}
	return k, l.define("part of a pipeline", r.file, r.line, field, line.ID+" "+k)
}

// longestLineKm is how long a line may be.
const longestLineKm = 10000

// along checks that a place lies on a line; points are read before what lies between them.
func along(r *row, field string, km float64, line *pipeline.Line) bool {
	if line == nil || len(line.Points) == 0 || math.IsNaN(km) {
		return true
	}
	first, last := line.Ends()
	if km < first || km > last {
		r.fault(field, r.text(field), "a km of the line was expected, from %g to %g", first, last)
		return false
	}
	return true
}

var pipelinePointColumns = with(cols("pipeline_id*", "point_id*", "name", "km*", "node_id"), provenanceColumns)

func (l *loader) readPipelinePoints(in io.Reader, file string) {
	l.table(in, file, pipelinePointColumns, func(r *row) {
		line := l.ofPipeline(r)
		key, ok := l.part(r, "point_id", line)
		l.refer(r, "node", "node_id")
		p := pipeline.Point{ID: key, Name: r.text("name"), Km: r.number("km", notNegative), Node: r.text("node_id")}
		if p.Km > longestLineKm {
			r.fault("km", r.text("km"), "a line of at most %d km was expected", longestLineKm)
			ok = false
		}
		if line != nil {
			for i := range line.Points {
				if math.Abs(line.Points[i].Km-p.Km) < 1e-3 {
					r.fault("km", r.text("km"), "another place than that of point %s was expected", line.Points[i].ID)
					ok = false
				}
			}
		}
		if ok && !math.IsNaN(p.Km) {
			line.Points = append(line.Points, p)
		}
	})
}

var pipelineSectionColumns = with(cols("pipeline_id*", "section_id*", "name", "from_km*", "to_km*"), provenanceColumns)

func (l *loader) readPipelineSections(in io.Reader, file string) {
	l.table(in, file, pipelineSectionColumns, func(r *row) {
		line := l.ofPipeline(r)
		key, ok := l.part(r, "section_id", line)
		s := pipeline.Section{ID: key, Name: r.text("name"), FromKm: r.number("from_km", notNegative), ToKm: r.number("to_km", positive)}
		if s.ToKm <= s.FromKm {
			r.fault("to_km", r.text("to_km"), "must lie beyond from_km (%g)", s.FromKm)
		} else if along(r, "from_km", s.FromKm, line) {
			along(r, "to_km", s.ToKm, line)
		}
		// One with a fault is kept, so that what names it is not faulted too.
		if ok {
			line.Sections = append(line.Sections, s)
		}
	})
}

var pipelineStationColumns = with(cols("pipeline_id*", "station_id*", "name", "kind*", "km*", "node_id"), provenanceColumns)

func (l *loader) readPipelineStations(in io.Reader, file string) {
	l.table(in, file, pipelineStationColumns, func(r *row) {
		line := l.ofPipeline(r)
		key, ok := l.part(r, "station_id", line)
		l.refer(r, "node", "node_id")
		s := pipeline.Station{ID: key, Name: r.text("name"), Km: r.number("km", notNegative), Node: r.text("node_id"),
			Kind: pipeline.StationKind(r.enum("kind", "", "compressor", "pump", "reduction"))}
		along(r, "km", s.Km, line)
		if ok && line.Medium == pipeline.Gas && s.Kind == pipeline.Pump || ok && line.Medium == pipeline.Oil && s.Kind == pipeline.Compressor {
			r.fault("kind", r.text("kind"), "a line of %s has no such station", line.Medium)
		}
		if ok {
			line.Stations = append(line.Stations, s)
		}
	})
}

var pipelineStepColumns = with(cols("pipeline_id*", "step_id*", "name", "from_year", "status*", "section_ids", "station_ids"), provenanceColumns)

func (l *loader) readPipelineSteps(in io.Reader, file string) {
	l.table(in, file, pipelineStepColumns, func(r *row) {
		line := l.ofPipeline(r)
		key, ok := l.part(r, "step_id", line)
		s := pipeline.Step{ID: key, Name: r.text("name"), FromYear: r.year("from_year"), Status: r.enum("status", "", "in service", "agreed", "possible"),
			Sections: r.list("section_ids"), Stations: r.list("station_ids")}
		if !ok {
			return
		}
		if len(s.Sections) == 0 {
			s.Sections = nil // all
		}
		for _, list := range []struct {
			field string
			ids   []string
			known func(string) bool
		}{
			{"section_ids", s.Sections, func(id string) bool { return line.Section(id) != nil }},
			{"station_ids", s.Stations, func(id string) bool { return line.Station(id) != nil }},
		} {
			for _, id := range list.ids {
				if !list.known(id) {
					r.fault(list.field, id, "%s of pipeline/%s.csv was expected, of the same line", list.field[:7], list.field[:7])
				}
			}
		}
		line.Steps = append(line.Steps, s)
	})
}

var pipelineStatedColumns = with(cols("pipeline_id*", "step_id*", "value*", "unit*", "basis*"), provenanceColumns)

func (l *loader) readPipelineStated(in io.Reader, file string) {
	l.table(in, file, pipelineStatedColumns, func(r *row) {
		line := l.ofPipeline(r)
		s := pipeline.Stated{Value: r.number("value", positive), Unit: r.enum("unit", "", "bcm/yr", "bbl/d", "Mt/yr"),
			Basis: pipeline.Basis(r.enum("basis", "", "technical", "contract", "nominated")), Source: r.text("source_id"), Note: r.text("note")}
		if line == nil {
			return
		}
		if s.Unit == "bcm/yr" && line.Medium == pipeline.Oil || s.Unit == "bbl/d" && line.Medium == pipeline.Gas {
			r.fault("unit", s.Unit, "this is no unit of %s", line.Medium)
			return
		}
		step := line.Step(r.text("step_id"))
		if step == nil {
			r.fault("step_id", r.text("step_id"), "a step of pipeline/step.csv was expected, of the same line")
			return
		}
		step.Stated = append(step.Stated, s)
	})
}

var pipelineAssumptionColumns = with(cols("pipeline_id*", "element_id", "quantity*", "value*", "low", "high", "unit*"), provenanceColumns)

func (l *loader) readPipelineAssumptions(in io.Reader, file string) {
	names := pipeline.QuantityNames()
	l.table(in, file, pipelineAssumptionColumns, func(r *row) {
		line := l.ofPipeline(r)
		value := r.number("value", 0)
		a := pipeline.Assumption{Element: r.text("element_id"), Quantity: pipeline.Quantity(r.enum("quantity", "", names...)),
			Range: pipeline.Range{Value: value, Low: r.numberOr("low", 0, value), High: r.numberOr("high", 0, value)},
			Unit:  r.text("unit"), Source: r.text("source_id"), Confidence: r.text("confidence"), Note: r.text("note")}
		if line == nil || a.Quantity == "" {
			return
		}
		want := pipeline.Quantities[a.Quantity]
		if a.Unit != want.Unit {
			r.fault("unit", a.Unit, "%s is in %s", a.Quantity, want.Unit)
		}
		for _, v := range []struct {
			field string
			value float64
		}{{"value", a.Value}, {"low", a.Low}, {"high", a.High}} {
			if r.text(v.field) != "" && (v.value < want.Least || v.value > want.Most) {
				r.fault(v.field, r.text(v.field), "%s lies between %g and %g %s", a.Quantity, want.Least, want.Most, want.Unit)
			}
		}
		if a.Low > a.Value {
			r.fault("low", r.text("low"), "must be at most value (%g)", a.Value)
		}
		if a.High < a.Value {
			r.fault("high", r.text("high"), "must be at least value (%g)", a.Value)
		}
		if a.Element != "" && !l.exists("part of a pipeline", line.ID+" "+a.Element) {
			r.fault("element_id", a.Element, "a point, section, station or step of %s was expected%s", line.ID, nearest(a.Element, line.Parts()))
			return
		}
		if part := line.PartOf(a.Element); part != 0 && want.Parts&part == 0 {
			r.fault("element_id", a.Element, "%s is not of this: %s", a.Quantity, partNames(want.Parts))
			return
		}
		if a.Quantity == pipeline.StationKm && !(along(r, "value", a.Value, line) && along(r, "low", a.Low, line) && along(r, "high", a.High, line)) {
			return
		}
		if !l.define("assumption", r.file, r.line, "quantity", line.ID+" "+a.Name()) {
			return
		}
		line.Assumptions = append(line.Assumptions, a)
	})
}

// partNames says what a quantity can be of.
func partNames(p pipeline.Part) string {
	var out []string
	for _, n := range []struct {
		part pipeline.Part
		name string
	}{{pipeline.WholeLine, "the line (no element_id)"}, {pipeline.OfPoint, "a point"}, {pipeline.OfSection, "a section"}, {pipeline.OfStation, "a station"}, {pipeline.OfStep, "a step"}} {
		if p&n.part != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, " or ") + " was expected"
}

// checkPipelines tries each step of each line once, with the values of its assumptions: what is
// missing or cannot be shows here and not in a run.
func (l *loader) checkPipelines() {
	for i := range l.in.Pipelines {
		if line := &l.in.Pipelines[i]; len(line.Steps) == 0 && !l.unread["pipeline/step.csv"] && !l.f.in("pipeline/step.csv") {
			l.f.errorf("pipeline/line.csv", l.known["pipeline"].at[line.ID].line, "pipeline_id", line.ID, "a step in pipeline/step.csv was expected")
		}
	}
	if l.f.in("pipeline/") {
		return // told already, and more would follow from it
	}
	for i := range l.in.Pipelines {
		line := &l.in.Pipelines[i]
		sort.SliceStable(line.Points, func(a, b int) bool { return line.Points[a].Km < line.Points[b].Km })
		at := l.known["pipeline"].at[line.ID].line
		for s := range line.Steps {
			b, err := line.Build(&line.Steps[s], line.Base())
			if err == nil {
				err = pipeflow.Check(b.Network)
			}
			if err != nil {
				l.f.errorf("pipeline/line.csv", at, "pipeline_id", line.ID, "step %s cannot be worked out: %s", line.Steps[s].ID, strings.ReplaceAll(err.Error(), "\n", "; "))
			}
		}
	}
}

// pipelineChange reads what a scenario does to a line.
func (l *loader) pipelineChange(e *section) *pipeline.Change {
	c := &pipeline.Change{Line: e.text("pipeline", true), Step: e.text("step", false), CloseSections: e.texts("close_sections"), CloseStations: e.texts("close_stations")}
	if v := e.get("pipeline"); v != nil {
		l.refs = append(l.refs, reference{"pipeline", e.file, v.line, e.field("pipeline"), c.Line})
	}
	bounded := func(s *section, key string, q pipeline.Quantity) float64 {
		v := s.number(key, anyNumber, math.NaN())
		if math.IsNaN(v) { // not there, or told
			return 0
		}
		if of := pipeline.Quantities[q]; v < of.Least || v > of.Most {
			s.fault(key, s.get(key), "%s lies between %g and %g %s", q, of.Least, of.Most, of.Unit)
		}
		return v
	}
	must := func(s *section, key string) {
		if !s.has(key) {
			s.fault(key, nil, "the key is required")
		}
	}
	for _, s := range e.list("add_stations") {
		must(s, "km")
		c.AddStations = append(c.AddStations, pipeline.AddedStation{ID: s.text("station_id", true), Km: s.number("km", notNegative, 0), PowerMW: bounded(s, "power_mw", pipeline.PowerMW),
			DischargeBar: bounded(s, "discharge_bar", pipeline.DischargeBar), SuctionBar: bounded(s, "suction_bar", pipeline.SuctionBar)})
		s.done()
	}
	for _, s := range e.list("loops") {
		must(s, "from_km")
		must(s, "to_km")
		c.Loops = append(c.Loops, pipeline.Loop{FromKm: s.number("from_km", notNegative, 0), ToKm: s.number("to_km", positive, 0),
			OutsideDiameterMm: bounded(s, "outside_diameter_mm", pipeline.OutsideDiameterMm), WallMm: bounded(s, "wall_mm", pipeline.WallMm)})
		s.done()
	}
	for _, s := range e.list("set") {
		must(s, "value")
		q := pipeline.Quantity(s.enum("quantity", "", pipeline.QuantityNames()...))
		v := 0.0
		if _, ok := pipeline.Quantities[q]; ok {
			v = bounded(s, "value", q)
		}
		c.Set = append(c.Set, pipeline.Setting{Element: s.text("element_id", false), Quantity: q, Value: v})
		s.done()
	}
	if c.Step == "" && len(c.AddStations)+len(c.Loops)+len(c.CloseSections)+len(c.CloseStations)+len(c.Set) == 0 {
		e.fault("step", nil, "a change was expected: step, add_stations, loops, close_sections, close_stations or set")
	}
	l.lineChanges[c] = place{file: e.file, line: e.v.line, field: e.path}
	return c
}

// checkPipelineChanges makes the changes of each scenario one after another, as a run does in
// each of its years, and those of each project alone in a year in which all are in force.
func (l *loader) checkPipelineChanges() {
	told := map[*pipeline.Change]bool{}
	for c, at := range l.lineChanges {
		for i := range l.in.Pipelines {
			if line := &l.in.Pipelines[i]; line.ID == c.Line && c.Step != "" && line.Step(c.Step) == nil {
				told[c] = true
				l.f.errorf(at.file, at.line, at.field, "", "pipeline %s has no step %q", line.ID, c.Step)
			}
		}
	}
	if l.f.in("pipeline/", "scenario/", "register/") {
		return
	}
	apply := func(effects []karvan.Effect, year int) {
		for i := range l.in.Pipelines {
			line := &l.in.Pipelines[i]
			step := line.InService(year)
			for _, e := range effects {
				if e.Pipeline == nil || e.Pipeline.Line != line.ID || year != lastYear && !e.InForce(year) {
					continue
				}
				now := step
				if now == nil && e.Pipeline.Step == "" && len(line.Steps) > 0 {
					now = &line.Steps[0]
				}
				changed, next, err := line.With(now, *e.Pipeline)
				if err == nil {
					var b *pipeline.Built
					if b, err = changed.Build(next, changed.Base()); err == nil {
						err = sound(b.Network, len(e.Pipeline.CloseSections) > 0)
					}
				}
				if err != nil {
					if at, ok := l.lineChanges[e.Pipeline]; ok && !told[e.Pipeline] {
						told[e.Pipeline] = true
						l.f.errorf(at.file, at.line, at.field, "", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
					}
					break
				}
				line, step = changed, next
			}
		}
	}
	for _, s := range l.in.Scenarios {
		effects, err := l.in.Effects(s.Key)
		if err != nil {
			continue
		}
		years := s.Years
		if len(years) == 0 {
			years = l.in.Years
		}
		for _, year := range years {
			apply(effects, year)
		}
		apply(effects, lastYear) // changes after the last year that is run are sound too
	}
	for _, p := range l.in.Projects {
		apply(p.Effects, lastYear)
	}
}

// lastYear stands for a time in which everything is in force.
const lastYear = 2200

// sound checks a changed line. Where a section is closed the line may be cut: it then carries
// nothing, which is what the change says.
func sound(net *pipeflow.Network, cut bool) error {
	err := pipeflow.Check(net)
	if faults, ok := err.(pipeflow.FaultsError); ok && cut {
		for _, f := range faults {
			if f.Field != "" {
				return err
			}
		}
		return nil
	}
	return err
}
