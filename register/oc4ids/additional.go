package oc4ids

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// blanks finds values that are empty, wherever they are.
func (c *checker) blanks(v any, pointer string) {
	switch v := v.(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			c.add("missing-values", pointer, Warning, "the text is blank: leave the field out")
		}
	case []any:
		if len(v) == 0 {
			c.add("missing-values", pointer, Warning, "the list is empty: leave the field out")
		}
		for i, e := range v {
			c.blanks(e, at(pointer, i))
		}
	case map[string]any:
		if len(v) == 0 && pointer != "" {
			c.add("missing-values", pointer, Warning, "the object is empty: leave the field out")
		}
		for _, k := range keysOf(v) {
			c.blanks(v[k], under(pointer, k))
		}
	}
}

// currencies finds amounts of money without a currency.
func (c *checker) currencies(v any, pointer string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			c.currencies(e, at(pointer, i))
		}
	case map[string]any:
		if amount, given := v["amount"]; given {
			_, object := amount.(map[string]any)
			_, list := amount.([]any)
			if _, named := v["currency"]; !object && !list && !named {
				c.add("missing-currency", pointer, Warning, "the value has no currency")
			}
		}
		for _, k := range keysOf(v) {
			c.currencies(v[k], under(pointer, k))
		}
	}
}

// twice finds elements of one list that have the same id.
func (c *checker) twice(v any, pointer string) {
	switch v := v.(type) {
	case []any:
		seen := map[string]bool{}
		for i, e := range v {
			if o, ok := e.(map[string]any); ok {
				if id, ok := o["id"].(string); ok {
					if seen[id] {
						c.add("duplicate-ids", at(pointer, i)+"/id", Warning, "%q is the id of an earlier element", id)
					}
					seen[id] = true
				}
			}
			c.twice(e, at(pointer, i))
		}
	case map[string]any:
		for _, k := range keysOf(v) {
			if k != ours {
				c.twice(v[k], under(pointer, k))
			}
		}
	}
}

var projectID = regexp.MustCompile(`^oc4ids-[a-z0-9]{6}.`)

// packageChecks are those that need to see more than one value.
func (c *checker) packageChecks(root map[string]any) {
	published, _ := root["publishedDate"].(string)
	list, _ := root["projects"].([]any)
	ids := map[string]bool{}
	for _, e := range list {
		ids[text(e, "id")] = true
	}
	for i, e := range list {
		p, ok := e.(map[string]any)
		if !ok {
			continue
		}
		pointer := at("/projects", i)
		if id, ok := p["id"].(string); ok && !projectID.MatchString(id) {
			c.add("invalid-project-ids", pointer+"/id", Error, "%q has no registered prefix; expected: oc4ids- and six letters or digits, then the project's own id", id)
		}
		c.references(p, pointer)
		c.walk(p, pointer)
		c.sectors(p, pointer)
		c.status(p, pointer, published)
		c.sums(p, pointer)
		for k, e := range elements(p, "relatedProjects") {
			if id := text(e, "identifier"); id != "" && text(e, "scheme") == "oc4ids" && !ids[id] {
				c.add("related-project-unresolved", at(pointer+"/relatedProjects", k)+"/identifier", Warning, "there is no project %q in the package", id)
			}
		}
		for _, name := range []string{"metrics", "forecasts"} {
			for k, e := range elements(p, name) {
				c.progress(e, at(under(pointer, name), k))
			}
		}
		c.coverage(p, pointer)
	}
}

// text gives a text of an object, or "".
func text(v any, key string) string {
	o, _ := v.(map[string]any)
	s, _ := o[key].(string)
	return s
}

func object(v any, key string) map[string]any {
	o, _ := v.(map[string]any)
	s, _ := o[key].(map[string]any)
	return s
}

func elements(v any, key string) []any {
	o, _ := v.(map[string]any)
	s, _ := o[key].([]any)
	return s
}

