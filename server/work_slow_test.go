package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/karvan/karvan/internal/sqldb"
)

// An answer that takes longer than a request may take to arrive is an answer still, and
// leaves its connection sound: net/http ends the context of a connection for good when a
// deadline for reading passes in the midst of a request.
func TestSlowAnswerLeavesTheConnectionSound(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	p := o.project().ID
	o.want(o.as("editor", http.MethodGet, "/api/v1/me", nil), 200, nil) // the use of the token is noted
	locked, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if err := o.db.SQL().Within(context.Background(), func(tx *sqldb.Tx) error {
			if tx.Dialect == sqldb.PostgreSQL {
				if err := tx.Exec(context.Background(), "LOCK TABLE submission IN ACCESS EXCLUSIVE MODE"); err != nil {
					return err
				}
			}
			close(locked)
			time.Sleep(7 * time.Second)
			return nil
		}); err != nil {
			t.Error(err)
		}
	}()
	<-locked
	c, err := net.Dial("tcp", strings.TrimPrefix(o.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	ask := func(method, path, body string) (int, string) {
		t.Helper()
		fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, o.tokens["editor"], len(body), body)
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text)
	}
	start := time.Now()
	status, body := ask(http.MethodPost, "/api/v1/submissions", `{"changes":[{"subject":"`+p+`","path":"purpose","value":"x"}],"said":{"source_id":"`+article+`"},"submit":true}`)
	if status != http.StatusCreated || time.Since(start) < 5*time.Second {
		t.Errorf("after %v: status %d, %.300s", time.Since(start), status, body)
	}
	<-done
	if status, body := ask(http.MethodGet, "/api/v1/me", ""); status != http.StatusOK || !strings.Contains(body, o.ids["editor"]) {
		t.Errorf("the next request of the connection: status %d, %q", status, body)
	}
}
