package network_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/routing"
)

// sketch makes a network from short words.
type sketch struct {
	t   *testing.T
	net *network.Network
	id  map[string]network.NodeID
}

// draw starts a network with nodes written "key:country".
func draw(t *testing.T, nodes ...string) *sketch {
	s := &sketch{t: t, net: &network.Network{Modes: network.StandardModes}, id: map[string]network.NodeID{}}
	for i, n := range nodes {
		key, country, _ := strings.Cut(n, ":")
		s.id[key] = network.NodeID(i)
		s.net.Nodes = append(s.net.Nodes, network.Node{Key: key, Country: country, Lon: float64(i)})
	}
	return s
}

// link adds a link "mode key from-to" of some km.
func (s *sketch) link(mode, key, ends string, km float64) *network.Link {
	from, to, _ := strings.Cut(ends, "-")
	s.net.Links = append(s.net.Links, network.Link{Key: key, Mode: mode, From: s.id[from], To: s.id[to], LengthKm: km, Tracks: 1,
		SpeedKmPerH: math.NaN(), FreeTimeH: math.NaN(), CapacityTPerYr: math.NaN(), Forms: network.AllForms, RateFactor: 1, Status: "open", OpenShare: 1})
	return &s.net.Links[len(s.net.Links)-1]
}

// at adds a terminal row at a node.
func (s *sketch) at(node string, kind network.Kind, from, to string, dwellH float64) *network.Terminal {
	s.net.Terminals = append(s.net.Terminals, network.Terminal{Node: s.id[node], Kind: kind, FromMode: from, ToMode: to, Forms: network.AllForms,
		DwellH: dwellH, CapacityTPerYr: math.NaN(), OpenShare: 1, QuotaOutTPerYr: math.NaN(), QuotaInTPerYr: math.NaN()})
	return &s.net.Terminals[len(s.net.Terminals)-1]
}

func (s *sketch) service(key string, perWeek, vesselT float64, forms network.FormSet, links ...int) {
	v := network.Service{Key: key, Forms: forms, SailingsPerWeek: perWeek, CapacityTPerVessel: vesselT}
	for _, l := range links {
		v.Links = append(v.Links, network.LinkID(l))
	}
	s.net.Services = append(s.net.Services, v)
}

func (s *sketch) done() *network.Network {
	s.t.Helper()
	if err := s.net.Index(); err != nil {
		s.t.Fatal(err)
	}
	return s.net
}

// build spreads the network, with a zone for each of the nodes named
// "node" or "node/mode". Links go 10 km/h and carry what they state.
func (s *sketch) build(zones ...string) *network.Supernetwork {
	s.t.Helper()
	return s.buildOf(s.done(), zones...)
}

