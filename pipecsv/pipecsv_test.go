package pipecsv

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
)

func folder(tables map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range tables {
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

// same compares all but compressibility, with the bits of numbers.
func same(t interface{ Errorf(string, ...any) }, got, want *pipeflow.Network) {
	compare(t, "network", reflect.ValueOf(got), reflect.ValueOf(want))
}

func compare(t interface{ Errorf(string, ...any) }, at string, got, want reflect.Value) {
	switch want.Kind() {
	case reflect.Pointer:
		if got.IsNil() || want.IsNil() {
			if got.IsNil() != want.IsNil() {
				t.Errorf("%s: got %v, want %v", at, got, want)
			}
			return
		}
		compare(t, at, got.Elem(), want.Elem())
	case reflect.Struct:
		for i := range want.NumField() {
			compare(t, at+"."+want.Type().Field(i).Name, got.Field(i), want.Field(i))
		}
	case reflect.Slice:
		if got.Len() != want.Len() {
			t.Errorf("%s: got %d, want %d", at, got.Len(), want.Len())
			return
		}
		for i := range want.Len() {
			compare(t, at, got.Index(i), want.Index(i))
		}
	case reflect.Float64:
		if math.Float64bits(got.Float()) != math.Float64bits(want.Float()) {
			t.Errorf("%s: got %v, want %v", at, got, want)
		}
	case reflect.Interface, reflect.Func:
	default:
		if !got.Equal(want) {
			t.Errorf("%s: got %q, want %q", at, got, want)
		}
	}
}

func TestRoundTripOfRandomNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := randomNetwork(t)
		tables, err := Tables(net)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(folder(tables), "somewhere")
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, net)
		if net.Gas != nil {
			for p := 0.0; p <= 120; p += 0.37 {
				z, slope := got.Gas.Z.At(p)
				want, wantSlope := net.Gas.Z.At(p)
				if math.Abs(z-want) > 2e-9 || p > 0 && p < 120 && math.Abs(slope-wantSlope) > 1e-5 {
					t.Errorf("Z at %g bar: %g and %g, want %g and %g", p, z, slope, want, wantSlope)
				}
			}
		}
		again, err := Tables(got)
		if err != nil {
			t.Fatal(err)
		}
		for name := range tables {
			if !bytes.Equal(again[name], tables[name]) {
				t.Errorf("%s is written otherwise the second time", name)
			}
		}
		if len(again) != len(tables) {
			t.Errorf("%d files, then %d", len(tables), len(again))
		}
	})
}

// What a spreadsheet makes of a table: BOM, CRLF, other order, capitals, empty lines and columns.
func TestSpreadsheetsOwnWays(t *testing.T) {
	files := folder(map[string][]byte{
		fluidFile: []byte("\ufeffQuantity,Value,Unit\r\nmedium,Gas,\r\ngas_constant_j_per_kg_k, 518.28 ,J/(kg·K)\r\ntemperature_k,288.15,K\r\nviscosity_pa_s,1.1E-05,Pa s\r\ngravity_m_per_s2,9.81,m/s²\r\n"),
		nodeFile:  []byte("\ufeffPRESSURE_BAR,node_id,,\r\n70, a ,,\r\n,b,,\r\n,,,\r\n"),
		pipeFile:  []byte("pipe_id,length_km,from_node_id,to_node_id,diameter_mm,closed\r\np,1e2,a,b,900,FALSE\r\n"),
	})
	got, err := Read(files, "some/where")
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, &pipeflow.Network{Name: "where", GravityMPerS2: 9.81,
		Gas:   &pipeflow.Gas{ConstantJPerKgK: 518.28, TemperatureK: 288.15, ViscosityPaS: 1.1e-5},
		Nodes: []pipeflow.Node{{ID: "a", FixedBar: 70}, {ID: "b"}},
		Pipes: []pipeflow.Pipe{{ID: "p", From: 0, To: 1, LengthKm: 100, DiameterMm: 900}}})
	if z, slope := got.Gas.Z.At(50); z != 1 || slope != 0 {
		t.Errorf("ideal gas: Z %g, %g", z, slope)
	}
}

