package moderation

import (
	"context"
	"errors"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
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
	sight, err := s.sightOf(ctx, s.sql(), who, id)
	if err != nil {
		return nil, err
	}
	if sight.whole == nil {
		return nil, ErrNotFound
	}
	w, a := sight.whole, sight.area
	out := &Whole{Hidden: map[string]string{}, Choices: map[string]register.Choice{}}
	var seen []register.Statement
	for _, st := range w.Statements {
		if st.State != register.Accepted && st.State != register.Published {
			continue
		}
		if !sight.may(st.Path) {
			continue
		}
		path, _, _ := strings.Cut(st.Path, "@")
		v := w.Visibility(path)
		if v != "public" {
			out.Hidden[st.Path] = v
		}
		seen = append(seen, st)
		out.Last = st.Seq
	}
	r, err := s.Register.Fold(ctx, id, seen)
	if err != nil {
		return nil, err
	}
	if len(r.Values) == 0 {
		return nil, ErrNotFound
	}
	r.Values["id"] = id
	out.Values, out.Statements, out.Choices = r.Values, seen, r.Choices
	out.Editable = s.Policy.Allows(who, policy.Create, policy.Target{Object: policy.Edit, State: "submitted", Visibility: "public", Author: who.Account, Countries: a.countries, Programmes: a.programmes}) == nil
	return out, nil
}

// sight is what somebody may see of a record.
type sight struct {
	whole   *registerdb.Whole // nil: nothing was said of it
	area    area
	allowed map[string]bool // by visibility
}

// may reports whether a path may be seen.
func (s *sight) may(path string) bool {
	path, _, _ = strings.Cut(path, "@")
	return s.whole == nil || s.allowed[s.whole.Visibility(path)]
}

// last is the place of the last statement that may be seen.
func (s *sight) last() int64 {
	var last int64
	if s.whole == nil {
		return 0
	}
	for _, st := range s.whole.Statements {
		if (st.State == register.Accepted || st.State == register.Published) && s.may(st.Path) {
			last = st.Seq
		}
	}
	return last
}

func (s *Service) sightOf(ctx context.Context, q sqldb.Queryer, who policy.Principal, id string) (*sight, error) {
	folder, err := registerdb.NewFolder(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &sight{}
	if out.whole, err = folder.Whole(ctx, id); errors.Is(err, registerdb.ErrNotFound) {
		out.whole = nil
		return out, nil
	} else if err != nil {
		return nil, err
	}
	w := out.whole
	if out.area, err = areaOf(ctx, q, id, w.Values); err != nil {
		return nil, err
	}
	organisation, author := id, ""
	if register.KindOfID(id) == register.Interest {
		organisation = register.Text(w.Values, "organisation")
		author = w.Statements[0].By
	}
	out.allowed = map[string]bool{}
	for _, v := range policy.Visibilities {
		out.allowed[v] = s.Policy.Allows(who, policy.Read, policy.Target{Object: policy.Record, State: "published", Visibility: v, Author: author, Organisation: organisation, Countries: out.area.countries, Programmes: out.area.programmes}) == nil
	}
	return out, nil
}
