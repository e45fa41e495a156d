package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// added is the source of what this program adds to the facts, each with its
// reason in the row's note.
const added = "derived"

// classOf reads from its publisher what kind of source a document is.
func classOf(r record) string {
	publisher := strings.ToLower(r["publisher"])
	for _, c := range []struct{ class, words string }{
		{"compiler", "compiler"}, {"statistics", "geonames|geostat|eea|energy community"}, {"lender", "adb|carec|world bank"},
		{"owner", "bp |georgian railway|southern gas corridor|socar|titr|nh logistics"}, {"law", "president of"}, {"report", "pypi|technology|interrail|law office|fakt yoxla"},
	} {
		for _, w := range strings.Split(c.words, "|") {
			if strings.Contains(publisher+" ", w) {
				return c.class
			}
		}
	}
	return "press"
}

func (b *builder) sources() error {
	var rows [][]string
	b.dated = map[string]string{}
	for _, r := range b.facts["sources"] {
		b.dated[r["source_id"]] = r["date"]
		rows = append(rows, []string{r["source_id"], r["title"], r["publisher"], r["author"], r["date"], r["url"], r["language"], r["quote_or_place"], classOf(r)})
	}
	rows = append(rows, []string{translated, "Names in other languages, written by the builder of the study", "compiler", "", "2026-11-25", "", "", "no document gives these names in this form", "compiler"})
	return b.write("source.csv", []string{"source_id", "title", "publisher", "author", "date", "url", "language", "place", "class"}, rows)
}

func (b *builder) nodes() error {
	b.country, b.at, b.name = map[string]string{}, map[string][2]string{}, map[string]string{}
	var rows [][]string
	for _, r := range b.facts["nodes"] {
		b.country[r["node_id"]] = r["country_iso2"]
		b.name[r["node_id"]] = r["name"]
		b.at[r["node_id"]] = [2]string{r["lon"], r["lat"]}
		rows = append(rows, []string{r["node_id"], r["name"], r["alt_names"], r["kind"], r["country_iso2"], r["lon"], r["lat"], r["source_id"], r["confidence"], r["note"]})
	}
	rows = append(rows, []string{novorossiysk, "Novorossiysk", "Новороссийск", "port", "RU", "37.77", "44.72", "recalled", "low", "added: goods between the Russian Federation and Türkiye go by the Black Sea, and the facts have no Russian port there"})
	b.country[novorossiysk] = "RU"
	b.at[novorossiysk] = [2]string{"37.77", "44.72"}
	return b.write("network/node.csv", []string{"node_id", "name", "alt_names", "kind", "country_iso2", "x_coord", "y_coord", "source_id", "confidence", "note"}, rows)
}

// formOf turns a cargo form of the facts into ours. Air goods are a form of
// their own, so that a container does not become general cargo by flying.
func formOf(name, mode string) string {
	switch {
	case name == "rail_ferry":
		return "rail_wagon"
	case mode == "air":
		return "air_cargo"
	}
	return name
}

func formsOf(list, mode string) string {
	var out []string
	for _, f := range strings.Split(list, ";") {
		out = append(out, formOf(f, mode))
	}
	return strings.Join(out, ";")
}

// modeOf turns a mode of the facts into ours: rail is told apart by gauge.
func modeOf(r record) string {
	if r["mode"] == "rail" {
		return "rail" + r["gauge_mm"]
	}
	return r["mode"]
}

// groups names the rate groups; the plain one has no name.
var groups = map[string]string{"rate_tkm": "", "rate_tkm_caspian": "caspian", "rate_tkm_ocean": "ocean", "rate_tkm_lake": "lake", "rate_1000m3_100km": ""}

// byScenario are links under construction that a scenario opens, so that the
// base is without them.
var byScenario = map[string]bool{"rai-az-horadiz-az-soltanli": true, "rai-az-soltanli-az-mincivan": true, "rai-az-mincivan-az-agbend": true}

