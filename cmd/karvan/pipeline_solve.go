package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/epanet"
	"github.com/karvan/karvan/fluid"
	"github.com/karvan/karvan/gaslib"
	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pandapipes"
	"github.com/karvan/karvan/pipecsv"
	"github.com/karvan/karvan/pipeflow"
)

// pipeNetwork is a network with what its file says beside it.
type pipeNetwork struct {
	*pipeflow.Network
	warnings []string
	// airBar is the pressure of the air at a node that gauge pressures are above.
	airBar func(node int) float64
	// flows names the links of the file and their flows, kg/s.
	flows func(r *pipeflow.Result) map[string]float64
}

// solvedPipes is what pipeline solve prints.
type solvedPipes struct {
	PressureBar map[string]float64 `json:"p_bar_gauge"`
	HeadM       map[string]float64 `json:"head_m"`
	Flow        map[string]float64 `json:"mdot_kg_per_s"`
	NodeK       map[string]float64 `json:"temperature_k,omitempty"`
	Iterations  int                `json:"iterations"`
	Residual    float64            `json:"residual"`
	SolveS      float64            `json:"solve_s"`

	ReadS     float64              `json:"read_s"`
	MemoryMB  float64              `json:"memory_mb"` // resident at most
	Balance   float64              `json:"balance_kg_per_s"`
	Converged bool                 `json:"converged"`
	Friction  string               `json:"friction"`
	Stations  []solvedStation      `json:"stations"`
	Broken    []pipeflow.Shortfall `json:"bounds_broken"`
	Warnings  []string             `json:"warnings"`
	Error     string               `json:"error,omitempty"`
}

type solvedStation struct {
	ID        string  `json:"id"`
	State     string  `json:"state"`
	InletBar  float64 `json:"inlet_bar"`
	OutletBar float64 `json:"outlet_bar"`
	PowerMW   float64 `json:"power_mw"`
	FuelMW    float64 `json:"fuel_mw"`
}

func pipelineSolveCommand() *cobra.Command {
	var friction, compressibility, composition, output, scenario string
	var references []string
	var asJSON, heat bool
	var maxIterations int
	var residual float64
	var line lineFlags
	c := &cobra.Command{
		Use:   "solve FILE|STUDY",
		Short: "Solve the steady flow of a pipe network",
		Long: `Finds pressures and flows of a network of gas or liquid. FILE may be an EPANET input file (.inp, Darcy-Weisbach), GasLib XML (.net, or
a folder or zip with it), a pandapipes case (.json, with fluids.json beside it), or a folder that karvan pipeline import wrote. Of a
STUDY, one of its pipelines is solved (--line, --step) at a throughput (--throughput, in bcm/yr or bbl/d; else its capacity).

Pressures are printed above the air (1.01325 bar; of pandapipes cases, that of their height). Heads are of liquids only.

--friction: colebrook, colebrook-1939, swamee-jain, haaland, nikuradse, rough, prandtl-karman, hofer, aga, weymouth, panhandle-a, panhandle-b; by
default swamee-jain for EPANET files, else colebrook.
--compressibility: that of the file by default; ideal, papay, aga, hall-yarborough, cnga (by the gas's relative density), and
detail or gerg-2008 for a --composition such as CH4=0.93,C2=0.04,N2=0.03.

Exit status: 0 solved, 1 it could not be done, 2 the file is faulty, 3 not converged, or the flows cannot be carried (the state
reached is still printed, marked so).`,
		Example: "  karvan pipeline solve net3.inp\n  karvan pipeline solve GasLib-40.zip --friction hofer --json\n  karvan pipeline solve azerbaijan-turkiye --line TANAP --throughput 16 -o tanap.geojson",
		Args:    args(1, 1, "a file or a study"),
		RunE: func(c *cobra.Command, a []string) error {
			if maxIterations < 0 || residual < 0 || math.IsNaN(residual) || residual >= 1 {
				return exit{statusUsage, fmt.Errorf("--max-iterations %d, --residual %g: none below 0 was expected, and a residual below 1", maxIterations, residual)}
			}
			started := time.Now()
			net, err := openPipes(a[0], scenario, references, heat, &line, c.ErrOrStderr())
			if err != nil {
				return err
			}
			if friction != "" {
				if net.Friction, err = pipeflow.ParseFriction(friction); err != nil {
					return exit{statusUsage, fmt.Errorf("--friction: %w", err)}
				}
			}
			if err := setCompressibility(net.Network, compressibility, composition); err != nil {
				return err
			}
			readS := time.Since(started).Seconds()
			started = time.Now()
			r, solveErr := solvePipes(c.Context(), net.Network, heat, pipeflow.Options{MaxIterations: maxIterations, Residual: residual})
			if r == nil {
				var faults pipeflow.FaultsError
				if errors.As(solveErr, &faults) {
					return exit{statusFaulty, fmt.Errorf("%s: %w", a[0], solveErr)}
				}
				return solveErr
			}
			out := newSolvedPipes(net, r)
			out.ReadS, out.SolveS = readS, time.Since(started).Seconds()
			out.MemoryMB = peakMemoryMB()
			out.Converged = solveErr == nil
			if solveErr != nil {
				out.Error = solveErr.Error()
			}
			if output != "" {
				if err := writePipes(output, net, r, c.OutOrStdout()); err != nil {
					return err
				}
			}
			if asJSON {
				err = printJSON(c.OutOrStdout(), out)
			} else {
				printPipes(c.OutOrStdout(), net, out)
			}
			if err == nil && solveErr != nil {
				return exit{statusNotConverged, solveErr}
			}
			return err
		},
	}
	c.Flags().StringVar(&friction, "friction", "", "law of friction")
	c.Flags().StringVar(&compressibility, "compressibility", "", "equation of state of a gas")
	c.Flags().StringVar(&composition, "composition", "", "mole fractions, for detail and gerg-2008")
	c.Flags().StringVar(&scenario, "scenario", "", "scenario of a GasLib file (default: its first)")
	c.Flags().StringSliceVar(&references, "pressure", nil, "node of given pressure of a GasLib network, NODE=BAR absolute (repeat)")
	c.Flags().BoolVar(&heat, "heat", false, "exchange heat with the ground, where the file says how much")
	c.Flags().IntVar(&maxIterations, "max-iterations", 0, "most iterations of Newton's method (default 100)")
	c.Flags().Float64Var(&residual, "residual", 0, "what an equation may be left with, as a share (default 1e-12)")
	c.Flags().StringVarP(&output, "output", "o", "", "write nodes and elements to this file too (.csv, .geojson)")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	line.add(c)
	return c
}

