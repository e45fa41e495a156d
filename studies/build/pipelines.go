package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The lines whose capacity is computed, with what the facts have no column for: where sections
// and stations lie, and which of them a step has. Numbers come from pipelines.csv where it has
// them (the attributes of lineFacts), else from lineAdded, each with a range.
type lineOf struct {
	id, name, medium, friction string
	source                     string // of lengths, stations and steps
	links                      string
	points                     [][4]string // id, name, km, node
	sections                   [][4]string // id, name, from km, to km
	stations                   [][5]string // id, name, kind, km, node
	steps                      []stepOf
}

type stepOf struct {
	id, name, from, status, sections, stations string
	stated                                     []string // "value unit section" of rows of pipelines.csv
}

// Friction of gas lines at full flow is rough and turbulent; Colebrook and White hold for both.
var pipelines = []lineOf{
	{id: "BTC", source: "bp-btc-ge", name: "Baku-Tbilisi-Ceyhan", medium: "oil", friction: "colebrook",
		links:    "oilp-azsan-az-btc-psa2;oilp-az-btc-psa2-ge-btc-psg1;oilp-ge-btc-psg1-ge-btc-psg2;oilp-ge-btc-psg2-tr-btc-pt1;oilp-tr-btc-pt1-tr-btc-pt2;oilp-tr-btc-pt2-tr-btc-pt3;oilp-tr-btc-pt3-tr-btc-pt4;oilp-tr-btc-pt4-tr-btc-ceyhan",
		points:   profileOf("BTC", map[string]string{"0": "AZSAN", "219": "az-btc-psa2", "443": "ge-btc-psg1", "565": "ge-btc-psg2", "692": "tr-btc-pt1", "923": "tr-btc-pt2", "1181": "tr-btc-pt3", "1434": "tr-btc-pt4", "1768": "tr-btc-ceyhan"}),
		sections: [][4]string{{"BTC-42-AZ", "42 in Azerbaijan", "0", "443"}, {"BTC-46-GE", "46 in Georgia", "443", "692"}, {"BTC-42-TR", "42 in Türkiye", "692", "1650"}, {"BTC-34-TR", "34 in down to Ceyhan", "1650", "1768"}},
		stations: [][5]string{{"PSA1", "Sangachal", "pump", "0", "AZSAN"}, {"PSA2", "", "pump", "219", "az-btc-psa2"}, {"PSG1", "", "pump", "443", "ge-btc-psg1"}, {"PSG2", "Tsalka", "pump", "565", "ge-btc-psg2"},
			{"PT1", "", "pump", "692", "tr-btc-pt1"}, {"PT2", "", "pump", "923", "tr-btc-pt2"}, {"PT3", "", "pump", "1181", "tr-btc-pt3"}, {"PT4", "", "pump", "1434", "tr-btc-pt4"}, {"PRS1", "pressure reduction", "reduction", "1650", ""}},
		steps: []stepOf{
			{"design", "as designed", "2006", "in service", "", "PSA1;PSA2;PSG1;PSG2;PT1;PT2;PT3;PT4", []string{"1000000 bbl/d total", "50 Mt/yr total"}},
			{"drag-reducer", "with drag reducing agent", "2009", "in service", "", "PSA1;PSA2;PSG1;PSG2;PT1;PT2;PT3;PT4", []string{"1200000 bbl/d total"}}}},
	{id: "WREP", source: "socar-wrep", name: "Baku-Supsa (Western Route Export Pipeline)", medium: "oil", friction: "colebrook", links: "oilp-azsan-ge-supsa",
		points:   [][4]string{{"WREP-0", "Sangachal", "0", "AZSAN"}, {"WREP-300", "Ganja", "300", ""}, {"WREP-456", "AZ-GE border", "456.4", ""}, {"WREP-560", "Mtskheta", "560", ""}, {"WREP-680", "Surami pass", "680", ""}, {"WREP-730", "Zestaponi", "730", ""}, {"WREP-829", "Supsa", "829.6", "ge-supsa"}},
		sections: [][4]string{{"WREP-530", "530 mm", "0", "829.6"}},
		stations: [][5]string{{"WREP-PS1", "Sangachal", "pump", "0", "AZSAN"}, {"WREP-PS2", "", "pump", "152", ""}, {"WREP-PS3", "", "pump", "304", ""}, {"WREP-PS4", "", "pump", "460", ""}, {"WREP-PS5", "", "pump", "545", ""}, {"WREP-PS6", "", "pump", "640", ""}, {"WREP-PRS1", "pressure reduction", "reduction", "705", ""}, {"WREP-PRS2", "pressure reduction", "reduction", "730", ""}},
		steps: []stepOf{
			{"design", "as built", "1999", "in service", "", "WREP-PS1;WREP-PS2;WREP-PS3;WREP-PS4;WREP-PS5;WREP-PS6", []string{"90000 bbl/d nominal", "106000 bbl/d maximum", "145000 bbl/d maximum"}}}},
	{id: "SCP", source: "sgc-scp", name: "South Caucasus Pipeline", medium: "gas", friction: "colebrook", links: "gasp-azsan-ge-scp-csg1;gasp-ge-scp-csg1-ge-scp-csg2;gasp-ge-scp-csg2-tr-tanap-cs1",
		points:   profileOf("SCP", map[string]string{"0": "AZSAN", "443": "ge-scp-csg1", "562": "ge-scp-csg2", "692": "tr-tanap-cs1"}),
		sections: [][4]string{{"SCP-42", "42 in", "0", "692"}, {"SCPX-48", "48 in loop of the expansion", "19", "508"}},
		stations: [][5]string{{"CSG1", "", "compressor", "450", "ge-scp-csg1"}, {"CSG2", "Tsalka", "compressor", "562", "ge-scp-csg2"}},
		steps: []stepOf{
			{"before-expansion", "before expansion", "2006", "in service", "SCP-42", "", []string{"7.41 bcm/yr before expansion"}},
			{"scpx", "after SCPX", "2018", "in service", "SCP-42;SCPX-48", "CSG1;CSG2", []string{"23.4 bcm/yr after SCPX"}}}},
	{id: "TANAP", source: "azernews-2021-11-tanap", name: "Trans-Anatolian Pipeline", medium: "gas", friction: "colebrook", links: "gasp-tr-tanap-cs1-tr-tanap-cs5;gasp-tr-tanap-cs5-tr-tanap-eskisehir;gasp-tr-tanap-eskisehir-tr-tanap-ipsala",
		points:   profileOf("TANAP", map[string]string{"0": "tr-tanap-cs1", "689": "tr-tanap-cs5", "1359": "tr-tanap-eskisehir", "1850": "tr-tanap-ipsala"}),
		sections: [][4]string{{"TANAP-56", "56 in", "0", "1359"}, {"TANAP-48", "48 in", "1359", "1631"}, {"TANAP-36", "36 in, two lines over the Sea of Marmara", "1631", "1649"}, {"TANAP-48W", "48 in, Thrace", "1649", "1850"}},
		stations: [][5]string{{"CS1", "", "compressor", "0", "tr-tanap-cs1"}, {"CS2", "", "compressor", "230", ""}, {"CS3", "", "compressor", "345", ""}, {"CS4", "", "compressor", "460", ""}, {"CS5", "Sivas", "compressor", "689", "tr-tanap-cs5"}, {"CS6", "", "compressor", "1024", ""}, {"CS7", "", "compressor", "1359", "tr-tanap-eskisehir"}},
		steps: []stepOf{
			{"phase-1", "phase 1", "2018", "in service", "", "CS1;CS5", []string{"16 bcm/yr phase 1"}},
			{"phase-2", "phase 2: two more stations", "", "agreed", "", "CS1;CS3;CS5;CS7", []string{"24 bcm/yr phase 2"}},
			{"phase-3", "phase 3: three more stations", "", "agreed", "", "CS1;CS2;CS3;CS4;CS5;CS6;CS7", []string{"31 bcm/yr phase 3"}}}},
	{id: "TAP", source: "xebersaati-2017-10-19", name: "Trans Adriatic Pipeline", medium: "gas", friction: "colebrook", links: "gasp-tr-tanap-ipsala-it-melendugno",
		points:   profileOf("TAP", map[string]string{"0": "tr-tanap-ipsala", "878": "it-melendugno"}),
		sections: [][4]string{{"TAP-48", "48 in onshore", "0", "765"}, {"TAP-36", "36 in offshore", "765", "878"}},
		stations: [][5]string{{"Kipoi", "", "compressor", "0", "tr-tanap-ipsala"}, {"Serres", "", "compressor", "270", ""}, {"Bilisht", "", "compressor", "560", ""}, {"Fier", "", "compressor", "765", ""}},
		steps: []stepOf{
			{"initial", "two stations", "2020", "in service", "", "Kipoi;Fier", []string{"10 bcm/yr initial"}},
			{"expanded", "two more stations", "", "agreed", "", "Kipoi;Serres;Bilisht;Fier", []string{"20 bcm/yr expanded"}}}},
	{id: "IGDIR-NAKHCHIVAN", source: "newsaz-2025-03-02", name: "Iğdır-Nakhchivan", medium: "gas", friction: "colebrook", links: "gasp-trigd-az-sadarak",
		points:   [][4]string{{"IN-0", "Iğdır", "0", "TRIGD"}, {"IN-80", "Sadarak", "80", ""}, {"IN-97", "Sadarak grid", "97.5", "az-sadarak"}},
		sections: [][4]string{{"IN-16", "16 in", "0", "97.5"}},
		steps:    []stepOf{{"first", "as agreed", "2025", "agreed", "", "", []string{"0.73 bcm/yr total"}}}},
}

