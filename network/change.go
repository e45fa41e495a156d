package network

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// ChangeKind names what a [Change] does.
type ChangeKind string

// The changes that a scenario can make to a network. change_cost is a change
// too, but of prices: the model applies it.
const (
	AddLink           ChangeKind = "add_link"
	OpenLink          ChangeKind = "open_link"
	ChangeLink        ChangeKind = "change_link"
	CloseLink         ChangeKind = "close_link"
	ChangeTerminal    ChangeKind = "change_terminal"
	AddTerminal       ChangeKind = "add_terminal"
	ChangeService     ChangeKind = "change_service"
	ChangeRailSection ChangeKind = "change_rail_section"
)

// Change is one effect of a scenario or project, in force from FromYear
// (0: always) up to but not including UntilYear (0: for good). Set gives new
// values and Multiply factors, both by the names of the columns of the files.
type Change struct {
	Kind      ChangeKind
	Links     []string // change_link, close_link, open_link
	Services  []string
	Sections  []string
	Terminal  TerminalMatch
	NewLink   *Link
	NewRow    *Terminal
	Set       map[string]float64
	Multiply  map[string]float64
	FromYear  int
	UntilYear int
}

// TerminalMatch picks rows of terminal.csv: an empty field matches all.
type TerminalMatch struct {
	Node, Kind, FromMode, ToMode, Form, Group string
}

// InForce reports whether the change acts in the year.
func (c *Change) InForce(year int) bool {
	return (c.FromYear == 0 || year >= c.FromYear) && (c.UntilYear == 0 || year < c.UntilYear)
}

// Matches reports whether the terminal row is one that the match picks.
func (m TerminalMatch) Matches(n *Network, t *Terminal) bool {
	if m.Node != "" && n.Nodes[t.Node].Key != m.Node ||
		m.Kind != "" && string(t.Kind) != m.Kind ||
		m.FromMode != "" && t.FromMode != m.FromMode ||
		m.ToMode != "" && t.ToMode != m.ToMode ||
		m.Group != "" && t.CapacityGroup != m.Group {
		return false
	}
	if m.Form != "" {
		f, ok := FormOf(m.Form)
		return ok && t.Forms.Has(f)
	}
	return true
}

// field is a quantity that a change may set or multiply: where it lies, and
// the smallest value it may take.
type field[T any] struct {
	at       func(*T) *float64
	positive bool
}

var linkFields = map[string]field[Link]{
	"length_km":         {func(l *Link) *float64 { return &l.LengthKm }, true},
	"speed_km_per_h":    {func(l *Link) *float64 { return &l.SpeedKmPerH }, true},
	"free_time_h":       {func(l *Link) *float64 { return &l.FreeTimeH }, true},
	"capacity_t_per_yr": {func(l *Link) *float64 { return &l.CapacityTPerYr }, true},
	"rate_factor":       {func(l *Link) *float64 { return &l.RateFactor }, true},
	"tariff_usd_per_t":  {func(l *Link) *float64 { return &l.TariffUSDPerT }, false},
	"open_share":        {func(l *Link) *float64 { return &l.OpenShare }, false},
}

var terminalFields = map[string]field[Terminal]{
	"dwell_h":           {func(t *Terminal) *float64 { return &t.DwellH }, false},
	"dwell_sd_h":        {func(t *Terminal) *float64 { return &t.DwellSDH }, false},
	"cost_usd_per_t":    {func(t *Terminal) *float64 { return &t.CostUSDPerT }, false},
	"fee_usd_per_t":     {func(t *Terminal) *float64 { return &t.FeeUSDPerT }, false},
	"capacity_t_per_yr": {func(t *Terminal) *float64 { return &t.CapacityTPerYr }, true},
	"open_share":        {func(t *Terminal) *float64 { return &t.OpenShare }, false},
}

var serviceFields = map[string]field[Service]{
	"sailings_per_week":     {func(s *Service) *float64 { return &s.SailingsPerWeek }, true},
	"capacity_t_per_vessel": {func(s *Service) *float64 { return &s.CapacityTPerVessel }, true},
}

