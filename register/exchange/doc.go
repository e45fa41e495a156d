// Package exchange writes records of a register in the forms in which people
// take them away, and reads back those that they bring again: workbooks
// (Excel), CSV, GeoJSON, Atom and iCalendar.
//
// The law of the round trip: what [WriteBook] wrote, [ReadBook] reads, value
// for value.
package exchange

import "github.com/karvan/karvan/register"

// Record is one record as it is taken away.
type Record struct {
	ID       string
	Kind     register.Kind
	Revision int64
	Updated  string // RFC 3339
	Known    string // the last day on which a source told something
	Slug     string
	Name     string
	Address  string // of its page, or ""
	Values   map[string]any
}
