package moderation

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/store/audit"
	"github.com/karvan/karvan/store/registerdb"
)

// Service decides and records. Its methods may be called at the same time.
type Service struct {
	Register *registerdb.DB
	Accounts *accounts.DB
	Policy   policy.Policy
	// Quota is how many submissions an account may hand in within a day, and reports an
	// address; 0 is no limit.
	Quota int
	// ConfirmMail keeps an interest back until its contact's mail address is confirmed.
	ConfirmMail bool
	// Base is the address of the site, for links in mail.
	Base string
	Now  func() time.Time
}

func (s *Service) sql() *sqldb.DB { return s.Register.SQL() }

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (s *Service) today() string { return s.now().UTC().Format(time.DateOnly) }

func newID(prefix string) string {
	var b [10]byte
	rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

// Once names a request that may be sent again: the same key and content give the same
// answer, and nothing is done twice.
type Once struct {
	Key    string
	Digest string // of the content
}

// begin looks whether a request was answered already, and with what.
func (o Once) begin(ctx context.Context, q sqldb.Queryer, account string) (answer string, err error) {
	if o.Key == "" {
		return "", nil
	}
	var digest string
	err = q.QueryRowContext(ctx, "SELECT digest, body FROM idempotency WHERE account_id = ? AND key = ?", account, o.Key).Scan(&digest, &answer)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case digest != o.Digest:
		return "", ErrKeyReused
	}
	return answer, nil
}

// onceLimit is how long answers of requests are kept.
const onceLimit = 48 * time.Hour

func (o Once) end(ctx context.Context, tx *sqldb.Tx, account, answer string, at time.Time) error {
	if o.Key == "" {
		return nil
	}
	if err := tx.Exec(ctx, "DELETE FROM idempotency WHERE at < ?", stamp(at.Add(-onceLimit))); err != nil {
		return err
	}
	return tx.Exec(ctx, "INSERT INTO idempotency (account_id, key, digest, status, body, at) VALUES (?, ?, ?, 200, ?, ?)", account, o.Key, o.Digest, answer, stamp(at))
}

// Refused notes an attempt that the policy refused, of somebody who is signed in, in the
// audit log; of others the server's log tells.
func (s *Service) Refused(ctx context.Context, who policy.Principal, refusal error, object string) {
	slog.WarnContext(ctx, "refused", "account", who.Account, "object", object, "why", refusal.Error())
	if who.Account == "" {
		return
	}
	ctx = context.WithoutCancel(ctx) // who hangs up at once is noted too
	err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		return audit.Append(ctx, tx, s.now(), who.Account, "refused", object, map[string]string{"why": refusal.Error()})
	})
	if err != nil {
		slog.ErrorContext(ctx, "a refusal could not be noted", "error", err)
	}
}

// allow asks the policy, and notes a refusal.
func (s *Service) allow(ctx context.Context, who policy.Principal, action policy.Action, sub *Submission) error {
	err := s.Policy.Allows(who, action, sub.Target())
	if err != nil {
		s.Refused(ctx, who, err, sub.ID)
	}
	return err
}

// Get gives a submission that somebody may read. One that may not be read is not there.
func (s *Service) Get(ctx context.Context, who policy.Principal, id string) (*Submission, error) {
	sub, err := read(ctx, s.sql(), id)
	if err != nil {
		return nil, err
	}
	if err := s.allow(ctx, who, policy.Read, sub); err != nil {
		return nil, ErrNotFound
	}
	return sub, nil
}

// Filter chooses submissions. Empty fields choose nothing out.
type Filter struct {
	States  []string
	Object  policy.Object
	Subject string
	Mine    bool // of the account or its organisations
}

// mostListed bounds a list.
const mostListed = 500

