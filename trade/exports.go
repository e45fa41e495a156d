package trade

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Record is one figure out of a statistics office's export.
type Record struct {
	Reporter, Partner string // ISO 3166-1 alpha-2, or WORLD
	Flow              string // export or import
	Product           string // all or energy
	Period            string // 2021 or 2021-03
	ValueUSD          float64
}

// Skipped tells how many rows of an export were left out, and why.
type Skipped struct {
	Reason string
	Rows   int
	First  int // line of the first one
}

// The forms of exports that are read.
const (
	Comtrade = "comtrade" // UN Comtrade, CSV of the present and of the former site
	SDMX     = "sdmx"     // SDMX-CSV as Eurostat's Comext and the IMF's trade by partner give it
)

// ExportForm tells which form an export is in, by its columns; "" where it is none.
func ExportForm(f *Frame) string {
	has := func(names ...string) bool {
		for _, n := range names {
			if f.find(n) == nil {
				return false
			}
		}
		return true
	}
	switch {
	case has("reporterISO", "partnerISO", "flowCode", "primaryValue"), has("Reporter ISO", "Partner ISO", "Trade Flow", "Trade Value (US$)"):
		return Comtrade
	case has("TIME_PERIOD", "OBS_VALUE"):
		return SDMX
	}
	return ""
}

// find gives a column by its name, in any case; nil where there is none.
func (f *Frame) find(name string) *Column {
	for _, c := range f.Columns {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}

// ReadExport takes bilateral figures out of an export. Totals and energy (chapter 27
// of the Harmonised System, section 3 of the SITC) are taken, other products are
// skipped and counted, as are quarters, re-exports and unknown areas. Values in euro
// are turned into dollars at usdPerEUR; 0 there is an error if any value is in euro.
// A value that is no number, or negative, is an error that names the line: all of
// them, joined.
func ReadExport(f *Frame, usdPerEUR float64) ([]Record, []Skipped, error) {
	e := &exportReader{f: f, usdPerEUR: usdPerEUR}
	switch ExportForm(f) {
	case Comtrade:
		e.comtrade()
	case SDMX:
		e.sdmx()
	default:
		var names []string
		for _, c := range f.Columns {
			names = append(names, c.Name)
		}
		return nil, nil, fmt.Errorf("trade: this is no export of UN Comtrade (reporterISO, partnerISO, flowCode, primaryValue) and no SDMX-CSV (TIME_PERIOD, OBS_VALUE): its columns are %s", strings.Join(names, ", "))
	}
	if len(e.faults) > 0 {
		return nil, nil, fmt.Errorf("trade: %s", strings.Join(e.faults, "\n"))
	}
	return e.out, e.skipped, nil
}

type exportReader struct {
	f         *Frame
	usdPerEUR float64
	out       []Record
	skipped   []Skipped
	faults    []string
}

// mostFaults bounds how many faults of an export are told.
const mostFaults = 20

func (e *exportReader) fault(row int, format string, args ...any) {
	if len(e.faults) < mostFaults {
		e.faults = append(e.faults, fmt.Sprintf("line %d: ", row+2)+fmt.Sprintf(format, args...))
	}
}

func (e *exportReader) skip(row int, reason string) {
	for i := range e.skipped {
		if e.skipped[i].Reason == reason {
			e.skipped[i].Rows++
			return
		}
	}
	e.skipped = append(e.skipped, Skipped{reason, 1, row + 2})
}

// take adds a record, its value checked.
func (e *exportReader) take(row int, r Record, c *Column) {
	v := math.NaN()
	if c.IsNumber() {
		v = c.Numbers[row]
	} else if text := c.text(row); text != "" {
		if x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64); err == nil {
			v = x
		} else {
			e.fault(row, "%s: a number was expected (got %q)", c.Name, text)
			return
		}
	}
	switch {
	case math.IsNaN(v):
		e.skip(row, "no value (confidential or not there)")
	case v < 0 || math.IsInf(v, 0):
		e.fault(row, "%s: a value of 0 or more was expected (got %g)", c.Name, v)
	default:
		r.ValueUSD = v
		e.out = append(e.out, r)
	}
}

// areas that are no single country.
var worlds = []string{"W00", "WLD", "WORLD", "W1", "W00_S", "EXT_INTRA"}

