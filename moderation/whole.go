package moderation

import (
	"context"
	"slices"
	"strings"

	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

// Whole is a record as somebody may see it.
type Whole struct {
	Values     map[string]any
	Hidden     map[string]string // paths that are not public: for whom they are
	Statements []register.Statement
	Choices    map[string]register.Choice
	Last       int64 // the place of the last statement of which the reader sees any
	// Editable tells that the reader may propose changes of it.
	Editable bool
}

// Whole gives a record with what somebody may see of it beyond what is public. It is
// not there where nothing of it may be seen.
func (s *Service) Whole(ctx context.Context, who policy.Principal, id string) (*Whole, error) {
	w, err := s.Register.Whole(ctx, id)
	if err != nil {
		return nil, ErrNotFound
	}
	all := w.Values
	a, err := areaOf(ctx, s.sql(), id, all)
	if err != nil {
		return nil, err
	}
	organisation := id
	if register.KindOfID(id) == register.Interest {
		organisation = register.Text(all, "organisation")
	}
	author := ""
	if slices.Contains([]register.Kind{register.Interest}, register.KindOfID(id)) && len(w.Statements) > 0 {
		author = w.Statements[0].By
	}
	may := func(visibility string) bool {
		return s.Policy.Allows(who, policy.Read, policy.Target{Object: policy.Record, State: "published", Visibility: visibility, Author: author, Organisation: organisation, Countries: a.countries, Programmes: a.programmes}) == nil
	}
	allowed := map[string]bool{"public": may("public"), "owner": may("owner"), "internal": may("internal")}
	out := &Whole{Hidden: map[string]string{}, Choices: map[string]register.Choice{}}
	var seen []register.Statement
	for _, st := range w.Statements {
		if st.State != register.Accepted && st.State != register.Published {
			continue
		}
		path, _, _ := strings.Cut(st.Path, "@")
		v := w.Visibility(path)
		if !allowed[v] {
			continue
		}
		if v != "public" {
			out.Hidden[st.Path] = v
		}
		seen = append(seen, st)
		out.Last = st.Seq
	}
	r := s.Register.Fold(ctx, id, seen)
	if r == nil || len(r.Values) == 0 {
		return nil, ErrNotFound
	}
	r.Values["id"] = id
	out.Values, out.Statements, out.Choices = r.Values, seen, r.Choices
	out.Editable = s.Policy.Allows(who, policy.Create, policy.Target{Object: policy.Edit, State: "submitted", Visibility: "public", Author: who.Account, Countries: a.countries, Programmes: a.programmes}) == nil
	return out, nil
}