func (s *sketch) buildOf(n *network.Network, zones ...string) *network.Supernetwork {
	s.t.Helper()
	var connectors []network.Connector
	for z, word := range zones {
		node, mode, _ := strings.Cut(word, "/")
		connectors = append(connectors, network.Connector{Zone: int32(z), Node: s.id[node], Mode: mode})
	}
	super, err := network.Build(n, len(zones), connectors, func(id network.LinkID) (float64, network.Scope, float64) {
		l := n.Links[id]
		if math.IsNaN(l.CapacityTPerYr) {
			return math.Inf(1), l.CapacityScope, l.LengthKm / 10
		}
		return l.CapacityTPerYr, l.CapacityScope, l.LengthKm / 10
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return super
}

// cheapest finds the least hours from zone 0 to zone 1 for a form, with every
// ride at 10 km/h, the dwell of terminals and borders, and half a headway at
// each boarding, and says what it meets: links, @nodes and boarded services.
func cheapest(s *network.Supernetwork, form network.Form) (float64, string) {
	from, to, cost := make([]int32, len(s.Arcs)), make([]int32, len(s.Arcs)), make([]float64, len(s.Arcs))
	for i, a := range s.Arcs {
		from[i], to[i] = a.From, a.To
		switch a.Kind {
		case network.Ride:
			cost[i] = s.Net.Links[a.Link].LengthKm / 10
		case network.AtTerminal, network.Cross:
			cost[i] = s.Net.Terminals[a.Terminal].DwellH
		case network.Board:
			cost[i] = 84 / s.Net.Services[a.Service].SailingsPerWeek
		}
		if !a.Allowed.Has(form) || a.Form != network.NoForm && a.Form != form {
			cost[i] = math.Inf(1)
		}
	}
	g := routing.NewGraph(len(s.States), from, to)
	var tree routing.Tree
	tree.Grow(g, s.Origin[0], cost)
	var words []string
	for _, i := range tree.Path(g, s.Destination[1], nil) {
		switch a := s.Arcs[i]; a.Kind {
		case network.Ride:
			words = append(words, s.Net.Links[a.Link].Key)
		case network.AtTerminal, network.Cross:
			words = append(words, "@"+s.Net.Nodes[s.Net.Terminals[a.Terminal].Node].Key)
		case network.Board:
			words = append(words, "board:"+s.Net.Services[a.Service].Key)
		}
	}
	return tree.Cost[s.Destination[1]], strings.Join(words, " ")
}

func wantWay(t *testing.T, s *network.Supernetwork, form network.Form, hours float64, way string) {
	t.Helper()
	got, path := cheapest(s, form)
	if path != way || !(math.Abs(got-hours) < 1e-9 || math.IsInf(got, 1) && math.IsInf(hours, 1)) {
		t.Errorf("%s: got %q in %g h, want %q in %g h", form, path, got, way, hours)
	}
}

var nowhere = math.Inf(1)

// copyOf is a network's content, deep enough for what changes could reach.
func copyOf(n *network.Network) network.Network {
	c := network.Network{Modes: append([]network.Mode(nil), n.Modes...), Nodes: append([]network.Node(nil), n.Nodes...),
		Links: append([]network.Link(nil), n.Links...), Terminals: append([]network.Terminal(nil), n.Terminals...),
		Services: append([]network.Service(nil), n.Services...), Sections: append([]network.Section(nil), n.Sections...)}
	for i := range c.Services {
		c.Services[i].Links = append([]network.LinkID(nil), c.Services[i].Links...)
	}
	for i := range c.Sections {
		c.Sections[i].Links = append([]network.LinkID(nil), c.Sections[i].Links...)
	}
	return c
}

func same(n *network.Network, c network.Network) bool {
	// NaN is not equal to itself, so the comparison is of the words.
	word := func(n *network.Network) string {
		return fmt.Sprintf("%+v %+v %+v %+v %+v %+v", n.Modes, n.Nodes, n.Links, n.Terminals, n.Services, n.Sections)
	}
	return word(n) == word(&c)
}

// many is a network with something of each kind:
//
//	a --l0 (rail)-- b --l1 (rail, 2025 on)-- c     ferry f: b ~~l2~~ c
func many(t *testing.T) *sketch {
	s := draw(t, "a:AA", "b:AA", "c:AA")
	s.link("rail1520", "l0", "a-b", 100).CapacityTPerYr = 1000
	s.link("rail1520", "l1", "b-c", 100).OpenYear = 2025
	s.link("sea", "l2", "b-c", 50)
	s.link("road", "l3", "a-c", 300).Status = "planned"
	s.at("b", network.Transfer, "rail1520", "sea", 12).CapacityTPerYr = 500
	s.service("f", 7, 100, network.AllForms, 2)
	s.net.Sections = []network.Section{{Key: "s", Links: []network.LinkID{0}, Gauge: 1520, Tracks: 1, RunForwardMin: 24, RunBackMin: 25, LongestBlockKm: 20, TrainNetLoadT: 1500}}
	s.done()
	return s
}

var everyChange = []network.Change{
	{Kind: network.AddLink, NewLink: &network.Link{Key: "new", Mode: "road", LengthKm: 1, OpenShare: 1, Status: "open"}},
	{Kind: network.OpenLink, Links: []string{"l3"}},
	{Kind: network.CloseLink, Links: []string{"l1"}},
	{Kind: network.ChangeLink, Links: []string{"l0", "l1"}, Set: map[string]float64{"length_km": 90, "tracks": 2}},
	{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "b"}, Multiply: map[string]float64{"dwell_h": 0.5}},
	{Kind: network.AddTerminal, NewRow: &network.Terminal{Node: 2, Kind: network.Transfer, FromMode: "rail1520", ToMode: "sea", OpenShare: 1}},
	{Kind: network.ChangeService, Services: []string{"f"}, Set: map[string]float64{"sailings_per_week": 14}},
	{Kind: network.ChangeRailSection, Sections: []string{"s"}, Set: map[string]float64{"longest_block_km": 10}},
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	n := many(t).net
	before := copyOf(n)
	for _, year := range []int{2020, 2025, 2030} {
		n.At(year)
		if !same(n, before) {
			t.Fatalf("At(%d) changed the network", year)
		}
	}
	changed, err := n.Apply(everyChange, 2025)
	if err != nil {
		t.Fatal(err)
	}
	changed.At(2025)
	if !same(n, before) {
		t.Error("Apply changed the network that it was called on")
	}
	if _, ok := n.LinkByKey("new"); ok {
		t.Error("the added link is found in the original")
	}
	// What was changed is changed in the copy.
	if id, ok := changed.LinkByKey("new"); !ok || changed.Links[id].Key != "new" {
		t.Error("the added link is not found in the copy")
	}
	if l := changed.Links[0]; l.LengthKm != 90 || l.Tracks != 2 {
		t.Errorf("l0 has %g km and %d tracks, want 90 and 2", l.LengthKm, l.Tracks)
	}
	if d := changed.Terminals[0].DwellH; d != 6 {
		t.Errorf("dwell at b: got %g h, want 6", d)
	}
	if v := changed.Services[0].SailingsPerWeek; v != 14 {
		t.Errorf("f sails %g times a week, want 14", v)
	}
	// Half the block: half the running times.
	if x := changed.Sections[0]; x.LongestBlockKm != 10 || x.RunForwardMin != 12 || x.RunBackMin != 12.5 {
		t.Errorf("section s: got %+v", x)
	}
}

func TestUnchangedPartsAreShared(t *testing.T) {
	n := many(t).net
	at := n.At(2025)
	changed, err := n.Apply(nil, 2025)
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]*network.Network{"At": at, "Apply": changed} {
		if &out.Nodes[0] != &n.Nodes[0] {
			t.Errorf("%s copies the nodes", name)
		}
		if &out.Modes[0] != &n.Modes[0] {
			t.Errorf("%s copies the modes", name)
		}
	}
	if &at.Terminals[0] != &n.Terminals[0] {
		t.Error("At copies the terminals, which do not depend on the year")
	}
	if !same(changed, copyOf(n)) {
		t.Error("Apply without changes gives another network")
	}
}

