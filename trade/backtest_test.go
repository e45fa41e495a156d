package trade_test

import (
	"encoding/json"
	"testing"

	"github.com/karvan/karvan/trade"
)

func TestBacktestOnTheSharedSeries(t *testing.T) {
	list, err := trade.SeriesOf(frame(t, shared(t, "reference", "trade", "forecast", "monthly.csv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := trade.RunBacktest(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.MarshalIndent(b, "", " ")
	t.Logf("%s", text)
}
