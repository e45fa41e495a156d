package pipecsv

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/karvan/karvan/internal/fault"
)

// small is a network with a row in each table.
func small() map[string]string {
	return map[string]string{
		fluidFile:           "quantity,value,unit\nmedium,gas,\ngas_constant_j_per_kg_k,518,J/(kg K)\ntemperature_k,288,K\nviscosity_pa_s,1.1e-5,Pa s\n",
		compressibilityFile: "pressure_bar,z\n0,1\n50,0.9\n100,0.82\n",
		nodeFile:            "node_id,name,pressure_bar,min_pressure_bar,max_pressure_bar,supply_kg_per_s\na,Start,70,,,\nb,,,20,80,-1\nc,,,,,-2\n",
		pipeFile:            "pipe_id,from_node_id,to_node_id,length_km,diameter_mm,roughness_mm,closed,parallel\np,a,b,10,500,0.1,false,\nq,b,c,10,500,0.1,false,2\n",
		valveFile:           "valve_id,from_node_id,to_node_id,closed\nv,b,c,true\n",
		resistorFile:        "resistor_id,from_node_id,to_node_id,drop_bar\nr,b,c,0.5\n",
		regulatorFile:       "regulator_id,from_node_id,to_node_id,kind,set_bar,set_kg_per_s\ng,a,c,reducing,30,\n",
		stationFile:         "station_id,from_node_id,to_node_id,control,set,set_unit,max_outlet_bar\ns,a,b,ratio,1.3,,\nu,a,b,shut,,,\n",
		pumpCurveFile:       "station_id,flow_m3_per_s,head_m\nu,0,50\nu,1,20\n",
	}
}

