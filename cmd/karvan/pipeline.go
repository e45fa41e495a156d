package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/pipeline"
)

func pipelineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "pipeline",
		Short: "Compute flows and capacities of oil and gas pipelines",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(pipelineSolveCommand(), pipelineCapacityCommand(), pipelineImportCommand())
	return c
}

// capacityRow is one stated capacity beside the computed one.
type capacityRow struct {
	PipelineID string  `json:"pipeline_id"`
	Step       string  `json:"step"`
	Unit       string  `json:"unit"`
	Stated     float64 `json:"stated"`
	Low        float64 `json:"low"`
	Computed   float64 `json:"computed"`
	High       float64 `json:"high"`
	Bottleneck string  `json:"bottleneck"`

	Basis       string            `json:"basis"`
	Status      string            `json:"status"`
	SourceID    string            `json:"source_id"`
	Within      bool              `json:"stated_within_range"`
	Main        *assumptionSwing  `json:"main_assumption"`
	Wide        string            `json:"wide,omitempty"`
	WouldFit    []assumptionFit   `json:"would_fit,omitempty"`
	Together    string            `json:"together,omitempty"`
	Gains       []capacityGain    `json:"gains"`
	FuelMW      float64           `json:"fuel_mw"`
	FuelUSDPerT float64           `json:"fuel_usd_per_t"`
	Failed      int               `json:"draws_without_flow"`
	Assumptions []assumptionSwing `json:"assumptions"`
}

// assumptionSwing is what one assumption does between its ends, in the unit of the row.
type assumptionSwing struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Unit   string  `json:"unit"`
	AtLow  float64 `json:"capacity_at_low"`
	AtHigh float64 `json:"capacity_at_high"`
	Share  float64 `json:"share_of_range"`
	Source string  `json:"source_id"`
	Note   string  `json:"note,omitempty"`
}