func TestAtYear(t *testing.T) {
	s := many(t)
	s.net.Links[0].CloseYear = 2030
	s.net.Services[0].OpenYear = 2022
	n := s.done()
	for _, c := range []struct {
		year            int
		links, services string
	}{
		{2020, "l0 l2", ""}, {2022, "l0 l2", "f"}, {2024, "l0 l2", "f"}, {2025, "l0 l1 l2", "f"}, {2029, "l0 l1 l2", "f"}, {2030, "l1 l2", "f"},
	} {
		t.Run(fmt.Sprint(c.year), func(t *testing.T) {
			at := n.At(c.year)
			var links, services []string
			for i, l := range at.Links {
				links = append(links, l.Key)
				if id, ok := at.LinkByKey(l.Key); !ok || int(id) != i {
					t.Errorf("link %s is looked up as %d, want %d", l.Key, id, i)
				}
			}
			for _, v := range at.Services {
				services = append(services, v.Key)
				if at.Links[v.Links[0]].Key != "l2" {
					t.Errorf("service %s runs over %s", v.Key, at.Links[v.Links[0]].Key)
				}
			}
			if strings.Join(links, " ") != c.links || strings.Join(services, " ") != c.services {
				t.Errorf("got %v and %v", links, services)
			}
		})
	}
}

func TestChangesHaveYears(t *testing.T) {
	n := many(t).net
	c := []network.Change{{Kind: network.ChangeLink, Links: []string{"l0"}, Set: map[string]float64{"length_km": 80}, FromYear: 2022, UntilYear: 2025}}
	for year, want := range map[int]float64{2021: 100, 2022: 80, 2024: 80, 2025: 100} {
		out, err := n.Apply(c, year)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Links[0].LengthKm; got != want {
			t.Errorf("%d: got %g km, want %g", year, got, want)
		}
	}
	opened, err := n.Apply([]network.Change{{Kind: network.OpenLink, Links: []string{"l3"}, FromYear: 2023}, {Kind: network.CloseLink, Links: []string{"l0"}, FromYear: 2023}}, 2023)
	if err != nil {
		t.Fatal(err)
	}
	at := opened.At(2023)
	if _, ok := at.LinkByKey("l3"); !ok {
		t.Error("the opened link is not in service")
	}
	if _, ok := at.LinkByKey("l0"); ok {
		t.Error("the closed link is in service")
	}
}

func TestChangeOfWhatDoesNotExist(t *testing.T) {
	set := map[string]float64{"length_km": 5}
	for _, c := range []struct {
		name   string
		change network.Change
	}{
		{"change_link", network.Change{Kind: network.ChangeLink, Links: []string{"l9"}, Set: set}},
		{"close_link", network.Change{Kind: network.CloseLink, Links: []string{"l0", "l9"}}},
		{"open_link", network.Change{Kind: network.OpenLink, Links: []string{"l9"}}},
		{"add_link that is there", network.Change{Kind: network.AddLink, NewLink: &network.Link{Key: "l0"}}},
		{"change_service", network.Change{Kind: network.ChangeService, Services: []string{"g"}, Set: map[string]float64{"sailings_per_week": 1}}},
		{"change_rail_section", network.Change{Kind: network.ChangeRailSection, Sections: []string{"z"}, Set: map[string]float64{"tracks": 2}}},
		{"change_terminal, node", network.Change{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "a"}, Set: map[string]float64{"dwell_h": 1}}},
		{"change_terminal, form", network.Change{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Form: "parcels"}, Set: map[string]float64{"dwell_h": 1}}},
		{"unknown kind", network.Change{Kind: "paint_link", Links: []string{"l0"}}},
		{"unknown field of a link", network.Change{Kind: network.ChangeLink, Links: []string{"l0"}, Set: map[string]float64{"lenght_km": 5}}},
		{"unknown field of a terminal", network.Change{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "b"}, Multiply: map[string]float64{"dwell": 2}}},
		{"zero length", network.Change{Kind: network.ChangeLink, Links: []string{"l0"}, Set: map[string]float64{"length_km": 0}}},
		{"factor on what is not stated", network.Change{Kind: network.ChangeLink, Links: []string{"l1"}, Multiply: map[string]float64{"capacity_t_per_yr": 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := many(t).net
			before := copyOf(n)
			if _, err := n.Apply([]network.Change{c.change}, 2025); err == nil {
				t.Error("no error")
			}
			if !same(n, before) {
				t.Error("the original changed")
			}
			// Out of force it is not looked at.
			c.change.FromYear = 2030
			if _, err := n.Apply([]network.Change{c.change}, 2025); err != nil {
				t.Errorf("before its year: %v", err)
			}
		})
	}
}

