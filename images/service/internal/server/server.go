// Package server serves requests and metrics, and ends without losing a request.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/web"
)

const (
	headerTimeout = 5 * time.Second
	// Longer than the 60 s for which the ingress controller and the services keep idle connections.
	idleTimeout = 90 * time.Second
	// maxHeaderBytes is the most that a request's headers may take; more is answered 431.
	maxHeaderBytes = 16 << 10
	// flushTime is what the requests leave of the shutdown timeout for the last traces, at most a quarter of it.
	flushTime = 2 * time.Second
)

// Options are what a server is made of.
type Options struct {
	config.Config
	Version string
	Routes  []web.Route
	Metrics *telemetry.Metrics
	Log     *slog.Logger
	// States gives the state words of the databases at once.
	States func() store.States
	// Flush sends what is still buffered, e.g. traces, before the process ends.
	Flush func(context.Context) error
}

// Server is one process' listeners.
type Server struct {
	Options
	limiter  *limiter
	started  time.Time
	draining atomic.Bool
	requests *http.Server
	metrics  *http.Server
}

// New returns a server that listens nowhere yet.
func New(options Options) *Server {
	s := &Server{Options: options, limiter: newLimiter(options.MaxConcurrent), started: time.Now()}
	check := web.Route{Path: checkPath, Methods: map[string]http.Handler{http.MethodGet: http.HandlerFunc(s.check)}}
	for _, route := range options.Routes {
		for method := range route.Methods {
			s.Metrics.Announce(method, route.Path)
		}
	}
	errorLog := slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn)
	handler := s.observe(newRouter(append([]web.Route{check}, options.Routes...), s.bound))
	s.requests = &http.Server{
		Handler: otelhttp.NewHandler(handler, "request",
			otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != checkPath }),
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return telemetry.Method(r.Method) })),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout + s.RequestTimeout,
		WriteTimeout:      headerTimeout + s.RequestTimeout + stuckMargin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog,
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Metrics.Registry, promhttp.HandlerOpts{ErrorLog: errorLog}))
	s.metrics = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog,
	}
	return s
}

// Handler is what answers requests.
func (s *Server) Handler() http.Handler { return s.requests.Handler }

// Run serves until ctx ends, then drains. It returns when the last request is answered or the time for it is over.
func (s *Server) Run(ctx context.Context) error {
	requests, err := s.listen(ctx, s.ListenPort)
	if err != nil {
		return err
	}
	metrics, err := s.listen(ctx, s.MetricsPort)
	if err != nil {
		requests.Close()
		return err
	}
	return s.serve(ctx, requests, metrics)
}

func (s *Server) listen(ctx context.Context, port int) (net.Listener, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", net.JoinHostPort(s.ListenHost, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("can't listen: %w", err)
	}
	return listener, nil
}

func (s *Server) serve(ctx context.Context, requests, metrics net.Listener) error {
	failed := make(chan error, 2)
	go func() { failed <- s.requests.Serve(requests) }()
	go func() { failed <- s.metrics.Serve(metrics) }()
	s.Log.Info("serving", "address", requests.Addr().String(), "metrics_address", metrics.Addr().String())
	select {
	case err := <-failed:
		s.requests.Close()
		s.metrics.Close()
		return fmt.Errorf("serving ended: %w", err)
	case <-ctx.Done():
		return s.drain()
	}
}

// drain ends in the order in which nobody is turned away: first the endpoints lose this replica, then the listener
// closes, then the running requests end. Metrics stay until the end.
func (s *Server) drain() error {
	s.draining.Store(true)
	s.Log.Info("draining", "delay_seconds", s.ShutdownDelay, "timeout_seconds", s.ShutdownTimeout)
	time.Sleep(s.ShutdownDelay)
	ctx, cancel := context.WithTimeout(context.Background(), s.ShutdownTimeout)
	defer cancel()
	requestsContext, cancelRequests := context.WithTimeout(ctx, s.ShutdownTimeout-min(flushTime, s.ShutdownTimeout/4))
	defer cancelRequests()
	err := s.requests.Shutdown(requestsContext)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("requests were still running when the time to shut down was over")
		s.requests.Close()
	}
	if flushError := s.Flush(ctx); flushError != nil {
		s.Log.Warn("the last traces are lost", "error", flushError)
	}
	s.metrics.Close()
	return err
}
