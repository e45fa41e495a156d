package study

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"strings"

	"github.com/paulmach/orb/encoding/wkt"

	"github.com/karvan/karvan/network"
)

func newReader(content []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(content)) }

func with(columns []column, more ...[]column) []column {
	for _, m := range more {
		columns = append(columns, m...)
	}
	return columns
}

// provenance reads the columns that end most tables.
func (l *loader) provenance(r *row) network.Provenance {
	l.refer(r, "source", "source_id")
	if d := r.text("known_on"); d != "" && !isPartialDate(d) {
		r.fault("known_on", d, "a date as yyyy-mm-dd, yyyy-mm or yyyy was expected; a month or year counts as its last day")
	}
	return network.Provenance{SourceID: r.text("source_id"), Note: r.text("note"),
		Confidence: r.enum("confidence", "", "high", "medium", "low")}
}

var nodeColumns = with(cols("node_id*", "name*", "alt_names", "kind", "country_iso2*", "x_coord*", "y_coord*", "zone_id"), provenanceColumns)

func (l *loader) readNodes(in io.Reader, file string) {
	l.table(in, file, nodeColumns, func(r *row) {
		key, ok := l.key(r, "node", "node_id")
		l.refer(r, "zone", "zone_id")
		n := network.Node{Key: key, Name: r.text("name"), AltNames: r.list("alt_names"), Kind: r.text("kind"), Country: r.text("country_iso2"),
			Lon: r.number("x_coord", anyNumber), Lat: r.number("y_coord", anyNumber), Provenance: l.provenance(r)}
		if n.Country != "" && !isCountry(n.Country) {
			r.fault("country_iso2", n.Country, "a country of two capital letters (ISO 3166-1) was expected")
		}
		lonBad, latBad := math.Abs(n.Lon) > 180, math.Abs(n.Lat) > 90
		switch {
		case latBad && math.Abs(n.Lat) <= 180 && math.Abs(n.Lon) <= 90:
			r.fault("y_coord", r.text("y_coord"), "a latitude lies between -90 and 90; x_coord and y_coord look swapped")
		case latBad:
			r.fault("y_coord", r.text("y_coord"), "a latitude lies between -90 and 90")
		case lonBad:
			r.fault("x_coord", r.text("x_coord"), "a longitude lies between -180 and 180")
		}
		if ok {
			l.in.Network.Nodes = append(l.in.Network.Nodes, n)
		}
	})
	l.swapped(file)
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// swapped looks for a node whose coordinates lie far from all others, but in
// their midst when swapped.
func (l *loader) swapped(file string) {
	nodes := l.in.Network.Nodes
	if len(nodes) < 3 {
		return
	}
	for i := range nodes {
		as, turned := math.Inf(1), math.Inf(1)
		for j := range nodes {
			if i == j || math.Abs(nodes[i].Lon) > 90 || math.IsNaN(nodes[i].Lon+nodes[i].Lat+nodes[j].Lon+nodes[j].Lat) {
				continue
			}
			as = math.Min(as, network.GreatCircleKm(nodes[i].Lon, nodes[i].Lat, nodes[j].Lon, nodes[j].Lat))
			turned = math.Min(turned, network.GreatCircleKm(nodes[i].Lat, nodes[i].Lon, nodes[j].Lon, nodes[j].Lat))
		}
		if as > 500 && turned < as/10 && !math.IsInf(turned, 1) {
			l.f.errorf(file, l.known["node"].at[nodes[i].Key].line, "x_coord", nodes[i].Key,
				"the node lies %.0f km from the nearest other, but %.0f km with x_coord and y_coord swapped", as, turned)
		}
	}
}

var linkColumns = with(cols("link_id*", "name", "from_node_id*", "to_node_id*", "directed", "mode*", "length_km", "length", "tracks", "electrified",
	"speed_km_per_h", "free_time_h", "capacity_t_per_yr", "capacity", "capacity_scope", "capacity_group", "cargo_forms", "rate_group", "rate_factor",
	"tariff_usd_per_t", "status", "open_year", "close_year", "open_share", "passenger_trains_per_day", "geometry"), provenanceColumns)

func (l *loader) readLinks(in io.Reader, file string) {
	node := map[string]network.NodeID{}
	for i := range l.in.Network.Nodes {
		node[l.in.Network.Nodes[i].Key] = network.NodeID(i)
	}
	l.table(in, file, linkColumns, func(r *row) {
		key, ok := l.key(r, "link", "link_id")
		l.refer(r, "node", "from_node_id")
		l.refer(r, "node", "to_node_id")
		from, okFrom := node[r.text("from_node_id")]
		to, okTo := node[r.text("to_node_id")]
		link := network.Link{Key: key, Name: r.text("name"), From: from, To: to, Mode: l.mode(r, "mode"), Directed: r.boolean("directed", false),
			LengthKm: l.length(r), Tracks: r.integer("tracks", 1, 20, 1), Electrified: r.enum("electrified", "", "yes", "no", "partly", "planned"),
			SpeedKmPerH: r.number("speed_km_per_h", positive), FreeTimeH: r.number("free_time_h", positive), CapacityTPerYr: l.capacity(r),
			CapacityGroup: r.text("capacity_group"), Forms: l.forms(r, "cargo_forms"), RateGroup: r.text("rate_group"),
			RateFactor: r.numberOr("rate_factor", positive, 1), TariffUSDPerT: r.numberOr("tariff_usd_per_t", notNegative, 0),
			Status:   r.enum("status", "open", "open", "under_construction", "planned", "closed"),
			OpenYear: r.year("open_year"), CloseYear: r.year("close_year"), OpenShare: r.numberOr("open_share", share, 1),
			PassengerTrains: r.numberOr("passenger_trains_per_day", notNegative, 0)}
		if r.enum("capacity_scope", "direction", "direction", "both") == "both" {
			link.CapacityScope = network.BothDirections
		}
		link.Via = l.via(r, "geometry")
		link.Provenance = l.provenance(r)
		if okFrom && okTo {
			if from == to {
				r.fault("to_node_id", r.text("to_node_id"), "the link ends where it starts")
			}
			l.checkLength(r, &link)
		}
		if link.CloseYear != 0 && link.CloseYear <= link.OpenYear {
			r.fault("close_year", r.text("close_year"), "the link closes before it opens (%d)", link.OpenYear)
		}
		if ok && okFrom && okTo && link.Mode != "" {
			l.in.Network.Links = append(l.in.Network.Links, link)
			l.rows.linkLine = append(l.rows.linkLine, r.line)
		}
	})
}

// via reads the points between the ends of a link from a WKT line, whose own
// ends are those of the nodes and are left out.
func (l *loader) via(r *row, field string) [][2]float64 {
	s := r.text(field)
	if s == "" {
		return nil
	}
	line, err := wkt.UnmarshalLineString(s)
	if err != nil || len(line) < 2 {
		r.fault(field, s, "a line in WKT was expected, such as LINESTRING (49.9 40.4, 49.4 39.9)")
		return nil
	}
	var out [][2]float64
	for _, p := range line[1 : len(line)-1] {
		if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
			r.fault(field, s, "the line leaves the range of longitude and latitude")
			return nil
		}
		out = append(out, p)
	}
	return out
}

