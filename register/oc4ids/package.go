package oc4ids

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Publisher is who publishes packages, as a site configures it.
type Publisher struct {
	Name   string
	URI    string // of the publisher, or ""
	Prefix string // the registered prefix of project ids, as oc4ids-abc123, or ""
	Base   string // where packages are published, as https://example.org
}

var prefixForm = regexp.MustCompile(`^oc4ids-[a-z0-9]{6}$`)

// Check tells why the configuration of a publisher cannot be used.
func (p *Publisher) Check() error {
	if p.Prefix != "" && !prefixForm.MatchString(p.Prefix) {
		return fmt.Errorf("the prefix %q is none: oc4ids- and six small letters or digits were expected, as the helpdesk of the standard gives out", p.Prefix)
	}
	if p.Base != "" && !isURI(p.Base) {
		return fmt.Errorf("%q is no address; expected: https://…", p.Base)
	}
	return nil
}

// ProjectID gives the id under which a project is published: the prefix and
// the slug, or the register's own id where no prefix is configured.
func (p *Publisher) ProjectID(id, slug string) string {
	if p.Prefix == "" {
		return id
	}
	return p.Prefix + "-" + slug
}

// Package is a package of projects that is being written, one by one.
type Package struct {
	w    io.Writer
	ids  map[string]string
	some bool
}

// Begin begins a package in one language. Slugs names the projects that it
// will hold, by the register's ids, so that they can refer to one another.
// Published is when the newest of them was changed.
func (p *Publisher) Begin(w io.Writer, language string, published time.Time, slugs map[string]string) (*Package, error) {
	name := p.Name
	if name == "" {
		name = "karvan"
	}
	publisher := map[string]any{"name": name}
	if p.URI != "" {
		publisher["uri"] = p.URI
	}
	head := encode(map[string]any{
		"uri":           packageURI(p.Base, language),
		"publishedDate": published.UTC().Format(time.RFC3339),
		"version":       PackageVersion,
		"publisher":     publisher,
	})
	ids := make(map[string]string, len(slugs))
	for id, slug := range slugs {
		ids[id] = p.ProjectID(id, slug)
	}
	_, err := io.WriteString(w, string(head[:len(head)-1])+`,"projects":[`)
	return &Package{w: w, ids: ids}, err
}

// Add writes a project, given as JSON: under the id that it is published by,
// and with the register's own kept as karvan.id. One that is published under
// its own id, and refers to no other, is written as it is.
func (p *Package) Add(id string, project json.RawMessage) error {
	mark := "\n"
	if p.some {
		mark = ",\n"
	}
	p.some = true
	if _, err := io.WriteString(p.w, mark); err != nil {
		return err
	}
	if p.ids[id] != id || bytes.Contains(project, []byte(`"relatedProjects"`)) {
		d := json.NewDecoder(bytes.NewReader(project))
		d.UseNumber()
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			return err
		}
		project = encode(outward(v, p.ids))
	}
	_, err := p.w.Write(project)
	return err
}

// End ends the package.
func (p *Package) End() error {
	_, err := io.WriteString(p.w, "\n]}\n")
	return err
}

// encode writes JSON without changing < > & for HTML.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only values that came from JSON
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// outward copies a project for publication: with the id that it is published
// under, the register's own id under karvan, and related projects by theirs.
func outward(project map[string]any, ids map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range project {
		out[k] = v
	}
	own := text(project, "id")
	out["id"] = ids[own]
	if ids[own] != own {
		extra := map[string]any{}
		for k, v := range object(project, ours) {
			extra[k] = v
		}
		extra["id"] = own
		out[ours] = extra
	}
	if list, ok := project["relatedProjects"].([]any); ok {
		related := make([]any, len(list))
		for i, e := range list {
			related[i] = e
			o, ok := e.(map[string]any)
			if !ok || ids[text(o, "identifier")] == "" {
				continue
			}
			c := map[string]any{}
			for k, v := range o {
				c[k] = v
			}
			c["identifier"] = ids[text(o, "identifier")]
			related[i] = c
		}
		out["relatedProjects"] = related
	}
	return out
}

// Projects takes the projects out of a package, each under the register's own
// id where it was published from one, else under the id of the package.
func Projects(pkg any) ([]map[string]any, error) {
	root, ok := pkg.(map[string]any)
	list, isList := root["projects"].([]any)
	if !ok || !isList {
		return nil, fmt.Errorf("the file is no package: a list of projects was expected")
	}
	inward := map[string]string{}
	for _, e := range list {
		if id := text(object(e, ours), "id"); id != "" {
			inward[text(e, "id")] = id
		}
	}
	out := make([]map[string]any, 0, len(list))
	for i, e := range list {
		o, ok := e.(map[string]any)
		if !ok || text(o, "id") == "" {
			return nil, fmt.Errorf("/projects/%d is no project with an id", i)
		}
		p := map[string]any{}
		for k, v := range o {
			p[k] = v
		}
		if id := inward[text(o, "id")]; id != "" {
			p["id"] = id
			extra := map[string]any{}
			for k, v := range object(o, ours) {
				if k != "id" {
					extra[k] = v
				}
			}
			p[ours] = extra
			if len(extra) == 0 {
				delete(p, ours) // it was there for the id alone
			}
		}
		if related, ok := o["relatedProjects"].([]any); ok {
			l := make([]any, len(related))
			for k, e := range related {
				l[k] = e
				r, ok := e.(map[string]any)
				if !ok || inward[text(r, "identifier")] == "" {
					continue
				}
				c := map[string]any{}
				for k, v := range r {
					c[k] = v
				}
				c["identifier"] = inward[text(r, "identifier")]
				l[k] = c
			}
			p["relatedProjects"] = l
		}
		out = append(out, p)
	}
	return out, nil
}

// packageURI is where a package of a language is found; without a base it is a
// name only.
func packageURI(base, language string) string {
	if base == "" {
		return "urn:karvan:projects:" + language
	}
	return strings.TrimSuffix(base, "/") + "/api/v1/export/" + language + "/projects.json"
}
