package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/karvan/karvan/trade"
)

// tradeBenchRow is one measured case. Times are the least of the runs, seconds.
type tradeBenchRow struct {
	Case     string   `json:"case"`
	Size     string   `json:"size"`
	SolveS   float64  `json:"solve_s"`
	MemoryMB float64  `json:"memory_mb"` // of the process, after the case
	PeerS    *float64 `json:"peer_solve_s"`
	Note     string   `json:"note,omitempty"`
}

// gravityCase is a panel and what is estimated on it.
type gravityCase struct {
	name, data, formula, cluster string
}

func benchTradeCommand() *cobra.Command {
	var reference, peer string
	var runs, workers int
	var asJSON bool
	c := &cobra.Command{
		Use:   "trade",
		Short: "Estimate gravity models, solve equilibria and forecast series",
		Long: `Measures gravity estimation on made-up panels (three-way effects, and pooled pairs, on which alternating projections crawl),
general equilibria of 150 countries, a thousand draws of 40, and forecasts of monthly series. With --reference, a folder with
ppml/NAME/data.csv.gz and forecast/monthly.csv.gz, those panels and series are used too. With --peer, a command that is given the
table, the formula and the cluster as arguments and prints its seconds as {"solve_s": …} on the last line is run beside it.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan bench trade\n  karvan bench trade --peer 'python peer.py' --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if runs < 1 {
				return exit{statusUsage, fmt.Errorf("--runs is %d: one or more was expected", runs)}
			}
			dir, err := os.MkdirTemp("", "karvan-bench-trade-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			b := &tradeBench{ctx: c.Context(), runs: runs, workers: workers, peer: strings.Fields(peer)}
			cases, err := madeUpPanels(dir)
			if err != nil {
				return err
			}
			if reference != "" {
				for _, name := range []string{"n200_t5", "n200_t20"} {
					cases = append(cases, gravityCase{name: name, data: filepath.Join(reference, "ppml", name, "data.csv.gz"), formula: "trade ~ rta + tariff | exp^year + imp^year + exp^imp", cluster: "exp^imp"})
				}
				agtpa := filepath.Join(reference, "ppml", "agtpa", "agtpa_applications.csv.gz")
				cases = append(cases, gravityCase{name: "agtpa annual three-way", data: agtpa, formula: "trade ~ rta | exporter^year + importer^year + exporter^importer", cluster: "pair_id"})
			}
			for _, g := range cases {
				if err := b.gravity(g); err != nil {
					return fmt.Errorf("%s: %w", g.name, err)
				}
				fmt.Fprintf(c.ErrOrStderr(), "%s done\n", g.name)
			}
			if err := b.equilibria(); err != nil {
				return err
			}
			if reference != "" {
				if err := b.series(filepath.Join(reference, "forecast", "monthly.csv.gz")); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), b.rows)
			}
			t := newTable("Trade", "case", "size", "karvan s", "peer s", "memory MB", "")
			for _, r := range b.rows {
				other := ""
				if r.PeerS != nil {
					other = digits(*r.PeerS, 3)
				}
				t.AppendRow(table.Row{r.Case, r.Size, digits(r.SolveS, 3), other, digits(r.MemoryMB, 0), r.Note})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			return nil
		},
	}
	c.Flags().StringVar(&reference, "reference", "", "folder of reference data")
	c.Flags().StringVar(&peer, "peer", "", "command of a peer, to run side by side")
	c.Flags().IntVar(&runs, "runs", 3, "runs of each case; the least time is told")
	c.Flags().IntVar(&workers, "workers", 0, "workers (0: one a core)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

type tradeBench struct {
	ctx           context.Context
	runs, workers int
	peer          []string
	rows          []tradeBenchRow
}

// least times f so many times.
func (b *tradeBench) least(f func() error) (float64, error) {
	best := math.Inf(1)
	for range b.runs {
		started := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		best = math.Min(best, time.Since(started).Seconds())
	}
	return best, nil
}

func (b *tradeBench) add(r tradeBenchRow) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.MemoryMB = float64(m.Sys-m.HeapReleased) / (1 << 20)
	b.rows = append(b.rows, r)
	debug.FreeOSMemory()
}

func (b *tradeBench) gravity(g gravityCase) error {
	f, err := trade.ParseFormula(g.formula)
	if err != nil {
		return err
	}
	data, err := readFrame(g.data)
	if err != nil {
		return err
	}
	m, _, err := trade.BuildModel(data, f, g.cluster, "", "")
	if err != nil {
		return err
	}
	data = nil
	row := tradeBenchRow{Case: g.name}
	row.SolveS, err = b.least(func() error {
		fit, err := trade.FitPPML(b.ctx, m, trade.FitOptions{SE: trade.Cluster, Workers: b.workers})
		if err == nil {
			row.Size = grouped(float64(fit.Used)) + " rows used"
			row.Note = fmt.Sprintf("%d iterations, deviance %.12g", fit.Iterations, fit.Deviance)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(b.peer) > 0 {
		cmd := exec.CommandContext(b.ctx, b.peer[0], append(append([]string(nil), b.peer[1:]...), g.data, g.formula, g.cluster)...)
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("peer: %w: %s", err, strings.TrimSpace(complaint.String()))
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var said struct {
			SolveS *float64 `json:"solve_s"`
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &said); err != nil || said.SolveS == nil {
			return fmt.Errorf("peer: {\"solve_s\": …} was expected on its last line, not %q", lines[len(lines)-1])
		}
		row.PeerS = said.SolveS
	}
	b.add(row)
	return nil
}

// madeUpWorld draws structural gravity between n countries, and an agreement between
// the first two that is to be.
func madeUpWorld(n int) (*trade.World, []float64) {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	w := &trade.World{Trade: make([]float64, n*n)}
	size, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		w.Countries = append(w.Countries, fmt.Sprintf("C%03d", i))
		size[i], x[i], y[i] = math.Exp(1.5*r.NormFloat64()), r.Float64(), r.Float64()
	}
	for i := range n {
		for j := range n {
			distance := 0.05 + math.Hypot(x[i]-x[j], y[i]-y[j])
			w.Trade[i*n+j] = size[i] * size[j] * math.Pow(distance, -0.9)
			if i != j {
				w.Trade[i*n+j] *= 0.3
			}
		}
	}
	difference := make([]float64, n*n)
	difference[1], difference[n] = 1, 1
	return w, difference
}

func (b *tradeBench) equilibria() error {
	w, d := madeUpWorld(150)
	row := tradeBenchRow{Case: "general equilibrium", Size: "150 countries"}
	var err error
	row.SolveS, err = b.least(func() error {
		e, err := trade.Counterfactual(w, 5, trade.Change(d, 0.5))
		if err == nil {
			row.Note = fmt.Sprintf("%d steps, markets clear to %.1e", e.Iterations, e.Residual)
		}
		return err
	})
	if err != nil {
		return err
	}
	b.add(row)
	w, d = madeUpWorld(40)
	row = tradeBenchRow{Case: "1,000 draws of a coefficient", Size: "40 countries"}
	row.SolveS, err = b.least(func() error {
		_, err := trade.DrawCounterfactuals(b.ctx, w, 5, [][]float64{d}, []float64{0.5}, mat.NewSymDense(1, []float64{0.01}), 1000, 1, b.workers)
		return err
	})
	if err != nil {
		return err
	}
	b.add(row)
	return nil
}

func (b *tradeBench) series(path string) error {
	f, err := readFrame(path)
	if err != nil {
		return err
	}
	list, err := trade.SeriesOf(f)
	if err != nil {
		return err
	}
	s, err := trade.RunBacktest(list, nil)
	if err != nil {
		return err
	}
	b.add(tradeBenchRow{Case: "forecasts of a monthly series", Size: fmt.Sprintf("%d series", s.Series), SolveS: s.SecondsPerSeries, Note: fmt.Sprintf("a series; nowcast MAPE %.3f %%", s.Nowcast.MAPE)})
	return nil
}

// madeUpPanels writes the panels that every machine has.
func madeUpPanels(dir string) ([]gravityCase, error) {
	write := func(name string, countries, years int, pooled bool) (string, error) {
		r := rand.New(rand.NewPCG(uint64(countries), uint64(years)))
		effect := func(n int) []float64 {
			out := make([]float64, n)
			for i := range out {
				out[i] = r.NormFloat64()
			}
			return out
		}
		sellers, buyers, pairs := effect(countries*years), effect(countries*years), effect(countries*countries)
		var out bytes.Buffer
		out.WriteString("exp,imp,year,pair,trade,rta,tariff\n")
		for i := range countries {
			for j := range countries {
				// An agreement begins in some year and holds.
				begins := r.IntN(2 * years)
				for t := range years {
					rta := 0.0
					if i != j && t >= begins {
						rta = 1
					}
					tariff := r.Float64() * float64(years-t) / float64(years)
					v := math.Exp(sellers[i*years+t]+buyers[j*years+t]+pairs[i*countries+j]+0.5*rta-1.5*tariff) * r.ExpFloat64()
					if v < 0.05 {
						v = 0
					}
					pair := strconv.Itoa(min(i, j)*countries + max(i, j))
					if pooled && i == j {
						pair = "domestic"
						v *= 50
					}
					fmt.Fprintf(&out, "%d,%d,%d,%s,%.6g,%g,%.4f\n", i, j, 2000+t, pair, v, rta, tariff)
				}
			}
		}
		path := filepath.Join(dir, name+".csv")
		return path, os.WriteFile(path, out.Bytes(), 0o600)
	}
	threeWay, err := write("three-way", 200, 10, false)
	if err != nil {
		return nil, err
	}
	pooled, err := write("pooled", 70, 8, true)
	if err != nil {
		return nil, err
	}
	return []gravityCase{
		{name: "made-up three-way", data: threeWay, formula: "trade ~ rta + tariff | exp^year + imp^year + exp^imp", cluster: "exp^imp"},
		{name: "made-up pooled pairs", data: pooled, formula: "trade ~ rta + tariff | exp^year + imp^year + pair", cluster: "pair"},
	}, nil
}
