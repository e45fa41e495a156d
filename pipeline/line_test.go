package pipeline_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/internal/check"
	"github.com/karvan/karvan/pipeflow"
	"github.com/karvan/karvan/pipeline"
)

// Draws of the laws are the same in every run; -rapid.seed=N draws others.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.seed"); f != nil && f.Value.String() == f.DefValue {
		flag.Set("rapid.seed", "20211226")
	}
	flag.Set("rapid.shrinktime", "2s")
	flag.Set("rapid.nofailfile", "true") // the seed says it all
	os.Exit(m.Run())
}

// gasLine is a level gas line of 300 km, with a compressor half way in its second step.
const gasLine = `
point a 0
point b 300
section s 0 300
compressor k 150
step without
step with stations=k
stated with 8 bcm/yr
- elevation_m 0
- outside_diameter_mm 820
- wall_mm 10 9 12
- roughness_mm 0.02 0.01 0.04
- design_bar 80
- inlet_bar 70 65 75
- delivery_bar 40 30 50
- discharge_bar 70 65 75
- suction_bar 20
- power_mw 30
- efficiency 0.8
- temperature_k 288
- relative_density 0.6
- heat_capacity_ratio 1.3
`

// oilLine climbs from the sea over a pass and comes down to it, with pumps at its start and before
// the climb.
const oilLine = `
point sea 0
point foot 100
point pass 200
point port 300
section s 0 300
pump one 0
pump two 100
reduction brake 250
step design stations=one;two
stated design 300000 bbl/d
sea elevation_m 0
foot elevation_m 0
pass elevation_m 500
port elevation_m 0
- outside_diameter_mm 720
- wall_mm 10 9 12
- roughness_mm 0.045 0.02 0.1
- design_bar 80
- inlet_bar 8
- delivery_bar 5
- discharge_bar 60 55 65
- suction_bar 3
- power_mw 12
- efficiency 0.8
- temperature_k 288
- density_15c_kg_per_m3 850
- viscosity_10c_cst 14
- viscosity_20c_cst 9
- viscosity_40c_cst 5
- peak_bar 2
brake reduced_bar 20
`

