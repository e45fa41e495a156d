package network

import (
	"fmt"
	"math"
)

// ArcKind says what moving along an arc of the supernetwork means.
type ArcKind uint8

// The kinds of arcs.
const (
	Access     ArcKind = iota // from a zone's origin into a mode
	Egress                    // from a mode to a zone's destination
	Ride                      // along a link
	AtTerminal                // at a terminal, between modes, gauges or services
	Cross                     // of a border at one end of an international link
	Board                     // onto a scheduled service
	Alight                    // off a scheduled service
	Stay                      // in the same mode, past a terminal
)

// Arc is one directed arc of a [Supernetwork].
type Arc struct {
	From, To int32
	Kind     ArcKind
	Forward  bool       // Ride: along the link's own direction
	Form     Form       // the layer's own form, or NoForm
	Mode     int16      // index into Modes of the mode that is ridden or entered
	Before   int16      // AtTerminal: the mode that is left; else as Mode
	Allowed  FormSet    // forms that may use the arc
	Link     LinkID     // Ride and Cross; else -1
	Terminal TerminalID // AtTerminal and Cross; else -1
	Service  ServiceID  // Board, Alight and Ride of a service; else -1
	Resource int32      // index into Resources, or -1
}

// ResourceKind says what a resource is.
type ResourceKind uint8

// The kinds of resources.
const (
	LinkResource ResourceKind = iota
	TerminalResource
	BorderResource
	ServiceResource
)

// String gives the kind's name in results.
func (k ResourceKind) String() string {
	return [...]string{"link", "terminal", "border", "service"}[k]
}

// Resource is a thing whose capacity all goods on its arcs share: a direction
// of a link, a single track, a terminal or a group of them, a quota at a
// border, a service. Direction is 1, -1, or 0 where both share it.
type Resource struct {
	Key            string
	Kind           ResourceKind
	Family         Family
	Direction      int
	CapacityTPerYr float64
	RefTimeH       float64 // the uncongested time that its delay is relative to
	Link           LinkID  // of a link or service resource; else -1
	Node           NodeID  // of a terminal or border resource; else -1
}

// State is a node of the supernetwork: a place, in a layer.
type State struct {
	Node NodeID // -1 for the ends of a zone
	Mode int16  // -1 for the ends of a zone
	Form Form
}

// Connector joins a zone to a mode at a node, or to every freely joined mode
// there when Mode is empty.
type Connector struct {
	Zone        int32
	Node        NodeID
	Mode        string
	TimeH       float64
	CostUSDPerT float64
}

// Supernetwork is a network spread over its layers. Origin and Destination
// give the states of each zone; goods never pass through a zone.
type Supernetwork struct {
	Net         *Network
	States      []State
	Arcs        []Arc
	Resources   []Resource
	Origin      []int32
	Destination []int32
	Connectors  []Connector // by Arc.Terminal of Access and Egress arcs
}

// CapacityOf gives, for a link, the capacity in t/yr of its scope and the
// uncongested hours over it; +Inf where nothing limits it.
type CapacityOf func(id LinkID) (capacityTPerYr float64, scope Scope, freeTimeH float64)

type layerKey struct {
	node  NodeID
	mode  int16
	form  Form
	phase uint8
}

const (
	land     uint8 = iota // what comes by a ride or from a zone
	leaving               // what goes on by a ride or to a zone
	arrived               // off a ship
	toDepart              // for a ship
)

type builder struct {
	s      *Supernetwork
	states map[layerKey]int32
	modeOf map[string]int16
	groups map[string]int32
	cap    CapacityOf
	// changes marks the layers in which goods can change at a node.
	changes map[layerKey]bool
}