// sectionFields lists what an upgrade may change: a passing loop shortens the
// longest block, a second track changes tracks, and so on. tracks is handled
// apart, since it is a count.
var sectionFields = map[string]field[Section]{
	"longest_block_km": {func(s *Section) *float64 { return &s.LongestBlockKm }, true},
	"run_forward_min":  {func(s *Section) *float64 { return &s.RunForwardMin }, true},
	"run_back_min":     {func(s *Section) *float64 { return &s.RunBackMin }, true},
	"train_net_load_t": {func(s *Section) *float64 { return &s.TrainNetLoadT }, true},
	"passenger_trains": {func(s *Section) *float64 { return &s.PassengerTrains }, false},
	"local_trains":     {func(s *Section) *float64 { return &s.LocalTrains }, false},
	"window_min":       {func(s *Section) *float64 { return &s.WindowMin }, false},
}

// ChangeFields lists the quantities that changes of a kind may set or
// multiply, in order of name.
func ChangeFields(kind ChangeKind) []string {
	var names []string
	switch kind {
	case ChangeLink:
		names = append(keys(linkFields), "tracks")
	case ChangeTerminal:
		names = keys(terminalFields)
	case ChangeService:
		names = keys(serviceFields)
	case ChangeRailSection:
		names = append(keys(sectionFields), "tracks", "automatic_block")
	}
	sort.Strings(names)
	return names
}

// CheckValue says what is wrong with a value, or factor, for a quantity that a
// change sets or multiplies; "" where nothing is.
func CheckValue(kind ChangeKind, name string, v float64) string {
	positive := name == "tracks"
	switch kind {
	case ChangeLink:
		positive = positive || linkFields[name].positive
	case ChangeTerminal:
		positive = terminalFields[name].positive
	case ChangeService:
		positive = serviceFields[name].positive
	case ChangeRailSection:
		positive = positive || sectionFields[name].positive
	}
	switch {
	case !(v >= 0):
		return "must not be negative"
	case positive && v == 0:
		return "must be greater than 0"
	case name == "tracks" && v != math.Trunc(v):
		return "must be a whole number"
	}
	return ""
}

// Multiplies reports whether a change may multiply the quantity: a switch is
// set only.
func Multiplies(kind ChangeKind, name string) bool { return name != "automatic_block" }

func keys[T any](m map[string]field[T]) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// alter sets and multiplies the fields of one row.
// Names that have no field are an error, but for those in apart, which the
// caller handles.
func alter[T any](row *T, fields map[string]field[T], set, multiply map[string]float64, what string, apart ...string) error {
	for _, pass := range []struct {
		values map[string]float64
		apply  func(old, v float64) float64
	}{
		{set, func(_, v float64) float64 { return v }},
		{multiply, func(old, v float64) float64 { return old * v }},
	} {
		for _, name := range sortedNames(pass.values) {
			f, ok := fields[name]
			switch {
			case !ok && slices.Contains(apart, name):
				continue
			case !ok:
				return fmt.Errorf("network: %s: %s cannot be changed so", what, name)
			}
			at := f.at(row)
			v := pass.apply(*at, pass.values[name])
			if math.IsNaN(v) {
				return fmt.Errorf("network: %s: %s has no value to multiply", what, name)
			}
			if v < 0 || f.positive && v == 0 {
				return fmt.Errorf("network: %s: %s must be > 0 (got %g)", what, name, v)
			}
			*at = v
		}
	}
	return nil
}

