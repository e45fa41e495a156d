package pages

import (
	"context"
	"math"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/store/registerdb"
)

// Model is what the pages ask of the model's results.
type Model interface {
	// State tells how far the model is.
	State() ModelState
	// Project tells what scenarios with a project change against the base, by
	// the key of the project in the study; none where no scenario has it.
	Project(ctx context.Context, key string) ([]Effect, error)
}

// ModelState is how far the model is.
type ModelState struct {
	Ready         bool
	Solved, Total int    // scenarios and years, while it runs
	Failed        string // why it could not be solved
}

// Effect is what one scenario changes in one year.
type Effect struct {
	Scenario      string
	Titles        map[string]string
	Summary       map[string]string
	Others        int // other projects of the scenario
	Year          int
	Binding       string // whether what it relaxes is full in the base
	BindingRatio  float64
	SavedUSDPerYr *float64
	Indicators    []Difference
	Goods         []Difference // on the fullest of its links, t/yr
	Routes        []RouteDifference
	Links         []Difference // t/yr, both directions
	MapAddress    string       // of the comparison on the map, without the language
}

// Difference is a figure in the base and in the scenario.
type Difference struct {
	Name, Unit string
	A, B       float64
}

// RouteDifference is the flow of a chain of modes between two zones.
type RouteDifference struct {
	From, To, Chain string
	A, B            float64 // t/yr
}

// ModelView is what a project's page shows of the model.
type ModelView struct {
	State   ModelState
	Effects []effectView
}

type effectView struct {
	Effect
	Title, Summary string
	Language       string
	SummaryLang    string // where it is not the page's
	Tables         []*section
}

func (s *Site) modelView(p *page, it *registerdb.Item) (*ModelView, error) {
	v := &ModelView{State: s.Model.State()}
	if !v.State.Ready {
		return v, nil
	}
	effects, err := s.Model.Project(p.ctx, register.Text(it.Values, "karvan/key"))
	if err != nil {
		return nil, err
	}
	for _, e := range effects {
		x := effectView{Effect: e, Language: p.Language, Title: inLanguage(e.Titles, p.Language), Summary: inLanguage(e.Summary, p.Language)}
		if p.Language != "en" && e.Summary[p.Language] == "" {
			x.SummaryLang = "en"
		}
		x.add(p, "model.adds", "model.figure", e.Indicators)
		x.add(p, "model.goods", "model.commodity", e.Goods)
		if len(e.Routes) > 0 {
			sec := &section{Title: p.t("model.routes"), Head: []string{p.t("model.from"), p.t("model.to"), p.t("model.chain"), p.t("model.base"), p.t("model.with"), p.t("model.change")}}
			for _, r := range e.Routes {
				sec.Rows = append(sec.Rows, append([]cell{englishCell(p, r.From), englishCell(p, r.To), plainCell(chain(p, r.Chain))}, differenceCells(p, r.A, r.B, "t/yr")...))
			}
			x.Tables = append(x.Tables, sec)
		}
		x.add(p, "model.links", "model.link", e.Links)
		v.Effects = append(v.Effects, x)
	}
	return v, nil
}

func (x *effectView) add(p *page, title, what string, list []Difference) {
	if len(list) == 0 {
		return
	}
	sec := &section{Title: p.t(title), Head: []string{p.t(what), p.t("model.base"), p.t("model.with"), p.t("model.change")}}
	for _, d := range list {
		sec.Rows = append(sec.Rows, append([]cell{englishCell(p, d.Name)}, differenceCells(p, d.A, d.B, d.Unit)...))
	}
	x.Tables = append(x.Tables, sec)
}

func plainCell(s string) cell { return cell{Pieces: []piece{{Text: s}}} }

// englishCell is a name that the study has in English only.
func englishCell(p *page, s string) cell {
	c := plainCell(s)
	if p.Language != "en" {
		c.Pieces[0].Lang = "en"
	}
	return c
}

// chain writes a chain of modes for people: rail1520 > sea container.
func chain(p *page, s string) string {
	parts := strings.Split(s, " > ")
	for i, part := range parts {
		mode, form, _ := strings.Cut(part, " ")
		parts[i] = labels.Code(p.Language, "mode", mode)
		if form != "" {
			parts[i] += " (" + labels.Code(p.Language, "cargo_form", form) + ")"
		}
	}
	return strings.Join(parts, " → ")
}

func differenceCells(p *page, a, b float64, unit string) []cell {
	show := func(v float64, sign bool) cell {
		text := large(p.Language, math.Abs(v)) + "\u00a0" + unit
		if v < 0 {
			text = "−" + text
		} else if sign && v > 0 {
			text = "+" + text
		}
		return cell{Pieces: []piece{{Text: text}}, Numeric: true}
	}
	return []cell{show(a, false), show(b, false), show(b-a, true)}
}

// short keeps the first scenario and its first table, for one sheet.
func (v *ModelView) short() *ModelView {
	out := &ModelView{State: v.State}
	if len(v.Effects) > 0 {
		e := v.Effects[0]
		e.Tables = e.Tables[:min(1, len(e.Tables))]
		for i, t := range e.Tables {
			c := *t
			c.Rows = c.Rows[:min(5, len(c.Rows))]
			e.Tables[i] = &c
		}
		out.Effects = []effectView{e}
	}
	return out
}

// inLanguage picks a text by language, English where there is none.
func inLanguage(texts map[string]string, language string) string {
	if t := texts[language]; t != "" {
		return t
	}
	return texts["en"]
}
