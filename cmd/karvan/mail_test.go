package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// post is a mail server of the test: it takes every mail, as SMTP has it (RFC 5321).
type post struct {
	port  string
	mails chan string
}

func openPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &post{port: fmt.Sprint(l.Addr().(*net.TCPAddr).Port), mails: make(chan string, 10)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.take(c)
		}
	}()
	return p
}

func (p *post) take(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { io.WriteString(c, s+"\r\n") }
	say("220 post of the test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			p.mails <- b.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// next waits for a mail, and gives its head and its text.
func (p *post) next(t *testing.T) (head, text string) {
	t.Helper()
	select {
	case m := <-p.mails:
		head, body, _ := strings.Cut(m, "\r\n\r\n")
		plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		return head, string(plain)
	case <-time.After(30 * time.Second):
		t.Fatal("no mail came")
	}
	return "", ""
}

// Where mail is set up an interest waits for its contact: the link that comes by mail
// hands it in, once, and what becomes of it is told.
func TestInterestIsConfirmedByMail(t *testing.T) {
	p := openPost(t)
	srv, writers, record := settled(t, filepath.Join(t.TempDir(), "r.db"), "--smtp-host", "127.0.0.1", "--smtp-port", p.port, "--smtp-from", "register@example.org", "--smtp-plain")
	body := fmt.Sprintf(`{"profile":{"name":"Bridge Works","country":"TR","contact":{"email":"ayla@example.org"}},"projects":[%q],"services":["construction.road"],"roles":["contractor"],"text":"We build.","valid_until":%q,"visibility":"public","language":"tr"}`,
		record, time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	status, data, err := writers[0].do(t.Context(), http.MethodPost, srv.home+"/api/v1/interests", body)
	if err != nil || status != 201 || !strings.Contains(string(data), `"state":"draft"`) {
		t.Fatal(status, string(data), err)
	}
	head, text := p.next(t)
	if !strings.Contains(head, "ayla@example.org") || !strings.Contains(head, "register@example.org") {
		t.Errorf("%s", head)
	}
	code := regexp.MustCompile(`http://127\.0\.0\.1:\d+/tr/work/confirm\?code=([0-9a-f]+)`).FindStringSubmatch(text)
	if code == nil {
		t.Fatalf("no link: %s", text)
	}
	confirm := func() int {
		res, err := http.PostForm(srv.home+"/tr/work/confirm", map[string][]string{"code": {code[1]}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	// Looking at the link does nothing: programs that read mail do that.
	if status := get(t, srv.home+"/tr/work/confirm?code="+code[1]); status != 200 {
		t.Error(status)
	}
	if status := confirm(); status != 200 {
		t.Error(status)
	}
	if status := confirm(); status != 404 {
		t.Errorf("the link was taken twice: %d", status)
	}
	var s struct{ ID string }
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var now struct {
		State   string `json:"state"`
		Version int64  `json:"version"`
	}
	_, data, err = writers[0].do(t.Context(), http.MethodGet, srv.home+"/api/v1/submissions/"+s.ID, "")
	if err != nil || json.Unmarshal(data, &now) != nil || now.State != "submitted" {
		t.Fatalf("%s %v", data, err)
	}
	status, data, err = writers[1].do(t.Context(), http.MethodPost, srv.home+"/api/v1/submissions/"+s.ID+"/return", `{"reason":"Lütfen daha çok"}`, "If-Match", fmt.Sprintf(`"%d"`, now.Version))
	if err != nil || status != 200 {
		t.Fatal(status, string(data), err)
	}
	if _, text := p.next(t); !strings.Contains(text, "Lütfen daha çok") {
		t.Errorf("%s", text)
	}
}
