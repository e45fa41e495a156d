package main

import "strings"

// Points that ships pass, from memory, to two decimals at best: they are for
// drawing, the lengths are the facts'.
var (
	bosphorus   = []string{"29.17 41.30", "29.00 41.02"}
	marmara     = []string{"28.20 40.80", "26.70 40.40", "26.00 39.95"}
	aegean      = []string{"25.30 38.60", "25.00 37.20", "25.30 36.10"}
	rhodes      = []string{"27.60 35.60", "30.50 35.80"}
	ionian      = []string{"23.00 36.10", "20.50 37.20", "18.90 40.20", "16.50 42.80", "13.70 44.90"}
	suez        = []string{"32.40 31.50", "32.55 29.80", "34.30 27.30", "38.50 20.50", "42.60 13.80", "43.40 12.50"}
	indian      = []string{"51.50 12.60", "73.00 7.50", "80.50 5.40", "95.00 6.00"}
	malacca     = []string{"98.50 4.80", "101.50 2.40", "103.80 1.20", "105.50 3.50"}
	china       = []string{"110.50 10.00", "114.50 19.00", "119.50 24.00", "122.60 28.50"}
	gulf        = []string{"60.00 22.50", "57.20 25.80", "56.50 26.50"}
	gibraltar   = []string{"24.00 34.60", "15.50 35.60", "11.20 37.60", "2.00 37.00", "-5.60 35.95", "-9.60 37.00"}
	channel     = []string{"-9.80 43.50", "-5.80 48.70", "1.40 51.00"}
	blackSouth  = []string{"31.50 41.90"}
	crimeaSouth = []string{"34.00 43.70"}
)

// seaways are the ways of links whose straight line would cross land, by the
// end where they begin.
var seaways = map[string]struct {
	from string
	via  [][]string
}{
	"sea-cnshg-nlrtm":         {"CNSHG", [][]string{back(china), back(malacca), back(indian), back(suez), gibraltar, channel}},
	"sea-cnshg-trmer":         {"CNSHG", [][]string{back(china), back(malacca), back(indian), back(suez), {"33.00 34.00"}}},
	"sea-cnshg-tramr":         {"CNSHG", [][]string{back(china), back(malacca), back(indian), back(suez), {"28.50 35.20"}, back(aegean), back(marmara)}},
	"sea-cnshg-irbnd":         {"CNSHG", [][]string{back(china), back(malacca), {"95.00 6.00", "80.50 5.40", "73.00 7.50"}, gulf}},
	"sea-nlrtm-tramr":         {"NLRTM", [][]string{back(channel), back(gibraltar), back(aegean), back(marmara)}},
	"sea-nlrtm-trmer":         {"NLRTM", [][]string{back(channel), back(gibraltar), rhodes}},
	"sea-gepti-trmer":         {"GEPTI", [][]string{blackSouth, bosphorus, marmara, aegean, rhodes}},
	"sea-tramr-trmer":         {"TRAMR", [][]string{marmara, aegean, rhodes}},
	"sea-trizm-trmer":         {"TRIZM", [][]string{{"26.40 38.60", "26.10 37.90"}, rhodes}},
	"sea-tramr-trizm":         {"TRAMR", [][]string{marmara, {"26.20 38.80"}}},
	"sea-tramr-trali":         {"TRAMR", [][]string{marmara, {"26.30 39.00"}}},
	"sea-tramr-grskg":         {"TRAMR", [][]string{marmara, {"24.50 40.00"}}},
	"sea-tramr-ittrs":         {"TRAMR", [][]string{marmara, aegean, ionian}},
	"sea-trtek-ittrs":         {"TRTEK", [][]string{{"26.70 40.40", "26.00 39.95"}, aegean, ionian}},
	"sea-tr-pendik-ittrs":     {"tr-pendik", [][]string{marmara, aegean, ionian}},
	"sea-trizm-ittrs":         {"TRIZM", [][]string{{"26.40 38.60", "25.00 37.20"}, ionian}},
	"sea-trizm-grskg":         {"TRIZM", [][]string{{"26.40 38.60", "24.50 39.40"}}},
	"sea-trmer-ittrs":         {"TRMER", [][]string{back(rhodes), ionian}},
	"sea-trisk-ittrs":         {"TRISK", [][]string{{"35.60 36.40"}, back(rhodes), ionian}},
	"sea-tr-btc-ceyhan-ittrs": {"tr-btc-ceyhan", [][]string{{"35.50 36.40"}, back(rhodes), ionian}},
	"sea-trali-tr-btc-ceyhan": {"TRALI", [][]string{{"26.30 38.90", "26.10 37.90"}, rhodes, {"35.50 36.40"}}},
	"sea-tramr-trssx":         {"TRAMR", [][]string{back(bosphorusIn()), {"33.00 42.20", "35.20 42.20"}}},
	"sea-tramr-trtzx":         {"TRAMR", [][]string{back(bosphorusIn()), {"33.00 42.20", "35.20 42.20", "37.50 41.50"}}},
	"sea-tramr-rocnd":         {"TRAMR", [][]string{back(bosphorusIn()), {"29.20 42.50"}}},
	"sea-gepti-tramr":         {"GEPTI", [][]string{blackSouth, bosphorus}},
	"sea-gebus-tramr":         {"GEBUS", [][]string{blackSouth, bosphorus}},
	"sea-gepti-trtek":         {"GEPTI", [][]string{blackSouth, bosphorus, {"28.20 40.80"}}},
	"sea-runvs-trizm":         {novorossiysk, [][]string{{"31.50 42.60"}, bosphorus, marmara, {"26.20 38.80"}}},
	"sea-runvs-trmer":         {novorossiysk, [][]string{{"31.50 42.60"}, bosphorus, marmara, aegean, rhodes}},
	"sea-runvs-trisk":         {novorossiysk, [][]string{{"31.50 42.60"}, bosphorus, marmara, aegean, rhodes, {"35.60 36.40"}}},
	"sea-runvs-ittrs":         {novorossiysk, [][]string{{"31.50 42.60"}, bosphorus, marmara, aegean, ionian}},
	"sea-gepti-uaods":         {"GEPTI", [][]string{crimeaSouth}},
	"sea-gepti-uailk":         {"GEPTI", [][]string{crimeaSouth}},
	"sea-gebus-uailk":         {"GEBUS", [][]string{crimeaSouth}},
	"sea-ge-supsa-trist":      {"ge-supsa", [][]string{blackSouth, {"29.17 41.30"}}},
}

// bosphorusIn is the strait from the Black Sea, and the sea south of it.
func bosphorusIn() []string { return append(append([]string(nil), bosphorus...), "28.80 40.92") }

// back gives points in the other order.
func back(points []string) []string {
	out := make([]string, len(points))
	for i, p := range points {
		out[len(points)-1-i] = p
	}
	return out
}

// line gives the way of a link as WKT, or nothing for a straight one.
func (b *builder) line(id, from, to string) string {
	way, ok := seaways[id]
	if !ok {
		return ""
	}
	var points []string
	for _, part := range way.via {
		points = append(points, part...)
	}
	if way.from != from {
		points = back(points)
	}
	all := append([]string{strings.Join(pairOf(b.at[from]), " ")}, points...)
	all = append(all, strings.Join(pairOf(b.at[to]), " "))
	return "LINESTRING (" + strings.Join(all, ", ") + ")"
}

func pairOf(p [2]string) []string { return p[:] }
