package pages

import (
	"encoding/json"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// columns are what a list shows of each kind, by path; the first leads to the
// record.
var columns = map[register.Kind][]string{
	register.Programme:    {"title", "countries", "projects"},
	register.Project:      {"title", "status", "karvan/countries", "sector", "implementationPeriod/startDate", "implementationPeriod/endDate", "budget/amount"},
	register.Organisation: {"name", "country", "kind", "services"},
	register.Person:       {"name", "memberships"},
	register.Interest:     {"who", "about/text", "services", "date", "status"},
	register.Meeting:      {"title", "date", "place", "fields"},
	register.Agreement:    {"title", "dateSigned", "kind", "parties"},
	register.Commitment:   {"text", "agreement", "dueDate", "status"},
	register.Target:       {"title", "value", "dueDate", "observations"},
	register.Investment:   {"investor", "host", "period", "measure", "sector", "valueUSD", "rank"},
}

// head gives the headings of a kind's list.
func head(language string, kind register.Kind) []string {
	var out []string
	for _, c := range columns[kind] {
		out = append(out, labels.Field(language, kind, c))
	}
	return out
}

// row shows a record in a list. Names gives the records that it names.
func (s *Site) row(p *page, it *registerdb.Item, names map[string]*registerdb.Item) []cell {
	var out []cell
	for i, path := range columns[it.Kind] {
		c := cell{Pieces: s.listValue(p, it, path, names)}
		if i == 0 {
			text := it.Name
			if it.Kind == register.Interest {
				text = register.Text(it.Values, "who")
			} else if it.Kind == register.Investment {
				text = labels.Country(p.Language, register.Text(it.Values, "investor"))
			}
			c.Pieces = []piece{{Text: text, Href: p.href(it), Lang: nameLanguage(p, it)}}
			if it.Kind == register.Investment {
				c.Pieces[0].Lang = ""
			}
		}
		switch path {
		case "value", "valueUSD", "rank", "budget/amount", "projects":
			c.Numeric = true
		}
		out = append(out, c)
	}
	return out
}

func (s *Site) listValue(p *page, it *registerdb.Item, path string, names map[string]*registerdb.Item) []piece {
	v := register.At(it.Values, path)
	key := path[strings.LastIndexByte(path, '/')+1:]
	text := func(t string) []piece {
		if t == "" {
			return nil
		}
		return []piece{{Text: t}}
	}
	switch path {
	case "budget/amount":
		o, _ := v.(map[string]any)
		if n, ok := o["amount"].(json.Number); ok {
			f, _ := n.Float64()
			return text(large(p.Language, f) + "\u00a0" + register.Text(o, "currency"))
		}
		return nil
	case "value":
		return text(amount(p.Language, v, register.Text(it.Values, "unit")))
	case "valueUSD":
		if n, ok := v.(json.Number); ok {
			f, _ := n.Float64()
			return text(large(p.Language, f) + "\u00a0USD")
		}
		return nil
	case "projects":
		list, _ := v.([]any)
		return text(number(p.Language, len(list)))
	case "observations":
		if period, value := lastObservation(v); period != "" {
			return text(amount(p.Language, value, register.Text(it.Values, "unit")) + " (" + period + ")")
		}
		return nil
	case "parties":
		list, _ := v.([]any)
		var out []piece
		for _, e := range list {
			if o, ok := e.(map[string]any); ok {
				if c := register.Text(o, "country"); c != "" {
					out = append(out, piece{Text: labels.Country(p.Language, c)})
				}
			}
		}
		return out
	case "memberships":
		list, _ := v.([]any)
		met := map[string]bool{}
		var out []piece
		for _, e := range list {
			o, _ := e.(map[string]any)
			if org := names[register.Text(o, "organisation")]; org != nil && !met[org.ID] {
				met[org.ID] = true
				out = append(out, piece{Text: org.Name, Href: p.href(org)})
			}
		}
		return out
	}
	switch x := v.(type) {
	case string:
		switch {
		case register.KindOfID(x) != "":
			if to := names[x]; to != nil {
				return []piece{{Text: to.Name, Href: p.href(to), Lang: nameLanguage(p, to)}}
			}
			return nil
		case countryFields[key]:
			return text(labels.Country(p.Language, x))
		case key == "status" && it.Kind == register.Commitment:
			return []piece{statusPiece(p, it.Values, x)}
		case register.LastDay(strings.SplitN(x, "T", 2)[0]) != "":
			return text(day(p.Language, x))
		case key == "status" || key == "kind" || key == "measure" || key == "sector":
			return text(labels.Code(p.Language, key, x))
		}
		return []piece{{Text: x, Lang: textLanguage(p, it, path)}}
	case json.Number:
		return text(number(p.Language, x))
	case []any:
		var out []piece
		for _, e := range x {
			t, _ := e.(string)
			switch {
			case t == "" || t == "transport" && len(x) > 1 && it.Kind == register.Project:
				continue // its subsectors say more
			case countryFields[key]:
				t = labels.Country(p.Language, t)
			default:
				t = anyCode(p.Language, t)
			}
			out = append(out, piece{Text: t})
		}
		return out
	}
	return nil
}

// statusPiece shows how a commitment stands: by its sign, and in words.
func statusPiece(p *page, values map[string]any, status string) piece {
	out := piece{Text: labels.Code(p.Language, "status", status), Light: light(values, p.Today)}
	if out.Light == "late" && status != "notMet" {
		out.Text += " (" + p.t("light.late") + ")"
	}
	return out
}

// textLanguage is the language of a text where it is not the page's.
func textLanguage(p *page, it *registerdb.Item, path string) string {
	if p.Language == "en" || it.Translated[path] {
		return ""
	}
	return "en"
}

// amount writes a value with its unit, large ones by their order.
func amount(language string, v any, unit string) string {
	n, ok := v.(json.Number)
	if !ok {
		return ""
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	if unit == "" {
		return large(language, f)
	}
	return large(language, f) + "\u00a0" + unit
}

// lastObservation gives the observation of the latest whole year, or of the
// latest period where there is none.
func lastObservation(v any) (period string, value any) {
	list, _ := v.([]any)
	rank := func(p string) string {
		if len(p) == 4 {
			return "1" + p
		}
		return "0" + p
	}
	for _, e := range list {
		o, _ := e.(map[string]any)
		if p := register.Text(o, "period"); p != "" && o["value"] != nil && (period == "" || rank(p) > rank(period)) {
			period, value = p, o["value"]
		}
	}
	return period, value
}

// namesOf reads the records that those of a list name.
func (s *Site) namesOf(p *page, items []*registerdb.Item) (map[string]*registerdb.Item, error) {
	var ids []string
	for _, it := range items {
		for _, path := range columns[it.Kind] {
			v := register.At(it.Values, path)
			if id, ok := v.(string); ok && register.KindOfID(id) != "" {
				ids = append(ids, id)
			}
			if path == "memberships" {
				list, _ := v.([]any)
				for _, e := range list {
					o, _ := e.(map[string]any)
					if id := register.Text(o, "organisation"); id != "" {
						ids = append(ids, id)
					}
				}
			}
		}
	}
	return s.DB.Names(p.ctx, ids, p.Language)
}

// tableOf shows records of one kind.
func (s *Site) tableOf(p *page, kind register.Kind, items []*registerdb.Item) (*section, error) {
	names, err := s.namesOf(p, items)
	if err != nil {
		return nil, err
	}
	sec := &section{ID: register.Info(string(kind)).Plural, Title: labels.Many(p.Language, kind), Head: head(p.Language, kind)}
	for _, it := range items {
		sec.Rows = append(sec.Rows, s.row(p, it, names))
	}
	return sec, nil
}
