package pipecsv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/fault"
	"github.com/karvan/karvan/pipeflow"
)

// The files of a network, in the order in which their faults are told.
const (
	fluidFile           = "fluid.csv"
	compressibilityFile = "compressibility.csv"
	nodeFile            = "node.csv"
	pipeFile            = "pipe.csv"
	valveFile           = "valve.csv"
	resistorFile        = "resistor.csv"
	regulatorFile       = "regulator.csv"
	stationFile         = "station.csv"
	pumpCurveFile       = "pump_curve.csv"
)

var fileNames = []string{fluidFile, compressibilityFile, nodeFile, pipeFile, valveFile, resistorFile, regulatorFile, stationFile, pumpCurveFile}

// required are the files that must be there.
var required = []string{fluidFile, nodeFile, pipeFile}

// mostBytes bounds a file, so that none takes the machine down.
const mostBytes = 256 << 20

// ReadFolder reads the network of a folder, as [Read] does.
func ReadFolder(path string) (*pipeflow.Network, error) {
	return Read(os.DirFS(path), path)
}

// Read reads a network from the files at the top of a file system. name is that of the folder,
// for messages, and for the network where fluid.csv does not name it.
//
// Everything that is wrong with the files is told together, at most 50 things, as [fault.Faults]
// with file, line, column, value and what was expected: unknown columns and quantities, texts
// that are no numbers, ids that stand twice or are not known, values that [pipeflow.Check] does
// not allow, and files whose name is almost that of a missing table. Other files are not looked
// at. That pipes tie all nodes to a given pressure is for the solver to tell.
func Read(files fs.FS, name string) (*pipeflow.Network, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("pipecsv: %s: %w", name, err)
	}
	data := map[string][]byte{}
	var others []string
	for _, e := range entries {
		if !slices.Contains(fileNames, e.Name()) {
			others = append(others, e.Name())
			continue
		}
		if data[e.Name()], err = readFile(files, e.Name()); err != nil {
			return nil, fmt.Errorf("pipecsv: %s: %w", filepath.Join(name, e.Name()), err)
		}
	}
	return read(data, others, name)
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && len(data) > mostBytes {
		err = errors.New("a file of at most 256 MB was expected")
	}
	return data, err
}

// reader reads one network.
type reader struct {
	sheets map[string]*sheet
	net    *pipeflow.Network
	nodes  *nodeIndex
}

// read reads a network from the bytes of its files. others are the names of what else is there.
func read(data map[string][]byte, others []string, name string) (*pipeflow.Network, error) {
	c := &reader{sheets: map[string]*sheet{}, net: &pipeflow.Network{}, nodes: &nodeIndex{at: map[string]int{}}}
	if name != "" {
		c.net.Name = filepath.Base(name)
	}
	for _, file := range fileNames {
		s := &sheet{name: filepath.Join(name, file), told: map[place]bool{}, line: map[string]int{}}
		s.data, s.there = data[file]
		if !s.there {
			s.broken = c.missing(s, file, others)
		}
		c.sheets[file] = s
	}
	c.read()
	var all fault.Faults
	for _, file := range fileNames {
		found := c.sheets[file].faults
		sort.SliceStable(found, func(i, j int) bool { return found[i].Line < found[j].Line })
		for _, f := range found {
			all.Add(f.File, f.Line, f.Field, f.Value, "%s", f.Message)
		}
	}
	if err := all.Err(); err != nil {
		return nil, err
	}
	return c.net, nil
}

// missing tells that a file is not there, or that it may stand under a wrong name.
func (c *reader) missing(s *sheet, file string, others []string) bool {
	for _, other := range others {
		lower := strings.ToLower(other)
		if lower == file || strings.HasSuffix(lower, ".csv") && distance(lower, file) <= 2 {
			s.fault(0, "", other, "the file is not there, but one whose name is almost the same: this name was expected")
			return true
		}
	}
	if slices.Contains(required, file) {
		s.fault(0, "", "", "the file is required")
		return true
	}
	return false
}

// of reads a table of elements, nothing where there is no such file.
func of[T any](c *reader, file string, fields []field[T], id func(*T) string, after func(*T, *row)) []T {
	s := c.sheets[file]
	if !s.there {
		return nil
	}
	return readRows(s, fields, id, after)
}

func (c *reader) read() {
	net, nodes := c.net, c.nodes
	medium := ""
	if s := c.sheets[fluidFile]; s.there {
		medium = readFluid(s, net)
	}
	if s := c.sheets[compressibilityFile]; s.there {
		curve := readCompressibility(s)
		if medium == liquid {
			s.fault(0, "", "", "no such file was expected: the medium is a liquid")
		} else if curve != nil && net.Gas != nil {
			net.Gas.Z = curve
		}
	}
	net.Nodes = of(c, nodeFile, nodeFields(), func(n *pipeflow.Node) string { return n.ID }, nil)
	nodes.unsure = c.sheets[nodeFile].broken
	for i := range net.Nodes {
		nodes.at[net.Nodes[i].ID] = i
	}
	net.Pipes = of(c, pipeFile, pipeFields(nodes), func(p *pipeflow.Pipe) string { return p.ID }, nil)
	net.Valves = of(c, valveFile, valveFields(nodes), func(v *pipeflow.Valve) string { return v.ID }, nil)
	net.Resistors = of(c, resistorFile, resistorFields(nodes), func(r *pipeflow.Resistor) string { return r.ID }, nil)
	net.Regulators = of(c, regulatorFile, regulatorFields(nodes), func(r *pipeflow.Regulator) string { return r.ID }, checkRegulator)
	stations := of(c, stationFile, stationFields(nodes), func(s *station) string { return s.ID }, (*station).check)
	if s := c.sheets[pumpCurveFile]; s.there {
		readPoints(s, stations, c.sheets[stationFile].broken)
	}
	for i := range stations {
		net.Stations = append(net.Stations, stations[i].Station)
	}
	c.check(medium)
}
