package pages

import (
	"context"
	"html/template"
	"math"
	"net/url"
	"strconv"

	"github.com/karvan/karvan/pipeline"
)

// Pipelines is what the pages ask of the study's oil and gas lines.
type Pipelines interface {
	// HasPipelines reports whether the study has any.
	HasPipelines() bool
	// PipelineRows are the stated capacities beside the computed ones.
	PipelineRows(ctx context.Context) ([]PipelineRow, error)
	// PipelineAt is a line at a step ("": the one in service) and a throughput in its own unit
	// (0: its capacity). Nil where there is no such line or step.
	PipelineAt(ctx context.Context, id, step string, throughput float64) (*PipelineData, error)
}

// PipelineRow is a stated capacity beside the computed one. Low and High are 0 where the range
// was not worked out.
type PipelineRow struct {
	Line, Name, Step, StepName, Unit, Status, Basis, SourceID, Bottleneck string
	FromYear                                                              int
	Stated, Low, Computed, High                                           float64
}

// PipelineData is a line at one throughput.
type PipelineData struct {
	Line       *pipeline.Line
	Step       *pipeline.Step
	Unit       string
	Throughput float64
	Capacity   float64
	Bottleneck string
	Profile    *pipeline.Profile // nil: no state was found
	Problem    string
	Rows       []PipelineRow // of this line
}

// pipelinesView is the list.
type pipelinesView struct {
	Table *section
	Ranks bool
	Forms []form
}

// pipelineView is one line.
type pipelineView struct {
	*PipelineData
	StepOptions []option
	Most        string
	Grain       string
	Value       string
	Chart       template.HTML
	Verdict     string
	// CapacityText is the capacity in the reader's language.
	CapacityText string
	Broken       []string
	Stations     *section
	Stated       *section
	Assumptions  *section
	Forms        []form
}

// pipelines lists the lines.
func (s *Site) pipelines(p *page) error {
	if !s.Pipelines.HasPipelines() {
		return errMissing
	}
	p.Section, p.Title = "pipelines", p.t("pipelines")
	rows, err := s.Pipelines.PipelineRows(p.ctx)
	if err != nil {
		return err
	}
	v := &pipelinesView{Table: statedSection(p, rows, s.sourceLinks(p), true)}
	for _, r := range rows {
		v.Ranks = v.Ranks || r.High > 0
	}
	v.Forms = []form{{"json", "/api/pipelines"}}
	return s.render(p, "pipelines", v)
}

// statedSection is the table of stated beside computed.
func statedSection(p *page, rows []PipelineRow, sources func(string) piece, named bool) *section {
	sec := &section{ID: "stated", Title: p.t("pipelines.stated"), Note: p.t("pipelines.stated.note"),
		Head: []string{p.t("pipelines.step"), p.t("pipelines.status"), p.t("pipelines.said"), p.t("pipelines.basis"), p.t("pipelines.computed"), p.t("pipelines.range"), p.t("pipelines.within"), p.t("pipelines.unit"), p.t("source")}}
	if named {
		sec.Head = append([]string{p.t("pipelines.line")}, sec.Head...)
	}
	for i := range rows {
		r := &rows[i]
		text := func(t string) cell { return cell{Pieces: []piece{{Text: t}}} }
		num := func(v float64) cell { return cell{Pieces: []piece{{Text: capacityText(p, v)}}, Numeric: true} }
		span, within := text("–"), text("–")
		if r.High > 0 {
			span = cell{Pieces: []piece{{Text: p.t("trade.between", capacityText(p, r.Low), capacityText(p, r.High))}}, Numeric: true}
			within = text(p.t("pipelines.yes"))
			if r.Stated < r.Low || r.Stated > r.High {
				within = text(p.t("pipelines.no"))
			}
		}
		said, basis, source := text("–"), text("–"), text("–")
		if r.Stated > 0 {
			said, basis, source = num(r.Stated), text(p.t("pipelines.basis."+r.Basis)), cell{Pieces: []piece{sources(r.SourceID)}}
		} else {
			within = text("–")
		}
		row := []cell{{Pieces: []piece{{Text: stepName(r.StepName, r.Step), Lang: englishUnless(p), Href: pipelineHref(p, r.Line, r.Step)}}},
			text(p.t("pipelines.status." + r.Status)), said, basis, num(r.Computed), span, within, text(p.t("pipelines.unit." + r.Unit)), source}
		if named {
			row = append([]cell{{Pieces: []piece{{Text: r.Name, Lang: englishUnless(p), Href: pipelineHref(p, r.Line, "")}}}}, row...)
		}
		sec.Rows = append(sec.Rows, row)
	}
	return sec
}

func stepName(name, id string) string {
	if name != "" {
		return name
	}
	return id
}

func pipelineHref(p *page, line, step string) string {
	at := "/" + p.Language + "/pipelines/" + url.PathEscape(line)
	if step != "" {
		at += "?" + url.Values{"step": {step}}.Encode()
	}
	return at
}

// capacityText writes a capacity to four digits.
func capacityText(p *page, v float64) string {
	if math.Abs(v) >= 1e4 {
		return number(p.Language, math.Round(v/100)*100)
	}
	digits := 2
	if math.Abs(v) >= 100 {
		digits = 0
	}
	return number(p.Language, round(v, digits))
}

