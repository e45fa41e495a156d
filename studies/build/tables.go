package main

import "strings"

// costRules says how a base row of costs.csv becomes rows of cost.csv.
var costRules = map[string]struct{ parameter, unit string }{
	"rate_tkm":         {"rate_usd_per_tkm", "USD/tkm"},
	"rate_tkm_caspian": {"rate_usd_per_tkm", "USD/tkm"},
	"rate_tkm_ocean":   {"rate_usd_per_tkm", "USD/tkm"},
	"rate_tkm_lake":    {"rate_usd_per_tkm", "USD/tkm"},
	"fixed_cost":       {"fixed_usd_per_t", "USD/t"},
	"speed_commercial": {"speed_km_per_h", "km/h"},
	"speed_free":       {"speed_km_per_h", "km/h"},
	"empties_ratio":    {"empties_ratio", "share"},
	"peak_factor":      {"peak_factor", "ratio"},
	"co2e":             {"co2e_g_per_tkm", "g/tkm"},
	"train_net_load":   {"train_net_load_t", "t"},
	"wait_departure":   {"wait_departure_h", "h"},
	"wait_marshalling": {"wait_departure_h", "h"},

	"default_capacity_single_track": {"default_trains_per_day_single", "trains/day"},
	"default_capacity_double_track": {"default_trains_per_day_double", "trains/day"},
	"default_capacity_road_lane":    {"default_trucks_per_day", "trucks/day"},
	"payload":                       {"payload_t", "t"},
}

// extra are rows that follow from the facts by a rule, or that the model needs
// and the facts do not hold.
var extra = [][]string{
	{"speed_km_per_h", "road", "all", "", "17.5", "13.6", "22.2", "km/h", "derived", "low", "42 km/h driving x 10/24 h a day: elapsed time of one driver"},
	{"speed_km_per_h", "pipeline", "all", "", "7", "4", "25", "km/h", "recalled", "low", "crude in a large line moves at about 2 m/s; gas faster, but its time is of no account"},
	{"rate_usd_per_tkm", "gas_pipeline", "gas", "", "0.0417", "0.0208", "0.0833", "USD/tkm", "derived", "low", "3 USD per 1000 m3 and 100 km / 0.72 t per 1000 m3"},
	{"rate_usd_per_tkm", "air", "air_cargo", "", "0.45", "0.25", "0.8", "USD/tkm", "recalled", "low", ""},
	{"rate_usd_per_tkm", "oil_pipeline", "liquid", "", "0.004", "0.002", "0.008", "USD/tkm", "recalled", "low", "order of magnitude"},
	{"access_usd_per_t", "rail", "container", "", "6", "3", "12", "USD/t", "derived", "low", "no siding: the rail_road rows of terminals.csv (3 USD/t) and the fixed cost of a truck (3 USD/t), at each end"},
	{"access_usd_per_t", "rail", "general", "", "6", "3", "12", "USD/t", "derived", "low", "as container"},
	{"access_h", "rail", "container", "", "12", "6", "24", "h", "derived", "low", "as the dwell of the rail_road rows of terminals.csv"},
	{"access_h", "rail", "general", "", "12", "6", "24", "h", "derived", "low", "as container"},
	{"capacity_empties_ratio", "rail", "all", "", "0.6", "0.35", "0.95", "share", "derived", "low", "mean of the empties ratios of containers, dry bulk and tanks weighed by the wagons of the corridor, by judgement"},
	{"capacity_empties_ratio", "road", "all", "", "0.35", "0.2", "0.6", "share", "derived", "low", "as empties_ratio"},
	{"empties_ratio", "rail", "general", "", "0.5", "0.3", "0.8", "share", "derived", "low", "between containers (0.35) and dry bulk (0.7)"},
	{"empty_return_cost_ratio", "all", "all", "", "0", "0", "0", "share", "derived", "medium", "the rates are prices quoted for the loaded way and cover the empty return"},
	{"empty_return_co2_ratio", "all", "all", "", "0", "0", "0", "share", "derived", "medium", "the emission factors are averages of whole fleets and cover empty running"},
}

func (b *builder) costs() error {
	var rows [][]string
	for _, r := range b.facts["costs"] {
		rule, ok := costRules[r["parameter"]]
		if r["use"] != "base" || !ok {
			continue
		}
		mode, form, group := r["mode"], formOf(r["commodity"], ""), groups[r["parameter"]]
		switch {
		case form == "bulk" || form == "crude" || mode == "air" && r["parameter"] == "rate_tkm":
			continue // dry_bulk, liquid and air_cargo rows stand for them
		case form == "general" && (r["parameter"] == "fixed_cost" || r["parameter"] == "payload"):
			form = "all"
		case mode == "terminal":
			continue // stated capacities of terminals are a year's already
		case mode == "road" && r["parameter"] == "speed_free":
			continue
		case r["parameter"] == "payload" && mode != "road":
			continue
		}
		if r["parameter"] == "co2e" && form != "all" && form != "container" {
			continue
		}
		rows = append(rows, []string{rule.parameter, mode, form, group, r["value"], r["low"], r["high"], rule.unit, r["source_id"], r["confidence"], r["note"]})
	}
	rows = append(rows, extra...)
	return b.write("cost.csv", []string{"parameter", "mode", "cargo_form", "rate_group", "value", "low", "high", "unit", "source_id", "confidence", "note"}, rows)
}

