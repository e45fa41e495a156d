// Command build makes the built-in study azerbaijan-turkiye from the facts in
// studies/facts. The rules are described in the study's README.md.
//
//	go run ./studies/build -facts studies/facts/azerbaijan-turkiye -out studies/azerbaijan-turkiye
//
// Files that are written by hand (study.yaml, growth.csv, measure.csv,
// scenario/, README.md) are left alone.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	facts := flag.String("facts", "studies/facts/azerbaijan-turkiye", "folder of the facts")
	out := flag.String("out", "studies/azerbaijan-turkiye", "folder of the study")
	flag.Parse()
	if err := build(*facts, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// record is a row of a facts file, by column.
type record map[string]string

// build writes every generated file.
func build(facts, out string) error {
	b := &builder{facts: map[string][]record{}, out: out}
	for _, name := range []string{"nodes", "links", "terminals", "rail_section", "permits", "costs", "commodities", "gates", "demand", "observed", "sources", "targets", "trade", "trade_matrix", "projects", "organisations", "meetings", "agreements", "commitments", "interests", "investment", "pipelines"} {
		rows, err := readFacts(filepath.Join(facts, name+".csv"))
		if err != nil {
			return err
		}
		b.facts[name] = rows
	}
	steps := []func() error{b.sources, b.nodes, b.links, b.terminals, b.sections, b.zones, b.commodities, b.costs, b.demand, b.observed, b.targets, b.trade, b.regions, b.matrix, b.projects, b.register, b.pipelines}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func readFacts(path string) ([]record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rows := make([]record, 0, len(all)-1)
	for _, line := range all[1:] {
		r := record{}
		for i, name := range all[0] {
			r[name] = line[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

type builder struct {
	facts   map[string][]record
	out     string
	gauges  map[string]map[string]bool // rail modes of the links at a node
	country map[string]string
	at      map[string][2]string // longitude and latitude of a node, as text
	name    map[string]string    // of a node
	dated   map[string]string    // of a source
}

// write makes one CSV file of the study.
func (b *builder) write(name string, header []string, rows [][]string) error {
	path := filepath.Join(b.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	if err := w.Write(header); err != nil {
		return err
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return f.Close()
}
