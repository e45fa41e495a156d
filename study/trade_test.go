package study_test

import "testing"

// tradeStudy gives the starter study a table of trade and an elasticity.
func tradeStudy() []edit {
	return []edit{
		put("trade/region.csv", "region_id,name,countries\nA,East,AA\nB,West,BB\n"),
		put("trade/matrix.csv", "exporter,importer,value_usd,energy_usd,tariff_share,source_id\nA,A,50,,,example\nA,B,5,1,0.1,example\nB,A,6,,,example\nB,B,60,,,example\n"),
		add("study.yaml", "trade: {response: endogenous, sigma: 5, source_id: example}"),
	}
}

const bilateral = "reporter,partner,flow,period,value_usd,source_id,known_on\n"

// tradeCorpus is what can be wrong with the files of trade/.
var tradeCorpus = []broken{
	{name: "sound", edits: tradeStudy()},
	{name: "an elasticity of one", edits: append(tradeStudy(), replace("study.yaml", "sigma: 5", "sigma: 1")), want: []want{{"study.yaml", -1, "trade.sigma", "more than 1", ""}}},
	{name: "no elasticity", edits: append(tradeStudy(), replace("study.yaml", ", sigma: 5", "")), want: []want{{"study.yaml", -1, "trade.sigma", "required", ""}}},
	{name: "a response of another kind", edits: append(tradeStudy(), replace("study.yaml", "endogenous", "sometimes")), want: []want{{"study.yaml", -1, "trade.response", "endogenous", ""}}},
	{name: "a pair that is missing", edits: append(tradeStudy(), replace("trade/matrix.csv", "B,A,6,,,example\n", "")), want: []want{{"trade/matrix.csv", 0, "importer", "B to A is missing", ""}}},
	{name: "a region without growth", edits: append(tradeStudy(), replace("trade/region.csv", "B,West,BB", "B,West,BB\nC,Rest,CC"), replaceAll("growth.csv", "*,2021,2030,0.03,example,low", "AA,2021,2030,0.03,example,low\nBB,2021,2030,0.03,example,low"),
		add("trade/matrix.csv", "A,C,1,,,example", "B,C,1,,,example", "C,A,1,,,example", "C,B,1,,,example", "C,C,9,,,example")), want: []want{{"trade/region.csv", 0, "countries", "no rate for region C", ""}}},
	{name: "a pair twice", edits: append(tradeStudy(), add("trade/matrix.csv", "B,A,7,,,example")), want: []want{{"trade/matrix.csv", 6, "importer", "first on line 4", ""}}},
	{name: "more energy than trade", edits: append(tradeStudy(), replace("trade/matrix.csv", "A,B,5,1", "A,B,5,9")), want: []want{{"trade/matrix.csv", 3, "energy_usd", "a part of the value", ""}}},
	{name: "a region that is not there", edits: append(tradeStudy(), replace("trade/matrix.csv", "A,B,5", "A,C,5")), want: []want{{"trade/matrix.csv", 3, "importer", "no region", ""}}},
	{name: "a negative value", edits: append(tradeStudy(), replace("trade/matrix.csv", "A,B,5", "A,B,-5")), want: []want{{"trade/matrix.csv", 3, "value_usd", "", ""}}},
	{name: "a region that sells nothing", edits: append(tradeStudy(), replaceAll("trade/matrix.csv", "B,A,6", "B,A,0"), replace("trade/matrix.csv", "B,B,60", "B,B,0")), want: []want{{"trade/matrix.csv", 0, "exporter", "sells or buys nothing", ""}}},
	{name: "a country in no region", edits: append(tradeStudy(), replace("trade/region.csv", "BB", "CC")), want: []want{{"trade/region.csv", 0, "countries", "zone west", ""}}},
	{name: "a country in two regions", edits: append(tradeStudy(), replace("trade/region.csv", "West,BB", "West,BB;AA")), want: []want{{"trade/region.csv", 3, "countries", "occurs twice", ""}}},
	{name: "a matrix without regions", edits: append(tradeStudy(), drop("trade/region.csv")),
		want: []want{{"trade/region.csv", 0, "", "missing", ""}, {"trade/matrix.csv", 2, "exporter", "no region", ""}, {"trade/matrix.csv", 2, "importer", "no region", ""}, {"trade/matrix.csv", 3, "exporter", "no region", ""}, {"trade/matrix.csv", 3, "importer", "no region", ""},
			{"trade/matrix.csv", 4, "exporter", "no region", ""}, {"trade/matrix.csv", 4, "importer", "no region", ""}, {"trade/matrix.csv", 5, "exporter", "no region", ""}, {"trade/matrix.csv", 5, "importer", "no region", ""}}},
	{name: "a tariff without a table", edits: []edit{put("scenario/free.yaml", "id: free\ntitle: {en: Free}\neffects:\n  - change_trade_cost: {importers: [B], set: {tariff_share: 0}}\n")},
		want: []want{{"scenario/free.yaml", 4, "change_trade_cost", "needs a table of trade", ""}, {"scenario/free.yaml", 4, "importers", "no region", ""}}},
	{name: "a tariff on nobody", edits: append(tradeStudy(), put("scenario/free.yaml", "id: free\ntitle: {en: Free}\neffects:\n  - change_trade_cost: {importers: [Z]}\n")),
		want: []want{{"scenario/free.yaml", 4, "importers", "no region", ""}, {"scenario/free.yaml", 4, "set", "is required", ""}}},

	{name: "a figure twice", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,2020,5,example,2021\nAA,BB,export,2020,6,example,2021\n")}, want: []want{{"trade/t.csv", 3, "period", "row 2 already", ""}}},
	{name: "a figure revised", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,2020,5,example,2021-02\nAA,BB,export,2020,6,example,2021-06\n")}},
	{name: "a negative figure", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,2020,-5,example,2021\n")}, want: []want{{"trade/t.csv", 2, "value_usd", "", ""}}},
	{name: "periods of other kinds", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,20,5,example,\nAA,BB,export,2020-13x,5,example,\nAA,BB,export,2020-Q1,5,example,\n")},
		want: []want{{"trade/t.csv", 2, "period", "a year (2020)", ""}, {"trade/t.csv", 3, "period", "a year (2020)", ""}}},
	{name: "partners that are none", edits: []edit{put("trade/t.csv", bilateral+"AA,Turkey,export,2020,5,example,\nAA,AA,export,2020,5,example,\nWORLD,BB,export,2020,5,example,soon\n")},
		want: []want{{"trade/t.csv", 2, "partner", "two capital letters", ""}, {"trade/t.csv", 3, "partner", "the reporter itself", ""}, {"trade/t.csv", 4, "known_on", "a date", ""}}},
	{name: "a sum that falls", edits: []edit{put("trade/t.csv", "reporter,partner,flow,period,cumulative,value_usd,source_id\nAA,BB,export,2020-05,true,500,example\nAA,BB,export,2020-06,true,450,example\n")},
		want: []want{{"trade/t.csv", 3, "value_usd", "less than that to month 5", warn}}},
	{name: "a figure in thousands", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,2017,5000000,example,\nAA,BB,export,2018,6000000,example,\nAA,BB,export,2019,6500,example,\nAA,BB,export,2020,7000000,example,\n")},
		want: []want{{"trade/t.csv", 4, "value_usd", "another unit", warn}}},
	{name: "a turnover that is no sum", edits: []edit{put("trade/t.csv", bilateral+"AA,BB,export,2020,50,example,\nAA,BB,import,2020,30,example,\nAA,BB,turnover,2020,120,example,\n")},
		want: []want{{"trade/t.csv", 4, "value_usd", "add up to 80", warn}}},
	{name: "a code that changed", edits: []edit{put("trade/t.csv", bilateral+"AA,YU,export,2001,5,example,\nAA,TP,export,2001,5,example,\nAA,TL,export,2007,5,example,\n")},
		want: []want{{"trade/t.csv", 2, "partner", "is several countries now", warn}, {"trade/t.csv", 3, "partner", "is TL now", warn}}},
	{name: "another product", edits: []edit{put("trade/t.csv", "reporter,partner,flow,product,period,value_usd,source_id\nAA,BB,export,oil,2020,5,example\n")}, want: []want{{"trade/t.csv", 2, "product", "", ""}}},
}

func TestBrokenTrade(t *testing.T) {
	for _, c := range tradeCorpus {
		t.Run(c.name, func(t *testing.T) {
			for _, d := range c.differences(t) {
				t.Error(d)
			}
		})
	}
}
