package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

// Tracing is the tracing of a process.
type Tracing struct {
	// Exporting says whether spans leave the process.
	Exporting bool
	provider  *trace.TracerProvider
}

// StartTracing makes trace ids and passes them on as W3C trace context. Spans are exported only where export says so;
// the exporter, sampler and limits follow the standard OTEL_* variables.
func StartTracing(ctx context.Context, service, city, version string, export bool, log *slog.Logger) (*Tracing, error) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("tracing failed", "error", err) }))
	// No baggage: what the Internet puts into it would reach every service.
	otel.SetTextMapPropagator(propagation.TraceContext{})

	host, _ := os.Hostname()
	// Later detectors win: the environment overrides what the service says of itself.
	about, err := resource.New(ctx,
		resource.WithAttributes(
			semconv.ServiceName(service),
			semconv.ServiceNamespace("nusantara-mart"),
			semconv.ServiceVersion(version),
			semconv.ServiceInstanceID(host),
			attribute.String("nusantara.city", city),
		),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
	)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe this process to the trace collector: %w", err)
	}
	options := []trace.TracerProviderOption{trace.WithResource(about)}
	if export {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the trace exporter: %w", err)
		}
		options = append(options, trace.WithBatcher(exporter))
	}
	provider := trace.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	return &Tracing{Exporting: export, provider: provider}, nil
}

// Stop sends the spans that are still here; it gives up when ctx ends.
func (t *Tracing) Stop(ctx context.Context) error { return t.provider.Shutdown(ctx) }