func texts(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		// Files and first lines.
		{fluidFile, "", "-", "fluid.csv: the file is required"},
		{nodeFile, "", "-", "node.csv: the file is required"},
		{pipeFile, "", "-", "pipe.csv: the file is required"},
		{valveFile, "", "valves.csv", `valve.csv: the file is not there, but one whose name is almost the same: this name was expected (got "valves.csv")`},
		{stationFile, "", "Station.CSV", `station.csv: the file is not there, but one whose name is almost the same: this name was expected (got "Station.CSV")`},
		{nodeFile, small()[nodeFile], "", "node.csv: the file is empty: a first line with the names of columns was expected"},
		{pipeFile, small()[pipeFile], "pipe_id;length_km\n", `pipe.csv:1: commas were expected between the columns, not semicolons or tabs (got "pipe_id;length_km")`},
		{pipeFile, "length_km", "lenght_km", "pipe.csv:1: lenght_km: the column is not known: the nearest known name is \"length_km\"\npipe.csv:1: length_km: the column is required"},
		{pipeFile, "roughness_mm", "roughness", `pipe.csv:1: roughness: the column is not known: the nearest known name is "roughness_mm"`},
		{nodeFile, "name", "max_pressure_bar", "node.csv:1: max_pressure_bar: the column stands twice"},
		{nodeFile, "a,Start", "a,St\xffart", "node.csv:2: text in UTF-8 was expected (in a spreadsheet: save as CSV UTF-8)"},
		{nodeFile, "a,Start", `a,"Start`, "node.csv:2: extraneous or missing \" in quoted-field; the rest of the file was not read"},
		{nodeFile, "-2", "-2,", "node.csv:4: 6 fields were expected, not 7"},
		{nodeFile, "name,", ",", `node.csv:2: field 2 stands in a column without a name: nothing was expected there (got "Start")`},
		// Ids.
		{nodeFile, "c,", "b,", "node.csv:4: node_id: it stands on line 3 already (got \"b\")\npipe.csv:3: to_node_id: a node_id of node.csv was expected (got \"c\")\nvalve.csv:2: to_node_id: a node_id of node.csv was expected (got \"c\")\nresistor.csv:2: to_node_id: a node_id of node.csv was expected (got \"c\")\nregulator.csv:2: to_node_id: a node_id of node.csv was expected (got \"c\")"},
		{pipeFile, "q,b", ",b", "pipe.csv:3: pipe_id: a value is required"},
		{pipeFile, "q,b", "p,b", `pipe.csv:3: pipe_id: it stands on line 2 already (got "p")`},
		{pipeFile, "q,b", "q,", "pipe.csv:3: from_node_id: a value is required"},
		{pipeFile, "q,b,c", "q,b,b", `pipe.csv:3: from_node_id: two different nodes were expected (got "b")`},
		{valveFile, "v,b", "v,z", `valve.csv:2: from_node_id: a node_id of node.csv was expected (got "z")`},
		{nodeFile, "a,Start", "a,St\x07art", `node.csv:2: name: a text without control characters was expected (got "St\aart")`},
		// Numbers.
		{pipeFile, "p,a,b,10", "p,a,b,ten", `pipe.csv:2: length_km: a number was expected (got "ten")`},
		{pipeFile, "p,a,b,10", "p,a,b,", `pipe.csv:2: length_km: a value is required`},
		{pipeFile, "p,a,b,10", `p,a,b,"1,5"`, `pipe.csv:2: length_km: a number was expected (got "1,5")`},
		{pipeFile, "p,a,b,10", "p,a,b,-10", `pipe.csv:2: length_km: expected above 0 and at most 10000 km (got "-10")`},
		{pipeFile, "p,a,b,10,500", "p,a,b,10,0.5", `pipe.csv:2: diameter_mm: expected between 5 and 5000 mm (as metres it would be 500 mm) (got "0.5")`},
		{pipeFile, "0.1,false,2", "0.1,false,2.5", `pipe.csv:3: parallel: a whole number of 0 or more was expected (got "2.5")`},
		{pipeFile, "0.1,false,2", "0.1,no,2", `pipe.csv:3: closed: true or false was expected (got "no")`},
		{nodeFile, "Start,70", "Start,inf", `node.csv:2: pressure_bar: an absolute pressure above 0 was expected, or nothing where none is given (got "inf")`},
		{nodeFile, "Start,70", "Start,0", `node.csv:2: pressure_bar: an absolute pressure above 0 was expected, or nothing where none is given (got "0")`},
		{nodeFile, "Start,70", "Start,5000", `node.csv:2: pressure_bar: expected an absolute pressure above 0 and of at most 1000 bar (got "5000")`},
		{nodeFile, "20,80", "-20,80", `node.csv:3: min_pressure_bar: a number of 0 or more was expected (got "-20")`},
		{nodeFile, "20,80", "90,80", `node.csv:3: min_pressure_bar: at most max_pressure_bar = 80 was expected: the bounds contradict one another by 10 bar (got "90")`},
		{nodeFile, "-2\n", "NaN\n", `node.csv:4: supply_kg_per_s: a number was expected (got "NaN")`},
		{nodeFile, "-2\n", "1e999\n", `node.csv:4: supply_kg_per_s: a number was expected (got "1e999")`},
		{resistorFile, "0.5", "-0.5", `resistor.csv:2: drop_bar: expected at least 0 (got "-0.5")`},
		{regulatorFile, "reducing", "raising", `regulator.csv:2: kind: reducing, sustaining or flow_limit was expected (got "raising")`},
		{regulatorFile, "reducing,30,", "flow_limit,30,", `regulator.csv:2: set_kg_per_s: a value is required where kind is flow_limit`},
		{regulatorFile, "reducing,30,", "reducing,,", `regulator.csv:2: set_bar: a value is required where kind is reducing`},
		// Stations.
		{stationFile, "ratio,1.3", "ratoi,1.3", `station.csv:2: control: one of ratio, outlet, power, flow, limit, curve, bypass, shut was expected (got "ratoi")`},
		{stationFile, "ratio,1.3", "ratio,33", `station.csv:2: set: expected between 1 and 20, outlet over inlet pressure (got "33")`},
		{stationFile, "ratio,1.3", "flow,", `station.csv:2: set: a value is required where control is flow`},
		{stationFile, "ratio,1.3", "outlet,70", `station.csv:2: set_unit: bar was expected where control is outlet`},
		{stationFile, "ratio,1.3,", "ratio,1.3,bar", `station.csv:2: set_unit: no unit was expected where control is ratio (got "bar")`},
		{stationFile, "ratio,1.3", "limit,", `station.csv:2: control: one of max_outlet_bar, max_ratio and max_power_mw was expected`},
		{stationFile, "ratio,1.3", "curve,", `station.csv:2: control: a pump curve, in a network of a liquid, was expected`},
		{pumpCurveFile, "u,1", "w,1", `pump_curve.csv:3: station_id: a station_id of station.csv was expected (got "w")`},
		{pumpCurveFile, "u,1", "u,0", `pump_curve.csv:3: flow_m3_per_s: more than at the point before, 0, was expected: flows rise (got "0")`},
		{pumpCurveFile, "1,20", "1,x", `pump_curve.csv:3: head_m: a number was expected (got "x")`},
		// The fluid.
		{fluidFile, "medium,gas", "medium,steam", `fluid.csv:2: medium: gas or liquid was expected (got "steam")`},
		{fluidFile, "medium,gas,\n", "", `fluid.csv: medium: gas or liquid was expected`},
		{fluidFile, "288,K", "15,°C", "fluid.csv:4: unit: the unit of temperature_k was expected to be K: nothing is converted (got \"°C\")\nfluid.csv:4: temperature_k: expected between 150 and 500 K (got \"15\")"},
		{fluidFile, "288,K", "288,", `fluid.csv:4: unit: the unit of temperature_k was expected to be K: nothing is converted`},
		{fluidFile, "temperature_k,288,K\n", "", `fluid.csv: temperature_k: a value in K is required`},
		{fluidFile, "viscosity_pa_s,1.1e-5", "viscosity_pas,1.1e-5", "fluid.csv: viscosity_pa_s: a value in Pa s is required\nfluid.csv:5: quantity: the quantity is not known: the nearest known name is \"viscosity_pa_s\" (got \"viscosity_pas\")"},
		{fluidFile, "medium,gas,\n", "medium,gas,\nvapour_bar,0.1,bar\n", `fluid.csv:3: quantity: a quantity of a gas was expected (got "vapour_bar")`},
		{fluidFile, "medium,gas,\n", "medium,gas,\nmedium,liquid,\n", `fluid.csv:3: quantity: it stands on line 2 already (got "medium")`},
		{fluidFile, "medium,gas,\n", "medium,gas,\nfriction,smooth,\n", `fluid.csv:3: friction: friction "smooth" is not known: one of colebrook, colebrook-1939, swamee-jain, haaland, nikuradse, rough, prandtl-karman, hofer, aga, weymouth, panhandle-a, panhandle-b was expected`},
		{fluidFile, "medium,gas,\n", "medium,gas,\nlaw_alone,maybe,\n", `fluid.csv:3: law_alone: true or false was expected (got "maybe")`},
		{fluidFile, small()[fluidFile], "quantity,value,unit\nmedium,liquid,\ndensity_kg_per_m3,998,kg/m3\nviscosity_pa_s,0.001,Pa s\n", "compressibility.csv: no such file was expected: the medium is a liquid"},
		{compressibilityFile, "50,0.9\n", "50,-0.9\n", `compressibility.csv:3: z: above 0 and at most 10 was expected (got "-0.9")`},
		{compressibilityFile, "50,0.9\n", "0,0.9\n", `compressibility.csv:3: pressure_bar: more than on the line before, 0, was expected: pressures rise (got "0")`},
		{compressibilityFile, "50,0.9\n100,0.82\n", "", `compressibility.csv: two points or more were expected`},
		{compressibilityFile, "50,0.9\n100,0.82\n", "50,9\n51,0.01\n100,0.01\n", `compressibility.csv:4: z: points were expected that a smooth curve joins without falling to 0 before the next (got "0.01")`},
	} {
		t.Run(fmt.Sprintf("%s %.20q", c.file, c.new), func(t *testing.T) {
			files := small()
			switch {
			case c.old != "":
				if !strings.Contains(files[c.file], c.old) {
					t.Fatalf("%q is not in the file", c.old)
				}
				files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
			default:
				if c.new != "-" {
					files[c.new] = files[c.file]
				}
				delete(files, c.file)
			}
			_, err := Read(texts(files), "")
			var faults fault.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			if got := err.Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFaultsOfAllFilesTogether(t *testing.T) {
	files := small()
	for name := range files {
		files[name] = strings.Replace(files[name], "\n", ",extra\n", 1)
	}
	_, err := Read(texts(files), "net")
	var faults fault.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	told := map[string]bool{}
	for _, f := range faults {
		told[f.File] = true
	}
	if len(told) != len(fileNames) {
		t.Errorf("faults of %d files, expected %d:\n%v", len(told), len(fileNames), err)
	}
	if !strings.HasPrefix(err.Error(), filepath.Join("net", fluidFile)+":1: extra: ") {
		t.Errorf("first: %s", faults[0].Error())
	}
}

func TestSmallIsSound(t *testing.T) {
	net, err := Read(texts(small()), "net")
	if err != nil {
		t.Fatal(err)
	}
	if c := net.Stations[1].Curve; c == nil || !slices.Equal(c.HeadM, []float64{50, 20}) {
		t.Errorf("curve %+v", c)
	}
	z, _ := net.Gas.Z.At(50)
	low, slope := net.Gas.Z.At(-1)
	if z != 0.9 || low != 1 || slope != 0 {
		t.Errorf("Z %g, %g, %g", z, low, slope)
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	if _, err := ReadFolder(filepath.Join(t.TempDir(), "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Any bytes of any file give a network or faults, and a network can be written and read again.
func FuzzRead(f *testing.F) {
	for i, name := range fileNames {
		f.Add(i, []byte(small()[name]))
	}
	water := "quantity,value,unit\nmedium,liquid,\ndensity_kg_per_m3,998,kg/m3\nviscosity_pa_s,0.001,Pa s\n"
	f.Add(0, []byte(water))
	f.Add(7, []byte("station_id,from_node_id,to_node_id,control,shutoff_m,coefficient,exponent,speed\ns,a,b,curve,50,1,2,0.9\nu,a,b,outlet,70,bar,\n"))
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		files := small()
		name := fileNames[uint(i)%uint(len(fileNames))]
		if name != fluidFile && name != compressibilityFile && i >= len(fileNames) {
			files[fluidFile] = water
			delete(files, compressibilityFile)
		}
		files[name] = string(data)
		net, err := Read(texts(files), "net")
		if err != nil {
			var faults fault.Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("no faults: %v", err)
			}
			return
		}
		tables, err := Tables(net)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(folder(tables), "net")
		if err != nil {
			t.Fatal(err)
		}
		same(t, again, net)
		if net.Gas != nil && !reflect.DeepEqual(net.Gas.Z, again.Gas.Z) && len(tables[compressibilityFile]) > 0 {
			t.Error("compressibility differs")
		}
		if twice, err := Tables(again); err != nil || !maps.EqualFunc(twice, tables, func(a, b []byte) bool { return string(a) == string(b) }) {
			t.Errorf("written otherwise the second time: %v", err)
		}
	})
}
