package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWords fails the build where a text is blank in a language, where a page
// asks for one that there is not, or where languages take other arguments.
func TestWords(t *testing.T) {
	for key, w := range messages {
		count := strings.Count(strings.ReplaceAll(w.en, "%%", ""), "%v")
		for language, text := range map[string]string{"en": w.en, "az": w.az, "tr": w.tr, "ru": w.ru} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is blank in %s", key, language)
			}
			if n := strings.Count(strings.ReplaceAll(text, "%%", ""), "%v"); n != count {
				t.Errorf("%s takes %d arguments in %s and %d in English", key, n, language, count)
			}
		}
	}
	if err := missingWords(templateFiles); err != nil {
		t.Error(err)
	}
	asks := regexp.MustCompile(`(?:\.t|say|word)\((?:p\.Language, |lang, |language, )?"([a-z][\w.-]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllStringSubmatch(string(text), -1) {
			if _, ok := messages[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s asks for %q, which there is not", name, m[1])
			}
		}
	}
	for _, key := range []string{"lead.project.identification", "lead.project.preparation", "lead.project.implementation", "lead.project.completion", "lead.project.cancelled", "lead.project.decommissioned",
		"lead.commitment.good", "lead.commitment.going", "lead.commitment.open", "lead.commitment.late", "model.binding.yes", "model.binding.no", "model.binding.new", "model.binding.unknown"} {
		if _, ok := messages[key]; !ok {
			t.Errorf("there is no %q", key)
		}
	}
}

func TestNumbersAndDays(t *testing.T) {
	for _, c := range []struct {
		language string
		value    any
		want     string
	}{
		{"en", 1234567.5, "1\u2009234\u2009567.5"}, {"ru", 1234567.5, "1\u2009234\u2009567,5"}, {"tr", 1234.0, "1\u2009234"}, {"az", 0.25, "0,25"}, {"en", 999, "999"}, {"en", -12345, "-12\u2009345"},
	} {
		if got := number(c.language, c.value); got != c.want {
			t.Errorf("%s %v: %q, expected %q", c.language, c.value, got, c.want)
		}
	}
	for _, c := range [][3]string{
		{"en", "2021-06-15", "15 June 2021"}, {"ru", "2021-06-15T00:00:00Z", "15 июня 2021"}, {"az", "2021-06", "iyun 2021"}, {"ru", "2021-06", "июнь 2021"}, {"tr", "2021", "2021"}, {"en", "to 2018", "to 2018"}, {"en", "2014-01..08", "2014-01..08"}, {"en", "", ""},
	} {
		if got := day(c[0], c[1]); got != c[2] {
			t.Errorf("%s %s: %q, expected %q", c[0], c[1], got, c[2])
		}
	}
	if got := large("en", 4.1e9); got != "4.1\u00a0bn" {
		t.Errorf("%q", got)
	}
	if got := large("en", -0.0000004); got != "0" {
		t.Errorf("%q", got)
	}
	if got := monthsBetween("2020-01-31", "2020-03-30"); got != 1 {
		t.Errorf("%d months", got)
	}
}
