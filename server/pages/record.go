package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

// staleMonths is how long a record may go without evidence before it is marked
// (Global Energy Monitor's rule for projects that nothing is heard of).
const staleMonths = 24

// recordView is the page of one record.
type recordView struct {
	*registerdb.Item
	Info      *register.KindInfo
	NameLang  string
	NameMark  *mark
	Lead      []string
	Stale     int // months without evidence, where they are too many
	AsOf      string
	Map       template.HTML
	Chart     template.HTML
	Facts     []fact
	Sections  []*section
	Model     *ModelView
	History   []history
	More      int // statements that the history leaves out
	Cited     []*register.Source
	Permalink string
	QR        template.HTML
	Forms     []string // of the record, to take away
	Pack      string   // leads to the pack before a meeting
}

// history is what was recorded on one day about one path.
type history struct {
	At, Known, What, Value string
	Lang                   string // of the value, where it is not the page's
	Source                 *register.Source
	Current                bool
}

func (s *Site) record(p *page, info *register.KindInfo) error {
	v, err := s.recordView(p, info)
	if err != nil {
		return err
	}
	return s.render(p, "record", v)
}

// brief is the record on one sheet, for print.
func (s *Site) brief(p *page, info *register.KindInfo) error {
	v, err := s.recordView(p, info)
	if err != nil {
		return err
	}
	p.Plain = true
	v.History = nil
	kept := v.Sections[:0]
	for _, sec := range v.Sections {
		if sec.ID == "people" || sec.ID == "observations" && len(sec.Rows) > 12 {
			continue
		}
		if len(sec.Rows) > 5 {
			sec.Rows = sec.Rows[:5]
			sec.Note = p.t("brief.more")
		}
		kept = append(kept, sec)
	}
	v.Sections = kept
	if v.Model != nil {
		v.Model = v.Model.short()
	}
	return s.render(p, "brief", v)
}

func (s *Site) recordView(p *page, info *register.KindInfo) (*recordView, error) {
	filter := registerapi.FilterOf(p.r.URL.Query())
	q, err := filter.Query(info.Kind, p.Language)
	if err != nil {
		return nil, err
	}
	it, err := s.DB.Get(p.ctx, info.Kind, p.r.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	r, err := s.DB.View(p.ctx, it.ID, register.View{KnownBy: q.KnownBy, Language: p.Language})
	if err != nil {
		return nil, err
	}
	it.Values, it.Translated, it.Known, it.Name = r.Values, r.Translated, r.Known, register.NameOf(it.Kind, r.Values)
	g, err := s.gather(p, it, r)
	if err != nil {
		return nil, err
	}
	p.Section = string(info.Kind)
	p.Title = it.Name
	v := &recordView{Item: it, Info: info, AsOf: q.KnownBy, NameLang: nameLanguage(p, it)}
	v.NameMark = g.mark(info.Name, labels.Field(p.Language, info.Kind, info.Name))
	v.Stale = monthsBetween(it.Known, p.Today)
	if v.Stale < staleMonths || settled(it) {
		v.Stale = 0
	}
	v.Lead = s.lead(g)
	v.Map = s.drawMap(p, []*registerdb.Item{it}, 640, 300)
	if info.Kind == register.Project {
		s.projectFacts(g, v)
	} else {
		s.plainFacts(g, v)
	}
	if err := s.related(g, v, q.KnownBy); err != nil {
		return nil, err
	}
	if info.Kind == register.Target {
		v.Chart = targetChart(p, it.Values)
	}
	if info.Kind == register.Project && s.Model != nil {
		if v.Model, err = s.modelView(p, it); err != nil {
			return nil, err
		}
	}
	if err := s.history(g, v); err != nil {
		return nil, err
	}
	v.Cited = g.order
	v.Permalink = registerapi.Address(p.ctx, p.Language, it)
	v.QR = qrCode(v.Permalink)
	v.Forms = []string{"json"}
	if it.Box != nil {
		v.Forms = append(v.Forms, "geojson")
	}
	if len(register.Deadlines(it.Kind, it.Values)) > 0 {
		v.Forms = append(v.Forms, "ics")
	}
	if info.Kind == register.Meeting || info.Kind == register.Agreement {
		v.Pack = s.packAddress(g)
	}
	return v, nil
}

// settled reports whether a record is of something that is over, of which no
// more is to be heard.
func settled(it *registerdb.Item) bool {
	switch it.Kind {
	case register.Meeting, register.Agreement, register.Investment, register.Person, register.Organisation:
		return true
	case register.Project:
		status := register.Text(it.Values, "status")
		return status == "completion" || status == "decommissioned" || status == "cancelled"
	case register.Commitment:
		return register.Text(it.Values, "status") == "met"
	}
	return false
}

func monthsBetween(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return 0
	}
	n := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	if b.Day() < a.Day() {
		n--
	}
	return n
}