// parents names the observation that a derived one was computed from, where
// its note says so.
func parents(r record, all []record) string {
	if !strings.Contains(r["note"], "rests on 2022") && !strings.Contains(r["note"], "(azernews-2023-01-17)") {
		return ""
	}
	for _, o := range all {
		if o["indicator"] == r["indicator"] && o["period"] == "2022" {
			return o["obs_id"]
		}
	}
	return ""
}

func (b *builder) observed() error {
	var rows [][]string
	for _, r := range b.facts["observed"] {
		rows = append(rows, []string{r["obs_id"], r["indicator"], r["period"], r["value"], r["unit"], r["role"], parents(r, b.facts["observed"]), r["source_id"], r["confidence"], r["known_on"], r["note"]})
	}
	return b.write("observed/observed.csv", []string{"obs_id", "indicator_id", "period", "value", "unit", "role", "derived_from", "source_id", "confidence", "known_on", "note"}, rows)
}

func (b *builder) targets() error {
	var rows [][]string
	for _, r := range b.facts["targets"] {
		set := r["set_on"]
		if len(set) != len("2006-01-02") {
			set = ""
		}
		by := r["by_date"]
		if len(by) != len("2006-01-02") {
			by = ""
		}
		rows = append(rows, []string{r["target_id"], r["indicator"], r["value"], r["unit"], by, r["set_by"], set, r["source_id"], r["confidence"], r["known_on"], r["note"]})
	}
	return b.write("target.csv", []string{"target_id", "indicator", "value", "unit", "by_date", "set_by", "set_on", "source_id", "confidence", "known_on", "note"}, rows)
}

// trade writes the bilateral series. What of a pair's exports is energy is told by
// the table of trade alone, without a day on which it was known.
func (b *builder) trade() error {
	var rows [][]string
	// A source that gives one month's figures as sums from January gives all of them
	// so; two figures say it in other words.
	sums := map[string]bool{"trend-2021-12-14": true}
	for _, r := range b.facts["trade"] {
		if strings.Contains(r["note"], "cumulative") {
			sums[r["source_id"]] = true
		}
	}
	for _, r := range b.facts["trade"] {
		cumulative := ""
		month := len(r["period"]) == len("2021-10")
		if month && (sums[r["source_id"]] || strings.Contains(r["note"], "divided by 1.446")) && !strings.HasPrefix(r["note"], "January") {
			cumulative = "true"
		}
		rows = append(rows, []string{r["reporter"], r["partner"], r["flow"], "all", r["period"], cumulative, r["value_usd"], r["source_id"], r["confidence"], r["known_on"], r["note"]})
	}
	for _, r := range b.facts["trade_matrix"] {
		if r["exporter"] == "AZ" && r["importer"] == "TR" {
			rows = append(rows, []string{"AZ", "TR", "export", "energy", tradeMatrixYear, "", r["energy_usd"], "derived", "low", "", "energy_usd of the table of trade: all exports of the pair less what is recalled of others"})
		}
	}
	return b.write("trade/bilateral.csv", []string{"reporter", "partner", "flow", "product", "period", "cumulative", "value_usd", "source_id", "confidence", "known_on", "note"}, rows)
}

// tradeMatrixYear is the year that the table of trade is of.
const tradeMatrixYear = "2019"

// tradeRegions are the regions of the table of trade, by the countries and groups of
// the zones that they hold.
var tradeRegions = [][]string{
	{"AZ", "Azerbaijan", "AZ", "", ""},
	{"GE", "Georgia", "GE", "", ""},
	{"AM", "Armenia", "AM", "", ""},
	{"TR", "Türkiye", "TR", "", ""},
	{"RU", "Russian Federation", "RU", "", ""},
	{"BY", "Belarus", "BY", "", ""},
	{"UA", "Ukraine", "UA", "", ""},
	{"IR", "Iran", "IR", "", ""},
	{"KZ", "Kazakhstan", "KZ", "", ""},
	{"UZ", "Uzbekistan", "UZ", "", ""},
	{"TM", "Turkmenistan", "TM", "", ""},
	{"KT", "Kyrgyzstan and Tajikistan", "KG;TJ", "", ""},
	{"CN", "China", "CN", "", ""},
	{"IT", "Italy", "IT", "", ""},
	{"EUC", "European Union, centre and west", "DE;AT;HU", "", "Germany's growth stands for the group's"},
	{"EUSE", "Europe, south-east", "BG;RO;GR;RS", "", "Bulgaria's growth stands for the group's"},
	{"ME", "Middle East", "IQ", "", "Iraq's growth stands for the group's"},
	{"ROW", "Rest of the world", "XX", "", "what comes and goes by sea"},
}

func (b *builder) regions() error {
	return b.write("trade/region.csv", []string{"region_id", "name", "countries", "groups", "note"}, tradeRegions)
}

func (b *builder) matrix() error {
	var rows [][]string
	for _, r := range b.facts["trade_matrix"] {
		rows = append(rows, []string{r["exporter"], r["importer"], r["value_usd"], r["energy_usd"], r["low"], r["high"], r["kind"], r["source_id"], r["confidence"], r["note"]})
	}
	return b.write("trade/matrix.csv", []string{"exporter", "importer", "value_usd", "energy_usd", "low", "high", "anchor", "source_id", "confidence", "note"}, rows)
}
