package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
)

// Mailer sends a mail.
type Mailer interface {
	Send(ctx context.Context, to, title, body string) error
}

// jobEvery is how often embargoes and the outbox are looked at.
const jobEvery = 5 * time.Second

// Jobs does what has to be done without a request, until the context ends: what was
// under embargo is published, mail is sent.
func (s *Server) Jobs(ctx context.Context) {
	if s.work == nil {
		return
	}
	t := time.NewTicker(jobEvery)
	defer t.Stop()
	for {
		s.RunJobs(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// RunJobs does once what [Server.Jobs] does again and again.
func (s *Server) RunJobs(ctx context.Context) {
	tell := func(what string, err error) {
		if err != nil && ctx.Err() == nil && !errors.Is(err, sqldb.ErrUnavailable) {
			slog.ErrorContext(ctx, what, "error", err)
		}
	}
	if n, err := s.work.Lift(ctx); err != nil || n > 0 {
		slog.InfoContext(ctx, "embargoes ended", "submissions", n)
		tell("embargoes could not be lifted", err)
	}
	if s.options.Work.Mail == nil {
		return
	}
	_, err := s.work.TellAlerts(ctx)
	tell("alerts could not be told", err)
	_, err = s.work.SendMail(ctx, s.options.Work.Mail.Send)
	tell("mail could not be sent", err)
}