// pipeline shows one line along its way.
func (s *Site) pipeline(p *page) error {
	if !s.Pipelines.HasPipelines() {
		return errMissing
	}
	p.Section = "pipelines"
	q := p.r.URL.Query()
	throughput := 0.0
	if text := q.Get("throughput"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0) || v > 1e9 {
			p.Status, p.Title = 400, word(p.Language, "bad.title")
			return s.render(p, "message", word(p.Language, "bad.text"))
		}
		throughput = v
	}
	d, err := s.Pipelines.PipelineAt(p.ctx, p.r.PathValue("id"), q.Get("step"), throughput)
	if err != nil {
		return err
	}
	if d == nil {
		return errMissing
	}
	p.Title = d.Line.Name
	v := &pipelineView{PipelineData: d, Most: plainNumber(math.Max(1.4*d.Capacity, 1.1*d.Throughput), 3), Grain: plainNumber(d.Capacity/200, 2), Value: below(d.Throughput)}
	for i := range d.Line.Steps {
		v.StepOptions = append(v.StepOptions, option{d.Line.Steps[i].ID, stepName(d.Line.Steps[i].Name, d.Line.Steps[i].ID)})
	}
	unit := p.t("pipelines.unit." + d.Unit)
	v.CapacityText = capacityText(p, d.Capacity)
	switch {
	case d.Profile == nil || d.Problem != "":
		v.Verdict = p.t("pipelines.notfound")
	case len(d.Profile.Points) == 0:
		v.Verdict = p.t("pipelines.nothing")
		v.Broken = []string{d.Bottleneck}
	case len(d.Profile.Broken) > 0:
		v.Verdict = p.t("pipelines.toomuch", capacityText(p, d.Throughput), unit)
		for i, b := range d.Profile.Broken {
			if i == 6 {
				break
			}
			v.Broken = append(v.Broken, b.String())
		}
	default:
		v.Verdict = p.t("pipelines.fits", capacityText(p, d.Throughput), unit)
	}
	if d.Profile != nil {
		v.Chart = profileChart(p, d)
		v.Stations = stationsSection(p, d)
	}
	v.Stated = statedSection(p, d.Rows, s.sourceLinks(p), false)
	v.Assumptions = assumptionsSection(p, d, s.sourceLinks(p))
	address := url.Values{"step": {d.Step.ID}, "throughput": {v.Value}}.Encode()
	v.Forms = []form{{"json", "/api/pipelines/" + url.PathEscape(d.Line.ID) + "?" + address}}
	return s.render(p, "pipeline", v)
}

// below writes a number for a form to six digits, and no larger than it is: a capacity that is asked
// for again must be within itself.
func below(v float64) string {
	if !(v > 0) {
		return "0"
	}
	unit := math.Pow(10, math.Floor(math.Log10(v))-5)
	return strconv.FormatFloat(math.Floor(v/unit)*unit, 'g', 6, 64)
}

// plainNumber writes a number for a form, to some digits.
func plainNumber(v float64, digits int) string { return strconv.FormatFloat(v, 'g', digits, 64) }

func stationsSection(p *page, d *PipelineData) *section {
	if len(d.Profile.Stations) == 0 {
		return nil
	}
	sec := &section{ID: "stations", Title: p.t("pipelines.stations"), Head: []string{p.t("pipelines.station"), p.t("pipelines.km"), p.t("pipelines.inlet"), p.t("pipelines.outlet"), p.t("pipelines.power"), p.t("pipelines.state")}}
	for i := range d.Profile.Stations {
		x := &d.Profile.Stations[i]
		num := func(v float64, digits int) cell {
			return cell{Pieces: []piece{{Text: number(p.Language, round(v, digits))}}, Numeric: true}
		}
		power := number(p.Language, round(x.PowerMW, 1))
		if x.MaxMW > 0 {
			power += " / " + number(p.Language, round(x.MaxMW, 1))
		}
		sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: x.ID}}}, num(x.Km, 0), num(x.InletBar, 1), num(x.OutletBar, 1), {Pieces: []piece{{Text: power}}, Numeric: true}, {Pieces: []piece{{Text: p.t("pipelines.state." + x.State)}}}})
	}
	return sec
}

// assumptionsSection lists every number that the line is computed from.
func assumptionsSection(p *page, d *PipelineData, sources func(string) piece) *section {
	sec := &section{ID: "assumptions", Title: p.t("pipelines.assumptions"), Note: p.t("pipelines.assumptions.note"),
		Head: []string{p.t("pipelines.of"), p.t("pipelines.quantity"), p.t("pipelines.value"), p.t("pipelines.range"), p.t("pipelines.unit"), p.t("source"), p.t("pipelines.note")}}
	for i := range d.Line.Assumptions {
		a := &d.Line.Assumptions[i]
		of := a.Element
		if of == "" {
			of = p.t("pipelines.whole")
		}
		span := "–"
		if !a.Certain() {
			span = p.t("trade.between", number(p.Language, a.Low), number(p.Language, a.High))
		}
		sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: of}}}, {Pieces: []piece{{Text: string(a.Quantity), Lang: englishUnless(p)}}}, {Pieces: []piece{{Text: number(p.Language, a.Value)}}, Numeric: true},
			{Pieces: []piece{{Text: span}}, Numeric: true}, {Pieces: []piece{{Text: a.Unit}}}, {Pieces: []piece{sources(a.Source)}}, {Pieces: []piece{{Text: a.Note, Lang: englishUnless(p)}}}})
	}
	return sec
}
