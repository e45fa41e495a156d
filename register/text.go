package register

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cyrillic writes Russian letters in Latin ones, as names are usually written
// in English.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "sh", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
}

// latin are letters of Azerbaijani and Turkish that do not come apart into a
// Latin letter and a mark, and those whose mark changes the sound.
var latin = map[rune]string{'ə': "e", 'ı': "i", 'ş': "sh", 'ç': "ch", 'ğ': "g", 'ß': "ss", 'ø': "o", 'æ': "ae", 'ł': "l", 'đ': "d"}

// plainLetters writes a text in small Latin letters without marks. No rule of
// one language's capitals is used: I and İ both become i.
func plainLetters(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		// Dotted capital I would become two characters.
		if r == 'İ' {
			r = 'i'
		}
		r = unicode.ToLower(r)
		if t, ok := latin[r]; ok {
			b.WriteString(t)
			continue
		}
		if t, ok := cyrillic[r]; ok {
			b.WriteString(t)
			continue
		}
		for _, p := range norm.NFKD.String(string(r)) {
			if !unicode.Is(unicode.Mn, p) {
				b.WriteRune(unicode.ToLower(p))
			}
		}
	}
	return b.String()
}

// sounds brings spellings of one sound together: sh and s (Shusha, Susa), kh,
// x, gh, g and h (Khankendi, Xankəndi; Qarabağ, Karabakh), ch, c, j and zh
// (Cəbrayıl, Jabrayil), q and k, w and v; and the vowels that the four languages
// write for one another, a and e (Zəngilan, Zangilan), i, u and y (Bakı, Baku;
// Füzuli, Физули).
var sounds = strings.NewReplacer(
	"sch", "s", "shch", "s", "sh", "s", "kh", "g", "x", "g", "gh", "g", "h", "g", "dzh", "j", "dj", "j", "zh", "j", "ch", "j", "c", "j",
	"ck", "k", "q", "k", "w", "v", "ph", "f", "ya", "ia", "yu", "ii", "ye", "a", "y", "i", "u", "i", "e", "a",
)

// SearchFold brings the spellings of a word in Azerbaijani, Turkish, English
// and Russian together, for search: Şuşa, Susa, Shusha and Шуша all become
// sisa. Words are separated by single blanks.
func SearchFold(s string) string {
	words := strings.FieldsFunc(plainLetters(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		words[i] = sounds.Replace(w)
	}
	return strings.Join(words, " ")
}

// Skeleton leaves only the consonants of the words of a text, folded as by
// [SearchFold] and single: Bakı, Baku and Баку are bk. It is what search falls
// back to where nothing is found.
func Skeleton(s string) string {
	words := strings.Fields(SearchFold(s))
	for i, w := range words {
		var b strings.Builder
		var last rune
		for k, r := range w {
			vowel := strings.ContainsRune("aeiou", r)
			if vowel && k > 0 || r == last {
				continue
			}
			if vowel {
				r = 'a'
			}
			b.WriteRune(r)
			last = r
		}
		words[i] = b.String()
	}
	return strings.Join(words, " ")
}

// SortKey orders names of the four languages among one another: small Latin
// letters without marks.
func SortKey(s string) string { return plainLetters(s) }
