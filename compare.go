package karvan

import (
	"fmt"
	"math"
	"sort"
)

// bindingRatio is the load from which a capacity is said to bind. It is the
// share of the computed capacity of a single line that planners of the 1520 mm
// gauge load at most (railcapacity.UsableShareSingle).
const bindingRatio = 0.85

// Binding says whether what a scenario relaxes binds in the base.
type Binding struct {
	Status string  // binding, not binding in the base, new capacity, not known
	What   string  // the fullest of the constraint's parts
	Ratio  float64 // its load in the base
}

// The values of Binding.Status.
const (
	IsBinding   = "binding"
	NotBinding  = "not binding in the base"
	NewCapacity = "nothing to bind: not a capacity, or not there in the base"
	NotKnown    = "not known: the base was not run in this year"
)

// BindingIn looks a constraint up in the base's outcome of the same year.
func BindingIn(base *Outcome, c Constraint) Binding {
	switch {
	case base == nil:
		return Binding{Status: NotKnown}
	case c.Missing || len(c.Links)+len(c.Groups) == 0:
		return Binding{Status: NewCapacity}
	}
	b := Binding{Status: NotBinding, Ratio: -1}
	see := func(what string, ratio float64) {
		if ratio > b.Ratio {
			b.What, b.Ratio = what, ratio
		}
	}
	wanted := map[string]bool{}
	for _, k := range c.Links {
		wanted[k] = true
	}
	for _, l := range base.Loads {
		if key := base.Net.Links[l.Link].Key; wanted[key] {
			see(key, l.LoadRatio)
		}
	}
	for _, g := range c.Groups {
		for _, t := range base.Terminals {
			if t.Key == g {
				see(g, t.LoadRatio)
			}
		}
	}
	if b.Ratio < 0 {
		return Binding{Status: NewCapacity}
	}
	if b.Ratio >= bindingRatio {
		b.Status = IsBinding
	}
	return b
}

// Comparison sets outcome B against outcome A of the same year. Positive
// differences mean more in B.
type Comparison struct {
	A, B string
	Year int

	Indicators []IndicatorDifference
	Links      []LinkDifference
	Cells      []CellDifference

	// The change of what shippers perceive as cost, USD/yr, less is better:
	// on the tonnes that move in both, and by the rule of half on those that B
	// gains or loses (Williams 1977, Journal of Transport Economics and Policy
	// 11(3)). It holds all of the price, fees included.
	ExistingUSDPerYr float64
	GainedUSDPerYr   float64
	// Fees, tolls and tariffs by country: transfers between those who pay and
	// those who take, part of the price above.
	FeesUSDPerYr map[string]float64
	Binding      Binding
}

// IndicatorDifference is an indicator in both outcomes.
type IndicatorDifference struct {
	ID   string
	Unit string
	A, B float64
}

// LinkDifference is the flow of a direction of a link in both outcomes.
type LinkDifference struct {
	Key       string
	Direction int
	A, B      float64 // t/yr
}

// CellDifference is a cell of demand in both outcomes.
type CellDifference struct {
	From, To, Commodity string
	TonnesA, TonnesB    float64
	CostA, CostB        float64 // generalised, USD/t
	PerceivedA          float64
	PerceivedB          float64
	HoursA, HoursB      float64
}

// Compare sets b against a. Both must be of one study and year.
func (m *Model) Compare(a, b *Outcome, base *Outcome) (*Comparison, error) {
	if a.Year != b.Year {
		return nil, fmt.Errorf("karvan: compare %d with %d: the years differ", a.Year, b.Year)
	}
	c := &Comparison{A: a.Scenario, B: b.Scenario, Year: a.Year, FeesUSDPerYr: map[string]float64{}}
	// Of two scenarios, one whose constraint binds is enough for a difference
	// to be real.
	for _, key := range []string{a.Scenario, b.Scenario} {
		s, ok := m.in.ScenarioByKey(key)
		if !ok || key == "base" {
			continue
		}
		if x := BindingIn(base, s.Relaxes); c.Binding.Status == "" || c.Binding.Status == NotBinding {
			c.Binding = x
		}
	}
	c.indicators(a, b)
	c.links(a, b)
	m.cells(c, a, b)
	return c, nil
}

