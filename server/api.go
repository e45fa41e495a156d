package server

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/http"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb/geojson"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store"
)

// body wraps a value as huma wants it.
type body[T any] struct{ Body T }

func wrap[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// When is the scenario and year that most requests are about.
type When struct {
	Scenario string `query:"scenario" required:"true" maxLength:"200" doc:"Scenario"`
	Year     int    `query:"year" required:"true" minimum:"1800" maximum:"2200" doc:"Year"`
}

func get[I, O any](api huma.API, path, summary string, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: path, Summary: summary, OperationID: strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path), "-")}, h)
}

func (s *Server) routes(api huma.API) {
	get(api, "/api/meta", "What the result holds", s.meta)
	get(api, "/api/network", "Links and nodes as GeoJSON (small networks; else tiles)", s.network)
	get(api, "/api/flows", "Flow and load of every link", s.flows)
	get(api, "/api/terminals", "Load of terminals, borders, capacity groups and services", s.terminals)
	get(api, "/api/link", "One link: flows by commodity, capacity, source", s.link)
	get(api, "/api/node", "One node: terminals, borders, loads, source", s.node)
	get(api, "/api/nodes", "Every node with what arrives and leaves", s.nodes)
	get(api, "/api/pairs", "Every pair of zones with its demand and cost", s.pairs)
	get(api, "/api/zones", "Zones, and the pairs that have demand", s.zones)
	get(api, "/api/od", "One pair of zones: cost split and routes", s.od)
	get(api, "/api/indicators", "Indicators of all scenarios and years", s.indicators)
	get(api, "/api/compare", "Scenario b against a", s.compare)
	get(api, "/api/observed", "Observations and what is modelled", s.observed)
	get(api, "/api/source", "One source", s.source)
	get(api, "/api/search", "Places and links by name", s.search)
}

type metaScenario struct {
	ID        string               `json:"id"`
	Titles    map[string]string    `json:"titles"`
	Summary   map[string]string    `json:"summary"`
	Relaxes   string               `json:"relaxes"`
	Effects   []string             `json:"effects"`
	Projects  []string             `json:"projects"`
	SourceID  string               `json:"source_id"`
	YearsRun  []store.ScenarioYear `json:"years"`
	ParentKey string               `json:"parent"`
}

type metaCommodity struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Energy   bool   `json:"energy"`
	Estimate bool   `json:"estimate"`
	SourceID string `json:"source_id"`
}

type meta struct {
	Run         store.RunInfo   `json:"run"`
	Scenarios   []metaScenario  `json:"scenarios"`
	Years       []int           `json:"years"`
	Commodities []metaCommodity `json:"commodities"`
	Modes       []string        `json:"modes"`
	Bounds      [4]float64      `json:"bounds" doc:"west, south, east, north"`
	Links       int             `json:"links"`
	Tiles       bool            `json:"tiles" doc:"The network comes as vector tiles"`
	Register    bool            `json:"register" doc:"The site has a register to read"`
}

func (s *Server) meta(context.Context, *struct{}) (*body[meta], error) {
	in := s.model.Inputs()
	m := meta{Run: s.result.Run, Links: len(s.net.links.Features), Tiles: len(s.net.links.Features) > smallNetwork, Register: s.options.Register != nil,
		Bounds: [4]float64{s.net.bound.Min[0], s.net.bound.Min[1], s.net.bound.Max[0], s.net.bound.Max[1]}}
	years := map[int]bool{}
	index := map[string]int{}
	for _, y := range s.years {
		years[y.Year] = true
		at, ok := index[y.Scenario]
		if !ok {
			sc, found := in.ScenarioByKey(y.Scenario)
			if !found {
				continue
			}
			at = len(m.Scenarios)
			if sc.Summary == nil {
				sc.Summary = map[string]string{}
			}
			if sc.Projects == nil {
				sc.Projects = []string{}
			}
			index[y.Scenario] = at
			ms := metaScenario{ID: sc.Key, Titles: sc.Title, Summary: sc.Summary, Relaxes: sc.Relaxes.Text, Projects: sc.Projects, SourceID: sc.SourceID, ParentKey: sc.Parent, Effects: []string{}}
			for i := range sc.Effects {
				ms.Effects = append(ms.Effects, sc.Effects[i].Describe())
			}
			m.Scenarios = append(m.Scenarios, ms)
		}
		m.Scenarios[at].YearsRun = append(m.Scenarios[at].YearsRun, y)
	}
	for y := range years {
		m.Years = append(m.Years, y)
	}
	sort.Ints(m.Years)
	for _, c := range in.Commodities {
		m.Commodities = append(m.Commodities, metaCommodity{c.Key, c.Name, c.Energy, c.Estimate(), c.SourceID})
	}
	used := map[string]bool{}
	for _, l := range in.Network.Links {
		used[l.Mode] = true
	}
	for _, mode := range in.Network.Modes {
		if used[mode.Key] {
			m.Modes = append(m.Modes, mode.Key)
		}
	}
	return &body[meta]{m}, nil
}

