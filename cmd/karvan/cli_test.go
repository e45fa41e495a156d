package main

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/internal/pgtest"
	"github.com/karvan/karvan/store"
)

// The tests run this very program as a user would: the test binary becomes
// karvan when it is told to.
func TestMain(m *testing.M) {
	if os.Getenv("KARVAN_TEST_MAIN") != "" {
		main()
		os.Exit(0)
	}
	// Nobody's own register is touched.
	home, err := os.MkdirTemp("", "karvan-test-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_DATA_HOME", home)
	status := pgtest.Main(m)
	os.RemoveAll(home)
	os.Exit(status)
}

func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "KARVAN_TEST_MAIN=1")
	return c
}

// run runs karvan and gives what it printed and its exit status.
func run(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	c := command(args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var e *exec.ExitError
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// mustRun runs karvan and fails the test unless it ends well.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, status := run(t, args...)
	if status != 0 {
		t.Fatalf("karvan %s: status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// result makes a result of the starter study.
func result(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.gpkg")
	mustRun(t, "run", "starter", "-o", path)
	return path
}

func TestFromNewToResult(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	mustRun(t, "new", dir)
	if out := mustRun(t, "check", dir); !strings.Contains(out, "clean") {
		t.Errorf("check of a new study: %s", out)
	}
	if _, errs, status := run(t, "new", dir); status != 1 || !strings.Contains(errs, "exists already") {
		t.Errorf("new over an existing folder: status %d, %s", status, errs)
	}
	path := filepath.Join(dir, "..", "mine.gpkg")
	mustRun(t, "run", dir, "-o", path)
	for _, args := range [][]string{{"show", path}, {"validate", path}, {"compare", path, "--b", "second-track"}, {"version"}, {"completion", "bash"}} {
		if mustRun(t, args...) == "" {
			t.Errorf("karvan %s printed nothing", strings.Join(args, " "))
		}
	}
}

func TestJSON(t *testing.T) {
	path := result(t)
	for _, args := range [][]string{{"check", "starter"}, {"show", path}, {"validate", path}, {"compare", path, "--b", "faster-border"}, {"version"},
		{"route", "starter", "--from", "east", "--to", "west"}, {"run", "starter", "-o", filepath.Join(t.TempDir(), "x.gpkg")}, {"export", path, "-o", t.TempDir()}, {"bench", "synth", "--nodes", "100"}} {
		out := mustRun(t, append(args, "--json")...)
		if !json.Valid([]byte(out)) {
			t.Errorf("karvan %s --json: not JSON: %.200s", strings.Join(args, " "), out)
		}
	}
	var observed []map[string]any
	if err := json.Unmarshal([]byte(mustRun(t, "validate", path, "--json")), &observed); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"obs_id", "observed", "modelled", "unit", "low", "high", "role", "source_id"} {
		if _, ok := observed[0][key]; !ok {
			t.Errorf("validate --json lacks %s", key)
		}
	}
}

func TestCheckStatus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	mustRun(t, "new", dir)
	if err := os.WriteFile(filepath.Join(dir, "zone.csv"), []byte("zone_id,name\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, status := run(t, "check", dir, "--json")
	var faults []map[string]any
	if err := json.Unmarshal([]byte(out), &faults); err != nil || status != 2 || len(faults) == 0 {
		t.Fatalf("status %d, %d faults, %v", status, len(faults), err)
	}
	for _, key := range []string{"file", "line", "field", "value", "message", "severity"} {
		if _, ok := faults[0][key]; !ok {
			t.Errorf("check --json lacks %s", key)
		}
	}
	if _, errs, status := run(t, "run", dir, "-o", filepath.Join(dir, "..", "x.gpkg")); status != 2 || !strings.Contains(errs, "zone.csv") {
		t.Errorf("run of a faulty study: status %d, %s", status, errs)
	}
}

// One worker and two give the same tables, but for the clock's columns.
func TestWorkersDoNotMatter(t *testing.T) {
	dumps := make([]string, 2)
	for i, workers := range []string{"1", "2"} {
		path := filepath.Join(t.TempDir(), "r.gpkg")
		mustRun(t, "run", "starter", "-o", path, "--workers", workers)
		dumps[i] = dump(t, path)
	}
	if dumps[0] != dumps[1] {
		t.Error("the results of one and two workers differ")
	}
}

// dump writes every table of a result as text.
func dump(t *testing.T, path string) string {
	t.Helper()
	r, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tables, err := r.Tables()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range append(tables, "start", "study_file") {
		rows, err := r.DB.Query("SELECT * FROM " + table + " ORDER BY rowid")
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		w := csv.NewWriter(&b)
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := []string{table}
			for i, v := range values {
				if columns[i] != "started_at" && columns[i] != "wall_s" {
					line = append(line, cellText(v))
				}
			}
			w.Write(line)
		}
		w.Flush()
		rows.Close()
	}
	return b.String()
}

func cellText(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// ogrinfo reads every table without a warning, and the features are valid.
func TestGeoPackageOpensInGDAL(t *testing.T) {
	ogrinfo := check.Tool(t, "ogrinfo")
	path := result(t)
	out, err := exec.Command(ogrinfo, "-so", "-al", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, bad := range []string{"Warning", "ERROR"} {
		if strings.Contains(string(out), bad) {
			t.Errorf("ogrinfo says: %s", out)
		}
	}
	for _, want := range []string{"Layer name: link", "Geometry: Line String", "Layer name: indicator", "Layer name: od_result", "EPSG\",4326"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ogrinfo does not show %q", want)
		}
	}
	// The R-tree answers a search by rectangle.
	out, err = exec.Command(ogrinfo, "-so", "-spat", "44", "39", "46", "41", path, "link").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Feature Count: 2") {
		t.Errorf("two links touch the west: %v %s", err, out)
	}
}

func TestExport(t *testing.T) {
	path := result(t)
	for _, format := range []string{"csv", "geojson", "parquet"} {
		dir := t.TempDir()
		mustRun(t, "export", path, "--format", format, "-o", dir)
		files, _ := filepath.Glob(filepath.Join(dir, "*."+format))
		if len(files) < 2 {
			t.Errorf("%s: only %d files", format, len(files))
		}
		for _, f := range files {
			if info, err := os.Stat(f); err != nil || info.Size() == 0 {
				t.Errorf("%s is empty", f)
			}
		}
	}
	book := filepath.Join(t.TempDir(), "r.xlsx")
	mustRun(t, "export", path, "--format", "xlsx", "-o", book)
	if data, err := os.ReadFile(book); err != nil || !bytes.HasPrefix(data, []byte("PK")) {
		t.Errorf("no workbook was written: %v", err)
	}
	if _, errs, status := run(t, "export", path, "--table", "nothing"); status != 1 || !strings.Contains(errs, "there is no table") {
		t.Errorf("an unknown table: status %d, %s", status, errs)
	}
}

// kill -9 at any moment leaves the earlier result as it was.
func TestKillLeavesTheEarlierResult(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.gpkg")
	mustRun(t, "run", "starter", "-o", path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{20, 80, 200, 500, 1000} {
		c := command("run", "azerbaijan-turkiye", "-o", path, "--scenario", "base", "--year", "2020", "--draws", "0")
		c.Stderr = io.Discard
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		now, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if c.ProcessState.Success() {
			break // it was faster than the kill
		}
		if !bytes.Equal(before, now) {
			t.Fatalf("killed after %v ms, the earlier result has changed", int(after))
		}
		mustRun(t, "validate", path)
	}
}

// Ctrl-C ends a run soon, leaves the earlier result, and no part of a new one.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("interrupts are sent in another way on Windows")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "r.gpkg")
	mustRun(t, "run", "starter", "-o", path)
	before, _ := os.ReadFile(path)
	c := command("run", "azerbaijan-turkiye", "-o", path)
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	c.Process.Signal(os.Interrupt)
	done := make(chan struct{})
	go func() { c.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		c.Process.Kill()
		t.Fatal("it does not stop")
	}
	if c.ProcessState.ExitCode() != 130 || !strings.Contains(errs.String(), "as it was") {
		t.Errorf("status %d, %s", c.ProcessState.ExitCode(), errs.String())
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(before, now) {
		t.Error("the earlier result has changed")
	}
	if left, _ := filepath.Glob(path + ".part-*"); len(left) > 0 {
		t.Errorf("parts are left: %v", left)
	}
}

// Each kind of bad luck is told in one sentence, with status 1 and nothing
// half-written.
func TestBadLuck(t *testing.T) {
	good := result(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	newer := write("newer.gpkg", data)
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE run SET format_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no such result", []string{"show", filepath.Join(dir, "none.gpkg")}, "there is no such file"},
		{"not a result", []string{"show", write("text.gpkg", bytes.Repeat([]byte("text "), 100))}, "not a result of karvan"},
		{"empty", []string{"show", write("empty.gpkg", nil)}, "not a result of karvan"},
		{"truncated", []string{"show", write("half.gpkg", data[:len(data)/2])}, "cut off"},
		{"newer", []string{"show", newer}, "written by a newer karvan"},
		{"no such study", []string{"run", filepath.Join(dir, "nowhere"), "-o", filepath.Join(dir, "x.gpkg")}, "no such folder"},
		{"no such folder for the result", []string{"run", "starter", "-o", filepath.Join(dir, "nowhere", "x.gpkg")}, "cannot write in"},
		{"port in use", []string{"serve", good, "--addr", l.Addr().String()}, "choose another address"},
		{"scenario not run", []string{"compare", good, "--b", "nothing"}, "was not run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := run(t, tt.args...)
			if status != 1 || !strings.Contains(errs, tt.want) || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
				t.Errorf("status %d, want 1 and one sentence with %q:\n%s%s", status, tt.want, out, errs)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "x.gpkg*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	if _, errs, status := run(t, "run", "starter", "--scenario", "bas"); status != statusUsage || !strings.Contains(errs, "no scenario") {
		t.Errorf("unknown scenario: status %d, %s", status, errs)
	}
}

// A disk that is full ends the run with one sentence, and leaves nothing.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		check.Skip(t, "a small disk is only made by root on Linux")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		check.Skip(t, "a small disk cannot be made here: %v", err)
	}
	defer syscall.Unmount(disk, 0)
	_, errs, status := run(t, "run", "starter", "-o", filepath.Join(disk, "r.gpkg"))
	if status != 1 || !strings.Contains(errs, "full") {
		t.Errorf("status %d, want 1 and a word of the full disk: %s", status, errs)
	}
	if left, _ := os.ReadDir(disk); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