// Every quantity that a change lists can be set, and can be multiplied.
func TestListedFieldsChange(t *testing.T) {
	targets := map[network.ChangeKind]network.Change{
		network.ChangeLink:        {Kind: network.ChangeLink, Links: []string{"l0"}},
		network.ChangeTerminal:    {Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "b"}},
		network.ChangeService:     {Kind: network.ChangeService, Services: []string{"f"}},
		network.ChangeRailSection: {Kind: network.ChangeRailSection, Sections: []string{"s"}},
	}
	for kind, change := range targets {
		for _, name := range network.ChangeFields(kind) {
			if name == "automatic_block" {
				continue // yes or no
			}
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				n := many(t).net
				n.Links[0].SpeedKmPerH, n.Links[0].FreeTimeH, n.Links[0].TariffUSDPerT = 40, 3, 2
				n.Terminals[0].DwellSDH, n.Terminals[0].CostUSDPerT, n.Terminals[0].FeeUSDPerT = 3, 4, 5
				n.Sections[0].PassengerTrains, n.Sections[0].LocalTrains, n.Sections[0].WindowMin = 6, 2, 60
				change.Set, change.Multiply = map[string]float64{name: 11}, nil
				out, err := n.Apply([]network.Change{change}, 2025)
				if err != nil {
					t.Fatal(err)
				}
				if same(out, copyOf(n)) {
					t.Error("set to 11: nothing changed")
				}
				change.Set, change.Multiply = nil, map[string]float64{name: 2}
				if out, err = n.Apply([]network.Change{change}, 2025); err != nil {
					t.Fatal(err)
				}
				if same(out, copyOf(n)) {
					t.Error("times 2: nothing changed, and no error")
				}
			})
		}
	}
}

// A break of gauge at g, or a way round by road:
//
//	a ==r1 (1520) 200 km== g ==r2 (1435) 200 km== b      40 h and the change
//	a -------------- road 600 km ----------------- b      60 h
func TestGaugeChangeAgainstDetour(t *testing.T) {
	for _, c := range []struct {
		name   string
		dwellH float64
		hours  float64
		way    string
	}{
		{"no wait", 0, 40, "r1 @g r2"},
		{"short wait", 12, 52, "r1 @g r2"},
		{"just below the detour", 19.9, 59.9, "r1 @g r2"},
		{"just above", 20.1, 60, "road"},
		{"days", 96, 60, "road"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := draw(t, "a:AA", "g:AA", "b:AA")
			s.link("rail1520", "r1", "a-g", 200)
			s.link("rail1435", "r2", "g-b", 200)
			s.link("road", "road", "a-b", 600)
			s.at("g", network.GaugeChange, "rail1520", "rail1435", c.dwellH)
			wantWay(t, s.build("a", "b"), network.Container, c.hours, c.way)
			back := "r2 @g r1"
			if c.way == "road" {
				back = "road"
			}
			wantWay(t, s.build("b", "a"), network.Container, c.hours, back)
		})
	}
	t.Run("no change without a row", func(t *testing.T) {
		s := draw(t, "a:AA", "g:AA", "b:AA")
		s.link("rail1520", "r1", "a-g", 200)
		s.link("rail1435", "r2", "g-b", 200)
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
	})
	t.Run("only in the direction and form of the row", func(t *testing.T) {
		s := draw(t, "a:AA", "g:AA", "b:AA")
		s.link("rail1520", "r1", "a-g", 200)
		s.link("rail1435", "r2", "g-b", 200)
		row := s.at("g", network.GaugeChange, "rail1520", "rail1435", 10)
		row.Directed, row.Forms = true, network.FormSet(0).With(network.Container)
		wantWay(t, s.build("a", "b"), network.Container, 50, "r1 @g r2")
		wantWay(t, s.build("a", "b"), network.DryBulk, nowhere, "")
		wantWay(t, s.build("b", "a"), network.Container, nowhere, "")
	})
}

