package register_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karvan/karvan/register"
)

// anyJSON draws a value as JSON may hold, with numbers as they are written.
func anyJSON(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a/b", "x[1]", "t@ru", "~0", "id", "]"}))
	leaf := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { b, _ := json.Marshal(f); return json.Number(b) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	)
	if depth == 0 {
		return leaf
	}
	inner := anyJSON(depth - 1)
	object := rapid.MapOfN(text, inner, 0, 4)
	return rapid.OneOf(leaf,
		rapid.Map(object, func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(inner, 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
			m := object.Draw(t, "element")
			m["id"] = text.Draw(t, "id")
			return m
		}), 0, 4), func(l []any) any { return l }),
	)
}

func TestFlattenAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := rapid.MapOfN(rapid.String(), anyJSON(3), 0, 5).Draw(t, "record")
		delete(record, "")
		leaves := register.Flatten(record)
		seen := map[string]bool{}
		for _, l := range leaves {
			if !register.ValidPath(l.Path) || seen[l.Path] {
				t.Fatalf("path %q is none, or twice", l.Path)
			}
			seen[l.Path] = true
		}
		back, err := register.Unflatten(leaves)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(record, back) {
			t.Fatalf("%#v\n%#v", record, back)
		}
		if d := register.Diff(record, back); len(d) > 0 {
			t.Fatal(d)
		}
	})
}

