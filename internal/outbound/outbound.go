// Package outbound makes the requests that karvan itself sends: only over HTTPS
// (or HTTP, where private addresses are allowed), with limits of time and size, and never to private addresses unless those who
// run the site say so. A name is looked up once and its address checked when the
// connection is made, so that a name that changes its mind leads nowhere.
package outbound

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrPrivate is wrapped by the error of a request to an address that is not of the
// public internet.
var ErrPrivate = errors.New("the address is not of the public internet")

// limits of a request.
const (
	timeout  = 15 * time.Second
	mostBody = 1 << 20
)

// Client makes a client. Private lets it reach private addresses, as an issuer within
// a ministry's own network.
func Client(private bool) *http.Client {
	d := &net.Dialer{Timeout: 5 * time.Second}
	if !private {
		d.Control = func(_, address string, _ syscall.RawConn) error { return Check(address) }
	}
	return &http.Client{
		Timeout: timeout,
		Transport: limited{private, &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 1 << 16, MaxIdleConns: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return errors.New("more than three redirects")
			}
			return nil
		},
	}
}

// Check tells why a connection to an address (ip:port) is refused, or nil.
func Check(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrPrivate, address)
	}
	ip := at.Addr().Unmap()
	for _, p := range reserved {
		if p.Contains(ip) {
			return fmt.Errorf("%w: %s", ErrPrivate, ip)
		}
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return fmt.Errorf("%w: %s", ErrPrivate, ip)
	}
	return nil
}

// reserved are ranges that lead nowhere on the public internet, beside those that
// net/netip knows (IANA special-purpose address registries).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("100::/64"),
}

// limited bounds what is read of an answer, and the schemes.
type limited struct {
	private bool
	next    http.RoundTripper
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	// Nothing is asked of the internet over an open connection.
	if r.URL.Scheme != "https" && !(l.private && r.URL.Scheme == "http") {
		return nil, fmt.Errorf("%s: https was expected", r.URL.Scheme)
	}
	res, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = body{io.LimitReader(res.Body, mostBody), res.Body}
	return res, nil
}

type body struct {
	io.Reader
	io.Closer
}
