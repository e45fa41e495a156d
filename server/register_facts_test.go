package server_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/karvan/karvan/register"
)

// said is a value that must rest on a source: the path of its statement, as a
// pattern, and a part of the value.
type said struct{ path, value, source string }

// shown are texts that must stand together in one row, or one fact, of a page.
type shown []string

// articleFacts are what the article of 26 December 2021 tells, in the words of
// ../shared/data/facts, and how a reader finds it.
var articleFacts = []struct {
	name    string
	plural  string
	record  string              // its name
	queries map[string][]string // by language of the page
	shown   []shown             // on its English page, each with the source beside it
	cited   string              // the source that stands beside them
	said    []said
}{
	{
		name: "interest of Turkish companies by field", plural: "interests",
		record: "Turkish companies (not named): large infrastructure projects in Karabakh",
		queries: map[string][]string{
			"en": {"Turkish companies Karabakh", "architecture Karabakh", "engineering Aghdam"},
			"az": {"Ağdam", "Şuşa"}, "tr": {"Ağdam", "Şuşa"}, "ru": {"Карабах", "Агдам Шуша"},
		},
		shown: []shown{{"Transport, Construction, Architecture, Engineering"}, {"large infrastructure projects in Karabakh"}, {"Turkish companies (not named)"}, {"voiced by the Ministry of Trade"}},
		cited: article,
		said: []said{
			{"services", `"transport","construction","architecture","engineering"`, article},
			{"about/text", "large infrastructure projects in Karabakh", article},
			{"about/places", "Aghdam", article},
			{"text", "voiced by the Ministry of Trade", article},
		},
	},
	{
		name: "Türkiye among the first to restore", plural: "interests",
		record:  "Turkiye (state): restoration of the territories: among the first to show readiness",
		queries: map[string][]string{"en": {"restoration territories"}, "az": {"Şuşa"}, "tr": {"Türkiye Şuşa"}, "ru": {"Шуша"}},
		shown:   []shown{{"restoration of the territories: among the first to show readiness"}},
		cited:   article,
		said:    []said{{"about/text", "among the first", article}},
	},
	{
		name: "meeting of the Turkish Trade Ministry with Azerbaijan Railways", plural: "meetings",
		record: "Turkish Trade Ministry and Azerbaijan Railways on the part of Turkish companies in Karabakh projects",
		queries: map[string][]string{
			"en": {"Valehov", "Oztellin", "Turkish Trade Ministry Azerbaijan Railways"},
			"az": {"Hicran Valehov", "Oztellin"}, "tr": {"Emre Öztellin", "Hicran Valehov"}, "ru": {"Валехов", "Эмре Озтеллин", "Хиджран Валехов"},
		},
		shown: []shown{
			{"Hijran Valehov", "Deputy Chairman of Azerbaijan Railways", "Azerbaijan Railways CJSC"},
			{"Emre Oztellin", "head of the international trade in services department", "Ministry of Trade of Turkiye"},
			{"Turkish firms want to take part in large infrastructure projects in Karabakh, and the meeting helps to widen rail links."},
			{"Turkish firms already rebuild and build in the territories; there are promising fields."},
			{"New areas of cooperation were discussed."},
			{"Transport, Construction, Architecture, Engineering"},
		},
		cited: article,
		said: []said{
			{`participants\[p1\]/name`, "Hijran Valehov", article}, {`participants\[p1\]/office`, "Deputy Chairman of Azerbaijan Railways", article},
			{`participants\[p2\]/name`, "Emre Oztellin", article}, {`participants\[p2\]/office`, "head of the international trade in services department", article},
			{`remarks\[r1\]/text`, "want to take part in large infrastructure projects", article}, {`remarks\[r2\]/text`, "promising fields", article},
			{`outcomes\[o1\]/text`, "New areas of cooperation", article},
			{"fields", `"architecture"`, article},
			// facts/README.md: the day is that of a second text.
			{"date", "2021-12-24", "trend-2021-12-25"},
		},
	},
	{
		name: "Hijran Valehov", plural: "people", record: "Hijran Valehov",
		queries: map[string][]string{"en": {"Valehov"}, "az": {"Hicran Valehov"}, "tr": {"Hicran"}, "ru": {"Хиджран Валехов"}},
		shown:   []shown{{"Azerbaijan Railways CJSC", "Deputy Chairman of Azerbaijan Railways"}}, cited: article,
		said: []said{{"name", "Hijran Valehov", article}, {`memberships\[[^]]+\]/post`, "Deputy Chairman", article}},
	},
	{
		name: "Emre Oztellin", plural: "people", record: "Emre Oztellin",
		queries: map[string][]string{"en": {"Oztellin"}, "az": {"Emre Öztellin"}, "tr": {"Öztellin"}, "ru": {"Озтеллин"}},
		shown:   []shown{{"Ministry of Trade of Turkiye", "head of the international trade in services department"}}, cited: article,
		said: []said{{"name", "Emre Oztellin", article}},
	},
	{
		name: "BTC is completed", plural: "projects", record: "Baku-Tbilisi-Ceyhan pipeline",
		queries: map[string][]string{"en": {"BTC", "Baku-Tbilisi-Ceyhan"}, "az": {"Bakı-Tbilisi-Ceyhan"}, "tr": {"Bakü-Tiflis-Ceyhan"}, "ru": {"Баку-Тбилиси-Джейхан"}},
		shown:   []shown{{"Status", "Completion"}, {"Actual end", "28 May 2006"}}, cited: "hydrocarbons-btc",
		said: []said{{"status", "completion", "hydrocarbons-btc"}, {"karvan/schedule/actualEnd", "2006-05-28", "hydrocarbons-btc"}},
	},
	{
		name: "BTK is completed", plural: "projects", record: "Baku-Tbilisi-Kars railway",
		queries: map[string][]string{"en": {"BTK", "Baku-Tbilisi-Kars"}, "az": {"Bakı-Tbilisi-Qars"}, "tr": {"Bakü-Tiflis-Kars"}, "ru": {"Баку-Тбилиси-Карс"}},
		shown:   []shown{{"Status", "Completion"}, {"Actual end", "30 October 2017"}}, cited: "wiki-btk-mini",
		said: []said{{"status", "completion", "wiki-btk-mini"}, {"karvan/schedule/actualEnd", "2017-10-30", "wiki-btk-mini"}},
	},
	{
		name: "TANAP is completed", plural: "projects", record: "Trans-Anatolian pipeline",
		queries: map[string][]string{"en": {"TANAP", "Trans-Anatolian"}, "az": {"TANAP", "Trans-Anadolu"}, "tr": {"Trans Anadolu"}, "ru": {"ТАНАП", "Трансанатолийский"}},
		shown:   []shown{{"Status", "Completion"}, {"Actual end", "30 June 2018"}}, cited: "piglix-tanap",
		said: []said{{"status", "completion", "piglix-tanap"}},
	},
	{
		name: "Shusha Declaration and its provisions on routes", plural: "agreements", record: "Shusha Declaration on Allied Relations",
		queries: map[string][]string{"en": {"Shusha Declaration"}, "az": {"Şuşa Bəyannaməsi"}, "tr": {"Şuşa Beyannamesi"}, "ru": {"Шушинская декларация"}},
		shown: []shown{
			{"Open a route between western Azerbaijan and Nakhchivan (named Zangezur corridor in the text)", "Transport"},
			{"Build the Nakhchivan-Kars railway as part of that route", "Transport"},
		},
		cited: "azemedia-2022-02",
		said: []said{
			{"dateSigned", "2021-06-15", "shusha-text"},
			{`provisions\[3\]/text`, "Open a route between western Azerbaijan and Nakhchivan", "azemedia-2022-02"},
			{`provisions\[4\]/text`, "Nakhchivan-Kars railway", "azemedia-2022-02"},
			{`provisions\[5\]/text`, "transit potential", "shusha-text"},
			{`provisions\[8\]/text`, "restored economic and transport links", "jamnews-2021-06-15"},
		},
	},
	{
		name: "commitment to open a route", plural: "commitments", record: "Open a route between western Azerbaijan and Nakhchivan (named Zangezur corridor in the text)",
		queries: map[string][]string{"en": {"route Nakhchivan Zangezur"}, "az": {"Naxçıvan"}, "tr": {"Nahçıvan"}, "ru": {"Нахчыван"}},
		shown:   []shown{{"Shusha Declaration on Allied Relations"}, {"Status", "Scheduled"}}, cited: "azemedia-2022-02",
		said: []said{{"text", "Open a route", "azemedia-2022-02"}, {"status", "scheduled", "azemedia-2022-02"}},
	},
	{
		name: "target of 15 bn USD in 2023", plural: "targets", record: "AZ-TR trade turnover: 15 bn USD/yr by 2023",
		queries: map[string][]string{"en": {"trade turnover 15 bn", "turnover 2023"}, "az": {"15 bn USD"}, "tr": {"15 bn USD"}, "ru": {"15 bn USD"}},
		shown: []shown{
			{"Target value", "15 000 000 000 USD/yr"}, {"Due date", "31 December 2023"},
			{"2020", "4 100 000 000"}, {"2021-01..10", "3 400 000 000"},
		},
		cited: article,
		said: []said{
			{"value", "15000000000", article}, {"dueDate", "2023-12-31", article},
			{`observations\[[^]]+\]/value`, "4100000000", article}, {`observations\[[^]]+\]/value`, "3400000000", article},
		},
	},
	{
		name: "Türkiye is the second investor", plural: "investments", record: "TR in AZ, 2021: rank",
		queries: map[string][]string{"en": {"second after the UK", "TR in AZ 2021"}, "az": {"TR AZ 2021"}, "tr": {"TR AZ 2021"}, "ru": {"TR AZ 2021"}},
		shown:   []shown{{"Investing country", "Türkiye"}, {"Rank", "2"}, {"second after the UK"}}, cited: article,
		said: []said{{"rank", "2", article}, {"investor", "TR", article}, {"note", "second after the UK", article}},
	},
	{
		name: "the United Kingdom is the first investor", plural: "investments", record: "GB in AZ, 2021: rank",
		queries: map[string][]string{"en": {"GB in AZ 2021"}, "az": {"GB AZ 2021"}, "tr": {"GB AZ 2021"}, "ru": {"GB AZ 2021"}},
		shown:   []shown{{"Investing country", "United Kingdom"}, {"Rank", "1"}}, cited: article,
		said: []said{{"rank", "1", article}, {"investor", "GB", article}},
	},
}

