package pages

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/labels"
	"github.com/karvan/karvan/server/registerapi"
	"github.com/karvan/karvan/store/registerdb"
)

// Trade is what the pages ask of the study's trade.
type Trade interface {
	// HasTrade reports whether there is anything to tell.
	HasTrade() bool
	// TradeOf tells of one bilateral series, as known on a day; empty fields of the
	// query mean those of the study's first target. Nil where there is no such series.
	TradeOf(ctx context.Context, q TradeQuery) (*TradeData, error)
}

// TradeQuery picks a bilateral series and a day.
type TradeQuery struct{ Reporter, Partner, Flow, AsOf string }

// TradeData is a bilateral series with its outlook and what scenarios do to it.
type TradeData struct {
	TradeQuery
	Pairs    [][2]string // that the study has series of
	Rows     []TradeFigure
	Nowcast  *TradeNowcast // nil where nothing of a year was known
	Targets  []TradeTarget
	Partners []TradePartner
	Goods    []TradeGoods
	Effects  []TradeEffect
	Method   string // general or partial, "" without effects
	State    ModelState
}

// TradeFigure is one period as both sides tell it.
type TradeFigure struct {
	Period            string
	Year, First, Last int
	Own, Other        *ToldFigure // nil where it was not told
	ValueUSD          float64     // reconciled
	Rule              string      // how: own_alone, other_alone, own_buys, other_buys, own_confident, other_confident, mean
	Later             bool        // known only after the day: not used in the outlook
}

// ToldFigure is what a source told.
type ToldFigure struct {
	ValueUSD                    float64
	SourceID, KnownOn, Confides string
}

// TradeNowcast is what a year will close at.
type TradeNowcast struct {
	Year       int
	Median     float64
	I50        [2]float64
	I80        [2]float64
	I95        [2]float64
	ObservedTo string // a month
	Years      []int  // earlier years that the share rests on
	Kind       string // whole, share, even or monthly
	Tried      []TradeTrial
}

// TradeTrial is an earlier year that the method was tried on.
type TradeTrial struct {
	Year           int
	ObservedTo     string
	Median, Actual float64
	I80            [2]float64
}

// TradeTarget is a target as seen on the day; numbers are NaN where not known.
type TradeTarget struct {
	ID, Indicator, Unit, ByDate, SetBy, SetOn, SourceID string
	Value, Probability, Required, BestSeen, From        float64
	FromYear                                            int
	Reached                                             *bool
	Modelled                                            bool
	Href                                                string      // of its page, "" where it has none
	Path                                                []TradeBand // by year from FromYear
	Energy, RequiredWithout                             float64     // USD held; growth of all else
	EnergyYear                                          int
}

// TradeBand is the outlook on the total of a year.
type TradeBand struct {
	Year                                   int
	Median                                 float64
	Low50, High50, Low80, High80, L95, H95 float64
}

// TradePartner is the trade of the reporter with one partner: of the study's table of
// trade, or of the latest year that was told.
type TradePartner struct {
	Partner   string // country, or region of the table
	Country   string // where it is one
	Name      string // English; "": the country's
	Year      int    // 0: that of the table
	ValueUSD  float64
	EnergyUSD float64
	SourceID  string
	More      []string // other sources
	Before    float64  // the year before, NaN where not told
}

// TradeGoods is what one commodity of the network is of the trade of the pair.
type TradeGoods struct {
	Name          string
	OutT, InT     float64 // from the reporter, and to it
	OutUSD, InUSD float64
}

// TradeEffect is what one scenario does to the trade of the pair.
type TradeEffect struct {
	Scenario     string
	Titles       map[string]string
	Year         int
	Binding      string  // yes, no, new, unknown
	BaseUSD, USD float64 // of the flow, energy left out
	Reporter     *RegionEffect
	Partner      *RegionEffect
	Endogenous   bool
	MapAddress   string
}

// RegionEffect is in percent.
type RegionEffect struct{ RealOutput, Welfare float64 }

// tradeView is the page.
type tradeView struct {
	*TradeData
	PairOptions []option
	FlowOptions []option
	Pair        string
	Chart       any
	Months      any
	Facts       []fact
	Sections    []*section
	Years       *section
	Parts       *section
	Investors   string
	Forms       []form
}

// flows in the order of the form.
var tradeFlows = []string{"turnover", "export", "import"}

