package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/pipeline"
)

// pipelineBench is what bench pipeline prints.
type pipelineBench struct {
	Networks []pipeNetworkBench `json:"networks"`
	Lines    []lineBench        `json:"lines"`
}

// pipeNetworkBench is a network solved by a process of its own, start, reading and printing
// included; the least of the runs.
type pipeNetworkBench struct {
	Network    string  `json:"network"`
	Pipes      int     `json:"elements"`
	Iterations int     `json:"iterations"`
	Residual   float64 `json:"residual"`
	WallS      float64 `json:"wall_s"`
	ReadS      float64 `json:"read_s"`
	SolveS     float64 `json:"solve_s"`
	MemoryMB   float64 `json:"memory_mb"`
	KernelS    float64 `json:"kernel_s"`
	// PeerS is the time of the peer's command, once; null without one.
	PeerS     *float64 `json:"peer_s"`
	PeerError string   `json:"peer_error,omitempty"`
}

// lineBench is a line of a study.
type lineBench struct {
	Line      string  `json:"pipeline_id"`
	Step      string  `json:"step"`
	ProfileMs float64 `json:"profile_ms"`  // one throughput, as the slider asks for it
	BaseMs    float64 `json:"capacity_ms"` // its capacity
	AssessS   float64 `json:"assess_s"`    // with the range over 200 draws
}

