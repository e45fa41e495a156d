package features

import (
	"strings"
	"time"
)

// parseDatetime reads the parameter datetime (/req/core/fc-time-definition) as
// the days of its ends, "" for an open one. Time is kept by the day, so an
// instant is the whole of its day in UTC.
func parseDatetime(s string) (from, until string, ok bool) {
	start, end, interval := strings.Cut(s, "/")
	if !interval {
		t, ok := parseInstant(s)
		return day(t), day(t), ok
	}
	openStart, openEnd := start == "" || start == "..", end == "" || end == ".."
	if openStart && openEnd {
		return "", "", false
	}
	var first, last time.Time
	if !openStart {
		if first, ok = parseInstant(start); !ok {
			return "", "", false
		}
		from = day(first)
	}
	if !openEnd {
		if last, ok = parseInstant(end); !ok {
			return "", "", false
		}
		until = day(last)
	}
	if isDate(end) { // the whole of its day
		last = last.Add(24*time.Hour - 1)
	}
	if !openStart && !openEnd && first.After(last) {
		return "", "", false
	}
	return from, until, true
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

func isDate(s string) bool { return len(s) <= len("2006-01-02T") }

// parseInstant reads an RFC 3339 date-time or full-date. GDAL 3.6 writes a date
// with a T and nothing after it; that is taken as the date.
func parseInstant(s string) (time.Time, bool) {
	s = strings.ToUpper(s)
	layout := time.RFC3339
	if isDate(s) {
		layout, s = time.DateOnly, strings.TrimSuffix(s, "T")
	} else if len(s) > 19 && s[16:19] == ":60" {
		// A leap second is on the day of the second before it.
		s = s[:16] + ":59" + s[19:]
	}
	t, err := time.Parse(layout, s)
	t = t.UTC()
	// An offset can lead out of the years that a day is written with.
	return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
}
