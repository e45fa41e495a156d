package study

import (
	"fmt"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/od"
)

// check makes the checks that need the whole study. A check is left out only
// where a fault in the files that it looks at would make it tell the same
// again.
func (l *loader) check() {
	in := l.in
	if !l.exists("scenario", "base") && in.Name != "" {
		in.Scenarios = append([]karvan.Scenario{{Key: "base", Title: map[string]string{"en": "Base"}}}, in.Scenarios...)
		l.define("scenario", "scenario", 0, "id", "base")
	}
	l.resolve()
	l.checkPipelines()
	l.checkPipelineChanges()
	l.runLater("register")
	if !l.unread["network/terminal.csv"] && !l.unread["network/node.csv"] {
		l.runLater("terminal")
	}
	if !l.unread["cost.csv"] {
		l.runLater("cost")
	}
	l.runLater("trade")
	l.checkSeries()
	l.checkTrade()
	l.checkParents()
	l.checkObservations()
	l.checkGroups()
	if !l.f.in("growth.csv", "study.yaml", "zone.csv") {
		l.checkGrowth()
	}
	if len(in.Demand) == 0 && !l.f.in("demand/", "zone.csv", "commodity.csv") {
		l.f.errorf("demand", 0, "", "", "there are no goods: a file in demand/ with at least one row was expected")
	}
	if err := in.Network.Index(); err != nil {
		return // an id that occurs twice, told already
	}
	if !l.f.in("commodity.csv") {
		l.checkTerminals()
	}
	if !l.f.in("network/terminal.csv", "network/node.csv") {
		l.checkBorders()
	}
	l.checkEffects()
	if !l.f.in("network/", "zone.csv", "commodity.csv", "cost.csv", "growth.csv", "study.yaml", "source.csv", "demand", "pipeline/") {
		l.checkPaths()
	}
}

// runLater makes the checks of one kind that were put off.
func (l *loader) runLater(kind string) {
	for _, c := range l.later {
		if c.kind == kind {
			c.check()
		}
	}
}

// checkGroups names capacity groups that no terminal or link is part of.
func (l *loader) checkGroups() {
	known := map[string]bool{}
	for _, t := range l.in.Network.Terminals {
		known[t.CapacityGroup] = true
	}
	for _, k := range l.in.Network.Links {
		known[k.CapacityGroup] = true
	}
	if l.f.in("network/terminal.csv", "network/link.csv") {
		return
	}
	for _, s := range l.in.Scenarios {
		for _, g := range s.Relaxes.Groups {
			if !known[g] {
				l.f.errorf(l.rows.scenarioFile[s.Key], l.rows.relaxesLine[s.Key], "relaxes.groups", g, "there is no capacity group with this id%s", nearest(g, sortedKeys(known)))
			}
		}
	}
}

// checkParents names scenarios whose parents go round in a circle.
func (l *loader) checkParents() {
	parent := map[string]string{}
	for _, s := range l.in.Scenarios {
		parent[s.Key] = s.Parent
	}
	for _, s := range l.in.Scenarios {
		seen := map[string]bool{}
		for at := s.Key; at != ""; at = parent[at] {
			if seen[at] {
				l.f.errorf(l.rows.scenarioFile[s.Key], l.rows.parentLine[s.Key], "parent", s.Parent, "the parents of the scenario go round in a circle")
				break
			}
			seen[at] = true
		}
	}
}

// checkObservations makes sure that what rests on a row kept apart is kept
// apart too, so that no demand is set from it.
func (l *loader) checkObservations() {
	role := map[string]string{}
	for _, o := range l.in.Observations {
		role[o.Key] = o.Role
	}
	unit := map[string]string{}
	for _, m := range l.in.Measures {
		unit[m.Indicator] = m.Unit
	}
	for _, o := range l.in.Observations {
		at := l.known["observation"].at[o.Key]
		for _, parent := range strings.Split(o.DerivedBy, ";") {
			if o.Role == "fit" && role[strings.TrimSpace(parent)] == "kept_apart" {
				l.f.errorf(at.file, at.line, "role", o.Role, "%s is derived from %s, which is kept apart, so it must be kept apart too", o.Key, parent)
			}
		}
		if u := unit[o.Indicator]; u != "" && o.Year > 0 && u != o.Unit {
			l.f.errorf(at.file, at.line, "unit", o.Unit, "the study models %s in %s", o.Indicator, u)
		}
	}
}