type networkBody struct {
	Links *geojson.FeatureCollection `json:"links"`
	Nodes *geojson.FeatureCollection `json:"nodes"`
}

func (s *Server) network(context.Context, *struct{}) (*body[networkBody], error) {
	if len(s.net.links.Features) > smallNetwork {
		return nil, huma.Error400BadRequest("the network is too large for one answer: use /api/tiles/{z}/{x}/{y}")
	}
	return &body[networkBody]{networkBody{s.net.links, s.net.nodes}}, nil
}

// run reports whether a scenario was run in a year, as an error to the client.
func (s *Server) run(w When) error {
	for _, y := range s.years {
		if y.Scenario == w.Scenario && y.Year == w.Year {
			return nil
		}
	}
	return huma.Error404NotFound(fmt.Sprintf("scenario %q was not run in %d", w.Scenario, w.Year))
}

type flowRow struct {
	Link      string   `json:"link_id"`
	Direction int      `json:"direction"`
	Flow      float64  `json:"flow_t_per_yr"`
	Capacity  *float64 `json:"capacity_t_per_yr"`
	Ratio     float64  `json:"load_ratio"`
	Scope     string   `json:"capacity_scope"`
	DelayH    float64  `json:"delay_h"`
}

// flows gives the flow of each direction of each link: of all goods with the
// load, or of one commodity (whose load is still that of all).
func (s *Server) flows(ctx context.Context, in *struct {
	When
	Commodity string `query:"commodity" maxLength:"200" doc:"Commodity; none: all"`
}) (*body[[]flowRow], error) {
	if err := s.run(in.When); err != nil {
		return nil, err
	}
	query := `SELECT link_id, direction, flow_t_per_yr, capacity_t_per_yr, load_ratio, capacity_scope, delay_h FROM link_load WHERE scenario_id = ? AND year = ? ORDER BY fid`
	args := []any{in.Scenario, in.Year}
	if in.Commodity != "" {
		query = `SELECT l.link_id, l.direction, coalesce(r.flow_t_per_yr, 0), l.capacity_t_per_yr, l.load_ratio, l.capacity_scope, l.delay_h FROM link_load l
			LEFT JOIN link_result r ON r.scenario_id = l.scenario_id AND r.year = l.year AND r.link_id = l.link_id AND r.direction = l.direction AND r.commodity_id = ?
			WHERE l.scenario_id = ? AND l.year = ? ORDER BY l.fid`
		args = []any{in.Commodity, in.Scenario, in.Year}
	}
	return wrap(collect(ctx, s, query, func(r *flowRow) []any {
		return []any{&r.Link, &r.Direction, &r.Flow, &r.Capacity, &r.Ratio, &r.Scope, &r.DelayH}
	}, args...))
}

