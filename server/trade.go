package server

import (
	"context"
	"encoding/csv"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server/pages"
	"github.com/karvan/karvan/trade"
)

// study gives the inputs of the study that is served; nil where there is none.
func (s *Server) study() *karvan.Inputs {
	if s.options.Study != nil {
		return s.options.Study
	}
	if s.ready.Load() {
		return s.model.Inputs()
	}
	return nil
}

// HasTrade reports whether the study has series of trade.
func (s *Server) HasTrade() bool {
	in := s.study()
	return in != nil && len(in.Trade) > 0
}

// TradeOf tells of one bilateral series of the study, as known on a day.
func (s *Server) TradeOf(ctx context.Context, q pages.TradeQuery) (*pages.TradeData, error) {
	if !s.HasTrade() {
		return nil, nil
	}
	in := s.study()
	k := karvan.SeriesKey{Reporter: q.Reporter, Partner: q.Partner, Flow: q.Flow, Product: "all"}
	// What the question leaves open is that of the first target, then of the first
	// series that fits.
	for _, have := range append(in.TargetSeries(), in.SeriesKeys()...) {
		if (k.Reporter == "" || k.Reporter == have.Reporter) && (k.Partner == "" || k.Partner == have.Partner) && (k.Flow == "" || k.Flow == have.Flow) {
			k.Reporter, k.Partner, k.Flow = have.Reporter, have.Partner, have.Flow
			break
		}
	}
	if k.Flow == "" {
		k.Flow = "turnover"
	}
	if q.AsOf == "" {
		q.AsOf = in.BaseDate
	}
	day := trade.LastDayOf(q.AsOf)
	d := &pages.TradeData{TradeQuery: pages.TradeQuery{Reporter: k.Reporter, Partner: k.Partner, Flow: k.Flow, AsOf: q.AsOf}, State: s.State()}
	seen := map[[2]string]bool{}
	for _, have := range in.SeriesKeys() {
		pair := [2]string{have.Reporter, have.Partner}
		if !seen[pair] {
			seen[pair] = true
			d.Pairs = append(d.Pairs, pair)
		}
	}
	if !seen[[2]string{k.Reporter, k.Partner}] || !slices.Contains([]string{"turnover", "export", "import"}, k.Flow) {
		return nil, nil
	}
	d.Rows = figures(in, k, day)
	if n, err := in.NowcastOf(k, 0, day); err == nil {
		d.Nowcast = &pages.TradeNowcast{Year: n.Year, Median: n.Median, I50: n.Interval(0.5), I80: n.Interval(0.8), I95: n.Interval(0.95), ObservedTo: n.ObservedTo,
			Years: n.Nowcast.Years, Kind: n.Nowcast.Kind}
		if d.Nowcast.Kind != "whole" {
			for _, x := range n.Tried {
				d.Nowcast.Tried = append(d.Nowcast.Tried, pages.TradeTrial{Year: x.Year, ObservedTo: x.ObservedTo, Median: x.Forecast.Median, Actual: x.Actual, I80: x.Forecast.Interval(0.8)})
			}
		}
	}
	for _, t := range in.ReadTargets(day) {
		if series, ok := t.Series(); ok && series == k {
			d.Targets = append(d.Targets, targetData(&t))
		}
	}
	d.Partners = partners(in, k, day)
	d.Goods = goods(in, k)
	return d, s.tradeEffects(in, k, d)
}

