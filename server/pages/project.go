package pages

import (
	"encoding/json"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
)

// The fields of a project that its page shows as facts, and how to read them.
var projectFields = []struct {
	path string
	typ  register.Type
}{
	{"status", register.CodeType}, {"type", register.CodeType}, {"sector", register.CodesType}, {"karvan/countries", register.CodesType},
	{"karvan/lengthKm", register.NumberType}, {"publicAuthority", register.RefType}, {"description", register.TextType}, {"purpose", register.TextType},
	{"karvan/otherNames", register.TextsType}, {"karvan/note", register.TextType}, {"karvan/typeStated", register.TextType},
}

// listFields are the lists of a project that its page shows as tables.
var listFields = []struct {
	path   string
	fields []register.Field
}{
	{"milestones", []register.Field{{Name: "title", Type: register.TextType}, {Name: "type", Type: register.CodeType}, {Name: "dueDate", Type: register.DayType}, {Name: "dateMet", Type: register.DayType}, {Name: "status", Type: register.CodeType}}},
	{"parties", []register.Field{{Name: "name", Type: register.TextType}, {Name: "roles", Type: register.CodesType}}},
	{"relatedProjects", []register.Field{{Name: "title", Type: register.TextType}, {Name: "relationship", Type: register.CodesType}, {Name: "identifier", Type: register.RefType}}},
	{"documents", []register.Field{{Name: "title", Type: register.TextType}, {Name: "documentType", Type: register.CodeType}, {Name: "datePublished", Type: register.DayType}, {Name: "url", Type: register.TextType}}},
}

func (s *Site) projectFacts(g *gatherer, v *recordView) {
	for _, f := range projectFields {
		key := f.path[strings.LastIndexByte(f.path, '/')+1:]
		if f.path == "publicAuthority" {
			authority, _ := register.At(g.r.Values, f.path).(map[string]any)
			if id := register.Text(authority, "id"); id != "" {
				label := labels.Field(g.p.Language, register.Project, f.path)
				p := g.link(id)
				if p.Href == "" {
					p.Text = register.Text(authority, "name")
				}
				v.Facts = append(v.Facts, fact{label, cell{Pieces: []piece{p}, Mark: g.mark("publicAuthority/id", label)}})
			}
			continue
		}
		if x, ok := g.fact(f.path, register.Field{Name: key, Type: f.typ}); ok {
			v.Facts = append(v.Facts, x)
		}
	}
	if sec := g.schedule(); sec != nil {
		v.Sections = append(v.Sections, sec)
	}
	if sec := g.money(); sec != nil {
		v.Sections = append(v.Sections, sec)
	}
	if sec := g.progress(); sec != nil {
		v.Sections = append(v.Sections, sec)
	}
	for _, l := range listFields {
		sec := g.table(l.path, l.fields)
		if sec == nil {
			continue
		}
		if l.path == "parties" {
			g.linkParties(sec)
		}
		v.Sections = append(v.Sections, sec)
	}
}

// linkParties makes the names of parties lead to their organisations.
func (g *gatherer) linkParties(sec *section) {
	list, _ := g.r.Values["parties"].([]any)
	for i, e := range list {
		o, _ := e.(map[string]any)
		if to := g.link(register.Text(o, "id")); to.Href != "" && i < len(sec.Rows) && len(sec.Rows[i]) > 0 {
			to.Lang = ""
			sec.Rows[i][0].Pieces = []piece{to}
		}
	}
}

// schedule sets the plan against what happened: OC4IDS has one pair of dates a
// stage, ours under karvan/schedule say which is which.
func (g *gatherer) schedule() *section {
	p := g.p
	sec := &section{ID: "schedule", Title: p.t("schedule"), Head: []string{p.t("schedule.what"), p.t("schedule.date")}}
	add := func(key, path string) {
		if d := register.Text(g.r.Values, path); d != "" {
			sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: p.t(key)}}}, {Pieces: []piece{{Text: day(p.Language, d)}}, Mark: g.mark(path, p.t(key))}})
		}
	}
	add("schedule.start", "karvan/schedule/start")
	add("schedule.plannedEnd", "karvan/schedule/plannedEnd")
	add("schedule.actualEnd", "karvan/schedule/actualEnd")
	for _, stage := range []string{"identificationPeriod", "preparationPeriod", "implementationPeriod", "completionPeriod", "maintenancePeriod", "decommissioningPeriod"} {
		if stage == "implementationPeriod" && len(sec.Rows) > 0 {
			continue
		}
		for _, end := range []string{"startDate", "endDate"} {
			path := stage + "/" + end
			if d := register.Text(g.r.Values, path); d != "" {
				what := labels.Field(p.Language, register.Project, stage) + ": " + labels.Field(p.Language, register.Project, path)
				sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: what}}}, {Pieces: []piece{{Text: day(p.Language, d)}}, Mark: g.mark(path, what)}})
			}
		}
	}
	if len(sec.Rows) == 0 {
		return nil
	}
	// How late it is, or was.
	planned, actual := register.LastDay(register.Text(g.r.Values, "karvan/schedule/plannedEnd")), register.LastDay(register.Text(g.r.Values, "karvan/schedule/actualEnd"))
	switch {
	case planned != "" && actual != "" && actual > planned:
		sec.Note = p.t("schedule.wasLate", number(p.Language, monthsBetween(planned, actual)))
	case planned != "" && actual == "" && planned < p.Today && !settled(g.it):
		sec.Note = p.t("schedule.late", number(p.Language, monthsBetween(planned, p.Today)))
	}
	return sec
}

