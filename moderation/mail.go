package moderation

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
)

// confirmLimit is how many days the link of a confirmation holds.
const confirmLimit = 3

func secretHash(s string) string {
	sum := sha256.Sum256([]byte("confirm " + s))
	return hex.EncodeToString(sum[:])
}

// Queue puts a mail into the outbox, within the transaction of what it tells of.
func Queue(ctx context.Context, tx *sqldb.Tx, at, to, title, body string) error {
	if !soundMail(to) {
		return nil
	}
	var id int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM outbox").Scan(&id); err != nil {
		return err
	}
	// A title is one line: what people write must not become a header.
	title = strings.Join(strings.Fields(title), " ")
	return tx.Exec(ctx, "INSERT INTO outbox (id, recipient, title, body, created_at, next_at) VALUES (?, ?, ?, ?, ?, ?)", id, to, title, body, at, at)
}

// askConfirmation sends a link to the contact of an interest.
func (s *Service) askConfirmation(ctx context.Context, tx *sqldb.Tx, sub *Submission) error {
	// One link an hour is enough, and more would be a way to fill somebody's box.
	var recent int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM login WHERE kind = 'confirm' AND next = ? AND nonce = ? AND expires_at > ?", sub.ID, contactMail(sub), stamp(s.now().AddDate(0, 0, confirmLimit).Add(-time.Hour))).Scan(&recent); err != nil {
		return err
	}
	if recent > 0 {
		return Faults{{Path: "mail", Message: "a link was sent within the last hour: open that one, or wait"}}
	}
	secret := newID("") + newID("")
	if err := tx.Exec(ctx, "INSERT INTO login (hash, kind, nonce, verifier, next, expires_at) VALUES (?, 'confirm', ?, '', ?, ?)", secretHash(secret), contactMail(sub), sub.ID, stamp(s.now().AddDate(0, 0, confirmLimit))); err != nil {
		return err
	}
	language := sub.Language
	if language == "" {
		language = register.Languages[0]
	}
	w := mailWords[language]
	link := fmt.Sprintf("%s/%s/work/confirm?code=%s", strings.TrimSuffix(s.Base, "/"), language, secret)
	return Queue(ctx, tx, stamp(s.now()), contactMail(sub), fmt.Sprintf(w.confirmTitle, sub.Number), fmt.Sprintf(w.confirm, sub.Number, link, confirmLimit))
}

// Confirm takes the code of a link that was sent, and hands the interest in.
func (s *Service) Confirm(ctx context.Context, code string) (*Submission, error) {
	var out *Submission
	err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		var id, mail, expires string
		err := tx.QueryRowContext(ctx, "SELECT next, nonce, expires_at FROM login WHERE hash = ? AND kind = 'confirm'", secretHash(code)).Scan(&id, &mail, &expires)
		if errors.Is(err, sql.ErrNoRows) || err == nil && expires < stamp(s.now()) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, "DELETE FROM login WHERE hash = ?", secretHash(code)); err != nil {
			return err
		}
		sub, err := read(ctx, tx, id)
		if err != nil {
			return err
		}
		if mail != contactMail(sub) || sub.State != "draft" && sub.State != "returned" {
			return ErrNotFound
		}
		sub.MailConfirmed = true
		out = sub
		return s.step(ctx, tx, policy.Principal{Account: sub.Author}, sub, policy.Submit, Decision{})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tell writes to the contact of a submission what became of it, where there is one.
func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, sub *Submission, action policy.Action, reason string) error {
	to := sub.Mail
	if to == "" {
		to = contactMail(sub)
	}
	if to == "" || !s.ConfirmMail {
		return nil
	}
	language := sub.Language
	if language == "" {
		language = register.Languages[0]
	}
	w := mailWords[language]
	what := map[policy.Action]string{policy.Publish: w.published, policy.Return: w.returned, policy.Accept: w.accepted}[action]
	body := fmt.Sprintf(what, sub.Number, sub.Title)
	if reason != "" {
		body += "\n\n" + reason
	}
	link := fmt.Sprintf("%s/%s/work/submissions/%s", strings.TrimSuffix(s.Base, "/"), language, sub.ID)
	return Queue(ctx, tx, stamp(s.now()), to, sub.Number+": "+sub.Title, body+"\n\n"+link+"\n\n"+w.notBid)
}

