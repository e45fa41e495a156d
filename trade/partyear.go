package trade

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// Reading is one figure of a bilateral series: the value of the months from
// First to Last of a year.
type Reading struct {
	Year, First, Last int
	Value             float64
	KnownOn           string // a day
	Source            string
	Confidence        string // high, medium or low
}

// ReadPeriod reads a period: a year, a month, or months of a year (2021-01..10).
// A month of a figure that is cumulative means the months up to it.
func ReadPeriod(text string, cumulative bool) (year, first, last int, err error) {
	bad := func() (int, int, int, error) {
		return 0, 0, 0, fmt.Errorf("trade: the period %q is no year, month or months of one year", text)
	}
	begin, end, span := strings.Cut(text, "..")
	y, m, monthly := strings.Cut(begin, "-")
	if year, err = strconv.Atoi(y); err != nil || len(y) != 4 {
		return bad()
	}
	if !monthly {
		if span {
			return bad()
		}
		return year, 1, period, nil
	}
	if first, err = strconv.Atoi(m); err != nil || first < 1 || first > period {
		return bad()
	}
	last = first
	if span {
		if last, err = strconv.Atoi(end); err != nil || last < first || last > period {
			return bad()
		}
	} else if cumulative {
		first = 1
	}
	return year, first, last, nil
}

// PeriodText writes a period as [ReadPeriod] reads it: 2021, 2021-03 or 2021-01..10.
func PeriodText(year, first, last int) string {
	switch {
	case first == last:
		return fmt.Sprintf("%d-%02d", year, last)
	case first != 1 || last != period:
		return fmt.Sprintf("%d-%02d..%02d", year, first, last)
	}
	return strconv.Itoa(year)
}

// LastDayOf is the last day of a day, month or year as text; "" of anything else.
// It is made to be compared: the last day of a month is its 31st.
func LastDayOf(s string) string {
	switch len(s) {
	case 4:
		return s + "-12-31"
	case 7:
		return s + "-31" // sorts after every day of the month
	case 10:
		return s
	}
	return ""
}

// KnownBy parts readings into those that were known by a day and those without a
// date, which are left out. A year or month counts as its last day.
func KnownBy(list []Reading, day string) (known, undated []Reading) {
	for _, r := range list {
		switch on := LastDayOf(r.KnownOn); {
		case on == "":
			undated = append(undated, r)
		case day == "" || on <= day:
			known = append(known, r)
		}
	}
	return known, undated
}

// pick chooses among readings of one period: the best confidence, then the one
// known last.
func pick(list []Reading) (Reading, bool) {
	var best Reading
	found := false
	for _, r := range list {
		if r.Value > 0 && (!found || ConfidenceRank(r.Confidence) > ConfidenceRank(best.Confidence) || ConfidenceRank(r.Confidence) == ConfidenceRank(best.Confidence) && LastDayOf(r.KnownOn) >= LastDayOf(best.KnownOn)) {
			best, found = r, true
		}
	}
	return best, found
}

// ConfidenceRank orders high before medium before low before none.
func ConfidenceRank(c string) int {
	return map[string]int{"high": 3, "medium": 2, "low": 1}[c]
}

// Best gives one reading of each period: the one of best confidence, then the one
// known last, in order of time.
func Best(known []Reading) []Reading {
	type span struct{ year, last, first int }
	by := map[span][]Reading{}
	for _, r := range known {
		p := span{r.Year, r.Last, r.First}
		by[p] = append(by[p], r)
	}
	var out []Reading
	for _, list := range by {
		if r, ok := pick(list); ok {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.Year != b.Year {
			return a.Year < b.Year
		}
		if a.Last != b.Last {
			return a.Last < b.Last
		}
		return a.First < b.First
	})
	return out
}

// YearTotals gives the total of each year that has one, by year.
func YearTotals(known []Reading) []Reading {
	by := map[int][]Reading{}
	for _, r := range known {
		if r.First == 1 && r.Last == period {
			by[r.Year] = append(by[r.Year], r)
		}
	}
	var out []Reading
	for _, list := range by {
		if r, ok := pick(list); ok {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Year < out[j].Year })
	return out
}

// upTo gives, of a year, the readings from January to a month before
// December.
func upTo(known []Reading, year int) []Reading {
	by := map[int][]Reading{}
	for _, r := range known {
		if r.Year == year && r.First == 1 && r.Last < period {
			by[r.Last] = append(by[r.Last], r)
		}
	}
	var out []Reading
	for _, list := range by {
		if r, ok := pick(list); ok {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Last < out[j].Last })
	return out
}

