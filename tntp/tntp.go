// Package tntp reads the files of the Transportation Networks for Research: networks,
// trip tables and flows, with their quirks. It reads a file whole and names every fault
// with its line.
package tntp

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/karvan/karvan/internal/fault"
)

// Network is a road network. Nodes are 1 to Nodes in files and 0 to Nodes-1 here.
type Network struct {
	Zones, Nodes int
	FirstThrough int // nodes below it begin and end paths only; from 0
	From, To     []int32
	Capacity     []float64
	Length       []float64
	FreeFlow     []float64
	B, Power     []float64
	Toll         []float64
	// Candidates are the links that a file of a design problem has beside those of the
	// network (<NUMBER OF NEW LINKS>, and a last column "Cost"), in its order.
	Candidates []Candidate
}

// Candidate is a link that may be built, and what that costs.
type Candidate struct {
	From, To                                         int32
	Capacity, Length, FreeFlow, B, Power, Toll, Cost float64
}

// Trips is a trip table without its zeros, by origin; trips inside a zone are kept.
type Trips struct {
	Zones  int
	Origin []int32 // from 0
	Dest   []int32
	Volume []float64
	Total  float64 // as the file states it; NaN where it does not
}

// MaxBytes bounds what a file may unpack to.
const MaxBytes = 1 << 30

// scanner walks a file by fields.
type scanner struct {
	file   string
	data   []byte
	at     int
	line   int
	faults fault.Faults
}

func (s *scanner) fault(line int, field, value, format string, args ...any) {
	s.faults.Add(s.file, line, field, value, format, args...)
}

func open(path string) (*scanner, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("tntp: %s: %w", path, err)
		}
		if data, err = io.ReadAll(io.LimitReader(z, MaxBytes+1)); err != nil {
			return nil, fmt.Errorf("tntp: %s: %w", path, err)
		}
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("tntp: %s: the file is larger than %d MB", path, MaxBytes>>20)
	}
	return &scanner{file: path, data: data}, nil
}

// next gives the next line without its comment, end and blanks; false at the end.
func (s *scanner) next() ([]byte, bool) {
	for s.at < len(s.data) {
		end := bytes.IndexByte(s.data[s.at:], '\n')
		var text []byte
		if end < 0 {
			text, s.at = s.data[s.at:], len(s.data)
		} else {
			text, s.at = s.data[s.at:s.at+end], s.at+end+1
		}
		s.line++
		if tilde := bytes.IndexByte(text, '~'); tilde >= 0 {
			text = text[:tilde]
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, true
		}
	}
	return nil, false
}

// metadata reads the lines in angle brackets up to the end of the metadata. A file
// that begins with data has none.
func (s *scanner) metadata() map[string]string {
	out := map[string]string{}
	for {
		at, line := s.at, s.line
		text, ok := s.next()
		if !ok {
			return out
		}
		if text[0] != '<' {
			s.at, s.line = at, line
			return out
		}
		end := bytes.IndexByte(text, '>')
		if end < 0 {
			s.fault(s.line, "", string(text), "a name in <angle brackets> was expected")
			continue
		}
		name := strings.ToUpper(strings.TrimSpace(string(text[1:end])))
		if name == "END OF METADATA" {
			return out
		}
		out[name] = strings.TrimSpace(string(text[end+1:]))
	}
}

// count reads a whole number out of the metadata.
func (s *scanner) count(meta map[string]string, name string, least int, required bool) int {
	text, ok := meta[name]
	if !ok {
		if required {
			s.fault(0, name, "", "the metadata has no such line")
		}
		return 0
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > 1<<28 {
		s.fault(0, name, text, "a whole number of %d or more was expected", least)
		return 0
	}
	return v
}

// fields splits a line at blanks, a semicolon at its end left out.
func fields(text []byte, into [][]byte) [][]byte {
	into = into[:0]
	for i := 0; i < len(text); {
		for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r') {
			i++
		}
		if i >= len(text) || text[i] == ';' {
			break
		}
		from := i
		for i < len(text) && text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != ';' {
			i++
		}
		into = append(into, text[from:i])
	}
	return into
}

