package features_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func atsHTMLDefinition(t *testing.T, a ats) {
	for _, address := range a.everything(t) {
		for _, answer := range []reply{get(t, withoutF(address), "text/html"), get(t, withoutF(address), "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")} {
			if answer.status != http.StatusOK || answer.media != "text/html; charset=utf-8" {
				t.Errorf("%s: %d %s", address, answer.status, answer.media)
			}
		}
	}
}

// atsHTMLContent checks each page by itself, and that it holds every value and
// every link of its JSON.
func atsHTMLContent(t *testing.T, a ats) {
	for _, address := range a.everything(t) {
		address = withoutF(address)
		page := readPage(t, get(t, address, "text/html").body)
		for _, fault := range page.faults {
			t.Errorf("%s: %s", address, fault)
		}
		if strings.HasSuffix(address, "/api") {
			for path := range a.api.Paths.Map() {
				if !strings.Contains(page.text, path) {
					t.Errorf("%s does not list %s", address, path)
				}
			}
			continue
		}
		if strings.Contains(address, "/schema") {
			continue // not a resource of the standard
		}
		document := get(t, address).document(t, http.StatusOK)
		delete(document, "timeStamp")
		leaves(document, "", func(path string, value any) {
			text := fmt.Sprint(value)
			if number, ok := value.(float64); ok {
				b, _ := json.Marshal(number)
				text = string(b)
			}
			switch {
			case strings.HasSuffix(path, "/href"):
				// Features of a list and other pages are linked as HTML.
				if !page.links[text] && !page.links[text+"?f=html"] && !page.links[strings.Replace(text, "f=json", "f=html", 1)] {
					t.Errorf("%s: no link to %s", address, text)
				}
			case strings.Contains(path, "/links/"), path == "/type", strings.HasSuffix(path, "/type") && value == "Feature":
				// The kind of a page is in its heading; titles differ by encoding.
			case !strings.Contains(page.text, text):
				t.Errorf("%s: %s %q is not on the page", address, path, text)
			}
		})
	}
}

// leaves calls f for each value of a document that is neither null nor a
// container.
func leaves(v any, path string, f func(string, any)) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for name, x := range v {
			leaves(x, path+"/"+name, f)
		}
	case []any:
		for i, x := range v {
			leaves(x, fmt.Sprint(path, "/", i), f)
		}
	default:
		f(path, v)
	}
}

// page is what a reader has of an HTML document, and what is wrong with it.
type page struct {
	text   string
	links  map[string]bool
	faults []string
}

func readPage(t *testing.T, b []byte) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	p := page{links: map[string]bool{}}
	count := map[string]int{}
	ids := map[string]bool{}
	var text strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				p.faults = append(p.faults, "attribute "+a.Key)
			}
		}
		if id := attributes["id"]; id != "" {
			if ids[id] {
				p.faults = append(p.faults, "two of id "+id)
			}
			ids[id] = true
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
		if n.Type == html.ElementNode {
			count[n.Data]++
			switch n.Data {
			case "html":
				if attributes["lang"] != "en" {
					p.faults = append(p.faults, "no language")
				}
			case "script", "style", "img", "iframe":
				p.faults = append(p.faults, "element "+n.Data)
			case "link":
				if attributes["href"] != "/assets/register.css" {
					p.faults = append(p.faults, "loads "+attributes["href"])
				}
			case "th":
				if attributes["scope"] == "" {
					p.faults = append(p.faults, "a header without scope")
				}
			case "a":
				p.links[attributes["href"]] = true
				if strings.HasPrefix(attributes["href"], "javascript:") {
					p.faults = append(p.faults, "a script as link")
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	p.text = text.String()
	if !strings.HasPrefix(string(b), "<!doctype html>") || count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 || count["table"] != count["caption"] {
		p.faults = append(p.faults, fmt.Sprint("elements ", count))
	}
	return p
}

func TestPagesEscapeWhatTheyShow(t *testing.T) {
	s := site(t, projects())
	body := string(get(t, s.URL+"/ogc/collections/projects/items?f=html&name=%22%3E%3Cscript%3E").body) +
		string(get(t, s.URL+"/ogc/collections/projects/items?f=html").body)
	for _, bad := range []string{"<script", "<port>", `href="javascript`} {
		if strings.Contains(body, bad) {
			t.Errorf("%s is on the page", bad)
		}
	}
	for _, good := range []string{"Alat &lt;port&gt;", "javascript:alert(1)", `<a href="https://example.org/btk?a=1&amp;b=2">`, "<summary>LineString</summary>", "Features 1 to 7 of 7"} {
		if !strings.Contains(body, good) {
			t.Errorf("%s is not on the page", good)
		}
	}
}
