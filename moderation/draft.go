package moderation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/store/registerdb"
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

// Change puts another content in the place of that of a draft, or of what was returned.
func (s *Service) Change(ctx context.Context, who policy.Principal, id string, version int64, to Submission) (*Submission, error) {
	var out *Submission
	var refused error
	err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
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
		if to.Visibility != "" {
			sub.Visibility = to.Visibility
		}
		sub.Trail, sub.MailConfirmed = trail, confirmed && mail == contactMail(sub)
		if refused, err = s.prepare(ctx, tx, who, policy.Change, sub); err != nil {
			return err
		}
		out = sub
		return s.keep(ctx, tx, who, sub, policy.Change, "", map[string]any{"changes": len(sub.Changes)})
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
	if err := s.conflicts(ctx, tx, who, sub); err != nil {
		return nil, err
	}
	return nil, s.sound(ctx, tx, sub, after)
}

// form checks what a submission says by itself.
func (s *Service) form(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	var faults Faults
	fault := func(path, format string, args ...any) {
		faults = append(faults, register.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if sub.Object == policy.Report {
		return s.prepareReport(ctx, tx, sub)
	}
	if len(sub.Changes) == 0 {
		fault("changes", "are missing")
	}
	most := mostChanges
	if sub.Object == policy.Import {
		most = mostImportRows * 50
	}
	if len(sub.Changes) > most {
		fault("changes", "there are %d, at most %d were expected", len(sub.Changes), most)
	}
	if sub.Said.KnownOn == "" {
		sub.Said.KnownOn = s.today()
	}
	if !register.IsDay(sub.Said.KnownOn) {
		fault("said/known_on", "%q is no day (YYYY-MM-DD)", sub.Said.KnownOn)
	}
	if sub.Said.AsOf != "" && !register.IsDay(sub.Said.AsOf) {
		fault("said/as_of", "%q is no day (YYYY-MM-DD)", sub.Said.AsOf)
	}
	if len(sub.Said.Locator) > longestLocator {
		fault("said/locator", "is longer than %d letters", longestLocator)
	}
	if err := s.prepareSource(ctx, tx, sub, fault); err != nil {
		return err
	}
	odd := func(path, text string) {
		if !register.PlainText(text) {
			fault(path, "has signs that are not seen, or that turn the direction of writing")
		}
	}
	odd("said/locator", sub.Said.Locator)
	for i, c := range sub.Changes {
		at := fmt.Sprintf("changes/%d/", i)
		switch {
		case register.KindOfID(c.Subject) == "" || register.Info(string(register.KindOfID(c.Subject))) == nil:
			fault(at+"subject", "%q is no id of a record", c.Subject)
		case !register.ValidPath(c.Path):
			fault(at+"path", "%q is no path", clip(c.Path, 200))
		case c.Path == "slug" || c.Path == "karvan/slug":
			if sub.Base[c.Subject] > 0 {
				fault(at+"path", "an address stays as it is")
			}
		case !c.Removed && !register.ValidValue(c.Value):
			fault(at+"value", "JSON was expected, no deeper than 48")
		case len(c.Value) > longestValue && sub.Object != policy.Import:
			fault(at+"value", "is longer than %d letters", longestValue)
		case len(c.Path) > 1000:
			fault(at+"path", "is longer than 1000 letters")
		case !languageOf(c.Path):
			fault(at+"path", "its language is none of %v", register.Languages)
		case !register.PlainValue(c.Value):
			fault(at+"value", "has signs that are not seen, or that turn the direction of writing")
		case !register.PlainText(c.Reason):
			fault(at+"reason", "has signs that are not seen, or that turn the direction of writing")
		case c.Pinned && strings.TrimSpace(c.Reason) == "":
			fault(at+"reason", "is missing: a value is chosen among rivals for a reason")
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return s.commitments(ctx, tx, sub)
}

// languageOf reports whether a path has no language, or one of the register.
func languageOf(path string) bool {
	_, language, translated := strings.Cut(path, "@")
	return !translated || slices.Contains(register.Languages, language)
}

// prepareSource looks whether the source of a submission is known, or told whole.
func (s *Service) prepareSource(ctx context.Context, tx *sqldb.Tx, sub *Submission, fault func(string, string, ...any)) error {
	if sub.Source != nil {
		sub.Said.Source = sub.Source.ID
		for _, p := range registerdb.CheckSource(*sub.Source) {
			fault("source/"+p.Path, "%s", p.Message)
		}
	}
	if sub.Said.Source == "" {
		fault("source", "is missing: no value is kept without one")
		return nil
	}
	asked := map[string]bool{sub.Said.Source: true}
	for _, c := range sub.Changes {
		if c.Source != "" {
			asked[c.Source] = true
		}
	}
	for id := range asked {
		known, err := registerdb.HasSource(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case sub.Source != nil && id == sub.Source.ID && known:
			// Somebody else's source is not told anew by the way.
			sub.Source = nil
		case !known && (sub.Source == nil || id != sub.Source.ID):
			fault("source", "the register has no source %q: tell its title and class", id)
		}
	}
	return nil
}

// weigh folds the records as they would be, and tells how public the submission is and
// where it belongs: a record belongs where it did before and does after.
//
// A record of which the author may see nothing counts as one that there is not: what is
// hidden shows neither by being refused nor by being taken.
func (s *Service) weigh(ctx context.Context, tx *sqldb.Tx, who policy.Principal, sub *Submission) ([]exchange.Record, error) {
	var subjects []string
	bySubject := map[string][]Proposal{}
	for _, c := range sub.Changes {
		if bySubject[c.Subject] == nil {
			subjects = append(subjects, c.Subject)
		}
		bySubject[c.Subject] = append(bySubject[c.Subject], c)
	}
	if sub.Subject == "" {
		sub.Subject = subjects[0]
	}
	if sub.Base == nil {
		sub.Base = map[string]int64{}
	}
	level := 0
	raise := func(visibility string) { level = max(level, rank(visibility)) }
	raise(sub.Visibility)
	if sub.Object != policy.Interest {
		level = 0
	}
	var after []exchange.Record
	var areas []area
	folder, err := registerdb.NewFolder(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, subject := range subjects {
		if sub.Object == policy.Import && !moves(bySubject[subject]) {
			// Most rows of a long table move nothing that is looked at here.
			before, err := registerdb.BodyIn(ctx, tx, subject)
			if err != nil {
				return nil, err
			}
			if before != nil {
				own, err := areaOf(ctx, tx, subject, before)
				if err != nil {
					return nil, err
				}
				areas = append(areas, own)
				continue
			}
		}
		w, err := folder.Whole(ctx, subject)
		if err != nil && !errors.Is(err, registerdb.ErrNotFound) {
			return nil, err
		}
		fold := folder.Whole
		if w != nil && w.Visibility("") != "public" && sub.Object != policy.Interest {
			sight, err := s.sightOf(ctx, tx, who, subject)
			if err != nil {
				return nil, err
			}
			if !sight.may("") {
				w, fold = nil, folder.New
				sub.unseen = append(sub.unseen, subject)
				sub.Base[subject] = 0
			}
		}
		if w == nil {
			w = &registerdb.Whole{}
		}
		if _, given := sub.Base[subject]; !given {
			sub.Base[subject] = w.Last
		}
		next, err := fold(ctx, subject, proposed(sub, bySubject[subject])...)
		if errors.Is(err, registerdb.ErrNotFound) {
			return nil, Faults{{Path: "changes", Message: "nothing would be left of " + subject}}
		}
		if err != nil {
			return nil, err
		}
		for _, c := range bySubject[subject] {
			raise(next.Visibility(c.Path))
			if w.Record != nil {
				raise(w.Visibility(c.Path))
			}
		}
		values := next.Values
		values["id"] = subject
		after = append(after, exchange.Record{ID: subject, Kind: register.KindOfID(subject), Values: values})
		own, err := areaOf(ctx, tx, subject, values)
		if err != nil {
			return nil, err
		}
		areas = append(areas, own)
		if w.Record != nil {
			was, err := areaOf(ctx, tx, subject, w.Values)
			if err != nil {
				return nil, err
			}
			areas = append(areas, was)
		}
		if subject == sub.Subject {
			sub.Title = clip(register.NameOf(register.KindOfID(subject), values), longestTitle)
		}
	}
	sub.Visibility = []string{"public", "owner", "internal"}[level]
	if sub.Object == policy.Interest {
		areas = areas[:1] // it belongs where what it is about does
	}
	sub.Countries, sub.Programmes = common(areas)
	return after, nil
}

// sound checks the records as they would be.
func (s *Service) sound(ctx context.Context, tx *sqldb.Tx, sub *Submission, after []exchange.Record) error {
	if sub.Object != policy.Import {
		faults := exchange.Check(after, func(id string) bool { return registerdb.Exists(ctx, tx, id) })
		if len(faults) > 0 {
			var out Faults
			for _, f := range faults {
				path, message, _ := strings.Cut(f.Message, ": ")
				if len(after) > 1 {
					path = f.Cell + " " + path
				}
				out = append(out, register.Problem{Path: path, Message: message})
			}
			return out
		}
	}
	return nil
}

// moves reports whether changes may move a record to other countries or programmes, or
// in or out of sight.
func moves(changes []Proposal) bool {
	for _, c := range changes {
		at, _, _ := strings.Cut(c.Path, "@")
		first, _, _ := strings.Cut(strings.TrimPrefix(at, "karvan/"), "/")
		first, _, _ = strings.Cut(first, "[")
		switch first {
		case "country", "countries", "host", "investor", "about", "parties", "projects", "programme", "programmes", "agreement", "agreements", "meeting", "target", "visibility", "contact", "internalRemarks":
			return true
		}
		if strings.HasSuffix(at, "/visibility") {
			return true
		}
	}
	return false
}

func rank(visibility string) int {
	switch visibility {
	case "owner":
		return 1
	case "internal":
		return 2
	}
	return 0
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// proposed are the statements that changes would become.
func proposed(sub *Submission, changes []Proposal) []register.Statement {
	out := make([]register.Statement, len(changes))
	for i, c := range changes {
		out[i] = register.Statement{Seq: 1<<60 + int64(i), Subject: c.Subject, Path: c.Path, Value: c.Value, Removed: c.Removed, Source: sub.Said.Source, AsOf: sub.Said.AsOf, KnownOn: sub.Said.KnownOn,
			State: register.Published, Pinned: c.Pinned}
		if c.Source != "" {
			out[i].Source = c.Source
		}
	}
	return out
}

// area is where a record belongs.
type area struct{ countries, programmes []string }

// common are the countries and programmes that all areas share: who keeps one country
// may not import what is of another.
func common(areas []area) (countries, programmes []string) {
	share := func(of func(area) []string) []string {
		count := map[string]int{}
		for _, a := range areas {
			for _, x := range of(a) {
				count[x]++
			}
		}
		out := []string{}
		for x, n := range count {
			if n == len(areas) {
				out = append(out, x)
			}
		}
		sort.Strings(out)
		return out
	}
	return share(func(a area) []string { return a.countries }), share(func(a area) []string { return a.programmes })
}

// areaOf tells to which countries and programmes a record belongs: its own, and those
// of the records that it is about.
func areaOf(ctx context.Context, q sqldb.Queryer, subject string, values map[string]any) (area, error) {
	countries, programmes := map[string]bool{}, map[string]bool{}
	own := func(kind register.Kind, v map[string]any, about bool) {
		for _, path := range []string{"countries", "karvan/countries", "about/countries"} {
			list, _ := register.At(v, path).([]any)
			for _, e := range list {
				if c, ok := e.(string); ok {
					countries[c] = true
				}
			}
		}
		// A company's home is not what its interest is about.
		if kind != register.Interest && !about {
			for _, path := range []string{"country", "host", "investor"} {
				if c := register.Text(v, path); c != "" {
					countries[c] = true
				}
			}
		}
		if kind == register.Agreement {
			list, _ := v["parties"].([]any)
			for _, e := range list {
				o, _ := e.(map[string]any)
				if c := register.Text(o, "country"); c != "" {
					countries[c] = true
				}
			}
		}
	}
	kind := register.KindOfID(subject)
	own(kind, values, false)
	if kind == register.Programme {
		programmes[subject] = true
	}
	for _, ref := range register.References(values) {
		switch to := register.KindOfID(ref.To); to {
		case register.Programme:
			programmes[ref.To] = true
			fallthrough
		case register.Project, register.Agreement, register.Meeting:
			v, err := registerdb.BodyIn(ctx, q, ref.To)
			if err != nil {
				return area{}, err
			}
			own(to, v, true)
		}
		if register.KindOfID(ref.To) == register.Project {
			list, err := registerdb.ReferringIn(ctx, q, ref.To, register.Programme)
			if err != nil {
				return area{}, err
			}
			for _, p := range list {
				programmes[p] = true
			}
		}
	}
	if kind == register.Project {
		list, err := registerdb.ReferringIn(ctx, q, subject, register.Programme)
		if err != nil {
			return area{}, err
		}
		for _, p := range list {
			programmes[p] = true
		}
	}
	a := area{}
	for c := range countries {
		a.countries = append(a.countries, c)
	}
	for p := range programmes {
		a.programmes = append(a.programmes, p)
	}
	return a, nil
}

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
				sub.Changes = append(sub.Changes, Proposal{Subject: id, Path: path, Value: register.Encode(v)})
			}
			add("text", register.Text(o, "text"))
			add("meeting", meeting)
			add("obligor", register.Text(o, "owner"))
			add("dueDate", register.Text(o, "dueDate"))
			add("status", "scheduled")
			if projects, ok := next.Values["projects"].([]any); ok && len(projects) > 0 {
				add("projects", projects)
			}
			sub.Changes = append(sub.Changes, Proposal{Subject: meeting, Path: "outcomes[" + register.EscapeKey(register.Text(o, "id")) + "]/commitment", Value: register.Encode(id)})
		}
	}
	return nil
}

// prepareReport checks a report of an error.
func (s *Service) prepareReport(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	var faults Faults
	sub.Changes, sub.Source, sub.Replaces = nil, nil, ""
	if strings.TrimSpace(sub.Text) == "" || len(sub.Text) > longestReport {
		faults = append(faults, register.Problem{Path: "text", Message: fmt.Sprintf("a text of at most %d letters was expected", longestReport)})
	}
	if !register.PlainText(sub.Text) {
		faults = append(faults, register.Problem{Path: "text", Message: "has signs that are not seen, or that turn the direction of writing"})
	}
	if sub.Mail != "" && !soundMail(sub.Mail) {
		faults = append(faults, register.Problem{Path: "mail", Message: fmt.Sprintf("%q is no mail address", clip(sub.Mail, 100))})
	}
	v, err := registerdb.BodyIn(ctx, tx, sub.Subject)
	if err != nil {
		return err
	}
	if v == nil {
		faults = append(faults, register.Problem{Path: "subject", Message: fmt.Sprintf("there is no record %q", clip(sub.Subject, 100))})
		return faults
	}
	if len(faults) > 0 {
		return faults
	}
	a, err := areaOf(ctx, tx, sub.Subject, v)
	if err != nil {
		return err
	}
	sub.Countries, sub.Programmes = common([]area{a})
	sub.Title = clip(register.NameOf(register.KindOfID(sub.Subject), v), longestTitle)
	sub.Visibility = "owner"
	return nil
}