// length reads length_km, or the GMNS column length in the study's unit.
func (l *loader) length(r *row) float64 {
	if !r.columns["length_km"] && !r.columns["length"] {
		if !l.saidLength {
			l.saidLength = true
			l.f.errorf(r.file, 1, "length_km", "", "the column is missing (or length, with its unit in study.yaml)")
		}
		return math.NaN()
	}
	if r.text("length_km") != "" || !r.columns["length"] {
		if r.text("length_km") == "" {
			r.fault("length_km", "", "a value is required")
		}
		return r.number("length_km", positive)
	}
	factor := map[string]float64{"km": 1, "m": 0.001, "mi": 1.609344}[l.units.length]
	if factor == 0 {
		r.fault("length", r.text("length"), "the column length needs units.length (km, m or mi) in study.yaml; or use length_km")
		return math.NaN()
	}
	return r.number("length", positive) * factor
}

// capacity reads capacity_t_per_yr, or the GMNS column capacity in the study's
// unit; NaN where none is stated.
func (l *loader) capacity(r *row) float64 {
	if r.text("capacity_t_per_yr") != "" || r.text("capacity") == "" {
		return r.number("capacity_t_per_yr", positive)
	}
	factor := map[string]float64{"t_per_yr": 1, "t_per_day": 365}[l.units.capacity]
	if factor == 0 {
		r.fault("capacity", r.text("capacity"), "the column capacity needs units.capacity (t_per_yr or t_per_day) in study.yaml; or use capacity_t_per_yr")
		return math.NaN()
	}
	return r.number("capacity", positive) * factor
}

