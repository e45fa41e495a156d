package trade_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/karvan/karvan/trade"
)

func export(t *testing.T, text string, rate float64) (string, []trade.Skipped, error) {
	t.Helper()
	f, err := trade.ReadFrame(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	list, skipped, err := trade.ReadExport(f, rate)
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "%s-%s %s %s %s %g\n", r.Reporter, r.Partner, r.Flow, r.Product, r.Period, r.ValueUSD)
	}
	return b.String(), skipped, err
}

// UN Comtrade as its site gives it now: sums over customs procedures and modes among
// their parts, the world, an area, re-exports, chapters.
func TestComtrade(t *testing.T) {
	got, skipped, err := export(t, `typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,reporterDesc,flowCode,flowDesc,partnerCode,partnerISO,partnerDesc,partner2Code,cmdCode,customsCode,motCode,primaryValue
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,X,Export,792,TUR,Türkiye,0,TOTAL,C00,0,250000000.5
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,X,Export,792,TUR,Türkiye,0,27,C00,0,200000000
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,X,Export,792,TUR,Türkiye,0,72,C00,0,1000
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,M,Import,792,TUR,Türkiye,0,TOTAL,C00,0,150000000
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,M,Import,792,TUR,Türkiye,0,TOTAL,C01,0,100000000
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,M,Import,792,TUR,Türkiye,0,TOTAL,C00,2100,90000000
C,M,20211001,2021,10,202110,31,AZE,Azerbaijan,RX,Re-export,792,TUR,Türkiye,0,TOTAL,C00,0,5
C,A,20210101,2021,52,2021,31,AZE,Azerbaijan,X,Export,0,W00,World,0,TOTAL,C00,0,22200000000
C,A,20210101,2021,52,2021,31,AZE,Azerbaijan,X,Export,97,EU2,European Union,0,TOTAL,C00,0,1
C,A,20210101,2021,52,2021,31,AZE,Azerbaijan,X,Export,792,TUR,Türkiye,0,TOTAL,C00,0,
`, 0)
	want := `AZ-TR export all 2021-10 2.500000005e+08
AZ-TR export energy 2021-10 2e+08
AZ-TR import all 2021-10 1.5e+08
AZ-WORLD export all 2021 2.22e+10
`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	left := 0
	for _, s := range skipped {
		left += s.Rows
		if s.First < 2 {
			t.Errorf("%+v", s)
		}
	}
	if left != 6 {
		t.Errorf("%d rows left out: %+v", left, skipped)
	}
}

