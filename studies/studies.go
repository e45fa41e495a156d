// Package studies carries the built-in study. The study is made from the facts
// in studies/facts by the program studies/build.
package studies

import "embed"

//go:embed azerbaijan-turkiye starter
var files embed.FS

// Files holds every built-in study, one folder each.
var Files = files

// Default is the name of the study that `karvan demo` runs.
const Default = "azerbaijan-turkiye"
