package study

import (
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/register"
)

var sourceColumns = cols("source_id*", "title*", "publisher", "author", "date", "url", "language", "place", "class", "note")

func (l *loader) readSources(in io.Reader, file string) {
	l.table(in, file, sourceColumns, func(r *row) {
		key, ok := l.key(r, "source", "source_id")
		if d := r.text("date"); d != "" && !isPartialDate(d) {
			r.fault("date", d, "a date as yyyy, yyyy-mm or yyyy-mm-dd was expected")
		}
		if c := r.text("class"); c != "" && register.ClassWeight(c) == 0 {
			r.fault("class", c, "one of %s was expected", strings.Join(register.Classes, ", "))
		}
		if !ok {
			return
		}
		l.in.Sources = append(l.in.Sources, karvan.Source{Key: key, Title: r.text("title"), Publisher: r.text("publisher"), Author: r.text("author"),
			Date: r.text("date"), URL: r.text("url"), Language: r.text("language"), Place: r.text("place"), Class: r.text("class")})
	})
}

var zoneColumns = with(cols("zone_id*", "name*", "country_iso2*", "group", "node_id*"), provenanceColumns)

// readZones reads the zones, and joins each to all the modes at its own node.
func (l *loader) readZones(in io.Reader, file string) {
	node := map[string]network.NodeID{}
	for i := range l.in.Network.Nodes {
		node[l.in.Network.Nodes[i].Key] = network.NodeID(i)
	}
	l.table(in, file, zoneColumns, func(r *row) {
		key, ok := l.key(r, "zone", "zone_id")
		l.refer(r, "node", "node_id")
		p := l.provenance(r)
		if c := r.text("country_iso2"); c != "" && !isCountry(c) {
			r.fault("country_iso2", c, "a country of two capital letters (ISO 3166-1) was expected")
		}
		if !ok {
			return
		}
		if id, known := node[r.text("node_id")]; known {
			l.in.Connectors = append(l.in.Connectors, network.Connector{Zone: int32(len(l.in.Zones)), Node: id})
		}
		l.in.Zones = append(l.in.Zones, od.Zone{Key: key, Name: r.text("name"), Country: r.text("country_iso2"), Group: r.text("group"),
			Node: r.text("node_id"), SourceID: p.SourceID, Confidence: p.Confidence})
	})
}

var commodityColumns = with(cols("commodity_id*", "name*", "cargo_forms*", "modes*", "value_usd_per_t*", "value_of_time_usd_per_t_h*",
	"value_of_reliability_usd_per_t_h", "dispersion_t_per_usd*", "payload_t", "energy"), provenanceColumns)

func (l *loader) readCommodities(in io.Reader, file string) {
	l.table(in, file, commodityColumns, func(r *row) {
		key, ok := l.key(r, "commodity", "commodity_id")
		c := karvan.Commodity{Key: key, Name: r.text("name"), Modes: r.list("modes"), ValueUSDPerT: r.number("value_usd_per_t", positive),
			ValueOfTimeUSDPerTH:     r.number("value_of_time_usd_per_t_h", positive),
			ValueOfReliabilityUSDTH: r.numberOr("value_of_reliability_usd_per_t_h", notNegative, 0),
			DispersionTPerUSD:       r.number("dispersion_t_per_usd", positive), PayloadT: r.numberOr("payload_t", positive, 0),
			Energy: r.boolean("energy", false), Provenance: l.provenance(r)}
		list := r.list("cargo_forms")
		for i, name := range list {
			f, known := network.FormOf(name)
			if !known {
				r.fault("cargo_forms", name, "unknown cargo form: one of %s was expected%s", strings.Join(network.FormNames, ", "), nearest(name, network.FormNames))
				ok = false
				continue
			}
			if i == 0 {
				c.Own = f
			}
			c.Forms = c.Forms.With(f)
		}
		known := l.modeNames()
		for _, m := range c.Modes {
			if !contains(known, m) {
				r.fault("modes", m, "unknown mode or family%s", nearest(m, known))
				ok = false
			}
		}
		if ok {
			l.in.Commodities = append(l.in.Commodities, c)
		}
	})
}

