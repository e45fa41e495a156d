package pages

import (
	"fmt"
	"math"
	"net/url"
	"strings"
)

func round(v float64, digits int) float64 {
	scale := math.Pow(10, float64(digits))
	return math.Round(v*scale) / scale
}

// nowcastFacts tells what the year will close at.
func nowcastFacts(p *page, d *TradeData) []fact {
	n := d.Nowcast
	if n == nil {
		return nil
	}
	between := func(i [2]float64) cell {
		return plainCell(p.t("trade.between", large(p.Language, i[0])+"\u00a0USD", large(p.Language, i[1])+"\u00a0USD"))
	}
	years := ""
	for i, y := range n.Years {
		if i > 0 {
			years += ", "
		}
		years += fmt.Sprint(y)
	}
	method := ""
	switch n.Kind {
	case "share":
		method = p.t("trade.method.share", years)
	case "monthly":
		method = p.t("trade.method.monthly", fmt.Sprint(n.Years[0]))
	case "whole":
		method = p.t("trade.method.whole")
	default:
		method = p.t("trade.method.even")
	}
	return []fact{
		{p.t("trade.median"), plainCell(large(p.Language, n.Median) + "\u00a0USD")},
		{p.t("trade.interval", 50), between(n.I50)}, {p.t("trade.interval", 80), between(n.I80)}, {p.t("trade.interval", 95), between(n.I95)},
		{p.t("trade.observed"), plainCell(day(p.Language, n.ObservedTo))},
		{p.t("trade.method"), plainCell(method)},
	}
}

// triedSection tells how far the method was off in earlier years.
func triedSection(p *page, d *TradeData) *section {
	if d.Nowcast == nil || len(d.Nowcast.Tried) == 0 {
		return nil
	}
	sec := &section{ID: "tried", Title: p.t("trade.tried"), Head: []string{p.t("trade.year"), p.t("trade.observed"), p.t("trade.median"), p.t("trade.interval", 80), p.t("trade.became"), p.t("trade.off")}}
	for _, x := range d.Nowcast.Tried {
		off := cell{Pieces: []piece{{Text: percentText(p, x.Median/x.Actual-1, 1)}}, Numeric: true}
		sec.Rows = append(sec.Rows, []cell{plainCell(fmt.Sprint(x.Year)), plainCell(day(p.Language, x.ObservedTo)), usd(p, x.Median),
			{Pieces: []piece{{Text: p.t("trade.between", large(p.Language, x.I80[0])+"\u00a0USD", large(p.Language, x.I80[1])+"\u00a0USD")}}, Numeric: true}, usd(p, x.Actual), off})
	}
	return sec
}

// targetsSection tells the chance of each target of the series, and what it takes.
func targetsSection(p *page, d *TradeData, sources func(string) piece) *section {
	sec := &section{ID: "targets", Title: p.t("trade.targets"), Head: []string{p.t("trade.target"), p.t("trade.by_date"), p.t("trade.chance"), p.t("trade.required"), p.t("trade.best"), p.t("trade.without"), p.t("trade.reading"), p.t("source")}}
	for i := range d.Targets {
		t := &d.Targets[i]
		share := func(v float64) cell {
			if math.IsNaN(v) {
				return cell{Pieces: []piece{{Text: "–"}}, Numeric: true}
			}
			return cell{Pieces: []piece{{Text: percentText(p, v, 1)}}, Numeric: true}
		}
		reading := p.t("trade.unread")
		switch {
		case t.ByDate == "":
			reading = p.t("trade.nodate")
		case t.Reached != nil && *t.Reached:
			reading = p.t("trade.reached")
		case t.Reached != nil:
			reading = p.t("trade.missed")
		case t.Modelled:
			reading = p.t("trade.from", large(p.Language, t.From)+"\u00a0USD", fmt.Sprint(t.FromYear))
		}
		first := cell{Pieces: []piece{{Text: large(p.Language, t.Value) + "\u00a0USD", Href: t.Href}}}
		sec.Rows = append(sec.Rows, []cell{first, plainCell(day(p.Language, t.ByDate)), share(t.Probability), share(t.Required), share(t.BestSeen), share(t.RequiredWithout), plainCell(reading), {Pieces: []piece{sources(t.SourceID)}}})
	}
	if len(sec.Rows) == 0 {
		return nil
	}
	sec.Note = p.t("trade.targets.note")
	return sec
}