// trade shows a bilateral series with its outlook.
func (s *Site) trade(p *page) error {
	p.Section = "trade"
	p.Title = p.t("trade")
	q := p.r.URL.Query()
	query := TradeQuery{Flow: q.Get("flow"), AsOf: q.Get("asOf")}
	query.Reporter, query.Partner, _ = strings.Cut(strings.ToUpper(q.Get("pair")), "-")
	if query.AsOf != "" && register.LastDay(query.AsOf) == "" {
		query.AsOf = ""
		p.Status = 400
		p.Title = word(p.Language, "bad.title")
		return s.render(p, "message", word(p.Language, "bad.text"))
	}
	d, err := s.Trade.TradeOf(p.ctx, query)
	if err != nil {
		return err
	}
	if d == nil {
		return errMissing
	}
	p.Title = p.t("trade.title", s.countryName(p, d.Reporter), s.countryName(p, d.Partner))
	v := &tradeView{TradeData: d, Pair: d.Reporter + "-" + d.Partner}
	for _, pair := range d.Pairs {
		v.PairOptions = append(v.PairOptions, option{pair[0] + "-" + pair[1], p.t("trade.pair", s.countryName(p, pair[0]), s.countryName(p, pair[1]))})
	}
	for _, f := range tradeFlows {
		v.FlowOptions = append(v.FlowOptions, option{f, p.t("trade.flow." + f)})
	}
	own, other := s.countryName(p, d.Reporter), s.countryName(p, d.Partner)
	sources := s.sourceLinks(p)
	if err := s.targetLinks(p, d); err != nil {
		return err
	}
	v.Chart = yearsChart(p, d, own, other, sources)
	v.Months = monthsChart(p, d, own, sources)
	table := func(id, title string, whole bool) *section {
		sec := &section{ID: id, Title: p.t(title), Head: []string{p.t("trade.period"), p.t("trade.tells", own), p.t("trade.tells", other), p.t("trade.ratio"), p.t("trade.reconciled"), p.t("trade.by"), p.t("source")}}
		for i := len(d.Rows) - 1; i >= 0; i-- {
			r := &d.Rows[i]
			if (r.First == 1 && r.Last == 12) != whole {
				continue
			}
			sec.Rows = append(sec.Rows, figureRow(p, r, own, other, sources))
		}
		if len(sec.Rows) == 0 {
			return nil
		}
		return sec
	}
	v.Years, v.Parts = table("years", "trade.years", true), table("parts", "trade.parts", false)
	v.Facts = nowcastFacts(p, d)
	for _, sec := range []*section{triedSection(p, d), targetsSection(p, d, sources), effectsSection(p, d, own, other), partnersSection(s, p, d, sources), goodsSection(p, d, own, other)} {
		if sec != nil {
			v.Sections = append(v.Sections, sec)
		}
	}
	address := url.Values{"reporter": {d.Reporter}, "partner": {d.Partner}, "flow": {d.Flow}, "asOf": {d.AsOf}}.Encode()
	v.Forms = []form{{"json", "/api/trade?" + address}, {"csv", "/api/trade.csv?" + address}}
	v.Investors = "/" + p.Language + "/investments?" + url.Values{"host": {d.Reporter}}.Encode()
	return s.render(p, "trade", v)
}

func (s *Site) countryName(p *page, code string) string {
	if code == "WORLD" {
		return p.t("trade.world")
	}
	return labels.Country(p.Language, code)
}

// sourceLinks gives pieces that lead to sources, each read once. A source that the
// register does not have is named, and leads nowhere.
func (s *Site) sourceLinks(p *page) func(id string) piece {
	met := map[string]piece{}
	return func(id string) piece {
		if x, ok := met[id]; ok || id == "" {
			return x
		}
		x := piece{Text: id, Lang: englishUnless(p)}
		if src, err := s.DB.Source(p.ctx, id); err == nil {
			x.Text, x.Href = sourceName(src, p.Language), "/"+p.Language+"/sources/"+url.PathEscape(id)
		}
		met[id] = x
		return x
	}
}

// targetLinks finds the pages of the targets.
func (s *Site) targetLinks(p *page, d *TradeData) error {
	if len(d.Targets) == 0 {
		return nil
	}
	list, err := s.DB.List(p.ctx, registerdb.Query{Kind: register.Target, Limit: mostPack, Language: p.Language})
	if err != nil {
		return err
	}
	for i := range d.Targets {
		for _, it := range list.Items {
			if register.Text(it.Values, "key") == d.Targets[i].ID {
				d.Targets[i].Href = registerapi.Path(p.Language, it.Kind, it.Slug)
			}
		}
	}
	return nil
}

func englishUnless(p *page) string {
	if p.Language == "en" {
		return ""
	}
	return "en"
}

func usd(p *page, v float64) cell {
	return cell{Pieces: []piece{{Text: large(p.Language, v) + "\u00a0USD"}}, Numeric: true}
}

func figureRow(p *page, r *TradeFigure, own, other string, sources func(string) piece) []cell {
	period := cell{Pieces: []piece{{Text: periodText(p, r)}}}
	if r.Later {
		period.Pieces = append(period.Pieces, piece{Text: p.t("trade.later")})
	}
	row := []cell{period}
	from := cell{}
	for _, f := range []*ToldFigure{r.Own, r.Other} {
		c := cell{Numeric: true}
		if f != nil {
			c = usd(p, f.ValueUSD)
			if link := sources(f.SourceID); len(from.Pieces) == 0 || from.Pieces[0].Href != link.Href {
				from.Pieces = append(from.Pieces, link)
			}
		}
		row = append(row, c)
	}
	ratio := cell{Numeric: true}
	if r.Own != nil && r.Other != nil {
		ratio.Pieces = []piece{{Text: number(p.Language, round(r.Own.ValueUSD/r.Other.ValueUSD, 2))}}
	}
	rule := p.t("trade.rule." + r.Rule)
	switch r.Rule {
	case "own_alone", "own_buys", "own_confident":
		rule = p.t("trade.rule."+r.Rule, own)
	case "other_alone", "other_buys", "other_confident":
		rule = p.t("trade.rule."+r.Rule, other)
	}
	return append(row, ratio, usd(p, r.ValueUSD), plainCell(rule), from)
}

// periodText writes a year, a month or the months of a year.
func periodText(p *page, r *TradeFigure) string {
	switch {
	case r.First == 1 && r.Last == 12:
		return fmt.Sprint(r.Year)
	case r.First == r.Last:
		return day(p.Language, fmt.Sprintf("%d-%02d", r.Year, r.Last))
	}
	return p.t("trade.months", monthAlone(p.Language, r.First), monthAlone(p.Language, r.Last), fmt.Sprint(r.Year))
}

// monthAlone is a month without a day or year.
func monthAlone(lang string, m int) string {
	if names, ok := monthsAlone[lang]; ok {
		return names[m-1]
	}
	return months[lang][m-1]
}

func percentText(p *page, share float64, digits int) string {
	return number(p.Language, round(100*share, digits)) + "\u00a0%"
}