func TestComtradeOfTheFormerSite(t *testing.T) {
	got, _, err := export(t, `Classification,Year,Period,Trade Flow Code,Trade Flow,Reporter Code,Reporter,Reporter ISO,Partner Code,Partner,Partner ISO,Commodity Code,Trade Value (US$)
HS,2019,2019,1,Import,268,Georgia,GEO,792,Turkey,TUR,TOTAL,1600000000
HS,2019,2019,2,Export,268,Georgia,GEO,0,World,WLD,TOTAL,3798000000
`, 0)
	if err != nil || got != "GE-TR import all 2019 1.6e+09\nGE-WORLD export all 2019 3.798e+09\n" {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestSDMX(t *testing.T) {
	// Eurostat's Comext, in euro.
	text := `DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE,OBS_FLAG
ESTAT:DS-045409(1.0),01/02/22,M,EL,AZ,TOTAL,1,VALUE_IN_EUROS,2021-10,100000,
ESTAT:DS-045409(1.0),01/02/22,M,EL,AZ,27,1,VALUE_IN_EUROS,2021-10,90000,
ESTAT:DS-045409(1.0),01/02/22,M,EL,AZ,TOTAL,1,QUANTITY_IN_100KG,2021-10,7,
ESTAT:DS-045409(1.0),01/02/22,M,EU27_2020,AZ,TOTAL,1,VALUE_IN_EUROS,2021-10,1,
ESTAT:DS-045409(1.0),01/02/22,M,EL,AZ,TOTAL,2,VALUE_IN_EUROS,2021-10,,c
`
	got, skipped, err := export(t, text, 1.16)
	if err != nil || got != "GR-AZ import all 2021-10 116000\nGR-AZ import energy 2021-10 104400\n" || len(skipped) != 3 {
		t.Errorf("%v\n%s%+v", err, got, skipped)
	}
	if _, _, err := export(t, text, 0); err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "euro") {
		t.Errorf("euro without a rate: %v", err)
	}
	// The IMF's trade by partner, in millions of dollars.
	got, _, err = export(t, `FREQ,REF_AREA,INDICATOR,COUNTERPART_AREA,UNIT_MULT,TIME_PERIOD,OBS_VALUE
A,AZ,TXG_FOB_USD,TR,6,2020,1890.5
M,AZ,TMG_CIF_USD,TR,6,2020M03,130
A,AZ,TXG_FOB_USD,W00,6,2020,13740
`, 0)
	if err != nil || got != "AZ-TR export all 2020 1.8905e+09\nAZ-TR import all 2020-03 1.3e+08\nAZ-WORLD export all 2020 1.374e+10\n" {
		t.Errorf("%v\n%s", err, got)
	}
}

// Chapter 03 of the Harmonised System is fish; section 3 of the SITC is energy. The IMF's own
// site writes months and scales in its own way.
func TestCodesOfOtherClassifications(t *testing.T) {
	for class, want := range map[string]string{"H5": "AZ-TR export energy 2020 27\n", "S4": "AZ-TR export energy 2020 3\n"} {
		got, _, err := export(t, "reporterISO,partnerISO,flowCode,cmdCode,period,primaryValue,classificationCode\nAZE,TUR,X,01,2020,1,"+class+"\nAZE,TUR,X,03,2020,3,"+class+"\nAZE,TUR,X,27,2020,27,"+class+"\n", 0)
		if err != nil || got != want {
			t.Errorf("%s: %v %q", class, err, got)
		}
	}
	got, _, err := export(t, "COUNTRY,COUNTERPART_COUNTRY,INDICATOR,SCALE,TIME_PERIOD,OBS_VALUE\nAZE,TUR,XG_FOB_USD,Millions,2021-M03,5\n", 0)
	if err != nil || got != "AZ-TR export all 2021-03 5e+06\n" {
		t.Errorf("%v %q", err, got)
	}
}

func TestExportsThatCannotBeRead(t *testing.T) {
	for name, c := range map[string][2]string{
		"another table": {"a,b\n1,2\n", "its columns are a, b"},
		"negative":      {"reporterISO,partnerISO,flowCode,primaryValue,period,cmdCode\nAZE,TUR,X,-5,2020,TOTAL\nAZE,TUR,M,-6,2020,TOTAL\n", "line 3"},
		"words":         {"reporterISO,partnerISO,flowCode,primaryValue,period,cmdCode\nAZE,TUR,X,many,2020,TOTAL\n", `"many"`},
		"no period":     {"reporterISO,partnerISO,flowCode,primaryValue\nAZE,TUR,X,5\n", "period is missing"},
		"no partner":    {"REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE\nAZ,TXG_FOB_USD,2020,5\n", "COUNTERPART_AREA is missing"},
		"no currency":   {"reporter,partner,flow,TIME_PERIOD,OBS_VALUE\nAZ,TR,1,2020,5\n", "currency"},
	} {
		if _, _, err := export(t, c[0], 0); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzExport(f *testing.F) {
	f.Add("reporterISO,partnerISO,flowCode,primaryValue,period,cmdCode\nAZE,TUR,X,5,202001,TOTAL\n")
	f.Add("reporter,partner,flow,indicators,TIME_PERIOD,OBS_VALUE\nEL,AZ,1,VALUE_IN_EUROS,2020-01,5\n")
	f.Fuzz(func(t *testing.T, text string) {
		frame, err := trade.ReadFrame(strings.NewReader(text))
		if err != nil {
			return
		}
		list, _, err := trade.ReadExport(frame, 1.1)
		for _, r := range list {
			if err == nil && (!(r.ValueUSD >= 0) || r.Reporter == "" || r.Partner == "" || r.Flow == "") {
				t.Errorf("%+v", r)
			}
		}
	})
}
