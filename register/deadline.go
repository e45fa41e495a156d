package register

import "strings"

// Deadline is a day by which something of a record is due, or on which it is.
type Deadline struct {
	Date   string // a day; of a month or year its last day
	Stated string // as the source has it: a day, month or year
	Kind   string // milestone, commitment, target, meeting, interest, outcome
	ID     string // of the element, or ""
	Text   string
	Met    bool
}

// Deadlines lists the days of a record: milestones of a project, the day of a
// meeting and those of its outcomes, when a commitment or target is due, until
// when an interest holds.
func Deadlines(kind Kind, values map[string]any) []Deadline {
	var out []Deadline
	add := func(what, id, stated, text string, met bool) {
		if stated, _, _ = strings.Cut(stated, "T"); validDay(stated) {
			out = append(out, Deadline{LastDay(stated), stated, what, id, text, met})
		}
	}
	each := func(list string, do func(map[string]any)) {
		l, _ := values[list].([]any)
		for _, e := range l {
			if o, ok := e.(map[string]any); ok {
				do(o)
			}
		}
	}
	name := NameOf(kind, values)
	switch kind {
	case Project:
		each("milestones", func(m map[string]any) {
			add("milestone", Text(m, "id"), Text(m, "dueDate"), Text(m, "title"), Text(m, "status") == "met")
		})
	case Commitment:
		add("commitment", "", Text(values, "dueDate"), name, Text(values, "status") == "met")
	case Target:
		add("target", "", Text(values, "dueDate"), name, false)
	case Meeting:
		add("meeting", "", Text(values, "date"), name, true)
		each("outcomes", func(o map[string]any) {
			add("outcome", Text(o, "id"), Text(o, "dueDate"), Text(o, "text"), false)
		})
	case Interest:
		add("interest", "", Text(values, "validUntil"), name, false)
	}
	return out
}

// LastDay gives the last day of a day, month or year as sources state them; ""
// of anything else.
func LastDay(s string) string {
	if !validDay(s) {
		return ""
	}
	switch len(s) {
	case 4:
		return s + "-12-31"
	case 7:
		return lastOfMonth(s)
	}
	return s
}
