package features

import (
	"math"
	"testing"
	"time"
)

// FuzzQuery checks that whatever is not refused is within what Query promises.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"bbox=1,2,3,4&limit=5", "bbox=170,-10,0,-170,10,9&offset=3", "datetime=2020-01-01T23:59:60Z/..", "datetime=/2020-01-01T00:00:00%2B23:59",
		"n=1e300&i=%2B7&b=true&d=2020-02-29&t=2020-01-01T00:00:00Z&s=%FF", "datetime=0000-01-01T00:00:00-23:59", "%zz=;&&="} {
		f.Add(s)
	}
	info := Info{Properties: []Property{{Name: "n", Type: "number"}, {Name: "i", Type: "integer"}, {Name: "b", Type: "boolean"},
		{Name: "d", Type: "string", Format: "date"}, {Name: "t", Type: "string", Format: "date-time"}}, Filters: []string{"n", "i", "b", "d", "t", "s"}}
	f.Fuzz(func(t *testing.T, s string) {
		p := readParameters(s, append(info.Filters, ofItems...))
		q := p.query(info)
		if p.format(); len(p.faults) > 0 {
			return
		}
		if q.Limit < 1 || q.Limit > maxLimit || q.Offset < 0 || q.Offset > maxOffset {
			t.Errorf("%q: page %+v", s, q)
		}
		for _, b := range q.Boxes() {
			if !(b[0] <= b[2] && b[1] <= b[3] && math.Abs(b[0]) <= 180 && math.Abs(b[2]) <= 180 && math.Abs(b[1]) <= 90 && math.Abs(b[3]) <= 90) {
				t.Errorf("%q: box %v", s, b)
			}
		}
		for _, d := range []string{q.From, q.Until} {
			if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
				t.Errorf("%q: day %q", s, d)
			}
		}
		if q.From != "" && q.Until != "" && q.From > q.Until {
			t.Errorf("%q: %s after %s", s, q.From, q.Until)
		}
		for name, value := range q.Equal {
			again, expected := canonical(info.property(name), value)
			if again != value || expected != "" {
				t.Errorf("%q: %s=%q is not canonical: %q, %s", s, name, value, again, expected)
			}
		}
	})
}