// plainFacts shows the fields of a kind that is no project: plain ones as facts,
// lists of objects as tables.
func (s *Site) plainFacts(g *gatherer, v *recordView) {
	var walk func(at string, fields []register.Field)
	walk = func(at string, fields []register.Field) {
		for _, f := range fields {
			path := at + f.Name
			switch {
			case path == v.Info.Name || f.Name == "slug" || f.Name == "geometry" || path == "key":
			case f.Type == register.ObjectType:
				walk(path+"/", f.Fields)
			case f.Type == register.ListType:
				if sec := g.table(path, f.Fields); sec != nil {
					if path == "remarks" {
						g.nameSpeakers(sec)
					}
					v.Sections = append(v.Sections, sec)
				}
			case f.Type == register.RefsType:
				// Tables of the records named say more than their names.
			default:
				if x, ok := g.fact(path, f); ok {
					if path == "value" || path == "valueUSD" {
						x.Pieces[0].Text = number(g.p.Language, register.At(g.r.Values, path)) + unitAfter(g.r.Values, path)
					}
					v.Facts = append(v.Facts, x)
				}
			}
		}
	}
	walk("", v.Info.Fields)
}

// nameSpeakers puts the names of participants where remarks have their ids.
func (g *gatherer) nameSpeakers(sec *section) {
	people, _ := g.r.Values["participants"].([]any)
	names := map[string]piece{}
	for _, e := range people {
		o, _ := e.(map[string]any)
		who := piece{Text: register.Text(o, "name")}
		if id := register.Text(o, "person"); id != "" {
			if to := g.link(id); to.Href != "" {
				who.Href = to.Href
			}
		}
		names[register.Text(o, "id")] = who
	}
	for _, row := range sec.Rows {
		for c := range row {
			if len(row[c].Pieces) == 1 && names[row[c].Pieces[0].Text].Text != "" {
				row[c].Pieces = []piece{names[row[c].Pieces[0].Text]}
			}
		}
	}
}

func unitAfter(values map[string]any, path string) string {
	if u := register.Text(values, "unit"); path == "value" && u != "" {
		return "\u00a0" + u
	}
	if path == "valueUSD" {
		return "\u00a0USD"
	}
	return ""
}

