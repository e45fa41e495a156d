package server

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"sort"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/server/pages"
)

// shownIndicators are those that a project's page tells, in this order.
var shownIndicators = []string{"tonnes", "tkm", "mean_cost", "mean_time", "border_hours", "co2", "unserved"}

// mostRows bounds each table of a project's page; the map has all.
const mostRows = 8

// Project tells what scenarios with a project change against the base, in the
// last year that both were run; those with fewer other projects first.
func (s *Server) Project(ctx context.Context, key string) ([]pages.Effect, error) {
	if !s.ready.Load() || key == "" {
		return nil, nil
	}
	var out []pages.Effect
	for _, sc := range s.model.Inputs().Scenarios {
		if !slices.Contains(sc.Projects, key) {
			continue
		}
		year, binding, ratio := 0, "", 0.0
		for _, y := range s.years {
			if y.Scenario == sc.Key && y.Year >= year && s.run(When{"base", y.Year}) == nil {
				year, binding = y.Year, y.Binding
				if y.Ratio != nil {
					ratio = *y.Ratio
				}
			}
		}
		if year == 0 {
			continue
		}
		e := pages.Effect{Scenario: sc.Key, Titles: sc.Title, Summary: sc.Summary, Others: len(sc.Projects) - 1, Year: year, Binding: bindingCode(binding), BindingRatio: ratio}
		e.MapAddress = "/map?" + url.Values{"scenario": {"base"}, "compare": {sc.Key}, "year": {fmt.Sprint(year)}}.Encode()
		if err := s.effect(ctx, &e, sc.Relaxes.Links); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Others < out[j].Others })
	return out, nil
}

func bindingCode(status string) string {
	switch status {
	case karvan.IsBinding:
		return "yes"
	case karvan.NotBinding:
		return "no"
	case karvan.NewCapacity:
		return "new"
	case karvan.NotKnown:
		return "unknown"
	}
	return ""
}

// pair is a figure in the base and in a scenario, by a key.
type pair struct {
	key, name, unit string
	a, b            float64
}

