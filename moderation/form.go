package moderation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/registerdb"
)

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
	sub.Changes = leaves(sub.Changes)
	for i, c := range sub.Changes {
		sub.Changes[i].Made = false // nobody says so but the server
		at := fmt.Sprintf("changes/%d/", i)
		switch {
		case register.KindOfID(c.Subject) == "" || register.Info(string(register.KindOfID(c.Subject))) == nil:
			fault(at+"subject", "%q is no id of a record", c.Subject)
		case !register.ValidPath(c.Path):
			fault(at+"path", "%q is no path", clip(c.Path, 200))
		case c.Path == "slug" || c.Path == "karvan/slug":
			exists, err := registerdb.Exists(ctx, tx, c.Subject)
			if err != nil {
				return err
			}
			if sub.Replaces == "" && exists {
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

// leaves takes values apart that hold others: who may see each of them, and what they
// change, is told by its own path.
func leaves(changes []Proposal) []Proposal {
	out := make([]Proposal, 0, len(changes))
	for _, c := range changes {
		first := strings.TrimLeft(string(c.Value), " \t\r\n")
		if c.Removed || strings.Contains(c.Path, "@") || !strings.HasPrefix(first, "{") && !strings.HasPrefix(first, "[") || !register.ValidPath(c.Path) || !register.ValidValue(c.Value) {
			out = append(out, c)
			continue
		}
		v, err := register.Decode(c.Value)
		if err != nil {
			out = append(out, c)
			continue
		}
		for _, l := range register.FlattenAt(c.Path, v) {
			part := c
			part.Path, part.Value = l.Path, l.Value
			out = append(out, part)
		}
	}
	return out
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
	asked := []string{sub.Said.Source}
	met := map[string]bool{"": true, sub.Said.Source: true}
	for _, c := range sub.Changes {
		if !met[c.Source] {
			met[c.Source] = true
			asked = append(asked, c.Source)
		}
	}
	for _, id := range asked {
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
