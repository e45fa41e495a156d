package study

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/trade"
)

// The files of trade/ that are no bilateral series.
const (
	regionFile = "trade/region.csv"
	matrixFile = "trade/matrix.csv"
)

var tradeColumns = with(cols("reporter*", "partner*", "flow*", "product", "period*", "cumulative", "value_usd*"), provenanceColumns)

// tradePlace is a figure of a series, with where it stands.
type tradePlace struct {
	karvan.TradeRow
	file              string
	line              int
	year, first, last int
}

// readTrade reads bilateral series. What one row cannot tell is checked by
// checkSeries.
func (l *loader) readTrade(in io.Reader, file string) {
	l.table(in, file, tradeColumns, func(r *row) {
		p := l.provenance(r)
		t := karvan.TradeRow{Reporter: r.text("reporter"), Partner: r.text("partner"), Flow: r.enum("flow", "", "export", "import", "turnover"),
			Product: r.enum("product", "all", "all", "energy", "other"), Period: r.text("period"), ValueUSD: r.number("value_usd", notNegative),
			SourceID: p.SourceID, Confidence: p.Confidence, Note: p.Note, KnownOn: r.text("known_on")}
		// Rows of before there was a column for it say so in their note.
		t.Cumulative = r.boolean("cumulative", strings.Contains(t.Note, "cumulative"))
		for _, field := range []string{"reporter", "partner"} {
			if c := r.text(field); c != "" && c != "WORLD" && !isCountry(c) {
				r.fault(field, c, "a country of two capital letters (ISO 3166-1), or WORLD, was expected")
			} else if now := successor(c); now != "" {
				r.warn(field, c, "the code is out of use, and is %s now: a series that changed its code falls in two", now)
			}
		}
		if t.Reporter != "" && t.Reporter == t.Partner {
			r.fault("partner", t.Partner, "the partner is the reporter itself")
		}
		if t.Period != "" && !period.MatchString(t.Period) {
			r.fault("period", t.Period, "a year (2020), a month (2020-01), months of a year (2020-01..10), a quarter or half (2020-Q1, 2020-H1) or a plan (2020-plan) was expected")
		}
		place := tradePlace{TradeRow: t, file: file, line: r.line}
		var err error
		if place.year, place.first, place.last, err = trade.ReadPeriod(t.Period, t.Cumulative); err != nil {
			place.year = 0 // listed, and no part of the series
		}
		l.series = append(l.series, place)
		if !math.IsNaN(t.ValueUSD) {
			l.in.Trade = append(l.in.Trade, t)
		}
	})
}

// checkSeries looks for what single rows cannot tell: rows that stand twice, sums
// that fall as months are added, turnovers that are not the sum of their parts,
// and figures that look as if they were in another unit.
func (l *loader) checkSeries() {
	type key struct{ reporter, partner, flow, product string }
	type period struct {
		key
		year, first, last int
	}
	seen := map[string]int{}
	by := map[key][]*tradePlace{}
	at := map[period][]*tradePlace{}
	var order []key
	for i := range l.series {
		p := &l.series[i]
		k := key{p.Reporter, p.Partner, p.Flow, p.Product}
		same := fmt.Sprint(k, p.Period, p.Cumulative, p.SourceID, p.KnownOn)
		if first, twice := seen[same]; twice {
			l.f.errorf(p.file, p.line, "period", p.Period, "the same figure of the same source stands on row %d already", l.series[first].line)
			continue
		}
		seen[same] = i
		if p.year == 0 || !(p.ValueUSD > 0) {
			continue
		}
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], p)
		at[period{k, p.year, p.first, p.last}] = append(at[period{k, p.year, p.first, p.last}], p)
	}
	for _, k := range order {
		list := by[k]
		for _, p := range list {
			// Of one source, months that are added cannot take anything away.
			for _, q := range list {
				if p.year == q.year && p.first == 1 && q.first == 1 && q.last < p.last && q.SourceID == p.SourceID && q.ValueUSD > p.ValueUSD {
					l.f.warnf(p.file, p.line, "value_usd", number(p.ValueUSD), "the sum to month %d is less than that to month %d (%s, row %d)", p.last, q.last, number(q.ValueUSD), q.line)
				}
			}
		}
		if m := medianMonth(list); len(list) > 3 {
			for _, p := range list {
				if r := perMonth(p) / m; r > 200 || r < 0.005 {
					l.f.warnf(p.file, p.line, "value_usd", number(p.ValueUSD), "the figure is %.2g times what is usual of this series: is it in another unit (US dollars are expected)?", r)
				}
			}
		}
		if k.flow != "turnover" {
			continue
		}
		for _, p := range list {
			ex := at[period{key{k.reporter, k.partner, "export", k.product}, p.year, p.first, p.last}]
			im := at[period{key{k.reporter, k.partner, "import", k.product}, p.year, p.first, p.last}]
			for _, e := range ex {
				for _, i := range im {
					if e.SourceID != p.SourceID || i.SourceID != p.SourceID {
						continue
					}
					// Figures of two digits may each be off by a twentieth.
					if sum := e.ValueUSD + i.ValueUSD; math.Abs(sum/p.ValueUSD-1) > 0.10 {
						l.f.warnf(p.file, p.line, "value_usd", number(p.ValueUSD), "export and import of the same source and period add up to %s (rows %d and %d)", number(sum), e.line, i.line)
					}
				}
			}
		}
	}
}

