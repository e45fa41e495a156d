package registerdb

import (
	"context"
	"sync"
)

// mostMemo bounds what is remembered between two changes of the register.
const mostMemo = 4096

// memo remembers answers that cost a walk through all records, until the
// register changes.
type memo struct {
	mu       sync.Mutex
	revision int64
	answers  map[string]any
}

// of gives the answer of a key, found by find where it is not remembered. Two
// who ask at once may both find it; neither waits for the other.
func (m *memo) of(ctx context.Context, db *DB, key string, find func() (any, error)) (any, error) {
	revision, _, err := db.State(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	if m.answers == nil || m.revision != revision || len(m.answers) > mostMemo {
		m.revision, m.answers = revision, map[string]any{}
	}
	answer, has := m.answers[key]
	m.mu.Unlock()
	if has {
		return answer, nil
	}
	if answer, err = find(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revision == revision {
		m.answers[key] = answer
	}
	return answer, nil
}