// figurePairs reads figures of the base and of a scenario: the query gives key, name,
// unit, value and scenario, and takes the year and both scenarios.
func (s *Server) figurePairs(ctx context.Context, query string, year int, a, b string, more ...any) ([]pair, error) {
	rows, err := s.result.DB.QueryContext(ctx, query, append([]any{year, a, b}, more...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	index := map[string]int{}
	var out []pair
	for rows.Next() {
		var p pair
		var value float64
		var scenario string
		if err := rows.Scan(&p.key, &p.name, &p.unit, &value, &scenario); err != nil {
			return nil, err
		}
		i, met := index[p.key]
		if !met {
			i = len(out)
			index[p.key] = i
			out = append(out, p)
		}
		if scenario == a {
			out[i].a += value
		}
		if scenario == b {
			out[i].b += value
		}
	}
	return out, rows.Err()
}

// largest keeps the pairs that change most, in the order of their change.
func largest(list []pair, least float64) []pair {
	sort.SliceStable(list, func(i, j int) bool { return math.Abs(list[i].b-list[i].a) > math.Abs(list[j].b-list[j].a) })
	for i, p := range list {
		if i == mostRows || math.Abs(p.b-p.a) < least {
			return list[:i]
		}
	}
	return list
}

func asDifferences(list []pair) []pages.Difference {
	var out []pages.Difference
	for _, p := range list {
		out = append(out, pages.Difference{Name: p.name, Unit: p.unit, A: p.a, B: p.b})
	}
	return out
}

// leastFlow is the change of flow below which two equilibria do not differ,
// t/yr.
const leastFlow = 1

func (s *Server) effect(ctx context.Context, e *pages.Effect, relaxed []string) error {
	a, b := "base", e.Scenario
	figures, err := s.figurePairs(ctx, `SELECT i.indicator_id, coalesce(d.title, i.indicator_id), i.unit, i.value, i.scenario_id
		FROM indicator i LEFT JOIN indicator_definition d ON d.indicator_id = i.indicator_id WHERE i.year = ? AND i.scenario_id IN (?, ?) ORDER BY i.fid`, e.Year, a, b)
	if err != nil {
		return err
	}
	var shown []pair
	for _, id := range shownIndicators {
		for _, p := range figures {
			if p.key == id && (p.a != 0 || p.b != 0) {
				shown = append(shown, p)
			}
		}
	}
	e.Indicators = asDifferences(shown)

	links, err := s.figurePairs(ctx, `SELECT l.link_id, coalesce(k.name, ''), 't/yr', l.flow_t_per_yr, l.scenario_id
		FROM link_load l LEFT JOIN link k ON k.link_id = l.link_id WHERE l.year = ? AND l.scenario_id IN (?, ?) ORDER BY l.fid`, e.Year, a, b)
	if err != nil {
		return err
	}
	// The goods are told of the link of the project that changes most: to add up
	// those of all its links would count a tonne on each.
	own := ""
	most := -1.0
	for _, p := range links {
		if d := math.Abs(p.b - p.a); slices.Contains(relaxed, p.key) && d > most {
			own, most = p.key, d
		}
	}
	changed := largest(links, leastFlow)
	for i := range changed {
		if changed[i].name == "" {
			changed[i].name = changed[i].key
		}
	}
	s.nameApart(changed)
	e.Links = asDifferences(changed)
	if own == "" && len(changed) > 0 {
		own = changed[0].key
	}
	if own != "" {
		goods, err := s.figurePairs(ctx, `SELECT r.commodity_id, coalesce(c.name, r.commodity_id), 't/yr', r.flow_t_per_yr, r.scenario_id
			FROM link_result r LEFT JOIN commodity c ON c.commodity_id = r.commodity_id WHERE r.year = ? AND r.scenario_id IN (?, ?) AND r.link_id = ? ORDER BY r.fid`, e.Year, a, b, own)
		if err != nil {
			return err
		}
		e.Goods = asDifferences(largest(goods, leastFlow))
	}
	return s.routeDifferences(ctx, e)
}

// nameApart adds the places between which a link runs where names are not its own:
// the sections of a line share one.
func (s *Server) nameApart(list []pair) {
	count := map[string]int{}
	for _, p := range list {
		count[p.name]++
	}
	net := s.model.Inputs().Network
	for i := range list {
		if count[list[i].name] < 2 {
			continue
		}
		for _, l := range net.Links {
			if l.Key == list[i].key {
				list[i].name += " (" + net.Nodes[l.From].Name + " – " + net.Nodes[l.To].Name + ")"
			}
		}
	}
}

// routeDifferences tells which chains of modes gain and lose between which
// zones, all goods together.
func (s *Server) routeDifferences(ctx context.Context, e *pages.Effect) error {
	a, b := s.sameAs(When{"base", e.Year}), s.sameAs(When{e.Scenario, e.Year})
	rows, err := s.result.DB.QueryContext(ctx, `SELECT o.from_zone, o.to_zone, p.chain, o.scenario_id, sum(r.flow_t_per_yr)
		FROM od_result o JOIN route r ON r.od_id = o.od_id JOIN route_path p ON p.path_id = r.path_id
		WHERE o.year = ? AND o.scenario_id IN (?, ?) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, e.Year, a, b)
	if err != nil {
		return err
	}
	defer rows.Close()
	index := map[[3]string]int{}
	var list []pages.RouteDifference
	for rows.Next() {
		var k [3]string
		var scenario string
		var flow float64
		if err := rows.Scan(&k[0], &k[1], &k[2], &scenario, &flow); err != nil {
			return err
		}
		i, met := index[k]
		if !met {
			i = len(list)
			index[k] = i
			list = append(list, pages.RouteDifference{From: s.zoneName(k[0]), To: s.zoneName(k[1]), Chain: k[2]})
		}
		if scenario == a {
			list[i].A += flow
		}
		if scenario == b {
			list[i].B += flow
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return math.Abs(list[i].B-list[i].A) > math.Abs(list[j].B-list[j].A) })
	for i, d := range list {
		if i == mostRows || math.Abs(d.B-d.A) < leastFlow {
			list = list[:i]
			break
		}
	}
	e.Routes = list
	return rows.Err()
}

func (s *Server) zoneName(key string) string {
	for _, z := range s.model.Inputs().Zones {
		if z.Key == key {
			return z.Name
		}
	}
	return key
}
