package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/store/registerdb"
)

// newRegister makes a register of the built-in study.
func newRegister(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.db")
	mustRun(t, "register", "list", "programmes", "--db", path)
	return path
}

func TestRegisterCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sound := `{"uri":"https://example.org/p","publishedDate":"2026-01-01T00:00:00Z","version":"0.9","publisher":{"name":"P"},"projects":[{"id":"oc4ids-abc123-1","title":"T"}]}`
	for _, c := range []struct {
		name, text string
		status     int
		kind       string
	}{
		{"sound", sound, 0, ""},
		{"warned", strings.Replace(sound, `"title":"T"`, `"title":"T","budget":{"amount":{"amount":5}}`, 1), 0, "missing-currency"},
		{"broken", strings.Replace(sound, `"title":"T"`, `"status":"done"`, 1), 2, ""},
		{"cut", sound[:100], 2, "invalid-json"},
		{"deep", strings.Repeat("[", 100000), 2, "invalid-json"},
		{"empty", "", 2, "invalid-json"},
		{"wrong", `[1, "a", null]`, 2, "type"},
	} {
		path := write(c.name+".json", c.text)
		out, errs, status := run(t, "register", "check", path, "--json")
		var list []struct{ Kind, Pointer, Message, Severity string }
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Errorf("%s: %v: %s%s", c.name, err, out, errs)
			continue
		}
		found := c.kind == ""
		for _, f := range list {
			found = found || f.Kind == c.kind
		}
		if status != c.status || !found {
			t.Errorf("%s: status %d, expected %d with %q: %s", c.name, status, c.status, c.kind, out)
		}
	}
	if _, errs, status := run(t, "register", "check", filepath.Join(dir, "none.json")); status != 1 || !strings.Contains(errs, "none.json") {
		t.Errorf("a file that is not there: status %d, %s", status, errs)
	}
}

// What was taken out comes back as it was, in every language and form.
func TestRegisterRoundTrip(t *testing.T) {
	db := newRegister(t)
	dir := t.TempDir()
	for _, language := range []string{"en", "az", "tr", "ru"} {
		for format, name := range map[string]string{"oc4ids": "p.json", "xlsx": "r.xlsx"} {
			path := filepath.Join(dir, language+name)
			mustRun(t, "register", "export", "--db", db, "--format", format, "--lang", language, "-o", path)
			out := mustRun(t, "register", "import", path, "--db", db, "--lang", language, "--source", "azernews-2021-12-26", "--dry-run")
			if !strings.Contains(out, "0 new, 0 changed, 0 in conflict") {
				t.Errorf("%s in %s: %s", format, language, out)
			}
		}
	}
}