// drawn makes a line of its text: points, sections, stations and steps by their words, and an
// assumption in every other row (element or -, quantity, value, low, high). Rows of more come
// behind; a row "without X" strikes out the rows that begin with X.
func drawn(t testing.TB, text string, more ...string) *pipeline.Line {
	t.Helper()
	rows := strings.Split(strings.TrimSpace(text), "\n")
	for _, m := range more {
		if struck, ok := strings.CutPrefix(m, "without "); ok {
			var kept []string
			for _, r := range rows {
				if !strings.HasPrefix(r, struck) {
					kept = append(kept, r)
				}
			}
			if len(kept) == len(rows) {
				t.Fatalf("no row begins with %q", struck)
			}
			rows = kept
			continue
		}
		rows = append(rows, strings.Split(m, "\n")...)
	}
	l := &pipeline.Line{ID: "L", Name: "a line", Medium: pipeline.Gas, Friction: pipeflow.ColebrookWhite}
	if strings.Contains(text, "density_15c") {
		l.Medium = pipeline.Oil
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	stated := func(r string) int { return map[bool]int{true: 1}[strings.HasPrefix(r, "stated ")] }
	slices.SortStableFunc(rows, func(a, b string) int { return stated(a) - stated(b) }) // they name steps
	for _, r := range rows {
		f := strings.Fields(r)
		switch f[0] {
		case "point":
			l.Points = append(l.Points, pipeline.Point{ID: f[1], Name: "at " + f[1], Km: number(f[2])})
		case "section":
			l.Sections = append(l.Sections, pipeline.Section{ID: f[1], FromKm: number(f[2]), ToKm: number(f[3])})
		case "compressor", "pump", "reduction":
			l.Stations = append(l.Stations, pipeline.Station{ID: f[1], Kind: pipeline.StationKind(f[0]), Km: number(f[2])})
		case "step":
			s := pipeline.Step{ID: f[1], Status: "in service", FromYear: 2000}
			for _, w := range f[2:] {
				key, list, _ := strings.Cut(w, "=")
				switch key {
				case "stations":
					s.Stations = strings.Split(list, ";")
				case "sections":
					s.Sections = strings.Split(list, ";")
				case "year":
					s.FromYear = int(number(list))
				case "agreed":
					s.Status = "agreed"
				}
			}
			l.Steps = append(l.Steps, s)
		case "stated":
			s := l.Step(f[1])
			if s == nil {
				break // struck out
			}
			s.Stated = append(s.Stated, pipeline.Stated{Value: number(f[2]), Unit: f[3], Basis: pipeline.Technical, Source: "x"})
		default:
			a := pipeline.Assumption{Element: strings.TrimPrefix(f[0], "-"), Quantity: pipeline.Quantity(f[1]), Source: "x"}
			a.Range = pipeline.Range{Value: number(f[2]), Low: number(f[2]), High: number(f[2])}
			if len(f) == 5 {
				a.Low, a.High = number(f[3]), number(f[4])
			}
			of, ok := pipeline.Quantities[a.Quantity]
			if !ok {
				t.Fatalf("%q is no quantity", f[1])
			}
			a.Unit = of.Unit
			found := false
			for i := range l.Assumptions { // a later row replaces an earlier one
				if b := &l.Assumptions[i]; b.Element == a.Element && b.Quantity == a.Quantity {
					*b, found = a, true
				}
			}
			if !found {
				l.Assumptions = append(l.Assumptions, a)
			}
		}
	}
	return l
}

// capacity is that of a step, which must be there, checked for what no answer may hold.
func capacity(t testing.TB, l *pipeline.Line, step string) *pipeline.Capacity {
	t.Helper()
	c, err := capacityOf(t, l, l.Step(step))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func capacityOf(t testing.TB, l *pipeline.Line, step *pipeline.Step) (*pipeline.Capacity, error) {
	t.Helper()
	c, err := l.Capacity(t.Context(), step, l.Base(), false)
	if err == nil {
		if !(c.KgPerS > 0) || math.IsInf(c.KgPerS, 0) || c.Bottleneck == "" {
			t.Fatalf("%g kg/s, bottleneck %q", c.KgPerS, c.Bottleneck)
		}
		if b := pipeflow.Shortfalls(c.Network, c.State); len(b) > 0 {
			t.Fatalf("bounds are broken at the capacity: %v", b)
		}
	}
	return c, err
}

// with makes a change that must be possible.
func with(t testing.TB, l *pipeline.Line, step string, c pipeline.Change) (*pipeline.Line, *pipeline.Step) {
	t.Helper()
	out, now, err := l.With(l.Step(step), c)
	if err != nil {
		t.Fatal(err)
	}
	return out, now
}

func TestRangeAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := pipeline.Range{Value: rapid.Float64Range(-1e4, 1e4).Draw(t, "value")}
		r.Low = r.Value - rapid.Float64Range(0, 1e4).Draw(t, "below")
		r.High = r.Value + rapid.Float64Range(0, 1e4).Draw(t, "above")
		small := 1e-9 * (1 + math.Abs(r.Value) + r.High - r.Low)
		for u, want := range map[float64]float64{0: r.Low, 0.5: r.Value, 1: r.High} {
			if got := r.At(u); !(math.Abs(got-want) <= small) {
				t.Fatalf("%+v: %g at %g, want %g", r, got, u, want)
			}
		}
		u, v := rapid.Float64Range(0, 1).Draw(t, "u"), rapid.Float64Range(0, 1).Draw(t, "v")
		if u > v {
			u, v = v, u
		}
		if a, b := r.At(u), r.At(v); a > b+small || a < r.Low-small || b > r.High+small {
			t.Fatalf("%+v: %g at %g, %g at %g", r, a, u, b, v)
		}
	})
	// The share below a number, counted: a quarter of the values lie below the quarter.
	r := pipeline.Range{Value: 10, Low: 8, High: 16}
	check.Close(t, "a quarter", r.At(0.25), 8+2*math.Sqrt(0.5), 1e-12, 0)
	check.Close(t, "three quarters", r.At(0.75), 16-6*math.Sqrt(0.5), 1e-12, 0)
	if !(pipeline.Range{Value: 3, Low: 3, High: 3}).Certain() || r.Certain() {
		t.Error("what is certain")
	}
}

// Each assumption that a line needs is named when it is missing, with its line.
func TestBuildNamesWhatIsMissing(t *testing.T) {
	for _, tt := range []struct{ line, step, without, want string }{
		{gasLine, "without", "- elevation_m", "elevation_m"},
		{gasLine, "without", "- outside_diameter_mm", "s outside_diameter_mm"},
		{gasLine, "without", "- wall_mm", "s wall_mm"},
		{gasLine, "without", "- roughness_mm", "s roughness_mm"},
		{gasLine, "without", "- design_bar", "s design_bar"},
		{gasLine, "without", "- inlet_bar", "inlet_bar"},
		{gasLine, "without", "- delivery_bar", "delivery_bar"},
		{gasLine, "without", "- temperature_k", "temperature_k"},
		{gasLine, "without", "- relative_density", "relative_density"},
		{gasLine, "with", "- discharge_bar", "k discharge_bar"},
		{gasLine, "with", "- efficiency", "k efficiency"},
		{oilLine, "design", "pass elevation_m", "pass elevation_m"},
		{oilLine, "design", "- density_15c_kg_per_m3", "density_15c_kg_per_m3"},
		{oilLine, "design", "- temperature_k", "temperature_k"},
		{oilLine, "design", "brake reduced_bar", "brake reduced_bar"},
		{oilLine, "design", "- discharge_bar", "discharge_bar"},
	} {
		t.Run(tt.without, func(t *testing.T) {
			l := drawn(t, tt.line)
			if tt.line == oilLine && strings.Contains(tt.without, "density_15c") {
				l.Medium = pipeline.Oil
			}
			medium := l.Medium
			l = drawn(t, tt.line, "without "+tt.without)
			l.Medium = medium
			b, err := l.Build(l.Step(tt.step), l.Base())
			if err == nil || b != nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "pipeline L") {
				t.Errorf("%v; %q was expected", err, tt.want)
			}
		})
	}
	// All of them together.
	l := drawn(t, gasLine, "without - wall_mm", "without - inlet_bar", "without - discharge_bar")
	if _, err := l.Build(l.Step("with"), l.Base()); err == nil || !strings.Contains(err.Error(), "wall_mm") || !strings.Contains(err.Error(), "inlet_bar") || !strings.Contains(err.Error(), "k discharge_bar") {
		t.Errorf("three are missing: %v", err)
	}
	// A step without the station does not need what only the station needs.
	l = drawn(t, gasLine, "without - discharge_bar", "without - efficiency")
	if _, err := l.Build(l.Step("without"), l.Base()); err != nil {
		t.Error(err)
	}
}

