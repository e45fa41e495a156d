package registerdb

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// The words of records are kept in FTS5 of SQLite, and as text search vectors of
// PostgreSQL. Both take them folded, so that they find the same; the order of what is
// found is each database's own.

// index keeps the words of a record.
func (w *writer) index(ctx context.Context, n int64, row summary) error {
	if w.tx.Dialect == sqldb.PostgreSQL {
		return w.tx.Exec(ctx, "INSERT INTO search (n, words, skeleton) VALUES (?, CAST(? AS tsvector), CAST(? AS tsvector))", n, vector(row.names, row.text), vector("", row.skeleton))
	}
	return w.tx.Exec(ctx, "INSERT INTO search (rowid, name, body, skeleton) VALUES (?, ?, ?, ?)", n, row.names, row.text, row.skeleton)
}

func (w *writer) unindex(ctx context.Context, n int64) error {
	if w.tx.Dialect == sqldb.PostgreSQL {
		return w.tx.Exec(ctx, "DELETE FROM search WHERE n = ?", n)
	}
	return w.tx.Exec(ctx, "DELETE FROM search WHERE rowid = ?", n)
}

// Bounds of a text search vector: the last position, the positions of one word, and
// the letters of one.
const (
	lastPosition  = 16383
	mostPositions = 255
	mostLetters   = 2000
)

// vector writes words as a text search vector: those of names weigh A, others D.
func vector(names, text string) string {
	positions := map[string][]string{}
	at := 0
	add := func(words, weight string) {
		for _, word := range strings.Fields(words) {
			at = min(at+1, lastPosition)
			if len(word) <= mostLetters && len(positions[word]) < mostPositions {
				positions[word] = append(positions[word], fmt.Sprint(at, weight))
			}
		}
	}
	add(names, "A")
	add(text, "")
	words := make([]string, 0, len(positions))
	for word := range positions {
		words = append(words, word)
	}
	sort.Strings(words)
	var b strings.Builder
	for _, word := range words {
		fmt.Fprintf(&b, "%s:%s ", quoted(word), strings.Join(positions[word], ","))
	}
	return b.String()
}

// quoted writes a word as it stands in a vector or a question of PostgreSQL.
func quoted(word string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(word) + "'"
}

// matchAll makes a question: every word, as a prefix.
func matchAll(d sqldb.Dialect, folded string) string {
	words := strings.Fields(folded)
	for i, w := range words {
		if d == sqldb.PostgreSQL {
			words[i] = quoted(w) + ":*"
		} else {
			words[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"*`
		}
	}
	if d == sqldb.PostgreSQL {
		return strings.Join(words, " & ")
	}
	return strings.Join(words, " AND ")
}

// matchExactly makes a question of skeletons: every word as it stands.
func matchExactly(d sqldb.Dialect, words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if d == sqldb.PostgreSQL {
			out[i] = quoted(w)
		} else {
			out[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
		}
	}
	if d == sqldb.PostgreSQL {
		return strings.Join(out, " & ")
	}
	return strings.Join(out, " AND ")
}

// found is the condition of records whose names or texts match a question. Where they are
// many SQLite is kept, by the sign, from looking each up by its number.
func found(d sqldb.Dialect, many bool) string {
	if d == sqldb.PostgreSQL {
		return "n IN (SELECT n FROM search WHERE words @@ CAST(? AS tsquery))"
	}
	sign := ""
	if many {
		sign = "+"
	}
	return sign + "n IN (SELECT rowid FROM search WHERE search MATCH ?)"
}

// ofTexts and ofSkeletons keep a question to columns of FTS5.
func ofTexts(d sqldb.Dialect, match string) string {
	if d == sqldb.PostgreSQL {
		return match
	}
	return "{name body} : (" + match + ")"
}

func ofSkeletons(d sqldb.Dialect, match string) string {
	if d == sqldb.PostgreSQL {
		return match
	}
	return "skeleton : (" + match + ")"
}

// ranked asks for the records that a question finds, the best first: ?1 the question,
// ?2 how many, ?3 a kind where one is meant.
func ranked(d sqldb.Dialect, rough bool, kind register.Kind) string {
	n, rank, match := "search.rowid", "bm25(search, 10, 1, 5)", "search MATCH ?1"
	if d == sqldb.PostgreSQL {
		column := "words"
		if rough {
			column = "skeleton"
		}
		n, rank, match = "search.n", "-ts_rank(search."+column+", CAST(?1 AS tsquery))", "search."+column+" @@ CAST(?1 AS tsquery)"
	}
	of := ""
	if kind != "" {
		of = " JOIN record k ON k.n = " + n + " AND k.kind = ?3"
	}
	return "SELECT " + prefixed("r.", itemColumns) + " FROM (SELECT " + n + " AS n, " + rank + " AS place FROM search" + of + " WHERE " + match + " ORDER BY 2, 1 LIMIT ?2) f CROSS JOIN record r WHERE r.n = f.n ORDER BY f.place, f.n"
}
