package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/server/features"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

// collections are those of OGC API Features; the links come with the result.
func (s *Server) collections() []features.Collection {
	s.collectionsOnce.Do(func() {
		if db := s.options.Register; db != nil {
			s.recordCollections = []features.Collection{
				&recordCollection{db: db, kind: register.Project, id: "projects", title: "Projects", description: "Projects of the register, as far as one row holds them.",
					from: "implementationPeriod/startDate", until: "implementationPeriod/endDate", filters: []string{"status", "type"}},
				&recordCollection{db: db, kind: register.Programme, id: "corridors", title: "Corridors", description: "Corridors and programmes, with the lines of their projects."},
				&recordCollection{db: db, kind: register.Organisation, id: "organisations", title: "Organisations", description: "Companies, authorities, railways and banks; they have no geometry.", filters: []string{"country", "kind"}},
			}
		}
	})
	out := s.recordCollections
	if s.ready.Load() {
		out = append(out[:len(out):len(out)], &linkCollection{s}, &linkResultCollection{s})
	}
	return out
}

// recordCollection are the records of a kind. They are read once for each state
// of the register: there are some ten thousand at most.
type recordCollection struct {
	db                     *registerdb.DB
	kind                   register.Kind
	id, title, description string
	from, until            string // paths of the record's time
	filters                []string

	mu       sync.Mutex
	revision int64
	base     string
	records  []timed
}

// timed is a feature with what it is chosen by.
type timed struct {
	features.Feature
	box         *[4]float64
	from, until string
}

