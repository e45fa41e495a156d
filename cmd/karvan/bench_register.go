package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/registerdb"
)

// registerBench is what bench register measures.
type registerBench struct {
	Projects    int       `json:"projects"`
	Statements  int64     `json:"statements"`
	LoadS       float64   `json:"load_s"`
	FileMB      float64   `json:"file_mb"`
	Rate        float64   `json:"requests_per_s"`
	Seconds     float64   `json:"seconds"`
	Load        []latency `json:"load"`
	ExportS     float64   `json:"bulk_export_s"`
	ExportMB    float64   `json:"bulk_export_mb"`
	ExportRuS   float64   `json:"bulk_export_ru_s"`
	MemoryMB    float64   `json:"memory_mb"`
	PeakMB      float64   `json:"peak_rss_mb"`
	RequestsBad int       `json:"requests_failed"`
	WriteRate   float64   `json:"writes_per_s"`
	Writes      []latency `json:"writes,omitempty"`
	WritesBad   int       `json:"writes_failed"`
	BackupS     float64   `json:"backup_s,omitempty"`
	BackupMB    float64   `json:"backup_mb,omitempty"`

	backup bool
	token  string
}

// latency is how long requests of one sort took, from when they were due: a
// server that falls behind shows it.
type latency struct {
	Request string  `json:"request"`
	Count   int     `json:"count"`
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

func benchRegisterCommand() *cobra.Command {
	var projects int
	var perProject, rate, seconds float64
	var keep string
	var writes float64
	var back bool
	var asJSON bool
	c := &cobra.Command{
		Use:   "register",
		Short: "Fill a register with made-up projects, and ask it under load",
		Long: `Makes a register of projects with many statements each, serves it on the loopback, and asks for lists, searches, records
and pages at a steady rate; each answer is timed from when its request was due. With --writes so many proposals,
acceptances and publications a second go beside, with --backup a backup is made meanwhile. Then takes the bulk export
away. Client and server share this process and its memory.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan bench register --projects 10000 --statements-each 100 --rate 50 --seconds 30\n  karvan bench register --db postgres://karvan@127.0.0.1/bench --writes 20 --backup",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			folder, err := os.MkdirTemp("", "karvan-bench-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(folder)
			path := filepath.Join(folder, "register.db")
			if keep != "" {
				path = keep
			}
			b := &registerBench{Projects: projects, Rate: rate, Seconds: seconds, WriteRate: writes, backup: back}
			if err := b.run(c.Context(), path, int(perProject), c.ErrOrStderr()); err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), b)
			}
			b.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().IntVar(&projects, "projects", 10000, "projects")
	c.Flags().Float64Var(&perProject, "statements-each", 100, "statements of each project, about")
	c.Flags().Float64Var(&rate, "rate", 50, "requests a second")
	c.Flags().Float64Var(&seconds, "seconds", 30, "seconds of load")
	c.Flags().StringVar(&keep, "db", "", "database to make the register in and to keep, a file or postgres://… (used as it is where it holds one)")
	c.Flags().Float64Var(&writes, "writes", 0, "writes a second beside")
	c.Flags().BoolVar(&back, "backup", false, "make a backup meanwhile")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func (b *registerBench) run(ctx context.Context, path string, each int, stderr io.Writer) error {
	db, err := registerdb.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	had, err := db.Counts(ctx)
	if err != nil {
		return err
	}
	if had[register.Project] == 0 {
		started := time.Now()
		if err := fillRegister(ctx, db, b.Projects, each, stderr); err != nil {
			return err
		}
		b.LoadS = time.Since(started).Seconds()
	}
	if err := db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM statement").Scan(&b.Statements); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		b.FileMB = float64(info.Size()) / (1 << 20)
	}
	srv, err := server.New(server.Options{Title: map[string]string{"en": "Bench"}, Version: version, Register: db})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go server.Serve(ctx, l, srv)
	base := "http://" + l.Addr().String()
	runtime.GC()
	if err := b.beside(ctx, db, base, func() error { return b.load(ctx, base) }); err != nil {
		return err
	}
	for _, language := range []string{"en", "ru"} {
		started := time.Now()
		n, err := fetch(ctx, base+"/api/v1/export/"+language+"/projects.json")
		if err != nil {
			return err
		}
		if language == "en" {
			b.ExportS, b.ExportMB = time.Since(started).Seconds(), float64(n)/(1<<20)
		} else {
			b.ExportRuS = time.Since(started).Seconds()
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.MemoryMB = float64(mem.Sys) / (1 << 20)
	b.PeakMB = peakRSS()
	return nil
}

// peakRSS is the most memory that the process held, MB; 0 where the system does
// not tell.
func peakRSS() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		var kB float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kB); n == 1 {
			return kB / 1024
		}
	}
	return 0
}

var benchWords = strings.Fields("railway road port tunnel bridge highway airport pipeline terminal station Aghdam Fuzuli Shusha Kars Baku Tbilisi Alat Horadiz Nakhchivan Lachin Barda Ganja Poti Batumi Mersin Erzurum Sivas Astara Yevlakh Zangilan")

// fillRegister makes projects as a large programme has them: with milestones,
// parties and a year and more of monthly progress.
func fillRegister(ctx context.Context, db *registerdb.DB, projects, each int, stderr io.Writer) error {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	batch := registerdb.Batch{Sources: []register.Source{{ID: "bench", Class: "report", Title: map[string]string{"en": "Made-up report"}, Date: "2026-01-01"}}}
	said := register.Statement{Source: "bench", KnownOn: "2026-01-01", By: "bench", At: start.Format(time.RFC3339), State: register.Published}
	progress := newCounter(stderr, projects, "projects")
	for i := range projects {
		id := register.KeyedID(register.Project, "bench", fmt.Sprint(i), start)
		title := fmt.Sprintf("%s %s %s %d", pick(benchWords...), pick(benchWords...), pick(benchWords...), i)
		x, y := 40+10*r.Float64(), 38+4*r.Float64()
		values := map[string]any{
			"title": title, "status": pick("identification", "preparation", "implementation", "completion"), "type": pick("construction", "rehabilitation"),
			"sector": []any{"transport", pick("transport.rail", "transport.road", "transport.water")}, "description": fmt.Sprintf("Works on the %s between %s and %s", pick(benchWords...), pick(benchWords...), pick(benchWords...)),
			"budget":    map[string]any{"amount": map[string]any{"amount": r.IntN(1e9), "currency": "USD"}},
			"locations": []any{map[string]any{"id": "a", "geometry": map[string]any{"type": "Point", "coordinates": []any{x, y}}}},
			"karvan":    map[string]any{"slug": fmt.Sprintf("project-%d", i), "countries": []any{pick("AZ", "TR", "GE")}},
			"parties":   []any{map[string]any{"id": "p1", "name": pick("Builder", "Railways", "Roads") + " " + pick(benchWords...), "roles": []any{"supplier"}}},
		}
		var observations []any
		for k := 0; len(observations)*2+24 < each; k++ {
			month := start.AddDate(0, -k, 0).Format("2006-01")
			observations = append(observations, map[string]any{"id": month, "measure": fmt.Sprint(100 - k), "period": map[string]any{"endDate": month + "-28T00:00:00Z"}})
		}
		values["metrics"] = []any{map[string]any{"id": "physicalProgress", "title": "Physical progress", "observations": observations}}
		raw, err := json.Marshal(values)
		if err != nil {
			return err
		}
		v, err := register.Decode(raw)
		if err != nil {
			return err
		}
		add := func(path string, value json.RawMessage) {
			s := said
			s.Subject, s.Path, s.Value = id, path, value
			batch.Statements = append(batch.Statements, s)
		}
		for _, l := range register.Flatten(v.(map[string]any)) {
			add(l.Path, l.Value)
		}
		if i%3 == 0 {
			add("title@ru", register.Encode("Проект "+title))
		}
		for k := range 4 { // earlier figures that were superseded
			add("budget/amount/amount", register.Encode(r.IntN(1e9)))
			batch.Statements[len(batch.Statements)-1].KnownOn = fmt.Sprintf("2025-0%d-01", k+1)
		}
		if len(batch.Statements) > 50000 || i == projects-1 {
			if err := db.Record(ctx, batch); err != nil {
				return err
			}
			batch = registerdb.Batch{}
		}
		progress(i + 1)
	}
	return nil
}

// newCounter tells now and then how far something is.
func newCounter(out io.Writer, total int, what string) func(done int) {
	last := time.Now()
	return func(done int) {
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			fmt.Fprintf(out, "%d of %d %s\n", done, total, what)
		}
	}
}

// load asks at a steady rate, whatever the answers take.
func (b *registerBench) load(ctx context.Context, base string) error {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() string { return url.QueryEscape(benchWords[r.IntN(len(benchWords))]) }
	sorts := []struct {
		name    string
		address func() string
	}{
		{"list", func() string {
			return fmt.Sprintf("/api/v1/projects?limit=50&country=%s&status=%s&sort=%s", []string{"AZ", "TR", "GE"}[r.IntN(3)], []string{"implementation", "completion"}[r.IntN(2)], []string{"name", "-date", "-updated"}[r.IntN(3)])
		}},
		{"list with words", func() string { return "/api/v1/projects?limit=50&q=" + word() }},
		{"search", func() string { return "/api/v1/search?q=" + word() + "+" + word() }},
		{"search, one word", func() string { return "/api/v1/search?q=" + word() }},
		{"record", func() string { return fmt.Sprintf("/api/v1/projects/project-%d", r.IntN(b.Projects)) }},
		{"list page", func() string { return "/en/projects?q=" + word() }},
		{"record page", func() string { return fmt.Sprintf("/ru/projects/project-%d", r.IntN(b.Projects)) }},
	}
	took := make([][]float64, len(sorts))
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := int(b.Rate * b.Seconds)
	begin := time.Now()
	for i := range total {
		due := begin.Add(time.Duration(float64(i) / b.Rate * float64(time.Second)))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(due)):
		}
		k := i % len(sorts)
		address := base + sorts[k].address()
		wg.Go(func() {
			_, err := fetch(ctx, address)
			ms := float64(time.Since(due).Microseconds()) / 1000
			mu.Lock()
			defer mu.Unlock()
			took[k] = append(took[k], ms)
			if err != nil {
				b.RequestsBad++
			}
		})
	}
	wg.Wait()
	for k, list := range took {
		if len(list) > 0 {
			b.Load = append(b.Load, summed(sorts[k].name, list))
		}
	}
	return nil
}

// summed sums up how long requests took.
func summed(name string, list []float64) latency {
	sort.Float64s(list)
	at := func(q float64) float64 { return list[min(len(list)-1, int(q*float64(len(list))))] }
	return latency{name, len(list), at(0.5), at(0.95), at(0.99), list[len(list)-1]}
}

func fetch(ctx context.Context, address string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, resp.Status)
	}
	return n, err
}

func (b *registerBench) print(out io.Writer) {
	fmt.Fprintf(out, "%s projects, %s statements, %s MB", grouped(float64(b.Projects)), grouped(float64(b.Statements)), digits(b.FileMB, 0))
	if b.LoadS > 0 {
		fmt.Fprintf(out, ", recorded in %s s", digits(b.LoadS, 1))
	}
	fmt.Fprintln(out)
	t := newTable(fmt.Sprintf("%s requests a second for %s s, %d failed", digits(b.Rate, 0), digits(b.Seconds, 0), b.RequestsBad), "request", "count", "p50 ms", "p95 ms", "p99 ms", "max ms")
	for _, l := range b.Load {
		t.AppendRow(table.Row{l.Request, l.Count, digits(l.P50, 1), digits(l.P95, 1), digits(l.P99, 1), digits(l.Max, 1)})
	}
	for _, l := range b.Writes {
		t.AppendRow(table.Row{l.Request, l.Count, digits(l.P50, 1), digits(l.P95, 1), digits(l.P99, 1), digits(l.Max, 1)})
	}
	fmt.Fprintln(out, t.Render())
	if b.WriteRate > 0 {
		fmt.Fprintf(out, "%s writes a second beside, %d failed\n", digits(b.WriteRate, 0), b.WritesBad)
	}
	if b.backup {
		fmt.Fprintf(out, "backup meanwhile: %s s, %s MB\n", digits(b.BackupS, 1), digits(b.BackupMB, 0))
	}
	fmt.Fprintf(out, "bulk export: %s s in English (%s MB), %s s in Russian; memory %s MB, peak %s MB\n", digits(b.ExportS, 2), digits(b.ExportMB, 0), digits(b.ExportRuS, 2), digits(b.MemoryMB, 0), digits(b.PeakMB, 0))
}