// modeNames lists the modes and families of the study.
func (l *loader) modeNames() []string {
	var out []string
	for _, m := range l.in.Network.Modes {
		out = append(out, m.Key)
	}
	for _, f := range network.Families {
		if !contains(out, string(f)) {
			out = append(out, string(f))
		}
	}
	return out
}

// parameters are those that cost.csv may give, with their unit and bound.
var parameters = map[string]struct {
	unit string
	rule rule
}{
	"rate_usd_per_tkm":              {"USD/tkm", notNegative},
	"fixed_usd_per_t":               {"USD/t", notNegative},
	"speed_km_per_h":                {"km/h", positive},
	"wait_departure_h":              {"h", notNegative},
	"access_usd_per_t":              {"USD/t", notNegative},
	"access_h":                      {"h", notNegative},
	"empties_ratio":                 {"share", notNegative},
	"empty_return_cost_ratio":       {"share", notNegative},
	"empty_return_co2_ratio":        {"share", notNegative},
	"capacity_empties_ratio":        {"share", notNegative},
	"peak_factor":                   {"ratio", positive},
	"co2e_g_per_tkm":                {"g/tkm", notNegative},
	"train_net_load_t":              {"t", positive},
	"default_trains_per_day_single": {"trains/day", positive},
	"default_trains_per_day_double": {"trains/day", positive},
	"default_trucks_per_day":        {"trucks/day", positive},
	"payload_t":                     {"t", positive},
}

var costColumns = with(cols("parameter*", "mode*", "cargo_form", "rate_group", "value*", "low", "high", "unit*"), provenanceColumns)

func (l *loader) readCosts(in io.Reader, file string) {
	seen := map[string]int{}
	l.table(in, file, costColumns, func(r *row) {
		name := r.text("parameter")
		p, known := parameters[name]
		if !known && name != "" {
			r.fault("parameter", name, "unknown parameter%s", nearest(name, sortedKeys(parameters)))
		}
		if u := r.text("unit"); known && u != "" && u != p.unit {
			r.fault("unit", u, "%s is in %s", name, p.unit)
		}
		mode, form := r.text("mode"), r.text("cargo_form")
		modes := append(l.modeNames(), "all")
		if mode != "" && !contains(modes, mode) {
			r.fault("mode", mode, "a mode, a family or all was expected%s", nearest(mode, modes))
		}
		forms := append(append([]string(nil), network.FormNames...), "all")
		if form != "" && !contains(forms, form) {
			r.fault("cargo_form", form, "a cargo form or all was expected%s", nearest(form, forms))
		}
		c := karvan.CostRow{Parameter: name, Mode: mode, Form: form, Group: r.text("rate_group"), Value: r.number("value", p.rule),
			Low: r.number("low", p.rule), High: r.number("high", p.rule), Unit: r.text("unit"), Provenance: l.provenance(r)}
		if c.Low > c.Value {
			r.fault("low", r.text("low"), "the low value is above the value itself (%g)", c.Value)
		}
		if c.High < c.Value {
			r.fault("high", r.text("high"), "the high value is below the value itself (%g)", c.Value)
		}
		id := strings.Join([]string{name, mode, form, c.Group}, "|")
		if first, twice := seen[id]; twice {
			r.fault("parameter", name, "the parameter is given twice for the same mode, cargo form and rate group, first on line %d", first)
			return
		}
		seen[id] = r.line
		if math.IsNaN(c.Low) {
			c.Low = c.Value
		}
		if math.IsNaN(c.High) {
			c.High = c.Value
		}
		if known && !math.IsNaN(c.Value) {
			l.in.Costs = append(l.in.Costs, c)
		}
	})
}

var growthColumns = with(cols("country_iso2*", "from_year*", "until_year*", "rate_per_yr*"), provenanceColumns)