// List lists the submissions that somebody may read, the last changed first, without what
// they propose.
func (s *Service) List(ctx context.Context, who policy.Principal, f Filter) ([]*Submission, error) {
	if who.Account == "" {
		return []*Submission{}, nil
	}
	where, args := []string{"1 = 1"}, []any{}
	add := func(term string, values ...any) {
		where = append(where, term)
		args = append(args, values...)
	}
	if len(f.States) > 0 {
		add("state IN (?"+strings.Repeat(", ?", len(f.States)-1)+")", anys(f.States)...)
	}
	if f.Object != "" {
		add("object = ?", string(f.Object))
	}
	if f.Subject != "" {
		add("subject = ?", f.Subject)
	}
	if f.Mine {
		term, values := "author = ?", []any{who.Account}
		for _, o := range who.Organisations() {
			term += " OR organisation = ?"
			values = append(values, o)
		}
		add("("+term+")", values...)
	}
	if !who.Has(policy.Editor) && !who.Has(policy.Publisher) && !who.Has(policy.Auditor) && !f.Mine {
		f.Mine = true
		return s.List(ctx, who, f)
	}
	rows, err := s.sql().QueryContext(ctx, "SELECT "+strings.Replace(columns, ", body", ", '{}'", 1)+" FROM submission WHERE "+strings.Join(where, " AND ")+" ORDER BY updated_at DESC, number DESC", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []*Submission{}
	for rows.Next() && len(out) < mostListed {
		sub, err := scan(rows)
		if err != nil {
			return nil, err
		}
		if s.Policy.Allows(who, policy.Read, sub.Target()) == nil {
			out = append(out, sub)
		}
	}
	return out, rows.Err()
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// Decision is what goes with a step.
type Decision struct {
	Reason      string // needed to return something
	VisibleFrom string // with publish: a day before which it is not public
	// Seen, with publish, is the last statement that was read, as a [Conflict] told it: what
	// was said until then and its author may not read is published over.
	Seen int64
	// Organisation, with accept of an interest: the account speaks for it from now on;
	// NewOrganisation makes a record of what the company says of itself.
	Organisation string
}

// NewOrganisation stands for an organisation that the register does not have yet.
const NewOrganisation = "new"

// Act brings a submission a step on. Version is the one that was read.
func (s *Service) Act(ctx context.Context, who policy.Principal, id string, version int64, action policy.Action, d Decision, once Once) (*Submission, error) {
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
			refused = &policy.Refusal{Who: who, Action: action, Target: sub.Target(), Why: "it may not be read"}
			return ErrNotFound
		}
		if version != sub.Version {
			return fmt.Errorf("%w: it has version %d, not %d", ErrVersion, sub.Version, version)
		}
		if err := s.Policy.Allows(who, action, sub.Target()); err != nil {
			refused = err
			return err
		}
		if err := s.step(ctx, tx, who, sub, action, d); err != nil {
			return err
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

// next is the state to which each action leads.
var next = map[policy.Action]string{policy.Submit: "submitted", policy.Accept: "accepted", policy.Return: "returned", policy.Publish: "published", policy.Withdraw: "withdrawn"}

// step does what the policy has allowed.
func (s *Service) step(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission, action policy.Action, d Decision) error {
	reason, visibleFrom := d.Reason, d.VisibleFrom
	state, ok := next[action]
	if !ok {
		return fmt.Errorf("there is no step %q", action)
	}
	if action == policy.Return && strings.TrimSpace(reason) == "" {
		return Faults{{Path: "reason", Message: "is missing: whoever handed it in has to know what to change"}}
	}
	if len(reason) > 2000 {
		return Faults{{Path: "reason", Message: "is longer than 2000 letters"}}
	}
	before := sub.State
	switch action {
	case policy.Submit:
		if s.ConfirmMail && sub.Object == policy.Interest && !sub.MailConfirmed {
			if err := s.askConfirmation(ctx, tx, sub); err != nil {
				return err
			}
			state = before
		}
	case policy.Return:
		sub.unvouch()
	case policy.Accept:
		if err := s.vouch(ctx, tx, who, sub, d.Organisation); err != nil {
			return err
		}
	case policy.Publish:
		if visibleFrom != "" {
			if !register.IsDay(visibleFrom) {
				return Faults{{Path: "visible_from", Message: fmt.Sprintf("%q is no day (YYYY-MM-DD)", visibleFrom)}}
			}
			sub.VisibleFrom = visibleFrom
		}
		sub.seen = d.Seen
		if sub.VisibleFrom <= s.today() {
			if err := s.record(ctx, tx, who, sub); err != nil {
				return err
			}
		} else if err := s.conflicts(ctx, tx, who, sub, false); err != nil {
			return err
		}
		if err := s.letSpeak(ctx, tx, who, sub); err != nil {
			return err
		}
	case policy.Withdraw:
		if sub.recordedFrom > 0 {
			if err := registerdb.SetStateIn(ctx, tx, sub.recordedFrom, sub.recordedTo, register.Withdrawn); err != nil {
				return err
			}
			if err := markFiles(ctx, tx, sub); err != nil {
				return err
			}
		}
	}
	sub.State = state
	return s.keep(ctx, tx, who, sub, action, reason, map[string]any{"from": before, "to": state, "number": sub.Number, "visible_from": sub.VisibleFrom})
}

// keep writes a step into the trail, the submission and the log.
func (s *Service) keep(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission, action policy.Action, reason string, detail map[string]any) error {
	at := s.now()
	sub.Trail = append(sub.Trail, Step{At: stamp(at), By: who.Account, Action: action, Reason: reason})
	sub.Version++
	sub.Updated = stamp(at)
	if err := update(ctx, tx, sub); err != nil {
		return err
	}
	actor := who.Account
	if actor == "" {
		actor = "public"
	}
	waits := action == policy.Publish && sub.recordedFrom == 0 && len(sub.Changes) > 0 // under an embargo
	if action == policy.Publish && !waits || action == policy.Return || action == policy.Accept {
		if err := s.tell(ctx, tx, sub, action, reason); err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, at, actor, string(sub.Object)+"."+string(action), sub.ID, detail)
}

// supersede ends the submission that another one follows: what it said gives way whole.
func (s *Service) supersede(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission) error {
	old, err := read(ctx, tx, sub.Replaces)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || old.Subject != sub.Subject || old.State != "published" {
		return Faults{{Path: "replaces", Message: "the interest that it renews was renewed or withdrawn meanwhile"}}
	}
	if old.recordedFrom > 0 {
		if err := registerdb.SetStateIn(ctx, tx, old.recordedFrom, old.recordedTo, register.Superseded); err != nil {
			return err
		}
	}
	old.State = "superseded"
	old.Trail = append(old.Trail, Step{At: stamp(s.now()), By: who.Account, Action: policy.Publish, Reason: sub.Number})
	old.Version++
	old.Updated = stamp(s.now())
	return update(ctx, tx, old)
}

// record writes what a submission proposes into the register.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission) error {
	if len(sub.Changes) == 0 {
		return nil
	}
	if sub.Replaces != "" {
		if err := s.supersede(ctx, tx, who, sub); err != nil {
			return err
		}
	} else if err := s.conflicts(ctx, tx, who, sub, false); err != nil {
		return err
	}
	b := registerdb.Batch{}
	sources := sub.Sources
	if sub.Source != nil {
		sources = append([]register.Source{*sub.Source}, sources...)
	}
	for _, source := range sources {
		// One that came in meanwhile stays as it was told.
		known, err := registerdb.HasSource(ctx, tx, source.ID)
		if err != nil {
			return err
		}
		if !known {
			b.Sources = append(b.Sources, source)
		}
	}
	// What comes along with an interest stays when the interest is renewed or withdrawn: it
	// is recorded apart from it.
	var along registerdb.Batch
	at := stamp(s.now())
	for _, c := range sub.Changes {
		st := register.Statement{Subject: c.Subject, Path: c.Path, Value: c.Value, Removed: c.Removed, Source: sub.Said.Source, Locator: sub.Said.Locator, AsOf: sub.Said.AsOf,
			KnownOn: sub.Said.KnownOn, Confidence: sub.Said.Confidence, By: sub.Author, At: at, State: register.Published, Pinned: c.Pinned, Reason: c.Reason}
		if c.Source != "" {
			st.Source, st.Locator = c.Source, ""
		}
		if st.By == "" {
			st.By = "public"
		}
		if sub.Object == policy.Interest && c.Subject != sub.Subject {
			along.Statements = append(along.Statements, st)
			continue
		}
		b.Statements = append(b.Statements, st)
	}
	if len(along.Statements) > 0 {
		along.Sources, b.Sources = b.Sources, nil
		if err := registerdb.RecordIn(ctx, tx, along); err != nil {
			return err
		}
	}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) + 1 FROM statement").Scan(&sub.recordedFrom); err != nil {
		return err
	}
	sub.recordedTo = sub.recordedFrom + int64(len(b.Statements)) - 1
	if err := registerdb.RecordIn(ctx, tx, b); errors.Is(err, registerdb.ErrSlug) {
		return Faults{{Path: "slug", Message: "another record has this address: choose another"}}
	} else if err != nil {
		return err
	}
	return markFiles(ctx, tx, sub)
}

