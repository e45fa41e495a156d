// Command karvan says what a cross-border infrastructure programme will do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// The exit statuses. Each command's help says which it uses.
const (
	statusFailed = 1 // it could not be done
	statusFaulty = 2 // the study has faults
	statusUsage  = 64
)

// exit is an error that carries the status to end with. An empty message has
// been told already.
type exit struct {
	status int
	err    error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

var errTold = errors.New("")

func main() {
	// Solving makes much short-lived memory: collect it less often.
	debug.SetGCPercent(300)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	if err == nil {
		return
	}
	status := statusFailed
	var e exit
	if errors.As(err, &e) {
		status = e.status
	}
	for _, usage := range []string{"required flag(s) ", "unknown command "} { // cobra has no type for these
		if strings.HasPrefix(err.Error(), usage) {
			status = statusUsage
		}
	}
	if interrupted {
		err, status = errors.New("stopped; an earlier result is as it was"), 130
	}
	if !errors.Is(err, errTold) {
		fmt.Fprintln(os.Stderr, "karvan: "+tidy(err.Error()))
	}
	os.Exit(status)
}

// tidy takes the name of the package off the front of a message.
func tidy(s string) string {
	for _, p := range []string{"karvan: ", "store: ", "study: ", "server: "} {
		s = strings.TrimPrefix(s, p)
	}
	return s
}