// figures sets both sides of a series beside one another; what became known after the
// day is marked.
func figures(in *karvan.Inputs, k karvan.SeriesKey, day string) []pages.TradeFigure {
	type span struct{ year, first, last int }
	known := map[span]bool{}
	var out []pages.TradeFigure
	add := func(list []karvan.MirrorRow, later bool) {
		for _, r := range list {
			p := span{r.Year, r.First, r.Last}
			if known[p] {
				continue
			}
			known[p] = true
			f := pages.TradeFigure{Period: trade.PeriodText(r.Year, r.First, r.Last), Year: r.Year, First: r.First, Last: r.Last, ValueUSD: r.Value, Rule: r.Rule.Code(), Later: later}
			for _, side := range []struct {
				from *trade.Reading
				into **pages.ToldFigure
			}{{r.Own, &f.Own}, {r.Other, &f.Other}} {
				if side.from != nil {
					*side.into = &pages.ToldFigure{ValueUSD: side.from.Value, SourceID: side.from.Source, KnownOn: side.from.KnownOn, Confides: side.from.Confidence}
				}
			}
			out = append(out, f)
		}
	}
	add(in.MirrorOf(k, day), false)
	add(in.MirrorOf(k, "9999-12-31"), true)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		if a.Year != b.Year {
			return a.Year < b.Year
		}
		return a.Last < b.Last
	})
	return out
}

func targetData(t *karvan.TargetReading) pages.TradeTarget {
	out := pages.TradeTarget{ID: t.Key, Indicator: t.Indicator, Unit: t.Unit, ByDate: t.ByDate, SetBy: t.SetBy, SetOn: t.SetOn, SourceID: t.SourceID, Value: t.Value,
		Probability: t.Probability, Required: t.RequiredGrowth, BestSeen: t.BestGrowthSeen, From: t.From, FromYear: t.FromYear, Reached: t.Reached,
		Modelled: !math.IsNaN(t.Probability), Energy: math.NaN(), RequiredWithout: math.NaN()}
	for i, o := range t.Path {
		i50, i80, i95 := o.Interval(0.5), o.Interval(0.8), o.Interval(0.95)
		out.Path = append(out.Path, pages.TradeBand{Year: t.FromYear + i, Median: o.Median, Low50: i50[0], High50: i50[1], Low80: i80[0], High80: i80[1], L95: i95[0], H95: i95[1]})
	}
	if e := t.WithoutEnergy; e != nil {
		out.Energy, out.EnergyYear, out.RequiredWithout = e.EnergyUSD, e.EnergyYear, e.RequiredGrowth
	}
	return out
}

// partners ranks the partners of a country by the study's table of trade, or, where it
// has none, by what was last told of a whole year.
func partners(in *karvan.Inputs, k karvan.SeriesKey, day string) []pages.TradePartner {
	var out []pages.TradePartner
	t := &in.TradeModel
	if own := regionKey(in, k.Reporter); own != "" && len(t.Cells) > 0 {
		index := map[int]int{}
		for _, c := range t.Cells {
			sells, buys := t.Regions[c.Exporter].Key == own, t.Regions[c.Importer].Key == own
			if sells == buys || sells && k.Flow == "import" || buys && k.Flow == "export" {
				continue
			}
			other := c.Importer
			if buys {
				other = c.Exporter
			}
			i, met := index[other]
			if !met {
				i = len(out)
				index[other] = i
				out = append(out, pages.TradePartner{Partner: t.Regions[other].Key, Name: t.Regions[other].Name, SourceID: c.SourceID, Before: math.NaN()})
				if list := t.Regions[other].Countries; len(list) == 1 && list[0] == t.Regions[other].Key {
					out[i].Country = list[0]
				}
			}
			out[i].ValueUSD += c.ValueUSD
			out[i].EnergyUSD += c.EnergyUSD
			if out[i].SourceID != c.SourceID {
				out[i].More = append(out[i].More, c.SourceID)
			}
		}
	} else {
		for _, have := range in.SeriesKeys() {
			if have.Reporter != k.Reporter || have.Flow != k.Flow || have.Product != k.Product || have.Partner == "WORLD" {
				continue
			}
			known, _ := trade.KnownBy(in.Series(have), day)
			totals := trade.YearTotals(known)
			if len(totals) == 0 {
				continue
			}
			last := totals[len(totals)-1]
			x := pages.TradePartner{Partner: have.Partner, Country: have.Partner, Year: last.Year, ValueUSD: last.Value, SourceID: last.Source, Before: math.NaN()}
			if n := len(totals); n > 1 && totals[n-2].Year == last.Year-1 {
				x.Before = totals[n-2].Value
			}
			out = append(out, x)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].ValueUSD > out[j].ValueUSD })
	return out
}

