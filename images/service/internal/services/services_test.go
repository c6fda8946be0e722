package services

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/logging"
	"nusantara/images/service/internal/server"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
)

// city runs services that call each other over loopback.
type city struct {
	t         *testing.T
	log       io.Writer
	upstreams map[string]*url.URL
	stores    map[string]store.Store
}

func newCity(t *testing.T, log io.Writer) *city {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	c := &city{t, log, map[string]*url.URL{}, map[string]store.Store{}}
	for _, service := range []string{"inventory", "payment", "report", "order"} {
		c.stores[service] = store.NewMemory(service, "jakarta", Seed(service)...)
		c.start(service)
	}
	c.start("api-gateway")
	return c
}

func (c *city) start(service string) {
	settings := config.Config{Service: service, City: "jakarta", Upstreams: c.upstreams, RequestTimeout: 2 * time.Second,
		MaxConcurrent: 8, MaxBodyBytes: 1000}
	metrics := telemetry.NewMetrics(service, "jakarta", "test")
	log := logging.New(c.log, slog.LevelInfo).With("service", service)
	// The store is looked up late, so that a test can take the database away.
	records := &switchable{func() store.Store { return c.stores[service] }}
	s := server.New(server.Options{
		Config: settings, Version: "test", Metrics: metrics, Log: log,
		Routes: Routes(Dependencies{Config: settings, Store: records, Metrics: metrics, Log: log}),
		States: func() store.States { return store.States{} },
		Flush:  func(context.Context) error { return nil },
	})
	listener := httptest.NewServer(s.Handler())
	c.t.Cleanup(listener.Close)
	target, err := url.Parse(listener.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	c.upstreams[service] = target
}

type switchable struct{ current func() store.Store }

func (s *switchable) Add(ctx context.Context, record store.NewRecord) (store.Record, bool, store.Origin, error) {
	return s.current().Add(ctx, record)
}
func (s *switchable) Get(ctx context.Context, id string) (store.Record, store.Origin, error) {
	return s.current().Get(ctx, id)
}
func (s *switchable) Latest(ctx context.Context, subject string) (store.Record, store.Origin, error) {
	return s.current().Latest(ctx, subject)
}
func (s *switchable) List(ctx context.Context, limit int) ([]store.Record, store.Origin, error) {
	return s.current().List(ctx, limit)
}
func (s *switchable) Counts(ctx context.Context) (map[string]int64, store.Origin, error) {
	return s.current().Counts(ctx)
}
func (s *switchable) States() store.States { return s.current().States() }
func (s *switchable) Close()               {}

// failing is a database that takes no writes.
type failing struct {
	store.Store
	err error
}

func (f failing) Add(context.Context, store.NewRecord) (store.Record, bool, store.Origin, error) {
	return store.Record{}, false, store.Origin{}, f.err
}

func (c *city) call(service, method, path, key, body string) (*http.Response, string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.upstreams[service].String()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	request.Header.Set("X-Request-Id", "request-1")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response, string(text)
}

func (c *city) count(service string) int64 {
	counts, _, err := c.stores[service].Counts(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return counts[service]
}

const anOrder = `{"article":"demo","quantity":2,"amount_idr":5000,
	"customer":{"username":"inimyusername","name":"Michael Andrew Husada","email":"myemail@domain.com"}}`

func TestOrderIsIdempotentAndTraced(t *testing.T) {
	var log strings.Builder
	c := newCity(t, &log)
	first, body := c.call("api-gateway", "POST", "/orders", "key-1", anOrder)
	if first.StatusCode != 201 || first.Header.Get("X-Database-Role") != "memory" ||
		len(first.Header.Values("X-Request-Id")) != 1 || first.Header.Get("X-Request-Id") != "request-1" {
		t.Fatalf("%d %v %s", first.StatusCode, first.Header, body)
	}
	again, same := c.call("api-gateway", "POST", "/orders", "key-1", anOrder)
	if again.StatusCode != 200 || same != body || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %d %s, want %s", again.StatusCode, same, body)
	}
	if c.count("order") != 1 || c.count("payment") != 1 {
		t.Errorf("%d orders, %d payments", c.count("order"), c.count("payment"))
	}
	other, text := c.call("api-gateway", "POST", "/orders", "key-1", strings.Replace(anOrder, "5000", "6000", 1))
	if other.StatusCode != 422 || !strings.Contains(text, "idempotency_key_reused") {
		t.Errorf("another order with the same key: %d %s", other.StatusCode, text)
	}
	if read, text := c.call("api-gateway", "GET", first.Header.Get("Location"), "", ""); read.StatusCode != 200 || text != body {
		t.Errorf("read: %d %s", read.StatusCode, text)
	}
	for _, service := range []string{"api-gateway", "order", "payment", "inventory"} {
		found := false
		for line := range strings.Lines(log.String()) {
			found = found || strings.Contains(line, `"service":"`+service+`"`) &&
				strings.Contains(line, `"trace_id":"0af7651916cd43dd8448eb211c80319c"`) &&
				strings.Contains(line, `"request_id":"request-1"`)
		}
		if !found {
			t.Errorf("%s logs no line of the trace and the request", service)
		}
	}
	if strings.Contains(log.String(), "Husada") || strings.Contains(log.String(), "myemail") {
		t.Error("the log holds personal data")
	}
}

func TestFailures(t *testing.T) {
	refused := &store.Unavailable{Outcome: store.NotWritten, ReadOnly: true, Err: errors.New("25006")}
	unknown := &store.Unavailable{Outcome: store.Unknown, Err: io.ErrUnexpectedEOF}
	for _, test := range []struct {
		name, failing string
		err           error
		call          string
		body          string
		status        int
		want          []string
	}{
		{"read-only", "order", refused, "order", anOrder, 503, []string{"database_read_only", `"outcome":"not_written"`}},
		{"unconfirmed", "order", unknown, "order", anOrder, 503, []string{"database_unavailable", `"outcome":"unknown"`}},
		{"through the gateway", "order", unknown, "api-gateway", anOrder, 503, []string{`"outcome":"unknown"`}},
		{"payment read-only", "payment", refused, "order", anOrder, 503, []string{"payment_unavailable", `"outcome":"not_written"`}},
		{"a fault", "order", errors.New("syntax"), "order", anOrder, 500, []string{"internal"}},
		{"unknown article", "", nil, "order", strings.Replace(anOrder, "demo", "other", 1), 409, []string{"not_in_stock"}},
		{"too many", "", nil, "order", strings.Replace(anOrder, `:2,`, `:1000000,`, 1), 201, nil},
		{"nothing", "", nil, "order", `{}`, 400, []string{"article must be"}},
		{"unknown field", "", nil, "order", `{"x":1}`, 400, []string{"invalid_request"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCity(t, io.Discard)
			if test.failing != "" {
				c.stores[test.failing] = failing{c.stores[test.failing], test.err}
			}
			response, body := c.call(test.call, "POST", "/orders", "", test.body)
			if response.StatusCode != test.status {
				t.Errorf("%d %s", response.StatusCode, body)
			}
			if (response.Header.Get("Retry-After") == "1") != (test.status == 503) {
				t.Errorf("Retry-After is %q", response.Header.Get("Retry-After"))
			}
			for _, part := range test.want {
				if !strings.Contains(body, part) {
					t.Errorf("%s has no %s", body, part)
				}
			}
		})
	}
}

func TestGatewayShowsOnlyWhatIsPublic(t *testing.T) {
	c := newCity(t, io.Discard)
	for path, want := range map[string]int{"/reports": 405, "/reports/aggregations": 405, "/metrics": 404} {
		if response, body := c.call("api-gateway", "POST", path, "", ""); response.StatusCode != want {
			t.Errorf("POST %s: %d %s", path, response.StatusCode, body)
		}
	}
	c.upstreams["report"].Host = "127.0.0.1:1"
	if response, body := c.call("api-gateway", "GET", "/reports", "", ""); response.StatusCode != 502 || strings.Contains(body, "outcome") {
		t.Errorf("an upstream that is down: %d %s", response.StatusCode, body)
	}
}

func TestAggregationIsComputedOnceAQuarter(t *testing.T) {
	c := newCity(t, io.Discard)
	metrics := telemetry.NewMetrics(config.Aggregation, "jakarta", "test")
	settings := config.Config{City: "jakarta", Upstreams: c.upstreams}
	now := time.Date(2026, 1, 1, 8, 1, 0, 0, time.UTC)
	ids := map[string]bool{}
	for _, later := range []time.Duration{0, 10 * time.Minute, 20 * time.Minute} {
		id, err := Aggregate(t.Context(), settings, metrics, now.Add(later))
		if err != nil {
			t.Fatal(err)
		}
		ids[id] = true
	}
	if len(ids) != 2 || c.count("report") != 2 {
		t.Errorf("%d aggregates, %d kept", len(ids), c.count("report"))
	}
}
