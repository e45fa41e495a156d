// Command build writes the change log from the files in changelog: one folder a
// release, one file a change.
//
//	go run ./changelog/build > CHANGELOG.md
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	if err := write("changelog"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(root string) error {
	folders, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	// Releases are named by version and date, newest first; unreleased leads.
	sort.Slice(folders, func(i, j int) bool {
		a, b := folders[i].Name(), folders[j].Name()
		if (a == "unreleased") != (b == "unreleased") {
			return a == "unreleased"
		}
		return a > b
	})
	fmt.Print("# Changes\n\nMade by `make changelog` from the files in changelog/.\n")
	for _, folder := range folders {
		files, _ := filepath.Glob(filepath.Join(root, folder.Name(), "*.md"))
		if !folder.IsDir() || folder.Name() == "build" || len(files) == 0 {
			continue
		}
		fmt.Printf("\n## %s\n\n", strings.ToUpper(folder.Name()[:1])+folder.Name()[1:])
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Printf("- %s\n", strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  "))
		}
	}
	return nil
}
