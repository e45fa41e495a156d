package moderation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/accounts"
)

// Submission is something that waits for a decision, or was decided.
type Submission struct {
	ID           string        `json:"id"`
	Number       string        `json:"number" doc:"The number of its acknowledgement"`
	Object       policy.Object `json:"object" enum:"interest,edit,import,report"`
	Subject      string        `json:"subject" doc:"Id of the record, or of the first of several"`
	Title        string        `json:"title"`
	State        string        `json:"state" enum:"draft,submitted,accepted,returned,published,superseded,withdrawn"`
	Version      int64         `json:"version" doc:"Grows with every step"`
	Visibility   string        `json:"visibility" doc:"Of its least public part"`
	Author       string        `json:"author" doc:"Account; empty where somebody was not signed in"`
	Organisation string        `json:"organisation"`
	Countries    []string      `json:"countries"`
	Programmes   []string      `json:"programmes"`
	Created      string        `json:"created_at"`
	Updated      string        `json:"updated_at"`
	VisibleFrom  string        `json:"visible_from" doc:"Day from which it is public, where it is under embargo"`
	Body

	recordedFrom, recordedTo int64
	unseen                   []string // subjects of which the author may see nothing
	seen                     int64    // see [Decision.Seen]
}

// Body is what a submission proposes, and what was done with it.
type Body struct {
	Language string           `json:"language,omitempty"`
	Source   *register.Source `json:"source,omitempty" doc:"A new source"`
	Said     Said             `json:"said"`
	Changes  []Proposal       `json:"changes,omitempty"`
	// Base is the last statement of each subject that the changes were made from.
	Base     map[string]int64  `json:"base,omitempty"`
	Text     string            `json:"text,omitempty" doc:"Of a report"`
	Mail     string            `json:"mail,omitempty" doc:"Of who reports, where given"`
	Profile  *accounts.Profile `json:"profile,omitempty" doc:"Of the company, as it stood"`
	Replaces string            `json:"replaces,omitempty" doc:"The submission that this one follows"`
	// MailConfirmed is set when the link that was sent was followed.
	MailConfirmed bool `json:"mail_confirmed,omitempty"`
	// Vouched is the organisation for which the author speaks once it is published.
	Vouched    string `json:"vouched,omitempty"`
	VouchedNew bool   `json:"vouched_new,omitempty"`
	VouchedSet bool   `json:"vouched_set,omitempty"`
	// Sources are new ones beside Source.
	Sources []register.Source `json:"sources,omitempty"`
	Trail   []Step            `json:"trail"`
}

// Said tells who said what is proposed, and when.
type Said struct {
	Source     string `json:"source_id,omitempty"`
	Locator    string `json:"locator,omitempty"`
	AsOf       string `json:"as_of,omitempty"`
	KnownOn    string `json:"known_on,omitempty"`
	Confidence string `json:"confidence,omitempty"`
}

// Proposal is a value that is to stand at a path of a record.
type Proposal struct {
	Subject string          `json:"subject"`
	Path    string          `json:"path"`
	Value   json.RawMessage `json:"value,omitempty"`
	Removed bool            `json:"removed,omitempty"`
	Pinned  bool            `json:"pinned,omitempty" doc:"It is chosen among rivals; the reason is needed"`
	Reason  string          `json:"reason,omitempty"`
	Source  string          `json:"source_id,omitempty" doc:"Where it is another than that of the submission"`
	Made    bool            `json:"made,omitempty" doc:"The server made it of an outcome of a meeting"`
}

// Step is what somebody did with a submission.
type Step struct {
	At     string        `json:"at"`
	By     string        `json:"by"`
	Action policy.Action `json:"action"`
	Reason string        `json:"reason,omitempty"`
}

// Reason gives the reason of the last step that had one.
func (s *Submission) Reason() string {
	for i := len(s.Trail) - 1; i >= 0; i-- {
		if s.Trail[i].Reason != "" {
			return s.Trail[i].Reason
		}
	}
	return ""
}

// Kind is the kind of the record that a submission is about, or "".
func (s *Submission) Kind() register.Kind { return register.KindOfID(s.Subject) }

// number writes the number of an acknowledgement: K-2026-00012.
func number(year int, n int64) string { return fmt.Sprintf("K-%d-%05d", year, n) }

// Target is the submission as the policy sees it. One that is published is still read
// by its own people and those who keep its area only; the register alone is for
// everybody, and an embargo is that it is not recorded there yet.
func (s *Submission) Target() policy.Target {
	t := policy.Target{Object: s.Object, State: s.State, Visibility: s.Visibility, Author: s.Author, Organisation: s.Organisation, Countries: s.Countries, Programmes: s.Programmes}
	for _, step := range s.Trail {
		if step.Action == policy.Change {
			t.ChangedBy = append(t.ChangedBy, step.By)
		}
	}
	return t
}

const columns = "id, number, object, subject, title, state, version, visibility, author, organisation, countries, programmes, created_at, updated_at, visible_from, recorded_from, recorded_to, body"

func scan(row interface{ Scan(...any) error }) (*Submission, error) {
	var s Submission
	var n int64
	var countries, programmes, body string
	err := row.Scan(&s.ID, &n, &s.Object, &s.Subject, &s.Title, &s.State, &s.Version, &s.Visibility, &s.Author, &s.Organisation, &countries, &programmes, &s.Created, &s.Updated, &s.VisibleFrom, &s.recordedFrom, &s.recordedTo, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	year := 0
	fmt.Sscan(s.Created[:4], &year)
	s.Number = number(year, n)
	s.Countries, s.Programmes = split(countries), split(programmes)
	return &s, json.Unmarshal([]byte(body), &s.Body)
}

// split takes a list of texts between semicolons apart.
func split(s string) []string {
	out := []string{}
	for _, part := range strings.Split(s, ";") {
		if part != "" {
			out = append(out, part)
		}
	}
	return out
}

func join(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return ";" + strings.Join(list, ";") + ";"
}

func read(ctx context.Context, q sqldb.Queryer, id string) (*Submission, error) {
	return scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM submission WHERE id = ?", id))
}

// insert keeps a new submission; it gets its number here.
func insert(ctx context.Context, tx *sqldb.Tx, s *Submission) error {
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) + 1 FROM submission").Scan(&n); err != nil {
		return err
	}
	year := 0
	fmt.Sscan(s.Created[:4], &year)
	s.Number = number(year, n)
	body, err := json.Marshal(s.Body)
	if err != nil {
		return err
	}
	return tx.Exec(ctx, "INSERT INTO submission ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.ID, n, string(s.Object), s.Subject, s.Title, s.State, s.Version, s.Visibility, s.Author, s.Organisation, join(s.Countries), join(s.Programmes), s.Created, s.Updated, s.VisibleFrom, s.recordedFrom, s.recordedTo, string(body))
}

// update keeps what changed of a submission.
func update(ctx context.Context, tx *sqldb.Tx, s *Submission) error {
	body, err := json.Marshal(s.Body)
	if err != nil {
		return err
	}
	return tx.Exec(ctx, "UPDATE submission SET subject = ?, title = ?, state = ?, version = ?, visibility = ?, organisation = ?, countries = ?, programmes = ?, updated_at = ?, visible_from = ?, recorded_from = ?, recorded_to = ?, body = ? WHERE id = ?",
		s.Subject, s.Title, s.State, s.Version, s.Visibility, s.Organisation, join(s.Countries), join(s.Programmes), s.Updated, s.VisibleFrom, s.recordedFrom, s.recordedTo, string(body), s.ID)
}