// disagreement is the standard deviation of the logarithm by which two figures
// for one period differ, over √2: how exact one figure is. Three per cent is taken
// for known beforehand, as two differences would tell it.
func disagreement(known []Reading) float64 {
	by := map[string][]float64{}
	var order []string
	for _, r := range known {
		if r.Value <= 0 {
			continue
		}
		k := fmt.Sprint(r.Year, r.First, r.Last)
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], math.Log(r.Value))
	}
	const usual, worth = 0.03, 2.0
	ss, n := worth*usual*usual, worth
	for _, k := range order {
		for i := 1; i < len(by[k]); i++ {
			d := by[k][i] - by[k][i-1]
			ss += d * d / 2
			n++
		}
	}
	return math.Sqrt(ss / n)
}

// Nowcast is the view on the total of a year from readings of a part of it.
type Nowcast struct {
	Outlook
	ObservedTo string    // the last month observed, YYYY-MM; of a whole year its December
	Years      []int     // earlier years that the share, or the monthly forecast, rests on
	Kind       string    // whole, share, even or monthly: how it was found
	Readings   []Reading // what was used
}

// leastYears is how many whole years of months a monthly forecast needs; with fewer
// the share of the first months tells more.
const leastYears = 4

// months gives what each month of each year brought: as told, or as the difference of
// two sums from January. A difference that is not above zero (a revision) is left out.
func months(known []Reading) map[[2]int]Reading {
	out := map[[2]int]Reading{}
	sums := map[[2]int]Reading{}
	for _, r := range Best(known) {
		if r.First == r.Last {
			out[[2]int{r.Year, r.Last}] = r
		}
		if r.First == 1 {
			sums[[2]int{r.Year, r.Last}] = r
		}
	}
	for at, sum := range sums {
		before, ok := sums[[2]int{at[0], at[1] - 1}]
		if _, told := out[at]; told || !ok || !(sum.Value > before.Value) {
			continue
		}
		out[at] = derived(Reading{Year: at[0], First: at[1], Last: at[1], Value: sum.Value - before.Value}, sum, before)
	}
	return out
}

// derived gives a reading the latest date and the weakest confidence of its parents, and
// their source where it is one.
func derived(r Reading, parents ...Reading) Reading {
	r.Source = parents[0].Source
	r.Confidence = "high"
	for _, p := range parents {
		if p.Source != r.Source {
			r.Source = "derived"
		}
		if LastDayOf(p.KnownOn) > LastDayOf(r.KnownOn) {
			r.KnownOn = p.KnownOn
		}
		if ConfidenceRank(p.Confidence) < ConfidenceRank(r.Confidence) {
			r.Confidence = p.Confidence
		}
	}
	return r
}

// WithSums adds the sums from January that months make, where none was told.
func WithSums(known []Reading) []Reading {
	by := months(known)
	told := map[[2]int]bool{}
	years := map[int]bool{}
	for _, r := range known {
		if r.First == 1 {
			told[[2]int{r.Year, r.Last}] = true
		}
		years[r.Year] = true
	}
	order := make([]int, 0, len(years))
	for y := range years {
		order = append(order, y)
	}
	sort.Ints(order)
	out := append([]Reading(nil), known...)
	for _, y := range order {
		sum := 0.0
		var parents []Reading
		for m := 1; m <= period; m++ {
			r, ok := by[[2]int{y, m}]
			if !ok {
				break
			}
			sum += r.Value
			parents = append(parents, r)
			if m > 1 && !told[[2]int{y, m}] {
				out = append(out, derived(Reading{Year: y, First: 1, Last: m, Value: sum}, parents...))
			}
		}
	}
	return out
}

// monthlyTo gives the months from the January of the first year without a gap to a month
// of a year, and that first year; nil where there are too few whole years.
func monthlyTo(known []Reading, year, month int) ([]float64, int) {
	by := months(known)
	for m := 1; m <= month; m++ {
		if _, ok := by[[2]int{year, m}]; !ok {
			return nil, 0
		}
	}
	first := year
	for whole := true; whole; {
		for m := 1; m <= period; m++ {
			if _, ok := by[[2]int{first - 1, m}]; !ok {
				whole = false
			}
		}
		if whole {
			first--
		}
	}
	if year-first < leastYears {
		return nil, 0
	}
	var x []float64
	for y := first; y <= year; y++ {
		for m := 1; m <= period && (y < year || m <= month); m++ {
			x = append(x, by[[2]int{y, m}].Value)
		}
	}
	return x, first
}