// mailWords are the texts of mails by language.
var mailWords = map[string]struct{ confirmTitle, confirm, published, returned, accepted, notBid string }{
	"en": {"%s: please confirm your mail address", "Somebody, you we hope, expressed an interest (%s) and gave this mail address.\n\nTo hand it in, open\n%s\n\nThe link holds for %d days. If it was not you, do nothing.",
		"%s, %s: it is published now.", "%s, %s: it was returned. The reason:", "%s, %s: it was accepted and waits for publication.", "An expression of interest is not a bid. It gives no right and no preference."},
	"az": {"%s: e-poçt ünvanınızı təsdiq edin", "Kimsə, güman ki siz, maraq bildirdi (%s) və bu e-poçt ünvanını göstərdi.\n\nGöndərmək üçün bu keçidi açın:\n%s\n\nKeçid %d gün etibarlıdır. Bu siz deyilsinizsə, heç nə etməyin.",
		"%s, %s: indi dərc olunub.", "%s, %s: geri qaytarılıb. Səbəb:", "%s, %s: qəbul olunub və dərci gözləyir.", "Maraq bildirilməsi tender təklifi deyil. Heç bir hüquq və üstünlük vermir."},
	"tr": {"%s: lütfen e-posta adresinizi onaylayın", "Birisi, umarız siz, ilgi bildirdi (%s) ve bu e-posta adresini verdi.\n\nGöndermek için şu bağlantıyı açın:\n%s\n\nBağlantı %d gün geçerlidir. Siz değilseniz hiçbir şey yapmayın.",
		"%s, %s: şimdi yayımlandı.", "%s, %s: geri gönderildi. Gerekçe:", "%s, %s: kabul edildi, yayımlanmayı bekliyor.", "İlgi bildirimi bir teklif değildir. Hiçbir hak ve öncelik vermez."},
	"ru": {"%s: подтвердите адрес эл. почты", "Кто-то, надеемся, вы, выразил заинтересованность (%s) и указал этот адрес.\n\nЧтобы отправить её, откройте\n%s\n\nСсылка действует %d дня. Если это были не вы, ничего не делайте.",
		"%s, %s: теперь опубликовано.", "%s, %s: возвращено. Причина:", "%s, %s: принято и ждёт публикации.", "Выражение заинтересованности не является заявкой на торги и не даёт ни прав, ни преимуществ."},
}

// mostAttempts is how often a mail is tried; between them is a minute, two, four, …
const mostAttempts = 10

// letter is a mail of the outbox.
type letter struct {
	id              int64
	to, title, body string
	attempts        int
	next            string
}

// SendMail sends what waits in the outbox, and reports how many were sent. A mail that
// could not be sent is tried again later. Several servers may send at once: each takes a
// mail before it sends it, and one that stops in between leaves it to be tried again.
func (s *Service) SendMail(ctx context.Context, send func(ctx context.Context, to, title, body string) error) (int, error) {
	due, err := s.dueMail(ctx)
	if err != nil {
		return 0, err
	}
	sent := 0
	for _, m := range due {
		mine, err := s.takeMail(ctx, m)
		if err != nil {
			return sent, err
		}
		if !mine {
			continue
		}
		failure := send(ctx, m.to, m.title, m.body)
		ctx := context.WithoutCancel(ctx) // what was sent is noted, whatever ends meanwhile
		if err := s.sql().Within(ctx, func(tx *sqldb.Tx) error {
			if failure == nil {
				// The text may hold the link of a confirmation: it is not kept.
				return tx.Exec(ctx, "UPDATE outbox SET sent_at = ?, error = '', body = '' WHERE id = ?", stamp(s.now()), m.id)
			}
			return tx.Exec(ctx, "UPDATE outbox SET error = ? WHERE id = ?", clip(failure.Error(), 300), m.id)
		}); err != nil {
			return sent, err
		}
		if failure == nil {
			sent++
		}
	}
	return sent, nil
}

func (s *Service) dueMail(ctx context.Context) ([]letter, error) {
	rows, err := s.sql().QueryContext(ctx, "SELECT id, recipient, title, body, attempts, next_at FROM outbox WHERE sent_at = '' AND attempts < ? AND next_at <= ? ORDER BY id LIMIT 50", mostAttempts, stamp(s.now()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var due []letter
	for rows.Next() {
		var m letter
		if err := rows.Scan(&m.id, &m.to, &m.title, &m.body, &m.attempts, &m.next); err != nil {
			return nil, err
		}
		due = append(due, m)
	}
	return due, rows.Err()
}

// takeMail puts the next attempt of a mail off, and reports whether this server was the
// one that did.
func (s *Service) takeMail(ctx context.Context, m letter) (mine bool, err error) {
	err = s.sql().Within(ctx, func(tx *sqldb.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE id = ? AND sent_at = '' AND attempts = ? AND next_at = ?", stamp(s.now().Add(time.Minute<<m.attempts)), m.id, m.attempts, m.next)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		mine = n == 1
		return err
	})
	return mine, err
}
