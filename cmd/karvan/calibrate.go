package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
)

// calibrated is what calibrate prints.
type calibrated struct {
	Counts    []calibratedCount `json:"counts"`
	LeftOut   []leftOutRow      `json:"left_out"`
	Weight    float64           `json:"weight"`
	Weights   []weightRow       `json:"weights"`
	Rounds    int               `json:"rounds"`
	Settled   bool              `json:"settled"`
	Converged bool              `json:"converged"`
	TBefore   float64           `json:"t_per_yr_before"`
	TAfter    float64           `json:"t_per_yr_after"`
	AtBound   int               `json:"cells_at_bound"`
	Cells     []calibratedCell  `json:"cells"` // those that moved
}

type calibratedCount struct {
	ID               string  `json:"obs_id"`
	Indicator        string  `json:"indicator_id"`
	Year             int     `json:"year"`
	Observed         float64 `json:"observed"`
	SD               float64 `json:"sd"`
	Before           float64 `json:"before"`
	After            float64 `json:"after"`
	Alone            float64 `json:"predicted_left_out"`
	WithoutIndicator float64 `json:"predicted_without_indicator"`
	Unit             string  `json:"unit"`
	SourceID         string  `json:"source_id"`
}

type leftOutRow struct {
	ID     string `json:"obs_id"`
	Reason string `json:"reason"`
}

type weightRow struct {
	Weight float64  `json:"weight"`
	Error  *float64 `json:"mean_log_error"`
}

