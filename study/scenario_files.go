package study

import (
	"math"
	"path"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
)

// readScenario reads one file of scenario/.
func (l *loader) readScenario(v *value, file string) {
	if v == nil {
		return
	}
	s := newSection(v, file, "", &l.f)
	sc := karvan.Scenario{Key: s.text("id", true), Title: s.languages("title", true), Summary: s.languages("summary", false), Parent: s.text("parent", false),
		Projects: s.texts("projects"), SourceID: s.text("source_id", false)}
	if want := strings.TrimSuffix(path.Base(file), ".yaml"); sc.Key != "" && sc.Key != want {
		s.fault("id", s.get("id"), "the id and the name of the file must agree (%s)", want)
	}
	if v := s.get("parent"); v != nil {
		l.rows.parentLine[sc.Key] = v.line
		l.refs = append(l.refs, reference{"scenario", file, v.line, "parent", sc.Parent})
	}
	if v := s.get("source_id"); v != nil {
		l.refs = append(l.refs, reference{"source", file, v.line, "source_id", sc.SourceID})
	}
	if v := s.get("projects"); v != nil {
		for _, p := range sc.Projects {
			l.refs = append(l.refs, reference{"project", file, v.line, "projects", p})
		}
	}
	for _, y := range s.texts("years") {
		n, err := parseNumber(y, false)
		if err != nil || n != float64(int(n)) || n < 1800 || n > 2200 {
			s.fault("years", s.get("years"), "a year was expected, not %q", y)
			continue
		}
		if int(n) < l.in.BaseYear {
			s.fault("years", s.get("years"), "the year %d lies before base_year (%d)", int(n), l.in.BaseYear)
			continue
		}
		sc.Years = append(sc.Years, int(n))
	}
	r := s.sub("relaxes")
	if v := s.get("relaxes"); v != nil {
		l.rows.relaxesLine[sc.Key] = v.line
	}
	sc.Relaxes = karvan.Constraint{Text: r.text("text", s.has("relaxes")), Links: r.texts("links"), Groups: r.texts("groups"), Missing: r.text("missing", false) == "true"}
	if v := r.get("links"); v != nil {
		for _, k := range sc.Relaxes.Links {
			l.refs = append(l.refs, reference{"link", file, v.line, "relaxes.links", k})
		}
	}
	r.done()
	sc.Effects = l.effects(s, "effects", "scenario "+sc.Key)
	s.done()
	if sc.Key != "" && l.define("scenario", file, s.get("id").line, "id", sc.Key) {
		l.rows.scenarioFile[sc.Key], l.rows.scenarioLine[sc.Key] = file, s.v.line
		l.in.Scenarios = append(l.in.Scenarios, sc)
	}
}

// effectKinds lists what an effect may be.
var effectKinds = []string{"add_link", "open_link", "change_link", "close_link", "change_terminal", "add_terminal", "change_service", "change_rail_section", "change_cost", "change_trade_cost", "change_pipeline"}

// effects reads a list of effects. Each is a mapping with one key, the kind.
func (l *loader) effects(s *section, key, owner string) []karvan.Effect {
	var out []karvan.Effect
	for _, item := range s.list(key) {
		if len(item.v.keys) != 1 {
			item.f.errorf(item.file, item.v.line, item.path, "", "an effect has one key, its kind: one of %s", strings.Join(effectKinds, ", "))
			continue
		}
		kind := item.v.keys[0]
		if !contains(effectKinds, kind) {
			item.f.errorf(item.file, item.v.fields[kind].line, item.path, kind, "unknown effect%s", nearest(kind, effectKinds))
			continue
		}
		e := item.sub(kind)
		effect := karvan.Effect{Change: network.Change{Kind: network.ChangeKind(kind), FromYear: e.year("from"), UntilYear: e.year("until")}}
		if effect.UntilYear != 0 && effect.UntilYear <= effect.FromYear {
			e.fault("until", e.get("until"), "until must lie after from (%d)", effect.FromYear)
		}
		switch kind {
		case "change_trade_cost":
			effect.Trade = l.tradeCost(e)
		case "change_pipeline":
			effect.Pipeline = l.pipelineChange(e)
		default:
			l.effect(e, &effect)
		}
		e.done()
		at := place{file: item.file, line: item.v.line, field: e.path}
		if v, ok := e.v.fields["links"]; ok {
			at.links = v.line
		}
		l.rows.effectAt[owner] = append(l.rows.effectAt[owner], at)
		out = append(out, effect)
	}
	return out
}

