package study

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/network"
	"github.com/karvan/karvan/pipeline"
)

// maxTable bounds a CSV file, maxDocument a JSON file, and maxCarried what a
// result carries of the study, in bytes.
const (
	maxTable    = 64 << 20
	maxDocument = 16 << 20
	maxCarried  = 256 << 20
)

// single lists the files that a study may hold once, in the order in which they
// are read; folders lists those whose files may have any name.
var single = []string{
	"study.yaml", "source.csv", "network/node.csv", "network/link.csv", "network/terminal.csv", "network/service.csv",
	"network/rail_section.csv", "zone.csv", "network/connector.csv", "commodity.csv", "cost.csv", "growth.csv",
	"measure.csv", "target.csv", regionFile, matrixFile,
	"pipeline/line.csv", "pipeline/point.csv", "pipeline/section.csv", "pipeline/station.csv", "pipeline/step.csv", "pipeline/stated.csv", "pipeline/assumption.csv",
}

var folders = map[string]string{"demand": ".csv", "trade": ".csv", "observed": ".csv", "register": ".json", "scenario": ".yaml"}

// required files are those without which there is nothing to run.
var required = map[string]bool{"study.yaml": true, "source.csv": true, "network/node.csv": true, "network/link.csv": true,
	"zone.csv": true, "commodity.csv": true, "cost.csv": true}

// loader is a study being read.
type loader struct {
	files fs.FS
	f     faults
	in    *karvan.Inputs
	units units
	known map[string]*keySet
	refs  []reference
	later []deferred // checks that need the whole study
	rows  counts
	// series are the figures of bilateral trade, with where they stand.
	series []tradePlace
	// unread are the files that could not be read at all: what they would
	// define is not missed elsewhere.
	unread map[string]bool
	noted  map[string]int // references noted, by file
	// saidLength: a link table without a length is told once.
	saidLength bool
	added      map[string]bool // links that effects add
	// lineChanges says where each change of a pipeline stands.
	lineChanges map[*pipeline.Change]place
}

// units of the GMNS columns that carry none.
type units struct{ length, capacity string }

// counts says where rows stand, for messages of checks made later.
type counts struct {
	linkLine     []int
	terminalLine []int
	cellLine     []int
	cellFile     []string
	effectAt     map[string][]place // scenario or project -> where each effect stands
	scenarioFile map[string]string
	scenarioLine map[string]int
	parentLine   map[string]int
	relaxesLine  map[string]int
}

// deferred is a check that is put off until the files of a kind are read.
type deferred struct {
	kind  string
	check func()
}

// place is where something stands. Of an effect, field is its path and links
// the line of its list of links, 0 if it has none.
type place struct {
	file  string
	line  int
	field string
	links int
}

// keySet is the keys of one kind of thing, in order.
type keySet struct {
	at   map[string]place
	list []string
}

// definedIn says which file defines the things of a kind.
var definedIn = map[string]string{"source": "source.csv", "node": "network/node.csv", "link": "network/link.csv", "service": "network/service.csv",
	"section": "network/rail_section.csv", "zone": "zone.csv", "commodity": "commodity.csv", "indicator": "measure.csv", "conversion": "study.yaml", "region": regionFile, "pipeline": "pipeline/line.csv"}

// reference is a key that must exist once everything is read.
type reference struct {
	kind, file string
	line       int
	field, key string
}

// Load reads the study in a folder. The faults are all that was found; the
// inputs are nil if one of them is an error. The error is for a folder that
// cannot be read at all.
func Load(dir string) (*karvan.Inputs, []Fault, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("study: %s: no such folder; `karvan new %s` makes one", dir, dir)
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("study: %s: a folder was expected", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("study: %s: %w", dir, err)
	}
	defer root.Close()
	return LoadFS(root.FS())
}

// LoadFS is [Load] from any file system, such as the built-in study's.
func LoadFS(files fs.FS) (*karvan.Inputs, []Fault, error) {
	l := &loader{files: files, in: &karvan.Inputs{Network: &network.Network{}}, known: map[string]*keySet{}, unread: map[string]bool{}, noted: map[string]int{}, added: map[string]bool{}, lineChanges: map[*pipeline.Change]place{}}
	l.in.Network.Modes = append([]network.Mode(nil), network.StandardModes...)
	l.rows.effectAt = map[string][]place{}
	l.rows.scenarioFile = map[string]string{}
	l.rows.scenarioLine, l.rows.parentLine, l.rows.relaxesLine = map[string]int{}, map[string]int{}, map[string]int{}
	present, err := l.walk()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range single {
		if !present[name] {
			if required[name] {
				l.f.errorf(name, 0, "", "", "the file is missing")
				l.unread[name] = true
			}
			continue
		}
		l.read(name)
	}
	for _, name := range sortedKeys(present) {
		if folder, _, ok := strings.Cut(name, "/"); ok && folders[folder] != "" && !contains(single, name) {
			l.read(name)
		}
	}
	l.check()
	list := l.f.sorted()
	if HasErrors(list) {
		return nil, list, nil
	}
	if err := l.carry(sortedKeys(present)); err != nil {
		return nil, list, err
	}
	return l.in, list, nil
}