// powersOfTen are exact as float64.
var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a decimal number. Those of up to 15 digits are exact at once (Clinger
// 1990); others go the long way.
func number(text []byte) (float64, bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative, i = text[0] == '-', 1
	}
	mantissa, digits, scale := uint64(0), 0, 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		mantissa, digits = mantissa*10+uint64(text[i]-'0'), digits+1
	}
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			mantissa, digits, scale = mantissa*10+uint64(text[i]-'0'), digits+1, scale+1
		}
	}
	if i != len(text) || digits == 0 || digits > 15 {
		v, err := strconv.ParseFloat(string(text), 64)
		return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	v := float64(mantissa) / powersOfTen[scale]
	if negative {
		v = -v
	}
	return v, true
}

// netColumns are the fields of a line of a network, in their order.
var netColumns = [...]string{"init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type", "cost"}

// ReadNetwork reads a _net file, gzipped or not. Duplicate links are kept: they are two
// roads. A power of 0 with b above 0, times or capacities below what can be, and nodes
// beyond the number stated are faults. Where the metadata counts new links, each line ends
// with the cost of building it: 0 for the links that are there, which come first.
func ReadNetwork(path string) (*Network, error) {
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	meta := s.metadata()
	n := &Network{Zones: s.count(meta, "NUMBER OF ZONES", 1, true), Nodes: s.count(meta, "NUMBER OF NODES", 1, true)}
	links := s.count(meta, "NUMBER OF LINKS", 0, true)
	columns, candidates := netColumns[:len(netColumns)-1], 0
	if _, ok := meta["NUMBER OF NEW LINKS"]; ok {
		columns, candidates = netColumns[:], s.count(meta, "NUMBER OF NEW LINKS", 0, true)
	}
	if first := s.count(meta, "FIRST THRU NODE", 1, false); first > 0 {
		n.FirstThrough = first - 1
		if first > n.Nodes+1 && n.Nodes > 0 {
			s.fault(0, "FIRST THRU NODE", strconv.Itoa(first), "a node from 1 to %d, or one more, was expected", n.Nodes)
		}
	}
	if len(s.faults) > 0 {
		return nil, s.faults
	}
	if n.Zones > n.Nodes {
		s.fault(0, "NUMBER OF ZONES", strconv.Itoa(n.Zones), "no more than the %d nodes were expected", n.Nodes)
	}
	size := min(links, len(s.data)/10+1)
	n.From, n.To = make([]int32, 0, size), make([]int32, 0, size)
	for _, c := range []*[]float64{&n.Capacity, &n.Length, &n.FreeFlow, &n.B, &n.Power, &n.Toll} {
		*c = make([]float64, 0, size)
	}
	var parts [][]byte
	var v [len(netColumns)]float64
	for {
		text, ok := s.next()
		if !ok {
			break
		}
		if parts = fields(text, parts); len(parts) != len(columns) {
			s.fault(s.line, "", "", "%d fields were expected (%s), not %d", len(columns), strings.Join(columns, ", "), len(parts))
			continue
		}
		sound := true
		for k, p := range parts {
			if v[k], ok = number(p); !ok && netColumns[k] != "link_type" {
				s.fault(s.line, netColumns[k], string(p), "a number was expected")
				sound = false
			}
		}
		if !sound {
			continue
		}
		for k := range 2 {
			if v[k] != math.Trunc(v[k]) || v[k] < 1 || v[k] > float64(n.Nodes) {
				s.fault(s.line, netColumns[k], string(parts[k]), "a node from 1 to %d was expected", n.Nodes)
				sound = false
			}
		}
		capacity, fft, b, power := v[2], v[4], v[5], v[6]
		for _, c := range []struct {
			wrong bool
			k     int
			what  string
		}{{fft < 0, 4, "0 or more was expected"}, {b < 0, 5, "0 or more was expected"}, {power < 0, 6, "0 or more was expected"}, {v[3] < 0, 3, "0 or more was expected"}, {v[8] < 0, 8, "0 or more was expected"},
			{b > 0 && fft > 0 && !(capacity > 0), 2, "more than 0 was expected of a link with delay"}, {b > 0 && fft > 0 && power == 0, 6, "more than 0 was expected of a link with delay"}} {
			if c.wrong {
				s.fault(s.line, netColumns[c.k], string(parts[c.k]), "%s", c.what)
				sound = false
			}
		}
		if len(columns) == len(netColumns) {
			switch cost := v[len(columns)-1]; {
			case len(n.From) < links && cost != 0:
				s.fault(s.line, "cost", string(parts[len(columns)-1]), "0 was expected of one of the first %d links, which are there", links)
				continue
			case len(n.From) == links && !(cost > 0):
				s.fault(s.line, "cost", string(parts[len(columns)-1]), "more than 0 was expected of a link that may be built")
				continue
			case sound && len(n.From) == links:
				n.Candidates = append(n.Candidates, Candidate{int32(v[0]) - 1, int32(v[1]) - 1, capacity, v[3], fft, b, power, v[8], cost})
				continue
			}
		}
		if !sound {
			continue
		}
		n.From, n.To = append(n.From, int32(v[0])-1), append(n.To, int32(v[1])-1)
		n.Capacity, n.Length, n.FreeFlow = append(n.Capacity, capacity), append(n.Length, v[3]), append(n.FreeFlow, fft)
		n.B, n.Power, n.Toll = append(n.B, b), append(n.Power, power), append(n.Toll, v[8])
	}
	if len(s.faults) == 0 && len(n.From) != links {
		s.fault(0, "NUMBER OF LINKS", strconv.Itoa(links), "the file has %d links", len(n.From))
	}
	if len(s.faults) == 0 && len(n.Candidates) != candidates {
		s.fault(0, "NUMBER OF NEW LINKS", strconv.Itoa(candidates), "the file has %d new links", len(n.Candidates))
	}
	if len(s.faults) > 0 {
		return nil, s.faults
	}
	return n, nil
}