// What cannot be a line is an error that names what is wrong, before or when it is solved; it is
// never a panic, and never a number.
func TestLinesThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		name, line, step string
		more             []string
		want             string
	}{
		{"one point", gasLine, "without", []string{"without point b"}, "two points"},
		{"no points", gasLine, "without", []string{"without point"}, "two points"},
		{"no sections", gasLine, "without", []string{"without section"}, "section"},
		{"a gap between sections", gasLine, "without", []string{"without section", "section s 0 100", "section r 120 300"}, "km 120"},
		{"a section that ends before the line does", gasLine, "without", []string{"without section", "section s 0 250"}, "b"},
		{"a step of sections that there are not", gasLine, "without", []string{"without step", "step without sections=nowhere"}, "path"},
		{"walls that meet", gasLine, "without", []string{"- outside_diameter_mm 60", "- wall_mm 30"}, "diameter_mm"},
		{"walls thicker than the pipe", gasLine, "without", []string{"- outside_diameter_mm 60", "- wall_mm 90"}, "diameter_mm"},
		{"a delivery above the design pressure", gasLine, "without", []string{"- delivery_bar 90"}, "bounds contradict"},
		{"an inlet below the delivery", gasLine, "without", []string{"- inlet_bar 40", "- delivery_bar 40"}, "no flow keeps all bounds"},
		{"an inlet at the delivery but uphill", gasLine, "without", []string{"a elevation_m 0", "b elevation_m 3000", "- inlet_bar 45"}, "no flow keeps all bounds"},
		{"gas colder than its equation of state", gasLine, "without", []string{"- temperature_k 230", "- relative_density 1.2"}, "pipeline L"},
		{"oil of one viscosity", oilLine, "design", []string{"without - viscosity_20c", "without - viscosity_40c"}, "pipeline L"},
		{"oil that thickens with heat", oilLine, "design", []string{"- viscosity_10c_cst 5", "- viscosity_40c_cst 14"}, "pipeline L"},
		{"oil far from where its viscosity is known", oilLine, "design", []string{"- temperature_k 369"}, "temperature"},
		{"a pass that no pump lifts to", oilLine, "design", []string{"pass elevation_m 2500"}, "no flow keeps all bounds"},
		{"two points at one place", gasLine, "without", []string{"point c 0"}, "km"},
		{"more taken out than enters", gasLine, "without", []string{"point c 100", "c offtake_share 0.7", "point d 200", "d offtake_share 0.6"}, "offtake_share"},
		{"all taken out on the way", gasLine, "without", []string{"point c 100", "c offtake_share 1"}, "offtake_share"},
		{"taken out at the start", gasLine, "without", []string{"a offtake_share 0.1"}, "offtake_share"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := drawn(t, tt.line, tt.more...)
			c, err := l.Capacity(t.Context(), l.Step(tt.step), l.Base(), true)
			if err == nil {
				t.Fatalf("it carries %g kg/s; an error with %q was expected", c.KgPerS, tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "NaN") {
				t.Errorf("%v; %q was expected", err, tt.want)
			}
		})
	}
}

// A number that is none is an error, whatever it is of, and not no limit.
func TestOddNumbers(t *testing.T) {
	for _, text := range []string{gasLine, oilLine} {
		l := drawn(t, text)
		step := &l.Steps[len(l.Steps)-1]
		for i := range l.Assumptions {
			values := l.Base()
			values[i] = math.NaN()
			if c, err := l.Capacity(t.Context(), step, values, false); err == nil {
				t.Errorf("the %s line with %s of NaN carries %g kg/s", l.Medium, l.Assumptions[i].Name(), c.KgPerS)
			}
		}
	}
}