func (l *loader) effect(e *section, out *karvan.Effect) {
	targets := func(field, kind string) []string {
		list := e.texts(field)
		v := e.get(field)
		if v == nil || len(list) == 0 {
			e.fault(field, v, "at least one %s is required", kind)
			return nil
		}
		for _, k := range list {
			if kind != "link" { // links may be added by effects: looked up later
				l.refs = append(l.refs, reference{kind, e.file, v.line, e.field(field), k})
			}
		}
		return list
	}
	alter := func() {
		out.Set, out.Multiply = e.numbers("set"), e.numbers("multiply")
		allowed := network.ChangeFields(out.Kind)
		for _, key := range []string{"set", "multiply"} {
			v := e.get(key)
			if v == nil {
				continue
			}
			for _, name := range v.keys {
				if !contains(allowed, name) {
					l.f.errorf(e.file, v.fields[name].line, e.field(key+"."+name), "", "%s cannot change this; it can change %s%s",
						out.Kind, strings.Join(allowed, ", "), nearest(name, allowed))
				} else if n, err := parseNumber(v.fields[name].scalar, false); err == nil {
					if msg := network.CheckValue(out.Kind, name, n); msg != "" {
						l.f.errorf(e.file, v.fields[name].line, e.field(key+"."+name), v.fields[name].scalar, "%s", msg)
					}
					if key == "multiply" && !network.Multiplies(out.Kind, name) {
						l.f.errorf(e.file, v.fields[name].line, e.field(key+"."+name), v.fields[name].scalar, "%s can be set, not multiplied", name)
					}
				}
			}
		}
		if len(out.Set)+len(out.Multiply) == 0 {
			e.fault("set", nil, "set or multiply is required")
		}
	}
	switch out.Kind {
	case network.OpenLink, network.CloseLink:
		out.Links = targets("links", "link")
	case network.ChangeLink:
		out.Links = targets("links", "link")
		alter()
	case network.ChangeService:
		out.Services = targets("services", "service")
		alter()
	case network.ChangeRailSection:
		out.Sections = targets("sections", "section")
		alter()
	case network.ChangeTerminal:
		out.Terminal = network.TerminalMatch{Node: e.text("node", false), Kind: e.text("kind", false), FromMode: e.text("from_mode", false),
			ToMode: e.text("to_mode", false), Form: e.text("cargo_form", false), Group: e.text("capacity_group", false)}
		if v := e.get("node"); v != nil {
			l.refs = append(l.refs, reference{"node", e.file, v.line, e.field("node"), v.scalar})
		}
		alter()
		l.laterTerminal(e, out.Terminal)
	case network.AddLink:
		l.addLink(e, out)
	case network.AddTerminal:
		l.addTerminal(e, out)
	default: // change_cost
		c := &karvan.CostChange{Parameter: e.text("parameter", true), Mode: e.text("mode", false), Form: e.text("cargo_form", false), Group: e.text("rate_group", false)}
		if v := e.get("set"); v != nil {
			n := e.number("set", notNegative, 0)
			c.Set = &n
		}
		if v := e.get("multiply"); v != nil {
			n := e.number("multiply", notNegative, 1)
			c.Multiply = &n
		}
		if c.Set == nil && c.Multiply == nil {
			e.fault("set", nil, "set or multiply is required")
		}
		if _, ok := parameters[c.Parameter]; !ok && c.Parameter != "" {
			e.fault("parameter", e.get("parameter"), "unknown parameter%s", nearest(c.Parameter, sortedKeys(parameters)))
		}
		out.Cost = c
		l.laterCost(e, c)
	}
}

// laterTerminal checks, once terminals are read, that a match picks a row.
func (l *loader) laterTerminal(e *section, m network.TerminalMatch) {
	l.later = append(l.later, deferred{"terminal", func() {
		n := l.in.Network
		for i := range n.Terminals {
			if m.Matches(n, &n.Terminals[i]) {
				return
			}
		}
		e.f.errorf(e.file, e.v.line, e.path, "", "no row of network/terminal.csv matches node %q, kind %q, modes %q to %q, cargo form %q, group %q",
			m.Node, m.Kind, m.FromMode, m.ToMode, m.Form, m.Group)
	}})
}

func (l *loader) laterCost(e *section, c *karvan.CostChange) {
	l.later = append(l.later, deferred{"cost", func() {
		for _, r := range l.in.Costs {
			if r.Parameter == c.Parameter && (c.Mode == "" || r.Mode == c.Mode) && (c.Form == "" || r.Form == c.Form) && (c.Group == "" || r.Group == c.Group) {
				return
			}
		}
		e.f.errorf(e.file, e.v.line, e.path, "", "no row of cost.csv has parameter %q, mode %q, cargo form %q, rate group %q", c.Parameter, c.Mode, c.Form, c.Group)
	}})
}

// laterNodes finds two nodes once nodes are read; they are, since scenarios
// come last.
func (l *loader) nodeOf(e *section, key string) (network.NodeID, bool) {
	name := e.text(key, true)
	for i := range l.in.Network.Nodes {
		if l.in.Network.Nodes[i].Key == name {
			return network.NodeID(i), true
		}
	}
	if name != "" {
		l.refs = append(l.refs, reference{"node", e.file, e.get(key).line, e.field(key), name})
	}
	return 0, false
}

