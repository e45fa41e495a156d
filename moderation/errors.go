package moderation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/karvan/karvan/register"
)

// Errors of requests.
var (
	ErrNotFound = errors.New("there is no such submission or record")
	// ErrVersion: somebody else changed it meanwhile.
	ErrVersion = errors.New("it has changed since")
	// ErrKeyReused: the key of a request was used for another request.
	ErrKeyReused = errors.New("this Idempotency-Key was used for another request")
	// ErrQuota: an account or address has handed in as much as it may in a day.
	ErrQuota = errors.New("the quota of a day is used up")
)

// Faults is the error of a submission that is not sound: all that is wrong with it.
type Faults []register.Problem

func (f Faults) Error() string {
	lines := make([]string, 0, len(f))
	for _, p := range f[:min(len(f), 5)] {
		lines = append(lines, p.Path+": "+p.Message)
	}
	return fmt.Sprintf("%d faults: %s", len(f), strings.Join(lines, "; "))
}

// Conflict is the error of changes of values that somebody else changed since the
// record was read.
type Conflict struct {
	Subject string
	// Theirs are the statements recorded since, of the paths that are to be changed.
	Theirs []register.Statement
	// Last is the last statement now: the base of changes that are made anew.
	Last int64
	// Unseen tells that the author may read none of theirs, so that whoever publishes
	// decides: with Last as [Decision.Seen] it is published over them.
	Unseen bool
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("%s: %d values have changed since they were read", c.Subject, len(c.Theirs))
}