// profilePoints are the places of the facts' profiles, in their order: their km is also their
// id. They are repeated here for their names only.
func profileOf(line string, nodes map[string]string) [][4]string {
	var out [][4]string
	for _, p := range profilePlaces[line] {
		km, name, _ := strings.Cut(p, " ")
		out = append(out, [4]string{line + "-" + km, name, km, nodes[km]})
	}
	return out
}

var profilePlaces = map[string][]string{
	"BTC":   {"0 Sangachal", "219 PSA2", "330 Ganja", "443 AZ-GE border", "520 Tetritsqaro", "565 Tsalka", "640 Kodiana pass", "692 GE-TR border", "760 highest point", "923 PT2", "1050 watershed west of Erzurum", "1181 PT3", "1434 PT4", "1560 last ridge", "1650 pressure reduction", "1768 Ceyhan"},
	"SCP":   {"0 Sangachal", "219 Yevlakh", "443 AZ-GE border", "450 CSG1", "562 Tsalka", "640 Kodiana pass", "692 GE-TR border"},
	"TANAP": {"0 GE-TR border", "120 highest point", "280 Erzurum", "450 Erzincan", "689 Sivas", "1000 Ankara south", "1359 Eskisehir", "1640 Sea of Marmara", "1850 Ipsala"},
	"TAP":   {"0 Kipoi", "360 Thessaloniki plain", "560 Kastoria", "765 Fier", "878 Melendugno"},
}

