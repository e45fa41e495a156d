package pipeline

import (
	"fmt"
	"math"
	"slices"

	"github.com/karvan/karvan/pipeflow"
)

// Medium is what a line carries.
type Medium string

// The media.
const (
	Gas Medium = "gas"
	Oil Medium = "oil"
)

// Range is a number and what it may be instead. Low and High hold it between them; where both
// are equal to it, it is taken as certain.
type Range struct {
	Value, Low, High float64
}

// At is the value that a share u of what it may be lies below: a triangle on each side of the
// value, which is the median.
func (r Range) At(u float64) float64 {
	if u <= 0.5 {
		return r.Low + (r.Value-r.Low)*math.Sqrt(2*u)
	}
	return r.High - (r.High-r.Value)*math.Sqrt(2*(1-u))
}

// Certain reports whether the range has no width.
func (r Range) Certain() bool { return r.Low == r.High }

// Quantity is what an assumption is of.
type Quantity string

// The quantities. Those marked with an element can be of one point, section or station; of the
// line they hold for all of these that have none of their own.
const (
	ElevationM          Quantity = "elevation_m"             // of a point
	OutsideDiameterMm   Quantity = "outside_diameter_mm"     // of a section
	WallMm              Quantity = "wall_mm"                 // of a section
	RoughnessMm         Quantity = "roughness_mm"            // of a section or the line
	DesignBar           Quantity = "design_bar"              // of a section or the line; gauge
	ParallelLines       Quantity = "parallel_lines"          // of a section
	StationKm           Quantity = "km"                      // of a station
	PowerMW             Quantity = "power_mw"                // of a station or the line; shaft
	SuctionBar          Quantity = "suction_bar"             // least inlet of a station; gauge
	DischargeBar        Quantity = "discharge_bar"           // greatest outlet of a station; gauge
	ReducedBar          Quantity = "reduced_bar"             // kept behind a pressure reduction; gauge
	Efficiency          Quantity = "efficiency"              // of a station or the line
	InletBar            Quantity = "inlet_bar"               // given at the start; gauge
	DeliveryBar         Quantity = "delivery_bar"            // least at the end; gauge
	OfftakeShare        Quantity = "offtake_share"           // of a point: share of what enters
	GasTemperatureK     Quantity = "temperature_k"           // mean of the fluid
	RelativeDensity     Quantity = "relative_density"        // of gas, to air
	HeatCapacityRatio   Quantity = "heat_capacity_ratio"     // of gas
	HeatingValueMJPerM3 Quantity = "heating_value_mj_per_m3" // gross, at 15 °C and 1.01325 bar
	DensityAt15CKgPerM3 Quantity = "density_15c_kg_per_m3"   // of oil
	Viscosity10C        Quantity = "viscosity_10c_cst"       // of oil
	Viscosity20C        Quantity = "viscosity_20c_cst"
	Viscosity40C        Quantity = "viscosity_40c_cst"
	PeakBar             Quantity = "peak_bar"       // of oil: least anywhere, above its vapour's pressure; absolute
	DragReduction       Quantity = "drag_reduction" // of a step: share of friction taken off
	FuelUSDPerMWh       Quantity = "fuel_usd_per_mwh"
	TariffUSDPerT       Quantity = "tariff_usd_per_t"
)

// Assumption is one number that a line is computed from.
type Assumption struct {
	Element  string // id of a point, section, station or step; "" the line itself
	Quantity Quantity
	Range
	Unit       string
	Source     string
	Confidence string
	Note       string
}

// Name says what the number is of.
func (a *Assumption) Name() string {
	if a.Element == "" {
		return string(a.Quantity)
	}
	return a.Element + " " + string(a.Quantity)
}

// Point is a point of the profile.
type Point struct {
	ID, Name string
	Km       float64
	Node     string // of the freight network, where it has one
}

// Section is a stretch of one make. Sections that overlap lie side by side.
type Section struct {
	ID, Name     string
	FromKm, ToKm float64
}

// StationKind is what a station does.
type StationKind string

// The kinds of stations.
const (
	Compressor StationKind = "compressor"
	Pump       StationKind = "pump"
	Reduction  StationKind = "reduction"
)

// Station stands at a point of a line.
type Station struct {
	ID, Name string
	Kind     StationKind
	Km       float64
	Node     string
}

// Basis says what kind of figure a stated capacity is.
type Basis string

// The kinds of stated capacities.
const (
	Technical Basis = "technical"
	Contract  Basis = "contract"
	Nominated Basis = "nominated"
)

// Stated is a capacity as a source states it.
type Stated struct {
	Value  float64
	Unit   string // bcm/yr, bbl/d, Mt/yr
	Basis  Basis
	Source string
	Note   string
}