// The gauge change at g takes 50 h. Rail to road takes 1 h there and road to
// rail another: two changes on the spot would be a way round the gauge change,
// and are not allowed. By 400 km of road to h and a terminal there they are.
//
//	a ==1520== g ==1435== b
//	           |road 400 km
//	           h ==1435 200 km== b
func TestNoTwoChangesWithoutARide(t *testing.T) {
	sketchOf := func() *sketch {
		s := draw(t, "a:AA", "g:AA", "b:AA", "h:AA")
		s.link("rail1520", "r1", "a-g", 200)
		s.link("rail1435", "r2", "g-b", 200)
		s.link("road", "street", "g-h", 400)
		s.at("g", network.GaugeChange, "rail1520", "rail1435", 50)
		s.at("g", network.Transfer, "rail1520", "road", 1)
		s.at("g", network.Transfer, "rail1435", "road", 1)
		return s
	}
	s := sketchOf()
	wantWay(t, s.build("a", "b"), network.Container, 90, "r1 @g r2")
	wantWay(t, s.build("b", "a"), network.Container, 90, "r2 @g r1")
	s = sketchOf()
	s.link("rail1435", "r3", "h-b", 200)
	s.at("h", network.Transfer, "rail1435", "road", 1)
	wantWay(t, s.build("a", "b"), network.Container, 20+1+40+1+20, "r1 @g street @h r3")
	// One change and a zone at the place itself are fine.
	s = sketchOf()
	wantWay(t, s.build("a", "h"), network.Container, 20+1+40, "r1 @g street")
	wantWay(t, s.build("g/rail1520", "b"), network.Container, 50+20, "@g r2")
}

// Goods never pass through a zone: c is a zone whose connectors join road and
// rail for nothing.
//
//	a ==rail== c --road-- b      no terminal at c
func TestNoWayThroughAZone(t *testing.T) {
	s := draw(t, "a:AA", "c:AA", "b:AA")
	s.link("rail1520", "r", "a-c", 100)
	s.link("road", "h", "c-b", 100)
	wantWay(t, s.build("a", "b", "c"), network.Container, nowhere, "")
}

// A ferry calls at three ports; another starts at the second:
//
//	p ~~s1 100 km~~ q ~~s2 100 km~~ r      "long" p-q-r, 2 a week: waits 42 h
//	                q ~~s2~~~~~~~~~ r      "short" q-r, 7 a week: waits 12 h
//
// Ports join the ships to road at 5 h.
func ports(t *testing.T) *sketch {
	s := draw(t, "p:AA", "q:AA", "r:AA", "a:AA", "b:AA", "c:AA")
	s.link("sea", "s1", "p-q", 100)
	s.link("sea", "s2", "q-r", 100)
	s.link("road", "ra", "a-p", 10)
	s.link("road", "rb", "r-b", 10)
	s.link("road", "rc", "q-c", 10)
	for _, port := range []string{"p", "q", "r"} {
		s.at(port, network.Transfer, "road", "sea", 5)
	}
	s.service("long", 2, 1000, network.FormSet(0).With(network.Container).With(network.RoRo), 0, 1)
	return s
}

