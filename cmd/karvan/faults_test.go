//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/internal/pgtest"
)

// propose sends one proposal, and gives the status and when to try again.
func propose(t *testing.T, srv *running, w writer, record, key string) (int, string) {
	t.Helper()
	body := fmt.Sprintf(`{"changes":[{"subject":%q,"path":"karvan/notes[%s]/text","value":%q}],"said":{"source_id":"source"},"submit":true}`, record, key, strings.Repeat(key, 500))
	req, err := http.NewRequest(http.MethodPost, srv.home+"/api/v1/submissions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("Retry-After")
}

// get reads a path and gives its status.
func get(t *testing.T, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
		t.Errorf("%s: 503 without Retry-After", address)
	}
	return res.StatusCode
}

// settled starts a server on a database with one project and writers.
func settled(t *testing.T, name string, more ...string) (*running, []writer, string) {
	t.Helper()
	first := start(t, name)
	first.Process.Signal(os.Interrupt)
	first.Wait()
	writers := writersOf(t, name, 4)
	record := oneProject(t, name)
	srv := start(t, name, more...)
	t.Cleanup(func() { srv.Process.Signal(os.Interrupt); srv.Wait() })
	return srv, writers, record
}

// A full disk answers with 503 and when to try again, reading goes on, and what is freed
// is used without a restart.
func TestFullDiskUnderTheRegister(t *testing.T) {
	if os.Getuid() != 0 {
		check.Skip(t, "a small disk is mounted by root only")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk).CombinedOutput(); err != nil {
		check.Skip(t, "no small disk can be mounted: %s", out)
	}
	defer exec.Command("umount", "-l", disk).Run()
	srv, writers, record := settled(t, filepath.Join(disk, "r.db"))
	if status, _ := propose(t, srv, writers[0], record, "before"); status != 201 {
		t.Fatal(status)
	}
	ballast := filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 1<<12); ; {
		if _, err := f.Write(chunk); err != nil {
			break
		}
	}
	f.Close()
	refused := 0
	for i := range 20 {
		status, again := propose(t, srv, writers[i%4], record, fmt.Sprint("full", i))
		switch status {
		case 201: // it still fitted into what was there
		case 503:
			refused++
			if again == "" {
				t.Error("503 without Retry-After")
			}
		default:
			t.Errorf("status %d on a full disk", status)
		}
		for _, at := range []string{"/api/v1/projects", "/en/projects", "/healthz"} {
			if status := get(t, srv.home+at); status != 200 {
				t.Errorf("%s: %d on a full disk", at, status)
			}
		}
	}
	if refused == 0 {
		t.Error("the full disk was not noticed")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if status, _ := propose(t, srv, writers[0], record, "after"); status != 201 {
		t.Errorf("status %d after room was made", status)
	}
	t.Logf("full disk: %d of 20 writes refused with 503, none half-written; the first write after room was made succeeded", refused)
	if out, errs, status := run(t, "audit", "verify", "--db", filepath.Join(disk, "r.db")); status != 0 {
		t.Errorf("%s%s", out, errs)
	}
}

