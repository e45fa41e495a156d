package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/studies"
)

func serveCommand() *cobra.Command {
	var addr string
	var o runOptions
	c := &cobra.Command{
		Use:   "serve RESULT|STUDY",
		Short: "Look at a result on a map",
		Long: `Serves the map and the API of a result on this machine, until Ctrl-C. A study is solved first, into a temporary
file. Only this machine can reach it unless --addr says otherwise.

Exit status: 0 stopped by Ctrl-C, 1 could not serve, 2 the study is faulty.`,
		Example: "  karvan serve results.gpkg\n  karvan serve my-study --addr 127.0.0.1:9000",
		Args:    args(1, 1, "a result file or a study"),
		RunE: func(c *cobra.Command, a []string) error {
			path := a[0]
			if !isResult(path) {
				folder, err := os.MkdirTemp("", "karvan-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(folder)
				m, err := loadStudy(path, c.ErrOrStderr())
				if err != nil {
					return err
				}
				o.output = filepath.Join(folder, "result.gpkg")
				if _, err := solve(c.Context(), m, o, c.ErrOrStderr()); err != nil {
					return err
				}
				path = o.output
			}
			return serve(c.Context(), path, addr, c.OutOrStdout())
		},
	}
	o.flags(c)
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8765", "address to listen on")
	return c
}

func demoCommand() *cobra.Command {
	var addr string
	var o runOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the built-in study and open its map",
		Long: `Solves the study azerbaijan-turkiye, which is part of the program, writes the result to --output and serves its map.

Exit status: 0 stopped by Ctrl-C, 1 not done.`,
		Example: "  karvan demo\n  karvan demo --addr 127.0.0.1:9000",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := loadStudy(studies.Default, c.ErrOrStderr())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "solving %s: %s\n", studies.Default, m.Inputs().Title["en"])
			s, err := solve(c.Context(), m, o, c.ErrOrStderr())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s: %s in %.1f s\n", o.output, plural(s.Runs, "scenario and year"), s.WallS)
			return serve(c.Context(), o.output, addr, c.OutOrStdout())
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&o.output, "output", "o", "demo.gpkg", "result file to write")
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8765", "address to listen on")
	return c
}

// serve serves a result until the context ends.
func serve(ctx context.Context, path, addr string, out io.Writer) error {
	r, m, err := openResult(path)
	if err != nil {
		return err
	}
	defer r.Close()
	h, err := server.New(r, m, version)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --addr", addr, err)
	}
	fmt.Fprintf(out, "%s is at http://%s/ (Ctrl-C stops)\n", r.Run.Title["en"], l.Addr())
	return server.Serve(ctx, l, h)
}
