package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
)

func TestNamesLabelsAndBuckets(t *testing.T) {
	metrics := NewMetrics("order", "jakarta", "1.0.0")
	metrics.Announce("GET", "/orders/{id}")
	metrics.Upstream.WithLabelValues("payment", "POST", "201")
	metrics.Database.WithLabelValues("read", "get", "ok")
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"http_requests_total":               "code method route service",
		"http_request_duration_seconds":     "method route service",
		"http_requests_in_flight":           "service",
		"upstream_request_duration_seconds": "code method service upstream",
		"database_client_duration_seconds":  "database operation outcome service",
		"service_build_info":                "city go_version service version",
		"go_goroutines":                     "",
		"process_cpu_seconds_total":         "",
	}
	for _, family := range families {
		labels, expected := want[family.GetName()]
		if !expected {
			continue
		}
		delete(want, family.GetName())
		var names []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			names = append(names, label.GetName())
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != labels {
			t.Errorf("%s has the labels %q, want %q", family.GetName(), got, labels)
		}
		if histogram := family.GetMetric()[0].GetHistogram(); histogram != nil {
			found := false
			for _, bucket := range histogram.GetBucket() {
				found = found || bucket.GetUpperBound() == 0.3
			}
			if !found {
				t.Errorf("%s has no bucket 0.3", family.GetName())
			}
		}
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}

func TestMethodsDontGrow(t *testing.T) {
	if Method("GET") != "GET" || Method("INVENTED") != "other" || Method("get") != "other" {
		t.Error("methods are not bounded")
	}
}

func TestTracesAreExportedOnlyWhereAsked(t *testing.T) {
	received := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- r.URL.Path + string(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_SERVICE_NAME", "renamed")
	for _, export := range []bool{true, false} {
		tracing, err := StartTracing(t.Context(), "order", "jakarta", "1.0.0", export, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_, span := otel.Tracer("test").Start(context.Background(), "the span")
		if !span.SpanContext().IsValid() {
			t.Error("there is no trace id")
		}
		span.End()
		if err := tracing.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if got := len(received) == 1; got != export {
			t.Fatalf("exported: %v, want %v", got, export)
		}
		if export {
			body := <-received
			for _, part := range []string{"/v1/traces", "the span", "renamed", "nusantara.city", "jakarta"} {
				if !strings.Contains(body, part) {
					t.Errorf("what was exported has no %q", part)
				}
			}
		}
	}
}
