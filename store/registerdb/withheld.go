package registerdb

import (
	"strings"

	"github.com/karvan/karvan/register"
)

// withhold takes what is not public out of a record, and gives the paths below
// which nothing of it is published: "" is all of it. A record or an element of a
// list says so by its visibility; without one it is public.
func withhold(r *register.Record) []string {
	if v := register.Text(r.Values, "visibility"); v != "" && v != "public" {
		r.Values = map[string]any{}
		return []string{""}
	}
	var out []string
	for key, v := range r.Values {
		list, ok := v.([]any)
		if !ok {
			continue
		}
		var kept []any
		for _, e := range list {
			o, _ := e.(map[string]any)
			if v := register.Text(o, "visibility"); v != "" && v != "public" {
				out = append(out, register.EscapeKey(key)+"["+register.EscapeKey(register.Text(o, "id"))+"]")
				continue
			}
			kept = append(kept, e)
		}
		if len(kept) == len(list) {
			continue
		}
		if kept == nil {
			delete(r.Values, key)
		} else {
			r.Values[key] = kept
		}
	}
	return out
}

// without leaves statements below paths that are withheld out.
func without(list []register.Statement, hidden []string) []register.Statement {
	if len(hidden) == 0 {
		return list
	}
	var out []register.Statement
	for _, s := range list {
		keep := true
		for _, prefix := range hidden {
			keep = keep && !strings.HasPrefix(s.Path, prefix)
		}
		if keep {
			out = append(out, s)
		}
	}
	return out
}

// published is the condition of statements that everybody may read.
const published = `state IN ('accepted', 'published') AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.subject = statement.subject AND substr(statement.path, 1, length(w.prefix)) = w.prefix)`
