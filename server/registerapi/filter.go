package registerapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// Filter is what a list is asked for. The pages and the API take the same.
type Filter struct {
	Q            string `query:"q" maxLength:"200" doc:"Words that must be found, in any spelling: Şuşa finds Shusha"`
	Status       string `query:"status" maxLength:"60" doc:"Status, as the record has it"`
	Country      string `query:"country" pattern:"^([A-Za-z]{2}|WORLD|)$" doc:"ISO 3166-1 alpha-2; WORLD stands as an investor"`
	Sector       string `query:"sector" maxLength:"60" doc:"Sector, service, field or theme; transport finds transport.rail too"`
	From         string `query:"from" maxLength:"10" doc:"The record's own date is this day or later"`
	Until        string `query:"until" maxLength:"10" doc:"The record's own date is this day or earlier"`
	UpdatedSince string `query:"updatedSince" maxLength:"30" doc:"Changed in the register since this day or time"`
	BBox         string `query:"bbox" maxLength:"100" doc:"west,south,east,north in degrees"`
	Sort         string `query:"sort" enum:"name,date,-date,-updated" doc:"Order; a minus is downwards. None: by name"`
	Host         string `query:"host" maxLength:"60" doc:"Of investments: the country invested in"`
	AsOf         string `query:"asOf" maxLength:"10" doc:"As sources had told it by this day"`
}

// names are the query parameters of a Filter.
var names = []string{"q", "status", "country", "sector", "from", "until", "updatedSince", "bbox", "sort", "host", "asOf"}

// FilterOf reads a filter from the address of a page.
func FilterOf(v url.Values) Filter {
	return Filter{Q: v.Get("q"), Status: v.Get("status"), Country: v.Get("country"), Sector: v.Get("sector"), From: v.Get("from"), Until: v.Get("until"),
		UpdatedSince: v.Get("updatedSince"), BBox: v.Get("bbox"), Sort: v.Get("sort"), Host: v.Get("host"), AsOf: v.Get("asOf")}
}

// Values writes the filter as query parameters, without empty ones.
func (f Filter) Values() url.Values {
	out := url.Values{}
	for i, v := range []string{f.Q, f.Status, f.Country, f.Sector, f.From, f.Until, f.UpdatedSince, f.BBox, f.Sort, f.Host, f.AsOf} {
		if v != "" {
			out.Set(names[i], v)
		}
	}
	return out
}

// Query makes the question for the register. Its errors name the parameter.
func (f Filter) Query(kind register.Kind, language string) (registerdb.Query, error) {
	q := registerdb.Query{Kind: kind, Text: f.Q, Status: f.Status, Country: f.Country, Sector: f.Sector, From: f.From, Until: f.Until, UpdatedSince: f.UpdatedSince, Sort: f.Sort, Host: f.Host, KnownBy: f.AsOf, Language: language}
	var faults []error
	fault := func(name, value, expected string) {
		faults = append(faults, &huma.ErrorDetail{Location: "query." + name, Message: expected, Value: value})
	}
	for _, d := range []struct{ name, value string }{{"from", f.From}, {"until", f.Until}} {
		if d.value != "" && register.LastDay(d.value) == "" {
			fault(d.name, d.value, "a day (YYYY-MM-DD), month or year was expected")
		}
	}
	if f.AsOf != "" {
		if q.KnownBy = register.LastDay(f.AsOf); q.KnownBy == "" {
			fault("asOf", f.AsOf, "a day (YYYY-MM-DD), month or year was expected")
		}
	}
	if f.UpdatedSince != "" {
		t, err := moment(f.UpdatedSince)
		if err != nil {
			fault("updatedSince", f.UpdatedSince, "a day (YYYY-MM-DD) or a time (RFC 3339) was expected")
		}
		q.UpdatedSince = t
	}
	if f.Sort != "" && !slices.Contains([]string{"name", "date", "-date", "-updated"}, f.Sort) {
		fault("sort", f.Sort, "one of name, date, -date, -updated was expected")
	}
	if f.BBox != "" {
		box, err := boxOf(f.BBox)
		if err != nil {
			fault("bbox", f.BBox, err.Error())
		}
		q.Box = box
	}
	if len(faults) > 0 {
		return q, huma.NewError(http.StatusBadRequest, "", faults...)
	}
	return q, nil
}

// moment reads a day or a time as RFC 3339 in UTC.
func moment(s string) (string, error) {
	if register.IsDay(s) {
		return s + "T00:00:00Z", nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "", err
	}
	return t.UTC().Format(time.RFC3339), nil
}

func boxOf(s string) (*[4]float64, error) {
	expected := fmt.Errorf("west,south,east,north in degrees was expected, west and south first")
	parts := strings.Split(s, ",")
	if len(parts) != 4 {
		return nil, expected
	}
	var box [4]float64
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		limit := 180.0
		if i%2 == 1 {
			limit = 90
		}
		if err != nil || !(v >= -limit && v <= limit) {
			return nil, expected
		}
		box[i] = v
	}
	if box[0] > box[2] || box[1] > box[3] {
		return nil, expected
	}
	return &box, nil
}

func httpTime(updated string) string {
	t, err := time.Parse(time.RFC3339, updated)
	if err != nil {
		return ""
	}
	return t.UTC().Format(http.TimeFormat)
}
