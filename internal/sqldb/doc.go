// Package sqldb opens the database in which karvan keeps what people work on:
// one SQLite file, or PostgreSQL, named by an address. The SQL is the same for
// both; where it cannot be, [Dialect] tells which one is meant.
//
// Writes follow one another, in SQLite by its only writer and in PostgreSQL by
// a lock of the transaction, whatever the number of programs that write.
//
// [Open] brings the tables up to date; [Migrate] goes to any version. Errors
// are in words that say what to do, and wrap [ErrUnavailable] where the same
// request may succeed later.
package sqldb