// money sets the budget against what was spent.
func (g *gatherer) money() *section {
	p := g.p
	sec := &section{ID: "money", Title: p.t("money"), Head: []string{p.t("money.what"), p.t("money.amount")}}
	add := func(label, path string, o map[string]any) (float64, bool) {
		n, ok := o["amount"].(json.Number)
		if !ok {
			return 0, false
		}
		f, _ := n.Float64()
		sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: label}}},
			{Pieces: []piece{{Text: number(p.Language, n) + "\u00a0" + register.Text(o, "currency")}}, Numeric: true, Mark: g.mark(path+"/amount", label)}})
		return f, true
	}
	budget, _ := register.At(g.r.Values, "budget/amount").(map[string]any)
	planned, isPlanned := add(labels.Field(p.Language, register.Project, "budget/amount"), "budget/amount", budget)
	final, _ := register.At(g.r.Values, "completion/finalValue").(map[string]any)
	spent, isSpent := add(labels.Field(p.Language, register.Project, "completion/finalValue"), "completion/finalValue", final)
	if isPlanned && isSpent && planned != 0 && register.Text(budget, "currency") == register.Text(final, "currency") {
		sec.Note = p.t("money.over", number(p.Language, 0.1*float64(int((spent/planned-1)*1000))))
	}
	if len(sec.Rows) == 0 {
		return nil
	}
	return sec
}

// progress shows the latest observations of a project's metrics and forecasts.
func (g *gatherer) progress() *section {
	p := g.p
	sec := &section{ID: "progress", Title: p.t("progress"), Head: []string{p.t("progress.what"), p.t("progress.period"), p.t("progress.value")}}
	for _, list := range []string{"forecasts", "metrics"} {
		metrics, _ := g.r.Values[list].([]any)
		for _, e := range metrics {
			m, _ := e.(map[string]any)
			observations, _ := m["observations"].([]any)
			for _, e := range observations {
				o, _ := e.(map[string]any)
				value := register.Text(o, "measure")
				if value == "" {
					if n, ok := register.At(o, "value/amount").(json.Number); ok {
						value = number(p.Language, n) + "\u00a0" + register.Text(o, "value/currency")
					}
				} else if u := register.Text(o, "unit/name"); u != "" {
					value += "\u00a0" + u
				}
				when := register.Text(o, "period/endDate")
				at := list + "[" + register.EscapeKey(register.Text(m, "id")) + "]/observations[" + register.EscapeKey(register.Text(o, "id")) + "]/measure"
				title := register.Text(m, "title")
				if title == "" {
					title = labels.Code(p.Language, "metricID", register.Text(m, "id"))
				}
				if list == "forecasts" {
					title += " (" + p.t("progress.forecast") + ")"
				}
				sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: title}}}, {Pieces: []piece{{Text: day(p.Language, when)}}}, {Pieces: []piece{{Text: value}}, Mark: g.mark(at, title)}})
			}
		}
	}
	if len(sec.Rows) == 0 {
		return nil
	}
	return sec
}

// lead says what a record is in plain sentences.
func (s *Site) lead(g *gatherer) []string {
	p, v := g.p, g.r.Values
	var out []string
	say := func(key string, args ...any) { out = append(out, p.t(key, args...)) }
	code := func(list, path string) string { return labels.Code(p.Language, list, register.Text(v, path)) }
	switch g.it.Kind {
	case register.Project:
		if register.Text(v, "status") != "" {
			say("lead.project."+leadStatus(register.Text(v, "status")), kmOf(p, v))
		}
		planned, actual := register.Text(v, "karvan/schedule/plannedEnd"), register.Text(v, "karvan/schedule/actualEnd")
		switch {
		case actual != "":
			say("lead.project.ended", day(p.Language, actual))
		case planned != "" && register.LastDay(planned) < p.Today:
			say("lead.project.overdue", day(p.Language, planned))
		case planned != "":
			say("lead.project.planned", day(p.Language, planned))
		}
	case register.Commitment:
		due := register.Text(v, "dueDate")
		switch l := light(v, p.Today); {
		case l == "late" && due == "":
			say("lead.commitment.broken")
		case l == "late":
			say("lead.commitment.late", day(p.Language, due))
		default:
			say("lead.commitment." + l)
		}
	case register.Target:
		value := amount(p.Language, v["value"], register.Text(v, "unit"))
		if due := register.Text(v, "dueDate"); due != "" {
			say("lead.target", value, day(p.Language, due))
		} else {
			say("lead.target.open", value)
		}
		if period, last := lastObservation(v["observations"]); period != "" {
			say("lead.target.last", period, amount(p.Language, last, register.Text(v, "unit")))
		}
	case register.Agreement:
		say("lead.agreement", code("kind", "kind"), day(p.Language, register.Text(v, "dateSigned")))
	case register.Meeting:
		say("lead.meeting", day(p.Language, register.Text(v, "date")))
	case register.Interest:
		say("lead.interest")
	}
	return out
}

// leadStatus groups the statuses that one sentence serves.
func leadStatus(status string) string {
	switch status {
	case "identification", "preparation", "implementation", "cancelled":
		return status
	case "completion", "maintenance":
		return "completion"
	}
	return "decommissioned"
}

// kmOf is the length of a project as it stands in a sentence, or "".
func kmOf(p *page, v map[string]any) string {
	if n, ok := register.At(v, "karvan/lengthKm").(json.Number); ok {
		return " (" + number(p.Language, n) + "\u00a0" + p.t("unit.km") + ")"
	}
	return ""
}
