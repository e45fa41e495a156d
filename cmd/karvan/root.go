package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/store"
	"github.com/karvan/karvan/studies"
	"github.com/karvan/karvan/study"
)

// version is set by the Makefile.
var version = "dev"

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "karvan",
		Short: "What will a cross-border infrastructure programme do?",
		Long: `karvan reads a study (a folder of open files), finds which way goods go over rail, road, sea, air and pipelines,
where it is full, and what each project would change, and writes one GeoPackage with every answer.`,
		Example: `  karvan demo                          run the built-in study and open its map
  karvan new my-study                  start a study of your own
  karvan check my-study                name everything that is wrong in it
  karvan run my-study -o results.gpkg  solve every scenario and year
  karvan serve results.gpkg            look at it on a map`,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exit{statusUsage, fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())}
	})
	c.AddCommand(newCommand(), checkCommand(), runCommand(), serveCommand(), showCommand(), compareCommand(), routeCommand(), exportCommand(), validateCommand(), calibrateCommand(), pipelineCommand(), registerCommand(), tradeCommand(), gravityCommand(), assignCommand(), skimCommand(), selectLinkCommand(), criticalCommand(), designCommand(), demoCommand(), backupCommand(), restoreCommand(), migrateCommand(), auditCommand(), adminCommand(), benchCommand(), versionCommand())
	return c
}

// args wants between low and high arguments, named for the message.
func args(low, high int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if len(a) < low || len(a) > high {
			return exit{statusUsage, fmt.Errorf("%s wants %s; see `%s --help`", c.CommandPath(), names, c.CommandPath())}
		}
		return nil
	}
}

// printJSON writes a value to standard output.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// builtIn gives the study of that name inside the program, if there is one.
func builtIn(name string) (fs.FS, bool) {
	sub, err := fs.Sub(studies.Files, name)
	if err != nil {
		return nil, false
	}
	if _, err := fs.Stat(sub, "study.yaml"); err != nil {
		return nil, false
	}
	return sub, true
}

// loadStudy reads a study and tells its faults on standard error. A study with
// errors ends the command with status 2.
func loadStudy(dir string, stderr io.Writer) (*karvan.Model, error) {
	var in *karvan.Inputs
	var list []study.Fault
	var err error
	if _, statErr := os.Stat(dir); statErr != nil {
		if files, ok := builtIn(dir); ok {
			in, list, err = study.LoadFS(files)
			return modelOf(in, list, err, stderr)
		}
	}
	in, list, err = study.Load(dir)
	return modelOf(in, list, err, stderr)
}

func modelOf(in *karvan.Inputs, list []study.Fault, err error, stderr io.Writer) (*karvan.Model, error) {
	if err != nil {
		return nil, err
	}
	if in == nil {
		for _, f := range list {
			fmt.Fprintln(stderr, f)
		}
		return nil, exit{statusFaulty, fmt.Errorf("the study has faults (%s); nothing was run", tally(list))}
	}
	return karvan.New(in)
}

// tally counts faults for people.
func tally(list []study.Fault) string {
	errors, warnings := 0, 0
	for _, f := range list {
		if f.Severity == study.Error {
			errors++
		} else {
			warnings++
		}
	}
	return plural(errors, "error") + ", " + plural(warnings, "warning")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// openResult opens a result and the model of the study that it carries.
func openResult(path string) (*store.Result, *karvan.Model, error) {
	r, err := store.Open(path)
	if err != nil {
		return nil, nil, err
	}
	files, err := r.Files()
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	in, list, err := study.LoadFS(files)
	if err == nil && in == nil {
		err = fmt.Errorf("%s: the study that it carries no longer passes the checks of this version: %s", path, list[0])
	}
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	m, err := karvan.New(in)
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return r, m, nil
}

// isResult reports whether a path looks like a result file and not a study.
func isResult(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() || err != nil && strings.HasSuffix(path, ".gpkg")
}
