package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func logged(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var output bytes.Buffer
	write(New(&output, slog.LevelInfo))
	if strings.Count(output.String(), "\n") != 1 {
		t.Fatalf("not one line: %q", output.String())
	}
	var line map[string]any
	if err := json.Unmarshal(output.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func TestPersonalDataIsMasked(t *testing.T) {
	const address, name = "myemail@domain.com", "Michael Andrew Husada"
	type customer struct {
		Name     string `json:"name"`
		Email    string `json:"email"`
		Username string `json:"username"`
	}
	line := logged(t, func(log *slog.Logger) {
		log.With("customer_email", address).WithGroup("order").Info("order of "+address,
			"customer_name", name,
			"username", "inimyusername",
			"error", errors.New("no mail to "+address),
			"customer", customer{name, address, "inimyusername"},
			slog.Group("nested", "full_name", name),
			"list", []string{address},
		)
	})
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"myemail", "Michael", "Andrew", "Husada"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("the line shows %q: %s", hidden, text)
		}
	}
	if got := strings.Count(string(text), "inimyusername"); got != 2 {
		t.Errorf("user names must stay: %s", text)
	}
	if got := strings.Count(string(text), "Mich*** And*** Hus***"); got != 3 {
		t.Errorf("names masked %d times: %s", got, text)
	}
	if got := strings.Count(string(text), "mye***@domain.com"); got != 5 {
		t.Errorf("addresses masked %d times: %s", got, text)
	}
}

func TestLineCarriesTraceAndRequest(t *testing.T) {
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := WithRequestID(trace.ContextWithSpanContext(context.Background(), span), "abc")
	line := logged(t, func(log *slog.Logger) { log.With("service", "order").WarnContext(ctx, "slow", "took", time.Second) })
	for key, want := range map[string]any{
		"level": "warn", "msg": "slow", "service": "order", "took": 1.0, "request_id": "abc",
		"trace_id": "01000000000000000000000000000000", "span_id": "0200000000000000",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if written, _ := line["time"].(string); !strings.HasSuffix(written, "Z") {
		t.Errorf("time %q is not UTC", written)
	}
}