var linkHeader = []string{"link_id", "name", "from_node_id", "to_node_id", "directed", "mode", "length_km", "tracks", "electrified", "free_time_h",
	"capacity_t_per_yr", "capacity_scope", "cargo_forms", "rate_group", "rate_factor", "status", "open_year", "geometry", "source_id", "confidence", "known_on", "note"}

func (b *builder) links() error {
	b.gauges = map[string]map[string]bool{}
	var rows, services [][]string
	for _, r := range b.facts["links"] {
		mode := modeOf(r)
		scope := "direction"
		if r["mode"] == "rail" {
			// Both the single line and the stated capacities of a network
			// section are for the two directions together.
			scope = "both"
			for _, n := range []string{r["from_node"], r["to_node"]} {
				if b.gauges[n] == nil {
					b.gauges[n] = map[string]bool{}
				}
				b.gauges[n][mode] = true
			}
		}
		status, open, note := r["status"], r["open_year"], r["note"]
		if byScenario[r["link_id"]] {
			status, open, note = "planned", "", "planned opening "+open+"; opened by a scenario, not in the base; "+note
		}
		if status == "open" && open != "" && open < "2020" {
			open = "" // open before the first year that is run
		}
		rows = append(rows, []string{r["link_id"], r["name"], r["from_node"], r["to_node"], "false", mode, r["length_km"], r["tracks"], r["electrified"], r["free_time_h"],
			r["capacity_t_per_yr"], scope, formsOf(r["cargo_forms"], r["mode"]), groups[r["rate_group"]], r["rate_factor"], status, open, b.line(r["link_id"], r["from_node"], r["to_node"]),
			r["source_id"], r["confidence"], r["known_on"], note})
		if r["sailings_per_week"] != "" {
			capacity := r["vessel_capacity_t"]
			if charter(r["cargo_forms"]) {
				capacity = "" // ships are chartered as goods come: no schedule limits them
			}
			services = append(services, []string{"svc-" + r["link_id"], r["name"], r["link_id"], formsOf(r["cargo_forms"], r["mode"]), r["sailings_per_week"], capacity,
				r["source_id"], r["confidence"], r["known_on"], r["note"]})
		}
	}
	// Crude that tankers bring to Dubandi is known to go on through BTC, but no
	// facts row joins the terminal to Sangachal.
	rows = append(rows, []string{"oilp-az-dubendi-azsan", "Dubandi - Sangachal", "az-dubendi", "AZSAN", "false", "oil_pipeline", "85", "", "", "", "", "direction", "liquid", "", "",
		"open", "", "", added, "low", "", "added: transit crude from tankers enters BTC at Sangachal; great circle x 1.2"})
	for _, l := range blackSea {
		rows = append(rows, []string{l.id, l.name, l.from, novorossiysk, "false", l.mode, l.km, l.tracks, l.electrified, "", "", l.scope, l.forms, "", "", "open", "", b.line(l.id, l.from, novorossiysk), added, "low", "", "added with Novorossiysk; great circle x " + l.factor})
		if l.sailings != "" {
			services = append(services, []string{"svc-" + l.id, l.name, l.id, l.forms, l.sailings, l.ship, "recalled", "low", "", "added with Novorossiysk; sailings recalled"})
		}
		if l.mode == "rail1520" {
			b.gauges[novorossiysk] = map[string]bool{"rail1520": true}
		}
	}
	if err := b.write("network/link.csv", linkHeader, rows); err != nil {
		return err
	}
	return b.write("network/service.csv", []string{"service_id", "name", "link_ids", "cargo_forms", "sailings_per_week", "capacity_t_per_vessel", "source_id", "confidence", "known_on", "note"}, services)
}

// novorossiysk is the UN/LOCODE of the port that is added.
const novorossiysk = "RUNVS"

