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

	"github.com/karvan/karvan"
	"github.com/karvan/karvan/server"
	"github.com/karvan/karvan/store/accounts"
	"github.com/karvan/karvan/studies"
)

// site are the flags of serve and demo that say what is served, and where.
type site struct {
	addr, base string
	register   registerOptions
	work       workOptions
}

func (o *site) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.addr, "addr", "127.0.0.1:8765", "address to listen on")
	c.Flags().StringVar(&o.base, "base-url", "", "address under which the site is published, as https://example.org (none: that of each request)")
	c.Flags().StringVar(&o.register.db, "db", "", databaseHelp)
	o.register.publisherFlags(c)
	o.work.flags(c)
}

func serveCommand() *cobra.Command {
	var s site
	var o runOptions
	c := &cobra.Command{
		Use:   "serve RESULT|STUDY",
		Short: "Read the register and look at a result on a map",
		Long: `Serves the register, the map and the API on this machine, until Ctrl-C. A study is solved meanwhile, into a temporary
file: the register is read at once, the map says how far the model is. Only this machine can reach it unless --addr says
otherwise. The study is never written; the register stands in a file of its own, or in PostgreSQL.

With --oidc-issuer people sign in and work in the register: companies, editors, publishers, auditors; karvan admin setup
lets the first administrator in. See docs/reference/server.md.

Exit status: 0 stopped by Ctrl-C, 1 could not serve, 2 the study is faulty.`,
		Example: "  karvan serve results.gpkg\n  karvan serve my-study --addr 127.0.0.1:9000\n  karvan serve my-study --db register.db\n  karvan serve my-study --db postgres://karvan@127.0.0.1/karvan --base-url https://register.example.org --oidc-issuer https://login.example.org",
		Args:    args(1, 1, "a result file or a study"),
		RunE: func(c *cobra.Command, a []string) error {
			if isResult(a[0]) {
				r, m, err := openResult(a[0])
				if err != nil {
					return err
				}
				defer r.Close()
				return s.serve(c.Context(), m, c.OutOrStdout(), c.ErrOrStderr(), func(ctx context.Context, srv *server.Server) error { return srv.Solved(r, m) })
			}
			folder, err := os.MkdirTemp("", "karvan-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(folder)
			m, err := loadStudy(a[0], c.ErrOrStderr())
			if err != nil {
				return err
			}
			o.output = filepath.Join(folder, "result.gpkg")
			return s.serveStudy(c.Context(), m, o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.flags(c)
	s.flags(c)
	return c
}

func demoCommand() *cobra.Command {
	var s site
	var o runOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Serve the built-in study: its register at once, its map when it is solved",
		Long: `Serves the study azerbaijan-turkiye, which is part of the program: the register can be read at once; the model is
solved meanwhile, into --output, and its map appears when it is done.

Exit status: 0 stopped by Ctrl-C, 1 not done.`,
		Example: "  karvan demo\n  karvan demo --addr 127.0.0.1:9000",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := loadStudy(studies.Default, c.ErrOrStderr())
			if err != nil {
				return err
			}
			return s.serveStudy(c.Context(), m, o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.flags(c)
	s.flags(c)
	c.Flags().StringVarP(&o.output, "output", "o", "demo.gpkg", "result file to write")
	return c
}

// serveStudy serves a study while it is solved.
func (s *site) serveStudy(ctx context.Context, m *karvan.Model, o runOptions, out, stderr io.Writer) error {
	return s.serve(ctx, m, out, stderr, func(ctx context.Context, srv *server.Server) error {
		o.each = srv.Progress
		sum, err := solve(ctx, m, o, stderr)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "solved %s in %.1f s; the map is there\n", plural(sum.Runs, "scenario and year"), sum.WallS)
		r, own, err := openResult(o.output)
		if err != nil {
			return err
		}
		return srv.Solved(r, own)
	})
}

// serve listens, prints the address, and makes the result meanwhile.
func (s *site) serve(ctx context.Context, m *karvan.Model, out, stderr io.Writer, result func(context.Context, *server.Server) error) error {
	in := m.Inputs()
	if err := s.register.publisher.Check(); err != nil {
		return exit{statusUsage, err}
	}
	if err := s.work.prepare(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --addr", s.addr, err)
	}
	defer l.Close()
	db, err := s.register.open(ctx, in)
	if err != nil {
		return err
	}
	if db != nil {
		defer db.Close()
	}
	if s.work.Mail != nil && s.base == "" {
		s.base = "http://" + l.Addr().String() // links in mail lead somewhere
	}
	srv, err := server.New(server.Options{Study: in, Title: in.Title, Version: version, Register: db, Publisher: s.register.publisher, Base: s.base, Runs: true, Work: s.work.Work})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	end, err := s.work.ops(ctx, srv)
	if err != nil {
		return err
	}
	defer end()
	if db != nil {
		if err := accounts.SyncPolicy(ctx, db.SQL()); err != nil {
			return err
		}
		jobs := make(chan struct{})
		go func() { defer close(jobs); srv.Jobs(ctx) }()
		defer func() { stop(); <-jobs }()
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l, srv) }()
	if db == nil {
		// Without a register there is nothing to read before the result.
		if err := result(ctx, srv); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s is at http://%s/ (Ctrl-C stops)\n", in.Title["en"], l.Addr())
		return <-served
	}
	fmt.Fprintf(out, "%s is at http://%s/ (Ctrl-C stops)\n", in.Title["en"], l.Addr())
	made := make(chan error, 1)
	go func() { made <- result(ctx, srv) }()
	select {
	case err := <-served:
		stop()
		<-made
		return err
	case err := <-made:
		if err != nil && ctx.Err() == nil {
			srv.Failed(err)
			fmt.Fprintf(stderr, "karvan: the model could not be solved: %v; the register goes on\n", err)
		}
	}
	return <-served
}
