package exchange

import (
	"encoding/xml"
	"io"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/karvan/karvan/register"
)

// Feed describes an Atom feed or a calendar.
type Feed struct {
	ID       string // its own address
	Title    string
	Language string
	Updated  string // RFC 3339
	Author   string
}

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Updated  string   `xml:"updated"`
	Link     atomLink `xml:"link"`
	Category struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Summary string `xml:"summary,omitempty"`
}

// WriteAtom writes records as an Atom feed (RFC 4287), in the order given.
func WriteAtom(w io.Writer, f Feed, records []Record) error {
	updated := f.Updated
	if updated == "" {
		updated = "1970-01-01T00:00:00Z"
	}
	out := atomFeed{Language: f.Language, ID: f.ID, Title: f.Title, Updated: updated, Author: f.Author, Links: []atomLink{{"self", f.ID}}}
	for _, r := range records {
		e := atomEntry{ID: "urn:karvan:" + r.ID, Title: r.Name, Updated: r.Updated, Link: atomLink{"alternate", r.Address}}
		e.Category.Term = string(r.Kind)
		for _, p := range []string{"description", "note", "statusText", "status"} {
			if e.Summary = register.Text(r.Values, p); e.Summary != "" {
				break
			}
		}
		out.Entries = append(out.Entries, e)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(out)
}

// WriteCalendar writes the deadlines of records as an iCalendar (RFC 5545) of
// whole days. What a source states by month or year stands on its last day,
// with the statement in the description.
func WriteCalendar(w io.Writer, f Feed, records []Record, kindWord func(string) string) error {
	c := ics.NewCalendarFor("karvan")
	c.SetName(plainText(f.Title))
	c.SetMethod(ics.MethodPublish)
	for _, r := range records {
		stamp, err := time.Parse(time.RFC3339, r.Updated)
		if err != nil {
			stamp = time.Unix(0, 0)
		}
		for _, d := range register.Deadlines(r.Kind, r.Values) {
			day, err := time.Parse(time.DateOnly, d.Date)
			if err != nil {
				continue
			}
			e := c.AddEvent(strings.Join([]string{r.ID, d.Kind, d.ID}, "/"))
			e.SetDtStampTime(stamp.UTC())
			e.SetAllDayStartAt(day)
			e.SetAllDayEndAt(day.AddDate(0, 0, 1))
			title := r.Name
			if d.Text != "" && d.Text != r.Name {
				title += ": " + d.Text
			}
			e.SetSummary(plainText(kindWord(d.Kind) + ": " + title))
			if d.Stated != d.Date {
				e.SetDescription(d.Stated)
			}
			if r.Address != "" {
				e.SetURL(r.Address)
			}
			e.SetTimeTransparency(ics.TransparencyTransparent)
		}
	}
	return c.SerializeTo(w, ics.WithNewLineWindows)
}

// plainText leaves control characters out, which no reader of a calendar expects.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