// references finds organisations that are named by an id that no party has.
// The first kind are those that the official tool looks at.
func (c *checker) references(p map[string]any, pointer string) {
	parties := map[string]bool{}
	for _, e := range elements(p, "parties") {
		parties[text(e, "id")] = true
	}
	look := func(kind string, ref map[string]any, pointer string) {
		if id, ok := ref["id"].(string); ok && !parties[id] {
			c.add(kind, pointer+"/id", Warning, "no party has the id %q", id)
		}
	}
	const official, extended = "missing-org-refs", "missing-org-refs-extended"
	look(official, object(p, "publicAuthority"), pointer+"/publicAuthority")
	for _, b := range breakdowns(p, pointer) {
		for i, e := range b.parts {
			look(official, object(e, "sourceParty"), at(b.pointer, i)+"/sourceParty")
		}
	}
	for i, e := range elements(p, "contractingProcesses") {
		summary := object(e, "summary")
		here := at(pointer+"/contractingProcesses", i) + "/summary"
		tender := object(summary, "tender")
		look(official, object(tender, "procuringEntity"), here+"/tender/procuringEntity")
		look(official, object(tender, "administrativeEntity"), here+"/tender/administrativeEntity")
		for k, t := range elements(tender, "tenderers") {
			if o, ok := t.(map[string]any); ok {
				look(official, o, at(here+"/tender/tenderers", k))
			}
		}
		for k, s := range elements(summary, "suppliers") {
			if o, ok := s.(map[string]any); ok {
				look(official, o, at(here+"/suppliers", k))
			}
		}
	}
	var rest func(v any, pointer string)
	rest = func(v any, pointer string) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				rest(e, at(pointer, i))
			}
		case map[string]any:
			for _, k := range keysOf(v) {
				here := under(pointer, k)
				switch k {
				case "financingParty", "payer", "payee":
					look(extended, object(v, k), here)
				case "publicOffice":
					look(extended, object(object(v, k), "organization"), here+"/organization")
				case ours:
					continue
				}
				rest(v[k], here)
			}
		}
	}
	rest(p, pointer)
}

// walk looks at every object of a project for periods, milestones, documents
// and geometries that contradict themselves.
func (c *checker) walk(v any, pointer string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			here := at(pointer, i)
			if o, ok := e.(map[string]any); ok {
				switch {
				case strings.HasSuffix(pointer, "/milestones"):
					if text(o, "status") == "met" && text(o, "dateMet") == "" {
						c.add("met-without-date", here, Warning, "the milestone is met, and dateMet does not say when")
					}
				case strings.HasSuffix(pointer, "/documents"):
					c.document(o, here)
				}
			}
			c.walk(e, here)
		}
	case map[string]any:
		c.period(v, pointer)
		if g := object(v, "geometry"); g != nil {
			c.geometry(g, object(v, "address"), pointer+"/geometry/coordinates")
		}
		for _, k := range keysOf(v) {
			if k != ours {
				c.walk(v[k], under(pointer, k))
			}
		}
	}
}

func (c *checker) document(o map[string]any, pointer string) {
	var lacks []string
	for _, k := range []string{"url", "format", "datePublished"} {
		if _, given := o[k]; !given {
			lacks = append(lacks, k)
		}
	}
	if len(lacks) > 0 {
		c.add("document-incomplete", pointer, Warning, "the document has no %s", strings.Join(lacks, ", no "))
	}
}

func (c *checker) period(o map[string]any, pointer string) {
	start, err1 := time.Parse(time.RFC3339, text(o, "startDate"))
	end, err2 := time.Parse(time.RFC3339, text(o, "endDate"))
	if err1 != nil || err2 != nil {
		return
	}
	if end.Before(start) {
		c.add("dates-reversed", pointer, Warning, "the period ends on %s, before it starts on %s", end.Format(time.DateOnly), start.Format(time.DateOnly))
		return
	}
	n, ok := o["durationInDays"].(json.Number)
	if !ok {
		return
	}
	days := end.Sub(start).Hours() / 24
	// The last day may count or not.
	if v, err := n.Float64(); err == nil && (v < days-1.01 || v > days+1.01) {
		c.add("duration-mismatch", pointer+"/durationInDays", Warning, "durationInDays is %s, the dates are %.0f days apart", n, days)
	}
}

func (c *checker) sectors(p map[string]any, pointer string) {
	list := elements(p, "sector")
	for i, e := range list {
		s, _ := e.(string)
		parent, _, sub := strings.Cut(s, ".")
		if sub && !slices.Contains(list, any(parent)) {
			c.add("sector-parent", at(pointer+"/sector", i), Warning, "%s stands without its sector %s", s, parent)
		}
	}
}

func (c *checker) status(p map[string]any, pointer, published string) {
	now, err := time.Parse(time.RFC3339, published)
	end, err2 := time.Parse(time.RFC3339, text(object(p, "implementationPeriod"), "endDate"))
	if err != nil || err2 != nil {
		return
	}
	switch status := text(p, "status"); status {
	case "completion", "completed", "maintenance", "decommissioning", "decommissioned":
		if end.After(now) {
			c.add("status-period", pointer+"/status", Warning, "the status is %s, and implementation ends only on %s", status, end.Format(time.DateOnly))
		}
	case "identification", "preparation":
		if end.Before(now) {
			c.add("status-period", pointer+"/status", Warning, "the status is %s, and implementation ended on %s", status, end.Format(time.DateOnly))
		}
	}
}