// regionKey gives the region of the table of trade that is one country by itself; "" where
// there is none.
func regionKey(in *karvan.Inputs, country string) string {
	for _, r := range in.TradeModel.Regions {
		if len(r.Countries) == 1 && r.Countries[0] == country && len(r.Groups) == 0 {
			return r.Key
		}
	}
	return ""
}

// goods sums what the network carries between two countries in the base year, by
// commodity, the most valuable first.
func goods(in *karvan.Inputs, k karvan.SeriesKey) []pages.TradeGoods {
	out := make([]pages.TradeGoods, len(in.Commodities))
	for i := range in.Commodities {
		out[i].Name = in.Commodities[i].Name
	}
	for _, c := range in.Demand {
		if c.Year != in.BaseYear || in.Commodities[c.Commodity].Energy {
			continue // energy on its way to other countries ends here too: a pipeline's end, no purchase
		}
		from, to := in.Zones[c.From].Country, in.Zones[c.To].Country
		g := &out[c.Commodity]
		usd := c.TPerYr * in.Commodities[c.Commodity].ValueUSDPerT
		switch {
		case from == k.Reporter && to == k.Partner:
			g.OutT, g.OutUSD = g.OutT+c.TPerYr, g.OutUSD+usd
		case from == k.Partner && to == k.Reporter:
			g.InT, g.InUSD = g.InT+c.TPerYr, g.InUSD+usd
		}
	}
	out = slices.DeleteFunc(out, func(g pages.TradeGoods) bool { return g.OutT+g.InT == 0 })
	sort.SliceStable(out, func(i, j int) bool { return out[i].OutUSD+out[i].InUSD > out[j].OutUSD+out[j].InUSD })
	return out
}

// tradeEffects tells what each scenario does to the trade of the pair, against the base of
// the same year, in the last year in which it was run.
func (s *Server) tradeEffects(in *karvan.Inputs, k karvan.SeriesKey, d *pages.TradeData) error {
	if !s.ready.Load() {
		return nil
	}
	own, other := k.Reporter, k.Partner // in partial equilibrium
	if len(in.TradeModel.Regions) > 0 {
		own, other = regionKey(in, own), regionKey(in, other)
	}
	if own == "" || other == "" {
		return nil
	}
	for _, sc := range in.Scenarios {
		year, binding := 0, ""
		for _, y := range s.years {
			if y.Scenario == sc.Key && y.Year >= year {
				year, binding = y.Year, y.Binding
			}
		}
		if year == 0 {
			continue
		}
		t, err := s.result.Trade(sc.Key, year)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		e := pages.TradeEffect{Scenario: sc.Key, Titles: sc.Title, Year: year, Binding: bindingCode(binding), Endogenous: t.Response == karvan.EndogenousTrade}
		if s.run(When{"base", year}) == nil {
			e.MapAddress = "/map?" + url.Values{"scenario": {"base"}, "compare": {sc.Key}, "year": {strconv.Itoa(year)}}.Encode()
		}
		for _, p := range t.Pairs {
			out, in := p.Exporter == own && p.Importer == other, p.Exporter == other && p.Importer == own
			if out && k.Flow != "import" || in && k.Flow != "export" {
				e.BaseUSD += p.BaseUSD
				e.USD += p.USD
			}
		}
		for _, r := range t.Regions {
			x := &pages.RegionEffect{RealOutput: 100 * (r.RealOutput - 1), Welfare: 100 * (r.Welfare - 1)}
			switch r.Region {
			case own:
				e.Reporter = x
			case other:
				e.Partner = x
			}
		}
		d.Method = "partial"
		if t.Method == karvan.GeneralEquilibrium {
			d.Method = "general"
		}
		d.Effects = append(d.Effects, e)
	}
	return nil
}

