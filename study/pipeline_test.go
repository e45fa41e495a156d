package study_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// lines is the starter study with a gas line of two steps and an oil line.
func lines(t testing.TB) files {
	t.Helper()
	f := starter(t)
	for name, text := range map[string]string{
		"line": `pipeline_id,name,medium,friction,link_ids,source_id
G,Gas line,gas,colebrook,rail-west,example
O,Oil line,oil,,,example
`,
		"point": `pipeline_id,point_id,name,km,node_id,source_id
G,g-east,East,0,east,example
G,g-west,West,300,west,example
O,o-sea,Sea,0,,example
O,o-port,Port,100,,example
`,
		"section": `pipeline_id,section_id,name,from_km,to_km,source_id
G,g-pipe,Pipe,0,300,example
O,o-pipe,Pipe,0,100,example
`,
		"station": `pipeline_id,station_id,name,kind,km,node_id,source_id
G,g-half,Half way,compressor,150,border,example
O,o-pump,Pump,pump,0,,example
O,o-brake,Brake,reduction,80,,example
`,
		"step": `pipeline_id,step_id,name,from_year,status,section_ids,station_ids,source_id
G,first,As built,2000,in service,,,example
G,second,With a station,,agreed,g-pipe,g-half,example
O,design,As built,1999,in service,,o-pump,example
`,
		"stated": `pipeline_id,step_id,value,unit,basis,source_id
G,first,8,bcm/yr,technical,example
G,second,10,bcm/yr,contract,example
O,design,300000,bbl/d,nominated,example
`,
		"assumption": `pipeline_id,element_id,quantity,value,low,high,unit,source_id
G,,elevation_m,100,,,m,example
G,g-pipe,outside_diameter_mm,820,,,mm,example
G,,wall_mm,10,9,12,mm,example
G,,roughness_mm,0.02,0.01,0.04,mm,example
G,,design_bar,80,,,bar,example
G,,inlet_bar,70,65,75,bar,example
G,,delivery_bar,40,30,50,bar,example
G,,discharge_bar,70,65,75,bar,example
G,,efficiency,0.8,0.7,0.85,share,example
G,,temperature_k,288,280,298,K,example
G,,relative_density,0.6,0.57,0.65,ratio,example
O,,elevation_m,0,,,m,example
O,,outside_diameter_mm,720,,,mm,example
O,,wall_mm,10,,,mm,example
O,,roughness_mm,0.05,,,mm,example
O,,design_bar,80,,,bar,example
O,,inlet_bar,8,,,bar,example
O,,delivery_bar,5,,,bar,example
O,,discharge_bar,60,,,bar,example
O,,efficiency,0.8,,,share,example
O,o-brake,reduced_bar,20,,,bar,example
O,,temperature_k,288,,,K,example
O,,density_15c_kg_per_m3,850,,,kg/m3,example
O,,viscosity_10c_cst,14,,,cSt,example
O,,viscosity_40c_cst,5,,,cSt,example
`,
	} {
		f["pipeline/"+name+".csv"] = text
	}
	return f
}

const (
	lineFile       = "pipeline/line.csv"
	pointFile      = "pipeline/point.csv"
	sectionFile    = "pipeline/section.csv"
	stationFile    = "pipeline/station.csv"
	stepFile       = "pipeline/step.csv"
	statedFile     = "pipeline/stated.csv"
	assumptionFile = "pipeline/assumption.csv"
)

