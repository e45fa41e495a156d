// Package web holds the page: a Vite application built into dist, which is
// part of the program. A fresh clone has a placeholder that says how to build.
package web

import "embed"

// Files holds the folder dist.
//
//go:embed all:dist
var Files embed.FS