func TestPaths(t *testing.T) {
	record, err := register.Decode([]byte(`{"title":"BTK","parties":[{"id":"ady","roles":["funder"]},{"id":"a/b"}],"periods":[{"start":1}],"empty":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range register.Flatten(record.(map[string]any)) {
		got = append(got, l.Path+" = "+string(l.Value))
	}
	want := []string{`empty = {}`, `parties[ady]/roles = ["funder"]`, `parties[a~1b] = {}`, `periods = [{"start":1}]`, `title = "BTK"`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{"", "/a", "a/", "a[", "a[]", "a[x]b", "a//b", "a@", "]a"} {
		if register.ValidPath(bad) {
			t.Errorf("%q passes for a path", bad)
		}
	}
}

func statement(seq int64, path, value, source, known string) register.Statement {
	return register.Statement{Seq: seq, Subject: "s", Path: path, Value: json.RawMessage(value), Source: source, KnownOn: known, By: "test", At: "2026-01-01T00:00:00Z", State: register.Accepted}
}

func TestFoldChoosesAmongRivals(t *testing.T) {
	sources := func(id string) register.SourceFacts {
		return register.SourceFacts{Class: map[string]string{"act": "law", "paper": "press"}[id], Published: "2021-07-01"}
	}
	list := []register.Statement{
		statement(1, "title", `"Line"`, "paper", "2020-01-01"),
		statement(2, "lengthKm", `101`, "paper", "2020-01-01"),
		statement(3, "lengthKm", `105`, "act", "2020-01-01"),
		statement(4, "lengthKm", `104`, "paper", "2021-06-01"),
		statement(5, "title@ru", `"Линия"`, "paper", "2020-01-01"),
		statement(6, "title", `"Draft"`, "paper", "2022-01-01"),
	}
	list[5].State = register.Draft
	length := func(v register.View, l []register.Statement) string {
		n, _ := register.Fold("s", l, v).Values["lengthKm"].(json.Number)
		return n.String()
	}
	if got := length(register.View{Sources: sources}, list); got != "104" {
		t.Errorf("the newest was expected, got %s", got)
	}
	if got := length(register.View{Sources: sources, KnownBy: "2021-01-01"}, list); got != "105" {
		t.Errorf("of the same day the law was expected, got %s", got)
	}
	pinned := append([]register.Statement{}, list...)
	pinned[1].Pinned = true
	r := register.Fold("s", pinned, register.View{Sources: sources, Language: "ru"})
	if r.Values["lengthKm"].(json.Number) != "101" || len(r.Choices["lengthKm"].Rivals) != 2 {
		t.Errorf("the pinned one was expected, with two rivals: %v", r.Choices["lengthKm"])
	}
	if r.Known != "2021-07-01" {
		t.Errorf("the last evidence is of %s: the day of the source was expected", r.Known)
	}
	if r.Values["title"] != "Линия" || !r.Translated["title"] {
		t.Errorf("title %v", r.Values["title"])
	}
	gone := statement(7, "lengthKm", `null`, "act", "2022-01-01")
	gone.Removed = true
	if _, there := register.Fold("s", append(list, gone), register.View{}).Values["lengthKm"]; there {
		t.Error("a removed value stands")
	}
}

func TestNoValueWithoutASource(t *testing.T) {
	s := statement(1, "title", `"x"`, "", "2020-01-01")
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "no source") {
		t.Errorf("got %v", err)
	}
	for _, change := range []func(*register.Statement){
		func(s *register.Statement) { s.Path = "a[" }, func(s *register.Statement) { s.KnownOn = "" }, func(s *register.Statement) { s.Value = []byte("{") },
		func(s *register.Statement) { s.AsOf = "2020-02-30" }, func(s *register.Statement) { s.Subject = "" },
	} {
		s := statement(1, "title", `"x"`, "a", "2020-01-01")
		change(&s)
		if s.Check() == nil {
			t.Errorf("%+v passes", s)
		}
	}
}

func TestSearchFold(t *testing.T) {
	for want, list := range map[string][]string{
		"sisa":          {"Şuşa", "Susa", "Shusha", "Шуша", "ŞUŞA"},
		"agdam":         {"Ağdam", "Aghdam", "Agdam", "Агдам"},
		"gankandi":      {"Xankəndi", "Khankendi", "Ханкенди"},
		"igdir":         {"Iğdır", "Igdir", "IĞDIR", "İğdir"},
		"kalbajar":      {"Kəlbəcər", "Kalbajar"},
		"baki":          {"Bakı", "Baku", "Баку", "BAKI"},
		"karabag":       {"Qarabağ", "Karabakh", "Karabağ", "Карабах"},
		"zangilan":      {"Zəngilan", "Zangilan", "Zengilan"},
		"fizili":        {"Füzuli", "Fuzuli", "Fizuli", "Физули"},
		"jabrail":       {"Джебраил"},
		"dost akropark": {"Dost Aqropark"},
	} {
		for _, s := range list {
			if got := register.SearchFold(s); got != want {
				t.Errorf("%s became %q, not %q", s, got, want)
			}
		}
	}
	for _, same := range [][]string{{"Bakı", "Baku", "Баку"}, {"Cəbrayıl", "Jabrayil", "Джебраил"}, {"Qarabağ dəmir yolu", "Qarabag demir yolu"}, {"Naxçıvan", "Nakhchivan", "Нахчыван"}} {
		for _, s := range same[1:] {
			if a, b := register.Skeleton(same[0]), register.Skeleton(s); a != b {
				t.Errorf("%s is %q and %s is %q", same[0], a, s, b)
			}
		}
	}
}

func TestIDsAndSlugs(t *testing.T) {
	at := time.Date(2021, 12, 26, 0, 0, 0, 0, time.UTC)
	a, b := register.KeyedID(register.Project, "s", "prj-btk", at), register.KeyedID(register.Project, "s", "prj-btk", at)
	if a != b || a == register.KeyedID(register.Project, "s", "prj-btc", at) || register.KindOfID(a) != register.Project {
		t.Errorf("%s %s", a, b)
	}
	if x, y := register.NewID(register.Meeting, at), register.NewID(register.Meeting, at); x == y || register.KindOfID(x) != register.Meeting {
		t.Errorf("%s %s", x, y)
	}
	for name, want := range map[string]string{"Horadiz–Ağbənd dəmir yolu (110 km)": "horadiz-agbend-demir-yolu-110-km", "Шуша": "shusha", "!!": ""} {
		if got := register.Slug(name); got != want {
			t.Errorf("%s became %q", name, got)
		}
	}
}

func TestCheckRecord(t *testing.T) {
	record, _ := register.Decode([]byte(`{"id":"x","title":"","kind":"pact","dateSigned":"2021-13","parties":[{"country":"AZ"}],"provisions":[{"id":"1","text":"t","knd":"x"}],"odd":1}`))
	got := map[string]bool{}
	for _, p := range register.CheckRecord(register.Agreement, record.(map[string]any), func(string) bool { return false }) {
		got[p.Path] = true
	}
	for _, want := range []string{"title", "kind", "dateSigned", "parties", "provisions[1]/knd", "odd"} {
		if !got[want] {
			t.Errorf("no fault at %s: %v", want, got)
		}
	}
	if len(got) != 6 {
		t.Error(got)
	}
}

func TestTranslateIsTheFoldInALanguage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := []string{"title", "note", "a/b", "list[1]/text", "list[2]/text"}
		var list []register.Statement
		for i := range rapid.IntRange(1, 12).Draw(t, "statements") {
			path := rapid.SampledFrom(paths).Draw(t, "path") + rapid.SampledFrom([]string{"", "", "@ru", "@tr"}).Draw(t, "language")
			s := statement(int64(i+1), path, fmt.Sprintf(`"%d"`, i), rapid.SampledFrom([]string{"act", "paper"}).Draw(t, "source"), rapid.SampledFrom([]string{"2020-01-01", "2021-01-01"}).Draw(t, "known"))
			s.Removed = rapid.IntRange(0, 7).Draw(t, "removed") == 0
			list = append(list, s)
		}
		whole := register.Fold("s", list, register.View{Language: "ru"})
		part := register.Fold("s", list, register.View{})
		done := register.Translate(part.Values, list, register.View{Language: "ru"})
		if a, b := string(register.Encode(whole.Values)), string(register.Encode(part.Values)); a != b {
			t.Fatalf("fold %s\ntranslate %s", a, b)
		}
		if len(done) != len(whole.Translated) {
			t.Fatalf("%v, %v", done, whole.Translated)
		}
	})
}

func TestElementOfAPath(t *testing.T) {
	for path, want := range map[string][2]string{
		"title": {}, "budget/amount/amount": {}, "": {}, "parties[": {},
		"parties[kv-x]/roles":                    {"parties", "kv-x"},
		"karvan/notes[a~1b]/text@ru":             {"karvan/notes", "a/b"},
		"metrics[speed]/observations[2021]/unit": {"metrics/observations", "2021"},
	} {
		list, id, ok := register.Element(path)
		if list != want[0] || id != want[1] || ok != (want[1] != "") {
			t.Errorf("%s: %q %q %v", path, list, id, ok)
		}
	}
}