// checkLength compares a link with the great circle between its ends. Half a
// percent is left for the rounding of coordinates and for the ellipsoid.
func (l *loader) checkLength(r *row, link *network.Link) {
	a, b := l.in.Network.Nodes[link.From], l.in.Network.Nodes[link.To]
	circle := network.GreatCircleKm(a.Lon, a.Lat, b.Lon, b.Lat)
	field := "length_km"
	if r.text(field) == "" {
		field = "length"
	}
	switch {
	case math.IsNaN(circle) || math.IsNaN(link.LengthKm):
	case link.LengthKm < circle*0.995-0.5:
		if approximate(a) || approximate(b) {
			r.warn(field, r.text(field), "the link is shorter than the great circle between its ends (%.1f km), of which one is known only roughly", circle)
			return
		}
		r.fault(field, r.text(field), "the link is shorter than the great circle between its ends (%.1f km)", circle)
	case circle > 1 && link.LengthKm > 3*circle:
		r.warn(field, r.text(field), "the link is more than three times the great circle between its ends (%.1f km)", circle)
	}
}

// approximate reports whether a node's coordinates are an estimate, good to a
// few km only.
func approximate(n network.Node) bool { return n.Estimate() }

func (l *loader) mode(r *row, field string) string {
	s := r.text(field)
	if s == "" {
		return ""
	}
	known := make([]string, len(l.in.Network.Modes))
	for i, m := range l.in.Network.Modes {
		known[i] = m.Key
	}
	if !contains(known, s) {
		r.fault(field, s, "unknown mode%s", nearest(s, known))
		return ""
	}
	return s
}

// forms reads a list of cargo forms; an empty cell means all.
func (l *loader) forms(r *row, field string) network.FormSet {
	list := r.list(field)
	if len(list) == 0 {
		return network.AllForms
	}
	var set network.FormSet
	for _, name := range list {
		f, ok := network.FormOf(name)
		if !ok {
			r.fault(field, name, "unknown cargo form: one of %s was expected%s", strings.Join(network.FormNames, ", "), nearest(name, network.FormNames))
			continue
		}
		set = set.With(f)
	}
	return set
}

var terminalColumns = with(cols("node_id*", "kind*", "from_mode*", "to_mode*", "cargo_forms", "dwell_h*", "dwell_h_low", "dwell_h_high", "dwell_sd_h",
	"cost_usd_per_t*", "cost_usd_per_t_low", "cost_usd_per_t_high", "fee_usd_per_t", "capacity_t_per_yr", "capacity_group", "at_link", "directed",
	"open_share", "quota_out_t_per_yr", "quota_in_t_per_yr"), provenanceColumns)

