package pages

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	textnumber "golang.org/x/text/number"
)

// months by language, as they stand in a date.
var months = map[string][12]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"az": {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avqust", "sentyabr", "oktyabr", "noyabr", "dekabr"},
	"tr": {"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"},
	"ru": {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
}

// monthsAlone are those whose form differs without a day.
var monthsAlone = map[string][12]string{
	"ru": {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"},
}

// dated is a day, month or year as sources state them, or a day with a time.
var dated = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?)?)?$`)

// day writes a day, month or year for people; anything else stays as it is.
func day(lang, s string) string {
	if !dated.MatchString(s) {
		return s
	}
	s, _, _ = strings.Cut(s, "T")
	parts := strings.Split(s, "-")
	month := func(names [12]string, p string) string {
		m, _ := strconv.Atoi(p)
		if m < 1 || m > 12 {
			return p
		}
		return names[m-1]
	}
	switch {
	case len(parts) == 2 && len(s) == 7:
		names, ok := monthsAlone[lang]
		if !ok {
			names = months[lang]
		}
		return month(names, parts[1]) + " " + parts[0]
	case len(parts) == 3 && len(s) == 10:
		return strings.TrimPrefix(parts[2], "0") + " " + month(months[lang], parts[1]) + " " + parts[0]
	}
	return s
}

// tags of the languages, for numbers.
var tags = map[string]language.Tag{"en": language.English, "az": language.Azerbaijani, "tr": language.Turkish, "ru": language.Russian}

// number writes a number with thin spaces between thousands and the decimal
// mark of the language, to six digits after it at most.
func number(lang string, v any) string {
	var f float64
	switch v := v.(type) {
	case json.Number:
		x, err := v.Float64()
		if err != nil {
			return v.String()
		}
		f = x
	case float64:
		f = v
	case int:
		f = float64(v)
	case int64:
		f = float64(v)
	default:
		return fmt.Sprint(v)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	s := message.NewPrinter(tags[lang]).Sprint(textnumber.Decimal(f, textnumber.MaxFractionDigits(6)))
	// Whatever stands between thousands becomes a thin space: a digit follows on both sides.
	whole, _, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'f', -1, 64), ".")
	if len(whole) <= 3 {
		return s
	}
	r := []rune(s)
	last := len(r)
	for i, c := range r {
		if lang == "en" && c == '.' || lang != "en" && c == ',' {
			last = i
			break
		}
	}
	for i := 1; i < last-1; i++ {
		if c := r[i]; c == ',' || c == '.' || c == '\u00a0' || c == '\u202f' || c == ' ' {
			r[i] = '\u2009'
		}
	}
	return string(r)
}

// large writes an amount by its order, for running text: 4.1 bn.
func large(lang string, f float64) string {
	for _, step := range []struct {
		at  float64
		key string
	}{{1e12, "unit.tn"}, {1e9, "unit.bn"}, {1e6, "unit.m"}} {
		if math.Abs(f) >= step.at {
			return rounded(lang, f/step.at) + "\u00a0" + word(lang, step.key)
		}
	}
	return rounded(lang, f)
}

// rounded keeps three significant digits.
func rounded(lang string, f float64) string {
	if f == 0 || math.IsNaN(f) {
		return number(lang, f)
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(f))))
	if scale > 1e6 {
		return number(lang, 0.0)
	}
	return number(lang, math.Round(f*scale)/scale)
}
