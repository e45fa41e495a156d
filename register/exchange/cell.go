package exchange

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var excelEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// cellSafe reports whether a text comes back from a cell as it went in.
func cellSafe(s string) bool {
	if s == "" || len(s) > 8000 || !utf8.ValidString(s) || excelEscape.MatchString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError || r == 0x7f {
			return false
		}
	}
	return true
}

func allSafe(list []string) bool {
	for _, s := range list {
		if !cellSafe(s) {
			return false
		}
	}
	return true
}

// toCell turns a value into what a cell holds; the suffix marks columns of
// lists.
func toCell(v any) (cell any, suffix string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, "", cellSafe(v)
	case bool:
		return v, "", true
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), 64)
		// A workbook keeps fifteen digits of a number.
		kept, err2 := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
		if err != nil || err2 != nil || kept != f || strconv.FormatFloat(f, 'f', -1, 64) != v.String() || f >= 1e15 || f <= -1e15 {
			return nil, "", false
		}
		return f, "", true
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok || !cellSafe(s) || strings.ContainsAny(s, ";\n") || strings.TrimSpace(s) != s {
				return nil, "", false
			}
			list[i] = s
		}
		text := strings.Join(list, "; ")
		return text, " []", len(list) > 0 && cellSafe(text)
	}
	return nil, "", false
}

// ascii writes JSON with nothing in it that a workbook would change.
func ascii(raw json.RawMessage) string {
	var b strings.Builder
	for _, r := range string(raw) {
		switch {
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		case r > 0x7e || r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '_':
			b.WriteString(`\u005f`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
