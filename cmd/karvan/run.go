package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/store"
)

// runOptions are the flags of run, which demo and serve share.
type runOptions struct {
	scenarios []string
	years     []int
	workers   int
	output    string
	asJSON    bool
	draws     int
	profile   string
	each      func(solved, total int) // told after each scenario and year; may be nil
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run STUDY",
		Short: "Solve a study and write one result file",
		Long: `Solves every scenario and year of a study and writes one GeoPackage, which gets its name when it is complete: an
earlier result stays until then. Progress goes to standard error. Ctrl-C stops within a second.

Exit status: 0 done (a scenario that did not converge is told and marked in the result), 2 the study is faulty, 1 not done.`,
		Example: `  karvan run my-study -o results.gpkg
  karvan run my-study --scenario base --scenario btk-5mt --year 2025
  karvan run azerbaijan-turkiye --year 2022 --year 2023 --year 2024`,
		Args: args(1, 1, "a study"),
		RunE: func(c *cobra.Command, a []string) error {
			if o.profile != "" {
				stop, err := profile(o.profile)
				if err != nil {
					return err
				}
				defer stop()
			}
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			s, err := solve(c.Context(), m, o, c.ErrOrStderr())
			if err != nil {
				return err
			}
			if o.asJSON {
				return printJSON(c.OutOrStdout(), s)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %s in %.1f s\n", o.output, plural(s.Runs, "scenario and year"), s.WallS)
			return nil
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&o.output, "output", "o", "results.gpkg", "result file to write")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print a summary as JSON")
	c.Flags().StringVar(&o.profile, "cpuprofile", "", "write a CPU profile to this file")
	return c
}

// profile writes a CPU profile until stop is called.
func profile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

func (o *runOptions) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&o.scenarios, "scenario", nil, "scenario to run (repeat; none: all)")
	c.Flags().IntSliceVar(&o.years, "year", nil, "year to run (repeat; none: those of study.yaml)")
	c.Flags().IntVar(&o.workers, "workers", 0, "tasks at a time (0: one a core); the result does not depend on it")
	c.Flags().IntVar(&o.draws, "draws", -1, "draws of uncertain inputs for the ranges of the base (-1: as study.yaml says, 0: none)")
}

// summary is what run prints.
type summary struct {
	Output       string   `json:"output"`
	Runs         int      `json:"runs"`
	Unconverged  []string `json:"unconverged"`
	UnservedRuns []string `json:"unserved"`
	WallS        float64  `json:"wall_s"`
}

// solve runs the tasks and writes the result.
func solve(ctx context.Context, m *karvan.Model, o runOptions, stderr io.Writer) (*summary, error) {
	started := time.Now()
	tasks, err := m.Tasks(o.scenarios, o.years)
	if err != nil {
		return nil, exit{statusUsage, err}
	}
	w, err := store.Create(o.output, m, version, started)
	if err != nil {
		return nil, err
	}
	finished := false
	defer func() {
		if !finished {
			w.Abort()
		}
	}()
	draws := o.draws
	if draws < 0 {
		draws = m.Inputs().Solver.Draws
	}
	ranges := rangeYears(m.Inputs(), draws)
	s := &summary{Output: o.output, Unconverged: []string{}, UnservedRuns: []string{}}
	if o.each != nil {
		o.each(0, len(tasks))
	}
	p := newProgress(stderr, len(tasks))
	defer p.stop()
	for i := range tasks {
		if tasks[i].Scenario == "base" && ranges[tasks[i].Year] {
			tasks[i].Draws = draws
		}
	}
	err = m.RunAll(ctx, tasks, o.workers, p.event, func(t karvan.Task, out *karvan.Outcome) error {
		s.Runs++
		if o.each != nil {
			o.each(s.Runs, len(tasks))
		}
		name := fmt.Sprintf("%s %d", t.Scenario, t.Year)
		if !out.Converged {
			s.Unconverged = append(s.Unconverged, name)
			p.say("%s: did not converge: %s", name, out.Note)
		}
		if len(out.Unserved) > 0 {
			s.UnservedRuns = append(s.UnservedRuns, name)
		}
		return w.Outcome(t, out)
	})
	if err != nil {
		return nil, err
	}
	p.stop()
	if lines := m.Inputs().Pipelines; len(lines) > 0 {
		fmt.Fprintf(stderr, "capacities of %s\n", plural(len(lines), "pipeline"))
		lineDraws := karvan.PipelineDraws
		if draws == 0 {
			lineDraws = 0
		}
		list, err := m.AssessPipelines(ctx, lineDraws, workersOr(o.workers), nil)
		if err != nil {
			return nil, err
		}
		if err := w.Pipelines(list); err != nil {
			return nil, err
		}
	}
	s.WallS = time.Since(started).Seconds()
	finished = true
	return s, w.Finish(time.Since(started))
}

// rangeYears are the years in which something was observed: ranges are for
// those.
func rangeYears(in *karvan.Inputs, draws int) map[int]bool {
	out := map[int]bool{}
	if draws < 2 {
		return out
	}
	for _, o := range in.Observations {
		out[o.Year] = true
	}
	return out
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "version", Short: "Print the version", Args: args(0, 0, "no arguments"), RunE: func(c *cobra.Command, _ []string) error {
		if asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"version": version, "result_format": store.FormatVersion})
		}
		_, err := fmt.Fprintf(c.OutOrStdout(), "karvan %s (result format %d)\n", version, store.FormatVersion)
		return err
	}}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// isTerminal reports whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// workersOr is a number of workers; 0: one a core.
func workersOr(n int) int {
	if n > 0 {
		return n
	}
	return runtime.NumCPU()
}
