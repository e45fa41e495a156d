package karvan

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/karvan/karvan/assignment"
)

// Task is a scenario in a year, to be run. SameAs names a scenario before it
// whose network and prices in that year are the same, so that its outcome is
// this one's too; else it is empty.
type Task struct {
	Scenario string
	Year     int
	SameAs   string
	Draws    int // of uncertain inputs, for ranges of its indicators; 0: none
}

// Tasks lists what is to be run: the scenarios in their order, each in the
// years. Empty lists mean all of the study; a scenario with years of its own
// then keeps to them. A scenario that does not exist is an error.
func (m *Model) Tasks(scenarios []string, years []int) ([]Task, error) {
	if len(scenarios) == 0 {
		for _, s := range m.in.Scenarios {
			scenarios = append(scenarios, s.Key)
		}
		slices.SortStableFunc(scenarios, func(a, b string) int { return rank(a) - rank(b) })
	}
	var out []Task
	first := map[string]string{}
	for _, key := range scenarios {
		s, ok := m.in.ScenarioByKey(key)
		if !ok {
			return nil, fmt.Errorf("karvan: no scenario %q; the study has %s", key, m.scenarioList())
		}
		effects, err := m.in.Effects(key)
		if err != nil {
			return nil, err
		}
		for _, year := range m.yearsOf(s, years) {
			if year < m.in.BaseYear {
				return nil, fmt.Errorf("karvan: year %d lies before the base year %d", year, m.in.BaseYear)
			}
			t := Task{Scenario: key, Year: year}
			mark := fmt.Sprint(year) + inForce(effects, year)
			if before, ok := first[mark]; ok {
				t.SameAs = before
			} else {
				first[mark] = key
			}
			out = append(out, t)
		}
	}
	return out, nil
}

// rank puts the base before all else.
func rank(key string) int {
	if key == "base" {
		return 0
	}
	return 1
}

func (m *Model) scenarioList() string {
	var keys []string
	for _, s := range m.in.Scenarios {
		keys = append(keys, s.Key)
	}
	return strings.Join(keys, ", ")
}

func (m *Model) yearsOf(s *Scenario, years []int) []int {
	switch {
	case len(years) > 0:
		return years
	case len(s.Years) > 0:
		return s.Years
	}
	return m.in.Years
}

// isBase reports whether a scenario has the effects of the base in a year.
func (m *Model) isBase(scenario string, year int) bool {
	own, err := m.in.Effects(scenario)
	if err != nil {
		return false
	}
	base, err := m.in.Effects("base")
	return err == nil && inForce(own, year) == inForce(base, year)
}

// inForce writes down the effects that act in a year, without their years.
func inForce(effects []Effect, year int) string {
	var b strings.Builder
	for _, e := range effects {
		if !e.InForce(year) {
			continue
		}
		e.FromYear, e.UntilYear = 0, 0
		link, row, cost, policy, line := e.NewLink, e.NewRow, e.Cost, e.Trade, e.Pipeline
		e.NewLink, e.NewRow, e.Cost, e.Trade, e.Pipeline = nil, nil, nil, nil, nil
		fmt.Fprintf(&b, "|%+v", e)
		if link != nil {
			fmt.Fprintf(&b, " %+v", *link)
		}
		if row != nil {
			fmt.Fprintf(&b, " %+v", *row)
		}
		if line != nil {
			fmt.Fprintf(&b, " %+v", *line)
		}
		if policy != nil {
			only := Effect{Trade: policy}
			fmt.Fprintf(&b, " %s", only.Describe())
		}
		if cost != nil {
			fmt.Fprintf(&b, " %s %s %s %s", cost.Parameter, cost.Mode, cost.Form, cost.Group)
			if cost.Set != nil {
				fmt.Fprintf(&b, " =%g", *cost.Set)
			}
			if cost.Multiply != nil {
				fmt.Fprintf(&b, " *%g", *cost.Multiply)
			}
		}
	}
	return b.String()
}

// Event tells how far a run has come.
type Event struct {
	Task      Task
	Done      int // tasks finished
	Total     int
	Iteration assignment.Iteration // of the task, if Started
	Finished  bool
}

// RunAll runs the tasks on several workers and hands their outcomes to emit in
// the order of the tasks, whatever the order in which they end. progress may
// be nil; it is called by one goroutine at a time. The first error ends it.
func (m *Model) RunAll(ctx context.Context, tasks []Task, workers int, progress func(Event), emit func(Task, *Outcome) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	done, total := 0, len(tasks)
	tell := func(e Event) {
		if progress == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if e.Finished {
			done++
		}
		e.Done, e.Total = done, total
		progress(e)
	}
	results := make([]chan *Outcome, len(tasks))
	for i := range results {
		results[i] = make(chan *Outcome, 1)
	}
	// A worker may be at most a few tasks ahead of what was emitted, so that
	// outcomes do not pile up in memory.
	ahead := make(chan struct{}, workers+2)
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range tasks {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	inner := max(1, workers/max(1, len(tasks)))
	for w := 0; w < workers; w++ {
		go func() {
			for i := range next {
				t := tasks[i]
				if t.SameAs != "" {
					tell(Event{Task: t, Finished: true})
					results[i] <- nil
					continue
				}
				out, err := m.Run(ctx, t.Scenario, t.Year, Options{Workers: inner, Progress: func(it assignment.Iteration) { tell(Event{Task: t, Iteration: it}) }})
				if err == nil && t.Draws > 0 {
					err = m.AddRanges(ctx, out, t.Draws, inner)
				}
				if err != nil {
					cancel(err)
					return
				}
				out.routes = nil // large, and not needed any more
				tell(Event{Task: t, Finished: true})
				results[i] <- out
			}
		}()
	}
	type key struct {
		scenario string
		year     int
	}
	kept := map[key]*Outcome{}
	for i, t := range tasks {
		var out *Outcome
		select {
		case out = <-results[i]:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if t.SameAs != "" {
			out = kept[key{t.SameAs, t.Year}].as(t.Scenario)
		} else if reused(tasks[i+1:], t) {
			kept[key{t.Scenario, t.Year}] = out
		}
		if err := emit(t, out); err != nil {
			return err
		}
		<-ahead
	}
	return nil
}

// reused reports whether a later task takes over this one's outcome.
func reused(later []Task, t Task) bool {
	for _, l := range later {
		if l.SameAs == t.Scenario && l.Year == t.Year {
			return true
		}
	}
	return false
}

// as gives the outcome under another scenario's name.
func (o *Outcome) as(scenario string) *Outcome {
	copied := *o
	copied.Scenario = scenario
	return &copied
}
