package karvan

import (
	"fmt"
	"sort"
	"strings"

	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
	"github.com/karvan/karvan/pipeline"
)

// Inputs are everything that a run needs, checked and in the units of this
// package.
type Inputs struct {
	Name      string            // the study's key
	Title     map[string]string // by language
	Summary   map[string]string
	BaseYear  int
	PriceYear int
	Currency  string
	BaseDate  string // yyyy-mm-dd: what was known then; the date that results bear
	Years     []int

	Network    *network.Network
	Zones      []od.Zone
	Connectors []network.Connector

	Commodities []Commodity
	Demand      []od.Cell
	Growth      []od.Growth
	Elasticity  float64 // of tonnes to growth
	Costs       CostTable
	Delays      []DelayRule
	Solver      Solver

	Scenarios    []Scenario
	Projects     []Project
	Measures     []Measure
	Conversions  []Conversion
	Observations []Observation
	Targets      []Target
	Trade        []TradeRow
	TradeModel   TradeModel
	Pipelines    []pipeline.Line
	Sources      []Source
	Files        []File // the study itself, for the result to carry
}

// Commodity is a class of goods.
type Commodity struct {
	Key                     string
	Name                    string
	Forms                   network.FormSet // in which it may be handled
	Own                     network.Form    // its own cargo form, on land
	Modes                   []string        // that it may use
	ValueUSDPerT            float64
	ValueOfTimeUSDPerTH     float64
	ValueOfReliabilityUSDTH float64 // USD per t and h of standard deviation
	DispersionTPerUSD       float64 // scale of the logit in t/USD
	PayloadT                float64 // a vehicle, wagon or container
	Energy                  bool    // stays outside the reach of transport cost
	network.Provenance
}

// CostRow is one row of cost.csv. Mode is a mode, a family or "all"; Form a
// cargo form or "all"; Group a rate group or "".
type CostRow struct {
	Parameter, Mode, Form, Group string
	Value, Low, High             float64
	Unit                         string
	network.Provenance
}

// CostTable is the rows of cost.csv.
type CostTable []CostRow

// Find gives the value of a parameter for a mode, form and group: that of the
// row that names most of them, the mode before its family before "all".
func (c CostTable) Find(parameter string, mode network.Mode, form network.Form, group string) (float64, bool) {
	best, score := 0.0, -1
	for i := range c {
		r := &c[i]
		if r.Parameter != parameter {
			continue
		}
		s := 0
		switch r.Mode {
		case mode.Key:
			s += 20
		case string(mode.Family):
			s += 10
		case "all":
		default:
			continue
		}
		switch r.Form {
		case form.String():
			s += 4
		case "all", "":
		default:
			continue
		}
		switch r.Group {
		case group:
			s += 40
		case "":
		default:
			continue
		}
		if s > score {
			best, score = r.Value, s
		}
	}
	return best, score >= 0
}

// need is Find for a parameter that must be there.
func (c CostTable) need(parameter string, mode network.Mode, form network.Form, group string) (float64, error) {
	v, ok := c.Find(parameter, mode, form, group)
	if !ok {
		what := mode.Key
		if form != network.NoForm {
			what += " " + form.String()
		}
		if group != "" {
			what += " in rate group " + group
		}
		return 0, fmt.Errorf("karvan: cost.csv has no %s for %s", parameter, what)
	}
	return v, nil
}

// DelayRule says which volume-delay function the resources of a kind and
// family have. An empty family means all.
type DelayRule struct {
	AppliesTo string // link, terminal, border, service
	Family    string
	Kind      assignment.VDFKind
	A, B      float64
	SourceID  string
}

// Solver is how the equilibrium is found.
type Solver struct {
	Behaviour     string // logit or deterministic
	Residual      float64
	RelativeGap   float64
	MaxIterations int
	NestRatio     float64
	Routes        assignment.Generation
	Draws         int // of uncertain inputs, for ranges
	Seed          uint64
}

// Scenario is the base plus changes.
type Scenario struct {
	Key      string
	Title    map[string]string
	Summary  map[string]string
	Parent   string
	Projects []string
	Effects  []Effect
	Relaxes  Constraint
	Years    []int // empty: those of the study
	SourceID string
}

// Constraint is what a scenario says that it relaxes: the links, capacity
// groups or services whose load in the base decides whether it binds there.
type Constraint struct {
	Text   string
	Links  []string
	Groups []string
	// Missing marks a scenario whose links do not exist in the base: there is
	// nothing that could bind.
	Missing bool
}

// Effect is a change of the network, of prices or of trade costs.
type Effect struct {
	network.Change
	Cost  *CostChange      // change_cost; else nil
	Trade *TradeCostChange // change_trade_cost; else nil

	Pipeline *pipeline.Change // change_pipeline; else nil
}

