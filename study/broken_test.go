package study_test

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// A corpus of broken studies. Each is the starter study with a small change,
// beside the faults that the loader must name: all of them, and no others.

// files is a study in memory, by path.
type files map[string]string

// starter gives a fresh copy of the built-in starter study.
func starter(t testing.TB) files {
	t.Helper()
	out := files{}
	sub, err := fs.Sub(studies.Files, "starter")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(sub, name)
		out[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f files) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for name, content := range f {
		out[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return out
}

// write puts the study into a folder.
func (f files) write(t testing.TB, dir string) {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (f files) names() []string {
	out := make([]string, 0, len(f))
	for name := range f {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// edit is one change of a study.
type edit func(testing.TB, files)

// replace changes the first occurrence of a text, which must be there.
func replace(file, old, new string) edit {
	return func(t testing.TB, f files) {
		t.Helper()
		if !strings.Contains(f[file], old) {
			t.Fatalf("%s does not hold %q: the case needs another text", file, old)
		}
		f[file] = strings.Replace(f[file], old, new, 1)
	}
}

// replaceAll changes every occurrence of a text.
func replaceAll(file, old, new string) edit {
	return func(t testing.TB, f files) {
		t.Helper()
		if !strings.Contains(f[file], old) {
			t.Fatalf("%s does not hold %q: the case needs another text", file, old)
		}
		f[file] = strings.ReplaceAll(f[file], old, new)
	}
}

// add puts lines at the end of a file.
func add(file string, lines ...string) edit {
	return func(_ testing.TB, f files) { f[file] += strings.Join(lines, "\n") + "\n" }
}

// put writes a whole file.
func put(file, content string) edit {
	return func(_ testing.TB, f files) { f[file] = content }
}

// drop deletes a file.
func drop(file string) edit {
	return func(t testing.TB, f files) {
		t.Helper()
		if _, ok := f[file]; !ok {
			t.Fatalf("there is no %s to delete", file)
		}
		delete(f, file)
	}
}

// rename moves a file.
func rename(from, to string) edit {
	return func(t testing.TB, f files) {
		t.Helper()
		drop(from)(t, files{from: f[from]})
		f[to] = f[from]
		delete(f, from)
	}
}

// column puts a column at the end of a table: its name, then a cell for each
// row. Rows beyond the cells get empty ones.
func column(file, name string, cells ...string) edit {
	return func(_ testing.TB, f files) {
		lines := strings.Split(strings.TrimSuffix(f[file], "\n"), "\n")
		for i := range lines {
			switch {
			case i == 0:
				lines[i] += "," + name
			case i <= len(cells):
				lines[i] += "," + cells[i-1]
			default:
				lines[i] += ","
			}
		}
		f[file] = strings.Join(lines, "\n") + "\n"
	}
}

// crlf ends the lines of a file as Windows does.
func crlf(file string) edit { return replaceAll(file, "\n", "\r\n") }

// semicolons rewrites a table without quoted cells as a spreadsheet of a
// language with decimal commas saves it.
func semicolons(file string) edit {
	return func(t testing.TB, f files) {
		replaceAll(file, ",", ";")(t, f)
		f[file] = strings.ReplaceAll(f[file], ".", ",")
	}
}

// want is a fault that is expected. The zero severity is an error; has is a part
// of the message; the line -1 takes any; the field is the whole path of a key,
// or its end.
type want struct {
	file     string
	line     int
	field    string
	has      string
	severity study.Severity
}

func (w want) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: %s", w.file, w.line, w.severity, w.field, w.has)
}

func (w want) matches(f study.Fault) bool {
	severity := w.severity
	if severity == "" {
		severity = study.Error
	}
	field := f.Field == w.field || w.field != "" && strings.HasSuffix(f.Field, "."+w.field)
	return f.File == w.file && (w.line == -1 || f.Line == w.line) && field && f.Severity == severity && strings.Contains(f.Message, w.has)
}

// broken is one study of the corpus.
type broken struct {
	name  string
	edits []edit
	want  []want
}

const warn = study.Warning

// link is a row of network/link.csv beside those of the starter.
func link(id, from, to, mode, km string) edit {
	return add("network/link.csv", id+","+id+","+from+","+to+","+mode+","+km+",,,,example,high")
}

// twice is what a second thing with an id is told.
const twice = "occurs twice"

// oneProject is a register with one project, named p.
const oneProject = `{
  "projects": [
    {
      "id": "p",
      "title": "A project",
      "karvan": {
        "source_id": "example",
        "links": ["rail-east"],
        "effects": [
          {"change_link": {"links": ["rail-east"], "set": {"capacity_t_per_yr": 5000000}, "from": 2021}}
        ]
      }
    }
  ]
}
`

var brokenStudies = []broken{
	// The study as it is, and what must be accepted without a word.
	{name: "nothing wrong"},
	{name: "a byte order mark in each file", edits: []edit{func(_ testing.TB, f files) {
		for name := range f {
			f[name] = "\ufeff" + f[name]
		}
	}}},
	{name: "CRLF in each file", edits: []edit{func(_ testing.TB, f files) {
		for name := range f {
			f[name] = strings.ReplaceAll(f[name], "\n", "\r\n")
		}
	}}},
	{name: "no newline at the end", edits: []edit{func(_ testing.TB, f files) {
		for name := range f {
			f[name] = strings.TrimRight(f[name], "\n")
		}
	}}},
	{name: "blank lines in a table", edits: []edit{replace("zone.csv", "\nwest,", "\n\n,,,,,\nwest,"), add("zone.csv", "", "")}},
	{name: "hidden files and notes", edits: []edit{put(".git/config", "x"), put("network/~$link.csv", "\x00"), put("notes.txt", "x")}},
	{name: "a sound register", edits: []edit{put("register/p.json", oneProject)}},
	{name: "a register with other keys of OC4IDS", edits: []edit{put("register/p.json",
		strings.Replace(oneProject, `"title"`, `"sector": ["transport"], "budget": {"amount": {"amount": 1, "currency": "USD"}}, "title"`, 1))}},

	// Separators, decimal commas, encodings.
	{name: "semicolons and decimal commas", edits: []edit{semicolons("cost.csv")},
		want: []want{{"cost.csv", 1, "", "semicolon", warn}}},
	{name: "semicolons and CRLF and a byte order mark", edits: []edit{semicolons("cost.csv"), crlf("cost.csv"),
		func(_ testing.TB, f files) { f["cost.csv"] = "\ufeff" + f["cost.csv"] }},
		want: []want{{"cost.csv", 1, "", "semicolon", warn}}},
	{name: "semicolons and a bad number", edits: []edit{semicolons("cost.csv"), replace("cost.csv", "0,04;", "0,0,4;")},
		want: []want{{"cost.csv", 1, "", "semicolon", warn}, {"cost.csv", 2, "value", "number", ""}}},
	{name: "a decimal comma in quotes in a comma file", edits: []edit{replace("cost.csv", "0.04,", `"0,04",`)},
		want: []want{{"cost.csv", 2, "value", "decimal comma", ""}}},
	{name: "a decimal comma without quotes in a comma file", edits: []edit{replace("cost.csv", "0.04,", "0,04,")},
		want: []want{{"cost.csv", 2, "", "10 cells, the header 9", ""}}},
	{name: "Latin-1 in the last row of a table", edits: []edit{add("growth.csv", "*,2031,2040,0.03,example,low,"), column("growth.csv", "note", "", "caf\xe9"), replace("growth.csv", "low,,caf", "low,caf")},
		want: []want{{"growth.csv", -1, "", "UTF-8", ""}}},
	{name: "UTF-16", edits: []edit{put("observed/counts.csv", "\xff\xfeo\x00b\x00s\x00_\x00i\x00d\x00\n\x00")},
		want: []want{{"observed/counts.csv", 1, "", "text", ""}}},
	{name: "a NUL byte in a table", edits: []edit{replace("observed/counts.csv", "2020,2000000", "2020,2\x00")},
		want: []want{{"observed/counts.csv", 2, "", "NUL", ""}}},
	{name: "a NUL byte in a document", edits: []edit{replace("scenario/faster-border.yaml", "half", "ha\x00lf")},
		want: []want{{"scenario/faster-border.yaml", 2, "", "NUL", ""}}},
	{name: "an empty table", edits: []edit{put("observed/counts.csv", "")},
		want: []want{{"observed/counts.csv", 0, "", "empty", ""}}},
	{name: "a table with only a byte order mark", edits: []edit{put("observed/counts.csv", "\ufeff")},
		want: []want{{"observed/counts.csv", 0, "", "empty", ""}}},
	{name: "an empty scenario", edits: []edit{put("scenario/faster-border.yaml", "")},
		want: []want{{"scenario/faster-border.yaml", 0, "", "empty", ""}}},
	{name: "a scenario of comments only", edits: []edit{put("scenario/faster-border.yaml", "# nothing\n")},
		want: []want{{"scenario/faster-border.yaml", 0, "", "empty", ""}}},
	{name: "an empty register", edits: []edit{put("register/p.json", " \n")},
		want: []want{{"register/p.json", 0, "", "empty", ""}}},

	// Files, columns, keys.
	{name: "an unknown file", edits: []edit{put("zones.csv", "zone_id\n")},
		want: []want{{"zones.csv", 0, "", `"zone.csv"`, ""}}},
	{name: "an unknown file in a folder", edits: []edit{put("network/links.csv", "link_id\n")},
		want: []want{{"network/links.csv", 0, "", `"network/link.csv"`, ""}}},
	{name: "an unknown folder", edits: []edit{put("scenarios/x.yaml", "id: x\n")},
		want: []want{{"scenarios", 0, "", `"scenario"`, ""}}},
	{name: "a scenario with another ending", edits: []edit{rename("scenario/faster-border.yaml", "scenario/faster-border.yml")},
		want: []want{{"scenario/faster-border.yml", 0, "", ".yaml", ""}}},
	{name: "cost.csv is missing", edits: []edit{drop("cost.csv")},
		want: []want{{"cost.csv", 0, "", "missing", ""}}},
	{name: "growth.csv is missing, and a later year needs it", edits: []edit{drop("growth.csv")},
		want: []want{{"growth.csv", 0, "country_iso2", "2025", ""}, {"growth.csv", 0, "country_iso2", "2025", ""}}},
	{name: "an unknown column", edits: []edit{column("commodity.csv", "paylod_t", "20", "20")},
		want: []want{{"commodity.csv", 1, "paylod_t", `"payload_t"`, ""}}},
	{name: "a missing column", edits: []edit{replace("cost.csv", ",unit,", ",note,")},
		want: []want{{"cost.csv", 1, "unit", "missing", ""}}},
	{name: "a misspelt column", edits: []edit{replace("cost.csv", "parameter,", "paramter,")},
		want: []want{{"cost.csv", 1, "paramter", `"parameter"`, ""}, {"cost.csv", 1, "parameter", "missing", ""}}},
	{name: "a column that occurs twice", edits: []edit{column("commodity.csv", "name", "a", "b")},
		want: []want{{"commodity.csv", 1, "name", "twice", ""}}},
	{name: "a column without a name", edits: []edit{column("commodity.csv", "", "", "")},
		want: []want{{"commodity.csv", 1, "", "no name", ""}}},
	{name: "a row with a cell too few", edits: []edit{replace("cost.csv", "rail,all,6,4,8,USD/t,", "rail,all,6,4,8,")},
		want: []want{{"cost.csv", 4, "", "8 cells, the header 9", ""}}},
	{name: "a row with a cell too many", edits: []edit{add("observed/counts.csv", "obs-2,rail_at_border,2021,1,t,fit,example,low,,")},
		want: []want{{"observed/counts.csv", 3, "", "10 cells, the header 8", ""}}},
	{name: "a quote inside a cell", edits: []edit{add("observed/counts.csv", `obs-2,rail"at"border,2021,1,t,fit,example,low`)},
		want: []want{{"observed/counts.csv", 3, "", "CSV", ""}}},
	{name: "an empty cell that is required", edits: []edit{replace("zone.csv", "west,West city", "west,")},
		want: []want{{"zone.csv", 3, "name", "required", ""}}},
	{name: "an unknown key in study.yaml", edits: []edit{replace("study.yaml", "base_date", "growth_elasticty: 1\nbase_date")},
		want: []want{{"study.yaml", 4, "growth_elasticty", `"growth_elasticity"`, ""}}},
	{name: "an unknown key inside a key", edits: []edit{replace("study.yaml", "nest_ratio", "nest_ration")},
		want: []want{{"study.yaml", 12, "solver.nest_ration", `"nest_ratio"`, ""}}},
	{name: "a missing key in study.yaml", edits: []edit{replace("study.yaml", "base_date: 2020-12-31\n", "")},
		want: []want{{"study.yaml", 1, "base_date", "required", ""}}},
	{name: "a missing key in a scenario", edits: []edit{replace("scenario/faster-border.yaml", "title: {en: The road crossing takes half the time}\n", "")},
		want: []want{{"scenario/faster-border.yaml", 1, "title", "required", ""}}},
	{name: "an unknown key in an effect", edits: []edit{replace("scenario/second-track.yaml", "from: 2021", "form: 2021")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.form", `"from"`, ""}}},
	{name: "an unknown effect", edits: []edit{replace("scenario/second-track.yaml", "change_link", "chang_link")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0]", `"change_link"`, ""}}},
	{name: "an effect changes what it cannot", edits: []edit{replace("scenario/second-track.yaml", "capacity_t_per_yr", "capacity_t_per_year")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.set.capacity_t_per_year", `"capacity_t_per_yr"`, ""}}},
	{name: "a YAML syntax error", edits: []edit{replace("study.yaml", "years: [2020, 2025]", "years: [2020, 2025")},
		want: []want{{"study.yaml", -1, "", "cannot be read", ""}}},
	{name: "a tab for indentation", edits: []edit{put("scenario/faster-border.yaml", "id: faster-border\ntitle:\n\ten: A\n")},
		want: []want{{"scenario/faster-border.yaml", 3, "", "cannot be read", ""}}},
	{name: "a YAML key twice", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: base\nparent: second-track")},
		want: []want{{"scenario/faster-border.yaml", 4, "parent", `"parent"`, ""}}},
	{name: "a YAML reference", edits: []edit{replace("study.yaml", "draws: 10", "draws: *ten")},
		want: []want{{"study.yaml", 12, "", "*name", ""}}},
	{name: "a document nested too deep", edits: []edit{put("scenario/base.yaml", "id: base\ntitle: "+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+"\n")},
		want: []want{{"scenario/base.yaml", -1, "", "nested", ""}}},
	{name: "a list where a mapping belongs", edits: []edit{replace("study.yaml", "{currency: USD, year: 2020}", "[USD, 2020]")},
		want: []want{{"study.yaml", 5, "prices", "mapping", ""}}},

	// Numbers, units, dates, enumerations.
	{name: "a bad number in a table", edits: []edit{replace("cost.csv", "0.075", "0.075 USD")},
		want: []want{{"cost.csv", 3, "value", "number", ""}}},
	{name: "infinity", edits: []edit{replace("cost.csv", "0.075,0.06,0.09", "0.075,0.06,Inf")},
		want: []want{{"cost.csv", 3, "high", "number", ""}}},
	{name: "not a number", edits: []edit{replace("demand/base.csv", "1500000,", "NaN,")},
		want: []want{{"demand/base.csv", 2, "t_per_yr", "number", ""}}},
	{name: "a hexadecimal number", edits: []edit{replace("demand/base.csv", "1500000,", "0x10p4,")},
		want: []want{{"demand/base.csv", 2, "t_per_yr", "number", ""}}},
	{name: "a thousands separator", edits: []edit{replace("demand/base.csv", "1500000,", `"1,500,000",`)},
		want: []want{{"demand/base.csv", 2, "t_per_yr", "number", ""}}},
	{name: "a bad number in study.yaml", edits: []edit{replace("study.yaml", "alpha: 0.15", "alpha: much")},
		want: []want{{"study.yaml", 9, "delay[1].alpha", "number", ""}}},
	{name: "a bad number in an effect", edits: []edit{replace("scenario/faster-border.yaml", "{dwell_h: 0.5,", "{dwell_h: half,")},
		want: []want{{"scenario/faster-border.yaml", 7, "effects[0].change_terminal.multiply.dwell_h", "number", ""}}},
	{name: "a bad unit", edits: []edit{replace("cost.csv", "rail,all,25,20,30,km/h", "rail,all,25,20,30,mph")},
		want: []want{{"cost.csv", 6, "unit", "km/h", ""}}},
	{name: "a length without a unit", edits: []edit{replace("network/link.csv", "length_km", "length")},
		want: []want{{"network/link.csv", 2, "length", "units.length", ""}, {"network/link.csv", 3, "length", "units.length", ""},
			{"network/link.csv", 4, "length", "units.length", ""}, {"network/link.csv", 5, "length", "units.length", ""}}},
	{name: "an unknown unit of length", edits: []edit{replace("study.yaml", "years:", "units: {length: miles}\nyears:")},
		want: []want{{"study.yaml", 6, "units.length", `"mi"`, ""}}},
	{name: "another currency", edits: []edit{replace("study.yaml", "currency: USD", "currency: EUR")},
		want: []want{{"study.yaml", 5, "prices.currency", "USD", ""}}},
	{name: "a bad date", edits: []edit{replace("study.yaml", "2020-12-31", "31.12.2020")},
		want: []want{{"study.yaml", 4, "base_date", "yyyy-mm-dd", ""}}},
	{name: "a day that does not exist", edits: []edit{column("zone.csv", "known_on", "2021-02-30")},
		want: []want{{"zone.csv", 2, "known_on", "yyyy-mm-dd", ""}}},
	{name: "a bad year", edits: []edit{replace("growth.csv", "2021", "21")},
		want: []want{{"growth.csv", 2, "from_year", "1800", ""}}},
	{name: "a year before the base year", edits: []edit{replace("study.yaml", "[2020, 2025]", "[2010, 2020, 2025]")},
		want: []want{{"study.yaml", 6, "years", "base_year", ""}}},
	{name: "a bad word in a table", edits: []edit{replace("demand/base.csv", "sourced", "source")},
		want: []want{{"demand/base.csv", 2, "anchor", `"sourced"`, ""}}},
	{name: "a bad role", edits: []edit{replace("observed/counts.csv", ",fit,", ",kept-apart,")},
		want: []want{{"observed/counts.csv", 2, "role", `"kept_apart"`, ""}}},
	{name: "a bad word in study.yaml", edits: []edit{replace("study.yaml", "behaviour: logit", "behaviour: logits")},
		want: []want{{"study.yaml", 12, "solver.behaviour", `"logit"`, ""}}},
	{name: "a bad truth value", edits: []edit{column("network/link.csv", "directed", "perhaps")},
		want: []want{{"network/link.csv", 2, "directed", "true or false", ""}}},
	{name: "a bad country", edits: []edit{replace("zone.csv", "West city,BB", "West city,Turkey")},
		want: []want{{"zone.csv", 3, "country_iso2", "ISO 3166", ""}}},
	{name: "bad geometry", edits: []edit{column("network/link.csv", "geometry", "POINT (1 2)")},
		want: []want{{"network/link.csv", 2, "geometry", "LINESTRING", ""}}},
	{name: "a low value above the value", edits: []edit{replace("cost.csv", "0.04,0.03", "0.04,0.05")},
		want: []want{{"cost.csv", 2, "low", "above", ""}}},

	// Names that lead nowhere.
	{name: "a link to no node", edits: []edit{link("spur", "east", "bordr", "road", "300")},
		want: []want{{"network/link.csv", 6, "to_node_id", `"border"`, ""}}},
	{name: "a terminal at no node", edits: []edit{add("network/terminal.csv", "boarder,border,road,road,,5,3,2,3,,,example,high")},
		want: []want{{"network/terminal.csv", 4, "node_id", `"border"`, ""}}},
	{name: "a zone at no node", edits: []edit{replace("zone.csv", "BB,west", "BB,wets")},
		want: []want{{"zone.csv", 3, "node_id", `"west"`, ""}}},
	{name: "a connector of no zone and no node", edits: []edit{put("network/connector.csv", "zone_id,node_id,source_id\neats,borde,example\n")},
		want: []want{{"network/connector.csv", 2, "zone_id", `"east"`, ""}, {"network/connector.csv", 2, "node_id", `"border"`, ""}}},
	{name: "a measure of no link", edits: []edit{replace("measure.csv", "rail-west", "rail_west")},
		want: []want{{"measure.csv", 2, "links", `"rail-west"`, ""}}},
	{name: "a service on no link", edits: []edit{put("network/service.csv", "service_id,link_ids,sailings_per_week,source_id\nshuttle,rail-est,7,example\n")},
		want: []want{{"network/service.csv", 2, "link_ids", `"rail-east"`, ""}}},
	{name: "a rail section on no link", edits: []edit{put("network/rail_section.csv",
		"section_id,link_ids,length_km,gauge_mm,tracks,longest_block_km,run_forward_min,run_back_min,signalling,train_net_load_t,source_id\ns,rail-eest,230,1520,1,20,25,24,automatic_block,1500,example\n")},
		want: []want{{"network/rail_section.csv", 2, "link_ids", `"rail-east"`, ""}}},
	{name: "demand of no zone", edits: []edit{replace("demand/base.csv", "west,east,goods", "wset,east,goods")},
		want: []want{{"demand/base.csv", 4, "from_zone", `"west"`, ""}}},
	{name: "demand of no commodity", edits: []edit{replace("demand/base.csv", "east,west,goods", "east,west,good")},
		want: []want{{"demand/base.csv", 3, "commodity_id", `"goods"`, ""}}},
	{name: "a measure of no commodity", edits: []edit{column("measure.csv", "commodities", "grian")},
		want: []want{{"measure.csv", 2, "commodities", `"grain"`, ""}}},
	{name: "a scenario with no such project", edits: []edit{put("register/p.json", strings.Replace(oneProject, `"id": "p"`, `"id": "port-alat"`, 1)),
		replace("scenario/faster-border.yaml", "parent: base", "parent: base\nprojects: [port-alta]")},
		want: []want{{"scenario/faster-border.yaml", 4, "projects", `"port-alat"`, ""}}},
	{name: "a project, but no register", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: base\nprojects: [port]")},
		want: []want{{"scenario/faster-border.yaml", 4, "projects", "no project", ""}}},
	{name: "an unknown source", edits: []edit{replace("demand/base.csv", "scaled,example", "scaled,exampel")},
		want: []want{{"demand/base.csv", 3, "source_id", `"example"`, ""}}},
	{name: "an unknown source in study.yaml", edits: []edit{replace("study.yaml", "beta: 4, source_id: example", "beta: 4, source_id: examples")},
		want: []want{{"study.yaml", 9, "delay[1].source_id", `"example"`, ""}}},
	{name: "an unknown source in a scenario", edits: []edit{replace("scenario/faster-border.yaml", "source_id: example", "source_id: exmple")},
		want: []want{{"scenario/faster-border.yaml", 5, "source_id", `"example"`, ""}}},
	{name: "a scenario with no such parent", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: bases")},
		want: []want{{"scenario/faster-border.yaml", 3, "parent", `"base"`, ""}}},
	{name: "an unknown mode of a link", edits: []edit{link("spur", "east", "border", "rail1250", "300")},
		want: []want{{"network/link.csv", 6, "mode", `"rail1520"`, ""}}},
	{name: "an unknown mode of a commodity", edits: []edit{replace("commodity.csv", "container,rail;road", "container,raill;road"),
		put("demand/base.csv", "from_zone,to_zone,commodity_id,year,t_per_yr,source_id\neast,west,grain,2020,1,example\n")},
		want: []want{{"commodity.csv", 3, "modes", `"rail"`, ""}}},
	{name: "an unknown cargo form", edits: []edit{replace("network/terminal.csv", "road,road,,", "road,road,dry-bulk,")},
		want: []want{{"network/terminal.csv", 3, "cargo_forms", `"dry_bulk"`, ""}}},
	{name: "an unknown cost parameter", edits: []edit{replace("cost.csv", "peak_factor,rail", "peek_factor,rail")},
		want: []want{{"cost.csv", 9, "parameter", `"peak_factor"`, ""}}},
	{name: "a scenario relaxes no link", edits: []edit{replace("scenario/second-track.yaml", "links: [rail-east, rail-west]}", "links: [rail-east, rail-wets]}")},
		want: []want{{"scenario/second-track.yaml", 4, "relaxes.links", `"rail-west"`, ""}}},

	// Twice the same.
	{name: "a node twice", edits: []edit{add("network/node.csv", "east,Other,zone_centroid,AA,50.1,40.1,example,high")},
		want: []want{{"network/node.csv", 5, "node_id", twice, ""}}},
	{name: "a link twice", edits: []edit{link("road-east", "east", "border", "road", "300")},
		want: []want{{"network/link.csv", 6, "link_id", twice, ""}}},
	{name: "a zone twice", edits: []edit{add("zone.csv", "east,East city,AA,east,example,high")},
		want: []want{{"zone.csv", 4, "zone_id", twice, ""}}},
	{name: "a commodity twice", edits: []edit{add("commodity.csv", "grain,Grain,dry_bulk,rail;road,250,0.1,0.08,0.07,example,low")},
		want: []want{{"commodity.csv", 4, "commodity_id", twice, ""}}},
	{name: "a source twice", edits: []edit{add("source.csv", "example,Again,karvan,2020-12-31")},
		want: []want{{"source.csv", 3, "source_id", twice, ""}}},
	{name: "an observation twice, in two files", edits: []edit{put("observed/more.csv", "obs_id,indicator_id,period,value,unit,role,source_id\nobs-rail-2020,rail_at_border,2020,1,t,fit,example\n")},
		want: []want{{"observed/more.csv", 2, "obs_id", twice, ""}}},
	{name: "a project twice", edits: []edit{put("register/a.json", oneProject), put("register/b.json", oneProject)},
		want: []want{{"register/b.json", 4, "projects[0].id", twice, ""}}},
	{name: "a cost twice", edits: []edit{add("cost.csv", "payload_t,road,all,20,18,22,t,example,low")},
		want: []want{{"cost.csv", 20, "parameter", "line 17", ""}}},

	// Quantities that cannot be.
	{name: "a negative capacity", edits: []edit{replace("network/link.csv", "rail1520,230,1,3000000", "rail1520,230,1,-3000000")},
		want: []want{{"network/link.csv", 2, "capacity_t_per_yr", "greater than 0", ""}}},
	{name: "a capacity of zero", edits: []edit{replace("network/terminal.csv", "2500000", "0")},
		want: []want{{"network/terminal.csv", 3, "capacity_t_per_yr", "greater than 0", ""}}},
	{name: "a length of zero", edits: []edit{replace("network/link.csv", "road,240", "road,0")},
		want: []want{{"network/link.csv", 4, "length_km", "greater than 0", ""}}},
	{name: "a negative length", edits: []edit{replace("network/link.csv", "road,240", "road,-240")},
		want: []want{{"network/link.csv", 4, "length_km", "greater than 0", ""}}},
	{name: "a speed of zero", edits: []edit{column("network/link.csv", "speed_km_per_h", "60", "0")},
		want: []want{{"network/link.csv", 3, "speed_km_per_h", "greater than 0", ""}}},
	{name: "a negative speed", edits: []edit{replace("cost.csv", "rail,all,25,20,30", "rail,all,-25,-30,-20")},
		want: []want{{"cost.csv", 6, "value", "greater than 0", ""}, {"cost.csv", 6, "low", "greater than 0", ""}, {"cost.csv", 6, "high", "greater than 0", ""}}},
	{name: "negative demand", edits: []edit{replace("demand/base.csv", "2020,800000", "2020,-800000")},
		want: []want{{"demand/base.csv", 3, "t_per_yr", "negative", ""}}},
	{name: "an effect with a negative capacity", edits: []edit{replace("scenario/second-track.yaml", "6000000", "-6000000")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.set.capacity_t_per_yr", "negative", ""}}},
	{name: "goods that stay in their zone", edits: []edit{add("demand/base.csv", "east,east,goods,2020,5,,,assumed,example,low")},
		want: []want{{"demand/base.csv", 5, "to_zone", "", ""}}},

	// Geometry.
	{name: "a link shorter than the great circle", edits: []edit{replace("network/link.csv", "rail1520,230", "rail1520,200")},
		want: []want{{"network/link.csv", 2, "length_km", "great circle", ""}}},
	{name: "a link three times as long as the great circle", edits: []edit{replace("network/link.csv", "road,240", "road,700")},
		want: []want{{"network/link.csv", 4, "length_km", "three times", warn}}},
	{name: "a longitude out of range", edits: []edit{add("network/node.csv", "far,Far,,AA,230.5,40,example,high")},
		want: []want{{"network/node.csv", 5, "x_coord", "-180 and 180", ""}}},
	{name: "a latitude out of range", edits: []edit{add("network/node.csv", "far,Far,,AA,150,95,example,high")},
		want: []want{{"network/node.csv", 5, "y_coord", "-90 and 90", ""}}},
	{name: "coordinates swapped, out of range", edits: []edit{add("network/node.csv", "far,Far,,AA,40,120,example,high")},
		want: []want{{"network/node.csv", 5, "y_coord", "swapped", ""}}},
	{name: "coordinates swapped, in range", edits: []edit{add("network/node.csv", "town,Town,,AA,40.1,49.9,example,high")},
		want: []want{{"network/node.csv", 5, "x_coord", "swapped", ""}}},
	{name: "coordinates of a map projection", edits: []edit{add("network/node.csv", "far,Far,,AA,5565974.5,4865942.3,example,high")},
		want: []want{{"network/node.csv", 5, "y_coord", "-90 and 90", ""}}},

	// What only the whole network shows.
	{name: "no path for any goods", edits: []edit{
		add("network/node.csv", "gap,Gap,,AA,47.4,40.0,example,high"),
		replaceAll("network/link.csv", ",border,west,", ",gap,west,"),
		replaceAll("network/terminal.csv", "border,border,", "gap,border,"),
		replace("scenario/faster-border.yaml", "node: border", "node: gap")},
		want: []want{{"demand/base.csv", 2, "to_zone", "between border (rail1520) and gap (rail1520), 9 km", ""},
			{"demand/base.csv", 3, "to_zone", "goods from east to west", ""},
			{"demand/base.csv", 4, "to_zone", "goods from west to east", ""}}},
	{name: "no path for one kind of goods", edits: []edit{replace("commodity.csv", "container,rail;road", "container,sea")},
		want: []want{{"demand/base.csv", 3, "to_zone", "goods", ""}, {"demand/base.csv", 4, "to_zone", "goods", ""}}},
	{name: "a one-way railway and no road back", edits: []edit{column("network/link.csv", "directed", "true", "true", "true", "true")},
		want: []want{{"demand/base.csv", 4, "to_zone", "west", ""}}},
	{name: "an international link with no border", edits: []edit{replace("network/terminal.csv", "border,border,rail1520,rail1520,,6,4,0.5,0.5,,,example,high\n", "")},
		want: []want{{"network/link.csv", 3, "link_id", "border row for rail1520", ""}}},
	{name: "a border of another mode only", edits: []edit{replace("network/terminal.csv", "rail1520,rail1520", "rail1435,rail1435")},
		want: []want{{"network/link.csv", 3, "link_id", "border row for rail1520", ""}}},
	{name: "a terminal that no goods can use", edits: []edit{add("network/terminal.csv", "east,transfer,road,rail1520,liquid,5,3,2,3,,,example,high")},
		want: []want{{"network/terminal.csv", 4, "cargo_forms", "no commodity", ""}}},
	{name: "a terminal at a link elsewhere", edits: []edit{column("network/terminal.csv", "at_link", "", ""),
		add("network/terminal.csv", "east,transfer,road,rail1520,,5,3,2,3,,,example,high,rail-west")},
		want: []want{{"network/terminal.csv", 4, "at_link", "east", ""}}},
	{name: "a border between two modes", edits: []edit{replace("network/terminal.csv", "road,road", "road,rail1520")},
		want: []want{{"network/terminal.csv", 3, "to_mode", "one mode", ""}}},
	{name: "a capacity group with two capacities", edits: []edit{replace("network/terminal.csv", "0.5,0.5,,", "0.5,0.5,1000000,yard"), replace("network/terminal.csv", "2500000,", "2500000,yard")},
		want: []want{{"network/terminal.csv", 3, "capacity_t_per_yr", "yard", ""}}},

	// Scenarios.
	{name: "a scenario is its own parent", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: faster-border")},
		want: []want{{"scenario/faster-border.yaml", -1, "parent", "circle", ""}}},
	{name: "parents in a circle", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: second-track"),
		replace("scenario/second-track.yaml", "parent: base", "parent: faster-border")},
		want: []want{{"scenario/faster-border.yaml", -1, "parent", "circle", ""}, {"scenario/second-track.yaml", -1, "parent", "circle", ""}}},
	{name: "an id that is not the file's name", edits: []edit{replace("scenario/faster-border.yaml", "id: faster-border", "id: fast-border")},
		want: []want{{"scenario/faster-border.yaml", 1, "id", "faster-border", ""}}},
	{name: "an effect on no link", edits: []edit{replace("scenario/second-track.yaml", "{links: [rail-east, rail-west], set", "{links: [rail-east, rail-wst], set")},
		want: []want{{"scenario/second-track.yaml", 7, "links", `"rail-west"`, ""}}},
	{name: "an effect on a link that opens later", edits: []edit{column("network/link.csv", "open_year", "2024")},
		want: []want{{"scenario/second-track.yaml", 7, "links", "does not exist then", ""}}},
	{name: "an effect on a link that has closed", edits: []edit{column("network/link.csv", "close_year", "2021")},
		want: []want{{"scenario/second-track.yaml", 7, "links", "does not exist then", ""}}},
	{name: "an effect on a link that is only planned", edits: []edit{column("network/link.csv", "status", "planned")},
		want: []want{{"scenario/second-track.yaml", 7, "links", "does not exist then", ""}}},
	{name: "an effect on a link that is added later", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: by-pass, from_node_id: east, to_node_id: border, mode: road, length_km: 250, source_id: example, from: 2024}",
		"  - change_link: {links: [by-pass], set: {speed_km_per_h: 80}, from: 2022}")},
		want: []want{{"scenario/second-track.yaml", 9, "links", "opens in 2024", ""}}},
	{name: "an effect on no node", edits: []edit{replace("scenario/faster-border.yaml", "node: border", "node: boarder")},
		want: []want{{"scenario/faster-border.yaml", 7, "effects[0].change_terminal.node", `"border"`, ""},
			{"scenario/faster-border.yaml", 7, "effects[0].change_terminal", "no row", ""}}},
	{name: "an effect on no terminal row", edits: []edit{replace("scenario/faster-border.yaml", "from_mode: road", "from_mode: sea")},
		want: []want{{"scenario/faster-border.yaml", 7, "effects[0].change_terminal", "no row", ""}}},
	{name: "an effect on no service", edits: []edit{add("scenario/second-track.yaml", "  - change_service: {services: [ferry], set: {sailings_per_week: 3}}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].change_service.services", "no service", ""}}},
	{name: "an effect on no cost", edits: []edit{add("scenario/second-track.yaml", "  - change_cost: {parameter: access_h, multiply: 0.5}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].change_cost", "cost.csv", ""}}},
	{name: "an effect on a misspelt cost", edits: []edit{add("scenario/second-track.yaml", "  - change_cost: {parameter: paylod_t, multiply: 0.5}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].change_cost.parameter", `"payload_t"`, ""},
			{"scenario/second-track.yaml", 8, "effects[1].change_cost", "cost.csv", ""}}},
	{name: "an effect that ends before it starts", edits: []edit{replace("scenario/second-track.yaml", "from: 2021", "from: 2025, until: 2021")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.until", "2025", ""}}},
	{name: "an added link shorter than the great circle", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: by-pass, from_node_id: east, to_node_id: border, mode: road, length_km: 25, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_link.length_km", "great circle", ""}}},
	{name: "an added link that exists", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: rail-east, from_node_id: east, to_node_id: border, mode: road, length_km: 250, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_link.link_id", "exists", ""}}},

	// Sources.
	{name: "demand with no source", edits: []edit{replace("demand/base.csv", "assumed,example", "assumed,")},
		want: []want{{"demand/base.csv", 4, "source_id", "required", ""}}},
	{name: "demand without a column of sources", edits: []edit{replace("demand/base.csv", "source_id", "note")},
		want: []want{{"demand/base.csv", 1, "source_id", "missing", ""}}},

	// Register.
	{name: "a register that is cut off", edits: []edit{put("register/p.json", oneProject[:strings.Index(oneProject, `"karvan"`)])},
		want: []want{{"register/p.json", -1, "", "cannot be read", ""}}},
	{name: "a register that is a list", edits: []edit{put("register/p.json", "[1, 2]\n")},
		want: []want{{"register/p.json", 1, "", "mapping", ""}}},
	{name: "projects that are no list", edits: []edit{put("register/p.json", `{"projects": "none"}`)},
		want: []want{{"register/p.json", 1, "projects", "list", ""}}},
	{name: "a project without id and title", edits: []edit{put("register/p.json", "{\"projects\": [\n {\"karvan\": {\"source_id\": \"example\"}}]}\n")},
		want: []want{{"register/p.json", 2, "projects[0].id", "required", ""}, {"register/p.json", 2, "projects[0].title", "required", ""}}},
	{name: "a project with no source", edits: []edit{put("register/p.json", strings.Replace(oneProject, `"source_id": "example",`, "", 1))},
		want: []want{{"register/p.json", -1, "projects[0].karvan.source_id", "required", ""}}},
	{name: "a project with an unknown key of ours", edits: []edit{put("register/p.json", strings.Replace(oneProject, `"links": [`, `"link": [`, 1))},
		want: []want{{"register/p.json", 8, "projects[0].karvan.link", `"links"`, ""}}},
	{name: "a project of no link and no source", edits: []edit{put("register/p.json",
		strings.Replace(strings.Replace(oneProject, `"links": ["rail-east"],`, `"links": ["rail-est"],`, 1), `"example"`, `"exampl"`, 1))},
		want: []want{{"register/p.json", 7, "projects[0].karvan.source_id", `"example"`, ""}, {"register/p.json", 8, "projects[0].karvan.links", `"rail-east"`, ""}}},
	{name: "a project that acts on a link before it opens", edits: []edit{put("register/p.json", oneProject),
		column("network/link.csv", "open_year", "", "", "2024"), replace("register/p.json", `{"links": ["rail-east"]`, `{"links": ["road-east"]`)},
		want: []want{{"register/p.json", 10, "links", "does not exist then", ""}}},

	// More of the same.
	{name: "study.yaml cannot be parsed", edits: []edit{replace("study.yaml", "prices: {", "prices: {{")},
		want: []want{{"study.yaml", 5, "", "cannot be read", ""}}},
	{name: "a link with a bad mode that a measure names", edits: []edit{replace("network/link.csv", "border,west,rail1520", "border,west,rail1502")},
		want: []want{{"network/link.csv", 3, "mode", `"rail1520"`, ""}}},
	{name: "a bad day on which a count was known", edits: []edit{column("observed/counts.csv", "known_on", "soon")},
		want: []want{{"observed/counts.csv", 2, "known_on", "yyyy-mm-dd", ""}}},
	{name: "a register indented by tabs", edits: []edit{put("register/p.json", strings.ReplaceAll(oneProject, "  ", "\t"))}},
	{name: "a register on Windows", edits: []edit{put("register/p.json", "\ufeff"+strings.ReplaceAll(oneProject, "\n", "\r\n"))}},
	{name: "a register with the escapes of JSON", edits: []edit{put("register/p.json", strings.Replace(oneProject, "A project", `A \"project\" \/ \ud83d\ude82 \u00e9`, 1))}},

	// Many at once.
	{name: "several faults in several files", edits: []edit{
		replace("study.yaml", "2020-12-31", "yesterday"),
		replace("network/node.csv", "zone_centroid,BB", "zone_centroid,bb"),
		replace("network/link.csv", "rail1520,230,1,3000000", "rail1520,230,one,-1"),
		replace("network/terminal.csv", "rail1520,,6,", "rail1520,,six,"),
		replace("zone.csv", "BB,west,example", "BB,west,exampel"),
		replace("commodity.csv", "rail;road,3000", "rail;road,0"),
		replace("cost.csv", "USD/tkm", "EUR/tkm"),
		replace("growth.csv", "0.03", "3"),
		replace("observed/counts.csv", "2000000", "2 Mt"),
		replace("scenario/faster-border.yaml", "parent: base", "parent: basis"),
		replace("demand/base.csv", "800000,600000", "many,600000"),
		put("extra.csv", "a\n")},
		want: []want{
			{"study.yaml", 4, "base_date", "", ""},
			{"network/node.csv", 3, "country_iso2", "", ""},
			{"network/link.csv", 2, "tracks", "whole number", ""},
			{"network/link.csv", 2, "capacity_t_per_yr", "greater than 0", ""},
			{"network/terminal.csv", 2, "dwell_h", "number", ""},
			{"zone.csv", 3, "source_id", `"example"`, ""},
			{"commodity.csv", 3, "value_usd_per_t", "greater than 0", ""},
			{"cost.csv", 2, "unit", "USD/tkm", ""},
			{"growth.csv", 2, "rate_per_yr", "0.03", ""},
			{"observed/counts.csv", 2, "value", "number", ""},
			{"scenario/faster-border.yaml", 3, "parent", `"base"`, ""},
			{"demand/base.csv", 3, "t_per_yr", "number", ""},
			{"extra.csv", 0, "", "unknown file", ""}}},

	// All faults in one go: a fault elsewhere must not hide these.
	{name: "a bad date beside an international link with no border", edits: []edit{replace("study.yaml", "2020-12-31", "31.12.2020"),
		replace("network/terminal.csv", "border,border,rail1520,rail1520,,6,4,0.5,0.5,,,example,high\n", "")},
		want: []want{{"study.yaml", 4, "base_date", "", ""}, {"network/link.csv", 3, "link_id", "border row for rail1520", ""}}},
	{name: "a bad date beside an effect on no link", edits: []edit{replace("study.yaml", "2020-12-31", "31.12.2020"),
		replace("scenario/second-track.yaml", "{links: [rail-east, rail-west], set", "{links: [rail-east, rail-wst], set")},
		want: []want{{"study.yaml", 4, "base_date", "", ""}, {"scenario/second-track.yaml", 7, "links", `"rail-west"`, ""}}},
	{name: "a bad date beside a terminal that no goods can use", edits: []edit{replace("study.yaml", "2020-12-31", "31.12.2020"),
		add("network/terminal.csv", "east,transfer,road,rail1520,liquid,5,3,2,3,,,example,high")},
		want: []want{{"study.yaml", 4, "base_date", "", ""}, {"network/terminal.csv", 4, "cargo_forms", "no commodity", ""}}},
	{name: "a bad observation beside goods with no path", edits: []edit{replace("observed/counts.csv", "2000000", "2 Mt"),
		replace("commodity.csv", "container,rail;road", "container,sea")},
		want: []want{{"observed/counts.csv", 2, "value", "number", ""}, {"demand/base.csv", 3, "to_zone", "goods", ""}, {"demand/base.csv", 4, "to_zone", "goods", ""}}},

	// No faults that are only an echo of another.
	{name: "study.yaml is missing", edits: []edit{drop("study.yaml")},
		want: []want{{"study.yaml", 0, "", "missing", ""}}},
	{name: "a bad volume-delay function", edits: []edit{replace("study.yaml", "function: bpr", "function: bprr")},
		want: []want{{"study.yaml", 9, "delay[1].function", `"bpr"`, ""}}},
	{name: "source.csv is missing", edits: []edit{drop("source.csv")},
		want: []want{{"source.csv", 0, "", "missing", ""}}},
	{name: "a misspelt column of zone.csv", edits: []edit{replace("zone.csv", "country_iso2", "country_iso3")},
		want: []want{{"zone.csv", 1, "country_iso3", `"country_iso2"`, ""}, {"zone.csv", 1, "country_iso2", "missing", ""}}},
	{name: "a misspelt column of lengths", edits: []edit{replace("network/link.csv", "length_km", "lenght_km")},
		want: []want{{"network/link.csv", 1, "lenght_km", `"length_km"`, ""}, {"network/link.csv", 1, "length_km", "missing", ""}}},
	{name: "a bad rate of growth", edits: []edit{replace("growth.csv", "0.03", "3 %")},
		want: []want{{"growth.csv", 2, "rate_per_yr", "number", ""}}},

	// The line and the file of the fault.
	{name: "Latin-1 in the second of five rows", edits: []edit{replace("measure.csv", "by rail", "par chemin ferr\xe9"), add("measure.csv", "b,B,t,rail-west,all,", "c,C,t,rail-west,all,", "d,D,t,rail-west,all,", "e,E,t,rail-west,all,")},
		want: []want{{"measure.csv", 2, "", "UTF-8", ""}}},
	{name: "Latin-1 in a document", edits: []edit{replace("scenario/faster-border.yaml", "The road", "L'\xe9t\xe9")},
		want: []want{{"scenario/faster-border.yaml", 2, "", "UTF-8", ""}}},
	{name: "the line of a circle of parents", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: faster-border")},
		want: []want{{"scenario/faster-border.yaml", 3, "parent", "circle", ""}}},
	{name: "a quote that is not closed", edits: []edit{replace("cost.csv", "fixed_usd_per_t,rail,all", `"fixed_usd_per_t,rail,all`)},
		want: []want{{"cost.csv", 4, "", "CSV", ""}}},
	{name: "a fit row derived from a row kept apart", edits: []edit{add("observed/counts.csv", "obs-2,rail_at_border,2021,1,t,kept_apart,example,low"),
		column("observed/counts.csv", "derived_from", "obs-2")},
		want: []want{{"observed/counts.csv", 2, "role", "kept apart", ""}}},
	{name: "a fit row derived from two rows, one kept apart", edits: []edit{
		add("observed/counts.csv", "obs-2,rail_at_border,2021,1,t,kept_apart,example,low", "obs-3,rail_at_border,2019,1,t,fit,example,low"),
		column("observed/counts.csv", "derived_from", "obs-3;obs-2")},
		want: []want{{"observed/counts.csv", 2, "role", "kept apart", ""}}},

	// Nothing passes in silence.
	{name: "a capacity of zero in an effect", edits: []edit{replace("scenario/second-track.yaml", "6000000", "0")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.set.capacity_t_per_yr", "greater than 0", ""}}},
	{name: "a length of zero by a factor", edits: []edit{replace("scenario/second-track.yaml", "set: {capacity_t_per_yr: 6000000}", "multiply: {length_km: 0}")},
		want: []want{{"scenario/second-track.yaml", 7, "effects[0].change_link.multiply.length_km", "greater than 0", ""},
			{"scenario/second-track.yaml", 7, "length_km", "great circle", ""}, {"scenario/second-track.yaml", 7, "length_km", "great circle", ""}}},
	{name: "two links made shorter than the great circle by an effect", edits: []edit{replace("scenario/second-track.yaml", "set: {capacity_t_per_yr: 6000000}", "set: {length_km: 2}")},
		want: []want{{"scenario/second-track.yaml", 7, "length_km", "great circle", ""}, {"scenario/second-track.yaml", 7, "length_km", "great circle", ""}}},
	{name: "an added link three times as long as the great circle", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: by-pass, from_node_id: east, to_node_id: border, mode: road, length_km: 900, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_link.length_km", "three times", warn}}},
	{name: "an added link that ends where it starts", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: loop, from_node_id: east, to_node_id: east, mode: road, length_km: 5, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_link.to_node_id", "", ""}}},
	{name: "a scenario for a year before the base year", edits: []edit{replace("scenario/faster-border.yaml", "parent: base", "parent: base\nyears: [2010]")},
		want: []want{{"scenario/faster-border.yaml", 4, "years", "", ""}}},
	{name: "demand before the base year", edits: []edit{replace("demand/base.csv", "grain,2020", "grain,2019")},
		want: []want{{"demand/base.csv", 2, "year", "base_year", ""}}},
	{name: "no demand at all", edits: []edit{drop("demand/base.csv")},
		want: []want{{"demand", 0, "", "", ""}}},
	{name: "an empty list of years", edits: []edit{replace("study.yaml", "[2020, 2025]", "[]")},
		want: []want{{"study.yaml", 6, "years", "", ""}}},
	{name: "a year twice", edits: []edit{replace("study.yaml", "[2020, 2025]", "[2020, 2020]")},
		want: []want{{"study.yaml", 6, "years", "twice", ""}}},
	{name: "an empty id", edits: []edit{replace("study.yaml", "id: starter", `id: ""`)},
		want: []want{{"study.yaml", 1, "id", "an id was expected", ""}}},
	{name: "a second YAML document", edits: []edit{add("study.yaml", "---", "id: other", "base_yeer: 1")},
		want: []want{{"study.yaml", -1, "", "", ""}}},
	{name: "a bad date of a source", edits: []edit{replace("source.csv", "2020-12-31", "2020-13-45")},
		want: []want{{"source.csv", 2, "date", "yyyy-mm-dd", ""}}},
	{name: "a bad period", edits: []edit{replace("observed/counts.csv", ",2020,", ",2O2O,")},
		want: []want{{"observed/counts.csv", 2, "period", "", ""}}},
	{name: "an observation in another unit than its measure", edits: []edit{replace("observed/counts.csv", "2000000,t,", "2000000,Mt,")},
		want: []want{{"observed/counts.csv", 2, "unit", "", ""}}},
	{name: "a bad flow of trade", edits: []edit{put("trade/t.csv", "reporter,partner,flow,period,value_usd,source_id\nAA,BB,exprot,2020,1,example\n")},
		want: []want{{"trade/t.csv", 2, "flow", "", ""}}},
	{name: "a link that closes before it opens", edits: []edit{column("network/link.csv", "open_year", "", "", "", "2019"), column("network/link.csv", "close_year", "", "", "", "2010")},
		want: []want{{"network/link.csv", 5, "close_year", "", ""}}},
	{name: "a low above a high in demand", edits: []edit{replace("demand/base.csv", "1500000,1200000,1800000", "1500000,1800000,1200000")},
		want: []want{{"demand/base.csv", 2, "low", "above", ""}}},
	{name: "a thousands point in a semicolon file", edits: []edit{semicolons("demand/base.csv"), replace("demand/base.csv", "1500000;", "1.500;")},
		want: []want{{"demand/base.csv", 1, "", "semicolon", warn}, {"demand/base.csv", 2, "t_per_yr", "", ""}}},
	{name: "a node far from the others, whose links are too short", edits: []edit{replace("network/node.csv", "50.0,40.0", "40.0,50.0")},
		want: []want{{"network/link.csv", 2, "length_km", "great circle", ""}, {"network/link.csv", 4, "length_km", "great circle", ""}}},
	{name: "two letters exchanged", edits: []edit{replace("cost.csv", "speed_km_per_h,rail,", "speed_km_per_h,rial,")},
		want: []want{{"cost.csv", 6, "mode", `"rail"`, ""}}},
	{name: "a register with a misspelt list of projects", edits: []edit{put("register/p.json", strings.Replace(oneProject, `"projects"`, `"project"`, 1))},
		want: []want{{"register/p.json", 1, "projects", "list", ""}, {"register/p.json", 2, "project", `"projects"`, ""}}},
	{name: "a register that is YAML, not JSON", edits: []edit{put("register/p.json", "projects:\n  - id: p\n    title: P\n    karvan: {source_id: example}\n")},
		want: []want{{"register/p.json", -1, "", "", ""}}},
	{name: "a register with a comma too many", edits: []edit{put("register/p.json", strings.Replace(oneProject, `"links": ["rail-east"],`, `"links": ["rail-east",],`, 1))},
		want: []want{{"register/p.json", 8, "", "", ""}}},
	{name: "a register with a bracket in each of many texts", edits: []edit{put("register/p.json",
		strings.Replace(oneProject, "A project", strings.Repeat("[1", 70), 1))}},
	{name: "node.csv is missing", edits: []edit{drop("network/node.csv")},
		want: []want{{"network/node.csv", 0, "", "missing", ""}}},
	{name: "the field of a YAML key twice", edits: []edit{replace("study.yaml", "base_date", "base_year: 2021\nbase_date")},
		want: []want{{"study.yaml", 4, "base_year", "", ""}}},
	{name: "an effect on no link in block style", edits: []edit{add("scenario/second-track.yaml", "  - close_link:", "      from: 2022", "      links:", "        - rail-east", "        - road-wets")},
		want: []want{{"scenario/second-track.yaml", 10, "links", `"road-west"`, ""}}},
	{name: "an added international link with no border", edits: []edit{add("scenario/second-track.yaml",
		"  - add_link: {link_id: by-pass, from_node_id: east, to_node_id: west, mode: rail1435, length_km: 500, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_link", "border", ""}}},
	{name: "an added terminal at no link", edits: []edit{add("scenario/second-track.yaml",
		"  - add_terminal: {node_id: border, kind: border, from_mode: road, to_mode: road, at_link: road-wset, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_terminal.at_link", `"road-west"`, ""}}},
	{name: "an added border between two modes", edits: []edit{add("scenario/second-track.yaml",
		"  - add_terminal: {node_id: border, kind: border, from_mode: road, to_mode: rail1520, source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_terminal.to_mode", "", ""}}},
	{name: "an added terminal that no goods can use", edits: []edit{add("scenario/second-track.yaml",
		"  - add_terminal: {node_id: east, from_mode: road, to_mode: rail1520, cargo_forms: [liquid], source_id: example}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].add_terminal.cargo_forms", "no commodity", ""}}},
	{name: "a scenario relaxes no group", edits: []edit{replace("scenario/second-track.yaml", "links: [rail-east, rail-west]}", "groups: [yard]}")},
		want: []want{{"scenario/second-track.yaml", 4, "relaxes.groups", "", ""}}},
	{name: "an effect on a service before it starts", edits: []edit{
		put("network/service.csv", "service_id,link_ids,sailings_per_week,open_year,source_id\nshuttle,rail-east,7,2025,example\n"),
		add("scenario/second-track.yaml", "  - change_service: {services: [shuttle], set: {sailings_per_week: 14}, from: 2021, until: 2023}")},
		want: []want{{"scenario/second-track.yaml", 8, "effects[1].change_service.services", "", ""}}},
	{name: "an effect on a link that another effect has closed", edits: []edit{add("scenario/second-track.yaml",
		"  - close_link: {links: [road-east], from: 2021}", "  - change_link: {links: [road-east], set: {speed_km_per_h: 50}, from: 2025}")},
		want: []want{{"scenario/second-track.yaml", 9, "links", "", ""}}},
	{name: "no currency", edits: []edit{replace("study.yaml", "currency: USD, ", "")},
		want: []want{{"study.yaml", 5, "prices.currency", "required", ""}}},
}

// differences compares what was found with what was wanted.
func (b broken) differences(t testing.TB) []string {
	t.Helper()
	f := starter(t)
	for _, e := range b.edits {
		e(t, f)
	}
	in, found, err := study.LoadFS(f.fs())
	var out []string
	if err != nil {
		out = append(out, fmt.Sprintf("error: %v", err))
	}
	if (in == nil) != study.HasErrors(found) {
		out = append(out, fmt.Sprintf("inputs are nil: %t, but the faults hold an error: %t", in == nil, study.HasErrors(found)))
	}
	out = append(out, complain(found)...)
	used := make([]bool, len(found))
	for _, w := range b.want {
		ok := false
		for i, f := range found {
			if !used[i] && w.matches(f) {
				used[i], ok = true, true
				break
			}
		}
		if !ok {
			out = append(out, "missing: "+w.String())
		}
	}
	for i, f := range found {
		if !used[i] {
			out = append(out, fmt.Sprintf("not expected: %s [line %d, field %q, %s]", f, f.Line, f.Field, f.Severity))
		}
	}
	return out
}

// complain checks what every fault must hold.
func complain(found []study.Fault) []string {
	var out []string
	for _, f := range found {
		if f.File == "" || f.Message == "" || f.Line < 0 || f.Severity != study.Error && f.Severity != study.Warning {
			out = append(out, fmt.Sprintf("a fault without file, message, line or severity: %+v", f))
		}
	}
	return out
}

func TestBrokenStudies(t *testing.T) {
	names := map[string]bool{}
	for _, b := range brokenStudies {
		if names[b.name] {
			t.Errorf("two cases are named %q", b.name)
		}
		names[b.name] = true
		t.Run(b.name, func(t *testing.T) {
			for _, d := range b.differences(t) {
				t.Error(d)
			}
		})
	}
	if len(brokenStudies) < 45 {
		t.Errorf("the corpus holds %d studies; at least 45 are expected", len(brokenStudies))
	}
}

// load reads a study and turns a panic into a text.
func load(f fs.FS) (found []study.Fault, panicked string) {
	defer func() {
		if r := recover(); r != nil {
			panicked = fmt.Sprint(r)
		}
	}()
	_, found, err := study.LoadFS(f)
	if err != nil {
		found = append(found, study.Fault{File: ".", Message: err.Error(), Severity: study.Error})
	}
	return found, ""
}

// cutShort are contents that end, or are read up to, the middle of a character.
var cutShort = []struct {
	name, file string
	content    func(f files) string
}{
	{"a character cut by the end of a block, and not UTF-8", "network/link.csv", func(f files) string {
		const block = 1 << 16
		head := f["network/link.csv"]
		filler := strings.Repeat(strings.Repeat(" ", 99)+"\n", block/100)
		return head + filler[:block-1-len(head)] + "\xc3x\n"
	}},
	{"Latin-1 whose last letter ends the file", "measure.csv", func(f files) string {
		return strings.TrimSuffix(f["measure.csv"], "\n") + "au caf\xe9"
	}},
	{"one byte", "network/link.csv", func(files) string { return "\xef" }},
}

// TestCutShort makes sure that such a file is named, without a panic and within
// little time and memory.
func TestCutShort(t *testing.T) {
	for _, c := range cutShort {
		t.Run(c.name, func(t *testing.T) {
			f := starter(t)
			f[c.file] = c.content(f)
			var found []study.Fault
			var panicked string
			start := time.Now()
			total, _ := allocated(func() { found, panicked = load(f.fs()) })
			if panicked != "" {
				t.Fatalf("panic: %s", panicked)
			}
			if !names(found, c.file) {
				t.Errorf("no error names %s: %v", c.file, found)
			}
			if took := time.Since(start); took > 3*time.Second || total > 64<<20 {
				t.Errorf("%v and %d MB were needed", took, total>>20)
			}
		})
	}
}

// names reports whether an error is of the file.
func names(found []study.Fault, file string) bool {
	for _, f := range found {
		if f.File == file && f.Severity == study.Error {
			return true
		}
	}
	return false
}

// TestGarbage puts what is no study at all into every file in turn.
func TestGarbage(t *testing.T) {
	random := rand.New(rand.NewChaCha8([32]byte{3}))
	noise := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return string(b)
	}
	base := starter(t)
	base["register/p.json"] = oneProject
	base["network/service.csv"] = "service_id,link_ids,sailings_per_week,source_id\nshuttle,rail-east,7,example\n"
	base["network/rail_section.csv"] = "section_id,link_ids,length_km,gauge_mm,tracks,longest_block_km,run_forward_min,run_back_min,signalling,train_net_load_t,source_id\n" +
		"s,rail-east,230,1520,1,20,25,24,automatic_block,1500,example\n"
	base["network/connector.csv"] = "zone_id,node_id,source_id\neast,border,example\n"
	base["target.csv"] = "target_id,indicator,value,unit,source_id\nt,rail_at_border,1,t,example\n"
	base["trade/t.csv"] = "reporter,partner,flow,period,value_usd,source_id\nAA,BB,export,2020,1,example\n"
	if found, panicked := load(base.fs()); panicked != "" || len(found) > 0 {
		t.Fatalf("the study to spoil is not sound: %v %s", found, panicked)
	}
	kinds := []struct {
		name  string
		fault bool // an error must name the file
		spoil func(sound string) string
	}{
		{"noise", true, func(string) string { return noise(300) }},
		{"more noise than a block", true, func(string) string { return noise(70000) }},
		{"NUL bytes", true, func(string) string { return strings.Repeat("\x00", 5000) }},
		{"0xFF", true, func(string) string { return strings.Repeat("\xff", 5000) }},
		{"a picture", true, func(string) string { return "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + noise(40) }},
		{"a spreadsheet", true, func(string) string { return "PK\x03\x04\x14\x00\x06\x00" + noise(400) }},
		{"UTF-16", true, func(s string) string {
			var b strings.Builder
			b.WriteString("\xff\xfe")
			for i := range len(s) {
				b.WriteByte(s[i])
				b.WriteByte(0)
			}
			return b.String()
		}},
		{"noise behind sound text", true, func(s string) string { return s + "\xfe" + noise(200) }},
		{"a long line", true, func(string) string { return strings.Repeat("x", 3<<20) }},
		{"quotes", true, func(string) string { return strings.Repeat(`"`, 2001) }},
		{"separators", true, func(string) string { return strings.Repeat(";,\n", 500) }},
		{"brackets", true, func(string) string { return strings.Repeat("[{", 2000) }},
		{"hyphens", true, func(string) string { return strings.Repeat("- ", 1000) }},
		{"markup", true, func(string) string { return "<html><body>404</body></html>\n" }},
		{"only white space", true, func(string) string { return " \n\t\n \n" }},
		{"nothing", true, func(string) string { return "" }},
		{"half", false, func(s string) string { return s[:len(s)/2] }},
		{"twice", false, func(s string) string { return s + s }},
		{"backwards", false, func(s string) string {
			b := []byte(s)
			for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
				b[i], b[j] = b[j], b[i]
			}
			return string(b)
		}},
		{"no lines", false, func(s string) string { return strings.ReplaceAll(s, "\n", " ") }},
		{"old Mac lines", false, func(s string) string { return strings.ReplaceAll(s, "\n", "\r") }},
	}
	for _, file := range base.names() {
		if strings.HasSuffix(file, ".md") {
			continue
		}
		for _, k := range kinds {
			sound := base[file]
			base[file] = k.spoil(sound)
			found, panicked := load(base.fs())
			base[file] = sound
			if panicked != "" {
				t.Errorf("%s in %s: panic: %s", k.name, file, panicked)
				continue
			}
			if k.fault && !names(found, file) {
				t.Errorf("%s in %s: no error names the file: %v", k.name, file, found)
			}
			for _, c := range complain(found) {
				t.Errorf("%s in %s: %s", k.name, file, c)
			}
		}
	}
}

// TestEveryCell blanks and spoils each cell of each table, and drops each line
// of each file: never a panic.
func TestEveryCell(t *testing.T) {
	base := starter(t)
	base["register/p.json"] = oneProject
	check := func(what string) {
		found, panicked := load(base.fs())
		if panicked != "" {
			t.Errorf("%s: panic: %s", what, panicked)
		}
		for _, c := range complain(found) {
			t.Errorf("%s: %s", what, c)
		}
	}
	for _, file := range base.names() {
		sound := base[file]
		lines := strings.SplitAfter(sound, "\n")
		for i := range lines {
			base[file] = strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			check(fmt.Sprintf("%s without line %d", file, i+1))
			if !strings.HasSuffix(file, ".csv") || i == 0 || strings.Contains(lines[i], `"`) {
				continue
			}
			cells := strings.Split(strings.TrimSuffix(lines[i], "\n"), ",")
			for j := range cells {
				for _, with := range []string{"", "-1", "\u00fc;|@"} {
					row := append([]string(nil), cells...)
					row[j] = with
					base[file] = strings.Join(lines[:i], "") + strings.Join(row, ",") + "\n" + strings.Join(lines[i+1:], "")
					check(fmt.Sprintf("%s:%d: cell %d is %q", file, i+1, j+1, with))
				}
			}
		}
		base[file] = sound
	}
}

// allocated gives the bytes that a call allocates in all, kept or not, and by
// how much it makes the heap grow.
func allocated(call func()) (total, heap uint64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.HeapSys - before.HeapSys
}

const (
	gigabyte  = 1 << 30
	mostBytes = 256 << 20
)

// TestSparseFiles makes one file after the other 1 GB long, without data.
func TestSparseFiles(t *testing.T) {
	base := starter(t)
	base["register/p.json"] = oneProject
	base["extra.bin"] = "x"
	for _, file := range base.names() {
		if strings.HasSuffix(file, ".md") {
			continue // notes are not read
		}
		for _, head := range []string{base[file], ""} {
			dir := t.TempDir()
			base.write(t, dir)
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := os.WriteFile(path, []byte(head), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, gigabyte); err != nil {
				check.Skip(t, "no sparse files here: %v", err)
			}
			var found []study.Fault
			var err error
			start := time.Now()
			total, heap := allocated(func() { _, found, err = study.Load(dir) })
			took := time.Since(start)
			os.Remove(path)
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			if !names(found, file) {
				t.Errorf("%s of 1 GB: no error names it: %v", file, found)
			}
			if int64(heap) > mostBytes || total > mostBytes {
				t.Errorf("%s of 1 GB: %d MB allocated, heap grown by %d MB; at most 256 MB are allowed", file, total>>20, int64(heap)>>20)
			}
			if took > 3*time.Second {
				t.Errorf("%s of 1 GB: refused after %v", file, took)
			}
		}
	}
}

// giant is a study of which one file says how long it is and is made while it
// is read: a head, then a line again and again. It ends after size bytes.
type giant struct {
	fs.FS
	file, head, line string
	says, size       int64
}

func (g giant) Open(name string) (fs.File, error) {
	file, err := g.FS.Open(name)
	if err != nil || name != g.file {
		return file, err
	}
	return &giantFile{File: file, head: g.head, line: g.line, says: g.says, left: g.size}, nil
}

type giantFile struct {
	fs.File
	head, line string
	at         int
	says, left int64
}

type giantInfo struct {
	fs.FileInfo
	size int64
}

func (g giantInfo) Size() int64 { return g.size }

func (g *giantFile) Stat() (fs.FileInfo, error) {
	info, err := g.File.Stat()
	return giantInfo{info, g.says}, err
}

func (g *giantFile) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), g.left)]
	n := copy(p, g.head)
	g.head = g.head[n:]
	for n < len(p) {
		c := copy(p[n:], g.line[g.at:])
		g.at = (g.at + c) % len(g.line)
		n += c
	}
	g.left -= int64(n)
	return n, nil
}

// peak gives by how much the heap in use grows at most during a call.
func peak(call func()) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, m.HeapInuse
	done, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	call()
	close(done)
	<-stopped
	return most - before
}

// TestGiantFiles reads files of text that say they are 1 GB long, and the same
// ones when they say nothing of it, as a file that grows while it is read. The
// memory must not grow with what is read; a file may also be refused at once.
func TestGiantFiles(t *testing.T) {
	base := starter(t)
	base["register/p.json"] = oneProject
	cases := []struct {
		name, file, head, line string
		megabytes              int64
		sound                  bool // no fault in it: only its size speaks against it
	}{
		{"faulty rows", "network/node.csv", base["network/node.csv"], "x,y\n", 4, false},
		{"a document", "study.yaml", base["study.yaml"], "# a remark\n", 64, false},
		{"rows without cells", "observed/counts.csv", base["observed/counts.csv"], ",,,,,,,\n", 8, true},
		{"links to nowhere", "network/link.csv", base["network/link.csv"], ",,nowhere,nowhere,road,1,,,,nothing,high\n", 2, false},
		{"a quote that is not closed", "cost.csv", base["cost.csv"] + `"`, "payload_t,road,all,20,18,22,t,example,low\n", 8, false},
		{"demand", "demand/base.csv", base["demand/base.csv"], "west,east,goods,2020,1,,,assumed,example,low\n", 4, true},
		{"lists in lists", "scenario/base.yaml", "", "- ", 1, false},
	}
	for _, c := range cases {
		for _, says := range []int64{gigabyte, 1} {
			if says == 1 && c.sound {
				continue
			}
			t.Run(fmt.Sprintf("%s, said to be of %d bytes", c.name, says), func(t *testing.T) {
				size, allowed := c.megabytes<<20, uint64(16<<20)
				if strings.HasSuffix(c.file, ".yaml") {
					allowed = 64 << 20 // a document is read whole, up to 16 MB
				}
				var found []study.Fault
				var panicked string
				start := time.Now()
				most := peak(func() { found, panicked = load(giant{base.fs(), c.file, c.head, c.line, says, size}) })
				took := time.Since(start)
				t.Logf("%d MB in %v, heap grown by %d MB", c.megabytes, took, most>>20)
				if panicked != "" {
					t.Fatalf("panic: %s", panicked)
				}
				if most > allowed {
					t.Errorf("at most %d MB are allowed", allowed>>20)
				}
				if took > 10*time.Second {
					t.Errorf("%v were needed", took)
				}
				if !names(found, c.file) {
					t.Errorf("no error names %s: %v", c.file, found)
				}
			})
		}
	}
}

// TestOutside reads studies of which a part lies elsewhere.
func TestOutside(t *testing.T) {
	elsewhere := t.TempDir()
	secret := filepath.Join(elsewhere, "cost.csv")
	if err := os.WriteFile(secret, []byte(starter(t)["cost.csv"]), 0o644); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, link, target, has string
	}{
		{"an absolute link", "cost.csv", secret, "outside"},
		{"a relative link", "cost.csv", "", "outside"},
		{"a link to nothing", "cost.csv", "no-such-file", "no such file"},
		{"a link to itself", "cost.csv", "cost.csv", ""},
		{"a link to a folder", "cost.csv", "network", ""},
		{"a folder that is a link", "trade", elsewhere, ""},
		{"a file in a folder", "observed/more.csv", secret, "outside"},
		{"a document", "scenario/other.yaml", secret, "outside"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			starter(t).write(t, dir)
			path := filepath.Join(dir, filepath.FromSlash(c.link))
			os.Remove(path)
			target := c.target
			if target == "" {
				rel, err := filepath.Rel(dir, secret)
				if err != nil {
					t.Fatal(err)
				}
				target = rel
			}
			if err := os.Symlink(target, path); err != nil {
				check.Skip(t, "no symbolic links here: %v", err)
			}
			in, found, err := study.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if in != nil {
				t.Error("the study was accepted")
			}
			ok := false
			for _, f := range found {
				if f.File == c.link && f.Severity == study.Error && strings.Contains(f.Message, c.has) {
					ok = true
				}
				if f.File != c.link {
					t.Errorf("not expected: %s", f)
				}
				if strings.Contains(f.Message+f.Value, elsewhere) || strings.Contains(f.Message+f.Value, dir) {
					t.Errorf("the fault holds a path of the machine: %s", f)
				}
			}
			if !ok {
				t.Errorf("no error of %s with %q: %v", c.link, c.has, found)
			}
		})
	}
	if _, _, err := study.Load(filepath.Join(elsewhere, "none")); err == nil {
		t.Error("a folder that does not exist was read")
	}
	if _, _, err := study.Load(secret); err == nil {
		t.Error("a file was read as a folder")
	}
	_, found, err := study.Load(t.TempDir())
	if err != nil || !names(found, "study.yaml") || !names(found, "network/node.csv") {
		t.Errorf("an empty folder: %v %v", found, err)
	}
}

// TestManyFaults makes sure that a file full of faults is cut short, and says
// so.
func TestManyFaults(t *testing.T) {
	f := starter(t)
	f["network/node.csv"] += strings.Repeat("x,y\n", 5000)
	f["measure.csv"] += "a,A,t,nowhere,all,\n"
	found, panicked := load(f.fs())
	if panicked != "" {
		t.Fatal(panicked)
	}
	if len(found) > 1000 {
		t.Errorf("%d faults were kept", len(found))
	}
	cut, other := false, false
	for _, f := range found {
		cut = cut || f.File == "network/node.csv" && strings.Contains(f.Message, "more faults")
		other = other || f.File == "measure.csv"
	}
	if !cut || !other {
		t.Errorf("the faults that were left out are not counted (%t), or a fault of another file is lost (%t)", !cut, !other)
	}
}
