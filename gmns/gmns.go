// Package gmns reads road networks in the General Modeling Network Specification
// (zephyr-data-specs/GMNS, version 0.96): a folder with node.csv, link.csv and config.csv, and
// trips by zone. It reads files whole and names every fault with its line.
//
// Of link.csv it takes link_id, from_node_id, to_node_id, directed, length, free_speed, capacity
// (vehicles an hour and lane), lanes, toll, and vdf_alpha and vdf_beta of BPR where they stand;
// of node.csv node_id, node_type and zone_id. A node of the type centroid begins and ends paths
// and is never inside one. Units are those of config.csv (long_length, speed). Times are
// minutes.
package gmns

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/fault"
)

// Network is a road network. Nodes are 0 to Nodes-1 here, those that are no through nodes
// first.
type Network struct {
	Nodes        int
	FirstThrough int
	NodeID       []int         // by node: as in the file
	ZoneNode     map[int]int32 // by zone_id
	From, To     []int32
	LinkID       []string  // as in the file; both directions of a link have the same
	Capacity     []float64 // vehicles/h
	LengthKm     []float64
	FreeFlowMin  []float64
	Alpha, Beta  []float64
	Toll         []float64
}

// Trips are trips between zones.
type Trips struct {
	Origin, Dest []int32 // nodes
	Volume       []float64
}

// Options steer reading.
type Options struct {
	// Alpha and Beta are those of BPR for links without their own; Alpha below 0: then that is
	// a fault.
	Alpha, Beta float64
}

// table is a CSV file read by names of columns.
type table struct {
	file   string
	column map[string]int
	faults *fault.Faults
}

// row is a line of a table.
type row struct {
	t     *table
	line  int
	cells []string
}

func (t *table) fault(line int, field, value, format string, a ...any) {
	t.faults.Add(t.file, line, field, value, format, a...)
}

// read walks a file whose header must have some columns.
func read(path string, faults *fault.Faults, wanted []string, each func(row)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	t := &table{file: path, column: map[string]int{}, faults: faults}
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		t.fault(0, "", "", "the file is empty")
		return nil
	} else if err != nil {
		t.fault(1, "", "", "%v", err)
		return nil
	}
	for i, name := range header {
		t.column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	missing := false
	for _, name := range wanted {
		if _, ok := t.column[name]; !ok {
			t.fault(1, name, "", "the column is required")
			missing = true
		}
	}
	if missing {
		return nil
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var at *csv.ParseError
			line := 0
			if errors.As(err, &at) {
				line = at.StartLine
			}
			t.fault(line, "", "", "%v", err)
			return nil
		}
		line, _ := r.FieldPos(0)
		if len(cells) != len(header) {
			t.fault(line, "", "", "%d fields were expected, not %d", len(header), len(cells))
			continue
		}
		each(row{t, line, cells})
	}
}