// successor gives the code that took a country code's place, "" where it is in use.
func successor(code string) string {
	switch code {
	case "WORLD":
		return ""
	case "SU", "YU", "CS": // of the Soviet Union, Yugoslavia, Czechoslovakia or Serbia and Montenegro
		return "several countries"
	}
	r, err := language.ParseRegion(code)
	if err != nil {
		return ""
	}
	if now := r.Canonicalize(); now != r {
		return now.String()
	}
	return ""
}

func perMonth(p *tradePlace) float64 { return p.ValueUSD / float64(p.last-p.first+1) }

func medianMonth(list []*tradePlace) float64 {
	all := make([]float64, len(list))
	for i, p := range list {
		all[i] = perMonth(p)
	}
	sort.Float64s(all)
	return all[len(all)/2]
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

var regionColumns = cols("region_id*", "name*", "countries", "groups", "note")

// readRegions reads the regions of the table of trade.
func (l *loader) readRegions(in io.Reader, file string) {
	l.table(in, file, regionColumns, func(r *row) {
		key, ok := l.key(r, "region", "region_id")
		g := karvan.TradeRegion{Key: key, Name: r.text("name"), Countries: r.list("countries"), Groups: r.list("groups")}
		for _, c := range g.Countries {
			if !isCountry(c) {
				r.fault("countries", c, "countries of two capital letters (ISO 3166-1), separated by semicolons, were expected")
				continue
			}
			l.define("country of a region", r.file, r.line, "countries", c)
		}
		for _, c := range g.Groups {
			l.define("group of a region", r.file, r.line, "groups", c)
		}
		if ok {
			l.in.TradeModel.Regions = append(l.in.TradeModel.Regions, g)
		}
	})
}

var matrixColumns = with(cols("exporter*", "importer*", "value_usd*", "energy_usd", "tariff_share", "low", "high", "anchor"), provenanceColumns)

// readMatrix reads the square table of trade.
func (l *loader) readMatrix(in io.Reader, file string) {
	region := map[string]int{}
	for i := range l.in.TradeModel.Regions {
		region[l.in.TradeModel.Regions[i].Key] = i
	}
	seen := map[[2]int]int{}
	l.table(in, file, matrixColumns, func(r *row) {
		from, okFrom := look(l, r, "region", "exporter", region)
		to, okTo := look(l, r, "region", "importer", region)
		p := l.provenance(r)
		c := karvan.TradeCell{Exporter: from, Importer: to, ValueUSD: r.number("value_usd", notNegative), EnergyUSD: r.numberOr("energy_usd", notNegative, 0),
			TariffShare: r.numberOr("tariff_share", notNegative, 0), SourceID: p.SourceID, Confidence: p.Confidence}
		r.numberOr("low", notNegative, 0)
		r.numberOr("high", notNegative, 0)
		r.enum("anchor", "assumed", "sourced", "derived", "scaled", "recalled", "assumed")
		if c.EnergyUSD > c.ValueUSD {
			r.fault("energy_usd", r.text("energy_usd"), "energy is a part of the value (%s)", r.text("value_usd"))
		}
		if !okFrom || !okTo {
			return
		}
		if first, twice := seen[[2]int{from, to}]; twice {
			r.fault("importer", r.text("importer"), "the pair occurs twice, first on line %d", first)
			return
		}
		seen[[2]int{from, to}] = r.line
		if !math.IsNaN(c.ValueUSD) {
			l.in.TradeModel.Cells = append(l.in.TradeModel.Cells, c)
		}
	})
}

// readTradeModel reads the section trade of study.yaml.
func (l *loader) readTradeModel(s *section, there bool) {
	t := &l.in.TradeModel
	t.Response = s.enum("response", karvan.FixedTrade, karvan.FixedTrade, karvan.EndogenousTrade)
	t.Sigma = s.number("sigma", positive, 0)
	t.Tolerance = s.number("tolerance", positive, 1e-5)
	t.MaxIterations = s.integer("max_iterations", 1, 1000, 30)
	t.SourceID = s.text("source_id", there)
	s.text("note", false)
	if v := s.get("source_id"); v != nil {
		l.refs = append(l.refs, reference{"source", s.file, v.line, s.field("source_id"), v.scalar})
	}
	if v := s.get("sigma"); v != nil && t.Sigma > 0 && t.Sigma <= 1 {
		s.fault("sigma", v, "an elasticity of substitution of more than 1 was expected: at 1 or less, dearer goods would gain shares")
	} else if v == nil && there && s.whole {
		s.fault("sigma", nil, "the key is required")
	}
	s.done()
}

// checkTrade checks the table of trade as a whole: every pair is there, everybody
// sells and buys, and zones and the targets of effects have their region.
func (l *loader) checkTrade() {
	t := &l.in.TradeModel
	have := l.exists("file", matrixFile)
	if have && len(t.Regions) == 0 && !l.unread[regionFile] && !l.f.in(regionFile) {
		l.f.errorf(regionFile, 0, "", "", "the file is missing: %s needs the regions that its pairs are of", matrixFile)
	}
	if have && t.Sigma == 0 && !l.f.in("study.yaml") {
		l.f.warnf("study.yaml", 0, "trade.sigma", "", "%s is not used without an elasticity: give trade.sigma", matrixFile)
	}
	if len(t.Cells) == 0 || l.f.in(regionFile, matrixFile) {
		return
	}
	n := len(t.Regions)
	value := make([]float64, n*n)
	there := make([]bool, n*n)
	for _, c := range t.Cells {
		value[c.Exporter*n+c.Importer] = c.ValueUSD - c.EnergyUSD
		there[c.Exporter*n+c.Importer] = true
	}
	for k, ok := range there {
		if !ok {
			l.f.errorf(matrixFile, 0, "importer", t.Regions[k%n].Key, "%s to %s is missing: every pair was expected, own sales and zeros too", t.Regions[k/n].Key, t.Regions[k%n].Key)
		}
	}
	for i := range n {
		sold, bought := 0.0, 0.0
		for j := range n {
			sold += value[i*n+j]
			bought += value[j*n+i]
		}
		if !(sold > 0) || !(bought > 0) {
			l.f.errorf(matrixFile, 0, "exporter", t.Regions[i].Key, "the region sells or buys nothing but energy: no equilibrium can be told with it")
		}
	}
	if !l.f.in("growth.csv", "study.yaml") {
		countries := make([]string, n)
		for i, g := range t.Regions {
			if countries[i] = "*"; len(g.Countries) > 0 {
				countries[i] = g.Countries[0]
			}
		}
		for i, c := range countries {
			for _, y := range l.in.Years {
				if _, err := od.Levels(l.in.Growth, []string{c}, l.in.BaseYear, y); err != nil {
					l.f.errorf(regionFile, 0, "countries", c, "growth.csv has no rate for region %s to %d: give its first country one, or a row for *", t.Regions[i].Key, y)
					break
				}
			}
		}
	}
	if !l.f.in("zone.csv") {
		told := map[string]bool{}
		for z, i := range t.RegionOf(l.in.Zones) {
			c := l.in.Zones[z].Country
			if i < 0 && !told[c] {
				told[c] = true
				l.f.errorf(regionFile, 0, "countries", c, "no region holds the country or group of zone %s", l.in.Zones[z].Key)
			}
		}
	}
}

// tradeCost reads an effect change_trade_cost.
func (l *loader) tradeCost(e *section) *karvan.TradeCostChange {
	c := &karvan.TradeCostChange{Exporters: e.texts("exporters"), Importers: e.texts("importers")}
	for _, field := range []string{"exporters", "importers"} {
		if v := e.get(field); v != nil {
			for _, k := range e.texts(field) {
				l.refs = append(l.refs, reference{"region", e.file, v.line, e.field(field), k})
			}
		}
	}
	set, multiply := e.sub("set"), e.sub("multiply")
	if set.has("tariff_share") {
		v := set.number("tariff_share", notNegative, 0)
		c.TariffShare = &v
	}
	if multiply.has("residual") {
		v := multiply.number("residual", positive, 1)
		c.Residual = &v
	}
	set.done()
	multiply.done()
	if c.TariffShare == nil && c.Residual == nil {
		e.fault("set", nil, "set: {tariff_share: …} or multiply: {residual: …} is required")
	}
	l.later = append(l.later, deferred{"trade", func() {
		if len(l.in.TradeModel.Cells) == 0 && !l.unread[matrixFile] {
			e.f.errorf(e.file, e.v.line, e.path, "", "the effect needs a table of trade, and the study has no %s", matrixFile)
		}
	}})
	return c
}