// Whatever the numbers are, an answer is a flow above zero, or an error: no NaN and no panic.
func TestAnyNumbers(t *testing.T) {
	for _, text := range []string{gasLine, oilLine} {
		l := drawn(t, text)
		step := &l.Steps[len(l.Steps)-1]
		rapid.Check(t, func(t *rapid.T) {
			values := l.Base()
			for range rapid.IntRange(1, 3).Draw(t, "how many") {
				i := rapid.IntRange(0, len(values)-1).Draw(t, "assumption")
				of := pipeline.Quantities[l.Assumptions[i].Quantity]
				odd := []float64{0, -1, 1e300, -1e300, 1e-300, of.Least, of.Most}
				values[i] = rapid.OneOf(rapid.SampledFrom(odd), rapid.Float64Range(of.Least, of.Most)).Draw(t, l.Assumptions[i].Name())
			}
			c, err := l.Capacity(t.Context(), step, values, false)
			if err != nil {
				if strings.Contains(err.Error(), "panic") {
					t.Fatal(err)
				}
				return
			}
			if !(c.KgPerS > 0) || math.IsInf(c.KgPerS, 0) {
				t.Fatalf("%g kg/s of %v", c.KgPerS, values)
			}
			if bad := oddProfile(c.Profile()); bad != "" {
				t.Fatalf("%s, with %v", bad, values)
			}
		})
	}
}

// oddProfile says what of a profile is no number.
func oddProfile(p *pipeline.Profile) string {
	bad := ""
	look := func(what string, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			bad = fmt.Sprintf("%s is %g", what, v)
		}
	}
	look("fuel", p.FuelMW)
	for _, x := range p.Points {
		for _, v := range []float64{x.Km, x.HeightM, x.PressureBar, x.MinBar, x.MaxBar, x.VelocityMPerS, x.KgPerS} {
			look("a number of point "+x.ID, v)
		}
	}
	for _, x := range p.Stations {
		for _, v := range []float64{x.Km, x.InletBar, x.OutletBar, x.PowerMW, x.MaxMW} {
			look("a number of station "+x.ID, v)
		}
	}
	for _, b := range p.Broken {
		look("what is broken at "+b.Element, b.Value+b.Bound)
	}
	return bad
}

// A line at any throughput has a state, with what does not hold, or is told to have none.
func TestProfileAtAnyThroughput(t *testing.T) {
	for _, tt := range []struct{ line, step string }{{gasLine, "with"}, {oilLine, "design"}} {
		l := drawn(t, tt.line)
		c := capacity(t, l, tt.step)
		for _, share := range []float64{math.NaN(), math.Inf(1), -1, 0, 1e-300, 1e-12, 1e-3, 0.5, 0.999, 1, 1.001, 1.5, 10, 1e6, 1e300} {
			q := share * c.KgPerS
			p, err := c.Built.Profile(t.Context(), q)
			if err != nil {
				if share >= 1e-3 && share <= 1.5 {
					t.Errorf("%g of the capacity of the %s line: %v", share, l.Medium, err)
				}
				continue
			}
			if bad := oddProfile(p); bad != "" {
				t.Errorf("%g of the capacity of the %s line: %s", share, l.Medium, bad)
			}
			if !(share >= 0 && share < math.Inf(1)) {
				t.Errorf("%g of the capacity of the %s line: no error", share, l.Medium)
			}
			if share > 1.0001 && len(p.Broken) == 0 {
				t.Errorf("%g of the capacity of the %s line breaks no bound", share, l.Medium)
			}
			if l.Medium == pipeline.Gas && share >= 1e-3 && share <= 1 && len(p.Broken) > 0 {
				t.Errorf("%g of the capacity: %v", share, p.Broken)
			}
			for i := 1; i < len(p.Points); i++ {
				if p.Points[i].Km < p.Points[i-1].Km {
					t.Errorf("point %s comes behind km %g", p.Points[i].ID, p.Points[i-1].Km)
				}
			}
		}
	}
}

// Gas is fastest where its pressure is least: before a station faster than behind it.
func TestVelocityBeforeAStation(t *testing.T) {
	c := capacity(t, drawn(t, gasLine), "with")
	points := c.Profile().Points
	for i := 1; i < len(points); i++ {
		before, behind := &points[i-1], &points[i]
		if before.Km != behind.Km {
			continue
		}
		if !(before.PressureBar < behind.PressureBar) {
			t.Fatalf("%+v, %+v", before, behind)
		}
		// The flow is the same, so that velocity goes with volume.
		check.Close(t, "velocity before the station", before.VelocityMPerS, behind.VelocityMPerS*behind.PressureBar/before.PressureBar, 0, 0.15)
		return
	}
	t.Error("no station")
}