// Build spreads the network over its layers and joins the zones to it.
// numZones zones are numbered from 0. capacity answers for each link.
// O(links x forms + terminals + connectors).
func Build(n *Network, numZones int, connectors []Connector, capacity CapacityOf) (*Supernetwork, error) {
	b := &builder{
		s:      &Supernetwork{Net: n, Connectors: connectors},
		states: map[layerKey]int32{}, modeOf: map[string]int16{}, groups: map[string]int32{}, cap: capacity, changes: map[layerKey]bool{},
	}
	for i, m := range n.Modes {
		b.modeOf[m.Key] = int16(i)
	}
	for i := range n.Terminals {
		t := &n.Terminals[i]
		if t.Kind != Border && t.OpenShare > 0 {
			b.changes[layerKey{t.Node, b.modeOf[t.FromMode], NoForm, land}] = true
			b.changes[layerKey{t.Node, b.modeOf[t.ToMode], NoForm, land}] = true
		}
	}
	served := make(map[[2]int32]bool) // link, form: carried by a service
	for si := range n.Services {
		for _, l := range n.Services[si].Links {
			for _, f := range n.Services[si].Forms.Forms() {
				served[[2]int32{int32(l), int32(f)}] = true
			}
		}
	}
	for i := range n.Links {
		if err := b.link(LinkID(i), served); err != nil {
			return nil, err
		}
	}
	for i := range n.Services {
		if err := b.service(ServiceID(i)); err != nil {
			return nil, err
		}
	}
	for i := range n.Terminals {
		b.terminal(TerminalID(i))
	}
	b.zones(numZones)
	return b.s, nil
}

func (b *builder) newState(st State) int32 {
	b.s.States = append(b.s.States, st)
	return int32(len(b.s.States) - 1)
}

func (b *builder) state(node NodeID, mode int16, form Form, phase uint8) int32 {
	k := layerKey{node, mode, form, phase}
	id, ok := b.states[k]
	if !ok {
		id = b.newState(State{node, mode, form})
		b.states[k] = id
	}
	return id
}

// out is the state from which rides leave a node in a freely joined mode.
// Where goods can change there, it is apart from the state of arrival: a change
// ends in it, so that no two changes follow one another without a ride between,
// which would be a way round the capacity of either.
func (b *builder) out(node NodeID, mode int16) int32 {
	if !b.changes[layerKey{node, mode, NoForm, land}] {
		return b.state(node, mode, NoForm, land)
	}
	k := layerKey{node, mode, NoForm, leaving}
	id, ok := b.states[k]
	if !ok {
		id = b.newState(State{node, mode, NoForm})
		b.states[k] = id
		b.arc(Arc{From: b.state(node, mode, NoForm, land), To: id, Kind: Stay, Mode: mode, Form: NoForm, Allowed: AllForms, Link: -1, Terminal: -1, Service: -1, Resource: -1})
	}
	return id
}

func (b *builder) arc(a Arc) {
	if a.Kind != AtTerminal {
		a.Before = a.Mode
	}
	b.s.Arcs = append(b.s.Arcs, a)
}

// resource adds a resource, or gives -1 where nothing limits the flow.
func (b *builder) resource(r Resource) int32 {
	if math.IsInf(r.CapacityTPerYr, 1) || math.IsNaN(r.CapacityTPerYr) {
		return -1
	}
	b.s.Resources = append(b.s.Resources, r)
	return int32(len(b.s.Resources) - 1)
}

// shared gives the resource of a capacity group, made at its first member.
// The group's reference time is that of its first member.
func (b *builder) shared(group string, r Resource) int32 {
	if group == "" {
		return b.resource(r)
	}
	r.Key, r.Direction, r.Link = group, 0, -1
	return b.once(group, r)
}

// once adds a resource at its first use and gives the same one later.
func (b *builder) once(group string, r Resource) int32 {
	id, ok := b.groups[group]
	if !ok {
		id = b.resource(r)
		b.groups[group] = id
	}
	return id
}

