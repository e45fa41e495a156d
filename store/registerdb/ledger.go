package registerdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/store/audit"
)

// What is recorded is told to the audit log with a digest of it, so that a statement
// that was changed behind karvan's back shows: the digest is the SHA-256 of the
// statements' JSON lists, without their states, which may change.

// recorded is the detail of an event that covers statements.
type recorded struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	SHA256 string `json:"sha256"`
}

// The actions of events that cover statements: recorded now, or found in a register of
// before there was a log.
const (
	actionRecord = "record"
	actionAdopt  = "adopt"
)

func digest(h hash.Hash, s *register.Statement) error {
	line, err := json.Marshal([]any{s.Seq, s.Subject, s.Path, string(s.Value), s.Removed, s.Source, s.Locator, s.AsOf, s.KnownOn, s.Confidence, s.By, s.At, s.Pinned, s.Reason})
	if err != nil {
		return err
	}
	h.Write(line)
	_, err = h.Write([]byte{'\n'})
	return err
}

func digestOf(ctx context.Context, q sqldb.Queryer, from, to int64) (string, error) {
	h := sha256.New()
	rows, err := q.QueryContext(ctx, "SELECT seq, "+statementColumns+" FROM statement WHERE seq BETWEEN ? AND ? ORDER BY seq", from, to)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanStatement(rows)
		if err != nil {
			return "", err
		}
		if err := digest(h, s); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), rows.Err()
}

// ledge tells the log of the statements that it does not know yet.
func ledge(ctx context.Context, tx *sqldb.Tx, at time.Time, actor, action, object string) error {
	known, err := meta(ctx, tx, "audited")
	if err != nil {
		return err
	}
	from, _ := strconv.ParseInt(known, 10, 64) // "" is 0
	var to int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM statement").Scan(&to); err != nil || to == from {
		return err
	}
	sum, err := digestOf(ctx, tx, from+1, to)
	if err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, at, actor, action, object, recorded{from + 1, to, sum}); err != nil {
		return err
	}
	return setMeta(ctx, tx, "audited", strconv.FormatInt(to, 10))
}

// Verified is what a check of the log found sound.
type Verified struct {
	audit.Head
	Events     int64 `json:"events"`
	Statements int64 `json:"statements"` // that the log covers
}

// Verify checks the log from its first event, and every statement against it. Where
// head is not "", it has to be the hash of one of the events: one that was noted
// earlier, so that an end that was cut off shows too. The error is an
// [audit.Broken] where the log or a statement was changed.
func Verify(ctx context.Context, q sqldb.Queryer, head string) (Verified, error) {
	var v Verified
	var chain audit.Chain
	var covers []struct {
		event int64
		recorded
	}
	met := head == ""
	if err := audit.Each(ctx, q, func(e *audit.Event) error {
		if err := chain.Next(e); err != nil {
			return err
		}
		met = met || e.Hash == head
		v.Events++
		if e.Action == actionRecord || e.Action == actionAdopt {
			var r recorded
			if err := json.Unmarshal(e.Detail, &r); err != nil {
				return &audit.Broken{Seq: e.Seq, Why: "it does not tell what was recorded"}
			}
			covers = append(covers, struct {
				event int64
				recorded
			}{e.Seq, r})
		}
		return nil
	}); err != nil {
		return v, err
	}
	v.Head = chain.Head()
	if !met {
		return v, &audit.Broken{Seq: v.Seq, Why: "no event has the hash " + head + ": the end of the log was cut off, or it is another log"}
	}
	for _, c := range covers {
		if c.From != v.Statements+1 {
			return v, &audit.Broken{Seq: c.event, Why: fmt.Sprintf("it covers statements from %d, not from %d", c.From, v.Statements+1)}
		}
		sum, err := digestOf(ctx, q, c.From, c.To)
		if err != nil {
			return v, err
		}
		if sum != c.SHA256 {
			return v, &audit.Broken{Seq: c.event, Why: fmt.Sprintf("statements %d to %d are not what was recorded", c.From, c.To)}
		}
		v.Statements = c.To
	}
	var last int64
	if err := q.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM statement").Scan(&last); err != nil {
		return v, err
	}
	if last != v.Statements {
		return v, &audit.Broken{Seq: v.Seq, Why: fmt.Sprintf("statements from %d on were recorded without an event", v.Statements+1)}
	}
	return v, nil
}
