package registerdb

import (
	"context"
	"strings"

	"github.com/karvan/karvan/register"
)

// hiddenPart is a part of a record that is not for the public: the paths below a
// prefix ("" is all of it), and for whom it is.
type hiddenPart struct {
	prefix     string
	visibility string // owner or internal
}

// below reports whether a path is the prefix, or leads into what stands there.
func below(prefix, path string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (prefix == "" || rest == "" || strings.ContainsAny(rest[:1], "/[@"))
}

// withhold takes what is not public out of a record, and gives the parts of which
// nothing is published. A record or an element of a list says so by its visibility,
// without one it is public; fields such as contacts are never public.
func withhold(r *register.Record) []hiddenPart {
	if v := register.Text(r.Values, "visibility"); v != "" && v != "public" {
		r.Values = map[string]any{}
		return []hiddenPart{{"", v}}
	}
	var out []hiddenPart
	for _, f := range register.PrivateFields(register.KindOfID(r.Subject)) {
		if register.Remove(r.Values, f.Path) {
			out = append(out, hiddenPart{f.Path, f.Visibility})
		}
	}
	for key, v := range r.Values {
		list, ok := v.([]any)
		if !ok {
			continue
		}
		var kept []any
		for _, e := range list {
			o, _ := e.(map[string]any)
			if v := register.Text(o, "visibility"); v != "" && v != "public" {
				out = append(out, hiddenPart{register.EscapeKey(key) + "[" + register.EscapeKey(register.Text(o, "id")) + "]", v})
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

// isPublic reports whether everybody may read a statement of a record of which parts
// are hidden.
func isPublic(s *register.Statement, hidden []hiddenPart) bool {
	if s.State != register.Accepted && s.State != register.Published {
		return false
	}
	for _, h := range hidden {
		if below(h.prefix, s.Path) {
			return false
		}
	}
	return true
}

// Whole is a record with what is withheld, for those who may read it.
type Whole struct {
	*register.Record
	Statements []register.Statement
	// Last is the place of the last statement: it grows with every change.
	Last   int64
	hidden []hiddenPart
}

// Visibility tells for whom a path is: public, owner or internal.
func (w *Whole) Visibility(path string) string {
	for _, h := range w.hidden {
		if below(h.prefix, path) {
			return h.visibility
		}
	}
	return "public"
}

// Whole gives a record with what is withheld of it. Who may read what is told by
// the package policy; this tells for whom each path is.
func (db *DB) Whole(ctx context.Context, subject string) (*Whole, error) {
	f, err := NewFolder(ctx, db.sql)
	if err != nil {
		return nil, err
	}
	return f.Whole(ctx, subject)
}