// related adds tables of the records that this one names, and of those that
// name it.
func (s *Site) related(g *gatherer, v *recordView, knownBy string) error {
	byKind := map[register.Kind][]*registerdb.Item{}
	met := map[string]bool{v.ID: true}
	take := func(it *registerdb.Item) {
		if !met[it.ID] {
			met[it.ID] = true
			byKind[it.Kind] = append(byKind[it.Kind], it)
		}
	}
	links, err := s.DB.Referring(g.p.ctx, v.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		take(l.Item)
	}
	// What is named in lists of references; single ones are facts.
	for _, ref := range register.References(v.Values) {
		switch key := ref.Path[strings.LastIndexByte(ref.Path, '/')+1:]; key {
		case "projects", "targets", "agreements", "target":
			if it := g.names[ref.To]; it != nil {
				take(it)
			}
		}
	}
	// A project is also touched by the agreements of its commitments.
	if v.Kind == register.Project {
		var ids []string
		for _, c := range byKind[register.Commitment] {
			ids = append(ids, register.Text(c.Values, "agreement"))
		}
		agreements, err := s.DB.Names(g.p.ctx, ids, g.p.Language)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if a := agreements[id]; a != nil {
				take(a)
			}
		}
	}
	for _, kind := range []register.Kind{register.Programme, register.Project, register.Commitment, register.Agreement, register.Meeting, register.Interest, register.Target, register.Organisation, register.Person} {
		items := byKind[kind]
		if len(items) == 0 || kind == register.Person && v.Kind == register.Meeting {
			continue
		}
		if err := s.DB.InLanguage(g.p.ctx, items, g.p.Language); err != nil {
			return err
		}
		if knownBy != "" {
			kept := items[:0]
			for _, it := range items {
				known, err := s.DB.As(g.p.ctx, it, register.View{KnownBy: knownBy, Language: g.p.Language})
				if err != nil {
					return err
				}
				if known {
					kept = append(kept, it)
				}
			}
			items = kept
		}
		sort.SliceStable(items, func(i, j int) bool { return listDate(items[i]) > listDate(items[j]) })
		sec, err := s.tableOf(g.p, kind, items)
		if err != nil {
			return err
		}
		sec.dropOwn(g.p.href(v.Item))
		if kind == register.Interest {
			sec.Note = g.p.t("interest.nobid")
		}
		v.Sections = append(v.Sections, sec)
		if kind == register.Project && v.Map == "" {
			v.Map = s.drawMap(g.p, items, 640, 300)
		}
	}
	return nil
}

// dropOwn takes out a column that only says the record whose page it is.
func (sec *section) dropOwn(href string) {
	for c := len(sec.Head) - 1; c > 0; c-- {
		own := true
		for _, row := range sec.Rows {
			own = own && len(row[c].Pieces) == 1 && row[c].Pieces[0].Href == href
		}
		if !own {
			continue
		}
		sec.Head = slices.Delete(sec.Head, c, c+1)
		for i := range sec.Rows {
			sec.Rows[i] = slices.Delete(sec.Rows[i], c, c+1)
		}
	}
}

func listDate(it *registerdb.Item) string {
	for _, path := range []string{"date", "dateSigned", "dueDate"} {
		if d := register.Text(it.Values, path); d != "" {
			return d
		}
	}
	return ""
}

// mostHistory bounds the rows of a history on the page; the API has all.
const mostHistory = 200

func (s *Site) history(g *gatherer, v *recordView) error {
	list, err := s.DB.Statements(g.p.ctx, v.ID)
	if err != nil {
		return err
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].KnownOn > list[j].KnownOn })
	for _, st := range list {
		if st.State != register.Accepted && st.State != register.Published || strings.HasSuffix(st.Path, "slug") || v.AsOf != "" && st.KnownOn > v.AsOf {
			continue
		}
		if len(v.History) == mostHistory {
			v.More++
			continue
		}
		path, language, _ := strings.Cut(st.Path, "@")
		label := labels.Field(g.p.Language, v.Kind, path)
		if language != "" {
			label += " (" + language + ")"
		}
		value := g.plain(st.Value)
		if len([]rune(value)) > 120 {
			value = string([]rune(value)[:120]) + "…"
		}
		if it := g.names[value]; it != nil {
			value = it.Name
		}
		v.History = append(v.History, history{At: st.At, Known: st.KnownOn, What: label, Value: value, Lang: valueLanguage(g.p, language), Source: g.source(st.Source), Current: g.r.Choices[st.Path].Seq == st.Seq})
	}
	return nil
}

// valueLanguage is the language of a recorded value where it is not the page's.
func valueLanguage(p *page, own string) string {
	if own == "" {
		own = "en"
	}
	if own == p.Language {
		return ""
	}
	return own
}

// qrCode draws an address, so that a printed page leads back to the live one.
func qrCode(address string) template.HTML {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return ""
	}
	size := code.Bounds().Dx()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg class="qr" viewBox="-2 -2 %d %d" role="img" aria-label="QR: %s"><rect class="paper" x="-2" y="-2" width="%d" height="%d"/><path d="`, size+4, size+4, template.HTMLEscapeString(address), size+4, size+4)
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String())
}
