package pages

import (
	"context"
	"encoding/json"
	"sort"
	"sync"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// figure is a dated number with its definition.
type figure struct {
	Value, Label, Meaning, Href string
}

// dueRow is something that is due.
type dueRow struct {
	Date, Stated, Kind string
	Name, Lang, Href   string
	Text               string
	Late               bool
}

// changeRow is a record that was changed, and when.
type changeRow struct {
	At         string
	Name, Lang string
	Href, Kind string
	Facts      int
}

type frontView struct {
	*listView
	Figures []figure
	AsOf    string
	Due     []dueRow
	Overdue int
	Changed []changeRow
	Newest  []changeRow
	Seeded  string
	Model   ModelState
	HasDesk bool
}

// cache keeps what is worked out of the whole register until it changes or the
// day does.
type cache struct {
	mu       sync.Mutex
	revision int64
	day      string
	facts    *wholeFacts
}

// wholeFacts is what the front page says of the whole register.
type wholeFacts struct {
	counts     map[register.Kind]int
	value      float64 // of budgets in USD
	priced     int     // projects with one
	others     int     // projects with a budget in another currency
	due        []registerDeadline
	late, open int // commitments
}

type registerDeadline struct {
	register.Deadline
	item *registerdb.Item
}

func (s *Site) whole(ctx context.Context, today string) (*wholeFacts, error) {
	revision, _, err := s.DB.State(ctx)
	if err != nil {
		return nil, err
	}
	c := &s.facts
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.facts != nil && c.revision == revision && c.day == today {
		return c.facts, nil
	}
	f := &wholeFacts{}
	if f.counts, err = s.DB.Counts(ctx); err != nil {
		return nil, err
	}
	for _, kind := range []register.Kind{register.Project, register.Commitment, register.Target, register.Meeting, register.Interest} {
		err := s.DB.Each(ctx, kind, "", func(it *registerdb.Item) error {
			if kind == register.Project {
				if o, ok := register.At(it.Values, "budget/amount").(map[string]any); ok {
					if n, ok := o["amount"].(json.Number); ok && register.Text(o, "currency") == "USD" {
						v, _ := n.Float64()
						f.value += v
						f.priced++
					} else {
						f.others++
					}
				}
			}
			if kind == register.Commitment {
				switch light(it.Values, today) {
				case "late":
					f.late++
				case "open", "going":
					f.open++
				}
			}
			for _, d := range register.Deadlines(kind, it.Values) {
				if !d.Met && !(kind == register.Project && settled(it)) {
					f.due = append(f.due, registerDeadline{d, &registerdb.Item{ID: it.ID, Kind: it.Kind, Slug: it.Slug, Name: it.Name}})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sort.SliceStable(f.due, func(i, j int) bool { return f.due[i].Date < f.due[j].Date })
	c.revision, c.day, c.facts = revision, today, f
	return f, nil
}

func (s *Site) front(p *page) error {
	p.Section = "front"
	p.Title = p.Site
	list, err := s.listView(p, register.Info("project"))
	if err != nil {
		return err
	}
	f, err := s.whole(p.ctx, p.Today)
	if err != nil {
		return err
	}
	v := &frontView{listView: list, AsOf: p.Today, HasDesk: s.Model != nil}
	at := "/" + p.Language + "/"
	v.Figures = []figure{
		{number(p.Language, f.counts[register.Project]), p.t("figure.projects"), p.t("figure.projects.meaning"), at + "projects"},
		{large(p.Language, f.value) + "\u00a0USD", p.t("figure.value"), p.t("figure.value.meaning", number(p.Language, f.priced), number(p.Language, f.counts[register.Project])), at + "projects"},
		{number(p.Language, f.open) + " / " + number(p.Language, f.late), p.t("figure.commitments"), p.t("figure.commitments.meaning"), at + "commitments?sort=date"},
		{number(p.Language, f.counts[register.Organisation]), p.t("figure.organisations"), p.t("figure.organisations.meaning"), at + "organisations"},
	}
	if s.Model != nil {
		v.Model = s.Model.State()
	}
	if err := s.due(p, f, v); err != nil {
		return err
	}
	if v.Seeded, err = s.DB.Seeded(p.ctx); err != nil {
		return err
	}
	if v.Changed, err = s.changed(p, v.Seeded); err != nil {
		return err
	}
	newest, err := s.DB.Newest(p.ctx, 8)
	if err != nil {
		return err
	}
	if err := s.DB.InLanguage(p.ctx, newest, p.Language); err != nil {
		return err
	}
	for _, it := range newest {
		v.Newest = append(v.Newest, changeRow{At: it.Known, Name: it.Name, Lang: nameLanguage(p, it), Href: p.href(it), Kind: string(it.Kind)})
	}
	return s.render(p, "front", v)
}

// due lists what falls due in 90 days, and counts what is late.
func (s *Site) due(p *page, f *wholeFacts, v *frontView) error {
	today, err := time.Parse(time.DateOnly, p.Today)
	if err != nil {
		return err
	}
	until := today.AddDate(0, 0, 90).Format(time.DateOnly)
	var ids []string
	for _, d := range f.due {
		switch {
		case d.Date < p.Today:
			v.Overdue++
		case d.Date <= until && len(v.Due) < 12:
			v.Due = append(v.Due, dueRow{Date: d.Date, Stated: d.Stated, Kind: d.Kind, Href: p.href(d.item), Name: d.item.Name, Text: d.Text})
			ids = append(ids, d.item.ID)
		}
	}
	names, err := s.DB.Names(p.ctx, ids, p.Language)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if it := names[id]; it != nil {
			v.Due[i].Name, v.Due[i].Lang = it.Name, nameLanguage(p, it)
		}
	}
	return nil
}

// changed lists the records changed in a week, those of the filling apart.
func (s *Site) changed(p *page, seeded string) ([]changeRow, error) {
	week := s.Now().UTC().AddDate(0, 0, -7).Format(time.RFC3339)
	since := max(week, seeded)
	list, err := s.DB.Changes(p.ctx, since, 0, 400)
	if err != nil {
		return nil, err
	}
	var rows []changeRow
	index := map[string]int{}
	var ids []string
	for _, st := range list {
		if st.At == seeded || st.State != register.Accepted && st.State != register.Published {
			continue
		}
		i, met := index[st.Subject]
		if !met {
			if len(rows) == 8 {
				continue
			}
			i = len(rows)
			index[st.Subject] = i
			ids = append(ids, st.Subject)
			rows = append(rows, changeRow{At: st.At})
		}
		rows[i].Facts++
	}
	names, err := s.DB.Names(p.ctx, ids, p.Language)
	if err != nil {
		return nil, err
	}
	kept := rows[:0]
	for i, id := range ids {
		if it := names[id]; it != nil {
			r := rows[i]
			r.Name, r.Lang, r.Href, r.Kind = it.Name, nameLanguage(p, it), p.href(it), string(it.Kind)
			kept = append(kept, r)
		}
	}
	return kept, nil
}
