package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that the checklist of the security page names is there, and each of the
// seventy requirements stands once.
func TestSecurityChecklistIsTrue(t *testing.T) {
	text, err := os.ReadFile("../docs/reference/security.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	if err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			if d != nil && d.IsDir() {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		code, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(code), -1) {
			have[m[1]] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(text), -1) {
		if !have[m[1]] {
			t.Errorf("there is no %s", m[1])
		}
	}
	met := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \|`).FindAllStringSubmatch(string(text), -1) {
		met[m[1]]++
	}
	for id, n := range met {
		if n > 1 {
			t.Errorf("%s stands %d times", id, n)
		}
	}
	if len(met) != 70 {
		t.Errorf("%d requirements, 70 were expected", len(met))
	}
}

// What is for one person is not for pages of other sites.
func TestWorkIsForOneOrigin(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for _, at := range []string{"/api/v1/me", "/api/v1/me/tokens", "/api/v1/submissions", "/api/v1/accounts", "/api/v1/audit/events", "/api/v1/work/records/" + o.project().ID} {
		r := o.as("auditor", http.MethodGet, at, nil)
		if r.header.Get("Access-Control-Allow-Origin") != "" || r.status == 200 && r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", at, r.header)
		}
	}
	if r := o.get("/api/v1/meetings"); r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("what everybody reads is not for everybody")
	}
}

// A workbook of ten thousand rows comes back in; one bad cell is named, and nothing taken.
func TestImportThroughTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	book := o.plain(http.MethodGet, "/api/v1/export/en/register.xlsx", nil).body
	send := func(who, query string, body []byte) reply {
		return o.plain(http.MethodPost, "/api/v1/import?source=ministry&source_title=List&"+query, strings.NewReader(string(body)), "Authorization", "Bearer "+o.tokens[who], "Content-Type", "application/octet-stream")
	}
	var counts struct {
		New, Changed, Conflict, Unchanged int
		Submission                        *submitted
	}
	o.want(send("publisher", "name=register.xlsx&dry_run=true", book), 200, &counts)
	if counts.New+counts.Changed+counts.Conflict != 0 || counts.Unchanged < 200 {
		t.Errorf("the book as it was taken out: %+v", counts)
	}
	table := string(o.plain(http.MethodGet, "/api/v1/organisations.csv", nil).body)
	lines := strings.Split(table, "\r\n")
	changed := strings.Replace(table, lines[1], strings.Replace(lines[1], ",AZ,", ",GE,", 1), 1)
	if changed == table {
		changed = strings.Replace(table, lines[1], strings.Replace(lines[1], ",TR,", ",GE,", 1), 1)
	}
	o.want(send("publisher", "name=organisations.csv&dry_run=true", []byte(changed)), 200, &counts)
	if counts.Changed != 1 || counts.Submission != nil {
		t.Errorf("one cell was changed: %+v", counts)
	}
	before := o.plain(http.MethodGet, "/api/v1/export/statements.ndjson", nil).body
	r := o.want(send("publisher", "name=organisations.csv", []byte(strings.Replace(changed, "revision", "rivision", 1))), 422, nil)
	if !strings.Contains(string(r.body), "rivision") {
		t.Errorf("the bad cell is not named: %v", r)
	}
	for _, who := range []string{"company", "auditor", "administrator"} {
		o.want(send(who, "name=organisations.csv", []byte(changed)), 403, nil)
	}
	o.want(send("publisher", "name=organisations.csv", []byte(changed)), 200, &counts)
	if counts.Submission == nil || counts.Submission.State != "submitted" {
		t.Fatalf("%+v", counts)
	}
	o.step("second", counts.Submission, "accept", nil)
	o.step("second", counts.Submission, "publish", nil)
	after := o.plain(http.MethodGet, "/api/v1/export/statements.ndjson", nil).body
	if strings.Count(string(after), "\n") != strings.Count(string(before), "\n")+1 {
		t.Error("not exactly the one change was recorded")
	}
	// The table as it was taken out before is a conflict now.
	o.want(send("publisher", "name=organisations.csv", []byte(strings.Replace(table, lines[1], strings.Replace(lines[1], ",AZ,", ",IR,", 1), 1))), 200, &counts)
	if counts.Conflict == 0 {
		t.Errorf("%+v", counts)
	}
}
