package exchange_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
)

// What a table writes it reads again, formulas' quotes and all; columns that are not
// there are left alone.
func TestTableComesBack(t *testing.T) {
	id := register.KeyedID(register.Organisation, "s", "k", time.Unix(0, 0))
	for _, separator := range []rune{',', ';'} {
		rec := exchange.Record{ID: id, Kind: register.Organisation, Revision: 7, Values: map[string]any{"name": "=1+1", "country": "AZ", "services": []any{"energy", "supply"}, "description": "a \"b\"; c,\nd"}}
		var b bytes.Buffer
		w, err := exchange.NewTable(&b, exchange.Columns(register.Organisation), separator)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(rec); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, columns, faults, err := exchange.ReadTable(&b, register.Organisation)
		if err != nil || len(faults) > 0 || len(got) != 1 {
			t.Fatal(got, faults, err)
		}
		if !reflect.DeepEqual(got[0].Values, rec.Values) || got[0].ID != id || got[0].Revision != 7 || len(columns) < 5 {
			t.Errorf("%+v %v", got[0], columns)
		}
	}
}

func TestTableFaultsAreAllTold(t *testing.T) {
	text := "id,revision,title,investor,host,period,valueUSD\n,x,A,TR,AZ,2020,many\nkv-project-1,,B,TR,AZ,2020,1\n,1,too few\n"
	records, _, faults, err := exchange.ReadTable(strings.NewReader(text), register.Investment)
	if err != nil || len(faults) != 4 || !strings.Contains(faults[1].Cell, "row 2, column 7") {
		t.Errorf("%v %+v %v", records, faults, err)
	}
	if _, _, faults, _ = exchange.ReadTable(strings.NewReader("id,colour\n"), register.Investment); len(faults) != 1 || !strings.Contains(faults[0].Message, "valueUSD") {
		t.Errorf("%+v", faults)
	}
	got, _, faults, err := exchange.ReadTable(strings.NewReader("id;valueUSD;title\n;1.5e3;x\n"), register.Investment)
	if err != nil || len(faults) != 0 || got[0].Values["valueUSD"] != json.Number("1.5e3") {
		t.Error(got, faults, err)
	}
}
