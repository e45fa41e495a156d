package karvan

import "strings"

// Define says what an indicator is, by its id.
func (m *Model) Define(id string) IndicatorDefinition {
	for _, x := range m.in.Measures {
		if x.Indicator == id {
			meaning := x.Note
			if meaning == "" {
				meaning = "Counted on the routes that goods take; each tonne once."
			}
			return IndicatorDefinition{ID: id, Title: x.Title, Unit: x.Unit, Group: "measure", Meaning: meaning}
		}
	}
	for _, d := range definitions {
		if d.ID == id {
			return d
		}
		if strings.HasSuffix(d.ID, ".") && strings.HasPrefix(id, d.ID) {
			out := d
			out.ID = id
			out.Title += " " + strings.TrimPrefix(id, d.ID)
			return out
		}
	}
	return IndicatorDefinition{ID: id, Title: id}
}

// definitions of the model's own indicators; an id that ends in a dot stands
// for all that begin with it.
var definitions = []IndicatorDefinition{
	{"tonnes", "Tonnes moved", "t/yr", "traffic", "All goods of the study, energy included, each tonne once."},
	{"unserved", "Tonnes that no path serves", "t/yr", "traffic", "Demand that a closure cuts off; it is in no other figure."},
	{"tkm", "Tonne-kilometres", "tkm/yr", "traffic", "Tonnes times distance over all links."},
	{"mean_cost", "Mean generalised cost", "USD/t", "cost", "Money, time and reliability of a tonne, energy left out."},
	{"mean_money", "Mean price paid", "USD/t", "cost", "Tariffs, handling and fees of a tonne, energy left out."},
	{"mean_time", "Mean time", "h", "cost", "Door to door, waits and borders included, energy left out."},
	{"mean_distance", "Mean distance", "km", "traffic", "Of a tonne, energy left out."},
	{"mean_border_time", "Mean time at borders", "h", "border", "Of a tonne, energy left out."},
	{"border_hours", "Hours at borders", "t h/yr", "border", "Tonnes times the hours that they wait at borders."},
	{"co2", "Greenhouse gases", "t CO2e/yr", "carbon", "Tonne-kilometres by mode times the factors of cost.csv."},
	{"tkm.mode.", "Tonne-kilometres by", "tkm/yr", "traffic", "On links of this mode."},
	{"tkm.commodity.", "Tonne-kilometres of", "tkm/yr", "traffic", "Of this commodity."},
	{"tkm.country.", "Tonne-kilometres in", "tkm/yr", "traffic", "In this country; a link over a border counts half to each side."},
	{"co2.mode.", "Greenhouse gases of", "t CO2e/yr", "carbon", "Of this mode."},
	{"tonnes.mode.", "Tonnes lifted by", "t/yr", "traffic", "Counted at each leg by this mode."},
	{"tonnes.country.", "Tonnes from or to", "t/yr", "traffic", "Goods that start or end in this country."},
	{"tonnes.commodity.", "Tonnes of", "t/yr", "traffic", "Of this commodity."},
	{"fees.country.", "Fees taken by", "USD/yr", "transfer", "Tariffs, tolls and border fees: a transfer, not a cost to society."},
}
