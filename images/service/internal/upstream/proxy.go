package upstream

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"

	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/web"
)

// NewProxy returns a handler that passes requests on to the upstream at target as they are.
func NewProxy(name string, target *url.URL, metrics *telemetry.Metrics, log *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Transport: NewTransport(name, metrics),
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(target)
			// The ingress controller is in front: what it says of the client is kept.
			request.Out.Header["X-Forwarded-For"] = request.In.Header["X-Forwarded-For"]
			request.SetXForwarded()
		},
		ModifyResponse: func(response *http.Response) error {
			response.Header.Del("X-Request-Id") // The gateway has set the same one.
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			failure := unreachable(r.Context(), name, err)
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				failure.Outcome = "" // Of a write only.
			}
			if failure.Status != web.StatusClientClosed {
				log.WarnContext(r.Context(), "upstream failed", "upstream", name, "error", err)
			}
			web.WriteError(w, failure)
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func unreachable(ctx context.Context, name string, err error) *web.Error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(ctx.Err(), context.Canceled) {
		return web.General(err)
	}
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return &web.Error{Status: http.StatusGatewayTimeout, Code: "upstream_timeout",
			Message: name + " took too long", Outcome: "unknown", RetryAfter: 1, Cause: err}
	}
	failure := &web.Error{Status: http.StatusBadGateway, Code: "upstream_unreachable",
		Message: name + " can't be reached", Outcome: "unknown", RetryAfter: 1, Cause: err}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" {
		failure.Outcome = "not_written" // There was no connection to send anything on.
	}
	return failure
}
