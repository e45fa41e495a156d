package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What stands in the repository is what the program makes of the facts.
func TestBuildIsReproducible(t *testing.T) {
	out := t.TempDir()
	if err := build("../facts/azerbaijan-turkiye", out); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		name, err := filepath.Rel(out, path)
		if err != nil {
			return err
		}
		made, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		kept, err := os.ReadFile(filepath.Join("..", "azerbaijan-turkiye", name))
		if err != nil {
			return err
		}
		if !bytes.Equal(made, kept) {
			t.Errorf("%s differs from what the facts make; run `go run ./studies/build` in the project's folder", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 12 {
		t.Errorf("only %d files were made", files)
	}
}