func solve(t testing.TB, net *pipeflow.Network) *pipeflow.Result {
	t.Helper()
	s, err := pipeflow.NewSolver(net)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Solve(context.Background(), pipeflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// throughFolder writes a network and reads it again.
func throughFolder(t testing.TB, net *pipeflow.Network) *pipeflow.Network {
	t.Helper()
	path := filepath.Join(t.TempDir(), "net")
	if err := Write(path, net); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// gasLine is a --p--> b ==k==> c --q--> d ==g==> e, with a by-pass b --o--> d.
func gasLine(z pipeflow.RealGas, bar, kgPerS float64) *pipeflow.Network {
	return &pipeflow.Network{Name: "line",
		Gas: &pipeflow.Gas{ConstantJPerKgK: 480, TemperatureK: 283.15, ViscosityPaS: 1.1e-5, Z: z},
		Nodes: []pipeflow.Node{{ID: "a", FixedBar: bar}, {ID: "b", SupplyKgPerS: -kgPerS / 10}, {ID: "c", HeightM: 300}, {ID: "d", SupplyKgPerS: -kgPerS / 2, HeightM: 900},
			{ID: "e", SupplyKgPerS: -kgPerS / 3}},
		Pipes: []pipeflow.Pipe{{ID: "p", From: 0, To: 1, LengthKm: 90, DiameterMm: 900, RoughnessMm: 0.02}, {ID: "q", From: 2, To: 3, LengthKm: 110, DiameterMm: 800, RoughnessMm: 0.02},
			{ID: "o", From: 1, To: 3, LengthKm: 250, DiameterMm: 300, RoughnessMm: 0.05}},
		Regulators: []pipeflow.Regulator{{ID: "g", From: 3, To: 4, Kind: pipeflow.Reducing, SetBar: bar / 4}},
		Stations:   []pipeflow.Station{{ID: "k", From: 1, To: 2, Control: pipeflow.KeepRatio, Set: 1.4}}}
}

// kinked is a table of straight lines, as some programs keep.
func kinked(bar float64) (z, perBar float64) {
	switch {
	case bar < 30.3:
		return 1 - 0.0025*bar, -0.0025
	case bar < 61.7:
		return 1 - 0.0025*30.3 - 0.0021*(bar-30.3), -0.0021
	}
	return 1 - 0.0025*30.3 - 0.0021*(61.7-30.3), 0
}

func TestPressuresOfAGasLast(t *testing.T) {
	for _, c := range []struct {
		name        string
		z           pipeflow.ZFunc
		bar, kgPerS float64
	}{
		{"ideal", func(float64) (float64, float64) { return 1, 0 }, 70, 120},
		{"curved", bent, 70, 120},
		{"curved, high", bent, 300, 300},
		{"curved, low", bent, 6, 4},
		{"straight lines", kinked, 70, 120},
		{"breaks down", func(p float64) (float64, float64) { return 1 - p/110, -1 / 110. }, 70, 120},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := gasLine(c.z, c.bar, c.kgPerS)
			before := solve(t, net)
			got := throughFolder(t, net)
			after := solve(t, got)
			for i := range before.PressureBar {
				check.Close(t, "pressure at "+net.Nodes[i].ID, after.PressureBar[i], before.PressureBar[i], 0, 1e-7)
			}
			check.Close(t, "power", after.Stations[0].PowerMW, before.Stations[0].PowerMW, 0, 1e-6)
		})
	}
}

func TestPressuresOfALiquidAreTheSameBits(t *testing.T) {
	net := &pipeflow.Network{Name: "water", Liquid: &pipeflow.Liquid{DensityKgPerM3: 998.2, ViscosityPaS: 1.003e-3, VapourBar: 0.0234},
		Nodes: []pipeflow.Node{{ID: "a", FixedBar: 2.1, HeightM: 10.7}, {ID: "b"}, {ID: "c", SupplyKgPerS: -31.1, HeightM: 33.3}, {ID: "d", SupplyKgPerS: -7.7, HeightM: 21}},
		Pipes: []pipeflow.Pipe{{ID: "p", From: 1, To: 2, LengthKm: 1.1, DiameterMm: 301, RoughnessMm: 0.1}, {ID: "q", From: 1, To: 3, LengthKm: 0.7, DiameterMm: 203, RoughnessMm: 0.1},
			{ID: "r", From: 2, To: 3, LengthKm: 0.9, DiameterMm: 151, RoughnessMm: 0.1}},
		Stations: []pipeflow.Station{{ID: "s", From: 0, To: 1, Control: pipeflow.OnCurve, Curve: &pipeflow.PumpCurve{FlowM3PerS: []float64{0, 0.03, 0.07}, HeadM: []float64{61, 55.5, 33}, Speed: 0.97}}}}
	before, after := solve(t, net), solve(t, throughFolder(t, net))
	for i, p := range before.PressureBar {
		if math.Float64bits(p) != math.Float64bits(after.PressureBar[i]) {
			t.Errorf("pressure at %s: %v, then %v", net.Nodes[i].ID, p, after.PressureBar[i])
		}
	}
}

func TestPressureNotGivenAsNaN(t *testing.T) {
	net := gasLine(pipeflow.Ideal, 70, 50)
	net.Nodes[1].FixedBar = math.NaN()
	if got := throughFolder(t, net); got.Nodes[1].FixedBar != 0 {
		t.Errorf("pressure %g", got.Nodes[1].FixedBar)
	}
	if !math.IsNaN(net.Nodes[1].FixedBar) || net.Friction != "" {
		t.Error("the network written was changed")
	}
}

func TestUnwritable(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*pipeflow.Network)
		want   string
	}{
		{"no fluid", func(n *pipeflow.Network) { n.Gas = nil }, "network: fluid"},
		{"no compressibility", func(n *pipeflow.Network) { n.Gas.Z = nil }, "gas: compressibility"},
		{"no such node", func(n *pipeflow.Network) { n.Pipes[0].To = 99 }, "pipe p: nodes"},
		{"same id", func(n *pipeflow.Network) { n.Pipes[1].ID = "p" }, "pipe p: id"},
		{"spaces", func(n *pipeflow.Network) { n.Nodes[0].ID = " a" }, "without spaces"},
		{"control character", func(n *pipeflow.Network) { n.Nodes[0].ID = "a\x00" }, "without control characters"},
		{"no UTF-8", func(n *pipeflow.Network) { n.Nodes[2].ID = "a\xff" }, "node.csv:4: text in UTF-8"},
		{"carriage return", func(n *pipeflow.Network) { n.Nodes[1].Name = "a\r\nb" }, "node b: name"},
		{"not finite", func(n *pipeflow.Network) { n.Nodes[2].X = math.NaN() }, "node.csv:4: x"},
		{"infinite bound", func(n *pipeflow.Network) { n.Nodes[2].MaxBar = math.Inf(1) }, "node.csv:4: max_pressure_bar"},
		{"negative bound", func(n *pipeflow.Network) { n.Pipes[1].MaxVelocityMPerS = -1 }, "pipe.csv:3: max_velocity_m_per_s"},
		{"diameter", func(n *pipeflow.Network) { n.Pipes[1].DiameterMm = 0.9 }, "as metres it would be 900 mm"},
		{"Z below zero", func(n *pipeflow.Network) {
			n.Gas.Z = pipeflow.ZFunc(func(p float64) (float64, float64) { return 1 - p/50, -1 / 50. })
		}, "compressibility at 50"},
		{"heads and flows", func(n *pipeflow.Network) {
			n.Stations[0].Curve = &pipeflow.PumpCurve{FlowM3PerS: []float64{0, 1}, HeadM: []float64{2}}
		}, "as many heads as flows"},
		{"flows fall", func(n *pipeflow.Network) {
			n.Stations[0].Curve = &pipeflow.PumpCurve{FlowM3PerS: []float64{1, 0}, HeadM: []float64{2, 3}}
		}, "pump_curve.csv:3: flow_m3_per_s"},
		{"viscosity by temperature", func(n *pipeflow.Network) {
			n.Gas, n.Liquid = nil, &pipeflow.Liquid{DensityKgPerM3: 850, ViscosityPaS: 0.01, ViscosityAtK: func(float64) float64 { return 0.01 }}
			n.Pipes[0].HeatWPerM2K = 1
		}, "does not depend on temperature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := gasLine(pipeflow.Ideal, 70, 50)
			c.change(net)
			dir := t.TempDir()
			err := Write(filepath.Join(dir, "net"), net)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			nothing(t, dir)
		})
	}
}