// country turns a code of two or three letters into ISO 3166-1 alpha-2; Eurostat's
// EL and UK are Greece and the United Kingdom.
func country(code string) (string, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if slices.Contains(worlds, code) {
		return "WORLD", true
	}
	switch code {
	case "EL":
		return "GR", true
	case "UK":
		return "GB", true
	}
	if len(code) != 2 && len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", false
	}
	r, err := language.ParseRegion(code)
	if err != nil || !r.IsCountry() || len(r.String()) != 2 {
		return "", false
	}
	return r.String(), true
}

// product reads the code of the total or of energy: chapter 27 of the Harmonised System,
// section 3 of the SITC.
func product(code string, sitc bool) (string, bool) {
	switch code = strings.ToUpper(strings.TrimSpace(code)); {
	case code == "TOTAL" || code == "" || code == "_T" || code == "AG0":
		return "all", true
	case !sitc && code == "27", sitc && code == "3", code == "SITC3", code == "SITC_3":
		return "energy", true
	}
	return "", false
}

// exportPeriod reads 2021, 202103, 2021-03, 2021M03 and 2021-M03.
func exportPeriod(text string) (string, bool) {
	text = strings.TrimSpace(text)
	y, m := text, ""
	switch {
	case len(text) == 6:
		y, m = text[:4], text[4:]
	case len(text) == 7 && (text[4] == '-' || text[4] == 'M'):
		y, m = text[:4], text[5:]
	case len(text) == 8 && text[4:6] == "-M":
		y, m = text[:4], text[6:]
	}
	year, err := strconv.Atoi(y)
	if err != nil || len(y) != 4 || year < 1800 || year > 2200 {
		return "", false
	}
	if m == "" {
		return y, true
	}
	if month, err := strconv.Atoi(m); err != nil || month < 1 || month > 12 {
		return "", false
	}
	return y + "-" + m, true
}

// number or text of a column at a row; "" without the column.
func at(c *Column, row int) string {
	if c == nil {
		return ""
	}
	return c.text(row)
}

// parties reads reporter, partner and period of a row, or skips it.
func (e *exportReader) parties(row int, reporter, partner, period string) (Record, bool) {
	var r Record
	var ok bool
	if r.Reporter, ok = country(reporter); !ok || r.Reporter == "WORLD" {
		e.skip(row, fmt.Sprintf("the reporter %q is no country", reporter))
		return r, false
	}
	if r.Partner, ok = country(partner); !ok {
		e.skip(row, fmt.Sprintf("the partner %q is no country (an area, or a code that is out of use)", partner))
		return r, false
	}
	if r.Partner == r.Reporter {
		e.skip(row, "the partner is the reporter itself")
		return r, false
	}
	if r.Period, ok = exportPeriod(period); !ok {
		e.skip(row, fmt.Sprintf("the period %q is no year or month", period))
		return r, false
	}
	return r, true
}

// comtrade reads UN Comtrade's CSV: one row a reporter, partner, flow, product and
// period, with sums over customs procedure, mode of transport and second partner
// among them, of which only the sums are taken.
func (e *exportReader) comtrade() {
	f := e.f
	first := func(names ...string) *Column {
		for _, n := range names {
			if c := f.find(n); c != nil {
				return c
			}
		}
		return nil
	}
	reporter, partner := first("reporterISO", "Reporter ISO"), first("partnerISO", "Partner ISO")
	flow, value := first("flowCode", "Trade Flow"), first("primaryValue", "Trade Value (US$)")
	period, goods := first("period", "refPeriodId", "Period"), first("cmdCode", "Commodity Code")
	classification := first("classificationCode", "Classification")
	if period == nil {
		e.faults = append(e.faults, "line 1: the column period is missing")
		return
	}
	parts := []struct {
		column *Column
		sums   []string
	}{{f.find("customsCode"), []string{"C00", ""}}, {f.find("motCode"), []string{"0", ""}}, {f.find("partner2Code"), []string{"0", ""}}}
rows:
	for row := range f.Rows {
		for _, p := range parts {
			if p.column != nil && !slices.Contains(p.sums, at(p.column, row)) {
				e.skip(row, "a part by "+p.column.Name+", not the sum")
				continue rows
			}
		}
		r, ok := e.parties(row, at(reporter, row), at(partner, row), at(period, row))
		if !ok {
			continue
		}
		switch strings.ToUpper(at(flow, row)) {
		case "X", "EXPORT", "2":
			r.Flow = "export"
		case "M", "IMPORT", "1":
			r.Flow = "import"
		default:
			e.skip(row, fmt.Sprintf("the flow %q is neither export nor import", at(flow, row)))
			continue
		}
		if r.Product, ok = product(at(goods, row), strings.HasPrefix(strings.ToUpper(at(classification, row)), "S")); !ok {
			e.skip(row, "a product other than the total and energy")
			continue
		}
		e.take(row, r, value)
	}
}

