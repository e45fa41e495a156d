package gaslib

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds on what is looked through for files.
const (
	mostFiles   = 10000
	mostFolders = 2 // deep
)

// Open reads a network from a folder or a zip archive that holds one topology (.net) and beside
// it, or in a folder of it, scenarios (.scn) and stations (.cs). Of several scenarios the one
// named as the topology is taken, else the first by name, with a warning. The path may also be
// that of the topology itself.
func Open(name string, opt Options) (*Network, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	prefer := ""
	var source fs.FS
	switch {
	case info.IsDir():
		source = os.DirFS(name)
	case strings.EqualFold(filepath.Ext(name), ".net"):
		prefer = filepath.Base(name)
		name = filepath.Dir(name)
		source = os.DirFS(name)
	default:
		z, err := zip.OpenReader(name)
		if err != nil {
			return nil, fmt.Errorf("gaslib: %s: a folder, a .net file or a zip archive was expected: %w", name, err)
		}
		defer z.Close()
		source = z
	}
	return open(source, name, prefer, opt)
}

func open(source fs.FS, name, prefer string, opt Options) (*Network, error) {
	found := map[string][]string{} // by extension
	count := 0
	err := fs.WalkDir(source, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if count++; count > mostFiles {
			return fmt.Errorf("at most %d files were expected", mostFiles)
		}
		if d.IsDir() {
			if strings.Count(p, "/") >= mostFolders || prefer != "" && p != "." {
				return fs.SkipDir
			}
			return nil
		}
		if ext := strings.ToLower(path.Ext(p)); ext == ".net" || ext == ".scn" || ext == ".cs" {
			found[ext] = append(found[ext], p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gaslib: %s: %w", name, err)
	}
	if prefer != "" {
		found[".net"] = []string{prefer}
	}
	if len(found[".net"]) != 1 {
		return nil, fmt.Errorf("gaslib: %s: one file ending in .net was expected (got %d)", name, len(found[".net"]))
	}
	topology := found[".net"][0]
	var warnings []string
	names := []string{topology, "", ""}
	for i, ext := range []string{".scn", ".cs"} {
		list := found[ext]
		slices.Sort(list)
		same := strings.TrimSuffix(topology, path.Ext(topology)) + ext
		switch {
		case slices.Contains(list, same):
			names[i+1] = same
		case len(list) > 0:
			names[i+1] = list[0]
			if len(list) > 1 {
				warnings = append(warnings, fmt.Sprintf("%s: %s is taken, the first of %d files ending in %s", name, list[0], len(list), ext))
			}
		}
	}
	var readers [3]io.Reader
	for i, n := range names {
		if n == "" {
			continue
		}
		f, err := source.Open(n)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("gaslib: %s", name), err)
		}
		defer f.Close()
		readers[i] = f
		names[i] = filepath.Join(name, filepath.FromSlash(n))
	}
	net, err := Read(readers[0], readers[1], readers[2], opt, names...)
	if err != nil {
		return nil, err
	}
	net.Warnings = append(warnings, net.Warnings...)
	if readers[1] == nil {
		net.Warnings = append(net.Warnings, name+": no scenario (.scn) was found: nothing flows in or out")
	}
	return net, nil
}