// openPipes reads a network by what its name says that it is.
func openPipes(name, scenario string, references []string, heat bool, line *lineFlags, stderr io.Writer) (*pipeNetwork, error) {
	info, statErr := os.Stat(name)
	if _, ok := builtIn(name); ok || statErr == nil && info.IsDir() && exists(filepath.Join(name, "study.yaml")) {
		return line.open(name, stderr)
	}
	if statErr != nil {
		return nil, statErr
	}
	faulty := func(err error) error {
		var faults fault.Faults
		if errors.As(err, &faults) {
			return exit{statusFaulty, err}
		}
		return err
	}
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case info.IsDir() && exists(filepath.Join(name, "pipe.csv")):
		n, err := pipecsv.ReadFolder(name)
		if err != nil {
			return nil, faulty(err)
		}
		return &pipeNetwork{Network: n}, nil
	case ext == ".inp":
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		n, err := epanet.Read(f, filepath.Base(name))
		if err != nil {
			return nil, faulty(err)
		}
		return &pipeNetwork{Network: n.Network, warnings: n.Warnings, flows: func(r *pipeflow.Result) map[string]float64 {
			out := map[string]float64{}
			for i := range n.Links {
				out[n.Links[i].ID] = n.FlowM3PerS(r, i) * n.Liquid.DensityKgPerM3
			}
			return out
		}}, nil
	case ext == ".json":
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		beside := filepath.Join(filepath.Dir(name), "fluids.json")
		g, err := os.Open(beside)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: a file fluids.json beside it was expected, with the properties of its fluid", name)
		} else if err != nil {
			return nil, err
		}
		defer g.Close()
		n, err := pandapipes.Read(f, g, name)
		if err != nil {
			return nil, faulty(err)
		}
		return &pipeNetwork{Network: n, airBar: func(i int) float64 { return pandapipes.AirBar(n.Nodes[i].HeightM) }}, nil
	case ext == ".net", ext == ".zip", info.IsDir():
		opt := gaslib.Options{Scenario: scenario, HeatExchange: heat}
		given := map[string]bool{}
		for _, r := range references {
			id, bar, ok := strings.Cut(r, "=")
			v, err := strconv.ParseFloat(bar, 64)
			if given[id] {
				return nil, exit{statusUsage, fmt.Errorf("--pressure: node %s is given two pressures", id)}
			}
			given[id] = true
			if !ok || err != nil || !(v > 0) || math.IsInf(v, 0) {
				return nil, exit{statusUsage, fmt.Errorf("--pressure %s: NODE=BAR was expected, such as entry01=60", r)}
			}
			opt.References = append(opt.References, gaslib.Reference{NodeID: id, PressureBar: v})
		}
		n, err := gaslib.Open(name, opt)
		if err != nil {
			return nil, faulty(err)
		}
		return &pipeNetwork{Network: n.Network, warnings: n.Warnings}, nil
	}
	return nil, exit{statusUsage, fmt.Errorf("%s: an EPANET .inp, a GasLib .net or .zip, a pandapipes .json, a folder of one of them, or a study was expected", name)}
}