func TestRegisterFactsOfTheArticle(t *testing.T) {
	s := openRegister(t)
	for _, f := range articleFacts {
		t.Run(f.name, func(t *testing.T) {
			s := s.within(t)
			var r recordBody
			for _, have := range s.all(f.plural, "") {
				if have.Name == f.record && (r.ID == "" || statedBy(s, f.plural, have.ID, f.said[0])) {
					r = have
				}
			}
			if r.ID == "" {
				t.Fatalf("there is no record %q among %s", f.record, f.plural)
			}
			for language, queries := range f.queries {
				href := "/" + language + "/" + f.plural + "/" + r.Slug
				for _, q := range queries {
					found := parse(t, s.page("/"+language+"/search?q="+url.QueryEscape(q)))
					if !slices.ContainsFunc(elements(find(found, "main"), "a"), func(a *html.Node) bool { return attr(a, "href") == href }) {
						t.Errorf("/%s/search?q=%s does not lead to %s", language, q, href)
					}
				}
				s.page(href)
			}
			page := parse(t, s.page("/en/"+f.plural+"/"+r.Slug))
			title := s.sourceTitle(f.cited)
			for _, want := range f.shown {
				if !shows(page, want, title) {
					t.Errorf("/en/%s/%s does not show %q with the source %q beside it", f.plural, r.Slug, want, title)
				}
			}
			for _, want := range f.said {
				if !statedBy(s, f.plural, r.ID, want) {
					t.Errorf("no statement of %s says %s = …%s… by %s: %s", r.ID, want.path, want.value, want.source, valuesAt(s, f.plural, r.ID, want.path))
				}
				var source struct {
					ID      string       `json:"id"`
					Records []recordBody `json:"records"`
				}
				s.into("/api/v1/sources/"+want.source, &source)
				if !slices.Contains(ids(source.Records), r.ID) {
					t.Errorf("the source %s does not list the record %s", want.source, r.ID)
				}
			}
		})
	}
}