// brokenLines are studies with one mistake each in their pipelines, and the fault that must name it.
var brokenLines = []broken{
	{name: "nothing wrong"},
	{name: "marks and line ends of a spreadsheet", edits: []edit{func(_ testing.TB, f files) {
		for name := range f {
			f[name] = "\ufeff" + strings.ReplaceAll(f[name], "\n", "\r\n")
		}
	}}},
	{name: "a line without stations, and none in its step", edits: []edit{replace(stationFile, "G,g-half,Half way,compressor,150,border,example\n", ""), replace(stepFile, "G,second,With a station,,agreed,g-pipe,g-half,example\n", ""),
		replace(statedFile, "G,second,10,bcm/yr,contract,example\n", "")}},

	// Names that lead nowhere.
	{name: "a point of no line", edits: []edit{add(pointFile, "X,x,,5,,example")}, want: []want{{pointFile, 6, "pipeline_id", "no pipeline", ""}}},
	{name: "a section of no line", edits: []edit{add(sectionFile, "X,x,,5,7,example")}, want: []want{{sectionFile, 4, "pipeline_id", "no pipeline", ""}}},
	{name: "a station of no line", edits: []edit{add(stationFile, "X,x,,pump,5,,example")}, want: []want{{stationFile, 5, "pipeline_id", "no pipeline", ""}}},
	{name: "a step of no line", edits: []edit{add(stepFile, "X,x,,,agreed,,,example")}, want: []want{{stepFile, 5, "pipeline_id", "no pipeline", ""}}},
	{name: "stated of no line", edits: []edit{add(statedFile, "g,first,8,bcm/yr,technical,example")}, want: []want{{statedFile, 5, "pipeline_id", "no pipeline", ""}}},
	{name: "an assumption of no line", edits: []edit{add(assumptionFile, "X,,elevation_m,1,,,m,example")}, want: []want{{assumptionFile, 27, "pipeline_id", "no pipeline", ""}}},
	{name: "a line on no link", edits: []edit{replace(lineFile, "rail-west", "rail-wets")}, want: []want{{lineFile, 2, "link_ids", `"rail-west"`, ""}}},
	{name: "a point at no node", edits: []edit{replace(pointFile, "0,east,", "0,eest,")}, want: []want{{pointFile, 2, "node_id", `"east"`, ""}}},
	{name: "a station at no node", edits: []edit{replace(stationFile, "150,border", "150,boarder")}, want: []want{{stationFile, 2, "node_id", `"border"`, ""}}},
	{name: "a step with no such section", edits: []edit{replace(stepFile, "g-pipe,g-half", "g-pipe;g-tube,g-half")}, want: []want{{stepFile, 3, "section_ids", "section.csv", ""}}},
	{name: "a step with a section of another line", edits: []edit{replace(stepFile, "g-pipe,g-half", "g-pipe;o-pipe,g-half")}, want: []want{{stepFile, 3, "section_ids", "same line", ""}}},
	{name: "a step with no such station", edits: []edit{replace(stepFile, ",o-pump,", ",o-pump;o-pmup,")}, want: []want{{stepFile, 4, "station_ids", "station.csv", ""}}},
	{name: "stated of no step", edits: []edit{replace(statedFile, "G,second", "G,third")}, want: []want{{statedFile, 3, "step_id", "step.csv", ""}}},
	{name: "stated of a step of the other line", edits: []edit{replace(statedFile, "G,second", "G,design")}, want: []want{{statedFile, 3, "step_id", "same line", ""}}},
	{name: "an assumption of nothing", edits: []edit{replace(assumptionFile, "G,g-pipe,", "G,g-piep,")},
		want: []want{{assumptionFile, 3, "element_id", `"g-pipe"`, ""}}},
	{name: "an assumption of a section of the other line", edits: []edit{add(assumptionFile, "G,o-pipe,roughness_mm,0.1,,,mm,example")}, want: []want{{assumptionFile, 27, "element_id", "of G", ""}}},
	{name: "no such source", edits: []edit{replace(assumptionFile, "0.85,share,example", "0.85,share,exampel")}, want: []want{{assumptionFile, 10, "source_id", `"example"`, ""}}},

	// Twice the same.
	{name: "a line twice", edits: []edit{add(lineFile, "G,Again,gas,,,example")}, want: []want{{lineFile, 4, "pipeline_id", twice, ""}}},
	{name: "a point twice", edits: []edit{add(pointFile, "G,g-west,Again,200,,example")}, want: []want{{pointFile, 6, "point_id", twice, ""}}},
	{name: "a section twice", edits: []edit{add(sectionFile, "G,g-pipe,Again,0,300,example")}, want: []want{{sectionFile, 4, "section_id", twice, ""}}},
	{name: "a station named as a section", edits: []edit{add(stationFile, "G,g-pipe,,compressor,20,,example")}, want: []want{{stationFile, 5, "station_id", twice, ""}}},
	{name: "a step named as a point", edits: []edit{add(stepFile, "G,g-east,,,agreed,,,example")}, want: []want{{stepFile, 5, "step_id", twice, ""}}},
	{name: "an assumption twice", edits: []edit{add(assumptionFile, "G,,wall_mm,11,,,mm,example")}, want: []want{{assumptionFile, 27, "quantity", twice, ""}}},
	{name: "two points at one place", edits: []edit{add(pointFile, "G,g-more,,0,,example")}, want: []want{{pointFile, 6, "km", "", ""}}},

	// Words.
	{name: "no such medium", edits: []edit{replace(lineFile, "Gas line,gas", "Gas line,gass")}, want: []want{{lineFile, 2, "medium", `"gas"`, ""}}},
	{name: "no such law of friction", edits: []edit{replace(lineFile, "colebrook", "colebrok")}, want: []want{{lineFile, 2, "friction", "", ""}}},
	{name: "no such quantity", edits: []edit{replace(assumptionFile, "G,,wall_mm", "G,,wall_mn")}, want: []want{{assumptionFile, 4, "quantity", `"wall_mm"`, ""}}},
	{name: "no such kind of station", edits: []edit{replace(stationFile, "compressor", "compresor")}, want: []want{{stationFile, 2, "kind", `"compressor"`, ""}}},
	{name: "a pump of gas", edits: []edit{replace(stationFile, "compressor", "pump")}, want: []want{{stationFile, 2, "kind", "line of gas", ""}}},
	{name: "a compressor of oil", edits: []edit{replace(stationFile, "Pump,pump", "Pump,compressor")}, want: []want{{stationFile, 3, "kind", "line of oil", ""}}},
	{name: "no such status", edits: []edit{replace(stepFile, "agreed", "planned")}, want: []want{{stepFile, 3, "status", "agreed", ""}}},
	{name: "no such basis", edits: []edit{replace(statedFile, "contract", "contracted")}, want: []want{{statedFile, 3, "basis", `"contract"`, ""}}},
	{name: "barrels of gas", edits: []edit{replace(statedFile, "10,bcm/yr", "10,bbl/d")}, want: []want{{statedFile, 3, "unit", "gas", ""}}},
	{name: "cubic metres of oil", edits: []edit{replace(statedFile, "300000,bbl/d", "20,bcm/yr")}, want: []want{{statedFile, 4, "unit", "oil", ""}}},
	{name: "no such unit of what is stated", edits: []edit{replace(statedFile, "300000,bbl/d", "300000,bpd")}, want: []want{{statedFile, 4, "unit", "bbl/d", ""}}},
	{name: "a year that is none", edits: []edit{replace(stepFile, "2000,in service", "20000,in service")}, want: []want{{stepFile, 2, "from_year", "", ""}}},

	// Ids.
	{name: "a line without an id", edits: []edit{add(lineFile, ",Nothing,gas,,,example")}, want: []want{{lineFile, 4, "pipeline_id", "required", ""}}},
	{name: "a point without an id", edits: []edit{add(pointFile, "G,,,10,,example")}, want: []want{{pointFile, 6, "point_id", "required", ""}}},
	{name: "a section without an id", edits: []edit{add(sectionFile, "G,,,10,20,example")}, want: []want{{sectionFile, 4, "section_id", "required", ""}}},
	{name: "a station without an id", edits: []edit{add(stationFile, "G,,,compressor,10,,example")}, want: []want{{stationFile, 5, "station_id", "required", ""}}},
	{name: "a step without an id", edits: []edit{add(stepFile, "G,,,,agreed,,,example")}, want: []want{{stepFile, 5, "step_id", "required", ""}}},
	{name: "an assumption of a line without an id", edits: []edit{add(assumptionFile, ",,wall_mm,10,,,mm,example")}, want: []want{{assumptionFile, 27, "pipeline_id", "required", ""}}},
	{name: "an id that would be a list", edits: []edit{add(stationFile, "G,a|b,,compressor,10,,example")}, want: []want{{stationFile, 5, "station_id", "may not hold", ""}}},

	// Numbers.
	{name: "a diameter in metres", edits: []edit{replace(assumptionFile, "outside_diameter_mm,820", "outside_diameter_mm,0.82")}, want: []want{{assumptionFile, 3, "value", "between 50 and 3000 mm", ""}}},
	{name: "a diameter in another unit", edits: []edit{replace(assumptionFile, "820,,,mm", "820,,,m")}, want: []want{{assumptionFile, 3, "unit", "is in mm", ""}}},
	{name: "a low above the value", edits: []edit{replace(assumptionFile, "10,9,12", "10,11,12")}, want: []want{{assumptionFile, 4, "low", "at most", ""}}},
	{name: "a high below the value", edits: []edit{replace(assumptionFile, "10,9,12", "10,9,9.5")}, want: []want{{assumptionFile, 4, "high", "at least", ""}}},
	{name: "a high that cannot be", edits: []edit{replace(assumptionFile, "0.8,0.7,0.85", "0.8,0.7,1.1")}, want: []want{{assumptionFile, 10, "high", "between 0.1 and 1", ""}}},
	{name: "a temperature in degrees Celsius", edits: []edit{replace(assumptionFile, "288,280,298", "15,7,25")},
		want: []want{{assumptionFile, 11, "value", "between 230 and 370 K", ""}, {assumptionFile, 11, "low", "between", ""}, {assumptionFile, 11, "high", "between", ""}}},
	{name: "a number that is none", edits: []edit{replace(assumptionFile, "wall_mm,10,9,12", "wall_mm,ten,9,12")}, want: []want{{assumptionFile, 4, "value", "number", ""}}},
	{name: "NaN", edits: []edit{replace(assumptionFile, "wall_mm,10,9,12", "wall_mm,NaN,9,12")}, want: []want{{assumptionFile, 4, "value", "number", ""}}},
	{name: "infinity", edits: []edit{replace(assumptionFile, "wall_mm,10,9,12", "wall_mm,10,9,inf")}, want: []want{{assumptionFile, 4, "high", "number", ""}}},
	{name: "more than a number holds", edits: []edit{replace(assumptionFile, "wall_mm,10,9,12", "wall_mm,10,9,1e999")}, want: []want{{assumptionFile, 4, "high", "number", ""}}},
	{name: "no value", edits: []edit{replace(assumptionFile, "wall_mm,10,9,12", "wall_mm,,9,12")}, want: []want{{assumptionFile, 4, "value", "required", ""}}},
	{name: "a point before the start", edits: []edit{add(pointFile, "G,g-more,,-1,,example")}, want: []want{{pointFile, 6, "km", "negative", ""}}},
	{name: "a point nowhere", edits: []edit{add(pointFile, "G,g-more,,NaN,,example")}, want: []want{{pointFile, 6, "km", "number", ""}}},
	{name: "a point on the moon", edits: []edit{add(pointFile, "G,g-more,,384400,,example")}, want: []want{{pointFile, 6, "km", "", ""}}},
	{name: "a section that ends before it begins", edits: []edit{add(sectionFile, "G,g-more,,200,100,example")}, want: []want{{sectionFile, 4, "to_km", "beyond from_km (200)", ""}}},
	{name: "a section without length", edits: []edit{add(sectionFile, "G,g-more,,200,200,example")}, want: []want{{sectionFile, 4, "to_km", "beyond", ""}}},
	{name: "a section from nowhere", edits: []edit{add(sectionFile, "G,g-more,,x,200,example")}, want: []want{{sectionFile, 4, "from_km", "number", ""}}},
	{name: "nothing is stated", edits: []edit{replace(statedFile, "10,bcm/yr", "0,bcm/yr")}, want: []want{{statedFile, 3, "value", "greater than 0", ""}}},
	{name: "less than nothing is stated", edits: []edit{replace(statedFile, "10,bcm/yr", "-10,bcm/yr")}, want: []want{{statedFile, 3, "value", "greater than 0", ""}}},

	// What does not make a line.
	{name: "no assumption of what every step needs", edits: []edit{replace(assumptionFile, "G,,inlet_bar,70,65,75,bar,example\n", "")},
		want: []want{{lineFile, 2, "pipeline_id", "inlet_bar", ""}, {lineFile, 2, "pipeline_id", "inlet_bar", ""}}},
	{name: "no assumption of what one step needs", edits: []edit{replace(assumptionFile, "G,,discharge_bar,70,65,75,bar,example\n", "")}, want: []want{{lineFile, 2, "pipeline_id", "step second cannot be worked out: pipeline G: no assumption for g-half discharge_bar", ""}}},
	{name: "a line without steps", edits: []edit{add(lineFile, "N,New,gas,,,example")}, want: []want{{lineFile, 4, "pipeline_id", "step.csv", ""}}},
	{name: "a gap between sections", edits: []edit{replace(sectionFile, "Pipe,0,100", "Pipe,0,60")}, want: []want{{lineFile, 3, "pipeline_id", "path", ""}}},
	{name: "a delivery above the design pressure", edits: []edit{replace(assumptionFile, "O,,delivery_bar,5", "O,,delivery_bar,95")}, want: []want{{lineFile, 3, "pipeline_id", "contradict", ""}}},
	{name: "a wall as thick as the pipe", edits: []edit{replace(assumptionFile, "O,,outside_diameter_mm,720", "O,,outside_diameter_mm,50"), replace(assumptionFile, "O,,wall_mm,10", "O,,wall_mm,25")},
		want: []want{{lineFile, 3, "pipeline_id", "diameter_mm", ""}}},
	{name: "gas that its equation does not hold for", edits: []edit{replace(assumptionFile, "0.6,0.57,0.65", "1.1,1.1,1.1")},
		want: []want{{assumptionFile, 12, "value", "relative_density", ""}, {assumptionFile, 12, "low", "relative_density", ""}, {assumptionFile, 12, "high", "relative_density", ""}}},
	{name: "gas that its equation does not hold for at one end", edits: []edit{replace(assumptionFile, "0.6,0.57,0.65", "0.6,0.57,1.1")}, want: []want{{assumptionFile, 12, "high", "", ""}}},
	{name: "a station beyond the end", edits: []edit{replace(stationFile, "compressor,150", "compressor,350")}, want: []want{{stationFile, 2, "km", "", ""}}},
	{name: "a station that may stand beyond the end", edits: []edit{add(assumptionFile, "G,g-half,km,150,100,350,km,example")}, want: []want{{assumptionFile, 27, "high", "", ""}}},
	{name: "a section beyond the end", edits: []edit{replace(sectionFile, "Pipe,0,300", "Pipe,0,400")}, want: []want{{sectionFile, 2, "to_km", "", ""}}},
	{name: "more taken out than enters", edits: []edit{add(pointFile, "G,g-mid,,100,,example", "G,g-far,,200,,example"), add(assumptionFile, "G,g-mid,offtake_share,0.7,,,share,example", "G,g-far,offtake_share,0.5,,,share,example")},
		want: []want{{lineFile, 2, "pipeline_id", "offtake_share", ""}, {lineFile, 2, "pipeline_id", "offtake_share", ""}}},
	{name: "taken out where it enters", edits: []edit{add(assumptionFile, "G,g-east,offtake_share,0.1,,,share,example")},
		want: []want{{lineFile, 2, "pipeline_id", "offtake_share", ""}, {lineFile, 2, "pipeline_id", "offtake_share", ""}}},
	{name: "a diameter of a station", edits: []edit{add(assumptionFile, "G,g-half,outside_diameter_mm,900,,,mm,example")}, want: []want{{assumptionFile, 27, "element_id", "", ""}}},
	{name: "a delivery of a point, which nothing reads", edits: []edit{add(assumptionFile, "G,g-west,delivery_bar,60,,,bar,example")}, want: []want{{assumptionFile, 27, "element_id", "", ""}}},

	// Files.
	{name: "no lines, but their parts", edits: []edit{drop(lineFile)},
		want: []want{{pointFile, 2, "pipeline_id", "", ""}, {sectionFile, 2, "pipeline_id", "", ""}, {stationFile, 2, "pipeline_id", "", ""}, {stepFile, 2, "pipeline_id", "", ""}, {statedFile, 2, "pipeline_id", "", ""}, {assumptionFile, 2, "pipeline_id", "", ""}}},
	{name: "no assumptions", edits: []edit{drop(assumptionFile)}, want: []want{{lineFile, 2, "pipeline_id", "no assumption", ""}, {lineFile, 3, "pipeline_id", "no assumption", ""}}},
	{name: "no steps", edits: []edit{drop(stepFile)}, want: []want{{lineFile, 2, "pipeline_id", "step.csv", ""}, {lineFile, 3, "pipeline_id", "step.csv", ""}, {statedFile, 2, "step_id", "", ""}}},
	{name: "a file with another name", edits: []edit{rename(pointFile, "pipeline/points.csv")}, want: []want{{"pipeline/points.csv", 0, "", `"pipeline/point.csv"`, ""}}},
	{name: "a folder inside", edits: []edit{put("pipeline/more/line.csv", "x\n")}, want: []want{{"pipeline/more", 0, "", "unknown folder", ""}}},
	{name: "an unknown column", edits: []edit{replace(assumptionFile, "unit,source_id", "units,source_id")}, want: []want{{assumptionFile, 1, "units", `"unit"`, ""}}},
	{name: "a row with a cell too few", edits: []edit{replace(assumptionFile, "G,,wall_mm,10,9,12,mm,example", "G,,wall_mm,10,9,12,mm")}, want: []want{{assumptionFile, 4, "", "7 cells", ""}}},
}

