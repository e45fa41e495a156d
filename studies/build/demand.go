package main

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// part is a node of a gate with its share of the gate's goods.
type part struct {
	zone, node string
	share      float64
}

// gateCountry gives the country of gates that stand on proxy nodes elsewhere.
// XX is user-assigned in ISO 3166-1: the world by sea.
var gateCountry = map[string]string{"g-me": "IQ", "g-kgtj": "KG", "g-sea": "XX"}

// parts splits the gates into zones: one for each node of a gate. A node that
// is part of two gates has a zone in each.
func (b *builder) parts() (map[string][]part, error) {
	uses := map[string]int{}
	split := map[string][]part{}
	for _, g := range b.facts["gates"] {
		for _, item := range strings.Split(g["nodes"], ";") {
			node, share, _ := strings.Cut(item, ":")
			v, err := strconv.ParseFloat(share, 64)
			if err != nil {
				return nil, fmt.Errorf("gate %s: %w", g["gate_id"], err)
			}
			uses[node]++
			split[g["gate_id"]] = append(split[g["gate_id"]], part{node: node, share: v})
		}
	}
	for gate, parts := range split {
		for i := range parts {
			parts[i].zone = parts[i].node
			if uses[parts[i].node] > 1 {
				parts[i].zone = gate + "." + parts[i].node
			}
		}
	}
	return split, nil
}

func (b *builder) zones() error {
	split, err := b.parts()
	if err != nil {
		return err
	}
	name := map[string]string{}
	for _, n := range b.facts["nodes"] {
		name[n["node_id"]] = n["name"]
	}
	var rows, connectors [][]string
	for _, g := range b.facts["gates"] {
		for _, p := range split[g["gate_id"]] {
			country := b.country[p.node]
			title := name[p.node]
			if c, ok := gateCountry[g["gate_id"]]; ok {
				country = c
			}
			if p.zone != p.node {
				title = g["name"] + ", at " + title
			}
			rows = append(rows, []string{p.zone, title, country, g["gate_id"], p.node, g["source_id"], g["confidence"], g["name"] + ": " + g["note"]})
			if at := gasNode(g["gate_id"]); at != "" {
				connectors = append(connectors, []string{p.zone, at, "gas_pipeline", "0", "0", added, "low", "the national grid, which the network does not hold"})
			}
		}
	}
	if err := b.write("zone.csv", []string{"zone_id", "name", "country_iso2", "group", "node_id", "source_id", "confidence", "note"}, rows); err != nil {
		return err
	}
	return b.write("network/connector.csv", []string{"zone_id", "node_id", "mode", "time_h", "cost_usd_per_t", "source_id", "confidence", "note"}, connectors)
}

// gasNode says where the zones of a gate take their gas.
func gasNode(gate string) string {
	switch gate {
	case "g-tr-w", "g-tr-c", "g-tr-s":
		return "tr-tanap-eskisehir"
	case "g-tr-e", "g-tr-bs":
		return "TRERZ"
	case "g-ge-e", "g-ge-w":
		return "ge-scp-csg1"
	}
	return ""
}

// goods says how a commodity of the facts is priced and chosen. See the study's
// README for the rule behind the dispersion.
type goods struct {
	forms, modes           string
	time, reliability, dis string
	payload                string
	energy                 string
}

var commodityRules = map[string]goods{
	"cont_manuf":   {"container;roro;rail_wagon;air_cargo", "rail;road;sea;air", "0.36", "0.3", "0.03", "14", "false"},
	"machinery":    {"container;roro;rail_wagon;air_cargo", "rail;road;sea;air", "1.5", "1.2", "0.03", "12", "false"},
	"textiles":     {"container;roro;rail_wagon;air_cargo", "rail;road;sea;air", "0.36", "0.3", "0.03", "12", "false"},
	"food":         {"general;roro;rail_wagon", "rail;road;sea", "0.24", "0.2", "0.04", "20", "false"},
	"metals":       {"general;roro;rail_wagon", "rail;road;sea", "0.24", "0.2", "0.04", "62.7", "false"},
	"construction": {"general;roro;rail_wagon", "rail;road;sea", "0.1", "0.08", "0.07", "24", "false"},
	"grain":        {"dry_bulk;rail_wagon;roro", "rail;road;sea", "0.1", "0.08", "0.07", "65", "false"},
	"ores_coal":    {"dry_bulk;rail_wagon", "rail;road;sea", "0.1", "0.08", "0.07", "65", "false"},
	"chemicals":    {"dry_bulk;rail_wagon;roro", "rail;road;sea", "0.1", "0.08", "0.07", "65", "false"},
	"oil_products": {"liquid;rail_wagon", "rail;road;sea", "0.1", "0.08", "0.06", "60", "false"},
	"crude_oil":    {"liquid", "oil_pipeline;rail;sea", "0.05", "0.03", "0.2", "", "true"},
	"gas":          {"gas", "gas_pipeline", "0.05", "0.03", "0.2", "", "true"},
}