// Without lift, the throughput of an oil line is what the law of Darcy and Weisbach says.
func TestOilLineOverAPass(t *testing.T) {
	// Only the way up: the pass holds it down, whatever is delivered beyond.
	l := drawn(t, oilLine, "without pump two", "without step", "step design stations=one", "pass elevation_m 400", "- delivery_bar 0")
	c := capacity(t, l, "design")
	if !strings.Contains(c.Bottleneck, "pass") || !strings.Contains(c.Bottleneck, "one at its greatest outlet pressure") {
		t.Errorf("bottleneck %q", c.Bottleneck)
	}
	liquid := c.Built.Network.Liquid
	d := 0.7
	v := c.KgPerS / liquid.DensityKgPerM3 / (math.Pi / 4 * d * d)
	re := v * d * liquid.DensityKgPerM3 / liquid.ViscosityPaS
	f := 0.02
	for range 50 {
		f = math.Pow(-2*math.Log10(0.045e-3/(3.71*d)+2.51/(re*math.Sqrt(f))), -2)
	}
	left := 60 + pipeflow.AtmosphereBar - (liquid.DensityKgPerM3*9.80665*400+f*200e3/d*liquid.DensityKgPerM3*v*v/2)/1e5
	check.Close(t, "pressure at the pass", left, 2, 2e-4, 0)
	// With the second pump at the foot, more is lifted.
	two := capacity(t, drawn(t, oilLine, "pass elevation_m 400", "- delivery_bar 0"), "design")
	if !(two.KgPerS > 1.2*c.KgPerS) {
		t.Errorf("two pumps carry %g kg/s, one %g", two.KgPerS, c.KgPerS)
	}
	// No pressure anywhere is below what the oil needs, and the brake keeps what it is set to.
	for _, p := range two.Profile().Points {
		if p.Km > 0 && p.PressureBar < 2*(1-1e-6) {
			t.Errorf("%s: %g bar", p.ID, p.PressureBar)
		}
		if strings.HasSuffix(p.ID, "behind brake") && p.PressureBar > 20+pipeflow.AtmosphereBar+1e-6 {
			t.Errorf("%s: %g bar", p.ID, p.PressureBar)
		}
	}
	// A line of twice the height carries nothing, and says at which place and by how much.
	high := drawn(t, oilLine, "pass elevation_m 1500")
	_, err := high.Capacity(t.Context(), high.Step("design"), high.Base(), false)
	var none *pipeflow.NoThroughputError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "by ") {
		t.Errorf("1500 m: %v", err)
	}
}

// A kilogram a second in each unit, by hand.
func TestUnitsOfCapacity(t *testing.T) {
	gas := capacity(t, drawn(t, gasLine), "without").Built
	oil := capacity(t, drawn(t, oilLine), "design").Built
	for _, tt := range []struct {
		b    *pipeline.Built
		unit string
		want float64
	}{
		{gas, "kg/s", 1}, {gas, "Mt/yr", 86400 * 365 / 1e9}, {gas, "bcm/yr", gas.M3PerKg * 86400 * 365 / 1e9},
		{oil, "bbl/d", 86400 / 850.0 / 0.158987294928}, {oil, "Mt/yr", 0.031536},
	} {
		v, err := tt.b.In(tt.unit, 1)
		if err != nil {
			t.Error(err)
		}
		check.Close(t, tt.unit, v, tt.want, 0, 1e-12)
	}
	// Gas of 0.6 of air's density: 0.735 kg/m³ at 15 °C, within what Z changes.
	check.Close(t, "volume of a kg", gas.M3PerKg, 1/(0.6*1.2250), 0, 0.004)
	for _, unit := range []string{"", "bcm", "BCM/YR", "m3/s", "t"} {
		if v, err := gas.In(unit, 1); err == nil || !strings.Contains(err.Error(), strconv.Quote(unit)) {
			t.Errorf("%q: %g, %v", unit, v, err)
		}
	}
}

// Points and pieces whose km are alike when they are rounded are different places.
func TestPlacesCloseToOneAnother(t *testing.T) {
	near := func(t testing.TB, more ...string) {
		t.Helper()
		l := drawn(t, gasLine, more...)
		plain := capacity(t, drawn(t, gasLine), "with")
		c, err := capacityOf(t, l, l.Step("with"))
		if err != nil {
			t.Fatal(err)
		}
		check.Close(t, "capacity", c.KgPerS, plain.KgPerS, 0, 1e-2)
	}
	t.Run("a change of section beside a station", func(t *testing.T) {
		near(t, "without section", "section s 0 150.3", "section r 150.3 300", "- outside_diameter_mm 820")
	})
	t.Run("short sections", func(t *testing.T) { near(t, "point c 100.1", "point d 100.2", "point e 100.3") })
	t.Run("a point named as a place", func(t *testing.T) { near(t, "point km 37.5") })
	t.Run("points named as pieces are", func(t *testing.T) {
		l := drawn(t, gasLine)
		l.Points = append(l.Points, pipeline.Point{ID: "km 38", Km: 20})
		if _, err := capacityOf(t, l, l.Step("with")); err != nil {
			t.Error(err)
		}
	})
	t.Run("two stations within a km", func(t *testing.T) {
		near(t, "compressor j 150.4", "without step", "step with stations=k;j", "stated with 8 bcm/yr")
	})
}

// A station that stands beyond the ends of its line is not passed over in silence.
func TestStationBeyondTheLine(t *testing.T) {
	for _, km := range []string{"301", "5000"} {
		l := drawn(t, gasLine, "without compressor", "compressor k "+km)
		if c, err := l.Capacity(t.Context(), l.Step("with"), l.Base(), false); err == nil {
			t.Errorf("a station at km %s of a line of 300 km: %g kg/s and no word of it", km, c.KgPerS)
		}
		l = drawn(t, gasLine, "k km "+km)
		if c, err := l.Capacity(t.Context(), l.Step("with"), l.Base(), false); err == nil {
			t.Errorf("a station assumed at km %s: %g kg/s and no word of it", km, c.KgPerS)
		}
	}
	// At both ends there is place for one.
	l := drawn(t, gasLine, "compressor first 0", "compressor last 300", "without step", "step with stations=first;k;last", "- inlet_bar 30 30 30", "- delivery_bar 65 65 65")
	c := capacity(t, l, "with")
	if n := len(c.Profile().Stations); n != 3 {
		t.Errorf("%d stations", n)
	}
}

