package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// object is a record of the register, as it stands in a file of the study.
type object = map[string]any

// projectStatus gives the status of OC4IDS; the facts write completion as both.
var projectStatus = map[string]string{"completed": "completion"}

// projectType gives the type of OC4IDS. The standard has no improvement: works
// that make more of what is there are an expansion.
var projectType = map[string]string{"improvement": "expansion"}

// projects writes the projects as an OC4IDS package; what the standard lacks
// stands under the key karvan.
func (b *builder) projects() error {
	link := map[string]record{}
	for _, r := range b.facts["links"] {
		link[r["link_id"]] = r
	}
	organisation := map[string]string{}
	for _, r := range b.facts["organisations"] {
		organisation[r["org_id"]] = r["name"]
	}
	var list []object
	for _, r := range b.facts["projects"] {
		note := withoutBookkeeping(r["note"])
		var links []string
		for _, part := range parts(r["effect_on_network"]) {
			if _, is := link[part]; is {
				links = append(links, part)
			} else {
				note = strings.TrimSuffix(part+"; "+note, "; ")
			}
		}
		ours := object{"source_id": r["source_id"], "confidence": r["confidence"]}
		set(ours, "known_on", r["known_on"])
		set(ours, "note", note)
		set(ours, "otherNames", parts(r["alt_names"]))
		set(ours, "countries", parts(r["country"]))
		set(ours, "links", links)
		set(ours, "sector", r["sector"])
		if v, err := strconv.ParseFloat(r["length_km"], 64); err == nil {
			ours["lengthKm"] = json.Number(strconv.FormatFloat(v, 'f', -1, 64))
		}
		schedule := object{}
		set(schedule, "start", r["start"])
		set(schedule, "plannedEnd", r["end_planned"])
		set(schedule, "actualEnd", r["end_actual"])
		set(ours, "schedule", schedule)
		var said []object
		for _, p := range b.facts["pipelines"] {
			if pipelineOf[p["pipeline_id"]] == r["project_id"] && p["attribute"] == "length_km" && p["section"] == "total" {
				said = append(said, b.said(p, object{"path": "karvan/lengthKm", "value": json.Number(p["value"])}))
			}
		}
		for _, language := range []string{"az", "tr", "ru"} {
			if t := titles[r["project_id"]][language]; t != "" {
				said = append(said, object{"path": "title@" + language, "value": t, "source_id": translated, "known_on": "2026-11-25"})
			}
		}
		set(ours, "statements", said)

		p := object{"id": r["project_id"], "title": r["name"], "language": "en", "karvan": ours}
		status := r["status"]
		if s := projectStatus[status]; s != "" {
			status = s
		}
		p["status"] = status
		kind := r["type"]
		if k := projectType[kind]; k != "" {
			kind = k
			ours["typeStated"] = r["type"]
		}
		p["type"] = kind
		sector := r["sector"]
		if parent, _, sub := strings.Cut(sector, "."); sub {
			p["sector"] = []string{parent, sector}
		} else if sector != "" {
			p["sector"] = []string{sector}
		}
		set(p, "locations", b.locations(r, links, link))
		if v, err := strconv.ParseFloat(r["cost_value"], 64); err == nil {
			p["budget"] = object{"amount": object{"amount": v, "currency": r["cost_currency"]}}
		}
		period := object{}
		set(period, "startDate", moment(r["start"], false))
		if end := r["end_actual"]; end != "" {
			set(period, "endDate", moment(end, true))
		} else {
			set(period, "endDate", moment(r["end_planned"], true))
		}
		set(p, "implementationPeriod", period)
		if r["end_planned"] != "" || r["end_actual"] != "" {
			m := object{"id": "completion", "type": "delivery", "title": "Completion", "code": "completion"}
			set(m, "dueDate", moment(r["end_planned"], true))
			m["status"] = "scheduled"
			if r["end_actual"] != "" {
				m["dateMet"], m["status"] = moment(r["end_actual"], true), "met"
			}
			p["milestones"] = []object{m}
		}
		var parties []object
		for _, s := range parts(r["parties"]) {
			key, role, _ := strings.Cut(s, ":")
			party := object{"id": key, "name": organisation[key], "roles": []string{role}}
			parties = append(parties, party)
			if role == "publicAuthority" && p["publicAuthority"] == nil {
				p["publicAuthority"] = object{"id": key, "name": organisation[key]}
			}
		}
		set(p, "parties", parties)
		list = append(list, p)
	}
	return b.records("projects", list)
}