func sortedKeys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// walk finds the files of the study, and names those that have no place in it.
// Hidden files and the lock files of spreadsheets are passed over.
func (l *loader) walk() (map[string]bool, error) {
	present := map[string]bool{}
	err := fs.WalkDir(l.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == "." {
				return err
			}
			l.f.errorf(name, 0, "", "", "cannot be read: %v", plain(err))
			return nil
		}
		base := path.Base(name)
		if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$")) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			if name != "." && name != "network" && name != "pipeline" && folders[name] == "" {
				l.f.errorf(name, 0, "", "", "unknown folder%s", nearest(name, append(sortedKeys(folders), "network", "pipeline")))
				return fs.SkipDir
			}
			return nil
		}
		folder, _ := path.Split(name)
		switch {
		case contains(single, name), folders[strings.TrimSuffix(folder, "/")] != "" && strings.HasSuffix(name, folders[strings.TrimSuffix(folder, "/")]):
			present[name] = true
		case folder == "" && (strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".txt")):
			// Notes for people.
		default:
			hint := nearest(name, single)
			if want := folders[strings.TrimSuffix(folder, "/")]; want != "" {
				hint = fmt.Sprintf("; files in %s end in %s", folder, want)
			}
			l.f.errorf(name, 0, "", "", "unknown file%s", hint)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("study: %w", err)
	}
	return present, nil
}

// plain gives an error's reason without the path of a machine.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (l *loader) open(name string) (fs.File, bool) {
	file, err := l.files.Open(name)
	if err != nil {
		reason := plain(err).Error()
		if strings.Contains(reason, "escapes") {
			reason = "it lies outside the study, which holds all its files itself"
		}
		l.f.errorf(name, 0, "", "", "cannot be read: %s", reason)
		return nil, false
	}
	return file, true
}

func (l *loader) read(name string) {
	file, ok := l.open(name)
	if !ok {
		return
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		switch {
		case !info.Mode().IsRegular():
			l.f.errorf(name, 0, "", "", "a plain file was expected")
			return
		case info.Size() > maxTable:
			l.f.errorf(name, 0, "", "", "the file is larger than %d MB, more than a study can hold; split it by year or leave out what is not used", maxTable>>20)
			l.unread[name] = true
			return
		}
	}
	switch name {
	case "study.yaml":
		l.readStudy(l.document(file, name))
	case "source.csv":
		l.readSources(file, name)
	case "network/node.csv":
		l.readNodes(file, name)
	case "network/link.csv":
		l.readLinks(file, name)
	case "network/terminal.csv":
		l.readTerminals(file, name)
	case "network/service.csv":
		l.readServices(file, name)
	case "network/rail_section.csv":
		l.readSections(file, name)
	case "network/connector.csv":
		l.readConnectors(file, name)
	case "zone.csv":
		l.readZones(file, name)
	case "commodity.csv":
		l.readCommodities(file, name)
	case "cost.csv":
		l.readCosts(file, name)
	case "growth.csv":
		l.readGrowth(file, name)
	case "measure.csv":
		l.readMeasures(file, name)
	case "target.csv":
		l.readTargets(file, name)
	case regionFile:
		l.readRegions(file, name)
	case "pipeline/line.csv":
		l.readPipelines(file, name)
	case "pipeline/point.csv":
		l.readPipelinePoints(file, name)
	case "pipeline/section.csv":
		l.readPipelineSections(file, name)
	case "pipeline/station.csv":
		l.readPipelineStations(file, name)
	case "pipeline/step.csv":
		l.readPipelineSteps(file, name)
	case "pipeline/stated.csv":
		l.readPipelineStated(file, name)
	case "pipeline/assumption.csv":
		l.readPipelineAssumptions(file, name)
	case matrixFile:
		l.define("file", name, 0, "", name)
		l.readMatrix(file, name)
	default:
		folder, _, _ := strings.Cut(name, "/")
		switch folder {
		case "demand":
			l.readDemand(file, name)
		case "trade":
			l.readTrade(file, name)
		case "observed":
			l.readObserved(file, name)
		case "register":
			l.readRegister(l.document(file, name), name)
		case "scenario":
			l.readScenario(l.document(file, name), name)
		}
	}
}

