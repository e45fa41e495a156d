package karvan

import (
	"github.com/karvan/karvan/assignment"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// Outcome is one scenario in one year, solved.
type Outcome struct {
	Scenario  string
	Year      int
	Converged bool
	Note      string // what did not go as wanted, in a sentence
	Net       *network.Network
	Links     []LinkResult
	Loads     []LinkLoad
	Terminals []TerminalLoad
	Capacity  []LinkCapacity // by link of Net
	OD        []ODResult
	Routes    []RouteResult
	Unserved  []ODResult
	Indicator []Indicator
	Trace     []assignment.Iteration
	Volume    []float64     // by resource: where a later solve can start
	Trade     *TradeOutcome // nil of the base, and where the study has no model of trade

	routes *assignment.Routes // that were held at the end, for AddRanges
}

// LinkResult is the flow of one commodity along one direction of a link.
type LinkResult struct {
	Link        network.LinkID
	Direction   int // 1 from -> to, -1 back
	Commodity   od.CommodityID
	FlowTPerYr  float64
	TimeH       float64 // with delay, borders apart
	CostUSDPerT float64 // generalised, with delay, borders apart
}

// LinkLoad is the load of one direction of a link, or of both where the
// capacity is shared.
type LinkLoad struct {
	Link           network.LinkID
	Direction      int
	FlowTPerYr     float64 // of the direction
	CapacityTPerYr float64 // of the scope; +Inf: none
	LoadRatio      float64 // flow of the scope over capacity
	Scope          network.Scope
	DelayH         float64
}

// TerminalLoad is the load of a terminal, border, capacity group or service.
type TerminalLoad struct {
	Key            string
	Kind           string
	Node           string // key of the node; "": of a service
	Direction      int
	FlowTPerYr     float64
	CapacityTPerYr float64
	LoadRatio      float64
	DelayH         float64
}

// ODResult is the mean over the routes of one cell.
type ODResult struct {
	From, To         od.ZoneID
	Commodity        od.CommodityID
	DemandTPerYr     float64
	CostUSDPerT      float64 // generalised: money, time and reliability
	PerceivedUSDPerT float64 // logsum, or the least cost if deterministic
	MoneyUSDPerT     float64
	FeeUSDPerT       float64
	TimeH            float64
	BorderH          float64
	DistanceKm       float64
	Anchor           string
	Confidence       string

	demand int32 // place in the matrix
}

// RouteResult is one route of one cell.
type RouteResult struct {
	OD           int32 // index into Outcome.OD
	Rank         int
	Share        float64
	FlowTPerYr   float64
	CostUSDPerT  float64
	MoneyUSDPerT float64
	FeeUSDPerT   float64
	TimeH        float64
	BorderH      float64
	DistanceKm   float64
	Chain        string // modes along the way
	Path         string // link keys, +forward -back, and @node for terminals
}

// Indicator is a named result.
type Indicator struct {
	ID    string
	Value float64
	Unit  string
	Low   float64 // NaN: no range known
	High  float64
}

// IndicatorDefinition says what an indicator is.
type IndicatorDefinition struct {
	ID, Title, Unit, Group, Meaning string
}