// conflicts tells of values that somebody else changed since a submission was made. Of
// values that its author may not see nothing is told while it is written, not even that
// they are there: whoever publishes it sees the conflict.
func (s *Service) conflicts(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission, writing bool) error {
	var subjects []string
	paths := map[string][]string{}
	for _, c := range sub.Changes {
		if paths[c.Subject] == nil {
			subjects = append(subjects, c.Subject)
		}
		paths[c.Subject] = append(paths[c.Subject], c.Path)
	}
	for _, subject := range subjects {
		if slices.Contains(sub.unseen, subject) {
			continue
		}
		c, err := conflictOf(ctx, tx, subject, paths[subject], sub.Base[subject])
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if !writing {
			if err := s.unseenBy(ctx, tx, sub, c); err != nil {
				return err
			}
			if len(c.Theirs) == 0 {
				continue
			}
		}
		// What others said is told as far as it may be read.
		sight, err := s.sightOf(ctx, tx, who, subject)
		if err != nil {
			return err
		}
		seen := c.Theirs[:0]
		for _, st := range c.Theirs {
			if sight.may(st.Path) {
				seen = append(seen, st)
			}
		}
		if len(seen) == 0 && writing {
			continue
		}
		// Its place too is told as far as it may be read: sent again with it, what was hidden
		// is a conflict still, for whoever publishes it.
		c.Theirs, c.Last = seen, max(sub.Base[subject], sight.last())
		return c
	}
	return nil
}

