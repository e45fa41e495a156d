package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/karvan/karvan/register"
)

// language picks the reader's: the one chosen before, which the page keeps in a
// cookie, else by Accept-Language.
func language(r *http.Request) string {
	if c, err := r.Cookie("karvan-language"); err == nil && slices.Contains(register.Languages, c.Value) {
		return c.Value
	}
	best, weight := register.Languages[0], 0.0
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, q, weighed := strings.Cut(strings.TrimSpace(part), ";q=")
		v := 1.0
		if weighed {
			v, _ = strconv.ParseFloat(strings.TrimSpace(q), 64)
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if v > weight && slices.Contains(register.Languages, primary) {
			best, weight = primary, v
		}
	}
	return best
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain types
	}
	return b
}