// link adds the arcs of a link: one chain of border, ride, border for each
// direction and layer, but for what scheduled services carry over links that
// join at terminals only.
func (b *builder) link(id LinkID, served map[[2]int32]bool) error {
	n := b.s.Net
	l := &n.Links[id]
	if l.OpenShare <= 0 {
		return nil
	}
	mode, ok := b.modeOf[l.Mode]
	if !ok {
		return fmt.Errorf("network: link %s: unknown mode %q", l.Key, l.Mode)
	}
	capacity, scope, freeH := b.cap(id)
	capacity *= l.OpenShare
	res := [2]int32{-1, -1}
	family := n.Modes[mode].Family
	make1 := func(direction int) int32 {
		return b.shared(l.CapacityGroup, Resource{Key: l.Key, Kind: LinkResource, Family: family,
			Direction: direction, CapacityTPerYr: capacity, RefTimeH: freeH, Link: id, Node: -1})
	}
	if scope == BothDirections {
		res[0] = make1(0)
		res[1] = res[0]
	} else {
		res[0] = make1(1)
		if !l.Directed {
			res[1] = make1(-1)
		}
	}
	for dir := 0; dir < 2; dir++ {
		if dir == 1 && l.Directed {
			break
		}
		from, to := l.From, l.To
		if dir == 1 {
			from, to = to, from
		}
		ride := Arc{Kind: Ride, Forward: dir == 0, Mode: mode, Link: id, Terminal: -1, Service: -1, Resource: res[dir], Form: NoForm, Allowed: l.Forms}
		if !n.Modes[mode].TransferAtTerminal {
			ride.From = b.out(from, mode)
			ride.To = b.state(to, mode, NoForm, land)
			b.rideWithBorders(ride, id, from, to)
			continue
		}
		for _, f := range l.Forms.Forms() {
			if served[[2]int32{int32(id), int32(f)}] {
				continue
			}
			ride.From = b.state(from, mode, f, toDepart)
			ride.To = b.state(to, mode, f, arrived)
			ride.Form, ride.Allowed = f, FormSet(0).With(f)
			b.arc(ride)
		}
	}
	return nil
}

// rideWithBorders adds a ride with, at each end of an international link, the
// border rows of its mode there in series.
func (b *builder) rideWithBorders(ride Arc, id LinkID, from, to NodeID) {
	n := b.s.Net
	l := &n.Links[id]
	if !n.International(l) {
		b.arc(ride)
		return
	}
	at := ride.From
	for _, stage := range b.borderStages(l, from) {
		next := b.newState(State{from, ride.Mode, NoForm})
		for _, t := range stage {
			b.cross(t, ride, at, next, true)
		}
		at = next
	}
	last := ride.To
	ride.From = at
	incoming := b.borderStages(l, to)
	if len(incoming) == 0 {
		b.arc(ride)
		return
	}
	at = b.newState(State{to, ride.Mode, NoForm})
	ride.To = at
	b.arc(ride)
	for i, stage := range incoming {
		next := last
		if i < len(incoming)-1 {
			next = b.newState(State{to, ride.Mode, NoForm})
		}
		for _, t := range stage {
			b.cross(t, ride, at, next, false)
		}
		at = next
	}
}

// borderStages gives the border rows that an international link meets at a
// node: those for different cargo forms stand side by side, others follow one
// another.
func (b *builder) borderStages(l *Link, node NodeID) [][]TerminalID {
	var stages [][]TerminalID
	var taken []FormSet
rows:
	for _, id := range b.borderRows(l, node) {
		forms := b.s.Net.Terminals[id].Forms
		for i := range stages {
			if taken[i]&forms == 0 {
				stages[i], taken[i] = append(stages[i], id), taken[i]|forms
				continue rows
			}
		}
		stages, taken = append(stages, []TerminalID{id}), append(taken, forms)
	}
	return stages
}

// borderRows gives the border rows that an international link meets at a node.
func (b *builder) borderRows(l *Link, node NodeID) []TerminalID {
	var out []TerminalID
	for i := range b.s.Net.Terminals {
		t := &b.s.Net.Terminals[i]
		if t.Kind == Border && t.Node == node && t.FromMode == l.Mode && (t.AtLink == "" || t.AtLink == l.Key) {
			out = append(out, TerminalID(i))
		}
	}
	return out
}

func (b *builder) cross(id TerminalID, ride Arc, from, to int32, leaving bool) {
	t := &b.s.Net.Terminals[id]
	if t.OpenShare <= 0 {
		return
	}
	r := Resource{Key: b.terminalKey(t), Kind: BorderResource, Family: b.s.Net.Modes[ride.Mode].Family,
		CapacityTPerYr: t.CapacityTPerYr * t.OpenShare, RefTimeH: t.DwellH, Link: -1, Node: t.Node}
	quota := t.QuotaInTPerYr
	direction := -1
	if leaving {
		quota, direction = t.QuotaOutTPerYr, 1
	}
	a := Arc{From: from, To: to, Kind: Cross, Mode: ride.Mode, Link: ride.Link, Forward: ride.Forward, Terminal: id, Service: -1,
		Form: NoForm, Allowed: t.Forms & ride.Allowed}
	switch {
	case !math.IsNaN(quota):
		// A quota is a paper limit on one direction and binds before the
		// gates do, so it stands in their place; all links of the row share it.
		r.CapacityTPerYr, r.Direction = quota, direction
		a.Resource = b.once(fmt.Sprintf("\x00quota %d %d", id, direction), r)
	case t.CapacityGroup != "":
		a.Resource = b.shared(t.CapacityGroup, r)
	default:
		a.Resource = b.once(fmt.Sprintf("\x00row %d", id), r)
	}
	b.arc(a)
}