// change is a scenario that changes a pipeline.
func change(text string) edit {
	return put("scenario/pipes.yaml", "id: pipes\ntitle: {en: Pipes}\nparent: base\nsource_id: example\neffects:\n"+text)
}

// at is a fault of the scenario.
func at(line int, field, has string) []want {
	return []want{{"scenario/pipes.yaml", line, field, has, ""}}
}

var brokenChanges = []broken{
	{name: "every kind of change", edits: []edit{change(`  - change_pipeline: {pipeline: G, step: second, from: 2025}
  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80, power_mw: 20, discharge_bar: 70, suction_bar: 20}], from: 2026}
  - change_pipeline: {pipeline: G, loops: [{from_km: 0, to_km: 100, outside_diameter_mm: 1020, wall_mm: 12}], from: 2027}
  - change_pipeline: {pipeline: O, close_stations: [o-pump], from: 2028}
  - change_pipeline: {pipeline: O, close_sections: [o-pipe], from: 2029, until: 2030}
  - change_pipeline: {pipeline: G, set: [{quantity: inlet_bar, value: 72}, {element_id: g-half, quantity: power_mw, value: 12}], from: 2031}
`)}},
	{name: "a station closed that an effect before has brought", edits: []edit{change("  - change_pipeline: {pipeline: G, step: second, from: 2025}\n  - change_pipeline: {pipeline: G, close_stations: [g-half], from: 2030}\n")}},
	{name: "a number of a station that an effect before has added", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80}], from: 2025}\n  - change_pipeline: {pipeline: G, set: [{element_id: new, quantity: power_mw, value: 12}], from: 2030}\n")}},
	{name: "no such line", edits: []edit{change("  - change_pipeline: {pipeline: H, step: second, from: 2025}\n")}, want: at(6, "pipeline", "no pipeline")},
	{name: "no line at all", edits: []edit{change("  - change_pipeline: {step: second, from: 2025}\n")}, want: at(6, "pipeline", "required")},
	{name: "no such step", edits: []edit{change("  - change_pipeline: {pipeline: G, step: third, from: 2025}\n")}, want: at(6, "change_pipeline", `"third"`)},
	{name: "no change", edits: []edit{change("  - change_pipeline: {pipeline: G, from: 2025}\n")}, want: at(6, "change_pipeline.step", "a change was expected")},
	{name: "no such quantity", edits: []edit{change("  - change_pipeline: {pipeline: G, set: [{quantity: wall_mn, value: 9}], from: 2025}\n")}, want: at(6, "quantity", `"wall_mm"`)},
	{name: "no such element", edits: []edit{change("  - change_pipeline: {pipeline: G, set: [{element_id: g-piep, quantity: wall_mm, value: 9}], from: 2025}\n")}, want: at(6, "change_pipeline", `"g-piep"`)},
	{name: "a value that cannot be", edits: []edit{change("  - change_pipeline: {pipeline: G, set: [{quantity: wall_mm, value: 0.01}], from: 2025}\n")}, want: at(6, "value", "between 1 and 100 mm")},
	{name: "a value that is none", edits: []edit{change("  - change_pipeline: {pipeline: G, set: [{quantity: wall_mm, value: .nan}], from: 2025}\n")}, want: at(6, "value", "number")},
	{name: "a setting without a value", edits: []edit{change("  - change_pipeline: {pipeline: G, set: [{quantity: wall_mm}], from: 2025}\n")}, want: at(6, "value", "required")},
	{name: "no such section", edits: []edit{change("  - change_pipeline: {pipeline: G, close_sections: [g-tube], from: 2025}\n")}, want: at(6, "change_pipeline", `"g-tube"`)},
	{name: "no such station", edits: []edit{change("  - change_pipeline: {pipeline: G, close_stations: [g-haf], from: 2025}\n")}, want: at(6, "change_pipeline", `"g-haf"`)},
	{name: "an unknown key", edits: []edit{change("  - change_pipeline: {pipeline: G, stpe: second, step: second, from: 2025}\n")}, want: at(6, "stpe", `"step"`)},
	{name: "an unknown key of a station", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80, power: 20}], from: 2025}\n")}, want: at(6, "power", "power_mw")},
	{name: "a station without a name", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{km: 80}], from: 2025}\n")}, want: at(6, "station_id", "required")},
	{name: "a station without a place", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new}], from: 2025}\n")}, want: at(6, "km", "required")},
	{name: "a station twice", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80}, {station_id: new, km: 90}], from: 2025}\n")}, want: at(6, "change_pipeline", "new")},
	{name: "a station that is there", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: g-half, km: 80}], from: 2025}\n")}, want: at(6, "change_pipeline", "exists already")},
	{name: "a station beyond the line", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 800}], from: 2025}\n")}, want: at(6, "change_pipeline", "new")},
	{name: "a station of kilowatts", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80, power_mw: 20000}], from: 2025}\n")}, want: at(6, "power_mw", "")},
	{name: "a station of pascals", edits: []edit{change("  - change_pipeline: {pipeline: G, add_stations: [{station_id: new, km: 80, discharge_bar: 7e6}], from: 2025}\n")}, want: at(6, "discharge_bar", "")},
	{name: "a loop beyond the line", edits: []edit{change("  - change_pipeline: {pipeline: G, loops: [{from_km: 200, to_km: 400}], from: 2025}\n")}, want: at(6, "change_pipeline", "km 200 to 400")},
	{name: "a loop of metres", edits: []edit{change("  - change_pipeline: {pipeline: G, loops: [{from_km: 0, to_km: 100, outside_diameter_mm: 0.82}], from: 2025}\n")}, want: at(6, "outside_diameter_mm", "")},
	{name: "a loop of a negative wall", edits: []edit{change("  - change_pipeline: {pipeline: G, loops: [{from_km: 0, to_km: 100, wall_mm: -3}], from: 2025}\n")}, want: at(6, "wall_mm", "between 1 and 100")},
	{name: "a loop whose walls meet", edits: []edit{change("  - change_pipeline: {pipeline: G, loops: [{from_km: 0, to_km: 100, outside_diameter_mm: 60, wall_mm: 30}], from: 2025}\n")}, want: at(6, "change_pipeline", "diameter")},
	{name: "an end before the beginning", edits: []edit{change("  - change_pipeline: {pipeline: G, step: second, from: 2025, until: 2020}\n")}, want: at(6, "until", "after from")},
	{name: "a list where a text belongs", edits: []edit{change("  - change_pipeline: {pipeline: [G], step: second, from: 2025}\n")}, want: at(6, "pipeline", "")},
	{name: "a text where a list belongs", edits: []edit{change("  - change_pipeline: {pipeline: G, set: wall_mm, from: 2025}\n")}, want: at(6, "set", "list")},
}