// statedBy reports whether the value that stands in a record is said by a
// source.
func statedBy(s *registerSite, plural, id string, want said) bool {
	path := regexp.MustCompile("^" + want.path + "$")
	for _, st := range s.statements(plural, id) {
		if st.Chosen && st.Source == want.source && path.MatchString(st.Path) && strings.Contains(string(st.Value), want.value) {
			return true
		}
	}
	return false
}

func valuesAt(s *registerSite, plural, id, pattern string) string {
	path := regexp.MustCompile("^" + pattern + "$")
	var out []string
	for _, st := range s.statements(plural, id) {
		if path.MatchString(st.Path) {
			out = append(out, string(st.Value)+" by "+st.Source)
		}
	}
	return strings.Join(out, "; ")
}

func (s *registerSite) sourceTitle(id string) string {
	s.t.Helper()
	var source struct {
		Title map[string]string `json:"title"`
	}
	s.into("/api/v1/sources/"+id, &source)
	for _, l := range append([]string{"en"}, register.Languages...) {
		if source.Title[l] != "" {
			return source.Title[l]
		}
	}
	return id
}

// shows reports whether a row of a table, a fact of the list of facts or the
// head of a page has all texts, and the title of the source in a citation.
func shows(page *html.Node, texts []string, source string) bool {
	rows := append(elements(page, "tr"), elements(page, "div")...)
	return slices.ContainsFunc(rows, func(row *html.Node) bool {
		if row.Data == "div" && find(row, "dt") == nil {
			return false
		}
		text := textOf(row)
		for _, want := range texts {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return slices.ContainsFunc(elements(row, "cite"), func(c *html.Node) bool { return textOf(c) == source })
	})
}

func TestRegisterMeetingNamesItsSpeakers(t *testing.T) {
	s := openRegister(t)
	page := parse(t, s.page("/en/meetings/"+s.named("meetings", "Turkish Trade Ministry and Azerbaijan Railways on the part of Turkish companies in Karabakh projects").Slug))
	for speaker, remark := range map[string]string{"Emre Oztellin": "Turkish firms want to take part", "Hijran Valehov": "there are promising fields"} {
		if !slices.ContainsFunc(elements(page, "tr"), func(row *html.Node) bool {
			return strings.Contains(textOf(row), remark) && strings.Contains(textOf(row), speaker)
		}) {
			t.Errorf("the remark %q does not stand beside its speaker, %s", remark, speaker)
		}
	}
}

func TestRegisterAgreementShowsItsCommitments(t *testing.T) {
	s := openRegister(t)
	a := s.named("agreements", "Shusha Declaration on Allied Relations")
	page := parse(t, s.page("/en/agreements/"+a.Slug))
	text := textOf(page)
	if !strings.Contains(text, "15 June 2021") {
		t.Error("the day of signing is not shown")
	}
	n := 0
	for _, c := range s.all("commitments", "") {
		if c.Record["agreement"] != a.ID {
			continue
		}
		n++
		row := slices.ContainsFunc(elements(page, "tr"), func(row *html.Node) bool {
			link := find(row, "a")
			return link != nil && attr(link, "href") == "/en/commitments/"+c.Slug && find(row, "span") != nil && strings.Contains(attr(find(row, "span"), "class"), "light")
		})
		if !row {
			t.Errorf("the commitment %q has no row with a light", c.Name)
		}
	}
	if n != 10 {
		t.Errorf("%d commitments of the Shusha Declaration, ../shared/data/facts has 10", n)
	}
}

func TestRegisterInvestorsOf2021(t *testing.T) {
	s := openRegister(t)
	page := parse(t, s.page("/en/investments?host=AZ"))
	for _, want := range []shown{{"1", "United Kingdom", "All sectors", "Azernews, 26 December 2021"}, {"2", "Türkiye", "All sectors", "Azernews, 26 December 2021"}} {
		if !slices.ContainsFunc(elements(page, "tr"), func(row *html.Node) bool {
			cells := elements(row, "td")
			if len(cells) == 0 || textOf(cells[0]) != want[0] {
				return false
			}
			for _, w := range want[1:] {
				if !strings.Contains(textOf(row), w) {
					return false
				}
			}
			return true
		}) {
			t.Errorf("no row %q", want)
		}
	}
}

func TestRegisterHistoryShowsWholeValues(t *testing.T) {
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	for _, plural := range []string{"projects", "meetings", "people", "organisations"} {
		for _, r := range s.all(plural, "")[:3] {
			page := parse(t, s.page("/en/"+plural+"/"+r.Slug))
			var history *html.Node
			for _, d := range elements(page, "details") {
				if attr(d, "class") == "history" {
					history = d
				}
			}
			if history == nil {
				t.Errorf("%s has no history", r.Slug)
				continue
			}
			text := textOf(history)
			for _, st := range s.statements(plural, r.ID) {
				var v string
				if strings.HasSuffix(st.Path, "slug") || json.Unmarshal(st.Value, &v) != nil || len([]rune(v)) > 100 || register.KindOfID(v) != "" || register.LastDay(strings.TrimSuffix(v, "T00:00:00Z")) != "" {
					continue
				}
				if v = strings.Join(strings.Fields(v), " "); !strings.Contains(text, v) {
					f.add("the history of /en/%s/%s does not show %q, the value of %s", plural, r.Slug, v, st.Path)
				}
			}
		}
	}
}

func TestRegisterSearchInFourScripts(t *testing.T) {
	s := openRegister(t)
	tests := []struct {
		name, record string // a record that must be among them
		spellings    []string
	}{
		{"Shusha", "Shusha Declaration on Allied Relations", []string{"Shusha", "Şuşa", "Susa", "Шуша", "ŞUŞA", "şuşa", "SHUSHA"}},
		{"Aghdam", "Barda-Aghdam railway", []string{"Aghdam", "Ağdam", "Агдам", "AĞDAM"}},
		{"Kars", "Baku-Tbilisi-Kars railway", []string{"Kars", "Qars", "Карс"}},
		{"Baku", "Baku-Tbilisi-Kars railway", []string{"Baku", "Bakı", "Баку", "Bakü", "BAKI"}},
		{"Khankendi", "Aghdam-Khankendi railway", []string{"Khankendi", "Xankəndi", "Ханкенди", "Hankendi"}},
		{"Karabakh", "Reconstruction projects in Karabakh", []string{"Karabakh", "Qarabağ", "Karabağ", "Карабах"}},
		{"Zangilan", "Zangilan international airport", []string{"Zangilan", "Zəngilan", "Zengilan", "Зангилан"}},
		{"Fuzuli", "Fuzuli international airport", []string{"Fuzuli", "Füzuli", "Физули", "Fizuli"}},
		{"Lachin", "Lachin international airport", []string{"Lachin", "Laçın", "Лачин"}},
		{"Nakhchivan", "Routes to Nakhchivan", []string{"Nakhchivan", "Naxçıvan", "Nahçıvan", "Нахчыван"}},
		{"Ceyhan", "Baku-Tbilisi-Ceyhan pipeline", []string{"Ceyhan", "Джейхан", "CEYHAN"}},
		{"Iran", "Aras route through Iran", []string{"Iran", "İran", "Иран", "IRAN", "iran"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := s.within(t)
			first := s.search(tt.spellings[0])
			if !slices.ContainsFunc(first, func(r recordBody) bool { return r.Name == tt.record && !r.Rough }) {
				t.Errorf("%s does not find %q", tt.spellings[0], tt.record)
			}
			for _, q := range tt.spellings[1:] {
				if have, want := sorted(ids(s.search(q))), sorted(ids(first)); !slices.Equal(have, want) {
					t.Errorf("%s finds %d records, %s %d, of which %d are the same", q, len(have), tt.spellings[0], len(want), common(have, want))
				}
			}
			for _, r := range first {
				if strings.Contains(register.SearchFold(r.Name), register.SearchFold(tt.spellings[0])) && r.Rough {
					t.Errorf("%q has the word in its name and is called a rough hit", r.Name)
				}
			}
		})
	}
}

func common(a, b []string) int {
	n := 0
	for _, v := range a {
		if slices.Contains(b, v) {
			n++
		}
	}
	return n
}

// What a page shows in the reader's language can be searched for in it.
func TestRegisterSearchFindsWhatPagesShow(t *testing.T) {
	s := openRegister(t)
	tests := []struct{ language, q, plural, record string }{
		{"en", "United Kingdom", "investments", "GB in AZ, 2021: rank"},
		{"en", "Türkiye 2021 rank", "investments", "TR in AZ, 2021: rank"},
		{"ru", "Архитектура", "interests", "Turkish companies (not named): large infrastructure projects in Karabakh"},
		{"az", "Memarlıq", "interests", "Turkish companies (not named): large infrastructure projects in Karabakh"},
		{"tr", "Mimarlık", "meetings", "Turkish Trade Ministry and Azerbaijan Railways on the part of Turkish companies in Karabakh projects"},
	}
	for _, tt := range tests {
		t.Run(tt.language+" "+tt.q, func(t *testing.T) {
			s := s.within(t)
			href := "/" + tt.language + "/" + tt.plural + "/" + s.named(tt.plural, tt.record).Slug
			if !strings.Contains(textOf(parse(t, s.page(href))), strings.Fields(tt.q)[0]) {
				t.Fatalf("%s does not show %q", href, tt.q)
			}
			if !strings.Contains(s.page("/"+tt.language+"/search?q="+url.QueryEscape(tt.q)), `"`+href+`"`) {
				t.Errorf("searching for %q does not find %s, whose page shows it", tt.q, href)
			}
		})
	}
}

// Every leaf of every record has a source that the API knows.
func TestRegisterNothingWithoutASource(t *testing.T) {
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	known := map[string]bool{}
	sourceKnown := func(id string) bool {
		if _, asked := known[id]; !asked {
			r := s.get("/api/v1/sources/" + url.PathEscape(id))
			known[id] = r.status == 200
		}
		return known[id]
	}
	records, leaves := 0, 0
	for _, k := range register.Kinds {
		for _, r := range s.all(k.Plural, "") {
			records++
			by := map[string][]statementBody{}
			for _, st := range s.statements(k.Plural, r.ID) {
				if st.Subject != r.ID {
					t.Errorf("%s: a statement about %s", r.ID, st.Subject)
				}
				by[st.Path] = append(by[st.Path], st)
			}
			for _, l := range register.Flatten(decoded(t, r.Record)) {
				if l.Path == "id" && string(l.Value) == strconv.Quote(r.ID) {
					continue // the subject of its statements
				}
				leaves++
				said := slices.ContainsFunc(by[l.Path], func(st statementBody) bool {
					return st.Chosen && st.Source != "" && sourceKnown(st.Source) && st.KnownOn != "" && sameJSON(st.Value, l.Value)
				})
				if !said {
					f.add("%s %s: %s = %.60s has no statement with a known source: %v", k.Kind, r.ID, l.Path, l.Value, by[l.Path])
				}
			}
		}
	}
	if records < 200 || leaves < 2000 {
		t.Errorf("only %d records with %d leaves", records, leaves)
	}
	if known[""] {
		t.Error("a source without an id is known")
	}
}

// What happened on a day cannot have been told before it.
func TestRegisterNothingKnownBeforeItHappened(t *testing.T) {
	s := openRegister(t)
	f := faults{T: t}
	defer f.tell()
	happened := regexp.MustCompile(`^(dateMet|dateSigned|karvan/schedule/actualEnd|milestones\[[^]]+\]/dateMet)$`)
	for _, plural := range []string{"projects", "commitments", "agreements"} {
		for _, r := range s.all(plural, "") {
			for _, st := range s.statements(plural, r.ID) {
				var day string
				if !happened.MatchString(st.Path) || json.Unmarshal(st.Value, &day) != nil || len(day) < 4 {
					continue
				}
				if day = day[:min(len(day), 10)]; day[:4] > st.KnownOn[:4] || len(day) == 10 && day > st.KnownOn {
					f.add("%s: %s says %s, known on %s already (%s)", r.Name, st.Path, day, st.KnownOn, st.Source)
				}
			}
		}
	}
}
