package pipeline

import "sort"

// Part is what an assumption can be of.
type Part uint8

// The parts of a line.
const (
	WholeLine Part = 1 << iota
	OfPoint
	OfSection
	OfStation
	OfStep
)

// Of is what a quantity is measured in, the bounds of what it can be, and the parts of a line
// that it can be of. Of the whole line it holds for all parts that have none of their own.
type Of struct {
	Unit        string
	Least, Most float64
	Parts       Part
}

// Quantities lists all quantities of assumptions.
var Quantities = map[Quantity]Of{
	ElevationM:          {"m", -3000, 6000, WholeLine | OfPoint},
	OutsideDiameterMm:   {"mm", 50, 3000, WholeLine | OfSection},
	WallMm:              {"mm", 1, 100, WholeLine | OfSection},
	RoughnessMm:         {"mm", 0.0001, 5, WholeLine | OfSection},
	DesignBar:           {"bar", 1, 400, WholeLine | OfSection},
	ParallelLines:       {"count", 1, 20, WholeLine | OfSection},
	StationKm:           {"km", 0, 10000, OfStation},
	PowerMW:             {"MW", 0.01, 1000, WholeLine | OfStation},
	SuctionBar:          {"bar", 0, 300, WholeLine | OfStation},
	DischargeBar:        {"bar", 1, 400, WholeLine | OfStation},
	ReducedBar:          {"bar", 0, 300, WholeLine | OfStation},
	Efficiency:          {"share", 0.1, 1, WholeLine | OfStation},
	InletBar:            {"bar", 0, 400, WholeLine},
	DeliveryBar:         {"bar", 0, 300, WholeLine},
	OfftakeShare:        {"share", 0, 1, OfPoint},
	GasTemperatureK:     {"K", 230, 370, WholeLine},
	RelativeDensity:     {"ratio", 0.55, 0.9, WholeLine},
	HeatCapacityRatio:   {"ratio", 1.05, 1.6, WholeLine},
	HeatingValueMJPerM3: {"MJ/m3", 10, 60, WholeLine},
	DensityAt15CKgPerM3: {"kg/m3", 500, 1100, WholeLine},
	Viscosity10C:        {"cSt", 0.5, 1e5, WholeLine},
	Viscosity20C:        {"cSt", 0.5, 1e5, WholeLine},
	Viscosity40C:        {"cSt", 0.5, 1e5, WholeLine},
	PeakBar:             {"bar", 0, 50, WholeLine},
	DragReduction:       {"share", 0, 0.9, WholeLine | OfStep},
	FuelUSDPerMWh:       {"USD/MWh", 0, 1000, WholeLine},
	TariffUSDPerT:       {"USD/t", 0, 10000, WholeLine},
}

// QuantityNames lists the names of all quantities in order.
func QuantityNames() []string {
	out := make([]string, 0, len(Quantities))
	for q := range Quantities {
		out = append(out, string(q))
	}
	sort.Strings(out)
	return out
}
