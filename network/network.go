package network

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// NodeID, LinkID, TerminalID, ServiceID and SectionID are dense indices,
// starting at 0, into the slices of a [Network]; the user's own key is kept
// beside as Key.
type (
	NodeID     int32
	LinkID     int32
	TerminalID int32
	ServiceID  int32
	SectionID  int32
)

// Provenance says where a row came from. Confidence is high, medium or low;
// Estimate is true for values that were derived or recalled rather than read.
type Provenance struct {
	SourceID   string
	Confidence string
	Note       string
}

// Estimate reports whether the row is an estimate: of low confidence, or
// derived or recalled by the compiler.
func (p Provenance) Estimate() bool {
	return p.Confidence == "low" || p.SourceID == "derived" || p.SourceID == "recalled"
}

// Node is a place.
type Node struct {
	Key      string
	Name     string
	AltNames []string
	Kind     string
	Country  string // ISO 3166-1 alpha-2
	Lon, Lat float64
	Provenance
}

// Scope says whether a capacity is for each direction or for both together.
type Scope uint8

// The two scopes of a capacity.
const (
	PerDirection Scope = iota
	BothDirections
)

// String gives the scope's name in files and results.
func (s Scope) String() string {
	if s == BothDirections {
		return "both"
	}
	return "direction"
}

// Link joins two nodes by one mode. CapacityTPerYr is what was stated, NaN
// where nothing was; [Network.Capacities] fills the gaps.
type Link struct {
	Key             string
	Name            string
	From, To        NodeID
	Mode            string
	LengthKm        float64
	Directed        bool
	Tracks          int
	Electrified     string
	SpeedKmPerH     float64 // NaN: the mode's own
	FreeTimeH       float64 // NaN: length over speed
	CapacityTPerYr  float64 // NaN: not stated
	CapacityScope   Scope
	CapacityGroup   string
	Forms           FormSet
	RateGroup       string
	RateFactor      float64
	TariffUSDPerT   float64 // a fee or toll for the passage, a transfer
	OpenYear        int     // first year of service; 0: always
	CloseYear       int     // first year without service; 0: never
	Status          string  // open, under_construction, planned, closed
	OpenShare       float64 // share of the year in which it can be used
	PassengerTrains float64 // a day, both directions together
	// Via are the points of the line between its ends, if known: longitude and
	// latitude in degrees. They are for drawing; lengths are stated.
	Via [][2]float64
	Provenance
}

// Kind says what a terminal row does.
type Kind string

// The kinds of terminal rows.
const (
	Transfer      Kind = "transfer"     // between two modes
	GaugeChange   Kind = "gauge_change" // between two rail gauges
	Border        Kind = "border"       // charged on each international link of its mode at the node
	Transhipment  Kind = "transhipment" // between two services of one mode
	KindUndefined Kind = ""
)

// Terminal is one row of terminal.csv: goods of the named forms pass from
// FromMode to ToMode at a node (and back, unless Directed).
type Terminal struct {
	Node             NodeID
	Kind             Kind
	FromMode, ToMode string
	Forms            FormSet
	DwellH           float64 // mean, h
	DwellSDH         float64 // standard deviation, h
	CostUSDPerT      float64
	FeeUSDPerT       float64 // part of the price that is a transfer to the state
	CapacityTPerYr   float64 // NaN: not stated
	CapacityGroup    string
	AtLink           string // limits a border row to one link
	Directed         bool
	OpenShare        float64
	QuotaOutTPerYr   float64 // border: most that may leave the node's country a year; NaN: none
	QuotaInTPerYr    float64
	Line             int // line in terminal.csv, for messages
	Provenance
}

// Service is a scheduled run over consecutive links: each boarding waits half
// a headway, 84 / SailingsPerWeek hours.
type Service struct {
	Key                string
	Name               string
	Links              []LinkID
	Forms              FormSet
	SailingsPerWeek    float64
	CapacityTPerVessel float64 // NaN: not stated
	OpenYear           int
	CloseYear          int
	Provenance
}

// Section is a row of rail_section.csv: what rail capacity is computed from.
type Section struct {
	Key                string
	Links              []LinkID
	LengthKm           float64
	Gauge              int
	Tracks             int
	RunForwardMin      float64 // over the longest block
	RunBackMin         float64
	LongestBlockKm     float64
	LongestBlockLowKm  float64
	LongestBlockHighKm float64
	Signalling         string // automatic_block, semi_automatic_block, telephone_block, electronic
	PassengerTrains    float64
	LocalTrains        float64
	TrainNetLoadT      float64
	WindowMin          float64
	CapacityTrainsSaid float64 // the compiler's own figure, for comparison
	Provenance
}

// Network is nodes, links, terminals, services and sections. It is not changed
// once built: [Network.At] and [Network.Apply] give copies.
type Network struct {
	Modes     []Mode
	Nodes     []Node
	Links     []Link
	Terminals []Terminal
	Services  []Service
	Sections  []Section

	nodeOf    map[string]NodeID
	linkOf    map[string]LinkID
	serviceOf map[string]ServiceID
	sectionOf map[string]SectionID
}

