package moderation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/register"
	"github.com/karvan/karvan/register/exchange"
	"github.com/karvan/karvan/register/oc4ids"
	"github.com/karvan/karvan/store/registerdb"
)

// FileFaults is the error of a file that is not sound: all that is wrong, each with its
// sheet and cell.
type FileFaults []exchange.Fault

func (f FileFaults) Error() string {
	first := f[0]
	return fmt.Sprintf("%d faults, the first in %s %s: %s", len(f), first.Sheet, first.Cell, first.Message)
}

// ErrFile is wrapped by errors of files that cannot be read at all.
var ErrFile = errors.New("the file cannot be read")

// ReadFile reads records to import from a workbook (.xlsx), an OC4IDS package (.json)
// or a table of one kind (.csv, whose name or kind tells which). The error is
// [FileFaults] where it has faults.
func ReadFile(ctx context.Context, db *registerdb.DB, name string, kind register.Kind, data []byte, at time.Time) ([]registerdb.Incoming, error) {
	var records []exchange.Record
	var faults []exchange.Fault
	var columns []string
	var err error
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".xlsx":
		records, faults, err = exchange.ReadBook(bytes.NewReader(data))
	case ".json":
		records, err = readPackage(data)
	case ".csv":
		if kind == "" {
			info := register.Info(strings.TrimSuffix(path.Base(strings.ToLower(name)), ext))
			if info == nil {
				return nil, fmt.Errorf("%w: of what kind are its rows? Name it projects.csv, organisations.csv, …", ErrFile)
			}
			kind = info.Kind
		}
		records, columns, faults, err = exchange.ReadTable(bytes.NewReader(data), kind)
	default:
		return nil, fmt.Errorf("%w: .xlsx, .json or .csv was expected, not %q", ErrFile, ext)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFile, err)
	}
	if len(records) > mostImportRows {
		return nil, fmt.Errorf("%w: it has %d records, at most %d are taken at once", ErrFile, len(records), mostImportRows)
	}
	for i := range records {
		if register.KindOfID(records[i].ID) != records[i].Kind {
			records[i].ID = foreignID(records[i], at)
		}
	}
	out := make([]registerdb.Incoming, len(records))
	for i, r := range records {
		out[i] = registerdb.Incoming{ID: r.ID, Kind: r.Kind, Revision: r.Revision, Values: r.Values, Only: columns}
	}
	if len(faults) == 0 {
		check := records
		if columns != nil && len(records) > 0 && records[0].Kind != register.Project {
			// A table has only some of the values, and others are needed: the records are
			// checked as they would be. Of a project OC4IDS needs none.
			if check, err = completed(ctx, db, out); err != nil {
				return nil, err
			}
		}
		known, err := db.IDs(ctx)
		if err != nil {
			return nil, err
		}
		faults = exchange.Check(check, func(id string) bool { return known[id] })
	}
	if len(faults) > 0 {
		return nil, FileFaults(faults)
	}
	return out, nil
}

func completed(ctx context.Context, db *registerdb.DB, in []registerdb.Incoming) ([]exchange.Record, error) {
	out := make([]exchange.Record, len(in))
	for i := range in {
		values := map[string]any{}
		it, err := db.Get(ctx, in[i].Kind, in[i].ID)
		if err == nil {
			values = it.Values
		} else if !errors.Is(err, registerdb.ErrNotFound) {
			return nil, err
		}
		delete(values, "id")
		out[i] = exchange.Record{ID: in[i].ID, Kind: in[i].Kind, Values: in[i].Over(values)}
	}
	return out, nil
}

// foreignID gives a record from elsewhere an id of the register. A project of
// another publisher keeps its own as karvan.key, and always gets the same id.
func foreignID(r exchange.Record, at time.Time) string {
	if strings.HasPrefix(r.ID, "new ") {
		return register.NewID(r.Kind, at)
	}
	if r.Kind == register.Project {
		ours, _ := r.Values["karvan"].(map[string]any)
		if ours == nil {
			ours = map[string]any{}
		}
		if register.Text(ours, "key") == "" {
			ours["key"] = r.ID
		}
		r.Values["karvan"] = ours
	}
	return register.KeyedID(r.Kind, "import", r.ID, time.Unix(0, 0))
}

func readPackage(data []byte) ([]exchange.Record, error) {
	v, err := oc4ids.Read(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	projects, err := oc4ids.Projects(v)
	if err != nil {
		return nil, err
	}
	var out []exchange.Record
	for _, p := range projects {
		out = append(out, exchange.Record{ID: register.Text(p, "id"), Kind: register.Project, Values: p})
	}
	return out, nil
}

// Import makes a submission of what differs between records and the register, and tells
// what does. Records in conflict are in none of the changes; the submission is nil where
// nothing differs or anything is in conflict.
func (s *Service) Import(ctx context.Context, in []registerdb.Incoming, language string, source *register.Source, said Said, name string) (*Submission, []registerdb.Difference, error) {
	var list []registerdb.Difference
	sub := &Submission{Object: policy.Import, Title: clip(name, longestTitle), Visibility: "public", Body: Body{Language: language, Source: source, Said: said, Base: map[string]int64{}}}
	err := s.sql().Snapshot(ctx, func(q sqldb.Queryer) error {
		var err error
		if list, err = registerdb.Differences(ctx, q, in, language); err != nil {
			return err
		}
		for _, d := range list {
			sub.Base[d.ID] = d.Last
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	conflicts := 0
	for _, d := range list {
		if d.State == registerdb.Conflict {
			conflicts++
		}
		for _, c := range d.Changes {
			sub.Changes = append(sub.Changes, Proposal{Subject: d.ID, Path: c.Path, Value: c.After, Removed: c.Removed, Reason: "import"})
		}
		if len(d.Changes) == 0 {
			delete(sub.Base, d.ID)
		}
	}
	if conflicts > 0 || len(sub.Changes) == 0 {
		return nil, list, nil
	}
	return sub, list, nil
}