func (l *loader) readTerminals(in io.Reader, file string) {
	node := map[string]network.NodeID{}
	for i := range l.in.Network.Nodes {
		node[l.in.Network.Nodes[i].Key] = network.NodeID(i)
	}
	group := map[string]float64{}
	l.table(in, file, terminalColumns, func(r *row) {
		l.refer(r, "node", "node_id")
		l.refer(r, "link", "at_link")
		id, ok := node[r.text("node_id")]
		t := network.Terminal{Node: id, Kind: network.Kind(r.enum("kind", "", "transfer", "gauge_change", "border", "transhipment")),
			FromMode: l.mode(r, "from_mode"), ToMode: l.mode(r, "to_mode"), Forms: l.forms(r, "cargo_forms"),
			DwellH: r.numberOr("dwell_h", notNegative, 0), DwellSDH: r.numberOr("dwell_sd_h", notNegative, 0),
			CostUSDPerT: r.numberOr("cost_usd_per_t", notNegative, 0), FeeUSDPerT: r.numberOr("fee_usd_per_t", notNegative, 0),
			CapacityTPerYr: r.number("capacity_t_per_yr", positive), CapacityGroup: r.text("capacity_group"), AtLink: r.text("at_link"),
			Directed: r.boolean("directed", false), OpenShare: r.numberOr("open_share", share, 1),
			QuotaOutTPerYr: r.number("quota_out_t_per_yr", positive), QuotaInTPerYr: r.number("quota_in_t_per_yr", positive),
			Line: r.line, Provenance: l.provenance(r)}
		l.bounds(r, "dwell_h", t.DwellH)
		l.bounds(r, "cost_usd_per_t", t.CostUSDPerT)
		same := t.FromMode == t.ToMode
		switch t.Kind {
		case network.Border, network.Transhipment:
			if !same {
				r.fault("to_mode", t.ToMode, "a %s stays in one mode: %s was expected", t.Kind, t.FromMode)
			}
		case network.Transfer, network.GaugeChange:
			if same && t.FromMode != "" && !l.pipeline(t.FromMode) {
				r.fault("to_mode", t.ToMode, "a %s joins two modes; for two services of one mode use transhipment, for a border use border", t.Kind)
			}
		}
		if t.CapacityGroup != "" && !math.IsNaN(t.CapacityTPerYr) {
			if old, ok := group[t.CapacityGroup]; ok && old != t.CapacityTPerYr {
				r.fault("capacity_t_per_yr", r.text("capacity_t_per_yr"), "the rows of a capacity group share one capacity, and another row of %s says %g", t.CapacityGroup, old)
			}
			group[t.CapacityGroup] = t.CapacityTPerYr
		}
		if ok && t.Kind != "" && t.FromMode != "" && t.ToMode != "" {
			l.in.Network.Terminals = append(l.in.Network.Terminals, t)
			l.rows.terminalLine = append(l.rows.terminalLine, r.line)
		}
	})
}

// bounds checks that a value lies between the low and high beside it.
func (l *loader) bounds(r *row, name string, v float64) {
	low, high := r.number(name+"_low", notNegative), r.number(name+"_high", notNegative)
	if low > v {
		r.fault(name+"_low", r.text(name+"_low"), "the low value is above the value itself (%g)", v)
	}
	if high < v {
		r.fault(name+"_high", r.text(name+"_high"), "the high value is below the value itself (%g)", v)
	}
}

func (l *loader) pipeline(mode string) bool {
	m, _ := l.in.Network.ModeByKey(mode)
	return m.Family == network.Pipeline
}

var serviceColumns = with(cols("service_id*", "name", "link_ids*", "cargo_forms", "sailings_per_week*", "capacity_t_per_vessel", "open_year", "close_year"), provenanceColumns)

func (l *loader) readServices(in io.Reader, file string) {
	links := l.linkIDs()
	l.table(in, file, serviceColumns, func(r *row) {
		key, ok := l.key(r, "service", "service_id")
		s := network.Service{Key: key, Name: r.text("name"), Forms: l.forms(r, "cargo_forms"), SailingsPerWeek: r.number("sailings_per_week", positive),
			CapacityTPerVessel: r.number("capacity_t_per_vessel", positive), OpenYear: r.year("open_year"), CloseYear: r.year("close_year"), Provenance: l.provenance(r)}
		for _, k := range l.referList(r, "link", "link_ids") {
			id, known := links[k]
			if known {
				s.Links = append(s.Links, id)
			}
			ok = ok && known
		}
		if ok && len(s.Links) > 0 && !math.IsNaN(s.SailingsPerWeek) {
			if _, err := l.in.Network.Calls(&s); err != nil {
				r.fault("link_ids", r.text("link_ids"), "%v", err)
				return
			}
			l.in.Network.Services = append(l.in.Network.Services, s)
		}
	})
}

