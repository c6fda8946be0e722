// Package telemetry holds the metrics and traces that dashboards, alerts and drills read.
package telemetry

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Buckets are the bounds of all histograms of durations, in seconds. 0.3 is the latency objective.
var Buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10}

// Metrics are the series of one process. Each carries the label `service`.
type Metrics struct {
	Registry *prometheus.Registry
	// Registerer adds the label `service` to what is registered with it.
	Registerer prometheus.Registerer
	// Requests counts answered requests by method, route pattern and status code.
	Requests *prometheus.CounterVec
	// Duration of answered requests in seconds, by method and route pattern.
	Duration *prometheus.HistogramVec
	// InFlight is how many requests are being answered.
	InFlight prometheus.Gauge
	// Upstream is the time until an upstream's response headers in seconds, by upstream, method and code (`error`
	// where there was no response).
	Upstream *prometheus.HistogramVec
	// Database is the time of a database operation in seconds, with the wait for a connection, by database (`read` or
	// `write`), operation and outcome (`ok`, `unavailable`, `error`, `canceled`).
	Database *prometheus.HistogramVec
}

// NewMetrics registers the series of a service, and the Go and process collectors.
func NewMetrics(service, city, version string) *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: Buckets}, labels)
	}
	metrics := &Metrics{
		Registry:   registry,
		Registerer: prometheus.WrapRegistererWith(prometheus.Labels{"service": service}, registry),
		Requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "Requests answered. Health checks are not counted.",
		}, []string{"method", "route", "code"}),
		Duration: histogram("http_request_duration_seconds",
			"Time to answer a request. Health checks are not counted.", "method", "route"),
		InFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight",
			Help: "Requests being answered.",
		}),
		Upstream: histogram("upstream_request_duration_seconds",
			"Time until the response headers of an upstream.", "upstream", "method", "code"),
		Database: histogram("database_client_duration_seconds",
			"Time of a database operation, with the wait for a connection.", "database", "operation", "outcome"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "service_build_info",
		Help:        "Always 1; its labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "city": city, "go_version": runtime.Version()},
	})
	build.Set(1)
	metrics.Registerer.MustRegister(metrics.Requests, metrics.Duration, metrics.InFlight, metrics.Upstream,
		metrics.Database, build)
	return metrics
}

// Announce creates the series of a route at zero, so that a rate over the first request is right.
func (m *Metrics) Announce(method, route string) {
	codes := []string{"200", "500", "503"}
	if method == "POST" {
		codes = append(codes, "201")
	}
	for _, code := range codes {
		m.Requests.WithLabelValues(method, route, code)
	}
	m.Duration.WithLabelValues(method, route)
}

// Method is the value of the label `method`: what clients invent must not make new series.
func Method(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	default:
		return "other"
	}
}
