// Package study reads a study, a folder of open files, into checked inputs.
//
// [Load] reads every file, converts units once, and gathers every fault before
// it says a word: each with file, line, field, value and what was expected. A
// study with a fault of severity error has no inputs.
//
// The files are described column by column in docs/reference/study-format.md.
// Nothing outside the folder is opened, links included.
package study
