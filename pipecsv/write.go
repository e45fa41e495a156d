package pipecsv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/karvan/karvan/pipeflow"
)

// Write writes a network as a folder, which is then there whole or not at all: files are written
// in a folder beside it, which then takes its name. The folder must be new or empty, the one it
// lies in must be there. The bytes depend on the network alone.
//
// It is an error, and nothing is written, if the network could not be read again (see [Tables]).
func Write(folder string, net *pipeflow.Network) error {
	tables, err := Tables(net)
	if err != nil {
		return err
	}
	if err := putFolder(folder, tables, writeFile); err != nil {
		return fmt.Errorf("pipecsv: %w", err)
	}
	return nil
}

// Tables makes the files of a network, by their names.
//
// The compressibility of a gas is sampled at 241 pressures from 0 to 1.5 times the greatest that
// the network names (with the ratio of stations put on top), at least to 120 bar, and at more
// where the curve turns sharply: between points it is good to 1e-9. An equation of state that
// breaks down above the pressures named is taken as far as it goes.
//
// Tables that [Read] would not take are an error that tells all that is wrong. So is a
// viscosity that depends on temperature where a pipe exchanges heat: the tables have no place
// for it. Where no pipe does, it is left out, since it changes nothing.
func Tables(net *pipeflow.Network) (map[string][]byte, error) {
	if faults := unwritable(net); len(faults) > 0 {
		return nil, fmt.Errorf("pipecsv: the network cannot be written: %w", faults)
	}
	nodes := &nodeIndex{nodes: net.Nodes}
	out := map[string][]byte{
		fluidFile: fluidTable(net),
		nodeFile:  table(nodeFields(), net.Nodes),
		pipeFile:  table(pipeFields(nodes), net.Pipes),
	}
	if net.Gas != nil {
		points, err := sampled(net)
		if err != nil {
			return nil, fmt.Errorf("pipecsv: the network cannot be written: %w", err)
		}
		put(out, compressibilityFile, zFields(), points)
	}
	put(out, valveFile, valveFields(nodes), net.Valves)
	put(out, resistorFile, resistorFields(nodes), net.Resistors)
	put(out, regulatorFile, regulatorFields(nodes), net.Regulators)
	stations := make([]station, len(net.Stations))
	for i := range stations {
		stations[i].Station = net.Stations[i]
	}
	put(out, stationFile, stationFields(nodes), stations)
	put(out, pumpCurveFile, pointFields(), points(stations))
	// What is not a fault of the network may still not live through a table, such as a number
	// that is none: the reader knows all of it.
	if _, err := read(out, nil, ""); err != nil {
		return nil, fmt.Errorf("pipecsv: the network cannot be written, since its tables could not be read:\n%w", err)
	}
	return out, nil
}

// put writes a table that may be left out where it is empty.
func put[T any](out map[string][]byte, file string, fields []field[T], rows []T) {
	if len(rows) > 0 {
		out[file] = table(fields, rows)
	}
}

// unwritable tells what stands against writing a network.
func unwritable(net *pipeflow.Network) pipeflow.FaultsError {
	faults := valueFaults(net)
	id := func(kind, id string) {
		want := unclean(id, false)
		if strings.TrimSpace(id) != id {
			want = "an id without spaces at its ends was expected"
		}
		if want != "" {
			faults = append(faults, pipeflow.Fault{Element: kind + " " + id, Field: "id", Value: id, Want: want})
		}
	}
	// Reading would make one line break of two characters.
	name := func(element, name string) {
		if want := unclean(name, true); want != "" {
			faults = append(faults, pipeflow.Fault{Element: element, Field: "name", Value: name, Want: want})
		}
	}
	name("network", net.Name)
	if net.Gas != nil {
		name("gas", net.Gas.Name)
	}
	if net.Liquid != nil {
		name("liquid", net.Liquid.Name)
	}
	for i := range net.Nodes {
		id("node", net.Nodes[i].ID)
		name("node "+net.Nodes[i].ID, net.Nodes[i].Name)
	}
	heat := false
	for i := range net.Pipes {
		id("pipe", net.Pipes[i].ID)
		heat = heat || net.Pipes[i].HeatWPerM2K != 0
	}
	for i := range net.Valves {
		id("valve", net.Valves[i].ID)
	}
	for i := range net.Resistors {
		id("resistor", net.Resistors[i].ID)
	}
	for i := range net.Regulators {
		id("regulator", net.Regulators[i].ID)
	}
	for i := range net.Stations {
		t := &net.Stations[i]
		id("station", t.ID)
		if c := t.Curve; c != nil && len(c.FlowM3PerS) != len(c.HeadM) {
			faults = append(faults, pipeflow.Fault{Element: "station " + t.ID, Field: "curve", Want: "as many heads as flows were expected"})
		}
	}
	if heat && net.Liquid != nil && net.Liquid.ViscosityAtK != nil {
		faults = append(faults, pipeflow.Fault{Element: "liquid", Field: "viscosity_pa_s", Want: "a viscosity that does not depend on temperature was expected where pipes exchange heat: the tables have no place for it"})
	}
	return faults
}

// putFolder writes files into a folder beside the given one and then gives it that name. write is
// how a file is written.
func putFolder(folder string, tables map[string][]byte, write func(path string, data []byte) error) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	before, err := empty(&folder)
	if err != nil {
		return err
	}
	outer, err := os.MkdirTemp(filepath.Dir(folder), ".pipecsv-")
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	defer os.RemoveAll(outer)
	// A folder in the temporary one, whose rights are those that folders have here.
	inner := filepath.Join(outer, "network")
	if err := os.Mkdir(inner, 0o777); err != nil {
		return err
	}
	for _, name := range fileNames {
		if data, ok := tables[name]; ok {
			if err := write(filepath.Join(inner, name), data); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(folder, name), err)
			}
		}
	}
	if before == nil {
		return os.Rename(inner, folder)
	}
	if err := os.Chmod(inner, before.Mode().Perm()); err != nil {
		return err
	}
	// Folders are not renamed over others; Remove takes none that has got something in it.
	if err := os.Remove(folder); err != nil {
		return fmt.Errorf("%s is there and cannot be replaced: %w", folder, err)
	}
	if err := os.Rename(inner, folder); err != nil {
		return errors.Join(err, os.Mkdir(folder, before.Mode().Perm()))
	}
	return nil
}

// empty looks at what stands at a path: nil where there is nothing, an error where it is not an
// empty folder. The path is changed to where links lead.
func empty(path *string) (fs.FileInfo, error) {
	info, err := os.Stat(*path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is there and not a folder: an empty or a new folder was expected", *path)
	}
	if *path, err = filepath.EvalSymlinks(*path); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(*path)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		names := make([]string, 0, 3)
		for _, e := range entries[:min(3, len(entries))] {
			names = append(names, e.Name())
		}
		slices.Sort(names)
		return nil, fmt.Errorf("%s is not empty: an empty or a new folder was expected (it holds %s and nothing of it was touched)", *path, strings.Join(names, ", "))
	}
	return info, nil
}

// writeFile writes a file through to the disk: a full one may only say so then.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