// tradeInput is the query of the trade API.
type tradeInput struct {
	Reporter string `query:"reporter" maxLength:"5" doc:"Country that reports, ISO 3166-1 alpha-2 (none: that of the first target)"`
	Partner  string `query:"partner" maxLength:"5" doc:"Country that it trades with, or WORLD"`
	Flow     string `query:"flow" enum:"turnover,export,import" doc:"Flow"`
	AsOf     string `query:"asOf" maxLength:"10" doc:"Only what was known by this day (none: the study's base date)"`
}

type toldOut struct {
	Value      float64 `json:"value_usd"`
	SourceID   string  `json:"source_id"`
	KnownOn    string  `json:"known_on"`
	Confidence string  `json:"confidence"`
}

type tradeFigureOut struct {
	Period     string   `json:"period"`
	Reporter   *toldOut `json:"reporter,omitempty" doc:"Absent where the reporter did not tell it"`
	Partner    *toldOut `json:"partner,omitempty" doc:"Absent where the partner did not tell it"`
	Reconciled float64  `json:"reconciled_usd"`
	Rule       string   `json:"rule"`
	Later      bool     `json:"known_later" doc:"Known only after the day: not used in the outlook"`
}

type tradeNowcastOut struct {
	Year       int        `json:"year"`
	Median     float64    `json:"median"`
	Interval50 [2]float64 `json:"interval_50"`
	Interval80 [2]float64 `json:"interval_80"`
	Interval95 [2]float64 `json:"interval_95"`
	ObservedTo string     `json:"observed_to"`
}

type tradeTargetOut struct {
	ID             string   `json:"target_id"`
	Value          float64  `json:"value"`
	Unit           string   `json:"unit"`
	ByDate         string   `json:"by_date"`
	Probability    *float64 `json:"probability"`
	RequiredGrowth *float64 `json:"required_growth"`
	BestGrowthSeen *float64 `json:"best_growth_seen"`
	WithoutEnergy  *float64 `json:"required_growth_without_energy"`
	Reached        *bool    `json:"reached"`
}

type tradeEffectOut struct {
	Scenario string   `json:"scenario_id"`
	Year     int      `json:"year"`
	Binding  string   `json:"binding"`
	BaseUSD  *float64 `json:"base_usd"`
	USD      *float64 `json:"value_usd"`
	Welfare  *float64 `json:"reporter_welfare_percent"`
	Partner  *float64 `json:"partner_welfare_percent"`
}

type tradeOut struct {
	Reporter string           `json:"reporter"`
	Partner  string           `json:"partner"`
	Flow     string           `json:"flow"`
	AsOf     string           `json:"as_of"`
	Series   []tradeFigureOut `json:"series"`
	Nowcast  *tradeNowcastOut `json:"nowcast,omitempty" doc:"Absent where nothing of a year was known"`
	Targets  []tradeTargetOut `json:"targets"`
	Effects  []tradeEffectOut `json:"effects" doc:"What scenarios do, energy left out; no figure where nothing binds in the base"`
	Method   string           `json:"method,omitempty"`
}

func (s *Server) tradeRoutes(api huma.API, mux *http.ServeMux) {
	get(api, "/api/trade", "A bilateral series as both sides tell it, with its outlook and what scenarios do to it", s.tradeJSON)
	mux.HandleFunc("GET /api/trade.csv", s.tradeCSV)
}