// collect reads rows into a list; into gives where the columns of a row go.
func collect[T any](ctx context.Context, s *Server, query string, into func(*T) []any, args ...any) ([]T, error) {
	rows, err := s.result.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		var v T
		if err := rows.Scan(into(&v)...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

type terminalRow struct {
	ID        string  `json:"resource_id"`
	Kind      string  `json:"kind"`
	Node      string  `json:"node_id"`
	Direction int     `json:"direction"`
	Flow      float64 `json:"flow_t_per_yr"`
	Capacity  float64 `json:"capacity_t_per_yr"`
	Ratio     float64 `json:"load_ratio"`
	DelayH    float64 `json:"delay_h"`
}

func (s *Server) terminals(ctx context.Context, in *When) (*body[[]terminalRow], error) {
	if err := s.run(*in); err != nil {
		return nil, err
	}
	return wrap(s.terminalsAt(ctx, *in, ""))
}

// terminalsAt lists loads, of one node or of all.
func (s *Server) terminalsAt(ctx context.Context, w When, node string) ([]terminalRow, error) {
	query := "SELECT resource_id, kind, node_id, direction, flow_t_per_yr, capacity_t_per_yr, load_ratio, delay_h FROM terminal_load WHERE scenario_id = ? AND year = ?"
	args := []any{w.Scenario, w.Year}
	if node != "" {
		query += " AND node_id = ?"
		args = append(args, node)
	}
	return collect(ctx, s, query+" ORDER BY load_ratio DESC, resource_id, direction", func(r *terminalRow) []any {
		return []any{&r.ID, &r.Kind, &r.Node, &r.Direction, &r.Flow, &r.Capacity, &r.Ratio, &r.DelayH}
	}, args...)
}

type linkFlow struct {
	Commodity string  `json:"commodity_id"`
	Direction int     `json:"direction"`
	Flow      float64 `json:"flow_t_per_yr"`
	TimeH     float64 `json:"time_h"`
	Cost      float64 `json:"cost_usd_per_t"`
}

type railCapacity struct {
	Origin  string `json:"origin"`
	Trains  int    `json:"trains_per_day"`
	Low     int    `json:"trains_per_day_low"`
	High    int    `json:"trains_per_day_high"`
	Section string `json:"section_id"`
	Rule    string `json:"rule"`
}

type linkPipeline struct {
	ID         string `json:"pipeline_id"`
	Step       string `json:"step"`
	Bottleneck string `json:"bottleneck"`
}

type linkBody struct {
	ID       string         `json:"link_id"`
	Name     string         `json:"name"`
	From     string         `json:"from_node_id"`
	To       string         `json:"to_node_id"`
	Mode     string         `json:"mode"`
	LengthKm float64        `json:"length_km"`
	Tracks   int            `json:"tracks"`
	Forms    string         `json:"cargo_forms"`
	Status   string         `json:"status"`
	OpenYear *int           `json:"open_year"`
	Estimate bool           `json:"estimate"`
	SourceID string         `json:"source_id"`
	Note     string         `json:"note"`
	Loads    []flowRow      `json:"loads"`
	Flows    []linkFlow     `json:"flows"`
	Rail     *railCapacity  `json:"rail_capacity,omitempty"`
	Pipeline *linkPipeline  `json:"pipeline,omitempty" doc:"The line whose hydraulics give the capacity"`
	Projects []projectEntry `json:"projects"`
}

type projectEntry struct {
	ID     string `json:"project_id"`
	Title  string `json:"title"`
	Status string `json:"status"`
}

func (s *Server) link(ctx context.Context, in *struct {
	When
	ID string `query:"id" required:"true" maxLength:"300" doc:"Link"`
}) (*body[linkBody], error) {
	var l linkBody
	err := s.result.DB.QueryRowContext(ctx, "SELECT link_id, name, from_node_id, to_node_id, mode, length_km, tracks, cargo_forms, status, open_year, estimate, source_id, note FROM link WHERE link_id = ?", in.ID).
		Scan(&l.ID, &l.Name, &l.From, &l.To, &l.Mode, &l.LengthKm, &l.Tracks, &l.Forms, &l.Status, &l.OpenYear, &l.Estimate, &l.SourceID, &l.Note)
	if err == sql.ErrNoRows {
		return nil, huma.Error404NotFound(fmt.Sprintf("there is no link %q", in.ID))
	}
	if err != nil {
		return nil, err
	}
	if l.Loads, err = collect(ctx, s, "SELECT link_id, direction, flow_t_per_yr, capacity_t_per_yr, load_ratio, capacity_scope, delay_h FROM link_load WHERE scenario_id = ? AND year = ? AND link_id = ? ORDER BY direction DESC",
		func(r *flowRow) []any {
			return []any{&r.Link, &r.Direction, &r.Flow, &r.Capacity, &r.Ratio, &r.Scope, &r.DelayH}
		}, in.Scenario, in.Year, in.ID); err != nil {
		return nil, err
	}
	if l.Flows, err = collect(ctx, s, "SELECT commodity_id, direction, flow_t_per_yr, time_h, cost_usd_per_t FROM link_result WHERE scenario_id = ? AND year = ? AND link_id = ? ORDER BY flow_t_per_yr DESC",
		func(r *linkFlow) []any { return []any{&r.Commodity, &r.Direction, &r.Flow, &r.TimeH, &r.Cost} }, in.Scenario, in.Year, in.ID); err != nil {
		return nil, err
	}
	var rail railCapacity
	err = s.result.DB.QueryRowContext(ctx, "SELECT origin, trains_per_day, trains_per_day_low, trains_per_day_high, section_id, rule FROM rail_capacity WHERE scenario_id = ? AND year = ? AND link_id = ?", in.Scenario, in.Year, in.ID).
		Scan(&rail.Origin, &rail.Trains, &rail.Low, &rail.High, &rail.Section, &rail.Rule)
	if err == nil {
		l.Rail = &rail
	} else if err != sql.ErrNoRows {
		return nil, err
	}
	if l.Pipeline, err = s.linkPipeline(ctx, in.When, in.ID); err != nil {
		return nil, err
	}
	l.Projects = []projectEntry{}
	for _, p := range s.model.Inputs().Projects {
		for _, key := range p.Links {
			if key == in.ID {
				l.Projects = append(l.Projects, projectEntry{p.Key, p.Title, p.Status})
				break
			}
		}
	}
	return &body[linkBody]{l}, nil
}

type terminalInput struct {
	Kind     string   `json:"kind"`
	FromMode string   `json:"from_mode"`
	ToMode   string   `json:"to_mode"`
	Forms    string   `json:"cargo_forms"`
	DwellH   float64  `json:"dwell_h"`
	SDH      float64  `json:"dwell_sd_h"`
	Cost     float64  `json:"cost_usd_per_t"`
	Capacity *float64 `json:"capacity_t_per_yr"`
	Group    string   `json:"capacity_group"`
	AtLink   string   `json:"at_link"`
	Open     float64  `json:"open_share"`
	SourceID string   `json:"source_id"`
	Estimate bool     `json:"estimate"`
	Note     string   `json:"note"`
}

type nodeBody struct {
	ID        string          `json:"node_id"`
	Name      string          `json:"name"`
	AltNames  string          `json:"alt_names"`
	Kind      string          `json:"kind"`
	Country   string          `json:"country_iso2"`
	SourceID  string          `json:"source_id"`
	Estimate  bool            `json:"estimate"`
	Note      string          `json:"note"`
	Terminals []terminalInput `json:"terminals"`
	Loads     []terminalRow   `json:"loads"`
	Zones     []string        `json:"zones"`
}

func (s *Server) node(ctx context.Context, in *struct {
	When
	ID string `query:"id" required:"true" maxLength:"300" doc:"Node"`
}) (*body[nodeBody], error) {
	var n nodeBody
	err := s.result.DB.QueryRowContext(ctx, "SELECT node_id, name, alt_names, kind, country_iso2, source_id, estimate, note FROM node WHERE node_id = ?", in.ID).
		Scan(&n.ID, &n.Name, &n.AltNames, &n.Kind, &n.Country, &n.SourceID, &n.Estimate, &n.Note)
	if err == sql.ErrNoRows {
		return nil, huma.Error404NotFound(fmt.Sprintf("there is no node %q", in.ID))
	}
	if err != nil {
		return nil, err
	}
	if n.Terminals, err = collect(ctx, s, `SELECT kind, from_mode, to_mode, cargo_forms, dwell_h, dwell_sd_h, cost_usd_per_t, capacity_t_per_yr, capacity_group, at_link, open_share, source_id, estimate, note
		FROM terminal WHERE node_id = ? ORDER BY fid`, func(r *terminalInput) []any {
		return []any{&r.Kind, &r.FromMode, &r.ToMode, &r.Forms, &r.DwellH, &r.SDH, &r.Cost, &r.Capacity, &r.Group, &r.AtLink, &r.Open, &r.SourceID, &r.Estimate, &r.Note}
	}, in.ID); err != nil {
		return nil, err
	}
	if n.Loads, err = s.terminalsAt(ctx, in.When, in.ID); err != nil {
		return nil, err
	}
	n.Zones, err = collect(ctx, s, "SELECT zone_id FROM zone WHERE node_id = ? ORDER BY fid", func(z *string) []any { return []any{z} }, in.ID)
	return wrap(n, err)
}

type nodeRow struct {
	ID        string   `json:"node_id"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Country   string   `json:"country_iso2"`
	Lon       float64  `json:"lon"`
	Lat       float64  `json:"lat"`
	Zones     int      `json:"zones"`
	Arrives   float64  `json:"arrives_t_per_yr" doc:"Of all goods, by all links that end here"`
	Leaves    float64  `json:"leaves_t_per_yr"`
	Terminals *string  `json:"terminals" doc:"Kinds of terminals, and border or gauge change"`
	DwellH    *float64 `json:"dwell_h" doc:"The longest of its borders and gauge changes"`
	SourceID  string   `json:"source_id"`
	Estimate  bool     `json:"estimate"`
}

func (s *Server) nodes(ctx context.Context, in *When) (*body[[]nodeRow], error) {
	if err := s.run(*in); err != nil {
		return nil, err
	}
	type ends struct{ arrives, leaves float64 }
	type flow struct {
		from, to string
		tonnes   float64
	}
	flows, err := collect(ctx, s, `SELECT CASE direction WHEN 1 THEN from_node_id ELSE to_node_id END, CASE direction WHEN 1 THEN to_node_id ELSE from_node_id END, flow_t_per_yr
		FROM link_load JOIN link USING (link_id) WHERE scenario_id = ? AND year = ? ORDER BY link_load.fid`, func(f *flow) []any { return []any{&f.from, &f.to, &f.tonnes} }, in.Scenario, in.Year)
	if err != nil {
		return nil, err
	}
	sums := map[string]ends{}
	for _, f := range flows {
		a, b := sums[f.from], sums[f.to]
		a.leaves += f.tonnes
		b.arrives += f.tonnes
		sums[f.from], sums[f.to] = a, b
	}
	out := []nodeRow{}
	for _, f := range s.net.nodes.Features {
		p, at := f.Properties, f.Geometry.Bound().Center()
		n := nodeRow{ID: p.MustString("id"), Name: p.MustString("name", ""), Kind: p.MustString("kind", ""), Country: p.MustString("country", ""), Lon: at[0], Lat: at[1],
			SourceID: p.MustString("source_id", ""), Estimate: p.MustBool("estimate", false)}
		if t, ok := p["terminals"].(string); ok {
			n.Terminals = &t
		}
		if h, ok := p["dwell_h"].(float64); ok {
			n.DwellH = &h
		}
		if z, ok := p["zones"].(int64); ok {
			n.Zones = int(z)
		}
		n.Arrives, n.Leaves = sums[n.ID].arrives, sums[n.ID].leaves
		out = append(out, n)
	}
	return &body[[]nodeRow]{out}, nil
}

type pairRow struct {
	From      string  `json:"from_zone"`
	To        string  `json:"to_zone"`
	Commodity string  `json:"commodity_id"`
	Demand    float64 `json:"demand_t_per_yr"`
	Cost      float64 `json:"cost_usd_per_t"`
	Money     float64 `json:"money_usd_per_t"`
	Fee       float64 `json:"fee_usd_per_t"`
	TimeH     float64 `json:"time_h"`
	BorderH   float64 `json:"border_h"`
	Km        float64 `json:"distance_km"`
	Anchor    string  `json:"anchor"`
}

func (s *Server) pairs(ctx context.Context, in *struct {
	When
	Commodity string `query:"commodity" maxLength:"200" doc:"Commodity; none: all"`
}) (*body[[]pairRow], error) {
	if err := s.run(in.When); err != nil {
		return nil, err
	}
	query := `SELECT from_zone, to_zone, commodity_id, demand_t_per_yr, cost_usd_per_t, money_usd_per_t, fee_usd_per_t, time_h, border_h, distance_km, anchor FROM od_result WHERE scenario_id = ? AND year = ?`
	args := []any{s.sameAs(in.When), in.Year}
	if in.Commodity != "" {
		query += " AND commodity_id = ?"
		args = append(args, in.Commodity)
	}
	return wrap(collect(ctx, s, query+" ORDER BY od_id", func(r *pairRow) []any {
		return []any{&r.From, &r.To, &r.Commodity, &r.Demand, &r.Cost, &r.Money, &r.Fee, &r.TimeH, &r.BorderH, &r.Km, &r.Anchor}
	}, args...))
}

// sameAs gives the scenario under which the pairs of one are kept: a scenario
// that is the same as another in a year stands with that one.
func (s *Server) sameAs(w When) string {
	for _, y := range s.years {
		if y.Scenario == w.Scenario && y.Year == w.Year && y.SameAs != "" {
			return y.SameAs
		}
	}
	return w.Scenario
}

type zoneRow struct {
	ID      string `json:"zone_id"`
	Name    string `json:"name"`
	Country string `json:"country_iso2"`
	Group   string `json:"group"`
	Node    string `json:"node_id"`
}

func (s *Server) zones(ctx context.Context, _ *struct{}) (*body[[]zoneRow], error) {
	return wrap(collect(ctx, s, "SELECT zone_id, name, country_iso2, zone_group, node_id FROM zone ORDER BY name", func(r *zoneRow) []any {
		return []any{&r.ID, &r.Name, &r.Country, &r.Group, &r.Node}
	}))
}

type odCell struct {
	id        int64
	Commodity string    `json:"commodity_id"`
	Demand    float64   `json:"demand_t_per_yr"`
	Cost      float64   `json:"cost_usd_per_t"`
	Money     float64   `json:"money_usd_per_t"`
	Fee       float64   `json:"fee_usd_per_t"`
	TimeH     float64   `json:"time_h"`
	BorderH   float64   `json:"border_h"`
	Km        float64   `json:"distance_km"`
	Anchor    string    `json:"anchor"`
	Routes    []odRoute `json:"routes"`
}

type odRoute struct {
	Rank    int     `json:"rank"`
	Share   float64 `json:"share"`
	Flow    float64 `json:"flow_t_per_yr"`
	Cost    float64 `json:"cost_usd_per_t"`
	Money   float64 `json:"money_usd_per_t"`
	Fee     float64 `json:"fee_usd_per_t"`
	TimeH   float64 `json:"time_h"`
	BorderH float64 `json:"border_h"`
	Km      float64 `json:"distance_km"`
	Chain   string  `json:"chain"`
	Path    string  `json:"path"`
}

// od gives a pair of zones.
func (s *Server) od(ctx context.Context, in *struct {
	When
	From string `query:"from" required:"true" maxLength:"300" doc:"Zone of origin"`
	To   string `query:"to" required:"true" maxLength:"300" doc:"Zone of destination"`
}) (*body[[]odCell], error) {
	if err := s.run(in.When); err != nil {
		return nil, err
	}
	cells, err := collect(ctx, s, `SELECT od_id, commodity_id, demand_t_per_yr, cost_usd_per_t, money_usd_per_t, fee_usd_per_t, time_h, border_h, distance_km, anchor FROM od_result
		WHERE scenario_id = ? AND year = ? AND from_zone = ? AND to_zone = ? ORDER BY demand_t_per_yr DESC`, func(r *odCell) []any {
		return []any{&r.id, &r.Commodity, &r.Demand, &r.Cost, &r.Money, &r.Fee, &r.TimeH, &r.BorderH, &r.Km, &r.Anchor}
	}, s.sameAs(in.When), in.Year, in.From, in.To)
	if err != nil {
		return nil, err
	}
	for i := range cells {
		if cells[i].Routes, err = collect(ctx, s, `SELECT rank, share, flow_t_per_yr, cost_usd_per_t, money_usd_per_t, fee_usd_per_t, time_h, border_h, distance_km, chain, path FROM route
			JOIN route_path USING (path_id) WHERE od_id = ? ORDER BY rank`, func(r *odRoute) []any {
			return []any{&r.Rank, &r.Share, &r.Flow, &r.Cost, &r.Money, &r.Fee, &r.TimeH, &r.BorderH, &r.Km, &r.Chain, &r.Path}
		}, cells[i].id); err != nil {
			return nil, err
		}
	}
	return &body[[]odCell]{cells}, nil
}

type indicatorRow struct {
	Scenario string   `json:"scenario_id"`
	Year     int      `json:"year"`
	ID       string   `json:"indicator_id"`
	Value    float64  `json:"value"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Unit     string   `json:"unit"`
}

type definitionRow struct {
	ID      string `json:"indicator_id"`
	Title   string `json:"title"`
	Unit    string `json:"unit"`
	Group   string `json:"group"`
	Meaning string `json:"meaning"`
}

type indicatorsBody struct {
	Definitions []definitionRow `json:"definitions"`
	Values      []indicatorRow  `json:"values"`
}

func (s *Server) indicators(ctx context.Context, in *struct {
	IDs []string `query:"ids" maxItems:"200" doc:"Indicators; none: all"`
}) (*body[indicatorsBody], error) {
	where, args := "", []any{}
	if len(in.IDs) > 0 {
		where = " WHERE indicator_id IN (?" + strings.Repeat(", ?", len(in.IDs)-1) + ")"
		for _, id := range in.IDs {
			args = append(args, id)
		}
	}
	var b indicatorsBody
	var err error
	if b.Definitions, err = collect(ctx, s, "SELECT indicator_id, title, unit, indicator_group, meaning FROM indicator_definition"+where+" ORDER BY fid", func(r *definitionRow) []any {
		return []any{&r.ID, &r.Title, &r.Unit, &r.Group, &r.Meaning}
	}, args...); err != nil {
		return nil, err
	}
	b.Values, err = collect(ctx, s, "SELECT scenario_id, year, indicator_id, value, low, high, unit FROM indicator"+where+" ORDER BY fid", func(r *indicatorRow) []any {
		return []any{&r.Scenario, &r.Year, &r.ID, &r.Value, &r.Low, &r.High, &r.Unit}
	}, args...)
	return wrap(b, err)
}

type compareBody struct {
	A        string             `json:"a"`
	B        string             `json:"b"`
	Year     int                `json:"year"`
	Binding  string             `json:"binding"`
	What     string             `json:"binding_what"`
	Ratio    float64            `json:"binding_load_ratio"`
	Existing *float64           `json:"existing_usd_per_yr" doc:"Saved by shippers on traffic that stays; null where nothing binds in the base"`
	Gained   *float64           `json:"gained_usd_per_yr" doc:"By the rule of half on traffic gained or lost"`
	Fees     map[string]float64 `json:"fees_usd_per_yr" doc:"Transfers: change of the fees that each country takes"`
	Cells    []compareCell      `json:"cells" doc:"The pairs whose cost changes most"`
}

type compareCell struct {
	From       string  `json:"from_zone"`
	To         string  `json:"to_zone"`
	Commodity  string  `json:"commodity_id"`
	Tonnes     float64 `json:"demand_t_per_yr"`
	CostChange float64 `json:"cost_change_usd_per_t"`
	HourChange float64 `json:"time_change_h"`
}

func (s *Server) compare(_ context.Context, in *struct {
	A    string `query:"a" required:"true" maxLength:"200"`
	B    string `query:"b" required:"true" maxLength:"200"`
	Year int    `query:"year" required:"true"`
}) (*body[compareBody], error) {
	for _, key := range []string{in.A, in.B} {
		if err := s.run(When{key, in.Year}); err != nil {
			return nil, err
		}
	}
	a, err := s.result.Outcome(s.model, in.A, in.Year)
	if err != nil {
		return nil, err
	}
	b, err := s.result.Outcome(s.model, in.B, in.Year)
	if err != nil {
		return nil, err
	}
	base := a
	switch {
	case in.B == "base":
		base = b
	case in.A != "base":
		base = nil
		if s.run(When{"base", in.Year}) == nil {
			if base, err = s.result.Outcome(s.model, "base", in.Year); err != nil {
				return nil, err
			}
		}
	}
	c, err := s.model.Compare(a, b, base)
	if err != nil {
		return nil, err
	}
	out := compareBody{A: in.A, B: in.B, Year: in.Year, Binding: c.Binding.Status, What: c.Binding.What, Ratio: c.Binding.Ratio, Fees: c.FeesUSDPerYr, Cells: []compareCell{}}
	if c.Binding.Status != karvan.NotBinding {
		existing, gained := 0-c.ExistingUSDPerYr, 0-c.GainedUSDPerYr
		out.Existing, out.Gained = &existing, &gained
	}
	for i, d := range c.Cells {
		if i == 25 || math.Abs(d.PerceivedB-d.PerceivedA) < 1e-6 {
			break
		}
		out.Cells = append(out.Cells, compareCell{d.From, d.To, d.Commodity, d.TonnesA, d.PerceivedB - d.PerceivedA, d.HoursB - d.HoursA})
	}
	return &body[compareBody]{out}, nil
}

func (s *Server) observed(context.Context, *struct{}) (*body[[]store.Observed], error) {
	return wrap(s.result.Observations())
}

type sourceBody struct {
	ID        string `json:"source_id"`
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	Author    string `json:"author"`
	Date      string `json:"date"`
	URL       string `json:"url"`
	Place     string `json:"place"`
}

func (s *Server) source(_ context.Context, in *struct {
	ID string `query:"id" required:"true" maxLength:"300"`
}) (*body[sourceBody], error) {
	for _, x := range s.model.Inputs().Sources {
		if x.Key == in.ID {
			return &body[sourceBody]{sourceBody{x.Key, x.Title, x.Publisher, x.Author, x.Date, x.URL, x.Place}}, nil
		}
	}
	return nil, huma.Error404NotFound(fmt.Sprintf("there is no source %q", in.ID))
}

type hit struct {
	Kind string     `json:"kind"`
	ID   string     `json:"id"`
	Name string     `json:"name"`
	At   [2]float64 `json:"at"`
}

// search finds places and links whose name, other names or key holds the text,
// in any spelling that the register brings together.
func (s *Server) search(_ context.Context, in *struct {
	Q string `query:"q" required:"true" minLength:"1" maxLength:"100"`
}) (*body[[]hit], error) {
	q := register.SearchFold(in.Q)
	out := []hit{}
	if q == "" { // signs only
		return &body[[]hit]{out}, nil
	}
	add := func(kind string, f *geojson.Feature, texts ...string) {
		for _, t := range texts {
			if strings.Contains(register.SearchFold(t), q) {
				c := f.Geometry.Bound().Center()
				out = append(out, hit{kind, f.Properties.MustString("id"), f.Properties.MustString("name", ""), [2]float64{c[0], c[1]}})
				return
			}
		}
	}
	for _, f := range s.net.nodes.Features {
		add("node", f, f.Properties.MustString("name", ""), f.Properties.MustString("alt_names", ""), f.Properties.MustString("id", ""))
	}
	for _, f := range s.net.links.Features {
		add("link", f, f.Properties.MustString("name", ""), f.Properties.MustString("id", ""))
	}
	// Names that begin with the text come first.
	begins := func(h hit) bool { return strings.HasPrefix(register.SearchFold(h.Name), q) }
	sort.SliceStable(out, func(i, j int) bool {
		return begins(out[i]) && !begins(out[j])
	})
	if len(out) > 20 {
		out = out[:20]
	}
	return &body[[]hit]{out}, nil
}