// unseenBy takes out of a conflict what the author may not read and whoever publishes has
// read, and notes whether the author may read any of the rest.
func (s *Service) unseenBy(ctx context.Context, tx *sqldb.Tx, sub *Submission, c *Conflict) error {
	var author policy.Principal
	if a, err := s.Accounts.Get(ctx, sub.Author); err == nil {
		author = a.Principal()
	} else if !errors.Is(err, accounts.ErrNotFound) {
		return err
	}
	sight, err := s.sightOf(ctx, tx, author, c.Subject)
	if err != nil {
		return err
	}
	c.Theirs = slices.DeleteFunc(c.Theirs, func(st register.Statement) bool { return st.Seq <= sub.seen && !sight.may(st.Path) })
	c.Unseen = !slices.ContainsFunc(c.Theirs, func(st register.Statement) bool { return sight.may(st.Path) })
	return nil
}

func conflictOf(ctx context.Context, q sqldb.Queryer, subject string, paths []string, base int64) (*Conflict, error) {
	since, last, err := registerdb.Since(ctx, q, subject, base)
	if err != nil || len(since) == 0 {
		return nil, err
	}
	c := &Conflict{Subject: subject, Last: last}
	for _, st := range since {
		if slices.Contains(paths, st.Path) {
			c.Theirs = append(c.Theirs, st)
		}
	}
	if len(c.Theirs) == 0 {
		return nil, nil
	}
	return c, nil
}

// Lift records what was published under an embargo whose day has come, and reports how
// much that was. What meanwhile contradicts a later value is returned.
func (s *Service) Lift(ctx context.Context) (int, error) {
	n := 0
	var due []string
	var failed []error
	rows, err := s.sql().QueryContext(ctx, "SELECT id FROM submission WHERE state = 'published' AND object <> 'report' AND recorded_from = 0 AND visible_from <> '' AND visible_from <= ?", s.today())
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		due = append(due, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for _, id := range due {
		err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
			sub, err := read(ctx, tx, id)
			if err != nil || sub.State != "published" || sub.recordedFrom != 0 || len(sub.Changes) == 0 {
				return err
			}
			var conflict *Conflict
			var faults Faults
			action, reason := policy.Publish, "the embargo ended"
			server := policy.Principal{Account: "server"}
			if err := s.record(ctx, tx, server, sub); errors.As(err, &conflict) || errors.As(err, &faults) {
				return errReturn{err}
			} else if err != nil {
				return err
			}
			n++
			return s.keep(ctx, tx, server, sub, action, reason, map[string]any{"visible_from": sub.VisibleFrom})
		})
		var back errReturn
		if errors.As(err, &back) {
			// In a transaction of its own: what the first one had begun is undone.
			n++
			err = s.sql().Within(ctx, func(tx *sqldb.Tx) error {
				sub, err := read(ctx, tx, id)
				if err != nil || sub.State != "published" || sub.recordedFrom != 0 {
					return err
				}
				sub.State = "returned"
				return s.keep(ctx, tx, policy.Principal{Account: "server"}, sub, policy.Return, back.Error(), map[string]any{"visible_from": sub.VisibleFrom})
			})
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", id, err)) // the others go on
		}
	}
	return n, errors.Join(failed...)
}

// errReturn is the error of a submission that cannot be recorded as it is.
type errReturn struct{ error }
