package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
)

// Since gives the statements of a subject recorded after a place, public or not, and the
// place of the last one.
func Since(ctx context.Context, q sqldb.Queryer, subject string, after int64) ([]register.Statement, int64, error) {
	list, err := readWhole(ctx, q, "WHERE subject = ? AND seq > ? AND state IN ('accepted', 'published') ORDER BY seq", subject, after)
	if err != nil {
		return nil, 0, err
	}
	out := make([]register.Statement, len(list))
	last := after
	for i := range list {
		out[i] = list[i].Statement
		last = list[i].Seq
	}
	return out, last, nil
}

// SetStateIn takes statements back within a transaction of the caller's: they stay, in
// the state withdrawn or superseded, and are public no more.
func SetStateIn(ctx context.Context, tx *sqldb.Tx, from, to int64, state register.State) error {
	list, err := readWhole(ctx, tx, "WHERE seq BETWEEN ? AND ? ORDER BY seq", from, to)
	if err != nil {
		return err
	}
	var subjects []string
	met := map[string]bool{}
	for _, s := range list {
		if !met[s.Subject] {
			met[s.Subject] = true
			subjects = append(subjects, s.Subject)
		}
	}
	if err := tx.Exec(ctx, "UPDATE statement SET state = ? WHERE seq BETWEEN ? AND ?", string(state), from, to); err != nil {
		return err
	}
	known, err := readSources(ctx, tx)
	if err != nil {
		return err
	}
	return refresh(ctx, tx, subjects, known)
}

// Folder folds records with what is withheld of them, in a transaction of the caller's.
type Folder struct {
	q     sqldb.Queryer
	known sources
}

// NewFolder reads what every fold needs.
func NewFolder(ctx context.Context, q sqldb.Queryer) (*Folder, error) {
	known, err := readSources(ctx, q)
	return &Folder{q, known}, err
}

// Whole gives a record as it would be with more statements. It is [ErrNotFound] where
// nothing is said of it.
func (f *Folder) Whole(ctx context.Context, subject string, more ...register.Statement) (*Whole, error) {
	list, err := readWhole(ctx, f.q, "WHERE subject = ? ORDER BY seq", subject)
	if err != nil {
		return nil, err
	}
	w := &Whole{}
	for _, s := range list {
		w.Statements = append(w.Statements, s.Statement)
		w.Last = s.Seq
	}
	all := append(w.Statements[:len(w.Statements):len(w.Statements)], more...)
	view := register.View{Sources: f.known.of}
	w.Record = register.Fold(subject, all, view)
	if len(w.Record.Values) == 0 {
		return nil, ErrNotFound
	}
	w.hidden = hiddenOf(subject, all)
	return w, nil
}

// New gives a record as it would be if nothing had been said of it yet.
func (f *Folder) New(_ context.Context, subject string, said ...register.Statement) (*Whole, error) {
	view := register.View{Sources: f.known.of}
	w := &Whole{Record: register.Fold(subject, said, view), hidden: hiddenOf(subject, said)}
	if len(w.Record.Values) == 0 {
		return nil, ErrNotFound
	}
	return w, nil
}

// HasSource reports whether the register has a source, public or not.
func HasSource(ctx context.Context, q sqldb.Queryer, id string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, "SELECT count(*) FROM source WHERE id = ?", id).Scan(&n)
	return n > 0, err
}

// languageForm is what names a language (BCP 47, as far as it is needed).
var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// CheckSource tells what is wrong with a new source.
func CheckSource(s register.Source) []register.Problem {
	var out []register.Problem
	fault := func(path, message string) { out = append(out, register.Problem{Path: path, Message: message}) }
	if !sourceForm.MatchString(s.ID) {
		fault("id", "Latin letters, digits, dots, hyphens and underscores were expected, at most 100")
	}
	if register.ClassWeight(s.Class) == 0 {
		fault("class", fmt.Sprintf("one of %v was expected", register.Classes))
	}
	title := ""
	for language, t := range s.Title {
		title += t
		if !languageForm.MatchString(language) {
			fault("title", "the language of a title was expected as its key, as en")
		}
	}
	if s.Language != "" && !languageForm.MatchString(s.Language) {
		fault("language", "a language was expected, as en")
	}
	texts := []struct{ path, text string }{{"publisher", s.Publisher}, {"author", s.Author}, {"place", s.Place}, {"url", s.URL}, {"language", s.Language}}
	if !register.PlainText(title) {
		fault("title", "has signs that are not seen, or that turn the direction of writing")
	}
	for _, t := range texts {
		if len(t.text) > 500 {
			fault(t.path, "is longer than 500 letters")
		}
		if !register.PlainText(t.text) {
			fault(t.path, "has signs that are not seen, or that turn the direction of writing")
		}
	}
	if strings.TrimSpace(title) == "" || len(title) > 2000 {
		fault("title", "a title was expected")
	}
	if s.Date != "" && !register.IsDayOrPart(s.Date) {
		fault("date", "a day (YYYY-MM-DD), a month or a year was expected")
	}
	if s.URL != "" && !strings.HasPrefix(s.URL, "https://") && !strings.HasPrefix(s.URL, "http://") {
		fault("url", "an address with https:// or http:// was expected")
	}
	return out
}

// Exists reports whether there is a record of an id, public or not.
func Exists(ctx context.Context, q sqldb.Queryer, id string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM statement WHERE subject = ? LIMIT 1) AS s", id).Scan(&n)
	return n > 0, err
}

// LastPublic gives the place of the last statement that is public, or 0.
func LastPublic(ctx context.Context, q sqldb.Queryer) (last int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT coalesce(max(public_seq), 0) FROM statement WHERE public_seq IS NOT NULL").Scan(&last)
	return last, err
}

// BodyIn gives the public values of a record, or nil.
func BodyIn(ctx context.Context, q sqldb.Queryer, id string) (map[string]any, error) {
	var body string
	err := q.QueryRowContext(ctx, "SELECT body FROM record WHERE id = ?", id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := register.Decode([]byte(body))
	values, _ := v.(map[string]any)
	return values, err
}

// ReferringIn lists the records of a kind that name a record.
func ReferringIn(ctx context.Context, q sqldb.Queryer, id string, kind register.Kind) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT DISTINCT r.id FROM reference ref JOIN record r ON r.id = ref.from_id WHERE ref.to_id = ? AND r.kind = ? ORDER BY r.id", id, string(kind))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Fold folds statements of a record with what is known of their sources.
func (db *DB) Fold(ctx context.Context, subject string, list []register.Statement) (*register.Record, error) {
	known, err := db.sourceFacts(ctx)
	if err != nil {
		return nil, err
	}
	return register.Fold(subject, list, register.View{Sources: known.of}), nil
}
