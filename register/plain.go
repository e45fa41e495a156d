package register

import (
	"encoding/json"
	"unicode/utf8"
)

// PlainText reports whether a text is of signs that people see: no control characters but
// ends of lines and tabs, and none that turn the direction of what follows, with which a
// name can be made to look like another (Unicode Technical Report 36, 3.1).
func PlainText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0x200e, r == 0x200f, r == 0x061c:
			return false
		}
	}
	return true
}

// PlainValue reports whether all texts of a value, and its keys, are plain.
func PlainValue(raw json.RawMessage) bool {
	if len(raw) == 0 {
		return true
	}
	v, err := Decode(raw)
	if err != nil {
		return false
	}
	var plain func(v any) bool
	plain = func(v any) bool {
		switch v := v.(type) {
		case string:
			return PlainText(v)
		case []any:
			for _, e := range v {
				if !plain(e) {
					return false
				}
			}
		case map[string]any:
			for k, e := range v {
				if !PlainText(k) || !plain(e) {
					return false
				}
			}
		}
		return true
	}
	return plain(v)
}