// Index makes the look-up tables by key. It must be called once after the
// slices are filled; a key that occurs twice is an error.
func (n *Network) Index() error {
	n.nodeOf = make(map[string]NodeID, len(n.Nodes))
	for i := range n.Nodes {
		if _, ok := n.nodeOf[n.Nodes[i].Key]; ok {
			return fmt.Errorf("network: node %q: occurs twice", n.Nodes[i].Key)
		}
		n.nodeOf[n.Nodes[i].Key] = NodeID(i)
	}
	n.linkOf = make(map[string]LinkID, len(n.Links))
	for i := range n.Links {
		if _, ok := n.linkOf[n.Links[i].Key]; ok {
			return fmt.Errorf("network: link %q: occurs twice", n.Links[i].Key)
		}
		n.linkOf[n.Links[i].Key] = LinkID(i)
	}
	n.serviceOf = make(map[string]ServiceID, len(n.Services))
	for i := range n.Services {
		n.serviceOf[n.Services[i].Key] = ServiceID(i)
	}
	n.sectionOf = make(map[string]SectionID, len(n.Sections))
	for i := range n.Sections {
		n.sectionOf[n.Sections[i].Key] = SectionID(i)
	}
	return nil
}

// NodeByKey gives the node with that key, and whether there is one.
func (n *Network) NodeByKey(key string) (NodeID, bool) { id, ok := n.nodeOf[key]; return id, ok }

// LinkByKey gives the link with that key, and whether there is one.
func (n *Network) LinkByKey(key string) (LinkID, bool) { id, ok := n.linkOf[key]; return id, ok }

// ServiceByKey gives the service with that key, and whether there is one.
func (n *Network) ServiceByKey(key string) (ServiceID, bool) {
	id, ok := n.serviceOf[key]
	return id, ok
}

// SectionByKey gives the rail section with that key, and whether there is one.
func (n *Network) SectionByKey(key string) (SectionID, bool) {
	id, ok := n.sectionOf[key]
	return id, ok
}

// ModeByKey gives the mode with that key, and whether there is one.
func (n *Network) ModeByKey(key string) (Mode, bool) {
	for _, m := range n.Modes {
		if m.Key == key {
			return m, true
		}
	}
	return Mode{}, false
}

// International reports whether the link's ends lie in two countries.
func (n *Network) International(l *Link) bool {
	return n.Nodes[l.From].Country != n.Nodes[l.To].Country
}

// Shape is the line of a link: its ends and the points between.
func (n *Network) Shape(l *Link) orb.LineString {
	a, b := n.Nodes[l.From], n.Nodes[l.To]
	line := orb.LineString{{a.Lon, a.Lat}}
	for _, p := range l.Via {
		line = append(line, orb.Point(p))
	}
	return append(line, orb.Point{b.Lon, b.Lat})
}

// OpenIn reports whether a thing with these first and last years and status
// is in service in the year. A closed or planned thing without an open year
// is not.
func OpenIn(status string, openYear, closeYear, year int) bool {
	if status == "closed" {
		return false
	}
	if status != "" && status != "open" && openYear == 0 {
		return false
	}
	return (openYear == 0 || year >= openYear) && (closeYear == 0 || year < closeYear)
}

// At gives the network as it stands in the year: links and services that are
// not in service are left out. Ids of links differ from the whole network's;
// keys do not.
func (n *Network) At(year int) *Network {
	out := &Network{Modes: n.Modes, Nodes: n.Nodes, Terminals: n.Terminals, nodeOf: n.nodeOf}
	newID := make([]LinkID, len(n.Links))
	for i := range n.Links {
		l := &n.Links[i]
		newID[i] = -1
		if OpenIn(l.Status, l.OpenYear, l.CloseYear, year) {
			newID[i] = LinkID(len(out.Links))
			out.Links = append(out.Links, *l)
		}
	}
	keep := func(ids []LinkID) ([]LinkID, bool) {
		kept := make([]LinkID, 0, len(ids))
		for _, id := range ids {
			if newID[id] >= 0 {
				kept = append(kept, newID[id])
			}
		}
		return kept, len(kept) == len(ids)
	}
	for _, s := range n.Services {
		ids, whole := keep(s.Links)
		// A service runs whole or not: half a voyage is another service.
		if whole && OpenIn("open", s.OpenYear, s.CloseYear, year) {
			s.Links = ids
			out.Services = append(out.Services, s)
		}
	}
	for _, s := range n.Sections {
		s.Links, _ = keep(s.Links)
		if len(s.Links) > 0 {
			out.Sections = append(out.Sections, s)
		}
	}
	out.linkOf = make(map[string]LinkID, len(out.Links))
	for i := range out.Links {
		out.linkOf[out.Links[i].Key] = LinkID(i)
	}
	out.serviceOf = make(map[string]ServiceID, len(out.Services))
	for i := range out.Services {
		out.serviceOf[out.Services[i].Key] = ServiceID(i)
	}
	out.sectionOf = make(map[string]SectionID, len(out.Sections))
	for i := range out.Sections {
		out.sectionOf[out.Sections[i].Key] = SectionID(i)
	}
	return out
}

// EarthRadiusKm is the mean radius of the earth (IUGG).
const EarthRadiusKm = 6371.0088

// GreatCircleKm is the distance in km between two points given by longitude
// and latitude in degrees, by the haversine formula.
func GreatCircleKm(lon1, lat1, lon2, lat2 float64) float64 {
	const rad = math.Pi / 180
	sinLat := math.Sin((lat2 - lat1) * rad / 2)
	sinLon := math.Sin((lon2 - lon1) * rad / 2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * EarthRadiusKm * math.Asin(math.Min(1, math.Sqrt(h)))
}