// checkGrowth makes sure that demand can be carried to every year.
func (l *loader) checkGrowth() {
	in := l.in
	if len(in.Years) == 0 || in.BaseYear == 0 || in.Years[len(in.Years)-1] <= in.BaseYear {
		return
	}
	said := map[string]bool{}
	for _, z := range in.Zones {
		if said[z.Country] {
			continue
		}
		said[z.Country] = true
		one := []od.Zone{z}
		if _, err := od.Carry(nil, one, in.Growth, nil, in.BaseYear, in.Years[len(in.Years)-1]); err != nil {
			l.f.errorf("growth.csv", 0, "country_iso2", z.Country, "no rate covers the country in every year from %d to %d; add a row for it or for *", in.BaseYear+1, in.Years[len(in.Years)-1])
		}
	}
}

// checkTerminals names terminal rows whose cargo forms no commodity can use,
// or that no link or service of their mode carries.
func (l *loader) checkTerminals() {
	var forms network.FormSet
	for _, c := range l.in.Commodities {
		forms |= c.Forms
	}
	carried := map[string]network.FormSet{}
	for _, link := range l.in.Network.Links {
		carried[link.Mode] |= link.Forms
	}
	for i, t := range l.in.Network.Terminals {
		line := l.rows.terminalLine[i]
		if t.Forms != 0 && t.Forms&forms == 0 {
			l.f.errorf("network/terminal.csv", line, "cargo_forms", formList(t.Forms), "no commodity of the study can be handled in this cargo form")
		}
		for _, mode := range []string{t.FromMode, t.ToMode} {
			if m, _ := l.in.Network.ModeByKey(mode); m.TransferAtTerminal && carried[mode]&t.Forms == 0 {
				l.f.warnf("network/terminal.csv", line, "cargo_forms", formList(t.Forms), "no link of mode %s carries this cargo form", mode)
			}
		}
		if t.AtLink != "" && t.Node >= 0 {
			id, ok := l.in.Network.LinkByKey(t.AtLink)
			if ok && l.in.Network.Links[id].From != t.Node && l.in.Network.Links[id].To != t.Node {
				l.f.errorf("network/terminal.csv", line, "at_link", t.AtLink, "the link does not end at %s", l.in.Network.Nodes[t.Node].Key)
			}
		}
	}
}

func formList(s network.FormSet) string {
	var out []string
	for _, f := range s.Forms() {
		out = append(out, f.String())
	}
	return strings.Join(out, ";")
}

// checkBorders names international links over land with no border row at
// either end: goods would cross without delay or fee.
func (l *loader) checkBorders() {
	n := l.in.Network
	border := map[[2]string]bool{}
	for _, t := range n.Terminals {
		if t.Kind == network.Border {
			border[[2]string{n.Nodes[t.Node].Key + "\x00" + t.FromMode, t.AtLink}] = true
		}
	}
	at := func(node network.NodeID, link *network.Link) bool {
		k := n.Nodes[node].Key + "\x00" + link.Mode
		return border[[2]string{k, ""}] || border[[2]string{k, link.Key}]
	}
	for i := range n.Links {
		link := &n.Links[i]
		mode, _ := n.ModeByKey(link.Mode)
		if mode.Family != network.Rail && mode.Family != network.Road || !n.International(link) || at(link.From, link) || at(link.To, link) {
			continue
		}
		l.f.errorf("network/link.csv", l.rows.linkLine[i], "link_id", link.Key, "the link goes from %s to %s, but network/terminal.csv has no border row for %s at %s or %s",
			n.Nodes[link.From].Country, n.Nodes[link.To].Country, link.Mode, n.Nodes[link.From].Key, n.Nodes[link.To].Key)
	}
}