// lineFacts says which row of the facts is which assumption: attribute and start of its section,
// with the element and quantity that it is of.
var lineFacts = []struct{ line, attribute, section, element, quantity string }{
	{"BTC", "outside_diameter_mm", "AZ and", "BTC-42-AZ", "outside_diameter_mm"},
	{"BTC", "outside_diameter_mm", "AZ and", "BTC-42-TR", "outside_diameter_mm"},
	{"BTC", "outside_diameter_mm", "GE", "BTC-46-GE", "outside_diameter_mm"},
	{"BTC", "outside_diameter_mm", "last downhill", "BTC-34-TR", "outside_diameter_mm"},
	{"BTC", "design_pressure", "total", "", "design_bar"},
	{"BTC", "discharge_pressure", "each", "", "discharge_bar"},
	{"BTC", "suction_pressure", "each", "", "suction_bar"},
	{"BTC", "suction_pressure", "each", "", "inlet_bar"},
	{"BTC", "delivery_pressure", "Ceyhan", "", "delivery_bar"},
	{"BTC", "kinematic_viscosity_10C", "", "", "viscosity_10c_cst"},
	{"BTC", "kinematic_viscosity_20C", "", "", "viscosity_20c_cst"},
	{"BTC", "kinematic_viscosity_40C", "", "", "viscosity_40c_cst"},
	{"BTC", "density_15C", "", "", "density_15c_kg_per_m3"},
	{"BTC", "drag_reduction", "", "drag-reducer", "drag_reduction"},
	{"WREP", "outside_diameter_mm", "total", "WREP-530", "outside_diameter_mm"},
	{"SCP", "outside_diameter_mm", "SCP", "SCP-42", "outside_diameter_mm"},
	{"SCP", "outside_diameter_mm", "SCPX loop", "SCPX-48", "outside_diameter_mm"},
	{"SCP", "design_pressure", "SCP", "", "design_bar"},
	{"SCP", "inlet_pressure", "Sangachal", "", "inlet_bar"},
	{"SCP", "delivery_pressure", "GE-TR", "", "delivery_bar"},
	{"SCP", "gas_relative_density", "total", "", "relative_density"},
	{"SCP", "gross_calorific_value", "total", "", "heating_value_mj_per_m3"},
	{"TANAP", "outside_diameter_mm", "east", "TANAP-56", "outside_diameter_mm"},
	{"TANAP", "outside_diameter_mm", "west", "TANAP-48", "outside_diameter_mm"},
	{"TANAP", "outside_diameter_mm", "west", "TANAP-48W", "outside_diameter_mm"},
	{"TANAP", "outside_diameter_mm", "Sea", "TANAP-36", "outside_diameter_mm"},
	{"TANAP", "wall_thickness", "56 in", "TANAP-56", "wall_mm"},
	{"TANAP", "design_pressure", "total", "", "design_bar"},
	{"TANAP", "delivery_pressure", "Ipsala", "", "delivery_bar"},
	{"TANAP", "suction_pressure", "CS1", "", "inlet_bar"},
	{"TANAP", "suction_pressure", "CS5", "", "suction_bar"},
	{"TANAP", "discharge_pressure", "CS5", "", "discharge_bar"},
	{"TANAP", "station_power", "CS5", "", "power_mw"},
	{"TANAP", "gas_relative_density", "total", "", "relative_density"},
	{"TANAP", "gross_calorific_value", "total", "", "heating_value_mj_per_m3"},
	{"TAP", "outside_diameter_mm", "onshore", "TAP-48", "outside_diameter_mm"},
	{"TAP", "outside_diameter_mm", "offshore", "TAP-36", "outside_diameter_mm"},
	{"TAP", "design_pressure", "onshore", "TAP-48", "design_bar"},
	{"TAP", "design_pressure", "offshore", "TAP-36", "design_bar"},
	{"TAP", "suction_pressure", "Kipoi", "", "inlet_bar"},
	{"TAP", "delivery_pressure", "Melendugno", "", "delivery_bar"},
	{"TAP", "discharge_pressure", "Fier", "Fier", "discharge_bar"},
	{"TAP", "station_power", "Kipoi", "", "power_mw"},
	{"TAP", "gas_relative_density", "total", "", "relative_density"},
	{"TAP", "gross_calorific_value", "total", "", "heating_value_mj_per_m3"},
	{"IGDIR-NAKHCHIVAN", "outside_diameter_mm", "TR", "IN-16", "outside_diameter_mm"},
}

