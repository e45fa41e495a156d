package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/registerdb"
)

// kills is how often the server is killed: a hundred times where KARVAN_KILLS says so, a
// few times else.
func kills(t *testing.T) int {
	if s := os.Getenv("KARVAN_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() {
		return 2
	}
	return 6
}

// running is a server in a process of its own.
type running struct {
	*exec.Cmd
	home string
}

var addressLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start starts the program as a user would: this test's binary is karvan too.
func start(t *testing.T, db string, more ...string) *running {
	t.Helper()
	c := command(append([]string{"serve", "starter", "--db", db, "--addr", "127.0.0.1:0", "--no-rate-limits", "--quota", "0", "--no-four-eyes"}, more...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c.Stderr = &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r := &running{Cmd: c}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at := addressLine.FindString(lines.Text()); at != "" {
			r.home = at
			go io.Copy(io.Discard, out)
			return r
		}
	}
	c.Wait()
	t.Fatalf("the server ended: %s", log.String())
	return nil
}

// writer is an account that writes by a token.
type writer struct{ token string }

func (w writer) do(ctx context.Context, method, address, body string, headers ...string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, data, err
}

// writersOf gives accounts that may do everything with proposals.
func writersOf(t *testing.T, name string, n int) []writer {
	t.Helper()
	db, err := registerdb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	acc := accounts.New(db.SQL(), nil)
	var out []writer
	for i := range n {
		a, err := acc.SignedIn(t.Context(), "https://issuer.example", fmt.Sprint("writer ", i), fmt.Sprint("Writer ", i), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := acc.Grant(t.Context(), "test", a.ID, policy.Grant{Role: policy.Publisher}); err != nil {
			t.Fatal(err)
		}
		_, secret, err := acc.CreateToken(t.Context(), "test", a.ID, "test", []string{"propose", "publish"}, 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, writer{secret})
	}
	return out
}

// Killed again and again while many write: nothing that was acknowledged is lost, nothing
// is half-written, and the log holds.
func TestKilledUnderWriters(t *testing.T) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "r.db")
			if kind == "PostgreSQL" {
				name = pgtest.Address(t)
			}
			first := start(t, name)
			first.Process.Signal(os.Interrupt)
			first.Wait()
			writers := writersOf(t, name, 4)
			record := oneProject(t, name)

			var mu sync.Mutex
			acknowledged := map[string]string{} // submission: its last acknowledged state
			tried := map[string]bool{}          // keys of requests, sent again until they are answered
			answered := map[string]string{}     // key: submission
			var wrote, steps atomic.Int64
			random := rand.New(rand.NewSource(20211226))
			for range kills(t) {
				srv := start(t, name)
				ctx, stop := context.WithCancel(t.Context())
				steps.Store(0)
				var wg sync.WaitGroup
				for i, w := range writers {
					wg.Add(1)
					go func() {
						defer wg.Done()
						for n := 0; ctx.Err() == nil; n++ {
							key := fmt.Sprintf("w%d-%d-%d", i, srv.Process.Pid, n)
							body := fmt.Sprintf(`{"changes":[{"subject":%q,"path":"karvan/notes[%s]/text","value":%q},{"subject":%q,"path":"karvan/notes[%s]/again","value":%q}],"said":{"source_id":"source"},"submit":true}`, record, key, key, record, key, key)
							mu.Lock()
							tried[key] = true
							mu.Unlock()
							status, data, err := w.do(ctx, http.MethodPost, srv.home+"/api/v1/submissions", body, "Idempotency-Key", key)
							if err != nil {
								return
							}
							var s struct {
								ID      string `json:"id"`
								State   string `json:"state"`
								Version int64  `json:"version"`
							}
							if status != 201 || json.Unmarshal(data, &s) != nil {
								t.Errorf("status %d: %.300s", status, data)
								return
							}
							mu.Lock()
							acknowledged[s.ID], answered[key] = s.State, s.ID
							mu.Unlock()
							steps.Add(1)
							for _, step := range []string{"accept", "publish"} {
								status, data, err := w.do(ctx, http.MethodPost, srv.home+"/api/v1/submissions/"+s.ID+"/"+step, "{}", "If-Match", fmt.Sprintf(`"%d"`, s.Version))
								if err != nil {
									return
								}
								if status != 200 || json.Unmarshal(data, &s) != nil {
									t.Errorf("%s: status %d: %.300s", step, status, data)
									return
								}
								mu.Lock()
								acknowledged[s.ID] = s.State
								mu.Unlock()
								steps.Add(1)
							}
							wrote.Add(1)
						}
					}()
				}
				// By what was answered, not by the clock: a slow machine writes as much between
				// two kills as a fast one. The rest of a request's way is what the clock draws.
				for last, end := int64(random.Intn(48)), time.Now().Add(time.Minute); steps.Load() <= last && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(time.Duration(random.Intn(20_000)) * time.Microsecond)
				srv.Process.Signal(syscall.SIGKILL)
				srv.Wait()
				stop()
				wg.Wait()
			}
			t.Logf("%d kills, %d submissions went all the way, %d were acknowledged, %d requests were sent", kills(t), wrote.Load(), len(acknowledged), len(tried))
			if wrote.Load() == 0 {
				t.Error("nothing was written between the kills")
			}

			db, err := registerdb.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			rank := map[string]int{"draft": 0, "submitted": 1, "accepted": 2, "published": 3}
			states := map[string]string{}
			rows, err := db.SQL().QueryContext(t.Context(), "SELECT id, state FROM submission")
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var id, state string
				if err := rows.Scan(&id, &state); err != nil {
					t.Fatal(err)
				}
				states[id] = state
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
			for id, state := range acknowledged {
				if rank[states[id]] < rank[state] || states[id] == "" {
					t.Errorf("%s was acknowledged as %s and is %q", id, state, states[id])
				}
			}
			// Both values of a submission are there, or neither.
			w, err := db.Whole(t.Context(), record)
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, s := range w.Statements {
				if rest, ok := strings.CutPrefix(s.Path, "karvan/notes["); ok {
					key, _, _ := strings.Cut(rest, "]")
					count[key]++
				}
			}
			published := 0
			for _, state := range states {
				if state == "published" {
					published++
				}
			}
			for key, n := range count {
				if n != 2 {
					t.Errorf("%s is half-written: %d of 2 values", key, n)
				}
			}
			if len(count) != published {
				t.Errorf("%d submissions are published, the values of %d are there", published, len(count))
			}
			v, err := registerdb.Verify(t.Context(), db.SQL(), "")
			if err != nil || v.Events == 0 {
				t.Errorf("the log does not hold: %+v %v", v, err)
			}
		})
	}
}

// oneProject seeds a register with one project and one source, and gives the project's id.
func oneProject(t *testing.T, name string) string {
	t.Helper()
	db, err := registerdb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := register.NewID(register.Project, time.Now())
	say := func(path, value string) register.Statement {
		return register.Statement{Subject: id, Path: path, Value: json.RawMessage(value), Source: "source", KnownOn: "2026-01-01", By: "test", At: "2026-01-01T00:00:00Z", State: register.Published}
	}
	if err := db.Record(t.Context(), registerdb.Batch{Sources: []register.Source{{ID: "source", Class: "report", Title: map[string]string{"en": "Source"}}},
		Statements: []register.Statement{say("title", `"Road"`), say("status", `"implementation"`), say("karvan/countries", `["AZ"]`)}}); err != nil {
		t.Fatal(err)
	}
	return id
}