// assumptionFit is the value of one assumption at which computed and stated agree.
type assumptionFit struct {
	Name   string  `json:"name"`
	Needed float64 `json:"needed"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Unit   string  `json:"unit"`
}

type capacityGain struct {
	Limit string  `json:"limit"`
	Per   string  `json:"per"`
	Gain  float64 `json:"gain"`
}

func pipelineCapacityCommand() *cobra.Command {
	var asJSON, brief bool
	var draws, workers int
	var seed uint64
	var only []string
	c := &cobra.Command{
		Use:   "capacity STUDY",
		Short: "Compute what each pipeline can carry, beside what is stated",
		Long: `Works out the capacity of every step of the study's pipelines (pipeline/*.csv) from diameters, terrain, stations and pressure
limits, and lays it beside the stated one, which is no input to it.

What is assumed carries a range, and so does the answer: the 10th and 90th percentile over draws of all assumptions at once.
Named are the bound that holds the throughput down, the assumption that carries most of the range (the largest squared swing
when each goes alone from low to high), and, where the stated figure lies outside the range, what an assumption would have to be
instead, the others kept, for both to agree.

bcm are at 15 °C and 1.01325 bar, barrels at 15 °C, years have 365 days; steady flow all year.

Exit status: 0 done, 1 it could not be done, 2 the study is faulty.`,
		Example: "  karvan pipeline capacity azerbaijan-turkiye\n  karvan pipeline capacity my-study --only TANAP,BTC --json",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			if draws < 10 {
				return exit{statusUsage, fmt.Errorf("--draws is %d: 10 or more was expected", draws)}
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			lines := m.Inputs().Pipelines
			if len(lines) == 0 {
				return fmt.Errorf("%s has no pipelines: pipeline/line.csv was expected", a[0])
			}
			if lines, err = chosen(lines, only); err != nil {
				return exit{statusUsage, fmt.Errorf("--only: %w", err)}
			}
			if seed == 0 {
				seed = m.Inputs().Solver.Seed
			}
			rows, err := capacityRows(c.Context(), lines, pipeline.Options{Draws: draws, Seed: seed, Workers: workers}, c.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			printCapacities(c.OutOrStdout(), rows, brief)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON, with every assumption")
	c.Flags().BoolVar(&brief, "brief", false, "print the table alone")
	c.Flags().IntVar(&draws, "draws", 200, "draws of the assumptions, for the ranges")
	c.Flags().Uint64Var(&seed, "seed", 0, "seed of the draws (default: the study's)")
	c.Flags().IntVar(&workers, "workers", runtime.NumCPU(), "draws worked out at once; the result is the same")
	c.Flags().StringSliceVar(&only, "only", nil, "ids of the pipelines (default: all)")
	return c
}

// chosen picks pipelines by their ids.
func chosen(lines []pipeline.Line, only []string) ([]pipeline.Line, error) {
	if len(only) == 0 {
		return lines, nil
	}
	var out []pipeline.Line
	var ids []string
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	for _, id := range only {
		found := false
		for _, l := range lines {
			if l.ID == id {
				out, found = append(out, l), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no pipeline %q: one of %s was expected", id, strings.Join(ids, ", "))
		}
	}
	return out, nil
}

// capacityRows assesses every step that has a stated capacity.
func capacityRows(ctx context.Context, lines []pipeline.Line, opt pipeline.Options, stderr io.Writer) ([]capacityRow, error) {
	var rows []capacityRow
	for i := range lines {
		l := &lines[i]
		for s := range l.Steps {
			step := &l.Steps[s]
			if len(step.Stated) == 0 {
				continue
			}
			opt.Progress = func(done, total int) error {
				if isTerminal(stderr) {
					fmt.Fprintf(stderr, "\r%s %s: %d of %d ", l.ID, step.ID, done, total)
				}
				return ctx.Err()
			}
			a, err := l.Assess(ctx, step, opt)
			if isTerminal(stderr) {
				fmt.Fprint(stderr, "\r\033[K")
			}
			if err != nil {
				return nil, err
			}
			for r := range a.Rows {
				rows = append(rows, newCapacityRow(a, &a.Rows[r]))
			}
		}
	}
	return rows, nil
}

func newCapacityRow(a *pipeline.Assessment, r *pipeline.Row) capacityRow {
	one, _ := a.Base.Built.In(r.Stated.Unit, 1) // the unit was used for the row itself
	out := capacityRow{PipelineID: a.Line.ID, Step: a.Step.ID, Unit: r.Stated.Unit, Stated: r.Stated.Value, Low: r.Low, Computed: r.Computed, High: r.High,
		Bottleneck: r.Bottleneck, Basis: string(r.Stated.Basis), Status: a.Step.Status, SourceID: r.Stated.Source, Within: r.Within, Failed: a.Failed,
		FuelMW: a.Base.FuelMW, FuelUSDPerT: a.FuelUSDPerT(), Gains: []capacityGain{}, Assumptions: []assumptionSwing{}}
	for _, s := range a.Swings {
		out.Assumptions = append(out.Assumptions, assumptionSwing{Name: s.Assumption.Name(), Value: s.Assumption.Value, Low: s.Assumption.Low, High: s.Assumption.High,
			Unit: s.Assumption.Unit, AtLow: s.AtLow * one, AtHigh: s.AtHigh * one, Share: s.Share, Source: s.Assumption.Source, Note: s.Assumption.Note})
	}
	if len(out.Assumptions) > 0 {
		out.Main = &out.Assumptions[0]
	}
	if r.High > 2*r.Low && out.Main != nil {
		out.Wide = fmt.Sprintf("the range is wider than a factor of two, most of it by %s (%.0f %%): a source for it would narrow the range", out.Main.Name, 100*out.Main.Share)
	}
	for _, s := range r.Others {
		out.WouldFit = append(out.WouldFit, assumptionFit{Name: s.Assumption.Name(), Needed: s.Needed, Low: s.Assumption.Low, High: s.Assumption.High, Unit: s.Assumption.Unit})
	}
	switch {
	case r.Within:
	case len(r.Together) == 0:
		out.Together = fmt.Sprintf("not even with every assumption at the better end of its range (%s %s)", figure(r.Reached), r.Stated.Unit)
	default:
		var names []string
		for _, s := range r.Together {
			names = append(names, s.Assumption.Name())
		}
		out.Together = fmt.Sprintf("with %s at the ends of their ranges it is %s %s", strings.Join(names, ", "), figure(r.Reached), r.Stated.Unit)
	}
	for _, g := range a.Base.Gains {
		out.Gains = append(out.Gains, capacityGain{Limit: g.Limit, Per: g.Per, Gain: g.KgPerS * one})
	}
	return out
}

// figure prints a capacity to four digits.
func figure(v float64) string {
	if math.Abs(v) >= 10000 {
		return fmt.Sprintf("%.0f", math.Round(v/100)*100)
	}
	return fmt.Sprintf("%.4g", v)
}

func printCapacities(w io.Writer, rows []capacityRow, brief bool) {
	t := newTable("Capacity of pipelines, stated beside computed", "pipeline", "step", "unit", "stated", "kind", "low", "computed", "high", "stated within", "bottleneck")
	for _, r := range rows {
		within := "yes"
		if !r.Within {
			within = "no"
		}
		t.AppendRow(table.Row{r.PipelineID, r.Step, r.Unit, figure(r.Stated), r.Basis, figure(r.Low), figure(r.Computed), figure(r.High), within, r.Bottleneck})
	}
	fmt.Fprintln(w, t.Render())
	if brief {
		return
	}
	for _, r := range rows {
		fmt.Fprintf(w, "\n%s, %s (stated %s %s, %s, source %s)\n", r.PipelineID, r.Step, figure(r.Stated), r.Unit, r.Basis, r.SourceID)
		if m := r.Main; m != nil {
			fmt.Fprintf(w, "  most of the range: %s %g to %g %s, %.0f %% of it (%s to %s %s)\n", m.Name, m.Low, m.High, m.Unit, 100*m.Share, figure(m.AtLow), figure(m.AtHigh), r.Unit)
		}
		if r.Wide != "" {
			fmt.Fprintf(w, "  %s\n", r.Wide)
		}
		if !r.Within {
			if len(r.WouldFit) == 0 {
				fmt.Fprintf(w, "  no assumption alone, within three times its range, brings both together; %s\n", r.Together)
			}
			for _, f := range r.WouldFit {
				fmt.Fprintf(w, "  both would agree with %s = %.4g %s (assumed %g to %g)\n", f.Name, f.Needed, f.Unit, f.Low, f.High)
			}
		}
		for i, g := range r.Gains {
			if i == 3 {
				break
			}
			fmt.Fprintf(w, "  one %s (%s): %s %s more\n", g.Per, g.Limit, figure(g.Gain), r.Unit)
		}
		if r.FuelMW > 0 {
			fmt.Fprintf(w, "  stations burn %.0f MW of fuel at capacity", r.FuelMW)
			if r.FuelUSDPerT > 0 {
				fmt.Fprintf(w, ", %.2f USD/t", r.FuelUSDPerT)
			}
			fmt.Fprintln(w)
		}
		if r.Failed > 0 {
			fmt.Fprintf(w, "  %d draws in which no flow keeps all bounds are left out of the range\n", r.Failed)
		}
	}
}