// lineAdded are numbers that the facts do not have: line, element, quantity, value, low, high,
// unit, source, note. Walls follow Barlow's formula where nothing else is known:
// design pressure x diameter / (2 x yield strength x design factor), with steel X70 (485 MPa;
// WREP X52, 358 MPa) and 0.72, and from 0.9 of it to a factor of 0.5.
var lineAdded = [][9]string{
	{"BTC", "", "wall_mm", "15.3", "8.7", "23.8", "mm", "recalled", "range of the facts; the value by Barlow's formula at 100 bar, 42 in, X70, 0.72"},
	{"BTC", "PSG1", "discharge_bar", "127", "112", "148", "bar", "derived", "the profile alone lifts the oil by 106 bar up to Tsalka (1270 m x 848 kg/m3), more than the 90 bar recalled for each station: the lift and a fifth for friction; 1.06 to 1.4 of the lift"},
	{"BTC", "BTC-46-GE", "design_bar", "133", "118", "155", "bar", "derived", "PSG1 discharge_bar and 5 per cent"},
	{"BTC", "BTC-46-GE", "wall_mm", "22.2", "15", "23.8", "mm", "derived", "Barlow's formula at 133 bar, X70, 0.72, within the range of the facts"},
	{"BTC", "", "roughness_mm", "0.045", "0.01", "0.06", "mm", "recalled", "commercial steel 0.045; coated lines down to 0.01"},
	{"BTC", "", "temperature_k", "289", "283", "298", "K", "recalled", "mean of the oil, warmer than the ground for the first hundreds of km"},
	{"BTC", "", "efficiency", "0.8", "0.75", "0.85", "share", "recalled", "of pumps at full flow"},
	{"BTC", "", "peak_bar", "2", "1", "5", "bar", "recalled", "absolute; kept above the vapour pressure of stabilised crude at every height"},
	{"BTC", "PRS1", "reduced_bar", "30", "15", "50", "bar", "recalled", "behind the pressure reduction above Ceyhan"},
	{"BTC", "", "fuel_usd_per_mwh", "25", "15", "40", "USD/MWh", "recalled", "heat of gas or crude burnt"},
	{"BTC", "", "tariff_usd_per_t", "24", "15", "40", "USD/t", "recalled", "order of 3 USD a barrel over the whole line"},

	{"WREP", "", "wall_mm", "9.5", "8", "12", "mm", "recalled", "by Barlow's formula at 55 bar, X52, 0.72: 5.7 mm; older and refurbished pipe is thicker"},
	{"WREP", "", "roughness_mm", "0.08", "0.045", "0.2", "mm", "recalled", "older steel"},
	{"WREP", "", "design_bar", "55", "45", "64", "bar", "recalled", "order of magnitude; refurbished line of the 1980s"},
	{"WREP", "", "discharge_bar", "50", "40", "60", "bar", "recalled", "order of magnitude, below the design pressure"},
	{"WREP", "", "suction_bar", "4", "2", "8", "bar", "recalled", ""},
	{"WREP", "", "inlet_bar", "4", "2", "8", "bar", "recalled", ""},
	{"WREP", "", "delivery_bar", "4", "2", "8", "bar", "recalled", ""},
	{"WREP", "", "power_mw", "3", "1.5", "6", "MW", "recalled", "order of magnitude; six stations"},
	{"WREP", "", "efficiency", "0.78", "0.7", "0.84", "share", "recalled", ""},
	{"WREP", "", "peak_bar", "2", "1", "5", "bar", "recalled", "absolute"},
	{"WREP", "", "temperature_k", "287", "281", "296", "K", "recalled", "mean of the oil"},
	{"WREP", "", "density_15c_kg_per_m3", "848", "842", "855", "kg/m3", "derived", "as BTC"},
	{"WREP", "", "viscosity_10c_cst", "14", "9", "22", "cSt", "derived", "as BTC"},
	{"WREP", "", "viscosity_20c_cst", "9", "6", "14", "cSt", "derived", "as BTC"},
	{"WREP", "", "viscosity_40c_cst", "5", "3.5", "7", "cSt", "derived", "as BTC"},
	{"WREP", "WREP-PRS1", "reduced_bar", "20", "10", "35", "bar", "recalled", ""},
	{"WREP", "WREP-PRS2", "reduced_bar", "20", "10", "35", "bar", "recalled", ""},
	{"WREP", "WREP-0", "elevation_m", "-15", "-25", "0", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-300", "elevation_m", "300", "200", "400", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-456", "elevation_m", "330", "280", "420", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-560", "elevation_m", "480", "420", "600", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-680", "elevation_m", "950", "900", "1050", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-730", "elevation_m", "180", "120", "300", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-829", "elevation_m", "10", "2", "30", "m", "recalled", "profile from memory, order of magnitude"},
	{"WREP", "WREP-PS2", "km", "152", "120", "190", "km", "derived", "stations spread alike over 456 km in Azerbaijan; only their number is known"},
	{"WREP", "WREP-PS3", "km", "304", "260", "345", "km", "derived", "as WREP-PS2"},
	{"WREP", "WREP-PS4", "km", "460", "440", "490", "km", "derived", "first in Georgia, near the border"},
	{"WREP", "WREP-PS5", "km", "545", "510", "590", "km", "derived", "spread alike up to the Surami pass"},
	{"WREP", "WREP-PS6", "km", "640", "600", "670", "km", "derived", "before the Surami pass"},

	{"SCP", "SCP-42", "wall_mm", "13.7", "12.3", "19.8", "mm", "derived", "Barlow's formula at 90 bar, X70, 0.72; high at 0.5"},
	{"SCP", "SCPX-48", "wall_mm", "15.7", "14.1", "22.6", "mm", "derived", "Barlow's formula at 90 bar, X70, 0.72; high at 0.5"},
	{"SCP", "", "roughness_mm", "0.015", "0.006", "0.03", "mm", "recalled", "internally coated 0.006 to 0.015; bare 0.03 and more"},
	{"SCP", "", "temperature_k", "288", "281", "300", "K", "recalled", "mean of the gas"},
	{"SCP", "", "heat_capacity_ratio", "1.3", "1.27", "1.35", "ratio", "recalled", "of natural gas"},
	{"SCP", "", "efficiency", "0.8", "0.75", "0.85", "share", "recalled", "isentropic, of compressors"},
	{"SCP", "SCP-443", "offtake_share", "0.06", "0.02", "0.12", "share", "derived", "to Georgia, 5 per cent of transit and purchases; AZ-GAS-EXPORT has 2.2 of 18.9 bcm of all exports by every line"},
	{"SCP", "", "fuel_usd_per_mwh", "20", "10", "35", "USD/MWh", "recalled", "heat of gas burnt"},

	{"TANAP", "TANAP-48", "wall_mm", "16.7", "15", "24", "mm", "derived", "Barlow's formula at 95.5 bar, X70, 0.72; high at 0.5"},
	{"TANAP", "TANAP-48W", "wall_mm", "16.7", "15", "24", "mm", "derived", "Barlow's formula at 95.5 bar, X70, 0.72; high at 0.5"},
	{"TANAP", "TANAP-36", "wall_mm", "22", "17", "28", "mm", "recalled", "offshore pipe is thicker than Barlow's formula asks for"},
	{"TANAP", "TANAP-36", "parallel_lines", "2", "2", "2", "count", "azernews-2021-11-tanap", "two lines"},
	{"TANAP", "", "roughness_mm", "0.01", "0.006", "0.02", "mm", "recalled", "internally coated"},
	{"TANAP", "", "temperature_k", "287", "280", "299", "K", "recalled", "mean of the gas"},
	{"TANAP", "", "heat_capacity_ratio", "1.3", "1.27", "1.35", "ratio", "recalled", "of natural gas"},
	{"TANAP", "", "efficiency", "0.82", "0.77", "0.86", "share", "recalled", "isentropic, of compressors"},
	{"TANAP", "TANAP-1359", "offtake_share", "0.36", "0.2", "0.45", "share", "derived", "to Türkiye: 6 of 16 bcm by contract, nearly all at Eskisehir"},
	{"TANAP", "CS2", "km", "230", "180", "280", "km", "derived", "spread alike between CS1 and CS5; only their number is known"},
	{"TANAP", "CS3", "km", "345", "300", "400", "km", "derived", "half way between CS1 and CS5"},
	{"TANAP", "CS4", "km", "460", "410", "520", "km", "derived", "as CS2"},
	{"TANAP", "CS6", "km", "1024", "950", "1100", "km", "derived", "half way between CS5 and Eskisehir"},
	{"TANAP", "", "fuel_usd_per_mwh", "20", "10", "35", "USD/MWh", "recalled", "heat of gas burnt"},

	{"TAP", "TAP-48", "wall_mm", "16.6", "14.9", "23.9", "mm", "derived", "Barlow's formula at 95 bar, X70, 0.72; high at 0.5"},
	{"TAP", "TAP-36", "wall_mm", "22", "19", "34", "mm", "recalled", "offshore pipe to 820 m of water"},
	{"TAP", "", "roughness_mm", "0.01", "0.006", "0.02", "mm", "recalled", "internally coated"},
	{"TAP", "", "temperature_k", "288", "281", "298", "K", "recalled", "mean of the gas"},
	{"TAP", "", "heat_capacity_ratio", "1.3", "1.27", "1.35", "ratio", "recalled", "of natural gas"},
	{"TAP", "", "efficiency", "0.82", "0.77", "0.86", "share", "recalled", "isentropic, of compressors"},
	{"TAP", "", "discharge_bar", "94", "90", "95", "bar", "recalled", "stations onshore, below the design pressure"},
	{"TAP", "", "suction_bar", "55", "45", "70", "bar", "recalled", "least, of stations on the way"},
	{"TAP", "Serres", "km", "270", "200", "340", "km", "derived", "spread alike; only their number is known"},
	{"TAP", "Bilisht", "km", "560", "480", "640", "km", "derived", "spread alike; only their number is known"},
	{"TAP", "", "fuel_usd_per_mwh", "20", "10", "35", "USD/MWh", "recalled", "heat of gas burnt"},

	{"IGDIR-NAKHCHIVAN", "IN-16", "wall_mm", "7.9", "6.4", "9.5", "mm", "recalled", "usual of 16 in at 75 bar"},
	{"IGDIR-NAKHCHIVAN", "", "roughness_mm", "0.02", "0.006", "0.05", "mm", "recalled", ""},
	{"IGDIR-NAKHCHIVAN", "", "design_bar", "75", "60", "80", "bar", "recalled", "usual of the Turkish grid"},
	{"IGDIR-NAKHCHIVAN", "", "inlet_bar", "45", "35", "60", "bar", "recalled", "end of the grid Erzurum - Iğdır, without a station"},
	{"IGDIR-NAKHCHIVAN", "", "delivery_bar", "35", "20", "42", "bar", "recalled", ""},
	{"IGDIR-NAKHCHIVAN", "", "temperature_k", "286", "279", "296", "K", "recalled", ""},
	{"IGDIR-NAKHCHIVAN", "", "relative_density", "0.6", "0.57", "0.65", "ratio", "derived", "as TANAP"},
	{"IGDIR-NAKHCHIVAN", "IN-0", "elevation_m", "850", "800", "900", "m", "recalled", ""},
	{"IGDIR-NAKHCHIVAN", "IN-80", "elevation_m", "800", "770", "850", "m", "recalled", ""},
	{"IGDIR-NAKHCHIVAN", "IN-97", "elevation_m", "800", "770", "850", "m", "recalled", ""},
}