func (c *recordCollection) load(ctx context.Context) ([]timed, error) {
	revision, _, err := c.db.State(ctx)
	if err != nil {
		return nil, err
	}
	base := registerapi.Base(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.records != nil && c.revision == revision && c.base == base {
		return c.records, nil
	}
	records := []timed{}
	err = c.db.Each(ctx, c.kind, "", func(it *registerdb.Item) error {
		r := exchange.Record{ID: it.ID, Kind: it.Kind, Revision: it.Revision, Updated: it.Updated, Known: it.Known, Slug: it.Slug, Name: it.Name,
			Address: registerapi.Address(ctx, "en", it), Values: it.Values}
		p := exchange.Properties(r)
		delete(p, "id")
		t := timed{Feature: features.Feature{ID: it.ID, Properties: map[string]any{}}, box: it.Box}
		for k, v := range p {
			t.Properties[column(k)] = v
		}
		if g := register.Geometry(it.Values); g != nil {
			t.Geometry = register.Encode(g)
		}
		if c.from != "" {
			t.from = firstDay(register.Text(it.Values, c.from))
			t.until, _, _ = strings.Cut(register.Text(it.Values, c.until), "T")
		}
		records = append(records, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.revision, c.base, c.records = revision, base, records
	return records, nil
}

// column is a path as it can be a column of a GIS: karvan/lengthKm is
// karvan_lengthKm.
func column(path string) string { return strings.ReplaceAll(path, "/", "_") }

func firstDay(s string) string {
	s, _, _ = strings.Cut(s, "T")
	return s
}

// Info describes the collection.
func (c *recordCollection) Info(ctx context.Context) (features.Info, error) {
	info := features.Info{ID: c.id, Title: c.title, Description: c.description, Filters: c.filters}
	add := func(name, typ, format string) {
		info.Properties = append(info.Properties, features.Property{Name: name, Type: typ, Format: format})
	}
	add("slug", "string", "")
	add("address", "string", "")
	add("updated", "string", "date-time")
	add("known_on", "string", "date")
	for _, path := range exchange.Columns(c.kind) {
		typ := "string"
		if path == "karvan/lengthKm" || path == "budget/amount/amount" {
			typ = "number"
		}
		add(column(path), typ, "")
	}
	records, err := c.load(ctx)
	if err != nil {
		return info, err
	}
	for _, r := range records {
		if r.box != nil {
			if info.BBox == nil {
				b := *r.box
				info.BBox = &b
			}
			info.BBox[0], info.BBox[1] = min(info.BBox[0], r.box[0]), min(info.BBox[1], r.box[1])
			info.BBox[2], info.BBox[3] = max(info.BBox[2], r.box[2]), max(info.BBox[3], r.box[3])
		}
		if r.from != "" && (info.From == "" || r.from < info.From) {
			info.From = r.from
		}
	}
	return info, nil
}

// Items gives the records that a query chooses, by their ids.
func (c *recordCollection) Items(ctx context.Context, q features.Query) ([]features.Feature, int, error) {
	records, err := c.load(ctx)
	if err != nil {
		return nil, 0, err
	}
	var out []features.Feature
	matched := 0
	for _, r := range records {
		if !r.meets(q) {
			continue
		}
		if matched >= q.Offset && len(out) < q.Limit {
			out = append(out, r.Feature)
		}
		matched++
	}
	return out, matched, nil
}

func (r *timed) meets(q features.Query) bool {
	if r.box != nil && !meetsBox(*r.box, q) {
		return false
	}
	if r.from != "" || r.until != "" {
		if q.Until != "" && r.from != "" && r.from > q.Until || q.From != "" && r.until != "" && r.until < q.From {
			return false
		}
	}
	for k, v := range q.Equal {
		if fmt.Sprint(r.Properties[k]) != v {
			return false
		}
	}
	return true
}

func meetsBox(box [4]float64, q features.Query) bool {
	if q.BBox == nil {
		return true
	}
	for _, b := range q.Boxes() {
		if box[0] <= b[2] && box[2] >= b[0] && box[1] <= b[3] && box[3] >= b[1] {
			return true
		}
	}
	return false
}

// Item gives one record.
func (c *recordCollection) Item(ctx context.Context, id string) (*features.Feature, error) {
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	for i := range records {
		if records[i].ID == id {
			return &records[i].Feature, nil
		}
	}
	return nil, features.ErrNotFound
}

// linkCollection are the links of the network.
type linkCollection struct{ s *Server }

var linkProperties = []features.Property{
	{Name: "link_id", Type: "string"}, {Name: "name", Type: "string"}, {Name: "from", Type: "string", Title: "From node"}, {Name: "to", Type: "string", Title: "To node"},
	{Name: "mode", Type: "string"}, {Name: "length_km", Type: "number"}, {Name: "tracks", Type: "integer"}, {Name: "status", Type: "string"},
	{Name: "open_year", Type: "integer"}, {Name: "estimate", Type: "boolean"}, {Name: "source_id", Type: "string"},
}

func (c *linkCollection) box() *[4]float64 {
	b := c.s.net.bound
	return &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}

// Info describes the collection.
func (c *linkCollection) Info(context.Context) (features.Info, error) {
	return features.Info{ID: "links", Title: "Links", Description: "Links of the study's network: rail, road, sea, air, pipelines.", BBox: c.box(), Properties: linkProperties, Filters: []string{"mode", "status"}}, nil
}

func (c *linkCollection) feature(f *geojson.Feature) (features.Feature, error) {
	geometry, err := json.Marshal(geojson.NewGeometry(f.Geometry))
	out := features.Feature{ID: fmt.Sprint(f.Properties["id"]), Geometry: geometry, Properties: map[string]any{"link_id": f.Properties["id"]}}
	for _, p := range linkProperties[1:] {
		out.Properties[p.Name] = f.Properties[p.Name]
	}
	return out, err
}

func boundBox(g orb.Geometry) [4]float64 {
	b := g.Bound()
	return [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}

// Items gives links in the order of the study.
func (c *linkCollection) Items(_ context.Context, q features.Query) ([]features.Feature, int, error) {
	var out []features.Feature
	matched := 0
	for _, f := range c.s.net.links.Features {
		if !meetsBox(boundBox(f.Geometry), q) {
			continue
		}
		equal := true
		for k, v := range q.Equal {
			equal = equal && fmt.Sprint(f.Properties[k]) == v
		}
		if !equal {
			continue
		}
		if matched >= q.Offset && len(out) < q.Limit {
			x, err := c.feature(f)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, x)
		}
		matched++
	}
	return out, matched, nil
}

// Item gives one link.
func (c *linkCollection) Item(_ context.Context, id string) (*features.Feature, error) {
	for _, f := range c.s.net.links.Features {
		if f.Properties["id"] == id {
			x, err := c.feature(f)
			return &x, err
		}
	}
	return nil, features.ErrNotFound
}

// linkResultCollection are the flows of each link by scenario, year, direction
// and commodity, with the load of all goods together.
type linkResultCollection struct{ s *Server }

// Info describes the collection.
func (c *linkResultCollection) Info(context.Context) (features.Info, error) {
	info := features.Info{ID: "link_results", Title: "Flows of links", Description: "Flow of each link by scenario, year, direction (1 from -> to, -1 back) and commodity; load_ratio is that of all goods together.",
		BBox: (&linkCollection{c.s}).box(), Filters: []string{"scenario_id", "year", "link_id", "direction", "commodity_id"},
		Properties: []features.Property{{Name: "scenario_id", Type: "string"}, {Name: "year", Type: "integer"}, {Name: "link_id", Type: "string"}, {Name: "direction", Type: "integer"},
			{Name: "commodity_id", Type: "string"}, {Name: "flow_t_per_yr", Type: "number"}, {Name: "time_h", Type: "number"}, {Name: "cost_usd_per_t", Type: "number"},
			{Name: "capacity_t_per_yr", Type: "number"}, {Name: "load_ratio", Type: "number"}}}
	for i, y := range c.s.years {
		day := fmt.Sprintf("%04d-01-01", y.Year)
		if i == 0 || day < info.From {
			info.From = day
		}
		if last := fmt.Sprintf("%04d-12-31", y.Year); last > info.Until {
			info.Until = last
		}
	}
	return info, nil
}

const linkResultFrom = ` FROM link_result r LEFT JOIN link_load l ON l.scenario_id = r.scenario_id AND l.year = r.year AND l.link_id = r.link_id AND l.direction = r.direction`

// Items gives flows in the order of the result.
func (c *linkResultCollection) Items(ctx context.Context, q features.Query) ([]features.Feature, int, error) {
	terms, args := []string{"1"}, []any{}
	for _, name := range []string{"scenario_id", "year", "link_id", "direction", "commodity_id"} {
		if v, ok := q.Equal[name]; ok {
			terms = append(terms, "r."+name+" = ?")
			if name == "year" || name == "direction" {
				n, err := strconv.Atoi(v)
				if err != nil {
					return nil, 0, nil
				}
				args = append(args, n)
			} else {
				args = append(args, v)
			}
		}
	}
	if q.From != "" {
		terms, args = append(terms, "r.year >= ?"), append(args, yearOf(q.From))
	}
	if q.Until != "" {
		terms, args = append(terms, "r.year <= ?"), append(args, yearOf(q.Until))
	}
	geometry := map[string]*geojson.Feature{}
	var ids []string
	for _, f := range c.s.net.links.Features {
		id := fmt.Sprint(f.Properties["id"])
		geometry[id] = f
		if q.BBox != nil && meetsBox(boundBox(f.Geometry), q) {
			ids = append(ids, id)
		}
	}
	if q.BBox != nil {
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, 0, err
		}
		terms, args = append(terms, "r.link_id IN (SELECT value FROM json_each(?))"), append(args, string(list))
	}
	where := " WHERE " + strings.Join(terms, " AND ")
	var matched int
	if err := c.s.result.DB.QueryRowContext(ctx, "SELECT count(*) FROM link_result r"+where, args...).Scan(&matched); err != nil {
		return nil, 0, err
	}
	out, err := c.read(ctx, geometry, linkResultFrom+where+" ORDER BY r.fid LIMIT ? OFFSET ?", append(args, q.Limit, q.Offset)...)
	return out, matched, err
}

func yearOf(day string) int {
	y, _ := strconv.Atoi(day[:4])
	return y
}

func (c *linkResultCollection) read(ctx context.Context, geometry map[string]*geojson.Feature, from string, args ...any) ([]features.Feature, error) {
	rows, err := c.s.result.DB.QueryContext(ctx, "SELECT r.fid, r.scenario_id, r.year, r.link_id, r.direction, r.commodity_id, r.flow_t_per_yr, r.time_h, r.cost_usd_per_t, l.capacity_t_per_yr, l.load_ratio"+from, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []features.Feature
	for rows.Next() {
		var fid, year, direction int64
		var scenario, link, commodity string
		var flow, hours, cost, capacity, load *float64
		if err := rows.Scan(&fid, &scenario, &year, &link, &direction, &commodity, &flow, &hours, &cost, &capacity, &load); err != nil {
			return nil, err
		}
		f := features.Feature{ID: strconv.FormatInt(fid, 10), Properties: map[string]any{"scenario_id": scenario, "year": year, "link_id": link, "direction": direction, "commodity_id": commodity,
			"flow_t_per_yr": flow, "time_h": hours, "cost_usd_per_t": cost, "capacity_t_per_yr": capacity, "load_ratio": load}}
		if g := geometry[link]; g != nil {
			if f.Geometry, err = json.Marshal(geojson.NewGeometry(g.Geometry)); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// Item gives one flow.
func (c *linkResultCollection) Item(ctx context.Context, id string) (*features.Feature, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, features.ErrNotFound
	}
	geometry := map[string]*geojson.Feature{}
	for _, f := range c.s.net.links.Features {
		geometry[fmt.Sprint(f.Properties["id"])] = f
	}
	list, err := c.read(ctx, geometry, linkResultFrom+" WHERE r.fid = ?", n)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, features.ErrNotFound
	}
	return &list[0], nil
}