// Step is a state of expansion: which sections and stations there are.
type Step struct {
	ID       string
	Name     string
	FromYear int // in service from; 0: not known
	Status   string
	Sections []string // nil: all
	Stations []string // none that is not named, but pressure reductions
	Without  []string // pressure reductions that are closed
	Stated   []Stated
}

// Line is an oil or gas line.
type Line struct {
	ID, Name    string
	Medium      Medium
	Friction    pipeflow.Friction
	Points      []Point
	Sections    []Section
	Stations    []Station
	Steps       []Step
	Assumptions []Assumption
	Links       []string // of the freight network, whose capacity this is
}

// Values holds a number for each assumption of a line, in their order.
type Values []float64

// Base is the value of every assumption.
func (l *Line) Base() Values {
	v := make(Values, len(l.Assumptions))
	for i := range v {
		v[i] = l.Assumptions[i].Value
	}
	return v
}

// find gives the index of an assumption of an element, or of the line; -1: none.
func (l *Line) find(element string, q Quantity) int {
	whole := -1
	for i := range l.Assumptions {
		a := &l.Assumptions[i]
		if a.Quantity != q {
			continue
		}
		if a.Element == element {
			return i
		}
		if a.Element == "" {
			whole = i
		}
	}
	return whole
}

// reading reads numbers of a line and keeps what was asked for and is not there.
type reading struct {
	line    *Line
	values  Values
	missing []string
	used    []bool
}

// need is the number of a quantity, which must be there.
func (r *reading) need(element string, q Quantity) float64 {
	if v, ok := r.look(element, q); ok {
		return v
	}
	name := string(q)
	if element != "" {
		name = element + " " + name
	}
	if !slices.Contains(r.missing, name) {
		r.missing = append(r.missing, name)
	}
	return math.NaN()
}

// look is the number of a quantity, which may be missing.
func (r *reading) look(element string, q Quantity) (float64, bool) {
	i := r.line.find(element, q)
	if i < 0 {
		return 0, false
	}
	if r.used != nil {
		r.used[i] = true
	}
	return r.values[i], true
}

// or is the number of a quantity, or another where it is missing.
func (r *reading) or(element string, q Quantity, otherwise float64) float64 {
	if v, ok := r.look(element, q); ok {
		return v
	}
	return otherwise
}

// err names what was missing.
func (r *reading) err() error {
	if len(r.missing) == 0 {
		return nil
	}
	return fmt.Errorf("pipeline %s: no assumption for %s", r.line.ID, joined(r.missing))
}

func joined(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// Section finds a section by its id; nil: there is none. Station, Step likewise.
func (l *Line) Section(id string) *Section {
	for i := range l.Sections {
		if l.Sections[i].ID == id {
			return &l.Sections[i]
		}
	}
	return nil
}

// Station finds a station by its id.
func (l *Line) Station(id string) *Station {
	for i := range l.Stations {
		if l.Stations[i].ID == id {
			return &l.Stations[i]
		}
	}
	return nil
}

// Step finds a step by its id.
func (l *Line) Step(id string) *Step {
	for i := range l.Steps {
		if l.Steps[i].ID == id {
			return &l.Steps[i]
		}
	}
	return nil
}

// Ends gives the km of the first and the last point; both 0 without points.
func (l *Line) Ends() (first, last float64) {
	for i := range l.Points {
		km := l.Points[i].Km
		if i == 0 || km < first {
			first = km
		}
		if i == 0 || km > last {
			last = km
		}
	}
	return first, last
}

// PartOf says what an element is; 0: the line has none of that id. "" is the line.
func (l *Line) PartOf(element string) Part {
	if element == "" {
		return WholeLine
	}
	for i := range l.Points {
		if l.Points[i].ID == element {
			return OfPoint
		}
	}
	switch {
	case l.Section(element) != nil:
		return OfSection
	case l.Station(element) != nil:
		return OfStation
	case l.Step(element) != nil:
		return OfStep
	}
	return 0
}

// Parts lists the ids of points, sections, stations and steps.
func (l *Line) Parts() []string {
	var out []string
	for _, p := range l.Points {
		out = append(out, p.ID)
	}
	for _, s := range l.Sections {
		out = append(out, s.ID)
	}
	for _, s := range l.Stations {
		out = append(out, s.ID)
	}
	for _, s := range l.Steps {
		out = append(out, s.ID)
	}
	return out
}

// InService is the step that a line runs at in a year: the latest that is in service by then;
// nil: none is.
func (l *Line) InService(year int) *Step {
	var out *Step
	for i := range l.Steps {
		s := &l.Steps[i]
		if s.Status == "in service" && s.FromYear <= year && (out == nil || s.FromYear >= out.FromYear) {
			out = s
		}
	}
	return out
}
