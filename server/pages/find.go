package pages

import (
	"strconv"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// hitRow is what a search found.
type hitRow struct {
	Name, Lang, Href, Kind, Text string
}

type searchView struct {
	Q, Kind string
	Hits    []hitRow
	Rough   bool
}

func (s *Site) search(p *page) error {
	p.Section = "search"
	values := p.r.URL.Query()
	v := &searchView{Q: values.Get("q"), Kind: values.Get("kind")}
	p.Title = p.t("search")
	var kind register.Kind
	if info := register.Info(v.Kind); info != nil {
		kind = info.Kind
	}
	if v.Q != "" {
		p.Title = p.t("search.of", v.Q)
		hits, err := s.DB.Search(p.ctx, v.Q, kind, p.Language, 60)
		if err != nil {
			return err
		}
		for _, h := range hits {
			v.Rough = v.Rough || h.Rough
			v.Hits = append(v.Hits, hitRow{h.Name, nameLanguage(p, h.Item), p.href(h.Item), string(h.Kind), snippet(h.Item, v.Q)})
		}
	}
	return s.render(p, "search", v)
}

// snippet gives the text of a record in which the words were found, where that
// is not its name.
func snippet(it *registerdb.Item, q string) string {
	wanted := foldedWords(q)
	var best string
	most := 0
	for _, l := range register.Flatten(it.Values) {
		v, err := register.Decode(l.Value)
		t, ok := v.(string)
		if err != nil || !ok || t == it.Name || register.KindOfID(t) != "" || len(t) < 3 {
			continue
		}
		n := 0
		for _, have := range foldedWords(t) {
			for _, w := range wanted {
				if len(have) >= len(w) && have[:len(w)] == w {
					n++
					break
				}
			}
		}
		if n > most {
			best, most = t, n
		}
	}
	if r := []rune(best); len(r) > 160 {
		best = string(r[:160]) + "…"
	}
	return best
}

type changesView struct {
	Since string
	Rows  []history
	Names []changeRow
	Next  string
}

func (s *Site) changes(p *page) error {
	p.Section = "changes"
	p.Title = p.t("changes")
	values := p.r.URL.Query()
	before, _ := strconv.ParseInt(values.Get("cursor"), 10, 64)
	list, err := s.DB.Changes(p.ctx, values.Get("since"), before, 100)
	if err != nil {
		return err
	}
	var ids []string
	for _, st := range list {
		ids = append(ids, st.Subject)
	}
	names, err := s.DB.Names(p.ctx, ids, p.Language)
	if err != nil {
		return err
	}
	v := &changesView{Since: values.Get("since")}
	for _, st := range list {
		it := names[st.Subject]
		if it == nil || st.State != register.Accepted && st.State != register.Published {
			continue
		}
		g := &gatherer{s: s, p: p, it: it, sources: map[string]*register.Source{}}
		v.Rows = append(v.Rows, history{At: st.At, Known: st.KnownOn, What: fieldLabel(p, it, st.Path), Value: clip120(g.plain(st.Value)), Lang: valueLanguage(p, languageOf(st.Path)), Source: g.source(st.Source)})
		v.Names = append(v.Names, changeRow{Name: it.Name, Lang: nameLanguage(p, it), Href: p.href(it), Kind: string(it.Kind)})
	}
	if len(list) == 100 {
		v.Next = "/" + p.Language + "/changes?cursor=" + strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	return s.render(p, "changes", v)
}

func (s *Site) sources(p *page) error {
	p.Section = "sources"
	p.Title = p.t("sources")
	list, err := s.DB.Sources(p.ctx)
	if err != nil {
		return err
	}
	return s.render(p, "sources", list)
}

type sourceView struct {
	*register.Source
	Tables []*section
}

func (s *Site) source(p *page) error {
	p.Section = "sources"
	src, err := s.DB.Source(p.ctx, p.r.PathValue("slug"))
	if err != nil {
		return err
	}
	p.Title = inLanguage(src.Title, p.Language)
	if p.Title == "" {
		p.Title = src.ID
	}
	items, err := s.DB.RestingOn(p.ctx, src.ID, 500)
	if err != nil {
		return err
	}
	if err := s.DB.InLanguage(p.ctx, items, p.Language); err != nil {
		return err
	}
	v := &sourceView{Source: src}
	for i := range register.Kinds {
		var of []*registerdb.Item
		for _, it := range items {
			if it.Kind == register.Kinds[i].Kind {
				of = append(of, it)
			}
		}
		if len(of) == 0 {
			continue
		}
		sec, err := s.tableOf(p, register.Kinds[i].Kind, of)
		if err != nil {
			return err
		}
		v.Tables = append(v.Tables, sec)
	}
	return s.render(p, "sourcepage", v)
}

// Web reports whether the source's address is one that a browser may follow.
func (v *sourceView) Web() bool {
	return strings.HasPrefix(v.URL, "https://") || strings.HasPrefix(v.URL, "http://")
}

// languageOf is the language that a path ends with, or "".
func languageOf(path string) string {
	_, language, _ := strings.Cut(path, "@")
	return language
}
