package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"nusantara/images/service/internal/logging"
	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/web"
)

// queueWait is how long a request waits for a slot before it is turned away.
const queueWait = 100 * time.Millisecond

// stuckMargin is what a request may take beyond its timeout before it counts as hung.
const stuckMargin = 10 * time.Second

var acceptedRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type recordKey struct{}

// record is what is known of a request when it is answered.
type record struct {
	http.ResponseWriter
	route  string
	status int
}

func recordOf(ctx context.Context) *record {
	recorded, _ := ctx.Value(recordKey{}).(*record)
	return recorded
}

// Unwrap is for [http.ResponseController].
func (r *record) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *record) WriteHeader(status int) {
	// 1xx is not the answer yet.
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *record) Write(body []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(body)
}

// observe gives every request an id, counts, measures and logs it, and keeps a panic from ending the process.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !acceptedRequestID.MatchString(id) {
			id = newRequestID()
		}
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Served-By", s.Service+"/"+s.City)
		if s.draining.Load() {
			// The client must not send its next request to a listener that is about to close.
			w.Header().Set("Connection", "close")
		}
		recorded := &record{ResponseWriter: w, route: unmatched}
		ctx := context.WithValue(logging.WithRequestID(r.Context(), id), recordKey{}, recorded)
		r = r.WithContext(ctx)

		s.Metrics.InFlight.Inc()
		defer func() {
			s.Metrics.InFlight.Dec()
			aborted := s.recovered(ctx, recorded, recover())
			s.account(r, recorded, time.Since(start))
			if aborted {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(recorded, r)
	})
}

// recovered answers 500 for a panic. It says whether the connection must be cut, because the answer had begun.
func (s *Server) recovered(ctx context.Context, recorded *record, panicked any) bool {
	if panicked == nil {
		return false
	}
	if panicked == http.ErrAbortHandler {
		return true
	}
	s.Log.ErrorContext(ctx, "panic", "error", fmt.Sprint(panicked), "stack", string(debug.Stack()))
	begun := recorded.status != 0
	recorded.status = http.StatusInternalServerError
	if !begun {
		web.WriteError(recorded, web.General(fmt.Errorf("panic: %v", panicked)))
	}
	return begun
}

// account counts, measures and logs what was answered.
func (s *Server) account(r *http.Request, recorded *record, took time.Duration) {
	if recorded.status == 0 {
		recorded.status = http.StatusOK
	}
	level := slog.LevelInfo
	switch {
	case recorded.route == checkPath:
		// Probes are no traffic: counted, they would dilute the share of failures.
		level = slog.LevelDebug
	case recorded.status >= 500:
		level = slog.LevelError
	}
	if recorded.route != checkPath {
		method := telemetry.Method(r.Method)
		s.Metrics.Requests.WithLabelValues(method, recorded.route, strconv.Itoa(recorded.status)).Inc()
		s.Metrics.Duration.WithLabelValues(method, recorded.route).Observe(took.Seconds())
	}
	// Neither query nor headers: personal data may be in them.
	s.Log.Log(r.Context(), level, "request", "method", r.Method, "route", recorded.route, "status", recorded.status,
		"seconds", took)
}

// bound limits concurrency, time and size of requests.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.limiter.take(r.Context(), queueWait) {
			defer s.limiter.give()
		} else if r.URL.Path != checkPath {
			web.WriteError(w, &web.Error{Status: http.StatusServiceUnavailable, Code: "overloaded",
				Message: "too many requests are being served", Outcome: "not_written", RetryAfter: 1})
			return
		}
		// A health check without a slot goes on: busy is not hung, and the handler can tell them apart.
		ctx, cancel := context.WithTimeout(r.Context(), s.RequestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		if r.ContentLength > s.MaxBodyBytes {
			web.WriteError(w, web.General(&http.MaxBytesError{Limit: s.MaxBodyBytes}))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.MaxBodyBytes)
		next.ServeHTTP(w, r)
	})
}

func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