// blackSea are the links that join it: recalled, with lengths by great circle.
var blackSea = []struct{ id, name, from, mode, km, factor, tracks, electrified, scope, forms, sailings, ship string }{
	{"rai-ru-moscow-runvs", "Moscow - Novorossiysk", "ru-moscow", "rail1520", "1535", "1.25", "2", "yes", "both", "container;dry_bulk;liquid;general", "", ""},
	{"rai-rumcx-runvs", "Makhachkala - Novorossiysk", "RUMCX", "rail1520", "1010", "1.25", "2", "yes", "both", "container;dry_bulk;liquid;general", "", ""},
	{"rai-ru-astrakhan-runvs", "Astrakhan - Novorossiysk", "ru-astrakhan", "rail1520", "1060", "1.3", "1", "yes", "both", "container;dry_bulk;liquid;general", "", ""},
	{"roa-ru-moscow-runvs", "Moscow - Novorossiysk", "ru-moscow", "road", "1480", "1.2", "", "", "direction", "container;roro;dry_bulk;liquid;general", "", ""},
	{"roa-ru-vladikavkaz-runvs", "Vladikavkaz - Novorossiysk", "ru-vladikavkaz", "road", "720", "1.25", "", "", "direction", "container;roro;dry_bulk;liquid;general", "", ""},
	{"sea-runvs-trssx", "Novorossiysk - Samsun", "TRSSX", "sea", "435", "1.1", "", "", "direction", "general;dry_bulk;liquid", "2", ""},
	{"sea-runvs-trtzx", "Novorossiysk - Trabzon", "TRTZX", "sea", "500", "1.1", "", "", "direction", "general;dry_bulk", "2", ""},
	{"sea-runvs-trist", "Novorossiysk - Istanbul", "TRIST", "sea", "880", "1.05", "", "", "direction", "general;dry_bulk;liquid", "7", ""},
	{"sea-runvs-trizm", "Novorossiysk - Izmir", "TRIZM", "sea", "1400", "1.35", "", "", "direction", "general;dry_bulk", "3", ""},
	{"sea-runvs-trisk", "Novorossiysk - Iskenderun", "TRISK", "sea", "2350", "2.6", "", "", "direction", "general;dry_bulk", "3", ""},
	{"sea-runvs-trmer", "Novorossiysk - Mersin", "TRMER", "sea", "2250", "2.5", "", "", "direction", "general;dry_bulk", "3", ""},
	{"sea-runvs-ittrs", "Novorossiysk - Trieste", "ITTRS", "sea", "2900", "1.5", "", "", "direction", "general;dry_bulk;liquid", "3", ""},
}

// charter reports whether a sea link takes only goods that go by charter.
func charter(forms string) bool {
	for _, f := range strings.Split(forms, ";") {
		if f != "general" && f != "dry_bulk" && f != "liquid" {
			return false
		}
	}
	return true
}

var terminalHeader = []string{"node_id", "kind", "from_mode", "to_mode", "cargo_forms", "dwell_h", "dwell_h_low", "dwell_h_high", "dwell_sd_h",
	"cost_usd_per_t", "cost_usd_per_t_low", "cost_usd_per_t_high", "capacity_t_per_yr", "capacity_group", "at_link", "open_share", "source_id", "confidence", "note"}