// effectsSection tells what each scenario does to the trade of the pair.
func effectsSection(p *page, d *TradeData, own, other string) *section {
	if len(d.Effects) == 0 {
		return nil
	}
	sec := &section{ID: "effects", Title: p.t("trade.effects"), Head: []string{p.t("trade.scenario"), p.t("trade.year"), p.t("trade.change"), p.t("trade.change.share")}}
	regions := d.Method == "general"
	if regions {
		sec.Head = append(sec.Head, p.t("trade.welfare", own), p.t("trade.welfare", other))
	}
	signed := func(v float64, text string) cell {
		switch {
		case strings.HasPrefix(text, "0\u00a0"): // of so many digits
		case v > 0:
			text = "+" + text
		case v < 0:
			text = "−" + text
		}
		return cell{Pieces: []piece{{Text: text}}, Numeric: true}
	}
	for i := range d.Effects {
		e := &d.Effects[i]
		name := cell{Pieces: []piece{{Text: inLanguage(e.Titles, p.Language)}}}
		if e.MapAddress != "" {
			name.Pieces[0].Href = "/" + p.Language + e.MapAddress
		}
		row := []cell{name, plainCell(fmt.Sprint(e.Year))}
		if e.Binding == "no" {
			// What is relaxed leaves room in the base: a gain would be an artefact of the
			// delay functions.
			row = append(row, plainCell(p.t("trade.notbinding")), cell{})
			if regions {
				row = append(row, cell{}, cell{})
			}
			sec.Rows = append(sec.Rows, row)
			continue
		}
		change := e.USD - e.BaseUSD
		if math.Abs(change) < 5e-6*e.BaseUSD {
			change = 0 // within what the equilibrium is exact to
		}
		share := math.NaN()
		if e.BaseUSD > 0 {
			share = change / e.BaseUSD
		}
		row = append(row, signed(change, large(p.Language, math.Abs(change))+"\u00a0USD"), signed(share, percentText(p, math.Abs(share), 2)))
		if regions {
			for _, r := range []*RegionEffect{e.Reporter, e.Partner} {
				if r == nil {
					row = append(row, cell{})
					continue
				}
				if math.IsNaN(r.Welfare) {
					row = append(row, cell{Pieces: []piece{{Text: "–"}}, Numeric: true})
					continue
				}
				row = append(row, signed(r.Welfare, percentText(p, math.Abs(r.Welfare)/100, 4)))
			}
		}
		sec.Rows = append(sec.Rows, row)
	}
	sec.Note = p.t("trade.effects.note." + d.Method)
	return sec
}

// partnersSection ranks the reporter's partners.
func partnersSection(s *Site, p *page, d *TradeData, sources func(string) piece) *section {
	if len(d.Partners) == 0 {
		return nil
	}
	table := d.Partners[0].Year == 0
	sec := &section{ID: "partners", Title: p.t("trade.partners", s.countryName(p, d.Reporter), p.t("trade.flow."+d.Flow)), Head: []string{p.t("trade.rank"), p.t("trade.partner"), p.t("trade.value"), p.t("trade.energy"), p.t("source")}}
	if table {
		sec.Note = p.t("trade.partners.note")
	} else {
		sec.Head[3] = p.t("trade.growth")
	}
	pairs := map[string]bool{}
	for _, pair := range d.Pairs {
		if pair[0] == d.Reporter {
			pairs[pair[1]] = true
		}
	}
	for i := range d.Partners {
		x := &d.Partners[i]
		name := englishCell(p, x.Name)
		if x.Country != "" {
			name = plainCell(s.countryName(p, x.Country))
		}
		if pairs[x.Country] {
			name.Pieces[0].Href = "/" + p.Language + "/trade?" + url.Values{"pair": {d.Reporter + "-" + x.Country}, "flow": {d.Flow}, "asOf": {d.AsOf}}.Encode()
		}
		fourth := cell{Pieces: []piece{{Text: "–"}}, Numeric: true}
		switch {
		case table && x.ValueUSD > 0:
			fourth.Pieces[0].Text = percentText(p, x.EnergyUSD/x.ValueUSD, 0)
		case !table && !math.IsNaN(x.Before):
			fourth.Pieces[0].Text = percentText(p, x.ValueUSD/x.Before-1, 1)
		}
		from := cell{Pieces: []piece{sources(x.SourceID)}}
		for _, id := range x.More {
			from.Pieces = append(from.Pieces, sources(id))
		}
		sec.Rows = append(sec.Rows, []cell{{Pieces: []piece{{Text: fmt.Sprint(i + 1)}}, Numeric: true}, name, usd(p, x.ValueUSD), fourth, from})
	}
	return sec
}

// goodsSection tells what goods the network carries between the two countries.
func goodsSection(p *page, d *TradeData, own, other string) *section {
	if len(d.Goods) == 0 {
		return nil
	}
	sec := &section{ID: "goods", Title: p.t("trade.goods"), Head: []string{p.t("model.commodity"), p.t("trade.out", own, other), p.t("trade.out.value"), p.t("trade.out", other, own), p.t("trade.out.value")}, Note: p.t("trade.goods.note")}
	tonnes := func(v float64) cell {
		return cell{Pieces: []piece{{Text: large(p.Language, v) + "\u00a0t"}}, Numeric: true}
	}
	for i := range d.Goods {
		g := &d.Goods[i]
		sec.Rows = append(sec.Rows, []cell{englishCell(p, g.Name), tonnes(g.OutT), usd(p, g.OutUSD), tonnes(g.InT), usd(p, g.InUSD)})
	}
	return sec
}
