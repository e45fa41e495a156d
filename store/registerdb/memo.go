package registerdb

import (
	"context"
	"sync"
	"time"
)

// mostMemo bounds what is remembered.
const mostMemo = 4096

// memo remembers answers that cost a walk through all records, until the register
// changes. One that took long to find, as the total of a long list, holds for a moment
// longer: where many write, it would else be found anew for every reader.
type memo struct {
	mu      sync.Mutex
	answers map[string]remembered
}

type remembered struct {
	answer   any
	revision int64
	found    time.Time
	took     time.Duration
}

// An answer that took longer than costly may be up to lag old.
const (
	costly = 15 * time.Millisecond
	lag    = time.Second
)

// of gives the answer of a key, found by find where it is not remembered. Two who ask at
// once may both find it; neither waits for the other.
func (m *memo) of(ctx context.Context, db *DB, key string, find func() (any, error)) (any, error) {
	revision, _, err := db.State(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	have, has := m.answers[key]
	m.mu.Unlock()
	begun := time.Now()
	if has && (have.revision == revision || have.took > costly && begun.Sub(have.found) < lag) {
		return have.answer, nil
	}
	answer, err := find()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil || len(m.answers) >= mostMemo {
		m.answers = map[string]remembered{}
	}
	m.answers[key] = remembered{answer, revision, begun, time.Since(begun)}
	return answer, nil
}