// faultsOf reads a study of the corpus: the faults that are missing, and those that nothing wants.
func faultsOf(t *testing.T, b broken) (missing, more []string) {
	t.Helper()
	f := lines(t)
	for _, e := range b.edits {
		e(t, f)
	}
	found, panicked := load(f.fs())
	if panicked != "" {
		t.Fatalf("panic: %s", panicked)
	}
	for _, c := range complain(found) {
		t.Error(c)
	}
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
			missing = append(missing, w.String())
		}
	}
	for i, f := range found {
		if !used[i] {
			more = append(more, f.String())
		}
		if strings.Contains(f.Message, "NaN") && !strings.Contains(f.Value, "NaN") && b.want != nil {
			t.Errorf("a message speaks of NaN, which no file has: %s", f)
		}
	}
	return missing, more
}

func TestBrokenPipelines(t *testing.T) {
	for _, b := range append(append([]broken(nil), brokenLines...), brokenChanges...) {
		t.Run(b.name, func(t *testing.T) {
			missing, more := faultsOf(t, b)
			for _, m := range missing {
				t.Errorf("missing: %s\ntold: %s", m, strings.Join(more, "\n      "))
			}
			if len(b.want) == 0 {
				for _, m := range more {
					t.Errorf("not expected: %s", m)
				}
			}
		})
	}
}