func (l *loader) readGrowth(in io.Reader, file string) {
	l.table(in, file, growthColumns, func(r *row) {
		l.provenance(r)
		g := od.Growth{Country: r.text("country_iso2"), FromYear: r.year("from_year"), UntilYear: r.year("until_year"), RatePerYr: r.number("rate_per_yr", anyNumber)}
		if g.Country != "" && g.Country != "*" && !isCountry(g.Country) {
			r.fault("country_iso2", g.Country, "a country of two capital letters (ISO 3166-1) or * was expected")
		}
		if g.RatePerYr <= -1 || g.RatePerYr > 1 {
			r.fault("rate_per_yr", r.text("rate_per_yr"), "a rate as a share was expected, such as 0.03 for 3 percent a year")
		}
		if g.UntilYear < g.FromYear {
			r.fault("until_year", r.text("until_year"), "the last year lies before the first")
		}
		if !math.IsNaN(g.RatePerYr) {
			l.in.Growth = append(l.in.Growth, g)
		}
	})
}

var demandColumns = with(cols("from_zone*", "to_zone*", "commodity_id*", "year*", "t_per_yr*", "low", "high", "anchor"), provenanceColumns)

func (l *loader) readDemand(in io.Reader, file string) {
	zone := map[string]od.ZoneID{}
	for i := range l.in.Zones {
		zone[l.in.Zones[i].Key] = od.ZoneID(i)
	}
	commodity := map[string]od.CommodityID{}
	for i := range l.in.Commodities {
		commodity[l.in.Commodities[i].Key] = od.CommodityID(i)
	}
	l.table(in, file, demandColumns, func(r *row) {
		// The largest table: references are looked up at once, not kept.
		from, okFrom := l.look(r, "zone", "from_zone", zone)
		to, okTo := l.look(r, "zone", "to_zone", zone)
		c, okC := look(l, r, "commodity", "commodity_id", commodity)
		cell := od.Cell{From: from, To: to, Commodity: c, Year: r.year("year"), TPerYr: r.number("t_per_yr", notNegative),
			Low: r.numberOr("low", notNegative, 0), High: r.numberOr("high", notNegative, 0), SourceID: r.text("source_id"),
			Confidence: r.enum("confidence", "", "high", "medium", "low"), Anchor: r.enum("anchor", "assumed", "sourced", "scaled", "assumed")}
		if cell.SourceID != "" && !l.exists("source", cell.SourceID) {
			l.refer(r, "source", "source_id")
		}
		if cell.Year != 0 && cell.Year < l.in.BaseYear {
			r.fault("year", r.text("year"), "the year lies before base_year (%d), so the row would not be used", l.in.BaseYear)
		}
		if cell.High > 0 && cell.Low > cell.High {
			r.fault("low", r.text("low"), "the low value is above the high one (%g)", cell.High)
		}
		if okFrom && okTo && from == to {
			r.fault("to_zone", r.text("to_zone"), "goods that stay in their zone do not move over the network")
			return
		}
		if okFrom && okTo && okC && !math.IsNaN(cell.TPerYr) {
			l.in.Demand = append(l.in.Demand, cell)
			l.rows.cellLine = append(l.rows.cellLine, r.line)
			l.rows.cellFile = append(l.rows.cellFile, file)
		}
	})
}

func (l *loader) look(r *row, kind, field string, ids map[string]od.ZoneID) (od.ZoneID, bool) {
	return look(l, r, kind, field, ids)
}

// look finds an id at once; a key that does not exist is a fault.
func look[T any](l *loader, r *row, kind, field string, ids map[string]T) (T, bool) {
	k := r.text(field)
	id, ok := ids[k]
	if !ok && k != "" {
		l.refer(r, kind, field)
	}
	return id, ok
}

var measureColumns = cols("indicator_id*", "title*", "unit*", "family", "country_iso2", "links", "also_links", "not_links", "traffic", "commodities",
	"cargo_forms", "direction", "conversion", "note")

