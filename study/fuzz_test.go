package study_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/karvan/karvan/study"
)

// fuzzFile feeds the loader the starter study with one file replaced: never a
// panic, and whatever is said names a file, and a line that the file has.
func fuzzFile(t *testing.T, file, content string) {
	f := starter(t)
	f[file] = content
	in, found, err := study.LoadFS(f.fs())
	if err != nil {
		t.Fatalf("error: %v", err)
	}
	if (in == nil) != study.HasErrors(found) {
		t.Errorf("inputs are nil: %t, but the faults hold an error: %t", in == nil, study.HasErrors(found))
	}
	for _, c := range complain(found) {
		t.Error(c)
	}
	lines := strings.Count(content, "\n") + strings.Count(content, "\r") + 1
	for _, f := range found {
		if f.File == file && f.Line > lines {
			t.Errorf("the fault lies beyond the %d lines of the file: %+v", lines, f)
		}
		if !utf8.ValidString(f.Value) || !utf8.ValidString(f.Message) || !utf8.ValidString(f.Field) {
			t.Errorf("a fault that is not UTF-8: %+q", f)
		}
	}
}

// seed adds the sound file and the files of the corpus of broken studies.
func seed(f *testing.F, file string, more ...string) {
	f.Add(starter(f)[file])
	for _, b := range brokenStudies {
		s := starter(f)
		sound := s[file]
		for _, e := range b.edits {
			e(f, s)
		}
		if s[file] != sound && len(s[file]) < 1<<12 {
			f.Add(s[file])
		}
	}
	for _, m := range more {
		f.Add(m)
	}
}

func FuzzTable(f *testing.F) {
	const file = "network/link.csv"
	seed(f, file, "link_id;mode\n", "\xef\xbb\xbflink_id\r\n", "\"\n\"\"", "link_id,from_node_id,to_node_id,mode,source_id,length_km,geometry\na,east,west,road,example,500,\"LINESTRING (1 2, 3 4, 5 6)\"\n")
	f.Fuzz(func(t *testing.T, content string) { fuzzFile(t, file, content) })
}

func FuzzStudyYAML(f *testing.F) {
	const file = "study.yaml"
	seed(f, file, "modes:\n  - {id: barge, family: sea, transfer: terminal}\n", "conversions:\n  - {id: teu, unit: TEU, per_t: {container: 0.1}, source_id: example}\n",
		"a: &x 1\nb: *x\n", "? a\n: b\n", "- - - a\n", "--- !!map {a: |\n b}\n...\n---\n")
	f.Fuzz(func(t *testing.T, content string) { fuzzFile(t, file, content) })
}

func FuzzScenario(f *testing.F) {
	const file = "scenario/second-track.yaml"
	seed(f, file, "id: second-track\ntitle: T\neffects:\n  - add_terminal: {node_id: east, from_mode: road, to_mode: rail1520, cargo_forms: [liquid], source_id: example}\n"+
		"  - open_link: {links: rail-east}\n  - change_rail_section: {sections: [s], set: {tracks: 2, automatic_block: true}}\n  - change_cost: {parameter: payload_t, set: 22}\n")
	f.Fuzz(func(t *testing.T, content string) { fuzzFile(t, file, content) })
}

func FuzzRegister(f *testing.F) {
	const file = "register/p.json"
	seed(f, file, oneProject, `{"projects": [{"id": "a", "title": "\ud83d\ude82"}, null, 1, []]}`, `{"projects": null}`, "{}")
	f.Fuzz(func(t *testing.T, content string) { fuzzFile(t, file, content) })
}
