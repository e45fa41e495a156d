package server_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/karvan/karvan/server"
)

// The page of trade tells the outlook as known on the base date in every language; each
// point of its charts leads to a source that is there, and each figure stands in the
// tables below.
func TestTradePage(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for language, want := range map[string]string{"en": "4.12 bn USD", "az": "4,12 mlrd USD", "tr": "4,12 milyar USD", "ru": "4,12 млрд USD"} {
		n := parse(t, s.page("/"+language+"/trade"))
		text := textOf(n)
		if !strings.Contains(text, strings.ReplaceAll(want, " ", " ")) && !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
			t.Errorf("%s: there is no %s in %.2000s", language, want, text)
		}
		points := 0
		for _, a := range elements(n, "a") {
			if class := attr(a, "class"); strings.HasPrefix(class, "told") || class == "aim" {
				points++
				s.page(attr(a, "href"))
				if attr(a, "aria-label") == "" {
					t.Errorf("%s: a point has no name", language)
				}
			}
		}
		if points < 15 {
			t.Errorf("%s: %d points", language, points)
		}
	}
	// What became known later is marked, and the outlook does not see it.
	en := textOf(parse(t, s.page("/en/trade")))
	for _, want := range []string{"2021, known later", "0.9 %", "90.8 %", "Türkiye, whose figure is surer", "geometric mean of both"} {
		if !strings.Contains(strings.ReplaceAll(en, "\u00a0", " "), want) {
			t.Errorf("there is no %q", want)
		}
	}
	later := textOf(parse(t, s.page("/en/trade?asOf=2024-12-31")))
	if strings.Contains(later, "known later") || !strings.Contains(later, "5.84") {
		t.Error("by the end of 2024 everything was known")
	}
}

func TestTradePageOfOtherQuestions(t *testing.T) {
	t.Parallel()
	s := openRegister(t, runs)
	for path, status := range map[string]int{"/en/trade?pair=GE-TR&flow=import": 200, "/en/trade?pair=AZ-WORLD": 200, "/en/trade?pair=ZZ-YY": 404, "/en/trade?pair=AZ": 200, "/en/trade?flow=sideways": 404,
		"/en/trade?asOf=yesterday": 400, "/api/trade?reporter=ZZ": 404, "/api/trade?flow=sideways": 400, "/api/trade?asOf=soon": 422, "/api/trade?x=1": 400, "/api/trade.csv?x=1": 422, "/api/trade.csv?reporter=ZZ": 404, "/api/trade.csv": 200} {
		if r := s.plain("GET", path, nil); r.status != status {
			t.Errorf("%s: %d, want %d", path, r.status, status)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(string(s.plain("GET", "/api/trade.csv?asOf=2021-12-26", nil).body))).ReadAll()
	if err != nil || len(rows) < 20 || len(rows[0]) != 13 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	// A study without trade has no such page, and no word of it in the navigation.
	none := openRegister(t, runs, func(o *server.Options) { o.Study = nil })
	if r := none.plain("GET", "/en/trade", nil); r.status != 404 {
		t.Errorf("without trade: %d", r.status)
	}
	if strings.Contains(none.page("/en"), "/en/trade") {
		t.Error("the navigation leads to a page that is not there")
	}
}
