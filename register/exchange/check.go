package exchange

import (
	"fmt"
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
)

// Check reports what keeps records from being taken into a register: projects
// that break the standard, other records with unknown fields, values of the
// wrong type or references to nothing. Each fault names the record.
func Check(records []Record, exists func(id string) bool) []Fault {
	var out []Fault
	var projects []any
	var ids []string
	inBatch := map[string]bool{}
	for _, r := range records {
		inBatch[r.ID] = true
	}
	known := func(id string) bool { return inBatch[id] || exists(id) }
	for _, r := range records {
		if r.Kind == register.Project {
			p := map[string]any{}
			for k, v := range r.Values {
				p[k] = v
			}
			p["id"] = r.ID
			projects = append(projects, p)
			ids = append(ids, r.ID)
			continue
		}
		for _, problem := range register.CheckRecord(r.Kind, r.Values, known) {
			out = append(out, Fault{register.Info(string(r.Kind)).Plural, r.ID, problem.Path + ": " + problem.Message})
		}
	}
	if len(projects) == 0 {
		return out
	}
	for _, f := range oc4ids.CheckValue(map[string]any{"uri": "urn:karvan:import", "publishedDate": "2000-01-01T00:00:00Z", "version": oc4ids.PackageVersion, "publisher": map[string]any{"name": "karvan"}, "projects": projects}) {
		// Ids are the register's own until a prefix is configured.
		if f.Severity != oc4ids.Error || f.Kind == "invalid-project-ids" {
			continue
		}
		id := ""
		var n int
		if rest, ok := strings.CutPrefix(f.Pointer, "/projects/"); ok {
			if _, err := fmt.Sscanf(rest, "%d", &n); err == nil && n < len(ids) {
				id = ids[n]
			}
		}
		out = append(out, Fault{"projects", id, f.Pointer + ": " + f.Message})
	}
	return out
}
