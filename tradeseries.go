package karvan

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/karvan/karvan/trade"
)

// SeriesKey names a bilateral series: what a country tells of its trade with
// another.
type SeriesKey struct {
	Reporter, Partner, Flow string
	Product                 string // all, energy or other
}

func (k SeriesKey) String() string {
	s := k.Reporter + "-" + k.Partner + " " + k.Flow
	if k.Product != "all" {
		s += " (" + k.Product + ")"
	}
	return s
}

// Mirror names what the partner tells of the same trade.
func (k SeriesKey) Mirror() SeriesKey {
	out := SeriesKey{k.Partner, k.Reporter, k.Flow, k.Product}
	switch k.Flow {
	case "export":
		out.Flow = "import"
	case "import":
		out.Flow = "export"
	}
	return out
}

// SeriesKeys lists the bilateral series of the study, in the order of the files.
func (in *Inputs) SeriesKeys() []SeriesKey {
	seen := map[SeriesKey]bool{}
	var out []SeriesKey
	for _, r := range in.Trade {
		k := SeriesKey{r.Reporter, r.Partner, r.Flow, r.Product}
		if !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

// Series gives the figures of one bilateral series. Quarters, spans of years and
// plans are no part of it. Where a source tells exports and imports of a period and no
// turnover, their sum is: known when the later was, and no surer than the weaker.
func (in *Inputs) Series(k SeriesKey) []trade.Reading {
	out := in.told(k)
	if k.Flow != "turnover" {
		return out
	}
	type at struct {
		year, first, last int
		source            string
	}
	have := map[at]bool{}
	for _, r := range out {
		have[at{r.Year, r.First, r.Last, r.Source}] = true
	}
	imports := map[at][]trade.Reading{}
	for _, r := range in.told(SeriesKey{k.Reporter, k.Partner, "import", k.Product}) {
		p := at{r.Year, r.First, r.Last, r.Source}
		imports[p] = append(imports[p], r)
	}
	for _, e := range in.told(SeriesKey{k.Reporter, k.Partner, "export", k.Product}) {
		p := at{e.Year, e.First, e.Last, e.Source}
		if list := imports[p]; !have[p] && len(list) > 0 {
			have[p] = true
			i := list[len(list)-1]
			sum := trade.Reading{Year: e.Year, First: e.First, Last: e.Last, Value: e.Value + i.Value, Source: e.Source, KnownOn: e.KnownOn, Confidence: e.Confidence}
			if e.KnownOn == "" || i.KnownOn == "" {
				sum.KnownOn = ""
			} else if trade.LastDayOf(i.KnownOn) > trade.LastDayOf(e.KnownOn) {
				sum.KnownOn = i.KnownOn
			}
			if trade.ConfidenceRank(i.Confidence) < trade.ConfidenceRank(e.Confidence) {
				sum.Confidence = i.Confidence
			}
			out = append(out, sum)
		}
	}
	return out
}

// told gives the figures of one series as sources told them.
func (in *Inputs) told(k SeriesKey) []trade.Reading {
	var out []trade.Reading
	for _, r := range in.Trade {
		if (SeriesKey{r.Reporter, r.Partner, r.Flow, r.Product}) != k {
			continue
		}
		year, first, last, err := trade.ReadPeriod(r.Period, r.Cumulative)
		if err != nil {
			continue
		}
		out = append(out, trade.Reading{Year: year, First: first, Last: last, Value: r.ValueUSD, KnownOn: r.KnownOn, Source: r.SourceID, Confidence: r.Confidence})
	}
	return out
}

// NowcastResult is what a year of a series will close at, as known on a day.
type NowcastResult struct {
	Series SeriesKey
	Year   int
	AsOf   string
	*trade.Nowcast
	Tried   []trade.Trial   // the method on earlier years
	LeftOut []trade.Reading // figures without a date
}

// NowcastOf gives the outlook on a year of a series from what was known by a day.
// Year 0 is the latest year of which anything was known.
func (in *Inputs) NowcastOf(k SeriesKey, year int, asOf string) (*NowcastResult, error) {
	all := in.Series(k)
	if len(all) == 0 {
		var names []string
		for _, have := range in.SeriesKeys() {
			names = append(names, have.String())
		}
		return nil, fmt.Errorf("the study has no series %s; it has %s", k, strings.Join(names, ", "))
	}
	known, undated := trade.KnownBy(all, asOf)
	if year == 0 {
		for _, r := range known {
			if r.First == 1 {
				year = max(year, r.Year)
			}
		}
		if year == 0 {
			return nil, fmt.Errorf("%s: nothing was known by %s", k, asOf)
		}
	}
	n, err := trade.NowcastYear(known, year)
	if err != nil {
		return nil, fmt.Errorf("%s by %s: %w", k, asOf, err)
	}
	return &NowcastResult{k, year, asOf, n, trade.Tried(known, year), undated}, nil
}

// tradeIndicator is how a target names a bilateral series.
var tradeIndicator = regexp.MustCompile(`^([A-Z]{2})-([A-Z]{2}|WORLD) trade (turnover|export|import)$`)

// Series gives the bilateral series that a target is of; false where it is of
// something else.
func (t *Target) Series() (SeriesKey, bool) {
	m := tradeIndicator.FindStringSubmatch(t.Indicator)
	if m == nil {
		return SeriesKey{}, false
	}
	return SeriesKey{m[1], m[2], m[3], "all"}, true
}

// TargetSeries lists the series that targets name, each once.
func (in *Inputs) TargetSeries() []SeriesKey {
	seen := map[SeriesKey]bool{}
	var out []SeriesKey
	for i := range in.Targets {
		if k, ok := in.Targets[i].Series(); ok && !seen[k] && len(in.Series(k)) > 0 {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

// TargetReading is a target as seen on a day. Numbers are NaN where they are not
// known; Reason says why.
type TargetReading struct {
	*Target
	AsOf           string
	Probability    float64 // to reach it by its date
	RequiredGrowth float64 // a year, as a share
	BestGrowthSeen float64 // a year, over as many years
	From           float64 // the latest total or nowcast that growth is counted from
	FromYear       int
	Reached        *bool // where its date is past and its year known
	Reason         string
	Path           []trade.Outlook // from FromYear on, to the year of the target
	WithoutEnergy  *WithoutEnergy  // nil where the target is no series of trade
}

// WithoutEnergy is a target seen without energy, which is price times volume and out
// of the reach of transport: what of the series was energy when it was last told
// is held, and all else has to bring the rest.
type WithoutEnergy struct {
	EnergyUSD      float64
	EnergyYear     int
	From           float64 // the rest in the year of TargetReading.From
	RequiredGrowth float64 // a year
	Reason         string
}

// ReadTargets gives every target that was set by a day, as it was seen on it.
func (in *Inputs) ReadTargets(asOf string) []TargetReading {
	var out []TargetReading
	for i := range in.Targets {
		t := &in.Targets[i]
		set := t.SetOn
		if set == "" {
			set = t.KnownOn
		}
		if day := trade.LastDayOf(set); day == "" || day > asOf {
			continue
		}
		out = append(out, in.readTarget(t, asOf))
	}
	return out
}

func (in *Inputs) readTarget(t *Target, asOf string) TargetReading {
	nan := math.NaN()
	out := TargetReading{Target: t, AsOf: asOf, Probability: nan, RequiredGrowth: nan, BestGrowthSeen: nan, From: nan}
	k, ok := t.Series()
	switch {
	case !ok:
		out.Reason = "it is no series of trade: nothing models it"
		return out
	case t.ByDate == "":
		out.Reason = "it has no date"
		return out
	}
	all := in.Series(k)
	if len(all) == 0 {
		out.Reason = "the study has no such series"
		return out
	}
	known, _ := trade.KnownBy(all, asOf)
	year, _ := strconv.Atoi(t.ByDate[:4])
	current, _ := strconv.Atoi(asOf[:4])
	v, err := trade.Reach(known, year, t.Value, min(current, year))
	if err != nil {
		out.Reason = strings.TrimPrefix(err.Error(), "trade: ")
		return out
	}
	out.Probability, out.RequiredGrowth, out.BestGrowthSeen, out.Reason = v.Probability, v.RequiredGrowth, v.BestGrowthSeen, v.Reason
	out.From, out.FromYear, out.Path = v.From, v.FromYear, v.Path
	if t.ByDate <= asOf {
		for _, r := range trade.YearTotals(known) {
			if r.Year == year {
				reached := r.Value >= t.Value
				out.Reached = &reached
				if reached {
					out.Reason += "; it was reached"
				} else {
					out.Reason += "; it was not reached"
				}
			}
		}
	}
	out.WithoutEnergy = in.withoutEnergy(k, t.Value, year, &out)
	return out
}

// withoutEnergy takes the energy of a series that was last told out of a target.
func (in *Inputs) withoutEnergy(k SeriesKey, value float64, by int, t *TargetReading) *WithoutEnergy {
	out := &WithoutEnergy{EnergyUSD: math.NaN(), From: math.NaN(), RequiredGrowth: math.NaN()}
	// One figure a year: of the flow itself, else of what of it was told.
	type year = int
	sums := map[year]float64{}
	var undated []trade.Reading
	last := 0
	flows := []string{k.Flow}
	if k.Flow == "turnover" {
		flows = append(flows, "export", "import")
	}
	whole := map[year]bool{} // of the flow itself
	for n, flow := range flows {
		known, without := trade.KnownBy(in.Series(SeriesKey{k.Reporter, k.Partner, flow, "energy"}), t.AsOf)
		undated = append(undated, without...)
		for _, r := range trade.YearTotals(known) {
			if n > 0 && whole[r.Year] {
				continue
			}
			whole[r.Year] = whole[r.Year] || n == 0
			sums[r.Year] += r.Value
			last = max(last, r.Year)
		}
	}
	switch {
	case last == 0 && len(undated) > 0:
		r := undated[len(undated)-1]
		out.Reason = fmt.Sprintf("what was energy is told for %d (%.3g), without a day on which it was known", r.Year, r.Value)
		return out
	case last == 0:
		out.Reason = "the study does not tell what of it is energy"
		return out
	}
	sum := sums[last]
	out.EnergyUSD, out.EnergyYear, out.From = sum, last, t.From-sum
	switch {
	case !(out.From > 0) || !(value > sum):
		out.Reason = "energy alone is more than that"
	case by <= t.FromYear:
		out.RequiredGrowth = (value-sum)/out.From - 1
	default:
		out.RequiredGrowth = math.Pow((value-sum)/out.From, 1/float64(by-t.FromYear)) - 1
		out.Reason = fmt.Sprintf("energy held at %.3g of %d", sum, last)
	}
	return out
}

// MirrorRow is one period of a series as both countries tell it.
type MirrorRow struct {
	Year, First, Last int
	Own, Other        *trade.Reading // nil where it was not told
	Value             float64        // reconciled
	Rule              MirrorRule
}

// MirrorRule says how two sides were reconciled.
type MirrorRule uint8

// The rules: who tells alone, who is of better confidence, who buys, or both.
const (
	OwnAlone MirrorRule = iota
	OtherAlone
	OwnConfident
	OtherConfident
	OwnBuys
	OtherBuys
	MeanOfBoth
)

// Code names the rule for files and APIs.
func (r MirrorRule) Code() string {
	return [...]string{"own_alone", "other_alone", "own_confident", "other_confident", "own_buys", "other_buys", "mean"}[r]
}

// Text says the rule, of a series.
func (r MirrorRule) Text(k SeriesKey) string {
	own, other := k.Reporter, k.Partner
	return [...]string{"told by " + own + " alone", "told by " + other + " alone", own + ", of better confidence", other + ", of better confidence", own + ", which buys", other + ", which buys", "geometric mean of both"}[r]
}

// MirrorOf sets what a country tells of its trade beside what its partner does, by
// period, from what was known by a day, and reconciles them: of a flow, what the
// buyer tells is taken (imports are taxed, so they are recorded with more care;
// Gaulier and Zignago 2010, BACI) unless the other side is of better confidence; of
// turnover, the geometric mean.
func (in *Inputs) MirrorOf(k SeriesKey, asOf string) []MirrorRow {
	type span struct{ year, first, last int }
	sides := [2]map[span]trade.Reading{{}, {}}
	var order []span
	seen := map[span]bool{}
	for side, key := range []SeriesKey{k, k.Mirror()} {
		known, _ := trade.KnownBy(in.Series(key), asOf)
		for _, r := range trade.Best(trade.WithSums(known)) {
			p := span{r.Year, r.First, r.Last}
			sides[side][p] = r
			if !seen[p] {
				seen[p] = true
				order = append(order, p)
			}
		}
	}
	sort.Slice(order, func(i, j int) bool {
		a, b := order[i], order[j]
		if a.year != b.year {
			return a.year < b.year
		}
		if a.last != b.last {
			return a.last < b.last
		}
		return a.first < b.first
	})
	var out []MirrorRow
	for _, p := range order {
		row := MirrorRow{Year: p.year, First: p.first, Last: p.last}
		if r, ok := sides[0][p]; ok {
			row.Own = &r
		}
		if r, ok := sides[1][p]; ok {
			row.Other = &r
		}
		row.Value, row.Rule = reconcile(k, row.Own, row.Other)
		out = append(out, row)
	}
	return out
}

func reconcile(k SeriesKey, own, other *trade.Reading) (float64, MirrorRule) {
	switch {
	case other == nil:
		return own.Value, OwnAlone
	case own == nil:
		return other.Value, OtherAlone
	}
	if d := trade.ConfidenceRank(own.Confidence) - trade.ConfidenceRank(other.Confidence); d > 0 {
		return own.Value, OwnConfident
	} else if d < 0 {
		return other.Value, OtherConfident
	}
	switch k.Flow {
	case "import":
		return own.Value, OwnBuys
	case "export":
		return other.Value, OtherBuys
	}
	return math.Sqrt(own.Value * other.Value), MeanOfBoth
}
