package config

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func environment(base, change map[string]string) func(string) string {
	return func(name string) string {
		if value, found := change[name]; found {
			return value
		}
		return base[name]
	}
}

var orderEnvironment = map[string]string{
	"SERVICE_NAME":       "order",
	"CITY":               "jakarta",
	"UPSTREAM_INVENTORY": "http://inventory:8080",
	"UPSTREAM_PAYMENT":   "http://payment:8080/",
}

func TestDefaults(t *testing.T) {
	c, err := Load(environment(orderEnvironment, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Upstreams["payment"].String(); got != "http://payment:8080" {
		t.Errorf("upstream payment is %s", got)
	}
	c.Upstreams = nil
	want := Config{
		Service: "order", City: "jakarta", ListenPort: 8080, MetricsPort: 9090, RequestTimeout: 5 * time.Second,
		MaxConcurrent: 256, MaxBodyBytes: 65536, ShutdownDelay: 5 * time.Second, ShutdownTimeout: 20 * time.Second,
		LogLevel: slog.LevelInfo,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestProblems(t *testing.T) {
	const read, write = "DATABASE_READ_URL", "DATABASE_WRITE_URL"
	good := "postgres://app@pg-ro:5432/nusantara"
	for _, test := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"everything is fine", nil, nil},
		{"databases", map[string]string{read: good, write: good}, nil},
		{"several hosts", map[string]string{read: good, write: "postgres://app@a:5432,b:5432/nusantara"}, nil},
		{"unknown service", map[string]string{"SERVICE_NAME": "orders"}, []string{"SERVICE_NAME"}},
		{"city", map[string]string{"CITY": "Jakarta Pusat"}, []string{"CITY"}},
		{"ports", map[string]string{"LISTEN_PORT": "0", "METRICS_PORT": "x"}, []string{"LISTEN_PORT", "METRICS_PORT"}},
		{"same port", map[string]string{"METRICS_PORT": "8080"}, []string{"METRICS_PORT"}},
		{"no upstream", map[string]string{"UPSTREAM_PAYMENT": ""}, []string{"UPSTREAM_PAYMENT"}},
		{"upstream with a path", map[string]string{"UPSTREAM_PAYMENT": "http://p:1/x"}, []string{"UPSTREAM_PAYMENT"}},
		{"upstream without a scheme", map[string]string{"UPSTREAM_PAYMENT": "payment:8080"}, []string{"UPSTREAM_PAYMENT"}},
		{"upstream with a user", map[string]string{"UPSTREAM_PAYMENT": "http://u:s3cret@p"}, []string{"UPSTREAM_PAYMENT"}},
		{"one database only", map[string]string{read: good}, []string{write}},
		{"password", map[string]string{read: good, write: "postgres://app:s3cret@pg-rw/n"}, []string{write}},
		{"password parameter", map[string]string{read: good, write: "postgres://app@pg-rw/n?password=s3cret"}, []string{write}},
		{"no URL", map[string]string{read: good, write: "host=pg-rw password=s3cret"}, []string{write}},
		{"broken URL", map[string]string{read: good, write: "postgres://app:s3cret@[::1/n"}, []string{write}},
		{"broken parameter", map[string]string{read: good, write: good + "?sslmode=perhaps"}, []string{write}},
		{"no root certificate", map[string]string{read: good, write: good + "?sslmode=verify-full&sslrootcert=/nowhere"}, []string{write}},
		{"duration without a unit", map[string]string{"SHUTDOWN_DELAY": "5"}, []string{"SHUTDOWN_DELAY"}},
		{"negative duration", map[string]string{"SHUTDOWN_TIMEOUT": "-1s"}, []string{"SHUTDOWN_TIMEOUT"}},
		{"level", map[string]string{"LOG_LEVEL": "loud"}, []string{"LOG_LEVEL"}},
		{"collector", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, []string{"OTEL_EXPORTER_OTLP_ENDPOINT"}},
		{"protocol", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			[]string{"OTEL_EXPORTER_OTLP_PROTOCOL"}},
		{"everything at once", map[string]string{"CITY": "", "LISTEN_PORT": "x", "UPSTREAM_INVENTORY": "", "LOG_LEVEL": "x"},
			[]string{"CITY", "LISTEN_PORT", "LOG_LEVEL", "UPSTREAM_INVENTORY"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(environment(orderEnvironment, test.change))
			var problems Problems
			if err != nil && !errors.As(err, &problems) {
				t.Fatal(err)
			}
			var got []string
			for _, problem := range problems {
				got = append(got, problem.Variable)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("problems with %v, want %v: %v", got, test.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the message holds the password: %v", err)
			}
		})
	}
}

func TestExportOnlyToANamedCollector(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, test := range []struct {
		name   string
		change map[string]string
		want   bool
	}{
		{"nothing set", nil, false},
		{"endpoint", map[string]string{endpoint: "http://c:4318"}, true},
		{"endpoint of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, true},
		{"disabled", map[string]string{endpoint: "http://c:4318", "OTEL_SDK_DISABLED": "true"}, false},
		{"exporter none", map[string]string{endpoint: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Load(environment(orderEnvironment, test.change))
			if err != nil || c.ExportTraces != test.want {
				t.Errorf("export is %v (%v), want %v", c.ExportTraces, err, test.want)
			}
		})
	}
}

func TestMigrationNeedsThePrimary(t *testing.T) {
	if _, err := LoadMigration(environment(nil, nil)); err == nil || !strings.Contains(err.Error(), "DATABASE_WRITE_URL") {
		t.Errorf("got %v", err)
	}
	database, err := LoadMigration(environment(map[string]string{"DATABASE_WRITE_URL": "postgres://app@pg-rw/n"}, nil))
	if err != nil || database.PasswordFile != passwordFile {
		t.Errorf("got %+v, %v", database, err)
	}
}
