package exchange

import (
	"strings"

	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/oc4ids"
)

// codesOf gives the codes of a column whose list is closed, or that people had
// better choose from.
func codesOf(sheet, path string) []string {
	parts := strings.Split(sheet, ".")
	info := register.Info(parts[0])
	if info == nil {
		return nil
	}
	if info.Kind == register.Project {
		return projectCodes(parts[1:], path)
	}
	fields := info.Fields
	for _, name := range parts[1:] {
		fields = fieldNamed(fields, name).Fields
	}
	for _, key := range strings.Split(path, "/") {
		f := fieldNamed(fields, key)
		if len(f.Codes) > 0 {
			return f.Codes
		}
		fields = f.Fields
	}
	return nil
}

func fieldNamed(fields []register.Field, name string) register.Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return register.Field{}
}

func projectCodes(lists []string, path string) []string {
	at := oc4ids.ObjectOf("Project")
	for _, key := range append(append([]string(nil), lists...), strings.Split(path, "/")...) {
		var field *oc4ids.Field
		for i := range at.Fields {
			if at.Fields[i].Name == key {
				field = &at.Fields[i]
			}
		}
		if field == nil {
			return nil
		}
		if field.Closed {
			return oc4ids.Codes(field.Codelist)
		}
		if at = oc4ids.ObjectOf(field.Of); at == nil {
			return nil
		}
	}
	return nil
}

// CodeSheet lists every code that a workbook's columns know, for people: with
// what it means, by list (a field's name or a codelist's) and code. Head has the
// headings of the list, the code and its meaning.
func CodeSheet(head []string, meaning func(list, code string) string) Extra {
	x := Extra{Name: "codes", Head: head}
	add := func(list string, codes []string) {
		key := list[strings.LastIndexByte(list, ' ')+1:]
		for _, c := range codes {
			x.Rows = append(x.Rows, []string{list, c, meaning(key, c)})
		}
	}
	for _, list := range []string{"projectStatus", "projectType", "projectSector", "partyRole", "milestoneType", "milestoneStatus", "documentType", "metricID"} {
		add("OC4IDS "+list, oc4ids.Codes(list))
	}
	add("services", register.Services)
	for _, k := range register.Kinds {
		for _, f := range k.Fields {
			if len(f.Codes) > 0 {
				add(k.Plural+" "+f.Name, f.Codes)
			}
		}
	}
	return x
}
