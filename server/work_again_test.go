package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// formOf gives the fields of the form of a page, as a browser would send them.
func formOf(t *testing.T, r reply) url.Values {
	t.Helper()
	if r.status != 200 && r.status != 412 && r.status != 422 {
		t.Fatalf("no form: %v", r)
	}
	out := url.Values{}
	for _, form := range elements(parse(t, string(r.body)), "form") {
		if attr(form, "class") != "work" {
			continue
		}
		for _, n := range elements(form, "input") {
			_, checked := attribute(n, "checked")
			if kind := attr(n, "type"); kind != "radio" && kind != "checkbox" || checked {
				out.Add(attr(n, "name"), attr(n, "value"))
			}
		}
		for _, n := range elements(form, "textarea") {
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			out.Add(attr(n, "name"), text)
		}
		for _, n := range elements(form, "select") {
			for i, o := range elements(n, "option") {
				if _, chosen := attribute(o, "selected"); chosen || i == 0 {
					out.Set(attr(n, "name"), attr(o, "value"))
				}
			}
		}
	}
	return out
}

// fieldOf is the name of the field in which the value of a path stands.
func fieldOf(t *testing.T, form url.Values, path string) string {
	t.Helper()
	for key, values := range form {
		if strings.HasPrefix(key, "p") && values[0] == path {
			return "v" + key[1:]
		}
	}
	t.Fatalf("the form has no %s: %v", path, form)
	return ""
}

// What was returned is changed from what was proposed, not from the record; what others
// have said meanwhile stands beside it, and nothing is handed in as another submission.
func TestReturnedEditIsFilledIn(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	project := o.project().ID
	b := o.signedIn("contributor")
	begin := b.do(http.MethodGet, "/en/work/records/"+project, "")
	if !strings.Contains(string(begin.body), "Parties, Azerbaijan Railways CJSC: Roles") {
		t.Error("the form does not tell which party it is")
	}
	form := formOf(t, begin)
	for key, value := range map[string]string{"a0": "purpose", "w0": "To carry more", "a1": "description", "w1": "Words of my own"} {
		form.Set(key, value)
	}
	form.Set("sourceTitle", "My own paper")
	form.Set("locator", "p. 7")
	r := b.post("/en/work/records/"+project, form)
	if r.status != http.StatusSeeOther {
		t.Fatal(r)
	}
	at := r.header.Get("Location")
	s := submitted{ID: at[strings.LastIndexByte(at, '/')+1:]}
	again := "/en/work/records/" + project + "?submission=" + s.ID
	if r := b.do(http.MethodGet, again, ""); r.status != http.StatusForbidden {
		t.Errorf("what waits for a decision is open to change: %v", r)
	}
	o.step("editor", &s, "return", map[string]any{"reason": "Which paper?"})
	if page := string(b.do(http.MethodGet, at, "").body); !strings.Contains(page, strings.ReplaceAll(again, "&", "&amp;")) {
		t.Error("the page of what was returned leads to no form of it")
	}
	for _, who := range []string{"editor", "rival", "company"} {
		if r := o.signedIn(who).do(http.MethodGet, again, ""); r.status != http.StatusForbidden && r.status != http.StatusNotFound {
			t.Errorf("%s opens it: %v", who, r)
		}
	}
	other := o.all("projects", "&country=AZ")[1].ID
	if r := b.do(http.MethodGet, "/en/work/records/"+other+"?submission="+s.ID, ""); r.status != http.StatusNotFound {
		t.Errorf("it is opened as one of another record: %v", r)
	}

	page := b.do(http.MethodGet, again, "")
	if !strings.Contains(string(page.body), "Which paper?") || strings.Contains(string(page.body), "Somebody else has changed") {
		t.Error("the reason is not told, or a conflict is")
	}
	form = formOf(t, page)
	for field, want := range map[string]string{fieldOf(t, form, "description"): "Words of my own", fieldOf(t, form, "purpose"): "To carry more", "sourceTitle": "My own paper", "locator": "p. 7"} {
		if form.Get(field) != want {
			t.Errorf("%s holds %q, not %q", field, form.Get(field), want)
		}
	}
	// Somebody else is quicker.
	quick := o.propose("editor", project, map[string]any{"path": "description", "value": "Words of the editor"})
	o.step("publisher", &quick, "accept", nil)
	o.step("second", &quick, "publish", nil)
	form.Set("locator", "p. 8")
	merge := b.post(again, form)
	if merge.status != http.StatusPreconditionFailed || !strings.Contains(string(merge.body), "Words of the editor") {
		t.Fatalf("a conflict is not told: %v", merge)
	}
	if form := formOf(t, merge); form.Get(fieldOf(t, form, "description")) != "Words of my own" || form.Get("locator") != "p. 8" {
		t.Errorf("what was filled in is lost: %v", form)
	}
	// Opened anew it stands beside, and can be sent.
	page = b.do(http.MethodGet, again, "")
	form = formOf(t, page)
	if !strings.Contains(string(page.body), "Words of the editor") || form.Get(fieldOf(t, form, "description")) != "Words of my own" {
		t.Error("what others said does not stand beside what was proposed")
	}
	form.Set(fieldOf(t, form, "description"), form.Get("o"+fieldOf(t, form, "description")[1:])) // leave theirs
	form.Set(fieldOf(t, form, "purpose"), "To carry much more")
	if r := b.post(again, form); r.status != http.StatusSeeOther || r.header.Get("Location") != at {
		t.Fatal(r)
	}
	if r := b.post(again, form); r.status != http.StatusSeeOther || r.header.Get("Location") != at {
		t.Errorf("sent twice, as by two clicks: %v", r)
	}
	form.Set("once", "another form")
	if r := b.post(again, form); r.status != http.StatusForbidden {
		t.Errorf("it is changed after it was handed in: %v", r)
	}
	o.step("publisher", &s, "accept", nil)
	o.step("second", &s, "publish", nil)
	var now recordBody
	o.want(o.as("", http.MethodGet, "/api/v1/projects/"+project, nil), 200, &now)
	if now.Record["description"] != "Words of the editor" || now.Record["purpose"] != "To carry much more" {
		t.Errorf("it is %v, %v", now.Record["description"], now.Record["purpose"])
	}
}

