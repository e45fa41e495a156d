package server

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// fold lowers a text and takes its accents off, so that a search for Igdir
// finds Iğdır and one for Aghdam finds Ağdam.
func fold(s string) string {
	t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	out, _, err := transform.String(t, s)
	if err != nil {
		out = s
	}
	return strings.NewReplacer("ı", "i", "ə", "e", "ø", "o").Replace(strings.ToLower(out))
}