func TestRegisterImport(t *testing.T) {
	db := newRegister(t)
	path := filepath.Join(t.TempDir(), "p.json")
	mustRun(t, "register", "export", "--db", db, "-o", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"Baku-Tbilisi-Kars railway"`, `"Baku-Tbilisi-Kars line"`, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := run(t, "register", "import", path, "--db", db); status != 64 || !strings.Contains(errs, "--source") {
		t.Errorf("without a source: status %d, %s", status, errs)
	}
	if _, errs, status := run(t, "register", "import", path, "--db", db, "--source", "new-one"); status != 64 || !strings.Contains(errs, "--source-title") {
		t.Errorf("a source without a title: status %d, %s", status, errs)
	}
	out := mustRun(t, "register", "import", path, "--db", db, "--source", "new-one", "--source-title", "List", "--known-on", "2026-01-01")
	if !strings.Contains(out, "1 changed") || !strings.Contains(out, `title: "Baku-Tbilisi-Kars railway" -> "Baku-Tbilisi-Kars line"`) {
		t.Error(out)
	}
	shown := mustRun(t, "register", "show", "baku-tbilisi-kars-railway", "--db", db, "--json")
	if !strings.Contains(shown, "Baku-Tbilisi-Kars line") || !strings.Contains(shown, `"source_id": "new-one"`) || !strings.Contains(shown, "Baku-Tbilisi-Kars railway (wiki-btk-mini") {
		t.Error("the new title, its source, or what the earlier source says is missing")
	}
	// A fault keeps the whole file out.
	if err := os.WriteFile(path, []byte(strings.Replace(changed, `"status":"completion"`, `"status":"finished"`, 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := run(t, "register", "import", path, "--db", db, "--source", "new-one"); status != 2 || !strings.Contains(errs, "finished") || !strings.Contains(errs, "nothing was recorded") {
		t.Errorf("a fault: status %d, %s", status, errs)
	}
}

// kill -9 during an import leaves the earlier content whole.
func TestKillDuringImport(t *testing.T) {
	db := newRegister(t)
	path := filepath.Join(t.TempDir(), "p.json")
	mustRun(t, "register", "export", "--db", db, "-o", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Many new projects, so that the import takes a while.
	var pkg map[string]any
	if err := json.Unmarshal(text, &pkg); err != nil {
		t.Fatal(err)
	}
	var projects []any
	for i := range 4000 {
		projects = append(projects, map[string]any{"id": fmt.Sprintf("oc4ids-abc123-%d", i), "title": fmt.Sprintf("Made-up project %d", i), "status": "preparation", "description": strings.Repeat("works ", 40)})
	}
	pkg["projects"] = projects
	if text, err = json.Marshal(pkg); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	before := mustRun(t, "register", "export", "--db", db, "--format", "ndjson")
	whole := func() bool {
		return strings.Count(mustRun(t, "register", "list", "projects", "--q", "made-up", "--db", db, "--json"), "kv-project") == 4000
	}
	killed := 0
	for after := 100 * time.Millisecond; after < 4*time.Second; after = after * 3 / 2 {
		c := command("register", "import", path, "--db", db, "--source", "azernews-2021-12-26")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- c.Wait() }()
		select {
		case <-time.After(after):
			c.Process.Signal(syscall.SIGKILL)
			<-done
			killed++
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if killed == 0 {
				t.Fatal("it was faster than the first kill")
			}
			if !whole() {
				t.Error("an import that ended well is not whole")
			}
			return
		}
		if now := mustRun(t, "register", "export", "--db", db, "--format", "ndjson"); now != before {
			// The kill may come between the last write and the end of the process.
			if !whole() {
				t.Fatalf("killed after %v, the register has changed", after)
			}
			return
		}
	}
}

func TestRegisterOnAFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		check.Skip(t, "a small disk is only made by root on Linux")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=4m"); err != nil {
		check.Skip(t, "a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, 0) })
	db := filepath.Join(disk, "r.db")
	mustRun(t, "register", "list", "programmes", "--db", db)
	path := filepath.Join(t.TempDir(), "p.json")
	mustRun(t, "register", "export", "--db", db, "-o", path)
	before := mustRun(t, "register", "export", "--db", db, "--format", "ndjson")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var pkg map[string]any
	if err := json.Unmarshal(text, &pkg); err != nil {
		t.Fatal(err)
	}
	var projects []any
	for i := range 3000 {
		projects = append(projects, map[string]any{"id": fmt.Sprintf("oc4ids-abc123-%d", i), "title": fmt.Sprintf("Made-up project %d", i), "description": strings.Repeat("works ", 200)})
	}
	pkg["projects"] = projects
	if text, err = json.Marshal(pkg); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, status := run(t, "register", "import", path, "--db", db, "--source", "azernews-2021-12-26")
	if status != 1 || !strings.Contains(errs, "disk is full") {
		t.Errorf("status %d, %s", status, errs)
	}
	if now := mustRun(t, "register", "export", "--db", db, "--format", "ndjson"); now != before {
		t.Error("a part was recorded, or reading stopped")
	}
	for n := range 8 {
		if _, errs, status = run(t, "register", "export", "--db", db, "--format", "ndjson", "-o", filepath.Join(disk, fmt.Sprint(n))); status != 0 {
			break
		}
	}
	if status == 0 {
		t.Error("a full disk took an export")
	} else if left, _ := filepath.Glob(filepath.Join(disk, "*part*")); len(left) > 0 {
		t.Errorf("left behind: %v (%s)", left, errs)
	}
}

func TestRegisterFiles(t *testing.T) {
	dir := t.TempDir()
	db := newRegister(t)
	// A database of a newer version is left as it is.
	newer := filepath.Join(dir, "newer.db")
	made, err := registerdb.Open(context.Background(), newer)
	if err != nil {
		t.Fatal(err)
	}
	made.Close()
	raw, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	before, _ := os.ReadFile(newer)
	if _, errs, status := run(t, "register", "list", "projects", "--db", newer); status != 1 || !strings.Contains(errs, "newer karvan") {
		t.Errorf("a newer database: status %d, %s", status, errs)
	}
	if after, _ := os.ReadFile(newer); !bytes.Equal(before, after) {
		t.Error("the newer database was changed")
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"kind":        {[]string{"register", "list", "trains", "--db", db}, 64, "projects"},
		"day":         {[]string{"register", "list", "projects", "--db", db, "--as-of", "soon"}, 64, "YYYY-MM-DD"},
		"sort":        {[]string{"register", "list", "projects", "--db", db, "--sort", "size"}, 64, "-updated"},
		"near":        {[]string{"register", "show", "shusha", "--db", db}, 1, "did you mean"},
		"none":        {[]string{"register", "show", "zzzz", "--db", db}, 1, "register search"},
		"form":        {[]string{"register", "export", "--format", "pdf", "--db", db}, 64, "ndjson"},
		"prefix":      {[]string{"register", "export", "--oc4ids-prefix", "mine", "--db", db}, 64, "oc4ids-"},
		"no database": {[]string{"register", "list", "projects", "--db", dir}, 1, "file was expected"},
		"sub-command": {[]string{"register", "lists"}, 64, "no command"},
	} {
		if _, errs, status := run(t, c.args...); status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d, expected %d with %q: %s", name, status, c.status, c.want, errs)
		}
	}
	var ranks []struct {
		Host, Period, Investor string
		Rank                   *float64
	}
	if err := json.Unmarshal([]byte(mustRun(t, "register", "investment", "--host", "AZ", "--db", db, "--json")), &ranks); err != nil {
		t.Fatal(err)
	}
	second := ""
	for _, r := range ranks {
		if r.Period == "2021" && r.Rank != nil && *r.Rank == 2 {
			second = r.Investor
		}
	}
	if second != "TR" {
		t.Errorf("the second investor in Azerbaijan in 2021 is %q", second)
	}
}

// serve listens at once: the register is read while the model still runs.
func TestServeBeforeTheModelIsSolved(t *testing.T) {
	c := command("serve", "azerbaijan-turkiye", "--addr", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "r.db"))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		c.Process.Signal(syscall.SIGINT)
		c.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base := regexp.MustCompile(`http://[\d.:]+`).FindString(line)
	get := func(path string) (int, string) {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	if status, body := get("/en/meetings"); status != 200 || !strings.Contains(body, "Azerbaijan Railways") {
		t.Errorf("status %d: %s", status, body)
	}
	if status, body := get("/api/meta"); status != 503 || !strings.Contains(body, `"total"`) {
		t.Errorf("the model cannot be solved yet: status %d: %s", status, body)
	}
}
