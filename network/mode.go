package network

// Family groups modes that share cost parameters and capacity rules.
type Family string

// The families that this package knows.
const (
	Rail     Family = "rail"
	Road     Family = "road"
	Sea      Family = "sea"
	Air      Family = "air"
	Pipeline Family = "pipeline"
)

// Families lists every [Family] in a fixed order.
var Families = []Family{Rail, Road, Sea, Air, Pipeline}

// Mode is a way of moving goods. Its links join freely at nodes unless
// TransferAtTerminal is set: then goods pass from link to link only where a
// terminal row of that mode and cargo form says so, as ships do at a port.
type Mode struct {
	Key                string
	Family             Family
	TransferAtTerminal bool
}

// StandardModes are the modes that every study has; a study may add its own.
var StandardModes = []Mode{
	{Key: "rail1520", Family: Rail},
	{Key: "rail1435", Family: Rail},
	{Key: "road", Family: Road},
	{Key: "sea", Family: Sea, TransferAtTerminal: true},
	{Key: "waterway", Family: Sea, TransferAtTerminal: true},
	{Key: "air", Family: Air, TransferAtTerminal: true},
	{Key: "oil_pipeline", Family: Pipeline},
	{Key: "gas_pipeline", Family: Pipeline},
}

// Form is a cargo form: how goods are handled. It decides which terminals and
// ships can take them.
type Form uint8

// FormSet is a set of cargo forms.
type FormSet uint16

// The cargo forms, in the order of their names in [FormNames].
const (
	Container Form = iota
	RoRo
	RailWagon
	DryBulk
	Liquid
	General
	AirCargo
	Gas
	numForms
)

// NoForm marks an arc that belongs to no form's own layer.
const NoForm Form = 255

// FormNames are the names of the cargo forms in files, by [Form].
// rail_wagon is a wagon on a train ferry, roro a truck on a ship.
var FormNames = []string{"container", "roro", "rail_wagon", "dry_bulk", "liquid", "general", "air_cargo", "gas"}

// AllForms holds every cargo form.
const AllForms FormSet = 1<<numForms - 1

// String gives the form's name in files.
func (f Form) String() string {
	if int(f) < len(FormNames) {
		return FormNames[f]
	}
	return ""
}

// FormOf gives the form with that name, and whether there is one.
func FormOf(name string) (Form, bool) {
	for i, n := range FormNames {
		if n == name {
			return Form(i), true
		}
	}
	return NoForm, false
}

// Has reports whether f is in the set.
func (s FormSet) Has(f Form) bool { return f < numForms && s&(1<<f) != 0 }

// With gives the set with f added.
func (s FormSet) With(f Form) FormSet { return s | 1<<f }

// Forms lists the forms of the set in order.
func (s FormSet) Forms() []Form {
	var out []Form
	for f := Form(0); f < numForms; f++ {
		if s.Has(f) {
			out = append(out, f)
		}
	}
	return out
}
