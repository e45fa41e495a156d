package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/store/schema"
)

// Rehearse brings the tables of a copy of a database to a version and back, and tells
// what would go wrong; the database itself is only read. Rows are counted before and
// after.
func Rehearse(ctx context.Context, name string, version int64) (err error) {
	have, _, err := sqldb.Versions(ctx, name, schema.Options())
	if err != nil {
		return err
	}
	to, remove, err := sqldb.Copy(ctx, name, schema.Options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if sqldb.IsAddress(name) {
		if err := fill(ctx, name, to, have); err != nil {
			return fmt.Errorf("the copy: %w", err)
		}
	}
	before, err := counts(ctx, to)
	if err != nil {
		return err
	}
	if err := sqldb.Migrate(ctx, to, schema.Options(), version); err != nil {
		return fmt.Errorf("to version %d: %w", version, err)
	}
	if err := sqldb.Migrate(ctx, to, schema.Options(), have); err != nil {
		return fmt.Errorf("back to version %d: %w", have, err)
	}
	after, err := counts(ctx, to)
	if err != nil {
		return err
	}
	for table, n := range before {
		// A step down takes the tables away that the older version does not have.
		if after[table] != n && version >= have {
			return fmt.Errorf("the table %s had %d rows, and has %d after", table, n, after[table])
		}
	}
	for _, table := range []string{"source", "statement", "record"} {
		if after[table] != before[table] {
			return fmt.Errorf("the table %s had %d rows, and has %d after", table, before[table], after[table])
		}
	}
	return nil
}

// fill copies the rows of a database into one that is empty.
func fill(ctx context.Context, from, to string, version int64) error {
	db, err := sqldb.OpenAs(ctx, from, schema.Options())
	if err != nil {
		return err
	}
	defer db.Close()
	file, err := os.CreateTemp("", "karvan-rehearsal-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := Write(ctx, db, file, time.Now(), nil); err != nil {
		return err
	}
	size, err := file.Seek(0, 2)
	if err != nil {
		return err
	}
	_, err = Restore(ctx, to, file, size, nil)
	return err
}

func counts(ctx context.Context, name string) (map[string]int64, error) {
	db, err := sqldb.OpenAs(ctx, name, schema.Options())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := map[string]int64{}
	for _, t := range tables {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&n); err != nil {
			continue // an older version does not have it
		}
		out[t.name] = n
	}
	return out, nil
}
