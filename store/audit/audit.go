// Package audit keeps the log of who did what: rows that are only added, each with
// the hash of the one before, so that a change of any of them shows.
//
//	hash = SHA-256 of the JSON list [seq, at, actor, action, object, detail, prev]
//
// The log is apart from the history that everybody reads: it tells of refusals,
// accounts and what never became public too.
package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
)

// Event is something that happened.
type Event struct {
	Seq    int64           `json:"seq"`
	At     string          `json:"at"`    // RFC 3339 in UTC
	Actor  string          `json:"actor"` // account, or "command line", "study", "server", "public"
	Action string          `json:"action"`
	Object string          `json:"object"`
	Detail json.RawMessage `json:"detail"` // no secrets
	Prev   string          `json:"prev"`
	Hash   string          `json:"hash"`
}

// hash gives the hash of an event over all of it but its own.
func (e *Event) hash() string {
	list, err := json.Marshal([]any{e.Seq, e.At, e.Actor, e.Action, e.Object, string(e.Detail), e.Prev})
	if err != nil {
		panic(err) // texts and a number
	}
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:])
}

// Append adds an event in the transaction of what it tells of. Detail is written as
// JSON; nil is none.
func Append(ctx context.Context, tx *sqldb.Tx, at time.Time, actor, action, object string, detail any) error {
	e := Event{At: at.UTC().Format(time.RFC3339), Actor: actor, Action: action, Object: object, Detail: json.RawMessage("{}")}
	if detail != nil {
		body, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		e.Detail = body
	}
	err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").Scan(&e.Seq, &e.Prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.Seq++
	e.Hash = e.hash()
	return tx.Exec(ctx, "INSERT INTO event (seq, at, actor, action, object, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.Seq, e.At, e.Actor, e.Action, e.Object, string(e.Detail), e.Prev, e.Hash)
}

const columns = "seq, at, actor, action, object, detail, prev, hash"

func scan(rows *sql.Rows) (*Event, error) {
	var e Event
	var detail string
	err := rows.Scan(&e.Seq, &e.At, &e.Actor, &e.Action, &e.Object, &detail, &e.Prev, &e.Hash)
	e.Detail = json.RawMessage(detail)
	return &e, err
}

// Each walks through the events in their order.
func Each(ctx context.Context, q sqldb.Queryer, do func(*Event) error) error {
	rows, err := q.QueryContext(ctx, "SELECT "+columns+" FROM event ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Latest lists events before a place (0: the end), newest first.
func Latest(ctx context.Context, q sqldb.Queryer, before int64, limit int) ([]Event, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := q.QueryContext(ctx, "SELECT "+columns+" FROM event WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Event{}
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *e)
	}
	return out, rows.Err()
}

// Head is the end of the log: whoever keeps it can tell later that nothing before it
// was changed or taken away.
type Head struct {
	Seq  int64  `json:"seq"`
	At   string `json:"at"`
	Hash string `json:"hash"`
}

// HeadOf gives the last event before a time, as the start of a day; a zero time is
// the end. Without events it is empty.
func HeadOf(ctx context.Context, q sqldb.Queryer, before time.Time) (Head, error) {
	var h Head
	limit := "~"
	if !before.IsZero() {
		limit = before.UTC().Format(time.RFC3339)
	}
	// A clock that was set back does not move the head back: the last in the order of
	// the log counts.
	err := q.QueryRowContext(ctx, "SELECT seq, at, hash FROM event WHERE at < ? ORDER BY seq DESC LIMIT 1", limit).Scan(&h.Seq, &h.At, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return h, sqldb.Explain(err)
}

// Broken is the error of a log that was changed: where it breaks, and how.
type Broken struct {
	Seq int64
	Why string
}

func (b *Broken) Error() string { return fmt.Sprintf("event %d: %s", b.Seq, b.Why) }

// Chain checks events one after another.
type Chain struct {
	head Head
}

// Next checks the event that follows.
func (c *Chain) Next(e *Event) error {
	switch {
	case e.Seq != c.head.Seq+1:
		return &Broken{c.head.Seq + 1, fmt.Sprintf("it is missing; %d follows", e.Seq)}
	case e.Prev != c.head.Hash:
		return &Broken{e.Seq, "it does not follow from the one before"}
	case e.Hash != e.hash():
		return &Broken{e.Seq, "its hash does not agree with what it says"}
	}
	c.head = Head{e.Seq, e.At, e.Hash}
	return nil
}

// Head gives the last event that was checked.
func (c *Chain) Head() Head { return c.head }