func TestStepInService(t *testing.T) {
	l := drawn(t, gasLine, "without step", "without stated", "step old year=2000", "step new year=2010", "step plan year=2005 agreed")
	for year, want := range map[int]string{1999: "", 2000: "old", 2009: "old", 2010: "new", 2100: "new"} {
		got := ""
		if s := l.InService(year); s != nil {
			got = s.ID
		}
		if got != want {
			t.Errorf("%d: %q, want %q", year, got, want)
		}
	}
}

func TestChangesOfALine(t *testing.T) {
	l := drawn(t, gasLine)
	before := fmt.Sprintf("%+v", *l)
	base, more := capacity(t, l, "without"), capacity(t, l, "with")
	flow := func(t *testing.T, step string, c pipeline.Change) float64 {
		t.Helper()
		out, now := with(t, l, step, c)
		got, err := capacityOf(t, out, now)
		if err != nil {
			t.Fatal(err)
		}
		if after := fmt.Sprintf("%+v", *l); after != before {
			t.Fatalf("the line itself was changed:\n%s\n%s", before, after)
		}
		return got.KgPerS
	}
	for _, tt := range []struct {
		name, step string
		change     pipeline.Change
		want       float64
		within     float64
	}{
		{"nothing", "without", pipeline.Change{}, base.KgPerS, 0},
		{"a step", "without", pipeline.Change{Step: "with"}, more.KgPerS, 0},
		{"back to a step", "with", pipeline.Change{Step: "without"}, base.KgPerS, 0},
		{"a station more", "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "new", Km: 150}}}, more.KgPerS, 1e-6},
		{"a station closed", "with", pipeline.Change{CloseStations: []string{"k"}}, base.KgPerS, 1e-6},
		{"a station closed and another added", "with", pipeline.Change{CloseStations: []string{"k"}, AddStations: []pipeline.AddedStation{{ID: "new", Km: 150}}}, more.KgPerS, 1e-6},
		{"an assumption as it is", "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.InletBar, Value: 70}}}, base.KgPerS, 1e-6},
		{"an assumption of a station that is not there", "without", pipeline.Change{Set: []pipeline.Setting{{Element: "k", Quantity: pipeline.PowerMW, Value: 1}}}, base.KgPerS, 1e-6},
		{"the whole line laid twice", "without", pipeline.Change{Loops: []pipeline.Loop{{ToKm: 300}}}, 2 * base.KgPerS, 1e-6},
		{"half of the line laid twice", "without", pipeline.Change{Loops: []pipeline.Loop{{ToKm: 150}}}, math.Sqrt(8.0/5) * base.KgPerS, 0.01},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check.Close(t, "capacity", flow(t, tt.step, tt.change), tt.want, 0, math.Max(tt.within, 1e-12))
		})
	}
	for _, tt := range []struct {
		name, step string
		change     pipeline.Change
		of         float64
		least      float64
	}{
		{"a higher inlet", "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.InletBar, Value: 75}}}, base.KgPerS, 1.05},
		{"a lower delivery", "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.DeliveryBar, Value: 20}}}, base.KgPerS, 1.05},
		{"a wider section", "without", pipeline.Change{Set: []pipeline.Setting{{Element: "s", Quantity: pipeline.OutsideDiameterMm, Value: 1020}}}, base.KgPerS, 1.5},
		{"two lines of the section", "without", pipeline.Change{Set: []pipeline.Setting{{Element: "s", Quantity: pipeline.ParallelLines, Value: 2}}}, base.KgPerS, 1.99},
		{"a wider loop than the line", "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 100, ToKm: 200, OutsideDiameterMm: 1220, WallMm: 15}}}, base.KgPerS, 1.15},
		{"a station with a discharge of its own", "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "new", Km: 150, DischargeBar: 79, PowerMW: 60, SuctionBar: 10}}}, more.KgPerS, 1.01},
		{"two loops", "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 0, ToKm: 100}, {FromKm: 200, ToKm: 300}}}, base.KgPerS, 1.3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := flow(t, tt.step, tt.change); !(got >= tt.least*tt.of) {
				t.Errorf("%g kg/s; at least %g times %g were expected", got, tt.least, tt.of)
			}
		})
	}
}

// Of a line that is laid twice, one section can be closed, and the other still carries.
func TestClosedSections(t *testing.T) {
	l := drawn(t, gasLine, "section r 0 300")
	both := capacity(t, l, "without")
	out, now := with(t, l, "without", pipeline.Change{CloseSections: []string{"r"}})
	one, err := capacityOf(t, out, now)
	if err != nil {
		t.Fatal(err)
	}
	check.Close(t, "one of two lines", one.KgPerS, both.KgPerS/2, 0, 1e-6)
	out, now = with(t, l, "without", pipeline.Change{CloseSections: []string{"r", "s"}})
	if c, err := out.Capacity(t.Context(), now, out.Base(), false); err == nil {
		t.Errorf("without any section it carries %g kg/s", c.KgPerS)
	}
	if _, _, err := l.With(l.Step("without"), pipeline.Change{CloseSections: []string{"r", "r"}}); err == nil {
		t.Error("a section was closed twice")
	}
}

func TestChangesThatCannotBe(t *testing.T) {
	gas := drawn(t, gasLine, "section r 0 120")
	oil := drawn(t, oilLine)
	for _, tt := range []struct {
		name   string
		l      *pipeline.Line
		step   string // "": none is in service
		change pipeline.Change
		want   string
	}{
		{"an unknown step", gas, "without", pipeline.Change{Step: "third"}, `"third"`},
		{"no step at all", gas, "", pipeline.Change{CloseStations: []string{"k"}}, "no step is in service"},
		{"a section that is not there", gas, "without", pipeline.Change{CloseSections: []string{"x"}}, `"x"`},
		{"a station that is not there", gas, "without", pipeline.Change{CloseStations: []string{"x"}}, `"x"`},
		{"a station that is not in the step", gas, "without", pipeline.Change{CloseStations: []string{"k"}}, `"k"`},
		{"a station that is there already", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "k", Km: 100}}}, `"k"`},
		{"a station named as a point", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "a", Km: 100}}}, `"a"`},
		{"a station twice", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "n", Km: 100}, {ID: "n", Km: 200}}}, "n"},
		{"a station beyond the line", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "n", Km: 301}}}, "n"},
		{"a station before the line", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "n", Km: -5}}}, "n"},
		{"a station nowhere", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{ID: "n", Km: math.NaN()}}}, "n"},
		{"a station without a name", gas, "without", pipeline.Change{AddStations: []pipeline.AddedStation{{Km: 100, PowerMW: 3}}}, "station"},
		{"a loop that begins beyond the line", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 400, ToKm: 500}}}, "km 400"},
		{"a loop that ends beyond the line", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 200, ToKm: 500}}}, "km 200 to 500"},
		{"a loop without length", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 200, ToKm: 200}}}, "km 200 to 200"},
		{"a loop backwards", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 200, ToKm: 100}}}, "km 200 to 100"},
		{"a loop of no place", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: math.NaN(), ToKm: 100}}}, "loop"},
		{"a loop to no place", gas, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 0, ToKm: math.NaN()}}}, "loop"},
		{"a loop beside a section closed with it", gas, "without", pipeline.Change{CloseSections: []string{"s"}, Loops: []pipeline.Loop{{FromKm: 200, ToKm: 250}}}, "km 200 to 250"},
		{"a number of what is not there", gas, "without", pipeline.Change{Set: []pipeline.Setting{{Element: "x", Quantity: pipeline.PowerMW, Value: 3}}}, `"x"`},
		{"a quantity that is none", gas, "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: "warmth", Value: 3}}}, "warmth"},
		{"a number that is none", gas, "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.WallMm, Value: math.NaN()}}}, "wall_mm"},
		{"a diameter in metres", gas, "without", pipeline.Change{Set: []pipeline.Setting{{Quantity: pipeline.OutsideDiameterMm, Value: 0.82}}}, "diameter_mm"},
		{"a reduction that cannot be closed", oil, "design", pipeline.Change{CloseStations: []string{"nobrake"}}, `"nobrake"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var step *pipeline.Step
			if tt.step != "" {
				step = tt.l.Step(tt.step)
			}
			out, now, err := tt.l.With(step, tt.change)
			if err == nil {
				// It may also be told when the changed line is worked out.
				var c *pipeline.Capacity
				if c, err = out.Capacity(t.Context(), now, out.Base(), false); err == nil {
					t.Fatalf("no error, and %g kg/s", c.KgPerS)
				}
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; %q was expected", err, tt.want)
			}
		})
	}
}

// A pressure reduction is closed as any station: it no longer reduces.
func TestClosedReduction(t *testing.T) {
	l := drawn(t, oilLine, "without step", "step design stations=one;two;brake")
	at := func(l *pipeline.Line, step *pipeline.Step) int {
		b, err := l.Build(step, l.Base())
		if err != nil {
			t.Fatal(err)
		}
		return len(b.Network.Regulators)
	}
	if n := at(l, l.Step("design")); n != 1 {
		t.Fatalf("%d reductions", n)
	}
	out, now, err := l.With(l.Step("design"), pipeline.Change{CloseStations: []string{"brake"}})
	if err == nil {
		if n := at(out, now); n != 0 {
			t.Error("the reduction was closed without an error, and is still there")
		}
	}
	// Where the step does not name it, it stands all the same, and so can be closed.
	l = drawn(t, oilLine)
	if _, _, err := l.With(l.Step("design"), pipeline.Change{CloseStations: []string{"brake"}}); err != nil {
		t.Errorf("the reduction stands in the step, but: %v", err)
	}
}

// A number can be set to zero, as any other.
func TestSetToZero(t *testing.T) {
	l := drawn(t, gasLine, "- elevation_m 1000")
	out, now := with(t, l, "without", pipeline.Change{Set: []pipeline.Setting{{Element: "b", Quantity: pipeline.ElevationM, Value: 0}}})
	b, err := out.Build(now, out.Base())
	if err != nil {
		t.Fatal(err)
	}
	check.Close(t, "height of the end", b.Network.Nodes[b.End].HeightM, 0, 1e-9, 0)
	l = drawn(t, oilLine, "- drag_reduction 0.4")
	out, now = with(t, l, "design", pipeline.Change{Set: []pipeline.Setting{{Element: "design", Quantity: pipeline.DragReduction, Value: 0}}})
	if b, err = out.Build(now, out.Base()); err != nil {
		t.Fatal(err)
	}
	check.Close(t, "drag reduction", b.Network.Pipes[0].DragReduction, 0, 1e-9, 0)
}

// Two changes of one year, each with a loop along the same section, are two loops, each as its
// change has it.
func TestLoopsOfTwoChanges(t *testing.T) {
	l := drawn(t, gasLine)
	one, now := with(t, l, "without", pipeline.Change{Loops: []pipeline.Loop{{FromKm: 0, ToKm: 100, OutsideDiameterMm: 820}}})
	two, now, err := one.With(now, pipeline.Change{Loops: []pipeline.Loop{{FromKm: 200, ToKm: 300, OutsideDiameterMm: 1420}}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.Build(now, two.Base())
	if err != nil {
		t.Fatal(err)
	}
	wide := 0
	for _, p := range b.Network.Pipes {
		if p.DiameterMm == 1420-20 {
			wide++
		}
	}
	if wide == 0 {
		t.Error("the second loop is not as wide as it was said to be")
	}
	// The same place twice: three lines side by side.
	three, now, err := one.With(now, pipeline.Change{Loops: []pipeline.Loop{{FromKm: 0, ToKm: 100}}})
	if err == nil {
		_, err = three.Capacity(t.Context(), now, three.Base(), false)
	}
	if err != nil {
		t.Errorf("a second loop along the first: %v", err)
	}
}

// Where lines lie side by side, a loop along either of them is one.
func TestLoopAlongTheLongerOfTwo(t *testing.T) {
	l := drawn(t, gasLine, "without section", "section short 0 120", "section s 0 300")
	if _, _, err := l.With(l.Step("without"), pipeline.Change{Loops: []pipeline.Loop{{FromKm: 50, ToKm: 250}}}); err != nil {
		t.Errorf("the loop lies along section s from km 50 to 250: %v", err)
	}
}

// What passes a place is less behind one where some is taken out; all of it counts, whichever
// of two lines it goes through.
func TestStretches(t *testing.T) {
	l := drawn(t, gasLine, "point c 200", "c offtake_share 0.25", "section r 0 150")
	c := capacity(t, l, "with")
	all := c.KgPerS * 86400 * 365 / 1000
	for km, want := range map[float64]float64{0: all, 75: all, 150: all, 199: all, 201: 0.75 * all, 299: 0.75 * all, 400: 0, -1: 0} {
		check.Close(t, fmt.Sprintf("t/yr at km %g", km), c.StretchTPerYr(km), want, 1, 1e-6)
	}
}

func TestChangeSaysWhatItDoes(t *testing.T) {
	c := pipeline.Change{Line: "L", Step: "with", AddStations: []pipeline.AddedStation{{ID: "n", Km: 20}}, Loops: []pipeline.Loop{{FromKm: 1, ToKm: 2}},
		CloseSections: []string{"s"}, CloseStations: []string{"k"}, Set: []pipeline.Setting{{Element: "a", Quantity: pipeline.ElevationM, Value: 4}, {Quantity: pipeline.WallMm, Value: 7}}}
	for _, want := range []string{"change_pipeline L", "step with", "station n at km 20", "loop km 1 to 2", "without section s", "without station k", "a elevation_m to 4", "wall_mm to 7"} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("%q lacks %q", c, want)
		}
	}
}

// Building does not change the line, and gives the same network each time.
func TestBuildIsPure(t *testing.T) {
	for _, text := range []string{gasLine, oilLine} {
		l := drawn(t, text)
		l.Points[0], l.Points[1] = l.Points[1], l.Points[0] // in any order
		before := fmt.Sprintf("%+v", *l)
		step := &l.Steps[len(l.Steps)-1]
		a, err := l.Build(step, l.Base())
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Build(step, l.Base())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a.Network.Nodes, b.Network.Nodes) || !reflect.DeepEqual(a.Network.Pipes, b.Network.Pipes) || !reflect.DeepEqual(a.Network.Stations, b.Network.Stations) {
			t.Error("two networks of one line differ")
		}
		if after := fmt.Sprintf("%+v", *l); after != before {
			t.Error("building changed the line")
		}
	}
}
