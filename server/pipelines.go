package server

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
	"github.com/karvan/karvan/server/pages"
)

// lineCapacities keeps the capacity of each step, which is worked out once.
type lineCapacities struct {
	mu   sync.Mutex
	done map[[2]string]*pipeline.Capacity
}

// capacity works out a step, once. A step that no flow keeps all bounds of has none: its
// throughput is 0.
func (s *Server) capacity(ctx context.Context, l *pipeline.Line, step *pipeline.Step) (*pipeline.Capacity, error) {
	key := [2]string{l.ID, step.ID}
	s.lines.mu.Lock()
	defer s.lines.mu.Unlock()
	if c := s.lines.done[key]; c != nil {
		return c, nil
	}
	c, err := l.Capacity(ctx, step, l.Base(), false)
	var none *pipeflow.NoThroughputError
	if errors.As(err, &none) {
		b, e := l.Build(step, l.Base())
		if e != nil {
			return nil, e
		}
		c, err = &pipeline.Capacity{Throughput: &pipeflow.Throughput{Bottleneck: none.Shortfalls[0].String()}, Built: b}, nil
	}
	if err != nil {
		return nil, err
	}
	if s.lines.done == nil {
		s.lines.done = map[[2]string]*pipeline.Capacity{}
	}
	s.lines.done[key] = c
	return c, nil
}

// HasPipelines reports whether the study has oil or gas lines.
func (s *Server) HasPipelines() bool {
	in := s.study()
	return in != nil && len(in.Pipelines) > 0
}

// PipelineRows lays stated capacities beside computed ones; the ranges are those of the result.
func (s *Server) PipelineRows(ctx context.Context) ([]pages.PipelineRow, error) {
	in := s.study()
	ranges := map[[3]string][2]float64{}
	if s.ready.Load() {
		list, err := s.result.Pipelines()
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			ranges[[3]string{r.Line, r.Step, r.Unit}] = [2]float64{r.Low, r.High}
		}
	}
	var out []pages.PipelineRow
	for i := range in.Pipelines {
		l := &in.Pipelines[i]
		for k := range l.Steps {
			step := &l.Steps[k]
			c, err := s.capacity(ctx, l, step)
			if err != nil {
				return nil, err
			}
			stated := step.Stated
			if len(stated) == 0 {
				stated = []pipeline.Stated{{Unit: l.Unit()}}
			}
			for _, said := range stated {
				v, err := c.Built.In(said.Unit, c.KgPerS)
				if err != nil {
					return nil, err
				}
				span := ranges[[3]string{l.ID, step.ID, said.Unit}]
				out = append(out, pages.PipelineRow{Line: l.ID, Name: l.Name, Step: step.ID, StepName: step.Name, Unit: said.Unit, Status: step.Status, Basis: string(said.Basis), SourceID: said.Source,
					FromYear: step.FromYear, Stated: said.Value, Low: span[0], Computed: v, High: span[1], Bottleneck: c.Bottleneck})
			}
		}
	}
	return out, nil
}

// PipelineAt is a line at a throughput.
func (s *Server) PipelineAt(ctx context.Context, id, stepID string, throughput float64) (*pages.PipelineData, error) {
	in := s.study()
	if in == nil {
		return nil, nil
	}
	for i := range in.Pipelines {
		l := &in.Pipelines[i]
		if !strings.EqualFold(l.ID, id) {
			continue
		}
		step := l.InService(in.BaseYear)
		if stepID != "" {
			step = l.Step(stepID)
		} else if step == nil {
			step = &l.Steps[0]
		}
		if step == nil {
			return nil, nil
		}
		c, err := s.capacity(ctx, l, step)
		if err != nil {
			return nil, err
		}
		one, err := c.Built.In(l.Unit(), 1)
		if err != nil {
			return nil, err
		}
		d := &pages.PipelineData{Line: l, Step: step, Unit: l.Unit(), Capacity: c.KgPerS * one, Throughput: throughput, Bottleneck: c.Bottleneck}
		switch {
		case throughput == 0:
			d.Throughput, d.Profile = d.Capacity, c.Profile()
		default:
			d.Profile, err = c.Built.Profile(ctx, throughput/one)
			if err != nil && ctx.Err() == nil {
				d.Problem, err = err.Error(), nil
			}
			if err != nil {
				return nil, err
			}
		}
		rows, err := s.PipelineRows(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if r.Line == l.ID {
				d.Rows = append(d.Rows, r)
			}
		}
		return d, nil
	}
	return nil, nil
}

// linkPipeline says which line gives a link its capacity in a scenario and year; nil: none does.
func (s *Server) linkPipeline(ctx context.Context, w When, link string) (*linkPipeline, error) {
	if ok, err := s.result.HasTable("pipeline_link"); !ok || err != nil {
		return nil, err
	}
	var l linkPipeline
	err := s.result.DB.QueryRowContext(ctx, "SELECT pipeline_id, step_id, bottleneck FROM pipeline_link WHERE scenario_id = ? AND year = ? AND link_id = ?", w.Scenario, w.Year, link).Scan(&l.ID, &l.Step, &l.Bottleneck)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &l, err
}