func benchPipelineCommand() *cobra.Command {
	var nodes, loops, runs int
	var seed uint64
	var asJSON bool
	var study, peer string
	c := &cobra.Command{
		Use:   "pipeline [FILE...]",
		Short: "Time pipe networks and the capacity of lines",
		Long: `Solves a made-up gas network (a tree of near nodes with loops, written as a pandapipes case) and each FILE by processes of their
own, start, reading and printing included; then each line of a study at one throughput, its capacity, and its range.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan bench pipeline\n  karvan bench pipeline net6.inp --runs 5 --peer 'peer.sh {file}'",
		RunE: func(c *cobra.Command, files []string) error {
			if nodes < 2 || loops < 0 || runs < 1 {
				return exit{statusUsage, fmt.Errorf("--nodes %d, --loops %d, --runs %d: 2 nodes, no loops and 1 run at least were expected", nodes, loops, runs)}
			}
			folder, err := os.MkdirTemp("", "karvan-bench-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(folder)
			made := filepath.Join(folder, fmt.Sprintf("%d nodes, %d loops.json", nodes, loops))
			if err := writeCase(made, nodes, loops, seed); err != nil {
				return err
			}
			var out pipelineBench
			for _, f := range append([]string{made}, files...) {
				row, err := benchPipes(c, f, runs)
				if err != nil {
					return err
				}
				row.peer(c, peer, f)
				out.Networks = append(out.Networks, row)
			}
			m, err := loadStudy(study, c.ErrOrStderr())
			if err != nil {
				return err
			}
			for i := range m.Inputs().Pipelines {
				l := &m.Inputs().Pipelines[i]
				for s := range l.Steps {
					row, err := benchLine(c, l, &l.Steps[s], runs)
					if err != nil {
						return err
					}
					out.Lines = append(out.Lines, row)
				}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), out)
			}
			t := newTable("Pipe networks, a process each", "network", "elements", "iterations", "residual", "wall s", "read s", "solve s", "memory MB", "kernel s", "peer s")
			for _, r := range out.Networks {
				beside := ""
				if r.PeerS != nil {
					beside = digits(*r.PeerS, 2)
				}
				if r.PeerError != "" {
					beside += " (" + r.PeerError + ")"
				}
				t.AppendRow(table.Row{r.Network, r.Pipes, r.Iterations, fmt.Sprintf("%.1e", r.Residual), digits(r.WallS, 3), digits(r.ReadS, 3), digits(r.SolveS, 3), digits(r.MemoryMB, 0), digits(r.KernelS, 4), beside})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			t = newTable("\nLines", "line", "step", "one throughput ms", "capacity ms", "with range s")
			for _, r := range out.Lines {
				t.AppendRow(table.Row{r.Line, r.Step, digits(r.ProfileMs, 2), digits(r.BaseMs, 1), digits(r.AssessS, 2)})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return nil
		},
	}
	c.Flags().IntVar(&nodes, "nodes", 10000, "nodes of the made-up network")
	c.Flags().IntVar(&loops, "loops", 1500, "pipes of it that close loops")
	c.Flags().IntVar(&runs, "runs", 3, "runs of each figure, of which the least is told")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the made-up network")
	c.Flags().StringVar(&study, "study", "azerbaijan-turkiye", "study whose lines are timed")
	c.Flags().StringVar(&peer, "peer", "", "command of a peer, run once for each network; {file} in it is replaced")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// writeCase writes a made-up network and the fluids beside it: each node is joined to one that
// stood shortly before it, and loops join near nodes.
func writeCase(path string, nodes, loops int, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	type list = []map[string]any
	junctions, pipes, sinks := list{}, list{}, list{}
	name := func(i int) string { return fmt.Sprint("n", i) }
	pipe := func(from, to int, mm float64) {
		pipes = append(pipes, map[string]any{"id": fmt.Sprint("p", len(pipes)), "from": name(from), "to": name(to), "length_km": 0.1 + rng.Float64(), "diameter_m": mm / 1000, "roughness_mm": 0.05})
	}
	for i := range nodes {
		junctions = append(junctions, map[string]any{"id": name(i)})
		if i > 0 {
			pipe(max(0, i-1-int(rng.ExpFloat64()*math.Sqrt(float64(nodes))/2)), i, 800)
			sinks = append(sinks, map[string]any{"node": name(i), "mdot": 0.01 * rng.Float64()})
		}
	}
	for range loops {
		a := rng.IntN(nodes - 1)
		pipe(a, min(nodes-1, a+1+rng.IntN(50)), 400)
	}
	spec := map[string]any{"fluid": "gas", "pn": 60, "T": 288.15, "junctions": junctions, "pipes": pipes, "sinks": sinks, "ext_grids": list{{"node": name(0), "p_bar_gauge": 60}}}
	fluids := map[string]any{"gas": map[string]any{"density_at_273.15K_normal_kg_m3": 0.73, "viscosity_288.15_Pa_s": 1.09e-5, "molar_mass": 16.4,
		"compressibility_K_of_p_abs_bar": map[string]float64{"0": 1, "50": 0.89, "100": 0.78}}}
	for file, v := range map[string]any{path: map[string]any{"spec": spec}, filepath.Join(filepath.Dir(path), "fluids.json"): fluids} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func benchPipes(c *cobra.Command, file string, runs int) (pipeNetworkBench, error) {
	row := pipeNetworkBench{Network: filepath.Base(file), WallS: math.Inf(1), KernelS: kernel()}
	self, err := os.Executable()
	if err != nil {
		return row, err
	}
	for range runs {
		p := exec.CommandContext(c.Context(), self, "pipeline", "solve", file, "--friction", "nikuradse", "--json")
		if filepath.Ext(file) != ".json" {
			p.Args = append(p.Args[:4], "--json")
		}
		started := time.Now()
		b, err := p.Output()
		wall := time.Since(started).Seconds()
		if err != nil {
			return row, fmt.Errorf("%s: %w", file, err)
		}
		var s solvedPipes
		if err := json.Unmarshal(b, &s); err != nil {
			return row, err
		}
		if wall < row.WallS {
			row.WallS, row.ReadS, row.SolveS, row.Iterations, row.Residual, row.Pipes, row.MemoryMB = wall, s.ReadS, s.SolveS, s.Iterations, s.Residual, len(s.Flow), s.MemoryMB
		}
	}
	return row, nil
}

// peer runs the command of a peer on the same file.
func (row *pipeNetworkBench) peer(c *cobra.Command, command, file string) {
	fields := strings.Fields(command)
	if len(fields) == 0 {
		return
	}
	for i := range fields {
		fields[i] = strings.ReplaceAll(fields[i], "{file}", file)
	}
	started := time.Now()
	err := exec.CommandContext(c.Context(), fields[0], fields[1:]...).Run()
	s := time.Since(started).Seconds()
	row.PeerS = &s
	if err != nil {
		row.PeerError = err.Error()
	}
}

func benchLine(c *cobra.Command, l *pipeline.Line, step *pipeline.Step, runs int) (lineBench, error) {
	row := lineBench{Line: l.ID, Step: step.ID, ProfileMs: math.Inf(1), BaseMs: math.Inf(1)}
	var throughput float64
	var b *pipeline.Built
	for range runs {
		started := time.Now()
		got, err := l.Capacity(c.Context(), step, l.Base(), false)
		if err != nil {
			return row, err
		}
		row.BaseMs = math.Min(row.BaseMs, 1000*time.Since(started).Seconds())
		throughput, b = got.KgPerS, got.Built
	}
	for range runs {
		started := time.Now()
		if _, err := b.Profile(c.Context(), 0.9*throughput); err != nil {
			return row, err
		}
		row.ProfileMs = math.Min(row.ProfileMs, 1000*time.Since(started).Seconds())
	}
	started := time.Now()
	_, err := l.Assess(c.Context(), step, pipeline.Options{Seed: 1, Workers: workersOr(0)})
	row.AssessS = time.Since(started).Seconds()
	return row, err
}
