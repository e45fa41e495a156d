package exchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
)

// value draws what JSON may hold, with texts that are hard on a workbook.
func value(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "=1+1", "+x", "-1", "@a", "007", "1.50", "TRUE", " lead", "trail ", "a;b", "a\nb", "a\r\nb", "\t", "_x000D_", "_x0041_", "é\ufffe", "𝄞", strings.Repeat("x", 9000), strings.Repeat("ş", 40000)}))
	number := rapid.OneOf(rapid.Map(rapid.Float64Range(-1e20, 1e20), func(f float64) any { b, _ := json.Marshal(f); return json.Number(b) }),
		rapid.Map(rapid.SampledFrom([]string{"0", "1", "-0", "1.0", "1e5", "12345678901234567890", "0.1", "1640995200"}), func(s string) any { return json.Number(s) }))
	leaf := rapid.OneOf(rapid.Map(text, func(s string) any { return s }), number, rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Just[any](nil))
	if depth == 0 {
		return leaf
	}
	key := rapid.OneOf(rapid.SampledFrom([]string{"title", "status", "budget", "amount", "parties", "roles", "milestones", "observations", "karvan", "a/b", "x[]", "y@ru", ""}), rapid.String())
	object := rapid.MapOfN(key, value(depth-1), 0, 4)
	return rapid.OneOf(leaf, rapid.Map(object, func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.SliceOfN(text, 0, 3), func(l []string) any {
			out := make([]any, len(l))
			for i, s := range l {
				out[i] = s
			}
			return out
		}),
		rapid.Map(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
			m := object.Draw(t, "element")
			m["id"] = rapid.OneOf(rapid.SampledFrom([]string{"1", "2", "3", "ady", "x/y"}), text).Draw(t, "id")
			return m
		}), 0, 4), func(l []any) any { return l }))
}

func TestBookRoundTrip(t *testing.T) {
	kinds := []register.Kind{register.Project, register.Meeting, register.Organisation, register.Target}
	rapid.Check(t, func(t *rapid.T) {
		var records []exchange.Record
		for i := range rapid.IntRange(1, 4).Draw(t, "records") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			values := rapid.MapOfN(rapid.SampledFrom([]string{"title", "status", "parties", "milestones", "metrics", "karvan", "remarks", "value", "budget", "odd/key"}), value(3), 0, 5).Draw(t, "values")
			records = append(records, exchange.Record{ID: fmt.Sprintf("kv-%s-%d", kind, i), Kind: kind, Revision: int64(i + 1), Values: values})
		}
		var b bytes.Buffer
		if err := exchange.WriteBook(&b, records, nil, nil); err != nil {
			t.Fatal(err)
		}
		back, faults, err := exchange.ReadBook(&b)
		if err != nil || len(faults) > 0 {
			t.Fatal(err, faults)
		}
		if len(back) != len(records) {
			t.Fatalf("%d records came back, of %d", len(back), len(records))
		}
		byID := map[string]exchange.Record{}
		for _, r := range back {
			byID[r.ID] = r
		}
		for _, r := range records {
			got := byID[r.ID]
			if !reflect.DeepEqual(got.Values, r.Values) || got.Revision != r.Revision || got.Kind != r.Kind {
				t.Fatalf("wrote %s\nread  %s", register.Encode(r.Values), register.Encode(got.Values))
			}
		}
	})
}

func TestBookHoldsNoFormula(t *testing.T) {
	var b bytes.Buffer
	if err := exchange.WriteBook(&b, []exchange.Record{{ID: "kv-project-1", Kind: register.Project, Values: map[string]any{"title": `=HYPERLINK("http://x","y")`}}}, nil, nil); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, _ := f.GetCellFormula("projects", "C3"); formula != "" {
		t.Errorf("the cell holds the formula %s", formula)
	}
	if v, _ := f.GetCellValue("projects", "C3"); !strings.HasPrefix(v, "=HYPERLINK") {
		t.Errorf("the cell holds %q", v)
	}
}

func TestBookFaultsNameTheCell(t *testing.T) {
	var b bytes.Buffer
	records := []exchange.Record{{ID: "kv-project-1", Kind: register.Project, Values: map[string]any{"title": "A", "parties": []any{map[string]any{"id": "p", "name": "P"}}}}}
	if err := exchange.WriteBook(&b, records, nil, nil); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.SetCellFormula("projects", "C3", "=1+1")
	f.SetCellValue("projects.parties", "A4", "kv-project-9")
	f.SetCellValue("projects.parties", "D4", "Nobody's")
	var changed bytes.Buffer
	if err := f.Write(&changed); err != nil {
		t.Fatal(err)
	}
	_, faults, err := exchange.ReadBook(&changed)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]bool{}
	for _, f := range faults {
		at[f.Sheet+" "+f.Cell] = true
	}
	if !at["projects.parties A4"] {
		t.Errorf("faults: %v", faults)
	}
}

func TestRefusesWhatIsNoBook(t *testing.T) {
	bomb := &bytes.Buffer{}
	z := zip.NewWriter(bomb)
	w, _ := z.Create("xl/worksheets/sheet1.xml")
	block := make([]byte, 1<<20)
	for range 600 {
		w.Write(block)
	}
	z.Close()
	for name, data := range map[string][]byte{"text": []byte("hello"), "empty": nil, "bomb": bomb.Bytes(), "large": make([]byte, exchange.MaxBookBytes+1)} {
		if _, _, err := exchange.ReadBook(bytes.NewReader(data)); !errors.Is(err, exchange.ErrBook) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
