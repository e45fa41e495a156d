package karvan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
)

// lineLinks is what a computed line means for the links of the freight network that it is.
type lineLinks struct {
	tPerYr     map[string]float64 // by link
	rule       string             // what holds the line's throughput down
	line, step string
	usdPerT    map[string]float64 // the line's own tariff, by link; nil: it has none
	dead       []string           // links that carry nothing, as no flow keeps the line's bounds
}

// lineCache keeps what lines were worked out as, by what they are made of.
type lineCache struct {
	mu   sync.Mutex
	done map[string]*lineLinks
}

// pipelines works out the lines of the study in a year, with the changes of a scenario.
func (m *Model) pipelines(effects []Effect, year int) ([]*lineLinks, error) {
	var out []*lineLinks
	for i := range m.in.Pipelines {
		line := &m.in.Pipelines[i]
		step := line.InService(year)
		mark := line.ID
		now := line
		for _, e := range effects {
			if e.Pipeline == nil || e.Pipeline.Line != line.ID || !e.InForce(year) {
				continue
			}
			var err error
			if now, step, err = now.With(step, *e.Pipeline); err != nil {
				return nil, fmt.Errorf("karvan: %w", err)
			}
			mark += "|" + fmt.Sprintf("%+v", *e.Pipeline)
		}
		if step == nil || len(line.Links) == 0 {
			continue
		}
		mark += "|" + step.ID
		m.lines.mu.Lock()
		known := m.lines.done[mark]
		m.lines.mu.Unlock()
		if known == nil {
			var err error
			if known, err = m.line(now, step); err != nil {
				return nil, err
			}
			m.lines.mu.Lock()
			if m.lines.done == nil {
				m.lines.done = map[string]*lineLinks{}
			}
			m.lines.done[mark] = known
			m.lines.mu.Unlock()
		}
		out = append(out, known)
	}
	return out, nil
}

// line works out one line.
func (m *Model) line(line *pipeline.Line, step *pipeline.Step) (*lineLinks, error) {
	out := &lineLinks{tPerYr: map[string]float64{}, line: line.ID, step: step.ID}
	c, err := line.Capacity(context.Background(), step, line.Base(), false)
	var none *pipeflow.NoThroughputError
	var faults pipeflow.FaultsError
	if errors.As(err, &none) || errors.As(err, &faults) {
		out.dead = line.Links // as where its only section is closed
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("karvan: %w", err)
	}
	out.rule = c.Bottleneck
	kmOf := map[string]float64{}
	for _, p := range line.Points {
		if p.Node != "" {
			kmOf[p.Node] = p.Km
		}
	}
	if c.Built.TariffUSDPerT > 0 {
		out.usdPerT = map[string]float64{}
	}
	total := 0.0
	for _, key := range line.Links {
		if l, ok := m.linkByKey(key); ok {
			total += l.LengthKm
		}
	}
	for _, key := range line.Links {
		l, ok := m.linkByKey(key)
		if !ok {
			continue
		}
		from, okFrom := kmOf[m.in.Network.Nodes[l.From].Key]
		to, okTo := kmOf[m.in.Network.Nodes[l.To].Key]
		if okFrom && okTo {
			out.tPerYr[key] = c.StretchTPerYr((from + to) / 2)
		} else {
			out.tPerYr[key] = c.StretchTPerYr(0)
		}
		if out.usdPerT != nil {
			out.usdPerT[key] = c.Built.TariffUSDPerT * l.LengthKm / total
		}
	}
	return out, nil
}

func (m *Model) linkByKey(key string) (*network.Link, bool) {
	for i := range m.in.Network.Links {
		if m.in.Network.Links[i].Key == key {
			return &m.in.Network.Links[i], true
		}
	}
	return nil, false
}

// carry puts the computed capacity of lines in the place of stated ones, but where a scenario
// has set one by hand.
func (w *world) carry(lines []*lineLinks, m *Model) {
	for i := range w.net.Links {
		key := w.net.Links[i].Key
		for _, l := range lines {
			t, ok := l.tPerYr[key]
			if !ok {
				continue
			}
			if l, ok := m.linkByKey(key); ok && !math.IsNaN(w.net.Links[i].CapacityTPerYr) && l.CapacityTPerYr != w.net.Links[i].CapacityTPerYr {
				continue
			}
			c := &w.capacities[i]
			c.TPerYr, c.Origin, c.Line, c.Section, c.Rule = t, "computed", l.line, l.step, l.rule
			if usd, ok := l.usdPerT[key]; ok {
				if w.tariff == nil {
					w.tariff = map[network.LinkID]float64{}
				}
				w.tariff[network.LinkID(i)] = usd
			}
		}
	}
}

// PipelineDraws is how many draws ranges of capacities take in a result.
const PipelineDraws = 100

// AssessPipelines assesses every step of every line of the study, without ranges where draws are
// 0. progress is called before each.
func (m *Model) AssessPipelines(ctx context.Context, draws, workers int, progress func(line, step string)) ([]*pipeline.Assessment, error) {
	if draws <= 0 {
		draws = -1
	}
	var out []*pipeline.Assessment
	for i := range m.in.Pipelines {
		l := &m.in.Pipelines[i]
		for s := range l.Steps {
			if progress != nil {
				progress(l.ID, l.Steps[s].ID)
			}
			a, err := l.Assess(ctx, &l.Steps[s], pipeline.Options{Draws: draws, Seed: m.in.Solver.Seed, Workers: workers, Progress: func(int, int) error { return ctx.Err() }})
			if err != nil {
				return nil, fmt.Errorf("karvan: %w", err)
			}
			out = append(out, a)
		}
	}
	return out, nil
}