// document reads a whole YAML or JSON file, within bounds.
func (l *loader) document(file io.Reader, name string) *value {
	content, err := io.ReadAll(io.LimitReader(file, maxDocument+1))
	if err != nil {
		l.f.errorf(name, 0, "", "", "cannot be read: %v", plain(err))
		return nil
	}
	if len(content) > maxDocument {
		l.f.errorf(name, 0, "", "", "the file is larger than %d MB: too large for a document", maxDocument>>20)
		return nil
	}
	g := &guard{r: newReader(content), line: 1, start: 1}
	if _, err := io.Copy(io.Discard, g); err != nil {
		l.f.errorf(name, g.line, "", "", "the file %v", err)
		return nil
	}
	if strings.TrimSpace(string(content)) == "" {
		l.f.errorf(name, 0, "", "", "the file is empty")
		return nil
	}
	content = []byte(strings.TrimPrefix(string(content), "\ufeff"))
	if strings.HasSuffix(name, ".json") {
		return parseJSON(content, name, &l.f)
	}
	return parseYAML(content, name, &l.f)
}

// carry keeps every file with its hash, for the result.
func (l *loader) carry(files []string) error {
	total := 0
	for _, name := range files {
		if info, err := fs.Stat(l.files, name); err == nil && info.Size() > maxTable {
			return fmt.Errorf("study: %s: the file has grown beyond %d MB while it was read", name, maxTable>>20)
		}
		content, err := fs.ReadFile(l.files, name)
		if err != nil {
			return fmt.Errorf("study: %s: %w", name, plain(err))
		}
		if total += len(content); total > maxCarried {
			return fmt.Errorf("study: the files together are larger than %d MB, more than a result can carry", maxCarried>>20)
		}
		sum := sha256.Sum256(content)
		l.in.Files = append(l.in.Files, karvan.File{Path: name, SHA256: hex.EncodeToString(sum[:]), Content: content})
	}
	return nil
}

// table reads a CSV file; one whose header is broken counts as not read.
func (l *loader) table(in io.Reader, file string, columns []column, use func(*row)) {
	if !readTable(in, file, columns, &l.f, use) {
		l.unread[file] = true
	}
}

// key records that a thing of a kind exists; a second one is a fault.
func (l *loader) key(r *row, kind, field string) (string, bool) {
	k := r.text(field)
	if k == "" {
		return "", false
	}
	if strings.ContainsAny(k, ";|@") || strings.TrimSpace(k) != k {
		r.fault(field, k, "an id may not hold ; | or @")
		return "", false
	}
	return k, l.define(kind, r.file, r.line, field, k)
}

func (l *loader) define(kind, file string, line int, field, k string) bool {
	set := l.known[kind]
	if set == nil {
		set = &keySet{at: map[string]place{}}
		l.known[kind] = set
	}
	if first, ok := set.at[k]; ok {
		if first.file != file {
			l.f.errorf(file, line, field, k, "the id occurs twice, first in %s on line %d", first.file, first.line)
		} else {
			l.f.errorf(file, line, field, k, "the id occurs twice, first on line %d", first.line)
		}
		return false
	}
	set.at[k] = place{file: file, line: line}
	set.list = append(set.list, k)
	return true
}

func (l *loader) exists(kind, k string) bool {
	set := l.known[kind]
	if set == nil {
		return false
	}
	_, ok := set.at[k]
	return ok
}

// refer notes that a row names a thing, to be looked up once all is read,
// unless it is known already or the file has its fill of faults.
func (l *loader) refer(r *row, kind, field string) {
	if k := r.text(field); k != "" {
		l.note(r, kind, field, k)
	}
}

func (l *loader) note(r *row, kind, field, k string) {
	if l.exists(kind, k) {
		return
	}
	if l.noted[r.file]++; l.noted[r.file] > 4*maxPerFile {
		return
	}
	l.refs = append(l.refs, reference{kind, r.file, r.line, field, strings.Clone(k)})
}

func (l *loader) referList(r *row, kind, field string) []string {
	list := r.list(field)
	for _, k := range list {
		l.note(r, kind, field, k)
	}
	return list
}

// resolve checks every reference that was noted.
func (l *loader) resolve() {
	for _, ref := range l.refs {
		if l.exists(ref.kind, ref.key) || ref.kind == "link" && l.added[ref.key] || l.unread[definedIn[ref.kind]] {
			continue
		}
		var list []string
		if set := l.known[ref.kind]; set != nil {
			list = set.list
		}
		l.f.errorf(ref.file, ref.line, ref.field, ref.key, "there is no %s with this id%s", ref.kind, nearest(ref.key, list))
	}
}
