package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/backup"
	"github.com/karvan/karvan/store/registerdb"
)

// beside runs a load while others write, and while a backup is made, as asked.
func (b *registerBench) beside(ctx context.Context, db *registerdb.DB, base string, load func() error) error {
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 2)
	if b.WriteRate > 0 {
		if err := b.account(ctx, db); err != nil {
			return err
		}
		wg.Go(func() { failed <- b.write(ctx, base) })
	}
	if b.backup {
		wg.Go(func() {
			started := time.Now()
			f, err := os.CreateTemp("", "karvan-bench-*.zip")
			if err != nil {
				failed <- err
				return
			}
			defer os.Remove(f.Name())
			defer f.Close()
			if _, err := backup.Write(ctx, db.SQL(), f, started, nil); err != nil {
				failed <- err
				return
			}
			if info, err := f.Stat(); err == nil {
				b.BackupMB = float64(info.Size()) / (1 << 20)
			}
			b.BackupS = time.Since(started).Seconds()
		})
	}
	err := load()
	if b.backup && b.WriteRate == 0 {
		wg.Wait()
	}
	stop()
	wg.Wait()
	select {
	case other := <-failed:
		if err == nil && other != nil && ctx.Err() == nil {
			err = other
		}
	default:
	}
	return err
}

// account makes an account that may do everything with proposals.
func (b *registerBench) account(ctx context.Context, db *registerdb.DB) error {
	acc := accounts.New(db.SQL(), nil)
	a, err := acc.SignedIn(ctx, "bench", "writer", "Writer", "")
	if err != nil {
		return err
	}
	if err := acc.Grant(ctx, commandLine, a.ID, policy.Grant{Role: policy.Publisher}); err != nil {
		return err
	}
	_, b.token, err = acc.CreateToken(ctx, commandLine, a.ID, "bench", []string{"propose", "publish"}, time.Hour)
	return err
}

// write proposes changes of projects, accepts and publishes them, each request at its
// time, whatever the answers take.
func (b *registerBench) write(ctx context.Context, base string) error {
	steps := []string{"propose", "accept", "publish"}
	took := make([][]float64, len(steps))
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	waiting := make([]chan submission, len(steps))
	for i := range waiting {
		waiting[i] = make(chan submission, 1000)
	}
	for i := 0; ; i++ {
		due := begin.Add(time.Duration(float64(i) / b.WriteRate * float64(time.Second)))
		select {
		case <-ctx.Done():
			wg.Wait()
			for k, list := range took {
				if len(list) > 0 {
					b.Writes = append(b.Writes, summed("write: "+steps[k], list))
				}
			}
			return nil
		case <-time.After(time.Until(due)):
		}
		k := i % len(steps)
		var s submission
		if k > 0 {
			select {
			case s = <-waiting[k]:
			default:
				k = 0 // none has come that far yet
			}
		}
		wg.Go(func() {
			s, err := b.step(base, steps[k], i, s)
			ms := float64(time.Since(due).Microseconds()) / 1000
			mu.Lock()
			defer mu.Unlock()
			took[k] = append(took[k], ms)
			if err != nil {
				b.WritesBad++
				return
			}
			if k+1 < len(steps) {
				select {
				case waiting[k+1] <- s:
				default:
				}
			}
		})
	}
}

type submission struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// step sends one write and gives the submission as it is then.
func (b *registerBench) step(base, step string, i int, s submission) (submission, error) {
	address, body := base+"/api/v1/submissions/"+s.ID+"/"+step, "{}"
	if step == "propose" {
		id := register.KeyedID(register.Project, "bench", fmt.Sprint(i*7919%b.Projects), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		address = base + "/api/v1/submissions"
		body = fmt.Sprintf(`{"changes":[{"subject":%q,"path":"karvan/remark","value":"written %d"}],"said":{"source_id":"bench"},"submit":true}`, id, i)
	}
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return s, err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", "application/json")
	if step != "propose" {
		req.Header.Set("If-Match", fmt.Sprintf(`"%d"`, s.Version))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return s, err
	}
	if res.StatusCode >= 300 {
		return s, fmt.Errorf("%s: %s: %s", step, res.Status, data)
	}
	return s, json.Unmarshal(data, &s)
}