// breakdown is one way in which a budget is cut into parts.
type breakdown struct {
	parts   []any
	pointer string
}

// breakdowns gives those of a project's budget: each of budgetBreakdowns, and
// the single one of versions before 0.9.3.
func breakdowns(p map[string]any, pointer string) []breakdown {
	budget := object(p, "budget")
	var out []breakdown
	if list := elements(budget, "budgetBreakdown"); len(list) > 0 {
		out = append(out, breakdown{list, pointer + "/budget/budgetBreakdown"})
	}
	for i, e := range elements(budget, "budgetBreakdowns") {
		if list := elements(e, "budgetBreakdown"); len(list) > 0 {
			out = append(out, breakdown{list, at(pointer+"/budget/budgetBreakdowns", i) + "/budgetBreakdown"})
		}
	}
	return out
}

func (c *checker) sums(p map[string]any, pointer string) {
	total := object(object(p, "budget"), "amount")
	want, ok := amount(total)
	if !ok {
		return
	}
	for _, b := range breakdowns(p, pointer) {
		sum, comparable := 0.0, true
		for _, e := range b.parts {
			v := object(e, "amount")
			a, ok := amount(v)
			comparable = comparable && ok && text(v, "currency") == text(total, "currency")
			sum += a
		}
		if comparable && math.Abs(sum-want) > 0.01*math.Abs(want) {
			c.add("sum-mismatch", pointer+"/budget", Warning, "the parts of the budget add up to %.10g, the whole is %.10g", sum, want)
			return
		}
	}
}

func amount(v map[string]any) (float64, bool) {
	n, ok := v["amount"].(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

func (c *checker) progress(metric any, pointer string) {
	names := text(metric, "id") + " " + text(metric, "title")
	if !strings.Contains(names, "physicalProgress") && !strings.Contains(names, "financialProgress") {
		return
	}
	type observation struct {
		day, pointer string
		value        float64
		explained    bool
	}
	var list []observation
	dated := true
	for i, e := range elements(metric, "observations") {
		o, _ := e.(map[string]any)
		here := at(pointer+"/observations", i) + "/measure"
		var measure json.Number
		switch m := o["measure"].(type) {
		case json.Number:
			measure = m
		case string:
			measure = json.Number(strings.TrimSpace(m))
		}
		v, err := measure.Float64()
		if err != nil {
			continue
		}
		if v < 0 || v > 100 {
			c.add("progress-range", here, Warning, "progress of %s; expected: 0 to 100", measure)
		}
		period := object(o, "period")
		day := text(period, "endDate")
		if day == "" {
			day = text(period, "startDate")
		}
		dated = dated && day != ""
		list = append(list, observation{day, here, v, text(o, "notes") != ""})
	}
	// Where all have a date they are compared in its order, else as they stand.
	if dated {
		sort.SliceStable(list, func(i, j int) bool { return list[i].day < list[j].day })
	}
	for i := 1; i < len(list); i++ {
		if list[i].value < list[i-1].value && !list[i].explained {
			c.add("progress-falling", list[i].pointer, Warning, "progress falls from %g to %g, and no notes say why", list[i-1].value, list[i].value)
		}
	}
}

// coverage tells how many of the fields of a project are filled.
func (c *checker) coverage(p map[string]any, pointer string) {
	// Of a very long list that of the first projects tells how the rest is: each
	// takes more than the project itself.
	if c.covered++; c.covered > mostCoverage {
		if c.covered == mostCoverage+1 {
			c.add("coverage", "/projects", Info, "the coverage of the first %d projects is told; that of the others is left out", mostCoverage)
		}
		return
	}
	def := c.std.objects["Project"]
	var lacks []string
	for _, f := range def.Fields {
		if _, given := p[f.Name]; !given {
			lacks = append(lacks, f.Name)
		}
	}
	if len(lacks) > 0 {
		c.add("coverage", pointer, Info, "%d of %d fields are filled; empty: %s", len(def.Fields)-len(lacks), len(def.Fields), strings.Join(lacks, ", "))
	}
}

// mostCoverage bounds the projects whose coverage is told one by one.
const mostCoverage = 20000
