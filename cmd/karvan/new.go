package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/studies"
)

func newCommand() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "new DIR",
		Short: "Start a study of your own",
		Long: `Makes a folder with a small study that runs: two cities, rail and road between them, a border and two goods.
Change its CSV files in a spreadsheet, then use check and run. An existing folder is never touched.

Exit status: 0 done, 1 not done.`,
		Example: "  karvan new my-study\n  karvan new copy --from azerbaijan-turkiye    start from the built-in study",
		Args:    args(1, 1, "the folder to make"),
		RunE: func(c *cobra.Command, a []string) error {
			files, ok := builtIn(from)
			if !ok {
				return fmt.Errorf("there is no built-in study %q; there are starter and %s", from, studies.Default)
			}
			if err := copyStudy(files, a[0]); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "made %s; next: karvan check %s\n", a[0], a[0])
			return nil
		},
	}
	c.Flags().StringVar(&from, "from", "starter", "built-in study to start from")
	return c
}

func copyStudy(files fs.FS, dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s exists already; choose another name", dir)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	part, err := os.MkdirTemp(parent, filepath.Base(dir)+".part-*")
	if err != nil {
		return fmt.Errorf("cannot write in %s: %w", parent, withoutPath(err))
	}
	// The folder gets its name when it is whole.
	err = os.CopyFS(part, files)
	if err == nil {
		err = os.Chmod(part, 0o755)
	}
	if err == nil {
		err = os.Rename(part, dir)
	}
	if err != nil {
		os.RemoveAll(part)
		return fmt.Errorf("cannot make %s: %w", dir, withoutPath(err))
	}
	return nil
}

func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