// One mistake is told once: what follows from it is not told as a mistake of its own.
func TestOneMistakeOfAPipelineIsToldOnce(t *testing.T) {
	for _, b := range append(append([]broken(nil), brokenLines...), brokenChanges...) {
		switch b.name {
		case "a list where a text belongs", "a text where a list belongs", "no lines, but their parts", "no assumptions", "no steps", "a file with another name", "an unknown column", "a folder inside":
			continue // much is missed there
		}
		if len(b.want) == 0 {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			missing, more := faultsOf(t, b)
			if len(missing) > 0 {
				return // told by the other test
			}
			for _, m := range more {
				t.Errorf("told besides: %.300s", m)
			}
		})
	}
}

// All mistakes are told together.
func TestManyMistakesOfPipelines(t *testing.T) {
	all := broken{edits: []edit{
		replace(lineFile, "rail-west", "rail-wets"), replace(pointFile, "0,east,", "0,eest,"), add(sectionFile, "G,g-more,,200,100,example"), replace(stationFile, "compressor", "pump"),
		replace(stepFile, ",o-pump,", ",o-pmup,"), replace(statedFile, "300000,bbl/d", "300000,bpd"), replace(assumptionFile, "820,,,mm", "0.82,,,m"), replace(assumptionFile, "10,9,12", "10,11,NaN"),
		change("  - change_pipeline: {pipeline: O, step: third, from: 2025}\n"),
	}, want: []want{
		{lineFile, 2, "link_ids", "", ""}, {pointFile, 2, "node_id", "", ""}, {sectionFile, 4, "to_km", "", ""}, {stationFile, 2, "kind", "", ""}, {stepFile, 4, "station_ids", "", ""}, {statedFile, 4, "unit", "", ""},
		{assumptionFile, 3, "value", "", ""}, {assumptionFile, 3, "unit", "", ""}, {assumptionFile, 4, "low", "", ""}, {assumptionFile, 4, "high", "", ""}, {"scenario/pipes.yaml", 6, "change_pipeline", "third", ""},
	}}
	if missing, _ := faultsOf(t, all); len(missing) > 0 {
		t.Errorf("missing: %s", strings.Join(missing, "\n"))
	}
}