func TestServices(t *testing.T) {
	t.Run("stays aboard at a call", func(t *testing.T) {
		wantWay(t, ports(t).build("a", "b"), network.Container, 1+5+42+10+10+5+1, "ra @p board:long s1 s2 @r rb")
	})
	t.Run("and back", func(t *testing.T) {
		wantWay(t, ports(t).build("b", "a"), network.Container, 1+5+42+10+10+5+1, "rb @r board:long s2 s1 @p ra")
	})
	t.Run("alights and boards at a call", func(t *testing.T) {
		wantWay(t, ports(t).build("a", "c"), network.RoRo, 1+5+42+10+5+1, "ra @p board:long s1 @q rc")
		wantWay(t, ports(t).build("c", "b"), network.RoRo, 1+5+42+10+5+1, "rc @q board:long s2 @r rb")
	})
	t.Run("the more frequent of two", func(t *testing.T) {
		s := ports(t)
		s.service("short", 7, 1000, network.FormSet(0).With(network.Container), 1)
		wantWay(t, s.build("c", "b"), network.Container, 1+5+12+10+5+1, "rc @q board:short s2 @r rb")
		wantWay(t, s.build("c", "b"), network.RoRo, 1+5+42+10+5+1, "rc @q board:long s2 @r rb")
		// From a it stays aboard: no change of ship without a transhipment row.
		wantWay(t, s.build("a", "b"), network.Container, 74, "ra @p board:long s1 s2 @r rb")
	})
	t.Run("two ships join only at a transhipment", func(t *testing.T) {
		s := ports(t)
		s.net.Services = nil
		s.net.Links[4].OpenShare = 0 // no turning round on the road at q either
		s.service("west", 2, 1000, network.AllForms, 0)
		s.service("east", 7, 1000, network.AllForms, 1)
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
		s.at("q", network.Transhipment, "sea", "sea", 3).Forms = network.FormSet(0).With(network.Container)
		wantWay(t, s.build("a", "b"), network.Container, 1+5+42+10+3+12+10+5+1, "ra @p board:west s1 @q board:east s2 @r rb")
		wantWay(t, s.build("a", "b"), network.RoRo, nowhere, "")
	})
	t.Run("a form that it does not carry goes by tramp", func(t *testing.T) {
		// Not on the schedule, so no wait, and ports join its links.
		s := ports(t)
		s.at("q", network.Transhipment, "sea", "sea", 3)
		wantWay(t, s.build("a", "b"), network.DryBulk, 1+5+10+3+10+5+1, "ra @p s1 @q s2 @r rb")
	})
	t.Run("capacity each direction", func(t *testing.T) {
		super := ports(t).build("a", "b")
		count := map[int]int{}
		for _, r := range super.Resources {
			if r.Kind == network.ServiceResource {
				count[r.Direction]++
				if want := 2 * 1000 * 365.0 / 7; math.Abs(r.CapacityTPerYr-want) > 1e-6 {
					t.Errorf("capacity %g, want %g", r.CapacityTPerYr, want)
				}
			}
		}
		if count[1] != 2 || count[-1] != 2 {
			t.Errorf("resources by direction: %v, want 2 legs each", count)
		}
	})
	t.Run("a train joins freely", func(t *testing.T) {
		s := draw(t, "a:AA", "b:AA")
		s.link("rail1520", "r", "a-b", 500)
		s.service("block train", 7, 2000, network.AllForms, 0)
		wantWay(t, s.build("a", "b"), network.Container, 50, "r") // the plain train needs no wait
	})
	t.Run("links that do not follow", func(t *testing.T) {
		s := ports(t)
		s.net.Services = nil
		s.service("broken", 2, 1000, network.AllForms, 0, 3)
		n := s.done()
		if _, err := n.Calls(&n.Services[0]); err == nil {
			t.Error("no error")
		}
	})
}

// Two berths at p share one quay of 900 t/yr, a third stands apart.
func TestCapacityGroup(t *testing.T) {
	s := draw(t, "p:AA", "q:AA", "a:AA")
	s.link("road", "r", "a-p", 10)
	s.link("rail1520", "t", "a-p", 10)
	s.link("sea", "s", "p-q", 100)
	for _, row := range []struct{ from, group string }{{"road", "quay"}, {"rail1520", "quay"}} {
		x := s.at("p", network.Transfer, row.from, "sea", 5)
		x.CapacityTPerYr, x.CapacityGroup = 900, row.group
	}
	s.at("q", network.Transfer, "road", "sea", 5).CapacityTPerYr = 700
	super := s.build("a", "q")
	quays := map[string]int{}
	used := map[int32]map[network.TerminalID]bool{}
	for _, r := range super.Resources {
		quays[r.Key]++
	}
	for _, a := range super.Arcs {
		if a.Kind == network.AtTerminal {
			if used[a.Resource] == nil {
				used[a.Resource] = map[network.TerminalID]bool{}
			}
			used[a.Resource][a.Terminal] = true
		}
	}
	if quays["quay"] != 1 || len(super.Resources) != 2 {
		t.Errorf("resources: %v, want one quay and one berth at q", quays)
	}
	for id, rows := range used {
		if id < 0 {
			t.Errorf("terminals %v share nothing", rows)
			continue
		}
		want, capacity := 1, 700.0
		if super.Resources[id].Key == "quay" {
			want, capacity = 2, 900
		}
		if len(rows) != want || super.Resources[id].CapacityTPerYr != capacity {
			t.Errorf("%s: %d rows share %g t/yr, want %d and %g", super.Resources[id].Key, len(rows), super.Resources[id].CapacityTPerYr, want, capacity)
		}
	}
}

// A single track is one resource for both directions, a double one two.
func TestScopeOfACapacity(t *testing.T) {
	for _, c := range []struct {
		name       string
		scope      network.Scope
		directions []int
	}{
		{"single track", network.BothDirections, []int{0}},
		{"double track", network.PerDirection, []int{1, -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := draw(t, "a:AA", "b:AA")
			l := s.link("rail1520", "r", "a-b", 100)
			l.CapacityTPerYr, l.CapacityScope = 500, c.scope
			super := s.build("a", "b")
			var got []int
			for _, r := range super.Resources {
				got = append(got, r.Direction)
			}
			if !reflect.DeepEqual(got, c.directions) {
				t.Fatalf("directions: got %v, want %v", got, c.directions)
			}
			seen := map[bool]int32{}
			for _, a := range super.Arcs {
				if a.Kind == network.Ride {
					seen[a.Forward] = a.Resource
				}
			}
			if one := seen[true] == seen[false]; one != (c.scope == network.BothDirections) {
				t.Errorf("the directions share a resource: %v", one)
			}
		})
	}
}

