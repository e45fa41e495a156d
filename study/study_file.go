package study

import (
	"slices"
	"sort"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
)

// readStudy reads study.yaml.
func (l *loader) readStudy(v *value) {
	const file = "study.yaml"
	in := l.in
	if v == nil {
		l.unread[file] = true
		return
	}
	s := newSection(v, file, "", &l.f)
	if in.Name = s.text("id", true); in.Name == "" && s.has("id") {
		s.fault("id", s.get("id"), "an id was expected")
	}
	in.Title = s.languages("title", true)
	in.Summary = s.languages("summary", false)
	in.BaseYear = s.year("base_year")
	if in.BaseYear == 0 && !s.has("base_year") {
		s.fault("base_year", nil, "the key is required")
	}
	in.BaseDate = s.text("base_date", true)
	if in.BaseDate != "" && !isDate(in.BaseDate) {
		s.fault("base_date", s.get("base_date"), "a date as yyyy-mm-dd was expected")
	}
	prices := s.sub("prices")
	if in.Currency = prices.enum("currency", "", "USD"); in.Currency == "" && !prices.has("currency") && prices.whole {
		prices.fault("currency", nil, "the key is required")
	}
	if in.PriceYear = prices.year("year"); in.PriceYear == 0 && !prices.has("year") && prices.whole {
		prices.fault("year", nil, "the key is required")
	}
	prices.done()
	l.readYears(s)
	u := s.sub("units")
	l.units = units{u.enum("length", "", "km", "m", "mi"), u.enum("capacity", "", "t_per_yr", "t_per_day")}
	u.done()
	for _, m := range s.list("modes") {
		mode := network.Mode{Key: m.text("id", true), Family: network.Family(m.enum("family", "", "rail", "road", "sea", "air", "pipeline"))}
		mode.TransferAtTerminal = m.enum("transfer", "free", "free", "terminal") == "terminal"
		if mode.Family == "" && !m.has("family") {
			m.fault("family", nil, "the key is required")
		}
		if _, there := in.Network.ModeByKey(mode.Key); there {
			m.fault("id", m.get("id"), "the mode exists already")
		} else {
			in.Network.Modes = append(in.Network.Modes, mode)
		}
		m.done()
	}
	in.Elasticity = s.number("growth_elasticity", notNegative, 1)
	l.readDelays(s)
	l.readSolver(s.sub("solver"))
	l.readConversions(s)
	l.readTradeModel(s.sub("trade"), s.has("trade"))
	s.done()
}

func (l *loader) readYears(s *section) {
	v := s.get("years")
	if v == nil || v.kind != listValue {
		s.fault("years", v, "a list of years was expected")
		return
	}
	for _, item := range v.items {
		n, err := parseNumber(item.scalar, false)
		if err != nil || n != float64(int(n)) || n < 1800 || n > 2200 {
			l.f.errorf(s.file, v.line, "years", item.scalar, "a year was expected")
			continue
		}
		if int(n) < l.in.BaseYear {
			l.f.errorf(s.file, v.line, "years", item.scalar, "the year lies before base_year (%d)", l.in.BaseYear)
			continue
		}
		if slices.Contains(l.in.Years, int(n)) {
			l.f.errorf(s.file, v.line, "years", item.scalar, "the year occurs twice")
			continue
		}
		l.in.Years = append(l.in.Years, int(n))
	}
	if len(v.items) == 0 {
		s.fault("years", v, "at least one year was expected")
	}
	sort.Ints(l.in.Years)
}

func (l *loader) readDelays(s *section) {
	for _, d := range s.list("delay") {
		rule := karvan.DelayRule{AppliesTo: d.enum("applies_to", "", "link", "terminal", "border", "service"),
			Family: d.enum("family", "", "rail", "road", "sea", "air", "pipeline"), SourceID: d.text("source_id", true)}
		if v := d.get("source_id"); v != nil {
			l.refs = append(l.refs, reference{"source", s.file, v.line, d.field("source_id"), v.scalar})
		}
		d.text("note", false)
		kind, err := assignment.VDFKindOf(d.text("function", true))
		if err != nil {
			functions := []string{"none", "bpr", "conical", "davidson"}
			d.fault("function", d.get("function"), "one of %s was expected%s", strings.Join(functions, ", "), nearest(d.text("function", false), functions))
			for _, key := range []string{"alpha", "beta", "j", "tangent"} {
				d.get(key) // which of them belong to it is not known
			}
		}
		rule.Kind = kind
		switch kind {
		case assignment.BPR:
			rule.A, rule.B = d.number("alpha", notNegative, 0.15), d.number("beta", positive, 4)
		case assignment.Conical:
			rule.A = d.number("alpha", positive, 4)
		case assignment.Davidson:
			rule.A, rule.B = d.number("j", positive, 0.1), d.number("tangent", share, 0.95)
		}
		if err := (assignment.VDF{Kind: kind, Capacity: 1, A: rule.A, B: rule.B}).Check(); err != nil {
			d.fault("function", d.get("function"), "%v", err)
		}
		if rule.AppliesTo == "" {
			d.fault("applies_to", d.get("applies_to"), "one of link, terminal, border, service was expected")
		}
		d.done()
		l.in.Delays = append(l.in.Delays, rule)
	}
}

func (l *loader) readSolver(s *section) {
	r := s.sub("routes")
	g := assignment.DefaultGeneration
	g.Rounds = r.integer("rounds", 0, 100, g.Rounds)
	g.Penalty = r.number("penalty", positive, g.Penalty)
	g.MaxRoutes = r.integer("max", 1, 1000, g.MaxRoutes)
	g.MaxPerNest = r.integer("max_per_chain", 1, 1000, g.MaxPerNest)
	g.MaxRatio = r.number("max_cost_ratio", positive, g.MaxRatio)
	r.done()
	l.in.Solver = karvan.Solver{Behaviour: s.enum("behaviour", "logit", "logit", "deterministic"), Residual: s.number("residual", positive, 1e-6),
		RelativeGap: s.number("relative_gap", positive, 1e-6), MaxIterations: s.integer("max_iterations", 1, 1000000, 500),
		NestRatio: s.number("nest_ratio", positive, 1), Routes: g, Draws: s.integer("draws", 0, 10000, 0), Seed: uint64(s.integer("seed", 0, 1<<31-1, 1))}
	if l.in.Solver.NestRatio > 1 {
		s.fault("nest_ratio", s.get("nest_ratio"), "must lie in (0, 1]")
	}
	s.done()
}

func (l *loader) readConversions(s *section) {
	for _, c := range s.list("conversions") {
		conv := karvan.Conversion{Key: c.text("id", true), Unit: c.text("unit", true), Other: c.number("other", notNegative, 0),
			SourceID: c.text("source_id", true), Note: c.text("note", false), PerT: map[network.Form]float64{}}
		if v := c.get("source_id"); v != nil {
			l.refs = append(l.refs, reference{"source", s.file, v.line, c.field("source_id"), v.scalar})
		}
		values := c.numbers("per_t")
		for _, name := range sortedKeys(values) {
			f, ok := network.FormOf(name)
			if !ok {
				c.fault("per_t", c.get("per_t"), "unknown cargo form %s%s", name, nearest(name, network.FormNames))
				continue
			}
			conv.PerT[f] = values[name]
		}
		l.define("conversion", s.file, c.v.line, c.field("id"), conv.Key)
		c.done()
		l.in.Conversions = append(l.in.Conversions, conv)
	}
}