// nothing fails the test where a folder has anything in it.
func nothing(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left", e.Name())
	}
}

func TestWriteTakesNewOrEmptyFolders(t *testing.T) {
	net := gasLine(pipeflow.ZFunc(bent), 70, 50)
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "new"), empty} {
		if err := Write(path, net); err != nil {
			t.Fatal(err)
		}
		err := Write(path, net)
		if err == nil || !strings.Contains(err.Error(), "is not empty") {
			t.Errorf("second time: %v", err)
		}
	}
	if info, err := os.Stat(empty); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("rights of the folder: %v, %v", info.Mode(), err)
	}
	for _, name := range fileNames {
		a, _ := os.ReadFile(filepath.Join(dir, "new", name))
		b, _ := os.ReadFile(filepath.Join(empty, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", name)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "not a folder", filepath.Join(file, "x"): "", filepath.Join(dir, "no", "x"): "no such file"} {
		if err := Write(path, net); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 3 {
		t.Errorf("left: %v", entries)
	}
}

// The disk is full at each of the files in turn.
func TestFullDisk(t *testing.T) {
	net := gasLine(pipeflow.ZFunc(bent), 70, 50)
	tables, err := Tables(net)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	for room := range len(tables) {
		dir := t.TempDir()
		left := room
		err := putFolder(filepath.Join(dir, "net"), tables, func(path string, data []byte) error {
			if left == 0 {
				_ = os.WriteFile(path, data[:len(data)/2], 0o600)
				return full
			}
			left--
			return writeFile(path, data)
		})
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		nothing(t, dir)
	}
}
