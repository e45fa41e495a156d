package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func sortedIDs(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// lineFlags pick a pipeline of a study.
type lineFlags struct {
	id, step   string
	throughput float64
}

func (f *lineFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.id, "line", "", "of a study: id of the pipeline (default: its first)")
	c.Flags().StringVar(&f.step, "step", "", "of a study: step of the pipeline (default: the one in service in the base year)")
	c.Flags().Float64Var(&f.throughput, "throughput", 0, "of a study: what enters, in bcm/yr or bbl/d (default: the capacity)")
}

// open makes the network of one pipeline of a study, run at a throughput.
func (f *lineFlags) open(study string, stderr io.Writer) (*pipeNetwork, error) {
	if f.throughput < 0 || math.IsNaN(f.throughput) || f.throughput > 1e9 {
		return nil, exit{statusUsage, fmt.Errorf("--throughput is %g: a number above 0 and of at most 1e9 was expected", f.throughput)}
	}
	m, err := loadStudy(study, stderr)
	if err != nil {
		return nil, err
	}
	in := m.Inputs()
	if len(in.Pipelines) == 0 {
		return nil, fmt.Errorf("%s has no pipelines: pipeline/line.csv was expected", study)
	}
	only := []string{f.id}
	if f.id == "" {
		only = []string{in.Pipelines[0].ID}
	}
	lines, err := chosen(in.Pipelines, only)
	if err != nil {
		return nil, exit{statusUsage, fmt.Errorf("--line: %w", err)}
	}
	l := &lines[0]
	step := l.InService(in.BaseYear)
	if f.step != "" {
		step = l.Step(f.step)
	} else if step == nil {
		step = &l.Steps[0]
	}
	if step == nil {
		var ids []string
		for _, s := range l.Steps {
			ids = append(ids, s.ID)
		}
		return nil, exit{statusUsage, fmt.Errorf("--step: %s has no step %q: one of %s was expected", l.ID, f.step, strings.Join(ids, ", "))}
	}
	b, err := l.Build(step, l.Base())
	if err != nil {
		return nil, err
	}
	kgPerS := 0.0
	if f.throughput != 0 {
		one, err := b.In(l.Unit(), 1)
		if err != nil {
			return nil, err
		}
		kgPerS = f.throughput / one
	}
	return lineAt(l, step, b, kgPerS)
}

// lineAt puts a throughput on a built line: the capacity where it is 0.
func lineAt(l *pipeline.Line, step *pipeline.Step, b *pipeline.Built, kgPerS float64) (*pipeNetwork, error) {
	run, err := b.Run(kgPerS)
	if err != nil {
		return nil, fmt.Errorf("pipeline %s, step %s: %w", l.ID, step.ID, err)
	}
	return &pipeNetwork{Network: run}, nil
}

// writePipes writes nodes and elements with their results.
func writePipes(path string, net *pipeNetwork, r *pipeflow.Result, stdout io.Writer) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return writeFile(path, stdout, func(w io.Writer) error { return pipesCSV(w, net, r) })
	case ".geojson", ".json":
		return writeFile(path, stdout, func(w io.Writer) error { return pipesGeoJSON(w, net, r) })
	}
	return exit{statusUsage, fmt.Errorf("-o %s: .csv or .geojson was expected", path)}
}

// pipeRow is one node or element of a result.
type pipeRow struct {
	kind, id, from, to    string
	pressure, height      float64
	flow, speed, pressDif float64
	state                 string
	points                [][2]float64
	node                  bool
}

func pipeRows(net *pipeNetwork, r *pipeflow.Result) []pipeRow {
	var out []pipeRow
	at := func(i int) [2]float64 { return [2]float64{net.Nodes[i].X, net.Nodes[i].Y} }
	for i := range net.Nodes {
		n := &net.Nodes[i]
		out = append(out, pipeRow{kind: "node", id: n.ID, pressure: r.PressureBar[i], height: n.HeightM, flow: r.SupplyKgPerS[i], node: true, points: [][2]float64{at(i)}})
	}
	add := func(kind, id string, from, to int, flow, speed float64, state string) {
		out = append(out, pipeRow{kind: kind, id: id, from: net.Nodes[from].ID, to: net.Nodes[to].ID, flow: flow, speed: speed, pressDif: r.PressureBar[from] - r.PressureBar[to], state: state, points: [][2]float64{at(from), at(to)}})
	}
	for i := range net.Pipes {
		p := &net.Pipes[i]
		add("pipe", p.ID, p.From, p.To, r.Pipes[i].KgPerS, max(r.Pipes[i].InletMPerS, r.Pipes[i].OutletMPerS), "")
	}
	for i := range net.Valves {
		v := &net.Valves[i]
		add("valve", v.ID, v.From, v.To, r.Valves[i], 0, "")
	}
	for i := range net.Resistors {
		v := &net.Resistors[i]
		add("resistor", v.ID, v.From, v.To, r.Resistors[i], 0, "")
	}
	for i := range net.Regulators {
		v := &net.Regulators[i]
		add("regulator", v.ID, v.From, v.To, r.Regulators[i].KgPerS, 0, r.Regulators[i].State)
	}
	for i := range net.Network.Stations {
		v := &net.Network.Stations[i]
		add("station", v.ID, v.From, v.To, r.Stations[i].KgPerS, 0, r.Stations[i].State)
	}
	return out
}

func pipesCSV(w io.Writer, net *pipeNetwork, r *pipeflow.Result) error {
	c := csv.NewWriter(w)
	c.Write([]string{"kind", "id", "from_node_id", "to_node_id", "height_m", "pressure_bar", "drop_bar", "flow_kg_per_s", "velocity_m_per_s", "state"})
	number := func(v float64, is bool) string {
		if !is {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, p := range pipeRows(net, r) {
		c.Write([]string{p.kind, p.id, p.from, p.to, number(p.height, p.node), number(p.pressure, p.node), number(p.pressDif, !p.node), number(p.flow, true), number(p.speed, p.kind == "pipe"), p.state})
	}
	c.Flush()
	return c.Error()
}

// pipesGeoJSON writes points and lines in the coordinates of the file, which are longitude and
// latitude only where the file has them so; geometries are null where it has none.
func pipesGeoJSON(w io.Writer, net *pipeNetwork, r *pipeflow.Result) error {
	type geometry struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}
	type feature struct {
		Type       string         `json:"type"`
		ID         string         `json:"id"`
		Geometry   *geometry      `json:"geometry"`
		Properties map[string]any `json:"properties"`
	}
	features := []feature{}
	placed := false
	for i := range net.Nodes {
		placed = placed || net.Nodes[i].X != 0 || net.Nodes[i].Y != 0
	}
	for _, p := range pipeRows(net, r) {
		f := feature{Type: "Feature", ID: p.kind + " " + p.id}
		if p.node {
			f.Geometry = &geometry{"Point", p.points[0]}
			f.Properties = map[string]any{"kind": p.kind, "id": p.id, "height_m": p.height, "pressure_bar": p.pressure, "supply_kg_per_s": p.flow}
		} else {
			f.Geometry = &geometry{"LineString", p.points}
			f.Properties = map[string]any{"kind": p.kind, "id": p.id, "from_node_id": p.from, "to_node_id": p.to, "drop_bar": p.pressDif, "flow_kg_per_s": p.flow}
			if p.kind == "pipe" {
				f.Properties["velocity_m_per_s"] = p.speed
			}
			if p.state != "" {
				f.Properties["state"] = p.state
			}
		}
		if !placed {
			f.Geometry = nil
		}
		features = append(features, f)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"type": "FeatureCollection", "features": features})
}