func (c *Comparison) indicators(a, b *Outcome) {
	index := map[string]int{}
	for _, i := range a.Indicator {
		index[i.ID] = len(c.Indicators)
		c.Indicators = append(c.Indicators, IndicatorDifference{ID: i.ID, Unit: i.Unit, A: i.Value})
	}
	for _, i := range b.Indicator {
		at, ok := index[i.ID]
		if !ok {
			at = len(c.Indicators)
			index[i.ID] = at
			c.Indicators = append(c.Indicators, IndicatorDifference{ID: i.ID, Unit: i.Unit})
		}
		c.Indicators[at].B = i.Value
	}
	const fees = "fees.country."
	for _, i := range c.Indicators {
		if len(i.ID) > len(fees) && i.ID[:len(fees)] == fees && i.B != i.A {
			c.FeesUSDPerYr[i.ID[len(fees):]] = i.B - i.A
		}
	}
}

func (c *Comparison) links(a, b *Outcome) {
	type key struct {
		link      string
		direction int
	}
	index := map[key]int{}
	for side, o := range []*Outcome{a, b} {
		for _, l := range o.Loads {
			k := key{o.Net.Links[l.Link].Key, l.Direction}
			at, ok := index[k]
			if !ok {
				at = len(c.Links)
				index[k] = at
				c.Links = append(c.Links, LinkDifference{Key: k.link, Direction: k.direction})
			}
			if side == 0 {
				c.Links[at].A = l.FlowTPerYr
			} else {
				c.Links[at].B = l.FlowTPerYr
			}
		}
	}
	sort.SliceStable(c.Links, func(i, j int) bool {
		return math.Abs(c.Links[i].B-c.Links[i].A) > math.Abs(c.Links[j].B-c.Links[j].A)
	})
}

func (m *Model) cells(c *Comparison, a, b *Outcome) {
	type key [3]int32
	of := func(o *ODResult) key { return key{int32(o.From), int32(o.To), int32(o.Commodity)} }
	inB := map[key]*ODResult{}
	for i := range b.OD {
		inB[of(&b.OD[i])] = &b.OD[i]
	}
	for i := range a.OD {
		x := &a.OD[i]
		y, ok := inB[of(x)]
		if !ok {
			continue // not served in B: its tonnes are in the indicator unserved
		}
		commodity := &m.in.Commodities[x.Commodity]
		c.Cells = append(c.Cells, CellDifference{From: m.in.Zones[x.From].Key, To: m.in.Zones[x.To].Key, Commodity: commodity.Key,
			TonnesA: x.DemandTPerYr, TonnesB: y.DemandTPerYr, CostA: x.CostUSDPerT, CostB: y.CostUSDPerT,
			PerceivedA: x.PerceivedUSDPerT, PerceivedB: y.PerceivedUSDPerT, HoursA: x.TimeH, HoursB: y.TimeH})
		if commodity.Energy {
			continue
		}
		change := y.PerceivedUSDPerT - x.PerceivedUSDPerT
		c.ExistingUSDPerYr += math.Min(x.DemandTPerYr, y.DemandTPerYr) * change
		c.GainedUSDPerYr += math.Abs(y.DemandTPerYr-x.DemandTPerYr) / 2 * change
	}
	sort.SliceStable(c.Cells, func(i, j int) bool { return c.Cells[i].gain() > c.Cells[j].gain() })
}

func (d CellDifference) gain() float64 { return math.Abs(d.PerceivedB-d.PerceivedA) * d.TonnesA }

// Score sets one observation against the outcomes.
type Score struct {
	Observation
	Modelled  float64 // NaN where the year was not run or nothing models it
	Low, High float64 // 80 % range of the modelled value; NaN where none
	Reason    string  // why nothing is modelled
}

// Validate sets every observation of the study against the base's outcomes,
// by year.
func (m *Model) Validate(base map[int]*Outcome) []Score {
	measured := map[string]bool{}
	for _, x := range m.in.Measures {
		measured[x.Indicator] = true
	}
	var out []Score
	for _, o := range m.in.Observations {
		s := Score{Observation: o, Modelled: math.NaN(), Low: math.NaN(), High: math.NaN()}
		outcome := base[o.Year]
		switch {
		case o.Year == 0:
			s.Reason = "not a whole year: listed, not scored"
		case !measured[o.Indicator]:
			s.Reason = "nothing in the study models this indicator"
		case outcome == nil:
			s.Reason = "the year was not run"
		default:
			for _, i := range outcome.Indicator {
				if i.ID == o.Indicator {
					s.Modelled, s.Low, s.High = i.Value, i.Low, i.High
				}
			}
		}
		out = append(out, s)
	}
	return out
}
