package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/karvan/karvan"
)

// progress shows how far a run is: a bar with the solver's residual and the
// time left on a terminal, a line for each finished task elsewhere.
type progress struct {
	mu      sync.Mutex
	out     io.Writer
	bars    *mpb.Progress
	bar     *mpb.Bar
	latest  string
	started time.Time
	stopped bool
}

func newProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, started: time.Now()}
	if !isTerminal(out) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(out), mpb.WithWidth(40))
	p.bar = p.bars.AddBar(int64(total), mpb.PrependDecorators(decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return " " + p.latest
		}), decor.AverageETA(decor.ET_STYLE_MMSS, decor.WCSyncSpace), decor.Name(" left")))
	return p
}

func (p *progress) event(e karvan.Event) {
	p.mu.Lock()
	if e.Finished {
		if p.bar == nil && e.Task.SameAs == "" {
			fmt.Fprintf(p.out, "%d/%d %s %d solved after %.1f s\n", e.Done, e.Total, e.Task.Scenario, e.Task.Year, time.Since(p.started).Seconds())
		}
	} else {
		gap := e.Iteration.Residual
		word := "residual"
		if gap != gap {
			gap, word = e.Iteration.RelativeGap, "gap"
		}
		p.latest = fmt.Sprintf("%s %d: %s %.1e", e.Task.Scenario, e.Task.Year, word, gap)
	}
	p.mu.Unlock()
	if e.Finished && p.bar != nil {
		p.bar.Increment()
	}
}

// say tells something beside the progress.
func (p *progress) say(format string, args ...any) {
	if p.bars != nil {
		fmt.Fprintf(p.bars, format+"\n", args...)
		return
	}
	fmt.Fprintf(p.out, format+"\n", args...)
}

func (p *progress) stop() {
	if p.stopped {
		return
	}
	p.stopped = true
	if p.bar != nil {
		p.bar.Abort(!p.bar.Completed())
		p.bars.Wait()
	}
}