func (l *loader) readMeasures(in io.Reader, file string) {
	l.table(in, file, measureColumns, func(r *row) {
		key, ok := l.key(r, "indicator", "indicator_id")
		m := karvan.Measure{Indicator: key, Title: r.text("title"), Unit: r.text("unit"), Family: r.text("family"), Country: r.text("country_iso2"),
			Links: l.referList(r, "link", "links"), AlsoLinks: l.referList(r, "link", "also_links"), NotLinks: l.referList(r, "link", "not_links"),
			Traffic:     r.enum("traffic", "all", "all", "domestic", "import", "export", "transit", "international"),
			Commodities: l.referList(r, "commodity", "commodities"), Direction: r.integer("direction", -1, 1, 0), Conversion: r.text("conversion"), Note: r.text("note")}
		l.refer(r, "conversion", "conversion")
		if r.text("cargo_forms") != "" {
			m.Forms = l.forms(r, "cargo_forms")
		}
		if m.Family != "" && !contains(l.modeNames(), m.Family) {
			r.fault("family", m.Family, "unknown mode or family%s", nearest(m.Family, l.modeNames()))
		}
		if m.Traffic != "all" && m.Country == "" {
			r.fault("country_iso2", "", "%s traffic needs the country that it is seen from", m.Traffic)
		}
		if len(m.Links) == 0 && m.Family == "" {
			r.fault("links", "", "a measure needs links, or a family and a country")
		}
		if ok {
			l.in.Measures = append(l.in.Measures, m)
		}
	})
}

var targetColumns = with(cols("target_id*", "indicator*", "value*", "unit*", "by_date", "set_by", "set_on"), provenanceColumns)

func (l *loader) readTargets(in io.Reader, file string) {
	l.table(in, file, targetColumns, func(r *row) {
		key, ok := l.key(r, "target", "target_id")
		t := karvan.Target{Key: key, Indicator: r.text("indicator"), Value: r.number("value", anyNumber), Unit: r.text("unit"), ByDate: r.date("by_date"),
			SetBy: r.text("set_by"), SetOn: r.date("set_on")}
		p := l.provenance(r)
		t.SourceID, t.Confidence, t.KnownOn = p.SourceID, p.Confidence, r.text("known_on")
		if ok {
			l.in.Targets = append(l.in.Targets, t)
		}
	})
}

// period is a year, or a part of years, or a plan for one.
var period = regexp.MustCompile(`^[12][0-9]{3}(-(Q[1-4]|H[12]|[01][0-9]|plan))?(\.\.([12][0-9]{3}(-[01][0-9])?|[01][0-9]))?$`)

var observedColumns = with(cols("obs_id*", "indicator_id*", "period*", "value*", "unit*", "role*", "derived_from"), provenanceColumns)

func (l *loader) readObserved(in io.Reader, file string) {
	l.table(in, file, observedColumns, func(r *row) {
		key, ok := l.key(r, "observation", "obs_id")
		p := l.provenance(r)
		o := karvan.Observation{Key: key, Indicator: r.text("indicator_id"), Period: r.text("period"), Value: r.number("value", anyNumber), Unit: r.text("unit"),
			Role: r.enum("role", "", "fit", "kept_apart"), KnownOn: r.text("known_on"), DerivedBy: r.text("derived_from"),
			SourceID: p.SourceID, Confidence: p.Confidence, Note: p.Note}
		// A whole year is four digits; anything else is a part, listed and not scored.
		if y, err := strconv.Atoi(o.Period); err == nil && len(o.Period) == 4 {
			o.Year = y
		}
		if o.Period != "" && !period.MatchString(o.Period) {
			r.fault("period", o.Period, "a year (2020) or a part of years (2020-Q1, 2020-01, 2020-01..10, 2017-10..2019) was expected")
		}
		l.referList(r, "observation", "derived_from")
		if ok {
			l.in.Observations = append(l.in.Observations, o)
		}
	})
}