// A database that is stopped at once, as by a loss of power, and started again is used
// again without a restart of the server.
func TestDatabaseRestarts(t *testing.T) {
	c, err := pgtest.Start(true)
	if err != nil {
		check.Skip(t, "PostgreSQL could not be started (%v)", err)
	}
	defer c.Remove()
	srv, writers, record := settled(t, c.Schema(t))
	for round := range 3 {
		if status, _ := propose(t, srv, writers[0], record, fmt.Sprint("before", round)); status != 201 {
			t.Fatal(status)
		}
		c.Stop(round%2 == 0)
		for range 3 {
			if status := get(t, srv.home+"/api/v1/projects"); status != 503 {
				t.Errorf("reading without a database: %d", status)
			}
			if status := get(t, srv.home+"/readyz"); status != 503 {
				t.Errorf("ready without a database: %d", status)
			}
			if status := get(t, srv.home+"/healthz"); status != 200 {
				t.Errorf("not alive without a database: %d", status)
			}
			for _, at := range []string{"/en/projects", "/en/work/report?record=" + record, "/ogc/collections/projects/items", "/api/v1/export/en/projects.json"} {
				if status := get(t, srv.home+at); status != 503 {
					t.Errorf("%s without a database: %d", at, status)
				}
			}
			if status, again := propose(t, srv, writers[0], record, fmt.Sprint("during", round)); status != 503 || again == "" {
				t.Errorf("writing without a database: %d, Retry-After %q", status, again)
			}
		}
		if err := c.Restart(); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		for get(t, srv.home+"/readyz") != 200 {
			if time.Since(begun) > 20*time.Second {
				t.Fatal("the server does not come back")
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("round %d: ready %.2f s after the database", round, time.Since(begun).Seconds())
		if status := get(t, srv.home+"/api/v1/projects"); status != 200 {
			t.Errorf("reading after the restart: %d", status)
		}
	}
}

var goroutines = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

func goroutinesOf(t *testing.T, ops string) int {
	t.Helper()
	res, err := http.Get("http://" + ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := goroutines.FindSubmatch(data)
	if m == nil {
		t.Fatalf("no figure of goroutines: %.300s", data)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// latencies measures requests one after another until enough says so, or the context ends.
func latencies(ctx context.Context, address string, enough func(n int) bool) (p50, p95 time.Duration, n int) {
	var all []time.Duration
	for ctx.Err() == nil && !enough(len(all)) {
		begun := time.Now()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		all = append(all, time.Since(begun))
	}
	if len(all) == 0 {
		return 0, 0, 0
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*95/100], len(all)
}

// Slow clients and two hundred connections keep nobody else from reading, and leave
// nothing behind. KARVAN_SOAK, as 1h, is how long it goes on; a few seconds else.
func TestSlowClientsAndManyConnections(t *testing.T) {
	last := 5 * time.Second
	if s := os.Getenv("KARVAN_SOAK"); s != "" {
		var err error
		if last, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ops := l.Addr().String()
	l.Close()
	srv, writers, record := settled(t, filepath.Join(t.TempDir(), "r.db"), "--ops-addr", ops)
	host := strings.TrimPrefix(srv.home, "http://")
	time.Sleep(time.Second) // the study is solved
	before := goroutinesOf(t, ops)
	quiet := time.Now().Add(last / 5)
	p50, p95, n := latencies(t.Context(), srv.home+"/api/v1/projects", func(n int) bool { return n >= 10 && time.Now().After(quiet) })
	t.Logf("before: %d goroutines, p50 %v, p95 %v of %d requests", before, p50, p95, n)

	// As long as it is told to, and on a slow machine until enough was read and written to
	// say that slow clients hold nobody up.
	ctx, stop := context.WithTimeout(t.Context(), last+2*time.Minute)
	defer stop()
	end := time.Now().Add(last)
	var wg sync.WaitGroup
	// A hundred send a byte a second and never end; a hundred read pages as fast as they can.
	for i := range 100 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				c, err := net.Dial("tcp", host)
				if err != nil {
					return
				}
				slow := "GET /en/projects HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("x", 1000)
				if i%2 == 0 {
					slow = "POST /api/v1/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat(" ", 1000)
				}
				for _, b := range []byte(slow) {
					if ctx.Err() != nil {
						break
					}
					if _, err := c.Write([]byte{b}); err != nil {
						break // the server has given up on us, as it should
					}
					select {
					case <-ctx.Done():
					case <-time.After(time.Second):
					}
				}
				c.Close()
			}
		}()
		go func() {
			defer wg.Done()
			c, err := net.Dial("tcp", host)
			if err != nil {
				return
			}
			defer c.Close()
			in := bufio.NewReader(c)
			for ctx.Err() == nil {
				c.SetDeadline(time.Now().Add(20 * time.Second))
				fmt.Fprintf(c, "GET /api/v1/projects HTTP/1.1\r\nHost: x\r\n\r\n")
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				time.Sleep(100 * time.Millisecond)
			}
		}()
	}
	wg.Add(1)
	var wrote atomic.Int64
	go func() {
		defer wg.Done()
		for i := 0; ctx.Err() == nil; i++ {
			if status, _ := propose(t, srv, writers[i%4], record, fmt.Sprint("soak", i)); status != 201 {
				t.Errorf("writing under load: %d", status)
			}
			wrote.Add(1)
			time.Sleep(200 * time.Millisecond)
		}
	}()
	time.Sleep(last / 5)
	during := goroutinesOf(t, ops)
	p50, p95, n = latencies(ctx, srv.home+"/api/v1/projects", func(n int) bool { return n >= 10 && wrote.Load() >= 5 && time.Now().After(end) })
	stop()
	t.Logf("during: %d goroutines with 200 connections, p50 %v, p95 %v of %d requests, %d writes beside", during, p50, p95, n, wrote.Load())
	if n < 10 || wrote.Load() < 5 {
		t.Errorf("slow clients hold others up: %d reads, %d writes", n, wrote.Load())
	}
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()
	after := 0
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if after = goroutinesOf(t, ops); after <= before+5 {
			break
		}
		http.DefaultClient.CloseIdleConnections()
	}
	t.Logf("after: %d goroutines", after)
	if after > before+5 {
		t.Errorf("%d goroutines are left of %d", after, before)
	}
	runtime.KeepAlive(srv)
}