// Rubbish in any cell of these tables, or any of their rows left out, is no panic and no NaN.
func TestEveryCellOfPipelines(t *testing.T) {
	base := lines(t)
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
		if !strings.HasPrefix(file, "pipeline/") {
			continue
		}
		sound := base[file]
		rows := strings.SplitAfter(sound, "\n")
		for i := 1; i < len(rows)-1; i++ {
			base[file] = strings.Join(rows[:i], "") + strings.Join(rows[i+1:], "")
			check(file + " without " + rows[i])
			cells := strings.Split(strings.TrimSuffix(rows[i], "\n"), ",")
			for j := range cells {
				for _, with := range []string{"", "1e308", "ü;|@"} {
					row := append([]string(nil), cells...)
					row[j] = with
					base[file] = strings.Join(rows[:i], "") + strings.Join(row, ",") + "\n" + strings.Join(rows[i+1:], "")
					check(file + " with " + strings.Join(row, ","))
				}
			}
		}
		base[file] = sound
	}
}

// The lines of the built-in study have no fault, and every number of theirs a source.
func TestBuiltInPipelines(t *testing.T) {
	f, err := fs.Sub(studies.Files, "azerbaijan-turkiye")
	if err != nil {
		t.Fatal(err)
	}
	in, found, err := study.LoadFS(f)
	if err != nil || in == nil || len(found) > 0 {
		t.Fatalf("%v %v", err, found)
	}
	sources := map[string]bool{}
	for _, s := range in.Sources {
		sources[s.Key] = true
	}
	steps := 0
	for i := range in.Pipelines {
		l := &in.Pipelines[i]
		for _, a := range l.Assumptions {
			if !sources[a.Source] || a.Confidence == "" || a.Low > a.Value || a.Value > a.High {
				t.Errorf("%s %s: source %q, confidence %q, %g, %g, %g", l.ID, a.Name(), a.Source, a.Confidence, a.Low, a.Value, a.High)
			}
		}
		for _, s := range l.Steps {
			steps++
			for _, x := range s.Stated {
				if !sources[x.Source] || x.Basis == "" {
					t.Errorf("%s %s: %+v", l.ID, s.ID, x)
				}
			}
		}
	}
	if len(in.Pipelines) != 6 || steps < 11 {
		t.Errorf("%d lines, %d steps", len(in.Pipelines), steps)
	}
}