func (l *loader) linkIDs() map[string]network.LinkID {
	out := map[string]network.LinkID{}
	for i := range l.in.Network.Links {
		out[l.in.Network.Links[i].Key] = network.LinkID(i)
	}
	return out
}

var sectionColumns = with(cols("section_id*", "link_ids*", "length_km*", "gauge_mm*", "tracks*", "longest_block_km*", "longest_block_km_low", "longest_block_km_high",
	"run_forward_min*", "run_back_min*", "signalling*", "window_min", "passenger_trains_per_day", "local_trains_per_day", "train_net_load_t*", "stated_trains_per_day"), provenanceColumns)

func (l *loader) readSections(in io.Reader, file string) {
	links := l.linkIDs()
	l.table(in, file, sectionColumns, func(r *row) {
		key, ok := l.key(r, "section", "section_id")
		s := network.Section{Key: key, LengthKm: r.number("length_km", positive), Gauge: r.integer("gauge_mm", 600, 1700, 0), Tracks: r.integer("tracks", 1, 4, 0),
			LongestBlockKm: r.number("longest_block_km", positive), LongestBlockLowKm: r.numberOr("longest_block_km_low", positive, 0),
			LongestBlockHighKm: r.numberOr("longest_block_km_high", positive, 0), RunForwardMin: r.number("run_forward_min", positive), RunBackMin: r.number("run_back_min", positive),
			Signalling:      r.enum("signalling", "", "automatic_block", "semi_automatic_block", "telephone_block", "electronic"),
			PassengerTrains: r.numberOr("passenger_trains_per_day", notNegative, 0), LocalTrains: r.numberOr("local_trains_per_day", notNegative, 0),
			TrainNetLoadT: r.number("train_net_load_t", positive), WindowMin: r.numberOr("window_min", notNegative, 0),
			CapacityTrainsSaid: r.numberOr("stated_trains_per_day", notNegative, 0), Provenance: l.provenance(r)}
		if s.WindowMin >= 1440 {
			r.fault("window_min", r.text("window_min"), "a maintenance window is shorter than the day's 1440 min")
			ok = false
		}
		l.bounds(r, "longest_block_km", s.LongestBlockKm)
		for _, k := range l.referList(r, "link", "link_ids") {
			if id, known := links[k]; known {
				s.Links = append(s.Links, id)
			}
		}
		if ok && s.Tracks > 0 && s.RunForwardMin > 0 && s.RunBackMin > 0 && len(s.Links) > 0 {
			l.in.Network.Sections = append(l.in.Network.Sections, s)
		}
	})
}

var connectorColumns = with(cols("zone_id*", "node_id*", "mode", "time_h", "cost_usd_per_t"), provenanceColumns)

func (l *loader) readConnectors(in io.Reader, file string) {
	l.table(in, file, connectorColumns, func(r *row) {
		l.refer(r, "zone", "zone_id")
		l.refer(r, "node", "node_id")
		l.provenance(r)
		c := network.Connector{Zone: -1, Mode: l.mode(r, "mode"), TimeH: r.numberOr("time_h", notNegative, 0), CostUSDPerT: r.numberOr("cost_usd_per_t", notNegative, 0)}
		for i := range l.in.Zones {
			if l.in.Zones[i].Key == r.text("zone_id") {
				c.Zone = int32(i)
			}
		}
		for i := range l.in.Network.Nodes {
			if l.in.Network.Nodes[i].Key == r.text("node_id") && c.Zone >= 0 {
				c.Node = network.NodeID(i)
				l.in.Connectors = append(l.in.Connectors, c)
			}
		}
	})
}
