package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/wneessen/go-mail"

	"github.com/karvan/karvan/server"
)

// workOptions are the flags of a server that many people work in.
type workOptions struct {
	server.Work
	clientSecretFile string
	opsAddr          string
	proxies          []string
	noLimits         bool
	oneEye           bool
	smtp             struct {
		host, from, user, passwordFile string
		port                           int
		plain                          bool
	}
}

func (o *workOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.Issuer.URL, "oidc-issuer", "", "OpenID Connect issuer that vouches for people, as https://login.example.org (none: nobody signs in but by karvan admin setup)")
	f.StringVar(&o.Issuer.ClientID, "oidc-client-id", "karvan", "id of this site at the issuer")
	f.StringVar(&o.clientSecretFile, "oidc-client-secret-file", "", "file with the secret of this site at the issuer (none: KARVAN_OIDC_CLIENT_SECRET)")
	f.BoolVar(&o.Issuer.Private, "oidc-private", false, "the issuer may stand at a private address")
	f.BoolVar(&o.oneEye, "no-four-eyes", false, "let authors accept and publish what is theirs")
	f.IntVar(&o.Quota, "quota", 200, "submissions, and files, that an account may hand in within a day (0: no limit)")
	f.StringVar(&o.smtp.host, "smtp-host", "", "server that sends mail: confirmations and alerts (none: no mail)")
	f.IntVar(&o.smtp.port, "smtp-port", 587, "its port")
	f.StringVar(&o.smtp.from, "smtp-from", "", "address that mail comes from")
	f.StringVar(&o.smtp.user, "smtp-user", "", "user at the mail server")
	f.StringVar(&o.smtp.passwordFile, "smtp-password-file", "", "file with the password at the mail server (none: KARVAN_SMTP_PASSWORD)")
	f.BoolVar(&o.smtp.plain, "smtp-plain", false, "send without TLS, to a server on this machine")
	f.StringVar(&o.opsAddr, "ops-addr", "", "address at which /metrics, /healthz and /readyz are served for those who run the site (none: no metrics)")
	f.StringSliceVar(&o.proxies, "trusted-proxy", nil, "network whose X-Forwarded-For is believed, as 10.0.0.0/8; may be repeated")
	f.BoolVar(&o.noLimits, "no-rate-limits", false, "do not bound how often anybody asks: behind a proxy that does")
	o.Limits.Reads, o.Limits.Writes, o.Limits.Anonymous, o.Limits.Attempts = 100, 10, 0.5, 1
}

// secretOf reads a secret from a file, or from the environment.
func secretOf(file, variable string) (string, error) {
	if file == "" {
		return os.Getenv(variable), nil
	}
	data, err := os.ReadFile(file)
	return strings.TrimRight(string(data), "\r\n"), err
}

// prepare checks the flags.
func (o *workOptions) prepare() error {
	o.FourEyes = !o.oneEye
	var err error
	if o.Issuer.ClientSecret, err = secretOf(o.clientSecretFile, "KARVAN_OIDC_CLIENT_SECRET"); err != nil {
		return err
	}
	if o.Issuer.URL != "" {
		u, err := url.Parse(o.Issuer.URL)
		local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
		if err != nil || u.Scheme != "https" && !(u.Scheme == "http" && local) {
			return exit{statusUsage, fmt.Errorf("--oidc-issuer %q: https:// was expected", o.Issuer.URL)}
		}
	}
	for _, p := range o.proxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return exit{statusUsage, fmt.Errorf("--trusted-proxy %q is no network, as 10.0.0.0/8", p)}
		}
		o.Limits.Proxies = append(o.Limits.Proxies, prefix)
	}
	if o.noLimits {
		o.Limits.Reads, o.Limits.Writes, o.Limits.Anonymous, o.Limits.Attempts = 0, 0, 0, 0
	}
	if o.smtp.host == "" {
		return nil
	}
	if o.smtp.from == "" {
		return exit{statusUsage, errors.New("--smtp-from is missing: from whom does mail come?")}
	}
	password, err := secretOf(o.smtp.passwordFile, "KARVAN_SMTP_PASSWORD")
	if err != nil {
		return err
	}
	settings := []mail.Option{mail.WithPort(o.smtp.port), mail.WithTimeout(15 * time.Second)}
	if o.smtp.plain {
		settings = append(settings, mail.WithTLSPolicy(mail.NoTLS))
	} else {
		settings = append(settings, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if o.smtp.user != "" {
		settings = append(settings, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.smtp.user), mail.WithPassword(password))
	}
	client, err := mail.NewClient(o.smtp.host, settings...)
	if err != nil {
		return exit{statusUsage, fmt.Errorf("--smtp-host %q: %w", o.smtp.host, err)}
	}
	o.Mail = &mailer{client, o.smtp.from}
	return nil
}

// mailer sends mail by SMTP.
type mailer struct {
	client *mail.Client
	from   string
}

// Send sends a mail of plain text.
func (m *mailer) Send(ctx context.Context, to, title, body string) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(m.from), msg.To(to)); err != nil {
		return err
	}
	msg.Subject(title)
	msg.SetBodyString(mail.TypeTextPlain, body)
	return m.client.DialAndSendWithContext(ctx, msg)
}

// ops serves what is for those who run the site, at an address of its own.
func (o *workOptions) ops(ctx context.Context, srv *server.Server) (func(), error) {
	if o.opsAddr == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", o.opsAddr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for --ops-addr: %w", o.opsAddr, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", srv.Metrics())
	mux.Handle("GET /healthz", srv)
	mux.Handle("GET /readyz", srv)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(ctx, l, mux)
	}()
	return func() { stop(); <-done }, nil
}
