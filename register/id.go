package register

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID makes an id for a thing of a kind that was not there before:
// kv-<kind>-<ulid>.
func NewID(kind Kind, at time.Time) string {
	return fmt.Sprintf("kv-%s-%s", kind, ulid.MustNew(ulid.Timestamp(at), rand.Reader))
}

// KeyedID makes the id of a thing that a study names by a key of its own: the
// same study gives the same ids on every machine.
func KeyedID(kind Kind, study, key string, at time.Time) string {
	sum := sha256.Sum256([]byte(study + "\x00" + string(kind) + "\x00" + key))
	return fmt.Sprintf("kv-%s-%s", kind, ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(sum[:])))
}

var idForm = regexp.MustCompile(`^kv-([a-z]+)-[0-9A-HJKMNP-TV-Z]{26}$`)

// KindOfID tells the kind that an id says it is of, or "".
func KindOfID(id string) Kind {
	if m := idForm.FindStringSubmatch(id); m != nil {
		return Kind(m[1])
	}
	return ""
}

// Slug makes a readable part of an address from a name: small Latin letters,
// digits and hyphens, at most 80 of them.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range plainLetters(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 80 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// IsDay reports whether a text is a day of the calendar, YYYY-MM-DD.
func IsDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// lastOfMonth gives the last day of a month, YYYY-MM.
func lastOfMonth(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 1, -1).Format(time.DateOnly)
}
