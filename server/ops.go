package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/karvan/karvan/server/access"
)

// ops tells those who run the site how it does: health, metrics, and a line of log for
// each request that changed or failed.
type ops struct {
	s        *Server
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inside   atomic.Int64
}

func newOps(s *Server) *ops {
	o := &ops{s: s, registry: prometheus.NewRegistry()}
	o.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "karvan_http_requests_total", Help: "Requests, by part of the site, method and status."}, []string{"part", "method", "status"})
	o.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "karvan_http_request_seconds", Help: "How long requests took.", Buckets: []float64{.005, .01, .025, .05, .1, .2, .5, 1, 2, 5, 10}}, []string{"part"})
	o.registry.MustRegister(o.requests, o.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "karvan_http_requests_inside", Help: "Requests that are answered now."}, func() float64 { return float64(o.inside.Load()) }))
	if s.work != nil {
		db := s.options.Register.SQL()
		count := func(name, help, query string) prometheus.Collector {
			return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				defer cancel()
				var n float64
				if db.QueryRowContext(ctx, query).Scan(&n) != nil {
					return -1
				}
				return n
			})
		}
		o.registry.MustRegister(
			count("karvan_submissions_waiting", "Submissions that wait for a decision.", "SELECT count(*) FROM submission WHERE state IN ('submitted', 'accepted')"),
			count("karvan_outbox_waiting", "Mails that wait to be sent.", "SELECT count(*) FROM outbox WHERE sent_at = ''"),
			count("karvan_audit_events", "Events in the audit log.", "SELECT count(*) FROM event"),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "karvan_importers_silent", Help: "Importers without success for longer than their period."}, func() float64 {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				defer cancel()
				list, err := s.work.Importers(ctx)
				if err != nil {
					return -1
				}
				silent := 0
				for _, i := range list {
					if i.Silent {
						silent++
					}
				}
				return float64(silent)
			}),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "karvan_database_connections", Help: "Connections in use for reading."}, func() float64 { return float64(db.Stats().InUse) }))
	}
	return o
}

// Metrics serves the metrics of a server in the form of Prometheus. They are for those
// who run the site: it stands at an address of its own.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.ops.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second})
}

func (o *ops) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if db := o.s.options.Register; db != nil {
			ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
			defer cancel()
			if err := db.SQL().Ping(ctx); err != nil {
				slog.WarnContext(r.Context(), "not ready", "error", err)
				writeProblem(w, http.StatusServiceUnavailable, "The database does not answer.")
				return
			}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ready")
	})
}

// part names the part of the site that a path belongs to: few enough to be counted.
func part(path string) string {
	for _, p := range []string{"/api/v1/", "/api/", "/ogc", "/assets/", "/auth/", "/files/", "/healthz", "/readyz", "/openapi"} {
		if strings.HasPrefix(path, p) {
			return strings.Trim(p, "/")
		}
	}
	if len(path) > 4 && strings.HasPrefix(path[3:], "/work") {
		return "work"
	}
	return "pages"
}

// statusGone is how requests are counted whose sender has gone, as is usual.
const statusGone = 499

// watch counts and times requests, and gives an answer that a fault of ours cut short
// its status. A 503 says when to try again.
func (o *ops) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		o.inside.Add(1)
		seen := &seen{ResponseWriter: w}
		// An answer that cannot be sent any more is not made.
		ctx, cancel := context.WithTimeout(r.Context(), answerLimit)
		defer cancel()
		ctx, account := access.Noted(ctx)
		r = r.WithContext(ctx)
		defer func() {
			o.inside.Add(-1)
			took := time.Since(start)
			if e := recover(); e != nil {
				if e == http.ErrAbortHandler { //nolint:errorlint // it is compared so by net/http
					panic(e)
				}
				var stack [4096]byte
				slog.ErrorContext(r.Context(), "a handler panicked", "path", r.URL.Path, "panic", fmt.Sprint(e), "stack", string(stack[:runtime.Stack(stack[:], false)]))
				if seen.status == 0 {
					writeProblem(seen, http.StatusInternalServerError, "The server could not answer. Try again; if it goes on, tell those who run it.")
				}
			}
			if seen.status == 0 && r.Context().Err() != nil {
				// The time is over, or nobody listens any more, which is no fault of ours and is
				// counted apart: never an empty success.
				seen.Header().Set("Connection", "close")
				writeProblem(seen, http.StatusServiceUnavailable, "The answer took too long. Try again in a moment.")
				if errors.Is(r.Context().Err(), context.Canceled) {
					seen.status = statusGone
				}
			}
			if seen.status == 0 {
				seen.status = http.StatusOK
			}
			p := part(r.URL.Path)
			o.requests.WithLabelValues(p, method(r.Method), strconv.Itoa(seen.status)).Inc()
			o.seconds.WithLabelValues(p).Observe(took.Seconds())
			// Reading is not logged, nor what addresses ask for: a query may hold a secret.
			if r.Method != http.MethodGet && r.Method != http.MethodHead || seen.status >= 500 {
				slog.InfoContext(r.Context(), "request", "method", method(r.Method), "path", r.URL.Path, "status", seen.status, "ms", took.Milliseconds(), "account", *account)
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// method keeps what is counted to the methods that there are.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// seen notes the status of an answer.
type seen struct {
	http.ResponseWriter
	status int
}

func (s *seen) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
		if status == http.StatusServiceUnavailable && s.Header().Get("Retry-After") == "" {
			s.Header().Set("Retry-After", "5")
		}
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seen) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.WriteHeader(http.StatusOK)
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }
