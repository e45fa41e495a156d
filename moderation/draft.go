package moderation

import (
	"context"
	"fmt"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register/exchange"
)

// Bounds of a submission that people write; an import has its own.
const (
	mostChanges    = 500
	longestValue   = 20000
	mostImportRows = 100000
	longestLocator = 500
	longestTitle   = 300
	longestReport  = 5000
	publicQuota    = 5
	mostReferences = 3
)

// Draft keeps a new submission, and hands it in at once where submit is set. It is
// checked first: the error is [Faults] with all that is wrong, or a [Conflict].
func (s *Service) Draft(ctx context.Context, who policy.Principal, sub *Submission, submit bool, once Once) (*Submission, error) {
	now := s.now()
	sub.ID, sub.Author, sub.State, sub.Version = newID("s-"), who.Account, "draft", 1
	sub.Created, sub.Updated = stamp(now), stamp(now)
	sub.Trail = nil
	if sub.Object == policy.Report {
		sub.State = "submitted"
	}
	var out *Submission
	var refused error
	err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		if answer, err := once.begin(ctx, tx, who.Account); err != nil || answer != "" {
			if err == nil {
				out, err = read(ctx, tx, answer)
			}
			return err
		}
		if err := s.quota(ctx, tx, sub); err != nil {
			return err
		}
		var err error
		if refused, err = s.prepare(ctx, tx, who, policy.Create, sub); err != nil {
			return err
		}
		if err := insert(ctx, tx, sub); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, who, sub, policy.Create, "", map[string]any{"number": sub.Number, "subject": sub.Subject, "changes": len(sub.Changes)}); err != nil {
			return err
		}
		if submit && sub.Object != policy.Report {
			if refused = s.Policy.Allows(who, policy.Submit, sub.Target()); refused != nil {
				return refused
			}
			if err := s.step(ctx, tx, who, sub, policy.Submit, Decision{}); err != nil {
				return err
			}
		}
		out = sub
		return once.end(ctx, tx, who.Account, sub.ID, now)
	})
	if refused != nil {
		s.Refused(ctx, who, refused, string(sub.Object)+" of "+sub.Subject)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Answered gives what came of a request that was answered already, or nil.
func (s *Service) Answered(ctx context.Context, who policy.Principal, once Once) (*Submission, error) {
	if once.Key == "" {
		return nil, nil
	}
	id, err := once.begin(ctx, s.sql(), who.Account)
	if err != nil || id == "" {
		return nil, err
	}
	return s.Get(ctx, who, id)
}

// Change puts another content in the place of that of a draft, or of what was returned, and
// hands it in at once where submit is set.
func (s *Service) Change(ctx context.Context, who policy.Principal, id string, version int64, to Submission, submit bool, once Once) (*Submission, error) {
	var out *Submission
	var refused error
	err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		if answer, err := once.begin(ctx, tx, who.Account); err != nil || answer != "" {
			if err == nil {
				out, err = read(ctx, tx, answer)
			}
			return err
		}
		sub, err := read(ctx, tx, id)
		if err != nil {
			return err
		}
		if s.Policy.Allows(who, policy.Read, sub.Target()) != nil {
			refused = &policy.Refusal{Who: who, Action: policy.Change, Target: sub.Target(), Why: "it may not be read"}
			return ErrNotFound
		}
		if version != sub.Version {
			return fmt.Errorf("%w: it has version %d, not %d", ErrVersion, sub.Version, version)
		}
		if refused = s.Policy.Allows(who, policy.Change, sub.Target()); refused != nil {
			return refused
		}
		if to.Object != sub.Object {
			return Faults{{Path: "object", Message: fmt.Sprintf("it is an %s: change it as one", sub.Object)}}
		}
		trail, confirmed, mail := sub.Trail, sub.MailConfirmed, contactMail(sub)
		sub.Body, sub.Title, sub.Subject = to.Body, to.Title, to.Subject
		sub.Organisation = to.Organisation
		if to.Visibility != "" {
			sub.Visibility = to.Visibility
		}
		sub.Trail, sub.MailConfirmed = trail, confirmed && mail == contactMail(sub)
		if refused, err = s.prepare(ctx, tx, who, policy.Change, sub); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, who, sub, policy.Change, "", map[string]any{"changes": len(sub.Changes)}); err != nil {
			return err
		}
		if submit {
			if refused = s.Policy.Allows(who, policy.Submit, sub.Target()); refused != nil {
				return refused
			}
			if err := s.step(ctx, tx, who, sub, policy.Submit, Decision{}); err != nil {
				return err
			}
		}
		out = sub
		return once.end(ctx, tx, who.Account, sub.ID, s.now())
	})
	if refused != nil {
		s.Refused(ctx, who, refused, id)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// quota keeps an account from handing in without end.
func (s *Service) quota(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	if s.Quota == 0 {
		return nil
	}
	most := s.Quota
	if sub.Author == "" {
		most *= publicQuota // of all who are not signed in together
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM submission WHERE author = ? AND created_at > ?", sub.Author, stamp(s.now().AddDate(0, 0, -1))).Scan(&n); err != nil {
		return err
	}
	if n >= most {
		return ErrQuota
	}
	return nil
}

// prepare checks a submission, in an order that tells nobody more than they may read: its
// form, then whether the policy allows it, then the records as they would be, and last
// what others have said meanwhile. A refusal of the policy is told apart.
func (s *Service) prepare(ctx context.Context, tx *sqldb.Tx, who policy.Principal, action policy.Action, sub *Submission) (refused, err error) {
	if err := s.form(ctx, tx, sub); err != nil {
		return nil, err
	}
	var after []exchange.Record
	if sub.Object != policy.Report {
		if after, err = s.weigh(ctx, tx, who, sub); err != nil {
			return nil, err
		}
	}
	if err := s.Policy.Allows(who, action, sub.Target()); err != nil {
		return err, err
	}
	if sub.Object == policy.Report {
		return nil, nil
	}
	if err := s.conflicts(ctx, tx, who, sub, true); err != nil {
		return nil, err
	}
	return nil, s.sound(ctx, tx, sub, after)
}