// terminalKey names a terminal row for people: place, what, forms.
func (b *builder) terminalKey(t *Terminal) string {
	key := b.s.Net.Nodes[t.Node].Key + " " + string(t.Kind) + " " + t.FromMode
	if t.ToMode != t.FromMode {
		key += "-" + t.ToMode
	}
	if t.AtLink != "" {
		key += " " + t.AtLink
	}
	if t.Forms != AllForms && t.Kind != Border {
		for _, f := range t.Forms.Forms() {
			key += " " + f.String()
		}
	}
	return key
}

func (b *builder) terminal(id TerminalID) {
	t := &b.s.Net.Terminals[id]
	if t.Kind == Border || t.OpenShare <= 0 {
		return
	}
	from, to := b.modeOf[t.FromMode], b.modeOf[t.ToMode]
	family := b.s.Net.Modes[to].Family
	res := b.shared(t.CapacityGroup, Resource{Key: b.terminalKey(t), Kind: TerminalResource, Family: family,
		CapacityTPerYr: t.CapacityTPerYr * t.OpenShare, RefTimeH: t.DwellH, Link: -1, Node: t.Node})
	b.change(id, t, from, to, res)
	if !t.Directed && from != to {
		b.change(id, t, to, from, res)
	}
}

// change adds the arcs from one mode to another at a terminal: one where both
// sides are joined freely, else one for each form that has a layer there.
func (b *builder) change(id TerminalID, t *Terminal, from, to int16, res int32) {
	modes := b.s.Net.Modes
	a := Arc{Kind: AtTerminal, Mode: to, Before: from, Link: -1, Terminal: id, Service: -1, Resource: res, Form: NoForm, Allowed: t.Forms}
	if !modes[from].TransferAtTerminal && !modes[to].TransferAtTerminal {
		a.From, a.To = b.state(t.Node, from, NoForm, land), b.out(t.Node, to)
		b.arc(a)
		return
	}
	for _, f := range t.Forms.Forms() {
		a.Form, a.Allowed = f, FormSet(0).With(f)
		if modes[from].TransferAtTerminal {
			a.From = b.state(t.Node, from, f, arrived)
		} else {
			a.From = b.state(t.Node, from, NoForm, land)
		}
		if modes[to].TransferAtTerminal {
			a.To = b.state(t.Node, to, f, toDepart)
		} else {
			a.To = b.out(t.Node, to)
		}
		b.arc(a)
	}
}

// service adds the boards, rides and alights of a scheduled service, in both
// directions: goods may stay aboard at a call.
func (b *builder) service(id ServiceID) error {
	n := b.s.Net
	s := &n.Services[id]
	calls, err := n.Calls(s)
	if err != nil {
		return err
	}
	for _, l := range s.Links {
		if n.Links[l].OpenShare <= 0 {
			return nil // a link that is closed stops the whole service
		}
	}
	mode := b.modeOf[n.Links[s.Links[0]].Mode]
	atTerminal := n.Modes[mode].TransferAtTerminal
	for dir := 0; dir < 2; dir++ {
		res := make([]int32, len(s.Links))
		for k, l := range s.Links {
			capacity := s.SailingsPerWeek * s.CapacityTPerVessel * weeksPerYear * n.Links[l].OpenShare
			_, _, freeH := b.cap(l)
			direction := 1
			if dir == 1 {
				direction = -1
			}
			res[k] = b.resource(Resource{Key: s.Key, Kind: ServiceResource, Family: n.Modes[mode].Family, Direction: direction,
				CapacityTPerYr: capacity, RefTimeH: freeH, Link: l, Node: -1})
		}
		forms := []Form{NoForm}
		if atTerminal {
			forms = s.Forms.Forms()
		}
		for _, f := range forms {
			b.run(id, calls, mode, f, dir == 1, res)
		}
	}
	return nil
}