func (s *Server) askTrade(ctx context.Context, in *tradeInput) (*pages.TradeData, error) {
	if in.AsOf != "" && register.LastDay(in.AsOf) == "" {
		return nil, huma.Error422UnprocessableEntity("asOf: a day as YYYY-MM-DD, YYYY-MM or YYYY was expected")
	}
	d, err := s.TradeOf(ctx, pages.TradeQuery{Reporter: strings.ToUpper(in.Reporter), Partner: strings.ToUpper(in.Partner), Flow: in.Flow, AsOf: in.AsOf})
	if err == nil && d == nil {
		return nil, huma.Error404NotFound("the study has no such series of trade")
	}
	return d, err
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func (s *Server) tradeJSON(ctx context.Context, in *tradeInput) (*body[tradeOut], error) {
	d, err := s.askTrade(ctx, in)
	if err != nil {
		return nil, err
	}
	out := tradeOut{Reporter: d.Reporter, Partner: d.Partner, Flow: d.Flow, AsOf: d.AsOf, Series: []tradeFigureOut{}, Targets: []tradeTargetOut{}, Effects: []tradeEffectOut{}, Method: d.Method}
	for i := range d.Rows {
		r := &d.Rows[i]
		out.Series = append(out.Series, tradeFigureOut{r.Period, toldBy(r.Own), toldBy(r.Other), r.ValueUSD, r.Rule, r.Later})
	}
	if n := d.Nowcast; n != nil {
		out.Nowcast = &tradeNowcastOut{n.Year, n.Median, n.I50, n.I80, n.I95, n.ObservedTo}
	}
	for i := range d.Targets {
		t := &d.Targets[i]
		out.Targets = append(out.Targets, tradeTargetOut{t.ID, t.Value, t.Unit, t.ByDate, finite(t.Probability), finite(t.Required), finite(t.BestSeen), finite(t.RequiredWithout), t.Reached})
	}
	for i := range d.Effects {
		e := &d.Effects[i]
		x := tradeEffectOut{Scenario: e.Scenario, Year: e.Year, Binding: e.Binding}
		if e.Binding != "no" {
			x.BaseUSD, x.USD = finite(e.BaseUSD), finite(e.USD)
			if e.Reporter != nil && e.Partner != nil {
				x.Welfare, x.Partner = finite(e.Reporter.Welfare), finite(e.Partner.Welfare)
			}
		}
		out.Effects = append(out.Effects, x)
	}
	return &body[tradeOut]{out}, nil
}

func toldBy(f *pages.ToldFigure) *toldOut {
	if f == nil {
		return nil
	}
	return &toldOut{f.ValueUSD, f.SourceID, f.KnownOn, f.Confides}
}

// tradeCSV is the table of the page's chart.
func (s *Server) tradeCSV(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for key := range q {
		if !slices.Contains([]string{"reporter", "partner", "flow", "asOf"}, key) {
			writeProblem(w, http.StatusUnprocessableEntity, "The query has a parameter "+strconv.Quote(key)+"; reporter, partner, flow and asOf were expected.")
			return
		}
	}
	d, err := s.askTrade(r.Context(), &tradeInput{q.Get("reporter"), q.Get("partner"), q.Get("flow"), q.Get("asOf")})
	if err != nil {
		status := http.StatusInternalServerError
		if e, ok := err.(huma.StatusError); ok {
			status = e.GetStatus()
		}
		writeProblem(w, status, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="trade-`+d.Reporter+"-"+d.Partner+"-"+d.Flow+`.csv"`)
	out := csv.NewWriter(w)
	out.Write([]string{"reporter", "partner", "flow", "period", "reporter_usd", "reporter_source_id", "reporter_known_on", "partner_usd", "partner_source_id", "partner_known_on", "reconciled_usd", "rule", "known_later"})
	for i := range d.Rows {
		f := &d.Rows[i]
		row := []string{d.Reporter, d.Partner, d.Flow, f.Period}
		for _, t := range []*pages.ToldFigure{f.Own, f.Other} {
			if t == nil {
				row = append(row, "", "", "")
				continue
			}
			row = append(row, strconv.FormatFloat(t.ValueUSD, 'f', -1, 64), t.SourceID, t.KnownOn)
		}
		out.Write(append(row, strconv.FormatFloat(math.Round(f.ValueUSD), 'f', -1, 64), f.Rule, strconv.FormatBool(f.Later)))
	}
	out.Flush()
}
