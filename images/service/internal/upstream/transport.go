// Package upstream calls the services that a service depends on, with the request id and the trace of the caller.
package upstream

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"nusantara/images/service/internal/logging"
	"nusantara/images/service/internal/telemetry"
)

const (
	dialTimeout = time.Second
	// Shorter than the 90 s after which a server closes an idle connection, or a request could meet a closed one.
	idleTimeout = 60 * time.Second
	// idleConnections a host are kept; more are opened under load and closed after it.
	idleConnections = 32
)

// NewTransport returns what carries requests to an upstream.
func NewTransport(name string, metrics *telemetry.Metrics) http.RoundTripper {
	plain := &http.Transport{
		// No Proxy: upstreams are in the same cluster.
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
	return measured{name: name, metrics: metrics, next: otelhttp.NewTransport(plain)}
}

type measured struct {
	name    string
	metrics *telemetry.Metrics
	next    http.RoundTripper
}

func (m measured) RoundTrip(request *http.Request) (*http.Response, error) {
	if id := logging.RequestID(request.Context()); id != "" {
		request = request.Clone(request.Context())
		request.Header.Set("X-Request-Id", id)
	}
	start := time.Now()
	response, err := m.next.RoundTrip(request)
	code := "error"
	if err == nil {
		code = strconv.Itoa(response.StatusCode)
	}
	m.metrics.Upstream.WithLabelValues(m.name, telemetry.Method(request.Method), code).
		Observe(time.Since(start).Seconds())
	return response, err
}
