package moderation

import (
	"context"
	"slices"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

// commitments makes a commitment of each outcome of a meeting that is one and has none
// yet, so that it is followed like any other.
func (s *Service) commitments(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	bySubject := map[string][]Proposal{}
	var meetings []string
	for _, c := range sub.Changes {
		if register.KindOfID(c.Subject) == register.Meeting && strings.HasPrefix(c.Path, "outcomes[") {
			if bySubject[c.Subject] == nil {
				meetings = append(meetings, c.Subject)
			}
			bySubject[c.Subject] = append(bySubject[c.Subject], c)
		}
	}
	if len(meetings) == 0 {
		return nil
	}
	folder, err := registerdb.NewFolder(ctx, tx)
	if err != nil {
		return err
	}
	for _, meeting := range meetings {
		next, err := folder.Whole(ctx, meeting, proposed(sub, bySubject[meeting])...)
		if err != nil {
			return err
		}
		list, _ := next.Values["outcomes"].([]any)
		for _, e := range list {
			o, _ := e.(map[string]any)
			if register.Text(o, "kind") != "commitment" || register.Text(o, "commitment") != "" || register.Text(o, "text") == "" {
				continue
			}
			id := register.NewID(register.Commitment, s.now())
			add := func(path string, v any) {
				if text, ok := v.(string); ok && text == "" {
					return
				}
				sub.Changes = append(sub.Changes, Proposal{Subject: id, Path: path, Value: register.Encode(v), Made: true})
			}
			add("text", register.Text(o, "text"))
			add("meeting", meeting)
			add("obligor", register.Text(o, "owner"))
			add("dueDate", register.Text(o, "dueDate"))
			add("status", "scheduled")
			if projects, ok := next.Values["projects"].([]any); ok && len(projects) > 0 {
				add("projects", projects)
			}
			sub.Changes = append(sub.Changes, Proposal{Subject: meeting, Path: "outcomes[" + register.EscapeKey(register.Text(o, "id")) + "]/commitment", Value: register.Encode(id), Made: true})
		}
	}
	return nil
}

// Written are the changes as people wrote them: without the commitments that were made of
// a meeting's outcomes, which are made anew when it is handed in again.
func (s *Submission) Written() []Proposal {
	return slices.DeleteFunc(slices.Clone(s.Changes), func(c Proposal) bool { return c.Made })
}
