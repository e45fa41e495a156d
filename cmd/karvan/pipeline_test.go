package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/karvan/karvan/internal/check"
)

// Small networks of each format. Water runs down from a lake to two villages, gas through a
// compressor to a town.
const (
	waterFile = `[TITLE]
two villages
[JUNCTIONS]
 a  10  5
 b  5  3
[RESERVOIRS]
 lake  60
[PIPES]
 p1  lake  a  1000  300  0.1
 p2  a  b  500  200  0.1
[OPTIONS]
 Units  LPS
 Headloss  D-W
[COORDINATES]
 lake 1 2
 a 3 4
 b 5 6
[END]
`
	gasFile = `{"spec": {"fluid": "gas", "T": 288, "pn": 60,
 "junctions": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
 "pipes": [{"id": "p", "from": "a", "to": "b", "length_km": 50, "diameter_m": 0.5, "roughness_mm": 0.05}],
 "compressors": [{"id": "k", "from": "b", "to": "c", "ratio": 1.2}],
 "ext_grids": [{"node": "a", "p_bar_gauge": 60}],
 "sinks": [{"node": "c", "mdot": 40}]}}
`
	fluidsFile = `{"gas": {"density_at_273.15K_normal_kg_m3": 0.8, "viscosity_288_Pa_s": 1.1e-5, "compressibility_K_of_p_abs_bar": {"0": 1, "100": 0.8}},
 "water": {"density_at_288": 999, "viscosity_288_Pa_s": 1.1e-3}}
`
	xmlFile = `<?xml version="1.0" encoding="UTF-8"?>
<network xmlns="http://gaslib.zib.de/Gas" xmlns:framework="http://gaslib.zib.de/Framework">
 <framework:nodes>
  <source id="a" x="1" y="2"><height value="10" unit="m"/><pressureMin value="50" unit="barg"/><pressureMax value="70" unit="bar"/>
   <gasTemperature value="10" unit="Celsius"/><normDensity value="0.8" unit="kg_per_m_cube"/><molarMass value="18" unit="kg_per_kmol"/>
   <pseudocriticalPressure value="45" unit="bar"/><pseudocriticalTemperature value="190" unit="K"/></source>
  <innode id="b" x="2" y="3"/>
  <sink id="c" x="3" y="4"/>
 </framework:nodes>
 <framework:connections>
  <pipe id="p" from="a" to="b"><length value="20" unit="km"/><diameter value="500" unit="mm"/><roughness value="0.05" unit="mm"/></pipe>
  <pipe id="q" from="b" to="c"><length value="20" unit="km"/><diameter value="500" unit="mm"/><roughness value="0.05" unit="mm"/></pipe>
 </framework:connections>
</network>
`
	scenarioFile = `<boundaryValue xmlns="http://gaslib.zib.de/Gas"><scenario id="one">
 <node type="entry" id="a"><flow bound="both" value="100" unit="1000m_cube_per_hour"/></node>
 <node type="exit" id="c"><flow bound="both" value="100" unit="1000m_cube_per_hour"/></node>
</scenario></boundaryValue>
`
)

// changed is a text with pieces of it replaced, each of which must be there.
func changed(t testing.TB, text string, pieces ...string) string {
	t.Helper()
	for i := 0; i < len(pieces); i += 2 {
		if !strings.Contains(text, pieces[i]) {
			t.Fatalf("%q is not in the file", pieces[i])
		}
		text = strings.Replace(text, pieces[i], pieces[i+1], 1)
	}
	return text
}

// pipeFolder holds a network of each format.
func pipeFolder(t testing.TB, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"w.inp": waterFile, "g.json": gasFile, "fluids.json": fluidsFile, "x.net": xmlFile, "x.scn": scenarioFile}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// solvedJSON is the answer of pipeline solve that the issue asks for.
type solvedJSON struct {
	PressureBar map[string]float64 `json:"p_bar_gauge"`
	HeadM       map[string]float64 `json:"head_m"`
	Flow        map[string]float64 `json:"mdot_kg_per_s"`
	Iterations  *int               `json:"iterations"`
	Residual    *float64           `json:"residual"`
	SolveS      *float64           `json:"solve_s"`
	Converged   bool               `json:"converged"`
	Warnings    []string           `json:"warnings"`
	Broken      []any              `json:"bounds_broken"`
}

