package sqldb

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Dialect is the language of a database.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	PostgreSQL
)

func (d Dialect) String() string {
	if d == PostgreSQL {
		return "PostgreSQL"
	}
	return "SQLite"
}

// bound remembers queries with their places named, since it is the same ones that
// are asked.
var bound sync.Map

// rebind names the places of a query as PostgreSQL wants them: ? and ?2 become $1
// and $2. A question mark inside quotes is left alone.
func (d Dialect) rebind(query string) string {
	if d == SQLite || !strings.Contains(query, "?") {
		return query
	}
	if known, has := bound.Load(query); has {
		return known.(string)
	}
	var b strings.Builder
	n, quoted := 0, false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c != '?' || quoted {
			b.WriteByte(c)
			continue
		}
		end := i + 1
		for end < len(query) && query[end] >= '0' && query[end] <= '9' {
			end++
		}
		b.WriteByte('$')
		if end > i+1 {
			b.WriteString(query[i+1 : end])
			i = end - 1
			continue
		}
		n++
		b.WriteString(strconv.Itoa(n))
	}
	bound.Store(query, b.String())
	return b.String()
}

// sound makes texts ones that both databases keep: valid UTF-8 without NUL. What is
// none becomes the sign for that, as when JSON is read.
func sound(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}
