package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/audit"
	"github.com/karvan/karvan/store/registerdb"
)

// checkView is the check of an OC4IDS package as a page.
type checkView struct {
	Checked                 bool
	Name                    string
	Errors, Warnings, Notes int
	Findings                []oc4ids.Finding
	More                    int
	Fault                   string
}

// mostFindings bounds the rows of the page; the command and the API tell all.
const mostFindings = 500

func (s *Site) check(p *page) error {
	p.Section = "check"
	p.Title = p.t("check")
	v := &checkView{}
	if p.r.Method != http.MethodPost {
		return s.render(p, "check", v)
	}
	data, name, err := uploaded(p.r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p.Status = http.StatusRequestEntityTooLarge
		v.Fault = p.t("check.large", number(p.Language, oc4ids.MaxBytes>>20))
		return s.render(p, "check", v)
	case err != nil || len(data) == 0:
		p.Status = http.StatusBadRequest
		v.Fault = p.t("check.nofile")
		return s.render(p, "check", v)
	}
	list, err := oc4ids.Check(bytes.NewReader(data))
	if err != nil {
		return err
	}
	v.Checked, v.Name, v.Findings = true, name, list
	for _, f := range list {
		switch f.Severity {
		case oc4ids.Error:
			v.Errors++
		case oc4ids.Warning:
			v.Warnings++
		default:
			v.Notes++
		}
	}
	if len(list) > mostFindings {
		v.Findings, v.More = list[:mostFindings], len(list)-mostFindings
	}
	return s.render(p, "check", v)
}

// uploaded reads the file of a form, without keeping it anywhere.
func uploaded(r *http.Request) (data []byte, name string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, "", err // also where the body is too large
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(part)
		return data, part.FileName(), err
	}
}

type investmentView struct {
	Host  string
	Hosts []option
	Years []*section // a ranking for each period
	Forms []form
}

// investments ranks investors by period within a host country.
func (s *Site) investments(p *page) error {
	p.Section = "investment"
	p.Title = labels.Many(p.Language, register.Investment)
	list, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Investment, Limit: mostPack, Language: p.Language})
	if err != nil {
		return err
	}
	hosts := map[string]int{}
	for _, it := range list.Items {
		hosts[register.Text(it.Values, "host")]++
	}
	v := &investmentView{Host: strings.ToUpper(p.r.URL.Query().Get("host"))}
	for h := range hosts {
		v.Hosts = append(v.Hosts, option{h, labels.Country(p.Language, h)})
	}
	sort.Slice(v.Hosts, func(i, j int) bool {
		if a, b := hosts[v.Hosts[i].Value], hosts[v.Hosts[j].Value]; a != b {
			return a > b
		}
		return v.Hosts[i].Value < v.Hosts[j].Value
	})
	if v.Host == "" && len(v.Hosts) > 0 {
		v.Host = v.Hosts[0].Value
	}
	if v.Host != "" {
		v.Forms = s.forms(p, register.Info("investment"), url.Values{"host": {v.Host}})
	}
	f := func(path string) string { return labels.Field(p.Language, register.Investment, path) }
	head := []string{f("rank"), f("investor"), p.t("investment.change"), f("measure"), f("sector"), f("valueUSD"), f("note"), p.t("source")}
	byPeriod := map[string][]*registerdb.Item{}
	for _, it := range list.Items {
		if register.Text(it.Values, "host") == v.Host {
			period := register.Text(it.Values, "period")
			byPeriod[period] = append(byPeriod[period], it)
		}
	}
	var periods []string
	for period := range byPeriod {
		periods = append(periods, period)
	}
	lastYear := func(period string) string { return period[max(0, strings.LastIndexByte(period, ' ')+1):] }
	sort.Slice(periods, func(i, j int) bool {
		if a, b := lastYear(periods[i]), lastYear(periods[j]); a != b {
			return a > b
		}
		return periods[i] < periods[j]
	})
	changes := rankChanges(periods, byPeriod)
	for _, period := range periods {
		items := byPeriod[period]
		sort.SliceStable(items, func(i, j int) bool { return investmentBefore(items[i], items[j]) })
		year := &section{Title: period, Head: head}
		for _, it := range items {
			r, err := s.DB.View(p.ctx, it.ID, register.View{})
			if err != nil {
				return err
			}
			g, err := s.gather(p, it, r)
			if err != nil {
				return err
			}
			value := func(path string, numeric bool) cell {
				return cell{Pieces: s.listValue(p, it, path, nil), Numeric: numeric}
			}
			first := cell{Pieces: []piece{{Text: labels.Country(p.Language, register.Text(it.Values, "investor")), Href: p.href(it)}}}
			note := cell{Pieces: []piece{{Text: register.Text(it.Values, "note"), Lang: textLanguage(p, it, "note")}}}
			at := "valueUSD"
			if it.Values["valueUSD"] == nil {
				at = "rank"
			}
			m := g.mark(at, p.Title)
			source := cell{}
			if m != nil {
				source.Pieces = []piece{{Text: sourceName(m.Source, p.Language), Href: "/" + p.Language + "/sources/" + url.PathEscape(m.Source.ID)}}
			}
			year.Rows = append(year.Rows, []cell{value("rank", true), first, changes[it.ID].cell(p), value("measure", false), value("sector", false), value("valueUSD", true), note, source})
		}
		v.Years = append(v.Years, year)
	}
	return s.render(p, "investments", v)
}