// crossings lists the Cross arcs by node, with "out" where goods leave it.
func crossings(s *network.Supernetwork) map[string][]network.Arc {
	out := map[string][]network.Arc{}
	for _, a := range s.Arcs {
		if a.Kind != network.Cross {
			continue
		}
		l := s.Net.Links[a.Link]
		node := s.Net.Terminals[a.Terminal].Node
		word := " in"
		if a.Forward == (l.From == node) {
			word = " out"
		}
		out[s.Net.Nodes[node].Key+word] = append(out[s.Net.Nodes[node].Key+word], a)
	}
	return out
}

// A border with a gate at each end of the link:
//
//	a --- x | y --- b      3 h at x in AA, 5 h at y in BB
//	    AA  |  BB
func border(t *testing.T) *sketch {
	s := draw(t, "a:AA", "x:AA", "y:BB", "b:BB")
	s.link("road", "ax", "a-x", 100)
	s.link("road", "xy", "x-y", 10)
	s.link("road", "yb", "y-b", 100)
	s.at("x", network.Border, "road", "road", 3)
	s.at("y", network.Border, "road", "road", 5)
	return s
}

func TestBorders(t *testing.T) {
	t.Run("both ends in series", func(t *testing.T) {
		s := border(t)
		wantWay(t, s.build("a", "b"), network.Container, 10+3+1+5+10, "ax @x xy @y yb")
		wantWay(t, s.build("b", "a"), network.Container, 10+5+1+3+10, "yb @y xy @x ax")
	})
	t.Run("nothing within a country", func(t *testing.T) {
		wantWay(t, border(t).build("a", "x"), network.Container, 10, "ax")
	})
	t.Run("goods that start at the gate cross it", func(t *testing.T) {
		wantWay(t, border(t).build("x", "y"), network.Container, 3+1+5, "@x xy @y")
	})
	t.Run("rows of another mode do not count", func(t *testing.T) {
		s := border(t)
		s.at("x", network.Border, "rail1520", "rail1520", 1000)
		wantWay(t, s.build("a", "b"), network.Container, 29, "ax @x xy @y yb")
	})
	t.Run("a row for one link", func(t *testing.T) {
		s := border(t)
		s.link("road", "xy2", "x-y", 20)
		s.net.Terminals[0].AtLink = "xy"
		s.net.Terminals[1].AtLink = "xy"
		wantWay(t, s.build("a", "b"), network.Container, 10+2+10, "ax xy2 yb")
	})
	t.Run("a form that a gate does not take", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[1].Forms = network.FormSet(0).With(network.Container)
		wantWay(t, s.build("a", "b"), network.Container, 29, "ax @x xy @y yb")
		wantWay(t, s.build("a", "b"), network.DryBulk, nowhere, "")
	})
	t.Run("rows for different forms stand side by side", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[0].Forms = network.FormSet(0).With(network.Container)
		s.at("x", network.Border, "road", "road", 7).Forms = network.FormSet(0).With(network.DryBulk)
		wantWay(t, s.build("a", "b"), network.Container, 10+3+1+5+10, "ax @x xy @y yb")
		wantWay(t, s.build("a", "b"), network.DryBulk, 10+7+1+5+10, "ax @x xy @y yb")
	})
	t.Run("both directions share the gates", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[0].CapacityTPerYr = 400
		c := crossings(s.build("a", "b"))
		out, in := c["x out"], c["x in"]
		if len(out) != 1 || len(in) != 1 || out[0].Resource < 0 || out[0].Resource != in[0].Resource {
			t.Errorf("out %+v, in %+v", out, in)
		}
	})
	t.Run("rows for two links have their own capacity", func(t *testing.T) {
		s := border(t)
		s.link("road", "xy2", "x-y", 20)
		s.net.Terminals[0].AtLink, s.net.Terminals[0].CapacityTPerYr = "xy", 400
		row := s.at("x", network.Border, "road", "road", 2)
		row.AtLink, row.CapacityTPerYr = "xy2", 900
		super := s.build("a", "b")
		for _, a := range crossings(super)["x out"] {
			want := super.Net.Terminals[a.Terminal].CapacityTPerYr
			if a.Resource < 0 || super.Resources[a.Resource].CapacityTPerYr != want {
				t.Errorf("row at %s: not the %g t/yr that it states: %+v", super.Net.Terminals[a.Terminal].AtLink, want, super.Resources)
			}
		}
	})
}