func (b *builder) commodities() error {
	var rows [][]string
	for _, r := range b.facts["commodities"] {
		g, ok := commodityRules[r["commodity_id"]]
		if !ok {
			return fmt.Errorf("commodity %s has no rule", r["commodity_id"])
		}
		rows = append(rows, []string{r["commodity_id"], r["name"], g.forms, g.modes, r["value_usd_per_t_base"], g.time, g.reliability, g.dis, g.payload, g.energy,
			r["source_id"], r["confidence"], r["payload_note"] + "; " + r["note"]})
	}
	return b.write("commodity.csv", []string{"commodity_id", "name", "cargo_forms", "modes", "value_usd_per_t", "value_of_time_usd_per_t_h",
		"value_of_reliability_usd_per_t_h", "dispersion_t_per_usd", "payload_t", "energy", "source_id", "confidence", "note"}, rows)
}

// cell is demand between two zones.
type cell struct {
	from, to, commodity, year string
	t, low, high              float64
	source, confidence        string
	anchor, gates             string
}

// leastCellT is the size below which a cell is put on the largest one of the
// same gates and commodity: spreading is by judgement, and cells of a few
// tonnes would only pretend to know more.
const leastCellT = 500

func (b *builder) demand() error {
	split, err := b.parts()
	if err != nil {
		return err
	}
	var order []string
	cells := map[string]*cell{}
	for _, r := range b.facts["demand"] {
		if !b.usable(r) {
			continue
		}
		v := [3]float64{}
		for i, f := range []string{"t_per_yr", "low", "high"} {
			if r[f] != "" {
				if v[i], err = strconv.ParseFloat(r[f], 64); err != nil {
					return fmt.Errorf("demand %s to %s: %s: %w", r["from_gate"], r["to_gate"], f, err)
				}
			}
		}
		from, to := split[r["from_gate"]], split[r["to_gate"]]
		if r["commodity_id"] == "crude_oil" {
			from, to = b.withRail(from), b.withRail(to)
		}
		for _, s := range spread(from, to, r["from_gate"] == r["to_gate"]) {
			k := strings.Join([]string{s.from, s.to, r["commodity_id"], r["year"]}, "|")
			c, ok := cells[k]
			if !ok {
				c = &cell{from: s.from, to: s.to, commodity: r["commodity_id"], year: r["year"], source: r["source_id"], confidence: r["confidence"],
					anchor: r["anchored"], gates: strings.Join([]string{r["from_gate"], r["to_gate"], r["commodity_id"], r["year"]}, "|")}
				cells[k] = c
				order = append(order, k)
			} else if r["anchored"] == "assumed" {
				c.anchor, c.confidence = "assumed", "low"
			}
			c.t += v[0] * s.share
			c.low += v[1] * s.share
			c.high += v[2] * s.share
		}
	}
	gather(order, cells)
	sort.Strings(order)
	var rows [][]string
	for _, k := range order {
		c := cells[k]
		if c.t == 0 {
			continue
		}
		rows = append(rows, []string{c.from, c.to, c.commodity, c.year, tonnes(c.t), tonnes(c.low), tonnes(c.high), c.anchor, c.source, c.confidence})
	}
	return b.write("demand/base.csv", []string{"from_zone", "to_zone", "commodity_id", "year", "t_per_yr", "low", "high", "anchor", "source_id", "confidence"}, rows)
}

// usable keeps the base year, and of 2021 what replaces the whole of a key:
// rows that tell a part of a commodity only (wheat, cement) would not.
func (b *builder) usable(r record) bool {
	switch r["year"] {
	case "2020":
		return true
	case "2021":
		return r["commodity_id"] != "grain" && !(r["commodity_id"] == "construction" && strings.HasPrefix(r["to_gate"], "g-ge"))
	}
	return false
}

type pair struct {
	from, to string
	share    float64
}

// spread splits a flow between two gates over their nodes by the product of
// their shares. Inside one gate goods do not stay at their node, and the rest
// is scaled up to the whole.
func spread(from, to []part, same bool) []pair {
	var out []pair
	total := 0.0
	for _, a := range from {
		for _, z := range to {
			if a.zone == z.zone {
				continue
			}
			out = append(out, pair{a.zone, z.zone, a.share * z.share})
			total += a.share * z.share
		}
	}
	if same {
		for i := range out {
			out[i].share /= total
		}
	}
	return out
}

// withRail leaves out the places of a gate that crude cannot reach, since the
// network has no line to them, and scales the others up; a gate of pipelines
// only stays as it is.
func (b *builder) withRail(parts []part) []part {
	var out []part
	total := 0.0
	for _, p := range parts {
		if len(b.gauges[p.node]) > 0 {
			out = append(out, p)
			total += p.share
		}
	}
	if total == 0 {
		return parts
	}
	for i := range out {
		out[i].share /= total
	}
	return out
}

// gather puts small cells on the largest of their gates and commodity.
func gather(order []string, cells map[string]*cell) {
	largest := map[string]*cell{}
	for _, k := range order {
		c := cells[k]
		if l, ok := largest[c.gates]; !ok || c.t > l.t {
			largest[c.gates] = c
		}
	}
	for _, k := range order {
		c := cells[k]
		l := largest[c.gates]
		if c != l && c.t < leastCellT {
			l.t, l.low, l.high = l.t+c.t, l.low+c.low, l.high+c.high
			c.t, c.low, c.high = 0, 0, 0
		}
	}
}

func tonnes(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
