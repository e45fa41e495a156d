// Package store keeps results in one GeoPackage and reads them back.
//
// The tables are described in docs/reference/result-file.md. A result carries
// the whole study that it was made of, so that it can be served, validated and
// solved again without anything else.
package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/internal/gpkg"
	"github.com/karvan/karvan/network"
)

// FormatVersion is the version of the tables. A reader refuses a newer one.
const FormatVersion = 1

// Writer writes the result of a run, outcome by outcome.
type Writer struct {
	w       *gpkg.Writer
	m       *karvan.Model
	version string
	started time.Time

	tradeResult, tradeRegion, tradeLoop *gpkg.Insert
	pipelineLink                        *gpkg.Insert

	scenarioYear, linkResult, linkLoad, terminalLoad, odResult, route, indicator, convergence, capacity, start *gpkg.Insert

	paths    map[string]int64
	pathList []string
	chains   []string
	odRow    int64
	bases    map[int]*karvan.Outcome // by year, for bindings and validation
	defined  map[string]bool
	defs     []string
	links    map[string]bool // keys in the link table
	added    []*network.Link
}

// Create begins a result file. version is the program's, started the clock's
// time, which goes into run.started_at only.
func Create(path string, m *karvan.Model, version string, started time.Time) (*Writer, error) {
	g, err := gpkg.Create(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	w := &Writer{w: g, m: m, version: version, started: started, paths: map[string]int64{}, bases: map[int]*karvan.Outcome{}, defined: map[string]bool{}, links: map[string]bool{}}
	if err := w.tables(); err != nil {
		g.Abort()
		return nil, fmt.Errorf("store: %w", err)
	}
	return w, nil
}

// columns makes columns from "name TYPE" texts.
func columns(defs ...string) []gpkg.Column {
	out := make([]gpkg.Column, len(defs))
	for i, d := range defs {
		name, typ, _ := strings.Cut(d, " ")
		out[i] = gpkg.Column{Name: name, Type: typ}
	}
	return out
}

// insertTable is a table that outcomes fill, and where its inserter goes.
type insertTable struct {
	into  **gpkg.Insert
	table gpkg.Table
}

// tables makes the tables that outcomes fill.
func (w *Writer) tables() error {
	list := []insertTable{
		{&w.scenarioYear, gpkg.Table{Name: "scenario_year", Title: "Scenarios and years that were run", Columns: columns("scenario_id TEXT", "year INTEGER", "same_as TEXT",
			"converged BOOLEAN", "note TEXT", "relaxes TEXT", "binding TEXT", "binding_what TEXT", "binding_load_ratio REAL", "unserved_t_per_yr REAL"), Indexes: []string{"scenario_id, year"}}},
		{&w.linkResult, gpkg.Table{Name: "link_result", Title: "Flow of each commodity on each link", Columns: columns("scenario_id TEXT", "year INTEGER", "link_id TEXT", "direction INTEGER",
			"commodity_id TEXT", "flow_t_per_yr REAL", "time_h REAL", "cost_usd_per_t REAL"), Indexes: []string{"scenario_id, year, link_id"}}},
		{&w.linkLoad, gpkg.Table{Name: "link_load", Title: "Load of each link", Columns: columns("scenario_id TEXT", "year INTEGER", "link_id TEXT", "direction INTEGER",
			"flow_t_per_yr REAL", "capacity_t_per_yr REAL", "load_ratio REAL", "capacity_scope TEXT", "delay_h REAL"), Indexes: []string{"scenario_id, year, link_id"}}},
		{&w.terminalLoad, gpkg.Table{Name: "terminal_load", Title: "Load of terminals, borders, capacity groups and services", Columns: columns("scenario_id TEXT", "year INTEGER",
			"resource_id TEXT", "kind TEXT", "node_id TEXT", "direction INTEGER", "flow_t_per_yr REAL", "capacity_t_per_yr REAL", "load_ratio REAL", "delay_h REAL"), Indexes: []string{"scenario_id, year"}}},
		{&w.odResult, gpkg.Table{Name: "od_result", Title: "Mean over the routes of each cell of demand", Columns: columns("od_id INTEGER PRIMARY KEY", "scenario_id TEXT", "year INTEGER", "from_zone TEXT",
			"to_zone TEXT", "commodity_id TEXT", "demand_t_per_yr REAL", "cost_usd_per_t REAL", "perceived_usd_per_t REAL", "money_usd_per_t REAL", "fee_usd_per_t REAL", "time_h REAL",
			"border_h REAL", "distance_km REAL", "anchor TEXT"), Indexes: []string{"scenario_id, year, from_zone, to_zone"}}},
		{&w.route, gpkg.Table{Name: "route", Title: "Main routes of each cell (od_id of od_result, path_id of route_path)", Columns: columns("od_id INTEGER", "rank INTEGER", "share REAL", "flow_t_per_yr REAL",
			"cost_usd_per_t REAL", "money_usd_per_t REAL", "fee_usd_per_t REAL", "time_h REAL", "border_h REAL", "distance_km REAL", "path_id INTEGER"), Indexes: []string{"od_id"}}},
		{&w.indicator, gpkg.Table{Name: "indicator", Title: "Indicators", Columns: columns("scenario_id TEXT", "year INTEGER", "indicator_id TEXT", "value REAL", "low REAL", "high REAL", "unit TEXT"),
			Indexes: []string{"scenario_id, year", "indicator_id"}}},
		{&w.convergence, gpkg.Table{Name: "convergence", Title: "Trace of the solver", Columns: columns("scenario_id TEXT", "year INTEGER", "iteration INTEGER", "relative_gap REAL", "residual REAL", "objective REAL")}},
		{&w.capacity, gpkg.Table{Name: "rail_capacity", Title: "Where the capacity of each rail link comes from", Columns: columns("scenario_id TEXT", "year INTEGER", "link_id TEXT", "origin TEXT",
			"trains_per_day INTEGER", "trains_per_day_low INTEGER", "trains_per_day_high INTEGER", "section_id TEXT", "capacity_t_per_yr REAL", "capacity_scope TEXT", "rule TEXT"), Indexes: []string{"scenario_id, year"}}},
		{&w.start, gpkg.Table{Name: "start", Title: "Volumes of resources at the solution, where a solve can start (float64, little endian)", Columns: columns("scenario_id TEXT", "year INTEGER", "volume BLOB")}},
	}
	if w.m.Inputs().TradeModel.Sigma > 0 {
		list = append(list, w.tradeTables()...)
	}
	if len(w.m.Inputs().Pipelines) > 0 {
		list = append(list, insertTable{&w.pipelineLink, gpkg.Table{Name: "pipeline_link", Title: "Where the capacity of each link of a pipeline comes from", Columns: columns("scenario_id TEXT", "year INTEGER", "link_id TEXT",
			"pipeline_id TEXT", "step_id TEXT", "capacity_t_per_yr REAL", "bottleneck TEXT"), Indexes: []string{"scenario_id, year"}}})
	}
	for _, t := range list {
		in, err := w.w.Add(t.table)
		if err != nil {
			return err
		}
		*t.into = in
	}
	return nil
}

// leastRouteShare and mostRoutes bound what is stored of a cell's routes.
const (
	leastRouteShare = 0.02
	mostRoutes      = 5
)

// Outcome writes the outcome of a task.
func (w *Writer) Outcome(t karvan.Task, o *karvan.Outcome) error {
	in := w.m.Inputs()
	s, y := t.Scenario, t.Year
	if t.Scenario == "base" {
		w.bases[y] = o
	}
	scenario, _ := in.ScenarioByKey(s)
	binding := karvan.BindingIn(w.bases[y], scenario.Relaxes)
	if s == "base" {
		binding = karvan.Binding{}
	}
	unserved := 0.0
	for _, u := range o.Unserved {
		unserved += u.DemandTPerYr
	}
	ratio := any(nil)
	if binding.What != "" {
		ratio = binding.Ratio
	}
	if err := w.scenarioYear.Row(s, y, t.SameAs, o.Converged, o.Note, scenario.Relaxes.Text, binding.Status, binding.What, ratio, unserved); err != nil {
		return err
	}
	for _, r := range o.Links {
		if err := w.linkResult.Row(s, y, o.Net.Links[r.Link].Key, r.Direction, in.Commodities[r.Commodity].Key, r.FlowTPerYr, r.TimeH, r.CostUSDPerT); err != nil {
			return err
		}
	}
	for _, r := range o.Loads {
		w.seen(&o.Net.Links[r.Link])
		if err := w.linkLoad.Row(s, y, o.Net.Links[r.Link].Key, r.Direction, r.FlowTPerYr, r.CapacityTPerYr, r.LoadRatio, r.Scope.String(), r.DelayH); err != nil {
			return err
		}
	}
	for _, r := range o.Terminals {
		if err := w.terminalLoad.Row(s, y, r.Key, r.Kind, r.Node, r.Direction, r.FlowTPerYr, r.CapacityTPerYr, r.LoadRatio, r.DelayH); err != nil {
			return err
		}
	}
	if err := w.cells(t, o); err != nil {
		return err
	}
	for _, r := range o.Indicator {
		if !w.defined[r.ID] {
			w.defined[r.ID] = true
			w.defs = append(w.defs, r.ID)
		}
		if err := w.indicator.Row(s, y, r.ID, r.Value, r.Low, r.High, r.Unit); err != nil {
			return err
		}
	}
	for _, r := range o.Trace {
		if err := w.convergence.Row(s, y, r.Number, r.RelativeGap, r.Residual, r.Objective); err != nil {
			return err
		}
	}
	for i := range o.Capacity {
		c := &o.Capacity[i]
		if c.Line != "" {
			if err := w.pipelineLink.Row(s, y, o.Net.Links[i].Key, c.Line, c.Section, c.TPerYr, c.Rule); err != nil {
				return err
			}
		}
		if c.Trains == 0 {
			continue
		}
		if err := w.capacity.Row(s, y, o.Net.Links[i].Key, c.Origin, c.Trains, c.TrainsLow, c.TrainsHigh, c.Section, c.TPerYr, c.Scope.String(), c.Rule); err != nil {
			return err
		}
	}
	if err := w.trade(s, y, o.Trade); err != nil {
		return err
	}
	volume := make([]byte, 0, 8*len(o.Volume))
	for _, v := range o.Volume {
		volume = binary.LittleEndian.AppendUint64(volume, math.Float64bits(v))
	}
	return w.start.Row(s, y, volume)
}

// cells writes the cells of demand, and their routes unless the outcome is
// another scenario's: scenario_year.same_as says where those are.
func (w *Writer) cells(t karvan.Task, o *karvan.Outcome) error {
	in := w.m.Inputs()
	first := w.odRow
	for _, r := range o.OD {
		w.odRow++
		if err := w.odResult.Row(w.odRow, t.Scenario, t.Year, in.Zones[r.From].Key, in.Zones[r.To].Key, in.Commodities[r.Commodity].Key, r.DemandTPerYr, r.CostUSDPerT,
			r.PerceivedUSDPerT, r.MoneyUSDPerT, r.FeeUSDPerT, r.TimeH, r.BorderH, r.DistanceKm, r.Anchor); err != nil {
			return err
		}
	}
	if t.SameAs != "" {
		return nil
	}
	for i := range o.Routes {
		r := &o.Routes[i]
		if r.Rank > 1 && r.Share < leastRouteShare || r.Rank > mostRoutes {
			continue
		}
		id, ok := w.paths[r.Path]
		if !ok {
			id = int64(len(w.pathList) + 1)
			w.paths[r.Path] = id
			w.pathList = append(w.pathList, r.Path)
			w.chains = append(w.chains, r.Chain)
		}
		if err := w.route.Row(first+int64(r.OD)+1, r.Rank, r.Share, r.FlowTPerYr, r.CostUSDPerT, r.MoneyUSDPerT, r.FeeUSDPerT, r.TimeH, r.BorderH, r.DistanceKm, id); err != nil {
			return err
		}
	}
	return nil
}

// seen keeps links that only a scenario has.
func (w *Writer) seen(l *network.Link) {
	if w.links[l.Key] {
		return
	}
	w.links[l.Key] = true
	if _, ok := w.m.Inputs().Network.LinkByKey(l.Key); !ok {
		copied := *l
		w.added = append(w.added, &copied)
	}
}

// Base gives the base's outcome of a year that was written, or nil.
func (w *Writer) Base(year int) *karvan.Outcome { return w.bases[year] }

// Abort throws the file away.
func (w *Writer) Abort() { w.w.Abort() }

// Finish writes the tables that describe the study and gives the file its
// name. wall is how long the run took.
func (w *Writer) Finish(wall time.Duration) error {
	err := w.describe(wall)
	if err != nil {
		w.w.Abort()
		return fmt.Errorf("store: %w", err)
	}
	if err := w.w.Finish(w.stamp()); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// stamp is the date that the tables bear: SOURCE_DATE_EPOCH, or the study's
// base date, so that the same study gives the same bytes.
func (w *Writer) stamp() time.Time {
	if s, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(s, 0).UTC()
	}
	t, err := time.Parse("2006-01-02", w.m.Inputs().BaseDate)
	if err != nil {
		return time.Unix(0, 0).UTC()
	}
	return t
}

func (w *Writer) describe(wall time.Duration) error {
	steps := []func() error{w.writeScenarios, w.writeNodes, w.writeLinks, w.writeTerminals, w.writeZones, w.writeCommodities, w.writePaths, w.writeDefinitions, w.writeObserved,
		w.writeSources, w.writeProjects, w.writeTargets, w.writeSeries, w.writeNowcasts, w.writeTargetResults, w.writeRegions, w.writeProvenance, w.writeFiles, func() error { return w.writeRun(wall) }}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// fill makes a table and hands its inserter to each.
func (w *Writer) fill(t gpkg.Table, each func(in *gpkg.Insert) error) error {
	in, err := w.w.Add(t)
	if err != nil {
		return err
	}
	return each(in)
}

func (w *Writer) writeRun(wall time.Duration) error {
	in := w.m.Inputs()
	hashes := map[string]string{}
	for _, f := range in.Files {
		hashes[f.Path] = f.SHA256
	}
	inputs, err := json.Marshal(hashes)
	if err != nil {
		return err
	}
	title, _ := json.Marshal(in.Title)
	return w.fill(gpkg.Table{Name: "run", Title: "How this file came about", Columns: columns("format_version INTEGER", "version TEXT", "study_id TEXT", "title TEXT", "base_year INTEGER",
		"price_year INTEGER", "currency TEXT", "base_date TEXT", "behaviour TEXT", "seed INTEGER", "inputs_sha256 TEXT", "started_at TEXT", "wall_s REAL")}, func(i *gpkg.Insert) error {
		return i.Row(FormatVersion, w.version, in.Name, string(title), in.BaseYear, in.PriceYear, in.Currency, in.BaseDate, in.Solver.Behaviour, int64(in.Solver.Seed), string(inputs),
			w.started.UTC().Format(time.RFC3339), wall.Seconds())
	})
}

func (w *Writer) writeScenarios() error {
	return w.fill(gpkg.Table{Name: "scenario", Title: "Scenarios", Columns: columns("scenario_id TEXT", "title TEXT", "titles TEXT", "summary TEXT", "parent_id TEXT", "projects TEXT", "effects TEXT", "relaxes TEXT", "source_id TEXT")},
		func(i *gpkg.Insert) error {
			for _, s := range w.m.Inputs().Scenarios {
				titles, _ := json.Marshal(s.Title)
				var effects []string
				for k := range s.Effects {
					effects = append(effects, s.Effects[k].Describe())
				}
				if err := i.Row(s.Key, s.Title["en"], string(titles), s.Summary["en"], s.Parent, strings.Join(s.Projects, ";"), strings.Join(effects, "\n"), s.Relaxes.Text, s.SourceID); err != nil {
					return err
				}
			}
			return nil
		})
}

func (w *Writer) writeNodes() error {
	return w.fill(gpkg.Table{Name: "node", Title: "Nodes", Geometry: "POINT", Columns: columns("node_id TEXT", "name TEXT", "alt_names TEXT", "kind TEXT", "country_iso2 TEXT", "source_id TEXT", "confidence TEXT",
		"estimate BOOLEAN", "note TEXT")}, func(i *gpkg.Insert) error {
		for _, n := range w.m.Inputs().Network.Nodes {
			if err := i.Feature(orb.Point{n.Lon, n.Lat}, n.Key, n.Name, strings.Join(n.AltNames, ";"), n.Kind, n.Country, n.SourceID, n.Confidence, n.Estimate(), n.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeLinks() error {
	n := w.m.Inputs().Network
	return w.fill(gpkg.Table{Name: "link", Title: "Links", Geometry: "LINESTRING", Columns: columns("link_id TEXT", "name TEXT", "from_node_id TEXT", "to_node_id TEXT", "mode TEXT", "length_km REAL", "tracks INTEGER",
		"electrified TEXT", "capacity_t_per_yr REAL", "cargo_forms TEXT", "status TEXT", "open_year INTEGER", "directed BOOLEAN", "source_id TEXT", "confidence TEXT", "estimate BOOLEAN", "note TEXT"),
		Indexes: []string{"link_id"}}, func(i *gpkg.Insert) error {
		all := make([]*network.Link, 0, len(n.Links)+len(w.added))
		for k := range n.Links {
			all = append(all, &n.Links[k])
		}
		all = append(all, w.added...)
		for _, l := range all {
			var forms []string
			for _, f := range l.Forms.Forms() {
				forms = append(forms, f.String())
			}
			open := any(nil)
			if l.OpenYear > 0 {
				open = l.OpenYear
			}
			if err := i.Feature(n.Shape(l), l.Key, l.Name, n.Nodes[l.From].Key, n.Nodes[l.To].Key, l.Mode, l.LengthKm, l.Tracks, l.Electrified, l.CapacityTPerYr, strings.Join(forms, ";"), l.Status, open,
				l.Directed, l.SourceID, l.Confidence, l.Estimate(), l.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeTerminals() error {
	n := w.m.Inputs().Network
	return w.fill(gpkg.Table{Name: "terminal", Title: "Terminals and borders", Columns: columns("node_id TEXT", "kind TEXT", "from_mode TEXT", "to_mode TEXT", "cargo_forms TEXT", "dwell_h REAL", "dwell_sd_h REAL",
		"cost_usd_per_t REAL", "fee_usd_per_t REAL", "capacity_t_per_yr REAL", "capacity_group TEXT", "at_link TEXT", "open_share REAL", "source_id TEXT", "confidence TEXT", "estimate BOOLEAN", "note TEXT"),
		Indexes: []string{"node_id"}}, func(i *gpkg.Insert) error {
		for _, t := range n.Terminals {
			var forms []string
			for _, f := range t.Forms.Forms() {
				forms = append(forms, f.String())
			}
			if err := i.Row(n.Nodes[t.Node].Key, string(t.Kind), t.FromMode, t.ToMode, strings.Join(forms, ";"), t.DwellH, t.DwellSDH, t.CostUSDPerT, t.FeeUSDPerT, t.CapacityTPerYr, t.CapacityGroup, t.AtLink,
				t.OpenShare, t.SourceID, t.Confidence, t.Estimate(), t.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeZones() error {
	return w.fill(gpkg.Table{Name: "zone", Title: "Zones", Columns: columns("zone_id TEXT", "name TEXT", "country_iso2 TEXT", "zone_group TEXT", "node_id TEXT", "source_id TEXT", "confidence TEXT")}, func(i *gpkg.Insert) error {
		for _, z := range w.m.Inputs().Zones {
			if err := i.Row(z.Key, z.Name, z.Country, z.Group, z.Node, z.SourceID, z.Confidence); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeCommodities() error {
	return w.fill(gpkg.Table{Name: "commodity", Title: "Commodities", Columns: columns("commodity_id TEXT", "name TEXT", "value_usd_per_t REAL", "value_of_time_usd_per_t_h REAL",
		"value_of_reliability_usd_per_t_h REAL", "dispersion_t_per_usd REAL", "energy BOOLEAN", "source_id TEXT", "confidence TEXT", "estimate BOOLEAN", "note TEXT")}, func(i *gpkg.Insert) error {
		for _, c := range w.m.Inputs().Commodities {
			if err := i.Row(c.Key, c.Name, c.ValueUSDPerT, c.ValueOfTimeUSDPerTH, c.ValueOfReliabilityUSDTH, c.DispersionTPerUSD, c.Energy, c.SourceID, c.Confidence, c.Estimate(), c.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writePaths() error {
	return w.fill(gpkg.Table{Name: "route_path", Title: "Ways of the routes: links with + along and - against, @ terminals and borders", Columns: columns("path_id INTEGER PRIMARY KEY", "chain TEXT", "path TEXT")}, func(i *gpkg.Insert) error {
		for k, p := range w.pathList {
			if err := i.Row(int64(k+1), w.chains[k], p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeDefinitions() error {
	return w.fill(gpkg.Table{Name: "indicator_definition", Title: "What the indicators mean", Columns: columns("indicator_id TEXT", "title TEXT", "unit TEXT", "indicator_group TEXT", "meaning TEXT")}, func(i *gpkg.Insert) error {
		for _, id := range w.defs {
			d := w.m.Define(id)
			if err := i.Row(d.ID, d.Title, d.Unit, d.Group, d.Meaning); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeObserved() error {
	return w.fill(gpkg.Table{Name: "observed", Title: "Observations and what is modelled", Columns: columns("obs_id TEXT", "indicator_id TEXT", "period TEXT", "year INTEGER", "observed REAL", "modelled REAL", "low REAL",
		"high REAL", "unit TEXT", "role TEXT", "reason TEXT", "source_id TEXT", "confidence TEXT", "note TEXT")}, func(i *gpkg.Insert) error {
		for _, s := range w.m.Validate(w.bases) {
			year := any(nil)
			if s.Year > 0 {
				year = s.Year
			}
			if err := i.Row(s.Key, s.Indicator, s.Period, year, s.Value, s.Modelled, s.Low, s.High, s.Unit, s.Role, s.Reason, s.SourceID, s.Confidence, s.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeSources() error {
	return w.fill(gpkg.Table{Name: "source", Title: "Sources", Columns: columns("source_id TEXT", "title TEXT", "publisher TEXT", "author TEXT", "date TEXT", "url TEXT", "language TEXT", "place TEXT")}, func(i *gpkg.Insert) error {
		for _, s := range w.m.Inputs().Sources {
			if err := i.Row(s.Key, s.Title, s.Publisher, s.Author, s.Date, s.URL, s.Language, s.Place); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeProjects() error {
	return w.fill(gpkg.Table{Name: "project", Title: "Projects", Columns: columns("project_id TEXT", "title TEXT", "status TEXT", "sector TEXT", "links TEXT", "source_id TEXT", "confidence TEXT", "note TEXT")}, func(i *gpkg.Insert) error {
		for _, p := range w.m.Inputs().Projects {
			if err := i.Row(p.Key, p.Title, p.Status, p.Sector, strings.Join(p.Links, ";"), p.SourceID, p.Confidence, p.Note); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeTargets() error {
	return w.fill(gpkg.Table{Name: "target", Title: "Targets", Columns: columns("target_id TEXT", "indicator TEXT", "value REAL", "unit TEXT", "by_date TEXT", "set_by TEXT", "set_on TEXT", "source_id TEXT", "confidence TEXT")}, func(i *gpkg.Insert) error {
		for _, t := range w.m.Inputs().Targets {
			if err := i.Row(t.Key, t.Indicator, t.Value, t.Unit, t.ByDate, t.SetBy, t.SetOn, t.SourceID, t.Confidence); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeProvenance says, for each input row, where it came from.
func (w *Writer) writeProvenance() error {
	in := w.m.Inputs()
	return w.fill(gpkg.Table{Name: "provenance", Title: "Where each input came from", Columns: columns("subject TEXT", "subject_id TEXT", "source_id TEXT", "confidence TEXT", "estimate BOOLEAN", "note TEXT"), Indexes: []string{"subject, subject_id"}},
		func(i *gpkg.Insert) error {
			put := func(subject, id string, p network.Provenance) error {
				return i.Row(subject, id, p.SourceID, p.Confidence, p.Estimate(), p.Note)
			}
			for _, n := range in.Network.Nodes {
				if err := put("node", n.Key, n.Provenance); err != nil {
					return err
				}
			}
			for _, l := range in.Network.Links {
				if err := put("link", l.Key, l.Provenance); err != nil {
					return err
				}
			}
			for _, t := range in.Network.Terminals {
				if err := put("terminal", fmt.Sprintf("%s %s %s-%s", in.Network.Nodes[t.Node].Key, t.Kind, t.FromMode, t.ToMode), t.Provenance); err != nil {
					return err
				}
			}
			for _, s := range in.Network.Services {
				if err := put("service", s.Key, s.Provenance); err != nil {
					return err
				}
			}
			for _, s := range in.Network.Sections {
				if err := put("rail_section", s.Key, s.Provenance); err != nil {
					return err
				}
			}
			for _, c := range in.Costs {
				if err := put("cost", strings.TrimRight(strings.Join([]string{c.Parameter, c.Mode, c.Form, c.Group}, " "), " "), c.Provenance); err != nil {
					return err
				}
			}
			for _, c := range in.Demand {
				id := fmt.Sprintf("%s %s %s %d", in.Zones[c.From].Key, in.Zones[c.To].Key, in.Commodities[c.Commodity].Key, c.Year)
				if err := put("demand", id, network.Provenance{SourceID: c.SourceID, Confidence: c.Confidence, Note: c.Anchor}); err != nil {
					return err
				}
			}
			return nil
		})
}

func (w *Writer) writeFiles() error {
	return w.fill(gpkg.Table{Name: "study_file", Title: "The study that was run, file by file", Columns: columns("path TEXT", "sha256 TEXT", "content BLOB")}, func(i *gpkg.Insert) error {
		for _, f := range w.m.Inputs().Files {
			if err := i.Row(f.Path, f.SHA256, f.Content); err != nil {
				return err
			}
		}
		return nil
	})
}