// Whoever vouches for a company is shown the organisations with a name like its own first.
func TestNamesAlikeAreOfferedFirst(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	known := o.all("organisations", "")[0]
	form := o.interest("public", "alike")
	form["profile"].(map[string]any)["name"] = known.Name
	var s submitted
	o.want(o.as("company", http.MethodPost, "/api/v1/interests", form), 201, &s)
	page := parse(t, string(o.signedIn("editor").do(http.MethodGet, "/en/work/submissions/"+s.ID, "").body))
	groups := elements(page, "optgroup")
	if len(groups) != 2 || attr(groups[0], "label") != "With a name alike" {
		t.Fatalf("%d groups of organisations", len(groups))
	}
	first := elements(groups[0], "option")
	if len(first) == 0 || attr(first[0], "value") != known.ID {
		t.Errorf("%s is not offered first: %s", known.Name, textOf(groups[0]))
	}
	for _, other := range elements(groups[1], "option") {
		for _, alike := range first {
			if attr(other, "value") == attr(alike, "value") {
				t.Errorf("%s is offered twice", textOf(other))
			}
		}
	}
}

// What an author leaves alone in a returned edit goes back as it was: its type, its own
// source, and what others said of a translation meanwhile is shown.
func TestReturnedEditKeepsWhatIsLeftAlone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	project := o.project().ID
	s := o.propose("contributor", project, map[string]any{"path": "title@ru", "value": "Моё название"}, map[string]any{"path": "karvan/extra", "value": 5}, map[string]any{"path": "purpose", "value": "Freight", "source_id": "newsaz-2022-12-14"})
	changes := func() string {
		var body struct {
			Changes json.RawMessage `json:"changes"`
		}
		o.want(o.as("contributor", http.MethodGet, "/api/v1/submissions/"+s.ID, nil), 200, &body)
		return string(body.Changes)
	}
	before := changes()
	o.step("editor", &s, "return", map[string]any{"reason": "Look again"})
	b := o.signedIn("contributor")
	again := "/en/work/records/" + project + "?submission=" + s.ID
	if r := b.post(again, formOf(t, b.do(http.MethodGet, again, ""))); r.status != http.StatusSeeOther {
		t.Fatal(r)
	}
	sorted := func(text string) []string {
		var list []map[string]any
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range list {
			out = append(out, string(mustMarshal(c)))
		}
		slices.Sort(out)
		return out
	}
	if after := changes(); !slices.Equal(sorted(after), sorted(before)) {
		t.Errorf("left alone, it became\n%s\nof\n%s", after, before)
	}
	o.step("editor", &s, "return", map[string]any{"reason": "And again"})
	quick := o.propose("editor", project, map[string]any{"path": "title@ru", "value": "Другое название"})
	o.step("publisher", &quick, "accept", nil)
	o.step("second", &quick, "publish", nil)
	if page := string(b.do(http.MethodGet, again, "").body); !strings.Contains(page, "Другое название") || !strings.Contains(page, "Somebody else has changed") {
		t.Error("what others said of a translation is not shown")
	}
}