type pipelineRowOut struct {
	PipelineID string   `json:"pipeline_id"`
	Name       string   `json:"name"`
	Step       string   `json:"step"`
	Status     string   `json:"status"`
	FromYear   int      `json:"from_year" doc:"0: not known"`
	Unit       string   `json:"unit" doc:"bcm/yr at 15 °C and 1.01325 bar, bbl/d at 15 °C, or Mt/yr"`
	Stated     *float64 `json:"stated" doc:"null where nothing is stated"`
	Basis      string   `json:"basis" doc:"technical, contract or nominated"`
	SourceID   string   `json:"source_id"`
	Low        *float64 `json:"low" doc:"10th percentile over draws of the assumptions; null before the model has run"`
	Computed   float64  `json:"computed"`
	High       *float64 `json:"high"`
	Bottleneck string   `json:"bottleneck"`
}

type pipelinesOut struct {
	Pipelines []pipelineRowOut `json:"pipelines"`
}

type pipelineInput struct {
	ID         string `path:"id" maxLength:"100" doc:"Id of the line"`
	Step       string `query:"step" maxLength:"100" doc:"Step (none: the one in service in the base year)"`
	Throughput string `query:"throughput" maxLength:"30" doc:"What enters, a number in the line's unit (none: its capacity)"`
}

type pipelinePointOut struct {
	Km       float64  `json:"km"`
	ID       string   `json:"point_id"`
	Name     string   `json:"name"`
	HeightM  float64  `json:"height_m"`
	Pressure float64  `json:"pressure_bar" doc:"Absolute"`
	Min      *float64 `json:"min_pressure_bar"`
	Max      *float64 `json:"max_pressure_bar"`
	Velocity float64  `json:"velocity_m_per_s"`
	Flow     float64  `json:"flow_kg_per_s"`
}

type pipelineStationOut struct {
	ID     string  `json:"station_id"`
	Km     float64 `json:"km"`
	Inlet  float64 `json:"inlet_bar"`
	Outlet float64 `json:"outlet_bar"`
	Power  float64 `json:"power_mw"`
	Max    float64 `json:"max_power_mw" doc:"0: no limit is known"`
	State  string  `json:"state"`
}

type pipelineOut struct {
	PipelineID string               `json:"pipeline_id"`
	Step       string               `json:"step"`
	Unit       string               `json:"unit"`
	Throughput float64              `json:"throughput"`
	Capacity   float64              `json:"capacity"`
	Bottleneck string               `json:"bottleneck"`
	Feasible   bool                 `json:"feasible" doc:"Whether all bounds hold"`
	Broken     []string             `json:"bounds_broken"`
	Points     []pipelinePointOut   `json:"points"`
	Stations   []pipelineStationOut `json:"stations"`
}

func (s *Server) pipelineRoutes(api huma.API) {
	get(api, "/api/pipelines", "What each step of each pipeline can carry, beside what is stated", s.pipelinesJSON)
	get(api, "/api/pipelines/{id}", "Pressure, height and velocity along a pipeline at a throughput", s.pipelineJSON)
}

func (s *Server) pipelinesJSON(ctx context.Context, _ *struct{}) (*body[pipelinesOut], error) {
	if !s.HasPipelines() {
		return nil, huma.Error404NotFound("the study has no pipelines")
	}
	rows, err := s.PipelineRows(ctx)
	if err != nil {
		return nil, err
	}
	out := pipelinesOut{Pipelines: []pipelineRowOut{}}
	for _, r := range rows {
		out.Pipelines = append(out.Pipelines, pipelineRowOut{r.Line, r.Name, r.Step, r.Status, r.FromYear, r.Unit, positive(r.Stated), r.Basis, r.SourceID, positive(r.Low), r.Computed, positive(r.High), r.Bottleneck})
	}
	return &body[pipelinesOut]{out}, nil
}

// positive is a number, or null where it is 0.
func positive(v float64) *float64 {
	if v > 0 {
		return &v
	}
	return nil
}

func (s *Server) pipelineJSON(ctx context.Context, in *pipelineInput) (*body[pipelineOut], error) {
	throughput := 0.0
	if in.Throughput != "" {
		v, err := strconv.ParseFloat(in.Throughput, 64)
		if err != nil || !(v >= 0) || v > 1e9 {
			return nil, huma.Error400BadRequest("throughput: a number from 0 to 1e9 was expected")
		}
		throughput = v
	}
	d, err := s.PipelineAt(ctx, in.ID, in.Step, throughput)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, huma.Error404NotFound("the study has no such pipeline or step")
	}
	out := pipelineOut{PipelineID: d.Line.ID, Step: d.Step.ID, Unit: d.Unit, Throughput: d.Throughput, Capacity: d.Capacity, Bottleneck: d.Bottleneck, Broken: []string{}, Points: []pipelinePointOut{}, Stations: []pipelineStationOut{}}
	if d.Profile == nil {
		out.Broken = append(out.Broken, d.Problem)
		return &body[pipelineOut]{out}, nil
	}
	for _, b := range d.Profile.Broken {
		out.Broken = append(out.Broken, b.String())
	}
	if len(d.Profile.Points) == 0 {
		out.Broken = append(out.Broken, "no flow keeps all bounds: "+d.Bottleneck)
	}
	out.Feasible = len(out.Broken) == 0 && len(d.Profile.Points) > 0
	for _, p := range d.Profile.Points {
		out.Points = append(out.Points, pipelinePointOut{p.Km, p.ID, p.Name, p.HeightM, p.PressureBar, positive(p.MinBar), positive(p.MaxBar), p.VelocityMPerS, p.KgPerS})
	}
	for _, x := range d.Profile.Stations {
		out.Stations = append(out.Stations, pipelineStationOut{x.ID, x.Km, x.InletBar, x.OutletBar, x.PowerMW, x.MaxMW, x.State})
	}
	return &body[pipelineOut]{out}, nil
}