var (
	lineHeader       = []string{"pipeline_id", "name", "medium", "friction", "link_ids", "source_id", "confidence", "known_on", "note"}
	pointHeader      = []string{"pipeline_id", "point_id", "name", "km", "node_id", "source_id", "confidence", "known_on", "note"}
	sectionHeader    = []string{"pipeline_id", "section_id", "name", "from_km", "to_km", "source_id", "confidence", "known_on", "note"}
	stationHeader    = []string{"pipeline_id", "station_id", "name", "kind", "km", "node_id", "source_id", "confidence", "known_on", "note"}
	stepHeader       = []string{"pipeline_id", "step_id", "name", "from_year", "status", "section_ids", "station_ids", "source_id", "confidence", "known_on", "note"}
	statedHeader     = []string{"pipeline_id", "step_id", "value", "unit", "basis", "source_id", "confidence", "known_on", "note"}
	assumptionHeader = []string{"pipeline_id", "element_id", "quantity", "value", "low", "high", "unit", "source_id", "confidence", "known_on", "note"}
)

// pipelines writes pipeline/*.csv.
func (b *builder) pipelines() error {
	var lines, points, sections, stations, steps, stated, assumptions [][]string
	for _, l := range pipelines {
		lines = append(lines, []string{l.id, l.name, l.medium, l.friction, l.links, l.source, "high", "", ""})
		for _, p := range l.points {
			points = append(points, []string{l.id, p[0], p[1], p[2], p[3], "recalled", "low", "", "km from the start as in network/link.csv"})
		}
		for _, s := range l.sections {
			sections = append(sections, []string{l.id, s[0], s[1], s[2], s[3], l.source, "medium", "", ""})
		}
		for _, s := range l.stations {
			stations = append(stations, []string{l.id, s[0], s[1], s[2], s[3], s[4], "recalled", "low", "", ""})
		}
		for _, s := range l.steps {
			steps = append(steps, []string{l.id, s.id, s.name, s.from, s.status, s.sections, s.stations, l.source, "medium", "", ""})
			for _, key := range s.stated {
				r, err := b.statedRow(l.id, s.id, key, stated)
				if err != nil {
					return err
				}
				stated = append(stated, r)
			}
		}
		rows, err := b.assumptions(l)
		if err != nil {
			return err
		}
		assumptions = append(assumptions, rows...)
	}
	for _, f := range []struct {
		name   string
		header []string
		rows   [][]string
	}{{"line", lineHeader, lines}, {"point", pointHeader, points}, {"section", sectionHeader, sections}, {"station", stationHeader, stations}, {"step", stepHeader, steps}, {"stated", statedHeader, stated}, {"assumption", assumptionHeader, assumptions}} {
		if err := b.write("pipeline/"+f.name+".csv", f.header, f.rows); err != nil {
			return err
		}
	}
	return nil
}

