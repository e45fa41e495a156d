package store

import (
	"fmt"

	"github.com/karvan/karvan/internal/gpkg"
	"github.com/karvan/karvan/pipeline"
)

// Pipelines writes what the lines of the study can carry: a row for each stated capacity (or one
// without, for a step that has none), the assumptions of each step, and its profile at capacity.
func (w *Writer) Pipelines(list []*pipeline.Assessment) error {
	if len(list) == 0 {
		return nil
	}
	err := w.fill(gpkg.Table{Name: "pipeline_capacity", Title: "What each step of each pipeline can carry, beside what is stated", Columns: columns("pipeline_id TEXT", "step_id TEXT", "status TEXT", "from_year INTEGER", "unit TEXT",
		"stated REAL", "basis TEXT", "source_id TEXT", "low REAL", "computed REAL", "high REAL", "stated_within_range BOOLEAN", "bottleneck TEXT", "fuel_mw REAL", "fuel_usd_per_t REAL", "draws_left_out INTEGER"),
		Indexes: []string{"pipeline_id"}}, func(in *gpkg.Insert) error {
		for _, a := range list {
			for _, r := range a.Rows {
				if err := in.Row(a.Line.ID, a.Step.ID, a.Step.Status, a.Step.FromYear, r.Stated.Unit, r.Stated.Value, string(r.Stated.Basis), r.Stated.Source, positive(r.Low), r.Computed, positive(r.High), within(&r), r.Bottleneck, a.Base.FuelMW, a.FuelUSDPerT(), a.Failed); err != nil {
					return err
				}
			}
			if len(a.Rows) == 0 {
				one, err := a.Base.Built.In(a.Line.Unit(), 1)
				if err != nil {
					return err
				}
				if err := in.Row(a.Line.ID, a.Step.ID, a.Step.Status, a.Step.FromYear, a.Line.Unit(), nil, nil, nil, positive(a.Low*one), a.Base.KgPerS*one, positive(a.High*one), nil, a.Base.Bottleneck, a.Base.FuelMW, a.FuelUSDPerT(), a.Failed); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = w.fill(gpkg.Table{Name: "pipeline_assumption", Title: "What the capacities of pipelines rest on, and what each number does alone", Columns: columns("pipeline_id TEXT", "step_id TEXT", "element_id TEXT", "quantity TEXT", "value REAL", "low REAL", "high REAL", "unit TEXT",
		"capacity_unit TEXT", "capacity_at_low REAL", "capacity_at_high REAL", "share_of_range REAL", "source_id TEXT", "confidence TEXT", "note TEXT"), Indexes: []string{"pipeline_id, step_id"}}, func(in *gpkg.Insert) error {
		for _, a := range list {
			unit := a.Line.Unit()
			one, err := a.Base.Built.In(unit, 1)
			if err != nil {
				return err
			}
			for _, s := range a.Swings {
				x := s.Assumption
				if err := in.Row(a.Line.ID, a.Step.ID, x.Element, string(x.Quantity), x.Value, x.Low, x.High, x.Unit, unit, s.AtLow*one, s.AtHigh*one, s.Share, x.Source, x.Confidence, x.Note); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.fill(gpkg.Table{Name: "pipeline_profile", Title: "Pressure, height and velocity along each pipeline at its capacity", Columns: columns("pipeline_id TEXT", "step_id TEXT", "km REAL", "point_id TEXT", "name TEXT", "height_m REAL",
		"pressure_bar REAL", "min_pressure_bar REAL", "max_pressure_bar REAL", "velocity_m_per_s REAL", "flow_kg_per_s REAL"), Indexes: []string{"pipeline_id, step_id"}}, func(in *gpkg.Insert) error {
		for _, a := range list {
			for _, p := range a.Base.Profile().Points {
				if err := in.Row(a.Line.ID, a.Step.ID, p.Km, p.ID, p.Name, p.HeightM, p.PressureBar, positive(p.MinBar), positive(p.MaxBar), p.VelocityMPerS, p.KgPerS); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// within says whether a stated capacity lies in its range, or NULL where there is none.
func within(r *pipeline.Row) any {
	if r.High == 0 {
		return nil
	}
	return r.Within
}

// positive is a bound, or NULL where there is none.
func positive(v float64) any {
	if v > 0 {
		return v
	}
	return nil
}

// PipelineRow is a row of pipeline_capacity.
type PipelineRow struct {
	Line, Step          string
	Unit                string
	Low, Computed, High float64
	Bottleneck          string
	LeftOut             int
	FuelMW, FuelUSDPerT float64
}

// Pipelines reads what the lines can carry; none where the file tells nothing of them.
func (r *Result) Pipelines() ([]PipelineRow, error) {
	if ok, err := r.HasTable("pipeline_capacity"); !ok || err != nil {
		return nil, err
	}
	rows, err := r.DB.Query("SELECT pipeline_id, step_id, unit, coalesce(low, 0), computed, coalesce(high, 0), bottleneck, draws_left_out, fuel_mw, fuel_usd_per_t FROM pipeline_capacity ORDER BY fid")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	var out []PipelineRow
	for rows.Next() {
		var p PipelineRow
		if err := rows.Scan(&p.Line, &p.Step, &p.Unit, &p.Low, &p.Computed, &p.High, &p.Bottleneck, &p.LeftOut, &p.FuelMW, &p.FuelUSDPerT); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
