// Package labels has the words people read of the register, in English,
// Azerbaijani, Turkish and Russian: headings of fields, texts of codes, names
// of kinds and of countries.
//
// The register and the standard speak in names and codes (dueDate, notMet),
// the same in every language; pages, sheets and calendars turn them into words
// here and nowhere else. Headings are those of a column: short, in sentence
// case, with the unit where the field's name says one. A test walks through
// all fields and codes that are known, so that none is shown bare.
package labels
