package registerdb

import (
	"context"
	"encoding/json"
	"sort"
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

// hiddenOf gives the parts of a record of which nothing is published. A record or an
// element of a list says so by its visibility, without one it is public; fields such as
// contacts are never public. A visibility that was taken away goes on: what was said
// under it stays hidden when the record, the element or its last value is removed.
func hiddenOf(subject string, list []register.Statement) []hiddenPart {
	// Of each visibility the last that was said counts, whatever day it speaks of; one that
	// was withdrawn counts where no other is left.
	last := map[string]*register.Statement{}
	live := func(s *register.Statement) bool { return s.State == register.Accepted || s.State == register.Published }
	for i := range list {
		s := &list[i]
		if s.Removed || s.Path != "visibility" && !strings.HasSuffix(s.Path, "]/visibility") {
			continue
		}
		if have := last[s.Path]; have == nil || live(s) && !live(have) || live(s) == live(have) && s.Seq > have.Seq {
			last[s.Path] = s
		}
	}
	said := func(s *register.Statement) string {
		var v string
		if json.Unmarshal(s.Value, &v) != nil || v == "public" {
			return ""
		}
		return v
	}
	if s := last["visibility"]; s != nil && said(s) != "" {
		return []hiddenPart{{"", said(s)}}
	}
	var out []hiddenPart
	for _, f := range register.PrivateFields(register.KindOfID(subject)) {
		out = append(out, hiddenPart{f.Path, f.Visibility})
	}
	paths := make([]string, 0, len(last))
	for path := range last {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		if v := said(last[path]); v != "" {
			out = append(out, hiddenPart{strings.TrimSuffix(path, "/visibility"), v})
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