// checkEffects names effects on links that do not exist in their year.
func (l *loader) checkEffects() {
	for _, s := range l.in.Scenarios {
		effects, err := l.in.Effects(s.Key)
		if err != nil {
			continue // a circle, said already
		}
		added := map[string]int{}
		for i := range effects {
			if effects[i].NewLink != nil {
				added[effects[i].NewLink.Key] = effects[i].FromYear
			}
			if effects[i].Kind == network.OpenLink {
				for _, k := range effects[i].Links {
					added[k] = effects[i].FromYear
				}
			}
		}
		l.effectsExist(s.Effects, "scenario "+s.Key, added)
	}
	for _, p := range l.in.Projects {
		added := map[string]int{}
		for _, e := range p.Effects {
			if e.NewLink != nil {
				added[e.NewLink.Key] = e.FromYear
			}
			if e.Kind == network.OpenLink {
				for _, k := range e.Links {
					added[k] = e.FromYear
				}
			}
		}
		l.effectsExist(p.Effects, "project "+p.Key, added)
	}
}

func (l *loader) effectsExist(effects []karvan.Effect, owner string, added map[string]int) {
	n := l.in.Network
	closed := map[string]int{}
	for i := range effects {
		e := &effects[i]
		at := l.rows.effectAt[owner][i]
		l.addedLink(e, at, effects)
		l.servicesRun(e, at)
		if at.links > 0 {
			at.line = at.links
		}
		year := e.FromYear
		if year == 0 {
			year = l.in.BaseYear
		}
		for _, key := range e.Links {
			id, ok := n.LinkByKey(key)
			from, isAdded := added[key]
			switch {
			case !ok && !isAdded && (l.exists("link", key) || l.unread["network/link.csv"]):
				// Its own row has a fault.
			case !ok && !isAdded:
				l.f.errorf(at.file, at.line, "links", key, "there is no link with this id%s", nearest(key, l.keysOf("link")))
			case e.Kind == network.OpenLink:
				delete(closed, key)
			case closed[key] != 0 && e.Kind != network.CloseLink && year >= closed[key]:
				l.f.errorf(at.file, at.line, "links", key, "%s acts from %d, but the link is closed from %d by an effect before it", e.Kind, year, closed[key])
			case isAdded && year < from:
				l.f.errorf(at.file, at.line, "links", key, "%s acts from %d, but the link opens in %d", e.Kind, year, from)
			case ok && !isAdded:
				link := &n.Links[id]
				l.checkNewLength(e, at, link)
				last := year
				if len(l.in.Years) > 0 {
					last = max(last, l.in.Years[len(l.in.Years)-1])
				}
				if e.Kind == network.CloseLink && e.UntilYear == 0 {
					closed[key] = year
				}
				if !l.everOpen(link, year, last) {
					l.f.errorf(at.file, at.line, "links", key, "%s acts from %d, but the link does not exist then (status %s, open_year %d); open it with open_link first",
						e.Kind, year, link.Status, link.OpenYear)
				}
			}
		}
	}
}