// text gives a field, "" where there is none.
func (r row) text(name string) string {
	i, ok := r.t.column[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// whole reads a whole number.
func (r row) whole(name string) (int, bool) {
	text := r.text(name)
	v, err := strconv.Atoi(text)
	if err != nil {
		r.t.fault(r.line, name, text, "a whole number was expected")
	}
	return v, err == nil
}

// number reads a number of least or more, NaN where the field is empty.
func (r row) number(name string, least float64) float64 {
	text := r.text(name)
	if text == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < least {
		r.t.fault(r.line, name, text, "a number of %g or more was expected", least)
		return math.NaN()
	}
	return v
}

// first gives the first of some names that the table has, or the first name.
func (t *table) first(names ...string) string {
	for _, n := range names {
		if _, ok := t.column[n]; ok {
			return n
		}
	}
	return names[0]
}

// Units in km and km/h.
var (
	lengths = map[string]float64{"km": 1, "kilometers": 1, "kilometres": 1, "m": 0.001, "meters": 0.001, "metres": 0.001, "mi": 1.609344, "mile": 1.609344, "miles": 1.609344, "ft": 0.0003048, "feet": 0.0003048}
	speeds  = map[string]float64{"kph": 1, "km/h": 1, "kmh": 1, "mph": 1.609344}
)

// ReadNetwork reads the network of a folder.
func ReadNetwork(dir string, o Options) (*Network, error) {
	var faults fault.Faults
	n := &Network{ZoneNode: map[int]int32{}}
	lengthKm, speedKmPerH := 0.0, 0.0
	rows := 0
	err := read(filepath.Join(dir, "config.csv"), &faults, []string{"long_length", "speed"}, func(r row) {
		if rows++; rows > 1 {
			r.t.fault(r.line, "", "", "one row was expected")
		}
		for _, u := range []struct {
			name string
			in   map[string]float64
			into *float64
		}{{"long_length", lengths, &lengthKm}, {"speed", speeds, &speedKmPerH}} {
			v, ok := u.in[strings.ToLower(r.text(u.name))]
			if !ok {
				r.t.fault(r.line, u.name, r.text(u.name), "a unit was expected, one of %v", sorted(u.in))
			}
			*u.into = v
		}
	})
	if errors.Is(err, os.ErrNotExist) {
		faults.Add(filepath.Join(dir, "config.csv"), 0, "", "", "the file is required: it says the units of length and speed")
	} else if err != nil {
		return nil, err
	} else if rows == 0 && len(faults) == 0 {
		faults.Add(filepath.Join(dir, "config.csv"), 0, "", "", "one row was expected, with the units of length and speed")
	}
	nodes, err := n.readNodes(dir, &faults)
	if err != nil {
		return nil, err
	}
	if err := n.readLinks(dir, &faults, nodes, lengthKm, speedKmPerH, o); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return n, nil
}

func sorted(m map[string]float64) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// readNodes reads node.csv, and gives the node of each node_id.
func (n *Network) readNodes(dir string, faults *fault.Faults) (map[int]int32, error) {
	type node struct {
		id, zone int
		centroid bool
		line     int
	}
	var list []node
	lines := map[int]int{}
	path := filepath.Join(dir, "node.csv")
	err := read(path, faults, []string{"node_id"}, func(r row) {
		x := node{zone: -1, line: r.line}
		var ok bool
		if x.id, ok = r.whole("node_id"); !ok {
			return
		}
		if before, there := lines[x.id]; there {
			r.t.fault(r.line, "node_id", r.text("node_id"), "the node stands on line %d already", before)
			return
		}
		lines[x.id] = r.line
		if r.text("zone_id") != "" {
			if x.zone, ok = r.whole("zone_id"); !ok {
				return
			}
		}
		x.centroid = strings.EqualFold(r.text("node_type"), "centroid")
		list = append(list, x)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b node) int {
		switch {
		case a.centroid == b.centroid:
			return 0
		case a.centroid:
			return -1
		}
		return 1
	})
	index := make(map[int]int32, len(list))
	zoneLine := map[int]int{}
	for i, x := range list {
		index[x.id] = int32(i)
		n.NodeID = append(n.NodeID, x.id)
		if x.centroid {
			n.FirstThrough = i + 1
		}
		if x.zone < 0 {
			continue
		}
		if before, there := zoneLine[x.zone]; there {
			faults.Add(path, x.line, "zone_id", strconv.Itoa(x.zone), "the zone has its node on line %d already: one for each zone was expected", before)
			continue
		}
		zoneLine[x.zone] = x.line
		n.ZoneNode[x.zone] = int32(i)
	}
	n.Nodes = len(list)
	return index, nil
}

func (n *Network) readLinks(dir string, faults *fault.Faults, nodes map[int]int32, lengthKm, speedKmPerH float64, o Options) error {
	return read(filepath.Join(dir, "link.csv"), faults, []string{"link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed", "capacity", "lanes"}, func(r row) {
		end := func(name string) (int32, bool) {
			id, ok := r.whole(name)
			if !ok {
				return 0, false
			}
			v, ok := nodes[id]
			if !ok {
				r.t.fault(r.line, name, r.text(name), "node.csv has no such node")
			}
			return v, ok
		}
		from, okFrom := end("from_node_id")
		to, okTo := end("to_node_id")
		directed, err := strconv.ParseBool(strings.ToLower(r.text("directed")))
		if err != nil {
			r.t.fault(r.line, "directed", r.text("directed"), "true or false was expected")
		}
		need := func(name string, least float64) float64 {
			if r.text(name) == "" {
				r.t.fault(r.line, name, "", "a value is required")
				return math.NaN()
			}
			return r.number(name, least)
		}
		length, speed, lanes := need("length", 0), need("free_speed", 1e-9), need("lanes", 0)
		if lanes == 0 {
			return // closed
		}
		capacity := need("capacity", 0)
		alpha, beta := r.number(r.t.first("vdf_alpha", "vdf_alpha1"), 0), r.number(r.t.first("vdf_beta", "vdf_beta1"), 0)
		if math.IsNaN(alpha) || math.IsNaN(beta) {
			if o.Alpha < 0 {
				r.t.fault(r.line, "vdf_alpha", r.text("vdf_alpha"), "the link has no vdf_alpha and vdf_beta of its own, and none were given for all")
				return
			}
			alpha, beta = o.Alpha, o.Beta
		}
		if alpha > 0 && (!(capacity > 0) || !(beta > 0)) {
			r.t.fault(r.line, "capacity", r.text("capacity"), "more than 0 was expected of a link with delay, and of vdf_beta")
			return
		}
		toll := r.number("toll", 0)
		if math.IsNaN(toll) {
			toll = 0
		}
		if !okFrom || !okTo || err != nil || math.IsNaN(length+speed+lanes+capacity) {
			return
		}
		km := length * lengthKm
		minutes := 0.0
		if speedKmPerH > 0 {
			minutes = 60 * km / (speed * speedKmPerH)
		}
		for _, ends := range [][2]int32{{from, to}, {to, from}} {
			n.From, n.To = append(n.From, ends[0]), append(n.To, ends[1])
			n.LinkID, n.Capacity = append(n.LinkID, r.text("link_id")), append(n.Capacity, capacity*lanes)
			n.LengthKm, n.FreeFlowMin = append(n.LengthKm, km), append(n.FreeFlowMin, minutes)
			n.Alpha, n.Beta, n.Toll = append(n.Alpha, alpha), append(n.Beta, beta), append(n.Toll, toll)
			if directed {
				break
			}
		}
	})
}

// ReadTrips reads a CSV of trips between the zones of a network: o_zone_id, d_zone_id, volume.
// Zones without a node in the network are faults.
func ReadTrips(path string, n *Network) (*Trips, error) {
	var faults fault.Faults
	t := &Trips{}
	err := read(path, &faults, []string{"o_zone_id", "d_zone_id", "volume"}, func(r row) {
		zone := func(name string) (int32, bool) {
			id, ok := r.whole(name)
			if !ok {
				return 0, false
			}
			v, ok := n.ZoneNode[id]
			if !ok {
				r.t.fault(r.line, name, r.text(name), "no node of the network has this zone_id")
			}
			return v, ok
		}
		from, okFrom := zone("o_zone_id")
		to, okTo := zone("d_zone_id")
		v := r.number("volume", 0)
		if r.text("volume") == "" {
			r.t.fault(r.line, "volume", "", "a value is required")
		}
		if okFrom && okTo && v > 0 {
			t.Origin, t.Dest, t.Volume = append(t.Origin, from), append(t.Dest, to), append(t.Volume, v)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return t, nil
}