type calibratedCell struct {
	From      string  `json:"from_zone"`
	To        string  `json:"to_zone"`
	Commodity string  `json:"commodity_id"`
	TBefore   float64 `json:"t_per_yr_before"`
	Factor    float64 `json:"factor"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	SD        float64 `json:"sd_log"`
	AtBound   bool    `json:"at_bound"`
}

func calibrateCommand() *cobra.Command {
	var o karvan.CalibrateOptions
	var output, moves string
	var asJSON bool
	c := &cobra.Command{
		Use:   "calibrate STUDY",
		Short: "Adjust the OD matrix to what was observed",
		Long: `Adjusts the demand of the base as little as it can (least entropy, each cell by how well it is known, within its range) for what
the observations of the role fit say, each by how well it is known. Routes answer demand, so it solves and adjusts in turn.
Rows kept apart are not looked at.

How much demand counts against observations (--weight) is chosen by cross-validation unless it is given: the observations of
each indicator are left out in turn, and the greatest weight is taken that predicts them as well as the best does, to within one
standard error. Both predictions, with the row alone left
out and with its whole indicator left out, are printed beside each row.

-o writes the adjusted demand as a file of the study's format, to take the place of its demand/; --moves how far each cell moved.

Exit status: 0 done, 1 it could not be done, 2 the study is faulty, 3 demand and routes did not agree after the rounds (what
stood then is written).`,
		Example: "  karvan calibrate azerbaijan-turkiye\n  karvan calibrate my-study -o my-study/demand/base.csv --moves moves.csv",
		Args:    args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			if o.Weight < 0 || math.IsNaN(o.Weight) || math.IsInf(o.Weight, 0) {
				return exit{statusUsage, fmt.Errorf("--weight is %g: more than 0, or 0 for the best, was expected", o.Weight)}
			}
			if !(o.Bound > 1) || math.IsInf(o.Bound, 0) {
				return exit{statusUsage, fmt.Errorf("--bound is %g: a factor above 1 was expected", o.Bound)}
			}
			if o.Rounds < 1 {
				return exit{statusUsage, fmt.Errorf("--rounds is %d: 1 or more was expected", o.Rounds)}
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			o.Progress = func(round, rounds, year int) {
				fmt.Fprintf(c.ErrOrStderr(), "round %d of at most %d: solving %d\n", round, rounds, year)
			}
			cal, err := m.Calibrate(c.Context(), o)
			if err != nil {
				return err
			}
			in := m.Inputs()
			for _, f := range []struct {
				path  string
				write func(io.Writer, *karvan.Inputs, *karvan.Calibration) error
			}{{output, writeDemand}, {moves, writeMoves}} {
				if f.path == "" {
					continue
				}
				if err := writeFile(f.path, c.OutOrStdout(), func(w io.Writer) error { return f.write(w, in, cal) }); err != nil {
					return err
				}
			}
			out := calibratedOf(in, cal)
			if asJSON {
				if err := printJSON(c.OutOrStdout(), out); err != nil {
					return err
				}
			} else {
				printCalibrated(c.OutOrStdout(), out, len(cal.Cells))
			}
			switch {
			case !out.Settled:
				return exit{statusNotConverged, fmt.Errorf("after %s a cell still moved by %.1f %%: demand and routes do not agree", plural(out.Rounds, "round"), 100*math.Expm1(cal.LastMove))}
			case !out.Converged:
				return exit{statusNotConverged, errors.New("not every equilibrium converged")}
			}
			return nil
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "file to write the adjusted demand to")
	c.Flags().StringVar(&moves, "moves", "", "file to write the moves of cells to")
	c.Flags().Float64Var(&o.Weight, "weight", 0, "weight of demand as it was against observations (0: by cross-validation)")
	c.Flags().Float64Var(&o.Bound, "bound", 5, "factor that cells without a range change by at most")
	c.Flags().IntVar(&o.Rounds, "rounds", 6, "rounds of solving and adjusting at most")
	c.Flags().IntVar(&o.Workers, "workers", 0, "workers (0: one a core)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// calibratedOf gathers what is printed.
func calibratedOf(in *karvan.Inputs, cal *karvan.Calibration) calibrated {
	out := calibrated{Weight: cal.Weight, Rounds: cal.Rounds, Settled: cal.Settled, Converged: cal.Converged, AtBound: cal.AtBound, Counts: []calibratedCount{}, LeftOut: []leftOutRow{}, Weights: []weightRow{}, Cells: []calibratedCell{}}
	for _, x := range cal.Counts {
		out.Counts = append(out.Counts, calibratedCount{x.Key, x.Indicator, x.Year, x.Value, x.SD, x.Before, x.After, x.Alone, x.WithoutItsKind, x.Unit, x.SourceID})
	}
	for _, x := range cal.LeftOut {
		out.LeftOut = append(out.LeftOut, leftOutRow{x.Key, x.Reason})
	}
	for _, x := range cal.Weights {
		row := weightRow{Weight: x.Weight}
		if !math.IsInf(x.Error, 0) {
			row.Error = &x.Error
		}
		out.Weights = append(out.Weights, row)
	}
	for _, x := range cal.Cells {
		out.TBefore += x.TPerYr
		out.TAfter += x.TPerYr * x.Factor
		if x.Factor != 1 {
			out.Cells = append(out.Cells, calibratedCell{in.Zones[x.From].Key, in.Zones[x.To].Key, in.Commodities[x.Commodity].Key, x.TPerYr, x.Factor, x.Low, x.High, x.SD, x.AtBound})
		}
	}
	return out
}

// mostMoves is how many cells are printed.
const mostMoves = 10

func printCalibrated(w io.Writer, out calibrated, cells int) {
	t := newTable("Observations", "observation", "year", "observed", "sd", "before", "after", "left out", "indicator left out", "unit")
	for _, r := range out.Counts {
		t.AppendRow(table.Row{r.ID, r.Year, grouped(r.Observed), grouped(r.SD), grouped(r.Before), grouped(r.After), grouped(r.Alone), grouped(r.WithoutIndicator), r.Unit})
	}
	fmt.Fprintln(w, t.Render())
	if len(out.Weights) > 0 {
		t = newTable("Weight of demand as it was", "weight", "mean error of the indicators left out", "")
		for _, r := range out.Weights {
			text, mark := "", ""
			if r.Error != nil {
				text = fmt.Sprintf("%.0f %%", 100*math.Expm1(*r.Error))
			}
			if r.Weight == out.Weight {
				mark = "taken"
			}
			t.AppendRow(table.Row{fmt.Sprintf("%g", r.Weight), text, mark})
		}
		fmt.Fprintln(w, "\n"+t.Render())
	}
	byMove := slices.Clone(out.Cells)
	slices.SortStableFunc(byMove, func(a, b calibratedCell) int {
		x, y := math.Abs(a.TBefore*(a.Factor-1)), math.Abs(b.TBefore*(b.Factor-1))
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	t = newTable(fmt.Sprintf("%d of %d cells moved, %d to a bound; %s t/yr before, %s after", len(out.Cells), cells, out.AtBound, grouped(out.TBefore), grouped(out.TAfter)), "from", "to", "commodity", "t/yr before", "after", "factor", "range")
	for _, r := range byMove[:min(mostMoves, len(byMove))] {
		t.AppendRow(table.Row{r.From, r.To, r.Commodity, grouped(r.TBefore), grouped(r.TBefore * r.Factor), fmt.Sprintf("%.2f", r.Factor), fmt.Sprintf("%.2f – %.2f", r.Low, r.High)})
	}
	fmt.Fprintln(w, "\n"+t.Render())
	for _, r := range out.LeftOut {
		fmt.Fprintf(w, "not used: %s (%s)\n", r.ID, r.Reason)
	}
}

// writeDemand writes the adjusted rows as the study's format has them.
func writeDemand(w io.Writer, in *karvan.Inputs, cal *karvan.Calibration) error {
	factor := map[[3]int32]float64{}
	for _, c := range cal.Cells {
		factor[[3]int32{int32(c.From), int32(c.To), int32(c.Commodity)}] = c.Factor
	}
	out := csv.NewWriter(w)
	out.Write([]string{"from_zone", "to_zone", "commodity_id", "year", "t_per_yr", "low", "high", "anchor", "source_id", "confidence"})
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, r := range in.Demand {
		f, anchor := factor[[3]int32{int32(r.From), int32(r.To), int32(r.Commodity)}], r.Anchor
		if f == 0 { // of nothing
			f = 1
		}
		if f != 1 {
			anchor = "scaled"
		}
		low, high := "", ""
		if r.High > 0 {
			low, high = text(r.Low), text(r.High)
		}
		out.Write([]string{in.Zones[r.From].Key, in.Zones[r.To].Key, in.Commodities[r.Commodity].Key, strconv.Itoa(r.Year), text(r.TPerYr * f), low, high, anchor, r.SourceID, r.Confidence})
	}
	out.Flush()
	return out.Error()
}

// writeMoves writes every cell with its factor.
func writeMoves(w io.Writer, in *karvan.Inputs, cal *karvan.Calibration) error {
	out := csv.NewWriter(w)
	out.Write([]string{"from_zone", "to_zone", "commodity_id", "t_per_yr_before", "t_per_yr_after", "factor", "factor_low", "factor_high", "sd_log", "at_bound", "counted"})
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, x := range cal.Cells {
		out.Write([]string{in.Zones[x.From].Key, in.Zones[x.To].Key, in.Commodities[x.Commodity].Key, text(x.TPerYr), text(x.TPerYr * x.Factor), text(x.Factor), text(x.Low), text(x.High), text(x.SD), strconv.FormatBool(x.AtBound), strconv.FormatBool(x.Seen)})
	}
	out.Flush()
	return out.Error()
}