// rankChange is by how many places an investor rose since the last period in which
// it had a rank of the same measure and sector.
type rankChange struct {
	rose  int
	since string // "": no earlier rank
}

// rankChanges compares stated ranks, by record. Periods are the latest first.
func rankChanges(periods []string, byPeriod map[string][]*registerdb.Item) map[string]rankChange {
	type key struct{ investor, measure, sector string }
	type place struct {
		rank   int
		period string
	}
	last := map[key]place{}
	out := map[string]rankChange{}
	for i := len(periods) - 1; i >= 0; i-- {
		for _, it := range byPeriod[periods[i]] {
			n, ok := it.Values["rank"].(json.Number)
			rank, err := n.Int64()
			if !ok || err != nil {
				continue
			}
			k := key{register.Text(it.Values, "investor"), register.Text(it.Values, "measure"), register.Text(it.Values, "sector")}
			if before, met := last[k]; met {
				out[it.ID] = rankChange{before.rank - int(rank), before.period}
			}
			last[k] = place{int(rank), periods[i]}
		}
	}
	return out
}

// cell writes the change with an arrow, and since when.
func (c rankChange) cell(p *page) cell {
	if c.since == "" {
		return cell{}
	}
	text := "="
	switch {
	case c.rose > 0:
		text = "▲\u00a0" + number(p.Language, c.rose)
	case c.rose < 0:
		text = "▼\u00a0" + number(p.Language, -c.rose)
	}
	return plainCell(p.t("investment.since", text, c.since))
}

// investmentBefore orders by rank where it is known, else by value.
func investmentBefore(a, b *registerdb.Item) bool {
	rank := func(it *registerdb.Item) float64 {
		if n, ok := it.Values["rank"].(json.Number); ok {
			f, _ := n.Float64()
			return f
		}
		return 1e9
	}
	value := func(it *registerdb.Item) float64 {
		if n, ok := it.Values["valueUSD"].(json.Number); ok {
			f, _ := n.Float64()
			return f
		}
		return 0
	}
	if x, y := rank(a), rank(b); x != y {
		return x < y
	}
	return value(a) > value(b)
}

// sourceName is how a source is called in a few words.
func sourceName(s *register.Source, language string) string {
	name := s.Publisher
	if name == "" {
		name = inLanguage(s.Title, language)
	}
	if name == "" {
		name = s.ID
	}
	if s.Date != "" {
		name += ", " + day(language, s.Date)
	}
	return name
}

func (s *Site) about(p *page) error {
	p.Section = "about"
	p.Title = p.t("about")
	var head audit.Head
	if s.Work != nil {
		var err error
		if head, err = audit.HeadOf(p.ctx, s.DB.SQL(), s.Now().UTC().Truncate(24*time.Hour)); err != nil {
			return err
		}
	}
	return s.render(p, "about", head)
}

// foldedWords are the words of a text as the search has them.
func foldedWords(s string) []string { return strings.Fields(register.SearchFold(s)) }

func fieldLabel(p *page, it *registerdb.Item, path string) string {
	path, language, _ := strings.Cut(path, "@")
	label := labels.Field(p.Language, it.Kind, path)
	if language != "" {
		label += " (" + language + ")"
	}
	return label
}

func clip120(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}