// pipelineOf says which project a pipeline of pipelines.csv is.
var pipelineOf = map[string]string{"BTC": "prj-btc", "SCP": "prj-scp", "TANAP": "prj-tanap", "TAP": "prj-tap", "WREP": "prj-wrep"}

// translated is the source of names in other languages that the builder wrote.
const translated = "karvan-translation"

// locations gives the places of a project, and its line where its links are
// known.
func (b *builder) locations(r record, links []string, link map[string]record) []object {
	var out []object
	for _, key := range parts(r["location"]) {
		at, known := b.at[key]
		if !known {
			continue
		}
		out = append(out, object{"id": key, "description": b.name[key], "geometry": object{"type": "Point", "coordinates": []json.Number{json.Number(at[0]), json.Number(at[1])}},
			"address": object{"country": b.country[key]}})
	}
	var lines [][][]json.Number
	for _, key := range links {
		l := link[key]
		from, to := b.at[l["from_node"]], b.at[l["to_node"]]
		if from[0] == "" || to[0] == "" {
			continue
		}
		lines = append(lines, [][]json.Number{{json.Number(from[0]), json.Number(from[1])}, {json.Number(to[0]), json.Number(to[1])}})
	}
	if len(lines) > 0 {
		out = append(out, object{"id": "line", "description": "Line, straight between its stations", "geometry": object{"type": "MultiLineString", "coordinates": lines}})
	}
	return out
}

// moment turns a day, month or year into a time of OC4IDS: the first moment of
// it, or its last day.
func moment(s string, last bool) string {
	t, err := time.Parse("2006-01-02", s+"-01-01"[min(max(len(s)-4, 0), 6):])
	if s == "" || err != nil {
		return ""
	}
	if last {
		switch len(s) {
		case 4:
			t = t.AddDate(1, 0, -1)
		case 7:
			t = t.AddDate(0, 1, -1)
		}
	}
	return t.Format("2006-01-02") + "T00:00:00Z"
}

// set sets a field, unless the value is empty.
func set(o object, key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case []object:
		if len(v) == 0 {
			return
		}
	case object:
		if len(v) == 0 {
			return
		}
	}
	o[key] = value
}

