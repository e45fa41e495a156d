package pages

import (
	"encoding/json"
	"testing"

	"github.com/karvan/karvan/store/registerdb"
)

func TestRankChanges(t *testing.T) {
	item := func(id, investor, sector, rank string) *registerdb.Item {
		v := map[string]any{"investor": investor, "measure": "rank", "sector": sector}
		if rank != "" {
			v["rank"] = json.Number(rank)
		}
		return &registerdb.Item{ID: id, Values: v}
	}
	got := rankChanges([]string{"2021", "2020", "2018"}, map[string][]*registerdb.Item{
		"2018": {item("a", "GB", "all", "3"), item("b", "TR", "oil", "1")},
		"2020": {item("c", "TR", "all", "1"), item("d", "GB", "all", "")},
		"2021": {item("e", "GB", "all", "1"), item("f", "TR", "all", "2")},
	})
	if len(got) != 2 || got["e"] != (rankChange{2, "2018"}) || got["f"] != (rankChange{-1, "2020"}) {
		t.Errorf("%+v", got)
	}
}