func readSolved(t testing.TB, out string) *solvedJSON {
	t.Helper()
	var s solvedJSON
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatalf("%v: %.300s", err, out)
	}
	if s.PressureBar == nil || s.HeadM == nil || s.Flow == nil || s.Iterations == nil || s.Residual == nil || s.SolveS == nil || s.Warnings == nil || s.Broken == nil {
		t.Errorf("a key is missing, or null: %.500s", out)
	}
	return &s
}

// The three small networks, by hand.
func TestPipelineSolve(t *testing.T) {
	dir := pipeFolder(t, nil)
	w := readSolved(t, mustRun(t, "pipeline", "solve", filepath.Join(dir, "w.inp"), "--json"))
	check.Close(t, "flow of p1", w.Flow["p1"], 8, 0, 1e-9)
	check.Close(t, "flow of p2", w.Flow["p2"], 3, 0, 1e-9)
	check.Close(t, "head of the lake", w.HeadM["lake"], 60, 1e-9, 0)
	check.Close(t, "pressure of a", w.PressureBar["a"], 1000*9.80665*(w.HeadM["a"]-10)/1e5, 0, 2e-3)
	v := 0.008 / (math.Pi / 4 * 0.3 * 0.3)
	re := v * 0.3 / 1.022e-6 // of EPANET, to a per cent
	f := 0.25 / math.Pow(math.Log10(0.1/300/3.7+5.74/math.Pow(re, 0.9)), 2)
	check.Close(t, "loss of head", w.HeadM["lake"]-w.HeadM["a"], f*1000/0.3*v*v/(2*9.80665), 0, 0.01)

	g := readSolved(t, mustRun(t, "pipeline", "solve", filepath.Join(dir, "g.json"), "--json"))
	check.Close(t, "given pressure", g.PressureBar["a"], 60, 1e-9, 0)
	check.Close(t, "ratio", (g.PressureBar["c"]+1.01325)/(g.PressureBar["b"]+1.01325), 1.2, 1e-9, 0)
	check.Close(t, "flow", g.Flow["p"], 40, 0, 1e-9)
	check.Close(t, "flow of the compressor", g.Flow["k"], 40, 0, 1e-9)
	if len(g.HeadM) != 0 {
		t.Errorf("heads of gas: %v", g.HeadM)
	}

	x := readSolved(t, mustRun(t, "pipeline", "solve", filepath.Join(dir, "x.net"), "--json"))
	check.Close(t, "flow", x.Flow["q"], 100e3/3600*0.8, 0, 1e-9)
	if len(x.Warnings) == 0 { // that no pressure was given
		t.Error("no word of the pressure that was chosen")
	}
	given := readSolved(t, mustRun(t, "pipeline", "solve", filepath.Join(dir, "x.net"), "--pressure", "a=60", "--json"))
	check.Close(t, "pressure given by hand", given.PressureBar["a"], 60-1.01325, 1e-9, 0)

	// For a person, and by another law and another equation.
	for _, args := range [][]string{{"w.inp"}, {"g.json"}, {"x.net"}, {"x.net", "--friction", "hofer"}, {"w.inp", "--friction", "haaland"}, {"x.net", "--compressibility", "ideal"}, {"x.net", "--compressibility", "aga"},
		{"x.net", "--composition", "CH4=0.93,C2=0.04,N2=0.03"}, {"x.net", "--composition", "CH4=0.93,C2=0.04,N2=0.03", "--compressibility", "detail"}} {
		args[0] = filepath.Join(dir, args[0])
		if out := mustRun(t, append([]string{"pipeline", "solve"}, args...)...); !strings.Contains(out, "solved") || strings.Contains(out, "NaN") {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// A pipe and a compressor may have one id, as each has its own list: no flow may go missing.
func TestPipelineSolveSameIDs(t *testing.T) {
	dir := pipeFolder(t, map[string]string{"s.json": changed(t, gasFile, `"id": "k"`, `"id": "p"`, `"sinks": [`, `"sinks": [{"node": "b", "mdot": 5}, `)})
	out, errs, status := run(t, "pipeline", "solve", filepath.Join(dir, "s.json"), "--json")
	if status == 2 && strings.Contains(errs, "p") {
		return // told to be a fault
	}
	if s := readSolved(t, out); s.Flow["p"] != 45 {
		t.Errorf("pipe p carries 45 kg/s; told are %v", s.Flow)
	}
}

func TestPipelineSolveFiles(t *testing.T) {
	dir := pipeFolder(t, nil)
	for _, name := range []string{"w.inp", "g.json", "x.net"} {
		in := filepath.Join(dir, name)
		s := readSolved(t, mustRun(t, "pipeline", "solve", in, "--json"))

		table := filepath.Join(dir, name+".csv")
		mustRun(t, "pipeline", "solve", in, "-o", table)
		file, err := os.Open(table)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		file.Close()
		if err != nil || len(rows) != 1+len(s.PressureBar)+len(s.Flow) {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		at := map[string]int{}
		for i, c := range rows[0] {
			at[c] = i
		}
		for _, r := range rows[1:] {
			id, column, want := r[at["id"]], "flow_kg_per_s", 0.0
			if r[at["kind"]] == "node" {
				column, want = "pressure_bar", s.PressureBar[id]+1.01325
			} else {
				want = s.Flow[id]
			}
			got, err := strconv.ParseFloat(r[at[column]], 64)
			if err != nil || math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Errorf("%s, %s %s: %s is %s, not %g", name, r[at["kind"]], id, column, r[at[column]], want)
			}
		}

		geo := filepath.Join(dir, name+".geojson")
		mustRun(t, "pipeline", "solve", in, "-o", geo)
		data, err := os.ReadFile(geo)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Type     string `json:"type"`
			Features []struct {
				Type     string `json:"type"`
				Geometry *struct {
					Type        string          `json:"type"`
					Coordinates json.RawMessage `json:"coordinates"`
				} `json:"geometry"`
				Properties map[string]any `json:"properties"`
			} `json:"features"`
		}
		if err := json.Unmarshal(data, &c); err != nil || c.Type != "FeatureCollection" || len(c.Features) != len(rows)-1 {
			t.Fatalf("%s: %d features, %v", name, len(c.Features), err)
		}
		for _, f := range c.Features {
			if f.Type != "Feature" || f.Properties["id"] == nil || f.Properties["kind"] == nil {
				t.Errorf("%s: %+v", name, f)
			}
			if name == "g.json" { // which has no coordinates
				if f.Geometry != nil {
					t.Errorf("%s: %v stands at %s, and the file has no places (RFC 7946: null)", name, f.Properties["id"], f.Geometry.Coordinates)
				}
				continue
			}
			if f.Properties["id"] == "a" && f.Properties["kind"] == "node" {
				if want := map[string]string{"w.inp": "[3,4]", "x.net": "[1,2]"}[name]; f.Geometry == nil || string(f.Geometry.Coordinates) != want {
					t.Errorf("%s: a stands at %v, not at %s", name, f.Geometry, want)
				}
			}
		}
	}
	// As with other results, a folder that is not there leaves nothing half written.
	if _, errs, status := run(t, "pipeline", "solve", filepath.Join(dir, "w.inp"), "-o", filepath.Join(dir, "nowhere", "r.csv")); status != 1 || errs == "" {
		t.Errorf("no such folder: status %d, %s", status, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part-*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// A network of each format, turned into tables, has the same answer, and a mistake in its tables
// is told with its file and line.
func TestPipelineTables(t *testing.T) {
	t.Parallel()
	dir := pipeFolder(t, nil)
	for _, name := range []string{"w.inp", "g.json", "x.net"} {
		tables := filepath.Join(dir, "tables of "+name)
		mustRun(t, "pipeline", "import", filepath.Join(dir, name), "-o", tables)
		a := readSolved(t, mustRun(t, "pipeline", "solve", filepath.Join(dir, name), "--json"))
		b := readSolved(t, mustRun(t, "pipeline", "solve", tables, "--json"))
		for id, p := range a.PressureBar {
			check.Close(t, name+": pressure of "+id, b.PressureBar[id], p, 1e-9, 1e-9)
		}
		for id, q := range a.Flow {
			check.Close(t, name+": flow of "+id, b.Flow[id], q, 1e-9, 1e-9)
		}
		if _, errs, status := run(t, "pipeline", "import", filepath.Join(dir, name), "-o", tables); status != 1 || errs == "" {
			t.Errorf("%s: imported over an existing folder: status %d, %s", name, status, errs)
		}
		pipes := filepath.Join(tables, "pipe.csv")
		data, err := os.ReadFile(pipes)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		at := strings.LastIndex(text, ",200,")
		if name != "w.inp" {
			at = strings.LastIndex(text, ",500,")
		}
		if at < 0 {
			t.Fatalf("%s: no diameter in %s", name, text)
		}
		if err := os.WriteFile(pipes, []byte(text[:at]+",0.5,"+text[at+5:]), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, errs, status := run(t, "pipeline", "solve", tables); status != 2 || !strings.Contains(errs, "pipe.csv:") || !strings.Contains(errs, "diameter") {
			t.Errorf("%s: a diameter in metres: status %d, %s", name, status, errs)
		}
	}
}

// Whatever is wrong with a file or a question ends with its status and one message that names
// it: no panic, and no NaN.
func TestPipelineSolveOfBadInput(t *testing.T) {
	t.Parallel()
	xml := func(pieces ...string) map[string]string {
		return map[string]string{"y.net": changed(t, xmlFile, pieces...), "y.scn": scenarioFile}
	}
	inp := func(pieces ...string) map[string]string {
		return map[string]string{"y.inp": changed(t, waterFile, pieces...)}
	}
	gas := func(pieces ...string) map[string]string {
		return map[string]string{"y.json": changed(t, gasFile, pieces...)}
	}
	one := func(name, text string) map[string]string { return map[string]string{name: text} }
	bomb := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">`
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf(`<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	bomb += "]><network>&a11;</network>"
	for _, tt := range []struct {
		name   string
		files  map[string]string
		args   []string
		status int
		want   string
	}{
		// Files.
		{"XML that is cut off", one("y.net", xmlFile[:900]), []string{"y.net"}, 2, "y.net:12"},
		{"an XML bomb", one("y.net", bomb), []string{"y.net"}, 2, "document type"},
		{"XML without end", one("y.net", "<network>"+strings.Repeat("<a>", 100000)), []string{"y.net"}, 2, "inside one another"},
		{"XML that is none", one("y.net", "PK\x03\x04\x00"), []string{"y.net"}, 2, "y.net"},
		{"an empty network", one("y.net", ""), []string{"y.net"}, 2, "empty"},
		{"an archive that is none", one("y.zip", "PK\x03\x04"), []string{"y.zip"}, 1, "y.zip"},
		{"JSON that is cut off", one("y.json", gasFile[:120]), []string{"y.json"}, 2, "y.json:"},
		{"JSON of lists in lists", one("y.json", strings.Repeat("[", 100000)), []string{"y.json"}, 2, "y.json:1"},
		{"no fluids beside it", one("away/g.json", gasFile), []string{"away/g.json"}, 1, "fluids.json"},
		{"an empty input file", one("y.inp", ""), []string{"y.inp"}, 2, "y.inp"},
		{"an input file of noise", one("y.inp", "\x00\x01\xff\xfe"), []string{"y.inp"}, 2, "y.inp:1"},
		{"an input file of Hazen and Williams", inp("D-W", "H-W"), []string{"y.inp"}, 2, "HEADLOSS"},
		{"a file that is not there", nil, []string{"nowhere.inp"}, 1, "nowhere.inp"},
		{"a folder without a network", one("empty/x.txt", ""), []string{"empty"}, 1, ".net"},
		{"a file of another kind", one("y.txt", waterFile), []string{"y.txt"}, 64, "EPANET"},

		// Numbers that cannot be, in each format.
		{"a diameter in metres, GasLib", xml(`value="500" unit="mm"`, `value="0.5" unit="mm"`), []string{"y.net"}, 2, "as metres it would be 500 mm"},
		{"a diameter in metres, EPANET", inp("500  200", "500  0.2"), []string{"y.inp"}, 2, "pipe p2: diameter_mm = 0.2"},
		{"a diameter in millimetres, pandapipes", gas(`"diameter_m": 0.5`, `"diameter_m": 500`), []string{"y.json"}, 2, "pipe p: diameter_mm = 500000"},
		{"a negative diameter, GasLib", xml(`value="500" unit="mm"`, `value="-500" unit="mm"`), []string{"y.net"}, 2, "diameter"},
		{"a negative diameter, EPANET", inp("500  200", "500  -200"), []string{"y.inp"}, 2, "y.inp:10: diameter"},
		{"a negative diameter, pandapipes", gas(`"diameter_m": 0.5`, `"diameter_m": -0.5`), []string{"y.json"}, 2, "pipes[0].diameter_m"},
		{"NaN, EPANET", inp("500  200", "500  NaN"), []string{"y.inp"}, 2, "number"},
		{"infinity, GasLib", xml(`value="20" unit="km"`, `value="1e999" unit="km"`), []string{"y.net"}, 2, "length"},
		{"no length", inp("b  500", "b  0"), []string{"y.inp"}, 2, "length"},
		{"a height beyond the air", inp("a  10", "a  1000000"), []string{"y.inp"}, 2, "node a: height_m"},
		{"a gas of 1000 °C", xml(`value="10" unit="Celsius"`, `value="1000" unit="Celsius"`), []string{"y.net"}, 2, "temperature_k"},
		{"a gas below absolute zero", xml(`value="10" unit="Celsius"`, `value="-300" unit="Celsius"`), []string{"y.net"}, 2, "gasTemperature"},
		{"a gas of no such molecules", xml(`molarMass value="18"`, `molarMass value="0.001"`), []string{"y.net"}, 2, "molarMass"},
		{"a gas far below its critical temperature", xml(`pseudocriticalTemperature value="190"`, `pseudocriticalTemperature value="1900"`), []string{"y.net"}, 2, "emperature"},
		{"a fluid that is not known at the temperature", gas(`"T": 288`, `"T": 20`), []string{"y.json"}, 2, "20 K"},
		{"a ratio of a billion", gas(`"ratio": 1.2`, `"ratio": 1e9`), []string{"y.json"}, 2, "station k: ratio"},
		{"pressure in pascals", gas(`"p_bar_gauge": 60`, `"p_bar_gauge": 6e6`), []string{"y.json"}, 2, "node a: pressure_bar"},
		{"bounds that contradict one another", xml(`pressureMin value="50"`, `pressureMin value="90"`), []string{"y.net"}, 2, "pressureMax"},

		// Networks that hang together wrongly.
		{"a pipe between no nodes", gas(`"to": "b"`, `"to": "z"`), []string{"y.json"}, 2, `"z"`},
		{"a node without a path, EPANET", inp(" p2  a  b  500  200  0.1\n", ""), []string{"y.inp"}, 2, "node b"},
		{"a node without a path, GasLib", xml(`<sink id="c" x="3" y="4"/>`, `<sink id="c" x="3" y="4"/><innode id="lost"/>`), []string{"y.net"}, 2, "node lost"},
		{"no pressure anywhere", gas(`[{"node": "a", "p_bar_gauge": 60}]`, "[]"), []string{"y.json"}, 2, "given pressure"},
		{"a cycle of compressors", gas(`"ratio": 1.2}`, `"ratio": 1.2}, {"id": "j", "from": "c", "to": "b", "ratio": 1.2}`), []string{"y.json"}, 2, "ring of station k, station j"},
		{"a pipe to itself", inp("p2  a  b", "p2  a  a"), []string{"y.inp"}, 2, "another node"},
		{"a pipe twice", inp("p2  a  b", "p1  a  b"), []string{"y.inp"}, 2, "once"},

		// What cannot be carried, or is not found.
		{"more than can be carried, GasLib", map[string]string{"y.net": xmlFile, "y.scn": strings.ReplaceAll(scenarioFile, `"100"`, `"100000"`)}, []string{"y.net", "--json"}, 3, "cannot be carried"},
		{"more than can be carried, EPANET", inp("b  5  3", "b  5  3e8"), []string{"y.inp", "--json"}, 3, "cannot be carried"},
		{"more than can be carried, pandapipes", gas(`"mdot": 40`, `"mdot": 4000`), []string{"y.json", "--json"}, 3, "node b"},
		{"too few iterations", nil, []string{"w.inp", "--max-iterations", "1", "--json"}, 3, "not converged after 1"},

		// Compositions.
		{"a composition that does not sum to one", nil, []string{"x.net", "--composition", "CH4=0.9,N2=0.05"}, 64, "sum to 1"},
		{"a composition of two phases", nil, []string{"x.net", "--composition", "CH4=0.5,nC5=0.3,nC4=0.2"}, 64, "two phases"},
		{"a negative share", nil, []string{"x.net", "--composition", "CH4=1.1,N2=-0.1"}, 64, "N2|nitrogen"},
		{"a share that is no number", nil, []string{"x.net", "--composition", "CH4=NaN"}, 64, "--composition"},
		{"a share with something behind it", nil, []string{"x.net", "--composition", "CH4=1x"}, 64, "--composition"},
		{"no share", nil, []string{"x.net", "--composition", "CH4"}, 64, "COMPONENT=SHARE"},
		{"no such component", nil, []string{"x.net", "--composition", "unobtainium=1"}, 64, "unobtainium"},
		{"a composition of water", nil, []string{"w.inp", "--composition", "CH4=1"}, 64, "liquid"},
		{"a compressibility of water", nil, []string{"w.inp", "--compressibility", "papay"}, 64, "liquid"},
		{"an equation without its composition", nil, []string{"x.net", "--compressibility", "gerg-2008"}, 64, "--composition"},
		{"no such equation", nil, []string{"x.net", "--compressibility", "guess"}, 64, "hall-yarborough"},
		{"no such law", nil, []string{"x.net", "--friction", "guess"}, 64, "nikuradse"},
		{"a law of gas for water", nil, []string{"w.inp", "--friction", "weymouth"}, 2, "weymouth"},

		// Questions.
		{"nothing to solve", nil, nil, 64, "--help"},
		{"two files", nil, []string{"w.inp", "x.net"}, 64, "--help"},
		{"an unknown flag", nil, []string{"w.inp", "--nonsense"}, 64, "--nonsense"},
		{"a result of another kind", nil, []string{"w.inp", "-o", "r.xyz"}, 64, ".geojson"},
		{"a pressure without a number", nil, []string{"x.net", "--pressure", "a"}, 64, "NODE=BAR"},
		{"a pressure below zero", nil, []string{"x.net", "--pressure", "a=-3"}, 64, "NODE=BAR"},
		{"a pressure with something behind it", nil, []string{"x.net", "--pressure", "a=60mbar"}, 64, "NODE=BAR"},
		{"a pressure of no node", nil, []string{"x.net", "--pressure", "z=60"}, 2, `"z"`},
		{"two pressures of a node", nil, []string{"x.net", "--pressure", "a=60,a=65"}, 64, "a"},
		{"no such scenario", nil, []string{"x.net", "--scenario", "two"}, 2, `"two"`},
		{"a residual that is no number", nil, []string{"w.inp", "--residual", "NaN"}, 64, "--residual"},
		{"a negative residual", nil, []string{"w.inp", "--residual", "-1"}, 64, "--residual"},
		{"negative iterations", nil, []string{"w.inp", "--max-iterations", "-1"}, 64, "--max-iterations"},
		{"a study without pipelines", nil, []string{"starter"}, 1, "pipeline/line.csv"},
		{"no such line", nil, []string{"azerbaijan-turkiye", "--line", "X"}, 64, "--line"},
		{"no such step", nil, []string{"azerbaijan-turkiye", "--line", "TAP", "--step", "X"}, 64, "initial, expanded"},
		{"a negative throughput", nil, []string{"azerbaijan-turkiye", "--line", "TAP", "--throughput", "-5"}, 64, "--throughput"},
		{"a throughput that is no number", nil, []string{"azerbaijan-turkiye", "--line", "TAP", "--throughput", "NaN"}, 64, "--throughput"},
		{"too large a throughput", nil, []string{"azerbaijan-turkiye", "--line", "TAP", "--throughput", "500", "--json"}, 3, "cannot be carried"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := pipeFolder(t, tt.files)
			args := []string{"pipeline", "solve"}
			for i, a := range tt.args {
				if strings.ContainsAny(a, ".") && !strings.Contains(a, "=") && (i == 0 || tt.args[i-1] == "-o" || i == 1 && len(tt.args) == 2 && tt.args[0] == "w.inp") || a == "empty" {
					a = filepath.Join(dir, a)
				}
				args = append(args, a)
			}
			out, errs, status := run(t, args...)
			if status != tt.status {
				t.Errorf("status %d, want %d:\n%.300s%.500s", status, tt.status, out, errs)
			}
			if !slices.ContainsFunc(strings.Split(tt.want, "|"), func(w string) bool { return strings.Contains(errs, w) }) {
				t.Errorf("the message lacks %q: %.500s", tt.want, errs)
			}
			for _, bad := range []string{"goroutine", "panic", "runtime error"} {
				if strings.Contains(errs, bad) {
					t.Errorf("a panic: %.600s", errs)
				}
			}
			if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
				t.Errorf("no number: %.500s", out)
			}
			if slices.Contains(tt.args, "--json") && tt.status == 3 {
				if s := readSolved(t, out); s.Converged {
					t.Error("it says that it has converged")
				}
			}
		})
	}
}

// capacityJSON is a row of pipeline capacity, as the issue has it.
type capacityJSON struct {
	PipelineID *string  `json:"pipeline_id"`
	Step       *string  `json:"step"`
	Unit       *string  `json:"unit"`
	Stated     *float64 `json:"stated"`
	Low        *float64 `json:"low"`
	Computed   *float64 `json:"computed"`
	High       *float64 `json:"high"`
	Bottleneck *string  `json:"bottleneck"`
}

func TestPipelineCapacity(t *testing.T) {
	t.Parallel()
	args := slices.Clip([]string{"pipeline", "capacity", "azerbaijan-turkiye", "--json", "--draws", "20", "--only", "TANAP,TAP"})
	one := mustRun(t, append(args, "--workers", "1")...)
	args[len(args)-1] = "TAP"
	two := mustRun(t, append(args, "--workers", "2")...)
	if rest := strings.TrimPrefix(two, "["); !strings.HasSuffix(one, rest) {
		t.Errorf("one worker and two give different bytes:\n%s", rest)
	}
	var rows []capacityJSON
	if err := json.Unmarshal([]byte(one), &rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		if r.PipelineID == nil || r.Step == nil || r.Unit == nil || r.Stated == nil || r.Low == nil || r.Computed == nil || r.High == nil || r.Bottleneck == nil {
			t.Fatalf("a key is missing: %+v", r)
		}
		if !(*r.Low > 0 && *r.Low <= *r.High && *r.Computed > 0) || *r.Bottleneck == "" {
			t.Errorf("%s %s: %g, %g, %g, %q", *r.PipelineID, *r.Step, *r.Low, *r.Computed, *r.High, *r.Bottleneck)
		}
		got = append(got, fmt.Sprintf("%s %g %s", *r.PipelineID, *r.Stated, *r.Unit))
	}
	if want := []string{"TANAP 16 bcm/yr", "TANAP 24 bcm/yr", "TANAP 31 bcm/yr", "TAP 10 bcm/yr", "TAP 20 bcm/yr"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{"NaN", "Inf", "null"} {
		if strings.Contains(one, bad) {
			t.Errorf("the answer holds %s", bad)
		}
	}
}

// Every capacity that the facts state for a line and step in service or agreed has its row: the
// study states them all, in the ids of the facts.
func TestPipelineCapacityHasWhatIsStated(t *testing.T) {
	rows := func(path string) []map[string]string {
		file, err := os.Open(filepath.FromSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		all, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out []map[string]string
		for _, r := range all[1:] {
			m := map[string]string{}
			for i, c := range all[0] {
				m[c] = r[i]
			}
			out = append(out, m)
		}
		return out
	}
	stated := map[string]bool{}
	for _, r := range rows("../../studies/azerbaijan-turkiye/pipeline/stated.csv") {
		stated[r["pipeline_id"]+" "+r["value"]+" "+r["unit"]+" "+r["basis"]] = true
	}
	n := 0
	for _, r := range rows("../../studies/facts/azerbaijan-turkiye/pipelines.csv") {
		switch r["pipeline_id"] {
		case "BTC", "SCP", "TANAP", "TAP", "WREP":
		default:
			continue
		}
		if r["attribute"] != "capacity" || r["section"] == "possible further" || r["section"] == "final stage" { // neither in service nor agreed
			continue
		}
		n++
		if key := r["pipeline_id"] + " " + r["value"] + " " + r["unit"] + " " + r["capacity_basis"]; !stated[key] {
			t.Errorf("the facts state %s (%s), the study does not", key, r["section"])
		}
	}
	if n < 13 {
		t.Errorf("only %d capacities among the facts", n)
	}
}

func TestPipelineCapacityOfBadQuestions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"no such line", []string{"azerbaijan-turkiye", "--only", "TANAPP"}, 64, `"TANAPP"`},
		{"one of two is none", []string{"azerbaijan-turkiye", "--only", "TANAP,X", "--json"}, 64, "IGDIR-NAKHCHIVAN"},
		{"too few draws", []string{"azerbaijan-turkiye", "--draws", "9"}, 64, "--draws"},
		{"negative draws", []string{"azerbaijan-turkiye", "--draws", "-200"}, 64, "--draws"},
		{"no draws", []string{"azerbaijan-turkiye", "--draws", "many"}, 64, "--draws"},
		{"a study without pipelines", []string{"starter"}, 1, "line.csv"},
		{"no study", []string{"nowhere"}, 1, "nowhere"},
		{"nothing", nil, 64, "a study"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, status := run(t, append([]string{"pipeline", "capacity"}, tt.args...)...)
			if status != tt.status || !strings.Contains(errs, tt.want) {
				t.Errorf("status %d, want %d with %q: %.200s%s", status, tt.status, tt.want, out, errs)
			}
			if out != "" && tt.status != 0 {
				t.Errorf("printed besides: %.200s", out)
			}
		})
	}
	// A study with a fault in its lines ends with status 2 and the fault.
	dir := filepath.Join(t.TempDir(), "mine")
	mustRun(t, "new", dir)
	if err := os.MkdirAll(filepath.Join(dir, "pipeline"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pipeline", "line.csv"), []byte("pipeline_id,name,medium,source_id\nL,Line,water,example\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"capacity", "solve"} {
		if _, errs, status := run(t, "pipeline", command, dir); status != 2 || !strings.Contains(errs, "pipeline/line.csv:2") {
			t.Errorf("%s of a faulty study: status %d, %s", command, status, errs)
		}
	}
}

// A line of a study, at its capacity and at less.
func TestPipelineSolveOfAStudy(t *testing.T) {
	t.Parallel()
	full := readSolved(t, mustRun(t, "pipeline", "solve", "azerbaijan-turkiye", "--line", "TAP", "--json"))
	half := readSolved(t, mustRun(t, "pipeline", "solve", "azerbaijan-turkiye", "--line", "TAP", "--step", "initial", "--throughput", "5", "--json"))
	if !full.Converged || !half.Converged || len(full.Broken) > 0 {
		t.Errorf("converged %v and %v, broken %v", full.Converged, half.Converged, full.Broken)
	}
	first := func(s *solvedJSON) float64 {
		most := 0.0
		for _, v := range s.Flow {
			most = math.Max(most, v)
		}
		return most
	}
	// 5 bcm a year of 0.735 kg/m³, more or less.
	check.Close(t, "flow", first(half), 5e9*0.735/(365*86400), 0, 0.1)
	if !(first(full) > 2*first(half)) {
		t.Errorf("%g kg/s at the capacity, %g at 5 bcm/yr", first(full), first(half))
	}
	table := filepath.Join(t.TempDir(), "r.csv")
	mustRun(t, "pipeline", "solve", "azerbaijan-turkiye", "--line", "TAP", "-o", table)
	if data, err := os.ReadFile(table); err != nil || strings.Count(string(data), "\n") < 30 {
		t.Errorf("%v: %s", err, data)
	}
}
