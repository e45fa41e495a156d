package store

import (
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"strings"
	"testing/fstest"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/internal/gpkg"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// Result is a result file that is open for reading.
type Result struct {
	DB   *sql.DB
	Path string
	Run  RunInfo
}

// RunInfo is the row of the table run.
type RunInfo struct {
	FormatVersion int               `json:"format_version"`
	Version       string            `json:"version"`
	StudyID       string            `json:"study_id"`
	Title         map[string]string `json:"title"`
	BaseYear      int               `json:"base_year"`
	PriceYear     int               `json:"price_year"`
	Currency      string            `json:"currency"`
	BaseDate      string            `json:"base_date"`
	Behaviour     string            `json:"behaviour"`
	Seed          int64             `json:"seed"`
	StartedAt     string            `json:"started_at"`
	WallS         float64           `json:"wall_s"`
}

// Open opens a result for reading. Its errors say in one sentence what is
// wrong with the file and what to do.
func Open(path string) (*Result, error) {
	if err := checkHeader(path); err != nil {
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	r := &Result{DB: db, Path: path}
	if err := r.readRun(); err != nil {
		db.Close()
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	return r, nil
}

// Close closes the file.
func (r *Result) Close() error { return r.DB.Close() }

// checkHeader looks at the first bytes: is it a GeoPackage, and is it whole?
func checkHeader(path string) error {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return errors.New("there is no such file; `karvan run STUDY -o FILE` makes one")
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			return pe.Err
		}
		return err
	}
	defer f.Close()
	head := make([]byte, 100)
	if n, _ := f.Read(head); n < 100 || string(head[:16]) != "SQLite format 3\x00" {
		return errors.New("this is not a result of karvan (not an SQLite file)")
	}
	if binary.BigEndian.Uint32(head[68:]) != gpkg.ApplicationID {
		return errors.New("this is not a result of karvan (not a GeoPackage)")
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if want := page * int64(binary.BigEndian.Uint32(head[28:])); info.Size() < want {
		return fmt.Errorf("the file is cut off: %d bytes of %d; run the study again", info.Size(), want)
	}
	return nil
}

func (r *Result) readRun() error {
	var title string
	err := r.DB.QueryRow("SELECT format_version FROM run").Scan(&r.Run.FormatVersion)
	if err != nil {
		return errors.New("this GeoPackage is not a result of karvan (it has no table run)")
	}
	if r.Run.FormatVersion > FormatVersion {
		return fmt.Errorf("the result was written by a newer karvan (format %d, this program reads %d); use that version", r.Run.FormatVersion, FormatVersion)
	}
	err = r.DB.QueryRow("SELECT version, study_id, title, base_year, price_year, currency, base_date, behaviour, seed, started_at, wall_s FROM run").Scan(&r.Run.Version, &r.Run.StudyID, &title,
		&r.Run.BaseYear, &r.Run.PriceYear, &r.Run.Currency, &r.Run.BaseDate, &r.Run.Behaviour, &r.Run.Seed, &r.Run.StartedAt, &r.Run.WallS)
	if err != nil {
		return fmt.Errorf("the table run cannot be read: %w", err)
	}
	return json.Unmarshal([]byte(title), &r.Run.Title)
}

// Files gives the study that the result carries.
func (r *Result) Files() (fs.FS, error) {
	rows, err := r.DB.Query("SELECT path, content FROM study_file ORDER BY path")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	files := fstest.MapFS{}
	for rows.Next() {
		var path string
		var content []byte
		if err := rows.Scan(&path, &content); err != nil {
			return nil, err
		}
		files[path] = &fstest.MapFile{Data: content}
	}
	return files, rows.Err()
}

// ScenarioYear is a row of the table scenario_year.
type ScenarioYear struct {
	Scenario  string   `json:"scenario_id"`
	Year      int      `json:"year"`
	SameAs    string   `json:"same_as,omitempty"`
	Converged bool     `json:"converged"`
	Note      string   `json:"note,omitempty"`
	Relaxes   string   `json:"relaxes,omitempty"`
	Binding   string   `json:"binding,omitempty"`
	What      string   `json:"binding_what,omitempty"`
	Ratio     *float64 `json:"binding_load_ratio,omitempty"`
	Unserved  float64  `json:"unserved_t_per_yr"`
}

// ScenarioYears lists what was run.
func (r *Result) ScenarioYears() ([]ScenarioYear, error) {
	rows, err := r.DB.Query("SELECT scenario_id, year, same_as, converged, note, relaxes, binding, binding_what, binding_load_ratio, unserved_t_per_yr FROM scenario_year ORDER BY fid")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	var out []ScenarioYear
	for rows.Next() {
		var s ScenarioYear
		if err := rows.Scan(&s.Scenario, &s.Year, &s.SameAs, &s.Converged, &s.Note, &s.Relaxes, &s.Binding, &s.What, &s.Ratio, &s.Unserved); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Outcome reads a scenario and year back, as far as comparisons need it:
// loads, cells and indicators. m is the model of the study it carries.
func (r *Result) Outcome(m *karvan.Model, scenario string, year int) (*karvan.Outcome, error) {
	in := m.Inputs()
	o := &karvan.Outcome{Scenario: scenario, Year: year, Converged: true, Net: &network.Network{Nodes: in.Network.Nodes, Modes: in.Network.Modes}}
	var found int
	if err := r.DB.QueryRow("SELECT count(*) FROM scenario_year WHERE scenario_id = ? AND year = ?", scenario, year).Scan(&found); err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	if found == 0 {
		return nil, fmt.Errorf("store: %s: scenario %q was not run in %d; it holds %s", r.Path, scenario, year, r.list())
	}
	if err := r.loads(o); err != nil {
		return nil, err
	}
	if err := r.terminals(o); err != nil {
		return nil, err
	}
	if err := r.cells(in, o); err != nil {
		return nil, err
	}
	var err error
	if o.Trade, err = r.Trade(scenario, year); err != nil {
		return nil, err
	}
	return o, r.indicators(o)
}

func (r *Result) list() string {
	all, err := r.ScenarioYears()
	if err != nil {
		return "nothing that can be read"
	}
	years := map[string][]string{}
	var order []string
	for _, s := range all {
		if years[s.Scenario] == nil {
			order = append(order, s.Scenario)
		}
		years[s.Scenario] = append(years[s.Scenario], fmt.Sprint(s.Year))
	}
	for i, s := range order {
		order[i] = s + " (" + strings.Join(years[s], ", ") + ")"
	}
	return strings.Join(order, "; ")
}

func (r *Result) loads(o *karvan.Outcome) error {
	rows, err := r.DB.Query("SELECT link_id, direction, flow_t_per_yr, capacity_t_per_yr, load_ratio, capacity_scope FROM link_load WHERE scenario_id = ? AND year = ? ORDER BY fid", o.Scenario, o.Year)
	if err != nil {
		return err
	}
	defer rows.Close()
	index := map[string]network.LinkID{}
	for rows.Next() {
		var key, scope string
		var l karvan.LinkLoad
		var capacity sql.NullFloat64
		if err := rows.Scan(&key, &l.Direction, &l.FlowTPerYr, &capacity, &l.LoadRatio, &scope); err != nil {
			return err
		}
		l.CapacityTPerYr = math.Inf(1)
		if capacity.Valid {
			l.CapacityTPerYr = capacity.Float64
		}
		if scope == "both" {
			l.Scope = network.BothDirections
		}
		id, ok := index[key]
		if !ok {
			id = network.LinkID(len(o.Net.Links))
			index[key] = id
			o.Net.Links = append(o.Net.Links, network.Link{Key: key})
		}
		l.Link = id
		o.Loads = append(o.Loads, l)
	}
	return rows.Err()
}

func (r *Result) terminals(o *karvan.Outcome) error {
	rows, err := r.DB.Query("SELECT resource_id, kind, node_id, direction, flow_t_per_yr, capacity_t_per_yr, load_ratio, delay_h FROM terminal_load WHERE scenario_id = ? AND year = ? ORDER BY fid", o.Scenario, o.Year)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t karvan.TerminalLoad
		if err := rows.Scan(&t.Key, &t.Kind, &t.Node, &t.Direction, &t.FlowTPerYr, &t.CapacityTPerYr, &t.LoadRatio, &t.DelayH); err != nil {
			return err
		}
		o.Terminals = append(o.Terminals, t)
	}
	return rows.Err()
}

func (r *Result) cells(in *karvan.Inputs, o *karvan.Outcome) error {
	zone, commodity := map[string]od.ZoneID{}, map[string]od.CommodityID{}
	for i := range in.Zones {
		zone[in.Zones[i].Key] = od.ZoneID(i)
	}
	for i := range in.Commodities {
		commodity[in.Commodities[i].Key] = od.CommodityID(i)
	}
	rows, err := r.DB.Query(`SELECT from_zone, to_zone, commodity_id, demand_t_per_yr, cost_usd_per_t, perceived_usd_per_t, money_usd_per_t, fee_usd_per_t, time_h, border_h, distance_km, anchor
		FROM od_result WHERE scenario_id = ? AND year = ? ORDER BY od_id`, o.Scenario, o.Year)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c karvan.ODResult
		var from, to, goods string
		if err := rows.Scan(&from, &to, &goods, &c.DemandTPerYr, &c.CostUSDPerT, &c.PerceivedUSDPerT, &c.MoneyUSDPerT, &c.FeeUSDPerT, &c.TimeH, &c.BorderH, &c.DistanceKm, &c.Anchor); err != nil {
			return err
		}
		c.From, c.To, c.Commodity = zone[from], zone[to], commodity[goods]
		o.OD = append(o.OD, c)
	}
	return rows.Err()
}

func (r *Result) indicators(o *karvan.Outcome) error {
	rows, err := r.DB.Query("SELECT indicator_id, value, low, high, unit FROM indicator WHERE scenario_id = ? AND year = ? ORDER BY fid", o.Scenario, o.Year)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i karvan.Indicator
		var low, high sql.NullFloat64
		if err := rows.Scan(&i.ID, &i.Value, &low, &high, &i.Unit); err != nil {
			return err
		}
		i.Low, i.High = math.NaN(), math.NaN()
		if low.Valid && high.Valid {
			i.Low, i.High = low.Float64, high.Float64
		}
		o.Indicator = append(o.Indicator, i)
	}
	return rows.Err()
}

// Observed is a row of the table observed, as `karvan validate` gives it.
type Observed struct {
	ID        string   `json:"obs_id"`
	Indicator string   `json:"indicator_id"`
	Period    string   `json:"period"`
	Observed  float64  `json:"observed"`
	Modelled  *float64 `json:"modelled"`
	Unit      string   `json:"unit"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	Role      string   `json:"role"`
	SourceID  string   `json:"source_id"`
	Reason    string   `json:"reason,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// Observations lists the table observed.
func (r *Result) Observations() ([]Observed, error) {
	rows, err := r.DB.Query("SELECT obs_id, indicator_id, period, observed, modelled, unit, low, high, role, source_id, reason, note FROM observed ORDER BY fid")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	out := []Observed{}
	for rows.Next() {
		var o Observed
		if err := rows.Scan(&o.ID, &o.Indicator, &o.Period, &o.Observed, &o.Modelled, &o.Unit, &o.Low, &o.High, &o.Role, &o.SourceID, &o.Reason, &o.Note); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// Tables lists the tables that may be exported, in order of name.
func (r *Result) Tables() ([]string, error) {
	rows, err := r.DB.Query("SELECT table_name FROM gpkg_contents WHERE table_name NOT IN ('start', 'study_file') ORDER BY table_name")
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", r.Path, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}