func (l *loader) addLink(e *section, out *karvan.Effect) {
	from, okFrom := l.nodeOf(e, "from_node_id")
	to, okTo := l.nodeOf(e, "to_node_id")
	link := &network.Link{Key: e.text("link_id", true), Name: e.text("name", false), From: from, To: to, Mode: e.text("mode", true),
		LengthKm: e.number("length_km", positive, math.NaN()), Tracks: e.integer("tracks", 1, 20, 1), SpeedKmPerH: e.number("speed_km_per_h", positive, math.NaN()),
		FreeTimeH: e.number("free_time_h", positive, math.NaN()), CapacityTPerYr: e.number("capacity_t_per_yr", positive, math.NaN()), Forms: network.AllForms,
		RateGroup: e.text("rate_group", false), RateFactor: e.number("rate_factor", positive, 1), TariffUSDPerT: e.number("tariff_usd_per_t", notNegative, 0),
		Status: "open", OpenYear: out.FromYear, CloseYear: out.UntilYear, OpenShare: 1,
		Provenance: network.Provenance{SourceID: e.text("source_id", true), Confidence: e.enum("confidence", "low", "high", "medium", "low")}}
	if e.enum("capacity_scope", "direction", "direction", "both") == "both" {
		link.CapacityScope = network.BothDirections
	}
	if v := e.get("source_id"); v != nil {
		l.refs = append(l.refs, reference{"source", e.file, v.line, e.field("source_id"), v.scalar})
	}
	if _, ok := l.in.Network.ModeByKey(link.Mode); !ok && link.Mode != "" {
		e.fault("mode", e.get("mode"), "unknown mode%s", nearest(link.Mode, l.modeNames()))
	}
	if math.IsNaN(link.LengthKm) && !e.has("length_km") {
		e.fault("length_km", nil, "the key is required")
	}
	if okFrom && okTo {
		if from == to {
			e.fault("to_node_id", e.get("to_node_id"), "the link ends where it starts")
		}
		a, b := l.in.Network.Nodes[from], l.in.Network.Nodes[to]
		circle := network.GreatCircleKm(a.Lon, a.Lat, b.Lon, b.Lat)
		switch {
		case link.LengthKm < circle*0.995-0.5 && !approximate(a) && !approximate(b):
			e.fault("length_km", e.get("length_km"), "the link is shorter than the great circle between its ends (%.1f km)", circle)
		case circle > 1 && link.LengthKm > 3*circle:
			l.f.warnf(e.file, e.get("length_km").line, e.field("length_km"), e.get("length_km").scalar, "the link is more than three times the great circle between its ends (%.1f km)", circle)
		}
	}
	if link.Key != "" {
		l.added[link.Key] = true
	}
	if link.Key != "" && l.exists("link", link.Key) {
		e.fault("link_id", e.get("link_id"), "the link exists already; to change it use change_link")
	}
	out.NewLink = link
}

func (l *loader) addTerminal(e *section, out *karvan.Effect) {
	node, _ := l.nodeOf(e, "node_id")
	t := &network.Terminal{Node: node, Kind: network.Kind(e.enum("kind", "transfer", "transfer", "gauge_change", "border", "transhipment")),
		FromMode: e.text("from_mode", true), ToMode: e.text("to_mode", true), Forms: network.AllForms, DwellH: e.number("dwell_h", notNegative, 0),
		DwellSDH: e.number("dwell_sd_h", notNegative, 0), CostUSDPerT: e.number("cost_usd_per_t", notNegative, 0), FeeUSDPerT: e.number("fee_usd_per_t", notNegative, 0),
		CapacityTPerYr: e.number("capacity_t_per_yr", positive, math.NaN()), AtLink: e.text("at_link", false), OpenShare: 1, QuotaOutTPerYr: math.NaN(), QuotaInTPerYr: math.NaN(),
		Provenance: network.Provenance{SourceID: e.text("source_id", true), Confidence: "low"}}
	if v := e.get("source_id"); v != nil {
		l.refs = append(l.refs, reference{"source", e.file, v.line, e.field("source_id"), v.scalar})
	}
	for _, key := range []string{"from_mode", "to_mode"} {
		if m := e.text(key, false); m != "" {
			if _, ok := l.in.Network.ModeByKey(m); !ok {
				e.fault(key, e.get(key), "unknown mode%s", nearest(m, l.modeNames()))
			}
		}
	}
	if list := e.texts("cargo_forms"); len(list) > 0 {
		t.Forms = 0
		for _, name := range list {
			f, ok := network.FormOf(name)
			if !ok {
				e.fault("cargo_forms", e.get("cargo_forms"), "unknown cargo form %s%s", name, nearest(name, network.FormNames))
				continue
			}
			t.Forms = t.Forms.With(f)
		}
	}
	if (t.Kind == network.Border || t.Kind == network.Transhipment) && t.FromMode != t.ToMode {
		e.fault("to_mode", e.get("to_mode"), "a %s stays in one mode: %s was expected", t.Kind, t.FromMode)
	}
	if v := e.get("at_link"); v != nil {
		l.refs = append(l.refs, reference{"link", e.file, v.line, e.field("at_link"), v.scalar})
	}
	var forms network.FormSet
	for _, c := range l.in.Commodities {
		forms |= c.Forms
	}
	if v := e.get("cargo_forms"); v != nil && t.Forms != 0 && t.Forms&forms == 0 && len(l.in.Commodities) > 0 {
		e.fault("cargo_forms", v, "no commodity of the study can be handled in this cargo form")
	}
	out.NewRow = t
}