// sdmx reads SDMX-CSV: Eurostat's Comext (reporter, partner, product, flow,
// indicators) and the IMF's trade by partner (REF_AREA or COUNTRY, COUNTERPART_AREA or
// COUNTERPART_COUNTRY, INDICATOR such as TXG_FOB_USD).
func (e *exportReader) sdmx() {
	f := e.f
	first := func(names ...string) *Column {
		for _, n := range names {
			if c := f.find(n); c != nil {
				return c
			}
		}
		return nil
	}
	reporter, partner := first("reporter", "REF_AREA", "COUNTRY"), first("partner", "COUNTERPART_AREA", "COUNTERPART_COUNTRY")
	flow, goods := f.find("flow"), first("product", "sitc06")
	sitc := f.find("sitc06") != nil
	measure, multiplier, scale := first("indicators", "INDICATOR"), f.find("UNIT_MULT"), f.find("SCALE")
	currency := first("currency", "unit", "UNIT_MEASURE")
	period, value := f.find("TIME_PERIOD"), f.find("OBS_VALUE")
	for name, c := range map[string]*Column{"reporter or REF_AREA": reporter, "partner or COUNTERPART_AREA": partner, "flow or INDICATOR": first("flow", "INDICATOR")} {
		if c == nil {
			e.faults = append(e.faults, "line 1: the column "+name+" is missing")
		}
	}
	slices.Sort(e.faults)
	if len(e.faults) > 0 {
		return
	}
	for row := range f.Rows {
		what := strings.ToUpper(at(measure, row))
		r, ok := e.parties(row, at(reporter, row), at(partner, row), at(period, row))
		if !ok {
			continue
		}
		unit := strings.ToUpper(at(currency, row))
		switch code := strings.ToUpper(at(flow, row)); {
		case code == "2" || code == "EXP" || code == "EXPORT" || code == "X" || flow == nil && strings.HasPrefix(what, "TXG_FOB") || flow == nil && strings.HasPrefix(what, "XG_FOB"):
			r.Flow = "export"
		case code == "1" || code == "IMP" || code == "IMPORT" || code == "M" || flow == nil && strings.HasPrefix(what, "TMG_CIF") || flow == nil && strings.HasPrefix(what, "MG_CIF"):
			r.Flow = "import"
		default:
			e.skip(row, fmt.Sprintf("the flow %q is neither export nor import", at(flow, row)+what))
			continue
		}
		if strings.Contains(what, "QUANTITY") || strings.Contains(what, "SUP") || strings.Contains(what, "KG") {
			e.skip(row, "a quantity, not a value")
			continue
		}
		if r.Product, ok = product(at(goods, row), sitc); !ok {
			e.skip(row, "a product other than the total and energy")
			continue
		}
		factor := 1.0
		switch {
		case strings.Contains(what, "EUR") || strings.Contains(unit, "EUR"):
			if !(e.usdPerEUR > 0) {
				e.fault(row, "the value is in euro: the dollars to a euro are needed")
				continue
			}
			factor = e.usdPerEUR
		case strings.Contains(what, "USD") || strings.Contains(unit, "USD"):
		default:
			e.fault(row, "neither %q nor %q tells the currency: USD or EUR was expected", what, unit)
			continue
		}
		if multiplier != nil && at(multiplier, row) != "" {
			m, err := strconv.Atoi(at(multiplier, row))
			if err != nil || m < 0 || m > 12 {
				e.fault(row, "UNIT_MULT: a power of ten from 0 to 12 was expected (got %q)", at(multiplier, row))
				continue
			}
			factor *= math.Pow10(m)
		}
		if text := strings.ToLower(at(scale, row)); text != "" {
			m, ok := map[string]float64{"units": 1, "0": 1, "thousands": 1e3, "3": 1e3, "millions": 1e6, "6": 1e6, "billions": 1e9, "9": 1e9}[text]
			if !ok {
				e.fault(row, "SCALE: units, thousands, millions or billions were expected (got %q)", at(scale, row))
				continue
			}
			factor *= m
		}
		n := len(e.out)
		e.take(row, r, value)
		if len(e.out) > n {
			e.out[n].ValueUSD = math.Round(e.out[n].ValueUSD*factor*100) / 100 // to the cent
		}
	}
}
