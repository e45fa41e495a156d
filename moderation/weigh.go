package moderation

import (
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/store/registerdb"
)

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
			sight, err := s.sightOf(ctx, tx, who, subject)
			if err != nil {
				return nil, err
			}
			sub.Base[subject] = sight.last()
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
		var failed error
		faults := exchange.Check(after, func(id string) bool {
			exists, err := registerdb.Exists(ctx, tx, id)
			failed = errors.Join(failed, err)
			return exists
		})
		if failed != nil {
			return failed
		}
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
