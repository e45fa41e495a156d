package access

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"log/slog"

	"github.com/karvan/karvan/internal/sqldb"
)

// Limits bound how often anybody asks; 0 is no limit. Each is a rate in requests a
// second, of which ten seconds' worth may come at once.
type Limits struct {
	Reads     float64 // of an address that is not signed in
	Writes    float64 // of an account
	Anonymous float64 // changes by an address that is not signed in: reports, checks
	Attempts  float64 // sign-ins, and tokens or sessions that are none, by an address
	// Proxies are addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
}

// burst is how many seconds' worth of requests may come at once.
const burst = 10

// mostKept bounds how many callers are remembered; whoever asked longest ago is
// forgotten first.
const mostKept = 20000

type limiter struct {
	Limits
	kept *lru.Cache[string, *rate.Limiter]
}

func newLimiter(l Limits) *limiter {
	kept, err := lru.New[string, *rate.Limiter](mostKept)
	if err != nil {
		panic(err) // the size is positive
	}
	return &limiter{l, kept}
}

// allow reports whether a request may go on, or after how many seconds it may.
func (l *limiter) allow(r *http.Request, account string, unknown bool) (wait string, ok bool) {
	address := l.address(r)
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	take := func(kind, who string, perSecond float64) bool {
		if perSecond <= 0 {
			return true
		}
		key := kind + who
		at, has := l.kept.Get(key)
		if !has {
			at = rate.NewLimiter(rate.Limit(perSecond), int(math.Ceil(perSecond*burst)))
			if before, raced, _ := l.kept.PeekOrAdd(key, at); raced {
				at = before
			}
		}
		if at.Allow() {
			return true
		}
		wait = strconv.Itoa(int(math.Ceil(1 / perSecond)))
		return false
	}
	switch {
	case unknown, strings.HasPrefix(r.URL.Path, "/auth/"), strings.HasSuffix(r.URL.Path, "/work/setup"), strings.HasSuffix(r.URL.Path, "/work/confirm"):
		ok = take("attempt ", address, l.Attempts)
	case account == "" && safe:
		ok = take("read ", address, l.Reads)
	case account == "":
		ok = take("anonymous ", address, l.Anonymous)
	case safe:
		ok = take("read ", account, l.Reads)
	default:
		ok = take("write ", account, l.Writes)
	}
	return wait, ok
}

// address is where a request comes from. An IPv6 network of 64 bits counts as one.
func (l *limiter) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	// From the last proxy on, the first address that is none of ours is the client's.
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && l.proxy(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		ip = next
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

func (l *limiter) proxy(ip netip.Addr) bool {
	for _, p := range l.Proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// failed answers an error of the store.
func (g *Gate) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, sqldb.ErrUnavailable) {
		g.Problem(w, http.StatusServiceUnavailable, "The database cannot be used now; try again in a moment.")
		return
	}
	slog.ErrorContext(r.Context(), "a sign-in failed", "error", err)
	g.Problem(w, http.StatusInternalServerError, "The server could not answer. Try again; if it goes on, tell those who run it.")
}