func (b *builder) terminals() error {
	closed := map[string]float64{}
	for _, r := range b.facts["permits"] {
		if r["kind"] == "closure_share" {
			v, err := strconv.ParseFloat(r["value"], 64)
			if err != nil {
				return fmt.Errorf("permits %s: %w", r["permit_id"], err)
			}
			closed[r["node_id"]] = v
		}
	}
	gaugeOf := map[string]string{}
	for _, r := range b.facts["links"] {
		gaugeOf[r["link_id"]] = modeOf(r)
	}
	var rows [][]string
	for _, r := range b.facts["terminals"] {
		kind := "transfer"
		switch r["kind"] {
		case "border_rail", "border_road":
			kind = "border"
		case "gauge_change":
			kind = "gauge_change"
		case "sea_sea":
			kind = "transhipment"
		case "tank_oil":
			continue // storage within one pipeline system: no change of mode
		}
		open := ""
		if share, ok := closed[r["node_id"]]; ok && (kind == "border" || r["from_mode"] == "sea" || r["to_mode"] == "sea") {
			open = strconv.FormatFloat(1-share, 'f', -1, 64)
		}
		forms := formsOf(r["cargo_forms"], "")
		if r["to_mode"] == "air" {
			forms = "air_cargo"
		}
		for _, pair := range b.modePairs(r, gaugeOf) {
			rows = append(rows, []string{r["node_id"], kind, pair[0], pair[1], forms, r["dwell_h_mean"], r["dwell_h_low"], r["dwell_h_high"], r["dwell_h_sd"],
				r["cost_usd_per_t"], r["cost_low"], r["cost_high"], r["capacity_t_per_yr"], r["capacity_group"], r["at_link"], open, r["source_id"], r["confidence"], r["note"]})
		}
	}
	rows = append(rows, []string{"az-dubendi", "transfer", "oil_pipeline", "sea", "liquid", "24", "", "", "12", "1", "", "", "", "cap-az-dubendi", "", "", added, "low",
		"added with the link Dubandi - Sangachal; dwell and cost as at the other oil terminals"})
	for _, form := range []struct{ forms, dwell, sd, cost string }{{"dry_bulk", "72", "50.4", "6"}, {"general", "72", "50.4", "8"}, {"liquid", "36", "25.2", "3"}} {
		for _, mode := range []string{"rail1520", "road"} {
			rows = append(rows, []string{novorossiysk, "transfer", mode, "sea", form.forms, form.dwell, "", "", form.sd, form.cost, "", "", "", "cap-runvs", "", "", added, "low", "added with Novorossiysk; dwell and cost as at Poti"})
		}
	}
	return b.write("network/terminal.csv", terminalHeader, rows)
}

// modePairs gives the modes that a row of the facts joins: where it says rail,
// each gauge that has a link at the node.
func (b *builder) modePairs(r record, gaugeOf map[string]string) [][2]string {
	rails := []string{}
	for m := range b.gauges[r["node_id"]] {
		rails = append(rails, m)
	}
	sort.Strings(rails)
	switch {
	case r["kind"] == "gauge_change":
		return [][2]string{{"rail1520", "rail1435"}}
	case r["kind"] == "border_rail" && r["at_link"] != "":
		m := gaugeOf[r["at_link"]]
		return [][2]string{{m, m}}
	case r["kind"] == "border_rail":
		var out [][2]string
		for _, m := range rails {
			out = append(out, [2]string{m, m})
		}
		return out
	case r["from_mode"] == "rail":
		var out [][2]string
		for _, m := range rails {
			out = append(out, [2]string{m, r["to_mode"]})
		}
		return out
	}
	return [][2]string{{r["from_mode"], r["to_mode"]}}
}

// signalling turns the facts' words into the codes of the format. A system
// that is partly out of use does not count as automatic.
func signalling(s string) string {
	switch {
	case strings.HasPrefix(s, "automatic block (partly"):
		return "semi_automatic_block"
	case strings.HasPrefix(s, "automatic"):
		return "automatic_block"
	case strings.HasPrefix(s, "semi"):
		return "semi_automatic_block"
	case strings.HasPrefix(s, "telephone"):
		return "telephone_block"
	}
	return "electronic"
}

func (b *builder) sections() error {
	var rows [][]string
	for _, r := range b.facts["rail_section"] {
		rows = append(rows, []string{r["section_id"], r["link_ids"], r["length_km"], r["gauge_mm"], r["tracks"], r["longest_block_km"], r["longest_block_low"], r["longest_block_high"],
			r["block_run_min_forward"], r["block_run_min_back"], signalling(r["signalling"]), r["passenger_trains_per_day"], r["train_net_load_t"], r["capacity_trains_per_day_both"],
			r["source_id"], r["confidence"], r["signalling"] + "; " + r["traction"] + "; " + r["note"]})
	}
	return b.write("network/rail_section.csv", []string{"section_id", "link_ids", "length_km", "gauge_mm", "tracks", "longest_block_km", "longest_block_km_low", "longest_block_km_high",
		"run_forward_min", "run_back_min", "signalling", "passenger_trains_per_day", "train_net_load_t", "stated_trains_per_day", "source_id", "confidence", "note"}, rows)
}