// NowcastYear gives the outlook on a year from what was known: the readings from
// January on of this year, and the share that the same months had in earlier years
// of which both a part and the whole are known. The shares of few years are drawn
// to even months. Months that were told one by one, or follow from sums, add up; with
// four whole years of them the monthly forecast of [NowcastMonths] is taken.
//
// The share of the first m months is (m/12) exp(δ (12-m)/12): δ is a year's own
// lean to its beginning, whose mean and spread come from earlier years (each
// compared at its month nearest to m), with two years' worth of a prior of mean 0
// and deviation 0.25. Figures of different sources disagree; that is part of the
// spread.
func NowcastYear(known []Reading, year int) (*Nowcast, error) {
	n := &Nowcast{}
	exact := disagreement(known)
	known = WithSums(known)
	for _, r := range YearTotals(known) {
		if r.Year == year {
			n.Outlook = Outlook{Median: r.Value, Scale: exact, Free: 3, Method: "the year is known; the interval is by how much figures for one period differ"}
			n.ObservedTo, n.Readings, n.Kind = fmt.Sprintf("%d-12", year), []Reading{r}, "whole"
			return n, nil
		}
	}
	parts := upTo(known, year)
	if len(parts) == 0 {
		return nil, fmt.Errorf("trade: nothing of %d was known: a figure of its first months was expected", year)
	}
	now := parts[len(parts)-1]
	if x, first := monthlyTo(known, year, now.Last); x != nil {
		n.Outlook = NowcastMonths(x)
		n.Scale = math.Hypot(n.Scale, exact)
		n.ObservedTo = fmt.Sprintf("%d-%02d", year, now.Last)
		n.Readings, n.Kind = []Reading{now}, "monthly"
		for y := first; y < year; y++ {
			n.Years = append(n.Years, y)
		}
		n.Method = "monthly series from " + strconv.Itoa(first) + ": " + n.Method
		return n, nil
	}
	m := float64(now.Last)
	n.ObservedTo = fmt.Sprintf("%d-%02d", year, now.Last)
	n.Readings = []Reading{now}
	const deviation, worth = 0.25, 2.0
	sum, ss, count := 0.0, worth*deviation*deviation, worth
	var leans []float64
	for _, whole := range YearTotals(known) {
		if whole.Year >= year {
			continue
		}
		var near *Reading
		earlier := upTo(known, whole.Year)
		for i := range earlier {
			if near == nil || math.Abs(float64(earlier[i].Last)-m) < math.Abs(float64(near.Last)-m) {
				near = &earlier[i]
			}
		}
		if near == nil || near.Value >= whole.Value {
			continue
		}
		k := float64(near.Last)
		lean := math.Log(near.Value/whole.Value/(k/period)) / ((period - k) / period)
		leans = append(leans, lean)
		n.Years = append(n.Years, whole.Year)
		n.Readings = append(n.Readings, *near, whole)
		sum += lean
	}
	mean := sum / (float64(len(leans)) + worth)
	for _, lean := range leans {
		ss += (lean - mean) * (lean - mean)
		count++
	}
	rest := (period - m) / period
	spread := math.Sqrt(ss/count) * rest * math.Sqrt(1+1/count)
	share := m / period * math.Exp(mean*rest)
	n.Median = now.Value / share
	n.Floor = now.Value
	n.Scale = math.Hypot(spread, exact)
	n.Free = math.Max(3, count)
	n.Method = fmt.Sprintf("share of January-%s in earlier years (%s), drawn to even months", monthName(now.Last), yearList(n.Years))
	n.Kind = "share"
	if len(n.Years) == 0 {
		n.Kind = "even"
		n.Method = "even months; no earlier year has both a part and a whole"
	}
	return n, nil
}

// Trial is a year that the method was tried on: from its first months, and earlier years
// alone.
type Trial struct {
	Year       int
	ObservedTo string
	Forecast   Outlook
	Actual     float64
}