const weeksPerYear = 365.0 / 7

// run adds one direction of a service in one layer.
func (b *builder) run(id ServiceID, calls []NodeID, mode int16, f Form, back bool, res []int32) {
	n := b.s.Net
	s := &n.Services[id]
	allowed := s.Forms
	board, alight := toDepart, arrived
	if f == NoForm {
		board, alight = land, land
	} else {
		allowed = FormSet(0).With(f)
	}
	count := len(calls)
	at := func(i int) NodeID {
		if back {
			return calls[count-1-i]
		}
		return calls[i]
	}
	aboard := make([]int32, count)
	for i := range aboard {
		aboard[i] = b.newState(State{at(i), mode, f})
	}
	for i := 0; i < count; i++ {
		if i < count-1 {
			start := b.state(at(i), mode, f, board)
			if f == NoForm {
				start = b.out(at(i), mode)
			}
			b.arc(Arc{From: start, To: aboard[i], Kind: Board, Mode: mode, Form: f, Allowed: allowed, Link: -1, Terminal: -1, Service: id, Resource: -1})
			k := i
			if back {
				k = count - 2 - i
			}
			link := s.Links[k]
			b.arc(Arc{From: aboard[i], To: aboard[i+1], Kind: Ride, Forward: n.Links[link].From == at(i), Mode: mode, Form: f,
				Allowed: allowed, Link: link, Terminal: -1, Service: id, Resource: res[k]})
		}
		if i > 0 {
			b.arc(Arc{From: aboard[i], To: b.state(at(i), mode, f, alight), Kind: Alight, Mode: mode, Form: f, Allowed: allowed, Link: -1, Terminal: -1, Service: id, Resource: -1})
		}
	}
}

// Calls gives the nodes at which a service calls, in order. Links that do not
// follow one another are an error.
func (n *Network) Calls(s *Service) ([]NodeID, error) {
	if len(s.Links) == 0 {
		return nil, fmt.Errorf("network: service %s: has no links", s.Key)
	}
	first := n.Links[s.Links[0]]
	calls := []NodeID{first.From, first.To}
	if len(s.Links) > 1 {
		next := n.Links[s.Links[1]]
		if first.From == next.From || first.From == next.To {
			calls[0], calls[1] = calls[1], calls[0]
		}
	}
	for _, id := range s.Links[1:] {
		l := n.Links[id]
		if l.Mode != first.Mode {
			return nil, fmt.Errorf("network: service %s: link %s is of mode %s, the first of %s", s.Key, l.Key, l.Mode, first.Mode)
		}
		switch calls[len(calls)-1] {
		case l.From:
			calls = append(calls, l.To)
		case l.To:
			calls = append(calls, l.From)
		default:
			return nil, fmt.Errorf("network: service %s: link %s does not follow the one before it", s.Key, l.Key)
		}
	}
	return calls, nil
}

func (b *builder) zones(count int) {
	b.s.Origin, b.s.Destination = make([]int32, count), make([]int32, count)
	for z := 0; z < count; z++ {
		b.s.Origin[z] = b.newState(State{-1, -1, NoForm})
		b.s.Destination[z] = b.newState(State{-1, -1, NoForm})
	}
	for i, c := range b.s.Connectors {
		for m, mode := range b.s.Net.Modes {
			if mode.TransferAtTerminal || c.Mode != "" && c.Mode != mode.Key {
				continue
			}
			st, ok := b.states[layerKey{c.Node, int16(m), NoForm, land}]
			if !ok {
				continue
			}
			b.arc(Arc{From: b.s.Origin[c.Zone], To: st, Kind: Access, Mode: int16(m), Form: NoForm, Allowed: AllForms, Link: -1, Terminal: TerminalID(i), Service: -1, Resource: -1})
			b.arc(Arc{From: b.out(c.Node, int16(m)), To: b.s.Destination[c.Zone], Kind: Egress, Mode: int16(m), Form: NoForm, Allowed: AllForms, Link: -1, Terminal: TerminalID(i), Service: -1, Resource: -1})
		}
	}
}
