package pipeline

import "sort"

// Of is what a quantity is measured in and the bounds of what it can be.
type Of struct {
	Unit        string
	Least, Most float64
}

// Quantities lists all quantities of assumptions.
var Quantities = map[Quantity]Of{
	ElevationM:          {"m", -3000, 6000},
	OutsideDiameterMm:   {"mm", 50, 3000},
	WallMm:              {"mm", 1, 100},
	RoughnessMm:         {"mm", 0.0001, 5},
	DesignBar:           {"bar", 1, 400},
	ParallelLines:       {"count", 1, 20},
	StationKm:           {"km", 0, 10000},
	PowerMW:             {"MW", 0.01, 1000},
	SuctionBar:          {"bar", 0, 300},
	DischargeBar:        {"bar", 1, 400},
	ReducedBar:          {"bar", 0, 300},
	Efficiency:          {"share", 0.1, 1},
	InletBar:            {"bar", 0, 400},
	DeliveryBar:         {"bar", 0, 300},
	OfftakeShare:        {"share", 0, 1},
	GasTemperatureK:     {"K", 230, 370},
	RelativeDensity:     {"ratio", 0.55, 1.2},
	HeatCapacityRatio:   {"ratio", 1.05, 1.6},
	HeatingValueMJPerM3: {"MJ/m3", 10, 60},
	DensityAt15CKgPerM3: {"kg/m3", 500, 1100},
	Viscosity10C:        {"cSt", 0.5, 1e5},
	Viscosity20C:        {"cSt", 0.5, 1e5},
	Viscosity40C:        {"cSt", 0.5, 1e5},
	PeakBar:             {"bar", 0, 50},
	DragReduction:       {"share", 0, 0.9},
	FuelUSDPerMWh:       {"USD/MWh", 0, 1000},
	TariffUSDPerT:       {"USD/t", 0, 10000},
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