// ReadTrips reads a _trips file, gzipped or not: "Origin i" and then "j : volume;".
func ReadTrips(path string) (*Trips, error) {
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	meta := s.metadata()
	t := &Trips{Zones: s.count(meta, "NUMBER OF ZONES", 1, true), Total: math.NaN()}
	if text, ok := meta["TOTAL OD FLOW"]; ok {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			t.Total = v
		}
	}
	origin := int32(-1)
	zone := func(text []byte, field string) (int32, bool) {
		v, ok := number(text)
		if !ok || v != math.Trunc(v) || v < 1 || t.Zones > 0 && v > float64(t.Zones) {
			s.fault(s.line, field, string(text), "a zone from 1 to %d was expected", t.Zones)
			return 0, false
		}
		return int32(v) - 1, true
	}
	for {
		text, ok := s.next()
		if !ok {
			break
		}
		if len(text) >= 6 && strings.EqualFold(string(text[:6]), "origin") {
			if origin, ok = zone(bytes.TrimSpace(text[6:]), "origin"); !ok {
				origin = -2 // told
			}
			continue
		}
		if origin == -1 {
			s.fault(s.line, "", string(text), "a line \"Origin i\" was expected first")
			origin = -2
		}
		for len(text) > 0 {
			var part []byte
			if end := bytes.IndexByte(text, ';'); end >= 0 {
				part, text = text[:end], text[end+1:]
			} else {
				part, text = text, nil
			}
			if part = bytes.TrimSpace(part); len(part) == 0 {
				continue
			}
			colon := bytes.IndexByte(part, ':')
			if colon < 0 {
				s.fault(s.line, "", string(part), "destination : volume was expected")
				continue
			}
			dest, ok := zone(bytes.TrimSpace(part[:colon]), "destination")
			v, isNumber := number(bytes.TrimSpace(part[colon+1:]))
			if !isNumber || v < 0 {
				s.fault(s.line, "volume", string(bytes.TrimSpace(part[colon+1:])), "a number of 0 or more was expected")
				continue
			}
			if ok && origin >= 0 && v > 0 {
				t.Origin, t.Dest, t.Volume = append(t.Origin, origin), append(t.Dest, dest), append(t.Volume, v)
			}
		}
	}
	if len(s.faults) > 0 {
		return nil, s.faults
	}
	return t, nil
}
