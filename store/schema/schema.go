// Package schema has the tables of the database in which karvan keeps what people
// work on: the register, accounts, submissions and audit events.
package schema

import (
	"context"
	"embed"
	"io/fs"

	"github.com/karvan/karvan/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options tell what database is opened, and how its tables come about.
func Options() sqldb.Options {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	// The number is "KVRG", in the header of a SQLite file.
	return sqldb.Options{ApplicationID: 0x4B565247, Migrations: folder, What: "register"}
}

// Open opens the database of a name: a file, or an address of PostgreSQL. See
// [sqldb.Open].
func Open(ctx context.Context, name string) (*sqldb.DB, error) {
	return sqldb.Open(ctx, name, Options())
}