func TestQuotaByDirection(t *testing.T) {
	t.Run("out and in apart", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[0].QuotaOutTPerYr, s.net.Terminals[0].QuotaInTPerYr = 300, 200
		super := s.build("a", "b")
		c := crossings(super)
		for word, want := range map[string]struct {
			capacity  float64
			direction int
		}{"x out": {300, 1}, "x in": {200, -1}} {
			if len(c[word]) != 1 || c[word][0].Resource < 0 {
				t.Fatalf("%s: %+v", word, c[word])
			}
			if r := super.Resources[c[word][0].Resource]; r.CapacityTPerYr != want.capacity || r.Direction != want.direction || r.Kind != network.BorderResource {
				t.Errorf("%s: got %+v, want %g t/yr in direction %d", word, r, want.capacity, want.direction)
			}
		}
	})
	t.Run("out only: in keeps the gates", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[0].QuotaOutTPerYr, s.net.Terminals[0].CapacityTPerYr = 300, 800
		super := s.build("a", "b")
		c := crossings(super)
		out, in := super.Resources[c["x out"][0].Resource], super.Resources[c["x in"][0].Resource]
		if out.CapacityTPerYr != 300 || in.CapacityTPerYr != 800 {
			t.Errorf("out %g, in %g, want 300 and 800", out.CapacityTPerYr, in.CapacityTPerYr)
		}
	})
	t.Run("one quota for all links at the node", func(t *testing.T) {
		s := border(t)
		s.link("road", "xy2", "x-y", 20)
		s.net.Terminals[0].QuotaOutTPerYr = 300
		super := s.build("a", "b")
		ids := map[int32]bool{}
		for _, a := range crossings(super)["x out"] {
			ids[a.Resource] = true
		}
		if len(ids) != 1 {
			t.Errorf("the quota of 300 t/yr became %d resources of 300 each", len(ids))
		}
	})
}

func TestOpenShare(t *testing.T) {
	t.Run("a link at 0 is closed", func(t *testing.T) {
		s := border(t)
		s.net.Links[0].OpenShare = 0
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
	})
	t.Run("a border at 0 is closed", func(t *testing.T) {
		s := border(t)
		s.net.Terminals[1].OpenShare = 0
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
		wantWay(t, s.build("b", "a"), network.Container, nowhere, "")
	})
	t.Run("a terminal at 0 is closed", func(t *testing.T) {
		s := ports(t)
		s.net.Terminals[0].OpenShare = 0
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
		wantWay(t, s.build("c", "b"), network.Container, 64, "rc @q board:long s2 @r rb")
	})
	t.Run("a change to 0 closes", func(t *testing.T) {
		s := border(t)
		changed, err := s.done().Apply([]network.Change{{Kind: network.ChangeTerminal, Terminal: network.TerminalMatch{Node: "y", Kind: "border"}, Set: map[string]float64{"open_share": 0}}}, 2025)
		if err != nil {
			t.Fatal(err)
		}
		wantWay(t, s.buildOf(changed, "a", "b"), network.Container, nowhere, "")
		wantWay(t, s.build("a", "b"), network.Container, 29, "ax @x xy @y yb")
	})
	t.Run("a sea link at 0 stops its ferry", func(t *testing.T) {
		s := ports(t)
		s.net.Links[0].OpenShare = 0
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
	})
	t.Run("and a ferry of no stated capacity", func(t *testing.T) {
		s := ports(t)
		s.net.Links[0].OpenShare = 0
		s.net.Services[0].CapacityTPerVessel = math.NaN()
		wantWay(t, s.build("a", "b"), network.Container, nowhere, "")
	})
	t.Run("a part of the year is a part of the capacity", func(t *testing.T) {
		s := border(t)
		s.net.Links[0].CapacityTPerYr, s.net.Links[0].OpenShare = 1000, 0.25
		s.net.Terminals[0].CapacityTPerYr, s.net.Terminals[0].OpenShare = 400, 0.5
		super := s.build("a", "b")
		want := map[string]float64{"ax": 250, "x border road": 200}
		for _, r := range super.Resources {
			if w, ok := want[r.Key]; ok && r.CapacityTPerYr != w {
				t.Errorf("%s: got %g t/yr, want %g", r.Key, r.CapacityTPerYr, w)
			}
		}
	})
}

func TestGreatCircle(t *testing.T) {
	quarter := math.Pi / 2 * network.EarthRadiusKm
	for _, c := range []struct {
		name                   string
		lon1, lat1, lon2, lat2 float64
		km                     float64
	}{
		{"nothing", 49, 40, 49, 40, 0},
		{"along the equator", 0, 0, 90, 0, quarter},
		{"to the pole", 10, 0, -70, 90, quarter},
		{"antipodes", 0, 0, 180, 0, 2 * quarter},
		{"over the date line", 179, 0, -179, 0, quarter / 45},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := network.GreatCircleKm(c.lon1, c.lat1, c.lon2, c.lat2); math.Abs(got-c.km) > 1e-9*(1+c.km) {
				t.Errorf("got %g km, want %g", got, c.km)
			}
		})
	}
}