func parts(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// lastDay is the last day of a day, month or year given as text.
func lastDay(s string) string {
	day, _, _ := strings.Cut(moment(s, true), "T")
	return day
}

// said adds who said a thing and when it was known: the facts' own known_on,
// else the last day of the source's date, else the day on which the facts were
// gathered.
func (b *builder) said(r record, o object) object {
	o["source_id"] = r["source_id"]
	set(o, "confidence", r["confidence"])
	known := r["known_on"]
	if known == "" {
		known = lastDay(b.dated[r["source_id"]])
	}
	if known == "" {
		known = gathered
	}
	o["known_on"] = known
	return o
}

// gathered is the day on which the facts were gathered (sources.csv, retrieved).
const gathered = "2026-11-24"

// records writes a file of the register.
func (b *builder) records(plural string, list []object) error {
	content, err := json.MarshalIndent(object{plural: list}, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(b.out, "register", plural+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}

// register writes everything but the projects.
func (b *builder) register() error {
	for _, step := range []func() error{b.organisations, b.meetings, b.agreements, b.interests, b.goals, b.investments, b.programmes} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// organisationKind reads the kind of an organisation from its field and role.
func organisationKind(r record) string {
	role := strings.ToLower(r["role"])
	switch {
	case r["field"] == "public_authority":
		return "authority"
	case r["field"] == "finance" && (r["org_id"] == "adb" || r["org_id"] == "wb" || r["org_id"] == "iciec"):
		return "igo"
	case r["field"] == "finance":
		return "lender"
	case strings.Contains(role, "shareholder"):
		return "investor"
	case strings.Contains(role, "owner"):
		return "owner"
	case strings.Contains(role, "operat"), strings.Contains(role, "carrier"), strings.Contains(role, "manager"):
		return "operator"
	case r["field"] == "construction":
		return "contractor"
	}
	return "company"
}

func (b *builder) organisations() error {
	var list []object
	for _, r := range b.facts["organisations"] {
		o := b.said(r, object{"id": r["org_id"], "name": r["name"], "kind": organisationKind(r), "description": r["role"]})
		set(o, "otherNames", parts(r["alt_names"]))
		set(o, "country", r["country_iso2"])
		if r["field"] != "public_authority" {
			o["services"] = []string{r["field"]}
		}
		list = append(list, o)
	}
	return b.records("organisations", list)
}

var (
	named    = regexp.MustCompile(`^(.*?)\s*\(([a-z0-9-]+)\)$`)
	speaker  = regexp.MustCompile(`(?:^|[.;] )([A-Z][a-z]+): `)
	personal = regexp.MustCompile(`^[A-Z]\p{L}+( [A-Z]\p{L}+)+$`)
)

// meetingTitles are names of the meetings, which the facts do not give.
var meetingTitles = map[string]string{
	"mtg-ady-2021-12-24":        "Turkish Trade Ministry and Azerbaijan Railways on the part of Turkish companies in Karabakh projects",
	"mtg-fuzuli-2021-05-31":     "Transport ministers visit works in Fuzuli and Khojavand",
	"mtg-forum-2021-12-14":      "Business forum Azerbaijan - Georgia - Türkiye",
	"mtg-turkic-2021-09-10":     "Turkic Council and the Ministry of Economy of Azerbaijan",
	"mtg-shusha-2021-06-15":     "Signing of the Shusha Declaration",
	"mtg-fuzuli-2021-10-26":     "Opening of Fuzuli airport",
	"mtg-zangilan-2022-10-20":   "Opening of Zangilan airport",
	"mtg-2023-04-14":            "Ministers of economy and trade on joint projects",
	"mtg-aktau-2022-11-25":      "Signing of the Middle Corridor roadmap",
	"mtg-nakhchivan-2023-09-25": "Presidents in Nakhchivan: gas pipeline and railway protocol",
	"mtg-2023-09-30":            "Railways of Azerbaijan, Georgia and Türkiye on BTK",
	"mtg-forum-2023-12-21":      "Azerbaijan-Türkiye Investment Forum",
	"mtg-forum-2025-12-23":      "Second Azerbaijan-Türkiye Investment Forum",
}

// meetingAbout says which projects and agreements a meeting was about; the
// reading is the builder's, from the remarks.
var meetingAbout = map[string]struct{ projects, agreements []string }{
	"mtg-fuzuli-2021-05-31":     {projects: []string{"prj-horadiz-agbend", "prj-shusha-highway", "prj-agbend-highway", "prj-fuzuli-airport"}},
	"mtg-shusha-2021-06-15":     {agreements: []string{"agr-shusha-2021"}},
	"mtg-fuzuli-2021-10-26":     {projects: []string{"prj-fuzuli-airport"}},
	"mtg-zangilan-2022-10-20":   {projects: []string{"prj-zangilan-airport", "prj-dost-agropark", "prj-gumlag-station"}},
	"mtg-aktau-2022-11-25":      {agreements: []string{"agr-roadmap-2022"}},
	"mtg-nakhchivan-2023-09-25": {projects: []string{"prj-igdir-nakhchivan", "prj-kars-nakhchivan"}, agreements: []string{"agr-karsnakh-2023"}},
	"mtg-2023-09-30":            {projects: []string{"prj-btk", "prj-btk-upgrade"}},
}

func (b *builder) meetings() error {
	var list, people []object
	posts := map[string][]object{}
	names := map[string]string{}
	var order []string
	first := map[string]object{}
	for _, r := range b.facts["meetings"] {
		about := meetingAbout[r["meeting_id"]]
		m := b.said(r, object{"id": r["meeting_id"], "title": meetingTitles[r["meeting_id"]], "date": r["date"]})
		set(m, "place", r["place"])
		if f := dayFrom.FindStringSubmatch(r["note"]); f != nil {
			m["statements"] = append(list0(m["statements"]), object{"path": "date", "value": r["date"], "source_id": f[1]})
		}
		set(m, "fields", parts(r["fields"]))
		set(m, "projects", about.projects)
		set(m, "agreements", about.agreements)
		offices := parts(r["offices"])
		var participants []object
		family := map[string]string{}
		for i, s := range parts(r["participants"]) {
			o := object{"id": fmt.Sprintf("p%d", i+1), "name": s}
			if f := named.FindStringSubmatch(s); f != nil {
				o["name"], o["organisation"] = f[1], f[2]
			}
			if i < len(offices) {
				o["office"] = offices[i]
			}
			name := o["name"].(string)
			if personal.MatchString(name) {
				key := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
				o["person"] = key
				if names[key] == "" {
					names[key] = name
					order = append(order, key)
					first[key] = b.said(r, object{})
				}
				post := object{"id": r["meeting_id"]}
				set(post, "post", o["office"])
				set(post, "organisation", o["organisation"])
				if len(post) > 1 {
					posts[key] = append(posts[key], post)
				}
				words := strings.Fields(name)
				family[words[len(words)-1]] = o["id"].(string)
			}
			participants = append(participants, o)
		}
		set(m, "participants", participants)
		var remarks []object
		text := r["remarks"]
		at := speaker.FindAllStringSubmatchIndex(text, -1)
		for i, where := range at {
			end := len(text)
			if i+1 < len(at) {
				end = at[i+1][0] + 1
			}
			said := strings.TrimSpace(text[where[1]:end])
			remark := object{"id": fmt.Sprintf("r%d", i+1), "text": said, "visibility": "public"}
			set(remark, "participant", family[text[where[2]:where[3]]])
			remarks = append(remarks, remark)
		}
		set(m, "remarks", remarks)
		if len(at) == 0 && text != "" {
			m["outcomes"] = []object{{"id": "o1", "kind": "information", "text": text}}
		}
		if r["meeting_id"] == "mtg-ady-2021-12-24" {
			m["outcomes"] = []object{{"id": "o1", "kind": "information", "text": "New areas of cooperation were discussed."}}
		}
		list = append(list, m)
	}
	for _, key := range order {
		o := first[key]
		o["id"], o["name"] = key, names[key]
		set(o, "memberships", posts[key])
		people = append(people, o)
	}
	if err := b.records("people", people); err != nil {
		return err
	}
	return b.records("meetings", list)
}

// agreementKind reads the kind of an agreement from its title.
func agreementKind(title string) string {
	t := strings.ToLower(title)
	for _, k := range [][2]string{{"treaty", "treaty"}, {"declaration", "declaration"}, {"statement", "statement"}, {"memorandum", "memorandum"}, {"protocol", "protocol"},
		{"roadmap", "roadmap"}, {"loan", "loan"}, {"contract", "contract"}, {"intergovernmental", "intergovernmental"}, {"agreement", "intergovernmental"}} {
		if strings.Contains(t, k[0]) {
			return k[1]
		}
	}
	return "contract"
}

// commitmentStatus reads the status of the facts as one of a milestone, or one
// of ours.
func commitmentStatus(s string) (status, met string) {
	switch {
	case s == "done":
		return "met", ""
	case strings.HasPrefix(s, "done "):
		return "met", strings.TrimPrefix(s, "done ")
	case s == "late":
		return "notMet", ""
	case s == "in force":
		return "inForce", ""
	case s == "in progress":
		return "inProgress", ""
	case s == "disputed":
		return "disputed", ""
	}
	return "scheduled", "" // planned, open
}

// commitmentProjects says which projects carry a commitment out: the builder's
// reading of its text.
var commitmentProjects = map[string][]string{
	"com-shusha-3": {"prj-meghri-rail", "prj-horadiz-agbend", "prj-agbend-highway"}, "com-shusha-4": {"prj-kars-nakhchivan", "prj-sadarak-julfa"},
	"com-shusha-5": {"prj-btk", "prj-btk-upgrade"}, "com-shusha-6": {"prj-sgc", "prj-tanap", "prj-scpx"},
	"com-karsnakh-1": {"prj-kars-nakhchivan", "prj-sadarak-julfa"}, "com-karsnakh-2": {"prj-kars-nakhchivan"}, "com-igdir-1": {"prj-igdir-nakhchivan"},
	"com-tri-1": {"prj-meghri-rail"}, "com-tri-2": {"prj-meghri-rail"}, "com-btk-1": {"prj-btk"}, "com-btk-2": {"prj-btk"}, "com-btk-3": {"prj-btk-upgrade"},
	"com-btk-4": {"prj-btk-upgrade"}, "com-tanap-1": {"prj-tanap"}, "com-eu-1": {"prj-scpfx", "prj-tanap-exp"}, "com-btc-1": {"prj-btc"},
	"com-road-1": {"prj-btk-upgrade", "prj-alat-port2", "prj-kuryk"}, "com-azir-1": {"prj-aras-iran"}, "com-albayrak-1": {"prj-fertiliser-terminal"},
}

func (b *builder) agreements() error {
	provisions := map[string][]object{}
	var commitments []object
	for _, r := range b.facts["commitments"] {
		n := strconv.Itoa(len(provisions[r["agreement_id"]]) + 1)
		provision := b.said(r, object{"id": n, "number": n, "text": r["text"]})
		set(provision, "kind", r["theme"])
		provisions[r["agreement_id"]] = append(provisions[r["agreement_id"]], provision)
		status, met := commitmentStatus(r["status"])
		c := b.said(r, object{"id": r["commitment_id"], "text": r["text"], "agreement": r["agreement_id"], "provision": n, "status": status, "statusText": r["status"]})
		set(c, "theme", r["theme"])
		set(c, "dateMet", met)
		set(c, "target", r["target_id"])
		set(c, "projects", commitmentProjects[r["commitment_id"]])
		if lastDay(r["due"]) != "" {
			c["dueDate"] = r["due"]
		} else {
			set(c, "dueText", r["due"])
		}
		commitments = append(commitments, c)
	}
	var list []object
	for _, r := range b.facts["agreements"] {
		a := b.said(r, object{"id": r["agreement_id"], "title": r["title"], "kind": agreementKind(r["title"])})
		set(a, "dateSigned", r["date"])
		set(a, "place", r["place"])
		set(a, "note", r["note"])
		signers := parts(r["signed_by_offices"])
		var parties []object
		for i, country := range parts(r["parties"]) {
			p := object{"id": country, "country": country}
			switch {
			case len(signers) == len(parts(r["parties"])):
				p["signatory"] = signers[i]
			case len(signers) == 1:
				p["signatory"] = signers[0]
			}
			parties = append(parties, p)
		}
		set(a, "parties", parties)
		set(a, "provisions", provisions[r["agreement_id"]])
		if r["agreement_id"] == "agr-shusha-2021" {
			for _, language := range []string{"az", "tr", "ru"} {
				a["statements"] = append(list0(a["statements"]), object{"path": "title@" + language, "value": titles["agr-shusha-2021"][language], "source_id": translated, "known_on": "2026-11-25"})
			}
		}
		list = append(list, a)
	}
	if err := b.records("commitments", commitments); err != nil {
		return err
	}
	return b.records("agreements", list)
}

func list0(v any) []object {
	list, _ := v.([]object)
	return list
}

// services turns a field of the facts into services of the register.
func services(fields string) []string {
	var out []string
	for _, f := range parts(fields) {
		switch f {
		case "all":
		case "reconstruction":
			out = append(out, "construction")
		default:
			out = append(out, f)
		}
	}
	return out
}

func (b *builder) interests() error {
	organisation := map[string]string{}
	for _, r := range b.facts["organisations"] {
		organisation[r["name"]] = r["org_id"]
	}
	status := map[string]string{"done in part": "partlyDone"}
	project := map[string][]string{
		"int-kolin-2021": {"prj-shusha-highway"}, "int-ozgun-2021": {"prj-shusha-highway"}, "int-cengiz-2021": {"prj-toghanali-kalbajar"},
		"int-albayrak-2022": {"prj-alat-port2"}, "int-dost": {"prj-dost-agropark"}, "int-tr-rail-nakhchivan": {"prj-kars-nakhchivan"}, "int-armenia-connect": {"prj-meghri-rail"},
	}
	var list []object
	for _, r := range b.facts["interests"] {
		o := b.said(r, object{"id": r["interest_id"], "title": r["who"] + ": " + r["object"], "who": r["who"], "visibility": "public"})
		set(o, "organisation", organisation[r["who"]])
		set(o, "country", r["country_iso2"])
		set(o, "services", services(r["fields"]))
		set(o, "date", r["date"])
		set(o, "meeting", r["meeting_id"])
		set(o, "text", r["note"])
		o["status"] = r["status"]
		if s := status[r["status"]]; s != "" {
			o["status"] = s
		}
		about := object{"text": r["object"]}
		set(about, "projects", project[r["interest_id"]])
		set(about, "places", b.names(parts(r["location"])))
		if strings.Contains(r["object"], "Karabakh") || strings.Contains(r["object"], "territories") {
			about["programme"] = "karabakh"
		}
		o["about"] = about
		list = append(list, o)
	}
	return b.records("interests", list)
}

func (b *builder) names(keys []string) []string {
	var out []string
	for _, k := range keys {
		if n := b.name[k]; n != "" {
			out = append(out, n)
		}
	}
	return out
}

// targetProjects says which projects a target speaks of.
var targetProjects = map[string][]string{
	"tgt-btk-5mt": {"prj-btk-upgrade"}, "tgt-btk-initial": {"prj-btk"}, "tgt-btk-17mt": {"prj-btk"}, "tgt-btk-ge-15mt": {"prj-btk"}, "tgt-bakuport-25mt": {"prj-alat-port2"},
	"tgt-horadiz-2023": {"prj-horadiz-agbend"}, "tgt-horadiz-2025": {"prj-horadiz-agbend"}, "tgt-horadiz-2026": {"prj-horadiz-agbend"}, "tgt-barda-2023": {"prj-barda-aghdam"},
	"tgt-khankendi-2026": {"prj-aghdam-khankendi"}, "tgt-karsnakh-2030": {"prj-kars-nakhchivan"}, "tgt-tanap-24": {"prj-tanap-exp"}, "tgt-tanap-31": {"prj-tanap-exp"},
	"tgt-sgc-20": {"prj-scpfx", "prj-tanap-exp"}, "tgt-grw-48": {"prj-georgian-rail"}, "tgt-shusha-road-2024": {"prj-shusha-highway"}, "tgt-kalbajar-2025": {"prj-toghanali-kalbajar"},
	"tgt-agbend-road-2023": {"prj-agbend-highway"},
}

// goals writes the targets, with what was observed of the trade turnover.
func (b *builder) goals() error {
	var list []object
	for _, r := range b.facts["targets"] {
		t := b.said(r, object{"id": r["target_id"], "key": r["target_id"], "indicator": r["indicator"], "unit": r["unit"], "value": json.Number(r["value"]),
			"title": r["indicator"] + ": " + readable(r["value"], r["unit"])})
		if lastDay(r["by_date"]) != "" {
			t["dueDate"] = r["by_date"]
			t["title"] = t["title"].(string) + " by " + r["by_date"][:4]
		}
		set(t, "setBy", r["set_by"])
		set(t, "setOn", r["set_on"])
		set(t, "note", r["note"])
		set(t, "projects", targetProjects[r["target_id"]])
		if r["indicator"] == "AZ-TR trade turnover" {
			var seen []object
			for _, o := range b.facts["trade"] {
				if o["flow"] != "turnover" || o["reporter"] != "AZ" || o["partner"] != "TR" {
					continue
				}
				period := o["period"]
				if strings.Contains(o["note"], "cumulative") && len(period) == 7 {
					period = period[:4] + "-01.." + period[5:]
				}
				x := b.said(o, object{"id": period + " " + o["source_id"], "period": period, "value": json.Number(o["value_usd"])})
				set(x, "note", o["note"])
				seen = append(seen, x)
			}
			sort.SliceStable(seen, func(i, j int) bool { return seen[i]["period"].(string) < seen[j]["period"].(string) })
			t["observations"] = seen
		}
		list = append(list, t)
	}
	return b.records("targets", list)
}

// readable writes a value for a title: 15 bn USD/yr.
func readable(value, unit string) string {
	v, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil:
		return value + " " + unit
	case unit == "done":
		return "done"
	case v >= 1e9:
		return strconv.FormatFloat(v/1e9, 'f', -1, 64) + " bn " + unit
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', -1, 64) + " M " + unit
	}
	return value + " " + unit
}

func (b *builder) investments() error {
	var list []object
	for i, r := range b.facts["investment"] {
		title := fmt.Sprintf("%s in %s, %s: %s", r["investor_country"], r["host_country"], r["period"], r["measure"])
		o := b.said(r, object{"id": fmt.Sprintf("inv-%02d", i+1), "title": title, "investor": r["investor_country"], "host": r["host_country"], "period": r["period"], "measure": r["measure"], "sector": r["sector"]})
		if r["value_usd"] != "" {
			o["valueUSD"] = json.Number(r["value_usd"])
		}
		if r["rank"] != "" {
			o["rank"] = json.Number(r["rank"])
		}
		set(o, "note", r["note"])
		list = append(list, o)
	}
	return b.records("investments", list)
}

// programmes are the builder's own grouping of the projects.
func (b *builder) programmes() error {
	link := map[string]record{}
	for _, r := range b.facts["links"] {
		link[r["link_id"]] = r
	}
	linksOf := map[string][]string{}
	for _, r := range b.facts["projects"] {
		for _, part := range parts(r["effect_on_network"]) {
			if _, is := link[part]; is {
				linksOf[r["project_id"]] = append(linksOf[r["project_id"]], part)
			}
		}
	}
	groups := []struct {
		key, title, description, countries string
		projects                           []string
		targets                            []string
	}{
		{"karabakh", "Reconstruction projects in Karabakh", "Railways, roads and airports in and to Karabakh in which Turkish transport, construction, architecture and engineering companies want to take part.", "AZ",
			[]string{"prj-horadiz-agbend", "prj-barda-aghdam", "prj-aghdam-khankendi", "prj-victory-road", "prj-shusha-highway", "prj-agbend-highway", "prj-toghanali-kalbajar", "prj-kalbajar-lachin",
				"prj-khudafarin-lachin", "prj-shukurbeyli-hadrut", "prj-barda-aghdam-road", "prj-fuzuli-airport", "prj-zangilan-airport", "prj-lachin-airport", "prj-zabukhchay", "prj-dost-agropark",
				"prj-gumlag-station", "prj-khankendi-terminal", "prj-aghdam-terminal"},
			[]string{"tgt-horadiz-2023", "tgt-shusha-road-2024", "tgt-kalbajar-2025", "tgt-agbend-road-2023"}},
		{"middle-corridor", "Baku-Tbilisi-Kars and the Middle Corridor", "The railway from Azerbaijan through Georgia to Türkiye, the ports on the Caspian and the Black Sea, and what widens them.", "AZ;GE;TR;KZ;TM",
			[]string{"prj-btk", "prj-btk-upgrade", "prj-baku-bk-rehab", "prj-georgian-rail", "prj-sivas-kars-electr", "prj-ankara-sivas", "prj-alat-port1", "prj-alat-port2", "prj-kuryk", "prj-turkmenbashi", "prj-anaklia", "prj-poti-exp", "prj-checkpoints", "prj-fertiliser-terminal", "prj-afez"},
			[]string{"tgt-btk-5mt", "tgt-btk-17mt", "tgt-bakuport-25mt", "tgt-titr-10mt"}},
		{"nakhchivan", "Routes to Nakhchivan", "Railways, roads and a gas pipeline between western Azerbaijan, Nakhchivan and Kars; parties name and read them differently.", "AZ;TR;AM;IR",
			[]string{"prj-meghri-rail", "prj-kars-nakhchivan", "prj-sadarak-julfa", "prj-aras-iran", "prj-igdir-nakhchivan"}, []string{"tgt-karsnakh-2030"}},
		{"energy", "Oil and gas pipelines", "Baku-Tbilisi-Ceyhan, the Southern Gas Corridor with TANAP, and their expansions.", "AZ;GE;TR",
			[]string{"prj-btc", "prj-wrep", "prj-scp", "prj-scpx", "prj-scpfx", "prj-tanap", "prj-tanap-exp", "prj-tap", "prj-sgc", "prj-star"}, []string{"tgt-tanap-24", "tgt-tanap-31", "tgt-sgc-20"}},
	}
	var list []object
	for _, g := range groups {
		o := object{"id": g.key, "title": g.title, "description": g.description, "countries": parts(g.countries), "projects": g.projects, "targets": g.targets, "source_id": "derived", "known_on": gathered}
		if g.key == "karabakh" {
			o["source_id"], o["known_on"] = "azernews-2021-12-26", "2021-12-26"
		}
		var lines [][][]json.Number
		for _, p := range g.projects {
			for _, key := range linksOf[p] {
				from, to := b.at[link[key]["from_node"]], b.at[link[key]["to_node"]]
				if from[0] != "" && to[0] != "" {
					lines = append(lines, [][]json.Number{{json.Number(from[0]), json.Number(from[1])}, {json.Number(to[0]), json.Number(to[1])}})
				}
			}
		}
		if len(lines) > 0 {
			o["geometry"] = object{"type": "MultiLineString", "coordinates": lines}
		}
		for _, language := range []string{"az", "tr", "ru"} {
			o["statements"] = append(list0(o["statements"]), object{"path": "title@" + language, "value": titles[g.key][language], "source_id": translated, "known_on": "2026-11-25"})
		}
		list = append(list, o)
	}
	return b.records("programmes", list)
}

// bookkeeping is what the compilation of facts says to itself about its columns.
var bookkeeping = regexp.MustCompile(`(^|;\s*)known_on = [^;]*`)

func withoutBookkeeping(note string) string {
	return strings.TrimPrefix(bookkeeping.ReplaceAllString(note, ""), "; ")
}

// dayFrom finds the source of a day in a note, where it is another than the row's.
var dayFrom = regexp.MustCompile(`day from ([\w-]+)`)