// Tried tries the method of [NowcastYear] on each earlier year of which a part and the
// whole are known (rolling origin). Sums of the year tried that reach its December are
// not used; of what is left of it the one nearest to the months known of the current
// year is.
func Tried(known []Reading, year int) []Trial {
	now := upTo(WithSums(known), year)
	var out []Trial
	for _, whole := range YearTotals(WithSums(known)) {
		if whole.Year >= year {
			continue
		}
		parts := upTo(WithSums(known), whole.Year)
		if len(parts) == 0 {
			continue
		}
		near := parts[len(parts)-1].Last
		for _, p := range parts {
			if len(now) > 0 && abs(p.Last-now[len(now)-1].Last) < abs(near-now[len(now)-1].Last) {
				near = p.Last
			}
		}
		var before []Reading
		for _, r := range known {
			if r.Year < whole.Year || r.Year == whole.Year && r.Last <= near {
				before = append(before, r)
			}
		}
		if n, err := NowcastYear(before, whole.Year); err == nil {
			out = append(out, Trial{whole.Year, n.ObservedTo, n.Outlook, whole.Value})
		}
	}
	return out
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

func monthName(m int) string {
	return [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[m-1]
}

func yearList(list []int) string {
	var out []string
	for _, y := range list {
		out = append(out, strconv.Itoa(y))
	}
	return strings.Join(out, ", ")
}

// TargetView is the chance that a series reaches a value by the end of a year.
type TargetView struct {
	Probability    float64
	RequiredGrowth float64 // a year, as a share
	BestGrowthSeen float64 // a year, over the same number of years; NaN where none was seen
	FromYear       int
	From           float64
	Reason         string
	Path           []Outlook // on the totals of FromYear and of each year after it, to the target's
}

// mostBack bounds how many years back a part of one is looked for.
const mostBack = 10

// Reach gives the chance that the total of a year reaches a value, from what was
// known: the latest year's total or its nowcast carried on by a random walk of the
// logarithm with half of the mean drift, whose spread comes from the yearly changes
// seen. With two totals alone the change is one, and its spread a guess: that is
// said.
func Reach(known []Reading, year int, value float64, current int) (*TargetView, error) {
	told := known
	known = WithSums(known)
	totals := YearTotals(known)
	// Early in a year nothing of it is known: the year before may be known in part.
	start, err := NowcastYear(told, current)
	for before := current - 1; err != nil && (len(totals) == 0 || before > totals[len(totals)-1].Year) && before > current-mostBack; before-- {
		if start, err = NowcastYear(told, before); err == nil {
			current = before
		}
	}
	var base Outlook
	v := &TargetView{BestGrowthSeen: math.NaN()}
	switch {
	case err == nil:
		base, v.FromYear = start.Outlook, current
	case len(totals) > 0:
		last := totals[len(totals)-1]
		base, v.FromYear = Outlook{Median: last.Value, Scale: disagreement(told), Free: 3}, last.Year
	default:
		return nil, fmt.Errorf("trade: no total of a year was known")
	}
	v.From = base.Median
	h := year - v.FromYear
	if h <= 0 {
		// The year is over, or is the current one: the nowcast tells.
		for _, r := range totals {
			if r.Year == year {
				base = Outlook{Median: r.Value, Scale: disagreement(told), Free: 3}
				v.From, v.FromYear = r.Value, year
			}
		}
		v.Probability = base.Chance(value)
		v.Path = []Outlook{base}
		v.RequiredGrowth = value/v.From - 1
		v.Reason = fmt.Sprintf("%d: %.3g against %.3g", year, v.From, value)
		return v, nil
	}
	v.RequiredGrowth = math.Pow(value/v.From, 1/float64(h)) - 1
	type step struct{ gap, change float64 }
	var steps []step
	series := totals
	if err == nil && (len(totals) == 0 || totals[len(totals)-1].Year < current) {
		series = append(append([]Reading(nil), totals...), Reading{Year: current, First: 1, Last: period, Value: base.Median})
	}
	gaps, changes := 0.0, 0.0
	for i := 1; i < len(series); i++ {
		s := step{float64(series[i].Year - series[i-1].Year), math.Log(series[i].Value / series[i-1].Value)}
		steps = append(steps, s)
		gaps += s.gap
		changes += s.change
	}
	for i := range series {
		for j := i + 1; j < len(series); j++ {
			if series[j].Year-series[i].Year != h {
				continue
			}
			if g := math.Pow(series[j].Value/series[i].Value, 1/float64(h)) - 1; math.IsNaN(v.BestGrowthSeen) || g > v.BestGrowthSeen {
				v.BestGrowthSeen = g
			}
		}
	}
	const deviation, worth = 0.20, 2.0 // a year's change of a bilateral total, before any is seen
	drift := 0.0
	if gaps > 0 {
		drift = changes / gaps / 2
	}
	ss, count := worth*deviation*deviation, worth
	for _, s := range steps {
		d := s.change - drift*s.gap
		ss += d * d / s.gap
		count++
	}
	yearly := ss / count
	v.Path = []Outlook{base}
	for year := 1; year <= h; year++ {
		span := float64(year)
		scale := math.Sqrt(base.Scale*base.Scale + yearly*span + yearly*span*span/(gaps+worth)/4)
		v.Path = append(v.Path, Outlook{Median: v.From * math.Exp(drift*span), Scale: scale, Free: math.Max(3, count-1)})
	}
	v.Probability = v.Path[h].Chance(value)
	v.Reason = fmt.Sprintf("from %.3g in %d, %d yearly changes seen", v.From, v.FromYear, len(steps))
	if len(steps) < 2 {
		v.Reason += "; with so few the spread is a guess"
	}
	return v, nil
}
