// Package oc4ids checks packages of the Open Contracting for Infrastructure
// Data Standard, version 0.9.5 (2024-02-28,
// https://standard.open-contracting.org/infrastructure/0.9/): all that the
// official Data Review Tool reports, and more (see [Check]).
//
// fields.csv holds the fields of the standard and codes.csv the codes of its
// lists, in a form of our own: names, types and codes, which are facts of the
// standard, and none of its texts. countries.csv holds the boxes round
// countries in degrees, drawn from Natural Earth (public domain), to a tenth.
package oc4ids