// Describe says what the effect does, for people.
func (e *Effect) Describe() string {
	var b strings.Builder
	if e.Cost != nil {
		b.WriteString(strings.TrimRight(strings.Join([]string{"change_cost", e.Cost.Parameter, e.Cost.Mode, e.Cost.Form, e.Cost.Group}, " "), " "))
		if e.Cost.Set != nil {
			fmt.Fprintf(&b, " to %g", *e.Cost.Set)
		}
		if e.Cost.Multiply != nil {
			fmt.Fprintf(&b, " times %g", *e.Cost.Multiply)
		}
	} else if e.Pipeline != nil {
		b.WriteString(e.Pipeline.String())
	} else if t := e.Trade; t != nil {
		side := func(list []string) string {
			if len(list) == 0 {
				return "all"
			}
			return strings.Join(list, ", ")
		}
		fmt.Fprintf(&b, "change_trade_cost from %s to %s", side(t.Exporters), side(t.Importers))
		if t.TariffShare != nil {
			fmt.Fprintf(&b, ", tariff_share to %g", *t.TariffShare)
		}
		if t.Residual != nil {
			fmt.Fprintf(&b, ", residual times %g", *t.Residual)
		}
	} else {
		b.WriteString(e.Change.String())
	}
	for _, part := range []struct {
		word   string
		values map[string]float64
	}{{"to", e.Set}, {"times", e.Multiply}} {
		names := make([]string, 0, len(part.values))
		for name := range part.values {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Fprintf(&b, ", %s %s %g", name, part.word, part.values[name])
		}
	}
	if e.FromYear > 0 {
		fmt.Fprintf(&b, ", from %d", e.FromYear)
	}
	if e.UntilYear > 0 {
		fmt.Fprintf(&b, ", until %d", e.UntilYear)
	}
	return b.String()
}

// CostChange multiplies or sets a row of the cost table.
type CostChange struct {
	Parameter, Mode, Form, Group string
	Set, Multiply                *float64
}

// Project is what the model needs of a register's project.
type Project struct {
	Key        string
	Title      string
	Status     string
	Sector     string
	Links      []string
	Effects    []Effect
	SourceID   string
	Confidence string
	Note       string
}

// Measure defines an indicator that is counted on routes, so that the model
// can be compared with what was observed.
type Measure struct {
	Indicator   string
	Title       string
	Unit        string
	Family      string   // with Country: routes that use this family there
	Country     string   // ISO 3166-1 alpha-2
	Links       []string // routes that use one of these
	AlsoLinks   []string // and one of these
	NotLinks    []string // and none of these
	Traffic     string   // all, domestic, import, export, transit, international; relative to Country
	Commodities []string
	Forms       network.FormSet // 0: all; else the layer on Links
	Direction   int             // 1, -1: of Links; 0: both
	Conversion  string          // key of a Conversion; "": tonnes
	Note        string
}

// Conversion turns net tonnes into the unit of an observation, by cargo form.
type Conversion struct {
	Key      string
	Unit     string
	PerT     map[network.Form]float64
	Other    float64 // for the forms that PerT does not name
	SourceID string
	Note     string
}

// Observation is a count or total to compare with.
type Observation struct {
	Key        string
	Indicator  string
	Period     string
	Year       int // 0: a part of a year, listed and not scored
	Value      float64
	Unit       string
	Role       string // fit or kept_apart
	KnownOn    string
	DerivedBy  string
	SourceID   string
	Confidence string
	Note       string
}

// Target is a promise in figures.
type Target struct {
	Key, Indicator, Unit, ByDate, SetBy, SetOn, SourceID, Confidence, KnownOn string
	Value                                                                     float64
}

// TradeRow is one figure of a bilateral series.
type TradeRow struct {
	Reporter, Partner, Flow             string
	Product                             string // all, energy or other
	Period                              string
	Cumulative                          bool // a month stands for the year up to it
	SourceID, Confidence, Note, KnownOn string
	ValueUSD                            float64
}

// Source is a document.
type Source struct {
	Key, Title, Publisher, Author, Date, URL, Language, Place string
	Class                                                     string // law, agreement, statistics, … see the package register
}

// File is a file of the study.
type File struct {
	Path    string
	SHA256  string
	Content []byte
}

// ScenarioByKey gives the scenario with that key.
func (in *Inputs) ScenarioByKey(key string) (*Scenario, bool) {
	for i := range in.Scenarios {
		if in.Scenarios[i].Key == key {
			return &in.Scenarios[i], true
		}
	}
	return nil, false
}

func (in *Inputs) project(key string) *Project {
	for i := range in.Projects {
		if in.Projects[i].Key == key {
			return &in.Projects[i]
		}
	}
	return nil
}

// elasticities gives, by commodity, that of tonnes to growth. Energy does not
// follow the economies at its ends: its tonnes are those last given.
func (in *Inputs) elasticities() []float64 {
	out := make([]float64, len(in.Commodities))
	for c := range in.Commodities {
		if !in.Commodities[c].Energy {
			out[c] = in.Elasticity
		}
	}
	return out
}

// Effects gives the effects of a scenario: those of its parents first, then of
// its projects, then its own. A cycle of parents is an error.
func (in *Inputs) Effects(key string) ([]Effect, error) {
	var line []*Scenario
	seen := map[string]bool{}
	for at := key; at != ""; {
		if seen[at] {
			return nil, fmt.Errorf("karvan: scenario %s: its parents go round in a circle", key)
		}
		seen[at] = true
		s, ok := in.ScenarioByKey(at)
		if !ok {
			return nil, fmt.Errorf("karvan: no scenario %q", at)
		}
		line = append(line, s)
		at = s.Parent
	}
	var out []Effect
	built := map[string]bool{} // a project that a parent has too is built once
	for i := len(line) - 1; i >= 0; i-- {
		for _, key := range line[i].Projects {
			p := in.project(key)
			if p == nil {
				return nil, fmt.Errorf("karvan: scenario %s: no project %q", line[i].Key, key)
			}
			if !built[key] {
				built[key] = true
				out = append(out, p.Effects...)
			}
		}
		out = append(out, line[i].Effects...)
	}
	return out, nil
}
