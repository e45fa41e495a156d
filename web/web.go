// Package web holds the page: a Vite application built into dist/app, which is
// part of the program. A fresh clone has a placeholder in dist that says how to
// build it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Pages gives the files of the page: the built application, or the placeholder
// where it has not been built.
func Pages() (fs.FS, error) {
	if _, err := fs.Stat(files, "dist/app/index.html"); err == nil {
		return fs.Sub(files, "dist/app")
	}
	return fs.Sub(files, "dist")
}

// Built reports whether the program holds the application.
func Built() bool {
	_, err := fs.Stat(files, "dist/app/index.html")
	return err == nil
}