// setCompressibility puts an equation of state in the place of the file's.
func setCompressibility(net *pipeflow.Network, name, composition string) error {
	var mixture fluid.Composition
	if composition != "" && net.Gas == nil {
		return exit{statusUsage, errors.New("--composition: the network carries a liquid")}
	}
	if composition != "" {
		fractions := map[string]float64{}
		for _, part := range strings.Split(composition, ",") {
			component, share, ok := strings.Cut(part, "=")
			v, err := strconv.ParseFloat(share, 64)
			if !ok || err != nil {
				return exit{statusUsage, fmt.Errorf("--composition: %q: COMPONENT=SHARE was expected, such as CH4=0.95", part)}
			}
			fractions[strings.TrimSpace(component)] += v
		}
		var err error
		if mixture, err = fluid.NewComposition(fractions); err != nil {
			return exit{statusUsage, fmt.Errorf("--composition: %w", err)}
		}
		if net.Gas != nil {
			const universal = 8314.4626
			net.Gas.ConstantJPerKgK = universal / mixture.MolarMassKgPerKmol()
			net.Gas.RelativeDensity = mixture.RelativeDensity()
			if name == "" {
				name = "gerg-2008"
			}
		}
	}
	if name == "" {
		return nil
	}
	g := net.Gas
	if g == nil {
		return exit{statusUsage, errors.New("--compressibility: the network carries a liquid")}
	}
	density := g.RelativeDensity
	if density == 0 {
		density = 287.0558 / g.ConstantJPerKgK
	}
	pc, tc, err := fluid.PseudoCriticalOfRelativeDensity(density)
	if composition != "" {
		pc, tc = mixture.PseudoCritical()
		err = nil
	}
	var eos fluid.EquationOfState
	switch name {
	case "ideal":
		g.Z = pipeflow.Ideal
		return nil
	case "papay":
		eos = fluid.Papay{PseudocriticalPressureBar: pc, PseudocriticalTemperatureK: tc}
	case "aga":
		eos = fluid.AGAFormula{PseudocriticalPressureBar: pc, PseudocriticalTemperatureK: tc}
	case "hall-yarborough":
		eos = fluid.HallYarborough{PseudocriticalPressureBar: pc, PseudocriticalTemperatureK: tc}
	case "cnga":
		eos, err = fluid.CNGA{RelativeDensity: density}, nil
	case "detail", "gerg-2008":
		if composition == "" {
			return exit{statusUsage, fmt.Errorf("--compressibility %s asks for a --composition", name)}
		}
		if name == "detail" {
			eos, err = fluid.NewDetail(mixture)
		} else {
			eos, err = fluid.NewGERG2008(mixture)
		}
	default:
		return exit{statusUsage, fmt.Errorf("--compressibility %q is not known: ideal, papay, aga, hall-yarborough, cnga, detail or gerg-2008 was expected", name)}
	}
	if err != nil {
		return exit{statusUsage, fmt.Errorf("--compressibility %s: %w", name, err)}
	}
	if composition != "" {
		for _, bar := range []float64{20, 50, 80} {
			if two, e := fluid.TwoPhase(mixture, bar, g.TemperatureK); e == nil && two {
				return exit{statusUsage, fmt.Errorf("--composition: at %g K and %g bar part of this mixture is liquid: two phases are not computed", g.TemperatureK, bar)}
			}
		}
	}
	most := 100.0
	for i := range net.Nodes {
		most = max(most, 1.5*net.Nodes[i].FixedBar, net.Nodes[i].MaxBar)
	}
	if g.Z, err = fluid.NewIsotherm(eos, g.TemperatureK, most); err != nil {
		return exit{statusUsage, fmt.Errorf("--compressibility %s: %w", name, err)}
	}
	return nil
}

func solvePipes(ctx context.Context, net *pipeflow.Network, heat bool, opt pipeflow.Options) (*pipeflow.Result, error) {
	s, err := pipeflow.NewSolver(net)
	if err != nil {
		return nil, err
	}
	if heat {
		return s.SolveWithHeat(ctx, opt)
	}
	return s.Solve(ctx, opt)
}