func sortedNames(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Apply gives a copy of the network with the changes that are in force in the
// year, in their order. The receiver is not touched. A change that names
// something that does not exist is an error.
func (n *Network) Apply(changes []Change, year int) (*Network, error) {
	out := &Network{
		Modes: n.Modes, Nodes: n.Nodes,
		Links:     append([]Link(nil), n.Links...),
		Terminals: append([]Terminal(nil), n.Terminals...),
		Services:  append([]Service(nil), n.Services...),
		Sections:  append([]Section(nil), n.Sections...),
	}
	if err := out.Index(); err != nil {
		return nil, err
	}
	for i := range changes {
		c := &changes[i]
		if !c.InForce(year) {
			continue
		}
		if err := out.apply(c, year); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *Network) apply(c *Change, year int) error {
	switch c.Kind {
	case AddLink:
		if _, ok := n.linkOf[c.NewLink.Key]; ok {
			return fmt.Errorf("network: add_link: link %q exists already", c.NewLink.Key)
		}
		n.linkOf[c.NewLink.Key] = LinkID(len(n.Links))
		n.Links = append(n.Links, *c.NewLink)
	case OpenLink, CloseLink, ChangeLink:
		for _, key := range c.Links {
			id, ok := n.linkOf[key]
			if !ok {
				return fmt.Errorf("network: %s: no link %q", c.Kind, key)
			}
			if err := changeLink(&n.Links[id], c, year); err != nil {
				return err
			}
		}
	case ChangeTerminal:
		found := false
		for i := range n.Terminals {
			t := &n.Terminals[i]
			if !c.Terminal.Matches(n, t) {
				continue
			}
			found = true
			if err := alter(t, terminalFields, c.Set, c.Multiply, "terminal at "+n.Nodes[t.Node].Key); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("network: change_terminal: no row of terminal.csv matches %+v", c.Terminal)
		}
	case AddTerminal:
		n.Terminals = append(n.Terminals, *c.NewRow)
	case ChangeService:
		for _, key := range c.Services {
			id, ok := n.serviceOf[key]
			if !ok {
				return fmt.Errorf("network: change_service: no service %q", key)
			}
			if err := alter(&n.Services[id], serviceFields, c.Set, c.Multiply, "service "+key); err != nil {
				return err
			}
		}
	case ChangeRailSection:
		for _, key := range c.Sections {
			id, ok := n.sectionOf[key]
			if !ok {
				return fmt.Errorf("network: change_rail_section: no section %q", key)
			}
			s := &n.Sections[id]
			if err := changeSection(s, c); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("network: unknown change %q", c.Kind)
	}
	return nil
}

func changeLink(l *Link, c *Change, year int) error {
	switch c.Kind {
	case OpenLink:
		l.Status, l.OpenYear, l.CloseYear = "open", c.FromYear, 0
	case CloseLink:
		l.Status = "closed"
	case ChangeLink:
		l.Tracks = tracks(l.Tracks, c)
		return alter(l, linkFields, c.Set, c.Multiply, "link "+l.Key, "tracks")
	}
	return nil
}

// tracks sets or multiplies a number of tracks.
func tracks(before int, c *Change) int {
	if v, ok := c.Set["tracks"]; ok {
		before = int(v)
	}
	if v, ok := c.Multiply["tracks"]; ok {
		before = int(math.Round(float64(before) * v))
	}
	return before
}

// changeSection alters the inputs of a section's capacity. A longest block
// that becomes shorter shortens the running times over it in proportion,
// unless those are set too.
func changeSection(s *Section, c *Change) error {
	before := s.LongestBlockKm
	s.Tracks = tracks(s.Tracks, c)
	if v, ok := c.Set["automatic_block"]; ok && v != 0 {
		s.Signalling = "automatic_block"
	}
	if err := alter(s, sectionFields, c.Set, c.Multiply, "section "+s.Key, "tracks", "automatic_block"); err != nil {
		return err
	}
	if before > 0 && s.LongestBlockKm != before {
		share := s.LongestBlockKm / before
		s.LongestBlockLowKm *= share
		s.LongestBlockHighKm *= share
		if _, ok := c.Set["run_forward_min"]; !ok {
			s.RunForwardMin *= share
		}
		if _, ok := c.Set["run_back_min"]; !ok {
			s.RunBackMin *= share
		}
	}
	return nil
}

// String names the change and what it acts on, for messages and reports.
func (c *Change) String() string {
	var what string
	switch c.Kind {
	case AddLink:
		what = c.NewLink.Key
	case ChangeTerminal:
		what = strings.Trim(strings.Join([]string{c.Terminal.Node, c.Terminal.Group, c.Terminal.Kind}, " "), " ")
	case ChangeService:
		what = strings.Join(c.Services, ", ")
	case ChangeRailSection:
		what = strings.Join(c.Sections, ", ")
	default:
		what = strings.Join(c.Links, ", ")
	}
	return string(c.Kind) + " " + what
}