// addedLink names an added link over land and a border that no row, of
// terminal.csv or of the same list of effects, is for.
func (l *loader) addedLink(e *karvan.Effect, at place, effects []karvan.Effect) {
	if e.NewLink == nil || l.f.in("network/terminal.csv", "network/node.csv") {
		return
	}
	n, link := l.in.Network, e.NewLink
	mode, _ := n.ModeByKey(link.Mode)
	if mode.Family != network.Rail && mode.Family != network.Road || !n.International(link) {
		return
	}
	rows := append([]network.Terminal(nil), n.Terminals...)
	for _, other := range effects {
		if other.NewRow != nil {
			rows = append(rows, *other.NewRow)
		}
	}
	for _, t := range rows {
		if t.Kind == network.Border && t.FromMode == link.Mode && (t.Node == link.From || t.Node == link.To) && (t.AtLink == "" || t.AtLink == link.Key) {
			return
		}
	}
	l.f.errorf(at.file, at.line, at.field, link.Key, "the link goes from %s to %s, but there is no border row for %s at %s or %s; add one with add_terminal",
		n.Nodes[link.From].Country, n.Nodes[link.To].Country, link.Mode, n.Nodes[link.From].Key, n.Nodes[link.To].Key)
}

// servicesRun names services that do not run in any year of an effect on them.
func (l *loader) servicesRun(e *karvan.Effect, at place) {
	n := l.in.Network
	for _, key := range e.Services {
		id, ok := n.ServiceByKey(key)
		if !ok {
			continue // named already
		}
		s := n.Services[id]
		if e.UntilYear != 0 && s.OpenYear >= e.UntilYear || s.CloseYear != 0 && s.CloseYear <= e.FromYear {
			l.f.errorf(at.file, at.line, at.field+".services", key, "%s acts from %d, but the service does not run then (open_year %d, close_year %d)", e.Kind, e.FromYear, s.OpenYear, s.CloseYear)
		}
	}
}

// checkNewLength compares a length that an effect sets with the great circle.
func (l *loader) checkNewLength(e *karvan.Effect, at place, link *network.Link) {
	v, set := e.Set["length_km"]
	if f, times := e.Multiply["length_km"]; times {
		v, set = link.LengthKm*f, true
	}
	a, b := l.in.Network.Nodes[link.From], l.in.Network.Nodes[link.To]
	if circle := network.GreatCircleKm(a.Lon, a.Lat, b.Lon, b.Lat); set && v < circle*0.995-0.5 && !approximate(a) && !approximate(b) {
		l.f.errorf(at.file, at.line, "length_km", fmt.Sprint(v), "link %s would be shorter than the great circle between its ends (%.1f km)", link.Key, circle)
	}
}

func (l *loader) keysOf(kind string) []string {
	if set := l.known[kind]; set != nil {
		return set.list
	}
	return nil
}

// everOpen reports whether a link is in service in the year of an effect, or,
// for an effect without a year of its own, in a later year of the study.
func (l *loader) everOpen(link *network.Link, year, last int) bool {
	if network.OpenIn(link.Status, link.OpenYear, link.CloseYear, year) {
		return true
	}
	return year == l.in.BaseYear && network.OpenIn(link.Status, link.OpenYear, link.CloseYear, last)
}

// checkPaths names demand that no path serves in the base year, with the place
// where the path breaks.
func (l *loader) checkPaths() {
	model, err := karvan.New(l.in)
	if err != nil {
		l.f.errorf("scenario", 0, "", "", "%v", err)
		return
	}
	breaks, err := model.Breaks("base", l.in.BaseYear)
	if err != nil {
		l.f.errorf("cost.csv", 0, "", "", "%v", strings.TrimPrefix(err.Error(), "karvan: "))
		return
	}
	line := map[[3]int32]int{}
	for i, c := range l.in.Demand {
		k := [3]int32{int32(c.From), int32(c.To), int32(c.Commodity)}
		if _, ok := line[k]; !ok {
			line[k] = i
		}
	}
	for _, b := range breaks {
		i, ok := line[[3]int32{int32(b.From), int32(b.To), int32(b.Commodity)}]
		if !ok {
			continue
		}
		l.f.errorf(l.rows.cellFile[i], l.rows.cellLine[i], "to_zone", l.in.Zones[b.To].Key, "no path takes %s from %s to %s: %s",
			l.in.Commodities[b.Commodity].Key, l.in.Zones[b.From].Key, l.in.Zones[b.To].Key, b.String())
	}
}