// statedRow finds a stated capacity among the facts.
func (b *builder) statedRow(line, step, key string, before [][]string) ([]string, error) {
	parts := strings.SplitN(key, " ", 3)
	for _, r := range b.facts["pipelines"] {
		if r["pipeline_id"] == line && r["attribute"] == "capacity" && r["value"] == parts[0] && r["unit"] == parts[1] && r["section"] == parts[2] {
			return []string{line, step, r["value"], r["unit"], r["capacity_basis"], r["source_id"], r["confidence"], r["known_on"], r["note"]}, nil
		}
	}
	return nil, fmt.Errorf("pipelines.csv has no capacity %q of %s", key, line)
}

// assumptions are the numbers of a line: from the facts, the profile, the stations and those that
// are added.
func (b *builder) assumptions(l lineOf) ([][]string, error) {
	var rows [][]string
	add := func(element, quantity string, r record) error {
		value, low, high := r["value"], r["low"], r["high"]
		if low == "" {
			low = value
		}
		if high == "" {
			high = value
		}
		if v, err := strconv.ParseFloat(value, 64); err != nil || math.IsNaN(v) {
			return fmt.Errorf("pipelines.csv: %s %s: %q is no number", l.id, r["attribute"], value)
		}
		unit := strings.ReplaceAll(r["unit"], "-", "ratio")
		rows = append(rows, []string{l.id, element, quantity, value, low, high, unit, r["source_id"], r["confidence"], r["known_on"], r["note"]})
		return nil
	}
	for _, f := range lineFacts {
		if f.line != l.id {
			continue
		}
		found := false
		for _, r := range b.facts["pipelines"] {
			if r["pipeline_id"] == l.id && r["attribute"] == f.attribute && strings.HasPrefix(r["section"], f.section) && (f.section != "SCP" || r["section"] == "SCP") {
				if err := add(f.element, f.quantity, r); err != nil {
					return nil, err
				}
				found = true
				break
			}
		}
		if !found {
			return nil, fmt.Errorf("pipelines.csv has no %s %q of %s", f.attribute, f.section, l.id)
		}
	}
	for _, p := range l.points {
		for _, r := range b.facts["pipelines"] {
			if r["pipeline_id"] == l.id && r["attribute"] == "elevation_at_km" && strings.HasPrefix(r["section"], p[2]+" km ") {
				if err := add(p[0], "elevation_m", r); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, s := range l.stations {
		for _, r := range b.facts["pipelines"] {
			if r["pipeline_id"] != l.id || r["section"] != s[0] {
				continue
			}
			quantity := map[string]string{"station_power": "power_mw", "suction_pressure": "suction_bar", "discharge_pressure": "discharge_bar"}[r["attribute"]]
			if quantity == "" || l.id == "TAP" && quantity == "suction_bar" && s[0] == "Kipoi" || has(rows, s[0], quantity) {
				continue
			}
			if err := add(s[0], quantity, r); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range lineAdded {
		if a[0] == l.id {
			rows = append(rows, []string{l.id, a[1], a[2], a[3], a[4], a[5], a[6], a[7], map[bool]string{true: "low", false: "high"}[a[7] == "recalled" || a[7] == added], "", "added: " + a[8]})
		}
	}
	return rows, nil
}

func has(rows [][]string, element, quantity string) bool {
	for _, r := range rows {
		if r[1] == element && r[2] == quantity {
			return true
		}
	}
	return false
}