func newSolvedPipes(net *pipeNetwork, r *pipeflow.Result) *solvedPipes {
	out := &solvedPipes{PressureBar: map[string]float64{}, HeadM: map[string]float64{}, Iterations: r.Iterations, Residual: r.Residual, Balance: r.BalanceKgPerS,
		Friction: string(net.Friction), Stations: []solvedStation{}, Broken: pipeflow.Shortfalls(net.Network, r), Warnings: net.warnings}
	if out.Warnings == nil {
		out.Warnings = []string{}
	}
	if out.Broken == nil {
		out.Broken = []pipeflow.Shortfall{}
	}
	for i := range net.Nodes {
		air := pipeflow.AtmosphereBar
		if net.airBar != nil {
			air = net.airBar(i)
		}
		out.PressureBar[net.Nodes[i].ID] = r.PressureBar[i] - air
		if net.Liquid != nil {
			out.HeadM[net.Nodes[i].ID] = net.HeadM(r, i)
		}
	}
	if r.NodeK != nil {
		out.NodeK = map[string]float64{}
		for i := range net.Nodes {
			out.NodeK[net.Nodes[i].ID] = r.NodeK[i]
		}
	}
	if net.flows != nil {
		out.Flow = net.flows(r)
	} else {
		out.Flow = elementFlows(net.Network, r)
	}
	for i := range net.Stations {
		f := &r.Stations[i]
		out.Stations = append(out.Stations, solvedStation{net.Stations[i].ID, f.State, f.InletBar, f.OutletBar, f.PowerMW, f.FuelMW})
	}
	return out
}

// elementFlows are the flows of all elements by their ids. Where elements of two kinds share an
// id, the later kinds have theirs before it, as "station k".
func elementFlows(net *pipeflow.Network, r *pipeflow.Result) map[string]float64 {
	out := map[string]float64{}
	put := func(kind, id string, kgPerS float64) {
		if _, taken := out[id]; taken {
			id = kind + " " + id
		}
		out[id] = kgPerS
	}
	for i := range net.Pipes {
		put("pipe", net.Pipes[i].ID, r.Pipes[i].KgPerS)
	}
	for i := range net.Valves {
		put("valve", net.Valves[i].ID, r.Valves[i])
	}
	for i := range net.Resistors {
		put("resistor", net.Resistors[i].ID, r.Resistors[i])
	}
	for i := range net.Regulators {
		put("regulator", net.Regulators[i].ID, r.Regulators[i].KgPerS)
	}
	for i := range net.Stations {
		put("station", net.Stations[i].ID, r.Stations[i].KgPerS)
	}
	return out
}

// mostRows is how many nodes and elements are printed as a table.
const mostRows = 40

func printPipes(w io.Writer, net *pipeNetwork, out *solvedPipes) {
	for _, s := range out.Warnings {
		fmt.Fprintln(w, "note:", s)
	}
	state := "solved"
	if !out.Converged {
		state = "NOT SOLVED: " + out.Error
	}
	fmt.Fprintf(w, "%d nodes, %d pipes, %d stations: %s (%d iterations, residual %.1e, balance %.1e kg/s, read %.3f s, solved %.3f s; friction %s)\n",
		len(net.Nodes), len(net.Pipes), len(net.Network.Stations), state, out.Iterations, out.Residual, out.Balance, out.ReadS, out.SolveS, out.Friction)
	t := newTable("\nNodes", "node", "bar above air", "head m")
	for i := range net.Nodes {
		if i == mostRows {
			t.AppendRow(table.Row{fmt.Sprintf("and %d more (--json has all)", len(net.Nodes)-i)})
			break
		}
		id := net.Nodes[i].ID
		head := ""
		if h, ok := out.HeadM[id]; ok {
			head = digits(h, 3)
		}
		t.AppendRow(table.Row{id, digits(out.PressureBar[id], 4), head})
	}
	fmt.Fprintln(w, t.Render())
	t = newTable("\nFlows", "element", "kg/s")
	for i, id := range sortedIDs(out.Flow) {
		if i == mostRows {
			t.AppendRow(table.Row{fmt.Sprintf("and %d more", len(out.Flow)-i)})
			break
		}
		t.AppendRow(table.Row{id, digits(out.Flow[id], 4)})
	}
	fmt.Fprintln(w, t.Render())
	if len(out.Stations) > 0 {
		t = newTable("\nStations", "station", "state", "inlet bar", "outlet bar", "power MW")
		for _, s := range out.Stations {
			t.AppendRow(table.Row{s.ID, s.State, digits(s.InletBar, 3), digits(s.OutletBar, 3), digits(s.PowerMW, 3)})
		}
		fmt.Fprintln(w, t.Render())
	}
	for i, b := range out.Broken {
		if i == 10 {
			fmt.Fprintf(w, "and %d bounds more\n", len(out.Broken)-i)
			break
		}
		fmt.Fprintln(w, "bound broken:", b)
	}
}
